"""What it takes until the first answer: of one point and of a list, before and after compiling."""

import os
import resource
import tempfile
import time

import numpy as np
from machine import run_python

BEGIN = """
import time
start = time.perf_counter(), time.process_time()
"""
END = """
print(time.perf_counter() - start[0], time.process_time() - start[1])
"""
FIRST_POINT = f"""{BEGIN}
import gibbsite as gb
rock = gb.bulk("high-ti-glass")
gb.equilibrium(rock, pressure_kbar=3.0, temperature_C=1150.0, database="T21-Su26")
{END}"""
FLOOR = f"""{BEGIN}
import numpy
from floor import first_of
first_of(numpy.ones(1))
{END}"""
# More points than Python takes upon itself: the solver is compiled.
FIRST_LIST = FIRST_POINT.replace("equilibrium(", "equilibria(").replace("1150.0", "[1150.0] * 9")
STARTS = 5


def run_first(program, cache):
    """One new interpreter up to its first answer: its seconds on the clock and on processors."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    modules = os.path.join(cache, "modules")
    printed = run_python(program, modules=modules, NUMBA_CACHE_DIR=cache)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    inside_wall, inside_cpu = map(float, printed.split())
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": inside_wall, "cpu": inside_cpu, "process_wall": wall, "process_cpu": cpu}


def measure():
    """Return medians of several starts with an empty cache and with a full one, and one between."""
    with tempfile.TemporaryDirectory() as cache:
        empty = [run_first(FIRST_POINT, cache) for _ in range(STARTS)]
        compiling = run_first(FIRST_LIST, cache)
        run_first(FLOOR, cache)
        full, floor = [], []
        for _ in range(STARTS):  # in turns
            full.append(run_first(FIRST_POINT, cache))
            floor.append(run_first(FLOOR, cache))
    found = {"empty": medians(empty), "compiling": compiling}
    return found | {"full": medians(full), "floor": medians(floor)}


def medians(runs):
    return {key: float(np.median([run[key] for run in runs])) for key in runs[0]}

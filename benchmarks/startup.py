"""What it takes until the first answer: compiling with an empty cache, and loading a full one."""

import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

FIRST_POINT = """
import time
start = time.perf_counter(), time.process_time()
import gibbsite as gb
gb.equilibrium(gb.bulk("high-ti-glass"), pressure_kbar=3.0, temperature_C=1150.0)
print(time.perf_counter() - start[0], time.process_time() - start[1])
"""
STARTS = 5


def run_first_point(cache):
    """One new interpreter up to its first point: its seconds on the clock and on processors."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache, "PYTHONPATH": os.pathsep.join(sys.path)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", FIRST_POINT],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    inside_wall, inside_cpu = map(float, done.stdout.split())
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": inside_wall, "cpu": inside_cpu, "process_wall": wall, "process_cpu": cpu}


def measure():
    """Return seconds with an empty cache, and medians of several starts with a full one."""
    with tempfile.TemporaryDirectory() as cache:
        empty = run_first_point(cache)
        full = [run_first_point(cache) for _ in range(STARTS)]
    return {"empty": empty, "full": {k: float(np.median([f[k] for f in full])) for k in empty}}

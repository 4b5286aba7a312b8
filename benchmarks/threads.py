"""Two threads against two independent processes: what the interpreter's lock and memory cost.

Wall time, for both halves of a section solved at once; threads and processes take turns, so that
what else the machine does meets both alike.
"""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import problems

from gibbsite._running.tile import solve_tile

POINTS = 16_000
TURNS = 3


def solve_tiles(section, tiles):
    """Solve some tiles; returns CPU seconds of this thread."""
    start = time.thread_time()
    for rows, columns in tiles:
        solve_tile(section, rows, columns, prove=True)
    return time.thread_time() - start


def halves(section):
    """Every second tile, and the others."""
    every = problems.tiles(section)
    return every[::2], every[1::2]


def serve(pipe):
    """Solve what is sent, until nothing is: the life of one process."""
    while (work := pipe.recv()) is not None:
        pipe.send(solve_tiles(*work))


class Processes:
    """Two processes with kernels loaded."""

    def __init__(self):
        context = multiprocessing.get_context("spawn")
        self.pipes, self.processes = [], []
        for _ in range(2):
            here, there = context.Pipe()
            self.pipes.append(here)
            self.processes.append(context.Process(target=serve, args=(there,), daemon=True))
            self.processes[-1].start()

    def run(self, section, parts):
        start = time.perf_counter()
        for pipe, part in zip(self.pipes, parts, strict=True):
            pipe.send((section, part))
        cpu = [pipe.recv() for pipe in self.pipes]
        return time.perf_counter() - start, sum(cpu)

    def stop(self):
        for pipe, process in zip(self.pipes, self.processes, strict=True):
            pipe.send(None)
            process.join()


def run_threads(pool, section, parts):
    start = time.perf_counter()
    cpu = list(pool.map(solve_tiles, [section] * len(parts), parts))
    return time.perf_counter() - start, sum(cpu)


def compare(name, processes, pool):
    """Wall and CPU seconds per point: one thread, two threads, two processes."""
    section = problems.shipped_section(name, POINTS)
    parts = halves(section)
    few = [part[:1] for part in parts]
    processes.run(section, few)
    run_threads(pool, section, few)
    found = {"one thread": [], "two threads": [], "two processes": []}
    for _ in range(TURNS):
        found["one thread"].append(run_threads(pool, section, [parts[0] + parts[1]]))
        found["two threads"].append(run_threads(pool, section, parts))
        found["two processes"].append(processes.run(section, parts))
    times = {way: np.array(pairs) / section.size for way, pairs in found.items()}
    ratio = times["two processes"][:, 0] / times["two threads"][:, 0]
    return {
        "section": problems.SECTIONS[name],
        "points": section.size,
        "wall_s": {way: float(np.median(t[:, 0])) for way, t in times.items()},
        "cpu_s": {way: float(np.median(t[:, 1])) for way, t in times.items()},
        "ratio": float(np.median(ratio)),
        "ratios": sorted(ratio.tolist()),
    }


def measure():
    """Compare all sections."""
    processes = Processes()
    try:
        with ThreadPoolExecutor(2) as pool:
            return [compare(name, processes, pool) for name in problems.SECTIONS]
    finally:
        processes.stop()

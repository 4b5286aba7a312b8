"""What the page takes to start with a section of 241,001 points: seconds, and memory at its peak.

Two times: until the diagram can be sent, and until all else is there too: what the cursor reads, tabs.

    python benchmarks/view_start.py [RESULT.h5]

Without a file one of 491 x 491 points is made, in the profile "full", by copying the points of a
smaller one that is drawn, not computed. Each start is a process of its own.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from machine import run_python

ROOT = Path(__file__).parents[1]
STARTS = 5
PROGRAM = """
import gc, resource, sys, time
sys.modules["dask"] = None  # as the command line does
gc.disable()  # likewise
wall, cpu = time.perf_counter(), time.process_time()
from pathlib import Path
from bokeh.document import Document
from gibbsite._viewing.page import Page
from gibbsite._viewing.serve import Shelf
shelf = Shelf(Path(sys.argv[1]), None)
document = Document()
page = Page(document, *shelf.first(), shelf.get)
document.to_json()
print(time.perf_counter() - wall, time.process_time() - cpu)
page.view.diagram.give_grids()
page.view.finish()
print(time.perf_counter() - wall, time.process_time() - cpu)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
page.work.end()
"""
# What the page stands on: what no program that does so starts faster than.
FLOOR = """
import gc, resource, sys, time
sys.modules["dask"] = None
gc.disable()
wall, cpu = time.perf_counter(), time.process_time()
import bokeh.plotting, bokeh.server.server, h5py, pydantic, scipy.sparse.linalg, shapely, xarray
spent = time.perf_counter() - wall, time.process_time() - cpu
print(*spent, *spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def measure(path, modules, program=PROGRAM):
    """Return seconds on the clock and on the processor, twice, and megabytes; modules as of `run_python`."""
    printed = run_python(program, path, modules=modules)
    return [float(word) for word in printed.split()]


def make(path, n=491):
    """Write a file of n x n points."""
    sys.path.insert(0, str(ROOT / "tests" / "bindings"))
    from large_section import write_large

    write_large(path, n, profile="full", tile=32)


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "large.h5"
        if not path.exists():
            make(path)
        print(f"{path.stat().st_size / 1e6:.0f} MB in the file; medians of {STARTS} starts:")
        measure(path, folder), measure(path, folder, FLOOR)
        runs, floor = np.swapaxes(
            [(measure(path, folder), measure(path, folder, FLOOR)) for _ in range(STARTS)], 0, 1
        )  # in turns
        wall, cpu, all_wall, all_cpu, peak = np.median(runs, axis=0)
        print(f"the diagram: {wall:.1f} s on the clock, {cpu:.1f} s on a processor")
        print(f"all of it: {all_wall:.1f} s on the clock, {all_cpu:.1f} s on a processor")
        print(f"{peak:.0f} MB at the peak")
        wall, cpu, _, _, peak = np.median(floor, axis=0)
        print(
            f"libraries alone: {wall:.1f} s on the clock, {cpu:.1f} s on a processor, {peak:.0f} MB"
        )


if __name__ == "__main__":
    main()

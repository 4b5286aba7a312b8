"""What the page takes to start with a section of 241,001 points: seconds, and memory at its peak.

Two times: until the diagram can be sent, and until all else is there too: what the cursor reads, tabs.

    python benchmarks/view_start.py [RESULT.h5]
    python benchmarks/view_start.py --against 24b5d4d

Without a file one of 491 x 491 points is made, in the profile "full", by copying the points of a
smaller one that is drawn, not computed. Each start is a process of its own. Against a commit, both
versions make such a file and show it by `gibbsite view`, in turns, until a client has the diagram.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from machine import run_python

ROOT = Path(__file__).resolve().parents[1]
STARTS = 5
MAKE = """
import sys
from large_section import write_large
write_large(sys.argv[1], 491, profile="full", tile=32)
"""
VIEW = "from gibbsite._cli.commands import main; main()"
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


def make(path, modules, tree=ROOT):
    """Write a file of 491 x 491 points with a version: how many is said here, all else is its own."""
    shutil.copy(ROOT / "tests" / "bindings" / "large_section.py", modules)
    run_python(MAKE, path, modules=modules, PYTHONPATH=search_path(tree, modules))


def search_path(tree, *first):
    """Return where Python finds the modules of a version, and those of its tests."""
    folders = ("bindings", "engine", "datasets", "tests/bindings")
    return os.pathsep.join(map(str, (*first, *(tree / folder for folder in folders))))


@contextmanager
def checked_out(commit):
    """Give the folder of another version."""
    with tempfile.TemporaryDirectory() as folder:
        tree, git = Path(folder) / "base", ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def show(tree, path, modules):
    """Show a file by the command line until a client has it; seconds (clock, processor), megabytes."""
    from bokeh.client import pull_session

    command = [sys.executable, "-c", VIEW, "view", str(path), "--no-browser"]
    environment = os.environ | {
        "PYTHONPATH": search_path(tree),
        "PYTHONPYCACHEPREFIX": str(modules),
        "PYTHONUNBUFFERED": "1",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as of `run_python`
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://\S+/", process.stdout.readline())[0]
        pull_session(url=url).close()
        waited = time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGINT)
        _, process.returncode, used = os.wait4(process.pid, 0)
    return waited, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def compare(commit):
    """Print what a commit and this version take, in turns."""
    with checked_out(commit) as base, tempfile.TemporaryDirectory() as folder:
        places = []
        for tree, name in ((base, "base"), (ROOT, "this")):
            modules = Path(folder) / name
            modules.mkdir()
            make(modules / "large.h5", modules, tree)
            places.append((tree, modules / "large.h5", modules))
            show(*places[-1])
        runs = [[show(*place) for place in places] for _ in range(STARTS)]
    old, new = np.median(runs, axis=0)
    print(f"medians of {STARTS} starts in turns, {commit} and this version:")
    for what, unit, before, now in zip(
        ("on the clock", "on a processor", "at the peak"), ("s", "s", "MB"), old, new, strict=True
    ):
        print(f"{before:6.1f} {now:6.1f} {unit} {what}: {before / now:.1f} times less")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("result", nargs="?", type=Path, metavar="RESULT.h5")
    parser.add_argument("--against", metavar="BASE", help="a commit")
    asked = parser.parse_args()
    if asked.against:
        return compare(asked.against)
    with tempfile.TemporaryDirectory() as folder:
        path = asked.result or Path(folder) / "large.h5"
        if not path.exists():
            make(path, folder)
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

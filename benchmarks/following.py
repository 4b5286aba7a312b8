"""What several processors could save of the exact lines of one section.

    python benchmarks/following.py RESULT.h5

Boundaries that start at points already found could be followed at the same time, each by one call of a
kernel; all that is between is one Python. The least time with any number of processors is what is not
in that kernel, were none ever followed from both of its ends.
"""

import sys
import time
from typing import Any

import numpy as np

import gibbsite as gb
from gibbsite_engine import follow as _follow

RUNS = 5


def measure(path: str) -> tuple[float, float, float, int]:
    """Return seconds to read a result, to trace it, of these in the kernel, and calls of it."""
    inside: list[float] = []
    kernel = _follow.follow

    def timed(*arguments: Any) -> Any:
        start = time.process_time()
        found = kernel(*arguments)
        inside.append(time.process_time() - start)
        return found

    _follow.follow = timed
    try:
        start = time.process_time()
        with gb.open(path) as dataset:
            dataset["phase_id"].load()
            read = time.process_time()
            gb.trace(dataset)
        return read - start, time.process_time() - read, sum(inside), len(inside)
    finally:
        _follow.follow = kernel


def main() -> None:
    path = sys.argv[1]
    measure(path)  # compiles
    read, trace, inside, calls = np.median([measure(path) for _ in range(RUNS)], axis=0)
    print(f"medians of {RUNS} runs, seconds on a processor:")
    print(f"to read the points {read:.2f}; to solve for the lines {trace:.2f}, of these")
    print(f"{inside:.2f} following, in {calls:.0f} calls")
    for n in (2, 4, 8):
        print(f"{n} processors: {trace - inside * (1.0 - 1.0 / n):.2f} at the least")


if __name__ == "__main__":
    main()

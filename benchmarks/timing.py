"""CPU and wall time of a call."""

import time
from typing import NamedTuple


class Timed(NamedTuple):
    """Seconds of this process on processors, and on the clock."""

    cpu: float
    wall: float


def timed(function, *arguments):
    """Call a function; return what it returns, and a `Timed`."""
    cpu, wall = time.process_time(), time.perf_counter()
    answer = function(*arguments)
    return answer, Timed(time.process_time() - cpu, time.perf_counter() - wall)

"""Work that is independent of each other, on processes of this machine."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

Work = TypeVar("Work")
Done = TypeVar("Done")


def each(one: Callable[[Work], Done], work: Sequence[Work], workers: int | None) -> Iterator[Done]:
    """Yield what becomes of each piece of work, in their order; the answers do not depend on `workers`.

    Parameters
    ----------
    one : callable
        What is done; it and what it takes and returns can be pickled.
    work : sequence
        What it is done with.
    workers : int or None
        Processes; all processors where None.
    """
    rest = iter(work)
    yield from map(one, islice(rest, 1))  # alone: it compiles what no cache has yet
    if workers == 1 or len(work) < 3:
        yield from map(one, rest)
        return
    # Processes, not threads: much of such work is Python.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as processes:
        yield from processes.map(one, rest)

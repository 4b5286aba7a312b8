"""Where the pieces of a list are solved: in threads, or at once where there is but one."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol


class Mapping(Protocol):
    """What calls a function with each of some arguments, and returns its answers in their order."""

    def map(self, function: Callable[..., Any], /, *arguments: Iterable[Any]) -> Iterator[Any]:
        """As `concurrent.futures.Executor.map`."""


class _Here:
    """Calls in this thread, one after the other: to start a thread takes as long as a point."""

    def map(self, function: Callable[..., Any], /, *arguments: Iterable[Any]) -> Iterator[Any]:
        return map(function, *arguments)


def threads(workers: int | None, pieces: int) -> AbstractContextManager[Mapping]:
    """Return as many threads as wanted, or are worth it.

    Parameters
    ----------
    workers : int, optional
        By default one a processor.
    pieces : int
        How many pieces of work there are at most.
    """
    number = min(workers or os.cpu_count() or 1, pieces)
    return ThreadPoolExecutor(number) if number > 1 else nullcontext(_Here())

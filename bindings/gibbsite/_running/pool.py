"""Where tiles are solved: threads of this machine, a Dask cluster, or any other pool."""

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from gibbsite.errors import InputError


@dataclass(frozen=True, slots=True)
class Pool:
    """Where tiles are solved.

    Parameters
    ----------
    executor : Executor
        Takes the work.
    width : callable
        Returns how many tiles to keep in flight; a cluster may grow.
    """

    executor: Executor
    width: Callable[[], int]


@contextlib.contextmanager
def pool(
    workers: int | None, scheduler: Any = None, executor: Executor | None = None
) -> Iterator[Pool]:
    """Give threads, a cluster or any other pool to run on; see `compute`."""
    if workers is not None and workers < 1:
        raise InputError(f"workers = {workers} must be 1 or more.")
    if scheduler is not None:
        with _cluster(scheduler) as pool:
            yield pool
        return
    n_workers = workers or n_processors()
    if executor is not None:
        yield Pool(executor, lambda: 2 * n_workers)
        return
    with ThreadPoolExecutor(n_workers, thread_name_prefix="gibbsite") as threads:
        yield Pool(threads, lambda: 2 * n_workers)


@contextlib.contextmanager
def _cluster(scheduler: Any) -> Iterator[Pool]:
    """Connect to a Dask cluster, whose futures look like those of threads."""
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "scheduler= needs Dask: install it with pip install 'gibbsite[cluster]'."
        ) from None
    with contextlib.ExitStack() as stack:
        client = scheduler
        if isinstance(scheduler, str):
            try:
                # One that cannot connect would stay the default client (distributed 2026.8), and
                # xarray asks that for a lock before it writes any file.
                client = Client(scheduler, timeout="30s", set_as_default=False)  # type: ignore[no-untyped-call]
                stack.enter_context(client)
            except (OSError, ValueError) as error:
                raise InputError(f"No Dask scheduler answers at {scheduler}: {error}.") from None
        # Not pure: the scheduler need not hash the section for every tile to find equal tasks.
        yield Pool(client.get_executor(pure=False), lambda: _cluster_width(client))


def _cluster_width(client: Any) -> int:
    threads: dict[str, int] = client.nthreads()
    return 2 * max(1, sum(threads.values()))


def n_processors() -> int:
    """Return the processors this process may use, which on a cluster is not all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

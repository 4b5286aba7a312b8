"""A section computed tile by tile, on threads or a cluster, into a file that survives a kill."""

import contextlib
import itertools
import logging
import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import xarray as xr
from numpy.typing import NDArray

from . import _store
from ._chunks import SUMMARY_BYTES, Packing, summary
from ._journal import Journal
from ._progress import Progress, run_log
from ._schema import TILE_SHAPE, Layout, SectionLike, Tables
from .errors import InputError, StoreError

MAX_FAILED_TILES: Final = 8  # a bug fails every tile: do not spend hours on finding that out
POLL_SECONDS: Final = 1.0  # Windows delivers Ctrl-C between waits only
WIDTH_SECONDS: Final = 5.0


class TileFunction(Protocol):
    """Solve one tile: a pure function, so that any machine and any order give the same bits.

    It must be picklable (defined at the top of a module), and returns arrays of shape
    (rows, columns, ...) by the names of the variables of the full profile.
    """

    def __call__(self, section: Any, rows: slice, columns: slice, /) -> dict[str, NDArray[Any]]:
        """Solve the points of a section in the given slices of its axes."""


def compute(
    section: SectionLike,
    path: str | os.PathLike[str],
    *,
    workers: int | None = None,
    profile: str = "full",
    overwrite: bool = False,
    progress: bool = True,
    scheduler: Any = None,
    executor: Executor | None = None,
    log_file: str | os.PathLike[str] | None = None,
    allow_missing: bool = False,
    tile_function: TileFunction | None = None,
    tables: Tables | None = None,
    tile: tuple[int, ...] = TILE_SHAPE,
) -> xr.Dataset:
    """Compute a section into a file; the same call takes up a run that was interrupted.

    Parameters
    ----------
    section : Section
        What to compute.
    path : path
        The result, HDF5 that is also netCDF-4. Until it is whole, finished tiles are kept beside
        it in `<path>.partial`.
    workers : int, optional
        Threads; as many as there are processors for this process if left out.
    profile : {"full", "compact", "light"}
        Everything as computed; the same, with what a warm start does not need in single
        precision; or assemblage, modes, density, melt and status only.
    overwrite : bool
        Replace a finished file, and drop the unfinished run of another section.
    progress : bool
        Show a progress bar; only ever on a terminal.
    scheduler : str or dask.distributed.Client, optional
        Cluster to run on, "tcp://host:port".
    executor : concurrent.futures.Executor, optional
        Any other pool to run on.
    log_file : path, optional
        File to append a line for each event to.
    allow_missing : bool
        Make the file even if tiles failed for a reason that is not of their points, a lost machine
        say; their status is "not_run". The call with `overwrite` finishes it.
    tile_function, tables, tile
        What solves a tile, the names its numbers refer to, and the points of a tile along each
        axis; the section's own if left out.

    Returns
    -------
    xarray.Dataset
        The opened file.

    Raises
    ------
    StoreError
        If the file cannot be written, or a tile failed; says how to go on.
    KeyboardInterrupt
        On Ctrl-C, with a text that says how to go on; no finished tile is lost.
    """
    path = Path(path)
    if tile_function is None:
        from ._tile import solve_tile  # compiles the solver, which the caller may do without

        tile_function = solve_tile
    if tables is None:
        tables = _tables(section)
    layout = Layout.of(section, tables, profile, tile)
    work = Work(tile_function, section, Packing.of(layout))
    unfinished = False
    with _store.claimed(path), run_log(path.name, log_file) as log:
        if not _store.is_finished(path, layout, overwrite):
            with (
                _store.opened_journal(path, layout, overwrite) as journal,
                _pool(workers, scheduler, executor) as pool,
            ):
                run = Run(layout, work, pool, log)
                run.fill(journal, progress)
                if run.failures and not allow_missing:
                    raise StoreError(f"{run.failed()} {_kept(journal, layout)}")
                _store.assemble(journal, layout, path)
                unfinished = bool(run.failures)
        if not unfinished:
            _store.journal_path(path).unlink(missing_ok=True)
    return _store.open(path)


def _tables(section: SectionLike) -> Tables:
    """Return the names of the section's database."""
    from ._database import database  # the engine; not needed for anything else here
    from ._dataset import tables

    return tables(database(section.database, only=section.only or (), exclude=section.exclude))


@dataclass(frozen=True, slots=True)
class Work:
    """Solving and compressing one tile: what goes to a worker."""

    solve: TileFunction
    section: SectionLike
    packing: Packing

    def __call__(self, points: tuple[slice, ...]) -> bytes:
        """Return the packed tile at the given slices of the axes."""
        start = time.perf_counter()
        rows, columns = points
        arrays = self.solve(self.section, rows, columns)
        return self.packing.pack(arrays, time.perf_counter() - start)


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
def _pool(workers: int | None, scheduler: Any, executor: Executor | None) -> Iterator[Pool]:
    if workers is not None and workers < 1:
        raise InputError(f"workers = {workers} must be 1 or more.")
    if scheduler is not None:
        with _cluster(scheduler) as pool:
            yield pool
        return
    n_workers = workers or _n_processors()
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
                client = stack.enter_context(Client(scheduler, timeout="30s"))  # type: ignore[no-untyped-call]
            except (OSError, ValueError) as error:
                raise InputError(f"No Dask scheduler answers at {scheduler}: {error}.") from None
        # Not pure: the scheduler need not hash the section for every tile to find equal tasks.
        yield Pool(client.get_executor(pure=False), lambda: _cluster_width(client))


def _cluster_width(client: Any) -> int:
    threads: dict[str, int] = client.nthreads()
    return 2 * max(1, sum(threads.values()))


def _n_processors() -> int:
    """Return the processors this process may use, which on a cluster is not all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Run:
    """One call of `compute` at work: tiles go out to the pool, come back, and are committed.

    Attributes
    ----------
    failures : dict
        Tile -> why it came back without an answer.
    """

    def __init__(self, layout: Layout, work: Work, pool: Pool, log: logging.Logger) -> None:
        self._layout, self._work, self._pool, self._log = layout, work, pool, log
        self._in_flight: dict[Future[bytes], int] = {}
        self.failures: dict[int, str] = {}
        self._width, self._width_known_at = 1, -math.inf

    def fill(self, journal: Journal, show: bool) -> None:
        """Solve the tiles that a journal lacks.

        Raises
        ------
        StoreError
            If the journal cannot be written.
        KeyboardInterrupt
            With a text that says how to go on.
        """
        done = [summary(journal.read(tile, SUMMARY_BYTES)) for tile in journal]
        n_done = sum(tile.points for tile in done)
        self._log.info(
            "%s: %d of %d points are done, %d bytes of an unfinished tile dropped",
            self._layout.title,
            n_done,
            self._layout.n_points,
            journal.dropped,
        )
        with Progress(self._layout.title, self._layout.n_points, n_done, show) as progress:
            progress.add(0, sum(tile.failed for tile in done))
            try:
                self._solve(journal, progress)
            except OSError as error:  # those of the tiles themselves are in self.failures
                raise StoreError(
                    f"{journal.path} cannot be written: {error.strerror}. {_kept(journal, self._layout)}"
                ) from None
            except KeyboardInterrupt:
                self._log.warning("interrupted. %s", _kept(journal, self._layout))
                raise KeyboardInterrupt(f"Interrupted. {_kept(journal, self._layout)}") from None
            finally:
                self._cancel()
            self._log.info("%d tiles are done, %d points failed", len(journal), progress.failed)

    def failed(self) -> str:
        """Say which tiles failed."""
        tile, reason = next(iter(self.failures.items()))
        return (
            f"{len(self.failures)} tiles failed, the first at {self._layout.corner(tile)} "
            f"with {reason}."
        )

    def _solve(self, journal: Journal, progress: Progress) -> None:
        missing = (tile for tile in range(self._layout.n_tiles) if tile not in journal)
        try:
            self._send(missing)
            while self._in_flight:
                self._collect(journal, progress)
                self._send(missing)
        except KeyboardInterrupt:
            # A tile under way cannot be stopped, but what it finds can be kept.
            self._cancel()
            while self._in_flight:
                self._collect(journal, progress)
            raise
        finally:
            journal.sync()

    def _send(self, missing: Iterator[int]) -> None:
        """Keep as many tiles in flight as the pool can use, and no more: they take memory."""
        if len(self.failures) >= MAX_FAILED_TILES:
            return
        if time.monotonic() - self._width_known_at > WIDTH_SECONDS:
            self._width, self._width_known_at = self._pool.width(), time.monotonic()
        for tile in itertools.islice(missing, max(0, self._width - len(self._in_flight))):
            future = self._pool.executor.submit(self._work, self._layout.slices(tile))
            self._in_flight[future] = tile

    def _collect(self, journal: Journal, progress: Progress) -> None:
        """Commit the tiles that have come back, waiting for one if there is none."""
        done, _ = wait(self._in_flight, POLL_SECONDS, FIRST_COMPLETED)
        for future in done:
            tile = self._in_flight.pop(future)
            error = CancelledError() if future.cancelled() else future.exception()
            if error is not None:
                self.failures[tile] = f"{type(error).__name__}: {error}".rstrip(": ")
                self._log.error("tile %d failed: %s", tile, self.failures[tile])
                continue
            record = future.result()
            journal.append(tile, record)
            of = summary(record)
            progress.add(of.points, of.failed)
            self._log.info("tile %d: %d failed, %.3f s", tile, of.failed, of.seconds)

    def _cancel(self) -> None:
        self._in_flight = {f: tile for f, tile in self._in_flight.items() if not f.cancel()}


def _kept(journal: Journal, layout: Layout) -> str:
    return (
        f"{len(journal)} of {layout.n_tiles} tiles are kept in {journal.path}: "
        "run the same command again to go on."
    )

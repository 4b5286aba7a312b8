"""A run: tiles go out to a pool, come back in any order, and are committed one by one."""

import contextlib
import itertools
import logging
import math
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from gibbsite._progress import Progress
from gibbsite._store import finishing, unfinished
from gibbsite._store.beside import journal_path
from gibbsite._store.chunks import SUMMARY_BYTES, summary
from gibbsite._store.journal import Journal
from gibbsite._store.schema import Layout
from gibbsite.errors import StoreError

from .log import run_log
from .pool import Pool
from .room import check_room

MAX_FAILED_TILES: Final = 8  # a bug fails every tile: do not spend hours on finding that out
POLL_SECONDS: Final = 1.0  # Windows delivers Ctrl-C between waits only
WIDTH_SECONDS: Final = 5.0

TaskOf = Callable[[tuple[slice, ...]], Callable[[], bytes]]


def fill(
    path: Path,
    layout: Layout,
    task: TaskOf,
    pool: Pool,
    *,
    overwrite: bool,
    progress: bool,
    log_file: str | os.PathLike[str] | None,
    allow_missing: bool,
) -> dict[int, str]:
    """Make a result file from tiles, or finish one; see `compute`.

    Parameters
    ----------
    path : Path
        The result.
    layout : Layout
        What it holds.
    task : callable
        Returns what is to be run for the tile at given slices of the axes.
    pool : Pool
        Where to run it.

    Returns
    -------
    dict
        Tile -> why it is missing; with `allow_missing` only, else that is an error.
    """
    failures: dict[int, str] = {}
    with unfinished.claimed(path), run_log(path.name, log_file) as log:
        if not unfinished.is_finished(path, layout, overwrite):
            check_room(path, layout)
            with unfinished.opened_journal(path, layout, overwrite) as journal:
                run = Run(layout, task, pool, log)
                run.fill(journal, progress)
                failures = run.failures
                if failures and not allow_missing:
                    raise StoreError(f"{run.failed()} {_kept(journal, layout)}")
                finishing.assemble(journal, layout, path)
        if not failures:
            journal_path(path).unlink(missing_ok=True)
    return failures


class Run:
    """One call of `compute` at work: tiles go out to the pool, come back, and are committed.

    Attributes
    ----------
    failures : dict
        Tile -> why it came back without an answer.
    """

    def __init__(self, layout: Layout, task: TaskOf, pool: Pool, log: logging.Logger) -> None:
        self._layout, self._task, self._pool, self._log = layout, task, pool, log
        self._in_flight: dict[Future[bytes], int] = {}
        self._back: SimpleQueue[Future[bytes]] = SimpleQueue()
        self.failures: dict[int, str] = {}
        self._failed_of_rock: Counter[int] = Counter()
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
        missing = (
            tile
            for tile in range(self._layout.n_tiles)
            if tile not in journal and not self._is_hopeless(tile)
        )
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
        if time.monotonic() - self._width_known_at > WIDTH_SECONDS:
            self._width, self._width_known_at = self._pool.width(), time.monotonic()
        for tile in itertools.islice(missing, max(0, self._width - len(self._in_flight))):
            future = self._pool.executor.submit(self._task(self._layout.slices(tile)))
            self._in_flight[future] = tile
            future.add_done_callback(self._back.put)

    def _is_hopeless(self, tile: int) -> bool:
        return self._failed_of_rock[self._layout.rock(tile)] >= MAX_FAILED_TILES

    def _collect(self, journal: Journal, progress: Progress) -> None:
        """Commit the tiles that have come back, waiting for one if there is none."""
        with contextlib.suppress(Empty):
            future = self._back.get(timeout=POLL_SECONDS)
            while True:
                self._commit(future, journal, progress)
                future = self._back.get_nowait()

    def _commit(self, future: Future[bytes], journal: Journal, progress: Progress) -> None:
        tile = self._in_flight.pop(future, None)
        if tile is None:
            return  # called off
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            self.failures[tile] = f"{type(error).__name__}: {error}".rstrip(": ")
            self._failed_of_rock[self._layout.rock(tile)] += 1
            self._log.error("tile %d failed: %s", tile, self.failures[tile])
            return
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

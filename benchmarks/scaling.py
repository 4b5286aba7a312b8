"""What 10^9 points would take, from tiles solved here: `python benchmarks/scaling.py`.

Measures tiles of a section of that size at random places, bytes and time of packing, the journal,
the making of the file and a Dask scheduler; then simulates clusters with these numbers. Prints the
tables of docs/scaling.md.
"""

import heapq
import math
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from gibbsite._running.compute import tables_of
from gibbsite._running.tile import solve_tile
from gibbsite._section.section import Section
from gibbsite._store import beside, finishing
from gibbsite._store.chunks import Packing
from gibbsite._store.file import open as open_result
from gibbsite._store.journal import Journal
from gibbsite._store.schema import PROFILES, Layout

SIDE_OF_BILLION = 31_623  # squared, 10^9
FILE_TILES = (6, 6)
SMALL_TASKS, LARGE_TASKS, REPEATS = 400, 16, 5
STRAGGLERS = (1e-3, 10.0)  # one tile of a thousand takes ten times as long
SPREAD = 0.1  # machines differ by 10 %
LIFE_HOURS, RESTART_SECONDS = 1000.0, 300.0  # of a worker
LATENCY_SECONDS = 0.005  # from a committed tile to the next one sent in its place


@dataclass(frozen=True)
class Tiles:
    """Tiles of one size, solved on one thread."""

    side: int
    seconds: NDArray[np.float64]
    arrays: list[dict[str, NDArray[Any]]]

    @property
    def points(self) -> int:
        return self.side**2


@dataclass(frozen=True)
class Writer:
    """What happens in one process: the scheduler's work for a tile, and its bytes."""

    seconds_a_tile: float
    bytes_a_second: float

    def seconds(self, n_bytes: float) -> float:
        return self.seconds_a_tile + n_bytes / self.bytes_a_second


@dataclass(frozen=True)
class Outcome:
    """A simulated run."""

    hours: float
    efficiency: float  # of the workers' time, what went into tiles that counted
    tail_hours: float  # from the first worker without work to the end
    writer_share: float  # of the time, in which the writer was busy


def simulate(
    n_tiles: int,
    seconds: Sequence[float] | NDArray[np.float64],
    workers: int,
    commit_seconds: float,
    seed: int = 0,
    stragglers: tuple[float, float] = STRAGGLERS,
    spread: float = SPREAD,
    life_hours: float = LIFE_HOURS,
    latency: float = LATENCY_SECONDS,
) -> Outcome:
    """Run tiles through workers and one writer.

    A worker has two tiles at most that are not yet committed, as `compute` keeps them: it begins
    one when it has ended the one before, and the one before that has been committed. Tiles take
    times drawn from `seconds`, by the machine and by chance; a worker that dies loses its tile.
    """
    cluster = _Cluster(n_tiles, seconds, workers, seed, stragglers, spread, life_hours)
    writer_free, committed, useful = 0.0, 0, 0.0
    committed_before = np.zeros(workers)  # when each worker's tile before its last was committed
    for worker in range(workers):
        cluster.begin(worker, 0.0)
    while committed < n_tiles:
        now, worker, tile, lost = heapq.heappop(cluster.events)
        if lost:
            cluster.lose(worker, tile, now)
        elif tile is None:
            cluster.begin(worker, now)
        else:
            may_begin = max(now, committed_before[worker] + latency)
            writer_free = max(writer_free, now) + commit_seconds
            committed_before[worker] = writer_free
            committed += 1
            useful += tile * cluster.speed[worker]
            cluster.begin(worker, may_begin)
    return Outcome(
        writer_free / 3600.0,
        useful / (workers * writer_free),
        (writer_free - min(cluster.first_idle, writer_free)) / 3600.0,
        n_tiles * commit_seconds / writer_free,
    )


class _Cluster:
    """Workers at work: `events` are (time, worker, seconds of its tile or None, is it lost)."""

    def __init__(
        self,
        n_tiles: int,
        seconds: Sequence[float] | NDArray[np.float64],
        workers: int,
        seed: int,
        stragglers: tuple[float, float],
        spread: float,
        life_hours: float,
    ) -> None:
        self._rng = np.random.default_rng(seed)
        share, factor = stragglers
        drawn = self._rng.choice(np.asarray(seconds), n_tiles)
        self._waiting = list(drawn * np.where(self._rng.random(n_tiles) < share, factor, 1.0))
        self.speed = np.exp(spread * self._rng.standard_normal(workers))
        self.speed *= np.mean(1.0 / self.speed)  # together as fast as if all were alike
        self._life_seconds = 3600.0 * life_hours
        self._death = np.array([self._next_death(0.0) for _ in range(workers)])
        self._idle: list[int] = []
        self.first_idle = math.inf
        self.events: list[tuple[float, int, float | None, bool]] = []

    def begin(self, worker: int, at: float) -> None:
        """Give a worker the next tile."""
        if not self._waiting:
            self._idle.append(worker)
            self.first_idle = min(self.first_idle, at)
            return
        if self._death[worker] <= at:  # it died while it waited
            at = max(at, self._death[worker] + RESTART_SECONDS)
            self._death[worker] = self._next_death(at)
        tile = self._waiting.pop()
        end = at + tile * self.speed[worker]
        lost = end > self._death[worker]
        event = (min(end, self._death[worker]), worker, tile, bool(lost))
        heapq.heappush(self.events, event)

    def lose(self, worker: int, tile: float | None, at: float) -> None:
        """Let a worker die; what it had goes to another."""
        back = at + RESTART_SECONDS
        self._death[worker] = self._next_death(back)
        heapq.heappush(self.events, (back, worker, None, False))
        if tile is not None:
            self._waiting.append(tile)
        if self._idle:
            self.begin(self._idle.pop(), at)

    def _next_death(self, after: float) -> float:
        if math.isinf(self._life_seconds):
            return math.inf
        return after + float(self._rng.exponential(self._life_seconds))


def billion(name: str) -> Section:
    """Return a shipped section with 10^9 points."""
    plan = Section.from_toml(name)
    return replace(
        plan,
        rows=replace(plan.rows, points=SIDE_OF_BILLION),
        columns=replace(plan.columns, points=SIDE_OF_BILLION),
    )


def layout_of(section: Section, profile: str, side: int) -> Layout:
    """Return the layout that `gibbsite.compute` gives it, but for the tiles."""
    return Layout.of(section, tables_of(section), profile, (side, side), profile != "light")


def solve_some(section: Section, side: int, n: int, seed: int) -> Tiles:
    """Solve tiles at random places; their times are those of the processor, not of the clock."""
    layout = layout_of(section, "full", side)
    full = [tile for tile in range(layout.n_tiles) if layout.points(tile) == side**2]
    chosen = np.random.default_rng(seed).choice(full, n, replace=False)
    seconds, arrays = [], []
    for tile in chosen.tolist():
        start = time.thread_time()
        arrays.append(solve_tile(section, *layout.slices(tile), prove=True))
        seconds.append(time.thread_time() - start)
    return Tiles(side, np.array(seconds), arrays)


def pack_all(tiles: Tiles, section: Section, profile: str) -> tuple[list[bytes], float]:
    """Return the packed tiles, and the processor time of it [s a tile]."""
    layout = layout_of(section, profile, tiles.side)
    packing = Packing.of(layout)
    start = time.thread_time()
    records = [packing.pack(arrays, 0.0) for arrays in tiles.arrays]
    return records, (time.thread_time() - start) / len(records)


def write_some(section: Section, side: int, records: list[bytes], folder: Path) -> dict[str, float]:
    """Append records to a journal, make a file of it, read points: bytes a second, seconds."""
    rows, columns = (side * n for n in FILE_TILES)
    small = replace(
        section,
        rows=replace(section.rows, points=rows),
        columns=replace(section.columns, points=columns),
    )
    layout = layout_of(small, "full", side)
    path = folder / f"{side}.h5"
    with Journal(beside.journal_path(path), layout.identity()) as journal:
        start = time.perf_counter()
        for tile in range(layout.n_tiles):
            journal.append(tile, records[tile % len(records)])
        journal.sync()
        appended = time.perf_counter() - start
        start = time.perf_counter()
        finishing.assemble(journal, layout, path)
        made = time.perf_counter() - start
        speeds = {"journal": journal.size / appended, "file": journal.size / made}
    return speeds | {"point": read_some(path, small)}


def read_some(path: Path, section: Section, n: int = 50) -> float:
    """Return the median processor time of reading a point [s], the first one apart."""
    rng = np.random.default_rng(0)
    took = []
    with open_result(path) as dataset:
        for _ in range(n + 1):
            at = {name: rng.uniform(v[0], v[-1]) for name, v in section.axes.items()}
            start = time.process_time()
            dataset.gb.at(**at)
            took.append(time.process_time() - start)
    return float(np.median(took[1:]))


def give_bytes(n: int, _: int) -> bytes:
    return bytes(n)


def ask_dask(n_bytes: int) -> Writer:
    """Measure what a Dask scheduler, a client and two workers on this machine take for a task."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        executor = client.get_executor(pure=False)

        def took(n: int, task: Callable[[int], bytes]) -> float:
            start = time.perf_counter()
            for future in [executor.submit(task, k) for k in range(n)]:
                future.result()
            return (time.perf_counter() - start) / n

        took(50, partial(give_bytes, 1))
        small = median(took(SMALL_TASKS, partial(give_bytes, 1)) for _ in range(REPEATS))
        large = median(took(LARGE_TASKS, partial(give_bytes, n_bytes)) for _ in range(REPEATS))
    return Writer(small, n_bytes / max(large - small, 1e-9))


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
    print(flush=True)


def print_tiles(samples: Sequence[Tiles]) -> None:
    rows = []
    for tiles in samples:
        each = 1e3 * tiles.seconds / tiles.points
        rows.append(
            (
                f"{tiles.side} x {tiles.side}",
                len(each),
                f"{math.ceil(SIDE_OF_BILLION / tiles.side) ** 2:,}",
                f"{np.median(tiles.seconds):.3g} s",
                f"{np.median(each):.3f}",
                f"{each.mean():.3f}",
                f"{each.min():.3f} to {each.max():.3f}",
            )
        )
    head = ("tile", "measured", "in 10^9 points", "median", "ms a point: median", "mean", "range")
    table(head, rows)


def print_clusters(
    tiles: Tiles,
    bytes_a_tile: dict[str, float],
    pack: float,
    dask: Writer,
    speeds: dict[str, float],
) -> None:
    n_tiles = math.ceil(SIDE_OF_BILLION / tiles.side) ** 2
    rows = []
    for profile, n_bytes in bytes_a_tile.items():
        commit = dask.seconds(n_bytes) + n_bytes / speeds["journal"]
        for workers in (2, 16, 64, 256, 1024):
            out = simulate(n_tiles, tiles.seconds + pack, workers, commit)
            make = n_tiles * n_bytes / speeds["file"] / 3600.0
            rows.append(
                (
                    f"{tiles.side} x {tiles.side}",
                    profile,
                    f"{workers:,}",
                    f"{n_tiles * float(np.mean(tiles.seconds + pack)) / workers / 3600.0:.3g}",
                    f"{out.hours:.3g}",
                    f"{100 * out.efficiency:.0f} %",
                    f"{100 * out.writer_share:.0f} %",
                    f"{60 * out.tail_hours:.2g} min",
                    f"{60 * make:.2g} min",
                    f"{2 * workers * n_bytes / 1e9:.2g} GB",
                )
            )
    head = ("tile", "profile", "workers", "hours if perfect", "hours", "workers used",
            "writer busy", "tail", "making the file",
            "in flight at most")  # fmt: skip
    table(head, rows)


@click.command()
@click.option("--section", "name", default="fig3a", show_default=True)
@click.option("--small", default=160, show_default=True, help="Tiles of 64 x 64 to measure.")
@click.option("--large", default=40, show_default=True, help="Tiles of 128 x 128 to measure.")
@click.option("--seed", default=0)
def main(name: str, small: int, large: int, seed: int) -> None:
    """Measure, simulate and print."""
    section = billion(name)
    solve_tile(section, slice(0, 4), slice(0, 4), prove=True)  # compiles
    print(f"Load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, "
          f"{platform.machine()}, Python {platform.python_version()}\n")  # fmt: skip
    samples = [solve_some(section, 64, small, seed), solve_some(section, 128, large, seed)]
    print_tiles(samples)
    rows, records, sizes, packing = [], {}, {}, {}
    for tiles in samples:
        for profile in PROFILES:
            packed, seconds = pack_all(tiles, section, profile)
            size = float(np.mean([len(record) for record in packed]))
            key = tiles.side, profile
            records[key], sizes[key], packing[key] = packed, size, seconds
            a_point = size / tiles.points
            rows.append(
                (
                    f"{tiles.side} x {tiles.side}",
                    profile,
                    f"{a_point:.0f}",
                    f"{a_point:.0f} GB",
                    f"{1e6 * seconds / tiles.points:.1f} µs",
                )
            )
    head = ("tile", "profile", "bytes a point", "10^9 points", "packing a point")
    table(head, rows)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        fine = write_some(section, 64, records[64, "full"], Path(folder))
        speeds = write_some(section, 128, records[128, "full"], Path(folder))
    dask = ask_dask(int(sizes[128, "full"]))
    table(
        ("one process", "measured"),
        (
            ("journal, with sync", f"{speeds['journal'] / 1e6:.0f} MB/s"),
            ("making the file from it", f"{speeds['file'] / 1e6:.0f} MB/s"),
            ("Dask, for a task", f"{1e3 * dask.seconds_a_tile:.2g} ms"),
            ("Dask, bringing results", f"{dask.bytes_a_second / 1e6:.0f} MB/s"),
            ("reading a point, tiles of 64 x 64", f"{1e3 * fine['point']:.1f} ms"),
            ("reading a point, tiles of 128 x 128", f"{1e3 * speeds['point']:.1f} ms"),
        ),
    )
    for tiles in samples:
        chosen = {p: sizes[tiles.side, p] for p in ("full", "light")}
        print_clusters(tiles, chosen, packing[tiles.side, "full"], dask, speeds)
    print(f"Load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()

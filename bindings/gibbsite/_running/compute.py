"""A section computed tile by tile, on threads or a cluster, into a file that survives a kill."""

import os
import time
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.given import file_path
from gibbsite._store.chunks import Packing
from gibbsite._store.file import open as open_result
from gibbsite._store.schema import Layout, SectionLike, Tables, Variable, tile_for
from gibbsite._store.unfinished import is_whole
from gibbsite.errors import InputError

from .pool import pool
from .run import fill


class TileFunction(Protocol):
    """Solve one tile: a pure function, so that any machine and any order give the same bits.

    It must be picklable (defined at the top of a module), and returns arrays of shape
    (rows, columns, ...) by the names of the variables of the full profile, and of those that hold
    the section's properties.
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
    reuse: bool = False,
    progress: bool = True,
    scheduler: Any = None,
    executor: Executor | None = None,
    log_file: str | os.PathLike[str] | None = None,
    allow_missing: bool = False,
    tile_function: TileFunction | None = None,
    tables: Tables | None = None,
    tile: tuple[int, ...] | None = None,
    prove: bool = True,
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
    reuse : bool
        Open a finished file as it is, lines and proofs included, if it is of this very section,
        database and profile.
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
        axis; the section's own if left out, and tiles as large as leaves enough of them.
    prove : bool
        Whether to prove the points, where that is cheap: the variable `proof` of the profiles
        full and compact. What is not proved is searched all over.

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
    path = file_path("the result", path)
    if not hasattr(section, "axes"):  # whatever has the attributes of one may be
        raise InputError(
            f"what is computed must be a Section, not {type(section).__name__}; make one with "
            "gibbsite.Section.pressure_temperature(...) or Section.from_toml(...)."
        )
    if tile_function is None:
        from .tile import solve_tile  # compiles the solver, which the caller may do without

        tile_function = partial(solve_tile, prove=prove)
    else:
        prove = False
    if tables is None:
        tables = tables_of(section)
    tile = tile or tile_for(tuple(map(len, section.axes.values())))
    layout = Layout.of(
        section, tables, profile, tile, prove and profile != "light", properties_of(section)
    )
    if reuse and is_whole(path, layout):
        return open_result(path)
    work = TileWork(tile_function, section, Packing.of(layout))
    with pool(workers, scheduler, executor) as where:
        fill(
            path,
            layout,
            lambda points: partial(work, points),
            where,
            overwrite=overwrite,
            progress=progress,
            log_file=log_file,
            allow_missing=allow_missing,
        )
    dataset = open_result(path)
    if "solved_again" in dataset:
        from gibbsite._solving.again import report

        report(dataset)
    return dataset


def tables_of(section: SectionLike) -> Tables:
    """Return the names of the section's database."""
    from gibbsite._solving.dataset import tables  # the engine; not needed for anything else here

    return tables(section.load_database())


def properties_of(section: SectionLike) -> tuple[Variable, ...]:
    """Return the variables that hold what the section stores besides; refuses what its rock has not."""
    if not section.properties:
        return ()
    from gibbsite._store.derived import property_variables

    return property_variables(section.properties, section.load_database())


@dataclass(frozen=True, slots=True)
class TileWork:
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

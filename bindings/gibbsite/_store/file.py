"""The result file: HDF5 that is netCDF-4, made from the journal of a finished run in one stroke."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import filelock
import h5netcdf
import h5py
import numpy as np
import xarray as xr

from gibbsite.errors import StoreError
from gibbsite_engine.status import ANSWERED_BY_NAMES, SOLVED_AGAIN_NAMES, STATUS_NAMES

from . import accessor as _accessor  # noqa: F401  (gives every opened file its `.gb`)
from .chunks import DEFLATE_LEVEL, Packing, blank, summary
from .journal import Journal, journal_differs
from .point import PointReader
from .schema import AXES, PROOF_BITS, SCHEMA_VERSION, Layout, Variable, difference

if TYPE_CHECKING:
    from .diagram import Diagram

TABLES: Final = ("phase_name", "phase_long_name", "endmember_name", "molar_mass", "rock_section")


def open(path: str | os.PathLike[str]) -> xr.Dataset:
    """Open a result file; nothing but names and axes is read until it is used.

    Parameters
    ----------
    path : path
        A file written by `compute`.

    Returns
    -------
    xarray.Dataset
        Points that failed are NaN; their status says why. See its accessor `.gb`.

    Raises
    ------
    StoreError
        If there is no such file, or it is damaged, unfinished, foreign or newer than this version.
    """
    path = Path(path)
    version = _schema_version(path)
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} has schema {version}, newer than this gibbsite can read ({SCHEMA_VERSION})."
        )
    opened = xr.open_dataset(path, engine="h5netcdf", decode_times=False, decode_timedelta=False)
    dataset = opened.set_coords([name for name in TABLES if name in opened])
    reader = PointReader(path.absolute())
    if _is_as_written(path):
        dataset.gb.read_points_with(reader)
    dataset.gb.read_diagram_with(partial(_diagram_of, path.absolute()))

    def close() -> None:
        reader.close()
        opened.close()

    dataset.set_close(close)
    return dataset


def _diagram_of(path: Path) -> "Diagram | None":
    from .diagram_file import read_diagram  # shapely, which few readers of a file need

    return read_diagram(path)


def journal_path(path: Path) -> Path:
    """Return where the finished tiles of an unfinished file are kept."""
    return path.with_name(path.name + ".partial")


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Keep other processes from writing the same file."""
    if not path.parent.is_dir():
        raise StoreError(f"{path} cannot be written: there is no directory {path.parent}.")
    if path.is_dir():
        raise StoreError(f"{path} cannot be written: it is a directory.")
    lock = filelock.FileLock(path.with_name(path.name + ".lock"), timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        if not Path(lock.lock_file).exists():
            raise StoreError(f"{path} cannot be written: no file can be made there.") from None
        raise StoreError(f"{path} is being written by another process.") from None
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}.") from None
    try:
        yield
    finally:
        # Gone while still held: whoever waits for it finds that out and makes a new one. Windows
        # does not remove an open file; there it stays, empty and harmless.
        with contextlib.suppress(OSError):
            os.unlink(lock.lock_file)
        lock.release()


def is_finished(path: Path, layout: Layout, overwrite: bool) -> bool:
    """Raise StoreError if a file is in the way; True if it is this very run, finished.

    That is so after a run was killed between its last two steps: naming the file and removing
    the journal.
    """
    if not path.exists():
        return False
    journal = journal_path(path)
    if journal.exists() and is_result_of(path, layout):
        with Journal(journal, layout.identity()) as kept:
            if len(kept) == layout.n_tiles:
                return True
    if not overwrite:
        raise StoreError(f"{path} exists; pass overwrite=True (--overwrite) to replace it.")
    return False


def opened_journal(path: Path, layout: Layout, overwrite: bool) -> Journal:
    """Begin the journal of a run, or take up the one that was interrupted.

    With `overwrite`, an unfinished run of something else makes room.
    """
    place = journal_path(path)
    try:
        if overwrite and place.exists() and journal_differs(place, layout.identity()):
            place.unlink()
        return Journal(place, layout.identity())
    except OSError as error:
        raise StoreError(f"{place} cannot be written: {error.strerror or error}.") from None


def assemble(journal: Journal, layout: Layout, path: Path) -> None:
    """Make the result file from the tiles of a journal, in memory that does not grow with them.

    Tiles that the journal lacks are marked as not run. The file appears under its name when it is
    whole; the chunks are copied as they are, in the order of the tiles, so that the same results
    make the same file whatever the order they came in.

    Raises
    ------
    StoreError
        If it cannot be written; the journal is left as it is.
    """
    draft = path.with_name(path.name + ".assembling")
    needed, free = journal.size + 2**20, shutil.disk_usage(path.parent).free
    if free < needed:
        raise StoreError(
            f"{path} needs {needed / 1e6:.0f} MB, {free / 1e6:.0f} MB are free. All points are "
            f"kept in {journal.path}: make room and run the same command again."
        )
    try:
        _create(draft, layout)
        _copy(journal, layout, draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    except (OSError, RuntimeError) as error:  # RuntimeError is how h5py says it cannot close
        draft.unlink(missing_ok=True)
        raise StoreError(
            f"{path} cannot be written ({error}). All points are kept in {journal.path}: "
            "make room and run the same command again."
        ) from None


def is_result_of(path: Path, layout: Layout) -> bool:
    """Return True if there is a finished file of this very run."""
    with contextlib.suppress(OSError), h5py.File(path, "r") as file:
        return not difference(_attributes(file), layout.identity())
    return False


def is_whole(path: Path, layout: Layout) -> bool:
    """Return True if there is a finished file of this very run, and no tile of it is missing."""
    return not journal_path(path).exists() and is_result_of(path, layout)


def _schema_version(path: Path) -> int:
    """Return the schema of a result file, or raise StoreError saying why it is none."""
    if not path.exists():
        if journal_path(path).exists():
            raise StoreError(
                f"{path} is not finished: run the command that began it again to finish it."
            )
        raise StoreError(f"There is no file {path}.")
    try:
        with h5py.File(path, "r") as file:
            version = _attributes(file).get("schema_version")
    except OSError as error:
        if path.is_file() and os.access(path, os.R_OK) and h5py.is_hdf5(path):
            raise StoreError(f"{path} is damaged or cut short: {error}.") from None
        raise StoreError(f"{path} cannot be read as HDF5: {error}.") from None
    if not isinstance(version, int):
        raise StoreError(f"{path} was not written by gibbsite: it has no schema_version.")
    return version


def _is_as_written(path: Path) -> bool:
    """Return False for a copy that another program wrote, with chunks and fill values of its own."""
    with h5py.File(path, "r") as file:
        slots = file.get("phase_id")
        return bool(slots is not None and slots.chunks is not None and slots.fillvalue == -1)


def _attributes(file: h5py.File) -> dict[str, object]:
    """Return the global attributes as Python's own strings and numbers."""
    return {
        key: value.item()
        if isinstance(value, np.generic | np.ndarray) and value.size == 1
        else value
        for key, value in file.attrs.items()
    }


def _create(path: Path, layout: Layout) -> None:
    """Write a netCDF-4 file with axes, tables and attributes, its variables still empty."""
    with h5netcdf.File(path, "w") as file:
        file.attrs.update(_global_attributes(layout))
        file.dimensions = {
            **dict(zip(layout.dims, layout.shape, strict=True)),
            **layout.tables.sizes(),
            **dict(zip(_tile_dims(layout), layout.tiles, strict=True)),
        }
        _write_axes(file, layout)
        _write_tables(file, layout)
        for variable in layout.variables:
            _create_variable(file, layout, variable)
        timing = file.create_variable("timing_tile", _tile_dims(layout), "<f8")
        timing.attrs.update(units="s", long_name="time a tile took")
    with h5py.File(path, "r+") as file:
        for variable in layout.variables:
            # The fill value is that of storage, not of missing data: as an attribute it would
            # have readers turn every zero into NaN.
            del file[variable.name].attrs["_FillValue"]


def _tile_dims(layout: Layout) -> tuple[str, ...]:
    return tuple(f"tile_{dim}" for dim in layout.dims)


def _global_attributes(layout: Layout) -> dict[str, Any]:
    return {
        "Conventions": "CF-1.11",
        "title": layout.title,
        **layout.identity(),
        "section_toml": layout.toml,
    }


def _write_axes(file: h5netcdf.File, layout: Layout) -> None:
    named = {text.name for text in layout.texts}
    for name, values in layout.axes:
        if name not in named:
            file.create_variable(name, (name,), data=values)
    for name, value in layout.fixed.items():
        file.create_variable(name, (), data=np.float64(value))
    for name in (*layout.dims, *layout.fixed):
        if name in AXES:
            units, long_name = AXES[name]
            file[name].attrs.update(units=units, long_name=long_name)


def _write_tables(file: h5netcdf.File, layout: Layout) -> None:
    tables = layout.tables
    width = tables.sizes()["endmember"]
    endmembers = [[*names, *[""] * (width - len(names))] for names in tables.endmembers]
    for name, dims, values, long_name in (
        ("component", ("component",), tables.components, "oxide"),
        ("phase_name", ("phase",), tables.phases, "key of the phase"),
        ("phase_long_name", ("phase",), tables.phase_long_names, "name of the phase"),
        ("endmember_name", ("phase", "endmember"), endmembers, "name of the end-member"),
        *((text.name, (text.dim,), text.values, text.long_name) for text in layout.texts),
    ):
        data = np.array(values, dtype=object)
        file.create_variable(name, dims, h5py.string_dtype(), data=data)
        file[name].attrs["long_name"] = long_name
    file.create_variable("molar_mass", ("component",), data=np.array(tables.molar_mass))
    file["molar_mass"].attrs.update(units="g mol-1", long_name="molar mass of the oxide")


def _create_variable(file: h5netcdf.File, layout: Layout, variable: Variable) -> None:
    created = file.create_variable(
        variable.name,
        (*layout.dims, *variable.dims),
        variable.dtype,
        chunks=layout.tile + (1,) * len(variable.dims),
        fillvalue=np.dtype(variable.dtype).type(variable.fill),
        shuffle=True,
        compression="gzip",
        compression_opts=DEFLATE_LEVEL,
    )
    created.attrs.update(units=variable.units, long_name=variable.long_name)
    if layout.fixed:
        created.attrs["coordinates"] = " ".join(layout.fixed)
    if variable.bits is not None:
        created.attrs["_QuantizeBitRoundNumberOfSignificantBits"] = np.int32(variable.bits)
    if variable.name == "proof":
        created.attrs["flag_masks"] = np.array(list(PROOF_BITS.values()), np.int8)
        created.attrs["flag_meanings"] = " ".join(PROOF_BITS)
    flags = {
        "status": STATUS_NAMES,
        "answered_by": ANSWERED_BY_NAMES,
        "solved_again": SOLVED_AGAIN_NAMES,
    }
    if meanings := flags.get(variable.name):
        created.attrs["flag_values"] = np.arange(len(meanings), dtype=variable.dtype)
        created.attrs["flag_meanings"] = " ".join(meanings)


def _copy(journal: Journal, layout: Layout, path: Path) -> None:
    """Copy the chunks of all tiles into the variables."""
    packing = Packing.of(layout)
    timing = np.full(layout.n_tiles, np.nan)
    with h5py.File(path, "r+") as file:
        datasets = {variable.name: file[variable.name].id for variable in layout.variables}
        for tile in range(layout.n_tiles):
            if tile in journal:
                record = journal.read(tile)
                timing[tile] = summary(record).seconds
            else:
                record = packing.pack(blank(layout, tile), np.nan)
            corner = layout.corner(tile)
            for name, index, chunk in packing.unpack(record):
                datasets[name].write_direct_chunk(corner + index, chunk)
        file["timing_tile"][...] = timing.reshape(layout.tiles)

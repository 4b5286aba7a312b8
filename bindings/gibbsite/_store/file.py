"""The result file: HDF5 that is netCDF-4, made from the journal of a finished run in one stroke."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import filelock
import h5netcdf
import h5py
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.given import file_path
from gibbsite._version import __version__
from gibbsite.errors import StoreError

from . import accessor as _accessor  # noqa: F401  (gives every opened file its `.gb`)
from .chunks import DEFLATE_LEVEL, Packing, summary
from .journal import Journal, journal_differs
from .netcdf import (
    add_history,
    add_variable,
    leave_out,
    portable,
    read_attributes,
    read_text,
    set_attributes,
    span,
)
from .point import PointReader
from .schema import AXES, SCHEMA_VERSION, Layout, Variable, about_axis, difference, flags

if TYPE_CHECKING:
    from .diagram import Diagram

TABLES: Final = ("phase_name", "phase_long_name", "endmember_name", "molar_mass", "rock_section")
LABELS: Final = {"component": "component_name", "phase": "phase_name", "rock": "rock_name"}
"""Axis -> the variable with the names along it; no axis is itself a variable of text."""
PROVENANCE: Final = "provenance"
"""The group whose attributes belong to those of the file, which may not have so many."""
PROGRAM: Final = f"gibbsite {__version__}"
CONVENTIONS: Final = "CF-1.11"
_AT_THE_TOP: Final = ("schema_version", "gibbsite_version", "database", "profile")


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
    path = file_path("the result", path)
    attributes, as_written = _head(path)
    opened = xr.open_dataset(path, engine="h5netcdf", decode_times=False, decode_timedelta=False)
    dataset = _labelled(opened).assign_attrs(attributes)
    reader = PointReader(path.absolute())
    if as_written:
        dataset.gb.read_points_with(reader)
    dataset.gb.read_diagram_with(partial(_diagram_of, path.absolute()))

    def close() -> None:
        reader.close()
        opened.close()

    dataset.set_close(close)
    return dataset


def _labelled(opened: xr.Dataset) -> xr.Dataset:
    """Give the axes their names, and leave out what is true of the stored arrays alone."""
    dataset = opened.set_coords([name for name in TABLES if name in opened])
    for dim, name in LABELS.items():
        if name in dataset and dim not in dataset.coords:
            labels = dataset[name].variable
            dataset = dataset.assign_coords({dim: (dim, labels.values, labels.attrs)})
            if name not in TABLES:
                dataset = dataset.drop_vars(name)
    for variable in dataset.variables.values():
        variable.attrs.pop("actual_range", None)  # a part of it would have another
        variable.encoding.pop("coordinates", None)
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
        packing = Packing.of(layout)
        whole = replace(layout, slots=_slots(journal, packing))
        _create(draft, whole)
        _copy(journal, packing, whole, draft)
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


def _head(path: Path) -> tuple[dict[str, object], bool]:
    """Return the attributes of a result file, and whether its chunks are as gibbsite wrote them.

    Raises StoreError saying why it is no result.
    """
    if not path.exists():
        if journal_path(path).exists():
            raise StoreError(
                f"{path} is not finished: run the command that began it again to finish it."
            )
        raise StoreError(f"There is no file {path}.")
    if path.is_dir():
        raise StoreError(f"{path} is a folder; a result is a file that `compute` has written.")
    try:
        with h5py.File(path, "r") as file:
            attributes = _attributes(file)
            slots = file.get("phase_id")
            as_written = slots is not None and slots.chunks is not None and slots.fillvalue == -1
    except OSError as error:
        if path.is_file() and os.access(path, os.R_OK) and h5py.is_hdf5(path):
            raise StoreError(f"{path} is damaged or cut short: {error}.") from None
        raise StoreError(f"{path} cannot be read as HDF5: {error}.") from None
    version = attributes.get("schema_version")
    if not isinstance(version, int):
        raise StoreError(f"{path} was not written by gibbsite: it has no schema_version.")
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} has schema {version}, newer than this gibbsite can read ({SCHEMA_VERSION})."
        )
    return attributes, bool(as_written)


def _attributes(file: h5py.File) -> dict[str, object]:
    """Return the attributes of a file, those of its provenance among them."""
    provenance: dict[str, object] = {}
    if PROVENANCE in file:
        provenance |= read_attributes(file[PROVENANCE])
        texts = (file[PROVENANCE][name] for name in file[PROVENANCE])
        provenance |= {
            Path(text.name).name: read_text(text).item() for text in texts if text.dtype.kind == "S"
        }
    hidden = ("_NCProperties",)
    return {k: v for k, v in (read_attributes(file) | provenance).items() if k not in hidden}


def _create(path: Path, layout: Layout) -> None:
    """Write a netCDF-4 file with axes, tables and attributes, its variables still empty."""
    with h5netcdf.File(path, "w") as file:
        write_attributes(file, layout.title, f"computed by {PROGRAM}", _provenance(layout))
        file.dimensions = {
            **dict(zip(layout.dims, layout.shape, strict=True)),
            **layout.sizes(),
            **dict(zip(_tile_dims(layout), layout.tiles, strict=True)),
        }
        _write_axes(file, layout)
        _write_tables(file, layout)
        where = (layout.dims, layout.tile, " ".join(layout.fixed))
        for variable in layout.variables:
            _create_variable(file, variable, *where, layout.tables.phases)
        add_variable(
            file,
            "timing_tile",
            _tile_dims(layout),
            np.full(layout.tiles, np.nan),
            {"units": "s", "long_name": "time a tile took"},
        )
    with h5py.File(path, "r+") as plain:
        for variable in layout.variables:
            leave_out(plain[variable.name])


def write_attributes(
    file: h5netcdf.File, title: str, history: str, provenance: Mapping[str, object]
) -> None:
    """Write the attributes of a file: what every reader looks for at the top, the rest in a group.

    There a text of many lines is a variable; a group without any stops Octave's `ncinfo`.
    """
    top = {key: provenance[key] for key in _AT_THE_TOP if key in provenance}
    about = {"Conventions": CONVENTIONS, "title": title, "history": history}
    file.attrs.update(portable(about | top))
    rest = {key: value for key, value in provenance.items() if key not in about | top}
    group = file.create_group(PROVENANCE)
    for key, value in rest.items():
        if "\n" in str(value):
            add_variable(group, key, (), str(value), {})
        else:
            group.attrs.update(portable({key: value}))


def _tile_dims(layout: Layout) -> tuple[str, ...]:
    return tuple(f"tile_{dim}" for dim in layout.dims)


def _provenance(layout: Layout) -> dict[str, object]:
    about: dict[str, object] = {**layout.identity(), "section_toml": layout.toml}
    if layout.outside_range:
        about["outside_range"] = layout.outside_range
    return about


def _write_axes(file: h5netcdf.File, layout: Layout) -> None:
    named = {text.dim for text in layout.texts}
    for name, values in layout.axes:
        if name not in named:
            add_variable(
                file,
                name,
                (name,),
                values,
                about_axis(name, layout.along) | span(min(values), max(values), "<f8"),
            )
    for name, value in layout.fixed.items():
        add_variable(file, name, (), np.float64(value), about_axis(name))


def _write_tables(file: h5netcdf.File, layout: Layout) -> None:
    tables = layout.tables
    width = layout.sizes()["endmember"]
    endmembers = [[*names, *[""] * (width - len(names))] for names in tables.endmembers]
    for name, dims, values, long_name in (
        ("component_name", ("component",), tables.components, "oxide"),
        ("phase_name", ("phase",), tables.phases, "key of the phase"),
        ("phase_long_name", ("phase",), tables.phase_long_names, "name of the phase"),
        ("endmember_name", ("phase", "endmember"), endmembers, "name of the end-member"),
        *((text.name, (text.dim,), text.values, text.long_name) for text in layout.texts),
    ):
        add_variable(file, name, dims, values, {"long_name": long_name})
    add_variable(
        file,
        "molar_mass",
        ("component",),
        np.array(tables.molar_mass),
        {
            "units": "g mol-1",
            "long_name": "molar mass of the oxide",
            "coordinates": "component_name",
        },
    )


def _create_variable(
    file: h5netcdf.File,
    variable: Variable,
    grid: tuple[str, ...],
    tile: tuple[int, ...],
    fixed: str,
    phases: tuple[str, ...],
) -> None:
    """Create a variable on the grid, without chunks as yet; `fixed` is coordinates of all points."""
    dims = (*grid, *variable.dims)
    created = file.create_variable(
        variable.name,
        dims,
        variable.dtype,
        chunks=tile + (1,) * len(variable.dims),
        fillvalue=np.dtype(variable.dtype).type(variable.fill),
        shuffle=True,
        compression="gzip",
        compression_opts=DEFLATE_LEVEL,
    )
    about = {"units": variable.units, "long_name": variable.long_name}
    coordinates = [*fixed.split(), *(name for dim, name in LABELS.items() if dim in dims)]
    if coordinates:
        about["coordinates"] = " ".join(coordinates)
    created.attrs.update(portable(about | flags(variable, phases)))
    if variable.bits is not None:
        created.attrs["_QuantizeBitRoundNumberOfSignificantBits"] = np.int32(variable.bits)


def put(path: Path, variable: Variable, values: NDArray[Any], history: str) -> None:
    """Add a variable of all points to a finished file, or replace its numbers.

    Parameters
    ----------
    variable : Variable
        Its axes after those of the grid are in the file.
    values : ndarray
        Of the shape of the grid and these axes.
    history : str
        What was done, a line.
    """
    with h5netcdf.File(path, "a") as file:
        is_new = variable.name not in file.variables
        if is_new:
            status = file.variables["status"]
            fixed = [name for name in AXES if name in file.variables and not file[name].dimensions]
            phases = tuple(read_text(file._h5file["phase_name"]))
            where = (status.dimensions, status.chunks or status.shape, " ".join(fixed))
            _create_variable(file, variable, *where, phases)
    with h5py.File(path, "r+") as plain:
        dataset = plain[variable.name]
        if is_new:
            leave_out(dataset)
        dataset[...] = values
        set_attributes(dataset, span(values.min(), values.max(), variable.dtype))
        add_history(plain, history)


def _slots(journal: Journal, packing: Packing) -> int:
    """Return how many slots the fullest point of a run fills; one at least."""
    return (
        max((packing.slots(journal.read(tile, packing.head)) for tile in journal), default=1) or 1
    )


def _copy(journal: Journal, packing: Packing, layout: Layout, path: Path) -> None:
    """Copy the chunks of all tiles into the variables."""
    timing = np.full(layout.n_tiles, np.nan)
    least = dict.fromkeys((variable.name for variable in layout.variables), np.inf)
    greatest = {name: -value for name, value in least.items()}
    slots = layout.sizes()["slot"]
    with h5py.File(path, "r+") as file:
        datasets = {variable.name: file[variable.name].id for variable in layout.variables}
        for tile in range(layout.n_tiles):
            if tile in journal:
                record = journal.read(tile)
                timing[tile] = summary(record).seconds
            else:
                record = packing.pack(packing.blank(layout.grid(tile)), np.nan)
            corner = layout.corner(tile)
            for chunk in packing.unpack(record, slots):
                name = chunk.variable
                datasets[name].write_direct_chunk(corner + chunk.place, chunk.data)
                least[name] = min(least[name], chunk.least)  # NaN is less than nothing
                greatest[name] = max(greatest[name], chunk.greatest)
        file["timing_tile"][...] = timing.reshape(layout.tiles)
        for variable in layout.variables:
            about = span(least[variable.name], greatest[variable.name], variable.dtype)
            set_attributes(file[variable.name], about)

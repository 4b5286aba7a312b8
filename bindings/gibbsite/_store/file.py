"""A result file as a dataset, of which nothing is read until it is used."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import xarray as xr

from gibbsite._inputs.given import file_path
from gibbsite.errors import StoreError

from . import accessor as _accessor  # noqa: F401  (gives every opened file its `.gb`)
from .backend import ResultBackend
from .beside import journal_path
from .blank import LABELS, TABLES
from .head import file_attributes
from .point import PointReader
from .schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from .diagram import Diagram


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
    opened = xr.open_dataset(path, engine=ResultBackend, decode_times=False, decode_timedelta=False)
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


def names_of_rocks(path: str | os.PathLike[str]) -> list[str]:
    """Return the rocks of a result file of many, nothing for one of a single rock.

    Raises StoreError as `open` does.
    """
    path = file_path("the result", path)
    _head(path)
    with h5py.File(path, "r") as file:
        name = next((each for each in (LABELS["rock"], "rock") if each in file), None)
        return [] if name is None else [str(each) for each in file[name].asstr()[:]]


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
            attributes = file_attributes(file)
            slots = file.get("phase_id")
            as_written = slots is not None and slots.chunks is not None and slots.fillvalue == -1
    except BlockingIOError:
        raise StoreError(
            f"{path} cannot be read: another program has it open for writing."
        ) from None
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

"""Variables that come to a finished file."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gibbsite.errors import StoreError

from .beside import draft_path
from .blank import create_of
from .netcdf import add_history, dimensions, read_text, set_attributes, span
from .schema import COORDINATES, Variable


def put(path: Path, new: Mapping[Variable, NDArray[Any]], history: str) -> None:
    """Add variables of all points to a finished file, or replace their numbers.

    HDF5 is not safe while it is open for writing: a copy is, and takes the place of the file once it is whole.

    Parameters
    ----------
    new : Mapping
        Variables, whose axes after those of the grid are in the file, and their numbers, of the
        shape of the grid and these axes.
    history : str
        What was done, a line.

    Raises
    ------
    StoreError
        If the file cannot be written, or there is no room for a second one.
    """
    path = path.resolve()
    draft = draft_path(path)
    with said_of(path):
        check_writable(path)
        try:
            shutil.copy2(path, draft)
            with h5py.File(draft, "r+") as file:
                for variable, values in new.items():
                    _put(file, variable, values)
                add_history(file, history)
            with draft.open("rb+") as file:
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Raise StoreError where a file may not be changed; one that is not there is for its reader to miss."""
    if path.exists() and not os.access(path, os.W_OK):
        raise StoreError(f"{path} cannot be written: it is read-only.")


@contextlib.contextmanager
def said_of(path: Path) -> Iterator[None]:
    """Have whatever stands in the way of changing a file raised as a StoreError that names it."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}.") from None


def _put(file: h5py.File, variable: Variable, values: NDArray[Any]) -> None:
    if variable.name not in file:
        dims, tile = dimensions(file["status"]), file["status"].chunks or file["status"].shape
        fixed = [name for name in COORDINATES if name in file and not file[name].shape]
        phases = tuple(read_text(file["phase_name"]))
        create_of(file, variable, dims, tile, " ".join(fixed), phases)
    file[variable.name][...] = values
    finite = values[np.isfinite(values)]
    if finite.size:
        about = span(finite.min(), finite.max(), variable.dtype)
        set_attributes(file[variable.name], about)

"""A variable that comes to a finished file."""

from pathlib import Path
from typing import Any

import h5py
from numpy.typing import NDArray

from .blank import create_of
from .netcdf import add_history, dimensions, read_text, set_attributes, span
from .schema import COORDINATES, Variable


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
    with h5py.File(path, "r+") as file:
        if variable.name not in file:
            dims, tile = dimensions(file["status"]), file["status"].chunks or file["status"].shape
            fixed = [name for name in COORDINATES if name in file and not file[name].shape]
            phases = tuple(read_text(file["phase_name"]))
            create_of(file, variable, dims, tile, " ".join(fixed), phases)
        file[variable.name][...] = values
        about = span(values.min(), values.max(), variable.dtype)
        set_attributes(file[variable.name], about)
        add_history(file, history)

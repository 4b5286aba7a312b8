"""A variable that comes to a finished file."""

from pathlib import Path
from typing import Any

import h5netcdf
import h5py
from numpy.typing import NDArray

from .blank import create_variable
from .netcdf import add_history, leave_out, read_text, set_attributes, span
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
    with h5netcdf.File(path, "a") as file:
        is_new = variable.name not in file.variables
        if is_new:
            status = file.variables["status"]
            fixed = [
                name for name in COORDINATES if name in file.variables and not file[name].dimensions
            ]
            phases = tuple(read_text(file._h5file["phase_name"]))
            where = (status.dimensions, status.chunks or status.shape, " ".join(fixed))
            create_variable(file, variable, *where, phases)
    with h5py.File(path, "r+") as plain:
        dataset = plain[variable.name]
        if is_new:
            leave_out(dataset)
        dataset[...] = values
        set_attributes(dataset, span(values.min(), values.max(), variable.dtype))
        add_history(plain, history)

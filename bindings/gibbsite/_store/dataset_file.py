"""A dataset in memory, a path or a part of a section, as a file like those of sections."""

from pathlib import Path

import h5netcdf
import numpy as np
import xarray as xr

from .file import LABELS, TABLES, write_attributes
from .netcdf import add_variable, span


def write_dataset(dataset: xr.Dataset, path: Path, title: str, history: str) -> None:
    """Write a dataset as netCDF-4 that every reader takes; `gibbsite.open` gives it back.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `gibbsite.open`, `path` or `equilibria` return it.
    path : Path
        A file that is there is replaced.
    title : str
        One line for people.
    history : str
        What was done, a line.
    """
    with h5netcdf.File(path, "w") as file:
        write_attributes(file, title, history, dataset.attrs)
        file.dimensions = {str(name): size for name, size in dataset.sizes.items()}
        for key, variable in dataset.variables.items():
            name = LABELS.get(str(key), str(key))
            if name == str(key) or name not in dataset.variables:
                about = variable.attrs | _coordinates(dataset, str(key), variable) | _span(variable)
                storage = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
                is_array = variable.ndim > 0 and variable.dtype.kind in "if" and variable.size > 0
                dims = tuple(map(str, variable.dims))
                add_variable(
                    file, name, dims, variable.values, about, **storage if is_array else {}
                )


def _coordinates(dataset: xr.Dataset, name: str, variable: xr.Variable) -> dict[str, object]:
    """Return the attribute that names what a variable is a function of beside its axes."""
    if name in dataset.coords:
        return {}
    names = [
        LABELS.get(str(key), str(key))
        for key, coord in dataset.coords.items()
        if key not in dataset.dims or key in LABELS
        if key not in TABLES and set(coord.dims) <= set(variable.dims)
    ]
    return {"coordinates": " ".join(names)} if names else {}


def _span(variable: xr.Variable) -> dict[str, object]:
    if variable.dtype.kind not in "if" or not np.isfinite(variable.values).any():
        return {}
    values = variable.values
    return span(np.nanmin(values), np.nanmax(values), variable.dtype.str)

"""A dataset in memory, a path or a part of a section, as a file like those of sections."""

from pathlib import Path

import numpy as np
import xarray as xr

from .blank import LABELS, TABLES
from .head import write_attributes
from .netcdf import add_dimensions, add_variable, create_file, span


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
    named = {
        LABELS.get(str(key), str(key)): key
        for key in dataset.variables
        if str(key) not in LABELS or LABELS[str(key)] not in dataset.variables
    }
    with create_file(path) as file:
        write_attributes(file, title, history, dataset.attrs)
        add_dimensions(file, {str(name): size for name, size in dataset.sizes.items()})
        for name, key in sorted(named.items(), key=lambda each: each[0] not in dataset.sizes):
            variable = dataset.variables[key]
            about = variable.attrs | _coordinates(dataset, str(key), variable)
            about |= _span(variable)
            dims = tuple(map(str, variable.dims))
            add_variable(file, name, dims, variable.values, about, **_storage(variable))


def _storage(variable: xr.Variable) -> dict[str, object]:
    if variable.dtype.kind not in "if" or variable.size == 0 or variable.ndim == 0:
        return {}
    packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
    is_float = variable.dtype.kind == "f"
    return packed | ({"fillvalue": variable.dtype.type(np.nan)} if is_float else {})


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

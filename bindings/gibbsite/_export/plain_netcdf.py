"""A netCDF file of two-dimensional doubles alone, as GDAL, GMT, CDO and Octave like it best.

No slots, no text, no groups: a variable a quantity, its unit in `units`, NaN as `_FillValue` where
a phase is absent.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from gibbsite._store.head import CONVENTIONS, PROGRAM
from gibbsite._store.netcdf import add_dimensions, add_variable, create_file, set_attributes, span
from gibbsite._store.schema import COORDINATES, about_axis
from gibbsite.errors import InputError
from gibbsite_engine.status import CERTIFIED

_UNITS: Final = {
    "vol%": "percent",
    "wt%": "percent",
    "mol%": "percent",
    "per formula unit": "1",
    "kg/m³": "kg m-3",
    "cm³/kg": "cm3 kg-1",
    "J/kg": "J kg-1",
    "J/(kg K)": "J kg-1 K-1",
    "1/K": "K-1",
    "1/GPa": "GPa-1",
    "km/s": "km s-1",
    "kJ/mol": "kJ mol-1",
    "kJ/(K mol)": "kJ K-1 mol-1",
    "kJ/(kbar mol)": "kJ kbar-1 mol-1",
}
"""Units of the grammar -> those of CF, where they differ."""


def variable_name(quantity: str) -> str:
    """Return the name of a variable, of letters, digits and underscores: "liq.vol%" is liq_vol."""
    text = quantity.replace("%", "").replace("#", "_number").replace("+", "_plus")
    text = re.sub(r"\W+", "_", text).strip("_")
    return text if text[:1].isalpha() else f"q_{text}"


def write(path: Path, dataset: xr.Dataset, title: str, quantities: Sequence[str]) -> int:
    """Write quantities of a section; return how many of its points have no answer."""
    dims = tuple(str(dim) for dim in dataset["status"].dims)
    if len(dims) != 2 or any(name not in COORDINATES for name in dims):
        raise InputError(
            f"a plain file has two axes of a section, of {', '.join(COORDINATES)}; this result has "
            f"{', '.join(dims)}."
        )
    names = [variable_name(each) for each in quantities]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two quantities would be the variable {name!r}; leave one out.")
    with create_file(path) as file:
        set_attributes(file, _about(dataset, title))
        add_dimensions(file, {name: dataset.sizes[name] for name in dims})
        for name in dims:
            values = np.asarray(dataset[name].values, dtype=np.float64)
            about = about_axis(name, str(dataset[name].attrs.get("along", "")))
            add_variable(
                file, name, (name,), values, about | span(values.min(), values.max(), "<f8")
            )
        for name, quantity in zip(names, quantities, strict=True):
            found = dataset.gb.quantity(quantity).transpose(*dims)
            units = str(found.attrs["units"])
            attributes = {
                "units": _UNITS.get(units, units),
                "long_name": f"{found.attrs['long_name']} [{units}]",
            }
            values = np.asarray(found.values, dtype=np.float64)
            add_variable(file, name, dims, values, attributes, fillvalue=np.nan)
    return int((dataset["status"].values != CERTIFIED).sum())


def _about(dataset: xr.Dataset, title: str) -> dict[str, str]:
    """Return the attributes of the file: too few to be stored in a form that some do not read."""
    about = {"Conventions": CONVENTIONS, "title": title, "history": f"exported by {PROGRAM}"}
    known = ("database", "gibbsite_version")
    return about | {name: str(dataset.attrs[name]) for name in known if name in dataset.attrs}

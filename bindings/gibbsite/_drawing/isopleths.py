"""Quantities of a result, and their lines of equal value."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
import xarray as xr
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from gibbsite._inputs.melt import MELT
from gibbsite._inputs.names import RANGES, in_range, range_phase
from gibbsite._inputs.ratios import RATIOS
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .contours import contour, contour_in_fields
from .fields import Fields

MELT_LEVELS: Final = (20.0, 40.0, 60.0, 80.0)

SCALARS: Final[Mapping[str, tuple[str, str]]] = {
    "density": ("density", "kg/m³"),
    "gibbs_energy": ("Gibbs energy", "kJ/mol"),
    "entropy": ("entropy", "kJ/(K mol)"),
    "volume": ("volume", "kJ/(kbar mol)"),
}
"""Variable of the whole rock -> its name in words and its unit; per mole of oxides."""


@dataclass(frozen=True, slots=True)
class Isopleth:
    """One line of equal value.

    Attributes
    ----------
    quantity : str
        As it was asked for.
    level : float
        The value.
    path : MultiLineString
        Column and row of the grid, as floats.
    """

    quantity: str
    level: float
    path: Any


def default_isopleths(dataset: xr.Dataset) -> dict[str, Sequence[float]]:
    """Return melt at 20, 40, 60, 80 vol%, or nothing if there is no melt."""
    if MELT not in dataset["phase_name"].values:
        return {}
    melt = dataset.gb.mode(MELT).values
    return {MELT: MELT_LEVELS} if np.nanmax(melt, initial=0.0) > 0.0 else {}


def unit_of(quantity: str) -> str:
    """Return the unit of what isopleths show."""
    if quantity in SCALARS:
        return SCALARS[quantity][1]
    if quantity.startswith("mu."):
        return "kJ/mol"
    return "mol%" if "." in quantity else "vol%"


def find_isopleths(
    dataset: xr.Dataset, wanted: Mapping[str, Sequence[float]], fields: Fields | None = None
) -> list[Isopleth]:
    """Return the lines asked for.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result on a grid.
    wanted : mapping of str to sequence of float
        Quantity -> levels. A quantity is a phase, "liq", or a range of its compositions, "pig"
        [vol%]; a composition of one, "ol.Fo", "pl.An", "aug.Wo", or of a numbered instance,
        "cpx1.Mg#" [mol%]; one of `SCALARS`, "density" [kg/m3] say; or "mu.SiO2" [kJ/mol].
    fields : Fields, optional
        Of the dataset. With them, lines of composition are drawn up to the edges of fields.

    Raises
    ------
    InputError
        If there is no such quantity, or the result does not keep it.
    """
    outlines = (
        [] if fields is None else [on_grid(dataset, fields, f.outline) for f in fields.fields]
    )
    found = []
    for quantity, levels in wanted.items():
        values = quantity_values(dataset, quantity)
        jumps = unit_of(quantity) == "mol%"
        for level in map(float, levels):
            if jumps and fields is not None:
                parts = contour_in_fields(values, level, fields, outlines)
            else:
                parts = contour(values, level)
            if parts:
                found.append(Isopleth(quantity, level, shapely.MultiLineString(parts)))
    return found


def on_grid(dataset: xr.Dataset, fields: Fields, geometry: Any) -> Any:
    """Return a geometry given in coordinates in columns and rows of the grid."""
    y, x = (np.asarray(dataset[name].values, dtype=np.float64) for name in fields.axes)
    return shapely.transform(
        geometry,
        lambda xy: np.stack(
            [np.interp(xy[:, k], axis, np.arange(len(axis))) for k, axis in enumerate((x, y))], -1
        ),
    )


def quantity_values(dataset: xr.Dataset, quantity: str) -> NDArray[np.float64]:
    """Return a quantity at every point of the grid; NaN where it has none.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result on a grid.
    quantity : str
        As in `find_isopleths`; `unit_of` tells its unit.

    Raises
    ------
    InputError
        If there is no such quantity, or the result does not keep it.
    """
    if quantity in SCALARS:
        return _as_floats(_variable(dataset, quantity, quantity).values)
    name, _, what = quantity.partition(".")
    if name == "mu" and what:
        oxides = [str(oxide) for oxide in dataset["component"].values]
        if what not in oxides:
            raise InputError(f"isopleths of {quantity!r}: {did_you_mean(what, oxides)}")
        potentials = _variable(dataset, "chemical_potential", quantity)
        return _as_floats(potentials[..., oxides.index(what)].values)
    if what and what not in RATIOS:
        raise InputError(f"isopleths of {quantity!r}: {did_you_mean(what, RATIOS)}")
    if not what and name in _keys(dataset):
        return 100.0 * _as_floats(dataset.gb.mode(name).values)
    return _of_instances(dataset, name, what, quantity)


def _of_instances(dataset: xr.Dataset, name: str, what: str, quantity: str) -> NDArray[np.float64]:
    """Return the mode of a range of compositions, or the composition of one instance.

    Where several instances are in the range, modes are added, and the first gives the composition.
    """
    key, instances = _meant(dataset, name)
    needed = _variable(dataset, "phase_composition_mol", quantity)
    grid = [size for dim, size in needed.sizes.items() if dim not in ("slot", "component")]
    result = np.full(grid, np.nan if what else 0.0)
    # Of a large result all else would be read from the file for nothing.
    slim = dataset[
        ["phase_id", "instance", "volume_fraction", "phase_composition_mol", "phase_name"]
    ]
    if what and name not in RANGES:
        slim = slim.sel(component=RATIOS[what].oxides)
    for instance in instances:
        one = slim.gb.phase(key, instance=instance)
        moles = one["phase_composition_mol"]
        oxides = {str(c): moles.sel(component=c).values for c in moles["component"].values}
        here = np.asarray(one["present"].values)
        if name in RANGES:
            here = here & in_range(name, oxides, key)
        if what:
            values = RATIOS[what](oxides)
            result = np.where(np.isnan(result) & here, values, result)
        else:
            result += np.where(here, 100.0 * one["volume_fraction"].values, 0.0)
    result[~dataset.gb.certified().values] = np.nan
    return _as_floats(result)


def _meant(dataset: xr.Dataset, name: str) -> tuple[str, Sequence[int]]:
    """Return the phase that a name means, and which of its instances may be meant."""
    keys = _keys(dataset)
    every = range(int(dataset["instance"].max()) + 1)
    if name in keys:
        return name, [0]
    phase = range_phase(name, keys)
    if phase is not None:
        return phase, every
    numbered = re.fullmatch(r"(.*?)(\d*)", name)
    assert numbered is not None
    return numbered[1], [int(numbered[2] or 0)]


def _keys(dataset: xr.Dataset) -> list[str]:
    return [str(key) for key in dataset["phase_name"].values]


def _as_floats(values: Any) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def _variable(dataset: xr.Dataset, name: str, quantity: str) -> xr.DataArray:
    if name not in dataset:
        raise InputError(f"isopleths of {quantity!r} need {name}, which this result does not keep.")
    return dataset[name]


def parse_levels(text: str) -> list[float]:
    """Return the numbers of a text such as "20 40, 60"."""
    levels = []
    for word in text.replace(",", " ").replace(";", " ").split():
        try:
            level = float(word)
        except ValueError:
            raise InputError(f"{word!r} is not a number; levels look like 20 40 60.") from None
        if not np.isfinite(level):
            raise InputError(f"{word!r} is not a finite number; levels look like 20 40 60.")
        levels.append(level)
    return sorted(set(levels))


def round_levels(low: float, high: float) -> list[float]:
    """Return about eight round numbers between two values."""
    ticks = MaxNLocator(nbins=8, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in ticks if low < tick < high]

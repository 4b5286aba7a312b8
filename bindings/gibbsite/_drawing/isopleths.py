"""Quantities of a result, and their lines of equal value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.given import by_name, numbers
from gibbsite._inputs.melt import MELT
from gibbsite._quantities.grammar import parse
from gibbsite._quantities.read import keys_of
from gibbsite.errors import InputError

from .contours import contour
from .rims import Rims

MELT_LEVELS: Final = (20.0, 40.0, 60.0, 80.0)


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


def read_isopleths(given: object) -> dict[str, list[float]] | None:
    """Return the levels of each quantity that isopleths are asked for of; None where nothing is said.

    Raises
    ------
    InputError
        If what is given is no mapping of quantities to numbers.
    """
    if given is None:
        return None
    asked = by_name("isopleths", given, '{"ol.Fo": [80, 85]}')
    return {
        name: numbers(f"isopleths of {name}", levels).ravel().tolist()
        for name, levels in asked.items()
    }


def find_isopleths(
    dataset: xr.Dataset, wanted: Mapping[str, Sequence[float]], rims: Rims | None = None
) -> list[Isopleth]:
    """Return the lines asked for.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result on a grid.
    wanted : mapping of str to sequence of float
        Quantity -> levels; see `ds.gb.quantity`.
    rims : Rims, optional
        Those of its fields. With them, lines of composition are drawn up to the edges of fields.

    Raises
    ------
    InputError
        If there is no such quantity, or the result does not keep it.
    """
    found = []
    for quantity, levels in wanted.items():
        values, meant = quantity_values(dataset, quantity), parse(quantity, keys_of(dataset))
        if rims is not None:
            lines = rims.contours(meant, values, levels)
        else:
            lines = [contour(values, level) for level in levels]
        for level, parts in zip(levels, lines, strict=True):
            if parts:
                found.append(Isopleth(quantity, level, shapely.MultiLineString(parts)))
    return found


def quantity_values(dataset: xr.Dataset, quantity: str) -> NDArray[np.float64]:
    """Return a quantity at every point of the grid, rows along the slow axis; see `find_isopleths`."""
    return np.asarray(dataset.gb.quantity(quantity).values, dtype=np.float64)


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
    from matplotlib.ticker import MaxNLocator  # slow to import, and not needed to show fields

    ticks = MaxNLocator(nbins=8, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in ticks if low < tick < high]

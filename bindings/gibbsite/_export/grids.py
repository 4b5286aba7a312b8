"""A section of pressure and temperature as an even grid in kelvin and bar."""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.limits import to_kelvin
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_engine.status import CERTIFIED

Array = NDArray[np.float64]
OnGrid = Literal["refuse", "cut"]
ON_GRID: Final = get_args(OnGrid)
AXES: Final = ("pressure_kbar", "temperature_C")
_EVEN: Final = 1e-6  # of a step: how far a node may lie from its place


@dataclass(frozen=True, slots=True)
class TableGrid:
    """What a table of pressure and temperature is made of.

    Attributes
    ----------
    dataset : xarray.Dataset
        The part that is written, pressure first; all its points have an answer.
    pressure_bar, temperature_K : ndarray, shape (nP,), (nT,)
        Its axes, rising.
    left_out : int
        Points of the result that are not in it.
    """

    dataset: xr.Dataset
    pressure_bar: Array
    temperature_K: Array
    left_out: int

    @property
    def title(self) -> str:
        """One line for people, never empty."""
        text = " ".join(str(self.dataset.attrs.get("title", "")).split())
        return text or "a section by gibbsite"

    def quantity(self, name: str) -> Array:
        """Return a quantity, shape (nP, nT)."""
        return np.asarray(self.dataset.gb.quantity(name).transpose(*AXES).values, dtype=np.float64)

    @property
    def fluid(self) -> str:
        """What is to be said of free fluid in numbers of the rock; nothing where there is none."""
        most = float(np.nanmax(self.quantity("fluid.vol%"), initial=0.0))
        if most == 0.0:
            return ""
        return f"; free fluid, up to {most:.3g} vol%, left out of vp and vs and counted in all else"

    def header(self) -> tuple[tuple[str, float, float, int], ...]:
        """Return name, least, step and number of T(K), then of P(bar)."""
        found = []
        for name, values in (("T(K)", self.temperature_K), ("P(bar)", self.pressure_bar)):
            found.append((name, float(values[0]), step(values), len(values)))
        return tuple(found)


def step(values: Array) -> float:
    """Return the distance of two nodes of an even axis."""
    return float(values[-1] - values[0]) / (len(values) - 1)


def as_grid(dataset: xr.Dataset, failed: OnGrid) -> TableGrid:
    """Return a result as an even grid.

    Parameters
    ----------
    dataset : xarray.Dataset
        A section with axes of pressure and temperature, of one rock.
    failed : {"refuse", "cut"}
        Refuse a result with failed points, or cut it to the largest rectangle without.

    Raises
    ------
    InputError
        If it is no such grid, its axes are not even, or points failed.
    """
    if failed not in ON_GRID:
        raise InputError(f"failed = {failed!r}: {did_you_mean(str(failed), ON_GRID)}")
    if set(map(str, dataset["status"].dims)) != set(AXES):
        has = ", ".join(map(str, dataset["status"].dims))
        raise InputError(
            f"such a table has axes of pressure and temperature; this result has {has}."
        )
    ordered = dataset.sortby(list(AXES)).transpose(*AXES, ...)
    part = _without_failed(ordered, failed)
    left_out = int(dataset["status"].size - part["status"].size)
    pressure = 1e3 * np.asarray(part["pressure_kbar"].values, dtype=np.float64)
    kelvin = np.asarray(to_kelvin(part["temperature_C"].values), dtype=np.float64)
    for name, values in (("pressure", pressure), ("temperature", kelvin)):
        _check_even(name, values)
    return TableGrid(part, pressure, kelvin, left_out)


def _check_even(name: str, values: Array) -> None:
    if len(values) < 2:
        raise InputError(f"a table needs two nodes of {name} or more; this one has {len(values)}.")
    even = np.linspace(values[0], values[-1], len(values))
    if (abs(values - even) > _EVEN * step(values)).any():
        worst = int(abs(values - even).argmax())
        raise InputError(
            f"a table needs even steps of {name}; {values[worst]:g} should be {even[worst]:g}."
        )


def _without_failed(dataset: xr.Dataset, failed: OnGrid) -> xr.Dataset:
    good = np.asarray(dataset["status"].values == CERTIFIED)
    if good.all():
        return dataset
    if failed == "refuse":
        row, column = np.argwhere(~good)[0]
        pressure, temperature = (
            float(dataset[name][i]) for name, i in zip(AXES, (row, column), strict=True)
        )
        raise InputError(
            f"{int((~good).sum())} of {good.size} points have no answer, the first at "
            f"{pressure:g} kbar and {temperature:g} °C; say failed='cut' (--failed cut) for the "
            "largest rectangle without."
        )
    rows, columns = largest_rectangle(good)
    return dataset.isel(dict(zip(AXES, (rows, columns), strict=True)))


def largest_rectangle(good: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return rows and columns of the largest rectangle of True, by heights of columns.

    Parameters
    ----------
    good : ndarray of bool, shape (n, m)
        What may lie in it.
    """
    best: tuple[int, slice, slice] = (0, slice(0), slice(0))
    height = np.zeros(good.shape[1], dtype=np.int64)
    for row in range(good.shape[0]):
        height = np.where(good[row], height + 1, 0)
        stack: list[tuple[int, int]] = []  # (first column, height), rising
        for column, here in enumerate([*height.tolist(), 0]):
            first = column
            while stack and stack[-1][1] >= here:
                first, high = stack.pop()
                area = high * (column - first)
                if area > best[0]:
                    best = (area, slice(row + 1 - high, row + 1), slice(first, column))
            stack.append((first, here))
    return best[1], best[2]


def check_number(name: str, values: Array) -> None:
    """Raise InputError where a column that every reader needs has no number somewhere."""
    bad: Any = ~np.isfinite(values)
    if bad.any():
        raise InputError(
            f"{name} has no value at {int(bad.sum())} of {values.size} points; a table cannot hold it."
        )

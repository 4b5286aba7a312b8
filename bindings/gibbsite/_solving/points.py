"""Points as they are asked for, of any shape and labelled or not, as one flat list and back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.composition import Bulk, as_moles
from gibbsite._inputs.database import Database
from gibbsite._inputs.given import numbers as as_numbers
from gibbsite._inputs.limits import (
    PRESSURE_KBAR,
    TEMPERATURE_C,
    check_pressure_kbar,
    check_temperature_C,
)
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import load_components
from gibbsite_engine.status import BAD_CONDITIONS

from . import results as _results
from .constraint import Constraint

Errors = Literal["raise", "status"]
Labelled = NDArray[np.float64] | xr.DataArray
RANGES: Final = (PRESSURE_KBAR, TEMPERATURE_C)
CHECKS: Final = (check_pressure_kbar, check_temperature_C)


@dataclass(frozen=True, slots=True)
class PointAxes:
    """The axes that points had before they were one list.

    Parameters
    ----------
    shape : tuple of int
        Of the axes.
    dims : tuple of str
        Their names.
    coords : dict
        Their labels.
    """

    shape: tuple[int, ...]
    dims: tuple[str, ...]
    coords: dict[Any, Any]

    def place(self, i: int) -> str:
        """Say where point i of the list is, as the beginning of a sentence; a lone one is there."""
        if np.prod(self.shape) == 1:
            return ""
        where = [int(k) for k in np.unravel_index(i, self.shape)]
        return ", ".join(f"{dim} {k}" for dim, k in zip(self.dims, where, strict=True)) + ": "

    def label(self, name: str, values: Labelled) -> None:
        """Label an axis that is called as a condition by that condition.

        Raises
        ------
        InputError
            If the condition has other axes.
        """
        if name in self.dims:
            if not (isinstance(values, xr.DataArray) and values.dims == (name,)):
                raise InputError(f"an axis named {name} has to be that of {name} itself.")
            self.coords[name] = values.values


@dataclass(frozen=True, slots=True)
class PointList:
    """A flat list of points.

    Parameters
    ----------
    pressure_kbar, temperature_C : ndarray, shape (n,)
        kbar, °C.
    moles : ndarray, shape (n, C)
        Moles of the components; rows sum to 1. NaN where they are no bulk.
    good : ndarray, shape (n,)
        Whether a point can be solved.
    grid : PointAxes
        What it was before it was flat.
    """

    pressure_kbar: NDArray[np.float64]
    temperature_C: NDArray[np.float64]
    moles: NDArray[np.float64]
    good: NDArray[np.bool_]
    grid: PointAxes

    def leave_out_open(self, data: Database, errors: Errors) -> None:
        """Leave out components whose potentials are given, the others again one mole of oxides.

        A rock that holds nothing else is refused, or marked.
        """
        held = self.moles[:, data.is_open].any(axis=1)
        self.moles[:, data.is_open] = 0.0
        left = self.moles.sum(axis=1)
        nothing = self.good & ~(left > 0.0)
        if errors == "raise" and nothing.any():
            place = self.grid.place(int(np.argmax(nothing)))
            raise InputError(f"{place}the rock holds nothing but open components.")
        self.good[nothing] = False
        held &= self.good
        self.moles[held] /= left[held, None]

    def whole(self, data: Database, solved: _results.Arrays) -> _results.Arrays:
        """Return the variables of all points, of those of the good ones."""
        if self.good.all():
            return solved
        arrays = _results.empty(data, len(self.good), solved)
        for name, values in solved.items():
            arrays[name][self.good] = values
        arrays["status"][~self.good] = BAD_CONDITIONS
        if "bulk_mol" in arrays:
            arrays["bulk_mol"][~self.good] = np.nan
        _results.blank(arrays)
        return arrays

    def labelled(self, dataset: xr.Dataset) -> xr.Dataset:
        """Return a dataset along `point` in the shape that was asked for."""
        dims, shape = self.grid.dims, self.grid.shape
        if dims == ("point",) and not self.grid.coords:
            return dataset
        variables: dict[Any, Any] = {}
        coords = dict(self.grid.coords)
        for name, array in dataset.variables.items():
            if name in dims:  # a condition that is an axis
                if name not in coords:
                    raise InputError(f"an axis cannot be called {name}, as what is found is.")
                coords[name] = xr.Variable(name, self.grid.coords[name], array.attrs)
                continue
            if "point" in array.dims:  # always the first
                values = array.values.reshape(*shape, *array.shape[1:])
                array = xr.Variable((*dims, *array.dims[1:]), values, array.attrs)
            (coords if name in dataset.coords else variables)[name] = array
        return xr.Dataset(variables, coords, dataset.attrs)


def as_points(
    data: Database, bulks: Any, pressure_kbar: Any, temperature_C: Any, errors: Errors = "raise"
) -> PointList:
    """Bring pressures, temperatures and bulks to one list.

    Parameters
    ----------
    data : Database
        Whose components the bulks have.
    bulks : Bulk, sequence of Bulk, or array (..., C)
        As of `equilibria`.
    pressure_kbar, temperature_C : array_like
        Numbers, arrays that can be broadcast, or DataArrays, aligned by the names of their axes.
    errors : {"raise", "status"}
        Refuse a point that cannot be solved, naming its place, or mark it.

    Raises
    ------
    InputError
        If the shapes do not fit, or a number is outside its range and was to be refused.
    """
    if errors not in get_args(Errors):
        raise InputError(f"errors = {errors!r}: {did_you_mean(str(errors), get_args(Errors))}")
    conditions = {
        name: _numbers(name, values)
        for name, values in (("pressure_kbar", pressure_kbar), ("temperature_C", temperature_C))
    }
    rows = _moles(data, bulks, errors)
    columns = [_column(rows, c) for c in range(len(data.components))]
    grid = _grid([*conditions.values(), columns[0]])
    for name, values in conditions.items():
        grid.label(name, values)
    flat = [_spread(values, grid).reshape(-1) for values in conditions.values()]
    moles = np.stack([_spread(column, grid).reshape(-1) for column in columns], axis=-1)
    good = np.asarray(np.isfinite(moles).all(axis=1))
    for values, (low, high), check in zip(flat, RANGES, CHECKS, strict=True):
        inside = (values >= low) & (values <= high)  # not so of NaN
        if errors == "raise" and not inside.all():
            _refuse(check, values, int(np.argmin(inside)), grid)
        good &= inside
    return PointList(flat[0], flat[1], moles, good, grid)


def as_given_points(
    data: Database,
    bulks: Any,
    given: Constraint,
    numbers: Any,
    pressure_kbar: Any,
    temperature_C: Any,
    errors: Errors = "raise",
) -> tuple[PointList, NDArray[np.float64]]:
    """Bring points of which a number stands for the temperature or pressure to one list.

    Returns
    -------
    (PointList, (n,) array)
        With a condition of no meaning where it follows from the number, and the numbers.
    """
    hot = given.free == "temperature"
    name = "pressure_kbar" if hot else "temperature_C"
    known, target = (
        _numbers(*pair)
        for pair in ((name, pressure_kbar if hot else temperature_C), (given.name, numbers))
    )
    free = "temperature_C" if hot else "pressure_kbar"
    if isinstance(target, xr.DataArray) and free in target.dims:
        raise InputError(
            f"an axis named {free} has no place where {free} follows from {given.name}."
        )
    nothing = np.full(target.shape, 0.5 * sum(TEMPERATURE_C if hot else PRESSURE_KBAR))
    anywhere = target.copy(data=nothing) if isinstance(target, xr.DataArray) else nothing
    p, t = (known, anywhere) if hot else (anywhere, known)
    points = as_points(data, bulks, p, t, errors)
    points.grid.label(given.name, target)
    flat = _spread(target, points.grid).reshape(-1)
    if errors == "raise" and not np.isfinite(flat).all():
        i = int(np.argmin(np.isfinite(flat)))
        raise InputError(f"{points.grid.place(i)}{given.name} = {flat[i]} is not a number.")
    points.good[~np.isfinite(flat)] = False
    return points, flat


def _refuse(check: Callable[[float], None], values: Any, i: int, grid: PointAxes) -> None:
    """Raise what `check` says of number i, with its place."""
    try:
        check(float(values[i]))
    except InputError as error:
        raise InputError(f"{grid.place(i)}{error}") from None


def _numbers(name: str, values: Any) -> Labelled:
    if isinstance(values, xr.DataArray) and values.ndim:
        return values.copy(data=as_numbers(name, values.values))
    return as_numbers(name, values.values if isinstance(values, xr.DataArray) else values)


def _column(rows: Labelled, c: int) -> Labelled:
    """The moles of one component."""
    return rows.isel(component=c, drop=True) if isinstance(rows, xr.DataArray) else rows[..., c]


def _moles(data: Database, bulks: Any, errors: Errors) -> Labelled:
    """Moles of the database's components along the last axis, summing to 1; NaN for no bulk."""
    if isinstance(bulks, xr.DataArray):
        named = _by_component(data, bulks)
        return named.copy(data=as_moles(named.values, data.components, errors))
    array = _array(bulks)
    if array.dtype == object and all(isinstance(bulk, Bulk) for bulk in array.flat):
        return np.array([bulk.array(data.components) for bulk in array.flat]).reshape(
            *array.shape, len(data.components)
        )
    dry = _dry(data)
    if array.shape == (0,):  # of no rock it is not said what it holds
        bulks = np.zeros((0, len(dry)))
    rows = np.atleast_2d(_numbers_of_bulks(bulks))
    if rows.shape[-1] == np.count_nonzero(dry):
        whole = np.zeros((*rows.shape[:-1], len(dry)))
        whole[..., dry] = rows
        rows = whole
    if rows.shape[-1] != len(dry):
        raise InputError(
            f"an array of bulks has one column for each of {', '.join(data.components)}, or for those "
            f"but {', '.join(np.array(data.components)[~dry])}; this one has the shape {rows.shape}."
        )
    return as_moles(rows, data.components, errors)


def _numbers_of_bulks(bulks: Any) -> NDArray[np.float64]:
    try:
        return as_numbers("bulks", bulks)
    except InputError:
        raise InputError("the bulks are neither Bulk objects nor an array of moles.") from None


def _dry(data: Database) -> NDArray[np.bool_]:
    """Which of a database's components every rock has: not oxygen beyond FeO, water, manganese."""
    always = {component.name for component in load_components()}
    return np.array([component in always for component in data.components])


def _array(bulks: Any) -> NDArray[Any]:
    try:
        return np.asarray(bulks)
    except ValueError:  # rows of different lengths
        raise InputError("the bulks are neither Bulk objects nor an array of moles.") from None


def _by_component(data: Database, bulks: xr.DataArray) -> xr.DataArray:
    """Bulks with the database's components as their last axis, in its order."""
    if "component" not in bulks.dims or "component" not in bulks.coords:
        raise InputError("bulks with named axes need one named component, with labels.")
    given = bulks["component"].values.tolist()
    wanted = {c for c, always in zip(data.components, _dry(data), strict=True) if always}
    if len(set(given)) < len(given) or not wanted <= set(given) <= set(data.components):
        raise InputError(f"the component of the bulks must be {', '.join(data.components)}.")
    plain = bulks.copy(data=_numbers_of_bulks(bulks.values))
    whole = plain.reindex(component=list(data.components), fill_value=0.0)
    return whole.transpose(..., "component")


def _grid(parts: Sequence[Labelled]) -> PointAxes:
    """The shape that all parts can be broadcast to; the axes of DataArrays go by their names."""
    named = [part for part in parts if isinstance(part, xr.DataArray)]
    shape: tuple[int, ...] | None
    try:
        frame = xr.broadcast(*xr.align(*named, join="exact")) if named else ()
        shape = np.broadcast_shapes(
            *(part.shape for part in frame[:1]),
            *(part.shape for part in parts if not isinstance(part, xr.DataArray)),
        )
    except ValueError:
        shape = None
    if shape is None or (named and shape != frame[0].shape):
        p, t, bulks = (" x ".join(map(str, part.shape)) or "1" for part in parts)
        raise InputError(
            f"{bulks} bulks, {p} pressures and {t} temperatures do not make one list of points; give "
            "as many of each, or one for all, or axes with the same names and labels."
        )
    if named:
        coords = {name: axis.variable for part in frame for name, axis in part.coords.items()}
        return PointAxes(shape, tuple(map(str, frame[0].dims)), coords)
    if len(shape) < 2:
        return PointAxes(shape or (1,), ("point",), {})
    return PointAxes(shape, tuple(f"point_{axis}" for axis in range(len(shape))), {})


def _spread(values: Labelled, grid: PointAxes) -> NDArray[np.float64]:
    if isinstance(values, xr.DataArray):
        missing = [dim for dim in grid.dims if dim not in values.dims]
        values = np.asarray(values.expand_dims(missing).transpose(*grid.dims))
    spread: NDArray[np.float64] = np.broadcast_to(values, grid.shape)
    return spread

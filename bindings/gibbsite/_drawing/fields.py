"""The fields of a diagram: connected parts of equal assemblage, their variance, area and outline."""

import itertools
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.melt import MELTING
from gibbsite._inputs.names import Composition, label_order, name_instances
from gibbsite._store import accessor as _accessor  # noqa: F401  (gives every dataset its `.gb`)
from gibbsite.errors import InputError

from .boundaries import find_crossings
from .partition import Line, partition

FAILED = -1
"""Number of the field of a point that has no answer."""


@dataclass(frozen=True, slots=True)
class Field:
    """One connected part of a diagram where the same phases are stable.

    Attributes
    ----------
    phases : tuple of str
        Keys of the phases, once for each instance, in the order of labels.
    names : tuple of tuple of str
        What the phases are called here, in each convention of `_names.Name`.
    components : int
        Oxides of which there is any.
    points : int
        Points of the grid inside.
    area_fraction : float
        Share of the area of the diagram.
    outline : Polygon
        In coordinates of the axes: x along the second dimension of the grid, y along the first.
    """

    phases: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    components: int
    points: int
    area_fraction: float
    outline: Any

    @property
    def variance(self) -> int:
        """Components - phases + 2."""
        return self.components - len(self.phases) + 2


@dataclass(frozen=True)
class Fields:
    """All fields of a diagram and the lines between them.

    Attributes
    ----------
    axes : (str, str)
        Names of the vertical and the horizontal axis.
    labels : ndarray of int, shape (ny, nx)
        Index into `fields` at every point, -1 where the point failed.
    fields : tuple of Field
        The largest first.
    lines : tuple of Line
        Their sides are indices into `fields`, -1 for failed points.
    failed : MultiPolygon
        Where there is no answer.
    note : str
        What a reader must know of the lines, if anything.
    """

    axes: tuple[str, str]
    labels: NDArray[np.int64]
    fields: tuple[Field, ...]
    lines: tuple[Line, ...]
    failed: Any
    note: str = ""

    @property
    def n_failed(self) -> int:
        """Number of points without an answer."""
        return int((self.labels == FAILED).sum())

    def boundary(self, phase: str) -> Any:
        """Return the lines at which a phase comes in or runs out, as one geometry."""
        return self._where(lambda phases: phase in phases)

    @cached_property
    def solidus(self) -> Any:
        """Lines with melt on one side only."""
        return self._where(MELTING["solidus"])

    @cached_property
    def liquidus(self) -> Any:
        """Lines with nothing but melt on one side."""
        return self._where(MELTING["liquidus"])

    def _where(self, inside: Callable[[Collection[str]], bool]) -> Any:
        """Return the lines with an assemblage on one side only of which something is so."""
        within = [inside(field.phases) for field in self.fields]
        chosen = [
            line.path
            for line in self.lines
            if FAILED not in line.sides and len({within[i] for i in line.sides}) == 2
        ]
        return (
            shapely.line_merge(shapely.union_all(chosen)) if chosen else shapely.MultiLineString()
        )


def find_fields(dataset: xr.Dataset) -> Fields:
    """Return the fields of a computed section.

    Lines between fields are placed where the amounts of the phases that differ, extrapolated
    from inside, run out; within a cell of the grid they are straight.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result on a grid, with at least two points along each axis.

    Raises
    ------
    InputError
        If it is a list of points.
    """
    axes = _grid_axes(dataset)
    x, y = (np.asarray(dataset[name].values, dtype=np.float64) for name in reversed(axes))
    ids, assemblages = dataset.gb.assemblage_id()
    of_point = np.asarray(ids.values, dtype=np.int64)
    parts = partition(of_point, find_crossings(dataset, of_point), x, y)

    _, first, points = np.unique(parts.regions, return_index=True, return_counts=True)
    assemblage = of_point.ravel()[first]
    areas = shapely.area(parts.polygons) / (np.ptp(x) * np.ptp(y))
    order = [i for i in np.argsort(-areas, kind="stable") if assemblage[i] != FAILED]
    number = np.full(len(first), FAILED, dtype=np.int64)
    number[order] = np.arange(len(order))
    labels = number[parts.regions]

    naming = Naming(dataset, labels)
    fields = tuple(
        Field(
            phases=(phases := sorted_phases(assemblages[assemblage[region]].split("+"))),
            names=naming.of_field(i, phases),
            components=naming.components(i),
            points=int(points[region]),
            area_fraction=float(areas[region]),
            outline=parts.polygons[region],
        )
        for i, region in enumerate(order)
    )
    lines = tuple(
        Line(line.path, (int(number[line.sides[0]]), int(number[line.sides[1]])))
        for line in parts.lines
    )
    holes = [parts.polygons[i] for i in np.flatnonzero(assemblage == FAILED)]
    return Fields(axes, labels, fields, lines, shapely.MultiPolygon(holes))


def _grid_axes(dataset: xr.Dataset) -> tuple[str, str]:
    if "phase_id" not in dataset:
        raise InputError("This dataset is no result of gibbsite: it has no phase_id.")
    dims = [str(dim) for dim in dataset["phase_id"].dims if dim != "slot"]
    if dims == ["point"]:
        raise InputError(
            f"This result is a list of {dataset.sizes['point']} points; a diagram needs a grid of "
            "two axes, which compute() makes of a section."
        )
    if len(dims) != 2 or min(dataset.sizes[dim] for dim in dims) < 2:
        size = " x ".join(f"{dim} ({dataset.sizes[dim]})" for dim in dims)
        raise InputError(f"A diagram needs two axes of two points or more; this result has {size}.")
    return dims[0], dims[1]


def sorted_phases(keys: Iterable[str]) -> tuple[str, ...]:
    """Return the keys of phases in the order of labels."""
    return tuple(sorted(keys, key=label_order))


class Naming:
    """Names of phases and number of components in each field."""

    def __init__(self, dataset: xr.Dataset, labels: NDArray[np.int64]) -> None:
        grid = [dim for dim in dataset["phase_id"].dims if dim != "slot"]
        self._labels = labels.ravel()
        order = np.argsort(self._labels, kind="stable")
        numbers = np.arange(self._labels.max() + 2)
        bounds = np.searchsorted(self._labels[order], numbers)
        self._members = [order[a:b] for a, b in itertools.pairwise(bounds)]
        self._keys = [str(name) for name in dataset["phase_name"].values]
        n = labels.size
        self._slots = {
            name: dataset[name]
            .transpose(*grid, "slot", ...)
            .values.reshape(n, dataset.sizes["slot"], -1)
            for name in ("phase_id", "instance", "phase_composition_mol")
            if name in dataset
        }
        self._oxides = (
            [str(name) for name in dataset["component"].values] if "component" in dataset else []
        )
        self._n_components = dataset.sizes["component"]
        self._bulk: NDArray[np.float64] | None = None
        if "bulk_mol" in dataset:
            self._bulk = dataset["bulk_mol"].transpose(*grid, "component").values.reshape(n, -1)

    def components(self, field: int) -> int:
        """Return the number of oxides of which there is any somewhere in the field."""
        if self._bulk is None:
            return self._n_components
        return int((self._bulk[self._members[field]] > 0.0).any(axis=0).sum())

    def of_field(self, field: int, phases: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """Return the names of its phases in each convention."""
        return tuple(
            tuple(
                name
                for phase in dict.fromkeys(phases)
                for name in name_instances(
                    phase,
                    [self._composition(field, phase, k) for k in range(phases.count(phase))],
                    convention,
                )
            )
            for convention in ("gibbsite", "full", "warr")
        )

    def _composition(self, field: int, phase: str, instance: int) -> Composition | None:
        if "phase_composition_mol" not in self._slots:
            return None
        points = self._members[field]
        is_it = (self._slots["phase_id"][points, :, 0] == self._keys.index(phase)) & (
            self._slots["instance"][points, :, 0] == instance
        )
        row, slot = np.nonzero(is_it)
        values = self._slots["phase_composition_mol"][points[row], slot]
        return dict(zip(self._oxides, values.T, strict=True))

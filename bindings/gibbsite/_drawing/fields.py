"""The fields of a diagram: connected parts of equal assemblage, their variance, area and outline."""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.melt import MELTING
from gibbsite._inputs.names import Composition, has_ranges, label_order, name_everywhere
from gibbsite._store import accessor as _accessor  # noqa: F401  (gives every dataset its `.gb`)
from gibbsite.errors import InputError

from .boundaries import find_crossings
from .partition import Border, partition
from .source import section_of

_TILE: Final = (32, 32)  # rows and columns that are read at a time where a file has no tiles
_TILES: Final = 6  # of a field that are asked what its phases are called

FAILED = -1
"""Number of the field of a point that has no answer."""


@dataclass(frozen=True, slots=True)
class DrawnField:
    """One connected part of a diagram where the same phases are stable.

    Attributes
    ----------
    phases : tuple of str
        Keys of the phases, once for each instance, in the order of labels.
    names : tuple of tuple of str
        What the phases are called here, in each convention of `_names.Name`.
    components : int
        Oxides of which there is any, but for those whose potential is given and the same everywhere.
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
    fields : tuple of DrawnField
        The largest first.
    lines : tuple of Border
        Their sides are indices into `fields`, -1 for failed points.
    failed : MultiPolygon
        Where there is no answer.
    note : str
        What a reader must know of the lines, if anything.
    exact : bool
        Whether the lines are solved for, not placed between the points of the grid.
    """

    axes: tuple[str, str]
    labels: NDArray[np.int64]
    fields: tuple[DrawnField, ...]
    lines: tuple[Border, ...]
    failed: Any
    note: str = ""
    exact: bool = False

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
        DrawnField(
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
        Border(line.path, (int(number[line.sides[0]]), int(number[line.sides[1]])))
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
        n, slots = labels.size, dataset.sizes["slot"]
        self._phase, self._instance = (
            dataset[name].transpose(*grid, "slot").values.reshape(n, slots)
            for name in ("phase_id", "instance")
        )
        self._oxides = (
            [str(name) for name in dataset["component"].values] if "component" in dataset else []
        )
        self._n_components = dataset.sizes["component"]
        section = section_of(dataset)
        self._given = 0 if section is None else len(section.open)
        self._is_told = np.zeros(len(self._keys), np.bool_)
        chunks = dataset["phase_id"].encoding.get("chunksizes") or (*_TILE, 1)
        self._tile = int(chunks[-3]), int(chunks[-2])  # before the slots; a file of rocks has more
        self._asked = self._some_of(labels)
        self._held: NDArray[np.bool_] | None = None
        if "bulk_mol" in dataset:
            self._held = np.zeros((n, self._n_components), np.bool_)
            asked = self._asked.reshape(*labels.shape, 1)
            for points, _, values in _tiles(dataset, "bulk_mol", asked, self._tile):
                self._held[points] = values > 0.0
        self._compositions: NDArray[np.float64] | None = None
        if "phase_composition_mol" in dataset:
            told = np.asarray(self._told_by_composition() & self._asked[:, None])
            self._row = np.cumsum(told, dtype=np.int32).reshape(told.shape) - 1
            self._compositions = np.zeros((np.count_nonzero(told), self._n_components))
            asked = told.reshape(*labels.shape, slots)
            for points, some, values in _tiles(dataset, "phase_composition_mol", asked, self._tile):
                where = told[points, some]
                self._compositions[self._row[points, some][where]] = values[where]

    def _some_of(self, labels: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return the points of which names are taken, flat: of a large field those in some tiles."""
        row, column = np.divmod(np.arange(labels.size), labels.shape[1])
        high, wide = self._tile
        tile = row // high * (labels.shape[1] // wide + 1) + column // wide
        some = np.zeros(labels.size, np.bool_)
        for members in self._members:
            if len(members):
                its = tile[members]
                spread = np.sort(its)[np.linspace(0, len(its) - 1, _TILES).astype(int)]
                some[members[np.isin(its, spread)]] = True
        return some

    def _told_by_composition(self) -> NDArray[np.bool_]:
        """Return which slots hold a phase whose name may depend on its composition, (n, slots)."""
        several = np.unique(self._phase[self._instance > 0])
        self._is_told = np.array(
            [i in several or has_ranges(key) for i, key in enumerate(self._keys)]
        )
        return np.where(self._phase >= 0, self._is_told[self._phase], False)

    def components(self, field: int) -> int:
        """Return the number of oxides of which there is any somewhere in the field, as of `DrawnField`."""
        if self._held is None:
            return self._n_components - self._given
        return int(self._held[self._members[field]].any(axis=0).sum()) - self._given

    def of_field(self, field: int, phases: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """Return the names of its phases in each convention."""
        found = {
            phase: [self._composition(field, phase, k) for k in range(phases.count(phase))]
            for phase in dict.fromkeys(phases)
        }
        named = [name_everywhere(phase, compositions) for phase, compositions in found.items()]
        return tuple(tuple(itertools.chain(*names)) for names in zip(*named, strict=True))

    def _composition(self, field: int, phase: str, instance: int) -> Composition | None:
        number = self._keys.index(phase)
        if self._compositions is None or not self._is_told[number]:
            return None
        points = self._members[field]
        points = points[self._asked[points]]
        is_it = (self._phase[points] == number) & (self._instance[points] == instance)
        row, slot = np.nonzero(is_it)
        values = self._compositions[self._row[points[row], slot]]
        return dict(zip(self._oxides, values.T, strict=True))


def _tiles(
    dataset: xr.Dataset, name: str, asked: NDArray[np.bool_], tile: tuple[int, int]
) -> Iterator[tuple[NDArray[np.int64], slice, NDArray[Any]]]:
    """Yield the tiles of a variable in which something is asked for.

    Parameters
    ----------
    dataset, name
        A variable of shape (ny, nx, ...). Of its third axis no more is read than what lies between
        the asked for.
    asked : ndarray of bool, shape (ny, nx, n)
        With n = 1 where all of the third axis is asked for.
    tile : (int, int)
        Rows and columns of a tile.

    Yields
    ------
    points : ndarray of int, shape (m,)
        Of the tile, numbered along the flat grid.
    some : slice
        Along the third axis.
    values : ndarray, shape (m, ...)
    """
    ny, nx, n = asked.shape
    number = np.arange(ny * nx).reshape(ny, nx)
    for rows, columns in itertools.product(_runs(ny, tile[0]), _runs(nx, tile[1])):
        its = np.flatnonzero(asked[rows, columns].any(axis=(0, 1)))
        if len(its):
            some = slice(its[0], its[-1] + 1) if n > 1 else slice(None)
            values = dataset.gb.block(name, (rows, columns, some))
            points = number[rows, columns].ravel()
            yield points, some, values.reshape(len(points), *values.shape[2:])


def _runs(n: int, size: int) -> list[slice]:
    return [slice(first, min(first + size, n)) for first in range(0, n, size)]

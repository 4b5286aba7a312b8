"""A section as the engine sees it: all linear in two coordinates, and how fine is fine."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.limits import to_kelvin
from gibbsite._section.axes import POTENTIALS, Axis
from gibbsite._section.section import Section
from gibbsite._solving.given import energies_at, opened_to
from gibbsite_engine.boundary import Plane
from gibbsite_engine.follow import Limits
from gibbsite_engine.layout import System

UNIT: Final = {
    "pressure_kbar": 1e-3,
    "temperature_C": 1e-2,
    "x": 1e-4,
    "log10_fO2": 1e-3,
    "offset": 1e-3,
    "activity": 1e-3,
}
"""Axis -> the error that a line may have along it; the unit of the coordinates s. Of an activity it is
that of the logarithm, for in it the potential is linear."""
_LOGARITHMIC: Final = "activity"
_STRAIGHT: Final = (
    25.0  # units: so far a chord of the logarithm strays less than 1e-4 of an activity
)
_STRAY: Final = 0.1
_TWIN: Final = 0.01
_LONGEST: Final = 1 / 50
_FIRST: Final = 1e-3  # of the longest step
_SHORTEST: Final = 1e-6  # of it
_EDGE_WITHIN: Final = 1e-9  # of x: how closely the last rock that can be made is located
_BEFORE_EDGE: Final = 0.5  # units: how far lines stop from it, where solutions run out of species
_INSIDE: Final = 0.01  # units: how far lines stop from an end that lies on a facet of its own


@dataclass(frozen=True, slots=True)
class Sheet:
    """A section in the coordinates s of its lines: (horizontal axis, vertical axis) in units.

    Attributes
    ----------
    axes : (Axis, Axis)
        Horizontal and vertical axis.
    reduced : Reduced
        The database for the components that are present inside.
    plane : Plane
        P, T, bulk and given potentials as functions of s.
    limits : Limits
        Edges and steps.
    given : (2, O, 3) array
        Change of the energies a, b, c of the given potentials with s.
    """

    axes: tuple[Axis, Axis]
    reduced: Reduced
    plane: Plane
    limits: Limits
    given: NDArray[np.float64]

    @property
    def steps(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where the points of the grid are along both axes, in s."""
        first, second = (_to_units(axis, axis.values) for axis in self.axes)
        return first, second

    @property
    def straight(self) -> float:
        """How long what is straight in s is so along the axes, too; inf if always."""
        return _STRAIGHT if any(axis.name == _LOGARITHMIC for axis in self.axes) else np.inf

    @property
    def components(self) -> int:
        """Components inside, and the one whose potential varies along an axis."""
        varied = sum(axis.name in POTENTIALS for axis in self.axes)
        return int(self.reduced.present.sum()) + varied

    @property
    def extent(self) -> float:
        """How far apart two places can be along an axis."""
        return float(self.limits.high.max())

    def to_axes(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places s, shape (..., 2), in the units of the axes."""
        values = [
            axis.start * np.exp(s * UNIT[axis.name])
            if axis.name == _LOGARITHMIC
            else axis.start + s * UNIT[axis.name]
            for axis, s in zip(self.axes, np.moveaxis(places, -1, 0), strict=True)
        ]
        return np.stack(values, axis=-1)

    def to_units(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places, shape (..., 2), that are given in the units of the axes."""
        columns = np.moveaxis(values, -1, 0)
        return np.stack(
            [_to_units(axis, v) for axis, v in zip(self.axes, columns, strict=True)], axis=-1
        )

    def system(self, place: NDArray[np.float64]) -> System:
        """Return the system whose given potentials are those of a place."""
        own = self.reduced.system
        if not self.given.any():
            return own
        return opened_to(own, own.opened.energy + np.tensordot(place, self.given, 1))

    def inside(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the place nearest to one, at which every component is present."""
        return np.asarray(np.clip(place, self.limits.low, self.limits.high))


def _to_units(axis: Axis, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return s of values along an axis."""
    if axis.name == _LOGARITHMIC:
        return np.asarray(np.log(values / axis.start) / UNIT[axis.name])
    return np.asarray((values - axis.start) / UNIT[axis.name])


def _length(axis: Axis) -> float:
    """Return s of the end of an axis."""
    return float(_to_units(axis, np.array(axis.stop)))


def lay_out(section: Section, data: Database) -> Sheet:
    """Return a section in the coordinates of its lines."""
    axes = (section.columns, section.rows)
    first = section.bulks[0].array(data.components)
    change = section.bulks[-1].array(data.components) - first
    x = next((axis for axis in axes if axis.name == "x"), None)
    made = _made(data, first, change, x) if x else (0.0, 0.0)
    ends = np.array([first + at * change for at in made])
    *at_ends, inside = data.face(np.vstack([ends, ends.mean(axis=0)]))
    reduced = data.reduced(inside)  # searched all over, not only where a sample taught to look
    present = reduced.present
    low = np.zeros(2)
    high = np.array([_length(axis) for axis in axes])
    for d, axis in enumerate(axes):
        if axis is x:
            low[d], high[d] = _to_units(axis, np.array(made))
            shy = [_INSIDE * bool((face != inside).any()) for face in at_ends]
            low[d] += _BEFORE_EDGE if made[0] > x.start else shy[0]
            high[d] -= _BEFORE_EDGE if made[1] < x.stop else shy[1]
    origin, along = np.zeros(2 + present.sum()), np.zeros((2, 2 + present.sum()))
    origin[0] = section.pressure_kbar or 0.0
    origin[1] = to_kelvin(section.temperature_C or 0.0)
    origin[2:] = reduced.inside(first + x.start * change if x else first)
    for d, axis in enumerate(axes):
        if axis.name == "x":
            along[d, 2:] = UNIT["x"] * reduced.inside(change)
        elif axis.name in ("pressure_kbar", "temperature_C"):
            column = 0 if axis.name == "pressure_kbar" else 1
            origin[column] += axis.start
            along[d, column] = UNIT[axis.name]
    longest = _LONGEST * float(high.max())
    steps = longest * np.array([_FIRST, _SHORTEST, 1.0])
    given = _given(section, data, axes)
    return Sheet(
        axes,
        reduced,
        Plane(origin, along, _energy(reduced.system, given)),
        Limits(low, high, steps, _STRAY, _TWIN),
        given,
    )


def _made(
    data: Database, first: NDArray[np.float64], change: NDArray[np.float64], x: Axis
) -> tuple[float, float]:
    """Return between which x rocks can be made of the phases of a database; all x if none can.

    What can be made is convex, so that it is one piece of the line between two rocks: it ends where
    the first points of the grid without an answer lie, or before.
    """

    def can(at: float) -> bool:
        return bool(data.excess((first + at * change)[None])[0] < 0)

    (there,) = np.nonzero([can(at) for at in x.values.tolist()])
    if not len(there):
        return x.start, x.stop
    ends = []
    for last, beyond in ((int(there[0]), -1), (int(there[-1]), 1)):
        inside = float(x.values[last])
        if 0 <= last + beyond < x.points:
            outside = float(x.values[last + beyond])
            while abs(outside - inside) > _EDGE_WITHIN:
                middle = 0.5 * (inside + outside)
                inside, outside = (middle, outside) if can(middle) else (inside, middle)
        ends.append(inside)
    return ends[0], ends[1]


def _given(section: Section, data: Database, axes: tuple[Axis, Axis]) -> NDArray[np.float64]:
    """Return the change of the energies of given potentials with s, (2, O, 3)."""
    change = np.zeros((2, len(data.opened), 3))
    for d, axis in enumerate(axes):
        if axis.name in POTENTIALS:
            first, last = energies_at(section, data, [axis.start, axis.stop])
            change[d] = (last - first) / _length(axis)
    return change


def _energy(system: System, given: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the change of the standard energies with s, (2, K, I, 3); K = 0 where there is none."""
    if not given.any():
        return np.zeros((2, 0, 0, 3))
    return np.ascontiguousarray(-np.einsum("kio,dof->dkif", system.opened.amount, given))

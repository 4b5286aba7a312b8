"""What the axes of a section are."""

from dataclasses import dataclass
from math import isfinite
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.limits import check_pressure_kbar, check_temperature_C
from gibbsite.errors import InputError

SectionKind = Literal[
    "pressure-temperature",
    "temperature-composition",
    "pressure-composition",
    "temperature-fugacity",
    "temperature-offset",
    "temperature-activity",
    "pressure-fugacity",
    "pressure-offset",
    "pressure-activity",
    "fugacity-composition",
    "offset-composition",
    "activity-composition",
]
AxisName = Literal["pressure_kbar", "temperature_C", "x", "log10_fO2", "offset", "activity"]

# The vertical axis of the picture (slow in the arrays), then the horizontal one (fast).
AXES: Final[dict[str, tuple[AxisName, AxisName]]] = {
    "pressure-temperature": ("pressure_kbar", "temperature_C"),
    "temperature-composition": ("temperature_C", "x"),
    "pressure-composition": ("pressure_kbar", "x"),
    "temperature-fugacity": ("temperature_C", "log10_fO2"),
    "temperature-offset": ("temperature_C", "offset"),
    "temperature-activity": ("temperature_C", "activity"),
    "pressure-fugacity": ("pressure_kbar", "log10_fO2"),
    "pressure-offset": ("pressure_kbar", "offset"),
    "pressure-activity": ("pressure_kbar", "activity"),
    "fugacity-composition": ("log10_fO2", "x"),
    "offset-composition": ("offset", "x"),
    "activity-composition": ("activity", "x"),
}
POTENTIALS: Final = ("log10_fO2", "offset", "activity")
"""Axes along which the potential of an open component is given."""
# Farther than any rock: what lies beyond is a slip of the unit.
_RANGES: Final = {"x": (0.0, 1.0), "log10_fO2": (-60.0, 10.0), "offset": (-20.0, 20.0)}

MOST_POINTS: Final = 1_000_000
"""Along an axis; of two such axes no disk holds a result."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Equally spaced values of one coordinate, both ends included.

    Attributes
    ----------
    name : str
        "pressure_kbar", "temperature_C", "x" (mole fraction of the second rock), "log10_fO2" (of
        the fugacity of oxygen in bar), "offset" (from a buffer, log10 units) or "activity".
    start, stop : float
        First and last value, in the unit of the name.
    points : int
        Number of values, at least 2.
    """

    name: AxisName
    start: float
    stop: float
    points: int

    def __post_init__(self) -> None:
        """Raise InputError for an axis that does not run upward through accepted values."""
        if not isinstance(self.points, int) or isinstance(self.points, bool) or self.points < 2:
            raise InputError(
                f"{self.name}: {self.points!r} points; an axis has a whole number of them, "
                "2 or more."
            )
        if self.points > MOST_POINTS:
            raise InputError(
                f"{self.name}: {self.points:,} points are more than an axis may have, {MOST_POINTS:,}."
            )
        for end in (self.start, self.stop):
            if isinstance(end, bool) or not isinstance(end, int | float) or not isfinite(end):
                raise InputError(f"{self.name}: {end!r} is not a finite number.")
            check_coordinate(self.name, end)
        if not self.start < self.stop:
            raise InputError(
                f"{self.name}: start = {self.start:g} must be below stop = {self.stop:g}."
            )
        object.__setattr__(self, "start", float(self.start))
        object.__setattr__(self, "stop", float(self.stop))

    @property
    def values(self) -> NDArray[np.float64]:
        """The values, shape (points,)."""
        return np.linspace(self.start, self.stop, self.points)


def check_coordinate(name: str, value: float) -> None:
    """Raise InputError unless a coordinate of that name may have the value."""
    if name == "pressure_kbar":
        check_pressure_kbar(value)
    elif name == "temperature_C":
        check_temperature_C(value)
    elif name == "activity":
        if not 0.0 < value <= 1.0:
            raise InputError(f"{name} = {value:g}: an activity is above 0 and at most 1.")
    else:
        low, high = _RANGES[name]
        if not low <= value <= high:
            raise InputError(f"{name} = {value:g} is outside {low:g} to {high:g}.")

"""What the axes of a section are."""

from dataclasses import dataclass
from math import isfinite
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.limits import check_pressure_kbar, check_temperature_C
from gibbsite.errors import InputError

Kind = Literal["pressure-temperature", "temperature-composition", "pressure-composition"]
AxisName = Literal["pressure_kbar", "temperature_C", "x"]

# The vertical axis of the picture (slow in the arrays), then the horizontal one (fast).
AXES: Final[dict[str, tuple[AxisName, AxisName]]] = {
    "pressure-temperature": ("pressure_kbar", "temperature_C"),
    "temperature-composition": ("temperature_C", "x"),
    "pressure-composition": ("pressure_kbar", "x"),
}

MOST_POINTS: Final = 1_000_000
"""Along an axis; of two such axes no disk holds a result."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Equally spaced values of one coordinate, both ends included.

    Attributes
    ----------
    name : str
        "pressure_kbar", "temperature_C" or "x" (mole fraction of the second rock).
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
    elif not 0.0 <= value <= 1.0:
        raise InputError(f"{name} = {value:g} is outside 0 to 1.")

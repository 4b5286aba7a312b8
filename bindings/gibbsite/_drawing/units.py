"""Units of the axes of a picture: what they are called, and where their round numbers lie.

The axes keep the coordinates of the section, kbar and degrees Celsius: only ticks and words follow the unit, so that
whatever is drawn, or added later, has one system of coordinates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from gibbsite._inputs.limits import to_celsius, to_kelvin
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .depth import DepthProfile

Array = NDArray[np.float64]
Change = Callable[[Array], Array]
AxesGiven = Mapping[str, str | Sequence[str]]
DEPTH: Final = "depth"


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of an axis.

    Attributes
    ----------
    label : str
        What stands at the axis.
    of, back : callable
        From a coordinate of the section to the unit, and back; NaN where there is none.
    note : str
        What the caption says of it; may be empty.
    plain : bool
        Whether it is that of the section.
    """

    label: str
    of: Change
    back: Change
    note: str = ""
    plain: bool = False


def _times(label: str, factor: float, *, plain: bool = False) -> Unit:
    return Unit(label, lambda p: p * factor, lambda p: p / factor, plain=plain)


_PRESSURE: Final = {
    "kbar": _times("Pressure (kbar)", 1.0, plain=True),
    "GPa": _times("Pressure (GPa)", 0.1),
    "MPa": _times("Pressure (MPa)", 100.0),
    "bar": _times("Pressure (bar)", 1000.0),
}
_TEMPERATURE: Final = {
    "C": Unit("Temperature (°C)", lambda t: t, lambda t: t, plain=True),
    "K": Unit("Temperature (K)", to_kelvin, to_celsius),
}
_KNOWN: Final[Mapping[str, Mapping[str, Unit]]] = {
    "pressure": _PRESSURE,
    "temperature": _TEMPERATURE,
}
NAMES: Final = {"pressure": "pressure_kbar", "temperature": "temperature_C"}
"""What an axis is called here -> its coordinate."""


def units_of(given: AxesGiven | None) -> dict[str, tuple[Unit, ...]]:
    """Return the units of axes, one or two for each: that of the axis, and that of the opposite side.

    Parameters
    ----------
    given : mapping of str to (str or sequence of str), optional
        "pressure" or "temperature" -> unit, or that and the one of the opposite side.

    Returns
    -------
    dict
        By coordinate of the section.

    Raises
    ------
    InputError
        If there is no such axis or unit.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InputError(f'axes = {given!r}: say {{"pressure": "GPa"}}, say.')
    found: dict[str, tuple[Unit, ...]] = {}
    for axis, units in given.items():
        if axis not in _KNOWN:
            raise InputError(f"axes have no {axis!r}: {did_you_mean(str(axis), _KNOWN)}")
        names = (units,) if isinstance(units, str) else units
        if not isinstance(names, list | tuple) or not all(isinstance(n, str) for n in names):
            raise InputError(
                f'the axis of {axis} in {units!r}: say "GPa", or ["GPa", "depth"], say.'
            )
        if len(names) not in (1, 2):
            raise InputError(
                f"the axis of {axis} has one unit, or two with that of the opposite side; "
                f"{len(names)} are given."
            )
        found[NAMES[axis]] = tuple(_unit(axis, name) for name in names)
    return found


def _unit(axis: str, name: str) -> Unit:
    known = _KNOWN[axis]
    if name in known:
        return known[name]
    word, _, body = name.partition(":")
    if axis == "pressure" and word == DEPTH:
        profile = DepthProfile.of(body or "earth")
        label = f"Depth in {profile.body.name} (km)"
        return Unit(label, profile.depth_km, profile.pressure_kbar, f"Depth is {profile.words}")
    options = (*known, "depth:earth", "depth:moon") if axis == "pressure" else tuple(known)
    raise InputError(f"{axis} in {name!r}: {did_you_mean(name, options)}")


class UnitLocator(MaxNLocator):
    """Puts ticks at round numbers of a unit.

    Parameters
    ----------
    unit : Unit
        Which.
    """

    def __init__(self, unit: Unit) -> None:
        super().__init__(nbins="auto", steps=[1, 2, 2.5, 5, 10])
        self._unit = unit

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return where the ticks are, in coordinates of the section."""
        ends = self._unit.of(np.linspace(vmin, vmax, 257))
        reached = ends[np.isfinite(ends)]
        if not reached.size:
            return np.empty(0)
        places = self._unit.back(np.asarray(super().tick_values(reached.min(), reached.max())))
        return places[np.isfinite(places)]


def dress(axis: Axis, unit: Unit) -> None:
    """Give an axis the ticks of a unit; one in that of the section keeps its own."""
    if unit.plain:
        return
    axis.set_major_locator(UnitLocator(unit))
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{float(unit.of(np.asarray(value))):.6g}")
    )

"""The pressures and temperatures that are accepted, and the sentence for those that are not."""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite.errors import InputError

from .given import numbers

PRESSURE_KBAR: Final = (0.001, 60.0)
TEMPERATURE_C: Final = (200.0, 2200.0)
_ZERO_CELSIUS_K: Final = 273.15
_IN_KBAR: Final = {"bar": 1e-3, "MPa": 1e-2, "Pa": 1e-8}
_HOT_C: Final = 1300.0
"""Above it a rock that is all melt may be a temperature in kelvin."""

Values = TypeVar("Values", float, NDArray[np.float64])


def to_kelvin(temperature_C: Values) -> Values:
    """Return temperatures in degC, as users give them, in the kelvin that everything inside has."""
    return temperature_C + _ZERO_CELSIUS_K


def to_celsius(temperature_K: Values) -> Values:
    """Return temperatures in kelvin as users read them, in degC."""
    return temperature_K - _ZERO_CELSIUS_K


def check_pressure_kbar(values: ArrayLike) -> None:
    """Raise InputError unless every pressure lies in the accepted range.

    Parameters
    ----------
    values : array_like
        Pressures [kbar], any shape.
    """
    _check("pressure_kbar", "kbar", values, PRESSURE_KBAR)


def check_temperature_C(values: ArrayLike) -> None:
    """Raise InputError unless every temperature lies in the accepted range.

    Parameters
    ----------
    values : array_like
        Temperatures [degC], any shape.
    """
    _check("temperature_C", "°C", values, TEMPERATURE_C)


def _check(name: str, unit: str, values: ArrayLike, limits: tuple[float, float]) -> None:
    low, high = limits
    if isinstance(values, float) and low <= values <= high:
        return
    given = numbers(name, values, unit).ravel()
    outside = given[~((given >= low) & (given <= high))]  # the negation catches NaN
    if outside.size:
        raise InputError(
            f"{name} = {outside[0]:g} is outside the accepted range, {low:g} to {high:g} {unit}."
            f"{_hint(unit, float(outside[0]), high)}"
        )


def _hint(unit: str, value: float, high: float) -> str:
    """Say what a number above the range would be if it were in another unit; nothing if it is not."""
    if unit == "kbar" and value > high:
        others = {name: value * kbar for name, kbar in _IN_KBAR.items()}
        meant = [
            f"{value:g} {name} is {kbar:g} kbar"
            for name, kbar in others.items()
            if PRESSURE_KBAR[0] <= kbar <= high
        ]
        return f" {', '.join(meant)}." if meant else ""
    if unit == "°C" and high < value <= high + _ZERO_CELSIUS_K:
        return f" {value:g} K is {to_celsius(value):g} °C."
    return ""


def kelvin_hint(temperature_C: float) -> str:
    """Say what a temperature would be if it were in kelvin, of a rock that is all melt there."""
    if temperature_C < _HOT_C:
        return ""
    meant = to_celsius(temperature_C)
    return f"all of it is melt; if {temperature_C:g} is in kelvin, {meant:g} °C is meant"

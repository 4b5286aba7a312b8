"""A line of pressure and temperature, and how far apart two points on it are."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.given import numbers
from gibbsite._inputs.limits import TEMPERATURE_C, check_pressure_kbar, check_temperature_C
from gibbsite.errors import InputError

COLDEST_C: Final = 500.0
"""Where a line without temperatures begins or ends [degC]: no rock melts below, and under 300 °C the
extrapolated melts of T21 and G25 become stable again."""


@dataclass(frozen=True, slots=True)
class Route:
    """Straight pieces between given points.

    The place on the line is counted in degrees: along each piece it grows by the difference of
    temperature, or by that of pressure times `degrees_per_kbar` where that is more.

    Attributes
    ----------
    places : ndarray, shape (n,)
        Place of each given point [degC], rising from 0.
    pressure_kbar, temperature_C : ndarray, shape (n,)
        Of each given point.
    """

    places: NDArray[np.float64]
    pressure_kbar: NDArray[np.float64]
    temperature_C: NDArray[np.float64]

    @property
    def length(self) -> float:
        """Place of its end [degC]."""
        return float(self.places[-1])

    def at(self, place: float) -> tuple[float, float]:
        """Return pressure [kbar] and temperature [degC] at a place."""
        return (
            float(np.interp(place, self.places, self.pressure_kbar)),
            float(np.interp(place, self.places, self.temperature_C)),
        )

    def crosses(self, place: float, temperature_C: float, *, to_hotter: bool) -> float:
        """Return the first place, from one on, that is hotter than a temperature, or is not.

        Parameters
        ----------
        place : float
            Where to begin [degC].
        temperature_C : float
            The temperature [degC].
        to_hotter : bool
            Whether a hotter place is looked for, or one no hotter.

        Returns
        -------
        float
            Infinite where there is none.
        """
        ahead = self.places > place
        places = np.concatenate([[place], self.places[ahead]])
        above = np.interp(places, self.places, self.temperature_C) - temperature_C
        (there,) = np.nonzero((above > 0.0) == to_hotter)
        if not len(there):
            return inf
        i = int(there[0])
        if i == 0:
            return place
        share = above[i - 1] / (above[i - 1] - above[i])
        return float(places[i - 1] + share * (places[i] - places[i - 1]))


def line(
    pressure_kbar: float | Sequence[float],
    temperature_C: float | Sequence[float] | None,
    *,
    rising: bool,
    degrees_per_kbar: float,
) -> Route:
    """Return the line through the points given.

    Parameters
    ----------
    pressure_kbar : float or sequence of float
        One pressure for all points, or one for each [kbar].
    temperature_C : float, sequence of float, or None
        One temperature for all points, or one for each [degC]; None for all that are accepted.
    rising : bool
        Whether the line without temperatures runs from cold to hot.
    degrees_per_kbar : float
        How many degrees count as much as a kilobar.

    Raises
    ------
    InputError
        If pressures and temperatures do not make a line inside the accepted range.
    """
    pressure = _flat("pressure_kbar", pressure_kbar)
    if temperature_C is None:
        if len(pressure) != 1:
            raise InputError(
                f"{len(pressure)} pressures need a temperature each; without temperatures give one "
                "pressure."
            )
        whole = (COLDEST_C, TEMPERATURE_C[1])
        temperature = np.array(whole if rising else whole[::-1])
    else:
        temperature = _flat("temperature_C", temperature_C)
    check_pressure_kbar(pressure)
    check_temperature_C(temperature)
    lengths = {len(pressure), len(temperature)}
    if lengths == {1}:
        raise InputError(
            f"one point, {pressure[0]:g} kbar and {temperature[0]:g} °C, is no path; give "
            "pressures or temperatures of two points or more."
        )
    if len(lengths - {1}) > 1:
        raise InputError(
            f"{len(pressure)} pressures and {len(temperature)} temperatures do not make a path; "
            "give as many of each, or one for all."
        )
    pressure, temperature = np.broadcast_arrays(pressure, temperature)
    apart = np.maximum(abs(np.diff(temperature)), abs(np.diff(pressure)) * degrees_per_kbar)
    if (apart == 0.0).any():
        i = int(np.argmin(apart))
        raise InputError(
            f"points {i + 1} and {i + 2} of the path are the same: {pressure[i]:g} kbar and "
            f"{temperature[i]:g} °C."
        )
    return Route(np.concatenate([[0.0], np.cumsum(apart)]), pressure.copy(), temperature.copy())


def _flat(name: str, values: float | Sequence[float]) -> NDArray[np.float64]:
    try:
        found = np.atleast_1d(numbers(name, values))
    except InputError:
        raise InputError(f"{name} = {values!r} is neither a number nor a list of them.") from None
    if found.ndim != 1 or not found.size:
        raise InputError(f"{name} must be a number or a flat list of them.")
    return found

"""A melt that takes up a rock by its own heat: the temperature of each row follows from the balance."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.optimize import brentq

from gibbsite._inputs.database import Database
from gibbsite._inputs.limits import TEMPERATURE_C, check_temperature_C, to_kelvin
from gibbsite._solving.asked import solve_at
from gibbsite._solving.constrained import solve_given
from gibbsite._solving.constraint import CONSTRAINTS
from gibbsite._solving.results import Arrays
from gibbsite._solving.undefined import hottest_C
from gibbsite.errors import InputError
from gibbsite_engine.status import CERTIFIED, STATUS_MESSAGES

from .assimilation import Assimilation, Feed
from .line import Route
from .process import Answer, Array, Outcome, PathState, Process, answer_of
from .walk import Solve, Step

_FIRST_C: Final = 0.5
"""How far the first look for the next temperature goes; the looks after it go twice as far."""
_ACCURACY: Final = 1e-9
"""Share of the enthalpy to which it is met."""


@dataclass
class Balanced:
    """Rows of which each has the enthalpy of the one before, and of what was taken up since.

    Attributes
    ----------
    data : Database
        Of the path.
    solve : callable
        From oxides, pressure and temperature to an answer.
    process : Process
        What becomes of melt and solids.
    pressure_kbar : float
        Of the path.
    given : Assimilation
        What is taken up, and at which temperature.
    feed : Feed
        Adds it.
    enough : callable
        Whether the outcome of a step is to be the last.
    steps : list of Step
        Rows so far; their places are counted from 0.
    end : str
        Why the path ended.
    """

    data: Database
    solve: Solve
    process: Process
    pressure_kbar: float
    given: Assimilation
    feed: Feed
    enough: Callable[[Outcome], bool]
    steps: list[Step] = field(default_factory=list)
    end: str = ""
    _temperatures: list[float] = field(default_factory=list)

    @property
    def line(self) -> Route:
        """Pressure and temperature of the rows, by their place."""
        t = np.array(self._temperatures)
        return Route(np.arange(float(len(t))), np.full(len(t), self.pressure_kbar), t)

    def go(self, state: PathState, temperature_C: float) -> None:
        """Take up the rock step by step, from a temperature on.

        Parameters
        ----------
        state : PathState
            What takes part in the first row.
        temperature_C : float
            Of the first row [degC].

        Raises
        ------
        InputError
            If there is no answer there, no melt, or none for the rock that is taken up.
        """
        brought = self._brought()
        answer = self.solve(state.active, self.pressure_kbar, temperature_C)
        if not answer.certified or self.process.ended(answer):
            why = _why(answer.arrays) if not answer.certified else "there is no melt"
            raise InputError(f"at {self.pressure_kbar:g} kbar and {temperature_C:g} °C: {why}.")
        before: Outcome | None = None
        while True:
            outcome = self.process.apply(state, answer)
            fed = self.feed(outcome, before, 0.0)
            self.steps.append(Step(float(len(self.steps)), answer, fed))
            self._temperatures.append(temperature_C)
            if self._finished(answer, outcome):
                return
            heat = self._enthalpy(outcome.state.active, answer, temperature_C)
            before, state = outcome, fed.state
            wanted = heat + brought * self.given.per_step
            answer, temperature_C = self._next(state.active, wanted, temperature_C)
            if not answer.certified:
                self.end = f"stopped: {_why(answer.arrays)}"
                return

    def _finished(self, answer: Answer, outcome: Outcome) -> bool:
        """Whether the path is over; says why."""
        taken = len(self.steps) * self.given.per_step
        if self.process.ended(answer):
            self.end = f"no {self.process.leaving_last} is left"
        elif self.enough(outcome):
            self.end = "the melt fraction asked for is reached"
        elif taken > self.given.up_to * (1.0 + 1e-12):
            self.end = "all that was to be assimilated is taken up"
        return bool(self.end)

    def _brought(self) -> float:
        """Return the enthalpy of the rock that is taken up, of the mass of the first rock [kJ]."""
        t, moles = float(self.given.temperature_C or 0.0), self.feed.moles
        check_temperature_C(t)
        total = moles.sum()
        p = np.array([self.pressure_kbar])
        arrays = solve_at(self.data, p, np.array([t]), moles[None] / total, workers=1)
        if arrays["status"][0] != CERTIFIED:
            name = self.given.rock.name
            raise InputError(f"{name} at {p[0]:g} kbar and {t:g} °C: {_why(arrays)}.")
        return float(total * _molar(arrays, t))

    def _enthalpy(self, active: Array, answer: Answer, temperature_C: float) -> float:
        """Return the enthalpy of what takes part in the next step [kJ].

        Where solids left, what is left is melt at the same conditions, on its very liquidus: it is
        solved for with nothing but melt, for an answer with solids might jump there.
        """
        total = active.sum()
        arrays = answer.arrays
        if self.process.losses:
            melts = self.data.restrict(only=self.data.of_kind("melt"))
            p, t = np.array([self.pressure_kbar]), np.array([temperature_C])
            arrays = solve_at(melts, p, t, active[None] / total, workers=1)
        return float(total * _molar(arrays, temperature_C))

    def _next(self, active: Array, wanted: float, temperature_C: float) -> tuple[Answer, float]:
        """Return the answer that has an enthalpy [kJ], and its temperature."""
        total = active.sum()

        def over(t: float) -> float:
            answer = self.solve(active, self.pressure_kbar, t)
            return total * _molar(answer.arrays, t) - wanted if answer.certified else np.nan

        hottest = float(hottest_C(self.data, active[None])[0])
        found = _root(over, temperature_C, hottest)
        if np.isfinite(found):
            answer = self.solve(active, self.pressure_kbar, found)
            rest = total * _molar(answer.arrays, found) - wanted
            if answer.certified and abs(rest) <= _ACCURACY * abs(wanted):
                return answer, found
        # An invariant, where enthalpy jumps and both assemblages are there; or no answer near.
        arrays, temperatures = solve_given(
            self.data, CONSTRAINTS["enthalpy"], np.array([wanted / total]),
            np.array([self.pressure_kbar]), active[None] / total, workers=1,
        )  # fmt: skip
        return answer_of(self.data, arrays, total), float(temperatures[0])


def _root(over: Callable[[float], float], start: float, high: float) -> float:
    """Return where a rising function is zero up to the hottest, NaN where it is not found."""
    low = TEMPERATURE_C[0]
    here, value, step = start, over(start), _FIRST_C
    while np.isfinite(value) and value != 0.0:
        there = min(max(here - step if value > 0.0 else here + step, low), high)
        if there == here:
            return np.nan
        beyond = over(there)
        if np.isfinite(beyond) and (beyond > 0.0) != (value > 0.0):
            try:
                return float(brentq(over, min(here, there), max(here, there), xtol=1e-10))
            except ValueError:  # a point between them has no answer
                return np.nan
        here, value, step = there, beyond, 2.0 * step
    return here if value == 0.0 else np.nan


def _molar(arrays: Arrays, temperature_C: float) -> float:
    """Enthalpy of one point per mole of oxides [kJ]."""
    t = to_kelvin(temperature_C)
    return float(arrays["gibbs_energy"][0] + t * arrays["entropy"][0])


def _why(arrays: Arrays) -> str:
    return STATUS_MESSAGES[int(arrays["status"][0])]

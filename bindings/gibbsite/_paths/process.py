"""What becomes of melt and solids in a step: kept together, or one of them taken away."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._inputs.limits import ZERO_CELSIUS_K
from gibbsite._solving.solve import solve_points
from gibbsite_engine.status import CERTIFIED

MELT = "liq"
# Of what takes part [mole fraction]: an oxide that falls below goes with the rest of it.
TRACE = 1e-7
# Of what takes part [mole fraction]: less is rounding. Where a melt is of almost the composition of a
# solid, as that of sanidine just below its melting point, their amounts are known no better.
_LEAST = 1e-9

Array = NDArray[np.float64]
Kind = Literal["equilibrium", "fractional"]
Direction = Literal["crystallisation", "melting"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Amounts of phases, per mole of oxides of the rock.

    Attributes
    ----------
    moles : ndarray, shape (n_phases, n_components)
        Oxides in each phase of the database [mol].
    volume : ndarray, shape (n_phases,)
        Volume of each [cm3].
    """

    moles: Array
    volume: Array

    def __add__(self, other: "Parts") -> "Parts":
        return Parts(self.moles + other.moles, self.volume + other.volume)

    def only(self, chosen: NDArray[np.bool_]) -> "Parts":
        """Return the same with all phases but the chosen (n_phases,) empty."""
        return Parts(self.moles * chosen[:, None], self.volume * chosen)


@dataclass(frozen=True, slots=True)
class Answer:
    """The assemblage of what takes part, at one place of the path.

    Attributes
    ----------
    arrays : dict
        Variables of the point, as `solve_points` has them.
    parts : Parts
        Its phases; empty where the point failed.
    phases : tuple of int
        Ids of the phases, one for each instance of more than rounding, sorted.
    """

    arrays: dict[str, NDArray[Any]]
    parts: Parts
    phases: tuple[int, ...]

    @property
    def certified(self) -> bool:
        """Whether there is an answer."""
        return int(self.arrays["status"][0]) == CERTIFIED


@dataclass(frozen=True, slots=True)
class State:
    """What takes part in the next step, and what was taken away before.

    Attributes
    ----------
    active : ndarray, shape (n_components,)
        Oxides that take part [mol per mole of oxides of the rock].
    taken : Parts
        Phases taken away so far.
    """

    active: Array
    taken: Parts


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step: the state after it, and where everything is.

    Attributes
    ----------
    state : State
        For the next step.
    melt, solids : Parts
        All melt and all solids: at hand, and taken away so far.
    removed : Parts
        Taken away in this step.
    """

    state: State
    melt: Parts
    solids: Parts
    removed: Parts


def start(data: Database, bulk: Array) -> State:
    """Return the state before the first step: the whole rock takes part, nothing was taken."""
    phases = len(data.phases)
    return State(bulk.copy(), Parts(np.zeros((phases, len(bulk))), np.zeros(phases)))


def solver(data: Database) -> Callable[[Array, float, float], Answer]:
    """Return the function from oxides [mol], pressure [kbar], temperature [degC] to an answer."""
    empty = start(data, np.zeros(len(data.components))).taken

    def solve(active: Array, pressure_kbar: float, temperature_C: float) -> Answer:
        total = active.sum()
        arrays = solve_points(
            data,
            np.array([pressure_kbar]),
            np.array([temperature_C + ZERO_CELSIUS_K]),
            (active / total)[None, :],
            workers=1,
        )
        ids = arrays["phase_id"][0]
        if arrays["status"][0] != CERTIFIED:
            return Answer(arrays, empty, ())
        parts = Parts(empty.moles.copy(), empty.volume.copy())
        for slot in np.flatnonzero(ids >= 0):
            share = total * arrays["mole_fraction"][0, slot]
            parts.moles[ids[slot]] += share * arrays["phase_composition_mol"][0, slot]
            # 1 kJ/kbar is 10 cm3
            volume = 10.0 * arrays["volume"][0] * arrays["volume_fraction"][0, slot]
            parts.volume[ids[slot]] += total * volume
        there = (ids >= 0) & (arrays["mole_fraction"][0] > _LEAST)
        return Answer(arrays, parts, tuple(sorted(ids[there].tolist())))

    return solve


@dataclass(frozen=True, slots=True)
class Process:
    """One of the four ways to crystallise or melt.

    Attributes
    ----------
    kind, direction
        Its name.
    is_melt : ndarray of bool, shape (n_phases,)
        Which phase of the database is the melt.
    """

    kind: Kind
    direction: Direction
    is_melt: NDArray[np.bool_]

    @property
    def coming_first(self) -> str:
        """What is not there before the process begins."""
        return "solid" if self.direction == "crystallisation" else "melt"

    @property
    def leaving_last(self) -> str:
        """What is not there after the process has ended."""
        return "melt" if self.direction == "crystallisation" else "solid"

    def apply(self, state: State, answer: Answer) -> Outcome:
        """Return what a step does that ends with this certified answer."""
        parts = answer.parts
        crystallising = self.direction == "crystallisation"
        leaving = ~self.is_melt if crystallising else self.is_melt
        if self.kind == "equilibrium":
            removed = parts.only(np.zeros_like(leaving))
        else:
            parts = _without_traces(parts, leaving)
            removed = parts.only(leaving)
            taken = state.taken + removed
            state = replace(state, active=parts.only(~leaving).moles.sum(axis=0), taken=taken)
        everything = parts if self.kind == "equilibrium" else parts.only(~leaving) + state.taken
        return Outcome(
            state, everything.only(self.is_melt), everything.only(~self.is_melt), removed
        )

    def begun(self, answer: Answer) -> bool:
        """Whether the first solid, or the first melt, is there."""
        return self._share(answer, of_melt=self.direction == "melting") > _LEAST

    def ended(self, answer: Answer) -> bool:
        """Whether no melt, or no solid, is left."""
        return self._share(answer, of_melt=self.direction == "crystallisation") <= _LEAST

    def share(self, answer: Answer, last: Answer) -> float:
        """Return the share of what takes part (moles) that changes its state between two answers.

        What a fractional process takes away is gone before the next step, which begins at 0.
        """
        of_melt = self.direction == "melting"
        before = self._share(last, of_melt=of_melt) if self.kind == "equilibrium" else 0.0
        return abs(self._share(answer, of_melt=of_melt) - before)

    def _share(self, answer: Answer, *, of_melt: bool) -> float:
        """Share of the moles that is melt, or solid."""
        chosen = self.is_melt if of_melt else ~self.is_melt
        return float(answer.parts.moles[chosen].sum() / answer.parts.moles.sum())


def _without_traces(parts: Parts, leaving: NDArray[np.bool_]) -> Parts:
    """Let an oxide that all but left with a phase leave with it altogether.

    What stays would fall by orders of magnitude a step and never be gone; far below any analysis
    it still costs the solver most of its work.
    """
    stays = parts.moles[~leaving].sum(axis=0)
    moles = parts.moles.copy()
    for c in np.flatnonzero((stays > 0.0) & (stays < TRACE * stays.sum())):
        with_it = np.where(leaving, moles[:, c], 0.0)
        if with_it.any():
            moles[~leaving, c] = 0.0
            moles[with_it.argmax(), c] += stays[c]
    return Parts(moles, parts.volume)

"""What becomes of melt, solids and fluid in a step: kept together, or some of them taken away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._solving.following import Following
from gibbsite_engine.status import CERTIFIED

# Of what takes part [mole fraction]: an oxide that falls below goes with the rest of it.
TRACE = 1e-7
# Of what takes part [mole fraction]: less is rounding. Where a melt is of almost the composition of a
# solid, as that of sanidine just below its melting point, their amounts are known no better.
_LEAST = 1e-9

Array = NDArray[np.float64]
Kind = Literal["equilibrium", "fractional"]
Direction = Literal["crystallisation", "melting", "metamorphism"]
Removal = Literal["none", "continuous", "pulses"]


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

    def only(self, share: Array | NDArray[np.bool_]) -> "Parts":
        """Return a share of each phase (n_phases,), or the chosen ones."""
        return Parts(self.moles * share[:, None], self.volume * share)


@dataclass(frozen=True, slots=True)
class Answer:
    """The assemblage of what takes part, at one place of the path.

    Attributes
    ----------
    arrays : dict
        Variables of the point, as `solve_at` has them.
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
class PathState:
    """What takes part in the next step, and what was taken away before.

    Attributes
    ----------
    active : ndarray, shape (n_components,)
        Oxides that take part [mol per mole of oxides of the rock].
    taken : Parts
        Phases taken away so far.
    added : ndarray, shape (n_components,)
        Oxides of a rock that was assimilated so far [mol per mole of oxides of the rock].
    """

    active: Array
    taken: Parts
    added: Array


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step: the state after it, and where everything is.

    Attributes
    ----------
    state : PathState
        For the next step.
    melt, solids, fluid : Parts
        All melt, all solids and all fluid: at hand, and taken away so far.
    removed : Parts
        Taken away in this step.
    added : ndarray, shape (n_components,)
        Oxides assimilated before this step; what is added after it is in the state.
    """

    state: PathState
    melt: Parts
    solids: Parts
    fluid: Parts
    removed: Parts
    added: Array


@dataclass(frozen=True, slots=True)
class Loss:
    """What leaves in a step: of some phases together all, or all but a rest where they are much.

    Attributes
    ----------
    phases : ndarray of bool, shape (n_phases,)
        Which.
    above, left : float
        Share of the volume of what takes part above which they leave, and that which then stays.
    """

    phases: NDArray[np.bool_]
    above: float = 0.0
    left: float = 0.0

    def share(self, parts: Parts) -> Array:
        """Return which share of each phase leaves, (n_phases,)."""
        volume, whole = float(parts.volume[self.phases].sum()), float(parts.volume.sum())
        if not volume > self.above * whole:
            return np.zeros(len(self.phases))
        stays = self.left * (whole - volume) / ((1.0 - self.left) * volume)
        return np.asarray((1.0 - stays) * self.phases)


def start(data: Database, bulk: Array) -> PathState:
    """Return the state before the first step: the whole rock takes part, nothing was taken."""
    phases = len(data.phases)
    nothing = Parts(np.zeros((phases, len(bulk))), np.zeros(phases))
    return PathState(bulk.copy(), nothing, np.zeros(len(bulk)))


def solver(data: Database) -> Callable[[Array, float, float], Answer]:
    """Return the function from oxides [mol], pressure [kbar], temperature [degC] to an answer.

    What is held of open components does not count.
    """
    following = Following(data)

    def solve(active: Array, pressure_kbar: float, temperature_C: float) -> Answer:
        shares, total = counted(data, active)
        arrays = following.solve(pressure_kbar, temperature_C, shares)
        return answer_of(data, arrays, total)

    return solve


def maker(data: Database) -> Callable[[Array], bool]:
    """Return the function from oxides [mol] to whether the phases can make them."""

    def can_make(active: Array) -> bool:
        shares, _ = counted(data, active)
        return bool(data.excess(shares[None])[0] < 0)

    return can_make


def counted(data: Database, active: Array) -> tuple[Array, float]:
    """Return the oxides that are not open [mol per mole of them], and how many they are [mol]."""
    closed = np.where(data.is_open, 0.0, active)
    total = float(closed.sum())
    return closed / total, total


def answer_of(data: Database, arrays: dict[str, NDArray[Any]], total: float) -> Answer:
    """Return the answer of a point in the amounts of a path.

    Parameters
    ----------
    data : Database
        Of the path.
    arrays : dict
        Variables of the point, as `solve_at` has them.
    total : float
        Oxides that take part [mol per mole of oxides of the rock].
    """
    parts = start(data, np.zeros(len(data.components))).taken
    ids = arrays["phase_id"][0]
    if arrays["status"][0] != CERTIFIED:
        return Answer(arrays, parts, ())
    moles = total * _with_what_is_open(data, arrays)
    for slot in np.flatnonzero(ids >= 0):
        share = moles * arrays["mole_fraction"][0, slot]
        parts.moles[ids[slot]] += share * arrays["phase_composition_mol"][0, slot]
        # 1 kJ/kbar is 10 cm3
        volume = 10.0 * arrays["volume"][0] * arrays["volume_fraction"][0, slot]
        parts.volume[ids[slot]] += total * volume
    there = (ids >= 0) & (arrays["mole_fraction"][0] > _LEAST)
    return Answer(arrays, parts, tuple(sorted(ids[there].tolist())))


def _with_what_is_open(data: Database, arrays: dict[str, NDArray[Any]]) -> float:
    """Return the oxides that the phases of a point hold, per mole that takes part; 1 where none is open."""
    if not data.opened:
        return 1.0
    slots = arrays["phase_id"][0] >= 0
    held = arrays["mole_fraction"][0, slots] @ arrays["phase_composition_mol"][0, slots]
    given = arrays["bulk_mol"][0]
    return float(given[~data.is_open].sum() / held[~data.is_open].sum())


@dataclass(frozen=True, slots=True)
class Process:
    """One of the ways to crystallise, to melt, or to follow a path whatever comes and goes.

    Attributes
    ----------
    kind, direction
        Its name.
    is_melt, is_fluid : ndarray of bool, shape (n_phases,)
        Which phases of the database are melt, and which fluid.
    losses : tuple of Loss
        What leaves in a step, in this order; nothing in an equilibrium process.
    can_make : callable
        From oxides [mol] to whether the phases can make them.
    """

    kind: Kind
    direction: Direction
    is_melt: NDArray[np.bool_]
    is_fluid: NDArray[np.bool_]
    losses: tuple[Loss, ...]
    can_make: Callable[[Array], bool]

    @classmethod
    def of(
        cls,
        kind: Kind,
        direction: Direction,
        is_melt: NDArray[np.bool_],
        is_fluid: NDArray[np.bool_],
        losses: tuple[Loss, ...],
        can_make: Callable[[Array], bool],
    ) -> "Process":
        """Return a process by its name; what leaves follows from it unless it is given."""
        if direction == "crystallisation":
            losses = (Loss(~is_melt),)
        elif direction == "melting":
            losses = losses or (Loss(is_melt),)
        losses = losses if kind == "fractional" else ()
        return cls(kind, direction, is_melt, is_fluid, losses, can_make)

    @property
    def removal(self) -> Removal:
        """How phases leave: not at all, as fast as they form, or at once where they are much."""
        if not self.losses:
            return "none"
        pulses = any(loss.above > loss.left for loss in self.losses)
        return "pulses" if pulses else "continuous"

    @property
    def is_solid(self) -> NDArray[np.bool_]:
        """Which phases are neither melt nor fluid."""
        return ~(self.is_melt | self.is_fluid)

    @property
    def coming_first(self) -> str:
        """What is not there before the process begins."""
        return "solid" if self.direction == "crystallisation" else "melt"

    @property
    def leaving_last(self) -> str:
        """What is not there after the process has ended."""
        return "melt" if self.direction == "crystallisation" else "solid"

    def apply(self, state: PathState, answer: Answer) -> Outcome:
        """Return what a step does that ends with this certified answer."""
        stays, removed = self._part(answer.parts)
        if self.losses:
            _without_traces(stays, removed, self.can_make)
            state = PathState(stays.moles.sum(axis=0), state.taken + removed, state.added)
        everything = stays + state.taken
        return Outcome(
            state,
            melt=everything.only(self.is_melt),
            solids=everything.only(self.is_solid),
            fluid=everything.only(self.is_fluid),
            removed=removed,
            added=state.added,
        )

    def begun(self, answer: Answer) -> bool:
        """Whether the first solid, or the first melt, is there."""
        first = {"crystallisation": self.is_solid, "melting": self.is_melt}.get(self.direction)
        return first is None or _share(answer.parts, first) > _LEAST

    def ended(self, answer: Answer) -> bool:
        """Whether no melt, or no solid, is left."""
        last = {"crystallisation": self.is_melt, "melting": self.is_solid}.get(self.direction)
        return last is not None and _share(answer.parts, last) <= _LEAST

    def share(self, answer: Answer, last: Answer) -> float:
        """Return the share of what takes part (moles) that changes its state between two answers.

        What was taken away at the last is gone before the step.
        """
        forming = {"crystallisation": ~self.is_melt, "melting": self.is_melt}.get(
            self.direction, ~self.is_solid
        )
        stays, _ = self._part(last.parts)
        return abs(_share(answer.parts, forming) - _share(stays, forming))

    def _part(self, parts: Parts) -> tuple[Parts, Parts]:
        """Return what stays of the phases of a step, and what leaves."""
        stays, removed = parts, parts.only(np.zeros_like(self.is_melt))
        for loss in self.losses:
            share = loss.share(stays)
            removed, stays = removed + stays.only(share), stays.only(1.0 - share)
        return stays, removed


def _share(parts: Parts, chosen: NDArray[np.bool_]) -> float:
    """Share of the moles that some phases have; none of nothing."""
    whole = float(parts.moles.sum())
    return float(parts.moles[chosen].sum()) / whole if whole else 0.0


def _without_traces(stays: Parts, removed: Parts, can_make: Callable[[Array], bool]) -> None:
    """Let an oxide that all but left with a phase leave with it altogether.

    What stays would fall by orders of magnitude a step and never be gone; far below any analysis
    it still costs the solver most of its work. One that others are bound to, as the last of the aluminium
    with which sodium is in pyroxene, stays: no phases could make the rest.
    """
    left = stays.moles.sum(axis=0)
    for c in np.flatnonzero((left > 0.0) & (left < TRACE * left.sum())):
        rest = np.where(np.arange(len(left)) == c, 0.0, left)
        if removed.moles[:, c].any() and can_make(rest):
            removed.moles[removed.moles[:, c].argmax(), c] += left[c]
            stays.moles[:, c] = 0.0
            left = rest

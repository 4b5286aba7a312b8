"""The engine's kernels on one section: an assemblage anywhere, a boundary, where boundaries meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite_engine import boundary as _boundary
from gibbsite_engine import follow as _follow
from gibbsite_engine.boundary import (
    FREE,
    LOOSE,
    ZERO,
    correct,
    differentiate,
    new_boundary_work,
)
from gibbsite_engine.checks import check_points
from gibbsite_engine.layout import Options, Points, n_slots
from gibbsite_engine.newton import State, append, new_state, remove
from gibbsite_engine.results import Results, new_results
from gibbsite_engine.search import forget
from gibbsite_engine.standard import forget_conditions
from gibbsite_engine.status import CERTIFIED
from gibbsite_engine.sweep import Assignment, sweep
from gibbsite_engine.within import BEFORE, NONE, ONE, Starts, continue_within

from .plane import Sheet

__all__ = ["BEFORE", "NONE", "ONE", "Leg", "Place", "PlaneSolver", "Spot", "Tangent", "copied"]

Place = NDArray[np.float64]
_MOST_POINTS: Final = 20000
_STEEPEST: Final = 1e6  # of a boundary against an axis, before the other axis is tried
_KEEN: Final = 0.003  # in site fractions, what is one composition where a solvus opens
_LEAST_AMOUNT: Final = 1e-11  # mol; below this an amount is zero to the precision of Newton


@dataclass(frozen=True, slots=True)
class Spot:
    """A place and an assemblage there.

    Attributes
    ----------
    place : (2,) array
        s.
    state : State
        Phases, amounts, compositions, potentials.
    zeros : tuple of int
        The instances whose amount is zero.
    """

    place: Place
    state: State
    zeros: tuple[int, ...] = ()

    @property
    def number(self) -> int:
        """Number of instances."""
        return int(self.state.number[0])

    def phases(self, without: Sequence[int] = ()) -> tuple[int, ...]:
        """Return the phases, one for each instance, sorted."""
        kept = [int(self.state.phase[j]) for j in range(self.number) if j not in without]
        return tuple(sorted(kept))

    def with_phase(self, phase: int, proportions: NDArray[np.float64]) -> "Spot":
        """Return the spot with another instance, at zero."""
        state = copied(self.state)
        append(state, phase, 0.0, proportions, 0)
        return Spot(self.place.copy(), state, (*self.zeros, self.number))

    def without(self, index: int) -> "Spot":
        """Return the spot without an instance."""
        state = copied(self.state)
        remove(state, index)
        zeros = tuple(j - (j > index) for j in self.zeros if j != index)
        return Spot(self.place.copy(), state, zeros)

    def with_zeros(self, *zeros: int) -> "Spot":
        """Return the spot with these amounts held at zero."""
        return Spot(self.place.copy(), copied(self.state), zeros)


@dataclass(frozen=True, slots=True)
class Tangent:
    """How a solution changes.

    Attributes
    ----------
    place : (2,) array
        ds.
    amounts : (n,) array
        da, or the change of the driving force of a loose phase.
    """

    place: Place
    amounts: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Leg:
    """What following a boundary found.

    Attributes
    ----------
    event : int
        How it ended, a constant of `gibbsite_engine.follow`.
    places : (n, 2) array
        Its points, the first included.
    twins : (n,) array
        Distance of the vanishing instance to another of its phase.
    last : Spot
        The last of the points.
    after : Spot
        Beyond it; what was found there tells why it ended.
    direction : (2,) array
        Tangent at the last point.
    """

    event: int
    places: NDArray[np.float64]
    twins: NDArray[np.float64]
    last: Spot
    after: Spot
    direction: Place


def copied(state: State) -> State:
    """Return a copy."""
    return State._make(column.copy() for column in state)


class PlaneSolver:
    """The kernels with their scratch, for one section."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.system = sheet.reduced.system
        self._options = Options()
        self._work = new_boundary_work(self.system)
        self._results = new_results(self.system, 1)
        self._places = np.zeros((_MOST_POINTS, 2))
        self._twins = np.zeros(_MOST_POINTS)

    def cold(self, place: Place) -> Spot | None:
        """Return the stable assemblage of a place from nothing; None where there is no answer."""
        at = self.sheet.plane.origin + place @ self.sheet.plane.along
        out, point = self._results, Points(at[:1], at[1:2], at[None, 2:])
        check_points(self.system, point)
        task, system = Assignment(np.zeros(1, np.int64)), self.sheet.system(place)
        forget_conditions(self._work.point.conditions)  # which may be those of another place
        sweep(system, self._options, point, task, self._work.point, out)
        if out.status[0] != CERTIFIED:
            return None
        state = new_state(self.system.phases)
        for j in range(out.number[0]):
            if out.amount[0, j] > _LEAST_AMOUNT:
                append(state, int(out.phase[0, j]), out.amount[0, j], out.proportions[0, j], 0)
        state.gamma[:] = out.gamma[0]
        return Spot(place.copy(), state)

    def fixes_potentials(self, phases: Sequence[int]) -> bool:
        """Return whether an assemblage and the bulks of the plane determine all potentials.

        They do not where the end-members and all bulks lie in a part of the space of the components.
        """
        table = self.system.phases
        plane = self.sheet.plane
        rows = [plane.origin[None, 2:], plane.along[:, 2:] / np.abs(plane.along).max()]
        rows += [table.composition[k, : table.n_endmembers[k]] for k in phases if k >= 0]
        stacked = np.vstack(rows)
        return bool(np.linalg.matrix_rank(stacked, tol=1e-6) == stacked.shape[1])

    def correct(
        self, spot: Spot, reach: float, normal: Place | None = None, goal: float = 0.0
    ) -> Spot | None:
        """Return the solution near a spot with the amounts of its `zeros` zero; None if there is none.

        With one of them the place lies on the line normal . s = goal; with none it is given.
        """
        start = self._flat(spot)
        solved = correct(
            self.system, self._options, self.sheet.plane, start,
            np.zeros(2) if normal is None else normal, goal, reach, self._work,
        )  # fmt: skip
        return Spot(start.place, start.state, spot.zeros) if solved else None

    def continue_within(
        self, known: Results, tries: NDArray[np.int64], places: NDArray[np.float64]
    ) -> Results:
        """Return the assemblages at some places, each as that of a known answer it starts from.

        Parameters
        ----------
        known : Results
            With no standard energies.
        tries : ndarray of int, shape (n, m)
            Rows of `known` to start from, one after the other, BEFORE or NONE.
        places : ndarray, shape (n, 2)
            s.
        """
        system, sheet, out = self.system, self.sheet, new_results(self.system, len(places))
        scratch = _boundary.Spot(
            new_state(system.phases), np.full(n_slots(out.gamma.shape[1]), FREE), np.zeros(2)
        )
        self._work.point.certificate[:] = np.nan, -1.0, 0.0, -1.0
        continue_within(
            system, self._options, sheet.plane, known,
            Starts(np.ascontiguousarray(places), tries, np.zeros(2)), scratch, self._work, out,
        )  # fmt: skip
        if sheet.given.any():
            self._take_given(places, out)
        return out._replace(standard=out.standard[:, :0])

    def _take_given(self, places: NDArray[np.float64], out: Results) -> None:
        """Bring the given potentials from those where s is zero to those of places."""
        sheet = self.sheet
        p, t = (sheet.plane.origin[:2] + places @ sheet.plane.along[:, :2]).T
        change = np.tensordot(places, sheet.given, 1)
        out.given[:] += change[..., 0] + change[..., 1] * t[:, None] + change[..., 2] * p[:, None]

    def below_plane(
        self, spot: Spot, *, everywhere: bool = False, keen: bool = False
    ) -> tuple[int, NDArray[np.float64]] | None:
        """Return a phase that lies below the plane, and its composition, or None.

        Looked at is what may have changed since the last look, or everything; a `keen` look tells
        two limbs of a solvus apart that are one to all others.
        """
        there = self._flat(spot)
        if everywhere:
            forget(self._work.point.search.known)
        options = self._options._replace(same_composition=_KEEN) if keen else self._options
        if _follow.look_again(self.system, options, self.sheet.plane, there, self._work):
            return None
        state = there.state
        last = int(state.number[0]) - 1
        return int(state.phase[last]), state.proportions[last].copy()

    def tangent(
        self, spot: Spot, *, scale: int, loose: bool = False, normal: Place | None = None
    ) -> Tangent | None:
        """Return the change of a solution with the amount of instance `scale`, None if undefined.

        With `loose` it is with its driving force. Its place is on no condition then; with no
        other amount at zero, n . s is constant.
        """
        there = self._flat(spot)
        there.modes[scale] = LOOSE if loose else FREE
        found = differentiate(
            self.system, self.sheet.plane, there, scale,
            np.zeros(2) if normal is None else normal, self._work,
        )  # fmt: skip
        if not found:
            return None
        first = spot.state.gamma.size
        values = self._work.tangent[first : first + spot.number + 2].copy()
        return Tangent(values[-2:], values[:-2])

    def along(self, spot: Spot) -> Place | None:
        """Return the direction of the boundary through a spot, None if it has none."""
        for normal in (np.eye(2)[0], np.eye(2)[1]):
            found = differentiate(
                self.system, self.sheet.plane, self._flat(spot), -1, normal, self._work
            )
            if found:
                first = spot.state.gamma.size + spot.number
                place = self._work.tangent[first : first + 2].copy()
                length = float(np.hypot(*place))
                if 0.0 < length < _STEEPEST:
                    return place / length
        return None

    def ahead(self, spot: Spot, direction: Place, length: float) -> Spot | None:
        """Return the spot so far ahead on the tangent of its boundary, not corrected; None if it has none."""
        there = self._flat(spot)
        if not differentiate(self.system, self.sheet.plane, there, -1, direction, self._work):
            return None
        work, number, first = self._work, spot.number, spot.state.gamma.size + spot.number
        step = length / float(np.hypot(*work.tangent[first : first + 2]))
        there.state.gamma[:] += step * work.tangent[: spot.state.gamma.size]
        there.state.amount[:number] += step * work.tangent[spot.state.gamma.size : first]
        for j in range(number):
            n = self.system.phases.n_endmembers[spot.state.phase[j]]
            there.state.proportions[j, :n] += step * work.p_tangent[j, :n]
        there.place[:] += step * work.tangent[first : first + 2]
        return Spot(there.place, there.state, spot.zeros)

    def nearest_twin(self, spot: Spot, index: int) -> int:
        """Return the instance of the same phase nearest in composition to one of two or more."""
        return min(
            (
                j
                for j in range(spot.number)
                if j != index and spot.state.phase[j] == spot.state.phase[index]
            ),
            key=lambda j: self.apart(spot, index, j),
        )

    def limb(self, spot: Spot) -> NDArray[np.float64]:
        """Return in which direction the instance at zero splits from the nearest other of its phase."""
        (zero,) = spot.zeros
        twin = self.nearest_twin(spot, zero)
        return np.asarray(spot.state.proportions[zero] - spot.state.proportions[twin])

    def separation(self, spot: Spot, index: int) -> float:
        """Return how far apart an instance and the nearest other of its phase are; inf if it is the only one.

        With none between them all conditions are met, too.
        """
        if spot.phases().count(int(spot.state.phase[index])) == 1:
            return float("inf")
        return self.apart(spot, index, self.nearest_twin(spot, index))

    def apart(self, spot: Spot, index: int, other: int) -> float:
        """Return how far apart two instances of one phase are, as the largest difference of a proportion."""
        return float(np.abs(spot.state.proportions[index] - spot.state.proportions[other]).max())

    def follow(
        self,
        spot: Spot,
        direction: Place,
        *,
        longest: float = 1.0,
        shortest: float = 1.0,
        twin: float = 1.0,
    ) -> Leg:
        """Follow the boundary through a spot.

        `longest` is a share of the longest step, `shortest` one of the shortest, `twin` one of the
        distance between two instances of a phase that is near a critical point.
        """
        here, heading = self._flat(spot), direction.copy()
        last = _boundary.Spot(new_state(self.system.phases), here.modes, np.zeros(2))
        limits = self.sheet.limits
        steps = limits.steps.copy()
        steps[1] *= shortest
        steps[2] *= longest
        steps[0] = min(steps[0], steps[2])
        event, n = _follow.follow(
            self.system, self._options, self.sheet.plane,
            limits._replace(steps=steps, twin=twin * limits.twin), here, heading,
            _follow.Trail(last, self._places, self._twins), self._work,
        )  # fmt: skip
        return Leg(
            event,
            self._places[:n].copy(),
            self._twins[:n].copy(),
            Spot(last.place, last.state, spot.zeros),
            Spot(here.place, here.state, spot.zeros),
            heading,
        )

    @staticmethod
    def _flat(spot: Spot) -> _boundary.Spot:
        """Return a copy as the kernels have it."""
        modes = np.full(spot.state.phase.size, FREE, np.int64)
        modes[list(spot.zeros)] = ZERO
        return _boundary.Spot(copied(spot.state), modes, spot.place.copy())

"""The net of boundaries: each is followed to where it meets another, and all that start there, too.

Where the amounts of two phases are zero at once, four boundaries meet (Schreinemakers): either
phase runs out, with the other one present or not. So one point of a boundary leads to all that hang
together with it; the grid only has to give a point of each piece.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite_engine.follow import CLOSED, FULL, LOST, OUTSIDE, TWIN

from .solver import Leg, Place, Solver, Spot, Tangent

Phases = tuple[int, ...]

_SAME_PLACE: Final = 0.05
_ON_PATH: Final = 0.5
_DEGENERATE: Final = 1e-3  # units per mole: a boundary that a phase crosses without leaving it
_TRIES: Final = 5
_REACH: Final = 2.0
_SLACK: Final = 1e-9  # mol; an amount as negative as this is zero


@dataclass(eq=False)
class Node:
    """A point where boundaries end.

    Attributes
    ----------
    place : (2,) array
        s.
    kind : str
        "invariant" (two phases at zero), "edge" (of the diagram), "critical" (the two instances
        of a phase become one), "loop" (a boundary that closes in itself), "open" (lost).
    spot : Spot
        The assemblage, those at zero included.
    """

    place: Place
    kind: str
    spot: Spot


@dataclass(eq=False)
class Curve:
    """A boundary between two nodes.

    Attributes
    ----------
    places : (n, 2) array
        s; the first and the last are those of the nodes.
    phase : int
        What has the amount zero.
    without, beyond : tuple of int
        Phases on the side without it, and on the other.
    without_left : bool
        Whether the side without it is the left one.
    nodes : (Node, Node)
        Where it starts and ends.
    sample : Spot
        A point of it, its zero being the phase.
    """

    places: NDArray[np.float64]
    phase: int
    without: Phases
    beyond: Phases
    without_left: bool
    nodes: tuple[Node, Node]
    sample: Spot

    @property
    def is_exchange(self) -> bool:
        """Whether the phase takes the place of another."""
        return len(self.beyond) <= len(self.without)

    @property
    def sides(self) -> frozenset[Phases]:
        """The assemblages on both sides."""
        return frozenset((self.without, self.beyond))


@dataclass
class Network:
    """Boundaries found so far."""

    solver: Solver
    nodes: list[Node] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    _done: set[tuple[int, Phases, int]] = field(default_factory=set)
    _arms: list[tuple[Node, Spot, Place]] = field(default_factory=list)

    def grow(self, seed: Spot) -> list[Curve]:
        """Follow the boundary through a spot and all that hang together with it.

        Returns
        -------
        list of Curve
            The new ones.
        """
        before = set(self.curves)
        self.solver.below_plane(seed, everywhere=True)
        direction = self._along(seed)
        if direction is not None:
            forward, end = self._run(seed, direction)
            if end.kind == "loop":
                self._join(seed, forward, end, end)
            else:
                self.solver.below_plane(seed, everywhere=True)
                backward, start = self._run(seed, -direction)
                self._join(seed, np.vstack([backward[::-1], forward[1:]]), start, end)
        while self._arms:
            node, spot, direction = self._arms.pop()
            if self._key(node, spot) not in self._done:
                self._done.add(self._key(node, spot))
                self.solver.below_plane(spot, everywhere=True)
                places, end = self._run(spot, direction, start=node)
                if end.kind != "open" or len(places) > 2:
                    self._join(spot, places, node, end)
        self._divide()
        return [curve for curve in self.curves if curve not in before]

    def _divide(self) -> None:
        """Divide boundaries at points that lie on them.

        Where a phase takes the place of another, that may be another one beyond a point at which
        nothing happens to the side that was followed: a eutectic in a diagram of temperature and
        composition.
        """
        for curve in [each for each in self.curves if each.is_exchange]:
            found = [
                (at, node)
                for node in self.nodes
                if node.kind == "invariant" and node not in curve.nodes
                if (at := _position(curve.places, node.place)) is not None
            ]
            cuts = sorted(found, key=lambda each: each[0])
            if not cuts:
                continue
            self.curves.remove(curve)
            nodes = [curve.nodes[0], *(node for _, node in cuts), curve.nodes[1]]
            ends = [0, *(at for at, _ in cuts), len(curve.places) - 2]
            for i, (start, end) in enumerate(itertools.pairwise(nodes)):
                inner = curve.places[ends[i] + 1 : ends[i + 1] + 1]
                places = np.vstack([start.place, inner, end.place])
                sample = self._sample(curve, places)
                if sample is not None:
                    self._join(sample, places, start, end)

    def _sample(self, curve: Curve, places: NDArray[np.float64]) -> Spot | None:
        """Return a point in the middle of a part of a boundary."""
        along = _unit(places[-1] - places[0])
        middle = 0.5 * (places[len(places) // 2 - 1] + places[len(places) // 2])
        reach = 2.0 * float(np.abs(self.solver.sheet.limits.high).max())
        spot = Spot(middle, curve.sample.state, curve.sample.zeros)
        return self.solver.correct(spot, reach, along, float(along @ middle))

    def _along(self, spot: Spot) -> Place | None:
        """Return a direction along the boundary: at right angles to the gradient of D."""
        (zero,) = spot.zeros
        free = Spot(spot.place, spot.state)
        gradient = np.zeros(2)
        for d in range(2):
            change = self.solver.tangent(free, scale=zero, loose=True, normal=np.eye(2)[1 - d])
            if change is None:
                return None
            gradient[d] = 1.0 / change.place[d] if change.place[d] != 0.0 else np.inf
        along = np.array([gradient[1], -gradient[0]])
        length = float(np.hypot(*along))
        return along / length if 0.0 < length < np.inf else None

    def _run(
        self, spot: Spot, direction: Place, start: Node | None = None
    ) -> tuple[NDArray[np.float64], Node]:
        """Follow to the end; return the points and the node there."""
        found, twins, longest = [spot.place[None]], [np.zeros(0)], 1.0
        for _ in range(_TRIES):
            leg = self.solver.follow(spot, direction, longest)
            found.append(leg.places[1:])
            twins.append(leg.twins)
            places = np.vstack(found)
            if leg.event == CLOSED:
                node = Node(places[0], "loop", spot)
                self.nodes.append(node)
                return np.vstack([places, places[:1]]), node
            if leg.event == TWIN:
                tip = _critical(leg)
                mirrored = self._past_critical(leg, tip)
                if mirrored is None:
                    node = self._node(tip, "critical", leg.last)
                    return np.vstack([places, node.place]), node
                found += [tip[None], mirrored.place[None]]
                spot, direction = mirrored, leg.direction
                continue
            if leg.event not in (LOST, FULL):
                reached = self._reach(leg, places)
                if reached is not None:
                    # found late, it may lie behind the last point
                    passed = _position(places, reached.place)
                    places = places if passed is None else places[: passed + 1]
                    kind = "invariant" if len(reached.zeros) == 2 else "edge"
                    node = self._node(reached.place, kind, reached)
                    if node is start and len(places) < 4:
                        break
                    self._done.add(self._key(node, leg.last))
                    return np.vstack([places, node.place]), node
            spot, direction, longest = leg.last, leg.direction, 0.2 * longest
        node = Node(places[-1], "open", spot)
        return places, node

    def _past_critical(self, leg: Leg, tip: Place) -> Spot | None:
        """Return the boundary beyond a critical point, where two instances change their parts.

        As far beyond as the last point is before, they have each other's compositions.
        """
        last = leg.last
        (zero,) = last.zeros
        twin = self.solver.nearest_twin(last, zero)
        beyond = last.with_zeros(twin)
        beyond.state.amount[zero] = last.state.amount[twin]
        beyond.place[:] = 2.0 * tip - last.place
        reach = float(np.abs(beyond.place - last.place).max())
        goal = float(leg.direction @ beyond.place)
        spot = self.solver.correct(beyond, reach, leg.direction, goal)
        if spot is None or not self._is_inside(spot.place):
            return None
        return spot if self.solver.below_plane(spot, everywhere=True) is None else None

    def _reach(self, leg: Leg, path: NDArray[np.float64]) -> Spot | None:
        """Return the point at which a boundary was found to end, None if it is not found.

        It lies ahead of the last point, or on the path behind it.
        """
        last, after = leg.last, leg.after
        candidates: list[Spot] = []
        if leg.event == OUTSIDE:
            at_edge = self._at_edge(last, after)
            if at_edge is None:
                return None
            after, candidates = at_edge, violations(self.solver, last, at_edge)
            if not candidates:
                return at_edge
        else:
            candidates = violations(self.solver, last, after)
        reach = _REACH * float(np.abs(after.place - last.place).max()) + 1.0
        tried: list[tuple[int, Phases]] = []
        while candidates:
            candidate = candidates.pop(0)
            name = (candidate.zeros[-1], candidate.phases())
            if name in tried:
                continue
            tried.append(name)
            spot = self.solver.correct(candidate, reach)
            if spot is None:
                continue
            ahead = float((spot.place - last.place) @ leg.direction) > -_SAME_PLACE
            others = violations(self.solver, last, spot)
            on_path = ahead or _position(path, spot.place) is not None
            if not others and on_path and self._is_inside(spot.place):
                return spot
            candidates = others + candidates
        return None

    def _is_inside(self, place: Place) -> bool:
        limits = self.solver.sheet.limits
        return bool(
            (place >= limits.low - _SAME_PLACE).all() and (place <= limits.high + _SAME_PLACE).all()
        )

    def _at_edge(self, last: Spot, after: Spot) -> Spot | None:
        """Return the point of the boundary on the edge between two of its points."""
        limits, step = self.solver.sheet.limits, after.place - last.place
        share, which, goal = np.inf, 0, 0.0
        for d in range(2):
            for edge in (float(limits.low[d]), float(limits.high[d])):
                outward = step[d] > 0.0 if edge == limits.high[d] else step[d] < 0.0
                if outward and (edge - last.place[d]) / step[d] < share:
                    share, which, goal = (edge - last.place[d]) / step[d], d, edge
        reach = _REACH * float(np.abs(step).max()) + 1.0
        spot = self.solver.correct(last, reach, np.eye(2)[which], goal)
        if spot is not None:
            spot.place[which] = goal
        return spot

    def _node(self, place: Place, kind: str, spot: Spot) -> Node:
        """Return the node at a place, with its boundaries to be followed if it is new."""
        for node in self.nodes:
            near = np.abs(node.place - place).max() < _SAME_PLACE
            if near and node.kind == kind and node.spot.phases() == spot.phases():
                return node
        node = Node(place.copy(), kind, spot)
        self.nodes.append(node)
        if kind == "invariant":
            self._arms += [(node, arm, direction) for arm, direction in self._arms_of(spot)]
        return node

    def _arms_of(self, spot: Spot, exchanged: bool = False) -> Iterator[tuple[Spot, Place]]:
        """Yield the boundaries that start where two phases are at zero, and their directions."""
        for held, other in (spot.zeros, spot.zeros[::-1]):
            pinned = spot.with_zeros(held)
            without = self.solver.tangent(pinned, scale=other, loose=True)
            if without is not None and not _is_degenerate(without):
                yield pinned.without(other), _unit(without.place)
            present = self.solver.tangent(pinned, scale=other)
            if present is None:
                continue
            if not _is_degenerate(present):
                yield pinned, _unit(present.place)
            elif not exchanged:
                swapped = _exchanged(spot.with_zeros(held), other, present)
                if swapped is not None:
                    yield from self._arms_of(swapped, exchanged=True)

    @staticmethod
    def _key(node: Node, spot: Spot) -> tuple[int, Phases, int]:
        (zero,) = spot.zeros
        return id(node), spot.phases(without=spot.zeros), int(spot.state.phase[zero])

    def _join(self, sample: Spot, places: NDArray[np.float64], start: Node, end: Node) -> None:
        """Keep a boundary, unless it is known already."""
        middle = len(places) // 2
        sides = self._sides(sample, places)
        if sides is None:
            return
        curve = Curve(places, *sides, (start, end), sample)
        for other in self.curves:
            if other.sides == curve.sides and set(other.nodes) == {start, end}:
                gap = np.hypot(*(other.places - places[middle]).T).min()
                if gap < 2.0 * self.solver.sheet.limits.steps[2]:
                    return
        self.curves.append(curve)

    def _sides(
        self, spot: Spot, places: NDArray[np.float64]
    ) -> tuple[int, Phases, Phases, bool] | None:
        """Return the vanishing phase, the assemblages without and beyond, which is on the left."""
        (zero,) = spot.zeros
        near = int(np.hypot(*(places - spot.place).T).argmin())
        along = places[min(near + 1, len(places) - 1)] - places[max(near - 1, 0)]
        if not along.any():
            return None
        normal, free = _unit(along), Spot(spot.place, spot.state)
        without = self.solver.tangent(free, scale=zero, loose=True, normal=normal)
        if without is None:
            return None
        left = bool(along[0] * without.place[1] - along[1] * without.place[0] > 0.0)
        kept, phase = spot.phases(without=(zero,)), int(spot.state.phase[zero])
        change = self.solver.tangent(free, scale=zero, normal=normal)
        beyond = spot.phases()
        if change is None or _is_degenerate(change):
            if change is None or (gone := _vanishing(spot, change)) is None:
                return None
            beyond = spot.phases(without=(gone[0],))
        return phase, kept, beyond, left


def violations(solver: Solver, last: Spot, after: Spot) -> list[Spot]:
    """Return where to begin to solve for what first went wrong on the way to a solution.

    That is at `last`, with a phase that ran out since, or that came below the plane, at zero.
    """
    run_out = []
    for j in range(last.number):
        if j not in after.zeros and after.state.amount[j] < -_SLACK:
            before = last.state.amount[j]
            run_out.append((before / max(before - after.state.amount[j], 1e-300), j))
    found = [last.with_zeros(*last.zeros, j) for _, j in sorted(run_out)]
    searched = after.number > last.number and len(after.zeros) == len(last.zeros)
    below = _appended(after) if searched else solver.below_plane(after)
    if below is not None:
        found.append(last.with_phase(*below))
    return found


def _unit(vector: Place) -> Place:
    return np.asarray(vector / np.hypot(*vector))


def _position(path: NDArray[np.float64], place: Place) -> int | None:
    """Return the vertex of a path before or at a place that lies on it, not at its ends, or None."""
    if len(path) < 2:
        return None
    step = np.diff(path, axis=0)
    length = np.maximum((step * step).sum(axis=1), 1e-300)
    share = np.clip(((place - path[:-1]) * step).sum(axis=1) / length, 0.0, 1.0)
    gap = np.hypot(*(path[:-1] + share[:, None] * step - place).T)
    k = int(gap.argmin())
    near_ends = min(np.hypot(*(path[0] - place)), np.hypot(*(path[-1] - place)))
    return k if gap[k] < _ON_PATH and near_ends > _SAME_PLACE else None


def _is_degenerate(change: Tangent) -> bool:
    return bool(np.hypot(*change.place) < _DEGENERATE)


def _vanishing(spot: Spot, change: Tangent) -> tuple[int, float] | None:
    """Return the instance that is exchanged for a phase first, and how much of that there is then."""
    amount = spot.state.amount
    shares = [
        (amount[j] / -change.amounts[j], j)
        for j in range(spot.number)
        if change.amounts[j] < -1e-9 and j not in spot.zeros
    ]
    if not shares:
        return None
    share, j = min(shares)
    return j, float(share)


def _exchanged(spot: Spot, comes: int, change: Tangent) -> Spot | None:
    """Return the spot with a phase in the place of what it is exchanged for, which is at zero."""
    gone = _vanishing(spot, change)
    if gone is None:
        return None
    j, share = gone
    swapped = spot.with_zeros(*spot.zeros, j)
    for i in range(spot.number):
        swapped.state.amount[i] += share * change.amounts[i]
    swapped.state.amount[j] = 0.0
    return swapped if swapped.state.amount[comes] > 0.0 else None


def _appended(after: Spot) -> tuple[int, NDArray[np.float64]]:
    """Return what a search has appended to an assemblage."""
    j = after.number - 1
    return int(after.state.phase[j]), after.state.proportions[j].copy()


def _critical(leg: Leg) -> Place:
    """Return where the distance of two instances, a smooth parameter of their boundary, is zero."""
    n = min(6, len(leg.places))
    if n < 3:
        return leg.last.place.copy()
    gap = leg.twins[-n:] / leg.twins[-n:].max()
    return np.array([np.polyval(np.polyfit(gap, s, 2), 0.0) for s in leg.places[-n:].T])

"""The net of boundaries: each is followed to where it meets another, and all that start there, too.

Where the amounts of two phases are zero at once, four boundaries meet (Schreinemakers): either
phase runs out, with the other one present or not. So one point of a boundary leads to all that hang
together with it; the grid only has to give a point of each piece.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite_engine.follow import CLOSED, FULL, LOST, OUTSIDE, TWIN

from .solver import Leg, Place, Solver, Spot, Tangent

Phases = tuple[int, ...]

_SAME_PLACE: Final = 0.05
_SAME_CRITICAL: Final = 5.0  # units: a critical point is extrapolated to
_ON_PATH: Final = 0.5
_SAME_INSTANCE: Final = 0.02  # largest difference of a proportion within one instance
_DEGENERATE: Final = 1e-3  # units per mole: a boundary that a phase crosses without leaving it
_BESIDE: Final = (1.0, 0.3, 0.1)  # units: how far from a boundary its sides are looked at
_BEYOND: Final = (2.0 * _ON_PATH,)  # units: beyond all that coincides
_TRIES: Final = 5
_NEARER: Final = 0.4
_NEAREST: Final = 0.05
_ALIKE: Final = 0.3
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
        An assemblage there, those at zero included.
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
    spots : (Spot, Spot)
        The assemblages on the side without it and on the other, on it or close by.
    """

    places: NDArray[np.float64]
    phase: int
    without: Phases
    beyond: Phases
    without_left: bool
    nodes: tuple[Node, Node]
    sample: Spot
    spots: tuple[Spot, Spot]

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
    _done: list[tuple[Node, Spot]] = field(default_factory=list)
    _arms: list[tuple[Node, Spot, Place]] = field(default_factory=list)
    _left: set[tuple[int, Phases]] = field(default_factory=set)

    def grow(self, seed: Spot) -> list[Curve]:
        """Follow the boundary through a spot and all that hang together with it.

        Returns
        -------
        list of Curve
            The new ones.
        """
        before = set(self.curves)
        self.solver.below_plane(seed, everywhere=True)
        direction = self.solver.along(seed)
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
            if not any(node is other and _is_arm(spot, done) for other, done in self._done):
                self._done.append((node, spot))
                self.solver.below_plane(spot, everywhere=True)
                places, end = self._run(spot, direction, start=node)
                places[0] = node.place
                if end.kind != "open" or len(places) > 2:
                    self._join(spot, places, node, end)
        self._divide()
        self._drop_doubled()
        return [curve for curve in self.curves if curve not in before]

    def passes(self, place: Place) -> bool:
        """Return whether a boundary runs through a place."""
        return any(_gap(curve.places, place)[0] < 2.0 * _ON_PATH for curve in self.curves)

    def _divide(self) -> None:
        """Divide boundaries at points that lie on them.

        Where amounts or potentials jump, one side of a boundary may change at a point at which
        nothing happens to the side that was followed: at a eutectic in a diagram of temperature and
        composition, or where melt takes the place of olivine beside a thermal divide.
        """
        nodes = [node for node in self.nodes if node.kind == "invariant"]
        where = np.array([node.place for node in nodes]).reshape(-1, 2)
        for curve in tuple(self.curves):
            low, high = curve.places.min(axis=0), curve.places.max(axis=0)
            near = ((where > low - _ON_PATH) & (where < high + _ON_PATH)).all(axis=1)
            found = [
                (at, nodes[i])
                for i in np.flatnonzero(near)
                if (at := _position(curve.places, nodes[i].place)) is not None
            ]
            if found and curve in self.curves:  # it may have been made one with another
                self.curves.remove(curve)
                self._join_parts(curve, found)

    def _join_parts(self, curve: Curve, cuts: list[tuple[int, Node]]) -> None:
        """Keep the parts of a boundary between nodes on it, given with the vertices before them."""
        along = curve.places[1:] - curve.places[:-1]
        cuts = sorted(
            cuts, key=lambda cut: (cut[0], along[cut[0]] @ (cut[1].place - curve.places[cut[0]]))
        )
        nodes = [curve.nodes[0], *(node for _, node in cuts), curve.nodes[1]]
        ends = [0, *(at for at, _ in cuts), len(curve.places) - 2]
        for i, (start, end) in enumerate(itertools.pairwise(nodes)):
            if np.hypot(*(end.place - start.place)) > _SAME_PLACE or start is end:
                inner = curve.places[ends[i] + 1 : ends[i + 1] + 1]
                places = np.vstack([start.place, inner, end.place])
                sample = self._in_middle(curve.sample, places) or curve.sample
                self._join(sample, places, start, end)

    def _in_middle(self, spot: Spot, places: NDArray[np.float64]) -> Spot | None:
        """Return a point in the middle of a boundary, given another one of it; None if it is not found."""
        k = len(places) // 2
        along = _unit(places[k] - places[k - 1])
        middle = 0.5 * (places[k - 1] + places[k])
        reach = 2.0 * float(np.abs(self.solver.sheet.limits.high).max())
        start = Spot(middle, spot.state, spot.zeros)
        found = self.solver.correct(start, reach, along, float(along @ middle))
        near = found is not None and float(np.hypot(*(found.place - middle))) < 2.0 * _ON_PATH
        return found if near else None

    def _drop_doubled(self) -> None:
        """Drop boundaries that were lost on the way where another covers them."""
        ends = Counter(id(node) for curve in self.curves for node in set(curve.nodes))
        for curve in tuple(self.curves):
            lost = any(
                node.kind == "open" or (node.kind == "critical" and ends[id(node)] == 1)
                for node in curve.nodes
            )
            if lost and any(
                other is not curve and other.sides == curve.sides and _covers(other, curve)
                for other in self.curves
            ):
                self.curves.remove(curve)

    def _run(
        self, spot: Spot, direction: Place, start: Node | None = None
    ) -> tuple[NDArray[np.float64], Node]:
        """Follow to the end; return the points and the node there."""
        found, longest, twin = [spot.place[None]], 1.0, 1.0
        tries = _TRIES
        while tries > 0:
            leg = self.solver.follow(spot, direction, longest, twin)
            found.append(leg.places[1:])
            places = np.vstack(found)
            if leg.event == CLOSED:
                node = Node(places[0], "loop", spot)
                self.nodes.append(node)
                return np.vstack([places, places[:1]]), node
            if leg.event == TWIN and leg.twins[-1] < _ALIKE * leg.twins[-2]:
                found.pop()  # the same composition twice satisfies all conditions, too
                longest *= _NEARER
                tries -= 1
                continue
            if leg.event == TWIN:
                tip = _critical(leg)
                mirrored = self._past_critical(leg, tip)
                if mirrored is not None:
                    found += [tip[None], mirrored.place[None]]
                    spot, direction, twin = mirrored, leg.direction, 1.0
                    tries -= 1
                    continue
                twin *= _NEARER
                if twin < _NEAREST:
                    node = self._node(tip, "critical", leg.last)
                    return np.vstack([places, node.place]), node
                spot, direction = leg.last, leg.direction
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
                    self._done.append((node, leg.last))
                    return np.vstack([places, node.place]), node
            spot, direction, longest = leg.last, leg.direction, 0.2 * longest
            tries -= 1
        places = np.vstack(found)
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
        apart = self.solver.apart(spot, zero, twin) / max(
            self.solver.apart(last, zero, twin), 1e-12
        )
        if not _ALIKE < apart < 1.0 / _ALIKE or spot.state.amount[: spot.number].min() < -_SLACK:
            return None  # the same composition twice, which any line is for one phase
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
        """Return the node at a place; boundaries of an assemblage new there are to be followed."""
        reach = _SAME_CRITICAL if kind == "critical" else _SAME_PLACE
        node = next(
            (
                each
                for each in self.nodes
                if each.kind == kind and np.abs(each.place - place).max() < reach
            ),
            None,
        )
        if node is None:
            node = Node(place.copy(), kind, spot)
            self.nodes.append(node)
        if kind == "invariant" and (id(node), spot.phases()) not in self._left:
            self._left.add((id(node), spot.phases()))
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

    def _join(self, sample: Spot, places: NDArray[np.float64], start: Node, end: Node) -> None:
        """Keep a boundary, unless it is known already.

        Two that coincide are one, with what is seen beyond both on its sides.
        """
        if self._is_metastable(sample, places):
            return
        sides = self._sides(sample, places)
        if sides is None:
            return
        curve = _curve(places, sample, sides, (start, end))
        for other in tuple(self.curves):
            if _coincide(curve, other):
                if other.sides != curve.sides:
                    self.curves.remove(other)
                    for each in (other, curve):
                        seen = self._seen(each.sample, each.places, _BEYOND)
                        if seen is not None:
                            self.curves.append(_curve(each.places, each.sample, seen, each.nodes))
                            break
                return
        self.curves.append(curve)

    def _is_metastable(self, spot: Spot, places: NDArray[np.float64]) -> bool:
        """Return whether something lies below the plane in the middle of a boundary.

        A search on the way may have missed what comes in where the boundary ends, and followed it on.
        """
        middle = self._in_middle(spot, places)
        return middle is not None and self.solver.below_plane(middle, everywhere=True) is not None

    def _sides(self, spot: Spot, places: NDArray[np.float64]) -> tuple[Spot, Spot, bool] | None:
        """Return the assemblages without the vanishing phase and beyond, and whether the first is left."""
        (zero,) = spot.zeros
        near = int(np.hypot(*(places - spot.place).T).argmin())
        along = places[min(near + 1, len(places) - 1)] - places[max(near - 1, 0)]
        if not along.any():
            return None
        normal, free = _unit(along), Spot(spot.place, spot.state)
        without = self.solver.tangent(free, scale=zero, loose=True, normal=normal)
        change = self.solver.tangent(free, scale=zero, normal=normal)
        if without is None or change is None or _is_degenerate(without) or _is_degenerate(change):
            return self._seen(spot, places)
        left = bool(along[0] * without.place[1] - along[1] * without.place[0] > 0.0)
        return spot.without(zero), spot, left

    def _seen(
        self, spot: Spot, places: NDArray[np.float64], distances: Sequence[float] = _BESIDE
    ) -> tuple[Spot, Spot, bool] | None:
        """Return what `_sides` does where amounts or potentials jump: from points to either side."""
        phase = int(spot.state.phase[spot.zeros[0]])
        k = len(places) // 2
        middle, along = 0.5 * (places[k - 1] + places[k]), _unit(places[k] - places[k - 1])
        to_left = np.array([-along[1], along[0]])
        found: list[tuple[int, tuple[Spot, Spot, bool]]] = []
        for distance in distances:
            left, right = (
                self.solver.cold(self.solver.sheet.inside(middle + sign * distance * to_left))
                for sign in (1.0, -1.0)
            )
            if left is not None and right is not None:
                more = left.phases().count(phase) - right.phases().count(phase)
                differing = Counter(left.phases())
                differing.subtract(right.phases())
                if more != 0:
                    sides = (right, left, False) if more > 0 else (left, right, True)
                    found.append((sum(abs(n) for n in differing.values()), sides))
        return min(found, key=lambda each: each[0])[1] if found else None


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


def _is_arm(one: Spot, other: Spot) -> bool:
    """Whether two points near each other are of one boundary: of one assemblage, with the same at zero.

    Of two instances of one phase either may be at zero, so the compositions decide.
    """
    (mine,), (theirs,) = one.zeros, other.zeros
    return (
        one.phases() == other.phases()
        and one.state.phase[mine] == other.state.phase[theirs]
        and float(np.abs(one.state.proportions[mine] - other.state.proportions[theirs]).max())
        < _SAME_INSTANCE
    )


def _covers(one: Curve, other: Curve) -> bool:
    """Whether half of the vertices of another boundary lie on one."""
    on_it = [_gap(one.places, place)[0] < 2.0 * _ON_PATH for place in other.places]
    return float(np.mean(on_it)) > 0.5


def _gap(path: NDArray[np.float64], place: Place) -> tuple[float, int]:
    """Return how far a place is from a path, and the vertex before the nearest point."""
    step = np.diff(path, axis=0)
    length = np.maximum((step * step).sum(axis=1), 1e-300)
    share = np.clip(((place - path[:-1]) * step).sum(axis=1) / length, 0.0, 1.0)
    gap = np.hypot(*(path[:-1] + share[:, None] * step - place).T)
    k = int(gap.argmin())
    return float(gap[k]), k


def _position(path: NDArray[np.float64], place: Place) -> int | None:
    """Return the vertex of a path before or at a place that lies on it, not at its ends, or None."""
    if len(path) < 2:
        return None
    gap, k = _gap(path, place)
    near_ends = min(np.hypot(*(path[0] - place)), np.hypot(*(path[-1] - place)))
    return k if gap < _ON_PATH and near_ends > _SAME_PLACE else None


def _curve(
    places: NDArray[np.float64],
    sample: Spot,
    sides: tuple[Spot, Spot, bool],
    nodes: tuple[Node, Node],
) -> Curve:
    """Return a boundary with the assemblages on its sides."""
    without, beyond, left = sides
    phase = int(sample.state.phase[sample.zeros[0]])
    return Curve(
        places, phase, without.phases(), beyond.phases(), left, nodes, sample, (without, beyond)
    )


def _coincide(one: Curve, other: Curve) -> bool:
    """Whether two boundaries have the same ends, and nothing that could be seen is between them."""
    mine, theirs = (np.array([node.place for node in each.nodes]) for each in (one, other))
    if min(np.abs(mine - theirs).max(), np.abs(mine - theirs[::-1]).max()) > 2.0 * _ON_PATH:
        return False
    inner = [*one.places[1:-1], *0.5 * (one.places[1:] + one.places[:-1])]
    return all(_gap(other.places, place)[0] < 2.0 * _ON_PATH for place in inner)


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

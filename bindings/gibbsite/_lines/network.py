"""The net of boundaries: each is followed to where it meets another, and all that start there, too.

Where the amounts of two phases are zero at once, four boundaries meet (Schreinemakers): either
phase runs out, with the other one present or not. So one point of a boundary leads to all that hang
together with it; the grid only has to give a point of each piece.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite_engine.follow import CLOSED, FULL, LOST, OUTSIDE, RUN_OUT, TWIN

from .arrangement import ON_PATH, Arrangement, Boundary, is_degenerate
from .curve import SAME_PLACE, Curve, Node, Phases, gap, position, unit
from .solver import Leg, Place, PlaneSolver, Spot, Tangent

_SAME_CRITICAL: Final = 5.0  # units: a critical point is extrapolated to
_SAME_INSTANCE: Final = 0.02  # largest difference of a proportion within one instance
_TRIES: Final = 8
_NEARER: Final = 0.4
_NEAREST: Final = 0.05
_FINER: Final = 1e-3  # shortest steps: a line turns at once round a wedge of no visible width
_SPREAD: Final = 0.95  # of distances that tell how they fall
_WEDGE: Final = 0.1  # longest steps
_RANGE: Final = 6.0  # times the least distance of two compositions: what is extrapolated from
_ALIKE: Final = 0.3
_REACH: Final = 2.0
_BACK: Final = 20.0  # units: so far behind the last point a boundary may have ended unseen
_LATE: Final = 1000.0  # units: so far behind a limb may have come in before it is told from another
_SLACK: Final = 1e-9  # mol; an amount as negative as this is zero


@dataclass
class Network:
    """Boundaries found so far."""

    solver: PlaneSolver
    nodes: list[Node] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    _done: list[tuple[Node, Spot]] = field(default_factory=list)
    _arms: list[tuple[Node, Spot, Place]] = field(default_factory=list)
    _left: set[tuple[int, Phases, Phases]] = field(default_factory=set)
    _arrangement: Arrangement = field(init=False)

    def __post_init__(self) -> None:
        self._arrangement = Arrangement(self.solver)

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
            forward, end, _ = self._run(seed, direction)
            if end.kind == "loop":
                self._arrangement.add(Boundary(forward, (seed,), (end, end)))
            else:
                self.solver.below_plane(seed, everywhere=True)
                backward, start, _ = self._run(seed, -direction)
                places = np.vstack([backward[::-1], forward[1:]])
                self._arrangement.add(Boundary(places, (seed,), (start, end)))
        while self._arms:
            node, spot, direction = self._arms.pop()
            if not any(
                node is other and self._is_same(node, spot, done) for other, done in self._done
            ):
                self._done.append((node, spot))
                self.solver.below_plane(spot, everywhere=True)
                places, end, last = self._run(spot, direction, start=node)
                places[0] = node.place
                if end.kind != "open" or len(places) > 2:
                    self._arrangement.add(Boundary(places, (spot, last), (node, end)))
        self.curves = self._arrangement.curves(self.nodes)
        return [curve for curve in self.curves if curve not in before]

    def _is_same(self, node: Node, spot: Spot, done: Spot) -> bool:
        """Whether two points are of one of the boundaries that meet at a node."""
        if node.kind != "critical":
            return _is_arm(spot, done)
        mine, theirs = (self.solver.limb(each) for each in (spot, done))
        return spot.phases() == done.phases() and float(mine @ theirs) > 0.0

    def passes(self, place: Place) -> bool:
        """Return whether a boundary runs through a place."""
        return any(gap(curve.places, place)[0] < 2.0 * ON_PATH for curve in self.curves)

    def _run(
        self, spot: Spot, direction: Place, start: Node | None = None
    ) -> tuple[NDArray[np.float64], Node, Spot]:
        """Follow to the end; return the points, the node there, and the last point before it."""
        found, longest, shortest, twin = [spot.place[None]], 1.0, 1.0, 1.0
        near, turned = _Approach(), None
        tries = _TRIES
        while tries > 0:
            leg = self.solver.follow(spot, direction, longest=longest, shortest=shortest, twin=twin)
            found.append(leg.places[1:])
            places = np.vstack(found)
            if leg.event == CLOSED:
                node = Node(places[0], "loop", spot)
                self.nodes.append(node)
                return np.vstack([places, places[:1]]), node, leg.last
            near.add(leg)
            if leg.event == TWIN:
                tip, turned = near.tip(), self._turned(leg) or turned
                mirrored = None if turned else self._past_critical(leg, tip)
                if mirrored is not None:
                    found += [tip[None], mirrored.place[None]]
                    spot, direction = mirrored, leg.direction
                    longest, twin, near = 1.0, 1.0, _Approach()
                    tries -= 1
                    continue
                twin *= _NEARER
                if twin >= _NEAREST:
                    spot, direction = leg.last, leg.direction
                    continue
                reached = self._before(tip, leg, places)
                if reached is None:
                    node = self._node(tip, "critical", leg.last)
                    self._done.append((node, leg.last))
                    if turned is not None:
                        self._arms.append((node, *turned))
                    return np.vstack([places, node.place]), node, leg.last
            else:
                reached = None if leg.event == FULL else self._reach(leg, places)
            if reached is not None:
                # found late, it may lie behind the last point
                passed = position(places, reached.place, ON_PATH)
                places = places if passed is None else places[: passed + 1]
                kind = "invariant" if len(reached.zeros) == 2 else "edge"
                node = self._node(reached.place, kind, reached)
                if node is start and len(places) < 4:
                    break
                self._done.append((node, leg.last))
                return np.vstack([places, node.place]), node, leg.last
            spot, direction, longest = leg.last, leg.direction, 0.2 * longest
            if leg.event == LOST:
                shortest = _FINER
            tries -= 1
        places = np.vstack(found)
        node = Node(places[-1], "open", spot)
        self.nodes.append(node)
        return places, node, spot

    def _before(self, tip: Place, leg: Leg, path: NDArray[np.float64]) -> Spot | None:
        """Return where another phase runs out on the way to a critical point, None if none does."""
        after = self.solver.ahead(leg.last, leg.direction, float(np.hypot(*(tip - leg.last.place))))
        if after is None or after.state.amount[: after.number].min() >= -_SLACK:
            return None
        return self._reach(replace(leg, event=RUN_OUT, after=after), path)

    def _past_critical(self, leg: Leg, tip: Place) -> Spot | None:
        """Return the boundary beyond a critical point, as far as the last point is before it.

        Beyond it the instance at zero lies on the other side of the one that it splits from, where
        the tangent leads to; or, where the bulk leaves that free, the two have changed their parts.
        """
        last = leg.last
        (zero,) = last.zeros
        twin = self.solver.nearest_twin(last, zero)
        way = 2.0 * (tip - last.place)
        mirrored = self.solver.ahead(last, leg.direction, float(np.hypot(*way)))
        swapped = last.with_zeros(twin)
        swapped.state.amount[zero] = last.state.amount[twin]
        for beyond in (mirrored, swapped):
            if beyond is None:
                continue
            beyond.place[:] = last.place + way
            reach = float(np.abs(beyond.place - last.place).max())
            goal = float(leg.direction @ beyond.place)
            spot = self.solver.correct(beyond, reach, leg.direction, goal)
            if spot is not None and self._is_beyond(spot, last, (zero, twin)):
                return spot
        return None

    def _turned(self, leg: Leg) -> tuple[Spot, Place] | None:
        """Return the boundary that comes back from a critical point, and its direction.

        Where other phases hold the potentials, two instances exist in a wedge: its sides meet in a
        cusp, and beside a point of one lies one of the other with the parts of the two changed.
        """
        last = leg.last
        (zero,) = last.zeros
        twin = self.solver.nearest_twin(last, zero)
        swapped = last.with_zeros(twin)
        swapped.state.amount[zero], swapped.state.amount[twin] = last.state.amount[twin], 0.0
        goal = float(leg.direction @ last.place)
        reach = _WEDGE * self.solver.sheet.limits.steps[2]
        spot = self.solver.correct(swapped, reach, leg.direction, goal)
        if spot is None or not self._is_beyond(spot, last, (zero, twin)):
            return None
        was, now = last.state.proportions, spot.state.proportions[zero]
        back = np.abs(now - was[twin]).max() < np.abs(now - was[zero]).max()
        return None if back else (spot, -leg.direction)

    def _is_beyond(self, spot: Spot, last: Spot, pair: tuple[int, int]) -> bool:
        """Whether a point of a boundary is one that begins where the way to a critical point ends."""
        apart = self.solver.apart(spot, *pair) / max(self.solver.apart(last, *pair), 1e-12)
        return (
            self._is_inside(spot.place)
            and _ALIKE < apart < 1.0 / _ALIKE  # or the same composition twice
            and spot.state.amount[: spot.number].min() >= -_SLACK
            and self.solver.below_plane(spot, everywhere=True) is None
        )

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
        elif leg.event == LOST:
            # near the crest of a solvus a second limb is told from the first too late
            after, limb = last, self.solver.below_plane(last, everywhere=True, keen=True)
            candidates = [] if limb is None else [last.with_phase(*limb)]
        else:
            candidates = violations(self.solver, last, after)
        near = _REACH * float(np.abs(after.place - last.place).max())
        near += _BACK if leg.event == LOST else 1.0
        tried: list[tuple[int, Phases]] = []
        while candidates:
            candidate = candidates.pop(0)
            name = (candidate.zeros[-1], candidate.phases())
            if name in tried:
                continue
            tried.append(name)
            late = self._seen_late(candidate)
            spot = self.solver.correct(candidate, max(near, late))
            if spot is None or (late > 0.0 and self._is_one_twice(spot, candidate)):
                continue
            away = spot.place - last.place
            ahead = float(away @ leg.direction) > -SAME_PLACE and np.abs(away).max() < near
            others = violations(self.solver, last, spot)
            on_path = ahead or position(path, spot.place, ON_PATH) is not None
            if not others and on_path and self._is_inside(spot.place):
                return spot
            candidates = others + candidates
        return None

    def _seen_late(self, spot: Spot) -> float:
        """Return how far back what was found last may have come in unseen.

        Another limb of a phase is told from the one that is there only where they differ enough.
        """
        found = spot.number - 1
        if found not in spot.zeros or spot.phases().count(int(spot.state.phase[found])) == 1:
            return 0.0
        return _LATE

    def _is_one_twice(self, spot: Spot, before: Spot) -> bool:
        """Whether what was found last has become the limb it was told from, which solves all, too."""
        apart = [
            self.solver.apart(
                each, each.number - 1, self.solver.nearest_twin(each, each.number - 1)
            )
            for each in (spot, before)
        ]
        return apart[0] < _ALIKE * apart[1]

    def _is_inside(self, place: Place) -> bool:
        limits = self.solver.sheet.limits
        return bool(
            (place >= limits.low - SAME_PLACE).all() and (place <= limits.high + SAME_PLACE).all()
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
        reach = _SAME_CRITICAL if kind == "critical" else SAME_PLACE
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
        # one point may be several, nearer than told apart, at which others of its phases are at zero
        zero = tuple(sorted(int(spot.state.phase[j]) for j in spot.zeros))
        left = id(node), spot.phases(), zero
        if kind == "invariant" and left not in self._left:
            self._left.add(left)
            self._arms += [(node, arm, direction) for arm, direction in self._arms_of(spot)]
        return node

    def _arms_of(self, spot: Spot, exchanged: bool = False) -> Iterator[tuple[Spot, Place]]:
        """Yield the boundaries that start where two phases are at zero, and their directions."""
        for held, other in (spot.zeros, spot.zeros[::-1]):
            pinned = spot.with_zeros(held)
            without = self.solver.tangent(pinned, scale=other, loose=True)
            if without is not None and not is_degenerate(without):
                yield pinned.without(other), unit(without.place)
            present = self.solver.tangent(pinned, scale=other)
            if present is None:
                continue
            if not is_degenerate(present):
                yield pinned, unit(present.place)
            elif not exchanged:
                swapped = _exchanged(spot.with_zeros(held), other, present)
                if swapped is not None:
                    yield from self._arms_of(swapped, exchanged=True)


def violations(solver: PlaneSolver, last: Spot, after: Spot) -> list[Spot]:
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


class _Approach:
    """The points of a boundary on its way to a critical point.

    The nearer it is, the less do distances of compositions say: they are known to the precision of
    Newton's method only. So the point is extrapolated to from points over a wide range of them.
    """

    def __init__(self) -> None:
        self._places, self._twins = np.zeros((0, 2)), np.zeros(0)

    def add(self, leg: Leg) -> None:
        """Take the points of another leg."""
        self._places = np.vstack([self._places, leg.places])
        self._twins = np.append(self._twins, leg.twins)

    def tip(self) -> Place:
        """Return where the distance is zero, by the last points that come nearer all the way."""
        far = np.flatnonzero(~(self._twins < _RANGE * self._twins[-1]))
        first = max(min(far[-1] + 1 if len(far) else 0, len(self._twins) - 3), 0)
        places, twins = self._places[first:], self._twins[first:]
        if len(places) < 3 or not twins.min() < _SPREAD * twins.max():
            return np.asarray(places[-1].copy())
        powers = np.vander(twins / twins.max(), 3)
        return np.asarray(np.linalg.lstsq(powers, places, rcond=None)[0][-1])

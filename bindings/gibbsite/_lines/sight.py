"""Boundaries seen from points beside them, where Newton's method has nothing to go by.

A rock of exactly the composition of its phases (Al2SiO5, any olivine, a feldspar) leaves chemical
potentials undetermined, and what appears there may appear in any number at once. A boundary is then
what lies between two points of different assemblage, each solved alone: it is bracketed, followed
step by step, and where a third assemblage comes into sight all boundaries around are looked for.
"""

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .curve import Curve, Node, Phases
from .network import Network
from .solver import Place, PlaneSolver, Spot

_CLOSE: Final = 0.02  # units: how narrow a bracket is
_RADII: Final = (1.0, 5.0, 25.0, 125.0)  # units: circles on which boundaries of a point are sought
_TRIES: Final = 24
_NOTHING: Final = 1e-8  # mol
_STRAIGHT: Final = 30.0  # units: over so much amounts are linear
_ANGLES: Final = 32
_FIRST: Final = 2.0
_SHORTEST: Final = 0.1
_STRAY: Final = 0.2
_SAME_NODE: Final = 2.0
_MOST_STEPS: Final = 3000


@dataclass(frozen=True, slots=True)
class Pair:
    """Two points close together, with a boundary between them; along it, one is on the left.

    Attributes
    ----------
    left, right : Spot
        Their assemblages differ.
    """

    left: Spot
    right: Spot

    @property
    def middle(self) -> Place:
        """Place between them."""
        return np.asarray(0.5 * (self.left.place + self.right.place))

    @property
    def sides(self) -> tuple[Phases, Phases]:
        """Assemblages on the left and on the right."""
        return self.left.phases(), self.right.phases()

    def turned(self) -> "Pair":
        """Return what is seen when going the other way."""
        return Pair(self.right, self.left)


class Sight:
    """Boundaries of one section, found and followed by single points.

    Parameters
    ----------
    network : Network
        Where nodes and curves are kept.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._solver: PlaneSolver = network.solver
        self._limits = network.solver.sheet.limits
        self._arms: list[tuple[Node, Pair, Place]] = []
        self._done: set[tuple[int, frozenset[Phases]]] = set()

    def grow(self, start: Place, end: Place) -> list[Curve]:
        """Follow the boundary nearest to the first of two places, and all that hang together with it.

        Returns
        -------
        list of Curve
            The new ones.
        """
        before = set(self._network.curves)
        spots = self._cold(start), self._cold(end)
        if spots[0] is None or spots[1] is None or spots[0].phases() == spots[1].phases():
            return []
        pair = self._narrow(spots[0], spots[1])
        if pair is not None:
            around = self._around(pair.middle)
            if len(around) == 2 and {*around[0][0].sides} == {*around[1][0].sides}:
                (ahead, forth), (behind, back) = around
                forward, last = self._follow(ahead, forth)
                if last.kind == "loop":
                    self._keep(ahead, forward, last, last)
                else:
                    backward, first = self._follow(behind, back)
                    self._keep(ahead, np.vstack([backward[::-1], forward]), first, last)
            elif len(around) > 2:
                self._node(pair.middle, pair)
        while self._arms:
            node, pair, heading = self._arms.pop()
            if self._take(node, pair):
                places, last = self._follow(pair, heading)
                self._keep(pair, np.vstack([node.place, places]), node, last)
        return [curve for curve in self._network.curves if curve not in before]

    def _cold(self, place: Place) -> Spot | None:
        """Return the assemblage at a place inside, less what is not there but for rounding."""
        spot = self._solver.cold(self._solver.sheet.inside(place))
        if spot is not None:
            for j in reversed(range(spot.number)):
                if spot.state.amount[j] < _NOTHING:
                    spot = spot.without(j)
        return spot

    def _narrow(self, left: Spot, right: Spot, *, strict: bool = False) -> Pair | None:
        """Return a bracket between two points; with `strict`, only if no third assemblage is met."""
        more, less = Counter(left.phases()), Counter(right.phases())
        if less < more or more < less:
            found = self._run_out(*((left, right) if less < more else (right, left)))
            if found is not None:
                return Pair(*(found if less < more else found[::-1]))
        while np.abs(left.place - right.place).max() > _CLOSE:
            middle = self._cold(left.place + 0.49 * (right.place - left.place))
            if middle is None:
                return None
            if middle.phases() == left.phases():
                left = middle
            elif middle.phases() == right.phases() or not strict:
                right = middle
            else:
                return None
        return Pair(left, right)

    def _run_out(self, rich: Spot, poor: Spot) -> tuple[Spot, Spot] | None:
        """Return a bracket around where the phases that only one of two points has run out.

        Their amounts are extrapolated from where they are present: beside the boundary a point is
        the harder to solve, the less there is of them.
        """
        extra = set((Counter(rich.phases()) - Counter(poor.phases())).elements())
        way = poor.place - rich.place
        length, at, amount = float(np.hypot(*way)), 0.0, _least(rich, extra)
        spot, ahead = rich, 0.5
        for _ in range(_TRIES):
            moved = self._cold(rich.place + ahead * way)
            if moved is None or moved.phases() != rich.phases():
                ahead = 0.5 * (at + ahead)
                if (ahead - at) * length < 0.1 * _CLOSE:
                    return None
                continue
            less = _least(moved, extra)
            if less >= amount:
                return None
            zero = ahead + less * (ahead - at) / (amount - less)
            near = (ahead - at) * length < _STRAIGHT and (zero - ahead) * length < _STRAIGHT
            spot, at, amount = moved, ahead, less
            if near:
                half = 0.5 * _CLOSE / length
                return (
                    Spot(rich.place + (zero - half) * way, spot.state),
                    Spot(rich.place + (zero + half) * way, poor.state),
                )
            ahead = at + 0.9 * (zero - at) if zero <= 1.0 else 0.5 * (at + 1.0)
        return None

    def _around(self, place: Place) -> list[tuple[Pair, Place]]:
        """Return the boundaries that cross a small circle, with directions outward."""
        for radius in _RADII:
            found = self._on_circle(place, radius)
            if len(found) > 1:
                return found
        return []

    def _on_circle(self, place: Place, radius: float) -> list[tuple[Pair, Place]]:
        angles = 2.0 * np.pi * (np.arange(_ANGLES) + 0.31) / _ANGLES
        circle = place + radius * np.column_stack([np.cos(angles), np.sin(angles)])
        spots = [self._cold(each) if self._is_inside(each) else None for each in circle]
        found = []
        for right, left in itertools.pairwise([*spots, spots[0]]):
            while left is not None and right is not None and left.phases() != right.phases():
                pair = self._narrow(right, left)
                if pair is None:
                    break
                pair = pair.turned()
                out = pair.middle - place
                found.append((pair, np.asarray(out / np.hypot(*out))))
                right = pair.left
        return found

    def _is_inside(self, place: Place) -> bool:
        return bool((place >= self._limits.low).all() and (place <= self._limits.high).all())

    def _follow(self, pair: Pair, heading: Place) -> tuple[NDArray[np.float64], Node]:
        """Follow a boundary to its end; return the points and the node there."""
        places, step, width = [pair.middle], _FIRST, 0.2
        longest = float(self._limits.steps[2])
        while len(places) < _MOST_STEPS:
            room, axis = self._room(pair.middle, heading)
            at_edge = step >= room
            ahead = (
                self._on_edge(pair, heading, room, axis)
                if at_edge
                else self._ahead(pair, heading, step, width)
            )
            if ahead is None:
                step = 0.4 * min(step, room)
                if step < _SHORTEST:
                    node = self._node(pair.middle, pair)
                    return np.vstack([*places, node.place]), node
                continue
            move = ahead.middle - pair.middle
            bend = abs(float(heading[0] * move[1] - heading[1] * move[0]))
            if not at_edge and 0.25 * bend > 2.0 * _STRAY and step > _FIRST:
                step *= max(0.3, 0.8 * np.sqrt(_STRAY / (0.25 * bend)))
                continue
            places.append(ahead.middle)
            if at_edge:
                node = self._edge_node(ahead)
                return np.vstack([*places[:-1], node.place]), node
            if len(places) > 8 and np.hypot(*(ahead.middle - places[0])) < 0.6 * step:
                node = Node(places[0], "loop", ahead.left)
                self._network.nodes.append(node)
                return np.vstack([*places, places[0]]), node
            chord = move / np.hypot(*move)
            # Half of what a parabola would turn: the places are rough, and all of it would swing.
            heading = chord if step < _FIRST else chord + 0.5 * (chord - heading)
            heading = heading / np.hypot(*heading)
            width = 2.0 * bend + 0.1
            wanted = 0.8 * np.sqrt(_STRAY / max(0.25 * bend, 0.05 * _STRAY))
            step = min(step * float(np.clip(wanted, 0.4, 2.0)), longest)
            pair = ahead
        node = Node(places[-1], "open", pair.left)
        self._network.nodes.append(node)
        return np.vstack(places), node

    def _ahead(self, pair: Pair, heading: Place, step: float, width: float) -> Pair | None:
        """Return the bracket a step ahead, None if it is not there."""
        centre = pair.middle + step * heading
        to_left = np.array([-heading[1], heading[0]])
        while True:
            width = min(width, 0.7 * step)
            left = self._cold(centre + width * to_left)
            right = self._cold(centre - width * to_left)
            if left is None or right is None:
                return None
            if (left.phases(), right.phases()) == pair.sides:
                return self._narrow(left, right, strict=True)
            if not {left.phases(), right.phases()} <= {*pair.sides} or width == 0.7 * step:
                return None
            width *= 4.0

    def _room(self, place: Place, heading: Place) -> tuple[float, int]:
        """Return how far it is to the frame, and the axis across which it lies."""
        room = [np.inf, np.inf]
        for d in range(2):
            if heading[d] != 0.0:
                edge = self._limits.high[d] if heading[d] > 0.0 else self._limits.low[d]
                room[d] = max((edge - place[d]) / heading[d], 0.0)
        axis = int(room[1] < room[0])
        return float(room[axis]), axis

    def _on_edge(self, pair: Pair, heading: Place, room: float, axis: int) -> Pair | None:
        """Return the bracket on the frame, None if it is not there."""
        centre = pair.middle + room * heading
        centre[axis] = self._limits.high[axis] if heading[axis] > 0.0 else self._limits.low[axis]
        along = np.eye(2)[1 - axis]
        if heading[0] * along[1] - heading[1] * along[0] < 0.0:
            along = -along  # to the left
        for width in (0.1 + 0.02 * room, 0.5 + 0.5 * room):
            left, right = self._cold(centre + width * along), self._cold(centre - width * along)
            if left is None or right is None:
                return None
            if (left.phases(), right.phases()) == pair.sides:
                return self._narrow(left, right, strict=True)
        return None

    def _edge_node(self, pair: Pair) -> Node:
        node = Node(pair.middle, "edge", pair.left)
        self._network.nodes.append(node)
        return node

    def _node(self, place: Place, pair: Pair) -> Node:
        """Return the node where a boundary ends, with those around it to be followed if it is new."""
        for node in self._network.nodes:
            if node.kind == "invariant" and np.abs(node.place - place).max() < _SAME_NODE:
                self._take(node, pair)
                return node
        at_edge = self._solver.sheet.inside(place)
        for d in range(2):
            for edge in (self._limits.low[d], self._limits.high[d]):
                if abs(place[d] - edge) < _SAME_NODE:
                    at_edge[d] = edge
                    node = Node(at_edge, "edge", pair.left)
                    self._network.nodes.append(node)
                    return node
        around = self._around(place)
        node = Node(place.copy(), "invariant" if len(around) > 1 else "open", pair.left)
        self._network.nodes.append(node)
        self._take(node, pair)
        self._arms += [(node, each, heading) for each, heading in around]
        return node

    def _take(self, node: Node, pair: Pair) -> bool:
        """Note that a boundary is followed at a node; return whether it was not yet."""
        key = (id(node), frozenset(pair.sides))
        if key in self._done:
            return False
        self._done.add(key)
        return True

    def _keep(self, pair: Pair, places: NDArray[np.float64], start: Node, end: Node) -> None:
        """Keep a boundary along which a pair looks."""
        left, right = pair.left, pair.right
        more = Counter(left.phases()) - Counter(right.phases())
        beyond, without = (left, right) if more else (right, left)
        more = more or Counter(right.phases()) - Counter(left.phases())
        phase = min(more)
        index = next(j for j in range(beyond.number) if beyond.state.phase[j] == phase)
        self._network.curves.append(
            Curve(
                places,
                phase,
                without.phases(),
                beyond.phases(),
                without is left,
                (start, end),
                beyond.with_zeros(index),
                (without, beyond),
            )
        )


def _least(spot: Spot, phases: set[int]) -> float:
    """Return the least amount of an instance of some phases."""
    return min(
        float(spot.state.amount[j]) for j in range(spot.number) if spot.state.phase[j] in phases
    )

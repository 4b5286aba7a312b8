"""Boundaries as they were followed, made into lines: divided where others meet them, and merged.

Where amounts or potentials jump, one side of a boundary may change at a point at which nothing
happens to the side that was followed: at a eutectic in a diagram of temperature and composition, or
where melt takes the place of olivine beside a thermal divide. So a boundary is divided at every point
that lies on it. Boundaries with nothing to be seen between them are one line, with what is there
beyond them all on its sides; points nearer to each other than can be seen are one point.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from .curve import Curve, Node, chord_middles, gap, midway, on_chord, passes, unit
from .solver import ONE, Place, PlaneSolver, Spot, Tangent

ON_PATH: Final = 0.5
_SEEN: Final = 2.0 * ON_PATH  # units: what is narrower cannot be seen
_SAME_NODE: Final = 2.0
_MIDDLE: Final = (0.5, 0.25, 0.75)  # shares of the length at which a boundary is looked at
_CLEAR: Final = 0.01  # difference of two limbs at which either side of their line is told
_REPEATED: Final = 1e-6  # units: a vertex so near to the last one gives no direction
_DEGENERATE: Final = 1e-3  # units per mole: a boundary that a phase crosses without leaving it
_BESIDE: Final = (1.0, 0.3, 0.1)  # units: how far from a boundary its sides are looked at


@dataclass(eq=False)
class Boundary:
    """A boundary as it was followed.

    Attributes
    ----------
    places : (n, 2) array
        s; the first and the last are those of the nodes.
    samples : tuple of Spot
        Points of it, one amount zero.
    nodes : (Node, Node)
        Where it starts and ends.
    """

    places: NDArray[np.float64]
    samples: tuple[Spot, ...]
    nodes: tuple[Node, Node]


@dataclass(eq=False)
class _Piece:
    """A boundary from one point on it to the next; the line that it is, if it is one."""

    boundary: Boundary
    nodes: tuple[Node, Node]
    places: NDArray[np.float64]
    curve: Curve | None


class Arrangement:
    """The lines that some boundaries are.

    What was found of a piece is kept: lines are the same objects until boundaries found later divide
    them or fall together with them.

    Parameters
    ----------
    solver : PlaneSolver
        What the sides of lines are looked at with.
    """

    def __init__(self, solver: PlaneSolver) -> None:
        self._solver = solver
        self._boundaries: list[Boundary] = []
        self._pieces: dict[tuple[int, int, int, int], _Piece] = {}
        self._merged: dict[frozenset[int], list[Curve]] = {}

    def add(self, boundary: Boundary) -> None:
        """Take another boundary."""
        inner = boundary.places[1:-1]
        moved = np.hypot(*(inner - boundary.places[:-2]).T) > _REPEATED
        places = np.vstack([boundary.places[:1], inner[moved], boundary.places[-1:]])
        self._boundaries.append(replace(boundary, places=places))

    def curves(self, nodes: Sequence[Node]) -> list[Curve]:
        """Return the lines between some nodes, which are where the boundaries end and meet."""
        one = _as_one(nodes)
        by_ends: dict[frozenset[int], list[_Piece]] = {}
        for number, boundary in enumerate(self._boundaries):
            for piece in self._divided(number, boundary, one):
                if piece.curve is not None:
                    by_ends.setdefault(frozenset(map(id, piece.nodes)), []).append(piece)
        groups = (group for pieces in by_ends.values() for group in _coinciding(pieces))
        return _without_doubled([curve for group in groups for curve in self._line(group)])

    def _divided(self, number: int, boundary: Boundary, one: dict[Node, Node]) -> Iterable[_Piece]:
        """Yield the pieces of a boundary between the points on it."""
        places = boundary.places
        low, high = places.min(axis=0) - ON_PATH, places.max(axis=0) + ON_PATH
        cuts = [
            (at, float((places[at + 1] - places[at]) @ (node.place - places[at])), node)
            for node in one
            if node.kind == "invariant" and (node.place > low).all() and (node.place < high).all()
            for at in passes(places, node.place, ON_PATH)
        ]
        cuts.sort(key=lambda cut: cut[:2])
        ends = [0, *(at for at, _, _ in cuts), len(places) - 2]
        stops = [boundary.nodes[0], *(node for _, _, node in cuts), boundary.nodes[1]]
        start, first = one[stops[0]], 0
        for i, node in enumerate(stops[1:], 1):
            end = one[node]
            inner = places[first + 1 : ends[i] + 1]
            if start is not end or _encloses(start, inner):
                key = number, id(start), id(end), first
                if key not in self._pieces:
                    self._pieces[key] = self._piece(boundary, start, end, inner)
                yield self._pieces[key]
            start, first = end, ends[i]

    def _piece(
        self, boundary: Boundary, start: Node, end: Node, inner: NDArray[np.float64]
    ) -> _Piece:
        """Return a piece between two nodes, with what lies on its sides if it is a line.

        It is none where something lies below the plane in the middle of it: a search on the way may
        have missed what comes in where the boundary ends, and followed it on.
        """
        if start is not end:
            for node, own in ((start, boundary.nodes[0]), (end, boundary.nodes[1])):
                if node is not own:
                    inner = inner[np.abs(inner - node.place).max(axis=1) > _SAME_NODE]
        places = np.vstack([start.place, inner, end.place])
        curve = None
        sample, along = self._clearest(boundary.samples, places)
        if along is None or self._solver.below_plane(sample, everywhere=True) is None:
            sides = self._sides(sample, places, along)
            if sides is not None:
                curve = _curve(places, sample, sides, (start, end))
        return _Piece(boundary, (start, end), places, curve)

    def _clearest(
        self, samples: tuple[Spot, ...], places: NDArray[np.float64]
    ) -> tuple[Spot, Place | None]:
        """Return a point in the middle part of a boundary and its direction there.

        Near a critical point sides are not told: the point of the best separation is taken. If none is
        found, that is the first of the samples, and the direction None.
        """
        best: tuple[Spot, Place | None] = samples[0], None
        most = 0.0
        for share in _MIDDLE:
            chord = midway(places, share)
            reached = (self._reached(each, places, chord) for each in samples)
            found = next((each for each in reached if each is not None), None)
            if found is not None:
                separation = self._solver.separation(found, found.zeros[0])
                if separation > most:
                    best, most = (found, on_chord(places, chord)[1]), separation
                if most > _CLEAR:
                    break
        return best

    def _reached(self, spot: Spot, places: NDArray[np.float64], middle: int) -> Spot | None:
        """Return the point of a boundary on a chord, given another one of it; None if it is not found."""
        near = int(np.hypot(*(chord_middles(places) - spot.place).T).argmin())
        ahead = middle - near
        while ahead or near == middle:  # where that fails, on the way there
            found = self._on_chord(spot, places, near + ahead)
            if found is None:
                if abs(ahead) < 2:
                    return None
                ahead = int(ahead / 2)
            elif near + ahead == middle:
                return found
            else:
                spot, near = found, near + ahead
                ahead = middle - near
        return None

    def _on_chord(self, spot: Spot, places: NDArray[np.float64], k: int) -> Spot | None:
        """Return the point of a boundary in the middle of a chord, given another one of it."""
        middle, along = on_chord(places, k)
        reach = 2.0 * self._solver.sheet.extent
        start = Spot(middle, spot.state, spot.zeros)
        found = self._solver.correct(start, reach, along, float(along @ middle))
        if found is None or float(np.hypot(*(found.place - middle))) > _SEEN:
            return None
        separation = self._solver.separation(found, found.zeros[0])
        if separation <= ONE or (np.isfinite(separation) and self._changed_limbs(spot, found)):
            return None
        return found

    def _changed_limbs(self, spot: Spot, found: Spot) -> bool:
        """Whether two limbs have changed their parts: where the other one of a wedge is at zero."""
        return float(self._solver.limb(spot) @ self._solver.limb(found)) < 0.0

    def _sides(
        self, spot: Spot, places: NDArray[np.float64], along: Place | None
    ) -> tuple[Spot, Spot, bool] | None:
        """Return the assemblages without the vanishing phase and beyond, and whether the first is left."""
        (zero,) = spot.zeros
        if along is None:  # as it runs at the vertex nearest to the point
            near = int(np.hypot(*(places - spot.place).T).argmin())
            along = places[min(near + 1, len(places) - 1)] - places[max(near - 1, 0)]
            if not along.any():
                return None
        normal, free = unit(along), Spot(spot.place, spot.state)
        without = self._solver.tangent(free, scale=zero, loose=True, normal=normal)
        change = self._solver.tangent(free, scale=zero, normal=normal)
        if without is None or change is None or is_degenerate(without) or is_degenerate(change):
            return self._seen(spot, places)
        left = bool(along[0] * without.place[1] - along[1] * without.place[0] > 0.0)
        return spot.without(zero), spot, left

    def _seen(self, spot: Spot, places: NDArray[np.float64]) -> tuple[Spot, Spot, bool] | None:
        """Return what `_sides` does where amounts or potentials jump: from points to either side."""
        found: list[tuple[int, tuple[Spot, Spot, bool]]] = []
        for distance in _BESIDE:
            beside = self._beside(places, distance)
            sides = None if beside is None else _with_without(spot, *beside)
            if sides is not None:
                found.append((_differing(sides[0], sides[1]).total(), sides))
        return min(found, key=lambda each: each[0])[1] if found else None

    def _beside(self, places: NDArray[np.float64], distance: float) -> tuple[Spot, Spot] | None:
        """Return what is so far to the left and to the right of the middle of a path."""
        middle, along = on_chord(places, midway(places))
        across = distance * np.array([-along[1], along[0]])
        left, right = (
            self._solver.cold(self._solver.sheet.inside(middle + sign * across))
            for sign in (1.0, -1.0)
        )
        return None if left is None or right is None else (left, right)

    def _line(self, group: list[_Piece]) -> list[Curve]:
        """Return the line that coinciding pieces are, if there is anything but them to be seen."""
        curves = [piece.curve for piece in group if piece.curve is not None]
        if len({(left.phases(), right.phases()) for left, right in _left_right(curves)}) == 1:
            return curves[:1]  # unlike the sides of a narrow wedge
        key = frozenset(map(id, curves))
        if key not in self._merged:
            chained = _chained(curves)
            self._merged[key] = self._together(curves) if chained is None else chained
        return self._merged[key]

    def _together(self, curves: list[Curve]) -> list[Curve]:
        """Return one of some curves that coincide, with what is seen beyond them all on its sides."""
        for curve in curves:
            middle, _ = on_chord(curve.places, midway(curve.places))
            beyond = ON_PATH + max(gap(other.places, middle)[0] for other in curves)
            beside = self._beside(curve.places, beyond)
            if beside is not None and not _differing(*beside):
                return []
            sides = None if beside is None else _with_without(curve.sample, *beside)
            if sides is not None:
                return [_curve(curve.places, curve.sample, sides, curve.nodes)]
        return curves


def _as_one(nodes: Sequence[Node]) -> dict[Node, Node]:
    """Return for each node the first of those that cannot be told from it."""
    one: dict[Node, Node] = {}
    for node in nodes:
        one[node] = next(
            (
                other
                for other in one
                if one[other] is other
                and other.kind == node.kind
                and node.kind in ("invariant", "edge")
                and _are_near(node, other)
            ),
            node,
        )
    return one


def _encloses(node: Node, inner: NDArray[np.float64]) -> bool:
    """Whether a boundary from a point back to it encloses what can be seen.

    It does not where it is short, or goes round a wedge that is too narrow all along.
    """
    if len(inner) < 2 or np.abs(inner - node.place).max() < 2.0 * _SAME_NODE:
        return False
    ring = shapely.Polygon(np.vstack([node.place, inner, node.place]))
    return not ring.buffer(-0.5 * _SEEN).is_empty


def _are_near(node: Node, other: Node) -> bool:
    """Whether two points are nearer than can be seen; those on the frame on the same edge of it."""
    away = np.abs(node.place - other.place)
    return bool(away.max() < _SAME_NODE and (node.kind != "edge" or away.min() == 0.0))


def _coinciding(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Return pieces with the same ends in groups with nothing to be seen between them."""
    groups: list[list[_Piece]] = []
    for piece in pieces:
        mine = [group for group in groups if any(_coincide(piece, other) for other in group)]
        groups = [group for group in groups if group not in mine]
        groups.append([*itertools.chain.from_iterable(mine), piece])
    return groups


def _coincide(one: _Piece, other: _Piece) -> bool:
    return all(
        gap(theirs.places, place)[0] < _SEEN
        for mine, theirs in ((one, other), (other, one))
        for place in (*mine.places[1:-1], *0.5 * (mine.places[1:] + mine.places[:-1]))
    )


def _without_doubled(curves: list[Curve]) -> list[Curve]:
    """Leave out lines that were lost on the way where another covers them."""
    ends = Counter(node for curve in curves for node in {*curve.nodes})
    lost = [
        curve
        for curve in curves
        if any(
            node.kind == "open" or (node.kind == "critical" and ends[node] == 1)
            for node in curve.nodes
        )
    ]
    for curve in lost:
        if any(
            other is not curve and other.sides == curve.sides and _covers(other, curve)
            for other in curves
        ):
            curves.remove(curve)
    return curves


def _left_right(curves: list[Curve]) -> list[tuple[Spot, Spot]]:
    """Return the assemblages on the left and on the right of lines with the same ends, as the first runs."""
    start = curves[0].nodes[0]
    return [
        curve.spots if curve.without_left == (curve.nodes[0] is start) else curve.spots[::-1]
        for curve in curves
    ]


def _chained(curves: list[Curve]) -> list[Curve] | None:
    """Return the line that coinciding ones are, none if they end as they begin; None if it is not told.

    What is right of one is left of the next: so the first and the last have the sides of them all.
    They are known where a field beside them is narrower than can be seen.
    """
    start, end = curves[0].nodes
    if start is end:
        return None
    sides = [
        *{
            (one.phases(), other.phases()): (one, other) for one, other in _left_right(curves)
        }.values()
    ]
    left, right = ([spot.phases() for spot in each] for each in zip(*sides, strict=True))
    first, last = Counter(left) - Counter(right), Counter(right) - Counter(left)
    if not first and not last:
        return []
    if first.total() != 1 or last.total() != 1:
        return None
    outer = sides[left.index(*first)][0], sides[right.index(*last)][1]
    for curve in curves:
        beside = outer if curve.nodes[0] is start else outer[::-1]
        with_sides = _with_without(curve.sample, *beside)
        if with_sides is not None:
            return [_curve(curve.places, curve.sample, with_sides, curve.nodes)]
    return None


def _covers(one: Curve, other: Curve) -> bool:
    """Whether half of the vertices of another line lie on one."""
    return float(np.mean([gap(one.places, each)[0] < _SEEN for each in other.places])) > 0.5


def _differing(left: Spot, right: Spot) -> Counter[int]:
    """Return by how many instances of each phase two assemblages differ; nothing if they do not."""
    more, less = Counter(left.phases()), Counter(right.phases())
    return (more - less) + (less - more)


def _with_without(sample: Spot, left: Spot, right: Spot) -> tuple[Spot, Spot, bool] | None:
    """Return the one of two spots that lacks the vanishing phase, the other, and whether it is left."""
    phase = int(sample.state.phase[sample.zeros[0]])
    more = left.phases().count(phase) - right.phases().count(phase)
    if more == 0:
        return None
    return (right, left, False) if more > 0 else (left, right, True)


def _curve(
    places: NDArray[np.float64],
    sample: Spot,
    sides: tuple[Spot, Spot, bool],
    nodes: tuple[Node, Node],
) -> Curve:
    without, beyond, left = sides
    phase = int(sample.state.phase[sample.zeros[0]])
    return Curve(
        places, phase, without.phases(), beyond.phases(), left, nodes, sample, (without, beyond)
    )


def is_degenerate(change: Tangent) -> bool:
    """Whether a phase comes or goes at once on a boundary: its amount has no slope beside it."""
    return bool(np.hypot(*change.place) < _DEGENERATE)

"""The grid beside the lines: which changes between neighbours the lines found do not explain."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from .curve import Curve, Phases
from .fields import Face

Edge = tuple[int, int, int]
"""Axis along which it runs, row and column of its first end."""

NO_ANSWER: Final = -1
_BESIDE: Final = 5.0
_ON_FRAME: Final = 1e-3  # units: a point on the frame may lie outside by rounding
_NEAR: Final = 5.0  # units: a crossing so near to a point of the grid counts on either side of it


class Grid:
    """The assemblages of a grid of points, and the edges between neighbours where they differ.

    Parameters
    ----------
    labels : ndarray of int, shape (ny, nx)
        Number of the assemblage of each point, -1 where there is no answer.
    numbers : mapping
        Number of each assemblage.
    steps : pair of arrays
        Where its columns are along x and its rows along y, in units, rising.
    """

    def __init__(
        self,
        labels: NDArray[np.int64],
        numbers: Mapping[Phases, int],
        steps: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> None:
        self._labels, self._numbers, self._steps = labels, numbers, steps
        self._near = _NEAR / np.array([np.diff(each).min() for each in steps])
        self._ends = tuple(
            (one.copy(), other.copy())
            for one, other in (
                (labels[:, :-1], labels[:, 1:]),
                (labels[:-1], labels[1:]),
            )
        )
        # Whether an edge's change is seen from its first end, and from the other.
        self._open = tuple(
            np.stack([(a != b) & (a != NO_ANSWER) & (b != NO_ANSWER)] * 2) for a, b in self._ends
        )

    def _place(self, row: int, column: int) -> NDArray[np.float64]:
        """Return where a point of the grid is, in units."""
        return np.array([self._steps[0][column], self._steps[1][row]])

    def _counted(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places in steps of the grid."""
        return np.column_stack(
            [
                np.interp(place, steps, np.arange(len(steps)))
                for place, steps in zip(places.T, self._steps, strict=True)
            ]
        )

    def assemblages(self) -> list[Phases]:
        """Return the assemblages of its points."""
        present = set(np.unique(self._labels).tolist())
        return [phases for phases, number in self._numbers.items() if number in present]

    def unexplained(self) -> int:
        """Return how many edges there are whose change no line explains."""
        return sum(int(both.any(axis=0).sum()) for both in self._open)

    def explain(self, curve: Curve) -> None:
        """Take note of what a line crosses."""
        sides = [self._numbers.get(side, NO_ANSWER - 1) for side in curve.sides]
        for along in (0, 1):
            for row, column in _crossings(self._counted(curve.places), along, self._near):
                a, b = self._ends[along]
                inside = (row >= 0) & (row < a.shape[0]) & (column >= 0) & (column < a.shape[1])
                row, column = row[inside], column[inside]
                for end, labels in enumerate((a, b)):
                    seen = np.isin(labels[row, column], sides)
                    self._open[along][end, row[seen], column[seen]] = False

    def edges(self) -> Iterator[tuple[Edge, NDArray[np.float64], NDArray[np.float64]]]:
        """Yield one unexplained edge after the other, each once, and its ends in units."""
        tried = tuple(np.zeros(a.shape, np.bool_) for a, _ in self._ends)
        for along in (0, 1):
            order = np.flatnonzero(self._open[along].any(axis=0))
            for flat in order:
                row, column = (int(k) for k in np.unravel_index(flat, tried[along].shape))
                if self.is_open((along, row, column)):
                    start = self._place(row, column)
                    end = self._place(row + along, column + 1 - along)
                    yield (along, row, column), start, end

    def is_open(self, edge: Edge) -> bool:
        """Return whether the change along an edge is unexplained."""
        along, row, column = edge
        return bool(self._open[along][:, row, column].any())

    def dismiss(self, edge: Edge, seen_from: int | None = None) -> None:
        """Take an edge as explained, or only what is seen from one of its ends."""
        along, row, column = edge
        ends = slice(None) if seen_from is None else seen_from
        self._open[along][ends, row, column] = False

    def others(self, faces: Sequence[Face], curves: Sequence[Curve]) -> int:
        """Return how many points have another assemblage than the field they lie in.

        Points beside a line are left out.
        """
        row, column = np.nonzero(self._labels != NO_ANSWER)
        places = np.column_stack([self._steps[0][column], self._steps[1][row]])
        numbers = [self._numbers.get(each.phases, NO_ANSWER - 1) for each in faces]
        outlines = [face.outline for face in faces]
        frame = shapely.total_bounds(outlines)  # which ends before a side that lies on a facet
        places = np.clip(places, frame[:2], frame[2:])
        own = _numbers_of(places, outlines, numbers)
        odd = shapely.points(places[own != self._labels[row, column]])
        beside = np.zeros(len(odd), np.bool_)
        if curves:
            lines = shapely.STRtree([shapely.LineString(curve.places) for curve in curves])
            beside[lines.query(odd, predicate="dwithin", distance=_BESIDE)[0]] = True
        return int((~beside).sum())


def _numbers_of(
    places: NDArray[np.float64], outlines: Sequence[Any], numbers: Sequence[int]
) -> NDArray[np.int64]:
    """Return the number of the outline that each place lies in, or on; NO_ANSWER - 1 in none."""
    own = np.full(len(places), NO_ANSWER - 1)
    found = np.zeros(len(places), np.bool_)
    for outline, number in zip(outlines, numbers, strict=True):
        shapely.prepare(outline)
        left, bottom, right, top = outline.bounds
        x, y = places.T
        near = np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
        inside = near[shapely.contains_xy(outline, places[near])]
        own[inside], found[inside] = number, True
    on_edge = np.flatnonzero(~found)
    tree = shapely.STRtree(outlines)
    some, which = tree.query(
        shapely.points(places[on_edge]), predicate="dwithin", distance=_ON_FRAME
    )
    own[on_edge[some]] = np.array(numbers, np.int64)[which]
    return own


def _crossings(
    path: NDArray[np.float64], along: int, near: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield row and column of the edges that a path crosses.

    Edges run along x (0) or y (1); the path is in steps of the grid. A crossing near an end of an
    edge is yielded for the edge beyond, too.
    """
    across = 1 - along  # the coordinate that is whole on such an edge
    a, b = path[:-1], path[1:]
    low = np.ceil(np.minimum(a[:, across], b[:, across]) - near[across]).astype(np.int64)
    high = np.floor(np.maximum(a[:, across], b[:, across]) + near[across]).astype(np.int64)
    number = np.maximum(high - low + 1, 0)
    segment = np.repeat(np.arange(len(a)), number)
    first = np.repeat(np.cumsum(number) - number, number)
    level = low[segment] + np.arange(len(segment)) - first
    rise = (b - a)[segment]
    share = np.divide(
        level - a[segment, across],
        rise[:, across],
        out=np.full(len(segment), 0.5),
        where=rise[:, across] != 0.0,
    )
    at = a[segment, along] + np.clip(share, 0.0, 1.0) * rise[:, along]
    for offset in (-near[along], 0.0, near[along]):
        cell = np.floor(at + offset).astype(np.int64)
        yield (level, cell) if along == 0 else (cell, level)

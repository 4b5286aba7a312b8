"""A grid of labels cut into polygons without gaps or overlaps, its lines placed between points.

Marching squares for any number of labels: each cell is cut between its corners, along lines that
enter and leave through its edges where they are told to. Neighbouring cells share these places, so
the pieces fit by construction, triple points included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .boundaries import Crossings
from .smoothing import SURE, UNSURE, LineNodes, smoothed

# Regions of so few points are held together a little, lest they shrink to nothing.
TINY: Final = 3
HOLD_TINY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Border:
    """The line between two regions.

    Attributes
    ----------
    path : LineString or MultiLineString
        In coordinates of the axes.
    sides : (int, int)
        The regions, the lower number first.
    """

    path: Any
    sides: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Regions:
    """Connected regions of equal label.

    Attributes
    ----------
    regions : ndarray of int, shape (ny, nx)
        Number of the region of each point, from 0.
    polygons : tuple of Polygon
        Outline of each region, in coordinates of the axes.
    lines : tuple of Border
        Between the regions.
    """

    regions: NDArray[np.int64]
    polygons: tuple[Any, ...]
    lines: tuple[Border, ...]


@dataclass(frozen=True, slots=True)
class _Cells:
    """Labels at the corners of the (ny - 1, nx - 1) cells, and what follows from them."""

    corners: tuple[NDArray[np.int64], ...]  # lower left, lower right, upper right, upper left
    cut: tuple[NDArray[np.bool_], ...]  # whether the edge after each corner has a crossing
    n_cut: NDArray[np.int64]
    joins_rising: NDArray[np.bool_]  # lower left and upper right meet across the cell
    joins_falling: NDArray[np.bool_]


def partition(
    labels: NDArray[np.int64],
    crossings: Crossings,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> Regions:
    """Cut a grid into connected regions of equal label.

    Parameters
    ----------
    labels : ndarray of int, shape (ny, nx)
        Label of each point.
    crossings : Crossings
        Where between two neighbours the label changes; not used where it does not.
    x, y : ndarray, shape (nx,) and (ny,)
        Rising coordinates of the columns and rows.
    """
    cells = _cells(labels)
    regions = _regions(labels, cells)
    ends, sides = _segments(cells, regions)
    used, which = np.unique(ends, return_inverse=True)  # few of a large grid
    nodes = _nodes(cells, crossings, used)
    size = crossings.across.size + crossings.upward.size + cells.n_cut.size
    nodes_xy = np.full((size, 2), np.nan)
    places = smoothed(
        nodes, which.reshape(ends.shape), _hold(regions, crossings, len(nodes_xy))[used]
    )
    for k, axis in enumerate((x, y)):
        nodes_xy[used, k] = np.interp(places[:, k], np.arange(len(axis)), axis)
    lines = _lines(nodes_xy[ends], sides)
    frame = _frame(nodes_xy, labels, x, y)
    faces = shapely.get_parts(shapely.polygonize([*(line.path for line in lines), *frame]))
    return Regions(regions, _faces_of(regions, faces, x, y), lines)


def _cells(labels: NDArray[np.int64]) -> _Cells:
    a, b = labels[:-1, :-1], labels[:-1, 1:]
    d, c = labels[1:, :-1], labels[1:, 1:]
    cut = (a != b, b != c, c != d, d != a)
    n_cut = np.sum(cut, axis=0)
    rising, falling = (n_cut == 4) & (a == c), (n_cut == 4) & (b == d)
    # Where both could join across the cell, the rarer label does: a field one point wide that
    # runs aslant stays one field, not a string of beads.
    _, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    common = counts[inverse.reshape(labels.shape)]
    rarer = common[:-1, :-1] <= common[:-1, 1:]
    both = rising & falling
    return _Cells((a, b, c, d), cut, n_cut, rising & ~(both & ~rarer), falling & ~(both & rarer))


def _regions(labels: NDArray[np.int64], cells: _Cells) -> NDArray[np.int64]:
    """Return the number of each point's region, connected along rows, columns, joined diagonals."""
    number = np.arange(labels.size).reshape(labels.shape)
    joined = [
        (number[:, :-1], number[:, 1:], labels[:, :-1] == labels[:, 1:]),
        (number[:-1], number[1:], labels[:-1] == labels[1:]),
        (number[:-1, :-1], number[1:, 1:], cells.joins_rising),
        (number[:-1, 1:], number[1:, :-1], cells.joins_falling),
    ]
    first = np.concatenate([a[where] for a, _, where in joined])
    second = np.concatenate([b[where] for _, b, where in joined])
    graph = coo_array((np.ones(len(first), bool), (first, second)), (labels.size,) * 2)
    _, found = connected_components(graph, directed=False)
    return np.asarray(found, dtype=np.int64).reshape(labels.shape)


def _edge_numbers(shape: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of the edges along rows, and of those along columns."""
    ny, nx = shape
    n_across = ny * (nx - 1)
    across = np.arange(n_across).reshape(ny, nx - 1)
    return across, n_across + np.arange((ny - 1) * nx).reshape(ny - 1, nx)


def _nodes(cells: _Cells, crossings: Crossings, used: NDArray[np.int64]) -> LineNodes:
    """Return some of the nodes: the crossing of every edge, then the meeting point of every cell."""
    across, upward = crossings.across, crossings.upward

    def on_row(row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.stack([column + across[row, column], row], -1)

    def on_column(row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.stack([column, row + upward[row, column]], -1)

    stops = np.searchsorted(used, np.cumsum([across.size, upward.size]))
    first, second, third = np.split(used, stops)
    rows = np.unravel_index(first, across.shape)
    columns = np.unravel_index(second - across.size, upward.shape)
    row, column = np.unravel_index(third - across.size - upward.size, cells.n_cut.shape)
    four = np.stack(
        [
            on_row(row, column),
            on_column(row, column + 1),
            on_row(row + 1, column),
            on_column(row, column),
        ]
    )
    weight = np.stack([cut[row, column] for cut in cells.cut])[..., np.newaxis].astype(float)
    meeting = (four * weight).sum(0) / np.maximum(weight.sum(0), 1.0)
    all_cut = cells.n_cut[row, column] == 4
    meeting[all_cut] = _crossing_of(*(four[edge][all_cut] for edge in (0, 2, 1, 3)))
    corners = [np.stack([c, r], -1) for r, c in (rows, columns, (row, column))]
    return LineNodes(
        np.concatenate([on_row(*rows), on_column(*columns), meeting]),
        np.concatenate(corners).astype(float),
        np.repeat([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [len(each) for each in corners], axis=0),
    )


def _hold(regions: NDArray[np.int64], crossings: Crossings, n: int) -> NDArray[np.float64]:
    """Return how firmly each node stays: sure crossings most, then those of tiny regions."""
    tiny = (np.bincount(regions.ravel()) <= TINY)[regions]
    sure = np.concatenate([crossings.across_sure.ravel(), crossings.upward_sure.ravel()])
    near = np.concatenate(
        [(tiny[:, :-1] | tiny[:, 1:]).ravel(), (tiny[:-1] | tiny[1:]).ravel()],
    )
    hold = np.full(n, UNSURE)
    hold[: len(sure)] = np.where(sure, SURE, np.where(near, HOLD_TINY, UNSURE))
    return hold


def _crossing_of(
    p: NDArray[np.float64],
    q: NDArray[np.float64],
    r: NDArray[np.float64],
    s: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where the segments p-q, from bottom to top, and r-s, from right to left, cross."""
    u, v = q - p, s - r
    w = r - p
    along = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    return np.asarray(p + along[:, np.newaxis] * u)


def _segments(
    cells: _Cells, regions: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the two nodes and the two regions of every piece of line, shapes (n, 2)."""
    across, upward = _edge_numbers(regions.shape)
    edges = np.stack([across[:-1], upward[:, 1:], across[1:], upward[:, :-1]])
    n_edges = across.size + upward.size
    meeting = n_edges + np.arange(cells.n_cut.size).reshape(cells.n_cut.shape)
    corner = (regions[:-1, :-1], regions[:-1, 1:], regions[1:, 1:], regions[1:, :-1])
    cut, joined = np.stack(cells.cut), cells.joins_rising | cells.joins_falling
    ends, sides = [], []

    def add(where: NDArray[np.bool_], edge: int, other: NDArray[np.int64]) -> None:
        ends.append(np.stack([edges[edge][where], other[where]], -1))
        pair = np.stack([corner[edge][where], corner[(edge + 1) % 4][where]], -1)
        sides.append(np.sort(pair, axis=-1))

    for first in range(4):
        for second in range(first + 1, 4):
            add((cells.n_cut == 2) & cut[first] & cut[second], first, edges[second])
        add(((cells.n_cut == 3) & cut[first]) | ((cells.n_cut == 4) & ~joined), first, meeting)
    # A joined diagonal cuts off the other two corners.
    add(cells.joins_rising, 0, edges[1])
    add(cells.joins_rising, 2, edges[3])
    add(cells.joins_falling, 0, edges[3])
    add(cells.joins_falling, 1, edges[2])
    return np.concatenate(ends), np.concatenate(sides)


def _lines(segments: NDArray[np.float64], sides: NDArray[np.int64]) -> tuple[Border, ...]:
    """Join the pieces, shape (n, 2, 2), between the same two regions."""
    if not len(segments):
        return ()
    pairs, which = np.unique(sides, axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    parts = np.split(
        shapely.linestrings(segments[order]), np.cumsum(np.bincount(which.ravel()))[:-1]
    )
    return tuple(
        Border(shapely.line_merge(shapely.multilinestrings(part)), (int(pair[0]), int(pair[1])))
        for pair, part in zip(pairs, parts, strict=True)
    )


def _frame(
    nodes: NDArray[np.float64],
    labels: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> list[Any]:
    """Return the outline of the grid, in pieces that end where lines meet it."""
    across, upward = _edge_numbers(labels.shape)
    rows_change, columns_change = labels[:, :-1] != labels[:, 1:], labels[:-1] != labels[1:]
    bottom, top = (nodes[across[i][rows_change[i]]] for i in (0, -1))
    left, right = (nodes[upward[:, i][columns_change[:, i]]] for i in (0, -1))
    corners = np.array([[x[0], y[0]], [x[-1], y[0]], [x[-1], y[-1]], [x[0], y[-1]]])
    ring = np.concatenate(
        [
            *(corners[0:1], bottom, corners[1:2], right),
            *(corners[2:3], top[::-1], corners[3:4], left[::-1], corners[0:1]),
        ]
    )
    return list(shapely.linestrings(np.stack([ring[:-1], ring[1:]], axis=1)))


def _faces_of(
    regions: NDArray[np.int64],
    faces: NDArray[Any],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> tuple[Any, ...]:
    """Return the face of each region: the one that holds its first point."""
    _, first = np.unique(regions, return_index=True)
    row, column = np.unravel_index(first, regions.shape)
    points = shapely.points(x[column], y[row])
    of_point, of_face = shapely.STRtree(faces).query(points, predicate="intersects")
    found: Sequence[Any] = faces[of_face[np.argsort(of_point)]]
    return tuple(found)

"""In which order a chain visits its points, which are neighbours, and which lie between others."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .layout import Floats, Ints
from .predict import BULK_UNIT, LINE, PRESSURE_UNIT, TEMPERATURE_UNIT

_BITS = 10
_MOST_DIMENSIONS = 4
_MESHES = (16, 8, 4, 2, 1)


def grid_chain(shape: tuple[int, int]) -> Ints:
    """Flat indices of a grid row by row, every second row backwards."""
    order = np.arange(shape[0] * shape[1]).reshape(shape)
    order[1::2] = order[1::2, ::-1].copy()
    return order.ravel()


def grid_edges(shape: tuple[int, int]) -> Ints:
    """Pairs of adjacent points of a grid, (m, 2)."""
    index = np.arange(shape[0] * shape[1]).reshape(shape)
    along = np.column_stack([index[:, :-1].ravel(), index[:, 1:].ravel()])
    across = np.column_stack([index[:-1].ravel(), index[1:].ravel()])
    return np.vstack([along, across])


def lines_behind(order: Ints, width: int = 0) -> Ints:
    """Points from which each point of a chain may be predicted.

    Parameters
    ----------
    order : (n,) array
        The chain.
    width : int
        Points of a row of the grid that the chain goes through, if it is one.

    Returns
    -------
    (n, 3, LINE) array of int
        Those before it in the chain, those in the rows before it, and the one above it with those that
        lie above the ones before; nearest first, -1 for none.
    """
    back = np.arange(1, LINE + 1)
    before = np.arange(len(order))[:, None] - back
    along = np.where(before >= 0, order[np.maximum(before, 0)], -1)
    if not width:
        nothing = np.full_like(along, -1)
        return np.stack([along, nothing, nothing], axis=1)
    up = order[:, None] - width * back
    row, column = np.divmod(order[:, None], width)
    column = column + np.where(row % 2, 1, -1) * (back - 1)
    there = (row > 0) & (column >= 0) & (column < width)
    above = np.where(there, (row - 1) * width + column, -1)
    return np.stack([along, np.where(up >= 0, up, -1), above], axis=1)


def chain_edges(n: int) -> Ints:
    """Pairs of consecutive points of a chain of n, (n - 1, 2)."""
    return np.column_stack([np.arange(n - 1), np.arange(1, n)])


class SearchOrder(NamedTuple):
    """Points in the order in which they are searched, and between which others they lie."""

    order: Ints
    """(m) of n points."""
    around: Ints
    """(n, 4) earlier ones, -1 for none."""
    weight: Floats
    """(n, 4) that they have where a point lies between them, 1 in all."""

    def part(self, chosen: Ints) -> "SearchOrder":
        """Return the route of some of the points alone, which are numbered anew."""
        place = np.full(len(self.around) + 1, -1)  # the last stands for none
        place[chosen] = np.arange(len(chosen))
        order = place[self.order]
        return SearchOrder(order[order >= 0], place[self.around[chosen]], self.weight[chosen])

    def through(self, chosen: NDArray[np.bool_]) -> "SearchOrder":
        """Return the route that leaves out all but the points chosen, numbered as they are."""
        return self._replace(order=self.order[chosen[self.order]])


def chain_route(order: Ints) -> SearchOrder:
    """Return the route along a chain, of which nothing is said where its points lie."""
    n = len(order)
    return SearchOrder(order, np.full((n, 4), -1), np.zeros((n, 4)))


@lru_cache(maxsize=64)
def grid_route(shape: tuple[int, int]) -> SearchOrder:
    """Return the route over a grid: wide meshes first, then in steps the points between theirs.

    Each point lies between the corners of the mesh, twice as wide, that it is in; the weights are
    bilinear.
    """
    rows, columns = shape
    order: list[Ints] = []
    around, weight = np.full((rows * columns, 4), -1), np.zeros((rows * columns, 4))
    new, wide = np.ones(shape, np.bool_), (np.zeros(0, np.int64), np.zeros(0, np.int64))
    for step in _MESHES:
        mesh = _lines(rows, step), _lines(columns, step)
        row, column = (index.ravel() for index in np.meshgrid(*mesh, indexing="ij"))
        some = new[row, column]
        row, column = row[some], column[some]
        new[row, column] = False
        at = row * columns + column
        order.append(at[np.lexsort((np.where(row // step % 2, -column, column), row))])
        if step < _MESHES[0]:
            (low, high, f), (left, right, g) = _within(wide[0], row), _within(wide[1], column)
            corners = [(low, left), (low, right), (high, left), (high, right)]
            around[at] = np.column_stack([r * columns + c for r, c in corners])
            weight[at] = np.column_stack([(1 - f) * (1 - g), (1 - f) * g, f * (1 - g), f * g])
        wide = mesh
    around[weight == 0.0] = -1
    return SearchOrder(np.concatenate(order), around, weight)


def _lines(n: int, step: int) -> Ints:
    """Each so many of n lines, the last besides."""
    return np.unique(np.append(np.arange(0, n, step), n - 1))


def _within(lines: Ints, at: Ints) -> tuple[Ints, Ints, Floats]:
    """Return the lines before and after, and how far between them."""
    low, high = lines[np.searchsorted(lines, at, "right") - 1], lines[np.searchsorted(lines, at)]
    return low, high, (at - low) / np.maximum(high - low, 1)


def _gray_order(coordinates: Ints) -> Ints:
    """Hilbert index of integer coordinates (n, d): Skilling (2004), AIP Conf. Proc. 707, 381."""
    x = coordinates.T.copy()
    d = len(x)
    bit = 1 << (_BITS - 1)
    while bit > 1:
        mask = bit - 1
        for i in range(d):
            high = (x[i] & bit) != 0
            swap = np.where(high, 0, (x[0] ^ x[i]) & mask)
            x[0] = np.where(high, x[0] ^ mask, x[0] ^ swap)
            x[i] ^= swap
        bit >>= 1
    for i in range(1, d):
        x[i] ^= x[i - 1]
    toggle = np.zeros_like(x[0])
    bit = 1 << (_BITS - 1)
    while bit > 1:
        toggle = np.where(x[d - 1] & bit, toggle ^ (bit - 1), toggle)
        bit >>= 1
    x ^= toggle
    index = np.zeros_like(x[0])
    for b in range(_BITS - 1, -1, -1):
        for i in range(d):
            index = (index << 1) | ((x[i] >> b) & 1)
    return index


def along_curve(p: Floats, t: Floats, bulk: Floats) -> Ints:
    """Order of a cloud of points along a Hilbert curve in scaled P, T and composition.

    Composition enters by the principal directions along which it varies most.

    Parameters
    ----------
    p, t : (n,) arrays
        kbar, K.
    bulk : (n, C) array
        mol per mole of oxides.
    """
    if len(p) < 2:
        return np.arange(len(p))
    centred = bulk - bulk.mean(axis=0)
    _, size, directions = np.linalg.svd(centred, full_matrices=False)
    varied = size > 1e-9 * max(1.0, float(np.sqrt(len(p))))
    axes = [
        p / PRESSURE_UNIT,
        t / TEMPERATURE_UNIT,
        *(centred @ directions[varied].T / BULK_UNIT).T,
    ]
    spread = np.array([np.ptp(a) for a in axes])
    chosen = [i for i in np.argsort(-spread, kind="stable")[:_MOST_DIMENSIONS] if spread[i] > 0]
    if not chosen:
        return np.arange(len(p))
    # one scale for all axes keeps near points near; it is set by the longest
    scale = (2**_BITS - 1) / spread.max()
    grid = np.column_stack([(axes[i] - axes[i].min()) * scale for i in chosen]).astype(np.int64)
    if grid.shape[1] == 1:
        return np.argsort(axes[chosen[0]], kind="stable")
    return np.argsort(_gray_order(grid), kind="stable")

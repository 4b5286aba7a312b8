"""In which order a chain visits its points, and which points are neighbours."""

import numpy as np

from .layout import Floats, Ints
from .predict import LINE

_BITS = 10
_MOST_DIMENSIONS = 4


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
    (n, 2, LINE) array of int
        Those before it in the chain and those in the rows before it, nearest first, -1 for none.
    """
    back = np.arange(1, LINE + 1)
    before = np.arange(len(order))[:, None] - back
    above = order[:, None] - width * back if width else np.full_like(before, -1)
    along = np.where(before >= 0, order[np.maximum(before, 0)], -1)
    return np.stack([along, np.where(above >= 0, above, -1)], axis=1)


def chain_edges(n: int) -> Ints:
    """Pairs of consecutive points of a chain of n, (n - 1, 2)."""
    return np.column_stack([np.arange(n - 1), np.arange(1, n)])


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
    if len(p) == 1:
        return np.zeros(1, np.int64)
    centred = bulk - bulk.mean(axis=0)
    _, size, directions = np.linalg.svd(centred, full_matrices=False)
    varied = size > 1e-9 * max(1.0, float(np.sqrt(len(p))))
    axes = [p / 10.0, t / 300.0, *(20.0 * centred @ directions[varied].T).T]
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

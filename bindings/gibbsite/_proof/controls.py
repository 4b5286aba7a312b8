"""Control points of a group: few values whose weighted means are close to those at all points."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gibbsite_engine.layout import Floats, Ints
from gibbsite_engine.proof.controls import CHOSEN, MOST, lay_controls, new_scratch


class Controls(NamedTuple):
    """M control points of n points."""

    weights: Floats
    """(n, M) positive or zero, adding up to one."""
    chosen: Ints
    """Points that tell of the values at the control points, N of them."""
    fit: Floats
    """(M, N) from values at those to values at the control points."""
    centre: int
    """The control point in the middle."""


def controls(rows: Ints, columns: Ints) -> Controls:
    """Return the control points of points at some rows and columns of a grid.

    Those of a whole block are the same for every block.

    Parameters
    ----------
    rows, columns : (n,) arrays of int
        Of each point.

    Returns
    -------
    Controls
        Those of a biquadratic in Bernstein's form; fewer where there are fewer rows or columns,
        and the points themselves where these are few.
    """
    return _laid((rows - rows.min()).tobytes(), (columns - columns.min()).tobytes())


@lru_cache(maxsize=32)
def _laid(rows_: bytes, columns_: bytes) -> Controls:
    rows, columns = np.frombuffer(rows_, np.int64), np.frombuffer(columns_, np.int64)
    n = len(rows)
    if n <= MOST:
        return Controls(np.eye(n), np.arange(n), np.eye(n), n // 2)
    weights, chosen = np.zeros((n, MOST)), np.zeros(CHOSEN, np.int64)
    fit = np.zeros((MOST, CHOSEN))
    m, count = lay_controls(rows, columns, weights, chosen, fit, new_scratch())
    weights = np.ascontiguousarray(weights[:, :m])
    return Controls(weights, chosen[:count], fit[:m, :count].copy(), m // 2)


def block_diagonal(parts: list[Floats]) -> Floats:
    """Put matrices along the diagonal of a larger one."""
    if len(parts) == 1:
        return parts[0]
    out = np.zeros(tuple(np.sum([part.shape for part in parts], axis=0)))
    row = column = 0
    for part in parts:
        n, m = part.shape
        out[row : row + n, column : column + m] = part
        row, column = row + n, column + m
    return out

"""Control points of a group: few values whose weighted means are close to those at all points."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gibbsite_engine.layout import Floats, Ints

# Of the mean square of a weight: what keeps control points that few points know of from running off.
_RIDGE = 1e-6
# So few points are their own control points.
_FEW = 9
# Points along an axis that tell of the values at the control points.
_LATTICE = 4


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


def _bernstein(places: Ints) -> tuple[Floats, Floats]:
    """Return weights (n, degree + 1) along an axis, and where the control points lie."""
    low, high = int(places.min()), int(places.max())
    u = (places - low) / max(high - low, 1)
    if high == low:
        return np.ones((len(u), 1)), np.zeros(1)
    if len(np.unique(places)) == 2:
        return np.column_stack([1.0 - u, u]), np.array([0.0, 1.0])
    return np.column_stack([(1.0 - u) ** 2, 2.0 * u * (1.0 - u), u * u]), np.array([0.0, 0.5, 1.0])


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


def _evenly(rows: Ints, columns: Ints) -> Ints:
    """Return points close to the nodes of a lattice that is denser at its edges, as Chebyshev's are."""
    along = 0.5 - 0.5 * np.cos(np.pi * np.arange(_LATTICE) / (_LATTICE - 1))
    far = [(low := each.min()) + along * (each.max() - low) for each in (rows, columns)]
    near = [(each - at[:, None]) ** 2 for each, at in zip((rows, columns), far, strict=True)]
    return np.unique((near[0][:, None] + near[1][None, :]).argmin(axis=2))


@lru_cache(maxsize=32)
def _laid(rows_: bytes, columns_: bytes) -> Controls:
    rows, columns = np.frombuffer(rows_, np.int64), np.frombuffer(columns_, np.int64)
    n = len(rows)
    if n <= _FEW:
        return Controls(np.eye(n), np.arange(n), np.eye(n), n // 2)
    (b, u), (c, w) = _bernstein(rows), _bernstein(columns)
    weights = (b[:, :, None] * c[:, None, :]).reshape(n, -1)
    weights /= weights.sum(axis=1, keepdims=True)
    nodes = np.column_stack([np.ones(weights.shape[1]), np.repeat(u, len(w)), np.tile(w, len(u))])
    chosen = _evenly(rows, columns)
    some = weights[chosen]
    # what is affine in place by least squares, and what an affine function leaves
    plan = some @ nodes
    affine = nodes @ np.linalg.pinv(plan.T @ plan, rcond=1e-12, hermitian=True) @ plan.T
    square = some.T @ some
    ridge = _RIDGE * np.trace(square) / len(square) * np.eye(len(square))
    rest = np.linalg.solve(square + ridge, some.T)
    fit = affine + rest - (rest @ some) @ affine
    return Controls(weights, chosen, fit, weights.shape[1] // 2)


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

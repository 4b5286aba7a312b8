"""Control points of a group: few values whose weighted means are close to those at all points."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gibbsite_engine.layout import Floats, Ints

# Of the mean square of a weight: what keeps control points that few points know of from running off.
_RIDGE = 1e-6


class Controls(NamedTuple):
    """M control points of n points."""

    weights: Floats
    """(n, M) positive or zero, adding up to one."""
    affine: Floats
    """(M, n) what is affine in place, by least squares, at the control points."""
    rest: Floats
    """(M, n) what an affine function leaves."""
    centre: int
    """The control point in the middle."""

    def fit(self, values: Floats) -> Floats:
        """Return (M, ...) values at the control points for (n, ...) values at the points."""
        first = self.affine @ values
        return np.asarray(first + self.rest @ (values - self.weights @ first))


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
        Those of a biquadratic in Bernstein's form; fewer where there are fewer rows or columns.
    """
    return _laid((rows - rows.min()).tobytes(), (columns - columns.min()).tobytes())


@lru_cache(maxsize=16)
def _laid(rows_: bytes, columns_: bytes) -> Controls:
    rows, columns = np.frombuffer(rows_, np.int64), np.frombuffer(columns_, np.int64)
    (b, u), (c, w) = _bernstein(rows), _bernstein(columns)
    n = len(rows)
    weights = (b[:, :, None] * c[:, None, :]).reshape(n, -1)
    weights /= weights.sum(axis=1, keepdims=True)
    nodes = np.column_stack([np.ones(weights.shape[1]), np.repeat(u, len(w)), np.tile(w, len(u))])
    inverse = np.linalg.pinv(weights @ nodes, rcond=1e-9)
    square = weights.T @ weights
    ridge = _RIDGE * np.trace(square) / len(square) * np.eye(len(square))
    rest = np.linalg.solve(square + ridge, weights.T)
    return Controls(weights, nodes @ inverse, rest, weights.shape[1] // 2)

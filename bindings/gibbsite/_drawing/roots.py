"""Where a value is met on many short ways at once, given about what it is at both ends."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_ROUNDS: Final = 12
_BEYOND: Final = 0.02
"""Share of a way that a root may lie beyond its ends: what is known there is not always exact."""

Off = Callable[[NDArray[np.int64], NDArray[np.float64]], NDArray[np.float64]]


def find_roots(
    off: Off, ends: NDArray[np.float64], tolerance: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return where a function is zero between 0 and 1, n at once.

    By inverse quadratic interpolation between the last three values, and by halving what is left
    of the way where that leads out of it (Brent, 1973, Algorithms for Minimization without
    Derivatives, chapter 4).

    Parameters
    ----------
    off : callable
        Returns the function on some ways, given their numbers and where on each.
    ends : ndarray, shape (n, 2)
        About what it is at 0 and at 1, of opposite signs.
    tolerance : float
        Of the function.

    Returns
    -------
    (ndarray, shape (n,), ndarray of bool, shape (n,))
        The roots, and whether they are met; those that are not are on a straight line between the ends.
    """
    n = len(ends)
    first = ends[:, 0] / (ends[:, 0] - ends[:, 1])
    root, met = first.copy(), np.zeros(n, np.bool_)
    x = np.column_stack([np.zeros(n), np.ones(n), first])
    y = np.column_stack([ends, np.zeros(n)])
    low, high = np.full(n, -_BEYOND), np.full(n, 1.0 + _BEYOND)
    open_ = np.arange(n)
    for _ in range(_ROUNDS):
        if not len(open_):
            break
        y[open_, 2] = off(open_, x[open_, 2])
        done = open_[np.abs(y[open_, 2]) <= tolerance]
        root[done], met[done] = x[done, 2], True
        open_ = open_[np.abs(y[open_, 2]) > tolerance]  # and not NaN
        beyond = (y[open_, 2] > 0.0) == (ends[open_, 1] > ends[open_, 0])
        high[open_[beyond]], low[open_[~beyond]] = x[open_[beyond], 2], x[open_[~beyond], 2]
        new = _interpolated(x[open_], y[open_])
        inside = (new > low[open_]) & (new < high[open_])
        new = np.where(inside, new, 0.5 * (low[open_] + high[open_]))
        x[open_] = np.column_stack([x[open_, 1:], new])
        y[open_, :2] = y[open_, 1:]
    return root, met


def _interpolated(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where the parabola of x over three values of y is at y = 0; NaN where there is none."""
    a, b, c = y.T
    with np.errstate(all="ignore"):
        return np.asarray(
            x[:, 0] * b * c / ((a - b) * (a - c))
            + x[:, 1] * a * c / ((b - a) * (b - c))
            + x[:, 2] * a * b / ((c - a) * (c - b))
        )

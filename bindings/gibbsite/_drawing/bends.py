"""What lies between the ends of chords that stand for a curve: places of it, as many as are seen."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_ROUNDS: Final = 6  # each quarters what a chord strays
_STEPS: Final = 8  # of the secant method
_FIRST: Final = 0.02  # of a chord: the first step aside
_FARTHEST: Final = 0.5  # of a chord

Floats = NDArray[np.float64]
Off = Callable[[NDArray[np.int64], Floats], Floats]


def bend(off: Off, chords: Floats, stray: float, tolerance: float) -> list[Floats]:
    """Return the curves that chords stand for, on which a function is zero.

    Beside the middle of each chord the curve is met along the normal, and so on with both halves, until
    the chords stray from it by less than is seen. One whose middle is not met stays as it is.

    Parameters
    ----------
    off : callable
        Returns the function, NaN where it is not known, given numbers of chords and a place for each.
    chords : ndarray, shape (n, 2, 2)
        Their ends, on the curve.
    stray : float
        What they may be off, in the unit of places.
    tolerance : float
        Of the function.

    Returns
    -------
    list of ndarray, shape (m, 2)
        Places of each, its ends included.
    """
    pieces = [(np.arange(len(chords)), np.zeros(len(chords)), chords)]  # whose, how far along, ends
    open_ = np.arange(len(chords)), np.zeros(len(chords)), np.ones(len(chords)), chords
    for _ in range(_ROUNDS):
        whose, first, last, ends = open_
        if not len(whose):
            break
        middle, aside = _beside(off, whose, ends, tolerance)
        met = np.isfinite(aside)
        at = 0.5 * (first + last)
        pieces.append((whose[met], at[met], np.stack([middle[met]] * 2, axis=1)))
        more = met & (np.abs(aside) > 4.0 * stray)  # a half strays by a quarter
        halves = np.stack([ends[more, 0], middle[more], ends[more, 1]], axis=1)
        open_ = (
            np.tile(whose[more], 2),
            np.concatenate([first[more], at[more]]),
            np.concatenate([at[more], last[more]]),
            np.concatenate([halves[:, :2], halves[:, 1:]]),
        )
    whose, at, places = (np.concatenate(each) for each in zip(*pieces, strict=True))
    whose, at = np.concatenate([whose, np.arange(len(chords))]), np.r_[at, np.ones(len(chords))]
    every = np.concatenate([places[:, 0], chords[:, 1]])
    order = np.lexsort((at, whose))
    stops = np.cumsum(np.bincount(whose, minlength=len(chords)))
    return np.split(every[order], stops)[:-1]


def _beside(
    off: Off, whose: NDArray[np.int64], ends: Floats, tolerance: float
) -> tuple[Floats, Floats]:
    """Return where the curve is met along the normal of the middle of chords, and how far aside; NaN if not."""
    along = ends[:, 1] - ends[:, 0]
    length = np.hypot(*along.T)
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / np.maximum(length, 1e-300)[:, None]
    middle = ends.mean(axis=1)
    aside, met = np.zeros(len(ends)), np.zeros(len(ends), np.bool_)
    before, value = np.full(len(ends), np.nan), np.full(len(ends), np.nan)
    left = np.flatnonzero(length > 0.0)
    for step in range(_STEPS):
        found = off(whose[left], middle[left] + aside[left, None] * normal[left])
        good = np.abs(found) <= tolerance
        met[left[good]] = True
        change = np.where(
            step == 0,
            _FIRST * length[left],
            -found * (aside[left] - before[left]) / _not_zero(found - value[left]),
        )
        before[left], value[left] = aside[left], found
        new = aside[left] + change
        aside[left[~good]] = new[~good]
        left = left[~good & (np.abs(new) < _FARTHEST * length[left])]  # and not NaN
        if not len(left):
            break
    aside[~met] = np.nan
    return middle + aside[:, None] * normal, aside


def _not_zero(values: Floats) -> Floats:
    return np.where(values == 0.0, np.nan, values)

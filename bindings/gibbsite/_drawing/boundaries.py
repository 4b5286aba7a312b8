"""Where between two points of a grid a phase comes in: its amount, extrapolated, runs out."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

MIDDLE: Final = 0.5
# An estimate beyond the next point, where the phase is known to be absent, is wrong by the rest; it
# still says that the phase runs out near that point if it is not much.
FURTHEST: Final = 1.25
BEHIND: Final = 2  # points behind an end that are looked at: a parabola goes through three


class Crossings(NamedTuple):
    """Where the assemblage changes between neighbours.

    Attributes
    ----------
    across, upward : ndarray, shapes (ny, nx - 1) and (ny - 1, nx)
        Between neighbours of a row, 0 at the left one, 1 at the right one; and of a column, 0 at
        the lower row.
    across_sure, upward_sure : ndarray of bool
        Whether a single phase differs and was seen to run out. Where one end has no answer there
        is nothing to estimate, and the middle is as sure as it can be.
    """

    across: NDArray[np.float64]
    upward: NDArray[np.float64]
    across_sure: NDArray[np.bool_]
    upward_sure: NDArray[np.bool_]


def find_crossings(dataset: xr.Dataset, labels: NDArray[np.int64]) -> Crossings:
    """Return where the assemblage changes between neighbours.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result on a grid of ny x nx points.
    labels : ndarray of int, shape (ny, nx)
        Number of the assemblage of each point, negative where there is no answer.

    Notes
    -----
    A phase that is present at one end only runs out where the parabola (or line, as far as the
    field goes) through its amounts at that end and behind it is zero. Where several phases
    differ, the mean of their places is taken; without any estimate, the middle.
    """
    # Amounts are asked for beside lines only: of a large grid those are few points.
    near = np.zeros(labels.shape, dtype=np.bool_)
    _mark_near(near, labels)
    _mark_near(near.T, labels.T)
    number = np.cumsum(near).reshape(near.shape) - 1
    across, upward = _Rows(labels, number), _Rows(labels.T, number.T)
    for of_kind in _amounts(dataset, near):
        across.add(of_kind)
        upward.add(of_kind)
    (on_rows, sure_on_rows), (on_columns, sure_on_columns) = across.places(), upward.places()
    return Crossings(on_rows, on_columns.T, sure_on_rows, sure_on_columns.T)


def _mark_near(near: NDArray[np.bool_], labels: NDArray[np.int64]) -> None:
    """Mark both ends of each change along a row, and what lies behind them as far as it is looked at."""
    row, left = np.nonzero(labels[:, :-1] != labels[:, 1:])
    for step in range(-BEHIND, BEHIND + 2):
        near[row, np.clip(left + step, 0, labels.shape[1] - 1)] = True


def _amounts(dataset: xr.Dataset, near: NDArray[np.bool_]) -> Iterator[list[NDArray[np.float64]]]:
    """Yield the amounts (0 where absent) of the instances of each phase at the marked points, (n,)."""
    grid = [dim for dim in dataset["phase_id"].dims if dim != "slot"]
    ids, instances, fractions = (
        dataset[name].transpose(*grid, "slot").values[near]
        for name in ("phase_id", "instance", "mole_fraction")
    )
    for phase in np.unique(ids[ids >= 0]):
        its = ids == phase
        yield [
            np.einsum("ns,ns->n", fractions, its & (instances == number), casting="unsafe")
            for number in np.unique(instances[its])
        ]


class _Rows:
    """Changes between neighbours of a row, and where the phases that differ run out.

    Parameters
    ----------
    labels : ndarray of int, shape (ny, nx)
        As of `find_crossings`.
    number : ndarray of int, shape (ny, nx)
        Which of the given amounts is that of a point near a change.
    """

    def __init__(self, labels: NDArray[np.int64], number: NDArray[np.int64]) -> None:
        self._labels, self._number = labels, number
        self._row, self._left = np.nonzero(labels[:, :-1] != labels[:, 1:])
        ends = (labels[self._row, self._left + i] for i in (0, 1))
        self._answered = np.logical_and(*(end >= 0 for end in ends))
        self._total, self._found, self._differing = np.zeros((3, len(self._row)))

    def add(self, of_kind: Sequence[NDArray[np.float64]]) -> None:
        """Take the amounts of the instances of a phase."""
        row, left = self._row, self._left
        ends = (self._number[row, i] for i in (left, left + 1))
        n_left, n_right = (sum(amount[end] > 0.0 for amount in of_kind) for end in ends)
        self._differing += np.abs(np.asarray(n_left) - n_right)
        for lost, start, step in ((n_left > n_right, left, 1), (n_right > n_left, left + 1, -1)):
            where = np.flatnonzero(lost & self._answered)
            place = self._run_out(of_kind, row[where], start[where], step)
            known = place <= FURTHEST
            place = np.minimum(place[known], 1.0)
            self._total[where[known]] += place if step > 0 else 1.0 - place
            self._found[where[known]] += 1

    def _run_out(
        self,
        amounts: Sequence[NDArray[np.float64]],
        row: NDArray[np.int64],
        start: NDArray[np.int64],
        step: int,
    ) -> NDArray[np.float64]:
        """Return how far from the start, in steps, the first of some instances runs out; may be inf.

        What lies behind the start counts as long as it is of the same assemblage: at other lines
        amounts have a kink.
        """
        labels, last = self._labels, self._labels.shape[1] - 1
        behind, further = (np.clip(start - k * step, 0, last) for k in range(1, BEHIND + 1))
        same = (behind != start) & (labels[row, behind] == labels[row, start])
        both = same & (further != behind) & (labels[row, further] == labels[row, start])
        places = [self._number[row, column] for column in (start, behind, further)]
        first = np.full(len(row), np.inf)
        for amount in amounts:
            a0, a1, a2 = (amount[place] for place in places)
            place = np.where(same, _line(a0, a1), np.inf)
            bent = np.where(both, _parabola(a0, a1, a2), np.inf)
            place = np.where(bent <= FURTHEST, bent, place)
            first = np.where(a0 > 0.0, np.minimum(first, place), first)
        return first

    def places(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the places between neighbours of a row, and whether they are sure."""
        shape = (self._labels.shape[0], self._labels.shape[1] - 1)
        result, sure = np.full(shape, MIDDLE), np.zeros(shape, dtype=np.bool_)
        found, at = self._found, (self._row, self._left)
        result[at] = np.where(found > 0, self._total / np.maximum(found, 1.0), MIDDLE)
        sure[at] = ~self._answered | ((found == 1) & (self._differing == 1))
        return result, sure


def _line(a0: NDArray[np.float64], a1: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where the line through a1 at -1 and a0 at 0 falls to zero; inf if it rises."""
    fall = a1 - a0
    return np.divide(a0, fall, out=np.full_like(a0, np.inf), where=fall > 0.0)


def _parabola(
    a0: NDArray[np.float64], a1: NDArray[np.float64], a2: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the first zero beyond 0 of the parabola through a2, a1, a0 at -2, -1, 0.

    It is inf where there is none, or where the parabola rises at 0.
    """
    slope, bend = (3.0 * a0 - 4.0 * a1 + a2) / 2.0, (a0 - 2.0 * a1 + a2) / 2.0
    square = slope * slope - 4.0 * a0 * bend
    good = (slope < 0.0) & (square >= 0.0)
    bottom = np.sqrt(np.where(good, square, 0.0)) - slope
    return np.divide(2.0 * a0, bottom, out=np.full_like(a0, np.inf), where=good & (bottom > 0.0))

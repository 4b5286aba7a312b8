"""Lines drawn through what is known well, straight where it is not; no node leaves its place.

Near the meeting of two lines the grid sees both between the same two points and cannot tell where
each of them is. The lines themselves, continued from where they are known, can.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import spsolve

# Nodes keep this distance from the points of the grid, in cells, so that every point lies inside
# its region.
CLEARANCE: Final = 0.001
SURE: Final = 100.0
UNSURE: Final = 0.1
PULL: Final = 1.0
SHORTEST: Final = 0.25  # cells; nearer nodes count as this far apart


class LineNodes(NamedTuple):
    """Where lines may bend, in columns and rows.

    Attributes
    ----------
    at : ndarray, shape (n, 2)
        First guess.
    low, span : ndarray, shape (n, 2)
        The place of a node is low + t span, with t between 0 and 1 along each axis: an edge of
        the grid, whose span is zero along one axis, or a cell.
    """

    at: NDArray[np.float64]
    low: NDArray[np.float64]
    span: NDArray[np.float64]


def smoothed(
    nodes: LineNodes, segments: NDArray[np.int64], hold: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return better places of the nodes, shape (n, 2).

    Parameters
    ----------
    nodes : LineNodes
        First guess and bounds.
    segments : ndarray of int, shape (m, 2)
        The nodes at both ends of each piece of line.
    hold : ndarray, shape (n,)
        Weight of the first guess: `SURE`, `UNSURE`, or between.

    Notes
    -----
    Least squares of three things: the change of direction where two segments meet; the distance
    from the first guess, times its weight; and the length of segments next to an unsure crossing. The last draws together the two triple points that the grid makes of
    a place where two lines cross.
    """
    low, high = nodes.low + CLEARANCE * nodes.span, nodes.low + (1.0 - CLEARANCE) * nodes.span
    guess = np.clip(nodes.at, low, high)
    used = np.zeros(len(guess), dtype=np.bool_)
    used[segments.ravel()] = True
    movable = (nodes.span > 0.0) & used[:, np.newaxis]
    if not movable.any():
        return guess
    middle, one, other = _bends(segments, len(guess))
    weights = [
        1.0 / np.maximum(np.hypot(*(guess[end] - guess[middle]).T), SHORTEST)
        for end in (one, other)
    ]
    loose = hold[middle] <= UNSURE
    pull = np.full(int(loose.sum()), PULL)
    equations = [
        _equations(
            ((one, weights[0]), (other, weights[1]), (middle, -weights[0] - weights[1])),
            movable,
            guess,
        ),
        _equations(((one[loose], pull), (middle[loose], -pull)), movable, guess),
        _equations(((other[loose], pull), (middle[loose], -pull)), movable, guess),
    ]
    square = (hold[:, np.newaxis] * np.ones(2))[movable] ** 2
    matrix = diags_array(square)
    right = square * guess[movable]
    for left, constant in equations:
        matrix = matrix + left.T @ left
        right -= left.T @ constant
    result = guess.copy()
    result[movable] = spsolve(matrix.tocsc(), right)
    return np.clip(result, low, high)


def _equations(
    terms: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]],
    movable: NDArray[np.bool_],
    places: NDArray[np.float64],
) -> tuple[Any, NDArray[np.float64]]:
    """Return matrix and constant of a weighted sum of nodes, for x and for y.

    Parameters
    ----------
    terms : sequence of (nodes, weights)
        Arrays of one length m.
    movable : ndarray of bool, shape (n, 2)
        What is unknown; the rest is where it is.
    places : ndarray, shape (n, 2)
        Where it is.
    """
    m = len(terms[0][0])
    number = (np.cumsum(movable) - 1).reshape(movable.shape)
    matrix, constant = coo_array((2 * m, int(movable.sum()))).tocsr(), np.zeros(2 * m)
    for node, weight in terms:
        for axis in (0, 1):
            row, free = axis * m + np.arange(m), movable[node, axis]
            entries = (row[free], number[node[free], axis])
            matrix = matrix + coo_array((weight[free], entries), matrix.shape).tocsr()
            constant[row[~free]] += (weight * places[node, axis])[~free]
    return matrix, constant


def _bends(
    segments: NDArray[np.int64], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the nodes where just two segments meet, and the other ends of these two."""
    ends = np.concatenate([segments, segments[:, ::-1]])
    ends = ends[np.argsort(ends[:, 0], kind="stable")]
    degree = np.bincount(ends[:, 0], minlength=n)
    start = np.cumsum(degree) - degree
    middle = np.flatnonzero(degree == 2)
    return middle, ends[start[middle], 1], ends[start[middle] + 1, 1]

"""An absent phase at neighbouring points: one proof serves the points around it.

The driving force of a fixed composition is linear in theta = (g0 - C'Gamma, RT, P, T), so the least
of a phase is concave in theta and bounded from proved points j to another, with any weights w_j
that add up to one, by the extremes of each part over the polytope:
    D_min(there) >= sum w_j D_min(j) + min_v (base_there - sum w_j base_j).v + ...
With the weights of a bilinear interpolation the rest is of second order in the distance. Present
phases have nothing to spare; they need the full proof.
"""

from typing import NamedTuple

import numpy as np

from gibbsite_engine._jit import fragment, kernel
from gibbsite_engine.layout import Bounds, Floats, Ints

# What is known of a point: not to be looked at, not proved, proved in one cell, in several, or by
# points around it.
LEFT_OUT, OPEN, WHOLE, BY_CELLS, NEARBY = range(5)
# Least weight of a corner, before all are made to add up to one.
_LEAST_WEIGHT = 1e-9
# What `next_point` returns when it is done.
NONE_LEFT = -1


class Block(NamedTuple):
    """What the driving force of one phase is linear in, at n points of a block, row by row."""

    base: Floats
    """(n, I) g0 - C'Gamma, kJ/mol; may be off by as much as `loss` has at each vertex."""
    state: Floats
    """(n, 3) RT, P, T."""
    loss: Floats
    """(V) kJ per mole of formula."""
    columns: int


class Progress(NamedTuple):
    """What was tried and proved of one phase in a block."""

    known: Ints
    """(n) LEFT_OUT to NEARBY."""
    bound: Floats
    """(n) kJ per mole of formula proved at a point; -inf where none was tried, NaN where it failed."""
    boxes: Ints
    """(2 n, 4) first and last row, first and last column."""
    done: Ints
    """(3) boxes done, -1 before the first point; boxes there are; the first point."""
    corners: Ints
    """(4) points proved whose mean is carried."""
    weights: Floats
    """(4) of these."""
    mean: Floats
    """(I + 3) their theta."""


def new_progress(points: int, endmembers: int) -> Progress:
    """Return room for blocks of so many points and phases of so many end-members, at most."""
    return Progress(
        np.zeros(points, np.int64), np.zeros(points), np.zeros((2 * points, 4), np.int64),
        np.zeros(3, np.int64), np.zeros(4, np.int64), np.zeros(4), np.zeros(endmembers + 3),
    )  # fmt: skip


@kernel
def fall(bounds: Bounds, k, base, state, base_there, state_there, loss):
    """How much a least driving force can have fallen from one theta to another.

    Parameters
    ----------
    k : int
        The phase.
    base, base_there : (I) arrays
        g0 - C'Gamma, kJ/mol.
    state, state_there : (3) arrays
        RT, P, T.
    loss : (V) array
        What the base there may be off, at each vertex, kJ per mole of formula.

    Returns
    -------
    float
        kJ per mole of formula.
    """
    first = bounds.vertex_start[k]
    least = np.inf
    for v in range(loss.size):
        change = -loss[v]
        for i in range(base_there.size):
            change += bounds.vertices[first + v, i] * (base_there[i] - base[i])
        least = min(least, change)
    rt, p = state_there[0] - state[0], state_there[1] - state[1]
    t = state_there[2] - state[2]
    least += min(rt * bounds.entropy[k, 0], rt * bounds.entropy[k, 1])
    least += min(t * bounds.excess[k, 0, 0], t * bounds.excess[k, 0, 1])
    least += min(p * bounds.excess[k, 1, 0], p * bounds.excess[k, 1, 1])
    return -least


@fragment
def carry(bounds: Bounds, k, block: Block, i, count, tolerance, progress: Progress):
    """Mark point i if the mean of `count` proofs, by their weights, reaches it."""
    size = block.base.shape[1]
    base, state, bound = progress.mean[:size], progress.mean[size : size + 3], 0.0
    for j in range(size + 3):
        progress.mean[j] = 0.0
    for c in range(count):
        weight, corner = progress.weights[c], progress.corners[c]
        bound += weight * progress.bound[corner]
        for j in range(size):
            base[j] += weight * block.base[corner, j]
        for j in range(3):
            state[j] += weight * block.state[corner, j]
    lost = fall(bounds, k, base, state, block.base[i], block.state[i], block.loss)
    if bound - lost >= -tolerance:
        progress.known[i] = NEARBY


@fragment
def weigh(box, columns, i, count, progress: Progress):
    """Fill the weights, at point i of a box, that a bilinear interpolation gives its corners."""
    u = (i // columns - box[0]) / max(box[1] - box[0], 1)
    w = (i % columns - box[2]) / max(box[3] - box[2], 1)
    total = 0.0
    for c in range(count):
        row, column = progress.corners[c] // columns, progress.corners[c] % columns
        weight = (1.0 - u if row == box[0] else u) * (1.0 - w if column == box[2] else w)
        progress.weights[c] = max(weight, _LEAST_WEIGHT)
        total += progress.weights[c]
    for c in range(count):
        progress.weights[c] /= total


@fragment
def quarter(box, boxes, count):
    """Add the parts of a box that share its middle; return how many boxes there are then."""
    top, bottom, left, right = box[0], box[1], box[2], box[3]
    if bottom - top < 2 and right - left < 2:
        return count
    y, x = (top + bottom) // 2, (left + right) // 2
    for a in range(2 if bottom - top > 1 else 1):
        for b in range(2 if right - left > 1 else 1):
            boxes[count, 0] = y if a == 1 else top
            boxes[count, 1] = y if a == 0 and bottom - top > 1 else bottom
            boxes[count, 2] = x if b == 1 else left
            boxes[count, 3] = x if b == 0 and right - left > 1 else right
            count += 1
    return count


@fragment
def any_open(box, columns, known):
    """Whether a point of a box is open."""
    for row in range(box[0], box[1] + 1):
        for column in range(box[2], box[3] + 1):
            if known[row * columns + column] == OPEN:
                return True
    return False


@fragment
def gather(box, columns, progress: Progress):
    """Note what is proved of the corners of a box, or of the point that comes before all boxes.

    Returns
    -------
    (int, int)
        How many are proved; one that was not tried, or NONE_LEFT.
    """
    count, alone = 0, progress.done[0] < 0
    for a in range(1 if alone or box[0] == box[1] else 2):
        for b in range(1 if alone or box[2] == box[3] else 2):
            i = progress.done[2] if alone else box[a] * columns + box[2 + b]
            if progress.known[i] == LEFT_OUT:
                continue
            if progress.bound[i] == -np.inf:
                return count, i
            if progress.bound[i] > -np.inf:
                progress.corners[count] = i
                count += 1
    return count, NONE_LEFT


def begin(progress: Progress, rows: int, columns: int) -> int:
    """Forget what was proved; return the point to begin with, NONE_LEFT if `known` has none open."""
    left = np.flatnonzero(progress.known[: rows * columns] == OPEN)
    first = int(left[len(left) // 2]) if len(left) else NONE_LEFT
    progress.bound[: rows * columns] = -np.inf
    progress.boxes[0] = 0, rows - 1, 0, columns - 1
    progress.done[:] = -1, 1, first
    return first


@kernel
def next_point(bounds: Bounds, k, block: Block, tolerance, last, progress: Progress):
    """Carry the proofs there are as far as they go, and say which one is wanted next.

    First wanted is a point in the middle, whose proof is carried over the whole block; then the
    corners of boxes, whose mean is carried over the box; boxes with open points are quartered.

    Parameters
    ----------
    k : int
        The phase.
    tolerance : float
        kJ per mole of formula that a phase may lie below the plane.
    last : bool
        Whether no more proofs are to be had.

    Returns
    -------
    int
        The point, NONE_LEFT at the end.
    """
    columns, done = block.columns, progress.done
    while done[0] < done[1]:
        box = progress.boxes[max(done[0], 0)]
        if any_open(box, columns, progress.known):
            count, wanted = gather(box, columns, progress)
            if wanted != NONE_LEFT and not last:
                return wanted
            if count > 0:
                for row in range(box[0], box[1] + 1):
                    for column in range(box[2], box[3] + 1):
                        i = row * columns + column
                        if progress.known[i] == OPEN:
                            weigh(box, columns, i, count, progress)
                            carry(bounds, k, block, i, count, tolerance, progress)
            if last:
                break
            if done[0] >= 0:
                done[1] = quarter(box, progress.boxes, done[1])
        done[0] += 1
    return NONE_LEFT

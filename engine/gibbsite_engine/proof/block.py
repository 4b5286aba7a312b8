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

from gibbsite_engine._jit import fragment, inner, kernel
from gibbsite_engine.layout import Bounds, Floats, Ints, Phases

from .branch import CELL_LIMIT, PROVED, Minima, Search, aimed, learn, new_minima, prove_phase
from .cells import Cells, new_cells
from .chart import Chart, Energy, fill_energy
from .driving import SPARE, ProofWork, X, Y, descend_chart, new_work, sites_at

# What is known of a point: not to be looked at, not proved, proved in one cell, in several, or by
# points around it.
LEFT_OUT, OPEN, WHOLE, BY_CELLS, NEARBY = range(5)
# A bound that is to be carried to neighbours is sought at this part of the height of the minimum.
_SHARE = 0.25
_DESCENTS = 60
# Place of the vertices looked at, behind those of `prove_phase`.
SPENT = 2
# Least weight of a corner, before all are made to add up to one.
_LEAST_WEIGHT = 1e-9


class Block(NamedTuple):
    """What the driving force of one phase is linear in, at n points of a block, row by row."""

    base: Floats
    """(n, I) g0 - C'Gamma, kJ/mol; may be off by as much as `loss` has at each vertex."""
    state: Floats
    """(n, 3) RT, P, T."""
    loss: Floats
    """(V) kJ per mole of formula."""


class Limits(NamedTuple):
    """What may be spent on one phase in a block."""

    tolerance: float
    """kJ per mole of formula that a phase may lie below the plane."""
    vertices: int
    """Vertices looked at in all proofs; the last may exceed it."""
    search: Search
    """What may be spent on one proof; the first that fails is the last."""


class Room(NamedTuple):
    """Scratch of one thread, and the proofs of the phase at hand."""

    cells: Cells
    work: ProofWork
    minima: Minima
    linear: Floats
    """(d) of the energy at one point."""
    quadratic: Floats
    """(d, d) of it."""
    start: Floats
    """(d) where a descent begins: the last minimum."""
    mean: Floats
    """(d + 4) mean theta of the proofs that are carried."""
    bound: Floats
    """(n) kJ per mole of formula proved at a point, -inf where nothing is."""
    boxes: Ints
    """(2 n, 4) first and last row, first and last column."""
    corners: Ints
    """(4) points proved whose mean is carried."""
    weights: Floats
    """(4) of these."""
    effort: Ints
    """(3) cells and vertices of the last proof, vertices of all."""


def new_block_room(dimensions: int, species: int, points: int, rows: int) -> Room:
    """Return scratch for phases and blocks of at most this size, and so many rows of vertices."""
    d = max(dimensions, 2)
    return Room(
        new_cells(rows, d, species), new_work(d, species), new_minima(d, species),
        np.zeros(d), np.zeros((d, d)), np.zeros(d), np.zeros(d + 4), np.zeros(points),
        np.zeros((2 * points, 4), np.int64), np.zeros(4, np.int64), np.zeros(4),
        np.zeros(3, np.int64),
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
    rt, p, t = (
        state_there[0] - state[0],
        state_there[1] - state[1],
        state_there[2] - state[2],
    )
    least += min(rt * bounds.entropy[k, 0], rt * bounds.entropy[k, 1])
    least += min(t * bounds.excess[k, 0, 0], t * bounds.excess[k, 0, 1])
    least += min(p * bounds.excess[k, 1, 0], p * bounds.excess[k, 1, 1])
    return -least


@inner
def attempt(at: Chart, phases: Phases, k, block: Block, i, known, limits: Limits, room: Room):
    """Bound the phase at one point, unless that was done or nothing is left to spend.

    Returns
    -------
    bool
        Whether it is proved there.
    """
    if room.bound[i] > -np.inf:
        return True
    if room.effort[SPENT] >= limits.vertices:
        return False
    work, d, state = room.work, at.site.shape[1], block.state[i]
    constant = fill_energy(
        at, phases, k, block.base[i], state, work.vectors[SPARE], room.linear, room.quadratic
    )
    e = Energy(constant, room.linear, room.quadratic, state[0])
    for j in range(d):
        work.vectors[X, j] = room.start[j]
    sites_at(at, work.vectors[X], work.sites[Y])
    lowest = descend_chart(at, e, _DESCENTS, work)
    for j in range(d):
        room.start[j] = work.vectors[X, j]
    needed = -limits.tolerance
    for v in range(block.loss.size):
        needed = max(needed, block.loss[v] - limits.tolerance)
    low, high = at.size_range[0], at.size_range[1]
    needed /= high if needed < 0.0 else low
    status, bound, rows = CELL_LIMIT, 0.0, 0
    if lowest >= needed:
        room.minima.number[0] = 0
        learn(at, room.minima, lowest, work)
        search = aimed(limits.search, max(_SHARE * lowest, needed))
        status, bound = prove_phase(
            at, e, room.minima, search, room.cells, work, room.effort, room.quadratic[:0]
        )
        rows = room.effort[1]
    if status != PROVED:
        room.effort[SPENT] = limits.vertices
        return False
    room.effort[SPENT] += rows
    room.bound[i] = bound * (high if bound < 0.0 else low)
    known[i] = WHOLE if room.effort[0] == 1 else BY_CELLS
    return True


@inner
def carry(bounds: Bounds, k, block: Block, i, count, known, limits: Limits, room: Room):
    """Mark point i if the mean of `count` proofs, by their weights, reaches it."""
    size = block.base.shape[1]
    base, state, bound = room.mean[:size], room.mean[size : size + 3], 0.0
    for j in range(size + 3):
        room.mean[j] = 0.0
    for c in range(count):
        weight, corner = room.weights[c], room.corners[c]
        bound += weight * room.bound[corner]
        for j in range(size):
            base[j] += weight * block.base[corner, j]
        for j in range(3):
            state[j] += weight * block.state[corner, j]
    lost = fall(bounds, k, base, state, block.base[i], block.state[i], block.loss)
    if bound - lost >= -limits.tolerance:
        known[i] = NEARBY


@fragment
def weigh(box, columns, i, count, room: Room):
    """Fill the weights, at point i of a box, that a bilinear interpolation gives its corners."""
    u = (i // columns - box[0]) / max(box[1] - box[0], 1)
    w = (i % columns - box[2]) / max(box[3] - box[2], 1)
    total = 0.0
    for c in range(count):
        row, column = room.corners[c] // columns, room.corners[c] % columns
        weight = (1.0 - u if row == box[0] else u) * (1.0 - w if column == box[2] else w)
        room.weights[c] = max(weight, _LEAST_WEIGHT)
        total += room.weights[c]
    for c in range(count):
        room.weights[c] /= total


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


@inner
def prove_box(
    at: Chart, phases: Phases, bounds: Bounds, k, block: Block, box, columns, known,
    limits: Limits, room: Room,
):  # fmt: skip
    """Prove the corners of a box, if a point of it is open, and carry their mean."""
    top, bottom, left, right = box[0], box[1], box[2], box[3]
    open_points = 0
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            open_points += known[row * columns + column] == OPEN
    if open_points == 0:
        return False
    count = 0
    for a in range(2 if bottom > top else 1):
        for b in range(2 if right > left else 1):
            i = (bottom if a == 1 else top) * columns + (right if b == 1 else left)
            if known[i] != LEFT_OUT and attempt(at, phases, k, block, i, known, limits, room):
                room.corners[count] = i
                count += 1
    if count > 0:
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                i = row * columns + column
                if known[i] == OPEN:
                    weigh(box, columns, i, count, room)
                    carry(bounds, k, block, i, count, known, limits, room)
    return True


@kernel
def prove_block(
    at: Chart, phases: Phases, bounds: Bounds, k, block: Block, middle, columns, known,
    limits: Limits, room: Room,
):  # fmt: skip
    """Prove what can be proved cheaply: one point by itself, then the corners of halved boxes.

    Parameters
    ----------
    k : int
        The phase.
    middle : int
        The point to begin with, for which `start` of the room holds where to look for the minimum.
    columns : int
        Of the block.
    known : (n) array of int8
        OPEN where the phase is to be proved, else LEFT_OUT; filled with what was reached.
    """
    n, boxes = known.size, room.boxes
    for i in range(n):
        room.bound[i] = -np.inf
    room.effort[SPENT] = 0
    if attempt(at, phases, k, block, middle, known, limits, room):
        room.corners[0], room.weights[0] = middle, 1.0
        for i in range(n):
            if known[i] == OPEN:
                carry(bounds, k, block, i, 1, known, limits, room)
    boxes[0, 0], boxes[0, 1], boxes[0, 2], boxes[0, 3] = 0, n // columns - 1, 0, columns - 1
    box, count = 0, 1
    while box < count and room.effort[SPENT] < limits.vertices:
        if prove_box(at, phases, bounds, k, block, boxes[box], columns, known, limits, room):
            count = quarter(boxes[box], boxes, count)
        box += 1

"""Cells of a polytope as vertices with bit masks of active inequalities, cut by half-spaces.

Double description (Motzkin et al. 1953): a new vertex lies on each edge that the cut crosses, and
two vertices share an edge exactly if no third lies on all the faces that both lie on. All cells
lie on one stack: vertices of cell c are rows start[c] <= i < start[c + 1].
"""

from typing import NamedTuple

import numpy as np

from gibbsite_engine._jit import inner, kernel
from gibbsite_engine.layout import Floats, Ints

from .chart import MASK_BITS, MASK_WORDS, Chart

# Bits of the masks are the species and then the cuts, so this many cuts can lie on one cell.
MOST_BITS = MASK_BITS * MASK_WORDS
MOST_CELLS = 200
# A vertex within this distance of a cut lies on it; x is of order one.
ON_CUT = 1e-11
CUT_DONE, CUT_FULL, CUT_FLAT = 0, 1, 2
BY_MEANS, BY_TANGENT = 1, 2
# How a tangent did: with curvature linear in the composition, with that turned, with constants.
STRAIGHT, TURNED, OTHERWISE = range(3)


class Cells(NamedTuple):
    """A stack of cells; R rows, d dimensions, S species at most."""

    x: Floats
    """(R, d) vertices."""
    y: Floats
    """(R, S) species there."""
    masks: Ints
    """(R, 2)"""
    start: Ints
    """(MOST_CELLS + 1)"""
    n_cuts: Ints
    """(MOST_CELLS)"""
    cuts: Floats
    """(MOST_CELLS, MOST_BITS, d + 1) half-spaces a.x <= b of each cell: a, then b."""
    height: Floats
    """(R) a.x - b of the vertices being cut."""
    way: Ints
    """(MOST_CELLS) what did for each cell, to be tried first: BY_MEANS, BY_TANGENT + 3 j + STRAIGHT
    or so; 0 unknown."""
    kept_x: Floats
    """(MOST_CELLS, d) the reference by which means did for a cell."""
    kept_y: Floats
    """(MOST_CELLS, S)"""
    kept_forms: Floats
    """(MOST_CELLS, 2, S) the weights of forms there; or where planes touch, by which a tangent did."""
    kept_shift: Floats
    """(MOST_CELLS, d + 1, d) directions shifted there; in the last row by how much."""
    kept_count: Ints
    """(MOST_CELLS) how many directions these are."""
    number: Ints
    """(1) cells on the stack."""


def new_cells(rows: int, dimensions: int, species: int, cells: int = MOST_CELLS) -> Cells:
    """Return an empty stack for so many cells of phases of at most so many dimensions and species."""
    return Cells(
        np.zeros((rows, dimensions)),
        np.zeros((rows, species)),
        np.zeros((rows, MASK_WORDS), np.int64),
        np.zeros(cells + 1, np.int64),
        np.zeros(cells, np.int64),
        np.zeros((cells, MOST_BITS, dimensions + 1)),
        np.zeros(rows),
        np.zeros(cells, np.int64),
        np.zeros((cells, dimensions)),
        np.zeros((cells, species)),
        np.zeros((cells, 2, species)),
        np.zeros((cells, dimensions + 1, dimensions)),
        np.zeros(cells, np.int64),
        np.zeros(1, np.int64),
    )


@kernel
def whole(at: Chart, cells: Cells):
    """Put the whole polytope on the empty stack."""
    count, d = at.corners.shape
    for i in range(count):
        for j in range(d):
            cells.x[i, j] = at.corners[i, j]
        for s in range(at.multiplicity.size):
            cells.y[i, s] = at.corner_sites[i, s]
        for w in range(MASK_WORDS):
            cells.masks[i, w] = at.corner_masks[i, w]
    cells.start[0] = 0
    cells.start[1] = count
    cells.n_cuts[0] = 0
    cells.way[0] = 0
    cells.number[0] = 1


@inner
def copy_vertex(cells: Cells, source, target, d, species):
    """Copy a row."""
    for j in range(d):
        cells.x[target, j] = cells.x[source, j]
    for s in range(species):
        cells.y[target, s] = cells.y[source, s]
    for w in range(MASK_WORDS):
        cells.masks[target, w] = cells.masks[source, w]


@inner
def put(cells: Cells, c, target: Cells, d, species):
    """Put cell c on top of another stack; False where that has no room."""
    top = target.number[0]
    first, last = cells.start[c], cells.start[c + 1]
    goal = target.start[top] if top > 0 else 0
    if top >= target.way.size or goal + last - first > target.x.shape[0]:
        return False
    for i in range(first, last):
        for j in range(d):
            target.x[goal, j] = cells.x[i, j]
        for s in range(species):
            target.y[goal, s] = cells.y[i, s]
        for w in range(MASK_WORDS):
            target.masks[goal, w] = cells.masks[i, w]
        goal += 1
    for n in range(cells.n_cuts[c]):
        for j in range(d + 1):
            target.cuts[top, n, j] = cells.cuts[c, n, j]
    target.n_cuts[top] = cells.n_cuts[c]
    target.way[top] = cells.way[c]
    for j in range(d):
        target.kept_x[top, j] = cells.kept_x[c, j]
    for s in range(species):
        target.kept_y[top, s] = cells.kept_y[c, s]
        target.kept_forms[top, 0, s] = cells.kept_forms[c, 0, s]
        target.kept_forms[top, 1, s] = cells.kept_forms[c, 1, s]
    count = (
        cells.kept_count[c] if cells.way[c] == BY_MEANS else 0
    )  # else of whatever was there before
    target.kept_count[top] = count
    for j in range(d):
        target.kept_shift[top, d, j] = cells.kept_shift[c, d, j]
        for k in range(count):
            target.kept_shift[top, k, j] = cells.kept_shift[c, k, j]
    target.start[top + 1] = goal
    target.number[0] = top + 1
    return True


@kernel
def put_all(cells: Cells, begin, target: Cells, d, species):
    """Put the cells from one on on top of another stack; False where that has no room for some."""
    for c in range(begin, cells.number[0]):
        if not put(cells, c, target, d, species):
            return False
    return True


def rows(cells: Cells, begin: int = 0) -> int:
    """Return the number of vertices of all cells, or of those from one on."""
    count = int(cells.number[0])
    return int(cells.start[count] - cells.start[begin]) if count > begin else 0


def compact(cells: Cells, d: int, species: int, begin: int = 0) -> Cells:
    """Return a copy of all cells, or of those from one on, that has room for no more."""
    made = new_cells(rows(cells, begin), d, species, max(int(cells.number[0]) - begin, 0))
    put_all(cells, begin, made, d, species)
    return made


@inner
def count_bits(word):
    """Number of bits set: of pairs, of fours, of bytes, and their sum in the highest byte."""
    word -= (word >> 1) & 0x5555555555555555
    word = (word & 0x3333333333333333) + ((word >> 2) & 0x3333333333333333)
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F
    return ((word * 0x0101010101010101) >> 56) & 0xFF


@inner
def share_edge(cells: Cells, i, j, first, last, d):
    """Whether vertices i and j of a cell are the ends of one of its edges."""
    a = cells.masks[i, 0] & cells.masks[j, 0]
    b = cells.masks[i, 1] & cells.masks[j, 1]
    if count_bits(a) + count_bits(b) < d - 1:
        return False
    for k in range(first, last):
        if (cells.masks[k, 0] & a) == a and (cells.masks[k, 1] & b) == b and k != i and k != j:
            return False
    return True


@kernel
def cut(cells: Cells, d, species, normal, offset):
    """Replace the top cell by its parts below and above normal.x = offset.

    Returns
    -------
    int
        CUT_DONE; CUT_FULL where no room is left; CUT_FLAT where one part would be flat.
    """
    top = cells.number[0] - 1
    first, last = cells.start[top], cells.start[top + 1]
    rows, bit = cells.x.shape[0], species + cells.n_cuts[top]
    if bit >= MOST_BITS or top + 2 > cells.way.size:
        return CUT_FULL
    below, above = 0, 0
    for i in range(first, last):
        h = -offset
        for j in range(d):
            h += normal[j] * cells.x[i, j]
        if abs(h) <= ON_CUT:
            h = 0.0
        cells.height[i] = h
        if h < 0.0:
            below += 1
        elif h > 0.0:
            above += 1
    if below == 0 or above == 0:
        return CUT_FLAT
    word, flag = bit // MASK_BITS, np.int64(1) << np.int64(bit % MASK_BITS)
    # new vertices go behind the cell, then both parts behind them, then both parts down
    end = last
    for i in range(first, last):
        if cells.height[i] >= 0.0:
            continue
        for j in range(first, last):
            if cells.height[j] <= 0.0 or not share_edge(cells, i, j, first, last, d):
                continue
            if end >= rows:
                return CUT_FULL
            t = cells.height[i] / (cells.height[i] - cells.height[j])
            for c in range(d):
                cells.x[end, c] = (1.0 - t) * cells.x[i, c] + t * cells.x[j, c]
            for s in range(species):
                cells.y[end, s] = (1.0 - t) * cells.y[i, s] + t * cells.y[j, s]
            for w in range(MASK_WORDS):
                cells.masks[end, w] = cells.masks[i, w] & cells.masks[j, w]
            cells.height[end] = 0.0
            end += 1
    if end + (last - first) + 2 * (end - last) > rows:
        return CUT_FULL
    for i in range(first, end):
        if cells.height[i] == 0.0:
            cells.masks[i, word] |= flag
    goal = end
    for side in (-1.0, 1.0):
        for i in range(first, end):
            if side * cells.height[i] >= 0.0:
                copy_vertex(cells, i, goal, d, species)
                goal += 1
        if side < 0.0:
            middle = first + goal - end
    for i in range(end, goal):
        copy_vertex(cells, i, first + i - end, d, species)
    cells.start[top + 1] = middle
    cells.start[top + 2] = first + goal - end
    cuts = cells.n_cuts[top]
    for c in range(cuts):
        for j in range(d + 1):
            cells.cuts[top + 1, c, j] = cells.cuts[top, c, j]
    for j in range(d):
        cells.cuts[top, cuts, j] = normal[j]
        cells.cuts[top + 1, cuts, j] = -normal[j]
    cells.cuts[top, cuts, d] = offset
    cells.cuts[top + 1, cuts, d] = -offset
    cells.n_cuts[top] = cuts + 1
    cells.n_cuts[top + 1] = cuts + 1
    cells.way[top] = 0
    cells.way[top + 1] = 0
    cells.number[0] += 1
    return CUT_DONE

"""One phase at all points of a group at once: cells that do for every one of them.

A group is points of one assemblage. `means` bounds what is asked of a cell at all of them. Close to
the plane that has nothing to spare; but there each point has a reference, and `tangent` has what holds.
"""

from typing import NamedTuple

import numpy as np

from gibbsite_engine._jit import inner, kernel
from gibbsite_engine.dense import copy

from .bound import (
    inside,
    negative_directions,
    ranges,
)
from .branch import (
    CELL_LIMIT,
    FLAT_CELL,
    PROVED,
    ROOM_LIMIT,
    Attempt,
    Search,
    Stationary,
    across_spoiler,
    across_widest,
    across_worst,
    learn,
    lowest_inside,
    refer_to,
    start_in_middle,
    try_minimum,
)
from .cells import BY_MEANS, BY_TANGENT, CUT_DONE, Cells, cut, put, whole
from .chart import Chart
from .driving import (
    KEPT_X,
    KEPT_Y,
    SPARE,
    ProofWork,
    X,
    Y,
)
from .forms import look_at
from .means import control, mean_holds
from .span import Span, reference
from .tangent import as_before_holds, tangent_holds

# kJ: a reference counts as a minimum that lies so much below what is needed.
_TOUCHING = 1e-6
_GROWN = 4  # times as many vertices: a cell has been cut in vain
_CELL = 40  # vertices that a look at any cell costs as much as, if it has fewer
_SHARES = 4  # cells that may take all the effort


@inner
def nearest(span: Span, work: ProofWork):
    """Index of the reference nearest to the composition X, Y; -1 if there is none."""
    chosen, least = -1, np.inf
    for j in range(span.x.shape[0]):
        far = 0.0
        for s in range(span.y.shape[1]):
            far += abs(span.y[j, s] - work.sites[Y, s])
        if far < least:
            chosen, least = j, far
    return chosen


@inner
def by_tangents(at: Chart, span: Span, begin, cells: Cells, cell, work: ProofWork):
    """Whether tangents hold on a cell about any reference; the first tried is the last one left.

    Returns
    -------
    (bool, float)
        And how much the last one lacks where none does, kJ per unit of size.
    """
    count, held, lacking = span.x.shape[0], False, np.inf
    for n in range(count):
        j = (begin + 1 + n) % count
        held, lacking, how = tangent_holds(at, reference(span, j), cells, cell, work)
        if held:
            cells.way[cell] = BY_TANGENT + 3 * j + how
            break
    return held, lacking


@inner
def holds_as_before(
    at: Chart, span: Span, cells: Cells, cell, attempt: Attempt, search: Search, bounds,
    work: ProofWork,
):  # fmt: skip
    """Whether a cell is done in the way in which it was done the last time, if there was one."""
    way = cells.way[cell]
    if way == BY_MEANS:
        return mean_holds(at, span, cells, cell, attempt, search, bounds, work)[0]
    j, how = (way - BY_TANGENT) // 3, (way - BY_TANGENT) % 3
    if way < BY_TANGENT or j >= span.x.shape[0]:
        return False
    return as_before_holds(at, reference(span, j), cells, cell, how, work)


@inner
def begin_cell(at: Chart, cells: Cells, cell, minima: Stationary, m, work: ProofWork):
    """Take a known minimum as the reference, or the middle of a cell where m < 0."""
    if m >= 0:
        refer_to(minima, m, at.site.shape[1], at.multiplicity.size, work)
    else:
        start_in_middle(at, cells, cell, work)


@inner
def bent(d, work: ProofWork):
    """Note the directions in which a tangent fails; return how many there are."""
    count = negative_directions(d, 0.0, work)
    ranges(d, count, work)
    return count


@inner
def holds(
    at: Chart, span: Span, cells: Cells, cell, minima: Stationary, search: Search, bounds,
    work: ProofWork,
):  # fmt: skip
    """Whether a cell is done, and if not, how it is to be cut.

    Returns
    -------
    (bool, bool, int)
        Done; whether the cut belongs to a minimum; directions shifted.
    """
    d, species = at.site.shape[1], at.multiplicity.size
    m = lowest_inside(cells, cell, minima, d)
    touching = m >= 0 and minima.value[m] < search.near
    attempt = Attempt(touching, search.references, search.target)
    begin_cell(at, cells, cell, minima, m, work)
    if cells.way[cell] > 0:
        if holds_as_before(at, span, cells, cell, attempt, search, bounds, work):
            return True, False, 0
        cells.way[cell] = 0
        begin_cell(at, cells, cell, minima, m, work)
    close, lacking = -1, np.inf
    if span.x.shape[0] > 0:
        copy(work.vectors[X], work.vectors[KEPT_X])
        copy(work.sites[Y], work.sites[KEPT_Y])
        close = nearest(span, work)
        held, lacking = by_tangents(at, span, close, cells, cell, work)
        if held:
            return True, False, 0
        if m >= 0 and minima.value[m] < span.most_needed:
            return False, True, bent(d, work)
        copy(work.vectors[KEPT_X], work.vectors[X])
        copy(work.sites[KEPT_Y], work.sites[Y])
    held, now, count, missing = mean_holds(at, span, cells, cell, attempt, search, bounds, work)
    if not held and lacking < search.prefer * missing:
        tangent_holds(at, reference(span, close), cells, cell, work)
        return False, True, bent(d, work)
    if held:
        cells.way[cell] = BY_MEANS
    if held or touching or now >= search.remote:
        return held, touching, count
    copy(work.vectors[X], work.vectors[KEPT_X])
    copy(work.sites[Y], work.sites[KEPT_Y])
    m = try_minimum(at, control(span, span.centre), minima, search, work)
    if minima.value[m] < search.near and inside(cells, cell, d, minima.x[m]):
        refer_to(minima, m, d, species, work)
        attempt = Attempt(True, 1, search.target)
        held, now, count, missing = mean_holds(at, span, cells, cell, attempt, search, bounds, work)
        if held:
            cells.way[cell] = BY_MEANS
        return held, True, count
    copy(work.vectors[KEPT_X], work.vectors[X])
    copy(work.sites[KEPT_Y], work.sites[Y])
    return False, False, count


@inner
def divide_cell(at: Chart, cells: Cells, touching, count, search: Search, work: ProofWork):
    """Cut the top cell, which failed; returns whether that was possible."""
    d, species = at.site.shape[1], at.multiplicity.size
    if touching:
        possible, offset = across_spoiler(at, search, work)
        if possible and cut(cells, d, species, work.vectors[SPARE], offset) == CUT_DONE:
            return True
    if count > 0:
        offset = across_worst(d, count, work)
    else:
        offset = across_widest(at, work)
    return cut(cells, d, species, work.vectors[SPARE], offset) == CUT_DONE


class Stacks(NamedTuple):
    """Cells of a phase, in three stacks."""

    cells: Cells
    """Those looked at."""
    rest: Cells
    """Those still to be looked at, and those that were left."""
    leaves: Cells
    """Those that were done before or are done."""


@inner
def drop(at: Chart, cells: Cells, number, goal: Cells):
    """Move the cells from `number` on to another stack; False where that has no room."""
    d, species, kept = at.site.shape[1], at.multiplicity.size, True
    for c in range(number, cells.number[0]):
        kept = kept and put(cells, c, goal, d, species)
    cells.number[0] = number
    return kept


@inner
def effort(vertices):
    """What a look at a cell costs, in rows of vertices."""
    return max(vertices, _CELL)


@inner
def prove_cell(
    at: Chart, span: Span, minima: Stationary, search: Search, stacks: Stacks, limit, bounds,
    work: ProofWork,
):  # fmt: skip
    """Prove the one cell looked at, and what it is cut into, within so many rows of vertices.

    Returns
    -------
    (int, int)
        PROVED, a limit otherwise; the rows of vertices looked at.
    """
    d, species, rows, cells = at.site.shape[1], at.multiplicity.size, 0, stacks.cells
    while cells.number[0] > 0:
        cell = cells.number[0] - 1
        first, last = cells.start[cell], cells.start[cell + 1]
        if rows > 0 and rows + effort(last - first) > limit:
            return CELL_LIMIT, rows
        rows += effort(last - first)
        if last - first <= d or not look_at(at, cells, first, last, work):
            return FLAT_CELL, rows
        held, touching, count = holds(at, span, cells, cell, minima, search, bounds, work)
        if held:
            if not put(cells, cell, stacks.leaves, d, species):
                return ROOM_LIMIT, rows
            cells.number[0] = cell
        elif rows >= limit:
            return CELL_LIMIT, rows
        elif not divide_cell(at, cells, touching, count, search, work):
            return ROOM_LIMIT, rows
    return PROVED, rows


@kernel
def prove_group(
    at: Chart, span: Span, minima: Stationary, search: Search, stacks: Stacks, begin, bounds,
    work: ProofWork,
):  # fmt: skip
    """Prove a phase at all points of a group, given that it does not lie below the tangents there.

    Parameters
    ----------
    minima : Stationary
        Stationary points known at the control point in the middle; those met are added.
    search : Search
        Its target is `most_needed`, and `most_vertices` the limit of effort beyond one look at
        every cell there is.
    stacks : Stacks
        Its leaves are the cells to begin with, the whole polytope if there are none; filled with
        those that were done, then those left.
    begin : int
        The first of the leaves that is not known to be done.
    bounds : (2, M) array
        Scratch.

    Returns
    -------
    (int, int, int, int)
        PROVED, a limit otherwise (ROOM_LIMIT: cells are lost); how many leaves are done; the rows
        of vertices looked at, and those of cells that were left in the end.
    """
    d, species = at.site.shape[1], at.multiplicity.size
    cells, rest, leaves = stacks.cells, stacks.rest, stacks.leaves
    cells.number[0], rest.number[0] = 0, 0
    known = leaves.number[0] > 0
    if not known:
        whole(at, rest)
    status, rows, lost = PROVED, 0, 0
    if not drop(at, leaves, begin, rest):
        return ROOM_LIMIT, begin, rows, lost
    for j in range(span.x.shape[0]):
        for b in range(d):
            work.vectors[X, b] = span.x[j, b]
        for s in range(species):
            work.sites[Y, s] = span.y[j, s]
        learn(at, minima, min(0.0, span.most_needed) - _TOUCHING, work)
    most, count = search.most_vertices, rest.number[0]
    for c in range(count):
        size, done = effort(rest.start[c + 1] - rest.start[c]), leaves.number[0]
        # no cell may take all effort before others have been looked at
        share = max(most // (count - c), min(most, search.most_vertices // _SHARES))
        if not put(rest, c, cells, d, species):
            return ROOM_LIMIT, done, rows, lost
        result, looked = prove_cell(at, span, minima, search, stacks, size + share, bounds, work)
        rows += looked
        most -= max(looked - size, 0)
        if result != PROVED:
            status, lost = FLAT_CELL if result == FLAT_CELL else CELL_LIMIT, lost + looked
            left = cells.start[cells.number[0]]
            if (cells.number[0] == 1 and looked == size) or (known and left > _GROWN * size):
                cells.number[0], leaves.number[0] = 0, done
                kept = put(rest, c, rest, d, species)  # for fewer points it may do as it did
            else:
                kept = drop(at, cells, 0, rest)
            if not kept:
                return ROOM_LIMIT, done, rows, lost
    done = leaves.number[0]
    for c in range(count, rest.number[0]):
        if not put(rest, c, leaves, d, species):
            return ROOM_LIMIT, done, rows, lost
    return status, done, rows, lost

"""One phase at all points of a group at once: cells that do for every one of them.

A group is points of one assemblage. The least driving force of a cell is concave in
theta = (g0 - C'Gamma, RT, P, T), so that with weights B_q >= 0 that add up to one
    D(theta_i) >= sum_q B_q(i) b_q + min_v (base_i - sum_q B_q(i) base_q).z_v,
b_q being lower bounds at control points theta_q, which need not be equilibria. Close to the plane
that has nothing to spare; but there each point has a reference, and `tangent` has what holds.
"""

from typing import NamedTuple

import numpy as np

from gibbsite_engine._jit import inner, kernel
from gibbsite_engine.dense import cholesky, copy, solve_lower

from .bound import (
    depth_of_quadratic,
    in_metric,
    inside,
    mean_curvature,
    negative_directions,
    ranges,
    rounding,
    shift_depth,
    shift_slope,
    steepest,
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
    bound_cell,
    bound_with_forms,
    learn,
    lowest_inside,
    refer_to,
    start_in_middle,
    try_minimum,
)
from .cells import BY_MEANS, BY_TANGENT, CUT_DONE, Cells, cut, put, whole
from .chart import Chart, Energy
from .driving import (
    CURVATURE,
    DIRECTIONS,
    ETA,
    GRADIENT,
    KEPT_X,
    KEPT_Y,
    LAMBDA,
    SPARE,
    STEP,
    TOTAL,
    WEIGHT,
    ProofWork,
    X,
    Y,
    totals,
    value_gradient,
)
from .forms import assemble_curvature, look_at, project
from .span import Span, reference
from .tangent import SEMIDEFINITE, as_before_holds, tangent_holds

# Of the mean curvature in the metric of a cell: what the shift has to spare for other controls.
_ROOM = 0.02
# kJ: a reference counts as a minimum that lies so much below what is needed.
_TOUCHING = 1e-6
_GROWN = 4  # times as many vertices: a cell has been cut in vain
_SHARES = 4  # cells that may take all the effort
_AGAIN = 3  # steps of the reference at a control point other than the first


@inner
def control(span: Span, q):
    """Return the energy at a control point."""
    return Energy(span.constant[q], span.linear[q], span.quadratic[q], span.rt[q])


@kernel
def bound_again(at: Chart, e: Energy, cells: Cells, first, last, count, work: ProofWork):
    """Bound D on a cell at another control point, with reference, forms and shift as they are.

    Returns
    -------
    float
        Its margin taken; -inf where M is not shown to be positive.
    """
    d = at.site.shape[1]
    now = value_gradient(
        at, e, work.vectors[X], work.sites[Y], work.sites[TOTAL], work.sites[ETA],
        work.vectors[GRADIENT],
    )  # fmt: skip
    a, step, slope = work.matrices[CURVATURE], work.vectors[STEP], work.vectors[SPARE]
    scale = assemble_curvature(at, e, d, work)
    for k in range(count):
        in_metric(d, work.matrices[DIRECTIONS, k], work, step)
        for b in range(d):
            left = work.vectors[LAMBDA, k] * step[b]
            for c in range(b + 1):
                a[b, c] += left * step[c]
    for b in range(d):
        a[b, b] -= SEMIDEFINITE * scale
    if not cholesky(a, d, 0.0):
        return -np.inf
    shift_slope(d, count, work, slope)
    fall = steepest(cells, first, last, d, slope, work)
    in_metric(d, slope, work, step)
    solve_lower(a, d, step)
    reach = 0.0
    for b in range(d):
        reach += step[b] * step[b]
    lost = depth_of_quadratic(fall, reach)
    top = now - shift_depth(count, work)
    return top - lost - rounding(d, last - first, scale, work)


@inner
def make_room(cells: Cells, first, last, d, work: ProofWork):
    """Shift a little more, and more directions, than the last bound needed; return how many."""
    count = negative_directions(d, _ROOM * mean_curvature(d, work), work)
    ranges(cells, first, last, d, count, work)
    return count


@inner
def means_hold(span: Span, bounds):
    """Whether the weighted mean of bounds at the control points does at every point."""
    for i in range(span.needed.size):
        mean = 0.0
        for q in range(span.rt.size):
            mean += span.weights[i, q] * bounds[q]
        if not mean >= span.needed[i]:
            return False
    return True


@inner
def keep_means(at: Chart, cells: Cells, cell, count, work: ProofWork):
    """Keep the reference X, Y of a cell, its forms and shift, for when it is met again."""
    d = at.site.shape[1]
    for s in range(at.multiplicity.size):
        cells.kept_y[cell, s] = work.sites[Y, s]
        cells.kept_forms[cell, 0, s] = work.sites[WEIGHT, s]
    cells.kept_count[cell] = count
    for j in range(d):
        cells.kept_x[cell, j] = work.vectors[X, j]
        cells.kept_shift[cell, d, j] = work.vectors[LAMBDA, j]
        for k in range(count):
            cells.kept_shift[cell, k, j] = work.matrices[DIRECTIONS, k, j]


@inner
def means_as_before(at: Chart, e: Energy, cells: Cells, cell, work: ProofWork):
    """Bound D on a cell from the reference, with the forms and the shift that were kept of it.

    Returns
    -------
    (float, int)
        See `bound_again`; how many directions are shifted.
    """
    d, first, last = at.site.shape[1], cells.start[cell], cells.start[cell + 1]
    count, total = cells.kept_count[cell], work.sites[TOTAL]
    for s in range(at.multiplicity.size):
        work.sites[Y, s] = cells.kept_y[cell, s]
        work.sites[WEIGHT, s] = cells.kept_forms[cell, 0, s]
    totals(at, work.sites[Y], total)
    for s in range(at.multiplicity.size):
        work.sites[ETA, s] = work.sites[Y, s] / total[at.group[s]]
    for j in range(d):
        work.vectors[X, j] = cells.kept_x[cell, j]
        work.vectors[LAMBDA, j] = cells.kept_shift[cell, d, j]
        for k in range(count):
            work.matrices[DIRECTIONS, k, j] = cells.kept_shift[cell, k, j]
    project(at, d, work)
    ranges(cells, first, last, d, count, work)
    return bound_again(at, e, cells, first, last, count, work), count


@inner
def mean_holds(
    at: Chart, span: Span, cells: Cells, cell, attempt: Attempt, search: Search, bounds,
    work: ProofWork,
):  # fmt: skip
    """Whether bounds at the control points do for all points of the group.

    Begins with what is kept of the cell, if that is how it was done before.

    Returns
    -------
    (bool, float, int, float)
        D at the last reference, the number of directions shifted there, and how much is lacking,
        kJ per unit of size, where they do not.
    """
    d, first, last = at.site.shape[1], cells.start[cell], cells.start[cell + 1]
    e, now, worst, known = control(span, span.centre), 0.0, 0.0, cells.way[cell] == BY_MEANS
    best, count, shifted = -np.inf, 0, 0
    if known:
        best, shifted = means_as_before(at, e, cells, cell, work)
        if best < search.target:
            now, best, count = bound_with_forms(at, e, cells, cell, search, work)
            shifted = make_room(cells, first, last, d, work)
        known = best >= search.target
    if not known:
        answer, best, now, count = bound_cell(at, e, cells, cell, attempt, search, work)
        if answer != PROVED:
            return False, now, count, search.target - best
        shifted = make_room(cells, first, last, d, work)
        keep_means(at, cells, cell, shifted, work)
    bounds[span.centre] = best
    good = True
    for q in range(span.rt.size):
        if q != span.centre:
            bounds[q] = bound_again(at, control(span, q), cells, first, last, shifted, work)
            good = good and bounds[q] >= span.most_needed
    if good or means_hold(span, bounds):
        return True, now, count, 0.0
    again, good = Attempt(attempt.touching, _AGAIN, -np.inf), True
    for q in range(span.rt.size):
        if bounds[q] >= span.most_needed:
            continue
        e = control(span, q)
        now, best, count = bound_with_forms(at, e, cells, cell, search, work)
        if best < span.most_needed:
            answer, best, now, count = bound_cell(at, e, cells, cell, again, search, work)
        bounds[q] = max(bounds[q], best)
        if bounds[q] == -np.inf:
            return False, now, count, np.inf
        good, worst = good and bounds[q] >= span.most_needed, min(worst, bounds[q])
    return good or means_hold(span, bounds), now, count, search.target - worst


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
def by_tangents(
    at: Chart, span: Span, begin, cells: Cells, cell, search: Search, work: ProofWork
):  # fmt: skip
    """Whether tangents hold on a cell about any reference; the first tried is the last one left.

    Returns
    -------
    (bool, float)
        And how much the last one lacks where none does, kJ per unit of size.
    """
    count, held, lacking = span.x.shape[0], False, np.inf
    for n in range(count):
        j = (begin + 1 + n) % count
        steps = search.combinations if j == begin else search.refinements
        held, lacking, how = tangent_holds(at, reference(span, j), cells, cell, steps, work)
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
def bent(cells: Cells, first, last, d, work: ProofWork):
    """Note the directions in which a tangent fails; return how many there are."""
    count = negative_directions(d, 0.0, work)
    ranges(cells, first, last, d, count, work)
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
    first, last = cells.start[cell], cells.start[cell + 1]
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
        held, lacking = by_tangents(at, span, close, cells, cell, search, work)
        if held:
            return True, False, 0
        if m >= 0 and minima.value[m] < span.most_needed:
            return False, True, bent(cells, first, last, d, work)
        copy(work.vectors[KEPT_X], work.vectors[X])
        copy(work.sites[KEPT_Y], work.sites[Y])
    held, now, count, missing = mean_holds(at, span, cells, cell, attempt, search, bounds, work)
    if not held and lacking < search.prefer * missing:
        tangent_holds(at, reference(span, close), cells, cell, search.combinations, work)
        return False, True, bent(cells, first, last, d, work)
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
def divide_cell(at: Chart, cells: Cells, cell, touching, count, search: Search, work: ProofWork):
    """Cut a cell that failed; returns whether that was possible."""
    d, species = at.site.shape[1], at.multiplicity.size
    if touching:
        possible, offset = across_spoiler(at, cells, cell, search, work)
        if possible and cut(cells, d, species, work.vectors[SPARE], offset) == CUT_DONE:
            return True
    if count > 0:
        offset = across_worst(d, count, work)
    else:
        offset = across_widest(at, cells, cell, work)
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
        if rows > 0 and rows + last - first > limit:
            return CELL_LIMIT, rows
        rows += last - first
        if last - first <= d or not look_at(at, cells, first, last, work):
            return FLAT_CELL, rows
        held, touching, count = holds(at, span, cells, cell, minima, search, bounds, work)
        if held:
            if not put(cells, cell, stacks.leaves, d, species):
                return ROOM_LIMIT, rows
            cells.number[0] = cell
        elif rows >= limit:
            return CELL_LIMIT, rows
        elif not divide_cell(at, cells, cell, touching, count, search, work):
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
    bounds : (M) array
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
        size, done = rest.start[c + 1] - rest.start[c], leaves.number[0]
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

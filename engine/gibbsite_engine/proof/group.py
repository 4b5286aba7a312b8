"""One phase at all points of a group at once: cells that do for every one of them.

A group is points of one assemblage. The least driving force of a cell is concave in
theta = (g0 - C'Gamma, RT, P, T), so that with weights B_q >= 0 that add up to one
    D(theta_i) >= sum_q B_q(i) b_q + min_v (base_i - sum_q B_q(i) base_q).z_v,
b_q being lower bounds at control points theta_q, which need not be equilibria. Close to the plane
that has nothing to spare; but there each point has a reference r_i: a composition that is present,
or the minimum of a phase that is not. With fractions eta in [low, high] over the group, e and h
their middle and half their range, w_s = y_s - Y eta_s differs from f_s.(x - r_i), f_s = dy_s/dx -
e_s dY/dx, by no more than h_s |dY.(x - r_i)|, and (u - v)^2 >= (1 - t) u^2 - (1/t - 1) v^2. So where
    A = RT_low sum_s m_s W_s ((1 - t) f_s f_s' - (1/t - 1) h_s^2 dY dY') + Q_low
is positive semi-definite, D lies above its tangent at r_i at every point i, all over the cell,
which need not hold r_i. (W_s: `forms`, with the greatest fractions of the group.)
"""

import math
from typing import NamedTuple

import numpy as np

from gibbsite_engine._jit import fragment, inner, kernel
from gibbsite_engine.dense import cholesky, copy, solve_lower, solve_upper
from gibbsite_engine.layout import Floats, Phases

from .bound import (
    along,
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
    Minima,
    Search,
    across_spoiler,
    across_widest,
    across_worst,
    lowest_inside,
    recall,
    settle,
    start_in_middle,
    try_minimum,
)
from .cells import CUT_DONE, Cells, cut, put, whole
from .chart import Chart, Energy, fill_energy
from .driving import (
    CURVATURE,
    DIRECTIONS,
    ETA,
    GRADIENT,
    HESSIAN,
    KEPT_X,
    KEPT_Y,
    LAMBDA,
    MEAN,
    METRIC,
    RANGE,
    SPARE,
    STEP,
    TOTAL,
    TRIAL,
    VECTORS,
    WEIGHT,
    ProofWork,
    X,
    Y,
    descend_chart,
    value_gradient,
)
from .eigen import eigen
from .forms import about, assemble_curvature, improve, least_column, look_at, project, use_reach

# Of the mean curvature in the metric of a cell: what the shift has to spare for other controls.
_ROOM = 0.02
# A tangent is not taken as good if its curvature could be negative by so much of its scale.
_SEMIDEFINITE = 1e-13
_MOST_T = 0.9
_TRIALS = 8  # places at which a quadratic is taken to be linear
_AGAIN = 3  # steps of the reference at a control point other than the first


class Span(NamedTuple):
    """One phase over a group of n points: M control points, J references, d dimensions."""

    constant: Floats
    """(M) of the energy at each control point, see `Energy`."""
    linear: Floats
    """(M, d)"""
    quadratic: Floats
    """(M, d, d)"""
    rt: Floats
    """(M)"""
    centre: int
    """The control point in the middle."""
    weights: Floats
    """(n, M) of the control points at each point."""
    needed: Floats
    """(n) what the weighted mean of bounds must reach at each point, kJ per unit of size."""
    most_needed: float
    least_rt: float
    """Of all points, kJ/mol."""
    curvature: Floats
    """(d, d) below Q at all points."""
    x: Floats
    """(J, d) a reference in the middle of those of the points."""
    y: Floats
    """(J, S)"""
    low: Floats
    """(J, S) least fraction y/Y at the references of the points."""
    high: Floats
    """(J, S)"""
    references: Floats
    """(J, n, d) those of the points."""


@fragment
def control(span: Span, q):
    """Return the energy at a control point."""
    return Energy(span.constant[q], span.linear[q], span.quadratic[q], span.rt[q])


@fragment
def take_off_range(at: Chart, span: Span, j, d, work: ProofWork):
    """Lower A by what the range of the references may cost."""
    a, forms, weight = work.matrices[CURVATURE], work.forms, work.sites[WEIGHT]
    for g in range(at.total_origin.size):
        size, spread, extent = 0.0, 0.0, 0.0
        for b in range(d):
            extent += work.totals[g, b] * work.totals[g, b]
        for s in range(at.multiplicity.size):
            if at.group[s] != g:
                continue
            h = 0.5 * (span.high[j, s] - span.low[j, s])
            spread += weight[s] * h * h
            for b in range(d):
                size += weight[s] * forms[s, b] * forms[s, b]
        spread *= extent
        if not spread > 0.0:
            continue
        t = min(math.sqrt(spread / max(size, 1e-300)), _MOST_T)
        for s in range(at.multiplicity.size):
            if at.group[s] != g:
                continue
            h = 0.5 * (span.high[j, s] - span.low[j, s])
            scale = span.least_rt * at.multiplicity[s] * weight[s]
            lost, penalty = scale * t, scale * (1.0 / t - 1.0) * h * h
            for b in range(d):
                left, right = lost * forms[s, b], penalty * work.totals[g, b]
                for c in range(b + 1):
                    a[b, c] -= left * forms[s, c] + right * work.totals[g, c]
    for b in range(d):
        for c in range(b):
            a[c, b] = a[b, c]


@fragment
def shifts_in_range(span: Span, j, count, work: ProofWork):
    """Widen the ranges of t_k = c_k.(x - r) by those of the references j."""
    for k in range(count):
        low, high = math.inf, -math.inf
        for i in range(span.references.shape[1]):
            t = along(
                work.matrices[DIRECTIONS, k],
                span.x.shape[1],
                work.vectors[X],
                span.references[j, i],
            )
            low, high = min(low, t), max(high, t)
        work.matrices[RANGE, 0, k] += low
        work.matrices[RANGE, 1, k] += high


@inner
def shifted_holds(span: Span, j, cells: Cells, first, last, scale, work: ProofWork):
    """Whether u'Au >= 0 for u = x - r, x in a cell and r any of the references j; A is diagonalised.

    u'Au/2 is at least u'Mu/2 less the secants of the shift, which is convex in u and so above its
    tangent at any u_0; that is linear, and least at a vertex and at one of the references. A few
    steps of Frank and Wolfe lead to a good u_0.
    """
    d = span.x.shape[1]
    a, vectors, root = work.matrices[CURVATURE], work.matrices[VECTORS], work.matrices[METRIC]
    least = 10.0 * _SEMIDEFINITE * scale
    count = negative_directions(d, least, work)
    ranges(cells, first, last, d, count, work)
    shifts_in_range(span, j, count, work)
    u, slope, step = work.vectors[TRIAL], work.vectors[GRADIENT], work.vectors[STEP]
    for b in range(d):
        u[b] = work.vectors[MEAN, b] - work.vectors[X, b]
    best = -math.inf
    for _ in range(_TRIALS):
        square = quadratic_slope(u, d, least, a, vectors, root, step, slope)
        low = -0.5 * square
        for k in range(count):
            l, h = work.matrices[RANGE, 0, k], work.matrices[RANGE, 1, k]
            low += 0.5 * work.vectors[LAMBDA, k] * l * h
            for b in range(d):
                slope[b] -= (
                    0.5 * work.vectors[LAMBDA, k] * (l + h) * work.matrices[DIRECTIONS, k, b]
                )
        here, chosen = math.inf, first
        for i in range(first, last):
            value = along(slope, d, cells.x[i], work.vectors[X])
            if value < here:
                here, chosen = value, i
        low += here
        best = max(best, low)
        if low >= 0.0:
            nearer = math.inf
            for i in range(span.references.shape[1]):
                nearer = min(nearer, along(slope, d, work.vectors[X], span.references[j, i]))
            if low + nearer >= rounding(d, last - first, scale, work):
                return True
        # to the best place on the way to that vertex
        for b in range(d):
            work.vectors[SPARE, b] = cells.x[chosen, b] - work.vectors[X, b] - u[b]
        downhill = 0.0
        for b in range(d):
            downhill -= slope[b] * work.vectors[SPARE, b]
        bend = quadratic_slope(work.vectors[SPARE], d, least, a, vectors, root, step, slope)
        if not downhill > 1e-12:
            break
        length = min(1.0, downhill / max(bend, 1e-300))
        for b in range(d):
            u[b] += length * work.vectors[SPARE, b]
    return False


@inner
def quadratic_slope(u, d, least, a, vectors, root, step, slope):
    """Fill Mu; return u'Mu. M is A, diagonalised, with no eigenvalue below `least`."""
    for b in range(d):
        step[b] = u[b]
    solve_lower(root, d, step)
    for b in range(d):
        slope[b] = 0.0
    square = 0.0
    for k in range(d):
        part = 0.0
        for b in range(d):
            part += vectors[b, k] * step[b]
        scale = max(a[k, k], least) * part
        square += scale * part
        for b in range(d):
            slope[b] += scale * vectors[b, k]
    solve_upper(root, d, slope)
    return square


@kernel
def tangent_holds(at: Chart, span: Span, j, cells: Cells, first, last, steps, work: ProofWork):
    """Whether D lies above its tangents at references j, at all points and all over the cell.

    A may have negative eigenvalues where (x - r)'A(x - r) is not negative on the cell.

    Where it does not, leaves the eigenvectors of A in `work`, and reference j as its reference.
    """
    d, species = at.site.shape[1], at.multiplicity.size
    for b in range(d):
        work.vectors[X, b] = span.x[j, b]
    for s in range(species):
        work.sites[Y, s] = span.y[j, s]
        work.sites[ETA, s] = 0.5 * (span.low[j, s] + span.high[j, s])
    about(at, cells, first, last, span.low[j], span.high[j], work)
    project(at, d, work)
    root = work.matrices[METRIC]
    for g in range(at.total_origin.size):
        for b in range(d):
            value = 0.0
            for i in range(b, d):
                value += at.total[g, i] * root[i, b]
            work.totals[g, b] = value
    use_reach(at, work)
    e = Energy(0.0, span.linear[0], span.curvature, span.least_rt)
    for step in range(steps + 1):
        scale = assemble_curvature(at, e, d, work)
        take_off_range(at, span, j, d, work)
        a, trial = work.matrices[CURVATURE], work.matrices[HESSIAN]
        for b in range(d):
            for c in range(b + 1):
                trial[b, c] = a[b, c]
            trial[b, b] -= _SEMIDEFINITE * scale
        if cholesky(trial, d, 0.0):
            return True
        eigen(a, d, work.matrices[VECTORS])
        if step < steps:
            improve(at, least_column(a, d), 2.0 / (step + 4.0), d, work)
    return shifted_holds(span, j, cells, first, last, scale, work)


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
        a[b, b] -= _SEMIDEFINITE * scale
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


@fragment
def make_room(cells: Cells, first, last, d, work: ProofWork):
    """Shift a little more, and more directions, than the last bound needed; return how many."""
    count = negative_directions(d, _ROOM * mean_curvature(d, work), work)
    ranges(cells, first, last, d, count, work)
    return count


@fragment
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
def mean_holds(
    at: Chart, span: Span, cells: Cells, cell, known, references, search: Search, bounds,
    work: ProofWork,
):  # fmt: skip
    """Whether bounds at the control points do for all points of the group.

    Returns
    -------
    (bool, float, int)
        D at the last reference, and the number of directions shifted there, where they do not.
    """
    d, first, last = at.site.shape[1], cells.start[cell], cells.start[cell + 1]
    e = control(span, span.centre)
    answer, best, now, count = settle(at, e, cells, cell, known, references, search, work)
    if answer != PROVED:
        return False, now, count
    bounds[span.centre] = best
    good, shifted = True, make_room(cells, first, last, d, work)
    for q in range(span.rt.size):
        if q == span.centre:
            continue
        e = control(span, q)
        bounds[q] = bound_again(at, e, cells, first, last, shifted, work)
        if bounds[q] >= span.most_needed:
            continue
        answer, best, now, count = settle(at, e, cells, cell, known, _AGAIN, search, work)
        bounds[q] = max(bounds[q], best)
        if bounds[q] == -np.inf:
            return False, now, count
        good = good and bounds[q] >= span.most_needed
        shifted = make_room(cells, first, last, d, work)
    return good or means_hold(span, bounds), now, count


@fragment
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


@fragment
def by_tangents(
    at: Chart, span: Span, begin, cells: Cells, first, last, search: Search, work: ProofWork
):  # fmt: skip
    """Whether tangents hold on a cell about any reference; the first tried is the last one left."""
    count = span.x.shape[0]
    for n in range(count):
        j = (begin + 1 + n) % count
        steps = search.combinations if j == begin else search.refinements
        if tangent_holds(at, span, j, cells, first, last, steps, work):
            return True
    return False


@fragment
def bent(cells: Cells, first, last, d, work: ProofWork):
    """Note the directions in which a tangent fails; return how many there are."""
    count = negative_directions(d, 0.0, work)
    ranges(cells, first, last, d, count, work)
    return count


@inner
def holds(
    at: Chart, span: Span, cells: Cells, cell, minima: Minima, search: Search, bounds,
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
    if m >= 0:
        recall(minima, m, d, species, work)
    else:
        start_in_middle(at, cells, cell, work)
    if span.x.shape[0] > 0:
        copy(work.vectors[X], work.vectors[KEPT_X])
        copy(work.sites[Y], work.sites[KEPT_Y])
        if by_tangents(at, span, nearest(span, work), cells, first, last, search, work):
            return True, False, 0
        if m >= 0 and minima.value[m] < span.most_needed:
            return False, True, bent(cells, first, last, d, work)
        copy(work.vectors[KEPT_X], work.vectors[X])
        copy(work.sites[KEPT_Y], work.sites[Y])
    e, touching = control(span, span.centre), m >= 0 and minima.value[m] < search.near
    held, now, count = mean_holds(
        at, span, cells, cell, touching, search.references, search, bounds, work
    )
    if held or touching or now >= search.remote:
        return held, touching, count
    copy(work.vectors[X], work.vectors[KEPT_X])
    copy(work.sites[Y], work.sites[KEPT_Y])
    m = try_minimum(at, e, minima, search, work)
    if minima.value[m] < search.near and inside(cells, cell, d, minima.x[m]):
        recall(minima, m, d, species, work)
        held, now, count = mean_holds(at, span, cells, cell, True, 1, search, bounds, work)
        return held, True, count
    copy(work.vectors[KEPT_X], work.vectors[X])
    copy(work.sites[KEPT_Y], work.sites[Y])
    return False, False, count


@fragment
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


@kernel
def prove_group(
    at: Chart, span: Span, minima: Minima, search: Search, cells: Cells, leaves: Cells, bounds,
    work: ProofWork, effort,
):  # fmt: skip
    """Prove a phase at all points of a group, given that it does not lie below the tangents there.

    Parameters
    ----------
    minima : Minima
        Stationary points known at the control point in the middle; those met are added.
    search : Search
        Its target is `most_needed`, and `most_vertices` the limit of effort.
    cells : Cells
        Room for the stack of cells.
    leaves : Cells
        The cells to begin with, the whole polytope if there are none; filled with those that were
        done, and, where a limit was reached, with the rest.
    bounds : (M) array
        Scratch.
    effort : (2) array of int
        Filled with the cells and the rows of vertices looked at.

    Returns
    -------
    int
        PROVED; a limit otherwise.
    """
    d, species = at.site.shape[1], at.multiplicity.size
    cells.number[0] = 0
    for c in range(leaves.number[0]):
        put(leaves, c, cells, d, species)
    if cells.number[0] == 0:
        whole(at, cells)
    leaves.number[0] = 0
    status, looked, rows = PROVED, 0, 0
    while cells.number[0] > 0:
        cell = cells.number[0] - 1
        first, last = cells.start[cell], cells.start[cell + 1]
        looked += 1
        rows += last - first
        if rows > search.most_vertices:
            status = CELL_LIMIT
            break
        if last - first <= d or not look_at(at, cells, first, last, work):
            status = FLAT_CELL
            break
        held, touching, count = holds(at, span, cells, cell, minima, search, bounds, work)
        if held:
            if not put(cells, cell, leaves, d, species):
                status = ROOM_LIMIT
                break
            cells.number[0] = cell
        elif not divide_cell(at, cells, cell, touching, count, search, work):
            status = ROOM_LIMIT
            break
    kept = True
    for c in range(cells.number[0]):
        kept = kept and put(cells, c, leaves, d, species)
    if not kept:
        leaves.number[0] = 0
    effort[0] = looked
    effort[1] = rows
    return status


@kernel
def follow(
    at: Chart, phases: Phases, k, base, state, order, steps, linear, quadratic, x, y,
    work: ProofWork,
):  # fmt: skip
    """Follow the stationary point X, Y of `work` through n points, each from the one before.

    Parameters
    ----------
    base, state : (n, I), (n, 3) arrays
        g0 - C'Gamma, kJ/mol; RT, P, T in kJ/mol, kbar, K.
    order : (n) array of int
        In which the points follow each other.
    steps : int
        Newton steps at a point.
    linear, quadratic : (d), (d, d) arrays
        Scratch.
    x, y : (n, d), (n, S) arrays
        Filled.
    """
    for i in order:
        constant = fill_energy(
            at, phases, k, base[i], state[i], work.vectors[SPARE], linear, quadratic
        )
        e = Energy(constant, linear, quadratic, state[i, 0])
        descend_chart(at, e, steps, work)
        for j in range(x.shape[1]):
            x[i, j] = work.vectors[X, j]
        for s in range(y.shape[1]):
            y[i, s] = work.sites[Y, s]

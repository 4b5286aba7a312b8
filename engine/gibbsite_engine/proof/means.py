"""Bounds of D on a cell at all points of a group, as weighted means of bounds at control points.

The least driving force of a cell is concave in theta = (g0 - C'Gamma, RT, P, T), so that with weights
B_q >= 0 that add up to one
    D(theta_i) >= sum_q B_q(i) b_q + min_v (base_i - sum_q B_q(i) base_q).z_v,
b_q being lower bounds at control points theta_q, which need not be equilibria.
"""

import numpy as np

from gibbsite_engine._jit import inner, kernel
from gibbsite_engine.dense import cholesky, solve_lower

from .bound import (
    depth_of_quadratic,
    in_metric,
    mean_curvature,
    negative_directions,
    over_cell,
    ranges,
    rounding,
    shift_depth,
    shift_slope,
)
from .branch import PROVED, Attempt, Search, bound_cell, bound_with_form, move_reference
from .cells import BY_MEANS, Cells
from .chart import Chart, Energy
from .driving import (
    CURVATURE,
    DIRECTIONS,
    ETA,
    GRADIENT,
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
from .forms import assemble_curvature, project
from .span import Span
from .tangent import SEMIDEFINITE

# Of the mean curvature in the metric of a cell: what the shift has to spare for other controls.
_ROOM = 0.02
_AGAIN = 3  # steps of the reference at a control point other than the first
# Rows of the scratch for control points: the bound, and whether it was sought with another reference.
BOUND, TRIED = range(2)


@inner
def control(span: Span, q):
    """Return the energy at a control point."""
    return Energy(span.constant[q], span.linear[q], span.quadratic[q], span.rt[q])


@kernel
def bound_again(at: Chart, e: Energy, count, work: ProofWork):
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
    fall = -over_cell(slope, d, work)[0]
    in_metric(d, slope, work, step)
    solve_lower(a, d, step)
    reach = 0.0
    for b in range(d):
        reach += step[b] * step[b]
    lost = depth_of_quadratic(fall, reach)
    top = now - shift_depth(count, work)
    return top - lost - rounding(d, scale, work)


@inner
def make_room(d, work: ProofWork):
    """Shift a little more, and more directions, than the last bound needed; return how many."""
    count = negative_directions(d, _ROOM * mean_curvature(d, work), work)
    ranges(d, count, work)
    return count


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
    d = at.site.shape[1]
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
    ranges(d, count, work)
    return bound_again(at, e, count, work), count


@inner
def bound_controls(at: Chart, span: Span, shifted, bounds, work: ProofWork):
    """Bound D at the other control points, with reference, forms and shift of that in the middle."""
    for q in range(span.rt.size):
        bounds[TRIED, q] = 0.0
        if q != span.centre:
            bounds[BOUND, q] = bound_again(at, control(span, q), shifted, work)


@inner
def lacking_point(span: Span, begin, bounds):
    """A point at which the weighted mean of bounds does not do, the first from `begin` on; -1 if none."""
    good, n = True, span.needed.size
    for q in range(span.rt.size):
        good = good and bounds[BOUND, q] >= span.most_needed
    for k in range(0 if good else n):
        i, mean = (begin + k) % n, 0.0
        for q in range(span.rt.size):
            if span.weights[i, q] > 0.0:
                mean += span.weights[i, q] * bounds[BOUND, q]
        if not mean >= span.needed[i]:
            return i
    return -1


@inner
def weakest(span: Span, bounds, point):
    """Control point not yet tried that the mean at a point suffers most from; -1 if none helps."""
    chosen, most = -1, 0.0
    for q in range(span.rt.size):
        weight = span.weights[point, q]
        if not weight > 0.0:
            continue
        if bounds[TRIED, q] > 0.0:
            if bounds[BOUND, q] == -np.inf:
                return -1
            continue
        lost = weight * (span.most_needed - bounds[BOUND, q])
        if lost > most:
            chosen, most = q, lost
    return chosen


@inner
def bound_in_the_middle(
    at: Chart, e: Energy, cells: Cells, cell, attempt: Attempt, search: Search, work: ProofWork
):
    """Bound D on a cell at the control point in the middle, first as it was done before, if it was.

    Returns
    -------
    (bool, float, float, int, int)
        Whether that does; the bound; D at the reference; the number of directions shifted there,
        and with room for the other control points.
    """
    d = at.site.shape[1]
    if cells.way[cell] == BY_MEANS:
        best, shifted = means_as_before(at, e, cells, cell, work)
        if best >= search.target:
            return True, best, 0.0, 0, shifted
        start = bound_with_form(at, e, search, work)
        if start[1] >= search.target:
            return True, start[1], start[0], start[2], make_room(d, work)
        answer, best, now, count = move_reference(at, e, cells, cell, attempt, search, start, work)
    else:
        answer, best, now, count = bound_cell(at, e, cells, cell, attempt, search, work)
    if answer != PROVED:
        return False, best, now, count, 0
    shifted = make_room(d, work)
    keep_means(at, cells, cell, shifted, work)
    return True, best, now, count, shifted


@inner
def mean_holds(
    at: Chart, span: Span, cells: Cells, cell, attempt: Attempt, search: Search, bounds,
    work: ProofWork,
):  # fmt: skip
    """Whether bounds at the control points do for all points of the group.

    Where one reference does not, control points get references of their own, those first that a
    point suffers from, until the means do.

    Parameters
    ----------
    bounds : (2, M) array
        Scratch.

    Returns
    -------
    (bool, float, int, float)
        D at the last reference, the number of directions shifted there, and how much is lacking,
        kJ per unit of size, where they do not.
    """
    held, best, now, count, shifted = bound_in_the_middle(
        at, control(span, span.centre), cells, cell, attempt, search, work
    )
    if not held:
        return False, now, count, search.target - best
    bounds[BOUND, span.centre] = best
    bound_controls(at, span, shifted, bounds, work)
    again, least = Attempt(attempt.touching, _AGAIN, -np.inf), np.inf
    point = lacking_point(span, 0, bounds)
    while point >= 0:
        q = weakest(span, bounds, point)
        if q < 0:
            return False, now, count, search.target - least
        e, bounds[TRIED, q] = control(span, q), 1.0
        start = bound_with_form(at, e, search, work)
        _, best, now, count = move_reference(at, e, cells, cell, again, search, start, work)
        bounds[BOUND, q] = max(bounds[BOUND, q], best)
        least = min(least, bounds[BOUND, q])
        point = lacking_point(span, point, bounds)
    return True, now, count, 0.0

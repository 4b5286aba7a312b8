"""Cells on which D lies above its tangents: at every point of a group, about its own reference.

Each point i has a reference r_i: a composition that is present, or a stationary point of a phase
that comes close to the plane. With fractions eta in [low, high] over the group, e and h their middle
and half their range, w_s = y_s - Y eta_s differs from f_s.(x - r_i), f_s = dy_s/dx - e_s dY/dx, by
no more than h_s |dY.(x - r_i)|, and (u - v)^2 >= (1 - t) u^2 - (1/t - 1) v^2. So where
    M = RT_low sum_s m_s W_s ((1 - t) f_s f_s' - (1/t - 1) h_s^2 dY dY') + Q_low
is positive semi-definite, D lies above its tangent at r_i at every point i, all over the cell,
which need not hold r_i. W_s may be constants (`forms`, with the greatest fractions of the group),
or linear in x: with a = y_s and b = Y eta_s entropy exceeds its tangent by the sum of m RT w^2 G,
    G(a, b) = (a ln(a/b) - a + b)/(a - b)^2 = integral of (1 - q)/((1 - q) b + q a) over 0 < q < 1,
which falls with b and is convex, so above its tangent plane at any a, b; W_s = 2 G. As M(x) is linear,
too, it is positive semi-definite on the cell if it is so at every vertex. Not all species are
abundant at once. (Where a W_s is negative, w^2 <= (1 + t) u^2 + (1 + 1/t) v^2.)

Where the tangents lie above the plane, by `above` at least, M may be negative along c:
M + lam c c' >= 0 does if above >= lam max (c.(x - r_i))^2/2.
"""

import math

from gibbsite_engine._jit import inner, kernel
from gibbsite_engine.dense import cholesky, solve_lower, solve_upper

from .bound import along, negative_directions, over_cell, ranges, rounding
from .cells import OTHERWISE, STRAIGHT, TURNED, Cells
from .chart import Chart, Energy
from .driving import (
    CURVATURE,
    DIRECTIONS,
    ETA,
    GRADIENT,
    HESSIAN,
    LAMBDA,
    MEAN,
    METRIC,
    RANGE,
    SPARE,
    STEP,
    TRIAL,
    VECTORS,
    WEIGHT,
    ProofWork,
    X,
    Y,
)
from .eigen import eigen
from .forms import about, assemble_curvature, least_column, project, use_reach
from .planes import (
    at_vertices,
    first_that_fails,
    keep_planes,
    set_out,
    take_lane,
    touch_as_before,
    touch_near_the_greatest,
    touch_nearer,
)
from .soft import soft_holds
from .span import Reference
from .vertices import LANES, lowest_vertex, vertex

# A tangent is not taken as good if its curvature could be negative by so much of its scale.
SEMIDEFINITE = 1e-13
_MOST_T = 0.9
_TRIALS = 8  # places at which a quadratic is taken to be linear
_CENTRES = 6  # choices of the planes below G
_SLACK = 1e-11  # of the scale of M
_SHIFTS = 4  # of lam, each double the last


@inner
def take_off_range(at: Chart, r: Reference, d, work: ProofWork):
    """Lower A by what the range of the references may cost."""
    a, forms, weight = work.matrices[CURVATURE], work.forms, work.sites[WEIGHT]
    for g in range(at.total_origin.size):
        size, spread, extent = 0.0, 0.0, 0.0
        for b in range(d):
            extent += work.totals[g, b] * work.totals[g, b]
        for s in range(at.multiplicity.size):
            if at.group[s] != g:
                continue
            h = 0.5 * (r.high[s] - r.low[s])
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
            h = 0.5 * (r.high[s] - r.low[s])
            scale = r.least_rt * at.multiplicity[s] * weight[s]
            lost, penalty = scale * t, scale * (1.0 / t - 1.0) * h * h
            for b in range(d):
                left, right = lost * forms[s, b], penalty * work.totals[g, b]
                for c in range(b + 1):
                    a[b, c] -= left * forms[s, c] + right * work.totals[g, c]
    for b in range(d):
        for c in range(b):
            a[c, b] = a[b, c]


@inner
def shifts_in_range(r: Reference, count, work: ProofWork):
    """Widen the ranges of t_k = c_k.(x - r) by those of the reference."""
    for k in range(count):
        low, high = math.inf, -math.inf
        for i in range(r.points.shape[0]):
            t = along(
                work.matrices[DIRECTIONS, k],
                r.x.size,
                work.vectors[X],
                r.points[i],
            )
            low, high = min(low, t), max(high, t)
        work.matrices[RANGE, 0, k] += low
        work.matrices[RANGE, 1, k] += high


@inner
def shifted_holds(r: Reference, scale, work: ProofWork):
    """Whether u'Au/2 >= -above for u = x - r, x in the cell that was looked at, r any reference j; A is diagonalised.

    u'Au/2 is at least u'Mu/2 less the secants of the shift, which is convex in u and so above its
    tangent at any u_0; that is linear, and least at a vertex and at one of the references. A few
    steps of Frank and Wolfe lead to a good u_0.

    Returns
    -------
    (bool, float)
        And how much is lacking where it does not, kJ per unit of size.
    """
    d = r.x.size
    a, vectors, root = work.matrices[CURVATURE], work.matrices[VECTORS], work.matrices[METRIC]
    least = 10.0 * SEMIDEFINITE * scale
    count = negative_directions(d, least, work)
    ranges(d, count, work)
    shifts_in_range(r, count, work)
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
        here, chosen = lowest_vertex(slope, d, work.vertices)
        low += here + along(slope, d, work.vectors[MEAN], work.vectors[X])
        best = max(best, low)
        if low + r.above >= 0.0:
            nearer = math.inf
            for i in range(r.points.shape[0]):
                nearer = min(nearer, along(slope, d, work.vectors[X], r.points[i]))
            if low + nearer + r.above >= rounding(d, scale, work):
                return True, 0.0
        # to the best place on the way to that vertex
        for b in range(d):
            to = work.vectors[MEAN, b] + vertex(work.vertices, chosen, b)
            work.vectors[SPARE, b] = to - work.vectors[X, b] - u[b]
        downhill = 0.0
        for b in range(d):
            downhill -= slope[b] * work.vectors[SPARE, b]
        bend = quadratic_slope(work.vectors[SPARE], d, least, a, vectors, root, step, slope)
        if not downhill > 1e-12:
            break
        length = min(1.0, downhill / max(bend, 1e-300))
        for b in range(d):
            u[b] += length * work.vectors[SPARE, b]
    return False, -best - r.above


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


@inner
def straight_holds(at: Chart, r: Reference, cells: Cells, cell, slack, work: ProofWork):
    """Whether M(x) is positive at every vertex, with the planes there are or nearer to where it failed.

    Returns
    -------
    (bool, int)
        And the vertex at which it failed last.
    """
    worst = 0
    for attempt in range(_CENTRES):
        failed = first_that_fails(at, r, worst, slack, 0.0, work)
        if failed < 0:
            keep_planes(at, cells, cell, work)
            return True, worst
        worst = failed
        if attempt < _CENTRES - 1:
            touch_nearer(at, r, worst, attempt, work)
    return False, worst


@inner
def holds_at_vertices(at: Chart, r: Reference, cells: Cells, cell, work: ProofWork):
    """How M(x) does at every vertex: STRAIGHT, TURNED, OTHERWISE; -1 if it does not."""
    d = at.site.shape[1]
    scale = set_out(at, r, d, work)
    slack = _SLACK * scale
    touch_near_the_greatest(at, r, work)
    held, worst = straight_holds(at, r, cells, cell, slack, work)
    if held:
        return STRAIGHT
    if spare_holds(at, r, scale, worst, work):
        return OTHERWISE
    touch_near_the_greatest(at, r, work)
    return TURNED if soft_holds(at, r, cells, cell, slack, work) else -1


@inner
def spare_holds(at: Chart, r: Reference, scale, worst, work: ProofWork):
    """Whether M(x) does where it may be negative along the worst direction: tangents have to spare."""
    d, slack = at.site.shape[1], _SLACK * scale
    if not r.above > 0.0:
        return False
    a, vectors, root = work.matrices[CURVATURE], work.matrices[VECTORS], work.matrices[METRIC]
    at_vertices(at, r, worst // LANES, d, work)
    take_lane(d, worst % LANES, a, work.vertices)
    eigen(a, d, vectors)
    column = least_column(a, d)
    lam, direction = slack - a[column, column], work.vectors[LAMBDA]
    for b in range(d):
        work.vectors[STEP, b] = vectors[b, column]
        direction[b] = vectors[b, column]
    solve_upper(root, d, direction)
    widest = width(r, direction, work)
    spare = r.above - rounding(d, scale, work)
    for _ in range(_SHIFTS):
        if 0.5 * lam * widest * widest > spare:
            break
        if first_that_fails(at, r, worst, slack, lam, work) < 0:
            return True
        lam *= 2.0
    return False


@inner
def width(r: Reference, direction, work: ProofWork):
    """Greatest |c.(x - r)| of x in the cell that was looked at and r one of the reference."""
    d, least, most = r.x.size, math.inf, -math.inf
    low, high = over_cell(direction, d, work)
    for i in range(r.points.shape[0]):
        t = along(direction, d, r.points[i], work.vectors[X])
        least, most = min(least, t), max(most, t)
    return max(high - least, most - low)


@inner
def refer(at: Chart, r: Reference, work: ProofWork):
    """Fill what depends on the cell that was looked at and a reference."""
    d, species = at.site.shape[1], at.multiplicity.size
    for b in range(d):
        work.vectors[X, b] = r.x[b]
    for s in range(species):
        work.sites[Y, s] = r.y[s]
        work.sites[ETA, s] = 0.5 * (r.low[s] + r.high[s])
    about(at, r.high, work)
    project(at, d, work)
    root = work.matrices[METRIC]
    for g in range(at.total_origin.size):
        for b in range(d):
            value = 0.0
            for i in range(b, d):
                value += at.total[g, i] * root[i, b]
            work.totals[g, b] = value


@inner
def as_before_holds(at: Chart, r: Reference, cells: Cells, cell, how, work: ProofWork):
    """Whether `tangent_holds`, by no other way than it did when the cell was last done."""
    refer(at, r, work)
    slack = _SLACK * set_out(at, r, at.site.shape[1], work)
    touch_as_before(at, cells, cell, work)
    if how == TURNED:
        return soft_holds(at, r, cells, cell, slack, work)
    return how == STRAIGHT and straight_holds(at, r, cells, cell, slack, work)[0]


@kernel
def tangent_holds(at: Chart, r: Reference, cells: Cells, cell, work: ProofWork):
    """Whether D lies above its tangents at the reference, at all points and all over the cell.

    A may have negative eigenvalues where (x - r)'A(x - r) is not negative on the cell.

    Where it does not, leaves the eigenvectors of A in `work`, and the reference as its own.

    Returns
    -------
    (bool, float, int)
        And how much is lacking where it does not, kJ per unit of size; how it does.
    """
    d = at.site.shape[1]
    refer(at, r, work)
    how = holds_at_vertices(at, r, cells, cell, work)
    if how >= 0:
        return True, 0.0, how
    use_reach(at, work)
    e = Energy(0.0, r.linear, r.curvature, r.least_rt)
    scale = assemble_curvature(at, e, d, work)
    take_off_range(at, r, d, work)
    a, trial = work.matrices[CURVATURE], work.matrices[HESSIAN]
    for b in range(d):
        for c in range(b + 1):
            trial[b, c] = a[b, c]
        trial[b, b] -= SEMIDEFINITE * scale
    if cholesky(trial, d, 0.0):
        return True, 0.0, OTHERWISE
    eigen(a, d, work.matrices[VECTORS])
    held, lacking = shifted_holds(r, scale, work)
    return held, lacking, OTHERWISE

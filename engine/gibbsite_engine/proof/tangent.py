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
from typing import NamedTuple

from gibbsite_engine._jit import fragment, inner, kernel
from gibbsite_engine.dense import cholesky, solve_lower, solve_upper
from gibbsite_engine.layout import Floats

from .bound import along, negative_directions, ranges, rounding
from .cells import Cells
from .chart import Chart, Energy
from .driving import (
    AT_WHOLE,
    AT_Y,
    BASE,
    CONSTANT,
    CURVATURE,
    DIRECTIONS,
    ETA,
    GRADIENT,
    HESSIAN,
    LAMBDA,
    MEAN,
    METRIC,
    PENALTY,
    PER_WHOLE,
    PER_Y,
    RANGE,
    REACH,
    SPARE,
    STEP,
    TOTAL,
    TRIAL,
    VECTORS,
    WEIGHT,
    ProofWork,
    X,
    Y,
    totals,
)
from .eigen import eigen
from .forms import about, assemble_curvature, improve, least_column, project, use_reach

# A tangent is not taken as good if its curvature could be negative by so much of its scale.
SEMIDEFINITE = 1e-13
_MOST_T = 0.9
_TRIALS = 8  # places at which a quadratic is taken to be linear
_CENTRES = 6  # choices of the planes below G
_FIRST = 0.25  # where they touch at first, from the greatest values to the least
_SLACK = 1e-11  # of the scale of M
_SHIFTS = 4  # of lam, each double the last


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
    above: Floats
    """(J) how far the tangents lie above what is asked, at all points; kJ per unit of size."""


class Reference(NamedTuple):
    """One reference of a group, and what a tangent about it needs; see `Span`."""

    x: Floats
    """(d)"""
    y: Floats
    """(S)"""
    low: Floats
    """(S)"""
    high: Floats
    """(S)"""
    points: Floats
    """(n, d) where it is at each point."""
    above: float
    linear: Floats
    """(d) any; the curvature has no slope."""
    curvature: Floats
    """(d, d)"""
    least_rt: float


@fragment
def reference(span: Span, j):
    """Return reference j of a group."""
    return Reference(
        span.x[j], span.y[j], span.low[j], span.high[j], span.references[j], span.above[j],
        span.linear[0], span.curvature, span.least_rt,
    )  # fmt: skip


@fragment
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


@fragment
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
def shifted_holds(r: Reference, cells: Cells, cell, scale, work: ProofWork):
    """Whether u'Au/2 >= -above for u = x - r, x in a cell, r any reference j; A is diagonalised.

    u'Au/2 is at least u'Mu/2 less the secants of the shift, which is convex in u and so above its
    tangent at any u_0; that is linear, and least at a vertex and at one of the references. A few
    steps of Frank and Wolfe lead to a good u_0.

    Returns
    -------
    (bool, float)
        And how much is lacking where it does not, kJ per unit of size.
    """
    d, first, last = r.x.size, cells.start[cell], cells.start[cell + 1]
    a, vectors, root = work.matrices[CURVATURE], work.matrices[VECTORS], work.matrices[METRIC]
    least = 10.0 * SEMIDEFINITE * scale
    count = negative_directions(d, least, work)
    ranges(cells, first, last, d, count, work)
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
        here, chosen = math.inf, first
        for i in range(first, last):
            value = along(slope, d, cells.x[i], work.vectors[X])
            if value < here:
                here, chosen = value, i
        low += here
        best = max(best, low)
        if low + r.above >= 0.0:
            nearer = math.inf
            for i in range(r.points.shape[0]):
                nearer = min(nearer, along(slope, d, work.vectors[X], r.points[i]))
            if low + nearer + r.above >= rounding(d, last - first, scale, work):
                return True, 0.0
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
def plane_below(a, b):
    """Return G, dG/da and dG/db at a, b > 0; G >= 2 G + dG/da a' + dG/db b' at any other a', b'.

    With q = a/b - 1, b G is the sum of (-q)^n/((n + 1)(n + 2)).
    """
    q = a / b - 1.0
    if abs(q) < 0.1:
        g, slope, power = 0.0, 0.0, 1.0
        for n in range(16):
            g += power / ((n + 1.0) * (n + 2.0))
            slope -= (n + 1.0) * power / ((n + 2.0) * (n + 3.0))
            power *= -q
    else:
        excess = (1.0 + q) * math.log(1.0 + q) - q
        g = excess / (q * q)
        slope = (math.log(1.0 + q) - 2.0 * excess / q) / (q * q)
    return g / b, slope / (b * b), -(g + (1.0 + q) * slope) / (b * b)


@fragment
def set_planes(at: Chart, work: ProofWork):
    """Fill the planes of G of all species from where they touch."""
    for s in range(at.multiplicity.size):
        whole = max(work.sites[AT_WHOLE, s], 1e-12)
        y = max(work.sites[AT_Y, s], 1e-9 * whole)
        g, per_y, per_whole = plane_below(y, whole)
        work.sites[CONSTANT, s] = 4.0 * g
        work.sites[PER_Y, s] = 2.0 * per_y
        work.sites[PER_WHOLE, s] = 2.0 * per_whole


@fragment
def begin_at_vertices(at: Chart, r: Reference, cells: Cells, cell, d, work: ProofWork):
    """Fill Q in the metric (BASE), the t of each group (PENALTY), the planes; return the scale."""
    base, reach, total = work.matrices[BASE], work.sites[REACH], work.sites[TOTAL]
    first, last = cells.start[cell], cells.start[cell + 1]
    most_y, most_whole = work.sites[AT_Y], work.sites[AT_WHOLE]
    least_y, least_whole = work.sites[CONSTANT], work.sites[PER_Y]
    for s in range(at.multiplicity.size):
        work.sites[WEIGHT, s] = 0.0
        most_y[s], most_whole[s], least_y[s], least_whole[s] = 0.0, 0.0, math.inf, math.inf
    for i in range(first, last):
        totals(at, cells.y[i], total)
        for s in range(at.multiplicity.size):
            y, whole = cells.y[i, s], total[at.group[s]] * r.high[s]
            most_y[s], least_y[s] = max(most_y[s], y), min(least_y[s], y)
            most_whole[s], least_whole[s] = max(most_whole[s], whole), min(least_whole[s], whole)
    for s in range(at.multiplicity.size):
        most_y[s] += _FIRST * (least_y[s] - most_y[s])
        most_whole[s] += _FIRST * (least_whole[s] - most_whole[s])
    set_planes(at, work)
    e = Energy(0.0, r.linear, r.curvature, r.least_rt)
    scale = assemble_curvature(at, e, d, work)
    for b in range(d):
        for c in range(b + 1):
            base[b, c] = work.matrices[CURVATURE, b, c]
    for g in range(at.total_origin.size):
        size, spread, extent = 0.0, 0.0, 0.0
        for b in range(d):
            extent += work.totals[g, b] * work.totals[g, b]
        for s in range(at.multiplicity.size):
            if at.group[s] != g:
                continue
            h = 0.5 * (r.high[s] - r.low[s])
            spread += h * h / reach[s]
            square = 0.0
            for b in range(d):
                square += work.forms[s, b] * work.forms[s, b]
            size += square / reach[s]
            scale += 4.0 * r.least_rt * at.multiplicity[s] * square / reach[s]
        spread *= extent
        t = min(math.sqrt(spread / max(size, 1e-300)), _MOST_T) if spread > 0.0 else 0.0
        work.sites[PENALTY, g] = t
    return scale


@inner
def at_vertex(at: Chart, r: Reference, y, d, out, work: ProofWork):
    """Fill the lower triangle of M(x) at a vertex with species y."""
    base, forms = work.matrices[BASE], work.forms
    totals(at, y, work.sites[TOTAL])
    for b in range(d):
        for c in range(b + 1):
            out[b, c] = base[b, c]
    for g in range(at.total_origin.size):
        t, total, penalty = work.sites[PENALTY, g], work.sites[TOTAL, g], 0.0
        for s in range(at.multiplicity.size):
            if at.group[s] != g:
                continue
            whole = total * r.high[s]
            weight = work.sites[CONSTANT, s]
            weight += work.sites[PER_Y, s] * y[s] + work.sites[PER_WHOLE, s] * whole
            scale = r.least_rt * at.multiplicity[s] * weight
            part = -t if weight < 0.0 else t
            if t > 0.0:
                h = 0.5 * (r.high[s] - r.low[s])
                penalty += scale * (1.0 / part - 1.0) * h * h
            scale *= 1.0 - part
            for b in range(d):
                left = scale * forms[s, b]
                for c in range(b + 1):
                    out[b, c] += left * forms[s, c]
        if t > 0.0:
            for b in range(d):
                left = penalty * work.totals[g, b]
                for c in range(b + 1):
                    out[b, c] -= left * work.totals[g, c]


@inner
def first_that_fails(
    at: Chart, r: Reference, cells: Cells, cell, begin, slack, lam, work: ProofWork
):  # fmt: skip
    """Vertex at which M(x) + lam c c' is not shown to be positive, -1 if there is none; c is STEP."""
    d, trial, along_c = at.site.shape[1], work.matrices[HESSIAN], work.vectors[STEP]
    first, last = cells.start[cell], cells.start[cell + 1]
    for n in range(last - first):
        i = first + (begin - first + n) % (last - first)
        at_vertex(at, r, cells.y[i], d, trial, work)
        for b in range(d):
            if lam > 0.0:
                left = lam * along_c[b]
                for c in range(b + 1):
                    trial[b, c] += left * along_c[c]
            trial[b, b] -= slack
        if not cholesky(trial, d, 0.0):
            return i
    return -1


@inner
def holds_at_vertices(at: Chart, r: Reference, cells: Cells, cell, work: ProofWork):
    """Whether M(x) does at every vertex, with planes that touch nearer to where it failed."""
    d, first, last = at.site.shape[1], cells.start[cell], cells.start[cell + 1]
    scale = begin_at_vertices(at, r, cells, cell, d, work)
    slack, worst = _SLACK * scale, first
    for attempt in range(_CENTRES):
        failed = first_that_fails(at, r, cells, cell, worst, slack, 0.0, work)
        if failed < 0:
            return True
        worst = failed
        if attempt == _CENTRES - 1:
            break
        totals(at, cells.y[worst], work.sites[TOTAL])
        for s in range(at.multiplicity.size):
            whole, share = work.sites[TOTAL, at.group[s]] * r.high[s], 1.0 / (attempt + 2.0)
            work.sites[AT_Y, s] += share * (cells.y[worst, s] - work.sites[AT_Y, s])
            work.sites[AT_WHOLE, s] += share * (whole - work.sites[AT_WHOLE, s])
        set_planes(at, work)
    if not r.above > 0.0:
        return False
    # the tangents have something to spare: M may be negative along the worst direction
    a, vectors, root = work.matrices[CURVATURE], work.matrices[VECTORS], work.matrices[METRIC]
    at_vertex(at, r, cells.y[worst], d, a, work)
    for b in range(d):
        for c in range(b):
            a[c, b] = a[b, c]
    eigen(a, d, vectors)
    column = least_column(a, d)
    lam, direction = slack - a[column, column], work.vectors[LAMBDA]
    for b in range(d):
        work.vectors[STEP, b] = vectors[b, column]
        direction[b] = vectors[b, column]
    solve_upper(root, d, direction)
    widest = width(r, cells, cell, direction, work)
    spare = r.above - rounding(d, last - first, scale, work)
    for _ in range(_SHIFTS):
        if 0.5 * lam * widest * widest > spare:
            break
        if first_that_fails(at, r, cells, cell, worst, slack, lam, work) < 0:
            return True
        lam *= 2.0
    return False


@fragment
def width(r: Reference, cells: Cells, cell, direction, work: ProofWork):
    """Greatest |c.(x - r)| of x in a cell and r one of the reference."""
    d, low, high, least, most = r.x.size, math.inf, -math.inf, math.inf, -math.inf
    first, last = cells.start[cell], cells.start[cell + 1]
    for i in range(first, last):
        t = along(direction, d, cells.x[i], work.vectors[X])
        low, high = min(low, t), max(high, t)
    for i in range(r.points.shape[0]):
        t = along(direction, d, r.points[i], work.vectors[X])
        least, most = min(least, t), max(most, t)
    return max(high - least, most - low)


@kernel
def tangent_holds(at: Chart, r: Reference, cells: Cells, cell, steps, work: ProofWork):
    """Whether D lies above its tangents at the reference, at all points and all over the cell.

    A may have negative eigenvalues where (x - r)'A(x - r) is not negative on the cell.

    Where it does not, leaves the eigenvectors of A in `work`, and the reference as its own.

    Returns
    -------
    (bool, float)
        And how much is lacking where it does not, kJ per unit of size.
    """
    d, species = at.site.shape[1], at.multiplicity.size
    for b in range(d):
        work.vectors[X, b] = r.x[b]
    for s in range(species):
        work.sites[Y, s] = r.y[s]
        work.sites[ETA, s] = 0.5 * (r.low[s] + r.high[s])
    about(at, cells, cells.start[cell], cells.start[cell + 1], r.low, r.high, work)
    project(at, d, work)
    root = work.matrices[METRIC]
    for g in range(at.total_origin.size):
        for b in range(d):
            value = 0.0
            for i in range(b, d):
                value += at.total[g, i] * root[i, b]
            work.totals[g, b] = value
    if holds_at_vertices(at, r, cells, cell, work):
        return True, 0.0
    use_reach(at, work)
    e = Energy(0.0, r.linear, r.curvature, r.least_rt)
    for step in range(steps + 1):
        scale = assemble_curvature(at, e, d, work)
        take_off_range(at, r, d, work)
        a, trial = work.matrices[CURVATURE], work.matrices[HESSIAN]
        for b in range(d):
            for c in range(b + 1):
                trial[b, c] = a[b, c]
            trial[b, b] -= SEMIDEFINITE * scale
        if cholesky(trial, d, 0.0):
            return True, 0.0
        eigen(a, d, work.matrices[VECTORS])
        if step < steps:
            improve(at, least_column(a, d), 2.0 / (step + 4.0), d, work)
    return shifted_holds(r, cells, cell, scale, work)

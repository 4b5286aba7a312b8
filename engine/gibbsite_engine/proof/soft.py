"""Tangents where D is flat along one direction, as it is between the limbs of a solvus.

With u = x - r and M(x) = M(r) + sum_j u_j M_j the excess over a tangent, u'M(x)u/2, has a cubic part,
and many matrices have the same cubic: any N(x), linear in u, with u'N(x)u = 0 may be added. Along
the soft direction e (the least curvature at r; u = t e + v, v across e) little curvature is to
spare, and what M has of it changes with all of v. N moves that into terms that cost less,
    N = -(gamma.v) ee' + e n' + n e' + t (P + P'),   n = t gamma/2 - P v,
gamma.v = e'M_v e and P v = M_v e across e, M_v = sum_j v_j M_j, so that M + N is
    along e      a function of t alone,
    e across     proportional to t,
    across e     changed by t (P + P').
A cell may then be wide across e where D is flat along it, if only it is short along e.

At point i of a group u is x - r_i, and N that of the middle of the references and of r - r_i in
addition. Over the box of those that is at least -(g + theta) ee' - (c + n^2/theta) (1 - ee'),
with the sums over the axes of the box of |gamma.v| (g), of |n| and of |t| |P + P'| (c).
"""

import math

from gibbsite_engine._jit import inner
from gibbsite_engine.dense import cholesky, solve_lower

from .cells import Cells
from .chart import Chart
from .driving import (
    COUPLING,
    CURVATURE,
    ETA,
    GRADIENT,
    HESSIAN,
    METRIC,
    PER_WHOLE,
    PER_Y,
    SPARE,
    STEP,
    TRIAL,
    TWIST,
    VECTORS,
    ProofWork,
)
from .eigen import eigen
from .forms import least_column
from .planes import at_vertex, keep_planes, touch_nearer
from .span import Reference

_TRIALS = 4  # choices of the planes
_ROUNDING = 1e-13  # relative, of N
_LEAST_RATIO = 1e-3  # of curvatures along and across e


@inner
def choose_direction(at: Chart, r: Reference, d, work: ProofWork):
    """Fill e (STEP), the least curvature of M(r); return that and the next one."""
    a, vectors, e = work.matrices[CURVATURE], work.matrices[VECTORS], work.vectors[STEP]
    at_vertex(at, r, r.y, d, a, work)
    for b in range(d):
        for c in range(b):
            a[c, b] = a[b, c]
    eigen(a, d, vectors)
    column, second = least_column(a, d), math.inf
    for b in range(d):
        e[b] = vectors[b, column]
        if b != column:
            second = min(second, a[b, b])
    return a[column, column], second


@inner
def set_coupling(at: Chart, r: Reference, d, work: ProofWork):
    """Fill gamma (GRADIENT), P and what more of M_v e (COUPLING), P + P' (TWIST) for the planes."""
    e, gamma, right = work.vectors[STEP], work.vectors[GRADIENT], work.vectors[SPARE]
    coupling, twist = work.matrices[COUPLING], work.matrices[TWIST]
    for b in range(d):
        for c in range(d):
            coupling[b, c] = 0.0
    for s in range(at.multiplicity.size):
        g, form = at.group[s], 0.0
        for b in range(d):
            form += work.forms[s, b] * e[b]
        form *= r.least_rt * at.multiplicity[s]
        per_y = work.sites[PER_Y, s]
        per_total = per_y * work.sites[ETA, s] + work.sites[PER_WHOLE, s] * r.high[s]
        for c in range(d):
            slope = form * (per_y * work.forms[s, c] + per_total * work.totals[g, c])
            for b in range(d):
                coupling[b, c] += work.forms[s, b] * slope
    for c in range(d):
        gamma[c] = 0.0
        for b in range(d):
            gamma[c] += coupling[b, c] * e[b]
    for b in range(d):
        for c in range(d):
            coupling[b, c] -= e[b] * gamma[c]
    along = 0.0
    for b in range(d):
        along += gamma[b] * e[b]
        right[b] = 0.0
        for c in range(d):
            right[b] += coupling[b, c] * e[c]
    for b in range(d):
        gamma[b] -= along * e[b]
        for c in range(b + 1):
            twist[b, c] = coupling[b, c] + coupling[c, b] - right[b] * e[c] - right[c] * e[b]


@inner
def across(d, u, n, work: ProofWork):
    """Split u (in the metric) into t e + v, v in its place; fill n; return t and gamma.v."""
    e, gamma, coupling = work.vectors[STEP], work.vectors[GRADIENT], work.matrices[COUPLING]
    t, change = 0.0, 0.0
    for b in range(d):
        t += e[b] * u[b]
    for b in range(d):
        u[b] -= t * e[b]
        change += gamma[b] * u[b]
    for b in range(d):
        n[b] = 0.5 * t * gamma[b]
        for c in range(d):
            n[b] -= coupling[b, c] * u[c]
    return t, change


@inner
def lost_to_range(r: Reference, d, ratio, work: ProofWork):
    """Return what the range of the references takes off M along e, and across it."""
    u, n, twist = work.vectors[TRIAL], work.vectors[SPARE], work.matrices[TWIST]
    norm, along, mixed, turned = 0.0, 0.0, 0.0, 0.0
    for b in range(d):
        norm += twist[b, b] * twist[b, b]
        for c in range(b):
            norm += 2.0 * twist[b, c] * twist[b, c]
    for k in range(d):
        for b in range(d):
            u[b] = r.spread[k, b]
        solve_lower(work.matrices[METRIC], d, u)
        t, change = across(d, u, n, work)
        square = 0.0
        for b in range(d):
            square += n[b] * n[b]
        along, mixed, turned = along + abs(change), mixed + math.sqrt(square), turned + abs(t)
    return along + mixed * ratio, turned * math.sqrt(norm) + mixed / ratio


@inner
def turned_at_vertex(at: Chart, r: Reference, cells: Cells, i, d, work: ProofWork):
    """Fill the lower triangle of M + N at vertex i; return the size of N."""
    trial, e, twist = work.matrices[HESSIAN], work.vectors[STEP], work.matrices[TWIST]
    u, n = work.vectors[TRIAL], work.vectors[SPARE]
    at_vertex(at, r, cells.y[i], d, trial, work)
    for b in range(d):
        u[b] = cells.x[i, b] - r.x[b]
    solve_lower(work.matrices[METRIC], d, u)
    t, change = across(d, u, n, work)
    size = abs(change)
    for b in range(d):
        size += 2.0 * abs(n[b])
        left = n[b] - change * e[b]
        for c in range(b + 1):
            turn = t * twist[b, c]
            trial[b, c] += left * e[c] + e[b] * n[c] + turn
            size += abs(turn)
    return size


@inner
def soft_holds(at: Chart, r: Reference, cells: Cells, cell, slack, work: ProofWork):
    """Whether M + N is positive at every vertex of a cell, with the planes there are or others."""
    d, first, last = at.site.shape[1], cells.start[cell], cells.start[cell + 1]
    trial, e, worst = work.matrices[HESSIAN], work.vectors[STEP], first
    for attempt in range(_TRIALS):
        least, second = choose_direction(at, r, d, work)
        if not second > 0.0:
            return False
        set_coupling(at, r, d, work)
        ratio = math.sqrt(max(least / second, _LEAST_RATIO))
        lost_along, lost_across = lost_to_range(r, d, ratio, work)
        failed = -1
        for k in range(last - first):
            i = first + (worst - first + k) % (last - first)
            size = turned_at_vertex(at, r, cells, i, d, work)
            lost = lost_across + slack + _ROUNDING * size
            for b in range(d):
                for c in range(b + 1):
                    trial[b, c] += (lost_across - lost_along) * e[b] * e[c]
                trial[b, b] -= lost
            if not cholesky(trial, d, 0.0):
                failed = i
                break
        if failed < 0:
            keep_planes(at, cells, cell, work)
            return True
        worst = failed
        touch_nearer(at, r, cells.y[worst], attempt, work)
    return False

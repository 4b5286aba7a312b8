"""Curvature linear in the composition: planes below what entropy exceeds its tangent by.

With a = y_s and b = Y eta_s that is the sum of m RT w^2 G,
    G(a, b) = (a ln(a/b) - a + b)/(a - b)^2 = integral of (1 - q)/((1 - q) b + q a) over 0 < q < 1,
which falls with b and is convex, so above its tangent plane at any a, b; W_s = 2 G in `tangent`.
As M(x) is linear, too, it is positive semi-definite on a cell if it is so at every vertex: not all
species are abundant at once. (Where a W_s is negative, w^2 <= (1 + t) u^2 + (1 + 1/t) v^2.)
"""

import math

from gibbsite_engine._jit import inner
from gibbsite_engine.dense import cholesky

from .cells import Cells
from .chart import Chart, Energy
from .driving import (
    AT_WHOLE,
    AT_Y,
    BASE,
    CONSTANT,
    CURVATURE,
    HESSIAN,
    PENALTY,
    PER_WHOLE,
    PER_Y,
    REACH,
    STEP,
    TOTAL,
    WEIGHT,
    ProofWork,
    totals,
)
from .forms import assemble_curvature
from .span import Reference

_MOST_T = 0.9
_FIRST = 0.25  # where planes touch at first, from the greatest values to the least


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


@inner
def set_planes(at: Chart, work: ProofWork):
    """Fill the planes of G of all species from where they touch."""
    for s in range(at.multiplicity.size):
        whole = max(work.sites[AT_WHOLE, s], 1e-12)
        y = max(work.sites[AT_Y, s], 1e-9 * whole)
        g, per_y, per_whole = plane_below(y, whole)
        work.sites[CONSTANT, s] = 4.0 * g
        work.sites[PER_Y, s] = 2.0 * per_y
        work.sites[PER_WHOLE, s] = 2.0 * per_whole


@inner
def touch_near_the_greatest(at: Chart, r: Reference, cells: Cells, cell, work: ProofWork):
    """Let the planes touch near the greatest values of a cell."""
    total = work.sites[TOTAL]
    first, last = cells.start[cell], cells.start[cell + 1]
    most_y, most_whole = work.sites[AT_Y], work.sites[AT_WHOLE]
    least_y, least_whole = work.sites[CONSTANT], work.sites[PER_Y]
    for s in range(at.multiplicity.size):
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


@inner
def touch_as_before(at: Chart, cells: Cells, cell, work: ProofWork):
    """Let the planes touch where they did when a cell was last done."""
    for s in range(at.multiplicity.size):
        work.sites[AT_Y, s] = cells.kept_forms[cell, 0, s]
        work.sites[AT_WHOLE, s] = cells.kept_forms[cell, 1, s]
    set_planes(at, work)


@inner
def keep_planes(at: Chart, cells: Cells, cell, work: ProofWork):
    """Keep where the planes touch, for when a cell is met again."""
    for s in range(at.multiplicity.size):
        cells.kept_forms[cell, 0, s] = work.sites[AT_Y, s]
        cells.kept_forms[cell, 1, s] = work.sites[AT_WHOLE, s]


@inner
def set_out(at: Chart, r: Reference, d, work: ProofWork):
    """Fill Q in the metric (BASE) and the t of each group (PENALTY); return the scale."""
    base, reach = work.matrices[BASE], work.sites[REACH]
    for s in range(at.multiplicity.size):
        work.sites[WEIGHT, s] = 0.0
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
def touch_nearer(at: Chart, r: Reference, y, attempt, work: ProofWork):
    """Move the planes towards species y, at which they failed, the less the more often."""
    totals(at, y, work.sites[TOTAL])
    share = 1.0 / (attempt + 2.0)
    for s in range(at.multiplicity.size):
        whole = work.sites[TOTAL, at.group[s]] * r.high[s]
        work.sites[AT_Y, s] += share * (y[s] - work.sites[AT_Y, s])
        work.sites[AT_WHOLE, s] += share * (whole - work.sites[AT_WHOLE, s])
    set_planes(at, work)


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

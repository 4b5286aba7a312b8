"""Curvature linear in the composition: planes below what entropy exceeds its tangent by.

With a = y_s and b = Y eta_s that is the sum of m RT w^2 G,
    G(a, b) = (a ln(a/b) - a + b)/(a - b)^2 = integral of (1 - q)/((1 - q) b + q a) over 0 < q < 1,
which falls with b and is convex, so above its tangent plane at any a, b; W_s = 2 G in `tangent`.
As M(x) is linear, too, it is positive semi-definite on a cell if it is so at every vertex: not all
species are abundant at once. (Where a W_s is negative, w^2 <= (1 + t) u^2 + (1 + 1/t) v^2.)
"""

import math

from gibbsite_engine._jit import inner
from gibbsite_engine._vectors import add_rows

from .cells import Cells
from .chart import Chart, Energy
from .driving import (
    AT_WHOLE,
    AT_Y,
    BASE,
    CONSTANT,
    CURVATURE,
    LEAST_WHOLE,
    LEAST_Y,
    MOST_Y,
    PENALTY,
    PER_WHOLE,
    PER_Y,
    REACH,
    STEP,
    TOP,
    WEIGHT,
    ProofWork,
)
from .forms import assemble_curvature
from .span import Reference
from .vertices import HEIGHT, LANES, Vertices, blocks, lane_not_positive, set_totals

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
def touch_near_the_greatest(at: Chart, r: Reference, work: ProofWork):
    """Let the planes touch near the greatest values of the cell that was looked at."""
    sites = work.sites
    for s in range(at.multiplicity.size):
        most, whole = sites[MOST_Y, s], sites[TOP, at.group[s]]
        sites[AT_Y, s] = most + _FIRST * (sites[LEAST_Y, s] - most)
        sites[AT_WHOLE, s] = r.high[s] * (
            whole + _FIRST * (sites[LEAST_WHOLE, at.group[s]] - whole)
        )
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
def set_products(at: Chart, d, work: ProofWork):
    """Fill what M(x) is a sum of, each with a weight: of the forms of species, and of totals."""
    forms, totals, species = work.forms, work.totals, at.multiplicity.size
    for b in range(d):
        for c in range(b + 1):
            product = work.vertices.products[b, c]
            for s in range(species):
                product[s] = forms[s, b] * forms[s, c]
            for g in range(at.total_origin.size):
                product[species + g] = totals[g, b] * totals[g, c]


@inner
def set_out(at: Chart, r: Reference, d, work: ProofWork):
    """Fill Q in the metric (BASE), the t of each group (PENALTY) and products; return the scale."""
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
    set_products(at, d, work)
    return scale


@inner
def touch_nearer(at: Chart, r: Reference, vertex, attempt, work: ProofWork):
    """Move the planes towards a vertex at which they failed, the less the more often."""
    share, block, lane = 1.0 / (attempt + 2.0), vertex // LANES, vertex % LANES
    for s in range(at.multiplicity.size):
        y = work.vertices.y[block, s, lane]
        whole = work.vertices.whole[block, at.group[s], lane] * r.high[s]
        work.sites[AT_Y, s] += share * (y - work.sites[AT_Y, s])
        work.sites[AT_WHOLE, s] += share * (whole - work.sites[AT_WHOLE, s])
    set_planes(at, work)


@inner
def set_weights(at: Chart, r: Reference, block, work: ProofWork):
    """Fill the weights of these in M(x) at the compositions of a block."""
    vertices, sites, species = work.vertices, work.sites, at.multiplicity.size
    for g in range(at.total_origin.size):
        penalty = vertices.weights[species + g]
        for v in range(LANES):
            penalty[v] = 0.0
    for s in range(species):
        g = at.group[s]
        y, whole, out = vertices.y[block, s], vertices.whole[block, g], vertices.weights[s]
        per, t, h = r.least_rt * at.multiplicity[s], sites[PENALTY, g], 0.5 * (r.high[s] - r.low[s])
        constant, per_y = per * sites[CONSTANT, s], per * sites[PER_Y, s]
        per_whole = per * sites[PER_WHOLE, s] * r.high[s]
        for v in range(LANES):
            out[v] = constant + per_y * y[v] + per_whole * whole[v]
        if not t > 0.0:
            continue
        penalty, kept, lost = vertices.weights[species + g], 1.0 - t, (1.0 / t - 1.0) * h * h
        grown, gained = 1.0 + t, (1.0 / t + 1.0) * h * h
        for v in range(LANES):
            weight = out[v]
            out[v] = weight * (grown if weight < 0.0 else kept)
            penalty[v] -= weight * (-gained if weight < 0.0 else lost)


@inner
def at_vertices(at: Chart, r: Reference, block, d, work: ProofWork):
    """Fill the lower triangles of M(x) at the compositions of a block."""
    vertices, base = work.vertices, work.matrices[BASE]
    set_weights(at, r, block, work)
    terms = at.multiplicity.size + at.total_origin.size
    for b in range(d):
        for c in range(b + 1):
            out, start = vertices.matrix[b, c], base[b, c]
            for v in range(LANES):
                out[v] = start
            add_rows(out, vertices.products[b, c], vertices.weights, terms, out, LANES)


@inner
def take_lane(d, lane, out, vertices: Vertices):
    """Fill one of the symmetric matrices of a block."""
    for b in range(d):
        for c in range(b + 1):
            out[b, c] = vertices.matrix[b, c, lane]
            out[c, b] = out[b, c]


@inner
def at_species(at: Chart, r: Reference, y, d, out, work: ProofWork):
    """Fill M(x) at species y."""
    vertices = work.vertices
    block = vertices.y.shape[0] - 1
    for s in range(at.multiplicity.size):
        for v in range(LANES):
            vertices.y[block, s, v] = y[s]
    set_totals(at, vertices.y[block], vertices.whole[block])
    at_vertices(at, r, block, d, work)
    take_lane(d, 0, out, vertices)


@inner
def first_that_fails(at: Chart, r: Reference, begin, slack, lam, work: ProofWork):
    """Vertex at which M(x) + lam c c' is not shown to be positive, -1 if there is none; c is STEP.

    Those of the block of vertex `begin` come first.
    """
    d, vertices, along_c = at.site.shape[1], work.vertices, work.vectors[STEP]
    number = blocks(vertices)
    for n in range(number):
        block = (begin // LANES + n) % number
        at_vertices(at, r, block, d, work)
        for b in range(d):
            for c in range(b + 1 if lam > 0.0 else 0):
                out, more = vertices.matrix[b, c], lam * along_c[b] * along_c[c]
                for v in range(LANES):
                    out[v] += more
            out = vertices.matrix[b, b]
            for v in range(LANES):
                out[v] -= slack
        lane = lane_not_positive(vertices.matrix, d, vertices.rows[HEIGHT])
        if lane >= 0:
            return min(block * LANES + lane, vertices.number[0] - 1)
    return -1

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
from gibbsite_engine._vectors import add_rows, subtract_rows

from .cells import Cells
from .chart import Chart
from .driving import (
    COUPLING,
    CURVATURE,
    ETA,
    GRADIENT,
    MEAN,
    METRIC,
    PER_WHOLE,
    PER_Y,
    SPARE,
    STEP,
    TWIST,
    VECTORS,
    ProofWork,
)
from .eigen import eigen
from .forms import least_column
from .planes import at_species, at_vertices, keep_planes, touch_nearer
from .span import Reference
from .vertices import ALONG, CHANGE, HEIGHT, LANES, SIZE, ZERO, blocks, lane_not_positive

_TRIALS = 4  # choices of the planes
_ROUNDING = 1e-13  # relative, of N
_LEAST_RATIO = 1e-3  # of curvatures along and across e


@inner
def choose_direction(at: Chart, r: Reference, d, work: ProofWork):
    """Fill e (STEP), the least curvature of M(r); return that and the next one."""
    a, vectors, e = work.matrices[CURVATURE], work.matrices[VECTORS], work.vectors[STEP]
    at_species(at, r, r.y, d, a, work)
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
def across(d, work: ProofWork):
    """Split each u of a block (in the metric) into t e + v, v in its place; fill t, n and gamma.v."""
    e, gamma, coupling = work.vectors[STEP], work.vectors[GRADIENT], work.matrices[COUPLING]
    vertices = work.vertices
    u, n, t, zero = vertices.steps[0], vertices.steps[1], vertices.rows[ALONG], vertices.rows[ZERO]
    add_rows(zero, e, u, d, t, LANES)
    for b in range(d):
        part, of_e = u[b], e[b]
        for v in range(LANES):
            part[v] -= t[v] * of_e
    add_rows(zero, gamma, u, d, vertices.rows[CHANGE], LANES)
    for b in range(d):
        out, half = n[b], 0.5 * gamma[b]
        for v in range(LANES):
            out[v] = half * t[v]
        subtract_rows(out, coupling[b], u, d, out, LANES)


@inner
def into_metric(d, work: ProofWork):
    """Bring each u of a block into the metric."""
    u, root = work.vertices.steps[0], work.matrices[METRIC]
    for b in range(d):
        out, inverse = u[b], 1.0 / root[b, b]
        subtract_rows(out, root[b], u, b, out, LANES)
        for v in range(LANES):
            out[v] *= inverse


@inner
def lost_to_range(r: Reference, d, ratio, work: ProofWork):
    """Return what the range of the references takes off M along e, and across it."""
    vertices, twist = work.vertices, work.matrices[TWIST]
    u, n, t, change = (
        vertices.steps[0],
        vertices.steps[1],
        vertices.rows[ALONG],
        vertices.rows[CHANGE],
    )
    norm, along, mixed, turned = 0.0, 0.0, 0.0, 0.0
    for b in range(d):
        norm += twist[b, b] * twist[b, b]
        for c in range(b):
            norm += 2.0 * twist[b, c] * twist[b, c]
    for begin in range(0, d, LANES):
        for b in range(d):
            for v in range(LANES):
                u[b, v] = r.spread[begin + v, b] if begin + v < d else 0.0
        into_metric(d, work)
        across(d, work)
        for v in range(LANES):
            square = 0.0
            for b in range(d):
                square += n[b, v] * n[b, v]
            along += abs(change[v])
            mixed += math.sqrt(square)
            turned += abs(t[v])
    return along + mixed * ratio, turned * math.sqrt(norm) + mixed / ratio


@inner
def turned_at_vertices(at: Chart, r: Reference, block, d, work: ProofWork):
    """Fill the lower triangles of M + N at the vertices of a block, and the size of each N."""
    vertices, e, twist = work.vertices, work.vectors[STEP], work.matrices[TWIST]
    u, n, t, change = (
        vertices.steps[0],
        vertices.steps[1],
        vertices.rows[ALONG],
        vertices.rows[CHANGE],
    )
    at_vertices(at, r, block, d, work)
    for b in range(d):
        away = work.vectors[MEAN, b] - r.x[b]
        for v in range(LANES):
            u[b, v] = vertices.x[block, b, v] + away
    into_metric(d, work)
    across(d, work)
    size = vertices.rows[SIZE]
    for v in range(LANES):
        size[v] = abs(change[v])
    for b in range(d):
        left, of_e = n[b], e[b]
        for c in range(b):
            out, right, by, turn = vertices.matrix[b, c], n[c], e[c], twist[b, c]
            for v in range(LANES):
                out[v] += (left[v] - change[v] * of_e) * by + of_e * right[v] + t[v] * turn
                size[v] += abs(t[v] * turn)
        out, turn = vertices.matrix[b, b], twist[b, b]
        for v in range(LANES):
            out[v] += (2.0 * left[v] - change[v] * of_e) * of_e + t[v] * turn
            size[v] += 2.0 * abs(left[v]) + abs(t[v] * turn)


@inner
def first_turned_that_fails(
    at: Chart, r: Reference, begin, lost_along, lost_across, work: ProofWork
):  # fmt: skip
    """Vertex at which M + N, less what is lost, is not shown to be positive, -1 if there is none."""
    vertices, e, d = work.vertices, work.vectors[STEP], at.site.shape[1]
    size, number = vertices.rows[SIZE], blocks(vertices)
    for step in range(number):
        block = (begin // LANES + step) % number
        turned_at_vertices(at, r, block, d, work)
        for b in range(d):
            for c in range(b + 1):
                out, more = vertices.matrix[b, c], (lost_across - lost_along) * e[b] * e[c]
                for v in range(LANES):
                    out[v] += more
            out = vertices.matrix[b, b]
            for v in range(LANES):
                out[v] -= lost_across + _ROUNDING * size[v]
        lane = lane_not_positive(vertices.matrix, d, vertices.rows[HEIGHT])
        if lane >= 0:
            return min(block * LANES + lane, vertices.number[0] - 1)
    return -1


@inner
def soft_holds(at: Chart, r: Reference, cells: Cells, cell, slack, work: ProofWork):
    """Whether M + N is positive at every vertex of a cell, with the planes there are or others."""
    d, worst = at.site.shape[1], 0
    for attempt in range(_TRIALS):
        least, second = choose_direction(at, r, d, work)
        if not second > 0.0:
            return False
        set_coupling(at, r, d, work)
        ratio = math.sqrt(max(least / second, _LEAST_RATIO))
        lost_along, lost_across = lost_to_range(r, d, ratio, work)
        failed = first_turned_that_fails(
            at, r, worst, lost_along + slack, lost_across + slack, work
        )
        if failed < 0:
            keep_planes(at, cells, cell, work)
            return True
        worst = failed
        touch_nearer(at, r, worst, attempt, work)
    return False

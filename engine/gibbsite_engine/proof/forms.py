"""Quadratic forms that lie below the entropy on a cell, and the curvature they leave negative.

About a reference with fractions eta the entropy of a group exceeds its tangent by Y KL(y/Y, eta).
With w = y - Y eta, linear in x, and maxima over the cell (attained at its vertices), each of
    reach   sum_s w_s^2 / max (2 Y eta_s + y_s)/3      from t ln t - t + 1 >= 3 (t-1)^2/(2t + 4)
    total   sum_s w_s^2 2/max Y                        from Pinsker, (sum|w|)^2 >= 2 sum w^2
    single  w_s^2 / (max Y max e(1 - e)), one s        from KL of s against all others,
                                                       e between eta_s and the cell's y_s/Y
is at most 2 Y KL, and so is any convex combination. They hold on the whole cell wherever the
reference lies, and as the reference is approached they lie below the Hessian there.
"""

import math

from gibbsite_engine._jit import inner
from gibbsite_engine.dense import cholesky

from .cells import Cells
from .chart import Chart, Energy
from .driving import (
    CAP,
    CURVATURE,
    ETA,
    LEAST_FRACTION,
    LEAST_WHOLE,
    LEAST_Y,
    MEAN,
    METRIC,
    MOST_FRACTION,
    MOST_Y,
    REACH,
    SQUARE,
    TOP,
    VECTORS,
    WEIGHT,
    ProofWork,
)
from .eigen import eigen
from .vertices import HIGH, LANES, LOW, Vertices, blocks, greatest_of, lay_out, least_of

# Below this total the fractions of a vertex are not known: any are assumed.
LEAST_TOTAL = 1e-9


@inner
def range_of(values, row, vertices: Vertices):
    """Least and greatest value of one row over all vertices, of `vertices.y` or the like."""
    low, high = vertices.rows[LOW], vertices.rows[HIGH]
    for v in range(LANES):
        low[v], high[v] = math.inf, -math.inf
    for block in range(blocks(vertices)):
        here = values[block, row]
        for v in range(LANES):
            low[v], high[v] = min(low[v], here[v]), max(high[v], here[v])
    return least_of(low), greatest_of(high)


@inner
def extremes(at: Chart, work: ProofWork):
    """Fill the least and greatest y of each species, Y of each group, and fraction of each species."""
    vertices, sites = work.vertices, work.sites
    low, high = vertices.rows[LOW], vertices.rows[HIGH]
    for g in range(at.total_origin.size):
        sites[LEAST_WHOLE, g], sites[TOP, g] = range_of(vertices.whole, g, vertices)
    for s in range(at.multiplicity.size):
        sites[LEAST_Y, s], sites[MOST_Y, s] = range_of(vertices.y, s, vertices)
        for v in range(LANES):
            low[v], high[v] = 1.0, 0.0
        for block in range(blocks(vertices)):
            y, whole = vertices.y[block, s], vertices.whole[block, at.group[s]]
            for v in range(LANES):
                known, fraction = whole[v] > LEAST_TOTAL, y[v] / whole[v]
                low[v] = min(low[v], fraction if known else 0.0)
                high[v] = max(high[v], fraction if known else 1.0)
        sites[LEAST_FRACTION, s], sites[MOST_FRACTION, s] = least_of(low), greatest_of(high)


@inner
def look_at(at: Chart, cells: Cells, first, last, work: ProofWork):
    """Fill what depends on a cell alone; False where it has no extent, or more vertices than there is room for.

    That is its vertices, their extremes, and the Cholesky factor L of the covariance of its vertices, its metric.

    The metric decides how good a bound is, never whether it holds; so slivers get some thickness.
    """
    mean, root, d = work.vectors[MEAN], work.matrices[METRIC], at.site.shape[1]
    inverse = 1.0 / (last - first)
    for j in range(d):
        mean[j] = 0.0
    for i in range(first, last):
        for j in range(d):
            mean[j] += cells.x[i, j] * inverse
    if not lay_out(at, cells, first, last, mean, work.vertices):
        return False
    extremes(at, work)
    for a in range(d):
        for b in range(a + 1):
            root[a, b] = 0.0
    for i in range(first, last):
        for a in range(d):
            left = (cells.x[i, a] - mean[a]) * inverse
            for b in range(a + 1):
                root[a, b] += left * (cells.x[i, b] - mean[b])
    thickness = 0.0
    for j in range(d):
        thickness += 1e-11 * root[j, j]
    for j in range(d):
        root[j, j] += thickness
    return cholesky(root, d, 1e-15)


@inner
def about(at: Chart, least, most, work: ProofWork):
    """Fill REACH and CAP of the cell that was looked at.

    The fractions of the reference lie between `least` and `most`; both are ETA where it is one.
    """
    vertices, reach, cap, high = (
        work.vertices,
        work.sites[REACH],
        work.sites[CAP],
        work.vertices.rows[HIGH],
    )
    for s in range(at.multiplicity.size):
        g, twice = at.group[s], 2.0 * most[s]
        for v in range(LANES):
            high[v] = 0.0
        for block in range(blocks(vertices)):
            y, whole = vertices.y[block, s], vertices.whole[block, g]
            for v in range(LANES):
                high[v] = max(high[v], twice * whole[v] + y[v])
        reach[s] = greatest_of(high) / 3.0
        low, top = min(least[s], work.sites[LEAST_FRACTION, s]), work.sites[TOP, g]
        nearest = min(max(0.5, low), max(most[s], work.sites[MOST_FRACTION, s]))
        cap[s] = top * max(nearest * (1.0 - nearest), 1e-12)


@inner
def project(at: Chart, d, work: ProofWork):
    """Fill the rows of w in the metric of the cell: dw/dx L."""
    root = work.matrices[METRIC]
    for s in range(at.multiplicity.size):
        g, eta = at.group[s], work.sites[ETA, s]
        for j in range(d):
            value = 0.0
            for i in range(j, d):
                value += (at.site[s, i] - eta * at.total[g, i]) * root[i, j]
            work.forms[s, j] = value


@inner
def assemble_curvature(at: Chart, e: Energy, d, work: ProofWork):
    """A = L'QL + RT sum_s m_s WEIGHT_s w_s w_s', both triangles; returns the trace of |A|."""
    root, a, forms = work.matrices[METRIC], work.matrices[CURVATURE], work.forms
    half = work.matrices[VECTORS]
    for i in range(d):
        for j in range(d):
            value = 0.0
            for k in range(j, d):
                value += e.quadratic[i, k] * root[k, j]
            half[i, j] = value
    scale = 0.0
    for i in range(d):
        for j in range(i + 1):
            value = 0.0
            for k in range(i, d):
                value += root[k, i] * half[k, j]
            scale += abs(value)
            for s in range(at.multiplicity.size):
                weight = e.rt * at.multiplicity[s] * work.sites[WEIGHT, s]
                value += weight * forms[s, i] * forms[s, j]
            a[i, j] = value
            a[j, i] = value
        scale += abs(a[i, i])
    return scale


@inner
def use_reach(at: Chart, work: ProofWork):
    """Choose the form `reach` for every group."""
    for s in range(at.multiplicity.size):
        work.sites[WEIGHT, s] = 1.0 / work.sites[REACH, s]


@inner
def improve(at: Chart, column, share, d, work: ProofWork):
    """Frank-Wolfe: move `share` of each group's weight to the form best along an eigenvector."""
    reach, cap, top = work.sites[REACH], work.sites[CAP], work.sites[TOP]
    weight, square, vectors = work.sites[WEIGHT], work.sites[SQUARE], work.matrices[VECTORS]
    species = at.multiplicity.size
    for s in range(species):
        value = 0.0
        for j in range(d):
            value += work.forms[s, j] * vectors[j, column]
        square[s] = value * value
    for g in range(at.total_origin.size):
        by_reach, by_total, by_single, best = 0.0, 0.0, 0.0, -1
        for s in range(species):
            if at.group[s] != g:
                continue
            by_reach += square[s] / reach[s]
            by_total += square[s] * 2.0 / top[g]
            if square[s] / cap[s] > by_single:
                by_single, best = square[s] / cap[s], s
        for s in range(species):
            if at.group[s] != g:
                continue
            new = 0.0
            if by_reach >= by_total and by_reach >= by_single:
                new = 1.0 / reach[s]
            elif by_total >= by_single:
                new = 2.0 / top[g]
            elif s == best:
                new = 1.0 / cap[s]
            weight[s] += share * (new - weight[s])


@inner
def least_column(a, d):
    """Column of the least eigenvalue of a diagonalised matrix."""
    least = 0
    for j in range(1, d):
        if a[j, j] < a[least, least]:
            least = j
    return least


@inner
def combine(at: Chart, e: Energy, d, steps, work: ProofWork):
    """Combine the forms so that the least eigenvalue of A rises; leave its eigenvectors.

    Starts from the WEIGHT there is, which must belong to this cell and reference. Returns the
    scale of A, to which rounding is relative.
    """
    scale = 0.0
    for step in range(steps + 1):
        scale = assemble_curvature(at, e, d, work)
        eigen(work.matrices[CURVATURE], d, work.matrices[VECTORS])
        column = least_column(work.matrices[CURVATURE], d)
        if work.matrices[CURVATURE, column, column] >= 0.0 or step == steps:
            break
        improve(at, column, 2.0 / (step + 4.0), d, work)
    return scale

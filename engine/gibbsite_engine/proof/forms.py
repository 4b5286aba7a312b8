"""A quadratic form that lies below the entropy on a cell, and the curvature that it leaves negative.

About a reference with fractions eta the entropy of a group exceeds its tangent by Y KL(y/Y, eta), the
sum of t ln t - t + 1 with t = y/(Y eta), and that is 3 (t - 1)^2/(2t + 4) at least. So with w = y - Y eta,
linear in x, and maxima over the cell (attained at its vertices),
    sum_s w_s^2 / max (2 Y eta_s + y_s)/3
is at most 2 Y KL. It holds on the whole cell wherever the reference lies, and as the reference is
approached it lies below the Hessian there.
"""

import math

from gibbsite_engine._jit import inner
from gibbsite_engine.dense import cholesky

from .cells import Cells
from .chart import Chart, Energy
from .driving import (
    CURVATURE,
    ETA,
    LEAST_WHOLE,
    LEAST_Y,
    MEAN,
    METRIC,
    MOST_Y,
    REACH,
    TOP,
    VECTORS,
    WEIGHT,
    ProofWork,
)
from .vertices import HIGH, LANES, LOW, Vertices, blocks, greatest_of, lay_out, least_of


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
    """Fill the least and greatest y of each species, and Y of each group."""
    vertices, sites = work.vertices, work.sites
    for g in range(at.total_origin.size):
        sites[LEAST_WHOLE, g], sites[TOP, g] = range_of(vertices.whole, g, vertices)
    for s in range(at.multiplicity.size):
        sites[LEAST_Y, s], sites[MOST_Y, s] = range_of(vertices.y, s, vertices)


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
def about(at: Chart, most, work: ProofWork):
    """Fill REACH of the cell that was looked at, fractions of the reference being no greater than `most`."""
    vertices, high = work.vertices, work.vertices.rows[HIGH]
    for s in range(at.multiplicity.size):
        g, twice = at.group[s], 2.0 * most[s]
        for v in range(LANES):
            high[v] = 0.0
        for block in range(blocks(vertices)):
            y, whole = vertices.y[block, s], vertices.whole[block, g]
            for v in range(LANES):
                high[v] = max(high[v], twice * whole[v] + y[v])
        work.sites[REACH, s] = greatest_of(high) / 3.0


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
    """Fill WEIGHT with those of the form."""
    for s in range(at.multiplicity.size):
        work.sites[WEIGHT, s] = 1.0 / work.sites[REACH, s]


@inner
def least_column(a, d):
    """Column of the least eigenvalue of a diagonalised matrix."""
    least = 0
    for j in range(1, d):
        if a[j, j] < a[least, least]:
            least = j
    return least

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

from gibbsite_engine._jit import inner
from gibbsite_engine.dense import cholesky

from .cells import Cells
from .chart import Chart, Energy
from .driving import (
    CAP,
    CURVATURE,
    ETA,
    LEAST_FRACTION,
    MEAN,
    METRIC,
    MOST_FRACTION,
    REACH,
    SQUARE,
    TOP,
    TOTAL,
    VECTORS,
    WEIGHT,
    ProofWork,
    totals,
)
from .eigen import eigen

# Below this total the fractions of a vertex are not known: any are assumed.
LEAST_TOTAL = 1e-9


@inner
def extremes(at: Chart, cells: Cells, first, last, work: ProofWork):
    """Fill TOP (max Y, per group) and the least and greatest fraction of each species in a cell."""
    low, high = work.sites[LEAST_FRACTION], work.sites[MOST_FRACTION]
    top, total = work.sites[TOP], work.sites[TOTAL]
    for s in range(at.multiplicity.size):
        low[s], high[s], top[s] = 1.0, 0.0, 0.0
    for i in range(first, last):
        totals(at, cells.y[i], total)
        for g in range(at.total_origin.size):
            top[g] = max(top[g], total[g])
            total[g] = 1.0 / total[g] if total[g] > LEAST_TOTAL else -1.0
        for s in range(at.multiplicity.size):
            inverse = total[at.group[s]]
            fraction = cells.y[i, s] * inverse
            low[s] = min(low[s], fraction if inverse > 0.0 else 0.0)
            high[s] = max(high[s], fraction if inverse > 0.0 else 1.0)


@inner
def look_at(at: Chart, cells: Cells, first, last, work: ProofWork):
    """Fill what depends on a cell alone; False where it has no extent.

    That is its extremes, and the Cholesky factor L of the covariance of its vertices, its metric.

    The metric decides how good a bound is, never whether it holds; so slivers get some thickness.
    """
    mean, root, d = work.vectors[MEAN], work.matrices[METRIC], at.site.shape[1]
    extremes(at, cells, first, last, work)
    inverse = 1.0 / (last - first)
    for j in range(d):
        mean[j] = 0.0
    for i in range(first, last):
        for j in range(d):
            mean[j] += cells.x[i, j] * inverse
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
def about(at: Chart, cells: Cells, first, last, least, most, work: ProofWork):
    """Fill REACH and CAP of a cell, whose extremes must be there.

    The fractions of the reference lie between `least` and `most`; both are ETA where it is one.
    """
    reach, cap, total = work.sites[REACH], work.sites[CAP], work.sites[TOTAL]
    species = at.multiplicity.size
    for s in range(species):
        reach[s] = 0.0
    for i in range(first, last):
        totals(at, cells.y[i], total)
        for s in range(species):
            reach[s] = max(reach[s], 2.0 * total[at.group[s]] * most[s] + cells.y[i, s])
    for s in range(species):
        reach[s] /= 3.0
        low = min(least[s], work.sites[LEAST_FRACTION, s])
        high = max(most[s], work.sites[MOST_FRACTION, s])
        nearest = min(max(0.5, low), high)
        cap[s] = work.sites[TOP, at.group[s]] * max(nearest * (1.0 - nearest), 1e-12)


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

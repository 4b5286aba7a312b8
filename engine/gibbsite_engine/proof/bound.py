"""A lower bound of the driving force on a cell: one linear function, least at a vertex.

About a reference r, with A from `forms` and its negative eigenvalues lam_k along c_k,
    D(x) >= D(r) + grad.(x - r) - 1/2 sum_k |lam_k| t_k^2,  t_k = c_k.(x - r) in [l_k, u_k],
         >= D(r) + grad.(x - r) - 1/2 sum_k |lam_k| ((l_k + u_k) t_k - l_k u_k),
whose least value on the cell lies at a vertex. It is the tangent at r of D shifted by alpha-BB
(Adjiman et al. 1998) in the few directions that the entropy does not cover.

The shifted D lies above a quadratic, too, of the matrix M = A + sum_k |lam_k| c_k c_k'. Let it have
the value `top` and the slope g at r. Where nothing but g.(x - r) >= -m is known of a cell,
    D >= top - m + m^2/2s  if m < s,  else  D >= top - s/2,  s = g'M^-1 g,
since (g.u)^2 <= s u'Mu. M must be positive: with some room, directions are shifted more than need be.
"""

import math
from typing import NamedTuple

from gibbsite_engine._jit import inner
from gibbsite_engine.dense import cholesky, solve_lower, solve_upper

from .cells import Cells
from .chart import Chart, Energy
from .driving import (
    CURVATURE,
    DIRECTIONS,
    GRADIENT,
    HESSIAN,
    LAMBDA,
    MEAN,
    METRIC,
    RANGE,
    SPARE,
    STEP,
    TOTAL,
    TRIAL,
    VECTORS,
    Y_STEP,
    Y_TRIAL,
    ProofWork,
    X,
    Y,
    chart_hessian,
    site_step,
    solve_step,
    value,
)
from .vertices import extent

# kJ: sums of some hundred terms of at most 1e3 kJ, each exact to 1e-16, and as much again.
MARGIN = 1e-9
# Backward error of the eigenvalues, relative to the scale of A.
EIGEN_ERROR = 1e-14


class Shifted(NamedTuple):
    """D less its shift in the first `directions`, with a barrier before the cuts of a cell."""

    energy: Energy
    directions: int
    barrier: float
    """kJ per unit of the logarithm of the slack."""


@inner
def negative_directions(d, room, work: ProofWork):
    """Fill LAMBDA (room - lam_k) and the rows c_k of DIRECTIONS; return how many there are.

    With room for A to change, directions of a curvature below that are shifted, too.
    """
    a, vectors, root = work.matrices[CURVATURE], work.matrices[VECTORS], work.matrices[METRIC]
    count = 0
    for j in range(d):
        if a[j, j] >= room:
            continue
        row = work.matrices[DIRECTIONS, count]
        for i in range(d):
            row[i] = vectors[i, j]
        solve_upper(root, d, row)
        work.vectors[LAMBDA, count] = room - a[j, j]
        count += 1
    return count


@inner
def along(direction, d, x, r):
    """c.(x - r)."""
    t = 0.0
    for j in range(d):
        t += direction[j] * (x[j] - r[j])
    return t


@inner
def over_cell(direction, d, work: ProofWork):
    """Return the least and greatest c.(x - r) over the cell that was looked at."""
    low, high = extent(direction, d, work.vertices)
    middle = along(direction, d, work.vectors[MEAN], work.vectors[X])
    return middle + low, middle + high


@inner
def ranges(d, count, work: ProofWork):
    """Fill the least and greatest t_k over the cell that was looked at."""
    for k in range(count):
        low, high = over_cell(work.matrices[DIRECTIONS, k], d, work)
        work.matrices[RANGE, 0, k] = low
        work.matrices[RANGE, 1, k] = high


@inner
def shift_slope(d, count, work: ProofWork, out):
    """Slope of the bound at r: grad D less the slope of the secants."""
    for j in range(d):
        out[j] = work.vectors[GRADIENT, j]
    for k in range(count):
        middle = work.matrices[RANGE, 0, k] + work.matrices[RANGE, 1, k]
        for j in range(d):
            out[j] -= 0.5 * work.vectors[LAMBDA, k] * middle * work.matrices[DIRECTIONS, k, j]


@inner
def shift_depth(count, work: ProofWork):
    """How far the bound lies below D at r, kJ; zero where nothing is negative."""
    depth = 0.0
    for k in range(count):
        low, high = work.matrices[RANGE, 0, k], work.matrices[RANGE, 1, k]
        depth -= 0.5 * work.vectors[LAMBDA, k] * low * high
    return depth


@inner
def rounding(d, scale, work: ProofWork):
    """Explicit margin of a bound for rounding on the cell that was looked at, kJ.

    In the metric of the cell no vertex lies further than sqrt(vertices d) from the mean, so an
    error of the eigenvalues costs at most that squared times it.
    """
    r = work.vectors[SPARE]
    for j in range(d):
        r[j] = work.vectors[X, j] - work.vectors[MEAN, j]
    solve_lower(work.matrices[METRIC], d, r)
    square = 1.0 * work.vertices.number[0] * d
    for j in range(d):
        square += r[j] * r[j]
    return MARGIN + EIGEN_ERROR * scale * square


@inner
def least_at_vertices(d, count, now, work: ProofWork):
    """Least value of the bound over the vertices, `now` being D(r); no margin taken."""
    slope = work.vectors[SPARE]
    shift_slope(d, count, work, slope)
    return now - shift_depth(count, work) + over_cell(slope, d, work)[0]


@inner
def in_metric(d, slope, work: ProofWork, out):
    """Fill L'slope."""
    root = work.matrices[METRIC]
    for b in range(d):
        value = 0.0
        for i in range(b, d):
            value += root[i, b] * slope[i]
        out[b] = value


@inner
def depth_of_quadratic(fall, reach):
    """How far a quadratic of slope g and g'M^-1 g = reach can fall where -g.(x - r) <= fall."""
    reach *= 1.0 + 1e-9
    if fall <= 0.0:
        return fall
    return fall - 0.5 * fall * fall / reach if fall < reach else 0.5 * reach


@inner
def mean_curvature(d, work: ProofWork):
    """Mean of the positive eigenvalues of A, which is diagonalised."""
    mean = 0.0
    for b in range(d):
        mean += max(work.matrices[CURVATURE, b, b], 0.0) / d
    return mean


@inner
def bound_by_quadratic(d, room, now, work: ProofWork):
    """Bound D by the quadratic, with `room` (part of the mean curvature) to spare; no margin taken."""
    a, vectors = work.matrices[CURVATURE], work.matrices[VECTORS]
    slope, step = work.vectors[SPARE], work.vectors[STEP]
    least = room * mean_curvature(d, work)
    count = negative_directions(d, least, work)
    ranges(d, count, work)
    shift_slope(d, count, work, slope)
    fall = -over_cell(slope, d, work)[0]
    in_metric(d, slope, work, step)
    reach = 0.0
    for k in range(d):
        part = 0.0
        for b in range(d):
            part += vectors[b, k] * step[b]
        reach += part * part / max(a[k, k], least)
    return now - shift_depth(count, work) - depth_of_quadratic(fall, reach)


@inner
def slack(cells: Cells, cell, c, d, x):
    """B - a.x of a cut of a cell."""
    out = cells.cuts[cell, c, d]
    for j in range(d):
        out -= cells.cuts[cell, c, j] * x[j]
    return out


@inner
def inside(cells: Cells, cell, d, x):
    """Whether a composition lies in a cell."""
    for c in range(cells.n_cuts[cell]):
        if slack(cells, cell, c, d, x) < 0.0:
            return False
    return True


@inner
def shifted_value(at: Chart, f: Shifted, cells: Cells, cell, x, y, work: ProofWork):
    """Value of f at x, y; infinite outside the cell."""
    d, out = at.site.shape[1], value(at, f.energy, x, y, work.sites[TOTAL])
    for k in range(f.directions):
        t = along(work.matrices[DIRECTIONS, k], d, x, work.vectors[X])
        out -= (
            0.5 * work.vectors[LAMBDA, k]
            * (t - work.matrices[RANGE, 0, k]) * (work.matrices[RANGE, 1, k] - t)
        )  # fmt: skip
    for c in range(cells.n_cuts[cell]):
        room = slack(cells, cell, c, d, x)
        if room <= 0.0:
            return math.inf
        out -= f.barrier * math.log(room)
    return out


@inner
def approach(at: Chart, f: Shifted, cells: Cells, cell, work: ProofWork):
    """One Newton step of the reference towards the least of f; False if stuck."""
    d, x, y = at.site.shape[1], work.vectors[X], work.sites[Y]
    gradient, step, h = work.vectors[SPARE], work.vectors[STEP], work.matrices[HESSIAN]
    trial, y_trial, y_step = work.vectors[TRIAL], work.sites[Y_TRIAL], work.sites[Y_STEP]
    now = shifted_value(at, f, cells, cell, x, y, work)
    shift_slope(d, f.directions, work, gradient)
    weight = 1.0
    for _ in range(3):
        chart_hessian(at, f.energy, weight, y, work.sites[TOTAL], h)
        for k in range(f.directions):
            for i in range(d):
                left = work.vectors[LAMBDA, k] * work.matrices[DIRECTIONS, k, i]
                for j in range(i + 1):
                    h[i, j] += left * work.matrices[DIRECTIONS, k, j]
        for c in range(cells.n_cuts[cell]):
            scale = 1.0 / slack(cells, cell, c, d, x)
            for i in range(d):
                left = f.barrier * scale * cells.cuts[cell, c, i]
                if weight == 1.0:
                    gradient[i] += left
                for j in range(i + 1):
                    h[i, j] += left * scale * cells.cuts[cell, c, j]
        if cholesky(h, d, 1e-14):
            break
        weight *= 0.999 * 0.5
    slope = solve_step(h, d, gradient, step)
    length = site_step(at, y, step, y_step, 1.0)
    for c in range(cells.n_cuts[cell]):
        room, closing = slack(cells, cell, c, d, x), 0.0
        for j in range(d):
            closing += cells.cuts[cell, c, j] * step[j]
        if closing * length > 0.9 * room:
            length = 0.9 * room / closing
    for _ in range(12):
        for i in range(d):
            trial[i] = x[i] + length * step[i]
        for s in range(at.multiplicity.size):
            y_trial[s] = y[s] + length * y_step[s]
        new = shifted_value(at, f, cells, cell, trial, y_trial, work)
        if new <= now + 1e-4 * length * slope + 1e-13:
            for i in range(d):
                x[i] = trial[i]
            for s in range(at.multiplicity.size):
                y[s] = y_trial[s]
            return True
        length *= 0.4
    return False

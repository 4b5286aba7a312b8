"""The driving force in a chart: value, gradient, and steps downhill that keep species positive.

A point is x together with its y: small y are stepped, not recomputed, so that they keep their
relative accuracy where y = origin + S x would lose it.
"""

import math
from typing import NamedTuple

import numpy as np

from gibbsite_engine._jit import inner, kernel
from gibbsite_engine.dense import cholesky, solve_lower, solve_upper
from gibbsite_engine.layout import Floats

from .chart import Chart, Energy
from .vertices import Vertices, new_vertices


class ProofWork(NamedTuple):
    """Scratch for one phase; the rows are named below."""

    vectors: Floats
    """(10, d + 1)"""
    sites: Floats
    """(18, S)"""
    matrices: Floats
    """(10, d, d)"""
    forms: Floats
    """(S, d) the species of the curvature form, in the metric of the cell."""
    totals: Floats
    """(S, d) the totals of the groups likewise."""
    vertices: Vertices


X, GRADIENT, STEP, MEAN, TRIAL, LAMBDA, SPARE, KEPT_X, BARE, LINEAR = range(10)
Y, ETA, Y_STEP, Y_TRIAL, REACH, WEIGHT, TOTAL, TOP, KEPT_Y, PENALTY = range(10)
AT_Y, AT_WHOLE, CONSTANT, PER_Y, PER_WHOLE = range(10, 15)
LEAST_Y, MOST_Y, LEAST_WHOLE = range(15, 18)
METRIC, CURVATURE, VECTORS, DIRECTIONS, HESSIAN, RANGE, BASE, COUPLING, TWIST, QUADRATIC = range(10)


def new_work(dimensions: int, species: int, vertices: int) -> ProofWork:
    """Return scratch for phases of at most so many dimensions and species, and cells of so many vertices."""
    d = max(dimensions, 2)
    return ProofWork(
        np.zeros((10, d + 1)), np.ones((18, species)), np.zeros((10, d, d)),
        np.zeros((species, d)),
        np.zeros((species, d)),
        new_vertices(d, species, vertices),
    )  # fmt: skip


@inner
def totals(at: Chart, y, total):
    """Fill the total of each group."""
    for g in range(at.total_origin.size):
        total[g] = 0.0
    for s in range(at.multiplicity.size):
        total[at.group[s]] += y[s]


@kernel
def sites_at(at: Chart, x, y):
    """Fill y = origin + S x, no less than the rounding of it."""
    for s in range(at.multiplicity.size):
        value = at.site_origin[s]
        for j in range(at.site.shape[1]):
            value += at.site[s, j] * x[j]
        y[s] = max(value, 1e-15)


@kernel
def value(at: Chart, e: Energy, x, y, total):
    """D at a point, kJ per unit of size."""
    d = at.site.shape[1]
    totals(at, y, total)
    out = 0.0
    for i in range(d):
        row = 0.0
        for j in range(d):
            row += e.quadratic[i, j] * x[j]
        out += x[i] * (e.linear[i] + 0.5 * row)
    entropy = 0.0
    for s in range(at.multiplicity.size):
        entropy += at.multiplicity[s] * y[s] * math.log(y[s] / total[at.group[s]])
    return e.constant + out + e.rt * entropy


@inner
def value_gradient(at: Chart, e: Energy, x, y, total, eta, gradient):
    """D, its gradient, and eta = y/Y at a point."""
    d = at.site.shape[1]
    out = value(at, e, x, y, total)
    for i in range(d):
        row = e.linear[i]
        for j in range(d):
            row += e.quadratic[i, j] * x[j]
        gradient[i] = row
    for s in range(at.multiplicity.size):
        eta[s] = y[s] / total[at.group[s]]
        slope = e.rt * at.multiplicity[s] * math.log(eta[s])
        for j in range(d):
            gradient[j] += slope * at.site[s, j]
    return out


@kernel
def chart_hessian(at: Chart, e: Energy, weight, y, total, h):
    """Lower triangle of the Hessian of D, its quadratic part scaled by `weight`."""
    d = at.site.shape[1]
    for i in range(d):
        for j in range(i + 1):
            h[i, j] = weight * e.quadratic[i, j]
    for s in range(at.multiplicity.size):
        g = at.group[s]
        scale = e.rt * at.multiplicity[s] / y[s]
        eta = y[s] / total[g]
        for i in range(d):
            left = scale * (at.site[s, i] - eta * at.total[g, i])
            for j in range(i + 1):
                h[i, j] += left * (at.site[s, j] - eta * at.total[g, j])


@inner
def site_step(at: Chart, y, step, y_step, longest):
    """Fill y_step = S step; return the longest step that uses up 90 % of no species."""
    for s in range(at.multiplicity.size):
        change = 0.0
        for j in range(at.site.shape[1]):
            change += at.site[s, j] * step[j]
        y_step[s] = change
        if change * longest < -0.9 * y[s]:
            longest = -0.9 * y[s] / change
    return longest


@inner
def solve_step(h, d, gradient, step):
    """Newton step from the factored Hessian; return its slope."""
    for i in range(d):
        step[i] = -gradient[i]
    solve_lower(h, d, step)
    solve_upper(h, d, step)
    slope = 0.0
    for i in range(d):
        slope += step[i] * gradient[i]
    return slope


@kernel
def descend_chart(at: Chart, e: Energy, max_steps, work: ProofWork):
    """Newton's method on D from the point X, Y in `work`, in place; return D where it stops."""
    d, species = at.site.shape[1], at.multiplicity.size
    x, y, trial, y_trial = work.vectors[X], work.sites[Y], work.vectors[TRIAL], work.sites[Y_TRIAL]
    gradient, step, y_step = work.vectors[GRADIENT], work.vectors[STEP], work.sites[Y_STEP]
    total, h = work.sites[TOTAL], work.matrices[HESSIAN]
    for _ in range(max_steps):
        now = value_gradient(at, e, x, y, total, work.sites[ETA], gradient)
        weight = 1.0
        for _ in range(4):
            chart_hessian(at, e, weight, y, total, h)
            if cholesky(h, d, 1e-13):
                break
            weight = 0.5 * weight if weight > 0.3 else 0.0
        slope = solve_step(h, d, gradient, step)
        length = site_step(at, y, step, y_step, 1.0)
        accepted = False
        for _ in range(25):
            for i in range(d):
                trial[i] = x[i] + length * step[i]
            for s in range(species):
                y_trial[s] = y[s] + length * y_step[s]
            if value(at, e, trial, y_trial, total) <= now + 1e-4 * length * slope + 1e-13:
                accepted = True
                break
            length *= 0.4
        if not accepted:
            break
        for i in range(d):
            x[i] = trial[i]
        for s in range(species):
            y[s] = y_trial[s]
        if slope > -1e-16 and length == 1.0:
            break
    return value_gradient(at, e, x, y, total, work.sites[ETA], gradient)

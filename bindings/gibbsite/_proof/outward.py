"""The bounds of a finished proof, computed again with every rounding error on the safe side.

The trail of a proof says how the polytope was cut and with which reference each cell was proved.
Here the cells are half-spaces, whose halves cover them exactly; vertices serve as guesses only:
    c.x <= mu.b + |c - A'mu|.X   for all A x <= b, |x| <= X, any mu >= 0      (weak duality)
bounds each linear function that the proof takes to be greatest at a vertex. About the reference r
with fractions eta, adding up to one, and w = y - Y eta, entropy lies above its tangent by half of
sum m W w^2; with x - r = L xi a matrix B + sum lam d d' + tau - (all errors) that has a Cholesky
factor in floating point is positive semi-definite (Rump 2006), so D lies above a linear function.
Numbers of the tables and of the end-members' energies are taken as they are in float64.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gibbsite_engine.factors import RT
from gibbsite_engine.layout import Conditions, Floats, Phases
from gibbsite_engine.proof.branch import TRAIL_CUT, TRAIL_DONE
from gibbsite_engine.proof.cells import CUT_DONE, Cells, cut, whole
from gibbsite_engine.proof.chart import Chart, Energy

from .rounding import UNIT, Polytope, gamma, greatest, is_semidefinite, root_polytope

# The logarithm of the C library is taken to be right to so many units in the last place.
_LOG_ULPS = 4.0


class _Tangent(NamedTuple):
    """The reference of a cell and what follows from it."""

    x: Floats
    eta: Floats
    log_eta: Floats
    slopes: Floats
    """(S, d) dw/dx."""
    offset: Floats
    """(S) bound of |w| at x: it is zero but for rounding."""
    excess: Floats
    """(G) bound of |1 - sum eta|."""


def _tangent(at: Chart, x: Floats, y: Floats) -> _Tangent:
    total = np.bincount(at.group, y)
    eta = y / total[at.group]
    groups = len(total)
    excess = np.array([abs(math.fsum([*eta[at.group == g], -1.0])) for g in range(groups)])
    slopes = at.site - eta[:, None] * at.total[at.group]
    d = len(x)
    there = at.site_origin + at.site @ x
    whole_there = (at.total_origin + at.total @ x)[at.group]
    size = np.abs(at.site_origin) + np.abs(at.site) @ np.abs(x)
    size = size + eta * (np.abs(at.total_origin) + np.abs(at.total) @ np.abs(x))[at.group]
    offset = np.abs(there - eta * whole_there) + gamma(d + 4) * size
    return _Tangent(
        x, eta, np.array([math.log(e) for e in eta]), slopes, offset, excess + 4.0 * UNIT
    )


def _weights(at: Chart, of: Polytope, r: _Tangent) -> Floats:
    """Return W of each species, with maxima that are shown to hold on the whole cell, rounded down."""
    out = np.zeros(len(r.eta))
    for s, g in enumerate(at.group):
        slope = (2.0 * r.eta[s] * at.total[g] + at.site[s]) / 3.0
        origin = (2.0 * r.eta[s] * at.total_origin[g] + at.site_origin[s]) / 3.0
        size = np.abs(slope) @ of.box + abs(origin)
        out[s] = 1.0 / (greatest(of, slope) + origin + gamma(8) * size)
    return out * (1.0 - 1e-13)


def _curvature(e: Energy, m: Floats, weights: Floats, w: Floats, root: Floats) -> Floats:
    """B = L'QL + RT sum m W w w'."""
    b: NDArray[Any] = root.T @ e.quadratic @ root + (w * (e.rt * m * weights)[:, None]).T @ w
    return np.asarray(0.5 * (b + b.T))


def leaf_bound(at: Chart, e: Energy, of: Polytope, x: Floats, y: Floats) -> float:
    """Return a number that D is nowhere below on a cell, kJ per unit of size; -inf if none is shown.

    Parameters
    ----------
    of : Polytope
        The cell.
    x, y : (d,), (S,) arrays
        The reference.
    """
    d, m = len(x), at.multiplicity
    r = _tangent(at, x, y)
    root: Floats = np.linalg.cholesky(_covariance(of.vertices)).astype(np.float64)
    weights, w = _weights(at, of, r), r.slopes @ root
    b = _curvature(e, m, weights, w, root)
    values, vectors = np.linalg.eigh(b)
    lam = np.maximum(-values, 0.0)
    shifted = np.flatnonzero(lam > 0.0)
    lam = lam[shifted]
    c = np.linalg.solve(root.T, vectors[:, shifted]).T
    error = _curvature_error(at, e, r, weights, root, lam, c)
    along = c @ root
    b = b + (along.T * lam) @ along
    tau = 2.0 * error + 1e-15 * float(np.abs(b).sum())
    while not is_semidefinite(b + tau * np.eye(d), error):
        tau *= 4.0
        if tau > 1e-3 * (1.0 + float(np.abs(b).max())):
            return -math.inf
    lost = 0.5 * tau * _square_of_extent(of, root, x)
    return _least_of_tangent(at, e, of, r, weights, lam, c) - lost


def _covariance(vertices: Floats) -> Floats:
    """Covariance of a cell's vertices, with some thickness; any metric is right, this one is good."""
    away = vertices - vertices.mean(axis=0)
    out = away.T @ away / len(away)
    return np.asarray(out + 1e-11 * np.trace(out) * np.eye(len(out)))


def _curvature_error(
    at: Chart, e: Energy, r: _Tangent, weights: Floats, root: Floats, lam: Floats, c: Floats
) -> float:
    """Bound of the error of B + sum lam d d' as computed, in norm."""
    d, size = len(root), np.abs(root)
    g_product = gamma(2 * d + 8)
    slopes = np.abs(at.site) + r.eta[:, None] * np.abs(at.total[at.group])
    w, w_error = np.abs(r.slopes @ root), gamma(d + 4) * (slopes @ size)
    scale = (e.rt * at.multiplicity * weights)[:, None]
    n = len(w) + d + 8
    out = g_product * (size.T @ np.abs(e.quadratic) @ size)
    out = out + (scale * (w + w_error)).T @ w_error + (scale * w_error).T @ w
    out = out + gamma(n) * ((scale * w).T @ w)
    k = np.abs(c @ root)
    k_error = gamma(d + 2) * (np.abs(c) @ size)
    out = out + ((k + k_error).T * lam) @ k_error + (k_error.T * lam) @ k
    out = out + gamma(n) * ((k.T * lam) @ k)
    return 2.0 * float(np.linalg.norm(out))


def _square_of_extent(of: Polytope, root: Floats, x: Floats) -> float:
    """Bound of |xi|^2 on the cell, x = r + L xi."""
    d = len(x)
    inverse = np.linalg.inv(root)
    off = np.abs(np.eye(d) - inverse @ root) + gamma(d + 2) * (np.abs(inverse) @ np.abs(root))
    norm = float(off.sum(axis=1).max())
    if not norm < 0.5:
        return math.inf
    most = 0.0
    for row in inverse:
        here = float(row @ x)
        error = gamma(d + 2) * float(np.abs(row) @ np.abs(x))
        most = max(most, greatest(of, row) - here + error, greatest(of, -row) + here + error)
    return d * (most / (1.0 - norm)) ** 2 * (1.0 + 1e-12)


def _least_of_tangent(
    at: Chart, e: Energy, of: Polytope, r: _Tangent, weights: Floats, lam: Floats, c: Floats
) -> float:
    """Least value on the cell of the linear function below D, its errors taken off."""
    d, species, m = len(r.x), len(at.multiplicity), at.multiplicity
    n = species + 2 * d + 12
    here = e.quadratic @ r.x
    pull = e.rt * m * r.log_eta
    slope, slope_size = e.linear + here + pull @ at.site, np.abs(e.linear)
    slope_size = slope_size + np.abs(e.quadratic) @ np.abs(r.x) + np.abs(pull) @ np.abs(at.site)
    constant = e.constant - 0.5 * float(r.x @ here) + float(pull @ at.site_origin)
    size = abs(e.constant) + 0.5 * float(np.abs(r.x) @ np.abs(e.quadratic) @ np.abs(r.x))
    size += float(np.abs(pull) @ np.abs(at.site_origin))
    for strength, direction in zip(lam, c, strict=True):
        place = float(direction @ r.x)
        error = gamma(d + 2) * float(np.abs(direction) @ np.abs(r.x))
        high = greatest(of, direction) - place + error
        low = -greatest(of, -direction) - place - error
        slope = slope - 0.5 * strength * (low + high) * direction
        slope_size = slope_size + 0.5 * strength * (abs(low) + abs(high)) * np.abs(direction)
        constant += 0.5 * strength * ((low + high) * place + low * high)
        size += strength * (abs(low) + abs(high)) * (abs(place) + error / UNIT * gamma(1))
        size += strength * abs(low * high)
    slope_error = (gamma(n) + 2.0 * _LOG_ULPS * UNIT) * slope_size
    least = constant - greatest(of, -slope) - float(slope_error @ of.box)
    least -= (gamma(n) + 2.0 * _LOG_ULPS * UNIT) * size
    # w has an offset at r, and the fractions do not quite add up to one
    span = np.abs(r.slopes) @ (of.box + np.abs(r.x)) + r.offset
    least -= e.rt * float((m * weights * r.offset) @ span)
    m_group = np.array([m[at.group == g].max() for g in range(len(r.excess))])
    top = np.abs(at.total) @ of.box + np.abs(at.total_origin)
    return least - e.rt * float((m_group * r.excess) @ top) * 4.0


def phase_bound(
    at: Chart, e: Energy, trail: Floats, count: int, target: float, cells: Cells
) -> float:
    """Return a number that D is nowhere below, kJ per unit of size, from the trail of a proof.

    Parameters
    ----------
    trail : (E, 1 + d + S) array
        As `prove_phase` filled it.
    count : int
        Cells it looked at.
    target : float
        No more than this need be shown of a cell.
    cells : Cells
        Room to cut the polytope again.

    Returns
    -------
    float
        -inf where the trail is too short or a cell does not hold.
    """
    if count > len(trail):
        return -math.inf
    d, species = at.site.shape[1], len(at.multiplicity)
    polytope, lowest = root_polytope(at), math.inf
    whole(at, cells)
    for row in trail[:count]:
        top = cells.number[0] - 1
        if top < 0:
            return -math.inf
        if row[0] == TRAIL_CUT:
            if cut(cells, d, species, row[1 : 1 + d].copy(), float(row[1 + d])) != CUT_DONE:
                return -math.inf
            continue
        if row[0] != TRAIL_DONE:
            return -math.inf
        cuts = cells.cuts[top, : cells.n_cuts[top], : d + 1]
        cell = Polytope(
            np.vstack([polytope.a, cuts[:, :d]]),
            np.concatenate([polytope.b, cuts[:, d]]),
            cells.x[cells.start[top] : cells.start[top + 1], :d],
            polytope.box,
        )
        x, y = row[1 : 1 + d], row[1 + d : 1 + d + species]
        lowest = min(lowest, leaf_bound(at, e, cell, x, y))
        if lowest < target:
            return lowest
        cells.number[0] = top
    return lowest if cells.number[0] == 0 else -math.inf


def chart_error(
    at: Chart, phases: Phases, k: int, conditions: Conditions, potentials: Floats, box: Floats
) -> float:
    """Bound how far the energy of the chart is from that of the tables, kJ per unit of size.

    Rounding of d = g0 + RT ln c - C'Gamma, of its transformation, and of y, whose logarithms are
    at most 37 in size down to the smallest y that rounding leaves.
    """
    n, species = len(at.origin), len(at.multiplicity)
    rt, c = float(conditions.factors[RT]), phases.composition[k, :n]
    parts = np.abs(conditions.g0[k, :n]) + rt * np.abs(phases.log_constant[k, :n])
    parts = parts + np.abs(c) @ np.abs(potentials)
    z = np.abs(at.origin) + np.abs(at.basis) @ box
    q = np.abs(conditions.interaction[k, :n, :n]) / at.size_unit
    rows = np.abs(phases.occupancy[k, : int(phases.n_species[k]), :n])
    out = gamma(c.shape[1] + 4) * float(parts @ z)
    out += gamma(3 * n + 8) * (float(parts @ z) + float(z @ q @ z))
    moved = gamma(2 * n + 8) * float((rows @ z).max())
    return out + rt * 40.0 * species * float(at.multiplicity.max()) * moved


def pure_error(phases: Phases, k: int, conditions: Conditions, potentials: Floats) -> float:
    """Bound the rounding error of the driving force of a pure phase, kJ."""
    c = np.abs(phases.composition[k, 0])
    return gamma(len(c) + 2) * float(abs(conditions.g0[k, 0]) + c @ np.abs(potentials))

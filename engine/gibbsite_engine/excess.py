"""Excess part of a phase's energy, of the asymmetric formalism, from proportions p (sum 1).

With V = v.p and Q_ij = 2 v_i v_j W_ij/(v_i + v_j), W = a + b T + c P (see `factors`):
    G = p'Q p/(2 V),   mu = Q p/V - v (p'Q p)/(2 V^2),
    H = Q/V - ((Q p) v' + v (Q p)')/V^2 + v v' (p'Q p)/V^3,
    -dG/dT = -p'B p/(2 V),   dG/dP = p'C p/(2 V)  of the b and c parts of Q.
Its a, b and c parts are its features. p'Q p is bilinear in the weights of
vertices, so that its extremes lie at pairs of these.
Holland & Powell (2003), Contrib. Mineral. Petrol. 145, 492-501.
"""

import numpy as np

from ._jit import inner
from ._vectors import add_rows
from .factors import BY_P, BY_T, N_FACTORS, ONE, plain
from .layout import Bounds, Conditions, Floats, Phases
from .phase_work import PQP, QP, SIZE, PhaseWork


@inner
def set_interaction(phases: Phases, k, out: Conditions):
    """Fill Q of phase k at P and T."""
    for i in range(phases.n_endmembers[k]):
        for j in range(i + 1):
            q = plain(phases.interaction[k, i, j], out.factors)
            out.interaction[k, i, j] = q
            out.interaction[k, j, i] = q


@inner
def excess(phases: Phases, k, conditions: Conditions, p, work: PhaseWork):
    """Fill Q p, V = v.p and p'Q p."""
    n, qp = phases.n_endmembers[k], work.rows[QP]
    for i in range(n):
        qp[i] = 0.0
    add_rows(qp, p, conditions.interaction[k], n, qp, n)
    size, pqp = 0.0, 0.0
    for i in range(n):
        pqp += qp[i] * p[i]
        size += phases.size[k, i] * p[i]
    work.here[SIZE] = size
    work.here[PQP] = pqp


@inner
def add_excess(phases: Phases, k, work: PhaseWork, mu):
    """Add the excess part to the potentials, from what `excess` has filled."""
    qp, inverse = work.rows[QP], 1.0 / work.here[SIZE]
    common = 0.5 * work.here[PQP] * inverse * inverse
    for i in range(phases.n_endmembers[k]):
        mu[i] += qp[i] * inverse - phases.size[k, i] * common


@inner
def set_excess_curvature(phases: Phases, k, conditions: Conditions, weight, work: PhaseWork, h):
    """Fill the lower triangle of `weight` times H, from what `excess` has filled."""
    q, qp, size, pqp = conditions.interaction, work.rows[QP], work.here[SIZE], work.here[PQP]
    inverse = weight / size
    inverse2, inverse3 = inverse / size, pqp * inverse / (size * size)
    for i in range(phases.n_endmembers[k]):
        v = phases.size[k, i]
        for j in range(i + 1):
            u = phases.size[k, j]
            h[i, j] = q[k, i, j] * inverse - (qp[i] * u + v * qp[j]) * inverse2 + v * u * inverse3


@inner
def excess_slopes(phases: Phases, k, conditions: Conditions, p):
    """Return dG/dP and dG/dT."""
    size, by_t, by_p, slopes = 0.0, 0.0, 0.0, conditions.factor_slopes
    for i in range(phases.n_endmembers[k]):
        size += phases.size[k, i] * p[i]
        for j in range(i):
            w, pair = phases.interaction[k, i, j], p[i] * p[j]
            by_t += plain(w, slopes[BY_T]) * pair
            by_p += plain(w, slopes[BY_P]) * pair
        w = phases.interaction[k, i, i]
        by_t += 0.5 * plain(w, slopes[BY_T]) * p[i] * p[i]
        by_p += 0.5 * plain(w, slopes[BY_P]) * p[i] * p[i]
    return by_p / size, by_t / size


@inner
def pull_apart(phases: Phases, k, p, work: PhaseWork):
    """Fill the a, b and c parts of Q p, (I, 3), and V; return V."""
    n, size, pull = phases.n_endmembers[k], 0.0, work.pull
    for i in range(n):
        size += phases.size[k, i] * p[i]
        for x in range(pull.shape[1]):
            pull[i, x] = 0.0
    add_rows(pull, p, phases.interaction[k], n, pull, n * pull.shape[1])
    return size


@inner
def excess_of_parts(phases: Phases, k, conditions: Conditions, p, size, work: PhaseWork):
    """Fill what `excess` does, from what `pull_apart` has filled."""
    qp, pqp = work.rows[QP], 0.0
    for i in range(phases.n_endmembers[k]):
        qp[i] = plain(work.pull[i], conditions.factors)
        pqp += qp[i] * p[i]
    work.here[SIZE] = size
    work.here[PQP] = pqp


@inner
def add_excess_potential_slopes(
    phases: Phases, k, conditions: Conditions, p, size, work: PhaseWork, slope
):
    """Add Q' p/V - v (p'Q'p)/(2 V^2) with Q' = dQ/dT and dQ/dP to dmu/dT and dmu/dP (I, 2 or more).

    From what `pull_apart` has filled, and V.
    """
    slopes, inverse, pqp_t, pqp_p = conditions.factor_slopes, 1.0 / size, 0.0, 0.0
    for i in range(phases.n_endmembers[k]):
        by_t, by_p = plain(work.pull[i], slopes[BY_T]), plain(work.pull[i], slopes[BY_P])
        pqp_t += by_t * p[i]
        pqp_p += by_p * p[i]
        slope[i, BY_T] += by_t * inverse
        slope[i, BY_P] += by_p * inverse
    for i in range(phases.n_endmembers[k]):
        share = 0.5 * phases.size[k, i] * inverse * inverse
        slope[i, BY_T] -= share * pqp_t
        slope[i, BY_P] -= share * pqp_p


@inner
def add_excess_change(bounds: Bounds, k, change, total):
    """Return a total and the least that the part changes by where the factors (F) change so."""
    for place in range(ONE, N_FACTORS):
        low, high = bounds.ends[k, place, 0], bounds.ends[k, place, 1]
        total += min(change[place] * low, change[place] * high)
    return total


def quadratic_form(size: Floats, interaction: Floats) -> Floats:
    """Return Q, (n, n, 3), of sizes v (n) and W (n, n, 3)."""
    v = size
    weight = 2 * v[:, None] * v[None, :] / (v[:, None] + v[None, :])
    return np.asarray(weight[:, :, None] * interaction)


def on_basis(quadratic: Floats, basis: Floats) -> Floats:
    """Return Q, (m, m, 3), of proportions of m compositions, p_old = p_new @ basis."""
    return np.asarray(np.einsum("ai,ijf,bj->abf", basis, quadratic, basis))


def excess_features(quadratic: Floats, size: Floats, p: Floats) -> Floats:
    """Return the a, b, c parts of G of compositions p, one a row."""
    return np.asarray(0.5 * np.einsum("ji,ikf,jk->jf", p, quadratic, p) / (p @ size)[:, None])


def excess_bounds(quadratic: Floats, size: Floats, corners: Floats) -> Floats:
    """Return least and greatest a, b, c parts of G, (3, 2), over the polytope with these vertices."""
    pairs = 0.5 * np.einsum("vi,ijf,wj->vwf", corners, quadratic, corners)
    v = corners @ size
    least, greatest = pairs.min(axis=(0, 1)), pairs.max(axis=(0, 1))
    low = np.where(least < 0, least / v.min(), least / v.max())
    high = np.where(greatest > 0, greatest / v.min(), greatest / v.max())
    return np.column_stack([low, high])

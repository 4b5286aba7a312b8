"""Energy of one phase from its end-member proportions p (sum 1): mu, G, Hessian, volume, entropy.

With y = S p, V = v.p and Q_ij = 2 v_i v_j W_ij/(v_i + v_j):
    mu = g0 + RT (S' (m ln y) + ln c) + Q p/V - v (p'Q p)/(2 V^2),    G = p.mu
    H  = RT (S' diag(m/y) S - kappa 1 1') + Q/V - ((Q p) v' + v (Q p)')/V^2 + v v' (p'Q p)/V^3
G is homogeneous of degree one in amounts: H p = 0. The kernels return H + kappa RT 1 1', which
agrees with H on the plane of constant sum and is positive definite where the phase is stable.
Asymmetric formalism: Holland & Powell (2003), Contrib. Mineral. Petrol. 145, 492-501.
"""

import math

from ._jit import inner, kernel
from .layout import Conditions, Phases
from .phase_work import ENERGY, MU, PQP, QP, SIZE, STIFFNESS, PhaseWork, Y

# A site fraction that is a difference of proportions of order one is not known below about this.
LEAST_SITE_FRACTION = 1e-16
# So far below zero steps of that size may have taken one that is zero.
ROUNDED_TO_ZERO = -1e-14


@inner
def site_fraction(phases: Phases, k, s, p):
    """Return (S p)_s of proportions or of a step, as it comes out."""
    total = 0.0
    for j in range(phases.occupied_count[k, s]):
        i = phases.occupied[k, s, j]
        total += phases.occupancy[k, s, i] * p[i]
    return total


@inner
def site_fractions(phases: Phases, k, p, y):
    """Fill y = S p; what rounding has made zero is set to the least positive value it may have."""
    for s in range(phases.n_species[k]):
        total = site_fraction(phases, k, s, p)
        if total < LEAST_SITE_FRACTION and total > ROUNDED_TO_ZERO:
            total = LEAST_SITE_FRACTION
        y[s] = total


@inner
def excess(phases: Phases, k, conditions: Conditions, p, work: PhaseWork):
    """Fill Q p, V = v.p and p'Q p."""
    n, q, qp = phases.n_endmembers[k], conditions.interaction, work.rows[QP]
    size, pqp = 0.0, 0.0
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += q[k, i, j] * p[j]
        qp[i] = total
        pqp += total * p[i]
        size += phases.size[k, i] * p[i]
    work.here[SIZE] = size
    work.here[PQP] = pqp


@kernel
def potentials(phases: Phases, k, conditions: Conditions, base, p, work: PhaseWork):
    """Put phase k at p: fill y, Q p, mu and what is known here; return G, kJ/mol.

    Its standard energies are `base[k]`; with base = g0 - C'Gamma the results are mu - C'Gamma and
    the driving force.
    """
    n, rt = phases.n_endmembers[k], conditions.state[0]
    y, qp, mu = work.sites[Y], work.rows[QP], work.rows[MU]
    site_fractions(phases, k, p, y)
    for i in range(n):
        mu[i] = base[k, i] + rt * phases.log_constant[k, i]
    for s in range(phases.n_species[k]):
        log = rt * math.log(y[s])
        for j in range(phases.occupied_count[k, s]):
            i = phases.occupied[k, s, j]
            mu[i] += phases.entropy_weight[k, i, s] * log
    excess(phases, k, conditions, p, work)
    inverse = 1.0 / work.here[SIZE]
    common = 0.5 * work.here[PQP] * inverse * inverse
    g = 0.0
    for i in range(n):
        mu[i] += qp[i] * inverse - phases.size[k, i] * common
        g += p[i] * mu[i]
    work.here[ENERGY] = g
    return g


@kernel
def hessian(phases: Phases, k, conditions: Conditions, weight, work: PhaseWork, h):
    """Fill the lower triangle of H + kappa RT 1 1' where phase k stands, or of a convexer model.

    `weight` scales the excess part, the stiffness in `work` the curvature of each site species; all
    are 1 for the Hessian itself.
    """
    n, q, rt = phases.n_endmembers[k], conditions.interaction, conditions.state[0]
    y, stiffness, qp = work.sites[Y], work.sites[STIFFNESS], work.rows[QP]
    size, pqp = work.here[SIZE], work.here[PQP]
    inverse = weight / size
    inverse2, inverse3 = inverse / size, pqp * inverse / (size * size)
    for i in range(n):
        v = phases.size[k, i]
        for j in range(i + 1):
            u = phases.size[k, j]
            h[i, j] = q[k, i, j] * inverse - (qp[i] * u + v * qp[j]) * inverse2 + v * u * inverse3
    for s in range(phases.n_species[k]):
        scale = rt * stiffness[s] / y[s]
        for a in range(phases.occupied_count[k, s]):
            i = phases.occupied[k, s, a]
            factor = scale * phases.entropy_weight[k, i, s]
            for b in range(a + 1):
                j = phases.occupied[k, s, b]
                h[i, j] += factor * phases.occupancy[k, s, j]
    if phases.n_species[k] == 0:
        h[0, 0] = rt


@inner
def softer(weight):
    """Next smaller weight of the excess part: 1, 0.998, 0.992, 0.968, 0.872, 0.488, 0.

    The first that makes the Hessian positive definite leaves a curvature in the soft direction of
    the size of the negative one, so that a step out of a spinodal is neither tiny nor huge.
    """
    return max(1.0 - max(4.0 * (1.0 - weight), 0.002), 0.0)


@kernel
def volume_entropy(phases: Phases, k, conditions: Conditions, p, y):
    """dG/dP and -dG/dT of a phase at fixed p, kJ/(kbar mol) and kJ/(K mol)."""
    n = phases.n_endmembers[k]
    gas = conditions.state[0] / conditions.state[2]
    site_fractions(phases, k, p, y)
    size, volume, entropy = 0.0, 0.0, 0.0
    for i in range(n):
        size += phases.size[k, i] * p[i]
        volume += conditions.v0[k, i] * p[i]
        entropy += (conditions.s0[k, i] - gas * phases.log_constant[k, i]) * p[i]
    for s in range(phases.n_species[k]):
        entropy -= gas * phases.multiplicity[k, s] * y[s] * math.log(y[s])
    qb, qc = 0.0, 0.0
    for i in range(n):
        for j in range(i):
            pair = p[i] * p[j]
            qb += phases.interaction[k, i, j, 1] * pair
            qc += phases.interaction[k, i, j, 2] * pair
        qb += 0.5 * phases.interaction[k, i, i, 1] * p[i] * p[i]
        qc += 0.5 * phases.interaction[k, i, i, 2] * p[i] * p[i]
    return volume + qc / size, entropy - qb / size

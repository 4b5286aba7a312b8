"""Energy of one phase from its end-member proportions p (sum 1): mu, G, Hessian, volume, entropy.

The sum of three terms: the reference part (`reference`), the configurational part (`mixing`) and the
excess part (`excess`). Each has the same to say: potentials, curvature, slopes by P and T of the energy
and of the potentials, features of a composition, and what these are bounded by, or that it has no bound.
G = p.mu is homogeneous of degree one in amounts: H p = 0. The kernels return H + kappa RT 1 1', which
agrees with H on the plane of constant sum and is positive definite where the phase is stable.
"""

import numpy as np

from ._jit import inner, kernel
from .excess import (
    add_excess,
    add_excess_change,
    add_excess_potential_slopes,
    excess,
    excess_of_parts,
    excess_slopes,
    pull_apart,
    set_excess_curvature,
)
from .factors import BY_P, BY_T, RT
from .layout import Bounds, Conditions, Phases
from .mixing import (
    add_mixing,
    add_mixing_curvature,
    add_mixing_entropy,
    add_mixing_potential_slopes,
    mixing_change,
    site_fractions,
)
from .phase_work import ENERGY, MU, PQP, SIZE, STIFFNESS, PhaseWork, Y
from .reference import (
    add_reference_change,
    reference_slopes,
    set_reference_potential_slopes,
    set_reference_potentials,
)


@kernel
def potentials(phases: Phases, k, conditions: Conditions, base, p, work: PhaseWork):
    """Put phase k at p: fill y, Q p, mu and what is known here; return G, kJ/mol.

    Its standard energies are `base[k]`; with base = g0 - C'Gamma the results are mu - C'Gamma and
    the driving force.
    """
    n, y, mu = phases.n_endmembers[k], work.sites[Y], work.rows[MU]
    site_fractions(phases, k, p, y)
    set_reference_potentials(phases, k, base, mu)
    add_mixing(phases, k, conditions.factors[RT], y, mu)
    excess(phases, k, conditions, p, work)
    add_excess(phases, k, work, mu)
    g = 0.0
    for i in range(n):
        g += p[i] * mu[i]
    work.here[ENERGY] = g
    return g


@kernel
def hessian(phases: Phases, k, conditions: Conditions, weight, work: PhaseWork, h):
    """Fill the lower triangle of H + kappa RT 1 1' where phase k stands, or of a convexer model.

    `weight` scales the excess part, the stiffness in `work` the curvature of each site species; all
    are 1 for the Hessian itself.
    """
    rt = conditions.factors[RT]
    set_excess_curvature(phases, k, conditions, weight, work, h)
    add_mixing_curvature(phases, k, rt, work.sites[Y], work.sites[STIFFNESS], h)
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
    site_fractions(phases, k, p, y)
    volume, by_t = reference_slopes(phases, k, conditions, p)
    gas = conditions.factor_slopes[BY_T, RT]
    entropy = add_mixing_entropy(phases, k, gas, p, y, -by_t)
    by_p, by_t = excess_slopes(phases, k, conditions, p)
    return volume + by_p, entropy - by_t


@inner
def potential_slopes(
    phases: Phases, k, conditions: Conditions, reference, p, y, work: PhaseWork, slope
):
    """Fill slope[:, 0:2] with dmu/dT and dmu/dP of phase k at fixed p and y = S p.

    V = v.p of the excess part and the parts of its Q p are left in the scratch.

    Parameters
    ----------
    reference : two (K, I) arrays
        -dg0/dT and dg0/dP: s0 and v0, or `Conditions.slopes`.
    work
        Scratch; what it says of the place of a phase is left.

    Returns
    -------
    (float, float)
        s of the mixing, and V.
    """
    set_reference_potential_slopes(phases, k, reference[0], reference[1], slope)
    mixed = add_mixing_potential_slopes(phases, k, conditions.factor_slopes[BY_T, RT], p, y, slope)
    size = pull_apart(phases, k, p, work)
    add_excess_potential_slopes(phases, k, conditions, p, size, work, slope)
    return mixed, size


@inner
def put_with_slopes(phases: Phases, k, conditions: Conditions, p, work: PhaseWork, slope):
    """Put phase k at p as `potentials` does, but with dmu/dT and dmu/dP (I, 2 or more) for mu.

    Returns
    -------
    G, S, V
        kJ/mol, kJ/(K mol), kJ/(kbar mol).
    """
    y, reference = work.sites[Y], (conditions.s0, conditions.v0)
    site_fractions(phases, k, p, y)
    mixed, size = potential_slopes(phases, k, conditions, reference, p, y, work, slope)
    excess_of_parts(phases, k, conditions, p, size, work)
    g = conditions.factors[RT] * mixed + 0.5 * work.here[PQP] / work.here[SIZE]
    s, v = 0.0, 0.0
    for i in range(phases.n_endmembers[k]):
        g += p[i] * conditions.g0[k, i]
        s -= p[i] * slope[i, BY_T]
        v += p[i] * slope[i, BY_P]
    work.here[ENERGY] = g
    return g, s, v


@inner
def fall_by(phases: Phases, bounds: Bounds, k, change, factors):
    """How far any driving force of phase k can fall where its base (I) and the factors (F) change so.

    The reference part and the bound of the mixing are least at a vertex together; the excess part has
    extremes of its own. Where a term has no bound it may have fallen any way. kJ/mol.
    """
    if not bounds.known[k]:
        return np.inf
    least = np.inf
    for v in range(bounds.vertex_start[k], bounds.vertex_start[k + 1]):
        total = mixing_change(bounds, v, factors)
        least = min(least, add_reference_change(phases, bounds, k, v, change, total))
    return -add_excess_change(bounds, k, factors, least)

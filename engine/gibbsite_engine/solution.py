"""Energy of one phase from its end-member proportions p (sum 1): mu, G, Hessian, volume, entropy.

The sum of three terms: the standard energies g0 (see `standard`), the configurational part (`mixing`)
and the excess part (`excess`). Each has the same to say: potentials, curvature, slopes by P and T,
features of a composition, and bounds of these, or that it has none.
G = p.mu is homogeneous of degree one in amounts: H p = 0. The kernels return H + kappa RT 1 1', which
agrees with H on the plane of constant sum and is positive definite where the phase is stable.
"""

from ._jit import inner, kernel
from .excess import add_excess, excess, excess_slopes, set_excess_curvature
from .layout import Conditions, Phases
from .mixing import add_mixing, add_mixing_curvature, add_mixing_entropy, site_fractions
from .phase_work import ENERGY, MU, STIFFNESS, PhaseWork, Y


@kernel
def potentials(phases: Phases, k, conditions: Conditions, base, p, work: PhaseWork):
    """Put phase k at p: fill y, Q p, mu and what is known here; return G, kJ/mol.

    Its standard energies are `base[k]`; with base = g0 - C'Gamma the results are mu - C'Gamma and
    the driving force.
    """
    n, y, mu = phases.n_endmembers[k], work.sites[Y], work.rows[MU]
    site_fractions(phases, k, p, y)
    for i in range(n):
        mu[i] = base[k, i]
    add_mixing(phases, k, conditions.state[0], y, mu)
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
    rt = conditions.state[0]
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
    volume, entropy = 0.0, 0.0
    for i in range(phases.n_endmembers[k]):
        volume += conditions.v0[k, i] * p[i]
        entropy += conditions.s0[k, i] * p[i]
    gas = conditions.state[0] / conditions.state[2]
    entropy = add_mixing_entropy(phases, k, gas, p, y, entropy)
    by_p, by_t = excess_slopes(phases, k, p)
    return volume + by_p, entropy - by_t

"""Standard energies between the knots of a lattice of conditions, and how far they may be off.

Between the corners of a rectangle h_P x h_T the Gibbs energy of a substance differs from its
bilinear interpolation by at most
    (h_T range(S) + h_P range(V))/4,
since along each axis it is the difference of two mean slopes. The ranges over a rectangle are those
of its corners, taken twice: between corners S and V hardly bend. End-members are sums of substances.
"""

import math

from gibbsite_engine._jit import kernel
from gibbsite_engine.layout import Conditions, Phases, System
from gibbsite_engine.standard import set_conditions

from .block import LEFT_OUT


@kernel
def fill_knots(system: System, p, t, scratch: Conditions, g0, substances):
    """Fill the standard energies at M conditions.

    Parameters
    ----------
    p, t : (M) arrays
        kbar, K.
    g0 : (M, K, I) array
        Filled with those of the end-members of all phases, kJ/mol.
    substances : (M, n, 3) array
        Filled with G, S and V of the substances that they are made of.
    """
    for m in range(p.size):
        set_conditions(system, p[m], t[m], scratch)
        for k in range(g0.shape[1]):
            for i in range(g0.shape[2]):
                g0[m, k, i] = scratch.g0[k, i]
        for e in range(substances.shape[1]):
            for j in range(3):
                substances[m, e, j] = scratch.endmember_g[e, j]


@kernel
def fill_slack(system: System, p, t, substances, slack, out):
    """Fill how far the standard energies may lie from the interpolation.

    Parameters
    ----------
    p, t : (A), (B) arrays
        Knots along the axes, in order.
    substances : (A B, n, 3) array
        As `fill_knots` has them, a row of the lattice for each p.
    slack : (n) array
        Filled for each substance, kJ/mol; infinite where it is outside its equation of state.
    out : (K, I) array
        Filled for each end-member, kJ/mol.
    """
    rows, columns = p.size, t.size
    for e in range(slack.size):
        slack[e] = 0.0
        for a in range(max(rows - 1, 1)):
            for b in range(max(columns - 1, 1)):
                c, d = min(a + 1, rows - 1), min(b + 1, columns - 1)
                most = 0.0
                for j in (1, 2):
                    low, high = math.inf, -math.inf
                    for m in (
                        a * columns + b, a * columns + d, c * columns + b, c * columns + d
                    ):  # fmt: skip
                        value = substances[m, e, j]
                        low = min(low, value)
                        high = max(high, value)
                        if not math.isfinite(value):
                            most = math.inf
                    most += 0.5 * (high - low) * (t[d] - t[b] if j == 1 else p[c] - p[a])
                slack[e] = max(slack[e], most)
    makes = system.makes
    for k in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[k, i] = 0.0
            if i < system.phases.n_endmembers[k]:
                first = makes.start[k, i]
                for m in range(first, first + makes.number[k, i]):
                    out[k, i] += abs(makes.coefficient[m]) * slack[makes.endmember[m]]


@kernel
def fill_base(phases: Phases, k, g0, place, weight, gamma, known, base):
    """Fill g0 - C'Gamma of phase k at n points; what is not finite there is left out.

    Parameters
    ----------
    g0 : (M, K, I) array
        At the knots, kJ/mol.
    place, weight : (n, W) arrays
        Knots about each point, and their weights.
    gamma : (n, C) array
        Chemical potentials of the components, kJ/mol.
    known : (n) array of int8
        LEFT_OUT where nothing is to be filled; becomes so where energies are not finite.
    base : (n, I) array
        kJ/mol.
    """
    for point in range(place.shape[0]):
        if known[point] == LEFT_OUT:
            continue
        for i in range(base.shape[1]):
            value = 0.0
            for w in range(place.shape[1]):
                value += weight[point, w] * g0[place[point, w], k, i]
            for c in range(gamma.shape[1]):
                value -= phases.composition[k, i, c] * gamma[point, c]
            base[point, i] = value
            if not math.isfinite(value):
                known[point] = LEFT_OUT

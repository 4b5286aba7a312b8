"""Standard energies between the knots of a lattice of conditions, and how far they may be off.

Between the corners of a rectangle h_P x h_T the Gibbs energy of a substance differs from its
bilinear interpolation by at most
    (h_T range(S) + h_P range(V))/4,
since along each axis it is the difference of two mean slopes. The ranges over a rectangle are those
of its corners, taken twice: between corners S and V hardly bend. That factor is tested, not proved,
and all that is proved from interpolated energies rests on it. End-members are sums of substances.
"""

import math

from gibbsite_engine._jit import kernel
from gibbsite_engine.layout import Conditions, Phases, System
from gibbsite_engine.standard import set_conditions

from .block import LEFT_OUT


@kernel
def fill_knots(system: System, p, t, columns, scratch: Conditions, g0, substances, slack, out):
    """Fill the standard energies at M conditions, and how far they may be off between them.

    Parameters
    ----------
    p, t : (M) arrays
        kbar, K: a lattice row by row, or any conditions, between which nothing is asked.
    columns : int
        Of the lattice; 0 where there is none.
    g0 : (M, K, I) array
        Filled with those of the end-members of all phases, kJ/mol.
    substances : (M, n, 3) array
        Filled with G, S and V of the substances that they are made of.
    slack : (n) array
        Filled for each substance, kJ/mol; infinite where it is outside its equation of state.
    out : (K, I) array
        Filled with the slack of each end-member, kJ/mol.
    """
    for m in range(p.size):
        set_conditions(system, p[m], t[m], scratch)
        for k in range(g0.shape[1]):
            for i in range(g0.shape[2]):
                g0[m, k, i] = scratch.g0[k, i]
        for e in range(substances.shape[1]):
            for j in range(3):
                substances[m, e, j] = scratch.endmember_g[e, j]
    rows = p.size // columns if columns > 0 else 0
    for e in range(slack.size):
        slack[e] = 0.0
        for a in range(rows):
            for b in range(columns):
                c, d, here = min(a + 1, rows - 1), min(b + 1, columns - 1), 0.0
                first, final = a * columns + b, c * columns + d
                for j in range(1, 3):
                    low, high = math.inf, -math.inf
                    for row in (a, c):
                        for column in (b, d):
                            value = substances[row * columns + column, e, j]
                            low, high = min(low, value), max(high, value)
                            if not math.isfinite(value):
                                here = math.inf
                    width = t[final] - t[first] if j == 1 else p[final] - p[first]
                    here += 0.5 * width * (high - low)
                slack[e] = max(slack[e], here)
    makes = system.makes
    for k in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[k, i] = 0.0
            if i < system.phases.n_endmembers[k]:
                begin = makes.start[k, i]
                for m in range(begin, begin + makes.number[k, i]):
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
    known : (n) array of int
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

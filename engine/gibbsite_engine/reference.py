"""Reference part of a phase's energy, that of its end-members side by side, from proportions p (sum 1).

    G = p . g0,   mu = g0,   H = 0,   -dG/dT = p . s0,   dG/dP = p . v0,
    g0 = sum over data-set end-members n G + a + b T + c P - sum over opened components n mu.
It is linear in p: the proportions are its features, g0 their prices, and its extremes lie at vertices.
Where potentials are given they lower g0 and its slopes, but are no part of what a phase is: its own
entropy and volume are s0 and v0. What the data-set end-members are is told in `endmember`.
"""

import numpy as np

from ._jit import inner
from .factors import BY_P, BY_T, plain
from .layout import Bounds, Conditions, Floats, Makes, Opened, Phases, System

_NO_PART = 1e-14
"""Coefficients are small numbers: less is zero, rounded."""


@inner
def set_opened(opened: Opened, out: Conditions):
    """Fill the potentials that are given, from the energies of the data-set end-members."""
    for o in range(opened.energy.shape[0]):
        energy = opened.energy[o]
        g = plain(energy, out.factors)
        s, v = -plain(energy, out.factor_slopes[BY_T]), plain(energy, out.factor_slopes[BY_P])
        for e in range(opened.make.shape[1]):
            weight = opened.make[o, e]
            if weight != 0.0:
                g += weight * out.endmember_g[0, e]
                s += weight * out.endmember_g[1, e]
                v += weight * out.endmember_g[2, e]
        out.opened[o, 0] = g
        out.opened[o, 1] = s
        out.opened[o, 2] = v


@inner
def set_reference(system: System, k, out: Conditions):
    """Fill g0, s0, v0 and the slopes of g0 of phase k, whose end-members and potentials must be there."""
    makes = system.makes
    for i in range(system.phases.n_endmembers[k]):
        energy = makes.energy[k, i]
        g = plain(energy, out.factors)
        s, v = -plain(energy, out.factor_slopes[BY_T]), plain(energy, out.factor_slopes[BY_P])
        first = makes.start[k, i]
        for m in range(first, first + makes.number[k, i]):
            weight, e = makes.coefficient[m], makes.endmember[m]
            g += weight * out.endmember_g[0, e]
            s += weight * out.endmember_g[1, e]
            v += weight * out.endmember_g[2, e]
        out.s0[k, i] = s
        out.v0[k, i] = v
        for o in range(out.opened.shape[0]):
            amount = system.opened.amount[k, i, o]
            g -= amount * out.opened[o, 0]
            s -= amount * out.opened[o, 1]
            v -= amount * out.opened[o, 2]
        out.g0[k, i] = g
        out.slopes[BY_T, k, i] = s
        out.slopes[BY_P, k, i] = v


@inner
def given_energy(opened: Opened, k, n, conditions: Conditions, p):
    """Return the energy of what phase k at p holds of opened components, which g0 is without [kJ/mol]."""
    energy = 0.0
    for o in range(conditions.opened.shape[0]):
        held = 0.0
        for i in range(n):
            held += p[i] * opened.amount[k, i, o]
        energy += held * conditions.opened[o, 0]
    return energy


@inner
def set_reference_potentials(phases: Phases, k, base, mu):
    """Fill the potentials: g0, or g0 - C'Gamma where that is the base."""
    for i in range(phases.n_endmembers[k]):
        mu[i] = base[k, i]


@inner
def reference_slopes(phases: Phases, k, conditions: Conditions, p):
    """Return dG/dP and dG/dT."""
    volume, entropy = 0.0, 0.0
    for i in range(phases.n_endmembers[k]):
        volume += conditions.v0[k, i] * p[i]
        entropy += conditions.s0[k, i] * p[i]
    return volume, -entropy


@inner
def set_reference_potential_slopes(phases: Phases, k, entropy, volume, slope):
    """Fill dmu/dT and dmu/dP (I, 2 or more) from (K, I) -dg0/dT and dg0/dP."""
    for i in range(phases.n_endmembers[k]):
        slope[i, BY_T] = -entropy[k, i]
        slope[i, BY_P] = volume[k, i]


@inner
def set_reference_curvature(system: System, k, terms: Floats, out: Floats):
    """Fill G_TT, G_TP, G_PP of the end-members of phase k from those they are made of.

    What a make adds is linear in P and T, and adds nothing here.
    """
    makes = system.makes
    for i in range(system.phases.n_endmembers[k]):
        first = makes.start[k, i]
        tt, tp, pp = 0.0, 0.0, 0.0
        for m in range(first, first + makes.number[k, i]):
            weight, of = makes.coefficient[m], terms[makes.endmember[m]]
            tt += weight * of[0]
            tp += weight * of[1]
            pp += weight * of[2]
        out[k, i, 0], out[k, i, 1], out[k, i, 2] = tt, tp, pp


@inner
def set_enthalpy_slopes(system: System, k, first, slope):
    """Fill the columns of `slope` from `first` on with dmu/dH of each data-set end-member."""
    makes = system.makes
    for i in range(system.phases.n_endmembers[k]):
        for r in range(first, slope.shape[1]):
            slope[i, r] = 0.0
        start = makes.start[k, i]
        for m in range(start, start + makes.number[k, i]):
            slope[i, first + makes.endmember[m]] += makes.coefficient[m]


@inner
def add_reference_change(phases: Phases, bounds: Bounds, k, v, change, total):
    """Return a total and what the part changes by at vertex v, where g0 changes so (I)."""
    for i in range(phases.n_endmembers[k]):
        total += bounds.vertices[v, i] * change[i]
    return total


def makes_of(parts: list[tuple[Floats, Floats]], n: int) -> Makes:
    """Return the sparse form of what end-members are made of.

    Parameters
    ----------
    parts : list of two arrays
        For each phase (I, m) coefficients of the data-set end-members, and (I, 3) a, b, c.
    n : int
        End-members of the largest phase.
    """
    start, number = np.zeros((len(parts), n), np.int64), np.zeros((len(parts), n), np.int64)
    energies = np.zeros((len(parts), n, 3))
    endmember: list[int] = []
    coefficient: list[float] = []
    for k, (make, energy) in enumerate(parts):
        energies[k, : len(energy)] = energy
        for i, row in enumerate(make):
            (where,) = np.nonzero(np.abs(row) > _NO_PART)
            start[k, i], number[k, i] = len(endmember), len(where)
            endmember += where.tolist()
            coefficient += row[where].tolist()
    return Makes(start, number, np.array(endmember, np.int64), np.array(coefficient), energies)

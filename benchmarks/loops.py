"""Kernels of the engine called many times from compiled code, so that no call from Python counts.

Each is compiled by the engine's own decorator, with its options and its cache.
"""

from typing import NamedTuple

import numpy as np

from gibbsite_engine._jit import kernel
from gibbsite_engine.descent import descend, set_base
from gibbsite_engine.solution import hessian, potentials
from gibbsite_engine.standard import set_conditions


class Scratch(NamedTuple):
    """Arrays for one phase."""

    p: np.ndarray
    y: np.ndarray
    qp: np.ndarray
    mu: np.ndarray
    stiffness: np.ndarray
    h: np.ndarray


def new_scratch(phases):
    i, s = phases.size.shape[1], phases.multiplicity.shape[1]
    vectors = (np.zeros(i), np.ones(s), np.zeros(i), np.zeros(i))
    return Scratch(*vectors, np.ones(s), np.zeros((i, i)))


@kernel
def standard_energies(system, temperatures, pressure, conditions):
    """All standard energies at each of some temperatures (K)."""
    for i in range(temperatures.size):
        set_conditions(system, pressure, temperatures[i], conditions)


@kernel
def evaluations(phases, first, last, conditions, compositions, repeats, scratch):
    """G, mu and H of the phases first <= k < last, again and again; returns the sum of all G."""
    total = 0.0
    q, rt = conditions.interaction, conditions.state[0]
    for _ in range(repeats):
        for k in range(first, last):
            g, size, pqp = potentials(
                phases, k, conditions.g0, q, rt, compositions[k], scratch.y, scratch.qp, scratch.mu
            )
            hessian(
                phases, k, q, rt, scratch.y, scratch.qp, size, pqp, 1.0, scratch.stiffness,
                scratch.h,
            )  # fmt: skip
            total += g
    return total


@kernel
def descents(phases, k, conditions, gamma, starts, max_steps, base, p, work):
    """Descend the driving force of phase k from each row of `starts`; returns Newton steps."""
    total = 0
    set_base(phases, k, conditions, gamma, base)
    for j in range(starts.shape[0]):
        for i in range(p.size):
            p[i] = starts[j, i]
        _, steps, _ = descend(
            phases, k, base, conditions.interaction, conditions.state[0], max_steps, np.inf, p, work
        )
        total += steps
    return total


@kernel
def column_energies(phases, k, conditions, compositions, scratch, out):
    """G of phase k, kJ/mol, at each row of `compositions`."""
    for j in range(compositions.shape[0]):
        g, _, _ = potentials(
            phases, k, conditions.g0, conditions.interaction, conditions.state[0],
            compositions[j], scratch.y, scratch.qp, scratch.mu,
        )  # fmt: skip
        out[j] = g


@kernel
def assemblage_energy(phases, ids, conditions, base, amounts, scratch, slope):
    """G of amounts (J, I) of the end-members of some phases, and its slope, the potentials."""
    energy = 0.0
    for j in range(ids.size):
        k, total = ids[j], 0.0
        for i in range(phases.n_endmembers[k]):
            total += amounts[j, i]
        for i in range(phases.n_endmembers[k]):
            scratch.p[i] = amounts[j, i] / total
        g, _, _ = potentials(
            phases, k, base, conditions.interaction, conditions.state[0],
            scratch.p, scratch.y, scratch.qp, slope[j],
        )  # fmt: skip
        energy += total * g
    return energy


@kernel
def phase_curvature(phases, k, conditions, base, amounts, scratch):
    """Fill scratch.h with the lower triangle of (H + kappa RT 1 1')/N at amounts (I,) summing to N.

    Returns
    -------
    float
        kappa RT/N, what was added to every element.
    """
    n, total = phases.n_endmembers[k], 0.0
    for i in range(n):
        total += amounts[i]
    for i in range(n):
        scratch.p[i] = amounts[i] / total
    q, rt = conditions.interaction, conditions.state[0]
    _, size, pqp = potentials(phases, k, base, q, rt, scratch.p, scratch.y, scratch.qp, scratch.mu)
    hessian(phases, k, q, rt, scratch.y, scratch.qp, size, pqp, 1.0, scratch.stiffness, scratch.h)
    added = 0.0
    for i in range(n):
        for j in range(i + 1):
            scratch.h[i, j] /= total
            twice = 1.0 if i == j else 2.0
            added += twice * scratch.h[i, j] * scratch.p[i] * scratch.p[j]
    return added

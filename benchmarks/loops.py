"""Kernels of the engine called many times from compiled code, so that no call from Python counts.

Each is compiled by the engine's own decorator, with its options and its cache.
"""

from typing import NamedTuple

import numpy as np

from gibbsite_engine._jit import kernel
from gibbsite_engine.dense import copy
from gibbsite_engine.descent import descend, set_base
from gibbsite_engine.phase_work import MU, PhaseWork, new_phase_work
from gibbsite_engine.solution import hessian, potentials
from gibbsite_engine.standard import set_conditions


class Scratch(NamedTuple):
    """A composition, and what is known of a phase there; its Hessian is in `phase.h`."""

    p: np.ndarray
    phase: PhaseWork


def new_scratch(phases):
    return Scratch(np.zeros(phases.size.shape[1]), new_phase_work(phases))


@kernel
def standard_energies(system, temperatures, pressure, conditions):
    """All standard energies at each of some temperatures (K)."""
    for i in range(temperatures.size):
        set_conditions(system, pressure, temperatures[i], conditions)


@kernel
def evaluations(phases, first, last, conditions, compositions, repeats, scratch):
    """G, mu and H of the phases first <= k < last, again and again; returns the sum of all G."""
    total = 0.0
    work = scratch.phase
    for _ in range(repeats):
        for k in range(first, last):
            total += potentials(phases, k, conditions, conditions.g0, compositions[k], work)
            hessian(phases, k, conditions, 1.0, work, work.h)
    return total


@kernel
def descents(phases, k, conditions, gamma, starts, max_steps, base, p, work):
    """Descend the driving force of phase k from each row of `starts`; returns Newton steps."""
    total = 0
    set_base(phases, k, conditions, gamma, base)
    for j in range(starts.shape[0]):
        for i in range(p.size):
            p[i] = starts[j, i]
        _, steps, _ = descend(phases, k, conditions, base, max_steps, np.inf, p, work)
        total += steps
    return total


@kernel
def column_energies(phases, k, conditions, compositions, scratch, out):
    """G of phase k, kJ/mol, at each row of `compositions`."""
    for j in range(compositions.shape[0]):
        out[j] = potentials(phases, k, conditions, conditions.g0, compositions[j], scratch.phase)


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
        energy += total * potentials(phases, k, conditions, base, scratch.p, scratch.phase)
        copy(scratch.phase.rows[MU], slope[j])
    return energy


@kernel
def phase_curvature(phases, k, conditions, base, amounts, scratch):
    """Fill scratch.phase.h with the lower triangle of (H + kappa RT 1 1')/N at amounts (I,) summing to N.

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
    potentials(phases, k, conditions, base, scratch.p, scratch.phase)
    h, added = scratch.phase.h, 0.0
    hessian(phases, k, conditions, 1.0, scratch.phase, h)
    for i in range(n):
        for j in range(i + 1):
            h[i, j] /= total
            twice = 1.0 if i == j else 2.0
            added += twice * h[i, j] * scratch.p[i] * scratch.p[j]
    return added

"""The lowest driving force of one phase at given chemical potentials, from a given composition.

Newton's method on D(p) = p.(mu - C'Gamma) in the plane sum p = 1. Where the Hessian is indefinite
its excess part is scaled down until it is not (the ideal part is convex in every model). Steps
keep every site fraction positive and lower D (Armijo).
"""

from typing import NamedTuple

import numpy as np

from ._jit import kernel
from .dense import cholesky, solve_lower, solve_upper
from .layout import Conditions, Floats, Options, Phases
from .solution import hessian, potentials


class PhaseWork(NamedTuple):
    """Scratch arrays for one phase, sizes I, S and I x I."""

    y: Floats
    y_step: Floats
    qp: Floats
    mu: Floats
    h: Floats
    step: Floats
    ones: Floats
    trial: Floats
    stiffness: Floats
    """(S) 1, except for a species that a step would exhaust."""


@kernel
def new_phase_work(phases: Phases):
    """Scratch for the largest phase of the system."""
    i, s = phases.size.shape[1], phases.multiplicity.shape[1]
    return PhaseWork(
        np.zeros(s),
        np.zeros(s),
        np.zeros(i),
        np.zeros(i),
        np.zeros((i, i)),
        np.zeros(i),
        np.zeros(i),
        np.zeros(i),
        np.ones(s),
    )


@kernel
def set_base(phases: Phases, k, conditions: Conditions, gamma, base):
    """base[k] = g0 - C'Gamma, so that potentials become driving forces."""
    for i in range(phases.n_endmembers[k]):
        total = conditions.g0[k, i]
        for c in range(gamma.size):
            total -= phases.composition[k, i, c] * gamma[c]
        base[k, i] = total


@kernel
def largest_step(phases: Phases, k, y, y_step):
    """Longest step along y_step that leaves every site fraction positive; at most 1."""
    longest = 1.0
    for s in range(phases.n_species[k]):
        if y_step[s] < 0.0 and -0.95 * y[s] > y_step[s] * longest:
            longest = -0.95 * y[s] / y_step[s]
    return longest


@kernel
def species_step(phases: Phases, k, step, y_step):
    """y_step = S step."""
    for s in range(phases.n_species[k]):
        total = 0.0
        for j in range(phases.occupied_count[k, s]):
            i = phases.occupied[k, s, j]
            total += phases.occupancy[k, s, i] * step[i]
        y_step[s] = total


@kernel
def pull_inside(phases: Phases, k, centre, fraction, p):
    """Move p a fraction of the way to the interior composition `centre[k]`."""
    for i in range(phases.n_endmembers[k]):
        p[i] += fraction * (centre[k, i] - p[i])


@kernel
def tangent_step(phases: Phases, k, q, rt, size, pqp, work: PhaseWork):
    """Fill work.step with the Newton step on D; return its slope, the predicted change of D.

    A convex model of D is made by scaling the excess part of the Hessian by 1, 1/2, 1/4 and 0.
    """
    n = phases.n_endmembers[k]
    weight = 1.0
    for _ in range(4):
        hessian(
            phases, k, q, rt, work.y, work.qp, size, pqp, weight, work.stiffness, work.h
        )
        if cholesky(work.h, n, 1e-13):
            break
        weight = 0.5 * weight if weight > 0.3 else 0.0
    for i in range(n):
        work.step[i] = -work.mu[i]
        work.ones[i] = 1.0
    solve_lower(work.h, n, work.step)
    solve_upper(work.h, n, work.step)
    solve_lower(work.h, n, work.ones)
    solve_upper(work.h, n, work.ones)
    total, norm = 0.0, 0.0
    for i in range(n):
        total += work.step[i]
        norm += work.ones[i]
    slope = 0.0
    for i in range(n):
        work.step[i] -= total / norm * work.ones[i]
        slope += work.step[i] * work.mu[i]
    species_step(phases, k, work.step, work.y_step)
    return slope


@kernel
def stiffen(phases: Phases, k, y, y_step, stiffness):
    """Raise the stiffness of species that the step would exhaust; False where there are none.

    With y far above its optimum y* the step -y ln(y/y*) overshoots and would shorten the step of
    all others; the secant curvature, ln(y/y*) times the local one, leads to y* instead.
    """
    found = False
    for s in range(phases.n_species[k]):
        if y_step[s] < -0.95 * y[s] and phases.multiplicity[k, s] > 0.0:
            stiffness[s] *= min(-y_step[s] / (0.9 * y[s]), 1e6)
            found = True
    return found


@kernel
def newton_direction(phases: Phases, k, q, rt, size, pqp, work: PhaseWork):
    """Fill work.step and work.y_step; return the slope. No species is exhausted if avoidable."""
    for s in range(phases.n_species[k]):
        work.stiffness[s] = 1.0
    slope = tangent_step(phases, k, q, rt, size, pqp, work)
    for _ in range(3):
        if not stiffen(phases, k, work.y, work.y_step, work.stiffness):
            break
        slope = tangent_step(phases, k, q, rt, size, pqp, work)
    return slope


@kernel
def descend(
    phases: Phases, k, base, q, rt, options: Options, max_steps, hopeless, p, work: PhaseWork
):
    """Descend the driving force of phase k from p (changed in place, strictly inside).

    Parameters
    ----------
    base : (K, I) array
        g0 - C'Gamma, kJ/mol.
    q : (K, I, I) array
        Interaction energies at P and T, kJ/mol.
    max_steps : int
        Newton steps at most.
    hopeless : float
        Stop early where D less ten times the predicted gain stays above this, kJ/mol.

    Returns
    -------
    (float, int, bool)
        D in kJ/mol, steps taken, whether a stationary point was reached.
    """
    n = phases.n_endmembers[k]
    d, size, pqp = potentials(phases, k, base, q, rt, p, work.y, work.qp, work.mu)
    if n == 1:
        return d, 0, True
    for iteration in range(max_steps):
        slope = newton_direction(phases, k, q, rt, size, pqp, work)
        if d + 10.0 * slope > hopeless:
            return d, iteration, False
        length = largest_step(phases, k, work.y, work.y_step)
        change = 0.0
        for s in range(phases.n_species[k]):
            change = max(change, abs(work.y_step[s]) / work.y[s])
        if slope > -1e-13 and change < 0.1:
            return d, iteration, True
        for _ in range(30):
            total = 0.0
            for i in range(n):
                work.trial[i] = p[i] + length * work.step[i]
                total += work.trial[i]
            for i in range(n):
                work.trial[i] /= total
            new, size, pqp = potentials(
                phases, k, base, q, rt, work.trial, work.y, work.qp, work.mu
            )
            if new <= d + 1e-4 * length * slope + 1e-12:
                break
            length *= 0.3
        else:
            return d, iteration, False
        d = new
        for i in range(n):
            p[i] = work.trial[i]
    return d, max_steps, False

"""A search for anything below the plane of an answer that shares nothing with the engine's.

Energies come from the tables by `plain_energies`; compositions are searched by a damped Newton
method of another kind (one end-member eliminated, the ideal part of the Hessian as the damping),
from hundreds of starts a phase: every vertex of its polytope and random mixtures of them. A descent
ends where it has converged, or where it has come to a minimum that an earlier one found.
"""

from typing import NamedTuple

import numba
import numpy as np

from verification.independent_phases import STARTS, starts

MOST_STEPS = 150
CONVERGED_KJ = 1e-10
MOST_MINIMA = 40
kernel = numba.njit(cache=True, error_model="numpy", nogil=True)
MET = 0.004  # largest difference of a site fraction from a minimum that is known


class Found(NamedTuple):
    """What a search found at one point."""

    lowest: float
    """kJ per mole of atoms, the lowest driving force of any phase, present ones included."""
    phase: str
    starts: int
    steps: int
    unfinished: int
    """Descents that had not converged after the last step."""


class Model(NamedTuple):
    """One phase at P, T and potentials, as the kernels need it; m compositions, s site species.

    The last composition is eliminated, p_last = 1 - sum of the others: n = m - 1 unknowns.
    """

    base: np.ndarray
    """(m,) g0 + RT ln c - C'Gamma, kJ/mol."""
    rt: float
    multiplicity: np.ndarray
    """(s,)"""
    occupancy: np.ndarray
    """(s, m)"""
    reduced: np.ndarray
    """(s, n) derivatives of the site fractions."""
    size: np.ndarray
    """(m,)"""
    q: np.ndarray
    """(m, m) kJ/mol."""
    atoms: np.ndarray
    """(m,)"""


class Work(NamedTuple):
    """Scratch of a descent."""

    sites: np.ndarray
    """(4, s) site fractions now and at the trial, their step, stiffness."""
    rows: np.ndarray
    """(4, m) Q p, trial, gradient, step."""
    matrices: np.ndarray
    """(3, n, n) ideal and excess part of the Hessian, factor."""
    minima: np.ndarray
    """(MOST_MINIMA, s) site fractions of the minima found."""
    values: np.ndarray
    """(MOST_MINIMA,) D there, kJ/mol."""


Y, NEW_Y, Y_STEP, STIFFNESS = range(4)
QP, TRIAL, GRADIENT, STEP = range(4)
IDEAL, EXCESS, FACTOR = range(3)


@kernel
def energy(model: Model, p, y, qp):
    """D, v.p and p'Qp of proportions p; fills the site fractions y and Q p."""
    d, v, pqp = 0.0, 0.0, 0.0
    for i in range(p.size):
        total = 0.0
        for j in range(p.size):
            total += model.q[i, j] * p[j]
        qp[i] = total
        pqp += p[i] * total
        v += model.size[i] * p[i]
        d += model.base[i] * p[i]
    for s in range(y.size):
        total = 0.0
        for i in range(p.size):
            total += model.occupancy[s, i] * p[i]
        y[s] = total
        if total <= 0.0:
            return np.inf, v, pqp
        d += model.rt * model.multiplicity[s] * total * np.log(total)
    return d + 0.5 * pqp / v, v, pqp


@kernel
def slopes(model: Model, v, pqp, work: Work):
    """Fill the gradient, and the excess part of the Hessian."""
    y, qp, q, size = work.sites[Y], work.rows[QP], model.q, model.size
    n = model.reduced.shape[1]
    for i in range(n):
        gi, vi = qp[i] - qp[n], size[i] - size[n]
        total = model.base[i] - model.base[n] + gi / v - 0.5 * pqp * vi / (v * v)
        for s in range(y.size):
            slope = model.rt * model.multiplicity[s] * (np.log(y[s]) + 1.0)
            total += slope * model.reduced[s, i]
        work.rows[GRADIENT, i] = total
        for j in range(i + 1):
            gj, vj = qp[j] - qp[n], size[j] - size[n]
            total = (q[i, j] - q[i, n] - q[n, j] + q[n, n]) / v
            total += pqp * vi * vj / (v * v * v) - (gi * vj + vi * gj) / (v * v)
            work.matrices[EXCESS, i, j] = total


@kernel
def ideal_part(model: Model, work: Work):
    """Fill the ideal part of the Hessian, stiffened where a species would be exhausted."""
    ideal, n = work.matrices[IDEAL], model.reduced.shape[1]
    ideal[:, :] = 0.0
    for s in range(model.multiplicity.size):
        curvature = model.rt * model.multiplicity[s] * work.sites[STIFFNESS, s] / work.sites[Y, s]
        for i in range(n):
            if model.reduced[s, i] != 0.0:
                part = curvature * model.reduced[s, i]
                for j in range(i + 1):
                    ideal[i, j] += part * model.reduced[s, j]


@kernel
def factor(a, n):
    """Cholesky in place, lower triangle; False where the matrix is not positive definite."""
    for j in range(n):
        for i in range(j, n):
            total = a[i, j]
            for k in range(j):
                total -= a[i, k] * a[j, k]
            if i == j:
                if not total > 1e-12 * abs(a[j, j]) + 1e-14:
                    return False
                a[j, j] = np.sqrt(total)
            else:
                a[i, j] = total / a[j, j]
    return True


@kernel
def damped_step(model: Model, damping, work: Work):
    """Fill -(ideal (1 + damping) + excess)^-1 gradient, damped until the matrix allows it.

    Returns the slope of D along the step, and the damping.
    """
    a, step, n = work.matrices[FACTOR], work.rows[STEP], model.reduced.shape[1]
    while True:
        for i in range(n):
            step[i] = -work.rows[GRADIENT, i]
            for j in range(i + 1):
                a[i, j] = (1.0 + damping) * work.matrices[IDEAL, i, j] + work.matrices[EXCESS, i, j]
        if factor(a, n) or damping > 1e8:
            break
        damping = max(4.0 * damping, 0.1)
    for i in range(n):
        for k in range(i):
            step[i] -= a[i, k] * step[k]
        step[i] /= a[i, i]
    slope = 0.0
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            step[i] -= a[k, i] * step[k]
        step[i] /= a[i, i]
        slope += step[i] * work.rows[GRADIENT, i]
    return slope, damping


@kernel
def reach(model: Model, work: Work):
    """Longest step that leaves all site fractions positive; stiffens those it would exhaust.

    The secant of the logarithm between here and where the step leads stands for its slope.
    """
    y, stiffness, length, exhausted = work.sites[Y], work.sites[STIFFNESS], 1.0, False
    for s in range(y.size):
        total = 0.0
        for i in range(model.reduced.shape[1]):
            total += model.reduced[s, i] * work.rows[STEP, i]
        if total < -0.9 * y[s]:
            length = min(length, -0.9 * y[s] / total)
            if model.multiplicity[s] > 0.0:
                stiffness[s] *= min(-total / (0.85 * y[s]), 1e6)
                exhausted = True
    return length, exhausted


@kernel
def near(known, d, slack, work: Work):
    """Index of the minimum, not more than `slack` above d, at the present site fractions, or -1."""
    for k in range(known):
        if d >= work.values[k] - slack:
            gap = 0.0
            for s in range(work.minima.shape[1]):
                gap = max(gap, abs(work.sites[Y, s] - work.minima[k, s]))
            if gap < MET:
                return k
    return -1


@kernel
def descend(model: Model, p, known, work: Work):
    """Descend from p (changed in place); D, steps, and whether it ended at a minimum."""
    y, trial, n = work.sites[Y], work.rows[TRIAL], model.reduced.shape[1]
    damping = 0.0
    d, v, pqp = energy(model, p, y, work.rows[QP])
    for taken in range(MOST_STEPS):
        slopes(model, v, pqp, work)
        work.sites[STIFFNESS, :] = 1.0
        slope, length = 0.0, 1.0
        for _ in range(3):
            ideal_part(model, work)
            slope, damping = damped_step(model, damping, work)
            length, exhausted = reach(model, work)
            if not exhausted:
                break
        if -slope < CONVERGED_KJ and damping == 0.0:
            return d, taken, True
        accepted = False
        for _ in range(25):
            trial[n] = p[n]
            for i in range(n):
                trial[i] = p[i] + length * work.rows[STEP, i]
                trial[n] -= length * work.rows[STEP, i]
            new, v, pqp = energy(model, trial, work.sites[NEW_Y], work.rows[QP])
            if new <= d + 1e-3 * length * slope:
                accepted = True
                break
            length *= 0.4
        if not accepted:  # nothing lower can be told from rounding, or the step is no good
            return d, taken, -slope < 1e-6
        d = new
        p[:] = trial
        y[:] = work.sites[NEW_Y]
        damping = 0.0 if damping < 0.02 else 0.2 * damping
        if near(known, d, 1e-9, work) >= 0:
            return d, taken, True
    return d, MOST_STEPS, False


@kernel
def descend_all(model: Model, points, work: Work):
    """Descend from every point (changed in place).

    Returns the lowest D per mole of atoms, steps, and descents that did not converge.
    """
    lowest, steps, unfinished, known = np.inf, 0, 0, 0
    for start in range(points.shape[0]):
        p = points[start]
        d, taken, finished = descend(model, p, known, work)
        steps += taken
        atoms = 0.0
        for i in range(p.size):
            atoms += model.atoms[i] * p[i]
        lowest = min(lowest, d / atoms)
        if not finished:
            unfinished += 1
            continue
        k = near(known, d, np.inf, work)
        if k < 0 and known < work.values.size:
            k = known
            known += 1
            work.values[k] = np.inf
        if k >= 0 and d < work.values[k]:
            work.values[k] = d
            work.minima[k] = work.sites[Y]
    return lowest, steps, unfinished


def at_conditions(phase, standard, gas, p, t, gamma):
    """Bring a phase to P (kbar), T (K) and potentials gamma (kJ/mol)."""
    base = phase.basis @ standard[phase.name] - phase.composition @ gamma
    occupancy = np.ascontiguousarray(phase.occupancy)
    return Model(
        base + gas * t * phase.log_constant,
        gas * t,
        phase.multiplicity,
        occupancy,
        np.ascontiguousarray(occupancy[:, :-1] - occupancy[:, -1:]),
        phase.size,
        phase.interaction @ np.array([1.0, t, p]),
        phase.atoms,
    )


def new_work(model):
    """Scratch for a phase."""
    s, m = model.occupancy.shape
    return Work(
        np.ones((4, s)), np.zeros((4, m)), np.zeros((3, m - 1, m - 1)),
        np.zeros((MOST_MINIMA, s)), np.zeros(MOST_MINIMA),
    )  # fmt: skip


def driving_force(phase, standard, gas, p, t, gamma, proportions):
    """D, kJ/mol, of proportions of the whole phase's end-members, and mol of the components."""
    inside = np.linalg.lstsq(phase.basis.T, proportions, rcond=None)[0]
    oxides = inside @ phase.composition
    # what rounding has left of a species that is exhausted may be negative
    inside += 1e-13 * (phase.corners.mean(axis=0) - inside)
    model = at_conditions(phase, standard, gas, p, t, gamma)
    work = new_work(model)
    d, _, _ = energy(model, inside, work.sites[Y], work.rows[QP])
    return d, oxides


def search(every, standard, gas, p, t, gamma, rng, number=STARTS):
    """Search every phase at one point.

    Parameters
    ----------
    every : tuple of Phase
        From `independent_phases.phases`.
    standard : dict
        Name -> standard energies (end-members,) of the whole phase, kJ/mol.
    gas : float
        Gas constant, kJ/(K mol).
    p, t : float
        kbar, K.
    gamma : (C,) array
        Potentials of the components present, kJ/mol.
    """
    lowest, name, total, steps, unfinished = np.inf, "", 0, 0, 0
    for phase in every:
        points = starts(phase, rng, number)
        model = at_conditions(phase, standard, gas, p, t, gamma)
        work = new_work(model)
        if points.shape[1] == 1:
            found, taken, left = energy(model, points[0], work.sites[Y], work.rows[QP])[0], 0, 0
            found /= phase.atoms[0]
        else:
            found, taken, left = descend_all(model, points, work)
        total, steps, unfinished = total + len(points), steps + taken, unfinished + left
        if found < lowest:
            lowest, name = float(found), phase.name
    return Found(lowest, name, total, steps, unfinished)

"""All phases together: Newton's method on the conditions of equilibrium.

Unknown are the amounts a_k, the compositions p_k and the chemical potentials Gamma of the oxides:
    mu_k(p_k) = C_k Gamma  for every phase,     sum_k a_k C_k' p_k = b.
With the Hessian H_k (+ kappa RT 1 1') = L L', X = L^-1 C_k, r = mu_k - C_k Gamma, z = L^-1 r the
compositions are eliminated; D_k = p_k.r is the driving force and B_k = C_k' p_k:
    [ sum a X'X   B ] [ dGamma ]   [ b - sum a B + sum a X'z ]
    [ B'          0 ] [ da     ] = [ D                       ],      dp_k = L^-T (X dGamma - z).
The term kappa RT 1 1' leaves the solution unchanged (its contribution cancels by B' dGamma = D)
and makes the matrix positive definite, so two Cholesky factorisations solve the system.
"""

from typing import NamedTuple

import numpy as np

from . import status as st
from ._jit import kernel
from .dense import cholesky, solve_lower, solve_lower_rows, solve_upper
from .descent import PhaseWork, largest_step, set_base, species_step, stiffen
from .layout import Conditions, Floats, Ints, Options, Phases, System
from .solution import hessian, potentials


class State(NamedTuple):
    """An assemblage: up to C + 2 phase instances, their amounts, and the potentials."""

    count: Ints
    """(1) number of instances."""
    phase: Ints
    """(C + 2)"""
    sticky: Ints
    """(C + 2) 1 for an instance that was dropped once and must not be dropped at sight again."""
    amount: Floats
    """(C + 2) mol of formula per mole of oxides."""
    proportions: Floats
    """(C + 2, I)"""
    gamma: Floats
    """(C) kJ/mol of oxide."""
    residuals: Floats
    """(3) largest |mu - C'Gamma| and |D| of a present phase, kJ/mol; mass residual, mol."""


class NewtonWork(NamedTuple):
    """Scratch for `solve`."""

    base: Floats
    factor: Floats
    x: Floats
    z: Floats
    r: Floats
    y: Floats
    stiffness: Floats
    composition: Floats
    b: Floats
    d: Floats
    matrix: Floats
    schur: Floats
    residual: Floats
    right: Floats
    d_gamma: Floats
    d_amount: Floats
    step: Floats


@kernel
def new_state(system: System):
    """An empty assemblage."""
    _, i, c = system.phases.composition.shape
    n = c + 2
    return State(
        np.zeros(1, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n),
        np.zeros((n, i)),
        np.zeros(c),
        np.zeros(3),
    )


@kernel
def new_newton_work(system: System):
    """Scratch for the largest assemblage of the system."""
    k, i, c = system.phases.composition.shape
    s = system.phases.multiplicity.shape[1]
    n = c + 2
    return NewtonWork(
        np.zeros((k, i)),
        np.zeros((n, i, i)),
        np.zeros((n, i, c)),
        np.zeros((n, i)),
        np.zeros((n, i)),
        np.zeros((n, s)),
        np.ones((n, s)),
        np.zeros((n, c)),
        np.zeros((n, c)),
        np.zeros(n),
        np.zeros((c, c)),
        np.zeros((n, n)),
        np.zeros(c),
        np.zeros(c),
        np.zeros(c),
        np.zeros(n),
        np.zeros((n, i)),
    )


@kernel
def copy_state(source: State, target: State):
    """Copy an assemblage."""
    target.count[0] = source.count[0]
    target.phase[:] = source.phase
    target.sticky[:] = source.sticky
    target.amount[:] = source.amount
    target.proportions[:, :] = source.proportions
    target.gamma[:] = source.gamma
    target.residuals[:] = source.residuals


@kernel
def append(state: State, phase, amount, proportions, sticky):
    """Add an instance; False where there is no room."""
    n = state.count[0]
    if n == state.phase.size:
        return False
    state.phase[n] = phase
    state.sticky[n] = sticky
    state.amount[n] = amount
    for i in range(proportions.size):
        state.proportions[n, i] = proportions[i]
    state.count[0] = n + 1
    return True


@kernel
def remove(state: State, index):
    """Remove an instance, keeping the order of the others."""
    state.count[0] -= 1
    for j in range(index, state.count[0]):
        state.phase[j] = state.phase[j + 1]
        state.sticky[j] = state.sticky[j + 1]
        state.amount[j] = state.amount[j + 1]
        for i in range(state.proportions.shape[1]):
            state.proportions[j, i] = state.proportions[j + 1, i]


@kernel
def evaluate(
    phases: Phases, conditions: Conditions, bulk, state: State, work: NewtonWork, pw: PhaseWork
):
    """Residuals of all conditions at the state, into work (r, y, b, d, right) and the state."""
    rt, q = conditions.state[0], conditions.interaction
    n_components = bulk.size
    worst, worst_d = 0.0, 0.0
    for c in range(n_components):
        work.right[c] = bulk[c]
    for j in range(state.count[0]):
        k = state.phase[j]
        n = phases.n_endmembers[k]
        p = state.proportions[j]
        set_base(phases, k, conditions, state.gamma, work.base)
        d, _, _ = potentials(phases, k, work.base, q, rt, p, pw.y, pw.qp, pw.mu)
        work.d[j] = d
        worst_d = max(worst_d, abs(d))
        for i in range(n):
            work.r[j, i] = pw.mu[i]
            worst = max(worst, abs(pw.mu[i]))
        if d != d:  # noqa: PLR0124  a site fraction has left its domain
            worst = np.inf
        for s in range(phases.n_species[k]):
            work.y[j, s] = pw.y[s]
        for c in range(n_components):
            total = 0.0
            for i in range(n):
                total += phases.composition[k, i, c] * p[i]
            work.composition[j, c] = total
            work.right[c] -= state.amount[j] * total
    mass = 0.0
    for c in range(n_components):
        mass = max(mass, abs(work.right[c]))
    state.residuals[0] = worst
    state.residuals[1] = worst_d
    state.residuals[2] = mass


@kernel
def eliminate(
    phases: Phases, conditions: Conditions, state: State, work: NewtonWork, pw: PhaseWork
):
    """Factor each phase and add it to the condensed system; False where one is unstable."""
    rt, q = conditions.state[0], conditions.interaction
    n_components = state.gamma.size
    stable = True
    work.matrix[:, :] = 0.0
    work.b[:, :] = work.composition
    work.right[:] = work.residual
    for j in range(state.count[0]):
        k = state.phase[j]
        n = phases.n_endmembers[k]
        p = state.proportions[j]
        factor = work.factor[j]
        size, pqp = 0.0, 0.0
        for i in range(n):
            total = 0.0
            for m in range(n):
                total += q[k, i, m] * p[m]
            pw.qp[i] = total
            pqp += total * p[i]
            size += phases.size[k, i] * p[i]
        weight = 1.0
        for _ in range(4):
            hessian(
                phases, k, q, rt, work.y[j], pw.qp, size, pqp, weight, work.stiffness[j], factor
            )
            if cholesky(factor, n, 1e-14):
                break
            stable = False
            weight = 0.5 * weight if weight > 0.3 else 0.0
        x, z = work.x[j], work.z[j]
        for i in range(n):
            z[i] = work.r[j, i]
            for c in range(n_components):
                x[i, c] = phases.composition[k, i, c]
        solve_lower(factor, n, z)
        solve_lower_rows(factor, n, x, n_components)
        a = state.amount[j]
        for i in range(n):
            for c in range(n_components):
                value = a * x[i, c]
                if value != 0.0:
                    work.right[c] += value * z[i]
                    for e in range(c + 1):
                        work.matrix[c, e] += value * x[i, e]
    return stable


@kernel
def factor_matrix(matrix, n):
    """Cholesky of the condensed matrix; a potential that no present phase fixes is held."""
    for j in range(n):
        diagonal = matrix[j, j]
        s = diagonal
        for k in range(j):
            s -= matrix[j, k] * matrix[j, k]
        root = np.sqrt(s) if s > 1e-13 * diagonal else 1e150
        matrix[j, j] = root
        for i in range(j + 1, n):
            s = matrix[i, j]
            for k in range(j):
                s -= matrix[i, k] * matrix[j, k]
            matrix[i, j] = s / root


@kernel
def condensed_step(state: State, work: NewtonWork):
    """Solve for dGamma and da; False where the phases' compositions are linearly dependent."""
    n_components, m = state.gamma.size, state.count[0]
    factor_matrix(work.matrix, n_components)
    solve_lower(work.matrix, n_components, work.right)
    for j in range(m):
        solve_lower(work.matrix, n_components, work.b[j])
    for j in range(m):
        total = -work.d[j]
        for c in range(n_components):
            total += work.b[j, c] * work.right[c]
        work.d_amount[j] = total
        for l in range(j + 1):  # noqa: E741
            total = 0.0
            for c in range(n_components):
                total += work.b[j, c] * work.b[l, c]
            work.schur[j, l] = total
    if not cholesky(work.schur, m, 1e-12):
        return False
    solve_lower(work.schur, m, work.d_amount)
    solve_upper(work.schur, m, work.d_amount)
    for c in range(n_components):
        total = work.right[c]
        for j in range(m):
            total -= work.b[j, c] * work.d_amount[j]
        work.d_gamma[c] = total
    solve_upper(work.matrix, n_components, work.d_gamma)
    return True


@kernel
def composition_steps(phases: Phases, state: State, work: NewtonWork, pw: PhaseWork):
    """Fill work.step; return the longest step that keeps all site fractions positive, and
    whether a species was stiffened because the step would exhaust it.
    """  # noqa: D205
    length, stiffened = 1.0, False
    for j in range(state.count[0]):
        k = state.phase[j]
        n = phases.n_endmembers[k]
        step = work.step[j]
        for i in range(n):
            total = -work.z[j, i]
            for c in range(state.gamma.size):
                total += work.x[j, i, c] * work.d_gamma[c]
            step[i] = total
        solve_upper(work.factor[j], n, step)
        if n == 1:
            step[0] = 0.0
        species_step(phases, k, step, pw.y_step)
        length = min(length, largest_step(phases, k, work.y[j], pw.y_step))
        if stiffen(phases, k, work.y[j], pw.y_step, work.stiffness[j]):
            stiffened = True
    return length, stiffened


@kernel
def vanishing(state: State, work: NewtonWork):
    """Instance whose amount the full step would make most negative, or -1."""
    worst, index = 0.0, -1
    for j in range(state.count[0]):
        after = state.amount[j] + work.d_amount[j]
        if after < -1e-13 and state.sticky[j] == 0 and after < worst:
            worst, index = after, j
    return index


@kernel
def advance(phases: Phases, state: State, work: NewtonWork, length):
    """Take a step of the given length; amounts of sticky phases stay above a tenth."""
    for j in range(state.count[0]):
        if state.amount[j] + length * work.d_amount[j] < 0.0:
            length = min(length, max(-0.9 * state.amount[j] / work.d_amount[j], 1e-3))
    for j in range(state.count[0]):
        state.amount[j] = max(state.amount[j] + length * work.d_amount[j], 0.0)
        n = phases.n_endmembers[state.phase[j]]
        total = 0.0
        for i in range(n):
            state.proportions[j, i] += length * work.step[j, i]
            total += state.proportions[j, i]
        for i in range(n):
            state.proportions[j, i] /= total
    for c in range(state.gamma.size):
        state.gamma[c] += length * work.d_gamma[c]


@kernel
def solve(
    phases: Phases,
    conditions: Conditions,
    bulk,
    options: Options,
    state: State,
    work: NewtonWork,
    pw: PhaseWork,
):
    """Newton's method from `state` (changed in place), dropping phases that vanish.

    Returns
    -------
    (int, int)
        Status (CERTIFIED here means converged, other phases not yet looked at) and iterations.
    """
    for iteration in range(options.newton_steps):
        evaluate(phases, conditions, bulk, state, work, pw)
        if not state.residuals[0] < 1e12:
            return st.NOT_CONVERGED, iteration
        converged = (
            state.residuals[0] < 0.1 * options.potential_tolerance
            and state.residuals[1] < 0.1 * options.energy_tolerance
            and state.residuals[2] < 1e-3 * options.mass_tolerance
        )
        work.stiffness[:, :] = 1.0
        work.residual[:] = work.right
        stable = eliminate(phases, conditions, state, work, pw)
        if converged:
            return (st.CERTIFIED if stable else st.UNSTABLE), iteration
        if not condensed_step(state, work):
            return st.NOT_CONVERGED, iteration
        leaving = vanishing(state, work)
        if leaving >= 0:
            if state.count[0] == 1:
                return st.NOT_CONVERGED, iteration
            remove(state, leaving)
            continue
        length, stiffened = composition_steps(phases, state, work, pw)
        if stiffened:
            eliminate(phases, conditions, state, work, pw)
            if not condensed_step(state, work):
                return st.NOT_CONVERGED, iteration
            length, _ = composition_steps(phases, state, work, pw)
        advance(phases, state, work, length)
    return st.NOT_CONVERGED, options.newton_steps

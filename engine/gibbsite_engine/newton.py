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
from ._jit import inner, kernel, table
from ._vectors import add_rows
from .dense import cholesky, copy, largest, solve_lower, solve_lower_rows, solve_upper
from .descent import largest_step, set_base, species_step, stiffen
from .excess import excess
from .exhausted import factor_on_faces, shares_exhausted
from .factors import RT
from .layout import Conditions, Floats, Ints, Options, Phases, n_slots
from .mixing import LEAST_SITE_FRACTION, held_by
from .phase_work import MU, STEP, STIFFNESS, Y_STEP, PhaseWork, Y
from .solution import hessian, potentials, softer

# A species is exhausted below this: its curvature RT/y drowns the rest of a Hessian in rounding.
EXHAUSTED = 1e-9
# A site fraction y is a sum of proportions of order one, known to about this; mu to RT/y times it.
ROUNDING = 4.4e-16
# Excess part of what is convex but for a critical point: two limbs where it is not lie 1e-3 apart, 1e-10 kJ
# below it.
_CRITICAL = 1.0 - 1e-5
# mol: a phase of which there is less is scarce; 1/kJ, about what RT makes of a mol.
_SCARCE, _WEIGHT = 1e-2, 0.1


@table
class State(NamedTuple):
    """An assemblage: up to C + 2 phase instances, their amounts, and the potentials."""

    number: Ints
    """(1) number of instances."""
    phase: Ints
    """(C + 2)"""
    lives: Ints
    """(C + 2) how often a phase just added may turn negative before it is dropped."""
    amount: Floats
    """(C + 2) mol of formula per mole of oxides."""
    proportions: Floats
    """(C + 2, I)"""
    gamma: Floats
    """(C) kJ/mol of oxide."""
    residuals: Floats
    """(3) largest |mu - C'Gamma| and |D| of a present phase, kJ/mol; mass residual, mol."""


@table
class NewtonWork(NamedTuple):
    """Scratch for `solve`, n = C + 2 instances; rows are named below."""

    base: Floats
    """(K, I) g0 - C'Gamma."""
    factor: Floats
    """(n, I, I) Cholesky factors."""
    x: Floats
    """(n, I, C) L^-1 C."""
    rows: Floats
    """(n, 3, I)"""
    sites: Floats
    """(n, 2, S)"""
    oxides: Floats
    """(n, 2, C)"""
    amounts: Floats
    """(2, n)"""
    matrix: Floats
    """(C, C)"""
    schur: Floats
    """(n, n)"""
    potentials: Floats
    """(3, C)"""


R, Z, P_STEP = range(3)
SITE_FRACTION, SITE_STIFFNESS = range(2)
COMPOSITION, B = range(2)
D, D_AMOUNT = range(2)
RESIDUAL, RIGHT, D_GAMMA = range(3)


def new_state(phases: Phases) -> State:
    """An empty assemblage."""
    _, i, c = phases.composition.shape
    n = n_slots(c)
    return State(
        np.zeros(1, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n),
        np.zeros((n, i)),
        np.zeros(c),
        np.zeros(3),
    )


def new_newton_work(phases: Phases) -> NewtonWork:
    """Scratch for the largest assemblage of the system."""
    k, i, c = phases.composition.shape
    s = phases.multiplicity.shape[1]
    n = n_slots(c)
    return NewtonWork(
        np.zeros((k, i)),
        np.zeros((n, i, i)),
        np.zeros((n, i, c)),
        np.zeros((n, 3, i)),
        np.ones((n, 2, s)),
        np.zeros((n, 2, c)),
        np.zeros((2, n)),
        np.zeros((c, c)),
        np.zeros((n, n)),
        np.zeros((3, c)),
    )


@kernel
def copy_state(source: State, target: State):
    """Copy an assemblage."""
    n = source.number[0]
    target.number[0] = n
    for j in range(n):
        target.phase[j] = source.phase[j]
        target.lives[j] = source.lives[j]
        target.amount[j] = source.amount[j]
        for i in range(source.proportions.shape[1]):
            target.proportions[j, i] = source.proportions[j, i]
    copy(source.gamma, target.gamma)
    copy(source.residuals, target.residuals)


@kernel
def append(state: State, phase, amount, proportions, lives):
    """Add an instance; False where there is no room."""
    n = state.number[0]
    if n == state.phase.size:
        return False
    state.phase[n] = phase
    state.lives[n] = lives
    state.amount[n] = amount
    for i in range(proportions.size):
        state.proportions[n, i] = proportions[i]
    state.number[0] = n + 1
    return True


@kernel
def remove(state: State, index):
    """Remove an instance, keeping the order of the others."""
    state.number[0] -= 1
    for j in range(index, state.number[0]):
        state.phase[j] = state.phase[j + 1]
        state.lives[j] = state.lives[j + 1]
        state.amount[j] = state.amount[j + 1]
        for i in range(state.proportions.shape[1]):
            state.proportions[j, i] = state.proportions[j + 1, i]


@inner
def greatest_misfit(phases: Phases, k, rt, pw: PhaseWork, noise):
    """Largest |mu - C'Gamma| of a phase where it stands, less what site fractions are rounded by, `noise` (I).

    That of an end-member of which there is all but nothing is open upwards.
    """
    n, y, mu = phases.n_endmembers[k], pw.sites[Y], pw.rows[MU]
    for i in range(n):
        noise[i] = 0.0
    for s in range(phases.n_species[k]):
        rounding = ROUNDING * rt / y[s]
        exhausted = y[s] < 100.0 * LEAST_SITE_FRACTION
        for j in range(phases.occupied_count[k, s]):
            i = phases.occupied[k, s, j]
            noise[i] += abs(phases.entropy_weight[k, i, s]) * rounding
            if exhausted and mu[i] > 0.0 and phases.entropy_weight[k, i, s] != 0.0:
                noise[i] = np.inf
    worst = 0.0
    for i in range(n):
        worst = max(worst, abs(mu[i]) - noise[i])
    return worst


@inner
def evaluate(
    phases: Phases, conditions: Conditions, bulk, state: State, work: NewtonWork, pw: PhaseWork
):
    """Residuals of all conditions at the state, into the work arrays and the state."""
    rt, residual = conditions.factors[RT], work.potentials[RESIDUAL]
    y, mu, n_components = pw.sites[Y], pw.rows[MU], bulk.size
    worst, worst_d = 0.0, 0.0
    for c in range(n_components):
        residual[c] = bulk[c]
    for j in range(state.number[0]):
        k = state.phase[j]
        n = phases.n_endmembers[k]
        p = state.proportions[j]
        set_base(phases, k, conditions, state.gamma, work.base)
        d = potentials(phases, k, conditions, work.base, p, pw)
        copy(y, work.sites[j, SITE_FRACTION])
        work.amounts[D, j] = d
        worst_d = max(worst_d, abs(d))
        for i in range(n):
            work.rows[j, R, i] = mu[i]
        worst = max(worst, greatest_misfit(phases, k, rt, pw, pw.rows[STEP]))
        if not abs(d) < np.inf:  # a site fraction has left its domain
            worst = np.inf
        content = work.oxides[j, COMPOSITION]
        for c in range(n_components):
            content[c] = 0.0
        add_rows(content, p, phases.composition[k], n, content, n_components)
        for c in range(n_components):
            residual[c] -= state.amount[j] * content[c]
    mass = 0.0
    for c in range(n_components):
        mass = max(mass, abs(residual[c]))
    state.residuals[0] = worst
    state.residuals[1] = worst_d
    state.residuals[2] = mass


@inner
def stable_but_for_exhausted(phases: Phases, k, conditions: Conditions, pw: PhaseWork, factor):
    """Whether a phase is stable where it stands although rounding hides it; its Cholesky factor.

    No species is stiffer than one that is all but exhausted, and no total than that of such species,
    so that what is convex here is convex.
    """
    y, stiffness = pw.sites[Y], pw.sites[STIFFNESS]
    for s in range(phases.n_species[k]):
        least = EXHAUSTED if phases.multiplicity[k, s] > 0.0 else 0.0
        if phases.total[k, s] == s:
            least = held_by(phases, k, s, y, EXHAUSTED)
        stiffness[s] = y[s] / max(least, y[s])
    hessian(phases, k, conditions, 1.0, pw, factor)
    return cholesky(factor, phases.n_endmembers[k], 1e-14)


@inner
def factor_phase(phases: Phases, k, conditions: Conditions, stiffness, pw: PhaseWork, factor):
    """Factor the Hessian of a phase where it stands, made softer until that can be; its stability."""
    weight, stable, drowned = 1.0, True, shares_exhausted(phases, k, pw)
    for _ in range(10):
        if drowned:
            done = factor_on_faces(phases, k, conditions, weight, stiffness, pw, factor)
        else:
            copy(stiffness, pw.sites[STIFFNESS])
            hessian(phases, k, conditions, weight, pw, factor)
            done = cholesky(factor, phases.n_endmembers[k], 1e-14)
        if done:
            return stable or weight == _CRITICAL
        if weight == 1.0:
            stable = stable_but_for_exhausted(phases, k, conditions, pw, factor)
            weight = _CRITICAL
        else:
            weight = softer(weight)
    return stable


@inner
def fill_right(phases: Phases, state: State, work: NewtonWork, pw: PhaseWork):
    """Fill the right side of the condensed system from the residuals and the factored phases."""
    right, n_components = work.potentials[RIGHT], state.gamma.size
    for c in range(n_components):
        right[c] = work.potentials[RESIDUAL, c]
    for j in range(state.number[0]):
        n, a, x, z = (
            phases.n_endmembers[state.phase[j]],
            state.amount[j],
            work.x[j],
            work.rows[j, Z],
        )
        for i in range(n):
            z[i] = work.rows[j, R, i]
        solve_lower(work.factor[j], n, z)
        weight = pw.rows[STEP]
        for i in range(n):
            weight[i] = a * z[i]
        add_rows(right, weight, x, n, right, n_components)


@inner
def eliminate(
    phases: Phases, conditions: Conditions, state: State, work: NewtonWork, pw: PhaseWork
):
    """Factor each phase and add it to the condensed system; False where one is unstable."""
    n_components, stable = state.gamma.size, True
    work.matrix[:, :] = 0.0
    for j in range(state.number[0]):
        k = state.phase[j]
        n, factor, x = phases.n_endmembers[k], work.factor[j], work.x[j]
        copy(work.sites[j, SITE_FRACTION], pw.sites[Y])
        excess(phases, k, conditions, state.proportions[j], pw)
        if not factor_phase(phases, k, conditions, work.sites[j, SITE_STIFFNESS], pw, factor):
            stable = False
        for i in range(n):
            for c in range(n_components):
                x[i, c] = phases.composition[k, i, c]
        solve_lower_rows(factor, n, x, n_components)
        a, weight = state.amount[j], pw.rows[STEP]
        for c in range(n_components):
            for i in range(n):
                weight[i] = a * x[i, c]
            add_rows(work.matrix[c], weight, x, n, work.matrix[c], c + 1)
    fill_right(phases, state, work, pw)
    return stable


@inner
def factor_and_hold(matrix):
    """Cholesky of the condensed matrix; a potential that no present phase fixes is held.

    Returns
    -------
    int
        How many are.
    """
    n, held = matrix.shape[0], 0
    for j in range(n):
        diagonal = matrix[j, j]
        s = diagonal
        for k in range(j):
            s -= matrix[j, k] * matrix[j, k]
        if s > 1e-13 * diagonal:
            root = np.sqrt(s)
        else:
            root = 1e150
            held += 1
        matrix[j, j] = root
        for i in range(j + 1, n):
            s = matrix[i, j]
            for k in range(j):
                s -= matrix[i, k] * matrix[j, k]
            matrix[i, j] = s / root
    return held


@inner
def scarcity(amount):
    """Weight w of w B B' in the condensed matrix; zero of a phase of which there is enough."""
    return _WEIGHT * max(_SCARCE - amount, 0.0)


@inner
def factor_condensed(state: State, work: NewtonWork):
    """Factor the condensed system; False where the phases' compositions are linearly dependent.

    What scarce phases alone hold bends with their amounts, and would be drowned by the rest: of each
    of them w B B' is added, which leaves the solution unchanged, for B' dGamma = D.
    """
    n_components, m = state.gamma.size, state.number[0]
    for j in range(m):
        weight, content = scarcity(state.amount[j]), work.oxides[j, COMPOSITION]
        if weight > 0.0:
            for c in range(n_components):
                for e in range(c + 1):
                    work.matrix[c, e] += weight * content[c] * content[e]
    factor_and_hold(work.matrix)
    for j in range(m):
        copy(work.oxides[j, COMPOSITION], work.oxides[j, B])
        solve_lower(work.matrix, n_components, work.oxides[j, B])
        for i in range(j + 1):
            total = 0.0
            for c in range(n_components):
                total += work.oxides[j, B, c] * work.oxides[i, B, c]
            work.schur[j, i] = total
    return cholesky(work.schur, m, 1e-12)


@inner
def solve_condensed(state: State, work: NewtonWork):
    """Solve the factored system for dGamma and da."""
    n_components, m = state.gamma.size, state.number[0]
    right, d_gamma = work.potentials[RIGHT], work.potentials[D_GAMMA]
    d_amount = work.amounts[D_AMOUNT]
    solve_lower(work.matrix, n_components, right)
    for j in range(m):
        weight = scarcity(state.amount[j])
        if weight > 0.0:
            for c in range(n_components):
                right[c] += weight * work.oxides[j, B, c] * work.amounts[D, j]
    for j in range(m):
        total = -work.amounts[D, j]
        for c in range(n_components):
            total += work.oxides[j, B, c] * right[c]
        d_amount[j] = total
    solve_lower(work.schur, m, d_amount)
    solve_upper(work.schur, m, d_amount)
    for c in range(n_components):
        total = right[c]
        for j in range(m):
            total -= work.oxides[j, B, c] * d_amount[j]
        d_gamma[c] = total
    solve_upper(work.matrix, n_components, d_gamma)


@inner
def condensed_step(state: State, work: NewtonWork):
    """Solve for dGamma and da; False where the phases' compositions are linearly dependent."""
    if not factor_condensed(state, work):
        return False
    solve_condensed(state, work)
    return True


@inner
def composition_steps(phases: Phases, state: State, work: NewtonWork, pw: PhaseWork):
    """Fill the steps of all compositions.

    Returns
    -------
    (float, bool)
        The longest step that keeps all site fractions positive, and whether a species was
        stiffened because the step would exhaust it.
    """
    length, stiffened = 1.0, False
    for j in range(state.number[0]):
        k = state.phase[j]
        n = phases.n_endmembers[k]
        step, y, y_step = work.rows[j, P_STEP], work.sites[j, SITE_FRACTION], pw.sites[Y_STEP]
        for i in range(n):
            total = -work.rows[j, Z, i]
            for c in range(state.gamma.size):
                total += work.x[j, i, c] * work.potentials[D_GAMMA, c]
            step[i] = total
        solve_upper(work.factor[j], n, step)
        if n == 1:
            step[0] = 0.0
        species_step(phases, k, step, y_step)
        length = min(length, largest_step(phases, k, y, y_step))
        if stiffen(phases, k, y, y_step, work.sites[j, SITE_STIFFNESS]):
            stiffened = True
    return length, stiffened


@inner
def loosen(phases: Phases, state: State, work: NewtonWork, pw: PhaseWork):
    """Lower the stiffness of species that are held too fast; False where there are none.

    Species of one end-member are exhausted together, and each was stiffened as if alone.
    """
    found = False
    for j in range(state.number[0]):
        k = state.phase[j]
        y, y_step, stiffness = (
            work.sites[j, SITE_FRACTION],
            pw.sites[Y_STEP],
            work.sites[j, SITE_STIFFNESS],
        )
        species_step(phases, k, work.rows[j, P_STEP], y_step)
        for s in range(phases.n_species[k]):
            if stiffness[s] > 2.0 and y_step[s] < 0.0 and y_step[s] > -0.5 * y[s]:
                stiffness[s] = max(stiffness[s] * max(-y_step[s] / (0.9 * y[s]), 0.05), 1.0)
                found = True
    return found


@inner
def has_twin(state: State, j):
    """Whether another instance of the same phase is present."""
    for i in range(state.number[0]):
        if i != j and state.phase[i] == state.phase[j]:
            return True
    return False


@inner
def vanishing(state: State, work: NewtonWork, options: Options, stable):
    """What to do about amounts that the full step makes negative.

    A phase just added has a few lives, since the step from a poor first amount says little: its
    amount is cut to a tenth, or, where it is one of two limbs of a solvus, the whole step is cut,
    for their amounts change together. A phase that still lies below the plane costs no life while
    not all phases are `stable`: the softened steps out of a spinodal overshoot, and it will stay.
    Where the potentials are all but met the step says all, and there are no lives.

    Returns
    -------
    (int, float)
        Instance to drop, the most negative without lives, or -1; longest step allowed.
    """
    worst, index, longest = 0.0, -1, 1.0
    for j in range(state.number[0]):
        after = state.amount[j] + work.amounts[D_AMOUNT, j]
        if after < -1e-13:
            if state.lives[j] > 0 and state.residuals[0] > options.sure:
                if stable or work.amounts[D, j] > -1e-3:
                    state.lives[j] -= 1
                if has_twin(state, j):
                    longest = min(longest, -0.7 * state.amount[j] / work.amounts[D_AMOUNT, j])
                else:
                    work.amounts[D_AMOUNT, j] = -0.9 * state.amount[j]
            elif after < worst:
                worst, index = after, j
    return index, longest


@inner
def remove_exhausted(state: State, options: Options):
    """Drop an instance that makes the compositions dependent; False if there is none to drop.

    One of no amount, or a trace just added, at an invariant point; the last of several. The
    potentials that it fixed are held from there on.
    """
    for j in range(state.number[0] - 1, -1, -1):
        least = options.trace if state.lives[j] > 0 else 1e-13
        if state.amount[j] <= least and state.number[0] > 1:
            remove(state, j)
            return True
    return False


@inner
def rest_exhausted(phases: Phases, k, p):
    """Put an end-member that steps of rounding size have taken below zero back to zero."""
    for s in range(phases.n_species[k]):
        if phases.occupied_count[k, s] == 1:
            i = phases.occupied[k, s, 0]
            if phases.occupancy[k, s, i] * p[i] < 0.0:
                p[i] = 0.0


@inner
def advance(phases: Phases, state: State, work: NewtonWork, length):
    """Take a step of the given length."""
    for j in range(state.number[0]):
        state.amount[j] = max(state.amount[j] + length * work.amounts[D_AMOUNT, j], 0.0)
        n = phases.n_endmembers[state.phase[j]]
        total = 0.0
        for i in range(n):
            state.proportions[j, i] += length * work.rows[j, P_STEP, i]
            total += state.proportions[j, i]
        for i in range(n):
            state.proportions[j, i] /= total
        rest_exhausted(phases, state.phase[j], state.proportions[j])
    for c in range(state.gamma.size):
        state.gamma[c] += length * work.potentials[D_GAMMA, c]


@kernel
def solve(
    phases: Phases,
    conditions: Conditions,
    bulk,
    options: Options,
    hasty,
    state: State,
    work: NewtonWork,
    pw: PhaseWork,
):
    """Newton's method from `state` (changed in place), dropping phases that vanish.

    With `hasty` it is given up as soon as the present phases seem unable to make up the bulk; now
    and then they are able after all.

    Returns
    -------
    (int, int)
        Status (CERTIFIED here means converged, other phases not yet looked at) and iterations.
    """
    stable, mass, unchanged = True, np.inf, 0
    for iteration in range(options.newton_steps):
        evaluate(phases, conditions, bulk, state, work, pw)
        if not state.residuals[0] < 1e12:
            return st.NOT_CONVERGED, iteration
        # where exhausted species rest at rounding the mass is kept to a few digits less
        rounding = 1e-3 if iteration < options.newton_steps // 2 else 1e-2
        converged = (
            state.residuals[0] < 0.1 * options.potential_tolerance
            and state.residuals[1] < 0.1 * options.energy_tolerance
            and state.residuals[2] < rounding * options.mass_tolerance
        )
        if state.residuals[0] < options.potential_tolerance and state.residuals[2] > 0.5 * mass:
            unchanged += 1
            if hasty and unchanged > options.unchanged_steps and not converged:
                return st.NOT_CONVERGED, iteration
        mass = state.residuals[2]
        # the factors of the last step tell a stable phase from one inside its spinodal
        if converged and iteration > 0:
            return (st.CERTIFIED if stable else st.UNSTABLE), iteration
        # towards a point inside a spinodal steps converge slowly, and none of its digits matter
        if not stable and (
            state.residuals[0] < 1e3 * options.potential_tolerance
            and state.residuals[1] < 0.1 * options.energy_tolerance
            and state.residuals[2] < 1e-2 * options.mass_tolerance
        ):
            return st.UNSTABLE, iteration
        work.sites[:, SITE_STIFFNESS] = 1.0
        stable = eliminate(phases, conditions, state, work, pw)
        if converged:
            return (st.CERTIFIED if stable else st.UNSTABLE), iteration
        if not condensed_step(state, work):
            if not remove_exhausted(state, options):
                return st.NOT_CONVERGED, iteration
            mass, unchanged = np.inf, 0
            continue
        if hasty and largest(work.potentials[D_GAMMA]) > options.lost:
            return st.NOT_CONVERGED, iteration
        length, stiffened = composition_steps(phases, state, work, pw)
        if stiffened:
            eliminate(phases, conditions, state, work, pw)
            if not condensed_step(state, work):
                return st.NOT_CONVERGED, iteration
            length, _ = composition_steps(phases, state, work, pw)
            if iteration >= options.newton_steps // 2 and loosen(phases, state, work, pw):
                eliminate(phases, conditions, state, work, pw)
                if not condensed_step(state, work):
                    return st.NOT_CONVERGED, iteration
                length, _ = composition_steps(phases, state, work, pw)
        leaving, longest = vanishing(state, work, options, stable)
        if leaving >= 0:
            if state.number[0] == 1:
                return st.NOT_CONVERGED, iteration
            remove(state, leaving)
            mass, unchanged = np.inf, 0
            continue
        advance(phases, state, work, min(length, longest))
    return st.NOT_CONVERGED, options.newton_steps

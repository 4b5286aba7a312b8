"""The assemblage of a node that has hardly moved: Newton's method with one factorisation.

Where a first full step makes the error e of a start its square, a second with the matrix of the first
makes it its cube, and saves factoring all phases again. It is given up, for `newton.solve`, wherever
anything but such steps is called for.
"""

from ._jit import inner
from .dense import solve_lower, solve_upper
from .descent import PhaseWork
from .layout import Conditions, Options, Phases
from .newton import (
    D_AMOUNT,
    D_GAMMA,
    RESIDUAL,
    RIGHT,
    SITE_STIFFNESS,
    B,
    D,
    NewtonWork,
    R,
    State,
    Z,
    advance,
    composition_steps,
    condensed_step,
    eliminate,
    evaluate,
)

STEPS = 3
"""With the first matrix, after the first step."""


@inner
def chord_step(phases: Phases, state: State, work: NewtonWork):
    """Solve for dGamma and da at the residuals of now, with the factors of then."""
    components, m = state.gamma.size, state.number[0]
    right, d_gamma = work.potentials[RIGHT], work.potentials[D_GAMMA]
    d_amount = work.amounts[D_AMOUNT]
    for c in range(components):
        right[c] = work.potentials[RESIDUAL, c]
    for j in range(m):
        n, a = phases.n_endmembers[state.phase[j]], state.amount[j]
        z, x = work.rows[j, Z], work.x[j]
        for i in range(n):
            z[i] = work.rows[j, R, i]
        solve_lower(work.factor[j], n, z)
        for i in range(n):
            for c in range(components):
                right[c] += a * x[i, c] * z[i]
    solve_lower(work.matrix, components, right)
    for j in range(m):
        total = -work.amounts[D, j]
        for c in range(components):
            total += work.oxides[j, B, c] * right[c]
        d_amount[j] = total
    solve_lower(work.schur, m, d_amount)
    solve_upper(work.schur, m, d_amount)
    for c in range(components):
        total = right[c]
        for j in range(m):
            total -= work.oxides[j, B, c] * d_amount[j]
        d_gamma[c] = total
    solve_upper(work.matrix, components, d_gamma)


@inner
def is_plain(phases: Phases, state: State, work: NewtonWork, pw: PhaseWork):
    """Fill the steps of the compositions; whether all may be taken in full."""
    length, stiffened = composition_steps(phases, state, work, pw)
    if stiffened or not length >= 1.0:
        return False
    for j in range(state.number[0]):
        if not state.amount[j] + work.amounts[D_AMOUNT, j] >= 0.0:
            return False
    return True


@inner
def solve_near(
    phases: Phases, conditions: Conditions, bulk, options: Options, state: State,
    work: NewtonWork, pw: PhaseWork,
):  # fmt: skip
    """Solve from a state that is all but solved, to the tolerances of `newton.solve`.

    Returns
    -------
    bool
        Whether it is; if not the state is of no use.
    """
    for step in range(STEPS + 2):
        evaluate(phases, conditions, bulk, state, work, pw)
        if not state.residuals[0] < 1.0:
            return False
        if step > 0 and (
            state.residuals[0] < 0.1 * options.potential_tolerance
            and state.residuals[1] < 0.1 * options.energy_tolerance
            and state.residuals[2] < 1e-3 * options.mass_tolerance
        ):
            return True
        if step == 0:
            work.sites[:, SITE_STIFFNESS] = 1.0
            if not eliminate(phases, conditions, state, work, pw):
                return False
            if not condensed_step(state, work):
                return False
        else:
            chord_step(phases, state, work)
        if not is_plain(phases, state, work, pw):
            return False
        advance(phases, state, work, 1.0)
    return False

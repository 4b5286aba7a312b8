"""The assemblage of a node that has hardly moved: Newton's method with one factorisation.

Where a first full step makes the error e of a start its square, a second with the matrix of the first
makes it its cube, and saves factoring all phases again. It is given up, for `newton.solve`, wherever
anything but such steps is called for.
"""

from ._jit import inner
from .layout import Conditions, Options, Phases
from .newton import (
    D_AMOUNT,
    SITE_STIFFNESS,
    NewtonWork,
    State,
    advance,
    composition_steps,
    condensed_step,
    eliminate,
    evaluate,
    fill_right,
    solve_condensed,
)
from .phase_work import PhaseWork

STEPS = 3
"""With the first matrix, after the first step."""


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
            fill_right(phases, state, work)  # the residuals of now, the factors of then
            solve_condensed(state, work)
        if not is_plain(phases, state, work, pw):
            return False
        advance(phases, state, work, 1.0)
    return False

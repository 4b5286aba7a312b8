"""Newton's method from an assemblage that is all but the answer, with factors that were made nearby.

The factors may be those of an earlier point. A step is taken in the moles of end-members n = a p and
with the amounts and compositions that the factors were made at,
    dn = a* dp + p* da,      D = p* . r,
so that it keeps the mass balance as exactly as with new ones. Where steps shrink too slowly the
phases are factored again, and it is given up, for `newton.solve`, wherever anything but full steps is
called for.
"""

from typing import NamedTuple

from ._jit import inner, table
from .layout import Conditions, Options, Phases
from .newton import (
    D_AMOUNT,
    D_GAMMA,
    P_STEP,
    SITE_STIFFNESS,
    D,
    NewtonWork,
    R,
    State,
    composition_steps,
    copy_state,
    eliminate,
    evaluate,
    factor_condensed,
    fill_right,
    new_newton_work,
    new_state,
    rest_exhausted,
    solve_condensed,
)
from .phase_work import PhaseWork

STEPS = 8
SHRINKING = 0.1
"""Of what a residual was before a step; more, and the phases are factored again."""
_FAR = 1.0
"""kJ/mol: residuals of a start that is not near."""


@table
class Chord(NamedTuple):
    """The factors of the phases of an assemblage, and the assemblage."""

    work: NewtonWork
    at: State
    """Of no instances where there are no factors."""


def new_chord(phases: Phases) -> Chord:
    """No factors."""
    return Chord(new_newton_work(phases), new_state(phases))


@inner
def forget_factors(chord: Chord):
    """Let the next solution begin with factors of its own."""
    chord.at.number[0] = 0


@inner
def comparable(state: State, at: State):
    """Whether two assemblages have the same phases in amounts that are not too different."""
    if state.number[0] != at.number[0]:
        return False
    for j in range(state.number[0]):
        a = at.amount[j]
        if state.phase[j] != at.phase[j] or not (
            state.amount[j] > 0.6 * a and state.amount[j] < 1.6 * a
        ):
            return False
    return True


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
def factor_here(phases: Phases, conditions: Conditions, state: State, chord: Chord, pw: PhaseWork):
    """Factor the phases at a state just evaluated; False where one is unstable."""
    chord.at.number[0] = 0
    chord.work.sites[:, SITE_STIFFNESS] = 1.0
    if not eliminate(phases, conditions, state, chord.work, pw):
        return False
    if not factor_condensed(state, chord.work):
        return False
    copy_state(state, chord.at)
    return True


@inner
def step_in_moles(phases: Phases, state: State, chord: Chord, pw: PhaseWork):
    """Take a step with the factors kept; False where it may not be taken in full."""
    work, at = chord.work, chord.at
    for j in range(state.number[0]):
        d = 0.0
        for i in range(phases.n_endmembers[state.phase[j]]):
            d += at.proportions[j, i] * work.rows[j, R, i]
        work.amounts[D, j] = d
    fill_right(phases, at, work, pw)
    solve_condensed(at, work)
    if not is_plain(phases, state, work, pw):
        return False
    for j in range(state.number[0]):
        n, p = phases.n_endmembers[state.phase[j]], state.proportions[j]
        a, da, total = state.amount[j], work.amounts[D_AMOUNT, j], 0.0
        for i in range(n):
            p[i] = a * p[i] + (at.amount[j] * work.rows[j, P_STEP, i] + at.proportions[j, i] * da)
            total += p[i]
        if not total >= 0.0:
            return False
        state.amount[j] = total
        if total > 0.0:
            for i in range(n):
                p[i] /= total
        else:
            for i in range(n):
                p[i] = at.proportions[j, i]
        rest_exhausted(phases, state.phase[j], p)
    for c in range(state.gamma.size):
        state.gamma[c] += work.potentials[D_GAMMA, c]
    return True


@inner
def solve_near(
    phases: Phases, conditions: Conditions, bulk, options: Options, state: State, chord: Chord,
    pw: PhaseWork,
):  # fmt: skip
    """Solve from a state that is all but solved, to the tolerances of `newton.solve`.

    Returns
    -------
    bool
        Whether it is; if not the state is of no use.
    """
    before, fresh = 1e300, False
    for _ in range(STEPS):
        evaluate(phases, conditions, bulk, state, chord.work, pw)
        worst = state.residuals[0]
        if not worst < _FAR:
            return False
        kept = comparable(state, chord.at)
        if kept and (
            worst < 0.1 * options.potential_tolerance
            and state.residuals[1] < 0.01 * options.energy_tolerance
            and state.residuals[2] < 1e-3 * options.mass_tolerance
        ):
            return True
        if not kept or worst > SHRINKING * before:
            if fresh or not factor_here(phases, conditions, state, chord, pw):
                return False
            fresh = True
        if not step_in_moles(phases, state, chord, pw):
            return False
        before = worst
    return False

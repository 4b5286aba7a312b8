"""One point: the stable assemblage at P, T and bulk composition, from nothing or from a neighbour.

Cold: a linear programme gives an assemblage, Newton's method its exact potentials, a search at
these the next compositions for the linear programme, until nothing lies far below the plane.
Warm: Newton from a neighbour's assemblage. Both end alike: a phase found below the plane is added
and Newton run again, until a search of all phases finds none. Everything works on the state of a
`Workspace`, whose conditions are those of the point.
"""

from typing import NamedTuple

import numpy as np

from . import status as st
from ._jit import inner, table
from .adding import add_phase, join_twins
from .chord import Chord, comparable, new_chord, solve_near
from .cold import add_column, add_known, level_seeds, merge_columns
from .covering import search_completely
from .dense import copy
from .factors import plain
from .layout import SATURATED, Booleans, Conditions, Floats, Opened, Options, Phases, System
from .levelling import (
    ARTIFICIAL_COST,
    GAMMA,
    LEFT,
    Basis,
    ColumnPool,
    excess_component,
    level_pool,
    new_basis,
    new_pool,
    refactor,
    seed_energies,
)
from .minima import Minima, new_minima
from .newton import NewtonWork, State, copy_state, new_newton_work, new_state, solve
from .phase_work import PhaseWork
from .search import (
    Known,
    SearchWork,
    forget,
    forget_looks,
    instances,
    lowest_absent,
    new_search_work,
    remember,
    search_moved,
    search_roughly,
    settle_known,
)
from .standard import new_conditions


@table
class Workspace(NamedTuple):
    """Everything one thread needs to solve points of one system."""

    conditions: Conditions
    all_phases: Booleans
    """(K) true: what is asked of a search that leaves nothing out."""
    state: State
    previous: State
    """The assemblage before Newton, to see which phases it dropped."""
    newton: NewtonWork
    chord: Chord
    search: SearchWork
    phase: PhaseWork
    basis: Basis
    pool: ColumnPool
    gamma: Floats
    """(C) smoothed potentials of the cold start."""
    certificate: Floats
    """(4); rows below."""
    minima: Minima
    """Those of a sample of points, to learn from; most often there is room for none."""


# Lowest driving force (kJ per mole of atoms) and its phase, iterations, component in excess.
LOWEST, LOWEST_PHASE, ITERATIONS, EXCESS = range(4)


def new_workspace(system: System, minima: int = 0) -> Workspace:
    """Workspace of a system, with room for so many minima."""
    search = new_search_work(system)
    return Workspace(
        new_conditions(system),
        np.ones(len(system.phases.n_endmembers), np.bool_),
        new_state(system.phases),
        new_state(system.phases),
        new_newton_work(system.phases),
        new_chord(system.phases),
        search,
        search.phase,
        new_basis(system.phases),
        new_pool(system.phases),
        np.zeros(system.phases.composition.shape[2]),
        np.zeros(4),
        new_minima(system.phases, minima),
    )


@inner
def bulk_energy(gamma, bulk):
    """Gamma . b, the energy of the assemblage, kJ per mole of oxides."""
    energy = 0.0
    for c in range(bulk.size):
        energy += gamma[c] * bulk[c]
    return energy


@inner
def remember_state(phases: Phases, state: State, known: Known, options: Options):
    """Keep the present compositions among the known minima."""
    for j in range(state.number[0]):
        remember(phases, known, state.phase[j], state.proportions[j], 0.0, options)


@inner
def remember_dropped(phases: Phases, state: State, before: State, known: Known, options: Options):
    """Keep the compositions of phases that Newton dropped."""
    for j in range(before.number[0]):
        k = before.phase[j]
        if instances(before, k) > instances(state, k):
            remember(phases, known, k, before.proportions[j], 0.0, options)


@inner
def search(system: System, options: Options, complete, w: Workspace):
    """Search for a phase below the plane, first where one was learnt to be, and note the lowest D.

    With `complete`, or where nothing was learnt, a point at which nothing is found is searched all
    over.

    Returns
    -------
    float
        Lowest D, or a bound of it, kJ/mol of formula.
    """
    per_atom, d, phase = np.inf, np.inf, -1
    learnt = system.seeds.gap[0] < np.inf
    if learnt:
        per_atom, d, phase = search_moved(
            system.phases, system.seeds, system.bounds, w.conditions, w.state, options, w.search
        )  # fmt: skip
    else:  # of what is known one may have come below the plane: no need to look for others yet
        d = settle_known(
            system.phases, system.seeds, w.conditions, w.state, options, w.search
        )  # fmt: skip
    if d >= options.add_below and (complete or not learnt):
        if learnt:
            forget_looks(w.search.known)
        per_atom, d, phase = search_completely(
            system.phases, system.cover, system.bounds, w.conditions, w.all_phases, w.state,
            options, w.search,
        )  # fmt: skip
    w.certificate[LOWEST] = per_atom
    w.certificate[LOWEST_PHASE] = phase
    return d


@inner
def converge(system: System, options: Options, bulk, hasty, w: Workspace):
    """Newton's method from the state, which is kept in w.previous; its status.

    Where factors of a point nearby are there, and do, they save that new ones are made.
    """
    phases, state = system.phases, w.state
    copy_state(state, w.previous)
    if comparable(state, w.chord.at):
        if solve_near(phases, w.conditions, bulk, options, state, w.chord, w.phase):
            w.certificate[ITERATIONS] += 1.0
            return st.CERTIFIED
        copy_state(w.previous, state)
    status, iterations = solve(phases, w.conditions, bulk, options, hasty, state, w.newton, w.phase)
    w.certificate[ITERATIONS] += iterations
    return status


@inner
def finish(system: System, options: Options, bulk, hasty, complete, w: Workspace):
    """Newton, search of all phases, addition of what lies below the plane, until nothing does.

    Parameters
    ----------
    hasty : bool
        See `newton.solve`.
    complete : bool
        Whether a search all over decides, see `search`; else learnt seeds may, with a bound for
        what cannot have come below the plane since the neighbour.

    Returns
    -------
    int
        Status.
    """
    phases, state, known = system.phases, w.state, w.search.known
    result, previous, stalls = st.DRIVING_FORCE, np.inf, 0
    for _ in range(options.rounds):
        status = converge(system, options, bulk, hasty, w)
        if status != st.CERTIFIED and status != st.UNSTABLE:
            result = status
            break
        if join_twins(phases, state, options):
            continue
        energy = bulk_energy(state.gamma, bulk)
        if energy > previous + 1e-7:  # the energy must fall with each phase added
            break
        # the new phase only took the place of an old one, or only moved potentials that were open
        if energy > previous - 1e-10:
            stalls += 1
            if stalls > options.lives:
                break
        previous = energy
        remember_dropped(phases, state, w.previous, known, options)
        if search(system, options, complete, w) >= options.add_below:
            result = status
            break
        _, _, added, index = lowest_absent(phases, state, known, options, status == st.UNSTABLE)
        amount = options.trace if stalls == 0 else 0.0
        if added < 0 or not add_phase(
            phases, w.conditions, state, options, added, known.proportions[added, index], amount,
            w.search,
        ):  # fmt: skip
            break
    return result


@inner
def valid_conditions(phases: Phases, conditions: Conditions):
    """Whether every standard energy lies in the domain of its equation of state."""
    for k in range(phases.n_endmembers.size):
        for i in range(phases.n_endmembers[k]):
            if not abs(conditions.g0[k, i]) < 1e9:
                return False
    return True


@inner
def below_saturation(opened: Opened, conditions: Conditions):
    """Whether nothing made of open components alone lies below the potentials given.

    The rock would take it up without end.
    """
    for m in range(opened.limit_energy.shape[0]):
        g = plain(opened.limit_energy[m], conditions.factors)
        for e in range(opened.limit_make.shape[1]):
            weight = opened.limit_make[m, e]
            if weight != 0.0:
                g += weight * conditions.endmember_g[0, e]
        for o in range(opened.limit_amount.shape[1]):
            g -= opened.limit_amount[m, o] * conditions.opened[o, 0]
        if g < SATURATED:
            return False
    return True


@inner
def judge_conditions(system: System, conditions: Conditions):
    """Status of a point that cannot be solved at these conditions; CERTIFIED where it may be."""
    if not valid_conditions(system.phases, conditions):
        return st.BAD_CONDITIONS
    if not below_saturation(system.opened, conditions):
        return st.UNBOUNDED
    return st.CERTIFIED


@inner
def begin_cold(system: System, bulk, w: Workspace):
    """Forget everything and solve the linear programme over the seeds, its first prices at w.gamma.

    Returns
    -------
    int
        Status; NOT_CONVERGED where nothing speaks against going on.
    """
    seeds = system.seeds
    forget(w.search.known)
    w.pool.number[0] = 0
    seed_energies(seeds, w.conditions, 0, seeds.composition.shape[0], w.search.energies)
    level_seeds(system.phases, seeds, w.conditions, bulk, w.gamma, w.basis, w.search)
    component, amount = excess_component(w.basis)
    if amount > LEFT:
        w.certificate[EXCESS] = component
        return st.INFEASIBLE
    return st.NOT_CONVERGED


@inner
def generate_columns(system: System, options: Options, bulk, best, w: Workspace):
    """One round of the cold start: the assemblage of the basis, its exact potentials, new columns.

    Where Newton fails the search is made at the potentials of the linear programme, smoothed.

    Returns
    -------
    (float, bool)
        Lowest energy yet, and whether the state is worth finishing: nothing lies far below it, or
        the rounds lower it no more.
    """
    phases, seeds, state, gamma = system.phases, system.seeds, w.state, w.gamma
    known = w.search.known
    merge_columns(phases, seeds, w.conditions, w.basis, options.lives, state, w.search.p, w.phase)
    first = not best < np.inf
    status, iterations = solve(phases, w.conditions, bulk, options, False, state, w.newton, w.phase)
    w.certificate[ITERATIONS] += iterations
    solved, stuck = status == st.CERTIFIED or status == st.UNSTABLE, False
    if solved:
        energy = bulk_energy(state.gamma, bulk)
        stuck = energy > best - 1e-6
        best = min(best, energy)
    if solved and not stuck:
        remember_state(phases, state, known, options)
        for j in range(state.number[0]):
            add_column(phases, state.phase[j], w.conditions, state.proportions[j], w.pool, w.phase)
        copy(state.gamma, gamma)
    else:
        for c in range(gamma.size):
            gamma[c] += (1.0 - options.smoothing) * (w.basis.vectors[GAMMA, c] - gamma[c])
    if first and solved and seeds.gap[0] < np.inf:  # minima are among the seeds
        return best, True
    search_roughly(phases, seeds, w.conditions, gamma, options, w.search)
    add_known(phases, w.conditions, known, w.pool, w.phase)
    if not solved:
        return best, False
    _, d, _, _ = lowest_absent(phases, state, known, options, False)
    return best, stuck or d > -0.5


@inner
def solve_cold(system: System, options: Options, bulk, complete, w: Workspace):
    """The stable assemblage from nothing; see `finish`. Returns the status."""
    status, best = begin_cold(system, bulk, w), np.inf
    if status != st.NOT_CONVERGED:
        return status
    for _ in range(options.rounds):
        best, ready = generate_columns(system, options, bulk, best, w)
        if ready:
            status = finish(system, options, bulk, False, complete, w)
            if status == st.CERTIFIED:
                break
        level_pool(w.basis, bulk, w.pool)
        refactor(w.basis, bulk)
    return status


@inner
def solve_warm(system: System, options: Options, bulk, complete, w: Workspace):
    """The stable assemblage from the one in the workspace; see `finish`. Returns the status."""
    status = judge_conditions(system, w.conditions)
    if status != st.CERTIFIED:
        return status
    copy(w.state.gamma, w.gamma)
    return finish(system, options, bulk, True, complete, w)


@inner
def solve_point(system: System, options: Options, bulk, warm, complete, w: Workspace):
    """The stable assemblage, from the one in the workspace if `warm`, cold where that fails.

    Returns
    -------
    (int, int)
        Status, and which path answered.
    """
    w.certificate[:] = 0.0
    w.gamma[:] = ARTIFICIAL_COST
    if warm and solve_warm(system, options, bulk, complete, w) == st.CERTIFIED:
        return st.CERTIFIED, st.WARM
    status = judge_conditions(system, w.conditions)
    if status == st.CERTIFIED:
        status = solve_cold(system, options, bulk, complete, w)
    return status, st.COLD

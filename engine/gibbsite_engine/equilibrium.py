"""One point: the stable assemblage at P, T and bulk composition, from nothing or from a neighbour.

Cold: a linear programme gives an assemblage, Newton's method its exact potentials, a search at
these the next compositions for the linear programme, until nothing lies far below the plane.
Warm: Newton from a neighbour's assemblage. Both end alike: a phase found below the plane is added
and Newton run again, until a search of all phases finds none.
"""

from typing import NamedTuple

import numpy as np

from . import status as st
from ._jit import fragment, inner
from .adding import add_phase, join_twins
from .cold import add_column, add_known, level_seeds, merge_columns
from .dense import copy
from .descent import PhaseWork, new_phase_work
from .layout import Bounds, Conditions, Floats, Options, Phases, Seeds, System
from .levelling import (
    GAMMA,
    Basis,
    Pool,
    excess_component,
    level_pool,
    new_basis,
    new_pool,
    refactor,
    seed_energies,
)
from .minima import Minima, new_minima
from .newton import NewtonWork, State, copy_state, new_newton_work, new_state, solve
from .search import (
    Known,
    SearchWork,
    follow_all,
    forget,
    instances,
    lowest_absent,
    new_known,
    new_search_work,
    remember,
    search_moved,
    search_roughly,
)
from .standard import new_conditions


class Workspace(NamedTuple):
    """Everything one thread needs to solve points of one system."""

    conditions: Conditions
    state: State
    previous: State
    """The assemblage before Newton, to see which phases it dropped."""
    known: Known
    newton: NewtonWork
    search: SearchWork
    phase: PhaseWork
    basis: Basis
    pool: Pool
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
    return Workspace(
        new_conditions(system),
        new_state(system.phases),
        new_state(system.phases),
        new_known(system.phases),
        new_newton_work(system.phases),
        new_search_work(system.phases, system.seeds),
        new_phase_work(system.phases),
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


@fragment
def finish(
    phases: Phases, seeds: Seeds, bounds: Bounds, conditions: Conditions, bulk,
    options: Options, full, hasty, state: State, before: State, known: Known, newton: NewtonWork,
    search: SearchWork, pw: PhaseWork, certificate,
):  # fmt: skip
    """Newton, search of all phases, addition of what lies below the plane, until nothing does.

    With `full` all clusters of all phases are searched before a point is called certified; else
    those below their margin, of phases that may have come below the plane since the neighbour.
    `hasty`: see `newton.solve`.

    Returns
    -------
    int
        Status.
    """
    result, previous, stalls = st.DRIVING_FORCE, np.inf, 0
    for _ in range(options.rounds):
        copy_state(state, before)
        status, iterations = solve(phases, conditions, bulk, options, hasty, state, newton, pw)
        certificate[ITERATIONS] += iterations
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
        previous, d = energy, 0.0
        if full:
            remember_state(phases, state, known, options)
            follow_all(phases, conditions, state.gamma, known, options, search, pw)
            _, d, _, _ = lowest_absent(phases, state, known, options, False)
        else:
            remember_dropped(phases, state, before, known, options)
        if d >= options.add_below:
            per_atom, d, phase = search_moved(
                phases, seeds, bounds, conditions, full, state, known, options, search, pw
            )
        if d >= options.add_below:
            if full:
                per_atom, _, phase, _ = lowest_absent(phases, state, known, options, False)
            certificate[LOWEST] = per_atom
            certificate[LOWEST_PHASE] = phase
            result = status
            break
        _, _, added, index = lowest_absent(phases, state, known, options, status == st.UNSTABLE)
        amount = options.trace if stalls == 0 else 0.0
        if added < 0 or not add_phase(
            phases, conditions, state, options, added, known.proportions[added, index], amount,
            search, pw,
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
def begin_cold(
    phases: Phases, seeds: Seeds, conditions: Conditions, bulk, known: Known, basis: Basis,
    pool: Pool, gamma, search: SearchWork, certificate,
):  # fmt: skip
    """Forget everything and solve the linear programme over the seeds.

    Returns
    -------
    int
        Status; NOT_CONVERGED where nothing speaks against going on.
    """
    forget(known)
    if not valid_conditions(phases, conditions):
        return st.BAD_CONDITIONS
    pool.number[0] = 0
    seed_energies(seeds, conditions, 0, search.energies.size, search.energies)
    level_seeds(phases, seeds, conditions, bulk, basis, search)
    component, amount = excess_component(basis)
    if amount > 1e-11:
        certificate[EXCESS] = component
        return st.INFEASIBLE
    copy(basis.vectors[GAMMA], gamma)
    return st.NOT_CONVERGED


@inner
def generate_columns(
    phases: Phases, seeds: Seeds, conditions: Conditions, bulk, options: Options, best,
    state: State, known: Known, basis: Basis, pool: Pool, gamma, newton: NewtonWork,
    search: SearchWork, pw: PhaseWork, certificate,
):  # fmt: skip
    """One round of the cold start: the assemblage of the basis, its exact potentials, new columns.

    Where Newton fails the search is made at the potentials of the linear programme, smoothed.

    Returns
    -------
    (float, bool)
        Lowest energy yet, and whether the state is worth finishing: nothing lies far below it, or
        the rounds lower it no more.
    """
    merge_columns(phases, seeds, conditions, basis, options.lives, state, search.p, pw)
    first = not best < np.inf
    status, iterations = solve(phases, conditions, bulk, options, False, state, newton, pw)
    certificate[ITERATIONS] += iterations
    solved, stuck = status == st.CERTIFIED or status == st.UNSTABLE, False
    if solved:
        energy = bulk_energy(state.gamma, bulk)
        stuck = energy > best - 1e-6
        best = min(best, energy)
    if solved and not stuck:
        remember_state(phases, state, known, options)
        for j in range(state.number[0]):
            add_column(phases, state.phase[j], conditions, state.proportions[j], pool, pw)
        copy(state.gamma, gamma)
    else:
        for c in range(gamma.size):
            gamma[c] += (1.0 - options.smoothing) * (basis.vectors[GAMMA, c] - gamma[c])
    if first and solved and seeds.gap[0] < np.inf:  # minima are among the seeds
        return best, True
    search_roughly(phases, seeds, conditions, gamma, known, options, search, pw)
    add_known(phases, conditions, known, pool, pw)
    if not solved:
        return best, False
    _, d, _, _ = lowest_absent(phases, state, known, options, False)
    return best, stuck or d > -0.5


@fragment
def solve_point(
    phases: Phases, seeds: Seeds, bounds: Bounds, conditions: Conditions, bulk,
    options: Options, warm, full, state: State, before: State, known: Known, basis: Basis,
    pool: Pool, gamma, newton: NewtonWork, search: SearchWork, pw: PhaseWork, certificate,
):  # fmt: skip
    """The stable assemblage, from the one in `state` if `warm`, cold where that fails.

    With `full` it is certified by a search of all clusters of seeds, whatever their margins.

    Returns
    -------
    (int, int)
        Status, and which path answered.
    """
    certificate[:] = 0.0
    status, path, best, ready = st.NOT_CONVERGED, st.WARM, np.inf, warm
    before_it, unchanged = np.inf, 0
    for round in range(options.rounds + 1):
        if round == (1 if warm else 0):
            path = st.COLD
            status = begin_cold(
                phases, seeds, conditions, bulk, known, basis, pool, gamma, search, certificate
            )
            if status != st.NOT_CONVERGED:
                break
        if path == st.COLD:
            best, ready = generate_columns(
                phases, seeds, conditions, bulk, options, best, state, known, basis, pool, gamma,
                newton, search, pw, certificate,
            )  # fmt: skip
        if ready:
            status = finish(
                phases, seeds, bounds, conditions, bulk, options, full, path == st.WARM, state, before,
                known, newton, search, pw, certificate,
            )  # fmt: skip
            if status == st.CERTIFIED:
                break
            # the energy is the lowest, but something is amiss that more rounds do not mend
            unchanged = unchanged + 1 if best > before_it - 1e-9 and best < np.inf else 0
            before_it = best
            if unchanged > options.lives:
                break
        if path == st.COLD:
            level_pool(basis, bulk, pool)
            refactor(basis, bulk)
    return status, path

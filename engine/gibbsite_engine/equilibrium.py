"""One point: the stable assemblage at P, T and bulk composition, from nothing or from a neighbour.

Cold: levelling over seeds, column generation until no phase lies far below the plane, merging of
equal compositions, Newton, search over all phases; a phase found below the plane is added.
Warm: Newton from a neighbour's assemblage, then the same search and additions.
"""

from typing import NamedTuple

import numpy as np

from . import status as st
from ._jit import kernel
from .descent import PhaseWork, new_phase_work, pull_inside, set_base
from .layout import Conditions, Floats, Options, System
from .levelling import (
    POOL_SIZE,
    Basis,
    Pool,
    enter,
    excess_component,
    lowest_of_cluster,
    level_pool,
    new_basis,
    new_pool,
    price,
    reduced_energy,
    refactor,
    seed_energies,
    start,
)
from .newton import NewtonWork, State, append, new_newton_work, new_state, remove, solve
from .search import (
    Known,
    SearchWork,
    lowest_absent,
    new_known,
    new_search_work,
    remember,
    search_all,
)
from .solution import potentials
from .standard import new_conditions


SMOOTHING = 0.5


class Workspace(NamedTuple):
    """Everything one thread needs to solve points of one system."""

    conditions: Conditions
    state: State
    known: Known
    basis: Basis
    pool: Pool
    newton: NewtonWork
    search: SearchWork
    phase: PhaseWork
    gamma: Floats
    """(C) smoothed potentials of the column generation."""
    certificate: Floats
    """(4) lowest driving force per mole of atoms, its phase, iterations, excess component."""


@kernel
def new_workspace(system: System):
    """Workspace of a system."""
    return Workspace(
        new_conditions(system),
        new_state(system),
        new_known(system),
        new_basis(system),
        new_pool(system),
        new_newton_work(system),
        new_search_work(system),
        new_phase_work(system.phases),
        np.zeros(system.phases.composition.shape[2]),
        np.zeros(4),
    )


@kernel
def add_column(system: System, k, p, work: Workspace):
    """Add a composition of phase k to the pool of columns."""
    phases, pool = system.phases, work.pool
    pw, conditions = work.phase, work.conditions
    energy, _, _ = potentials(
        phases, k, conditions.g0, conditions.interaction, conditions.state[0], p, pw.y, pw.qp, pw.mu
    )
    j = pool.count[0] % POOL_SIZE
    pool.count[0] += 1
    pool.phase[j] = k
    pool.energy[j] = energy
    for i in range(p.size):
        pool.proportions[j, i] = p[i]
    for c in range(pool.composition.shape[1]):
        total = 0.0
        for i in range(phases.n_endmembers[k]):
            total += phases.composition[k, i, c] * p[i]
        pool.composition[j, c] = total


@kernel
def level_seeds(system: System, bulk, work: Workspace):
    """Solve the linear programme over all seeds."""
    phases, seeds, basis, search = system.phases, system.seeds, work.basis, work.search
    n_clusters = seeds.cluster_phase.size
    start(basis, bulk)
    for _ in range(200):
        for k in range(phases.n_endmembers.size):
            set_base(phases, k, work.conditions, basis.gamma, search.base)
            price(system, k, search.base, search.energies, search.driving)
        for cluster in range(n_clusters):
            search.best[cluster] = lowest_of_cluster(seeds, cluster, search.driving)
        entered = 0
        for _ in range(18):
            chosen, lowest = -1, -1e-9
            for cluster in range(n_clusters):
                j = search.best[cluster]
                k = seeds.cluster_phase[cluster]
                energy = search.energies[j]
                for i in range(phases.n_endmembers[k]):
                    energy += seeds.proportions[j, i] * work.conditions.g0[k, i]
                value = reduced_energy(basis, seeds.composition[j], energy)
                value /= seeds.composition[j].sum()
                if value < lowest:
                    chosen, lowest = cluster, value
            if chosen < 0:
                break
            j = search.best[chosen]
            k = seeds.cluster_phase[chosen]
            energy = search.energies[j]
            for i in range(phases.n_endmembers[k]):
                energy += seeds.proportions[j, i] * work.conditions.g0[k, i]
            if enter(basis, bulk, k, seeds.proportions[j], seeds.composition[j], energy):
                entered += 1
            else:
                break
        if entered == 0:
            break


@kernel
def mixed_energy(system: System, k, work: Workspace):
    """G of phase k at the composition in work.search.p, kJ/mol."""
    conditions, pw = work.conditions, work.phase
    g, _, _ = potentials(
        system.phases, k, conditions.g0, conditions.interaction, conditions.state[0],
        work.search.p, pw.y, pw.qp, pw.mu,
    )  # fmt: skip
    return g


@kernel
def merge_columns(system: System, work: Workspace):
    """Turn the basis into an assemblage, joining columns of a phase whose mixture is lower.

    Two columns stay apart only where mixing them costs energy: a solvus.
    """
    basis, state, p = work.basis, work.state, work.search.p
    state.count[0] = 0
    state.gamma[:] = basis.gamma
    for r in range(basis.phase.size):
        if basis.phase[r] < 0 or basis.amount[r] <= 1e-12:
            continue
        k = basis.phase[r]
        p[:] = basis.proportions[r]
        pull_inside(system.phases, k, system.seeds.centre, 1e-3, p)
        append(state, k, basis.amount[r], p, 0)
    merged = True
    while merged:
        merged = False
        for j in range(state.count[0] - 1, 0, -1):
            k, a = state.phase[j], state.amount[j]
            for m in range(j):
                if state.phase[m] != k:
                    continue
                total = a + state.amount[m]
                p[:] = state.proportions[j]
                apart = a * mixed_energy(system, k, work)
                p[:] = state.proportions[m]
                apart += state.amount[m] * mixed_energy(system, k, work)
                p[:] = (a * state.proportions[j] + state.amount[m] * state.proportions[m]) / total
                if total * mixed_energy(system, k, work) <= apart + 1e-12:
                    state.amount[m] = total
                    state.proportions[m] = p
                    remove(state, j)
                    merged = True
                    break


@kernel
def remember_state(system: System, options: Options, work: Workspace):
    """Keep the present compositions among the known minima."""
    state = work.state
    for j in range(state.count[0]):
        remember(
            system.phases, work.known, state.phase[j], state.proportions[j], 0.0, options, work.search
        )


@kernel
def add_phase(system: System, options: Options, phase, index, work: Workspace):
    """Add a known minimum to the assemblage; a pure phase replaces one of its composition."""
    phases, state = system.phases, work.state
    p = work.known.proportions[phase, index]
    for j in range(state.count[0]):
        k = state.phase[j]
        if phases.n_endmembers[k] == 1 and phases.n_endmembers[phase] == 1:
            same = True
            scale = phases.composition[phase, 0].sum() / phases.composition[k, 0].sum()
            for c in range(state.gamma.size):
                if (
                    abs(phases.composition[phase, 0, c] - scale * phases.composition[k, 0, c])
                    > 1e-12
                ):
                    same = False
            if same:
                amount = state.amount[j] / scale
                remove(state, j)
                return append(state, phase, amount, p, 0)
    return append(state, phase, 1e-5, p, 1)


@kernel
def finish(system: System, bulk, options: Options, work: Workspace):
    """Newton, search of all phases, addition of what lies below the plane, until nothing does.

    Known minima are followed each time; all clusters of seeds are searched before a point is
    called certified.

    Returns
    -------
    int
        Status; the certificate is in work.certificate.
    """
    phases, state, known = system.phases, work.state, work.known
    previous = np.inf
    searches = 0
    for _ in range(options.rounds):
        status, iterations = solve(
            phases, work.conditions, bulk, options, state, work.newton, work.phase
        )
        work.certificate[2] += iterations
        if status != st.CERTIFIED:
            return status
        remember_state(system, options, work)
        energy = 0.0
        for c in range(bulk.size):
            energy += state.gamma[c] * bulk[c]
        if energy > previous + 1e-7:  # the energy must fall with each phase added
            return st.DRIVING_FORCE
        previous = energy
        while True:
            search_all(
                system, work.conditions, state.gamma, known, options,
                searches, options.descent_steps, work.search, work.phase,
            )  # fmt: skip
            per_atom, d, phase, index = lowest_absent(phases, state, known, options, work.search.y)
            if d < options.add_below or searches == options.max_searches:
                break
            searches = options.max_searches
        work.certificate[0] = per_atom
        work.certificate[1] = phase
        if d >= options.add_below:
            return st.CERTIFIED
        if not add_phase(system, options, phase, index, work):
            return st.DRIVING_FORCE
    return st.DRIVING_FORCE


@kernel
def solve_cold(system: System, bulk, options: Options, work: Workspace):
    """The stable assemblage with no neighbour to start from; conditions must be set.

    A linear programme over compositions gives an assemblage, Newton's method its exact
    potentials, a search at these new compositions for the linear programme. Where Newton fails
    the search is made at the potentials of the linear programme, smoothed.

    Returns
    -------
    int
        Status.
    """
    phases, known, basis, state, gamma = system.phases, work.known, work.basis, work.state, work.gamma
    known.count[:] = 0
    work.pool.count[0] = 0
    work.certificate[:] = 0.0
    for k in range(phases.n_endmembers.size):
        for i in range(phases.n_endmembers[k]):
            if not abs(work.conditions.g0[k, i]) < 1e9:
                return st.BAD_CONDITIONS
    seed_energies(system.seeds, work.conditions, work.search.energies)
    level_seeds(system, bulk, work)
    component, amount = excess_component(basis)
    if amount > 1e-11:
        work.certificate[3] = component
        return st.INFEASIBLE
    status = st.NOT_CONVERGED
    best = np.inf
    gamma[:] = basis.gamma
    for r in range(options.rounds):
        merge_columns(system, work)
        status, iterations = solve(
            phases, work.conditions, bulk, options, state, work.newton, work.phase
        )
        work.certificate[2] += iterations
        stuck = False
        if status == st.CERTIFIED:
            energy = 0.0
            for c in range(bulk.size):
                energy += state.gamma[c] * bulk[c]
            stuck = energy > best - 1e-6
            best = min(best, energy)
        if status == st.CERTIFIED and not stuck:
            remember_state(system, options, work)
            for j in range(state.count[0]):
                add_column(system, state.phase[j], state.proportions[j], work)
            gamma[:] = state.gamma
        else:
            gamma[:] = SMOOTHING * gamma + (1.0 - SMOOTHING) * basis.gamma
        searches = 2 if r < 3 else 1
        search_all(
            system, work.conditions, gamma, known, options, searches, 10, work.search, work.phase
        )
        for k in range(phases.n_endmembers.size):
            for m in range(known.count[k]):
                add_column(system, k, known.proportions[k, m], work)
        if status == st.CERTIFIED:
            _, d, _, _ = lowest_absent(phases, state, known, options, work.search.y)
            if stuck or d > -0.5:
                status = finish(system, bulk, options, work)
                if status == st.CERTIFIED:
                    return status
        level_pool(basis, bulk, work.pool)
        refactor(basis, bulk)
    return status if status != st.CERTIFIED else st.DRIVING_FORCE

"""The first guess with no neighbour: a linear programme over compositions, turned into phases."""

import numpy as np

from ._jit import inner, kernel
from .dense import copy, total
from .descent import pull_inside, set_base
from .layout import Conditions, Phases, Seeds
from .levelling import (
    AMOUNT,
    GAMMA,
    NONE,
    POOL_SIZE,
    Basis,
    ColumnPool,
    enter,
    excess_component,
    lowest_of_cluster,
    price,
    raise_price,
    reduced_energy,
    refactor,
    start,
)
from .newton import State, append, remove
from .phase_work import PhaseWork
from .search import Known, SearchWork
from .solution import potentials

_INWARDS = 1e-3
"""Of the way to the middle of a polytope, from a composition that may lie on its faces."""


@kernel
def energy_of(phases: Phases, k, conditions: Conditions, p, pw: PhaseWork):
    """G of phase k at p, kJ/mol."""
    return potentials(phases, k, conditions, conditions.g0, p, pw)


@inner
def add_column(phases: Phases, k, conditions: Conditions, p, pool: ColumnPool, pw: PhaseWork):
    """Add a composition of phase k to the pool of columns."""
    j = pool.number[0] % POOL_SIZE
    pool.number[0] += 1
    pool.phase[j] = k
    pool.energy[j] = energy_of(phases, k, conditions, p, pw)
    for i in range(p.size):
        pool.proportions[j, i] = p[i]
    for c in range(pool.composition.shape[1]):
        amount = 0.0
        for i in range(phases.n_endmembers[k]):
            amount += phases.composition[k, i, c] * p[i]
        pool.composition[j, c] = amount


@inner
def add_known(
    phases: Phases, conditions: Conditions, known: Known, pool: ColumnPool, pw: PhaseWork
):
    """Add all known minima to the pool of columns."""
    for k in range(phases.n_endmembers.size):
        for m in range(known.number[k]):
            add_column(phases, k, conditions, known.proportions[k, m], pool, pw)


@kernel
def seed_energy(phases: Phases, seeds: Seeds, conditions: Conditions, j, k, energies):
    """G of seed j of phase k, kJ/mol."""
    energy = energies[j]
    for i in range(phases.n_endmembers[k]):
        energy += seeds.proportions[j, i] * conditions.g0[k, i]
    return energy


@inner
def enter_seeds(
    phases: Phases, seeds: Seeds, conditions: Conditions, bulk, gamma, basis: Basis,
    search: SearchWork,
):  # fmt: skip
    """Let seeds enter the basis until none lowers the energy.

    All seeds are priced at once, then the best of each cluster enter one by one. The first prices are
    those at `gamma`: near the answer it takes fewer rounds. In the end it is that of the solution.
    """
    best = search.clusters[0]
    n_clusters = seeds.cluster_phase.size
    for _ in range(200):
        for k in range(phases.n_endmembers.size):
            set_base(phases, k, conditions, gamma, search.base)
            price(phases, seeds, k, search.base, search.energies, search.driving)
        for cluster in range(n_clusters):
            j, k = lowest_of_cluster(seeds, cluster, search.driving), seeds.cluster_phase[cluster]
            best[cluster] = j
            # from here on the energy of those that may enter takes the place of the price
            search.driving[j] = seed_energy(phases, seeds, conditions, j, k, search.energies)
        entered = 0
        for _ in range(18):
            chosen, lowest = -1, -1e-9
            for cluster in range(n_clusters):
                j = best[cluster]
                value = reduced_energy(basis, seeds.composition[j], search.driving[j])
                norm = total(seeds.composition[j])
                if norm > 0.0 and value < lowest * norm:  # of open components alone nothing enters
                    chosen, lowest = cluster, value / norm
            if chosen < 0:
                break
            j = best[chosen]
            k = seeds.cluster_phase[chosen]
            if not enter(
                basis, bulk, k, seeds.proportions[j], seeds.composition[j], search.driving[j]
            ):  # fmt: skip
                break
            entered += 1
        refactor(basis, bulk)
        copy(basis.vectors[GAMMA], gamma)
        if entered == 0:
            break


@kernel
def level_seeds(
    phases: Phases, seeds: Seeds, conditions: Conditions, bulk, gamma, basis: Basis,
    search: SearchWork,
):  # fmt: skip
    """Solve the linear programme over all seeds; search.energies must be set.

    Parameters
    ----------
    gamma : (C,) array
        Potentials of the first prices; in the end those of the solution.
    """
    start(basis, bulk)
    for _ in range(2):
        enter_seeds(phases, seeds, conditions, bulk, gamma, basis, search)
        _, left = excess_component(basis)
        if not left > NONE or not raise_price(basis, bulk):
            break
        copy(basis.vectors[GAMMA], gamma)


@inner
def scarcest(basis: Basis):
    """Least amount of a component that the columns of the basis hold together, mol."""
    least = np.inf
    for c in range(basis.phase.size):
        held = 0.0
        for r in range(basis.phase.size):
            held += basis.vectors[AMOUNT, r] * basis.composition[r, c]
        least = min(least, held)
    return least


@inner
def merge_columns(
    phases: Phases, seeds: Seeds, conditions: Conditions, basis: Basis, lives, state: State, p,
    pw: PhaseWork,
):  # fmt: skip
    """Turn the basis into an assemblage, joining columns of a phase whose mixture is lower.

    Two columns stay apart only where mixing them costs energy: a solvus. Corners and edges are left
    for the inside, but no further than the rock has traces: the other phases could not balance it.
    """
    inwards = min(_INWARDS, max(scarcest(basis), NONE))
    state.number[0] = 0
    copy(basis.vectors[GAMMA], state.gamma)
    for r in range(basis.phase.size):
        if basis.phase[r] < 0 or basis.vectors[AMOUNT, r] <= NONE:
            continue
        k = basis.phase[r]
        copy(basis.proportions[r], p)
        pull_inside(phases, k, seeds.centre, inwards, p)
        append(state, k, basis.vectors[AMOUNT, r], p, lives)
    merged = True
    while merged:
        merged = False
        for j in range(state.number[0] - 1, 0, -1):
            k, a = state.phase[j], state.amount[j]
            for m in range(j):
                if state.phase[m] != k:
                    continue
                b = state.amount[m]
                apart = a * energy_of(phases, k, conditions, state.proportions[j], pw)
                apart += b * energy_of(phases, k, conditions, state.proportions[m], pw)
                for i in range(p.size):
                    p[i] = (a * state.proportions[j, i] + b * state.proportions[m, i]) / (a + b)
                if (a + b) * energy_of(phases, k, conditions, p, pw) <= apart + 1e-12:
                    state.amount[m] = a + b
                    copy(p, state.proportions[m])
                    remove(state, j)
                    merged = True
                    break

"""The search over all phases for a composition below the tangent plane, and what it remembers.

A phase may have several local minima of its driving force. Those found are kept and followed from
point to point; a full search also prices every seed and descends from the best seed of each
cluster near the bottom.
"""

from typing import NamedTuple

import numpy as np

from ._jit import kernel
from .descent import PhaseWork, descend, pull_inside, set_base
from .layout import Conditions, Floats, Ints, Options, Phases, System
from .levelling import lowest_of_cluster, price
from .newton import State
from .solution import site_fractions

PER_PHASE = 10


class Known(NamedTuple):
    """Local minima of the driving force of each phase, at the potentials last searched."""

    count: Ints
    """(K)"""
    proportions: Floats
    """(K, PER_PHASE, I)"""
    driving_force: Floats
    """(K, PER_PHASE) kJ/mol of formula."""


class SearchWork(NamedTuple):
    """Scratch for `search_phase`."""

    base: Floats
    energies: Floats
    driving: Floats
    best: Ints
    taken: Ints
    p: Floats
    y: Floats


@kernel
def new_known(system: System):
    """Nothing known yet."""
    k, i, _ = system.phases.composition.shape
    return Known(
        np.zeros(k, np.int64), np.zeros((k, PER_PHASE, i)), np.zeros((k, PER_PHASE))
    )


@kernel
def new_search_work(system: System):
    """Scratch for the largest phase and all seeds."""
    k, i, _ = system.phases.composition.shape
    j = system.seeds.composition.shape[0]
    clusters = system.seeds.cluster_phase.size
    return SearchWork(
        np.zeros((k, i)),
        np.zeros(j),
        np.zeros(j),
        np.zeros(clusters, np.int64),
        np.zeros(clusters, np.int64),
        np.zeros(i),
        np.zeros(system.phases.multiplicity.shape[1]),
    )


@kernel
def distance(phases: Phases, k, p, other, y):
    """Largest difference of a site fraction between two compositions of phase k."""
    n = phases.n_endmembers[k]
    if phases.n_species[k] == 0:
        return 0.0
    for i in range(n):
        other[i] -= p[i]
    site_fractions(phases, k, other, y)
    for i in range(n):
        other[i] += p[i]
    largest = 0.0
    for s in range(phases.n_species[k]):
        largest = max(largest, abs(y[s]))
    return largest


@kernel
def remember(phases: Phases, known: Known, k, p, d, options: Options, work: SearchWork):
    """Add a minimum to the known ones, or lower the one it coincides with."""
    if not d < 1e9:  # outside the model's domain
        return
    n = known.count[k]
    slot, highest = n, -1
    for m in range(n):
        if distance(phases, k, p, known.proportions[k, m], work.y) < options.same_composition:
            if d >= known.driving_force[k, m]:
                return
            slot = m
            break
        if highest < 0 or known.driving_force[k, m] > known.driving_force[k, highest]:
            highest = m
    if slot == n:
        if n == PER_PHASE:
            if d >= known.driving_force[k, highest]:
                return
            slot = highest
        else:
            known.count[k] = n + 1
    known.driving_force[k, slot] = d
    for i in range(phases.n_endmembers[k]):
        known.proportions[k, slot, i] = p[i]


@kernel
def follow(
    system: System,
    conditions: Conditions,
    k,
    known: Known,
    options: Options,
    max_steps,
    work: SearchWork,
    pw: PhaseWork,
):
    """Descend again from every known minimum of phase k; work.base[k] must be set.

    Minima that have met are merged. Returns descent steps.
    """
    phases = system.phases
    rt = conditions.state[0]
    n, steps = known.count[k], 0
    known.count[k] = 0
    for m in range(n):
        for i in range(phases.n_endmembers[k]):
            work.p[i] = known.proportions[k, m, i]
        d, taken, _ = descend(
            phases, k, work.base, conditions.interaction, rt, options, max_steps, 20.0, work.p, pw
        )
        steps += taken
        # `remember` writes at or before slot m, which has been read already
        remember(phases, known, k, work.p, d, options, work)
    return steps


@kernel
def search_seeds(
    system: System,
    conditions: Conditions,
    k,
    known: Known,
    options: Options,
    searches,
    max_steps,
    work: SearchWork,
    pw: PhaseWork,
):
    """Price all seeds of phase k and descend from the best of the lowest clusters.

    work.base[k] and work.energies must be set. Returns descent steps.
    """
    phases, seeds = system.phases, system.seeds
    rt, steps = conditions.state[0], 0
    price(system, k, work.base, work.energies, work.driving)
    first, last = seeds.phase_cluster[k], seeds.phase_cluster[k + 1]
    lowest = np.inf
    for cluster in range(first, last):
        work.taken[cluster] = 0
        work.best[cluster] = lowest_of_cluster(seeds, cluster, work.driving)
        lowest = min(lowest, work.driving[work.best[cluster]])
    for _ in range(searches):
        chosen = -1
        for cluster in range(first, last):
            if work.taken[cluster] == 0 and (
                chosen < 0 or work.driving[work.best[cluster]] < work.driving[work.best[chosen]]
            ):
                chosen = cluster
        if chosen < 0 or work.driving[work.best[chosen]] > lowest + options.cluster_window:
            break
        work.taken[chosen] = 1
        for i in range(phases.n_endmembers[k]):
            work.p[i] = seeds.proportions[work.best[chosen], i]
        pull_inside(phases, k, seeds.centre, 0.02, work.p)
        d, taken, _ = descend(
            phases, k, work.base, conditions.interaction, rt, options, max_steps, 20.0, work.p, pw
        )
        steps += taken
        remember(phases, known, k, work.p, d, options, work)
    return steps


@kernel
def is_present(phases: Phases, state: State, k, p, d, options: Options, y):
    """Whether a minimum is the composition of a present instance (and not below the plane)."""
    if d < -1e-8:
        return False
    for j in range(state.count[0]):
        if state.phase[j] == k:
            if distance(phases, k, p, state.proportions[j], y) < options.same_composition:
                return True
    return False


@kernel
def lowest_absent(phases: Phases, state: State, known: Known, options: Options, y):
    """Lowest driving force among the known minima that are not present.

    Returns
    -------
    (float, float, int, int)
        D in kJ per mole of atoms and per mole of formula, phase (or -1), index of the minimum.
    """
    best, best_d, phase, index = np.inf, np.inf, -1, -1
    for k in range(phases.n_endmembers.size):
        for m in range(known.count[k]):
            d = known.driving_force[k, m]
            if is_present(phases, state, k, known.proportions[k, m], d, options, y):
                continue
            atoms = 0.0
            for i in range(phases.n_endmembers[k]):
                atoms += phases.atoms[k, i] * known.proportions[k, m, i]
            if d / atoms < best:
                best, best_d, phase, index = d / atoms, d, k, m
    return best, best_d, phase, index


@kernel
def search_all(
    system: System,
    conditions: Conditions,
    gamma,
    known: Known,
    options: Options,
    searches,
    max_steps,
    work: SearchWork,
    pw: PhaseWork,
):
    """Follow the known minima of every phase and search its seeds; returns descent steps."""
    steps = 0
    for k in range(system.phases.n_endmembers.size):
        set_base(system.phases, k, conditions, gamma, work.base)
        steps += follow(system, conditions, k, known, options, max_steps, work, pw)
        if searches > 0:
            steps += search_seeds(
                system, conditions, k, known, options, searches, max_steps, work, pw
            )
    return steps

"""The search over all phases for a composition below the tangent plane, and what it remembers.

A phase may have several local minima of its driving force. Those found are kept and followed from
point to point; a full search also prices every seed and descends from the best seed of each
cluster near the bottom. What cannot have come below the plane since it was last looked at is
skipped: D of a fixed composition is linear in theta = (g0 - C'Gamma, RT, P, T), so the lowest D of
a phase is concave in theta and cannot fall faster than its steepest composition,
    D_min(now) >= D_min(then) - fall,   fall = - min_v (base_now - base_then).v - ...  (see `fall`).
"""

from typing import NamedTuple

import numpy as np

from ._jit import fragment, inner, kernel
from .descent import PhaseWork, descend, pull_inside, set_base
from .layout import Bounds, Conditions, Floats, Ints, Options, Phases, Seeds
from .levelling import lowest_of_cluster, price, seed_energies
from .newton import State

PER_PHASE = 10
# A phase is followed, rescanned (clusters that came near), or searched in all its clusters.
FULL, FOLLOWED, COMPLETE = 0, 1, 2
SEED, RESULT = 0, 1


class Known(NamedTuple):
    """Local minima of the driving force of each phase, and when they were last looked at."""

    number: Ints
    """(K)"""
    proportions: Floats
    """(K, PER_PHASE, I)"""
    driving_force: Floats
    """(K, PER_PHASE) kJ/mol of formula."""
    base: Floats
    """(3, K, I) g0 - C'Gamma when the phase was last rescanned, last followed, and last searched
    in all its clusters."""
    state: Floats
    """(3, K, 3) RT, P, T then."""
    lowest: Floats
    """(3, K) lowest driving force then, of all minima that are not present compositions."""
    present: Ints
    """(K) instances present when the phase was last followed."""
    clusters: Floats
    """(2, L) driving force of the best seed of a cluster when it was last descended, and where
    the descent led, kJ/mol."""


class SearchWork(NamedTuple):
    """Scratch for a search."""

    base: Floats
    """(K, I) g0 - C'Gamma now."""
    energies: Floats
    """(J) energy of each seed less p . g0."""
    driving: Floats
    """(J)"""
    clusters: Ints
    """(2, L) best seed of a cluster, and whether it was taken."""
    p: Floats
    """(I)"""


def new_known(phases: Phases, seeds: Seeds) -> Known:
    """Nothing known yet."""
    k, i, _ = phases.composition.shape
    return Known(
        np.zeros(k, np.int64),
        np.zeros((k, PER_PHASE, i)),
        np.zeros((k, PER_PHASE)),
        np.zeros((3, k, i)),
        np.zeros((3, k, 3)),
        np.full((3, k), -np.inf),
        np.zeros(k, np.int64),
        np.zeros((2, seeds.cluster_phase.size)),
    )


@kernel
def forget(known: Known):
    """Nothing known, nothing ever looked at."""
    known.number[:] = 0
    known.lowest[:, :] = -np.inf


def new_search_work(phases: Phases, seeds: Seeds) -> SearchWork:
    """Scratch for the largest phase and all seeds."""
    k, i, _ = phases.composition.shape
    j = seeds.composition.shape[0]
    return SearchWork(
        np.zeros((k, i)),
        np.zeros(j),
        np.zeros(j),
        np.zeros((2, seeds.cluster_phase.size), np.int64),
        np.zeros(i),
    )


@kernel
def distance(phases: Phases, k, p, other):
    """Largest difference of a site fraction between two compositions of phase k."""
    largest = 0.0
    for s in range(phases.n_species[k]):
        total = 0.0
        for j in range(phases.occupied_count[k, s]):
            i = phases.occupied[k, s, j]
            total += phases.occupancy[k, s, i] * (p[i] - other[i])
        largest = max(largest, abs(total))
    return largest


@kernel
def remember(phases: Phases, known: Known, k, p, d, options: Options):
    """Add a minimum to the known ones, or lower the one it coincides with."""
    if not d < 1e9:  # outside the model's domain
        return
    n = known.number[k]
    slot, highest = n, -1
    for m in range(n):
        if distance(phases, k, p, known.proportions[k, m]) < options.same_composition:
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
            known.number[k] = n + 1
    known.driving_force[k, slot] = d
    for i in range(phases.n_endmembers[k]):
        known.proportions[k, slot, i] = p[i]


@inner
def follow(
    phases: Phases, conditions: Conditions, k, known: Known, options: Options, max_steps,
    work: SearchWork, pw: PhaseWork,
):  # fmt: skip
    """Descend again from every known minimum of phase k; work.base[k] must be set.

    Minima that have met are merged. Returns descent steps.
    """
    q, rt = conditions.interaction, conditions.state[0]
    n, steps = known.number[k], 0
    known.number[k] = 0
    for m in range(n):
        for i in range(phases.n_endmembers[k]):
            work.p[i] = known.proportions[k, m, i]
        d, taken, _ = descend(phases, k, work.base, q, rt, max_steps, options.hopeless, work.p, pw)
        steps += taken
        # `remember` writes at or before slot m, which has been read already
        remember(phases, known, k, work.p, d, options)
    return steps


@inner
def price_clusters(phases: Phases, seeds: Seeds, conditions: Conditions, k, work: SearchWork):
    """Price all seeds of phase k and find the best of each cluster."""
    first, last = seeds.start[k], seeds.start[k + 1]
    seed_energies(seeds, conditions, first, last, work.energies)
    price(phases, seeds, k, work.base, work.energies, work.driving)
    for cluster in range(seeds.phase_cluster[k], seeds.phase_cluster[k + 1]):
        work.clusters[1, cluster] = 0
        work.clusters[0, cluster] = lowest_of_cluster(seeds, cluster, work.driving)


@inner
def meets_known(phases: Phases, known: Known, k, p, d, options: Options):
    """Index of a known minimum of phase k that a descent at p, D = d, has all but reached, or -1."""
    for m in range(known.number[k]):
        if known.driving_force[k, m] <= d and (
            distance(phases, k, p, known.proportions[k, m]) < options.same_composition
        ):
            return m
    return -1


@inner
def descend_cluster(
    phases: Phases, seeds: Seeds, conditions: Conditions, k, cluster, known: Known,
    options: Options, max_steps, work: SearchWork, pw: PhaseWork,
):  # fmt: skip
    """Descend from the best seed of a cluster and remember where that led; returns steps.

    A descent that comes to a known minimum is broken off there.
    """
    j, q, rt = work.clusters[0, cluster], conditions.interaction, conditions.state[0]
    for i in range(phases.n_endmembers[k]):
        work.p[i] = seeds.proportions[j, i]
    pull_inside(phases, k, seeds.centre, 0.02, work.p)
    d, steps, done = descend(
        phases, k, work.base, q, rt, options.first_steps, options.hopeless, work.p, pw
    )
    met = meets_known(phases, known, k, work.p, d, options)
    if met >= 0:
        d = known.driving_force[k, met]
    else:
        if not done and steps == options.first_steps:
            d, more, _ = descend(
                phases, k, work.base, q, rt, max_steps, options.hopeless, work.p, pw
            )
            steps += more
        remember(phases, known, k, work.p, d, options)
    known.clusters[SEED, cluster] = work.driving[j]
    known.clusters[RESULT, cluster] = d
    return steps


@kernel
def search_seeds(
    phases: Phases, seeds: Seeds, conditions: Conditions, k, known: Known, options: Options,
    searches, max_steps, work: SearchWork, pw: PhaseWork,
):  # fmt: skip
    """Price all seeds of phase k and descend from the best of the lowest clusters.

    work.base[k] must be set. Returns descent steps.
    """
    steps = 0
    price_clusters(phases, seeds, conditions, k, work)
    best, taken = work.clusters[0], work.clusters[1]
    first, last = seeds.phase_cluster[k], seeds.phase_cluster[k + 1]
    for cluster in range(first, last):
        # where a cluster not descended leads is unknown
        known.clusters[SEED, cluster] = work.driving[best[cluster]]
        known.clusters[RESULT, cluster] = -np.inf
    for _ in range(searches):
        chosen = -1
        for cluster in range(first, last):
            if taken[cluster] == 0 and (
                chosen < 0 or work.driving[best[cluster]] < work.driving[best[chosen]]
            ):
                chosen = cluster
        if chosen < 0:
            break
        taken[chosen] = 1
        steps += descend_cluster(
            phases, seeds, conditions, k, chosen, known, options, max_steps, work, pw
        )
    return steps


@inner
def rescan(
    phases: Phases, seeds: Seeds, conditions: Conditions, k, here, known: Known, options: Options,
    work: SearchWork, pw: PhaseWork,
):  # fmt: skip
    """Price all seeds of phase k and descend from clusters that have come near the plane.

    Where a cluster led when last descended is expected to have moved as its best seed has. Of a
    phase that is present (`here`) a second limb may split from the first with no seed falling far,
    so a cluster is also descended where its best seed has moved by a part of its height.
    """
    price_clusters(phases, seeds, conditions, k, work)
    for cluster in range(seeds.phase_cluster[k], seeds.phase_cluster[k + 1]):
        now = work.driving[work.clusters[0, cluster]]
        moved = now - known.clusters[SEED, cluster]
        expected = known.clusters[RESULT, cluster] + moved
        nears = moved < -options.rescan_fall and expected < options.rescan_margin
        bends = here > 0 and abs(moved) > options.bend * (abs(now) + options.bend_floor)
        if now < 0.0 or nears or bends:
            descend_cluster(
                phases, seeds, conditions, k, cluster, known, options, options.descent_steps,
                work, pw,
            )  # fmt: skip


@inner
def is_present(phases: Phases, state: State, k, p, d, options: Options):
    """Whether a minimum is the composition of a present instance (and not below the plane)."""
    if d < -1e-8:
        return False
    for j in range(state.number[0]):
        near = options.same_composition
        if state.phase[j] == k and distance(phases, k, p, state.proportions[j]) < near:
            return True
    return False


@inner
def lowest_absent(phases: Phases, state: State, known: Known, options: Options):
    """Lowest driving force among the known minima that are not present.

    Returns
    -------
    (float, float, int, int)
        D in kJ per mole of atoms and per mole of formula, phase (or -1), index of the minimum.
    """
    best, best_d, phase, index = np.inf, np.inf, -1, -1
    for k in range(phases.n_endmembers.size):
        for m in range(known.number[k]):
            d = known.driving_force[k, m]
            if is_present(phases, state, k, known.proportions[k, m], d, options):
                continue
            atoms = 0.0
            for i in range(phases.n_endmembers[k]):
                atoms += phases.atoms[k, i] * known.proportions[k, m, i]
            if d / atoms < best:
                best, best_d, phase, index = d / atoms, d, k, m
    return best, best_d, phase, index


@kernel
def lowest_of_phase(phases: Phases, state: State, known: Known, k, options: Options):
    """Lowest driving force among the known minima of phase k that are not present, kJ/mol."""
    lowest = np.inf
    for m in range(known.number[k]):
        d = known.driving_force[k, m]
        if d < lowest and not is_present(phases, state, k, known.proportions[k, m], d, options):
            lowest = d
    return lowest


@kernel
def fall(
    phases: Phases, bounds: Bounds, conditions: Conditions, k, known: Known, which,
    work: SearchWork,
):  # fmt: skip
    """How far any driving force of phase k can have fallen since it was last looked at, kJ/mol.

    The largest fall over the polytope of each part: vertices for the linear part, extremes of the
    mixing entropy and of the b and c parts of the excess energy for the change of RT, T and P.
    """
    least = np.inf
    for v in range(bounds.vertex_start[k], bounds.vertex_start[k + 1]):
        total = 0.0
        for i in range(phases.n_endmembers[k]):
            total += bounds.vertices[v, i] * (work.base[k, i] - known.base[which, k, i])
        least = min(least, total)
    d_rt = conditions.state[0] - known.state[which, k, 0]
    d_p = conditions.state[1] - known.state[which, k, 1]
    d_t = conditions.state[2] - known.state[which, k, 2]
    least += min(d_rt * bounds.entropy[k, 0], d_rt * bounds.entropy[k, 1])
    least += min(d_t * bounds.excess[k, 0, 0], d_t * bounds.excess[k, 0, 1])
    least += min(d_p * bounds.excess[k, 1, 0], d_p * bounds.excess[k, 1, 1])
    return -least


@inner
def note_reference(
    phases: Phases, conditions: Conditions, k, known: Known, which, lowest, work: SearchWork
):
    """Note that phase k was looked at here, with this lowest driving force."""
    for i in range(phases.n_endmembers[k]):
        known.base[which, k, i] = work.base[k, i]
    for i in range(3):
        known.state[which, k, i] = conditions.state[i]
    known.lowest[which, k] = lowest


@inner
def instances(state: State, k):
    """Number of instances of phase k that are present."""
    found = 0
    for j in range(state.number[0]):
        if state.phase[j] == k:
            found += 1
    return found


@inner
def note_followed(
    phases: Phases, conditions: Conditions, state: State, k, known: Known, lowest,
    work: SearchWork,
):  # fmt: skip
    """Note that the known minima of phase k were followed here, present ones aside."""
    known.present[k] = instances(state, k)
    note_reference(phases, conditions, k, known, FOLLOWED, lowest, work)


@inner
def note_full(
    phases: Phases, conditions: Conditions, state: State, k, known: Known, lowest,
    work: SearchWork,
):  # fmt: skip
    """Note a full search of phase k; a present composition counts with D = 0."""
    if instances(state, k) > 0:
        lowest = min(lowest, 0.0)
    note_reference(phases, conditions, k, known, FULL, lowest, work)


@inner
def follow_all(
    phases: Phases, conditions: Conditions, gamma, known: Known, options: Options,
    work: SearchWork, pw: PhaseWork,
):  # fmt: skip
    """Follow the known minima of every phase."""
    for k in range(phases.n_endmembers.size):
        set_base(phases, k, conditions, gamma, work.base)
        follow(phases, conditions, k, known, options, options.descent_steps, work, pw)


@inner
def search_roughly(
    phases: Phases, seeds: Seeds, conditions: Conditions, gamma, known: Known, options: Options,
    work: SearchWork, pw: PhaseWork,
):  # fmt: skip
    """Follow the known minima of every phase and search its lowest seeds, a few steps each."""
    for k in range(phases.n_endmembers.size):
        set_base(phases, k, conditions, gamma, work.base)
        follow(phases, conditions, k, known, options, options.rough_steps, work, pw)
        search_seeds(
            phases, seeds, conditions, k, known, options, options.rough_searches,
            options.rough_steps, work, pw,
        )  # fmt: skip


@fragment
def search_moved(
    phases: Phases, seeds: Seeds, bounds: Bounds, conditions: Conditions, all_of_it, state: State,
    known: Known, options: Options, work: SearchWork, pw: PhaseWork,
):  # fmt: skip
    """Look again at each phase whose driving force may have come below the plane since.

    Skipped is a phase that cannot have: an absent one by the bound from its last full search; any
    phase searched in full not long ago, by the bound from its followed minima. A solution that has
    won or lost an instance is searched in all its clusters. With `all_of_it`, or where skipping is
    switched off by options.skip = False, all phases are.

    Returns
    -------
    (float, float, int)
        Lowest driving force, or bound of it, over the phases, in kJ per mole of atoms and per
        mole of formula, and its phase.
    """
    phase, lowest_all, lowest_atom = -1, np.inf, np.inf
    for k in range(phases.n_endmembers.size):
        set_base(phases, k, conditions, state.gamma, work.base)
        moved = fall(phases, bounds, conditions, k, known, FULL, work)
        bound = known.lowest[FULL, k] - moved
        here = instances(state, k)
        recent = moved < (options.present_movement if here > 0 else options.rescan_movement)
        changed = here != known.present[k]
        if changed:
            bound = -np.inf  # the minimum of an instance that has left was not counted
        elif recent:
            since = fall(phases, bounds, conditions, k, known, FOLLOWED, work)
            bound = known.lowest[FOLLOWED, k] - since
        elif here > 0:
            bound = -np.inf
        thorough = all_of_it or not options.skip or (changed and phases.n_endmembers[k] > 1)
        if thorough or not bound > options.skip_above:
            follow(phases, conditions, k, known, options, options.descent_steps, work, pw)
            if thorough or not recent:
                fallen = fall(phases, bounds, conditions, k, known, COMPLETE, work)
                if thorough or (here == 0 and fallen > options.complete_movement):
                    note_reference(phases, conditions, k, known, COMPLETE, 0.0, work)
                    search_seeds(
                        phases, seeds, conditions, k, known, options, options.max_searches,
                        options.descent_steps, work, pw,
                    )  # fmt: skip
                else:
                    rescan(phases, seeds, conditions, k, here, known, options, work, pw)
            bound = lowest_of_phase(phases, state, known, k, options)
            note_followed(phases, conditions, state, k, known, bound, work)
            if thorough or not recent:
                note_full(phases, conditions, state, k, known, bound, work)
        lowest_all = min(lowest_all, bound)
        atoms = 0.0
        for i in range(phases.n_endmembers[k]):
            atoms = max(atoms, phases.atoms[k, i])
        per_atom = bound / atoms
        if per_atom < lowest_atom:
            lowest_atom, phase = per_atom, k
    return lowest_atom, lowest_all, phase

"""The search over all phases for a composition below the tangent plane, and what it remembers.

A phase may have several local minima of its driving force. Those found are kept; a look at a phase
prices them and all its seeds, and descends from what may lie above a minimum below the plane. What
cannot have come below the plane since it was last looked at is skipped: D of a fixed composition is
linear in theta = (g0 - C'Gamma, RT, P, T), so the lowest D of a phase is concave in theta and
cannot fall faster than its steepest composition,
    D_min(now) >= D_min(then) - fall,   fall = - min_v (base_now - base_then).v - ...  (see `fall`).
"""

from typing import NamedTuple

import numpy as np

from ._jit import inner, kernel, table
from .dense import copy
from .descent import descend, go_on, pull_inside, set_base, softness
from .factors import N_FACTORS, RT
from .layout import Booleans, Bounds, Conditions, Floats, Ints, Options, Phases, Seeds, System
from .levelling import lowest_of_cluster, price, seed_energies
from .mixing import site_fractions
from .newton import State
from .phase_work import STEP, Y_STEP, PhaseWork, Y, new_phase_work
from .slabs import Slabs, new_slabs
from .slope import curvature_along
from .solution import fall_by, potentials

PER_PHASE = 10
_INSIDE = 1e-9
"""Of the way to the middle, from which a known minimum is begun."""
PASSED = 8
CELLS = 3
"""Compositions of one phase around which cells are laid; see `basin`."""


@table
class Known(NamedTuple):
    """Local minima of the driving force of each phase, and when they were last looked at."""

    number: Ints
    """(K)"""
    proportions: Floats
    """(K, PER_PHASE, I)"""
    driving_force: Floats
    """(K, PER_PHASE) kJ/mol of formula."""
    base: Floats
    """(K, I) g0 - C'Gamma when the phase was last looked at."""
    factors: Floats
    """(K, F) RT, 1, T, P then, see `factors`."""
    lowest: Floats
    """(K) what no composition then lay below, those next to present ones aside, kJ/mol."""
    present: Ints
    """(K) instances present then."""
    movement: Floats
    """(K) kJ/mol that a driving force may fall before the phase is looked at again, if present."""
    outside: Floats
    """(K) what no composition outside the cells then lay below, kJ/mol; -inf where there are none."""
    cells: Ints
    """(K) cells around compositions then present."""
    limits: Floats
    """(K, CELLS, S + 2) their limits; see `basin.set_limits`."""
    rise: Floats
    """(K) kJ/mol, what D was on their faces at least where they were laid."""


@table
class Passed(NamedTuple):
    """Compositions of one phase from which a descent was seen to lead to a known minimum."""

    number: Ints
    """(1) how many ever; the oldest give way."""
    proportions: Floats
    """(PASSED, I)"""
    slope: Floats
    """(PASSED, I) potentials less those of the plane there, kJ/mol."""
    driving_force: Floats
    """(PASSED) kJ/mol."""


@table
class SearchWork(NamedTuple):
    """What a search knows, and scratch for it."""

    known: Known
    passed: Passed
    phase: PhaseWork
    base: Floats
    """(K, I) g0 - C'Gamma now."""
    energies: Floats
    """(J) energy of each seed less p . g0."""
    driving: Floats
    """(J)"""
    explained: Booleans
    """(J) seeds that lead nowhere new."""
    firm: Booleans
    """(PER_PHASE) known minima of a phase that are minima beyond doubt."""
    clusters: Ints
    """(2, L) best seed of a cluster, and whether it was taken."""
    p: Floats
    """(I)"""
    old: Floats
    """(PER_PHASE, I) minima known before a look."""
    reach: Floats
    """(S + 2) how far an ellipsoid reaches; see `basin.set_reach`."""
    level: Floats
    """(I) zeros: the slope at a minimum."""
    trial: Floats
    """(S + 2) limits of a cell that is tried."""
    change: Floats
    """(I) how far the base of a phase has moved."""
    factor_change: Floats
    """(F) how far the factors have, see `factors`."""
    slabs: Slabs


class Effort(NamedTuple):
    """How far descents go."""

    max_steps: int
    """Newton steps at most."""
    hopeless: float
    """kJ/mol: one that will end above this is given up."""
    below: float
    """kJ/mol: none is made where the driving force falls to a known minimum lower than this."""


def new_known(phases: Phases) -> Known:
    """Nothing known yet."""
    k, i, _ = phases.composition.shape
    return Known(
        np.zeros(k, np.int64),
        np.zeros((k, PER_PHASE, i)),
        np.zeros((k, PER_PHASE)),
        np.zeros((k, i)),
        np.zeros((k, N_FACTORS)),
        np.full(k, -np.inf),
        np.zeros(k, np.int64),
        np.zeros(k),
        np.full(k, -np.inf),
        np.zeros(k, np.int64),
        np.zeros((k, CELLS, phases.multiplicity.shape[1] + 2)),
        np.zeros(k),
    )


@kernel
def forget(known: Known):
    """Nothing known, nothing ever looked at."""
    known.number[:] = 0
    known.lowest[:] = -np.inf
    known.outside[:] = -np.inf
    known.cells[:] = 0
    known.rise[:] = 0.0


@inner
def forget_looks(known: Known):
    """Let every phase be looked at again; the minima stay known."""
    known.lowest[:] = -np.inf
    known.outside[:] = -np.inf


def new_search_work(system: System) -> SearchWork:
    """Scratch for the largest phase and all seeds."""
    k, i, _ = system.phases.composition.shape
    s, tables = system.phases.multiplicity.shape[1], (system.seeds, system.cover)
    j = max(len(seeds.composition) for seeds in tables)
    return SearchWork(
        new_known(system.phases),
        Passed(
            np.zeros(1, np.int64), np.zeros((PASSED, i)), np.zeros((PASSED, i)), np.zeros(PASSED)
        ),
        new_phase_work(system.phases),
        np.zeros((k, i)),
        np.zeros(j),
        np.zeros(j),
        np.zeros(j, np.bool_),
        np.zeros(PER_PHASE, np.bool_),
        np.zeros((2, max(seeds.cluster_phase.size for seeds in tables)), np.int64),
        np.zeros(i),
        np.zeros((PER_PHASE, i)),
        np.zeros(s + 2),
        np.zeros(i),
        np.zeros(s + 2),
        np.zeros(i),
        np.zeros(N_FACTORS),
        new_slabs(system.phases),
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
def follow_known(
    phases: Phases, conditions: Conditions, k, options: Options, max_steps, work: SearchWork
):
    """Descend again from every known minimum of phase k; work.base[k] must be set.

    Minima that have met are merged. Returns descent steps.
    """
    known = work.known
    n, steps = known.number[k], 0
    known.number[k] = 0
    for m in range(n):
        for i in range(phases.n_endmembers[k]):
            work.p[i] = known.proportions[k, m, i]
        d, taken, _ = descend(
            phases, k, conditions, work.base, max_steps, options.hopeless, work.p, work.phase
        )
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
        if known.driving_force[k, m] <= d + 1e-10 and (
            distance(phases, k, p, known.proportions[k, m]) < options.same_composition
        ):
            return m
    return -1


@kernel
def falls_to_known(
    phases: Phases, conditions: Conditions, k, known: Known, below, p, pw: PhaseWork
):  # fmt: skip
    """Whether the driving force falls all the way along a line from p to a known minimum.

    That must be stationary, and not inside a spinodal. With w = V* d - V_d p*, d = p - p*,
    V = v.p, the slope at a fraction of the line from the minimum is at least that fraction times
        RT sum m y_d^2/max((y + y*)/2, y*) + w'Q w/V^3,
    with the least y for m < 0, and the V that makes it least.
    """
    y, y_known = pw.sites[Y], pw.sites[Y_STEP]
    site_fractions(phases, k, p, y)
    for m in range(known.number[k]):
        if not known.driving_force[k, m] < below:
            continue
        minimum = known.proportions[k, m]
        site_fractions(phases, k, minimum, y_known)
        rise = 0.0
        for s in range(phases.n_species[k]):
            change = y[s] - y_known[s]
            if phases.multiplicity[k, s] > 0.0:
                mean = max(0.5 * (y[s] + y_known[s]), y_known[s])
            else:
                mean = min(y[s], y_known[s])
            rise += phases.multiplicity[k, s] * change * change / mean
        rise *= conditions.factors[RT]
        bend, size_known, size = curvature_along(phases, conditions, k, minimum, p, pw.rows[STEP])
        v = min(size, size_known) if bend < 0.0 else max(size, size_known)
        if rise + bend / (v * v * v) > 0.0:
            return True
    return False


@inner
def settle(
    phases: Phases, conditions: Conditions, k, options: Options, effort: Effort, work: SearchWork
):
    """Descend from work.p to a new minimum, remember it, and return its driving force.

    Returns inf where that comes to a known minimum, at which it is broken off, and `effort.hopeless` where it ends above that.
    """
    known, steps, taken, done = work.known, 0, 0, False
    d = potentials(phases, k, conditions, work.base, work.p, work.phase)
    while steps < effort.max_steps and not done:
        d, taken, done = go_on(
            phases, k, conditions, work.base, options.first_steps, effort.hopeless, work.p,
            work.phase,
        )  # fmt: skip
        steps += taken
        if meets_known(phases, known, k, work.p, d, options) >= 0:
            return np.inf
        if not done and taken < options.first_steps:
            break
    if done or not d > effort.hopeless:
        remember(phases, known, k, work.p, d, options)
        return d
    return effort.hopeless


@inner
def descend_cluster(
    phases: Phases, seeds: Seeds, conditions: Conditions, k, cluster, options: Options,
    effort: Effort, work: SearchWork,
):  # fmt: skip
    """Descend from the best seed of a cluster; see `settle`.

    Not where the driving force falls from there to a known minimum that is low enough.
    """
    j, known, pw = work.clusters[0, cluster], work.known, work.phase
    copy(seeds.proportions[j], work.p)
    if meets_known(phases, known, k, work.p, work.driving[j], options) >= 0:
        return np.inf
    if falls_to_known(phases, conditions, k, known, min(work.driving[j], effort.below), work.p, pw):
        return np.inf
    site_fractions(phases, k, work.p, pw.sites[Y])
    for s in range(phases.n_species[k]):
        if pw.sites[Y, s] < 1e-9:  # on a face: a descent starts inside
            pull_inside(phases, k, seeds.centre, 0.02, work.p)
            break
    return settle(phases, conditions, k, options, effort, work)


@kernel
def search_seeds(
    phases: Phases, seeds: Seeds, conditions: Conditions, k, options: Options, searches, max_steps,
    work: SearchWork,
):  # fmt: skip
    """Price all seeds of phase k and descend from the best of the lowest clusters.

    work.base[k] must be set.
    """
    price_clusters(phases, seeds, conditions, k, work)
    best, taken = work.clusters[0], work.clusters[1]
    first, last = seeds.phase_cluster[k], seeds.phase_cluster[k + 1]
    below = np.inf if seeds.gap[k] < np.inf else -np.inf  # of a cover: see `covering`
    effort = Effort(max_steps, options.hopeless, below)
    for _ in range(min(searches, last - first)):
        chosen = -1
        for cluster in range(first, last):
            if taken[cluster] == 0 and (
                chosen < 0 or work.driving[best[cluster]] < work.driving[best[chosen]]
            ):
                chosen = cluster
        taken[chosen] = 1
        descend_cluster(phases, seeds, conditions, k, chosen, options, effort, work)


@inner
def look_at_known(
    phases: Phases, seeds: Seeds, conditions: Conditions, k, state: State, options: Options,
    hopeless, work: SearchWork,
):  # fmt: skip
    """Put the present compositions and the minima of phase k as they are now into `known`.

    A minimum high above the plane is kept where it was. Returns what none of them lies below.
    """
    known = work.known
    n, lowest = known.number[k], np.inf
    effort = Effort(options.descent_steps, hopeless, -np.inf)
    for m in range(n):
        copy(known.proportions[k, m], work.old[m])
    known.number[k] = 0
    for j in range(state.number[0]):
        if state.phase[j] == k:
            remember(phases, known, k, state.proportions[j], 0.0, options)
    for m in range(n):
        copy(work.old[m], work.p)
        pull_inside(phases, k, seeds.centre, _INSIDE, work.p)  # what was exhausted may grow here
        d = potentials(phases, k, conditions, work.base, work.p, work.phase)
        if d < seeds.gap[k]:
            if meets_known(phases, known, k, work.p, d, options) < 0:
                d = settle(phases, conditions, k, options, effort, work)
                lowest = min(lowest, d)
        elif d < options.hopeless:
            remember(phases, known, k, work.p, d, options)
            lowest = min(lowest, d - seeds.gap[k])
    return lowest


@inner
def is_soft(
    phases: Phases, conditions: Conditions, k, state: State, options: Options, work: SearchWork
):
    """Whether an instance of phase k is near a spinodal, so that a second may split from it."""
    for j in range(state.number[0]):
        if state.phase[j] == k:
            soft = softness(phases, k, conditions, work.base, state.proportions[j], work.phase)
            if soft < options.soft:
                return True
    return False


@inner
def look(
    phases: Phases, seeds: Seeds, conditions: Conditions, k, state: State, options: Options,
    work: SearchWork,
):  # fmt: skip
    """Look where it was learnt to look for compositions of phase k below the plane.

    work.base[k] must be set. Descended from are the best seeds of clusters below their margin. A
    present composition near a spinodal may be no minimum: then all low ones are descended from.

    Returns
    -------
    float
        What no composition lies below, those next to present ones aside, kJ/mol.
    """
    soft = is_soft(phases, conditions, k, state, options, work)
    work.known.movement[k] = options.soft_movement if soft else options.present_movement
    lowest = look_at_known(phases, seeds, conditions, k, state, options, options.look_below, work)
    below = -np.inf if soft else seeds.gap[k]
    effort = Effort(options.descent_steps, options.look_below, below)
    price_clusters(phases, seeds, conditions, k, work)
    for cluster in range(seeds.phase_cluster[k], seeds.phase_cluster[k + 1]):
        d = work.driving[work.clusters[0, cluster]]
        if d < seeds.margin[cluster] or (soft and d < options.look_below):
            d = descend_cluster(phases, seeds, conditions, k, cluster, options, effort, work)
        else:
            d -= seeds.margin[cluster]
        lowest = min(lowest, d)
    return lowest


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
def instances(state: State, k):
    """Number of instances of phase k that are present."""
    found = 0
    for j in range(state.number[0]):
        if state.phase[j] == k:
            found += 1
    return found


@inner
def lowest_absent(phases: Phases, state: State, known: Known, options: Options, limb):
    """Lowest driving force among the known minima that are not present.

    With `limb` those of a phase that is present come before all others, if they lie below the
    plane: a second limb is what a composition inside a spinodal lacks.

    Returns
    -------
    (float, float, int, int)
        D in kJ per mole of atoms and per mole of formula, phase (or -1), index of the minimum.
    """
    best, best_d, phase, index = np.inf, np.inf, -1, -1
    found = False
    for k in range(phases.n_endmembers.size):
        prior = limb and instances(state, k) > 0
        for m in range(known.number[k]):
            d = known.driving_force[k, m]
            if is_present(phases, state, k, known.proportions[k, m], d, options):
                continue
            atoms = 0.0
            for i in range(phases.n_endmembers[k]):
                atoms += phases.atoms[k, i] * known.proportions[k, m, i]
            first = prior and d < options.add_below
            if (first and not found) or (first == found and d / atoms < best):
                best, best_d, phase, index = d / atoms, d, k, m
                found = first
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
def fall(phases: Phases, bounds: Bounds, conditions: Conditions, k, work: SearchWork):
    """How far any driving force of phase k can have fallen since it was last looked at, kJ/mol."""
    known, changed = work.known, work.factor_change
    for i in range(phases.n_endmembers[k]):
        work.change[i] = work.base[k, i] - known.base[k, i]
    for place in range(N_FACTORS):
        changed[place] = conditions.factors[place] - known.factors[k, place]
    return fall_by(phases, bounds, k, work.change, changed)


@inner
def note(conditions: Conditions, k, here, lowest, work: SearchWork):
    """Note that phase k was looked at here, with so many instances present."""
    known = work.known
    copy(work.base[k], known.base[k])
    copy(conditions.factors, known.factors[k])
    known.lowest[k] = lowest
    known.present[k] = here
    known.outside[k] = -np.inf


@inner
def search_roughly(
    phases: Phases, seeds: Seeds, conditions: Conditions, gamma, options: Options,
    work: SearchWork,
):  # fmt: skip
    """Follow the known minima of every phase and search its lowest seeds, a few steps each."""
    for k in range(phases.n_endmembers.size):
        set_base(phases, k, conditions, gamma, work.base)
        follow_known(phases, conditions, k, options, options.rough_steps, work)
        search_seeds(
            phases, seeds, conditions, k, options, options.rough_searches, options.rough_steps, work
        )
        work.known.outside[k] = -np.inf
        work.known.lowest[k] = -np.inf  # its minima are those at other potentials than were noted


@inner
def price_pure(k, here, work: SearchWork):
    """Driving force of a pure phase, inf if it is present; nothing is to be searched."""
    d, known = work.base[k, 0], work.known
    known.number[k] = 1
    known.proportions[k, 0, 0] = 1.0
    known.driving_force[k, 0] = d
    return np.inf if here > 0 else d


@inner
def most_atoms(phases: Phases, k):
    """Most atoms in a mole of formula of phase k, so that a bound per atom stays one."""
    atoms = 0.0
    for i in range(phases.n_endmembers[k]):
        atoms = max(atoms, phases.atoms[k, i])
    return atoms


@inner
def settle_known(
    phases: Phases, seeds: Seeds, conditions: Conditions, state: State, options: Options,
    work: SearchWork,
):  # fmt: skip
    """Look no farther than to the minima that are known, which are put to where they are now.

    Returns
    -------
    float
        The lowest driving force of those that are not present, kJ/mol.
    """
    lowest = np.inf
    for k in range(phases.n_endmembers.size):
        set_base(phases, k, conditions, state.gamma, work.base)
        if phases.n_endmembers[k] == 1:
            d = price_pure(k, instances(state, k), work)
        else:
            d = look_at_known(phases, seeds, conditions, k, state, options, options.hopeless, work)
        lowest = min(lowest, d)
    return lowest


@inner
def search_moved(
    phases: Phases, seeds: Seeds, bounds: Bounds, conditions: Conditions, state: State,
    options: Options, work: SearchWork,
):  # fmt: skip
    """Look again at each phase of which a composition may have come below the plane since.

    A phase that is present is looked at again where much has moved, however far above the plane
    its other minima were, since a new one may split from a present composition. Where skipping is
    switched off by options.skip = False, all phases are looked at.

    Returns
    -------
    (float, float, int)
        Lowest driving force, or bound of it, over the phases, in kJ per mole of atoms and per
        mole of formula, and its phase.
    """
    known = work.known
    phase, lowest_all, lowest_atom = -1, np.inf, np.inf
    for k in range(phases.n_endmembers.size):
        set_base(phases, k, conditions, state.gamma, work.base)
        here = instances(state, k)
        if phases.n_endmembers[k] == 1:
            bound = price_pure(k, here, work)
        else:
            moved = fall(phases, bounds, conditions, k, work)
            bound = known.lowest[k] - moved
            again = here > 0 and moved > known.movement[k]
            changed = here != known.present[k]
            if not options.skip or changed or again or not bound > options.skip_above:
                bound = look(phases, seeds, conditions, k, state, options, work)
                note(conditions, k, here, bound, work)
        lowest_all = min(lowest_all, bound)
        per_atom = bound / most_atoms(phases, k)
        if per_atom < lowest_atom:
            lowest_atom, phase = per_atom, k
    return lowest_atom, lowest_all, phase

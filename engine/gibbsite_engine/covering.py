"""The search of a phase all over: from seeds that cover its polytope, whatever was learnt elsewhere.

Most seeds lie on the slope of a minimum that is known: all along the line to it the driving force
falls (see `search.falls_to_known`). They lead nowhere else. All others are descended from, until that
can be said of where a descent has come, or it ends.
"""

from typing import NamedTuple

import numpy as np

from ._jit import inner, kernel
from .basin import are_alone, cell_of, enclose
from .dense import copy
from .descent import go_on, pull_inside, set_base, softness
from .excess import excess
from .factors import RT
from .layout import Bounds, Conditions, Options, Phases, Seeds
from .levelling import lowest_of_cluster, price, seed_energies
from .mixing import site_fractions
from .newton import State
from .phase_work import MU, PQP, QP, SIZE, Y_STEP, Y
from .search import (
    PASSED,
    SearchWork,
    fall,
    instances,
    is_soft,
    look_at_known,
    meets_known,
    most_atoms,
    note,
    price_pure,
    remember,
)
from .seeds import GAP
from .slope import falls_to
from .solution import potentials


class Way(NamedTuple):
    """How seeds are descended from."""

    anyhow: bool
    """To the end; else as long as that may lead to a new minimum."""
    rise: float
    """kJ/mol, what D is on the faces of cells around the present compositions; -1 without."""


@inner
def explain(phases: Phases, cover: Seeds, conditions: Conditions, k, m, work: SearchWork):
    """Mark the seeds of phase k from which the driving force falls all the way to minimum m.

    With w'Qw = V*^2 p'Qp - 2 V V* p'Qp* + V^2 p*'Qp*, where p'Qp/(2 V) is the seed's excess energy.
    """
    rt, n = conditions.factors[RT], phases.n_endmembers[k]
    known, pw = work.known, work.phase
    minimum, depth = known.proportions[k, m], known.driving_force[k, m]
    y_known, qp = pw.sites[Y], pw.rows[QP]
    site_fractions(phases, k, minimum, y_known)
    totals = False  # of cations, each of which lowers the curvature
    for s in range(phases.n_species[k]):
        totals = totals or phases.multiplicity[k, s] < 0.0
    excess(phases, k, conditions, minimum, pw)
    size_known, pqp_known = pw.here[SIZE], pw.here[PQP]
    for j in range(cover.start[k], cover.start[k + 1]):
        if work.explained[j] or not work.driving[j] > depth:
            continue
        size, cross = cover.size[j], 0.0
        for i in range(n):
            cross += cover.proportions[j, i] * qp[i]
        mixing = work.energies[j] - rt * cover.features[RT, j]
        curvature = size * (
            2.0 * size_known * size_known * mixing - 2.0 * size_known * cross + size * pqp_known
        )
        v = min(size, size_known) if curvature < 0.0 else max(size, size_known)
        need = -curvature / (rt * v * v * v)
        rise = 0.0
        for s in range(phases.n_species[k] if totals else 0):
            if phases.multiplicity[k, s] < 0.0:
                here, there = cover.sites[j, s], y_known[s]
                change = here - there
                rise += phases.multiplicity[k, s] * change * change / max(min(here, there), 1e-300)
        for s in range(phases.n_species[k]):
            if rise > need:  # the others can but add to it
                break
            if phases.multiplicity[k, s] > 0.0:
                here, there = cover.sites[j, s], y_known[s]
                change = here - there
                mean = max(0.5 * (here + there), there, 1e-300)
                rise += phases.multiplicity[k, s] * change * change / mean
        work.explained[j] = rise > need


@inner
def lowest_unexplained(cover: Seeds, cluster, work: SearchWork):
    """Seed of a cluster with the lowest driving force of those not explained, or -1."""
    best = -1
    for j in range(cover.cluster_start[cluster], cover.cluster_start[cluster + 1]):
        if not work.explained[j] and (best < 0 or work.driving[j] < work.driving[best]):
            best = j
    return best


@inner
def find_firm(
    phases: Phases, conditions: Conditions, k, enclosed, options: Options, work: SearchWork
):  # fmt: skip
    """Mark the known minima of phase k that are no saddle, nor nearly one: lower ones are beside that.

    None is beside a present composition that is enclosed; of these alone the driving force is zero.

    Returns
    -------
    float
        Softness of the softest that is not far above the plane: what hides beside it lies lower by little.
    """
    known, least = work.known, 1.0
    for m in range(known.number[k]):
        soft = softness(phases, k, conditions, work.base, known.proportions[k, m], work.phase)
        if known.driving_force[k, m] < options.hidden:
            least = min(least, soft)
        work.firm[m] = soft >= options.soft or (enclosed and known.driving_force[k, m] == 0.0)
    return least


@inner
def leads_to_known(phases: Phases, conditions: Conditions, k, d, work: SearchWork):
    """Whether the driving force falls from d at work.p all the way to a minimum that is known."""
    known = work.known
    for m in range(known.number[k]):
        if work.firm[m] and known.driving_force[k, m] < d:
            minimum = known.proportions[k, m]
            if falls_to(phases, conditions, k, minimum, work.level, work.p, work.phase):
                return True
    return False


@inner
def leads_to_passed(phases: Phases, conditions: Conditions, k, d, work: SearchWork):
    """Whether the driving force falls from d at work.p to where another descent came by."""
    passed = work.passed
    for m in range(min(passed.number[0], PASSED)):
        if passed.driving_force[m] < d and falls_to(
            phases, conditions, k, passed.proportions[m], passed.slope[m], work.p, work.phase
        ):
            return True
    return False


@inner
def come_by(d, work: SearchWork):
    """Write down work.p, where the phase stands, as the last place that a descent has come by."""
    passed = work.passed
    m = passed.number[0] % PASSED
    passed.driving_force[m] = d
    copy(work.p, passed.proportions[m])
    copy(work.phase.rows[MU], passed.slope[m])


@inner
def lies_in_basin(phases: Phases, k, d, rise, work: SearchWork):
    """Whether work.p, D = d, lies in a cell on whose faces D is `rise` at least, and below that.

    No way down leads out of it, and none in it to anything but the composition it is laid around.
    """
    if not rise > 0.0 or not d < rise:
        return False
    y, known = work.phase.sites[Y_STEP], work.known
    site_fractions(phases, k, work.p, y)
    return cell_of(phases, k, work.p, y, 0, known) >= 0


@inner
def settle_apart(
    phases: Phases, conditions: Conditions, k, way: Way, options: Options, work: SearchWork
):  # fmt: skip
    """Descend from work.p to a new minimum, remember it, and return its driving force.

    Returns inf where that leads to a known minimum, or to where such a descent came by, and `options.hopeless` where it ends above that.
    """
    known, done, taken = work.known, False, 0
    d = potentials(phases, k, conditions, work.base, work.p, work.phase)
    if not way.anyhow and leads_to_passed(phases, conditions, k, d, work):
        return np.inf
    for step in range(options.descent_steps):
        d, taken, done = go_on(
            phases, k, conditions, work.base, 1, options.hopeless, work.p, work.phase
        )
        met = meets_known(phases, known, k, work.p, d, options) >= 0
        if met or lies_in_basin(phases, k, d, way.rise, work):
            work.passed.number[0] += 0 if way.anyhow else min(step, 1)
            return np.inf
        if done or taken == 0:
            break
        if way.anyhow:
            continue
        come_by(d, work)
        if leads_to_known(phases, conditions, k, d, work):
            work.passed.number[0] += 1
            return np.inf
    if not done and d > options.hopeless:
        return options.hopeless
    remember(phases, known, k, work.p, d, options)
    return d


@inner
def descend_from(
    phases: Phases, cover: Seeds, conditions: Conditions, k, j, way: Way, options: Options,
    work: SearchWork,
):  # fmt: skip
    """Descend from seed j of phase k; see `Way`."""
    work.explained[j] = True
    copy(cover.proportions[j], work.p)
    if meets_known(phases, work.known, k, work.p, work.driving[j], options) >= 0:
        return np.inf
    if lies_in_basin(phases, k, work.driving[j], way.rise, work):
        return np.inf
    if not way.anyhow and leads_to_known(phases, conditions, k, work.driving[j], work):
        return np.inf
    for s in range(phases.n_species[k]):
        if cover.sites[j, s] < 1e-9:  # on a face: a descent starts inside
            pull_inside(phases, k, cover.centre, 0.02, work.p)
            break
    return settle_apart(phases, conditions, k, way, options, work)


@inner
def look_again(
    phases: Phases, cover: Seeds, conditions: Conditions, k, rise, options: Options,
    work: SearchWork,
):  # fmt: skip
    """Descend from all seeds of phase k that are left and may lead to a minimum that is not known.

    A seed in the basin of one minimum may share its cluster with lower ones on the slope of another.
    From where one descent came by, another need not be made. It must be known which minima are firm.
    Returns what none of the minima found lies below.
    """
    lowest, way = np.inf, Way(False, rise)
    work.passed.number[0] = 0
    for cluster in range(cover.phase_cluster[k], cover.phase_cluster[k + 1]):
        while True:
            j = lowest_unexplained(cover, cluster, work)
            if j < 0:
                break
            d = descend_from(phases, cover, conditions, k, j, way, options, work)
            if d < np.inf:
                find_firm(phases, conditions, k, rise > 0.0, options, work)
                lowest = min(lowest, d)
    return lowest


@inner
def look_all_over(
    phases: Phases, cover: Seeds, conditions: Conditions, k, state: State, rise,
    options: Options, work: SearchWork,
):  # fmt: skip
    """Look for compositions of phase k below the plane, everywhere; work.base[k] must be set.

    First the lowest seed of each cluster is descended from, to the end, so that shallow minima are
    found, too; then all others. A present composition near a spinodal may be no minimum, and what
    splits from it is near: then nothing is explained, and more seeds of each cluster come first,
    unless cells enclose the present ones, in which nothing else is as low. From all around a minimum
    that is not so soft, but yielding, the driving force may fall to it as well as to another: then
    the lowest seed of each cluster is descended from even where that is explained.

    Parameters
    ----------
    rise : float
        kJ/mol, what D is on the faces of cells around the present compositions; -1 without.

    Returns
    -------
    float
        What no minimum lies below, those next to present ones aside, kJ/mol.
    """
    first, last = cover.start[k], cover.start[k + 1]
    clusters, number = range(cover.phase_cluster[k], cover.phase_cluster[k + 1]), work.known.number
    soft = not rise > 0.0 and is_soft(phases, conditions, k, state, options, work)
    lowest = look_at_known(phases, cover, conditions, k, state, options, options.hopeless, work)
    least = find_firm(phases, conditions, k, rise > 0.0, options, work)
    yielding, way = not soft and least < options.yielding, Way(True, rise)
    seed_energies(cover, conditions, first, last, work.energies)
    price(phases, cover, k, work.base, work.energies, work.driving)
    for cluster in clusters:
        margin = cover.margin[cluster]
        for j in range(cover.cluster_start[cluster], cover.cluster_start[cluster + 1]):
            far = work.driving[j] > margin
            work.explained[j] = far
            if far:
                lowest = min(lowest, work.driving[j] - GAP * margin)
    seen, found = 0, np.inf
    for cluster in clusters:
        if yielding:
            j = lowest_of_cluster(cover, cluster, work.driving)
            if not work.driving[j] > cover.margin[cluster]:
                d = descend_from(phases, cover, conditions, k, j, way, options, work)
                found = min(found, d)
        for m in range(seen, 0 if soft else number[k]):
            explain(phases, cover, conditions, k, m, work)
        seen = number[k]
        for _ in range(options.soft_descents if soft else 1):
            j = lowest_unexplained(cover, cluster, work)
            if j < 0:
                break
            d = descend_from(phases, cover, conditions, k, j, way, options, work)
            found = min(found, d)
    if found < np.inf:
        find_firm(phases, conditions, k, rise > 0.0, options, work)
    lowest = min(lowest, found)
    return min(lowest, look_again(phases, cover, conditions, k, rise, options, work))


@kernel
def search_completely(
    phases: Phases, cover: Seeds, bounds: Bounds, conditions: Conditions, asked, state: State,
    options: Options, work: SearchWork,
):  # fmt: skip
    """Search the phases asked for (K) all over.

    Left out is only what the bound of `fall` keeps above the plane: an absent phase, or what lies
    outside the cells around compositions that are present (see `basin`). work.known must hold nothing
    but what earlier calls have found.

    Returns
    -------
    (float, float, int)
        As `search_moved`.
    """
    known = work.known
    phase, lowest_all, lowest_atom = -1, np.inf, np.inf
    for k in range(phases.n_endmembers.size):
        if not asked[k]:
            continue
        set_base(phases, k, conditions, state.gamma, work.base)
        here = instances(state, k)
        if phases.n_endmembers[k] == 1:
            bound = price_pure(k, here, work)
        else:
            then = known.outside[k] if here > 0 else known.lowest[k]
            bound = then - fall(phases, bounds, conditions, k, work)
            if not (
                bound > options.skip_above
                and here == known.present[k]
                and (here == 0 or are_alone(phases, conditions, k, state, work))
            ):
                rise = -1.0
                if here > 0 and options.enclose:
                    rise = enclose(phases, conditions, k, state, work)
                bound = look_all_over(phases, cover, conditions, k, state, rise, options, work)
                note(conditions, k, here, bound, work)
                if rise > 0.0:
                    known.outside[k] = min(bound, rise)
        lowest_all = min(lowest_all, bound)
        per_atom = bound / most_atoms(phases, k)
        if per_atom < lowest_atom:
            lowest_atom, phase = per_atom, k
    return lowest_atom, lowest_all, phase

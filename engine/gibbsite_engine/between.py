"""What searches of points around say of a point between them.

As in `search` the lowest driving force of a phase, everywhere or outside given cells, is concave in
theta = (g0 - C'Gamma, RT, P, T). So with weights B >= 0, sum B = 1, of other points q
    D_min >= sum B D_min(q) - fall,   fall = - min_v (base - sum B base(q)).v - ...   (see `search.fall`).
That holds whatever the weights, and wherever the points lie. Where the potentials are smooth, and the
point about in the middle of the others, `fall` is of second order in their distance, while from any one
of them it is of first order. What is found so of a point is a bound there, too, and serves others.

Of a phase that is present it holds outside cells that hold those of the other points; see `basin`. They
are the others' joined, or where too much lies in these the nearest's.
"""

from typing import NamedTuple

import numpy as np

from ._jit import inner, table
from .basin import are_alone
from .dense import copy
from .equilibrium import Workspace
from .factors import set_factors
from .layout import Booleans, Bounds, Floats, Ints, Options, Phases, Points, System
from .results import Results
from .search import CELLS, Known, SearchWork, fall, instances, most_atoms
from .solution import fall_by
from .standard import recall_phase, set_state

AROUND = 4


@table
class Between(NamedTuple):
    """What is known of the phases at n points."""

    around: Ints
    """(n, AROUND) points that each lies between, -1 for none."""
    weight: Floats
    """(n, AROUND)"""
    least: Floats
    """(n, K) what no composition, of a present phase outside its cells, lies below; -inf if unknown."""
    cells: Ints
    """(n, K) how many there are."""
    rise: Floats
    """(n, K) kJ/mol, on their faces where they were laid; the greatest of what was joined."""
    column: Ints
    """(K) of a phase in the limits, where it is asked for at some point; else -1."""
    limits: Floats
    """(n, columns, CELLS, S + 2)"""
    serves: Booleans
    """(n) whether others lie between it and points around."""
    searched: Ints
    """(n) phases that the points around left to be searched."""
    ask: Booleans
    """(K) what is left to be searched."""
    potential: Floats
    """(C)"""


def new_between(phases: Phases, around: Ints, weight: Floats, asked: Booleans) -> Between:
    """Nothing known yet of points that lie between others, at which phases (n, K) are asked for."""
    k, _, c = phases.composition.shape
    n, s = len(around), phases.multiplicity.shape[1]
    ever = asked.any(axis=0)
    serves = np.zeros(n, np.bool_)
    serves[around[around >= 0]] = True
    return Between(
        around,
        weight,
        np.full((n, k), -np.inf),
        np.zeros((n, k), np.int64),
        np.zeros((n, k)),
        np.where(ever, np.cumsum(ever) - 1, -1),
        np.zeros((n, np.count_nonzero(ever), CELLS, s + 2)),
        serves,
        np.zeros(n, np.int64),
        np.zeros(k, np.bool_),
        np.zeros(c),
    )


def nothing_between() -> Between:
    """Of no points, no phases."""
    i, f = np.zeros((0, 0), np.int64), np.zeros((0, 0))
    limits, none, number = np.zeros((0, 0, 0, 0)), np.zeros(0, np.bool_), np.zeros(0, np.int64)
    return Between(i, f, f, i, f, number, limits, none, number, none, np.zeros(0))


@inner
def lies_in(phases: Phases, k, cell, other):
    """Whether a cell of phase k lies in another."""
    species = phases.n_species[k]
    for s in range(species):
        if cell[s] > other[s]:
            return False
    return cell[species] >= other[species] and cell[species + 1] <= other[species + 1]


@inner
def is_usable(phases: Phases, between: Between, q, k, known: Known):
    """Whether point q says something of phase k outside the cells that it has now."""
    if q < 0 or not between.least[q, k] > 0.0:
        return False
    for cell in range(between.cells[q, k]):
        held = False
        for other in range(known.cells[k]):
            held = held or lies_in(
                phases, k, between.limits[q, between.column[k], cell], known.limits[k, other]
            )
        if not held:
            return False
    return True


@inner
def bound_between(
    system: System, points: Points, k, i, out: Results, between: Between, work: SearchWork
):
    """Return what no composition of phase k, outside its cells, lies below at point i; -inf if unknown.

    And by how much that is less than the mean of what the points around say.
    """
    phases, known, total = system.phases, work.known, 0.0
    for a in range(AROUND):
        if is_usable(phases, between, between.around[i, a], k, known):
            total += between.weight[i, a]
    if not total > 0.0:
        return -np.inf, 0.0
    n, potential, change = phases.n_endmembers[k], between.potential, work.change
    d_p, d_t, least = points.pressure[i], points.temperature[i], 0.0
    copy(out.gamma[i], potential)
    copy(out.standard[i, k], change)
    for a in range(AROUND):
        q = between.around[i, a]
        if not is_usable(phases, between, q, k, known):
            continue
        share = between.weight[i, a] / total
        least += share * between.least[q, k]
        d_p -= share * points.pressure[q]
        d_t -= share * points.temperature[q]
        for c in range(potential.size):
            potential[c] -= share * out.gamma[q, c]
        for j in range(n):
            change[j] -= share * out.standard[q, k, j]
    for j in range(n):
        for c in range(potential.size):
            change[j] -= phases.composition[k, j, c] * potential[c]
    changed = work.factor_change
    set_factors(system.endmembers.gas_constant, 0.0, d_p, d_t, changed)  # the shares add up to one
    lost = fall_by(phases, system.bounds, k, change, changed)
    return least - lost, lost


@inner
def has_cells(between: Between, q, k, here):
    """Whether point q has a cell around each of as many compositions of phase k."""
    return q >= 0 and between.least[q, k] > 0.0 and between.cells[q, k] == here


@inner
def join_cells(phases: Phases, between: Between, q, k, known: Known):
    """Widen the cells of phase k until those of point q, in their order, lie in them."""
    species = phases.n_species[k]
    known.rise[k] = max(known.rise[k], between.rise[q, k])
    for cell in range(known.cells[k]):
        limits, other = known.limits[k, cell], between.limits[q, between.column[k], cell]
        for s in range(species):
            limits[s] = max(limits[s], other[s])
        limits[species] = min(limits[species], other[species])
        limits[species + 1] = max(limits[species + 1], other[species + 1])


@inner
def take_cells(phases: Phases, between: Between, i, k, here, joined, known: Known):
    """Give phase k the cells of the nearest of the points around, or those of all joined.

    Returns
    -------
    int
        How many of these points have cells around as many compositions.
    """
    best, nearest, found = 0.0, -1, 0
    for a in range(AROUND):
        q = between.around[i, a]
        if has_cells(between, q, k, here):
            found += 1
            if between.weight[i, a] > best:
                best, nearest = between.weight[i, a], q
    if found == 0:
        return 0
    known.outside[k] = -np.inf  # that was outside others
    known.cells[k] = here
    known.rise[k] = between.rise[nearest, k]
    for cell in range(here):
        copy(between.limits[nearest, between.column[k], cell], known.limits[k, cell])
    for a in range(AROUND if joined else 0):
        q = between.around[i, a]
        if has_cells(between, q, k, here):
            join_cells(phases, between, q, k, known)
    return found


@inner
def keep_cells(between: Between, i, k, known: Known):
    """Keep the cells that phase k has now as those of point i."""
    between.cells[i, k] = known.cells[k]
    between.rise[i, k] = known.rise[k]
    for cell in range(known.cells[k]):
        copy(known.limits[k, cell], between.limits[i, between.column[k], cell])


@inner
def is_settled(
    system: System, points: Points, k, i, options: Options, out: Results, between: Between,
    w: Workspace,
):  # fmt: skip
    """Whether the points around keep phase k above the plane of point i; if so that is noted."""
    phases, known = system.phases, w.search.known
    here = instances(w.state, k)
    if here == 0:
        known.outside[k] = -np.inf
        known.cells[k] = 0
    for attempt in range(min(here, 1) + 1):
        if here > 0 and take_cells(phases, between, i, k, here, attempt == 0, known) <= attempt:
            return False
        bound, lost = bound_between(system, points, k, i, out, between, w.search)
        # half as far from each other, points lose a fourth: what is left must do for all of these
        enough = max(options.skip_above, lost / 3.0 if between.serves[i] else 0.0)
        if bound > enough and (here == 0 or are_alone(phases, w.conditions, k, w.state, w.search)):
            between.least[i, k] = bound
            keep_cells(between, i, k, known)
            return True
    return False


@inner
def settle_between(
    system: System, points: Points, i, asked, options: Options, out: Results, between: Between,
    w: Workspace,
):  # fmt: skip
    """Find which of the phases asked for (K) the points around leave to be searched at point i.

    The state must be that of the point.
    """
    phases, p, t = system.phases, points.pressure[i], points.temperature[i]
    set_state(system, p, t, w.conditions)
    for k in range(phases.n_endmembers.size):
        ask, here = asked[k], instances(w.state, k) > 0
        if ask and here:
            recall_phase(system, k, out.standard[i, k], w.conditions)
        if ask and phases.n_endmembers[k] > 1:
            ask = not is_settled(system, points, k, i, options, out, between, w)
        if ask and not here:
            recall_phase(system, k, out.standard[i, k], w.conditions)
        between.ask[k] = ask


@inner
def forget_point(between: Between, i):
    """Let nothing be known of point i any more, whose answer changes."""
    between.least[i, :] = -np.inf


@inner
def note_searched(phases: Phases, bounds: Bounds, i, between: Between, w: Workspace):
    """Note of the phases that were searched at point i, and lie above its plane, how far."""
    known = w.search.known
    for k in range(phases.n_endmembers.size):
        if between.ask[k] and phases.n_endmembers[k] > 1:
            between.searched[i] += 1
            least = known.lowest[k]
            if known.present[k] > 0:
                least = known.outside[k]
                keep_cells(between, i, k, known)
            between.least[i, k] = least - fall(phases, bounds, w.conditions, k, w.search)


@inner
def lowest_between(phases: Phases, asked, i, between: Between):
    """Return the lowest bound over the phases asked for (K) that were not searched, and its phase.

    In kJ per mole of atoms; the phase is -1 where all were searched.
    """
    phase, lowest = -1, np.inf
    for k in range(phases.n_endmembers.size):
        if asked[k] and not between.ask[k]:
            per_atom = between.least[i, k] / most_atoms(phases, k)
            if per_atom < lowest:
                lowest, phase = per_atom, k
    return lowest, phase

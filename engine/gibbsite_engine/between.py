"""What searches of points around say of a point between them.

As in `search` the lowest driving force of a phase, everywhere or outside given cells, is concave in
theta = (g0 - C'Gamma, RT, P, T). So with weights B >= 0, sum B = 1, of other points q
    D_min >= sum B D_min(q) - fall,   fall = - min_v (base - sum B base(q)).v - ...   (see `search.fall`).
That holds whatever the weights, and wherever the points lie. Where the potentials are smooth, and the
point about in the middle of the others, `fall` is of second order in their distance, while from any one
of them it is of first order. What is found so of a point is a bound there, too, and serves others.

Of a phase that is present all points must keep to the same cells; see `basin`. Those laid last are kept,
each under a number.
"""

from typing import NamedTuple

import numpy as np

from ._jit import inner, table
from .basin import are_alone
from .dense import copy
from .equilibrium import Workspace
from .layout import Booleans, Bounds, Floats, Ints, Options, Phases, Points, System
from .results import Results
from .search import CELLS, Known, SearchWork, fall, fall_by, instances, most_atoms
from .standard import recall_phase, set_state

AROUND = 4
KEPT = 64
"""Cells of a phase that are kept; older ones give way."""


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
    """(n, K) number of these cells; -1 for none."""
    searched: Ints
    """(n) phases that the points around left to be searched."""
    laid: Ints
    """(K) cells laid so far."""
    number: Ints
    """(K, KEPT) how many there are of one number: instances of the phase."""
    rise: Floats
    """(K, KEPT) kJ/mol, on their faces where they were laid."""
    limits: Floats
    """(K, KEPT, CELLS, S + 2)"""
    ask: Booleans
    """(K) what is left to be searched."""
    potential: Floats
    """(C)"""


def new_between(phases: Phases, around: Ints, weight: Floats) -> Between:
    """Nothing known yet of points that lie between others."""
    k, _, c = phases.composition.shape
    n, s = len(around), phases.multiplicity.shape[1]
    return Between(
        around,
        weight,
        np.full((n, k), -np.inf),
        np.full((n, k), -1),
        np.zeros(n, np.int64),
        np.zeros(k, np.int64),
        np.zeros((k, KEPT), np.int64),
        np.zeros((k, KEPT)),
        np.zeros((k, KEPT, CELLS, s + 2)),
        np.zeros(k, np.bool_),
        np.zeros(c),
    )


def nothing_between() -> Between:
    """Of no points, no phases."""
    i, f = np.zeros((0, 0), np.int64), np.zeros((0, 0))
    none = np.zeros(0, np.int64)
    limits = np.zeros((0, 0, 0, 0))
    return Between(i, f, f, i, none, none, i, f, limits, np.zeros(0, np.bool_), np.zeros(0))


@inner
def is_usable(between: Between, q, k, cells):
    """Whether point q says something of phase k, outside the same cells."""
    return q >= 0 and between.cells[q, k] == cells and between.least[q, k] > 0.0


@inner
def bound_between(
    system: System, points: Points, k, i, cells, out: Results, between: Between, work: SearchWork
):  # fmt: skip
    """Return what no composition of phase k, outside cells, lies below at point i; -inf if unknown."""
    phases, total = system.phases, 0.0
    for a in range(AROUND):
        if is_usable(between, between.around[i, a], k, cells):
            total += between.weight[i, a]
    if not total > 0.0:
        return -np.inf
    n, potential, change = phases.n_endmembers[k], between.potential, work.change
    d_p, d_t, least = points.pressure[i], points.temperature[i], 0.0
    copy(out.gamma[i], potential)
    copy(out.standard[i, k], change)
    for a in range(AROUND):
        q = between.around[i, a]
        if not is_usable(between, q, k, cells):
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
    d_rt = system.endmembers.gas_constant * d_t
    return least - fall_by(phases, system.bounds, k, change, d_rt, d_p, d_t)


@inner
def cells_around(between: Between, i, k, here):
    """Number of the cells that the points around keep to, the nearest first; -1 for none."""
    best, chosen = 0.0, -1
    for a in range(AROUND):
        q = between.around[i, a]
        if q < 0 or not between.weight[i, a] > best:
            continue
        cells = between.cells[q, k]
        if (
            cells >= 0
            and cells >= between.laid[k] - KEPT
            and between.number[k, cells % KEPT] == here
        ):
            best, chosen = between.weight[i, a], cells
    return chosen


@inner
def take_cells(between: Between, k, cells, known: Known):
    """Let phase k keep to the cells of a number."""
    if known.laid[k] == cells:
        return
    slot = cells % KEPT
    known.laid[k] = cells
    known.outside[k] = -np.inf
    known.cells[k] = between.number[k, slot]
    known.rise[k] = between.rise[k, slot]
    for cell in range(known.cells[k]):
        copy(between.limits[k, slot, cell], known.limits[k, cell])


@inner
def keep_cells(between: Between, k, known: Known):
    """Keep the cells that phase k has now, if they are new; return their number."""
    if known.laid[k] < 0:
        known.laid[k] = between.laid[k]
        between.laid[k] += 1
        slot = known.laid[k] % KEPT
        between.number[k, slot] = known.cells[k]
        between.rise[k, slot] = known.rise[k]
        for cell in range(known.cells[k]):
            copy(known.limits[k, cell], between.limits[k, slot, cell])
    return known.laid[k]


@inner
def is_settled(
    system: System, points: Points, k, i, options: Options, out: Results, between: Between,
    w: Workspace,
):  # fmt: skip
    """Whether the points around keep phase k above the plane of point i; if so that is noted."""
    phases, known, cells = system.phases, w.search.known, -1
    here = instances(w.state, k)
    if here > 0:
        cells = cells_around(between, i, k, here)
        if cells < 0:
            return False
        take_cells(between, k, cells, known)
    bound = bound_between(system, points, k, i, cells, out, between, w.search)
    if not bound > options.skip_above:
        return False
    if here > 0 and not are_alone(phases, w.conditions, k, w.state, w.search):
        return False
    between.least[i, k] = bound
    between.cells[i, k] = cells
    return True


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
            recall_phase(system, k, p, t, out.standard[i, k], w.conditions)
        if ask and phases.n_endmembers[k] > 1:
            ask = not is_settled(system, points, k, i, options, out, between, w)
        if ask and not here:
            recall_phase(system, k, p, t, out.standard[i, k], w.conditions)
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
            here = known.present[k] > 0
            least = known.outside[k] if here else known.lowest[k]
            if not here:
                between.cells[i, k] = -1
            elif least > 0.0:
                between.cells[i, k] = keep_cells(between, k, known)
            between.least[i, k] = least - fall(phases, bounds, w.conditions, k, w.search)


@inner
def lowest_between(phases: Phases, asked, i, between: Between):
    """Lowest bound over the phases asked for (K) that were not searched, as `search_completely`."""
    phase, lowest_all, lowest_atom = -1, np.inf, np.inf
    for k in range(phases.n_endmembers.size):
        if asked[k] and not between.ask[k]:
            bound = between.least[i, k]
            lowest_all = min(lowest_all, bound)
            per_atom = bound / most_atoms(phases, k)
            if per_atom < lowest_atom:
                lowest_atom, phase = per_atom, k
    return lowest_atom, lowest_all, phase

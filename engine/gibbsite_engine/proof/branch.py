"""Branch and bound over the compositions of one phase: proved, refuted or undecided.

A cell is done once its bound is not below the target. One that fails is cut: across the worst
negative direction, or, where it holds a minimum that all but touches the plane, across the
species whose large values spoil the curvature (bisecting about such a minimum never ends).
"""

from typing import NamedTuple

import numpy as np

from gibbsite_engine._jit import inner, kernel
from gibbsite_engine.dense import copy
from gibbsite_engine.layout import Floats, Ints

from .bound import (
    Shifted,
    approach,
    bound_by_quadratic,
    inside,
    least_at_vertices,
    negative_directions,
    ranges,
    rounding,
    shift_depth,
)
from .cells import CUT_DONE, CUT_FLAT, Cells, cut, whole
from .chart import Chart, Energy
from .driving import (
    CURVATURE,
    DIRECTIONS,
    ETA,
    GRADIENT,
    KEPT_X,
    KEPT_Y,
    LAMBDA,
    LEAST_Y,
    MOST_Y,
    RANGE,
    REACH,
    SPARE,
    TOTAL,
    VECTORS,
    ProofWork,
    X,
    Y,
    descend_chart,
    value_gradient,
)
from .eigen import eigen
from .forms import about, assemble_curvature, least_column, look_at, project, use_reach

PROVED, REFUTED, CELL_LIMIT, ROOM_LIMIT, FLAT_CELL = range(5)
STATUS_NAMES = ("proved", "refuted", "cell_limit", "room_limit", "flat_cell")
_CELL_FAILS = -1
TRAIL_CUT, TRAIL_DONE = 1.0, 2.0
# The known minima of a phase, and what may be asked of a search.
MOST_MINIMA = 24


class Stationary(NamedTuple):
    """Stationary points of D known in a phase."""

    x: Floats
    """(MOST_MINIMA, d)"""
    y: Floats
    """(MOST_MINIMA, S)"""
    value: Floats
    """(MOST_MINIMA) D, kJ per unit of size."""
    number: Ints
    """(1)"""


class Search(NamedTuple):
    """Limits of a proof of one phase."""

    target: float
    """kJ per unit of size: proved is D >= target."""
    most_cells: int = 20000
    most_vertices: int = 1 << 62
    """Rows of all vertices looked at, which is what time is proportional to."""
    references: int = 14
    """Steps of the reference in a cell."""
    descent_steps: int = 60
    """Newton steps of a descent to a minimum."""
    near: float = 0.3
    """kJ: a minimum below this is cut around, not bisected."""
    remote: float = 2.0
    """kJ: a failing cell is searched for a minimum if D at its reference lies below this."""
    room: float = 0.0
    """Part of the mean curvature that a bound by the quadratic has to spare; 0 for none."""
    share: float = 0.2
    """Where a species is cut, as a part of the way from the minimum to its greatest value."""
    least_cut: float = 1e-4
    """Part of its greatest value that such a cut must take away."""
    prefer: float = 0.0
    """A cell that lacks less than so many times as much for a tangent to hold as for a bound is
    cut for the tangent."""


class Attempt(NamedTuple):
    """How a cell is tried."""

    touching: bool
    """Whether the reference is a minimum that all but touches the plane, and stays."""
    references: int
    """Steps of the reference at most."""
    refuting: float
    """A value of D below this ends it."""


def new_stationary(dimensions: int, species: int) -> Stationary:
    """Nothing known yet."""
    return Stationary(
        np.zeros((MOST_MINIMA, dimensions)),
        np.zeros((MOST_MINIMA, species)),
        np.zeros(MOST_MINIMA),
        np.zeros(1, np.int64),
    )


@kernel
def learn(at: Chart, minima: Stationary, d_value, work: ProofWork):
    """Note the stationary point X, Y unless it is known; return its index."""
    dimensions, species = at.site.shape[1], at.multiplicity.size
    count = minima.number[0]
    for m in range(count):
        far = 0.0
        for s in range(species):
            far = max(far, abs(minima.y[m, s] - work.sites[Y, s]))
        if far < 1e-4:
            return m
    slot = count
    if count == MOST_MINIMA:
        slot = 0
        for m in range(1, count):
            if minima.value[m] > minima.value[slot]:
                slot = m
    else:
        minima.number[0] += 1
    for j in range(dimensions):
        minima.x[slot, j] = work.vectors[X, j]
    for s in range(species):
        minima.y[slot, s] = work.sites[Y, s]
    minima.value[slot] = d_value
    return slot


@inner
def refer_to(minima: Stationary, m, d, species, work: ProofWork):
    """Take a known minimum as the reference."""
    for j in range(d):
        work.vectors[X, j] = minima.x[m, j]
    for s in range(species):
        work.sites[Y, s] = minima.y[m, s]


@inner
def lowest_inside(cells: Cells, cell, minima: Stationary, d):
    """Index of the lowest known minimum in a cell, or -1."""
    best = -1
    for m in range(minima.number[0]):
        if (best < 0 or minima.value[m] < minima.value[best]) and inside(
            cells, cell, d, minima.x[m]
        ):
            best = m
    return best


@inner
def bound_by_form(at: Chart, e: Energy, search: Search, now, work: ProofWork):
    """Bound D on a cell from its value and gradient at the reference, with the form there is.

    With room to spare, a bound below the target is sought by the quadratic, too.

    Returns
    -------
    (float, int)
        The bound, its margin taken, and the number of directions shifted.
    """
    d = at.site.shape[1]
    scale = assemble_curvature(at, e, d, work)
    eigen(work.matrices[CURVATURE], d, work.matrices[VECTORS])
    count = negative_directions(d, 0.0, work)
    ranges(d, count, work)
    bound = least_at_vertices(d, count, now, work)
    lost = rounding(d, scale, work)
    if search.room > 0.0 and bound - lost < search.target:
        bound = max(bound, bound_by_quadratic(d, search.room, now, work))
        count = negative_directions(d, 0.0, work)  # the reference moves and cells are cut by these
        ranges(d, count, work)
    return bound - lost, count


@kernel
def bound_here(at: Chart, e: Energy, search: Search, work: ProofWork):
    """Bound D on the cell that was looked at from the reference X, Y; its margin is taken.

    Returns
    -------
    (float, float, int)
        D at the reference, the bound, and the number of directions shifted.
    """
    now = value_gradient(
        at, e, work.vectors[X], work.sites[Y], work.sites[TOTAL], work.sites[ETA],
        work.vectors[GRADIENT],
    )  # fmt: skip
    about(at, work.sites[ETA], work)
    project(at, at.site.shape[1], work)
    use_reach(at, work)
    bound, count = bound_by_form(at, e, search, now, work)
    return now, bound, count


@kernel
def bound_with_form(at: Chart, e: Energy, search: Search, work: ProofWork):
    """Return the same with the form as it is, which must belong to the cell and X, Y."""
    now = value_gradient(
        at, e, work.vectors[X], work.sites[Y], work.sites[TOTAL], work.sites[ETA],
        work.vectors[GRADIENT],
    )  # fmt: skip
    bound, count = bound_by_form(at, e, search, now, work)
    return now, bound, count


@inner
def start_in_middle(at: Chart, cells: Cells, cell, work: ProofWork):
    """Take the mean of a cell's vertices as the reference."""
    first, last = cells.start[cell], cells.start[cell + 1]
    for j in range(at.site.shape[1]):
        total = 0.0
        for i in range(first, last):
            total += cells.x[i, j]
        work.vectors[X, j] = total / (last - first)
    for s in range(at.multiplicity.size):
        total = 0.0
        for i in range(first, last):
            total += cells.y[i, s]
        work.sites[Y, s] = total / (last - first)


@inner
def move_reference(
    at: Chart, e: Energy, cells: Cells, cell, attempt: Attempt, search: Search, start,
    work: ProofWork,
):  # fmt: skip
    """Try to bound a cell, moving the reference from where it is to where the bound is best.

    Parameters
    ----------
    start : (float, float, int)
        D there, the bound, and the number of directions that are shifted.

    Returns
    -------
    (int, float, float, int)
        See `bound_cell`.
    """
    now, bound, count = start
    best = bound
    for step in range(attempt.references):
        if now < attempt.refuting:
            return REFUTED, best, now, count
        if bound >= search.target:
            return PROVED, bound, now, count
        top = now - shift_depth(count, work)
        if step == attempt.references - 1:
            break
        if top < search.target and (step > 1 or attempt.touching):
            break
        barrier = 0.2 * max(top - bound, 1e-9) / (cells.n_cuts[cell] + 1)
        if not approach(at, Shifted(e, count, barrier), cells, cell, work):
            break
        now, bound, count = bound_here(at, e, search, work)
        best = max(best, bound)
    return _CELL_FAILS, best, now, count


@inner
def bound_cell(
    at: Chart, e: Energy, cells: Cells, cell, attempt: Attempt, search: Search, work: ProofWork
):
    """Try to bound a cell, beginning with the reference there is.

    Returns
    -------
    (int, float, float, int)
        PROVED, REFUTED (at X, Y) or _CELL_FAILS; the best bound; D at the last reference; the
        number of directions shifted there.
    """
    start = bound_here(at, e, search, work)
    return move_reference(at, e, cells, cell, attempt, search, start, work)


@inner
def worst_direction(count, work: ProofWork):
    """Index of the direction whose shift costs most."""
    worst, cost = 0, -1.0
    for k in range(count):
        width = work.matrices[RANGE, 1, k] - work.matrices[RANGE, 0, k]
        if work.vectors[LAMBDA, k] * width * width > cost:
            worst, cost = k, work.vectors[LAMBDA, k] * width * width
    return worst


@inner
def spoiling_species(at: Chart, search: Search, work: ProofWork):
    """Species whose large values cost most curvature in the worst direction, and where to cut it.

    Returns
    -------
    (int, float)
        Species, or -1; value of y at the cut.
    """
    d = at.site.shape[1]
    column = least_column(work.matrices[CURVATURE], d)
    chosen, place, most = -1, 0.0, 0.0
    for s in range(at.multiplicity.size):
        value = 0.0
        for j in range(d):
            value += work.forms[s, j] * work.matrices[VECTORS, j, column]
        top = max(work.sites[MOST_Y, s], 0.0)
        y = work.sites[Y, s]
        here = y + search.share * (top - y)
        if top - here < search.least_cut * top:
            continue
        reach = work.sites[REACH, s]
        gain = at.multiplicity[s] * value * value * (1.0 / ((2.0 * y + here) / 3.0) - 1.0 / reach)
        if gain > most:
            chosen, place, most = s, here, gain
    return chosen, place


@inner
def across_spoiler(at: Chart, search: Search, work: ProofWork):
    """Fill SPARE with the normal of a cut across the spoiling species; False if there is none."""
    s, place = spoiling_species(at, search, work)
    if s < 0:
        return False, 0.0
    for j in range(at.site.shape[1]):
        work.vectors[SPARE, j] = at.site[s, j]
    return True, place - at.site_origin[s]


@inner
def across_worst(d, count, work: ProofWork):
    """Fill SPARE with the normal of a cut across the direction whose shift costs most."""
    k = worst_direction(count, work)
    low, high = work.matrices[RANGE, 0, k], work.matrices[RANGE, 1, k]
    t = min(max(0.0, low + 0.25 * (high - low)), high - 0.25 * (high - low))
    norm = 0.0
    for j in range(d):
        norm += work.matrices[DIRECTIONS, k, j] ** 2
    norm = norm**0.5
    offset = t / norm
    for j in range(d):
        work.vectors[SPARE, j] = work.matrices[DIRECTIONS, k, j] / norm
        offset += work.vectors[SPARE, j] * work.vectors[X, j]
    return offset


@inner
def across_widest(at: Chart, work: ProofWork):
    """Fill SPARE with the normal of a cut across the species whose values differ most."""
    chosen, middle, widest = 0, 0.0, -1.0
    for s in range(at.multiplicity.size):
        low, high = work.sites[LEAST_Y, s], work.sites[MOST_Y, s]
        if high - low > widest:
            chosen, middle, widest = s, 0.5 * (high + low), high - low
    for j in range(at.site.shape[1]):
        work.vectors[SPARE, j] = at.site[chosen, j]
    return middle - at.site_origin[chosen]


@inner
def divide(at: Chart, cells: Cells, touching, count, search: Search, work: ProofWork):
    """Cut a cell that failed; returns the status of the cut."""
    status = CUT_FLAT
    for way in range(0 if touching else 1, 2):
        if way == 0:
            possible, offset = across_spoiler(at, search, work)
            if not possible:
                continue
        elif count == 0:  # convex, but the reference did not bound_cell
            offset = across_widest(at, work)
        else:
            offset = across_worst(at.site.shape[1], count, work)
        status = cut(cells, at.site.shape[1], at.multiplicity.size, work.vectors[SPARE], offset)
        if status == CUT_DONE:
            break
    return status


@inner
def try_minimum(at: Chart, e: Energy, minima: Stationary, search: Search, work: ProofWork):
    """Descend D from the reference and note where that leads; returns its index."""
    lowest = descend_chart(at, e, search.descent_steps, work)
    return learn(at, minima, lowest, work)


@inner
def note_done(d, species, work: ProofWork, row):
    """Write the reference that proved a cell into the trail."""
    row[0] = TRAIL_DONE
    for j in range(d):
        row[1 + j] = work.vectors[X, j]
    for s in range(species):
        row[1 + d + s] = work.sites[Y, s]


@inner
def note_cut(cells: Cells, cell, d, row):
    """Write the cut that a cell has just got into the trail."""
    row[0] = TRAIL_CUT
    for j in range(d + 1):
        row[1 + j] = cells.cuts[cell, cells.n_cuts[cell] - 1, j]


@kernel
def prove_phase(
    at: Chart, e: Energy, minima: Stationary, search: Search, cells: Cells, work: ProofWork, effort,
    trail,
):  # fmt: skip
    """Decide whether D >= target on the whole polytope.

    Parameters
    ----------
    minima : Stationary
        Stationary points known; those met on the way are added.
    search : Search
        Target and limits.
    cells : Cells
        Room for the stack of cells; what was on it is lost.
    effort : (2,) array of int
        Filled with the cells and the rows of vertices looked at.
    trail : (E, 1 + d + S) array
        Filled, as far as there is room, with what became of each cell looked at: TRAIL_CUT, the
        normal and the offset of the cut; or TRAIL_DONE, x and y of the reference that proved it.

    Returns
    -------
    (int, float)
        Status; the least bound of all cells done (kJ per unit of size), or, where refuted, D at
        the composition X, Y of `work`.
    """
    d, species = at.site.shape[1], at.multiplicity.size
    whole(at, cells)
    lowest, looked, rows, m = np.inf, 0, 0, -1
    status, touching, again = PROVED, False, False
    while cells.number[0] > 0:
        cell = cells.number[0] - 1
        first, last = cells.start[cell], cells.start[cell + 1]
        if not again:
            looked += 1
            rows += last - first
            if looked > search.most_cells or rows > search.most_vertices:
                status = CELL_LIMIT
                break
            if not look_at(at, cells, first, last, work):
                status = FLAT_CELL
                break
            m = lowest_inside(cells, cell, minima, d)
            touching = m >= 0 and minima.value[m] < search.near
        if m >= 0:
            refer_to(minima, m, d, species, work)
        else:
            start_in_middle(at, cells, cell, work)
        attempt = Attempt(touching, 1 if again else search.references, search.target)
        answer, bound, now, count = bound_cell(at, e, cells, cell, attempt, search, work)
        if answer == _CELL_FAILS and not touching and now < search.remote:
            copy(work.vectors[X], work.vectors[KEPT_X])
            copy(work.sites[Y], work.sites[KEPT_Y])
            m = try_minimum(at, e, minima, search, work)
            if minima.value[m] < search.target:
                answer = REFUTED
            elif minima.value[m] < search.near and inside(cells, cell, d, minima.x[m]):
                touching, again = True, True  # the cut belongs to the minimum
                continue
            else:
                copy(work.vectors[KEPT_X], work.vectors[X])
                copy(work.sites[KEPT_Y], work.sites[Y])
        again = False
        if answer == REFUTED:
            lowest = descend_chart(at, e, search.descent_steps, work)
            status = REFUTED
            break
        if answer == PROVED:
            lowest = min(lowest, bound)
            cells.number[0] = cell
            if looked <= trail.shape[0]:
                note_done(d, species, work, trail[looked - 1])
            continue
        if divide(at, cells, touching, count, search, work) != CUT_DONE:
            status = ROOM_LIMIT
            break
        if looked <= trail.shape[0]:
            note_cut(cells, cell, d, trail[looked - 1])
    effort[0] = looked
    effort[1] = rows
    return status, lowest

"""Where a phase cannot have a second composition: a cell around each that is present.

In a `cell` D >= d'H d/2, with one H for each end of V*/V. Where both are positive definite D is above the
plane inside, and on the face a.d = t of the cell t^2/(2 a'H^-1 a) at least. The cell is the box around
an ellipsoid of H at p*. Where they are not, since D is all but flat along one direction, the cell may
still be a `valley`.

A search all over that found no other minimum below D_0 thus says more: outside the cells D is not
below the less of D_0 and what it is on their faces, since what is lower would lie around another
minimum. That holds until driving forces may have fallen so far (`search.fall`). As long as each
composition that is present is in its cell, and alone there, nothing is to be searched.
"""

import math

from ._jit import inner, kernel
from .cell import (
    factor,
    is_of_one_size,
    set_faces,
    set_limits,
    set_reach,
    solve_faces,
    stand_in_cell,
    widen_limits,
)
from .dense import copy
from .descent import softness
from .factors import RT
from .layout import Conditions, Phases
from .mixing import site_fractions
from .newton import State
from .phase_work import SIZE, Y
from .search import CELLS, Known, SearchWork
from .slabs import REACH
from .valley import is_valley

_FIRST_RISE, _LEAST_RISE, _GREATEST_RISE, _LAID_ANEW = 0.015, 1e-4, 10.0, 5
"""kJ/mol, levels of the ellipsoid that a cell is laid around, and how often it is for each."""
_LOW_RISE, _LEAST_OF_VALLEY, _ROOM = 2e-3, 5e-6, 2.5
"""Where a cell reaches no higher a valley may; how high that is at least; its ellipsoid in parts of that."""
_HIGHEST, _LOWERED = 0.125, 5
"""Where a valley is begun, in parts of s^2 RT, and how often it is halved."""
_WORTH_KEEPING, _KEPT_RISE = 0.1, 0.75
"""In parts of their rise where they were laid, that of cells that are kept to elsewhere; of a valley."""


@inner
def least_rise(phases: Phases, conditions: Conditions, k, p, limits, faces, work: SearchWork):
    """What D is within limits, but beyond the faces of a cell in them, at least.

    Where the ellipsoid of the cell reaches farther, work.reach grows to that.

    Returns
    -------
    float
        kJ/mol; -1 where it may be below the plane within the limits.
    """
    pw, species, least = work.phase, phases.n_species[k], 1e9
    y, same = pw.sites[Y], is_of_one_size(phases, k)
    if not stand_in_cell(phases, conditions, k, p, limits, pw):
        return -1.0
    size, number, reach = pw.here[SIZE], species + (0 if same else 1), work.slabs.limits[REACH]
    set_faces(phases, k, y, size, work.slabs.faces)
    for end in range(1 if same else 2):
        if not factor(phases, conditions, k, limits, end, pw):
            return -1.0
        solve_faces(phases.n_endmembers[k], number, work)
        for s in range(number):
            far = min(faces[species + 1] - size, size - faces[species])
            if s < species:
                far = faces[s] - y[s]
            least = min(least, 0.5 * far * far / max(reach[s], 1e-300))
            work.reach[s] = max(work.reach[s], reach[s])
    return least


@inner
def is_inside(phases: Phases, k, p, y, limits):
    """Whether a composition lies in a cell."""
    species, size = phases.n_species[k], 0.0
    for s in range(species):
        if not y[s] <= limits[s]:
            return False
    for i in range(phases.n_endmembers[k]):
        size += phases.size[k, i] * p[i]
    return size >= limits[species] and size <= limits[species + 1]


@inner
def cell_of(phases: Phases, k, p, y, taken, known: Known):
    """Cell of phase k that a composition of site fractions y lies in, of those not taken; or -1."""
    for cell in range(known.cells[k]):
        if taken & (1 << cell) == 0 and is_inside(phases, k, p, y, known.limits[k, cell]):
            return cell
    return -1


@inner
def rise_in_cells(phases: Phases, conditions: Conditions, k, state: State, work: SearchWork):
    """What D is beyond the cells that were laid last at least; -1 where they do not hold.

    They hold where each composition of phase k that is present is in one of its own. What lies near to
    it, but beyond the cell, may have been overlooked: there, too, D must be above the plane.
    """
    known, y, wide, taken, number, rise = work.known, work.phase.sites[Y], work.trial, 0, 0, 1e9
    for j in range(state.number[0]):
        if state.phase[j] != k:
            continue
        p, number = state.proportions[j], number + 1
        site_fractions(phases, k, p, y)
        cell = cell_of(phases, k, p, y, taken, known)
        if cell < 0:
            return -1.0
        taken |= 1 << cell
        size, limits = 0.0, known.limits[k, cell]
        for i in range(phases.n_endmembers[k]):
            size += phases.size[k, i] * p[i]
        widen_limits(phases, k, y, size, limits, wide)
        least = least_rise(phases, conditions, k, p, wide, limits, work)
        if not least > 0.0:
            least = _KEPT_RISE * known.rise[k]
            if not is_valley(phases, conditions, k, p, wide, limits, least, work):
                return -1.0
        rise = min(rise, least)
    return rise if number == known.cells[k] else -1.0


@inner
def lay_cell(phases: Phases, conditions: Conditions, k, p, limits, work: SearchWork):
    """Lay the cell around p that reaches highest; return what D is on its faces, or -1.

    The ellipsoid of H reaches as far as the cell only where H is that of the cell: the cell of a level
    is laid anew until it does.
    """
    y, trial = work.phase.sites[Y], work.trial
    best, level = -1.0, _FIRST_RISE
    while level > _LEAST_RISE and level < _GREATEST_RISE:
        if best < 0.0 and not set_reach(phases, conditions, k, p, work):
            return best
        least = -1.0
        for _ in range(_LAID_ANEW):
            set_limits(phases, k, y, work.reach, level, trial)
            least = least_rise(phases, conditions, k, p, trial, trial, work)
            if least > best:
                best = least
                copy(trial, limits)
            if least < 0.0 or least > 0.99 * level:
                break
        if best < 0.0:
            level *= 0.25
        elif least > 0.0:
            level *= 2.0
        else:
            break
    return best


@inner
def lay_valley(phases: Phases, conditions: Conditions, k, p, least, limits, work: SearchWork):
    """Lay a cell along the soft direction of p; return what D is on its faces, or -1 if not more.

    With D = a x^2/2 + c x^3/6 + q x^4/24 along it, as in `revisit`, a cell is no higher than where a second
    minimum may begin, a few times a^2/(2 q) = s^2 RT/64.
    """
    soft = softness(phases, k, conditions, work.base, p, work.phase)
    level = min(_FIRST_RISE, _HIGHEST * conditions.factors[RT] * soft * soft)
    for _ in range(_LOWERED):
        if not level > max(least, _LEAST_OF_VALLEY):
            break
        if not set_reach(phases, conditions, k, p, work):
            return -1.0
        set_limits(phases, k, work.phase.sites[Y], work.reach, _ROOM * level, work.trial)
        if is_valley(phases, conditions, k, p, work.trial, work.trial, level, work):
            copy(work.trial, limits)
            return level
        level *= 0.5
    return -1.0


@inner
def lay_cells(phases: Phases, conditions: Conditions, k, state: State, work: SearchWork):
    """Lay cells, see `enclose`; return what D is on their faces at least, -1 where there are none."""
    known, rise = work.known, 1e9
    known.cells[k] = 0
    for j in range(state.number[0]):
        if state.phase[j] != k:
            continue
        number = known.cells[k]
        if number == CELLS:
            return -1.0
        p, limits = state.proportions[j], known.limits[k, number]
        best = lay_cell(phases, conditions, k, p, limits, work)
        if best < _LOW_RISE:
            best = max(best, lay_valley(phases, conditions, k, p, best, limits, work))
        if not best > 0.0:
            return -1.0
        rise = min(rise, best)
        known.cells[k] = number + 1
    return rise


@kernel
def enclose(phases: Phases, conditions: Conditions, k, state: State, work: SearchWork):
    """Lay a cell around each composition of phase k that is present; return what D is on their faces.

    Of several cells that of the greatest rise is taken. Those laid before are kept to where they serve
    here, too. Where none can be laid -1 is returned: a composition may be no minimum.
    """
    known = work.known
    known.outside[k] = -math.inf
    if known.cells[k] > 0:
        rise = rise_in_cells(phases, conditions, k, state, work)
        if rise > _WORTH_KEEPING * known.rise[k]:
            return rise
    rise = lay_cells(phases, conditions, k, state, work)
    if not rise > 0.0:
        known.cells[k] = 0
        return -1.0
    known.rise[k] = rise
    return rise


@kernel
def is_convex(phases: Phases, conditions: Conditions, k, p, limits, work: SearchWork):
    """Whether one form below D, at each end of V, is positive definite all over a cell about p."""
    site_fractions(phases, k, p, work.phase.sites[Y])
    if not stand_in_cell(phases, conditions, k, p, limits, work.phase):
        return False
    for end in range(1 if is_of_one_size(phases, k) else 2):
        if not factor(phases, conditions, k, limits, end, work.phase):
            return False
    return True


@inner
def stand_apart(phases: Phases, conditions: Conditions, k, state: State, valleys, work: SearchWork):
    """Whether each composition of phase k that is present is lowest in a cell of its own.

    A cell may be a valley only where that is said.
    """
    known, y, taken = work.known, work.phase.sites[Y], 0
    for j in range(state.number[0]):
        if state.phase[j] != k:
            continue
        p = state.proportions[j]
        site_fractions(phases, k, p, y)
        found = cell_of(phases, k, p, y, taken, known)
        if found < 0:
            return False
        taken |= 1 << found
        limits = known.limits[k, found]
        if not is_convex(phases, conditions, k, p, limits, work) and not (
            valleys and is_valley(phases, conditions, k, p, limits, limits, 0.0, work)
        ):
            return False
    return True


@kernel
def are_alone(phases: Phases, conditions: Conditions, k, state: State, work: SearchWork):
    """Whether each composition of phase k that is present has a cell of its own, and is lowest there."""
    return stand_apart(phases, conditions, k, state, True, work)


@kernel
def are_convex(phases: Phases, conditions: Conditions, k, state: State, work: SearchWork):
    """Whether besides D has no other minimum in these cells, however high."""
    return stand_apart(phases, conditions, k, state, False, work)

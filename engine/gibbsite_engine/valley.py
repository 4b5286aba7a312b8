"""Whether D is above the plane all over a cell in which it is all but flat along one direction.

In such a cell the H of `cell`, with every species at its limit at once, is not positive definite, though
D is: the cell has to be long along the soft direction e, and across it D is low in a narrow valley only.
Let M be H of ideal mixing at p*, e'M e = 1, f = M e and t = f'd: where along the valley d is. In a slab
a <= t <= b of the cell let D < D_0, so that d'H d < 2 D_0. With G = H + f f', g = G^-1 f,
    s = 1/f'g - 1     least curvature, d'H d >= s t^2 at t,
    c.d = t c.g/f'g +- ((2 D_0 - s t^2) (c'G^-1 c - (c.g)^2/f'g))^(1/2)
for each limit c. So where D is low has limits of its own, narrower than those of the cell; H in these
is larger, and the limits are narrower again. A slab is done where nothing is left in it, or where
0 < s and what is left reaches no face; any other is halved.
"""

import math

from ._jit import inner
from ._vectors import add_rows
from .cell import is_of_one_size, set_faces, set_form, solve_faces, stand_in_cell
from .dense import cholesky, copy, solve_lower
from .descent import slope_of_mixing, softness, species_step
from .factors import RT
from .layout import Conditions, Phases
from .phase_work import SIZE, STEP, Y_STEP, Y
from .search import SearchWork
from .slabs import DIRECTION, FORM, NEXT, NOW, REACH, SLOPE, SOLVED

_DONE, _NARROWER, _CUT = range(3)
_SLABS, _NARROWED = 48, 4
"""Slabs of one cell, and how often each is narrowed."""
_WORTH = 0.5
"""A slab is narrowed again where a limit has come nearer than so much of what it was."""
_NEAR = 0.4
"""Where a slab that begins at p is cut: D is flattest beside it."""
_DEFINITE, _CURVED = 1e-9, 1e-6
"""Least pivot in parts of its diagonal; s that is positive beyond doubt."""


@inner
def set_direction(phases: Phases, conditions: Conditions, k, p, work: SearchWork):
    """Fill f of the softest direction at p; False where p is no minimum."""
    pw, along = work.phase, work.slabs.along[DIRECTION]
    if not softness(phases, k, conditions, work.base, p, pw) > 0.0:
        return False
    copy(pw.rows[STEP], along)
    rt, form = conditions.factors[RT], work.slabs.along[FORM]
    scale = slope_of_mixing(phases, k, rt, along, pw, form)
    for i in range(phases.n_endmembers[k]):
        along[i] *= scale
    return True


@inner
def reach_along(phases: Phases, conditions: Conditions, k, limits, work: SearchWork):
    """Put two slabs that hold all of a cell onto the stack: before t = 0 and beyond it."""
    pw, rt, low, high = work.phase, conditions.factors[RT], 0.0, 0.0
    y, flow = pw.sites[Y], pw.sites[Y_STEP]
    species_step(phases, k, work.slabs.along[DIRECTION], flow)
    for s in range(phases.n_species[k]):
        per = rt * phases.multiplicity[k, s] * flow[s] / y[s]
        up, down = per * (limits[s] - y[s]), -per * y[s]
        low, high = low + min(up, down), high + max(up, down)
    ends = work.slabs.ends
    ends[0, 0], ends[0, 1], ends[1, 0], ends[1, 1] = low, 0.0, 0.0, high
    for slab in range(2):
        copy(limits, work.slabs.left[slab])


@inner
def widen_next(phases: Phases, k, first, last, level, work: SearchWork):
    """Widen the limits to be by where D is low in a slab, by the form in work.phase.h; return s.

    Nothing is widened where D is not so low anywhere but at p.
    """
    pw, n, species = work.phase, phases.n_endmembers[k], phases.n_species[k]
    h, form, solved = pw.h, work.slabs.along[FORM], work.slabs.along[SOLVED]
    reach, slope = work.slabs.limits[REACH], work.slabs.limits[SLOPE]
    following, y, size = work.slabs.limits[NEXT], pw.sites[Y], pw.here[SIZE]
    for i in range(n):
        for j in range(i + 1):
            h[i, j] += form[i] * form[j]
    if not cholesky(h, n, _DEFINITE):
        return -math.inf
    copy(form, solved)
    solve_lower(h, n, solved)
    across = 0.0
    for i in range(n):
        across += solved[i] * solved[i]
    soft = 1.0 / across - 1.0
    near, far = min(first * first, last * last), max(first * first, last * last)
    room = 2.0 * level - soft * (near if soft > 0.0 else far)
    if room < 0.0 or (level == 0.0 and soft > _CURVED):
        return soft
    number = species + 1
    solve_faces(n, number, work)
    for s in range(number):
        slope[s] = 0.0
    add_rows(slope, solved, work.slabs.rows, n, slope, number)
    for s in range(number):
        along = slope[s] / across
        wide = math.sqrt(room * max(reach[s] - slope[s] * along, 0.0))
        low, high = min(first * along, last * along) - wide, max(first * along, last * along) + wide
        if s < species:
            following[s] = max(following[s], y[s] + high)
        else:
            following[species] = min(following[species], size + low)
            following[species + 1] = max(following[species + 1], size + high)
    return soft


@inner
def reaches_face(phases: Phases, k, faces, work: SearchWork):
    """Whether what is left of a slab reaches a face of the cell."""
    following, species = work.slabs.limits[NEXT], phases.n_species[k]
    for s in range(species):
        if not following[s] < faces[s]:
            return True
    return not (following[species] > faces[species] and following[species + 1] < faces[species + 1])


@inner
def narrow_to_next(phases: Phases, k, work: SearchWork):
    """Narrow the limits of a slab to the next; whether that leaves nothing, less, or is not worth it."""
    now, following, species = work.slabs.limits[NOW], work.slabs.limits[NEXT], phases.n_species[k]
    y, judged = work.phase.sites[Y], _CUT
    for s in range(species):
        if following[s] - y[s] < _WORTH * (now[s] - y[s]) or now[s] < y[s]:
            judged = _NARROWER
        now[s] = min(now[s], following[s])
        if not now[s] > 0.0:
            return _DONE
    now[species] = max(now[species], following[species])
    now[species + 1] = min(now[species + 1], following[species + 1])
    some = now[species] < now[species + 1] or is_of_one_size(phases, k)
    return judged if some else _DONE


@inner
def judge_slab(
    phases: Phases, conditions: Conditions, k, faces, first, last, level, work: SearchWork
):  # fmt: skip
    """Whether a slab is done, narrower than it was, or to be cut."""
    now, following, species = work.slabs.limits[NOW], work.slabs.limits[NEXT], phases.n_species[k]
    pw, least = work.phase, math.inf
    for s in range(species):
        following[s] = -math.inf
    following[species], following[species + 1] = math.inf, -math.inf
    if not stand_in_cell(phases, conditions, k, work.slabs.at, now, pw):
        return _CUT
    for end in range(1 if is_of_one_size(phases, k) else 2):
        set_form(phases, conditions, k, now, end, pw)
        soft = widen_next(phases, k, first, last, level, work)
        if soft == -math.inf:
            return _CUT
        least = min(least, soft)
    if following[species] == math.inf:  # D is not so low anywhere
        return _DONE
    if least > _CURVED and not reaches_face(phases, k, faces, work):
        return _DONE
    return narrow_to_next(phases, k, work)


@inner
def is_done(
    phases: Phases, conditions: Conditions, k, faces, first, last, level, work: SearchWork
):  # fmt: skip
    """Whether D is not low in a slab but where it may be."""
    for _ in range(_NARROWED):
        judged = judge_slab(phases, conditions, k, faces, first, last, level, work)
        if judged != _NARROWER:
            return judged == _DONE
    return False


@inner
def is_valley(
    phases: Phases, conditions: Conditions, k, p, limits, faces, level, work: SearchWork
):  # fmt: skip
    """Whether D is above the plane within limits but at p, a minimum, and by `level` beyond the faces.

    Parameters
    ----------
    limits, faces : (S + 2) array
        As `cell.set_limits` fills them; the limits hold the faces, which hold p.
    level : float
        kJ/mol; 0 where nothing is asked of the faces.
    """
    slabs, ends, left = work.slabs, work.slabs.ends, 2
    copy(p, slabs.at)
    if not set_direction(phases, conditions, k, p, work):
        return False
    reach_along(phases, conditions, k, limits, work)
    set_faces(phases, k, work.phase.sites[Y], work.phase.here[SIZE], slabs.faces)
    for _ in range(_SLABS):
        if left == 0:
            return True
        left -= 1
        first, last = ends[left, 0], ends[left, 1]
        copy(slabs.left[left], slabs.limits[NOW])
        if is_done(phases, conditions, k, faces, first, last, level, work):
            continue
        if left + 2 > len(ends):
            return False
        middle = 0.5 * (first + last)
        if first == 0.0:
            middle = _NEAR * last
        elif last == 0.0:
            middle = _NEAR * first
        ends[left, 1] = ends[left + 1, 0] = middle
        ends[left + 1, 1] = last
        for _ in range(2):  # what holds of all of it holds of its parts
            copy(slabs.limits[NOW], slabs.left[left])
            left += 1
    return False

"""Where a phase cannot have a second composition: a cell around each that is present.

With d = p - p* of a composition that is present, of which dD = 0, and y = S p of the site fractions,
    D(p) = RT sum m (y ln(y/y*) - y + y*) + w'Q w/(2 V*^2 V),   w = V* d - (v.d) p*
(see `slope`). Let y <= L, and V* (1 +- e) be the ends of V. A species counts with
(y - y*)^2/(2 y~), its value at L setting y~; those with a total Y of m < 0 besides by that of
    sum y ln(y/Y) - ... = Y sum x ln(x/x*) >= sum (y - x* Y)^2/(2 y^),  y^ = (2 x* Y_L + L)/3,  x = y/Y.
So D >= d'H d/2 inside with one H for each end of V*/V, in which it is linear. Where both are
positive definite D is above the plane inside, and on the face a.d = t of the cell t^2/(2 a'H^-1 a) at
least. The cell is the box around an ellipsoid of H at p*.

A search all over that found no other minimum below D_0 thus says more: outside the cells D is not
below the less of D_0 and what it is on their faces, since what is lower would lie around another
minimum. That holds until driving forces may have fallen so far (`search.fall`). As long as each
composition that is present is in its cell, and H positive definite, nothing is to be searched.
"""

import math

import numpy as np

from ._jit import inner, kernel
from .dense import cholesky, copy, solve_lower
from .excess import excess
from .factors import RT
from .layout import Conditions, Phases
from .mixing import site_fractions
from .newton import State
from .phase_work import SIZE, STEP, STIFFNESS, TRIAL, PhaseWork, Y
from .search import CELLS, Known, SearchWork
from .solution import hessian

_FIRST_RISE, _LEAST_RISE, _GREATEST_RISE, _LAID_ANEW = 0.015, 1e-4, 10.0, 5
"""kJ/mol, levels of the ellipsoid that a cell is laid around, and how often it is for each."""
_LEAST_MOVE = 0.02
"""No limit is nearer: what lies nearer to a composition counts as the same, see `same_composition`."""
_WORTH_KEEPING = 0.1
"""In parts of their rise where they were laid, that of cells that are kept to elsewhere."""
_DEFINITE = 1e-9
"""Least pivot in parts of its diagonal."""


@inner
def face_reach(phases: Phases, k, s, here, work: SearchWork):
    """a'H^-1 a of site fraction s, or of V for s = S, `here` at p; from the factor of H."""
    a, n, total = work.phase.rows[STEP], phases.n_endmembers[k], 0.0
    for i in range(n):
        a[i] = (phases.occupancy[k, s, i] if s < phases.n_species[k] else phases.size[k, i]) - here
    solve_lower(work.phase.h, n, a)
    for i in range(n):
        total += a[i] * a[i]
    return total


@inner
def set_reach(phases: Phases, conditions: Conditions, k, p, work: SearchWork):
    """Fill work.reach: a'H^-1 a of each site fraction and of V, with H at p; False where p is no minimum.

    The ellipsoid d'H d = 2 D reaches (2 D a'H^-1 a)^(1/2) in a.d.
    """
    pw, reach = work.phase, work.reach
    y, species = pw.sites[Y], phases.n_species[k]
    site_fractions(phases, k, p, y)
    excess(phases, k, conditions, p, pw)
    for s in range(species):
        pw.sites[STIFFNESS, s] = 1.0
    size = pw.here[SIZE]
    hessian(phases, k, conditions, 1.0, pw, pw.h)
    if not cholesky(pw.h, phases.n_endmembers[k], _DEFINITE):
        return False
    for s in range(species + 1):
        reach[s] = face_reach(phases, k, s, y[s] if s < species else size, work)
    reach[species + 1] = size
    return True


@inner
def least_move_of_size(phases: Phases, k, size):
    """How near a limit of V may be."""
    least, greatest = np.inf, 0.0
    for i in range(phases.n_endmembers[k]):
        least, greatest = min(least, phases.size[k, i]), max(greatest, phases.size[k, i])
    return max(_LEAST_MOVE * (greatest - least), 1e-9 * size)


@inner
def set_limits(phases: Phases, k, y, reach, level, limits):
    """Fill the limits of a cell: of each species, then the least and the greatest V."""
    species = phases.n_species[k]
    for s in range(species):
        limits[s] = y[s] + max(math.sqrt(2.0 * level * reach[s]), _LEAST_MOVE)
    size = reach[species + 1]
    far = max(math.sqrt(2.0 * level * reach[species]), least_move_of_size(phases, k, size))
    far = min(far, 0.5 * size)
    limits[species] = size - far
    limits[species + 1] = size + far


@inner
def widen_limits(phases: Phases, k, y, size, limits, wide):
    """Fill limits as wide as a cell laid around y, V has to be, and as another is."""
    species, far = phases.n_species[k], least_move_of_size(phases, k, size)
    for s in range(species):
        wide[s] = max(limits[s], y[s] + _LEAST_MOVE)
    wide[species] = min(limits[species], size - far)
    wide[species + 1] = max(limits[species + 1], size + far)


@inner
def stand_in_cell(phases: Phases, conditions: Conditions, k, p, limits, pw: PhaseWork):
    """Put phase k at p with what its site species count with in a cell; False where nothing bounds it.

    The site fractions of p must be in pw.sites[Y].
    """
    y = pw.sites[Y]
    excess(phases, k, conditions, p, pw)
    for s in range(phases.n_species[k]):
        m, t = phases.multiplicity[k, s], phases.total[k, s]
        if m < 0.0 and t < 0:
            return False  # nothing is known to bound it
        own = m if t < 0 else max(m + phases.multiplicity[k, t], 0.0)
        change = limits[s] - y[s]
        rise = limits[s] * math.log(limits[s] / y[s]) - change
        pw.sites[STIFFNESS, s] = own / m * 2.0 * y[s] * rise / (change * change)
    return True


@inner
def factor(phases: Phases, conditions: Conditions, k, limits, end, pw: PhaseWork):
    """Factor H of a cell at one end of V; False where it is not positive definite.

    The phase must stand in the cell, by `stand_in_cell`.
    """
    rt, n, species = conditions.factors[RT], phases.n_endmembers[k], phases.n_species[k]
    y, a, h = pw.sites[Y], pw.rows[TRIAL], pw.h
    hessian(phases, k, conditions, pw.here[SIZE] / limits[species + end], pw, h)
    for s in range(species):
        t = phases.total[k, s]
        if t < 0 or t == s:
            continue
        x = y[s] / y[t]
        weight = -3.0 * rt * phases.multiplicity[k, t] / (2.0 * x * limits[t] + limits[s])
        for i in range(n):
            a[i] = phases.occupancy[k, s, i] - x * phases.occupancy[k, t, i]
        for i in range(n):
            for j in range(i + 1):
                h[i, j] += weight * a[i] * a[j]
    return cholesky(h, n, _DEFINITE)


@inner
def is_of_one_size(phases: Phases, k):
    """Whether V is the same everywhere: the symmetric formalism."""
    for i in range(1, phases.n_endmembers[k]):
        if phases.size[k, i] != phases.size[k, 0]:
            return False
    return True


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
    size = pw.here[SIZE]
    for end in range(1 if same else 2):
        if not factor(phases, conditions, k, limits, end, pw):
            return -1.0
        for s in range(species + (0 if same else 1)):
            here, far = size, min(faces[species + 1] - size, size - faces[species])
            if s < species:
                here, far = y[s], faces[s] - y[s]
            reach = face_reach(phases, k, s, here, work)
            least = min(least, 0.5 * far * far / max(reach, 1e-300))
            work.reach[s] = max(work.reach[s], reach)
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
        rise = min(rise, least_rise(phases, conditions, k, p, wide, limits, work))
        if not rise > 0.0:
            return -1.0
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
    known.outside[k] = -np.inf
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
def are_alone(phases: Phases, conditions: Conditions, k, state: State, work: SearchWork):
    """Whether each composition of phase k that is present has a cell of its own, and is lowest there."""
    known, pw, taken = work.known, work.phase, 0
    y = pw.sites[Y]
    ends = 1 if is_of_one_size(phases, k) else 2
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
        if not stand_in_cell(phases, conditions, k, p, limits, pw):
            return False
        for end in range(ends):
            if not factor(phases, conditions, k, limits, end, pw):
                return False
    return True

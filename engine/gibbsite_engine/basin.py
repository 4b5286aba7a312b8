"""Where a phase cannot have a second composition: a cell around each that is present.

With d = p - p* of a composition that is present, of which dD = 0, and y = S p of the site fractions,
    D(p) = RT sum m (y ln(y/y*) - y + y*) + int (1 - f) w'Q w/V^3 df,   w = V* d - (v.d) p*
(as in `search.falls_to_known`). Let y <= L, and V* (1 +- e) be the ends of V. A species counts with
(y - y*)^2/(2 y~), its value at L setting y~; those with a total Y of m < 0 besides by that of
    sum y ln(y/Y) - ... = Y sum x ln(x/x*) >= sum (y - x* Y)^2/(2 y^),  y^ = (2 x* Y_L + L)/3,  x = y/Y.
So D >= d'H d/2 inside with one H for each end of (V*/V)^3, in which it is linear. Where both are
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
from .dense import cholesky, solve_lower
from .excess import excess
from .layout import Conditions, Phases
from .mixing import site_fractions
from .newton import State
from .phase_work import SIZE, STEP, STIFFNESS, TRIAL, PhaseWork, Y
from .search import CELLS, SearchWork
from .solution import hessian

_RISES = (4.0, 2.0, 1.0, 0.5, 0.25, 0.12, 0.06, 0.03, 0.015)
"""kJ/mol, to be tried: the level of the ellipsoid that a cell is laid around."""
_LEAST_MOVE = 0.02
"""No limit is nearer: what lies nearer to a composition counts as the same, see `same_composition`."""
_DEFINITE, _SAFELY = 1e-9, 0.05
"""Least pivot in parts of its diagonal, of a cell and of one just laid, which is to last."""


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
def set_limits(phases: Phases, k, y, reach, level, limits):
    """Fill the limits of a cell: of each species, then the least and the greatest V."""
    species = phases.n_species[k]
    for s in range(species):
        limits[s] = y[s] + max(math.sqrt(2.0 * level * reach[s]), _LEAST_MOVE)
    size, least, greatest = reach[species + 1], np.inf, 0.0
    for i in range(phases.n_endmembers[k]):
        least, greatest = min(least, phases.size[k, i]), max(greatest, phases.size[k, i])
    far = max(
        math.sqrt(2.0 * level * reach[species]), _LEAST_MOVE * (greatest - least), 1e-9 * size
    )
    far = min(far, 0.5 * size)
    limits[species] = size - far
    limits[species + 1] = size + far


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
def factor(phases: Phases, conditions: Conditions, k, limits, end, definite, pw: PhaseWork):
    """Factor H of a cell at one end of V; False where it is not positive definite.

    The phase must stand in the cell, by `stand_in_cell`.
    """
    rt, n, species = conditions.state[0], phases.n_endmembers[k], phases.n_species[k]
    y, a, h = pw.sites[Y], pw.rows[TRIAL], pw.h
    hessian(phases, k, conditions, (pw.here[SIZE] / limits[species + end]) ** 3, pw, h)
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
    return cholesky(h, n, definite)


@inner
def is_of_one_size(phases: Phases, k):
    """Whether V is the same everywhere: the symmetric formalism."""
    for i in range(1, phases.n_endmembers[k]):
        if phases.size[k, i] != phases.size[k, 0]:
            return False
    return True


@inner
def least_rise(phases: Phases, conditions: Conditions, k, p, limits, work: SearchWork):
    """What D is on the faces of a cell at least, or -1 where it may be below the plane inside."""
    pw, species, least = work.phase, phases.n_species[k], 1e9
    y, size = pw.sites[Y], 0.5 * (limits[species] + limits[species + 1])
    same = is_of_one_size(phases, k)
    if not stand_in_cell(phases, conditions, k, p, limits, pw):
        return -1.0
    for end in range(1 if same else 2):
        if not factor(phases, conditions, k, limits, end, _SAFELY, pw):
            return -1.0
        for s in range(species + (0 if same else 1)):
            here = y[s] if s < species else size
            far = limits[s] - here
            least = min(least, 0.5 * far * far / max(face_reach(phases, k, s, here, work), 1e-300))
    return least


@kernel
def enclose(phases: Phases, conditions: Conditions, k, state: State, lowest, work: SearchWork):
    """Lay a cell around each composition of phase k that is present, after a search all over.

    `lowest` is what no other minimum lies below. Of several cells that of the greatest rise is taken.
    """
    known, pw = work.known, work.phase
    known.cells[k] = 0
    known.outside[k] = -np.inf
    outside = lowest
    for j in range(state.number[0]):
        if state.phase[j] != k:
            continue
        number = known.cells[k]
        if number == CELLS:
            return
        p, limits = state.proportions[j], known.limits[k, number]
        if not set_reach(phases, conditions, k, p, work):
            return
        best, chosen = 0.0, 0.0
        for level in _RISES:
            set_limits(phases, k, pw.sites[Y], work.reach, level, limits)
            least = least_rise(phases, conditions, k, p, limits, work)
            if least > best:
                best, chosen = least, level
            elif best > 0.0:
                break
        if not best > 0.0:
            return
        set_limits(phases, k, pw.sites[Y], work.reach, chosen, limits)
        outside = min(outside, best)
        known.cells[k] = number + 1
    known.outside[k] = outside


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


@kernel
def are_alone(phases: Phases, conditions: Conditions, k, state: State, work: SearchWork):
    """Whether each composition of phase k that is present has a cell of its own, and is lowest there."""
    known, pw, taken = work.known, work.phase, 0
    y = pw.sites[Y]
    ends = 1 if is_of_one_size(phases, k) else 2
    for j in range(state.number[0]):
        if state.phase[j] != k:
            continue
        p, found = state.proportions[j], -1
        site_fractions(phases, k, p, y)
        for cell in range(known.cells[k]):
            if taken & (1 << cell) == 0 and is_inside(phases, k, p, y, known.limits[k, cell]):
                found = cell
                break
        if found < 0:
            return False
        taken |= 1 << found
        limits = known.limits[k, found]
        if not stand_in_cell(phases, conditions, k, p, limits, pw):
            return False
        for end in range(ends):
            if not factor(phases, conditions, k, limits, end, _DEFINITE, pw):
                return False
    return True

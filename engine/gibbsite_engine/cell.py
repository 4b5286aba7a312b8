"""A cell around a composition of a phase: a box of site fractions and V, with a form that D lies above.

With d = p - p* of a composition p* that is present, of which dD = 0, and y = S p of the site fractions,
    D(p) = RT sum m (y ln(y/y*) - y + y*) + w'Q w/(2 V*^2 V),   w = V* d - (v.d) p*
(see `slope`). Let y <= L, and V* (1 +- e) be the ends of V. A species counts with
(y - y*)^2/(2 y~), its value at L setting y~; those with a total Y of m < 0 besides by that of
    sum y ln(y/Y) - ... = Y sum x ln(x/x*) >= sum (y - x* Y)^2/(2 y^),  y^ = (2 x* Y_L + L)/3,  x = y/Y.
So D >= d'H d/2 inside with one H for each end of V*/V, in which it is linear.
"""

import math

import numpy as np

from ._jit import inner
from .dense import cholesky, solve_lower_rows
from .excess import excess, set_excess_curvature
from .factors import RT
from .layout import Conditions, Phases
from .mixing import add_mixing_curvature, site_fractions
from .phase_work import SIZE, STIFFNESS, TRIAL, PhaseWork, Y
from .search import SearchWork
from .slabs import REACH
from .solution import hessian

_LEAST_MOVE = 0.02
"""No limit is nearer: what lies nearer to a composition counts as the same, see `same_composition`."""
_DEFINITE = 1e-9
"""Least pivot in parts of its diagonal."""


@inner
def set_faces(phases: Phases, k, y, size, faces):
    """Fill a of each face of a cell around p, that a.d is how far d reaches: of each species, then of V."""
    species = phases.n_species[k]
    for i in range(phases.n_endmembers[k]):
        for s in range(species):
            faces[i, s] = phases.occupancy[k, s, i] - y[s]
        faces[i, species] = phases.size[k, i] - size


@inner
def solve_faces(n, number, work: SearchWork):
    """Fill L^-1 a (rows) and a'H^-1 a (REACH) of the first faces in work.slabs, from the factor of H."""
    faces, rows, reach = work.slabs.faces, work.slabs.rows, work.slabs.limits[REACH]
    for i in range(n):
        for s in range(number):
            rows[i, s] = faces[i, s]
    solve_lower_rows(work.phase.h, n, rows, number)
    for s in range(number):
        reach[s] = 0.0
    for i in range(n):
        for s in range(number):
            reach[s] += rows[i, s] * rows[i, s]


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
    set_faces(phases, k, y, size, work.slabs.faces)
    solve_faces(phases.n_endmembers[k], species + 1, work)
    for s in range(species + 1):
        reach[s] = work.slabs.limits[REACH, s]
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
def per_square(x):
    """2 ((1 + x) ln(1 + x) - x)/x^2, x > -1: what a species counts with where y = (1 + x) y*."""
    if abs(x) < 1e-3:
        return 1.0 - x / 3.0 + x * x / 6.0 - x * x * x / 10.0
    return 2.0 * ((1.0 + x) * math.log(1.0 + x) - x) / (x * x)


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
        pw.sites[STIFFNESS, s] = own / m * per_square(limits[s] / y[s] - 1.0)
    set_mixing(phases, conditions, k, limits, pw)
    return True


@inner
def set_mixing(phases: Phases, conditions: Conditions, k, limits, pw: PhaseWork):
    """Fill what mixing adds to H, the same at both ends of V."""
    rt, n, y = conditions.factors[RT], phases.n_endmembers[k], pw.sites[Y]
    a, h = pw.rows[TRIAL], pw.mixing
    for i in range(n):
        for j in range(i + 1):
            h[i, j] = 0.0
    add_mixing_curvature(phases, k, rt, y, pw.sites[STIFFNESS], h)
    for s in range(phases.n_species[k]):
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


@inner
def set_form(phases: Phases, conditions: Conditions, k, limits, end, pw: PhaseWork):
    """Fill H of a cell at one end of V; the phase must stand in the cell, by `stand_in_cell`."""
    weight, h = pw.here[SIZE] / limits[phases.n_species[k] + end], pw.h
    set_excess_curvature(phases, k, conditions, weight, pw, h)
    for i in range(phases.n_endmembers[k]):
        for j in range(i + 1):
            h[i, j] += pw.mixing[i, j]


@inner
def factor(phases: Phases, conditions: Conditions, k, limits, end, pw: PhaseWork):
    """Factor H of a cell at one end of V; False where it is not positive definite."""
    set_form(phases, conditions, k, limits, end, pw)
    return cholesky(pw.h, phases.n_endmembers[k], _DEFINITE)


@inner
def is_of_one_size(phases: Phases, k):
    """Whether V is the same everywhere: the symmetric formalism."""
    for i in range(1, phases.n_endmembers[k]):
        if phases.size[k, i] != phases.size[k, 0]:
            return False
    return True

"""Cholesky factor of a phase's Hessian where site species are all but exhausted.

The curvature RT m/y of such a species stands in every pair of the end-members that share it, and
drowns all else in rounding. With F the reduced echelon form of the rows of S of these species, the
coordinates q = T p,
    q_i = p_i + sum F_ij p_j  for the pivots i of F,      q_j = p_j  for the others,
have it in the pivots alone: y_s = sum S_si q_i over these. T is upper triangular, so where L' is the
factor of T^-t H T^-1, that of H is T^t L', with all its digits.
"""

from ._jit import inner, kernel
from .dense import cholesky
from .factors import RT
from .layout import Conditions, Phases
from .phase_work import STIFFNESS, TRIAL, PhaseWork, Y
from .solution import hessian

# Below this the rounding of RT/y is more than some ten-thousandths of RT.
DROWNS = 1e-12
# Below this it is more than some ten-millionths of RT in a sum of end-members.
_SCARCE = 1e-9
# Occupancies are small fractions: less is zero, rounded.
_ZERO = 1e-9


@inner
def drowns(phases: Phases, k, s, y):
    """Whether the curvature of a species drowns that of others."""
    return y[s] < DROWNS and phases.multiplicity[k, s] != 0.0


@inner
def shares_exhausted(phases: Phases, k, pw: PhaseWork):
    """Whether a species that several end-members carry is all but exhausted where phase k stands."""
    for s in range(phases.n_species[k]):
        if phases.occupied_count[k, s] > 1 and drowns(phases, k, s, pw.sites[Y]):
            return True
    return False


@inner
def has_scarce(phases: Phases, k, pw: PhaseWork):
    """Whether a species is scarce where phase k stands, exhausted or not, shared or not."""
    for s in range(phases.n_species[k]):
        if pw.sites[Y][s] < _SCARCE and phases.multiplicity[k, s] != 0.0:
            return True
    return False


@inner
def add_row(n, row, faces):
    """Add a row to the echelon form: row i of `faces` has its pivot, 1, at i, or is zero."""
    for i in range(n):
        factor = row[i]
        if faces[i, i] != 0.0 and factor != 0.0:
            for j in range(i, n):
                row[j] -= factor * faces[i, j]
    pivot = 0
    while pivot < n and abs(row[pivot]) < _ZERO:
        pivot += 1
    if pivot == n:  # a sum of those there
        return
    for j in range(pivot, n):
        faces[pivot, j] = row[j] / row[pivot]
    for i in range(pivot):
        factor = faces[i, pivot]
        if factor != 0.0:
            for j in range(pivot, n):
                faces[i, j] -= factor * faces[pivot, j]


@inner
def set_faces(phases: Phases, k, row, y, faces):
    """Fill the echelon form of the rows of S of the exhausted species."""
    n = phases.n_endmembers[k]
    for i in range(n):
        for j in range(n):
            faces[i, j] = 0.0
    for s in range(phases.n_species[k]):
        if drowns(phases, k, s, y):
            for j in range(n):
                row[j] = phases.occupancy[k, s, j]
            add_row(n, row, faces)


@inner
def change_coordinates(n, faces, h):
    """Make T^-t H T^-1 of H, lower triangles: d/dq_j = d/dp_j - sum F_ij d/dp_i."""
    for j in range(n):
        if faces[j, j] != 0.0:
            continue
        for i in range(j):
            f = faces[i, j]
            if f == 0.0:
                continue
            h[j, j] -= f * (2.0 * h[j, i] - f * h[i, i])
            for c in range(n):
                value = f * (h[i, c] if c <= i else h[c, i])
                if c < j:
                    h[j, c] -= value
                elif c > j:
                    h[c, j] -= value


@inner
def add_curvature(phases: Phases, k, rt, stiffness, y, faces, h):
    """Add the curvature of the exhausted species, in the coordinates in which it is a sum of few."""
    n = phases.n_endmembers[k]
    for s in range(phases.n_species[k]):
        if not drowns(phases, k, s, y):
            continue
        scale = rt * stiffness[s] * phases.multiplicity[k, s] / y[s]
        for i in range(n):
            factor = scale * phases.occupancy[k, s, i]
            if faces[i, i] == 0.0 or factor == 0.0:
                continue
            for j in range(i + 1):
                if faces[j, j] != 0.0:
                    h[i, j] += factor * phases.occupancy[k, s, j]


@inner
def change_back(n, faces, h):
    """Make T^t L' of L', from the last row up, for the rows above are those of L' still."""
    for j in range(n - 1, -1, -1):
        for i in range(j):
            f = faces[i, j]
            if f != 0.0:
                for c in range(i + 1):
                    h[j, c] += f * h[i, c]


@kernel
def factor_on_faces(
    phases: Phases, k, conditions: Conditions, weight, stiffness, pw: PhaseWork, factor
):
    """Factor the Hessian where phase k stands with species that are exhausted; False as `cholesky`.

    Parameters
    ----------
    weight
        Of the excess part.
    stiffness : (S) array
        Of the species' curvature.
    factor : (I, I) array
        Its lower triangle gets the factor. `pw.h` is used.
    """
    n, y, faces = phases.n_endmembers[k], pw.sites[Y], pw.h
    set_faces(phases, k, pw.rows[TRIAL], y, faces)
    for s in range(phases.n_species[k]):
        pw.sites[STIFFNESS, s] = 0.0 if drowns(phases, k, s, y) else stiffness[s]
    hessian(phases, k, conditions, weight, pw, factor)
    change_coordinates(n, faces, factor)
    add_curvature(phases, k, conditions.factors[RT], stiffness, y, faces, factor)
    if not cholesky(factor, n, 1e-14):
        return False
    change_back(n, faces, factor)
    return True

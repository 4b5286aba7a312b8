"""Where the amount of a phase is zero: Newton's method with the place in a diagram unknown, too.

A diagram is a plane: P, T and bulk composition b are linear in two coordinates s, and so is what given
potentials take from the standard energies. To the unknowns of
`newton` (amounts a_k, compositions p_k, potentials Gamma) come the two of s, to its conditions one
for each phase whose amount is to be zero, and as many on s itself as make the system square:
    [ sum a X'X   B     -sum a X'w - b' ] [ dGamma ]   [ b - sum a B + sum a X'z ]
    [ B'          0     -p.m            ] [ da     ] = [ D                       ]
    [ 0           e_j    0              ] [ ds     ]   [ -a_j of a phase held at zero ]
    [ 0           0      n'             ]              [ goal - n.s ]
with m = dmu/ds at constant composition, w = L^-1 m, b' = db/ds; the rest is as in `newton`. One phase
at zero: a boundary. Two: a point where boundaries meet. None: an assemblage at a given place.
The method is pseudo-arclength continuation: Keller (1977), in Rabinowitz, Applications of
Bifurcation Theory, 359-384.
"""

from typing import NamedTuple

import numpy as np

from ._jit import inner, kernel
from .dense import solve_lower, solve_square, solve_upper
from .descent import lift_exhausted
from .equilibrium import Workspace, new_workspace
from .factors import BY_P, BY_T, plain
from .layout import Conditions, Floats, Ints, Options, Phases, System, n_slots
from .newton import (
    COMPOSITION,
    D_AMOUNT,
    D_GAMMA,
    P_STEP,
    RIGHT,
    SITE_FRACTION,
    SITE_STIFFNESS,
    D,
    State,
    Z,
    composition_steps,
    eliminate,
    evaluate,
)
from .solution import potential_slopes
from .standard import forget_conditions, set_conditions

# What is asked of a phase: to be stable in an unknown amount; to be stable in the amount zero; to
# have the amount zero and whatever driving force.
FREE, ZERO, LOOSE = 0, 1, 2


class Plane(NamedTuple):
    """P (kbar), T (K) and bulk composition as linear functions of s; columns P, T, b."""

    origin: Floats
    """(2 + C)"""
    along: Floats
    """(2, 2 + C)"""
    energy: Floats
    """(2, K, I, 3) a, b, c of what standard energies rise by with s at constant P and T, a + b T + c P
    in kJ/mol, where potentials are given along an axis; K = 0 where none are."""


class Spot(NamedTuple):
    """A place and an assemblage there: all unknowns, and what is asked of each instance."""

    state: State
    modes: Ints
    """(n) FREE, ZERO or LOOSE for each instance; at most two are ZERO."""
    place: Floats
    """(2) s"""


class BoundaryWork(NamedTuple):
    """Scratch, n = C + 2 instances, N = C + n + 2 unknowns."""

    point: Workspace
    """That of a single point; its conditions are those of the place."""
    bulk: Floats
    """(C)"""
    slopes: Floats
    """(n, 2, I) L^-1 dmu/ds."""
    forces: Floats
    """(n, 2) p . dmu/ds."""
    by_conditions: Floats
    """(I, 2) dmu/dT and dmu/dP of one phase."""
    matrix: Floats
    """(N, N)"""
    right: Floats
    """(N)"""
    tangent: Floats
    """(N) dGamma, da (or dD of a loose phase) and ds along a boundary."""
    p_tangent: Floats
    """(n, I) dp along a boundary."""


def new_boundary_work(system: System) -> BoundaryWork:
    """Scratch for the largest assemblage of the system."""
    _, i, c = system.phases.composition.shape
    n = n_slots(c)
    size = c + n + 2
    return BoundaryWork(
        new_workspace(system),
        np.zeros(c),
        np.zeros((n, 2, i)),
        np.zeros((n, 2)),
        np.zeros((i, 2)),
        np.zeros((size, size)),
        np.zeros(size),
        np.zeros(size),
        np.zeros((n, i)),
    )


@inner
def raise_energies(plane: Plane, place, out: Conditions):
    """Add to the standard energies what they differ by from those where s is zero."""
    for d in range(2):
        for k in range(plane.energy.shape[1]):
            for i in range(plane.energy.shape[2]):
                energy = plane.energy[d, k, i]
                out.g0[k, i] += place[d] * plain(energy, out.factors)
                out.slopes[BY_T, k, i] -= place[d] * plain(energy, out.factor_slopes[BY_T])
                out.slopes[BY_P, k, i] += place[d] * plain(energy, out.factor_slopes[BY_P])


@inner
def energy_slope(plane: Plane, d, k, i, conditions: Conditions):
    """Change of a standard energy with a coordinate at constant P and T."""
    if plane.energy.shape[1] == 0:
        return 0.0
    return plain(plane.energy[d, k, i], conditions.factors)


@kernel
def set_place(system: System, plane: Plane, place, work: BoundaryWork):
    """Set conditions and bulk composition of a place."""
    bulk = work.bulk
    p = plane.origin[0] + place[0] * plane.along[0, 0] + place[1] * plane.along[1, 0]
    t = plane.origin[1] + place[0] * plane.along[0, 1] + place[1] * plane.along[1, 1]
    if plane.energy.shape[1] > 0:
        forget_conditions(work.point.conditions)  # at the same P and T they may be others
    set_conditions(system, p, t, work.point.conditions)
    raise_energies(plane, place, work.point.conditions)
    for c in range(bulk.size):
        bulk[c] = (
            plane.origin[2 + c]
            + place[0] * plane.along[0, 2 + c]
            + place[1] * plane.along[1, 2 + c]
        )


@kernel
def fill_slopes(phases: Phases, plane: Plane, state: State, work: BoundaryWork):
    """Change of the potentials of all end-members with s at constant composition.

    The factors of the phases must be those of the state.
    """
    conditions, newton = work.point.conditions, work.point.newton
    slope, reference = work.by_conditions, (conditions.slopes[BY_T], conditions.slopes[BY_P])
    for j in range(state.number[0]):
        k, p = state.phase[j], state.proportions[j]
        n, y = phases.n_endmembers[k], newton.sites[j, SITE_FRACTION]
        potential_slopes(phases, k, conditions, reference, p, y, work.point.phase, slope)
        for d in range(2):
            work.forces[j, d] = 0.0
            for i in range(n):
                change = plane.along[d, 0] * slope[i, BY_P] + plane.along[d, 1] * slope[i, BY_T]
                change += energy_slope(plane, d, k, i, conditions)
                work.slopes[j, d, i] = change
                work.forces[j, d] += p[i] * change
            solve_lower(newton.factor[j], n, work.slopes[j, d])


@kernel
def fill_matrix(phases: Phases, plane: Plane, spot: Spot, work: BoundaryWork):
    """Fill the matrix but for the conditions on s, and the right-hand side.

    Returns
    -------
    int
        Rows filled.
    """
    state, modes, newton = spot.state, spot.modes, work.point.newton
    nc, m = state.gamma.size, state.number[0]
    n = nc + m + 2
    a, right = work.matrix, work.right
    for i in range(n):
        right[i] = 0.0
        for j in range(n):
            a[i, j] = 0.0
    for c in range(nc):
        right[c] = newton.potentials[RIGHT, c]
        for e in range(c + 1):
            a[c, e] = newton.matrix[c, e]
            a[e, c] = newton.matrix[c, e]
        for d in range(2):
            a[c, nc + m + d] = -plane.along[d, 2 + c]
    row = nc + m
    for j in range(m):
        k, amount = state.phase[j], state.amount[j]
        right[nc + j] = newton.amounts[D, j]
        for c in range(nc):
            content = newton.oxides[j, COMPOSITION, c]
            a[nc + j, c] = content
            if modes[j] != LOOSE:
                a[c, nc + j] = content
            if amount != 0.0:
                for d in range(2):
                    total = 0.0
                    for i in range(phases.n_endmembers[k]):
                        total += newton.x[j, i, c] * work.slopes[j, d, i]
                    a[c, nc + m + d] -= amount * total
        for d in range(2):
            a[nc + j, nc + m + d] = -work.forces[j, d]
        if modes[j] == LOOSE:
            a[nc + j, nc + j] = 1.0
        elif modes[j] == ZERO:
            a[row, nc + j] = 1.0
            right[row] = -amount
            row += 1
    return row


@kernel
def linearise(phases: Phases, plane: Plane, spot: Spot, work: BoundaryWork):
    """Factor the phases and fill the matrix; the workspace must hold the residuals of the state.

    Returns
    -------
    (int, bool)
        Rows filled; whether every phase is stable.
    """
    w = work.point
    stable = eliminate(phases, w.conditions, spot.state, w.newton, w.phase)
    fill_slopes(phases, plane, spot.state, work)
    return fill_matrix(phases, plane, spot, work), stable


@kernel
def boundary_step(phases: Phases, plane: Plane, spot: Spot, normal, goal, work: BoundaryWork):
    """Fill the Newton step of all unknowns.

    Returns
    -------
    (bool, bool, float, bool)
        Whether the system is regular, every phase stable; the longest step that keeps site
        fractions positive; whether the step would exhaust a species.
    """
    state, place, newton = spot.state, spot.place, work.point.newton
    nc, m = state.gamma.size, state.number[0]
    row, stable = linearise(phases, plane, spot, work)
    first = nc + m
    if row == first:  # no phase at zero: the place is given
        work.matrix[row, first] = 1.0
        work.matrix[row + 1, first + 1] = 1.0
    elif row == first + 1:
        for d in range(2):
            work.matrix[row, first + d] = normal[d]
        work.right[row] = goal - normal[0] * place[0] - normal[1] * place[1]
    if not solve_square(work.matrix, work.right, first + 2):
        return False, stable, 0.0, False
    for c in range(nc):
        newton.potentials[D_GAMMA, c] = work.right[c]
    for j in range(m):
        newton.amounts[D_AMOUNT, j] = work.right[nc + j]
        for i in range(phases.n_endmembers[state.phase[j]]):
            for d in range(2):
                newton.rows[j, Z, i] += work.slopes[j, d, i] * work.right[first + d]
    length, stiffened = composition_steps(phases, state, newton, work.point.phase)
    return True, stable, length, stiffened


@kernel
def move(phases: Phases, spot: Spot, work: BoundaryWork, length):
    """Take a step of the given length; amounts may become negative."""
    state, newton = spot.state, work.point.newton
    nc, m = state.gamma.size, state.number[0]
    for c in range(nc):
        state.gamma[c] += length * newton.potentials[D_GAMMA, c]
    for j in range(m):
        state.amount[j] += length * newton.amounts[D_AMOUNT, j]
        n = phases.n_endmembers[state.phase[j]]
        total = 0.0
        for i in range(n):
            state.proportions[j, i] += length * newton.rows[j, P_STEP, i]
            total += state.proportions[j, i]
        for i in range(n):
            state.proportions[j, i] /= total
        lift_exhausted(phases, state.phase[j], state.proportions[j])
    for d in range(2):
        spot.place[d] += length * work.right[nc + m + d]


@kernel
def correct(
    system: System, options: Options, plane: Plane, spot: Spot, normal, goal, reach,
    work: BoundaryWork,
):  # fmt: skip
    """Solve all conditions from a spot, which is changed.

    Parameters
    ----------
    spot : Spot
        None of its modes is LOOSE.
    normal, goal : (2,) array, float
        Where one phase is ZERO: normal . s = goal.
    reach : float
        The place may not move further than this.

    Returns
    -------
    bool
        Whether Newton's method converged to an assemblage of stable phases.
    """
    phases, state, modes, place, w = system.phases, spot.state, spot.modes, spot.place, work.point
    start0, start1 = place[0], place[1]
    zeros, stable = 0, True
    for j in range(state.number[0]):
        if modes[j] == ZERO:
            state.amount[j] = 0.0
            zeros += 1
    for iteration in range(options.newton_steps):
        set_place(system, plane, place, work)
        evaluate(phases, w.conditions, work.bulk, state, w.newton, w.phase)
        if not state.residuals[0] < 1e12:
            return False
        off = 0.0
        if zeros == 1:
            off = abs(goal - normal[0] * place[0] - normal[1] * place[1])
        if (
            iteration > 0
            and state.residuals[0] < 0.1 * options.potential_tolerance
            and state.residuals[1] < 0.1 * options.energy_tolerance
            and state.residuals[2] < 1e-2 * options.mass_tolerance
            and off < 1e-6
        ):
            return stable
        w.newton.sites[:, SITE_STIFFNESS] = 1.0
        regular, stable, length, stiffened = boundary_step(phases, plane, spot, normal, goal, work)
        if regular and stiffened:
            regular, stable, length, _ = boundary_step(phases, plane, spot, normal, goal, work)
        if not regular:
            return False
        move(phases, spot, work, length)
        if not (abs(place[0] - start0) <= reach and abs(place[1] - start1) <= reach):
            return False
    return False


@kernel
def differentiate(system: System, plane: Plane, spot: Spot, index, normal, work: BoundaryWork):
    """Fill the tangent of the solutions at a spot, which must be one.

    Parameters
    ----------
    index : int
        Scale: the amount (or driving force, if LOOSE) of this instance changes by 1; -1: n . s
        does. With no instance ZERO and an index, n . s is constant.

    Returns
    -------
    bool
        Whether there is one.
    """
    phases, state, newton = system.phases, spot.state, work.point.newton
    nc, m = state.gamma.size, state.number[0]
    set_place(system, plane, spot.place, work)
    evaluate(phases, work.point.conditions, work.bulk, state, newton, work.point.phase)
    newton.sites[:, SITE_STIFFNESS] = 1.0
    row, _ = linearise(phases, plane, spot, work)
    first = nc + m
    for i in range(row):
        work.right[i] = 0.0
    if index >= 0:
        work.matrix[row, nc + index] = 1.0
        work.right[row] = 1.0
        row += 1
    if row < first + 2:
        for d in range(2):
            work.matrix[row, first + d] = normal[d]
        work.right[row] = 1.0 if index < 0 else 0.0
    if not solve_square(work.matrix, work.right, first + 2):
        return False
    for i in range(first + 2):
        work.tangent[i] = work.right[i]
    for j in range(m):
        n, step = phases.n_endmembers[state.phase[j]], work.p_tangent[j]
        for i in range(n):
            total = 0.0
            for c in range(nc):
                total += newton.x[j, i, c] * work.tangent[c]
            for d in range(2):
                total -= work.slopes[j, d, i] * work.tangent[first + d]
            step[i] = total
        solve_upper(newton.factor[j], n, step)
        if n == 1:
            step[0] = 0.0
    return True

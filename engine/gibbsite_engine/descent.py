"""The lowest driving force of one phase at given chemical potentials, from a given composition.

Newton's method on D(p) = p.(mu - C'Gamma) in the plane sum p = 1. Where the Hessian is indefinite
its excess part is scaled down until it is not (the ideal part is convex in every model). Steps
keep every site fraction positive and lower D (Armijo).
"""

import numpy as np

from ._jit import inner, kernel
from ._vectors import subtract_rows
from .dense import cholesky, solve_lower, solve_upper
from .factors import RT
from .layout import Conditions, Phases
from .mixing import site_fraction
from .phase_work import ENERGY, MU, ONES, STEP, STIFFNESS, TRIAL, Y_STEP, PhaseWork, Y
from .solution import hessian, potentials

# A descent may gain this many times what the first step is predicted to (half of it, where D is
# quadratic).
GAIN = 4.0
_SHORT = 0.15
"""A step that is cut no shorter costs less than to factor once more with species stiffened."""
_LAST = -1e-8
"""kJ/mol, slope of a step after which none is needed."""


@kernel
def set_base(phases: Phases, k, conditions: Conditions, gamma, base):
    """base[k] = g0 - C'Gamma, so that potentials become driving forces."""
    n, content = phases.n_endmembers[k], phases.contents[k]
    subtract_rows(conditions.g0[k], gamma, content, gamma.size, base[k], n)


@inner
def largest_step(phases: Phases, k, y, y_step):
    """Longest step along y_step that leaves every site fraction positive; at most 1."""
    longest = 1.0
    for s in range(phases.n_species[k]):
        if y_step[s] < 0.0 and -0.95 * y[s] > y_step[s] * longest:
            longest = -0.95 * y[s] / y_step[s]
    return longest


@inner
def species_step(phases: Phases, k, step, y_step):
    """y_step = S step."""
    for s in range(phases.n_species[k]):
        y_step[s] = site_fraction(phases, k, s, step)


@kernel
def pull_inside(phases: Phases, k, centre, fraction, p):
    """Move p a fraction of the way to the interior composition `centre[k]`."""
    for i in range(phases.n_endmembers[k]):
        p[i] += fraction * (centre[k, i] - p[i])


@inner
def lift_exhausted(phases: Phases, k, p):
    """Put species that steps of rounding size have taken below zero back to zero.

    Left there, the next step may take one out of the domain of its logarithm, and a descent ends
    where it is no minimum.
    """
    for s in range(phases.n_species[k]):
        y = site_fraction(phases, k, s, p)
        if y < 0.0:
            for j in range(phases.occupied_count[k, s]):
                i = phases.occupied[k, s, j]
                if phases.occupancy[k, s, i] > 0.0:
                    p[i] -= y / phases.occupancy[k, s, i]
                    break


@inner
def lighter(weight):
    """Next smaller weight of the excess part: 1, 0.9, 0.5, 0."""
    return max(1.0 - max(5.0 * (1.0 - weight), 0.1), 0.0)


@inner
def onto_plane(a, n, p, stiffened, step, ones):
    """Make the sum of `step` zero along a^-1 1, a being factored.

    G is homogeneous, so (H + kappa RT 1 1') p = kappa RT 1: a^-1 1 is p times a constant, which
    does not matter, unless a species is stiffened.
    """
    total = 0.0
    for i in range(n):
        total += step[i]
        ones[i] = p[i]
    norm = 1.0
    if stiffened:
        for i in range(n):
            ones[i] = 1.0
        solve_lower(a, n, ones)
        solve_upper(a, n, ones)
        norm = 0.0
        for i in range(n):
            norm += ones[i]
    for i in range(n):
        step[i] -= total / norm * ones[i]


@inner
def tangent_step(phases: Phases, k, conditions: Conditions, p, weight, stiffened, work: PhaseWork):
    """Fill the Newton step on D from p, where it stands, and its site fractions, for a convex model.

    The excess part of the Hessian is scaled by `weight`, or by the first of 1/2, 1/4 and 0 of it
    that makes the Hessian positive definite.

    Returns
    -------
    (float, float)
        Slope of D along the step, the change predicted; the weight used.
    """
    n = phases.n_endmembers[k]
    mu, step, h = work.rows[MU], work.rows[STEP], work.h
    for _ in range(4):
        hessian(phases, k, conditions, weight, work, h)
        if cholesky(h, n, 1e-13):
            break
        weight = lighter(weight)
    for i in range(n):
        step[i] = -mu[i]
    solve_lower(h, n, step)
    solve_upper(h, n, step)
    onto_plane(h, n, p, stiffened, step, work.rows[ONES])
    slope = 0.0
    for i in range(n):
        slope += step[i] * mu[i]
    species_step(phases, k, step, work.sites[Y_STEP])
    return slope, weight


@inner
def stiffen(phases: Phases, k, y, y_step, stiffness):
    """Raise the stiffness of species that the step would exhaust; False where there are none.

    With y far above its optimum y* the step -y ln(y/y*) overshoots and would shorten the step of
    all others; the secant curvature, ln(y/y*) times the local one, leads to y* instead.
    """
    found = False
    for s in range(phases.n_species[k]):
        if y_step[s] < -0.95 * y[s] and phases.multiplicity[k, s] > 0.0:
            stiffness[s] *= min(-y_step[s] / (0.9 * y[s]), 1e6)
            found = True
    return found


@inner
def longest_change(phases: Phases, k, y, y_step):
    """Largest change of a site fraction relative to itself."""
    change = 0.0
    for s in range(phases.n_species[k]):
        change = max(change, abs(y_step[s]) / y[s])
    return change


@inner
def newton_direction(phases: Phases, k, conditions: Conditions, p, work: PhaseWork):
    """Fill the step, so that it is not cut short by a species that it would exhaust, if that can be.

    A step that would change a species tenfold comes from a Hessian that is all but singular, on a
    spinodal: the excess part is made lighter first, for stiffening would freeze all directions.

    Returns
    -------
    (float, float)
        Its slope, the weight of the excess part.
    """
    y, y_step = work.sites[Y], work.sites[Y_STEP]
    work.sites[STIFFNESS, :] = 1.0
    slope, weight = tangent_step(phases, k, conditions, p, 1.0, False, work)
    while weight > 0.0 and longest_change(phases, k, y, y_step) > 10.0:
        weight = lighter(weight)
        slope, weight = tangent_step(phases, k, conditions, p, weight, False, work)
    for _ in range(3):
        if largest_step(phases, k, y, y_step) > _SHORT:
            break
        if not stiffen(phases, k, y, y_step, work.sites[STIFFNESS]):
            break
        slope, weight = tangent_step(phases, k, conditions, p, weight, True, work)
    return slope, weight


@kernel
def descend(
    phases: Phases, k, conditions: Conditions, base, max_steps, hopeless, p, work: PhaseWork
):
    """Descend the driving force of phase k from p (changed in place, strictly inside).

    Parameters
    ----------
    base : (K, I) array
        g0 - C'Gamma, kJ/mol.
    max_steps : int
        Newton steps at most.
    hopeless : float
        Stop early where D less GAIN times the predicted gain stays above this, kJ/mol.

    Returns
    -------
    (float, int, bool)
        D in kJ/mol, steps taken, whether a stationary point was reached.
    """
    potentials(phases, k, conditions, base, p, work)
    return go_on(phases, k, conditions, base, max_steps, hopeless, p, work)


@kernel
def go_on(phases: Phases, k, conditions: Conditions, base, max_steps, hopeless, p, work: PhaseWork):
    """Descend on from where the phase stands, p; as `descend`.

    It stands at p again where it took all its steps, and may be gone on with.
    """
    n = phases.n_endmembers[k]
    y, y_step = work.sites[Y], work.sites[Y_STEP]
    step, trial = work.rows[STEP], work.rows[TRIAL]
    d = work.here[ENERGY]
    if n == 1:
        return d, 0, True
    for iteration in range(max_steps):
        slope, weight = newton_direction(phases, k, conditions, p, work)
        if d + GAIN * slope > hopeless:
            return d, iteration, False
        length = largest_step(phases, k, y, y_step)
        settled = longest_change(phases, k, y, y_step) < 0.1
        if settled and slope > -1e-13 - 1e-15 * abs(d):
            return d, iteration, True
        accepted = False
        new = d
        for _ in range(30):
            total = 0.0
            for i in range(n):
                trial[i] = p[i] + length * step[i]
                total += trial[i]
            for i in range(n):
                trial[i] /= total
            new = potentials(phases, k, conditions, base, trial, work)
            if new <= d + 1e-4 * length * slope + 1e-12:
                accepted = True
                break
            length *= 0.3
        if not accepted:
            return d, iteration, False
        d = new
        for i in range(n):
            p[i] = trial[i]
        lift_exhausted(phases, k, p)
        # of a full step of Newton's the next would gain less than rounding
        if settled and weight == 1.0 and length == 1.0 and slope > _LAST:
            return d, iteration + 1, True
    return d, max_steps, False


@inner
def slope_of_mixing(phases: Phases, k, rt, u, work: PhaseWork, slope):
    """Fill M u/|u| with M the curvature of ideal mixing where the phase stands; return 1/|u|, |u|^2 = u'M u."""
    y, flow, norm = work.sites[Y], work.sites[Y_STEP], 0.0
    species_step(phases, k, u, flow)
    for s in range(phases.n_species[k]):
        norm += rt * phases.multiplicity[k, s] * flow[s] * flow[s] / y[s]
    scale = 1.0 / np.sqrt(norm)
    for i in range(phases.n_endmembers[k]):
        slope[i] = 0.0
    for s in range(phases.n_species[k]):
        for j in range(phases.occupied_count[k, s]):
            i = phases.occupied[k, s, j]
            slope[i] += rt * scale * phases.entropy_weight[k, i, s] * flow[s] / y[s]
    return scale


@inner
def softness(phases: Phases, k, conditions: Conditions, base, p, work: PhaseWork):
    """Smallest curvature of D at p relative to that of ideal mixing; 0 on a spinodal, 1 if ideal.

    Inverse iteration for H u = lambda H_ideal u, both with kappa RT 1 1'; a few steps tell a small
    value well, and a large one roughly. Inside a spinodal 0 is returned.
    """
    n, rt, u = phases.n_endmembers[k], conditions.factors[RT], work.rows[STEP]
    potentials(phases, k, conditions, base, p, work)
    work.sites[STIFFNESS, :] = 1.0
    hessian(phases, k, conditions, 1.0, work, work.h)
    if not cholesky(work.h, n, 1e-13):
        return 0.0
    for i in range(n):
        u[i] = (1.0 - 2.0 * (i % 2)) * p[i] / (1.0 + i)  # any direction but that of p
    inverse = 1.0
    for _ in range(4):
        slope_of_mixing(phases, k, rt, u, work, work.rows[TRIAL])
        for i in range(n):
            u[i] = work.rows[TRIAL, i]
        solve_lower(work.h, n, u)
        solve_upper(work.h, n, u)
        inverse = 0.0  # u normalised before the solution
        for i in range(n):
            inverse += u[i] * work.rows[TRIAL, i]
    return 1.0 / inverse

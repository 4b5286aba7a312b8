"""A boundary followed through a diagram, from a point on it until something happens.

Each step goes along the tangent and is corrected at right angles to it. Its length is such that the
chord strays from the curve by no more than a tolerance: about h angle/8 for an angle between the
tangents at its ends. At each point all phases are searched, as at the points of a grid.
"""

from typing import NamedTuple

import numpy as np

from ._jit import kernel
from .boundary import ZERO, BoundaryWork, Plane, Spot, correct, differentiate, set_place
from .covering import search_completely
from .dense import copy
from .descent import largest_step, species_step
from .equilibrium import Workspace
from .layout import Floats, Options, Phases, System
from .newton import SITE_FRACTION, State, append, copy_state
from .search import distance, lowest_absent

# How a curve ends.
OUTSIDE, RUN_OUT, BELOW_PLANE, TWIN, LOST, FULL, CLOSED = range(7)

# A step on which two instances of a phase come nearer by more may have led to the same composition
# twice, which satisfies all conditions, too: it is too long.
COLLAPSE = 0.4


class Limits(NamedTuple):
    """Where to stop and how far to step, in units of s."""

    low: Floats
    """(2)"""
    high: Floats
    """(2)"""
    steps: Floats
    """(3) first, shortest and longest step."""
    tolerance: float
    """How far a chord may stray from its curve."""
    twin: float
    """Two instances of a phase nearer than this (in site fractions) are near a critical point."""


class Trail(NamedTuple):
    """What was found on the way, m points."""

    last: Spot
    """The last point of the boundary."""
    places: Floats
    """(m, 2) the points, the first included."""
    twins: Floats
    """(m) distance of the vanishing instance to another of its phase."""


@kernel
def nearest_twin(phases: Phases, state: State, j):
    """Distance in site fractions from instance j to the nearest of the same phase."""
    nearest = np.inf
    for i in range(state.number[0]):
        if i != j and state.phase[i] == state.phase[j]:
            nearest = min(
                nearest,
                distance(phases, state.phase[j], state.proportions[i], state.proportions[j]),
            )
    return nearest


@kernel
def predict(phases: Phases, spot: Spot, work: BoundaryWork, h):
    """Go a step along the tangent, shortened so that site fractions stay positive; returns it."""
    state, sites, y_step = spot.state, work.point.newton.sites, work.point.phase.sites[1]
    nc, m = state.gamma.size, state.number[0]
    for j in range(m):
        k = state.phase[j]
        species_step(phases, k, work.p_tangent[j], y_step)
        for s in range(phases.n_species[k]):
            y_step[s] *= h
        h *= largest_step(phases, k, sites[j, SITE_FRACTION], y_step)
    for c in range(nc):
        state.gamma[c] += h * work.tangent[c]
    for j in range(m):
        state.amount[j] += h * work.tangent[nc + j]
        for i in range(phases.n_endmembers[state.phase[j]]):
            state.proportions[j, i] += h * work.p_tangent[j, i]
    for d in range(2):
        spot.place[d] += h * work.tangent[nc + m + d]
    return h


@kernel
def append_lowest(system: System, options: Options, state: State, w: Workspace):
    """Append to `state` the lowest of the known minima below the plane; True if there is none."""
    _, d, phase, index = lowest_absent(system.phases, state, w.search.known, options, False)
    if d >= options.add_below:
        return True
    append(state, phase, 0.0, w.search.known.proportions[phase, index], 0)
    return False


@kernel
def search_all(system: System, options: Options, state: State, w: Workspace):
    """Search all phases; returns the lowest driving force, kJ/mol of formula, or a bound of it."""
    _, d, _ = search_completely(
        system.phases, system.cover, system.bounds, w.conditions, w.all_phases, state, options,
        w.search,
    )  # fmt: skip
    return d


@kernel
def look_again(system: System, options: Options, plane: Plane, spot: Spot, work: BoundaryWork):
    """Search what may have come below the plane since the last look, and append the lowest to the state.

    Returns
    -------
    bool
        Whether nothing lies below.
    """
    set_place(system, plane, spot.place, work)
    d = search_all(system, options, spot.state, work.point)
    return d >= options.add_below or append_lowest(system, options, spot.state, work.point)


@kernel
def normalise(state: State, first, direction, work: BoundaryWork):
    """Scale the tangent to unit length in s, and put its direction into `direction`."""
    length = np.hypot(work.tangent[first], work.tangent[first + 1])
    for i in range(first + 2):
        work.tangent[i] /= length
    for j in range(state.number[0]):
        for i in range(work.p_tangent.shape[1]):
            work.p_tangent[j, i] /= length
    direction[0] = work.tangent[first]
    direction[1] = work.tangent[first + 1]


@kernel
def strays(start, end, direction):
    """How far a chord strays from its curve: length times angle to the tangent at its start / 4."""
    x, y = end[0] - start[0], end[1] - start[1]
    return 0.25 * abs(x * direction[1] - y * direction[0])


@kernel
def copy_spot(spot: Spot, onto: Spot):
    """Copy the assemblage and the place."""
    copy_state(spot.state, onto.state)
    copy(spot.place, onto.place)


@kernel
def follow(
    system: System, options: Options, plane: Plane, limits: Limits, spot: Spot, direction,
    trail: Trail, work: BoundaryWork,
):  # fmt: skip
    """Follow the boundary on which one instance has the amount zero.

    Parameters
    ----------
    spot : Spot
        A point of the boundary, one of its modes ZERO, the others FREE; at the end, where it was
        found to have ended, not yet corrected: beyond the last of the trail, outside the diagram,
        an amount negative, or a phase appended that lies below the plane.
    direction : (2,) array
        Which way to go; at the end the tangent at the last of the trail.
    trail : Trail
        Filled.

    Returns
    -------
    (int, int)
        How it ended, number of points.
    """
    phases, state, place = system.phases, spot.state, spot.place
    good, places, twins = trail.last, trail.places, trail.twins
    first = state.gamma.size + state.number[0]
    zero = 0
    for j in range(state.number[0]):
        if spot.modes[j] == ZERO:
            zero = j
    copy_spot(spot, good)
    copy(place, places[0])
    twins[0] = nearest_twin(phases, state, zero)
    h, n = limits.steps[0], 1
    way0, way1 = direction[0], direction[1]
    while n < places.shape[0]:
        if h < limits.steps[1] or not differentiate(system, plane, spot, -1, direction, work):
            return LOST, n
        normalise(state, first, direction, work)
        taken = predict(phases, spot, work, h)
        goal = direction[0] * place[0] + direction[1] * place[1]
        solved = correct(system, options, plane, spot, direction, goal, 2.0 * taken, work)
        wanted, twin = 0.5, np.inf
        if solved:
            twin = nearest_twin(phases, state, zero)
            solved = not twin < COLLAPSE * twins[n - 1]
        if solved:
            stray = strays(good.place, place, direction)
            wanted = 0.8 * np.sqrt(limits.tolerance / max(stray, 1e-3 * limits.tolerance))
        if not solved or stray > 2.0 * limits.tolerance:
            copy_spot(good, spot)
            h = taken * max(min(wanted, 0.6), 0.2)
            continue
        for d in range(2):
            if not (place[d] >= limits.low[d] and place[d] <= limits.high[d]):
                return OUTSIDE, n
        kept = look_again(system, options, plane, spot, work)
        for j in range(good.state.number[0]):
            if j != zero and state.amount[j] < 0.0:
                return RUN_OUT, n
        if not kept:
            return BELOW_PLANE, n
        copy_spot(spot, good)
        copy(place, places[n])
        twins[n] = twin
        n += 1
        if twins[n - 1] < limits.twin and twins[n - 1] < twins[n - 2]:
            return TWIN, n
        to_start = np.hypot(place[0] - places[0, 0], place[1] - places[0, 1])
        onward = direction[0] * way0 + direction[1] * way1 > 0.0  # not on the way back beside it
        if n > 4 and to_start < 0.6 * taken and onward:
            return CLOSED, n
        h = min(taken * max(min(wanted, 2.0), 0.3), limits.steps[2])
    return FULL, n

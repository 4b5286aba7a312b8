"""A better start along a line of points: the assemblage carried on from those behind.

A polynomial through n points behind, evenly spaced, is carried on to the next by
    f_0 = sum w_m f_m,    w_m = (-1)^(m + 1) n!/(m! (n - m)!),   m = 1 ... n.
On a grid what that lacks is nearly what it lacks in the row above, where it is known: added to it, it
leaves an error as small as of two points more.
"""

import numpy as np

from . import status as st
from ._jit import inner
from .layout import Phases, Points
from .mixing import site_fraction
from .newton import State
from .results import Results, read

LINE = 5
"""Points behind that are used, at most; at least two less."""
ALONG, UP, ABOVE = range(3)
"""What is known behind a point: those before it, those up its column, and the one above it with those
beside that which lie above those before."""
_WEIGHTS = np.array(
    [[3.0, -3.0, 1.0, 0.0, 0.0], [4.0, -6.0, 4.0, -1.0, 0.0], [5.0, -10.0, 10.0, -5.0, 1.0]]
)
PRESSURE_UNIT, TEMPERATURE_UNIT, BULK_UNIT = 10.0, 300.0, 0.05
"""kbar, K and mol per mole of oxides in which assemblages change about as much."""
_NEAR = 128
"""Points before one in a chain of which the nearest is chosen."""


@inner
def even(i, a, b):
    """Whether b, a, i are at equal steps."""
    return abs(i - 2.0 * a + b) <= 1e-9 * (abs(i) + abs(a))


@inner
def evenly_behind(points: Points, i, a, b):
    """Whether points b, a, i lie on a line at equal steps."""
    if not even(points.pressure[i], points.pressure[a], points.pressure[b]):
        return False
    if not even(points.temperature[i], points.temperature[a], points.temperature[b]):
        return False
    for m in range(points.bulk.shape[1]):
        if not even(points.bulk[i, m], points.bulk[a, m], points.bulk[b, m]):
            return False
    return True


@inner
def same_phases(out: Results, a, b):
    """Whether two points are certified with the same phases in the same order."""
    if out.status[b] != st.CERTIFIED or out.number[a] != out.number[b]:
        return False
    for j in range(out.number[a]):
        if out.phase[a, j] != out.phase[b, j]:
            return False
    return True


@inner
def count_behind(out: Results, points: Points, i, line):
    """How many of the points behind i, nearest first, are evenly spaced and of one assemblage."""
    if line[0] < 0 or out.status[line[0]] != st.CERTIFIED:
        return 0
    before = i
    for m in range(1, line.size):
        a, b = line[m - 1], line[m]
        if b < 0 or not same_phases(out, a, b) or not evenly_behind(points, before, a, b):
            return m
        before = a
    return line.size


@inner
def is_known_above(out: Results, n, line, above):
    """Whether the point above, and those above n < LINE of a line, are certified with the line's phases."""
    for m in range(n + 1):
        if above[m] < 0 or not same_phases(out, line[0], above[m]):
            return False
    return True


@inner
def behind_of(n, m, line, above):
    """The m-th point that tells, and its weight: n of a line, then one above and those beside it."""
    weights = _WEIGHTS[n - LINE + 2]
    if m < n:
        return line[m], weights[m]
    if m == n:
        return above[0], 1.0
    return above[m - n], -weights[m - n - 1]


@inner
def extrapolate_moles(
    phases: Phases, out: Results, n, number, line, above, state: State, j
):  # fmt: skip
    """Carry on the moles of instance j; False where a species or the amount would change too much.

    Moles, since the weights then keep the mass balance, which is linear in them.
    """
    k, p = state.phase[j], state.proportions[j]
    old, amount = state.amount[j], 0.0
    for i in range(phases.n_endmembers[k]):
        p[i] = 0.0
    for m in range(number):
        a, factor = behind_of(n, m, line, above)
        factor *= out.amount[a, j]
        for i in range(phases.n_endmembers[k]):
            p[i] += factor * out.proportions[a, j, i]
    for i in range(phases.n_endmembers[k]):
        amount += p[i]
    if not (amount > 0.5 * old and amount < 2.0 * old):
        return False
    for i in range(phases.n_endmembers[k]):
        p[i] /= amount
    state.amount[j] = amount
    last = out.proportions[line[0], j]
    for s in range(phases.n_species[k]):
        if not site_fraction(phases, k, s, p) > 0.5 * site_fraction(phases, k, s, last):
            return False
    return True


@inner
def extrapolate(phases: Phases, points: Points, i, behind, out: Results, state: State):
    """Carry the assemblage of the points behind i on to it.

    Parameters
    ----------
    behind : (3, LINE) array of int
        As `ordering.lines_behind` has them, nearest first, -1 for none.
    state : State
        Filled, where that can be done.

    Returns
    -------
    bool
        Whether it could; else the state is of no use.
    """
    n, way = count_behind(out, points, i, behind[ALONG]), ALONG
    if n < LINE:
        up = count_behind(out, points, i, behind[UP])
        if up > n:
            n, way = up, UP
    if n < LINE - 2:
        return False
    line, above, number = behind[way], behind[ABOVE], n
    if way == ALONG and is_known_above(out, min(n, LINE - 1), line, above):
        n = min(n, LINE - 1)
        number = 2 * n + 1
    read(out, line[0], state)
    for j in range(state.number[0]):
        if not extrapolate_moles(phases, out, n, number, line, above, state, j):
            return False
    for c in range(state.gamma.size):
        total = 0.0
        for m in range(number):
            a, factor = behind_of(n, m, line, above)
            total += factor * out.gamma[a, c]
        state.gamma[c] = total
    return True


@inner
def nearest_before(points: Points, order, e, out: Results, other):
    """The nearest of the certified points before point e of a chain, or -1 for none.

    Distances are those of `ordering.along_curve`: along a curve through many dimensions, and in a list
    that mixes rocks, the last point is often not the nearest.

    Parameters
    ----------
    other : int
        A point whose assemblage it must not have; -1 for none.
    """
    i, best, least = order[e], -1, np.inf
    for back in range(1, min(e, _NEAR) + 1):
        j = order[e - back]
        if out.status[j] != st.CERTIFIED or (other >= 0 and same_phases(out, other, j)):
            continue
        p = (points.pressure[i] - points.pressure[j]) / PRESSURE_UNIT
        t = (points.temperature[i] - points.temperature[j]) / TEMPERATURE_UNIT
        apart = p * p + t * t
        for c in range(points.bulk.shape[1]):
            b = (points.bulk[i, c] - points.bulk[j, c]) / BULK_UNIT
            apart += b * b
        if apart < least:
            best, least = j, apart
    return best

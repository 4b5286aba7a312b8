"""A better start along a line of points: the assemblage carried on from those behind."""

from . import status as st
from ._jit import inner
from .layout import Phases, Points
from .newton import State
from .results import Results, read

LINE = 4
"""Points behind that are used, at most; at least one less."""


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
def weight(n, m):
    """Weight of the m-th of n points behind: a parabola through three, a cubic through four."""
    if m == 0:
        return float(n)
    if m == 1:
        return -3.0 if n < LINE else -6.0
    if m == 2:
        return 1.0 if n < LINE else 4.0
    return -1.0


@inner
def extrapolate_moles(phases: Phases, out: Results, line, n, state: State, j):
    """Carry on the moles of instance j; False where a species or the amount would change too much.

    Moles, since the weights then keep the mass balance, which is linear in them.
    """
    k, p = state.phase[j], state.proportions[j]
    old, amount = state.amount[j], 0.0
    for i in range(phases.n_endmembers[k]):
        p[i] = 0.0
    for m in range(n):
        a = line[m]
        factor = weight(n, m) * out.amount[a, j]
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
        now, before = 0.0, 0.0
        for o in range(phases.occupied_count[k, s]):
            m = phases.occupied[k, s, o]
            now += phases.occupancy[k, s, m] * p[m]
            before += phases.occupancy[k, s, m] * last[m]
        if not now > 0.5 * before:
            return False
    return True


@inner
def extrapolate(phases: Phases, points: Points, i, behind, out: Results, state: State):
    """Carry the assemblage of the points behind i on to it, by a cubic or a parabola.

    Parameters
    ----------
    behind : (L, LINE) array of int
        Points behind on each of L lines, nearest first, -1 for none.
    state : State
        Filled, where that can be done.

    Returns
    -------
    bool
        Whether it could; else the state is of no use.
    """
    best, way = 0, -1
    for w in range(behind.shape[0]):
        n = count_behind(out, points, i, behind[w])
        if n > best:
            best, way = n, w
        if n == LINE:
            break
    if best < LINE - 1:
        return False
    line = behind[way]
    read(out, line[0], state)
    for j in range(state.number[0]):
        if not extrapolate_moles(phases, out, line, best, state, j):
            return False
    for c in range(state.gamma.size):
        total = 0.0
        for m in range(best):
            total += weight(best, m) * out.gamma[line[m], c]
        state.gamma[c] = total
    return True

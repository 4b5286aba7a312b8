"""A better start along a line of points: the assemblage carried on by a parabola."""

from . import status as st
from ._jit import inner
from .layout import Phases
from .newton import State
from .results import Results


@inner
def parabola(a, b, c):
    """Next value of a sequence c, b, a."""
    return 3.0 * (a - b) + c


@inner
def even(i, a, b, c):
    """Whether c, b, a, i are at equal steps."""
    near = 1e-9 * (abs(i) + abs(a))
    return abs(i - 2.0 * a + b) <= near and abs(a - 2.0 * b + c) <= near


@inner
def on_a_line(order, e, pressure, temperature, bulk):
    """Whether point e of the chain and the three before it lie on a line at equal steps."""
    i, a, b, c = order[e], order[e - 1], order[e - 2], order[e - 3]
    if not even(pressure[i], pressure[a], pressure[b], pressure[c]):
        return False
    if not even(temperature[i], temperature[a], temperature[b], temperature[c]):
        return False
    for m in range(bulk.shape[1]):
        if not even(bulk[i, m], bulk[a, m], bulk[b, m], bulk[c, m]):
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
def extrapolate(
    phases: Phases, out: Results, order, e, pressure, temperature, bulk, state: State
):  # fmt: skip
    """Carry the assemblage of the last point of the chain, in `state`, on to point e.

    By a parabola through the last three, where they have the same phases and all lie on a line;
    an amount or a composition that would leave the domain stays as it was.
    """
    if e < 3 or not on_a_line(order, e, pressure, temperature, bulk):
        return
    a, b, c = order[e - 1], order[e - 2], order[e - 3]
    if not (same_phases(out, a, b) and same_phases(out, a, c)):
        return
    for m in range(state.gamma.size):
        state.gamma[m] = parabola(out.gamma[a, m], out.gamma[b, m], out.gamma[c, m])
    for j in range(state.number[0]):
        k = state.phase[j]
        amount = parabola(out.amount[a, j], out.amount[b, j], out.amount[c, j])
        if amount > 0.5 * state.amount[j]:
            state.amount[j] = amount
        p, q, r = out.proportions[a, j], out.proportions[b, j], out.proportions[c, j]
        inside = True
        for s in range(phases.n_species[k]):
            now, before = 0.0, 0.0
            for o in range(phases.occupied_count[k, s]):
                m = phases.occupied[k, s, o]
                now += phases.occupancy[k, s, m] * parabola(p[m], q[m], r[m])
                before += phases.occupancy[k, s, m] * p[m]
            inside = inside and now > 0.5 * before
        if inside:
            for m in range(phases.n_endmembers[k]):
                state.proportions[j, m] = parabola(p[m], q[m], r[m])

"""Many points: a chain in which each point starts from its neighbour, then an exchange between all.

The chain alone may miss a minimum that only another neighbour knows of, so each pair of adjacent
points afterwards compares assemblages: a phase that one has and the other lacks is tried there,
until nothing improves. A tile is one call of `sweep`; it starts cold and depends on nothing but
its own points, so the answer does not depend on threads or on the order of tiles.
"""

from typing import NamedTuple

import numpy as np

from . import status as st
from ._jit import inner, kernel, table
from .between import (
    Between,
    forget_point,
    lowest_between,
    new_between,
    note_searched,
    nothing_between,
    settle_between,
)
from .carrying import STRIDE, carry, has_more
from .chord import forget_factors
from .covering import search_completely
from .descent import descend, set_base
from .equilibrium import (
    EXCESS,
    ITERATIONS,
    LOWEST,
    LOWEST_PHASE,
    Workspace,
    bulk_energy,
    solve_point,
    solve_warm,
)
from .layout import Booleans, Ints, Options, Phases, Points, System
from .minima import keep_minima
from .ordering import SearchOrder
from .phase_work import Y
from .predict import LINE, extrapolate, nearest_before
from .results import Results, read
from .search import distance, forget
from .solution import volume_entropy
from .standard import forget_conditions, set_conditions


@table
class Assignment(NamedTuple):
    """What is to be done with points: to solve them, or to confirm those that are solved."""

    order: Ints
    """(n) the chain; of points to be confirmed those first between which the others lie."""
    edges: Ints = np.zeros((0, 2), np.int64)
    """(m, 2) pairs of adjacent points, for the exchange."""
    behind: Ints = np.zeros((0, 3, LINE), np.int64)
    """(n, 3, LINE) points from which each of the chain may be predicted, see `extrapolate`."""
    given: bool = False
    """Whether the workspace holds an assemblage for the first point, which then is searched all
    over; else it is solved cold."""
    asked: Booleans = np.zeros((0, 0), np.bool_)
    """(n, K) phases in question at each point, where points are to be confirmed; the others are
    known to lie above the plane."""
    between: Between = nothing_between()
    """What is known of these."""


@inner
def write(phases: Phases, work: Workspace, status, path, out: Results, i):
    """Write the state of the workspace as the answer of point i."""
    state, certificate = work.state, work.certificate
    out.status[i] = status
    out.answered_by[i] = path
    out.iterations[i] = np.int16(min(certificate[ITERATIONS], 32000.0))
    out.excess[i] = np.int16(certificate[EXCESS]) if status == st.INFEASIBLE else -1
    out.number[i] = 0
    if status != st.CERTIFIED:
        return
    out.residuals[i, 0] = max(state.residuals[0], 0.0)
    out.residuals[i, 1] = state.residuals[1]
    out.residuals[i, 2] = state.residuals[2]
    out.residuals[i, 3] = certificate[LOWEST]
    out.lowest_phase[i] = np.int16(certificate[LOWEST_PHASE])
    out.number[i] = state.number[0]
    for c in range(state.gamma.size):
        out.gamma[i, c] = state.gamma[c]
    for o in range(out.given.shape[1]):
        out.given[i, o] = work.conditions.opened[o, 0]
    for k in range(phases.n_endmembers.size):
        for m in range(phases.n_endmembers[k]):
            out.standard[i, k, m] = work.conditions.g0[k, m]
    for j in range(state.number[0]):
        k = state.phase[j]
        out.phase[i, j] = k
        out.amount[i, j] = state.amount[j]
        v, s = volume_entropy(phases, k, work.conditions, state.proportions[j], work.phase.sites[Y])
        out.molar[i, j, 0] = v
        out.molar[i, j, 1] = s
        for m in range(state.proportions.shape[1]):
            out.proportions[i, j, m] = state.proportions[j, m]


@inner
def nearly_equal(out: Results, i, j, near):
    """Whether two points have the same phases in the same order, at all but equal compositions.

    A site fraction is a sum of at most all proportions, each times at most 2.
    """
    if out.number[i] != out.number[j]:
        return False
    for a in range(out.number[i]):
        if out.phase[i, a] != out.phase[j, a]:
            return False
        change = 0.0
        for m in range(out.proportions.shape[2]):
            change += abs(out.proportions[i, a, m] - out.proportions[j, a, m])
        if 2.0 * change >= near:
            return False
    return True


@inner
def has(phases: Phases, out: Results, j, k, p, options: Options):
    """Whether point j has phase k, at about composition p."""
    for b in range(out.number[j]):
        if out.phase[j, b] != k:
            continue
        if distance(phases, k, p, out.proportions[j, b]) < options.exchange_distance:
            return True
    return False


@inner
def worth_offering(
    system: System, options: Options, points: Points, i, j, w: Workspace, out: Results
):
    """Whether the assemblage of point i may lower the energy of point j.

    If it is lower there, one of its phases lies below the plane of j. Only those that j does not
    have, or not at about its composition, are tried.
    """
    phases, search = system.phases, w.search
    if out.status[i] != st.CERTIFIED or out.status[j] == st.INFEASIBLE:
        return False
    if out.status[j] != st.CERTIFIED:
        return True
    if out.neighbour[j] == i:  # j started from i, so it has looked at all phases of i
        return False
    if nearly_equal(out, i, j, options.exchange_distance):
        return False
    ready = False
    for a in range(out.number[i]):
        k = out.phase[i, a]
        if has(phases, out, j, k, out.proportions[i, a], options):
            continue
        if not ready:
            set_conditions(system, points.pressure[j], points.temperature[j], w.conditions)
            ready = True
        for m in range(phases.n_endmembers[k]):
            search.p[m] = out.proportions[i, a, m]
        set_base(phases, k, w.conditions, out.gamma[j], search.base)
        d, _, _ = descend(
            phases, k, w.conditions, search.base, options.descent_steps, options.look_below,
            search.p, w.phase,
        )  # fmt: skip
        if d < options.add_below:
            return True
    return False


@inner
def start(system: System, points: Points, task: Assignment, e, out: Results, w: Workspace):
    """Put into the workspace what point e of the chain is begun from.

    Returns
    -------
    (int, bool)
        The point it comes from; whether it was carried on along a line.
    """
    before = task.order[e - 1]
    if task.behind.shape[0] == 0:
        return before, False
    if extrapolate(system.phases, points, task.order[e], task.behind[e], out, w.state):
        return before, True
    near = nearest_before(points, task.order, e, out, -1)
    read(out, near, w.state)
    return near, False


@inner
def solve_next(
    system: System, options: Options, points: Points, task: Assignment, e, source, w: Workspace,
    out: Results,
):  # fmt: skip
    """Solve point e of the chain from the assemblage of `source`, which is in the workspace, or cold.

    Where that fails it is begun from the nearest point of another assemblage, and then cold.

    Returns
    -------
    (int, int, int)
        Status, which path answered, and the point that it came from, -1 if none.
    """
    bulk, handed = points.bulk[task.order[e]], task.given and e == 0
    complete = handed or w.minima.phase.size > 0
    if source >= 0 and task.behind.shape[0] > 0:
        w.certificate[:] = 0.0
        if solve_warm(system, options, bulk, complete, w) == st.CERTIFIED:
            return st.CERTIFIED, st.WARM, source
        source = nearest_before(points, task.order, e, out, source)
        if source >= 0:
            read(out, source, w.state)
    status, path = solve_point(system, options, bulk, handed or source >= 0, complete, w)
    return status, path, source if path == st.WARM else -1


@inner
def chain(
    system: System, options: Options, points: Points, task: Assignment, w: Workspace, out: Results
):
    """Solve the points in order, each from the one before, cold where that fails.

    With room for minima in the workspace these are kept, and every point is searched all over; so
    is the first where the workspace holds an assemblage for it.
    """
    order, sample = task.order, w.minima.phase.size > 0
    # where nothing was learnt every point is searched all over
    may_carry = task.behind.shape[0] > 0 and system.seeds.gap[0] < np.inf and not sample
    e, looked, all_until, have = 0, -1, 0, False
    while e < order.size:
        j, source, even, carried = order[e], -1, False, False
        set_conditions(system, points.pressure[j], points.temperature[j], w.conditions)
        if have:
            source, even = start(system, points, task, e, out, w)
        if may_carry and even and e >= all_until and e - looked < STRIDE:
            carried = carry(system, options, points.bulk[j], w)
        status, path, last = st.CERTIFIED, st.WARM, looked
        if not carried:
            status, path, source = solve_next(system, options, points, task, e, source, w, out)
            have, looked = status == st.CERTIFIED, e
            if sample and have:
                keep_minima(system.phases, w.search.known, j, w.minima)
        write(system.phases, w, status, path, out, j)
        out.neighbour[j] = source
        if not carried and have and last >= 0 and last + 1 < e and has_more(out, j, order[e - 1]):
            e, looked, all_until = last, last, e
        e += 1


@inner
def offer(system: System, options: Options, points: Points, i, j, w: Workspace, out: Results):
    """Solve point j from the assemblage of point i; return whether that is better and was written."""
    if not worth_offering(system, options, points, i, j, w, out):
        return False
    read(out, i, w.state)
    forget(w.search.known)
    set_conditions(system, points.pressure[j], points.temperature[j], w.conditions)
    status, path = solve_point(system, options, points.bulk[j], True, False, w)
    if status != st.CERTIFIED or (
        out.status[j] == st.CERTIFIED
        and bulk_energy(w.state.gamma, points.bulk[j])
        >= bulk_energy(out.gamma[j], points.bulk[j]) - options.gain
    ):
        return False
    write(system.phases, w, status, path, out, j)
    for e in range(out.neighbour.size):  # those that started from j have not seen what it is now
        if out.neighbour[e] == j:
            out.neighbour[e] = -1
    out.neighbour[j] = i if path == st.WARM else -1
    return True


@inner
def exchange(system: System, options: Options, points: Points, edges, w: Workspace, out: Results):
    """Offer each point the assemblages of its neighbours, until nothing improves; how many did."""
    total = 0
    for _ in range(options.rounds - 1):
        improved = 0
        for e in range(edges.shape[0]):
            for way in range(2):
                if offer(system, options, points, edges[e, way], edges[e, 1 - way], w, out):
                    improved += 1
        total += improved
        if improved == 0:
            break
    return total


@inner
def search_again(
    system: System, options: Options, points: Points, task: Assignment, w: Workspace, out: Results
):
    """Search certified points all over, and mend those that missed a phase; see `confirm`."""
    found, fresh, phases, between = 0, False, system.phases, task.between
    for e in range(task.order.size):
        i = task.order[e]
        if out.status[i] != st.CERTIFIED:
            continue
        if not fresh:
            forget(w.search.known)
        fresh = True
        read(out, i, w.state)
        settle_between(system, points, i, task.asked[i], options, out, between, w)
        per_atom, d, phase = search_completely(
            phases,
            system.cover,
            system.bounds,
            w.conditions,
            between.ask,
            w.state,
            options,
            w.search,
        )
        if d >= options.add_below:
            note_searched(phases, system.bounds, i, between, w)
            for_all, lowest = lowest_between(phases, task.asked[i], i, between)
            if for_all < per_atom:
                per_atom, phase = for_all, lowest
            if per_atom < out.residuals[i, 3]:
                out.residuals[i, 3] = per_atom
                out.lowest_phase[i] = np.int16(phase)
            continue
        found, fresh = found + 1, False
        forget_point(between, i)
        forget_conditions(w.conditions)
        before = bulk_energy(out.gamma[i], points.bulk[i])
        set_conditions(system, points.pressure[i], points.temperature[i], w.conditions)
        status, path = solve_point(system, options, points.bulk[i], True, True, w)
        if status == st.CERTIFIED and bulk_energy(w.state.gamma, points.bulk[i]) > before + 1e-9:
            status = st.DRIVING_FORCE
        write(system.phases, w, status, path, out, i)
        out.neighbour[i] = -1
    return found


@kernel
def sweep(
    system: System, options: Options, points: Points, task: Assignment, w: Workspace, out: Results
):
    """Solve all points of a tile: a chain, then an exchange between neighbours.

    Or confirm those that are solved: one kernel, since nearly all of its code serves both.

    Parameters
    ----------
    points : Points
        What is to be solved.
    task : Assignment
        In which order, or what is asked of those that are solved.
    w : Workspace
        From `new_workspace`. With room for minima, these are kept, and every point is searched all
        over.
    out : Results
        Filled. What rests on learnt seeds is to be confirmed, see `confirm`.

    Returns
    -------
    int
        Points that the exchange improved, or at which a phase was found below the plane.
    """
    if task.asked.shape[0] > 0:
        return search_again(system, options, points, task, w, out)
    forget_conditions(w.conditions)  # the workspace may have served other points
    forget_factors(w.chord)
    chain(system, options, points, task, w, out)
    return exchange(system, options, points, task.edges, w, out)


def confirm(
    system: System, options: Options, points: Points, route: SearchOrder, asked: Booleans, w: Workspace,
    out: Results,
) -> int:  # fmt: skip
    """Search certified points all over for the phases asked for, and mend those that missed one.

    What a sample taught has no say here: the seeds are those that cover each phase, and left out is
    only what cannot lie below the plane by what such searches of points around said, or the last.

    Parameters
    ----------
    route : SearchOrder
        Which points, in which order.
    asked : (n, K) array of bool
        As in `Assignment`.
    out : Results
        Changed where a point is mended. One at which a phase lies below the plane and cannot be
        added is no longer certified.

    Returns
    -------
    int
        Points at which a phase was found below the plane.
    """
    between = new_between(system.phases, route.around, route.weight, asked)
    task = Assignment(route.order, asked=asked, between=between)
    return int(sweep(system, options, points, task, w, out))

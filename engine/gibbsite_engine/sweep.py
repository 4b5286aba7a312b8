"""Many points: a chain in which each point starts from its neighbour, then an exchange between all.

The chain alone may miss a minimum that only another neighbour knows of, so each pair of adjacent
points afterwards compares assemblages: a phase that one has and the other lacks is tried there,
until nothing improves. A tile is one call of `sweep`; it starts cold and depends on nothing but
its own points, so the answer does not depend on threads or on the order of tiles.
"""

import numpy as np

from . import status as st
from ._jit import fragment, inner, kernel
from .descent import PhaseWork, Y, descend, set_base
from .equilibrium import (
    EXCESS,
    ITERATIONS,
    LOWEST,
    LOWEST_PHASE,
    Workspace,
    bulk_energy,
    solve_point,
)
from .layout import Conditions, Options, Phases, System
from .minima import keep_minima
from .newton import State, append
from .predict import extrapolate
from .results import Results
from .search import SearchWork, distance, forget
from .solution import volume_entropy
from .standard import set_conditions


@fragment
def write(phases: Phases, work: Workspace, status, path, out: Results, i):
    """Write the state of the workspace as the answer of point i."""
    state, certificate = work.state, work.certificate
    out.status[i] = status
    out.answered_by[i] = path
    out.iterations[i] = np.int16(min(certificate[ITERATIONS], 32000.0))
    out.number[i] = 0
    if status != st.CERTIFIED:
        out.excess[i] = np.int16(certificate[EXCESS]) if status == st.INFEASIBLE else -1
        return
    out.residuals[i, 0] = max(state.residuals[0], 0.0)
    out.residuals[i, 1] = state.residuals[1]
    out.residuals[i, 2] = state.residuals[2]
    out.residuals[i, 3] = certificate[LOWEST]
    out.lowest_phase[i] = np.int16(certificate[LOWEST_PHASE])
    out.number[i] = state.number[0]
    for c in range(state.gamma.size):
        out.gamma[i, c] = state.gamma[c]
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


@fragment
def read(results: Results, i, state: State):
    """Put the answer of point i into a state."""
    state.number[0] = 0
    for c in range(state.gamma.size):
        state.gamma[c] = results.gamma[i, c]
    for j in range(results.number[i]):
        append(state, results.phase[i, j], results.amount[i, j], results.proportions[i, j], 0)


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


@fragment
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
    system: System, options: Options, p, t, i, j, conditions: Conditions, search: SearchWork,
    pw: PhaseWork, out: Results,
):  # fmt: skip
    """Whether the assemblage of point i may lower the energy of point j.

    If it is lower there, one of its phases lies below the plane of j. Only those that j does not
    have, or not at about its composition, are tried.
    """
    phases = system.phases
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
            set_conditions(system, p, t, conditions)
            ready = True
        for m in range(phases.n_endmembers[k]):
            search.p[m] = out.proportions[i, a, m]
        set_base(phases, k, conditions, out.gamma[j], search.base)
        d, _, _ = descend(
            phases, k, search.base, conditions.interaction, conditions.state[0],
            options.descent_steps, options.look_below, search.p, pw,
        )  # fmt: skip
        if d < options.add_below:
            return True
    return False


@kernel
def sweep(
    system: System, options: Options, pressure, temperature, bulk, given, order, edges,
    work: Workspace, out: Results,
):  # fmt: skip
    """Solve all points of a tile.

    In the first round each point of the chain starts from the one before, cold where that fails;
    in the following ones each point is offered the assemblages of its neighbours, until nothing
    improves.

    Parameters
    ----------
    pressure, temperature : (n,) arrays
        kbar, K.
    bulk : (n, C) array
        mol per mole of oxides, all components positive.
    given : bool
        Whether the workspace holds an assemblage for the first point, which then is certified by
        a search of all clusters; else it is solved cold.
    order : (n,) array of int
        The chain.
    edges : (m, 2) array of int
        Pairs of adjacent points, for the exchange.
    work : Workspace
        From `new_workspace`. With room for minima, these are kept, and every point is certified by
        a search of all clusters.
    out : Results
        Filled.

    Returns
    -------
    int
        Points that the exchange improved.
    """
    state, conditions, certificate = work.state, work.conditions, work.certificate
    sample = work.minima.phase.size > 0
    total, have, full = 0, given, given or sample
    for r in range(options.rounds):
        improved = 0
        for e in range(order.size if r == 0 else 2 * edges.shape[0]):
            if r == 0:
                i, j = order[e - 1] if have and e > 0 else -1, order[e]
                if have and e > 0:
                    extrapolate(system.phases, out, order, e, pressure, temperature, bulk, state)
            else:
                i, j = edges[e // 2, e % 2], edges[e // 2, 1 - e % 2]
                if not worth_offering(
                    system, options, pressure[j], temperature[j], i, j, conditions,
                    work.search, work.phase, out,
                ):  # fmt: skip
                    continue
                read(out, i, state)
                forget(work.known)
            set_conditions(system, pressure[j], temperature[j], conditions)
            status, path = solve_point(
                system.phases, system.seeds, system.bounds, conditions, bulk[j], options,
                have or r > 0, full, state, work.previous, work.known, work.basis, work.pool,
                work.gamma, work.newton, work.search, work.phase, certificate,
            )  # fmt: skip
            if r == 0:
                have, full = status == st.CERTIFIED, sample
                if sample and have:
                    keep_minima(system.phases, work.known, j, work.minima)
            elif status != st.CERTIFIED or (
                out.status[j] == st.CERTIFIED
                and bulk_energy(state.gamma, bulk[j])
                >= bulk_energy(out.gamma[j], bulk[j]) - options.gain
            ):
                continue
            else:
                improved += 1
            write(system.phases, work, status, path, out, j)
            if r > 0:  # those that started from j have not seen what it is now
                for e in range(order.size):
                    if out.neighbour[order[e]] == j:
                        out.neighbour[order[e]] = -1
            out.neighbour[j] = i if path == st.WARM else -1
        total += improved
        if r > 0 and improved == 0:
            break
    return total

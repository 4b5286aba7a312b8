"""Many points: a chain in which each point starts from its neighbour, then an exchange between all.

The chain alone may miss a minimum that only another neighbour knows of, so each pair of adjacent
points afterwards compares assemblages: a phase that one has and the other lacks is tried there,
until nothing improves. A tile is one call of `sweep`; it starts cold and depends on nothing but
its own points, so the answer does not depend on threads or on the order of tiles.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import status as st
from ._jit import kernel
from .descent import Y, descend, set_base
from .equilibrium import (
    EXCESS,
    ITERATIONS,
    LOWEST,
    LOWEST_PHASE,
    Workspace,
    finish,
    new_workspace,
    solve_cold,
)
from .layout import Floats, Ints, Options, Phases, System
from .newton import State, append
from .search import distance
from .solution import volume_entropy
from .standard import set_conditions


class Results(NamedTuple):
    """Answers of n points, at most N = C + 2 phase instances each."""

    status: NDArray[np.int8]
    answered_by: NDArray[np.int8]
    iterations: NDArray[np.int16]
    residuals: Floats
    """(n, 4) |mu - C'Gamma|, |D| of present phases (kJ/mol), mass (mol), lowest D (kJ/mol atoms)."""
    lowest_phase: NDArray[np.int16]
    excess: NDArray[np.int16]
    """(n) component in excess where infeasible."""
    gamma: Floats
    """(n, C)"""
    count: NDArray[np.int16]
    phase: NDArray[np.int16]
    """(n, N)"""
    amount: Floats
    """(n, N)"""
    molar: Floats
    """(n, N, 2) volume and entropy per mol of formula."""
    proportions: Floats
    """(n, N, I)"""


def new_results(system: System, n: int) -> Results:
    """Empty results of n points."""
    _, i, c = system.phases.composition.shape
    slots = c + 2
    return Results(
        status=np.full(n, st.NOT_RUN, np.int8),
        answered_by=np.zeros(n, np.int8),
        iterations=np.zeros(n, np.int16),
        residuals=np.full((n, 4), np.nan),
        lowest_phase=np.full(n, -1, np.int16),
        excess=np.full(n, -1, np.int16),
        gamma=np.full((n, c), np.nan),
        count=np.zeros(n, np.int16),
        phase=np.full((n, slots), -1, np.int16),
        amount=np.zeros((n, slots)),
        molar=np.zeros((n, slots, 2)),
        proportions=np.zeros((n, slots, i)),
    )


@kernel
def write(phases: Phases, work: Workspace, status, path, out: Results, i):
    """Write the state of the workspace as the answer of point i."""
    state, certificate = work.state, work.certificate
    out.status[i] = status
    out.answered_by[i] = path
    out.iterations[i] = np.int16(min(certificate[ITERATIONS], 32000.0))
    out.count[i] = 0
    if status != st.CERTIFIED:
        out.excess[i] = np.int16(certificate[EXCESS]) if status == st.INFEASIBLE else -1
        return
    out.residuals[i, 0] = max(state.residuals[0], 0.0)
    out.residuals[i, 1] = state.residuals[1]
    out.residuals[i, 2] = state.residuals[2]
    out.residuals[i, 3] = certificate[LOWEST]
    out.lowest_phase[i] = np.int16(certificate[LOWEST_PHASE])
    out.count[i] = state.count[0]
    for c in range(state.gamma.size):
        out.gamma[i, c] = state.gamma[c]
    for j in range(state.count[0]):
        k = state.phase[j]
        out.phase[i, j] = k
        out.amount[i, j] = state.amount[j]
        v, s = volume_entropy(phases, k, work.conditions, state.proportions[j], work.phase.sites[Y])
        out.molar[i, j, 0] = v
        out.molar[i, j, 1] = s
        for m in range(state.proportions.shape[1]):
            out.proportions[i, j, m] = state.proportions[j, m]


@kernel
def read(results: Results, i, state: State):
    """Put the answer of point i into a state."""
    state.count[0] = 0
    for c in range(state.gamma.size):
        state.gamma[c] = results.gamma[i, c]
    for j in range(results.count[i]):
        append(state, results.phase[i, j], results.amount[i, j], results.proportions[i, j], 0)


@kernel
def certify(system: System, bulk, options: Options, full, work: Workspace):
    """Finish the state of the workspace and judge it by the residuals that are stored."""
    status = finish(
        system.phases, system.seeds, system.bounds, work.conditions, bulk, options, full,
        work.state, work.previous, work.known, work.newton, work.search, work.phase,
        work.certificate,
    )  # fmt: skip
    return status


@kernel
def chain(
    system: System, options: Options, pressure, temperature, bulk, order, work: Workspace,
    out: Results,
):  # fmt: skip
    """Solve the points in the given order, each from the one before, cold where that fails."""
    have = False
    for i in order:
        set_conditions(system, pressure[i], temperature[i], work.conditions)
        work.certificate[:] = 0.0
        status, path = st.NOT_CONVERGED, st.WARM
        if have:
            status = certify(system, bulk[i], options, False, work)
        if status != st.CERTIFIED:
            path = st.COLD
            status = solve_cold(
                system.phases, system.seeds, system.bounds, work.conditions, bulk[i], options,
                work.state, work.previous, work.known, work.newton, work.search, work.phase,
                work.certificate,
            )  # fmt: skip
        write(system.phases, work, status, path, out, i)
        have = status == st.CERTIFIED


@kernel
def lacks(phases: Phases, out: Results, i, j, options: Options, work: Workspace):
    """First instance of point i whose phase or composition point j does not have, or -1."""
    for a in range(out.count[i]):
        k = out.phase[i, a]
        found = False
        for b in range(out.count[j]):
            if out.phase[j, b] == k:
                gap = distance(
                    phases, k, out.proportions[i, a], out.proportions[j, b], work.search.y
                )
                found = found or gap < options.exchange_distance
        if not found:
            return a
    return -1


@kernel
def offer(
    system: System, options: Options, pressure, temperature, bulk, i, j, work: Workspace,
    out: Results,
):  # fmt: skip
    """Try the assemblage of point i at point j; True where that lowered the energy of j."""
    phases = system.phases
    if out.status[i] != st.CERTIFIED or out.status[j] == st.INFEASIBLE:
        return False
    old = np.inf
    if out.status[j] == st.CERTIFIED:
        if lacks(phases, out, i, j, options, work) < 0:
            return False
        set_conditions(system, pressure[j], temperature[j], work.conditions)
        below = False
        for a in range(out.count[i]):
            k = out.phase[i, a]
            for m in range(phases.n_endmembers[k]):
                work.search.p[m] = out.proportions[i, a, m]
            set_base(phases, k, work.conditions, out.gamma[j], work.search.base)
            d, _, _ = descend(
                phases, k, work.search.base, work.conditions.interaction,
                work.conditions.state[0], options.descent_steps, options.hopeless,
                work.search.p, work.phase,
            )  # fmt: skip
            below = below or d < options.add_below
        if not below:
            return False
        old = 0.0
        for c in range(bulk.shape[1]):
            old += out.gamma[j, c] * bulk[j, c]
    set_conditions(system, pressure[j], temperature[j], work.conditions)
    work.certificate[:] = 0.0
    read(out, i, work.state)
    status = certify(system, bulk[j], options, True, work)
    if status != st.CERTIFIED:
        return False
    new = 0.0
    for c in range(bulk.shape[1]):
        new += work.state.gamma[c] * bulk[j, c]
    if new >= old - 1e-11:
        return False
    write(phases, work, status, st.WARM, out, j)
    return True


@kernel
def exchange(
    system: System, options: Options, pressure, temperature, bulk, edges, work: Workspace,
    out: Results,
):  # fmt: skip
    """Offer each point's assemblage to its neighbours until nothing improves.

    Returns
    -------
    int
        Points improved.
    """
    total = 0
    for _ in range(options.rounds):
        improved = 0
        for e in range(edges.shape[0]):
            i, j = edges[e, 0], edges[e, 1]
            if offer(system, options, pressure, temperature, bulk, i, j, work, out):
                improved += 1
            if offer(system, options, pressure, temperature, bulk, j, i, work, out):
                improved += 1
        total += improved
        if improved == 0:
            break
    return total


@kernel
def sweep(
    system: System, options: Options, pressure, temperature, bulk, order, edges, out: Results
):
    """Solve all points of a tile.

    Parameters
    ----------
    pressure, temperature : (n,) arrays
        kbar, K.
    bulk : (n, C) array
        mol per mole of oxides, all components positive.
    order : (n,) array of int
        The chain.
    edges : (m, 2) array of int
        Pairs of adjacent points, for the exchange.
    out : Results
        Filled.

    Returns
    -------
    int
        Points that the exchange improved.
    """
    work = new_workspace(system)
    chain(system, options, pressure, temperature, bulk, order, work, out)
    return exchange(system, options, pressure, temperature, bulk, edges, work, out)

"""Nodes that are solved again and again, each from its own last answer, as P and T move a little.

A node keeps, beside its answer, what the last search all over found of each phase, and where. As in
`search` the lowest driving force of a phase is concave in what it depends on, so that it cannot have
fallen by more than `fall` since. A phase that this keeps above the plane is not searched; all others
are, all over. Nothing else is taken for granted of an answer that is old.

A phase that is present could besides have split. Along the softest direction of its composition let
D = a x^2/2 + c x^3/6 + q x^4/24, a = s RT with the softness s, q = 32 RT as in the middle of an ideal
binary. Where none was found a second minimum appears at c^2 = 8 a q/3 and x = (6 a/q)^(1/2), as high as
a^2/(2 q); it reaches the plane at c^2 = 3 a q. So s has to fall by a ninth before, and driving forces,
by e over the polytope and so by e x there, until e = 0.036 RT s^(3/2). Well before, and in any case
where another phase would be, it is searched again.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import status as st
from ._jit import inner, kernel, table
from .adding import join_twins
from .chord import solve_near
from .covering import search_completely
from .descent import Y, set_base, softness
from .equilibrium import Workspace, bulk_energy, solve_point
from .layout import Booleans, Floats, Ints, Options, System, n_slots
from .newton import append, solve
from .search import fall, forget, forget_looks, instances, most_atoms
from .solution import volume_entropy
from .standard import set_conditions

LEAST_AMOUNT = 1e-12
"""An instance below this [mol of formula per mole of oxides] is a limit of the arithmetic."""
CHAIN = 512
"""Nodes that may begin one from another; those before and after depend on nothing of them."""
_KELVIN = 273.15
_FALL, _SOFTER = 0.03, 0.95
"""What may happen to a present phase before it is searched again; see above."""
_SURE = 0.2
"""A phase of more softness has no second minimum near, however its softness changes."""


@table
class Nodes(NamedTuple):
    """What is known of n nodes: M end-members of all phases, N instances at most."""

    status: NDArray[np.int8]
    pressure: Floats
    """(n) kbar, of the last answer."""
    temperature: Floats
    """(n) K."""
    bulk: Floats
    """(n, C)"""
    gamma: Floats
    """(n, C)"""
    number: Ints
    """(n) instances; 0 where there is no answer."""
    phase: Ints
    """(n, N)"""
    amount: Floats
    """(n, N)"""
    molar: Floats
    """(n, N, 2) volume and entropy per mol of formula."""
    proportions: Floats
    """(n, N, I)"""
    residuals: Floats
    """(n, 4) as of `Results`; the last may be a bound."""
    lowest_phase: NDArray[np.int16]
    """(n) as of `Results`."""
    base: Floats
    """(n, M) of each phase when it was last searched all over, as in `Known`."""
    looked: Floats
    """(n, K, 3) RT, P, T then."""
    lowest: Floats
    """(n, K) what no composition then lay below."""
    present: NDArray[np.int8]
    """(n, K) instances then."""
    softness: Floats
    """(n, K) of the softest instance then; see `descent.softness`."""


@table
class Terms(NamedTuple):
    """The phases of a system in the terms of whoever reads the answers, X components there."""

    id: Ints
    """(K) phase."""
    mass: Floats
    """(K, I) g per mol of end-member."""
    oxides: Floats
    """(K, I, X) mol of component per mol of end-member."""
    potentials: Floats
    """(C, X) what potentials of the system add up to that of each component; NaN for none."""
    order: Ints
    """(K, X) by which components instances of a phase are told apart, -1 beyond the last."""
    melt: Booleans
    """(K) whether it is a melt."""


@table
class Answers(NamedTuple):
    """Buffers that a solver fills, n nodes, N slots; a table without rows is not wanted.

    Slots are sorted by phase, then by composition; beyond the last the phase is -1 and what belongs
    to it 0. Where `status` is not 0 there is no answer: numbers are NaN and phases -1.
    """

    status: NDArray[np.int8]
    """(n) 0 where certified; else a number of `Solver.statuses`."""
    phase_id: NDArray[np.int16]
    """(n, N) place of the phase in `Solver.phases`."""
    amount_mol: Floats
    """(n, N) mol of formula per mole of oxides of the rock."""
    mass_fraction: Floats
    """(n, N)"""
    volume_fraction: Floats
    """(n, N)"""
    composition_mol: Floats
    """(n, N, X) mole fractions of the oxides in the phase; no rows unless asked for."""
    chemical_potential_kJ_mol: Floats
    """(n, X) of the oxides; NaN for one that the rock has not."""
    density_kg_m3: Floats
    """(n)"""
    entropy_J_kgK: Floats
    """(n)"""
    enthalpy_J_kg: Floats
    """(n)"""
    melt_mass_fraction: Floats
    """(n)"""
    melt_volume_fraction: Floats
    """(n)"""
    heat_capacity_J_kgK: Floats
    """(n) of the rock at equilibrium, latent heat included; no rows unless asked for."""
    alpha_per_K: Floats
    """(n) expansivity, likewise."""
    beta_per_kbar: Floats
    """(n) compressibility, likewise."""


@table
class Task(NamedTuple):
    """All that it takes to solve some nodes of one system, by one thread at a time."""

    system: System
    options: Options
    limits: Floats
    """(2, 2) least and greatest pressure [kbar] and temperature [K]."""
    nodes: Nodes
    place: Ints
    """(n) place of each node in the arrays that are given and filled."""
    terms: Terms
    work: Workspace
    asked: Booleans
    """(K) scratch: phases in question."""
    softness: Floats
    """(K) scratch: as of a node."""
    bounds: Floats
    """(K) scratch: what no composition lies below now, kJ/mol."""
    slots: Ints
    """(N) scratch: instances in the order of their slots."""
    made: Floats
    """(N, X) scratch: oxides in each instance."""
    counts: Ints
    """(3) nodes since the start that were as before, that needed no search, that needed one."""


def new_nodes(system: System, n: int) -> Nodes:
    """Nodes of which nothing is known yet."""
    k, i, c = system.phases.composition.shape
    slots, m = n_slots(c), int(system.phases.n_endmembers.sum())
    return Nodes(
        status=np.full(n, st.NOT_RUN, np.int8),
        pressure=np.full(n, np.nan),
        temperature=np.full(n, np.nan),
        bulk=np.full((n, c), np.nan),
        gamma=np.zeros((n, c)),
        number=np.zeros(n, np.int64),
        phase=np.zeros((n, slots), np.int64),
        amount=np.zeros((n, slots)),
        molar=np.zeros((n, slots, 2)),
        proportions=np.zeros((n, slots, i)),
        residuals=np.full((n, 4), np.nan),
        lowest_phase=np.full(n, -1, np.int16),
        base=np.zeros((n, m)),
        looked=np.zeros((n, k, 3)),
        lowest=np.full((n, k), -np.inf),
        present=np.zeros((n, k), np.int8),
        softness=np.zeros((n, k)),
    )


@inner
def recall(task: Task, row):
    """Put the answer of a node, and what was known of its phases, into the workspace."""
    phases, nodes = task.system.phases, task.nodes
    state, known = task.work.state, task.work.search.known
    state.number[0] = 0
    for c in range(state.gamma.size):
        state.gamma[c] = nodes.gamma[row, c]
    for j in range(nodes.number[row]):
        append(state, nodes.phase[row, j], nodes.amount[row, j], nodes.proportions[row, j], 0)
    at = 0
    for k in range(phases.n_endmembers.size):
        known.number[k] = 0
        known.lowest[k] = nodes.lowest[row, k]
        known.present[k] = nodes.present[row, k]
        task.softness[k] = nodes.softness[row, k]
        for x in range(3):
            known.state[k, x] = nodes.looked[row, k, x]
        for i in range(phases.n_endmembers[k]):
            known.base[k, i] = nodes.base[row, at]
            at += 1


@inner
def retain(task: Task, bulk, row):
    """Write the state of the workspace as the answer of a node, with what is known of its phases."""
    phases, nodes, w = task.system.phases, task.nodes, task.work
    state, known, conditions = w.state, w.search.known, w.conditions
    nodes.pressure[row] = conditions.state[1]
    nodes.temperature[row] = conditions.state[2]
    nodes.number[row] = state.number[0]
    for r in range(3):
        nodes.residuals[row, r] = max(state.residuals[r], 0.0)
    nodes.residuals[row, 3] = np.inf
    for k in range(phases.n_endmembers.size):
        per_atom = task.bounds[k] / most_atoms(phases, k)
        if per_atom < nodes.residuals[row, 3]:
            nodes.residuals[row, 3] = per_atom
            nodes.lowest_phase[row] = k
    for c in range(bulk.size):
        nodes.bulk[row, c] = bulk[c]
        nodes.gamma[row, c] = state.gamma[c]
    for j in range(state.number[0]):
        k = state.phase[j]
        nodes.phase[row, j] = k
        nodes.amount[row, j] = state.amount[j]
        v, s = volume_entropy(phases, k, conditions, state.proportions[j], w.phase.sites[Y])
        nodes.molar[row, j, 0] = v
        nodes.molar[row, j, 1] = s
        for i in range(phases.n_endmembers[k]):
            nodes.proportions[row, j, i] = state.proportions[j, i]
    at = 0
    for k in range(phases.n_endmembers.size):
        nodes.lowest[row, k] = known.lowest[k]
        nodes.present[row, k] = known.present[k]
        nodes.softness[row, k] = task.softness[k]
        for x in range(3):
            nodes.looked[row, k, x] = known.state[k, x]
        for i in range(phases.n_endmembers[k]):
            nodes.base[row, at] = known.base[k, i]
            at += 1


@inner
def softest(task: Task, k):
    """Softness of the softest instance of phase k, 1 at most; work.search.base[k] must be set."""
    w, phases, state = task.work, task.system.phases, task.work.state
    least = 1.0
    for j in range(state.number[0]):
        if state.phase[j] == k:
            soft = softness(
                phases, k, w.search.base, w.conditions.interaction, w.conditions.state[0],
                state.proportions[j], w.phase,
            )  # fmt: skip
            least = min(least, soft)
    return least


@inner
def may_have_split(task: Task, k, moved):
    """Whether a second composition of phase k, which is present, may have come near the plane."""
    soft = task.softness[k]
    allowed = _FALL * task.work.conditions.state[0] * soft * np.sqrt(soft)
    if not moved <= min(allowed, task.options.present_movement):
        return True
    return soft < _SURE and not softest(task, k) > _SOFTER * soft


@inner
def ask(task: Task):
    """Find which phases may have come below the plane of the state; whether there are any."""
    phases, w, options, asked = task.system.phases, task.work, task.options, task.asked
    state, known = w.state, w.search.known
    found = False
    for k in range(phases.n_endmembers.size):
        set_base(phases, k, w.conditions, state.gamma, w.search.base)
        here = instances(state, k)
        if phases.n_endmembers[k] == 1:
            task.bounds[k] = np.inf if here > 0 else w.search.base[k, 0]
            asked[k] = not task.bounds[k] >= options.add_below
        else:
            moved = fall(phases, task.system.bounds, w.conditions, k, w.search)
            task.bounds[k] = known.lowest[k] - moved
            asked[k] = (
                here != known.present[k]
                or not task.bounds[k] > options.skip_above
                or (here > 0 and may_have_split(task, k, moved))
            )
        found = found or asked[k]
    return found


@inner
def note_search(task: Task, k):
    """Note what the search of phase k told that was just made here, and how soft it is."""
    w, known = task.work, task.work.search.known
    if task.system.phases.n_endmembers[k] == 1:
        task.bounds[k] = np.inf if instances(w.state, k) > 0 else w.search.base[k, 0]
        return
    task.bounds[k] = known.lowest[k] - fall(
        task.system.phases, task.system.bounds, w.conditions, k, w.search
    )
    if known.present[k] > 0:
        task.softness[k] = softest(task, k)


@inner
def settled(task: Task, bulk, source):
    """Newton's method from the answer of a node, which is in the state; whether it converged."""
    phases, options, w = task.system.phases, task.options, task.work
    if solve_near(phases, w.conditions, bulk, options, w.state, w.newton, w.phase):
        return True
    recall(task, source)
    status, _ = solve(phases, w.conditions, bulk, options, True, w.state, w.newton, w.phase)
    return status == st.CERTIFIED


@inner
def revisit(task: Task, bulk, row, source, fresh):
    """Solve one node at the conditions in the workspace.

    Parameters
    ----------
    source : int
        Node whose answer is begun from, or -1 for none.
    fresh : bool
        Whether the workspace still holds that answer.

    Returns
    -------
    int
        Status.
    """
    system, options, w = task.system, task.options, task.work
    phases, state, known = system.phases, w.state, w.search.known
    before = np.inf
    if source < 0:
        forget(known)
    else:
        if not fresh:
            recall(task, source)
        if settled(task, bulk, source) and not join_twins(phases, state, options):
            if not ask(task):
                task.counts[1] += 1
                return st.CERTIFIED
            _, d, _ = search_completely(
                phases, system.cover, system.bounds, w.conditions, task.asked, state, options,
                w.search,
            )  # fmt: skip
            if d >= options.add_below:
                for k in range(task.asked.size):
                    if task.asked[k]:
                        note_search(task, k)
                task.counts[2] += 1
                return st.CERTIFIED
            before = bulk_energy(state.gamma, bulk)
        else:
            recall(task, source)
        forget_looks(known)
    task.counts[2] += 1
    status, _ = solve_point(system, options, bulk, source >= 0, True, w)
    if status == st.CERTIFIED and bulk_energy(state.gamma, bulk) > before + 1e-9:
        status = st.DRIVING_FORCE
    if status == st.CERTIFIED:
        for k in range(task.asked.size):
            note_search(task, k)
    return status


@inner
def comes_after(task: Task, row, j, other):
    """Whether instance j of a node belongs after another: by phase, then by composition."""
    terms, nodes = task.terms, task.nodes
    k, other_k = nodes.phase[row, j], nodes.phase[row, other]
    if k != other_k:
        return terms.id[k] > terms.id[other_k]
    mine, its = 0.0, 0.0
    for x in range(task.made.shape[1]):
        mine += task.made[j, x]
        its += task.made[other, x]
    for x in range(terms.order.shape[1]):
        c = terms.order[k, x]
        if c < 0:
            break
        a, b = task.made[j, c] / mine, task.made[other, c] / its
        if a != b:
            return a < b
    return False


@inner
def sort_slots(task: Task, row):
    """Fill the oxides of the instances of a node and their order; how many there are."""
    nodes, terms, made, slots = task.nodes, task.terms, task.made, task.slots
    number = 0
    for j in range(nodes.number[row]):
        if nodes.amount[row, j] <= LEAST_AMOUNT:
            continue
        k = nodes.phase[row, j]
        for x in range(made.shape[1]):
            made[j, x] = 0.0
        for i in range(task.system.phases.n_endmembers[k]):
            p = nodes.proportions[row, j, i]
            for x in range(made.shape[1]):
                made[j, x] += p * terms.oxides[k, i, x]
        at = number
        while at > 0 and comes_after(task, row, slots[at - 1], j):
            slots[at] = slots[at - 1]
            at -= 1
        slots[at] = j
        number += 1
    return number


@inner
def leave_open(out: Answers, node):
    """Leave no number where there is no answer."""
    for j in range(out.phase_id.shape[1]):
        out.phase_id[node, j] = -1
        out.amount_mol[node, j] = np.nan
        out.mass_fraction[node, j] = np.nan
        out.volume_fraction[node, j] = np.nan
        if out.composition_mol.shape[0] > 0:
            for x in range(out.composition_mol.shape[2]):
                out.composition_mol[node, j, x] = np.nan
    for x in range(out.chemical_potential_kJ_mol.shape[1]):
        out.chemical_potential_kJ_mol[node, x] = np.nan
    out.density_kg_m3[node] = np.nan
    out.entropy_J_kgK[node] = np.nan
    out.enthalpy_J_kg[node] = np.nan
    out.melt_mass_fraction[node] = np.nan
    out.melt_volume_fraction[node] = np.nan


@inner
def hand_slot(task: Task, row, j, slot, node, out: Answers):
    """Write instance j of a node into a slot; its mass [g], volume [kJ/kbar] and entropy [kJ/K]."""
    nodes, terms = task.nodes, task.terms
    k, amount, mass = nodes.phase[row, j], nodes.amount[row, j], 0.0
    for i in range(task.system.phases.n_endmembers[k]):
        mass += nodes.proportions[row, j, i] * terms.mass[k, i]
    out.phase_id[node, slot] = terms.id[k]
    out.amount_mol[node, slot] = amount
    out.mass_fraction[node, slot] = amount * mass
    out.volume_fraction[node, slot] = amount * nodes.molar[row, j, 0]
    if out.composition_mol.shape[0] > 0:
        total = 0.0
        for x in range(task.made.shape[1]):
            total += task.made[j, x]
        for x in range(task.made.shape[1]):
            out.composition_mol[node, slot, x] = task.made[j, x] / total
    return amount * mass, amount * nodes.molar[row, j, 0], amount * nodes.molar[row, j, 1]


@inner
def hand_out(task: Task, row, node, out: Answers):
    """Write the answer of a node into the buffers, in the terms of who reads them."""
    nodes, terms = task.nodes, task.terms
    out.status[node] = nodes.status[row]
    if nodes.status[row] != st.CERTIFIED:
        leave_open(out, node)
        return
    number, slots = sort_slots(task, row), out.phase_id.shape[1]
    mass, volume, entropy = 0.0, 0.0, 0.0
    for slot in range(number):
        of = hand_slot(task, row, task.slots[slot], slot, node, out)
        mass += of[0]
        volume += of[1]
        entropy += of[2]
    melt_mass, melt_volume = 0.0, 0.0
    for slot in range(slots):
        if slot >= number:
            out.phase_id[node, slot] = -1
            out.amount_mol[node, slot] = 0.0
            out.mass_fraction[node, slot] = 0.0
            out.volume_fraction[node, slot] = 0.0
            if out.composition_mol.shape[0] > 0:
                for x in range(out.composition_mol.shape[2]):
                    out.composition_mol[node, slot, x] = 0.0
            continue
        out.mass_fraction[node, slot] /= mass
        out.volume_fraction[node, slot] /= volume
        if terms.melt[nodes.phase[row, task.slots[slot]]]:
            melt_mass += out.mass_fraction[node, slot]
            melt_volume += out.volume_fraction[node, slot]
    energy = bulk_energy(nodes.gamma[row], nodes.bulk[row])
    for x in range(out.chemical_potential_kJ_mol.shape[1]):
        total = 0.0
        for c in range(nodes.gamma.shape[1]):
            if terms.potentials[c, x] != 0.0:
                total += terms.potentials[c, x] * nodes.gamma[row, c]
        out.chemical_potential_kJ_mol[node, x] = total
    out.density_kg_m3[node] = 100.0 * mass / volume  # 1 kJ/kbar is 10 cm3
    out.entropy_J_kgK[node] = 1e6 * entropy / mass
    out.enthalpy_J_kg[node] = 1e6 * (energy + nodes.temperature[row] * entropy) / mass
    out.melt_mass_fraction[node] = melt_mass
    out.melt_volume_fraction[node] = melt_volume


@inner
def is_as_before(nodes: Nodes, row, p, t, bulk):
    """Whether a node has an answer for just these conditions and this bulk."""
    if nodes.number[row] == 0 or nodes.pressure[row] != p or nodes.temperature[row] != t:
        return False
    for c in range(bulk.size):
        if nodes.bulk[row, c] != bulk[c]:
            return False
    return True


@kernel
def solve_nodes(task: Task, pressure_kbar, temperature_C, bulk, first, last, out: Answers):
    """Solve nodes first <= row < last of a task, and fill the buffers at their places.

    One that has no answer yet begins from the one before it, the first of a CHAIN from nothing.

    Parameters
    ----------
    task : Task
        What is known; changed. No two threads may be given the same one at once.
    pressure_kbar, temperature_C : (n,) arrays
        Indexed by place.
    bulk : (1, C) or (m, C) array
        Amounts of the system's components, mol per mole of oxides: one for all, or of each node of
        the task.
    out : Answers
        Filled, indexed by place; what is to be filled by others is left.

    Returns
    -------
    int
        How many of them have no answer.
    """
    nodes, w, failed, source = task.nodes, task.work, 0, -1
    for row in range(first, last):
        if row % CHAIN == 0:
            source = -1
        node = task.place[row]
        p, t = pressure_kbar[node], temperature_C[node] + _KELVIN
        b = bulk[row if bulk.shape[0] > 1 else 0]
        known, fresh = nodes.number[row] > 0, False
        if is_as_before(nodes, row, p, t, b):
            task.counts[0] += 1
            hand_out(task, row, node, out)
            continue
        status = st.BAD_CONDITIONS
        inside = p >= task.limits[0, 0] and p <= task.limits[0, 1]
        inside = inside and t >= task.limits[1, 0] and t <= task.limits[1, 1]  # not so of NaN
        if inside:
            set_conditions(task.system, p, t, w.conditions)
            fresh = not known and source == row - 1
            status = revisit(task, b, row, row if known else source, fresh)
        nodes.status[row] = status
        if status == st.CERTIFIED:
            retain(task, b, row)
            source = row
        else:
            nodes.number[row] = 0
            failed += 1
        hand_out(task, row, node, out)
    return failed


@kernel
def hand_properties(task: Task, first, last, relaxed, out: Answers):
    """Write what follows from the second derivatives of the energy at equilibrium into the buffers.

    Parameters
    ----------
    relaxed : (last - first, 3) array
        G_TT, G_TP, G_PP of nodes first <= row < last, per mole of oxides; NaN where there are none.
    """
    nodes = task.nodes
    for row in range(first, last):
        node, volume = task.place[row], 0.0
        for j in range(nodes.number[row]):
            volume += nodes.amount[row, j] * nodes.molar[row, j, 0]
        mass = 0.01 * out.density_kg_m3[node] * volume  # g
        tt, tp, pp = relaxed[row - first, 0], relaxed[row - first, 1], relaxed[row - first, 2]
        out.heat_capacity_J_kgK[node] = -1e6 * nodes.temperature[row] * tt / mass
        out.alpha_per_K[node] = tp / volume
        out.beta_per_kbar[node] = -pp / volume

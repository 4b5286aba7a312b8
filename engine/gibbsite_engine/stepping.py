"""The kernel of a solver: nodes one after the other, each from its own last answer."""

from . import status as st
from ._jit import inner, kernel
from .handing import hand_out
from .layout import ZERO_C
from .nodes import Answers, Task
from .revisit import is_as_before, retain, revisit
from .search import forget
from .standard import set_conditions

CHAIN = 512
"""Nodes that may begin one from another; those before and after depend on nothing of them."""


@inner
def room(out: Answers):
    """For how many nodes all buffers have room."""
    n = min(out.status.size, out.phase_id.shape[0], out.amount_mol.shape[0])
    n = min(n, out.mass_fraction.shape[0], out.volume_fraction.shape[0])
    n = min(n, out.chemical_potential_kJ_mol.shape[0], out.density_kg_m3.size)
    n = min(n, out.entropy_J_kgK.size, out.enthalpy_J_kg.size)
    n = min(n, out.melt_mass_fraction.size, out.melt_volume_fraction.size)
    return min(n, out.composition_mol.shape[0]) if out.composition_mol.shape[0] > 0 else n


@inner
def fit(task: Task, pressure_kbar, temperature_C, bulk, first, last, out: Answers):
    """Whether what is given is large enough for some nodes of a task, and made of the same components."""
    n = min(pressure_kbar.size, temperature_C.size, room(out))
    if first < 0 or last > task.place.size or bulk.shape[1] != task.nodes.bulk.shape[1]:
        return False
    if bulk.shape[0] < 1 or (bulk.shape[0] > 1 and bulk.shape[0] < last):
        return False
    if out.chemical_potential_kJ_mol.shape[1] != task.terms.potentials.shape[1]:
        return False
    if out.phase_id.shape[1] < task.nodes.phase.shape[1]:
        return False
    for row in range(first, last):
        if task.place[row] >= n:
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
        How many of them have no answer; -1 where bulk or buffers do not fit the task, and nothing is
        done.
    """
    if not fit(task, pressure_kbar, temperature_C, bulk, first, last, out):
        return -1
    nodes, w, failed, source = task.nodes, task.work, 0, -1
    for row in range(first, last):
        if row % CHAIN == 0 or row == first:
            source = -1
            forget(w.search.known)
        node = task.place[row]
        p, t = pressure_kbar[node], temperature_C[node] + ZERO_C
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

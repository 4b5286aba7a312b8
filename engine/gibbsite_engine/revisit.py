"""Nodes that are solved again and again, each from its own last answer, as P and T move a little.

A node keeps, beside its answer, what the last search all over found of each phase, and where. As in
`search` the lowest driving force of a phase is concave in what it depends on, so that it cannot have
fallen by more than `fall` since. A phase that this keeps above the plane is not searched; all others
are, all over. Nothing else is taken for granted of an answer that is old.

A phase that is present could besides have split. Along the softest direction of its composition let
D = a x^2/2 + c x^3/6 + q x^4/24, a = s RT with the softness s, q = 32 RT as in the middle of an ideal
binary. Where none was found a second minimum appears at c^2 = 8 a q/3 and x = (6 a/q)^(1/2), as high as
a^2/(2 q); it reaches the plane at c^2 = 3 a q. So s has to fall by a ninth before, and driving forces,
by e x there, until e = 0.036 RT s^(3/2). With x in units of the curvature of ideal mixing e is at most
the norm of the change of g0 - C'Gamma in that metric, see `stress`, and no more than `fall` besides: a
component that is nearly absent counts in that as if it could become the whole. Well before, and in any
case where another phase would be, it is searched again, unless cells (see `basin`) show that each
composition is alone. In a `valley` a second minimum may already be; what it does is told by cells alone.
"""

import numpy as np

from . import status as st
from ._jit import inner
from .adding import join_twins
from .basin import are_alone, are_convex
from .chord import forget_factors, solve_near
from .covering import search_completely
from .dense import cholesky, copy, solve_lower
from .descent import set_base, softness
from .equilibrium import bulk_energy, judge_conditions, solve_point
from .factors import RT, P, T
from .layout import Phases
from .mixing import site_fractions
from .newton import append, solve
from .nodes import HELD, Nodes, Task
from .phase_work import STEP, STIFFNESS, Y
from .search import Known, fall, forget, forget_looks, instances, most_atoms
from .solution import hessian, volume_entropy

_FALL, _SOFTER = 0.03, 0.95
"""What may happen to a present phase before it is searched again; see above."""
_SURE = 0.2
"""A phase of more softness has no second minimum near, however its softness changes."""
_UNTOLD = 0.0
"""Of a phase with a cell that may hide a second minimum, above the plane: none but its cells tell of it."""
_DEFINITE = 1e-13
_ROUNDED = 2e-7
"""More than what a number loses in four bytes, relative."""


@inner
def is_as_before(nodes: Nodes, row, p, t, bulk):
    """Whether a node has an answer for just these conditions and this bulk."""
    if nodes.number[row] == 0 or nodes.pressure[row] != p or nodes.temperature[row] != t:
        return False
    for c in range(bulk.size):
        if nodes.bulk[row, c] != bulk[c]:
            return False
    return True


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
    at, cell = 0, 0
    for k in range(phases.n_endmembers.size):
        known.lowest[k] = nodes.lowest[row, k]
        known.present[k] = nodes.present[row, k]
        known.outside[k] = nodes.outside[row, k]
        known.cells[k] = nodes.cells[row, k]
        known.rise[k] = max(known.outside[k], 0.0)  # no higher than that was
        for j in range(known.cells[k]):
            for x in range(phases.n_species[k] + 2):
                known.limits[k, j, x] = nodes.limits[row, cell, x]
            cell += 1
        task.softness[k] = nodes.softness[row, k]
        copy(nodes.looked[row, k], known.factors[k])
        for i in range(phases.n_endmembers[k]):
            known.base[k, i] = nodes.base[row, at]
            at += 1


@inner
def retain_cells(phases: Phases, nodes: Nodes, known: Known, k, row, cell):
    """Write the cells of phase k after others of a node, where there is room; return what follows."""
    number, species = known.cells[k], phases.n_species[k]
    if not known.outside[k] > -np.inf or cell + number > HELD:
        nodes.outside[row, k] = -np.inf
        nodes.cells[row, k] = 0
        return cell
    nodes.outside[row, k] = known.outside[k]
    nodes.cells[row, k] = number
    for j in range(number):
        for x in range(species + 2):  # the least V last but one; larger cells hold no less
            outwards = 1.0 - _ROUNDED if x == species else 1.0 + _ROUNDED
            nodes.limits[row, cell + j, x] = known.limits[k, j, x] * outwards
    return cell + number


@inner
def retain(task: Task, bulk, row):
    """Write the state of the workspace as the answer of a node, with what is known of its phases."""
    phases, nodes, w = task.system.phases, task.nodes, task.work
    state, known, conditions = w.state, w.search.known, w.conditions
    nodes.pressure[row] = conditions.factors[P]
    nodes.temperature[row] = conditions.factors[T]
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
    at, cell = 0, 0
    for k in range(phases.n_endmembers.size):
        cell = retain_cells(phases, nodes, known, k, row, cell)
        nodes.lowest[row, k] = known.lowest[k]
        nodes.present[row, k] = known.present[k]
        nodes.softness[row, k] = task.softness[k]
        copy(known.factors[k], nodes.looked[row, k])
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
            soft = softness(phases, k, w.conditions, w.search.base, state.proportions[j], w.phase)
            least = min(least, soft)
    return least


@inner
def stress(task: Task, k):
    """Greatest change of slope of D at a composition of phase k that is present since the last search.

    Along u with u'H u = RT, H of ideal mixing: (RT c'H^-1 c)^(1/2) with c the change of the base.
    """
    w, phases, state = task.work, task.system.phases, task.work.state
    pw, n, greatest = w.phase, phases.n_endmembers[k], 0.0
    change = pw.rows[STEP]
    for j in range(state.number[0]):
        if state.phase[j] != k:
            continue
        site_fractions(phases, k, state.proportions[j], pw.sites[Y])
        pw.sites[STIFFNESS, :] = 1.0
        hessian(phases, k, w.conditions, 0.0, pw, pw.h)
        if not cholesky(pw.h, n, _DEFINITE):
            return np.inf
        for i in range(n):
            change[i] = w.search.base[k, i] - w.search.known.base[k, i]
        solve_lower(pw.h, n, change)
        total = 0.0
        for i in range(n):
            total += change[i] * change[i]
        greatest = max(greatest, total)
    return np.sqrt(w.conditions.factors[RT] * greatest)


@inner
def may_have_split(task: Task, k, moved):
    """Whether a second composition of phase k, which is present, may have come near the plane."""
    soft = task.softness[k]
    allowed = _FALL * task.work.conditions.factors[RT] * soft * np.sqrt(soft)
    allowed = min(allowed, task.options.present_movement)
    if not moved <= allowed and not stress(task, k) <= allowed:
        return True
    return soft < _SURE and not softest(task, k) > _SOFTER * soft


@inner
def is_alone(task: Task, k, here, moved):
    """Whether phase k, which is present, is known to have no other composition; see `basin`."""
    w, known = task.work, task.work.search.known
    if here != known.present[k] or not known.outside[k] - moved > task.options.skip_above:
        return False
    return are_alone(task.system.phases, w.conditions, k, w.state, w.search)


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
                or (
                    here > 0
                    and may_have_split(task, k, moved)
                    and not is_alone(task, k, here, moved)
                )
            )
        found = found or asked[k]
    return found


@inner
def forget_cells(task: Task):
    """Forget the cells of the phases in question: kept to, they would reach less at each visit, never more."""
    for k in range(task.asked.size):
        if task.asked[k]:
            task.work.search.known.cells[k] = 0


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
        phases, state = task.system.phases, w.state
        if known.cells[k] > 0 and not are_convex(phases, w.conditions, k, state, w.search):
            task.softness[k] = _UNTOLD


@inner
def settled(task: Task, bulk, source):
    """Newton's method from the answer of a node, which is in the state; whether it converged."""
    phases, options, w = task.system.phases, task.options, task.work
    forget_factors(w.chord)  # its answer was that of another node
    if solve_near(phases, w.conditions, bulk, options, w.state, w.chord, w.phase):
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
    status = judge_conditions(system, w.conditions)
    if status != st.CERTIFIED:
        return status
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
            forget_cells(task)
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

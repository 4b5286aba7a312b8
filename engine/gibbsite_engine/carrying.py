"""A point of a chain carried on from those before it, with a look at the other phases only now and then.

What the chain looks for only says where to begin: what certifies comes after it. So where a line of
points goes on evenly the assemblage is carried along it by prediction and Newton's method, and at
every `STRIDE`-th point it is looked whether another phase has come below the plane; where one has,
the points back to the last look are solved again, each with a look.
"""

import numpy as np

from ._jit import inner
from .chord import solve_near
from .descent import set_base
from .equilibrium import ITERATIONS, LOWEST, LOWEST_PHASE, Workspace
from .layout import Options, System
from .newton import copy_state
from .results import Results
from .search import instances

STRIDE = 16


@inner
def price_pure_phases(system: System, options: Options, w: Workspace):
    """Note the lowest driving force of the absent pure phases; whether none lies below the plane."""
    phases, lowest, phase = system.phases, np.inf, -1
    for k in range(phases.n_endmembers.size):
        if phases.n_endmembers[k] == 1 and instances(w.state, k) == 0:
            set_base(phases, k, w.conditions, w.state.gamma, w.search.base)
            if w.search.base[k, 0] < options.add_below:
                return False
            per_atom = w.search.base[k, 0] / phases.atoms[k, 0]
            if per_atom < lowest:
                lowest, phase = per_atom, k
    w.certificate[LOWEST] = lowest
    w.certificate[LOWEST_PHASE] = phase
    return True


@inner
def carry(system: System, options: Options, bulk, w: Workspace):
    """Solve a point by its predicted assemblage alone; where that is not it the state stays as it was.

    Returns
    -------
    bool
        Whether it is solved: present phases in equilibrium, and no pure phase below the plane.
    """
    w.certificate[:] = 0.0
    copy_state(w.state, w.previous)
    near = solve_near(system.phases, w.conditions, bulk, options, w.state, w.chord, w.phase)
    if near and price_pure_phases(system, options, w):
        w.certificate[ITERATIONS] = 1.0
        return True
    copy_state(w.previous, w.state)
    return False


@inner
def has_more(out: Results, i, j):
    """Whether point i has a phase, or one more instance of one, that point j has not."""
    for a in range(out.number[i]):
        k, more = out.phase[i, a], 0
        for b in range(out.number[i]):
            more += out.phase[i, b] == k
        for b in range(out.number[j]):
            more -= out.phase[j, b] == k
        if more > 0:
            return True
    return False

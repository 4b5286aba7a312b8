"""Standard energies and their curvatures of the phases that are present alone, for their properties.

As `standard.set_conditions` and `curvature.set_curvatures` have them, to the last bit; those of the
other phases, more than half of all, are left as they were.
"""

from typing import NamedTuple

import numpy as np

from ._jit import inner, table
from .assemblages import Assemblages
from .curvature import PP, TP, TT, endmember_curvature
from .layout import Booleans, Conditions, Floats, System
from .reference import set_opened, set_reference_curvature
from .standard import new_conditions, set_endmember, set_phase, set_state


@table
class Standard(NamedTuple):
    """Standard energies of the phases of an assemblage, with their curvatures."""

    conditions: Conditions
    terms: Floats
    """(m, 3) G_TT, G_TP, G_PP of the data-set end-members needed."""
    curvatures: Floats
    """(K, I, 3) the same of the end-members of the phases."""
    needed: Booleans
    """(m) data-set end-members that the phases are made of, or that a given potential is."""


def new_standard(system: System) -> Standard:
    """Nothing known yet."""
    k, i = system.phases.size.shape
    n = system.endmembers.enthalpy.size
    return Standard(
        new_conditions(system), np.zeros((n, 3)), np.zeros((k, i, 3)), np.zeros(n, np.bool_)
    )


@inner
def mark_needed(system: System, answers: Assemblages, point, needed):
    """Mark the data-set end-members that the phases of a point and given potentials are made of."""
    makes, opened = system.makes, system.opened
    for e in range(needed.size):
        needed[e] = False
        for o in range(opened.make.shape[0]):
            if opened.make[o, e] != 0.0:
                needed[e] = True
    for j in range(answers.number[point]):
        k = answers.phase[point, j]
        for i in range(system.phases.n_endmembers[k]):
            first = makes.start[k, i]
            for m in range(first, first + makes.number[k, i]):
                needed[makes.endmember[m]] = True


@inner
def set_present(system: System, answers: Assemblages, point, out: Standard):
    """Fill `out` for the phases of the assemblage of a point."""
    p, t, conditions, terms = (
        answers.pressure[point],
        answers.temperature[point],
        out.conditions,
        out.terms,
    )
    mark_needed(system, answers, point, out.needed)
    set_state(system, p, t, conditions)
    for e in range(out.needed.size):
        if out.needed[e]:
            set_endmember(system, e, p, t, conditions)
            terms[e, TT], terms[e, TP], terms[e, PP] = endmember_curvature(
                system.endmembers, e, p, t
            )
    set_opened(system.opened, conditions)
    for j in range(answers.number[point]):
        k = answers.phase[point, j]
        set_phase(system, k, conditions)
        set_reference_curvature(system, k, terms, out.curvatures)

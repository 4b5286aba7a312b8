"""Standard energies and their curvatures of the phases that are present alone, for their properties.

As `standard.set_conditions` and `curvature.set_curvatures` have them, see `thermal`; those of the
other phases, more than half of all, are left as they were. What the last points have left of the same
pressure and temperature, or of the same temperature, is not evaluated again.
"""

from typing import NamedTuple

import numpy as np

from ._jit import inner, table
from .assemblages import Assemblages
from .factors import P, T
from .layout import Conditions, Floats, System
from .reference import set_opened, set_reference_curvature
from .standard import new_conditions, set_phase, set_state
from .thermal import Thermal, new_thermal, set_thermal


@table
class Standard(NamedTuple):
    """Standard energies of the phases of an assemblage, with their curvatures."""

    conditions: Conditions
    thermal: Thermal
    terms: Floats
    """(m, 3) G_TT, G_TP, G_PP of the data-set end-members needed."""
    curvatures: Floats
    """(K, I, 3) the same of the end-members of the phases."""
    at: Floats
    """(K, 2) P and T [kbar, K] of what is there of a phase; NaN where nothing is."""


def new_standard(system: System) -> Standard:
    """Nothing known yet."""
    k, i = system.phases.size.shape
    n = system.endmembers.enthalpy.size
    conditions = new_conditions(system)
    conditions.factors[:] = np.nan
    return Standard(
        conditions, new_thermal(n), np.zeros((n, 3)), np.zeros((k, i, 3)), np.full((k, 2), np.nan)
    )


def forget(known: Standard) -> None:
    """Know nothing of any point; from the order of the last one that of the next differs in its last bits."""
    known.at.fill(np.nan)
    known.thermal.at.fill(np.nan)
    known.thermal.terms.fill(0.0)


@inner
def need(system: System, e, p, t, out: Standard):
    """Have a data-set end-member."""
    first, second = out.conditions.endmember_g, out.terms[e]
    set_thermal(system.endmembers, e, p, t, out.thermal, first, second)


@inner
def move(system: System, p, t, out: Standard):
    """Say where the conditions are, and fill the potentials that are given there."""
    set_state(system, p, t, out.conditions)
    opened = system.opened
    for o in range(opened.make.shape[0]):
        for e in range(opened.make.shape[1]):
            if opened.make[o, e] != 0.0:
                need(system, e, p, t, out)
    set_opened(opened, out.conditions)


@inner
def set_present(system: System, answers: Assemblages, point, out: Standard):
    """Fill `out` for the phases of the assemblage of a point."""
    p, t, makes = answers.pressure[point], answers.temperature[point], system.makes
    known = out.thermal.at
    if out.conditions.factors[P] != p or out.conditions.factors[T] != t:
        move(system, p, t, out)
    for j in range(answers.number[point]):
        k = answers.phase[point, j]
        if out.at[k, 0] == p and out.at[k, 1] == t:
            continue
        for i in range(system.phases.n_endmembers[k]):
            start = makes.start[k, i]
            for m in range(start, start + makes.number[k, i]):
                e = makes.endmember[m]
                if known[e, 0] != p or known[e, 1] != t:  # to ask here is less than a call
                    need(system, e, p, t, out)
        set_phase(system, k, out.conditions)
        set_reference_curvature(system, k, out.terms, out.curvatures)
        out.at[k, 0], out.at[k, 1] = p, t

"""Standard energies and their curvatures of the phases that are present alone, for their properties.

As `standard.set_conditions` and `curvature.set_curvatures` have them, to the last bit; those of the
other phases, more than half of all, are left as they were.
"""

import numpy as np

from ._jit import inner
from .curvature import PP, TP, TT, endmember_curvature
from .endmember import endmember_energy
from .layout import Conditions, System
from .standard import set_conditions


@inner
def mark_needed(system: System, phase, number, needed):
    """Mark the data-set end-members that some phases are made of."""
    makes = system.makes
    for e in range(needed.size):
        needed[e] = False
    for j in range(number):
        k = phase[j]
        for i in range(system.phases.n_endmembers[k]):
            first = makes.start[k, i]
            for m in range(first, first + makes.number[k, i]):
                needed[makes.endmember[m]] = True


@inner
def add_up(system: System, k, i, p, t, terms, out: Conditions, curvatures):
    """Energy, entropy, volume and curvatures of one end-member of a phase."""
    makes = system.makes
    energy = makes.energy[k, i]
    a, b, c = energy[0], energy[1], energy[2]
    g, s, v = a + b * t + c * p, -b, c
    tt, tp, pp = 0.0, 0.0, 0.0
    first = makes.start[k, i]
    for m in range(first, first + makes.number[k, i]):
        weight, e = makes.coefficient[m], makes.endmember[m]
        g += weight * out.endmember_g[e, 0]
        s += weight * out.endmember_g[e, 1]
        v += weight * out.endmember_g[e, 2]
        tt += weight * terms[e, TT]
        tp += weight * terms[e, TP]
        pp += weight * terms[e, PP]
    out.g0[k, i] = g
    out.s0[k, i] = s
    out.v0[k, i] = v
    curvatures[k, i, TT] = tt
    curvatures[k, i, TP] = tp
    curvatures[k, i, PP] = pp


@inner
def set_present(system: System, phase, number, p, t, out: Conditions, terms, curvatures, needed):
    """Fill `out` and `curvatures` at P (kbar) and T (K) for the phases of an assemblage.

    Where components are open, all standard energies are filled.

    Parameters
    ----------
    phase : (n,) array
        `number` of them.
    terms : (m, 3) array
        Filled: G_TT, G_TP, G_PP of the data-set end-members needed.
    curvatures : (K, I, 3) array
        Filled for these phases.
    needed : (m,) array of bool
        Scratch.
    """
    mark_needed(system, phase, number, needed)
    is_open = system.opened.energy.shape[0] > 0
    out.state[0] = system.endmembers.gas_constant * t
    out.state[1] = p
    out.state[2] = t
    for e in range(needed.size):
        if needed[e]:
            g, s, v = endmember_energy(system.endmembers, e, p, t)
            out.endmember_g[e, 0] = g
            out.endmember_g[e, 1] = s
            out.endmember_g[e, 2] = v
            tt, tp, pp = endmember_curvature(system.endmembers, e, p, t)
            terms[e, TT] = tt
            terms[e, TP] = tp
            terms[e, PP] = pp
    for j in range(number):
        k = phase[j]
        for i in range(system.phases.n_endmembers[k]):
            add_up(system, k, i, p, t, terms, out, curvatures)
            for other in range(i + 1):
                w = system.phases.interaction[k, i, other]
                q = w[0] + w[1] * t + w[2] * p
                out.interaction[k, i, other] = q
                out.interaction[k, other, i] = q
    if is_open:
        out.state[1] = np.nan  # else nothing would be done
        set_conditions(system, p, t, out)

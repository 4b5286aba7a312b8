"""Standard energies of the phases' end-members and interaction energies at P and T."""

import numpy as np

from ._jit import inner, kernel
from .dense import copy
from .endmember import endmember_energy
from .excess import set_interaction
from .lattice import cell_of, energy_in
from .layout import Conditions, Opened, System


def new_conditions(system: System) -> Conditions:
    """Empty arrays of `Conditions` for a system."""
    k, i = system.phases.size.shape
    n = system.endmembers.enthalpy.size
    return Conditions(
        np.zeros((k, i)),
        np.zeros((k, i)),
        np.zeros((k, i)),
        np.zeros((2, k, i)),
        np.zeros((len(system.opened.energy), 3)),
        np.zeros((k, i, i)),
        np.zeros(3),
        np.zeros((n, 3)),
    )


@inner
def set_opened(opened: Opened, p, t, out: Conditions):
    """Fill the potentials that are given, from the energies of the data-set end-members."""
    for o in range(opened.energy.shape[0]):
        energy = opened.energy[o]
        g, s, v = energy[0] + energy[1] * t + energy[2] * p, -energy[1], energy[2]
        for e in range(opened.make.shape[1]):
            weight = opened.make[o, e]
            if weight != 0.0:
                g += weight * out.endmember_g[e, 0]
                s += weight * out.endmember_g[e, 1]
                v += weight * out.endmember_g[e, 2]
        out.opened[o, 0] = g
        out.opened[o, 1] = s
        out.opened[o, 2] = v


@inner
def set_state(system: System, p, t, out: Conditions):
    """Say where the conditions are."""
    out.state[0] = system.endmembers.gas_constant * t
    out.state[1] = p
    out.state[2] = t


@inner
def set_endmember(system: System, e, cell, p, t, out: Conditions):
    """Fill G, S and V of a data-set end-member, from a cell of the lattice that tells it, or -1."""
    if cell < 0 or system.lattice.exact[cell, e]:
        g, s, v = endmember_energy(system.endmembers, e, p, t)
    else:
        g, s, v = energy_in(system.lattice, cell, e, p, t)
    out.endmember_g[e, 0] = g
    out.endmember_g[e, 1] = s
    out.endmember_g[e, 2] = v


@inner
def set_phase(system: System, k, p, t, out: Conditions):
    """Fill all of phase k, from the data-set end-members it is made of and the given potentials."""
    makes = system.makes
    for i in range(system.phases.n_endmembers[k]):
        energy = makes.energy[k, i]
        a, b, c = energy[0], energy[1], energy[2]
        g, s, v = a + b * t + c * p, -b, c
        first = makes.start[k, i]
        for m in range(first, first + makes.number[k, i]):
            weight, e = makes.coefficient[m], makes.endmember[m]
            g += weight * out.endmember_g[e, 0]
            s += weight * out.endmember_g[e, 1]
            v += weight * out.endmember_g[e, 2]
        out.s0[k, i] = s
        out.v0[k, i] = v
        for o in range(out.opened.shape[0]):
            amount = system.opened.amount[k, i, o]
            g -= amount * out.opened[o, 0]
            s -= amount * out.opened[o, 1]
            v -= amount * out.opened[o, 2]
        out.g0[k, i] = g
        out.slopes[0, k, i] = s
        out.slopes[1, k, i] = v
    set_interaction(system.phases, k, p, t, out)


@kernel
def set_conditions(system: System, p, t, out: Conditions):
    """Fill `out` at P (kbar) and T (K); nothing is done where it already holds them."""
    if out.state[1] == p and out.state[2] == t:
        return
    set_state(system, p, t, out)
    cell = cell_of(system.lattice, p, t)
    for e in range(system.endmembers.enthalpy.size):
        set_endmember(system, e, cell, p, t, out)
    set_opened(system.opened, p, t, out)
    for k in range(system.phases.n_endmembers.size):
        set_phase(system, k, p, t, out)


@inner
def recall_phase(system: System, k, p, t, g0, out: Conditions):
    """Fill what the driving forces of a phase depend on, whose standard energies (I) are known.

    The state must be set. That is less than `set_conditions` fills: call `forget_conditions` when
    done.
    """
    copy(g0, out.g0[k])
    set_interaction(system.phases, k, p, t, out)


@inner
def forget_conditions(out: Conditions):
    """Let the next `set_conditions` fill all, wherever it is."""
    out.state[1] = np.nan


@kernel
def fill_standard(system: System, p, t, scratch: Conditions, out):
    """Fill the standard energies of the end-members at n conditions.

    Parameters
    ----------
    p, t : (n) arrays
        kbar, K.
    out : (n, K, I) array
        kJ/mol.
    """
    for point in range(p.size):
        set_conditions(system, p[point], t[point], scratch)
        for k in range(out.shape[1]):
            for i in range(out.shape[2]):
                out[point, k, i] = scratch.g0[k, i]

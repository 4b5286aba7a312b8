"""Standard energies of the phases' end-members and interaction energies at P and T."""

import numpy as np

from ._jit import inner, kernel
from .dense import copy
from .endmember import endmember_energy
from .excess import set_interaction
from .factors import BY_P, BY_T, N_FACTORS, RT, P, T, set_factors
from .lattice import BY_T as COEFFICIENTS
from .lattice import KELVIN, cell_of, cut_cell, follow_line
from .layout import Conditions, System
from .reference import set_opened, set_reference


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
        np.zeros(N_FACTORS),
        np.zeros((2, N_FACTORS)),
        np.zeros((3, n)),
        np.full(2, np.nan),
        np.zeros((2, COEFFICIENTS, n)),
        np.zeros((2, COEFFICIENTS)),
    )


@inner
def set_state(system: System, p, t, out: Conditions):
    """Say where the conditions are."""
    set_factors(system.endmembers.gas_constant, 1.0, p, t, out.factors)
    gas = out.factors[RT] / t
    set_factors(gas, 0.0, 0.0, 1.0, out.factor_slopes[BY_T])
    set_factors(gas, 0.0, 1.0, 0.0, out.factor_slopes[BY_P])


@inner
def set_endmember(system: System, e, p, t, out: Conditions):
    """Fill G, S and V of a data-set end-member from its equation of state."""
    g, s, v = endmember_energy(system.endmembers, e, p, t)
    out.endmember_g[0, e] = g
    out.endmember_g[1, e] = s
    out.endmember_g[2, e] = v


@inner
def set_endmembers(system: System, p, t, out: Conditions):
    """Fill those of all: what a cell tells from there, the others from their equations."""
    cell, row = cell_of(system.lattice, p, t), np.floor(t / KELVIN)
    if cell >= 0:
        if out.cut[0] != p or out.cut[1] != row:
            cut_cell(system.lattice, cell, p, out)
            out.cut[0], out.cut[1] = p, row
        follow_line(t, out)
    for e in range(out.endmember_g.shape[1]):
        if cell < 0 or system.lattice.exact[cell, e]:
            set_endmember(system, e, p, t, out)


@inner
def set_phase(system: System, k, out: Conditions):
    """Fill all of phase k, term by term; what its end-members are made of must be there."""
    set_reference(system, k, out)
    set_interaction(system.phases, k, out)


@kernel
def set_conditions(system: System, p, t, out: Conditions):
    """Fill `out` at P (kbar) and T (K); nothing is done where it already holds them."""
    if out.factors[P] == p and out.factors[T] == t:
        return
    set_state(system, p, t, out)
    set_endmembers(system, p, t, out)
    set_opened(system.opened, out)
    for k in range(system.phases.n_endmembers.size):
        set_phase(system, k, out)


@inner
def recall_phase(system: System, k, g0, out: Conditions):
    """Fill what the driving forces of a phase depend on, whose standard energies (I) are known.

    The state must be set. That is less than `set_conditions` fills: call `forget_conditions` when
    done.
    """
    copy(g0, out.g0[k])
    set_interaction(system.phases, k, out)


@inner
def forget_conditions(out: Conditions):
    """Let the next `set_conditions` fill all, wherever it is."""
    out.factors[P] = np.nan


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

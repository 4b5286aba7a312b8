"""Energies of end-members of a data set at many conditions, whatever phases they are used in."""

from ._jit import kernel
from .endmember import endmember_energy
from .layout import Endmembers


@kernel
def fill_energies(endmembers: Endmembers, p, t, out):
    """Fill the Gibbs energies of end-members at n conditions.

    Parameters
    ----------
    endmembers : Endmembers
        Of M end-members.
    p, t : (n) arrays
        kbar, K.
    out : (n, M) array
        kJ/mol.
    """
    for point in range(p.size):
        for e in range(out.shape[1]):
            g, _, _ = endmember_energy(endmembers, e, p[point], t[point])
            out[point, e] = g

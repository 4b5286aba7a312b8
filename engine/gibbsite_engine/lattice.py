"""Standard energies as polynomials of P and T in fixed cells, where many points share a cell.

In a cell G = sum c_mn x^m y^n, m < 6, n < 7, x and y from -1 at its lower to 1 at its upper P and T;
S and V are its derivatives. The coefficients meet the equation of state at Chebyshev's nodes, and it
is compared at other points, the corners among them: what a transition or a boiling curve bends there
is seen, as a line across a cell has a corner on either side. What is not met within TOLERANCE there
is not told by a polynomial, and solved from the equation of state at every point. Cells do not depend
on the points, so that whoever uses them has the same energies at the same conditions. Points of one
pressure share what is left of a cell there, a polynomial of T.
"""

import math

import numpy as np

from ._jit import inner, kernel
from .endmember import endmember_energy
from .layout import ZERO_C, Endmembers, Floats, Ints, Lattice

KBAR, KELVIN = 1.0, 32.0
"""Sides of a cell."""
TOLERANCE = 5e-11
"""kJ/mol, where they are compared; elsewhere rounding may double it where G is -7e4 kJ (antigorite)."""
STEEPER = 50.0
"""So much more S and V may change G across a cell."""
BY_P, BY_T = 6, 7
"""Coefficients along P and T."""


def _nodes(n: int) -> Floats:
    """Chebyshev's nodes of n coefficients."""
    return np.cos(np.pi * (np.arange(n) + 0.5) / n)


def _extremes(n: int) -> Floats:
    """Where an interpolation through the nodes is farthest from what it interpolates."""
    return np.cos(np.pi * np.arange(n + 1) / n)


def _grid(by_p: Floats, by_t: Floats) -> Floats:
    """All pairs, (n, 2)."""
    return np.stack(np.meshgrid(by_p, by_t, indexing="ij"), axis=-1).reshape(-1, 2)


_FIT = np.kron(
    np.linalg.inv(np.vander(_nodes(BY_P), increasing=True)),
    np.linalg.inv(np.vander(_nodes(BY_T), increasing=True)),
)
_SAMPLES = np.concatenate(
    [_grid(_nodes(BY_P), _nodes(BY_T)), _grid(_extremes(BY_P)[::2], _extremes(BY_T)[[0, 2, 5, 7]])]
)
"""Where a cell is sampled: at the nodes of the fit first, then where it is compared."""


def no_lattice(endmembers: Endmembers) -> Lattice:
    """Return a lattice without a cell: all energies are of the equation of state."""
    n = len(endmembers.enthalpy)
    return Lattice(
        np.full((0, 0), -1), np.zeros((0, n, BY_P, BY_T)), np.zeros((0, n), np.bool_)
    )  # fmt: skip


def fill_cells(endmembers: Endmembers, cells: Ints) -> Lattice:
    """Return the polynomials of some cells, in this order; `Lattice.cell` is left empty.

    Parameters
    ----------
    cells : (m, 2) array of int
        Numbers of a cell along P and along T: P / KBAR and T / KELVIN (K), rounded down.
    """
    m, n = len(cells), len(endmembers.enthalpy)
    out = Lattice(
        np.full((0, 0), -1), np.zeros((m, n, BY_P, BY_T)), np.zeros((m, n), np.bool_)
    )  # fmt: skip
    fit_cells(
        endmembers, cells, _SAMPLES, _FIT, np.zeros((len(_SAMPLES), 3)), np.zeros((2, BY_T)), out
    )
    return out


@inner
def cut(c, x, line):
    """Fill the polynomials in y (2, 7) of G, and of its slope along x, that are left of c (6, 7) at x."""
    for n in range(BY_T):
        line[0, n], line[1, n] = c[BY_P - 1, n], 0.0
    for m in range(BY_P - 2, -1, -1):
        for n in range(BY_T):
            line[1, n] = line[1, n] * x + line[0, n]
            line[0, n] = line[0, n] * x + c[m, n]


@inner
def follow(line, y):
    """G, S and V at y of what `cut` has left."""
    y2 = y * y
    y4 = y2 * y2
    g, v = line[0], line[1]
    energy = (g[0] + y * g[1]) + y2 * (g[2] + y * g[3]) + y4 * ((g[4] + y * g[5]) + y2 * g[6])
    slope = (
        (g[1] + 2.0 * y * g[2]) + y2 * (3.0 * g[3] + 4.0 * y * g[4])
        + y4 * (5.0 * g[5] + 6.0 * y * g[6])
    )  # fmt: skip
    volume = (v[0] + y * v[1]) + y2 * (v[2] + y * v[3]) + y4 * ((v[4] + y * v[5]) + y2 * v[6])
    return energy, -slope * 2.0 / KELVIN, volume * 2.0 / KBAR


@inner
def is_met(samples, values, c, first, line):
    """Whether coefficients c meet samples first and on, each of G, S and V."""
    for j in range(first, values.shape[0]):
        cut(c, samples[j, 0], line)
        g, s, v = follow(line, samples[j, 1])
        met = abs(g - values[j, 0]) <= TOLERANCE
        met = met and abs(s - values[j, 1]) <= STEEPER * TOLERANCE / KELVIN
        if not (met and abs(v - values[j, 2]) <= STEEPER * TOLERANCE / KBAR):
            return False
    return True


@kernel
def fit_cells(endmembers: Endmembers, cells, samples, fit, values, line, out: Lattice):
    """Fill the coefficients of cells (m, 2), and what is not told by them.

    Parameters
    ----------
    samples : (q, 2) array
        x and y; the first are the nodes of the fit.
    fit : (r, r) array
        Coefficients from the values at the nodes.
    values, line : (q, 3) and (2, 7) arrays
        Scratch.
    """
    n = fit.shape[0]
    for cell in range(cells.shape[0]):
        for e in range(endmembers.enthalpy.size):
            for j in range(samples.shape[0]):
                p = KBAR * (cells[cell, 0] + 0.5 + 0.5 * samples[j, 0])
                t = KELVIN * (cells[cell, 1] + 0.5 + 0.5 * samples[j, 1])
                values[j, 0], values[j, 1], values[j, 2] = endmember_energy(endmembers, e, p, t)
            c, level = out.coefficients[cell, e], values[0, 0]
            for m in range(n):
                total = 0.0
                for j in range(n):
                    total += fit[m, j] * (values[j, 0] - level)  # small, so that little is rounded
                c[m // BY_T, m % BY_T] = total
            c[0, 0] += level
            out.exact[cell, e] = not is_met(samples, values, c, n, line)


@inner
def cell_of(lattice: Lattice, p, t):
    """Row of the cell of P and T, or -1."""
    a, b = p / KBAR, t / KELVIN
    if not (a >= 0.0 and b >= 0.0 and a < lattice.cell.shape[0] and b < lattice.cell.shape[1]):
        return -1
    return lattice.cell[int(a), int(b)]


@kernel
def covers(lattice: Lattice, place, pressure, temperature_C):
    """Whether all nodes at `place` lie in cells of a lattice, or beyond where it could have any.

    Parameters
    ----------
    place : (m) array of int
    pressure, temperature_C : (n) arrays
        kbar, °C.
    """
    for node in place:
        a, b = pressure[node] / KBAR, (temperature_C[node] + ZERO_C) / KELVIN
        if (
            a >= 0.0
            and b >= 0.0
            and a < lattice.cell.shape[0]
            and b < lattice.cell.shape[1]
            and lattice.cell[int(a), int(b)] < 0
        ):
            return False
    return lattice.cell.size > 0


@inner
def cut_cell(lattice: Lattice, cell, p, along_T):
    """Fill the polynomials of T that are left at a pressure, (n, 2, 7), of what a cell tells."""
    x = 2.0 * (p / KBAR - math.floor(p / KBAR)) - 1.0
    for e in range(along_T.shape[0]):
        if not lattice.exact[cell, e]:
            cut(lattice.coefficients[cell, e], x, along_T[e])


@inner
def energy_on(line, t):
    """G, S and V of a data-set end-member on a line (2, 7) through its cell."""
    return follow(line, 2.0 * (t / KELVIN - math.floor(t / KELVIN)) - 1.0)

"""Standard energies as polynomials of P and T in fixed cells, where many points share a cell.

In a cell G = sum c_mn x^m y^n, m < 6, n < 7, x and y from -1 at its lower to 1 at its upper P and T;
S and V are its derivatives. Of all end-members together each is a sum of rows, highest powers first. The coefficients meet the equation of state at Chebyshev's nodes, and it
is compared at other points, the corners among them: what a transition or a boiling curve bends there
is seen, as a line across a cell has a corner on either side. What is not met within TOLERANCE there
is not told by a polynomial, and solved from the equation of state at every point. Cells do not depend
on the points, so that whoever uses them has the same energies at the same conditions. Points of one
pressure share what is left of a cell there, a polynomial of T.
"""

import math

import numpy as np

from ._jit import inner, kernel
from ._vectors import add_rows
from .endmember import endmember_energy
from .layout import ZERO_C, Conditions, Endmembers, Floats, Ints, Lattice

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
    np.linalg.inv(np.vander(_nodes(BY_P))), np.linalg.inv(np.vander(_nodes(BY_T)))
)  # fmt: skip
_SAMPLES = np.concatenate(
    [_grid(_nodes(BY_P), _nodes(BY_T)), _grid(_extremes(BY_P)[::2], _extremes(BY_T)[[0, 2, 5, 7]])]
)
"""Where a cell is sampled: at the nodes of the fit first, then where it is compared."""


def no_lattice(endmembers: Endmembers) -> Lattice:
    """Return a lattice without a cell: all energies are of the equation of state."""
    return _unfilled(0, len(endmembers.enthalpy))


def _unfilled(m: int, n: int) -> Lattice:
    """Return m cells of n end-members, in no place."""
    coefficients = np.zeros((m, BY_P, BY_T, n))
    return Lattice(np.full((0, 0), -1), coefficients, np.zeros((m, n), np.bool_))


def fill_cells(endmembers: Endmembers, cells: Ints) -> Lattice:
    """Return the polynomials of some cells, in this order; `Lattice.cell` is left empty.

    Parameters
    ----------
    cells : (m, 2) array of int
        Numbers of a cell along P and along T: P / KBAR and T / KELVIN (K), rounded down.
    """
    n = len(endmembers.enthalpy)
    out, values = _unfilled(len(cells), n), np.zeros((len(_SAMPLES), 3, n))
    told, along_T = np.zeros((3, n)), np.zeros((2, BY_T, n))
    fit_cells(endmembers, cells, _SAMPLES, _FIT, (values, told, along_T, np.zeros((2, BY_T))), out)
    return out


@inner
def set_powers(x, n, weight):
    """Fill x^(n-1), ..., x, 1, and what each of them changes by with x, (2, n or more)."""
    power = 1.0
    for m in range(n):
        weight[0, n - 1 - m] = power
        power *= x
    for m in range(n - 1):
        weight[1, m] = (n - 1 - m) * weight[0, m + 1]
    weight[1, n - 1] = 0.0


@inner
def cut(c, x, weight, line):
    """Fill the polynomials in y (2, 7, n) of G, and of its slope along x, that are left of c (6, 7, n) at x."""
    set_powers(x, BY_P, weight)
    line[:, :, :] = 0.0
    for d in range(2):
        add_rows(line[d], weight[d], c, BY_P, line[d], BY_T * c.shape[2])


@inner
def follow(line, y, weight, out):
    """Fill G, S and V (3, n) at y of what `cut` has left."""
    n = out.shape[1]
    set_powers(y, BY_T, weight)
    out[:, :] = 0.0
    add_rows(out[0], weight[0], line[0], BY_T, out[0], n)
    add_rows(out[1], weight[1], line[0], BY_T, out[1], n)
    add_rows(out[2], weight[0], line[1], BY_T, out[2], n)
    for e in range(n):
        out[1, e] *= -2.0 / KELVIN
        out[2, e] *= 2.0 / KBAR


@inner
def note_misses(told, values, exact):
    """Note of which end-members G, S and V (3, n) are not what a cell has told."""
    for e in range(exact.size):
        met = abs(told[0, e] - values[0, e]) <= TOLERANCE
        met = met and abs(told[1, e] - values[1, e]) <= STEEPER * TOLERANCE / KELVIN
        if not (met and abs(told[2, e] - values[2, e]) <= STEEPER * TOLERANCE / KBAR):
            exact[e] = True


@kernel
def fit_cells(endmembers: Endmembers, cells, samples, fit, scratch, out: Lattice):
    """Fill the coefficients of cells (m, 2), and what is not told by them.

    Parameters
    ----------
    samples : (q, 2) array
        x and y; the first are the nodes of the fit.
    fit : (r, r) array
        Coefficients from the values at the nodes.
    scratch : (q, 3, n), (3, n), (2, 7, n) and (2, 7) arrays
    """
    values, told, along_T, weight = scratch
    n = fit.shape[0]
    for cell in range(cells.shape[0]):
        c = out.coefficients[cell]
        for e in range(endmembers.enthalpy.size):
            for j in range(samples.shape[0]):
                p = KBAR * (cells[cell, 0] + 0.5 + 0.5 * samples[j, 0])
                t = KELVIN * (cells[cell, 1] + 0.5 + 0.5 * samples[j, 1])
                values[j, 0, e], values[j, 1, e], values[j, 2, e] = endmember_energy(
                    endmembers, e, p, t
                )
            level = values[0, 0, e]
            for m in range(n):
                total = 0.0
                for j in range(n):
                    total += fit[m, j] * (
                        values[j, 0, e] - level
                    )  # small, so that little is rounded
                c[m // BY_T, m % BY_T, e] = total
            c[BY_P - 1, BY_T - 1, e] += level
        for j in range(n, samples.shape[0]):
            cut(c, samples[j, 0], weight, along_T)
            follow(along_T, samples[j, 1], weight, told)
            note_misses(told, values[j], out.exact[cell])


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
def cut_cell(lattice: Lattice, cell, p, out: Conditions):
    """Fill the polynomials of T that are left at a pressure of what a cell tells."""
    x = 2.0 * (p / KBAR - math.floor(p / KBAR)) - 1.0
    cut(lattice.coefficients[cell], x, out.weight, out.along_T)


@inner
def follow_line(t, out: Conditions):
    """Fill G, S and V of the data-set end-members at T (K), on the line through a cell."""
    y = 2.0 * (t / KELVIN - math.floor(t / KELVIN)) - 1.0
    follow(out.along_T, y, out.weight, out.endmember_g)

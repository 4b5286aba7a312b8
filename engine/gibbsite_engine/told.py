"""Answers told in the end-members of a database: brought into a reduced system, and added up."""

from typing import NamedTuple

from ._jit import kernel, table
from ._vectors import add_rows
from .assemblages import Assemblages
from .layout import Floats, Ints


@table
class Told(NamedTuple):
    """Answers of points in a database's terms, N slots, E end-members at most."""

    phase: Ints
    """(points, N) phases of the database, -1 where there is none."""
    amount: Floats
    """(points, N) mol of formula per mole of oxides."""
    proportions: Floats
    """(points, N, E)"""


@kernel
def bring_in(told: Told, where, index, maps, out: Assemblages):
    """Fill the assemblages of n points, but for pressures and temperatures.

    Parameters
    ----------
    where : (n) array of int
        The points.
    index : (K) array of int
        Number of each phase of the database in the reduced system; -1 where it is not there.
    maps : (K, E, I) array
        Proportions there of the database's.
    """
    slots, inside = out.phase.shape[1], maps.shape[2]
    for point in range(where.size):
        row, number = where[point], 0
        for j in range(slots):
            place = told.phase[row, j]
            number += place >= 0
            out.amount[point, j] = told.amount[row, j]
            k = index[place] if place >= 0 else -1
            out.phase[point, j] = k
            if k < 0:
                continue
            own, total = out.proportions[point, j], 0.0
            own[:] = 0.0
            add_rows(own, told.proportions[row, j], maps[place], maps.shape[1], own, inside)
            for i in range(inside):
                total += own[i]
            for i in range(inside):
                own[i] /= total
        out.number[point] = number


@kernel
def weigh(told: Told, masses, out):
    """Fill the masses of what is in each slot (n, N), of those of the end-members (K, E)."""
    for point in range(out.shape[0]):
        for j in range(out.shape[1]):
            place, total = told.phase[point, j], 0.0
            if place >= 0:
                for e in range(masses.shape[1]):
                    total += told.proportions[point, j, e] * masses[place, e]
            out[point, j] = told.amount[point, j] * total


@kernel
def add_up(weights, values, out):
    """Fill the sums over slots of weight times value, of slots without weight nothing.

    Parameters
    ----------
    weights : (n, N) array
    values : (n, N, M) array
    out : (n, M) array
    """
    for point in range(out.shape[0]):
        for x in range(out.shape[1]):
            out[point, x] = 0.0
        for j in range(weights.shape[1]):
            weight = weights[point, j]
            if weight != 0.0:
                for x in range(out.shape[1]):
                    out[point, x] += weight * values[point, j, x]

"""Assemblages at many points, and what follows from them, as arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._jit import kernel, table
from .layout import Floats, Ints, System, n_slots


def n_directions(system: System, bulk: bool, enthalpies: bool) -> int:
    """How many X there are: T, P, and if asked for the components and the enthalpies, in that order."""
    components = system.phases.composition.shape[2]
    return 2 + bulk * components + enthalpies * system.endmembers.enthalpy.size


@table
class Assemblages(NamedTuple):
    """Answers of n points, N phase instances at most; the rest of a row is empty."""

    pressure: Floats
    """(n) kbar."""
    temperature: Floats
    """(n) K."""
    number: Ints
    """(n) instances; 0 where there is no answer."""
    phase: Ints
    """(n, N)"""
    amount: Floats
    """(n, N) mol of formula per mole of oxides."""
    proportions: Floats
    """(n, N, I)"""


@table
class Responses(NamedTuple):
    """What follows from them; the last four have no rows unless asked for. R directions X."""

    status: NDArray[np.int8]
    """(n) one of response.RESPONSE_NAMES."""
    molar: Floats
    """(n, N, 3) G, S, V per mole of formula; kJ, kJ/K, kJ/kbar."""
    second: Floats
    """(n, 2, N, 3) G_TT, G_TP, G_PP per mole of formula, frozen and, if asked for, ordered."""
    relaxed: Floats
    """(n, 3) the same of the whole at equilibrium, per mole of oxides; no rows if not asked for."""
    gamma: Floats
    """(n, C, R) dGamma/dX."""
    amount: Floats
    """(n, N, R) da/dX."""
    proportions: Floats
    """(n, N, I, R) dp/dX."""
    energy: Floats
    """(n, 2, R) d2G/dT dX and d2G/dP dX."""


def new_assemblages(system: System, n: int, most: int | None = None) -> Assemblages:
    """Assemblages of n points, all empty, with room for so many instances or for all there can be."""
    _, i, c = system.phases.composition.shape
    slots = n_slots(c) if most is None else min(n_slots(c), most)
    return Assemblages(
        np.zeros(n), np.zeros(n), np.zeros(n, np.int64), np.zeros((n, slots), np.int64),
        np.zeros((n, slots)), np.zeros((n, slots, i)),
    )  # fmt: skip


def new_responses(
    system: System,
    n: int,
    derivatives: bool = False,
    bulk: bool = False,
    enthalpies: bool = False,
    *,
    ordered: bool = True,
    relaxed: bool = True,
) -> Responses:
    """Empty properties of n points, without the ordered or relaxed second derivatives if so asked."""
    _, i, c = system.phases.composition.shape
    slots = n_slots(c)
    rows, r = n if derivatives else 0, n_directions(system, bulk, enthalpies)
    return Responses(
        np.zeros(n, np.int8),
        np.full((n, slots, 3), np.nan),
        np.full((n, 1 + ordered, slots, 3), np.nan),
        np.full((n if relaxed else 0, 3), np.nan),
        np.full((rows, c, r), np.nan),
        np.full((rows, slots, r), np.nan),
        np.full((rows, slots, i, r), np.nan),
        np.full((rows, 2, r), np.nan),
    )


@kernel
def carry_back(found: Responses, where, status, each, relaxed):
    """Write what was found of n points to their places among more.

    Parameters
    ----------
    where : (n) array of int
    status : (m) array
    each : (m, N, 6 or 9) array
        Molar energies and derivatives, then the second derivatives of each kind; N may be larger.
    relaxed : (m, 3) array
    """
    for point in range(where.size):
        row = where[point]
        status[row] = found.status[point]
        for j in range(min(each.shape[1], found.molar.shape[1])):
            for x in range(3):
                each[row, j, x] = found.molar[point, j, x]
                for kind in range(found.second.shape[1]):
                    each[row, j, 3 + 3 * kind + x] = found.second[point, kind, j, x]
        if found.relaxed.shape[0] > 0:
            for x in range(3):
                relaxed[row, x] = found.relaxed[point, x]

"""First and second derivatives of the energy at many points, from the assemblages they hold."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._jit import kernel
from .curvature import PP, TP, TT
from .layout import Booleans, Conditions, Floats, Ints, System, n_slots
from .present import set_present
from .response import (
    BY_P,
    BY_T,
    INVARIANT,
    OPEN,
    UNSTABLE,
    Orders,
    ResponseWork,
    composition_slope,
    n_directions,
    new_response_work,
    orders,
    respond,
)
from .standard import new_conditions


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


class Properties(NamedTuple):
    """What follows from them; the last four have no rows unless asked for. R directions X."""

    status: NDArray[np.int8]
    """(n) one of response.RESPONSE_NAMES."""
    molar: Floats
    """(n, N, 3) G, S, V per mole of formula; kJ, kJ/K, kJ/kbar."""
    second: Floats
    """(n, 2, N, 3) G_TT, G_TP, G_PP per mole of formula, frozen and ordered."""
    relaxed: Floats
    """(n, 3) the same of the whole at equilibrium, per mole of oxides."""
    gamma: Floats
    """(n, C, R) dGamma/dX."""
    amount: Floats
    """(n, N, R) da/dX."""
    proportions: Floats
    """(n, N, I, R) dp/dX."""
    energy: Floats
    """(n, 2, R) d2G/dT dX and d2G/dP dX."""


class PropertyWork(NamedTuple):
    """What one thread needs."""

    conditions: Conditions
    terms: Floats
    """(m, 3)"""
    curvatures: Floats
    """(K, I, 3)"""
    needed: Booleans
    """(m) end-members of present phases."""
    orders: Orders
    response: ResponseWork


def new_property_work(system: System, bulk: bool = False, enthalpies: bool = False) -> PropertyWork:
    """Scratch for a system and the directions asked for."""
    k, i, _ = system.phases.composition.shape
    return PropertyWork(
        new_conditions(system),
        np.zeros((system.endmembers.enthalpy.size, 3)),
        np.zeros((k, i, 3)),
        np.zeros(system.endmembers.enthalpy.size, np.bool_),
        orders(system),
        new_response_work(system, n_directions(system, bulk, enthalpies)),
    )


def new_properties(
    system: System, n: int, derivatives: bool = False, bulk: bool = False, enthalpies: bool = False
) -> Properties:
    """Empty properties of n points."""
    _, i, c = system.phases.composition.shape
    slots = n_slots(c)
    rows, r = n if derivatives else 0, n_directions(system, bulk, enthalpies)
    return Properties(
        np.zeros(n, np.int8),
        np.full((n, slots, 3), np.nan),
        np.full((n, 2, slots, 3), np.nan),
        np.full((n, 3), np.nan),
        np.full((rows, c, r), np.nan),
        np.full((rows, slots, r), np.nan),
        np.full((rows, slots, i, r), np.nan),
        np.full((rows, 2, r), np.nan),
    )


@kernel
def write_relaxed(system: System, answers: Assemblages, point, status, w: PropertyWork, out):
    """Write what needs the response of the whole assemblage of a point."""
    response = w.response
    directions = response.right.shape[1]
    wanted = out.gamma.shape[0] > 0
    last = directions if wanted else 2
    for r in range(last):
        open_ended = status == OPEN and r >= 2
        by_t, by_p = 0.0, 0.0
        for j in range(answers.number[point]):
            a, da = answers.amount[point, j], response.amount[j, r]
            n = system.phases.n_endmembers[answers.phase[point, j]]
            composition_slope(j, n, r, response)
            if wanted and not open_ended:
                for i in range(answers.proportions.shape[2]):
                    out.proportions[point, j, i, r] = response.step[i] if i < n else 0.0
            for i in range(n):
                dn = a * response.step[i] + da * answers.proportions[point, j, i]
                by_t += response.slope[j, i, BY_T] * dn
                by_p += response.slope[j, i, BY_P] * dn
            if r < 2:
                by_t += a * out.second[point, 0, j, TT if r == BY_T else TP]
                by_p += a * out.second[point, 0, j, TP if r == BY_T else PP]
            if wanted and not open_ended:
                out.amount[point, j, r] = da
        if r == BY_T:
            out.relaxed[point, TT] = by_t
            out.relaxed[point, TP] = by_p
        elif r == BY_P:
            out.relaxed[point, PP] = by_p
        if wanted and not open_ended:
            out.energy[point, 0, r] = by_t
            out.energy[point, 1, r] = by_p
            if status != OPEN:
                for c in range(response.right.shape[0]):
                    out.gamma[point, c, r] = response.right[c, r]


@kernel
def fill_properties(system: System, answers: Assemblages, bulk, w: PropertyWork, out: Properties):
    """Fill `out` from the assemblages, whatever is not available being left NaN.

    Parameters
    ----------
    bulk : int
        How many directions of the bulk there are in `w` and `out`: none, or all components.
    """
    for point in range(answers.number.size):
        number = answers.number[point]
        if number == 0:
            continue
        set_present(
            system, answers.phase[point], number, answers.pressure[point],
            answers.temperature[point], w.conditions, w.terms, w.curvatures, w.needed,
        )  # fmt: skip
        status = respond(
            system, w.conditions, w.curvatures, w.orders, bulk, answers.phase[point],
            answers.amount[point], answers.proportions[point], number, w.response,
            out.molar[point], out.second[point],
        )  # fmt: skip
        out.status[point] = status
        if status != UNSTABLE and status != INVARIANT:
            write_relaxed(system, answers, point, status, w, out)

"""Energies of data-set end-members with their first and second derivatives, from point to point.

Most terms of a solid or a melt are of temperature alone. They are kept for the next point, and all is where that has
the pressure, too: so points are best taken in the order of their temperatures. As `endmember` and
`curvature` have them, to the last bit but for the first derivatives of melts.
"""

from typing import NamedTuple

import numpy as np

from ._jit import inner, table
from .curvature import (
    MELT_TERMS,
    PP,
    TP,
    TT,
    caloric_curvature,
    endmember_curvature,
    landau_curvature,
    melt_derivatives,
    melt_series,
    order_curvature,
    solid_curvature,
)
from .endmember import (
    caloric,
    compressed,
    endmember_energy,
    landau,
    order,
    order_slopes,
    solid_terms,
    tait_solid,
)
from .layout import (
    BRAGG_WILLIAMS,
    EQUILIBRIUM,
    LANDAU,
    TAIT_MELT,
    TAIT_SOLID,
    Endmembers,
    Floats,
)

_CALORIC, _TERMS = 3, 11


@table
class Thermal(NamedTuple):
    """What is known of the m data-set end-members, each where it was last asked for."""

    at: Floats
    """(m, 2) P and T [kbar, K]; NaN where nothing is."""
    terms: Floats
    """(m, 14) G, S and G_TT at the reference pressure; of solids `endmember.solid_terms`, and last the
    disorder of the last point and how it changes with pressure, which tell about that of the next."""
    melts: Floats
    """(m, 22) of melts: `curvature.melt_series`."""


def new_thermal(n: int) -> Thermal:
    """Nothing known of n end-members."""
    return Thermal(
        np.full((n, 2), np.nan), np.zeros((n, _CALORIC + _TERMS)), np.zeros((n, MELT_TERMS))
    )


@inner
def set_terms(endmembers: Endmembers, e, t, out: Thermal):
    """Fill what of a solid or a melt is of temperature alone."""
    cp, known = endmembers.heat_capacity[e], out.terms[e]
    known[0], known[1] = caloric(
        endmembers.enthalpy[e], endmembers.entropy[e], cp, t, endmembers.reference_temperature
    )
    known[2] = caloric_curvature(cp, t)
    if endmembers.equation[e] == TAIT_MELT:
        series = melt_series(endmembers, e, t)
        for x in range(MELT_TERMS):
            out.melts[e, x] = series[x]
        return
    terms = solid_terms(endmembers, e, t)
    known[3], known[4], known[5] = terms[0], terms[1], terms[2]
    known[6], known[7], known[8] = terms[3], terms[4], terms[5]
    known[9], known[10], known[11] = terms[6], terms[7], terms[8]
    known[13] = 0.0


@inner
def solid(known, p, p0):
    """G, S, V and G_TT, G_TP, G_PP of a solid from its terms of temperature, but for those of heat."""
    terms = (
        known[3], known[4], known[5], known[6], known[7], known[8], known[9], known[10], known[11],
    )  # fmt: skip
    u, w = compressed(terms, p)
    g, s, v = tait_solid(terms, p, p0, u, w)
    tt, tp, pp = solid_curvature(terms, u, w)
    return g, s, v, tt, tp, pp


@inner
def set_both(endmembers: Endmembers, e, p, t, out: Thermal, first, second):
    """Fill G, S, V and G_TT, G_TP, G_PP of a solid or a melt from its terms of temperature."""
    known, farther = out.terms[e], p - out.at[e, 0]
    if endmembers.equation[e] == TAIT_MELT:
        dg, ds, v, tt, tp, pp = melt_derivatives(out.melts[e], endmembers, e, p)
    else:
        dg, ds, v, tt, tp, pp = solid(known, p, endmembers.reference_pressure)
    g, s, tt = known[0] + dg, known[1] + ds, known[2] + tt
    parameters, state = endmembers.transition_parameters[e], endmembers.state[e]
    if endmembers.transition[e] == LANDAU:
        dg, ds, dv = landau(state, parameters, p, t, endmembers.reference_temperature)
        d_tt, d_tp, d_pp = landau_curvature(state, parameters, p, t)
        g, s, v, tt, tp, pp = g + dg, s + ds, v + dv, tt + d_tt, tp + d_tp, pp + d_pp
    elif endmembers.transition[e] == BRAGG_WILLIAMS:
        r = endmembers.gas_constant
        samples = endmembers.order_samples[e]
        near = known[12]
        if known[13] != 0.0:
            near += known[13] * farther
        known[12], dg, mixed = order(state, parameters, samples, p, t, r, near)
        ds, dv = order_slopes(parameters, known[12], mixed, r)
        g, s, v = g + dg, s + ds, v + dv
        if state == EQUILIBRIUM:
            d_tt, d_tp, d_pp, known[13] = order_curvature(parameters, known[12], p, t, r)
            tt, tp, pp = tt + d_tt, tp + d_tp, pp + d_pp
    first[0, e], first[1, e], first[2, e] = g, s, v
    second[TT], second[TP], second[PP] = tt, tp, pp


@inner
def set_thermal(endmembers: Endmembers, e, p, t, out: Thermal, first, second):
    """Fill G, S, V, of e in (3, n), and G_TT, G_TP, G_PP (3) of a data-set end-member, if they are not there."""
    at, equation = out.at[e], endmembers.equation[e]
    split = equation == TAIT_SOLID or equation == TAIT_MELT
    if at[1] != t:
        if split:
            set_terms(endmembers, e, t, out)
    elif at[0] == p:
        return
    if split:
        set_both(endmembers, e, p, t, out, first, second)
    else:
        first[0, e], first[1, e], first[2, e] = endmember_energy(endmembers, e, p, t)
        second[TT], second[TP], second[PP] = endmember_curvature(endmembers, e, p, t)
    at[0], at[1] = p, t

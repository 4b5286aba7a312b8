"""Second derivatives of standard energies: of data-set end-members, and of made ones, by P and T.

Every term returns (G_TT, G_TP, G_PP), in kJ/(K2 mol), kJ/(K kbar mol) and kJ/(kbar2 mol), of the
energies in `endmember`, differentiated by hand. The melt's equation holds three functions of its
bulk modulus; these are carried as series of second order in it, see `series`. Fluids are in
`fluid_curvature`. Order is relaxed: at equilibrium dG/dQ = 0, so G_XY = -G_QX G_QY / G_QQ on top of the
second derivatives at fixed Q, which are zero.
"""

import math

from ._jit import inner, kernel
from .endmember import (
    compressed,
    melt_terms,
    mixing_factors,
    order,
    solid_terms,
)
from .fluid_curvature import cork_curvature, pitzer_sterner_curvature
from .layout import (
    BRAGG_WILLIAMS,
    CORK,
    DISORDERED,
    EQUILIBRIUM,
    IDEAL_GAS,
    LANDAU,
    ORDERED,
    PITZER_STERNER,
    TAIT_MELT,
    TAIT_SOLID,
    Endmembers,
    Floats,
    System,
)
from .reference import set_reference_curvature
from .series import power, product, quotient, weighted

TT, TP, PP = range(3)


@inner
def solid_curvature(terms, u, w):
    """Of the Tait equation with thermal pressure, `endmember.tait_solid`."""
    _, slope, slope_t, u0, w0, scale, a, b, c = terms
    if u <= 0.0 or u0 <= 0.0:
        return math.nan, math.nan, math.nan
    scale *= a
    w_p, w0_p = -b * c * w / u, -b * c * w0 / u0
    g_tt = scale * (slope_t * (w0 - w) - slope * slope * (w0_p - w_p))
    return g_tt, -scale * slope * w_p, scale * w_p


MELT_TERMS = 22
_B, _MINUS_C, _A, _UW0, _REST, _PER_NORM, _PER_BC = range(1, MELT_TERMS, 3)


@inner
def melt_series(table: Endmembers, i, t):
    """Of the melt's equation, `endmember.tait_melt`, what is of temperature alone, and series in kappa.

    V0 exp(alpha (T - T0)), NaN outside the domain; b, -c, a, u0^(1-c), 1 - a; and one over
    1 - a + a u0^-c and b (c - 1).
    """
    k, a0, b0, c0, a1, b1, c1 = melt_terms(table, i, t)
    k1, k2 = table.bulk_modulus[i, 1], table.bulk_modulus[i, 2]
    a = (a0, a1, 2.0 * a1 * a1 / a0)
    b = (b0, b1, -2.0 * b1 / k)
    c = (c0, c1, 2.0 * c1 * k2 / (k1 * k1 + k1 - k * k2))
    one, minus = (1.0, 0.0, 0.0), (-c[0], -c[1], -c[2])
    u0, w0, v1 = weighted(one, table.reference_pressure, b), one, math.nan
    if u0[0] > 0.0 and k > 0.0:
        w0 = power(u0, minus)
        v1 = table.volume[i] * math.exp(table.expansivity[i] * (t - table.reference_temperature))
    rest = weighted(one, -1.0, a)
    norm, bc = weighted(rest, 1.0, product(a, w0)), product(b, weighted(c, -1.0, one))
    per_norm, per_bc = quotient(one, norm), quotient(one, bc)
    return (v1, *b, *minus, *a, *product(u0, w0), *rest, *per_norm, *per_bc)


@inner
def three(terms, first):
    """A series among the terms of a melt."""
    return terms[first], terms[first + 1], terms[first + 2]


@inner
def melt_derivatives(terms, table: Endmembers, i, p):
    """G, S, V and G_TT, G_TP, G_PP of the melt's equation; G is inf and these NaN outside its domain."""
    k_slope, expansivity = table.bulk_modulus_slope[i], table.expansivity[i]
    v1, over, b, a = terms[0], p - table.reference_pressure, three(terms, _B), three(terms, _A)
    u = weighted((1.0, 0.0, 0.0), p, b)
    if not u[0] > 0.0 or math.isnan(v1):
        return math.inf, 0.0, 0.0, math.nan, math.nan, math.nan
    w, per, rest = power(u, three(terms, _MINUS_C)), three(terms, _PER_NORM), three(terms, _REST)
    h = product(weighted(three(terms, _UW0), -1.0, product(u, w)), three(terms, _PER_BC))
    f = product(weighted(product(a, h), over, rest), per)
    f_p = product(weighted(rest, 1.0, product(a, w)), per)
    s = expansivity * f[0] + k_slope * f[1]
    g_tt = expansivity * (s + k_slope * f[1]) + k_slope * k_slope * f[2]
    g_tp = expansivity * f_p[0] + k_slope * f_p[1]
    g_pp = a[0] * b[0] * terms[_MINUS_C] * w[0] * per[0] / u[0]
    return v1 * f[0], -v1 * s, v1 * f_p[0], v1 * g_tt, v1 * g_tp, v1 * g_pp


@inner
def landau_curvature(state, parameters, p, t):
    """Of the tricritical Landau transition, whose Q = sqrt((Tc - T)/Tc0) follows P and T."""
    tc0, s_max, v_max = parameters[0], parameters[1], parameters[2]
    slope = v_max / s_max
    tc = tc0 + p * slope
    if state == ORDERED or state == DISORDERED or t >= tc:
        return 0.0, 0.0, 0.0
    bend = 0.5 * s_max / (tc0 * math.sqrt((tc - t) / tc0))
    return -bend, bend * slope, -bend * slope * slope


@inner
def order_bend(e, w, rt, n, f1, f2):
    """d2G/de2 of Bragg-Williams mixing at disorder e."""
    entropy = f1 * (1.0 + n * e / (1.0 + n - n * e)) + f2 * (1.0 + e / (n + 1.0 - e))
    return rt * n / (n + 1.0) * entropy / e - 2.0 * w


@inner
def order_curvature(parameters, e, p, t, r):
    """Of a Bragg-Williams transition at equilibrium, at its disorder e; and de/dP.

    There the force on order is none, so that its part of mixing is minus that of the energies.
    """
    if e <= 0.0 or e >= 1.0:  # held at one end: order does not follow
        return 0.0, 0.0, 0.0, 0.0
    dh, dv, w0, wv, n = parameters[0], parameters[1], parameters[2], parameters[3], parameters[4]
    f1, f2 = mixing_factors(parameters[5])
    h, w, odd = dh + p * dv, w0 + p * wv, 1.0 - 2.0 * e
    bend = order_bend(e, w, r * t, n, f1, f2)
    by_t, by_p = -(h + w * odd) / t, dv + odd * wv
    return -by_t * by_t / bend, -by_t * by_p / bend, -by_p * by_p / bend, -by_p / bend


@inner
def caloric_curvature(cp, t):
    """G_TT at the reference pressure, -Cp/T."""
    return -(cp[0] + cp[1] * t + cp[2] / (t * t) + cp[3] / math.sqrt(t)) / t


@kernel
def endmember_curvature(table: Endmembers, i, p, t):
    """G_TT, G_TP, G_PP of end-member i of the table; NaN outside the equation of state's domain."""
    tt = caloric_curvature(table.heat_capacity[i], t)
    tp, pp = 0.0, 0.0
    if table.equation[i] == TAIT_MELT:
        _, _, _, d_tt, tp, pp = melt_derivatives(melt_series(table, i, t), table, i, p)
        tt += d_tt
    elif table.equation[i] == TAIT_SOLID:
        terms = solid_terms(table, i, t)
        u, w = compressed(terms, p)
        d_tt, tp, pp = solid_curvature(terms, u, w)
        tt += d_tt
    elif table.equation[i] == PITZER_STERNER:
        d_tt, tp, pp = pitzer_sterner_curvature(table.fluids[table.fluid[i]], p, t)
        tt += d_tt
    elif table.equation[i] == CORK:
        d_tt, tp, pp = cork_curvature(table.fluids[table.fluid[i]], p, t)
        tt += d_tt
    elif table.equation[i] != IDEAL_GAS:
        return math.nan, math.nan, math.nan
    parameters = table.transition_parameters[i]
    if table.transition[i] == LANDAU:
        d_tt, d_tp, d_pp = landau_curvature(table.state[i], parameters, p, t)
        return tt + d_tt, tp + d_tp, pp + d_pp
    if table.transition[i] == BRAGG_WILLIAMS and table.state[i] == EQUILIBRIUM:
        r = table.gas_constant
        e, _, _ = order(EQUILIBRIUM, parameters, table.order_samples[i], p, t, r, 0.0)
        d_tt, d_tp, d_pp, _ = order_curvature(parameters, e, p, t, r)
        return tt + d_tt, tp + d_tp, pp + d_pp
    return tt, tp, pp


@kernel
def set_curvatures(system: System, p, t, terms: Floats, out: Floats):
    """Fill the second derivatives of all standard energies at P (kbar) and T (K).

    Parameters
    ----------
    terms : (n, 3) array
        Filled: those of the data-set end-members.
    out : (K, I, 3) array
        Filled: G_TT, G_TP, G_PP of the phases' end-members.
    """
    for e in range(terms.shape[0]):
        terms[e, TT], terms[e, TP], terms[e, PP] = endmember_curvature(system.endmembers, e, p, t)
    for k in range(out.shape[0]):
        set_reference_curvature(system, k, terms, out)

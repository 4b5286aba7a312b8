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
    order_mixing,
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


@inner
def melt_curvature(table: Endmembers, i, p, t):
    """Of the melt's equation, `endmember.tait_melt`, by Taylor series in kappa."""
    t0, p0 = table.reference_temperature, table.reference_pressure
    k_slope, expansivity = table.bulk_modulus_slope[i], table.expansivity[i]
    k, a0, b0, c0, a1, b1, c1 = melt_terms(table, i, t)
    k1, k2 = table.bulk_modulus[i, 1], table.bulk_modulus[i, 2]
    a = (a0, a1, 2.0 * a1 * a1 / a0)
    b = (b0, b1, -2.0 * b1 / k)
    c = (c0, c1, 2.0 * c1 * k2 / (k1 * k1 + k1 - k * k2))
    one, minus = (1.0, 0.0, 0.0), (-c[0], -c[1], -c[2])
    u, u0 = weighted(one, p, b), weighted(one, p0, b)
    if u[0] <= 0.0 or u0[0] <= 0.0 or k <= 0.0:
        return math.nan, math.nan, math.nan
    w, w0 = power(u, minus), power(u0, minus)
    rest = weighted(one, -1.0, a)
    norm = weighted(rest, 1.0, product(a, w0))
    difference = weighted(product(u0, w0), -1.0, product(u, w))
    h = quotient(difference, product(b, weighted(c, -1.0, one)))
    f = quotient(weighted(product(a, h), p - p0, rest), norm)
    f_p = quotient(weighted(rest, 1.0, product(a, w)), norm)
    v1 = table.volume[i] * math.exp(expansivity * (t - t0))
    g_tt = expansivity * expansivity * f[0] + 2.0 * expansivity * k_slope * f[1]
    g_tt += k_slope * k_slope * f[2]
    g_tp = expansivity * f_p[0] + k_slope * f_p[1]
    return v1 * g_tt, v1 * g_tp, -v1 * a0 * b0 * c0 * w[0] / (u[0] * norm[0])


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
    """Of a Bragg-Williams transition at equilibrium, at its disorder e."""
    if e <= 0.0 or e >= 1.0:  # held at one end: order does not follow
        return 0.0, 0.0, 0.0
    dv, w0, wv, n = parameters[1], parameters[2], parameters[3], parameters[4]
    f1, f2 = mixing_factors(parameters[5])
    w, rt = w0 + p * wv, r * t
    mixing = order_mixing(e, n, f1, f2)
    bend = order_bend(e, w, rt, n, f1, f2)
    by_t, by_p = r * n / (n + 1.0) * mixing, dv + (1.0 - 2.0 * e) * wv
    return -by_t * by_t / bend, -by_t * by_p / bend, -by_p * by_p / bend


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
        d_tt, tp, pp = melt_curvature(table, i, p, t)
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
        e, _ = order(EQUILIBRIUM, parameters, table.order_samples[i], p, t, r, 0.0)
        d_tt, d_tp, d_pp = order_curvature(parameters, e, p, t, r)
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

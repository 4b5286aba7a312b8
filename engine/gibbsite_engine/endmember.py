"""Gibbs energy, entropy and volume of one data-set end-member at P and T, one function a term.

Holland & Powell (2011), J. metamorphic Geol. 29, 333-383: apparent energies from the heat capacity,
the modified Tait equation of state with a thermal pressure, melts with a T-dependent bulk modulus,
tricritical Landau and Bragg-Williams order-disorder; fluids are in `fluid`. Units kJ, kbar, K.
Every term returns (G, S, V) with S = -dG/dT and V = dG/dP.
"""

import math
from collections.abc import Sequence

import numpy as np

from ._jit import inner, kernel
from .fluid import cork, pitzer_sterner
from .layout import (
    BRAGG_WILLIAMS,
    CORK,
    DISORDERED,
    LANDAU,
    ORDERED,
    PITZER_STERNER,
    TAIT_MELT,
    TAIT_SOLID,
    Endmembers,
    Floats,
)

_DISORDER = np.concatenate(
    [10.0 ** np.arange(-40.0, 0.0, 4.0), [0.01, 0.1], 0.02 + 0.98 * np.arange(17) / 16.0]
)
"""Samples of the disorder 1 - Q, from that of an ordered phase when cold to 1."""


@inner
def caloric(enthalpy, entropy, cp, t, t0):
    """Energy and entropy at the reference pressure from Cp = a + b T + c/T^2 + d/sqrt(T)."""
    a, b, c, d = cp[0], cp[1], cp[2], cp[3]
    root, root0 = math.sqrt(t), math.sqrt(t0)
    dh = (
        a * (t - t0)
        + 0.5 * b * (t * t - t0 * t0)
        - c * (1.0 / t - 1.0 / t0)
        + 2.0 * d * (root - root0)
    )
    ds = (
        a * math.log(t / t0)
        + b * (t - t0)
        - 0.5 * c * (1.0 / (t * t) - 1.0 / (t0 * t0))
        - 2.0 * d * (1.0 / root - 1.0 / root0)
    )
    s = entropy + ds
    return enthalpy + dh - t * s, s


@inner
def tait_constants(k, k1, k2):
    """The a, b, c of the Tait equation from kappa, kappa', kappa'' (HP11 eq. 4)."""
    m = 1.0 + k1
    a = m / (m + k * k2)
    b = k1 / k - k2 / m
    c = (m + k * k2) / (k1 * k1 + k1 - k * k2)
    return a, b, c


@inner
def thermal_pressure(table: Endmembers, i, t):
    """Thermal pressure Pth of a solid, kbar, dPth/dT and d2Pth/dT2."""
    expansivity, einstein, t0 = table.expansivity[i], table.einstein[i], table.reference_temperature
    if expansivity == 0.0:
        return 0.0, 0.0, 0.0
    k, x, x0 = table.bulk_modulus[i, 0], einstein / t, einstein / t0
    e, e0 = math.exp(x), math.exp(x0)
    xi, xi0 = x * x * e / (e - 1.0) ** 2, x0 * x0 * e0 / (e0 - 1.0) ** 2
    pth = expansivity * k / xi0 * einstein * (1.0 / (e - 1.0) - 1.0 / (e0 - 1.0))
    slope = expansivity * k * xi / xi0
    return pth, slope, -slope / t * (2.0 + x - 2.0 * x * e / (e - 1.0))


@inner
def solid_terms(table: Endmembers, i, t):
    """Of a solid what is of temperature alone: Pth, dPth/dT, d2Pth/dT2, u0, u0^-c, V0/N and a, b, c.

    u0 = 1 + b (P0 - Pth), and N so that V = V0 at the reference.
    """
    modulus, p0 = table.bulk_modulus[i], table.reference_pressure
    a, b, c = tait_constants(modulus[0], modulus[1], modulus[2])
    pth, slope, slope_t = thermal_pressure(table, i, t)
    scale = table.volume[i] / (1.0 - a + a * (1.0 + b * p0) ** -c)
    u0 = 1.0 + b * (p0 - pth)
    return pth, slope, slope_t, u0, u0**-c, scale, a, b, c


@inner
def compressed(terms, p):
    """Return u = 1 + b (P - Pth) and u^-c of a solid; outside the domain u or u0 <= 0."""
    pth, _, _, _, _, _, _, b, c = terms
    u = 1.0 + b * (p - pth)
    return u, u**-c


@inner
def tait_solid(terms, p, p0, u, w):
    """Integral of V dP of a solid with thermal pressure; G is inf outside the domain.

    I = V0/N {(P - P0)(1 - a) + a [u0^(1-c) - u^(1-c)]/(b (c - 1))}, as in `solid_terms`.
    """
    _, slope, _, u0, w0, scale, a, b, c = terms
    if u <= 0.0 or u0 <= 0.0:
        return math.inf, 0.0, 0.0
    g = scale * ((p - p0) * (1.0 - a) + a * (u0 * w0 - u * w) / (b * (c - 1.0)))
    return g, -scale * a * slope * (w0 - w), scale * (1.0 - a + a * w)


@inner
def melt_terms(table: Endmembers, i, t):
    """Kappa at T, a, b, c and their derivatives by kappa, of the melt's equation."""
    modulus, k_slope = table.bulk_modulus[i], table.bulk_modulus_slope[i]
    k, k1, k2 = modulus[0] + k_slope * (t - table.reference_temperature), modulus[1], modulus[2]
    a, b, c = tait_constants(k, k1, k2)
    m = 1.0 + k1
    dc = k2 * m * m / (k1 * k1 + k1 - k * k2) ** 2
    return k, a, b, c, -a * a * k2 / m, -k1 / (k * k), dc


@inner
def tait_melt(table: Endmembers, i, p, t):
    """Integral of V dP of a melt: V0 exp(alpha (T - T0)), kappa linear in T, no thermal pressure."""
    t0, p0 = table.reference_temperature, table.reference_pressure
    k_slope, expansivity = table.bulk_modulus_slope[i], table.expansivity[i]
    k, a, b, c, da, db, dc = melt_terms(table, i, t)
    u, u0 = 1.0 + b * p, 1.0 + b * p0
    if u <= 0.0 or u0 <= 0.0 or k <= 0.0:
        return math.inf, 0.0, 0.0
    w, w0 = u**-c, u0**-c
    v1 = table.volume[i] * math.exp(expansivity * (t - t0))
    norm = 1.0 - a + a * w0
    h = (u0 * w0 - u * w) / (b * (c - 1.0))
    f = ((p - p0) * (1.0 - a) + a * h) / norm
    # d/dk of the integral, by the chain rule through a, b, c
    du = u * w * ((1.0 - c) * p * db / u - math.log(u) * dc)
    du0 = u0 * w0 * ((1.0 - c) * p0 * db / u0 - math.log(u0) * dc)
    dh = (du0 - du) / (b * (c - 1.0)) - h * (db / b + dc / (c - 1.0))
    dnorm = -da + da * w0 + a * w0 * (-c * p0 * db / u0 - math.log(u0) * dc)
    df = (-(p - p0) * da + da * h + a * dh - f * dnorm) / norm
    g = v1 * f
    s = -v1 * (expansivity * f + df * k_slope)
    return g, s, v1 * (1.0 - a + a * w) / norm


@inner
def mixing_factors(factor):
    """The two weights of the entropy of Bragg-Williams mixing, of its two kinds of site."""
    return (factor, factor) if factor >= 0.0 else (1.0, -factor)


@inner
def landau(state, parameters, p, t, t0):
    """Tricritical Landau transition relative to the phase as it is at the reference state."""
    tc0, s_max, v_max = parameters[0], parameters[1], parameters[2]
    q0 = math.sqrt(1.0 - t0 / tc0)
    tc = tc0 + p * v_max / s_max
    if state == ORDERED:
        q = 1.0
    elif state == DISORDERED or t >= tc:
        q = 0.0
    else:
        q = math.sqrt((tc - t) / tc0)
    g = (
        s_max * (tc0 * (q0 - q0**3 / 3.0) - (tc * q - tc0 * q**3 / 3.0) - t * (q0 - q))
        + p * v_max * q0
    )
    return g, s_max * (q0 - q), v_max * (q0 - q)


@inner
def order_entropy(e, n, f1, f2):
    """s(Q) of Bragg-Williams mixing at disorder e = 1 - Q; S = -R s (HP96 eq. A2-4)."""
    s = f1 * (1.0 + n - n * e) * math.log((1.0 + n - n * e) / (n + 1.0))
    s += f2 * n * (n + 1.0 - e) * math.log((n + 1.0 - e) / (n + 1.0))
    if e > 0.0:
        s += f1 * n * e * math.log(n * e / (n + 1.0)) + f2 * n * e * math.log(e / (n + 1.0))
    return s / (n + 1.0)


@inner
def order_mixing(e, n, f1, f2):
    """-(n + 1)/n s'(Q) of Bragg-Williams mixing at disorder e = 1 - Q."""
    return f1 * math.log(n * e / (1.0 + n - n * e)) + f2 * math.log(e / (n + 1.0 - e))


def order_samples(transition: int, parameters: Sequence[float]) -> Floats:
    """Return samples of the disorder, and `order_mixing` and ln e there, which P and T do not change.

    Parameters
    ----------
    transition, parameters
        As in `Endmembers`, of one end-member.

    Returns
    -------
    (3, 29) array
        Zeros of what has no Bragg-Williams transition.
    """
    e = _DISORDER
    if transition != BRAGG_WILLIAMS:
        return np.zeros((3, len(e)))
    n, factor = parameters[4:]
    f1, f2 = (factor, factor) if factor >= 0.0 else (1.0, -factor)
    mixing = f1 * np.log(n * e / (1.0 + n - n * e)) + f2 * np.log(e / (n + 1.0 - e))
    return np.array([e, mixing, np.log(e)])


@inner
def order_force(e, h, w, rt, n, f1, f2):
    """-dG/dQ of Bragg-Williams mixing at disorder e = 1 - Q."""
    return h + w * (1.0 - 2.0 * e) + rt * n / (n + 1.0) * order_mixing(e, n, f1, f2)


@inner
def order_root(between, near, h, w, rt, n, f1, f2):
    """Disorder e between two, given by ln e, of a force < 0 and > 0: Newton in ln e, bracketed.

    It begins with `near` if that lies between them, else in the middle. The last step is that
    beyond which the next would be lost in rounding: each is about the square of the one before.
    """
    y_low, y_high = between
    y = math.log(near) if near > 0.0 else y_low
    if not y_low < y < y_high:
        y = 0.5 * (y_low + y_high)
    for _ in range(80):
        e = math.exp(y)
        force = order_force(e, h, w, rt, n, f1, f2)
        if force < 0.0:
            y_low = y
        else:
            y_high = y
        entropy = f1 * (1.0 + n * e / (1.0 + n - n * e)) + f2 * (1.0 + e / (n + 1.0 - e))
        slope = rt * n / (n + 1.0) * entropy - 2.0 * w * e
        step = -force / slope
        if abs(step) < 1e-8:  # before it is asked whether that is inside: y is a bound now
            return math.exp(y + step)
        if not y_low < y + step < y_high:
            step = 0.5 * (y_low + y_high) - y
        y += step
    return math.exp(y)


@kernel
def order(state, parameters, samples, p, t, r, near):
    """Disorder e = 1 - Q of a Bragg-Williams transition, G relative to the fully ordered phase, and s(Q).

    G = (1 - Q) h + w Q (1 - Q) + RT s(Q); of several roots the lowest. Towards Q = 1 the force is
    -inf, so a minimum is where it turns from negative to positive with growing disorder, between two
    of `samples`. Where one is `near` it is found the sooner; 0 for not known.
    """
    dh, dv, w0, wv = parameters[0], parameters[1], parameters[2], parameters[3]
    n = parameters[4]
    f1, f2 = mixing_factors(parameters[5])
    h, w, rt = dh + p * dv, w0 + p * wv, r * t
    best, best_g, best_s = 0.0, 0.0, 0.0
    if state == DISORDERED:
        best, best_s = 1.0, order_entropy(1.0, n, f1, f2)
        best_g = h + rt * best_s
    elif state != ORDERED:
        best_g = math.inf
        last, last_force, number = 0.0, -math.inf, samples.shape[1]
        for j in range(number):
            e = samples[0, j]
            force = h + w * (1.0 - 2.0 * e) + rt * n / (n + 1.0) * samples[1, j]
            if last_force < 0.0 and (force > 0.0 or j == number - 1):
                root = e
                if force > 0.0:
                    root = 0.0
                    if last > 0.0:
                        ends = samples[2, j - 1], samples[2, j]
                        root = order_root(ends, near, h, w, rt, n, f1, f2)
                s = order_entropy(root, n, f1, f2)
                g = root * h + w * (1.0 - root) * root + rt * s
                if g < best_g:
                    best, best_g, best_s = root, g, s
            last, last_force = e, force
    return best, best_g, best_s


@inner
def order_slopes(parameters, e, s, r):
    """S and V of Bragg-Williams mixing at disorder e, of which s(Q) is known, as `order` has G."""
    dv, wv = parameters[1], parameters[3]
    return -r * s, e * (dv + (1.0 - e) * wv)


@kernel
def bragg_williams(state, parameters, samples, p, t, r):
    """Bragg-Williams transition relative to the fully ordered phase."""
    e, g, mixed = order(state, parameters, samples, p, t, r, 0.0)
    s, v = order_slopes(parameters, e, mixed, r)
    return g, s, v


@kernel
def endmember_energy(table: Endmembers, i, p, t):
    """G, S, V of end-member i of the table; G is inf outside the equation of state's domain."""
    t0 = table.reference_temperature
    g, s = caloric(table.enthalpy[i], table.entropy[i], table.heat_capacity[i], t, t0)
    v, dg, ds, equation = 0.0, 0.0, 0.0, table.equation[i]
    if equation == TAIT_MELT:
        dg, ds, v = tait_melt(table, i, p, t)
    elif equation == TAIT_SOLID:
        terms = solid_terms(table, i, t)
        u, w = compressed(terms, p)
        dg, ds, v = tait_solid(terms, p, table.reference_pressure, u, w)
    elif equation == PITZER_STERNER:
        dg, ds, v = pitzer_sterner(table.fluids[table.fluid[i]], p, t)
    elif equation == CORK:
        dg, ds, v = cork(table.fluids[table.fluid[i]], p, t)
    g, s = g + dg, s + ds
    parameters = table.transition_parameters[i]
    if table.transition[i] == LANDAU:
        dg, ds, dv = landau(table.state[i], parameters, p, t, t0)
        g, s, v = g + dg, s + ds, v + dv
    elif table.transition[i] == BRAGG_WILLIAMS:
        dg, ds, dv = bragg_williams(
            table.state[i], parameters, table.order_samples[i], p, t, table.gas_constant
        )
        g, s, v = g + dg, s + ds, v + dv
    return g, s, v

"""Second derivatives of the energies of fluids by P and T, of the equations in `fluid`.

Every equation returns (G_TT, G_TP, G_PP) of RT ln f, in kJ, K, kbar. What depends on temperature is
carried as a Taylor series of second order in it, (f, f', f''); see `series`.
"""

import math

from ._jit import inner
from .fluid import (
    BAR_PER_KBAR,
    GAS_CM3_BAR,
    GAS_KJ,
    KJ_PER_CM3_BAR,
    coefficients,
    reduced_pressure,
    stable_density,
)
from .series import exponential, logarithm, product, quotient, scaled, weighted

ZERO, ONE = (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)


@inner
def coefficient_series(c, j, t):
    """Taylor series in T of coefficient j of Pitzer & Sterner."""
    r, i = c[j], 1.0 / t
    i2 = i * i
    i4 = i2 * i2
    return (
        r[0] * i4 + r[1] * i2 + r[2] * i + r[3] + r[4] * t + r[5] * t * t,
        -4.0 * r[0] * i4 * i - 2.0 * r[1] * i2 * i - r[2] * i2 + r[4] + 2.0 * r[5] * t,
        20.0 * r[0] * i4 * i2 + 6.0 * r[1] * i4 + 2.0 * r[2] * i2 * i + 2.0 * r[5],
    )


@inner
def pitzer_sterner_curvature(c, p, t):
    """Of RT ln f = F(rho, T) + P/rho at dG/drho = 0: G_XY = F_XY - G_rhoX G_rhoY / G_rhorho."""
    k = coefficients(c, t)
    rt = GAS_CM3_BAR * t
    rho = stable_density(k, BAR_PER_KBAR * p / rt)
    if rho == 0.0:
        return math.nan, math.nan, math.nan
    d, slope, power = ZERO, ZERO, 1.0
    for j in range(1, 6):  # the quartic, and its slope in rho
        d = weighted(d, power, coefficient_series(c, j, t))
        if j < 5:
            slope = weighted(slope, j * power, coefficient_series(c, j + 1, t))
        power *= rho
    first = coefficient_series(c, 0, t)
    energy = weighted(quotient(ONE, d), rho, first)
    energy = weighted(energy, -1.0, quotient(ONE, coefficient_series(c, 1, t)))
    push = weighted(first, -1.0, quotient(slope, product(d, d)))
    for j in (6, 8):
        a, b = coefficient_series(c, j, t), coefficient_series(c, j + 1, t)
        decay = exponential(scaled(-rho, b))
        energy = weighted(energy, 1.0, quotient(product(a, weighted(ONE, -1.0, decay)), b))
        push = weighted(push, 1.0, product(a, decay))
    f_tt = GAS_CM3_BAR * (2.0 * energy[1] + t * energy[2] + 1.0 / t)
    # P = RT (rho + rho^2 push)
    p_t = GAS_CM3_BAR * (rho + rho * rho * (push[0] + t * push[1]))
    stiffness = rho * rho * rt * reduced_pressure(k, rho)[1]
    unit = KJ_PER_CM3_BAR
    return (
        unit * (f_tt - p_t * p_t / stiffness),
        unit * BAR_PER_KBAR * p_t / stiffness,
        -unit * BAR_PER_KBAR * BAR_PER_KBAR / stiffness,
    )


@inner
def cork_curvature(c, p, t):
    """Of CORK by corresponding states, `fluid.cork`."""
    tc, pc = c[0, 0], c[0, 1]
    root_c, root_p = math.sqrt(pc), math.sqrt(p)
    a0, a1 = 5.45963e-5 * tc**2.5 / pc, -8.63920e-6 * tc**1.5 / pc
    b = 9.18301e-4 * tc / pc
    c0, c1 = -3.30558e-5 * tc / (pc * root_c), 2.30524e-6 / (pc * root_c)
    d0, d1 = 6.93054e-7 * tc / (pc * pc), -8.38293e-8 / (pc * pc)
    root = math.sqrt(t)
    roots = (root, 0.5 / root, -0.25 / (root * t))
    a, rt = (a0 + a1 * t, a1, 0.0), (GAS_KJ * t, GAS_KJ, 0.0)
    near, far = weighted(rt, b * p, ONE), weighted(rt, 2.0 * b * p, ONE)
    log = weighted(logarithm(near), -1.0, logarithm(far))
    attraction = product(quotient(scaled(1.0 / b, a), roots), log)
    both = product(near, far)
    pull = quotient(scaled(GAS_KJ, product(a, roots)), both)
    # d/dP of 1/(near far) at constant T
    pull_p = -pull[0] * b * (far[0] + 2.0 * near[0]) / both[0]
    v_t = GAS_KJ / p - pull[1] + c1 * root_p + d1 * p
    v_p = -rt[0] / (p * p) - pull_p + 0.5 * (c0 + c1 * t) / root_p + d0 + d1 * t
    return attraction[2], v_t, v_p

"""Shear moduli of minerals at P and T: the formulas of three sources.

Units kbar, K, kJ, mol. The reference is 1 bar and 298.15 K unless a formula says otherwise.
"""

import math
from typing import Final, NamedTuple

import numpy as np

from ._jit import inner, table
from .layout import Floats, Ints

REFERENCE_PRESSURE: Final = 0.001
REFERENCE_TEMPERATURE: Final = 298.15
_COLD_DEBYE: Final = 300.0
"""K, where Stixrude & Lithgow-Bertelloni have their reference, at no pressure."""
_GAS_CONSTANT: Final = 0.00831446
_MOST_STEPS, _SMALLEST_STEP = 60, 1e-10
"""Of a strain by Newton's method; some four are taken. What so small a one leaves is its square."""
_TERMS: Final = 28  # of a series at 3/(2 pi), each less than a quarter of the last
_TERMS_BELOW_ONE: Final = 12  # less than a fortieth
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)

LINEAR, FINITE_STRAIN, ALPHA_QUARTZ, THERMAL = range(4)
"""Formulas; see `modulus`."""
NUMBERS: Final = 10
"""Most numbers of a formula."""


@table
class Formulas(NamedTuple):
    """How the moduli of M minerals are found, each from the first of S sources at most that has one."""

    number: Ints
    """(M) sources."""
    formula: Ints
    """(M, S)"""
    numbers: Floats
    """(M, S, NUMBERS) as the formula names them, then zeros."""
    debye: Floats
    """DEBYE."""


@inner
def linear(numbers, p, t):
    """mu0 + mu' (P - P0) + dmu/dT (T - T0): Connolly & Kerrick (2002)."""
    by_p, by_t = p - REFERENCE_PRESSURE, t - REFERENCE_TEMPERATURE
    return numbers[0] + numbers[1] * by_p + numbers[2] * by_t


@inner
def next_strain(f, excess, slope, low, high):
    """Newton's next strain, or the middle where it is not between the bounds; these, narrowed."""
    low, high = (low, f) if excess > 0.0 else (f, high)
    new = f - excess / slope
    return new if new > low and new < high else 0.5 * (low + high), low, high


@inner
def hot_finite_strain(numbers, p, t, f):
    """Hot at zero pressure, then compressed: Abers & Hacker (2016), G-cubed 17, 616-624.

    phi = integral of a (1 - 10/sqrt T) from 298 K; K(0, T) = K exp(-delta_T phi) and
    mu(0, T) = mu exp(-Gamma phi); the strain f from P = 3 f (1 + 2 f)^(5/2) (1 - 2 e f + y f^2) K.
    """
    shrink, alpha, delta = numbers[2], numbers[5], numbers[6]
    phi = alpha * ((t - 298.0) - 20.0 * (math.sqrt(t) - math.sqrt(298.0)))
    mu, k = numbers[0] * math.exp(-shrink * phi), numbers[3] * math.exp(-delta * phi)
    return compressed(mu, numbers[1], k, numbers[4], p, f)


@inner
def birch_strain(k, e, y, p, f):
    """Strain f of P = 3 f (1 + 2 f)^(5/2) (1 - 2 e f + y f^2) K; NaN where it is not found.

    It is looked for from f on, if that is within bounds.
    """
    low, high, small = -0.01, 0.08, p / (3.0 * k)
    if not (f > low and f < high):
        f = small * (1.0 - (5.0 - 2.0 * e) * small)
    if not (f > low and f < high):
        f = 0.5 * (low + high)
    for _ in range(_MOST_STEPS):
        z = 1.0 + 2.0 * f
        stretch, bend = 3.0 * k * z * math.sqrt(z), 1.0 + f * (y * f - 2.0 * e)
        excess = stretch * z * f * bend - p
        slope = stretch * ((z + 5.0 * f) * bend + z * f * 2.0 * (y * f - e))
        if abs(excess) <= _SMALLEST_STEP * abs(slope):
            return f - excess / slope
        f, low, high = next_strain(f, excess, slope, low, high)
    return math.nan


@inner
def compressed(mu, mu_p, k, k_p, p, f):
    """The shear modulus at pressure, of both moduli at zero pressure, and the strain, looked for from f on."""
    e = 0.75 * (4.0 - k_p)
    y = (9.0 + 4.0 * e * (4.0 - 3.0 * k_p) + 5.0 * (3.0 * k_p - 5.0)) / 6.0
    f, ratio = birch_strain(k, e, y, p, f), k / mu
    z = 1.0 + 2.0 * f
    second = 9.0 * ratio * ratio + 9.0 * (k_p - 4.0) * mu_p * ratio + 35.0
    shape = 1.0 - f * (5.0 - 3.0 * mu_p * ratio) + 0.5 * f * f * second
    return mu * z * z * math.sqrt(z) * shape, f


@inner
def quartz_transition(p):
    """Temperature of the alpha-beta transition of quartz [K] as Abers & Hacker (2016) have it."""
    mpa = 100.0 * p
    return 847.3 + 0.2559 * mpa - 6.406e-6 * mpa * mpa


@inner
def softening(a, b, c, now, cold):
    """How a modulus of quartz has changed since 298 K; of the logarithms of what its transition is away."""
    return (a + b * now + c * now * now) / (a + b * cold + c * cold * cold)


@inner
def alpha_quartz(numbers, p, t, f):
    """Abers & Hacker's alpha quartz, which softens towards its transition; NaN above it."""
    end = quartz_transition(p)
    if not t < end:
        return math.nan, f
    now, cold = math.log(end - t), math.log(end - 298.0)
    mu = numbers[0] * softening(41.721, -0.034879, 0.08424, now, cold)
    k = numbers[3] * softening(11.384, 0.6478, 0.5878, now, cold)
    return compressed(mu, numbers[1], k, numbers[4], p, f)


def _debye_series(n: int) -> Floats:
    """Coefficients of x^2, x^4, ... x^2n of Debye's function, 3 B_2k/((2k + 3) (2k)!)."""
    k = np.arange(1, n + 1)
    # B_2k/(2k)! = 2 (-1)^(k + 1) zeta(2k)/(2 pi)^2k
    zeta = (np.arange(1.0, 40.0)[:, None] ** (-2.0 * k)).sum(axis=0)
    zeta[0], zeta[1], zeta[2] = np.pi**2 / 6.0, np.pi**4 / 90.0, np.pi**6 / 945.0
    zeta[3], zeta[4] = np.pi**8 / 9450.0, np.pi**10 / 93555.0
    return np.asarray(-6.0 / (2 * k + 3) * (-1.0) ** k * zeta / (2.0 * np.pi) ** (2 * k))


DEBYE: Final = np.concatenate([_debye_series(_TERMS), _NODES, _WEIGHTS])
"""What Debye's function is made of: its series, and Gauss's nodes and weights."""


@inner
def debye(x, of):
    """Debye's function, 3/x^3 times the integral of x^3/(e^x - 1), and its slope.

    By its series, which converges below 2 pi, or beyond the half of that by Gauss's quadrature.
    """
    if x < 3.0:
        square, value, slope = x * x, 0.0, 0.0
        for k in range((_TERMS if x > 1.0 else _TERMS_BELOW_ONE) - 1, -1, -1):
            slope = slope * square + value
            value = value * square + of[k]
        slope = -0.375 + 2.0 * x * (value + square * slope)
        return 1.0 - 0.375 * x + square * value, slope
    integral, points = 0.0, (of.size - _TERMS) // 2
    for q in range(points):
        y = 0.5 * x * (of[_TERMS + q] + 1.0)
        integral += 0.5 * x * of[_TERMS + points + q] * y * y * y / math.expm1(y)
    value = 3.0 * integral / (x * x * x)
    return value, 3.0 / math.expm1(x) - 3.0 * value / x


@inner
def debye_energy(theta, t, atoms, of):
    """Thermal energy of a Debye solid, 3 n R T D(theta/T), and its slope by theta."""
    value, slope = debye(theta / t, of)
    unit = 3.0 * atoms * _GAS_CONSTANT
    return unit * t * value, unit * slope


@inner
def heated(numbers, f, t, of):
    """Of a strain nu^2, gamma, the thermal energy per volume, and the slopes of the last two."""
    v0, theta0, gamma0, q0, atoms = numbers[5], numbers[6], numbers[7], numbers[8], numbers[9]
    a, z = -12.0 * gamma0 + 36.0 * gamma0**2 - 18.0 * q0 * gamma0, 1.0 + 2.0 * f
    nu2, slope = 1.0 + 6.0 * gamma0 * f + 0.5 * a * f * f, 6.0 * gamma0 + a * f
    gamma = z * slope / (6.0 * nu2)
    gamma_f = (2.0 * slope + z * a) / (6.0 * nu2) - gamma * slope / nu2
    theta = theta0 * math.sqrt(nu2)
    hot, hot_theta = debye_energy(theta, t, atoms, of)
    cold, cold_theta = debye_energy(theta, _COLD_DEBYE, atoms, of)
    per_volume = z * math.sqrt(z) / v0
    heat = (hot - cold) * per_volume
    heat_f = (hot_theta - cold_theta) * theta * slope / (2.0 * nu2) * per_volume + 3.0 * heat / z
    return nu2, gamma, heat, gamma_f, heat_f


@inner
def heated_strain(numbers, p, t, of, f):
    """Strain f of P = 3 K f (1 + 2 f)^(5/2) (1 + 3/2 (K' - 4) f) + gamma dE_th/V; NaN: not found.

    It is looked for from f on, if that is within bounds.
    """
    k, e, low, high = numbers[3], 1.5 * (numbers[4] - 4.0), -0.04, 0.08
    if not (f > low and f < high):
        f = 0.5 * (low + high)
    for _ in range(_MOST_STEPS):
        _, gamma, heat, gamma_f, heat_f = heated(numbers, f, t, of)
        z, bend = 1.0 + 2.0 * f, 1.0 + e * f
        stretch = 3.0 * k * z * math.sqrt(z)
        excess = stretch * z * f * bend + gamma * heat - p
        slope = stretch * ((z + 5.0 * f) * bend + z * f * e) + gamma_f * heat + gamma * heat_f
        if abs(excess) <= _SMALLEST_STEP * abs(slope):
            return f - excess / slope
        f, low, high = next_strain(f, excess, slope, low, high)
    return math.nan


@inner
def thermal_finite_strain(numbers, p, t, f, of):
    """Stixrude & Lithgow-Bertelloni (2005), Geophys. J. Int. 162, 610-632, with their 2022 numbers.

    mu = (1 + 2 f)^(5/2) [mu0 + f (3 K mu' - 5 mu0) + f^2 (6 K mu' - 24 K - 14 mu0 + 9/2 K K')]
    - eta_S dE_th/V, at the volume of their own equation of state, V = V0 (1 + 2 f)^(-3/2).

    Parameters
    ----------
    f : float
        Strain to begin with.
    of : array
        DEBYE.

    Returns
    -------
    (float, float)
        Modulus and strain, NaN where no strain has the pressure.
    """
    mu, mu_p, eta0, k, k_p = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    second = 6.0 * k * mu_p - 24.0 * k - 14.0 * mu + 4.5 * k * k_p
    f = heated_strain(numbers, p, t, of, f)
    nu2, gamma, heat, _, _ = heated(numbers, f, t, of)
    z = 1.0 + 2.0 * f
    eta = -gamma + z * z * (numbers[7] + eta0) / nu2
    cold = mu + f * (3.0 * k * mu_p - 5.0 * mu) + f * f * second
    return z * z * math.sqrt(z) * cold - eta * heat, f


@inner
def modulus(formula, numbers, p, t, f, of):
    """The modulus [kbar] by a formula at P and T, and the strain f where that has to be looked for; `of` is DEBYE."""
    if formula == LINEAR:
        return linear(numbers, p, t), f
    if formula == FINITE_STRAIN:
        return hot_finite_strain(numbers, p, t, f)
    if formula == ALPHA_QUARTZ:
        return alpha_quartz(numbers, p, t, f)
    return thermal_finite_strain(numbers, p, t, f, of)


@inner
def mineral_modulus(of: Formulas, m, p, t, f):
    """The modulus of a mineral by the first source that has a positive one, NaN for none; and f as `modulus`.

    So a source that ends where another mineral begins (alpha quartz at its transition) gives way to the next.
    """
    for source in range(of.number[m]):
        value, f = modulus(of.formula[m, source], of.numbers[m, source], p, t, f, of.debye)
        if value > 0.0:
            return value, f
    return math.nan, f

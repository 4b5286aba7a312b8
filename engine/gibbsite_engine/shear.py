"""Shear moduli of end-members at P and T: the formulas of three sources, on arrays of points.

Units kbar, K, kJ, mol. The reference is 1 bar and 298.15 K unless a formula says otherwise.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from .layout import Floats

REFERENCE_PRESSURE: Final = 0.001
REFERENCE_TEMPERATURE: Final = 298.15
_COLD_DEBYE: Final = 300.0
"""K, where Stixrude & Lithgow-Bertelloni have their reference, at no pressure."""
_GAS_CONSTANT: Final = 0.00831446
_MOST_STEPS, _SMALLEST_STEP = 60, 1e-15  # of a strain; some ten are taken
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def linear(numbers: Sequence[float], p: Floats, t: Floats) -> Floats:
    """mu0 + mu' (P - P0) + dmu/dT (T - T0): Connolly & Kerrick (2002)."""
    mu, by_p, by_t = numbers
    return np.asarray(mu + by_p * (p - REFERENCE_PRESSURE) + by_t * (t - REFERENCE_TEMPERATURE))


def _root(function: Callable[[Floats], Floats], low: float, high: float, like: Floats) -> Floats:
    """The zero of a function that rises with its argument between two bounds; else the nearer bound.

    NaN where it is not found.
    By false position where the end that stays counts half (Dowell & Jarratt, 1971, BIT 11, 168-174).
    """
    a, b = np.full_like(like, low), np.full_like(like, high)
    at_a, at_b = function(a), function(b)
    none = np.where(at_a >= 0.0, a, np.where(at_b <= 0.0, b, np.nan))
    for _ in range(_MOST_STEPS):
        with np.errstate(divide="ignore", invalid="ignore"):
            c = np.where(at_b == 0.0, b, (a * at_b - b * at_a) / (at_b - at_a))
        at_c = function(c)
        other = at_c * at_b < 0.0
        a, at_a = np.where(other, b, a), np.where(other, at_b, 0.5 * at_a)
        step, b, at_b = np.abs(c - b), c, at_c
        if not (step > _SMALLEST_STEP)[np.isnan(none)].any():
            break
    found = np.where(step > _SMALLEST_STEP, np.nan, b)
    return np.asarray(np.where(np.isnan(none), found, none))


def hot_finite_strain(numbers: Sequence[float], p: Floats, t: Floats) -> Floats:
    """Hot at zero pressure, then compressed: Abers & Hacker (2016), G-cubed 17, 616-624.

    phi = integral of a (1 - 10/sqrt T) from 298 K; K(0, T) = K exp(-delta_T phi) and
    mu(0, T) = mu exp(-Gamma phi); the strain f from P = 3 f (1 + 2 f)^(5/2) (1 - 2 e f + y f^2) K.
    """
    mu, mu_p, shrink, k, k_p, alpha, delta = numbers
    phi = alpha * ((t - 298.0) - 20.0 * (np.sqrt(t) - np.sqrt(298.0)))
    return _compressed(mu * np.exp(-shrink * phi), mu_p, k * np.exp(-delta * phi), k_p, p)


def _compressed(mu: Floats, mu_p: float, k: Floats, k_p: float, p: Floats) -> Floats:
    """The shear modulus at pressure, of both moduli at zero pressure."""
    e = 0.75 * (4.0 - k_p)
    y = (9.0 + 4.0 * e * (4.0 - 3.0 * k_p) + 5.0 * (3.0 * k_p - 5.0)) / 6.0

    def excess(f: Floats) -> Floats:
        return np.asarray(
            3.0 * f * (1.0 + 2.0 * f) ** 2.5 * (1.0 - 2.0 * e * f + y * f * f) * k - p
        )

    f = _root(excess, -0.01, 0.08, p)
    ratio = k / mu
    return np.asarray(
        mu
        * (1.0 + 2.0 * f) ** 2.5
        * (
            1.0
            - f * (5.0 - 3.0 * mu_p * ratio)
            + 0.5 * f * f * (9.0 * ratio**2 + 9.0 * (k_p - 4.0) * mu_p * ratio + 35.0)
        )
    )


def quartz_transition(p: Floats) -> Floats:
    """Temperature of the alpha-beta transition of quartz [K] as Abers & Hacker (2016) have it."""
    mpa = 100.0 * p
    return np.asarray(847.3 + 0.2559 * mpa - 6.406e-6 * mpa * mpa)


def alpha_quartz(numbers: Sequence[float], p: Floats, t: Floats) -> Floats:
    """Abers & Hacker's alpha quartz, which softens towards its transition; NaN above it."""
    mu, mu_p, _, k, k_p, _, _ = numbers

    def softening(a: float, b: float, c: float) -> Floats:
        with np.errstate(invalid="ignore"):
            now, cold = (np.log(quartz_transition(p) - x) for x in (t, 298.0))
        return np.asarray((a + b * now + c * now * now) / (a + b * cold + c * cold * cold))

    return _compressed(
        mu * softening(41.721, -0.034879, 0.08424), mu_p,
        k * softening(11.384, 0.6478, 0.5878), k_p, p,
    )  # fmt: skip


def _debye_energy(theta: Floats, t: Floats, atoms: float) -> Floats:
    """Thermal energy of a Debye solid, 9 n R T (T/theta)^3 times the integral of x^3/(e^x - 1)."""
    top = theta / t
    x = 0.5 * top[..., None] * (_NODES + 1.0)
    integral = (0.5 * top[..., None] * _WEIGHTS * x**3 / np.expm1(x)).sum(axis=-1)
    return np.asarray(9.0 * atoms * _GAS_CONSTANT * t * integral / top**3)


def thermal_finite_strain(numbers: Sequence[float], p: Floats, t: Floats) -> Floats:
    """Stixrude & Lithgow-Bertelloni (2005), Geophys. J. Int. 162, 610-632, with their 2022 numbers.

    mu = (1 + 2 f)^(5/2) [mu0 + f (3 K mu' - 5 mu0) + f^2 (6 K mu' - 24 K - 14 mu0 + 9/2 K K')]
    - eta_S dE_th/V, at the volume of their own equation of state, V = V0 (1 + 2 f)^(-3/2).
    """
    mu, mu_p, eta0, k, k_p, v0, theta0, gamma0, q0, atoms = numbers
    a = -12.0 * gamma0 + 36.0 * gamma0**2 - 18.0 * q0 * gamma0

    def at(f: Floats) -> tuple[Floats, Floats, Floats]:
        """nu^-2, gamma and the thermal energy per volume at a strain."""
        nu2 = 1.0 + 6.0 * gamma0 * f + 0.5 * a * f * f
        gamma = (1.0 + 2.0 * f) * (6.0 * gamma0 + a * f) / (6.0 * nu2)
        theta = theta0 * np.sqrt(nu2)
        heat = _debye_energy(theta, t, atoms)
        heat = heat - _debye_energy(theta, np.full_like(t, _COLD_DEBYE), atoms)
        return 1.0 / nu2, gamma, heat * (1.0 + 2.0 * f) ** 1.5 / v0

    def excess(f: Floats) -> Floats:
        _, gamma, heat = at(f)
        cold = 3.0 * k * f * (1.0 + 2.0 * f) ** 2.5 * (1.0 + 1.5 * (k_p - 4.0) * f)
        return np.asarray(cold + gamma * heat - p)

    f = _root(excess, -0.04, 0.08, p)
    inverse, gamma, heat = at(f)
    eta = -gamma + inverse * (1.0 + 2.0 * f) ** 2 * (gamma0 + eta0)
    second = 6.0 * k * mu_p - 24.0 * k - 14.0 * mu + 4.5 * k * k_p
    cold = (1.0 + 2.0 * f) ** 2.5 * (mu + f * (3.0 * k * mu_p - 5.0 * mu) + f * f * second)
    return np.asarray(cold - eta * heat)

"""Fugacity of fluids: RT ln f with f in bar, entropy and volume, one function an equation of state.

Pitzer & Sterner (1994), J. Chem. Phys. 101, 3111-3116: a Helmholtz energy in the density, for H2O
and CO2. Holland & Powell (1991), Contrib. Mineral. Petrol. 109, 265-273: CORK, by corresponding
states. Units kJ, kbar, K. Every equation returns (RT ln f, S, V) with S = -d/dT and V = d/dP, to be
added to the energy of the ideal gas at 1 bar.
"""

import math

from ._jit import inner, kernel

# Gas constants as the end-member data were fitted with them: cm3 bar/(K mol), kJ/(K mol).
GAS_CM3_BAR, GAS_KJ = 83.144, 0.0083144
# kJ in a cm3 bar, and bar in a kbar.
KJ_PER_CM3_BAR, BAR_PER_KBAR = 1e-4, 1e3
# mol/cm3: denser than any fluid up to 60 kbar; samples are denser where a fluid is thin.
DENSEST, SAMPLES = 0.2, 80


@inner
def coefficient(c, j, t):
    """Coefficient c_j + 1 of Pitzer & Sterner at T, and its slope; eq. 3."""
    row = c[j]
    i = 1.0 / t
    i2 = i * i
    value = row[0] * i2 * i2 + row[1] * i2 + row[2] * i + row[3] + row[4] * t + row[5] * t * t
    slope = -4.0 * row[0] * i2 * i2 * i - 2.0 * row[1] * i2 * i - row[2] * i2
    return value, slope + row[4] + 2.0 * row[5] * t


@inner
def quartic(k, rho):
    """c2 + c3 rho + ... + c6 rho^4 and its first two slopes in rho; k as in `coefficients`."""
    d = k[1] + rho * (k[2] + rho * (k[3] + rho * (k[4] + rho * k[5])))
    first = k[2] + rho * (2.0 * k[3] + rho * (3.0 * k[4] + rho * 4.0 * k[5]))
    second = 2.0 * k[3] + rho * (6.0 * k[4] + rho * 12.0 * k[5])
    return d, first, second


@inner
def coefficients(c, t):
    """All ten coefficients at T."""
    return (
        coefficient(c, 0, t)[0],
        coefficient(c, 1, t)[0],
        coefficient(c, 2, t)[0],
        coefficient(c, 3, t)[0],
        coefficient(c, 4, t)[0],
        coefficient(c, 5, t)[0],
        coefficient(c, 6, t)[0],
        coefficient(c, 7, t)[0],
        coefficient(c, 8, t)[0],
        coefficient(c, 9, t)[0],
    )


@inner
def reduced_pressure(k, rho):
    """P/RT in mol/cm3 at a density, and its slope; eq. 2."""
    d, first, second = quartic(k, rho)
    a, b = k[6] * math.exp(-k[7] * rho), k[8] * math.exp(-k[9] * rho)
    inverse = 1.0 / (d * d)
    value = rho + rho * rho * (k[0] - first * inverse + a + b)
    slope = 1.0 + 2.0 * rho * (k[0] - first * inverse + a + b)
    slope -= rho * rho * (second * inverse - 2.0 * first * first * inverse / d)
    slope -= rho * rho * (k[7] * a + k[9] * b)
    return value, slope


@inner
def residual_energy(k, rho):
    """A/RT of a fluid beyond that of the ideal gas at its density; eq. 1."""
    d, _, _ = quartic(k, rho)
    first = k[6] / k[7] * (math.exp(-k[7] * rho) - 1.0)
    second = k[8] / k[9] * (math.exp(-k[9] * rho) - 1.0)
    return k[0] * rho + 1.0 / d - 1.0 / k[1] - first - second


@inner
def density_between(k, low, high, target):
    """Density between two of too low and too high a pressure: Newton's method, bracketed."""
    rho = 0.5 * (low + high)
    for _ in range(100):
        value, slope = reduced_pressure(k, rho)
        if value < target:
            low = rho
        else:
            high = rho
        step = (target - value) / slope if slope > 0.0 else 0.0
        if slope <= 0.0 or not low < rho + step < high:
            step = 0.5 * (low + high) - rho
        rho += step
        if abs(step) < 1e-15 * rho:
            break
    return rho


@inner
def log_fugacity(k, rho, target):
    """The part of ln f that depends on the density: ln rho + A/RT + P/(rho RT)."""
    return math.log(rho) + residual_energy(k, rho) + target / rho


@inner
def stable_density(k, target):
    """Density of lowest fugacity where P/RT = target, 0 where there is none.

    A fluid is stable where the pressure rises with the density; below the critical point a gas and
    a liquid are, and the one of lower fugacity is taken.
    """
    best, lowest = 0.0, math.inf
    below, last = True, 0.0
    for j in range(1, SAMPLES + 1):
        rho = DENSEST * (j / SAMPLES) ** 2
        value, _ = reduced_pressure(k, rho)
        if value >= target and below:
            root = density_between(k, last, rho, target)
            f = log_fugacity(k, root, target)
            if f < lowest:
                best, lowest = root, f
        below, last = value < target, rho
    return best


@inner
def entropy_part(c, k, rho, t):
    """A/RT + T d(A/RT)/dT at a constant density, beyond that of the ideal gas."""
    d, _, _ = quartic(k, rho)
    slope = coefficient(c, 0, t)[1] * rho
    by_d, power = 0.0, 1.0
    for j in range(1, 6):
        by_d += coefficient(c, j, t)[1] * power
        power *= rho
    slope += coefficient(c, 1, t)[1] / (k[1] * k[1]) - by_d / (d * d)
    for j in (6, 8):
        a, da = coefficient(c, j, t)
        b, db = coefficient(c, j + 1, t)
        decay = math.exp(-b * rho)
        # d/dT of a/b (1 - exp(-b rho))
        slope += (da - a * db / b) / b * (1.0 - decay) + a / b * rho * db * decay
    return residual_energy(k, rho) + t * slope


@kernel
def pitzer_sterner(c, p, t):
    """H2O or CO2 of Pitzer & Sterner (1994); inf where no density has the pressure.

    RT ln f = A + P/rho + RT (ln(rho RT) - 1), which is stationary in the density.

    Parameters
    ----------
    c : (10, 6) array
        Their coefficients; see `Endmembers.fluids`.
    p, t : float
        kbar, K.
    """
    k = coefficients(c, t)
    rt = GAS_CM3_BAR * t
    target = BAR_PER_KBAR * p / rt
    rho = stable_density(k, target)
    if rho == 0.0:
        return math.inf, 0.0, 0.0
    log_rt = math.log(rt)
    g = GAS_KJ * t * (log_fugacity(k, rho, target) + log_rt - 1.0)
    s = -GAS_KJ * (entropy_part(c, k, rho, t) + math.log(rho) + log_rt)
    return g, s, KJ_PER_CM3_BAR * BAR_PER_KBAR / rho


@inner
def cork(c, p, t):
    """A gas of Holland & Powell (1991) by corresponding states, eqs. 8 and 9.

    V = RT/P + b - a R sqrt(T)/((RT + bP)(RT + 2bP)) + c sqrt(P) + d P.

    Parameters
    ----------
    c : (10, 6) array
        Its first two numbers are the critical temperature (K) and pressure (kbar).
    p, t : float
        kbar, K.
    """
    tc, pc = c[0, 0], c[0, 1]
    root, root_c, root_p = math.sqrt(t), math.sqrt(pc), math.sqrt(p)
    a0, a1 = 5.45963e-5 * tc**2.5 / pc, -8.63920e-6 * tc**1.5 / pc
    b = 9.18301e-4 * tc / pc
    c0, c1 = -3.30558e-5 * tc / (pc * root_c), 2.30524e-6 / (pc * root_c)
    d0, d1 = 6.93054e-7 * tc / (pc * pc), -8.38293e-8 / (pc * pc)
    a, rt = a0 + a1 * t, GAS_KJ * t
    near, far = rt + b * p, rt + 2.0 * b * p
    log = math.log(near / far)
    log_p = math.log(BAR_PER_KBAR * p)
    virial = 2.0 / 3.0 * p * root_p
    g = rt * log_p + b * p + a / (b * root) * log
    g += virial * (c0 + c1 * t) + 0.5 * p * p * (d0 + d1 * t)
    s = -GAS_KJ * log_p - (a1 / root - 0.5 * a / (t * root)) / b * log
    s -= a / (b * root) * GAS_KJ * (1.0 / near - 1.0 / far) + virial * c1 + 0.5 * p * p * d1
    v = rt / p + b - a * GAS_KJ * root / (near * far)
    return g, s, v + (c0 + c1 * t) * root_p + (d0 + d1 * t) * p

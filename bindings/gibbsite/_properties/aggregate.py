"""Elastic moduli of an aggregate of phases, what melt does to them, and velocities.

Volume fractions f, moduli M of the phases [kbar], along the last axis; a slot without a phase has
f = 0. Hashin & Shtrikman (1963), J. Mech. Phys. Solids 11, 127-140; Hill (1952), Proc. Phys. Soc.
A 65, 349-354.
"""

from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.properties import MELT_RULES
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_engine._interpreted import brief
from gibbsite_engine.told import add_up

Floats = NDArray[np.float64]

Averaging = Literal[
    "voigt", "reuss", "hill", "hashin-shtrikman", "hashin-shtrikman-upper", "hashin-shtrikman-lower"
]
FluidRule = Literal["left-out", "as-melt"]
Attenuation = Literal["dry", "damp", "wet"]
CRITICAL_FRACTION: Final = 0.36
"""Melt fraction at which the solids no longer touch: Perple_X, option fluid_shear_modulus."""


def _over(f: Floats, values: Floats) -> Floats:
    """Sum of f M over the phases that are there; NaN where none has a volume."""
    weights = np.ascontiguousarray(np.where(f > 0.0, f, 0.0)).reshape(-1, f.shape[-1])
    out = np.empty((len(weights), 1))
    brief(add_up, len(weights))(weights, np.reshape(values, (*weights.shape, 1)), out)
    out[~weights.any(axis=1)] = np.nan
    return out.reshape(f.shape[:-1])


def _bound(f: Floats, k: Floats, mu: Floats, largest: bool) -> tuple[Floats, Floats]:
    """One of the bounds of Hashin & Shtrikman, of the stiffest or the softest phase."""
    limit = -np.inf if largest else np.inf
    pick = np.max if largest else np.min
    here = f > 0.0
    stiff, stiff_mu = (
        np.asarray(pick(np.where(here, each, limit), axis=-1))[..., None] for each in (k, mu)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        bulk = 1.0 / _over(f, 1.0 / (k + 4.0 / 3.0 * stiff_mu)) - 4.0 / 3.0 * stiff_mu[..., 0]
        zeta = stiff_mu * (9.0 * stiff + 8.0 * stiff_mu) / (6.0 * (stiff + 2.0 * stiff_mu))
        shear = 1.0 / _over(f, 1.0 / (mu + zeta)) - zeta[..., 0]
    return bulk, shear


def aggregate(f: Floats, k: Floats, mu: Floats, average: str = "hill") -> tuple[Floats, Floats]:
    """Return the mean adiabatic bulk modulus and shear modulus of phases [kbar].

    Parameters
    ----------
    f, k, mu : (n, N) arrays
        Volume fractions (sum 1), K_S and mu.
    average : str
        "voigt" (same strain), "reuss" (same stress), "hill" (the mean of both),
        "hashin-shtrikman" (the mean of its bounds), or one of its bounds, "...-upper", "...-lower".

    Raises
    ------
    InputError
        If there is no such average.
    """
    if average not in get_args(Averaging):
        raise InputError(f"average = {average!r}: {did_you_mean(average, get_args(Averaging))}")
    if average.startswith("hashin"):
        bounds = {side: _bound(f, k, mu, side == "upper") for side in ("upper", "lower")}
        if average.endswith(("upper", "lower")):
            return bounds[average.rpartition("-")[2]]
        upper, lower = bounds["upper"], bounds["lower"]
        return 0.5 * (upper[0] + lower[0]), 0.5 * (upper[1] + lower[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        reuss = 1.0 / _over(f, 1.0 / k), 1.0 / _over(f, 1.0 / mu)
    voigt = _over(f, k), _over(f, mu)
    if average == "hill":
        return 0.5 * (voigt[0] + reuss[0]), 0.5 * (voigt[1] + reuss[1])
    return voigt if average == "voigt" else reuss


def velocities(k: Floats, mu: Floats, density: Floats) -> tuple[Floats, Floats]:
    """Return Vp and Vs [km/s] of moduli [kbar] and a density [kg/m3]."""
    with np.errstate(invalid="ignore"):
        # 1 kbar = 1e8 Pa, so (M / rho) of kbar over kg/m3 is 1e8 m2/s2 = 100 km2/s2
        vp = np.sqrt(100.0 * (k + 4.0 / 3.0 * mu) / density)
        return np.asarray(vp), np.asarray(np.sqrt(100.0 * mu / density))


def _clark_lesher(
    solid: tuple[Floats, Floats, Floats],
    melt: tuple[Floats, Floats],
    share: Floats,
    aspect_ratio: float = 0.3,
) -> tuple[Floats, Floats]:
    """Melt in textural equilibrium: Clark & Lesher (2017), Sci. Adv. 3, e1701312, after Takei.

    dVp/Vp = -(phi/2) [((beta - 1) L_K/(beta - 1 + L_K) + 4/3 gamma L_mu)/(1 + 4/3 gamma) - d],
    dVs/Vs = -(phi/2) [L_mu - d], with beta = K/K_melt, gamma = mu/K, d = 1 - rho_melt/rho and
    L_M = M/((1 - phi) A^n M); n for a Poisson's ratio of 1/4; A = 0.3 is their melt in equilibrium.

    Parameters
    ----------
    solid, melt : tuples of arrays
        K, mu [kbar] and density [kg/m3] of the solids; K and density of the melt.
    share : array
        phi, volume of melt.
    """
    k, mu, rho = solid
    k_melt, rho_melt = melt
    vp, vs = velocities(k, mu, rho)
    a = aspect_ratio
    n_k = 0.5 * a + 0.628 * (1.0 - a) + 1.259 * a * (1.0 - a) * (0.5 - a)
    n_mu = 0.15315 * a + 0.464825 * (1.0 - a)
    with np.errstate(divide="ignore", invalid="ignore"):
        skeleton_k, skeleton_mu = a**n_k * k, a**n_mu * mu
        l_k = k / ((1.0 - share) * skeleton_k)
        l_mu = mu / ((1.0 - share) * skeleton_mu)
        beta, gamma = k / k_melt, mu / k
        lighter = 1.0 - rho_melt / rho
        p = ((beta - 1.0) * l_k / (beta - 1.0 + l_k) + 4.0 / 3.0 * gamma * l_mu) / (
            1.0 + 4.0 / 3.0 * gamma
        ) - lighter
        s = l_mu - lighter
        slower = [np.maximum(v * (1.0 - 0.5 * share * x), 0.0) for v, x in ((vp, p), (vs, s))]
    with_any = share > 0.0
    return np.where(with_any, slower[0], vp), np.where(with_any, slower[1], vs)


def with_melt(
    rule: str,
    solid: tuple[Floats, Floats, Floats],
    melt: tuple[Floats, Floats],
    whole: tuple[Floats, Floats],
    share: Floats,
) -> tuple[Floats, Floats]:
    """Return Vp and Vs of a rock with melt, or with fluid that counts as melt, by a rule.

    Parameters
    ----------
    rule : {"clark-lesher", "critical-fraction"}
        The second: K of all phases, and mu of the solids times 1 - sqrt(phi/0.36), as Perple_X has it.
    solid, melt : tuples of arrays
        K, mu [kbar] and density [kg/m3] of the solids; K and density of all melt.
    whole : tuple of arrays
        K and density of all phases.
    share : array
        Their volume per volume of rock.

    Raises
    ------
    InputError
        If there is no such rule.
    """
    if rule == "clark-lesher":
        return _clark_lesher(solid, melt, share)
    if rule != "critical-fraction":
        raise InputError(f"melt = {rule!r}: {did_you_mean(rule, MELT_RULES)}")
    left = np.maximum(1.0 - np.sqrt(share / CRITICAL_FRACTION), 0.0)
    return velocities(whole[0], solid[1] * left, whole[1])


def attenuated(vs: Floats, p: Floats, t: Floats, water: str) -> Floats:
    """Return Vs of an anelastic mantle: Behn, Hirth & Elsenbeck (2009), EPSL 282, 178-189.

    Vs (1 - Q^-1/(2 tan(pi a/2))), Q^-1 = [B d^-G/omega exp(-(E + PV)/RT)]^a with grains of 1 cm
    and an angular frequency of 3 s^-1. Vp is left as it is. Read from public codes, not the paper.

    Parameters
    ----------
    vs, p, t : arrays
        km/s, kbar, K.
    water : {"dry", "damp", "wet"}
        50, 1000 or 3000 H per million Si.
    """
    kinds = {"dry": (0.0, 50.0), "damp": (1.0, 1000.0), "wet": (2.0, 3000.0)}
    if water not in kinds:
        raise InputError(f"attenuation = {water!r}: {did_you_mean(water, kinds)}")
    power, content = kinds[water]
    gas, a, energy, reference = 8.31446e-3, 0.27, 420.0, 505.0
    volume = 1.2  # 12 cm3/mol, in kJ/kbar
    rate = 1.28e8 * 1.24e-5 ** (1.0 - 1.09) * (content / 50.0) ** power
    rate = rate * np.exp((energy - reference) / (gas * t))
    decay = rate / (0.01 * 3.0) * np.exp(-(energy + p * volume) / (gas * t))
    return np.asarray(vs * (1.0 - 0.5 * decay**a / np.tan(0.5 * np.pi * a)))

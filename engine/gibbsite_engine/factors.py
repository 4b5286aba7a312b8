"""What the energy of a composition is linear in, and in which order: RT, 1, T and P.

    G(p) = p . g0 + f . (s, a, b, c),   f = (RT, 1, T, P)
with the standard energies g0 (see `reference`) and the features s, a, b, c of the composition, to
which each term adds its own. An energy told in three numbers is a + b T + c P, that of the factors
after RT.
Seeds are priced so, what a driving force can fall by is bounded so, and neighbours are proved
together so. A term of another kind adds a factor here, with its place, its value and its part of an
energy, and its features and bounds in its own file. Nothing else writes these sums or this order.
"""

import numpy as np
from numpy.typing import ArrayLike

from ._jit import inner
from .layout import Floats

N_FACTORS = 4
RT, ONE, T, P = range(N_FACTORS)
"""Places of the factors, and of features: kJ/mol, 1, K, kbar."""
A, B, C = (place - ONE for place in (ONE, T, P))
"""Places in an energy of three numbers: kJ/mol, kJ/(K mol), kJ/(kbar mol)."""
BY_T, BY_P = range(2)
"""Rows of `Conditions.factor_slopes`."""


@inner
def set_factors(gas, one, p, t, out):
    """Fill the factors (F) at a place, where `one` is 1, or what they change by with P and T: 0.

    So can be said what they differ by between two places, or a place and the mean of others.
    """
    out[RT] = gas * t
    out[ONE] = one
    out[T] = t
    out[P] = p


def factors_at(gas: float, p: ArrayLike, t: ArrayLike) -> Floats:
    """Return the factors at pressures (kbar) and temperatures (K), (..., F)."""
    pressure, kelvin = np.asarray(p, float), np.asarray(t, float)
    return np.stack([gas * kelvin, np.ones_like(kelvin), kelvin, pressure], axis=-1)


def plain_factors(p: ArrayLike, t: ArrayLike) -> Floats:
    """Return those that go with an energy of three numbers at kbar and K, (..., 3)."""
    return np.asarray(factors_at(0.0, p, t)[..., ONE:])


@inner
def plain(energy, factors):
    """Return an energy of three numbers, a + b T + c P, or what it changes by."""
    return energy[A] * factors[ONE] + energy[B] * factors[T] + energy[C] * factors[P]


@inner
def price_features(features, factors, first, last, out):
    """Fill f . (s, a, b, c) of compositions first <= j < last: their energy less p . g0.

    Parameters
    ----------
    features : (F, J) array
    factors : (F,) array
    out : (J,) array
        kJ/mol.
    """
    rt, one, t, p = factors[RT], factors[ONE], factors[T], factors[P]
    for j in range(first, last):
        out[j] = (
            rt * features[RT, j] + one * features[ONE, j] + t * features[T, j] + p * features[P, j]
        )


def numbers(
    constant: float = 0.0, per_K: float = 0.0, per_kbar: float = 0.0
) -> tuple[float, float, float]:
    """Return an energy in three numbers, kJ/mol, kJ/(K mol) and kJ/(kbar mol)."""
    return constant, per_K, per_kbar


def as_energy(features: Floats, gas: float) -> Floats:
    """Return (..., 3) the energy in three numbers of what has these features (..., F): R s T is in b."""
    energy = features[..., ONE:].copy()
    energy[..., B] += gas * features[..., RT]
    return energy

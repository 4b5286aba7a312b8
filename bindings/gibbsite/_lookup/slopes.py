"""Quantities at points, with their exact derivatives by pressure and temperature where there are any."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._inputs.limits import to_kelvin
from gibbsite._quantities.grammar import parse

Array = NDArray[np.float64]
_PER_KBAR: Final = 1e8
"""Pa in a kbar."""

# Of density, alpha, beta, heat capacity, entropy and temperature: the derivatives by P [kbar] and T.
_Rock = tuple[Array, Array, Array, Array, Array, Array]
_OF_ROCK: Final[dict[str, Callable[[_Rock], tuple[Array, Array]]]] = {
    "rock.density": lambda r: (r[0] * r[2], -r[0] * r[1]),
    "rock.S": lambda r: (-_PER_KBAR * r[1] / r[0], r[3] / r[5]),
    "rock.H": lambda r: (_PER_KBAR * (1.0 - r[1] * r[5]) / r[0], r[3]),
}


def values_and_slopes(
    data: Database, dataset: xr.Dataset, names: Sequence[str]
) -> tuple[Array, Array]:
    """Return quantities (n, Q), and their derivatives by P [kbar] and T [K] (n, Q, 2).

    NaN where a quantity has no value, or no exact derivative is known of it: those of the density,
    entropy and enthalpy of the rock follow from its second derivatives at equilibrium, those of the
    mass of a phase from the derivatives of the answer.

    Parameters
    ----------
    dataset : xarray.Dataset
        A list of points with its derivatives by "P" and "T".
    """
    values = np.stack([np.asarray(dataset.gb.quantity(name).values) for name in names], axis=1)
    slopes = np.full((*values.shape, 2), np.nan)
    if any(name in _OF_ROCK for name in names):
        rock = _rock(dataset)
        for q, name in enumerate(names):
            if name in _OF_ROCK:
                slopes[:, q] = np.stack(_OF_ROCK[name](rock), axis=1)
    for q, name in enumerate(names):
        meant = parse(name, data.phase_names)
        by_mass = meant.group == "amount" and meant.what == "wt%"
        if by_mass and meant.subject in data.phase_names:
            slopes[:, q] = _mass_slopes(data, dataset, meant.subject)
    return values.astype(float), slopes


def _rock(dataset: xr.Dataset) -> _Rock:
    """What the derivatives of the rock are made of, in SI but beta, which is per kbar."""
    alpha, beta, cp = (
        np.asarray(dataset.gb.quantity(f"rock.{name}.relaxed").values)
        for name in ("alpha", "beta", "Cp")
    )
    density, entropy = (
        np.asarray(dataset.gb.quantity(f"rock.{name}").values) for name in ("density", "S")
    )
    kelvin = to_kelvin(np.asarray(dataset["temperature_C"].values, float))
    return density, alpha, 0.1 * beta, cp, entropy, kelvin  # beta of a quantity is per GPa


def _mass_slopes(data: Database, dataset: xr.Dataset, phase: str) -> Array:
    """Derivatives of the mass of all instances of a phase in percent of the rock's, (n, 2)."""
    place = data.phase_names.index(phase)
    masses = data.phases[place].model.composition @ np.array(data.molar_masses)
    here = dataset["phase_id"].values == place
    proportions = dataset["proportions"].values[:, :, : len(masses)]
    each = np.where(here, proportions @ masses, 0.0)  # g per mol of formula
    by = dataset["proportions_derivative"].values[:, :, : len(masses)]
    change = np.einsum("nsib,i->nsb", np.where(here[:, :, None, None], by, 0.0), masses)
    amount = np.where(here, dataset["amount_mol"].values, 0.0)
    da = np.where(here[:, :, None], dataset["amount_mol_derivative"].values, 0.0)
    rock = dataset["bulk_mol"].values @ np.array(data.molar_masses)
    total = (da * each[:, :, None] + amount[:, :, None] * change).sum(axis=1)
    return np.asarray(100.0 * total / rock[:, None])

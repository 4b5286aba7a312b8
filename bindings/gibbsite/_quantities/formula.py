"""Cations per formula unit: by the oxygens of the formula that is written for a mineral."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite_datasets import load_components, load_traits, outside_oxides

OXYGENS: Final[Mapping[str, float]] = {
    name: traits.oxygens for name, traits in load_traits().items() if traits.oxygens
}
"""Phase -> oxygens of its formula, without those of OH."""

_OXIDES: Final = {each.name: each for each in (*outside_oxides(), *load_components())}
MASSES: Final[Mapping[str, float]] = {name: oxide.molar_mass for name, oxide in _OXIDES.items()}
"""Oxide -> molar mass [g/mol], those outside the models included."""
CATIONS: Final[Mapping[str, str]] = {
    name: oxide.cation
    for name, oxide in _OXIDES.items()
    if name in {"MnO", "O"} | {component.name for component in load_components()}
    if name not in ("H2O", "CO2")
}
"""Oxide of a database -> its cation. O is oxygen beyond that of FeO: each takes two Fe2+ to Fe3+."""


def per_oxide(oxide: str) -> float:
    """Return the oxygens of one formula of an oxide."""
    return float(_OXIDES[oxide].oxygens)


def elements() -> tuple[str, ...]:
    """Return the cations that can be asked for."""
    return (*(cation for oxide, cation in CATIONS.items() if oxide != "O"), "Fe2+", "Fe3+")


def cations(oxides: Mapping[str, ArrayLike], oxygens: float) -> dict[str, NDArray[np.float64]]:
    """Return cations per formula unit.

    Parameters
    ----------
    oxides : mapping of str to array
        Oxide -> moles in a mineral, shape (...). Water takes no part.
    oxygens : float
        Of the formula.

    Returns
    -------
    dict of str to ndarray
        By element, "Fe" being all of it; "Fe2+" and "Fe3+" besides where there is O.
    """
    moles = {
        oxide: np.asarray(amount, dtype=np.float64)
        for oxide, amount in oxides.items()
        if oxide in CATIONS
    }
    total = sum(amount * _OXIDES[oxide].oxygens for oxide, amount in moles.items())
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            CATIONS[oxide]: np.asarray(oxygens * _OXIDES[oxide].cations * amount / total)
            for oxide, amount in moles.items()
            if oxide != "O"
        }
        if "Fe" in found:
            ferric = 2.0 * oxygens * moles["O"] / total if "O" in moles else 0.0 * found["Fe"]
            found |= {"Fe3+": ferric, "Fe2+": found["Fe"] - ferric}
    return found

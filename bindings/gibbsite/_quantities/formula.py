"""Cations per formula unit: by the oxygens of the formula that is written for a mineral."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite_datasets import load_components, outside_oxides

OXYGENS: Final[Mapping[str, float]] = {
    "ol": 4.0,
    "opx": 6.0,
    "cpx": 6.0,
    "g": 12.0,
    "fsp": 8.0,
    "spl": 4.0,
    "sp": 4.0,
    "mt": 4.0,
    "ilm": 3.0,
    "ilmm": 3.0,
    "cd": 18.0,
    "nph": 4.0,
    "ne": 4.0,
    "kals": 4.0,
    "lct": 6.0,
    "mel": 7.0,
    "hb": 23.0,
    "amp": 23.0,
    "bi": 11.0,
    "mu": 11.0,
    "ep": 12.5,
    "chl": 14.0,
    "st": 23.5,
    "ctd": 6.0,
    "fper": 1.0,
}
"""Phase -> oxygens of its formula, without those of OH; Deer, Howie & Zussman (2013)."""

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

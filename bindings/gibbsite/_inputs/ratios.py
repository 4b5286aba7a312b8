"""Ratios of cations that petrologists ask of a mineral: Fo, En, An and their like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

Oxides = Mapping[str, ArrayLike]


@dataclass(frozen=True)
class Ratio:
    """100 parts / whole, each a sum of cations counted per oxide."""

    parts: Mapping[str, float]
    whole: Mapping[str, float]

    @property
    def oxides(self) -> list[str]:
        """What it is made of."""
        return [*dict.fromkeys((*self.parts, *self.whole))]

    def __call__(self, oxides: Oxides) -> NDArray[np.float64]:
        """Return its value [mol%] from moles of oxides."""
        above, below = (
            sum(weight * np.asarray(oxides[oxide]) for oxide, weight in side.items())
            for side in (self.parts, self.whole)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(100.0 * np.asarray(above) / np.asarray(below))


_MG_FE = {"MgO": 1.0, "FeO": 1.0}
_QUAD = {"MgO": 1.0, "FeO": 1.0, "CaO": 1.0}
_FELDSPAR = {"CaO": 1.0, "Na2O": 2.0, "K2O": 2.0}
RATIOS: Final[Mapping[str, Ratio]] = {
    "Mg#": Ratio({"MgO": 1.0}, _MG_FE),
    "Fo": Ratio({"MgO": 1.0}, _MG_FE),
    "En": Ratio({"MgO": 1.0}, _QUAD),
    "Fs": Ratio({"FeO": 1.0}, _QUAD),
    "Wo": Ratio({"CaO": 1.0}, _QUAD),
    "An": Ratio({"CaO": 1.0}, _FELDSPAR),
    "Ab": Ratio({"Na2O": 2.0}, _FELDSPAR),
    "Or": Ratio({"K2O": 2.0}, _FELDSPAR),
}
"""Name -> its value [mol%] from the oxides of a phase. Pyroxenes by their quadrilateral."""


def cation_ratio(name: str, oxides: Oxides) -> NDArray[np.float64]:
    """Return a ratio of cations of minerals.

    Parameters
    ----------
    name : {"Mg#", "Fo", "En", "Fs", "Wo", "An", "Ab", "Or"}
        Which; all iron counts as ferrous, and pyroxenes are projected on their quadrilateral.
    oxides : mapping of str to array
        Oxide -> moles of it in each mineral, in any unit, shape (...).

    Returns
    -------
    ndarray, shape (...)
        The ratio [mol%]; NaN where there is nothing to divide by.

    Raises
    ------
    InputError
        If there is no such ratio, or it needs an oxide that is not there.
    """
    if name not in RATIOS:
        raise InputError(f"there is no ratio {name!r}: {did_you_mean(name, RATIOS)}")
    ratio = RATIOS[name]
    for oxide in ratio.oxides:
        if oxide not in oxides:
            raise InputError(f"the ratio {name} needs {oxide}, which is not among the oxides.")
    return ratio(oxides)

"""Ratios of cations that petrologists ask of a mineral: Fo, En, An and their like."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .formula import CATIONS, cations

Oxides = Mapping[str, ArrayLike]
# Oxides that not every database has: where one is missing, there is none of it.
_OPTIONAL: Final = ("MnO", "O")


@dataclass(frozen=True)
class Ratio:
    """100 parts / whole, each a sum of cations counted per oxide.

    Attributes
    ----------
    parts, whole : mapping
        Oxide -> cations in it that count.
    minerals : tuple of str
        Keys of the phases that it is asked of; empty for all.
    """

    parts: Mapping[str, float]
    whole: Mapping[str, float]
    minerals: tuple[str, ...] = ()

    @property
    def oxides(self) -> list[str]:
        """What it is made of."""
        return [*dict.fromkeys((*self.parts, *self.whole))]

    def __call__(self, oxides: Oxides) -> NDArray[np.float64]:
        """Return its value [mol%] from moles of oxides."""
        above, below = (
            sum(
                weight * np.asarray(oxides[oxide], dtype=np.float64)
                for oxide, weight in side.items()
                if oxide in oxides
            )
            for side in (self.parts, self.whole)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = 100.0 * np.asarray(above) / np.asarray(below)
        return np.asarray(np.where(np.asarray(below) == 0.0, np.nan, ratio))


@dataclass(frozen=True)
class Jadeite:
    """The jadeite component of a pyroxene: the lesser of Na and octahedral Al of six oxygens.

    Sodium that ferric iron takes up first, as aegirine, is none of it. Putirka (2008) Reviews in
    Mineralogy and Geochemistry 69, 61-120, table 3 (there without ferric iron).
    """

    minerals: tuple[str, ...] = ("cpx", "opx", "aug", "dio")

    @property
    def oxides(self) -> list[str]:
        """What it is made of: all, for the sum of oxygens."""
        return list(CATIONS)

    def __call__(self, oxides: Oxides) -> NDArray[np.float64]:
        """Return its value [mol%] from moles of oxides."""
        of = cations(oxides, 6.0)
        octahedral = np.clip(of["Al"] - np.clip(2.0 - of["Si"], 0.0, None), 0.0, None)
        sodium = np.clip(of["Na"] - of.get("Fe3+", 0.0), 0.0, None)
        return np.asarray(100.0 * np.minimum(sodium, octahedral))


_FERROUS = {"FeO": 1.0, "O": -2.0}  # an O beyond that of FeO takes two Fe2+ to Fe3+
_MG_FE = {"MgO": 1.0, **_FERROUS}
_QUAD = {"MgO": 1.0, "CaO": 1.0, **_FERROUS}
_FELDSPAR = {"CaO": 1.0, "Na2O": 2.0, "K2O": 2.0}
_GARNET = {"MgO": 1.0, "CaO": 1.0, "MnO": 1.0, **_FERROUS}
_PYROXENES = ("cpx", "opx", "aug", "dio")
RATIOS: Final[Mapping[str, Ratio | Jadeite]] = {
    "Mg#": Ratio({"MgO": 1.0}, _MG_FE),
    "Cr#": Ratio({"Cr2O3": 2.0}, {"Cr2O3": 2.0, "Al2O3": 2.0}),
    "Fo": Ratio({"MgO": 1.0}, _MG_FE, ("ol",)),
    "Fa": Ratio(_FERROUS, _MG_FE, ("ol",)),
    "En": Ratio({"MgO": 1.0}, _QUAD, _PYROXENES),
    "Fs": Ratio(_FERROUS, _QUAD, _PYROXENES),
    "Wo": Ratio({"CaO": 1.0}, _QUAD, _PYROXENES),
    "Jd": Jadeite(),
    "An": Ratio({"CaO": 1.0}, _FELDSPAR, ("fsp",)),
    "Ab": Ratio({"Na2O": 2.0}, _FELDSPAR, ("fsp",)),
    "Or": Ratio({"K2O": 2.0}, _FELDSPAR, ("fsp",)),
    "Grs": Ratio({"CaO": 1.0}, _GARNET, ("g",)),
    "Alm": Ratio(_FERROUS, _GARNET, ("g",)),
    "Prp": Ratio({"MgO": 1.0}, _GARNET, ("g",)),
    "Sps": Ratio({"MnO": 1.0}, _GARNET, ("g",)),
    "Fe3+/Fe": Ratio({"O": 2.0}, {"FeO": 1.0}),
}
"""Name -> its value [mol%] from the oxides of a phase. Iron is Fe2+, all of it where there is no O;
pyroxenes by their quadrilateral, garnets by their divalent cations."""

SYNONYMS: Final[Mapping[str, str]] = {"Pyp": "Prp", "Py": "Prp", "Gr": "Grs"}


def needed(ratio: Ratio | Jadeite, of: Collection[str] = ()) -> list[str]:
    """Return the oxides without which a ratio has no meaning.

    Parameters
    ----------
    ratio : Ratio or Jadeite
        The ratio.
    of : collection of str
        All that a mineral can be made of, where that is known: of others there is none in the whole.
    """
    if isinstance(ratio, Jadeite):
        return ["SiO2", "Al2O3", "Na2O"]
    return [
        oxide
        for oxide in ratio.oxides
        if ratio.parts.get(oxide, 0.0) > 0.0 or (oxide not in _OPTIONAL and (not of or oxide in of))
    ]


def cation_ratio(name: str, oxides: Oxides) -> NDArray[np.float64]:
    """Return a ratio of cations of minerals.

    Parameters
    ----------
    name : str
        "Mg#", "Cr#", "Fo", "Fa", "En", "Fs", "Wo", "Jd", "An", "Ab", "Or", "Grs", "Alm", "Prp",
        "Sps" or "Fe3+/Fe". Iron is Fe2+, all of it where there is no O; pyroxenes are projected on
        their quadrilateral, garnets on their divalent cations. Of Jd see `Jadeite`.
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
    for oxide in needed(ratio):
        if oxide not in oxides:
            raise InputError(f"the ratio {name} needs {oxide}, which is not among the oxides.")
    return ratio(oxides)

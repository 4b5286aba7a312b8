"""A melt as mineral-melt equations see it: oxides, cation fractions, and components made of them."""

from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.iron import TOTAL_IRON
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import Component, load_components, outside_oxides
from gibbsite_datasets.schema import MELT_COMPONENTS, MELT_TERMS

# Oxides outside the system that the equations know.
_MORE = ("MnO", "NiO", "P2O5")
# J/(K mol), as the equations were fitted
_R = 8.3144

Array = NDArray[np.float64]


@cache
def oxides() -> tuple[Component, ...]:
    """Return the oxides of a melt, in the order of every array here."""
    return (*load_components(), *(oxide for oxide in outside_oxides() if oxide.name in _MORE))


def moles_of(melt: Bulk | Mapping[str, float]) -> Array:
    """Return the oxides of a melt.

    Parameters
    ----------
    melt : Bulk or mapping of str to float
        A rock; or oxides by weight [wt%] in any sum, iron as FeO or FeOt. The system of the
        minimiser, and MnO, NiO and P2O5.

    Returns
    -------
    ndarray, shape (n_oxides,)
        They have a mass of 100 g [mol].

    Raises
    ------
    InputError
        If an oxide is unknown, or an amount is not finite, negative, or all are zero.
    """
    given = melt.wt if isinstance(melt, Bulk) else melt
    if not isinstance(given, Mapping):
        raise InputError(f"a melt is a Bulk or a mapping of oxides to wt%, not {given!r}.")
    names = [oxide.name for oxide in oxides()]
    weights = np.zeros(len(names))
    for name, amount in given.items():
        oxide = "FeO" if name in TOTAL_IRON else name
        if oxide not in names:
            raise InputError(
                f"mineral-melt equations know no {name!r}: {did_you_mean(str(name), names)}"
            )
        try:
            weight = float(amount)
        except (TypeError, ValueError):
            raise InputError(f"{name} = {amount!r} is not a number of wt%.") from None
        if weight != 0.0 and weights[names.index(oxide)] != 0.0:
            raise InputError(f"{oxide} is given twice.")
        weights[names.index(oxide)] += weight
    if not (np.isfinite(weights).all() and (weights >= 0.0).all() and weights.any()):
        raise InputError("the oxides of a melt are finite, not negative, and not all zero.")
    return np.asarray(100.0 * weights / weights.sum() / molar_masses())


@cache
def molar_masses() -> Array:
    """Return the molar masses of the oxides [g/mol]."""
    masses = np.array([oxide.molar_mass for oxide in oxides()])
    masses.flags.writeable = False
    return masses


def weight_percent(moles: Array) -> Array:
    """Return oxides [wt%] that sum to 100."""
    weights = moles * molar_masses()
    return np.asarray(100.0 * weights / weights.sum())


def cation_fractions(moles: Array) -> dict[str, float]:
    """Return cation -> its share of all cations, oxygen aside; ferric iron is none."""
    amounts = moles * np.array([oxide.cations for oxide in oxides()])
    shares = amounts / amounts.sum()
    fractions = {o.cation: float(x) for o, x in zip(oxides(), shares, strict=True)}
    return {**fractions, "Fe3": 0.0}


def components(x: Mapping[str, float]) -> dict[str, float]:
    """Return the amounts that minerals are made of: cation fractions and Langmuir's components.

    CaAl2O4 = 1.5 (Al - Na - K) and CaSiO3 = 2 (Ca - CaAl2O4 / 3), not less than zero;
    NaAlO2 = 2 Na and KAlO2 = 2 K (Weaver & Langmuir 1990, Comput. Geosci. 16).

    Parameters
    ----------
    x : mapping of str to float
        Cation fractions.
    """
    aluminate = max(0.0, 1.5 * (x["Al"] - x["Na"] - x["K"]))
    made = {
        "CaAl2O4": aluminate,
        "NaAlO2": 2.0 * x["Na"],
        "KAlO2": 2.0 * x["K"],
        "CaSiO3": max(0.0, 2.0 * (x["Ca"] - aluminate / 3.0)),
    }
    return {name: {**x, **made}[name] for name in MELT_COMPONENTS}


def terms(
    x: Mapping[str, float], pressure_bar: float, modifiers: Iterable[str]
) -> dict[str, tuple[float, float]]:
    """Return term -> (a, b), the value of the term being a + b / T.

    Parameters
    ----------
    x : mapping of str to float
        Cation fractions.
    pressure_bar : float
        Pressure [bar].
    modifiers : iterable of str
        Cations that make up NM.
    """
    made = components(x)
    anorthite = made["CaAl2O4"]
    an = _ratio(anorthite, anorthite + 1.5 * made["NaAlO2"])
    nm = sum(x[cation] for cation in modifiers)
    p = pressure_bar
    found = {
        "1": (1.0, 0.0),
        "1/T": (0.0, 1.0),
        "P": (p, 0.0),
        "P/T": (0.0, p),
        "(P-1)/T": (0.0, p - 1.0),
        "1/2R": (0.5 / _R, 0.0),
        "1/2RT": (0.0, 0.5 / _R),
        "(P-1)/2RT": (0.0, 0.5 * (p - 1.0) / _R),
        "ln(1.5 NM)": (_log(1.5 * nm), 0.0),
        "ln(2 NM)": (_log(2.0 * nm), 0.0),
        "ln(3 Si)": (_log(3.0 * x["Si"]), 0.0),
        "ln(1-Na-K)": (_log(1.0 - x["Na"] - x["K"]), 0.0),
        **{f"ln(1-{c})": (_log(1.0 - x[c]), 0.0) for c in ("Al", "Fe3", "Ca", "Ti", "P")},
        "Na": (x["Na"], 0.0),
        "K": (x["K"], 0.0),
        "an": (an, 0.0),
        "an/T": (0.0, an),
    }
    return {name: found[name] for name in MELT_TERMS}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else 0.0


def _log(value: float) -> float:
    """Logarithm; of nothing, that of a trace too small to matter."""
    return float(np.log(max(value, 1e-12)))

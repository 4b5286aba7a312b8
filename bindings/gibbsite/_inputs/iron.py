"""Iron by the names it has in tables, made ferrous where that is wanted."""

from collections.abc import Mapping
from typing import Literal

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import load_components, outside_oxides

from .composition import TOTAL_IRON

Iron = Literal["refuse", "ferrous"]
FERRIC_OXIDE = "Fe2O3"
TOTAL_AS_FERRIC = ("Fe2O3T", "Fe2O3t")
RATIO = "Fe3Fet"


def to_ferrous(given: Mapping[str, float], iron: Iron) -> dict[str, float]:
    """Return oxides with all iron as FeO.

    Parameters
    ----------
    given : mapping of str to float
        Oxides [wt%]. Iron as FeO and Fe2O3, or all of it as FeOT, FeOt, ... or Fe2O3T; Fe3Fet is
        the share of ferric in all iron and changes no weight of FeOt.
    iron : {"refuse", "ferrous"}
        What to do with ferric iron.

    Raises
    ------
    InputError
        If iron is given in two ways, or is ferric and was to be refused.
    """
    if iron not in ("refuse", "ferrous"):
        raise InputError(f"iron = {iron!r}: {did_you_mean(str(iron), ('refuse', 'ferrous'))}")
    amounts = {oxide: amount for oxide, amount in given.items() if oxide != RATIO}
    ratio = given.get(RATIO, 0.0)
    if not 0.0 <= ratio <= 1.0:
        raise InputError(f"{RATIO} = {ratio:g} is a fraction, 0 to 1.")
    ferric = {n: amounts.pop(n) for n in (FERRIC_OXIDE, *TOTAL_AS_FERRIC) if n in amounts}
    ferric = {name: amount for name, amount in ferric.items() if amount != 0.0}
    if iron == "refuse" and (ferric or ratio):
        what = ", ".join(f"{name} = {x:g}" for name, x in {**ferric, RATIO: ratio}.items() if x)
        raise InputError(
            f'{what}: the system has no ferric iron; to count it as FeO, say iron = "ferrous".'
        )
    totals = [n for n in (*TOTAL_IRON, *TOTAL_AS_FERRIC) if amounts.get(n, ferric.get(n, 0.0))]
    parts = [n for n in ("FeO", FERRIC_OXIDE) if amounts.get(n, ferric.get(n, 0.0))]
    if len(totals) > 1 or (totals and parts):
        raise InputError(f"iron is given as {' and '.join([*totals, *parts])}; keep one.")
    extra = sum(ferric.values()) * _ferrous_share()
    if extra:
        amounts["FeO"] = amounts.get("FeO", 0.0) + extra
    return amounts


def _ferrous_share() -> float:
    """FeO with the iron of one Fe2O3, by weight."""
    ferrous = next(oxide.molar_mass for oxide in load_components() if oxide.name == "FeO")
    ferric = next(oxide.molar_mass for oxide in outside_oxides() if oxide.name == FERRIC_OXIDE)
    return 2.0 * ferrous / ferric

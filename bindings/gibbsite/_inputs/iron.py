"""Iron by the names it has in tables, made ferrous where that is wanted."""

from collections.abc import Mapping
from functools import cache
from typing import Final, Literal

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import load_components, outside_oxides

from .headers import FERRIC_RATIO, IRON, TOTAL_AS_FERRIC, TOTAL_AS_FERROUS

Iron = Literal["refuse", "ferrous"]
FERRIC_OXIDE: Final = "Fe2O3"
AGREE_WT: Final = 0.02
AGREE_SHARE: Final = 0.01
"""Iron given twice is the same within rounding: 0.02 wt% and 1 % of it."""


def to_ferrous(given: Mapping[str, float], iron: Iron) -> dict[str, float]:
    """Return oxides with all iron as FeO.

    Parameters
    ----------
    given : mapping of str to float
        Oxides [wt%]. Iron as FeO and Fe2O3, or all of it as FeOt or Fe2O3t; in two ways if they
        agree. Fe3Fet is the share of ferric in all iron and changes no weight of FeOt.
    iron : {"refuse", "ferrous"}
        What to do with ferric iron; a total is none, whichever oxide it is given as.

    Raises
    ------
    InputError
        If iron is given in two ways that differ, or is ferric and was to be refused.
    """
    if iron not in ("refuse", "ferrous"):
        raise InputError(f"iron = {iron!r}: {did_you_mean(str(iron), ('refuse', 'ferrous'))}")
    ratio = given.get(FERRIC_RATIO, 0.0)
    if not 0.0 <= ratio <= 1.0:
        raise InputError(f"{FERRIC_RATIO} = {ratio:g} is a fraction, 0 to 1.")
    ferric = {FERRIC_OXIDE: given.get(FERRIC_OXIDE, 0.0), FERRIC_RATIO: ratio}
    if iron == "refuse" and any(ferric.values()):
        what = ", ".join(f"{name} = {amount:g}" for name, amount in ferric.items() if amount)
        raise InputError(
            f'{what}: the system has no ferric iron; to count it as FeO, say iron = "ferrous".'
        )
    amounts = {
        oxide: amount for oxide, amount in given.items() if oxide not in (*IRON, FERRIC_RATIO)
    }
    ways = iron_as_feo(given)
    if ways:
        amounts["FeO"] = next(iter(ways.values()))
    return amounts


def iron_as_feo(given: Mapping[str, float]) -> dict[str, float]:
    """Return all iron as FeO [wt%], by each way that it is given in; a zero is none.

    Parameters
    ----------
    given : mapping of str to float
        Oxides [wt%].

    Raises
    ------
    InputError
        If two ways differ.
    """
    share = ferrous_share()
    totals = {
        TOTAL_AS_FERROUS: given.get(TOTAL_AS_FERROUS, 0.0),
        TOTAL_AS_FERRIC: given.get(TOTAL_AS_FERRIC, 0.0) * share,
    }
    parts = {"FeO": given.get("FeO", 0.0), FERRIC_OXIDE: given.get(FERRIC_OXIDE, 0.0) * share}
    names = " and ".join(name for name, amount in parts.items() if amount)
    ways = {**totals, names: sum(parts.values())}
    ways = {name: amount for name, amount in ways.items() if amount}
    most, least = max(ways.values(), default=0.0), min(ways.values(), default=0.0)
    if most - least > AGREE_WT + AGREE_SHARE * most:
        raise InputError(
            f"iron is given as {' and '.join(ways)}, "
            f"{' or '.join(f'{amount:.4g}' for amount in ways.values())} wt% FeO; keep one."
        )
    return ways


@cache
def ferrous_share() -> float:
    """Return FeO with the iron of one Fe2O3, by weight: 0.8998."""
    ferrous = next(oxide.molar_mass for oxide in load_components() if oxide.name == "FeO")
    ferric = next(oxide.molar_mass for oxide in outside_oxides() if oxide.name == FERRIC_OXIDE)
    return 2.0 * ferrous / ferric

"""Iron by the names it has in tables, made FeO and the oxygen that its ferric part holds beyond it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import known_oxides

from .given import number

Iron = Literal["refuse", "ferrous", "given"]
Unit = Literal["wt%", "mol"]
Amount = TypeVar("Amount", float, NDArray[np.float64])
FERROUS: Final = "FeO"
FERRIC: Final = "Fe2O3"
OXYGEN: Final = "O"
FERRIC_RATIO: Final = "Fe3Fet"
TOTAL_IRON: Final = ("FeOT", "FeOt", "FeO*", "FeOtot")
"""Total iron as FeO goes by these names in published tables."""
TOTAL_FERRIC: Final = ("Fe2O3T", "Fe2O3t", "Fe2O3*", "Fe2O3tot")
"""Total iron as Fe2O3."""
IRON_FORMS: Final = (FERROUS, FERRIC, *TOTAL_IRON, *TOTAL_FERRIC, OXYGEN)
"""All that holds iron or its oxygen: never to be ignored, for the iron would go with it."""
ALL_FERROUS: Final = "all iron counted as FeO"
"""What is said to be assumed of a rock whose ferric iron is not believed."""
_SAID: Final = re.compile(rf"{FERRIC} for (\S+) of all iron")
AGREE_WT: Final = 0.02
AGREE_SHARE: Final = 0.01
"""Iron given twice is the same within rounding: 0.02 wt% and 1 % of it."""
AGREE_RATIO: Final = 0.02
"""So are two shares of ferric iron."""
ROUNDING: Final = 1e-9
"""Oxygen may exceed what iron takes by this share of it."""


def one_iron(
    given: Mapping[str, float], unit: Unit = "wt%", ferric: float | None = None
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return oxides with all iron as FeO, and the oxygen of ferric iron as O: Fe2O3 = 2 FeO + O.

    Parameters
    ----------
    given : mapping of str to float
        Oxides. Iron as FeO and Fe2O3, or all of it as FeOT or Fe2O3T; in two ways if they agree.
        Fe3Fet is the share of ferric in all iron.
    unit : {"wt%", "mol"}
        Of them.
    ferric : float, optional
        Share of ferric in all iron, in place of what is given.

    Returns
    -------
    dict of str to float
        Oxides; O only where there is ferric iron.
    tuple of str
        What was assumed.

    Raises
    ------
    InputError
        If iron is given in two ways that differ, if nothing says whether Fe2O3 is ferric or a total,
        or if oxygen is given beside a share of ferric iron.
    """
    amounts = {k: v for k, v in given.items() if k not in (*IRON_FORMS, FERRIC_RATIO)}
    ways = iron_as_feo(given, unit)
    if ways:
        amounts[FERROUS] = next(iter(ways.values()))
    elif any(name in given for name in IRON_FORMS if name != OXYGEN):
        amounts[FERROUS] = 0.0
    oxygen, share = given.get(OXYGEN, 0.0), ferric_share(given, unit, ferric)
    if share and oxygen:
        raise InputError(
            f"ferric iron is given twice, as O = {oxygen:g} {unit} and as a share of {share:.3g} of "
            "all iron; keep one."
        )
    oxygen += share * amounts.get(FERROUS, 0.0) * _oxygen_share(unit)
    if oxygen:
        amounts[OXYGEN] = oxygen
    if ferric is None or not amounts.get(FERROUS):
        return amounts, ()
    return amounts, (f"{FERRIC} for {ferric:.12g} of all iron",)


def as_two_irons(iron: Amount, oxygen: Amount) -> tuple[Amount, Amount]:
    """Return FeO and Fe2O3 of all iron as FeO and the oxygen that is beyond it, all by weight."""
    oxides = known_oxides()
    ferric = oxygen * (oxides[FERRIC].molar_mass / oxides[OXYGEN].molar_mass)
    return iron - (ferric - oxygen), ferric


def assumed_ferric(assumed: Iterable[str]) -> float | None:
    """Return the share of ferric in all iron that was assumed, as `one_iron` says it; None for none.

    Parameters
    ----------
    assumed : iterable of str
        What was assumed of a rock.
    """
    for said in assumed:
        if said == ALL_FERROUS:
            return 0.0
        if found := _SAID.fullmatch(said):
            return float(found[1])
    return None


def ferric_share(given: Mapping[str, float], unit: Unit, ferric: float | None) -> float:
    """Return the share of ferric in all iron, 0 to 1: as asked, else as a ratio or oxides say."""
    ratio = given.get(FERRIC_RATIO, 0.0) if ferric is None else number("ferric", ferric)
    if not 0.0 <= ratio <= 1.0:
        name = FERRIC_RATIO if ferric is None else "ferric"
        raise InputError(f"{name} = {ratio:g} is a fraction, 0 to 1.")
    if ferric is not None:
        return float(ratio)
    in_ferric = given.get(FERRIC, 0.0) * ferrous_share(unit)
    share = in_ferric / (in_ferric + given.get(FERROUS, 0.0)) if in_ferric else 0.0
    if ratio and (not in_ferric or abs(share - ratio) <= AGREE_RATIO):
        return float(ratio)
    if in_ferric and FERROUS not in given:
        raise InputError(
            f"{FERRIC} = {given[FERRIC]:g} {unit} without FeO may be ferric iron, or all iron: call "
            f"it Fe2O3T if it is all iron, or say FeO = 0 if all iron is ferric."
        )
    if ratio:
        raise InputError(
            f"ferric iron is given twice: {FERRIC_RATIO} = {ratio:g}, and {share:.3g} of all iron by "
            f"{FERRIC} and {FERROUS}; keep one."
        )
    return share


def as_asked(
    given: Mapping[str, float], iron: Iron, ferric: float | None
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the oxides of a row of a table with all iron as FeO, ferric iron as was asked.

    Parameters
    ----------
    given : mapping of str to float
        Oxides [wt%]; a total is not ferric, whichever oxide it is given as.
    iron : {"refuse", "ferrous", "given"}
        What to do with ferric iron.
    ferric : float, optional
        Share of ferric in all iron, in place of what is given.

    Raises
    ------
    InputError
        As of `one_iron`, or if iron is ferric and was to be refused.
    """
    if iron not in ("refuse", "ferrous", "given"):
        ways = ("refuse", "ferrous", "given")
        raise InputError(f"iron = {iron!r}: {did_you_mean(str(iron), ways)}")
    if ferric is not None or iron == "given":
        return one_iron(given, "wt%", ferric)
    what = {name: given.get(name, 0.0) for name in (FERRIC, FERRIC_RATIO, OXYGEN)}
    if not 0.0 <= what[FERRIC_RATIO] <= 1.0:
        raise InputError(f"{FERRIC_RATIO} = {what[FERRIC_RATIO]:g} is a fraction, 0 to 1.")
    if iron == "refuse" and any(what.values()):
        said = ", ".join(f"{name} = {amount:g}" for name, amount in what.items() if amount)
        raise InputError(
            f'{said}: say what to do with ferric iron, iron = "given" to take it in, "ferrous" to '
            "count it as FeO, or ferric = 0.15, say, for a share of all iron."
        )
    amounts = one_iron({k: v for k, v in given.items() if k != OXYGEN}, "wt%", 0.0)[0]
    return amounts, (ALL_FERROUS,) if iron == "ferrous" else ()


def iron_as_feo(given: Mapping[str, float], unit: Unit = "wt%") -> dict[str, float]:
    """Return all iron as FeO, by each way that it is given in; a zero is none.

    Parameters
    ----------
    given : mapping of str to float
        Oxides.
    unit : {"wt%", "mol"}
        Of them.

    Raises
    ------
    InputError
        If two ways differ.
    """
    share = ferrous_share(unit)
    ways = {name: given.get(name, 0.0) for name in TOTAL_IRON}
    ways |= {name: given.get(name, 0.0) * share for name in TOTAL_FERRIC}
    parts = {FERROUS: given.get(FERROUS, 0.0), FERRIC: given.get(FERRIC, 0.0) * share}
    ways[" and ".join(name for name, amount in parts.items() if amount)] = sum(parts.values())
    ways = {name: amount for name, amount in ways.items() if amount}
    most, least = max(ways.values(), default=0.0), min(ways.values(), default=0.0)
    if most - least > AGREE_WT + AGREE_SHARE * most:
        raise InputError(
            f"iron is given as {' and '.join(ways)}, "
            f"{' or '.join(f'{amount:.4g}' for amount in ways.values())} {unit} FeO; keep one."
        )
    return ways


def check_oxygen(amounts: Mapping[str, float], unit: Unit) -> None:
    """Raise InputError if there is more oxygen than the iron can take up.

    Parameters
    ----------
    amounts : mapping of str to float
        Oxides; all iron as FeO.
    unit : {"wt%", "mol"}
        Of them.
    """
    oxygen, iron = amounts.get(OXYGEN, 0.0), amounts.get(FERROUS, 0.0)
    if oxygen > _most_oxygen(iron, unit):
        raise InputError(say_oxygen(oxygen, iron, unit))


def too_much_oxygen(moles: NDArray[np.float64], components: Sequence[str]) -> NDArray[np.bool_]:
    """Return which bulks hold more oxygen than their iron can take up.

    Parameters
    ----------
    moles : ndarray, shape (..., C)
        Of components.
    components : sequence of str
        Their names.

    Returns
    -------
    ndarray of bool, shape (...)
    """
    of = {name: moles[..., c] for c, name in enumerate(components)}
    if OXYGEN not in of:
        return np.zeros(moles.shape[:-1], dtype=np.bool_)
    iron = of.get(FERROUS, np.zeros(moles.shape[:-1]))
    return np.asarray(of[OXYGEN] > _most_oxygen(iron, "mol"))


def say_oxygen(oxygen: float, iron: float, unit: Unit) -> str:
    """Say by how much there is more oxygen than the iron can take up, both in the unit."""
    most = iron * _oxygen_share(unit)
    return (
        f"O = {oxygen:.4g} {unit} is more oxygen than the iron can take up: FeO = {iron:.4g} "
        f"{unit} becomes Fe2O3 with {most:.4g}; {oxygen - most:.4g} {unit} are too much."
    )


def _most_oxygen(iron: Amount, unit: Unit) -> Amount:
    """Oxygen that iron takes up, and what rounding adds."""
    return iron * (_oxygen_share(unit) * (1.0 + ROUNDING))


@cache
def ferrous_share(unit: Unit = "wt%") -> float:
    """Return FeO with the iron of one Fe2O3: by weight 0.8998, by moles 2."""
    oxides = known_oxides()
    return 2.0 if unit == "mol" else 2.0 * oxides[FERROUS].molar_mass / oxides[FERRIC].molar_mass


def _oxygen_share(unit: Unit) -> float:
    """Oxygen beyond that of one FeO that is ferric."""
    oxides = known_oxides()
    by_weight = 0.5 * oxides[OXYGEN].molar_mass / oxides[FERROUS].molar_mass
    return 0.5 if unit == "mol" else by_weight

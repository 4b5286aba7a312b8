"""Water of a rock: given by weight, in excess, and not to be taken from a loss on ignition."""

import re
from collections.abc import Iterable, Mapping, MutableMapping
from math import fsum
from typing import Final, Literal

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .given import number

Water = float | Literal["excess"] | None
WATER: Final = "H2O"
EXCESS_MOLES: Final = 1.0
"""Water in excess, in moles per mole of all other oxides: 20 to 25 wt% of most rocks."""
IN_EXCESS: Final = "water in excess"
"""What is said to be assumed of such a rock."""
FLUID_COUNTED: Final = "free fluid counts in modes and numbers of the whole rock"
"""What is said beside it."""
_ADDED: Final = re.compile(r"water (\S+) wt%")
_LOSS: Final = re.compile(r"(loi|l\.o\.i\.|loss( on ignition)?)(?![a-z]).*", re.IGNORECASE)


def is_loss(name: str) -> bool:
    """Whether a name or a header is that of a loss on ignition."""
    return _LOSS.fullmatch(name.strip()) is not None


def check_loss(name: str, value: object) -> None:
    """Raise InputError for a loss on ignition, unless it is zero.

    Parameters
    ----------
    name : str
        Of what is given.
    value : object
        How much [wt%].
    """
    if is_loss(name) and value:
        raise InputError(
            f"{name} = {value} wt% is a loss on ignition, which is no oxide: it is H2O, CO2 and what "
            "else left, less the oxygen that iron took up. Give H2O by weight, or leave it out and "
            'say water = "excess".'
        )


def without_ignored_water(
    moles: Mapping[str, float], ignored: frozenset[str]
) -> tuple[dict[str, float], frozenset[str]]:
    """Return a rock without the water of its analysis if that is to be ignored, so that other is added.

    Parameters
    ----------
    moles : mapping of str to float
        Oxides [mol].
    ignored : frozenset of str
        Oxides to leave out; returned without water.
    """
    kept = {oxide: n for oxide, n in moles.items() if oxide != WATER or WATER not in ignored}
    return kept, ignored - {WATER}


def as_water(water: object) -> Water:
    """Return water that is asked for, a share of the whole [wt%], "excess" or None for none.

    Raises
    ------
    InputError
        If it is anything else.
    """
    if water is None:
        return None
    if isinstance(water, str):
        if water != "excess":
            raise InputError(
                f'water = {water!r} is neither a number of wt% nor "excess": '
                f"{did_you_mean(water, ('excess',))}"
            )
        return "excess"
    share = number("water", water, "wt%")
    if not 0.0 <= share < 100.0:
        raise InputError(f"water = {share:g} wt% is outside 0 to 100.")
    return share


def add_water(
    moles: MutableMapping[str, float],
    molar_masses: Mapping[str, float],
    water: Water,
    ignored: frozenset[str],
) -> tuple[str, ...]:
    """Add water to a rock, and return what was assumed.

    Parameters
    ----------
    moles : mutable mapping of str to float
        Oxides [mol]; water is added to it.
    molar_masses : mapping of str to float
        Of each [g/mol].
    water : float, "excess" or None
        Water of the whole [wt%], or as many moles of it as of all else together.
    ignored : frozenset of str
        Oxides that are left out, and do not count.

    Raises
    ------
    InputError
        If water is given twice, or is no such number.
    """
    if water is None:
        return ()
    if moles.get(WATER, 0.0) > 0.0:
        raise InputError(f"water is given twice, as {WATER} and as water = {water!r}; keep one.")
    kept = {oxide: amount for oxide, amount in moles.items() if oxide not in ignored}
    share = as_water(water)
    if share is None or isinstance(share, str):
        moles[WATER] = EXCESS_MOLES * fsum(kept.values())
        return (IN_EXCESS,)
    weight = fsum(amount * molar_masses[oxide] for oxide, amount in kept.items())
    moles[WATER] = weight * share / (100.0 - share) / molar_masses[WATER]
    return (f"water {share:.12g} wt%",)


def assumed_water(assumed: Iterable[str]) -> Water:
    """Return the water that was added to a rock, as `add_water` says it; None where none was.

    Parameters
    ----------
    assumed : iterable of str
        What was assumed of the rock.
    """
    for said in assumed:
        if said == IN_EXCESS:
            return "excess"
        if added := _ADDED.fullmatch(said):
            return float(added[1])
    return None

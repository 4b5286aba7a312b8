"""Which database suits which rock: the list of them, and where a rock lies outside their ranges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._lazy import LazyModule
from gibbsite.errors import InputError
from gibbsite_datasets import GuideRange, load_components, load_guides, load_models, set_components

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = LazyModule("pandas")

_UNITS: Final = {"degC": "°C", "mol/mol": ""}


@dataclass(frozen=True, slots=True)
class Outside:
    """A quantity of some points that lies outside the range of a database.

    Attributes
    ----------
    range : GuideRange
        The range.
    lowest, highest : float
        Of the points, in the unit of the range.
    inside : tuple of str
        Databases with ranges that hold all of the points, in every quantity.
    """

    range: GuideRange
    lowest: float
    highest: float
    inside: tuple[str, ...]

    def __str__(self) -> str:
        """Return the quantity, its value and what it should be."""
        unit = _UNITS.get(self.range.unit, self.range.unit)
        value, highest = _digits(self.lowest), _digits(self.highest)
        if highest != value:
            value += f" to {highest}"
        limits = [
            f"{word} {limit:g}"
            for word, limit in (("at least", self.range.minimum), ("at most", self.range.maximum))
            if limit is not None
        ]
        return (
            f"{self.range.quantity} {value}{f' {unit}' if unit else ''} "
            f"({' and '.join(limits)}, {self.range.basis})"
        )


def databases() -> "pd.DataFrame":
    """Return the databases there are, and which rocks each is for.

    Returns
    -------
    pandas.DataFrame
        By name: `suits`, `beware`, `range` (where it is known to hold, and what that rests on),
        `reference`.
    """
    import pandas as pd  # which the first point need not wait for

    rows = {
        name: {
            "suits": guide.suits,
            "beware": guide.beware,
            "range": "; ".join(map(_range, guide.ranges)),
            "reference": load_models(name).reference,
        }
        for name, guide in load_guides().items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("database")


def list_databases() -> str:
    """Return the databases, one line each with the rocks it suits."""
    guides = load_guides()
    width = max(map(len, guides))
    return "\n".join(f"  {name:{width}}  {guide.suits}" for name, guide in guides.items())


def none_named(how: str) -> InputError:
    """Return the error for a calculation whose database is not named.

    Parameters
    ----------
    how : str
        How to name one, such as 'database="W24"'.
    """
    return InputError(
        f"which database? None is the right one for all rocks; {how}:\n{list_databases()}"
    )


def outside_ranges(
    database: str,
    moles: Mapping[str, ArrayLike],
    pressure_kbar: ArrayLike,
    temperature_C: ArrayLike,
) -> tuple[Outside, ...]:
    """Return what of some points lies outside the ranges of a database.

    Parameters
    ----------
    database : str
        Its name.
    moles : mapping of str to array_like
        Oxide -> moles of it in the rocks.
    pressure_kbar, temperature_C : array_like
        Conditions [kbar, degC].

    Returns
    -------
    tuple of Outside
        Empty where all is inside, or the database has no ranges.
    """
    guides = load_guides()
    if database not in guides or not guides[database].ranges:
        return ()
    values = {
        "pressure": np.ravel(np.asarray(pressure_kbar, float)),
        "temperature": np.ravel(np.asarray(temperature_C, float)),
        **_compositions({oxide: np.ravel(np.asarray(m, float)) for oxide, m in moles.items()}),
    }
    held = {
        oxide for oxide, m in moles.items() if np.nanmax(np.asarray(m, float), initial=0.0) > 0.0
    }
    there = {quantity: each[np.isfinite(each)] for quantity, each in values.items()}
    left = [each for each in guides[database].ranges if not _holds(each, there)]
    if not left:
        return ()
    others = tuple(
        name
        for name, guide in guides.items()
        if guide.ranges
        and held <= set(set_components()[name])
        and all(_holds(each, there) for each in guide.ranges)
    )
    return tuple(
        Outside(each, float(there[each.quantity].min()), float(there[each.quantity].max()), others)
        for each in left
    )


def say_outside(database: str, found: tuple[Outside, ...]) -> str:
    """Return one sentence, without its full stop, on what lies outside; nothing if nothing does."""
    if not found:
        return ""
    sentence = f"outside the range of {database}: {', '.join(map(str, found))}"
    inside = found[0].inside
    return f"{sentence}; not of {', '.join(inside)}" if inside else sentence


def _compositions(moles: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Return wt% of each oxide, and the alkalis over alumina by moles."""
    known = {each.name: each.molar_mass for each in load_components()}
    weights = {oxide: m * known[oxide] for oxide, m in moles.items() if oxide in known}
    whole = np.sum(list(weights.values()), axis=0)
    nothing = np.zeros_like(whole)
    alkalis = moles.get("Na2O", nothing) + moles.get("K2O", nothing)
    alumina = moles.get("Al2O3", nothing)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {oxide: 100.0 * weight / whole for oxide, weight in weights.items()}
        return {**found, "alkalis/alumina": np.where(alumina > 0.0, alkalis / alumina, np.nan)}


def _holds(each: GuideRange, there: Mapping[str, NDArray[np.float64]]) -> bool:
    """Whether a range holds all the values of its quantity; what rounding adds is not counted."""
    values = there.get(each.quantity, np.zeros(0))
    if not values.size:
        return True
    slack = 1e-9 * np.abs(values).max()
    low = each.minimum is None or values.min() >= each.minimum - slack
    return bool(low and (each.maximum is None or values.max() <= each.maximum + slack))


def _digits(value: float) -> str:
    """Return a number of three digits, or of all before the point: 1190 °C, not 1.19e+03."""
    return f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}"


def _range(each: GuideRange) -> str:
    unit = _UNITS.get(each.unit, each.unit)
    if each.minimum is None:
        limits = f"at most {each.maximum:g}"
    elif each.maximum is None:
        limits = f"at least {each.minimum:g}"
    else:
        limits = f"{each.minimum:g} to {each.maximum:g}"
    return f"{each.quantity} {limits}{f' {unit}' if unit else ''} ({each.basis})"

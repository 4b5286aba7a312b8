"""Which set of models suits which rock: a line on each, and the ranges it is known to hold in.

Advice, not numbers of the models: none of it enters the hash of a set.
"""

from collections.abc import Mapping
from typing import cast

from .components import INSIDE, build_components
from .models import FOLDER as MODELS
from .reading import Row, Tables, by_key, near
from .records import Guide, GuideRange, RangeBasis
from .schema import GUIDE_RANGES, GUIDE_SETS

FOLDER = "guides"
UNITS = {"pressure": "kbar", "temperature": "degC", "alkalis/alumina": "mol/mol"}


def build_guides(tables: Tables) -> dict[str, Guide]:
    """Read the guide to every set of models, by its name."""
    names = tables.names(MODELS)
    units = {**UNITS, **{each.name: "wt%" for each in build_components(tables, INSIDE)}}
    ranges: dict[str, list[GuideRange]] = {name: [] for name in names}
    for row in tables.rows(f"{FOLDER}/ranges.csv", GUIDE_RANGES):
        ranges[_set(row, names)].append(_range(row, units))
    guides: dict[str, Guide] = {}
    for row in by_key(tables.rows(f"{FOLDER}/sets.csv", GUIDE_SETS), "database").values():
        name = _set(row, names)
        guides[name] = Guide(row.text("suits"), row.text("beware"), tuple(ranges[name]))
    return guides


def _set(row: Row, names: tuple[str, ...]) -> str:
    name = row.text("database")
    if name not in names:
        raise row.error(f"no set is called {name!r}; {near(name, names)}")
    return name


def _range(row: Row, units: Mapping[str, str]) -> GuideRange:
    quantity = row.text("quantity")
    if quantity not in units:
        raise row.error(f"unknown quantity {quantity!r}; {near(quantity, units)}")
    if row.text("unit") != units[quantity]:
        raise row.error(f"the unit of {quantity} is {units[quantity]}")
    low, high = (row.numbers.get(name) for name in ("minimum", "maximum"))
    if low is None and high is None:
        raise row.error(f"the range of {quantity} has no end")
    if low is not None and high is not None and low >= high:
        raise row.error(f"the range of {quantity} is upside down")
    basis = cast(RangeBasis, row.text("basis"))  # the schema has checked it
    return GuideRange(quantity, low, high, units[quantity], basis, row.text("source"))

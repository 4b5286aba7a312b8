"""What each phase is: melt, fluid or solid, how its instances are ordered, its colour, its formula."""

import re
from typing import cast

from .components import build_oxides
from .reading import Tables, by_key, near
from .records import PhaseKind, Traits
from .schema import TRAITS

FILE = "traits.csv"
COLOUR = re.compile(r"#[0-9a-f]{6}")


def build_traits(tables: Tables) -> dict[str, Traits]:
    """Read the table of traits, by phase."""
    oxides = build_oxides(tables)
    found: dict[str, Traits] = {}
    for name, row in by_key(tables.rows(FILE, TRAITS), "phase").items():
        order = tuple(row.text("order").split())
        for oxide in order:
            if oxide not in oxides:
                raise row.error(f"{oxide!r} is not known; {near(oxide, oxides)}")
        if not COLOUR.fullmatch(row.text("colour")):
            raise row.error(f"{row.text('colour')!r} is no colour such as #e4572e")
        kind, colour = cast(PhaseKind, row.text("kind")), row.text("colour")
        found[name] = Traits(name, kind, order, colour, row.numbers.get("oxygens"))
    return found

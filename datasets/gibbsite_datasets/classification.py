"""Fields of the total alkali-silica diagram, by which volcanic rocks are named."""

from .reading import Tables
from .records import RockField
from .schema import TAS

FILE = "classification/tas.csv"


def build_tas(tables: Tables) -> tuple[RockField, ...]:
    """Read the fields, in the order of the table; the corners of one stand together."""
    corners: dict[str, list[tuple[float, float]]] = {}
    names: dict[str, str] = {}
    for row in tables.rows(FILE, TAS):
        key, name = row.text("field"), row.text("name")
        if names.setdefault(key, name) != name:
            raise row.error(f"the field {key!r} has two names")
        corners.setdefault(key, []).append((row.numbers["SiO2"], row.numbers["alkalis"]))
    return tuple(RockField(key, names[key], tuple(found)) for key, found in corners.items())

"""The oxides of the system, and the oxides that are known but lie outside it."""

from .reading import Row, Tables, by_key
from .records import Component
from .schema import COMPONENTS

INSIDE = "components.csv"
OUTSIDE = "outside_oxides.csv"


def build_components(tables: Tables, path: str) -> tuple[Component, ...]:
    """Return the oxides of one table, in its order."""
    return tuple(
        Component(
            name,
            molar_mass=row.number("molar_mass"),
            cation=row.text("cation"),
            cations=_count(row, "cations"),
            oxygens=_count(row, "oxygens"),
        )
        for name, row in by_key(tables.rows(path, COMPONENTS), "name", "oxide").items()
    )


def build_oxides(tables: Tables) -> dict[str, Component]:
    """Return all oxides that are known, those of the system first, by name."""
    return {c.name: c for path in (INSIDE, OUTSIDE) for c in build_components(tables, path)}


def _count(row: Row, name: str) -> int:
    value = row.number(name)
    if value != int(value):
        raise row.error(f"{name!r} must be a whole number, it is {value!r}")
    return int(value)

"""Coefficients of the equations of state of fluids, by species."""

from typing import Final

from .reading import Tables
from .schema import CORK, PITZER_STERNER, PITZER_STERNER_TERMS

FILES: Final = {
    "pitzer_sterner": "fluids/pitzer_sterner.csv",
    "cork": "fluids/cork.csv",
}
"""Equation of state -> the table of its coefficients."""

_COEFFICIENTS = 10


def build_fluids(tables: Tables) -> dict[tuple[str, str], tuple[float, ...]]:
    """Return the coefficients of each (equation of state, species); see `Endmember.fluid`."""
    found: dict[tuple[str, str], tuple[float, ...]] = {}
    rows: dict[str, dict[int, tuple[float, ...]]] = {}
    for row in tables.rows(FILES["pitzer_sterner"], PITZER_STERNER):
        group = rows.setdefault(row.text("species"), {})
        number = int(row.number("coefficient"))
        if number in group or number != row.number("coefficient"):
            raise row.error(
                f"coefficient {row.number('coefficient'):g} is there twice, or no number"
            )
        group[number] = tuple(row.number(term) for term in PITZER_STERNER_TERMS)
        if len(group) == _COEFFICIENTS:
            numbers = (value for _, terms in sorted(group.items()) for value in terms)
            found["pitzer_sterner", row.text("species")] = tuple(numbers)
    for row in tables.rows(FILES["cork"], CORK):
        values = row.number("critical_temperature"), row.number("critical_pressure")
        found["cork", row.text("species")] = values
    return found

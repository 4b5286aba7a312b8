"""Crystallisation sequences of the lunar magma ocean, one step a row."""

from .reading import Row, Tables
from .records import MagmaOcean, SolidificationStep
from .schema import MAGMA_OCEAN, MAGMA_OCEAN_MINERALS

FILE = "lunar/magma_ocean.csv"
TOTAL_WT = (94.0, 106.0)
"""Totals that the minerals of a step may have [wt%]."""


def build_magma_oceans(tables: Tables) -> dict[str, MagmaOcean]:
    """Read all sequences; each step begins where the one before it ended."""
    rows: dict[str, list[Row]] = {}
    for row in tables.rows(FILE, MAGMA_OCEAN):
        rows.setdefault(row.text("model"), []).append(row)
    return {key: _sequence(key, group) for key, group in rows.items()}


def _sequence(key: str, rows: list[Row]) -> MagmaOcean:
    steps: list[SolidificationStep] = []
    for row in rows:
        step = _step(row)
        if steps and step.solid_from != steps[-1].solid_to:
            raise row.error(
                f"the step does not begin where the last one ended, {steps[-1].solid_to:g}"
            )
        steps.append(step)
    return MagmaOcean(key, rows[0].text("name"), tuple(steps), rows[0].text("source"))


def _step(row: Row) -> SolidificationStep:
    modes = {name: row.number(name) for name in MAGMA_OCEAN_MINERALS if row.filled(name)}
    total = sum(modes.values())
    low, high = TOTAL_WT
    if not low <= total <= high:
        raise row.error(f"the minerals sum to {total:g} wt%, outside {low:g} to {high:g}")
    start = row.number("solid_from") if row.filled("solid_from") else None
    if start is not None and start >= row.number("solid_to"):
        raise row.error(f"the step ends at {row.number('solid_to'):g} before it begins")
    return SolidificationStep(start, row.number("solid_to"), modes, row.text("note"))

"""Mineral-melt equations: a folder each, with its components, their terms and ranges."""

from .components import INSIDE, OUTSIDE, build_components
from .errors import TableError
from .reading import Row, Tables, by_key, near, parse_number
from .records import AbsentModel, Component, MineralComponent, MineralMeltRecord, ValidRange
from .schema import (
    ABSENT_MODELS,
    MINERAL_COMPONENTS,
    MINERAL_MELT_SETTINGS,
    MINERAL_RANGES,
    MINERAL_TERMS,
)

FOLDER = "mineral_melt"
ABSENT = f"{FOLDER}/absent.csv"
LOGARITHMS = ("natural", "decimal")


def build_mineral_melt(tables: Tables, own: Tables, folder: str) -> MineralMeltRecord:
    """Read one model.

    Parameters
    ----------
    tables : Tables
        Where the oxides are.
    own : Tables
        Where the model is.
    folder : str
        Folder of the model in `own`.
    """
    path = f"{folder}/model.toml"
    settings = own.settings(path, MINERAL_MELT_SETTINGS)
    if settings["logarithm"] not in LOGARITHMS:
        raise TableError(path, None, f"'logarithm' must be {' or '.join(LOGARITHMS)}")
    oxides = {c.name: c for side in (INSIDE, OUTSIDE) for c in build_components(tables, side)}
    terms = _terms(own, folder)
    rows = by_key(own.rows(f"{folder}/components.csv", MINERAL_COMPONENTS), "name", "component")
    for name, of in terms.items():
        if name not in rows:
            raise of[0].error(f"no component is called {name!r}; {near(name, rows)}")
    components = tuple(_component(row, rows, oxides, terms) for row in rows.values())
    if not any(component.saturates for component in components):
        raise TableError(f"{folder}/components.csv", None, "no component counts in the saturation")
    modifiers = settings.get("network_modifiers", ())
    assert isinstance(modifiers, tuple)
    return MineralMeltRecord(
        key=str(settings["name"]),
        mineral=str(settings["mineral"]),
        reference=str(settings["reference"]),
        read_from=str(settings["read_from"]),
        note=str(settings.get("note", "")),
        decimal=settings["logarithm"] == "decimal",
        network_modifiers=tuple(map(str, modifiers)),
        components=components,
        ranges=_ranges(own, folder, oxides),
    )


def build_absent(tables: Tables) -> dict[str, AbsentModel]:
    """Read the table of models that cannot be had."""
    return {
        row.text("key"): AbsentModel(
            row.text("key"), row.text("mineral"), row.text("reference"), row.text("reason")
        )
        for row in tables.rows(ABSENT, ABSENT_MODELS)
    }


def _terms(own: Tables, folder: str) -> dict[str, list[Row]]:
    """Rows of terms by the component they belong to."""
    found: dict[str, list[Row]] = {}
    for row in own.rows(f"{folder}/terms.csv", MINERAL_TERMS):
        rows = found.setdefault(row.text("component"), [])
        if any(other.text("term") == row.text("term") for other in rows):
            raise row.error(f"term {row.text('term')!r} is there twice")
        rows.append(row)
    return found


def _component(
    row: Row, rows: dict[str, Row], oxides: dict[str, Component], terms: dict[str, list[Row]]
) -> MineralComponent:
    name, of = row.text("name"), row.text("of")
    factor = row.filled("factor") + row.filled("log10_factor")
    if of and (of not in rows or of == name or of not in terms):
        raise row.error(f"'of' is {of!r}, which is no other component with terms of its own")
    if of and (factor != 1 or name in terms):
        raise row.error(f"{name!r} goes with {of!r}: it needs one factor and no terms of its own")
    if not of and factor:
        raise row.error(f"{name!r} has a factor, but 'of' does not say of what")
    if not of and name not in terms and not row.filled("offset"):
        raise row.error(f"{name!r} has neither terms nor a constant")
    log10 = row.number("log10_factor") if row.filled("log10_factor") else 0.0
    return MineralComponent(
        name=name,
        formula=_formula(row, oxides),
        per_unit=row.number("per_unit"),
        saturates=row.number("saturates") == 1.0,
        terms=tuple((r.text("term"), r.number("coefficient")) for r in terms.get(name, ())),
        of=of,
        factor=row.number("factor") if row.filled("factor") else 10.0**log10,
        offset=row.number("offset") if row.filled("offset") else 0.0,
    )


def _formula(row: Row, oxides: dict[str, Component]) -> dict[str, float]:
    """Read "1 MgO + 0.5 SiO2"."""
    formula: dict[str, float] = {}
    for part in row.text("formula").split(" + "):
        amount, _, oxide = part.partition(" ")
        number = parse_number(amount)
        if number is None or number <= 0.0:
            raise row.error(f"{part!r} in 'formula' should look like 0.5 SiO2")
        if oxide not in oxides:
            raise row.error(f"unknown oxide {oxide!r}; {near(oxide, oxides)}")
        formula[oxide] = number
    return formula


def _ranges(own: Tables, folder: str, oxides: dict[str, Component]) -> tuple[ValidRange, ...]:
    units = {"P": "kbar", "T": "degC", **dict.fromkeys(oxides, "wt%")}
    found = []
    for row in own.rows(f"{folder}/ranges.csv", MINERAL_RANGES):
        quantity, low, high = row.text("quantity"), row.number("minimum"), row.number("maximum")
        if quantity not in units:
            raise row.error(f"unknown quantity {quantity!r}; {near(quantity, units)}")
        if row.text("unit") != units[quantity]:
            raise row.error(f"the unit of {quantity} is {units[quantity]}")
        if low >= high:
            raise row.error(f"range of {quantity} is upside down")
        found.append(ValidRange(quantity, low, high, row.text("unit"), row.text("source")))
    return tuple(found)

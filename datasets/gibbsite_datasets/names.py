"""What phases and ranges of their compositions are called: names, and the inequalities of ranges."""

import re

from .components import build_oxides
from .reading import Row, Tables, near
from .records import Inequality, NamedRange, PhaseName, PhaseNames
from .schema import NAMES

FILE = "names.csv"
OTHERWISE = "otherwise"
FERROUS_IRON = "Fe2"
FERRIC_IRON = "Fe3"
ONE = "1"
COMPARISON = re.compile(r"(.+?) (>=|<=|>|<) (.+)")
TERM = re.compile(r"(?:(\d+(?:\.\d+)?) ?)?([A-Z]\w*)?")


def build_names(tables: Tables) -> dict[str, PhaseNames]:
    """Read the names of phases, by key; the rows of the ranges of a phase follow its own."""
    cations = {oxide.cation for oxide in build_oxides(tables).values()} | {
        FERROUS_IRON,
        FERRIC_IRON,
    }
    own: dict[str, Row] = {}
    ranges: dict[str, list[NamedRange]] = {}
    for row in tables.rows(FILE, NAMES):
        phase, text = row.text("phase"), row.text("range")
        if not text:
            if phase in own:
                raise row.error(f"phase {phase!r} is there twice")
            own[phase], ranges[phase] = row, []
        elif phase not in own:
            raise row.error(f"the phase {phase!r} itself must come before its ranges")
        else:
            where = () if text == OTHERWISE else _conditions(row, text, cations)
            ranges[phase].append(NamedRange(_name(row), where))
    for phase, found in ranges.items():
        if found and (found[-1].where or not all(each.where for each in found[:-1])):
            raise own[phase].error(
                f"of the ranges of {phase!r} the last, and it only, is otherwise"
            )
    return {
        phase: PhaseNames(
            phase=phase,
            name=_name(row),
            ranges=tuple(ranges[phase]),
            alone=row.text("alone") == "yes",
            oxygens=row.numbers.get("oxygens", 0.0),
        )
        for phase, row in own.items()
    }


def _name(row: Row) -> PhaseName:
    return PhaseName(row.text("name"), row.text("full"), row.text("warr"))


def _conditions(row: Row, text: str, cations: set[str]) -> tuple[Inequality, ...]:
    """Read inequalities such as ``4 Ca >= Mg + Fe; Si >= 7.5``, all of which must hold."""
    return tuple(_inequality(row, part.strip(), cations) for part in text.split(";"))


def _inequality(row: Row, text: str, cations: set[str]) -> Inequality:
    match = COMPARISON.fullmatch(text)
    if match is None:
        raise row.error(f"{text!r} is no inequality such as '4 Ca >= Mg + Fe'")
    left, sign, right = match.groups()
    larger, smaller = (left, right) if sign.startswith(">") else (right, left)
    coefficients: dict[str, float] = {}
    for side, factor in ((larger, 1.0), (smaller, -1.0)):
        first, *rest = re.split(r" ([+-]) ", side.strip())
        for plus, term in zip(["+", *rest[::2]], [first, *rest[1::2]], strict=True):
            found = TERM.fullmatch(term.strip())
            if found is None or not term.strip():
                raise row.error(f"{term!r} is no term such as '4 Ca' or '7.5'")
            number, cation = float(found[1] or 1.0), found[2] or ONE
            if cation != ONE and cation not in cations:
                raise row.error(f"{cation!r} is no cation; {near(cation, sorted(cations))}")
            value = factor * (number if plus == "+" else -number)
            coefficients[cation] = coefficients.get(cation, 0.0) + value
    return Inequality(coefficients, strict="=" not in sign)

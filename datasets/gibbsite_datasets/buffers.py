"""Oxygen buffers, and the phases that activities of components are referred to: reactions, checked."""

from collections.abc import Mapping

from .endmembers import FOLDER, build_endmember_set
from .errors import TableError
from .models import reaction
from .reading import Row, Tables, by_key
from .records import Buffer, Endmember, EndmemberSet, MakeTerm, StandardState
from .schema import ACTIVITIES, BUFFERS

BUFFER_FILE = "buffers.csv"
ACTIVITY_FILE = "activities.csv"
OXYGEN = "O"
TOLERANCE = 1e-12
"""Allowed imbalance of a reaction [mol]."""


def build_buffers(tables: Tables) -> dict[str, Buffer]:
    """Read the oxygen buffers by name; each reaction makes 1 mol O2 of every end-member set."""
    found: dict[str, Buffer] = {}
    sets = _endmember_sets(tables)
    for name, row in by_key(tables.rows(BUFFER_FILE, BUFFERS), "name", "buffer").items():
        terms = _balanced(sets, row, {OXYGEN: 2.0})
        found[name] = Buffer(
            name,
            row.text("full"),
            tuple(row.text("also").split()),
            terms,
            row.text("above"),
            row.text("below"),
        )
    for buffer in found.values():
        for other in (buffer.above, buffer.below):
            if other and other not in found:
                raise TableError(BUFFER_FILE, None, f"{buffer.name}: no buffer is called {other!r}")
    return found


def build_standard_states(tables: Tables) -> dict[str, StandardState]:
    """Read what activities are referred to, by component; each reaction makes 1 mol of it."""
    found: dict[str, StandardState] = {}
    sets = _endmember_sets(tables)
    for component, row in by_key(tables.rows(ACTIVITY_FILE, ACTIVITIES), "component").items():
        terms = _balanced(sets, row, {component: 1.0})
        found[component] = StandardState(component, row.text("of"), terms)
    return found


def _endmember_sets(tables: Tables) -> dict[str, EndmemberSet]:
    return {name: build_endmember_set(tables, name) for name in tables.names(FOLDER)}


def _balanced(
    sets: Mapping[str, EndmemberSet], row: Row, wanted: Mapping[str, float]
) -> tuple[MakeTerm, ...]:
    """Read a reaction, and check in every end-member set that it makes what is wanted."""
    terms: tuple[MakeTerm, ...] = ()
    for name, data in sets.items():
        terms = reaction(row, "reaction", data)
        made = _made(terms, data.endmembers)
        for oxide in {*made, *wanted}:
            excess = made.get(oxide, 0.0) - wanted.get(oxide, 0.0)
            if abs(excess) > TOLERANCE:
                raise row.error(
                    f"{row.text('reaction')!r} does not balance in {name}: {excess:+g} {oxide}"
                )
    return terms


def _made(terms: tuple[MakeTerm, ...], endmembers: Mapping[str, Endmember]) -> dict[str, float]:
    made: dict[str, float] = {}
    for term in terms:
        for oxide, amount in endmembers[term.endmember].composition.items():
            made[oxide] = made.get(oxide, 0.0) + term.coefficient * amount
    return made

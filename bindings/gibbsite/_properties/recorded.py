"""The database that a result was computed with."""

import json
from collections.abc import Mapping
from typing import Any

from gibbsite._inputs.database import Database, OpenPotential, database
from gibbsite._section.section import Section
from gibbsite.errors import InputError


def recorded_database(attributes: Mapping[Any, Any]) -> Database:
    """Return the database that the attributes of a result name, with the phases that took part.

    Raises
    ------
    InputError
        If its tables are no longer those that made the result.
    """
    if "section_toml" in attributes:
        data = Section.from_text(str(attributes["section_toml"])).load_database()
    else:
        data = _with_phases(
            str(attributes["database"]),
            str(attributes.get("phases_left_out", "")).split(),
            json.loads(str(attributes.get("windows", "{}"))),
        ).open(_potentials(str(attributes.get("potentials", "{}"))))
    if attributes["database_sha256"] != data.sha256:
        raise InputError(
            f"the tables of {data.name} have changed since this result was computed; read its "
            "properties with the version of gibbsite that made it."
        )
    return data


def _potentials(recorded: str) -> dict[str, OpenPotential]:
    """Return the potentials that were given, as `point_dataset` writes them."""
    return {
        name: OpenPotential(tuple((n, e, state) for n, e, state in make), tuple(energy))
        for name, (make, energy) in json.loads(recorded).items()
    }


def _with_phases(name: str, left_out: list[str], windows: dict[str, Any]) -> Database:
    """Return a database without some phases; what it leaves out by itself and they do not was chosen."""
    usual = database(name)
    taken = [
        phase
        for phase in usual.phase_names
        if not usual.takes_part(phase) and phase not in left_out
    ]
    chosen = database(name, choose=taken, windows=windows)
    return chosen.restrict(exclude=[phase for phase in left_out if chosen.takes_part(phase)])

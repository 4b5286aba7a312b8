"""The database that a result was computed with."""

import json
from collections.abc import Mapping
from typing import Any

from gibbsite._inputs.database import Database, database
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
        left_out = str(attributes.get("phases_left_out", "")).split()
        windows = json.loads(str(attributes.get("windows", "{}")))
        data = database(str(attributes["database"]), exclude=left_out, windows=windows)
    if attributes["database_sha256"] != data.sha256:
        raise InputError(
            f"the tables of {data.name} have changed since this result was computed; read its "
            "properties with the version of gibbsite that made it."
        )
    return data

"""TOML files of gibbsite: tables, rocks and axes in them, and what to say of a key that is wrong.

For whoever defines a file of their own kind beside those of sections.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import resources
from os import PathLike
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gibbsite._inputs.composition import Bulk, bulk
from gibbsite._inputs.given import file_path
from gibbsite._inputs.limits import PRESSURE_KBAR, TEMPERATURE_C
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

__all__ = [
    "AxisTable",
    "Pressure",
    "Rock",
    "RockTable",
    "Temperature",
    "TomlTable",
    "as_declared",
    "as_table",
    "did_you_mean",
    "find_text",
    "parse_text",
    "read_rock",
    "shipped_texts",
]

# Words people write for a key, too far from it in spelling to be found by likeness.
SYNONYMS = {
    "steps": "points",
    "number": "points",
    "n": "points",
    "min": "start",
    "max": "stop",
    "from": "start",
    "to": "stop",
    "end": "stop",
    "T": "temperature_C",
    "P": "pressure_kbar",
    "X": "x",
    "bulk": "rock",
    "composition": "rock",
    "suppress": "exclude",
    "weight": "wt",
    "moles": "mol",
    "type": "kind",
}
WANTED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "string_type": "text in quotes",
    "dict_type": "a table",
    "list_type": "a list of names",
    "tuple_type": "a list of names",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "finite_number": "a finite number",
}


def as_table(given: object) -> object:
    """Return a table for a name that stands alone."""
    return {"key": given} if isinstance(given, str) else given


def _as_list(given: object) -> object:
    return [given] if isinstance(given, str) else given


Names = Annotated[list[str], BeforeValidator(_as_list)]


class TomlTable(BaseModel):
    """A table of a TOML file, whose every key is declared."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class AxisTable(TomlTable):
    """Equally spaced values, both ends included."""

    start: float
    stop: float
    points: int


class RockTable(TomlTable):
    """A rock by key, by weight or by moles."""

    key: str | None = None
    wt: dict[str, Any] | None = None
    mol: dict[str, Any] | None = None
    name: str | None = None
    ignore: Names = Field(default_factory=list)
    ferric: float | None = None
    water: float | Literal["excess"] | None = None
    assumed: list[str] | None = None
    source: str | None = None
    status: str | None = None
    left_out_wt: dict[str, float] | None = None


Rock = Annotated[RockTable, BeforeValidator(as_table)]
Pressure = Annotated[float, Field(ge=PRESSURE_KBAR[0], le=PRESSURE_KBAR[1])]
"""One that is accepted [kbar]."""
Temperature = Annotated[float, Field(ge=TEMPERATURE_C[0], le=TEMPERATURE_C[1])]
"""One that is accepted [degC]."""

AnyTable = TypeVar("AnyTable", bound=BaseModel)


def shipped_texts(package: str, folder: str) -> dict[str, str]:
    """Return the text of every TOML file that comes with a package in a folder, by name."""
    files = (resources.files(package) / folder).iterdir()
    return {
        entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8")
        for entry in sorted(files, key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }


def find_text(
    path_or_name: str | PathLike[str], shipped: Mapping[str, str], kind: str
) -> tuple[str, str]:
    """Return the text of a TOML file, or of a shipped one by its name, and what to call it in errors.

    Parameters
    ----------
    path_or_name : str or path
        A file ending in .toml, or a name.
    shipped : mapping of str to str
        Texts by name.
    kind : str
        What the file describes, "section" say.

    Raises
    ------
    InputError
        If there is neither a file nor a name, or the file cannot be read as text.
    """
    path = file_path(f"the {kind}", path_or_name)
    if path.suffix != ".toml" and str(path_or_name) in shipped:
        return shipped[str(path_or_name)], f"{kind} '{path_or_name}'"
    try:
        return path.read_text(encoding="utf-8"), str(path)
    except FileNotFoundError:
        raise InputError(
            f"there is no file and no shipped {kind} named '{path_or_name}': "
            f"{did_you_mean(path.stem, shipped)}"
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not a text file; a {kind} is a TOML file.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


def parse_text(text: str, source: str) -> dict[str, Any]:
    """Return the keys and values of a TOML text; `source` begins the error of one that is not."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source} is not valid TOML: {error}.") from None


def as_declared(model: type[AnyTable], given: Mapping[str, Any], source: str) -> AnyTable:
    """Return keys and values as the table that declares them.

    Raises
    ------
    InputError
        With the source, the key and the value that cannot be meant.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InputError(f"{source}: {_first_problem(error, model)}") from None


def read_rock(name: str, table: RockTable) -> Bulk:
    """Return the rock of a table; its name begins every error."""
    ignore = "outside" if table.ignore == ["outside"] else table.ignore
    try:
        rock = bulk(
            table.key,
            wt=table.wt,
            mol=table.mol,
            name=table.name,
            ignore=ignore,
            ferric=table.ferric,
            water=table.water,
        )
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    if table.source is not None:
        rock = replace(rock, source=table.source)
    if table.assumed is not None:
        # Files of the first days end some of them with the word.
        said = (each.removesuffix(", assumed") for each in table.assumed)
        rock = replace(rock, assumed=tuple(said))
    if table.status is not None:
        rock = replace(rock, status=table.status)
    if table.left_out_wt is not None:
        rock = replace(rock, left_out=tuple(table.left_out_wt.items()))
    return rock


def _first_problem(error: ValidationError, model: type[BaseModel]) -> str:
    """Say what is wrong with one key and what would be right; a wrong key goes before a missing."""
    problems = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    first = problems[0]
    path = [str(part) for part in first["loc"]]
    key = ".".join(path)
    if first["type"] == "extra_forbidden":
        known = _keys(model, path[:-1])
        meant = SYNONYMS.get(path[-1])
        near = f"did you mean {meant!r}?" if meant in known else did_you_mean(path[-1], known)
        return f"the key '{key}' is unknown: {near}"
    if first["type"] == "missing":
        return f"the key '{key}' is missing."
    wanted = WANTED.get(first["type"])
    if wanted is None:
        return f"{key} = {first['input']!r}: {first['msg']}."
    return f"{key} = {first['input']!r} should be {wanted}."


def _keys(model: type[BaseModel], path: Iterable[str]) -> list[str]:
    """Keys of the table at a path inside a file; indices of lists are no keys."""
    for part in path:
        if part in model.model_fields:
            model = _table_in(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _table_in(annotation: Any) -> type[BaseModel] | None:
    """Return the table that a key holds, alone, in a list, or as one of several choices."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _table_in(arg))), None)

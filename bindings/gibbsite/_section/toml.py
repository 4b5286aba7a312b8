"""A section as a TOML file: what the keys are, and what to say of a key that is not one."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from gibbsite._inputs.composition import Bulk, bulk
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .section import AXES, DEFAULT_DATABASE, Axis, Section

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


class Table(BaseModel):
    """A table of a TOML file, whose every key is declared."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class AxisTable(Table):
    """Equally spaced values, both ends included."""

    start: float
    stop: float
    points: int


class RockTable(Table):
    """A rock by key, by weight or by moles."""

    key: str | None = None
    wt: dict[str, Any] | None = None
    mol: dict[str, Any] | None = None
    name: str | None = None
    ignore: Names = []
    source: str | None = None
    status: str | None = None
    left_out_wt: dict[str, float] | None = None


class _Phases(Table):
    only: Names | None = None
    exclude: Names = []


Rock = Annotated[RockTable, BeforeValidator(as_table)]


class _AnySection(Table):
    title: str = ""
    database: str = DEFAULT_DATABASE
    phases: _Phases = _Phases()


class _PressureTemperature(_AnySection):
    kind: Literal["pressure-temperature"]
    pressure_kbar: AxisTable
    temperature_C: AxisTable
    rock: Rock


class _TemperatureComposition(_AnySection):
    kind: Literal["temperature-composition"]
    pressure_kbar: float
    temperature_C: AxisTable
    x: AxisTable
    rock_a: Rock
    rock_b: Rock


class _PressureComposition(_AnySection):
    kind: Literal["pressure-composition"]
    temperature_C: float
    pressure_kbar: AxisTable
    x: AxisTable
    rock_a: Rock
    rock_b: Rock


MODELS: dict[str, type[_AnySection]] = {
    "pressure-temperature": _PressureTemperature,
    "temperature-composition": _TemperatureComposition,
    "pressure-composition": _PressureComposition,
}


def shipped_sections() -> dict[str, str]:
    """Return the TOML text of every section that comes with gibbsite, by name."""
    folder = resources.files("gibbsite") / "sections"
    files = (entry for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return {
        entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8")
        for entry in sorted(files, key=lambda entry: entry.name)
    }


def read_section(path_or_name: str | PathLike[str]) -> Section:
    """Return the section of a TOML file, or a shipped one by its name."""
    path = Path(path_or_name)
    shipped = shipped_sections()
    if path.suffix != ".toml" and str(path_or_name) in shipped:
        return parse_section(shipped[str(path_or_name)], f"section '{path_or_name}'")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(
            f"there is no file and no shipped section named '{path_or_name}': "
            f"{did_you_mean(path.stem, shipped)}"
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not a text file; a section is a TOML file.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    return parse_section(text, str(path))


def parse_section(text: str, source: str) -> Section:
    """Return the section of a TOML text; `source` begins every error."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source} is not valid TOML: {error}.") from None
    if "kind" not in given:
        raise InputError(f"{source}: {_no_kind(given)}")
    kind = given["kind"]
    if not isinstance(kind, str) or kind not in MODELS:
        raise InputError(f"{source}: kind = {kind!r} is unknown: {did_you_mean(str(kind), MODELS)}")
    try:
        table = MODELS[kind].model_validate(given)
    except ValidationError as error:
        raise InputError(f"{source}: {first_problem(error, MODELS[kind])}") from None
    try:
        return _section(table)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def format_section(section: Section) -> str:
    """Return the TOML text of a section, such that `parse_section` gives an equal one."""
    lines = [
        f"title = {_text(section.title)}",
        f"kind = {_text(section.kind)}",
        f"database = {_text(section.database)}",
    ]
    lines += [f"{name} = {value!r}" for name, value in section.fixed.items()]
    names = ("rock",) if len(section.bulks) == 1 else ("rock_a", "rock_b")
    lines += [
        f"{name} = {_rock_text(rock)}" for name, rock in zip(names, section.bulks, strict=True)
    ]
    for axis in (section.rows, section.columns):
        lines += ["", f"[{axis.name}]", f"start = {axis.start!r}", f"stop = {axis.stop!r}"]
        lines.append(f"points = {axis.points}")
    if section.only is not None or section.exclude:
        lines += ["", "[phases]"]
        if section.only is not None:
            lines.append(f"only = {_list(section.only)}")
        lines.append(f"exclude = {_list(section.exclude)}")
    return "\n".join(lines) + "\n"


def _section(table: Any) -> Section:
    def coordinate(name: Any) -> Axis:
        axis = getattr(table, name)
        return Axis(name, axis.start, axis.stop, axis.points)

    axes = AXES[table.kind]
    rocks = ("rock_a", "rock_b") if "x" in axes else ("rock",)
    fixed = {
        name: getattr(table, name)
        for name in ("pressure_kbar", "temperature_C")
        if name not in axes
    }
    only = table.phases.only
    return Section(
        title=table.title,
        kind=table.kind,
        rows=coordinate(axes[0]),
        columns=coordinate(axes[1]),
        bulks=tuple(read_rock(name, getattr(table, name)) for name in rocks),
        database=table.database,
        only=None if only is None else tuple(only),
        exclude=tuple(table.phases.exclude),
        **fixed,
    )


def read_rock(name: str, table: RockTable) -> Bulk:
    """Return the rock of a table; its name begins every error."""
    ignore = "outside" if table.ignore == ["outside"] else table.ignore
    try:
        rock = bulk(table.key, wt=table.wt, mol=table.mol, name=table.name, ignore=ignore)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    if table.source is not None:
        rock = replace(rock, source=table.source)
    if table.status is not None:
        rock = replace(rock, status=table.status)
    if table.left_out_wt is not None:
        rock = replace(rock, left_out=tuple(table.left_out_wt.items()))
    return rock


def first_problem(error: ValidationError, model: type[BaseModel]) -> str:
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


def _no_kind(given: Iterable[str]) -> str:
    known = {key for model in MODELS.values() for key in model.model_fields}
    for key in given:
        if key not in known and (SYNONYMS.get(key) == "kind" or get_close_matches(key, ["kind"])):
            return f"the key '{key}' is unknown: did you mean 'kind'?"
    return f"the key 'kind' is missing; it is one of {', '.join(MODELS)}."


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


def _text(value: str) -> str:
    """Return a TOML basic string; what cannot be printed is escaped."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    shown = (c if c.isprintable() or c == " " else f"\\U{ord(c):08X}" for c in escaped)
    return f'"{"".join(shown)}"'


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(_text(name) for name in names)}]"


def _rock_text(rock: Bulk) -> str:
    """Return a rock by its key where that says all, else its moles and where they come from."""
    if rock.key and bulk(rock.key, ignore="outside") == rock:
        if not rock.left_out:
            return _text(rock.key)
        return f'{{ key = {_text(rock.key)}, ignore = "outside" }}'
    parts = [
        f"mol = {_amounts(rock.mol)}",
        f"name = {_text(rock.name)}",
        f"source = {_text(rock.source)}",
        f"status = {_text(rock.status)}",
    ]
    if rock.left_out:
        parts.append(f"left_out_wt = {_amounts(rock.left_out_wt)}")
    return f"{{ {', '.join(parts)} }}"


def _amounts(amounts: dict[str, float]) -> str:
    return f"{{ {', '.join(f'{_text(name)} = {amount!r}' for name, amount in amounts.items())} }}"

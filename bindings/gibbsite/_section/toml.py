"""A section as a TOML file: what its keys are, and what they mean."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from os import PathLike
from typing import Any, Final, Literal, TypeVar

from pydantic import Field, create_model

from gibbsite.errors import InputError
from gibbsite.toml import (
    SYNONYMS,
    AxisTable,
    Names,
    Rock,
    TomlTable,
    as_declared,
    did_you_mean,
    find_text,
    parse_text,
    read_rock,
    shipped_texts,
)

from .axes import AXES, POTENTIALS, Axis
from .windows import as_windows

Made = TypeVar("Made")


class _Phases(TomlTable):
    only: Names | None = None
    exclude: Names = Field(default_factory=list)
    choose: Names = Field(default_factory=list)


class _AnySection(TomlTable):
    title: str = ""
    database: str = ""
    properties: Names = Field(default_factory=list)
    phases: _Phases = _Phases()
    open: dict[str, str | float] = Field(default_factory=dict)
    windows: dict[str, list[float]] = Field(default_factory=dict)


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


FIXED: Final = ("pressure_kbar", "temperature_C")


def _along_potential(kind: str) -> type[_AnySection]:
    """Return what the file of a section declares along whose axis a potential is given."""
    axes = AXES[kind]
    declared: dict[str, Any] = {"kind": (Literal[kind], ...), "along": (str, ...)}
    declared |= {name: (AxisTable, ...) for name in axes}
    declared |= {name: (float, ...) for name in FIXED if name not in axes}
    rocks = ("rock_a", "rock_b") if "x" in axes else ("rock",)
    declared |= {name: (Rock, ...) for name in rocks}
    return create_model(kind, __base__=_AnySection, **declared)


MODELS: dict[str, type[_AnySection]] = {
    "pressure-temperature": _PressureTemperature,
    "temperature-composition": _TemperatureComposition,
    "pressure-composition": _PressureComposition,
    **{kind: _along_potential(kind) for kind, axes in AXES.items() if {*axes} & {*POTENTIALS}},
}


def shipped_sections() -> dict[str, str]:
    """Return the TOML text of every section that comes with gibbsite, by name."""
    return shipped_texts("gibbsite", "sections")


def read_section(path_or_name: str | PathLike[str], make: Callable[..., Made]) -> Made:
    """Return what `make` makes of a TOML file, or of a shipped one by its name."""
    return parse_section(*find_text(path_or_name, shipped_sections(), "section"), make)


def parse_section(text: str, source: str, make: Callable[..., Made]) -> Made:
    """Return what `make` makes of the section of a TOML text.

    Parameters
    ----------
    text : str
        The TOML text.
    source : str
        Begins every error.
    make : callable
        Takes the attributes of a section by their names: the class itself.
    """
    given = parse_text(text, source)
    if "kind" not in given:
        raise InputError(f"{source}: {_no_kind(given)}")
    kind = given["kind"]
    if not isinstance(kind, str) or kind not in MODELS:
        raise InputError(f"{source}: kind = {kind!r} is unknown: {did_you_mean(str(kind), MODELS)}")
    table = as_declared(MODELS[kind], given, source)
    try:
        return make(**_parts(table))
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def _parts(table: Any) -> dict[str, Any]:
    def coordinate(name: Any) -> Axis:
        axis = getattr(table, name)
        return Axis(name, axis.start, axis.stop, axis.points)

    axes = AXES[table.kind]
    rocks = ("rock_a", "rock_b") if "x" in axes else ("rock",)
    fixed = {name: getattr(table, name) for name in FIXED if name not in axes}
    only = table.phases.only
    return dict(
        title=table.title,
        kind=table.kind,
        rows=coordinate(axes[0]),
        columns=coordinate(axes[1]),
        bulks=tuple(read_rock(name, getattr(table, name)) for name in rocks),
        database=table.database,
        only=None if only is None else tuple(only),
        exclude=tuple(table.phases.exclude),
        choose=tuple(table.phases.choose),
        open=tuple(table.open.items()),
        along=getattr(table, "along", ""),
        windows=as_windows(table.windows),
        properties=tuple(table.properties),
        **fixed,
    )


def _no_kind(given: Iterable[str]) -> str:
    known = {key for model in MODELS.values() for key in model.model_fields}
    for key in given:
        if key not in known and (SYNONYMS.get(key) == "kind" or get_close_matches(key, ["kind"])):
            return f"the key '{key}' is unknown: did you mean 'kind'?"
    return f"the key 'kind' is missing; it is one of {', '.join(MODELS)}."

"""A study as a TOML file: which parts it has, with which rocks, grids and seeds."""

from os import PathLike
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, field_validator

from gibbsite import Bulk, MineralMelt, Section, mineral_melt
from gibbsite.errors import InputError
from gibbsite.toml import (
    AxisTable,
    Pressure,
    RockTable,
    Temperature,
    TomlTable,
    as_declared,
    as_table,
    did_you_mean,
    find_text,
    parse_text,
    read_rock,
    shipped_texts,
)
from gibbsite_datasets import (
    TableError,
    load_bulks,
    load_components,
    load_magma_oceans,
    load_ranges,
    load_targets,
    load_traces,
    model_names,
    outside_oxides,
)

COARSE_POINTS = 9
COARSE_ROCKS = 12
LEAST_RESIDUAL = 1e-3
"""Of all anorthite, some must have stayed in the rock for the rest to be inferred [1]."""


class StudyRock(RockTable):
    """A rock, with oxides that its source lacks added."""

    add_wt: dict[str, float] = Field(default_factory=dict)

    def bulk(self) -> Bulk:
        """Return the rock."""
        if not self.add_wt:
            return read_rock("rock", self)
        record = load_bulks().get(self.key or "")
        if record is None:
            raise InputError("rock: add_wt adds to a rock that is given by its key.")
        oxides = dict(record.oxides_wt)
        for oxide, weight in self.add_wt.items():
            oxides[oxide] = oxides.get(oxide, 0.0) + weight
        added = ", ".join(f"{oxide} {weight:g}" for oxide, weight in self.add_wt.items())
        table = self.model_copy(
            update={
                "key": None,
                "wt": oxides,
                "name": f"{record.name}, with {added} wt% added",
                "source": record.source,
                "status": record.status,
            }
        )
        return read_rock("rock", table)


Rock = Annotated[StudyRock, BeforeValidator(as_table)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Percent = Annotated[float, Field(ge=0.0, le=100.0)]
Pair = Annotated[tuple[float, float], Field(strict=False)]
Count = Annotated[int, Field(ge=2, le=100_000)]


def _once(kind: str, names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError(f"{kind} is there twice")
    return names


def _between(name: str, axis: AxisTable, low: float, high: float) -> None:
    for end in (axis.start, axis.stop):
        if not low <= end <= high:
            raise InputError(f"{name}: {end:g} is outside {low:g} to {high:g}.")


def _known(kind: str, names: Any, known: Any) -> None:
    for name in [names] if isinstance(names, str) else names:
        if name not in known:
            raise InputError(f"{kind} = {name!r} is unknown: {did_you_mean(name, known)}")


class Melting(TomlTable):
    """A rock through pressure and temperature."""

    rock: Rock
    pressure_kbar: AxisTable
    temperature_C: AxisTable
    curve_points: Count
    melt_pressure_kbar: Pressure
    melt_at_C: list[Temperature]
    below_solidus_C: Temperature

    def section(self, database: str) -> Section:
        """Return the section of the part."""
        rock = self.rock.bulk()
        return Section.pressure_temperature(
            rock,
            pressure_kbar=_ends(self.pressure_kbar),
            temperature_C=_ends(self.temperature_C),
            database=database,
            title=rock.name,
        )

    def coarse(self) -> "Melting":
        """Return the same with few points."""
        return self.model_copy(
            update={
                "pressure_kbar": _coarse(self.pressure_kbar),
                "temperature_C": _coarse(self.temperature_C, 4 * COARSE_POINTS),
                "curve_points": min(self.curve_points, 4),
            }
        )


class Subsolidus(TomlTable):
    """Rocks below their solidus."""

    rocks: list[Rock] = Field(min_length=1)
    average: Rock
    average_at_C: Temperature
    pressure_kbar: Pressure
    below_solidus_C: Annotated[float, Field(gt=0.0)]


class Ensemble(TomlTable):
    """Random rocks inside ranges of oxides."""

    ranges: str
    rocks: Count
    seed: Annotated[int, Field(ge=0)]
    total_wt: Pair

    def coarse(self) -> "Ensemble":
        """Return the same with few rocks."""
        return self.model_copy(update={"rocks": min(self.rocks, COARSE_ROCKS)})


class Restoration(TomlTable):
    """The assemblage before anorthite and quartz floated."""

    quartz: Percent
    residual: AxisTable
    late_percent: Percent


class Candidate(TomlTable):
    """A rock for x = 0, and what to call it."""

    name: str
    rock: Rock


class Mixing(TomlTable):
    """Mixtures of two rocks at one pressure."""

    candidates: list[Candidate] = Field(min_length=1)
    rock_b: Rock
    pressure_kbar: Pressure
    temperature_C: AxisTable
    x: AxisTable
    melt_at_C: list[Temperature]
    melt_isopleths: list[Percent]
    curve_points: Count
    below_solidus_C: Annotated[float, Field(gt=0.0)]

    def section(self, candidate: Candidate, database: str) -> Section:
        """Return the section from a candidate to the second rock."""
        return Section.temperature_composition(
            candidate.rock.bulk(),
            self.rock_b.bulk(),
            pressure_kbar=self.pressure_kbar,
            temperature_C=_ends(self.temperature_C),
            steps=self.x.points,
            x=(self.x.start, self.x.stop),
            database=database,
        )

    def coarse(self) -> "Mixing":
        """Return the same with few points."""
        return self.model_copy(
            update={
                "temperature_C": _coarse(self.temperature_C, 4 * COARSE_POINTS),
                "x": _coarse(self.x),
                "curve_points": min(self.curve_points, 5),
            }
        )


class Equations(TomlTable):
    """Mineral-melt equations, and how far they are followed."""

    models: list[str] = Field(min_length=1)
    """Names, or folders of models of one's own, which have a slash in them."""
    until_melt_fraction: Fraction
    increment: Annotated[float, Field(ge=1e-5, le=0.05)]

    @field_validator("models")
    @classmethod
    def _models_differ(cls, names: list[str]) -> list[str]:
        return _once("a model", names)

    def made(self) -> list[MineralMelt]:
        """Return the models."""
        return [mineral_melt(Path(name) if "/" in name else name) for name in self.models]

    def coarse(self) -> "Equations":
        """Return the same with long steps."""
        return self.model_copy(update={"increment": max(self.increment, 0.01)})


class Crystallisation(TomlTable):
    """A lava and a glass, crystallised by the minimiser and, if wanted, by equations."""

    lava: Rock
    glass: Rock
    beads: str
    pressure_kbar: Pressure
    step_C: Annotated[float, Field(gt=0.0, le=50.0)]
    equations: Equations | None = None

    def coarse(self) -> "Crystallisation":
        """Return the same with long steps."""
        equations = self.equations and self.equations.coarse()
        return self.model_copy(update={"step_C": max(self.step_C, 10.0), "equations": equations})


class RareEarths(TomlTable):
    """Mixing of a cumulate of a magma ocean with KREEP."""

    chondrite: str
    magma_ocean: str
    sequence: str
    equilibrium_to: Percent
    cumulate_at: Percent
    trapped_liquid: Fraction
    kreep: list[str] = Field(min_length=1)
    level: Pair
    fractions: AxisTable


class Components(TomlTable):
    """Principal components of major oxides."""

    oxides: list[str] = Field(min_length=2)
    basalt: str
    beads: list[str] = Field(min_length=1)
    others: list[str] = Field(default_factory=list)
    ranges: str

    @field_validator("oxides")
    @classmethod
    def _oxides_differ(cls, names: list[str]) -> list[str]:
        return _once("an oxide", names)


class Missing(TomlTable):
    """What is not public, and what is taken instead."""

    what: str
    instead: str


class Study(TomlTable):
    """A study: its publication, databases, and parts, each of which may be left out."""

    title: str
    publication: str
    databases: list[str] = Field(min_length=1)
    targets: str
    missing: list[Missing] = Field(default_factory=list)
    melting: Melting | None = None
    subsolidus: Subsolidus | None = None
    ensemble: Ensemble | None = None
    restoration: Restoration | None = None
    mixing: Mixing | None = None
    crystallisation: Crystallisation | None = None
    rare_earths: RareEarths | None = None
    components: Components | None = None

    @field_validator("databases")
    @classmethod
    def _databases_differ(cls, names: list[str]) -> list[str]:
        return _once("a database", names)

    def coarse(self) -> "Study":
        """Return the same study with few points, for a quick look."""
        parts = {
            name: part.coarse()
            for name in type(self).model_fields
            if hasattr(part := getattr(self, name), "coarse")
        }
        return self.model_copy(update=parts)


def axis_values(table: AxisTable) -> NDArray[np.float64]:
    """Return the values of an axis that is no coordinate of a section."""
    return np.linspace(table.start, table.stop, table.points)


def _coarse(axis: AxisTable, points: int = COARSE_POINTS) -> AxisTable:
    return axis.model_copy(update={"points": min(axis.points, points)})


def shipped_studies() -> dict[str, str]:
    """Return the TOML text of every study that comes with gibbsite, by name."""
    return shipped_texts("gibbsite_studies", "plans")


def read_study(path_or_name: str | PathLike[str]) -> Study:
    """Return the study of a TOML file, or a shipped one by its name.

    Raises
    ------
    InputError
        With the file, the key and the value that cannot be meant.
    """
    return parse_study(*find_text(path_or_name, shipped_studies(), "study"))


def parse_study(text: str, source: str) -> Study:
    """Return the study of a TOML text; `source` begins every error."""
    study = as_declared(Study, parse_text(text, source), source)
    try:
        _check_names(study)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    except TableError as error:
        raise InputError(f"{source}: {error}.") from None
    return study


def _check_names(study: Study) -> None:
    """Raise InputError for a rock, range, table or axis that there is not."""
    _known("databases", study.databases, model_names())
    load_targets(study.targets)
    if (melting := study.melting) is not None:
        melting.section(study.databases[0])
    if (below := study.subsolidus) is not None:
        for rock in (*below.rocks, below.average):
            rock.bulk()
    if study.ensemble is not None:
        _known("ensemble.ranges", study.ensemble.ranges, load_ranges())
    if study.restoration is not None and study.subsolidus is None:
        raise InputError("the part restoration needs the part subsolidus, which is not there.")
    if study.restoration is not None:
        _between("restoration.residual", study.restoration.residual, LEAST_RESIDUAL, 1.0)
    if (mixing := study.mixing) is not None:
        for candidate in mixing.candidates:
            mixing.section(candidate, study.databases[0])
    if (crystallisation := study.crystallisation) is not None:
        crystallisation.lava.bulk()
        crystallisation.glass.bulk()
        _known("crystallisation.beads", crystallisation.beads, load_ranges())
        if crystallisation.equations is not None:
            crystallisation.equations.made()
    if (ree := study.rare_earths) is not None:
        _known("rare_earths", [ree.chondrite, ree.magma_ocean, *ree.kreep], load_traces())
        _known("rare_earths.sequence", ree.sequence, load_magma_oceans())
        _between("rare_earths.fractions", ree.fractions, 0.0, 1.0)
    if (pca := study.components) is not None:
        _known("components", [pca.basalt, *pca.beads, *pca.others], load_bulks())
        _known("components.ranges", pca.ranges, load_ranges())
        oxides = [oxide.name for oxide in (*load_components(), *outside_oxides())]
        _known("components.oxides", pca.oxides, oxides)


def _ends(axis: AxisTable) -> tuple[float, float, int]:
    return axis.start, axis.stop, axis.points

"""What a result file holds: variables, units, profiles, and the tiles a grid is cut into."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from gibbsite._version import __version__
from gibbsite.errors import InputError
from gibbsite_engine.status import ANSWERED_BY_NAMES, NOT_RUN, SOLVED_AGAIN_NAMES, STATUS_NAMES

if TYPE_CHECKING:
    from gibbsite._inputs.database import Database

SCHEMA_VERSION: Final = 2
TILE_SHAPE: Final = (32, 32)
LARGE_TILE: Final = (64, 64)  # a chunk costs as much as its numbers do: half the time of writing
_TILES_AT_LEAST: Final = 32
"""So many threads must find work, and so much of a run that is killed be kept."""
LIGHT_BITS: Final = 15  # 2**-16 relative: 0.002 % of a mode, far below what is plotted

COORDINATES: Final[Mapping[str, tuple[str, str]]] = {
    "pressure_kbar": ("kbar", "pressure"),
    "temperature_C": ("degC", "temperature"),
    "x": ("1", "mole fraction of the second rock"),
    "log10_fO2": ("1", "log10 of the fugacity of oxygen in bar"),
    "offset": ("1", "log10 fO2 less that of {along}"),
    "activity": ("1", "activity of {along}"),
}
"""Coordinate -> (unit, long name, in which {along} is the buffer or component of a potential)."""


def tile_for(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the points of a tile along each axis of a grid: large ones where there are many."""
    tiles = math.prod(-(-n // t) for n, t in zip(shape, LARGE_TILE, strict=False))
    return LARGE_TILE if tiles >= _TILES_AT_LEAST else TILE_SHAPE


def about_axis(name: str, along: str = "") -> dict[str, str]:
    """Return the attributes of a coordinate, as CF has them.

    Parameters
    ----------
    name : str
        The coordinate.
    along : str
        Of a section along a potential: which buffer or component is meant.
    """
    units, long_name = COORDINATES[name]
    about = {"units": units, "long_name": long_name.format(along=along)}
    return about | {"along": along} if "{along}" in long_name else about


PROOF_BITS: Final[Mapping[str, int]] = {
    "proved_whole": 1,
    "proved_by_cells": 2,
    "refuted": 4,
    "undecided": 8,
    "takes_no_part": 16,
    "proved_nearby": 32,
}
"""Bits of the variable `proof`, per phase; none is set where a phase was only searched."""


class SectionLike(Protocol):
    """What is asked of a section by those who compute and store it."""

    @property
    def title(self) -> str:
        """One line for people."""

    @property
    def axes(self) -> Mapping[str, NDArray[np.float64]]:
        """Values along each axis by name, the slow one first."""

    @property
    def pressure_kbar(self) -> float | None:
        """The pressure of all points [kbar], None where it is an axis."""

    @property
    def temperature_C(self) -> float | None:
        """The temperature of all points [degC], None where it is an axis."""

    @property
    def database(self) -> str:
        """Name of the thermodynamic database."""

    @property
    def along(self) -> str:
        """What the potential is that varies along an axis, in words; empty where none does."""

    @property
    def properties(self) -> tuple[str, ...]:
        """What is stored besides, by name."""

    @property
    def outside_range(self) -> str:
        """What the database is not for, in words; empty where there is nothing."""

    @property
    def sha256(self) -> str:
        """Hash of what the answer depends on."""

    def load_database(self) -> "Database":
        """Return the database with the phases that take part."""

    def to_toml(self) -> str:
        """Return the section as TOML, enough to compute it again."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The names that the numbers of a result refer to.

    Parameters
    ----------
    database, database_sha256 : str
        Key and hash of the thermodynamic data.
    components : tuple of str
        Oxides, in the order of every component axis.
    molar_mass : tuple of float
        Of the components [g/mol].
    phases, phase_long_names : tuple of str
        Keys and names; a phase id is an index into them.
    endmembers : tuple of tuple of str
        Names of the end-members of each phase.
    options : Mapping
        Settings of the solver that the answer may depend on.
    """

    database: str
    database_sha256: str
    components: tuple[str, ...]
    molar_mass: tuple[float, ...]
    phases: tuple[str, ...]
    phase_long_names: tuple[str, ...]
    endmembers: tuple[tuple[str, ...], ...]
    options: Mapping[str, object] = field(default_factory=dict)

    def sizes(self) -> dict[str, int]:
        """Lengths of the axes a variable can have beside those of the grid."""
        from gibbsite_engine.layout import n_slots  # Numba, for which who only reads need not wait

        return {
            "component": len(self.components),
            "slot": n_slots(len(self.components)),
            "endmember": max(len(names) for names in self.endmembers),
            "phase": len(self.phases),
        }


@dataclass(frozen=True, slots=True)
class Variable:
    """One array of a result file.

    Parameters
    ----------
    name : str
        Key in the file.
    dims : tuple of str
        Axes after those of the grid.
    dtype : str
        NumPy dtype, little-endian.
    units, long_name : str
        As CF has them.
    empty : float
        Value in slots that hold no phase.
    bits : int or None
        Bits of the mantissa that are kept, None for all.
    comment : str
        What else is to be known of its numbers.
    meanings : tuple of str
        What its numbers mean, from 0 on, if they are no quantities.
    """

    name: str
    dims: tuple[str, ...]
    dtype: str
    units: str
    long_name: str
    empty: float = math.nan
    bits: int | None = None
    comment: str = ""
    meanings: tuple[str, ...] = ()

    @property
    def not_run(self) -> float:
        """Value at the points of a tile that was not run."""
        return math.nan if self.dtype[1] == "f" else self.empty

    @property
    def fill(self) -> float:
        """Value that HDF5 gives where no chunk is stored; none of an answer, and never needed."""
        if self.name == "status":
            return NOT_RUN
        return math.nan if self.dtype[1] == "f" else -1


_SLOT = ("slot",)
_VARIABLES: Final = (
    Variable("status", (), "<i1", "1", "outcome at the point", NOT_RUN),
    Variable("answered_by", (), "<i1", "1", "solver that gave the answer", 0),
    Variable("iterations", (), "<i2", "1", "Newton iterations", 0),
    Variable("solved_again", (), "<i1", "1", "comparison with the point solved alone", 0),
    Variable(
        "phase_id", _SLOT, "<i2", "1", "phase, counted from 0 as in phase_name; -1 where empty", -1
    ),
    Variable("instance", _SLOT, "<i1", "1", "number of the instance on a solvus", 0),
    Variable("amount_mol", _SLOT, "<f8", "mol", "formula units per mole of oxides", 0),
    Variable("mole_fraction", _SLOT, "<f8", "1", "fraction of the moles of oxides", 0),
    Variable("mass_fraction", _SLOT, "<f8", "1", "fraction of the mass", 0),
    Variable("volume_fraction", _SLOT, "<f8", "1", "fraction of the volume", 0),
    Variable("proportions", ("slot", "endmember"), "<f8", "1", "proportions of the end-members", 0),
    Variable(
        "phase_composition_mol",
        ("slot", "component"),
        "<f8",
        "1",
        "mole fractions of the oxides in the phase",
        0,
    ),
    Variable("bulk_mol", ("component",), "<f8", "mol", "bulk composition, sum 1"),
    Variable("chemical_potential", ("component",), "<f8", "kJ mol-1", "chemical potentials"),
    Variable("gibbs_energy", (), "<f8", "kJ mol-1", "Gibbs energy per mole of oxides"),
    Variable("entropy", (), "<f8", "kJ K-1 mol-1", "entropy per mole of oxides"),
    Variable("volume", (), "<f8", "kJ kbar-1 mol-1", "volume per mole of oxides"),
    Variable("density", (), "<f8", "kg m-3", "density"),
    Variable("optimality_residual", (), "<f8", "kJ", "largest abs(mu - C'Gamma) of present phases"),
    Variable("mass_residual", (), "<f8", "mol", "largest mass-balance residual"),
    Variable(
        "lowest_driving_force",
        (),
        "<f8",
        "kJ mol-1",
        "lowest driving force that a search found, per mole of atoms; inf where all is proved",
    ),
    Variable(
        "lowest_driving_force_phase",
        (),
        "<i2",
        "1",
        "its phase, counted from 0 as in phase_name; -1 for none",
        -1,
    ),
)
PROOF: Final = Variable(
    "proof",
    ("phase",),
    "<i1",
    "1",
    "what was proved of each phase; 0 where it was only searched",
    0,
)
RELAXED_STATUS: Final = "relaxed_status"
"""The variable that says why a point has no relaxed properties, where some are stored."""
_MELT = Variable(
    "melt_composition_mol",
    ("component",),
    "<f4",
    "1",
    "mole fractions of the oxides in all melt",
    bits=LIGHT_BITS,
)
# What a warm start does not need can be had again from the proportions.
_DERIVED: Final = {
    "mole_fraction",
    "mass_fraction",
    "volume_fraction",
    "phase_composition_mol",
    "optimality_residual",
    "mass_residual",
    "lowest_driving_force",
}
_MODES: Final = {"mole_fraction", "mass_fraction", "volume_fraction"}
_LIGHT: Final = {"status", "phase_id", "instance", "density"} | _MODES


def _rounded(variable: Variable, bits: int | None = None) -> Variable:
    dtype = "<f4" if variable.dtype == "<f8" else variable.dtype
    return replace(variable, dtype=dtype, bits=bits)


def as_kept(properties: tuple[Variable, ...], profile: str) -> tuple[Variable, ...]:
    """Return the variables of properties as a profile keeps them."""
    return properties if profile == "full" else tuple(_rounded(each) for each in properties)


PROFILES: Final[Mapping[str, tuple[Variable, ...]]] = {
    "full": _VARIABLES,
    "compact": tuple(_rounded(v) if v.name in _DERIVED else v for v in _VARIABLES),
    "light": (
        *(
            _rounded(v, LIGHT_BITS if v.name in _MODES else None)
            for v in _VARIABLES
            if v.name in _LIGHT
        ),
        _MELT,
    ),
}
"""`full` as the solver gave it; `compact` with what a restart does not need in single precision;
`light` with assemblage, modes, density and melt only."""


EMPTY: Final[Mapping[str, float]] = {
    variable.name: variable.empty for variable in (*_VARIABLES, PROOF, _MELT)
}
"""Variable -> its value in slots that hold no phase."""


def flags(variable: Variable, phases: tuple[str, ...]) -> dict[str, object]:
    """Return what the numbers of a variable mean, as CF attributes; nothing if they are quantities.

    Parameters
    ----------
    variable : Variable
        Of a result.
    phases : tuple of str
        Keys of the phases.
    """
    if variable.name == "proof":
        masks = np.array(list(PROOF_BITS.values()), variable.dtype)
        return {"flag_masks": masks, "flag_meanings": " ".join(PROOF_BITS)}
    meanings = {
        "status": STATUS_NAMES,
        "answered_by": ANSWERED_BY_NAMES,
        "solved_again": SOLVED_AGAIN_NAMES,
        "phase_id": phases,
        "lowest_driving_force_phase": phases,
    }.get(variable.name, variable.meanings)
    if not meanings:
        return {}
    values = np.arange(len(meanings), dtype=variable.dtype)
    return {"flag_values": values, "flag_meanings": " ".join(meanings)}


def attributes(
    variable: Variable, phases: tuple[str, ...], coordinates: str = ""
) -> dict[str, object]:
    """Return what is said of a variable: unit, name, what its numbers mean and what else is known."""
    about: dict[str, object] = {"units": variable.units, "long_name": variable.long_name}
    if coordinates:
        about["coordinates"] = coordinates
    about |= flags(variable, phases)
    return about | ({"comment": variable.comment} if variable.comment else {})


@dataclass(frozen=True, slots=True)
class Text:
    """Names along one axis of a result file.

    Parameters
    ----------
    name, dim : str
        Key in the file, and the axis.
    values : tuple of str
        One for each place along the axis.
    long_name : str
        As CF has it.
    """

    name: str
    dim: str
    values: tuple[str, ...]
    long_name: str


@dataclass(frozen=True)
class Layout:
    """A result file before it has any result: axes, tables, variables and tiles.

    Parameters
    ----------
    title : str
        One line for people.
    axes : tuple of (str, ndarray)
        Name and values of the axes of the grid, the slow one first.
    fixed : Mapping
        Coordinates that are the same at every point.
    toml, sha256 : str
        The section and its hash.
    tables : Tables
        Names and database.
    profile : str
        A key of `PROFILES`.
    tile : tuple of int
        Points of a tile along each axis; also the chunk of every dataset.
    texts : tuple of Text
        Names along an axis, in the place of its numbers, and further texts of it.
    proof : bool
        Whether the file holds what was proved of each phase.
    slots : int or None
        Slots of the file: those that its fullest point fills; None until that is known, and for
        the answers of a tile.
    outside_range : str
        What of the section the database is not for, in words.
    along : str
        What the potential is that varies along an axis; empty where none does.
    properties : tuple of Variable
        What is stored besides; in the profiles compact and light in single precision.
    """

    title: str
    axes: tuple[tuple[str, NDArray[np.float64]], ...]
    fixed: Mapping[str, float]
    toml: str
    sha256: str
    tables: Tables
    profile: str
    tile: tuple[int, ...]
    texts: tuple[Text, ...] = ()
    proof: bool = False
    slots: int | None = None
    outside_range: str = ""
    along: str = ""
    properties: tuple[Variable, ...] = ()

    @classmethod
    def of(
        cls,
        section: SectionLike,
        tables: Tables,
        profile: str = "full",
        tile: tuple[int, ...] = TILE_SHAPE,
        proof: bool = False,
        properties: tuple[Variable, ...] = (),
    ) -> "Layout":
        """Lay out the results of a section."""
        if profile not in PROFILES:
            raise InputError(f"profile = {profile!r} is not one of {', '.join(PROFILES)}.")
        if len(tile) != len(section.axes) or min(tile) < 1:
            raise InputError(f"tile = {tile} does not fit a grid of {len(section.axes)} axes.")
        axes = tuple(
            (name, np.asarray(values, dtype=np.float64)) for name, values in section.axes.items()
        )
        fixed = {"pressure_kbar": section.pressure_kbar, "temperature_C": section.temperature_C}
        return cls(
            section.title,
            axes,
            {name: value for name, value in fixed.items() if value is not None},
            section.to_toml(),
            section.sha256,
            tables,
            profile,
            tuple(min(t, len(values)) for t, (_, values) in zip(tile, axes, strict=True)),
            proof=proof,
            outside_range=section.outside_range,
            along=section.along,
            properties=properties,
        )

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The arrays the file holds at every point."""
        return (*PROFILES[self.profile], *((PROOF,) if self.proof else ()), *self.asked)

    @property
    def asked(self) -> tuple[Variable, ...]:
        """Those of them that hold properties."""
        return as_kept(self.properties, self.profile)

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the axes of the grid."""
        return tuple(name for name, _ in self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Points along each axis."""
        return tuple(len(values) for _, values in self.axes)

    @property
    def tiles(self) -> tuple[int, ...]:
        """Tiles along each axis."""
        return tuple(-(-n // t) for n, t in zip(self.shape, self.tile, strict=True))

    @property
    def n_tiles(self) -> int:
        """Number of tiles."""
        return math.prod(self.tiles)

    @property
    def n_points(self) -> int:
        """Number of points."""
        return math.prod(self.shape)

    def corner(self, tile: int) -> tuple[int, ...]:
        """Return the index of the first point of a tile along each axis."""
        place = np.unravel_index(tile, self.tiles)
        return tuple(int(i) * t for i, t in zip(place, self.tile, strict=True))

    def slices(self, tile: int) -> tuple[slice, ...]:
        """Return the points of a tile along each axis."""
        return tuple(
            slice(i, min(i + t, n))
            for i, t, n in zip(self.corner(tile), self.tile, self.shape, strict=True)
        )

    def rock(self, tile: int) -> int:
        """Return which rock a tile is of, where there are many."""
        return self.corner(tile)[0] if self.dims[0] == "rock" else 0

    def grid(self, tile: int) -> tuple[int, ...]:
        """Return the number of points of a tile along each axis."""
        return tuple(s.stop - s.start for s in self.slices(tile))

    def points(self, tile: int) -> int:
        """Return the number of points of a tile."""
        return math.prod(self.grid(tile))

    def sizes(self) -> dict[str, int]:
        """Return the lengths of the axes a variable can have beside those of the grid."""
        sizes = self.tables.sizes()
        return sizes if self.slots is None else sizes | {"slot": self.slots}

    def trailing(self, variable: Variable) -> tuple[int, ...]:
        """Return the lengths of a variable's axes after those of the grid."""
        sizes = self.sizes()
        return tuple(sizes[dim] for dim in variable.dims)

    def identity(self) -> dict[str, str | int]:
        """Return all that decides the numbers in the file: results mix only if it is the same."""
        return {
            "schema_version": SCHEMA_VERSION,
            "gibbsite_version": __version__,
            "database": self.tables.database,
            "database_sha256": self.tables.database_sha256,
            "options": json.dumps(dict(self.tables.options), sort_keys=True),
            "section_sha256": self.sha256,
            "profile": self.profile,
            "absent_phases_proved": int(self.proof),
            "grid_shape": " x ".join(map(str, self.shape)),
            "tile_shape": " x ".join(map(str, self.tile)),
        }


def difference(theirs: Mapping[str, object], ours: Mapping[str, object]) -> str:
    """Return what differs between two identities, as words; empty if nothing does."""
    return "; ".join(
        f"{key} is {_short(theirs.get(key))} there and {_short(value)} here"
        for key, value in ours.items()
        if theirs.get(key) != value
    )


def _short(value: object) -> str:
    text = str(value)
    is_hash = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return text[:12] if is_hash else repr(value)

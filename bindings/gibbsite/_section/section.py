"""What a diagram is: two axes, a rock or a line between two, a database. It computes nothing."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from html import escape
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._inputs.composition import Bulk, bulk, check_bulk
from gibbsite._inputs.given import by_name, names, number
from gibbsite._inputs.guides import none_named, outside_ranges, say_outside
from gibbsite._inputs.limits import to_kelvin
from gibbsite._inputs.properties import read_properties
from gibbsite._lazy import LazyModule
from gibbsite._showing import html_facts
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import set_components

from .axes import AXES, POTENTIALS, Axis, AxisName, SectionKind, check_coordinate
from .potential import FUGACITY, axis_of, component_of, given_at
from .windows import as_windows

if TYPE_CHECKING:
    from gibbsite._inputs import database as data
else:
    data = LazyModule("gibbsite._inputs.database")

_UNITS: Final = {"pressure_kbar": "kbar", "temperature_C": "°C"}


class SectionPoints(NamedTuple):
    """Conditions and rock at n points of a section."""

    pressure_kbar: NDArray[np.float64]
    """Pressure [kbar], shape (n,)."""
    temperature_K: NDArray[np.float64]
    """Temperature [K], shape (n,)."""
    bulk_mol: NDArray[np.float64]
    """Moles of each component per mole of oxides, shape (n, n_components)."""
    potential: NDArray[np.float64]
    """Values along the axis of a potential, shape (n,); NaN where there is no such axis."""


@dataclass(frozen=True, slots=True)
class Section:
    """A diagram to be computed. Made by one of the constructors or from a TOML file.

    Attributes
    ----------
    title : str
        What to write above the picture; no part of the identity.
    kind : str
        Its two axes, the vertical one first: "pressure-temperature", "temperature-composition",
        "temperature-offset" and the like; see `gibbsite._section.axes.AXES`.
    rows, columns : Axis
        Vertical and horizontal axis of the picture.
    bulks : tuple of Bulk
        The rock; or the rocks at x = 0 and x = 1, mixed linearly in moles of oxides.
    pressure_kbar : float or None
        The pressure of all points [kbar], where it is no axis.
    temperature_C : float or None
        The temperature of all points [degC], where it is no axis.
    database : str
        Name of the thermodynamic database.
    only : tuple of str or None
        The phases considered; None for all of the database.
    exclude : tuple of str
        Phases left out of consideration.
    choose : tuple of str
        Models of a mineral in place of those that the database takes unasked.
    open : tuple of (str, str or float)
        Components whose potential is given, and by what, as of `gibbsite.opened`.
    windows : tuple of (str, (float, float))
        PHASE.OXIDE and the least and greatest share [wt%], as of `gibbsite.database`.
    along : str
        What the potential is that varies along an axis: "log10 fO2", a buffer or a component.
    properties : tuple of str
        What is stored besides, PART.PROPERTY.DETAIL: names of `dataset.gb.property` ("alpha",
        "vp"), before them the part or phase ("solid.vs"), after them the kind of a derivative
        ("alpha.relaxed") or the rule of melt ("vp.clark-lesher").
    """

    title: str
    kind: SectionKind
    rows: Axis
    columns: Axis
    bulks: tuple[Bulk, ...]
    pressure_kbar: float | None = None
    temperature_C: float | None = None
    database: str = ""
    only: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    choose: tuple[str, ...] = ()
    open: tuple[tuple[str, str | float], ...] = ()
    windows: tuple[tuple[str, tuple[float, float]], ...] = ()
    along: str = ""
    properties: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise InputError where the parts do not make one diagram."""
        if self.kind not in AXES:
            raise InputError(f"kind = {self.kind!r} is unknown: {did_you_mean(self.kind, AXES)}")
        names = (self.rows.name, self.columns.name)
        if names != AXES[self.kind]:
            raise InputError(
                f"the axes of a {self.kind} section are {AXES[self.kind]}, not {names}."
            )
        for rock in self.bulks:
            check_bulk(rock)
        if not isinstance(self.title, str):
            raise InputError(f"title = {self.title!r} is not text.")
        for name in ("pressure_kbar", "temperature_C"):
            value = getattr(self, name)
            if (value is None) != (name in names):
                raise InputError(
                    f"{name} must be either an axis or one number, not both or neither."
                )
            if value is not None:
                check_coordinate(name, value)
                object.__setattr__(self, name, float(value))
        if len(self.bulks) != (2 if "x" in names else 1):
            raise InputError(f"a {self.kind} section cannot have {len(self.bulks)} rocks.")
        self._check_along(names)
        if not isinstance(self.database, str):
            raise InputError(
                f'database is a name such as "W24", not {self.database!r}; phases '
                "are chosen by only and exclude."
            )
        if self.database in set_components():
            opened = [name for name, _ in self.open]
            if self.along:
                opened.append(component_of(self.along))
            rocks = tuple(rock.within(self.components).without(opened) for rock in self.bulks)
            object.__setattr__(self, "bulks", rocks)
        self._check_phases()
        texts = tuple(each.text for each in read_properties(self.properties))
        object.__setattr__(self, "properties", texts)

    def _check_phases(self) -> None:
        """Raise InputError unless a database is named and some of its phases are left."""
        for name in ("only", "exclude", "choose"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, names(name, given))
        both = sorted(set(self.only or ()) & set(self.exclude))
        if both:
            raise InputError(
                f"the phase {both[0]!r} is both in only and in exclude; keep it in one."
            )
        if self.only == ():
            raise InputError("only = [] leaves no phase; leave it out to consider all of them.")
        if not self.database:
            raise none_named('say database = "W24" or another of these')

    def _check_along(self, names: tuple[AxisName, AxisName]) -> None:
        """Raise InputError unless a potential varies along its own axis, and only there."""
        varied = [name for name in names if name in POTENTIALS]
        if not varied and not self.along:
            return
        if not varied:
            raise InputError(f"along = {self.along!r}: a {self.kind} section has no such axis.")
        if not self.along:
            raise InputError(
                f"a {self.kind} section needs along: {FUGACITY!r}, a buffer such as QFM, or the "
                "component that an activity is of."
            )
        if axis_of(self.along) != varied[0]:
            raise InputError(
                f"along = {self.along!r} runs along {axis_of(self.along)}, not {varied[0]}."
            )
        component = component_of(self.along)
        if component in dict(self.open):
            raise InputError(f"{component} varies along an axis: it cannot be in open, too.")

    def __repr__(self) -> str:
        """Return title, kind and size on one line."""
        rows, columns = self.shape
        return f"<Section {self.title!r}: {self.kind}, {rows} x {columns} points, {self.database}>"

    def _repr_html_(self) -> str:
        axes = [
            (each.name, f"{each.start:g} to {each.stop:g}, {each.points} points")
            for each in (self.rows, self.columns)
        ]
        facts = [
            ("kind", self.kind),
            ("database", self.database),
            *(
                (f"rock {k}" if len(self.bulks) > 1 else "rock", repr(each))
                for k, each in enumerate(self.bulks)
            ),
            *((name, f"{value:g}") for name, value in self.fixed.items()),
            *axes,
            ("only", ", ".join(self.only or ())),
            ("exclude", ", ".join(self.exclude)),
            ("choose", ", ".join(self.choose)),
            ("open", ", ".join(f"{name} {value}" for name, value in self.open)),
            ("along", self.along),
            ("windows", ", ".join(f"{name} {a:g} to {b:g} wt%" for name, (a, b) in self.windows)),
            ("properties", ", ".join(self.properties)),
            ("note", self.outside_range),
        ]
        return f"<div><b>{escape(self.title)}</b></div>{html_facts(facts)}"

    @classmethod
    def temperature_composition(
        cls,
        rock_a: Bulk,
        rock_b: Bulk,
        *,
        pressure_kbar: float,
        temperature_C: tuple[float, float, int],
        steps: int,
        x: tuple[float, float] = (0.0, 1.0),
        database: str | None = None,
        only: Iterable[str] | None = None,
        exclude: Iterable[str] = (),
        choose: Iterable[str] = (),
        open: Mapping[str, str | float] | None = None,
        windows: Mapping[str, Sequence[float]] | None = None,
        properties: Iterable[str] = (),
        title: str = "",
    ) -> Self:
        """Return a section from one rock to another, at one pressure.

        Parameters
        ----------
        rock_a, rock_b : Bulk
            The rocks at x = 0 and x = 1.
        pressure_kbar : float
            Pressure of all points [kbar].
        temperature_C : (float, float, int)
            First and last temperature [degC] and the number of points.
        steps : int
            Number of points along x.
        x : (float, float), optional
            First and last mole fraction of `rock_b`.
        database : str
            Name of the thermodynamic database, one of `gibbsite.databases()`; there is no default.
        only, exclude : str or iterable of str, optional
            Phases to consider, or to leave out.
        choose : str or iterable of str, optional
            Models of a mineral in place of those that the database takes unasked.
        open : mapping of str to (str or float), optional
            Components whose potential is given in place of their amount, as of `gibbsite.opened`.
        windows : mapping of str to (float, float), optional
            Least and greatest share of an oxide in a phase [wt%], as of `gibbsite.database`.
        properties : str or iterable of str, optional
            What to store besides: "alpha.relaxed", "solid.vs"; see `Section.properties`.
        title : str, optional
            What to write above the picture.

        Returns
        -------
        Section
        """
        return cls(
            title=title
            or f"{_name(rock_a)} to {_name(rock_b)}, {number('pressure_kbar', pressure_kbar):g} kbar",
            kind="temperature-composition",
            rows=_axis("temperature_C", temperature_C),
            columns=_axis("x", _ends("x", x, steps)),
            bulks=(rock_a, rock_b),
            pressure_kbar=pressure_kbar,
            **_taking_part(database, only, exclude, choose, open, windows),
            properties=names("properties", properties),
        )

    @classmethod
    def pressure_temperature(
        cls,
        rock: Bulk,
        *,
        pressure_kbar: tuple[float, float, int],
        temperature_C: tuple[float, float, int],
        database: str | None = None,
        only: Iterable[str] | None = None,
        exclude: Iterable[str] = (),
        choose: Iterable[str] = (),
        open: Mapping[str, str | float] | None = None,
        windows: Mapping[str, Sequence[float]] | None = None,
        properties: Iterable[str] = (),
        title: str = "",
    ) -> Self:
        """Return a section of one rock through pressure and temperature.

        Parameters
        ----------
        rock : Bulk
            The rock.
        pressure_kbar : (float, float, int)
            First and last pressure [kbar] and the number of points.
        temperature_C : (float, float, int)
            First and last temperature [degC] and the number of points.
        database : str
            Name of the thermodynamic database, one of `gibbsite.databases()`; there is no default.
        only, exclude : str or iterable of str, optional
            Phases to consider, or to leave out.
        choose : str or iterable of str, optional
            Models of a mineral in place of those that the database takes unasked.
        open : mapping of str to (str or float), optional
            Components whose potential is given in place of their amount, as of `gibbsite.opened`.
        windows : mapping of str to (float, float), optional
            Least and greatest share of an oxide in a phase [wt%], as of `gibbsite.database`.
        properties : str or iterable of str, optional
            What to store besides: "alpha.relaxed", "solid.vs"; see `Section.properties`.
        title : str, optional
            What to write above the picture.

        Returns
        -------
        Section
        """
        return cls(
            title=title or _name(rock),
            kind="pressure-temperature",
            rows=_axis("pressure_kbar", pressure_kbar),
            columns=_axis("temperature_C", temperature_C),
            bulks=(rock,),
            **_taking_part(database, only, exclude, choose, open, windows),
            properties=names("properties", properties),
        )

    @classmethod
    def pressure_composition(
        cls,
        rock_a: Bulk,
        rock_b: Bulk,
        *,
        temperature_C: float,
        pressure_kbar: tuple[float, float, int],
        steps: int,
        x: tuple[float, float] = (0.0, 1.0),
        database: str | None = None,
        only: Iterable[str] | None = None,
        exclude: Iterable[str] = (),
        choose: Iterable[str] = (),
        open: Mapping[str, str | float] | None = None,
        windows: Mapping[str, Sequence[float]] | None = None,
        properties: Iterable[str] = (),
        title: str = "",
    ) -> Self:
        """Return a section from one rock to another, at one temperature.

        Parameters
        ----------
        rock_a, rock_b : Bulk
            The rocks at x = 0 and x = 1.
        temperature_C : float
            Temperature of all points [degC].
        pressure_kbar : (float, float, int)
            First and last pressure [kbar] and the number of points.
        steps : int
            Number of points along x.
        x : (float, float), optional
            First and last mole fraction of `rock_b`.
        database : str
            Name of the thermodynamic database, one of `gibbsite.databases()`; there is no default.
        only, exclude : str or iterable of str, optional
            Phases to consider, or to leave out.
        choose : str or iterable of str, optional
            Models of a mineral in place of those that the database takes unasked.
        open : mapping of str to (str or float), optional
            Components whose potential is given in place of their amount, as of `gibbsite.opened`.
        windows : mapping of str to (float, float), optional
            Least and greatest share of an oxide in a phase [wt%], as of `gibbsite.database`.
        properties : str or iterable of str, optional
            What to store besides: "alpha.relaxed", "solid.vs"; see `Section.properties`.
        title : str, optional
            What to write above the picture.

        Returns
        -------
        Section
        """
        return cls(
            title=title
            or f"{_name(rock_a)} to {_name(rock_b)}, {number('temperature_C', temperature_C):g} °C",
            kind="pressure-composition",
            rows=_axis("pressure_kbar", pressure_kbar),
            columns=_axis("x", _ends("x", x, steps)),
            bulks=(rock_a, rock_b),
            temperature_C=temperature_C,
            **_taking_part(database, only, exclude, choose, open, windows),
            properties=names("properties", properties),
        )

    @classmethod
    def potential(
        cls,
        rock: Bulk | tuple[Bulk, Bulk],
        along: str,
        values: tuple[float, float, int],
        *,
        pressure_kbar: float | tuple[float, float, int],
        temperature_C: float | tuple[float, float, int],
        x: tuple[float, float, int] | None = None,
        database: str | None = None,
        only: Iterable[str] | None = None,
        exclude: Iterable[str] = (),
        choose: Iterable[str] = (),
        open: Mapping[str, str | float] | None = None,
        windows: Mapping[str, Sequence[float]] | None = None,
        properties: Iterable[str] = (),
        title: str = "",
    ) -> Self:
        """Return a section along the potential of an open component.

        Parameters
        ----------
        rock : Bulk or (Bulk, Bulk)
            The rock; or those at x = 0 and x = 1. What it holds of the component does not count.
        along : str
            A buffer ("QFM") from which the fugacity of oxygen is so many log10 units away,
            "log10 fO2" [bar], or a component ("H2O") whose activity is given.
        values : (float, float, int)
            First and last value, and the number of points.
        pressure_kbar, temperature_C : float or (float, float, int)
            Of all points; or the first, the last and the number of points of the other axis.
        x : (float, float, int), optional
            First and last mole fraction of the second rock, and the number of points.
        database, only, exclude, choose, windows, properties, title
            As of `temperature_composition`.
        open : mapping of str to (str or float), optional
            Other components whose potential is given, the same everywhere.

        Returns
        -------
        Section

        Raises
        ------
        InputError
            Unless one of pressure, temperature and x is an axis.
        """
        rocks = rock if isinstance(rock, tuple) else (rock,)
        axis = _axis(axis_of(along), values)
        conditions = {"pressure_kbar": pressure_kbar, "temperature_C": temperature_C}
        axes = {name: each for name, each in conditions.items() if isinstance(each, tuple | list)}
        if x is not None:
            axes["x"] = x
        if len(axes) != 1:
            raise InputError(
                "one of pressure_kbar, temperature_C and x is the other axis, (start, stop, number "
                f"of points); here {' and '.join(axes) or 'none'} is."
            )
        fixed = {name: each for name, each in conditions.items() if name not in axes}
        ((other, given),) = axes.items()
        both = (axis.name, other) if other == "x" else (other, axis.name)
        kind = next(kind for kind, names in AXES.items() if names == both)
        second = _axis(cast(AxisName, other), given)
        rows, columns = (axis, second) if other == "x" else (second, axis)
        where = [f"{value:g} {_UNITS[name]}" for name, value in fixed.items()]
        return cls(
            title=title or ", ".join([" to ".join(_name(each) for each in rocks), *where]),
            kind=cast(SectionKind, kind),
            rows=rows,
            columns=columns,
            bulks=rocks,
            **_taking_part(database, only, exclude, choose, open, windows),
            properties=names("properties", properties),
            along=along,
            **cast(dict[str, Any], fixed),
        )

    @classmethod
    def from_toml(cls, path_or_name: str | PathLike[str]) -> Self:
        """Return the section a TOML file describes, or a shipped one by its name.

        Parameters
        ----------
        path_or_name : str or path
            A file ending in .toml, or the name of a shipped section such as "fig4c".

        Returns
        -------
        Section

        Raises
        ------
        InputError
            With the file, the key and the value that cannot be meant.
        """
        from .toml import read_section  # pydantic, which a section made in Python does not need

        return read_section(path_or_name, cls)

    @classmethod
    def from_text(cls, text: str, source: str = "TOML text") -> Self:
        """Return the section a TOML text describes; `source` names it in errors."""
        from .toml import parse_section

        if not isinstance(text, str):
            raise InputError(f"a section is TOML text, not {type(text).__name__}.")
        return parse_section(text, source, cls)

    def to_toml(self) -> str:
        """Return the TOML text that describes this section; `from_text` reads it back."""
        return _format(self)

    def load_database(self) -> "data.Database":
        """Return the database with the phases that take part, the same one every time.

        Where a potential varies along an axis, it is open to the first value.
        """
        from gibbsite._inputs.database import database  # the engine, to which a section is nothing

        data = database(
            self.database,
            only=self.only or (),
            exclude=self.exclude,
            choose=self.choose,
            windows=dict(self.windows),
        )
        given = self.given()
        if not given:
            return data
        from gibbsite._inputs.open import check_oxygen, opened, read_open

        if self.along:  # between its ends log10 fO2 lies between theirs
            last = self.given(self.axes[axis_of(self.along)][-1])
            check_oxygen(read_open(last, data), data, *self._corners)
        return opened(data, given, *self._corners)

    def given(self, at: float | None = None) -> dict[str, str | float]:
        """Return what is said of each open component, as of `gibbsite.opened`.

        Parameters
        ----------
        at : float, optional
            Value of the potential that varies along an axis; its first one if left out.
        """
        given = dict(self.open)
        if self.along:
            value = self.axes[axis_of(self.along)][0] if at is None else at
            given[component_of(self.along)] = given_at(self.along, float(value))
        return given

    @property
    def _corners(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pressures and temperatures at the ends of the axes [kbar, degC]."""
        ends = {axis.name: (axis.start, axis.stop) for axis in (self.rows, self.columns)}
        both = [
            ends.get(name, (self.fixed.get(name),) * 2)
            for name in ("pressure_kbar", "temperature_C")
        ]
        p, t = np.meshgrid(*(np.array(each, dtype=np.float64) for each in both))
        return p, t

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return self.rows.points, self.columns.points

    @property
    def size(self) -> int:
        """Number of points."""
        return self.rows.points * self.columns.points

    @property
    def axes(self) -> dict[str, NDArray[np.float64]]:
        """Values along each axis by name, the rows' first."""
        return {axis.name: axis.values for axis in (self.rows, self.columns)}

    @property
    def fixed(self) -> dict[str, float]:
        """Coordinates that are the same at every point, by name."""
        both = {"pressure_kbar": self.pressure_kbar, "temperature_C": self.temperature_C}
        return {name: value for name, value in both.items() if value is not None}

    @property
    def outside_range(self) -> str:
        """What of rocks and axes the database is not for; empty where all is inside."""
        x = self.axes["x"][[0, -1]] if "x" in self.axes else np.zeros(1)
        moles = dict(zip(self.components, self._mixtures(x).T, strict=True))
        both: dict[str, Any] = {**self.fixed, **self.axes}
        found = outside_ranges(self.database, moles, both["pressure_kbar"], both["temperature_C"])
        return say_outside(self.database, found)

    @property
    def components(self) -> tuple[str, ...]:
        """Oxides of the database, in the order of the columns of `SectionPoints.bulk_mol`."""
        return set_components().get(self.database, self.bulks[0].components)

    @property
    def sha256(self) -> str:
        """Identity of what is computed: everything but titles, names and sources (hex)."""
        parts: dict[str, Any] = {
            "kind": self.kind,
            "axes": [asdict(self.rows), asdict(self.columns)],
            "pressure_kbar": self.pressure_kbar,
            "temperature_C": self.temperature_C,
            "bulks": [rock.mol for rock in self.bulks],
            "database": self.database,
            "only": None if self.only is None else sorted(self.only),
            "exclude": sorted(self.exclude),
        }
        if self.choose:
            parts["choose"] = sorted(self.choose)
        if self.open:
            parts["open"] = sorted(f"{name} {value}" for name, value in self.open)
        if self.along:
            parts["along"] = self.along
        if self.properties:
            parts["properties"] = sorted(self.properties)
        if self.windows:
            parts["windows"] = sorted((name, *limits) for name, limits in self.windows)
        return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def points(
        self,
        indices: ArrayLike | None = None,
        *,
        rows: tuple[int, int] | None = None,
        columns: tuple[int, int] | None = None,
    ) -> SectionPoints:
        """Return conditions and rock at some points, without building the others.

        Parameters
        ----------
        indices : array_like of int, shape (n,), optional
            Flat indices, row * n_columns + column. Without them, a rectangle is meant.
        rows, columns : (int, int), optional
            First index and the one after the last; all by default. The points of the rectangle
            come row by row.

        Returns
        -------
        SectionPoints
            Of n points.
        """
        if indices is None:
            row, column = np.meshgrid(
                _span(rows, self.rows), _span(columns, self.columns), indexing="ij"
            )
        elif rows is None and columns is None:
            flat = np.asarray(indices, dtype=np.int64)
            if flat.size and not (0 <= flat.min() and flat.max() < self.size):
                raise IndexError(f"a section of {self.size} points has no such flat index")
            row, column = np.divmod(flat, self.columns.points)
        else:
            raise TypeError("points() takes flat indices or a rectangle, not both")
        along: dict[str, NDArray[np.float64]] = {
            self.rows.name: self.rows.values[row.ravel()],
            self.columns.name: self.columns.values[column.ravel()],
        }
        n = row.size
        temperature_C = along.get("temperature_C", np.full(n, self.temperature_C, dtype=np.float64))
        return SectionPoints(
            pressure_kbar=along.get(
                "pressure_kbar", np.full(n, self.pressure_kbar, dtype=np.float64)
            ),
            temperature_K=to_kelvin(temperature_C),
            bulk_mol=self._mixtures(along["x"] if "x" in along else np.zeros(n)),
            potential=next(
                (along[name] for name in POTENTIALS if name in along), np.full(n, np.nan)
            ),
        )

    def _mixtures(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rock at each mole fraction of the second one, shape (n, n_components)."""
        first, last = (rock.array(self.components) for rock in (self.bulks[0], self.bulks[-1]))
        return (1.0 - x)[:, np.newaxis] * first + x[:, np.newaxis] * last


def _axis(name: AxisName, given: tuple[float, float, int]) -> Axis:
    try:
        start, stop, points = given
    except (TypeError, ValueError):
        raise InputError(f"{name} = {given!r} is not (start, stop, number of points).") from None
    return Axis(name, start, stop, points)


def _ends(name: str, given: tuple[float, float], points: int) -> tuple[float, float, int]:
    try:
        start, stop = given
    except (TypeError, ValueError):
        raise InputError(f"{name} = {given!r} is not (start, stop).") from None
    return start, stop, points


def _taking_part(
    database: str | None,
    only: Iterable[str] | None,
    exclude: Iterable[str],
    choose: Iterable[str],
    open: Mapping[str, str | float] | None,
    windows: Mapping[str, Sequence[float]] | None,
) -> dict[str, Any]:
    """Return which phases a section is computed with, as its constructors are told."""
    return {
        "database": database or "",
        "only": None if only is None else names("only", only),
        "exclude": names("exclude", exclude),
        "choose": names("choose", choose),
        "open": tuple(by_name("open", open, '{"O": "QFM-0.5"}').items()),
        "windows": as_windows(windows),
    }


def _name(rock: Bulk) -> str:
    check_bulk(rock)
    return rock.name


def _span(limits: tuple[int, int] | None, axis: Axis) -> NDArray[np.int64]:
    first, after = (0, axis.points) if limits is None else limits
    if not 0 <= first <= after <= axis.points:
        raise IndexError(f"{axis.name} has {axis.points} points, not {first} to {after}")
    return np.arange(first, after, dtype=np.int64)


def _format(section: Section) -> str:
    """Return the TOML text of a section, such that `from_text` gives an equal one."""
    lines = [
        f"title = {_text(section.title)}",
        f"kind = {_text(section.kind)}",
        f"database = {_text(section.database)}",
    ]
    lines += [f"{name} = {value!r}" for name, value in section.fixed.items()]
    if section.along:
        lines.append(f"along = {_text(section.along)}")
    if section.properties:
        lines.append(f"properties = {_list(section.properties)}")
    names = ("rock",) if len(section.bulks) == 1 else ("rock_a", "rock_b")
    lines += [
        f"{name} = {_rock_text(rock, section.components)}"
        for name, rock in zip(names, section.bulks, strict=True)
    ]
    for axis in (section.rows, section.columns):
        lines += ["", f"[{axis.name}]", f"start = {axis.start!r}", f"stop = {axis.stop!r}"]
        lines.append(f"points = {axis.points}")
    if section.only is not None or section.exclude or section.choose:
        lines += ["", "[phases]"]
        if section.only is not None:
            lines.append(f"only = {_list(section.only)}")
        lines.append(f"exclude = {_list(section.exclude)}")
        if section.choose:
            lines.append(f"choose = {_list(section.choose)}")
    if section.open:
        lines += ["", "[open]"]
        for name, value in section.open:
            lines.append(f"{name} = {_text(value) if isinstance(value, str) else repr(value)}")
    if section.windows:
        lines += ["", "[windows]"]
        lines += [f"{_text(name)} = [{a!r}, {b!r}]" for name, (a, b) in section.windows]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """Return a TOML basic string; what cannot be printed is escaped."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    shown = (c if c.isprintable() or c == " " else f"\\U{ord(c):08X}" for c in escaped)
    return f'"{"".join(shown)}"'


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(_text(name) for name in names)}]"


def _rock_text(rock: Bulk, components: tuple[str, ...]) -> str:
    """Return a rock by its key where that says all, else its moles and where they come from."""
    if rock.key and bulk(rock.key, ignore="outside").within(components) == rock:
        if not rock.left_out:
            return _text(rock.key)
        return f'{{ key = {_text(rock.key)}, ignore = "outside" }}'
    parts = [
        f"mol = {_amounts(rock.mol)}",
        f"name = {_text(rock.name)}",
        f"source = {_text(rock.source)}",
        f"status = {_text(rock.status)}",
    ]
    if rock.assumed:
        parts.append(f"assumed = {_list(rock.assumed)}")
    if rock.left_out:
        parts.append(f"left_out_wt = {_amounts(rock.left_out_wt)}")
    return f"{{ {', '.join(parts)} }}"


def _amounts(amounts: dict[str, float]) -> str:
    return f"{{ {', '.join(f'{_text(name)} = {amount!r}' for name, amount in amounts.items())} }}"

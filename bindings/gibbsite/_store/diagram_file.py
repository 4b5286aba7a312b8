"""The group `diagram` of a result file: lines, points and fields as netCDF-4 variables.

Lines of different lengths lie one after the other (the contiguous ragged arrays of CF): line i has
the `line_size[i]` vertices from the sum of the sizes before it. Fields are rings in the same way,
the first ring of a field being its outline and others its holes.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import shapely
from numpy.typing import NDArray

from gibbsite._version import __version__
from gibbsite.errors import StoreError

from .diagram import POINT_KINDS, Diagram, Field, Line, Point
from .netcdf import (
    add_dimensions,
    add_history,
    add_variable,
    read_attributes,
    read_text,
    set_attributes,
)
from .schema import COORDINATES

GROUP: Final = "diagram"


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise StoreError if lines could not be put into a file: it is read-only, or open."""
    try:
        with h5py.File(path, "r+"):
            pass
    except OSError as error:
        raise _not_writable(path, error) from None


def write_diagram(path: str | os.PathLike[str], diagram: Diagram) -> None:
    """Put lines, points and fields into a result file, in the place of those it may have.

    Raises
    ------
    StoreError
        If the file cannot be written: it is read-only, open, or the disk is full.
    """
    path = Path(path)
    try:
        with h5py.File(path, "r+") as file:
            if GROUP in file:
                del file[GROUP]
            _write(file.create_group(GROUP, track_order=True), diagram)
            add_history(file, f"lines traced by gibbsite {__version__}")
    except OSError as error:
        raise _not_writable(path, error) from None


def _not_writable(path: str | os.PathLike[str], error: OSError) -> StoreError:
    is_open = "already open" in str(error) or "unable to lock" in str(error)
    reason = "it is open; close it first" if is_open else error
    return StoreError(f"{path} cannot be written: {reason}.")


def read_diagram(path: str | os.PathLike[str]) -> Diagram | None:
    """Return the lines, points and fields of a result file, None if it has none."""
    with h5py.File(path, "r") as file:
        if GROUP not in file:
            return None
        group = file[GROUP]
        keys = tuple(read_text(file["phase_name"]))
        schema_1 = "component_name" not in file
        oxides = tuple(read_text(file["component" if schema_1 else "component_name"]))
        values = {name: group[name][...] for name in group if isinstance(group[name], h5py.Dataset)}
        about = read_attributes(group)
        return _Reader(values, keys, oxides).diagram(
            (about["x_axis"], about["y_axis"]),
            about["unexplained_edges"],
            int(about.get("other_points", 0)),
        )


def _write(group: Any, diagram: Diagram) -> None:
    lines, points, fields = diagram.lines, diagram.points, diagram.fields
    assemblages = [
        *(each for line in lines for each in (line.without, line.beyond)),
        *(point.phases for point in points),
        *(field.phases for field in fields),
    ]
    width = max((len(each) for each in assemblages), default=1)
    add_dimensions(group, {"end": 2, "member": width, "oxide": len(diagram.components)})
    about = {
        "gibbsite_version": __version__,
        "x_axis": diagram.axes[0],
        "y_axis": diagram.axes[1],
        "unexplained_edges": diagram.unexplained,
        "other_points": diagram.others,
    }
    set_attributes(group, about)
    writer = _Writer(group, diagram, width)
    _write_lines(writer, lines)
    _write_points(writer, points)
    _write_fields(writer, fields, (width, len(diagram.components)))


def _write_lines(writer: "_Writer", lines: Sequence[Line]) -> None:
    paths = [shapely.get_coordinates(line.path) for line in lines]
    writer.dimensions(line=len(lines), vertex=sum(map(len, paths)))
    writer.places("vertex", ("vertex",), np.vstack([np.zeros((0, 2)), *paths]), "vertex of a line")
    writer.sizes("line_size", "line", "vertex", [len(each) for each in paths])
    writer.phases("line_phase", ("line",), [line.phase for line in lines], "what runs out")
    writer.add("line_instance", ("line",), "<i1", [line.instance for line in lines], "its number")
    writer.members("line_without", "line", [line.without for line in lines], "phases before it")
    writer.members("line_beyond", "line", [line.beyond for line in lines], "phases with it")
    writer.add(
        "line_phase_on_left", ("line",), "<i1", [line.phase_on_left for line in lines],
        "whether the phase is on the left",
    )  # fmt: skip
    writer.add(
        "line_point", ("line", "end"), "<i4",
        np.array([line.points for line in lines]).reshape(-1, 2), "points at its ends",
    )  # fmt: skip
    writer.add(
        "line_field", ("line", "end"), "<i4",
        np.array([line.fields for line in lines]).reshape(-1, 2), "fields on its left and right",
    )  # fmt: skip


def _write_points(writer: "_Writer", points: Sequence[Point]) -> None:
    writer.dimensions(point=len(points))
    xy = np.array([(point.x, point.y) for point in points]).reshape(-1, 2)
    writer.places("point", ("point",), xy, "place of a point")
    writer.add(
        "point_kind", ("point",), "<i1", [POINT_KINDS.index(each.kind) for each in points],
        "kind of a point",
        flag_values=np.arange(len(POINT_KINDS), dtype="<i1"), flag_meanings=" ".join(POINT_KINDS),
    )  # fmt: skip
    writer.members("point_phases", "point", [each.phases for each in points], "phases there")
    writer.members("point_zero", "point", [each.zero for each in points], "those of amount zero")


def _write_fields(writer: "_Writer", fields: Sequence[Field], composition: tuple[int, int]) -> None:
    """Write fields; their compositions are of so many phases and oxides."""
    rings = [
        (i, ring)
        for i, field in enumerate(fields)
        for ring in (field.outline.exterior, *field.outline.interiors)
    ]
    outlines = [shapely.get_coordinates(ring) for _, ring in rings]
    writer.dimensions(field=len(fields), ring=len(rings), ring_vertex=sum(map(len, outlines)))
    writer.places("ring", ("ring_vertex",), np.vstack([np.zeros((0, 2)), *outlines]), "of a ring")
    writer.sizes("ring_size", "ring", "ring_vertex", [len(each) for each in outlines])
    writer.add("ring_field", ("ring",), "<i4", [i for i, _ in rings], "field of a ring")
    writer.members("field_phases", "field", [each.phases for each in fields], "its phases")
    writer.add(
        "field_variance", ("field",), "<i1", [each.variance for each in fields],
        "components - phases + 2",
    )  # fmt: skip
    writer.add(
        "field_area_fraction", ("field",), "<f8", [each.area_fraction for each in fields],
        "share of the area",
    )  # fmt: skip
    compositions = np.full((len(fields), *composition), np.nan)
    for i, each in enumerate(fields):
        compositions[i, : len(each.phases)] = each.compositions
    writer.add(
        "field_composition_mol", ("field", "member", "oxide"), "<f8", compositions,
        "mole fractions of the oxides in each phase, somewhere on the outline",
    )  # fmt: skip


class _Writer:
    """Variables of the group, with what CF wants said about them."""

    def __init__(self, group: Any, diagram: Diagram, width: int) -> None:
        self._group, self._diagram, self._width = group, diagram, width

    def dimensions(self, **sizes: int) -> None:
        add_dimensions(self._group, sizes)

    def add(
        self,
        name: str,
        dims: tuple[str, ...],
        dtype: str,
        values: Any,
        long_name: str,
        **about: object,
    ) -> None:
        """Write an array of numbers; without unit if `about`, further attributes, has none."""
        data = np.asarray(values, dtype=dtype)
        add_variable(self._group, name, dims, data, {"units": "1", "long_name": long_name} | about)

    def places(
        self, name: str, dims: tuple[str, ...], xy: NDArray[np.float64], long_name: str
    ) -> None:
        """Write places, one variable an axis."""
        for d, (letter, axis) in enumerate(zip("xy", self._diagram.axes, strict=True)):
            units, axis_name = COORDINATES[axis]
            what = f"{axis_name.format(along='its buffer')}, {long_name}"
            self.add(f"{name}_{letter}", dims, "<f8", xy[:, d], what, units=units)

    def sizes(self, name: str, dim: str, sample: str, sizes: Sequence[int]) -> None:
        """Write the lengths of a ragged array."""
        about = f"number of its {sample}es"
        self.add(name, (dim,), "<i4", sizes, about, sample_dimension=sample)

    def phases(self, name: str, dims: tuple[str, ...], keys: Any, long_name: str) -> None:
        """Write phases as indices into phase_name."""
        number = {key: i for i, key in enumerate(self._diagram.phase_names)} | {"": -1}
        shape = tuple(len(self._group[dim]) for dim in dims)
        flat = [number[key] for key in np.ravel(np.array(keys, dtype=object))]
        text = f"{long_name}, counted from 0 as in phase_name; -1 where empty"
        self.add(name, dims, "<i2", np.array(flat, np.int16).reshape(shape), text)

    def members(self, name: str, dim: str, rows: Sequence[Sequence[str]], long_name: str) -> None:
        """Write assemblages."""
        padded = [[*row, *[""] * (self._width - len(row))] for row in rows]
        self.phases(name, (dim, "member"), padded, long_name)


class _Reader:
    """The variables of the group as lines, points and fields."""

    def __init__(
        self, values: dict[str, Any], keys: tuple[str, ...], oxides: tuple[str, ...]
    ) -> None:
        self._values, self._keys, self._oxides = values, keys, oxides

    def diagram(self, axes: tuple[str, str], unexplained: int, others: int) -> Diagram:
        """Return everything."""
        return Diagram(
            axes,
            self._keys,
            self._oxides,
            self._lines(),
            self._points(),
            self._fields(),
            unexplained,
            others,
        )

    def _members(self, name: str, i: int) -> tuple[str, ...]:
        return tuple(self._keys[k] for k in self._values[name][i] if k >= 0)

    def _ragged(self, name: str, sizes: str) -> list[NDArray[np.float64]]:
        xy = np.stack([self._values[f"{name}_x"], self._values[f"{name}_y"]], -1)
        return np.split(xy, np.cumsum(self._values[sizes])[:-1]) if len(xy) else []

    def _lines(self) -> tuple[Line, ...]:
        v = self._values
        return tuple(
            Line(
                phase=self._keys[v["line_phase"][i]],
                instance=int(v["line_instance"][i]),
                without=self._members("line_without", i),
                beyond=self._members("line_beyond", i),
                phase_on_left=bool(v["line_phase_on_left"][i]),
                points=(int(v["line_point"][i, 0]), int(v["line_point"][i, 1])),
                fields=(int(v["line_field"][i, 0]), int(v["line_field"][i, 1])),
                path=shapely.LineString(path),
            )
            for i, path in enumerate(self._ragged("vertex", "line_size"))
        )

    def _points(self) -> tuple[Point, ...]:
        v = self._values
        return tuple(
            Point(
                POINT_KINDS[kind],
                self._members("point_phases", i),
                self._members("point_zero", i),
                float(v["point_x"][i]),
                float(v["point_y"][i]),
            )
            for i, kind in enumerate(v["point_kind"])
        )

    def _fields(self) -> tuple[Field, ...]:
        v = self._values
        rings: dict[int, list[Any]] = {}
        for i, ring in zip(v["ring_field"], self._ragged("ring", "ring_size"), strict=True):
            rings.setdefault(int(i), []).append(ring)
        fields = []
        for i, (outline, *holes) in sorted(rings.items()):
            phases = self._members("field_phases", i)
            fields.append(
                Field(
                    phases,
                    v["field_composition_mol"][i, : len(phases)],
                    int(v["field_variance"][i]),
                    float(v["field_area_fraction"][i]),
                    shapely.Polygon(outline, holes),
                )
            )
        return tuple(fields)

"""What a diagram consists of once its boundaries are solved: lines, points and fields."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gibbsite._inputs.melt import MELTING
from gibbsite._inputs.phase_hint import which_phase
from gibbsite._showing import html_table
from gibbsite.errors import InputError

POINT_KINDS: Final = ("invariant", "edge", "critical", "loop", "open")
"""Where two phases have the amount zero; at the edge of the diagram; where two instances become one;
of a line that closes in itself; where following a line failed."""


@dataclass(frozen=True, slots=True)
class Line:
    """A boundary between two fields: a phase has the amount zero on it.

    Attributes
    ----------
    phase : str
        Key of the phase.
    instance : int
        Its number on a solvus, by composition, on the side that has it.
    without, beyond : tuple of str
        Keys of the phases on the side without it and on the other, one for each instance. As a
        rule `beyond` has the phase in addition; where it takes the place of another, that is missing.
    phase_on_left : bool
        Whether the side with it is on the left of the path.
    points : (int, int)
        Where it starts and ends, in `Diagram.points`.
    fields : (int, int)
        What lies on its left and its right, in `Diagram.fields`; -1 if that is lost.
    path : shapely.LineString
        x along the horizontal axis, y along the vertical one, in their units. Its vertices are
        solved for; between them it is straight, and right to 0.01 degC, 1e-4 in x, 0.001 kbar, 0.001 in
        log10 fO2, 0.1 % of an activity.
    """

    phase: str
    instance: int
    without: tuple[str, ...]
    beyond: tuple[str, ...]
    phase_on_left: bool
    points: tuple[int, int]
    fields: tuple[int, int]
    path: Any

    def __repr__(self) -> str:
        """Return which phase comes and goes, and between which fields."""
        sides = f"{'+'.join(self.without)} | {'+'.join(self.beyond)}"
        return f"<Line of {self.phase}: {sides}, {shapely.get_num_coordinates(self.path)} vertices>"

    @property
    def left(self) -> tuple[str, ...]:
        """Phases on the left of the path."""
        return self.beyond if self.phase_on_left else self.without

    @property
    def right(self) -> tuple[str, ...]:
        """Phases on the right of the path."""
        return self.without if self.phase_on_left else self.beyond


@dataclass(frozen=True, slots=True)
class Point:
    """A point where lines end.

    Attributes
    ----------
    kind : str
        One of `POINT_KINDS`.
    phases : tuple of str
        Keys of the phases there, those of amount zero included.
    zero : tuple of str
        Those of amount zero.
    x, y : float
        Place along the horizontal and the vertical axis, in their units.
    """

    kind: str
    phases: tuple[str, ...]
    zero: tuple[str, ...]
    x: float
    y: float

    def __repr__(self) -> str:
        """Return kind, place and phases."""
        return f"<Point, {self.kind}, at {self.x:g}, {self.y:g}: {'+'.join(self.phases)}>"


@dataclass(frozen=True, slots=True)
class Field:
    """A connected part of a diagram where the same phases are stable.

    Attributes
    ----------
    phases : tuple of str
        Keys of the phases, one for each instance.
    compositions : ndarray, shape (n, n_components)
        Mole fractions of the oxides in each of them at some point on the outline.
    variance : int
        Components - phases + 2, the components being the oxides that are present. Pressure and
        temperature both count as free, also where a diagram holds one of them, and x does not.
    area_fraction : float
        Share of the area of the diagram, without that of rocks that cannot be made of the phases.
    outline : shapely.Polygon
        In the units of the axes.
    """

    phases: tuple[str, ...]
    compositions: NDArray[np.float64]
    variance: int
    area_fraction: float
    outline: Any

    def __repr__(self) -> str:
        """Return phases, variance and share of the area."""
        share = f"{100.0 * self.area_fraction:.3g} % of the area"
        return f"<Field {'+'.join(self.phases)}: variance {self.variance}, {share}>"


@dataclass(frozen=True, slots=True)
class Diagram:
    """Lines, points and fields of a section.

    Attributes
    ----------
    axes : (str, str)
        Names of the horizontal (x) and the vertical (y) axis.
    phase_names, components : tuple of str
        Keys of all phases of the database, and its oxides.
    lines, points, fields : tuple
        The fields by falling area.
    unexplained : int
        Pairs of neighbours on the grid that differ without a line in between that says why; 0 unless
        points failed or a line was lost.
    others : int
        Points of the grid that have another assemblage than the field they lie in, those beside a
        line aside; 0 unless lines were lost.
    """

    axes: tuple[str, str]
    phase_names: tuple[str, ...]
    components: tuple[str, ...]
    lines: tuple[Line, ...]
    points: tuple[Point, ...]
    fields: tuple[Field, ...]
    unexplained: int
    others: int = 0

    def __repr__(self) -> str:
        """Return how many lines, points and fields there are, and what is wrong with them."""
        counts = f"{len(self.lines)} lines, {len(self.points)} points, {len(self.fields)} fields"
        return f"<Diagram: {'; '.join((counts, *self.doubts()))}>"

    def _repr_html_(self) -> str:
        rows = [
            (" ".join(each.phases), str(each.variance), f"{100.0 * each.area_fraction:.2f}")
            for each in self.fields[:30]
        ]
        more = f", the largest {len(rows)}" if len(rows) < len(self.fields) else ""
        return html_table(("field", "variance", "area, %"), rows, f"{self!r:.200}"[1:-1] + more)

    @property
    def n_open(self) -> int:
        """Number of points at which a line ends although nothing ends it."""
        ends = Counter(i for line in self.lines for i in line.points)
        return sum(
            point.kind == "open" or (point.kind == "critical" and ends[i] == 1)
            for i, point in enumerate(self.points)
        )

    def doubts(self) -> tuple[str, ...]:
        """Return what is wrong with the lines, in words; nothing if all is well."""
        counts = (
            (self.unexplained, "changes between neighbours are not explained by a line"),
            (self.n_open, "ends of lines are lost and not drawn beyond their fields"),
            (self.others, "points have another assemblage than the field that they lie in"),
        )
        return tuple(f"{number} {what}" for number, what in counts if number)

    def line(self, name: str, side: Literal["in", "out"] | None = None) -> Any:
        """Return where a phase comes in or runs out, as one geometry.

        Parameters
        ----------
        name : str
            Key of a phase; or "solidus" (that of the melt) or "liquidus" (nothing but melt on one
            side).
        side : {"in", "out"}, optional
            Only where the phase, or the melt, comes in or runs out with rising temperature; with
            rising pressure in a diagram without a temperature axis.

        Returns
        -------
        shapely.MultiLineString
            Empty if there is none. x and y are in the units of the axes.

        Raises
        ------
        InputError
            If the name is none of these, or `side` is neither.
        """
        if side not in (None, "in", "out"):
            raise InputError(f'side = {side!r} is neither "in" nor "out".')
        if name not in (known := (*self.phase_names, *MELTING)):
            raise InputError(f"There is no phase {name!r}: {which_phase(name, known)}")
        parts = [
            part
            for line in self.lines
            if (gained := _gained(name, line)) is not None
            for part in _parts(line, gained, side, self._rising())
        ]
        joined = shapely.line_merge(shapely.union_all(parts)) if parts else None
        return shapely.MultiLineString([] if joined is None else shapely.get_parts(joined).tolist())

    def _rising(self) -> int:
        return self.axes.index("temperature_C" if "temperature_C" in self.axes else "pressure_kbar")

    def geojson(self) -> dict[str, Any]:
        """Return everything as a GeoJSON FeatureCollection, in the units of the axes."""
        lines = (
            _feature(
                each.path,
                kind="line",
                phase=each.phase,
                instance=each.instance,
                left="+".join(each.left),
                right="+".join(each.right),
            )
            for each in self.lines
        )
        points = (
            _feature(
                shapely.Point(each.x, each.y),
                kind=each.kind,
                phases="+".join(each.phases),
                zero="+".join(each.zero),
            )
            for each in self.points
        )
        fields = (
            _feature(
                each.outline,
                kind="field",
                assemblage="+".join(each.phases),
                variance=each.variance,
                area_fraction=each.area_fraction,
            )
            for each in self.fields
        )
        return {
            "type": "FeatureCollection",
            "axes": list(self.axes),
            "features": [*fields, *lines, *points],
        }


def _feature(geometry: Any, **properties: object) -> Mapping[str, object]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": shapely.geometry.mapping(geometry),
    }


def _gained(name: str, line: Line) -> bool | None:
    """Return whether what is asked for lies beyond a line, None if on neither or both sides."""
    sides = line.without, line.beyond
    before, after = (MELTING[name](s) if name in MELTING else name in s for s in sides)
    return None if before == after else after


def _parts(line: Line, gained: bool, side: str | None, rising: int) -> Iterator[Any]:
    """Yield the parts of a path on which what is asked for comes in, or runs out."""
    if side is None:
        yield line.path
        return
    xy = shapely.get_coordinates(line.path)
    step = np.diff(xy, axis=0)
    to_left = np.stack([-step[:, 1], step[:, 0]], -1)[:, rising]
    comes_in = (to_left > 0.0) == (line.phase_on_left == gained)
    chosen = np.flatnonzero(comes_in == (side == "in"))
    for run in np.split(chosen, np.flatnonzero(np.diff(chosen) > 1) + 1):
        if len(run):
            yield shapely.LineString(xy[run[0] : run[-1] + 2])


def assemblage(phases: Iterable[str]) -> tuple[str, ...]:
    """Return the keys of phases in the order in which an assemblage names them."""
    return tuple(sorted(phases))

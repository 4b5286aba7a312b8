"""From a computed section to its lines, points and fields."""

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._section.section import Section
from gibbsite._solving.results import slot_order
from gibbsite._store.diagram import Diagram, Field, Line, Point, assemblage
from gibbsite._store.diagram_file import check_writable, write_diagram
from gibbsite._store.file import open as open_result
from gibbsite.errors import GibbsiteError, InputError

from .answers import NoLinesError, check_points, check_spots
from .curve import Curve, Node, Phases, midway, on_chord
from .fields import Face, cut
from .grid import NO_ANSWER, Grid
from .network import Network
from .plane import Sheet, lay_out
from .seeds import find_seeds
from .sight import Sight
from .solver import PlaneSolver, Spot

_MOST_FAILURES: Final = 25
_MOST_ROUNDS: Final = 4


def trace(result: xr.Dataset | str | os.PathLike[str]) -> Diagram:
    """Solve for the boundaries of a computed section.

    On a boundary the amount of a phase is zero. One point of it is solved for between two neighbours
    of the grid; from there it is followed, in steps that keep the line between them right to 0.01 degC,
    1e-4 in x, 0.001 kbar and 0.001 in log10 fO2, to where it meets others, which are followed in turn. At each point all
    phases are searched as at the points of the grid. Changes between neighbours that no line explains
    are solved for until there are none; so the lines do not depend on how fine the grid is. A field
    that neither holds a point of the grid nor touches any other line that was found stays unseen. Where
    all rocks have exactly the composition of some of their phases, potentials are undetermined; lines
    are then bracketed by single points, to 0.1 unit. `Diagram.doubts` says what remained unexplained.

    Parameters
    ----------
    result : path or xarray.Dataset
        What `compute` wrote or returned. To a file the lines are added, in a group `diagram`; it
        must not be open elsewhere.

    Returns
    -------
    Diagram
        Lines, points where they meet, and fields. For a file, `gibbsite.open(path).gb` has them, too.

    Raises
    ------
    InputError
        If the result is a list of points or of many rocks, of another database than that of this
        name today, or somewhere without an answer because a phase is left out.
    StoreError
        If a file cannot be read or written.
    """
    if isinstance(result, xr.Dataset):
        return _traced(result)
    path = Path(result)
    with open_result(path):  # says what is wrong with it
        pass
    check_writable(path)
    with open_result(path) as dataset:
        diagram = _traced(dataset)
    write_diagram(path, diagram)
    return diagram


def _traced(dataset: xr.Dataset) -> Diagram:
    section, data = _section_of(dataset)
    if dataset.attrs.get("database_sha256") != data.sha256:
        raise NoLinesError(
            f"this result was computed with other data than those of {data.name} now",
            "its lines would not fit. Compute it again, or take lines between its points "
            "(exact=False, --grid).",
        )
    check_points(dataset)
    sheet = lay_out(section, data)
    network, grid = _explore(dataset, sheet, data)
    faces = [_seen(network.solver, face) if face.spot is None else face for face in _faces(network)]
    spots = [node.spot for curve in network.curves for node in curve.nodes]
    check_spots(sheet, data, spots + [face.spot for face in faces if face.spot is not None])
    return _Names(sheet, data).diagram(network, faces, grid)


def _faces(network: Network) -> list[Face]:
    """Return the fields between the lines, once these agree on what each of them is.

    Where they do not a line between them is missing: fields as narrow as the grid is coarse hold no
    point of it. It is looked for on the way from line to line.
    """
    solver, limits = network.solver, network.solver.sheet.limits
    for _ in range(_MOST_ROUNDS):
        faces = cut(network.curves, limits.low, limits.high)
        known = set(network.curves)
        for face in faces:
            if face.spot is None and all(
                solver.fixes_potentials(curve.without) for curve, _ in face.sides
            ):
                for start, end in itertools.pairwise(_beside(face)):
                    for seed in find_seeds(solver, start, end):
                        network.grow(seed)
        if set(network.curves) == known:  # as many may be others
            return faces
    return cut(network.curves, limits.low, limits.high)


def _beside(face: Face) -> list[NDArray[np.float64]]:
    """Return places in a field beside the middle of each of its lines."""
    places = []
    for curve, left in face.sides:
        middle, along = on_chord(curve.places, midway(curve.places))
        place = middle + (1.0 if left else -1.0) * np.array([-along[1], along[0]])
        if shapely.contains_xy(face.outline, *place):
            places.append(place)
    return sorted(places, key=tuple)  # sides are in no order


def _seen(solver: PlaneSolver, face: Face) -> Face:
    """Return a field with the assemblage of a point in it."""
    spot = solver.cold(shapely.get_coordinates(face.outline.representative_point())[0])
    return face if spot is None else replace(face, phases=spot.phases(), spot=spot)


def _section_of(dataset: xr.Dataset) -> tuple[Section, Database]:
    if "phase_id" not in dataset:
        raise InputError("this dataset is no result of gibbsite: it has no phase_id.")
    dims = [str(dim) for dim in dataset["phase_id"].dims if dim != "slot"]
    text = dataset.attrs.get("section_toml")
    if "rock" in dims or not text:
        what = "of many rocks" if "rock" in dims else "no section"
        raise NoLinesError(f"this result is {what}", "lines can be drawn in a section of one rock.")
    try:
        section = Section.from_text(str(text), "the section of this result")
        data = section.load_database()
    except GibbsiteError as error:
        raise NoLinesError("this version has not what made this result", str(error)) from None
    if tuple(dims) != tuple(section.axes) or not all(
        np.array_equal(dataset[name].values, values) for name, values in section.axes.items()
    ):
        raise NoLinesError("this result is a part of a section", "give the whole.")
    return section, data


def _explore(dataset: xr.Dataset, sheet: Sheet, data: Database) -> tuple[Network, Grid]:
    """Follow lines until they explain the grid; return them and what is left."""
    solver = PlaneSolver(sheet)
    network = Network(solver)
    ids, names = dataset.gb.assemblage_id()
    place = {data.phases[i].name: k for i, k in sheet.reduced.index.items()}
    numbers = {
        tuple(sorted(place.get(key, -1) for key in name.split("+"))): i
        for i, name in enumerate(names)
    }
    labels = _just_inside(np.array(ids.values, np.int64), numbers, solver)
    grid = Grid(labels, numbers, sheet.steps)
    determined = all(solver.fixes_potentials(phases) for phases in grid.assemblages())
    sight = Sight(network)
    failures = 0
    for edge, start, end in grid.edges():
        spans = list(_spans(solver, start, end))
        grown: Iterator[list[Curve]] = (
            (network.grow(seed) for span in spans for seed in find_seeds(solver, *span))
            if determined
            else (sight.grow(*span) for span in spans)
        )
        new: list[Curve] = []
        for curves in grown:
            new += curves
            for curve in curves:
                grid.explain(curve)
            if not grid.is_open(edge):
                break
        at_point = len(spans) != 1 or not np.array_equal(spans[0][0], sheet.inside(start))
        if at_point and (not spans or any(network.passes(each) for each in (start, end))):
            grid.dismiss(edge)
            continue
        if not new and any(_is_alone(solver, each, end - start) for each in (start, end)):
            grid.dismiss(edge)
            continue
        for which, here in enumerate((start, end)):
            ways = end - start, _across(end - start)
            if grid.is_open(edge) and any(_is_alone(solver, here, way) for way in ways):
                grid.dismiss(edge, seen_from=which)
        failures = 0 if new or not grid.is_open(edge) else failures + 1
        if failures > _MOST_FAILURES:
            break
    return network, grid


def _across(way: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a way turned to the left."""
    return np.array([-way[1], way[0]])


def _is_alone(solver: PlaneSolver, place: NDArray[np.float64], way: NDArray[np.float64]) -> bool:
    """Return whether an assemblage is found at a place only, and not to either side of a way.

    So it is on a line along which the rock has the composition of a phase, enstatite say, or in a field
    narrower than can be seen.
    """
    across = _across(way) / np.hypot(*way)
    own = solver.cold(solver.sheet.inside(place))
    beside = [place + sign * across for sign in (1.0, -1.0)]
    spots = [
        solver.cold(each) for each in beside if np.array_equal(each, solver.sheet.inside(each))
    ]
    return own is not None and all(
        spot is not None and spot.phases() != own.phases() for spot in spots
    )


def _spans(
    solver: PlaneSolver, start: NDArray[np.float64], end: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Yield where a boundary is to be looked for between two points of the grid that differ.

    A point that itself lies on a boundary, where potentials jump or on a side of the diagram, may have
    an assemblage of its own: if all is the same up to it, the boundary is looked for across it.
    """
    sheet = solver.sheet
    way = (end - start) / np.hypot(*(end - start))
    first, last = solver.cold(sheet.inside(start + way)), solver.cold(sheet.inside(end - way))
    if first is None or last is None or first.phases() != last.phases():
        yield sheet.inside(start), sheet.inside(end)
        return
    for place, near in ((start, first), (end, last)):
        across = place - way, place + way
        if all(np.array_equal(each, sheet.inside(each)) for each in across):
            spots = [solver.cold(each) for each in across]
            if any(spot is not None and spot.phases() != near.phases() for spot in spots):
                yield across


def _just_inside(
    labels: NDArray[np.int64], numbers: dict[Phases, int], solver: PlaneSolver
) -> NDArray[np.int64]:
    """Say of sides on a facet, or without a component, what is just inside: on them other phases are possible."""
    sheet, unused = solver.sheet, int(labels.max()) + 1
    for d, rows in enumerate((labels.T, labels)):
        along, across = sheet.steps[d], sheet.steps[1 - d]
        sides = {0: sheet.limits.low[d] > 0.0, -1: sheet.limits.high[d] < along[-1]}
        for side in (each for each, shy in sides.items() if shy):
            for k in np.flatnonzero(rows[side] != NO_ANSWER).tolist():
                place = np.array([across[k], along[side]] if d else [along[side], across[k]])
                spot = solver.cold(sheet.inside(place))
                if spot is None:
                    rows[side, k] = NO_ANSWER
                else:
                    rows[side, k] = numbers.setdefault(spot.phases(), unused + len(numbers))
    return labels


def _fields_of(faces: Sequence[Face]) -> dict[tuple[Curve, bool], int]:
    """Return which field is on either side of each line, given the fields by falling area.

    Where lines cross nearer to each other than can be seen, one side of a line has several: of these
    it is the largest with the assemblage that the line says, or the largest.
    """
    found: dict[tuple[Curve, bool], int] = {}
    for says in (True, False):
        for i, face in enumerate(faces):
            for curve, left in face.sides:
                if not says or face.phases == curve.beside(left):
                    found.setdefault((curve, left), i)
    return found


def _sides_of(curve: Curve, beside: Sequence[Face]) -> tuple[Phases, Phases, bool]:
    """Return the assemblages without the phase of a line and beyond, and whether the first is left.

    They are those of its fields. The line alone may know one of them less well: that is so where it is
    several that coincide, and a field narrower than can be seen between them has its end.
    """
    if len(beside) == 2:
        left, right = (face.phases for face in beside)
        more = left.count(curve.phase) - right.count(curve.phase)
        if more:
            return (right, left, False) if more > 0 else (left, right, True)
    return curve.without, curve.beyond, curve.without_left


class _Names:
    """The engine's phases and places by the names and in the units of the section."""

    def __init__(self, sheet: Sheet, data: Database) -> None:
        self._sheet, self._data = sheet, data
        self._ids = sheet.reduced.ids

    def diagram(self, network: Network, faces: Sequence[Face], grid: Grid) -> Diagram:
        """Return everything by name."""
        used = list(dict.fromkeys(node for curve in network.curves for node in curve.nodes))
        number = {node: i for i, node in enumerate(used)}
        limits = self._sheet.limits
        area = float(np.prod(np.diff(self._sheet.to_axes(np.array([limits.low, limits.high])).T)))
        known = sorted(
            (face for face in faces if face.spot is not None), key=lambda face: -face.outline.area
        )
        field_of = _fields_of(known)
        return Diagram(
            axes=(self._sheet.axes[0].name, self._sheet.axes[1].name),
            phase_names=self._data.phase_names,
            components=self._data.components,
            lines=tuple(self._line(curve, number, known, field_of) for curve in network.curves),
            points=tuple(self._point(node) for node in used),
            fields=tuple(self._field(face, area) for face in known),
            unexplained=grid.unexplained(),
            others=grid.others(known, network.curves),
        )

    def _keys(self, phases: Sequence[int]) -> tuple[str, ...]:
        return assemblage(self._data.phase_names[self._ids[k]] for k in phases)

    def _line(
        self,
        curve: Curve,
        number: Mapping[Node, int],
        faces: Sequence[Face],
        field_of: Mapping[tuple[Curve, bool], int],
    ) -> Line:
        fields = field_of.get((curve, True), -1), field_of.get((curve, False), -1)
        without, beyond, without_left = _sides_of(curve, [faces[i] for i in fields if i >= 0])
        return Line(
            phase=self._data.phase_names[self._ids[curve.phase]],
            instance=self._instance(curve.sample),
            without=self._keys(without),
            beyond=self._keys(beyond),
            phase_on_left=not without_left,
            points=(number[curve.nodes[0]], number[curve.nodes[1]]),
            fields=fields,
            path=self._to_axes(shapely.LineString(curve.places)),
        )

    def _point(self, node: Node) -> Point:
        x, y = self._sheet.to_axes(node.place)
        zero = [int(node.spot.state.phase[j]) for j in node.spot.zeros]
        return Point(
            node.kind, self._keys(node.spot.phases()), self._keys(zero), float(x), float(y)
        )

    def _to_axes(self, geometry: Any) -> Any:
        straight = self._sheet.straight
        if straight < np.inf:
            geometry = shapely.segmentize(geometry, straight)
        return shapely.transform(geometry, self._sheet.to_axes)

    def _compositions(self, spot: Spot) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Ids and mole fractions of the oxides of every instance of a spot."""
        reduced = self._sheet.reduced
        ids, rows = [], []
        for j in range(spot.number):
            k = spot.state.phase[j]
            p = reduced.phases[k].to_whole(spot.state.proportions[j])
            ids.append(reduced.ids[k])
            oxides = p @ self._data.phases[ids[-1]].model.composition
            rows.append(oxides / oxides.sum())
        return np.array(ids), np.array(rows)

    def _instance(self, spot: Spot) -> int:
        """Number of the instance at zero among those of its phase."""
        ids, fractions = self._compositions(spot)
        order, numbers = slot_order(self._data, ids[None], fractions[None])
        return int(numbers[0][list(order[0]).index(spot.zeros[0])])

    def _field(self, face: Face, area: float) -> Field:
        assert face.spot is not None
        ids, fractions = self._compositions(face.spot)
        wanted = sorted(
            (self._ids[k] for k in face.phases), key=lambda i: self._data.phase_names[i]
        )
        order = [int(j) for j in slot_order(self._data, ids[None], fractions[None])[0][0]]
        chosen: list[int] = []
        for i in wanted:
            chosen.append(next(j for j in order if ids[j] == i and j not in chosen))
        outline = self._to_axes(face.outline)
        return Field(
            phases=self._keys(face.phases),
            compositions=fractions[chosen],
            variance=self._sheet.components - len(face.phases) + 2,
            area_fraction=float(outline.area / area),
            outline=outline,
        )

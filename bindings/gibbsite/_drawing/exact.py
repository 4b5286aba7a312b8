"""The fields to be drawn: between exact lines where a result has them, else from its grid."""

import itertools
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.names import name_everywhere
from gibbsite._store import diagram as _diagram
from gibbsite._store.diagram import Diagram

from .fields import FAILED, DrawnField, Fields, Naming, find_fields, sorted_phases
from .partition import Border

_UNSURE: Final = FAILED - 1
_OTHERS: Final = 0.005
"""Share of the points that may lie in a field of another assemblage: some may be wrong themselves."""


def fields_to_draw(dataset: xr.Dataset, exact: bool | None) -> Fields:
    """Return the fields of a computed section between exact lines, or those that its points tell.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result on a grid.
    exact : bool or None
        Whether lines are solved for that it does not hold; None for wherever they can be, else with
        a note that says why not.
    """
    if exact is False or dataset.gb.has_lines():
        return fields_of(dataset)
    from gibbsite._lines.answers import NoLinesError

    try:
        return solved_fields(dataset)
    except NoLinesError as error:
        if exact:
            raise
        return _of_points(dataset, error.reason)


def solved_fields(dataset: xr.Dataset) -> Fields:
    """Return the fields of a computed section between lines that are solved for, if need be."""
    if dataset.gb.has_lines():
        return fields_of(dataset)
    from gibbsite._lines.trace import trace  # the engine, which a file with lines has no use for

    return fields_of(dataset, trace(dataset))


def fields_of(dataset: xr.Dataset, diagram: Diagram | None = None) -> Fields:
    """Return the fields of a computed section and the lines between them.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result on a grid.
    diagram : Diagram, optional
        Its exact lines; by default those of its file, if there are any.
    """
    if diagram is None:
        if not dataset.gb.has_lines():
            return find_fields(dataset)
        diagram = dataset.gb.diagram()
    doubts = diagram.doubts()
    size = int(np.prod([dataset.sizes[axis] for axis in diagram.axes]))
    if not diagram.fields or diagram.others > _OTHERS * size:
        return _of_points(dataset, "; ".join(doubts) or "no line was found")
    x, y = (np.asarray(dataset[axis].values, dtype=np.float64) for axis in diagram.axes)
    labels = _labels(dataset, diagram, x, y)
    naming = Naming(dataset, labels)
    points = np.bincount(labels[labels != FAILED].ravel(), minlength=len(diagram.fields))
    fields = tuple(
        DrawnField(
            phases=(phases := sorted_phases(field.phases)),
            names=naming.of_field(i, phases) if points[i] else _names(field, diagram, phases),
            components=field.variance + len(field.phases) - 2,
            points=int(points[i]),
            area_fraction=field.area_fraction,
            outline=field.outline,
        )
        for i, field in enumerate(diagram.fields)
    )
    horizontal, vertical = diagram.axes
    note = f"Of the exact lines, {'; '.join(doubts)}" if doubts else ""
    return Fields(
        (vertical, horizontal), labels, fields, _lines(diagram), _failed(labels, x, y), note, True
    )


def _of_points(dataset: xr.Dataset, reason: str) -> Fields:
    """Return the fields that the points tell, with a note that says why."""
    return replace(
        find_fields(dataset), note=f"Drawn from the points, not from exact lines: {reason}"
    )


def _lines(diagram: Diagram) -> tuple[Border, ...]:
    """Return the lines between two fields; of one that is lost on its way, only as far as it is that."""
    lines = []
    for line in diagram.lines:
        path, (left, right) = line.path, line.fields
        if left == right or min(left, right) < 0:
            continue
        if any(diagram.points[i].kind in ("open", "critical") for i in line.points):
            path = path.intersection(diagram.fields[left].outline.boundary)
        if not path.is_empty:
            lines.append(Border(path, (left, right)))
    return tuple(lines)


def _labels(
    dataset: xr.Dataset, diagram: Diagram, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the field of every point: the one of its assemblage, or else the one it lies in."""
    ids, names = dataset.gb.assemblage_id()
    of_phases: dict[str, list[int]] = {}
    for i, field in enumerate(diagram.fields):
        of_phases.setdefault("+".join(field.phases), []).append(i)
    only = [of_phases.get(name, []) for name in names]
    table = np.array([found[0] if len(found) == 1 else _UNSURE for found in only] + [FAILED])
    labels = np.asarray(table[ids.values], dtype=np.int64)  # -1, no answer, takes the last
    row, column = np.nonzero(labels == _UNSURE)
    tree = shapely.STRtree([field.outline for field in diagram.fields])
    labels[row, column] = tree.nearest(shapely.points(x[column], y[row]))
    return labels


def _names(
    field: _diagram.Field, diagram: Diagram, phases: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """Return the names of the phases of a field without a point of the grid, in each convention."""
    compositions = [
        {oxide: np.array([value]) for oxide, value in zip(diagram.components, row, strict=True)}
        for row in field.compositions
    ]
    of_phase = {
        key: [c for c, p in zip(compositions, field.phases, strict=True) if p == key]
        for key in phases
    }
    named = [name_everywhere(key, found) for key, found in of_phase.items()]
    return tuple(tuple(itertools.chain(*names)) for names in zip(*named, strict=True))


def _failed(
    labels: NDArray[np.int64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> shapely.MultiPolygon:
    """Return the cells around the points without an answer."""
    row, column = np.nonzero(labels == FAILED)
    edges_x, edges_y = (np.r_[a[0], 0.5 * (a[1:] + a[:-1]), a[-1]] for a in (x, y))
    cells = shapely.box(edges_x[column], edges_y[row], edges_x[column + 1], edges_y[row + 1])
    return shapely.MultiPolygon(shapely.get_parts(shapely.union_all(cells)).tolist())

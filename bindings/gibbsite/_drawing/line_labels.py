"""Where the labels of isopleths go: on the lines, or where a line leaves the diagram.

All lengths are points (1/72 inch) on paper; the origin is the lower left corner of the diagram.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely

from .labels import PAD, Label, Measure, box_at, upright

EDGE: Final = 0.5  # nearer to the edge a path is taken to leave the diagram
APART: Final = 35.0  # a part so long, and so far from the label of another, has a label of its own
LONG: Final = 100.0  # what goes on so much further than this from its label has one more


def place_on_lines(
    paths: Sequence[Any],
    texts: Sequence[str],
    lines: Sequence[Any],
    frame: Any,
    page: Any,
    measure: Measure,
    size: float,
) -> dict[int, list[Label]]:
    """Return labels for each path: where it runs straight, far from other lines.

    Each part of a path has a label of its own, unless it is short, and a long one several. Where there
    is no place for any, the label stands outside, where the path leaves the diagram through its upper
    or right edge, if there is paper.

    Parameters
    ----------
    paths : sequence of MultiLineString
        Isopleths [pt].
    texts : sequence of str
        What to write on each.
    lines : sequence of geometry
        Other lines, which no label may touch [pt].
    frame : Polygon
        The diagram [pt].
    page : Polygon
        Where text may stand around it [pt].
    measure : callable
        Returns width and height of a text [pt].
    size : float
        Of the font [pt].
    """
    placed: dict[int, list[Label]] = {}
    boxes: list[Any] = []
    for i, (path, text) in enumerate(zip(paths, texts, strict=True)):
        others = [*lines, *(other for k, other in enumerate(paths) if k != i)]
        mine: list[Label] = []
        waiting = sorted(shapely.get_parts(path), key=lambda part: -part.length)
        while waiting:
            part = waiting.pop(0)
            nearest = min((part.distance(one.box) for one in mine), default=np.inf)
            if mine and min(part.length, nearest) < APART:
                continue
            obstacles = shapely.union_all([*others, *boxes])
            label = _on_line(part, text, obstacles, frame.buffer(-PAD), measure, size)
            if label is not None:
                mine.append(label)
                boxes.append(label.box)
                beyond = shapely.get_parts(part.difference(label.box.buffer(LONG)))
                waiting += [rest for rest in beyond if rest.length > LONG]
        if not mine:
            around = shapely.union_all([box.buffer(PAD / 2) for box in boxes])
            label = _at_end(path, text, around, (frame, page), measure, size)
            if label is not None:
                mine.append(label)
                boxes.append(label.box)
        if mine:
            placed[i] = mine
    return placed


def _at_end(
    path: Any, text: str, boxes: Any, around: tuple[Any, Any], measure: Measure, size: float
) -> Label | None:
    width, height = measure(text, size)
    frame, page = around
    _, _, right, top = frame.bounds
    ends = [
        point.coords[0]
        for part in shapely.get_parts(path)
        for point in shapely.get_parts(part.boundary)
    ]
    places = [(x, top + height / 2 + 2 * PAD) for x, y in ends if abs(y - top) < EDGE]
    places += [(right + width / 2 + PAD, y) for x, y in ends if abs(x - right) < EDGE]
    for x, y in places:
        for shift in (0.0, 0.3, -0.3, 0.6, -0.6):
            place = (x + shift * width, y) if y > top else (x, y + shift * height)
            box = box_at(*place, width, height)
            if page.contains(box) and not boxes.intersects(box):
                return Label(text, *place, 0.0, size, box)
    return None


def _on_line(
    part: Any, text: str, obstacles: Any, frame: Any, measure: Measure, size: float
) -> Label | None:
    width, height = measure(text, size)
    shapely.prepare(obstacles)
    best, widest = None, PAD
    along = np.arange(width, part.length - width, 2.0)
    # The middle, if nothing is near.
    for s in sorted(along, key=lambda s: abs(s - 0.5 * part.length)):
        a, middle, b = shapely.line_interpolate_point(part, [s - width / 2, s, s + width / 2])
        chord = shapely.LineString([a, b])
        if middle.distance(chord) > 0.15 * height:
            continue
        x, y = chord.centroid.coords[0]
        angle = upright(float(np.degrees(np.arctan2(b.y - a.y, b.x - a.x))))
        box = box_at(x, y, width, height, angle)
        room = np.inf if obstacles.is_empty else shapely.distance(box, obstacles)
        if room > widest and frame.contains(box):
            best, widest = Label(text, x, y, angle, size, box), room
    return best

"""Numbers for fields without room: near by, where nothing is drawn, with a line into the field.

All lengths are points (1/72 inch) on paper; the origin is the lower left corner of the diagram.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

STEP: Final = 2.0  # of the places that are tried
MOST_ANCHORS: Final = 6
APART: Final = 8.0  # of the anchors of a field
AT_ONCE: Final = 400  # leaders looked at together, the shortest first
ROOMY: Final = 0.4  # an anchor has at least this much of the room of the first
SHORTEST: Final = 1.5
# A leader may be so much longer for each line that it need not cross, and for a strong one.
CROSSING: Final = 4.0
DOT: Final = 0.9  # radius of the end of a leader, with some room


class Place(NamedTuple):
    """Where a number goes.

    Attributes
    ----------
    x, y : float
        Its middle.
    box : Polygon
        What it covers.
    leader : LineString
        From the box to a point of the field.
    """

    x: float
    y: float
    box: Any
    leader: Any


class LabelSheet:
    """A diagram with what is drawn and written on it, on which numbers of one size find places.

    Parameters
    ----------
    frame : Polygon
        The diagram, less what should stay free along its edge.
    lines : sequence of geometry
        Lines, which leaders should not cross more often than they must.
    covered : geometry
        Where no number may be: lines and their surroundings.
    boxes : sequence of Polygon
        Text, which no leader may cross.
    size : (float, float)
        Width and height of a number.
    """

    def __init__(
        self,
        frame: Any,
        lines: Sequence[Any],
        covered: Any,
        boxes: Sequence[Any],
        size: tuple[float, float],
    ) -> None:
        self._lines = shapely.STRtree(shapely.get_parts(np.array(lines, dtype=object)))
        self._covered = covered
        self._taken = [*boxes]
        self._leaders: list[Any] = []
        width, height = size
        left, bottom, right, top = frame.bounds
        x, y = np.meshgrid(
            np.arange(left + width / 2, right - width / 2, STEP),
            np.arange(bottom + height / 2, top - height / 2, STEP),
        )
        self._at = np.stack([x.ravel(), y.ravel()], -1)
        self._boxes = shapely.box(
            self._at[:, 0] - width / 2,
            self._at[:, 1] - height / 2,
            self._at[:, 0] + width / 2,
            self._at[:, 1] + height / 2,
        )
        shapely.prepare(covered)
        free = ~shapely.intersects(covered, self._boxes) & ~self._touched(boxes)
        self._at, self._boxes = self._at[free], self._boxes[free]

    def place(self, outline: Any) -> Place | None:
        """Return a place for the number of a field, and take it; None if the sheet is full."""
        anchors = list(_anchors(outline, self._covered))
        if (place := self._best(anchors)) is None:
            return None
        self._taken.append(place.box)
        self._leaders.append(place.leader)
        dot = shapely.Point(place.leader.coords[-1]).buffer(DOT)
        free = ~self._touched([place.box, place.leader.buffer(0.5), dot])
        self._at, self._boxes = self._at[free], self._boxes[free]
        return place

    def _touched(self, geometries: Sequence[Any]) -> NDArray[np.bool_]:
        """Return which places are not free of some text, with a little room around it."""
        if not geometries:
            return np.zeros(len(self._boxes), dtype=np.bool_)
        area = shapely.union_all(shapely.buffer(np.array(geometries, dtype=object), 0.6))
        shapely.prepare(area)
        return np.asarray(shapely.intersects(area, self._boxes))

    def _best(self, anchors: Sequence[Any]) -> Place | None:
        """Return the cheapest place; a leader crosses no other."""
        points = np.array(anchors, dtype=object)
        distance = shapely.distance(self._boxes[:, np.newaxis], points)
        number, anchor = np.unravel_index(np.argsort(distance, axis=None), distance.shape)
        far = distance[number, anchor] >= SHORTEST
        number, anchor = number[far], anchor[far]
        barred = shapely.union_all([*self._taken, *self._leaders])
        shapely.prepare(barred)
        for start in range(0, len(number), AT_ONCE):
            these = slice(start, start + AT_ONCE)
            leaders = shapely.shortest_line(self._boxes[number[these]], points[anchor[these]])
            allowed = np.flatnonzero(~shapely.intersects(barred, leaders))
            if allowed.size:
                crossed, _ = self._lines.query(leaders[allowed], predicate="crosses")
                cost = shapely.length(leaders[allowed])
                cost = cost + CROSSING * np.bincount(crossed, minlength=allowed.size)
                chosen = int(allowed[cost.argmin()])
                k = number[start + chosen]
                x, y = self._at[k]
                return Place(float(x), float(y), self._boxes[k], leaders[chosen])
        return None


def _anchors(outline: Any, obstacles: Any) -> Iterator[Any]:
    """Yield points inside a field, away from lines; the one with most room around it first."""
    clear = outline.buffer(-DOT).difference(obstacles)
    left, widest = outline if clear.is_empty else clear, 0.0
    for _ in range(MOST_ANCHORS):
        parts = [part for part in shapely.get_parts(left) if part.area > 0.0]
        if not parts:
            return
        part = max(parts, key=lambda part: part.area)
        tolerance = max(0.02, 0.01 * float(np.sqrt(part.area)))
        circle = shapely.maximum_inscribed_circle(part, tolerance=tolerance)
        if circle.length < ROOMY * widest:
            return
        widest = max(widest, circle.length)
        point = shapely.Point(circle.coords[0])
        yield point
        left = part.difference(point.buffer(APART))

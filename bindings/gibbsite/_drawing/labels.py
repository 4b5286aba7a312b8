"""Where labels go: inside a field where they fit, else a number, else a number with a leader.

All lengths are points (1/72 inch) on paper; the origin is the lower left corner of the diagram.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import shapely
from shapely import affinity

from .leaders import LabelSheet
from .style import Style


class Measure(Protocol):
    """Measures text, which may have several lines."""

    def __call__(self, text: str, size: float, weight: str = "normal", /) -> tuple[float, float]:
        """Return width and height [pt] of a text in a size [pt] and weight of the font."""


PAD: Final = 1.2
MOST_LINES: Final = 5
# Whether text is set along the field, and in how many lines; what is read most easily first.
PREFERRED: Final = ((False, (1, 2, 3)), (True, (1, 2)), (False, (4, 5)), (True, (3, 4, 5)))
SLENDER: Final = 2.0
STEEP: Final = 75.0
BOLD: Final = "bold"


@dataclass(frozen=True, slots=True)
class Label:
    """A text at its place.

    Attributes
    ----------
    text : str
        What is written; lines are separated by newlines.
    x, y : float
        Its middle [pt].
    angle : float
        Anticlockwise [degrees].
    size : float
        Of the font [pt].
    box : Polygon
        What it covers.
    leader : LineString or None
        From the box to a point of the field, if the text is not inside.
    """

    text: str
    x: float
    y: float
    angle: float
    size: float
    box: Any
    leader: Any = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field that asks for a label.

    Attributes
    ----------
    outline : Polygon
        The field [pt].
    names : tuple of str
        Names of its phases.
    must : bool
        Whether it gets a number at the end of a leader when nothing fits inside.
    """

    outline: Any
    names: tuple[str, ...]
    must: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """Labels of the fields, each at the index of its field.

    Attributes
    ----------
    labels : dict of int to Label
        Names inside of fields.
    numbers : dict of int to Label
        Places for numbers; their text is a stand-in.
    """

    labels: dict[int, Label]
    numbers: dict[int, Label]


def place_labels(
    wanted: Sequence[Wanted],
    lines: Sequence[Any],
    taken: Sequence[Any],
    measure: Measure,
    style: Style,
) -> Placed:
    """Find a place for every field.

    Parameters
    ----------
    wanted : sequence of Wanted
        Fields, the most important first.
    lines : sequence of geometry
        All lines drawn, which no text may touch.
    taken : sequence of Polygon
        What other text covers.
    measure : callable
        Returns width and height of a text.
    style : Style
        Gives the sizes that text may have.
    """
    obstacles = shapely.union_all([shapely.buffer(line, PAD) for line in lines] + list(taken))
    shapely.prepare(obstacles)
    stand_in = "8" * len(str(len(wanted)))
    numbers = [(stand_in, size, False) for size in style.number_sizes]
    placed = Placed({}, {})
    free = {i: _free(field, obstacles) for i, field in enumerate(wanted)}
    for i, field in enumerate(wanted):
        if label := _fit(free[i], _texts(field.names, style.label_sizes), measure):
            placed.labels[i] = label
        elif label := _fit(free[i], numbers, measure, BOLD):
            placed.numbers[i] = label
    without = [
        i
        for i, field in enumerate(wanted)
        if field.must and i not in placed.labels and i not in placed.numbers
    ]
    if without:
        boxes = [label.box for label in (*placed.labels.values(), *placed.numbers.values())]
        frame = shapely.box(*shapely.union_all([field.outline for field in wanted]).bounds)
        size = style.number_sizes[-1]
        sheet = LabelSheet(
            *(frame.buffer(-PAD), lines, obstacles, [*boxes, *taken]),
            measure(stand_in, size, BOLD),
        )
        for i in without:
            if (place := sheet.place(wanted[i].outline)) is not None:
                x, y, box, leader = place
                placed.numbers[i] = Label(stand_in, x, y, 0.0, size, box, leader)
    return placed


def box_at(x: float, y: float, width: float, height: float, angle: float = 0.0) -> Any:
    """Return a rectangle around its middle, turned by an angle [degrees]."""
    upright = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return affinity.rotate(upright, angle, origin=(x, y)) if angle else upright


def broken(names: Sequence[str], n_lines: int) -> str:
    """Return the names in a number of lines, the longest line as short as possible."""
    splits = itertools.combinations(range(1, len(names)), n_lines - 1)
    options = (
        [" ".join(names[a:b]) for a, b in itertools.pairwise((0, *split, len(names)))]
        for split in splits
    )
    return "\n".join(min(options, key=lambda rows: max(map(len, rows))))


def _texts(names: Sequence[str], sizes: Iterable[float]) -> Iterator[tuple[str, float, bool]]:
    """Yield text, size, and whether to set it along the field, the preferred ones first."""
    most = min(len(names), MOST_LINES)
    for size in sizes:
        for along, few in PREFERRED:
            for n_lines in few:
                if n_lines <= most:
                    yield broken(names, n_lines), size, along


def _free(field: Wanted, obstacles: Any) -> Any:
    """Return the part of a field that text may cover."""
    inside = field.outline.buffer(-PAD).simplify(0.1).buffer(-0.1)
    return inside.difference(obstacles)


def _fit(
    free: Any, texts: Iterable[tuple[str, float, bool]], measure: Measure, weight: str = "normal"
) -> Label | None:
    """Return the first text that fits, level or along a slender part, as it asks for."""
    parts = sorted(shapely.get_parts(free), key=lambda part: -part.area)[:4]
    parts = [part for part in parts if part.area > 0.0]
    shaped: list[tuple[Any, float | None]] = [(part, None) for part in parts]
    shaped += [(part, angle) for part in parts if (angle := _direction(part)) is not None]
    for text, size, along in texts:
        width, height = measure(text, size, weight)
        for part, angle in shaped:
            if along != (angle is not None) or part.area < width * height:
                continue
            if (place := _inside(part, width, height, angle or 0.0)) is not None:
                x, y = place
                box = box_at(x, y, width, height, angle or 0.0)
                return Label(text, x, y, angle or 0.0, size, box)
    return None


def _direction(part: Any) -> float | None:
    """Return the angle of a slender part [degrees], None if it is not slender or level."""
    corners = np.array(part.minimum_rotated_rectangle.exterior.coords)[:3]
    sides = np.diff(corners, axis=0)
    long, short = sorted(np.hypot(*sides.T), reverse=True)
    dx, dy = sides[np.hypot(*sides.T).argmax()]
    angle = upright(float(np.degrees(np.arctan2(dy, dx))))
    return None if long < SLENDER * short or abs(angle) < 3.0 else angle


def upright(angle: float) -> float:
    """Return the angle of text along a direction: never on its head, and read upward if steep."""
    return (angle + STEEP) % 180.0 - STEEP


def _inside(part: Any, width: float, height: float, angle: float) -> tuple[float, float] | None:
    """Return where a box of this size and direction fits into a polygon, None if nowhere found.

    Turned level and scaled so that the box becomes a square, the middle of the largest circle in
    the polygon is the best guess; the ends of what is left after shrinking are tried, too.
    """
    level = affinity.rotate(part, -angle, origin=(0.0, 0.0))
    scaled = affinity.scale(level, 1.0 / width, 1.0 / height, origin=(0.0, 0.0))
    left = shapely.get_parts(scaled.buffer(-0.5, join_style="mitre"))
    guesses = [shapely.maximum_inscribed_circle(scaled, tolerance=0.05).coords[0]]
    guesses += [piece.representative_point().coords[0] for piece in left if not piece.is_empty]
    for u, v in guesses:
        middle = affinity.rotate(shapely.Point(u * width, v * height), angle, origin=(0.0, 0.0))
        if part.contains(box_at(middle.x, middle.y, width, height, angle)):
            return float(middle.x), float(middle.y)
    return None

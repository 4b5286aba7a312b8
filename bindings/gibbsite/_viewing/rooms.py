"""Where in a field there is room for its name, at any zoom."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely

from gibbsite._drawing.fields import DrawnField
from gibbsite._drawing.labels import MOST_LINES, broken

# How much wider than high the ellipses are, on a square diagram.
STRETCHES: Final = (1.0, 3.0, 8.0)
TOLERANCE: Final = 0.002  # of the diagram, in which the middle of a field is found

Room = tuple[float, float, float, float]
"""Middle (x, y) and half-axes (rx, ry) of an ellipse inside a field, in coordinates."""


def rooms(field: DrawnField, spans: Sequence[float]) -> list[Room]:
    """Return the largest ellipses inside a field, one of each stretch.

    An ellipse stays inside when the diagram is stretched along its axes, as it is by zooming.

    Parameters
    ----------
    field : DrawnField
        Its outline is used.
    spans : (float, float)
        Width and height of the diagram, in coordinates.
    """
    return [_largest(field.outline, spans[0] * stretch, spans[1]) for stretch in STRETCHES]


def choices(names: Sequence[str]) -> list[str]:
    """Return the names in one line, in two, and so on."""
    return [broken(names, n) for n in range(1, min(len(names), MOST_LINES) + 1)]


def _largest(outline: Any, width: float, height: float) -> Room:
    scale = np.array([width, height])
    shrunk = shapely.transform(outline, lambda xy: xy / scale)
    radius = shapely.maximum_inscribed_circle(shrunk, tolerance=TOLERANCE)
    (x, y), (x_edge, y_edge) = radius.coords
    r = float(np.hypot(x_edge - x, y_edge - y))
    return (float(x * width), float(y * height), r * width, r * height)

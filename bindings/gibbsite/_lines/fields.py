"""Fields cut out of the frame of a diagram by its boundaries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.polygon import orient

from .curve import Curve, Phases
from .solver import Spot

Side = tuple[Phases, Curve, bool]
"""What lies on the left of a chord, its boundary, and whether that runs along with the chord."""


@dataclass(frozen=True, slots=True)
class Face:
    """A piece of the frame.

    Attributes
    ----------
    outline : shapely.Polygon
        In the coordinates s.
    phases : tuple of int
        Its assemblage; empty if nothing is known.
    spot : Spot or None
        The assemblage somewhere on its outline.
    sides : frozenset of (Curve, bool)
        The boundaries around it, and whether it is on their left.
    """

    outline: Any
    phases: Phases
    spot: Spot | None
    sides: frozenset[tuple[Curve, bool]]


def cut(curves: Sequence[Curve], low: NDArray[np.float64], high: NDArray[np.float64]) -> list[Face]:
    """Cut the frame into fields.

    The assemblage of a field is that on its side of the boundaries around it. It is left open if they
    do not agree, or if there are none.
    """
    frame = shapely.box(*low, *high)
    lines = [shapely.LineString(curve.places) for curve in curves]
    linework = shapely.union_all([*lines, frame.exterior])  # nodes it where chords cross or touch
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(linework)))
    left_of: dict[tuple[float, ...], Side] = {}
    for curve in curves:
        left, right = curve.beside(True), curve.beside(False)
        chords = np.hstack([curve.places[:-1], curve.places[1:]])
        for chord in chords:
            left_of[tuple(chord)] = (left, curve, True)
            left_of[tuple(chord[[2, 3, 0, 1]])] = (right, curve, False)
    return [_face(orient(piece), left_of) for piece in pieces]


def _face(piece: Any, left_of: dict[tuple[float, ...], Side]) -> Face:
    """Return a piece with what the boundaries around it say; its inside is on their left."""
    found: dict[Phases, Spot] = {}
    sides = set()
    for ring in (piece.exterior, *piece.interiors):
        xy = shapely.get_coordinates(ring)
        for chord in np.hstack([xy[:-1], xy[1:]]):
            beside = left_of.get(tuple(chord))
            if beside is not None:
                phases, curve, left = beside
                found.setdefault(phases, curve.spots[int(phases == curve.beyond)])
                sides.add((curve, left))
    if len(found) != 1:
        return Face(piece, (), None, frozenset(sides))
    ((phases, spot),) = found.items()
    return Face(piece, phases, spot, frozenset(sides))

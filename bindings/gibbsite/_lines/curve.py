"""Lines of a net and the points between them, and the geometry of paths."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .solver import Place, Spot

Phases = tuple[int, ...]

SAME_PLACE: Final = 0.05
"""Units: places nearer to each other are one."""


@dataclass(eq=False)
class Node:
    """A point where boundaries end.

    Attributes
    ----------
    place : (2,) array
        s.
    kind : str
        "invariant" (two phases at zero), "edge" (of the diagram), "critical" (the two instances
        of a phase become one), "loop" (a boundary that closes in itself), "open" (lost).
    spot : Spot
        An assemblage there, those at zero included.
    """

    place: Place
    kind: str
    spot: Spot


@dataclass(eq=False)
class Curve:
    """A boundary between two nodes.

    Attributes
    ----------
    places : (n, 2) array
        s; the first and the last are those of the nodes.
    phase : int
        What has the amount zero.
    without, beyond : tuple of int
        Phases on the side without it, and on the other.
    without_left : bool
        Whether the side without it is the left one.
    nodes : (Node, Node)
        Where it starts and ends.
    sample : Spot
        A point of it, its zero being the phase.
    spots : (Spot, Spot)
        The assemblages on the side without it and on the other, on it or close by.
    """

    places: NDArray[np.float64]
    phase: int
    without: Phases
    beyond: Phases
    without_left: bool
    nodes: tuple[Node, Node]
    sample: Spot
    spots: tuple[Spot, Spot]

    @property
    def sides(self) -> frozenset[Phases]:
        """The assemblages on both sides."""
        return frozenset((self.without, self.beyond))

    def beside(self, left: bool) -> Phases:
        """Return the assemblage on the left, or on the right."""
        return self.without if left == self.without_left else self.beyond


def unit(vector: Place) -> Place:
    """Return a vector of length 1 in the same direction."""
    return np.asarray(vector / np.hypot(*vector))


def gap(path: NDArray[np.float64], place: Place) -> tuple[float, int]:
    """Return how far a place is from a path, and the vertex before the nearest point."""
    away = _gaps(path, place)
    k = int(away.argmin())
    return float(away[k]), k


def _gaps(path: NDArray[np.float64], place: Place) -> NDArray[np.float64]:
    """Return how far a place is from each chord of a path."""
    step = np.diff(path, axis=0)
    length = np.maximum((step * step).sum(axis=1), 1e-300)
    share = np.clip(((place - path[:-1]) * step).sum(axis=1) / length, 0.0, 1.0)
    return np.asarray(np.hypot(*(path[:-1] + share[:, None] * step - place).T))


def midway(path: NDArray[np.float64], share: float = 0.5) -> int:
    """Return the chord on which half, or another share, of the length of a path is reached."""
    length = np.cumsum(np.hypot(*np.diff(path, axis=0).T))
    return int(np.searchsorted(length, share * length[-1]))


def chord_middles(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middles of the chords of a path."""
    return np.asarray(0.5 * (path[:-1] + path[1:]))


def on_chord(path: NDArray[np.float64], k: int) -> tuple[Place, Place]:
    """Return the middle of a chord of a path, and its direction."""
    return 0.5 * (path[k] + path[k + 1]), unit(path[k + 1] - path[k])


def position(path: NDArray[np.float64], place: Place, within: float) -> int | None:
    """Return the vertex of a path before or at a place so near to it, not at its ends, or None."""
    if len(path) < 2:
        return None
    away, k = gap(path, place)
    near_ends = min(np.hypot(*(path[0] - place)), np.hypot(*(path[-1] - place)))
    return k if away < within and near_ends > SAME_PLACE else None


def passes(path: NDArray[np.float64], place: Place, within: float) -> list[int]:
    """Return the vertices before or at which a path passes by a place so near; not those where it ends.

    Around a narrow wedge it does so twice, and by the point that it comes from, too.
    """
    away = _gaps(path, place)
    near = np.flatnonzero(away < within)
    found = []
    for run in np.split(near, np.flatnonzero(np.diff(near) > 1) + 1):
        ends = [path[k] for k in (0, -1) if len(run) and (0, len(away) - 1)[k] in run]
        if len(run) and all(np.hypot(*(end - place)) > SAME_PLACE for end in ends):
            found.append(int(run[away[run].argmin()]))
    return found

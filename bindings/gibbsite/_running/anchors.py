"""Cells to begin a proof with: made once for some neighbouring tiles, from points amid them.

What is proved of a tile then depends on the section and its place alone, on any machine and in any
order; a process makes only those that its tiles ask for.
"""

from functools import lru_cache
from threading import Lock

import numpy as np

from gibbsite._proof.together import Partitions, prover
from gibbsite._section.section import Section
from gibbsite._solving.given import of_section
from gibbsite._solving.sampled import learnt
from gibbsite._solving.solve import solve_grid

# Points along an axis of the grid that share an anchor, and how far its own points reach.
_SIDE, _EXTENT, _POINTS = 64, 16, 3


class _Anchor:
    """The cells that proved the points in the middle of a part of a section."""

    def __init__(self, section: Section, i: int, j: int) -> None:
        self._section, self._place, self._lock = section, (i, j), Lock()
        self._cells: Partitions | None = None

    def cells(self) -> Partitions:
        """Return them; the first to ask makes them."""
        with self._lock:
            if self._cells is None:
                self._cells = _made(self._section, *self._place)
            return self._cells


@lru_cache(maxsize=64)
def _anchor(section: Section, i: int, j: int) -> _Anchor:
    return _Anchor(section, i, j)


def anchored(section: Section, row: int, column: int) -> Partitions:
    """Return the cells to begin with about a point of the grid; none if the section is small."""
    if min(section.shape) < _SIDE:
        return {}
    return _anchor(section, row // _SIDE, column // _SIDE).cells()


def _places(number: int, size: int) -> np.ndarray:
    """Return the points along an axis, in the middle of a part."""
    middle = min(number * _SIDE + _SIDE // 2, size - 1 - _EXTENT // 2)
    return middle + np.linspace(-_EXTENT // 2, _EXTENT // 2, _POINTS).round().astype(int)


def _made(section: Section, i: int, j: int) -> Partitions:
    rows, columns = (_places(*each) for each in zip((i, j), section.shape, strict=True))
    data = section.load_database()
    points = section.points((rows[:, None] * section.shape[1] + columns).ravel())
    shape, found = (len(rows), len(columns)), Partitions()
    solve_grid(
        data, points.pressure_kbar, points.temperature_K, points.bulk_mol, shape, learnt(section),
        prover(data, points, shape, found=found), of_section(section, data, points),
    )  # fmt: skip
    return found

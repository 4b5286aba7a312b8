"""Scratch for a cell, see `cell`, and for the slabs that a `valley` is cut into."""

from typing import NamedTuple

import numpy as np

from ._jit import table
from .layout import Floats, Phases

_DEPTH = 24


@table
class Slabs(NamedTuple):
    """Faces of a cell, its slabs that are left, and one of them as it is judged; rows are named below."""

    at: Floats
    """(I) composition that the cell is about."""
    along: Floats
    """(3, I) e, f, L^-1 f."""
    faces: Floats
    """(I, S + 1) a of each face, c of each limit of a slab."""
    rows: Floats
    """(I, S + 1) L^-1 of these."""
    limits: Floats
    """(4, S + 2) those of a slab, those it has next, and how they come about."""
    ends: Floats
    """(DEPTH, 2) from and to which t the slabs reach that are left."""
    left: Floats
    """(DEPTH, S + 2) limits of where D may be low in these."""


DIRECTION, FORM, SOLVED = range(3)
NOW, NEXT, REACH, SLOPE = range(4)


def new_slabs(phases: Phases) -> Slabs:
    """Scratch for the largest phase of the system."""
    i, s = phases.size.shape[1], phases.multiplicity.shape[1]
    return Slabs(
        np.zeros(i),
        np.zeros((3, i)),
        np.zeros((i, s + 1)),
        np.zeros((i, s + 1)),
        np.zeros((4, s + 2)),
        np.zeros((_DEPTH, 2)),
        np.zeros((_DEPTH, s + 2)),
    )

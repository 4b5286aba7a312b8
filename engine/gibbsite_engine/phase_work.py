"""What is known of one phase at one composition, and scratch for its steps."""

from typing import NamedTuple

import numpy as np

from ._jit import table
from .layout import Floats, Phases


@table
class PhaseWork(NamedTuple):
    """One phase where it stands, few arrays since each costs compile time; rows are named below.

    `solution.potentials` puts a phase at a composition; what is asked of it there follows.
    """

    rows: Floats
    """(5, I)"""
    sites: Floats
    """(3, S)"""
    pull: Floats
    """(I, 3) the a, b, c parts of Q p, see `excess`."""
    h: Floats
    """(I, I)"""
    mixing: Floats
    """(I, I) what mixing adds to both forms of a cell, see `cell`."""
    here: Floats
    """(3) energy (kJ/mol), V = v.p and p'Q p (kJ/mol) where the phase stands."""


QP, MU, STEP, ONES, TRIAL = range(5)
Y, Y_STEP, STIFFNESS = range(3)
ENERGY, SIZE, PQP = range(3)


def new_phase_work(phases: Phases) -> PhaseWork:
    """Scratch for the largest phase of the system."""
    i, s = phases.size.shape[1], phases.multiplicity.shape[1]
    return PhaseWork(
        np.zeros((5, i)), np.ones((3, s)), np.zeros((i, 3)), np.zeros((i, i)), np.zeros((i, i)),
        np.zeros(3),
    )  # fmt: skip

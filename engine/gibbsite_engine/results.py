"""Answers of many points, as arrays that a sweep fills."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import status as st
from ._jit import inner, table
from .layout import Floats, System, n_slots
from .newton import State, append


@table
class Results(NamedTuple):
    """Answers of n points, at most N = C + 2 phase instances each."""

    status: NDArray[np.int8]
    answered_by: NDArray[np.int8]
    neighbour: NDArray[np.int64]
    """(n) the point that it was solved from; -1 if solved cold."""
    iterations: NDArray[np.int16]
    residuals: Floats
    """(n, 4) |mu - C'Gamma|, |D| of present phases (kJ/mol), mass (mol), lowest D (kJ/mol atoms)."""
    lowest_phase: NDArray[np.int16]
    excess: NDArray[np.int16]
    """(n) component in excess where infeasible."""
    gamma: Floats
    """(n, C)"""
    given: Floats
    """(n, O) potentials of opened components, kJ/mol."""
    number: NDArray[np.int16]
    phase: NDArray[np.int64]
    """(n, N), of the type that kernels count phases in: each is compiled once."""
    amount: Floats
    """(n, N)"""
    molar: Floats
    """(n, N, 2) volume and entropy per mol of formula."""
    proportions: Floats
    """(n, N, I)"""
    standard: Floats
    """(n, K, I) standard energies of the end-members of all phases, kJ/mol."""


def new_results(system: System, n: int) -> Results:
    """Empty results of n points."""
    k, i, c = system.phases.composition.shape
    slots = n_slots(c)
    return Results(
        status=np.full(n, st.NOT_RUN, np.int8),
        answered_by=np.zeros(n, np.int8),
        neighbour=np.full(n, -1, np.int64),
        iterations=np.zeros(n, np.int16),
        residuals=np.full((n, 4), np.nan),
        lowest_phase=np.full(n, -1, np.int16),
        excess=np.full(n, -1, np.int16),
        gamma=np.full((n, c), np.nan),
        given=np.full((n, len(system.opened.energy)), np.nan),
        number=np.zeros(n, np.int16),
        phase=np.full((n, slots), -1, np.int64),
        amount=np.zeros((n, slots)),
        molar=np.zeros((n, slots, 2)),
        proportions=np.zeros((n, slots, i)),
        standard=np.full((n, k, i), np.nan),
    )


@inner
def read(results: Results, i, state: State):
    """Put the answer of point i into a state."""
    state.number[0] = 0
    for c in range(state.gamma.size):
        state.gamma[c] = results.gamma[i, c]
    for j in range(results.number[i]):
        append(state, results.phase[i, j], results.amount[i, j], results.proportions[i, j], 0)

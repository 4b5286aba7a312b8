"""What is known of nodes that are solved again and again, and the buffers that answers go into."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import status as st
from ._jit import table
from .equilibrium import Workspace
from .factors import N_FACTORS
from .layout import Booleans, Floats, Ints, Options, System, n_slots
from .naming import NamingWork, Terms

HELD = 6
"""Cells of a node that are kept; phases that come after these have none."""


@table
class Nodes(NamedTuple):
    """What is known of n nodes: M end-members of all phases, N instances at most."""

    status: NDArray[np.int8]
    pressure: Floats
    """(n) kbar, of the last answer."""
    temperature: Floats
    """(n) K."""
    bulk: Floats
    """(n, C)"""
    gamma: Floats
    """(n, C)"""
    number: Ints
    """(n) instances; 0 where there is no answer."""
    phase: Ints
    """(n, N)"""
    amount: Floats
    """(n, N)"""
    molar: Floats
    """(n, N, 2) volume and entropy per mol of formula."""
    proportions: Floats
    """(n, N, I)"""
    residuals: Floats
    """(n, 4) as of `Results`; the last may be a bound."""
    lowest_phase: NDArray[np.int16]
    """(n) as of `Results`."""
    base: Floats
    """(n, M) of each phase when it was last searched all over, as in `Known`."""
    looked: Floats
    """(n, K, F) RT, 1, T, P then, see `factors`."""
    lowest: Floats
    """(n, K) what no composition then lay below."""
    present: NDArray[np.int8]
    """(n, K) instances then."""
    softness: Floats
    """(n, K) of the softest instance then; see `descent.softness`."""
    outside: Floats
    """(n, K) what no composition outside the cells then lay below, as in `Known`."""
    cells: NDArray[np.int8]
    """(n, K) cells around compositions that were present then."""
    limits: NDArray[np.float32]
    """(n, HELD, S + 2) theirs, phase after phase, rounded outwards; see `basin.set_limits`."""


@table
class Answers(NamedTuple):
    """Buffers that a solver fills, n nodes, N slots; a table without rows is not wanted.

    Slots are sorted by phase, then by composition; beyond the last the phase is -1 and what belongs
    to it 0. Where `status` is not 0 there is no answer: numbers are NaN and phases -1.
    """

    status: NDArray[np.int8]
    """(n) 0 where certified; else a number of `Solver.statuses`."""
    phase_id: NDArray[np.int16]
    """(n, N) place of the phase in `Solver.phases`."""
    amount_mol: Floats
    """(n, N) mol of formula per mole of oxides of the rock."""
    mass_fraction: Floats
    """(n, N)"""
    volume_fraction: Floats
    """(n, N)"""
    composition_mol: Floats
    """(n, N, X) mole fractions of the oxides in the phase; no rows unless asked for."""
    chemical_potential_kJ_mol: Floats
    """(n, X) of the oxides; NaN for one that the rock has not."""
    density_kg_m3: Floats
    """(n)"""
    entropy_J_kgK: Floats
    """(n)"""
    enthalpy_J_kg: Floats
    """(n)"""
    melt_mass_fraction: Floats
    """(n)"""
    melt_volume_fraction: Floats
    """(n)"""
    heat_capacity_J_kgK: Floats
    """(n) of the rock at equilibrium, latent heat included; no rows unless asked for."""
    alpha_per_K: Floats
    """(n) expansivity, likewise."""
    beta_per_kbar: Floats
    """(n) compressibility, likewise."""


@table
class Task(NamedTuple):
    """All that it takes to solve some nodes of one system, by one thread at a time."""

    system: System
    options: Options
    limits: Floats
    """(2, 2) least and greatest pressure [kbar] and temperature [K]."""
    nodes: Nodes
    place: Ints
    """(n) place of each node in the arrays that are given and filled."""
    terms: Terms
    work: Workspace
    asked: Booleans
    """(K) scratch: phases in question."""
    softness: Floats
    """(K) scratch: as of a node."""
    bounds: Floats
    """(K) scratch: what no composition lies below now, kJ/mol."""
    naming: NamingWork
    counts: Ints
    """(3) nodes since the start that were as before, that needed no search, that needed one."""


def new_nodes(system: System, n: int) -> Nodes:
    """Nodes of which nothing is known yet."""
    k, i, c = system.phases.composition.shape
    slots, m = n_slots(c), int(system.phases.n_endmembers.sum())
    return Nodes(
        status=np.full(n, st.NOT_RUN, np.int8),
        pressure=np.full(n, np.nan),
        temperature=np.full(n, np.nan),
        bulk=np.full((n, c), np.nan),
        gamma=np.zeros((n, c)),
        number=np.zeros(n, np.int64),
        phase=np.zeros((n, slots), np.int64),
        amount=np.zeros((n, slots)),
        molar=np.zeros((n, slots, 2)),
        proportions=np.zeros((n, slots, i)),
        residuals=np.full((n, 4), np.nan),
        lowest_phase=np.full(n, -1, np.int16),
        base=np.zeros((n, m)),
        looked=np.zeros((n, k, N_FACTORS)),
        lowest=np.full((n, k), -np.inf),
        present=np.zeros((n, k), np.int8),
        softness=np.zeros((n, k)),
        outside=np.full((n, k), -np.inf),
        cells=np.zeros((n, k), np.int8),
        limits=np.zeros((n, HELD, system.phases.multiplicity.shape[1] + 2), np.float32),
    )

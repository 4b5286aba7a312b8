"""The slow path for points that the kernels could not certify.

First the point is approached, in composition from the inside of what the phases can make, then in
temperature. A bulk that is just what one phase is made of leaves most potentials open: what holds in
the limit of a bulk beside it is an answer as good as any, and found as easily as another.
Then HiGHS through SciPy: it solves the linear programme over columns to its own tolerances, the
columns grow by descents at its potentials, and the assemblage it settles on goes through the same
Newton and the same search as any other before it is called certified. A point that fails here,
too, stays failed.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from . import status as st
from .cold import energy_of, seed_energy
from .descent import descend, pull_inside, set_base
from .equilibrium import Workspace
from .layout import Floats, Options, Points, System
from .levelling import lowest_of_cluster, price, seed_energies
from .newton import append, remove
from .ordering import lines_behind
from .results import Results, new_results
from .search import distance
from .standard import set_conditions
from .sweep import Assignment, sweep

_ROUNDS = 60
_SETTLED = 1e-6  # kJ/mol
_DISTANCES = (-4.0, 4.0, -16.0, 16.0)  # K
_STEPS = 16
# How far inside, in parts of the way to a composition in the middle of all that can be made.
_INSIDE = (*10.0 ** -np.arange(2.0, 13.0), 0.0)


class LonePoint(NamedTuple):
    """What is to be solved."""

    pressure: float
    """kbar"""
    temperature: float
    """K"""
    bulk: Floats
    """(C) mol per mole of oxides."""


class _Columns:
    """Compositions offered to the linear programme."""

    def __init__(self, system: System, work: Workspace) -> None:
        phases, seeds = system.phases, system.seeds
        seed_energies(seeds, work.conditions, 0, len(seeds.composition), work.search.energies)
        owner = np.repeat(np.arange(len(phases.n_endmembers)), np.diff(seeds.start))
        self.system, self.work = system, work
        self.phase = owner.tolist()
        self.proportions = list(seeds.proportions)
        self.composition = list(seeds.composition)
        self.energy = [
            seed_energy(phases, seeds, work.conditions, j, k, work.search.energies)
            for j, k in enumerate(owner)
        ]

    def add(self, k: int, p: Floats) -> None:
        """Add a composition of phase k."""
        phases = self.system.phases
        self.phase.append(k)
        self.proportions.append(p.copy())
        self.composition.append(p @ phases.composition[k])
        self.energy.append(energy_of(phases, k, self.work.conditions, p, self.work.phase))

    def solve(self, bulk: Floats) -> tuple[Floats, Floats] | None:
        """Amounts of the columns and chemical potentials, or None where HiGHS fails."""
        from scipy.optimize import linprog  # as long to import as half of all the rest

        found = linprog(
            self.energy, A_eq=np.array(self.composition).T, b_eq=bulk, method="highs-ds"
        )
        if found.status != 0 or found.x is None:
            return None
        return found.x, found.eqlin.marginals


def _grow(columns: _Columns, gamma: Floats, amounts: Floats, options: Options) -> float:
    """Add descents from the basis and from the best seed of each cluster; lowest D found."""
    system, work = columns.system, columns.work
    phases, seeds, search = system.phases, system.seeds, work.search
    starts = [(columns.phase[j], columns.proportions[j]) for j in np.flatnonzero(amounts > 0)]
    for k in range(len(phases.n_endmembers)):
        set_base(phases, k, work.conditions, gamma, search.base)
        price(phases, seeds, k, search.base, search.energies, search.driving)
        for cluster in range(seeds.phase_cluster[k], seeds.phase_cluster[k + 1]):
            best = lowest_of_cluster(seeds, cluster, search.driving)
            starts.append((k, seeds.proportions[best]))
    lowest = 0.0
    for k, start in starts:
        p = start.copy()
        pull_inside(phases, k, seeds.centre, 1e-3, p)
        d, _, _ = descend(
            phases, k, work.conditions, search.base, options.descent_steps, np.inf, p, work.phase
        )
        if np.isfinite(d) and d < -1e-9:
            columns.add(k, p)
            lowest = min(lowest, d)
    return lowest


def solve_slowly(
    system: System, options: Options, point: LonePoint, work: Workspace, out: Results, i: int
) -> bool:
    """Solve one point by a walk, or else by HiGHS, and write it as point i of the results.

    What was learnt of other points may lead astray: it is left out at first, as if there were none.

    Returns
    -------
    bool
        Whether the point is certified now; the results are left alone if not.
    """
    tables = [system._replace(seeds=system.cover)]
    if system.seeds.gap[0] < np.inf:
        tables.append(system)
    return any(_solve(table, options, point, work, out, i) for table in tables)


def _solve(
    system: System, options: Options, point: LonePoint, work: Workspace, out: Results, i: int
) -> bool:
    """As `solve_slowly`, with the seeds that the system has."""
    for temperatures, bulks in _ways(system, point):
        n = len(temperatures)
        found = new_results(system, n)
        way = Points(np.full(n, point.pressure), temperatures, bulks)
        sweep(
            system,
            options,
            way,
            Assignment(np.arange(n), behind=lines_behind(np.arange(n))),
            work,
            found,
        )
        if found.status[-1] == st.CERTIFIED:
            _take(found, n - 1, out, i)
            return True
    return solve_with_highs(system, options, point, work, out, i)


def _ways(system: System, point: LonePoint) -> Iterator[tuple[Floats, Floats]]:
    """Temperatures (n) and bulks (n, C) that lead to a point: near by it is known what comes."""
    inside = np.array(_INSIDE)[:, None]
    bulks = point.bulk + inside * (_middle(system) * point.bulk.sum() - point.bulk)
    yield np.full(len(bulks), point.temperature), bulks
    for far in _DISTANCES:
        temperatures = np.linspace(point.temperature + far, point.temperature, _STEPS + 1)
        yield temperatures, np.tile(point.bulk, (len(temperatures), 1))


def _middle(system: System) -> Floats:
    """A composition inside the cone of all that the phases can make; (C,), its sum 1."""
    of_phases = np.einsum("ki,kic->kc", system.seeds.centre, system.phases.composition)
    return np.asarray((of_phases / of_phases.sum(axis=1, keepdims=True)).mean(axis=0))


def _take(found: Results, j: int, out: Results, i: int) -> None:
    """Write point j of one set of results as point i of another."""
    for name in out._fields:
        getattr(out, name)[i] = getattr(found, name)[j]
    out.answered_by[i] = st.FALLBACK
    out.neighbour[i] = -1


def solve_with_highs(
    system: System,
    options: Options,
    point: LonePoint,
    work: Workspace,
    out: Results,
    i: int,
    offered: Sequence[tuple[int, Floats]] = (),
) -> bool:
    """Solve one point slowly and write it as point i of the results if it can be certified.

    Parameters
    ----------
    offered : sequence of (int, (I,) array)
        Phases and proportions found elsewhere, to be columns beside the seeds.

    Returns
    -------
    bool
        Whether the point is certified now; the results are left alone if not.
    """
    set_conditions(system, point.pressure, point.temperature, work.conditions)
    columns = _Columns(system, work)
    for k, p in offered:
        columns.add(k, p)
    for _ in range(_ROUNDS):
        answer = columns.solve(point.bulk)
        if answer is None:
            return False
        amounts, gamma = answer
        if _grow(columns, gamma, amounts, options) > -_SETTLED:
            break
    state = work.state
    state.number[0] = 0
    state.gamma[:] = gamma
    for j in np.argsort(-amounts)[: len(point.bulk)]:
        if amounts[j] > 0.0:
            p = columns.proportions[j].copy()
            pull_inside(system.phases, columns.phase[j], system.seeds.centre, 1e-6, p)
            append(state, columns.phase[j], amounts[j], p, options.lives)
    _merge_equal(system, options, work)
    found = new_results(system, 1)
    alone = Points(np.array([point.pressure]), np.array([point.temperature]), point.bulk[None, :])
    sweep(system, options, alone, Assignment(np.zeros(1, np.int64), given=True), work, found)
    if found.status[0] != st.CERTIFIED:
        return False
    _take(found, 0, out, i)
    return True


def _merge_equal(system: System, options: Options, work: Workspace) -> None:
    """Join columns of one phase whose compositions have met."""
    state = work.state
    j = 1
    while j < state.number[0]:
        for m in range(j):
            p, q, k = state.proportions[m], state.proportions[j], state.phase[j]
            if state.phase[m] != k:
                continue
            if distance(system.phases, k, p, q) < options.same_composition:
                a, b = state.amount[m], state.amount[j]
                state.proportions[m] = (a * p + b * q) / (a + b)
                state.amount[m] = a + b
                remove(state, j)
                j -= 1
                break
        j += 1

"""The proof of one phase at one pressure, temperature and set of potentials."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from time import thread_time
from typing import NamedTuple

import numpy as np

from gibbsite._inputs.database import Database, Reduced
from gibbsite_engine.descent import new_phase_work
from gibbsite_engine.layout import Conditions, Floats
from gibbsite_engine.proof.branch import (
    CELL_LIMIT,
    FLAT_CELL,
    PROVED,
    REFUTED,
    ROOM_LIMIT,
    Minima,
    Search,
    learn,
    new_minima,
    prove_phase,
)
from gibbsite_engine.proof.cells import Cells, new_cells
from gibbsite_engine.proof.chart import Chart, Energy, chart, energy
from gibbsite_engine.proof.driving import ProofWork, X, Y, descend_chart, new_work, sites_at
from gibbsite_engine.solution import potentials

_ROWS = 60_000
_DESCENTS = 60
# The best seeds of so many clusters are descended before cells are made.
_STARTS = 4
_INSIDE = 0.02
_LIMITS = {
    CELL_LIMIT: "the number of cells",
    ROOM_LIMIT: "the room for vertices",
    FLAT_CELL: "the arithmetic: a cell without extent",
}


@dataclass(frozen=True, slots=True)
class PhaseProof:
    """What was proved of one phase.

    Attributes
    ----------
    name : str
        Key of the phase.
    status : str
        "proved", "refuted" or "undecided".
    limit : str
        Which limit left it undecided; "" otherwise.
    driving_force_bound : float
        kJ per mole of formula. Proved: no composition lies lower. Refuted: the driving force of
        `composition`. Undecided: NaN.
    composition : mapping
        Proportions of end-members that lie below the plane; empty unless refuted.
    cells : int
        How many parts of the polytope were looked at.
    seconds : float
        Processor time it took.
    """

    name: str
    status: str
    limit: str
    driving_force_bound: float
    composition: Mapping[str, float]
    cells: int
    seconds: float


class Verdict(NamedTuple):
    """The same in the terms of the reduced database."""

    status: int
    bound: float
    """kJ per mole of formula."""
    proportions: Floats
    cells: int
    seconds: float


class Room(NamedTuple):
    """Scratch of one thread."""

    cells: Cells
    work: ProofWork


@lru_cache(maxsize=64)
def charts(data: Database, present: tuple[bool, ...]) -> tuple[Chart | None, ...]:
    """Return the charts of all phases of a reduced database; None for pure phases."""
    system = data.reduced(np.array(present)).system
    return tuple(
        chart(system, k) if n > 1 else None for k, n in enumerate(system.phases.n_endmembers)
    )


def new_room(all_charts: Iterable[Chart | None]) -> Room:
    """Return scratch for the largest of some charts."""
    solutions = [at for at in all_charts if at is not None]
    d = max((at.site.shape[1] for at in solutions), default=1)
    species = max((at.site.shape[0] for at in solutions), default=1)
    return Room(new_cells(_ROWS, d, species), new_work(d, species))


def starts(reduced: Reduced, k: int, conditions: Conditions, gamma: Floats) -> Floats:
    """Return the best seeds of a few clusters of phase k, strictly inside; one a row."""
    system, n = reduced.system, int(reduced.system.phases.n_endmembers[k])
    seeds = system.seeds
    first, last = seeds.start[k], seeds.start[k + 1]
    rt, p, t = conditions.state
    base = conditions.g0[k, :n] - system.phases.composition[k, :n] @ gamma
    price = np.array([rt, 1.0, t, p]) @ seeds.features[:, first:last]
    price = price + seeds.proportions[first:last, :n] @ base
    edges = seeds.cluster_start[seeds.phase_cluster[k] : seeds.phase_cluster[k + 1] + 1] - first
    best = [a + int(price[a:b].argmin()) for a, b in pairwise(edges)]
    chosen = sorted(best, key=lambda j: float(price[j]))[:_STARTS]
    points = seeds.proportions[first:last, :n][chosen]
    return np.asarray(points + _INSIDE * (seeds.centre[k, :n] - points))


def _known(at: Chart, e: Energy, compositions: Iterable[Floats], room: Room) -> Minima:
    """Descend from compositions (proportions, one each) and keep where that leads."""
    d, species = at.site.shape[1], len(at.multiplicity)
    minima = new_minima(d, species)
    total = at.basis.shape[0]
    for p in compositions:
        z = p[:total] / (p[:total] @ at.size)
        x = at.coordinates @ (z - at.origin)
        room.work.vectors[X, :d] = x
        sites_at(at, x, room.work.sites[Y])
        learn(at, minima, descend_chart(at, e, _DESCENTS, room.work), room.work)
    return minima


def driving_force(
    reduced: Reduced, k: int, conditions: Conditions, gamma: Floats, p: Floats
) -> float:
    """Return D of proportions p of phase k, kJ per mole of formula, by the engine's own kernel."""
    phases, n = reduced.system.phases, int(reduced.system.phases.n_endmembers[k])
    base = conditions.g0.copy()
    base[k, :n] -= phases.composition[k, :n] @ gamma
    rows = np.zeros((3, phases.size.shape[1]))
    rows[0, :n] = p[:n]
    y = new_phase_work(phases).sites[0]
    d, _, _ = potentials(
        phases, k, base, conditions.interaction, conditions.state[0], rows[0], y, rows[1], rows[2]
    )
    return float(d)


def judge(
    reduced: Reduced,
    at: Chart | None,
    k: int,
    conditions: Conditions,
    gamma: Floats,
    known: Iterable[Floats],
    tolerance: float,
    most_vertices: int,
    room: Room,
) -> Verdict:
    """Decide whether any composition of phase k lies more than `tolerance` below the plane.

    Parameters
    ----------
    known : iterable of (I,) array
        Proportions of the phase in the answer.
    tolerance : float
        kJ per mole of formula.
    most_vertices : int
        Limit of effort: vertices of all cells together.
    """
    began = thread_time()
    if at is None:
        one = np.ones(1)
        d = driving_force(reduced, k, conditions, gamma, one)
        return Verdict(PROVED if d >= -tolerance else REFUTED, d, one, 1, 0.0)
    e = energy(at, reduced.system.phases, k, conditions, gamma)
    minima = _known(at, e, [*known, *starts(reduced, k, conditions, gamma)], room)
    low, high = at.size_range
    search = Search(target=-tolerance / high, most_vertices=most_vertices)
    effort = np.zeros(2, np.int64)
    status, bound = prove_phase(at, e, minima, search, room.cells, room.work, effort)
    proportions = np.zeros(0)
    if status == REFUTED:
        z = at.origin + at.basis @ room.work.vectors[X, : at.basis.shape[1]]
        proportions = z / z.sum()
        bound = driving_force(reduced, k, conditions, gamma, proportions)
    elif status == PROVED:
        bound *= high if bound < 0.0 else low
    return Verdict(status, float(bound), proportions, int(effort[0]), thread_time() - began)


def in_words(data: Database, reduced: Reduced, k: int, verdict: Verdict) -> PhaseProof:
    """Name a verdict and put its composition into the end-members of the whole database."""
    place = reduced.phases[k].place
    phase, composition = data.phases[place], {}
    if verdict.status == REFUTED:
        whole = verdict.proportions @ reduced.phases[k].basis
        composition = dict(zip(phase.endmembers, whole.tolist(), strict=True))
    settled = {PROVED: "proved", REFUTED: "refuted"}
    return PhaseProof(
        name=phase.name,
        status=settled.get(verdict.status, "undecided"),
        limit=_LIMITS.get(verdict.status, ""),
        driving_force_bound=verdict.bound if verdict.status in settled else np.nan,
        composition=composition,
        cells=verdict.cells,
        seconds=verdict.seconds,
    )

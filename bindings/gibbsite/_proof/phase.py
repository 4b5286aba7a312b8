"""The proof of one phase at one pressure, temperature and set of potentials."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from time import thread_time
from typing import NamedTuple

import numpy as np

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.limits import to_kelvin
from gibbsite.errors import InputError
from gibbsite_engine.layout import Conditions, Floats, System
from gibbsite_engine.phase_work import new_phase_work
from gibbsite_engine.proof.branch import (
    CELL_LIMIT,
    FLAT_CELL,
    PROVED,
    REFUTED,
    ROOM_LIMIT,
    Search,
    Stationary,
    learn,
    new_stationary,
    prove_phase,
)
from gibbsite_engine.proof.cells import Cells, new_cells
from gibbsite_engine.proof.chart import Chart, Energy, chart, energy
from gibbsite_engine.proof.driving import ProofWork, X, Y, descend_chart, new_work, sites_at
from gibbsite_engine.solution import potentials
from gibbsite_engine.standard import new_conditions, set_conditions

from .outward import chart_error, phase_bound, pure_error
from .rounding import root_polytope

# kJ per mole of formula that a phase may lie below the plane, by default.
TOLERANCE = 1e-6
_ROWS = 60_000
_NO_TRAIL = np.zeros((0, 1))
_DESCENTS = 60
# The best seeds of so many clusters are descended before cells are made.
_STARTS = 4
_INSIDE = 0.02
# Statuses beside those of the kernel.
NOT_RIGOROUS, NOT_CONVEX = -1, -2
# Cells of a phase that can be checked again.
_TRAIL = 20_000
_LIMITS = {
    CELL_LIMIT: "the number of cells",
    ROOM_LIMIT: "the room for cells and their vertices",
    FLAT_CELL: "the arithmetic: a cell without extent",
    NOT_RIGOROUS: "the arithmetic: a bound not confirmed with its rounding errors",
    NOT_CONVEX: "the model: its entropy is not known to be a sum of convex site groups",
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

    def __repr__(self) -> str:
        """Return phase, outcome and bound on one line."""
        outcome = f"{self.status} ({self.limit})" if self.limit else self.status
        return f"<PhaseProof {self.name}: {outcome}, {self.driving_force_bound:.3g} kJ/mol>"


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


class Demand(NamedTuple):
    """What is to be shown of a phase, and how hard."""

    tolerance: float
    """kJ per mole of formula that a composition may lie below the plane."""
    most_vertices: int
    """Limit of effort: vertices of all cells together."""
    rigorous: bool = False
    """Whether a bound must hold with all rounding errors on the safe side; else it has margins."""
    above: float = 0.0
    """kJ per mole of formula by which all compositions are to lie above the plane, less the tolerance."""


_LIMITED = "its compositions are limited by a window, which is no bound of its sites"


class NoChart(NamedTuple):
    """A solution of which nothing can be proved."""

    reason: str


@lru_cache(maxsize=64)
def charts(data: Database, present: tuple[bool, ...]) -> tuple[Chart | NoChart | None, ...]:
    """Return the charts of all phases of a reduced database; None for pure phases."""
    reduced = data.reduced(np.array(present))
    limited = {window.phase for window in data.windows}
    return tuple(
        None
        if n == 1
        else NoChart(_LIMITED)
        if data.phases[phase_id].name in limited
        else _chart(reduced.system, k)
        for k, (n, phase_id) in enumerate(
            zip(reduced.system.phases.n_endmembers, reduced.ids, strict=True)
        )
    )


def _chart(system: System, k: int) -> Chart | NoChart:
    try:
        return chart(system, k)
    except ValueError as error:
        return NoChart(str(error))


def set_up(reduced: Reduced, pressure_kbar: float, temperature_C: float) -> Conditions:
    """Return energies at kbar and degC; raises InputError where an end-member has none."""
    conditions = new_conditions(reduced.system)
    set_conditions(reduced.system, pressure_kbar, to_kelvin(temperature_C), conditions)
    if not np.isfinite(conditions.g0).all():
        raise InputError(
            f"at {pressure_kbar:g} kbar and {temperature_C:g} °C an end-member is outside the "
            "domain of its equation of state; nothing can be proved there."
        )
    return conditions


def new_room(all_charts: Iterable[Chart | NoChart | None], rows: int = _ROWS) -> Room:
    """Return scratch for the largest of some charts, and so many vertices."""
    solutions = [at for at in all_charts if isinstance(at, Chart)]
    d = max((at.site.shape[1] for at in solutions), default=1)
    species = max((at.site.shape[0] for at in solutions), default=1)
    return Room(new_cells(rows, d, species), new_work(d, species, rows))


def starts(reduced: Reduced, k: int, conditions: Conditions, gamma: Floats) -> Floats:
    """Return the best seeds of a few clusters of phase k, strictly inside; one a row."""
    n = int(reduced.system.phases.n_endmembers[k])
    base = conditions.g0[k, :n] - reduced.system.phases.composition[k, :n] @ gamma
    return best_seeds(reduced, k, base, conditions.factors)


def best_seeds(reduced: Reduced, k: int, base: Floats, factors: Floats) -> Floats:
    """Return the best seeds of a few clusters of a phase, strictly inside; one a row.

    Parameters
    ----------
    k : int
        The phase.
    base : (I,) array
        g0 - C'Gamma, kJ/mol.
    factors : (F,) array
        RT, 1, T, P, see `gibbsite_engine.factors`.
    """
    seeds, n = reduced.system.seeds, len(base)
    first, last = seeds.start[k], seeds.start[k + 1]
    price = factors @ seeds.features[:, first:last]
    price = price + seeds.proportions[first:last, :n] @ base
    edges = seeds.cluster_start[seeds.phase_cluster[k] : seeds.phase_cluster[k + 1] + 1] - first
    best = [a + int(price[a:b].argmin()) for a, b in pairwise(edges)]
    chosen = sorted(best, key=lambda j: float(price[j]))[:_STARTS]
    points = seeds.proportions[first:last, :n][chosen]
    return np.asarray(points + _INSIDE * (seeds.centre[k, :n] - points))


def _known(at: Chart, e: Energy, compositions: Iterable[Floats], room: Room) -> Stationary:
    """Descend from compositions (proportions, one each) and keep where that leads."""
    d, species = at.site.shape[1], len(at.multiplicity)
    minima = new_stationary(d, species)
    for p in compositions:
        x = coordinates(at, p)
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
    return float(potentials(phases, k, conditions, base, p[:n].copy(), new_phase_work(phases)))


def judge(
    reduced: Reduced,
    at: Chart | NoChart | None,
    k: int,
    conditions: Conditions,
    gamma: Floats,
    known: Iterable[Floats],
    demand: Demand,
    room: Room,
) -> Verdict:
    """Decide whether any composition of phase k lies below the plane.

    Parameters
    ----------
    known : iterable of (I,) array
        Proportions of the phase in the answer.
    """
    began, (tolerance, most_vertices, rigorous, above) = thread_time(), demand
    if at is None:
        one = np.ones(1)
        d = driving_force(reduced, k, conditions, gamma, one)
        if rigorous and d >= -tolerance:
            d -= pure_error(reduced.system.phases, k, conditions, gamma)
        return Verdict(PROVED if d >= -tolerance else REFUTED, d, one, 1, 0.0)
    if isinstance(at, NoChart):
        return Verdict(NOT_CONVEX, np.nan, np.zeros(0), 0, 0.0)
    e = energy(at, reduced.system.phases, k, conditions, gamma)
    minima = _known(at, e, [*known, *starts(reduced, k, conditions, gamma)], room)
    low, high = at.size_range
    target = (above - tolerance) / high
    # what is checked afterwards must be shown with something to spare
    spare = 0.5 * tolerance / high if rigorous else 0.0
    search = Search(target=target + spare, most_vertices=most_vertices)
    effort = np.zeros(2, np.int64)
    d, species = at.site.shape[1], len(at.multiplicity)
    trail = np.zeros((_TRAIL, 1 + d + species)) if rigorous else _NO_TRAIL
    status, bound = prove_phase(at, e, minima, search, room.cells, room.work, effort, trail)
    if rigorous and status == PROVED:
        error = chart_error(at, reduced.system.phases, k, conditions, gamma, root_polytope(at).box)
        bound = phase_bound(at, e, trail, int(effort[0]), target + error, room.cells) - error
        if bound < target:
            status = NOT_RIGOROUS
    proportions = np.zeros(0)
    if status == REFUTED:
        z = at.origin + at.basis @ room.work.vectors[X, : at.basis.shape[1]]
        proportions = z / z.sum()
        bound = driving_force(reduced, k, conditions, gamma, proportions)
    elif status == PROVED:
        bound *= high if bound < 0.0 else low
    return Verdict(status, float(bound), proportions, int(effort[0]), thread_time() - began)


def coordinates(at: Chart, p: Floats) -> Floats:
    """Return x of proportions p."""
    n = len(at.size)
    return np.asarray(at.coordinates @ (p[:n] / (p[:n] @ at.size) - at.origin))


def in_words(data: Database, reduced: Reduced, k: int, verdict: Verdict) -> PhaseProof:
    """Name a verdict and put its composition into the end-members of the whole database."""
    phase, composition = data.phases[reduced.ids[k]], {}
    if verdict.status == REFUTED:
        whole = reduced.phases[k].to_whole(verdict.proportions)
        composition = dict(zip(phase.endmembers, whole.tolist(), strict=True))
    settled = {PROVED: "proved", REFUTED: "refuted"}
    limited = verdict.status == NOT_CONVEX and phase.name in {w.phase for w in data.windows}
    return PhaseProof(
        name=phase.name,
        status=settled.get(verdict.status, "undecided"),
        limit=_LIMITED if limited else _LIMITS.get(verdict.status, ""),
        driving_force_bound=verdict.bound if verdict.status in settled else np.nan,
        composition=composition,
        cells=verdict.cells,
        seconds=verdict.seconds,
    )

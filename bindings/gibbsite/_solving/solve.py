"""Points in, variables out: groups by what a bulk can be made of, chains, threads and the slow path."""

from collections.abc import Callable, Collection, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.faces import faces
from gibbsite_engine._interpreted import brief
from gibbsite_engine.checks import check_points
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.fallback import LonePoint, solve_slowly
from gibbsite_engine.lattice import no_lattice
from gibbsite_engine.layout import Booleans, Floats, Ints, Options, Points, System
from gibbsite_engine.ordering import (
    SearchOrder,
    along_curve,
    chain_edges,
    chain_route,
    grid_chain,
    grid_edges,
    grid_route,
    lines_behind,
)
from gibbsite_engine.results import Results, new_results
from gibbsite_engine.status import CERTIFIED, INFEASIBLE, NOT_TRIED, STATUS_NAMES
from gibbsite_engine.sweep import Assignment, confirm, sweep

from . import again
from . import results as _results
from .given import GivenEnergies, opened_to, runs
from .learning import Systems, system
from .left_out import LeftOut, left_out
from .lone import FINAL, solve_alone
from .tabulated import tabulated
from .threads import threads

_CHAIN_LENGTH = 512
# How many points are solved again alone, which takes as long as fifty of a section.
_AGAIN_OF_GRID, _AGAIN_OF_LIST = 1 / 2048, 1 / 256

# Key of a reduced database -> the points that have it, and g0 (n, K, I) of their end-members, kJ/mol.
Energies = dict[tuple[bool, ...], tuple[Ints, Floats]]
Count = Callable[[int, int], None]
Prove = Callable[[_results.Arrays, Energies, Booleans | None], NDArray[np.int8]]

_IS_FINAL = np.isin(np.arange(len(STATUS_NAMES)), FINAL)


def _uncounted(points: int, failed: int) -> None:
    """Tell nobody how far the work is."""


class Chain:
    """Points of one system that are solved together."""

    def __init__(
        self, system: System, points: Points, order: Ints, edges: Ints, behind: Ints | None = None,
        route: SearchOrder | None = None, without: LeftOut | None = None,
    ) -> None:  # fmt: skip
        check_points(system, points)
        self.system, self.points, self._without = system, points, without
        self.route = route or chain_route(order)
        self.results = new_results(system, len(points.pressure))
        self._work = new_workspace(system)
        solve = brief(sweep, len(order))
        behind = lines_behind(order) if behind is None else behind
        task, options = Assignment(order, edges, behind), Options(enclose=len(order) > 1)
        solve(system, options, points, task, self._work, self.results)
        self._rescue(order)
        self._withhold()

    def confirm(self, asked: Booleans) -> Booleans:
        """Search all over, at each certified point, the phases in question; mend what was missed.

        Parameters
        ----------
        asked : (n, K) array of bool
            Phases of which it is not known that they lie above the plane.

        Returns
        -------
        (n,) array of bool
            Points whose answer has changed, or that have none any more.
        """
        out, before = self.results, self.results.gamma.copy()
        certified = out.status == CERTIFIED
        due = certified & (self.system.seeds.gap[0] < np.inf)  # else all searched so already
        while due.any():
            route = self.route.through(due)
            confirm(self.system, Options(), self.points, route, asked, self._work, out)
            due = np.isin(np.arange(len(asked)), self._rescue(route.order))  # these are new
            asked = asked | due[:, None]
        self._withhold()
        lost = out.status != CERTIFIED
        return np.asarray(certified & (lost | (before != out.gamma).any(axis=1)))

    def solve_again(self, share: float) -> NDArray[np.int8]:
        """Solve a random sample of the points cold and alone, and compare; see `again`."""
        out, system = np.full(len(self.points.pressure), NOT_TRIED, np.int8), self.system
        for i in again.chosen(self.points, share, system.opened.energy):
            one = Points(*(column[i : i + 1] for column in self.points))
            plain = system._replace(seeds=system.cover, lattice=no_lattice(system.endmembers))
            first, edges = np.zeros(1, np.int64), chain_edges(1)
            alone = Chain(plain, one, first, edges, without=self._without).results
            out[i] = again.compare(self.points, i, self.results, alone)
        return out

    def _withhold(self) -> None:
        """Let answers be none below whose plane a phase lies that takes no part."""
        if self._without is not None:
            self._without.withhold(self.points, self.results)

    def _rescue(self, order: Ints) -> Ints:
        """Give those that the kernels could not certify to the slow path; return those it could."""
        out, tried = self.results, order[~_IS_FINAL[self.results.status[order]]]
        for i in tried:
            point = LonePoint(*(column[i] for column in self.points))
            solve_slowly(self.system, Options(), point, self._work, out, int(i))
        return np.asarray(tried[out.status[tried] == CERTIFIED])


def _groups(
    database: Database, bulk: Floats, out: _results.Arrays
) -> Iterator[tuple[Booleans, Ints]]:
    """Yield each face of what the phases can make with the points whose bulks lie on it.

    Points whose bulks the phases cannot make are marked infeasible here.
    """
    excess = database.excess(bulk)
    outside = excess >= 0
    if outside.any():
        out["status"][outside] = INFEASIBLE
        if "bulk_mol" in out:
            out["bulk_mol"][outside] = bulk[outside]
        out["excess_component"][outside] = excess[outside]
    yield from faces(database, np.flatnonzero(~outside), bulk)


def solve_grid(
    database: Database,
    p: Floats,
    t: Floats,
    bulk: Floats,
    shape: tuple[int, int],
    learnt: Systems | None = None,
    prove: Prove | None = None,
    given: GivenEnergies = None,
) -> _results.Arrays:
    """Solve a rectangle of points as one chain; a pure function of its arguments.

    Where potentials are given that differ, there is a chain for each of them.

    Parameters
    ----------
    p, t : (n,) arrays
        kbar, K, row by row.
    bulk : (n, C) array
        mol per mole of oxides.
    shape : (int, int)
        Rows and columns, n in all.
    learnt : dict, optional
        Where to look first, from `learning.systems`; without it everywhere, which is slow.
    prove : callable, optional
        What is known of each phase (n, K) from the answers and the standard energies, 0 where
        nothing is; becomes the variable `proof`. What is not known is searched all over. Asked
        again of points (n,) whose answers were mended.
    given : (n, O, 3) array, optional
        What the potentials of opened components have for energy at each point; see `given`.
    """
    order, edges, route = grid_chain(shape), grid_edges(shape), grid_route(shape)
    behind = lines_behind(order, shape[1])
    chains: list[tuple[Reduced, Ints, Chain]] = []
    out = _results.empty(database, len(p))
    for face, where in _groups(database, bulk, out):
        reduced = database.reduced(face)
        found = system(learnt or {}, reduced)
        for energy, mine in runs(given, where):
            place = np.full(len(p) + 1, -1)  # the last is that of none
            place[mine] = np.arange(len(mine))
            row, lines, pairs = place[order], place[behind], place[edges]
            chain = Chain(
                opened_to(tabulated(database, found, p[mine], t[mine]), energy),
                Points(p[mine], t[mine], reduced.inside(bulk[mine])),
                row[row >= 0],
                pairs[(pairs >= 0).all(axis=1)],
                lines[row >= 0],
                route.part(mine),
                left_out(database, reduced),
            )
            chains.append((reduced, mine, chain))
            _results.fill(database, reduced, chain.results, bulk[mine], mine, out)
    proof = np.zeros((len(p), len(database.phases)), np.int8)
    if prove is not None:
        proof = prove(out, _standard(chains), None)
    changed = np.zeros(len(p), np.bool_)
    for reduced, where, chain in chains:
        mended = chain.confirm(np.ascontiguousarray(proof[where][:, reduced.ids] == 0))
        if mended.any():
            changed[where[mended]] = True
            _results.clear(database, where[mended], out)
            _results.fill(database, reduced, chain.results, bulk[where], where, out)
        out["solved_again"][where] = chain.solve_again(_AGAIN_OF_GRID)
    if prove is not None and changed.any():  # what was proved of them was of another answer
        proof[changed] = prove(out, _standard(chains), changed)[changed]
    if prove is not None:
        out["proof"] = proof
    _results.blank(out)
    return out


def _standard(chains: list[tuple[Reduced, Ints, Chain]]) -> Energies:
    """Return the standard energies of all points of each reduced database."""
    found: dict[tuple[bool, ...], list[tuple[Ints, Floats]]] = {}
    for reduced, where, chain in chains:
        found.setdefault(reduced.key, []).append((where, chain.results.standard))
    return {key: _joined(parts) for key, parts in found.items()}


def _joined(parts: list[tuple[Ints, Floats]]) -> tuple[Ints, Floats]:
    """Return parts as one, without a copy where it is one."""
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([w for w, _ in parts]), np.concatenate([g for _, g in parts])


def solve_points(
    database: Database,
    p: Floats,
    t: Floats,
    bulk: Floats,
    workers: int | None = None,
    count: Count = _uncounted,
    keep: Collection[str] | None = None,
) -> _results.Arrays:
    """Solve any list of points, in chains along a space-filling curve.

    Parameters
    ----------
    p, t : (n,) arrays
        kbar, K.
    bulk : (n, C) array
        mol per mole of oxides.
    workers : int, optional
        Threads; by default one a processor. The answer does not depend on it.
    count : callable, optional
        Told how many points are done since it was told last, and how many of them have no answer.
    keep : collection of str, optional
        Names of the variables to return, `results.ALWAYS` besides; by default all.
    """
    if len(p) == 1:
        alone = solve_alone(database, float(p[0]), float(t[0]), bulk)
        count(1, int(alone["status"][0] != CERTIFIED))
        return _results.kept(alone, keep)
    out = _results.empty(database, len(p), keep)
    with threads(workers, 1 + len(p) // _CHAIN_LENGTH) as pool:
        for face, where in _groups(database, bulk, out):
            reduced = database.reduced(face)
            curve = where[along_curve(p[where], t[where], bulk[where])]
            found = tabulated(database, reduced.system, p[curve], t[curve])
            inside = reduced.inside(bulk)
            pieces = [curve[i : i + _CHAIN_LENGTH] for i in range(0, len(curve), _CHAIN_LENGTH)]
            points = [
                Points(p[piece], t[piece], np.ascontiguousarray(inside[piece])) for piece in pieces
            ]
            without = left_out(database, reduced)
            solved = pool.map(partial(_solve, found, without), points)
            for piece, (results, compared) in zip(pieces, solved, strict=True):
                mine = out if keep is None else _results.empty(database, len(piece))
                place = piece if keep is None else np.arange(len(piece))
                _results.fill(database, reduced, results, bulk[piece], place, mine)
                mine["solved_again"][place] = compared
                if keep is not None:  # the rest of a piece is not held longer than the piece
                    for name in out:
                        out[name][piece] = mine[name]
                count(len(piece), int(np.count_nonzero(results.status != CERTIFIED)))
    _results.blank(out)
    return out


def _solve(
    system: System, without: LeftOut | None, points: Points
) -> tuple[Results, NDArray[np.int8]]:
    """Solve points along a curve, each searched all over, and some once more alone."""
    order = np.arange(len(points.pressure))
    chain = Chain(system, points, order, chain_edges(1), without=without)
    return chain.results, chain.solve_again(_AGAIN_OF_LIST)

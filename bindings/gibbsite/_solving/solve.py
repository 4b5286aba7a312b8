"""Points in, variables out: groups by components present, chains, threads and the slow path."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from gibbsite._inputs.database import Database
from gibbsite_engine.equilibrium import Workspace, new_workspace
from gibbsite_engine.fallback import Point, solve_slowly
from gibbsite_engine.layout import Booleans, Floats, Ints, Options, System
from gibbsite_engine.minima import SCATTERED
from gibbsite_engine.ordering import along_curve, chain_edges, grid_chain, grid_edges
from gibbsite_engine.results import Results, new_results
from gibbsite_engine.status import BAD_CONDITIONS, CERTIFIED, INFEASIBLE
from gibbsite_engine.sweep import sweep

from . import results as _results
from .learning import ABSENT_BELOW, Systems, system, systems

_CHAIN_LENGTH = 512
# A list shorter than this is not worth a sample; a longer one is sampled at every 40th point.
_LEAST_LIST = 200
_SAMPLED = 40
_SAMPLE = (24, 400)

# Components present -> the points that have them, and g0 (n, K, I) of their end-members, kJ/mol.
Energies = dict[tuple[bool, ...], tuple[Ints, Floats]]

_FINAL = (CERTIFIED, INFEASIBLE, BAD_CONDITIONS)


def _rescue(
    system: System,
    options: Options,
    p: Floats,
    t: Floats,
    bulk: Floats,
    work: Workspace,
    out: Results,
) -> None:
    """Give points that the kernels could not certify to the slow path."""
    for i in np.flatnonzero(~np.isin(out.status, _FINAL)):
        solve_slowly(system, options, Point(p[i], t[i], bulk[i]), work, out, int(i))


def run(
    system: System, options: Options, p: Floats, t: Floats, bulk: Floats, order: Ints, edges: Ints
) -> Results:
    """One chain of points of one system; `bulk` holds the components present."""
    out = new_results(system, len(p))
    inside = np.ascontiguousarray(bulk)
    work = new_workspace(system)
    sweep(system, options, p, t, inside, False, order, edges, work, out)
    _rescue(system, options, p, t, inside, work, out)
    return out


def _groups(
    database: Database, bulk: Floats, out: _results.Arrays
) -> Iterator[tuple[Booleans, Ints]]:
    """Yield each set of present components with the points that have exactly it.

    Points whose components make up no phase at all are marked infeasible here.
    """
    present = bulk > ABSENT_BELOW
    masks, which = np.unique(present, axis=0, return_inverse=True)
    for g, mask in enumerate(masks):
        where = np.flatnonzero(which.ravel() == g)
        if mask.all() or database.can_hold(mask):
            yield mask, where
        else:
            out["status"][where] = INFEASIBLE
            out["bulk_mol"][where] = bulk[where]
            out["excess_component"][where] = bulk[where].argmax(axis=1)


def solve_grid(
    database: Database,
    p: Floats,
    t: Floats,
    bulk: Floats,
    shape: tuple[int, int],
    learnt: Systems | None = None,
    energies: Energies | None = None,
) -> _results.Arrays:
    """Solve a rectangle of points as one chain; a pure function of its arguments.

    Parameters
    ----------
    p, t : (n,) arrays
        kbar, K, row by row.
    bulk : (n, C) array
        mol per mole of oxides.
    shape : (int, int)
        Rows and columns, n in all.
    learnt : dict, optional
        Where to look, from `learning.systems`; without it everywhere, which is slow.
    energies : dict, optional
        Filled with the standard energies at the points of each set of components.
    """
    options = Options()
    out = _results.empty(database, len(p))
    order, edges = grid_chain(shape), grid_edges(shape)
    for mask, where in _groups(database, bulk, out):
        place = np.full(len(p), -1)
        place[where] = np.arange(len(where))
        chain, pairs = place[order], place[edges]
        reduced = database.reduced(mask)
        results = run(
            system(learnt or {}, reduced, mask), options, p[where], t[where],
            bulk[where][:, mask], chain[chain >= 0], pairs[(pairs >= 0).all(axis=1)],
        )  # fmt: skip
        _results.fill(database, reduced, results, bulk[where], where, out)
        if energies is not None:
            energies[tuple(mask.tolist())] = where, results.standard
    _results.blank(out)
    return out


def solve_points(
    database: Database, p: Floats, t: Floats, bulk: Floats, workers: int | None = None
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
    """
    options = Options()
    out = _results.empty(database, len(p))
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        for mask, where in _groups(database, bulk, out):
            reduced = database.reduced(mask)
            curve = where[along_curve(p[where], t[where], bulk[where])]
            learnt: Systems = {}
            if len(curve) >= _LEAST_LIST:
                size = int(np.clip(len(curve) // _SAMPLED, *_SAMPLE))
                some = curve[np.linspace(0, len(curve) - 1, size).astype(int)]
                learnt = systems(database, p[some], t[some], bulk[some], SCATTERED, pool)
            found = system(learnt, reduced, mask)
            pieces = [curve[i : i + _CHAIN_LENGTH] for i in range(0, len(curve), _CHAIN_LENGTH)]
            solved = pool.map(partial(_piece, found, options, p, t, bulk[:, mask]), pieces)
            for piece, results in zip(pieces, solved, strict=True):
                _results.fill(database, reduced, results, bulk[piece], piece, out)
    _results.blank(out)
    return out


def _piece(
    system: System, options: Options, p: Floats, t: Floats, bulk: Floats, piece: Ints
) -> Results:
    n = len(piece)
    return run(system, options, p[piece], t[piece], bulk[piece], np.arange(n), chain_edges(n))

"""Where to look for minima in a section, learnt from a sample of its points."""

from typing import Final

import numpy as np

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.faces import faces
from gibbsite_engine.checks import check_points
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.layout import Floats, Ints, Options, Points, System
from gibbsite_engine.minima import Minima, Sample, with_minima
from gibbsite_engine.results import new_results
from gibbsite_engine.sweep import Assignment, sweep

from .given import GivenEnergies, opened_to, runs
from .threads import Mapping

_PIECE: Final = 36
_MINIMA_PER_POINT: Final = 80

# By the key of the reduced database.
Systems = dict[tuple[bool, ...], System]


def systems(
    database: Database,
    pressure: Floats,
    temperature: Floats,
    bulk: Floats,
    pool: Mapping,
    given: GivenEnergies = None,
) -> Systems:
    """Solve a sample of points by a full search, and learn from it where to look.

    Parameters
    ----------
    pressure, temperature : (n,) arrays
        kbar, K; neighbours in the list should be near to each other.
    bulk : (n, C) array
        mol per mole of oxides.
    pool : Mapping
        Where to solve it; what is learnt does not depend on it.
    given : (n, O, 3) array, optional
        What the potentials of opened components have for energy at each point; see `given`.

    Returns
    -------
    dict
        Key of a reduced database -> its system with what was learnt among its seeds.
    """
    found: Systems = {}
    for face, where in faces(database, np.flatnonzero(database.excess(bulk) < 0), bulk):
        reduced = database.reduced(face)
        pieces = [
            (opened_to(reduced.system, energy), run[i : i + _PIECE])
            for energy, run in runs(given, where)
            for i in range(0, len(run), _PIECE)
        ]
        inside = reduced.inside(bulk)
        points = [Points(pressure[w], temperature[w], inside[w]) for _, w in pieces]
        samples = list(pool.map(_solve, [system for system, _ in pieces], points))
        found[reduced.key] = with_minima(reduced.system, list(reduced.phases), _joined(samples))
    return found


def system(learnt: Systems, reduced: Reduced) -> System:
    """Return what was learnt of a system, or the plain one, which is searched all over."""
    return learnt.get(reduced.key, reduced.system)


def _solve(system: System, points: Points) -> Sample:
    n = len(points.pressure)
    out = new_results(system, n)
    work = new_workspace(system, _MINIMA_PER_POINT * n)
    check_points(system, points)
    sweep(system, Options(), points, Assignment(np.arange(n)), work, out)
    return Sample(
        points.pressure, points.temperature, out.gamma, out.standard, _filled(work.minima)
    )


def _filled(minima: Minima) -> Minima:
    n = minima.number[0]
    return Minima(
        minima.number,
        minima.point[:n],
        minima.phase[:n],
        minima.driving_force[:n],
        minima.proportions[:n],
    )


def _joined(samples: list[Sample]) -> Sample:
    """Put the pieces of a sample together."""
    first = np.cumsum([0, *(len(s.pressure) for s in samples)])
    points: list[Ints] = [s.minima.point + i for s, i in zip(samples, first, strict=False)]
    found = [s.minima for s in samples]
    return Sample(
        np.concatenate([s.pressure for s in samples]),
        np.concatenate([s.temperature for s in samples]),
        np.concatenate([s.gamma for s in samples]),
        np.concatenate([s.standard for s in samples]),
        Minima(
            number=np.sum([m.number for m in found], axis=0),
            point=np.concatenate(points),
            phase=np.concatenate([m.phase for m in found]),
            driving_force=np.concatenate([m.driving_force for m in found]),
            proportions=np.concatenate([m.proportions for m in found]),
        ),
    )

"""One point alone, with all that it needs made once for its system: to make it takes as long as to solve it."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gibbsite._inputs.database import Database, Reduced
from gibbsite_engine._bound import bound
from gibbsite_engine._interpreted import brief, interpreted
from gibbsite_engine.chord import forget_factors
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.fallback import LonePoint, solve_slowly
from gibbsite_engine.layout import Floats, Options, Points
from gibbsite_engine.ordering import chain_edges, lines_behind
from gibbsite_engine.results import new_results
from gibbsite_engine.standard import forget_conditions
from gibbsite_engine.status import BAD_CONDITIONS, CERTIFIED, INFEASIBLE, LEFT_OUT, UNBOUNDED
from gibbsite_engine.sweep import Assignment, sweep

from .left_out import left_out
from .results import Arrays, Filler, blank, empty

FINAL: Final = (CERTIFIED, INFEASIBLE, BAD_CONDITIONS, UNBOUNDED, LEFT_OUT)
"""How a point may end that the slow path cannot help."""
_FIRST = np.zeros(1, np.int64)
_TASK = Assignment(_FIRST, chain_edges(1), lines_behind(_FIRST))
_OPTIONS = Options(enclose=False)

# A line each: not worth the compiler.
_forget_conditions, _forget_factors = interpreted(forget_conditions), interpreted(forget_factors)


class LoneSolver:
    """Where one point of a reduced database is solved; of one thread at a time."""

    def __init__(self, database: Database, reduced: Reduced) -> None:
        self._reduced = reduced
        self._points = Points(np.zeros(1), np.zeros(1), np.zeros((1, reduced.present.sum())))
        self._work = new_workspace(reduced.system)
        self._results = new_results(reduced.system, 1)
        self._filler = Filler(database, reduced)
        self._left_out = left_out(database, reduced)
        self._given = reduced.system, _OPTIONS, self._points, _TASK, self._work, self._results
        self._sweep: Callable[[], Any] | None = None

    def solve(self, pressure: float, temperature: float, bulk: Floats, out: Arrays) -> None:
        """Solve a point (kbar, K, (1, C) mol) and write its answer into variables of one point."""
        points, work, results = self._points, self._work, self._results
        inside = self._reduced.inside(bulk)
        points.pressure[0], points.temperature[0], points.bulk[:] = pressure, temperature, inside
        _forget_conditions(work.conditions)
        _forget_factors(work.chord)
        self._run()
        if results.status[0] not in FINAL:
            point = LonePoint(points.pressure[0], points.temperature[0], inside[0])
            solve_slowly(self._reduced.system, _OPTIONS, point, work, results, 0)
        if self._left_out is not None:
            self._left_out.withhold(points, results)
        self._filler.fill(results, bulk, inside, _FIRST, out)

    def _run(self) -> None:
        if self._sweep is not None:
            self._sweep()
        elif (run := brief(sweep, 1)) is sweep:
            self._sweep = bound(sweep, *self._given)
            self._sweep()
        else:
            run(*self._given)


def solve_alone(database: Database, pressure: float, temperature: float, bulk: Floats) -> Arrays:
    """Solve one point, from nothing, and searched all over.

    Parameters
    ----------
    pressure, temperature : float
        kbar, K.
    bulk : (1, C) array
        mol per mole of oxides.
    """
    out, excess = empty(database, 1), database.excess(bulk)
    if excess[0] >= 0:
        out["status"][:], out["excess_component"][:] = INFEASIBLE, excess
        out["bulk_mol"][:] = bulk
    else:
        reduced = database.reduced(database.face(bulk)[0])
        try:
            solver = reduced.spare.pop()  # no two threads get the same
        except IndexError:
            solver = LoneSolver(database, reduced)
        solver.solve(pressure, temperature, bulk, out)
        reduced.spare.append(solver)
    blank(out)
    return out

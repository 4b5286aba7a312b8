"""One point alone, with all that it needs made once for its system: to make it takes as long as to solve it."""

from typing import Final

import numpy as np

from gibbsite._inputs.database import Database, Reduced
from gibbsite_engine._bound import Bound
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.fallback import LonePoint, solve_slowly
from gibbsite_engine.layout import Floats, Options, Points
from gibbsite_engine.naming import name_answers
from gibbsite_engine.ordering import chain_edges, lines_behind
from gibbsite_engine.results import new_results
from gibbsite_engine.status import BAD_CONDITIONS, CERTIFIED, INFEASIBLE, LEFT_OUT, UNBOUNDED
from gibbsite_engine.sweep import Assignment, sweep

from .left_out import left_out
from .results import Arrays, blank, clear, empty, naming

FINAL: Final = (CERTIFIED, INFEASIBLE, BAD_CONDITIONS, UNBOUNDED, LEFT_OUT)
"""How a point may end that the slow path cannot help."""
_FIRST = np.zeros(1, np.int64)
_TASK = Assignment(_FIRST, chain_edges(1), lines_behind(_FIRST))
_OPTIONS = Options(enclose=False)


class LoneSolver:
    """Where one point of a reduced database is solved; of one thread at a time."""

    def __init__(self, database: Database, reduced: Reduced) -> None:
        system, self._database, self._reduced = reduced.system, database, reduced
        self._bulk = np.zeros((1, len(database.components)))
        self._points = Points(np.zeros(1), np.zeros(1), np.zeros((1, reduced.present.sum())))
        self._work, self._results = new_workspace(system), new_results(system, 1)
        self._out, self._left_out = empty(database, 1), left_out(database, reduced)
        inside = self._points.bulk
        self._solve = Bound(sweep, system, _OPTIONS, self._points, _TASK, self._work, self._results)
        self._name = Bound(
            name_answers,
            *naming(database, reduced, self._results, self._bulk, inside, _FIRST, self._out),
        )

    def solve(self, pressure: float, temperature: float, bulk: Floats) -> Arrays:
        """Solve a point (kbar, K, (1, C) mol) and return its variables."""
        points, results = self._points, self._results
        points.pressure[0], points.temperature[0] = pressure, temperature
        self._bulk[:], points.bulk[:] = bulk, self._reduced.inside(bulk)
        self._solve()
        if results.status[0] not in FINAL:
            point = LonePoint(points.pressure[0], points.temperature[0], points.bulk[0])
            solve_slowly(self._reduced.system, _OPTIONS, point, self._work, results, 0)
        if self._left_out is not None:
            self._left_out.withhold(points, results)
        if results.status[0] != CERTIFIED:
            clear(self._database, _FIRST, self._out)
        self._name()
        return {name: values.copy() for name, values in self._out.items()}


def solve_alone(database: Database, pressure: float, temperature: float, bulk: Floats) -> Arrays:
    """Solve one point, from nothing, and searched all over.

    Parameters
    ----------
    pressure, temperature : float
        kbar, K.
    bulk : (1, C) array
        mol per mole of oxides.
    """
    excess = database.excess(bulk)
    if excess[0] >= 0:
        out = empty(database, 1)
        out["status"][:], out["excess_component"][:] = INFEASIBLE, excess
        out["bulk_mol"][:] = bulk
    else:
        reduced = database.reduced(database.face(bulk)[0])
        try:
            solver = reduced.spare.pop()  # no two threads get the same
        except IndexError:
            solver = LoneSolver(database, reduced)
        out = solver.solve(pressure, temperature, bulk)
        reduced.spare.append(solver)
    if out["status"][0] != CERTIFIED:
        blank(out)
    return out

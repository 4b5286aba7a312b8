"""One point after the other, each begun from the last answer, as a path goes."""

import warnings
from typing import Final
from zlib import crc32

import numpy as np

from gibbsite._inputs.database import Database
from gibbsite.errors import CertificateWarning
from gibbsite_engine.layout import Floats
from gibbsite_engine.status import AGREES, CERTIFIED, DIFFERS

from .again import SAME
from .asked import solve_at
from .results import Arrays, blank, empty, fill
from .solver import Solver

_AGAIN: Final = 256


class Following:
    """Solves points of one database that lie near each other in the order in which they come.

    Each is certified as everywhere. A random one in 256 is solved alone, too, and compared.

    Parameters
    ----------
    data : Database
        Where potentials are given, each point is solved alone: a solver keeps closed rocks.
    """

    def __init__(self, data: Database) -> None:
        self._data = data
        self._solver = None if data.opened else Solver(data)
        self._out = None if self._solver is None else self._solver.buffers(1)

    def solve(self, pressure_kbar: float, temperature_C: float, bulk: Floats) -> Arrays:
        """Return the variables of a list of one point.

        Parameters
        ----------
        pressure_kbar, temperature_C : float
            kbar, °C.
        bulk : (C,) array
            mol per mole of oxides.
        """
        p, t, rows = np.array([pressure_kbar]), np.array([temperature_C]), bulk[None]
        if self._solver is None:
            return solve_at(self._data, p, t, rows, workers=1)
        self._solver.solve(p, t, rows, self._out)
        groups = self._solver.groups
        if not groups or groups[0].nodes.status[0] != CERTIFIED:
            return solve_at(self._data, p, t, rows, workers=1)
        out, first = empty(self._data, 1), np.zeros(1, np.int64)
        fill(self._data, groups[0].reduced, groups[0].results(first), rows, first, out)
        blank(out)
        if crc32(b"".join(each.tobytes() for each in (p, t, rows))) % _AGAIN == 0:
            self._compare(p, t, rows, out)
        return out

    def _compare(self, p: Floats, t: Floats, bulk: Floats, out: Arrays) -> None:
        """Solve a point alone, note whether the answer is the same, and warn where it is not."""
        alone = solve_at(self._data, p, t, bulk, workers=1)
        gap = float(abs(alone["gibbs_energy"][0] - out["gibbs_energy"][0]))
        same = alone["status"][0] == CERTIFIED and gap <= SAME
        out["solved_again"][0] = AGREES if same else DIFFERS
        if not same:
            warnings.warn(
                f"the point at {p[0]:g} kbar and {t[0]:g} °C has another answer when it is solved "
                f"alone ({gap:.1e} kJ per mole of oxides): an error of gibbsite, please report it",
                CertificateWarning,
                stacklevel=2,
            )

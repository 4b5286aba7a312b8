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
from .solver import Group, new_answers

_AGAIN: Final = 256


class Following:
    """Solves points of one database that lie near each other in the order in which they come.

    Each is certified as everywhere. A random one in 256 is solved alone, too, and compared.

    Parameters
    ----------
    data : Database
        Where potentials are given, each point is solved alone: a node keeps a closed rock.
    """

    def __init__(self, data: Database) -> None:
        self._data = data
        self._out = new_answers(data, 1)
        self._group: Group | None = None

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
        group = self._begin(rows)
        if group is not None:
            group.solve(p, t, self._out, None)
        if group is None or group.nodes.status[0] != CERTIFIED:
            return solve_at(self._data, p, t, rows, workers=1)
        out, first = empty(self._data, 1), np.zeros(1, np.int64)
        fill(self._data, group.reduced, group.results(first), rows, first, out)
        blank(out)
        if crc32(b"".join(each.tobytes() for each in (p, t, rows))) % _AGAIN == 0:
            self._compare(p, t, rows, out)
        return out

    def _begin(self, rows: Floats) -> Group | None:
        """The node, with a new bulk; a new one where it is made of something else, None for none."""
        data, group = self._data, self._group
        if data.opened or data.excess(rows)[0] >= 0:
            return None
        reduced = data.reduced(data.face(rows)[0])
        inside = reduced.inside(rows)
        if group is None or group.reduced is not reduced:
            group = Group(data, reduced, np.zeros(1, np.int64), inside, 1)
        group.bulk, self._group = inside, group
        return group

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

"""Which points have standard energies from polynomials in cells of P and T: those of dense lists."""

from collections.abc import Sequence
from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from gibbsite._inputs.database import Database
from gibbsite._inputs.limits import PRESSURE_KBAR, TEMPERATURE_C, to_kelvin
from gibbsite_engine.lattice import KBAR, KELVIN, fill_cells
from gibbsite_engine.layout import Booleans, Endmembers, Floats, Lattice, System

_PAYS: Final = 100
"""A cell costs the standard energies of so many points."""
_MOST: Final = 4096
"""Cells that are kept of a database, 20 kB each: the mantle has as many."""
_SHAPE: Final = (
    int(PRESSURE_KBAR[1] / KBAR) + 1,
    int(float(to_kelvin(TEMPERATURE_C[1])) / KELVIN) + 1,
)


class KeptCells:
    """Cells of a database that were filled; what one holds does not depend on who asked for it."""

    def __init__(self, endmembers: Endmembers) -> None:
        self._endmembers, self._lock = endmembers, Lock()
        self._known: dict[tuple[int, int], tuple[Floats, Booleans]] = {}

    def lattice(self, numbers: Sequence[tuple[int, int]]) -> Lattice:
        """Return the lattice of some cells."""
        with self._lock:
            missing = [cell for cell in numbers if cell not in self._known]
            if len(self._known) + len(missing) > _MOST:
                self._known.clear()
                missing = list(numbers)
            if missing:
                new = fill_cells(self._endmembers, np.array(missing))
                self._known.update(
                    zip(missing, zip(new.coefficients, new.exact, strict=True), strict=True)
                )
            found = [self._known[cell] for cell in numbers]
        rows = np.full(_SHAPE, -1)
        rows[tuple(np.array(numbers).T)] = np.arange(len(numbers))
        return Lattice(rows, np.array([c for c, _ in found]), np.array([e for _, e in found]))


_CELLS: WeakKeyDictionary[Database, KeptCells] = WeakKeyDictionary()


def tabulated(
    database: Database, system: System, pressure: Floats, temperature: Floats, visits: int = 1
) -> System:
    """Return a system with a lattice for some points, where that takes less time than it saves.

    That depends on nothing but the points.

    Parameters
    ----------
    pressure, temperature : (n,) arrays
        kbar, K; in the order in which they are solved, for what two share one after the other is
        not computed again.
    visits : int
        How often each of them is expected to be solved.
    """
    if len(pressure) * visits < _PAYS:  # however they move
        return system
    moves = np.count_nonzero((np.diff(pressure) != 0) | (np.diff(temperature) != 0)) + 1
    if moves * visits < _PAYS:
        return system
    numbers = cells_of(pressure, temperature)
    if not 0 < len(numbers) <= min(moves * visits / _PAYS, _MOST):
        return system
    cells = _CELLS.setdefault(database, KeptCells(database.endmembers))
    return system._replace(lattice=cells.lattice(numbers))


def cells_of(pressure: Floats, temperature: Floats) -> list[tuple[int, int]]:
    """Return the numbers of the cells in which points lie; those beyond all limits lie in none."""
    a, b = np.floor(pressure / KBAR), np.floor(temperature / KELVIN)
    inside = (a >= 0) & (a < _SHAPE[0]) & (b >= 0) & (b < _SHAPE[1])
    flat = np.unique((a * _SHAPE[1] + b)[inside])
    return [divmod(int(cell), _SHAPE[1]) for cell in flat]

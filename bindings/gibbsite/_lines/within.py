"""The assemblages of the fields of a diagram, at any place: as if no other phase could form.

On its outline what runs out has the amount zero, and its composition is known.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial import KDTree

from gibbsite._section.section import Section
from gibbsite._solving.dataset import point_dataset
from gibbsite._solving.results import blank, empty, fill
from gibbsite_engine.results import Results, new_results
from gibbsite_engine.status import CERTIFIED

from .plane import lay_out
from .solver import BEFORE, NONE, PlaneSolver, Spot

_TRACE: Final = 1e-9  # mol of what has the amount zero, so that it is told of


class Within:
    """Solves for the assemblages of fields; what was found is where later ones start from.

    Parameters
    ----------
    section : Section
        What the fields are of.
    phases : sequence of sequence of str
        Keys of the phases of each field, one for each instance.
    inside : sequence of ndarray, shape (m, 2)
        Points in each field, along the horizontal and the vertical axis, in their units: its
        assemblage is taken from the first of them that has it.
    """

    def __init__(
        self,
        section: Section,
        phases: Sequence[Sequence[str]],
        inside: Sequence[NDArray[np.float64]],
    ) -> None:
        self._section, self._data = section, section.load_database()
        self._sheet = lay_out(section, self._data)
        self._solver = PlaneSolver(self._sheet)
        reduced = self._sheet.reduced
        number = {self._data.phases[i].name: k for i, k in reduced.index.items()}
        spots = [
            self._first(tuple(sorted(number.get(key, -1) for key in keys)), places)
            for keys, places in zip(phases, inside, strict=True)
        ]
        self._field = np.array([i for i, spot in enumerate(spots) if spot is not None], np.int64)
        there = [spot for spot in spots if spot is not None]
        self._places = np.array([spot.place for spot in there]).reshape(-1, 2)
        self._known = _as_results(new_results(reduced.system, len(there)), there)

    def _first(self, wanted: tuple[int, ...], places: NDArray[np.float64]) -> Spot | None:
        sheet = self._sheet
        for place in sheet.to_units(places):
            spot = self._solver.cold(sheet.inside(place))
            if spot is not None and spot.phases() == wanted:
                return spot
        return None

    def solve(self, field: NDArray[np.int64], places: NDArray[np.float64]) -> xr.Dataset:
        """Return the assemblages of some fields at some places.

        Parameters
        ----------
        field : ndarray of int, shape (n,)
            Number of the field.
        places : ndarray, shape (n, 2)
            Along the horizontal and the vertical axis, in their units.

        Returns
        -------
        xarray.Dataset
            Along `point`, as of `equilibria`; of what has no positive amount a trace. Without an answer
            where the assemblage is not found, or two of its phases have become one.
        """
        sheet, n = self._sheet, len(field)
        s = sheet.inside(sheet.to_units(places))
        found = self._solver.continue_within(self._known, self._tries(field, s), s)
        good = found.status == CERTIFIED
        both: Any = zip(self._known, found, strict=True)
        self._known = Results(*(np.concatenate([a, b[good]]) for a, b in both))
        self._field = np.concatenate([self._field, field[good]])
        self._places = np.concatenate([self._places, s[good]])
        found.amount[:] = np.maximum(found.amount, _TRACE)
        data, section = self._data, self._section
        values = dict(zip((axis.name for axis in sheet.axes), sheet.to_axes(s).T, strict=True))
        first, last = (section.bulks[i].array(data.components) for i in (0, -1))
        bulk = first + values.get("x", np.zeros(n))[:, None] * (last - first)
        arrays = empty(data, n)
        fill(data, sheet.reduced, found, bulk, np.arange(n), arrays)
        blank(arrays)
        pressure = values.get("pressure_kbar", np.full(n, section.pressure_kbar or np.nan))
        temperature = values.get("temperature_C", np.full(n, section.temperature_C or np.nan))
        return point_dataset(data, arrays, pressure, temperature)

    def _tries(self, field: NDArray[np.int64], places: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return what to start from: the nearest that is known, the place before, the first known."""
        tries = np.full((len(field), 3), NONE)
        tries[1:, 1] = np.where(field[1:] == field[:-1], BEFORE, NONE)
        for number in np.unique(field):
            rows, mine = np.flatnonzero(self._field == number), field == number
            if len(rows):
                _, nearest = KDTree(self._places[rows]).query(places[mine])
                tries[mine, 0], tries[mine, 2] = rows[nearest], rows[0]
        return tries


def _as_results(results: Results, spots: Sequence[Spot]) -> Results:
    """Return assemblages as a sweep leaves them, as far as others can start from them."""
    for i, spot in enumerate(spots):
        n = spot.number
        results.status[i], results.number[i] = CERTIFIED, n
        results.gamma[i] = spot.state.gamma
        results.phase[i, :n] = spot.state.phase[:n]
        results.amount[i, :n] = spot.state.amount[:n]
        results.proportions[i, :n] = spot.state.proportions[:n]
    return results._replace(standard=results.standard[:, :0])

"""Assemblages along the outlines of fields: there a phase has the amount zero, and its composition is known."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._section.section import Section
from gibbsite._solving.dataset import point_dataset
from gibbsite._solving.results import blank, empty, fill
from gibbsite_engine.results import Results, new_results
from gibbsite_engine.status import CERTIFIED

from .plane import Sheet, lay_out
from .solver import ONE, Solver, Spot

_TRACE: Final = 1e-9  # mol of what has the amount zero, so that it is told of


def solve_outlines(
    section: Section,
    phases: Sequence[Sequence[str]],
    inside: Sequence[NDArray[np.float64]],
    outlines: Sequence[NDArray[np.float64]],
) -> xr.Dataset:
    """Return the assemblages of fields at points of their outlines.

    Each is continued from the inside of its field, as if no other phase could form.

    Parameters
    ----------
    section : Section
        What the fields are of.
    phases : sequence of sequence of str
        Keys of the phases of each field, one for each instance.
    inside : sequence of ndarray, shape (2,)
        A point in each field, along the horizontal and the vertical axis, in their units.
    outlines : sequence of ndarray, shape (n, 2)
        Points along each outline, one after the other.

    Returns
    -------
    xarray.Dataset
        Along `point`, one outline after the other: phases and their compositions. Amounts are those of
        the continued assemblage, of what has none a trace; volumes and energies are not known. Without
        an answer where the assemblage is not found, or two of its phases have become one.
    """
    data = section.load_database()
    sheet = lay_out(section, data)
    solver = Solver(sheet)
    number = {data.phases[i].name: k for i, k in sheet.reduced.index.items()}
    spots: list[Spot | None] = []
    places = [(each - sheet.corner) / sheet.units for each in outlines]
    for keys, start, path in zip(phases, inside, places, strict=True):
        wanted = tuple(sorted(number.get(key, -1) for key in keys))
        spot = solver.cold(sheet.inside((start - sheet.corner) / sheet.units))
        if spot is not None and spot.phases() == wanted:
            spots += _around(solver, spot, path)
        else:
            spots += [None] * len(path)
    at = sheet.to_axes(np.vstack([*places, np.zeros((0, 2))]))
    values = dict(zip((axis.name for axis in sheet.axes), at.T, strict=True))
    first, last = (section.bulks[i].array(data.components) for i in (0, -1))
    bulk = first + values.get("x", np.zeros(len(at)))[:, None] * (last - first)
    arrays = empty(data, len(spots))
    fill(data, sheet.reduced, _as_results(sheet, spots), bulk, np.arange(len(spots)), arrays)
    blank(arrays)
    pressure = values.get("pressure_kbar", np.full(len(at), section.pressure_kbar or np.nan))
    temperature = values.get("temperature_C", np.full(len(at), section.temperature_C or np.nan))
    return point_dataset(data, arrays, pressure, temperature)


def _around(solver: Solver, first: Spot, path: NDArray[np.float64]) -> list[Spot | None]:
    """Return the assemblage of a field at the points of its outline, given it inside."""
    reach, last = 2.0 * solver.sheet.extent, first
    found: list[Spot | None] = []
    for place in path:
        here = solver.sheet.inside(place)
        tries = (solver.correct(Spot(here, start.state), reach) for start in (last, first))
        spot = next((each for each in tries if each is not None and _is_whole(solver, each)), None)
        found.append(spot)
        last = spot or last
    return found


def _is_whole(solver: Solver, spot: Spot) -> bool:
    """Whether no two instances of a phase have become one."""
    return all(solver.separation(spot, j) > ONE for j in range(spot.number))


def _as_results(sheet: Sheet, spots: Sequence[Spot | None]) -> Results:
    """Return assemblages as a sweep leaves them, without volumes and entropies."""
    results = new_results(sheet.reduced.system, len(spots))
    results.phase[:] = -1
    results.molar[:] = np.nan
    for i, spot in enumerate(spots):
        if spot is not None:
            n = spot.number
            results.status[i], results.number[i] = CERTIFIED, n
            results.gamma[i] = spot.state.gamma
            results.phase[i, :n] = spot.state.phase[:n]
            results.amount[i, :n] = np.maximum(spot.state.amount[:n], _TRACE)
            results.proportions[i, :n] = spot.state.proportions[:n]
    return results

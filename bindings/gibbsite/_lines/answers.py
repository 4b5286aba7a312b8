"""Whether a section can have exact lines: there is an answer all along them and in its fields.

There is none where a phase is left out that would be stable (see `gibbsite._solving.left_out`), nor
where a potential is given above saturation. A line follows its phases, of which that one is none, and
leads on through where it is.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from gibbsite._inputs.database import Database
from gibbsite._solving.left_out import left_out
from gibbsite.errors import InputError
from gibbsite_engine.equilibrium import judge_conditions
from gibbsite_engine.layout import Floats
from gibbsite_engine.standard import new_conditions, set_conditions
from gibbsite_engine.status import LEFT_OUT, UNBOUNDED

from .plane import Sheet
from .solver import Spot


class NoLinesError(InputError):
    """A result can have no exact lines.

    Attributes
    ----------
    reason : str
        Why.
    """

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason}; {advice}")
        self.reason = reason


def check_points(dataset: xr.Dataset) -> None:
    """Raise NoLinesError where points of a section have none, whatever their rock is solved with."""
    missing = int(np.isin(dataset["status"].values, (LEFT_OUT, UNBOUNDED)).sum())
    if missing:
        raise _error(f"at {missing} of {dataset['status'].size} points")


def check_spots(sheet: Sheet, data: Database, spots: Sequence[Spot]) -> None:
    """Raise NoLinesError where there is none at one of these."""
    if not data.opened or not spots:
        return
    places = np.array([spot.place for spot in spots])
    at = sheet.plane.origin + places @ sheet.plane.along
    p, t = (np.ascontiguousarray(at[:, axis]) for axis in (0, 1))
    without, gamma = left_out(data, sheet.reduced), np.array([spot.state.gamma for spot in spots])
    if without is not None and without.lack(p, t, gamma).any():
        raise _error("along its lines")
    if any(
        _is_saturated(sheet, *each) for each in zip(places, p.tolist(), t.tolist(), strict=True)
    ):
        raise _error("along its lines")


def _is_saturated(sheet: Sheet, place: Floats, pressure: float, temperature: float) -> bool:
    """Return whether potentials are given above saturation at a place, at kbar and K."""
    system = sheet.system(place)
    conditions = new_conditions(system)
    set_conditions(system, pressure, temperature, conditions)
    return bool(judge_conditions(system, conditions) == UNBOUNDED)


def _error(where: str) -> NoLinesError:
    return NoLinesError(
        f"{where} of this section there is no answer, for what comes from outside would be a phase "
        "that takes no part",
        "exact lines would not end there: take a section without such points, open what else it is "
        "of, or draw lines between the points (exact=False, --grid).",
    )

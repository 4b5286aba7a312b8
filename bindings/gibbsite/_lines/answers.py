"""Whether there is an answer all along the lines of a section and in its fields.

Where a phase is left out that would be stable (see `gibbsite._solving.left_out`) there is none. A line
follows its phases, of which that one is none, and leads on through where it is.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from gibbsite._inputs.database import Database
from gibbsite._solving.left_out import left_out
from gibbsite.errors import InputError
from gibbsite_engine.status import LEFT_OUT

from .plane import Sheet
from .solver import Spot


class NoAnswerError(InputError):
    """Lines or fields lead to where no answer is."""


def check_points(dataset: xr.Dataset) -> None:
    """Raise NoAnswerError where a phase that is left out would be stable at points of a section."""
    missing = int(np.count_nonzero(dataset["status"].values == LEFT_OUT))
    if missing:
        raise _error(f"at {missing} of {dataset['status'].size} points")


def check_spots(sheet: Sheet, data: Database, spots: Sequence[Spot]) -> None:
    """Raise NoAnswerError where it would be at one of these."""
    without = left_out(data, sheet.reduced)
    if without is None or not spots:
        return
    places = np.array([spot.place for spot in spots])
    at = sheet.plane.origin + places @ sheet.plane.along
    p, t = (np.ascontiguousarray(at[:, axis]) for axis in (0, 1))
    if without.lack(p, t, np.array([spot.state.gamma for spot in spots])).any():
        raise _error("along its lines")


def _error(where: str) -> NoAnswerError:
    return NoAnswerError(
        f"{where} of this section there is no answer, for a phase is left out that would be stable, and "
        "exact lines would not end there: open what it is of, too, take a section without such points, "
        "or draw lines between the points (exact=False, --grid)."
    )

"""Where rocks begin and end to melt, for many rocks at once, by bisection on what is stable."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.database import Database
from gibbsite._inputs.given import numbers
from gibbsite._inputs.limits import TEMPERATURE_C
from gibbsite._inputs.melt import MELT
from gibbsite._showing import html_table, listed
from gibbsite.errors import InputError
from gibbsite_engine.status import CERTIFIED

from .asked import as_database, check_workers, solve_at
from .points import as_points
from .undefined import hottest_C

Array = NDArray[np.float64]

_STEP_C = 25.0
_TOLERANCE_C = 1e-3
_SHOWN = 20


class MeltingInterval(NamedTuple):
    """First and last melting of n rocks."""

    solidus_C: Array
    """Where the first melt appears on heating [degC], shape (n,): -inf if there is melt at the lowest
    temperature already, inf if there is none at the highest, NaN if a point on the way failed. The
    highest is that of the range, or where the equation of state of a phase that the rock can make ends."""
    liquidus_C: Array
    """Where the last solid disappears on heating [degC], shape (n,); inf, -inf and NaN as above."""

    def __repr__(self) -> str:
        """Return the first intervals, and how many more there are."""
        pairs = zip(self.solidus_C, self.liquidus_C, strict=True)
        return f"<MeltingInterval {listed((f'{low:.2f} to {high:.2f}' for low, high in pairs))} °C>"

    def _repr_html_(self) -> str:
        pairs = zip(self.solidus_C[:_SHOWN], self.liquidus_C[:_SHOWN], strict=True)
        rows = [(str(i), f"{low:.3f}", f"{high:.3f}") for i, (low, high) in enumerate(pairs)]
        more = len(self.solidus_C) - len(rows)
        rows += [("…", f"{more} more", "")] if more else []
        return html_table(("", "solidus °C", "liquidus °C"), rows)


def melting_interval(
    bulks: Bulk | Sequence[Bulk] | ArrayLike,
    *,
    pressure_kbar: ArrayLike,
    temperature_C: tuple[float, float] = (700.0, 2000.0),
    database: Database | str | None = None,
    workers: int | None = None,
) -> MeltingInterval:
    """Find solidus and liquidus of one rock or of many to 0.001 °C.

    The range is searched in steps of 25 °C, so that melt which comes, goes and comes again within
    one step is taken for one coming; the place within the step is found by bisection.

    Parameters
    ----------
    bulks : Bulk, sequence of Bulk, or array (n, C)
        One for all pressures or one for each; an array holds moles of the database's components.
    pressure_kbar : float or array, shape (n,)
        Pressure [kbar].
    temperature_C : (float, float)
        Range to look in [degC].
    database : Database or str
        Which one; `gibbsite.databases()` says which suits the rock. There is no default.
    workers : int, optional
        Threads; by default one a processor. The answer does not depend on it.

    Returns
    -------
    MeltingInterval

    Raises
    ------
    InputError
        If the database has no melt, or a range or a length cannot be meant.
    """
    check_workers(workers)
    data = as_database(database)
    if not data.takes_part(MELT):
        raise InputError(f"the database {data.name} has no melt.")
    ends = numbers("temperature_C", temperature_C, "°C").ravel()
    if ends.size != 2:
        raise InputError(
            f"temperature_C = {temperature_C!r}: give the ends of a range, two numbers."
        )
    low, high = ends.tolist()
    if not TEMPERATURE_C[0] <= low < high <= TEMPERATURE_C[1]:
        raise InputError(f"{low:g} to {high:g} °C is no range within the accepted temperatures.")
    points = as_points(data, bulks, pressure_kbar, low)
    pressure, rows = points.pressure_kbar, points.moles
    steps = np.append(np.arange(low, high, _STEP_C), high)
    grid = np.minimum(steps, np.maximum(low, hottest_C(data, rows))[:, None])
    states = _states(data, workers)(
        np.repeat(rows, len(steps), axis=0), np.repeat(pressure, len(steps)), grid.ravel()
    )
    melt, molten, known = (state.reshape(grid.shape) for state in states)
    below_melt, below_molten = ~melt, ~molten
    solidus = _bisect(data, rows, pressure, _first_step(below_melt, grid), 0, workers)
    liquidus = _bisect(data, rows, pressure, _last_step(below_molten, grid), 1, workers)
    sound = known.all(axis=1)
    return MeltingInterval(np.where(sound, solidus, np.nan), np.where(sound, liquidus, np.nan))


def _first_step(below: NDArray[np.bool_], grid: Array) -> tuple[Array, Array]:
    """Return the ends of the step in which a state first comes; infinite where it does not."""
    first = np.where(below.all(axis=1), below.shape[1], (~below).argmax(axis=1))
    return _ends(grid, first)


def _last_step(below: NDArray[np.bool_], grid: Array) -> tuple[Array, Array]:
    """Return the ends of the step after which a state no longer goes; infinite as above."""
    last = np.where(below.any(axis=1), below.shape[1] - below[:, ::-1].argmax(axis=1), 0)
    return _ends(grid, last)


def _ends(grid: Array, step: NDArray[np.int64]) -> tuple[Array, Array]:
    """Return the ends of one step of each row of a grid; infinite beyond the first and the last."""
    edges = np.pad(grid, ((0, 0), (1, 1)), constant_values=((0.0, 0.0), (-np.inf, np.inf)))
    each = np.arange(len(grid))
    return edges[each, step], edges[each, step + 1]


def _states(
    data: Database, workers: int | None
) -> Callable[[Array, Array, Array], tuple[NDArray[np.bool_], ...]]:
    """Return a function that says whether there is melt, nothing but melt, and an answer."""
    melt_id = data.phase_names.index(MELT)

    def states(rows: Array, p: Array, t: Array) -> tuple[NDArray[np.bool_], ...]:
        arrays = solve_at(data, p, t, rows, workers)
        ids = arrays["phase_id"]
        melt = (ids == melt_id).any(axis=1)
        molten = melt & ((ids == melt_id) | (ids < 0)).all(axis=1)
        return melt, molten, arrays["status"] == CERTIFIED

    return states


def _bisect(
    data: Database,
    rows: Array,
    pressure: Array,
    step: tuple[Array, Array],
    which: int,
    workers: int | None,
) -> Array:
    """Return where the state of number `which` becomes true within a step of each rock.

    A step without end on one side gives that end: infinity, with its sign. NaN where a point failed.
    """
    states = _states(data, workers)
    below, above = (end.copy() for end in step)
    found = np.where(np.isinf(below), below, np.where(np.isinf(above), above, 0.0))
    inside = np.flatnonzero(found == 0.0)
    low, high = below[inside], above[inside]
    sound = np.ones(len(inside), dtype=np.bool_)
    while len(inside) and (high - low).max() > _TOLERANCE_C:
        middle = 0.5 * (low + high)
        state = states(rows[inside], pressure[inside], middle)
        sound &= state[2]
        high, low = np.where(state[which], middle, high), np.where(state[which], low, middle)
    found[inside] = np.where(sound, 0.5 * (low + high), np.nan)
    return found

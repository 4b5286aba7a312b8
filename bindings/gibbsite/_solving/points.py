"""What a user asks for, as lists: pressures, temperatures and bulks of one length, a database."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.database import Database
from gibbsite._inputs.database import database as load_database
from gibbsite._inputs.limits import check_pressure_kbar, check_temperature_C, to_kelvin
from gibbsite.errors import InputError

from .results import Arrays
from .solve import solve_points


def as_database(data: Database | str | None) -> Database:
    """Return the database meant: itself, by its name, or the default."""
    if isinstance(data, Database):
        return data
    return load_database() if data is None else load_database(data)


def as_points(
    data: Database, bulks: Bulk | Sequence[Bulk] | ArrayLike, p: ArrayLike, t: ArrayLike
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Bring pressures [kbar], temperatures [degC] and bulks to one length.

    Returns
    -------
    tuple of ndarray
        Pressures (n,), temperatures (n,) and moles of the database's components (n, C).

    Raises
    ------
    InputError
        With the number that cannot be meant, or the lengths that do not match.
    """
    check_pressure_kbar(p)
    check_temperature_C(t)
    if isinstance(bulks, Bulk):
        rows = bulks.array(data.components)[None, :]
    else:
        rocks = [b for b in bulks if isinstance(b, Bulk)] if isinstance(bulks, Sequence) else []
        if rocks and len(rocks) == len(bulks):  # type: ignore[arg-type]
            rows = np.array([b.array(data.components) for b in rocks])
        else:
            rows = _as_moles(data, bulks)
    pressure, temperature = np.atleast_1d(np.asarray(p, float)), np.atleast_1d(np.asarray(t, float))
    if pressure.ndim > 1 or temperature.ndim > 1:
        raise InputError("pressures and temperatures must be numbers or flat lists of them.")
    sizes = {len(pressure), len(temperature), len(rows)} - {1}
    if len(sizes) > 1 or 0 in sizes:
        raise InputError(
            f"{len(rows)} bulks, {len(pressure)} pressures and {len(temperature)} temperatures "
            "do not make one list of points; give as many of each, or one for all."
        )
    n = sizes.pop() if sizes else 1
    return (
        np.ascontiguousarray(np.broadcast_to(pressure, n)),
        np.ascontiguousarray(np.broadcast_to(temperature, n)),
        np.ascontiguousarray(np.broadcast_to(rows, (n, len(data.components)))),
    )


def solve_at(
    data: Database,
    pressure_kbar: NDArray[np.float64],
    temperature_C: NDArray[np.float64],
    bulks: NDArray[np.float64],
    workers: int | None = None,
) -> Arrays:
    """Solve points as users give them, degC; see `solve_points`, which has kelvin."""
    return solve_points(data, pressure_kbar, to_kelvin(temperature_C), bulks, workers)


def check_workers(workers: int | None) -> None:
    """Raise InputError for a number of threads that there cannot be."""
    if workers is not None and workers < 1:
        raise InputError(f"workers = {workers} must be 1 or more.")


def _as_moles(data: Database, bulks: Any) -> NDArray[np.float64]:
    """Check an array of moles of the database's components, one row a point; rows sum to 1."""
    try:
        rows = np.array(bulks, dtype=float, ndmin=2)
    except (TypeError, ValueError):
        raise InputError("the bulks are neither Bulk objects nor an array of moles.") from None
    if rows.ndim != 2 or rows.shape[1] != len(data.components):
        raise InputError(
            f"an array of bulks has one column for each of {', '.join(data.components)}; "
            f"this one has the shape {rows.shape}."
        )
    bad = ~np.isfinite(rows) | (rows < 0.0)
    if bad.any():
        i, c = np.argwhere(bad)[0]
        raise InputError(
            f"bulk {i} holds {rows[i, c]} mol of {data.components[c]}; "
            "amounts are finite and not negative."
        )
    total = rows.sum(axis=1, keepdims=True)
    if (total == 0.0).any():
        raise InputError(f"bulk {int(np.argmin(total))} is all zero.")
    return np.asarray(rows / total)

"""What a user gives, in the terms of the solver: a database by name, temperatures in degC, threads."""

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._inputs.database import database as load_database
from gibbsite._inputs.limits import to_kelvin
from gibbsite.errors import InputError

from .results import Arrays
from .solve import solve_points


def as_database(data: Database | str | None) -> Database:
    """Return the database meant: itself, by its name, or the default."""
    if isinstance(data, Database):
        return data
    return load_database() if data is None else load_database(data)


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

"""What a user gives, in the terms of the solver: a database by name, temperatures in degC, threads."""

from collections.abc import Collection
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.database import Database
from gibbsite._inputs.database import database as load_database
from gibbsite._inputs.given import whole_number
from gibbsite._inputs.guides import none_named
from gibbsite._inputs.limits import to_kelvin

from .results import Arrays
from .solve import solve_points


def as_database(data: Database | str | None) -> Database:
    """Return the database meant: itself, or by its name; raises InputError where none is named."""
    if data is None:
        raise none_named('say database="W24" or another of these')
    if not isinstance(data, Database | str):
        raise none_named(f'{data!r} is no name of one, say database="W24" or another of these')
    return data if isinstance(data, Database) else _named(data)


@cache
def _named(name: str) -> Database:
    """Look up once what a point takes a hundredth of its time to look up."""
    return load_database(name)


def as_closed(data: Database, rock: Bulk) -> Bulk:
    """Return a rock as a database has it: without open components, the others again one mole.

    Raises
    ------
    InputError
        If it holds a component that the database lacks, or nothing but open ones.
    """
    return rock.within(data.components).without(name for name, _ in data.opened)


def solve_at(
    data: Database,
    pressure_kbar: NDArray[np.float64],
    temperature_C: NDArray[np.float64],
    bulks: NDArray[np.float64],
    workers: int | None = None,
    progress: bool = False,
    keep: Collection[str] | None = None,
) -> Arrays:
    """Solve points as users give them, degC; see `solve_points`, which has kelvin."""
    t = to_kelvin(temperature_C)
    if not progress:
        return solve_points(data, pressure_kbar, t, bulks, workers, keep=keep)
    from gibbsite._progress import Progress  # rich, which one point does not need

    with Progress(f"{data.name} points", len(t), 0, show=True) as bar:
        return solve_points(data, pressure_kbar, t, bulks, workers, bar.add, keep)


def check_workers(workers: int | None) -> None:
    """Raise InputError for a number of threads that there cannot be."""
    if workers is not None:
        whole_number("workers", workers)

"""One tile of a section: the pure function that threads and clusters run."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.limits import to_celsius
from gibbsite._proof.nearby import prove_absent
from gibbsite._proof.phase import TOLERANCE
from gibbsite._section.section import Section
from gibbsite._solving.sampled import learnt
from gibbsite._solving.solve import solve_grid
from gibbsite_engine.status import CERTIFIED


def solve_tile(
    section: Section, rows: slice, columns: slice, *, prove: bool = False
) -> dict[str, NDArray[Any]]:
    """Solve the points of a section in a rectangle of its grid.

    Parameters
    ----------
    section : Section
        The section.
    rows, columns : slice
        The rectangle, with start and stop.
    prove : bool
        Whether to prove absent phases, where that is cheap: the variable `proof`.

    Returns
    -------
    dict of str to ndarray, shape (rows, columns, ...)
        The variables of the full profile, by name.
    """
    data = section.load_database()
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    points = section.points(rows=(rows.start, rows.stop), columns=(columns.start, columns.stop))
    where = {
        "pressure_kbar": points.pressure_kbar,
        "temperature_C": to_celsius(points.temperature_K),
    }

    def proof(arrays: dict[str, NDArray[Any]]) -> NDArray[np.int8]:
        certified = arrays["status"] == CERTIFIED
        return prove_absent(data, arrays | where, certified, shape, TOLERANCE)

    arrays = solve_grid(
        data,
        points.pressure_kbar,
        points.temperature_K,
        points.bulk_mol,
        shape,
        learnt(section),
        proof if prove else None,
    )
    del arrays["excess_component"]
    return {name: values.reshape(*shape, *values.shape[1:]) for name, values in arrays.items()}

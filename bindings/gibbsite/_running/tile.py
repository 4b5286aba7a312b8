"""One tile of a section: the pure function that threads and clusters run."""

from typing import Any

from numpy.typing import NDArray

from gibbsite._inputs.database import database
from gibbsite._inputs.limits import ZERO_CELSIUS_K
from gibbsite._proof.phase import TOLERANCE
from gibbsite._proof.together import prove_points
from gibbsite._section.section import Section
from gibbsite._solving.sampled import learnt
from gibbsite._solving.solve import Energies, solve_grid
from gibbsite_engine.status import CERTIFIED

from .anchors import anchored


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
        Whether to prove the points, where that is cheap: the variable `proof`.

    Returns
    -------
    dict of str to ndarray, shape (rows, columns, ...)
        The variables of the full profile, by name.
    """
    data = database(section.database, only=section.only or (), exclude=section.exclude)
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    points = section.points(rows=(rows.start, rows.stop), columns=(columns.start, columns.stop))
    energies: Energies = {}
    arrays = solve_grid(
        data, points.pressure_kbar, points.temperature_K, points.bulk_mol, shape, learnt(section),
        energies,
    )  # fmt: skip
    del arrays["excess_component"]
    if prove:
        where = {
            "pressure_kbar": points.pressure_kbar,
            "temperature_C": points.temperature_K - ZERO_CELSIUS_K,
        }
        certified = arrays["status"] == CERTIFIED
        arrays["proof"] = prove_points(
            data, arrays | where, certified, shape, TOLERANCE, energies,
            anchored(section, (rows.start + rows.stop) // 2, (columns.start + columns.stop) // 2),
        )  # fmt: skip
    return {name: values.reshape(*shape, *values.shape[1:]) for name, values in arrays.items()}

"""One tile of a section: the pure function that threads and clusters run."""

from typing import Any

from numpy.typing import NDArray

from gibbsite._proof.together import prover
from gibbsite._section.section import Section
from gibbsite._solving.given import of_section
from gibbsite._solving.sampled import learnt
from gibbsite._solving.solve import solve_grid

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
        Whether to prove the points, where that is cheap: the variable `proof`. Phases of which
        nothing is proved are searched all over, which takes longer.

    Returns
    -------
    dict of str to ndarray, shape (rows, columns, ...)
        The variables of the full profile, by name.
    """
    data = section.load_database()
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    points = section.points(rows=(rows.start, rows.stop), columns=(columns.start, columns.stop))
    middle = (rows.start + rows.stop) // 2, (columns.start + columns.stop) // 2
    arrays = solve_grid(
        data, points.pressure_kbar, points.temperature_K, points.bulk_mol, shape, learnt(section),
        prover(data, points, shape, begin=anchored(section, *middle)) if prove else None,
        of_section(section, data, points),
    )  # fmt: skip
    del arrays["excess_component"]
    return {name: values.reshape(*shape, *values.shape[1:]) for name, values in arrays.items()}

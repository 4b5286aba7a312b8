"""One tile of a section: the pure function that threads and clusters run."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gibbsite._proof.together import prover
from gibbsite._properties.evaluate import as_solved
from gibbsite._properties.quantities import Material
from gibbsite._section.section import Section
from gibbsite._solving.given import of_section
from gibbsite._solving.sampled import learnt
from gibbsite._solving.solve import solve_grid
from gibbsite._store.derived import kinds_needed, property_arrays
from gibbsite._store.schema import LARGE_TILE

from .anchors import anchored


def solve_tile(
    section: Section, rows: slice, columns: slice, *, prove: bool = False
) -> dict[str, NDArray[Any]]:
    """Solve the points of a section in a rectangle of its grid, block by block.

    A block is of `LARGE_TILE` at most, however large the tile: the points of one are one chain.

    Parameters
    ----------
    section : Section
        The section.
    rows, columns : slice
        The rectangle, with start and stop.
    prove : bool
        Whether to prove the points, where that is cheap: the variable `proof`. Phases of which
        nothing is proved are searched all over.

    Returns
    -------
    dict of str to ndarray, shape (rows, columns, ...)
        The variables of the full profile, and those that hold the section's properties, by name.
    """
    height, width = LARGE_TILE
    if rows.stop - rows.start <= height and columns.stop - columns.start <= width:
        return _solve_block(section, rows, columns, prove)
    shape = rows.stop - rows.start, columns.stop - columns.start
    whole: dict[str, NDArray[Any]] = {}
    for row in _cut(rows, height):
        for column in _cut(columns, width):
            place = _within(row, rows), _within(column, columns)
            for name, values in _solve_block(section, row, column, prove).items():
                if name not in whole:
                    whole[name] = np.empty((*shape, *values.shape[2:]), values.dtype)
                whole[name][place] = values
    return whole


def _cut(part: slice, length: int) -> Iterator[slice]:
    """Yield the pieces of a part of an axis."""
    for start in range(part.start, part.stop, length):
        yield slice(start, min(start + length, part.stop))


def _within(piece: slice, part: slice) -> slice:
    return slice(piece.start - part.start, piece.stop - part.start)


def _solve_block(
    section: Section, rows: slice, columns: slice, prove: bool
) -> dict[str, NDArray[Any]]:
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
    if section.properties:
        answers = as_solved(arrays, points.pressure_kbar, points.temperature_K)
        material = Material(data, answers, 1, kinds_needed(section.properties))
        arrays |= property_arrays(section.properties, data, material)
    return {name: values.reshape(*shape, *values.shape[1:]) for name, values in arrays.items()}

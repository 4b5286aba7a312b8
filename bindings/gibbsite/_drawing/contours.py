"""Lines of equal value through a grid, as a whole or within each field up to its edge."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray

from .fields import Fields

NEAR: Final = 0.5  # cells; ends of lines of two fields that are so near are one place


def contour(values: NDArray[np.float64], level: float) -> list[NDArray[np.float64]]:
    """Return the lines of a level, each an array (n, 2) of columns and rows.

    Parameters
    ----------
    values : ndarray, shape (ny, nx)
        NaN where there is none; lines end there.
    level : float
        In the unit of the values.
    """
    masked = np.ma.masked_invalid(values)
    lines = contourpy.contour_generator(z=masked, name="serial").lines(level)
    return [np.asarray(line, dtype=np.float64) for line in lines if len(line) > 1]


def contour_in_fields(
    values: NDArray[np.float64], level: float, fields: Fields, outlines: Iterable[Any]
) -> list[NDArray[np.float64]]:
    """Return the lines of a level that lie within single fields, up to their edges.

    What is smooth within a field may jump at its edge: the composition of a pyroxene where a
    second one comes in. The values are continued from inside for two cells, and the lines cut off at
    the outline.

    Parameters
    ----------
    values : ndarray, shape (ny, nx)
        NaN where there is none.
    level : float
        In the unit of the values.
    fields : Fields
        Of the same grid.
    outlines : iterable of Polygon
        Those of the fields, in columns and rows.
    """
    found: list[NDArray[np.float64]] = []
    for number, outline in enumerate(outlines):
        inside = np.where(fields.labels == number, values, np.nan)
        known = inside[np.isfinite(inside)]
        if known.size == 0 or not _may_hold(known, level):
            continue
        rows, columns = (_window(np.asarray(np.isfinite(inside).any(axis=axis))) for axis in (1, 0))
        lines = contour(continued(inside[rows, columns]), level)
        if lines:
            shift = (columns.start, rows.start)
            cut = shapely.intersection(shapely.MultiLineString([x + shift for x in lines]), outline)
            parts = shapely.get_parts(
                shapely.line_merge(cut) if cut.geom_type[:5] == "Multi" else cut
            )
            found += [np.asarray(part.coords) for part in parts if part.length > 0.0]
    return joined(found)


def joined(lines: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Return lines of which ends that nearly meet have been brought together, the nearest first."""
    if len(lines) < 2:
        return list(lines)
    ends = np.concatenate([line[[0, -1]] for line in lines])
    from scipy.spatial import cKDTree  # slow to import, and needed for isopleths only

    pairs = cKDTree(ends).query_pairs(NEAR, output_type="ndarray")
    distance = np.hypot(*(ends[pairs[:, 0]] - ends[pairs[:, 1]]).T)
    free = np.ones(len(ends), dtype=np.bool_)
    for one, other in pairs[np.argsort(distance, kind="stable")]:
        if free[one] and free[other] and one // 2 != other // 2:
            ends[one] = ends[other] = 0.5 * (ends[one] + ends[other])
            free[one] = free[other] = False
    moved = [
        np.concatenate([ends[2 * i : 2 * i + 1], line[1:-1], ends[2 * i + 1 : 2 * i + 2]])
        for i, line in enumerate(lines)
    ]
    merged = shapely.line_merge(shapely.MultiLineString(moved))
    return [np.asarray(part.coords) for part in shapely.get_parts(merged)]


def _may_hold(known: NDArray[np.float64], level: float) -> bool:
    """Return whether a level is within the values, or so near that it may be at the edge."""
    low, high = float(known.min()), float(known.max())
    return low - (high - low) <= level <= high + (high - low)


def _window(wanted: NDArray[np.bool_]) -> slice:
    """Return the places that are wanted and two more at either side."""
    at = np.flatnonzero(wanted)
    return slice(max(int(at[0]) - 2, 0), min(int(at[-1]) + 3, len(wanted)))


def continued(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values with NaN replaced for two cells around what is known, by straight lines.

    A place takes the mean of what its rows and columns, continued, have there; where only one value is
    known, that.
    """
    result = values
    for _ in range(2):
        padded = np.pad(result, 2, constant_values=np.nan)
        guesses = []
        for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            one, two = (
                np.roll(padded, (k * down, k * right), axis=(0, 1))[2:-2, 2:-2] for k in (1, 2)
            )
            guesses.append(np.where(np.isfinite(two), 2.0 * one - two, one))
        known = np.isfinite(guesses)
        total = np.where(known, guesses, 0.0).sum(axis=0)
        count = known.sum(axis=0)
        mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        result = np.where(np.isfinite(result), result, mean)
    return result

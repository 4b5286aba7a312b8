"""Lines of equal value through a grid as a whole."""

import contourpy
import numpy as np
from numpy.typing import NDArray


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

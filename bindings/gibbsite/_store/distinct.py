"""The rows of an array that differ: of a million points, the few kinds that there are."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def distinct_rows(values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return which kind each row is, and the kinds in the order in which they come.

    Parameters
    ----------
    values : ndarray of int, shape (..., n)
        Of small spread along each column.

    Returns
    -------
    of_row : ndarray of int, shape (...)
        Index into `kinds`.
    kinds : ndarray, shape (k, n)
        Each row that there is, once.
    """
    rows = values.reshape(-1, values.shape[-1])
    number = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        low = int(column.min(initial=0))
        spread = int(column.max(initial=0)) - low + 1
        # Numbered afresh after each column, so that the product cannot overflow.
        number, _ = pd.factorize(number * spread + (column - low))
    first = np.zeros(int(number.max(initial=-1)) + 1, np.intp)
    first[number[::-1]] = np.arange(len(rows))[::-1]  # of what is told twice the last is kept
    return np.asarray(number, np.int64).reshape(values.shape[:-1]), rows[first]

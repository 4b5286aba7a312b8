"""One line in Numba's own cache: what no program with a compiled kernel starts faster than."""

import numba
import numpy as np


@numba.njit(cache=True)
def first_of(values):
    """Return the first number."""
    return values[0]


if __name__ == "__main__":
    first_of(np.ones(1))

"""Sums of rows, in vectors of the processor: the same to the last bit as a loop over them."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gibbsite_engine._interpreted import interpreted
from gibbsite_engine._jit import kernel
from gibbsite_engine._vectors import add_rows, subtract_rows

pytestmark = pytest.mark.compiled


@kernel
def add(start, weights, matrix, rows, out, columns):
    add_rows(start, weights, matrix, rows, out, columns)


@kernel
def subtract(start, weights, matrix, rows, out, columns):
    subtract_rows(start, weights, matrix, rows, out, columns)


def one_after_the_other(sign, start, weights, matrix, rows, columns):
    total = start.copy()
    for j in range(columns):
        for i in range(rows):
            total[j] += sign * (weights[i] * matrix[i, j])
    return total


@given(st.integers(0, 70), st.integers(0, 9), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_each_column_adds_up_in_the_order_of_the_rows(columns, rows, beyond, seed):
    rng = np.random.default_rng(seed)
    start, weights, matrix = (
        rng.normal(size=shape) for shape in (columns + beyond, rows, (rows, columns + beyond))
    )
    for sign, operation in ((1.0, add), (-1.0, subtract)):
        expected = one_after_the_other(sign, start, weights, matrix, rows, columns)
        out, inside = np.full_like(start, 9.0), start.copy()
        operation(start, weights, matrix, rows, out, columns)
        operation(inside, weights, matrix, rows, inside, columns)  # where it began
        np.testing.assert_array_equal(out[:columns], expected[:columns])
        assert (out[columns:] == 9.0).all()
        np.testing.assert_array_equal(inside, expected)
        interpreted(operation)(start, weights, matrix, rows, out, columns)
        np.testing.assert_array_equal(out[:columns], expected[:columns])


def test_what_does_not_lie_together_is_refused():
    many = np.ones((4, 6))
    with pytest.raises(numba.TypingError, match="contiguous"):
        add(np.ones(3), np.ones(2), many[:, ::2], 2, np.ones(3), 3)

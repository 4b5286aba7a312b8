"""Small factorisations, against LAPACK."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gibbsite_engine import dense
from gibbsite_engine._interpreted import interpreted

# Only kernels call them: to compile what Python calls takes longer than to let Python run these.
cholesky, invert = interpreted(dense.cholesky), interpreted(dense.invert)
solve_lower, solve_upper = interpreted(dense.solve_lower), interpreted(dense.solve_upper)
solve_lower_rows = interpreted(dense.solve_lower_rows)

sizes = st.integers(1, 13)
seeds = st.integers(0, 2**32 - 1)


def embedded(block):
    """A block in the corner of a larger array of rubbish, which must be left alone."""
    out = np.full((len(block) + 2, len(block) + 2), np.nan)
    out[: len(block), : len(block)] = block
    return out


def positive_definite(n, seed):
    root = np.random.default_rng(seed).normal(size=(n, n))
    return root @ root.T + 0.1 * np.eye(n)


@given(n=sizes, seed=seeds)
@settings(max_examples=30)
def test_cholesky_and_triangular_solves(n, seed):
    matrix, rng = positive_definite(n, seed), np.random.default_rng(seed)
    factor = embedded(matrix)
    assert cholesky(factor, n, 1e-13)
    lower = np.tril(factor[:n, :n])
    np.testing.assert_allclose(lower, np.linalg.cholesky(matrix), rtol=1e-9, atol=1e-12)
    right, rows = rng.normal(size=n), rng.normal(size=(n, 4))
    x, y, z = right.copy(), right.copy(), rows.copy()
    solve_lower(factor, n, x)
    np.testing.assert_allclose(lower @ x, right, rtol=0, atol=1e-11)
    solve_upper(factor, n, y)
    np.testing.assert_allclose(lower.T @ y, right, rtol=0, atol=1e-11)
    solve_lower_rows(factor, n, z, 3)
    np.testing.assert_allclose(lower @ z[:, :3], rows[:, :3], rtol=0, atol=1e-11)
    np.testing.assert_array_equal(z[:, 3], rows[:, 3])


@given(n=st.integers(2, 13), seed=seeds)
@settings(max_examples=20)
def test_cholesky_refuses_what_is_not_positive_definite(n, seed):
    values, vectors = np.linalg.eigh(positive_definite(n, seed))
    for lowest in (-1e-9, -0.5):  # of zero rounding may make either
        values[0] = lowest
        assert not cholesky(embedded(vectors @ np.diag(values) @ vectors.T), n, 1e-13)


@given(n=sizes, seed=seeds)
@settings(max_examples=30)
def test_inverse(n, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, n)) * rng.integers(0, 2, size=(n, n)) + np.diag(rng.random(n))
    inverse = np.zeros((n, n))
    if invert(matrix.copy(), inverse, n):
        error = abs(inverse @ matrix - np.eye(n)).max()
        assert error < 1e-13 * np.linalg.cond(matrix) * n
    else:
        assert np.linalg.svd(matrix)[1].min() < 1e-12


@pytest.mark.parametrize("n", [2, 5, 9])
def test_inverse_refuses_a_singular_matrix(n):
    matrix = np.random.default_rng(n).normal(size=(n, n))
    matrix[-1] = matrix[0]
    assert not invert(matrix, np.zeros((n, n)), n)
    needs_pivots = np.eye(n)[::-1].copy()
    inverse = np.zeros((n, n))
    assert invert(needs_pivots.copy(), inverse, n)
    np.testing.assert_array_equal(inverse, needs_pivots)

"""Control points of a group: weights that are none below zero, exact for what is affine in place."""

import numpy as np
import pytest

from gibbsite_engine.proof.controls import CHOSEN, MOST, lay_controls, new_scratch

ROWS, COLUMNS = (index.ravel() for index in np.indices((12, 15)))
GROUPS = {
    "a block": ROWS >= 0,
    "beyond a line": 3 * ROWS + 2 * COLUMNS > 25,
    "one row": ROWS == 4,
    "two columns": (COLUMNS > 6) & (COLUMNS < 9),
    "a diagonal": ROWS == COLUMNS,
    "two corners": (ROWS + COLUMNS < 4) | (ROWS + COLUMNS > 20),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", GROUPS)
def test_means_of_control_points_are_exact_for_what_is_affine(name):
    """And weights are positive or zero and add up to one."""
    rows, columns = ROWS[GROUPS[name]], COLUMNS[GROUPS[name]]
    assert len(rows) > MOST
    weights, chosen = np.zeros((len(rows), MOST)), np.zeros(CHOSEN, np.int64)
    fit = np.zeros((MOST, CHOSEN))
    m, count = lay_controls(rows, columns, weights, chosen, fit, new_scratch())
    weights, chosen, fit = weights[:, :m], chosen[:count], fit[:m, :count]
    assert len(set(chosen.tolist())) == count
    assert (weights >= 0.0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-14)
    values = -3000.0 + 5.0 * rows - 0.7 * columns
    np.testing.assert_allclose(weights @ (fit @ values[chosen]), values, rtol=1e-13)
    bent = (
        values + 0.01 * (rows - 4.0) ** 2 + 0.003 * rows * columns
    )  # of the degree of the weights
    off = np.abs(weights @ (fit @ bent[chosen]) - bent).max()
    assert off < (1.0 if name == "two corners" else 0.05)

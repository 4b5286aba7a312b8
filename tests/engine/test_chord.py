"""Newton's method with the factors of a point nearby, and the assemblage carried along a line."""

import numpy as np
import pytest
from test_newton import POINTS, run, solved

from gibbsite_engine.chord import forget_factors, new_chord, solve_near
from gibbsite_engine.layout import Options, Points
from gibbsite_engine.newton import copy_state, new_state
from gibbsite_engine.ordering import grid_chain, lines_behind
from gibbsite_engine.predict import LINE, extrapolate, nearest_before
from gibbsite_engine.results import new_results
from gibbsite_engine.standard import set_conditions
from gibbsite_engine.status import CERTIFIED, NOT_CONVERGED

pytestmark = pytest.mark.compiled


def near(point, work, state, chord, temperature):
    set_conditions(point.system, point.pressure, temperature, work.conditions)
    return solve_near(
        point.system.phases, work.conditions, point.bulk, Options(), state, chord, work.phase
    )


@pytest.mark.slow
@pytest.mark.parametrize("index", POINTS)
def test_factors_of_a_point_nearby_give_what_new_ones_give(index):
    """The same potentials, and the masses balance to rounding although the factors are old."""
    point, work, start = solved(index)
    chord, state, right = new_chord(point.system.phases), start, new_state(point.system.phases)
    assert near(point, work, state, chord, point.temperature + 0.01)
    factored_at = chord.at.gamma.copy()
    assert near(point, work, state, chord, point.temperature + 0.02)
    np.testing.assert_array_equal(chord.at.gamma, factored_at)
    copy_state(state, right)
    run(point, work, right, point.pressure, point.temperature + 0.02)
    assert state.residuals[2] < 1e-13
    assert (state.gamma - right.gamma) @ point.bulk == pytest.approx(0.0, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("index", POINTS)
def test_a_start_far_away_is_refused_or_solved(index):
    point, work, state = solved(index)
    chord, right = new_chord(point.system.phases), new_state(point.system.phases)
    copy_state(state, right)
    if near(point, work, state, chord, point.temperature + 30.0):
        status, _ = run(point, work, right, point.pressure, point.temperature + 30.0)
        assert status == CERTIFIED
        assert (state.gamma - right.gamma) @ point.bulk == pytest.approx(0.0, abs=1e-9)


@pytest.mark.slow
def test_factors_of_other_phases_are_not_used():
    point, work, state = solved(POINTS[0])
    chord = new_chord(point.system.phases)
    assert near(point, work, state, chord, point.temperature + 0.01)
    chord.at.amount[0] *= 3.0
    before = chord.at.amount[0]
    assert near(point, work, state, chord, point.temperature + 0.02)
    assert chord.at.amount[0] != before
    forget_factors(chord)
    assert chord.at.number[0] == 0


def polynomial(degree, at):
    """Moles of end-members of one solution, and potentials, that are polynomials of the place."""
    rng = np.random.default_rng(degree)
    moles = rng.uniform(1.0, 2.0, 4) + 0.02 * rng.uniform(-1, 1, (degree, 4)).T @ [
        at ** (d + 1) for d in range(degree)
    ]
    return moles, 10.0 * moles.sum() - at**degree


def lines_of_points(degree, spacing):
    """The points -4 ... 0 of a line as results, certified, and a system that has such a phase."""
    point, _, _ = solved(POINTS[0])
    phases = point.system.phases
    k = int(np.flatnonzero(phases.n_endmembers == 4)[0])
    out = new_results(point.system, LINE + 1)
    x = np.arange(LINE + 1.0)
    x[:-1] *= spacing
    for i in range(LINE):
        moles, gamma = polynomial(degree, float(i - LINE))
        out.status[i], out.number[i], out.phase[i, 0] = CERTIFIED, 1, k
        out.amount[i, 0] = moles.sum()
        out.proportions[i, 0, :4] = moles / moles.sum()
        out.gamma[i] = gamma
    bulk = np.tile(point.bulk, (LINE + 1, 1))
    return phases, Points(np.full(LINE + 1, 5.0), 1000.0 + x, bulk), out


@pytest.mark.parametrize(("degree", "points"), [(2, 3), (3, 4), (4, 5)])
def test_moles_that_are_polynomials_are_carried_on_exactly(degree, points):
    phases, places, out = lines_of_points(degree, 1.0)
    state = new_state(phases)
    behind = lines_behind(np.arange(LINE + 1))[LINE]
    behind[:, points:] = -1
    assert extrapolate(phases, places, LINE, behind, out, state)
    moles, gamma = polynomial(degree, 0.0)
    np.testing.assert_allclose(state.amount[0] * state.proportions[0, :4], moles, rtol=1e-12)
    np.testing.assert_allclose(state.gamma, gamma, rtol=1e-12)


def rows_of_points(powers):
    """Two rows of points one above the other, certified, with such powers of the place."""
    phases, _, one = lines_of_points(2, 1.0)
    k, width = one.phase[0, 0], LINE + 1
    point, _, _ = solved(POINTS[0])
    out = new_results(point.system, 2 * width)
    for i in range(2 * width):
        moles, gamma = moles_in_rows(powers, *divmod(i, width))
        out.status[i], out.number[i], out.phase[i, 0] = CERTIFIED, 1, k
        out.amount[i, 0], out.proportions[i, 0, :4] = moles.sum(), moles / moles.sum()
        out.gamma[i] = gamma
    row, column = np.divmod(np.arange(2 * width), width)
    bulk = np.tile(point.bulk, (2 * width, 1))
    return phases, Points(5.0 + row, 1000.0 + column, bulk), out


def moles_in_rows(powers, row, column):
    """Moles of four end-members that are such powers along rows, and anything across them."""
    x, share = 0.2 * column, np.linspace(0.1, 0.2, 4)
    moles = 1.0 + share * (sum(x**p for p in powers) + np.cosh(row) + row * x**2)
    return moles, moles.sum() - 3.0 * row


@pytest.mark.parametrize(("powers", "lacking"), [((4,), False), ((7,), False), ((), True)])
def test_what_a_line_lacks_is_what_the_line_above_lacks(powers, lacking):
    phases, places, out = rows_of_points(powers)
    width = LINE + 1
    last = width  # at the end of the second row, which is walked backwards
    behind, state = lines_behind(grid_chain((2, width)), width)[-1], new_state(phases)
    if lacking:
        behind[2] = -1
    out.gamma[last], out.amount[last] = np.nan, np.nan
    assert extrapolate(phases, places, last, behind, out, state)
    moles, gamma = moles_in_rows(powers, 1, 0)
    np.testing.assert_allclose(state.amount[0] * state.proportions[0, :4], moles, rtol=1e-12)
    np.testing.assert_allclose(state.gamma, gamma, rtol=1e-12)
    if powers == (7,):  # which a line alone does not carry on
        behind[2] = -1
        assert extrapolate(phases, places, last, behind, out, state)
        assert abs(state.amount[0] - moles.sum()) > 1e-3


def test_nothing_is_carried_along_uneven_steps_or_past_another_assemblage():
    phases, places, out = lines_of_points(2, 1.1)
    behind = lines_behind(np.arange(LINE + 1))[LINE]
    assert not extrapolate(phases, places, LINE, behind, out, new_state(phases))
    phases, places, out = lines_of_points(2, 1.0)
    out.number[LINE - 2] = 2
    assert not extrapolate(phases, places, LINE, behind, out, new_state(phases))


def test_lines_behind_go_along_the_row_and_up_the_column():
    shape = (6, 7)
    order = grid_chain(shape)
    behind = lines_behind(order, shape[1])
    np.testing.assert_array_equal(behind[0], -1)
    last = len(order) - 1  # the first of the sixth row, which is walked backwards
    np.testing.assert_array_equal(behind[last, 0], [36, 37, 38, 39, 40])
    np.testing.assert_array_equal(behind[last, 1], [28, 21, 14, 7, 0])
    np.testing.assert_array_equal(behind[last, 2], [28, 29, 30, 31, 32])
    np.testing.assert_array_equal(behind[32, 2], [25, 24, 23, 22, 21])  # forwards
    np.testing.assert_array_equal(behind[29, 2], [22, 21, -1, -1, -1])


def test_a_point_of_a_list_starts_from_the_nearest_certified_one():
    _, places, out = lines_of_points(2, 1.0)
    order = np.array([3, 1, 0, 2, 4])
    assert nearest_before(places, order, 4, out, -1) == 3
    out.status[3] = NOT_CONVERGED
    assert nearest_before(places, order, 4, out, -1) == 2
    assert nearest_before(places, order, 4, out, 2) == -1  # all others have its phases
    out.number[1] = 2
    assert nearest_before(places, order, 4, out, 2) == 1

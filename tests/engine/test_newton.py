"""Newton's method on an assemblage: quadratic, balanced, and right about what leaves."""

from itertools import pairwise

import numpy as np
import pytest
from engine_calls import Phase, solve_reference, workspace

from gibbsite_engine.layout import Options
from gibbsite_engine.newton import append, copy_state, new_state, remove, solve
from gibbsite_engine.standard import set_conditions
from gibbsite_engine.status import CERTIFIED

POINTS = [0, 2, 57, 103, 234, 333, 480, 601]
pytestmark = pytest.mark.compiled


def solved(index):
    """A solved point, its workspace, and a copy of its state."""
    solve_reference.cache_clear()  # the workspace must hold this point
    point = solve_reference("T21-Su26", index)
    work = workspace(point.name, point.absent)
    state = new_state(point.system.phases)
    copy_state(work.state, state)
    return point, work, state


def run(point, work, state, pressure, temperature):
    set_conditions(point.system, pressure, temperature, work.conditions)
    return solve(
        point.system.phases, work.conditions, point.bulk, Options(), False, state, work.newton,
        work.phase,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("index", POINTS)
def test_a_solution_is_recognised_at_once(index):
    point, work, state = solved(index)
    status, iterations = run(point, work, state, point.pressure, point.temperature)
    assert (status, iterations) == (CERTIFIED, 0)


@pytest.mark.slow
@pytest.mark.parametrize("index", POINTS)
def test_few_steps_from_a_neighbour(index):
    """A tenth of a kelvin away three or four steps are enough: convergence is quadratic."""
    point, work, state = solved(index)
    status, iterations = run(point, work, state, point.pressure, point.temperature + 0.1)
    assert status == CERTIFIED
    assert 1 <= iterations <= 4


@pytest.mark.slow
@pytest.mark.parametrize("index", POINTS)
def test_error_is_squared_by_each_step(index):
    """The residual of the potentials after a step goes with the square of that before it."""
    point, work, state = solved(index)
    set_conditions(point.system, point.pressure, point.temperature + 2, work.conditions)
    residuals = []
    for steps in range(1, 8):  # one step more each time, from the same start
        trial = new_state(point.system.phases)
        copy_state(state, trial)
        status, _ = solve(
            point.system.phases, work.conditions, point.bulk,
            Options(newton_steps=steps), False, trial, work.newton, work.phase,
        )  # fmt: skip
        residuals.append(trial.residuals[0])
        if status == CERTIFIED:
            break
    assert status == CERTIFIED
    for before, after in pairwise(residuals):
        assert after < max(0.1 * before, 1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("index", POINTS)
def test_result_balances(index):
    """mu = C'Gamma for every end-member, mass is kept, and Gamma.b is the sum of the parts."""
    point, work, state = solved(index)
    run(point, work, state, point.pressure + 0.01, point.temperature + 1)
    assert state.residuals[0] < 1e-7
    assert state.residuals[1] < 1e-8
    assert state.residuals[2] < 1e-12
    n = state.number[0]
    composition = point.system.phases.composition[state.phase[:n]]
    balance = np.einsum("j,ji,jic->c", state.amount[:n], state.proportions[:n], composition)
    np.testing.assert_allclose(balance, point.bulk, rtol=0, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("index", POINTS)
def test_a_phase_that_does_not_belong_leaves(index):
    """An unstable phase added to the answer turns negative and is dropped.

    Another may go before it does; what is left can then lie above the answer, never below.
    """
    point, work, state = solved(index)
    phases, n = point.system.phases, int(state.number[0])
    amounts, gamma = state.amount[:n].copy(), state.gamma.copy()
    absent = next(k for k in range(len(phases.n_endmembers)) if k not in state.phase[:n] and k != 0)
    phase = Phase(point.system, absent, point.pressure, point.temperature)
    d, lowest, _, _ = phase.descend(point.system.seeds.centre[absent, : phase.n], gamma)
    assert d > 0
    assert append(state, absent, 1e-3, lowest, 0)
    status, _ = run(point, work, state, point.pressure, point.temperature)
    assert status == CERTIFIED
    assert absent not in state.phase[: state.number[0]]
    assert state.gamma @ point.bulk >= gamma @ point.bulk - 1e-9
    if state.number[0] == n:
        np.testing.assert_allclose(state.amount[:n], amounts, rtol=0, atol=1e-9)
        np.testing.assert_allclose(state.gamma, gamma, rtol=0, atol=1e-6)


@pytest.mark.slow
def test_nothing_is_certified_that_does_not_balance():
    """Of a part of an answer Newton's method makes the whole bulk, or says that it cannot."""
    certified = refused = 0
    for index in POINTS:
        point, work, answer = solved(index)
        for part in range(1, int(answer.number[0])):
            state = new_state(point.system.phases)
            copy_state(answer, state)
            for _ in range(part):
                remove(state, 0)
            status, _ = run(point, work, state, point.pressure, point.temperature)
            if status != CERTIFIED:
                refused += 1
                continue
            certified, balance = certified + 1, 0.0
            for j in range(state.number[0]):
                composition = point.system.phases.composition[state.phase[j]]
                balance = balance + state.amount[j] * state.proportions[j] @ composition
            np.testing.assert_allclose(balance, point.bulk, rtol=0, atol=Options().mass_tolerance)
    assert certified > 0
    assert refused > 0


def test_removing_keeps_the_order_of_the_rest():
    _, _, state = solved(0)
    phases, amounts = state.phase.copy(), state.amount.copy()
    n = state.number[0]
    remove(state, 1)
    assert state.number[0] == n - 1
    np.testing.assert_array_equal(state.phase[: n - 1], np.delete(phases[:n], 1))
    np.testing.assert_array_equal(state.amount[: n - 1], np.delete(amounts[:n], 1))

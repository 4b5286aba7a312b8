"""Boundaries: solved where an amount is zero, with tangents that are derivatives."""

import numpy as np
import pytest

from gibbsite._inputs.database import database
from gibbsite._lines.plane import lay_out
from gibbsite._lines.seeds import find_seeds
from gibbsite._lines.solver import PlaneSolver, Spot
from gibbsite._section.section import Section
from gibbsite_engine import dense
from gibbsite_engine._interpreted import interpreted
from gibbsite_engine.boundary import new_boundary_work, set_place
from gibbsite_engine.factors import P, T

pytestmark = pytest.mark.compiled


@pytest.fixture(scope="module", params=["fig4c", "fig3a"])
def solver(request):
    section = Section.from_toml(request.param)
    return PlaneSolver(lay_out(section, database(section.database)))


def vanishing(solver):
    """A boundary found on the way from low to high temperature, and what vanishes there."""
    along = np.eye(2)[[axis.name for axis in solver.sheet.axes].index("temperature_C")]
    high = solver.sheet.limits.high
    start, end = (0.5 * high * (1.0 - along) + share * high * along for share in (0.3, 0.5))
    found = next(find_seeds(solver, start, end))
    return found, found.zeros[0], along


def test_a_square_system_is_solved_with_pivots_and_a_singular_one_refused():
    solve_square = interpreted(dense.solve_square)
    rng = np.random.default_rng(1)
    a = rng.normal(size=(7, 7)) * 10.0 ** rng.integers(-8, 8, size=(7, 1))
    a[0, 0] = 0.0
    x = rng.normal(size=7)
    b = a @ x
    assert solve_square(a.copy(), b, 7)
    np.testing.assert_allclose(b, x, rtol=1e-9)
    a[3] = 2.0 * a[2]
    assert not solve_square(a, np.ones(7), 7)


@pytest.mark.slow
def test_a_place_is_the_point_of_the_section(solver):
    section = Section.from_toml("fig4c" if solver.sheet.axes[0].name == "x" else "fig3a")
    points = section.points([0, section.size - 1, section.shape[1] // 2])
    horizontal, vertical = solver.sheet.axes
    values = np.array(
        [
            [horizontal.values[0], vertical.values[0]],
            [horizontal.values[-1], vertical.values[-1]],
            [horizontal.values[section.shape[1] // 2], vertical.values[0]],
        ]
    )
    places = solver.sheet.to_units(values)
    np.testing.assert_allclose(solver.sheet.to_axes(places), values)
    work = new_boundary_work(solver.system)
    conditions = work.point.conditions
    for i, place in enumerate(places):
        set_place(solver.system, solver.sheet.plane, place, work)
        assert conditions.factors[P] == pytest.approx(points.pressure_kbar[i], abs=1e-12)
        assert conditions.factors[T] == pytest.approx(points.temperature_K[i], abs=1e-9)
        present = points.bulk_mol[i][solver.sheet.reduced.present]
        np.testing.assert_allclose(work.bulk, present, atol=1e-15)


def test_on_a_boundary_the_amount_is_zero_and_cold_points_beside_it_differ(solver):
    found, j, along = vanishing(solver)
    assert found.state.amount[j] == pytest.approx(0.0, abs=1e-14)
    sides = {solver.cold(found.place + step * along).phases() for step in (-0.5, 0.5)}
    assert sides == {found.phases(), found.phases(without=(j,))}


@pytest.mark.parametrize("loose", [False, True])
def test_a_tangent_is_the_derivative_of_solutions(solver, loose):
    """Amounts at two places near a boundary differ as its tangent says; so do driving forces."""
    found, j, _ = vanishing(solver)
    normal = np.array([0.6, 0.8])
    tangent = solver.tangent(Spot(found.place, found.state), scale=j, loose=loose, normal=normal)
    step = tangent.place / np.hypot(*tangent.place) * 5.0
    scale = 5.0 / np.hypot(*tangent.place)
    ends = []
    for sign in (-1.0, 1.0):
        if loose:
            other = Spot(found.place + sign * step, found.state).without(j)
        else:
            other = Spot(found.place + sign * step, found.state)
        ends.append(solver.correct(other, 1.0).state.amount[: other.number])
    change = (ends[1] - ends[0]) / (2.0 * scale)
    expected = np.delete(tangent.amounts, j) if loose else tangent.amounts
    np.testing.assert_allclose(change, expected, rtol=2e-4, atol=2e-4 * np.abs(expected).max())


def test_a_followed_boundary_is_one(solver):
    found, j, _ = vanishing(solver)
    assert solver.below_plane(found, everywhere=True) is None
    leg = solver.follow(found, np.array([0.7, 0.7]))
    assert len(leg.places) > 3
    for k in range(1, len(leg.places) - 1, 4):
        step = leg.places[k + 1] - leg.places[k]
        place = leg.places[k] + 0.3 * step
        across = 0.5 * np.array([-step[1], step[0]]) / np.hypot(*step)
        sides = {solver.cold(place + across).phases(), solver.cold(place - across).phases()}
        assert sides == {found.phases(), found.phases(without=(j,))}


def test_scratch_has_room_for_every_phase_at_once(solver):
    work = new_boundary_work(solver.system)
    c = solver.system.phases.composition.shape[2]
    assert work.matrix.shape == (2 * c + 4, 2 * c + 4)

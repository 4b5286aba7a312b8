"""Dense points have their standard energies from cells, and the same answers."""

from dataclasses import replace

import numpy as np
import pytest

import gibbsite as gb
from gibbsite._running.tile import solve_tile
from gibbsite._solving import solve, tabulated
from gibbsite._solving.tabulated import KeptCells, cells_of

DATA = gb.database("W24")
ROCK = gb.bulk("klb-1")


def system():
    """What is reduced of the database for the rock."""
    bulk = ROCK.array(DATA.components)[None]
    return DATA.reduced(DATA.face(bulk)[0]).system


def test_only_dense_points_are_told_by_cells():
    dense = np.linspace(10.0, 11.9, 500), np.linspace(1300.0, 1340.0, 500)
    assert tabulated.tabulated(DATA, system(), *dense).lattice.coefficients.shape[0] == 3
    sparse = np.linspace(1.0, 50.0, 500), np.linspace(900.0, 2000.0, 500)
    assert not tabulated.tabulated(DATA, system(), *sparse).lattice.cell.size
    assert tabulated.tabulated(DATA, system(), *sparse, visits=100).lattice.cell.size
    still = np.full(500, 10.5), np.full(500, 1300.0)  # one evaluation in all
    assert not tabulated.tabulated(DATA, system(), *still).lattice.cell.size


def test_points_that_are_no_conditions_ask_for_no_cell():
    p = np.array([np.nan, np.inf, -1.0, 1e300, 10.5, 10.5])
    t = np.array([1300.0, 1300.0, 1300.0, 1300.0, np.nan, 1300.0])
    assert cells_of(p, t) == [(10, 40)]


def test_a_cell_is_the_same_whoever_asks_first(monkeypatch):
    one, two = KeptCells(DATA.endmembers), KeptCells(DATA.endmembers)
    first = one.lattice([(3, 40), (3, 41)])
    two.lattice([(9, 50), (3, 41)])
    second = two.lattice([(3, 41), (3, 40)])
    np.testing.assert_array_equal(second.coefficients, first.coefficients[::-1])
    monkeypatch.setattr(tabulated, "_MOST", 2)  # what has no room is made anew
    third = two.lattice([(3, 40), (3, 41)])
    np.testing.assert_array_equal(third.coefficients, first.coefficients)
    assert third.cell[3, 41] == 1
    assert first.cell[3, 41] == 1


@pytest.mark.parametrize("name", ["klb1", "fig3a"])
def test_a_tile_has_the_same_answers_as_by_the_equation_of_state(name, monkeypatch):
    plan = gb.Section.from_toml(name)
    plan = replace(
        plan, rows=replace(plan.rows, points=401), columns=replace(plan.columns, points=401)
    )
    place = slice(200, 220), slice(180, 200)
    used = []

    def noting(*given):
        used.append(given)
        return tabulated.tabulated(*given, visits=100)

    monkeypatch.setattr(solve, "tabulated", noting)
    told = solve_tile(plan, *place)
    monkeypatch.setattr(solve, "tabulated", lambda data, found, p, t: found)
    exact = solve_tile(plan, *place)
    assert used
    assert (told["status"] == 0).all()
    assert (told["phase_id"] == exact["phase_id"]).all()
    assert (told["gibbs_energy"] != exact["gibbs_energy"]).any()
    np.testing.assert_allclose(told["gibbs_energy"], exact["gibbs_energy"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(told["density"], exact["density"], rtol=1e-8)
    np.testing.assert_allclose(told["entropy"], exact["entropy"], rtol=1e-8)


def test_a_list_has_the_same_answers_whether_dense_or_point_by_point():
    rng = np.random.default_rng(3)
    p, t = rng.uniform(10.0, 11.0, 400), rng.uniform(1300.0, 1310.0, 400)
    dense = gb.equilibria(ROCK, pressure_kbar=p, temperature_C=t, database="W24")
    for i in range(0, 400, 50):
        alone = gb.equilibrium(ROCK, pressure_kbar=p[i], temperature_C=t[i], database="W24")
        assert float(dense.gibbs_energy[i]) == pytest.approx(alone.gibbs_energy, rel=0, abs=1e-10)


def test_a_solver_follows_its_nodes_into_other_cells():
    n = 600
    p, t = np.linspace(10.2, 10.8, n), np.linspace(1283.0, 1300.0, n) - 273.15
    solver = gb.Solver("W24")
    solver.solve(p, t, ROCK)
    first = solver.groups[0].tasks[0].system.lattice
    assert len(first.coefficients) == 1
    out = solver.solve(p + 0.5, t, ROCK)
    second = solver.groups[0].tasks[0].system.lattice
    assert len(second.coefficients) == 2
    solver.solve(p + 0.5, t + 0.01, ROCK)
    assert solver.groups[0].tasks[0].system.lattice is second
    alone = gb.equilibrium(ROCK, pressure_kbar=p[5] + 0.5, temperature_C=t[5], database="W24")
    assert out.density_kg_m3[5] == pytest.approx(alone.density, rel=1e-8)

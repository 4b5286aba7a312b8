"""The promise: an answer does not depend on its neighbour, the order, the tile or the threads."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from dry import database

import gibbsite as gb
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.layout import Options, Points
from gibbsite_engine.ordering import along_curve, chain_edges, grid_chain, grid_edges
from gibbsite_engine.results import new_results
from gibbsite_engine.status import CERTIFIED, COLD, WARM
from gibbsite_engine.sweep import Assignment, sweep

pytestmark = pytest.mark.compiled

NO_EDGES = np.zeros((0, 2), np.int64)
ALL = np.ones(9, bool)
# Corner, step and kind of small grids, each across several fields and the edge of a solvus.
GRIDS = {
    "fig4c, cumulate side": ("x", 1120.0, 1.5, 0.05, 0.005),
    "fig4c, two pyroxenes": ("x", 1090.0, 1.0, 0.80, 0.004),
    "fig3a, solidus": ("high-ti-glass", 1080.0, 2.0, 1.5, 0.05),
    "dry peridotite, garnet in": ("klb-1", 1200.0, 8.0, 15.0, 0.3),
}


def grid(kind, t0, dt, other0, d_other, shape=(16, 16)):
    """Pressures, temperatures and bulks of a grid, temperature along the rows."""
    data = database("T21-Su26")
    row, column = np.indices(shape)
    temperature = (t0 + dt * row).ravel() + 273.15
    other = (other0 + d_other * column).ravel()
    if kind == "x":
        first, last = (gb.bulk(k).array(data.components) for k in ("average-ibc", "high-ti-glass"))
        bulk = first * (1.0 - other[:, None]) + last * other[:, None]
        return np.full(len(other), 3.0), temperature, bulk
    return other, temperature, np.tile(gb.bulk(kind).array(data.components), (len(other), 1))


def run(points, order, edges, options=None):
    system = database("T21-Su26").reduced(ALL).system
    out = new_results(system, len(points[0]))
    task = Assignment(order, edges)
    sweep(system, options or Options(), Points(*points), task, new_workspace(system), out)
    return out


def energies(out, bulk):
    return (out.gamma * bulk).sum(axis=1)


def assemblages(out):
    return [
        sorted(k for k, a in zip(phases, amounts, strict=True) if k >= 0 and a > 1e-7)
        for phases, amounts in zip(out.phase, out.amount, strict=True)
    ]


@pytest.fixture(scope="module", params=GRIDS)
def points(request):
    return grid(*GRIDS[request.param])


@pytest.fixture(scope="module")
def chained(points):
    return run(points, grid_chain((16, 16)), grid_edges((16, 16)))


def test_every_point_is_certified_and_most_are_warm(chained):
    assert (chained.status == CERTIFIED).all()
    assert (chained.answered_by == WARM).mean() > 0.9
    assert chained.residuals[:, 0].max() <= 1e-7
    assert chained.residuals[:, 1].max() <= 1e-8
    assert chained.residuals[:, 2].max() <= 1e-10
    assert chained.residuals[:, 3].min() >= -1e-7


def test_cold_equals_warm(points, chained):
    some = np.random.default_rng(3).choice(256, 40, replace=False)
    cold = [run(points, np.array([i]), NO_EDGES) for i in some]
    assert {int(c.answered_by[i]) for c, i in zip(cold, some, strict=True)} == {COLD}
    for c, i in zip(cold, some, strict=True):
        assert abs(energies(c, points[2])[i] - energies(chained, points[2])[i]) <= 1e-8
        assert assemblages(c)[i] == assemblages(chained)[i]


def test_backwards_equals_forwards(points, chained):
    back = run(points, grid_chain((16, 16))[::-1].copy(), grid_edges((16, 16)))
    np.testing.assert_allclose(
        energies(back, points[2]), energies(chained, points[2]), rtol=0, atol=1e-8
    )
    assert assemblages(back) == assemblages(chained)


def test_skipping_changes_nothing(points, chained):
    order, edges = grid_chain((16, 16)), grid_edges((16, 16))
    thorough = run(points, order, edges, Options(skip=False))
    np.testing.assert_allclose(
        energies(thorough, points[2]), energies(chained, points[2]), rtol=0, atol=1e-8
    )
    assert assemblages(thorough) == assemblages(chained)


@pytest.mark.slow
def test_what_one_neighbour_repairs_another_learns():
    """Two points that miss a phase, the second since it started from the first, are both mended."""

    def phases(*how):
        command = [sys.executable, Path(__file__).parent / "exchange.py", *how]
        here = {"PYTHONPATH": os.pathsep.join(sys.path), "NUMBA_DISABLE_JIT": "1"}
        environment = {**os.environ, **here}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    right, *others = phases("alone")
    assert "ol" in right.split()
    assert [line for line in others if "ol" in line.split()] == []
    assert phases() == [right] * 3


def test_a_curve_visits_every_point_once_and_keeps_near_ones_near():
    rng = np.random.default_rng(0)
    p, t = rng.uniform(0.001, 30, 2000), rng.uniform(800, 1700, 2000)
    bulk = rng.dirichlet(np.full(9, 30.0), 2000)
    order = along_curve(p, t, bulk)
    assert sorted(order) == list(range(2000))

    def mean_step(index):
        return np.abs(np.diff(t[index]) / 300).mean() + np.abs(np.diff(p[index]) / 10).mean()

    assert mean_step(order) < 0.5 * mean_step(np.arange(2000))


def test_orders_of_lists_without_spread():
    same = np.zeros(5)
    assert sorted(along_curve(same, same, np.full((5, 9), 1 / 9))) == list(range(5))
    assert chain_edges(1).shape == (0, 2)
    np.testing.assert_array_equal(grid_chain((2, 3)), [0, 1, 2, 5, 4, 3])
    assert len(grid_edges((4, 5))) == 4 * 4 + 3 * 5

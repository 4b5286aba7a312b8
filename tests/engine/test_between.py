"""Bounds at points between others: what they promise holds, and they spare most searches."""

import numpy as np
import pytest

import gibbsite as gb
from gibbsite_engine.between import new_between
from gibbsite_engine.covering import search_completely
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.layout import Options, Points
from gibbsite_engine.newton import append
from gibbsite_engine.ordering import grid_chain, grid_edges, grid_route
from gibbsite_engine.results import new_results
from gibbsite_engine.search import forget, is_present
from gibbsite_engine.standard import set_conditions
from gibbsite_engine.sweep import Assignment, sweep

pytestmark = pytest.mark.compiled

SIDE = 9
PELITE = {"SiO2": 59.8, "TiO2": 0.9, "Al2O3": 17.2, "FeO": 6.0, "MnO": 0.1, "MgO": 3.2, "CaO": 1.3}
PELITE |= {"Na2O": 1.9, "K2O": 3.7, "H2O": 4.0}
BASALT = {"SiO2": 50.0, "TiO2": 1.2, "Al2O3": 15.0, "FeO": 10.0, "MgO": 7.5, "CaO": 11.0}
BASALT |= {"Na2O": 2.7, "K2O": 0.3}
# Lowest kbar and degC; a grid goes 0.4 kbar and 16 degC farther, across field boundaries.
GRIDS = {
    "pelite": ("W14", PELITE, 6.0, 670.0),
    "hydrous basalt": ("G25", BASALT | {"H2O": 2.0}, 8.0, 990.0),
    "dry basalt": ("T21-Su26", {k: v for k, v in BASALT.items()}, 8.0, 1150.0),
}


class Grid:
    """A grid that is solved, then searched all over again between the points of wide meshes."""

    def __init__(self, name, rock, p, t):
        data = gb.database(name)
        bulk = gb.bulk(wt=rock).array(data.components)[None]
        reduced = data.reduced(data.face(bulk)[0])
        pressure, temperature = np.meshgrid(
            p + np.linspace(0.0, 0.4, SIDE),
            t + 273.15 + np.linspace(0.0, 16.0, SIDE),
            indexing="ij",
        )
        self.system, n = reduced.system, SIDE * SIDE
        self.points = Points(
            pressure.ravel(), temperature.ravel(), np.tile(reduced.inside(bulk), (n, 1))
        )
        self.work, self.out = new_workspace(self.system), new_results(self.system, n)
        shape = (SIDE, SIDE)
        self.run(Assignment(grid_chain(shape), grid_edges(shape)))
        route = grid_route(shape)
        asked = np.ones((n, len(self.system.phases.n_endmembers)), np.bool_)
        self.between = new_between(self.system.phases, route.around, route.weight, asked)
        self.missed = self.run(Assignment(route.order, asked=asked, between=self.between))

    def run(self, task):
        return sweep(self.system, Options(), self.points, task, self.work, self.out)

    def search(self, i):
        """Search point i all over, as if nothing were known."""
        state, phases = self.work.state, self.system.phases
        state.number[0] = 0
        state.gamma[:] = self.out.gamma[i]
        for j in range(self.out.number[i]):
            append(
                state, self.out.phase[i, j], self.out.amount[i, j], self.out.proportions[i, j], 0
            )
        set_conditions(
            self.system, self.points.pressure[i], self.points.temperature[i], self.work.conditions
        )
        forget(self.work.search.known)
        asked = np.ones(len(phases.n_endmembers), np.bool_)
        search_completely(
            phases, self.system.cover, self.system.bounds, self.work.conditions, asked, state,
            Options(), self.work.search,
        )  # fmt: skip

    def outside(self, k, i, proportions):
        """Which compositions of phase k lie outside the cells that it keeps to at point i."""
        cells, n = self.between.cells[i, k], self.system.phases.n_endmembers[k]
        out = np.ones(len(proportions), bool)
        species = self.system.phases.n_species[k]
        y = proportions[:, :n] @ self.system.phases.occupancy[k, :species, :n].T
        size = proportions[:, :n] @ self.system.phases.size[k, :n]
        for limits in self.between.limits[i, self.between.column[k], :cells]:
            inside = (y <= limits[:species]).all(axis=1)
            out &= ~(inside & (size >= limits[species]) & (size <= limits[species + 1]))
        return out


@pytest.fixture(scope="module", params=GRIDS)
def grid(request):
    return Grid(*GRIDS[request.param])


def test_between_points_most_phases_need_no_search(grid):
    assert (grid.out.status == 0).all()
    assert grid.missed == 0
    solutions = (grid.system.phases.n_endmembers > 1).sum()
    assert grid.between.searched.sum() < 0.25 * solutions * len(grid.out.status)


@pytest.mark.slow
def test_no_composition_lies_lower_than_was_said_of_points_between_others(grid):
    """Neither a minimum, nor any of the compositions that cover a phase."""
    phases, cover, known = grid.system.phases, grid.system.cover, grid.work.search.known
    said = 0
    for i in np.flatnonzero(grid.between.searched < 3)[::7]:
        grid.search(i)
        for k in np.flatnonzero(phases.n_endmembers > 1):
            least, n = grid.between.least[i, k], phases.n_endmembers[k]
            if not least > 0.0:
                continue
            said += 1
            minima = known.proportions[k, : known.number[k]]
            absent = np.array(
                [
                    not is_present(phases, grid.work.state, k, p, d, Options())
                    for p, d in zip(minima, known.driving_force[k], strict=False)
                ],
                bool,
            )
            outside = absent & grid.outside(k, i, minima)
            assert (known.driving_force[k, : len(minima)][outside] > least - 1e-9).all()
            first, last = cover.start[k], cover.start[k + 1]
            energies = cover.proportions[first:last, :n] @ grid.work.search.base[k, :n] + (
                grid.work.conditions.factors @ cover.features[:, first:last]
            )
            outside = grid.outside(k, i, cover.proportions[first:last])
            assert energies[outside].min() > least - 1e-9
    assert said > 20


def test_a_point_lies_between_others_that_come_before_it():
    for shape in ((1, 1), (1, 7), (5, 3), (28, 32)):
        route, n = grid_route(shape), shape[0] * shape[1]
        np.testing.assert_array_equal(np.sort(route.order), np.arange(n))
        place = np.empty(n, int)
        place[route.order] = np.arange(n)
        between = route.weight.sum(axis=1) > 0.0
        row, column = np.divmod(np.arange(n), shape[1])
        for axis in (row, column):
            middle = (route.weight * np.where(route.around < 0, 0, axis[route.around])).sum(axis=1)
            np.testing.assert_allclose(middle[between], axis[between], rtol=0, atol=1e-12)
        np.testing.assert_allclose(route.weight[between].sum(axis=1), 1.0)
        for around, mine in zip(route.around, place, strict=True):
            assert (place[around[around >= 0]] < mine).all()


def test_a_part_of_a_route_keeps_to_its_points():
    route, chosen = grid_route((5, 3)), np.array([0, 2, 4, 8, 14])
    part = route.part(chosen)
    np.testing.assert_array_equal(chosen[part.order], route.order[np.isin(route.order, chosen)])
    whole = route.around[chosen]
    kept = np.isin(whole, chosen)
    np.testing.assert_array_equal(chosen[part.around[kept]], whole[kept])
    assert (part.around[~kept] == -1).all()

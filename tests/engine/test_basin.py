"""Cells around present compositions: what is promised inside them, and on their faces."""

import numpy as np
import plain_model
import pytest

import gibbsite as gb
from gibbsite_engine.basin import are_alone, are_convex, enclose, is_convex
from gibbsite_engine.descent import set_base, softness
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.layout import Options, Points
from gibbsite_engine.polytope import vertices
from gibbsite_engine.results import new_results
from gibbsite_engine.solution import potentials
from gibbsite_engine.standard import set_conditions
from gibbsite_engine.sweep import Assignment, sweep

PELITE = {"SiO2": 59.8, "TiO2": 0.9, "Al2O3": 17.2, "FeO": 6.0, "MnO": 0.1, "MgO": 3.2, "CaO": 1.3}
PELITE |= {"Na2O": 1.9, "K2O": 3.7, "H2O": 4.0}
BASALT = {"SiO2": 50.0, "TiO2": 1.2, "Al2O3": 15.0, "FeO": 10.0, "MgO": 7.5, "CaO": 11.0}
BASALT |= {"Na2O": 2.7, "K2O": 0.3, "H2O": 2.0}
# Near the critical point of its clinopyroxene, of which the softness is 0.015.
SOFT = {"SiO2": 28.21, "TiO2": 20.29, "Al2O3": 6.82, "Cr2O3": 0.36, "FeO": 32.09, "MgO": 4.53}
SOFT |= {"CaO": 7.23, "Na2O": 0.36, "K2O": 0.11}
# Melts with totals of m = -4 and m = -1, asymmetric and symmetric models, order on sites, a solvus.
ROCKS = [
    ("W14", PELITE, 6.0, 680.0),
    ("W14", PELITE, 4.0, 800.0),
    ("G16", BASALT, 10.0, 900.0),
    ("G25", BASALT, 8.0, 1000.0),
    ("W24", {k: v for k, v in BASALT.items() if k != "H2O"}, 12.0, 1250.0),
    ("T21-Su26", SOFT, 2.344, 1076.8),
]


def solved(name, rock, p, t):
    """A point, alone: its database as reduced, and a workspace that holds the answer."""
    data = gb.database(name)
    bulk = gb.bulk(wt=rock).array(data.components)[None]
    reduced = data.reduced(data.face(bulk)[0])
    work, out = new_workspace(reduced.system), new_results(reduced.system, 1)
    points = Points(np.array([p]), np.array([t + 273.15]), reduced.inside(bulk))
    sweep(reduced.system, Options(), points, Assignment(np.zeros(1, np.int64)), work, out)
    assert out.status[0] == 0
    return reduced, work


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rock", "p", "t"), ROCKS)
def test_inside_a_cell_and_on_its_faces_no_composition_is_lower_than_promised(name, rock, p, t):
    """D is above the plane inside, and as high as the cell says where a line leaves it."""
    reduced, work = solved(name, rock, p, t)
    phases, state, search, rng = (
        reduced.system.phases, work.state, work.search, np.random.default_rng(3),
    )  # fmt: skip
    set_conditions(reduced.system, p, t + 273.15, work.conditions)
    laid = 0
    for k in set(state.phase[: state.number[0]].tolist()):
        n, species = int(phases.n_endmembers[k]), int(phases.n_species[k])
        if n == 1:
            continue
        set_base(phases, k, work.conditions, state.gamma, search.base)
        rise = float(enclose(phases, work.conditions, k, state, search))
        cells = int(search.known.cells[k])
        if rise < 0.0:
            continue
        laid += 1
        assert are_alone(phases, work.conditions, k, state, search)
        here = [state.proportions[j, :n] for j in range(state.number[0]) if state.phase[j] == k]
        assert cells == len(here)
        occupancy, size = phases.occupancy[k, :species, :n], phases.size[k, :n]

        def driving_force(x, k=k, n=n):
            padded = np.zeros(phases.size.shape[1])
            padded[:n] = x
            return potentials(phases, k, work.conditions, search.base, padded, search.phase)

        corners = vertices(occupancy)
        ends = np.vstack([corners, plain_model.random_proportions(corners, rng, 300, evenness=0.3)])
        for centre, limits in zip(here, search.known.limits[k], strict=False):
            for end in ends:
                d = end - centre
                rows = np.vstack([occupancy, size, -size])
                room = np.append(limits[:species], [limits[species + 1], -limits[species]])
                rate, left = rows @ d, room - rows @ centre
                out = min(1.0, *(left[rate > 0.0] / rate[rate > 0.0]).tolist())
                inside = [centre + f * out * d for f in (0.3, 0.7, 0.95)]
                assert min(map(driving_force, inside)) > -1e-8
                if out < 1.0 - 1e-9:
                    assert driving_force(centre + out * d) > rise - 1e-7
    assert laid >= 2


@pytest.mark.slow
def test_a_soft_composition_is_alone_in_a_cell_long_along_one_direction():
    """Where one form cannot bound D from below all over the cell, slabs of it do; a saddle has none."""
    reduced, work = solved("T21-Su26", SOFT, 2.344, 1076.8)
    phases, state, search = reduced.system.phases, work.state, work.search
    set_conditions(reduced.system, 2.344, 1076.8 + 273.15, work.conditions)
    soft = set()
    for j in range(state.number[0]):
        k, p = state.phase[j], state.proportions[j]
        set_base(phases, k, work.conditions, state.gamma, search.base)
        if softness(phases, k, work.conditions, search.base, p, search.phase) > 0.05:
            continue
        soft.add(int(k))
        assert enclose(phases, work.conditions, k, state, search) > 0.0
        limits = search.known.limits[k, : search.known.cells[k]]
        held = [is_convex(phases, work.conditions, k, p, each, search) for each in limits]
        assert not any(held)
        assert are_alone(phases, work.conditions, k, state, search)
        assert not are_convex(phases, work.conditions, k, state, search)
    (k,) = soft
    work.conditions.interaction[k] *= 1.05  # of more excess energy it is a saddle
    assert not are_alone(phases, work.conditions, k, state, search)
    assert enclose(phases, work.conditions, k, state, search) < 0.0

"""The corpus of hard points: certified, the same from every side, and searched again by others.

Cases are in tests/data/hard_points.toml. A failure that is found anywhere is shrunk to one point
and joins them.
"""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from verification import agreement, independent_phases, independent_search
from verification.plain_energies import standard_energies

from gibbsite._inputs.database import database
from gibbsite._solving.coordinates import plane
from gibbsite._solving.solve import solve_grid, solve_points
from gibbsite_datasets import load_endmembers, load_models
from gibbsite_engine.polytope import facets, vertices
from gibbsite_engine.standard import new_conditions, set_conditions
from gibbsite_engine.status import ANSWERED_BY_NAMES, CERTIFIED, COLD, STATUS_NAMES

pytestmark = pytest.mark.compiled

PATH = Path(__file__).parents[1] / "data" / "hard_points.toml"
POINTS = tomllib.loads(PATH.read_text(encoding="utf-8"))["point"]
# Steps to a neighbour: kbar, K, and the share of oxides all alike that is mixed to the bulk.
SIDES = {
    "hotter": (0.0, 3.0, 0.0),
    "colder": (0.0, -3.0, 0.0),
    "far hotter": (0.0, 45.0, 0.0),
    "far colder": (0.0, -45.0, 0.0),
    "deeper": (0.4, 0.0, 0.0),
    "shallower": (-0.4, 0.0, 0.0),
    "of another bulk": (0.0, 0.0, 0.01),
}
STARTS = 120
EVERY = 8  # of the quick run; the others are slow together
CASES = [
    pytest.param(point, id=point["name"], marks=[pytest.mark.slow] if i % EVERY else [])
    for i, point in enumerate(POINTS)
]


@pytest.fixture(params=CASES, scope="module")
def case(request):
    return request.param


def at(point):
    """Database, kbar, K and moles that sum to one."""
    data = database(point["database"])
    moles = np.array([point["mol"].get(c, 0.0) for c in data.components])
    return data, point["pressure_kbar"], point["temperature_C"] + 273.15, moles / moles.sum()


@cache
def alone(name):
    """The variables of a case solved with no neighbour."""
    (point,) = (p for p in POINTS if p["name"] == name)
    data, pressure, temperature, bulk = at(point)
    return solve_points(data, np.array([pressure]), np.array([temperature]), bulk[None], 1)


def phases(data, arrays, i=0):
    return [data.phase_names[k] for k in agreement.counted(arrays, i)]


def test_names_are_unique_and_every_kind_is_there():
    assert len({point["name"] for point in POINTS}) == len(POINTS)
    assert {point["database"] for point in POINTS} == {
        "T21",
        "T21-Su26",
        "W24",
        "G25",
        "G16",
        "W14",
    }
    assert min(point["pressure_kbar"] for point in POINTS) == 0.001
    assert max(point["pressure_kbar"] for point in POINTS) == 60.0
    assert min(min(point["mol"].values()) for point in POINTS) <= 1e-9


def test_certified_and_by_the_fast_path_but_where_the_corpus_says_so(case):
    data, *_ = at(case)
    arrays = alone(case["name"])
    assert STATUS_NAMES[arrays["status"][0]] == STATUS_NAMES[CERTIFIED]
    fast = ANSWERED_BY_NAMES[COLD]
    # on a spinodal rounding decides whether the slow path is needed
    assert ANSWERED_BY_NAMES[arrays["answered_by"][0]] in {fast, case.get("answered_by", fast)}
    if "assemblage" in case:
        assert phases(data, arrays) == case["assemblage"]


def test_the_same_from_every_side(case):
    """As the second of two points, after a neighbour, it is what it is alone.

    `misses` of a case names the sides from which a shallow limb of a solvus is still missed.
    """
    data, pressure, temperature, bulk = at(case)
    cold = alone(case["name"])
    different = {}
    for side, (dp, dt, share) in SIDES.items():
        p = np.array([np.clip(pressure + dp, 0.001, 60.0), pressure])
        t = np.array([np.clip(temperature + dt, 473.15, 2473.15), temperature])
        other = (1.0 - share) * bulk + share * (bulk > 0) / (bulk > 0).sum()
        pair = solve_grid(data, p, t, np.array([other, bulk]), (1, 2))
        warm = {name: values[1:] for name, values in pair.items()}
        if found := agreement.disagreements(data, cold, warm):
            different[side] = found
    assert {k: v for k, v in different.items() if k not in case.get("misses", ())} == {}


@cache
def tables(name):
    models = load_models(name)
    return models, load_endmembers(models.endmember_set)


def whole_plane(data, arrays, pressure, temperature, bulk):
    """Potentials of all components, (C,).

    On a facet of what the phases can make some are open: then such as tilt away steeply from it.
    """
    potentials, reduced = arrays["chemical_potential"][0], data.reduced(data.face(bulk[None])[0])
    if np.isfinite(potentials[bulk > 0]).all():
        return potentials
    conditions = new_conditions(reduced.system)
    set_conditions(reduced.system, pressure, temperature, conditions)
    places, found = {part.place: k for k, part in enumerate(reduced.phases)}, []
    for slot in np.flatnonzero(arrays["phase_id"][0] >= 0):
        basis = reduced.phases[places[arrays["phase_id"][0, slot]]].basis
        p = arrays["proportions"][0, slot, : basis.shape[1]]
        found.append(
            (places[arrays["phase_id"][0, slot]], np.linalg.lstsq(basis.T, p, rcond=None)[0])
        )
    gamma = plane(reduced, conditions, potentials, found)
    models = [phase.model for phase in data.phases]
    normals = facets(np.vstack([vertices(m.occupancy) @ m.composition for m in models]))
    steep = normals[abs(normals @ bulk) < 1e-12].sum(axis=0)
    return np.linalg.lstsq(reduced.lift, gamma, rcond=None)[0] - 1e5 * steep


@pytest.mark.slow
def test_an_independent_search_finds_nothing_below_the_plane(case):
    """Energies by quadrature from the tables, another minimiser, many starts in every phase."""
    data, pressure, temperature, bulk = at(case)
    arrays, present = alone(case["name"]), bulk > 0
    models, endmembers = tables(case["database"])
    standard = standard_energies(models, endmembers, np.array([pressure]), np.array([temperature]))
    standard = {key: values[0] for key, values in standard.items()}
    every = independent_phases.phases(case["database"], tuple(present.tolist()))
    every = [phase for phase in every if data.takes_part(phase.name)]
    gamma = whole_plane(data, arrays, pressure, temperature, bulk)[present]
    here = (standard, models.gas_constant, pressure, temperature, gamma)
    found = independent_search.search(every, *here, np.random.default_rng(7), STARTS)
    assert found.lowest > -1e-6, found
    by_name, balance = {phase.name: phase for phase in every}, bulk[present]
    for slot in np.flatnonzero(arrays["phase_id"][0] >= 0):
        phase = by_name[data.phase_names[arrays["phase_id"][0, slot]]]
        proportions = arrays["proportions"][0, slot, : phase.basis.shape[1]]
        d, oxides = independent_search.driving_force(phase, *here, proportions)
        assert abs(d) < 1e-7
        balance = balance - arrays["amount_mol"][0, slot] * oxides
    assert np.abs(balance).max() < 1e-9

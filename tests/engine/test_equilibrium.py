"""Whole points, found with no neighbour: the reference equilibria, and what must hold at each."""

from collections import Counter, defaultdict

import numpy as np
import plain_model
import pytest
from dry import database
from engine_calls import (
    Phase,
    conditions_at,
    phase_index,
    reduced,
    reference_points,
    solve_point,
    solve_reference,
    solve_system,
)
from scipy.optimize import minimize

from gibbsite_engine.polytope import vertices
from gibbsite_engine.status import BAD_CONDITIONS, CERTIFIED, INFEASIBLE

pytestmark = pytest.mark.compiled
REFERENCES = {"T21-Su26": 700, "W24": 240}
EVERY = 7  # of the quick run; all of them are slow
GAS_CONSTANT = 0.0083144


def every(name, step):
    return [solve_reference(name, i) for i in range(0, len(reference_points(name)), step)]


@pytest.fixture(
    params=[
        *(pytest.param((name, EVERY), id=f"{name}-some") for name in REFERENCES),
        *(pytest.param((name, 1), id=f"{name}-all", marks=pytest.mark.slow) for name in REFERENCES),
    ],
    scope="module",
)
def points(request):
    return every(*request.param)


def gamma_of_all(point):
    """Potentials of all components; of those absent none is known, and nan."""
    gamma = np.full(len(database(point.name).components), np.nan)
    gamma[reduced(point.name, point.absent).present] = point.answer.gamma
    return gamma


def test_every_point_is_certified(points):
    whole = REFERENCES[points[0].name]
    assert len(points) in (whole, whole / EVERY, whole // EVERY + 1)
    assert {i: p.answer.status for i, p in enumerate(points) if p.answer.status != CERTIFIED} == {}
    assert min(p.answer.lowest for p in points) > -1e-7


def test_energy_is_nowhere_above_the_reference(points):
    excess = [p.answer.energy - p.expected["gibbs_energy"] for p in points]
    assert max(excess) < 1e-7
    agreed = [e for e, p in zip(excess, points, strict=True) if found_by_both(p)]
    assert min(agreed) > -1e-6


def found_by_both(point):
    return point.expected["found_by"] == "both"


def test_assemblage_where_both_other_programs_agree(points):
    different = {}
    for i, point in enumerate(points):
        expected = Counter(
            p["name"] for p in point.expected["phases"] if p.get("amount_mol", 1.0) > 1e-7
        )
        if found_by_both(point) and Counter(point.phase_names()) != expected:
            different[i] = (point.phase_names(), expected)
    assert different == {}


def volume_fractions(point):
    """Of each phase, greatest first, from dG/dP."""
    volumes = defaultdict(list)
    answer = point.answer
    for name, k, a, p in zip(
        point.phase_names(), answer.phases, answer.amounts, answer.proportions, strict=True
    ):
        phase = Phase(point.system, k, point.pressure, point.temperature)
        volumes[name].append(a * phase.volume_entropy(p)[0])
    total = sum(sum(v) for v in volumes.values())
    return {name: sorted((x / total for x in v), reverse=True) for name, v in volumes.items()}


@pytest.mark.slow
def test_volume_fractions_of_the_reference():
    compared = 0
    for point in every("T21-Su26", 1):
        if not found_by_both(point):
            continue
        expected = defaultdict(list)
        for phase in point.expected["phases"]:
            expected[phase["name"]].append(phase["volume_fraction"])
        found = volume_fractions(point)
        for name, values in expected.items():
            values = sorted((v for v in values if v > 1e-6), reverse=True)
            ours = [v for v in found.get(name, []) if v > 1e-6]
            assert ours == pytest.approx(values, rel=0, abs=1e-4), point.expected["id"]
            compared += len(values)
    assert compared > 2000


def test_compositions_of_the_reference():
    """Proportions of phases that come once: to the digits given."""
    compared = 0
    for point in every("T21-Su26", 1):
        expected = {p["name"]: p for p in point.expected["phases"]}
        names = [p["name"] for p in point.expected["phases"]]
        if not found_by_both(point):
            continue
        for phase, p in point.models():
            reference = expected[phase.name]
            if names.count(phase.name) == 1 and reference["amount_mol"] > 1e-5 and len(p) > 1:
                values = [reference["proportions"].get(e, 0.0) for e in phase.endmembers]
                np.testing.assert_allclose(p, values, rtol=0, atol=5e-4)
                compared += 1
    assert compared > 1500


def test_mass_is_kept_and_energy_is_the_sum_of_its_parts(points):
    for point in points:
        answer, balance, energy = point.answer, 0.0, 0.0
        for k, a, p in zip(answer.phases, answer.amounts, answer.proportions, strict=True):
            phase = Phase(point.system, k, point.pressure, point.temperature)
            balance = balance + a * phase.composition.T @ p
            energy += a * phase.potentials(p)[0]
        # what was left out is below 1e-7 mol of a phase; usually there is nothing
        np.testing.assert_allclose(balance, point.bulk, rtol=0, atol=1e-10)
        assert answer.energy == pytest.approx(energy, rel=0, abs=1e-8)


def plain_parts(point):
    """For each instance: model, standard energies and proportions, in the model's own terms."""
    whole = conditions_at(reduced(point.name).system, point.pressure, point.temperature)
    for phase, p in point.models():
        k = phase_index(point.name, phase.name)
        yield phase.model, whole.g0[k, : len(p)], p


def test_present_phases_touch_the_tangent_plane(points):
    """mu = C'Gamma of every end-member, by the plain formulas."""
    traces = 0
    for point in points:
        if point.absent:
            continue
        for model, standard, p in plain_parts(point):
            mu = plain_model.potentials(
                model, standard, p, point.pressure, point.temperature, GAS_CONSTANT
            )
            distance = mu - model.composition @ point.answer.gamma
            assert abs(p @ distance) < 2e-8
            # a site fraction is known to rounding only, and with it the potential of a trace
            least = np.min(model.occupancy @ p, initial=1.0)
            traces += least < 1e-13
            if least > 1e-13:
                assert abs(distance).max() < 2e-7 + 5e-14 / least
    assert traces < 10


def random_covers(name):
    """Random compositions of each phase, none of them a seed of the engine."""
    rng, covers = np.random.default_rng(9), []
    for phase in database(name).phases:
        if len(phase.endmembers) == 1:
            covers.append(np.ones((1, 1)))
            continue
        corners = vertices(phase.model.occupancy)
        evenness = np.repeat([0.1, 0.3, 1.0], 100)[:, None]
        weights = rng.gamma(evenness, size=(300, len(corners))) + 1e-9
        covers.append(weights / weights.sum(axis=1, keepdims=True) @ corners)
    return covers


def test_no_composition_of_any_phase_lies_below_the_plane(points):
    name = points[0].name
    covers, system = random_covers(name), reduced(name).system
    for point in points:
        if point.absent:
            continue
        conditions = conditions_at(system, point.pressure, point.temperature)
        for k, (phase, p) in enumerate(zip(database(name).phases, covers, strict=True)):
            base = conditions.g0[k, : p.shape[1]] - phase.model.composition @ point.answer.gamma
            d = plain_model.energy(
                phase.model, base, p, point.pressure, point.temperature, GAS_CONSTANT
            )
            assert d.min() > -1e-7, (point.expected["id"], phase.name)


def lowest_by_scipy(model, base, starts, pressure, temperature):
    """Least driving force by SLSQP from several compositions, on the plain formulas."""
    at = (pressure, temperature, GAS_CONSTANT)
    lowest = np.inf
    for start in starts:
        found = minimize(
            lambda x: plain_model.energy(model, base, x, *at),
            start,
            jac=lambda x: plain_model.potentials(model, base, x, *at),
            method="SLSQP",
            constraints=[
                {"type": "eq", "fun": lambda x: x.sum() - 1, "jac": np.ones_like},
                {
                    "type": "ineq",
                    "fun": lambda x: model.occupancy @ x - 1e-9,
                    "jac": lambda x: model.occupancy,
                },
            ],
            options={"maxiter": 200, "ftol": 1e-12},
        )
        inside = (model.occupancy @ found.x).min(initial=1.0) > 0
        if inside and abs(found.x.sum() - 1) < 1e-9:
            lowest = min(lowest, plain_model.energy(model, base, found.x, *at))
    return lowest


SOME = [
    ("T21-Su26", 57),
    ("W24", 97),
    *(pytest.param("T21-Su26", i, marks=pytest.mark.slow) for i in (2, 234)),
]


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # steps of SLSQP go outside
@pytest.mark.parametrize(("name", "index"), SOME)
def test_no_phase_lies_below_the_plane_by_multi_start(name, index):
    """The certificate, checked slowly: other compositions, other formulas, another minimiser."""
    point = solve_reference(name, index)
    conditions = conditions_at(reduced(name).system, point.pressure, point.temperature)
    for k, (phase, p) in enumerate(zip(database(name).phases, random_covers(name), strict=True)):
        base = conditions.g0[k, : p.shape[1]] - phase.model.composition @ gamma_of_all(point)
        at = (point.pressure, point.temperature)
        if p.shape[1] == 1:
            assert base[0] > -1e-7
            continue
        d = plain_model.energy(phase.model, base, p, *at, GAS_CONSTANT)
        best = p[np.argsort(d)[:4]]
        lowest = lowest_by_scipy(phase.model, base, 0.98 * best + 0.02 * p.mean(axis=0), *at)
        assert lowest > -1e-6, phase.name


def test_the_same_point_twice_is_the_same_answer():
    """To the last bit, whatever was solved in between."""
    first = solve_reference("T21-Su26", 3).answer
    for i in (400, 21):
        solve_reference("T21-Su26", i)
    solve_reference.cache_clear()
    again = solve_reference("T21-Su26", 3).answer
    assert first.energy == again.energy
    np.testing.assert_array_equal(first.amounts, again.amounts)
    np.testing.assert_array_equal(first.gamma, again.gamma)


@pytest.mark.parametrize("name", ["T21", "T21-Su26"])
def test_infeasible_bulk_names_its_excess(name):
    point = solve_point(name, {"MgO": 0.9, "SiO2": 0.1}, 3.0, 1400.0)
    assert point.answer.status == INFEASIBLE
    present = [c for c in database(name).components if c not in point.absent]
    assert present[point.answer.excess] == "MgO"


def test_periclase_makes_the_same_bulk_feasible():
    point = solve_point("G25", {"MgO": 0.9, "SiO2": 0.1}, 3.0, 1400.0)
    assert point.answer.status == CERTIFIED
    assert sorted(point.phase_names()) == ["fper", "ol"]
    expected = {"fper": 0.7, "ol": 0.1}  # Mg2SiO4 and what is left of MgO
    found = dict(zip(point.phase_names(), point.answer.amounts, strict=True))
    assert found == pytest.approx(expected, rel=0, abs=1e-9)


@pytest.mark.parametrize(
    ("oxides", "phases"),
    [
        ({"SiO2": 1.0}, {"q"}),
        ({"MgO": 2.0, "SiO2": 1.0}, {"ol"}),
        ({"CaO": 1.0, "Al2O3": 1.0, "SiO2": 2.0}, {"fsp"}),
        ({"TiO2": 1.0}, {"ru"}),
        ({"Al2O3": 1.0}, {"cor"}),
    ],
)
def test_bulks_that_are_one_mineral(oxides, phases):
    """On a vertex of the feasible bulks, with most components absent."""
    point = solve_point("T21-Su26", oxides, 3.0, 1100.0)
    assert point.answer.status == CERTIFIED
    assert set(point.phase_names()) == phases


def test_no_value_of_an_equation_of_state_is_a_status():
    """An end-member without an energy at P and T is told, not guessed."""
    system = reduced("T21-Su26").system
    volume = system.endmembers.volume.copy()
    volume[system.makes.endmember[0]] = np.inf
    broken = system._replace(endmembers=system.endmembers._replace(volume=volume))
    bulk = np.full(9, 1 / 9)
    assert solve_system(broken, bulk, 3.0, 1400.0).status == BAD_CONDITIONS


@pytest.mark.parametrize("name", ["T21", "G25"])
def test_other_databases_are_certified_too(name):
    for i in range(0, 700, 14):
        point = reference_points("T21-Su26")[i]
        found = solve_point(
            name, point["bulk_mol"], point["pressure_kbar"], point["temperature_C"] + 273.15
        )
        assert found.answer.status == CERTIFIED, i

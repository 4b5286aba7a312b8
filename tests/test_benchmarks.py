"""The benchmarks are no tests, but what they are made of must work."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from verification import (
    agreement,
    families,
    independent_phases,
    independent_search,
    proof_sample,
    search_failures,
    verify_wet,
)
from verification.plain_energies import standard_energies

import gibbsite as gb
from gibbsite._solving.solve import solve_points
from gibbsite_datasets import load_endmembers, load_models
from gibbsite_engine.standard import new_conditions, set_conditions

MODULES = sorted(p.stem for p in (Path(__file__).parents[1] / "benchmarks").glob("*.py"))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name == "against" else [])  # all of cvxpy
        for name in MODULES
        if name != "conftest"
    ],
)
def test_can_be_imported(name):
    pytest.importorskip("cvxpy")
    importlib.import_module(name)


@pytest.mark.parametrize("family", families.FAMILIES)
def test_random_rocks_are_rocks_of_their_family(family):
    """All components are there, within what the factors allow; a seed gives the same again."""
    points = families.cloud(family, 200, seed=4)
    components = gb.database("T21-Su26").components
    assert points.bulk_mol.shape == (200, len(components))
    assert [c for c, b in zip(components, points.bulk_mol.T, strict=True) if not b.all()] == ["O"]
    np.testing.assert_allclose(points.bulk_mol.sum(axis=1), 1, rtol=0, atol=1e-12)
    again = families.cloud(family, 200, seed=4)
    np.testing.assert_array_equal(points.bulk_mol, again.bulk_mol)
    other = families.cloud(family, 200, seed=5)
    assert not np.array_equal(points.bulk_mol, other.bulk_mol)
    rocks = families.reference_bulks(family)
    low, high = 0.8 * rocks.min(axis=0), 1.2 * rocks.max(axis=0)
    assert (points.bulk_mol >= low * 0.8 / 1.2).all()
    assert (points.bulk_mol <= high * 1.2 / 0.8).all()


@pytest.mark.parametrize("name", families.WET_RANGES)
def test_random_wet_rocks_are_of_all_families_with_water_and_ferric_iron_and_without(name):
    points, family = families.wet_cloud(name, 400, seed=4)
    components, ranges = gb.database(name).components, families.WET_RANGES[name]
    assert set(family) == set(ranges.families)
    np.testing.assert_allclose(points.bulk_mol.sum(axis=1), 1, rtol=0, atol=1e-12)
    iron, oxygen, water = (points.bulk_mol[:, components.index(c)] for c in ("FeO", "O", "H2O"))
    assert (oxygen <= 0.25 * iron * (1 + 1e-12)).all()
    assert 0.2 < (oxygen == 0.0).mean() < 0.4
    assert 0.1 < (water == 0.0).mean() < 0.3
    assert 0.3 < (water > 0.499).mean() < 0.5
    for (low, high), values in zip(ranges[1:], points[:2], strict=True):
        assert low <= values.min() <= values.max() <= high
    again, _ = families.wet_cloud(name, 400, seed=4)
    np.testing.assert_array_equal(points.bulk_mol, again.bulk_mol)


DATABASES = ("T21", "T21-Su26", "W24", "G25")


def own_energies(name, pressure, temperature):
    """Standard energies by the second way: tables and quadrature."""
    models = load_models(name)
    return standard_energies(models, load_endmembers(models.endmember_set), pressure, temperature)


@pytest.mark.compiled
@pytest.mark.parametrize("name", DATABASES)
def test_standard_energies_by_quadrature_are_those_of_the_engine(name):
    rng = np.random.default_rng(3)
    p, t = rng.uniform(0.001, 60, 8), rng.uniform(773.15, 2473.15, 8)
    data = gb.database(name)
    system = data.reduced(np.ones(len(data.components), bool)).system
    conditions, own = new_conditions(system), own_energies(name, p, t)
    for i in range(len(p)):
        set_conditions(system, p[i], t[i], conditions)
        for k, phase in enumerate(data.phases):
            of_engine = conditions.g0[k, : len(phase.endmembers)].copy()
            of_engine[~np.isfinite(of_engine)] = np.nan  # brucite, in biotite, above 1755 degC
            np.testing.assert_allclose(own[phase.name][i], of_engine, rtol=0, atol=1e-9)


PERIDOTITE = np.array([15.0]), np.array([1573.15])


def peridotite(**restrictions):
    data = gb.database("T21-Su26", **restrictions)
    return solve_points(data, *PERIDOTITE, gb.bulk("klb-1").array(data.components)[None], 1)


@pytest.mark.slow  # its kernels are compiled on the way
@pytest.mark.compiled
def test_the_independent_search_finds_a_phase_that_an_answer_lacks():
    rock = gb.bulk("klb-1").array(gb.database("T21-Su26").components)
    present = tuple((rock > 0).tolist())
    every, gas = (
        independent_phases.phases("T21-Su26", present),
        load_models("T21-Su26").gas_constant,
    )
    standard = {k: v[0] for k, v in own_energies("T21-Su26", *PERIDOTITE).items()}
    p, t = (array[0] for array in PERIDOTITE)
    for arrays, phase in ((peridotite(), None), (peridotite(exclude=["ol"]), "ol")):
        gamma = arrays["chemical_potential"][0][list(present)]
        rng = np.random.default_rng(0)
        found = independent_search.search(every, standard, gas, p, t, gamma, rng, 60)
        if phase is None:
            assert found.lowest > -1e-9
        else:
            assert found.lowest < -1e-3
            assert found.phase == phase


@pytest.mark.compiled
def test_answers_with_and_without_a_phase_disagree():
    data, whole, lacking = gb.database("T21-Su26"), peridotite(), peridotite(exclude=["ol"])
    assert agreement.disagreements(data, whole, whole) == []
    (found,) = agreement.disagreements(data, whole, lacking)
    assert found.energy_kJ < -1e-3
    assert "ol" in found.first
    assert "ol" not in found.second
    assert found.distance_kJ > 1e-3


@pytest.mark.compiled
def test_a_sample_tells_a_right_answer_from_one_that_lacks_a_phase():
    data, (p, t) = gb.database("T21-Su26"), (array[0] for array in PERIDOTITE)
    for arrays, outcome in ((peridotite(), "proved"), (peridotite(exclude=["ol"]), "refuted")):
        answer = arrays["chemical_potential"][0], arrays["gibbs_energy"][0]
        at = data, p, t - 273.15, arrays["bulk_mol"][0]
        assert proof_sample.judge(*at, *answer) == outcome
        off_the_plane = answer[0], answer[1] + 1e-7
        assert proof_sample.judge(*at, *off_the_plane) == "refuted"


def test_a_run_proves_one_point_in_so_many_and_one_of_each_of_the_first_batches():
    counts = []
    for number in range(500):
        rng = np.random.default_rng([0, number])
        chosen = proof_sample.chosen_of_batch(rng, number, np.arange(2000), 20000)
        assert len(set(chosen)) == len(chosen)
        counts.append(len(chosen))
    assert min(counts[:10]) >= 1
    assert 30 < sum(counts) < 80
    assert len(proof_sample.chosen_of_batch(rng, 0, np.arange(2000), 0)) == 0
    assert len(proof_sample.chosen_of_batch(rng, 0, np.arange(0), 20000)) == 0


@pytest.mark.slow
@pytest.mark.compiled
def test_a_search_for_failures_proves_a_sample_and_reports_what_is_refuted(
    tmp_path, monkeypatch, capsys
):
    line = search_failures.search_batch("T21-Su26", "dry", 0, 30, 0.1, 20_000, 0)
    assert line["proof"] == {"proved": 1}
    assert line["bad"] == []
    monkeypatch.setattr(search_failures, "judge", lambda *_: "refuted")
    line = search_failures.search_batch("T21-Su26", "dry", 0, 30, 0.1, 20_000, 0)
    assert line["proof"] == {search_failures.REFUTED: 1}
    journal = tmp_path / "journal.jsonl"
    settings = {"settings": {"database": "T21-Su26", "seed": 0}}
    journal.write_text(f"{json.dumps(settings)}\n{json.dumps(line)}\n", encoding="utf-8")
    assert len(search_failures.report(journal)) == 1
    told = [text for text in capsys.readouterr().out.splitlines() if "refuted: {" in text]
    case = json.loads(told[0].partition("refuted: ")[2])
    assert gb.equilibrium(
        gb.bulk(mol=case["bulk_mol"]),
        pressure_kbar=case["pressure_kbar"],
        temperature_C=case["temperature_C"],
        database="T21-Su26",
    ).certified


def test_a_campaign_is_told_in_a_table_with_all_that_is_bad(tmp_path):
    journal = tmp_path / "W14-wet.jsonl"
    batch = {
        "points": 2000, "status": {"certified": 1990, "infeasible": 9, "not_converged": 1},
        "seconds": 3.0, "alone_ms": [1.0, 2.0, 9.0], "differ": 1, "bad": [{"why": "not_converged"}],
    }  # fmt: skip
    lines = {"settings": {"database": "W14"}}, batch, {**batch, "bad": [], "differ": 0}
    journal.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    row, bad = verify_wet.row_of(journal)
    assert row == "| W14 | 4000 | 3980 | 18 | 1 | 6 | 1 | 1.50 | 2.0 |"
    assert row.count("|") == verify_wet.HEAD.count("|")
    assert bad == [{"why": "not_converged"}]

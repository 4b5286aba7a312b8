"""Proofs as a user asks for them: right answers proved, wrong ones refuted and mended."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from real_section import a_section

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite._proof import nearby
from gibbsite._proof.between import between
from gibbsite._proof.nearby import prove_absent
from gibbsite._proof.phase import charts, driving_force, judge, new_room, set_up, starts
from gibbsite._proof.stored import prove_file
from gibbsite._running.tile import solve_tile
from gibbsite._section.axes import Axis
from gibbsite._store.schema import PROOF_BITS
from gibbsite.errors import InputError, StoreError
from gibbsite_engine.proof.block import fall
from gibbsite_engine.proof.branch import PROVED

pytestmark = pytest.mark.compiled
REFERENCE = Path(__file__).parents[1] / "data" / "reference"
GLASS = gb.bulk("high-ti-glass")
AT = {"pressure_kbar": 3.0, "temperature_C": 1150.0}
POINT = ["--bulk", "high-ti-glass", "-p", "3", "-t", "1150"]


@pytest.fixture(scope="module")
def answer():
    return gb.equilibrium(GLASS, **AT)


def reference(name, index):
    """A point of the reference set, solved."""
    point = json.loads((REFERENCE / f"equilibria_{name}.json").read_text())["points"][index]
    return gb.equilibrium(
        gb.bulk(mol=point["bulk_mol"]),
        pressure_kbar=point["pressure_kbar"],
        temperature_C=point["temperature_C"],
        database=name,
    )


def test_an_answer_is_proved_to_be_the_global_minimum(answer):
    proof = gb.prove(answer)
    assert proof.proved
    assert {phase.name for phase in proof.phases} == set(answer.database.phase_names)
    assert all(phase.status == "proved" for phase in proof.phases)
    assert all(phase.driving_force_bound >= -1e-6 for phase in proof.phases)
    assert 0.0 <= proof.gap < 1e-6
    assert proof.energy_bound <= answer.gibbs_energy + 1e-12
    assert proof.better is None


@pytest.mark.parametrize(
    ("name", "index"),
    [("T21-Su26", i) for i in (57, 103, 234, 690)] + [("W24", i) for i in (0, 33, 120)],
)
def test_reference_equilibria_are_proved(name, index):
    assert gb.prove(reference(name, index)).proved


def test_dry_g25_is_proved_with_nothing_but_its_tables():
    found = gb.equilibrium(gb.bulk("high-ti-glass"), **AT, database="G25")
    assert gb.prove(found).proved


@pytest.mark.parametrize("forbidden", ["liq", "spl", "ol", "ilm"])
def test_an_answer_without_a_stable_phase_is_refuted_and_mended(answer, forbidden):
    wrong = gb.equilibrium(GLASS, **AT, database=answer.database.restrict(exclude=[forbidden]))
    assert gb.prove(wrong).proved  # among the phases that took part
    proof = gb.prove(wrong, database=answer.database)
    assert proof.status == "refuted"
    below = [phase for phase in proof.phases if phase.status == "refuted"]
    assert forbidden in [phase.name for phase in below]
    assert all(phase.driving_force_bound < -1e-6 for phase in below)
    assert all(sum(phase.composition.values()) == pytest.approx(1.0) for phase in below)
    assert proof.better.gibbs_energy == pytest.approx(answer.gibbs_energy, abs=1e-8)
    assert proof.gap == pytest.approx(wrong.gibbs_energy - answer.gibbs_energy, abs=1e-6)


def test_potentials_of_any_program_are_judged(answer):
    good = gb.prove(answer.chemical_potentials, bulk=GLASS, **AT)
    assert good.proved
    raised = {c: mu + 1e-3 for c, mu in answer.chemical_potentials.items()}
    bad = gb.prove(raised, bulk=GLASS, **AT)
    assert bad.status == "refuted"
    assert bad.better.gibbs_energy == pytest.approx(answer.gibbs_energy, abs=1e-8)


def test_an_energy_too_high_shows_in_the_gap(answer):
    """Potentials may be right where the assemblage is not: the gap tells."""
    high = answer.gibbs_energy + 0.25
    proof = gb.prove(answer.chemical_potentials, bulk=GLASS, **AT, gibbs_energy=high)
    assert proof.proved
    assert proof.gap == pytest.approx(0.25, abs=1e-6)


def test_a_limit_is_named_and_bounds_nothing(answer):
    proof = gb.prove(answer, most_vertices=30)
    undecided = [phase for phase in proof.phases if phase.status == "undecided"]
    assert proof.status == "undecided"
    assert undecided
    assert all(phase.limit for phase in undecided)
    assert all(np.isnan(phase.driving_force_bound) for phase in undecided)
    assert proof.gap == np.inf


def test_what_cannot_be_judged_is_refused(answer):
    with pytest.raises(InputError, match="bulk="):
        gb.prove(answer.chemical_potentials)
    short = {c: mu for c, mu in answer.chemical_potentials.items() if c != "FeO"}
    with pytest.raises(InputError, match="FeO"):
        gb.prove(short, bulk=GLASS, **AT)
    with pytest.raises(InputError, match="tolerance"):
        gb.prove(answer, tolerance=1e-12)
    with pytest.raises(InputError, match="not a str; stored sections"):
        gb.prove("out.h5")


def test_a_path_is_no_section(tmp_path):
    out = tmp_path / "path.h5"
    line = gb.path(GLASS, pressure_kbar=3.0, temperature_C=(1400.0, 1396.0))
    line.to_netcdf(out, engine="h5netcdf")
    with pytest.raises(InputError, match="no section"):
        prove_file(out)


def test_points_of_a_section_carry_what_was_proved(tmp_path):
    path = tmp_path / "out.h5"
    with gb.compute(a_section(4, 4), path, workers=1, prove=False) as before:
        assert "proof" not in before
        assert set(np.unique(before.gb.proof().values)) <= {"searched", ""}
    assert sum(prove_file(path, every=3).values()) == 6
    with gb.open(path) as after:
        outcome = after.gb.proof().values.ravel()
        assert (outcome[::3] == "proved").all()
        assert (np.delete(outcome, np.s_[::3]) == "searched").all()
        bits = after["proof"].values.reshape(16, -1)
        garnet = list(after["phase_name"].values).index("g")
        assert bits[0, garnet] == 1  # convex: one cell


def test_absent_phases_are_proved_by_their_neighbours(tmp_path):
    """What was carried over agrees with the full proof, and present phases are left alone."""
    path = tmp_path / "out.h5"
    gb.compute(a_section(12, 12), path, workers=1).close()
    with gb.open(path) as dataset:
        bits = dataset["proof"].values.reshape(144, -1)
        ids = dataset["phase_id"].values.reshape(144, -1)
        names = list(dataset["phase_name"].values)
        assert set(np.unique(dataset.gb.proof().values)) == {"searched"}
        assert set(np.unique(dataset.gb.proof("g").values)) == {"proved"}
        assert dataset["proof"].attrs["flag_meanings"].split() == list(PROOF_BITS)
    for name in ("g", "fsp", "spl", "ol", "ilm"):
        k = names.index(name)
        absent = (ids != k).all(axis=1)
        assert (bits[~absent, k] == 0).all()
        assert (bits[absent, k] > 0).mean() > 0.75
    shared = bits == PROOF_BITS["proved_nearby"]
    assert shared.sum() > 100
    prove_file(path, every=5)
    with gb.open(path) as dataset:
        full = dataset["proof"].values.reshape(144, -1)[::5]
    assert ((full & PROOF_BITS["refuted"]) == 0).all()


def test_proving_a_file_afterwards_gives_what_computing_it_gives(tmp_path):
    for name, prove in (("with.h5", True), ("without.h5", False)):
        gb.compute(a_section(6, 6), tmp_path / name, workers=1, prove=prove).close()
    prove_file(tmp_path / "without.h5", absent_only=True)
    with gb.open(tmp_path / "with.h5") as one, gb.open(tmp_path / "without.h5") as other:
        assert (one["proof"].values == other["proof"].values).all()


def test_a_result_with_proofs_is_not_taken_for_one_without(tmp_path):
    path = tmp_path / "out.h5"
    gb.compute(a_section(4, 4), path, workers=1).close()
    with pytest.raises(StoreError, match="exists"):
        gb.compute(a_section(4, 4), path, workers=1, prove=False)


def a_tile():
    """A tile in pressure and temperature: neighbouring points."""
    section = replace(
        gb.Section.from_toml("fig3a"),
        rows=Axis("pressure_kbar", 2.0, 6.0, 20),
        columns=Axis("temperature_C", 1050.0, 1130.0, 20),
    )
    points = section.points()
    arrays = solve_tile(section, slice(0, 20), slice(0, 20))
    flat = {name: values.reshape(400, *values.shape[2:]) for name, values in arrays.items()}
    flat["pressure_kbar"] = points.pressure_kbar
    flat["temperature_C"] = points.temperature_K - 273.15
    return gb.database(section.database), flat


@pytest.mark.parametrize("name", ["T21-Su26", "W24", "G25"])
def test_energies_between_conditions_hold_every_endmember(name):
    """In rectangles all over the accepted range; with an eighth of the slack they do not."""
    data = gb.database(name)
    reduced = data.reduced(np.ones(len(data.components), bool))
    rng, worst = np.random.default_rng(3), 0.0
    for _ in range(12):
        low = rng.uniform((0.001, 500.0), (46.0, 1840.0))
        p, t = (low + rng.uniform(0.0, 1.0, (80, 2)) * rng.uniform((0.1, 5.0), (4.0, 160.0))).T
        found = between(reduced, p, t)
        exact = np.array([set_up(reduced, *pair).g0.copy() for pair in zip(p, t, strict=True)])
        energies = np.einsum("nw,nwki->nki", found.weight, found.knots[found.place])
        off = np.abs(exact - energies)
        assert (off <= found.slack + 1e-9).all()
        worst = max(worst, float((off / np.maximum(found.slack, 1e-6)).max()))
    assert worst > 1.0 / 8.0


def test_bounds_over_a_tile_stay_below_every_driving_force_and_cheap_ones_prove_most():
    """Each phase said to be absent is proved by the full proof, too, at points taken at random."""
    data, flat = a_tile()
    certified = flat["status"] == 0
    assert certified.all()
    bits = prove_absent(data, flat, certified, (20, 20), 1e-6)
    ids = flat["phase_id"]
    for name in ("g", "fsp", "spl", "ol", "ilm"):
        k = data.phase_names.index(name)
        absent = (ids != k).all(axis=1)
        if absent.any():
            assert (bits[absent, k] > 0).mean() > 0.75, name
    mask = np.isfinite(flat["chemical_potential"][0])
    reduced, every = data.reduced(mask), charts(data, tuple(mask.tolist()))
    room = new_room(every)
    for i in np.random.default_rng(5).choice(400, 12, replace=False):
        conditions = set_up(reduced, flat["pressure_kbar"][i], flat["temperature_C"][i])
        gamma = flat["chemical_potential"][i][mask]
        for k, phase in enumerate(reduced.phases):
            if bits[i, phase.place]:
                verdict = judge(reduced, every[k], k, conditions, gamma, [], 1e-6, 10**6, room)
                assert verdict.status == PROVED, (i, phase.place)


def test_a_phase_taken_from_the_answer_is_not_proved_absent():
    """Mutation: a phase that is there, declared absent, reaches the plane and gets no bit."""
    data, flat = a_tile()
    ids = flat["phase_id"].copy()
    stable = data.phase_names.index("cpx")
    there = (ids == stable).any(axis=1)
    assert there.sum() > 100
    flat["phase_id"] = np.where(ids == stable, -1, ids)
    # raise the plane a little, so that it does not only touch
    flat["chemical_potential"] = flat["chemical_potential"] + 1e-4
    bits = prove_absent(data, flat, flat["status"] == 0, (20, 20), 1e-6)
    assert (bits[there, stable] == 0).all()


@pytest.mark.parametrize("name", ["fsp", "ol", "ilm"])
def test_energies_that_may_be_off_prove_no_stable_phase(name, monkeypatch):
    """All energies too high by 0.5 kJ, and said to be; where that is not said, it is believed."""
    data, flat = a_tile()
    stable = data.phase_names.index(name)
    there = (flat["phase_id"] == stable).any(axis=1)
    assert there.sum() > 100
    flat["phase_id"] = np.where(flat["phase_id"] == stable, -1, flat["phase_id"])
    flat["chemical_potential"] = flat["chemical_potential"] + 1e-4
    for said in (0.5, 0.0):

        def off(reduced, p, t, said=said):
            found = between(reduced, p, t)
            return found._replace(knots=found.knots + 0.5, slack=found.slack + said)

        monkeypatch.setattr(nearby, "between", off)
        bits = prove_absent(data, flat, flat["status"] == 0, (20, 20), 1e-6)
        assert (bits[there, stable] > 0).any() == (said == 0.0)


def test_a_bound_carried_over_stays_below_every_driving_force():
    """Over 150 degrees and 12 kbar, both ways; without the fall it does not."""
    data = gb.database("T21-Su26")
    answers = [
        gb.equilibrium(GLASS, **AT),
        gb.equilibrium(GLASS, pressure_kbar=15.0, temperature_C=1300.0),
    ]
    mask = np.array([c in answers[0].chemical_potentials for c in data.components])
    reduced, every = data.reduced(mask), charts(data, tuple(mask.tolist()))
    room, broken = new_room(every), 0
    for k, at in enumerate(every):
        if at is None:
            continue
        thetas, bounds, lowest = [], [], []
        for answer in answers:
            conditions = set_up(reduced, answer.pressure_kbar, answer.temperature_C)
            gamma = np.array(list(answer.chemical_potentials.values()))
            n = len(at.origin)
            base = conditions.g0[k, :n] - reduced.system.phases.composition[k, :n] @ gamma
            thetas.append((base, conditions.state.copy()))
            verdict = judge(reduced, at, k, conditions, gamma, [], 1e-6, 10**6, room)
            bounds.append(verdict.bound)
            seeds = starts(reduced, k, conditions, gamma)
            lowest.append(min(driving_force(reduced, k, conditions, gamma, p) for p in seeds))
        for i, j in ((0, 1), (1, 0)):
            lost = fall(reduced.system.bounds, k, *thetas[i], *thetas[j], np.zeros(len(at.corners)))
            assert bounds[i] - lost <= lowest[j] + 1e-9
            broken += bounds[i] > lowest[j]
    assert broken > 0


def test_command_proves_a_point_and_a_list(tmp_path):
    done = CliRunner().invoke(cli, ["prove", *POINT])
    assert done.exit_code == 0, done.output
    assert "proved: no assemblage has an energy lower" in done.output
    done = CliRunner().invoke(cli, ["prove", *POINT, "--json"])
    assert json.loads(done.output)["status"] == "proved"
    table = tmp_path / "points.csv"
    pd.DataFrame({"pressure_kbar": [3.0, 5.0], "temperature_C": [1150.0, 1250.0]}).to_csv(table)
    done = CliRunner().invoke(cli, ["prove", *POINT[:2], "--points", str(table)])
    assert done.exit_code == 0, done.output
    assert done.output.count("proved") == 2


def test_command_refuses_a_result_and_a_rock_together(tmp_path):
    done = CliRunner().invoke(cli, ["prove", "out.h5", *POINT])
    assert done.exit_code == 2
    assert "not both" in done.output

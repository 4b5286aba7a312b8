"""Proofs as a user asks for them: right answers proved, wrong ones refuted and mended."""

import json
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from real_section import a_section

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite._proof import stored
from gibbsite._proof.stored import prove_file
from gibbsite._store import put
from gibbsite._store.schema import PROOF_BITS
from gibbsite.errors import InputError, StoreError

pytestmark = pytest.mark.compiled
REFERENCE = Path(__file__).parents[1] / "data" / "reference"
GLASS = gb.bulk("high-ti-glass")
AT = {"pressure_kbar": 3.0, "temperature_C": 1150.0}
POINT = ["--bulk", "high-ti-glass", "-p", "3", "-t", "1150", "--database", "T21-Su26"]


@pytest.fixture(scope="module")
def answer():
    return gb.equilibrium(GLASS, **AT, database="T21-Su26")


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
    without_oxygen = set(answer.database.phase_names) - {"O2"}  # what the rock has none of
    assert {phase.name for phase in proof.phases} == without_oxygen
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
    good = gb.prove(answer.chemical_potentials, bulk=GLASS, **AT, database="T21-Su26")
    assert good.proved
    raised = {c: mu + 1e-3 for c, mu in answer.chemical_potentials.items()}
    bad = gb.prove(raised, bulk=GLASS, **AT, database="T21-Su26")
    assert bad.status == "refuted"
    assert bad.better.gibbs_energy == pytest.approx(answer.gibbs_energy, abs=1e-8)


def test_an_energy_too_high_shows_in_the_gap(answer):
    """Potentials may be right where the assemblage is not: the gap tells."""
    high = answer.gibbs_energy + 0.25
    proof = gb.prove(
        answer.chemical_potentials, bulk=GLASS, **AT, database="T21-Su26", gibbs_energy=high
    )
    assert proof.proved
    assert proof.gap == pytest.approx(0.25, abs=1e-6)


PELITE = {"SiO2": 59.8, "TiO2": 0.9, "Al2O3": 17.2, "FeO": 6.0, "MgO": 3.2, "CaO": 1.3, "Na2O": 1.9,
          "K2O": 3.7}  # fmt: skip


@pytest.mark.parametrize("rigorous", [False, True])
@pytest.mark.parametrize(("temperature", "molten"), [(600.0, False), (800.0, True)])
def test_a_rock_open_to_what_its_melt_could_be_made_of_is_proved(temperature, molten, rigorous):
    """A rock sets no limit to a melt of open water: how far it lies below the plane bounds nothing alone."""
    where = {"pressure_kbar": 6.0, "temperature_C": temperature, "database": "W14"}
    answer = gb.equilibrium(gb.bulk(wt=PELITE, ferric=0.1), **where, open={"H2O": 0.7})
    assert ("liq" in answer.assemblage) == molten
    proof = gb.prove(answer, rigorous=rigorous)
    assert proof.proved
    assert 0.0 <= proof.gap < 1e-5
    lower = gb.prove(
        {c: mu - 0.1 for c, mu in answer.chemical_potentials.items()},
        bulk=answer.bulk, pressure_kbar=6.0, temperature_C=temperature, database=answer.database,
    )  # fmt: skip
    assert lower.energy_bound == pytest.approx(proof.gibbs_energy - 0.1, abs=1e-5)


@pytest.mark.parametrize("forbidden", ["liq", "bi"])
def test_an_open_rock_without_a_stable_phase_is_refuted(forbidden):
    where = {"pressure_kbar": 6.0, "temperature_C": 800.0}
    given, rock = {"H2O": 0.7}, gb.bulk(wt=PELITE, ferric=0.1)
    fewer = gb.opened(gb.database("W14", exclude=[forbidden]), given)
    wrong = gb.equilibrium(rock, **where, database=fewer)
    proof = gb.prove(wrong, database=gb.opened(gb.database("W14"), given))
    assert proof.status == "refuted"
    assert forbidden in proof.better.assemblage
    assert gb.prove(proof.better).gibbs_energy < proof.gibbs_energy


def test_potentials_are_judged_where_the_balance_is_of_other_components():
    """In EF21 of H2 and O: the rock holds no O, yet its water does."""
    rock = gb.bulk(mol={"SiO2": 0.37, "Al2O3": 0.01, "FeO": 0.06, "MgO": 0.54, "H2O": 0.5})
    where = {"pressure_kbar": 2.0, "temperature_C": 400.0, "database": "EF21"}
    answer = gb.equilibrium(rock, **where)
    given = answer.chemical_potentials
    proof = gb.prove(given, bulk=rock, **where)
    assert proof.proved
    assert 0.0 <= proof.gap < 1e-5
    assert proof.gibbs_energy == pytest.approx(answer.gibbs_energy, abs=1e-9)
    with pytest.raises(InputError, match="no chemical potential of O is given"):
        gb.prove({c: mu for c, mu in given.items() if c != "O"}, bulk=rock, **where)


def test_a_bound_holds_where_the_components_of_the_balance_are_more_than_the_oxides():
    """Of brucite a mole of oxides is 1.5 of MgO, H2 and O: a potential too high gains that much more."""
    rock = gb.bulk(mol={"SiO2": 0.005, "MgO": 0.50, "H2O": 0.50})
    where = {"pressure_kbar": 2.0, "temperature_C": 300.0}
    answer = gb.equilibrium(rock, **where, database="EF21")
    assert answer.assemblage == ("fl", "br", "atg")
    too_high = answer.chemical_potentials | {"MgO": answer.chemical_potentials["MgO"] + 1e-4}
    proof = gb.prove(too_high, bulk=rock, **where, database="EF21", tolerance=1e-2)
    assert proof.proved
    assert proof.energy_bound <= answer.gibbs_energy


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
        gb.prove(answer.chemical_potentials, database="T21-Su26")
    short = {c: mu for c, mu in answer.chemical_potentials.items() if c != "FeO"}
    with pytest.raises(InputError, match="FeO"):
        gb.prove(short, bulk=GLASS, **AT, database="T21-Su26")
    with pytest.raises(InputError, match="tolerance"):
        gb.prove(answer, tolerance=1e-12)
    with pytest.raises(InputError, match="not a str; stored sections"):
        gb.prove("out.h5")


def test_a_path_is_no_section(tmp_path):
    out = tmp_path / "path.h5"
    line = gb.path(GLASS, pressure_kbar=3.0, temperature_C=(1400.0, 1396.0), database="T21-Su26")
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


@pytest.mark.slow
def test_points_are_proved_by_their_neighbours(tmp_path):
    """What was shared agrees with the full proof."""
    path = tmp_path / "out.h5"
    gb.compute(a_section(12, 12), path, workers=1).close()
    with gb.open(path) as dataset:
        bits = dataset["proof"].values.reshape(144, -1)
        assert set(np.unique(dataset.gb.proof("g").values)) == {"proved"}
        assert dataset["proof"].attrs["flag_meanings"].split() == list(PROOF_BITS)
    shared = bits == PROOF_BITS["proved_nearby"]
    assert shared.sum() > 300
    prove_file(path, every=5)
    with gb.open(path) as dataset:
        full = dataset["proof"].values.reshape(144, -1)[::5]
    assert ((full & PROOF_BITS["refuted"]) == 0).all()


@pytest.mark.slow
def test_proving_a_file_afterwards_gives_what_computing_it_gives(tmp_path):
    for name, prove in (("with.h5", True), ("without.h5", False)):
        gb.compute(a_section(6, 6), tmp_path / name, workers=1, prove=prove).close()
    prove_file(tmp_path / "without.h5", together=True)
    with gb.open(tmp_path / "with.h5") as one, gb.open(tmp_path / "without.h5") as other:
        assert (one["proof"].values == other["proof"].values).all()


def test_what_is_in_the_way_of_the_file_is_told_before_anything_is_proved(tmp_path, monkeypatch):
    path = tmp_path / "section.h5"
    gb.compute(a_section(2, 2), path, workers=1, prove=False, progress=False).close()
    monkeypatch.setattr(stored, "_prove_point", Mock(side_effect=AssertionError))
    (tmp_path / "section.h5.new").mkdir()
    with pytest.raises(StoreError, match=r"the directory .*section\.h5\.new is in the way"):
        prove_file(path)
    (tmp_path / "section.h5.new").rmdir()
    monkeypatch.setattr(put.os, "access", lambda *_: False)  # some users may write anything
    with pytest.raises(StoreError, match=r"section\.h5 cannot be written: it is read-only"):
        prove_file(path)
    assert [each.name for each in tmp_path.iterdir()] == ["section.h5"]


@pytest.mark.slow
def test_what_is_proved_does_not_depend_on_the_threads(tmp_path):
    proved = []
    for workers in (1, 3):
        path = tmp_path / f"{workers}.h5"
        gb.compute(a_section(4, 4), path, workers=1, prove=False).close()
        done = CliRunner().invoke(cli, ["prove", str(path), "--workers", str(workers)])
        assert done.exit_code == 0, done.output
        with gb.open(path) as dataset:
            proved.append((done.output.split(":", 1)[1], dataset["proof"].values.tobytes()))
    assert proved[0] == proved[1]
    with pytest.raises(InputError, match="workers = 0"):
        prove_file(tmp_path / "1.h5", workers=0)


@pytest.mark.slow
def test_a_result_with_proofs_is_not_taken_for_one_without(tmp_path):
    path = tmp_path / "out.h5"
    gb.compute(a_section(4, 4), path, workers=1).close()
    with pytest.raises(StoreError, match="exists"):
        gb.compute(a_section(4, 4), path, workers=1, prove=False)


def test_command_proves_a_point_and_a_list(tmp_path):
    done = CliRunner().invoke(cli, ["prove", *POINT])
    assert done.exit_code == 0, done.output
    assert "proved: no assemblage has an energy lower" in done.output
    done = CliRunner().invoke(cli, ["prove", *POINT, "--json"])
    assert json.loads(done.output)["status"] == "proved"
    table = tmp_path / "points.csv"
    pd.DataFrame({"pressure_kbar": [3.0, 5.0], "temperature_C": [1150.0, 1250.0]}).to_csv(table)
    done = CliRunner().invoke(cli, ["prove", *POINT[:2], *POINT[-2:], "--points", str(table)])
    assert done.exit_code == 0, done.output
    assert done.output.count("proved") == 2


def test_command_refuses_a_result_and_a_rock_together(tmp_path):
    done = CliRunner().invoke(cli, ["prove", "out.h5", *POINT])
    assert done.exit_code == 2
    assert "not both" in done.output

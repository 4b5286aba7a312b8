"""The proof as arbiter: it holds every answer of a sample, and tells two answers apart.

The sample: reference equilibria, the corpus of hard points, dry G25 over the rocks of another set,
phases that only some databases have, and points taken at random from a run.
"""

import json
import tomllib
from collections import Counter
from pathlib import Path

import h5py
import pytest
from real_section import a_section

import gibbsite as gb
from gibbsite._proof.stored import prove_file
from gibbsite._store.schema import PROOF_BITS

pytestmark = pytest.mark.compiled
DATA = Path(__file__).parents[1] / "data"
POINTS = tomllib.loads((DATA / "hard_points.toml").read_text(encoding="utf-8"))["point"]
# Effort a phase: a tenth of a second or so. What needs more is left undecided, which is no failure.
LITTLE = 40_000


def reference_points(name):
    return json.loads((DATA / "reference" / f"equilibria_{name}.json").read_text())["points"]


def solved(mol, pressure_kbar, temperature_C, database):
    return gb.equilibrium(
        gb.bulk(mol=mol),
        pressure_kbar=pressure_kbar,
        temperature_C=temperature_C,
        database=database,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "every"), [("T21-Su26", 25), ("W24", 15)])
def test_a_sample_of_the_reference_equilibria_is_proved(name, every):
    for point in reference_points(name)[3::every]:
        answer = solved(point["bulk_mol"], point["pressure_kbar"], point["temperature_C"], name)
        proof = gb.prove(answer)
        assert proof.proved, point["id"]
        assert proof.energy_bound <= point["gibbs_energy"] + 1e-9, point["id"]


HYDROUS = {"W14", "G16"}


@pytest.mark.slow
def test_no_hard_point_is_refuted_and_most_are_proved():
    """Points near critical points and of traces may be undecided; what is refuted is wrong."""
    outcomes = Counter()
    for point in POINTS:
        where = point["pressure_kbar"], point["temperature_C"]
        answer = solved(point["mol"], *where, point["database"])
        assert answer.certified, point["name"]
        proof = gb.prove(answer, most_vertices=LITTLE)
        assert proof.status != "refuted", point["name"]
        outcomes[point["database"], proof.status] += 1
    proved = {name: n for (name, status), n in outcomes.items() if status == "proved"}
    dry = [point for point in POINTS if point["database"] not in HYDROUS]  # seldom proved, of these
    assert sum(n for name, n in proved.items() if name not in HYDROUS) > 0.8 * len(dry)
    assert proved["W24"] > 50
    assert proved["G25"] > 50


def test_dry_g25_is_proved_over_rocks_from_peridotite_to_syenite():
    """With nothing changed but the tables: its phases are ne, cd and fper beside the others."""
    seen, proved = set(), 0
    for point in reference_points("W24")[3::13]:
        try:
            answer = solved(
                point["bulk_mol"], point["pressure_kbar"], point["temperature_C"], "G25"
            )
        except gb.GibbsiteError:  # G25 has no phase for so much potassium
            continue
        assert gb.prove(answer).proved, point["id"]
        proved += 1
        seen |= set(answer.assemblage)
    assert proved >= 14
    assert {"liq", "spl", "ne", "cpx", "ol", "fsp"} <= seen


# Rocks in which phases are stable that T21-Su26 does not have.
ALUMINOUS = {
    "SiO2": 50.0, "Al2O3": 20.0, "MgO": 20.0, "FeO": 8.0, "K2O": 1.0, "Na2O": 1.0, "CaO": 1.0,
    "TiO2": 0.2, "Cr2O3": 0.05,
}  # fmt: skip
POTASSIC = {
    "SiO2": 40.0, "Al2O3": 17.0, "MgO": 1.0, "FeO": 2.0, "K2O": 16.0, "Na2O": 6.0, "CaO": 2.0,
    "TiO2": 0.2, "Cr2O3": 0.01,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "phases", "rock", "pressure_kbar", "temperature_C"),
    [
        ("G25", {"cd"}, ALUMINOUS, 2.0, 1000.0),
        ("G25", {"cd", "liq"}, ALUMINOUS, 2.0, 1200.0),
        ("W24", {"nph", "kals", "mel"}, POTASSIC, 1.0, 750.0),
        ("W24", {"nph"}, 4, None, None),
        ("W24", {"lct"}, 9, None, None),
        ("W24", {"mel"}, 23, None, None),
        ("W24", {"kals"}, 226, None, None),
        ("G25", {"ne"}, 39, None, None),
        ("G25", {"fper"}, 52, None, None),
    ],
)
def test_phases_of_other_databases_are_proved_present_and_refuted_when_missing(
    name, phases, rock, pressure_kbar, temperature_C
):
    """Nepheline, leucite, kalsilite, melilite, cordierite, periclase."""
    if isinstance(rock, int):
        point = reference_points("W24")[rock]
        assert point["id"] == rock
        pressure_kbar, temperature_C = point["pressure_kbar"], point["temperature_C"]
        rock = point["bulk_mol"]
    answer = solved(rock, pressure_kbar, temperature_C, name)
    assert phases <= set(answer.assemblage)
    assert gb.prove(answer).proved
    missing = min(phases - {"liq"})
    wrong = solved(rock, pressure_kbar, temperature_C, answer.database.restrict(exclude=[missing]))
    proof = gb.prove(wrong, database=answer.database)
    assert proof.status == "refuted"
    assert missing in {phase.name for phase in proof.phases if phase.status == "refuted"}
    assert proof.better.gibbs_energy == pytest.approx(answer.gibbs_energy, abs=1e-8)


@pytest.mark.slow
def test_points_of_a_run_taken_at_random_are_proved(tmp_path):
    path = tmp_path / "run.h5"
    gb.compute(a_section(14, 14), path, workers=1).close()
    prove_file(path, every=9)
    with gb.open(path) as dataset:
        full = dataset["proof"].values.reshape(196, -1)[::9]
        assert (dataset.gb.proof().values.ravel()[::9] == "proved").all()
        assert ((full & PROOF_BITS["refuted"]) == 0).all()


def test_of_two_answers_that_disagree_one_is_proved_and_the_other_refuted():
    """Neighbours on either side of a reaction, each offered at the other's temperature."""
    glass, pressure = gb.bulk("high-ti-glass"), 3.0
    cold, hot = (
        gb.equilibrium(glass, pressure_kbar=pressure, temperature_C=t, database="T21-Su26")
        for t in (1140.0, 1180.0)
    )
    assert cold.assemblage != hot.assemblage
    for here, other in ((cold, hot), (hot, cold)):
        only = sorted(set(other.assemblage))
        rival = gb.equilibrium(
            glass, pressure_kbar=pressure, temperature_C=here.temperature_C,
            database=here.database.restrict(only=only),
        )  # fmt: skip
        if not rival.certified or abs(rival.gibbs_energy - here.gibbs_energy) < 1e-9:
            continue
        outcomes = {gb.prove(one, database=here.database).status for one in (here, rival)}
        assert outcomes == {"proved", "refuted"}
        break
    else:
        pytest.fail("no two answers disagree")


@pytest.mark.slow
def test_the_sample_of_a_run_is_no_empty_statement(tmp_path):
    """Mutation: an answer whose potentials are raised by 1e-4 kJ in the file is refuted there."""
    path = tmp_path / "run.h5"
    gb.compute(a_section(3, 3), path, workers=1).close()
    with h5py.File(path, "r+") as file:
        file["chemical_potential"][...] = file["chemical_potential"][...] + 1e-4
    found = prove_file(path)
    assert found == {"refuted": 9}

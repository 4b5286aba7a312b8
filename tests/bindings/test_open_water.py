"""Water alone open in EF21, whose fluid has hydrogen: water less the oxygen that it leaves the rock."""

import numpy as np
import pytest

import gibbsite as gb
from gibbsite._drawing.exact import fields_to_draw
from gibbsite._inputs.properties import QUANTITIES
from gibbsite._lines import trace
from gibbsite._viewing.recompute import compute_section
from gibbsite.errors import InputError

HARZBURGITE = {"SiO2": 0.38, "Al2O3": 0.01, "FeO": 0.06, "MgO": 0.55}
ROCKS = {
    "serpentinite": dict(gb.bulk("serpentinite-oxidised").mol),
    "without ferric iron": HARZBURGITE,
    "a trace of ferric iron": HARZBURGITE | {"O": 1e-5},
    "most iron ferric": HARZBURGITE | {"O": 0.028},
    "without alumina": {"SiO2": 0.45, "FeO": 0.10, "MgO": 0.45, "O": 0.01},
    "talc schist": {"SiO2": 0.55, "Al2O3": 0.02, "FeO": 0.05, "MgO": 0.38, "O": 0.01},
    "rich in iron": {"SiO2": 0.43, "Al2O3": 0.08, "FeO": 0.25, "MgO": 0.27, "O": 0.06},
}
OXIDES = ("SiO2", "Al2O3", "FeO", "MgO")


def at(pressure, temperature):
    return {"pressure_kbar": pressure, "temperature_C": temperature, "database": "EF21"}


def closed_with(found):
    """The closed rock with the water that an open one took up, its potentials and its energy."""
    whole = {c: moles for c, moles in found.bulk.mol.items() if moles > 0.0} | found.taken_up
    again = gb.equilibrium(
        gb.bulk(mol={c: moles for c, moles in whole.items() if moles > 0.0}),
        **at(found.pressure_kbar, found.temperature_C),
    )
    assert again.certified
    height = sum(moles * found.chemical_potentials[c] for c, moles in whole.items() if moles > 0.0)
    return again, height / sum(whole.values())


def furthest(found, again):
    """The largest difference of the potentials of what both hold."""
    both = found.chemical_potentials.keys() & again.chemical_potentials.keys()
    differences = [found.chemical_potentials[c] - again.chemical_potentials[c] for c in both]
    return float(np.nanmax(np.abs(differences)))


@pytest.mark.parametrize("name", ROCKS)
def test_an_open_rock_is_the_closed_one_with_the_water_that_it_took_up(name):
    """With fluid and without, from dry rocks to such as water oxidises."""
    rock = gb.bulk(mol=ROCKS[name])
    for pressure, temperature in ((2.0, 330.0), (8.0, 480.0), (20.0, 640.0)):
        for activity in (0.5, 0.97, 0.9999):
            found = gb.equilibrium(rock, **at(pressure, temperature), open={"H2O": activity})
            assert found.certified
            assert found.activity("H2O") == pytest.approx(activity, rel=1e-9)
            again, height = closed_with(found)
            assert again.assemblage == found.assemblage
            assert again.gibbs_energy == pytest.approx(height, abs=1e-9)
            assert furthest(found, again) < 1e-7


@pytest.mark.slow
def test_random_rocks_are_those_with_the_water_that_they_took_up():
    """Energies always; potentials, too, but where a rock takes up as much water in a range of them."""
    chance = np.random.default_rng(14)
    equal = fluid = 0
    for _ in range(300):
        amounts = dict(zip(OXIDES, chance.dirichlet([3.0, 0.3, 1.0, 3.0]).tolist(), strict=True))
        ferric = chance.choice([0.0, 10.0 ** chance.uniform(-5, -1), chance.uniform(0.0, 0.99)])
        rock = gb.bulk(mol=amounts | {"O": 0.5 * ferric * amounts["FeO"]})
        activity = chance.choice([chance.uniform(0.01, 1.0), 1.0 - 10.0 ** chance.uniform(-5, -1)])
        where = at(chance.uniform(0.5, 30.0), chance.uniform(200.0, 800.0))
        found = gb.equilibrium(rock, **where, open={"H2O": activity})
        assert found.certified
        again, height = closed_with(found)
        assert again.assemblage == found.assemblage
        assert again.gibbs_energy == pytest.approx(height, abs=1e-9)
        equal += furthest(found, again) < 1e-9
        fluid += "fl" in found.assemblage
    assert equal > 240
    assert 30 < fluid < 270


def test_a_list_is_its_points():
    rock, temperatures = gb.bulk(mol=HARZBURGITE), np.linspace(250.0, 700.0, 60)
    run = gb.equilibria(
        rock,
        pressure_kbar=4.0,
        temperature_C=temperatures,
        database="EF21",
        open={"H2O": 0.9},
    )
    assert (run["status"] == 0).all()
    for i in range(0, 60, 7):
        alone = gb.equilibrium(rock, **at(4.0, float(temperatures[i])), open={"H2O": 0.9})
        potentials = run["chemical_potential"].values[i]
        assert potentials == pytest.approx(list(alone.chemical_potentials.values()), abs=1e-7)
        taken_up = float(run["bulk_mol"].sel(component="H2O").values[i])
        assert taken_up == pytest.approx(alone.taken_up["H2O"], abs=1e-9)


def hydrogen(found):
    (fluid,) = [phase for phase in found.phases if phase.name == "fl"]
    return fluid.amount_mol * fluid.proportions["H2"], fluid.proportions


def test_hydrogen_in_the_fluid_has_left_its_oxygen_in_the_rock():
    """Of a rock without ferric iron all of it is from water: as much as there is hydrogen."""
    found = gb.equilibrium(gb.bulk(mol=HARZBURGITE), **at(2.0, 330.0), open={"H2O": 0.97})
    made, proportions = hydrogen(found)
    assert proportions["H2O"] == pytest.approx(0.97, abs=1e-9)  # its fluid is an ideal solution
    data, oxygen = found.database, 0.0
    for phase in (each for each in found.phases if each.name != "fl"):
        held = data.phases[data.phase_names.index(phase.name)].model.composition
        oxygen += phase.amount_mol * float(
            list(phase.proportions.values()) @ held[:, data.components.index("O")]
        )
    assert made > 1e-4
    assert oxygen == pytest.approx(made, rel=1e-9)
    assert np.isfinite(found.log10_fO2)


def test_a_fluid_is_there_where_water_and_hydrogen_fill_it():
    """Without it the activities of both add up to less than one; the nearer to one that of water, the more oxidised."""
    rock, offsets, taken = gb.bulk("serpentinite-oxidised"), [], []
    for activity in (0.9, 0.99, 0.995, 0.9999, 0.99999):
        found = gb.equilibrium(rock, **at(2.0, 300.0), open={"H2O": activity})
        fluid = gb.equilibrium(
            gb.bulk(mol={"FeO": 1e-3, "SiO2": 1e-3, "H2O": 1.0}), **at(2.0, 300.0)
        )
        _, pure = hydrogen(fluid)
        unit = fluid.chemical_potentials["H2O"] - fluid.chemical_potentials["O"]
        here = found.chemical_potentials["H2O"] - found.chemical_potentials["O"]
        share = pure["H2"] * np.exp((here - unit) / (0.0083144 * 573.15))
        if "fl" in found.assemblage:
            assert share == pytest.approx(1.0 - activity, rel=1e-6)
            offsets.append(found.delta("QFM"))
            taken.append(found.taken_up["H2O"])
        else:
            assert share < 1.0 - activity
    assert len(offsets) == 4
    assert offsets == sorted(offsets)
    assert taken == sorted(taken)


def test_beside_a_fluid_with_hydrogen_water_has_no_activity_of_one():
    """Ever more of it would take away the last hydrogen, to no lowest energy."""
    rock = gb.bulk("serpentinite-oxidised")
    with pytest.raises(
        InputError, match=r"H2O is given .*, all that fl has there, which would hold"
    ):
        gb.equilibrium(rock, **at(10.0, 500.0), open={"H2O": 1.0})
    pure = gb.equilibrium(rock, **at(10.0, 500.0), open={"H2O": 1.0 - 1e-6})
    potential = pure.chemical_potentials["H2O"]
    with pytest.raises(InputError, match=r"H2O is given .* more than fl has there"):
        gb.equilibrium(rock, **at(10.0, 500.0), open={"H2O": potential + 0.1})
    run = gb.equilibria(
        rock, pressure_kbar=10.0, temperature_C=[450.0, 500.0], database="EF21", open={"H2O": 1.0}
    )
    names = np.array(run["status"].attrs["flag_meanings"].split())
    assert set(names[run["status"].values]) == {"unbounded"}


def test_without_iron_open_water_stays_whole():
    """No hydrogen then, and pure water may be given: the rock is that with water in excess."""
    amounts = {"SiO2": 0.38, "Al2O3": 0.01, "MgO": 0.55}
    rock = gb.bulk(mol=amounts)
    found = gb.equilibrium(rock, **at(8.0, 480.0), open={"H2O": 1.0})
    assert "fl" not in found.assemblage
    assert np.isnan(found.log10_fO2)
    wet = gb.equilibrium(gb.bulk(mol=amounts, water="excess"), **at(8.0, 480.0))
    (fluid,) = [phase for phase in wet.phases if phase.name == "fl"]
    held = 1.0 - fluid.amount_mol  # per mole of oxides and water, half of which is water
    assert found.taken_up["H2O"] == pytest.approx((held - 0.5) / 0.5, abs=1e-5)
    assert found.chemical_potentials["MgO"] == pytest.approx(
        wet.chemical_potentials["MgO"], abs=1e-3
    )


def test_oxygen_gas_takes_no_part_beside_open_water():
    """Water gives both it and hydrogen."""
    rock = gb.bulk(mol=HARZBURGITE | {"O": 0.01})
    found = gb.equilibrium(rock, **at(8.0, 480.0), open={"H2O": 0.9})
    assert "; O2 taking no part, for H2O comes from outside" in found.message
    data = found.database
    assert [data.phase_names[i] for i in data.reservoirs] == ["O2"]
    assert (data._generators >= 0.0).all()


@pytest.mark.parametrize(
    ("ferric", "pressure", "temperature", "gas"),
    [
        (0.999, 20.0, 640.0, False),
        (0.9999, 20.0, 640.0, True),
        (0.999999, 8.0, 480.0, False),
        (1.0, 8.0, 480.0, True),
        (0.3, 40.0, 1490.0, True),
    ],
)
def test_an_answer_that_lacks_oxygen_gas_is_none(ferric, pressure, temperature, gas):
    """Then it is the closed one with the water that it took up."""
    oxygen = 0.5 * ferric * HARZBURGITE["FeO"]
    rock, where = gb.bulk(mol=HARZBURGITE | {"O": oxygen}), at(pressure, temperature)
    found = gb.equilibrium(rock, **where, open={"H2O": 0.9})
    assert (found.status == "left_out") is gas
    if gas:
        assert "O2 taking no part, for H2O comes from outside: open what it is of" in found.message
        assert not found.phases
    else:
        assert closed_with(found)[0].assemblage == found.assemblage


def test_points_of_a_list_that_lack_oxygen_gas_have_no_answer():
    """Whether alone or among others, and they are no fault of those solved again."""
    rock = gb.bulk(mol=HARZBURGITE | {"O": 0.5 * 0.9999 * HARZBURGITE["FeO"]})
    p, t = np.linspace(5.0, 30.0, 60), np.linspace(450.0, 700.0, 60)
    run = gb.equilibria(rock, pressure_kbar=p, temperature_C=t, database="EF21", open={"H2O": 0.9})
    names = np.array(run["status"].attrs["flag_meanings"].split())[run["status"].values]
    assert set(names) == {"certified", "left_out"}
    assert np.isnan(run["gibbs_energy"].values[names == "left_out"]).all()
    for i in range(0, 60, 7):
        alone = gb.equilibrium(rock, **at(float(p[i]), float(t[i])), open={"H2O": 0.9})
        assert alone.status == names[i]


@pytest.mark.compiled
@pytest.mark.parametrize("seen", [True, False])
def test_no_exact_line_leads_on_to_where_oxygen_gas_is_missing(tmp_path, monkeypatch, seen):
    """Fields were drawn there as if there were answers. Lines tell it where no point of the grid does."""
    rock = gb.bulk(mol=HARZBURGITE | {"O": 0.5 * 0.9999 * HARZBURGITE["FeO"]})
    plan = gb.Section.pressure_temperature(
        rock, pressure_kbar=(2.0, 30.0, 5), temperature_C=(560.0, 760.0, 5), database="EF21",
        open={"H2O": 0.9},
    )  # fmt: skip
    if not seen:
        monkeypatch.setattr(trace, "check_points", lambda _: None)
    where = "at 15 of 25 points" if seen else "along its lines"
    with gb.compute(plan, tmp_path / "gas.h5", progress=False, workers=1) as section:
        for refused in (gb.trace, lambda section: fields_to_draw(section, True)):
            with pytest.raises(InputError, match=rf"{where} .* no answer, .*; exact lines"):
                refused(section)
        drawn, told = (fields_to_draw(section, exact) for exact in (None, False))
        assert len(drawn.fields) == len(told.fields) > 0
        assert where in drawn.note
        assert not told.note
    shown = compute_section(plan, tmp_path / "shown.h5", "shown")
    with shown.dataset as section:
        assert not section.gb.has_lines()
        assert shown.fields.fields


@pytest.mark.compiled
@pytest.mark.parametrize("seen", [True, False])
def test_no_exact_line_leads_on_above_saturation(tmp_path, monkeypatch, seen):
    """Half of a section of a pelite had the fields of a rock with water that no fluid could hold."""
    rock = gb.bulk(wt={"SiO2": 60.0, "Al2O3": 17.0, "FeO": 6.0, "MgO": 3.0, "CaO": 1.0, "K2O": 4.0})
    plan = gb.Section.pressure_temperature(
        rock, pressure_kbar=(4.0, 6.0, 5), temperature_C=(560.0, 680.0, 5), database="W14",
        open={"H2O": -362.0},
    )  # fmt: skip
    if not seen:
        monkeypatch.setattr(trace, "check_points", lambda _: None)
    with gb.compute(plan, tmp_path / "wet.h5", progress=False, workers=1) as section:
        assert set(np.unique(section["status"])) == {0, 8}
        with pytest.raises(InputError, match=r"no answer, .*; exact lines would not end there"):
            gb.trace(section)
        assert fields_to_draw(section, None).fields


def test_other_components_may_be_open_beside_water():
    rock = gb.bulk("serpentinite-oxidised")
    first = gb.equilibrium(rock, **at(5.0, 450.0), open={"H2O": 0.95})
    given = {"H2O": 0.95, "SiO2": first.chemical_potentials["SiO2"]}
    found = gb.equilibrium(rock, **at(5.0, 450.0), open=given)
    assert found.assemblage == first.assemblage
    assert found.chemical_potentials == pytest.approx(first.chemical_potentials, abs=1e-6)
    with pytest.raises(
        InputError, match=r"FeO and H2O cannot be open in EF21 unless O is: .* Open O"
    ):
        gb.equilibrium(rock, **at(5.0, 450.0), open={"H2O": 0.95, "FeO": -350.0})


def test_water_opened_first_and_oxygen_after_are_both_open():
    rock, given = gb.bulk("serpentinite-oxidised"), {"H2O": 0.8, "O": "QFM"}
    at_once = gb.equilibrium(rock, **at(10.0, 500.0), open=given)
    water = gb.opened(gb.database("EF21"), {"H2O": 0.8})
    after = gb.equilibrium(
        rock, pressure_kbar=10.0, temperature_C=500.0, database=water, open={"O": "QFM"}
    )
    assert after.assemblage == at_once.assemblage
    assert after.chemical_potentials == pytest.approx(at_once.chemical_potentials, abs=1e-9)
    assert after.taken_up == pytest.approx(at_once.taken_up, abs=1e-9)
    assert after.database.reservoirs == at_once.database.reservoirs


@pytest.mark.parametrize(("name", "left"), [("O2", ()), ("fl", ()), ("ol", ("O2",))])
def test_what_is_excluded_by_name_is_so_before_opening_and_after(name, left):
    """Oxygen gas that somebody excludes is not missed where it would be stable."""
    given = {"H2O": 0.9}
    before = gb.opened(gb.database("EF21", exclude=name), given)
    after = gb.opened(gb.database("EF21"), given).restrict(exclude=name)
    assert after is before
    assert tuple(after.phase_names[i] for i in after.reservoirs) == left
    assert after.restrict(only=("br", "atg")).opened == before.opened


def test_without_oxygen_gas_by_name_there_is_an_answer():
    rock = gb.bulk(mol=HARZBURGITE | {"O": 0.5 * HARZBURGITE["FeO"]})
    data = gb.opened(gb.database("EF21"), {"H2O": 0.9})
    where = {"pressure_kbar": 8.0, "temperature_C": 480.0}
    assert gb.equilibrium(rock, **where, database=data).status == "left_out"
    assert gb.equilibrium(rock, **where, database=data.restrict(exclude="O2")).certified


def test_properties_take_in_nothing_of_where_water_comes_from():
    found = gb.equilibrium(gb.bulk(mol=HARZBURGITE), **at(8.0, 480.0), open={"H2O": 0.9999})
    again, _ = closed_with(found)
    for quantity in ("density", "Vp", "condensed.density", "fluid.H2O", "fl", "ol"):
        assert found.quantity(quantity) == pytest.approx(again.quantity(quantity), rel=1e-7)
    for of in ("rock", "condensed", "solid", "fluid", "ol"):
        for kind in ("frozen", "ordered"):
            ours, theirs = (each.properties(of, kind) for each in (found, again))
            for about in QUANTITIES.values():
                value = getattr(theirs, about.attribute)
                assert getattr(ours, about.attribute) == pytest.approx(value, rel=1e-7, nan_ok=True)
    assert found.properties().gibbs_energy_J_kg == pytest.approx(found.quantity("G"), rel=1e-12)
    assert found.properties().enthalpy_J_kg == pytest.approx(found.quantity("H"), rel=1e-12)
    whole = 1.0 + found.taken_up["H2O"]  # closed, a mole of oxides is one with the water
    assert found.volume == pytest.approx(whole * again.volume, rel=1e-9)
    assert found.entropy == pytest.approx(whole * again.entropy, rel=1e-9)


def test_volume_and_entropy_are_slopes_of_the_energy_less_that_of_the_water():
    """G - mu n at a given potential, whatever the rock takes up or gives off meanwhile."""
    rock, given = gb.bulk(mol=HARZBURGITE | {"O": 0.005}), {"H2O": -339.6}

    def energy(pressure, temperature):
        found = gb.equilibrium(rock, **at(pressure, temperature), open=given)
        potentials = found.chemical_potentials
        return sum(moles * potentials[c] for c, moles in found.bulk.mol.items() if moles > 0.0)

    here = gb.equilibrium(rock, **at(4.0, 420.0), open=given)
    assert "fl" in here.assemblage
    by_pressure = (energy(4.0 + 1e-4, 420.0) - energy(4.0 - 1e-4, 420.0)) / 2e-4
    by_temperature = (energy(4.0, 420.0 + 2e-3) - energy(4.0, 420.0 - 2e-3)) / 4e-3
    assert by_pressure == pytest.approx(here.volume, rel=1e-5)
    assert by_temperature == pytest.approx(-here.entropy, rel=1e-5)


@pytest.mark.parametrize("activity", [0.5, 0.97, 0.9999])
def test_open_rocks_with_hydrogen_are_proved_and_judged_again(activity):
    found = gb.equilibrium(gb.bulk(mol=HARZBURGITE), **at(5.0, 420.0), open={"H2O": activity})
    judged = found.recheck()
    assert judged.mass_residual < 1e-12
    assert judged.optimality_residual < 1e-6
    assert judged.lowest_driving_force > -1e-9
    for rigorous in (False, True):
        proof = gb.prove(found, rigorous=rigorous)
        assert proof.proved
        assert proof.gap < 1e-3


def test_a_claim_without_the_fluid_is_refuted():
    given, rock = {"H2O": 0.9999}, gb.bulk(mol=HARZBURGITE)
    where = {"pressure_kbar": 5.0, "temperature_C": 420.0}
    fewer = gb.opened(gb.database("EF21", exclude="fl"), given)
    wrong = gb.equilibrium(rock, **where, database=fewer)
    whole = gb.equilibrium(rock, **where, database="EF21", open=given)
    assert "fl" in whole.assemblage
    ours = whole.chemical_potentials
    assert gb.prove(ours, bulk=rock, **where, database=whole.database).proved
    theirs = wrong.chemical_potentials | {"O": ours["O"] - 30.0}
    proof = gb.prove(theirs, bulk=rock, **where, database=whole.database)
    assert proof.status == "refuted"
    assert "fl" in [phase.name for phase in proof.phases if phase.status == "refuted"]


@pytest.mark.slow
@pytest.mark.compiled
def test_a_section_along_the_activity_of_water(tmp_path):
    """Stored, read, proved, and with exact lines."""
    rock = gb.bulk("serpentinite-oxidised")
    plan = gb.Section.potential(
        rock, "H2O", (0.5, 0.999, 7), pressure_kbar=2.0, temperature_C=(280.0, 420.0, 7),
        database="EF21",
    )  # fmt: skip
    path = tmp_path / "water.h5"
    with gb.compute(plan, path, progress=False, workers=1) as section:
        assert (section["status"] == 0).all()
    diagram = gb.trace(path)
    assert not diagram.doubts()
    assert sum(field.area_fraction for field in diagram.fields) == pytest.approx(1.0, abs=1e-6)
    assert "fl" in {line.phase for line in diagram.lines}
    with gb.open(path) as section:
        assert section.gb.has_lines()
        assert "refuted" not in section.gb.proof().values
        for i, j in ((0, 0), (2, 6), (6, 3), (6, 6)):
            mine = section.isel(temperature_C=i, activity=j)
            activity = float(section["activity"][j])
            answer = gb.equilibrium(
                rock, **at(2.0, float(section["temperature_C"][i])), open={"H2O": activity}
            )
            assert mine.gb.assemblage().item() == "+".join(sorted(answer.assemblage))
            assert float(mine["gibbs_energy"]) == pytest.approx(answer.gibbs_energy, abs=2e-8)


def test_a_rock_that_loses_hydrogen_is_oxidised():
    """Along a path on which the fluid leaves as it forms."""
    data = gb.opened(gb.database("EF21"), {"H2O": 0.98})
    path = gb.path(
        gb.bulk(mol=HARZBURGITE),
        pressure_kbar=[2.0, 5.0],
        temperature_C=[280.0, 420.0],
        kind="fractional",
        direction="metamorphism",
        step_C=20.0,
        database=data,
    )
    assert (path["status"] == 0).all()
    held = path["bulk_mol"].values / path["bulk_mol"].sel(component="MgO").values[:, None]
    oxygen = held[:, path["component"].values.tolist().index("O")]
    assert oxygen[0] == 0.0
    assert (np.diff(oxygen) >= -1e-12).all()
    assert oxygen[-1] > 1e-3
    assert float(path["balance_residual"].max()) < 1e-9

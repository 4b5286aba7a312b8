"""Open components: buffers and activities against other programs, and an open system against a closed."""

import csv
import json
from math import log
from pathlib import Path

import numpy as np
import pytest

import gibbsite as gb
from gibbsite._inputs.buffer_text import read_fugacity, split_offset
from gibbsite._inputs.open import buffer_log10_fO2, check_stable, read_open
from gibbsite.errors import InputError

REFERENCE = Path(__file__).parents[1] / "data" / "reference"
SET_ON = {"ds62": "W14", "ds633": "EF21", "ds634": "T21", "ds636": "G25"}
GAS_CONSTANT = 0.0083144
PELITE = {"SiO2": 59.8, "TiO2": 0.9, "Al2O3": 17.2, "FeO": 6.0, "MnO": 0.1, "MgO": 3.2, "CaO": 1.3}
PELITE |= {"Na2O": 1.9, "K2O": 3.7}
HERE = {"pressure_kbar": 6.0, "temperature_C": 640.0, "database": "W14"}


def buffers():
    with (REFERENCE / "oxygen_buffers.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["QFM", "NNO", "IW", "HM", "MW", "CCO", "QIF"])
def test_buffers_have_the_fugacities_of_another_program(name):
    for row in buffers():
        data = gb.database(SET_ON[row["dataset"]])
        found = buffer_log10_fO2(name, data, float(row["P_kbar"]), float(row["T_K"]))
        assert float(found) == pytest.approx(float(row[name]), abs=1e-6)


def test_an_offset_is_in_log_units_and_names_may_be_others():
    data = gb.database("W14")
    whole = buffer_log10_fO2("QFM", data, 5.0, 1000.0)
    assert buffer_log10_fO2("fmq+1.5", data, 5.0, 1000.0) - whole == pytest.approx(1.5, abs=5e-5)
    assert split_offset("NNO - 2")[1] == -2.0
    assert split_offset("MH")[0].name == "HM"


@pytest.mark.parametrize(
    ("text", "name", "offset"),
    [
        ("QFM\u22121", "QFM", -1.0),  # a minus sign
        ("QFM\u20131.5", "QFM", -1.5),  # an en dash
        ("\u0394QFM+1", "QFM", 1.0),
        ("\u2206FMQ = \u22120.5", "QFM", -0.5),
        ("dQFM-1", "QFM", -1.0),
        ("delta NNO + .5", "NNO", 0.5),
        ("FMQ+1 log units", "QFM", 1.0),
        ("-2 IW", "IW", -2.0),
        ("qfm - 0.5", "QFM", -0.5),
        ("mh", "HM", 0.0),
    ],
)
def test_buffers_are_read_as_people_write_them(text, name, offset):
    found, number = split_offset(text)
    assert (found.name, number) == (name, offset)
    (read,) = read_open({"O": text}, gb.database("W14"))
    (same,) = read_open({"O": f"{name}{offset:+}"}, gb.database("W14"))
    assert read.potential == same.potential


@pytest.mark.parametrize("text", ["log10 fO2 = -12", "logfO\u2082 \u221212", "log10(fO2) = -1.2e1"])
def test_a_fugacity_is_read_as_people_write_it(text):
    assert read_fugacity(text) == -12.0


def test_fugacities_that_rocks_have_are_not_refused():
    """Of the Moon's and of enstatite chondrites' rocks, and of oxidised ones, hot and cold."""
    data = gb.database("W24")
    for temperature in (200.0, 700.0, 1300.0, 2200.0):
        for text in ("QFM-8", "QFM", "NNO+3", "log10 fO2 = 3"):
            gb.opened(data, {"O": text}, 1.0, temperature)


def test_without_conditions_only_what_fits_none_is_refused():
    data = gb.database("W24")
    gb.opened(data, {"O": "QFM-40"})
    with pytest.raises(InputError, match="pure oxygen"):
        gb.opened(data, {"O": "QFM+500"})


POINTS = json.loads((REFERENCE / "equilibria_buffered.json").read_text())["points"]


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(p, id=f"{p['model']}-{p['id']}", marks=pytest.mark.slow if i % 2 else ())
        for i, p in enumerate(POINTS)
    ],
)
def test_buffered_rocks_of_another_program(point):
    """There the buffer is a phase that gives off or takes up oxygen, here oxygen is open."""
    data = gb.database(
        point["model"], choose=("aug",) if point.get("clinopyroxene") == "aug" else ()
    )
    bulk = point["bulk_mol"]
    found = gb.equilibrium(
        gb.bulk(mol={oxide: n for oxide, n in bulk.items() if oxide != "O"}),
        pressure_kbar=point["pressure_kbar"],
        temperature_C=point["temperature_C"],
        database=data,
        open={"O": f"{point['buffer']}{point['buffer_offset']:+}"},
    )
    assert found.certified
    assert found.log10_fO2 == pytest.approx(point["log10_fO2"], abs=1e-6)
    assert found.delta(point["buffer"]) == pytest.approx(point["buffer_offset"], abs=1e-9)
    energy = sum(n * found.chemical_potentials[oxide] for oxide, n in bulk.items() if n > 0.0)
    assert energy == pytest.approx(point["gibbs_energy"], abs=1e-6)
    phases = {phase["name"]: phase["amount_mol"] for phase in point["phases"]}
    given_off = 2.0 * phases.pop(point["buffer"])
    others = sum(n for oxide, n in bulk.items() if oxide != "O")
    assert found.taken_up["O"] * others == pytest.approx(bulk["O"] - given_off, abs=1e-6)
    assert sorted(found.assemblage) == sorted(phase["name"] for phase in point["phases"][1:]) or (
        set(found.assemblage) == set(phases)
    )


def test_an_open_system_is_the_closed_one_with_what_it_took_up():
    rock = gb.bulk(wt=PELITE)
    opened = gb.equilibrium(rock, **HERE, open={"O": "QFM+1", "H2O": 0.7})
    assert opened.delta("QFM") == pytest.approx(1.0, abs=1e-9)
    assert opened.activity("H2O") == pytest.approx(0.7, rel=1e-9)
    closed = gb.equilibrium(gb.bulk(mol={**rock.mol, **opened.taken_up}), **HERE)
    assert closed.assemblage == opened.assemblage
    for oxide, potential in opened.chemical_potentials.items():
        assert closed.chemical_potentials[oxide] == pytest.approx(potential, abs=1e-6)
    assert closed.log10_fO2 == pytest.approx(opened.log10_fO2, abs=1e-6)
    scale = 1.0 + sum(opened.taken_up.values())
    assert scale * closed.gibbs_energy == pytest.approx(opened.gibbs_energy, abs=1e-7)
    assert scale * closed.volume == pytest.approx(opened.volume, rel=1e-7)  # none of a buffer's
    assert scale * closed.entropy == pytest.approx(opened.entropy, rel=1e-7)


def test_water_in_excess_has_activity_one():
    rock = gb.bulk(wt=PELITE, ferric=0.1)
    excess = gb.equilibrium(gb.bulk(wt=PELITE, ferric=0.1, water="excess"), **HERE)
    assert "H2O" in excess.assemblage
    assert excess.activity("H2O") == pytest.approx(1.0, abs=1e-10)
    unit = gb.equilibrium(rock, **HERE, open={"H2O": 1.0})
    assert [p for p in excess.assemblage if p != "H2O"] == list(unit.assemblage)
    water = excess.phases[excess.assemblage.index("H2O")].amount_mol
    assert unit.taken_up["H2O"] == pytest.approx(1.0 - 2.0 * water, abs=1e-9)


def test_activities_are_one_where_the_phase_is_stable_and_less_elsewhere():
    found = gb.equilibrium(gb.bulk(wt=PELITE, ferric=0.1, water="excess"), **HERE)
    for component, phase in (("SiO2", "q"), ("TiO2", "ru"), ("Al2O3", "cor")):
        activity = found.activity(component)
        if phase in found.assemblage:
            assert activity == pytest.approx(1.0, abs=1e-9)
        else:
            assert 0.0 < activity < 1.0
    assert "q" in found.assemblage
    with pytest.raises(InputError, match="no activity of 'K2O'"):
        found.activity("K2O")


def test_a_potential_in_kilojoules_and_a_fugacity():
    rock = gb.bulk(wt=PELITE, ferric=0.1, water="excess")
    free = gb.equilibrium(rock, **HERE)
    again = gb.equilibrium(
        rock,
        **HERE,
        open={"K2O": free.chemical_potentials["K2O"], "O": f"log10 fO2 = {free.log10_fO2}"},
    )
    assert again.assemblage == free.assemblage
    assert again.log10_fO2 == pytest.approx(free.log10_fO2, abs=1e-9)
    held = 1.0 - rock.mol["K2O"] - rock.mol["O"]
    assert again.taken_up["K2O"] * held == pytest.approx(rock.mol["K2O"], abs=1e-6)


def test_without_ferric_iron_there_is_no_fugacity():
    dry = gb.equilibrium(gb.bulk("n-morb"), pressure_kbar=1.0, temperature_C=1150.0, database="W24")
    assert np.isnan(dry.log10_fO2)
    assert np.isnan(dry.delta("QFM"))
    assert np.isnan(dry.quantity("delta.QFM"))
    assert "there is no O in the rock" in dry.why_nan("delta.QFM")
    assert dry.why_nan("rock.S") == ""
    assert dry.taken_up == {}


def test_a_list_of_points_is_open_too():
    rock = gb.bulk(wt=PELITE, water="excess")
    found = gb.equilibria(
        rock, pressure_kbar=[5.0, 6.0], temperature_C=640.0, database="W14", open={"O": "NNO"}
    )
    single = gb.equilibrium(rock, **HERE, open={"O": "NNO"})
    potentials = found["chemical_potential"].sel(component="SiO2").values
    assert potentials[1] == pytest.approx(single.chemical_potentials["SiO2"], abs=1e-8)
    assert (found["bulk_mol"].sel(component="O") > 0.0).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"O": "QMF"}, "'QMF' is no buffer with an offset, such as QFM-0.5: did you mean"),
        ({"O": "QFM-x"}, "'QFM-x' is no buffer with an offset"),
        ({"H2O": 1.2}, "H2O = 1.2: an activity is at most 1"),
        ({"H2O": None}, "H2O = None is not a number"),
        ({"H2O": [0.5, 0.6]}, "is not a number"),
        ({"O": True}, "O = True is not a number"),
        ({"H2O": 0.0}, "an activity is above 0 and at most 1"),
        ({"H2O": "QFM"}, "buffers are of oxygen"),
        (
            {"H2O": "abc"},
            "is no number: say its activity, above 0 and at most 1 (that of water), or its potential",
        ),
        ({"K2O": "abc"}, "K2O = 'abc' is no number: say its potential in kJ/mol, below 0;"),
        ({"H2O": -0.5}, "is neither an activity, which is above 0 and at most 1, nor a potential"),
        ({"H2O": float("nan")}, "H2O = nan: an activity is above 0 and at most 1"),
        ({"H2O": float("inf")}, "H2O = inf: an activity is above 0 and at most 1"),
        ({"SiO2": -1e9}, "SiO2 = -1e+09 kJ/mol: no phase holds any below"),
        ({"K2O": -1e9}, "K2O = -1e+09 kJ/mol: no phase holds any below"),
        (
            {"O": -1e9},
            "O = -1e+09 kJ/mol is log10 fO2 = -1.144e+08 at 6 kbar and 640 °C, where rocks",
        ),
        (
            {"O": "QFM+500"},
            "O = QFM+500 is log10 fO2 = 481.9 at 6 kbar and 640 °C, where rocks have",
        ),
        (
            {"O": "QFM-500"},
            "between -79.2, which leaves no oxide unreduced, and 15.7, pure oxygen at 60",
        ),
        ({"O": "log10 fO2 = 99"}, "log10 fO2 = 99 is log10 fO2 = 99 at 6 kbar"),
        (
            {"O": "QFM 1"},
            "'QFM 1' is no buffer with an offset, such as QFM-0.5: did you mean 'QFM+1'?",
        ),
        ({"O": "QFM-1,5"}, "did you mean 'QFM-1.5'?"),
        ({"K2O": 0.5}, "nothing is known that an activity of it would be referred to"),
        ({"Cr2O3": 0.5}, "W14 has no component 'Cr2O3'"),
        ("QFM", 'say {"O": "QFM-0.5"}'),
    ],
)
def test_what_cannot_be_meant_is_refused(given, words):
    with pytest.raises(InputError) as caught:
        gb.equilibrium(gb.bulk(wt=PELITE), **HERE, open=given)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_buffer_below_its_stability_is_refused():
    """Wüstite breaks down to iron and magnetite below 570 °C or so: IW and MW change places there."""
    data = gb.database("W14")
    for name in ("IW", "MW+1"):
        given = read_open({"O": name}, data)
        check_stable(given, data, 1.0, [600.0, 700.0])
        with pytest.raises(InputError, match=r"not stable at 1 kbar and 500 °C: it lies .* there"):
            check_stable(given, data, 1.0, [600.0, 500.0])
    with pytest.raises(InputError, match=r"the buffer IW \(iron-wüstite\) is not stable"):
        gb.equilibrium(
            gb.bulk(wt=PELITE),
            pressure_kbar=1.0,
            temperature_C=500.0,
            database="W14",
            open={"O": "IW"},
        )


def test_an_activity_is_a_slope_of_the_potential():
    given = read_open({"H2O": 0.5, "SiO2": -900.0}, gb.database("G16"))
    assert given[0].potential.energy[1] == pytest.approx(GAS_CONSTANT * log(0.5))
    assert given[1].potential.energy == (-900.0, 0.0, 0.0)
    assert given[0].words == "activity 0.5 (water)"


def test_water_in_excess_that_the_melt_takes_up_is_told():
    rock = gb.bulk(wt=PELITE, ferric=0.1, water="excess")
    deep = {"pressure_kbar": 15.0, "temperature_C": 1200.0}
    with_fluid = gb.equilibrium(rock, **deep, database="W14")
    assert "H2O" in with_fluid.assemblage
    assert "no fluid is stable" not in with_fluid.message
    assert "water in excess: free fluid counts in modes" in with_fluid.message
    without = gb.equilibrium(rock, **deep, database=gb.database("W14", exclude=["H2O"]))
    assert without.message.endswith("no fluid is stable: the melt holds all of it")


# Above the wet solidus of a pelite and of a metabasite: melt holds water and silica too.
MOLTEN = [
    ("W14", PELITE | {"H2O": 4.0}, 6.0, 760.0),
    ("W14", PELITE | {"H2O": 1.5}, 4.0, 860.0),
    ("G16", {"SiO2": 50.0, "TiO2": 1.2, "Al2O3": 15.0, "FeO": 10.0, "MgO": 7.5, "CaO": 11.0,
             "Na2O": 2.7, "K2O": 0.3, "H2O": 2.0}, 10.0, 900.0),
    ("G25", {"SiO2": 50.0, "TiO2": 1.2, "Al2O3": 15.0, "FeO": 10.0, "MgO": 7.5, "CaO": 11.0,
             "Na2O": 2.7, "K2O": 0.3, "H2O": 2.0}, 8.0, 1000.0),
]  # fmt: skip


@pytest.mark.parametrize(("database", "rock", "p", "t"), MOLTEN)
@pytest.mark.parametrize("component", ["H2O", pytest.param("SiO2", marks=pytest.mark.slow), "TiO2"])
def test_a_rock_open_at_its_own_potential_is_the_same_rock(database, rock, p, t, component):
    """Melt, which could be of the open component alone, takes part as it does in a closed rock."""
    bulk = gb.bulk(wt=rock, ferric=0.1)
    here = {"pressure_kbar": p, "temperature_C": t, "database": database}
    closed = gb.equilibrium(bulk, **here)
    assert "liq" in closed.assemblage
    opened = gb.equilibrium(bulk, **here, open={component: closed.chemical_potentials[component]})
    data = opened.database
    alone = {data.phase_names[i] for i in data.reservoirs}
    assert set(opened.assemblage) == set(closed.assemblage) - alone
    for name, potential in closed.chemical_potentials.items():
        assert opened.chemical_potentials[name] == pytest.approx(potential, abs=1e-5)


@pytest.mark.parametrize(
    ("given", "phase"),
    [
        ({"SiO2": -950.0}, "q"),
        ({"H2O": -360.0}, "H2O"),
        ({"H2O": -1.0}, "H2O"),
        ({"Al2O3": -1500.0}, "cor"),
        ({"TiO2": -990.0}, "ru"),
        ({"O": "QFM+20"}, "O2"),
        ({"O": "log10 fO2 = 5"}, "O2"),
        ({"O": "QFM", "SiO2": -950.0}, "q"),
    ],
)
def test_a_potential_above_saturation_has_no_answer(given, phase):
    """Of quartz beside silica above quartz the rock would take up ever more, to no lowest energy."""
    rock = gb.bulk(wt=PELITE)
    with pytest.raises(InputError, match=f"more than {phase} has there"):
        gb.equilibrium(rock, **HERE, open=given)
    warming = HERE | {"temperature_C": np.linspace(630.0, 650.0, 12)}
    run = gb.equilibria(rock, **warming, open=given)
    names = np.array(run["status"].attrs["flag_meanings"].split())
    assert set(names[run["status"].values]) == {"unbounded"}
    assert np.isnan(run["gibbs_energy"].values).all()


def test_without_silica_each_other_oxide_can_be_taken_up_alone():
    """Of a dry peridotite open to silica: no bulk holds too much of anything."""
    rock, here = gb.bulk("klb-1"), {"pressure_kbar": 10.0, "temperature_C": 900.0}
    closed = gb.equilibrium(rock, **here, database="W24")
    potential = closed.chemical_potentials["SiO2"]
    opened = gb.equilibrium(rock, **here, database="W24", open={"SiO2": potential})
    assert opened.taken_up["SiO2"] == pytest.approx(
        rock.mol["SiO2"] / (1.0 - rock.mol["SiO2"]), rel=1e-6
    )
    assert set(opened.assemblage) == set(closed.assemblage)


@pytest.mark.slow
def test_the_limit_that_is_told_is_saturation():
    """At it the answer is that of the rock with quartz; a little above there is none."""
    rock = gb.bulk(wt=PELITE, water="excess")
    potential = gb.equilibrium(rock, **HERE).chemical_potentials["SiO2"]
    for above in (-1e-3, 0.0):
        found = gb.equilibrium(rock, **HERE, open={"SiO2": potential + above})
        assert found.certified
        judged = found.recheck()
        assert judged.lowest_driving_force > -1e-6
        assert judged.mass_residual < 1e-10
    with pytest.raises(InputError, match="SiO2 is given"):
        gb.equilibrium(rock, **HERE, open={"SiO2": potential + 1e-3})


def test_a_list_crosses_saturation_as_single_points_do():
    """Quartz takes more of a given potential as it warms: below a temperature silica is above it."""
    rock, given = gb.bulk(wt=PELITE, water="excess"), {"SiO2": -958.5}
    temperatures = np.linspace(600.0, 700.0, 41)
    run = gb.equilibria(rock, **HERE | {"temperature_C": temperatures}, open=given)
    data = gb.opened(gb.database("W14"), given)
    certified = run["status"].values == 0
    assert 0 < certified.sum() < 41
    for i in range(0, 41, 5):
        try:
            gb.equilibrium(
                rock, pressure_kbar=6.0, temperature_C=float(temperatures[i]), database=data
            )
        except InputError:
            assert not certified[i]
        else:
            assert certified[i]


@pytest.mark.slow
@pytest.mark.compiled
def test_a_section_open_to_a_component_is_proved_too(tmp_path):
    plan = gb.Section.pressure_temperature(
        gb.bulk("n-morb", ignore="outside"),
        pressure_kbar=(1.0, 1.05, 8),
        temperature_C=(1160.0, 1162.0, 8),
        database="G25",
        open={"O": "QFM"},
    )
    with gb.compute(plan, tmp_path / "open.h5", progress=False, workers=1) as dataset:
        assert (dataset["status"] == 0).all()
        assert (dataset.gb.proof().values == "proved").mean() > 0.5


def test_a_fluid_that_an_open_component_comes_from_is_named():
    """At an activity of water of one a fluid that holds silica would be lower, and takes no part."""
    where = {"pressure_kbar": 11.0, "temperature_C": 1120.0, "database": "G25"}
    rock = gb.bulk("n-morb", ignore="outside")
    found = gb.equilibrium(rock, **where, open={"H2O": 1.0})
    assert "; fl taking no part, for H2O comes from outside" in found.message
    held = {c: moles for c, moles in rock.mol.items() if c != "H2O"}
    closed = gb.equilibrium(gb.bulk(mol=held | {"H2O": found.taken_up["H2O"]}), **where)
    assert "fl" in closed.assemblage
    assert closed.activity("H2O") < 1.0
    for database, open_component in (("W14", {"H2O": 1.0}), ("G25", {"O": "QFM"})):
        kept = gb.equilibrium(rock, **where | {"database": database}, open=open_component)
        assert "taking no part" not in kept.message


def test_water_and_oxygen_are_open_together_beside_hydrogen():
    """H2 is water less oxygen."""
    serpentinite = gb.bulk("serpentinite-oxidised")
    conditions = {"pressure_kbar": 10.0, "temperature_C": 500.0, "database": "EF21"}
    assert gb.equilibrium(serpentinite, **conditions, open={"O": "QFM"}).certified
    given = {"O": "QFM", "H2O": 0.8}
    found = gb.equilibrium(serpentinite, **conditions, open=given)
    assert found.assemblage == ("ol", "atg", "chl", "spi")
    assert found.activity("H2O") == pytest.approx(0.8, abs=1e-9)
    assert found.delta("QFM") == pytest.approx(0.0, abs=1e-9)
    assert found.recheck().mass_residual < 1e-12
    closed = {c: moles for c, moles in serpentinite.mol.items() if c not in given}
    one = sum(closed.values())
    whole = {c: moles / one for c, moles in closed.items()} | found.taken_up
    again = gb.equilibrium(gb.bulk(mol=whole), **conditions)
    assert again.assemblage == found.assemblage
    assert again.chemical_potentials == pytest.approx(found.chemical_potentials, abs=1e-8)


def test_a_fluid_of_hydrogen_bounds_what_water_and_oxygen_may_be_given():
    """At so little oxygen even a tenth of the activity of water goes with more hydrogen than a fluid has."""
    where = {"pressure_kbar": 10.0, "temperature_C": 500.0, "database": "EF21"}
    rock = gb.bulk("serpentinite-oxidised")
    with pytest.raises(InputError, match=r"H2O is given .* more than fl has there"):
        gb.equilibrium(rock, **where, open={"O": -330.0, "H2O": 0.1})
    assert gb.equilibrium(rock, **where, open={"O": -330.0, "H2O": 1e-3}).certified


def test_what_is_open_stays_open_when_more_is_opened():
    """It was closed again, without the phases that it had come from."""
    where = {"pressure_kbar": 10.0, "temperature_C": 500.0}
    rock, given = gb.bulk("serpentinite-oxidised"), {"O": "QFM", "H2O": 0.8}
    at_once = gb.equilibrium(rock, **where, database="EF21", open=given)
    oxygen = gb.opened(gb.database("EF21"), {"O": "QFM"})
    after = gb.equilibrium(rock, **where, database=oxygen, open={"H2O": 0.8})
    other = gb.opened(gb.opened(oxygen, {"H2O": 0.5}), {"H2O": 0.8})
    for found in (after, gb.equilibrium(rock, **where, database=other)):
        assert found.assemblage == at_once.assemblage
        assert found.taken_up == pytest.approx(at_once.taken_up, abs=1e-9)
    assert other.reservoirs == at_once.database.reservoirs


@pytest.mark.parametrize("kind", ["equilibrium", "fractional"])
@pytest.mark.parametrize("water", [None, 3.0])
def test_the_path_of_an_open_rock_loses_nothing_of_what_is_closed(kind, water):
    """All parts shrank by what the rock takes up, which is no part of it before."""
    rock, data = gb.bulk(wt=PELITE, water=water), gb.opened(gb.database("W14"), {"H2O": 0.7})
    path = gb.path(
        rock,
        pressure_kbar=[4.0, 6.0],
        temperature_C=[550.0, 700.0],
        kind=kind,
        direction="metamorphism",
        step_C=50.0,
        database=data,
    )
    assert float(path["balance_residual"].max()) < 1e-10
    first = gb.equilibrium(rock, pressure_kbar=4.0, temperature_C=550.0, database=data)
    assert float(path["solid_mole"][0].sum()) == pytest.approx(
        1.0 + first.taken_up["H2O"], abs=1e-9
    )
    for name in ("gibbs_energy", "entropy", "volume"):
        assert float(path[name][0]) == pytest.approx(getattr(first, name), rel=1e-9)
    for row in path["bulk_mol"].values[:, ~data.is_open]:  # per mole of all others in each step
        assert row.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("given", [{"H2O": 0.7}, {"O": "QFM"}, {"SiO2": -970.0}])
def test_a_list_does_not_count_what_its_rocks_hold_of_open_components(given):
    """All numbers are per mole of the other oxides, of a list and of a rock alone."""
    rock = gb.bulk(wt=PELITE | {"H2O": 12.0}, ferric=0.1)
    single = gb.equilibrium(rock, **HERE, open=given).to_dataset()
    conditions = HERE | {"temperature_C": [640.0, 650.0]}
    listed = gb.equilibria(rock, **conditions, open=given).isel(point=slice(0, 1))
    (opened,) = given
    for name in ("gibbs_energy", "entropy", "volume", "amount_mol", "bulk_mol"):
        np.testing.assert_allclose(listed[name], single[name], rtol=1e-9, atol=1e-12, err_msg=name)
    others = listed["bulk_mol"].values[0, listed["component"].values != opened]
    assert others.sum() == pytest.approx(1.0, abs=1e-14)


def test_a_single_open_rock_tells_the_quantities_of_a_list():
    rock, given = gb.bulk(wt=PELITE, ferric=0.1), {"H2O": 0.7}
    single = gb.equilibrium(rock, **HERE, open=given)
    listed = gb.equilibria(rock, **HERE | {"temperature_C": [640.0]}, open=given)
    assert single.quantity("rock.H2O") > 1.0
    for quantity in ("rock.H2O", "condensed.H2O", "rock.SiO2", "rock.density", "rock.Mg#"):
        (expected,) = listed.gb.quantity(quantity).values
        assert single.quantity(quantity) == pytest.approx(expected, rel=1e-9)

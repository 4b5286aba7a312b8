"""Which database suits which rock: the list, the ranges, and what is said of a rock outside."""

import numpy as np
import pytest

import gibbsite as gb
from gibbsite._inputs.guides import outside_ranges, say_outside
from gibbsite._section.section import Section
from gibbsite._section.toml import shipped_sections
from gibbsite_datasets import load_bulks, model_names
from gibbsite_engine.endmember import endmember_energy

ROCK = gb.bulk("klb-1")


def test_there_is_a_line_on_every_database():
    table = gb.databases()
    assert set(table.index) == set(model_names())
    assert table["suits"].str.len().between(10, 100).all()
    assert table.loc["T21", "range"].startswith("pressure 0.01 to 60 kbar (published)")


def test_rocks_and_phases_can_be_looked_up():
    assert set(gb.rock_names().index) == set(load_bulks())
    assert gb.phases().loc["ol", "name"] == "olivine"
    assert gb.phases().loc["cpx", "ranges"] == "aug pig"
    assert "mel" not in gb.phases("T21").index
    assert gb.phases("W24").loc["mel", "endmembers"] == "geh ak fak nml fge"
    assert "liq" not in gb.phases(gb.database("W24", exclude=["liq"])).index


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ((3.0, 1200.0), ""),
        ((0.01, 600.0), ""),
        ((60.0, 2000.0), ""),
        ((0.005, 1200.0), "pressure 0.005 kbar (at least 0.01 and at most 60, published)"),
        ((3.0, 550.0), "temperature 550 °C (at least 600, published)"),
        ((3.0, np.array([550.0, 1190.0])), "temperature 550 to 1190 °C (at least 600, published)"),
        ((3.0, np.array([550.0, 999.7])), "temperature 550 to 1000 °C (at least 600, published)"),
    ],
)
def test_ranges_hold_their_ends(where, said):
    found = say_outside("T21", outside_ranges("T21", ROCK.mol, *where))
    assert said in found
    assert bool(said) == bool(found)


@pytest.mark.parametrize(
    ("name", "others"), [("n-morb", {"G25", "W24"}), ("klb-1", {"G25", "W24", "T21"})]
)
def test_a_set_is_offered_only_where_all_of_its_ranges_hold(name, others):
    """A common basalt is too poor in magnesium for T21, and too poor in titanium for T21-Su26."""
    rock, where = gb.bulk(name, ignore="outside"), (1.0, 1200.0)
    outside = {
        each: outside_ranges(each, rock.mol, *where) for each in ("T21", "T21-Su26", *others)
    }
    assert {each for each, found in outside.items() if not found} == others
    assert all(set(each.inside) == others for found in outside.values() for each in found)


@pytest.mark.parametrize(("database", "name"), [("W14", "world-median-pelite"), ("G16", "n-morb")])
def test_melt_that_comes_back_in_the_cold_is_outside_the_range(database, name):
    """No rock melts at 250 °C: there a melt is extrapolated, and inside the range there is none so cold."""
    rock = gb.bulk(name, water="excess", ignore="outside")
    cold, cool = (
        gb.equilibrium(rock, pressure_kbar=12.0, temperature_C=t, database=database)
        for t in (250.0, 400.0)
    )
    assert "liq" in cold.assemblage
    assert "temperature 250 °C (at least 350, observed)" in cold.outside_range
    assert "liq" not in cool.assemblage
    assert cool.outside_range == ""


def test_a_list_is_told_its_extremes_and_failed_points_do_not_count():
    moles = {oxide: np.array([amount] * 3) for oxide, amount in ROCK.mol.items()}
    found = outside_ranges("T21", moles, np.array([1.0, 2.0, np.nan]), np.array([550, 580, 1e3]))
    assert [(each.range.quantity, each.lowest, each.highest) for each in found] == [
        ("temperature", 550.0, 1000.0)
    ]


def test_shipped_sections_are_in_the_range_of_their_database():
    for name, text in shipped_sections().items():
        assert Section.from_text(text, name).outside_range == ""


def test_a_section_is_judged_by_both_its_ends_and_its_axes():
    section = Section.temperature_composition(
        gb.bulk("n-morb", ignore="outside"),
        gb.bulk("high-ti-glass"),
        pressure_kbar=3.0,
        temperature_C=(1000.0, 1300.0, 5),
        steps=5,
        database="T21-Su26",
    )
    assert "TiO2 1.55 to 20.3 wt% (at least 6, assumed)" in section.outside_range


def test_hydrogen_has_a_volume_within_the_range_of_its_set():
    """Above it the fluid of EF21 fills with it: its equation gives a volume below zero."""
    water = gb.bulk(mol={"H2O": 1.0})
    for p, inside in ((28.0, True), (45.0, False)):
        found = gb.equilibrium(water, pressure_kbar=p, temperature_C=1000.0, database="EF21")
        assert (found.outside_range == "") is inside
    data = gb.database("EF21")
    place = [name for name, _ in data.used].index("H2")
    volumes = [endmember_energy(data.endmembers, place, p, 1273.15)[2] for p in (1.0, 27.0, 30.0)]
    assert [volume > 0.0 for volume in volumes] == [True, True, False]

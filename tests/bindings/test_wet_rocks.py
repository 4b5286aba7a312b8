"""Rocks with ferric iron, water and manganese: what weights mean, and what a model set takes of them."""

from math import nan

import numpy as np
import pandas as pd
import pytest

import gibbsite as gb
from gibbsite._drawing import plot_text
from gibbsite._solving.asked import solve_at
from gibbsite.errors import InputError
from gibbsite_datasets import set_components

# Molar masses by hand [g/mol].
FEO, FE2O3, OXYGEN, WATER = 71.8444, 159.6882, 15.9994, 18.01528
# Average of pelites, after the median of Ague (1991), rounded.
PELITE = {
    "SiO2": 59.8,
    "TiO2": 0.9,
    "Al2O3": 17.2,
    "FeO": 6.0,
    "MnO": 0.1,
    "MgO": 3.2,
    "CaO": 1.3,
    "Na2O": 1.9,
    "K2O": 3.7,
}


def test_ferric_iron_is_ferrous_iron_and_oxygen():
    rock = gb.bulk(wt=PELITE | {"Fe2O3": 2.0})
    iron = 6.0 + 2.0 * 2.0 * FEO / FE2O3
    oxygen = 2.0 * OXYGEN / FE2O3
    total = sum(PELITE.values()) + 2.0
    assert rock.wt["FeO"] == pytest.approx(100.0 * iron / total, rel=1e-12)
    assert rock.wt["O"] == pytest.approx(100.0 * oxygen / total, rel=1e-9)
    assert sum(rock.wt.values()) == pytest.approx(100.0, abs=1e-12)
    assert rock.ferric_share == pytest.approx((4.0 / FE2O3) / (4.0 / FE2O3 + 6.0 / FEO), rel=1e-9)


def test_the_same_iron_by_oxides_by_moles_by_total_and_share_and_by_oxygen():
    share = 0.25
    by_share = gb.bulk(wt=PELITE, ferric=share)
    iron = 6.0 / FEO
    ferrous = {"FeO": (1.0 - share) * 6.0, "Fe2O3": share * iron / 2.0 * FE2O3}
    alike = [
        gb.bulk(wt=PELITE | ferrous),
        gb.bulk(wt=PELITE | {"O": share * iron / 2.0 * OXYGEN}),
        gb.bulk(wt={"FeOT": 6.0, **{k: v for k, v in PELITE.items() if k != "FeO"}}, ferric=share),
        gb.bulk(
            wt={"Fe2O3T": 6.0 * FE2O3 / 2 / FEO, **{k: v for k, v in PELITE.items() if k != "FeO"}},
            ferric=share,
        ),
        gb.bulk(mol=by_share.mol),
    ]
    for rock in alike:
        assert rock.components == by_share.components
        np.testing.assert_allclose(rock.moles, by_share.moles, rtol=1e-9)
    assert by_share.ferric_share == pytest.approx(share, rel=1e-12)


def test_what_was_assumed_is_said_where_the_rock_comes_from():
    rock = gb.bulk(wt=PELITE, ferric=0.15, water=2.0)
    assert rock.assumed == ("Fe2O3 for 0.15 of all iron", "water 2 wt%")
    assert rock.source == "given; assumed: Fe2O3 for 0.15 of all iron, water 2 wt%"
    assert gb.bulk(wt=PELITE).assumed == ()
    assert gb.bulk("n-morb", ferric=0.1).source.endswith("assumed: Fe2O3 for 0.1 of all iron")


def test_all_iron_may_be_ferric_and_no_more():
    rock = gb.bulk(wt=PELITE, ferric=1.0)
    assert rock.mol["O"] == pytest.approx(0.5 * rock.mol["FeO"], rel=1e-14)
    with pytest.raises(InputError, match="more oxygen than the iron can take up"):
        gb.bulk(mol={**rock.mol, "O": 0.51 * rock.mol["FeO"]})


def test_water_is_a_weight_of_the_whole():
    rock = gb.bulk(wt=PELITE, water=3.0)
    assert rock.wt["H2O"] == pytest.approx(3.0, rel=1e-12)
    by_hand = gb.bulk(wt=PELITE | {"H2O": 3.0 / 97.0 * sum(PELITE.values())})
    np.testing.assert_allclose(rock.moles, by_hand.moles, rtol=1e-12)
    assert gb.bulk(wt=PELITE, water=0.0).mol.get("H2O", 0.0) == 0.0


def test_water_in_excess_is_as_many_moles_as_all_else():
    rock = gb.bulk(wt=PELITE, water="excess")
    assert rock.mol["H2O"] == pytest.approx(0.5, rel=1e-14)
    dry = gb.bulk(wt=PELITE)
    for oxide, moles in dry.mol.items():
        assert rock.mol[oxide] == pytest.approx(0.5 * moles, rel=1e-14)


def test_analysed_water_that_is_ignored_may_be_replaced():
    wet = PELITE | {"H2O": 4.0, "P2O5": 0.2}
    assert gb.bulk(wt=wet, ignore="outside", water="excess").mol["H2O"] == pytest.approx(0.5)
    with pytest.raises(InputError, match="water is given twice"):
        gb.bulk(wt=wet, ignore=["P2O5"], water="excess")


def test_a_rock_without_water_and_ferric_iron_is_the_one_it_was():
    """The nine oxides, whatever sets have beside them: no bit of a dry rock may change."""
    rock = gb.bulk(wt={"SiO2": 50.0, "MgO": 50.0, "H2O": 0.0, "MnO": 0.0, "Fe2O3": 0.0, "FeO": 0.0})
    assert rock == gb.bulk(wt={"SiO2": 50.0, "MgO": 50.0})
    assert len(rock.components) == 9


def test_a_set_takes_what_it_has_and_leaves_out_what_it_may():
    wet = PELITE | {"H2O": 2.0, "Cr2O3": 0.05, "P2O5": 0.2}
    rock = gb.bulk(wt=wet, ignore="outside")
    total = sum(wet.values())
    metapelite = rock.within(set_components()["W14"])
    kept = total - 0.25
    assert metapelite.wt["H2O"] == pytest.approx(200.0 / kept, rel=1e-9)
    assert metapelite.wt["MnO"] == pytest.approx(10.0 / kept, rel=1e-9)
    assert metapelite.left_out_wt == {
        "P2O5": pytest.approx(20.0 / total),
        "Cr2O3": pytest.approx(5.0 / total),
    }
    igneous = rock.within(set_components()["W24"])
    assert igneous.wt["Cr2O3"] == pytest.approx(5.0 / (total - 2.3), rel=1e-9)
    assert set(igneous.left_out_wt) == {"MnO", "H2O", "P2O5"}
    for each in (metapelite, igneous):
        assert each.within(each.components) is each
        assert sum(each.moles) == pytest.approx(1.0, abs=1e-14)


def test_what_a_set_lacks_is_refused_with_the_sets_that_have_it():
    rock = gb.bulk(wt=PELITE | {"H2O": 2.0})
    with pytest.raises(
        InputError, match=r"contains MnO .* wt%, H2O .* wt%, which .*the set W14 has them"
    ):
        rock.array(set_components()["T21"])
    with pytest.raises(InputError, match=r'contains MnO .* say ignore = \["MnO"\]'):
        rock.array(set_components()["G25"])
    dry = gb.bulk(wt=PELITE, ignore=["MnO"])
    assert dry.array(set_components()["T21"]).sum() == pytest.approx(1.0)
    with pytest.raises(InputError, match=r"contains CaO .*, Na2O .*, K2O"):
        gb.bulk(wt={"SiO2": 50, "MgO": 40, "CaO": 1, "Na2O": 1, "K2O": 1}).array(
            set_components()["EF21"]
        )


def test_oxides_that_some_sets_lack_may_be_ignored_and_others_not():
    assert gb.bulk(wt=PELITE | {"Cr2O3": 1.0}, ignore=["Cr2O3"]).mol["Cr2O3"] == 0.0
    for oxide in ("MgO", "FeO", "O", "Fe2O3"):
        with pytest.raises(InputError, match=f"{oxide} cannot be ignored"):
            gb.bulk(wt=PELITE, ignore=[oxide])


def test_mixtures_are_of_all_components_of_both():
    wet, dry = gb.bulk(wt=PELITE, water=5.0), gb.bulk("n-morb", ferric=0.2)
    mixed = wet.mix(dry, 0.25)
    assert set(mixed.mol) == {*wet.mol, *dry.mol}
    for oxide in mixed.mol:
        by_hand = 0.75 * wet.mol.get(oxide, 0.0) + 0.25 * dry.mol.get(oxide, 0.0)
        assert mixed.mol[oxide] == pytest.approx(by_hand, abs=1e-16)
    assert mixed.assumed == (*wet.assumed, *dry.assumed)


ROW = {"name": "a", "SiO2": 60.0, "Al2O3": 18.0, "FeO": 4.0, "Fe2O3": 3.0, "MgO": 4.0, "H2O+": 3.0}


def test_a_table_takes_ferric_iron_as_it_is_asked():
    table = pd.DataFrame([ROW])
    with pytest.raises(InputError, match="a: Fe2O3 = 3: say what to do with ferric iron"):
        gb.rocks(table)
    given = gb.rocks(table, iron="given")["a"]
    assert given.wt["O"] == pytest.approx(100.0 * 3.0 * OXYGEN / FE2O3 / 92.0, rel=1e-9)
    assert given.wt["H2O"] == pytest.approx(100.0 * 3.0 / 92.0, rel=1e-9)
    assert "O" not in gb.rocks(table, iron="ferrous")["a"].mol
    shared = gb.rocks(table, ferric=0.15)
    assert shared["a"].ferric_share == pytest.approx(0.15)
    assert "0.15 of all iron counted as ferric" in shared.notes
    assert "assumed" in shared["a"].source


def test_a_table_of_ratios_and_of_ferric_iron_alone():
    ratio = pd.DataFrame([{"SiO2": 60.0, "MgO": 30.0, "FeOt": 10.0, "Fe3Fet": 0.2}], index=["a"])
    assert gb.rocks(ratio, iron="given")["a"].ferric_share == pytest.approx(0.2)
    alone = pd.DataFrame([{"SiO2": 60.0, "MgO": 30.0, "Fe2O3": 10.0}], index=["a"])
    with pytest.raises(InputError, match="a: Fe2O3 = 10 wt% without FeO"):
        gb.rocks(alone, iron="given")


def test_a_table_with_rocks_of_more_and_of_fewer_components():
    rows = [ROW | {"Fe2O3": 0.0}, ROW | {"name": "b", "Fe2O3": nan, "H2O+": nan, "MnO": 0.2}]
    rocks = gb.rocks(pd.DataFrame(rows))
    frame = rocks.frame()
    assert frame.loc["b", "H2O"] == 0.0
    assert frame.loc["a", "MnO"] == 0.0
    np.testing.assert_allclose(frame.sum(axis=1), 100.0)
    assert rocks.average().bulk.wt["H2O"] == pytest.approx(frame["H2O"].mean())


def test_a_loss_on_ignition_is_not_read_and_water_can_be_added():
    table = pd.DataFrame([{"name": "a", "SiO2": 60.0, "MgO": 37.0, "LOI": 3.0}])
    rocks = gb.rocks(table, water="excess")
    assert rocks["a"].mol["H2O"] == pytest.approx(0.5)
    assert any("LOI" in note and "no oxide" in note for note in rocks.notes)
    assert "water added in excess" in rocks.notes


def test_a_shipped_rock_that_is_given_water_is_no_longer_called_dry():
    dry = gb.bulk("n-morb", ferric=0.1)
    assert dry.name == "Mid-ocean-ridge basalt, dry"
    assert gb.bulk("n-morb", water=2.0).name == "Mid-ocean-ridge basalt"
    assert gb.bulk("n-morb", water=2.0, name="mine, dry").name == "mine, dry"
    assert dry.assuming(gb.bulk(wt=PELITE, water="excess")).name == "Mid-ocean-ridge basalt"
    assert dry.assuming(gb.bulk(wt=PELITE, ferric=0.1)).name == dry.name


def test_what_a_rock_takes_over_is_told_behind_what_was_assumed_of_it():
    rock = gb.bulk("n-morb", ferric=0.1).assuming(gb.bulk(wt=PELITE, water=2.0))
    assert rock.source.endswith("; assumed: Fe2O3 for 0.1 of all iron, water 2 wt%")


def test_a_file_that_says_twice_what_was_assumed_says_it_once_when_read():
    said = "Fe2O3 for 0.1 of all iron"
    rock = gb.bulk(wt=PELITE, ferric=0.1)
    section = gb.Section.pressure_temperature(
        rock, pressure_kbar=(2.0, 12.0, 3), temperature_C=(500.0, 800.0, 3), database="W14"
    )
    text = section.to_toml()
    assert f'assumed = ["{said}"]' in text
    old = text.replace(f'["{said}"]', f'["{said}, assumed"]')
    assert gb.Section.from_text(old).bulks[0].assumed == (said,)


def test_a_section_keeps_what_was_assumed():
    rock = gb.bulk(wt=PELITE | {"P2O5": 0.2}, ferric=0.1, water="excess", ignore="outside")
    section = gb.Section.pressure_temperature(
        rock, pressure_kbar=(2.0, 12.0, 3), temperature_C=(500.0, 800.0, 3), database="W14"
    )
    assert section.components == set_components()["W14"]
    assert section.bulks[0].mol["MnO"] > 0.0
    again = gb.Section.from_text(section.to_toml())
    assert again == section
    assert again.bulks[0].assumed == rock.assumed
    assert again.sha256 == section.sha256
    points = section.points()
    np.testing.assert_allclose(points.bulk_mol.sum(axis=1), 1.0)


def test_a_section_may_be_open_and_choose_models():
    rock = gb.bulk(wt=PELITE, water="excess")
    given = {"O": "QFM-0.5", "H2O": 0.9}
    section = gb.Section.pressure_temperature(
        rock,
        pressure_kbar=(2.0, 12.0, 3),
        temperature_C=(500.0, 800.0, 3),
        database="W14",
        choose=["ilmm"],
        open=given,
    )
    assert "H2O" not in section.bulks[0].mol
    assert sum(section.bulks[0].moles) == pytest.approx(1.0)
    again = gb.Section.from_text(section.to_toml())
    assert again == section
    data = section.load_database()
    assert [name for name, _ in data.opened] == ["H2O", "O"]
    assert data.takes_part("ilmm")
    assert not data.takes_part("ilm")
    closed = gb.Section.from_text(section.to_toml().partition("[phases]")[0])
    assert closed.sha256 != section.sha256
    with pytest.raises(InputError, match=r"the buffer IW .* is not stable"):
        gb.Section.from_text(section.to_toml().replace("QFM-0.5", "IW")).load_database()


def test_a_caption_tells_what_was_assumed():
    rock = gb.bulk(wt=PELITE, ferric=0.15, water="excess")
    section = gb.Section.pressure_temperature(
        rock, pressure_kbar=(2.0, 9.0, 3), temperature_C=(500.0, 700.0, 3), database="W14"
    )
    assert plot_text._assumed(section) == [
        (
            "Assumed: Fe2O3 for 0.15 of all iron; water in excess (free fluid counts in modes and "
            "numbers of the whole rock)"
        )
    ]
    assert plot_text._assumed(None) == []


@pytest.mark.compiled
def test_the_second_white_mica_is_found_without_neighbours() -> None:
    """Its seeds share clusters with lower ones that lie on the slope of the first mica."""
    data = gb.database("W14")
    rock = {
        "SiO2": 0.60518, "TiO2": 0.00638, "Al2O3": 0.08926, "FeO": 0.05207, "MnO": 0.00068,
        "MgO": 0.06283, "Na2O": 0.01589, "K2O": 0.03168, "O": 0.00292, "H2O": 0.13311,
    }  # fmt: skip
    bulk = np.array([[rock.get(name, 0.0) for name in data.components]])
    bulk /= bulk.sum()
    t = np.arange(580.0, 610.0, 4.0)
    p = np.full(len(t), 7.603)
    together = solve_at(data, p, t, np.repeat(bulk, len(t), axis=0), workers=1)
    micas = np.count_nonzero(together["phase_id"] == data.phase_names.index("mu"), axis=1)
    assert (micas == 2).all()
    for i, energy in enumerate(together["gibbs_energy"]):
        alone = solve_at(data, p[:1], t[i : i + 1], bulk, workers=1)
        assert alone["gibbs_energy"][0] == pytest.approx(energy, rel=0, abs=1e-9)

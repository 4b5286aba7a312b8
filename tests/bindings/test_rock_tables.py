"""Tables of rocks: conventions of geochemists in and out, means, mixing lines, checks."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gibbsite as gb
from gibbsite.errors import InputError

LIQUIDS = pd.DataFrame(
    {
        "Sample_ID": ["a", "b"],
        "SiO2_Liq": [50.0, 48.0],
        "TiO2_Liq": [1.0, 2.0],
        "Al2O3_Liq": [15.0, 14.0],
        "FeOt_Liq": [10.0, 12.0],
        "MgO_Liq": [9.0, 8.0],
        "CaO_Liq": [11.0, 11.5],
        "Na2O_Liq": [2.5, np.nan],
        "Fe3Fet_Liq": [0.0, 0.0],
        "H2O_Liq": [0.0, 0.0],
        "P_kbar": [1.0, 2.0],
    }
)


def test_a_table_of_thermobar_reads_as_it_is() -> None:
    table = gb.rocks(LIQUIDS)
    assert list(table) == ["a", "b"]
    assert table["a"].wt["FeO"] == pytest.approx(100.0 * 10.0 / 98.5)
    assert table["b"].wt["Na2O"] == 0.0
    assert table.totals_wt["a"] == pytest.approx(98.5)
    assert table.notes == ("columns not used: P_kbar",)


@pytest.mark.parametrize("suffix", ["", "_Liq"])
@pytest.mark.parametrize("iron", ["FeO", "FeOT", "FeOt"])
def test_a_table_written_and_read_is_the_same(tmp_path: Path, suffix: str, iron: str) -> None:
    before = gb.rocks(["n-morb", "high-ti-glass"], ignore="outside")
    before.frame(suffix=suffix, iron=iron).to_csv(tmp_path / "rocks.csv")
    after = gb.rocks(tmp_path / "rocks.csv")
    assert list(after) == list(before)
    for name in before:
        np.testing.assert_allclose(after[name].array(), before[name].array(), atol=1e-12)


def test_moles_in_a_table_sum_to_one() -> None:
    moles = gb.rocks(LIQUIDS).frame("mol")
    np.testing.assert_allclose(moles.sum(axis=1), 1.0)
    np.testing.assert_allclose(gb.rocks(LIQUIDS).frame().sum(axis=1), 100.0)


def test_what_is_left_out_is_said() -> None:
    table = LIQUIDS.assign(P2O5_Liq=0.2)
    with pytest.raises(InputError, match=r"^a: 0.203 wt% of the composition lies outside"):
        gb.rocks(table)
    found = gb.rocks(table, ignore="outside")
    assert found["a"].left_out_wt["P2O5"] == pytest.approx(100.0 * 0.2 / 98.7)
    assert found.check()["left_out_wt"]["a"] == pytest.approx(100.0 * 0.2 / 98.7)


def test_ferric_iron_is_refused_or_counted() -> None:
    row = {"SiO2": 50.0, "MgO": 10.0, "FeO": 8.0, "Fe2O3": 2.0}
    table = pd.DataFrame([row], index=["x"])
    with pytest.raises(InputError, match=r'x: Fe2O3 = 2: say .* iron = "given" .* "ferrous"'):
        gb.rocks(table)
    found = gb.rocks(table, iron="ferrous")
    total = 50.0 + 10.0 + 8.0 + 2.0 * 0.8998
    assert found["x"].wt["FeO"] == pytest.approx(100.0 * (8.0 + 2.0 * 0.8998) / total, abs=1e-3)
    assert "all iron counted as FeO" in found.notes
    ratio = LIQUIDS.assign(Fe3Fet_Liq=0.2)
    with pytest.raises(InputError, match=r"Fe3Fet = 0.2: say what to do with ferric iron"):
        gb.rocks(ratio)
    same = gb.rocks(ratio, iron="ferrous")
    assert same["a"].moles == gb.rocks(LIQUIDS)["a"].moles  # FeOt is all of the iron


@given(x=st.floats(0.0, 1.0))
def test_mixing_by_mass_is_linear_in_weight(x: float) -> None:
    a, b = gb.bulk("high-ti-glass"), gb.bulk("klb-1")
    (mixed,) = gb.Rocks.between(a, b, x, by="mass").values()
    for oxide, weight in mixed.wt.items():
        assert weight == pytest.approx((1 - x) * a.wt[oxide] + x * b.wt[oxide], abs=1e-9)


def test_mixing_by_moles_is_that_of_a_section() -> None:
    a, b = gb.bulk("average-ibc"), gb.bulk("high-ti-glass")
    line = gb.Rocks.between(a, b, np.linspace(0.0, 1.0, 5))
    assert list(line) == ["0", "0.25", "0.5", "0.75", "1"]
    assert line["0.25"].moles == a.mix(b, 0.25).moles


def test_the_average_and_its_spread_are_those_of_numpy() -> None:
    table = gb.rocks([f"high-ti-bead-{i}" for i in range(1, 8)])
    average = table.average("beads")
    weights = np.array([list(rock.wt.values()) for rock in table.values()])
    np.testing.assert_allclose(list(average.bulk.wt.values()), weights.mean(axis=0))
    np.testing.assert_allclose(list(average.deviation_wt.values()), weights.std(axis=0, ddof=1))
    np.testing.assert_allclose(list(average.minimum_wt.values()), weights.min(axis=0))
    assert (average.number, average.bulk.name) == (7, "beads")


def test_checks_tell_an_odd_analysis() -> None:
    rows = {
        "basalt": {**dict.fromkeys(("TiO2", "K2O", "Cr2O3"), 0.5), "SiO2": 50, "Al2O3": 15,
                   "FeO": 9.5, "MgO": 9.5, "CaO": 12, "Na2O": 2.5},
        "granite": {"SiO2": 75, "Al2O3": 14, "FeO": 1, "MgO": 1, "CaO": 0.5, "Na2O": 3, "K2O": 4},
        "comendite": {"SiO2": 75, "Al2O3": 10, "FeO": 4, "MgO": 0.1, "Na2O": 6, "K2O": 5},
        "part": {"SiO2": 45, "MgO": 45},
    }  # fmt: skip
    checks = gb.rocks(pd.DataFrame.from_dict(rows, orient="index")).check()
    assert checks["remarks"]["basalt"] == ""
    assert "peraluminous" in checks["remarks"]["granite"]
    assert "peralkaline" in checks["remarks"]["comendite"]
    assert "total 90 wt%" in checks["remarks"]["part"]
    basalt = gb.rocks(pd.DataFrame.from_dict(rows, orient="index"))["basalt"].mol
    expected = 100.0 * basalt["MgO"] / (basalt["MgO"] + basalt["FeO"])
    assert checks["Mg#"]["basalt"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"SiO2_Liq": [50.0], "SiO2_Ol": [40.0]}), "have the suffixes"),
        (pd.DataFrame({"Sr": [100.0]}), "no column is an oxide; there are Sr"),
        (pd.DataFrame({"name": ["a", "a"], "SiO2": [50.0, 51.0]}), "the name 'a' is there twice"),
        (pd.DataFrame({"name": ["a"], "SiO2": ["many"]}), "a: SiO2 = 'many' is not a number"),
        (pd.DataFrame({"name": ["a"], "SiO2": [-1.0]}), "a: SiO2 = -1 wt% is negative"),
        (pd.DataFrame({"SiO2": [50.0], "FeO": [8.0], "FeOt": [9.0]}), "iron is given as FeOt and"),
        (pd.DataFrame({"SiO2": []}), "holds no rocks"),
        ("nowhere.csv", "nowhere.csv cannot be read"),
        (["high-ti-glas"], "did you mean 'high-ti-glass'"),
    ],
)
def test_bad_tables_are_refused(table: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        gb.rocks(table)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("x", "by", "message"),
    [(1.5, "mol", "1.5 is outside 0 to 1"), ([0.5, 0.5], "mol", "twice"), (0.5, "weight", "by =")],
)
def test_bad_mixing_lines_are_refused(x: object, by: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        gb.Rocks.between(gb.bulk("klb-1"), gb.bulk("n-morb", ignore="outside"), x, by=by)  # type: ignore[arg-type]


def test_a_mean_keeps_what_its_rocks_set_aside() -> None:
    """Water that a dry set leaves out is there again in a wet one, as it is of each of the rocks."""
    table = pd.DataFrame(
        {"name": ["a", "b"], "SiO2": [60.0, 55.0], "Al2O3": [20.0, 20.0], "FeO": [15.0, 15.0]}
        | {"H2O": [5.0, 10.0], "P2O5": [0.2, 0.0]}
    )
    wet = ("SiO2", "Al2O3", "FeO", "H2O")
    found = gb.rocks(table, ignore="outside")
    mean = found.average().bulk
    assert mean.mol["SiO2"] == pytest.approx(gb.bulk(wt=mean.wt).mol["SiO2"])
    dry = [100.0 * silica / rest for silica, rest in ((60.0, 95.0), (55.0, 90.0))]
    assert mean.wt["SiO2"] == pytest.approx(sum(dry) / 2.0)
    water = [h2o / rest for h2o, rest in ((5.0, 95.0), (10.0, 90.0))]  # to a gram of the others
    assert mean.within(wet).wt["H2O"] == pytest.approx(100.0 * sum(water) / (2.0 + sum(water)))
    assert mean.left_out_wt["P2O5"] == pytest.approx(
        100.0 * (0.2 / 95.0) / (100.2 / 95.0 + 100.0 / 90.0)
    )


def test_two_shares_of_ferric_iron_must_agree() -> None:
    row = {"SiO2": [50.0], "MgO": [40.0], "FeO": [8.0], "Fe2O3": [2.0]}  # 0.184 of the iron
    table = pd.DataFrame(row, index=["a"])
    agreed = gb.rocks(table.assign(Fe3Fet=0.18), iron="given")["a"]
    assert agreed.ferric_share == pytest.approx(0.18)
    with pytest.raises(InputError, match=r"Fe3Fet = 0.5, and 0.184 of all iron by Fe2O3 and FeO"):
        gb.rocks(table.assign(Fe3Fet=0.5), iron="given")
    with pytest.raises(
        InputError, match="Fe2O3 = 2 wt% without FeO may be ferric iron, or all iron"
    ):
        gb.rocks(table.drop(columns="FeO").assign(Fe3Fet=0.5), iron="given")
    assert gb.rocks(table.assign(Fe3Fet=0.5), ferric=0.1)["a"].ferric_share == pytest.approx(0.1)


def test_what_are_no_rocks_or_mixtures_is_refused() -> None:
    with pytest.raises(InputError, match="'klb-1' is there twice"):
        gb.rocks(["klb-1", "klb-1"])
    with pytest.raises(InputError, match="x = 'half' is not a number"):
        gb.Rocks.between(gb.bulk("klb-1"), gb.bulk("klb-1"), "half")

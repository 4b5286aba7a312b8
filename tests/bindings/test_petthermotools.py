"""Functions in PetThermoTools' words: what they return, and what they refuse."""

import numpy as np
import pandas as pd
import pytest

import gibbsite as gb
from gibbsite import petthermotools as ptt
from gibbsite.errors import InputError

BASALT = {
    "SiO2_Liq": 50.4, "TiO2_Liq": 1.5, "Al2O3_Liq": 15.2, "Cr2O3_Liq": 0.05, "FeOt_Liq": 9.8,
    "MnO_Liq": 0.18, "MgO_Liq": 7.8, "CaO_Liq": 11.0, "Na2O_Liq": 2.8, "K2O_Liq": 0.14,
    "Fe3Fet_Liq": 0.0, "H2O_Liq": 0.0,
}  # fmt: skip
TWO_IRONS = {"SiO2_Liq": 50.0, "MgO_Liq": 10.0, "CaO_Liq": 10.0, "FeO_Liq": 8.0, "Fe2O3_Liq": 2.0}


@pytest.fixture(scope="module")
def listed():
    return ptt.equilibrate_multi(
        "Weller2024", BASALT, T_C=[1250.0, 1150.0, 2500.0], P_bar=1000.0, cores=2, fO2_buffer=None
    )


def test_tables_hold_what_gibbsite_finds(listed):
    conditions = listed["Conditions"]
    assert list(conditions["status"]) == ["certified", "certified", "bad_conditions"]
    rock = gb.bulk(
        wt={k.removesuffix("_Liq").replace("FeOt", "FeO"): v for k, v in BASALT.items()
            if "Fet" not in k}, ignore="outside",
    )  # fmt: skip
    found = gb.equilibrium(rock, pressure_kbar=1.0, temperature_C=1150.0, database="W24")
    row = listed["All"].iloc[1]
    assert row["rho_kg/m^3"] == pytest.approx(found.density)
    assert row["mass_g_Liq"] == pytest.approx(found.quantity("liq.wt%"))
    assert row["SiO2_Liq"] == pytest.approx(found.quantity("liq.SiO2"))
    assert row["CaO_Plag"] == pytest.approx(found.quantity("fsp.CaO"))
    assert listed["mass_g"].iloc[1].sum() == pytest.approx(100.0)
    assert set(listed["PhaseList"]["PhaseList"][1].split(",")) == {"Liq", "Plag", "Ol", "Cpx"}
    assert dict(listed["Input"]["left_out_wt"][0]) == pytest.approx({"MnO": 0.182}, abs=0.01)


def test_a_row_without_an_answer_has_no_numbers(listed):
    row = listed["All"].iloc[2].drop(["T_C", "P_bar", "status"])
    assert row.isna().all()
    assert listed["PhaseList"]["PhaseList"][2] == ""


def test_a_phase_diagram_has_rows_by_temperature_and_pressure():
    table = ptt.phaseDiagram_calc(
        "W24", BASALT, T_min_C=1150.0, T_max_C=1250.0, T_num=2, P_bar=[1000.0, 2000.0], i_max=15
    )
    assert table["T_C"].tolist() == [1150.0, 1150.0, 1250.0, 1250.0]
    assert table["P_bar"].tolist() == [1000.0, 2000.0, 1000.0, 2000.0]


def test_the_liquidus_is_where_a_path_begins():
    liquidus = ptt.findLiq_multi("Weller2024", BASALT, P_bar=1000.0, T_initial_C=1200.0)
    run = ptt.isobaric_crystallisation(
        "Weller2024", BASALT, P_bar=1000.0, T_end_C=float(liquidus[0]) - 30.0, dt_C=10.0,
        Frac_solid=True,
    )  # fmt: skip
    assert run["Conditions"]["T_C"][0] == pytest.approx(liquidus[0], abs=0.02)
    taking_part = run["Conditions"]["mass_g"]
    assert taking_part[0] == pytest.approx(100.0)
    assert (np.diff(taking_part) <= 1e-9).all()
    np.testing.assert_allclose(run["mass_g"].sum(axis=1), taking_part)
    magnesia = run["liquid1"]["MgO_Liq"]
    assert (np.diff(magnesia) < 0.0).all()


def test_a_row_a_composition_and_columns_to_copy():
    frame = pd.DataFrame([BASALT, BASALT]).assign(Sample_ID=["a", "b"])
    found = ptt.equilibrate_multi(
        "W24", frame, T_C=1250.0, P_bar=[1000.0, 2000.0], copy_columns="Sample_ID"
    )
    assert found["All"]["Sample_ID"].tolist() == ["a", "b"]
    one = frame.iloc[:1].rename(columns={"Sample_ID": "S"})  # no sulphur
    found = ptt.equilibrate_multi(
        "W24", one, T_C=[1250.0, 1240.0], P_bar=1000.0, copy_columns=["S"]
    )
    assert found["All"]["S"].tolist() == ["a", "a"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"T_C": "hot"}, "T_C = 'hot' is not a number"),
        ({"T_min_C": 1200.0, "T_max_C": 1250.0}, "give T_C, or T_min_C, T_max_C and T_num"),
        (
            {"T_min_C": 1200.0, "T_max_C": 1250.0, "T_num": 2.5},
            "T_num = 2.5 must be a whole number",
        ),
        ({"T_C": 1200.0, "bulk": pd.DataFrame([BASALT] * 2)}, "a phase diagram has one"),
        ({"T_C": 1200.0, "bulk": [BASALT]}, "a composition is a mapping"),
    ],
)
def test_what_is_no_phase_diagram(changes, says):
    given = {"bulk": BASALT, "P_bar": 1000.0} | changes
    with pytest.raises(InputError, match=says):
        ptt.phaseDiagram_calc("W24", **given)


def test_water_and_ferric_iron_go_in_where_the_database_has_them():
    wet = {**BASALT, "H2O_Liq": 1.0, "Fe3Fet_Liq": 0.15, "Sample": "a", "T_C": 3.0}
    read = ptt.equilibrate_multi("Green2025", wet, T_C=1250.0, P_bar=1000.0)["Input"].iloc[0]
    given = {k.removesuffix("_Liq"): v for k, v in BASALT.items() if "Fet" not in k} | {"H2O": 1.0}
    rock = gb.bulk(wt=given, ferric=0.15, ignore="outside").within(gb.database("G25").components)
    for oxide, amount in rock.wt.items():
        assert read[oxide] == pytest.approx(amount), oxide
    assert rock.wt["H2O"] > 0.9
    assert rock.ferric_share == pytest.approx(0.15)


def test_arguments_stand_for_the_water_and_ferric_iron_of_compositions():
    """As there: wt% of water of the whole, all else scaled to the rest; one number, or one a row."""
    at = {"Model": "Green2025", "T_C": 1250.0, "P_bar": 1000.0}
    wet = {**BASALT, "H2O_Liq": 3.0, "Fe3Fet_Liq": 0.3}
    given = {k.removesuffix("_Liq"): v for k, v in BASALT.items() if "Fet" not in k}
    whole = sum(given.values())
    for names in (("H2O_init", "Fe3Fet_init"), ("H2O_Liq", "Fe3Fet_Liq")):
        found = ptt.equilibrate_multi(
            bulk=wet, **at, **dict(zip(names, ([0.0, 2.0], 0.1), strict=True))
        )
        for row, water in zip(found["Input"].to_dict("records"), (0.0, 2.0), strict=True):
            rock = gb.bulk(
                wt=given | {"H2O": whole * water / (100.0 - water)}, ferric=0.1, ignore="outside"
            ).within(gb.database("G25").components)
            for oxide, amount in rock.wt.items():
                assert row[oxide] == pytest.approx(amount), oxide
    for wrong, says in (
        ({"H2O_init": 100.0}, "H2O_init = 100 wt% of the whole is not 0 to 100"),
        ({"H2O_init": [1.0, 2.0], "Fe3Fet_init": [0.1, 0.2, 0.3]}, "2 H2O_init for 3 rows"),
        ({"H2O_init": 1.0, "Model": "W24"}, "H2O_init = 1 wt% cannot be left out in silence"),
        ({"CO2_init": 1.0}, "CO2_init = 1.0 is not known here"),
    ):
        with pytest.raises(InputError, match=says):
            ptt.equilibrate_multi(bulk=BASALT, **at | wrong)


def test_a_path_begins_at_the_temperature_that_is_given():
    run = ptt.isobaric_crystallisation(
        "W24", BASALT, P_bar=1000.0, T_start_C=1190.0, T_end_C=1180.0, dt_C=10.0
    )
    assert run["Conditions"]["T_C"].iloc[[0, -1]].tolist() == [1190.0, 1180.0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"fO2_buffer": "FMQ"}, "fO2_buffer = 'FMQ' is not known here"),
        ({"Suppress": ["rutil"]}, "did you mean 'rutile'"),
        ({"Model": "Weller2025"}, "no database 'Weller2025'"),
        ({"bulk": {**BASALT, "H2O_Liq": 0.5}}, "H2O_Liq = 0.5 wt% cannot be left out"),
        ({"bulk": {**BASALT, "Fe3Fet_Liq": 10.0}}, "Fe3Fet = 10 is a fraction, 0 to 1"),
        ({"bulk": TWO_IRONS | {"Fe3Fet_Liq": 0.5}}, "Fe3Fet = 0.5, and 0.184 of all iron"),
        ({"bulk": {**BASALT, "Fe3Fet_Liq": "some"}}, "Fe3Fet_Liq = 'some' is not a number"),
        ({"bulk": {**BASALT, "SiO2_Liq": "50.4"}}, "SiO2_Liq = '50.4' is not a number in wt%"),
        ({"bulk": {**BASALT, "K2O_Liq": None}}, "K2O_Liq = None is not a number in wt%"),
        ({"bulk": {"sio2_Liq": 50.0, "MgO_Liq": 50.0}}, "'sio2' is not a known oxide"),
        ({"bulk": {**BASALT, "SiO2_Ol": 40.0}}, "'SiO2_Ol' is not a known oxide"),
        ({"bulk": {"Sample": "a"}}, "has no oxides"),
        ({"copy_columns": "ID"}, "no column"),
        ({"T_C": "hot"}, "T_C = 'hot' is not a number"),
        ({"P_bar": None}, "P_bar = None is not a number"),
    ],
)
def test_what_is_refused(changes, says):
    given = {"Model": "W24", "bulk": BASALT, "T_C": 1250.0, "P_bar": 1000.0} | changes
    with pytest.raises(InputError, match=says):
        ptt.equilibrate_multi(**given)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"T_start_C": 1100.0, "T_end_C": 1200.0}, "T_end_C = 1200 is not below the start, 1100"),
        ({"T_end_C": None}, "is missing"),
        ({"T_end_C": "cold"}, "T_end_C = 'cold' is not a number"),
        ({"P_bar": [1000.0, 2000.0]}, "P_bar = .* is not a number"),
    ],
)
def test_a_melt_is_cooled_along_one_path(changes, says):
    given = {"Model": "W24", "bulk": BASALT, "P_bar": 1000.0, "T_end_C": 1100.0} | changes
    with pytest.raises(InputError, match=says):
        ptt.isobaric_crystallisation(**given)

"""Mineral-melt equations: worked numbers, inversions, balance, and models of one's own."""

import shutil
from importlib.resources import as_file, files
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gibbsite as gb
from gibbsite._mineral_melt.melt import cation_fractions, components, moles_of, oxides, terms
from gibbsite.errors import InputError
from gibbsite_datasets import TableError, absent_mineral_melt, mineral_melt_names
from gibbsite_datasets.schema import MELT_COMPONENTS, MELT_TERMS

BASALT = {
    "SiO2": 48.0, "TiO2": 1.5, "Al2O3": 12.5, "FeO": 11.0, "MnO": 0.2, "MgO": 14.5, "CaO": 10.0,
    "Na2O": 2.0, "K2O": 0.3,
}  # fmt: skip
MORB = {
    "SiO2": 50.0, "TiO2": 1.2, "Al2O3": 15.0, "FeO": 9.0, "MgO": 9.5, "CaO": 11.8, "Na2O": 2.5
}  # fmt: skip
ZERO_C = 273.15
R = 8.3144


def test_a_total_of_iron_that_is_zero_is_no_second_iron() -> None:
    for total in ({**MORB, "FeOT": 0.0}, {"FeOT": 0.0, **MORB}):
        np.testing.assert_array_equal(moles_of(total), moles_of(MORB))
    with pytest.raises(InputError, match="FeO is given twice"):
        moles_of({**MORB, "FeOT": 9.0})


def test_ford_gives_the_worked_number() -> None:
    """A MORB-like melt at 1473 K, 1 bar, worked by hand; its fractions sum to 0.995 and stay so."""
    melt = {"Si": 0.46, "Mg": 0.11, "Fe": 0.08, "Ca": 0.115, "Al": 0.17, "Na": 0.05, "Ti": 0.01}
    x = {**dict.fromkeys(("Mn", "Ni", "Cr", "P", "K", "Fe3"), 0.0), **melt}
    model = gb.mineral_melt("ford-1983-ol")
    k = model._k(model._lines(x, pressure_kbar=0.001), 1473.0)
    assert k["Mg"] == pytest.approx(4.95, abs=0.005)
    assert k["Fe"] == pytest.approx(1.53, abs=0.005)
    assert k["Fe"] / k["Mg"] == pytest.approx(0.31, abs=0.005)
    assert k["Mg"] * x["Mg"] + k["Fe"] * x["Fe"] == pytest.approx(0.667, abs=0.0005)


@pytest.mark.parametrize(
    ("name", "a_fe", "b_fe"),
    [("beattie-1993-ol", 0.299, 0.027), ("beattie-1993-ol-b", 0.279, 0.031)],
)
def test_beattie_olivine_returns_what_it_is_inverted_from(
    name: str, a_fe: float, b_fe: float
) -> None:
    """D_Mg from the stoichiometry of olivine, then T from D_Mg, in closed form."""
    x = cation_fractions(moles_of(BASALT))
    pressure = 8.0
    a = {"Mg": 1.0, "Mn": 0.259, "Fe": a_fe, "Ca": 0.0056}
    b = {"Mg": 0.0, "Mn": -0.049, "Fe": b_fe, "Ca": 0.0135}
    d_mg = (2 / 3 - sum(b[c] * x[c] for c in b)) / sum(a[c] * x[c] for c in a)
    nf = 3.5 * log(1 - x["Al"]) + 7 * log(1 - x["Ti"])
    nm = sum(x[c] for c in a)
    kelvin = (113100 / R + (pressure * 1e8 - 1e5) * 4.11e-6 / R) / (
        52.05 / R + 2 * log(d_mg) + 2 * log(1.5 * nm) + 2 * log(3 * x["Si"]) - nf
    )
    model = gb.mineral_melt(name)
    found = model.saturation_temperature(BASALT, pressure_kbar=pressure)
    assert found == pytest.approx(kelvin - ZERO_C, abs=1e-6)
    k = model.coefficients(BASALT, pressure_kbar=pressure, temperature_C=found)
    for cation, slope in a.items():
        assert k[cation] == pytest.approx(slope * d_mg + b[cation], rel=1e-9)


def test_beattie_orthopyroxene_returns_what_it_is_inverted_from() -> None:
    x = cation_fractions(moles_of(BASALT))
    pressure = 12.0
    d_mg = (0.5 - (-0.089 * x["Ca"] - 0.025 * x["Mn"] + 0.129 * x["Fe"])) / (
        x["Mg"] + 0.072 * x["Ca"] + 0.352 * x["Mn"] + 0.264 * x["Fe"]
    )
    nf = 3.5 * log(1 - x["Al"]) + 7 * log(1 - x["Ti"])
    nm = x["Mg"] + x["Fe"] + x["Ca"] + x["Mn"]
    kelvin = (125900 / R + (pressure * 1e8 - 1e5) * 6.5e-6 / R) / (
        67.92 / R + 2 * log(d_mg) + 2 * log(2 * nm) - nf
    )
    model = gb.mineral_melt("beattie-1993-opx")
    found = model.saturation_temperature(BASALT, pressure_kbar=pressure)
    assert found == pytest.approx(kelvin - ZERO_C, abs=1e-6)
    k = model.coefficients(BASALT, pressure_kbar=pressure, temperature_C=found)
    assert k["Mg"] == pytest.approx(d_mg, rel=1e-9)
    assert k["Fe"] == pytest.approx(0.264 * d_mg + 0.129, rel=1e-9)


def test_langmuir_plagioclase_at_its_saturation_is_as_published() -> None:
    x = cation_fractions(moles_of(MORB))
    made = components(x)
    pressure = 4.0
    model = gb.mineral_melt("langmuir-1992-pl")
    kelvin = model.saturation_temperature(MORB, pressure_kbar=pressure) + ZERO_C
    an = made["CaAl2O4"] / (made["CaAl2O4"] + 1.5 * made["NaAlO2"])
    k_an = 10 ** (2446 / kelvin - (1.122 + 0.2562 * an))
    k_ab = 10 ** ((3195 + 3283 * an + 0.0506 * 1000 * pressure) / kelvin - 1.885 * an - 2.3715)
    total = 5 / 3 * k_an * made["CaAl2O4"] + 2.5 * k_ab * made["NaAlO2"]
    assert total == pytest.approx(1.0, abs=1e-9)


def test_langmuir_clinopyroxene_at_its_saturation_is_as_published() -> None:
    x = cation_fractions(moles_of(MORB))
    made = components(x)
    bar = 4000.0
    model = gb.mineral_melt("langmuir-1992-cpx")
    kelvin = model.saturation_temperature(MORB, pressure_kbar=bar / 1000.0) + ZERO_C
    k_mg = 10 ** ((3798 + 0.021 * bar) / kelvin - 2.28)
    total = (
        4 / 3 * made["CaAl2O4"] * 10 ** ((2418 + 0.068 * bar) / kelvin - 2.3)
        + 2 * made["NaAlO2"] * 10 ** ((5087 + 0.073 * bar) / kelvin - 4.48)
        + 2 * x["Mg"] * k_mg
        + 2 * x["Fe"] * k_mg * 10**-0.6198
        + made["CaSiO3"] * 10 ** ((1783 + 0.0038 * bar) / kelvin - 0.753)
        + x["Ti"] * 10 ** ((1034 + 0.053 * bar) / kelvin - 1.27)
    )
    assert total == pytest.approx(1.0, abs=1e-9)


def test_four_olivine_models_agree_on_a_basalt() -> None:
    names = [name for name in mineral_melt_names() if name.endswith(("-ol", "-ol-b"))]
    found = [gb.mineral_melt(n).saturation_temperature(BASALT, pressure_kbar=1.0) for n in names]
    assert len(found) == 4
    assert max(found) - min(found) < 40.0  # twice the errors the authors give


def test_minimiser_and_equations_agree_on_the_liquidus_mineral() -> None:
    run = gb.path(
        gb.bulk(wt=BASALT, ignore="outside"),
        pressure_kbar=1.0,
        until_melt_fraction=0.98,
        database="T21-Su26",
    )
    removed = run.removed_mass.sum("step")
    assert str(run.phase.values[int(removed.values.argmax())]) == "ol"
    line = gb.liquid_line(BASALT, pressure_kbar=1.0, until_melt_fraction=0.98)
    assert str(line.mineral.values[int(line.solid_mass.values[-1].argmax())]) == "olivine"
    assert float(line.temperature_C[0]) == pytest.approx(float(run.temperature_C[0]), abs=50.0)


@settings(max_examples=25)
@given(
    name=st.sampled_from(mineral_melt_names()),
    mgo=st.floats(5.0, 20.0),
    pressure=st.floats(0.001, 10.0),
    scale=st.floats(0.1, 10.0),
)
def test_a_saturated_mineral_has_whole_formulas(
    name: str, mgo: float, pressure: float, scale: float
) -> None:
    """Saturation is stoichiometry: one mole of cations, charge balance through oxides."""
    melt = {**MORB, "MgO": mgo}
    model = gb.mineral_melt(name)
    temperature, mineral = model.saturate(moles_of(melt), pressure)
    assume(not np.isnan(temperature))
    counts = np.array([o.cations for o in oxides()])
    assert mineral @ counts == pytest.approx(1.0, abs=2e-3)  # but for K2O, which is a trace
    scaled = {oxide: scale * amount for oxide, amount in melt.items()}
    assert model.saturation_temperature(scaled, pressure_kbar=pressure) == pytest.approx(
        temperature, abs=1e-6
    )


def test_a_liquid_line_keeps_the_mass() -> None:
    line = gb.liquid_line(MORB, pressure_kbar=1.0, until_melt_fraction=0.4, increment=0.005)
    left = line.melt_fraction * line.melt_composition_wt
    gone = (line.solid_mass * line.solid_composition_wt.fillna(0.0)).sum("model")
    start = line.melt_composition_wt.isel(step=0)
    assert float(abs(left + gone - start).max()) < 1e-9
    assert float(line.melt_fraction[-1]) == pytest.approx(0.4, abs=1e-9)
    assert line.attrs["end"] == "the melt fraction asked for is reached"


def test_halving_the_increment_of_a_liquid_line_hardly_changes_it() -> None:
    lines = [
        gb.liquid_line(MORB, pressure_kbar=1.0, until_melt_fraction=0.5, increment=step)
        for step in (0.004, 0.002)
    ]
    modes = [line.solid_mass.isel(step=-1) / 0.5 for line in lines]
    assert 100.0 * float(abs(modes[0] - modes[1]).max()) < 0.2
    order = (lines[0].solid_mass > 0.0).argmax("step").to_series()
    assert list(order.sort_values().index) == [
        "ford-1983-ol", "langmuir-1992-pl", "langmuir-1992-cpx"
    ]  # fmt: skip


def test_a_melt_outside_the_range_is_warned_about() -> None:
    rock = gb.bulk("high-ti-glass")
    complaints = gb.mineral_melt("langmuir-1992-pl").outside(rock, pressure_kbar=1.0)
    assert any("TiO2 = 20.29 is outside 0 to 5 wt%" in text for text in complaints)
    assert any("FeO = 32.09 is outside 0 to 15 wt%" in text for text in complaints)
    assert gb.mineral_melt("langmuir-1992-pl").outside(MORB, pressure_kbar=1.0) == ()
    with pytest.warns(UserWarning, match="outside the range of calibration: langmuir-1992-"):
        line = gb.liquid_line(
            rock, pressure_kbar=1.0, models=["langmuir-1992-ol"], until_melt_fraction=0.9
        )
    assert line.attrs["outside_range"]


@pytest.mark.parametrize("name", sorted(absent_mineral_melt()))
def test_models_that_are_not_public_are_named_as_absent(name: str) -> None:
    with pytest.raises(InputError, match=r"\((2001|1985)\).*(not public|not found)|1985"):
        gb.mineral_melt(name)


def test_a_model_of_ones_own_is_a_folder(tmp_path: Path) -> None:
    with as_file(files("gibbsite_datasets") / "tables/mineral_melt/langmuir-1992-ol") as source:
        shutil.copytree(source, tmp_path / "mine")
    settings_file = tmp_path / "mine/model.toml"
    settings_file.write_text(settings_file.read_text().replace("langmuir-1992-ol", "mine"))
    terms_file = tmp_path / "mine/terms.csv"
    terms_file.write_text(terms_file.read_text().replace("6921", "7000"))
    mine = gb.mineral_melt(tmp_path / "mine")
    shipped = gb.mineral_melt("langmuir-1992-ol")
    assert mine.key == "mine"
    assert mine.saturation_temperature(MORB, pressure_kbar=1.0) > (
        shipped.saturation_temperature(MORB, pressure_kbar=1.0) + 5.0
    )
    line = gb.liquid_line(
        MORB, pressure_kbar=1.0, models=[tmp_path / "mine"], until_melt_fraction=0.95
    )
    assert list(line.model.values) == ["mine"]
    terms_file.write_text(terms_file.read_text().replace("1/T", "1/Q"))
    with pytest.raises(TableError, match=r"terms.csv.*1/Q"):
        gb.mineral_melt(tmp_path / "mine")


class Ilmenite:
    """A model written as a class: pure FeTiO3, saturated at one temperature."""

    key = "ilmenite"
    mineral = "ilmenite"
    reference = "made up"

    def saturate(self, moles: np.ndarray, pressure_kbar: float) -> tuple[float, np.ndarray]:
        names = [oxide.name for oxide in oxides()]
        return 1500.0, np.array([float(name in ("FeO", "TiO2")) for name in names])

    def complaints(self, moles: np.ndarray, pressure_kbar: float, temperature_C: float) -> tuple:
        return ()


def test_a_model_of_ones_own_is_a_class_and_ends_where_its_oxide_is_gone() -> None:
    line = gb.liquid_line(MORB, pressure_kbar=1.0, models=[Ilmenite()], increment=0.001)
    assert line.attrs["end"] == "the melt does not hold the TiO2 of the next ilmenite"
    assert float(line.melt_composition_wt.sel(component="TiO2")[-1]) < 0.1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"models": ["ford-1983"]}, "no mineral-melt model 'ford-1983'"),
        ({"models": []}, "give one or more models"),
        ({"models": ["ford-1983-ol", "ford-1983-ol"]}, "each once"),
        ({"models": [3]}, "3 is no mineral-melt model"),
        ({"models": [Path("nowhere")]}, "has no model.toml"),
        ({"pressure_kbar": -1.0}, "pressure_kbar = -1 is outside"),
        ({"pressure_kbar": [1.0, 2.0]}, "is not a number in kbar"),
        ({"until_melt_fraction": 2.0}, "until_melt_fraction = 2.0"),
        ({"increment": 0.0}, "increment = 0.0"),
        ({"melt": {"SiO2": 50, "H2O": 3}}, "know no 'H2O'"),
        ({"melt": {"SiO2": -50}}, "finite, not negative"),
        ({"melt": {"SiO2": 100.0}}, "is saturated in this melt"),
    ],
)
def test_bad_input_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        gb.liquid_line(**{"melt": MORB, "pressure_kbar": 1.0, **change})  # type: ignore[arg-type]


def test_the_words_of_the_tables_have_a_meaning_each() -> None:
    x = cation_fractions(moles_of(MORB))
    assert tuple(components(x)) == MELT_COMPONENTS
    assert tuple(terms(x, 1.0, ("Mg", "Fe"))) == MELT_TERMS

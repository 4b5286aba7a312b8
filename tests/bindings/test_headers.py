# ruff: noqa: RUF001 (full-width letters are what is tested)
"""Headers of tables of rocks: however an oxide is spelt it is that oxide, or it is refused."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gibbsite as gb
from gibbsite._inputs.headers import element, read_header, read_unit, resembles
from gibbsite.errors import InputError

# Made up, near a basalt; the sum is 100.
BASALT = {
    "SiO2": 49.0,
    "TiO2": 1.5,
    "Al2O3": 15.0,
    "Cr2O3": 0.3,
    "FeO": 10.0,
    "MgO": 9.0,
    "CaO": 12.0,
    "Na2O": 2.6,
    "K2O": 0.6,
}
FULL_WIDTH = {
    ord(narrow): ord(narrow) + 0xFEE0 for narrow in "()[]{}%0123456789ABCDKMNSTOaefgilotr"
}
UNITS = (
    "wt%",
    "wt.%",
    "wt %",
    "WT%",
    "wt. %",
    "%",
    "mass%",
    "weight %",
    "wt",
    "Gew.-%",
    "质量分数",
)
BRACKETS = ("{}", "({})", "[{}]", "( {} )", "{{{}}}", "（{}）", "【{}】", "［{}］", "<{}>")
TOTAL = ("{}T", "{}t", "{}*", "{}tot", "{}(T)", "{}_T", "T{}", "{}Total", "{} total", "{} (total)",
         "{}(tot.)", "t{}", "Σ{}", "tot. {}", "total {}", "T-{}", "{}ᵀ", "{} (total Fe)", "Fe as {}",
         "Total iron as {}", "ΣFe as {}", "{}**", "{} ges")  # fmt: skip


def basalt(headers: dict[str, str]) -> gb.Bulk:
    """The basalt as a table with other headers."""
    table = pd.DataFrame([BASALT], index=["a"]).rename(columns=headers)
    return gb.rocks(table)["a"]


@st.composite
def spellings(draw: st.DrawFn, oxide: str) -> str:
    """A header that can mean only one oxide."""
    text = draw(st.sampled_from([oxide, oxide.upper(), oxide.lower(), oxide.capitalize()]))
    text = draw(st.sampled_from([text, text.translate(dict(zip(b"23", "₂₃", strict=True)))]))
    blank = draw(st.sampled_from([" ", "  ", "\u00a0", "_", ", ", " / "]))
    unit = blank + draw(st.sampled_from(BRACKETS)).format(draw(st.sampled_from(UNITS)))
    text += draw(st.sampled_from(["", unit, unit.removeprefix(blank) if "(" in unit else unit]))
    text = draw(st.sampled_from([text, text.translate(FULL_WIDTH)]))
    return draw(st.sampled_from(["", " "])) + text + draw(st.sampled_from(["", " "]))


@settings(max_examples=30)  # and a hundred in what follows
@given(headers=st.fixed_dictionaries({oxide: spellings(oxide) for oxide in BASALT}))
def test_any_spelling_of_the_oxides_gives_the_same_rock(headers: dict[str, str]) -> None:
    assert basalt(headers).moles == gb.bulk(wt=BASALT).moles


@pytest.mark.slow
@given(
    headers=st.fixed_dictionaries({oxide: spellings(oxide) for oxide in BASALT}),
    order=st.permutations(["name", *BASALT]),
    separator=st.sampled_from([";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_file_with_the_oxides_gives_the_same_rock(
    headers: dict[str, str], order: list[str], separator: str, decimal: str, encoding: str
) -> None:
    cells = {"name": "001", **{o: str(wt).replace(".", decimal) for o, wt in BASALT.items()}}
    rows = [[headers.get(name, name) for name in order], [cells[name] for name in order]]
    text = "\n".join(separator.join(row) for row in rows)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rocks.csv"
        path.write_text(text, encoding=encoding)
        found = gb.rocks(path)
    assert {name: rock.moles for name, rock in found.items()} == {"001": gb.bulk(wt=BASALT).moles}


@pytest.mark.parametrize("form", TOTAL)
@pytest.mark.parametrize("unit", ["", " (wt%)", "[WT%]"])
def test_total_iron_is_ferrous_however_it_is_written(form: str, unit: str) -> None:
    assert basalt({"FeO": form.format("FeO") + unit}).moles == gb.bulk(wt=BASALT).moles
    as_ferric = basalt({"FeO": form.format("Fe2O3") + unit})
    expected = gb.bulk(wt={**BASALT, "FeO": 10.0 * 0.89981})
    np.testing.assert_allclose(as_ferric.array(), expected.array(), atol=1e-6)


DECORATIONS = st.sampled_from(
    ["", "raw ", "mean ", "σ ", "2", "norm", " dry", ".1", "#", "†", "_x", " ±", " calc", "(ppb)", "?",
     " err", "/dry", "+", "T", "t", " mol%", "_mol", " at%", "a", "O", "2O", "*"]
)  # fmt: skip


@given(st.sampled_from(sorted(BASALT)), DECORATIONS, DECORATIONS)
def test_an_oxide_under_an_odd_header_is_read_or_refused_never_lost(
    oxide: str, before: str, after: str
) -> None:
    found = read_or_refuse({oxide: before + oxide + after})
    if isinstance(found, str):
        assert oxide in found
    else:
        assert found.moles == gb.bulk(wt=BASALT).moles


def read_or_refuse(headers: dict[str, str]) -> gb.Bulk | str:
    try:
        return basalt(headers)
    except InputError as error:
        return str(error)


@pytest.mark.parametrize(
    ("header", "right"),
    [
        ("Si02", "SiO2"),
        ("Al203", "Al2O3"),
        ("K20", "K2O"),
        ("Mg0", "MgO"),
        ("SiO", "SiO2"),
        ("MnO2", "MnO"),
        ("FeO2", "FeO"),
        ("SiO2 norm", "SiO2"),
        ("FeOcalc", "FeO"),
        ("Fe2O3 calc", "Fe2O3"),
        ("FeO+Fe2O3", "FeOt"),
        ("SiO2 (ppb)", "SiO2"),
    ],
)
def test_what_is_nearly_an_oxide_is_refused_with_what_would_be_right(
    header: str, right: str
) -> None:
    table = pd.DataFrame([BASALT], index=["a"]).assign(**{header: 1.0})
    with pytest.raises(InputError, match=f"did you mean {right!r}") as caught:
        gb.rocks(table)
    assert repr(header) in str(caught.value)
    ignored = gb.rocks(table, ignore=[header])
    assert ignored["a"].moles == gb.bulk(wt=BASALT).moles
    assert ignored.notes == (f"columns not used: {header}",)


@pytest.mark.parametrize("header", ["Fe", "Fe total", "FeT", "TFe", "Fe (wt%)", "FE(PPM)"])
def test_iron_as_an_element_is_not_lost(header: str) -> None:
    with pytest.raises(InputError, match=r"Fe would be lost.*give FeOt or Fe2O3t"):
        basalt({"FeO": header})
    both = pd.DataFrame([BASALT], index=["a"]).assign(**{header: 7.8})
    assert gb.rocks(both)["a"].moles == gb.bulk(wt=BASALT).moles


OTHER = (
    "Mg#|Total|Sr|CO(PPM)|HO(PPM)|MO(PPM)|PO|NO.|Cr (ppm)|Nb|Coordinates|LOCATION|Union|Cacao|"
    "log fO2|dNNO|Na2O+K2O|FeO*/MgO|CaO/Al2O3|1/SiO2|TiO2/Yb|GeO2|Latitude|P_kbar|H2O_Sat|H2O-|f"
)


@pytest.mark.parametrize(
    "header",
    OTHER.split("|"),
)
def test_other_columns_are_left_alone_and_named(header: str) -> None:
    table = pd.DataFrame([BASALT], index=["a"]).assign(**{header: 1.0})
    assert gb.rocks(table).notes == (f"columns not used: {header}",)


@pytest.mark.parametrize("header", ["LOI", "loi", "LOI(WT%)", "L.O.I.", "Loss on ignition"])
def test_a_loss_on_ignition_is_left_alone_with_a_hint(header: str) -> None:
    table = pd.DataFrame([BASALT], index=["a"]).assign(**{header: 1.0})
    unused, hint = gb.rocks(table).notes
    assert unused == f"columns not used: {header}"
    assert hint == f"{header} is no oxide and was not read: give H2O by weight, or say water"


def test_an_oxide_in_parts_per_million_is_read_as_such() -> None:
    table = pd.DataFrame([{**BASALT, "Cr2O3": 3000.0}], index=["a"])
    found = gb.rocks(table.rename(columns={"Cr2O3": "CR2O3 (PPM)"}))["a"]
    assert found.wt["Cr2O3"] == pytest.approx(0.3, rel=1e-12)


def test_an_oxide_by_moles_is_not_read_as_weight() -> None:
    with pytest.raises(InputError, match="MgO would be lost: the column 'MgO mol%' is by moles"):
        basalt({"MgO": "MgO mol%"})
    with pytest.raises(InputError, match="the oxides are by moles"):
        basalt({oxide: f"{oxide} (mol%)" for oxide in BASALT})


@pytest.mark.parametrize(
    ("text", "quantity", "unit"),
    [
        ("H2O+", "H2O", ""),
        ("H2OT(WT%)", "H2O", "wt%"),
        ("Fe3+/ΣFe", "Fe3Fet", ""),
        ("w(SiO2)/%", "SiO2", "wt%"),
        ("wt% SiO2", "SiO2", "wt%"),
        ("SiO$_2$", "SiO2", ""),
        ("SiO<sub>2</sub>", "SiO2", ""),
        ("S (ppm)", "S", "ppm"),
        ("Cl [µg/g]", "Cl", "ppm"),
        ("CO2", "CO2", ""),
        ("COO", "CoO", ""),
    ],
)
def test_what_a_header_means(text: str, quantity: str, unit: str) -> None:
    found = read_header(text)
    assert found is not None
    assert (found.quantity, found.unit) == (quantity, unit)


def test_words_that_are_none() -> None:
    assert read_header("Sample") is None
    assert read_header("SiO2", "_Liq") is None
    assert resembles("SiO2") == "SiO2"
    assert resembles("Sr") is None
    assert (element("SI(PPM)"), element("Cr"), element("Sr")) == ("Si", None, None)
    assert [read_unit(text) for text in ("wt.%", "(ppm)", "mol%", "50", "")] == [
        "wt%", "ppm", "mol", None, None
    ]  # fmt: skip

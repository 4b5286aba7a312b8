"""Sections: the points they stand for, their identity, and their TOML files."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gibbsite import Section, bulk, database
from gibbsite._section.toml import shipped_sections
from gibbsite.errors import InputError
from gibbsite_engine.assemble import assemble

A, B = bulk("average-ibc"), bulk("high-ti-glass")
TX = Section.temperature_composition(
    A, B, pressure_kbar=3.0, temperature_C=(1000.0, 1300.0, 7), steps=5, database="T21-Su26"
)
PT = Section.pressure_temperature(
    A, pressure_kbar=(1.0, 4.0, 3), temperature_C=(1000, 1400, 9), database="T21-Su26"
)
PX = Section.pressure_composition(
    A, B, temperature_C=1200, pressure_kbar=(1, 10, 4), steps=3, database="T21-Su26"
)
GOOD_TX = """
kind = "temperature-composition"
pressure_kbar = 3.0
rock_a = "average-ibc"
rock_b = "high-ti-glass"
temperature_C = { start = 1000.0, stop = 1300.0, points = 7 }
x = { start = 0.0, stop = 1.0, points = 5 }
database = "T21-Su26"
"""
GOOD_PT = """
kind = "pressure-temperature"
rock = "high-ti-glass"
pressure_kbar = { start = 1, stop = 4, points = 3 }
temperature_C = { start = 1000, stop = 1400, points = 9 }
database = "T21-Su26"
"""


@pytest.mark.parametrize("section", [TX, PT, PX], ids=lambda section: section.kind)
def test_points_are_the_product_of_the_axes(section: Section) -> None:
    points = section.points()
    assert points.pressure_kbar.shape == points.temperature_K.shape == (section.size,)
    assert points.bulk_mol.shape == (section.size, len(section.components))
    for flat in range(section.size):
        row, column = divmod(flat, section.shape[1])
        here = dict(section.fixed)
        for (name, values), index in zip(section.axes.items(), (row, column), strict=True):
            here[name] = values[index]
        assert points.pressure_kbar[flat] == here["pressure_kbar"]
        assert points.temperature_K[flat] == here["temperature_C"] + 273.15
        rock = A.mix(B, here["x"]) if "x" in here else A
        np.testing.assert_array_equal(points.bulk_mol[flat], rock.array(section.components))


def test_axes_include_both_ends_and_are_named_rows_first() -> None:
    (rows, temperatures), (columns, fractions) = TX.axes.items()
    assert (rows, columns) == ("temperature_C", "x")
    np.testing.assert_array_equal(temperatures, [1000, 1050, 1100, 1150, 1200, 1250, 1300])
    np.testing.assert_array_equal(fractions, [0, 0.25, 0.5, 0.75, 1])
    assert list(PT.axes) == ["pressure_kbar", "temperature_C"]
    assert list(PX.axes) == ["pressure_kbar", "x"]
    assert TX.fixed == {"pressure_kbar": 3.0}
    assert PX.fixed == {"temperature_C": 1200.0}
    assert PT.fixed == {}


@given(
    rows=st.tuples(st.integers(0, 7), st.integers(0, 7)).map(sorted),
    columns=st.tuples(st.integers(0, 5), st.integers(0, 5)).map(sorted),
)
def test_a_rectangle_is_cut_out_of_the_whole(rows: list[int], columns: list[int]) -> None:
    part = TX.points(rows=(rows[0], rows[1]), columns=(columns[0], columns[1]))
    flat = np.arange(TX.size).reshape(TX.shape)[slice(*rows), slice(*columns)].ravel()
    for of_part, of_flat, whole in zip(part, TX.points(flat), TX.points(), strict=True):
        np.testing.assert_array_equal(of_part, whole[flat])
        np.testing.assert_array_equal(of_flat, whole[flat])


def test_arrays_suit_a_kernel() -> None:
    for section in (TX, PT, PX):
        for array in section.points([3, 1]):
            assert array.dtype == np.float64
            assert array.flags.c_contiguous


def test_points_that_do_not_exist_are_refused() -> None:
    for indices in ([-1], [TX.size]):
        with pytest.raises(IndexError, match="35 points"):
            TX.points(indices)
    for rows in ((0, 8), (-1, 2), (3, 2)):
        with pytest.raises(IndexError, match="temperature_C has 7 points"):
            TX.points(rows=rows)
    with pytest.raises(TypeError, match="not both"):
        TX.points([0], rows=(0, 1))


def test_a_point_of_a_huge_section_costs_nothing() -> None:
    huge = Section.temperature_composition(
        A,
        B,
        pressure_kbar=3.0,
        temperature_C=(1000.0, 1300.0, 10**6),
        steps=10**6,
        database="T21-Su26",
    )
    assert huge.points([huge.size - 1]).temperature_K[0] == 1573.15


def test_identity_is_what_changes_the_answer_and_nothing_else() -> None:
    same = replace(TX, title="another title", bulks=(replace(A, name="renamed", key=""), B))
    assert same.sha256 == TX.sha256
    different = [
        replace(TX, pressure_kbar=3.1),
        replace(TX, columns=replace(TX.columns, points=6)),
        replace(TX, rows=replace(TX.rows, stop=1301.0)),
        replace(TX, bulks=(B, A)),
        replace(TX, database="T21"),
        replace(TX, exclude=("spl",)),
        replace(TX, only=("liq", "ol")),
        PT,
        PX,
    ]
    hashes = {section.sha256 for section in different} | {TX.sha256}
    assert len(hashes) == len(different) + 1
    assert replace(TX, exclude=("spl", "ol")).sha256 == replace(TX, exclude=("ol", "spl")).sha256


@pytest.mark.parametrize(
    "section",
    [
        TX,
        PT,
        PX,
        replace(TX, title='a "quoted" \\ title,\nwith ü and \x7f', exclude=("spl", "g")),
        replace(PT, only=("liq", "ol")),
        replace(PT, bulks=(A.mix(B, 0.3),)),
        replace(PT, bulks=(replace(A, name="my own name"),)),
        replace(
            PT, bulks=(bulk(wt={"SiO2": 45, "MgO": 40, "FeO": 8, "MnO": 0.2}, ignore="outside"),)
        ),
    ],
)
def test_toml_text_describes_the_section_wholly(section: Section) -> None:
    again = Section.from_text(section.to_toml())
    assert again.sha256 == section.sha256
    assert again.to_toml() == section.to_toml()
    for mine, theirs in zip(section.bulks, again.bulks, strict=True):
        assert replace(theirs, key=mine.key) == mine
    assert (again.title, again.rows, again.columns) == (
        section.title,
        section.rows,
        section.columns,
    )


def test_a_section_travels_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(TX)) == TX


@pytest.mark.parametrize("name", sorted(shipped_sections()))
def test_shipped_sections_can_be_read(name: str) -> None:
    section = Section.from_toml(name)
    assert section.title
    assert Section.from_text(section.to_toml()) == section


def test_the_shipped_sections_are_the_figures() -> None:
    fig4c = Section.from_toml("fig4c")
    assert fig4c.kind == "temperature-composition"
    assert fig4c.shape == (601, 401)
    assert fig4c.fixed == {"pressure_kbar": 3.0}
    assert [rock.key for rock in fig4c.bulks] == ["average-ibc", "high-ti-glass"]
    assert (fig4c.rows.start, fig4c.rows.stop) == (1000.0, 1300.0)
    fig3a = Section.from_toml("fig3a")
    assert fig3a.kind == "pressure-temperature"
    assert fig3a.shape == (401, 401)
    assert {"fig3a", "fig4c", "klb1"} <= set(shipped_sections())


def test_a_file_is_read_and_named_in_errors(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD_TX, encoding="utf-8")
    assert Section.from_toml(path).sha256 == TX.sha256
    path.write_text(GOOD_TX.replace("rock_a", "rok_a"), encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.toml: the key 'rok_a' is unknown.*'rock_a'"):
        Section.from_toml(path)


def test_a_rock_can_be_given_by_oxides() -> None:
    text = GOOD_PT.replace('"high-ti-glass"', "{ wt = { SiO2 = 50, MgO = 50, P2O5 = 1 }, IGNORE }")
    section = Section.from_text(text.replace("IGNORE", 'ignore = "outside"'))
    assert section.bulks[0].moles == bulk(wt={"SiO2": 50, "MgO": 50}).moles
    assert Section.from_text(text.replace("IGNORE", 'ignore = ["P2O5"]')) == section
    with pytest.raises(InputError, match=r"rock: 0\.99 wt% .* outside the system"):
        Section.from_text(text.replace(", IGNORE", ""))


def test_a_section_without_a_database_is_told_which_there_are() -> None:
    with pytest.raises(InputError, match=r"(?s)^TOML text: which database\?.*W24 +dry rocks"):
        Section.from_text(GOOD_TX.replace('database = "T21-Su26"', ""))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "temperature-composition"', "", "'kind' is missing; it is one of"),
        ("kind", "kinds", "the key 'kinds' is unknown: did you mean 'kind'?"),
        ("temperature-comp", "temprature-comp", "did you mean 'temperature-composition'?"),
        ('"temperature-composition"', "3", "kind = 3 is unknown"),
        (
            '"temperature-composition"',
            '"composition-temperature"',
            "kind = 'composition-temperature' is unknown: did you mean 'temperature-composition'?",
        ),
        (
            '"temperature-composition"',
            '"temperature-pressure"',
            "kind = 'temperature-pressure' is unknown: did you mean 'pressure-temperature'?",
        ),
        ("points = 7", "steps = 7", "'temperature_C.steps' is unknown: did you mean 'points'?"),
        ("temperature_C", "temperature_K", "did you mean 'temperature_C'?"),
        ("temperature_C", "T", "the key 'T' is unknown: did you mean 'temperature_C'?"),
        ("pressure_kbar = 3.0", "", "the key 'pressure_kbar' is missing"),
        ("pressure_kbar = 3.0", 'pressure_kbar = "3"', "pressure_kbar = '3' should be a number"),
        ("pressure_kbar = 3.0", "pressure_kbar = nan", "pressure_kbar = nan should be a finite"),
        ("pressure_kbar = 3.0", "pressure_kbar = 100", "100 is outside the accepted range, 0.001"),
        ("1300.0", "2300.0", "temperature_C = 2300 is outside the accepted range, 200 to 2200"),
        ("stop = 1.0", "stop = 1.5", "x = 1.5 is outside 0 to 1"),
        ("start = 1000.0", "start = 1400.0", "start = 1400 must be below stop = 1300"),
        ("points = 5", "points = 1", "x: 1 points; an axis has a whole number of them, 2 or more"),
        ("points = 5", "points = 5.5", "x.points = 5.5 should be a whole number"),
        ("points = 5", "points = true", "x.points = True should be a whole number"),
        ('"high-ti-glass"', '"high-ti-glas"', "rock_b: there is no rock named 'high-ti-glas': did"),
        ('"high-ti-glass"', "7", "rock_b = 7 should be a table"),
        ('"high-ti-glass"', "{ wtt = { SiO2 = 1 } }", "'rock_b.wtt' is unknown: did you mean 'wt'"),
        ('"high-ti-glass"', "{ wt = { SiO3 = 1 } }", "'SiO3' is not a known oxide"),
        ('"high-ti-glass"', "{ wt = { SiO2 = -1 } }", "SiO2 = -1 wt% is negative"),
        ('"high-ti-glass"', "{ wt = { SiO2 = nan } }", "SiO2 = nan wt% is not finite"),
        ('"high-ti-glass"', '{ wt = { SiO2 = "a" } }', "SiO2 = 'a' is not a number"),
        ("rock_b", "rock", "the key 'rock' is unknown: did you mean 'rock_"),
        ("x = {", "phases = { exclud = [] }\nx = {", "did you mean 'exclude'?"),
        ("x = {", "phases = { exclude = [3] }\nx = {", "phases.exclude.0 = 3 should be text"),
        ("x = {", "phases = { only = [] }\nx = {", "only = [] leaves no phase"),
        ("x = {", 'phases = { only = "q", exclude = "q" }\nx = {', "'q' is both in only and in"),
        ("x = {", "x = = {", "is not valid TOML"),
    ],
)
def test_what_cannot_be_meant_gets_one_sentence(old: str, new: str, words: str) -> None:
    assert old in GOOD_TX
    with pytest.raises(InputError) as caught:
        Section.from_text(GOOD_TX.replace(old, new), "mine.toml")
    assert words in str(caught.value)
    assert str(caught.value).startswith("mine.toml")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_answered_with_the_shipped_names(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no shipped section named 'fig4': did you mean 'fig"):
        Section.from_toml("fig4")
    with pytest.raises(InputError, match="no file"):
        Section.from_toml(tmp_path / "none.toml")


def test_what_is_no_text_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "result.toml"
    path.write_bytes(b"\x89HDF\r\n\x1a\n\xff\xfe")
    with pytest.raises(InputError, match="not a text file"):
        Section.from_toml(path)
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        Section.from_toml(tmp_path / "folder.toml")


def test_constructors_refuse_what_is_no_axis() -> None:
    with pytest.raises(InputError, match="number of points"):
        Section.pressure_temperature(
            A, pressure_kbar=3.0, temperature_C=(1000, 1400, 9), database="T21-Su26"
        )  # type: ignore[arg-type]
    with pytest.raises(InputError, match="nan is not a finite number"):
        Section.pressure_temperature(
            A,
            pressure_kbar=(1.0, float("nan"), 3),
            temperature_C=(1000, 1400, 9),
            database="T21-Su26",
        )
    with pytest.raises(InputError, match='database is a name such as "W24"'):
        replace(PT, database=object())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="cannot have 2 rocks"):
        replace(PT, bulks=(A, B))
    with pytest.raises(InputError, match="must be either an axis or one number"):
        replace(PT, pressure_kbar=3.0)


@pytest.mark.parametrize("chosen", [{}, {"exclude": ["g"]}, {"only": ["cpx", "liq", "ol"]}])
def test_tiles_of_a_section_share_a_database_and_what_is_reduced_of_it(chosen, monkeypatch):
    calls = []

    def counted(*arguments):
        calls.append(arguments)
        return assemble(*arguments)

    monkeypatch.setattr("gibbsite._inputs.database.assemble", counted)
    rock = bulk(mol={"SiO2": 2.0, "MgO": 1.0, "CaO": 1.0})
    sections = [
        Section.pressure_temperature(
            rock,
            pressure_kbar=(1.0, 2.0, 2),
            temperature_C=(high - 100.0, high, 2),
            database="W24",
            **chosen,
        )
        for high in (1100.0, 1200.0)
    ]
    first, second = (section.load_database() for section in sections)
    assert first is second
    assert first.sha256 == database("W24", **chosen).sha256
    present = rock.array(first.components) > 0.0
    assert first.reduced(present) is second.reduced(present)
    assert len(calls) <= 1  # none if another test came before

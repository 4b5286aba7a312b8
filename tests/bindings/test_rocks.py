# ruff: noqa: RUF001 (full-width brackets are what is tested)
"""Tables of rocks as they lie on the disk: every kind, and what is said of one that cannot be read.

The tables are made up; their forms are those of public ones.
"""

import datetime
import sys

import pandas as pd
import pytest

import gibbsite as gb
from gibbsite.errors import InputError

WT = {"SiO2": 49.5, "Al2O3": 15.5, "FeO": 9.5, "MgO": 10.5, "CaO": 12.0, "Na2O": 2.5}


@pytest.fixture
def table(tmp_path):
    def write(text, encoding="utf-8", name="rocks.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def same(rock, wt):
    assert rock.array() == pytest.approx(gb.bulk(wt=wt).array(), abs=1e-12)


def test_rows_are_rocks_by_weight(table):
    rocks = gb.rocks(table("name,SiO2,FeOT,MgO\nA,50,10,40\nB, 45.5 ,,54.5\n\n"))
    assert list(rocks) == ["A", "B"]
    assert rocks["A"].moles == gb.bulk(wt={"SiO2": 50, "FeO": 10, "MgO": 40}).moles
    assert rocks["B"].mol["FeO"] == 0.0
    assert (rocks["A"].name, rocks["A"].status) == ("A", "given")
    assert rocks["B"].source == "rocks.csv, row 2"
    assert rocks.notes == ()


GEOROC = (
    "CITATION,SAMPLE NAME,ROCK NAME,LOCATION,SIO2(WT%),TIO2(WT%),B2O3(WT%),AL2O3(WT%),FE2O3(WT%),"
    "FEO(WT%),FEOT(WT%),CAO(WT%),MGO(WT%),MNO(WT%),K2O(WT%),NA2O(WT%),P2O5(WT%),H2OP(WT%),LOI(WT%),"
    "CO(PPM),SR(PPM),K(PPM),TI(PPM),ND143_ND144\n"
    "[1],s_MÜ-1 [1],BASALT,RÉUNION,49.1,1.4,,15.2,,,9.6,11.8,9.9,.15,.3,2.4,.12,,.4,44,210,2500,8400,\n"
    "[2],s_7 [2],BASALT,RÉUNION,48.7,1.2,,15.6,2.1,7.9,,11.9,10.1,,.2,2.3,,.3,,,,,,.51301\n"
)


def test_an_export_of_georoc(table):
    path = table(GEOROC, "latin-1")
    with pytest.raises(InputError, match=r"s_MÜ-1 \[1\]: .* lies outside the system \(P2O5"):
        gb.rocks(path, iron="ferrous")
    rocks = gb.rocks(path, iron="ferrous", ignore="outside")
    assert list(rocks) == ["s_MÜ-1 [1]", "s_7 [2]"]
    first = {"SiO2": 49.1, "TiO2": 1.4, "Al2O3": 15.2, "FeO": 9.6, "CaO": 11.8, "MgO": 9.9}
    same(rocks["s_MÜ-1 [1]"], {**first, "K2O": 0.3, "Na2O": 2.4})
    second = {"SiO2": 48.7, "TiO2": 1.2, "Al2O3": 15.6, "CaO": 11.9, "MgO": 10.1, "K2O": 0.2}
    ferrous = 7.9 + 2.1 * 143.6888 / 159.6882
    same(rocks["s_7 [2]"], {**second, "Na2O": 2.3, "FeO": ferrous})
    assert rocks["s_7 [2]"].left_out_wt["H2O"] == pytest.approx(0.3, abs=0.01)
    assert rocks.totals_wt["s_MÜ-1 [1]"] == pytest.approx(99.97)
    read, used = rocks.notes[1:3]
    assert rocks.notes[0].startswith("read as Latin-1")
    assert "'SIO2(WT%)' as SiO2" in read
    assert "'FEOT(WT%)' as FeOt" in read
    assert "B2O3" not in read  # an empty column is none
    assert "LOI(WT%), CO(PPM), SR(PPM), K(PPM), TI(PPM)" in used


def test_capitals_alone_lose_nothing(table):
    path = table("SAMPLE,SIO2,AL2O3,FEO,MGO,CAO,NA2O,K2O\na,49.5,15.5,9.5,10.5,12,2.5,0\n")
    same(gb.rocks(path)["a"], WT)


def test_a_form_of_iron_that_is_zero_is_no_second_iron(table):
    head = "SAMPLE,SIO2,AL2O3,FE2O3,FEO,FEOT,MGO,CAO,NA2O\n"
    path = table(f"{head}a,49.5,15.5,0,9.5,0,10.5,12,2.5\nb,49.5,15.5,0,0,9.5,10.5,12,2.5\n")
    for rock in gb.rocks(path).values():
        same(rock, WT)
    for wt in ({**WT, "FeOT": 0.0}, {"FeOT": 0.0, **WT}, {**WT, "FeO": 0.0, "FeOt": 9.5}):
        same(gb.bulk(wt=wt), WT)


def test_a_spreadsheet_of_a_class(table):
    head = "样品号,SiO2  wt%,Al2O3 （质量分数）,TFe2O3,MgO（%）,CaO  wt%,Na2O [wt%]\n"
    rocks = gb.rocks(table(f"{head}玄武岩,49.5,15.5,10.557738,10.5,12,2.5\n"))
    same(rocks["玄武岩"], {**WT, "FeO": 10.557738 * 143.6888 / 159.6882})
    assert rocks["玄武岩"].wt["FeO"] == pytest.approx(100 * 9.5 / 99.5, rel=1e-5)
    assert any("all iron given as Fe2O3 counted as FeO, times 0.89981" in n for n in rocks.notes)


PETROLOG = (
    " Sample , SiO2, Al2O3, FeOt, FeO, Fe2O3, Fe3Fet, MgO, CaO, Na2O, K2O, P2O5\n"
    "run,49.5,15.5,9.5,8.55,1.0558,0.1,10.5,12,2.5,-1,-1.00\n"
    "run,49.5,15.5,9.5,-1,-1,-1,10.5,12,2.5,-1,-1\n"
)


def test_an_output_of_petrolog(table):
    path = table(PETROLOG)
    with pytest.raises(InputError, match=r"row 2: the name 'run' is there twice.*row 1; to number"):
        gb.rocks(path)
    rocks = gb.rocks(path, repeated="number", iron="ferrous")
    assert list(rocks) == ["run", "run (2)"]
    for rock in rocks.values():
        same(rock, WT)
    assert rocks.totals_wt["run"] == pytest.approx(99.5)  # iron once
    assert rocks.counted_as_zero["run"] == dict.fromkeys(
        ["K2O", "P2O5"], "-1 wt% is negative, a code for what is not there"
    )
    note = "K2O = -1 wt% is negative, a code for what is not there, counted as 0 in run, run (2)"
    assert note in rocks.notes
    assert note.partition(", counted")[0] in rocks.check()["remarks"]["run"]
    with pytest.raises(InputError, match=r"Fe2O3 = 1.0558, Fe3Fet = 0.1: say what"):
        gb.rocks(path, repeated="number")


def test_names_are_numbered_past_those_that_are_there(table):
    lines = "".join(f"{name},50,50\n" for name in ("a", "a", "a (2)", "a", "b", "b"))
    rocks = gb.rocks(table(f"name,SiO2,MgO\n{lines}"), repeated="number")
    assert list(rocks) == ["a", "a (3)", "a (2)", "a (4)", "b", "b (2)"]


def test_iron_given_twice_must_agree(table):
    head = "name,SiO2,Al2O3,FeO,FeO*,Fe2O3T,MgO,CaO,Na2O\n"
    path = table(f"{head}a,49.5,15.5,,9.5,10.56,10.5,12,2.5\n")
    same(gb.rocks(path)["a"], WT)
    path = table(f"{head}a,49.5,15.5,8,9.5,,10.5,12,2.5\n")
    with pytest.raises(InputError, match=r"a: iron is given as FeOt and FeO, 9.5 or 8 wt%"):
        gb.rocks(path)


@pytest.mark.parametrize("suffix", ["_Liq", "_liq", "_WR"])
def test_columns_with_a_suffix(table, suffix):
    head = ",".join(oxide.replace("FeO", "FeOt") + suffix for oxide in WT)
    path = table(f"Sample_ID{suffix},{head},Fe3Fet{suffix},H2O{suffix}\na,{cells(WT)},NaN,NaN\n")
    rocks = gb.rocks(path)
    same(rocks["a"], WT)
    assert rocks.notes == ()


def cells(wt):
    return ",".join(f"{amount}" for amount in wt.values())


def test_of_two_suffixes_one_is_chosen_and_nothing_else_is_lost():
    frame = pd.DataFrame({f"{oxide}_Liq": [amount] for oxide, amount in WT.items()})
    both = frame.assign(SiO2_Ol=40.0, MgO_Ol=50.0, NiO_Ol=0.3)
    with pytest.raises(InputError, match=r"have the suffixes.*say which by suffix="):
        gb.rocks(both)
    rocks = gb.rocks(both, suffix="_Liq")
    same(rocks["row 1"], WT)
    assert rocks.notes == ("columns not used: SiO2_Ol, MgO_Ol, NiO_Ol",)
    with pytest.raises(InputError, match=r"suffix = '\.liq' if all oxides have it"):
        gb.rocks(pd.DataFrame({"SiO2.liq": [50.0], "MgO.liq": [50.0]}))
    with pytest.raises(InputError, match=r"K2O would be lost: the column 'K2O' has no suffix"):
        gb.rocks(frame.assign(K2O=0.1))
    with pytest.raises(
        InputError, match=r"NiO would be lost: .* has the suffix '_Ol', unlike SiO2"
    ):
        gb.rocks(frame.assign(NiO_Ol=0.3))
    assert gb.rocks(frame.assign(MgO_err=0.3)).notes == ("columns not used: MgO_err",)


def test_a_sheet_of_a_laboratory(table):
    path = table(
        "\ufeffSample No.;SiO2;Al2O3;Fe2O3tot;MgO;CaO;Na2O;K2O;Cr;LOI;Total\n"
        ";wt%;wt.%;(wt%);%;wt%;wt%;wt%;ppm;wt%;wt%\n"
        "001;49,5;15,5;10,56;10,5;12;2,5;<0,01;300;0,2;99,9\n"
        "1.10;49,5;15,5;10,56;10,5;12;2,5;b.d.l.;n.a.;;\n"
        "NA;49,5;15,5;10,56;10,5;12;2,5;tr.;;;\n"
        "12/3;49,5;15,5;10,56;10,5;12;2,5;-9999;;;\n"
        "1e5;49,5;15,5;10,56;10,5;12;2,5;n.d.;;;\n"
    )
    rocks = gb.rocks(path)
    assert list(rocks) == ["001", "1.10", "NA", "12/3", "1e5"]
    for rock in rocks.values():
        same(rock, {**WT, "FeO": 10.56 * 143.6888 / 159.6882})
    assert "row 1 holds units" in rocks.notes
    assert "decimal commas read" in rocks.notes
    assert "columns not used: Cr, LOI, Total" in rocks.notes
    said = {name: zeros["K2O"] for name, zeros in rocks.counted_as_zero.items()}
    assert said == {
        "001": "'<0,01' is below detection",
        "1.10": "'b.d.l.' is below detection",
        "NA": "'tr.' is below detection",
        "12/3": "-9999 wt% is negative, a code for what is not there",
        "1e5": "'n.d.' is not there",
    }
    for name, remark in said.items():
        assert f"K2O = {remark}, counted as 0 in {name}" in rocks.notes
    assert rocks["001"].source == "rocks.csv, row 1"


def test_units_below_the_header_are_obeyed(table):
    path = table("name,SiO2,MgO,Cr2O3\n,wt%,wt%,ppm\na,50,49.7,3000\n")
    assert gb.rocks(path)["a"].wt["Cr2O3"] == pytest.approx(0.3)
    with pytest.raises(InputError, match="'SiO2 wt%' is in ppm by the row below"):
        gb.rocks(table("name,SiO2 wt%,MgO\n,ppm,ppm\na,50,50\n"))
    with pytest.raises(InputError, match="by moles"):
        gb.rocks(table("name,SiO2,MgO\n,mol%,mol%\na,50,50\n"))
    with pytest.raises(InputError, match="holds no rocks, only units"):
        gb.rocks(table("name,SiO2,MgO\n,wt%,wt%\n"))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_encodings_and_ends_of_lines(table, separator, encoding, end):
    lines = ["name,SiO2,MgO", "Müller,50,50", "b c,60,40", ""]
    path = table(end.join(lines).replace(",", separator), encoding)
    assert list(gb.rocks(path)) == ["Müller", "b c"]
    assert gb.rocks(path)["b c"].moles == gb.bulk(wt={"SiO2": 60, "MgO": 40}).moles


@pytest.mark.parametrize("head", ["Sample", "ROCK", "name", "Sample ID", "sample_no.", "LABEL"])
def test_names_stand_under_any_usual_word_in_any_column(table, head):
    assert list(gb.rocks(table(f"SiO2,{head},MgO\n50,a b/c,50\n"))) == ["a b/c"]


def test_names_without_a_usual_header(table):
    first = gb.rocks(table("Probe,SiO2,MgO\nx,50,50\ny,60,40\n"))
    assert list(first) == ["x", "y"]
    assert first.notes == ("names are those of the column Probe",)
    assert list(gb.rocks(table(",SiO2,MgO\n7,50,50\n8,60,40\n"))) == ["7", "8"]
    assert list(gb.rocks(table("SiO2,MgO\n50,50\n60,40\n"))) == ["row 1", "row 2"]
    types = gb.rocks(table("Type,SiO2,MgO\nlava,50,50\nlava,60,40\n"))
    assert list(types) == ["row 1", "row 2"]


def test_titles_above_the_header(table):
    rocks = gb.rocks(table('"Table 3, made up"\n\nname,SiO2,MgO\na,50,50\n'))
    assert list(rocks) == ["a"]
    assert "rows above the header not used: 1" in rocks.notes


def test_a_second_header_starts_no_second_table(table):
    path = table("name,SiO2,MgO\na,50,50\nname,SiO2,MgO,FeO\nb,50,40,10\n")
    read = gb.rocks(path, bad_rows="leave-out")
    assert list(read) == ["a"]
    assert list(read.bad) == ["name", "b"]


def test_numbers_of_a_frame_are_checked_too():
    frame = pd.DataFrame({"SiO2": [50.0], "MgO": [50.0]}, index=["a"])
    with pytest.raises(InputError, match="a: K2O = inf wt% is not finite"):
        gb.rocks(frame.assign(K2O=float("inf")))
    with pytest.raises(InputError, match=r"a: Cr2O3 \(ppm\) = '3,000' is not a number of ppm"):
        gb.rocks(frame.assign(**{"Cr2O3 (ppm)": "3,000"}))
    with pytest.raises(InputError, match="a: K2O = 'True' is not a number"):
        gb.rocks(frame.assign(K2O=True))
    with pytest.raises(InputError, match=r"a: Fe3Fet = 1.5 is a fraction, 0 to 1"):
        gb.rocks(frame.assign(Fe3Fet=1.5))
    with pytest.raises(InputError, match="no column is an oxide with the suffix '_Liq'"):
        gb.rocks(frame, suffix="_Liq")
    both = gb.rocks(frame.assign(**{"MgO mol%": 59.0}))
    assert both["a"].moles == gb.rocks(frame)["a"].moles
    assert both.notes == ("columns not used: MgO mol%",)


def test_oxides_outside_the_system_are_ignored_on_request(table):
    path = table("name,SiO2,MgO,P2O5\nA,50,49,1\n")
    with pytest.raises(InputError, match="A: 1 wt% of the composition lies outside"):
        gb.rocks(path)
    for ignore in ("outside", "P2O5", ["outside", "P2O5"]):
        assert gb.rocks(path, ignore=ignore)["A"].left_out_wt == {"P2O5": pytest.approx(1.0)}
    with pytest.raises(
        InputError, match="the oxide to ignore, 'MnO2', is unknown: did you mean 'MnO'"
    ):
        gb.rocks(path, ignore=["outside", "MnO2"])
    with pytest.raises(InputError, match="MgO cannot be ignored"):
        gb.rocks(path, ignore=["outside", "MgO"])


BAD = [
    ("A,50,<0.3", "A", "MgO = '<0.3' is not a number of wt%: it may be anything up to 0.3"),
    ("A,50,>40", "A", "MgO = '>40' is not a number"),
    ("A,50,1_0", "A", "MgO = '1_0' is not a number"),
    ("A,50,49.9±0.2", "A", "MgO = '49.9±0.2' is not a number"),
    ("A,50,-0.02", "A", "MgO = -0.02 wt% is negative"),
    ("A,50,inf", "A", "MgO = 'inf' is not a number"),
    (
        "A,50,-1",
        "A",
        "MgO = -1 wt% is negative, a code for what is not there; the oxides sum to 50",
    ),
    (
        "A,50,b.d.l.",
        "A",
        "MgO = 'b.d.l.' is below detection; the oxides sum to 50 wt%, less than 60",
    ),
    ("A,50,nan", "A", "the oxides sum to 50 wt%, less than 60: oxides are missing"),
    ("A,0.5,0.5", "A", "the oxides sum to 1 wt%, less than 60: fractions or moles"),
    ("A,50,500", "A", "the oxides sum to 550 wt%, more than 120"),
    ("A,,", "A", "the oxides sum to 0 wt%"),
    (",50,50", "row 1", "no name"),
    ("A,50", "A", "2 cells, and the header 3"),
    ("A,49,5,50,1", "A", "5 cells, and the header 3. Decimal commas need quotes"),
    ("good,50,50", "row 2", "the name 'good' is there twice: it is taken by row 1"),
]


@pytest.mark.parametrize(("row", "label", "reason"), BAD)
def test_a_bad_row_says_why_and_leaves_the_others(table, row, label, reason):
    path = table(f"name,SiO2,MgO\n{row}\ngood,50,50\n")
    read = gb.rocks(path, bad_rows="leave-out")
    assert list(read) == ["good"]
    assert list(read.bad) == [label]
    assert reason in read.bad[label]
    assert read.notes[-1] == f"rows that are no rocks: {label}"
    with pytest.raises(InputError) as caught:
        gb.rocks(path)
    assert str(caught.value) == f"{label}: {read.bad[label]}"


@pytest.mark.parametrize("total", [60.0, 120.0])
def test_a_total_between_60_and_120_is_an_analysis(table, total):
    path = table(f"name,SiO2,MgO\na,50,{total - 50}\n")
    assert gb.rocks(path).totals_wt == {"a": total}
    outside = total - 0.1 if total < 100 else total + 0.1
    with pytest.raises(InputError, match=f"a: the oxides sum to {outside:g} wt%"):
        gb.rocks(table(f"name,SiO2,MgO\na,50,{outside - 50}\n"))


def test_the_first_of_many_bad_rows_is_told_and_how_many_there_are(table):
    path = table("name,SiO2,MgO\na,5,5\nb,5,5\nc,50,50\nd,5,5\n")
    with pytest.raises(InputError, match=r"^a: the oxides sum to 10 wt%.*2 more rows are no rocks"):
        gb.rocks(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,SiO2,SiO2\nA,50,50\n", "'SiO2' is there twice"),
        (
            "name,SiO2,SIO2(WT%)\nA,50,51\n",
            "A: SiO2 is given in the columns 'SiO2' and 'SIO2(WT%)'",
        ),
        ("name,Sr,Ni\nA,50,50\n", "no column is an oxide; there are name, Sr, Ni"),
        ("name,Si02,Mg0\nA,50,50\n", "'Si02' is no oxide: did you mean 'SiO2'?"),
        ("name,SiO2,MgO,H20\nA,50,45,5\n", "'H20' is no oxide: did you mean 'H2O'?"),
        ("oxide,A,B\nSiO2,50,60\nMgO,45,30\nFeO,5,10\n", "each rock is a column"),
        ("name,SiO2\n", "the table holds no rocks"),
        ("name SiO2 MgO\nA 50 50\n", "blanks are between the cells; put commas"),
        ("", "holds no rocks"),
        ('name,SiO2\n"A,50\n', "cannot be read as a table"),
        ("\0\0\0", "it is no text"),
    ],
)
def test_a_table_that_cannot_be_meant(table, text, says):
    with pytest.raises(InputError, match=r"rocks\.csv|^A: ") as caught:
        gb.rocks(table(text))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "options", [{"repeated": "x"}, {"bad_rows": "x"}, {"iron": "x"}, {"sheet": "x"}]
)
def test_options_that_are_none(table, options):
    with pytest.raises(InputError, match="'x'"):
        gb.rocks(table("name,SiO2,MgO\nA,50,50\n"), **options)


def test_a_table_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot be read as a table: No such file"):
        gb.rocks(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read as a table"):
        gb.rocks(tmp_path)


def test_names_of_a_frame_are_those_of_its_column_or_index():
    frame = pd.DataFrame({"SiO2": [50.0, 60.0], "MgO": [50.0, 40.0]})
    assert list(gb.rocks(frame.set_index(pd.Index(["001", "NA"])))) == ["001", "NA"]
    assert list(gb.rocks(frame.assign(sample=["001", "1.10"]))) == ["001", "1.10"]
    with pytest.raises(InputError, match="row 2: it has no name"):
        gb.rocks(frame.assign(sample=["a", None]))


def test_a_header_of_two_rows_of_a_frame():
    columns = [("Sample", "Unnamed: 0_level_1"), ("SiO2", "wt%"), ("MgO", "wt%")]
    frame = pd.DataFrame([["a", 60.0, 40.0]], columns=pd.MultiIndex.from_tuples(columns))
    assert gb.rocks(frame)["a"].moles == gb.bulk(wt={"SiO2": 60, "MgO": 40}).moles


@pytest.fixture
def workbook(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")

    def write(sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append([cell[0] if isinstance(cell, tuple) else cell for cell in row])
                for cell, given in zip(sheet[sheet.max_row], row, strict=False):
                    if isinstance(given, tuple):
                        cell.number_format = given[1]
        path = tmp_path / "rocks.xlsx"
        book.save(path)
        return path

    return write


HEAD = ["Sample", "SiO2  wt%", "MgO (wt%)", "Note"]


def test_an_excel_file_shows_what_excel_shows(workbook):
    rows = [
        HEAD,
        ["001", 50, 50.0, None],
        [(1, "000"), 50, "50", "x"],
        [(1.1, "0.00"), 60, 40, None],
    ]
    rocks = gb.rocks(workbook({"Data": [*rows[:2], [None] * 4, [7, 60, 40, None], rows[3]]}))
    assert list(rocks) == ["001", "7", "1.10"]
    assert rocks["1.10"].moles == gb.bulk(wt={"SiO2": 60, "MgO": 40}).moles
    with pytest.raises(InputError, match="the name '001' is there twice"):
        gb.rocks(workbook({"Data": rows}))


def test_empty_cells_at_the_end_of_a_row_of_excel_are_cells(workbook):
    path = workbook({"Data": [["name", "SiO2", "MgO", "K2O"], ["a", 50, 50], ["b", 50, 49, 1]]})
    assert gb.rocks(path)["a"].mol["K2O"] == 0.0


def test_the_sheet_with_oxides_is_read(workbook):
    text, data = [["made up"]], [HEAD, ["a", 50, 50, None]]
    rocks = gb.rocks(workbook({"About": text, "Data": data}))
    assert rocks.notes[0] == "read of the sheets of the workbook: Data"
    path = workbook({"Data": data, "More": [HEAD, ["b", 60, 40, None]]})
    with pytest.raises(InputError, match=r"oxides on the sheets \['Data', 'More'\]; say which"):
        gb.rocks(path)
    assert list(gb.rocks(path, sheet="More")) == ["b"]
    with pytest.raises(InputError, match="no sheet 'Mores': did you mean 'More'"):
        gb.rocks(path, sheet="Mores")


def test_what_excel_has_made_of_a_cell_is_told(workbook):
    day = datetime.datetime(2026, 3, 12)
    with pytest.raises(InputError, match=r"the name in row 1 is a date.*something like 12/3"):
        gb.rocks(workbook({"Data": [HEAD, [day, 50, 50, None]]}))
    with pytest.raises(InputError, match=r"a: MgO \(wt%\) = '=40\+10 .* is not a number"):
        gb.rocks(workbook({"Data": [HEAD, ["a", 50, "=40+10", None]]}))
    with pytest.raises(InputError, match=r"a: MgO \(wt%\) = '#DIV/0!' is not a number"):
        gb.rocks(workbook({"Data": [HEAD, ["a", 50, "#DIV/0!", None]]}))
    percent = {"Data": [[*HEAD[:3], "K2O"], ["a", 50, 47, (0.03, "0.0%")]]}
    with pytest.raises(InputError, match="a: K2O = '3%' is not a number of wt%"):
        gb.rocks(workbook(percent))  # 0.03 was read, a hundredth of what is shown
    percent["Data"][1][3] = (3.0, '0.0"%"')
    assert gb.rocks(workbook(percent))["a"].wt["K2O"] == pytest.approx(3.0)


def test_excel_without_what_reads_it(tmp_path, monkeypatch):
    path = tmp_path / "rocks.xlsx"
    path.write_bytes(b"PK\x03\x04")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError, match=r"needs openpyxl: pip install 'gibbsite\[excel\]'"):
        gb.rocks(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(InputError, match=r"an old Excel file; save it as \.xlsx or as CSV"):
        gb.rocks(path)


def test_a_damaged_workbook(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "rocks.xlsx"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match="it is no Excel workbook"):
        gb.rocks(path)

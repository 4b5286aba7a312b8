"""A table of rocks: what is read, and what is said of a row or a header that cannot be."""

import pytest

import gibbsite
from gibbsite._running.rocks import read_rocks
from gibbsite.errors import InputError


@pytest.fixture
def table(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "rocks.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_rows_are_rocks_by_weight(table):
    rocks = read_rocks(table("name,SiO2,FeOT,MgO\nA,50,10,40\nB, 45.5 ,,54.5\n\n")).rocks
    assert list(rocks) == ["A", "B"]
    assert rocks["A"].moles == gibbsite.bulk(wt={"SiO2": 50, "FeO": 10, "MgO": 40}).moles
    assert rocks["B"].mol["FeO"] == 0.0
    assert (rocks["A"].name, rocks["A"].status) == ("A", "given")
    assert rocks["B"].source == "rocks.csv, row 2"


@pytest.mark.parametrize("head", ["Sample", "ROCK", "name"])
def test_names_stand_under_any_usual_word_in_any_column(table, head):
    text = f"SiO2,{head},MgO\n50,a b/c,50\n"
    assert list(read_rocks(table(text, "utf-8-sig")).rocks) == ["a b/c"]


def test_oxides_outside_the_system_are_ignored_on_request(table):
    path = table("name,SiO2,MgO,MnO\nA,50,49,1\n")
    assert "1 wt% of the composition lies outside" in read_rocks(path).bad["A"]
    assert read_rocks(path, "outside").rocks["A"].left_out_wt == {"MnO": pytest.approx(1.0)}


@pytest.mark.parametrize(
    ("row", "label", "reason"),
    [
        ("A,50,<0.01", "A", "MgO = '<0.01' is not a number"),
        ("A,50,-1", "A", "MgO = -1 wt% is negative"),
        ("A,50,nan", "A", "not finite"),
        ("A,,", "A", "all components are zero"),
        (",50,50", "row 1", "no name"),
        ("A,50", "A", "2 cells, and the header 3"),
        ("good,50,50", "row 2", "the name 'good' is taken"),
    ],
)
def test_a_bad_row_says_why_and_leaves_the_others(table, row, label, reason):
    read = read_rocks(table(f"name,SiO2,MgO\n{row}\ngood,50,50\n"))
    assert list(read.rocks) == ["good"]
    assert list(read.bad) == [label]
    assert reason in read.bad[label]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SiO2,MgO\n50,50\n", "one column of names"),
        ("name;SiO2;MgO\nA;50;50\n", "separated by commas"),
        ("name,SiO2,Si02\nA,50,50\n", "'Si02' is no oxide: did you mean 'SiO2'?"),
        ("name,SiO2,Total\nA,50,100\n", "'Total' is no oxide"),
        ("name,SiO2,SiO2\nA,50,50\n", "'SiO2' is there twice"),
        ("name,SiO2\n", "holds no rocks"),
        ("", "holds no rocks"),
        ('name,SiO2\n"A,50\n', "cannot be read as a table"),
    ],
)
def test_a_table_that_cannot_be_meant(table, text, says):
    with pytest.raises(InputError, match=r"rocks\.csv") as caught:
        read_rocks(table(text))
    assert says in str(caught.value)


def test_a_table_that_is_not_there_or_no_text(table, tmp_path):
    with pytest.raises(InputError, match="cannot be read as a table: No such file"):
        read_rocks(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read as a table"):
        read_rocks(table("name,SiO2\nM\xfcller,50\n", "latin-1"))

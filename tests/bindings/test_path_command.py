"""`gibbsite path`: tables out, and bad input refused in one sentence."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from portable import assert_portable

import gibbsite as gb
from gibbsite._cli.commands import cli

WT = "SiO2=51.5 TiO2=1.5 Al2O3=14.5 FeO=10.5 MgO=9 CaO=11 Na2O=2"
W24 = ("--database", "W24")
SHORT = ("--wt", WT, "-p", "1", "--step", "20", "--until", "0.6", *W24)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["path", *map(str, arguments)])


def test_the_table_balances_and_the_terminal_shows_its_end(tmp_path: Path) -> None:
    done = run(*SHORT, "-o", tmp_path / "path.csv")
    assert done.exit_code == 0, done.output
    assert "the melt fraction asked for is reached" in done.output
    table = pd.read_csv(tmp_path / "path.csv")
    assert (table.status == "certified").all()
    solids = table[[name for name in table if name.startswith("solid_")]].sum(axis=1)
    assert (100.0 * table.melt_fraction + solids - 100.0).abs().max() < 1e-5
    melt = table[[name for name in table if name.endswith("_Liq")]].sum(axis=1)
    assert (melt - 100.0).abs().max() < 1e-5
    # The whole rock from the table alone: what an oxide has in the melt and in all solids.
    last = table.iloc[-1]
    minerals = [name.removeprefix("solid_") for name in table if name.startswith("solid_")]
    magnesia = last.melt_fraction * last.MgO_Liq + sum(
        last[f"solid_{name}"] / 100.0 * last[f"MgO_{name}"]
        for name in minerals
        if last[f"solid_{name}"] > 0.0
    )
    assert magnesia == pytest.approx(9.0, abs=1e-5)


def test_the_table_has_minerals_and_what_is_asked_for(tmp_path: Path) -> None:
    done = run(*SHORT, "-o", tmp_path / "path.csv", "--quantity", "ol/liq.Kd")
    assert done.exit_code == 0, done.output
    table = pd.read_csv(tmp_path / "path.csv")
    there = table["assemblage"].str.contains("ol")
    assert there.any()
    assert (table["ol.Fo"].notna() == there).all()
    assert table.loc[there, "ol/liq.Kd"].between(0.25, 0.40).all()
    assert (table["liq.Mg#"].diff().dropna() < 0.0).all()
    assert table["density"].between(2600.0, 3400.0).all()
    wrong = run(*SHORT, "-o", tmp_path / "b.csv", "--quantity", "ol.Foo")
    assert wrong.exit_code == 2
    assert "did you mean 'Fo'" in wrong.output


def test_a_melt_takes_up_granite_and_its_trace_elements(tmp_path: Path) -> None:
    granite = "SiO2=74 Al2O3=14 FeO=1.5 MgO=0.4 CaO=1.5 Na2O=4.6 K2O=4"
    given = (*SHORT, "--assimilate", granite, "--rate", "crystallised=0.3")
    traced = ("--traces", "La=5 Eu=1", "--partition", "fu-jacobsen-2024")
    out = tmp_path / "path.csv"
    done = run(*given, *traced, "--assimilated-traces", "La=40 Eu=1", "-o", out)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(out)
    assert table.assimilated_mass.iloc[-1] > 0.05
    assert table.La_Liq.iloc[-1] > 1.2 * table.La_Liq.iloc[0]
    # The whole: La of the melt and of all solids is that of the rock and of the granite.
    last = table.iloc[-1]
    solids = sum(last[name] for name in table if name.startswith("solid_")) / 100.0
    whole = last.melt_fraction * last.La_Liq + solids * last.La_Solid
    assert whole == pytest.approx(5.0 + 40.0 * last.assimilated_mass, rel=1e-7)
    takes = ("--assimilate", granite, "--rate", "crystallised=0.3")
    for wrong, told in (
        (("--rate", "C=0.1"), "--assimilate and --rate together"),
        (("--assimilate", granite, "--rate", "hour=1"), "say crystallised=0.3"),
        (("--traces", "La=5", "--coefficient", "pig=3"), "say pig.La=0.003"),
        (("--traces", "La=5", "--coefficient", "ol.La=0.1"), "not known for"),
        (("--traces", "La=5"), "coefficients (--partition), or --coefficient."),
        ((*traced, "--coefficient", "pig.La=nan"), "it is finite; leave out what is unknown"),
        (
            (*traced, "--coefficient", "pig.La=1", "--coefficient", "pig.La=2"),
            "pig.La is given twice in --coefficient",
        ),
        (("--assimilate", granite, "--rate", "crystallised=0,3"), "holds 2 numbers, and one is"),
        (
            ("--assimilate", f"{granite} P2O5=5", "--rate", "crystallised=0.3"),
            "P2O5 4.76); to leave it out, say --ignore outside",
        ),
        (("--traces", "Xx=5", "--partition", "fu-jacobsen-2024"), "Give them: --coefficient "),
        ((*takes, *traced), "concentrations (--assimilated-traces)"),
    ):
        refused = run(*SHORT, *wrong)
        assert refused.exit_code == 2
        assert told in refused.output


def test_pooled_melts_are_columns_where_melt_is_taken_away(tmp_path: Path) -> None:
    out = tmp_path / "path.csv"
    more = ("--direction", "melting", "--loss", "melt=0.02,0.02", "--until", "0.2")
    done = run("--wt", WT, "-p", "1", "--step", "20", *more, *W24, "-o", out)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(out)
    pooled = table[[name for name in table if name.endswith("_Pooled")]].sum(axis=1)
    there = table.melt_fraction > 0.0
    assert (pooled[there] - 100.0).abs().max() < 1e-5
    assert table.MgO_Liq.iloc[-1] > table.MgO_Pooled.iloc[-1]


def test_the_file_holds_the_path_and_is_not_replaced_unasked(tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("pressure_kbar, temperature_C\n2, 1250\n1, 1200\n")
    command = ("--wt", WT, "--along", points, "--kind", "equilibrium", "--step", "20", *W24)
    done = run(*command, "-o", tmp_path / "path.h5")
    assert done.exit_code == 0, done.output
    assert_portable(tmp_path / "path.h5")
    with gb.open(tmp_path / "path.h5") as dataset:
        assert dataset["solid_mass"].sel(phase="ol").dims == ("step",)
        assert {"pressure_kbar", "temperature_C", "component", "phase"} <= set(dataset.coords)
        assert dataset.attrs["process"] == "equilibrium crystallisation"
        assert dataset.gb.certified().all()
        last = gb.equilibrium(
            gb.bulk(wt={o: float(a) for o, a in (part.split("=") for part in WT.split())}),
            pressure_kbar=1.0,
            temperature_C=1200.0,
            database="W24",
        )
        here = dataset.isel(step=-1).gb.mode("liq")
        melt = sum(p.volume_fraction for p in last.phases if p.name == "liq")
        assert float(here) == pytest.approx(melt, abs=1e-9)
        assert float(dataset.pressure_kbar[-1]) == 1.0
        assert float(dataset.temperature_C[-1]) == 1200.0
    again = run(*command, "-o", tmp_path / "path.h5")
    assert again.exit_code == 2
    assert "give --overwrite" in again.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--bulk", "klb-1"), "a path needs a pressure"),
        (("--bulk", "klb-9", "-p", "1"), "did you mean 'klb-1'"),
        (("--bulk", "klb-1", "-p", "one"), "'one' in --pressure is not a number"),
        (("--bulk", "klb-1", "-p", "1", "-t", "1300 900 hot"), "'hot' in --temperature"),
        (("--bulk", "klb-1", "-p", "1 2", *W24), "2 pressures need a temperature each"),
        (("--bulk", "klb-1", "-p", "99", *W24), "outside the accepted range"),
        (("--bulk", "klb-1", "-p", "1", "--kind", "batch"), "'batch' is not one of"),
        (("--bulk", "klb-1", "-p", "1", "--step", "0", *W24), "--step 0.0 must be"),
        (("--bulk", "klb-1", "-p", "1", "--database", "T12"), "T12"),
        (
            ("--bulk", "klb-1", "-p", "1"),
            "which database? None is the right one for all rocks; say",
        ),
        (("--bulk", "klb-1", "-p", "1", "-o", "path.xlsx"), "must end in .csv or .h5"),
        (
            ("--bulk", "klb-1", "-p", "1", "-t", "700 600", *W24),
            "there is no melt at 1 kbar and 700 °C",
        ),
        (("--bulk", "klb-1", "--along", "nowhere.csv"), "nowhere.csv cannot be read"),
        (("--wt", WT, "-p", "1", "--quantity", "cpx.Jd", *W24), "give -o FILE.csv"),
        (("--wt", WT, "-p", "1", "--quantity", "cpx.Jd", "-o", "a.h5", *W24), "give -o FILE.csv"),
        (
            ("--wt", WT, "-p", "1", "--quantity", "hb", "-o", "a.csv", *W24),
            "there is no phase 'hb'",
        ),
        (
            ("--wt", WT, "-p", "1", "--quantity", "liq.H2O", "-o", "a.csv", *W24),
            "'liq.H2O' needs H2O; the components of W24 are",
        ),
        (("--wt", WT, "-p", "1", "--as", ".h5", *W24), "--as is of a --table of rocks"),
        (("--wt", WT, "-p", "1", "--iron", "given", *W24), "--iron is of a --table of rocks"),
    ],
)
def test_bad_input_is_one_sentence(arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("pressure_kbar,T\n1,1200\n", "no column temperature_C"),
        ("pressure_kbar,temperature_C\n1,hot\n", "row 1: temperature_C = 'hot' is no number"),
        ("pressure_kbar,temperature_C\n1,NA\n", "row 1: temperature_C = 'NA' is no number"),
        ("", "cannot be read as a table"),
        ("pressure_kbar,temperature_C\n", "holds no points"),
        ("pressure_kbar,temperature_C\n1,\n", "row 1: temperature_C = an empty cell is no number"),
        ("pressure_kbar,temperature_C\n1,1200,7\n", "Expected 2 fields in line 2, saw 3"),
        ("pressure_kbar,temperature_C,pressure_kbar\n1,1200,2\n", "twice the column pressure_kbar"),
        ("pressure_kbar;temperature_C\n1;1200\n", "with a comma between them"),
        ("pressure_kbar,temperature_C\nTrue,1200\n", "pressure_kbar = 'True' is no number"),
    ],
)
def test_bad_tables_of_points_are_refused(tmp_path: Path, content: str, message: str) -> None:
    points = tmp_path / "points.csv"
    points.write_text(content)
    done = run("--bulk", "klb-1", "--along", points)
    assert done.exit_code == 2
    assert message in done.output


def test_a_path_may_lose_its_fluid(tmp_path: Path) -> None:
    wt = "SiO2=62 Al2O3=18 FeO=6 MgO=3 K2O=4 Na2O=2 CaO=1 H2O=4"
    given = ("--wt", wt, "-p", "5 6", "-t", "620 680", "--step", "30", "--database", "W14")
    done = run(
        *given, "--direction", "metamorphism", "--loss", "fluid=0", "-o", tmp_path / "path.csv"
    )
    assert done.exit_code == 0, done.output
    assert "fractional metamorphism" in done.output
    table = pd.read_csv(tmp_path / "path.csv")
    assert table["H2O_Fl"].dropna().eq(100.0).all()
    assert 100.0 * table.fluid_fraction.iloc[-1] == pytest.approx(table.removed_H2O.sum(), abs=1e-6)
    for losses, told in (
        (("--loss", "melt=7%"), "--loss melt=7%: say fluid=0"),
        (("--loss", "melt=0.1", "--loss", "melt=0.2"), "melt is given twice in --loss"),
        (("--water", "0,5"), "--water '0,5' holds 2 numbers, and one is wanted"),
    ):
        wrong = run(*given, "--direction", "metamorphism", *losses)
        assert wrong.exit_code == 2
        assert told in wrong.output


def test_a_melt_is_cooled_by_what_it_takes_up(tmp_path: Path) -> None:
    granite = "SiO2=74 Al2O3=14 FeO=1.5 MgO=0.4 CaO=1.5 Na2O=4.6 K2O=4"
    given = ("--wt", WT, "-p", "1", *W24, "--assimilate", granite, "--rate", "step=0.02")
    out = tmp_path / "path.csv"
    done = run(*given, "--assimilated-at", "400", "--up-to", "0.06", "-o", out)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(out)
    assert table.assimilated_mass.tolist() == pytest.approx([0.0, 0.02, 0.04, 0.06])
    assert (table.temperature_C.diff().dropna() < -1.0).all()
    refused = run(*given, "--assimilated-at", "400")
    assert refused.exit_code == 2
    assert "--assimilated-at and --up-to together" in refused.output


def test_what_is_wrong_for_all_rocks_of_a_table_is_told_once(tmp_path: Path) -> None:
    """Nothing is made before it: no folder, and no path that would be lost."""
    rocks, folder = tmp_path / "rocks.csv", tmp_path / "paths"
    head = "name,SiO2,TiO2,Al2O3,FeO,Fe2O3,MgO,CaO,Na2O\n"
    rocks.write_text(f"{head}b/c,50,1,15,9,1,9,12,2.5\nb c,50,1,15,9,1,9,12,2.5\n")
    given = ("--table", rocks, "-p", "1", "-o", folder)
    for more, told in (
        ((*W24, "--iron", "given"), "'b/c' and 'b c' would both be written to b_c.csv; give one"),
        (("--iron", "given", "--database", "W99"), "Error: there is no database 'W99'"),
        ((*W24, "--iron", "given", "--quantity", "hb"), "Error: 'hb': there is no phase 'hb'"),
        ((*W24, "--as", ".h5", "--quantity", "ol.Fo"), "--quantity is a column of a CSV"),
        (W24, "b/c: Fe2O3 = 1: say what to do with ferric iron, --iron given to take it in"),
    ):
        done = run(*given, *more)
        assert done.exit_code > 0
        assert told in done.output
        assert not list(folder.glob("*")), more


def test_ferric_iron_of_a_table_goes_into_its_paths(tmp_path: Path) -> None:
    rocks = tmp_path / "rocks.csv"
    rocks.write_text("name,SiO2,TiO2,Al2O3,FeO,Fe2O3,MgO,CaO,Na2O\na,50,1,15,9,2,9,12,2.5\n")
    given = ("-p", "1", "-t", "1250 1200", "--step", "50", *W24)
    done = run("--table", rocks, "--iron", "given", *given, "--workers", "1", "-o", tmp_path / "p")
    assert done.exit_code == 0, done.output
    wt = "SiO2=50 TiO2=1 Al2O3=15 FeO=9 Fe2O3=2 MgO=9 CaO=12 Na2O=2.5"
    alone = run("--wt", wt, *given, "-o", tmp_path / "alone.csv")
    assert alone.exit_code == 0, alone.output
    of_table = pd.read_csv(tmp_path / "p" / "a.csv")
    assert (of_table["O_Liq"] > 0.1).all()
    pd.testing.assert_frame_equal(of_table, pd.read_csv(tmp_path / "alone.csv"))


@pytest.mark.slow
def test_rocks_of_a_table_have_a_path_each(tmp_path: Path) -> None:
    """On two processes as alone; one that has no path costs only itself."""
    text = (
        "name,SiO2,TiO2,Al2O3,FeO,MgO,CaO,Na2O,K2O\n"
        "one,50.4,1.6,15.3,10.4,7.6,11.4,2.7,0.2\n"
        "two,49.4,1.4,15.3,10.4,8.6,11.4,2.7,0.2\n"
        "none,0,0,100,0,0,0,0,0\n"
        "three,51.4,1.4,15.3,9.4,7.6,11.4,2.7,0.2\n"
    )
    rocks, folder = tmp_path / "rocks.csv", tmp_path / "paths"
    rocks.write_text(text, encoding="utf-8")
    given = ("-p", "1", "--step", "20", "--until", "0.7", *W24)
    done = run(*given, "--table", rocks, "--workers", "2", "-o", folder)
    assert done.exit_code == 1
    assert "1 of 4 rocks failed" in done.output
    assert [line.split(":")[0] for line in done.output.splitlines()[:4]] == [
        "one", "two", "none", "three",
    ]  # fmt: skip
    assert sorted(path.name for path in folder.iterdir()) == ["one.csv", "three.csv", "two.csv"]
    three = "SiO2=51.4 TiO2=1.4 Al2O3=15.3 FeO=9.4 MgO=7.6 CaO=11.4 Na2O=2.7 K2O=0.2"
    alone = run(*given, "--wt", three, "-o", tmp_path / "alone.csv")
    assert alone.exit_code == 0, alone.output
    pd.testing.assert_frame_equal(
        pd.read_csv(folder / "three.csv"), pd.read_csv(tmp_path / "alone.csv")
    )
    for wrong, told in (
        (("--table", rocks), "give -o FOLDER"),
        (("--table", rocks, "--wt", WT, "-o", folder), "not both"),
        (("--wt", WT, "--workers", "2"), "--workers is of a --table"),
        (("--table", rocks, "-o", folder), "one.csv exists"),
    ):
        refused = run(*given, *wrong)
        assert refused.exit_code == 2
        assert told in refused.output

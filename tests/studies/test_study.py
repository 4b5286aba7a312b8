"""The study as a whole: agreement with known values, resuming, the report, and bad input."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from functools import partial
from importlib.resources import as_file, files

import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner, Result

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite.errors import InputError
from gibbsite_datasets import Target, load_ranges, load_targets
from gibbsite_studies import crystallisation, draw_crystallisation, parts, plan, report, study
from gibbsite_studies import run as run_module
from gibbsite_studies.plan import Study, parse_study, read_study, shipped_studies
from gibbsite_studies.run import Run
from gibbsite_studies.shelf import Shelf
from gibbsite_studies.targets import compare
from gibbsite_studies.values import Span

TEXT = shipped_studies()["high-ti-glass"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="gibbsite")


def few_points() -> Study:
    """The shipped study with few points, and without what takes long and has no known values."""
    whole = read_study("high-ti-glass").coarse()
    assert whole.mixing is not None
    mixing = whole.mixing.model_copy(
        update={"candidates": whole.mixing.candidates[:1], "curve_points": 21}
    )
    return whole.model_copy(update={"mixing": mixing, "ensemble": None, "crystallisation": None})


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of a study that was run, and its comparisons by database and key."""
    folder = tmp_path_factory.mktemp("study")
    few = few_points()
    study.run_study(few, folder, source="high-ti-glass")
    outcomes = []
    for part in parts.PARTS:
        stamp = folder / "tables" / f"{part.name}.json"
        if stamp.exists():
            tables = Shelf(folder / "tables").get(part.name, json.loads(stamp.read_text())["key"])
            outcomes.append(report.Outcome(part, tables, ()))
    chapters = report.chapters(Run(few, folder), outcomes, "high-ti-glass")
    found = {name: {} for name in few.databases}
    for chapter in chapters:
        for row in chapter.rows:
            for name, comparison in zip(few.databases, row.by_database, strict=True):
                found[name][comparison.target.key] = comparison
    return folder, found


@pytest.mark.compiled
@pytest.mark.parametrize("database", ["T21-Su26", "T21"])
def test_values_known_from_an_independent_program_are_met(done, database):
    checked = {
        key: comparison
        for key, comparison in done[1][database].items()
        if database in comparison.target.checks
    }
    assert len(checked) >= 20
    assert {key: (c.text, c.check) for key, c in checked.items() if c.check != "agrees"} == {}


@pytest.mark.compiled
def test_every_target_is_in_both_reports(done):
    folder, _ = done
    page = (folder / "report.html").read_text(encoding="utf-8")
    text = (folder / "report.md").read_text(encoding="utf-8")
    for target in load_targets("high-ti-glass"):
        assert target.quantity in text
        assert target.quantity.replace("'", "&#39;").replace("<", "&lt;") in page
    assert "stand-in" in text
    assert gb.database("T21").sha256 in text
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        head, rule, *rows = [re.sub(r"\\\|", "", line).count("|") for line in table.splitlines()]
        assert rows, table
        assert {head, rule, *rows} == {head}, table


@pytest.mark.compiled
def test_sections_have_exact_lines_on_which_the_curves_lie(done):
    files = sorted((done[0] / "sections").glob("*"))
    assert len(files) == 4
    for file in files:
        with gb.open(file) as section:
            part, name = file.stem.split("-", 1)[0], str(section.attrs["database"])
            across, up = section.gb.diagram().axes
            solidus_line = section.gb.line("solidus")
        curves = pd.read_csv(done[0] / "tables" / f"{part}-curves.csv")
        curves = curves[curves["database"] == name]
        inside = curves.iloc[1:-1] if part == "mixing" else curves[curves["pressure_kbar"] > 1.0]
        assert len(inside) >= 3
        for point in zip(inside[_column(across)], inside[_column(up)], strict=True):
            # found by bisection of the temperature alone, and by following a line
            assert solidus_line.distance(shapely.Point(point)) < 0.05, (file.name, point)


def _column(axis: str) -> str:
    return "solidus_C" if axis == "temperature_C" else axis


@pytest.mark.slow
@pytest.mark.compiled
def test_lines_are_solved_for_again_if_that_was_interrupted(tmp_path, monkeypatch):
    section = gb.Section.pressure_temperature(
        gb.bulk("high-ti-glass"),
        pressure_kbar=(1.0, 4.0, 3),
        temperature_C=(1200.0, 1400.0, 5),
        database="T21-Su26",
    )

    def interrupted(path):
        path.write_bytes(b"half a file")
        raise KeyboardInterrupt

    def again(*_, **__):
        raise AssertionError("computed again")

    here = Run(few_points(), tmp_path)
    monkeypatch.setattr(run_module, "trace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        here.section(section, "s")
    monkeypatch.undo()
    monkeypatch.setattr("gibbsite._running.compute.fill", again)
    with here.section(section, "s") as dataset:
        assert dataset.gb.has_lines()
    assert [path.name for path in (tmp_path / "sections").iterdir()] == ["s-T21-Su26.h5"]


@pytest.mark.compiled
def test_the_page_needs_nothing_else(done):
    page = (done[0] / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") >= 12
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page) == []
    assert "{{" not in page


@pytest.mark.compiled
def test_every_figure_is_there_as_pdf_and_png(done):
    figures = done[0] / "figures"
    names = {path.stem for path in figures.glob("*.png")}
    assert {"fig3a-T21", "fig3b-T21-Su26", "fig4a", "fig4b-T21", "fig4c-candidates"} <= names
    for name in names:
        assert (figures / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (figures / f"{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.compiled
def test_a_study_that_is_done_computes_nothing_again(done, monkeypatch):
    def fail(*_):
        raise AssertionError("computed again")

    again = tuple(part._replace(compute=fail, draw=fail) for part in parts.PARTS)
    monkeypatch.setattr(study, "PARTS", again)
    before = (done[0] / "report.md").read_text(encoding="utf-8")
    study.run_study(few_points(), done[0], source="high-ti-glass")
    assert (done[0] / "report.md").read_text(encoding="utf-8") == before


def cheap(keys, calls, stop=""):
    """Parts that compute nothing but note that they were asked; one may be interrupted."""

    def compute(name, run, earlier):
        calls.append(name)
        if name == stop:
            raise KeyboardInterrupt
        return {}

    return tuple(
        part._replace(
            compute=partial(compute, part.name), values=lambda *_: {}, draw=lambda *_: iter(())
        )
        for part in parts.PARTS
        if part.name in keys
    )


def test_an_interrupted_study_goes_on_where_it_stopped(tmp_path, monkeypatch):
    names, calls = ("melting", "subsolidus", "restoration"), []
    monkeypatch.setattr(study, "PARTS", cheap(names, calls, stop="restoration"))
    few = few_points().model_copy(update={"mixing": None, "rare_earths": None, "components": None})
    with pytest.raises(KeyboardInterrupt):
        study.run_study(few, tmp_path, source="s")
    monkeypatch.setattr(study, "PARTS", cheap(names, calls))
    study.run_study(few, tmp_path, source="s")
    assert calls == ["melting", "subsolidus", "restoration", "restoration"]
    # other settings of one part: it is computed again, and what needs it, and nothing else
    other = few.subsolidus.model_copy(update={"below_solidus_C": 20.0})
    study.run_study(few.model_copy(update={"subsolidus": other}), tmp_path, source="s")
    assert calls[4:] == ["subsolidus", "restoration"]


OTHER = """
title = "Another rock"
publication = "none"
databases = ["{database}"]
targets = "high-ti-glass"

[subsolidus]
rocks = ["high-ti-bead-1"]
average = "{rock}"
average_at_C = 1060.0
pressure_kbar = 0.001
below_solidus_C = 10.0
"""


@pytest.mark.compiled
def test_with_another_database_or_rock_the_report_says_something_else(tmp_path, monkeypatch):
    undrawn = tuple(part._replace(draw=lambda *_: iter(())) for part in parts.PARTS)
    monkeypatch.setattr(study, "PARTS", undrawn)
    cells = {}
    for database, rock in (
        ("T21-Su26", "high-ti-glass"), ("T21-Su26", "high-ti-bead-3"), ("W24", "high-ti-glass"),
    ):  # fmt: skip
        mine = parse_study(OTHER.format(database=database, rock=rock), "other.toml")
        folder = tmp_path / f"{database}-{rock}"
        study.run_study(mine, folder, source="other.toml")
        text = (folder / "report.md").read_text(encoding="utf-8")
        (row,) = [line for line in text.splitlines() if line.startswith("| Clinopyroxene, average")]
        cells[database, rock] = row.split(" | ")[3]
        answer = gb.equilibrium(
            gb.bulk(rock), pressure_kbar=0.001, temperature_C=1060.0, database=database
        )
        volume = sum(100.0 * p.volume_fraction for p in answer.phases if p.name == "cpx")
        assert cells[database, rock] == f"{volume:.1f}"
        assert gb.database(database).sha256 in text
    assert len(set(cells.values())) == 3, cells


def test_the_identity_of_a_part_does_not_depend_on_the_order_of_sets():
    record = load_ranges()["high-ti-beads"]
    assert len(record.assumed) > 1
    plain = json.loads(json.dumps(record, default=study._plain))
    assert plain["assumed"] == sorted(record.assumed)
    assert plain["bounds_wt"]["TiO2"] == list(record.bounds_wt["TiO2"])
    with pytest.raises(TypeError, match="object has no place in the identity"):
        study._plain(object())


KILLED = """
import os, signal, sys
from pathlib import Path
from gibbsite_studies import parts, plan, study

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

study.PARTS = tuple(
    part._replace(compute=killed) if part.name == "components" else part for part in parts.PARTS
)
chosen = ["rare_earths", "components"]
study.run_study(plan.read_study("high-ti-glass"), Path(sys.argv[1]), source="s", only=chosen)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_a_study_that_was_killed_goes_on_with_the_parts_it_lacks(tmp_path, monkeypatch):
    # Sets have another order in another process, which must not make the parts others.
    seed = {"PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"}
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    here = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, check=False, env=os.environ | seed | here)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "tables" / "rare_earths.json").exists()
    assert not (tmp_path / "report.md").exists()

    def again(*_):
        raise AssertionError("computed again")

    kept = tuple(
        part._replace(compute=again) if part.name == "rare_earths" else part for part in parts.PARTS
    )
    monkeypatch.setattr(study, "PARTS", kept)
    chosen = ["rare_earths", "components"]
    study.run_study(read_study("high-ti-glass"), tmp_path, source="s", only=chosen)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "KREEP in the mixture" in text
    assert (tmp_path / "figures" / "principal-components.pdf").exists()


def test_only_computes_a_part_with_what_it_needs(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(study, "PARTS", cheap(("melting", "subsolidus", "restoration"), calls))
    study.run_study(few_points(), tmp_path, source="s", only=["restoration"])
    assert calls == ["subsolidus", "restoration"]
    with pytest.raises(InputError, match=r"no part 'restauration': did you mean 'restoration'"):
        study.run_study(few_points(), tmp_path, source="s", only=["restauration"])


def test_a_table_that_was_changed_is_not_trusted(tmp_path):
    shelf = Shelf(tmp_path)
    table = pd.DataFrame({"a": [0.1 + 0.2, np.nan], "b": ["x", "none"], "n": [1, 2]})
    kept = shelf.put("part", "key", {"t": table}, 1.0)
    pd.testing.assert_frame_equal(kept["t"], table, check_dtype=False)
    found = shelf.get("part", "key")
    assert found is not None
    assert found["t"]["a"][0] == 0.1 + 0.2
    assert found["t"].dtypes["n"] == np.int64
    assert shelf.get("part", "other") is None
    (tmp_path / "part-t.csv").write_text("a,b\n0.3,x\n")
    assert shelf.get("part", "key") is None


@pytest.fixture(scope="module")
def crystallised(tmp_path_factory):
    """The part "crystallisation" with one database, its paths cut short, and what it ran with."""
    whole = read_study("high-ti-glass").coarse()
    few = whole.model_copy(update={"databases": ["T21"]})
    here = Run(few, tmp_path_factory.mktemp("crystallisation"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crystallisation, "path", partial(gb.path, until_melt_fraction=0.9))
        return here, crystallisation.compute(here, {})


@pytest.mark.compiled
def test_liquids_and_traces_follow_a_computed_path(crystallised):
    _, tables = crystallised
    assert tables["liquids"]["balance"].max() < 1e-9
    traces = tables["traces"]
    lava = traces[(traces["rock"] == "lava") & (traces["kind"] == "fractional")]
    # incompatible: as if nothing went into the solids; europium less than its neighbours
    last = lava.iloc[-1]
    assert last["La"] == pytest.approx(1.0 / last["melt_fraction"], rel=0.01)
    assert (np.diff(lava["La"]) >= 0.0).all()
    batch = traces[traces["kind"] == "equilibrium"].iloc[-1]
    assert batch["La"] == pytest.approx(1.0 / batch["melt_fraction"], rel=0.01)
    assert batch["Lu"] < batch["La"]


@pytest.mark.compiled
def test_both_ways_start_from_one_rock_and_give_cumulates_that_sum_up(crystallised):
    here, tables = crystallised
    settings = here.study.crystallisation
    for rock, made in (("lava", settings.lava.bulk()), ("glass", settings.glass.bulk())):
        for way in ("T21", "equations"):
            liquids = tables["liquids"]
            mine = liquids[(liquids["rock"] == rock) & (liquids["database"] == way)]
            first = mine.iloc[0]
            for oxide in ("SiO2", "TiO2", "FeO", "MgO"):
                assert first[oxide] == pytest.approx(made.wt[oxide], abs=1e-6)
            weights = tables["weights"]
            mine = weights[(weights["rock"] == rock) & (weights["database"] == way)]
            solids = mine.drop(columns=draw_crystallisation.LABELS).sum(axis=1)
            np.testing.assert_allclose(solids[mine["melt_fraction"] < 1.0 - 1e-9], 100.0)
            minerals = tables["minerals"]
            mine = minerals[(minerals["rock"] == rock) & (minerals["database"] == way)]
            whole = mine[mine["kind"] == "fractional"]
            assert whole["share"].sum() == pytest.approx(100.0)
            # melt and cumulate are the rock again, oxide by oxide
            left = whole["melt_left"].iloc[0]
            melt = liquids[(liquids["rock"] == rock) & (liquids["database"] == way)]
            melt = melt[melt["kind"] == "fractional"]
            melt = melt.iloc[int((melt["melt_fraction"] - left).abs().argmin())]
            for oxide in ("SiO2", "TiO2", "FeO", "MgO", "CaO"):
                solid = (whole["share"] / 100.0 * whole[oxide]).sum()
                assert left * melt[oxide] + (1.0 - left) * solid == pytest.approx(
                    made.wt[oxide], abs=1e-6
                ), (rock, way, oxide)


@pytest.mark.compiled
def test_the_report_names_equations_their_limits_and_models_that_are_absent(crystallised):
    here, tables = crystallised
    shown = list(crystallisation.listings(here, tables))
    cells = {cell for listing in shown for row in listing.rows for cell in row}
    assert {"danyushevsky-2001-pl", "danyushevsky-2001-cpx", "nielsen-1985-ilm"} <= cells
    assert {"ford-1983-ol", "no public source was found that gives it"} <= cells
    outside = re.compile(r"langmuir-1992-cpx: FeO = \d+\.\d+ is outside 0 to 15")
    assert any(outside.search(cell) for cell in cells)
    found = crystallisation.values(here, tables, "T21")
    assert found["lava_cpx_equations"] > 10.0
    assert "lava_ilm_equations" not in found  # there is no equation for it
    without = settings_without_equations(here.study)
    fewer = {name: table for name, table in tables.items() if name != "limits"}
    assert "lava_cpx_equations" not in crystallisation.values(
        Run(without, here.folder), fewer, "T21"
    )


def test_a_study_takes_a_model_of_ones_own_and_notices_when_it_changes(tmp_path):
    with as_file(files("gibbsite_datasets") / "tables/mineral_melt/langmuir-1992-ol") as source:
        shutil.copytree(source, tmp_path / "mine")
    mine = parse_study(TEXT.replace("ford-1983-ol", f"{tmp_path.as_posix()}/mine"), "mine.toml")
    (part,) = [part for part in parts.PARTS if part.name == "crystallisation"]
    assert mine.crystallisation.equations.made()[0].mineral == "olivine"
    before = study._key(mine, part, {})
    assert study._key(mine, part, {}) == before
    terms = tmp_path / "mine/terms.csv"
    terms.write_text(terms.read_text().replace("6921", "7000"))
    assert study._key(mine, part, {}) != before
    terms.write_text("nothing")
    with pytest.raises(InputError, match=r"mine\.toml: .*terms\.csv"):
        parse_study(TEXT.replace("ford-1983-ol", f"{tmp_path.as_posix()}/mine"), "mine.toml")


def settings_without_equations(whole: Study) -> Study:
    part = whole.crystallisation.model_copy(update={"equations": None})
    return whole.model_copy(update={"crystallisation": part})


@pytest.mark.compiled
def test_pictures_of_crystallisation_have_a_line_for_each_way(crystallised):
    here, tables = crystallised
    figures = dict(draw_crystallisation.draw(here, tables))
    assert list(figures) == ["fig2", "fig2-cumulates", "fig2-rare-earths"]
    lines = {line.get_label() for line in figures["fig2"].axes[0].lines}
    assert {"lava, T21", "glass, T21", "lava, equations", "glass, equations"} <= lines
    titles = [axes.get_title(loc="left") for axes in figures["fig2-cumulates"].axes]
    assert titles == ["lava, T21", "glass, T21", "lava, equations", "glass, equations"]


def target(**changes) -> Target:
    values = {
        "key": "k", "part": "p", "quantity": "q", "unit": "°C", "published": "", "low": 10.0,
        "high": 20.0, "expected": "", "checks": {"T21": 15.0}, "note": "is {k:.1f}",
        "why_outside": "for {other}",
    }  # fmt: skip
    return Target(**(values | changes))


@pytest.mark.parametrize(
    ("value", "verdict", "check", "why"),
    [
        (15.2, "inside", "agrees", "is 15.2"),
        (20.0, "inside", "differs", "is 20.0"),
        (25.0, "outside", "differs", "is 25.0; for words"),
        (float("inf"), "outside", "differs", "is above the range; for words"),
        (float("nan"), "not computed", "differs", "is not computed"),
        (None, "not computed", "differs", "is not computed"),
        (Span(12.0, 18.0), "inside", "differs", "is 12.0 to 18.0"),
        (Span(12.0, 28.0), "partly", "differs", "is 12.0 to 28.0; for words"),
        (Span(22.0, 28.0), "outside", "differs", "is 22.0 to 28.0; for words"),
    ],
)
def test_verdicts(value, verdict, check, why):
    values = {"other": "words"} | ({} if value is None else {"k": value})
    found = compare(target(), values, "T21")
    assert (found.verdict, found.check, found.why) == (verdict, check, why)


def test_words_agree_or_do_not():
    words = target(unit="", low=None, high=None, checks={}, expected="ol + cpx", note="")
    assert compare(words, {"k": "ol + cpx"}, "T21").verdict == "inside"
    assert compare(words, {"k": "ol", "other": 1.0}, "T21").verdict == "outside"
    assert compare(words, {}, "T21").verdict == "not computed"


@pytest.mark.compiled
def test_what_the_report_quotes_was_computed(done):
    for found in done[1].values():
        for comparison in found.values():
            if comparison.target.part not in ("ensemble", "crystallisation"):
                assert "not computed" not in comparison.why, comparison.target.key
                assert "{" not in comparison.why


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("quartz = 11.5", "quarz = 11.5", "'restoration.quarz' is unknown: did you mean 'quartz'?"),
        ("quartz = 11.5", "quartz = 111.5", "restoration.quartz = 111.5"),
        ('"T21"]', '"T22"]', "databases = 'T22' is unknown: did you mean 'T21'?"),
        ('"T21"]', '"T21-Su26"]', "a database is there twice"),
        ('targets = "high-ti-glass"', 'targets = "glass"', "no targets are called 'glass'"),
        ('rock = "high-ti-glass"', 'rock = "glas"', "there is no rock named 'glas'"),
        ("points = 151", "points = 1", "pressure_kbar: 1 points"),
        ("rocks = 600", 'rocks = "many"', "ensemble.rocks = 'many' should be a whole number"),
        ("[subsolidus]", "[subsolidous]", "'subsolidous' is unknown: did you mean 'subsolidus'?"),
        ('ranges = "high-ti-beads"', 'ranges = "beads"', "ensemble.ranges = 'beads' is unknown"),
        ('sequence = "snyder-1992"', 'sequence = "snyder"', "did you mean 'snyder-1992'?"),
        ('"ford-1983-ol"', '"ford-1983"', "there is no mineral-melt model 'ford-1983'"),
        ('"ford-1983-ol"', '"nielsen-1985-ilm"', "were not found in public sources"),
        ("increment = 0.0003", "increment = 1", "crystallisation.equations.increment = 1"),
        (
            '["ford-1983-ol", "beattie-1993-opx"',
            '["ford-1983-ol", "ford-1983-ol"',
            "model is there twice",
        ),
        (
            "pressure_kbar = 1.0\n",
            "pressure_kbar = 500.0\n",
            "crystallisation.pressure_kbar = 500.0",
        ),
        ("average_at_C = 1060.0", "average_at_C = 10600", "subsolidus.average_at_C = 10600"),
        ("[1150, 1180, 1220]", "[1150, 118, 1220]", "mixing.melt_at_C.1 = 118"),
        (
            "residual = { start = 0.01",
            "residual = { start = 0.0",
            "restoration.residual: 0 is outside",
        ),
        ("fractions = { start = 0.0", "fractions = { start = -1.0", "rare_earths.fractions: -1 is"),
        ('oxides = ["SiO2"', 'oxides = ["SiO3"', "components.oxides = 'SiO3' is unknown"),
        ('oxides = ["SiO2"', 'oxides = ["TiO2"', "an oxide is there twice"),
        ("add_wt = { Na2O", "add_wt = { NaO", "'NaO' is not a known oxide"),
        ("curve_points = 31\n", "", "the key 'melting.curve_points' is missing"),
    ],
)
def test_a_study_says_what_is_wrong_with_it(old, new, message):
    assert old in TEXT
    with pytest.raises(InputError) as caught:
        parse_study(TEXT.replace(old, new, 1), "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
    assert message in str(caught.value)
    assert str(caught.value)[-1] in ".?"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("high-ti-glas", "-o", "out"), "did you mean 'high-ti-glass'?"),
        (("nothing.toml", "-o", "out"), "no file and no shipped study named 'nothing.toml'"),
        (("high-ti-glass", "-o", "out", "--only", "meltin"), "did you mean 'melting'?"),
        (("high-ti-glass", "-o", "a-file"), "a-file cannot be written: it is not a directory."),
    ],
)
def test_the_command_refuses_in_one_sentence(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-file").write_text("")
    result = run("study", *arguments)
    assert result.exit_code in (1, 2)
    assert len(result.stderr.strip().splitlines()) == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_without_its_package_the_command_says_so_and_the_others_work(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gibbsite_studies", None)
    result = run("study", "high-ti-glass", "-o", str(tmp_path / "new"))
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: the package gibbsite_studies, which computes studies, is not installed.\n"
    )
    assert run("info").exit_code == 0


def test_the_command_says_where_the_report_is(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(study, "PARTS", cheap(("melting",), calls))
    result = run("study", "high-ti-glass", "-o", str(tmp_path / "new"), "--quick")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.split() == [str(tmp_path / "new" / name) for name in report.REPORTS]
    assert calls == ["melting"]


def test_a_coarse_study_is_the_same_with_fewer_points():
    fine = read_study("high-ti-glass")
    coarse = fine.coarse()
    assert coarse.databases == fine.databases
    assert coarse.ensemble.rocks == plan.COARSE_ROCKS
    assert coarse.mixing.x.points < fine.mixing.x.points
    assert coarse.mixing.x.stop == fine.mixing.x.stop

"""The command line: what it hands on, what it prints, and one sentence for every mistake."""

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import nan
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

import gibbsite
import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite._cli.words import as_options
from gibbsite.errors import InfeasibleError, StoreError
from gibbsite_datasets import load_bulks, model_names

ROOT = Path(__file__).parents[2]
PATHS = [str(ROOT / folder) for folder in ("bindings", "engine", "datasets")]
SU26 = ("--database", "T21-Su26")
GLASS = ("--bulk", "high-ti-glass", "-p", "3", "-t", "1150")
RESULT = Path(__file__).parents[1] / "data" / "section_schema_1.h5"
POINT = ("point", *GLASS, *SU26)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="gibbsite")


def sentence(result: Result, exit_code: int = 2) -> str:
    """The one line on standard error of a command that failed as it should."""
    assert result.exit_code == exit_code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def an_answer(**changes: Any) -> SimpleNamespace:
    liquid = SimpleNamespace(
        name="liq",
        label="liq",
        instance=0,
        amount_mol=np.float64(0.5),
        mole_fraction=0.7,
        mass_fraction=0.72,
        volume_fraction=0.747,
        proportions={"q4L": 0.25, "foL": 0.75},
        composition_wt={"SiO2": 28.0, "TiO2": 20.0},
        composition_mol={"SiO2": 0.4, "TiO2": 0.2},
    )
    values: dict[str, Any] = {
        "database": SimpleNamespace(windows=()),
        "temperature_C": 1150.0,
        "status": "certified",
        "message": "optimal",
        "answered_by": "cold",
        "iterations": 7,
        "gibbs_energy": -812.25,
        "density": 3456.7,
        "chemical_potentials": {"SiO2": -900.125, "K2O": nan},
        "optimality_residual": 1.5e-10,
        "mass_residual": 2e-16,
        "lowest_driving_force": 0.25,
        "lowest_driving_force_phase": "fsp",
        "phases": [liquid],
        "outside_range": "",
        "bulk": gibbsite.bulk("high-ti-glass"),
        "taken_up": {},
        "log10_fO2": nan,
    }
    return SimpleNamespace(**(values | changes))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Put a fixed answer in place of the engine; holds what was asked of it."""
    asked: dict[str, Any] = {"answer": an_answer()}

    def equilibrium(rock: gibbsite.Bulk, **conditions: Any) -> SimpleNamespace:
        asked.update(rock=rock, **conditions)
        answer = asked["answer"]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    monkeypatch.setitem(gibbsite.__dict__, "equilibrium", equilibrium)
    monkeypatch.setitem(gibbsite.__dict__, "database", lambda name, windows: f"database {name}")
    return asked


def a_result() -> xr.Dataset:
    flags = {"flag_values": np.array([0, 1, 2], np.int8), "flag_meanings": "certified not_run bad"}
    return xr.Dataset(
        {"status": (("temperature_C", "x"), np.array([[0, 0, 2], [0, 1, 2]], np.int8), flags)},
        coords={"temperature_C": [1000.0, 1300.0], "x": [0.0, 0.5, 1.0], "pressure_kbar": 3.0},
        attrs={"title": "a line", "database": "T21-Su26", "schema_version": 1},
    )


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Put a fixed result in place of the computation, the store and the drawing."""
    calls: dict[str, Any] = {"result": a_result()}

    def fetch(name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> xr.Dataset:
            calls[name] = (arguments, options)
            if isinstance(calls["result"], BaseException):
                raise calls["result"]
            return calls["result"]

        return call

    for name in ("compute", "open", "plot"):
        monkeypatch.setitem(gibbsite.__dict__, name, fetch(name))
    return calls


@contextmanager
def without_permission(folder: Path) -> Iterator[None]:
    """Refuse to write into a folder, also to a user who may write anywhere."""
    with pytest.MonkeyPatch.context() as patch:
        allowed = os.access
        patch.setattr(os, "access", lambda path, mode: Path(path) != folder and allowed(path, mode))
        yield


def test_a_point_hands_on_what_was_asked(asked: dict[str, Any]) -> None:
    result = run("point", *GLASS, "--database", "W24")
    assert result.exit_code == 0, result.output
    assert asked["rock"] == gibbsite.bulk("high-ti-glass")
    assert (asked["pressure_kbar"], asked["temperature_C"]) == (3.0, 1150.0)
    assert asked["database"] == "database W24"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--wt", "SiO2=50 MgO=50"), {"wt": {"SiO2": 50.0, "MgO": 50.0}}),
        (("--wt", "SiO2=50,MgO=5e1"), {"wt": {"SiO2": 50.0, "MgO": 50.0}}),
        (("--mol", "SiO2=1; MgO=2"), {"mol": {"SiO2": 1.0, "MgO": 2.0}}),
        (("--wt", "SiO2=50 MnO=5", "--ignore", "MnO"), {"wt": {"SiO2": 1.0}}),
        (("--wt", "SiO2=50 MnO=5 H2O=1", "--ignore", "outside"), {"wt": {"SiO2": 1.0}}),
        (("--wt", "SiO2=50 MnO=5 H2O=1", "--ignore", "MnO,H2O"), {"wt": {"SiO2": 1.0}}),
    ],
)
def test_a_rock_can_be_typed(
    asked: dict[str, Any], arguments: tuple[str, ...], expected: dict[str, Any]
) -> None:
    result = run("point", *arguments, "-p", "3", "-t", "1150", *SU26)
    assert result.exit_code == 0, result.output
    assert asked["rock"].moles == gibbsite.bulk(**expected).moles


def test_a_point_prints_modes_compositions_and_certificate(asked: dict[str, Any]) -> None:
    lines = run(*POINT).stdout.splitlines()
    assert "stand-in" in lines[0]
    head, row = (line.split() for line in lines if line.split()[:1] in (["phase"], ["liq"]))
    printed = dict(zip(head, row, strict=True))
    assert printed["vol%"] == "74.70"
    assert printed["wt%"] == "72.00"
    assert printed["TiO2"] == "20.00"
    assert any(
        line.split() == ["status", "certified", "(cold,", "7", "iterations)"] for line in lines
    )
    assert "0.25 kJ per mole of atoms (fsp)" in "\n".join(lines)


def test_json_is_everything_and_valid(asked: dict[str, Any]) -> None:
    printed = json.loads(run(*POINT, "--json").stdout, parse_constant=pytest.fail)
    assert printed["status"] == "certified"
    assert printed["pressure_kbar"] == 3.0
    assert printed["phases"][0]["amount_mol"] == 0.5
    assert printed["chemical_potentials"] == {"SiO2": -900.125, "K2O": None}
    assert printed["bulk"]["status"] == "stand-in"
    assert printed["gibbsite_version"] == gibbsite.__version__


def test_an_answer_without_certificate_is_shown_and_is_a_failure(asked: dict[str, Any]) -> None:
    asked["answer"] = an_answer(
        status="not_converged", message="no start led anywhere", phases=[], density=nan
    )
    result = run(*POINT)
    assert "not_converged" in result.stdout
    assert "no start led anywhere" in sentence(result, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--bulk", "high-ti-glas"), "did you mean 'high-ti-glass'?"),
        (("--wt", "SiO3=50"), "'SiO3' is not a known oxide"),
        (("--wt", "SiO2"), "should look like SiO2=45.1"),
        (("--wt", "SiO2= 50"), "should look like SiO2=45.1"),
        (("--wt", "SiO2=50 SiO2=2"), "SiO2 is given twice"),
        (("--wt", "SiO2=fifty"), "'fifty' is not a number"),
        (("--wt", "SiO2=-5"), "SiO2 = -5 wt% is negative"),
        (("--wt", "SiO2=nan"), "not finite"),
        (("--wt", "SiO2=0"), "all components are zero"),
        (("--wt", ""), "all components are zero"),
        (("--wt", "SiO2=50 P2O5=5"), "9.09 wt% of the composition lies outside"),
        (("--wt", "SiO2=50", "--mol", "SiO2=1"), "one way"),
        ((), "one way"),
        (("--wt", "SiO2=50", "--ignore", "MgO"), "MgO cannot be ignored"),
    ],
)
def test_a_wrong_rock_gets_one_sentence(
    asked: dict[str, Any], arguments: tuple[str, ...], words: str
) -> None:
    assert words in sentence(run("point", *arguments, "-p", "3", "-t", "1150", *SU26))


def test_errors_of_the_engine_are_sentences_too(asked: dict[str, Any]) -> None:
    asked["answer"] = InfeasibleError("too much MgO.")
    assert sentence(run(*POINT)) == "Error: too much MgO."


def test_a_section_hands_on_what_was_asked(stored: dict[str, Any], tmp_path: Path) -> None:
    output = tmp_path / "out.h5"
    result = run("section", "fig4c", "-o", str(output), "--workers", "2", "--overwrite")
    assert result.exit_code == 0, result.output
    (plan, path), options = stored["compute"]
    assert plan == gibbsite.Section.from_toml("fig4c")
    assert path == output
    assert options == {
        "workers": 2,
        "overwrite": True,
        "profile": "full",
        "scheduler": None,
        "log_file": None,
        "tile": (32, 32),
        "prove": True,
    }
    assert run("section", "fig4c", "-o", str(output), "--no-prove").exit_code == 0
    assert stored["compute"][1]["prove"] is False


def test_a_section_can_go_to_a_cluster(stored: dict[str, Any], tmp_path: Path) -> None:
    output, log = tmp_path / "out.h5", tmp_path / "run.log"
    given = ("--scheduler", "tcp://head:8786", "--profile", "light", "--log", str(log))
    result = run("section", "fig4c", "-o", str(output), *given, "--tile", "128")
    assert result.exit_code == 0, result.output
    _, options = stored["compute"]
    assert options["scheduler"] == "tcp://head:8786"
    assert (options["profile"], options["log_file"], options["tile"]) == ("light", log, (128, 128))


def test_a_picture_of_many_rocks_needs_a_choice(stored: dict[str, Any], tmp_path: Path) -> None:
    one = a_result()
    stored["result"] = xr.concat([one, one.isel(x=slice(None))], "rock").assign_coords(
        rock=["A-1", "B-2"]
    )
    output = str(tmp_path / "fig.png")
    assert "choose by --rock: A-1, B-2" in sentence(run("plot", "in.h5", "-o", output))
    answer = sentence(run("plot", "in.h5", "-o", output, "--rock", "B2"))
    assert "did you mean 'B-2'?" in answer
    assert run("plot", "in.h5", "-o", output, "--rock", "B-2").exit_code == 0
    drawn = stored["plot"][0][0]
    assert drawn.attrs["title"] == "B-2: a line"
    assert drawn["status"].dims == ("temperature_C", "x")
    stored["result"] = one
    assert "of one rock" in sentence(run("plot", "in.h5", "-o", output, "--rock", "A-1"))


def test_a_section_ends_by_counting_what_failed(stored: dict[str, Any], tmp_path: Path) -> None:
    result = run("section", "fig4c", "-o", str(tmp_path / "out.h5"))
    assert result.stdout.endswith("6 points, 1 not_run, 2 bad.\n")
    stored["result"] = a_result().isel(x=[0])
    result = run("section", "fig4c", "-o", str(tmp_path / "out.h5"))
    assert result.stdout.endswith("2 points, all certified.\n")


def test_a_wrong_section_gets_one_sentence(stored: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('kind = "pressure-temperature"\nrok = "klb-1"\n', encoding="utf-8")
    answer = sentence(run("section", str(path), "-o", str(tmp_path / "out.h5")))
    assert "mine.toml: the key 'rok' is unknown: did you mean 'rock'?" in answer
    assert "compute" not in stored


def test_a_section_is_not_replaced_by_its_result(stored: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(gibbsite.Section.from_toml("fig4c").to_toml(), encoding="utf-8")
    answer = sentence(run("section", str(path), "-o", str(path), "--overwrite"))
    assert "the section itself" in answer
    assert "compute" not in stored


def test_a_stop_by_hand_is_no_error_of_ours(stored: dict[str, Any], tmp_path: Path) -> None:
    stored["result"] = KeyboardInterrupt("12 of 20 tiles are kept; run it again to go on.")
    assert "12 of 20" in sentence(run("section", "fig4c", "-o", str(tmp_path / "o.h5")), 130)
    stored["result"] = KeyboardInterrupt()
    assert "stopped" in sentence(run("section", "fig4c", "-o", str(tmp_path / "o.h5")), 130)


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [(StoreError("it is damaged."), 1), (OSError(28, "No space left on device", "o.h5"), 1)],
)
def test_trouble_with_files_is_one_sentence(
    stored: dict[str, Any], tmp_path: Path, error: Exception, exit_code: int
) -> None:
    stored["result"] = error
    for arguments in (("section", "fig4c", "-o", "o.h5"), ("info", "o.h5")):
        assert sentence(run(*arguments), exit_code).endswith(
            ("it is damaged.", "o.h5: No space left on device.")
        )


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg", "PNG"])
def test_a_picture_is_drawn_of_what_was_opened(
    stored: dict[str, Any], tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / f"fig.{suffix}"
    result = run("plot", "in.h5", "-o", str(output))
    assert result.exit_code == 0, result.output
    assert stored["open"] == ((Path("in.h5"),), {})
    assert stored["plot"][0] == (stored["result"], output)


def test_how_a_picture_looks_is_handed_on(stored: dict[str, Any]) -> None:
    looks = ["--style", "grey", "--width", "88", "--names", "warr", "--title", "", "--dpi", "600"]
    levels = ["--isopleth", "liq=10,20.5", "--isopleth", "ol.Fo=60"]
    axes = ["--axis", "pressure=GPa,depth:moon", "--axis", "temperature=K"]
    result = run("plot", "in.h5", "-o", "fig.pdf", *looks, *levels, *axes)
    assert result.exit_code == 0, result.output
    assert stored["plot"][1] == {
        "style": "grey",
        "width_mm": 88.0,
        "names": "warr",
        "title": "",
        "dpi": 600.0,
        "exact": None,
        "caption": "long",
        "proof": False,
        "isopleths": {"liq": [10.0, 20.5], "ol.Fo": [60.0]},
        "axes": {"pressure": ["GPa", "depth:moon"], "temperature": ["K"]},
    }


def test_isopleths_are_melt_if_nothing_is_said_and_can_be_left_out(stored: dict[str, Any]) -> None:
    run("plot", "in.h5", "-o", "fig.pdf")
    assert stored["plot"][1]["isopleths"] is None
    run("plot", "in.h5", "-o", "fig.pdf", "--no-isopleths")
    assert stored["plot"][1]["isopleths"] == {}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["liq"], "should look like liq=10,20"),
        (["=3"], "should look like liq=10,20"),
        (["liq=10,x"], "'x' is not a number"),
        (["liq=10,"], "'' is not a number"),
        (["liq=nan"], "'nan' is not finite"),
        (["liq=10", "liq=20"], "liq is given twice"),
    ],
)
def test_isopleths_that_cannot_be_meant(
    stored: dict[str, Any], given: list[str], says: str
) -> None:
    options = [word for each in given for word in ("--isopleth", each)]
    assert says in sentence(run("plot", "in.h5", "-o", "fig.pdf", *options))
    assert "plot" not in stored


def test_isopleths_and_none_of_them_are_refused(stored: dict[str, Any]) -> None:
    answer = sentence(run("plot", "in.h5", "-o", "a.pdf", "--no-isopleths", "--isopleth", "liq=1"))
    assert "not both" in answer


def test_help_names_all_styles_and_conventions() -> None:
    from gibbsite._drawing.style import STYLES
    from gibbsite._inputs.names import Name

    words = run("plot", "--help").stdout.replace(",", " ").replace(".", " ").split()
    assert {*STYLES, *Name._fields} <= {word.strip("():;") for word in words}


@pytest.mark.parametrize("name", ["fig", "fig.jpg", "fig.h5"])
def test_an_unknown_kind_of_picture_is_refused(stored: dict[str, Any], name: str) -> None:
    assert ".png, .pdf or .svg" in sentence(run("plot", "in.h5", "-o", name))
    assert "plot" not in stored


def test_a_picture_replaces_nothing_unasked(stored: dict[str, Any], tmp_path: Path) -> None:
    output = tmp_path / "fig.png"
    output.write_text("mine")
    assert "--overwrite" in sentence(run("plot", "in.h5", "-o", str(output)))
    assert output.read_text() == "mine"
    assert run("plot", "in.h5", "-o", str(output), "--overwrite").exit_code == 0


def test_a_picture_that_cannot_be_written_is_refused(
    stored: dict[str, Any], tmp_path: Path
) -> None:
    nowhere = tmp_path / "none" / "fig.png"
    assert "there is no directory" in sentence(run("plot", "in.h5", "-o", str(nowhere)), 1)
    (tmp_path / "folder.png").mkdir()
    folder = str(tmp_path / "folder.png")
    assert "it is a directory" in sentence(run("plot", "in.h5", "-o", folder), 1)
    with without_permission(tmp_path):
        answer = sentence(run("plot", "in.h5", "-o", str(tmp_path / "fig.png")), 1)
    assert "permission denied" in answer
    assert "plot" not in stored


def test_info_names_versions_databases_rocks_and_sections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(
        gibbsite.__dict__,
        "database",
        lambda name: SimpleNamespace(name=name, sha256=64 * "a", reference="a paper"),
    )
    words = run("info").stdout.split()
    assert gibbsite.__version__ in words
    for name in (*model_names(), *load_bulks(), "fig4c", "stand-in", 16 * "a"):
        assert name in words


def test_what_is_not_there_is_told_with_where_to_look() -> None:
    for command, says in (
        (["info", "xyzzyx"], "known are the lists databases, rocks, "),
        (
            ["point", "--bulk", "olivine", "-p", "3", "-t", "1150"],
            "`gibbsite info rocks` lists them",
        ),
    ):
        failed = CliRunner().invoke(cli, command)
        assert failed.exit_code != 0
        assert says in failed.output
        assert len(failed.output) < 300


def test_info_says_what_is_in_a_result(stored: dict[str, Any]) -> None:
    printed = dict(line.split(maxsplit=1) for line in run("info", "in.h5").stdout.splitlines())
    assert printed["title"] == "a line"
    assert printed["database"] == "T21-Su26"
    assert printed["temperature_C"] == "1000 to 1300, 2 values"
    assert printed["pressure_kbar"] == "3"
    assert printed["points"] == "6 points, 1 not_run, 2 bad"


def test_the_command_says_what_it_can_do_without_loading_what_does_it() -> None:
    code = (
        f"import sys; sys.path[:0] = {PATHS!r}; sys.argv[0] = 'gibbsite'\n"
        "import atexit; from gibbsite._cli.commands import main\n"
        "heavy = ('numba', 'matplotlib', 'scipy', 'xarray', 'h5py', 'pydantic', 'rich.progress')\n"
        "atexit.register(lambda: print('loaded', *[name for name in heavy if name in sys.modules]))\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for command in ("point", "section", "batch", "plot", "info"):
        assert command in done.stdout
    assert done.stdout.splitlines()[-1].split() == ["loaded"]


def test_a_mistake_ends_a_process_with_a_sentence_and_a_code(tmp_path: Path) -> None:
    code = f"import sys; sys.path[:0] = {PATHS!r}; from gibbsite._cli.commands import main; main()"
    arguments = ["section", "fig4d", "-o", str(tmp_path / "out.h5")]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "Error: there is no file and no shipped section named 'fig4d': did you mean 'fig4c'?\n"
    )


def test_what_there_is_can_be_asked_by_name() -> None:
    for what, words in (
        ("databases", "peridotite and its melts"),
        ("W24", "Weller et al. (2024)"),
        ("klb-1", "KLB-1 peridotite, dry"),
        ("olivine", "databases"),
        ("fig4c", 'kind = "temperature-composition"'),
        ("phases", "orthopyroxene"),
        ("traces", "Palme & O'Neill (2013)"),
        ("gibson-geist-2010", "McKenzie & O'Nions (1991)"),
        ("depleted-mantle-2005", "0.192"),
    ):
        result = run("info", what)
        assert result.exit_code == 0, result.output
        assert words in result.output
    assert "did you mean 'olivine'?" in sentence(run("info", "olvine"))


def test_what_to_cite_is_told() -> None:
    assert "Weller et al. (2024)" in run("cite", "W24").output
    assert "did you mean 'W24'" in sentence(run("cite", "W42"))


@pytest.mark.parametrize(
    ("words", "begun", "found"),
    [
        (["point", "--bulk"], "high", {"high-ti-glass"}),
        (["point", "--database"], "T21", {"T21", "T21-Su26"}),
        (["section"], "fig", {"fig3a", "fig4c"}),
        (["plot", "--style"], "gr", {"grey"}),
        (["info"], "W", {"W24"}),
        (["path", "--partition"], "g", {"gibson-geist-2010"}),
        (["path", "--traces"], "prim", {"primitive-mantle-2013"}),
    ],
)
def test_a_shell_completes_names(words: list[str], begun: str, found: set[str]) -> None:
    completed = ShellComplete(cli, {}, "gibbsite", "_GIBBSITE_COMPLETE").get_completions(
        words, begun
    )
    assert found <= {item.value for item in completed if item.type == "plain"}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("pressure_kbar = 99 is outside", "--pressure 99 is outside"),
        ("a.toml: pressure_kbar = 99 is outside", "a.toml: pressure_kbar = 99 is outside"),
        (
            'say ignore = "outside" or ignore = ["MnO", "H2O"].',
            'say --ignore outside or --ignore "MnO H2O".',
        ),
        ('say database="W24" or another of these.', "say --database W24 or another of these."),
        ("per_crystallised = -0.1 must be", "--rate crystallised=-0.1 must be"),
        ("between the points (exact=False, --grid).", "between the points (--grid)."),
        (
            'say iron = "given" to take it in, "ferrous" to count it as FeO, or ferric = 0.15, say.',
            "say --iron given to take it in, --iron ferrous to count it as FeO, or --ferric 0.15, say.",
        ),
        (
            'to number such names, say repeated = "number".',
            "to number such names, say --repeated number.",
        ),
        ("say which by sheet = ....", "say which by --sheet."),
    ],
)
def test_messages_are_in_the_words_of_the_command_line(message: str, words: str) -> None:
    assert as_options(message) == words


# What the command line does not reach, and what is both a parameter and a name in files.
ONLY_PYTHON = {"_lookup", "_proof", "_solving", "burnman.py", "petthermotools.py", "kernels.py"}
IN_FILES = {"pressure_kbar", "temperature_C", "bad_rows"}


def test_no_message_names_a_parameter_of_python() -> None:
    """Of all errors that commands can meet: parameters are options there, or words."""
    public = [getattr(gb, name) for name in gb.__all__]
    parameters = {
        parameter
        for each in (*public, *vars(gb.Section).values())
        if callable(each) and not isinstance(each, type(gb))
        for parameter in _parameters(each)
        if "_" in parameter.strip("_")
    } - IN_FILES
    assert {"per_step", "up_to", "until_melt_fraction"} <= parameters
    root = Path(gb.__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).parts[0] in ONLY_PYTHON:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Error"):
                said = as_options("".join(_texts_of(node)))
                words = set(re.findall(r"\w+", said))
                found += [f"{path.name}:{node.lineno}: {word}" for word in words & parameters]
    # what says to Python users how to build an argument is met by no command
    assert [each for each in found if not each.startswith(("path.py", "compute.py"))] == []


def _parameters(function: Any) -> Iterable[str]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return ()


def _texts_of(node: ast.Call) -> Iterator[str]:
    for argument in node.args:
        for each in ast.walk(argument):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value


def test_heat_of_what_is_assimilated_in_the_words_of_options() -> None:
    """The rate is that of a step then."""
    result = run(
        *("path", "--bulk", "klb-1", "-p", "10", "--database", "W24", "--assimilate", "ijolite"),
        *("--rate", "crystallised=.05", "--assimilated-at", "600", "--up-to", "0.1"),
    )
    assert result.exit_code == 2
    assert "--rate step=, more than 0 and no more than --up-to" in result.stderr
    alone = run("path", "--bulk", "klb-1", "-p", "10", "--assimilated-at")
    assert "'--assimilated-at' requires an argument" in alone.stderr


def test_rocks_are_written_as_a_table_of_a_paper(tmp_path: Path) -> None:
    result = run("table", "klb-1", "apollo-12-12009", "--ignore", "outside")
    assert result.exit_code == 0, result.output
    rows = {line.split(",")[0]: line.split(",", 1)[1] for line in result.output.splitlines()}
    assert rows["MgO"] == "39.54,11.69"
    assert rows["Cr2O3"] == "0.32,-"
    assert rows["Total"] == "100.00,100.00"
    assert rows["ignored"] == '-,"MnO 0.28, P2O5 0.07"'
    assert run("table", "klb-1", "-o", tmp_path / "a.tex").exit_code == 0
    written = (tmp_path / "a.tex").read_text(encoding="utf-8")
    assert r"SiO$_{2}$ & 44.87 \\" in written
    assert r"Mg\# & 89.6 \\" in written
    assert run("table", "klb-1", "-o", tmp_path / "a.xlsx").exit_code == 0
    read = pd.read_excel(tmp_path / "a.xlsx", index_col=0)
    assert read.loc["MgO", "klb-1"] == 39.54


def test_a_table_of_a_paper_has_both_irons(tmp_path: Path) -> None:
    """As they were given, and Mg# of the ferrous one."""
    rocks = tmp_path / "rocks.csv"
    rocks.write_text("name,SiO2,Al2O3,FeO,Fe2O3,MgO\na,50,30,8,2,9\nb,50,30,9,0,9\n")
    result = run("table", str(rocks), "--iron", "given", "--as-given")
    assert result.exit_code == 0, result.output
    rows = dict(line.split(",", 1) for line in result.output.splitlines())
    assert (rows["FeO"], rows["Fe2O3"], rows["Total"]) == ("8.00,9.00", "2.00,-", "99.00,98.00")
    assert "O" not in rows
    checked = gb.rocks(rocks, iron="given").check()["Mg#"]
    assert rows["Mg#"] == ",".join(f"{number:.1f}" for number in checked)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("plan.toml", "to compute a section: gibbsite section plan.toml -o OUT.h5"),
        ("out.h5", "gibbsite info out.h5"),
        ("rocks.csv", "gibbsite batch rocks.csv SECTION -o OUT.h5"),
        (".", "'.' is a folder, no command; a command is one of batch, "),
        ("sections", "there is no command 'sections': did you mean 'section'?"),
    ],
)
def test_a_file_in_the_place_of_a_command(word, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, [word])
    assert done.exit_code == 2
    assert says in done.output


def test_a_folder_is_no_result(tmp_path):
    done = CliRunner().invoke(cli, ["info", f"{tmp_path}/"])
    assert done.exit_code == 1
    assert "is a folder; a result is a file" in done.output
    assert len(done.output.splitlines()) == 1


def test_reading_a_file_does_not_wait_for_dask() -> None:
    code = (
        f"import sys; sys.path[:0] = {PATHS!r}; import atexit\n"
        "from gibbsite._cli.commands import main\n"
        "atexit.register(lambda: print(sys.modules['dask'], 'xarray' in sys.modules))\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "info", str(RESULT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "None True"


@pytest.mark.parametrize(("given", "said"), [("1573", True), ("1299.85", False)])
def test_a_rock_that_is_all_melt_may_be_a_temperature_in_kelvin(given: str, said: bool) -> None:
    done = run("point", "--bulk", "n-morb", "--ignore", "outside", "-p", "1", "-t", given,
               "--database", "W24")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert ("if 1573 is in kelvin, 1299.85 °C is meant" in done.output) == said

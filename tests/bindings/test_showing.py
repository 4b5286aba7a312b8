"""What objects look like: one line of text, a table or a picture in a notebook."""

import io
import os
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

import gibbsite as gb
from gibbsite import _progress
from gibbsite._section.section import Section

GLASS = gb.bulk("high-ti-glass")


@pytest.fixture(scope="module")
def answer():
    return gb.equilibrium(GLASS, pressure_kbar=3.0, temperature_C=1150.0, database="T21-Su26")


def objects(answer):
    return {
        "bulk": GLASS,
        "rocks": gb.rocks(["klb-1", "high-ti-glass"]),
        "average": gb.rocks(["klb-1", "high-ti-glass"]).average(),
        "database": answer.database,
        "phase": answer.database.phases[0],
        "answer": answer,
        "instance": answer.phases[0],
        "section": Section.from_toml("fig4c"),
        "mineral-melt": gb.mineral_melt("ford-1983-ol"),
        "recheck": answer.recheck(),
        "properties": answer.properties(),
        "properties of the melt": answer.properties("liq"),
        "interval": gb.MeltingInterval(np.arange(30.0), np.arange(30.0) + 100.0),
        "table": _table(),
        "solver": gb.Solver("T21-Su26"),
        "style": gb.Style(),
        "assimilation": gb.Assimilation(GLASS, per_C=0.01),
        "exported": gb.Exported(Path("out.nc"), 4, 0),
    }


@cache
def _table():
    return gb.table(
        gb.bulk("klb-1"), (10.0, 10.5), (1000.0, 1010.0), ["density"], 10.0, database="W24",
        cells=(1, 1), checks=4, workers=1,
    )  # fmt: skip


def test_every_public_object_has_a_table(answer):
    shown = {type(each) for each in objects(answer).values() if hasattr(each, "_repr_html_")}
    public = {getattr(gb, name) for name in gb.__all__}
    classes = {each for each in public if isinstance(each, type)} - {gb.GibbsiteError}
    assert classes <= shown


def test_an_interval_is_in_degrees():
    many = gb.MeltingInterval(np.arange(30.0), np.arange(30.0) + 100.0)
    assert repr(many).startswith("<MeltingInterval 0.00 to 100.00, 1.00 to 101.00, ")
    assert "and 26 more °C" in repr(many)
    assert "10 more" in many._repr_html_()


def test_properties_are_told_in_words_with_units(answer):
    html = answer.properties()._repr_html_()
    assert "heat capacity at constant pressure" in html
    assert "J kg-1 K-1" in html


def test_every_object_is_one_line(answer):
    for name, each in objects(answer).items():
        assert "\n" not in repr(each), name
        assert len(repr(each)) < 300, name


def test_a_line_says_what_matters(answer):
    assert repr(answer) == (
        "<Equilibrium, 3 kbar, 1150 °C, T21-Su26, certified: "
        "liq 74.67, spl 0.6605, ol 3.609, ilm 21.06 vol%>"
    )
    assert repr(answer.database).startswith("<Database T21-Su26: 10 components, 20 phases, sha256 ")
    without = answer.database.restrict(exclude=["liq"])
    assert ", without liq, " in repr(without)


def test_tables_hold_modes_compositions_and_certificate(answer):
    html = answer._repr_html_()
    assert html.count("<table") == html.count("</table>") == 2
    for text in ("74.67", "TiO2 wt%", "lowest driving force", "kg/m³"):
        assert text in html


def test_a_result_shows_its_picture_where_there_is_one():
    line = {"pressure_kbar": [10.0, 11.0], "temperature_C": [1300.0, 1310.0]}
    listed = gb.equilibria(gb.bulk("klb-1"), **line, database="W24")
    assert "data:image/png;base64," in listed.gb._repr_html_()
    scattered = gb.equilibria(
        gb.bulk("klb-1"),
        pressure_kbar=[10.0, 12.0, 11.0],
        temperature_C=[1300.0, 1310.0, 1290.0],
        database="W24",
    )
    assert scattered.gb._repr_html_() == "<div>gibbsite result, 3 points, 3 certified, W24</div>"


def test_what_is_shown_is_escaped():
    rock = gb.bulk(wt={"SiO2": 50, "MgO": 50}, name="<script>alert(1)</script>")
    assert "<script>" not in rock._repr_html_()


def test_every_table_is_html(answer):
    for name, each in objects(answer).items():
        if hasattr(each, "_repr_html_"):
            html = each._repr_html_()
            assert html.count("<tr") == html.count("</tr>") > 0, name


@pytest.mark.parametrize("total", [1, 241_001, 1_000_000_000])
def test_the_bar_fits_eighty_columns(monkeypatch, total):
    written = io.StringIO()
    terminal = Console(file=written, force_terminal=True, width=80, color_system=None)
    monkeypatch.setattr(_progress, "Console", lambda **_: terminal)
    title = "Average IBC to high-Ti glass, 3 kbar, a very long title"
    with _progress.Progress(title, total, 0, show=True) as bar:
        bar.add(total // 2, 12_345)
        bar._bar.refresh()
        shown = terminal.render_lines(bar._bar.get_renderable(), terminal.options)
    assert len(shown) == 1
    text = "".join(segment.text for segment in shown[0])
    assert "failed" in text
    assert f"of {total:,}" in text


def test_a_notebook_is_told_how_far_it_is(monkeypatch):
    shown = []

    class ZMQInteractiveShell:
        pass

    handle = SimpleNamespace(update=lambda data, raw: shown.append(data["text/plain"]))
    module = SimpleNamespace(get_ipython=ZMQInteractiveShell)
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(
        sys.modules, "IPython.display", SimpleNamespace(display=lambda *_, **__: handle)
    )
    with _progress.Progress("a line", 100, 0, show=True) as bar:
        bar.add(60, 2)
        bar.add(40, 0)
    assert shown[-1].startswith("a line: 100 of 100 points, ")
    assert shown[-1].endswith(", 2 failed")


CELLS = (
    "import gibbsite as gb\nrock = gb.bulk('high-ti-glass')\nrock",
    "gb.equilibrium(rock, pressure_kbar=3.0, temperature_C=1150.0, database='T21-Su26')",
    """section = gb.Section.pressure_temperature(
    rock, pressure_kbar=(1, 4, 4), temperature_C=(1000, 1300, 13), database='T21-Su26')
result = gb.compute(section, 'out.h5')""",
    "gb.plot(result)",
    "result.gb",
    "gb.databases()",
)


@pytest.mark.slow
def test_a_notebook_shows_tables_pictures_and_progress(tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, sys.path)))
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbclient.NotebookClient(
        book, timeout=600, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    rock, answer, computing, picture, result, databases = (cell.outputs for cell in book.cells)
    assert "wt%" in rock[-1].data["text/html"]
    assert "driving force" in answer[-1].data["text/html"]
    assert any("52 of 52 points" in str(each.get("data", "")) for each in computing)
    assert picture[-1].data["image/png"]
    assert "data:image/png;base64," in result[-1].data["text/html"]
    assert "titanium-rich melts" in databases[-1].data["text/html"]

"""The page in a real browser: open, hover, click, switch, draw, compute, download; and its end."""

import os
import re
import shutil
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from browser import Browser, Server
from click.testing import CliRunner
from large_section import write_large

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite._store.dataset_file import write_dataset

REAL = Path(__file__).parents[1] / "data" / "section_schema_1.h5"
# Places of grid points.
TEMPERATURE, X = 1000.0 + 10 * 300.0 / 19, 8 / 15
COMPILING = 600.0  # the first point of all waits for the compiler


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def browser(folder):
    started = Browser(folder)
    yield started
    started.quit()


@pytest.fixture(scope="module")
def served(folder, browser):
    """A file of its own, and a server of it."""
    path = folder / "section.h5"
    shutil.copy(REAL, path)
    server = Server(path)
    yield path, server
    server.stop()


@pytest.fixture(scope="module")
def dataset():
    with gb.open(REAL) as opened:
        yield opened.load()


@pytest.fixture
def page(browser, served):
    browser.open(served[1].url)
    browser.until("return named('tabs').tabs.length == 6", "all of the page")
    yield browser
    assert browser.complaints() == []


def modes_of(text):
    """Name -> vol% of what stands beside the cursor."""
    return {name: float(mode) for name, mode in re.findall(r"(\S+)\s+([\d.]+) vol%", text)}


def modes_at(dataset, **place):
    point = dataset.gb.at(**place)
    ids = point["phase_id"].values
    return sorted((100.0 * point["volume_fraction"].values[ids >= 0]).tolist())


def test_it_opens_with_nothing_from_elsewhere(page, served):
    assert (
        page.run("return document.title") == "Average IBC to high-Ti glass, 3 kbar, a coarse grid"
    )
    assert any(page.run("return plot().renderers.flatMap((r) => r.data_source.data.choices ?? [])"))
    loaded = page.run("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert any("bokeh" in name for name in loaded)
    assert all(name.startswith(served[1].url) for name in loaded)


def test_names_are_written_where_there_is_room(page):
    texts = (
        "plot().renderers.flatMap((r) => r.data_source.data.choices ? r.data_source.data.text : [])"
    )
    page.until(f"return {texts}.some((t) => t != '')", "a name is written")
    few = page.run(f"return {texts}.filter((t) => t != '').length")
    page.run("plot().x_range.setv({start: 0.0, end: 0.2})")
    page.run("plot().y_range.setv({start: 1080, end: 1130})")
    page.until(f"return {texts}.filter((t) => t != '').length > {few}", "there are more names")


def test_names_are_clear_of_isopleths(page):
    """An isopleth drawn through the middle of a field moves its name, and nothing else does."""
    page.until("return named('isopleths').data.xs.length > 0", "isopleths")
    held = "const d = named('names').data; const i = d.text.findIndex((t) => t == 'liq cpx ilm');"
    page.until(f"{held} return i >= 0", "the name")
    page.run(f"{held} window.middle = d.rooms[i][0].slice(0, 2); window.which = i")
    page.run("""
        const [x, y] = window.middle
        named('isopleths').data = {xs: [[0, 1]], ys: [[y, y]]}
    """)
    page.until("return named('names').data.y[window.which] != window.middle[1]", "the name moves")
    page.run("named('isopleths').data = {xs: [], ys: []}")
    page.until("return named('names').data.y[window.which] == window.middle[1]", "it comes back")


@pytest.mark.parametrize("place", [(10, 8), (2, 13), (18, 1)])
def test_hover_says_what_is_stable(page, dataset, place):
    T, x = float(dataset["temperature_C"][place[0]]), float(dataset["x"][place[1]])
    page.point_at(x, T)
    page.until("return document.getElementById('gibbsite-tip')?.innerText", "the box")
    shown = modes_of(page.tip())
    wanted = modes_at(dataset, temperature_C=T, x=x)
    assert sorted(shown.values()) == pytest.approx(wanted, abs=0.006)


def test_click_says_everything_about_the_point(page, dataset):
    page.click_at(X, TEMPERATURE)
    page.until("return named('answer').text.includes('Certificate')", "the certificate")
    text, point = page.text(), dataset.gb.at(temperature_C=TEMPERATURE, x=X)
    assert f"{float(point['density']):.1f} kg/m³" in text
    for percent in modes_at(dataset, temperature_C=TEMPERATURE, x=X):
        assert f"{percent:.2f}" in text
    for words in ("Compositions (wt%)", "SiO2", "optimality residual", "lowest driving force"):
        assert words in text
    bars = page.run(
        "return Bokeh.index.find_one(named('answer')).el.shadowRoot"
        ".querySelectorAll('td.bar div').length"
    )
    assert bars == int((point["phase_id"] >= 0).sum())


def test_switch_to_another_quantity(page, dataset):
    page.choose("layer", "density (kg/m³)")
    page.until("return plot().right.some((bar) => bar.visible && bar.title)", "the colour bar")
    page.point_at(X, TEMPERATURE)
    page.until("return document.getElementById('gibbsite-tip').innerText.includes('density')", "")
    wanted = float(dataset.gb.at(temperature_C=TEMPERATURE, x=X)["density"])
    shown = float(re.search(r"density: ([\d.]+) kg", page.tip())[1])
    assert shown == pytest.approx(wanted, rel=1e-5)


def test_isopleths(page):
    page.press("tabs", 2)
    page.choose("of", "density (kg/m³)")
    page.write("levels", "3300, 3400")
    page.press("draw")
    page.until("return named('drawn').text.includes('density (kg/m³): 3300, 3400')", "levels")
    levels = "plot().renderers.flatMap((r) => r.data_source.data.text ?? [])"
    page.until(f"return {levels}.includes('3400')", "an isopleth")
    page.write("levels", "many")
    page.press("draw")
    page.until("return named('message').text.includes('many')", "a message")
    assert "is not a number; levels look like 20 40 60" in page.message()


def test_a_profile(page, dataset):
    page.press("click", 1)
    page.click_at(0.1, 1290.0)
    page.until("return named('message').text.includes('other end')", "what to do next")
    page.click_at(0.9, 1010.0)
    page.until("return named('tabs').active == 1", "the profile")
    page.press("tabs", 4)
    page.press("save-profile")
    rows = pd.read_csv(BytesIO(page.downloaded("section-profile.csv")))
    assert len(rows) >= 16
    first = rows.iloc[0]
    assert (first["temperature_C"], first["x"]) == pytest.approx((1010.0, 0.9), abs=16.0)
    melt = dataset.gb.mode("liq")
    for _, row in rows.iterrows():
        there = melt.sel(temperature_C=row["temperature_C"], x=row["x"], method="nearest")
        assert row["melt"] == pytest.approx(100.0 * float(there), abs=1e-4)


def test_any_quantity_is_shown_profiled_and_drawn_as_isopleths(page, dataset):
    page.write("asked", "solid.density")
    page.until("return named('layer').value == 'solid.density'", "the quantity")
    page.until("return plot().right.some((bar) => bar.visible && bar.title)", "the colour bar")
    page.press("click", 1)
    page.click_at(0.1, 1290.0)
    page.until("return named('message').text.includes('other end')", "what to do next")
    page.click_at(0.9, 1010.0)
    page.until("return named('tabs').active == 1", "the profile")
    page.press("tabs", 4)
    for old in page.downloads.glob("section-profile*.csv"):
        old.unlink()
    page.press("save-profile")
    rows = pd.read_csv(BytesIO(page.downloaded("section-profile.csv")))
    name = next(column for column in rows if "density" in column)
    last = rows.iloc[0]
    wanted = dataset.gb.quantity("solid.density").sel(
        temperature_C=last["temperature_C"], x=last["x"], method="nearest"
    )
    assert last[name] == pytest.approx(float(wanted), rel=1e-5)
    assert page.run("return named('of').options['Asked for'].length") == 1
    page.write("asked", "unobtainium.Fo")
    page.until("return named('message').text.includes('unobtainium')", "a message")


def test_a_polygon_says_what_is_inside(page, dataset):
    page.choose("layer", "density (kg/m³)")
    page.until("return plot().right.some((bar) => bar.visible && bar.title)", "the colour bar")
    page.press("click", 2)
    low, high = (0.2333, 1055.0), (0.7667, 1245.0)  # half-way between points of the grid
    for x, T in (low, (high[0], low[1]), high, (low[0], high[1]), low):
        page.click_at(x, T)
        time.sleep(0.6)  # slower than a double click
    page.until("return named('answer').text.includes('Inside the polygon')", "the statistics")
    text = page.text()
    T, x = dataset["temperature_C"], dataset["x"]
    within = (T > low[1]) & (T < high[1]) & (x > low[0]) & (x < high[0])
    inside = within.transpose(*dataset["status"].dims)
    values = dataset["density"].values[inside.values]
    assert f"{values.size} points" in text
    assert f"greatest {values.max():.6g}" in re.sub(r"\s+", " ", text)
    for words in ("mean", "median", "standard deviation", "Modes (vol%)", "Assemblages"):
        assert words in text


def test_the_key_tells_shades_lines_and_phases(page, dataset):
    text = re.sub(r"<[^>]*>", " ", page.run("return named('key').text"))
    for words in ("variance", "solidus", "liquidus", "isopleths", "olivine"):
        assert words in text


def test_names_lie_over_isopleths(page):
    order = page.run(
        "return plot().renderers.map((r) => r.data_source.data.choices ? 'names' : "
        "r.glyph.type + (r.data_source.data.text ? ' levels' : ''))"
    )
    assert order.index("names") > max(i for i, what in enumerate(order) if "levels" in what)


def test_what_is_in_sight_is_downloaded(page, dataset):
    page.run("plot().x_range.setv({start: 0.39, end: 0.81})")
    page.run("plot().y_range.setv({start: 1099, end: 1205})")
    page.press("tabs", 4)
    page.press("save-csv")
    rows = pd.read_csv(BytesIO(page.downloaded("section.csv")))
    temperatures, xs = dataset["temperature_C"].values, dataset["x"].values
    inside = ((temperatures > 1099) & (temperatures < 1205)).sum() * (
        (xs > 0.39) & (xs < 0.81)
    ).sum()
    assert len(rows) == inside > 20
    for kind, begins in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("nc", b"\x89HDF")):
        page.press(f"save-{kind}")
        assert page.downloaded(f"section.{kind}").startswith(begins)


@pytest.mark.compiled
def test_a_point_with_another_rock_and_database(page):
    page.click_at(X, TEMPERATURE)
    page.until("return named('answer').text.includes('Certificate')", "the point")
    page.press("tabs", 3)
    page.choose("database", "T21")
    page.choose("rock-0", "klb-1")
    page.until("return Math.abs(named('MgO-0').value - 39.2) < 3", "the rock")
    page.write("x", "0")
    page.write("temperature_C", "1400")
    page.press("compute-point")
    page.until("return named('answer').text.includes('Computed')", "the answer", COMPILING)
    wanted = gb.equilibrium(
        gb.bulk("klb-1"), pressure_kbar=3.0, temperature_C=1400.0, database="T21"
    )
    text = page.text()
    for share in wanted.phases:
        assert f"{100.0 * share.volume_fraction:.2f}" in text
    assert f"{wanted.density:.1f} kg/m³" in text


@pytest.mark.compiled
def test_what_is_in_sight_computed_again(page):
    page.run("plot().x_range.setv({start: 0.0, end: 0.5})")
    page.press("tabs", 3)
    page.choose("rock-1", "klb-1")
    page.write("points", "5")
    page.until("return named('points').value == 5 && named('K2O-1').value < 0.1", "the rock")
    page.press("compute-view")
    page.until("return named('result').options.length == 2", "a second result", COMPILING)
    page.until("return document.title.includes('klb-1')", "the second result")
    page.until("return plot().x_range.end > 0.4 && plot().x_range.end <= 0.5", "its axes")
    page.point_at(0.2, 1150.0)
    page.until("return modes = document.getElementById('gibbsite-tip').innerText", "the box")
    assert sum(modes_of(page.tip()).values()) == pytest.approx(100.0, abs=0.05)
    page.choose("result", "section.h5")
    page.until("return !document.title.includes('klb-1')", "the first result again")


def test_a_rock_that_cannot_be_is_explained(page):
    page.press("tabs", 3)
    page.click_at(X, TEMPERATURE)
    page.until("return named('tabs').active == 0", "the point")
    page.press("tabs", 3)
    page.write("temperature_C", "99999")
    page.press("compute-point")
    page.until("return named('message').text.includes('99999')", "a message", COMPILING)


@pytest.mark.compiled
def test_a_section_from_a_rock_without_a_file(browser, tmp_path):
    """And a path drawn in it; its fields have exact lines."""
    run = gb.path(
        gb.bulk("klb-1"), pressure_kbar=10.0, temperature_C=[1700.0, 1600.0], step_C=25.0,
        database="W24",
    )  # fmt: skip
    write_dataset(run, tmp_path / "run.h5", "a path", "made for a test")
    server = Server(None, "--path", str(tmp_path / "run.h5"))
    try:
        browser.open(server.url)
        browser.until("return named('compute') !== undefined", "the form")
        browser.write("temperature-from", "1500")
        browser.write("temperature-to", "1500")
        browser.write("points", "7")
        browser.press("compute")
        browser.until("return named('message').text.includes('must be below')", "a message", 30.0)
        browser.write("temperature-to", "1700")
        browser.press("compute")
        browser.until("return named('diagram') !== undefined", "the diagram", COMPILING)
        browser.until("return document.title.includes('KLB-1')", "its title")
        assert "exact lines" not in browser.message()
        drawn = browser.run("return plot().renderers.filter((r) => r.glyph.type == 'Line').length")
        assert drawn >= 2
        browser.click_at(1600.0, 10.0)
        browser.until("return named('answer').text.includes('Certificate')", "the point")
        browser.until("return Math.abs(named('temperature_C').value - 1600) < 20", "T filled in")
        browser.until("return Math.abs(named('pressure_kbar').value - 10) < 2", "P filled in")
        assert browser.complaints() == []
        if os.environ.get("GIBBSITE_KEEP_SCREENSHOT"):
            browser.screenshot(os.environ["GIBBSITE_KEEP_SCREENSHOT"])
    finally:
        browser.driver.get("about:blank")
        server.stop()


def test_a_million_points_answer_at_once(browser, tmp_path):
    """Within 100 ms, from the event of the mouse to the words in the page."""
    dataset = write_large(tmp_path / "large.h5", 1001)
    server = Server(tmp_path / "large.h5")
    try:
        browser.open(server.url)
        browser.until("return named('layer') !== undefined", "the page")
        browser.choose("layer", "density (kg/m³)")  # the image of a million points, too
        browser.until("return plot().right.some((bar) => bar.visible && bar.title)", "the colours")
        browser.point_at(0.5, 1100.0)
        browser.until("return document.getElementById('gibbsite-tip')?.innerText", "the box")
        browser.run(
            """
            window.taken = []
            const tip = document.getElementById("gibbsite-tip")
            let begun = null
            document.addEventListener("pointermove", (e) => { begun = e.timeStamp }, true)
            new MutationObserver(() => taken.push(performance.now() - begun))
              .observe(tip, {childList: true})
            """
        )
        rng = np.random.default_rng(7)
        for u, v in rng.uniform(0.05, 0.95, (20, 2)):
            T, x = 1000.0 + 300.0 * u, v
            browser.point_at(x, T)
            browser.run("return new Promise((done) => requestAnimationFrame(() => done(1)))")
        taken = browser.run("return taken")
        assert len(taken) == 20
        assert max(taken) < 100.0
        assert sorted(modes_of(browser.tip()).values()) == pytest.approx(
            modes_at(dataset, temperature_C=T, x=x), abs=0.01
        )
        assert browser.complaints() == []
        code, said = server.stop()
        assert (code, said) == (0, "")
        browser.until("return named('message').text.includes('has ended')", "a message")
    finally:
        browser.driver.get("about:blank")
        browser.complaints()  # of the lost connection, which the page tries to make again
        server.stop()


def test_the_page_as_one_file(browser, tmp_path, dataset):
    target = tmp_path / "page.html"
    done = CliRunner().invoke(cli, ["plot", str(REAL), "--grid", "--html", "-o", str(target)])
    assert done.exit_code == 0, done.output
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd(
        "Network.emulateNetworkConditions",
        {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0},
    )
    try:
        browser.open(target.as_uri())
        grids = "Bokeh.documents[0].roots()[0].references()"
        filled = f"[...{grids}].some((m) => m.data && m.data.grids && m.data.grids.length > 1)"
        browser.until(f"return {filled}", "the numbers are unpacked")
        browser.point_at(X, TEMPERATURE)
        browser.until("return document.getElementById('gibbsite-tip')?.innerText", "the box")
        place = {"temperature_C": TEMPERATURE, "x": X}
        shown = sorted(modes_of(browser.tip()).values())
        assert shown == pytest.approx(modes_at(dataset, **place), abs=0.006)
        browser.choose("layer", "potential of SiO2 (kJ/mol)")
        browser.until("return plot().right.some((bar) => bar.visible && bar.title)", "colours")
        browser.point_at(X + 0.01, TEMPERATURE)
        browser.until(
            "return document.getElementById('gibbsite-tip').innerText.includes('potential')", ""
        )
        value = float(re.search(r"SiO2: (-[\d.]+) kJ", browser.tip())[1])
        potentials = dataset["chemical_potential"].sel(component="SiO2")
        wanted = float(dataset.gb.at(**place)["chemical_potential"].sel(component="SiO2"))
        assert value == pytest.approx(wanted, abs=float(np.ptp(potentials.values)) / 65534 + 1e-3)
        assert browser.run("return performance.getEntriesByType('resource').length") == 0
        assert browser.complaints() == []
    finally:
        browser.driver.execute_cdp_cmd("Network.disable", {})


def test_a_file_that_breaks_while_it_is_shown(browser, served):
    """The last of this module: it breaks the file."""
    path, server = served
    new = path.with_name("new.h5")
    shutil.copy(REAL, new)
    new.replace(path)  # so that nothing of it has been read
    browser.open(server.url)
    browser.until("return named('layer') !== undefined", "the page")
    whole = path.read_bytes()
    os.truncate(path, 60_000)
    browser.click_at(X, TEMPERATURE)
    browser.until("return named('message').text.includes('no longer be read')", "a message")
    browser.open(server.url)
    browser.until("return named('message').text.includes('damaged or cut short')", "the reason")
    path.unlink()
    browser.open(server.url)
    browser.until("return named('message').text.includes('There is no file')", "the reason")
    path.write_bytes(whole)
    browser.open(server.url)
    browser.until("return named('layer') !== undefined", "the page again")
    assert browser.complaints() == []

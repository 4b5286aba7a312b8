"""What the page shows, asked without a browser: layers, points, profiles, files, refusals."""

import gzip
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from drawn_section import LIQUID, made_up, melting, phase
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from portable import assert_portable
from tornado.ioloop import IOLoop

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite._drawing.fields import find_fields
from gibbsite._drawing.isopleths import find_isopleths, parse_levels, round_levels
from gibbsite._inputs.names import label_order
from gibbsite._viewing.answer import as_html, of_point
from gibbsite._viewing.diagram import PlotDiagram
from gibbsite._viewing.download import as_file, columns_of, in_sight
from gibbsite._viewing.layers import FIELDS, find_layers, layer_values
from gibbsite._viewing.profile import take_profile
from gibbsite._viewing.recompute import section_in_sight
from gibbsite._viewing.result import MODE_STEPS, TOP, Result, load
from gibbsite._viewing.rooms import rooms
from gibbsite._viewing.serve import Shelf, run_until_interrupted, start
from gibbsite._viewing.standalone import pack, quantised
from gibbsite.errors import InputError, StoreError

REAL = Path(__file__).parents[1] / "data" / "section_schema_1.h5"
WHOLE = (slice(None), slice(None))


@pytest.fixture(scope="module")
def real():
    result = load(REAL)
    yield result
    result.dataset.close()


def shown(dataset):
    fields = find_fields(dataset)
    return Result("made up", dataset, Path("made-up.h5"), fields, fields)


def unpacked(packed):
    raw = np.frombuffer(gzip.decompress(packed.tobytes()), dtype=np.uint8).astype(np.uint16)
    low, high = np.split(raw, 2)
    return np.cumsum(low + (high << 8), dtype=np.uint16)


@given(arrays.arrays(np.uint16, st.integers(1, 200)))
def test_packed_numbers_come_back(numbers):
    np.testing.assert_array_equal(unpacked(pack(numbers)), numbers)


FINITE = st.floats(-1e6, 1e6, width=32)


@given(arrays.arrays(np.float32, st.integers(1, 50), elements=FINITE | st.just(np.nan)))
def test_a_quantised_layer_keeps_16_bits_of_its_range(values):
    numbers, start, step = quantised(values)
    back = np.where(numbers == TOP, np.nan, start + step * numbers)
    assert (np.isnan(back) == np.isnan(values)).all()
    finite = values[~np.isnan(values)].astype(np.float64)
    if finite.size:
        assert np.abs(back[~np.isnan(back)] - finite).max() <= 0.51 * np.ptp(finite) / 65534 + 1e-9


def test_the_cursor_reads_fields_and_modes(real):
    labels, *modes = real.grids
    fields = real.fields.fields
    assert labels.shape == real.dataset["status"].shape
    names, ids, volumes = (
        real.dataset[name].values for name in ("phase_name", "phase_id", "volume_fraction")
    )
    for row, column in np.ndindex(labels.shape):
        field = fields[labels[row, column]]
        wanted: dict[str, list[float]] = {}
        for slot in np.flatnonzero(ids[row, column] >= 0):
            key = str(names[ids[row, column, slot]])
            wanted.setdefault(key, []).append(float(volumes[row, column, slot]))
        flat = [value for key in sorted(wanted, key=label_order) for value in wanted[key]]
        read = [int(mode[row, column]) / MODE_STEPS for mode in modes]
        np.testing.assert_allclose(read[: len(flat)], flat, atol=0.51 / MODE_STEPS)
        assert not any(read[len(flat) :])
        assert len(field.names[0]) == len(flat)


def test_the_cursor_hears_why_a_point_failed():
    dataset = melting(shape=(21, 31), failed=lambda u, v: (u > 0.5) & (v > 0.5))
    flags = "certified not_run infeasible not_converged"
    dataset["status"].attrs["flag_meanings"] = flags
    result = shown(dataset)
    number = int(result.grids[0][-1, -1])
    assert result.failures == {str(number): pytest.approx(result.failures[str(number)])}
    assert result.failures[str(number)].startswith("not_converged: Newton's method")
    assert number >= len(result.fields.fields)


def test_numbers_of_isopleths_keep_clear_of_all_places_of_names():
    """A name may stand in any of the rooms of its field, whichever is large enough for it at a zoom."""
    result = shown(melting(shape=(41, 61)))
    spans = np.array([np.ptp(axis.values) for axis in reversed(result.axes)])
    wide = [room for field in result.drawn.fields for room in rooms(field, spans)]
    names = np.array([room[:2] for room in wide if room[2] > 0.1 * spans[0]])
    diagram = PlotDiagram(result)
    diagram.draw_isopleths(
        find_isopleths(result.dataset, {"liq": [10.0, 20.0, 30.0, 40.0, 60.0, 80.0]}, result.rims)
    )
    numbers = np.column_stack([diagram.levels.data[axis] for axis in ("x", "y")])
    assert len(numbers) > 3
    across, up = np.moveaxis(np.abs(numbers[:, None] - names) / spans, 2, 0)
    assert not ((across < 0.06) & (up < 0.03)).any()


def test_layers_are_what_the_result_keeps(real):
    keys = {layer.key for layer in find_layers(real)}
    assert keys >= {
        FIELDS,
        "liq",
        "cpx",
        "ol.Fo",
        "density",
        "rock.mu.SiO2",
        "lowest_driving_force",
    }
    made = {layer.key for layer in find_layers(shown(melting(shape=(11, 13))))}
    assert "density" in made
    assert not any(key.startswith("rock.mu.") for key in made)


@pytest.mark.parametrize("key", ["liq", "density", "rock.mu.SiO2", "ol.Fo", "lowest_driving_force"])
def test_the_numbers_of_a_layer(real, key):
    layer = next(layer for layer in find_layers(real) if layer.key == key)
    values = layer_values(real, layer)
    data = real.dataset
    wanted = {
        "liq": lambda: 100.0 * data.gb.mode("liq"),
        "density": lambda: data["density"],
        "rock.mu.SiO2": lambda: data["chemical_potential"].sel(component="SiO2"),
        "lowest_driving_force": lambda: data["lowest_driving_force"],
        "ol.Fo": lambda: _forsterite(data),
    }[key]()
    np.testing.assert_allclose(values, wanted.values, rtol=1e-6)


def _forsterite(data):
    oxides = data.gb.phase("ol")["phase_composition_mol"]
    magnesium, iron = oxides.sel(component="MgO"), oxides.sel(component="FeO")
    return 100.0 * magnesium / (magnesium + iron)


def test_all_about_a_point(real):
    point = real.dataset.gb.at(temperature_C=1150.0, x=0.5)
    answer = of_point(point)
    assert answer.status == "certified"
    assert sum(share.volume for share in answer.phases) == pytest.approx(1.0)
    for share in answer.phases:
        assert sum(share.composition_wt.values()) == pytest.approx(100.0)
    balance = {
        oxide: sum(share.mass * share.composition_wt[oxide] for share in answer.phases)
        for oxide in answer.bulk_wt
    }
    assert balance == pytest.approx(answer.bulk_wt, abs=1e-6)
    text = as_html(answer, "a <point>")
    assert "a &lt;point&gt;" in text
    for words in ("Modes", "Compositions (wt%)", "Certificate", "lowest driving force", "kg/m³"):
        assert words in text


def test_a_point_that_failed_says_so(real):
    point = real.dataset.gb.at(temperature_C=1150.0, x=0.5).copy(deep=True)
    point["status"].values = np.int8(4)
    point["phase_id"].values[:] = -1
    text = as_html(of_point(point), "here")
    assert "unstable: a phase of the answer is inside its spinodal" in text
    assert "Modes" not in text


def test_a_light_file_says_what_it_does_not_keep(tmp_path):
    from fake_section import TABLES, FakeSection, solve

    from gibbsite._running.compute import compute

    path = tmp_path / "light.h5"
    section = FakeSection(n=20)
    compute(section, path, tile_function=solve, tables=TABLES, profile="light").close()
    result = load(path)
    point = result.dataset.gb.at(temperature_C=1100.0, x=0.3)
    text = as_html(of_point(point), "here")
    assert "keeps no compositions" in text
    assert "keeps no certificate" in text
    with pytest.raises(InputError, match="does not say which section"):
        section_in_sight(result, WHOLE, [], "T21", 5, "")
    result.dataset.close()


def test_a_profile_is_of_computed_points(real):
    layer = next(layer for layer in find_layers(real) if layer.key == "density")
    values = layer_values(real, layer)
    profile = take_profile(real, (0.9, 1290.0), (0.1, 1010.0), layer, values)
    assert profile.along.name == "temperature_C"
    along = profile.table["temperature_C"].to_numpy()
    assert (np.diff(along) > 0.0).all()
    np.testing.assert_allclose(profile.table[layer.label], values[profile.rows, profile.columns])
    for _, line in profile.table.iterrows():
        point = real.dataset.gb.at(temperature_C=line["temperature_C"], x=line["x"])
        total = float(point["volume_fraction"].sum())
        assert sum(line[name] for name, _ in profile.modes) == pytest.approx(100.0 * total)
        assert line.get("melt", 0.0) == pytest.approx(
            100.0 * sum(s.volume for s in of_point(point).phases if s.key == "liq")
        )


def test_a_profile_names_phases_as_the_fields_do():
    result = shown(melting(shape=(41, 41)))
    fields = next(layer for layer in find_layers(result) if layer.key == FIELDS)
    profile = take_profile(result, (0.9, 1010.0), (0.9, 1290.0), fields, result.variances)
    assert {name for name, _ in profile.modes} >= {"melt", "augite", "pigeonite"}


def test_what_is_in_sight_as_numbers(real):
    view = (slice(3, 9), slice(2, 10))
    rows = pd.read_csv(BytesIO(as_file(real, view, "csv", {})))
    assert len(rows) == 48
    part = real.dataset.isel(temperature_C=view[0], x=view[1])
    np.testing.assert_allclose(rows["density"], part["density"].values.ravel(), rtol=1e-7)
    np.testing.assert_allclose(
        rows["liq_vol_percent"], 100.0 * part.gb.mode("liq").values.ravel(), atol=1e-5
    )
    assert rows["assemblage"].tolist() == part.gb.assemblage().values.ravel().tolist()
    assert set(rows["status"]) == {"certified"}


def test_what_is_in_sight_as_a_file_that_opens(real, tmp_path):
    path = tmp_path / "view.nc"
    path.write_bytes(as_file(real, (slice(3, 9), slice(2, 10)), "nc", {}))
    assert_portable(path)
    with gb.open(path) as cut:
        assert dict(cut.sizes)["temperature_C"] == 6
        place = {"temperature_C": float(cut["temperature_C"][2]), "x": float(cut["x"][3])}
        here, there = cut.gb.at(**place), real.dataset.gb.at(**place)
        for name in ("phase_id", "volume_fraction", "chemical_potential", "status"):
            np.testing.assert_array_equal(here[name].values, there[name].values)
        assert "cut out of section_schema_1.h5" in cut.attrs["history"]


def test_more_than_a_browser_takes_is_refused(real, monkeypatch):
    monkeypatch.setattr("gibbsite._viewing.download.MOST_ROWS", 100)
    with pytest.raises(InputError, match="320 points in sight; zoom in to 100"):
        columns_of(in_sight(real, WHOLE))


@pytest.mark.parametrize(
    ("text", "levels"), [("", []), ("40 20", [20.0, 40.0]), ("1,2;3", [1.0, 2.0, 3.0])]
)
def test_levels_as_they_are_written(text, levels):
    assert parse_levels(text) == levels


@pytest.mark.parametrize("text", ["a", "20 nan", "1e999"])
def test_levels_that_are_none(text):
    with pytest.raises(InputError, match="levels look like 20 40 60"):
        parse_levels(text)


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4))
def test_round_levels_lie_between(low, span):
    levels = round_levels(low, low + span)
    assert all(low < level < low + span for level in levels)
    assert 1 <= len(levels) <= 10


def test_a_part_is_computed_with_its_own_axes(real):
    rock = gb.bulk("klb-1")
    plan = section_in_sight(real, (slice(2, 5), slice(0, 4)), [rock, rock], "T21", 7, "mine")
    assert (plan.rows.points, plan.columns.points) == (7, 7)
    assert plan.rows.start == pytest.approx(real.axes[0].values[2])
    assert plan.columns.stop == pytest.approx(real.axes[1].values[3])
    assert (plan.database, plan.title, plan.pressure_kbar) == ("T21", "mine", 3.0)


def sentence(*arguments):
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert done.exit_code in (1, 2), done.output
    assert isinstance(done.exception, SystemExit)
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_no_file_a_foreign_one_and_half_of_one(tmp_path):
    assert "There is no file" in sentence("view", tmp_path / "none.h5")
    (tmp_path / "a.h5.partial").write_bytes(b"")
    assert "a.h5 is not finished" in sentence("view", tmp_path / "a.h5")
    half = tmp_path / "half.h5"
    half.write_bytes(REAL.read_bytes()[:100_000])
    assert "half.h5 is damaged or cut short" in sentence("view", half)
    foreign = tmp_path / "foreign.nc"
    melting(shape=(4, 4)).to_netcdf(foreign, engine="h5netcdf")
    assert "was not written by gibbsite" in sentence("view", foreign)
    text = tmp_path / "text.h5"
    text.write_text("no data")
    assert "cannot be read as HDF5" in sentence("view", text)
    assert "cannot be read as HDF5" in sentence("plot", text, "--html", "-o", tmp_path / "a.html")


def test_what_cannot_be_meant(tmp_path):
    assert "leave out --rock" in sentence("view", REAL, "--rock", "A")
    page = tmp_path / "page.html"
    assert "must end in .html" in sentence("plot", REAL, "--html", "-o", tmp_path / "page.pdf")
    page.touch()
    wide = sentence("plot", REAL, "--html", "-o", tmp_path / "a.html", "--width", 88)
    assert "--width is for pictures on paper" in wide
    assert "give --overwrite" in sentence("plot", REAL, "--html", "-o", page)
    assert "cannot listen there" in sentence("view", REAL, "--address", "192.0.2.1")


def test_a_port_that_is_taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"port {port} is taken" in sentence("view", REAL, "--port", port, "--no-browser")


def test_without_bokeh_there_is_a_sentence(monkeypatch):
    monkeypatch.setattr("gibbsite._cli.view.find_spec", lambda name: None)
    assert 'pip install "gibbsite[view]"' in sentence("view", REAL)


@pytest.mark.slow
def test_the_page_shows_fields_without_waiting_for_plots_and_solver():
    """matplotlib takes a tenth of the start, the engine's compiler as much."""
    program = f"""
import sys
from pathlib import Path
from bokeh.document import Document
from gibbsite._viewing.page import Page
from gibbsite._viewing.serve import Shelf
shelf, document = Shelf(Path({str(REAL)!r}), None), Document()
page = Page(document, *shelf.first(), shelf.get)
document.to_json()
page.work.end()
print([name for name in ("matplotlib", "numba", "filelock") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"


def test_results_of_many_rocks(tmp_path):
    rocks = ["A", "B"]
    one = melting(shape=(9, 11)).drop_vars("pressure_kbar")
    path = tmp_path / "rocks.h5"
    many = one.expand_dims(rock=rocks).assign_coords(phase_name=one["phase_name"])
    many.attrs["schema_version"] = 1
    many.transpose("rock", "temperature_C", "x", ...).to_netcdf(path, engine="h5netcdf")
    names, first = Shelf(path, "B").first()
    assert names == ["rocks.h5: A", "rocks.h5: B"]
    assert first.name == "rocks.h5: B"
    assert first.title.startswith("B: ")
    with pytest.raises(InputError, match="there is no rock 'C'"):
        Shelf(path, "C").first()


def test_a_changed_file_is_read_again(tmp_path):
    path = tmp_path / "a.h5"
    path.write_bytes(REAL.read_bytes())
    shelf = Shelf(path, None)
    _, first = shelf.first()
    assert shelf.first()[1] is first
    path.unlink()
    with pytest.raises(StoreError, match="no file"):
        shelf.first()
    path.write_bytes(REAL.read_bytes())
    assert shelf.first()[1] is not first


@pytest.mark.skipif(os.name == "nt", reason="a process cannot press its own Ctrl-C there")
def test_ctrl_c_wakes_a_page_that_waits():
    loop, late = IOLoop(make_current=False), []

    def give_up():
        late.append(True)
        loop.stop()

    loop.call_later(20.0, give_up)  # the next that happens by itself
    loop.add_callback(
        lambda: threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    )  # once it waits
    run_until_interrupted(loop)
    loop.close()
    assert not late


@pytest.fixture
def server():
    """A server in a thread, asked as a stranger would."""
    import asyncio

    ready, made = threading.Event(), {}

    def run():
        asyncio.set_event_loop(asyncio.new_event_loop())
        made["server"] = start(Shelf(REAL, None), "127.0.0.1", 0)
        ready.set()
        made["server"].io_loop.start()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(30.0)
    listening = made["server"]
    yield listening

    def end():
        listening.stop()
        listening.io_loop.stop()

    listening.io_loop.add_callback(end)
    thread.join(10.0)


@pytest.mark.parametrize(
    ("origin", "status"), [("http://localhost:{}", 101), ("http://example.org", 403)]
)
def test_a_page_of_another_origin_may_not_drive_a_session(server, origin, status):
    import re

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30.0)
    connection.request("GET", "/")
    page = connection.getresponse().read().decode()
    assert "cdn.bokeh.org" not in page
    token = re.search(r'"token":"([^"]+)"', page)[1]
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": f"bokeh, {token}",
        "Origin": origin.format(server.port),
    }
    connection.request("GET", "/ws", headers=headers)
    assert connection.getresponse().status == status


def test_it_listens_on_this_machine_only(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
            own = probe.getsockname()[0]
        except OSError:
            pytest.skip("this machine has no address but loopback")
    with socket.socket() as other:
        assert other.connect_ex((own, server.port)) != 0


def test_two_fields_of_one_name_are_two_fields():
    result = shown(
        made_up(
            {phase("liq", LIQUID): lambda u, v: abs(v - 0.5) - 0.2, phase("q"): lambda u, v: 1.0}
        )
    )
    assert [field.names[0] for field in result.fields.fields].count(("liq", "q")) == 2

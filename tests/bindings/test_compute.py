"""A run is killed, starved, interrupted and shared; what it leaves is finished to the same bits."""

import io
import logging
import os
import pickle
import random
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import fake_section
import filelock
import h5py
import numpy as np
import pytest
import xarray as xr
from fake_section import TABLES, FakeSection
from rich.console import Console
from rich.text import Text
from same_results import assert_same

from gibbsite._running import room
from gibbsite._running.compute import compute, tables_of
from gibbsite._running.log import run_log
from gibbsite._running.run import MAX_FAILED_TILES
from gibbsite._section.axes import Axis
from gibbsite._section.section import Section
from gibbsite._store import beside, finishing, unfinished
from gibbsite._store.file import open as open_result
from gibbsite._store.schema import Layout
from gibbsite.errors import InputError, StoreError

PROGRAM = Path(fake_section.__file__)
ROOT = PROGRAM.parents[2]
TILE = (8, 8)


def run(section, path, **options):
    options = {"tile_function": fake_section.solve, "tables": TABLES, "tile": TILE} | options
    compute(section, path, **options).close()


def start(path, *options):
    folders = [str(ROOT / name) for name in ("bindings", "engine", "datasets")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(folders)}
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(path), *map(str, options)],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for(condition, process=None, seconds=20.0):
    """Wait until something is so; False if the process ended before it was."""
    end = time.monotonic() + seconds
    while not condition():
        if process is not None and process.poll() is not None:
            return False
        assert time.monotonic() < end
        time.sleep(0.002)
    return True


def journal_bytes(path):
    journal = beside.journal_path(path)
    return journal.stat().st_size if journal.exists() else 0


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "whole.h5"
    run(FakeSection(), path)
    return path


def test_a_finished_run_leaves_nothing_but_its_file(tmp_path):
    run(FakeSection(n=20), tmp_path / "a.h5")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.h5"]


@pytest.mark.slow
def test_killed_at_any_moment_and_resumed(tmp_path, whole):
    rng = random.Random(7)
    path = tmp_path / "a.h5"
    kills = 0
    for _ in range(5):
        process = start(path, "--seconds", 0.03)
        before = journal_bytes(path)
        wait_for(lambda before=before: journal_bytes(path) > before or path.exists(), process)
        time.sleep(rng.uniform(0.0, 0.15))
        process.kill()
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
        if path.exists():
            break
        with pytest.raises(StoreError, match="not finished"):
            open_result(path)
    assert kills >= 3
    if not path.exists():
        run(FakeSection(), path)
    assert_same(path, whole)


@pytest.mark.parametrize("seed", [0, *(pytest.param(s, marks=pytest.mark.slow) for s in (1, 2, 3))])
def test_journal_cut_at_any_byte_and_resumed(tmp_path, whole, seed):
    path = tmp_path / "a.h5"
    with pytest.raises(StoreError):
        run(FakeSection(), path, tile_function=fake_section.solve_the_upper_half, workers=1)
    journal = beside.journal_path(path)
    head = 17 + 8  # the part written with the name: it appears whole or not at all
    os.truncate(journal, random.Random(seed).randrange(head + 600, journal.stat().st_size))
    run(FakeSection(), path)
    assert_same(path, whole)


@pytest.mark.slow
def test_killed_between_naming_the_file_and_removing_the_journal(tmp_path, whole, monkeypatch):
    path = tmp_path / "a.h5"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(FakeSection(), path)
    assert path.exists()
    assert beside.journal_path(path).exists()
    run(FakeSection(), path)
    assert not beside.journal_path(path).exists()
    assert_same(path, whole)


@pytest.mark.slow
def test_killed_while_the_file_is_made(tmp_path, whole, monkeypatch):
    path = tmp_path / "a.h5"
    with monkeypatch.context() as patch:
        patch.setattr(finishing, "_copy", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(FakeSection(), path)
    assert not path.exists()
    run(FakeSection(), path)
    assert_same(path, whole)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.h5"]


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.3, 1.001])
def test_disk_full_while_solving_or_while_making_the_file(tmp_path, whole, share):
    path = tmp_path / "a.h5"
    complete = tmp_path / "complete.h5"
    with pytest.raises(StoreError):
        run(FakeSection(), complete, tile_function=fake_section.solve_all_but_the_last)
    largest = int(share * journal_bytes(complete) / 24 * 25)
    process = start(path, "--largest-file", largest)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert error.startswith("StoreError: ")
    assert "run the same command again" in error
    assert error.count("\n") == 1
    assert not path.exists()
    assert journal_bytes(path) > 0
    run(FakeSection(), path)
    assert_same(path, whole)


def test_too_little_room_is_found_before_the_file_is_begun(tmp_path, monkeypatch):
    path = tmp_path / "a.h5"
    monkeypatch.setattr(finishing.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(StoreError, match=r"0 MB are free.*run the same command again"):
        run(FakeSection(n=20), path)
    assert not path.exists()


@pytest.mark.slow
def test_ctrl_c_keeps_the_finished_tiles_and_says_how_to_go_on(tmp_path, whole):
    path = tmp_path / "a.h5"
    process = start(path, "--seconds", 0.05)
    assert wait_for(lambda: journal_bytes(path) > 100_000, process)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 130
    kept = re.match(r"Interrupted\. (\d+) of 25 tiles are kept in .*a\.h5\.partial", error)
    assert kept
    assert "run the same command again" in error
    assert 0 < int(kept[1]) < 25
    run(FakeSection(), path)
    assert_same(path, whole)


@pytest.mark.slow
def test_second_process_is_refused(tmp_path, whole):
    path = tmp_path / "a.h5"
    process = start(path, "--seconds", 0.05)
    assert wait_for(lambda: journal_bytes(path) > 0, process)
    with pytest.raises(StoreError, match="being written by another process"):
        run(FakeSection(), path)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert_same(path, whole)


@pytest.mark.slow
def test_lock_of_a_killed_process_does_not_hold(tmp_path):
    path = tmp_path / "a.h5"
    (tmp_path / "a.h5.lock").touch()
    run(FakeSection(n=20), path)
    assert path.exists()


def test_lock_taken_over_after_its_file_was_removed(tmp_path):
    path = tmp_path / "a.h5"
    with unfinished.claimed(path):
        pass
    with unfinished.claimed(path), pytest.raises(filelock.Timeout):
        filelock.FileLock(tmp_path / "a.h5.lock", timeout=0).acquire()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"section": FakeSection(top_C=1200.0)}, "section_sha256"),
        ({"profile": "light"}, "profile is 'full' there and 'light' here"),
        ({"tile": (16, 16)}, "tile_shape is '8 x 8' there and '16 x 16' here"),
        ({"database": "W24"}, "database is 'made-up' there and 'W24' here"),
        ({"database_sha256": "1" * 64}, "database_sha256 is 000000000000 there"),
        ({"options": {"scan_kJ": 0.05}}, "options is .*0.3.* there and .*0.05.* here"),
    ],
)
def test_unfinished_run_of_something_else_is_refused(tmp_path, change, named):
    path = tmp_path / "a.h5"
    with pytest.raises(StoreError):
        run(FakeSection(), path, tile_function=fake_section.solve_all_but_the_last)
    kept = journal_bytes(path)
    section = change.pop("section", FakeSection())
    tables = {key: change.pop(key) for key in list(change) if key in TABLES.__slots__}
    fields = {name: getattr(TABLES, name) for name in TABLES.__slots__}
    change["tables"] = type(TABLES)(**fields | tables)
    with pytest.raises(StoreError, match=named):
        run(section, path, **change)
    assert journal_bytes(path) == kept
    if change == {"tables": TABLES}:  # once
        run(section, path, overwrite=True)
        with open_result(path) as dataset:
            assert dataset["temperature_C"].max() == 1200.0


def test_foreign_journal_is_left_alone(tmp_path):
    journal = tmp_path / "a.h5.partial"
    journal.write_text("my notes")
    with pytest.raises(StoreError, match="in the way"):
        run(FakeSection(n=20), tmp_path / "a.h5")
    assert journal.read_text() == "my notes"


def test_finished_file_is_replaced_only_on_request(tmp_path):
    path = tmp_path / "a.h5"
    run(FakeSection(n=20), path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="overwrite=True"):
        run(FakeSection(n=24), path)
    assert path.read_bytes() == before
    run(FakeSection(n=24), path, overwrite=True)
    with open_result(path) as dataset:
        assert dataset.sizes["x"] == 24


@pytest.mark.slow
def test_a_finished_file_of_the_very_section_can_be_taken_as_it_is(tmp_path):
    path = tmp_path / "a.h5"
    run(FakeSection(n=20), path)
    with h5py.File(path, "r+") as file:
        file.attrs["a_note"] = "of mine"  # as lines are added later

    def fail(*_):
        raise AssertionError("computed again")

    run(FakeSection(n=20), path, reuse=True, overwrite=True, tile_function=fail)
    with open_result(path) as dataset:
        assert dataset.attrs["a_note"] == "of mine"
    with pytest.raises(StoreError, match="overwrite=True"):
        run(FakeSection(n=24), path, reuse=True)
    run(FakeSection(n=24), path, reuse=True, overwrite=True)
    with open_result(path) as dataset:
        assert dataset.sizes["x"] == 24


@pytest.mark.slow
def test_a_file_with_a_missing_tile_is_not_taken_as_it_is(tmp_path, whole):
    path = tmp_path / "a.h5"
    run(FakeSection(), path, tile_function=fake_section.solve_but_one, allow_missing=True)
    run(FakeSection(), path, reuse=True, overwrite=True)
    assert_same(path, whole)


@pytest.mark.parametrize("place", ["none/a.h5", "file/a.h5", "folder"])
def test_place_that_cannot_be_written(tmp_path, place):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        run(FakeSection(n=20), tmp_path / place)


@pytest.mark.skipif(os.name != "posix" or not Path("/proc/self").exists(), reason="Linux only")
def test_folder_that_takes_no_files():
    with pytest.raises(StoreError, match=r"/proc/a\.h5 cannot be written"):
        run(FakeSection(n=20), Path("/proc/a.h5"))


@pytest.mark.slow
def test_failing_tile_costs_only_itself(tmp_path, whole):
    path = tmp_path / "a.h5"
    with pytest.raises(
        StoreError, match=r"1 tiles failed.*\(0, 8\).*ValueError: no luck.*24 of 25"
    ):
        run(FakeSection(), path, tile_function=fake_section.solve_but_one)
    run(FakeSection(), path)
    assert_same(path, whole)


def test_file_with_a_missing_tile_says_so_and_can_be_finished(tmp_path, whole):
    path = tmp_path / "a.h5"
    run(FakeSection(), path, tile_function=fake_section.solve_but_one, allow_missing=True)
    with open_result(path) as dataset:
        assert (dataset["status"][:8, 8:16] == 1).all()
        assert np.isnan(dataset["gibbs_energy"][:8, 8:16]).all()
        assert np.isnan(dataset["volume_fraction"][:8, 8:16]).all()
        assert np.isnan(dataset.gb.mode("liq")[:8, 8:16]).all()
        assert (dataset["status"] == 1).sum() == 64
    run(FakeSection(), path, overwrite=True)
    assert_same(path, whole)


def test_many_failing_tiles_end_the_run(tmp_path):
    path = tmp_path / "a.h5"
    with pytest.raises(StoreError, match="tiles failed") as caught:
        run(FakeSection(), path, tile_function=fake_section.solve_nothing, workers=1)
    assert int(str(caught.value).split()[0]) <= MAX_FAILED_TILES + 2


def test_wrong_shape_from_a_tile_function_is_an_error(tmp_path):
    with pytest.raises(StoreError, match=r"density has shape \(8, 8, 1\), not \(8, 8\)"):
        run(FakeSection(), tmp_path / "a.h5", tile_function=fake_section.solve_wrongly)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 3])
def test_number_of_threads_does_not_show(tmp_path, whole, workers):
    run(FakeSection(), tmp_path / "a.h5", workers=workers)
    assert_same(tmp_path / "a.h5", whole)


def test_processes_give_the_same_file(tmp_path, whole):
    with ProcessPoolExecutor(2) as pool:
        run(FakeSection(), tmp_path / "a.h5", executor=pool)
    assert_same(tmp_path / "a.h5", whole)


@pytest.mark.slow
def test_tiles_in_flight_are_bounded(tmp_path):
    class Counting(ThreadPoolExecutor):
        most = under_way = 0

        def submit(self, *args, **kwargs):
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            future = super().submit(*args, **kwargs)
            future.add_done_callback(self.back)
            return future

        def back(self, _):
            self.under_way -= 1

    with Counting(2) as pool:
        run(FakeSection(), tmp_path / "a.h5", executor=pool, workers=2)
    assert 2 <= pool.most <= 4


@pytest.mark.slow
def test_cluster_with_a_dying_worker_gives_the_same_file(tmp_path, whole):
    distributed = pytest.importorskip("distributed")
    path = tmp_path / "a.h5"
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path
        ) as cluster,
        distributed.Client(cluster) as client,
        ProcessPoolExecutor(1) as killer,
    ):
        victim = next(iter(client.run(os.getpid).values()))
        killed = killer.submit(fake_section.kill_once_begun, victim, beside.journal_path(path))
        run(FakeSection(seconds=0.02), path, scheduler=cluster.scheduler_address)
        assert killed.result()
    assert_same(path, whole)


def test_unreachable_scheduler_is_an_input_error_and_no_default(tmp_path):
    """A client that could not connect is nobody's default: files are written as before."""
    distributed = pytest.importorskip("distributed")
    with pytest.raises(InputError, match="No Dask scheduler"):
        run(FakeSection(), tmp_path / "a.h5", scheduler="nonsense://nowhere")
    with pytest.raises(ValueError, match="No clients"):
        distributed.default_client()
    xr.Dataset({"a": ("x", np.arange(3.0))}).to_netcdf(tmp_path / "b.h5", engine="h5netcdf")


def test_log_tells_what_was_done(tmp_path):
    log = tmp_path / "run.log"
    run(FakeSection(n=16), tmp_path / "a.h5", log_file=log)
    lines = log.read_text().splitlines()
    assert "0 of 256 points are done" in lines[0]
    assert sum("INFO tile " in line for line in lines) == 4
    assert "4 tiles are done" in lines[-1]


def test_quiet_when_not_on_a_terminal(tmp_path, capfd):
    run(FakeSection(n=20), tmp_path / "a.h5", progress=True)
    assert capfd.readouterr() == ("", "")


def test_a_run_is_silent_about_tiles_but_not_about_what_it_waits_for():
    """Python writes a warning to the terminal where nothing on its way takes it."""
    with run_log("a", None) as logger:
        assert logger.parent.name == "gibbsite.run"
        assert logger.parent.handlers
        assert not logging.getLogger("gibbsite").handlers


def test_bar_on_a_terminal_counts_points_and_failures(tmp_path, monkeypatch):
    text = io.StringIO()
    terminal = Console(file=text, force_terminal=True, width=160)
    monkeypatch.setattr("gibbsite._progress.Console", lambda **_: terminal)
    path = tmp_path / "a.h5"
    run(FakeSection(n=40), path)
    with open_result(path) as dataset:
        failed = int((dataset["status"] != 0).sum())
    assert failed > 0
    last = Text.from_ansi(text.getvalue()).plain.rsplit("fake", 1)[1]
    assert "100 % of 1,600" in last
    assert f"{failed} failed" in last
    assert "/s" in last


def test_real_section_is_laid_out():
    section = Section.from_toml("fig4c")
    tables = tables_of(section)
    layout = Layout.of(section, tables)
    assert layout.dims == ("temperature_C", "x")
    assert layout.shape == section.shape
    assert list(layout.fixed) == ["pressure_kbar"]
    assert tables.sizes() == {"component": 10, "slot": 12, "endmember": 14, "phase": 20}
    assert "liq" in tables.phases
    assert pickle.loads(pickle.dumps(section)) == section


@pytest.mark.parametrize(
    "ending",
    [".partial", ".partial.new", ".assembling", ".new", ".properties", ".properties.new", ".lock"],
)
def test_a_directory_in_the_way_of_what_is_kept_beside_a_file_is_told_before_any_work(
    tmp_path, ending
):
    (tmp_path / f"a.h5{ending}").mkdir()
    said = r"a\.h5 cannot be written: .*directory"
    with pytest.raises(StoreError, match=said):
        run(FakeSection(), tmp_path / "a.h5", tile_function=Mock(side_effect=AssertionError))
    assert [each.name for each in tmp_path.iterdir()] == [f"a.h5{ending}"]


def test_bad_arguments(tmp_path):
    with pytest.raises(InputError, match="profile"):
        run(FakeSection(), tmp_path / "a.h5", profile="huge")
    with pytest.raises(InputError, match="workers"):
        run(FakeSection(), tmp_path / "a.h5", workers=0)
    with pytest.raises(InputError, match="tile"):
        run(FakeSection(), tmp_path / "a.h5", tile=(8,))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs getrusage")
def test_memory_does_not_grow_with_the_points(tmp_path):
    def peak_kb(n):
        process = start(tmp_path / f"{n}.h5", "--n", n, "--tile", 32, "--memory")
        out, error = process.communicate(timeout=60)
        assert process.returncode == 0, error
        return int(out)

    # 9 times the points; their arrays would take 90 MB.
    assert peak_kb(192) - peak_kb(64) < 15_000


@pytest.mark.parametrize(("profile", "fits"), [("full", "compact"), ("compact", "light")])
def test_what_the_disk_cannot_hold_is_refused_with_numbers(tmp_path, monkeypatch, profile, fits):
    section = FakeSection(n=10_000)
    free = 2.0 * 1e8 * room.BYTES[fits]
    monkeypatch.setattr(room.shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
    with pytest.raises(StoreError) as told:
        run(section, tmp_path / "out.h5", profile=profile)
    needed = 2.0 * 1e8 * room.BYTES[profile] / 1e9
    assert f"100,000,000 points need about {needed:,.3g} GB" in str(told.value)
    assert f"a profile that fits is {fits}" in str(told.value)
    assert not any(tmp_path.glob("*.partial"))


def test_an_axis_of_more_points_than_any_file_holds_is_refused():
    with pytest.raises(InputError, match="10,000,000,000 points are more than an axis may have"):
        Axis("pressure_kbar", 1.0, 2.0, 10**10)

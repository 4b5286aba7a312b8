"""Kernels compiled beforehand, and carried elsewhere."""

import tarfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from gibbsite._cli import warm as _warm
from gibbsite._cli.commands import cli
from gibbsite_engine import _jit
from gibbsite_engine.sweep import sweep

pytestmark = pytest.mark.compiled
EVERY = ["point", "proof", "section", "lines", "path", "properties"]


def run(*arguments):
    return CliRunner().invoke(cli, ["warm", *map(str, arguments)], prog_name="gibbsite")


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A folder of kernels, of which two are written and one is being written."""
    folder = tmp_path / "cache" / "0123456789abcdef"
    for name in ("a.nbi", "a.1.nbc", "parts/b.nbi", "parts/b.1.nbc", "parts/c.nbi.tmp.0123"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    monkeypatch.setattr(_jit, "FOLDER", folder)
    return folder


@pytest.fixture
def asked(monkeypatch):
    """The parts that were compiled; nothing is."""
    names = []
    parts = {
        name: part._replace(work=lambda name=name: names.append(name))
        for name, part in _warm.PARTS.items()
    }
    monkeypatch.setattr(_warm, "PARTS", parts)
    monkeypatch.setattr(_warm, "_pool", lambda width: _warm._Here())
    return names


def test_what_a_point_needs_is_compiled_and_nothing_of_it_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(_warm, "_DONE", str(tmp_path / "first"))  # as if nothing were known of it
    done = run("--only", "point")
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{_jit.FOLDER}: compiled for point; ")
    assert sweep.whole.overloads
    before = sorted(_jit.FOLDER.rglob("*.nbc"))
    monkeypatch.setattr(_warm, "_DONE", str(tmp_path / "second"))
    assert run("--only", "point").exit_code == 0
    assert sorted(_jit.FOLDER.rglob("*.nbc")) == before


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), EVERY),
        (("--only", "point"), ["point"]),
        (("--only", "proof"), ["proof"]),  # which starts from a point that Python solves
        (("--only", "lines", "--only", "proof"), ["point", "proof", "lines"]),
    ],
)
def test_only_what_is_asked_for(kept, asked, arguments, names):
    assert run(*arguments).exit_code == 0
    assert asked == names


def test_nothing_begins_before_what_it_comes_after():
    """What two processes need is compiled by one of them; none waits where it need not."""
    order, marked = [], []
    parts = {
        name: part._replace(work=lambda name=name: order.append(name) or time.sleep(0.01))
        for name, part in _warm.PARTS.items()
    }
    begun = {name: [] for name in parts}

    class Watched(ThreadPoolExecutor):
        def submit(self, work):
            (name,) = work.__defaults__
            begun[name] = [*marked]
            return super().submit(work)

    with Watched(2) as pool:
        _warm._run_in_order(parts, pool, marked.append)
    assert sorted(order) == sorted(marked) == sorted(parts)
    assert begun["point"] == begun["proof"] == []
    for name, part in parts.items():
        assert not part.after or part.after in begun[name]


def test_what_was_compiled_before_is_not_done_again(kept, asked):
    for _ in range(2):
        assert run("--only", "lines").exit_code == 0
    assert asked == ["point", "lines"]
    assert run().exit_code == 0
    assert asked[:2] == ["point", "lines"]
    assert sorted(asked) == sorted(EVERY)


def test_a_file_carries_what_is_compiled_to_another_machine(kept, asked, tmp_path, monkeypatch):
    archive = tmp_path / "kernels.tar.gz"
    assert run("--export", archive).exit_code == 0
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["kernels.tar.gz"]
    assert "give --overwrite" in run("--export", archive).output
    other = tmp_path / "elsewhere" / kept.name
    other.mkdir(parents=True)
    monkeypatch.setattr(_jit, "FOLDER", other)
    assert run("--import", archive).exit_code == 0
    found = {p.relative_to(other).as_posix(): p.read_text() for p in other.rglob("*.*")}
    assert found == {n: n for n in ("a.nbi", "a.1.nbc", "parts/b.nbi", "parts/b.1.nbc")}
    assert list(other.parent.iterdir()) == [other]


def test_a_file_for_another_machine_or_version_is_refused(kept, asked, tmp_path, monkeypatch):
    archive = tmp_path / "kernels.tar.gz"
    assert run("--export", archive).exit_code == 0
    monkeypatch.setattr(_jit, "FOLDER", tmp_path / "cache" / "fedcba9876543210")
    done = run("--import", archive)
    assert done.exit_code == 2
    assert "(0123456789abcdef, here fedcba9876543210); run gibbsite warm here." in done.output
    with tarfile.open(tmp_path / "empty.tar.gz", "w:gz"):
        pass
    assert run("--import", tmp_path / "empty.tar.gz").exit_code == 2
    (tmp_path / "text.tar.gz").write_text("no archive")
    assert (
        "is no file of gibbsite warm --export" in run("--import", tmp_path / "text.tar.gz").output
    )
    assert asked == EVERY  # of the export alone


def test_without_a_folder_it_says_so(monkeypatch):
    monkeypatch.setattr(_jit, "FOLDER", None)
    done = run()
    assert done.exit_code == 1
    assert "kernels cannot be kept" in done.output

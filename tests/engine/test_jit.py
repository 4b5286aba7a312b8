"""How kernels are compiled: as parts of others, as wholes for Python, and from the cache."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.core import config

import gibbsite_engine
from gibbsite_engine import _cache, _jit
from gibbsite_engine._jit import inner, kernel, table

pytestmark = pytest.mark.compiled


@inner
def twice(x):
    return 2.0 * x


@inner
def twice_plus_one(x):
    return twice(x) + 1.0


@kernel
def both(x):
    """Python and a kernel call it."""
    return twice_plus_one(x) + twice(x)


@kernel
def outermost(x):
    return both(x) + twice(x)


@numba.njit
def code_of_a_user(x):
    return both(x)


def test_a_kernel_answers_python_and_kernels_alike():
    assert both(3.0) == 13.0
    assert outermost(3.0) == 19.0
    assert code_of_a_user(3.0) == 13.0
    assert both.__doc__ == "Python and a kernel call it."


def test_only_what_python_calls_is_emitted(monkeypatch):
    """Where a new Numba no longer asks the engine's compilers, this says so."""
    monkeypatch.setattr(_jit, "FOLDER", None)  # nothing comes from the cache

    @inner
    def leaf(x):
        return 3.0 * x

    @kernel
    def middle(x):
        return leaf(x) + 1.0

    @kernel
    def whole(x):
        return middle(x) + leaf(x)

    assert whole(3.0) == 19.0
    for compiled, emitted in ((whole.whole, True), (middle.part, False), (leaf.part, False)):
        (result,) = compiled.overloads.values()
        label = f"{result.fndesc.mangled_name}:"
        assert (label in result.library.get_asm_str()) == emitted


@table
class Inside(NamedTuple):
    vector: Any
    count: Any
    matrix: Any


@table
class Around(NamedTuple):
    factor: Any
    inside: Inside
    wanted: Any
    cube: Any


@inner
def add_up(inside, i):
    inside.vector[i] += inside.matrix[1, 2] * inside.count
    return inside.matrix.shape[1]


@kernel
def work_on(around):
    if around.wanted:
        around.cube[0, 1, 2] = around.factor
    total = 0
    for i in range(around.inside.vector.size):
        total += add_up(around.inside, i)
    return total, around.cube[0, 1].sum(), around.cube[1:, ::2].size


def test_a_table_is_read_and_written_as_python_does(monkeypatch):
    """Its arrays of any number of axes and any type, its numbers, and the tables in it."""
    monkeypatch.setattr(_jit, "FOLDER", None)  # nothing comes from the cache
    for wanted, dtype in ((True, np.int16), (False, np.int16), (True, np.float64)):
        given = []
        for work in (work_on, work_on.function):
            inside = Inside(np.ones(3), 2, np.arange(12.0).reshape(3, 4))
            around = Around(2.0, inside, wanted, np.ones((2, 3, 5), dtype))
            given.append((work(around), inside.vector.tolist(), around.cube.tolist()))
        assert given[0] == given[1]
    assert add_up.part.overloads  # the table in the table was handed on


def test_a_table_with_an_array_in_pieces_is_refused():
    """A kernel reads one piece of memory; it would read what lies between."""
    inside = Inside(np.ones(3), 2, np.arange(12.0).reshape(4, 3).T)
    with pytest.raises(TypeError, match=r"Inside\.matrix cannot be handed to a kernel"):
        work_on(Around(2.0, inside, True, np.ones((2, 3, 5))))


def test_without_tables_a_named_tuple_does(monkeypatch):
    monkeypatch.setattr(_jit, "TABLES", False)

    @table
    class Plain(NamedTuple):
        vector: Any
        count: Any

    @kernel
    def product(plain):
        return plain.vector[1] * plain.count

    assert product(Plain(np.arange(3.0), 4)) == 4.0
    assert product(Plain(np.arange(6.0)[::2], 4)) == 8.0


def test_a_kernel_is_compiled_once_whatever_is_written_in_a_call():
    @inner
    def part(x, way, number):
        return x + number if way else x - number

    @kernel
    def whole(x, way):
        return part(x, True, 1) + part(x, False, 2) + part(x, way, 3)

    assert whole(1.0, True) == 5.0
    assert len(part.part.overloads) == 1


def test_settings_of_numba_are_left_as_they_were():
    def settings():
        return {name: value for name, value in vars(config).items() if name.isupper()}

    @kernel
    def new(x):
        return both(x) + 2.0

    before = settings()
    assert new(3.0) == 15.0
    assert settings() == before


def test_the_fast_way_to_compile_is_in_use():
    """It stands on names of Numba's own; where they change, this says so, and nothing else does."""
    assert _jit.PARTS, "gibbsite_engine/_parts.py does not fit this Numba"
    assert _jit.TABLES, "gibbsite_engine/_tables.py does not fit this Numba, or this NumPy"
    assert _cache.OWN_CACHE, "gibbsite_engine/_cache.py does not fit this Numba"


RUN = """
import sys
BROKEN
import kernels
from gibbsite_engine import _cache, _jit
print(kernels.top(3.0), _jit.PARTS, _cache.OWN_CACHE)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "parts", "own_cache"),
    [
        ("import numba.core.codegen as m; m.OtherName = m.__dict__.pop('JITCodeLibrary')", 0, 1),
        ("import numba.core.codegen as m; m.JITCodeLibrary = object", 0, 1),
        ("import numba.core.caching as m; del m._CacheLocator", 1, 0),
    ],
)
def test_a_numba_without_these_names_compiles_all_the_same(tmp_path, broken, parts, own_cache):
    (tmp_path / "kernels.py").write_text(KERNELS)
    for _ in range(2):  # the second from the cache
        printed = _python(RUN.replace("BROKEN", broken), tmp_path, tmp_path / "cache")
        assert printed == [f"13.0 {bool(parts)} {bool(own_cache)}"]


def _python(program, folder, cache, *arguments, **more):
    """Lines that a new process prints, with the modules of a folder and a cache of its own."""
    path = os.pathsep.join([str(folder), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(cache), **more}
    environment.pop("NUMBA_CACHE_DIR", None)
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


KERNELS = """
from gibbsite_engine._jit import inner, kernel

@inner
def leaf(x):
    return 2.0 * x

@kernel
def middle(x):
    return leaf(x) + 1.0

@kernel
def top(x):
    return middle(x) + leaf(x)
"""
CALL = """
import sys, kernels
print([getattr(kernels, name)(3.0) for name in sys.argv[1:]])
compilers = kernels.leaf.part, kernels.middle.part, kernels.middle.whole, kernels.top.whole
# 1: taken from the cache, -1: compiled, 0: neither was needed
print(*[sum(c.stats.cache_hits.values()) - sum(c.stats.cache_misses.values()) for c in compilers])
"""


@pytest.mark.parametrize(
    "writable",
    ["home", *(pytest.param(p, marks=pytest.mark.slow) for p in ("temporary", "nothing"))],
)
def test_parts_and_wholes_come_from_the_cache(tmp_path, writable):
    """One kernel called in one process, another in the next, both in a third."""
    (tmp_path / "kernels.py").write_text(KERNELS)
    cache, temporary = tmp_path / "cache", tmp_path / "temporary"
    temporary.mkdir()
    if writable != "home":
        cache.write_text("no folder can be made here")
    # Left to itself, Python goes on looking for another folder for temporary files.
    nowhere = f"import tempfile; tempfile.tempdir = {str(cache / 'temporary')!r}\n"

    def call(*names):
        program = (nowhere if writable == "nothing" else "") + CALL
        return _python(program, tmp_path, cache, *names, TMPDIR=str(temporary))

    first, second = call("middle"), call("top")
    third = call("middle", "top")
    kept = writable != "nothing"
    assert first == ["[7.0]", "-1 0 -1 0"]
    assert second == ["[13.0]", "1 -1 0 -1" if kept else "-1 -1 0 -1"]
    assert third == ["[7.0, 13.0]", "0 0 1 1" if kept else "-1 -1 -1 -1"]
    if writable == "temporary":
        (place,) = temporary.glob("gibbsite-*")
        assert place.stat().st_mode & 0o077 == 0


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("left", [0, 100])
def test_what_is_cut_off_is_compiled_anew(tmp_path, ending, left):
    """As by a disk that was full when the machine stopped: once, and kept as before."""
    (tmp_path / "kernels.py").write_text(KERNELS)
    call = CALL, tmp_path, tmp_path / "cache", "top"
    assert _python(*call) == ["[13.0]", "-1 -1 0 -1"]
    (cut,) = (tmp_path / "cache").glob(f"gibbsite/*/kernels.top*.{ending}")
    os.truncate(cut, left)
    assert _python(*call)[1].endswith("-1")
    assert _python(*call) == ["[13.0]", "0 0 0 1"]


LOAD_THEN_COMPILE = """
import sys, kernels
print(kernels.middle(3.0), "numba.np.arrayobj" in sys.modules, "scipy.linalg" in sys.modules)
print(kernels.top(3.0), sum(kernels.top.whole.stats.cache_misses.values()))
"""


@pytest.mark.slow
def test_what_comes_from_the_cache_waits_for_nothing_that_compiling_needs(tmp_path):
    """Numba's functions on arrays and SciPy's algebra take half a second to import."""
    (tmp_path / "kernels.py").write_text(KERNELS)
    assert _python(LOAD_THEN_COMPILE, tmp_path, tmp_path / "cache")[0] == "7.0 True True"
    for kept in (tmp_path / "cache").rglob("kernels.top*"):
        kept.unlink()
    second = _python(LOAD_THEN_COMPILE, tmp_path, tmp_path / "cache")
    assert second == ["7.0 False False", "13.0 1"]


@pytest.mark.slow
def test_a_whole_from_the_cache_is_not_linked_into_another(tmp_path):
    """Of its code for callers names alone are kept: to call one would do nothing, and say nothing."""
    (tmp_path / "kernels.py").write_text(KERNELS)
    program = """
import numba, kernels
whole = kernels.middle.whole
print(whole(3.0), sum(whole.stats.cache_hits.values()))
@numba.njit
def caller(x):
    return whole(x)
try:
    print(caller(3.0))
except AssertionError as error:
    print("not linked properly" in str(error))
"""
    assert _python(program, tmp_path, tmp_path / "cache") == ["7.0 0", "7.0"]
    assert _python(program, tmp_path, tmp_path / "cache") == ["7.0 1", "True"]


@pytest.mark.slow
def test_the_cache_serves_another_place_and_another_time_and_no_other_source(tmp_path):
    """The same sources installed elsewhere, later, and by a copy of the folder; then with an edit."""
    engine = Path(gibbsite_engine.__file__).parent
    for place in ("here", "there"):
        shutil.copytree(engine, tmp_path / place / "gibbsite_engine", copy_function=shutil.copy)
        (tmp_path / place / "kernels.py").write_text(KERNELS)
    assert _python(CALL, tmp_path / "here", tmp_path / "cache", "top")[1] == "-1 -1 0 -1"
    (tmp_path / "cache").rename(tmp_path / "moved")
    assert _python(CALL, tmp_path / "there", tmp_path / "moved", "top")[1] == "0 0 0 1"
    edited = tmp_path / "there" / "gibbsite_engine" / "status.py"
    edited.write_text(edited.read_text() + "# another\n")
    assert _python(CALL, tmp_path / "there", tmp_path / "moved", "top")[1] == "-1 -1 0 -1"
    (tmp_path / "here" / "kernels.py").write_text(KERNELS.replace("2.0 * x", "4.0 * x"))
    assert _python(CALL, tmp_path / "here", tmp_path / "moved", "top")[0] == "[25.0]"


TWO_MODULES = """
import gibbsite_engine.low as low, gibbsite_engine.high as high
print(high.above(3.0), low.apart(3.0))
for c in (low.below.part, low.apart.whole, high.above.whole):
    print(sum(c.stats.cache_hits.values()) - sum(c.stats.cache_misses.values()))
"""


@pytest.mark.slow
def test_an_edit_compiles_only_what_rests_on_it(tmp_path):
    engine = tmp_path / "gibbsite_engine"
    shutil.copytree(Path(gibbsite_engine.__file__).parent, engine, copy_function=shutil.copy)
    start = "from gibbsite_engine._jit import inner, kernel\n"
    low = "@inner\ndef below(x):\n    return 2.0 * x\n@kernel\ndef apart(x):\n    return 5.0 * x\n"
    high = "from .low import below\n@kernel\ndef above(x):\n    return below(x) + 1.0\n"
    (engine / "low.py").write_text(start + low)
    (engine / "high.py").write_text(start + high)

    def run():
        return _python(TWO_MODULES, tmp_path, tmp_path / "cache")

    assert run() == ["7.0 15.0", "-1", "-1", "-1"]
    assert run() == ["7.0 15.0", "0", "1", "1"]
    (engine / "high.py").write_text(start + high.replace("1.0", "2.0"))
    assert run() == ["8.0 15.0", "1", "1", "-1"]
    (engine / "low.py").write_text(start + low.replace("2.0", "4.0"))
    assert run() == ["14.0 15.0", "-1", "-1", "-1"]


def test_what_a_module_imports_is_read_as_python_reads_it():
    root = Path(gibbsite_engine.__file__).parent
    for path in root.rglob("*.py"):
        found = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                name = importlib.util.resolve_name(
                    "." * node.level + (node.module or ""),
                    ".".join(("gibbsite_engine", *path.relative_to(root).parts[:-1])),
                )
                names = {name, *(f"{name}.{alias.name}" for alias in node.names)}
                found |= {root.parent / (part.replace(".", "/") + ".py") for part in names}
            elif isinstance(node, ast.Import):
                assert not any(a.name.startswith("gibbsite_engine") for a in node.names)
        assert _cache.imported({path}) >= {module for module in found if module.is_file()}


@pytest.mark.slow
def test_a_cache_that_may_only_be_read_is_copied(tmp_path):
    """That of an image or a cluster, filled beforehand by someone else."""
    (tmp_path / "kernels.py").write_text(KERNELS)
    cache, temporary = tmp_path / "cache", tmp_path / "temporary"
    temporary.mkdir()
    _python(CALL, tmp_path, cache, "top", TMPDIR=str(temporary))
    # root may write everywhere: a process that cannot is made by refusing to make files there
    program = (
        f"""
import tempfile
open_temporary = tempfile.TemporaryFile
def refuse(*a, dir=None, **k):
    if str(dir).startswith({str(cache)!r}):
        raise PermissionError(dir)
    return open_temporary(*a, dir=dir, **k)
tempfile.TemporaryFile = refuse
"""
        + CALL
    )
    before = sorted(cache.rglob("*"))
    assert _python(program, tmp_path, cache, "top", TMPDIR=str(temporary))[1] == "0 0 0 1"
    assert sorted(cache.rglob("*")) == before
    assert _python(program, tmp_path, cache, "middle", TMPDIR=str(temporary))[1] == "1 0 -1 0"


def test_a_place_among_temporary_files_that_others_may_write_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(_cache, "_places", lambda: (None, tmp_path / "spare"))
    (tmp_path / "spare").mkdir()
    (tmp_path / "spare").chmod(0o777)
    assert _cache.find_folder() is None
    (tmp_path / "spare").chmod(0o700)
    assert _cache.find_folder() == tmp_path / "spare" / _cache.fingerprint()


def test_folders_that_nobody_has_used_for_two_weeks_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(_cache, "_places", lambda: (tmp_path, tmp_path / "spare"))
    for name, days in (("0" * 16, 15.0), ("1" * 16, 13.0), (_cache.fingerprint(), 100.0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kernel.nbc").touch()
        age(tmp_path / name, days)
    folder = _cache.find_folder()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["0" * 16, "1" * 16, folder.name])
    assert time.time() - folder.stat().st_mtime < 60.0  # it is in use
    shutil.rmtree(folder)
    _cache.find_folder()  # a new one makes room
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["1" * 16, folder.name])


def age(folder, days):
    then = time.time() - days * 86400.0
    os.utime(folder, (then, then))


@pytest.mark.slow
def test_what_the_compiler_makes_one_wait_for_is_said_once(tmp_path):
    (tmp_path / "kernels.py").write_text(KERNELS)
    program = "import kernels, sys; sys.stderr = sys.stdout; kernels.top(3.0); kernels.middle(3.0)"
    (said,) = _python(program, tmp_path, tmp_path / "cache")
    assert said.startswith("compiling kernels, once per installation")
    assert _python(program, tmp_path, tmp_path / "cache") == []

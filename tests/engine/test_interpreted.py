"""The first points, run by Python itself: the same to the last bit, and no compiler."""

import os
import subprocess
import sys

import numpy as np
import pytest
from engine_calls import reduced, reference_points

from gibbsite_engine import _interpreted, _jit
from gibbsite_engine._interpreted import POINTS, brief, interpreted
from gibbsite_engine._jit import inner, kernel
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.layout import Options, Points
from gibbsite_engine.results import new_results
from gibbsite_engine.sweep import Assignment, sweep

pytestmark = pytest.mark.compiled


@inner
def reciprocal(x):
    return 1.0 / x


@kernel
def plus_reciprocal(x, out):
    out[0] = x + reciprocal(x)
    return out[0]


def solved(solve, name, index):
    """All that a sweep over one reference point fills."""
    system, point = reduced(name).system, reference_points(name)[index]
    bulk = np.array(list(point["bulk_mol"].values()))
    out = new_results(system, 1)
    at = np.array([point["pressure_kbar"]]), np.array([point["temperature_C"] + 273.15])
    points = Points(*at, bulk[None] / bulk.sum())
    solve(system, Options(), points, Assignment(np.array([0])), new_workspace(system), out)
    return out


@pytest.mark.parametrize(
    ("name", "index"), [("T21-Su26", 3), ("T21-Su26", 57), ("T21-Su26", 234), ("W24", 97)]
)
def test_the_same_to_the_last_bit(name, index):
    slow, fast = (solved(solve, name, index) for solve in (interpreted(sweep), sweep))
    assert fast.number[0] > 1
    for field, a, b in zip(fast._fields, slow, fast, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=field, strict=True)


def test_only_a_few_points_and_only_where_the_kernel_would_be_compiled(monkeypatch):
    @kernel
    def new(x):
        return 2.0 * x

    monkeypatch.setattr(_interpreted, "_left", POINTS)
    monkeypatch.setattr(_jit, "is_kept", lambda _: False)  # an earlier run has kept it
    assert brief(new, POINTS + 1) is new  # more than are left
    assert brief(new, POINTS - 1)(3.0) == 6.0
    assert not new.whole.overloads
    assert brief(new, 2) is new
    assert new(3.0) == 6.0
    assert brief(new, 1) is new  # it is compiled


def test_what_python_cannot_divide_is_left_to_the_compiler(monkeypatch):
    monkeypatch.setattr(_interpreted, "_left", POINTS)
    out = np.zeros(1)
    with pytest.raises(ZeroDivisionError):
        interpreted(plus_reciprocal)(0.0, out)
    assert brief(plus_reciprocal, 1)(0.0, out) == np.inf
    assert out[0] == np.inf


FIRST = """
import sys
import gibbsite as gb
answer = gb.equilibrium(gb.bulk("high-ti-glass"), pressure_kbar=3.0, temperature_C=1150.0, database="T21-Su26")
assert answer.certified
from gibbsite_engine.sweep import sweep
print(len(sweep.whole.overloads), *(n for n in ("pandas", "xarray") if n in sys.modules))
"""


def test_the_first_point_of_all_waits_for_no_compiler_and_no_pandas(tmp_path):
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_CACHE_HOME": str(tmp_path)
    }  # fmt: skip
    environment.pop("NUMBA_CACHE_DIR", None)
    command = [sys.executable, "-c", FIRST]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("0", "")
    assert not list(tmp_path.rglob("*.nb[ic]"))

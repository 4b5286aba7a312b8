"""How kernels are compiled: as parts of others, as wholes for Python, and from the cache."""

import os
import subprocess
import sys

import numba
import pytest
from numba.core import config

from gibbsite_engine._jit import fragment, inner, kernel

pytestmark = pytest.mark.compiled


@inner
def twice(x):
    return 2.0 * x


@fragment
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


def test_only_what_python_calls_is_emitted():
    @kernel
    def whole(x):
        return both(x) + 1.0

    assert whole(3.0) == 14.0
    for compiled, emitted in ((whole.whole, True), (both.part, False)):
        (result,) = compiled.overloads.values()
        if not result.library._disable_inspection:  # it came from the cache
            label = f"{result.fndesc.mangled_name}:"
            assert (label in result.library.get_asm_str()) == emitted


def test_settings_of_numba_are_left_as_they_were():
    def settings():
        return {name: value for name, value in vars(config).items() if name.isupper()}

    @kernel
    def new(x):
        return both(x) + 2.0

    before = settings()
    assert new(3.0) == 15.0
    assert settings() == before


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
compilers = kernels.leaf, kernels.middle.part, kernels.middle.whole, kernels.top.whole
# 1: taken from the cache, -1: compiled, 0: neither was needed
print(*[sum(c.stats.cache_hits.values()) - sum(c.stats.cache_misses.values()) for c in compilers])
"""


@pytest.mark.parametrize("writable", [True, False])
def test_parts_and_wholes_come_from_the_cache(tmp_path, writable):
    """One kernel called in one process, another in the next, both in a third."""
    (tmp_path / "kernels.py").write_text(KERNELS)
    cache = tmp_path / "cache"
    if not writable:
        cache.write_text("no folder can be made here")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(cache)}
    environment.pop("NUMBA_CACHE_DIR", None)

    def call(*names):
        command = [sys.executable, "-c", CALL, *names]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    first, second = call("middle"), call("top")
    third = call("middle", "top")
    assert first == ["[7.0]", "-1 0 -1 0"]
    assert second == ["[13.0]", "1 -1 0 -1" if writable else "-1 -1 0 -1"]
    assert third == ["[7.0, 13.0]", "0 0 1 1" if writable else "-1 -1 -1 -1"]

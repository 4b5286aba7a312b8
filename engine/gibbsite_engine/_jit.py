"""The one way a kernel is compiled: options and cache policy of the whole engine.

Numba stamps a cached kernel with the file that defines it, so an edit of a constant or a callee in
another file goes unseen. Here the cache directory is named by a hash of every source of the engine;
it never lies in site-packages, and where nothing can be written kernels compile without a cache.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import config as numba_config

Function = TypeVar("Function", bound=Callable[..., Any])
_CONFIG: Any = numba_config  # numba fills this module at run time

OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "fastmath": False,  # NaN and inf carry meaning: a phase outside its equation of state
    "nogil": True,
    # Kernels allocate nothing, so no references are counted: half the time to compile, and faster.
    "_nrt": False,
    "no_cfunc_wrapper": True,
}


def _fingerprint() -> str:
    """Hash of all sources of the engine (16 hex digits)."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_directory() -> str:
    """Directory of this build's cache, or "" where none can be written."""
    base = _CONFIG.CACHE_DIR or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        path = Path(base).expanduser() / "gibbsite" / _fingerprint()
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # read-only, or no home directory
        return ""
    return str(path) if os.access(path, os.W_OK) else ""


CACHE_DIRECTORY = _cache_directory()


def kernel(function: Function) -> Function:
    """Compile `function` in nopython mode with the options of this package."""
    return _compile(function)


def inner(function: Function) -> Function:
    """Compile a kernel that only kernels call.

    To take apart the arguments that Python hands over costs as much to compile as the kernel.
    """
    return _compile(function, no_cpython_wrapper=True)


def fragment(function: Function) -> Function:
    """Compile `function` as a part of each kernel that calls it, never by itself.

    Numba optimises a function together with all that it calls, once for each level of calls, so
    every level between the leaves and the top costs seconds. What has one caller, or little code
    of its own, is a fragment.
    """
    return _compile(function, inline="always")


def _compile(function: Function, **more: Any) -> Function:
    outer = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = CACHE_DIRECTORY or outer
    try:
        options: dict[str, Any] = {"cache": bool(CACHE_DIRECTORY), **OPTIONS, **more}
        return numba.njit(**options)(function)
    finally:
        _CONFIG.CACHE_DIR = outer

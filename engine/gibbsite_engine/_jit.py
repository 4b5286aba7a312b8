"""The one way a kernel is compiled: options and cache policy of the whole engine.

Numba stamps a cached kernel with the file that defines it, so an edit of a constant or a callee in
another file goes unseen. Here the cache directory is named by a hash of every source of the engine;
it never lies in site-packages, and where nothing can be written kernels compile without a cache.
"""

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config as numba_config
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.extending import typeof_impl

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


class _WholeCompiler(Compiler):
    """Numba's own compiler, but for loops over vectors.

    The loops of the kernels are short, or add up in a given order: code for vectors takes a tenth
    of the time to compile, and is no faster. Numba reads this setting when it starts to optimise;
    the lock of its compiler, held here, keeps the change from code of others.
    """

    def compile_extra(self, func: Callable[..., Any]) -> Any:
        outer = _CONFIG.LOOP_VECTORIZE
        _CONFIG.LOOP_VECTORIZE = 0
        try:
            return super().compile_extra(func)
        finally:
            _CONFIG.LOOP_VECTORIZE = outer


class _Part(JITCodeLibrary):
    """The code of a kernel as a part of others: not optimised as a whole, and not made executable.

    Numba links all that a function calls into it, then optimises and emits everything, once again
    for each level of calls, though nobody runs what was emitted for a part. Here that is done once,
    in the kernel that Python calls. Each function by itself was optimised when it was added. Should
    a later Numba no longer call these two methods, kernels only take longer to compile.
    """

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True  # what the next line asks for
        self._get_module_for_linking()  # makes and keeps the copy that callers link
        for function in self._final_module.functions:
            if not function.is_declaration:
                function.linkage = "available_externally"  # known to LLVM, but not emitted
        super()._finalize_final_module()


class _PartCompiler(Compiler):
    """Numba's own compiler, but for where it puts the code."""

    def define_pipelines(self) -> Any:
        state = self.state
        state.library = _Part(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().define_pipelines()


# What `_Part` replaces and uses has names of its own in Numba only; where one is missing, parts are
# compiled as Numba compiles everything, which takes longer and gives the same.
_REPLACED = ("_optimize_final_module", "_finalize_final_module", "_get_module_for_linking")
_PARTS = all(hasattr(JITCodeLibrary, name) for name in _REPLACED)

# To take apart the arguments that Python hands over costs as much to compile as the kernel.
PART: dict[str, Any] = {"no_cpython_wrapper": True} | (
    {"pipeline_class": _PartCompiler} if _PARTS else {}
)


class _Kernel:
    """A kernel as Python sees it; what kernels see is `part`, by `_type_of_kernel`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.whole = _compile(function, pipeline_class=_WholeCompiler)
        self.part = _compile_part(function)

    def __call__(self, *arguments: Any) -> Any:
        return self.whole(*arguments)


@typeof_impl.register(_Kernel)
def _type_of_kernel(value: _Kernel, context: Any) -> Any:
    return typeof_impl(value.part, context)


def kernel(function: Function) -> Function:
    """Compile `function`, which Python calls, and maybe other kernels, too.

    It is compiled as a whole when Python first calls it, as a part when a kernel does.
    """
    return function if _CONFIG.DISABLE_JIT else cast(Function, _Kernel(function))


def inner(function: Function) -> Function:
    """Compile a kernel that only kernels call; never one that calls itself through others."""
    return _compile_part(function)


def fragment(function: Function) -> Function:
    """Compile `function` as lines of each kernel that calls it; by itself only if Python calls it.

    To type and lower a function costs Numba a tenth of a second and more, most of it for its many
    arguments. What has one caller, or little code of its own, is a fragment.
    """
    return _compile(function, pipeline_class=_WholeCompiler, inline="always")


def _compile_part(function: Function, **more: Any) -> Function:
    # In a folder of its own: Numba's cache cannot tell a part from the whole of the same function.
    return _compile(function, "parts", **PART, **more)


def _compile(function: Function, folder: str = "", **more: Any) -> Function:
    outer = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = os.path.join(CACHE_DIRECTORY, folder) if CACHE_DIRECTORY else outer
    try:
        options: dict[str, Any] = {"cache": bool(CACHE_DIRECTORY), **OPTIONS, **more}
        return numba.njit(**options)(function)
    finally:
        _CONFIG.CACHE_DIR = outer

"""The one way a kernel is compiled: options of the whole engine, and what is compiled how."""

import functools
import logging
from collections.abc import Callable
from threading import RLock
from typing import Any, TypeVar, cast

import numba
from numba.core import config as numba_config
from numba.extending import typeof_impl

from ._cache import find_folder, is_kept, keep

try:
    from ._parts import PartCompiler, WholeCompiler, forget_literals
except ImportError:  # all is compiled as Numba does it, which takes longer and gives the same
    PARTS = False
else:
    PARTS = True
try:
    from ._tables import table as _table
except ImportError:  # named tuples are handed over as Numba does it, likewise
    TABLES = False
else:
    TABLES = True

Function = TypeVar("Function", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type)
_CONFIG: Any = numba_config  # numba fills this module at run time
_LOG = logging.getLogger("gibbsite")

OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "fastmath": False,  # NaN and inf carry meaning: a phase outside its equation of state
    "nogil": True,
    # Kernels allocate nothing, so no references are counted: half the time to compile, and faster.
    "_nrt": False,
    "no_cfunc_wrapper": True,
}
WHOLE: dict[str, Any] = {"pipeline_class": WholeCompiler} if PARTS else {}
# To take apart the arguments that Python hands over costs as much to compile as the kernel.
PART: dict[str, Any] = {"no_cpython_wrapper": True} | (
    {"pipeline_class": PartCompiler} if PARTS else {}
)

FOLDER = None if _CONFIG.DISABLE_JIT else find_folder()
"""Where compiled kernels are kept; None where nowhere."""

_making = RLock()


class _Kernel:
    """A kernel as Python sees it; what kernels see is `part`, by `_type_of_kernel`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self._made: dict[str, Any] = {}

    @property
    def whole(self) -> Any:
        """What Python calls."""
        return self._made.get("") or self._make("", WHOLE)

    @property
    def part(self) -> Any:
        """What kernels call."""
        # In a folder of its own: the cache cannot tell a part from the whole of the same function.
        return self._made.get("parts") or self._make("parts", PART)

    def _make(self, folder: str, options: dict[str, Any]) -> Any:
        with _making:  # every thread must get the same one
            if folder not in self._made:
                self._made[folder] = _compile(self.function, folder, **options)
        return self._made[folder]

    def __call__(self, *arguments: Any) -> Any:
        whole = self._made.get("")
        if whole is None or not whole.overloads:  # asked only as long as it has to be
            if not is_ready(self):
                _announce()
            whole = self.whole
        return whole(*arguments)


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
    return kernel(function)


def table(of: Class) -> Class:
    """Let kernels hand on a named tuple of arrays, numbers and tables as one address."""
    return _table(of) if TABLES and not _CONFIG.DISABLE_JIT else of


def _compile(function: Function, folder: str = "", **more: Any) -> Function:
    dispatcher = numba.njit(**OPTIONS, **more)(function)
    if FOLDER:
        keep(dispatcher, FOLDER / folder)
    if PARTS:
        forget_literals(dispatcher)
    return cast(Function, dispatcher)


def function_of(value: Any) -> Callable[..., Any] | None:
    """Return the Python function of a compiled one; None for anything else."""
    return value.function if isinstance(value, _Kernel) else getattr(value, "py_func", None)


def is_ready(value: Callable[..., Any]) -> bool:
    """Whether a kernel can be called from Python without waiting for the compiler."""
    return not isinstance(value, _Kernel) or bool(value.whole.overloads) or is_kept(value.whole)


@functools.cache
def _announce() -> None:
    """Say, once a process, what it waits for."""
    _LOG.warning(
        "compiling kernels, once per installation; it takes about a minute"
        if FOLDER
        else "compiling kernels, which takes about a minute and cannot be kept: neither the cache "
        "of the user nor the folder for temporary files can be written"
    )

"""The same kernels run by Python itself, for the few points that are not worth the compiler.

Python needs about a second for a point and the compiler more than half a minute for the solver.
Both do the same operations in the same order, so they give the same to the last bit.
"""

import builtins
from collections.abc import Callable
from threading import Lock
from types import FunctionType
from typing import Any

import numpy as np

from ._jit import function_of, is_ready

# A process interprets so many points at most, in a quarter of the time of compiling.
POINTS = 8

_twins: dict[Any, Any] = {}
_lock = Lock()
_left = POINTS


def interpreted(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Return a kernel as a function that Python runs, and so all that it calls.

    Raises
    ------
    ArithmeticError
        By the function, where compiled code would go on with an infinity or a NaN.
    """

    def run(*arguments: Any) -> Any:
        with np.errstate(all="ignore"):  # as compiled code does
            return _twin(kernel)(*arguments)

    return run


def brief(kernel: Callable[..., Any], points: int) -> Callable[..., Any]:
    """Return what answers sooner: the kernel, or Python where it would have to be compiled first.

    Parameters
    ----------
    kernel : kernel
        One that may be called again where a call broke off: all it fills, it fills from the start.
    points : int
        For how many it will be called.
    """
    if is_ready(kernel) or not _take(points):
        return kernel

    def run(*arguments: Any) -> Any:
        try:
            return interpreted(kernel)(*arguments)
        except (ArithmeticError, ValueError):  # Python stops where compiled code goes on: inf, NaN
            return kernel(*arguments)

    return run


def _take(points: int) -> bool:
    global _left
    with _lock:
        if points > _left:
            return False
        _left -= points
    return True


def _twin(value: Any) -> Any:
    """Return a function in the place of a compiled one; anything else as it is."""
    function = function_of(value)
    if function is None:
        return value
    if function not in _twins:
        scope: dict[str, Any] = {"__builtins__": builtins}
        twin = FunctionType(
            function.__code__, scope, function.__name__, function.__defaults__, function.__closure__
        )
        _twins[function] = twin
        scope.update(
            (name, _twin(function.__globals__[name]))
            for name in function.__code__.co_names
            if name in function.__globals__
        )
    return _twins[function]

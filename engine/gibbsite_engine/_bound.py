"""A kernel that is called with the same arguments again and again, what is in them having changed."""

from collections.abc import Callable
from functools import partial
from typing import Any

from numba import typeof

from ._interpreted import brief
from ._jit import _Kernel


class Bound:
    """What calls a kernel for one point, with these very arguments.

    To find out anew of what types some hundred arrays are takes as long as to name an answer.
    """

    def __init__(self, kernel: Callable[..., Any], *arguments: Any) -> None:
        self._kernel, self._arguments = kernel, arguments
        self._ready: Callable[[], Any] | None = None

    def __call__(self) -> None:
        """Call it; Python runs the first few where it is not compiled."""
        if self._ready is None:
            run = brief(self._kernel, 1)
            if run is not self._kernel:
                run(*self._arguments)
                return
            if isinstance(run, _Kernel):
                run = run.whole.compile(tuple(map(typeof, self._arguments)))
            self._ready = partial(run, *self._arguments)
        self._ready()

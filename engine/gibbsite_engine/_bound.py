"""A kernel that is called with the same arguments again and again, what is in them having changed."""

from collections.abc import Callable
from functools import partial
from typing import Any

from numba import typeof

from ._jit import _Kernel


def bound(kernel: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    """Return what calls a kernel with these very arguments.

    To find out anew of what types some hundred arrays are takes as long as to name an answer.
    """
    if isinstance(kernel, _Kernel):
        kernel = kernel.whole.compile(tuple(map(typeof, arguments)))
    return partial(kernel, *arguments)

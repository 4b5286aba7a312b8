"""Stable mineral-and-melt assemblages of rocks, certified, for millions of points.

The names below are the whole public face, with the exceptions in `gibbsite.errors`. They are
looked up on first use, so that importing the package, or asking the command line for help, does
not wait for the compiler or the plotting library.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__ as __version__
from .errors import GibbsiteError

if TYPE_CHECKING:
    from ._composition import Bulk, bulk
    from ._compute import compute
    from ._database import Database, database
    from ._equilibrium import Equilibrium, equilibria, equilibrium
    from ._plot import plot
    from ._section import Section
    from ._store import open

__all__ = [
    "Bulk",
    "Database",
    "Equilibrium",
    "GibbsiteError",
    "Section",
    "bulk",
    "compute",
    "database",
    "equilibria",
    "equilibrium",
    "open",
    "plot",
]

_HOME = {
    "Bulk": "_composition",
    "Database": "_database",
    "Equilibrium": "_equilibrium",
    "Section": "_section",
    "bulk": "_composition",
    "compute": "_compute",
    "database": "_database",
    "equilibria": "_equilibrium",
    "equilibrium": "_equilibrium",
    "open": "_store",
    "plot": "_plot",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'gibbsite' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

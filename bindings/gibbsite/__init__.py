"""Stable mineral-and-melt assemblages of rocks, certified, for millions of points.

The names below are the whole public face, with the exceptions in `gibbsite.errors`, the
kernels for Numba functions of one's own in `gibbsite.kernels` and, for whoever defines TOML files of
their own, `gibbsite.toml`. They are looked up on first use, so that
importing the package, or asking the command line for help, does not wait for the compiler or the
plotting library.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ._showing import Pictures as _Pictures
from ._version import __version__ as __version__
from .errors import GibbsiteError

if TYPE_CHECKING:
    import xarray as xr

    from ._drawing.melt_plot import plot_melt
    from ._drawing.plot import plot
    from ._drawing.style import Style
    from ._export.export import Exported, export, frame
    from ._inputs.composition import Bulk, bulk
    from ._inputs.database import Database, database
    from ._inputs.guides import databases
    from ._inputs.listing import phases, rock_names
    from ._inputs.open import opened
    from ._inputs.rocks import Rocks, rocks
    from ._lines.trace import trace
    from ._lookup.build import table
    from ._lookup.table import Table
    from ._mineral_melt.descent import liquid_line
    from ._mineral_melt.equation import MineralMelt
    from ._mineral_melt.model import mineral_melt
    from ._paths.assimilation import Assimilation
    from ._paths.partition import partition_coefficients
    from ._paths.path import path
    from ._paths.traces import trace_elements
    from ._proof.prove import prove
    from ._quantities.ratios import cation_ratio
    from ._running.compute import compute
    from ._section.section import Section
    from ._solving.equilibrium import Equilibrium, equilibria, equilibrium
    from ._solving.melting import MeltingInterval, melting_interval
    from ._solving.solver import Solver
    from ._store.file import open

__all__ = [
    "Assimilation",
    "Bulk",
    "Database",
    "Equilibrium",
    "Exported",
    "GibbsiteError",
    "MeltingInterval",
    "MineralMelt",
    "Rocks",
    "Section",
    "Solver",
    "Style",
    "Table",
    "bulk",
    "cation_ratio",
    "compute",
    "database",
    "databases",
    "equilibria",
    "equilibrium",
    "export",
    "frame",
    "liquid_line",
    "melting_interval",
    "mineral_melt",
    "open",
    "opened",
    "partition_coefficients",
    "path",
    "phases",
    "plot",
    "plot_melt",
    "prove",
    "rock_names",
    "rocks",
    "table",
    "trace",
    "trace_elements",
]

_HOME = {
    "Assimilation": "_paths.assimilation",
    "Bulk": "_inputs.composition",
    "Database": "_inputs.database",
    "Equilibrium": "_solving.equilibrium",
    "Exported": "_export.export",
    "MeltingInterval": "_solving.melting",
    "MineralMelt": "_mineral_melt.equation",
    "Rocks": "_inputs.rocks",
    "Section": "_section.section",
    "Solver": "_solving.solver",
    "Style": "_drawing.style",
    "Table": "_lookup.table",
    "bulk": "_inputs.composition",
    "cation_ratio": "_quantities.ratios",
    "compute": "_running.compute",
    "database": "_inputs.database",
    "databases": "_inputs.guides",
    "equilibria": "_solving.equilibrium",
    "equilibrium": "_solving.equilibrium",
    "export": "_export.export",
    "frame": "_export.export",
    "liquid_line": "_mineral_melt.descent",
    "melting_interval": "_solving.melting",
    "opened": "_inputs.open",
    "mineral_melt": "_mineral_melt.model",
    "open": "_store.file",
    "partition_coefficients": "_paths.partition",
    "path": "_paths.path",
    "phases": "_inputs.listing",
    "plot": "_drawing.plot",
    "plot_melt": "_drawing.melt_plot",
    "prove": "_proof.prove",
    "rock_names": "_inputs.listing",
    "rocks": "_inputs.rocks",
    "table": "_lookup.build",
    "trace": "_lines.trace",
    "trace_elements": "_paths.traces",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'gibbsite' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def _draw(result: "xr.Dataset") -> object:
    from ._drawing.plot import plot

    return plot(result)


_Pictures.draw = staticmethod(_draw)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

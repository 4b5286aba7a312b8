"""Phase diagrams of LaMEM (.in), which GeoParams reads, too."""

from pathlib import Path
from typing import Final

import numpy as np

from gibbsite.errors import InputError

from .grids import Array, TableGrid

ABSENT_MELT: Final = 2000.0
ABSENT_SOLID: Final = 3000.0
"""Densities that are customary where there is none [kg/m3]: their fraction is zero."""
_COMMENTS: Final = 47
_LONGEST: Final = 900  # LaMEM reads lines of at most 999 characters
# What GeoParams looks for in line 49: name, symbol and unit of each column.
_COLUMNS: Final = (
    "[meltRho, rho, kg/m^3] [meltFrac, wt, NoUnits] [rockRho, rho, kg/m^3] [Temperature, T, K] "
    "[Pressure, P, bar]"
)


def columns(grid: TableGrid) -> tuple[Array, Array, Array]:
    """Return density of melt [kg/m3], its fraction by weight, and density of the solids [kg/m3]."""
    fraction = 0.01 * grid.quantity("melt.wt%")
    melt, solid = (grid.quantity(f"{of}.density") for of in ("melt", "solid"))
    fluid = grid.quantity("fluid.wt%")
    if (fluid > 0.0).any():
        raise InputError(
            f"LaMEM's table has melt and solids only, but {int((fluid > 0.0).sum())} points have a fluid."
        )
    melt = np.where(fraction > 0.0, melt, ABSENT_MELT)
    solid = np.where(fraction < 1.0, solid, ABSENT_SOLID)
    if not (np.isfinite(melt).all() and np.isfinite(solid).all()):
        raise InputError("a density is not known at some points; such a table cannot be written.")
    return melt, fraction, solid


def write(path: Path, grid: TableGrid, title: str) -> None:
    """Write a table of five columns; T runs fastest."""
    melt, fraction, solid = columns(grid)
    kelvin, bar = np.meshgrid(grid.temperature_K, grid.pressure_bar)
    comments = [
        title[:_LONGEST],
        "density of melt, melt fraction by weight, density of solids, T in kelvin, P in bar; T runs fastest",
        f"absent melt: {ABSENT_MELT:g} kg/m3; absent solids: {ABSENT_SOLID:g} kg/m3 (fraction 0 or 1)",
    ]
    lines = ["5", *comments, *[""] * (_COMMENTS - len(comments)), _COLUMNS]
    for _, least, interval, number in grid.header():
        lines += [f"{least:.6f}", f"{interval:.6f}", str(number)]
    rows = np.stack([each.ravel() for each in (melt, fraction, solid, kelvin, bar)], axis=-1)
    lines += [" ".join(f"{value:5.6f}" for value in row) for row in rows.tolist()]
    path.write_text("\n".join(lines) + "\n", encoding="ascii", errors="replace")

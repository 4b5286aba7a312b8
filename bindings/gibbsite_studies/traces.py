"""Rare earths along a computed path, with partition coefficients of the minerals that form."""

from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from gibbsite_datasets import RARE_EARTHS

from .assemblages import CALCIC_WO, SILICA
from .rare_earths import coefficients, liquid_of_fractionation

Array = NDArray[np.float64]
PYROXENES: Final = {"cpx": "pig", "opx": "opx"}
"""What a pyroxene counts as that is not calcic."""
# Names of phases in the tables of partition coefficients; titanium minerals take up none, as quartz.
PARTITION: Final = {
    "fsp": "pl",
    **dict.fromkeys((*SILICA, "ru", "sph"), "qtz"),
}


def _bulk_coefficients(walk: xr.Dataset, which: str, step: int) -> tuple[Array, float]:
    """Return D of the solids of a step and their mass per mass of rock; zeros if there are none."""
    names = [str(name) for name in walk["phase"].values]
    mass = walk[f"{which}_mass"].values[step]
    solids: dict[str, float] = {}
    for i, name in enumerate(names):
        if name == "liq" or not mass[i] > 0.0:
            continue
        key = PARTITION.get(name, name)
        if name in PYROXENES:
            of_it = walk[f"{which}_composition_mol"].isel(step=step, phase=i)
            ca, fe, mg = (float(of_it.sel(component=c)) for c in ("CaO", "FeO", "MgO"))
            calcic = 100.0 * ca >= CALCIC_WO * (ca + fe + mg)
            key = "cpx" if calcic else PYROXENES[name]
        solids[key] = solids.get(key, 0.0) + float(mass[i])
    if not solids:
        return np.zeros(len(RARE_EARTHS)), 0.0
    return coefficients(solids), sum(solids.values())


def fractional_traces(walk: xr.Dataset) -> pd.DataFrame:
    """Return the rare earths of the liquid, relative to the rock, step by step.

    In each step C is multiplied by (F / F_before)^(D - 1), D that of the solids taken away in it.
    """
    left = walk["melt_fraction"].values
    liquid, rows, before = np.ones(len(RARE_EARTHS)), [], 1.0
    for step, fraction in enumerate(left):
        if not fraction > 0.0:
            break
        d, _ = _bulk_coefficients(walk, "removed", step)
        if fraction < before:
            liquid = liquid_of_fractionation(liquid, d, fraction / before)
            before = float(fraction)
        rows.append(liquid)
    return _traces(walk, rows)


def batch_traces(walk: xr.Dataset) -> pd.DataFrame:
    """Return the same where all solids stay in equilibrium: C = 1 / (F + sum of m D)."""
    rows = []
    for step, fraction in enumerate(walk["melt_fraction"].values):
        if not fraction > 0.0:
            break
        d, mass = _bulk_coefficients(walk, "solid", step)
        rows.append(1.0 / (fraction + mass * d))
    return _traces(walk, rows)


def _traces(walk: xr.Dataset, rows: list[Array]) -> pd.DataFrame:
    table = pd.DataFrame(np.reshape(rows, (-1, len(RARE_EARTHS))), columns=list(RARE_EARTHS))
    table.insert(0, "melt_fraction", walk["melt_fraction"].values[: len(rows)])
    return table

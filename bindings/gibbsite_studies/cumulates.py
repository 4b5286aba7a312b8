"""Minerals of a cumulate: how much of each there is and what it is made of, at one stage."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from gibbsite import cation_ratio
from gibbsite_datasets import load_components, outside_oxides

from .assemblages import SILICA

Array = NDArray[np.float64]
RATIOS: Final = {
    "ol": ("Fo",),
    "opx": ("En", "Fs", "Wo"),
    "cpx": ("En", "Fs", "Wo"),
    "pl": ("An",),
}
"""What petrologists ask of the composition of a mineral [mol%]."""
# Words of mineral-melt equations, and keys of phases where they differ.
KEYS: Final = {
    "olivine": "ol",
    "orthopyroxene": "opx",
    "clinopyroxene": "cpx",
    "plagioclase": "pl",
    "ilmenite": "ilm",
    "spinel": "spl",
    "fsp": "pl",
    **dict.fromkeys(SILICA, "q"),
}


def key_of(name: str) -> str:
    """Return what a mineral is called in cumulates; its own name if it has no other."""
    return KEYS.get(name, name)


def by_mineral(names: Iterable[str], amounts: Array) -> pd.DataFrame:
    """Return amounts of minerals, those of the same key added up.

    Parameters
    ----------
    names : iterable of str
        Of the n columns of `amounts`.
    amounts : ndarray, shape (steps, n)
        In any unit.

    Returns
    -------
    DataFrame
        One column a mineral that is there [percent of the sum of its row, NaN where it is zero].
    """
    columns: dict[str, Array] = {}
    total = amounts.sum(axis=1)
    for name, column in zip(names, amounts.T, strict=True):
        key = key_of(name)
        share = np.divide(100.0 * column, total, out=np.full_like(total, np.nan), where=total > 0.0)
        columns[key] = columns[key] + share if key in columns else share
    return pd.DataFrame({key: share for key, share in columns.items() if np.nansum(share) > 0.0})


def minerals(names: Iterable[str], oxides: Iterable[str], weights: Array) -> pd.DataFrame:
    """Return one row a mineral: its share, its oxides, and the ratios that petrologists ask for.

    Parameters
    ----------
    names : iterable of str
        Of the n minerals.
    oxides : iterable of str
        Of the m oxides.
    weights : ndarray, shape (n, m)
        Oxides in the whole of each mineral, by weight in any unit.

    Returns
    -------
    DataFrame
        `mineral`; `share` [wt% of all]; `composition` such as "Fo 71.3" [mol%]; oxides [wt%].
    """
    found: dict[str, Array] = {}
    for name, row in zip(names, weights, strict=True):
        if row.sum() > 0.0:
            found[key_of(name)] = found.get(key_of(name), 0.0) + row
    whole = sum(float(row.sum()) for row in found.values())
    labels = list(oxides)
    rows: list[dict[str, object]] = []
    for key in sorted(found, key=lambda key: -found[key].sum()):
        percent = dict(zip(labels, (100.0 * found[key] / found[key].sum()).tolist(), strict=True))
        share = 100.0 * float(found[key].sum()) / whole
        rows.append(
            {"mineral": key, "share": share, "composition": _ratios(key, percent), **percent}
        )
    return pd.DataFrame(rows)


def _ratios(key: str, percent: Mapping[str, float]) -> str:
    masses = {o.name: o.molar_mass for o in (*load_components(), *outside_oxides())}
    moles = {oxide: wt / masses[oxide] for oxide, wt in percent.items()}
    return ", ".join(
        f"{name} {float(cation_ratio(name, moles)):.1f}" for name in RATIOS.get(key, ())
    )


def of_path(walk: xr.Dataset, melt_left: float) -> tuple[int, pd.DataFrame]:
    """Return the row of a path that is nearest to a share of melt, and the minerals there."""
    step = int(np.nanargmin(abs(walk["melt_fraction"].values - melt_left)))
    masses = walk["molar_mass"].values
    moles = walk["solid_composition_mol"].values[step]
    parts = np.nan_to_num(walk["solid_mole"].values[step][:, None] * moles * masses)
    names = [str(name) for name in walk["phase"].values]
    return step, minerals(names, [str(c) for c in walk["component"].values], parts)

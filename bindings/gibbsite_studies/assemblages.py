"""Lists of points as tables: modes, pyroxenes, olivine and melt, one row a point."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from gibbsite import cation_ratio

SILICA = ("q", "crst", "trd", "coe", "stv")
"""Keys of the minerals that are SiO2; tables call each of them q."""
PYROXENES = ("cpx", "opx")
CALCIC_WO = 25.0
"""A pyroxene with this Wo or more [mol%] is as augite, whatever a model calls it."""


def phase_keys(dataset: xr.Dataset) -> list[str]:
    """Return the phases of a database, silica minerals as one."""
    names = [str(name) for name in dataset["phase_name"].values]
    return list(dict.fromkeys("q" if name in SILICA else name for name in names))


def modes(dataset: xr.Dataset) -> pd.DataFrame:
    """Return vol% of each phase (columns) at each point (rows); NaN where a point failed."""
    names = [str(name) for name in dataset["phase_name"].values]
    table: dict[str, NDArray[np.float64]] = {}
    for name in names:
        key = "q" if name in SILICA else name
        volume = 100.0 * dataset.gb.mode(name).values
        table[key] = table[key] + volume if key in table else volume
    return pd.DataFrame(table)


def assemblages(dataset: xr.Dataset, least: float = 0.0) -> list[str]:
    """Return the phases of each point above `least` [vol%] as text, such as "cpx + ilm + liq"."""
    return [
        " + ".join(in_order(key for key, volume in row.items() if volume > least))
        for row in modes(dataset).to_dict("records")
    ]


def in_order(phases: Iterable[object]) -> list[str]:
    """Return phases in the order of the alphabet."""
    return sorted({str(phase) for phase in phases})


def minerals(dataset: xr.Dataset, phases: Iterable[str] = PYROXENES) -> pd.DataFrame:
    """Return En, Fs, Wo [mol%] of each pyroxene at each point, one row an instance.

    Returns
    -------
    DataFrame
        Columns point, phase, instance, volume [vol%], En, Fs, Wo.
    """
    rows = []
    for phase in phases:
        highest = int(np.where(_is(dataset, phase), dataset["instance"].values, 0).max(initial=0))
        for instance in range(highest + 1):
            one = dataset.gb.phase(phase, instance=instance)
            there = np.flatnonzero(one["present"].values)
            oxides = _oxides(one)
            table = pd.DataFrame({"point": there, "phase": phase, "instance": instance})
            table["volume"] = 100.0 * one["volume_fraction"].values[there]
            for name in ("En", "Fs", "Wo"):
                table[name] = cation_ratio(name, oxides)[there]
            rows.append(table)
    return pd.concat(rows, ignore_index=True)


def forsterite(dataset: xr.Dataset) -> NDArray[np.float64]:
    """Return Fo of olivine [mol%] at each point; NaN where there is none."""
    return cation_ratio("Fo", _oxides(dataset.gb.phase("ol")))


def melt_wt(dataset: xr.Dataset) -> pd.DataFrame:
    """Return the melt's composition [wt%] at each point (rows); NaN where there is none."""
    moles = dataset.gb.phase("liq")["phase_composition_mol"]
    weight = moles.values * dataset["molar_mass"].values
    with np.errstate(invalid="ignore"):
        percent = 100.0 * weight / weight.sum(axis=-1, keepdims=True)
    return pd.DataFrame(percent, columns=[str(name) for name in dataset["component"].values])


def _oxides(one: xr.Dataset) -> dict[str, NDArray[np.float64]]:
    composition = one["phase_composition_mol"]
    return {str(c): composition.sel(component=c).values for c in composition["component"].values}


def _is(dataset: xr.Dataset, phase: str) -> NDArray[np.bool_]:
    names = [str(name) for name in dataset["phase_name"].values]
    return np.asarray(dataset["phase_id"].values == names.index(phase))

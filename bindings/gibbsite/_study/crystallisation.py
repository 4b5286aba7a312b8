"""Part "crystallisation": a lava and a glass crystallise, and their liquids and cumulates."""

from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from gibbsite._paths.path import path
from gibbsite._paths.process import Kind
from gibbsite_datasets import CompositionRange, load_ranges
from gibbsite_datasets.schema import RARE_EARTHS

from .assemblages import SILICA, phase_keys
from .rare_earths import coefficients, liquid_of_fractionation
from .run import Run, needed
from .shelf import Tables
from .values import Value, of_database

Array = NDArray[np.float64]
CORNER = ("SiO2", "TiO2", "FeO")
"""Low, high, high in the beads: a liquid that could be one of them has all three."""
KINDS: Final[tuple[Kind, ...]] = ("fractional", "equilibrium")
PIGEONITE_WO = 25.0
"""A clinopyroxene with less Wo [mol%] shares rare earths as pigeonite does."""
# Names of phases in the tables of partition coefficients.
PARTITION = {"fsp": "pl", "spl": "sp", "g": "gt", "q": "qtz"}


def compute(run: Run, earlier: dict[str, Tables]) -> Tables:
    """Crystallise both rocks fractionally, and the lava at equilibrium as well."""
    plan = needed(run.study.crystallisation)
    liquids, cumulates, traces = [], [], []
    for data in run.databases():
        for name, rock in (("lava", plan.lava.bulk()), ("glass", plan.glass.bulk())):
            kinds = KINDS if name == "lava" else KINDS[:1]
            found = {
                kind: path(
                    rock, pressure_kbar=plan.pressure_kbar, kind=kind, step_C=plan.step_C,
                    database=data,
                )
                for kind in kinds
            }  # fmt: skip
            labels_of = {"database": data.name, "rock": name}
            for kind, walk in found.items():
                liquids.append(_liquids(walk).assign(kind=kind, **labels_of))
                cumulates.append(_cumulate(walk).assign(kind=kind, **labels_of))
            traces.append(
                fractional_traces(found["fractional"]).assign(kind="fractional", **labels_of)
            )
            if "equilibrium" in found:
                traces.append(
                    batch_traces(found["equilibrium"]).assign(kind="equilibrium", **labels_of)
                )
    return {
        "liquids": pd.concat(liquids),
        "cumulates": pd.concat(cumulates),
        "traces": pd.concat(traces),
    }


def _liquids(walk: xr.Dataset) -> pd.DataFrame:
    """Return one row a step: temperature, melt left, and its composition [wt%]."""
    table = pd.DataFrame(
        walk["melt_composition_wt"].values,
        columns=[str(name) for name in walk["component"].values],
    )
    table.insert(0, "melt_fraction", walk["melt_fraction"].values)
    table.insert(0, "temperature_C", walk["temperature_C"].values)
    return table.assign(balance=walk["balance_residual"].values)


def _cumulate(walk: xr.Dataset) -> pd.DataFrame:
    """Return one row a step: all solids so far [vol% of them], silica minerals as one."""
    mode = 100.0 * walk["solid_mode"].values
    names = [str(name) for name in walk["phase"].values]
    keys = phase_keys(walk)
    sums = {
        key: sum(mode[:, i] for i, name in enumerate(names) if name == key or _silica(name, key))
        for key in keys
        if key != "liq"
    }
    table = pd.DataFrame(sums)
    table.insert(0, "melt_fraction", walk["melt_fraction"].values)
    table.insert(0, "temperature_C", walk["temperature_C"].values)
    return table


def _silica(name: str, key: str) -> bool:
    return key == "q" and name in SILICA


def _bulk_coefficients(walk: xr.Dataset, which: str, step: int) -> tuple[Array, float]:
    """Return D of the solids of a step and their mass per mass of rock; zeros if there are none."""
    names = [str(name) for name in walk["phase"].values]
    mass = walk[f"{which}_mass"].values[step]
    solids: dict[str, float] = {}
    for i, name in enumerate(names):
        if name == "liq" or not mass[i] > 0.0:
            continue
        key = PARTITION.get("q" if _silica(name, "q") else name, name)
        if name == "cpx":
            of_it = walk[f"{which}_composition_mol"].isel(step=step, phase=i)
            ca, fe, mg = (float(of_it.sel(component=c)) for c in ("CaO", "FeO", "MgO"))
            key = "pig" if 100.0 * ca < PIGEONITE_WO * (ca + fe + mg) else "cpx"
        key = "qtz" if key in ("q", "ru", "sph") else key
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


def reaches(liquids: pd.DataFrame, ranges: CompositionRange) -> pd.Series:
    """Return which liquids have the beads' low SiO2 and high TiO2 and FeO at once."""
    low, high = ({o: bounds[i] for o, bounds in ranges.bounds_wt.items()} for i in (0, 1))
    return (
        (liquids["SiO2"] <= high["SiO2"])
        & (liquids["TiO2"] >= low["TiO2"])
        & (liquids["FeO"] >= low["FeO"])
    )


def nearest(liquids: pd.DataFrame, ranges: CompositionRange) -> pd.Series:
    """Return the liquid that lacks least of the beads' corner, in widths of the ranges."""
    lacking = np.zeros(len(liquids))
    for oxide in CORNER:
        low, high = ranges.bounds_wt[oxide]
        short = liquids[oxide] - high if oxide == "SiO2" else low - liquids[oxide]
        lacking += np.maximum(short / (high - low), 0.0) ** 2
    return liquids.iloc[int(np.argmin(lacking))]


def values(run: Run, tables: Tables, name: str) -> dict[str, Value]:
    """Return what the targets ask of this part, with the database `name`."""
    plan = needed(run.study.crystallisation)
    ranges = load_ranges()[plan.beads]

    def of(table: str, rock: str) -> pd.DataFrame:
        rows = of_database(tables[table], name)
        return rows[(rows["rock"] == rock) & (rows["kind"] == "fractional")].reset_index(drop=True)

    cumulate = of("cumulates", "lava").dropna(subset=["cpx"]).iloc[-1]
    liquids = of("liquids", "glass").dropna(subset=list(CORNER))
    near = nearest(liquids, ranges)
    n = int(reaches(liquids, ranges).sum())
    found: dict[str, Value] = {
        "lava_cpx": float(cumulate["cpx"]),
        "lava_ilm": float(cumulate["ilm"]),
        "lava_left": 100.0 * float(cumulate["melt_fraction"]),
        "black_glass_reaches": f"{n} of {len(liquids)}" if n else "none",
        "balance": float(tables["liquids"]["balance"].max()),
    }
    return found | {f"black_{oxide}": float(near[oxide]) for oxide in CORNER}

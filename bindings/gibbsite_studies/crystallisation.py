"""Part "crystallisation": a lava and a glass crystallise, and their liquids and cumulates."""

from collections.abc import Iterator
from typing import Final, Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from gibbsite import path
from gibbsite_datasets import CompositionRange, load_ranges

from . import equations
from .assemblages import SILICA, phase_keys
from .canvas import name as mineral_name
from .cumulates import by_mineral, of_path
from .listing import Listing, listing
from .plan import Equations
from .run import Run, needed
from .shelf import Tables
from .traces import batch_traces, fractional_traces
from .values import Value, of_database

Array = NDArray[np.float64]
CORNER = ("SiO2", "TiO2", "FeO")
"""Low, high, high in the beads: a liquid that could be one of them has all three."""
Kind = Literal["fractional", "equilibrium"]
KINDS: Final[tuple[Kind, ...]] = ("fractional", "equilibrium")
SHARES: Final = ("cpx", "pl", "ol", "ilm")
"""Minerals of the lava's cumulate that targets may quote."""
ORDER: Final = ("SiO2", "TiO2", "Al2O3", "Cr2O3", "FeO", "MgO", "CaO", "Na2O", "K2O")


def compute(run: Run, earlier: dict[str, Tables]) -> Tables:
    """Crystallise both rocks fractionally, both ways, and the lava at equilibrium as well."""
    plan = needed(run.study.crystallisation)
    rocks = {"lava": plan.lava.bulk(), "glass": plan.glass.bulk()}
    parts: dict[str, list[pd.DataFrame]] = {}
    for data in run.databases():
        for name, rock in rocks.items():
            for kind in KINDS if name == "lava" else KINDS[:1]:
                walk = path(
                    rock, pressure_kbar=plan.pressure_kbar, kind=kind, step_C=plan.step_C,
                    database=data,
                )  # fmt: skip
                labels = {"database": data.name, "rock": name, "kind": kind}
                for table, rows in _tables(walk, kind, plan.equations).items():
                    parts.setdefault(table, []).append(rows.assign(**labels))
    if plan.equations is not None:
        for table, rows in equations.compute(rocks, plan.pressure_kbar, plan.equations).items():
            parts.setdefault(table, []).append(rows)
    return {name: pd.concat(tables) for name, tables in parts.items()}


def _tables(walk: xr.Dataset, kind: Kind, plan: Equations | None) -> dict[str, pd.DataFrame]:
    """Return the tables of one path; minerals where the equations end, or else where it ends."""
    step, of_minerals = of_path(walk, 0.0 if plan is None else plan.until_melt_fraction)
    names = [str(name) for name in walk["phase"].values]
    return {
        "liquids": _liquids(walk),
        "cumulates": _cumulate(walk),
        "weights": _stages(walk).join(by_mineral(names, walk["solid_mass"].values)),
        "minerals": of_minerals.assign(melt_left=float(walk["melt_fraction"][step])),
        "traces": fractional_traces(walk) if kind == "fractional" else batch_traces(walk),
    }


def _stages(walk: xr.Dataset) -> pd.DataFrame:
    return pd.DataFrame({name: walk[name].values for name in ("temperature_C", "melt_fraction")})


def _liquids(walk: xr.Dataset) -> pd.DataFrame:
    """Return one row a step: temperature, melt left, and its composition [wt%]."""
    table = pd.DataFrame(
        walk["melt_composition_wt"].values,
        columns=[str(name) for name in walk["component"].values],
    )
    return _stages(walk).join(table).assign(balance=walk["balance_residual"].values)


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
    return _stages(walk).join(pd.DataFrame(sums))


def _silica(name: str, key: str) -> bool:
    return key == "q" and name in SILICA


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
    lava = _of(tables["cumulates"], name, "lava").dropna(subset=["cpx"]).iloc[-1]
    found: dict[str, Value] = {
        "lava_cpx": float(lava["cpx"]),
        "lava_ilm": float(lava["ilm"]),
        "lava_left": 100.0 * float(lava["melt_fraction"]),
        "balance": float(tables["liquids"]["balance"].max()),
    }
    found |= _of_glass(tables, name, load_ranges()[plan.beads])
    if plan.equations is not None:
        found |= _of_glass(tables, equations.WAY, load_ranges()[plan.beads], "_equations")
        found["limits"] = f"{len(tables['limits'])}"
        found["equations_left"] = 100.0 * plan.equations.until_melt_fraction
        can_form = set(SHARES) & equations.minerals_of(plan.equations)
        for way, suffix, keys in (
            (equations.WAY, "_equations", can_form),
            (name, "_same_stage", SHARES),
        ):
            of_way = _of(tables["minerals"], way, "lava").set_index("mineral")["share"]
            found |= {f"lava_{key}{suffix}": float(of_way.get(key, 0.0)) for key in keys}
    return found


def _of(table: pd.DataFrame, way: str, rock: str) -> pd.DataFrame:
    rows = of_database(table, way)
    return rows[(rows["rock"] == rock) & (rows["kind"] == "fractional")].reset_index(drop=True)


def _of_glass(
    tables: Tables, way: str, ranges: CompositionRange, suffix: str = ""
) -> dict[str, Value]:
    """Return whether liquids of the glass have the beads' corner, and the one that is nearest."""
    liquids = _of(tables["liquids"], way, "glass").dropna(subset=list(CORNER))
    near, n = nearest(liquids, ranges), int(reaches(liquids, ranges).sum())
    found: dict[str, Value] = {f"glass_reaches{suffix}": f"{n} of {len(liquids)}" if n else "none"}
    return found | {f"glass_{oxide}{suffix}": float(near[oxide]) for oxide in CORNER}


def listings(run: Run, tables: Tables) -> Iterator[Listing]:
    """Yield where both ways begin, their cumulates at one stage, and what the equations are."""
    yield listing(
        f"Where crystallisation begins, {needed(run.study.crystallisation).pressure_kbar:g} kbar:",
        pd.DataFrame(_beginnings(tables)),
    )
    table = tables["minerals"]
    table = table[table["kind"] == "fractional"].fillna(0.0)
    oxides = [name for name in ORDER if name in table]
    columns = {
        "rock": table["rock"], "way": table["database"],
        "melt left, wt%": 100.0 * table["melt_left"], "mineral": table["mineral"].map(mineral_name),
        "wt%": table["share"], "mol%": table["composition"],
    }  # fmt: skip
    yield listing(
        "Cumulates of fractional crystallisation at one stage, wt% of the solids, and the mean "
        "composition of each mineral, wt%:",
        pd.DataFrame(columns | {oxide: table[oxide] for oxide in oxides}),
    )
    if (plan := needed(run.study.crystallisation).equations) is not None:
        yield from equations.models(plan, tables["limits"])


def _beginnings(tables: Tables) -> Iterator[dict[str, object]]:
    """Yield for each rock and way the temperature of the first crystals, and what they are."""
    weights = tables["weights"]
    weights = weights[weights["kind"] == "fractional"]
    liquids = tables["liquids"].dropna(subset=["balance"])
    largest = liquids.groupby(["rock", "database"])["balance"].max()
    errors = {labels: f"{error:.0e}" for labels, error in largest.items()}
    for (rock, way), rows in weights.groupby(["rock", "database"], sort=False):
        solids = rows.drop(columns=["temperature_C", "melt_fraction", "database", "rock", "kind"])
        first = int((solids.sum(axis=1) > 0.0).to_numpy().argmax())
        there = solids.iloc[first].fillna(0.0)
        names = [mineral_name(str(key)) for key in there.index[there > 0.0]]
        yield {
            "rock": rock,
            "way": way,
            "first crystals, °C": float(rows["temperature_C"].iloc[0]),
            "mineral": " + ".join(names),
            "largest error of the balance of an oxide, mol": errors.get((rock, way), ""),
        }

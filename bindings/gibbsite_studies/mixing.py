"""Part "mixing": mixtures of an average cumulate and another rock, how they melt and what is left."""

import re
from collections.abc import Iterator
from math import isfinite

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gibbsite import Bulk, Database, equilibria, melting_interval

from .assemblages import assemblages, melt_wt, modes
from .listing import Listing, listing
from .plan import Mixing
from .run import Run, needed
from .shelf import Tables
from .values import Value, format_value, of_database, span

MELT_STEP_C = 1.0
RESIDUE_MELT = 10.0
"""Melt at which the solids are called the residue [vol%]."""
ABOVE_C = 30.0
"""Above the solidus, where the melt of x = 1 tells how steeply it melts [degC]."""
LEAST = 1.0
"""A residual mineral below this is not named [vol%]."""


def compute(run: Run, earlier: dict[str, Tables]) -> Tables:
    """Compute a section for each candidate and database; curves of all; melts of the ends."""
    plan = needed(run.study.mixing)
    second = plan.rock_b.bulk()
    x = np.linspace(plan.x.start, plan.x.stop, plan.curve_points)
    parts: dict[str, list[pd.DataFrame]] = {"curves": [], "melt": [], "ends": []}
    for data in run.databases():
        for candidate in plan.candidates:
            first = candidate.rock.bulk()
            section = plan.section(candidate, data.name)
            run.section(section, section_name(candidate.name)).close()
            labels = {"database": data.name, "candidate": candidate.name}
            tables = _along_x(run, data, first, second, x, plan)
            tables["ends"] = _ends(run, data, first, second, plan)
            for name, table in tables.items():
                parts[name].append(table.assign(**labels))
    return {name: pd.concat(tables) for name, tables in parts.items()}


def section_name(candidate: str) -> str:
    """Return what the section of a candidate is called among the files of a study."""
    return f"mixing-{re.sub(r'[^a-z0-9.]+', '-', candidate.lower())}"


def _along_x(
    run: Run, data: Database, first: Bulk, second: Bulk, x: NDArray[np.float64], plan: Mixing
) -> dict[str, pd.DataFrame]:
    """Return solidus, liquidus and subsolidus modes along x, and melt at the chosen temperatures."""
    rocks = [first.mix(second, float(fraction)) for fraction in x]
    interval = melting_interval(
        rocks, pressure_kbar=plan.pressure_kbar, database=data, workers=run.workers
    )
    below = equilibria(
        rocks, pressure_kbar=plan.pressure_kbar,
        temperature_C=np.nan_to_num(interval.solidus_C, nan=plan.temperature_C.start)
        - plan.below_solidus_C,
        database=data, workers=run.workers,
    )  # fmt: skip
    curves = pd.DataFrame({"x": x, **interval._asdict(), "assemblage": assemblages(below)})
    melt = []
    for temperature in plan.melt_at_C:
        at = equilibria(
            rocks, pressure_kbar=plan.pressure_kbar, temperature_C=temperature,
            database=data, workers=run.workers,
        )  # fmt: skip
        melt.append(pd.DataFrame({"x": x, "temperature_C": temperature, "liq": modes(at)["liq"]}))
    return {"curves": pd.concat([curves, modes(below)], axis=1), "melt": pd.concat(melt)}


def _ends(run: Run, data: Database, first: Bulk, second: Bulk, plan: Mixing) -> pd.DataFrame:
    """Return modes and melt compositions of both ends through the temperatures of the section."""
    t = plan.temperature_C
    temperatures = np.arange(t.start, t.stop + 100.0 + 1e-9, MELT_STEP_C)
    tables = []
    for x, rock in ((0, first), (1, second)):
        answer = equilibria(
            rock, pressure_kbar=plan.pressure_kbar, temperature_C=temperatures,
            database=data, workers=run.workers,
        )  # fmt: skip
        head = pd.DataFrame({"x": x, "temperature_C": temperatures})
        head["assemblage"] = assemblages(answer, LEAST)
        tables.append(pd.concat([head, modes(answer), melt_wt(answer)], axis=1))
    return pd.concat(tables)


def values(run: Run, tables: Tables, name: str) -> dict[str, Value]:
    """Return what the targets ask of the first candidate, with the database `name`."""
    return values_of(run, tables, name, needed(run.study.mixing).candidates[0].name)


def values_of(run: Run, tables: Tables, name: str, candidate: str) -> dict[str, Value]:
    """Return what the targets ask of one candidate, with the database `name`."""
    plan = needed(run.study.mixing)
    mine = {
        key: table[table["candidate"] == candidate].reset_index(drop=True)
        for key, table in ((key, of_database(table, name)) for key, table in tables.items())
    }
    curves, ends = mine["curves"], mine["ends"]
    x, solidus = curves["x"].to_numpy(), curves["solidus_C"].to_numpy()
    lowest = int(np.nanargmin(solidus)) if np.isfinite(solidus).any() else 0
    found: dict[str, Value] = {
        "solidus_depression": float(solidus[0] - solidus[-1]),
        "depression_lowest": float(solidus[0] - solidus[lowest]),
        "solidus_lowest": float(solidus[lowest]),
        "x_lowest": float(x[lowest]),
        "x_fsp_in": _first_x(x, curves["fsp"].to_numpy() > 0.0),
        "x_q_out": _first_x(x, ~(curves["q"].to_numpy() > 0.0)),
        "x_ol_in": _first_x(x, curves["ol"].to_numpy() > 0.0),
    }
    for key, place in (("0", 0.0), ("05", 0.5), ("075", 0.75), ("1", 1.0)):
        found[f"solidus_x{key}"] = float(np.interp(place, x, solidus))
    found["depression_x075"] = float(solidus[0] - np.interp(0.75, x, solidus))
    last = ends[ends["x"] == 1]
    found["melt_x1_above"] = float(
        np.interp(solidus[-1] + ABOVE_C, last["temperature_C"], last["liq"])
    )
    found |= {f"below_x0_{key}": float(curves[key].iloc[0]) for key in ("cpx", "ilm", "q")}
    for temperature, row in mine["melt"].groupby("temperature_C"):
        found[f"melt_{temperature:g}_x0"] = float(row["liq"].iloc[0])
        found[f"melt_{temperature:g}_x1"] = float(row["liq"].iloc[-1])
    return found | _of_ends(ends[ends["x"] == 0], ends[ends["x"] == 1], plan)


def _of_ends(first: pd.DataFrame, second: pd.DataFrame, plan: Mixing) -> dict[str, Value]:
    """Return what compares the two ends: isopleths, melt at one temperature, residues, melts."""
    falls = {
        level: melt_temperature(first, level) - melt_temperature(second, level)
        for level in (*plan.melt_isopleths, 50.0)
    }
    known = all(isfinite(fall) for fall in falls.values())
    words = (
        "fall" if min(falls.values()) > 0.0 else "rise" if max(falls.values()) < 0.0 else "do both"
    )
    there = [
        float(np.interp(melt_temperature(first, level), second["temperature_C"], second["liq"]))
        for level in (20.0, 30.0)
    ]
    found: dict[str, Value] = {
        "isopleths": words if known else "not computed",
        "isopleth_50_fall": falls[50.0],
        "melt_x1": span(there),
        "residue_x0": _residue(first),
        "residue_x1": _residue(second),
    }
    melted = first[first["liq"] > 0.0]
    for oxide in ("TiO2", "FeO"):
        richest = melted.iloc[int(melted[oxide].argmax())] if len(melted) else None
        found[f"ibc_melt_{oxide}"] = np.nan if richest is None else float(richest[oxide])
        found[f"ibc_melt_{oxide}_C"] = (
            np.nan if richest is None else float(richest["temperature_C"])
        )
    return found


def melt_temperature(end: pd.DataFrame, level: float) -> float:
    """Return where one end first has `level` vol% of melt [degC]; NaN if it has not."""
    t, melt = end["temperature_C"].to_numpy(), end["liq"].to_numpy()
    above = np.flatnonzero(melt >= level)
    if not len(above) or above[0] == 0:
        return float("nan")
    i = int(above[0])
    return float(np.interp(level, melt[i - 1 : i + 1], t[i - 1 : i + 1]))


def _residue(end: pd.DataFrame) -> str:
    """Return the solids of one end where it has melted by `RESIDUE_MELT`."""
    above = end[end["liq"] >= RESIDUE_MELT]
    if above.empty:
        return "not computed"
    return " + ".join(key for key in above["assemblage"].iloc[0].split(" + ") if key != "liq")


def _first_x(x: NDArray[np.float64], there: NDArray[np.bool_]) -> float:
    return float(x[there.argmax()]) if there.any() else float("nan")


def listings(run: Run, tables: Tables) -> Iterator[Listing]:
    """Yield the solidus depression of each candidate with each database."""
    plan = needed(run.study.mixing)
    rows = []
    for candidate in plan.candidates:
        row: dict[str, object] = {"candidate": candidate.name}
        for name in run.study.databases:
            found = values_of(run, tables, name, candidate.name)
            row[name] = format_value(found["solidus_depression"], "°C")
        rows.append(row)
    yield listing(
        "Solidus depression from x = 0 to x = 1 [°C] with each candidate for the average cumulate:",
        pd.DataFrame(rows),
    )

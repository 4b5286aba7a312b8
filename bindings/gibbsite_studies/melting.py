"""Part "melting": one rock through pressure and temperature, its solidus, liquidus and melts."""

import math

import numpy as np
import pandas as pd
import xarray as xr

from gibbsite import equilibria, melting_interval

from .assemblages import CALCIC_WO, assemblages, in_order, melt_wt, minerals, modes
from .plan import Melting
from .run import Run, needed
from .shelf import Tables
from .values import Value, format_value, of_database, span

ATMOSPHERE_KBAR = 0.001
MELT_STEP_C = 2.0
POINTS_BELOW = 4
"""Points of the solidus from the surface to the lowest pressure of the diagram."""
LEAST_SHARE = 0.01
"""A phase on fewer points is not counted as one of the diagram."""


def compute(run: Run, earlier: dict[str, Tables]) -> Tables:
    """Compute the section, solidus and liquidus along pressure, and melts along temperature."""
    plan = needed(run.study.melting)
    rock = plan.rock.bulk()
    p, t = plan.pressure_kbar, plan.temperature_C
    curves, melts, phases, below, limbs = [], [], [], [], []
    for data in run.databases():
        with run.section(plan.section(data.name), "melting") as result:
            phases.append(_share_of_points(result).assign(database=data.name))

        whole = np.arange(math.ceil(p.start), math.floor(p.stop) + 1.0)
        pressures = np.union1d(np.linspace(p.start, p.stop, plan.curve_points), whole)
        shallow = np.linspace(ATMOSPHERE_KBAR, p.start, POINTS_BELOW, endpoint=False)
        pressures = np.union1d(shallow, pressures)
        interval = melting_interval(
            rock, pressure_kbar=pressures, database=data, workers=run.workers
        )
        curves.append(
            pd.DataFrame({"database": data.name, "pressure_kbar": pressures, **interval._asdict()})
        )

        inside = pressures[pressures >= p.start]
        solids = equilibria(
            rock, pressure_kbar=inside, temperature_C=plan.below_solidus_C,
            database=data, workers=run.workers,
        )  # fmt: skip
        below.append(
            pd.DataFrame(
                {
                    "database": data.name,
                    "pressure_kbar": inside,
                    "assemblage": assemblages(solids),
                }
            )
        )

        temperatures = np.union1d(np.arange(t.start, t.stop + 1e-9, MELT_STEP_C), plan.melt_at_C)
        melted = equilibria(
            rock, pressure_kbar=plan.melt_pressure_kbar, temperature_C=temperatures,
            database=data, workers=run.workers,
        )  # fmt: skip
        table = pd.DataFrame({"database": data.name, "temperature_C": temperatures})
        table = table.assign(status=melted["status"].values, assemblage=assemblages(melted))
        melts.append(pd.concat([table, modes(melted), melt_wt(melted)], axis=1))
        limbs.append(minerals(melted).assign(database=data.name))
    return {
        "curves": pd.concat(curves),
        "melts": pd.concat(melts),
        "phases": pd.concat(phases),
        "below": pd.concat(below),
        "pyroxenes": pd.concat(limbs),
    }


def _share_of_points(result: xr.Dataset) -> pd.DataFrame:
    """Return at which share of the points each phase is stable."""
    ids, names = result.gb.assemblage_id()
    of_names = [set(name.split("+")) for name in names]
    points = np.bincount(ids.values[ids.values >= 0], minlength=len(names)) / ids.size
    stable = in_order(set().union(*of_names))
    shares = [
        sum(n for n, phases in zip(points, of_names, strict=True) if k in phases) for k in stable
    ]
    return pd.DataFrame({"phase": stable, "share": shares})


def values(run: Run, tables: Tables, name: str) -> dict[str, Value]:
    """Return what the targets ask of this part, with the database `name`."""
    plan = needed(run.study.melting)
    curves = of_database(tables["curves"], name).set_index("pressure_kbar")
    inside = curves.loc[plan.pressure_kbar.start :]
    found: dict[str, Value] = {
        "solidus_range": span(inside["solidus_C"]),
        "solidus_rise": float(inside["solidus_C"].iloc[-1] - inside["solidus_C"].iloc[0]),
        "liquidus_range": span(inside["liquidus_C"]),
    }
    found["solidus_slope"] = float(
        (inside["solidus_C"].iloc[-1] - inside["solidus_C"].iloc[0])
        / (inside.index[-1] - inside.index[0])
    )
    for pressure, solidus in curves["solidus_C"].items():
        if pressure == ATMOSPHERE_KBAR or float(str(pressure)).is_integer():
            found[f"solidus_{f'{pressure:g}'.replace('.', '')}"] = float(solidus)
    melts = of_database(tables["melts"], name).set_index("temperature_C")
    for temperature in plan.melt_at_C:
        found[f"melt_{temperature:g}"] = float(melts["liq"].loc[temperature])
    last = [key for key in str(melts["assemblage"].iloc[-1]).split(" + ") if key != "liq"]
    found["last_solid"] = ", ".join(last) or "none"
    for oxide in ("TiO2", "FeO"):
        found[f"bead_melt_{oxide}"] = span(melts.loc[melts["liq"] > 0.0, oxide])
    phases = of_database(tables["phases"], name)
    stable = set(phases.loc[phases["share"] >= LEAST_SHARE, "phase"])
    found["phases"] = ", ".join(in_order(stable))
    found["phases_minor"] = ", ".join(in_order(set(phases["phase"]) - stable)) or "no other"
    expected = {"cpx", "fsp", "ilm", "liq", "ol", "spl"}
    found["about_opx"] = _about_opx(of_database(tables["pyroxenes"], name), plan)
    found["phases_differ"] = ", ".join(in_order(stable ^ expected)) or "none"
    found["assemblage_below_solidus"] = "; ".join(
        in_order(of_database(tables["below"], name)["assemblage"])
    )
    return found


def _about_opx(limbs: pd.DataFrame, plan: Melting) -> str:
    """Return how calcic the phase is that the database calls opx; nothing if there is none."""
    wo = limbs.loc[limbs["phase"] == "opx", "Wo"]
    if wo.empty:
        return ""
    text = (
        f"; at {plan.melt_pressure_kbar:g} kbar the phase that the model calls opx has Wo "
        f"{format_value(span(wo), 'mol%')}"
    )
    if wo.min() >= CALCIC_WO:
        text += ", as much as augite: in a rock it would be called clinopyroxene"
    return text

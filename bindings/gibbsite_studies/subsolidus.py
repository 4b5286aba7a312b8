"""Part "subsolidus": rocks below their own solidus, their modes, pyroxenes and olivine."""

import numpy as np
import pandas as pd
import xarray as xr

from gibbsite import Bulk, Database, equilibria, melting_interval

from .assemblages import assemblages, forsterite, minerals, modes
from .run import Run, needed
from .shelf import Tables
from .values import Span, Value, of_database, span

AVERAGE = "average"
MODES = ("cpx", "ilm", "fsp", "ol", "spl")
LIMBS = ("En", "Fs", "Wo")


def compute(run: Run, earlier: dict[str, Tables]) -> Tables:
    """Solve each rock at its temperature below its solidus, and the average at its own."""
    plan = needed(run.study.subsolidus)
    rocks = [rock.bulk() for rock in plan.rocks]
    names = [rock.key or rock.name for rock in rocks]
    found = []
    for data in run.databases():
        solidus = solidus_of(run, data, rocks, plan.pressure_kbar)
        answer = equilibria(
            [*rocks, plan.average.bulk()],
            pressure_kbar=plan.pressure_kbar,
            temperature_C=[*(solidus - plan.below_solidus_C), plan.average_at_C],
            database=data,
            workers=run.workers,
        )
        table = describe(answer, [*names, AVERAGE])
        table.insert(0, "database", data.name)
        table.insert(2, "solidus_C", [*solidus, np.nan])
        found.append((table, pyroxenes(answer, [*names, AVERAGE]).assign(database=data.name)))
    tables, limbs = zip(*found, strict=True)
    return {"rocks": pd.concat(tables), "pyroxenes": pd.concat(limbs)}


def solidus_of(run: Run, data: Database, rocks: list[Bulk], pressure_kbar: float) -> np.ndarray:
    """Return the solidus of each rock [degC]."""
    return melting_interval(
        rocks, pressure_kbar=pressure_kbar, database=data, workers=run.workers
    ).solidus_C


def describe(answer: xr.Dataset, names: list[str]) -> pd.DataFrame:
    """Return one row a rock: temperature, assemblage, modes, Fo, and clinopyroxene over ilmenite."""
    volumes = modes(answer)
    table = pd.DataFrame(
        {
            "rock": names,
            "temperature_C": answer["temperature_C"].values,
            "status": answer["status"].values,
            "assemblage": assemblages(answer),
        }
    )
    ratio = volumes["cpx"] / volumes["ilm"].where(volumes["ilm"] > 0.0)
    return pd.concat([table, volumes], axis=1).assign(Fo=forsterite(answer), cpx_over_ilm=ratio)


def pyroxenes(answer: xr.Dataset, names: list[str]) -> pd.DataFrame:
    """Return one row a pyroxene of a rock."""
    table = minerals(answer)
    return table.assign(rock=[names[point] for point in table["point"]]).drop(columns="point")


def values(run: Run, tables: Tables, name: str) -> dict[str, Value]:
    """Return what the targets ask of this part, with the database `name`."""
    rocks = of_database(tables["rocks"], name)
    limbs = of_database(tables["pyroxenes"], name)
    beads, average = rocks[rocks["rock"] != AVERAGE], rocks[rocks["rock"] == AVERAGE].iloc[0]
    cpx = limbs[(limbs["rock"] != AVERAGE) & (limbs["phase"] == "cpx")]
    found: dict[str, Value] = {
        f"beads_{key}": span(beads[key]) for key in (*MODES, "Fo", "cpx_over_ilm")
    }
    found |= {f"beads_{key}": span(cpx[key]) for key in LIMBS}
    found |= {f"average_{key}": float(average[key]) for key in (*MODES, "Fo", "cpx_over_ilm")}
    wo = limbs[(limbs["rock"] == AVERAGE) & (limbs["phase"] == "cpx")]["Wo"]
    ends = span(wo) if len(wo) > 1 else Span(np.nan, np.nan)
    found["average_Wo_augite"], found["average_Wo_pigeonite"] = ends.high, ends.low
    return found

"""Part "restoration": what a magma ocean crystallised before its anorthite and quartz floated.

With vol% a of anorthite and s of the other solids of a rock (spinel left out, a + s = 100), a
residual fraction r of anorthite and a share Q of quartz in the whole [vol%], the whole is

    T = (s + a / r) / (1 - Q / 100)

and a phase of v vol% in the rock made 100 v / T of it, anorthite 100 a / (r T).
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gibbsite_datasets import MagmaOcean, load_magma_oceans

from .plan import axis_values
from .run import Run, needed
from .shelf import Tables
from .subsolidus import AVERAGE
from .values import Value, of_database, span

PHASES = ("cpx", "ilm", "fsp", "ol")
RESTORED = (*PHASES, "q")
# What the minerals of the literature's sequences are called here.
LITERATURE = {"cpx": ("cpx",), "ilm": ("ilm",), "fsp": ("pl",), "ol": ("ol",), "q": ("qtz",)}


def restore(modes: NDArray[np.float64], residual: float, quartz: float) -> NDArray[np.float64]:
    """Return the assemblage before anorthite and quartz floated.

    Parameters
    ----------
    modes : ndarray, shape (..., 4)
        cpx, ilm, fsp, ol of the rock [vol%]; other phases are left out, the rest made 100.
    residual : float
        Share r of all anorthite that stayed in the rock, 0 to 1 [1].
    quartz : float
        Share of quartz in the restored whole [vol%].

    Returns
    -------
    ndarray, shape (..., 5)
        cpx, ilm, fsp, ol, quartz [vol%]; they sum to 100.
    """
    rock = 100.0 * modes / modes.sum(axis=-1, keepdims=True)
    rock[..., 2] /= residual
    whole = rock.sum(axis=-1, keepdims=True) / (1.0 - quartz / 100.0)
    return np.concatenate([100.0 * rock / whole, np.full((*rock.shape[:-1], 1), quartz)], axis=-1)


def compute(run: Run, earlier: dict[str, Tables]) -> Tables:
    """Restore every rock for each residual fraction, and sum up the literature's sequences."""
    plan = needed(run.study.restoration)
    rocks = earlier["subsolidus"]["rocks"]
    rows = []
    for residual in axis_values(plan.residual):
        restored = restore(rocks[list(PHASES)].to_numpy(), float(residual), plan.quartz)
        table = pd.DataFrame(restored, columns=list(RESTORED))
        table.insert(0, "residual", round(float(residual), 10))
        rows.append(pd.concat([rocks[["database", "rock"]], table], axis=1))
    return {
        "restored": pd.concat(rows),
        "literature": pd.DataFrame(_late(plan.late_percent)),
        "sequences": pd.DataFrame(
            [
                {"model": ocean.key, "mean_ilm_wt": mean_ilmenite(ocean)}
                for ocean in load_magma_oceans().values()
            ]
        ),
    }


def _late(percent: float) -> list[dict[str, object]]:
    """Return least and largest share of each phase in the late steps of all sequences [wt%]."""
    late = [
        step.modes_wt
        for ocean in load_magma_oceans().values()
        for step in ocean.steps
        if step.solid_to > percent
    ]
    rows: list[dict[str, object]] = []
    for phase, names in LITERATURE.items():
        amounts = [sum(step.get(name, 0.0) for name in names) for step in late]
        there = [amount for amount in amounts if amount > 0.0]
        rows.append({"phase": phase, "low": min(there), "high": max(there), "steps": len(there)})
    return rows


def mean_ilmenite(ocean: MagmaOcean) -> float:
    """Return the ilmenite of all that forms from the first ilmenite on [wt%]; NaN if there is none."""
    steps = list(ocean.steps)
    first = next((i for i, step in enumerate(steps) if step.modes_wt.get("ilm", 0.0) > 0.0), None)
    if first is None:
        return float("nan")
    late = [(s.solid_to - (s.solid_from or 0.0), s.modes_wt.get("ilm", 0.0)) for s in steps[first:]]
    return sum(w * ilm for w, ilm in late) / sum(w for w, _ in late)


def mean_and_range(table: pd.DataFrame) -> pd.DataFrame:
    """Return mean, least and largest over the rocks, by residual fraction and phase."""
    beads = table[table["rock"] != AVERAGE]
    return beads.groupby("residual")[list(RESTORED)].agg(["mean", "min", "max"])


def values(run: Run, tables: Tables, name: str) -> dict[str, Value]:
    """Return what the targets ask of this part, with the database `name`."""
    restored = of_database(tables["restored"], name)
    mean = mean_and_range(restored).xs("mean", axis=1, level=1)
    r = mean.index.to_numpy(dtype=np.float64)
    average = restored[restored["rock"] == AVERAGE].set_index("residual")["ilm"]

    def at(column: pd.Series, residual: float) -> float:
        return float(np.interp(residual, column.index.to_numpy(dtype=np.float64), column))

    found: dict[str, Value] = {
        "restored_quartz": needed(run.study.restoration).quartz,
        "half_anorthite_r": float(np.interp(-50.0, -mean["fsp"], r)),
        "restored_ilm": span([at(mean["ilm"], 0.2), at(mean["ilm"], 0.3)]),
        "literature_ilm": span(tables["sequences"]["mean_ilm_wt"].dropna()),
    }
    for key, residual in (("02", 0.2), ("025", 0.25), ("03", 0.3)):
        found[f"average_restored_ilm_{key}"] = at(average, residual)
        found[f"restored_ilm_{key}"] = at(mean["ilm"], residual)
    return found

"""Part "ensemble": random rocks inside published ranges of oxides, each below its own solidus."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gibbsite import bulk, equilibria
from gibbsite.errors import InputError
from gibbsite_datasets import CompositionRange, load_ranges, load_targets

from .run import Run, needed
from .shelf import Tables
from .subsolidus import LIMBS, MODES, describe, pyroxenes, solidus_of
from .values import Value, of_database

QUANTITIES = (*MODES, *LIMBS, "Fo", "cpx_over_ilm")
MOST_DRAWS = 1000


def draw(
    ranges: CompositionRange, rocks: int, total_wt: tuple[float, float], seed: int
) -> NDArray[np.float64]:
    """Draw rocks, each oxide uniform in its range, those with another total rejected.

    Parameters
    ----------
    ranges : CompositionRange
        Of each oxide [wt%].
    rocks : int
        How many.
    total_wt : (float, float)
        Least and largest sum of the oxides [wt%].
    seed : int
        Of NumPy's default generator.

    Returns
    -------
    ndarray, shape (rocks, n_oxides)
        wt%, not normalised, in the order of the ranges.

    Raises
    ------
    InputError
        If hardly any draw has such a total.
    """
    low, high = np.array(list(ranges.bounds_wt.values())).T
    random = np.random.default_rng(seed)
    kept: list[NDArray[np.float64]] = []
    for _ in range(MOST_DRAWS * rocks):
        drawn = random.uniform(low, high)
        if total_wt[0] <= drawn.sum() <= total_wt[1]:
            kept.append(drawn)
            if len(kept) == rocks:
                return np.array(kept)
    raise InputError(
        f"ensemble.total_wt = {list(total_wt)}: the ranges {ranges.key!r} hardly hold a rock whose "
        "oxides sum to that."
    )


def compute(run: Run, earlier: dict[str, Tables]) -> Tables:
    """Draw the rocks and solve each at its temperature below its solidus."""
    plan, below = needed(run.study.ensemble), needed(run.study.subsolidus)
    ranges = load_ranges()[plan.ranges]
    oxides = draw(ranges, plan.rocks, plan.total_wt, plan.seed)
    names = [str(number) for number in range(1, plan.rocks + 1)]
    drawn = pd.DataFrame(oxides, columns=list(ranges.bounds_wt))
    rocks = [bulk(wt=dict(zip(ranges.bounds_wt, row, strict=True))) for row in oxides]
    found = []
    for data in run.databases():
        solidus = solidus_of(run, data, rocks, below.pressure_kbar)
        sound = np.isfinite(solidus)
        answer = equilibria(
            [rock for rock, good in zip(rocks, sound, strict=True) if good],
            pressure_kbar=below.pressure_kbar,
            temperature_C=solidus[sound] - below.below_solidus_C,
            database=data,
            workers=run.workers,
        )
        kept = [name for name, good in zip(names, sound, strict=True) if good]
        table = describe(answer, kept)
        table.insert(0, "database", data.name)
        table.insert(2, "solidus_C", solidus[sound])
        found.append((table, pyroxenes(answer, kept).assign(database=data.name)))
    tables, limbs = zip(*found, strict=True)
    drawn.insert(0, "rock", names)
    return {"drawn": drawn, "rocks": pd.concat(tables), "pyroxenes": pd.concat(limbs)}


def inside(run: Run, tables: Tables, name: str) -> pd.DataFrame:
    """Return for each rock (rows) and quantity (columns) whether it lies in the published range.

    Of a rock with two clinopyroxenes both must. A rock that failed, or lacks the mineral, is outside.
    """
    published = {target.key: target for target in load_targets(run.study.targets)}
    rocks = of_database(tables["rocks"], name).set_index("rock")
    limbs = of_database(tables["pyroxenes"], name)
    limbs = limbs[limbs["phase"] == "cpx"]
    result = {}
    for key in QUANTITIES:
        target = published.get(f"beads_{key}")
        if target is None or target.low is None or target.high is None:
            continue
        if key in LIMBS:
            both = limbs[key].between(target.low, target.high).groupby(limbs["rock"]).all()
            result[key] = both.reindex(rocks.index, fill_value=False)
        else:
            result[key] = rocks[key].between(target.low, target.high)
    return pd.DataFrame(result)


def values(run: Run, tables: Tables, name: str) -> dict[str, Value]:
    """Return the share of rocks inside each published range [%]."""
    judged = inside(run, tables, name)
    n = len(tables["drawn"])
    found: dict[str, Value] = {f"share_{key}": 100.0 * judged[key].sum() / n for key in judged}
    four = [key for key in ("cpx", "ilm", "fsp", "ol") if key in judged]
    found["share_all_modes"] = 100.0 * judged[four].all(axis=1).sum() / n
    found["ensemble_rocks"] = f"{n}"
    found["ensemble_seed"] = f"{needed(run.study.ensemble).seed}"
    return found

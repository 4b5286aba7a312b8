"""Part "crystallisation" once more: the same rocks by mineral-melt equations."""

import warnings
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from gibbsite import Bulk, liquid_line
from gibbsite_datasets import absent_mineral_melt

from .cumulates import by_mineral, key_of, minerals
from .listing import Listing, listing
from .plan import Equations
from .shelf import Tables

WAY = "equations"
"""What stands in the column of databases for this way."""


def compute(rocks: Mapping[str, Bulk], pressure_kbar: float, plan: Equations) -> Tables:
    """Follow the liquid of each rock.

    Returns
    -------
    mapping of str to DataFrame
        `liquids`, `weights` (all solids so far, wt%), `minerals` (at the end), and `limits`, where
        an equation was used outside its range; with the rock in each row.
    """
    parts: dict[str, list[pd.DataFrame]] = {}
    for name, rock in rocks.items():
        with warnings.catch_warnings():
            # The report shows the same from the table of limits.
            warnings.filterwarnings("ignore", "outside the range of calibration", UserWarning)
            line = liquid_line(
                rock, pressure_kbar=pressure_kbar, models=plan.made(),
                until_melt_fraction=plan.until_melt_fraction, increment=plan.increment,
            )  # fmt: skip
        for table, rows in _tables(line).items():
            parts.setdefault(table, []).append(rows.assign(rock=name, kind="fractional"))
    return {name: pd.concat(tables).assign(database=WAY) for name, tables in parts.items()}


def _tables(line: xr.Dataset) -> dict[str, pd.DataFrame]:
    oxides = [str(name) for name in line["component"].values]
    melt = pd.DataFrame(line["melt_composition_wt"].values, columns=oxides)
    head = {name: line[name].values for name in ("temperature_C", "melt_fraction")}
    names = [str(name) for name in line["mineral"].values]
    last = line.isel(step=-1)
    weights = np.nan_to_num(
        (last["solid_mass"] * last["solid_composition_wt"]).transpose("model", "component").values
    )
    return {
        "liquids": pd.DataFrame(head).join(melt),
        "weights": pd.DataFrame(head).join(by_mineral(names, line["solid_mass"].values)),
        "minerals": minerals(names, oxides, weights).assign(melt_left=float(last["melt_fraction"])),
        "limits": pd.DataFrame({"limit": [*line.attrs["outside_range"]]}, dtype=object),
    }


def minerals_of(plan: Equations) -> set[str]:
    """Return the keys of the minerals that can form."""
    return {key_of(model.mineral) for model in plan.made()}


def models(plan: Equations, limits: pd.DataFrame) -> Iterator[Listing]:
    """Yield the equations with their ranges, where they were left, and the models that are absent."""
    rows = []
    for model in plan.made():
        record = model.record
        known = ", ".join(
            f"{r.quantity} {r.minimum:g}-{r.maximum:g} {r.unit}" for r in record.ranges
        )
        rows.append(
            {
                "model": model.key,
                "mineral": record.mineral,
                "publication": record.reference,
                "coefficients": record.read_from,
                "range of validity": known or "no public source was found that gives it",
                "note": record.note,
            }
        )
    yield listing("Mineral-melt equations:", pd.DataFrame(rows))
    if len(limits):
        left = limits.rename(columns={"limit": "outside the range, and where first"})
        yield listing(
            "Equations used outside their range; what they give there is an extrapolation:",
            left[["rock", "outside the range, and where first"]],
        )
    absent = pd.DataFrame(
        [
            {"model": m.key, "mineral": m.mineral, "publication": m.reference, "why": m.reason}
            for m in absent_mineral_melt().values()
        ]
    )
    yield listing("Models that are absent, since their coefficients are not public:", absent)

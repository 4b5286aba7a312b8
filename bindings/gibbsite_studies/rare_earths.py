"""Part "rare_earths": a late cumulate of the magma ocean, and what KREEP does to it.

Concentrations are multiples of chondrite. Of a solid with bulk partition coefficient D, where
a share F of the liquid is left: C / C0 = 1 / (F + D (1 - F)) at equilibrium, F^(D - 1) for the liquid of
perfect fractional crystallisation (Rayleigh). The mixture of f KREEP is (1 - f) C_cumulate + f C_KREEP.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gibbsite_datasets import (
    RARE_EARTHS,
    MagmaOcean,
    load_magma_oceans,
    load_partition,
    load_traces,
)

from .plan import RareEarths, axis_values
from .run import Run, needed
from .shelf import Tables
from .values import Value, span

Array = NDArray[np.float64]
_NO_RARE_EARTHS = ("qtz", "ap")
_COEFFICIENTS = "fu-jacobsen-2024"
_MINERALS = {"sp": "spl"}  # of the tables of magma oceans, where those of coefficients have another


def coefficients(modes_wt: Mapping[str, float]) -> Array:
    """Return the bulk partition coefficients of an assemblage [1], shape (14,).

    A mineral without coefficients of its own, quartz say, takes up none.
    """
    minerals = load_partition()[_COEFFICIENTS]
    total = sum(modes_wt.values())
    bulk = np.zeros(len(RARE_EARTHS))
    for mineral, amount in modes_wt.items():
        if _MINERALS.get(mineral, mineral) in minerals:
            row = minerals[_MINERALS.get(mineral, mineral)].coefficients
            bulk += amount / total * np.array([row[element] for element in RARE_EARTHS])
        elif mineral not in _NO_RARE_EARTHS:
            raise ValueError(f"no partition coefficients for {mineral!r}")
    return bulk


def liquid_at_equilibrium(initial: Array, d: Array, left: float) -> Array:
    """Return the liquid of which a share `left` remains, all solids in equilibrium with it."""
    return np.asarray(initial / (left + d * (1.0 - left)))


def liquid_of_fractionation(initial: Array, d: Array, left: float) -> Array:
    """Return the liquid of which a share `left` remains, all solids taken away as they form."""
    return np.asarray(initial * left ** (d - 1.0))


def magma_ocean_liquid(
    ocean: MagmaOcean, initial: Array, equilibrium_to: float, at: float
) -> Array:
    """Return the liquid of a magma ocean at a percentage solidified, x chondrite.

    Parameters
    ----------
    ocean : MagmaOcean
        Its steps.
    initial : ndarray, shape (14,)
        The liquid at the start, x chondrite.
    equilibrium_to : float
        Solids stay in equilibrium with the liquid up to here [% solidified].
    at : float
        Where the liquid is wanted [% solidified].
    """
    settled = [step for step in ocean.steps if step.solid_to <= equilibrium_to]
    together: dict[str, float] = {}
    for step in settled:
        for mineral, share in step.modes_wt.items():
            weight = share * (step.solid_to - (step.solid_from or 0.0))
            together[mineral] = together.get(mineral, 0.0) + weight
    liquid = initial
    if settled:
        liquid = liquid_at_equilibrium(
            initial, coefficients(together), 1.0 - equilibrium_to / 100.0
        )
    for step in ocean.steps[len(settled) :]:
        start = 100.0 - max(step.solid_from or 0.0, equilibrium_to)
        end = 100.0 - min(step.solid_to, at)
        if end < start:
            liquid = liquid_of_fractionation(liquid, coefficients(step.modes_wt), end / start)
    return liquid


def europium_anomaly(pattern: Array) -> float:
    """Return Eu_N / sqrt(Sm_N Gd_N)."""
    sm, eu, gd = (pattern[RARE_EARTHS.index(element)] for element in ("Sm", "Eu", "Gd"))
    return float(eu / np.sqrt(sm * gd))


def pattern_of(key: str, chondrite: str) -> Array:
    """Return the rare earths of a rock or reservoir, x chondrite."""
    record = load_traces()[key]
    amounts = np.array([record.amounts[element] for element in RARE_EARTHS])
    if record.unit == "chondrite":
        return amounts
    normal = load_traces()[chondrite].amounts
    return np.asarray(amounts / np.array([normal[element] for element in RARE_EARTHS]))


def cumulate_pattern(plan: RareEarths) -> Array:
    """Return the cumulate that forms at `cumulate_at`, with the liquid trapped in it, x chondrite."""
    ocean = load_magma_oceans()[plan.sequence]
    initial = pattern_of(plan.magma_ocean, plan.chondrite)
    liquid = magma_ocean_liquid(ocean, initial, plan.equilibrium_to, plan.cumulate_at)
    step = next((step for step in ocean.steps if step.solid_to > plan.cumulate_at), ocean.steps[-1])
    solid = coefficients(step.modes_wt) * liquid
    return (1.0 - plan.trapped_liquid) * solid + plan.trapped_liquid * liquid


def compute(run: Run, earlier: dict[str, Tables]) -> Tables:
    """Compute the ends and their mixtures."""
    plan = needed(run.study.rare_earths)
    cumulate = cumulate_pattern(plan)
    patterns = {"cumulate": cumulate}
    patterns |= {key: pattern_of(key, plan.chondrite) for key in plan.kreep}
    mixed = []
    for key in plan.kreep:
        for fraction in axis_values(plan.fractions):
            mixture = (1.0 - fraction) * cumulate + fraction * patterns[key]
            mixed.append(
                {
                    "kreep": key,
                    "fraction": round(float(fraction), 10),
                    "level": float(mixture.mean()),
                    "dEu": europium_anomaly(mixture),
                    **dict(zip(RARE_EARTHS, mixture, strict=True)),
                }
            )
    ends = [
        {"name": key, **dict(zip(RARE_EARTHS, row, strict=True))} for key, row in patterns.items()
    ]
    return {"ends": pd.DataFrame(ends), "mixtures": pd.DataFrame(mixed)}


def fractions_at(tables: Tables, key: str, level: tuple[float, float]) -> tuple[float, float]:
    """Return the shares of KREEP that give a level [1]; the level is linear in the share."""
    ends = tables["ends"].set_index("name")[list(RARE_EARTHS)].mean(axis=1)
    low, high = ((each - ends["cumulate"]) / (ends[key] - ends["cumulate"]) for each in level)
    return float(low), float(high)


def values(run: Run, tables: Tables, name: str) -> dict[str, Value]:
    """Return what the targets ask of this part; no database is needed for it."""
    plan = needed(run.study.rare_earths)
    ends = tables["ends"].set_index("name")[list(RARE_EARTHS)]
    cumulate = ends.loc["cumulate"].to_numpy()
    found: dict[str, Value] = {"ree_level": span(plan.level)}
    first = ends.loc[plan.kreep[0]].to_numpy()
    shares = fractions_at(tables, plan.kreep[0], plan.level)
    found["ree_fraction"] = span(100.0 * share for share in shares)
    mixtures = [(1.0 - f) * cumulate + f * first for f in shares]
    found["ree_dEu"] = span(europium_anomaly(each) for each in mixtures)
    found["kreep_share"] = 100.0 * float(shares[0] * first.mean() / plan.level[0])
    found["kreep_dEu"] = europium_anomaly(first)
    return found

"""Part "components": principal components of major oxides, and where single minerals lead."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gibbsite.errors import InputError
from gibbsite_datasets import load_bulks, load_components, load_ranges

from .plan import Components
from .run import Run, needed
from .shelf import Tables
from .values import Value

Array = NDArray[np.float64]
FORMULAS = {
    "ilmenite": {"FeO": 1.0, "TiO2": 1.0},
    "plagioclase": {"CaO": 1.0, "Al2O3": 1.0, "SiO2": 2.0},
}
"""Moles of oxides of the minerals whose addition is drawn: FeTiO3 and anorthite."""
ADDED = 0.1
"""Share of mineral that the vectors stand for, by weight."""


class Principal(NamedTuple):
    """Principal components of n rocks and m oxides."""

    mean: Array
    """Mean of each oxide [wt%], shape (m,)."""
    deviation: Array
    """Standard deviation of each oxide [wt%], shape (m,)."""
    loadings: Array
    """One component a row, each of unit length, shape (m, m)."""
    explained: Array
    """Share of the variance, shape (m,)."""
    scores: Array
    """Rocks in the components, shape (n, m)."""

    def project(self, oxides: Array) -> Array:
        """Return other rocks [wt%] in the components."""
        return np.asarray((oxides - self.mean) / self.deviation @ self.loadings.T)


def principal_components(oxides: Array) -> Principal:
    """Return the principal components of z-scored oxides, by singular value decomposition.

    Z = (X - mean) / s = U S V^T; scores are U S, loadings the rows of V^T, shares of the variance
    S^2 / sum(S^2). The largest loading of each component is positive.

    Parameters
    ----------
    oxides : ndarray, shape (n, m)
        wt%.
    """
    mean, deviation = oxides.mean(axis=0), oxides.std(axis=0, ddof=1)
    _, s, loadings = np.linalg.svd((oxides - mean) / deviation, full_matrices=False)
    largest = loadings[np.arange(len(loadings)), np.abs(loadings).argmax(axis=1)]
    loadings = loadings * np.sign(largest)[:, None]
    scores = (oxides - mean) / deviation @ loadings.T
    return Principal(mean, deviation, loadings, s**2 / (s**2).sum(), scores)


def mineral_wt(name: str, oxides: list[str]) -> Array:
    """Return the composition of a mineral [wt%]."""
    masses = {component.name: component.molar_mass for component in load_components()}
    weights = {oxide: moles * masses[oxide] for oxide, moles in FORMULAS[name].items()}
    total = sum(weights.values())
    return np.array([100.0 * weights.get(oxide, 0.0) / total for oxide in oxides])


def _rock_wt(key: str, oxides: list[str]) -> Array:
    """Return oxides of a rock that sum to 100 wt%; what was not reported counts as none."""
    record = load_bulks()[key].oxides_wt
    row = np.array([record.get(oxide, 0.0) for oxide in oxides])
    return np.asarray(100.0 * row / row.sum())


def compute(run: Run, earlier: dict[str, Tables]) -> Tables:
    """Compute scores, loadings, the vectors of minerals, and the line of added ilmenite."""
    plan = needed(run.study.components)
    groups = {"basalt": [plan.basalt], "bead": plan.beads, "other": plan.others}
    keys = [key for group in groups.values() for key in group]
    oxides = np.array([_rock_wt(key, plan.oxides) for key in keys])
    same = [oxide for oxide, wt in zip(plan.oxides, oxides.T, strict=True) if np.ptp(wt) == 0.0]
    if same:
        raise InputError(f"components.oxides: {same[0]} is the same in all rocks; leave it out.")
    found = principal_components(oxides)
    axes = [f"PC{i + 1}" for i in range(len(found.explained))]
    scores = pd.DataFrame(found.scores, columns=axes)
    scores.insert(0, "rock", keys)
    scores.insert(1, "group", [name for name, group in groups.items() for _ in group])
    scores.insert(2, "status", [load_bulks()[key].status for key in keys])
    loadings = pd.DataFrame(found.loadings, columns=plan.oxides)
    loadings.insert(0, "component", axes)
    loadings.insert(1, "explained", found.explained)
    basalt, vectors = oxides[0], []
    for name in FORMULAS:
        more = (1.0 - ADDED) * basalt + ADDED * mineral_wt(name, plan.oxides)
        vectors.append(found.project(more) - found.project(basalt))
    table = pd.DataFrame(vectors, columns=axes)
    table.insert(0, "mineral", list(FORMULAS))
    return {
        "scores": scores,
        "loadings": loadings,
        "vectors": table,
        "line": _line(plan, found, basalt),
    }


def _line(plan: Components, found: Principal, basalt: Array) -> pd.DataFrame:
    """Return mixtures of basalt and ilmenite: scores, and whether each is inside the ranges."""
    bounds = load_ranges()[plan.ranges]
    ilmenite = mineral_wt("ilmenite", plan.oxides)
    rows = []
    for share in np.linspace(0.0, 0.6, 121):
        mixture = (1.0 - share) * basalt + share * ilmenite
        inside = [
            low <= mixture[plan.oxides.index(oxide)] <= high
            for oxide, (low, high) in bounds.bounds_wt.items()
            if oxide in plan.oxides and oxide not in bounds.assumed
        ]
        scores = found.project(mixture)
        rows.append(
            {
                "ilmenite": share,
                "inside": sum(inside),
                "of": len(inside),
                "PC1": scores[0],
                "PC2": scores[1],
            }
        )
    return pd.DataFrame(rows)


def values(run: Run, tables: Tables, name: str) -> dict[str, Value]:
    """Return what the targets ask of this part; no database is needed for it."""
    scores, vectors, line = tables["scores"], tables["vectors"], tables["line"]
    axes = [column for column in scores if str(column).startswith("PC")]
    basalt = scores[scores["group"] == "basalt"][axes].to_numpy()[0]
    beads = scores[scores["group"] == "bead"][axes].to_numpy() - basalt
    ilmenite = vectors[vectors["mineral"] == "ilmenite"][axes].to_numpy()[0]
    unit = ilmenite / np.linalg.norm(ilmenite)
    along = beads @ unit
    off = np.linalg.norm(beads - along[:, None] * unit, axis=1)
    inside = 100.0 * line.loc[line["inside"] == line["of"], "ilmenite"]
    return {
        "pca_along": float(along.mean()),
        "pca_offset": float(off.mean()),
        "pca_least_offset": float(off.min()),
        "pca_trend": "crosses the ranges" if len(inside) else "deviates",
        "pca_ilmenite_low": float(inside.min()),
        "pca_ilmenite_high": float(inside.max()),
    }

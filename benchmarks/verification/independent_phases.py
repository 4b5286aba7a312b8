"""The phases of a database as matrices, straight from the tables, and where to start in them.

Nothing of the engine is used but the vertices of a polytope, which its tests prove by themselves.
Only the face of a phase counts on which the components that a bulk lacks are zero.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from gibbsite_datasets import known_oxides, load_endmembers, load_models
from gibbsite_engine.polytope import vertices

STARTS = 500
INSIDE = 0.01  # of the way from a vertex to the middle: no logarithm of zero


class Phase(NamedTuple):
    """A phase on the face of its polytope that the components present allow."""

    name: str
    basis: np.ndarray
    """(m, end-members) independent compositions that span the face."""
    corners: np.ndarray
    """(corners, m) the vertices in terms of the basis."""
    composition: np.ndarray
    """(m, C) mol of the components."""
    atoms: np.ndarray
    """(m,)"""
    size: np.ndarray
    """(m,) van Laar sizes."""
    log_constant: np.ndarray
    """(m,)"""
    multiplicity: np.ndarray
    """(s,)"""
    occupancy: np.ndarray
    """(s, m)"""
    interaction: np.ndarray
    """(m, m, 3) a, b, c of Q in G_excess = p'Qp/(2 v.p)."""


def spanning(rows):
    """Rows that are linearly independent and span all of them."""
    chosen = []
    for row in rows:
        if np.linalg.matrix_rank(np.array([*chosen, row]), tol=1e-9) > len(chosen):
            chosen.append(row)
    return np.array(chosen)


def solution_face(solution, components, atoms, inside):
    """Restrict a solution to the components `inside` (C,), or None where it needs others."""
    ends, size = solution.endmembers, np.array([e.size for e in solution.endmembers])
    composition = np.array([[e.composition.get(c, 0.0) for c in components] for e in ends])
    occupancy = np.array([site.occupancy for site in solution.sites])
    corners = vertices(occupancy)
    corners = corners[(abs(corners @ composition[:, ~inside]) < 1e-9).all(axis=1)]
    if not len(corners):
        return None
    basis = spanning(corners)
    q = np.zeros((len(ends), len(ends), 3))
    for i, j, *energy_terms in solution.interactions:
        weight = 2 * size[i] * size[j] / (size[i] + size[j])
        q[i, j] = q[j, i] = np.array(energy_terms) * weight
    here = occupancy @ basis.T
    used = abs(here).max(axis=1) > 1e-12
    return Phase(
        name=solution.name,
        basis=basis,
        corners=np.linalg.lstsq(basis.T, corners.T, rcond=None)[0].T,
        composition=(basis @ composition)[:, inside],
        atoms=basis @ composition @ atoms,
        size=basis @ size,
        log_constant=basis @ np.array([e.log_constant for e in ends]),
        multiplicity=np.array([site.multiplicity for site in solution.sites])[used],
        occupancy=here[used],
        interaction=np.einsum("ai,ijf,bj->abf", basis, q, basis),
    )


def pure(name, row, atoms, inside):
    """Make a phase of one composition, or None where it needs other components."""
    if row[~inside].any():
        return None
    one = np.ones((1, 1))
    return Phase(
        name, one, one, row[None, inside], np.array([row @ atoms]), np.ones(1), np.zeros(1),
        np.zeros(0), np.zeros((0, 1)), np.zeros((1, 1, 3)),
    )  # fmt: skip


@cache
def phases(name, present):
    """Phases of a database that bulks of exactly the components `present` (bools) can make."""
    models = load_models(name)
    data = load_endmembers(models.endmember_set)
    oxides = known_oxides()
    atoms = np.array([oxides[c].atoms for c in models.components], float)
    inside = np.array(present)
    there = {c for c, on in zip(models.components, present, strict=True) if on}
    solutions = [s for s in models.solutions if there.issuperset(s.needs)]
    found = [solution_face(s, models.components, atoms, inside) for s in solutions]
    for key in models.pure_phases:
        holds = data.endmembers[key].composition
        row = np.array([holds.get(c, 0.0) for c in models.components])
        found.append(pure(key, row, atoms, inside))
    return tuple(phase for phase in found if phase is not None)


def starts(phase, rng, number=STARTS):
    """Every vertex, a little inside, and random mixtures of them, (number or more, m)."""
    corners = phase.corners
    if len(corners) == 1:
        return corners.copy()
    middle = corners.mean(axis=0)
    mixed = max(number - len(corners), 0)
    evenness = rng.choice([0.1, 0.3, 1.0], size=(mixed, 1))
    weights = rng.gamma(evenness, size=(mixed, len(corners))) + 1e-12
    points = np.vstack([corners, weights / weights.sum(axis=1, keepdims=True) @ corners])
    return np.ascontiguousarray(points + INSIDE * (middle - points))

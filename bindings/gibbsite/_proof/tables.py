"""What a proof of many points knows of a phase beforehand."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gibbsite._inputs.database import Database, Reduced
from gibbsite_engine.groups import entropy_terms
from gibbsite_engine.layout import Floats
from gibbsite_engine.proof.chart import Chart

from .phase import charts


class Tables(NamedTuple):
    """A solution phase per unit of size: I end-members, d dimensions, S species, V vertices."""

    at: Chart
    place: int
    """In the whole database."""
    composition: Floats
    """(I, C) of the components present."""
    to_reduced: Floats
    """(I_all, I) from proportions of the whole database."""
    corners: Floats
    """(V, I) z"""
    sites: Floats
    """(S, I) y = sites @ z"""
    members: Floats
    """(S, G) 1 where a species belongs to a group."""
    log_constant: Floats
    """(I)"""
    interaction: Floats
    """(3, I, I) Q at P = T = 0, its slopes in T and in P; kJ, kJ/K, kJ/kbar."""
    bend: Floats
    """(3, d, d) the same in the chart."""
    slopes: Floats
    """(2, d, d) matrix absolute values of the slopes."""
    extremes: Floats
    """(3) largest |entropy|, |dG/dT| and |dG/dP| of mixing per unit of size."""


def _absolute(a: Floats) -> Floats:
    """Return the matrix absolute value: the least with -|a| <= a <= |a| that commutes with a."""
    values, vectors = np.linalg.eigh(a)
    return np.asarray((vectors * np.abs(values)) @ vectors.T)


@lru_cache(maxsize=64)
def tables(data: Database, present: tuple[bool, ...]) -> tuple[Tables | None, ...]:
    """Return the tables of all phases of a reduced database; None where there is no chart."""
    reduced = data.reduced(np.array(present))
    every = charts(data, present)
    return tuple(
        _of_phase(reduced, k, at) if isinstance(at, Chart) else None for k, at in enumerate(every)
    )


def _of_phase(reduced: Reduced, k: int, at: Chart) -> Tables:
    phases, bounds = reduced.system.phases, reduced.system.bounds
    n, species = int(phases.n_endmembers[k]), int(phases.n_species[k])
    p = bounds.vertices[bounds.vertex_start[k] : bounds.vertex_start[k + 1], :n]
    occupancy = phases.occupancy[k, :species, :n]
    # From the species, not from the chart: of traces no digit may be lost.
    terms = entropy_terms(occupancy, phases.multiplicity[k, :species])
    lower = phases.interaction[k, :n, :n] / at.size_unit
    q = np.array([np.tril(lower[..., j]) + np.tril(lower[..., j], -1).T for j in range(3)])
    bend = np.einsum("ia,jim,mb->jab", at.basis, q, at.basis)
    ends = np.array([bounds.entropy[k], bounds.excess[k, 0], bounds.excess[k, 1]])
    return Tables(
        at=at,
        place=reduced.phases[k].place,
        composition=phases.composition[k, :n],
        to_reduced=np.asarray(np.linalg.pinv(reduced.phases[k].basis), np.float64),
        corners=p / (p @ at.size)[:, None],
        sites=occupancy[terms.species],
        members=np.eye(len(at.total_origin))[at.group],
        log_constant=phases.log_constant[k, :n],
        interaction=q,
        bend=bend,
        slopes=np.array([_absolute(bend[1]), _absolute(bend[2])]),
        extremes=np.abs(ends).max(axis=1) / at.size_range[0],
    )

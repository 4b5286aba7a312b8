"""What a proof of many points knows of a phase beforehand."""

from functools import lru_cache

import numpy as np

from gibbsite._inputs.database import Database, Reduced
from gibbsite_engine.factors import RT
from gibbsite_engine.groups import entropy_terms
from gibbsite_engine.layout import Floats
from gibbsite_engine.proof.chart import Chart
from gibbsite_engine.proof.points import Tables

from .phase import charts


def _absolute(a: Floats) -> Floats:
    """Return the matrix absolute value: the least with -|a| <= a <= |a| that commutes with a."""
    values, vectors = np.linalg.eigh(a)
    return np.asarray((vectors * np.abs(values)) @ vectors.T)


def _last(parts: Floats) -> Floats:
    """Return the parts of an energy as the last axis, in a row."""
    return np.ascontiguousarray(np.moveaxis(parts, 0, -1))


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
    lower = np.moveaxis(phases.interaction[k, :n, :n] / at.size_unit, -1, 0)
    q = np.array([np.tril(part) + np.tril(part, -1).T for part in lower])
    bend = np.einsum("ia,jim,mb->jab", at.basis, q, at.basis)
    corners, constants = p / (p @ at.size)[:, None], phases.log_constant[k, :n]
    extremes = np.abs(bounds.ends[k]).max(axis=1) / at.size_range[0]
    extremes[RT] += np.abs(corners @ constants).max()
    return Tables(
        at=at,
        place=reduced.phases[k].place,
        first=int(phases.n_endmembers[:k].sum()),
        contents=np.ascontiguousarray(phases.composition[k, :n].T),
        to_reduced=np.ascontiguousarray(np.linalg.pinv(reduced.phases[k].basis), np.float64),
        corners=np.ascontiguousarray(corners.T),
        sites=np.ascontiguousarray(occupancy[terms.species]),
        occupancy=np.ascontiguousarray(occupancy[terms.species].T),
        log_constant=np.ascontiguousarray(constants),
        interaction=np.ascontiguousarray(np.moveaxis(q, 0, 1)),
        pull=_last(q @ at.origin),
        bend=_last(bend),
        slopes=_last(np.array([_absolute(part) for part in bend])),
        extremes=extremes,
    )

"""Seeds learnt from a sample of points: a chain then prices where it would have to descend.

The lowest of some hundred compositions that merely cover a polytope lies 3-12 kJ/mol above the
lowest minimum of the driving force. The minima found at a sample of the points to be solved lie in
the same places as those of the other points, some tenths of a kJ/mol above them. How far, is
measured: the minima of each point of the sample against the seeds that the others gave.
"""

from typing import NamedTuple

import numpy as np

from ._jit import inner, table
from .assemble import (
    Cover,
    ReducedPhase,
    features,
    general_cover,
    seed_table,
    site_fractions,
)
from .factors import factors_at
from .layout import Floats, Ints, Phases, System
from .search import Known
from .seeds import clusters

KEEP_BELOW = 15.0
"""kJ/mol: minima higher than this are not kept as seeds."""
APART = 0.02
"""Seeds nearer to each other (in site fractions) are one."""
MEASURED_BELOW = 2.0
"""kJ/mol: the gap of a cluster is measured on minima lower than this, if it has any."""
LEAST_GAP, GREATEST_GAP = 0.1, 6.0
"""kJ/mol; the greatest is that of a phase without learnt seeds."""
CAUTION = 1.5
"""A gap is taken to be so many times the greatest one measured: of the points of a plane those of the
sample left out lie nearer to each other."""


@table
class Minima(NamedTuple):
    """Minima of the driving force at the points of a sample, filled by a sweep."""

    number: Ints
    """(1) how many; what finds no room is left out."""
    point: Ints
    """(M) the point each was found at."""
    phase: Ints
    """(M)"""
    driving_force: Floats
    """(M) kJ/mol."""
    proportions: Floats
    """(M, I)"""


def new_minima(phases: Phases, room: int) -> Minima:
    """Room for so many minima."""
    i = phases.size.shape[1]
    return Minima(
        np.zeros(1, np.int64),
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        np.zeros(room),
        np.zeros((room, i)),
    )


@inner
def keep_minima(phases: Phases, known: Known, point, minima: Minima):
    """Keep the minima of the solutions at a point."""
    for k in range(phases.n_endmembers.size):
        if phases.n_endmembers[k] == 1:
            continue
        for m in range(known.number[k]):
            j = minima.number[0]
            if known.driving_force[k, m] > KEEP_BELOW or j == minima.phase.size:
                continue
            minima.point[j] = point
            minima.phase[j] = k
            minima.driving_force[j] = known.driving_force[k, m]
            for i in range(phases.n_endmembers[k]):
                minima.proportions[j, i] = known.proportions[k, m, i]
            minima.number[0] = j + 1


def _thinned(site_fractions: Floats) -> Ints:
    """Indices of compositions none of which is near an earlier one."""
    kept: list[int] = []
    for i, y in enumerate(site_fractions):
        if not kept or np.abs(site_fractions[kept] - y).max(axis=1).min() > APART:
            kept.append(i)
    return np.array(kept, np.int64)


class _Learnt(NamedTuple):
    """The minima of one phase, and which of them are to be seeds."""

    proportions: Floats
    """(m, n)"""
    driving_force: Floats
    """(m) kJ/mol."""
    point: Ints
    """(m) where each was found."""
    label: Ints
    """(m) the cluster of each."""
    kept: Ints
    """Indices of the seeds."""


def _learnt(minima: Minima, k: int, r: ReducedPhase) -> _Learnt:
    (where,) = np.nonzero(minima.phase[: minima.number[0]] == k)
    where = where[np.argsort(minima.driving_force[where], kind="stable")]
    p = minima.proportions[where][:, : len(r.model.size)]
    y = site_fractions(r, p)
    label = clusters(y) if len(where) else np.zeros(0, np.int64)
    return _Learnt(p, minima.driving_force[where], minima.point[where], label, _thinned(y))


class Sample(NamedTuple):
    """Where a sample was taken, and what it found."""

    pressure: Floats
    """(n) kbar."""
    temperature: Floats
    """(n) K."""
    gamma: Floats
    """(n, C) kJ/mol."""
    standard: Floats
    """(n, K, I) standard energies at the points, kJ/mol."""
    minima: Minima


def _gaps(system: System, r: ReducedPhase, k: int, learnt: _Learnt, sample: Sample) -> Floats:
    """How far seeds of the same cluster from other points lie above a minimum, at most.

    Infinite for a cluster that is known from one point only.

    Returns
    -------
    (L,) array
        kJ/mol for each cluster.
    """
    gas, gap = system.endmembers.gas_constant, np.full(learnt.label.max() + 1, -np.inf)
    # how far a cluster's minima move where they are high says little about where they are low
    near = learnt.driving_force < MEASURED_BELOW
    near |= ~np.isin(learnt.label, learnt.label[near])
    seeds, n = learnt.kept, learnt.proportions.shape[1]
    coefficients = features(r, learnt.proportions[seeds])
    for i in np.unique(learnt.point[near]):
        p, t = sample.pressure[i], sample.temperature[i]
        base = sample.standard[i, k, :n] - system.phases.composition[k, :n] @ sample.gamma[i]
        d = learnt.proportions[seeds] @ base + coefficients @ factors_at(gas, p, t)
        d[learnt.point[seeds] == i] = np.inf
        for m in np.flatnonzero((learnt.point == i) & near):
            cluster = learnt.label[m]
            others = d[learnt.label[seeds] == cluster].min(initial=np.inf)
            gap[cluster] = max(gap[cluster], others - learnt.driving_force[m])
    return gap


def with_minima(system: System, parts: list[ReducedPhase], sample: Sample) -> System:
    """Return the system with the minima of a sample among its seeds, and margins by which to look.

    Parameters
    ----------
    system : System
        The system that the sample was solved with.
    parts : list of ReducedPhase
        Its phases.
    sample : Sample
        From a sweep that kept minima.
    """
    covers, gap = [], np.full(len(parts), GREATEST_GAP)
    for k, r in enumerate(parts):
        learnt = _learnt(sample.minima, k, r)
        if len(learnt.kept) == 0:
            covers.append([general_cover(r, GREATEST_GAP)])
            continue
        margin = LEAST_GAP + CAUTION * np.maximum(_gaps(system, r, k, learnt, sample), 0.0)
        margin = np.minimum(margin, GREATEST_GAP)
        gap[k] = np.median(margin)
        seeds = Cover(learnt.proportions[learnt.kept], learnt.label[learnt.kept], margin)
        covers.append([seeds, general_cover(r, 0.0, thin=4)])
    return system._replace(seeds=seed_table(parts, covers, gap))

"""The phases of a reduced system in the terms of its database."""

from functools import lru_cache

import numpy as np

from gibbsite_engine.layout import Ints
from gibbsite_engine.naming import Terms

from .database import Database, Reduced


@lru_cache(maxsize=16)
def told_by(data: Database) -> Ints:
    """Return by which components instances of each phase are told apart, -1 beyond the last; (P, C)."""
    order = np.full((len(data.phases), len(data.components)), -1, np.int64)
    for row, phase in zip(order, data.phases, strict=True):
        row[: len(phase.order)] = [data.components.index(name) for name in phase.order]
    return order


@lru_cache(maxsize=64)
def terms_of(data: Database, reduced: Reduced) -> Terms:
    """Return what the kernels need that put answers into the terms of a database."""
    k, i, _ = reduced.system.phases.composition.shape
    n, e = len(data.components), max(len(phase.endmembers) for phase in data.phases)
    whole, oxides = np.zeros((k, i, e)), np.zeros((k, i, n))
    for number, (phase, place) in enumerate(zip(reduced.phases, reduced.ids, strict=True)):
        rows, columns = phase.basis.shape
        whole[number, :rows, :columns] = phase.basis
        oxides[number, :rows] = phase.basis @ data.phases[place].model.composition
    opened = list(reduced.opened)
    return Terms(
        id=np.array(reduced.ids, np.int64),
        mass=oxides @ np.array(data.molar_masses),
        oxides=oxides,
        whole=whole,
        potentials=reduced.potentials,
        opened=np.array(opened, np.int64),
        given=np.ascontiguousarray(reduced.basis[:, opened].T),
        present=np.flatnonzero(reduced.present),
        order=told_by(data)[list(reduced.ids)],
        melt=np.array([data.phases[place].kind == "melt" for place in reduced.ids]),
    )

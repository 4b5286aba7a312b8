"""Given potentials that differ from point to point: what is reduced once serves all of them.

A database that is open has one potential for each opened component. Along an axis of potentials its
energy a + b T + c P differs from value to value, and nothing else of a system does.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gibbsite._inputs.database import Database
from gibbsite._inputs.open import read_open
from gibbsite_engine.layout import Floats, Ints, System

if TYPE_CHECKING:
    from gibbsite._section.section import Section, SectionPoints

# (n, O, 3) a, b, c in kJ/mol, kJ/(K mol), kJ/(kbar mol) at each point; None where all are the database's.
GivenEnergies = Floats | None


def of_section(section: "Section", data: Database, points: "SectionPoints") -> GivenEnergies:
    """Return the energies of the potentials given at some points of a section."""
    if not section.along:
        return None
    values, which = np.unique(points.potential, return_inverse=True)
    return np.asarray(energies_at(section, data, values.tolist())[which.ravel()])


def energies_at(section: "Section", data: Database, values: Sequence[float]) -> Floats:
    """Return the energies of the given potentials at values along their axis, (n, O, 3)."""
    read = [
        {each.component: each.potential.energy for each in read_open(section.given(value), data)}
        for value in values
    ]
    return np.array([[of[name] for name, _ in data.opened] for of in read], np.float64)


def opened_to(system: System, energy: Floats | None) -> System:
    """Return a system with other energies of its given potentials, (O, 3)."""
    if energy is None:
        return system
    return system._replace(opened=system.opened._replace(energy=np.ascontiguousarray(energy)))


def runs(given: GivenEnergies, where: Ints) -> Iterator[tuple[Floats | None, Ints]]:
    """Yield energies, and which of some points have them."""
    if given is None:
        yield None, where
        return
    every, which = np.unique(given[where], axis=0, return_inverse=True)
    for k, energy in enumerate(every):
        yield energy, where[which.ravel() == k]

"""Whether two answers to the same points are one: energy, assemblage, and what may differ.

A point agrees if its energy is the same within 1e-8 kJ per mole of oxides and its phases are the
same, those of less than 1e-7 mol aside. A phase that only one answer has is no difference, either,
if it lies within 1e-8 kJ of the plane of the other: there both are right. Where nothing fixes the
potentials there is no such plane at hand, and the energy alone decides.
"""

from typing import NamedTuple

import numpy as np

from gibbsite._inputs.balance import ON_FACET_BELOW
from gibbsite_engine.status import CERTIFIED

ENERGY_KJ = 1e-8
LEAST_AMOUNT_MOL = 1e-7
DRIVING_FORCE_KJ = 1e-8


class Disagreement(NamedTuple):
    """A point on which two answers differ."""

    point: int
    energy_kJ: float
    """Of the first less that of the second, per mole of oxides; nan where one has none."""
    first: list
    """Names of the phases, one for each instance."""
    second: list
    distance_kJ: float
    """Of the phases that only one has, the largest distance from the plane of the other."""


def counted(arrays, i):
    """Phase ids of point i, one for each instance of an amount to speak of."""
    ids, amounts = arrays["phase_id"][i], arrays["amount_mol"][i]
    return ids[(ids >= 0) & (amounts > LEAST_AMOUNT_MOL)].tolist()


def formulas(database, arrays, i, slots):
    """Moles of the components in a formula unit of each of these phases, (n, C)."""
    rows = []
    for slot in slots:
        model = database.phases[arrays["phase_id"][i, slot]].model
        rows.append(arrays["proportions"][i, slot, : len(model.size)] @ model.composition)
    return np.array(rows).reshape(len(slots), len(database.components))


def distance_from_plane(database, one, other, i):
    """Largest |D|, kJ/mol, that a phase of `one` that `other` lacks has on the plane of `other`.

    It touches its own plane, so D = C p . (Gamma_one - Gamma_other).
    """
    ids, theirs = one["phase_id"][i], counted(other, i)
    slots = [
        s
        for s in np.flatnonzero((ids >= 0) & (one["amount_mol"][i] > LEAST_AMOUNT_MOL))
        if (ids == ids[s]).sum() > theirs.count(ids[s])
    ]
    gap = one["chemical_potential"][i] - other["chemical_potential"][i]
    if np.isnan(gap[one["bulk_mol"][i] > ON_FACET_BELOW]).any():
        return 0.0
    gap = np.nan_to_num(gap)
    return float(np.abs(formulas(database, one, i, slots) @ gap).max(initial=0.0))


def disagreements(database, first, second):
    """Return the points on which two answers differ.

    Parameters
    ----------
    first, second : dict
        Variables of the same n points, from `solve_points` or `solve_grid`.
    """
    found = []
    gaps = first["gibbs_energy"] - second["gibbs_energy"]
    for i in range(len(gaps)):
        certified = [int(a["status"][i]) == CERTIFIED for a in (first, second)]
        if not any(certified):
            continue
        ids = counted(first, i), counted(second, i)
        distance = 0.0
        if all(certified) and ids[0] != ids[1]:
            distance = max(
                distance_from_plane(database, first, second, i),
                distance_from_plane(database, second, first, i),
            )
        if not (all(certified) and abs(gaps[i]) <= ENERGY_KJ and distance <= DRIVING_FORCE_KJ):
            names = [[database.phase_names[k] for k in each] for each in ids]
            found.append(Disagreement(i, float(gaps[i]), *names, distance))
    return found

"""Potentials of a reduced database where some oxides have none of their own.

On a facet of what the phases can make, as albite is, oxides come together only: the present phases
tell sums of their potentials, and these are the coordinates in which such a bulk is solved.
"""

from collections.abc import Iterable

import numpy as np

from gibbsite._inputs.database import Reduced
from gibbsite.errors import InputError
from gibbsite_engine.layout import Booleans, Conditions, Floats
from gibbsite_engine.phase_work import MU, Y, new_phase_work
from gibbsite_engine.solution import potentials as partial_energies

# The potential of an end-member with a rarer species is not known well enough.
_RAREST = 1e-12


def plane(
    reduced: Reduced,
    conditions: Conditions,
    potentials: Floats,
    phases: Iterable[tuple[int, Floats]],
) -> Floats:
    """Return the potentials of the components of a reduced database.

    Parameters
    ----------
    reduced : Reduced
        Of the bulk.
    conditions : Conditions
        Energies at pressure and temperature.
    potentials : (C,) array
        Of all components of the database [kJ/mol]; NaN where nothing fixes one.
    phases : iterable of (int, (I,) array)
        Those present: phase of the reduced database and proportions.

    Returns
    -------
    (D,) array
        kJ/mol; where an oxide brings others with it, the sum of theirs and its own.

    Raises
    ------
    InputError
        If the phases present leave such a sum open.
    """
    gamma = reduced.of_oxides(potentials)
    unknown = ~np.isfinite(gamma)
    if not unknown.any():
        return gamma
    rows, right = [], []
    for k, p in phases:
        mu, known = _partial_energies(reduced, conditions, k, p)
        composition = reduced.system.phases.composition[k, : len(mu)]
        rows.append(composition[known][:, unknown])
        right.append(mu[known] - composition[known][:, ~unknown] @ gamma[~unknown])
    system = np.vstack(rows) if rows else np.zeros((0, int(unknown.sum())))
    found, _, rank, _ = np.linalg.lstsq(system, np.concatenate([*right, []]), rcond=1e-9)
    if rank < unknown.sum():
        raise InputError(
            "the bulk lies on the edge of what the phases can make, and those present leave "
            "potentials open, so that there is no plane to judge."
        )
    gamma[unknown] = found
    return gamma


def _partial_energies(
    reduced: Reduced, conditions: Conditions, k: int, p: Floats
) -> tuple[Floats, Booleans]:
    """Potentials of the end-members of phase k [kJ/mol], and which are known well."""
    phases, n = reduced.system.phases, int(reduced.system.phases.n_endmembers[k])
    work = new_phase_work(phases)
    partial_energies(phases, k, conditions, conditions.g0, p[:n].copy(), work)
    rare = (work.sites[Y] < _RAREST)[: int(phases.n_species[k])]
    weights = phases.entropy_weight[k, :n, : int(phases.n_species[k])]
    return work.rows[MU, :n], ~(weights[:, rare] != 0.0).any(axis=1)

"""Standard energies at many conditions from few: the knots about each point, and their weights."""

from typing import NamedTuple

import numpy as np

from gibbsite._inputs.database import Reduced
from gibbsite._inputs.limits import to_kelvin
from gibbsite_engine.layout import Floats, Ints
from gibbsite_engine.proof.lattice import fill_knots
from gibbsite_engine.standard import new_conditions

# Conditions worked out one by one, before a lattice pays.
_FEW = 64
# Knots of the lattice along each axis.
_KNOTS = 7


class Between(NamedTuple):
    """Energies at n points: a mean of those at knots, and how far that may be off."""

    knots: Floats
    """(M, K, I) g0, kJ/mol."""
    place: Ints
    """(n, W) knots about each point; one if it is a knot itself, else four."""
    weight: Floats
    """(n, W) of these."""
    slack: Floats
    """(K, I) kJ/mol."""
    state: Floats
    """(n, 3) RT, P, T."""


def _knots(values: Floats) -> Floats:
    """Return some of the sorted different values, both ends among them."""
    unique = np.unique(values)
    if len(unique) <= _KNOTS:
        return unique
    return np.asarray(unique[np.linspace(0, len(unique) - 1, _KNOTS).round().astype(int)])


def _about(values: Floats, knots: Floats) -> tuple[Ints, Floats]:
    """Return the two knots about each of n values, and their weights: (n, 2) each."""
    if len(knots) == 1:
        return np.zeros((len(values), 2), np.int64), np.tile([1.0, 0.0], (len(values), 1))
    i = np.clip(np.searchsorted(knots, values, side="right") - 1, 0, len(knots) - 2)
    along = (values - knots[i]) / (knots[i + 1] - knots[i])
    return np.column_stack([i, i + 1]), np.column_stack([1.0 - along, along])


def between(reduced: Reduced, p: Floats, t: Floats) -> Between:
    """Return the standard energies at n points.

    Parameters
    ----------
    p, t : (n,) arrays
        kbar, degC.
    """
    system, scratch, n = reduced.system, new_conditions(reduced.system), len(p)
    kelvin = to_kelvin(t)
    state = np.column_stack([system.endmembers.gas_constant * kelvin, p, kelvin])
    pairs, which = np.unique(p + 1j * t, return_inverse=True)
    few = len(pairs) <= _FEW
    rows, columns = (pairs.real, pairs.imag) if few else (_knots(p), _knots(t))
    at = (rows, columns) if few else (a.ravel() for a in np.meshgrid(rows, columns, indexing="ij"))
    p_knots, t_knots = (np.ascontiguousarray(a) for a in at)
    knots, slack = np.zeros((len(p_knots), *scratch.g0.shape)), np.zeros(scratch.g0.shape)
    substances = np.zeros((len(p_knots), *scratch.endmember_g.shape))
    fill_knots(
        system, p_knots, to_kelvin(t_knots), 0 if few else len(columns), scratch, knots,
        substances, np.zeros(substances.shape[1]), slack,
    )  # fmt: skip
    if few:
        return Between(knots, which.reshape(n, 1), np.ones((n, 1)), slack, state)
    (a, u), (b, w) = _about(p, rows), _about(t, columns)
    place = (a[:, :, None] * len(columns) + b[:, None, :]).reshape(n, 4)
    return Between(knots, place, (u[:, :, None] * w[:, None, :]).reshape(n, 4), slack, state)

"""Standard energies at many conditions from few: bounds between the knots of a lattice.

Between the corners of a rectangle h_P x h_T the Gibbs energy of a substance differs from its
bilinear interpolation by at most
    (h_T range(S) + h_P range(V))/4,
since along each axis it is the difference of two mean slopes. The ranges over a rectangle are those
of its corners, taken twice: between corners S and V hardly bend. End-members are sums of substances.
"""

from typing import NamedTuple

import numpy as np

from gibbsite._inputs.database import Reduced
from gibbsite._inputs.limits import ZERO_CELSIUS_K
from gibbsite_engine.layout import Conditions, Floats, System
from gibbsite_engine.standard import new_conditions, set_conditions

# Conditions worked out one by one, before a lattice pays.
_FEW = 64
# Knots of the lattice along each axis.
_KNOTS = 5


class Between(NamedTuple):
    """Energies at n points: exactly g0 where `slack` is zero, else g0 - slack to g0 + slack."""

    g0: Floats
    """(n, K, I) kJ/mol."""
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


def _hats(values: Floats, knots: Floats) -> Floats:
    """Return the weights of a linear interpolation between knots, (n, knots)."""
    out = np.zeros((len(values), len(knots)))
    every = np.arange(len(values))
    if len(knots) == 1:
        out[:, 0] = 1.0
        return out
    i = np.clip(np.searchsorted(knots, values, side="right") - 1, 0, len(knots) - 2)
    along = (values - knots[i]) / (knots[i + 1] - knots[i])
    out[every, i], out[every, i + 1] = 1.0 - along, along
    return out


def _slack_of_substances(p: Floats, t: Floats, s: Floats, v: Floats) -> Floats:
    """Return how far each substance can lie from the interpolation, (n,) kJ/mol.

    Parameters
    ----------
    p, t : (A,), (B,) arrays
        Knots.
    s, v : (A, B, n) arrays
        Entropies and volumes there.
    """
    slack = np.zeros(s.shape[-1])
    for a in range(max(len(p) - 1, 1)):
        for b in range(max(len(t) - 1, 1)):
            corner = np.s_[a : a + 2, b : b + 2]
            width_p, width_t = np.ptp(p[a : a + 2]), np.ptp(t[b : b + 2])
            here = width_t * np.ptp(s[corner], axis=(0, 1)) + width_p * np.ptp(
                v[corner], axis=(0, 1)
            )
            slack = np.maximum(slack, 0.5 * here)
    return slack


def _slack_of_endmembers(system: System, substances: Floats) -> Floats:
    """Return how far each end-member can lie from its interpolation, (K, I)."""
    makes = system.makes
    out = np.zeros(makes.start.shape)
    for k, n in enumerate(system.phases.n_endmembers):
        for i in range(n):
            first = makes.start[k, i]
            terms = slice(first, first + makes.number[k, i])
            out[k, i] = np.abs(makes.coefficient[terms]) @ substances[makes.endmember[terms]]
    return out


def between(reduced: Reduced, p: Floats, t: Floats) -> Between:
    """Return the standard energies at n points.

    Parameters
    ----------
    p, t : (n,) arrays
        kbar, degC.
    """
    system, scratch = reduced.system, new_conditions(reduced.system)
    pairs, which = np.unique(p + 1j * t, return_inverse=True)
    kelvin = t + ZERO_CELSIUS_K
    state = np.column_stack([system.endmembers.gas_constant * kelvin, p, kelvin])
    if len(pairs) <= _FEW:
        g0 = np.array([_at(system, pair.real, pair.imag, scratch).g0.copy() for pair in pairs])
        return Between(g0[which.ravel()], np.zeros(scratch.g0.shape), state)
    rows, columns = _knots(p), _knots(t)
    g0 = np.zeros((len(rows), len(columns), *scratch.g0.shape))
    parts = np.zeros((len(rows), len(columns), *scratch.endmember_g.shape))
    for a, x in enumerate(rows):
        for b, y in enumerate(columns):
            _at(system, x, y, scratch)
            g0[a, b], parts[a, b] = scratch.g0, scratch.endmember_g
    slack = _slack_of_endmembers(
        system, _slack_of_substances(rows, columns, parts[..., 1], parts[..., 2])
    )
    weights = (_hats(p, rows)[:, :, None] * _hats(t, columns)[:, None, :]).reshape(len(p), -1)
    flat = weights @ g0.reshape(weights.shape[1], -1)
    return Between(flat.reshape(len(p), *scratch.g0.shape), slack, state)


def _at(system: System, p: float, t: float, out: Conditions) -> Conditions:
    """Fill `out` at kbar and degC."""
    set_conditions(system, float(p), float(t) + ZERO_CELSIUS_K, out)
    return out

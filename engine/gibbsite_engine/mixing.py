"""Configurational part of a phase's energy, from proportions p (sum 1) and y = S p.

    G = RT s,   s = sum m y ln y + p . ln c,   mu = RT (S' (m ln y) + ln c),
    H = RT (S' diag(m/y) S - kappa 1 1'),      dG/dP = 0,   -dG/dT = -R s.
It is linear in RT: s is its one feature. Where s is convex, what vertices mix to bounds it from above
and a tangent from below. That is known where every m is positive, or the species with m < 0 are totals
of others (see `groups`); otherwise it has no bound.
"""

import math
from typing import NamedTuple

import numpy as np

from ._jit import inner
from .factors import BY_T, RT
from .groups import entropy_terms
from .layout import Bounds, Floats, Phases

# A site fraction that is a difference of proportions of order one is not known below about this.
LEAST_SITE_FRACTION = 1e-16
# So far below zero steps of that size may have taken one that is zero.
ROUNDED_TO_ZERO = -1e-14


class Mixing(NamedTuple):
    """The configurational part of one model over its n end-members and s site species."""

    multiplicity: Floats
    """(s)"""
    occupancy: Floats
    """(s, n)"""
    log_constant: Floats
    """(n)"""


class MixingBounds(NamedTuple):
    """What holds for s over a polytope with N vertices."""

    ends: tuple[float, float]
    """Least and greatest s."""
    mixing: Floats | None
    """(2, N) at the vertices s itself, which any mixture lies below, and the tangent at their mean,
    which s lies above; None where s is not known to be convex."""


@inner
def site_fraction(phases: Phases, k, s, p):
    """Return (S p)_s of proportions or of a step, as it comes out."""
    total = 0.0
    for j in range(phases.occupied_count[k, s]):
        i = phases.occupied[k, s, j]
        total += phases.occupancy[k, s, i] * p[i]
    return total


@inner
def held_by(phases: Phases, k, t, y, least):
    """What the total t holds where each of its species holds no less than `least`."""
    held = 0.0
    for s in range(phases.n_species[k]):
        if s != t and phases.total[k, s] == t:
            held += max(y[s], least)
    return held


@inner
def raise_totals(phases: Phases, k, y):
    """Let no total hold less than its species, some of which were raised: s would not be convex there."""
    for t in range(phases.n_species[k]):
        if phases.total[k, t] == t:
            y[t] = max(y[t], held_by(phases, k, t, y, 0.0))


@inner
def site_fractions(phases: Phases, k, p, y):
    """Fill y = S p; what rounding has made zero is set to the least positive value it may have."""
    raised = False
    for s in range(phases.n_species[k]):
        total = site_fraction(phases, k, s, p)
        if total < LEAST_SITE_FRACTION and total > ROUNDED_TO_ZERO:
            total = LEAST_SITE_FRACTION
            raised = True
        y[s] = total
    if raised:
        raise_totals(phases, k, y)


@inner
def add_mixing(phases: Phases, k, rt, y, mu):
    """Add the configurational part to the potentials."""
    for i in range(phases.n_endmembers[k]):
        mu[i] += rt * phases.log_constant[k, i]
    for s in range(phases.n_species[k]):
        log = rt * math.log(y[s])
        for j in range(phases.occupied_count[k, s]):
            i = phases.occupied[k, s, j]
            mu[i] += phases.entropy_weight[k, i, s] * log


@inner
def add_mixing_curvature(phases: Phases, k, rt, y, stiffness, h):
    """Add H + kappa RT 1 1' to the lower triangle, the curvature of each species times its stiffness."""
    for s in range(phases.n_species[k]):
        scale = rt * stiffness[s] / y[s]
        for a in range(phases.occupied_count[k, s]):
            i = phases.occupied[k, s, a]
            factor = scale * phases.entropy_weight[k, i, s]
            for b in range(a + 1):
                j = phases.occupied[k, s, b]
                h[i, j] += factor * phases.occupancy[k, s, j]


@inner
def kappa_of(phases: Phases, k):
    """Return kappa of phase k: the weights of its species in any one end-member, added up."""
    kappa = 0.0
    for s in range(phases.n_species[k]):
        kappa += phases.entropy_weight[k, 0, s]
    return kappa


@inner
def add_mixing_entropy(phases: Phases, k, gas, p, y, entropy):
    """Return an entropy and that of mixing, -R s."""
    for i in range(phases.n_endmembers[k]):
        entropy -= gas * phases.log_constant[k, i] * p[i]
    for s in range(phases.n_species[k]):
        entropy -= gas * phases.multiplicity[k, s] * y[s] * math.log(y[s])
    return entropy


@inner
def add_mixing_potential_slopes(phases: Phases, k, gas, p, y, slope):
    """Add R (S' (m ln y) + ln c) to dmu/dT (I, 2 or more), and return s."""
    feature = 0.0
    for i in range(phases.n_endmembers[k]):
        slope[i, BY_T] += gas * phases.log_constant[k, i]
        feature += phases.log_constant[k, i] * p[i]
    for s in range(phases.n_species[k]):
        log = math.log(y[s])
        feature += phases.multiplicity[k, s] * y[s] * log
        log *= gas
        for j in range(phases.occupied_count[k, s]):
            i = phases.occupied[k, s, j]
            slope[i, BY_T] += phases.entropy_weight[k, i, s] * log
    return feature


@inner
def mixing_change(bounds: Bounds, v, change):
    """Return at vertex v the least that the part changes by where the factors (F) change so.

    Of a mixture of vertices it is no less than their mean.
    """
    side = 0 if change[RT] < 0.0 else 1
    return change[RT] * bounds.mixing[side, v]


def mixing_feature(mixing: Mixing, p: Floats) -> Floats:
    """Return s of compositions p, one a row."""
    y = p @ mixing.occupancy.T
    terms = np.where(y > 0, y * np.log(np.where(y > 0, y, 1.0)), 0.0)
    return np.asarray(terms @ mixing.multiplicity + p @ mixing.log_constant)


def is_convex(mixing: Mixing) -> bool:
    """Return whether s is known to be convex."""
    if (mixing.multiplicity >= 0.0).all():
        return True
    try:
        entropy_terms(mixing.occupancy, mixing.multiplicity)
    except ValueError:
        return False
    return True


def mixing_bounds(mixing: Mixing, corners: Floats) -> MixingBounds:
    """Return the bounds of s over the polytope with these vertices, (N, n)."""
    at_corners = mixing_feature(mixing, corners)
    if not is_convex(mixing):
        return MixingBounds((_floor(mixing, corners), np.inf), None)
    ends = _floor(mixing, corners), float(at_corners.max())
    # of degree one in p, so that a tangent is p . slope
    return MixingBounds(ends, np.array([at_corners, corners @ _slope(mixing, corners)]))


def _floor(mixing: Mixing, corners: Floats) -> float:
    """Return a safe lower bound of s, species by species."""
    y_max = (corners @ mixing.occupancy.T).max(axis=0)
    bound = float(mixing.log_constant.min())
    for m, top in zip(mixing.multiplicity, y_max, strict=True):
        # y ln y >= -1/e on [0, 1]; beyond 1 it is positive; a total with m < 0 takes its largest
        bound += -m / np.e if m > 0 else m * max(0.0, top * np.log(max(top, 1e-300)))
    return bound


def _slope(mixing: Mixing, corners: Floats) -> Floats:
    """Return ds/dp at the mean of the vertices."""
    y = np.maximum(mixing.occupancy @ corners.mean(axis=0), 1e-300)
    return np.asarray(mixing.occupancy.T @ (mixing.multiplicity * np.log(y)) + mixing.log_constant)

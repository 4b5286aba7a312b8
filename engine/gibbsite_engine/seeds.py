"""Compositions that cover the polytope of a phase, and their clusters."""

import numpy as np

from .layout import Floats, Ints

_PAIRS = 150
# Mixtures of all vertices, from even ones to a few vertices: how many, and the greatest power of
# their weights. Of an amphibole's 156 vertices even ones lie all in its middle.
_MANY_VERTICES = 60
_MIXTURES, _POWER = 220, 4.0
_MIXTURES_OF_MANY, _POWER_OF_MANY = 880, 12.0
_CLUSTERS = 20
_FAR, _FAR_OF_MANY = 25.0, 50.0
GAP = 0.64
"""How far above a minimum the lowest seed in its basin may lie, in parts of `far_above`."""


def far_above(corners: Floats) -> float:
    """Return from where on no seed of a cover is descended from, kJ/mol above the plane.

    The lowest seed of a phase lay at most 16 above a composition of it that is present, in six sets
    and rocks of all kinds; at most 31 of an amphibole, whose polytope is too wide for a finer cover.
    """
    return _FAR_OF_MANY if len(corners) > _MANY_VERTICES else _FAR


def cover(corners: Floats, thin: int = 1) -> Floats:
    """Vertices, middles of pairs of them and mixtures of all, deterministic, one a row.

    The vertices are kept exactly: without them a bulk on the edge of what the phases can make is
    infeasible for the linear programme. Of the others each `thin`-th is kept.
    """
    n = len(corners)
    if n == 1:
        return corners
    first, second = np.triu_indices(n, 1)
    step = max(1, len(first) // _PAIRS)
    pairs = 0.5 * (corners[first[::step]] + corners[second[::step]])
    many = n > _MANY_VERTICES
    mixtures, greatest = (_MIXTURES_OF_MANY, _POWER_OF_MANY) if many else (_MIXTURES, _POWER)
    uniform = np.random.default_rng(20260101).random((mixtures, n))
    power = np.linspace(1.0, greatest, mixtures)[:, None]
    weights = (-np.log(uniform)) ** power
    mixtures = (weights / weights.sum(axis=1, keepdims=True)) @ corners
    return np.vstack([corners, np.vstack([pairs, mixtures])[::thin]])


def clusters(site_fractions: Floats) -> Ints:
    """Cluster number of each composition: nearest of a few that lie farthest from each other."""
    centres = [0]
    distance = np.abs(site_fractions - site_fractions[0]).max(axis=1)
    while len(centres) < min(_CLUSTERS, len(site_fractions)) and distance.max() > 0.1:
        centres.append(int(distance.argmax()))
        distance = np.minimum(
            distance, np.abs(site_fractions - site_fractions[centres[-1]]).max(axis=1)
        )
    gap = np.abs(site_fractions[:, None, :] - site_fractions[None, centres, :]).max(axis=2)
    return gap.argmin(axis=1).astype(np.int64)

"""Groups of species that mix with each other: sites, and the cations of a melt that share a total.

They follow from occupancies and multiplicities, and are never named.
"""

from typing import NamedTuple

import numpy as np

from .layout import Floats, Ints

_SAME = 1e-9


class EntropyTerms(NamedTuple):
    """The entropy as a sum of m y ln(y/Y_g) with m > 0 and Y_g = sum y: convex, every one."""

    species: Ints
    """(T) which species each term is of; one may be in several groups, by parts of its weight."""
    weight: Floats
    """(T) m of the term."""
    group: Ints
    """(T)"""


def entropy_terms(occupancy: Floats, multiplicity: Floats) -> EntropyTerms:
    """Find the groups of species from occupancies and multiplicities alone.

    Parameters
    ----------
    occupancy : (S, I) array
        y = occupancy @ p, no entry negative.
    multiplicity : (S,) array
        m; a row with m < 0 is a total of others.

    Returns
    -------
    EntropyTerms
        In the order of the species; totals are part of the groups of their species.

    Raises
    ------
    ValueError
        If sum m y ln(y/N) is no sum of m_g sum y ln(y/Y_g) with m_g > 0 and Y_g = sum y: the
        entropy is then not known to be convex, and nothing can be proved.

    Notes
    -----
    sum_M y ln(y/N) - Y ln(Y/N) = sum_M y ln(y/Y) if Y is the total of M and the m agree: jointly
    convex, whatever the sign of its parts. Of a species of m = 5 whose total has m = -4, 1 is left
    to mix with what else sums to one; so is what of a cation on two sites is left on the second.
    """
    left = np.where(multiplicity > 0.0, multiplicity, 0.0)
    terms = list[tuple[int, int, float]]()
    for count, (row, members) in enumerate(_totals(occupancy, multiplicity, left)):
        if not members:
            raise ValueError(f"species {row} has a negative multiplicity and is no known total")
        terms += [(s, count, -float(multiplicity[row])) for s in members]
    count = totals = int((multiplicity < 0.0).sum())
    ones = np.ones(occupancy.shape[1])
    while (open_rows := np.flatnonzero(left > _SAME)).size:
        # what has the least to give fits into one group only
        first = int(open_rows[np.argmin(left[open_rows])])
        weight = float(left[first])
        members = _that_sum(occupancy, left, ones - occupancy[first], weight, [first])
        if not members:
            raise ValueError(f"species {first} belongs to no site whose fractions sum to one")
        terms += [(s, count, weight) for s in members]
        left[members] -= weight
        count += 1
    terms.sort()
    first_met = [g for g in dict.fromkeys(g for _, g, _ in terms) if g >= totals]
    number = {g: n for n, g in enumerate([*range(totals), *first_met])}
    return EntropyTerms(
        np.array([s for s, _, _ in terms], np.int64),
        np.array([w for _, _, w in terms]),
        np.array([number[g] for _, g, _ in terms], np.int64),
    )


def _totals(occupancy: Floats, multiplicity: Floats, left: Floats) -> list[tuple[int, list[int]]]:
    """Species of m < 0, and those that each is the total of, whose weight is taken from `left`."""
    found = []
    for row in np.flatnonzero(multiplicity < 0.0):
        weight = -float(multiplicity[row])
        members = _that_sum(occupancy, left, occupancy[row], weight, [])
        left[members] -= weight
        found.append((int(row), members))
    return found


def total_of(occupancy: Floats, multiplicity: Floats) -> Ints:
    """Return of each species the one of m < 0 that is the total of it and others, itself of a total.

    Parameters
    ----------
    occupancy, multiplicity : arrays
        As in `entropy_terms`.

    Returns
    -------
    (S,) array of int
        -1 for what belongs to no total, and for one of m < 0 that is not known to be a total.
    """
    found = np.full(len(multiplicity), -1)
    for row, members in _totals(
        occupancy, multiplicity, np.where(multiplicity > 0.0, multiplicity, 0.0)
    ):
        if members and (found[members] < 0).all():
            found[[row, *members]] = row
    return found


def _that_sum(
    occupancy: Floats, left: Floats, target: Floats, weight: float, chosen: list[int]
) -> list[int]:
    """Species with `weight` to give that sum to `target`, with those chosen; none where there are none.

    Those with no more to give come first, then the others, each in their order.
    """
    if np.abs(target).max() < _SAME:
        return sorted(chosen)
    rows = np.flatnonzero(left > weight - _SAME)
    exact = np.abs(left[rows] - weight) < _SAME
    # the lowest end-member not filled yet must be filled by someone: try only who can
    need = int(np.argmax(target > _SAME))
    for row in (*rows[exact], *rows[~exact]):
        fits = occupancy[row, need] > 0.0 and (occupancy[row] < target + _SAME).all()
        if row in chosen or not fits:
            continue
        found = _that_sum(occupancy, left, target - occupancy[row], weight, [*chosen, int(row)])
        if found:
            return found
    return []

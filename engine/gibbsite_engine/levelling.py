"""A linear programme over fixed compositions: the first guess, and the proof of infeasibility.

minimise sum_j g_j x_j  subject to  sum_j a_j x_j = b, x >= 0,  by the revised simplex method with
an explicit inverse. Its multipliers are the chemical potentials Gamma. It starts from artificial
columns (one a component, at a prohibitive price); one left at a positive amount means that the bulk
holds more of that component than the phases can take up.
"""

from typing import NamedTuple

import numpy as np

from ._jit import inner, kernel, table
from .dense import invert
from .factors import price_features
from .layout import Conditions, Floats, Ints, Phases, Seeds

ARTIFICIAL_COST = 1e5
"""kJ/mol"""
DEARER = 1e4
"""How many times as much artificial columns cost where at first some was left."""
LEFT = 1e-11
"""mol: an artificial amount so small is none: a bulk may lie so far outside of what can be made, rounded."""
NONE = 1e-15
"""mol: an amount so small is zero, rounded; a component of which a bulk has 1e-12 is kept to."""


@table
class Basis(NamedTuple):
    """The C columns of the current basis; `phase` is -1 for an artificial column."""

    phase: Ints
    """(C)"""
    proportions: Floats
    """(C, I)"""
    composition: Floats
    """(C, C) one column of the programme a row."""
    inverse: Floats
    """(C, C)"""
    vectors: Floats
    """(3, C) energy, amount and chemical potentials; see below."""
    work: Floats
    """(C, C)"""


ENERGY, AMOUNT, GAMMA = range(3)


@table
class ColumnPool(NamedTuple):
    """Columns generated for a point; the oldest give way when it is full."""

    number: Ints
    """(1) columns ever added."""
    phase: Ints
    proportions: Floats
    composition: Floats
    energy: Floats


POOL_SIZE = 400


def new_pool(phases: Phases) -> ColumnPool:
    """An empty pool."""
    _, i, c = phases.composition.shape
    return ColumnPool(
        np.zeros(1, np.int64),
        np.zeros(POOL_SIZE, np.int64),
        np.zeros((POOL_SIZE, i)),
        np.zeros((POOL_SIZE, c)),
        np.zeros(POOL_SIZE),
    )


@kernel
def level_pool(basis: Basis, bulk, pool: ColumnPool):
    """Solve the linear programme over the pool from the present basis; returns pivots."""
    n = min(pool.number[0], POOL_SIZE)
    for pivot in range(200):
        chosen, lowest = -1, -1e-9
        for j in range(n):
            value, norm = pool.energy[j], 0.0
            for c in range(bulk.size):
                value -= basis.vectors[GAMMA, c] * pool.composition[j, c]
                norm += pool.composition[j, c]
            if norm > 0.0 and value < lowest * norm:  # of open components alone nothing enters
                chosen, lowest = j, value / norm
        if chosen < 0 or not enter(
            basis, bulk, pool.phase[chosen], pool.proportions[chosen],
            pool.composition[chosen], pool.energy[chosen],
        ):  # fmt: skip
            return pivot
    return 200


def new_basis(phases: Phases) -> Basis:
    """Arrays of a basis."""
    _, i, c = phases.composition.shape
    return Basis(
        np.full(c, -1),
        np.zeros((c, i)),
        np.zeros((c, c)),
        np.zeros((c, c)),
        np.zeros((3, c)),
        np.zeros((c, c)),
    )


@kernel
def start(basis: Basis, bulk):
    """All-artificial basis for a bulk (C,)."""
    n = bulk.size
    for r in range(n):
        basis.phase[r] = -1
        basis.vectors[ENERGY, r] = ARTIFICIAL_COST
        basis.vectors[GAMMA, r] = ARTIFICIAL_COST
        basis.vectors[AMOUNT, r] = bulk[r]
        for c in range(n):
            basis.composition[r, c] = 1.0 if r == c else 0.0
            basis.inverse[r, c] = 1.0 if r == c else 0.0


@kernel
def refactor(basis: Basis, bulk):
    """Renew inverse, amounts and multipliers from the columns; False where they are singular."""
    n = bulk.size
    for r in range(n):
        for c in range(n):
            basis.work[c, r] = basis.composition[r, c]
    if not invert(basis.work, basis.inverse, n):
        return False
    for c in range(n):
        basis.vectors[GAMMA, c] = 0.0
    for r in range(n):
        total = 0.0
        for c in range(n):
            total += basis.inverse[r, c] * bulk[c]
            basis.vectors[GAMMA, c] += basis.vectors[ENERGY, r] * basis.inverse[r, c]
        basis.vectors[AMOUNT, r] = max(total, 0.0)
    return True


@kernel
def raise_price(basis: Basis, bulk):
    """Let the artificial columns of the basis cost DEARER; False where there are none.

    Beside a facet of what the phases can make, room for the last of a component may be dearer than
    they are: it is made by changing a hundred times as much of others.
    """
    found = False
    for r in range(bulk.size):
        if basis.phase[r] < 0:
            basis.vectors[ENERGY, r] *= DEARER
            found = True
    return found and refactor(basis, bulk)


@inner
def reduced_energy(basis: Basis, composition, energy):
    """G - Gamma.a of a column."""
    total = energy
    for c in range(composition.size):
        total -= basis.vectors[GAMMA, c] * composition[c]
    return total


@kernel
def enter(basis: Basis, bulk, phase, proportions, composition, energy):
    """Bring a column into the basis if it lowers the energy; False if it does not."""
    n = bulk.size
    reduced = reduced_energy(basis, composition, energy)
    if not reduced < -1e-10:
        return False
    column = basis.work[0]
    largest = 0.0
    for r in range(n):
        total = 0.0
        for c in range(n):
            total += basis.inverse[r, c] * composition[c]
        column[r] = total
        largest = max(largest, abs(total))
    # Harris's two passes: among the rows that leave within a whisker, the largest pivot
    bound = np.inf
    for r in range(n):
        if column[r] > 1e-9 * largest:
            bound = min(bound, (basis.vectors[AMOUNT, r] + NONE) / column[r])
    leave = -1
    for r in range(n):
        within = column[r] > 1e-9 * largest and basis.vectors[AMOUNT, r] / column[r] <= bound
        if within and (leave < 0 or column[r] > column[leave]):
            leave = r
    if leave < 0:
        return False
    least = basis.vectors[AMOUNT, leave] / column[leave]
    for r in range(n):
        basis.vectors[AMOUNT, r] = max(basis.vectors[AMOUNT, r] - least * column[r], 0.0)
    basis.vectors[AMOUNT, leave] = least
    basis.phase[leave] = phase
    basis.vectors[ENERGY, leave] = energy
    for i in range(proportions.size):
        basis.proportions[leave, i] = proportions[i]
    pivot = 1.0 / column[leave]
    for c in range(n):
        basis.composition[leave, c] = composition[c]
        basis.inverse[leave, c] *= pivot
    for r in range(n):
        if r != leave and column[r] != 0.0:
            for c in range(n):
                basis.inverse[r, c] -= column[r] * basis.inverse[leave, c]
    for c in range(n):
        basis.vectors[GAMMA, c] += reduced * basis.inverse[leave, c]
    return True


@kernel
def excess_component(basis: Basis):
    """Component with the largest artificial amount, and that amount (mol per mole of oxides)."""
    worst, amount = -1, 0.0
    for r in range(basis.phase.size):
        if basis.phase[r] < 0 and basis.vectors[AMOUNT, r] > amount:
            amount = basis.vectors[AMOUNT, r]
            for c in range(basis.phase.size):
                if basis.composition[r, c] == 1.0:
                    worst = c
    return worst, amount


@kernel
def seed_energies(seeds: Seeds, conditions: Conditions, first, last, out):
    """Fill the energies of seeds first <= j < last less p . g0, kJ/mol."""
    price_features(seeds.features, conditions.factors, first, last, out)


@kernel
def price(phases: Phases, seeds: Seeds, k, base, energies, out):
    """Driving forces of all seeds of phase k into `out` (J,), with base = g0 - C'Gamma."""
    first, last, n = seeds.start[k], seeds.start[k + 1], phases.n_endmembers[k]
    rows, i = seeds.transposed, 0
    for j in range(first, last):
        out[j] = energies[j]
    while i + 3 < n:  # four at a time, for to load and store `out` takes longer than the product
        a, b, c, d = base[k, i], base[k, i + 1], base[k, i + 2], base[k, i + 3]
        for j in range(first, last):
            out[j] += a * rows[i, j] + b * rows[i + 1, j] + c * rows[i + 2, j] + d * rows[i + 3, j]
        i += 4
    while i < n:
        value = base[k, i]
        for j in range(first, last):
            out[j] += value * rows[i, j]
        i += 1


@kernel
def lowest_of_cluster(seeds: Seeds, cluster, driving):
    """Seed of a cluster with the lowest driving force."""
    best = seeds.cluster_start[cluster]
    for j in range(best + 1, seeds.cluster_start[cluster + 1]):
        if driving[j] < driving[best]:
            best = j
    return best

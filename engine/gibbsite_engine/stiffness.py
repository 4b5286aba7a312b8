"""Shear moduli of the phases of answers: means of those of minerals."""

import math
from typing import NamedTuple

import numpy as np

from ._jit import kernel, table
from .layout import Booleans, Floats, Ints
from .shear import Formulas, mineral_modulus
from .told import Told


@table
class Stiffness(NamedTuple):
    """Of which minerals the shear moduli of phases are means, K phases, m minerals of each at most."""

    number: Ints
    """(K) minerals of a phase; -1 where it has no rigidity."""
    mineral: Ints
    """(K, m)"""
    weights: Floats
    """(K, E, m) shares of the minerals in each end-member."""
    without: Booleans
    """(K, E) end-members that have no modulus."""


@table
class StiffnessWork(NamedTuple):
    """What is known of M minerals where they were last asked for."""

    at: Floats
    """(M, 2) P and T [kbar, K]; NaN where nothing is."""
    modulus: Floats
    """(M) kbar."""
    strain: Floats
    """(M) where that had to be looked for."""


def new_stiffness_work(n: int) -> StiffnessWork:
    """Nothing known of n minerals."""
    return StiffnessWork(np.full((n, 2), np.nan), np.zeros(n), np.full(n, np.nan))


@kernel
def ask_mineral(formulas: Formulas, m, p, t, work: StiffnessWork):
    """The modulus of a mineral, which is evaluated if it is not there."""
    if work.at[m, 0] != p or work.at[m, 1] != t:
        work.modulus[m], work.strain[m] = mineral_modulus(formulas, m, p, t, work.strain[m])
        work.at[m, 0], work.at[m, 1] = p, t  # last: Python may break off above, see `brief`
    return work.modulus[m]


@kernel
def stiffen(told: Told, p, t, of: Stiffness, formulas: Formulas, work: StiffnessWork, out):
    """Fill the shear moduli of what is in each slot (n, N) [kbar]; NaN where there is none.

    Parameters
    ----------
    p, t : (n) arrays
        kbar, K.
    """
    for point in range(out.shape[0]):
        for j in range(out.shape[1]):
            k, out[point, j] = told.phase[point, j], math.nan
            if k < 0 or not told.amount[point, j] > 0.0:
                continue
            proportions, mean = told.proportions[point, j], 0.0
            for m in range(of.number[k]):
                share = 0.0
                for e in range(of.weights.shape[1]):
                    share += proportions[e] * of.weights[k, e, m]
                if share != 0.0:
                    mean += share * ask_mineral(
                        formulas, of.mineral[k, m], p[point], t[point], work
                    )
            for e in range(of.without.shape[1]):
                if of.without[k, e] and proportions[e] != 0.0:
                    mean = math.nan
            if mean > 0.0 or of.number[k] < 0:
                out[point, j] = mean

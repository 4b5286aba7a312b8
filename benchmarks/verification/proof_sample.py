"""The proof of a few answers of a large run: how many, and what becomes of each.

A run proves one point in so many, and at least one of each of its first `LEAST` batches.
"""

import numpy as np

import gibbsite as gb
from verification.agreement import ENERGY_KJ

EVERY = 20_000
LEAST = 10


def judge(data, pressure_kbar, temperature_C, bulk_mol, potentials, energy):
    """Return "proved", "refuted" or "undecided" of the answer with these potentials and energy.

    Refuted is also an answer whose energy does not lie on its own plane.
    """
    names = data.components
    proof = gb.prove(
        {c: float(mu) for c, mu in zip(names, potentials, strict=True) if np.isfinite(mu)},
        bulk=gb.bulk(mol=dict(zip(names, bulk_mol.tolist(), strict=True))),
        pressure_kbar=float(pressure_kbar),
        temperature_C=float(temperature_C),
        gibbs_energy=float(energy),
        database=data,
    )
    plane = float(np.nansum(potentials * bulk_mol))
    return "refuted" if proof.proved and energy - plane > ENERGY_KJ else proof.status


def chosen_of_batch(rng, number, candidates, every):
    """Return the points of a batch to be proved.

    Parameters
    ----------
    number : int
        Of this batch.
    candidates : (n,) array
        Points that have an answer.
    every : int
        One point in so many; 0 for none.
    """
    if not every:
        return candidates[:0]
    count = max(rng.binomial(len(candidates), 1.0 / every), int(number < LEAST))
    return rng.choice(candidates, min(count, len(candidates)), replace=False)


def told(outcomes):
    """Return counts of outcomes in words."""
    return ", ".join(f"{n} {outcome}" for outcome, n in sorted(outcomes.items())) or "none"

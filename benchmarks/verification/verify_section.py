"""Solve points of a stored section again, cold, and compare: `python verify_section.py FILE.h5`.

Chosen are all points that differ in assemblage from every neighbour (what would show as speckles)
and 2,000 at random. A point agrees if its energy is the same within 1e-8 kJ per mole of oxides and
its assemblage is the same, amounts below 1e-7 mol aside. Where two answers disagree both are put to
the proof, and so is every tenth of the points taken at random: none may be refuted.
"""

import sys
from collections import Counter

import numpy as np

import gibbsite as gb
from gibbsite._solving.solve import solve_grid
from verification.agreement import ENERGY_KJ, LEAST_AMOUNT_MOL
from verification.proof_sample import judge, told

RANDOM_POINTS = 2000
PROVED_EVERY = 10


def isolated(ids):
    """Points of a labelled grid that differ from all of their four neighbours."""
    lone = np.ones(ids.shape, bool)
    for axis in (0, 1):
        same = np.diff(ids, axis=axis) == 0
        before = [slice(None)] * 2
        after = [slice(None)] * 2
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        lone[tuple(before)] &= ~same
        lone[tuple(after)] &= ~same
    return lone


def assemblage(phase_id, amount):
    return sorted(phase_id[(phase_id >= 0) & (amount > LEAST_AMOUNT_MOL)])


def verify(path):
    """Print how many points were solved again and how many agree; return whether all do."""
    ds = gb.open(path)
    data = gb.database(ds.attrs["database"])
    stored = ds[
        ["status", "bulk_mol", "gibbs_energy", "phase_id", "amount_mol", "chemical_potential"]
    ].load()
    p = np.broadcast_to(ds.pressure_kbar, stored.status.shape)
    if ds.pressure_kbar.dims == stored.status.dims[:1]:
        p = np.broadcast_to(ds.pressure_kbar.values[:, None], stored.status.shape)
    t_dims = ds.temperature_C.dims
    t = ds.temperature_C.values
    t = np.broadcast_to(t[:, None] if t_dims == stored.status.dims[:1] else t, stored.status.shape)
    lone = np.argwhere(isolated(ds.gb.assemblage_id()[0].values))
    rng = np.random.default_rng(0)
    chosen = np.column_stack([rng.integers(0, n, RANDOM_POINTS) for n in stored.status.shape])
    wrong, worst, sample, disputed, refuted = 0, 0.0, Counter(), [], []
    for n, (i, j) in enumerate(np.vstack([lone, chosen])):
        mine = stored.chemical_potential.values[i, j], stored.gibbs_energy.values[i, j]
        if n >= len(lone) and n % PROVED_EVERY == 0 and stored.status.values[i, j] == 0:
            outcome = judge(data, p[i, j], t[i, j], stored.bulk_mol.values[i, j], *mine)
            sample[outcome] += 1
            refuted += [(int(i), int(j))] if outcome == "refuted" else []
        cold = solve_grid(
            data, p[i, j : j + 1].copy(), t[i, j : j + 1] + 273.15,
            stored.bulk_mol.values[i, j][None], (1, 1),
        )  # fmt: skip
        off = abs(cold["gibbs_energy"][0] - stored.gibbs_energy.values[i, j])
        here = assemblage(stored.phase_id.values[i, j], stored.amount_mol.values[i, j])
        there = assemblage(cold["phase_id"][0], cold["amount_mol"][0])
        if not off <= ENERGY_KJ or here != there:
            wrong += 1
            theirs = cold["chemical_potential"][0], cold["gibbs_energy"][0]
            disputed += [
                judge(data, p[i, j], t[i, j], stored.bulk_mol.values[i, j], *answer)
                for answer in (mine, theirs)
            ]
        worst = max(worst, off)
    failed = int((stored.status != 0).sum())
    print(f"{path}: {stored.status.size} points, {failed} not certified")
    print(f"solved again cold: {len(lone)} isolated, {RANDOM_POINTS} random")
    print(f"differ in energy or assemblage: {wrong}; largest difference {worst:.1e} kJ")
    print(f"every {PROVED_EVERY}th of the random points put to the proof: {told(sample)}")
    for place in refuted:
        print(f"refuted: the point in row and column {place}")
    for one, other in zip(disputed[::2], disputed[1::2], strict=True):
        print(f"in dispute: stored {one}, solved again {other}")
    return wrong == 0 and failed == 0 and not refuted


if __name__ == "__main__":
    agreed = [verify(path) for path in sys.argv[1:]]
    sys.exit(0 if all(agreed) else 1)

"""Nodes of a solver walk at random in pressure, temperature and bulk, against the same points as a list.

    PYTHONPATH=benchmarks python -m verification.walk_randomly W14 G25 --nodes 60 --steps 20

The nodes are rocks of all families (`families.wet_cloud`). A step is small, or now and then so large that
nothing of the last answer helps; the bulk moves as a rock does that loses and takes up a little of each of
its oxides. Wrong is an answer that is not certified where the list's is, or whose energy is higher than
that of the list by more than 1e-8 kJ. Exits 1 if any is.
"""

import argparse
import sys

import numpy as np

import gibbsite as gb
from gibbsite._solving.solve import solve_points
from gibbsite_engine.status import CERTIFIED
from verification import families
from verification.search_failures import ZERO_CELSIUS_K

SAME_ENERGY = 1e-8
PRESSURE_KBAR, TEMPERATURE_C = (0.5, 25.0), (350.0, 1250.0)
# kbar, K and parts of each oxide: of a small step and of a large one.
SMALL, LARGE = (0.05, 3.0, 0.003), (3.0, 100.0, 0.1)
LARGE_SHARE = 0.1


def step(p, t, bulk, rng):
    """Move nodes at random, within the ranges."""
    dp, dt, db = LARGE if rng.random() < LARGE_SHARE else SMALL
    p = np.clip(p + dp * rng.normal(size=len(p)), *PRESSURE_KBAR)
    t = np.clip(t + dt * rng.normal(size=len(t)), *TEMPERATURE_C)
    bulk = bulk * np.exp(db * rng.normal(size=bulk.shape))
    return p, t, bulk / bulk.sum(axis=1, keepdims=True)


def energies(out, bulk):
    """Energies of nodes by their potentials, kJ per mole of oxides; NaN where some have none."""
    potentials = np.where(bulk > 0.0, out.chemical_potential_kJ_mol, 0.0)
    return (potentials * bulk).sum(axis=1)


def walk(data, nodes, steps, seed):
    """Walk, and return how many answers were compared, how many are wrong, and how many were searched."""
    rng = np.random.default_rng(seed)
    (p, t, bulk), _ = families.wet_cloud(data.name, nodes, seed)
    solver = gb.Solver(data)
    compared = wrong = 0
    for number in range(steps):
        p, t, bulk = step(p, t, bulk, rng)
        made = data.excess(bulk) < 0
        out = solver.solve(p, t, bulk)
        fresh = solve_points(data, p, t + ZERO_CELSIUS_K, bulk, 1)
        both = (fresh["status"] == CERTIFIED) & made
        gap = energies(out, bulk) - fresh["gibbs_energy"]
        bad = both & ((out.status != CERTIFIED) | (gap > SAME_ENERGY))
        for i in np.flatnonzero(bad):
            print(f"  step {number}: {p[i]!r} kbar, {t[i]!r} degC, {bulk[i].tolist()}: "
                  f"status {out.status[i]}, {gap[i]:.2e} kJ higher", flush=True)  # fmt: skip
        compared, wrong = compared + int(both.sum()), wrong + int(bad.sum())
    return compared, wrong, solver.searched


def main():
    """Walk with each database."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("databases", nargs="+", choices=sorted(families.WET_RANGES))
    parser.add_argument("--nodes", type=int, default=60)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    worst = 0
    for name in asked.databases:
        compared, wrong, searched = walk(gb.database(name), asked.nodes, asked.steps, asked.seed)
        print(f"{name}: {compared} answers, {wrong} wrong, {searched} searched", flush=True)
        worst += wrong
    sys.exit(worst > 0)


if __name__ == "__main__":
    main()

"""Random wet and ferric rocks: how many fail, and how many differ when they are solved alone.

    python -m verification.verify_wet W14 100000 --alone 2000

Rocks are mixtures of any two of the reference's (pelites, greywackes, basalts, granites, peridotites),
with another water content, and with oxygen or without, at 1-20 kbar and 300-1200 degC.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

import gibbsite as gb
from gibbsite._solving.solve import solve_points

REFERENCE = Path(__file__).parents[2] / "tests" / "data" / "reference"
SAME = 1e-8
"""kJ per mole of oxides."""


def random_points(data, number, rng):
    """kbar, K and moles of oxides, one a row, that sum to one."""
    known = json.loads((REFERENCE / f"equilibria_{data.name}_wet.json").read_text())["points"]
    rocks = np.array([[p["bulk_mol"].get(c, 0.0) for c in data.components] for p in known])
    one, other = rng.integers(len(rocks), size=(2, number))
    x = rng.random((number, 1))
    bulk = x * rocks[one] + (1.0 - x) * rocks[other]
    iron, oxygen, water = (data.components.index(c) for c in ("FeO", "O", "H2O"))
    ferric = bulk[:, iron] * rng.uniform(1e-3, 0.3, number)
    bulk[:, oxygen] = np.where(rng.random(number) < 0.3, 0.0, ferric)
    bulk[:, water] *= rng.choice([0.0, 0.2, 1.0, 3.0], number)
    bulk /= bulk.sum(axis=1, keepdims=True)
    return rng.uniform(1.0, 20.0, number), rng.uniform(573.15, 1473.15, number), bulk


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", choices=("W14", "G16", "G25"))
    parser.add_argument("number", type=int)
    parser.add_argument("--alone", type=int, default=200, help="points solved once more alone")
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    data, rng = gb.database(asked.database), np.random.default_rng(asked.seed)
    p, t, bulk = random_points(data, asked.number, rng)
    began = time.process_time()
    out = solve_points(data, p, t, bulk, workers=1)
    took = 1e3 * (time.process_time() - began) / asked.number
    failed = np.flatnonzero(out["status"] != 0)
    print(f"{data.name}: {asked.number} points, {len(failed)} failed, {took:.2f} ms a point (CPU)")
    for i in failed[:10]:
        print(f"  {p[i]:.3f} kbar, {t[i]:.2f} K, status {out['status'][i]}, {bulk[i].tolist()}")
    different = 0
    for i in rng.integers(asked.number, size=asked.alone):
        one = solve_points(data, p[[i]], t[[i]], bulk[[i]], workers=1)
        gap = one["gibbs_energy"][0] - out["gibbs_energy"][i]
        if not abs(gap) < SAME:
            different += 1
            print(f"  alone {gap:+.2e} kJ at {p[i]:.3f} kbar, {t[i]:.2f} K, {bulk[i].tolist()}")
    print(f"{asked.alone} of them alone: {different} differ")


if __name__ == "__main__":
    main()

"""Lists that mix rocks, against the same points solved alone: every difference is a wrong certificate.

    python benchmarks/verification/verify_lists.py W24 G25 --lists 10

Each list holds 50 to 2,000 points: rocks of ten kinds, alkaline ones among them, each oxide with a
factor of its own, at 0.001-30 kbar and 800-1700 degC. A point differs if its status or, by more
than 1e-8 kJ per mole of oxides, its energy is another one in the list. Exits 1 if any does.
"""

import argparse
import sys

import numpy as np

import gibbsite as gb
from gibbsite._inputs.limits import to_celsius, to_kelvin
from gibbsite._solving.solve import solve_points

OXIDES = ("SiO2", "Al2O3", "CaO", "MgO", "FeO", "K2O", "Na2O", "TiO2", "Cr2O3")
# wt%, rounded: of the kind, no analyses.
KINDS = {
    "high-Ti glass": (28.4, 6.5, 7.0, 4.65, 30.4, 0.1, 0.3, 20.8, 0.4),
    "low-Ti mare basalt": (47, 9.5, 10, 9.5, 20, 0.06, 0.25, 2.8, 0.5),
    "high-Ti mare basalt": (39.5, 9, 10.5, 8, 19, 0.07, 0.4, 12, 0.4),
    "peridotite": (44.9, 3.6, 3.4, 39.2, 8.1, 0.02, 0.3, 0.16, 0.31),
    "MORB": (50.5, 15.3, 11.6, 8, 9.8, 0.12, 2.6, 1.4, 0.05),
    "KREEP basalt": (50.8, 14.8, 9.8, 8.2, 10.6, 0.6, 0.85, 2.2, 0.3),
    "anorthosite": (45.5, 30, 17, 3, 3.8, 0.03, 0.4, 0.2, 0.05),
    "nepheline syenite": (58, 21, 2, 0.6, 3.6, 6, 7, 0.6, 0.02),
    "granite": (72, 14, 1.5, 0.4, 2.2, 4.8, 3.9, 0.3, 0.01),
    "basanite": (43, 10, 12, 11, 11, 3, 3, 2.5, 0.08),
}
SPREAD = 0.12
ENERGY_KJ = 1e-8


def mixed_list(database, n, seed):
    """Pressures (kbar), temperatures (K) and bulks (mol) of n random rocks of all kinds."""
    rng = np.random.default_rng(seed)
    kinds = np.array(list(KINDS.values()))
    wt = kinds[rng.integers(0, len(kinds), n)] * np.exp(SPREAD * rng.normal(size=(n, len(OXIDES))))
    rocks = [gb.bulk(wt=dict(zip(OXIDES, row.tolist(), strict=True))) for row in wt]
    p, t = rng.uniform(0.001, 30, n), rng.uniform(800, 1700, n)
    return p, to_kelvin(t), np.array([rock.array(database.components) for rock in rocks])


def differences(database, points, chosen=None):
    """Indices of the points that have another answer alone, and how much higher it is in the list."""
    together = solve_points(database, *points, 1)
    found = {}
    for i in range(len(points[0])) if chosen is None else chosen:
        alone = solve_points(database, *(column[i : i + 1] for column in points), 1)
        gap = float(together["gibbs_energy"][i] - alone["gibbs_energy"][0])
        if together["status"][i] != alone["status"][0] or abs(gap) > ENERGY_KJ:
            found[i] = gap
    return found


def main():
    """Compare lists of each database."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("databases", nargs="*", default=["T21", "T21-Su26", "W24", "G25"])
    parser.add_argument("--lists", type=int, default=8, help="of each database")
    parser.add_argument("--most", type=int, default=2000, help="points of a list, at the most")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    wrong = 0
    for name in asked.databases:
        database = gb.database(name)
        for number in range(asked.lists):
            seed = asked.seed + number
            n = int(np.random.default_rng([seed, 7]).integers(50, asked.most + 1))
            points = mixed_list(database, n, seed)
            found = differences(database, points)
            for i, gap in found.items():
                where = f"{points[0][i]:.3f} kbar, {to_celsius(points[1][i]):.2f} degC"
                print(f"  point {i}: {where}, {1e3 * gap:.3g} J higher in the list")
            print(f"{name}, seed {seed}: {len(found)} of {n} differ", flush=True)
            wrong += len(found)
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())

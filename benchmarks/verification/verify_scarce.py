"""Rocks with scarce components, alone, in a list and by a solver of nodes: all must have one answer.

    PYTHONPATH=benchmarks python -m verification.verify_scarce EF21 G16 --points 400

A rock is one component with traces of four others, or a corner of a phase with traces of corners of
others: 1e-13 to 1e-6 of it, in any ratio or in small whole numbers, so that some make just what one
phase is made of. Bad is one that is not certified or whose energies differ by more than 1e-8 kJ.
Prints how many took the slow path, too. Exits 1 if any is bad.
"""

import argparse
import os
import sys
import time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # NumPy, loaded below, is to keep to one core

import numpy as np

import gibbsite as gb
from gibbsite._inputs.composition import as_moles
from gibbsite._solving.solve import solve_points
from gibbsite.errors import InputError
from gibbsite_engine.polytope import vertices
from gibbsite_engine.status import CERTIFIED, FALLBACK, STATUS_NAMES
from verification.search_failures import ZERO_CELSIUS_K

PRESSURE_KBAR = (0.001, 30.0)
TEMPERATURE_C = {True: (400.0, 1200.0), False: (800.0, 1700.0)}  # of sets with water, and without
EXPONENTS = (-13.0, -6.0)
ENERGY_KJ = 1e-8


def corners(data):
    """Return what the corners of all phases are made of, in oxides, each of sum 1, (m, C)."""
    made = [
        vertices(phase.model.occupancy) @ phase.model.composition @ np.linalg.inv(data.basis)
        for phase in data.phases
        if data.takes_part(phase.name)
    ]
    moles = np.vstack(made)
    moles[np.abs(moles) < 1e-12] = 0.0
    moles = moles[(moles >= 0.0).all(axis=1) & (moles.sum(axis=1) > 0.0)]
    return moles / moles.sum(axis=1, keepdims=True)


def scarce_rock(made, rng):
    """Return moles of a rock, (C,)."""
    c, kind = made.shape[1], rng.integers(3)
    if kind == 2:
        first, *others = made[rng.integers(len(made), size=rng.integers(2, 5))]
        return first + sum(10 ** rng.uniform(*EXPONENTS) * other for other in others)
    rock, places = np.zeros(c), rng.permutation(c)[:5]
    if kind == 1:
        rock[places] = rng.integers(1, 5, 5) * 10.0 ** rng.integers(*EXPONENTS)
    else:
        rock[places] = 10 ** rng.uniform(*EXPONENTS, 5)
    rock[places[0]] = 1.0
    return rock


def scarce_points(data, n, seed):
    """Return pressures (kbar), temperatures (degC) and moles (n, C) of rocks that can be made."""
    rng, made, rocks = np.random.default_rng(seed), corners(data), []
    while len(rocks) < n:
        try:
            rock = as_moles(scarce_rock(made, rng)[None, :], data.components)
        except InputError:  # more oxygen than the iron takes up
            continue
        if data.excess(rock)[0] < 0:
            rocks.append(rock[0])
    ranges = PRESSURE_KBAR, TEMPERATURE_C["H2O" in data.components]
    p, t = (rng.uniform(*ends, n) for ends in ranges)
    return p, t, np.array(rocks)


def check(data, points):
    """Print what is bad of points and return how many are."""
    p, t, bulk = points
    kelvin, started = t + ZERO_CELSIUS_K, time.process_time()
    alone = [
        solve_points(data, p[i : i + 1], kelvin[i : i + 1], bulk[i : i + 1], 1)
        for i in range(len(p))
    ]
    spent = time.process_time() - started
    energy = np.array([one["gibbs_energy"][0] for one in alone])
    listed = solve_points(data, p, kelvin, bulk, 1)
    nodes = gb.Solver(data).solve(p, t, bulk)
    by_nodes = (np.nan_to_num(nodes.chemical_potential_kJ_mol) * bulk).sum(axis=1)
    status = np.array([[one["status"][0] for one in alone], listed["status"], nodes.status])
    # of what is fixed only as a sum the solver's potentials are NaN, and no energy is told by them
    told = ~(np.isnan(nodes.chemical_potential_kJ_mol) & (bulk > 0.0)).any(axis=1)
    gaps = np.abs([listed["gibbs_energy"] - energy, np.where(told, by_nodes - energy, 0.0)])
    bad = (status != CERTIFIED).any(axis=0) | (gaps > ENERGY_KJ).any(axis=0)
    for i in np.flatnonzero(bad):
        rock = {c: float(x) for c, x in zip(data.components, bulk[i], strict=True) if x > 0.0}
        print(f"  {p[i]!r} kbar, {t[i]!r} degC, {rock}:", [STATUS_NAMES[s] for s in status[:, i]],
              gaps[:, i])  # fmt: skip
    slow = sum(int(one["answered_by"][0]) == FALLBACK for one in alone)
    print(
        f"{data.name}: {len(p)} points, {bad.sum()} bad, {slow} by the slow path, "
        f"{1e3 * spent / len(p):.1f} ms a point alone",
        flush=True,
    )
    return int(bad.sum())


def main():
    """Check rocks of each database."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("databases", nargs="+")
    parser.add_argument("--points", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    bad = 0
    for name in asked.databases:
        data = gb.database(name)
        bad += check(data, scarce_points(data, asked.points, asked.seed))
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()

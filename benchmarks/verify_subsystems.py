"""Search for failures where components are absent: mixtures in the subsystems that petrology uses.

    python benchmarks/verify_subsystems.py T21-Su26 --mixtures 150

In each subsystem of the nine oxides, from binaries to seven components, random mixtures are solved
one by one, at random pressures and temperatures: of all vertices of the phases, of one to three of
them (so that bulks lie on edges of what can be made, or are what one phase is made of), and of the
oxides in small whole numbers. With `--single` the bulks are random compositions of each solution, in
all components that it has. Bad is a point that is not certified or takes a second, and a bulk called infeasible that
HiGHS can make of the vertices, or the other way round; of the certified points
every `--proved`-th is put to the proof. Prints the worst and what it takes, in CPU milliseconds.
"""

import argparse
import os
import sys
import time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # NumPy, loaded below, is to keep to one core

import numpy as np
from search_failures import can_be_made

import gibbsite as gb
from gibbsite._solving.solve import solve_points
from gibbsite_engine.polytope import vertices
from gibbsite_engine.status import ANSWERED_BY_NAMES, CERTIFIED, INFEASIBLE, STATUS_NAMES

LETTERS = {
    "S": "SiO2", "T": "TiO2", "A": "Al2O3", "F": "FeO", "M": "MgO", "C": "CaO", "N": "Na2O",
    "K": "K2O",
}  # fmt: skip
SUBSYSTEMS = (
    "MS", "FS", "AS", "CS", "TS", "MA", "MT", "FT", "FMS", "FMT", "MAS", "FAS", "CAS", "CMS", "CFS",
    "NAS", "KAS", "MST", "FST", "NKAS", "CMAS", "FMAS", "CFMS", "NCAS", "NMAS", "KMAS", "CFMAS",
    "CMAST", "NKCAS", "KFMAS", "NCMAS", "NCFMAS", "NKCMAS", "NKCFMAS",
)  # fmt: skip
PRESSURES_KBAR = (0.001, 1.0, 10.0, 20.0, 40.0)
TEMPERATURES_C = (600.0, 800.0, 1000.0, 1200.0, 1500.0)
ZERO_CELSIUS_K = 273.15
LONG_S = 1.0  # CPU


def corners(database, name, components):
    """Distinct vertices of all phases (or of one) that hold none but these components, (m, C)."""
    models = [p.model for p in database.phases if name in ("", p.name)]
    moles = np.vstack([vertices(m.occupancy) @ m.composition for m in models])
    outside = np.array([c not in components for c in database.components])
    moles = moles[(np.abs(moles[:, outside]) < 1e-12).all(axis=1)]
    moles[np.abs(moles) < 1e-12] = 0.0
    return np.unique(np.round(moles / moles.sum(axis=1, keepdims=True), 14), axis=0)


def mixtures(points, inside, n, rng):
    """n bulks: of all points (m, C), of few of them, and of the components `inside` (C,)."""
    bulks = []
    for kind in range(n):
        if kind % 3 == 0:
            bulk = rng.dirichlet(np.ones(len(points))) @ points
        elif kind % 3 == 1:
            few = rng.choice(len(points), min(len(points), rng.integers(1, 4)), replace=False)
            bulk = rng.integers(1, 10, len(few)) @ points[few]
        else:
            bulk = np.where(inside, rng.integers(1, 8, len(inside)), 0.0)
        bulks.append(bulk / bulk.sum())
    return np.array(bulks)


def of_one_phase(points, n, rng):
    """n compositions of one phase: mixtures of some of its vertices, half of them in per cent."""
    bulks = []
    for kind in range(n):
        some = rng.choice(len(points), min(len(points), rng.integers(1, 7)), replace=False)
        parts = rng.dirichlet(np.full(len(some), rng.choice([0.3, 1.0])))
        parts = np.round(parts, 2) if kind % 2 and np.round(parts, 2).any() else parts
        bulk = parts @ points[some]
        bulks.append(bulk / bulk.sum())
    return np.array(bulks)


def cases(database, single, n, rng):
    """Yield names and bulks of each subsystem, or of each solution."""
    if single:
        for phase in database.phases:
            if len(phase.endmembers) > 1:
                points = corners(database, phase.name, database.components)
                yield phase.name, of_one_phase(points, n, rng)
        return
    for letters in SUBSYSTEMS:
        components = {LETTERS[letter] for letter in letters}
        points = corners(database, "", components)
        if len(points):
            inside = np.array([c in components for c in database.components])
            yield letters, mixtures(points, inside, n, rng)


def refuted(database, pressure_kbar, temperature_C, bulk_mol):
    """Whether a phase lies below the plane of the answer; what stays undecided does not."""
    rock = gb.bulk(mol=dict(zip(database.components, bulk_mol.tolist(), strict=True)))
    answer = gb.equilibrium(
        rock, pressure_kbar=pressure_kbar, temperature_C=temperature_C, database=database
    )
    return gb.prove(answer).status == "refuted"


def verify(database, name, bulks, every, rng):
    """Solve bulks one by one; print what was found and return how many are bad."""
    n = len(bulks)
    pressure, celsius = rng.choice(PRESSURES_KBAR, n), rng.choice(TEMPERATURES_C, n)
    bad, seconds, slow, outside, proved = [], np.zeros(n), 0, 0, 0
    for i in range(n):
        at = (pressure[i : i + 1], celsius[i : i + 1] + ZERO_CELSIUS_K, bulks[i : i + 1])
        start = time.process_time()
        arrays = solve_points(database, *at, workers=1)
        seconds[i] = time.process_time() - start
        status = int(arrays["status"][0])
        slow += ANSWERED_BY_NAMES[arrays["answered_by"][0]] == "fallback"
        outside += status == INFEASIBLE
        if status not in (CERTIFIED, INFEASIBLE):
            bad.append((i, STATUS_NAMES[status]))
        elif seconds[i] > LONG_S:
            bad.append((i, f"took {seconds[i]:.1f} s"))
        elif (status == CERTIFIED) != can_be_made(database.name, bulks[i]):
            bad.append((i, f"{STATUS_NAMES[status]}, against HiGHS"))
        elif status == CERTIFIED and every and i % every == 0:
            proved += 1
            if refuted(database, float(pressure[i]), float(celsius[i]), bulks[i]):
                bad.append((i, "refuted by the proof"))
    milliseconds = 1000 * np.sort(seconds)
    print(
        f"{name:8} {n - outside} can be made, {outside} cannot; bad {len(bad)}, slow path {slow}, "
        f"put to the proof {proved}; CPU ms median {np.median(milliseconds):.1f}, "
        f"mean {milliseconds.mean():.1f}, longest {milliseconds[-1]:.0f}",
        flush=True,
    )
    for i, why in bad:
        moles = {c: float(b) for c, b in zip(database.components, bulks[i], strict=True) if b > 0}
        print(f"    {why}: {pressure[i]:g} kbar, {celsius[i]:g} °C, {moles}")
    return len(bad)


def main(arguments=None):
    """Verify subsystems, or single phases; exit status 1 where a point is bad."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("database")
    parser.add_argument("--mixtures", type=int, default=150, help="a subsystem, or a solution")
    parser.add_argument("--single", action="store_true", help="compositions of one phase each")
    parser.add_argument("--proved", type=int, default=0, help="prove every n-th point")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    database, bad = gb.database(chosen.database), 0
    first = gb.bulk("klb-1", ignore="outside").array(database.components)[None]
    solve_points(database, np.ones(1), np.full(1, 1600.0), first, 1)  # nothing waits for a compiler
    rng = np.random.default_rng(chosen.seed)
    for name, bulks in cases(database, chosen.single, chosen.mixtures, rng):
        bad += verify(database, name, bulks, chosen.proved, rng)
    print(f"{database.name}: {bad} bad")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())

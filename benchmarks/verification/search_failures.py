"""Search for failures at scale: random points of all rock families, solved and judged.

    PYTHONPATH=benchmarks python -m verification.search_failures T21-Su26 --points 20000
    PYTHONPATH=benchmarks python -m verification.search_failures W14 --rocks wet --points 100000

Each batch is a cloud of one family, P 0.001-30 kbar and T 800-1700 degC; or, of wet rocks, one of
all families mixed, with water and ferric iron and without (`families.wet_cloud`). It is solved as
`gibbsite.equilibria` does; a share of it is solved again point by point, with no neighbour, timed
and compared. A random sample of the certified points, one in 20,000 and at least one of each of the
first ten batches, is proved in full. Bad is a point that is not certified, that only the slow path
could answer, whose certificate is outside the tolerances, whose two answers differ, or that is
refuted. A rock called infeasible is judged by HiGHS over the vertices of all phases: some random peridotites hold more MgO than olivine takes up, and only G25 has a periclase.
Every finished batch is a line of the journal `build/failures/DATABASE-ROCKS.jsonl`, with its bad points
in full; the same command goes on where the journal ends.
"""

import json
import os
import sys
import time
from collections import Counter
from functools import cache, partial
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # NumPy, loaded below, is to keep to one core

import numpy as np
from scipy.optimize import linprog

import gibbsite as gb
from gibbsite._solving.solve import solve_points
from gibbsite_engine.layout import Options
from gibbsite_engine.polytope import vertices
from gibbsite_engine.status import (
    ANSWERED_BY_NAMES,
    CERTIFIED,
    FALLBACK,
    INFEASIBLE,
    STATUS_NAMES,
)
from verification import agreement, families
from verification.journal import campaign_parser, read_journal, run_batches
from verification.proof_sample import EVERY, chosen_of_batch, judge, told

ROOT = Path(__file__).resolve().parents[2]
BATCH = 2000
ZERO_CELSIUS_K = 273.15
PERCENTILES = (50, 90, 99, 99.9, 100)
REFUTED = "refuted by the proof"
DRIVING_FORCE_TOLERANCE = 1e-7  # kJ per mole of atoms


def batch_points(name, seed, number, size, rocks="dry"):
    """Family of each point, pressures (kbar), temperatures (K) and bulks of a batch.

    Of dry rocks families take turns, of wet ones each batch holds all.
    """
    if rocks == "wet":
        points, family = families.wet_cloud(name, size, seed * 2**32 + number)
    else:
        own = families.FAMILIES[number % len(families.FAMILIES)]
        points = families.cloud(own, size, seed * 2**32 + number, name=name)
        family = np.full(size, own)
    return family, points.pressure_kbar, points.temperature_C + ZERO_CELSIUS_K, points.bulk_mol


def outside_tolerances(arrays):
    """Points that are called certified, by a certificate that does not bear it out."""
    options = Options()
    inside = (
        (arrays["optimality_residual"] <= options.potential_tolerance)
        & (arrays["mass_residual"] <= options.mass_tolerance)
        & (arrays["lowest_driving_force"] >= -DRIVING_FORCE_TOLERANCE)
    )
    return (arrays["status"] == CERTIFIED) & ~inside


@cache
def corners(name):
    """Moles of the components in every vertex of every phase, (m, C)."""
    models = [phase.model for phase in gb.database(name).phases]
    return np.vstack([vertices(model.occupancy) @ model.composition for model in models])


def can_be_made(name, bulk):
    """Whether the phases of a database can make a bulk, by a method of another kind.

    Not by SciPy's `nnls`: of 1.17.1, given equal columns, it may report a residual of 0 that is 1.
    """
    made = corners(name)
    found = linprog(np.zeros(len(made)), A_eq=made.T, b_eq=bulk, method="highs")
    return found.status == 0


def alone(database, pressure, temperature, bulk):
    """Each point with no neighbour: the variables, (n, ...), and CPU seconds of each."""
    answers, seconds = [], []
    for i in range(len(pressure)):
        one = slice(i, i + 1)
        start = time.process_time()
        answers.append(solve_points(database, pressure[one], temperature[one], bulk[one], 1))
        seconds.append(time.process_time() - start)
    arrays = {name: np.concatenate([a[name] for a in answers]) for name in answers[0]}
    return arrays, seconds


def compile_kernels(name, rocks):
    """Let no batch wait for the compiler: solve one point."""
    _, *points = batch_points(name, 0, 0, 1, rocks)
    solve_points(gb.database(name), *points, 1)


def describe(database, family, points, i, **why):
    """One point as a case that can be solved again: conditions to the last digit, and why."""
    pressure, temperature, bulk = (array[i] for array in points)
    return {
        "family": str(family[i]),
        "database": database.name,
        "pressure_kbar": float(pressure),
        "temperature_C": float(temperature - ZERO_CELSIUS_K),
        "bulk_mol": dict(zip(database.components, bulk.tolist(), strict=True)),
        **why,
    }


def prove_some(database, family, points, arrays, chosen):
    """Put some points of a batch to the proof; return a case for each, and why."""
    cases = []
    for i in chosen:
        answer = arrays["chemical_potential"][i], arrays["gibbs_energy"][i]
        case = describe(database, family, points, i)
        outcome = judge(
            database, case["pressure_kbar"], case["temperature_C"], points[2][i], *answer
        )
        cases.append({**case, "why": REFUTED if outcome == "refuted" else outcome})
    return cases


def search_batch(name, rocks, seed, size, again, every, number):
    """Solve one batch; return the line of the journal.

    Parameters
    ----------
    again : float
        Share of the points solved again, alone.
    every : int
        One point in so many is proved; 0 for none.
    number : int
        Of this batch.
    """
    database = gb.database(name)
    family, *points = batch_points(name, seed, number, size, rocks)
    start = time.process_time()
    chained = solve_points(database, *points, 1)
    seconds = time.process_time() - start
    status, path = chained["status"], chained["answered_by"]
    bad = [
        describe(database, family, points, i, why=STATUS_NAMES[status[i]])
        for i in np.flatnonzero(status != CERTIFIED)
        if status[i] != INFEASIBLE or can_be_made(name, points[2][i])
    ]
    slow = np.flatnonzero((status == CERTIFIED) & (path == FALLBACK))
    bad += [describe(database, family, points, i, why="answered by the fallback") for i in slow]
    outside = np.flatnonzero(outside_tolerances(chained))
    bad += [describe(database, family, points, i, why="outside the tolerances") for i in outside]
    chosen = np.random.default_rng([seed, number]).choice(size, round(again * size), replace=False)
    cold, times = alone(database, *(array[chosen] for array in points))
    unlike = agreement.disagreements(
        database, {key: values[chosen] for key, values in chained.items()}, cold
    )
    for found in unlike:
        why = {"why": "differs when alone", **found._asdict(), "point": int(chosen[found.point])}
        bad.append(describe(database, family, points, chosen[found.point], **why))
    cold_fallback = np.flatnonzero(cold["answered_by"] == FALLBACK)
    bad += [
        describe(database, family, points, chosen[i], why="answered by the fallback when alone")
        for i in cold_fallback
    ]
    candidates = np.flatnonzero(status == CERTIFIED)
    rng = np.random.default_rng([seed, number, 1])
    sample = chosen_of_batch(rng, number, candidates, every)
    judged = prove_some(database, family, points, chained, sample)
    bad += [case for case in judged if case["why"] == REFUTED]
    return {
        "batch": number,
        "families": dict(Counter(family.tolist())),
        "points": size,
        "status": dict(Counter(STATUS_NAMES[s] for s in status)),
        "answered_by": dict(Counter(ANSWERED_BY_NAMES[a] for a in path[status == CERTIFIED])),
        "seconds": seconds,
        "alone": len(chosen),
        "alone_ms": [round(1e3 * s, 3) for s in times],
        "differ": len(unlike),
        "proof": dict(Counter(case["why"] for case in judged)),
        "undecided": [case for case in judged if case["why"] == "undecided"],
        "bad": bad,
    }


def report(path):
    """Print what a journal says; return the bad points."""
    settings, batches = read_journal(path)
    if not batches:
        return []
    total = sum(b["points"] for b in batches)
    status, paths, outcomes = Counter(), Counter(), Counter()
    for b in batches:
        outcomes.update(b["proof"])
        status.update(b["status"])
        paths.update(b["answered_by"])
    bad = [point for b in batches for point in b["bad"]]
    times = np.concatenate([b["alone_ms"] for b in batches])
    rocks = f"{settings.get('rocks', 'dry')} rocks"
    print(f"{settings['database']}, {rocks}, seed {settings['seed']}: {total} points")
    print("  status:", ", ".join(f"{n} {k}" for k, n in sorted(status.items())))
    print("  answered:", ", ".join(f"{n} {k}" for k, n in sorted(paths.items())))
    print(f"  CPU time, chained: {1e3 * sum(b['seconds'] for b in batches) / total:.3f} ms a point")
    if len(times):
        spread = np.percentile(times, PERCENTILES)
        text = ", ".join(f"{p:g} %: {v:.1f}" for p, v in zip(PERCENTILES, spread, strict=True))
        print(f"  CPU time, {len(times)} solved alone, ms: {text}")
        print(f"  differ when alone: {sum(b['differ'] for b in batches)} of {len(times)}")
    print(f"  put to the proof: {told(outcomes)}")
    for case in [point for b in batches for point in b["undecided"]]:
        print(f"  undecided: {json.dumps(case)}")
    for case in bad:
        if case["why"] == REFUTED:
            print(f"  refuted: {json.dumps(case)}")
    print(f"  bad points: {len(bad)}", dict(Counter(point["why"] for point in bad)))
    return bad


def arguments():
    """Read the command line."""
    parser = campaign_parser(__doc__, 20000, 0, "build/failures/DATABASE-ROCKS.jsonl")
    parser.add_argument("--rocks", choices=("dry", "wet"), default="dry")
    parser.add_argument("--again", type=float, default=0.1, help="share solved again, alone")
    parser.add_argument("--prove", type=int, default=EVERY, help="one point in so many; 0 for none")
    return parser.parse_args()


def journal_of(asked, name):
    """Path of the journal of a database."""
    return asked.journal or ROOT / "build" / "failures" / f"{name}-{asked.rocks}.jsonl"


def run_campaign(asked, name):
    """Go on with the campaign of a database where its journal ends, as the command line asks."""
    settings = {
        "database": name, "sha256": gb.database(name).sha256,
        "rocks": asked.rocks, "seed": asked.seed, "batch": BATCH, "again": asked.again, "prove": asked.prove,
    }  # fmt: skip
    chosen = name, asked.rocks, asked.seed, BATCH, asked.again, asked.prove
    run_batches(
        journal_of(asked, name), settings, partial(search_batch, *chosen), -(-asked.points // BATCH),
        workers=asked.workers, minutes=asked.minutes, prepare=(compile_kernels, name, asked.rocks),
    )  # fmt: skip


def main():
    """Search, batch by batch, and report; exit non-zero where a point is bad."""
    asked = arguments()
    run_campaign(asked, asked.database)
    sys.exit(1 if report(journal_of(asked, asked.database)) else 0)


if __name__ == "__main__":
    main()

"""Solve strange rocks in a list and alone, and search every answer again by an independent routine.

    PYTHONPATH=benchmarks python -m verification.verify_strange W14 --points 1000

A rock is of one to three compositions of random phases, corners and edges of their polytopes among
them, the second and third of them down to 1e-9 of the first; of its iron all, none or nearly so is
ferric, and water may be in excess. P is 0.001 to 52 kbar, T what the set is for and below. Bad is a
rock that is called infeasible and can be made, one that is not certified, one whose answer in the list
differs from that alone, and one with a driving force below -1e-6 kJ per mole of atoms. The journal is
`build/strange/DATABASE.jsonl`; the same command goes on where it ends.
"""

import os
import sys
from collections import Counter
from functools import cache, partial
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # NumPy, loaded below, is to keep to one core

import numpy as np
from scipy.optimize import linprog

import gibbsite as gb
from gibbsite._solving.solve import solve_points
from gibbsite_datasets import load_endmembers, load_models
from gibbsite_engine.polytope import vertices
from gibbsite_engine.status import BAD_CONDITIONS, CERTIFIED, INFEASIBLE, STATUS_NAMES
from verification import independent_phases, independent_search
from verification.agreement import ENERGY_KJ
from verification.journal import campaign_parser, read_journal, run_batches
from verification.plain_energies import standard_energies
from verification.search_failures import ZERO_CELSIUS_K, describe
from verification.verify_points import ALLOWED_KJ

ROOT = Path(__file__).resolve().parents[2]
BATCH = 40
STARTS = 60
PRESSURE_KBAR = (0.001, 1.0, 4.0, 8.0, 15.0, 25.0, 40.0)
TEMPERATURE_C = {True: (200.0, 1300.0), False: (500.0, 1900.0)}  # of sets with water, and without
SHARES = (1.0, 0.1, 1e-3, 1e-6, 1e-9)
FERRIC = (1.0, 1.0, 1.0 - 1e-9, 1.0 - 1e-6, 0.999, 1e-6, 1e-9, 0.0)
WATER = (1e-9, 1e-3, 0.1, 3.0)
LEAST = 1e-12


@cache
def corners(name):
    """Of every phase that takes part what it needs, and the moles of the components in its corners."""
    phases = [
        phase for phase in gb.database(name).phases if gb.database(name).takes_part(phase.name)
    ]
    return [(p.needs, vertices(p.model.occupancy) @ p.model.composition) for p in phases]


def strange_rock(name, rng):
    """Moles of the components, (C,), sum 1."""
    components, every = gb.database(name).components, corners(name)
    rock = np.zeros(len(components))
    for k in range(rng.integers(1, 4)):
        _, made = every[rng.integers(len(every))]
        chosen = rng.choice(len(made), min(len(made), rng.integers(1, 6)), replace=False)
        weights = rng.gamma(rng.choice([0.05, 0.3, 1.0]), size=len(chosen)) + 1e-300
        share = rng.choice(SHARES) if k else 1.0
        rock += share * (weights / weights.sum()) @ made[chosen]
    if "H2O" in components and rng.random() < 0.25:
        rock[components.index("H2O")] += rng.choice(WATER) * rock.sum()
    iron = rock[components.index("FeO")]
    if "O" in components and iron > 0.0 and rng.random() < 0.45:
        rock[components.index("O")] = 0.5 * rng.choice(FERRIC) * iron
    rock = np.maximum(rock, 0.0)
    rock[rock < LEAST * rock.sum()] = 0.0
    return rock / rock.sum()


def strange_points(name, seed, number):
    """Pressures (kbar), temperatures (K) and bulks of a batch."""
    rng = np.random.default_rng([seed, number])
    rocks = np.array([strange_rock(name, rng) for _ in range(BATCH)])
    pressure = rng.choice(PRESSURE_KBAR, BATCH) * rng.uniform(0.7, 1.3, BATCH)
    ends = TEMPERATURE_C["H2O" in gb.database(name).components]
    temperature = rng.uniform(*ends, BATCH) + ZERO_CELSIUS_K
    return np.maximum(pressure, PRESSURE_KBAR[0]), temperature, rocks


def can_be_made(name, rock):
    """Whether the phases that take part with what a rock has can make it, to 2e-12 mol."""
    has = {c for c, n in zip(gb.database(name).components, rock, strict=True) if n > LEAST}
    made = np.vstack([rows for needs, rows in corners(name) if has.issuperset(needs)])
    n = len(rock)
    found = linprog(
        np.concatenate([np.zeros(len(made)), np.ones(2 * n)]),
        A_eq=np.hstack([made.T, np.eye(n), -np.eye(n)]),
        b_eq=1e6 * rock,
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return found.status == 0 and 1e-6 * found.fun < 2e-12


def judge(name, points, i, in_list, standard, rng):
    """What is wrong with one point, by name, or an empty dict; and its status alone."""
    database, models = gb.database(name), load_models(name)
    pressure, temperature, rock = (column[i] for column in points)
    alone = solve_points(database, *(column[i : i + 1] for column in points), 1)
    status = int(alone["status"][0])
    if status == INFEASIBLE:
        return ({"why": "called infeasible"} if can_be_made(name, rock) else {}), status
    if status != CERTIFIED:
        return ({} if status == BAD_CONDITIONS else {"why": STATUS_NAMES[status]}), status
    gap = float(in_list["gibbs_energy"][i] - alone["gibbs_energy"][0])
    if not abs(gap) < ENERGY_KJ:
        return {"why": "differs in a list", "energy_kJ": gap}, status
    there, gamma = rock > 0.0, alone["chemical_potential"][0]
    if np.isnan(gamma[there]).any():  # nothing fixes the potentials: there is no plane to search at
        return {}, status
    every = independent_phases.phases(name, tuple(there.tolist()))
    every = tuple(phase for phase in every if database.takes_part(phase.name))
    at = (standard, models.gas_constant, pressure, temperature, gamma[there])
    found = independent_search.search(every, *at, rng, STARTS)
    if not found.lowest > -ALLOWED_KJ:
        return {"why": "below the plane", "phase": found.phase, "lowest": found.lowest}, status
    return {}, status


def verify_batch(name, seed, number):
    """Solve and judge the rocks of one batch; return the line of the journal."""
    database, models = gb.database(name), load_models(name)
    points, rng = strange_points(name, seed, number), np.random.default_rng([seed, number, 1])
    in_list = solve_points(database, *points, 1)
    standard = standard_energies(models, load_endmembers(models.endmember_set), *points[:2])
    bad, status = [], Counter()
    for i in range(BATCH):
        here = {key: values[i] for key, values in standard.items()}
        wrong, found = judge(name, points, i, in_list, here, rng)
        status[STATUS_NAMES[found]] += 1
        if wrong:
            bad.append(describe(database, ["strange"] * BATCH, points, i, **wrong))
    return {"batch": number, "points": BATCH, "status": dict(status), "bad": bad}


def report(path):
    """Print what a journal says; return the bad points."""
    settings, batches = read_journal(path)
    bad = [point for batch in batches for point in batch["bad"]]
    status = sum((Counter(batch["status"]) for batch in batches), Counter())
    total = sum(batch["points"] for batch in batches)
    print(f"{settings['database']}, seed {settings['seed']}: {total} strange rocks, {dict(status)}")
    print(f"  bad: {len(bad)}", dict(Counter(point["why"] for point in bad)))
    return bad


def main():
    """Verify, batch by batch, and report; exit non-zero where a point is bad."""
    asked = campaign_parser(__doc__, 1000, 1000, "build/strange/DATABASE.jsonl").parse_args()
    path = asked.journal or ROOT / "build" / "strange" / f"{asked.database}.jsonl"
    settings = {
        "database": asked.database, "sha256": gb.database(asked.database).sha256,
        "seed": asked.seed, "batch": BATCH, "starts": STARTS,
    }  # fmt: skip
    run_batches(
        path, settings, partial(verify_batch, asked.database, asked.seed),
        -(-asked.points // BATCH), workers=asked.workers, minutes=asked.minutes,
    )  # fmt: skip
    sys.exit(1 if report(path) else 0)


if __name__ == "__main__":
    main()

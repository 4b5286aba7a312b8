"""Search certified points again by an independent routine.

    PYTHONPATH=benchmarks python -m verification.verify_points T21-Su26 --points 1000

Random points of all rock families are solved as `gibbsite.equilibria` does. At the potentials of
every certified one all phases are searched again by `independent_search`, from 500 starts a phase
or more, all vertices among them; and the energies and the mass of the answer are added up again.
Bad is a point with a driving force below -1e-6 kJ per mole of atoms. The journal is
`build/verified/DATABASE.jsonl`; the same command goes on where it ends.
"""

import os
import sys
import time
from functools import partial
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # NumPy, loaded below, is to keep to one core

import numpy as np

import gibbsite as gb
from gibbsite._solving.solve import solve_points
from gibbsite_datasets import load_endmembers, load_models
from gibbsite_engine.status import CERTIFIED
from verification import independent_phases, independent_search
from verification.journal import campaign_parser, read_journal, run_batches
from verification.plain_energies import standard_energies
from verification.search_failures import batch_points, describe

ROOT = Path(__file__).resolve().parents[2]
BATCH = 100
ALLOWED_KJ = 1e-6  # per mole of atoms


def own_numbers(database, every, arrays, present, i, standard, gas, p, t):
    """Largest |D|, kJ/mol, of a present phase, and mass residual, mol, summed up again."""
    by_name = {phase.name: phase for phase in every}
    gamma, balance = (arrays[name][i, present] for name in ("chemical_potential", "bulk_mol"))
    largest = 0.0
    for slot in np.flatnonzero(arrays["phase_id"][i] >= 0):
        phase = by_name[database.phase_names[arrays["phase_id"][i, slot]]]
        n = len(standard[phase.name])
        proportions = arrays["proportions"][i, slot, :n]
        d, oxides = independent_search.driving_force(phase, standard, gas, p, t, gamma, proportions)
        balance -= arrays["amount_mol"][i, slot] * oxides
        largest = max(largest, abs(d))
    return largest, float(np.abs(balance).max())


def verify_batch(name, seed, size, number):
    """Verify the certified points of one batch; return the line of the journal."""
    database, models = gb.database(name), load_models(name)
    data = load_endmembers(models.endmember_set)
    family, *points = batch_points(seed, number, size)
    pressure, temperature, bulk = points
    there = bulk.any(axis=0)
    arrays = solve_points(database, *points, 1)
    standard = standard_energies(models, data, pressure, temperature)
    every = independent_phases.phases(name, tuple(there.tolist()))
    every = tuple(phase for phase in every if database.takes_part(phase.name))
    rng = np.random.default_rng([seed, number])
    start = time.process_time()
    certified = np.flatnonzero(arrays["status"] == CERTIFIED)
    lowest, present, mass, counts, bad = [], [], [], np.zeros(3, int), []
    for i in certified:
        here = {key: values[i] for key, values in standard.items()}
        at = (here, models.gas_constant, pressure[i], temperature[i])
        gamma = arrays["chemical_potential"][i, there]
        found = independent_search.search(every, *at, gamma, rng)
        own = own_numbers(database, every, arrays, there, i, *at)
        lowest.append(found.lowest)
        present.append(own[0])
        mass.append(own[1])
        counts += [found.starts, found.steps, found.unfinished]
        if not found.lowest > -ALLOWED_KJ:
            why = {"why": "below the plane", "phase": found.phase, "lowest": found.lowest}
            bad.append(describe(database, family, points, i, **why))
    return {
        "batch": number,
        "family": family,
        "points": len(certified),
        "seconds": time.process_time() - start,
        "lowest": min(lowest, default=np.inf),
        "present": max(present, default=0.0),
        "mass": max(mass, default=0.0),
        "phases": len(every),
        "starts": int(counts[0]),
        "steps": int(counts[1]),
        "unfinished": int(counts[2]),
        "bad": bad,
    }


def report(path):
    """Print what a journal says; return the bad points."""
    settings, batches = read_journal(path)
    if not batches:
        return []
    total = sum(b["points"] for b in batches)
    n = max(b["phases"] for b in batches)
    starts, left = (sum(b[key] for b in batches) for key in ("starts", "unfinished"))
    bad = [point for b in batches for point in b["bad"]]
    print(
        f"{settings['database']}, seed {settings['seed']}: {total} certified points searched again"
    )
    print(f"  {starts / total:.0f} starts a point in {n} phases, {left} of {starts} not converged")
    print(f"  lowest driving force {min(b['lowest'] for b in batches):.1e} kJ per mole of atoms")
    print(f"  largest |D| of a present phase {max(b['present'] for b in batches):.1e} kJ/mol")
    print(f"  largest mass residual {max(b['mass'] for b in batches):.1e} mol")
    print(f"  CPU time {1e3 * sum(b['seconds'] for b in batches) / total:.0f} ms a point")
    print(f"  below -{ALLOWED_KJ:g} kJ: {len(bad)}")
    return bad


def arguments():
    """Read the command line."""
    return campaign_parser(__doc__, 1000, 1000, "build/verified/DATABASE.jsonl").parse_args()


def main():
    """Verify, batch by batch, and report; exit non-zero where a point is bad."""
    asked = arguments()
    path = asked.journal or ROOT / "build" / "verified" / f"{asked.database}.jsonl"
    settings = {
        "database": asked.database, "sha256": gb.database(asked.database).sha256,
        "seed": asked.seed, "batch": BATCH, "starts": independent_phases.STARTS,
    }  # fmt: skip
    run_batches(
        path, settings, partial(verify_batch, asked.database, asked.seed, BATCH),
        -(-asked.points // BATCH), workers=asked.workers, minutes=asked.minutes,
    )  # fmt: skip
    sys.exit(1 if report(path) else 0)


if __name__ == "__main__":
    main()

"""Wet sections: what a point costs, and which part of the work takes it.

    python benchmarks/wet.py                       a pelite, an amphibolite and a hydrous basalt
    python benchmarks/wet.py pelite --points 5000
    python benchmarks/wet.py basalt --keep answers.npz

Every section has 316 x 316 points, of which whole tiles are solved, evenly spread. Times are of
this thread, in ms a point, without the sample that is solved once a section. What is searched all
over because nothing is proved of it counts as `confirm`.
"""

import argparse
import json
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import problems

import gibbsite as gb
from gibbsite._running.tile import solve_tile
from gibbsite._solving import results, sampled, solve

REFERENCE = Path(__file__).parents[1] / "tests" / "data" / "reference"
SIDE = 316
# Database, family of rocks in the reference, kbar, degC.
SECTIONS = {
    "pelite": ("W14", "FPWorldMedian", (2.0, 12.0), (480.0, 820.0)),
    "amphibolite": ("G16", "SM89_MORB", (2.0, 18.0), (600.0, 1000.0)),
    "basalt": ("G25", "NMORB", (1.0, 15.0), (650.0, 1250.0)),
}


def section(name):
    """Return one of the sections."""
    database, family, pressure, temperature = SECTIONS[name]
    known = json.loads((REFERENCE / f"equilibria_{database}_wet.json").read_text())["points"]
    rock = next(p["bulk_mol"] for p in known if p["family"] == family)
    return gb.Section.pressure_temperature(
        gb.bulk(mol=rock, name=family),
        pressure_kbar=(*pressure, SIDE),
        temperature_C=(*temperature, SIDE),
        database=database,
    )


@contextmanager
def watched(spent):
    """Add up the seconds that the parts of a tile take; the slow path is in `rescue`."""

    def watch(owner, attribute, name):
        function = getattr(owner, attribute)

        def timed(*arguments, **options):
            began = time.thread_time()
            try:
                return function(*arguments, **options)
            finally:
                spent[name] = spent.get(name, 0.0) + time.thread_time() - began

        setattr(owner, attribute, timed)
        return owner, attribute, function

    kept = [
        watch(solve, "sweep", "chain and exchange"),
        watch(solve, "confirm", "confirm"),
        watch(solve, "solve_slowly", "rescue"),
        watch(solve.Chain, "solve_again", "alone again"),
        watch(results, "fill", "fill"),
    ]
    try:
        yield
    finally:
        for owner, attribute, function in kept:
            setattr(owner, attribute, function)


def measure(name, points):
    """Solve tiles of a section; return how many points, seconds in all and by part, answers."""
    plan = section(name)
    sampled.learnt(plan)
    every = problems.tiles(plan)
    chosen = np.linspace(0, len(every) - 1, -(-points // 1024)).astype(int)
    solve_tile(plan, *every[chosen[0]])  # loads the kernels
    spent, answers = {}, []
    with watched(spent):
        began = time.thread_time()
        for i in chosen:
            answers.append(solve_tile(plan, *every[i]))
        total = time.thread_time() - began
    kept = {
        variable: np.concatenate([a[variable].reshape(-1, *a[variable].shape[2:]) for a in answers])
        for variable in (*problems.KEPT, "iterations")
    }
    return total, spent, kept


def main():
    """Measure the sections that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION")
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--keep", metavar="FILE", help="where to keep energies and phases")
    asked = parser.parse_args()
    found = {}
    for name in asked.sections or SECTIONS:
        total, spent, kept = measure(name, asked.points)
        n = len(kept["status"])
        spent["rest"] = total - sum(spent.values())
        parts = ", ".join(f"{part} {1e3 * s / n:.4f}" for part, s in spent.items())
        ways = np.bincount(kept["answered_by"], minlength=3).tolist()
        print(f"{name:12} {1e3 * total / n:.4f} ms a point: {parts}")
        print(
            f"{'':12} {n} points, {np.count_nonzero(kept['status'])} failed; warm {ways[0]}, cold "
            f"{ways[1]}, fallback {ways[2]}; {kept['iterations'].mean():.1f} Newton steps a point",
            flush=True,
        )
        found |= {f"{name} {variable}": values for variable, values in kept.items()}
    if asked.keep:
        np.savez(asked.keep, **found)


if __name__ == "__main__":
    main()

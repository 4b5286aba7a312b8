"""Compare two versions in one run, in turns: `python benchmarks/against.py BASE`.

    python benchmarks/against.py 24b5d4d                        everything, three rounds
    python benchmarks/against.py 24b5d4d --works path isolated  some of it
    python benchmarks/against.py 24b5d4d --rounds 5

BASE is a commit. It is checked out beside this one, and each work runs in a process of its own,
with one thread, by the public functions alone: first both versions once, so that all is compiled,
then BASE and this one in turns. Times are CPU times of all that a user calls; the ratio is that of
the medians. What they answer is compared, too: energies, and the phases that are present.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("bindings", "engine", "datasets")
DATABASE = "T21-Su26"
SAME_ENERGY = 1e-8  # kJ per mole of oxides
LEAST_AMOUNT = 1e-7  # of one mole of oxides; what is less does not tell two answers apart


def section(name, side):
    """Solve, prove and write a shipped section on side x side points, both versions in one database."""
    from dataclasses import replace

    import gibbsite as gb

    plan = gb.Section.from_toml(name)
    rows, columns = (replace(axis, points=side) for axis in (plan.rows, plan.columns))
    plan = replace(plan, rows=rows, columns=columns, database=DATABASE)

    def run():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "section.h5"
            started = time.process_time()
            gb.compute(plan, file, workers=1, progress=False).close()
            spent = time.process_time() - started
            with gb.open(file) as dataset:
                return spent, answers(dataset.load())

    return run, side * side


def points_of(families, n):
    """Return n points of each family, mixed at random: kbar, degC, moles."""
    from verification.families import cloud

    parts = [cloud(family, n, seed=2) for family in families]
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.random.default_rng(2).permutation(len(joined[0]))
    return [column[order] for column in joined]


def listed(families, n):
    """Solve a list of rocks."""
    import gibbsite as gb

    pressure, temperature, bulk = points_of(families, n)

    def run():
        started = time.process_time()
        dataset = gb.equilibria(
            bulk, pressure_kbar=pressure, temperature_C=temperature, database=DATABASE, workers=1
        )
        return time.process_time() - started, answers(dataset)

    return run, len(pressure)


def path():
    """Crystallise the high-titanium glass through 2,000 steps."""
    import gibbsite as gb

    rock = gb.bulk("high-ti-glass")

    def run():
        started = time.process_time()
        gb.path(
            rock, pressure_kbar=3.0, temperature_C=(1400.0, 1000.0), step_C=0.2,
            kind="equilibrium", database=DATABASE,
        )  # fmt: skip
        return time.process_time() - started, (np.zeros(0), np.zeros((0, 1)))

    return run, 2001


def isolated(percentile=50, n=150):
    """Solve points one at a time: the median, or another percentile."""
    from verification.families import FAMILIES

    import gibbsite as gb
    from gibbsite.errors import InfeasibleError

    pressure, temperature, bulk = points_of(FAMILIES, n // len(FAMILIES))
    names = gb.database(DATABASE).components
    rocks = [gb.bulk(mol=dict(zip(names, row, strict=True))) for row in bulk]

    def run():
        spent, energies = [], []
        for point in zip(rocks, pressure, temperature, strict=True):
            started = time.process_time()
            try:
                energy = gb.equilibrium(
                    point[0], pressure_kbar=point[1], temperature_C=point[2], database=DATABASE
                ).gibbs_energy
            except InfeasibleError:  # a rock that the set has no phases for
                energy = np.nan
            spent.append(time.process_time() - started)
            energies.append(energy)
        return float(np.percentile(spent, percentile)), (
            np.array(energies),
            np.zeros((len(energies), 1)),
        )

    return run, 1


def answers(dataset):
    """Return energies (n,) and, for each point, the sorted ids of its phases (n, slots)."""
    energy = dataset["gibbs_energy"].values
    ids = dataset["phase_id"].values.reshape(energy.size, -1).astype(int)
    amounts = dataset["amount_mol"].values.reshape(energy.size, -1)
    ids[~(amounts > LEAST_AMOUNT)] = -1
    return energy.ravel(), np.sort(ids, axis=1)


def works():
    """Return name -> a function that makes ready and returns (run, number of points)."""
    from verification.families import FAMILIES

    sections = {
        f"{name} {side} x {side}": lambda name=name, side=side: section(name, side)
        for side in (1001, 400)
        for name in ("fig4c", "fig3a", "klb1")
    }
    return sections | {
        "cloud": lambda: listed(["low-Ti mare basalt"], 100_000),
        "mixed": lambda: listed(FAMILIES, 1_000),
        "path": path,
        "isolated": isolated,
        "isolated p99": lambda: isolated(99),
    }


def measure(name, target):
    """Run one work in this process, once to warm up where that is cheap, and keep what it gave."""
    run, n = works()[name]()
    if n <= 2001:
        run()
    spent, (energy, phases) = run()
    np.savez(target, spent=spent / n, energy=energy, phases=phases)


def measure_apart(tree, name):
    """Run one work of one version in a new process: seconds a point, energies, phases."""
    path = os.pathsep.join([*(str(tree / folder) for folder in SOURCES), str(ROOT / "benchmarks")])
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "found.npz"
        subprocess.run(
            [sys.executable, __file__, "--measure", name, str(target)],
            env={**os.environ, **threads, "PYTHONPATH": path},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with np.load(target) as found:
            return float(found["spent"]), found["energy"], found["phases"]


def compare(base, name, rounds):
    """Run a work of both versions in turns and print what came out."""
    trees = base, ROOT
    for tree in trees:
        measure_apart(tree, name)
    found = [[measure_apart(tree, name) for tree in trees] for _ in range(rounds)]
    old, new = (np.median([pair[which][0] for pair in found]) for which in (0, 1))
    (_, old_energy, old_phases), (_, new_energy, new_phases) = found[-1]
    print(f"{name:20} {old * 1e3:9.4f} {new * 1e3:9.4f} ms a point   {old / new:5.2f} x", end="")
    if old_energy.size:
        with np.errstate(invalid="ignore"):
            change = new_energy - old_energy
        slots = max(old_phases.shape[1], new_phases.shape[1])
        padded = [
            np.pad(ids, ((0, 0), (slots - ids.shape[1], 0)), constant_values=-1)
            for ids in (old_phases, new_phases)
        ]
        other = np.any(padded[0] != padded[1], axis=1)
        print(
            f"   lower {np.sum(change < -SAME_ENERGY)}, higher {np.sum(change > SAME_ENERGY)}, "
            f"failed {np.sum(np.isnan(old_energy))} and {np.sum(np.isnan(new_energy))}, "
            f"other phases {np.sum(other)}",
            end="",
        )
    print(flush=True)


def main():
    """Compare the works that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("base", metavar="BASE", help="a commit")
    parser.add_argument("--works", nargs="+", metavar="WORK", help="some; all by default")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    sys.path[:0] = [str(ROOT / folder) for folder in SOURCES]
    known = list(works())
    if unknown := set(asked.works or ()) - set(known):
        parser.error(f"there is no work {', '.join(sorted(unknown))}; works are {', '.join(known)}")
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(base), asked.base], check=True)
        try:
            for name in asked.works or known:
                compare(base, name, asked.rounds)
        finally:
            subprocess.run([*git, "remove", "--force", str(base)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(*sys.argv[2:])
    else:
        main()

"""Whether a solver that keeps its answers misses a phase that splits: nodes walk over solvi in small steps.

    python benchmarks/verification/walk_nodes.py [ROCK:DATABASE ...] [--nodes 300] [--step 0.05]

Places are sought where one more composition of a phase is stable on one side of a temperature; nodes begin
on the other side, walk across, and are solved as a list of points every few steps.
"""

import argparse
import sys

import numpy as np

import gibbsite as gb

PAIRS = ("klb-1:W24", "n-morb:W24", "apollo-12-12009:W24", "world-median-pelite:W14")
PRESSURE_KBAR, TEMPERATURE_C, SPACING_K = (0.5, 25.0), (550.0, 1350.0), 5.0
SAME_ENERGY = 1e-8
LISTED_EVERY = 10


def listed(rock, data, p, t):
    """Solve points as a list."""
    return gb.equilibria(
        rock, pressure_kbar=p, temperature_C=t, database=data, errors="status", workers=1
    )


def most_of_one(ids):
    """How many compositions of one phase each point has at most."""
    same = (ids[:, :, None] == ids[:, None, :]) & (ids[:, :, None] >= 0)
    return same.sum(axis=2).max(axis=1)


def across_solvi(rock, data, nodes, rng):
    """Return pressures, temperatures next to a solvus, and on which side more is stable."""
    p = np.repeat(rng.uniform(*PRESSURE_KBAR, 12), 160)
    t = np.tile(np.linspace(*TEMPERATURE_C, 160), 12)
    number = most_of_one(listed(rock, data, p, t)["phase_id"].values).reshape(12, 160)
    line, place = np.nonzero(np.diff(number, axis=1))
    if not len(line):
        return None
    chosen = rng.integers(len(line), size=nodes)
    line, place = line[chosen], place[chosen]
    up = np.where(number[line, place + 1] > number[line, place], 1.0, -1.0)
    spread = SPACING_K * rng.random(nodes)
    p, t = p.reshape(12, 160)[line, place], t.reshape(12, 160)
    begin = np.where(up > 0, t[line, place], t[line, place + 1])
    return p, begin + up * spread, up


def walk(rock, data, nodes, step, rng):
    """Walk across, and return how many answers were compared, and how many of them are wrong."""
    found = across_solvi(rock, data, nodes, rng)
    if found is None:
        return 0, 0, 0
    p, t, up = found
    solver = gb.Solver(data)
    out, moles = solver.buffers(nodes), rock.array(data.components)
    compared = wrong = split = 0
    first = None
    for number in range(1 + 8 * LISTED_EVERY):
        solver.solve(p, t, moles, out)
        most = most_of_one(out.phase_id)
        first = most if first is None else first
        if number % LISTED_EVERY == 0:
            there = listed(rock, data, p, t)
            energy = (out.chemical_potential_kJ_mol * moles / moles.sum())[:, moles > 0].sum(axis=1)
            off = ~(energy <= there["gibbs_energy"].values + SAME_ENERGY) & (there["status"] == 0)
            compared, wrong = compared + nodes, wrong + int(off.sum())
            split += int((most != first).sum())
        t = t + up * step * rng.exponential(size=nodes)
    return compared, wrong, split


def main(words: list[str] | None = None) -> None:
    """Print a line a rock."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="*", default=PAIRS)
    parser.add_argument("--nodes", type=int, default=300)
    parser.add_argument("--step", type=float, default=0.05)
    given = parser.parse_args(words)
    for pair in given.pairs:
        name, database = pair.split(":")
        rng = np.random.default_rng(5)
        rock, data = gb.bulk(name, ignore="outside"), gb.database(database)
        compared, wrong, split = walk(rock, data, given.nodes, given.step, rng)
        print(
            f"{pair}: {compared} answers compared, {split} beyond a split, {wrong} with a higher energy",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])

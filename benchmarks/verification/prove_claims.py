"""Claims of tiles put to the full proof: phases said to be proved at points taken at random.

    PYTHONPATH=benchmarks python -m verification.prove_claims [--claims N] [--sections fig4c ...] [--seed N]

Tiles of sections are solved and proved together, with cells begun where `gibbsite section` begins
them; then phases at points, both at random, are proved one by one. A claim is false if the full
proof refutes it; where that reaches its limit nothing is known. Phases that need one composition
to be looked at, and points at which nothing was said, are not claims.
"""

import argparse
import sys
from collections import Counter
from time import process_time

import numpy as np
from problems import SECTIONS, shipped_section, tiles

import gibbsite as gb
from gibbsite._proof.phase import TOLERANCE, Demand, charts, judge, new_room, set_up
from gibbsite._proof.tables import tables
from gibbsite._proof.together import prover
from gibbsite._running.anchors import anchored
from gibbsite._solving.sampled import learnt
from gibbsite._solving.solve import solve_grid
from gibbsite._store.schema import PROOF_BITS
from gibbsite_engine.proof.branch import PROVED, REFUTED

# Claims of one tile, and what the full proof of one may cost.
OF_A_TILE, MOST_VERTICES = 200, 300_000


def claims_of(section, rows, columns, rng):
    """Yield (phase, point, present, outcome) of claims of a tile."""
    data = gb.database(section.database)
    points = section.points(rows=(rows.start, rows.stop), columns=(columns.start, columns.stop))
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    begin = anchored(section, (rows.start + rows.stop) // 2, (columns.start + columns.stop) // 2)
    flat = solve_grid(
        data, points.pressure_kbar, points.temperature_K, points.bulk_mol, shape, learnt(section),
        prover(data, points, shape, begin=begin),
    )  # fmt: skip
    flat["pressure_kbar"], flat["temperature_C"] = (
        points.pressure_kbar,
        points.temperature_K - 273.15,
    )
    said = np.argwhere(flat["proof"] == PROOF_BITS["proved_nearby"])
    rooms = {}
    for i, place in said[rng.choice(len(said), min(OF_A_TILE, len(said)), replace=False)]:
        mask = np.isfinite(flat["chemical_potential"][i])
        key = tuple(mask.tolist())
        reduced, every = data.reduced(mask), charts(data, key)
        room = rooms.setdefault(key, new_room(every))
        k = [phase.place for phase in reduced.phases].index(place)
        n = len(data.phases[place].endmembers)
        to_reduced = tables(data, key)[k].to_reduced
        known = [
            flat["proportions"][i, j, :n] @ to_reduced
            for j in np.flatnonzero(flat["phase_id"][i] == place)
        ]
        conditions = set_up(reduced, flat["pressure_kbar"][i], flat["temperature_C"][i])
        verdict = judge(
            reduced, every[k], k, conditions, flat["chemical_potential"][i][mask], known,
            Demand(TOLERANCE, MOST_VERTICES), room,
        )  # fmt: skip
        outcome = {PROVED: "proved", REFUTED: "false"}.get(verdict.status, "undecided")
        yield data.phase_names[place], int(i), bool(known), outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--sections", nargs="+", default=list(SECTIONS), choices=SECTIONS)
    parser.add_argument("--points", type=int, default=1001 * 1001, help="of a section")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng, found, began = np.random.default_rng(arguments.seed), Counter(), process_time()
    sections = [shipped_section(name, arguments.points) for name in arguments.sections]
    while sum(found.values()) < arguments.claims:
        for section in sections:
            every = tiles(section)
            rows, columns = every[rng.integers(len(every))]
            for phase, point, present, outcome in claims_of(section, rows, columns, rng):
                found[phase, present, outcome] += 1
                if outcome == "false":
                    print(f"false: {phase} at point {point} of {section.title}, {rows}, {columns}")
        told = Counter()
        for (_, _, outcome), n in found.items():
            told[outcome] += n
        parts = ", ".join(f"{n} {outcome}" for outcome, n in sorted(told.items()))
        print(f"{sum(told.values())} claims: {parts}; {process_time() - began:.0f} s", flush=True)
    for (phase, present, outcome), n in sorted(found.items()):
        print(f"{phase:4} {'present' if present else 'absent':8} {outcome:10} {n}")
    sys.exit(any(outcome == "false" for _, _, outcome in found))


if __name__ == "__main__":
    main()

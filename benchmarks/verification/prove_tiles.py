"""What the proof of the points of a section costs, tile by tile, and how many it proves: a table.

    PYTHONPATH=benchmarks python -m verification.prove_tiles [--anchors N] [--tiles N] [--points N] [-o FILE.md]

For a sample of the tiles of the shipped sections, at so many points: solving; the cells that
neighbouring tiles begin with, shared by them; and the proof of all phases. All times are of the
processor, per point; the three are taken in turn, so that their ratios hold on a busy machine.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from time import thread_time

import numpy as np
from problems import SECTIONS, shipped_section

import gibbsite as gb
from gibbsite._proof.together import prover
from gibbsite._running import anchors
from gibbsite._solving.sampled import learnt
from gibbsite._solving.solve import solve_grid
from gibbsite_engine.status import CERTIFIED

TILE = 32


def timed(function, *arguments):
    began = thread_time()
    out = function(*arguments)
    return out, thread_time() - began


class Census:
    """What came out for one section."""

    def __init__(self, section):
        self.section, self.data = section, gb.database(section.database)
        self.learnt = learnt(section)
        self.seconds, self.counts = defaultdict(float), defaultdict(lambda: np.zeros(2, int))
        self.points = 0

    def add(self, row, column, share):
        """Solve and prove the tile that begins there; `share` of its anchor's time is its own."""
        last_row, last_column = (
            min(start + TILE, size)
            for start, size in zip((row, column), self.section.shape, strict=True)
        )
        shape = last_row - row, last_column - column
        points = self.section.points(rows=(row, last_row), columns=(column, last_column))
        middle = (row + last_row) // 2, (column + last_column) // 2
        begin, making = timed(anchors.anchored, self.section, *middle)
        prove = prover(self.data, points, shape, begin=begin)
        proving = 0.0

        def clocked(arrays, energies, only):
            nonlocal proving
            bits, spent = timed(prove, arrays, energies, only)
            proving += spent
            return bits

        flat, seconds = timed(
            solve_grid, self.data, points.pressure_kbar, points.temperature_K, points.bulk_mol,
            shape, self.learnt, clocked,
        )  # fmt: skip
        good, bits = flat["status"] == CERTIFIED, flat["proof"]
        self.seconds["solving"] += seconds - proving
        self.seconds["cells"] += making * share
        self.seconds["proof"] += proving
        self.points += len(good)
        proved, ids = bits > 0, flat["phase_id"]
        cpx = self.data.phase_names.index("cpx")
        there = (ids == cpx).any(axis=1)
        self.count("all", proved.all(axis=1)[good])
        self.count("without cpx", proved.all(axis=1)[good & ~there])
        proved_or_cpx = proved.copy()
        proved_or_cpx[there, cpx] = True
        self.count("all phases but present cpx", proved_or_cpx.all(axis=1)[good])
        self.count("present cpx", proved[good & there, cpx])
        for k, phase in enumerate(self.data.phases):
            if len(phase.endmembers) > 1:
                here = (ids == k).any(axis=1)
                self.count((phase.name, "present"), proved[good & here, k])
                self.count((phase.name, "absent"), proved[good & ~here, k])

    def count(self, key, proved):
        self.counts[key] += int(proved.sum()), len(proved)

    def share(self, key):
        proved, points = self.counts[key]
        return f"{100 * proved / points:.2f} %" if points else "-"


def measure(name, points, n_anchors, n_tiles):
    """Take tiles at random of parts at random, of which the last ones are narrow."""
    section, rng = shipped_section(name, points), np.random.default_rng(11)
    census, side = Census(section), anchors._SIDE
    # the last part of an axis is most often a narrow one, with fewer tiles
    starts = [range(0, size, side) for size in section.shape]
    parts = [(i, j) for i in starts[0] for j in starts[1]]
    for number in rng.choice(len(parts), min(n_anchors, len(parts)), replace=False):
        i, j = parts[number]
        rows, columns = (
            range(start, min(start + side, size), TILE)
            for start, size in zip((i, j), section.shape, strict=True)
        )
        tiles = [(row, column) for row in rows for column in columns]
        taken = min(n_tiles, len(tiles))
        for place in rng.choice(len(tiles), taken, replace=False):
            census.add(*tiles[place], taken / len(tiles))
    return census


def text(found):
    lines = [
        "| section | points | solving | cells to begin with | proof | of solving |",
        "|---|---|---|---|---|---|",
    ]
    for label, census in found.items():
        times = [1e6 * census.seconds[k] / census.points for k in ("solving", "cells", "proof")]
        ratio = (times[1] + times[2]) / times[0]
        cells = " | ".join(f"{t:.1f}" for t in times)
        lines.append(f"| {label} | {census.points} | {cells} | {ratio:.2f} |")
    keys = ("all", "all phases but present cpx", "without cpx", "present cpx")
    lines += [
        "",
        "Microseconds a point. Points proved:",
        "",
        f"| section | {' | '.join(keys)} |",
        f"|---|{'---|' * len(keys)}",
    ]
    for label, census in found.items():
        lines.append(f"| {label} | {' | '.join(census.share(k) for k in keys)} |")
    names = sorted({k[0] for census in found.values() for k in census.counts if len(k) == 2})
    lines += [
        "",
        "By phase, present / absent:",
        "",
        f"| section | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
    ]
    for label, census in found.items():
        cells = [f"{census.share((n, 'present'))} / {census.share((n, 'absent'))}" for n in names]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--anchors", type=int, default=16, help="parts of each section")
    parser.add_argument("--tiles", type=int, default=3, help="tiles of each of them")
    parser.add_argument("--points", type=int, default=1001 * 1001, help="of a section")
    parser.add_argument("--sections", nargs="+", default=list(SECTIONS), choices=SECTIONS)
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    Census(shipped_section(arguments.sections[0], arguments.points)).add(0, 0, 0.0)  # compiles
    found = {
        SECTIONS[name]: measure(name, arguments.points, arguments.anchors, arguments.tiles)
        for name in arguments.sections
    }
    command = " ".join(["PYTHONPATH=benchmarks python -m verification.prove_tiles", *sys.argv[1:]])
    made = f"# Sections, proved tile by tile\n\nMade by `{command}`, on one core.\n\n{text(found)}"
    print(made)
    if arguments.output:
        arguments.output.write_text(made + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

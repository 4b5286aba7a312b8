"""What the proof of a section costs, tile by tile: a table.

    PYTHONPATH=benchmarks python -m verification.prove_tiles [--tiles N] [-o FILE.md]

For tiles of the shipped sections: solving; level one, the absent phases proved as the section is
computed; the full proof at some points of the tile; and, in its place, the cells of the proof at
the middle of the tile used again at those points, each with its stored reference, or with the
minimum known there that lies in it. All times are of the processor, per point of a tile.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from time import process_time

import numpy as np
from problems import SECTIONS, tiles

import gibbsite as gb
from gibbsite._proof.nearby import prove_absent
from gibbsite._proof.phase import charts, new_room, set_up, starts
from gibbsite._running.tile import solve_tile
from gibbsite_engine.proof.bound import inside
from gibbsite_engine.proof.branch import (
    PROVED,
    TRAIL_CUT,
    Search,
    bound_here,
    learn,
    new_minima,
    prove_phase,
)
from gibbsite_engine.proof.cells import cut, whole
from gibbsite_engine.proof.chart import energy
from gibbsite_engine.proof.driving import X, Y, descend_chart, new_work, sites_at
from gibbsite_engine.proof.forms import metric
from gibbsite_engine.status import CERTIFIED

TOLERANCE = 1e-6
STEP = 8
REPEATS = 3


class Tile:
    """A tile of a section, solved."""

    def __init__(self, section, rows, columns):
        self.data = gb.database(section.database)
        began = process_time()
        arrays = solve_tile(section, rows, columns)
        self.seconds = process_time() - began
        self.shape = arrays["status"].shape
        n = arrays["status"].size
        points = section.points(rows=(rows.start, rows.stop), columns=(columns.start, columns.stop))
        self.flat = {name: v.reshape(n, *v.shape[2:]) for name, v in arrays.items()}
        self.flat["pressure_kbar"] = points.pressure_kbar
        self.flat["temperature_C"] = points.temperature_K - 273.15
        self.good = self.flat["status"] == CERTIFIED
        self.mask = np.isfinite(self.flat["chemical_potential"][0])
        self.reduced = self.data.reduced(self.mask)
        self.charts = charts(self.data, tuple(self.mask.tolist()))
        self.room = new_room(self.charts)

    def level_one(self):
        """Seconds, and name -> share of points at which the phase is absent that are proved."""
        prove_absent(self.data, self.flat, self.good, self.shape, TOLERANCE)
        times = []
        for _ in range(REPEATS):
            began = process_time()
            bits = prove_absent(self.data, self.flat, self.good, self.shape, TOLERANCE)
            times.append(process_time() - began)
        shares = {}
        for k, phase in enumerate(self.data.phases):
            absent = self.good & (self.flat["phase_id"] != k).all(axis=1)
            if len(phase.endmembers) > 1 and absent.any():
                shares[phase.name] = int((bits[absent, k] > 0).sum()), int(absent.sum())
        return float(np.median(times)), shares

    def sample(self):
        """Some points of the tile, and the one in the middle."""
        place = np.arange(len(self.good)).reshape(self.shape)
        some = place[STEP // 2 :: STEP, STEP // 2 :: STEP].ravel()
        return [int(i) for i in some if self.good[i]], int(place[tuple(n // 2 for n in self.shape)])

    def phases(self, i):
        """Yield index, chart, energy and known minima of each solution at a point."""
        flat, reduced = self.flat, self.reduced
        conditions = set_up(reduced, flat["pressure_kbar"][i], flat["temperature_C"][i])
        gamma = flat["chemical_potential"][i][self.mask]
        for k, at in enumerate(self.charts):
            if at is None:
                continue
            place = reduced.phases[k].place
            n_old = len(self.data.phases[place].endmembers)
            mine = np.flatnonzero(flat["phase_id"][i] == place)
            known = [
                np.linalg.lstsq(
                    reduced.phases[k].basis.T, flat["proportions"][i, j, :n_old], rcond=None
                )[0]
                for j in mine
            ]
            e = energy(at, reduced.system.phases, k, conditions, gamma)
            minima = self.minima(at, e, [*known, *starts(reduced, k, conditions, gamma)[:2]])
            yield k, at, e, minima, len(mine) > 0

    def minima(self, at, e, compositions):
        d, work = at.site.shape[1], self.room.work
        found = new_minima(d, len(at.multiplicity))
        for p in compositions:
            z = p[: len(at.size)] / (p[: len(at.size)] @ at.size)
            work.vectors[X, :d] = at.coordinates @ (z - at.origin)
            sites_at(at, work.vectors[X], work.sites[Y])
            learn(at, found, descend_chart(at, e, 60, work), work)
        return found


def full(tile, i):
    """Seconds of the full proof at a point; phase -> trail, cells, whether proved."""
    seconds, out = 0.0, {}
    for k, at, e, minima, present in tile.phases(i):
        d, species = at.site.shape[1], len(at.multiplicity)
        trail, effort = np.zeros((20000, 1 + d + species)), np.zeros(2, np.int64)
        search = Search(target=-TOLERANCE / at.size_range[1], most_vertices=400_000)
        began = process_time()
        status, _ = prove_phase(
            at, e, minima, search, tile.room.cells, tile.room.work, effort, trail
        )
        seconds += process_time() - began
        out[k] = trail[: effort[0]].copy(), int(effort[0]), status == PROVED, present
    return seconds, out


def again(tile, i, trails):
    """Seconds in kernels, leaves tried and held, by whether the phase is present; and phases held."""
    seconds, tried = 0.0, defaultdict(lambda: np.zeros(4, int))
    for k, at, e, minima, present in tile.phases(i):
        trail, _, proved, _ = trails[k]
        if not proved:
            continue
        d, species = at.site.shape[1], len(at.multiplicity)
        cells, work = tile.room.cells, new_work(d, species)
        whole(at, cells)
        held = leaves = 0
        for row in trail:
            top = cells.number[0] - 1
            if row[0] == TRAIL_CUT:
                cut(cells, d, species, row[1 : 1 + d].copy(), float(row[1 + d]))
                continue
            x, leaves = row[1 : 1 + d].copy(), leaves + 1
            for m in range(minima.number[0]):
                if inside(cells, top, d, minima.x[m]):
                    x = minima.x[m].copy()
            work.vectors[X, :d] = x
            sites_at(at, work.vectors[X], work.sites[Y])
            began = process_time()
            ok = metric(cells, cells.start[top], cells.start[top + 1], d, work)
            bound = bound_here(at, e, cells, top, 2, work)[1] if ok else -np.inf
            seconds += process_time() - began
            held += bound >= -TOLERANCE / at.size_range[1]
            cells.number[0] = top
        tried[present] += (leaves, held, 1, held == leaves)
    return seconds, tried


def measure(name, label, count):
    section = gb.Section.from_toml(name)
    every = [t for t in tiles(section) if t[0].stop - t[0].start == 32 == t[1].stop - t[1].start]
    chosen = every[len(every) // (2 * count) :: max(len(every) // count, 1)][:count]
    Tile(section, *chosen[0]).level_one()
    solve, one, fresh, reuse, shares = [], [], [], [], defaultdict(lambda: np.zeros(2, int))
    tried = defaultdict(lambda: np.zeros(4, int))
    for rows, columns in chosen:
        tile = Tile(section, rows, columns)
        solve.append(tile.seconds / len(tile.good))
        seconds, found = tile.level_one()
        one.append(seconds / len(tile.good))
        for phase, pair in found.items():
            shares[phase] += pair
        some, middle = tile.sample()
        trails = full(tile, middle)[1]
        for i in some:
            fresh.append(full(tile, i)[0])
            seconds, counts = again(tile, i, trails)
            reuse.append(seconds)
            for present, numbers in counts.items():
                tried[present] += numbers
    return label, len(chosen), solve, one, fresh, reuse, shares, tried


def ms(values):
    return f"{1e3 * np.median(values):.3g}"


def text(rows):
    lines = [
        "| section | tiles | solving | level one | of solving | of sums | full proof | cells used again |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for label, count, solve, one, fresh, reuse, _, _ in rows:
        share, of_sums = np.median(one) / np.median(solve), sum(one) / sum(solve)
        lines.append(
            f"| {label} | {count} | {ms(solve)} | {ms(one)} | {100 * share:.1f} % "
            f"| {100 * of_sums:.1f} % | {ms(fresh)} | {ms(reuse)} |"
        )
    lines += [
        "",
        "Milliseconds a point, medians; level one in parts of solving, by medians and by sums over tiles.",
        "",
        "Absent phases proved by level one:",
        "",
    ]
    names = sorted({phase for row in rows for phase in row[6]})
    lines += [f"| section | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for label, *_, shares, _ in rows:
        cells = [
            f"{100 * shares[n][0] / shares[n][1]:.3g} %" if shares[n][1] else "-" for n in names
        ]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    lines += [
        "",
        "Cells of the point in the middle of a tile, used again at its other points:",
        "",
        "| section | | cells that hold | phases of which all hold |",
        "|---|---|---|---|",
    ]
    for label, *_, tried in rows:
        for present, (leaves, held, phases, whole_phases) in sorted(tried.items()):
            there = "present" if present else "absent"
            lines.append(
                f"| {label} | {there} | {100 * held / leaves:.1f} % of {leaves} "
                f"| {100 * whole_phases / phases:.1f} % of {phases} |"
            )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiles", type=int, default=12, help="tiles of each section")
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    rows = [measure(name, label, arguments.tiles) for name, label in SECTIONS.items()]
    command = " ".join(["PYTHONPATH=benchmarks python -m verification.prove_tiles", *sys.argv[1:]])
    made = f"# Sections, proved tile by tile\n\nMade by `{command}`, on one core.\n\n{text(rows)}"
    print(made)
    if arguments.output:
        arguments.output.write_text(made + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

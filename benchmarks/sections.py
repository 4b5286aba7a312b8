"""What a section is made of: the floor that no order of its points and nothing learnt gets below.

    python benchmarks/run.py sections

Each part alone, at the answers of some tiles, the least of the rounds. A section that is proved, and
whose variables are stored, can be no faster than these parts are together: even if every point began
with its own answer, and if the cells that prove a tile, and those around compositions where it is not
proved, were known before.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from against import DATABASE
from chains import fill_energies, kept_chains, longer
from problems import SECTIONS, shipped_section
from timing import timed

import gibbsite as gb
from gibbsite._proof.together import Partitions, prover
from gibbsite._running.anchors import anchored
from gibbsite._running.tile import solve_tile
from gibbsite._solving import results
from gibbsite._solving.sampled import learnt
from gibbsite._solving.solve import solve_grid
from gibbsite._store.schema import LARGE_TILE
from gibbsite_engine._jit import kernel
from gibbsite_engine.between import new_between
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.layout import Options
from gibbsite_engine.newton import evaluate
from gibbsite_engine.results import read
from gibbsite_engine.standard import set_conditions
from gibbsite_engine.status import CERTIFIED
from gibbsite_engine.sweep import Assignment, sweep

SIDES, WRITTEN, BLOCKS, ROUNDS = (1001, 400), 400, 48, 2


@kernel
def evaluate_all(system, points, out, w):
    """Fill them, and evaluate the phases of each answer, as any solution of it must at least once."""
    for i in range(points.pressure.size):
        set_conditions(system, points.pressure[i], points.temperature[i], w.conditions)
        read(out, i, w.state)
        evaluate(system.phases, w.conditions, points.bulk[i], w.state, w.newton, w.phase)


def blocks_of(section):
    """Return tiles as a large section has them, drawn at random."""
    rng = np.random.default_rng(4)
    sides = np.array(LARGE_TILE)
    corners = rng.integers(0, np.array(section.shape) // sides, (BLOCKS, 2)) * sides
    return [
        tuple(slice(start, start + side) for start, side in zip(corner, LARGE_TILE, strict=True))
        for corner in corners.tolist()
    ]


def solved(section, block):
    """Solve a block; return its chains, and what a proof of it is asked with."""
    asked = {}

    def remember(arrays, energies, _):
        asked.update(arrays=arrays, energies=energies)
        return np.zeros((len(arrays["status"]), len(section.load_database().phases)), np.int8)

    rows, columns = block
    points = section.points(rows=(rows.start, rows.stop), columns=(columns.start, columns.stop))
    with kept_chains() as chains:
        solve_grid(
            section.load_database(), points.pressure_kbar, points.temperature_K, points.bulk_mol,
            LARGE_TILE, learnt(section), remember,
        )  # fmt: skip
    return longer(chains), points, asked


def search_of(chain, asked):
    """Return what searches phases (n, K) at points, as the points around do that were searched before.

    But for the few that have none around: they are searched all over once more.
    """
    route = chain.route.through(chain.results.status == CERTIFIED)
    between = new_between(chain.system.phases, route.around, route.weight, asked)
    task = Assignment(route.order, asked=asked, between=between)
    work = chain.system, Options(), chain.points, task, new_workspace(chain.system), chain.results
    sweep(*work)
    return lambda: sweep(*work)


def parts_of(section, block):
    """Return the least seconds that each part takes of a block."""
    data, shape, cells = section.load_database(), LARGE_TILE, Partitions()
    middle = [(each.start + each.stop) // 2 for each in block]
    begin = anchored(section, *middle)
    chains, points, asked = solved(section, block)
    prover(data, points, shape, begin=begin, found=cells)(**asked)
    works = [(chain, new_workspace(chain.system)) for chain in chains]
    out = results.empty(data, len(points.pressure_kbar))
    reduced = data.reduced(data.face(points.bulk_mol[:1])[0])
    everything = np.arange(len(points.pressure_kbar))
    unproved = prover(data, points, shape, begin=begin)(**asked)[:, reduced.ids] == 0
    parts = {
        "solved and proved": lambda: solve_tile(section, *block, prove=True),
        "energies": lambda: [fill_energies(c.system, c.points, w.conditions) for c, w in works],
        "and evaluation": lambda: [evaluate_all(c.system, c.points, c.results, w) for c, w in works],
        "proof": lambda: prover(data, points, shape, begin=begin)(**asked),
        "proof, cells known": lambda: prover(data, points, shape, begin=cells)(**asked),
        "search, cells known": search_of(chains[0], np.ascontiguousarray(unproved)),
        "variables": lambda: results.fill(
            data, reduced, chains[0].results, points.bulk_mol, everything, out
        ),
    }  # fmt: skip
    return {
        name: min(timed(work)[1].cpu for _ in range(ROUNDS + 1)) / len(everything)
        for name, work in parts.items()
    }


def writing(section, block):
    """Return the least seconds a point that packing and writing take, with the same tile everywhere."""
    written = replace(
        section,
        rows=replace(section.rows, points=WRITTEN),
        columns=replace(section.columns, points=WRITTEN),
    )
    tile = solve_tile(section, *block, prove=True)

    def known(_, rows, columns):
        height, width = rows.stop - rows.start, columns.stop - columns.start
        return {name: values[:height, :width] for name, values in tile.items()}

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "section.h5"

        def write():
            gb.compute(
                written, file, workers=1, overwrite=True, progress=False, tile_function=known
            ).close()

        return min(timed(write)[1].cpu for _ in range(ROUNDS)) / written.size


def measure():
    """Take the shipped sections apart, and those of another database in that of `against`, too."""
    found = {}
    for side in SIDES:
        for name, label in SECTIONS.items():
            section = shipped_section(name, side * side)
            found[f"{label}, {side} x {side}"] = of_section(section)
            if section.database != DATABASE:
                other = replace(section, database=DATABASE)
                found[f"{label} of {DATABASE}, {side} x {side}"] = of_section(other)
    return found


def of_section(section):
    """Return the mean seconds a point that each part takes."""
    blocks = blocks_of(section)
    solve_tile(section, *blocks[0], prove=True)  # loads kernels
    each = [parts_of(section, block) for block in blocks]
    found = {part: float(np.mean([one[part] for one in each])) for part in each[0]}
    farthest = max(blocks, key=lambda block: block[0].start * block[1].start)
    return {**found, "writing": writing(section, farthest)}

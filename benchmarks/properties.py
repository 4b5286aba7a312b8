"""What stored properties cost beside computing a section, and what no order of the work gets below.

    python benchmarks/properties.py [--points 400] [--rounds 3]

The shipped sections, tile by tile as `gibbsite.compute` solves them, everything of a tile in turns; CPU time of
one thread, medians of the rounds, each of another section by a row and a column, so that nothing is known of it.
"solved, proved and written" is a tile from nothing to its bytes; what properties cost is their evaluation and
their bytes. "evaluated once" is the floor: the standard energies of the phases present, and each put once where it
stands with its potentials and Hessian.
"""

import argparse
import sys
import time
from dataclasses import replace

import numpy as np
import problems

from gibbsite._inputs.properties import QUANTITIES
from gibbsite._properties import evaluate as evaluation
from gibbsite._properties.quantities import Material
from gibbsite._running.compute import properties_of, tables_of
from gibbsite._running.tile import solve_tile
from gibbsite._store.chunks import Packing
from gibbsite._store.derived import kinds_needed, property_arrays
from gibbsite._store.schema import Layout, tile_for
from gibbsite_engine._jit import kernel
from gibbsite_engine.present import new_standard, set_present
from gibbsite_engine.response import new_response_work
from gibbsite_engine.solution import hessian, potentials

_SEISMIC = ("density", "solid.vp", "solid.vs")
_RELAXED = ("alpha.relaxed", "heat_capacity.relaxed", "K_S.relaxed")
_FROZEN = ("alpha", "heat_capacity", "K_S")
_KINDS = ("frozen", "ordered", "relaxed")
ASKED = {
    "density, velocities of the solids": _SEISMIC,
    "alpha, heat capacity, K_S, frozen": _FROZEN,
    "the same, relaxed": _RELAXED,
    "all of these": (*_SEISMIC, *_FROZEN, *_RELAXED),
    "every property of the rock, its solids' too": (
        *(f"{n}.{k}" for n, about in QUANTITIES.items() if about.second for k in _KINDS),
        *(
            each
            for n, about in QUANTITIES.items()
            if not about.second
            for each in (n, f"solid.{n}")
        ),
    ),
}
SOLVED, PROVED, WRITTEN, ONCE = "solved", "solved and proved", "written", "evaluated once"


@kernel
def evaluate_once(system, answers, standard, work):
    """Put each phase of each answer where it stands once."""
    for point in range(answers.number.size):
        set_present(system, answers, point, standard)
        for j in range(answers.number[point]):
            k, p = answers.phase[point, j], answers.proportions[point, j]
            potentials(system.phases, k, standard.conditions, standard.conditions.g0, p, work)
            hessian(system.phases, k, standard.conditions, 1.0, work, work.h)


def floor(data, answers):
    """Return what evaluates all answers once; they are of one reduced system."""
    reduced = data.reduced(data.face(answers.bulk_mol[:1])[0])
    order = np.lexsort((answers.pressure_kbar, answers.temperature_K))
    maps = evaluation._maps(reduced, len(data.phases), answers.proportions.shape[2])
    inside = evaluation._inside(reduced, answers, maps, order)
    standard = new_standard(reduced.system)
    phase = new_response_work(reduced.system, False, False).phase
    return lambda: evaluate_once(reduced.system, inside, standard, phase)


def parts_of(section, rows, columns, packing):
    """Return the seconds that each part of a tile takes."""
    data = section.load_database()
    points = section.points(rows=(rows.start, rows.stop), columns=(columns.start, columns.stop))
    found = {}

    def part(name, work):
        start = time.thread_time()
        answer = work()
        found[name] = time.thread_time() - start
        return answer

    def derived(names):
        answers = evaluation.as_solved(flat, points.pressure_kbar, points.temperature_K)
        return property_arrays(names, data, Material(data, answers, 1, kinds_needed(names)))

    tile = part(PROVED, lambda: solve_tile(section, rows, columns, prove=True))
    part(SOLVED, lambda: solve_tile(section, rows, columns, prove=False))
    part(WRITTEN, lambda: packing.pack(tile, 0.0))
    flat = {name: values.reshape(-1, *values.shape[2:]) for name, values in tile.items()}
    answers = evaluation.as_solved(flat, points.pressure_kbar, points.temperature_K)
    part(ONCE, floor(data, answers))
    shape = tile["status"].shape
    for words, names in ASKED.items():
        values = part(words, lambda names=names: derived(names))
        arrays = {name: each.reshape(shape) for name, each in values.items()}
        variables = properties_of(replace(section, properties=names))
        own = Packing(tuple((each, ()) for each in variables), packing.tile, -1)
        start = time.thread_time()
        own.pack({**arrays, "status": tile["status"]}, 0.0)
        found[words] += time.thread_time() - start
    return found


def measured(name, side):
    """Return the microseconds a point that each part of a shipped section takes, side x side points."""
    section = problems.shipped_section(name, side**2)
    shape = section.shape
    layout = Layout.of(section, tables_of(section), "full", tile_for(shape), proof=True)
    packing, total = Packing.of(layout), dict.fromkeys((PROVED, SOLVED, WRITTEN, ONCE, *ASKED), 0.0)
    cuts = [
        [slice(i, min(i + step, n)) for i in range(0, n, step)]
        for n, step in zip(shape, layout.tile, strict=True)
    ]
    for rows in cuts[0]:
        for columns in cuts[1]:
            for part, seconds in parts_of(section, rows, columns, packing).items():
                total[part] += seconds
    return {part: 1e6 * seconds / section.size for part, seconds in total.items()}


def main(words: list[str] | None = None) -> None:
    """Measure the shipped sections and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=400, help="along each axis")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(words)
    found = {}
    for name in problems.SECTIONS:
        measured(name, 64)  # compiles what it must
        rounds = [measured(name, given.points + n) for n in range(given.rounds)]
        found[name] = {part: float(np.median([r[part] for r in rounds])) for part in rounds[0]}
        print(f"{name}: {found[name]}", file=sys.stderr, flush=True)
    print(f"| | {' | '.join(problems.SECTIONS.values())} |\n|---{'|---:' * len(found)}|")
    for part in (PROVED, SOLVED):
        times = [f"{each[part] + each[WRITTEN]:.1f}" for each in found.values()]
        print(f"| {part}, and written | {' | '.join(times)} |")
    for part in (ONCE, *ASKED):
        cells = []
        for each in found.values():
            proved, solved = (
                100.0 * each[part] / (each[of] + each[WRITTEN]) for of in (PROVED, SOLVED)
            )
            cells.append(f"{each[part]:.1f} ({proved:.1f} %, {solved:.1f} %)")
        print(f"| {part} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(sys.argv[1:])

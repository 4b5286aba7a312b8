"""What stored properties cost beside solving and proving, and what no order of the work gets below.

    python benchmarks/properties.py [--points 400] [--tiles 6] [--rounds 5]

Tiles of the shipped sections, drawn at random; the least of the rounds, CPU time of one thread. "solved"
is a tile solved and proved, "evaluated" the floor: its standard energies filled, and each phase of each answer
put once where it stands with its potentials and Hessian. Storing adds the packing of one number a property.
"""

import argparse
import sys

import numpy as np
import problems
from timing import timed

from gibbsite._inputs.properties import QUANTITIES
from gibbsite._properties import evaluate as evaluation
from gibbsite._properties.quantities import Material
from gibbsite._running.compute import properties_of, tables_of
from gibbsite._running.tile import solve_tile
from gibbsite._store.chunks import Packing
from gibbsite._store.derived import kinds_needed, property_arrays
from gibbsite._store.schema import LARGE_TILE, Layout
from gibbsite_engine._jit import kernel
from gibbsite_engine.present import new_standard, set_present
from gibbsite_engine.response import new_response_work
from gibbsite_engine.solution import hessian, potentials

_SEISMIC = ("density", "solid.vp", "solid.vs")
_FROZEN = (*_SEISMIC, "alpha", "heat_capacity", "K_S")
_RELAXED = ("alpha.relaxed", "heat_capacity.relaxed", "K_S.relaxed")
_KINDS = ("frozen", "ordered", "relaxed")
ASKED = {
    "density, velocities": _SEISMIC,
    "and alpha, Cp, K_S, frozen": _FROZEN,
    "and relaxed": (*_FROZEN, *_RELAXED),
    "every property of the rock and its solids": (
        *(f"{n}.{k}" for n, about in QUANTITIES.items() if about.second for k in _KINDS),
        *(
            each
            for n, about in QUANTITIES.items()
            if not about.second
            for each in (n, f"solid.{n}")
        ),
    ),
}


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


def parts_of(section, rows, columns, rounds):
    """Return the least seconds a point that each part of a tile takes."""
    data = section.load_database()
    points = section.points(rows=(rows.start, rows.stop), columns=(columns.start, columns.stop))
    tile = solve_tile(section, rows, columns, prove=True)
    flat = {name: values.reshape(-1, *values.shape[2:]) for name, values in tile.items()}

    def answers():
        return evaluation.as_solved(flat, points.pressure_kbar, points.temperature_K)

    def derived(names):
        material = Material(data, answers(), 1, kinds_needed(names))
        return property_arrays(names, data, material)

    parts = {
        "solved": lambda: solve_tile(section, rows, columns, prove=True),
        "evaluated": floor(data, answers()),
        **{words: lambda names=names: derived(names) for words, names in ASKED.items()},
    }
    found = {
        name: min(timed(work)[1].cpu for _ in range(rounds + 1)) for name, work in parts.items()
    }
    found["packing of a number"] = packing(section, tile, rounds)
    return {name: seconds / len(points.pressure_kbar) for name, seconds in found.items()}


def packing(section, tile, rounds):
    """Return the least seconds that packing a property takes: that of another copy of densities."""
    shape = tile["status"].shape
    variables = properties_of(problems.replace(section, properties=("density",)))
    with_one, without = (
        Packing.of(Layout.of(section, tables_of(section), "full", shape, properties=each))
        for each in (variables, ())
    )
    tile = {**tile, variables[0].name: tile["density"]}
    seconds = [
        min(timed(each.pack, tile, 0.0)[1].cpu for _ in range(rounds))
        for each in (with_one, without)
    ]
    return max(seconds[0] - seconds[1], 0.0)


def main(words: list[str] | None = None) -> None:
    """Measure the shipped sections and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=400)
    parser.add_argument("--tiles", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args(words)
    rng = np.random.default_rng(7)
    for name, label in problems.SECTIONS.items():
        section = problems.shipped_section(name, given.points**2)
        room = np.array(section.shape) - LARGE_TILE
        tiles = [
            [slice(int(i), int(i) + n) for i, n in zip(corner, LARGE_TILE, strict=True)]
            for corner in rng.integers(0, room, (given.tiles, 2))
        ]
        found = [parts_of(section, *tile, given.rounds) for tile in tiles]
        means = {part: 1e3 * float(np.mean([each[part] for each in found])) for part in found[0]}
        print(label, flush=True)
        for part, value in means.items():
            share = 100.0 * value / means["solved"]
            print(f"  {part:45} {value:.4f} ms a point, {share:5.1f} %", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

"""The ladder, from one standard energy to a million points; every time is CPU time.

Compilation is in no time here: each rung is run once before it is measured. Every result array is
filled. The rungs of whole sections and clouds also write down whether their answers are right.
"""

import os
import time
from types import SimpleNamespace

import numpy as np
import problems
import pytest
from loops import descents, standard_energies
from timing import timed
from verification.families import FAMILIES, cloud

import gibbsite as gb
from gibbsite._running.tile import solve_tile
from gibbsite._solving.solve import solve_points
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.layout import Options, Points
from gibbsite_engine.phase_work import new_phase_work
from gibbsite_engine.results import new_results
from gibbsite_engine.standard import new_conditions
from gibbsite_engine.sweep import Assignment, sweep

pytestmark = pytest.mark.benchmark(timer=time.process_time, disable_gc=True, max_time=0.4)

MILLION = bool(os.environ.get("GIBBSITE_BENCH_MILLION"))
SIZES = (10_000, 100_000, 1_000_000) if MILLION else (10_000, 100_000)
SAMPLE = int(os.environ.get("GIBBSITE_BENCH_SAMPLE", "150"))
CLOUD_FAMILY = "low-Ti mare basalt"
SOLUTIONS = [p.name for p in gb.database("T21-Su26").phases if len(p.endmembers) > 1]
ALTERNATIONS = 100


def test_standard_energies(rung, unit):
    temperatures = np.linspace(1200.0, 1600.0, 200)
    conditions = new_conditions(unit.system)
    names = f"standard energies of {unit.system.endmembers.enthalpy.size} end-members"
    rung(names, per_round=len(temperatures))(
        standard_energies, unit.system, temperatures, 3.0, conditions
    )


def test_all_phases(rung, unit):
    name = f"G, mu, H of {unit.solutions} solutions (the unit)"
    rung(name, per_round=500)(unit.evaluate, 0, unit.solutions, 500)


@pytest.mark.parametrize("k", range(len(SOLUTIONS)), ids=SOLUTIONS)
def test_one_phase(rung, unit, k):
    rung(f"G, mu, H of {SOLUTIONS[k]}", per_round=2000)(unit.evaluate, k, k + 1, 2000)


@pytest.mark.parametrize("k", range(len(SOLUTIONS)), ids=SOLUTIONS)
def test_one_descent(rung, unit, database, k):
    """From mixtures all over the polytope, at the potentials of a rock half molten."""
    rock = gb.bulk("high-ti-glass").array(database.components)
    whole = problems.solve_alone(database, 3.0, 1400.0, rock)["chemical_potential"][0]
    gamma = whole[unit.reduced.present]
    seeds = unit.system.seeds
    some = slice(seeds.start[k], seeds.start[k + 1])
    starts = 0.9 * seeds.proportions[some][::8] + 0.1 * seeds.centre[k]
    base, p = np.zeros_like(unit.conditions.g0), np.zeros(starts.shape[1])
    arguments = (
        unit.phases, k, unit.conditions, gamma, starts, Options().descent_steps, base, p,
        new_phase_work(unit.phases),
    )  # fmt: skip
    steps = descents(*arguments) / len(starts)
    rung(f"one descent of {SOLUTIONS[k]}", per_round=len(starts), steps=steps)(descents, *arguments)


def path(n, family="high-Ti glass"):
    """Return a rock through 400 degrees at 3 kbar: kbar, K, moles."""
    rock = cloud(family, 1).bulk_mol[0]
    return np.full(n, 3.0), np.linspace(1273.15, 1673.15, n), np.tile(rock, (n, 1))


def test_warm_path(rung, database):
    points = path(2001)
    problems.solve_path(database, *points)
    rung("warm point, mean of a path of 2001 points", per_round=2001).pedantic(
        problems.solve_path, args=(database, *points), rounds=5
    )


def test_warm_point(rung, database):
    """Two neighbours that start from each other in turn, so that one point can be timed.

    The first is cold; its time is taken out. A degree apart, all families.
    """
    points = [cloud(family, SAMPLE // len(FAMILIES), seed=1) for family in FAMILIES]
    p, t, bulk = (np.concatenate(parts) for parts in zip(*points, strict=True))
    first, alternate = [], np.arange(ALTERNATIONS + 1) % 2
    turn = iter(range(len(p)))

    def chain(i, n):
        temperature = t[i] + problems.ZERO_CELSIUS_K + alternate[:n]
        return np.full(n, p[i]), temperature, np.tile(bulk[i], (n, 1))

    def setup():
        i = next(turn)
        first.append(timed(problems.solve_path, database, *chain(i, 1))[1].cpu)
        return (database, *chain(i, ALTERNATIONS + 1)), {}

    rung("warm point", per_round=ALTERNATIONS, first_s=first).pedantic(
        problems.solve_path, setup=setup, rounds=len(p)
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_cold_point(rung, unit, family):
    """One kernel call, with its workspace and its results at hand."""
    points = cloud(family, SAMPLE)
    bulk = unit.reduced.inside(points.bulk_mol)
    work, options = new_workspace(unit.system), Options()
    task, results, turn = Assignment(np.zeros(1, np.int64)), [], iter(range(SAMPLE))

    def setup():
        i = next(turn)
        results.append(new_results(unit.system, 1))
        where = slice(i, i + 1)
        t = points.temperature_C[where] + problems.ZERO_CELSIUS_K
        one = Points(points.pressure_kbar[where], t, bulk[where])
        return (unit.system, options, one, task, work, results[-1]), {}

    bench = rung(f"cold point, {family}")
    bench.pedantic(sweep, setup=setup, rounds=SAMPLE)
    status = np.array([r.status[0] for r in results])
    bench.extra_info["uncertified"] = problems.not_certified(status)
    bench.extra_info["slowest"] = int(np.argmax(bench.stats.stats.data))


def test_isolated_call(rung, database):
    """`gibbsite.equilibrium`, with everything it names and checks."""
    points = cloud("low-Ti mare basalt", SAMPLE)
    rocks = [gb.bulk(mol=dict(zip(database.components, b, strict=True))) for b in points.bulk_mol]
    turn = iter(range(SAMPLE))

    def setup():
        i = next(turn)
        p, t = points.pressure_kbar[i], points.temperature_C[i]
        return (rocks[i],), {"pressure_kbar": p, "temperature_C": t, "database": database}

    rung("gibbsite.equilibrium").pedantic(gb.equilibrium, setup=setup, rounds=SAMPLE)


@pytest.mark.parametrize("points", SIZES)
@pytest.mark.parametrize("name", problems.SECTIONS)
def test_section(rung, name, points):
    section = problems.shipped_section(name, points)
    solve_tile(section, slice(0, 4), slice(0, 4), prove=True)
    solved = []
    rounds = 3 if points <= 10_000 else 1
    bench = rung(f"{problems.SECTIONS[name]}, {section.size} points", per_round=section.size)
    _, clock = timed(
        lambda: bench.pedantic(
            lambda: solved.append(problems.solve_section(section)),
            setup=solved.clear,
            rounds=rounds,
        )
    )
    cpu = [t.cpu for t in solved[-1].timings.values()]
    counts = [tile["status"].size for tile in solved[-1].tiles.values()]
    per_point = np.array(cpu) / np.array(counts)
    bench.extra_info.update(
        section=name,
        points=points,
        wall_per_cpu=clock.wall / clock.cpu,
        tile_s_per_point=np.percentile(per_point, [50, 99, 100]).tolist(),
        slowest_tile=list(solved[-1].tiles)[int(np.argmax(per_point))],
        quality=problems.section_quality(solved[-1])._asdict(),
    )


def test_cloud(rung, database):
    """Points with a rock of their own each, one thread."""
    n = 100_000
    points = cloud(CLOUD_FAMILY, n, seed=2)
    t = points.temperature_C + problems.ZERO_CELSIUS_K
    found = []
    bench = rung(f"cloud of {CLOUD_FAMILY}, {n} points", per_round=n)
    arguments = (database, points.pressure_kbar, t, points.bulk_mol, 1)
    _, clock = timed(
        lambda: bench.pedantic(lambda: found.append(solve_points(*arguments)), rounds=1)
    )
    bench.extra_info["wall_per_cpu"] = clock.wall / clock.cpu
    where = SimpleNamespace(
        pressure_kbar=points.pressure_kbar, temperature_K=t, bulk_mol=points.bulk_mol
    )
    found_quality = problems.quality(database, found[0], where, 200)
    bench.extra_info["quality"] = found_quality._asdict()


def test_writing(rung, tmp_path):
    """What `compute` does beside solving: pack, compress, commit, and put the file together."""
    section = problems.shipped_section("fig4c", 100_000)
    solved = {}
    for rows, columns in problems.tiles(section)[:30]:  # the same tiles again and again
        solved.setdefault((rows.stop - rows.start, columns.stop - columns.start), []).append(
            solve_tile(section, rows, columns, prove=True)
        )
    for rows, columns in problems.tiles(section):
        shape = rows.stop - rows.start, columns.stop - columns.start
        if shape not in solved:
            solved[shape] = [solve_tile(section, rows, columns, prove=True)]

    def known(_, rows, columns):
        choice = solved[rows.stop - rows.start, columns.stop - columns.start]
        return choice[(rows.start + columns.start) // 32 % len(choice)]

    def write():
        gb.compute(
            section, tmp_path / "section.h5", workers=1, overwrite=True, progress=False,
            tile_function=known,
        ).close()  # fmt: skip

    bench = rung(f"writing {section.size} points", per_round=section.size)
    _, clock = timed(lambda: bench.pedantic(write, rounds=1))
    bench.extra_info["wall_per_cpu"] = clock.wall / clock.cpu
    bench.extra_info["bytes"] = (tmp_path / "section.h5").stat().st_size

"""Check the nets of exact lines of random sections.

`python verify_network.py [--wet] [SECTIONS [SEED [FIRST [FOLDER]]]]`. Rocks are those of gibbsite's
list and random ones of the families; with `--wet` random ones of the wet families, with little water
or in excess, with and without ferric iron. Pairs of them in temperature and composition, or one in
pressure and temperature, with each database in turn. In a phase diagram a line ends at another line, at
the frame or at a critical point, every change between neighbours of the grid is due to a line, a field
has the assemblage of the points in it, and every line has on its sides the fields that it says. What is
found here is read off the geometry, whatever the diagram says of itself.
"""

import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np
import shapely

import gibbsite as gb
from gibbsite._lines.plane import UNIT
from verification.families import BULKS, FAMILIES, WET_RANGES, members, wet_cloud

DATABASES = ("T21", "T21-Su26", "W24", "G25")
SHIPPED = sorted({key for keys in BULKS.values() for key in keys})
WIDTH_C = (300.0, 700.0)
LOWEST_C = (700.0, 1200.0)
PRESSURE_KBAR = (0.001, 40.0)
WET_WIDTH_C, WET_WIDTH_KBAR = (150.0, 500.0), (3.0, 12.0)
JOINED = 0.5
"""Units: the end of a line this near to another line meets it."""
BESIDE = 20.0
"""Units: a point of the grid this near to a line may have the assemblage of either side."""


def random_rock(rng):
    """Return a rock of the list, or a random one of a family."""
    if rng.random() < 0.5:
        return gb.bulk(str(rng.choice(SHIPPED)), ignore="outside")
    family = str(rng.choice(FAMILIES))
    moles = members(family, 1, rng)[0]
    names = gb.database(DATABASES[0]).components
    return gb.bulk(mol=dict(zip(names, moles, strict=True)), name=f"a {family}")


def random_section(rng, database):
    """Return a section of 41 x 61 points."""
    low = rng.uniform(*LOWEST_C)
    temperature = (round(low), round(low + rng.uniform(*WIDTH_C)), 61)
    if rng.random() < 0.5:
        rocks = random_rock(rng), random_rock(rng)
        pressure = round(float(rng.uniform(*PRESSURE_KBAR)), 3)
        return gb.Section.temperature_composition(
            *rocks, pressure_kbar=pressure, temperature_C=temperature, steps=41, database=database
        )
    pressure = np.sort(rng.uniform(*PRESSURE_KBAR, 2)).round(3)
    pressure[1] = max(pressure[1], pressure[0] + 5.0)
    return gb.Section.pressure_temperature(
        random_rock(rng), pressure_kbar=(*pressure, 41), temperature_C=temperature,
        database=database,
    )  # fmt: skip


def wet_section(rng, database):
    """Return a section of 31 x 41 points of random wet rocks."""
    moles = wet_cloud(database, 2, rng.integers(2**31))[0].bulk_mol
    names, ranges = gb.database(database).components, WET_RANGES[database]
    rocks = [
        gb.bulk(mol=dict(zip(names, row, strict=True)), name=f"wet {end}")
        for end, row in zip("AB", moles, strict=True)
    ]

    def span(ends, widths):
        width = rng.uniform(*widths)
        low = rng.uniform(ends[0], ends[1] - width)
        return round(low, 2), round(low + width, 2)

    temperature = (*span(ranges.temperature_C, WET_WIDTH_C), 41)
    if rng.random() < 0.5:
        pressure = round(float(rng.uniform(*ranges.pressure_kbar)), 3)
        return gb.Section.temperature_composition(
            *rocks, pressure_kbar=pressure, temperature_C=temperature, steps=31, database=database
        )
    return gb.Section.pressure_temperature(
        rocks[0], pressure_kbar=(*span(ranges.pressure_kbar, WET_WIDTH_KBAR), 31),
        temperature_C=temperature, database=database,
    )  # fmt: skip


def faults(dataset, diagram):
    """Count what cannot be in a phase diagram, by kind."""
    units = np.array([UNIT[axis] for axis in diagram.axes])
    corner = np.array([float(dataset[axis][0]) for axis in diagram.axes])
    ends = np.array([float(dataset[axis][-1]) for axis in diagram.axes])

    def scaled(geometry):
        return shapely.transform(geometry, lambda xy: (xy - corner) / units)

    paths = [scaled(line.path) for line in diagram.lines]
    found = Counter(unexplained=diagram.unexplained)
    # where rocks beyond some x cannot be made of the phases, the diagram ends there
    made = shapely.box(*shapely.total_bounds([scaled(field.outline) for field in diagram.fields]))
    found["open ends"] = sum(open_ends(paths, diagram, (ends - corner) / units, made))
    found["wrong sides"] = sum(
        tuple(diagram.fields[i].phases if i >= 0 else () for i in line.fields)
        != (line.left, line.right)
        for line in diagram.lines
    )
    area = sum(field.area_fraction for field in diagram.fields)
    found["missing area"] = int(abs(area - 1.0) > 1e-6)
    found["other points"] = other_points(dataset, diagram, paths, scaled)
    return +found


def open_ends(paths, diagram, size, made):
    """Yield whether each end of a line is neither on another, nor on the frame, nor critical."""
    frame = shapely.union(shapely.box(*(0.0, 0.0), *size).exterior, made.exterior)
    for i, (line, path) in enumerate(zip(diagram.lines, paths, strict=True)):
        for number, end in zip(line.points, (path.coords[0], path.coords[-1]), strict=True):
            point = shapely.Point(end)
            others = [*paths[:i], *paths[i + 1 :], frame]
            kind = diagram.points[number].kind
            yield kind not in ("critical", "loop") and not any(
                each.distance(point) < JOINED for each in others
            )


def other_points(dataset, diagram, paths, scaled):
    """Count the points of the grid whose assemblage is not that of the field they lie in."""
    names = dataset.gb.assemblage().values
    x, y = (dataset[axis].values for axis in diagram.axes)
    places = scaled(shapely.points(*np.meshgrid(x, y))).ravel()
    inside = np.ones(names.shape, bool)
    for dim, axis in ((1, x), (0, y)):  # a component may be absent at an end of x
        if axis[0] == 0.0 and axis[-1] <= 1.0:
            inside[:, [0, -1]] = dim == 0
    if not diagram.fields:
        return int(len(np.unique(names)) > 1)
    tree = shapely.STRtree([scaled(field.outline) for field in diagram.fields])
    field = tree.nearest(places)
    own = np.array(["+".join(each.phases) for each in diagram.fields])[field]
    lines = shapely.STRtree(paths)
    near = np.zeros(len(places), bool)
    if paths:
        near[np.unique(lines.query(places, predicate="dwithin", distance=BESIDE)[0])] = True
    answered = names.ravel() != ""
    return int(((own != names.ravel()) & answered & ~near & inside.ravel()).sum())


def traced(section, path, spent):
    """Return the lines of a section; its points are computed unless the file is there already."""
    start = time.process_time()
    if not path.exists():
        gb.compute(section, path, progress=False, prove=False).close()
    spent["sections"] += time.process_time() - start
    start = time.process_time()
    diagram = gb.trace(path)
    spent["lines"] += time.process_time() - start
    return diagram


def checked(section, path, spent):
    """Return the faults of a section, and its lines; what is raised is a fault, and is printed."""
    try:
        diagram = traced(section, path, spent)
        with gb.open(path) as dataset:
            return faults(dataset, diagram), diagram.lines
    except Exception:  # noqa: BLE001  whatever it is, it is a fault
        traceback.print_exc()
        return Counter(crashed=1), ()


def main(sections=200, seed=0, first=0, folder=None, wet=False):
    """Print what is wrong with each section, and the sums; return whether nothing is.

    Files and pictures of faulty ones are kept in a folder, if one is given.
    """
    databases, make = (tuple(WET_RANGES), wet_section) if wet else (DATABASES, random_section)
    total, bad, spent = Counter(), 0, Counter()
    with tempfile.TemporaryDirectory() as scratch:
        for i in range(first, first + sections):
            section = make(np.random.default_rng([seed, i]), databases[i % len(databases)])
            path = Path(folder or scratch) / f"{seed}-{i}.h5"
            before = spent["lines"]
            found, lines = checked(section, path, spent)
            total += found
            bad += bool(found)
            where = " x ".join(f"{a.start:g}-{a.stop:g}" for a in (section.columns, section.rows))
            print(
                f"{i:4d} {section.database:8s} {section.title}: {where}; {len(lines)} lines, "
                f"{spent['lines'] - before:.1f} s{'; ' if found else ''}"
                + ", ".join(f"{n} {kind}" for kind, n in found.items()),
                flush=True,
            )
            if folder is None:
                path.unlink(missing_ok=True)
            elif found and "crashed" not in found:
                gb.plot(path, path.with_suffix(".png"), isopleths={}).clear()
    print(
        f"{sections} sections, {bad} with a fault: {dict(total)}; processor seconds {dict(spent)}"
    )
    return bad == 0


if __name__ == "__main__":
    given = [each for each in sys.argv[1:] if each != "--wet"]
    sys.exit(0 if main(*map(int, given[:3]), *given[3:4], wet="--wet" in sys.argv) else 1)

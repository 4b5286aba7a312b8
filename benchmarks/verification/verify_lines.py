"""Check exact lines: `python verify_lines.py FILE.h5 [FINER.h5]`, files of `gibbsite section`.

Lines are made anew, in memory. 200 places are chosen at random along them, between vertices as well
as on them. At each the line is crossed along the axis that crosses it more steeply: two points there,
one unit (0.01 degC, 1e-4 in x, 0.001 kbar) or less to either side, each solved cold and alone, must
have the assemblages of the two sides, and a bisection between them gives the error of the line.
With a second file, of the same section on another grid, its lines are compared with those of the first.
"""

import sys
import time

import numpy as np
import shapely

import gibbsite as gb
from gibbsite._lines.plane import UNIT
from gibbsite._running.tile import solve_tile
from gibbsite._section.section import Section
from gibbsite._solving.solve import solve_grid

PLACES = 200
BISECTIONS = 8
TILES = 20
AGREE_C = 0.05


def chords(diagram, units):
    """Start and step of every chord in units, and the number of its line."""
    starts, steps, numbers = [], [], []
    for i, line in enumerate(diagram.lines):
        xy = shapely.get_coordinates(line.path) / units
        starts.append(xy[:-1])
        steps.append(np.diff(xy, axis=0))
        numbers += [i] * (len(xy) - 1)
    return np.vstack(starts), np.vstack(steps), np.array(numbers)


class Cold:
    """Assemblages of single points, each solved from nothing."""

    def __init__(self, section, axes, units):
        self.section, self.axes, self.units = section, axes, units
        self.data = section.load_database()

    def __call__(self, place):
        at = dict(zip(self.axes, place * self.units, strict=True)) | self.section.fixed
        x = np.array([at.get("x", 0.0)])
        bulk = (1.0 - x)[:, None] * self.section.bulks[0].array(self.data.components)
        bulk += x[:, None] * self.section.bulks[-1].array(self.data.components)
        arrays = solve_grid(
            self.data, np.array([at["pressure_kbar"]]), np.array([at["temperature_C"] + 273.15]),
            bulk, (1, 1),
        )  # fmt: skip
        names = self.data.phase_names
        return tuple(sorted(names[i] for i in arrays["phase_id"][0] if i >= 0))


def error_of(cold, line, place, step):
    """Distance of the boundary from a place on a line, in units; NaN if it is not within one."""
    axis = int(abs(step[0]) > abs(step[1]))  # across the longer part of the step
    across = np.eye(2)[axis]
    # the side to which the axis leads from the line
    leads_left = step[0] * across[1] - step[1] * across[0] > 0.0
    ends = (line.right, line.left) if leads_left else (line.left, line.right)
    for high in (1.0, 0.5, 0.25, 0.1, 0.02):  # nearer where the field beside the line is thin
        if (cold(place - high * across), cold(place + high * across)) == ends:
            break
    else:
        return np.nan
    low = -high
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if cold(place + middle * across) == ends[0]:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def verify(dataset, diagram):
    """Print the errors at random places; return whether all are within a unit."""
    units = np.array([UNIT[axis] for axis in diagram.axes])
    cold = Cold(Section.from_text(dataset.attrs["section_toml"]), diagram.axes, units)
    starts, steps, numbers = chords(diagram, units)
    length = np.hypot(*steps.T)
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(length), PLACES, p=length / length.sum())
    errors = np.array(
        [
            error_of(cold, diagram.lines[numbers[k]], starts[k] + share * steps[k], steps[k])
            for k, share in zip(chosen, rng.random(PLACES), strict=True)
        ]
    )
    for k in chosen[np.isnan(errors)]:
        line = diagram.lines[numbers[k]]
        print("  not within a unit:", (starts[k] * units).round(4), line.left, line.right)
    print(
        f"{PLACES} places: {np.isnan(errors).sum()} not within a unit, error of the others at most "
        f"{np.nanmax(abs(errors)):.3f} units, median {np.nanmedian(abs(errors)):.3f}"
    )
    return not np.isnan(errors).any()


def compare(first, second):
    """Print how far the lines of one grid are from those of another; return whether they agree."""
    units = np.array([UNIT[axis] for axis in first.axes])
    worst, lost = 0.0, 0
    for one, other in ((first, second), (second, first)):
        for line in one.lines:
            same = [
                shapely.transform(each.path, lambda xy: xy / units)
                for each in other.lines
                if {each.left, each.right} == {line.left, line.right}
            ]
            if not same:
                lost += 1
                print("  in one only:", line.left, line.right, f"{line.path.length:.3g} long")
                continue
            vertices = shapely.points(shapely.get_coordinates(line.path) / units)
            worst = max(worst, shapely.distance(vertices, shapely.union_all(same)).max())
    print(
        f"{len(first.lines)} and {len(second.lines)} lines, {lost} in one only; the others differ by "
        f"at most {worst:.3f} units"
    )
    return lost == 0 and worst * UNIT["temperature_C"] <= AGREE_C


def section_seconds(section):
    """Time of one processor that the section takes, from tiles at random."""
    rng = np.random.default_rng(0)
    corners = [(rng.integers(0, n - 1, TILES) // 32) * 32 for n in section.shape]
    spans = [
        [slice(i, min(i + 32, n)) for i in corner]
        for corner, n in zip(corners, section.shape, strict=True)
    ]
    solve_tile(section, spans[0][0], spans[1][0])  # compiles
    start, points = time.process_time(), 0
    for rows, columns in zip(*spans, strict=True):
        solve_tile(section, rows, columns)
        points += (rows.stop - rows.start) * (columns.stop - columns.start)
    return (time.process_time() - start) * section.size / points


def traced(path):
    """Lines of a file, and the dataset; prints what they cost."""
    dataset = gb.open(path)
    gb.trace(dataset)  # compiles
    start = time.process_time()
    diagram = gb.trace(dataset)
    cpu = time.process_time() - start
    section = section_seconds(Section.from_text(dataset.attrs["section_toml"]))
    print(
        f"{path}: {len(diagram.lines)} lines, {len(diagram.points)} points, {len(diagram.fields)} "
        f"fields, {diagram.unexplained} changes unexplained; {cpu:.2f} s of one processor, the section "
        f"{section:.1f} s: {100 * cpu / section:.1f} %"
    )
    return dataset, diagram


def main(paths):
    dataset, diagram = traced(paths[0])
    good = diagram.unexplained == 0 and verify(dataset, diagram)
    for path in paths[1:]:
        good &= compare(diagram, traced(path)[1])
    return good


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)

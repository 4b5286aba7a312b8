"""How far isopleths are from where they should be: `python -m verification.verify_isopleths FILE.h5 QUANTITY ...`.

A sample of the vertices of the isopleths of a result, and of the middles of their chords, is solved
alone. The error of the quantity is given as a share of its range between the levels; that of the
place is the distance to the level along the normal, in steps of the grid. Ends of isopleths
inside the diagram are counted by what lies there.
"""

import sys
from collections import Counter

import numpy as np
import shapely

import gibbsite as gb
from gibbsite._drawing.exact import solved_fields
from gibbsite._drawing.isopleths import find_isopleths, quantity_values, round_levels
from gibbsite._drawing.rims import Rims, _kind, on_grid
from gibbsite._quantities.grammar import parse, subject_phases
from gibbsite._quantities.read import keys_of

SAMPLE = 400
STEP = 0.02  # of the grid, across an isopleth
NEAR = 1e-4  # of the grid
INSIDE = 1e-3  # of the grid; lines stop a little before an end where a component is absent
SHARES = (50, 99, 100)


class Points:
    """Points of a section, in columns and rows of its grid, solved alone."""

    def __init__(self, dataset, axes):
        self._data = gb.database(str(dataset.attrs["database"]))
        self._axes = [np.asarray(dataset[name].values, float) for name in axes]
        self._names = axes
        self._dataset = dataset

    def quantity(self, text, places):
        """Return a quantity at places (n, 2), and the assemblages there."""
        at = {
            name: np.interp(places[:, k], np.arange(len(axis)), axis)
            for k, (name, axis) in enumerate(zip(self._names, self._axes, strict=True))
        }
        bulk = self._dataset["bulk_mol"].transpose(*self._names[::-1], "component").values
        if "x" in self._names:
            first, last = (
                (bulk[0, 0], bulk[0, -1]) if self._names[0] == "x" else (bulk[0, 0], bulk[-1, 0])
            )
            bulks = first + at["x"][:, None] * (last - first)
        else:
            bulks = np.tile(bulk[0, 0], (len(places), 1))
        p, t = (
            at.get(
                name,
                np.broadcast_to(self._dataset[name].values, len(places)) if name not in at else 0,
            )
            for name in ("pressure_kbar", "temperature_C")
        )
        found = gb.equilibria(
            bulks, pressure_kbar=p, temperature_C=t, database=self._data, errors="status"
        )
        return np.asarray(found.gb.quantity(text).values), found


def sampled(curve, rng):
    """Return vertices and middles of chords of an isopleth, and the normals there."""
    places, middles, along = [], [], []
    for part in shapely.get_parts(curve.path):
        xy = shapely.get_coordinates(part)
        step = np.diff(xy, axis=0)
        length = np.hypot(*step.T)
        step, length, xy = (
            step[length > 1e-9],
            length[length > 1e-9],
            xy[np.append(True, length > 1e-9)],
        )
        if len(xy) < 3:
            continue
        tangent = step / length[:, None]
        places.append(xy[1:-1])
        along.append(tangent[1:])
        middles.append((xy[1:-1] + xy[2:]) / 2)
    if not places:
        return np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 2))
    places, middles, along = (np.vstack(each) for each in (places, middles, along))
    chosen = rng.permutation(len(places))[:SAMPLE]
    return places[chosen], middles[chosen], np.column_stack([-along[:, 1], along[:, 0]])[chosen]


def errors(points, curve, places, normals):
    """Return the errors of a quantity and of the place, NaN where there is no value."""
    here, ahead, behind = (
        points.quantity(curve.quantity, places + sign * STEP * normals)[0] for sign in (0, 1, -1)
    )
    slope = (ahead - behind) / (2 * STEP)
    off = here - curve.level
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.abs(off), np.abs(off / slope)


def ends(curve, rims, fields, outlines, kinds, width):
    """Return what each end of an isopleth inside the frame is at."""
    found = Counter()
    high = np.array(fields.labels.shape[::-1]) - 1.0
    for part in shapely.get_parts(curve.path):
        xy = shapely.get_coordinates(part)
        if np.hypot(*(xy[0] - xy[-1])) < 1e-6:
            continue
        for end in (xy[0], xy[-1]):
            if (end < INSIDE).any() or (end > high - INSIDE).any():
                found["frame"] += 1
                continue
            around = [i for i, o in enumerate(outlines) if o.distance(shapely.Point(end)) < NEAR]
            if any(kinds[i] is None for i in around):
                found["where the phase runs out"] += 1
                continue
            at = rims._on_axes(np.tile(end, (len(around), 1)))
            values = rims._within.solve(np.array(around, np.int64), at).gb.quantity(curve.quantity)
            off = np.abs(values.values - curve.level)
            if np.isnan(off).any():
                found["not solved"] += 1
            elif len(around) > 1 and off.max() > width:
                found["a jump"] += 1
            else:
                found["FAULT"] += 1
                place = rims._on_axes(end[None])[0]
                print(
                    "   ",
                    curve.quantity,
                    curve.level,
                    place,
                    [fields.fields[i].phases for i in around],
                    off,
                )
    return found


def verify(path, quantities):
    """Print the errors of the isopleths of some quantities."""
    rng = np.random.default_rng(0)
    with gb.open(path) as dataset:
        fields = solved_fields(dataset)
        points = Points(dataset, fields.axes[::-1])
        rims = Rims(dataset, fields)
        outlines = [on_grid(dataset, fields, field.outline) for field in fields.fields]
        for quantity in quantities:
            values = quantity_values(dataset, quantity)
            low, high = np.nanmin(values), np.nanmax(values)
            levels = round_levels(low, high)
            meant = parse(quantity, keys_of(dataset))
            phases = subject_phases(meant, keys_of(dataset)) if meant.of_phase else ()
            kinds = [_kind(field.phases, phases) for field in fields.fields]
            curves = find_isopleths(dataset, {quantity: levels}, rims)
            told = {"vertices": [], "middles": []}
            at_ends = Counter()
            parts = 0
            for curve in curves:
                places, middles, normals = sampled(curve, rng)
                told["vertices"].append(errors(points, curve, places, normals))
                told["middles"].append(errors(points, curve, middles, normals))
                at_ends += ends(curve, rims, fields, outlines, kinds, 1e-3 * (high - low))
                parts += len(shapely.get_parts(curve.path))
            print(
                f"{quantity}: {low:.4g} to {high:.4g}, {len(levels)} levels, {parts} lines; ends {dict(at_ends)}"
            )
            for what, pairs in told.items():
                off, place = (np.concatenate(each) for each in zip(*pairs, strict=True))
                off = off / (high - low)
                a = ", ".join(f"{np.nanpercentile(off, s):.1e}" for s in SHARES)
                b = ", ".join(f"{np.nanpercentile(place, s):.1e}" for s in SHARES)
                print(
                    f"  {what:9s} n {len(off):5d} without {np.isnan(off).sum():3d}  median, p99, max  of range {a}  of a cell {b}",
                    flush=True,
                )


if __name__ == "__main__":
    verify(sys.argv[1], sys.argv[2:])

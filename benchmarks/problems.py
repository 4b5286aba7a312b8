"""What is measured: dense sections tile by tile, single points, and whether answers are right."""

import math
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from timing import timed
from verification.families import FAMILIES, reference_bulks

import gibbsite as gb
from gibbsite._running.tile import solve_tile
from gibbsite._solving.solve import solve_grid, solve_points
from gibbsite._store.schema import TILE_SHAPE
from gibbsite_engine.status import CERTIFIED, STATUS_NAMES

SECTIONS = {"fig4c": "Fig. 4C", "fig3a": "Fig. 3A", "klb1": "KLB-1 peridotite"}
ZERO_CELSIUS_K = 273.15
# Phases of less than this, and driving forces nearer to zero, do not tell two assemblages apart.
LEAST_AMOUNT = 1e-7
SAME_ENERGY = 1e-8  # kJ per mole of oxides


# Of the variables of a result, those that are looked at afterwards: a million points fit in memory.
KEPT = (
    "status", "answered_by", "optimality_residual", "mass_residual", "lowest_driving_force",
    "gibbs_energy", "phase_id", "amount_mol",
)  # fmt: skip


class Solved(NamedTuple):
    """A section, what was found, and what each tile took."""

    section: gb.Section
    tiles: dict
    """(row, column) of a tile's first point -> its variables."""
    timings: dict
    """The same -> Timed."""


def shipped_section(name, points):
    """Return a shipped section with at least `points` points, as many rows as columns."""
    section = gb.Section.from_toml(name)
    n = math.ceil(math.sqrt(points))
    return replace(
        section, rows=replace(section.rows, points=n), columns=replace(section.columns, points=n)
    )


def dry(database):
    """Return the database reduced to what the rock families are made of: no water, ferrous iron."""
    return database.reduced(reference_bulks(FAMILIES[0], database.name)[0] > 0)


def tiles(section):
    """Return the tiles that `gibbsite.compute` cuts a section into."""
    starts = [range(0, n, step) for n, step in zip(section.shape, TILE_SHAPE, strict=True)]
    return [
        (
            slice(row, min(row + TILE_SHAPE[0], section.shape[0])),
            slice(column, min(column + TILE_SHAPE[1], section.shape[1])),
        )
        for row in starts[0]
        for column in starts[1]
    ]


def solve_section(section):
    """Solve all tiles on this thread, with every variable that `compute` would store."""
    solved = Solved(section, {}, {})
    for rows, columns in tiles(section):
        corner = rows.start, columns.start
        tile, solved.timings[corner] = timed(
            partial(solve_tile, prove=True), section, rows, columns
        )
        solved.tiles[corner] = {name: tile[name] for name in KEPT}
    return solved


def whole(solved, variable):
    """Return a variable at all points of a section, (rows, columns, ...)."""
    first = next(iter(solved.tiles.values()))[variable]
    out = np.empty((*solved.section.shape, *first.shape[2:]), first.dtype)
    for (row, column), tile in solved.tiles.items():
        part = tile[variable]
        out[row : row + part.shape[0], column : column + part.shape[1]] = part
    return out


def solve_alone(database, pressure, temperature, bulk):
    """Solve one point with no neighbour, by kbar, K and moles: the variables, of length 1."""
    one = np.array([pressure]), np.array([temperature]), np.ascontiguousarray(bulk[None, :])
    return solve_points(database, *one, workers=1)


def solve_path(database, pressure, temperature, bulk):
    """Solve points as one chain."""
    return solve_grid(database, pressure, temperature, bulk, (1, len(pressure)))


def assemblage(arrays, where):
    """Phase ids of a point, one for each instance of an amount to speak of."""
    ids, amounts = arrays["phase_id"][where], arrays["amount_mol"][where]
    return tuple(ids[(ids >= 0) & (amounts > LEAST_AMOUNT)].tolist())


def not_certified(status):
    """Return reason -> numbers of the points that ended so."""
    return {
        STATUS_NAMES[s]: np.flatnonzero(status == s).tolist()
        for s in np.unique(status)
        if s != CERTIFIED
    }


class Quality(NamedTuple):
    """Whether the answers of many points are right."""

    points: int
    uncertified: dict
    """Reason -> numbers of the points."""
    answered_by: tuple
    """Points answered warm, cold, and by the fallback."""
    optimality: float
    """kJ/mol, largest residual."""
    mass: float
    """mol, largest residual."""
    driving_force: float
    """kJ per mole of atoms, the lowest found."""
    checked: int
    """Points solved again, alone."""
    energy_difference: float
    """kJ per mole of oxides, largest of those."""
    assemblages_differ: int
    wrong: list
    """Points whose energy or assemblage differs, each with its energy less that when alone."""


def quality(database, arrays, points, checked, seed=0):
    """Summarise the certificates of all points, and solve some of them again with no neighbour.

    Parameters
    ----------
    arrays : dict
        Variables, (n, ...).
    points : Points
        With `pressure_kbar`, `temperature_K`, `bulk_mol` of the same n points.
    checked : int
        How many to solve again.
    """
    n, bad = len(arrays["status"]), arrays["status"] != CERTIFIED
    chosen = np.random.default_rng(seed).choice(n, size=min(checked, n), replace=False)
    difference, differ, wrong = 0.0, 0, []
    for i in chosen[~bad[chosen]].tolist():
        alone = solve_alone(
            database, points.pressure_kbar[i], points.temperature_K[i], points.bulk_mol[i]
        )
        gap = float(arrays["gibbs_energy"][i] - alone["gibbs_energy"][0])
        other = assemblage(alone, 0) != assemblage(arrays, i)
        difference = max(difference, np.inf if np.isnan(gap) else abs(gap))
        differ += other
        if other or not abs(gap) < SAME_ENERGY:
            wrong.append((i, gap))
    return Quality(
        points=n,
        uncertified=not_certified(arrays["status"]),
        answered_by=tuple(np.bincount(arrays["answered_by"][~bad], minlength=3).tolist()),
        optimality=float(np.nanmax(arrays["optimality_residual"])),
        mass=float(np.nanmax(arrays["mass_residual"])),
        driving_force=float(np.nanmin(arrays["lowest_driving_force"])),
        checked=len(chosen),
        energy_difference=difference,
        assemblages_differ=differ,
        wrong=wrong,
    )


def section_quality(solved, checked=200):
    """Summarise the certificates of a section."""
    section = solved.section
    n = section.size
    arrays = {name: whole(solved, name) for name in KEPT}
    flat = {name: values.reshape(n, *values.shape[2:]) for name, values in arrays.items()}
    return quality(gb.database(section.database), flat, section.points(), checked)

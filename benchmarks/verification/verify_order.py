"""Solve the same points in different orders and compare.

    PYTHONPATH=benchmarks python -m verification.verify_order --points 40000

The shipped sections are cut into tiles as `gibbsite.compute` does, and each tile is solved row by
row, backwards, and column by column; a cloud of each rock family along a space-filling curve,
backwards, and in random order. Answers are compared as `agreement` says. Exit status 1 where any
two differ.
"""

import argparse
import os
import sys

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # NumPy, loaded below, is to keep to one core

import numpy as np
import problems

import gibbsite as gb
from gibbsite._solving import results
from gibbsite._solving.solve import Chain
from gibbsite_engine.layout import Points
from gibbsite_engine.ordering import along_curve, chain_edges, grid_chain, grid_edges
from gibbsite_engine.status import CERTIFIED, FALLBACK
from verification import agreement, families

CLOUD = 512  # as long as the chains of `gibbsite.equilibria`
SHOWN = 20


def solve_in_order(database, points, order, edges):
    """All variables of dry points of ferrous iron, solved as one chain in this order."""
    pressure, temperature, bulk = (np.ascontiguousarray(array) for array in points)
    reduced = problems.dry(database)
    out = results.empty(database, len(pressure))
    found = Chain(
        reduced.system, Points(pressure, temperature, reduced.inside(bulk)), order, edges
    ).results
    results.fill(database, reduced, found, bulk, np.arange(len(pressure)), out)
    return out


def tile_orders(shape):
    """Name -> order of the points of a tile, after the first."""
    by_columns = np.arange(shape[0] * shape[1]).reshape(shape).T.copy()
    by_columns[1::2] = by_columns[1::2, ::-1].copy()
    return {"backwards": grid_chain(shape)[::-1].copy(), "by columns": by_columns.ravel()}


def section_tiles(name, points):
    """Yield points, first order, other orders and edges of every tile of a section."""
    section = problems.shipped_section(name, points)
    every = section.points()
    shape = section.shape
    for rows, columns in problems.tiles(section):
        index = np.arange(section.size).reshape(shape)[rows, columns]
        flat = index.ravel()
        inside = every.pressure_kbar[flat], every.temperature_K[flat], every.bulk_mol[flat]
        yield inside, grid_chain(index.shape), tile_orders(index.shape), grid_edges(index.shape)


def family_clouds(points, name):
    """Yield the same of clouds, families in turn."""
    for number in range(-(-points // CLOUD)):
        family = families.FAMILIES[number % len(families.FAMILIES)]
        cloud = families.cloud(family, CLOUD, seed=7000 + number, name=name)
        inside = cloud.pressure_kbar, cloud.temperature_C + problems.ZERO_CELSIUS_K, cloud.bulk_mol
        curve = along_curve(*inside)
        other = {
            "backwards": curve[::-1].copy(),
            "at random": np.random.default_rng(number).permutation(CLOUD),
        }
        yield inside, curve, other, curve[chain_edges(CLOUD)]


def compare(database, pieces, label):
    """Print what differs; return how many comparisons do."""
    compared, wrong, failed, slow, largest = 0, 0, 0, 0, 0.0
    for points, first_order, others, edges in pieces:
        first = solve_in_order(database, points, first_order, edges)
        failed += int((first["status"] != CERTIFIED).sum())
        slow += int((first["answered_by"] == FALLBACK).sum())
        for name, order in others.items():
            second = solve_in_order(database, points, order, edges)
            found = agreement.disagreements(database, first, second)
            gaps = np.abs(first["gibbs_energy"] - second["gibbs_energy"])
            largest = max(largest, float(np.nanmax(gaps, initial=0.0)))
            compared += len(gaps)
            for each in found:
                wrong += 1
                if wrong <= SHOWN:
                    at = [array[each.point].tolist() for array in points]
                    print(f"  {label}, {name}: {each} at {at}")
    print(
        f"{database.name}, {label}: {compared} comparisons, {wrong} differ, largest difference "
        f"{largest:.1e} kJ; {failed} points without an answer, {slow} by the fallback",
        flush=True,
    )
    return wrong


def main():
    """Compare all sections and clouds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database", nargs="?", default="T21-Su26")
    parser.add_argument("--points", type=int, default=10000, help="of each section, and of clouds")
    asked = parser.parse_args()
    database = gb.database(asked.database)
    wrong = 0
    for name, label in problems.SECTIONS.items():
        wrong += compare(database, section_tiles(name, asked.points), label)
    wrong += compare(database, family_clouds(asked.points, database.name), "clouds of all families")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

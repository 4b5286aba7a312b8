"""The vertices of the cell that is looked at, side by side: what is asked of all is done to several at once.

Blocks of LANES vertices, of the last of which the last vertex fills what is left: that changes neither
a least or greatest value nor whether something holds of all. Coordinates are from the middle of the
cell, so that what is along a direction is as exact as the difference from a composition in it.
"""

import math
from typing import NamedTuple

import numpy as np

from gibbsite_engine._jit import inner
from gibbsite_engine._vectors import add_rows
from gibbsite_engine.layout import Floats, Ints

from .cells import Cells
from .chart import Chart

LANES = 16


class Vertices(NamedTuple):
    """Vertices, and scratch for as many as a block has; rows of that are named below."""

    number: Ints
    """(1) vertices."""
    x: Floats
    """(B, d, LANES) from the middle of the cell."""
    y: Floats
    """(B + 1, S, LANES) species there; in the last block any compositions."""
    whole: Floats
    """(B + 1, S, LANES) the totals of their groups."""
    rows: Floats
    """(7, LANES)"""
    weights: Floats
    """(2 S, LANES) of the species, then of the groups, in a sum of products."""
    products: Floats
    """(d, d, 2 S) of the forms of each species, and of each total."""
    matrix: Floats
    """(d, d, LANES) one of each vertex."""
    steps: Floats
    """(2, d, LANES) u and n, see `soft`."""


ZERO, LOW, HIGH, HEIGHT, ALONG, CHANGE, SIZE = range(7)


def new_vertices(dimensions: int, species: int, number: int) -> Vertices:
    """Return room for cells of at most so many vertices."""
    blocks = -(-number // LANES)
    return Vertices(
        np.zeros(1, np.int64),
        np.zeros((blocks, dimensions, LANES)),
        np.zeros((blocks + 1, species, LANES)),
        np.zeros((blocks + 1, species, LANES)),
        np.zeros((7, LANES)),
        np.zeros((2 * species, LANES)),
        np.zeros((dimensions, dimensions, 2 * species)),
        np.zeros((dimensions, dimensions, LANES)),
        np.zeros((2, dimensions, LANES)),
    )


@inner
def blocks(vertices: Vertices):
    """Number of blocks that the vertices fill."""
    return (vertices.number[0] + LANES - 1) // LANES


@inner
def least_of(row):
    """Least number of a row of a block."""
    least = row[0]
    for v in range(1, LANES):
        least = min(least, row[v])
    return least


@inner
def greatest_of(row):
    """Greatest number of a row of a block."""
    most = row[0]
    for v in range(1, LANES):
        most = max(most, row[v])
    return most


@inner
def set_totals(at: Chart, y, whole):
    """Fill the totals of each group in a block."""
    for g in range(at.total_origin.size):
        for v in range(LANES):
            whole[g, v] = 0.0
    for s in range(at.multiplicity.size):
        total, part = whole[at.group[s]], y[s]
        for v in range(LANES):
            total[v] += part[v]


@inner
def lay_out(at: Chart, cells: Cells, first, last, middle, vertices: Vertices):
    """Lay out the vertices of a cell, less its middle; False where there is no room for them."""
    if last - first > vertices.x.shape[0] * LANES:
        return False
    vertices.number[0] = last - first
    for block in range(blocks(vertices)):
        x, y = vertices.x[block], vertices.y[block]
        for v in range(LANES):
            i = min(first + block * LANES + v, last - 1)
            for j in range(at.site.shape[1]):
                x[j, v] = cells.x[i, j] - middle[j]
            for s in range(at.multiplicity.size):
                y[s, v] = cells.y[i, s]
        set_totals(at, y, vertices.whole[block])
    return True


@inner
def heights(direction, d, block, vertices: Vertices, out):
    """Fill c.x of the vertices of a block."""
    add_rows(vertices.rows[ZERO], direction, vertices.x[block], d, out, LANES)


@inner
def extent(direction, d, vertices: Vertices):
    """Return the least and the greatest c.x of all vertices."""
    low, high, height = vertices.rows[LOW], vertices.rows[HIGH], vertices.rows[HEIGHT]
    for v in range(LANES):
        low[v], high[v] = math.inf, -math.inf
    for block in range(blocks(vertices)):
        heights(direction, d, block, vertices, height)
        for v in range(LANES):
            low[v], high[v] = min(low[v], height[v]), max(high[v], height[v])
    return least_of(low), greatest_of(high)


@inner
def vertex(vertices: Vertices, i, j):
    """Return coordinate j of a vertex."""
    return vertices.x[i // LANES, j, i % LANES]


@inner
def lowest_vertex(direction, d, vertices: Vertices):
    """Return the least c.x of all vertices, and at which."""
    least, chosen, height = math.inf, 0, vertices.rows[HEIGHT]
    for block in range(blocks(vertices)):
        heights(direction, d, block, vertices, height)
        for v in range(LANES):
            if height[v] < least:
                least, chosen = height[v], block * LANES + v
    return least, chosen


@inner
def lane_not_positive(a, d, inverse):
    """Factor the lower triangles of a block in place; the first not positive definite, -1 if none."""
    for j in range(d):
        pivot = a[j, j]
        for k in range(j):
            left = a[j, k]
            for v in range(LANES):
                pivot[v] -= left[v] * left[v]
        for v in range(LANES):
            if not pivot[v] > 0.0:
                return v
        for v in range(LANES):
            inverse[v] = 1.0 / math.sqrt(pivot[v])
        for i in range(j + 1, d):
            out = a[i, j]
            for k in range(j):
                left, right = a[i, k], a[j, k]
                for v in range(LANES):
                    out[v] -= left[v] * right[v]
            for v in range(LANES):
                out[v] *= inverse[v]
    return -1

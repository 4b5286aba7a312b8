"""Control points of a group: few values whose weighted means are close to those at all points.

Along each axis of the grid a point counts with Bernstein's weights (1 - u)^2, 2 u (1 - u), u^2 of its place
0 <= u <= 1: 1 - u and u where there are two places, 1 where there is one. The values at the control points
come from those at some points: what is affine in place by least squares, exactly, and of the rest what
fits best; a ridge keeps control points that few points know of from running off.
"""

import numpy as np

from gibbsite_engine._jit import inner, kernel
from gibbsite_engine.dense import cholesky, solve_lower, solve_upper
from gibbsite_engine.layout import Floats, Ints

from .eigen import eigen

MOST = 9
"""Control points, and so few points are their own."""
_LATTICE = 4
"""Points along an axis that tell of the values at the control points."""
CHOSEN = _LATTICE * _LATTICE
_RIDGE = 1e-6
"""Of the mean square of a weight."""
_SINGULAR = 1e-12
"""Of the greatest eigenvalue of what is affine: less is none."""


@inner
def degree_along(places):
    """Return the degree of the weights along an axis, and the least and the greatest place."""
    low, high, between = places[0], places[0], False
    for place in places:
        low, high = min(low, place), max(high, place)
    for place in places:
        between = between or (place > low and place < high)
    return 0 if high == low else (2 if between else 1), low, high


@inner
def bernstein(degree, u, b):
    """Fill the weights (3) at u."""
    if degree == 0:
        b[0] = 1.0
    elif degree == 1:
        b[0], b[1] = 1.0 - u, u
    else:
        b[0], b[1], b[2] = (1.0 - u) * (1.0 - u), 2.0 * u * (1.0 - u), u * u


@inner
def choose(rows, columns, ends, chosen):
    """Fill the points close to the nodes of a lattice denser at its edges, as Chebyshev's are; how many."""
    count = 0
    for a in range(_LATTICE):
        for b in range(_LATTICE):
            row = ends[0] + (0.5 - 0.5 * np.cos(np.pi * a / (_LATTICE - 1))) * (ends[1] - ends[0])
            column = ends[2] + (0.5 - 0.5 * np.cos(np.pi * b / (_LATTICE - 1))) * (
                ends[3] - ends[2]
            )
            nearest, least = 0, np.inf
            for i in range(rows.size):
                far = (rows[i] - row) ** 2 + (columns[i] - column) ** 2
                if far < least:
                    nearest, least = i, far
            known = False
            for c in range(count):
                known = known or chosen[c] == nearest
            if not known:
                chosen[count] = nearest
                count += 1
    return count


@inner
def fill_affine(some, nodes, count, m, scratch, affine):
    """Fill affine (M, N): what is affine in place at the control points, from the values at N points."""
    plan, square, vectors, inverse = scratch[0], scratch[1], scratch[2], scratch[3]
    for i in range(count):
        for a in range(3):
            plan[i, a] = 0.0
            for q in range(m):
                plan[i, a] += some[i, q] * nodes[q, a]
    for a in range(3):
        for b in range(3):
            square[a, b], inverse[a, b] = 0.0, 0.0
            for i in range(count):
                square[a, b] += plan[i, a] * plan[i, b]
    eigen(square, 3, vectors)
    most = max(square[0, 0], square[1, 1], square[2, 2])
    for k in range(3):
        if square[k, k] > _SINGULAR * most:
            for a in range(3):
                for b in range(3):
                    inverse[a, b] += vectors[a, k] * vectors[b, k] / square[k, k]
    for q in range(m):
        for i in range(count):
            affine[q, i] = 0.0
            for a in range(3):
                row = 0.0
                for b in range(3):
                    row += inverse[a, b] * plan[i, b]
                affine[q, i] += nodes[q, a] * row


@inner
def fill_rest(some, count, m, square, rest):
    """Fill rest (N, M): values at the control points of those at N points, by least squares with a ridge."""
    trace = 0.0
    for a in range(m):
        for b in range(a + 1):
            square[a, b] = 0.0
            for i in range(count):
                square[a, b] += some[i, a] * some[i, b]
        trace += square[a, a]
    for a in range(m):
        square[a, a] += _RIDGE * trace / m
    if not cholesky(square, m, 0.0):
        return False
    for i in range(count):
        for a in range(m):
            rest[i, a] = some[i, a]
        solve_lower(square, m, rest[i])
        solve_upper(square, m, rest[i])
    return True


@kernel
def lay_controls(rows: Ints, columns: Ints, weights: Floats, chosen: Ints, fit: Floats, scratch):
    """Fill the weights of the control points of more than MOST points, and how their values come about.

    Parameters
    ----------
    rows, columns : (n) arrays of int
        Of each point in a grid.
    weights : (n, MOST) array
        Positive or zero, adding up to one; as many columns are filled as there are control points.
    chosen : (CHOSEN) array of int
        Points that tell of the values at the control points.
    fit : (MOST, CHOSEN) array
        From values at those to values at the control points.
    scratch : (8, CHOSEN, CHOSEN) array

    Returns
    -------
    (int, int)
        How many control points, and how many points that tell of them.
    """
    (by_row, low, high), (by_column, left, right) = degree_along(rows), degree_along(columns)
    b, c, m = scratch[0, 0], scratch[0, 1], (by_row + 1) * (by_column + 1)
    for i in range(rows.size):
        bernstein(by_row, (rows[i] - low) / max(high - low, 1), b)
        bernstein(by_column, (columns[i] - left) / max(right - left, 1), c)
        total = 0.0
        for q in range(m):
            weights[i, q] = b[q // (by_column + 1)] * c[q % (by_column + 1)]
            total += weights[i, q]
        for q in range(m):
            weights[i, q] /= total
    ends = scratch[0, 0]
    ends[0], ends[1], ends[2], ends[3] = low, high, left, right
    count = choose(rows, columns, ends, chosen)
    some, nodes, affine, rest = scratch[4], scratch[5], scratch[6], scratch[7]
    for i in range(count):
        for q in range(m):
            some[i, q] = weights[chosen[i], q]
    for q in range(m):
        nodes[q, 0] = 1.0
        nodes[q, 1] = (q // (by_column + 1)) / max(by_row, 1)
        nodes[q, 2] = (q % (by_column + 1)) / max(by_column, 1)
    fill_affine(some, nodes, count, m, scratch, affine)
    fitted, left_over = fill_rest(some, count, m, scratch[0], rest), scratch[1]
    for q in range(m if fitted else 0):
        for a in range(m):
            left_over[q, a] = 0.0
            for j in range(count):
                left_over[q, a] += rest[j, q] * some[j, a]
    for q in range(m):
        for i in range(count):
            fit[q, i] = affine[q, i]
            if fitted:
                fit[q, i] += rest[i, q]
                for a in range(m):
                    fit[q, i] -= left_over[q, a] * affine[a, i]
    return m, count


def new_scratch() -> Floats:
    """Scratch for `lay_controls`."""
    return np.zeros((8, CHOSEN, CHOSEN))

"""Small dense factorisations, in place, on the leading n x n block of a larger array."""

import math

from ._jit import inner, kernel
from ._vectors import subtract_rows


@inner
def copy(source, target):
    """Copy a vector; slices of arrays would allocate."""
    for i in range(source.size):
        target[i] = source[i]


@inner
def total(vector):
    """Sum of a vector."""
    s = 0.0
    for x in vector:
        s += x
    return s


@inner
def largest(vector):
    """Largest absolute value of a vector."""
    m = 0.0
    for x in vector:
        m = max(m, abs(x))
    return m


@kernel
def cholesky(a, n, tolerance):
    """Factor the lower triangle of a = L L' in place; False where a pivot falls to `tolerance`
    times its diagonal or below (a is then not positive definite, or singular).
    """  # noqa: D205
    for j in range(n):
        diagonal = a[j, j]
        s = diagonal
        for k in range(j):
            s -= a[j, k] * a[j, k]
        if not s > tolerance * abs(diagonal):
            return False
        root = math.sqrt(s)
        a[j, j] = root
        inverse = 1.0 / root
        for i in range(j + 1, n):
            s = a[i, j]
            for k in range(j):
                s -= a[i, k] * a[j, k]
            a[i, j] = s * inverse
    return True


@kernel
def solve_lower(a, n, b):
    """Solve L x = b in place."""
    for i in range(n):
        s = b[i]
        for k in range(i):
            s -= a[i, k] * b[k]
        b[i] = s / a[i, i]


@kernel
def solve_upper(a, n, b):
    """Solve L' x = b in place, L being the lower triangle of a."""
    for i in range(n - 1, -1, -1):
        b[i] /= a[i, i]
        for k in range(i):  # along a row of L, which lies together in memory
            b[k] -= a[i, k] * b[i]


@kernel
def solve_lower_rows(a, n, b, columns):
    """Solve L X = B in place for the n rows of b."""
    for i in range(n):
        subtract_rows(b[i], a[i], b, i, b[i], columns)
        inverse = 1.0 / a[i, i]
        for c in range(columns):
            b[i, c] *= inverse


@kernel
def invert(a, inverse, n):
    """Gauss-Jordan inverse of a (destroyed) with row pivoting; False where a is singular."""
    for i in range(n):
        for j in range(n):
            inverse[i, j] = 1.0 if i == j else 0.0
    for j in range(n):
        pivot = j
        for i in range(j + 1, n):
            if abs(a[i, j]) > abs(a[pivot, j]):
                pivot = i
        if abs(a[pivot, j]) < 1e-14:
            return False
        if pivot != j:
            for c in range(n):
                a[j, c], a[pivot, c] = a[pivot, c], a[j, c]
                inverse[j, c], inverse[pivot, c] = inverse[pivot, c], inverse[j, c]
        scale = 1.0 / a[j, j]
        for c in range(n):
            a[j, c] *= scale
            inverse[j, c] *= scale
        for i in range(n):
            factor = a[i, j]
            if i != j and factor != 0.0:
                for c in range(n):
                    a[i, c] -= factor * a[j, c]
                    inverse[i, c] -= factor * inverse[j, c]
    return True


@kernel
def solve_square(a, b, n):
    """Solve a x = b in place by elimination with scaled rows and pivoting; False where singular."""
    for i in range(n):
        largest = 0.0
        for j in range(n):
            largest = max(largest, abs(a[i, j]))
        if not largest > 0.0:
            return False
        for j in range(n):
            a[i, j] /= largest
        b[i] /= largest
    for j in range(n):
        pivot = j
        for i in range(j + 1, n):
            if abs(a[i, j]) > abs(a[pivot, j]):
                pivot = i
        if not abs(a[pivot, j]) > 1e-15:
            return False
        if pivot != j:
            for c in range(j, n):
                a[j, c], a[pivot, c] = a[pivot, c], a[j, c]
            b[j], b[pivot] = b[pivot], b[j]
        for i in range(j + 1, n):
            factor = a[i, j] / a[j, j]
            if factor != 0.0:
                for c in range(j + 1, n):
                    a[i, c] -= factor * a[j, c]
                b[i] -= factor * b[j]
    for i in range(n - 1, -1, -1):
        s = b[i]
        for c in range(i + 1, n):
            s -= a[i, c] * b[c]
        b[i] = s / a[i, i]
    return True

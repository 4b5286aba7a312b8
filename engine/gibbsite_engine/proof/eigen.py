"""Eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's rotations."""

import math

from gibbsite_engine._jit import inner


@inner
def eigen(a, n, vectors):
    """Diagonalise the leading n x n block of symmetric a in place; columns of `vectors` follow.

    Cyclic Jacobi (Golub & Van Loan 2013, section 8.5): backward stable, no allocation, and quick
    where a is nearly diagonal already.
    """
    for i in range(n):
        for j in range(n):
            vectors[i, j] = 1.0 if i == j else 0.0
    for _ in range(40):
        off, size = 0.0, 0.0
        for i in range(n):
            size += a[i, i] * a[i, i]
            for j in range(i):
                off += a[i, j] * a[i, j]
        if off <= 1e-26 * size:
            return
        for p in range(n - 1):
            for q in range(p + 1, n):
                if a[p, q] * a[p, q] <= 1e-34 * size:
                    continue
                theta = 0.5 * (a[q, q] - a[p, p]) / a[p, q]
                t = 1.0 / (abs(theta) + math.sqrt(theta * theta + 1.0))
                if theta < 0.0:
                    t = -t
                c = 1.0 / math.sqrt(t * t + 1.0)
                s = t * c
                for i in range(n):
                    x, y = a[i, p], a[i, q]
                    a[i, p] = c * x - s * y
                    a[i, q] = s * x + c * y
                for i in range(n):
                    x, y = a[p, i], a[q, i]
                    a[p, i] = c * x - s * y
                    a[q, i] = s * x + c * y
                for i in range(n):
                    x, y = vectors[i, p], vectors[i, q]
                    vectors[i, p] = c * x - s * y
                    vectors[i, q] = s * x + c * y

"""Eigenvalues and eigenvectors of a small symmetric matrix: Householder's reduction, then QL."""

import math

from gibbsite_engine._jit import inner

_MOST_SWEEPS = 60


@inner
def tridiagonal(v, n, d, e):
    """Reduce symmetric v to tridiagonal form: diagonal d, below it e[1:]; v becomes the rotation.

    Householder's method as in EISPACK's tred2 (Wilkinson & Reinsch 1971, II/2).
    """
    for j in range(n):
        d[j] = v[n - 1, j]
    for i in range(n - 1, 0, -1):
        scale, h = 0.0, 0.0
        for k in range(i):
            scale += abs(d[k])
        if scale == 0.0:
            e[i] = d[i - 1]
            for j in range(i):
                d[j] = v[i - 1, j]
                v[i, j] = 0.0
                v[j, i] = 0.0
            d[i] = 0.0
            continue
        for k in range(i):
            d[k] /= scale
            h += d[k] * d[k]
        f = d[i - 1]
        g = -math.sqrt(h) if f > 0.0 else math.sqrt(h)
        e[i] = scale * g
        h -= f * g
        d[i - 1] = f - g
        for j in range(i):
            e[j] = 0.0
        for j in range(i):
            f = d[j]
            v[j, i] = f
            g = e[j] + v[j, j] * f
            for k in range(j + 1, i):
                g += v[k, j] * d[k]
                e[k] += v[k, j] * f
            e[j] = g
        f = 0.0
        for j in range(i):
            e[j] /= h
            f += e[j] * d[j]
        for j in range(i):
            e[j] -= 0.5 * f / h * d[j]
        for j in range(i):
            f, g = d[j], e[j]
            for k in range(j, i):
                v[k, j] -= f * e[k] + g * d[k]
            d[j] = v[i - 1, j]
            v[i, j] = 0.0
        d[i] = h
    for i in range(n - 1):
        v[n - 1, i] = v[i, i]
        v[i, i] = 1.0
        h = d[i + 1]
        if h != 0.0:
            for k in range(i + 1):
                d[k] = v[k, i + 1] / h
            for j in range(i + 1):
                g = 0.0
                for k in range(i + 1):
                    g += v[k, i + 1] * v[k, j]
                for k in range(i + 1):
                    v[k, j] -= g * d[k]
        for k in range(i + 1):
            v[k, i + 1] = 0.0
    for j in range(n):
        d[j] = v[n - 1, j]
        v[n - 1, j] = 0.0
    v[n - 1, n - 1] = 1.0
    e[0] = 0.0


@inner
def diagonal(v, n, d, e):
    """Turn the tridiagonal matrix into its eigenvalues d, and v into eigenvectors.

    QL with implicit shifts as in EISPACK's tql2 (Wilkinson & Reinsch 1971, II/3).
    """
    for i in range(1, n):
        e[i - 1] = e[i]
    e[n - 1] = 0.0
    moved, size = 0.0, 0.0
    for low in range(n):
        size = max(size, abs(d[low]) + abs(e[low]))
        m = low
        while abs(e[m]) > 2.0**-52 * size:
            m += 1
        for _ in range(_MOST_SWEEPS):
            if m == low or abs(e[low]) <= 2.0**-52 * size:
                break
            g = d[low]
            p = (d[low + 1] - g) / (2.0 * e[low])
            r = math.copysign(math.sqrt(p * p + 1.0), p)
            d[low] = e[low] / (p + r)
            d[low + 1] = e[low] * (p + r)
            second, h = d[low + 1], g - d[low]
            for i in range(low + 2, n):
                d[i] -= h
            moved += h
            p, after = d[m], e[low + 1]
            c, c2, c3, s, s2 = 1.0, 1.0, 1.0, 0.0, 0.0
            for i in range(m - 1, low - 1, -1):
                c3, c2, s2 = c2, c, s
                g, h = c * e[i], c * p
                r = math.sqrt(p * p + e[i] * e[i])
                e[i + 1] = s * r
                s, c = e[i] / r, p / r
                p = c * d[i] - s * g
                d[i + 1] = h + s * (c * g + s * d[i])
                for k in range(n):
                    h = v[k, i + 1]
                    v[k, i + 1] = s * v[k, i] + c * h
                    v[k, i] = c * v[k, i] - s * h
            p = -s * s2 * c3 * after * e[low] / second
            e[low] = s * p
            d[low] = c * p
        d[low] += moved
        e[low] = 0.0


@inner
def eigen(a, n, vectors):
    """Diagonalise the leading n x n block of symmetric a in place; columns of `vectors` follow.

    Backward stable to some units in the last place of the norm of a, without allocation.
    """
    for i in range(n):
        for j in range(n):
            vectors[i, j] = a[i, j]
    if n == 1:
        vectors[0, 0] = 1.0
        return
    values, below = a[0], a[1]  # what was there is in `vectors`
    tridiagonal(vectors, n, values, below)
    diagonal(vectors, n, values, below)
    for i in range(n - 1, 0, -1):
        a[i, i] = values[i]
    for i in range(n):
        for j in range(i):
            a[i, j] = 0.0
            a[j, i] = 0.0

"""Functions of one variable with their first two derivatives, (f, f', f''), and their rules."""

import math

from ._jit import inner


@inner
def product(f, g):
    """Series of f g."""
    return f[0] * g[0], f[1] * g[0] + f[0] * g[1], f[2] * g[0] + 2.0 * f[1] * g[1] + f[0] * g[2]


@inner
def quotient(f, g):
    """Series of f / g."""
    q0 = f[0] / g[0]
    q1 = (f[1] - q0 * g[1]) / g[0]
    return q0, q1, (f[2] - 2.0 * q1 * g[1] - q0 * g[2]) / g[0]


@inner
def weighted(f, s, g):
    """Series of f + s g, s a constant."""
    return f[0] + s * g[0], f[1] + s * g[1], f[2] + s * g[2]


@inner
def scaled(s, f):
    """Series of s f, s a constant."""
    return s * f[0], s * f[1], s * f[2]


@inner
def logarithm(f):
    """Series of ln f."""
    slope = f[1] / f[0]
    return math.log(f[0]), slope, f[2] / f[0] - slope * slope


@inner
def exponential(f):
    """Series of e^f."""
    e = math.exp(f[0])
    return e, e * f[1], e * (f[2] + f[1] * f[1])


@inner
def power(f, g):
    """Series of f ** g, f positive."""
    return exponential(product(g, logarithm(f)))

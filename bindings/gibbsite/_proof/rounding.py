"""Linear functions, matrices and sums with their rounding errors on the safe side."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from gibbsite_engine.layout import Floats
from gibbsite_engine.proof.chart import Chart

# Of one operation, relative.
UNIT = 2.0**-53
# A constraint closer than this to a vertex is tried as one that holds it.
_ACTIVE = 1e-9


def gamma(n: int) -> float:
    """Return 2 n u/(1 - n u): the relative error of a sum of n products and its bound's own error."""
    return 2.0 * n * UNIT / (1.0 - n * UNIT)


class Polytope(NamedTuple):
    """The compositions {A x <= b}, in a box."""

    a: Floats
    """(M, d)"""
    b: Floats
    """(M)"""
    vertices: Floats
    """(V, d) about where its vertices are: guesses."""
    box: Floats
    """(d) no |x_j| is larger."""


def greatest(of: Polytope, c: Floats) -> float:
    """Return a number that c.x nowhere exceeds on a polytope."""
    vertex = of.vertices[int((of.vertices @ c).argmax())]
    active = np.flatnonzero(np.abs(of.a @ vertex - of.b) < _ACTIVE)
    mu = nnls(of.a[active].T, c)[0] if len(active) else np.zeros(0)
    a, b = of.a[active], of.b[active]
    n = len(active) + 2
    rest = np.abs(c - mu @ a) + gamma(n) * (np.abs(c) + mu @ np.abs(a))
    value = float(mu @ b + rest @ of.box)
    return value + gamma(n + len(c)) * float(mu @ np.abs(b) + rest @ of.box)


def root_polytope(at: Chart) -> Polytope:
    """Return the whole polytope of a phase, with a box that is shown to hold it.

    With a box of any size K each coordinate is at most B + rho K; so, the polytope being convex
    and holding the origin, it lies in the box B/(1 - rho).
    """
    d = at.site.shape[1]
    free = Polytope(-at.site, at.site_origin, at.corners, np.zeros(d))
    one = free._replace(box=np.ones(d))
    reach = rest = 0.0
    for j in range(d):
        for sign in (1.0, -1.0):
            c = np.zeros(d)
            c[j] = sign
            without = greatest(free, c)
            reach = max(reach, without)
            rest = max(rest, greatest(one, c) - without)
    if not rest < 0.1:
        raise ArithmeticError("the polytope is not shown to be bounded")
    return free._replace(box=np.full(d, reach / (1.0 - 2.0 * rest)))


def is_semidefinite(a: Floats, error: float) -> bool:
    """Whether every symmetric matrix within `error` (in norm) of `a` is positive semi-definite.

    A Cholesky factorisation that runs to its end is that of a matrix within
    gamma_(d+1)/(1 - gamma_(d+1)) tr(a) of the one given (Rump 2006).
    """
    d = len(a)
    trace = float(np.abs(np.diag(a)).sum())
    shift = error + gamma(d + 2) * (trace + d * error) + 1e-300
    try:
        np.linalg.cholesky(a - shift * np.eye(d))
    except np.linalg.LinAlgError:
        return False
    return True


def product_error(a: Floats, b: Floats) -> float:
    """Bound the rounding error of a.b, and of one subtraction from it."""
    return gamma(len(a) + 2) * float(np.abs(a) @ np.abs(b))

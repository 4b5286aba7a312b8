"""Whether the driving force falls all the way along a line, to a known minimum or another target.

At a fraction f of the line from the target p* to p, with d = p - p*, V = v.p, V_f = V* + f v.d and
w = V* d - (v.d) p*, its slope is
    D' = mu*.d + RT sum m y_d ln(y_f/y*) + f w'Q w (V* + V_f)/(2 V*^2 V_f^2),   y_f = y* + f y_d,
for D'' = RT sum m y_d^2/y_f + w'Q w/V_f^3, and D' = mu*.d at the target, zero at a minimum. In the rest
by f each term is monotone in f: ln(1 + x)/x falls. So between two fractions it is no less than the sum of
the terms at that end at which each is least, r. Where mu*.d is not below zero and mu*.d + f r is above it
at the far end of all parts of the line, D falls from p to p*.
"""

import math

from ._jit import inner, kernel
from .factors import RT
from .layout import Conditions, Phases
from .mixing import site_fractions
from .phase_work import STEP, Y_STEP, PhaseWork, Y

_PARTS = 4
_RUN_OUT = 1e-12


@inner
def curvature_along(phases: Phases, conditions: Conditions, k, minimum, p, w):
    """Fill w, and return w'Q w, V* and V."""
    n, q, size_known, size = phases.n_endmembers[k], conditions.interaction, 0.0, 0.0
    for i in range(n):
        size_known += phases.size[k, i] * minimum[i]
        size += phases.size[k, i] * p[i]
    total = 0.0
    for i in range(n):
        w[i] = size_known * p[i] - size * minimum[i]
        row = 0.0
        for j in range(i):
            row += q[k, i, j] * w[j]
        total += w[i] * (2.0 * row + q[k, i, i] * w[i])
    return total, size_known, size


@inner
def rise_of_species(m, known, change, first, last):
    """Least of m y_d^2/y* ln(1 + x)/x, x = f y_d/y*, at fractions first <= f <= last."""
    f = last if (change > 0.0) == (m > 0.0) else first
    x = f * change / known
    if m > 0.0:  # no more than ln(1 + x)/x = 2 artanh(z)/x, z = x/(2 + x): all terms are positive
        z = x / (2.0 + x)
        z *= z
        per_x = 2.0 / (2.0 + x) * (1.0 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9)))))
    else:
        per_x = math.log1p(x) / x if abs(x) > 1e-8 else 1.0 - 0.5 * x
    return m * change * change / known * per_x


@kernel
def falls_to(phases: Phases, conditions: Conditions, k, target, slope, p, pw: PhaseWork):
    """Whether D of phase k falls all the way from p to a target, where its slope (I) is given."""
    y, known, species = pw.sites[Y], pw.sites[Y_STEP], phases.n_species[k]
    site_fractions(phases, k, p, y)
    site_fractions(phases, k, target, known)
    bend, size_known, size = curvature_along(phases, conditions, k, target, p, pw.rows[STEP])
    begin = 0.0
    for i in range(phases.n_endmembers[k]):
        begin += slope[i] * (p[i] - target[i])
    begin /= conditions.factors[RT]
    if begin < 0.0:
        return False
    for part in range(_PARTS - 1, -1, -1):  # far from the target it fails most often
        first, last = part / _PARTS, (part + 1) / _PARTS
        f = last if (size > size_known) == (bend > 0.0) else first
        v = size_known + f * (size - size_known)
        rise = bend * (size_known + v) / (2.0 * size_known * size_known * v * v)
        rise /= conditions.factors[RT]
        for s in range(species):
            here = max(known[s], 1e-300)
            change, m = max(y[s], 0.0) - here, phases.multiplicity[k, s]
            if m < 0.0 and last == 1.0 and y[s] < _RUN_OUT * here:
                return False  # of a total of cations the logarithm is too large to be sure
            rise += rise_of_species(m, here, change, first, last)
        if not begin + last * rise > 0.0:
            return False
    return True

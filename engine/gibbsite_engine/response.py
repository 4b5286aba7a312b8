"""How phases, and an assemblage at equilibrium, respond to pressure, temperature and composition.

With f = dmu/dX of a phase at fixed composition, X any of T, P, the bulk or a standard enthalpy,
differentiate mu_k = C_k Gamma and sum a_k C_k' p_k = b along X. With H_k (+ kappa RT 1 1') = L L',
Z = L^-1 f and the X, B of `newton`, the compositions are eliminated as there:
    [ sum a X'X   B ] [ Gamma' ]   [ b' + sum a X'Z ]
    [ B'          0 ] [ a'     ] = [ p . f          ],      p_k' = L^-T (X Gamma' - Z).
One factorisation serves all X. With n' = a p' + a' p the second derivatives of the energy are
    frozen   F = sum a p . g_XY           only standard energies are curved in P and T,
    ordered  O = F - sum a f'N (N'HN)^-1 N'f      N spans what changes no oxide,
    relaxed  R = F + sum f . n'(Y).
"""

import math
from typing import NamedTuple

import numpy as np

from ._jit import inner, kernel
from .curvature import PP, TP, TT
from .dense import cholesky, solve_lower, solve_lower_rows, solve_upper
from .layout import Conditions, Floats, Ints, Phases, System, n_slots
from .newton import EXHAUSTED
from .solution import hessian, potentials

AVAILABLE, UNSTABLE, INVARIANT, OPEN = range(4)
"""How a response came out; see RESPONSE_NAMES."""
RESPONSE_NAMES = ("available", "unstable", "invariant", "open_potentials")
"""unstable: a phase is inside its spinodal. invariant: the compositions are dependent, so that the
assemblage lives at one temperature of a pressure. open_potentials: the phases do not span the
components, so that potentials, and responses to the bulk, have no value; the rest is there."""

BY_T, BY_P = 0, 1
"""The first directions; after them come the components, then the data-set end-members' enthalpies."""


class Orders(NamedTuple):
    """What of the end-members of each phase can change without change of its composition."""

    number: Ints
    """(K) dimensions."""
    basis: Floats
    """(K, I, I) columns, orthonormal."""


class ResponseWork(NamedTuple):
    """Scratch for `respond`, n = C + 2 instances, R directions."""

    factor: Floats
    """(n, I, I) Cholesky factors of the phases."""
    x: Floats
    """(n, I, C) L^-1 C."""
    slope: Floats
    """(n, I, R) dmu/dX at fixed composition."""
    z: Floats
    """(n, I, R) L^-1 of it."""
    matrix: Floats
    """(C, C)"""
    right: Floats
    """(C, R) the right side, later dGamma."""
    oxides: Floats
    """(n, C) C'p."""
    b: Floats
    """(n, C) L^-1 C'p, L of the condensed matrix."""
    schur: Floats
    """(n, n)"""
    amount: Floats
    """(n, R) da."""
    step: Floats
    """(I) dp in one direction."""
    rows: Floats
    """(2, I) mu, Q p."""
    sites: Floats
    """(2, S) site fractions, stiffness."""
    order: Floats
    """(I, I) N'HN."""
    pushed: Floats
    """(2, I) N'f."""


MU, QP = range(2)


def orders(system: System) -> Orders:
    """Find what can change in each phase at constant composition, by its singular values."""
    k, i, _ = system.phases.composition.shape
    out = Orders(np.zeros(k, np.int64), np.zeros((k, i, i)))
    for phase in range(k):
        n = int(system.phases.n_endmembers[phase])
        _, size, rows = np.linalg.svd(system.phases.composition[phase, :n].T)
        rank = int(np.count_nonzero(size > 1e-10 * size[0]))
        out.number[phase] = n - rank
        out.basis[phase, :n, : n - rank] = rows[rank:].T
    return out


def n_directions(system: System, bulk: bool, enthalpies: bool) -> int:
    """How many X there are: T, P, and if asked for the components and the enthalpies."""
    components = system.phases.composition.shape[2]
    return 2 + bulk * components + enthalpies * system.endmembers.enthalpy.size


def new_response_work(system: System, directions: int) -> ResponseWork:
    """Scratch for the largest assemblage of a system."""
    _, i, c = system.phases.composition.shape
    s, n = system.phases.multiplicity.shape[1], n_slots(c)
    return ResponseWork(
        np.zeros((n, i, i)),
        np.zeros((n, i, c)),
        np.zeros((n, i, directions)),
        np.zeros((n, i, directions)),
        np.zeros((c, c)),
        np.zeros((c, directions)),
        np.zeros((n, c)),
        np.zeros((n, c)),
        np.zeros((n, n)),
        np.zeros((n, directions)),
        np.zeros(i),
        np.zeros((2, i)),
        np.ones((2, s)),
        np.zeros((i, i)),
        np.zeros((2, i)),
    )


@kernel
def potential_slopes(phases: Phases, k, conditions: Conditions, p, y, qp, slope):
    """Fill slope[:, 0:2] with dmu/dT and dmu/dP of phase k at fixed p; `y` must hold S p."""
    n = phases.n_endmembers[k]
    gas = conditions.state[0] / conditions.state[2]
    for i in range(n):
        slope[i, BY_T] = gas * phases.log_constant[k, i] - conditions.s0[k, i]
        slope[i, BY_P] = conditions.v0[k, i]
    for s in range(phases.n_species[k]):
        log = gas * math.log(y[s])
        for j in range(phases.occupied_count[k, s]):
            i = phases.occupied[k, s, j]
            slope[i, BY_T] += phases.entropy_weight[k, i, s] * log
    size = 0.0
    for i in range(n):
        size += phases.size[k, i] * p[i]
    for x in range(2):
        pqp = 0.0
        for i in range(n):
            total = 0.0
            for j in range(n):
                total += phases.interaction[k, i, j, 1 + x] * p[j]
            qp[i] = total
            pqp += total * p[i]
        for i in range(n):
            slope[i, x] += qp[i] / size - 0.5 * phases.size[k, i] * pqp / (size * size)


@inner
def enthalpy_slopes(system: System, k, first, slope):
    """Fill the columns of `slope` from `first` on with dmu/dH of each data-set end-member."""
    makes = system.makes
    for i in range(system.phases.n_endmembers[k]):
        for r in range(first, slope.shape[1]):
            slope[i, r] = 0.0
        start = makes.start[k, i]
        for m in range(start, start + makes.number[k, i]):
            slope[i, first + makes.endmember[m]] += makes.coefficient[m]


@inner
def curve(phases: Phases, conditions: Conditions, k, p, stiff, w: ResponseWork, h):
    """Fill the lower triangle of H + kappa RT 1 1' of phase k, and its potentials.

    Where rounding hides that a phase with species all but exhausted is stable, `stiff` tells to
    make none of them stiffer than one at EXHAUSTED.

    Returns
    -------
    float
        Energy, kJ/mol.
    """
    rt, q = conditions.state[0], conditions.interaction
    y, stiffness = w.sites[0], w.sites[1]
    g, size, pqp = potentials(phases, k, conditions.g0, q, rt, p, y, w.rows[QP], w.rows[MU])
    for s in range(phases.n_species[k]):
        floored = stiff and y[s] < EXHAUSTED and phases.multiplicity[k, s] > 0.0
        stiffness[s] = y[s] / EXHAUSTED if floored else 1.0
    hessian(phases, k, q, rt, y, w.rows[QP], size, pqp, 1.0, stiffness, h)
    return g


@inner
def frozen(curvatures, k, n, p, out):
    """Fill F_TT, F_TP, F_PP per mole of formula."""
    for x in range(3):
        total = 0.0
        for i in range(n):
            total += p[i] * curvatures[k, i, x]
        out[x] = total


@inner
def ordered(phases: Phases, k, rt, orders: Orders, h, w: ResponseWork, slope, out):
    """Take from `out` (F) what the order of phase k adds; NaN where it is not at a minimum.

    `h` holds the lower triangle of H + kappa RT 1 1', of which kappa RT 1 1' is taken off, for a
    change of speciation may change the number of moles.
    """
    n, m = phases.n_endmembers[k], orders.number[k]
    if m == 0 or n == 1:
        return
    basis = orders.basis[k]
    kappa = 0.0
    for s in range(phases.n_species[k]):
        kappa += phases.entropy_weight[k, 0, s]
    for a in range(m):
        for b in range(a + 1):
            total, sum_a, sum_b = 0.0, 0.0, 0.0
            for i in range(n):
                row = 0.0
                for j in range(n):
                    row += (h[i, j] if j <= i else h[j, i]) * basis[j, b]
                total += basis[i, a] * row
                sum_a += basis[i, a]
                sum_b += basis[i, b]
            w.order[a, b] = total - kappa * rt * sum_a * sum_b
        for x in range(2):
            total = 0.0
            for i in range(n):
                total += basis[i, a] * slope[i, x]
            w.pushed[x, a] = total
    if not cholesky(w.order, m, 1e-13):
        for x in range(3):
            out[x] = math.nan
        return
    for x in range(2):
        solve_lower(w.order, m, w.pushed[x])
    for a in range(m):
        by_t, by_p = w.pushed[BY_T, a], w.pushed[BY_P, a]
        out[TT] -= by_t * by_t
        out[TP] -= by_t * by_p
        out[PP] -= by_p * by_p


@inner
def condense(phases: Phases, state_phase, state_amount, proportions, number, bulk, w: ResponseWork):
    """Fill the condensed matrix and its right sides from the factored phases.

    The directions of the bulk are `bulk` many, from the third on.
    """
    components, directions = w.matrix.shape[0], w.right.shape[1]
    for c in range(components):
        for e in range(components):
            w.matrix[c, e] = 0.0
        for r in range(directions):
            w.right[c, r] = 1.0 if r - 2 == c and r < 2 + bulk else 0.0
    for j in range(number):
        k, a, p = state_phase[j], state_amount[j], proportions[j]
        n = phases.n_endmembers[k]
        x, z = w.x[j], w.z[j]
        for c in range(components):
            total = 0.0
            for i in range(n):
                x[i, c] = phases.composition[k, i, c]
                total += p[i] * x[i, c]
            w.oxides[j, c] = total
        for r in range(directions):
            total = 0.0
            for i in range(n):
                z[i, r] = w.slope[j, i, r]
                total += p[i] * z[i, r]
            w.amount[j, r] = -total
        solve_lower_rows(w.factor[j], n, x, components)
        solve_lower_rows(w.factor[j], n, z, directions)
        for i in range(n):
            for c in range(components):
                value = a * x[i, c]
                if value != 0.0:
                    for e in range(c + 1):
                        w.matrix[c, e] += value * x[i, e]
                    for r in range(directions):
                        w.right[c, r] += value * z[i, r]


@inner
def factor_condensed(matrix):
    """Cholesky of the condensed matrix; how many potentials no phase fixes, which are held."""
    n, held = matrix.shape[0], 0
    for j in range(n):
        diagonal = matrix[j, j]
        s = diagonal
        for k in range(j):
            s -= matrix[j, k] * matrix[j, k]
        if s > 1e-13 * diagonal:
            root = math.sqrt(s)
        else:
            root = 1e150
            held += 1
        matrix[j, j] = root
        for i in range(j + 1, n):
            s = matrix[i, j]
            for k in range(j):
                s -= matrix[i, k] * matrix[j, k]
            matrix[i, j] = s / root
    return held


@inner
def solve_condensed(number, w: ResponseWork):
    """Solve for dGamma (in `right`) and da in all directions; a status."""
    components, directions = w.right.shape
    held = factor_condensed(w.matrix)
    solve_lower_rows(w.matrix, components, w.right, directions)
    for j in range(number):
        for c in range(components):
            w.b[j, c] = w.oxides[j, c]
        solve_lower(w.matrix, components, w.b[j])
        for r in range(directions):
            total = w.amount[j, r]
            for c in range(components):
                total += w.b[j, c] * w.right[c, r]
            w.amount[j, r] = total
        for i in range(j + 1):
            total = 0.0
            for c in range(components):
                total += w.b[j, c] * w.b[i, c]
            w.schur[j, i] = total
    if not cholesky(w.schur, number, 1e-12):
        return INVARIANT
    solve_lower_rows(w.schur, number, w.amount, directions)
    for r in range(directions):
        for i in range(number - 1, -1, -1):
            total = w.amount[i, r]
            for j in range(i + 1, number):
                total -= w.schur[j, i] * w.amount[j, r]
            w.amount[i, r] = total / w.schur[i, i]
    for r in range(directions):
        for c in range(components):
            for j in range(number):
                w.right[c, r] -= w.b[j, c] * w.amount[j, r]
        for i in range(components - 1, -1, -1):
            total = w.right[i, r]
            for c in range(i + 1, components):
                total -= w.matrix[c, i] * w.right[c, r]
            w.right[i, r] = total / w.matrix[i, i]
    return OPEN if held else AVAILABLE


@inner
def composition_slope(j, n, r, w: ResponseWork):
    """Fill w.step with dp of instance j in direction r."""
    for i in range(n):
        total = -w.z[j, i, r]
        for c in range(w.right.shape[0]):
            total += w.x[j, i, c] * w.right[c, r]
        w.step[i] = total
    solve_upper(w.factor[j], n, w.step)
    if n == 1:
        w.step[0] = 0.0


@kernel
def respond(
    system: System, conditions: Conditions, curvatures, orders: Orders, bulk, phase, amount,
    proportions, number, w: ResponseWork, molar, second,
):  # fmt: skip
    """Fill what the phases of an assemblage are and how it responds, into `w` and the arrays.

    Parameters
    ----------
    curvatures : (K, I, 3) array
        From `set_curvatures`.
    bulk : int
        How many directions of the bulk there are: none, or all components.
    phase, amount, proportions : (n), (n), (n, I) arrays
        The assemblage, `number` instances of it.
    molar : (n, 3) array
        Filled: G, S, V per mole of formula.
    second : (2, n, 3) array
        Filled: G_TT, G_TP, G_PP per mole of formula, frozen and ordered.

    Returns
    -------
    int
        One of RESPONSE_NAMES. Where it is AVAILABLE or OPEN, `w` holds what `composition_slope`
        needs, dGamma in `w.right` and da in `w.amount`.
    """
    phases, status = system.phases, AVAILABLE
    for j in range(number):
        k, p, slope = phase[j], proportions[j], w.slope[j]
        n = phases.n_endmembers[k]
        molar[j, 0] = curve(phases, conditions, k, p, False, w, w.factor[j])
        potential_slopes(phases, k, conditions, p, w.sites[0], w.rows[QP], slope)
        for r in range(2, 2 + bulk):
            for i in range(n):
                slope[i, r] = 0.0
        if slope.shape[1] > 2 + bulk:
            enthalpy_slopes(system, k, 2 + bulk, slope)
        s, v = 0.0, 0.0
        for i in range(n):
            s -= p[i] * slope[i, BY_T]
            v += p[i] * slope[i, BY_P]
        molar[j, 1] = s
        molar[j, 2] = v
        frozen(curvatures, k, n, p, second[0, j])
        for x in range(3):
            second[1, j, x] = second[0, j, x]
        ordered(phases, k, conditions.state[0], orders, w.factor[j], w, slope, second[1, j])
        if not cholesky(w.factor[j], n, 1e-14):
            curve(phases, conditions, k, p, True, w, w.factor[j])
            if not cholesky(w.factor[j], n, 1e-14):
                status = UNSTABLE
    if status == UNSTABLE:
        return status
    condense(phases, phase, amount, proportions, number, bulk, w)
    return solve_condensed(number, w)

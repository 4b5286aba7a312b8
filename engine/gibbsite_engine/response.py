"""How phases, and an assemblage at equilibrium, respond to pressure, temperature and composition.

With f = dmu/dX of a phase at fixed composition, X any of T, P, the bulk or a standard enthalpy,
differentiate mu_k = C_k Gamma and sum a_k C_k' p_k = b along X. With H_k (+ kappa RT 1 1') = L L',
Z = L^-1 f and the X, B of `newton`, the compositions are eliminated as there:
    [ sum a X'X   B ] [ Gamma' ]   [ b' + sum a X'Z ]
    [ B'          0 ] [ a'     ] = [ p . f          ],      p_k' = L^-T (X Gamma' - Z).
One factorisation serves all X, and the right sides are kept as further columns of the matrices, X and Z
in one, so that one pass makes both. With r and s the two right sides, L L' the matrix sum a X'X, and
l l' that of B'(sum a X'X)^-1 B, the second derivatives of the energy are
    frozen   F = sum a p . g_XY           only standard energies are curved in P and T,
    ordered  O = F - sum a f'N (N'HN)^-1 N'f      N spans what changes no oxide,
    relaxed  R = F + sum f . n'(Y),  n' = a p' + a' p
               = F - sum a Z'Z + u'u - t't,   u = L^-1 r,  t = l^-1 ((L^-1 B)'u - s).
The last takes no back substitution: that is for who asks for n' itself.
"""

import math
from typing import NamedTuple

import numpy as np

from ._jit import inner, kernel, table
from ._vectors import add_rows
from .assemblages import Assemblages, Responses, n_directions
from .curvature import PP, TP, TT
from .dense import cholesky, copy, solve_lower, solve_lower_rows, solve_upper
from .exhausted import factor_on_faces, has_scarce, shares_exhausted
from .factors import BY_P, BY_T, RT
from .layout import Floats, Ints, Phases, System, n_slots
from .mixing import kappa_of
from .newton import factor_and_hold, stable_but_for_exhausted
from .phase_work import STIFFNESS, Y_STEP, PhaseWork, new_phase_work
from .present import Standard
from .reference import given_energy, set_enthalpy_slopes
from .solution import hessian, put_with_slopes

# Of the square of a column that depends on others, what rounding leaves.
_DEPENDENT = 1e-16
# Mol of a component in a mole of oxides: less is what rounding leaves, and fixes no potential.
_ABSENT = 1e-13

AVAILABLE, UNSTABLE, INVARIANT, OPEN = range(4)
"""How a response came out; see RESPONSE_NAMES."""
RESPONSE_NAMES = ("available", "unstable", "invariant", "open_potentials")
"""unstable: a phase is inside its spinodal. invariant: the compositions are dependent, so that the
assemblage lives at one temperature of a pressure. open_potentials: the phases do not span the
components, so that potentials, and responses to the bulk, have no value; the rest is there."""


@table
class Orders(NamedTuple):
    """What of the end-members of each phase can change without change of its composition."""

    number: Ints
    """(K) dimensions."""
    basis: Floats
    """(K, I, I) columns, orthonormal."""
    held: Floats
    """(K, I, D) what stays: the components, and those whose potential is given."""


@table
class ResponseWork(NamedTuple):
    """Scratch for `respond`, n = C + 2 instances, R directions."""

    phase: PhaseWork
    orders: Orders
    bulk: int
    """How many of the directions are of the bulk: none, or all components."""
    factor: Floats
    """(n, I, I) Cholesky factors of the phases."""
    slope: Floats
    """(n, I, R) dmu/dX at fixed composition."""
    xz: Floats
    """(n, I, C + R) X, then Z: L^-1 C, and L^-1 of the slopes."""
    content: Floats
    """(n, C + R) C'p, then p . f."""
    matrix: Floats
    """(C, C + R) sum a X'X, later its factor, then b' + sum a X'Z."""
    bu: Floats
    """(C, n + R) L^-1 B and u: as many columns as there are instances, then those of u; L of the matrix."""
    schur: Floats
    """(n, n + R) the matrix of the amounts, later its factor, then its right side, likewise."""
    gamma: Floats
    """(C, R) dGamma."""
    amount: Floats
    """(n, R) t, later da."""
    step: Floats
    """(I or C) dp in one direction; weights of rows."""
    order: Floats
    """(I, I) N'HN."""
    pushed: Floats
    """(2, I) N'f."""
    columns: Floats
    """(I, D + 3) L^-1 of what stays, then of the slopes by T and P and of 1."""


def orders(system: System) -> Orders:
    """Find what can change in each phase at constant composition, by its singular values."""
    k, i, _ = system.phases.composition.shape
    held = np.concatenate([system.phases.composition, system.opened.amount], axis=2)
    out = Orders(np.zeros(k, np.int64), np.zeros((k, i, i)), held)
    for phase in range(k):
        n = int(system.phases.n_endmembers[phase])
        _, size, rows = np.linalg.svd(held[phase, :n].T)
        rank = int(np.count_nonzero(size > 1e-10 * size[0]))
        out.number[phase] = n - rank
        out.basis[phase, :n, : n - rank] = rows[rank:].T
    return out


def new_response_work(
    system: System, bulk: bool, enthalpies: bool, known: Orders | None = None
) -> ResponseWork:
    """Scratch for the largest assemblage of a system, and the directions asked for.

    `known` is what `orders` finds, where it is needed more than once.
    """
    _, i, c = system.phases.composition.shape
    n, directions = n_slots(c), n_directions(system, bulk, enthalpies)
    known = known or orders(system)
    return ResponseWork(
        new_phase_work(system.phases),
        known,
        bulk * c,
        np.zeros((n, i, i)),
        np.zeros((n, i, directions)),
        np.zeros((n, i, c + directions)),
        np.zeros((n, c + directions)),
        np.zeros((c, c + directions)),
        np.zeros((c, n + directions)),
        np.zeros((n, n + directions)),
        np.zeros((c, directions)),
        np.zeros((n, directions)),
        np.zeros(max(i, c)),
        np.zeros((i, i)),
        np.zeros((2, i)),
        np.zeros((i, known.held.shape[2] + 3)),
    )


@inner
def frozen(curvatures, k, n, p, out):
    """Fill F_TT, F_TP, F_PP per mole of formula."""
    for x in range(3):
        total = 0.0
        for i in range(n):
            total += p[i] * curvatures[k, i, x]
        out[x] = total


@inner
def ordered(phases: Phases, k, rt, h, w: ResponseWork, slope, out):
    """Take from `out` (F) what the order of phase k adds; NaN where it is not at a minimum.

    `h` holds the lower triangle of H + kappa RT 1 1', of which kappa RT 1 1' is taken off, for a
    change of speciation may change the number of moles.
    """
    n, m = phases.n_endmembers[k], w.orders.number[k]
    if m == 0 or n == 1:
        return
    basis, row = w.orders.basis[k], w.step
    kappa = kappa_of(phases, k)
    for a in range(m):
        along = 0.0
        for i in range(n):
            along += basis[i, a]
            row[i] = 0.0
            for j in range(n):
                row[i] += (h[i, j] if j <= i else h[j, i]) * basis[j, a]
        for b in range(a + 1):
            total, sum_b = 0.0, 0.0
            for i in range(n):
                total += basis[i, b] * row[i]
                sum_b += basis[i, b]
            w.order[a, b] = total - kappa * rt * along * sum_b
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
def product(x, n, a, b):
    """Product of two columns."""
    total = 0.0
    for i in range(n):
        total += x[i, a] * x[i, b]
    return total


@inner
def take_out(x, n, c, first):
    """Take the first columns, orthonormal or zero, out of column c, and return what is left of its square.

    Twice, for what is left may be small.
    """
    for _ in range(2):
        for b in range(first):
            along = product(x, n, b, c)
            for i in range(n):
                x[i, c] -= along * x[i, b]
    return product(x, n, c, c)


@inner
def ordered_by_factor(phases: Phases, k, rt, factor, w: ResponseWork, slope, out):
    """Do as `ordered` by the factor L, where the curvature of scarce species would drown all else in N'HN.

    N (N'LL'N)^-1 N' = L^-T (1 - QQ') L^-1, the columns of Q being an orthonormal basis of L^-1 of what
    stays: so f'N(...)N'f is the square of what is left of L^-1 f. kappa RT 1 1' is taken off LL' by the
    formula of Sherman and Morrison.
    """
    n, held, x = phases.n_endmembers[k], w.orders.held.shape[2], w.columns
    if w.orders.number[k] == 0 or n == 1:
        return
    kappa = kappa_of(phases, k)
    by, one = held, held + 2
    for i in range(n):
        for c in range(held):
            x[i, c] = w.orders.held[k, i, c]
        x[i, by + BY_T], x[i, by + BY_P], x[i, one] = slope[i, BY_T], slope[i, BY_P], 1.0
    solve_lower_rows(factor, n, x, held + 3)
    for c in range(held):
        whole = product(x, n, c, c)
        left = take_out(x, n, c, c)
        scale = 1.0 / math.sqrt(left) if left > _DEPENDENT * whole else 0.0
        for i in range(n):
            x[i, c] *= scale
    for c in range(by, one + 1):
        take_out(x, n, c, held)
    stiff = 1.0 / (kappa * rt) - product(x, n, one, one) if kappa > 0.0 else math.inf
    t, p = product(x, n, by + BY_T, one), product(x, n, by + BY_P, one)
    if not stiff > 0.0:
        stiff = math.nan
    out[TT] -= product(x, n, by + BY_T, by + BY_T) + t * t / stiff
    out[TP] -= product(x, n, by + BY_T, by + BY_P) + t * p / stiff
    out[PP] -= product(x, n, by + BY_P, by + BY_P) + p * p / stiff


@inner
def add_products(scale, x, rows, left, columns, weight, out):
    """Add scale x'x of the first `rows` of x to `out`: of its first `left` columns with all `columns`."""
    for c in range(left):
        for i in range(rows):
            weight[i] = scale * x[i, c]
        add_rows(out[c], weight, x, rows, out[c], columns)


@inner
def condense(phases: Phases, answers: Assemblages, point, w: ResponseWork):
    """Fill the condensed matrix and its right sides from the factored phases."""
    components, directions = w.gamma.shape
    columns = components + directions
    for c in range(components):
        for r in range(columns):
            d = r - components
            w.matrix[c, r] = 1.0 if d - 2 == c and d < 2 + w.bulk else 0.0
    for j in range(answers.number[point]):
        k, a = answers.phase[point, j], answers.amount[point, j]
        n, p = phases.n_endmembers[k], answers.proportions[point, j]
        xz, content = w.xz[j], w.content[j]
        for i in range(n):
            copy(phases.composition[k, i], xz[i])
            for r in range(directions):
                xz[i, components + r] = w.slope[j, i, r]
        content[:] = 0.0
        add_rows(content, p, xz, n, content, columns)
        solve_lower_rows(w.factor[j], n, xz, columns)
        add_products(a, xz, n, components, columns, w.step, w.matrix)


@inner
def held_of(phases: Phases, answers: Assemblages, point, c):
    """What the end-members of the phases hold of component c, be it more or less than none."""
    held = 0.0
    for j in range(answers.number[point]):
        k, a = answers.phase[point, j], answers.amount[point, j]
        for i in range(phases.n_endmembers[k]):
            held += a * abs(answers.proportions[point, j, i] * phases.composition[k, i, c])
    return held


@inner
def lacks_component(phases: Phases, answers: Assemblages, point, w: ResponseWork):
    """Whether what the phases hold of a component is next to nothing; `condense` has filled what each holds."""
    for c in range(w.gamma.shape[0]):
        whole = 0.0
        for j in range(answers.number[point]):
            whole += answers.amount[point, j] * abs(w.content[j, c])
        if whole < _ABSENT and held_of(phases, answers, point, c) < _ABSENT:
            return True
    return False


@inner
def eliminate(number, w: ResponseWork):
    """Factor the condensed system, and leave u in `bu`, t in `amount`; a status."""
    components, directions = w.gamma.shape
    held = factor_and_hold(w.matrix)
    for c in range(components):
        for j in range(number):
            w.bu[c, j] = w.content[j, c]
        for r in range(directions):
            w.bu[c, number + r] = w.matrix[c, components + r]
    columns = number + directions
    solve_lower_rows(w.matrix, components, w.bu, columns)
    for j in range(number):
        for i in range(number):
            w.schur[j, i] = 0.0
        for r in range(directions):
            w.schur[j, number + r] = -w.content[j, components + r]
    add_products(1.0, w.bu, components, number, columns, w.step, w.schur)
    if not cholesky(w.schur, number, 1e-12):
        return INVARIANT
    for j in range(number):
        for r in range(directions):
            w.amount[j, r] = w.schur[j, number + r]
    solve_lower_rows(w.schur, number, w.amount, directions)
    return OPEN if held else AVAILABLE


@inner
def relax(phases: Phases, answers: Assemblages, point, w: ResponseWork, second, out):
    """Fill R_TT, R_TP, R_PP of the whole, from what `eliminate` left and F (N, 3)."""
    tt, tp, pp = 0.0, 0.0, 0.0
    number, components = answers.number[point], w.gamma.shape[0]
    for c in range(components):
        by_t, by_p = w.bu[c, number + BY_T], w.bu[c, number + BY_P]
        tt += by_t * by_t
        tp += by_t * by_p
        pp += by_p * by_p
    for j in range(number):
        a, t, xz = answers.amount[point, j], w.amount[j], w.xz[j]
        tt += a * second[j, TT] - t[BY_T] * t[BY_T]
        tp += a * second[j, TP] - t[BY_T] * t[BY_P]
        pp += a * second[j, PP] - t[BY_P] * t[BY_P]
        for i in range(phases.n_endmembers[answers.phase[point, j]]):
            by_t, by_p = xz[i, components + BY_T], xz[i, components + BY_P]
            tt -= a * by_t * by_t
            tp -= a * by_t * by_p
            pp -= a * by_p * by_p
    out[TT], out[TP], out[PP] = tt, tp, pp


@inner
def substitute_back(number, w: ResponseWork):
    """Turn u and t into dGamma and da (in `amount`) in all directions."""
    components, directions = w.gamma.shape
    for r in range(directions):
        for i in range(number - 1, -1, -1):
            total = w.amount[i, r]
            for j in range(i + 1, number):
                total -= w.schur[j, i] * w.amount[j, r]
            w.amount[i, r] = total / w.schur[i, i]
    for r in range(directions):
        for i in range(components - 1, -1, -1):
            total = w.bu[i, number + r]
            for j in range(number):
                total -= w.bu[i, j] * w.amount[j, r]
            for c in range(i + 1, components):
                total -= w.matrix[c, i] * w.gamma[c, r]
            w.gamma[i, r] = total / w.matrix[i, i]


@inner
def composition_slope(j, n, r, w: ResponseWork):
    """Fill w.step with dp of instance j in direction r."""
    components = w.gamma.shape[0]
    for i in range(n):
        total = -w.xz[j, i, components + r]
        for c in range(components):
            total += w.xz[j, i, c] * w.gamma[c, r]
        w.step[i] = total
    solve_upper(w.factor[j], n, w.step)
    if n == 1:
        w.step[0] = 0.0


@inner
def respond_alone(
    system: System, standard: Standard, answers: Assemblages, point, j, w: ResponseWork,
    out: Responses,
):  # fmt: skip
    """Fill what instance j is and how it responds at fixed amount; whether it is stable.

    What is not asked for is left out.
    """
    phases, conditions, work = system.phases, standard.conditions, w.phase
    k, p, slope, h = answers.phase[point, j], answers.proportions[point, j], w.slope[j], w.factor[j]
    n, molar, second = phases.n_endmembers[k], out.molar[point, j], out.second[point]
    molar[0], molar[1], molar[2] = put_with_slopes(phases, k, conditions, p, work, slope)
    molar[0] += given_energy(system.opened, k, n, conditions, p)
    frozen(standard.curvatures, k, n, p, second[0, j])
    has_order = second.shape[0] > 1
    if not has_order and out.relaxed.shape[0] == 0:
        return True
    for r in range(2, 2 + w.bulk):
        for i in range(n):
            slope[i, r] = 0.0
    if slope.shape[1] > 2 + w.bulk:
        set_enthalpy_slopes(system, k, 2 + w.bulk, slope)
    for site in range(phases.n_species[k]):
        work.sites[STIFFNESS, site] = work.sites[Y_STEP, site] = 1.0
    scarce = has_order and has_scarce(phases, k, work)
    if has_order:
        copy(second[0, j], second[1, j])
    if shares_exhausted(phases, k, work):  # its own digits, not those that such species leave
        done = factor_on_faces(phases, k, conditions, 1.0, work.sites[Y_STEP], work, h)
    else:
        hessian(phases, k, conditions, 1.0, work, h)
        if has_order and not scarce:
            ordered(phases, k, conditions.factors[RT], h, w, slope, second[1, j])
        done = cholesky(h, n, 1e-14)
    done = done or stable_but_for_exhausted(phases, k, conditions, work, h)
    if scarce and done:
        ordered_by_factor(phases, k, conditions.factors[RT], h, w, slope, second[1, j])
    elif scarce:
        second[1, j, :] = math.nan
    return done


@kernel
def respond(
    system: System, standard: Standard, answers: Assemblages, point, w: ResponseWork,
    out: Responses,
):  # fmt: skip
    """Fill what the phases of a point are, into `out`, and how its assemblage responds, into `w`.

    Returns
    -------
    int
        One of RESPONSE_NAMES. Where it is AVAILABLE or OPEN, `out.relaxed` is filled, and `w` holds
        what `substitute_back` needs.
    """
    stable = True
    for j in range(answers.number[point]):
        if not respond_alone(system, standard, answers, point, j, w, out):
            stable = False
    if not stable:
        return UNSTABLE
    condense(system.phases, answers, point, w)
    status = eliminate(answers.number[point], w)
    if status == AVAILABLE and lacks_component(system.phases, answers, point, w):
        status = OPEN
    if status != INVARIANT:
        relax(system.phases, answers, point, w, out.second[point, 0], out.relaxed[point])
    return status

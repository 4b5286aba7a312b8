"""One phase at the points of a group: energies at control points, what these are off, references.

Values at the control points are chosen so that their weighted means are close to those at the
points. What a mean is too high is bounded for the group from the greatest differences of all
values, or computed at each point; both hold for every composition, at the corners of the polytope.
"""

import math
from typing import NamedTuple

from gibbsite_engine._jit import inner, kernel
from gibbsite_engine._vectors import add_rows, subtract_rows
from gibbsite_engine.factors import N_FACTORS, RT, plain
from gibbsite_engine.layout import Floats, Ints

from .branch import Stationary, learn
from .chart import Chart, Energy
from .driving import (
    BARE,
    CURVATURE,
    LINEAR,
    QUADRATIC,
    SPARE,
    TOTAL,
    VECTORS,
    ProofWork,
    X,
    Y,
    descend_chart,
    sites_at,
    totals,
    value,
)
from .eigen import eigen
from .span import Span

# What the fractions of a reference may be off, relative.
_ROUNDING = 1e-12
LEAST, GREATEST, MIDDLE, HALF = range(4)
# Where a row of values has its RT.
_RT = RT - N_FACTORS
# Points that tell along which axes references range.
_ENOUGH = 100


class Tables(NamedTuple):
    """A solution phase per unit of size: I end-members, d dimensions, S species, V vertices."""

    at: Chart
    place: int
    """In the whole database."""
    first: int
    """Column of its first end-member in `BlockPoints.values`."""
    contents: Floats
    """(C, I) composition, of the components present."""
    to_reduced: Floats
    """(I_all, I) from proportions of the whole database."""
    corners: Floats
    """(I, V) z"""
    sites: Floats
    """(S, I) y = sites @ z"""
    occupancy: Floats
    """(I, S) the same, the other way about."""
    log_constant: Floats
    """(I)"""
    interaction: Floats
    """(I, 3, I) Q as an energy of three numbers, see `gibbsite_engine.factors`; kJ, kJ/K, kJ/kbar."""
    pull: Floats
    """(I, 3) the same times z at the origin of the chart."""
    bend: Floats
    """(d, d, 3) the same in the chart."""
    slopes: Floats
    """(d, d, 3) matrix absolute values of each of the three."""
    extremes: Floats
    """(F) largest of each feature of mixing, without its sign, per unit of size; of s with ln c."""


class BlockPoints(NamedTuple):
    """Points of one set of components, n of them."""

    values: Floats
    """(n, L) standard energies, phase after phase; potentials of the C components; the factors."""
    phase_id: Ints
    """(n, N) -1 in empty slots."""
    proportions: Floats
    """(n, N, I_all)"""


class GroupControls(NamedTuple):
    """Some of these points, m of them, and their M control points."""

    mine: Ints
    """(m) rows of the points."""
    weights: Floats
    """(m, M)"""
    fitted: Floats
    """(M + 1, L) values at the control points; scratch in the last row."""
    off: Floats
    """(L) how far values at the points are from the weighted means, at most."""
    factors: Floats
    """(4, F) least and greatest of each factor, the middle of these, and half of what they differ by."""


class Found(NamedTuple):
    """J references of a phase at the points of a group."""

    kept: Ints
    """(m) which points of the group have them: those whose tangents do, first."""
    x: Floats
    """(J, m, d) of those kept."""
    y: Floats
    """(J, m, S)"""
    spare: Floats
    """(J + M + 6, I) scratch."""
    heights: Floats
    """(V), or (S) if that is more, scratch."""


@kernel
def gather(standard: Floats, which: Ints, members: Ints, values: Floats) -> None:
    """Fill the first columns of rows of `values` with the standard energies of points.

    Parameters
    ----------
    standard : (n_all, K, I) array
    which : (n) array of int
        The points.
    members : (K) array of int
        End-members of each phase.
    values : (n, L) array
        See `BlockPoints`.
    """
    for n in range(which.size):
        c = 0
        for k in range(members.size):
            for i in range(members[k]):
                values[n, c] = standard[which[n], k, i]
                c += 1


@kernel
def measure(values: Floats, mine: Ints, weights: Floats, fitted: Floats, off, factors):
    """Fill how far values are from the means of those fitted, and the range of the factors.

    Parameters
    ----------
    values, mine, weights, fitted, off, factors : arrays
        See `BlockPoints` and `GroupControls`.
    """
    end = values.shape[1]
    for c in range(end):
        off[c] = 0.0
    low, high = factors[LEAST], factors[GREATEST]
    for j in range(N_FACTORS):
        low[j], high[j] = math.inf, -math.inf
    for m in range(mine.size):
        row, mean = values[mine[m]], fitted[fitted.shape[0] - 1]
        for c in range(end):
            mean[c] = -row[c]
        add_rows(mean, weights[m], fitted, weights.shape[1], mean, end)
        for c in range(end):
            if not abs(mean[c]) <= off[c]:
                off[c] = math.inf if math.isnan(mean[c]) else abs(mean[c])
        for j in range(N_FACTORS):
            low[j] = min(low[j], row[end - N_FACTORS + j])
            high[j] = max(high[j], row[end - N_FACTORS + j])
    for j in range(N_FACTORS):
        factors[MIDDLE, j] = 0.5 * (low[j] + high[j])
        factors[HALF, j] = 0.5 * (high[j] - low[j])


@inner
def fill_base(of: Tables, row, base):
    """Fill g0 - C'Gamma from a row of values, kJ/mol."""
    components, members = of.contents.shape
    gamma = row[row.size - N_FACTORS - components :]
    subtract_rows(row[of.first :], gamma, of.contents, components, base, members)


@inner
def set_energy(of: Tables, row, base, linear, quadratic):
    """Fill base and the energy in the chart from a row of values; return its constant."""
    at, factors = of.at, row[-N_FACTORS:]
    d, rt = at.site.shape[1], factors[RT]
    fill_base(of, row, base)
    constant = 0.0
    for a in range(d):
        linear[a] = 0.0
        for b in range(d):
            quadratic[a, b] = plain(of.bend[a, b], factors)
    for i in range(of.log_constant.size):
        g = base[i] + rt * of.log_constant[i]
        slope = plain(of.pull[i], factors)
        constant += at.origin[i] * (g + 0.5 * slope)
        for a in range(d):
            linear[a] += at.basis[i, a] * (g + slope)
    return constant


@inner
def remainder_of_group(of: Tables, group: GroupControls, base):
    """Return what a mean of control points is too high at most, at any point; kJ per unit of size."""
    components, members = of.contents.shape
    gamma, most = group.off.size - N_FACTORS - components, 0.0
    for i in range(members):
        base[i] = group.off[of.first + i]
        for c in range(components):
            base[i] += abs(of.contents[c, i]) * group.off[gamma + c]
    for v in range(of.corners.shape[1]):
        here = 0.0
        for i in range(members):
            here += abs(of.corners[i, v]) * base[i]
        if not here < math.inf:
            return math.inf
        most = max(most, here)
    for j in range(N_FACTORS):
        most += of.extremes[j] * group.off[group.off.size - N_FACTORS + j]
    return most


@kernel
def survey(
    of: Tables, group: GroupControls, span: Span, minima: Stationary, steps, work: ProofWork
):
    """Fill the energies at the control points and the curvature; descend from X of `work` amid them.

    Parameters
    ----------
    minima : Stationary
        The minimum that a descent leads to is noted in it.
    steps : int
        Newton steps of the descent; 0 for none.

    Returns
    -------
    (float, float)
        What the mean of control points is too high at most; the least D of all control points at
        the composition that was reached, which is left in `work`; kJ per unit of size.
    """
    at, d, base = of.at, of.at.site.shape[1], work.vectors[BARE]
    for q in range(span.rt.size):
        row = group.fitted[q]
        span.rt[q] = row[_RT]
        span.constant[q] = set_energy(of, row, base, span.linear[q], span.quadratic[q])
    for a in range(d):
        for b in range(d):
            middle = plain(of.bend[a, b], group.factors[MIDDLE])
            span.curvature[a, b] = middle - plain(of.slopes[a, b], group.factors[HALF])
    rest, lowest = remainder_of_group(of, group, base), math.inf
    if steps > 0:
        q = span.centre
        e = Energy(span.constant[q], span.linear[q], span.quadratic[q], span.rt[q])
        sites_at(at, work.vectors[X], work.sites[Y])
        learn(at, minima, descend_chart(at, e, steps, work), work)
        for q in range(span.rt.size):
            e = Energy(span.constant[q], span.linear[q], span.quadratic[q], span.rt[q])
            here = value(at, e, work.vectors[X], work.sites[Y], work.sites[TOTAL])
            lowest = min(lowest, here)
    return rest, lowest


@inner
def least_at_corners(of: Tables, pull, heights):
    """Least value of pull.z at the corners; -inf where one is no number."""
    members, corners = of.corners.shape
    for v in range(corners):
        heights[v] = 0.0
    add_rows(heights, pull, of.corners, members, heights, corners)
    least = math.inf
    for v in range(corners):
        if not heights[v] > -math.inf:
            return -math.inf
        least = min(least, heights[v])
    return least


@inner
def tangent_above(of: Tables, row, z, y, found: Found, total):
    """Least value at the corners of the tangent at z, whose species are y; -inf where it has none.

    It is lin.z' + RT sum m y' ln eta + z'Qz' - zQz/2, with the energies of a row of values.
    """
    at, factors, members, species = of.at, row[-N_FACTORS:], z.size, of.at.multiplicity.size
    base, pull, parts = found.spare[-2], found.spare[-1], found.spare[-5:-2]
    rt, half, slope = factors[RT], 0.0, found.heights
    parts[:] = 0.0
    add_rows(parts, z, of.interaction, members, parts, parts.size)
    for i in range(members):
        q = plain(parts[:, i], factors)
        half += 0.5 * q * z[i]
        pull[i] = q + base[i] + rt * of.log_constant[i]
    totals(at, y, total)
    for s in range(species):
        slope[s] = rt * at.multiplicity[s] * math.log(y[s] / total[at.group[s]])
    add_rows(pull, slope, of.sites, species, pull, members)
    return least_at_corners(of, pull, found.heights) - half


@inner
def take_instances(of: Tables, points: BlockPoints, i, z):
    """Fill z of the instances of a phase at point i, in the order of its slots; return how many."""
    count, members = 0, of.log_constant.size
    for slot in range(points.phase_id.shape[1]):
        if points.phase_id[i, slot] != of.place:
            continue
        size = 0.0
        for j in range(members):
            z[count, j] = 0.0
        for k in range(of.to_reduced.shape[0]):
            share = points.proportions[i, slot, k]
            for j in range(members):
                if of.to_reduced[k, j] != 0.0:
                    z[count, j] += share * of.to_reduced[k, j]
        for j in range(members):
            size += of.at.size[j] * z[count, j]
        for j in range(members):
            z[count, j] /= size
        count += 1
        if count == z.shape[0]:
            break
    return count


@inner
def order_along(z, count, direction):
    """Sort instances by their place along a direction."""
    members = z.shape[1]
    for last in range(1, count):
        for j in range(last, 0, -1):
            ahead = 0.0
            for i in range(members):
                ahead += direction[i] * (z[j - 1, i] - z[j, i])
            if not ahead > 0.0:
                break
            for i in range(members):
                z[j - 1, i], z[j, i] = z[j, i], z[j - 1, i]


@kernel
def refer_to_present(of: Tables, points: BlockPoints, mine, found: Found, heights, total):
    """Find the compositions of a phase in the answers, its instances in the same order everywhere.

    Parameters
    ----------
    mine : (n) array of int
        The points.
    found : Found
        Its references are filled.
    heights : (J, n) array
        Filled with the least value of each tangent, kJ per unit of size; -inf where the phase is
        not as often present.
    total : (S) array
        Scratch.
    """
    at = of.at
    d, species, members = at.site.shape[1], at.multiplicity.size, of.log_constant.size
    instances = found.x.shape[0]
    z = found.spare[:instances]
    direction, base, away = found.spare[instances], found.spare[-2], found.spare[-1]
    take_instances(of, points, mine[mine.size // 2], z)
    for i in range(members):
        direction[i] = z[instances - 1, i] - z[0, i]
    for m in range(mine.size):
        if take_instances(of, points, mine[m], z) != instances:
            heights[:, m] = -math.inf
            continue
        order_along(z, instances, direction)
        row = points.values[mine[m]]
        fill_base(of, row, base)
        for j in range(instances):
            x, y = found.x[j, m], found.y[j, m]
            x[:], y[:] = 0.0, 0.0
            for k in range(members):
                away[k] = z[j, k] - at.origin[k]
            add_rows(x, away, at.basis, members, x, d)
            add_rows(y, z[j], of.occupancy, members, y, species)
            heights[j, m] = tangent_above(of, row, z[j], y, found, total)


@kernel
def trace_minimum(
    of: Tables,
    points: BlockPoints,
    group: GroupControls,
    order,
    steps,
    found: Found,
    target,
    work: ProofWork,
):
    """Trace the stationary point X, Y of `work` along points, each from the one before.

    Parameters
    ----------
    order : (m) array of int
        Of the points of the group.
    steps : int
        Newton steps at a point, at most; it is left once its tangent lies above the target.
    found, target
        As for `refer_to_present`; there is one reference.

    Returns
    -------
    (int, float)
        How many points are kept; how far their tangents lie above the target at least.
    """
    at, kept, above = of.at, 0, math.inf
    d, species = at.site.shape[1], at.multiplicity.size
    linear, quadratic = work.vectors[LINEAR], work.matrices[QUADRATIC]
    z, base = found.spare[0], found.spare[-2]
    for m in order:
        row = points.values[group.mine[m]]
        constant = set_energy(of, row, base, linear, quadratic)
        e, height = Energy(constant, linear, quadratic, row[_RT]), -math.inf
        for _ in range(steps):
            descend_chart(at, e, 1, work)
            for i in range(z.size):
                z[i] = at.origin[i]
                for b in range(d):
                    z[i] += at.basis[i, b] * work.vectors[X, b]
            height = tangent_above(of, row, z, work.sites[Y], found, work.sites[TOTAL]) - target
            if height >= 0.0:
                break
        if not height >= 0.0:
            continue
        above = min(above, height)
        for b in range(d):
            found.x[0, kept, b] = work.vectors[X, b]
        for s in range(species):
            found.y[0, kept, s] = work.sites[Y, s]
        found.kept[kept] = m
        kept += 1
    return kept, above


@inner
def fill_needed(
    of: Tables, points: BlockPoints, group: GroupControls, target, found: Found, span: Span
):
    """Fill what the mean of the control points must reach at each point that is kept."""
    members, controls = of.log_constant.size, span.rt.size
    base, rows = found.spare[found.spare.shape[0] - 1], found.spare
    for q in range(controls):
        fill_base(of, group.fitted[q], rows[q])
    end = group.off.size
    for n in range(span.needed.size):
        m = found.kept[n]
        row = points.values[group.mine[m]]
        fill_base(of, row, base)
        subtract_rows(base, group.weights[m], rows, controls, base, members)
        rest = -least_at_corners(of, base, found.heights)
        for j in range(N_FACTORS):
            rest += of.extremes[j] * group.off[end - N_FACTORS + j]
        span.needed[n] = target + rest


@inner
def bracket(at: Chart, found: Found, span: Span, j, work: ProofWork):
    """Fill the middle of a reference, its range, and a box that holds it at all points."""
    d, species, count = at.site.shape[1], at.multiplicity.size, span.references.shape[1]
    total, away = work.sites[TOTAL], work.vectors[SPARE]
    a, vectors, share = work.matrices[CURVATURE], work.matrices[VECTORS], 1.0 / count
    for b in range(d):
        span.x[j, b] = 0.0
        for c in range(d):
            a[b, c] = 0.0
    for s in range(species):
        span.y[j, s], span.low[j, s], span.high[j, s] = 0.0, math.inf, 0.0
    for n in range(count):
        for b in range(d):
            span.references[j, n, b] = found.x[j, n, b]
            span.x[j, b] += found.x[j, n, b] * share
        totals(at, found.y[j, n], total)
        for g in range(at.total_origin.size):
            total[g] = 1.0 / total[g]
        for s in range(species):
            y = found.y[j, n, s]
            eta = y * total[at.group[s]]
            span.y[j, s] += y * share
            span.low[j, s] = min(span.low[j, s], eta)
            span.high[j, s] = max(span.high[j, s], eta)
    for s in range(species):
        span.low[j, s] *= 1.0 - _ROUNDING
        span.high[j, s] *= 1.0 + _ROUNDING
    for n in range(0, count, 1 + count // _ENOUGH):  # any axes do; these are close to the best
        for b in range(d):
            away[b] = found.x[j, n, b] - span.x[j, b]
        for b in range(d):
            for c in range(d):
                a[b, c] += away[b] * away[c]
    eigen(a, d, vectors)
    for k in range(d):
        half = 0.0
        for n in range(count):
            t = 0.0
            for b in range(d):
                t += vectors[b, k] * (found.x[j, n, b] - span.x[j, b])
            half = max(half, abs(t))
        for b in range(d):
            span.spread[j, k, b] = half * vectors[b, k]


@kernel
def settle(
    of: Tables,
    points: BlockPoints,
    group: GroupControls,
    target,
    found: Found,
    span: Span,
    work: ProofWork,
):
    """Fill what is needed at the points kept, and how their references range; return the most needed."""
    fill_needed(of, points, group, target, found, span)
    most = -math.inf
    for n in range(span.needed.size):
        most = max(most, span.needed[n])
    for j in range(found.x.shape[0]):
        bracket(of.at, found, span, j, work)
    return most

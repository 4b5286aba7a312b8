"""Points of a tile proved together: what is said holds, and each thing that could break it is caught."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from scipy.spatial import ConvexHull

import gibbsite as gb
from gibbsite._proof import together
from gibbsite._proof.block import Block, PointGroup, block, standard_energies
from gibbsite._proof.phase import Demand, NoChart, charts, judge, new_room, set_up
from gibbsite._proof.stored import _prove_point, _Rooms
from gibbsite._proof.tables import tables
from gibbsite._proof.together import prove_points
from gibbsite._running.tile import solve_tile
from gibbsite._section.section import Axis
from gibbsite._solving.solve import solve_grid
from gibbsite._store.schema import PROOF_BITS
from gibbsite_engine.factors import N_FACTORS
from gibbsite_engine.proof.branch import (
    CELL_LIMIT,
    FLAT_CELL,
    PROVED,
    ROOM_LIMIT,
    Search,
    bound_here,
    new_stationary,
)
from gibbsite_engine.proof.cells import BY_MEANS, cut, new_cells, whole
from gibbsite_engine.proof.chart import Energy, energy_from
from gibbsite_engine.proof.driving import LAMBDA, MEAN, METRIC, STEP, X, Y, sites_at, value
from gibbsite_engine.proof.forms import look_at
from gibbsite_engine.proof.group import _CELL, Stacks, prove_group
from gibbsite_engine.proof.means import bound_again, make_room, means_as_before
from gibbsite_engine.proof.planes import at_species, plane_below, set_out, touch_near_the_greatest
from gibbsite_engine.proof.points import settle, survey
from gibbsite_engine.proof.soft import (
    choose_direction,
    lost_to_range,
    set_coupling,
    turned_at_vertices,
)
from gibbsite_engine.proof.span import Reference
from gibbsite_engine.proof.tangent import refer, tangent_holds
from gibbsite_engine.proof.vertices import LANES

pytestmark = pytest.mark.compiled
TOLERANCE = 1e-6
# kJ: how far tangents are taken to lie above the plane.
RAISED = 0.02


def tile(
    section="fig3a", pressure=(1.9, 1.93), temperature=(1150.0, 1154.0), side=16, database=None
):
    """A rectangle of neighbouring points, solved: database, variables, shape."""
    section = gb.Section.from_toml(section)
    section = replace(
        section,
        database=database or section.database,
        rows=Axis("pressure_kbar", *pressure, side),
        columns=Axis("temperature_C", *temperature, side),
    )
    points, arrays = section.points(), solve_tile(section, slice(0, side), slice(0, side))
    flat = {name: v.reshape(side * side, *v.shape[2:]) for name, v in arrays.items()}
    flat["pressure_kbar"] = points.pressure_kbar
    flat["temperature_C"] = points.temperature_K - 273.15
    assert (flat["status"] == 0).all()
    return gb.database(section.database), flat, (side, side)


@pytest.fixture(scope="module")
def dense():
    return tile()


def proved(data, flat, shape):
    return prove_points(data, flat, flat["status"] == 0, shape, TOLERANCE)


class Together(NamedTuple):
    """The points of the most frequent assemblage of a tile."""

    block: Block
    group: PointGroup

    @property
    def values(self):
        return self.block.points.values[self.group.laid.mine]


def of_group(data, flat, shape):
    """The largest group of a tile and the phases of its block, by name."""
    mask = np.isfinite(flat["chemical_potential"][0])
    key, here = tuple(mask.tolist()), np.arange(len(flat["status"]))
    standard = standard_energies(data, mask, flat, here)
    places = tuple(a.ravel() for a in np.indices(shape))
    points = block(data, mask, flat, here, (standard, here), places)
    scratch = together.Scratch(charts(data, key), rows=20000)
    phases = {
        data.phase_names[of.place]: together._Phase(
            data.reduced(mask), k, of, TOLERANCE, scratch, together.Partition.none(), generous=False
        )
        for k, of in enumerate(tables(data, key))
        if of is not None
    }
    return Together(points, points.group(points.by_assemblage(here)[0])), phases


def is_proved(phase, group):
    return phase.prove_block(group.block)[group.group.laid.mine].all()


def nothing(phase):
    at = phase.of.at
    return new_stationary(at.site.shape[1], len(at.multiplicity))


def bare(phase, group, steps=0):
    """The span of a phase without references; what means are too high at most; least D there."""
    span = phase.new_span(group.group)
    if steps:
        phase.begin_descent(group.group)
    rest, lowest = survey(phase.of, group.group.laid, span, nothing(phase), steps, phase.room.work)
    span.needed[:] = phase.target + rest
    return span._replace(most_needed=phase.target + rest), rest, lowest


def spanned(phase, group):
    """The span of a phase that is present, and its references."""
    found, kept, above = phase.present(group.block, group.group, 1)
    span = phase.with_references(bare(phase, group)[0], group.group, found, kept, above)
    most = settle(
        phase.of, group.block.points, group.group.laid, phase.target, found, span, phase.room.work
    )
    return span._replace(most_needed=most), found


def control(span, q):
    return Energy(float(span.constant[q]), span.linear[q], span.quadratic[q], float(span.rt[q]))


def inside(cells, c, d, count, rng):
    """Random compositions of a cell, some near its faces."""
    corners = cells.x[cells.start[c] : cells.start[c + 1], :d]
    weights = rng.gamma(0.3, size=(count, len(corners))) + 1e-12
    return weights / weights.sum(axis=1, keepdims=True) @ corners


def energy_at(phase, group, i):
    row, of = group.values[i], phase.of
    gamma = row[-N_FACTORS - len(of.contents) : -N_FACTORS]
    base = row[of.first : of.first + len(of.log_constant)] - gamma @ of.contents
    return energy_from(of.at, phase.reduced.system.phases, phase.k, base, row[-N_FACTORS:])


def driving_force(phase, e, x):
    at, y = phase.of.at, np.zeros(len(phase.of.at.multiplicity))
    sites_at(at, x, y)
    return value(at, e, x, y, np.zeros(len(y)))


def above_tangent(phase, e, x, r):
    """D at x less its tangent at r, by differences of what it is made of."""
    at = phase.of.at
    y, there = np.zeros((2, len(at.multiplicity)))
    sites_at(at, x, y)
    sites_at(at, r, there)
    total, total_there = np.bincount(at.group, y), np.bincount(at.group, there)
    eta = there / total_there[at.group]
    entropy = e.rt * at.multiplicity @ (y * np.log(y / (total[at.group] * eta)))
    return entropy + 0.5 * (x - r) @ e.quadratic @ (x - r)


def test_points_of_a_dense_tile_are_proved_together(dense):
    data, flat, shape = dense
    bits = proved(data, flat, shape)
    assert (bits > 0).all(axis=1).mean() > 0.99
    assert set(np.unique(bits)) <= {
        PROOF_BITS[name] for name in ("proved_whole", "takes_no_part", "proved_nearby")
    } | {0}


def test_what_is_proved_does_not_depend_on_what_was_proved_before(dense):
    data, flat, shape = dense
    first = proved(data, flat, shape)
    other = tile("klb1", (10.0, 10.3), (1400.0, 1412.0), 8)
    proved(*other)
    assert (proved(data, flat, shape) == first).all()


def test_blocks_that_are_not_asked_for_are_left_unproved_and_the_others_as_they_are(
    dense, monkeypatch
):
    """What is mended is asked for again: all of its block, which lies in one anyway, and no other."""
    data, flat, shape = dense
    monkeypatch.setattr(together, "_BLOCK", shape[0] // 2)
    everything, only = proved(data, flat, shape), np.zeros(shape, bool)
    only[-1, 0] = True
    chosen = together.with_their_blocks(only.ravel(), shape)
    asked = prove_points(data, flat, (flat["status"] == 0) & chosen, shape, TOLERANCE)
    here = np.zeros(shape, bool)
    here[shape[0] // 2 :, : shape[1] // 2] = True
    assert (everything > 0).any(axis=1).all()
    assert (asked[here.ravel()] == everything[here.ravel()]).all()
    assert not asked[~here.ravel()].any()


@pytest.mark.parametrize(
    ("section", "pressure", "temperature", "database"),
    [
        pytest.param("fig3a", (2.0, 6.0), (1050.0, 1130.0), None, marks=pytest.mark.slow),
        pytest.param("klb1", (9.0, 12.0), (1180.0, 1300.0), None, marks=pytest.mark.slow),
        ("klb1", (15.0, 15.3), (1350.0, 1360.0), None),
    ],
)
def test_claims_taken_at_random_hold_in_the_full_proof(section, pressure, temperature, database):
    data, flat, shape = tile(section, pressure, temperature, 12)
    bits = proved(data, flat, shape)
    mask = np.isfinite(flat["chemical_potential"][0])
    reduced, every = data.reduced(mask), charts(data, tuple(mask.tolist()))
    room, looked_at = new_room(every), 0
    for i in np.random.default_rng(5).choice(len(bits), 8, replace=False):
        conditions = set_up(reduced, flat["pressure_kbar"][i], flat["temperature_C"][i])
        gamma = flat["chemical_potential"][i][mask]
        for k, phase in enumerate(reduced.phases):
            if bits[i, phase.place] != PROOF_BITS["proved_nearby"]:
                continue
            mine = np.flatnonzero(flat["phase_id"][i] == phase.place)
            known = [phase.to_reduced(flat["proportions"][i, j]) for j in mine]
            verdict = judge(
                reduced, every[k], k, conditions, gamma, known, Demand(1e-6, 10**6), room
            )
            assert verdict.status == PROVED, (i, data.phase_names[phase.place])
            looked_at += 1
    assert looked_at > 30


def test_energies_of_the_solver_are_those_of_the_tables(dense):
    data, flat, shape = dense
    energies = {}

    def keep(arrays, of_solver, _):
        energies.update(of_solver)
        return np.zeros((len(arrays["status"]), len(data.phases)), np.int8)

    solve_grid(
        data, flat["pressure_kbar"], flat["temperature_C"] + 273.15, flat["bulk_mol"], shape, None,
        keep,
    )  # fmt: skip
    ((key, (where, standard)),) = energies.items()
    mask = np.array(key)
    exact = standard_energies(data, mask, flat, where)
    for k, n in enumerate(data.reduced(mask).system.phases.n_endmembers):
        assert np.abs(standard[:, k, :n] - exact[:, k, :n]).max() < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("name", ["liq", "spl", "ilm"])
def test_a_tangent_that_holds_lies_below_the_driving_force(dense, name):
    """At every point of the group and all over the cell; on the whole polytope it need not."""
    group, phases = of_group(*dense)
    phase = phases[name]
    assert is_proved(phase, group)
    span, found = spanned(phase, group)
    at, cells, work = phase.of.at, phase.leaves[1], phase.room.work
    d, rng, held = at.site.shape[1], np.random.default_rng(1), 0
    for c in range(cells.number[0]):
        first, last = cells.start[c], cells.start[c + 1]
        assert look_at(at, cells, first, last, work)
        if not tangent_holds(at, first_reference(span), cells, c, work)[0]:
            continue
        held += 1
        for x in inside(cells, c, d, 40, rng):
            i = rng.integers(len(span.needed))
            e = energy_at(phase, group, found.kept[i])
            assert above_tangent(phase, e, x, found.x[0, i]) > -1e-9
    assert held > 0


def first_reference(span):
    """As the engine takes it from a span."""
    return Reference(
        span.x[0], span.y[0], span.low[0], span.high[0], span.references[0], span.spread[0],
        float(span.above[0]), span.linear[0], span.curvature, span.least_rt,
    )  # fmt: skip


def referring(phase, span, xs):
    """A reference at xs, one for each of so many points, that asks what the span does."""
    at, xs = phase.of.at, np.asarray(xs)
    y = np.maximum(at.site_origin + xs @ at.site.T, 1e-15)
    eta = y / np.array([np.bincount(at.group, row)[at.group] for row in y])
    away = xs - xs.mean(axis=0)
    axes = np.linalg.eigh(away.T @ away)[1]
    box = np.abs(away @ axes).max(axis=0)[:, None] * axes.T
    return Reference(
        xs.mean(axis=0), y.mean(axis=0), eta.min(axis=0), eta.max(axis=0), xs,
        box, 0.0, span.linear[0], span.curvature, span.least_rt,
    )  # fmt: skip


def parts_of(phase, normal_species, rng):
    """Parts of the polytope of a phase, cut across some species at random, the last the smallest."""
    at, cells = phase.of.at, new_cells(4000, *phase.of.at.site.shape[::-1])
    whole(at, cells)
    for s in normal_species:
        x = inside(cells, cells.number[0] - 1, at.site.shape[1], 1, rng)[0]
        cut(cells, at.site.shape[1], len(at.multiplicity), at.site[s], float(at.site[s] @ x))
    return cells


@pytest.mark.slow
@pytest.mark.parametrize("name", ["spl", "ilm", "ol"])
def test_a_tangent_said_to_hold_lies_below_the_driving_force_wherever_it_touches(dense, name):
    """At random references, which are no equilibria, on random cells; many do not, and are not said to.

    So a cell that is too large, and references that range too widely, are noticed.
    """
    group, phases = of_group(*dense)
    phase, rng = phases[name], np.random.default_rng(7)
    d, at, work = phase.of.at.site.shape[1], phase.of.at, phase.room.work
    span = bare(phase, group)[0]
    held = refused = narrow_only = above_only = 0
    for _ in range(60):
        cells = parts_of(phase, rng.integers(len(at.multiplicity), size=rng.integers(2, 24)), rng)
        c = int(cells.number[0]) - 1
        first, last = cells.start[c], cells.start[c + 1]
        assert look_at(at, cells, first, last, work)
        r = inside(cells, c, d, 1, rng)[0]
        xs = r + 0.02 * (inside(cells, c, d, 5, rng) - r)
        i = rng.integers(group.group.size)
        e = energy_at(phase, group, i)
        worst = min(
            above_tangent(phase, e, x, r) for x in inside(cells, c, d, 150, rng) for r in xs
        )
        about = referring(phase, span, xs)
        said, *_ = tangent_holds(at, about, cells, c, work)
        assert not (said and worst < -1e-9)
        assert look_at(at, cells, first, last, work)
        raised_too, *_ = tangent_holds(at, about._replace(above=RAISED), cells, c, work)
        assert not (raised_too and worst < -RAISED - 1e-9)
        above_only += raised_too and not said
        held, refused = held + said, refused + (worst < -1e-6)
        wide = about._replace(low=0.0 * about.low + 1e-9, high=0.0 * about.high + 1.0)
        assert look_at(at, cells, first, last, work)
        wide_too, *_ = tangent_holds(at, wide, cells, c, work)
        narrow_only += said and not wide_too
    assert held > 0
    assert refused > 0
    assert narrow_only > 0
    assert above_only > 0


def test_planes_lie_below_what_entropy_exceeds_its_tangent_by():
    """G(a, b) (a - b)^2 = a ln(a/b) - a + b, touched where a plane is laid; one that is too steep not."""
    rng, worst, steep = np.random.default_rng(2), np.inf, np.inf
    for a, b, c, d in 10.0 ** rng.uniform(-4.0, 0.0, (20000, 4)):
        g, per_a, per_b = plane_below(a, b)
        assert g * (a - b) ** 2 == pytest.approx(a * np.log(a / b) - a + b, rel=1e-6, abs=1e-12)
        there = (c * np.log(c / d) - c + d) / (c - d) ** 2 if abs(c / d - 1.0) > 1e-3 else 0.5 / d
        worst = min(worst, (there - 2.0 * g - per_a * c - per_b * d) / there)
        steep = min(steep, (there - 2.0 * g - 0.9 * per_a * c - per_b * d) / there)
    assert worst > -1e-3
    assert steep < -0.05


def means(phase, group, shift=0.0):
    """Excess of what control points say of the whole polytope over D, at random; worst of all.

    `shift` is put on the energy at one control point (a mutation).
    """
    at, rng, (span, rest, _) = phase.of.at, np.random.default_rng(4), bare(phase, group, 60)
    span.constant[0] += shift
    cells, work = phase.room.cells, phase.room.work
    d, bounds = at.site.shape[1], np.zeros(len(span.rt))
    minimum = work.vectors[X, :d].copy()
    whole(at, cells)
    first, last = cells.start[0], cells.start[1]
    for q in range(len(bounds)):
        assert look_at(at, cells, first, last, work)
        work.vectors[X, :d] = minimum
        sites_at(at, work.vectors[X], work.sites[Y])
        bounds[q] = bound_here(at, control(span, q), Search(target=0.0), work)[1]
    low = group.group.laid.weights @ bounds - rest
    worst, compositions = -np.inf, inside(cells, 0, d, 100, rng)
    for i in range(0, len(low), 37):
        here = energy_at(phase, group, i)
        worst = max(worst, low[i] - min(driving_force(phase, here, x) for x in compositions))
        worst = max(worst, low[i] - driving_force(phase, here, minimum))
    return worst


@pytest.mark.slow
def test_means_of_control_points_lie_below_the_driving_force(dense):
    """And with a wrong energy at one of them they do not."""
    group, phases = of_group(*dense)
    phase = phases["g"]  # convex: its bound is its minimum
    assert is_proved(phase, group)
    assert means(phase, group) < 0.0
    assert means(phase, group, shift=1.0) > 1e-3


def test_the_weighted_energies_of_control_points_are_close_to_those_of_the_points(dense):
    group, phases = of_group(*dense)
    laid, values = group.group.laid, group.values
    assert laid.weights.min() >= 0.0
    assert np.abs(laid.weights.sum(axis=1) - 1.0).max() < 1e-14
    away = np.abs(laid.weights @ laid.fitted[:-1] - values)
    assert (away <= laid.off + 1e-12 * np.abs(values)).all()
    assert away[:, -3:].max() < 1e-9
    for phase in phases.values():
        assert 0.0 <= bare(phase, group)[1] < 2e-2


def test_what_is_asked_is_asked_of_the_weights_of_each_point(dense, monkeypatch):
    """The mean of control points must do at all points that are claimed, each with its own weights."""
    asked, run = [], together._Phase.run

    def noting(phase, span, most, minima, kept, number, done):
        asked.append((span, kept))
        return run(phase, span, most, minima, kept, number, done)

    monkeypatch.setattr(together._Phase, "run", noting)
    group, phases = of_group(*dense)
    mixed = tile("klb1", (14.0, 15.0), (1400.0, 1420.0), 12)
    for points, each in ((group, phases), of_group(*mixed)):
        laid = points.block.group(np.arange(len(points.block))).laid
        row_of = {int(i): row for i, row in zip(laid.mine, laid.weights, strict=True)}
        for phase in each.values():
            asked.clear()
            phase.prove_block(points.block)
            for span, kept in asked:
                assert len(span.weights) == len(span.needed) == len(kept)
                if len(span.weights[0]) == len(laid.weights[0]) and len(kept) == len(laid.mine):
                    for m, weights in zip(kept, span.weights, strict=True):
                        assert (weights == row_of[int(laid.mine[m])]).all()


def test_assemblages_have_control_points_of_their_own():
    """Potentials have a kink where they meet: one set for both would be off a hundred times as much."""
    data, flat, shape = tile("klb1", (14.0, 15.0), (1400.0, 1420.0), 12)
    mask, here = np.isfinite(flat["chemical_potential"][0]), np.arange(144)
    places = tuple(a.ravel() for a in np.indices(shape))
    standard = standard_energies(data, mask, flat, here)
    points = block(data, mask, flat, here, (standard, here), places)
    apart = points.group(here)
    assert len(points.by_assemblage(here)) > 1
    assert sorted(apart.laid.mine) == here.tolist()
    points.assemblages = np.zeros(144, np.int64)
    points._groups.clear()
    points._parts.clear()
    assert points.group(here).laid.off.max() > 10.0 * apart.laid.off.max()


@pytest.mark.parametrize("name", ["opx", "g"])
def test_what_is_kept_of_a_cell_bounds_the_driving_force_there(dense, name):
    """The forms and the shift by which a cell was done are right when it is met again."""
    group, phases = of_group(*dense)
    phase, rng = phases[name], np.random.default_rng(6)
    assert is_proved(phase, group)
    (number, cells), at = *phase.leaves.items(), phase.of.at
    span, work, d, met = bare(phase, group)[0], phase.room.work, at.site.shape[1], 0
    for c in range(cells.number[0]):
        if cells.way[c] != BY_MEANS:
            continue
        met += 1
        assert look_at(at, cells, cells.start[c], cells.start[c + 1], work)
        for q in (0, span.centre):
            bound, _ = means_as_before(at, control(span, q), cells, c, work)
            there = inside(cells, c, d, 100, rng)
            assert bound <= min(driving_force(phase, control(span, q), x) for x in there)
    assert met > 0, number


@pytest.mark.parametrize("name", ["ilm", "ol", "fsp", "g"])
def test_leaves_cover_the_polytope(dense, name):
    """Their volumes add up; without one of them they do not."""
    group, phases = of_group(*dense)
    phase = phases[name]
    assert is_proved(phase, group)
    (cells,) = phase.leaves.values()
    d = phase.of.at.site.shape[1]
    parts = [
        ConvexHull(cells.x[cells.start[c] : cells.start[c + 1], :d]).volume
        for c in range(cells.number[0])
    ]
    everything = ConvexHull(phase.of.at.corners).volume
    assert sum(parts) == pytest.approx(everything, rel=1e-6)
    assert sum(parts) - min(parts) < everything * (1.0 - 1e-6)


def test_a_cell_without_vertices_proves_nothing(dense):
    group, phases = of_group(*dense)
    phase = phases["g"]
    assert is_proved(phase, group)
    (leaves,) = phase.leaves.values()
    leaves.start[1] = leaves.start[0]
    leaves.number[0] = 1
    phase.leaves = dict.fromkeys(phase.leaves, leaves)
    span, minima = bare(phase, group)[0], nothing(phase)
    status, done, looked, _ = proved_within(phase, span, leaves, minima=minima)
    assert (status, done, looked) == (FLAT_CELL, 0, _CELL)  # one look


def proved_within(phase, span, leaves, begin=0, minima=None, **limits):
    """What `prove_group` says of the leaves from one on."""
    search = Search(target=span.most_needed, **limits)
    stacks = Stacks(phase.room.cells, phase.scratch.rest, leaves)
    return prove_group(
        phase.of.at, span, minima or nothing(phase), search, stacks, begin, np.zeros((2, len(span.rt))),
        phase.room.work,
    )  # fmt: skip


def volume(cells, begin, end, d):
    total = 0.0
    for c in range(begin, end):
        vertices = cells.x[cells.start[c] : cells.start[c + 1], :d]
        root = np.linalg.cholesky(np.cov(vertices.T, bias=True))  # of slivers Qhull makes nothing
        round_ones = np.linalg.solve(root, vertices.T).T
        total += np.linalg.det(root) * ConvexHull(round_ones).volume
    return total


def test_cells_that_are_left_are_all_that_is_asked_again(dense):
    """Those done for a group stay as they are, and with those left they cover the polytope."""
    group, phases = of_group(*dense)
    phase = phases["opx"]
    assert is_proved(phase, group)
    span = bare(phase, group, 60)[0]
    leaves, d = phase.scratch.stack(phase.k, 0, phase.of.at), phase.of.at.site.shape[1]
    everything = ConvexHull(phase.of.at.corners).volume
    limit, done = 100, 0
    while not 0 < done < leaves.number[0]:
        leaves.number[0] = 0
        limit *= 2
        status, done, _, lost = proved_within(phase, span, leaves, most_vertices=limit)
    assert status == CELL_LIMIT
    assert lost > 0
    assert volume(leaves, 0, int(leaves.number[0]), d) == pytest.approx(everything, rel=1e-6)
    kept = leaves.x[: leaves.start[done]].copy()
    status, number, _, lost = proved_within(phase, span, leaves, begin=done)
    assert (status, number, lost) == (PROVED, leaves.number[0], 0)
    assert number > done
    assert (leaves.x[: leaves.start[done]] == kept).all()
    assert volume(leaves, 0, number, d) == pytest.approx(everything, rel=1e-6)


def test_a_stack_without_room_proves_nothing(dense, monkeypatch):
    """A phase whose cells are lost is left unproved, and what is known of it is forgotten."""
    group, phases = of_group(*dense)
    phase = phases["opx"]
    monkeypatch.setattr(together, "prove_group", lambda *_: (ROOM_LIMIT, 3, 0, 0))
    assert not phase.prove_block(group.block).any()
    assert not phase.full
    assert phase.leaves[0].number[0] == 0


@pytest.mark.parametrize("full", ["cells", "rest"])
def test_a_cell_for_which_a_stack_has_no_room_is_not_done(dense, full):
    group, phases = of_group(*dense)
    phase = phases["ol"]
    assert is_proved(phase, group)
    span, leaves = bare(phase, group)[0], phase.leaves[1]
    small = new_cells(1, *phase.of.at.site.shape[::-1])
    stacks = Stacks(phase.room.cells, phase.scratch.rest, leaves)._replace(**{full: small})
    status, done, _, _ = prove_group(
        phase.of.at, span, nothing(phase), Search(target=span.most_needed), stacks, 0,
        np.zeros((2, len(span.rt))), phase.room.work,
    )  # fmt: skip
    assert (status, done) == (ROOM_LIMIT, 0)


def test_what_is_proved_at_last_is_not_left_alone(dense):
    """Points that were mended are proved again: what failed of their first answers is no reason."""
    group, phases = of_group(*dense)
    phase, partition = phases["ol"], together.Partition.none()
    phase.hopeless[phase.k, 1] = True
    phase.found(partition)
    assert partition.left_alone == {(phase.k, 1)}
    assert is_proved(phase, group)
    phase.found(partition)
    assert partition.left_alone == set()


@pytest.mark.slow
def test_half_a_shift_bounds_nothing(dense):
    """Where entropy does not outweigh the quadratic part, half of what is missing is not enough."""
    group, phases = of_group(*dense)
    phase = phases["opx"]
    at, work, cells = phase.of.at, phase.room.work, phase.room.cells
    e = control(bare(phase, group)[0], 0)
    d = at.site.shape[1]
    whole(at, cells)
    first, last = cells.start[0], cells.start[1]
    assert look_at(at, cells, first, last, work)
    work.vectors[X, :d] = 0.0
    sites_at(at, work.vectors[X], work.sites[Y])
    bound_here(at, e, Search(target=0.0), work)
    count = make_room(d, work)
    assert count > 0
    assert np.isfinite(bound_again(at, e, count, work))
    work.vectors[LAMBDA, :count] *= 0.5  # mutation
    assert bound_again(at, e, count, work) == -np.inf


def dropped(flat, name, data, slot=0):
    """The variables without one instance of a phase, the plane raised a little."""
    ids, stable = flat["phase_id"].copy(), data.phase_names.index(name)
    for row in ids:
        mine = np.flatnonzero(row == stable)
        if len(mine):
            row[mine[slot]] = -1
    there = (flat["phase_id"] == stable).any(axis=1)
    order = np.argsort(ids < 0, axis=1, kind="stable")
    proportions = np.take_along_axis(flat["proportions"], order[..., None], axis=1)
    return there, flat | {
        "phase_id": np.take_along_axis(ids, order, axis=1),
        "proportions": proportions,
        "chemical_potential": flat["chemical_potential"] + 1e-4,
    }


@pytest.mark.parametrize("name", ["spl", "ilm", "liq"])
def test_a_phase_taken_from_the_answer_is_not_proved_absent(dense, name):
    data, flat, shape = dense
    there, without = dropped(flat, name, data)
    assert there.sum() > 100
    bits = proved(data, without, shape)
    assert (bits[there, data.phase_names.index(name)] == 0).all()


def test_a_limb_taken_from_a_phase_is_noticed():
    """Two clinopyroxenes, one of them struck out: what is left does not prove the phase."""
    data, flat, shape = tile("klb1", (18.0, 18.3), (1000.0, 1012.0), 8, "T21-Su26")
    cpx = data.phase_names.index("cpx")
    both = (flat["phase_id"] == cpx).sum(axis=1) == 2
    assert both.sum() > 20
    for slot in (0, 1):
        _, without = dropped(flat, "cpx", data, slot)
        bits = proved(data, without, shape)
        assert (bits[both, cpx] == 0).all()


def test_a_model_whose_entropy_is_no_sum_of_groups_is_left_searched(dense, monkeypatch):
    """A section with it does not fail; nothing is proved of that phase."""
    from gibbsite._proof import phase as module

    data, flat, shape = dense
    spl, original = data.phase_names.index("spl"), module.chart

    def refusing(system, k):
        if system.phases.n_species[k] == 8:
            raise ValueError("species 0 belongs to no site whose fractions sum to one")
        return original(system, k)

    monkeypatch.setattr(module, "chart", refusing)
    charts.cache_clear()
    tables.cache_clear()
    try:
        key = tuple(np.isfinite(flat["chemical_potential"][0]).tolist())
        assert [isinstance(at, NoChart) for at in charts(data, key)].count(True) == 1
        bits = proved(data, flat, shape)
        assert (bits[:, spl] == 0).all()
        assert (np.delete(bits, spl, axis=1) > 0).mean() > 0.95
        answer = gb.equilibrium(
            gb.bulk("high-ti-glass"), pressure_kbar=1.9, temperature_C=1100.0, database=data
        )
        proof = gb.prove(answer)
        assert proof.status == "undecided"
        assert next(p.limit for p in proof.phases if p.name == "spl").startswith("the model")
    finally:
        charts.cache_clear()
        tables.cache_clear()


def metric(at, cells, c, r, work):
    """Distances of the vertices of a cell from a reference, in the metric of the cell; look_at is done."""
    d = at.site.shape[1]
    away = cells.x[cells.start[c] : cells.start[c + 1], :d] - r
    return np.linalg.solve(np.tril(work.matrices[METRIC, :d, :d]), away.T).T


def symmetric(lower):
    return np.tril(lower) + np.tril(lower, -1).T


@pytest.mark.slow
@pytest.mark.parametrize("name", ["spl", "ilm", "ol"])
def test_a_turned_curvature_has_the_same_cubic_and_its_loss_covers_the_range(dense, name):
    """u'N(u)u = 0, and N of any place in the box of the references is no lower than what is taken off."""
    group, phases = of_group(*dense)
    phase, rng = phases[name], np.random.default_rng(3)
    at, work, d = phase.of.at, phase.room.work, phase.of.at.site.shape[1]
    span = bare(phase, group)[0]
    turned = 0.0
    for _ in range(20):
        cells = parts_of(phase, rng.integers(len(at.multiplicity), size=3), rng)
        c = int(cells.number[0]) - 1
        r = inside(cells, c, d, 1, rng)[0]
        about = referring(phase, span, r + 0.05 * (inside(cells, c, d, 5, rng) - r))
        assert look_at(at, cells, cells.start[c], cells.start[c + 1], work)
        refer(at, about, work)
        set_out(at, about, d, work)
        touch_near_the_greatest(at, about, work)
        choose_direction(at, about, d, work)
        set_coupling(at, about, d, work)
        along, across = lost_to_range(about, d, 0.3, work)
        e = work.vectors[STEP, :d].copy()
        plain, vertices = np.zeros((d, d)), work.vertices
        for i, u in enumerate(metric(at, cells, c, about.x, work)):
            at_species(at, about, cells.y[int(cells.start[c]) + i], d, plain, work)
            turned_at_vertices(at, about, i // LANES, d, work)
            n = symmetric(vertices.matrix[:d, :d, i % LANES]) - plain
            assert abs(u @ n @ u) < 1e-11 * (1.0 + np.abs(n).max()) * (1.0 + u @ u)
            turned = max(turned, np.abs(n).max())
        # a reference of the group in the place of a vertex: N there
        allowed = across * (np.eye(d) - np.outer(e, e))
        at_species(at, about, cells.y[int(cells.start[c])], d, plain, work)
        for share in rng.uniform(-1.0, 1.0, (20, d)):
            vertices.x[0, :d, 0] = about.x + share @ about.spread - work.vectors[MEAN, :d]
            turned_at_vertices(at, about, 0, d, work)
            n = symmetric(vertices.matrix[:d, :d, 0]) - plain
            least = np.linalg.eigvalsh(n + along * np.outer(e, e) + allowed)[0]
            assert least > -1e-10 * (1.0 + np.abs(n).max())
    assert turned > 1e-3


def test_points_between_the_limbs_of_a_solvus_are_proved():
    """Two pyroxenes, calcium-rich and calcium-poor, whose driving force is nearly flat between them."""
    data, flat, shape = tile("klb1", (14.0, 14.2), (1180.0, 1186.0), 6, "T21-Su26")
    place = data.phase_names.index("cpx")
    assert ((flat["phase_id"] == place).sum(axis=1) == 2).all()
    bits = prove_points(data, flat, flat["status"] == 0, shape, TOLERANCE)
    assert (bits[:, place] > 0).all()


@pytest.mark.parametrize("given", [(), (("H2O", 0.97),)])
def test_wet_rocks_without_ferric_iron_are_proved(given):
    """Of water that goes into hydrogen the oxygen is left: it has a potential in a rock that holds no more."""
    moles = {"SiO2": 0.38, "Al2O3": 0.01, "FeO": 0.06, "MgO": 0.55} | (
        {} if given else {"H2O": 0.5}
    )
    plan = gb.Section.pressure_temperature(
        gb.bulk(mol=moles), pressure_kbar=(2.0, 2.05, 8), temperature_C=(328.0, 332.0, 8),
        database="EF21", open=dict(given),
    )  # fmt: skip
    data, points, shape = plan.load_database(), plan.points(), (8, 8)
    flat = {name: v.reshape(64, *v.shape[2:]) for name, v in solve_tile(
        plan, slice(0, 8), slice(0, 8)
    ).items()}  # fmt: skip
    flat |= {"pressure_kbar": points.pressure_kbar, "temperature_C": points.temperature_K - 273.15}
    assert (flat["status"] == 0).all()
    bits = proved(data, flat, shape)
    assert (bits > 0).all()
    full = {PROOF_BITS[name] for name in ("proved_whole", "proved_by_cells", "takes_no_part")}
    for i in (0, 35):
        point = {name: values[i] for name, values in flat.items()}
        alone = _prove_point(data, point, Demand(TOLERANCE, 100_000), _Rooms())
        assert set(alone.tolist()) <= full
    there, without = dropped(flat, "fl", data)
    assert there.all()
    without["chemical_potential"][:, data.components.index("O")] -= (
        2e-4  # of which hydrogen is less
    )
    assert (proved(data, without, shape)[:, data.phase_names.index("fl")] == 0).all()

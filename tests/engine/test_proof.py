"""Pieces of the proof, each beside what it must not exceed, and each with a mutation it must catch."""

import dry
import numpy as np
import pytest
from dry import database
from engine_calls import DATABASES, Phase, phase_index, reduced, reference_points
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.spatial import ConvexHull

from gibbsite_engine.groups import entropy_terms
from gibbsite_engine.polytope import vertices
from gibbsite_engine.proof.bound import along, inside, shift_depth, shift_slope
from gibbsite_engine.proof.branch import (
    PROVED,
    REFUTED,
    Search,
    bound_here,
    learn,
    new_stationary,
    prove_phase,
    start_in_middle,
)
from gibbsite_engine.proof.cells import (
    BY_MEANS,
    BY_TANGENT,
    CUT_DONE,
    compact,
    cut,
    new_cells,
    whole,
)
from gibbsite_engine.proof.chart import chart, energy
from gibbsite_engine.proof.driving import (
    LAMBDA,
    SPARE,
    WEIGHT,
    X,
    Y,
    chart_hessian,
    descend_chart,
    new_work,
    sites_at,
    value,
)
from gibbsite_engine.proof.forms import look_at

pytestmark = pytest.mark.compiled
NAME = "T21-Su26"
PHASES = ("fsp", "spl", "g", "ol", "opx", "cpx", "ilm", "liq")
CELLS, WORK = new_cells(20000, 12, 20), new_work(12, 20, 20000)


class Charted:
    """A phase of T21-Su26 at a reference point's conditions and potentials."""

    def __init__(self, phase, index=0):
        point = reference_points(NAME)[index]
        components = database(NAME).components
        self.gamma = np.array([point["chemical_potentials"][c] for c in components])
        system, k = reduced(NAME).system, phase_index(NAME, phase)
        self.phase = Phase(system, k, point["pressure_kbar"], point["temperature_C"] + 273.15)
        self.at = chart(system, k)
        self.energy = energy(self.at, system.phases, k, self.phase.conditions, self.gamma)
        self.d, self.species = self.at.site.shape[1], len(self.at.multiplicity)
        self.trail = np.zeros((100, 33))

    def points(self, vertices, count, seed):
        """Random points of the hull of some vertices, some near its faces."""
        weights = np.random.default_rng(seed).gamma(0.4, size=(count, len(vertices))) + 1e-12
        return weights / weights.sum(axis=1, keepdims=True) @ vertices

    def sites(self, x):
        return np.maximum(self.at.site_origin + self.at.site @ x, 1e-15)

    def value(self, x):
        return value(self.at, self.energy, x, self.sites(x), np.zeros(self.species))

    def entropy_above_tangent(self, y, eta):
        """sum m Y KL(y/Y, eta), at least as large as any of the forms."""
        total = np.bincount(self.at.group, y)[self.at.group]
        return float(self.at.multiplicity @ (y * np.log(y / (total * eta)) - y + total * eta))

    def refer(self, x):
        WORK.vectors[X, : self.d] = x
        WORK.sites[Y, : self.species] = self.sites(x)

    def cell(self):
        top = CELLS.number[0] - 1
        return CELLS.x[CELLS.start[top] : CELLS.start[top + 1], : self.d]

    def cut_at_random(self, times, seed):
        """Cut the top cell so often and keep one part."""
        rng = np.random.default_rng(seed)
        for _ in range(times):
            x = self.points(self.cell(), 1, rng.integers(1 << 30))[0]
            normal = np.zeros(12)
            normal[: self.d] = rng.normal(size=self.d)
            normal /= np.linalg.norm(normal)
            cut(CELLS, self.d, self.species, normal, float(normal[: self.d] @ x))
        top = CELLS.number[0] - 1
        return top

    def bound(self, top):
        """D at the reference, bound and number of directions; leaves the rest in WORK."""
        first, last = CELLS.start[top], CELLS.start[top + 1]
        assert look_at(self.at, CELLS, first, last, WORK)
        search = Search(target=0.0)
        return bound_here(self.at, self.energy, search, WORK)

    def prove(self, shift=0.0, **limits):
        e = self.energy._replace(constant=self.energy.constant + shift)
        minima, effort = new_stationary(self.d, self.species), np.zeros(2, np.int64)
        self.refer(np.zeros(self.d))
        learn(self.at, minima, descend_chart(self.at, e, 60, WORK), WORK)
        target = -1e-6 / self.at.size_range[1]
        search = Search(target=target, **limits)
        return prove_phase(self.at, e, minima, search, CELLS, WORK, effort, self.trail)


@pytest.mark.parametrize("name", [*DATABASES, "W14", "G16", "EF21"])
def test_entropy_is_a_sum_of_groups_in_every_database(name):
    """sum m y ln(y/N) of random compositions equals that of the groups, found from numbers.

    Among them melts whose olivine species mix five times, and cations on two sites.
    """
    rng = np.random.default_rng(3)
    for phase in dry.whole(name).phases:
        model = phase.model
        if len(model.size) == 1:
            continue
        terms = entropy_terms(model.occupancy, model.multiplicity)
        assert (terms.weight > 0.0).all()
        corners = vertices(model.occupancy)
        for weights in rng.gamma(0.5, size=(5, len(corners))) + 1e-6:
            p = weights @ corners
            y = model.occupancy @ p
            whole_entropy = model.multiplicity @ (y * np.log(y / p.sum()))
            in_groups = 0.0
            for g in range(terms.group.max() + 1):
                mine = terms.group == g
                of_group = y[terms.species[mine]]
                fractions = of_group / of_group.sum()
                in_groups += terms.weight[mine] @ (of_group * np.log(fractions))
            assert in_groups == pytest.approx(whole_entropy, rel=1e-12, abs=1e-12)


def test_a_melt_without_its_total_of_cations_is_refused():
    """Without the term of multiplicity -1 the entropy is not known to be convex."""
    model = database(NAME).phases[phase_index(NAME, "liq")].model
    kept = model.multiplicity > 0
    assert not kept.all()
    with pytest.raises(ValueError, match="no site"):
        entropy_terms(model.occupancy[kept], model.multiplicity[kept])


def test_a_total_that_is_no_sum_of_species_is_refused():
    model = database(NAME).phases[phase_index(NAME, "liq")].model
    occupancy = model.occupancy.copy()
    occupancy[model.multiplicity < 0, 0] += 0.5
    with pytest.raises(ValueError, match="no known total"):
        entropy_terms(occupancy, model.multiplicity)


@pytest.mark.parametrize("phase", PHASES)
def test_a_chart_has_the_driving_force_of_the_engine(phase):
    """D(p) = (v.p) D(z), at random compositions."""
    here = Charted(phase)
    for x in here.points(here.at.corners, 20, seed=1):
        z = here.at.origin + here.at.basis @ x
        p = z / z.sum()
        size = 1.0 / z.sum()
        d, _ = here.phase.driving_forces(p, here.gamma)
        assert size * here.value(x) == pytest.approx(d, rel=1e-11, abs=1e-10)
        low, high = here.at.size_range
        assert low - 1e-12 <= size <= high + 1e-12


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(some.sampled_from(["fsp", "spl", "ol", "cpx"]), some.integers(1, 6), some.integers(0, 999))
def test_forms_lie_below_the_entropy_on_their_cell(phase, cuts, seed):
    """1/2 sum m w^2 WEIGHT <= sum m Y KL on the cell, and the matrix below the Hessian at r."""
    here = Charted(phase)
    whole(here.at, CELLS)
    top = here.cut_at_random(cuts, seed)
    corners = here.cell().copy()
    middle = corners.mean(axis=0)
    here.refer(middle)
    here.bound(top)
    weight = WORK.sites[WEIGHT, : here.species] * here.at.multiplicity
    reference = here.sites(middle)
    eta = reference / np.bincount(here.at.group, reference)[here.at.group]
    for x in here.points(corners, 60, seed):
        y = here.sites(x)
        w = y - np.bincount(here.at.group, y)[here.at.group] * eta
        assert 0.5 * weight @ w**2 <= here.entropy_above_tangent(y, eta) + 1e-12
    slopes = here.at.site - eta[:, None] * here.at.total[here.at.group]
    form = slopes.T @ (weight[:, None] * slopes)
    h = np.zeros((here.d, here.d))
    flat = here.energy._replace(rt=1.0)
    total = np.bincount(here.at.group, reference)
    chart_hessian(here.at, flat, 0.0, reference, np.append(total, np.zeros(20)), h)
    exact = np.tril(h) + np.tril(h, -1).T
    assert np.linalg.eigvalsh(exact - form).min() > -1e-9 * np.abs(exact).max()


def test_forms_without_the_greatest_value_of_a_species_are_caught():
    """Mutation: the reach of a species is that at the reference, not the greatest of the cell."""
    here = Charted("cpx")
    reference = here.sites(np.zeros(here.d))
    eta = reference / np.bincount(here.at.group, reference)[here.at.group]
    worst = 0.0
    for x in here.points(here.at.corners, 300, seed=5):
        y = here.sites(x)
        w = y - np.bincount(here.at.group, y)[here.at.group] * eta
        form = 0.5 * (here.at.multiplicity / reference) @ w**2
        worst = max(worst, form - here.entropy_above_tangent(y, eta))
    assert worst > 0.1


def underestimator(here, count, now):
    """The linear function that a bound takes at the vertices, as a function of x."""
    slope = np.zeros(12)
    shift_slope(here.d, count, WORK, slope)
    start = now - shift_depth(count, WORK)
    r = WORK.vectors[X].copy()
    return lambda x: start + along(slope, here.d, x, r)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(some.sampled_from(PHASES), some.integers(0, 5), some.integers(0, 999))
def test_the_bound_lies_below_the_driving_force(phase, cuts, seed):
    here = Charted(phase, index=seed % 3)
    whole(here.at, CELLS)
    top = here.cut_at_random(cuts, seed)
    corners = here.cell().copy()
    here.refer(here.points(corners, 1, seed)[0])
    now, bound, count = here.bound(top)
    below = underestimator(here, count, now)
    for x in here.points(corners, 60, seed):
        assert below(x) <= here.value(x) + 1e-9
        assert bound <= below(x) + 1e-9


def spinodal_cell(phase="ilm"):
    """A small cell about a composition inside the spinodal: its shift is about what is needed."""
    here = Charted(phase, index=2)
    found = None
    for x in here.points(here.at.corners, 400, seed=7):
        h = np.zeros((here.d, here.d))
        y = here.sites(x)
        chart_hessian(
            here.at, here.energy, 1.0, y, np.append(np.bincount(here.at.group, y), [0.0] * 9), h
        )
        curvature = np.linalg.eigvalsh(np.tril(h) + np.tril(h, -1).T).min()
        if found is None or curvature < found[0]:
            found = curvature, x
    assert found[0] < -0.5
    x = found[1]
    whole(here.at, CELLS)
    for normal in [*np.eye(here.d), *-np.eye(here.d)]:
        padded = np.append(normal, np.zeros(12 - here.d))
        assert cut(CELLS, here.d, here.species, padded, float(normal @ x) + 0.01) == CUT_DONE
        CELLS.number[0] -= 1  # keep the part below
    here.refer(x)
    return here, CELLS.number[0] - 1


def worst_excess(here, below):
    corners = here.cell()
    points = np.vstack([corners, here.points(corners, 200, seed=1)])
    return max(below(x) - here.value(x) for x in points)


@pytest.mark.slow
def test_halved_shift_is_caught():
    here, top = spinodal_cell()
    now, _, count = here.bound(top)
    assert count > 0
    assert worst_excess(here, underestimator(here, count, now)) < 1e-10
    WORK.vectors[LAMBDA, :count] *= 0.5  # mutation
    assert worst_excess(here, underestimator(here, count, now)) > 1e-6


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    some.sampled_from(["fsp", "spl", "g", "ol", "ilm"]), some.integers(1, 5), some.integers(0, 999)
)
def test_cells_cover_the_polytope(phase, cuts, seed):
    """Volumes add up; without one vertex they do not."""
    here = Charted(phase)
    whole(here.at, CELLS)
    here.cut_at_random(cuts, seed)
    parts = [
        CELLS.x[CELLS.start[c] : CELLS.start[c + 1], : here.d].copy()
        for c in range(CELLS.number[0])
    ]
    everything = ConvexHull(here.at.corners).volume
    volumes = [ConvexHull(part).volume for part in parts if np.ptp(part, axis=0).min() > 1e-6]
    assert sum(volumes) == pytest.approx(everything, rel=1e-6)
    hull = ConvexHull(parts[0])
    dropped = np.delete(parts[0], hull.vertices[0], axis=0)
    if len(dropped) > here.d:
        flat = np.linalg.matrix_rank(dropped - dropped[0], tol=1e-9) < here.d
        smaller = 0.0 if flat else ConvexHull(dropped).volume
        assert smaller < hull.volume * (1 - 1e-9)


@pytest.mark.slow
def test_a_dropped_vertex_makes_a_bound_too_high():
    """The least vertex left out, the bound exceeds the driving force at that vertex."""
    here = Charted("ol", index=1)
    whole(here.at, CELLS)
    here.refer(here.at.corners.mean(axis=0) * 0.5)
    now, bound, count = here.bound(0)
    below = underestimator(here, count, now)
    values = np.array([below(x) for x in here.at.corners])
    least = int(values.argmin())
    assert bound == pytest.approx(values[least], abs=1e-6)
    CELLS.x[least, : here.d] = CELLS.x[(least + 1) % len(values), : here.d]
    mutated = here.bound(0)[1]
    assert mutated > values[least] + 1e-3


@pytest.mark.slow
def test_known_minimum_test_is_tight_and_holds_on_the_whole_cell():
    """Garnet is convex here: one stationary point, one cell, and the bound is its energy."""
    here = Charted("g")
    here.refer(np.zeros(here.d))
    lowest = descend_chart(here.at, here.energy, 60, WORK)
    whole(here.at, CELLS)
    now, bound, count = here.bound(0)
    assert count == 0
    assert now == pytest.approx(lowest, abs=1e-12)
    assert bound == pytest.approx(lowest, abs=1e-6)
    # mutation: a reference that is not stationary is no minimum, and its bound is far lower
    here.refer(here.at.corners[0] * 0.5)
    assert here.bound(0)[1] < lowest - 0.1


@pytest.mark.parametrize("phase", PHASES)
def test_phases_of_a_reference_point_are_proved(phase):
    """And refuted once the plane is raised above their lowest composition."""
    here = Charted(phase)
    status, bound = here.prove()
    assert status == PROVED
    assert bound * here.at.size_range[1] > -1e-6
    here.refer(np.zeros(here.d))
    lowest = descend_chart(here.at, here.energy, 60, WORK)
    status, value_there = here.prove(shift=-max(lowest, 0.0) - 1e-4)
    assert status == REFUTED
    assert value_there < -1e-5


def test_a_limit_leaves_a_phase_undecided():
    status, _ = Charted("cpx").prove(most_cells=3)
    assert status not in (PROVED, REFUTED)


@pytest.mark.slow
def test_parts_of_a_cut_share_only_their_face():
    here = Charted("opx")
    whole(here.at, CELLS)
    normal = WORK.vectors[SPARE]
    normal[:] = 0.0
    normal[: here.d] = here.at.site[0] / np.linalg.norm(here.at.site[0])
    assert cut(CELLS, here.d, here.species, normal, 0.0) == CUT_DONE
    x = np.zeros(12)
    for point in here.points(here.at.corners, 50, seed=2):
        x[: here.d] = point
        sides = [inside(CELLS, c, here.d, x) for c in (0, 1)]
        assert sides[0] != sides[1] or abs(normal @ x) < 1e-12


@pytest.mark.slow
def test_the_middle_of_a_cell_lies_in_it():
    here = Charted("spl")
    whole(here.at, CELLS)
    top = here.cut_at_random(4, seed=1)
    start_in_middle(here.at, CELLS, top, WORK)
    assert inside(CELLS, top, here.d, WORK.vectors[X])
    y = np.zeros(here.species)
    sites_at(here.at, WORK.vectors[X], y)
    assert y == pytest.approx(WORK.sites[Y, : here.species], abs=1e-12)


def test_a_copy_of_a_cell_holds_nothing_of_a_larger_phase():
    """Phases share a stack: what one keeps of a cell done by means may be more than the next has room for."""
    d, species = 2, 3
    stack = new_cells(10, 6, 5)
    stack.number[0], stack.start[1] = 1, 3
    stack.way[0], stack.kept_count[0] = BY_TANGENT, 5
    stack.kept_shift[:] = 7.0
    made = compact(stack, d, species)
    assert made.kept_shift.shape == (1, d + 1, d)
    assert made.kept_count[0] == 0
    assert (made.kept_shift[0, :d] == 0.0).all()
    stack.way[0], stack.kept_count[0] = BY_MEANS, 2
    made = compact(stack, d, species)
    assert made.kept_count[0] == 2
    assert (made.kept_shift == 7.0).all()

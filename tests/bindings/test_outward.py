"""Bounds with every rounding error on the safe side, and mutations that they must not let pass."""

from decimal import Decimal, getcontext
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.optimize import linprog

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite._proof.outward import chart_error, leaf_bound, phase_bound
from gibbsite._proof.phase import charts, new_room, set_up
from gibbsite._proof.rounding import (
    Polytope,
    greatest,
    is_semidefinite,
    product_error,
    root_polytope,
)
from gibbsite_engine.factors import RT
from gibbsite_engine.proof.branch import (
    PROVED,
    TRAIL_DONE,
    Search,
    learn,
    new_stationary,
    prove_phase,
)
from gibbsite_engine.proof.chart import energy
from gibbsite_engine.proof.driving import X, Y, descend_chart, sites_at, value

pytestmark = pytest.mark.compiled
PHASES = ("fsp", "spl", "g", "ol", "opx", "cpx", "ilm", "liq")
getcontext().prec = 50


class Problem:
    """All phases at one equilibrium of the high-Ti glass."""

    def __init__(self):
        answer = gb.equilibrium(
            gb.bulk("high-ti-glass"), pressure_kbar=3.0, temperature_C=1150.0, database="T21-Su26"
        )
        self.data = answer.database
        mask = np.array([c in answer.chemical_potentials for c in self.data.components])
        self.reduced = self.data.reduced(mask)
        self.charts = charts(self.data, tuple(mask.tolist()))
        self.room = new_room(self.charts)
        self.conditions = set_up(self.reduced, 3.0, 1150.0)
        self.gamma = np.array(list(answer.chemical_potentials.values()))

    def phase(self, name):
        """Index, chart and energy of a phase."""
        place = self.data.phase_names.index(name)
        k = [phase.place for phase in self.reduced.phases].index(place)
        at = self.charts[k]
        e = energy(at, self.reduced.system.phases, k, self.conditions, self.gamma)
        return k, at, e

    def proof(self, at, e, target):
        """Status, trail and number of cells of a proof that D >= target."""
        d, species, work = at.site.shape[1], len(at.multiplicity), self.room.work
        minima = new_stationary(d, species)
        work.vectors[X, :d] = 0.0
        sites_at(at, work.vectors[X], work.sites[Y])
        lowest = descend_chart(at, e, 60, work)
        learn(at, minima, lowest, work)
        trail, effort = np.zeros((3000, 1 + d + species)), np.zeros(2, np.int64)
        status, _ = prove_phase(
            at, e, minima, Search(target=target), self.room.cells, work, effort, trail
        )
        return status, trail, int(effort[0]), minima.value[: minima.number[0]].min()


@pytest.fixture(scope="module")
def problem():
    return Problem()


def random_points(vertices, count, seed):
    weights = np.random.default_rng(seed).gamma(0.4, size=(count, len(vertices))) + 1e-12
    return weights / weights.sum(axis=1, keepdims=True) @ vertices


@pytest.mark.parametrize("name", PHASES)
def test_greatest_is_no_less_than_a_linear_programme_says(problem, name):
    """And hardly more; from vertices that are wrong it is still no less."""
    _, at, _ = problem.phase(name)
    whole, rng = root_polytope(at), np.random.default_rng(1)
    assert (np.abs(at.corners) <= whole.box).all()
    for _ in range(20):
        c = rng.normal(size=at.site.shape[1])
        exact = -linprog(-c, A_ub=whole.a, b_ub=whole.b, bounds=(None, None)).fun
        found = greatest(whole, c)
        assert exact - 1e-9 <= found <= exact + 1e-9
        assert found >= (at.corners @ c).max()
        lost = whole._replace(vertices=np.delete(whole.vertices, (at.corners @ c).argmax(), axis=0))
        assert greatest(lost, c) >= (at.corners @ c).max()  # mutation: a dropped vertex


def test_a_matrix_with_a_negative_eigenvalue_does_not_pass():
    """By 1e-12 below zero it fails, by 1e-12 above it passes; and an error counts."""
    rng = np.random.default_rng(2)
    for d in (2, 4, 8, 12):
        vectors = np.linalg.qr(rng.normal(size=(d, d)))[0]
        for least, passes in ((-1e-12, False), (1e-12, True)):
            values = np.append(rng.uniform(0.1, 1.0, d - 1), least)
            a = vectors @ np.diag(values) @ vectors.T
            assert is_semidefinite(0.5 * (a + a.T), 0.0) is passes
            assert not is_semidefinite(0.5 * (a + a.T), 2e-12)


@pytest.mark.parametrize("name", PHASES)
def test_a_leaf_lies_below_the_driving_force(problem, name):
    """On the whole polytope, about random references."""
    _, at, e = problem.phase(name)
    whole, total = root_polytope(at), np.zeros(len(at.multiplicity))
    for seed, x in enumerate(random_points(at.corners, 4, seed=3)):
        y = np.maximum(at.site_origin + at.site @ x, 1e-15)
        bound = leaf_bound(at, e, whole, x, y)
        assert bound > -1e6
        for other in [*at.corners, *random_points(at.corners, 50, seed)]:
            sites = np.maximum(at.site_origin + at.site @ other, 1e-15)
            assert bound <= value(at, e, other, sites, total)


@pytest.mark.slow
@pytest.mark.parametrize("name", PHASES)
def test_a_bound_too_high_by_1e_12_is_caught(problem, name):
    """The energy is shifted until its minimum lies that much below the target."""
    _, at, e = problem.phase(name)
    target = -1e-6
    _, _, _, lowest = problem.proof(at, e, target)
    for spare, holds in ((1e-7, True), (-1e-12, False)):
        shifted = e._replace(constant=e.constant - lowest + target + spare)
        aim = 1e-8 if holds else -1e-7  # the kernel's own margin is not what is tested
        status, trail, count, _ = problem.proof(at, shifted, target + aim)
        assert status == PROVED
        bound = phase_bound(at, shifted, trail, count, target, problem.room.cells)
        assert bool(bound >= target) is holds


@pytest.mark.slow
def test_a_trail_that_does_not_cover_the_polytope_is_refused(problem):
    """Mutations: a cell left out, a cell more, a cut that is none, a trail cut short."""
    _, at, e = problem.phase("cpx")
    status, trail, count, _ = problem.proof(at, e, -5e-7)
    assert status == PROVED
    assert count > 10
    cells = problem.room.cells

    def bound(rows, number=None):
        return phase_bound(at, e, rows, number or len(rows), -1e-6, cells)

    good = trail[:count]
    assert bound(good) >= -1e-6
    done = np.flatnonzero(good[:, 0] == TRAIL_DONE)
    assert bound(np.delete(good, done[-1], axis=0)) == -np.inf
    assert bound(np.vstack([good, good[done[-1]]])) == -np.inf
    assert bound(good[:-1], count) == -np.inf
    cut = int(np.flatnonzero(good[:, 0] != TRAIL_DONE)[0])
    outside = good.copy()
    outside[cut, 1 + at.site.shape[1]] += 100.0
    assert bound(outside) == -np.inf
    nothing = good.copy()
    nothing[cut, 0] = 0.0
    assert bound(nothing) == -np.inf


def test_a_bound_that_needs_its_cells_does_not_hold_on_the_whole(problem):
    """The reference of the last cell, used for the polytope as a whole, shows far less."""
    _, at, e = problem.phase("cpx")
    _, trail, count, _ = problem.proof(at, e, -5e-7)
    d = at.site.shape[1]
    last = trail[count - 1]
    whole = root_polytope(at)
    assert leaf_bound(at, e, whole, last[1 : 1 + d], last[1 + d :]) < -1e-3


def decimals(values):
    return [Decimal(float(v)) for v in values]


def exact_energy(problem, k, z):
    """D of the tables at amounts z (van Laar form), in 50 digits from the float64 numbers."""
    phases, n = problem.reduced.system.phases, len(z)
    rt = Decimal(float(problem.conditions.factors[RT]))
    out = Decimal(0)
    for i in range(n):
        c = sum(
            a * b for a, b in zip(decimals(phases.composition[k, i]), decimals(problem.gamma),
                                  strict=True)
        )  # fmt: skip
        g = Decimal(float(problem.conditions.g0[k, i]))
        g += rt * Decimal(float(phases.log_constant[k, i])) - c
        out += z[i] * g
    total = sum(z)
    for s in range(int(phases.n_species[k])):
        y = sum(Decimal(float(o)) * zi for o, zi in zip(phases.occupancy[k, s], z, strict=False))
        if y > 0:
            out += rt * Decimal(float(phases.multiplicity[k, s])) * y * (y / total).ln()
    q = problem.conditions.interaction[k]
    size = sum(Decimal(float(v)) * zi for v, zi in zip(phases.size[k], z, strict=False))
    quadratic = sum(z[i] * z[j] * Decimal(float(q[i, j])) for i in range(n) for j in range(n))
    return out + quadratic / (2 * size), size


def exact_chart(at, e, x):
    """The energy of the chart at x, in 50 digits."""
    x = decimals(x)
    out = Decimal(e.constant)
    for i, row in enumerate(e.quadratic):
        half = sum(Decimal(float(q)) * xj for q, xj in zip(row, x, strict=True)) / 2
        out += x[i] * (Decimal(float(e.linear[i])) + half)
    sites = [
        Decimal(float(o)) + sum(Decimal(float(a)) * xj for a, xj in zip(row, x, strict=True))
        for o, row in zip(at.site_origin, at.site, strict=True)
    ]
    for g in range(len(at.total_origin)):
        mine = [s for s in range(len(sites)) if at.group[s] == g]
        whole = sum(sites[s] for s in mine)
        for s in mine:
            out += (
                Decimal(e.rt * 1.0)
                * Decimal(float(at.multiplicity[s]))
                * sites[s]
                * (sites[s] / whole).ln()
            )
    return out


@pytest.mark.parametrize("name", PHASES)
def test_the_chart_has_the_energy_of_the_tables_within_its_stated_error(problem, name):
    """In 50 digits, at random compositions."""
    k, at, e = problem.phase(name)
    stated = chart_error(
        at, problem.reduced.system.phases, k, problem.conditions, problem.gamma,
        root_polytope(at).box,
    )  # fmt: skip
    assert stated < 1e-8
    worst = Decimal(0)
    for x in random_points(at.corners, 6, seed=4):
        z = [
            Decimal(float(o)) + sum(
                Decimal(float(b)) * xj for b, xj in zip(row, decimals(x), strict=True)
            )
            for o, row in zip(at.origin, at.basis, strict=True)
        ]  # fmt: skip
        tables, size = exact_energy(problem, k, z)
        in_units = size / Decimal(at.size_unit)
        assert abs(in_units - 1) < Decimal("1e-14")
        worst = max(worst, abs(tables - exact_chart(at, e, x)))
    assert worst <= Decimal(stated)
    assert worst > 0


def test_the_error_of_a_product_is_no_less_than_it_is():
    rng = np.random.default_rng(6)
    for _ in range(50):
        a, b = rng.normal(size=(2, 9)) * 1e3
        exact = sum(x * y for x, y in zip(decimals(a), decimals(b), strict=True))
        assert abs(exact - Decimal(float(a @ b))) <= Decimal(product_error(a, b))


def test_cells_are_polytopes_of_their_half_spaces():
    """A square cut in two by hand: its bound is that of the half, not of the square."""
    a = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    square = Polytope(
        a, np.ones(4), np.array([[s, t] for s in (-1, 1) for t in (-1, 1)]), np.ones(2)
    )
    half = Polytope(
        np.vstack([a, [1.0, 1.0]]), np.append(np.ones(4), 0.0),
        np.array([[-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]), np.ones(2),
    )  # fmt: skip
    along = np.array([1.0, 1.0])
    assert greatest(square, along) == pytest.approx(2.0, abs=1e-12)
    assert greatest(half, along) == pytest.approx(0.0, abs=1e-12)
    for smaller, larger in pairwise([half, square]):
        assert greatest(smaller, along) <= greatest(larger, along)


@pytest.mark.parametrize("temperature_C", [pytest.param(950.0, marks=pytest.mark.slow), 1150.0])
def test_an_answer_is_proved_with_all_rounding_errors_counted(temperature_C):
    answer = gb.equilibrium(
        gb.bulk("high-ti-glass"),
        pressure_kbar=3.0,
        temperature_C=temperature_C,
        database="T21-Su26",
    )
    proof = gb.prove(answer, rigorous=True)
    assert proof.proved
    assert proof.rigorous
    assert 0.0 < proof.gap < 1e-6
    assert not gb.prove(answer).rigorous


def test_command_proves_with_all_rounding_errors_counted():
    point = ["--bulk", "high-ti-glass", "-p", "3", "-t", "1150", "--database", "T21-Su26"]
    done = CliRunner().invoke(cli, ["prove", *point, "--rigorous"])
    assert done.exit_code == 0, done.output
    assert "all rounding errors counted" in done.output
    done = CliRunner().invoke(cli, ["prove", "out.h5", "--rigorous"])
    assert done.exit_code != 0
    assert "for points" in done.output

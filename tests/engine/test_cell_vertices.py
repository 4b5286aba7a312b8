"""What the proof asks of all vertices of a cell at once, against one vertex after the other.

Cells of fewer vertices than a block has, of as many, of one more; phases of one dimension and of many.
"""

import numpy as np
import pytest
from dry import whole as database

from gibbsite_engine.proof.bound import over_cell
from gibbsite_engine.proof.cells import new_cells
from gibbsite_engine.proof.chart import chart
from gibbsite_engine.proof.driving import (
    BASE,
    ETA,
    LEAST_WHOLE,
    LEAST_Y,
    MEAN,
    METRIC,
    MOST_Y,
    PENALTY,
    REACH,
    STEP,
    TOP,
    X,
    new_work,
    sites_at,
)
from gibbsite_engine.proof.forms import look_at
from gibbsite_engine.proof.planes import (
    at_vertices,
    first_that_fails,
    plane_below,
    set_out,
    take_lane,
    touch_near_the_greatest,
)
from gibbsite_engine.proof.span import Reference
from gibbsite_engine.proof.tangent import refer
from gibbsite_engine.proof.vertices import LANES, lowest_vertex, vertex

pytestmark = pytest.mark.compiled
PHASES = ["ol", "br", "g", "spi", "opx", "chl"]  # of EF21: one dimension to six
NUMBERS = [2, LANES - 1, LANES, LANES + 1, 2 * LANES, 3 * LANES - 2]


class Cell:
    """A cell of so many random compositions of a phase, and a group of references in it."""

    def __init__(self, name, number):
        data = database("EF21")
        reduced = data.reduced(np.ones(len(data.components), bool))
        self.at = chart(reduced.system, reduced.index[data.phase_names.index(name)])
        self.species, self.d = self.at.site.shape
        self.number, self.rng = number, np.random.default_rng(number)
        self.cells = new_cells(number, self.d, self.species)
        self.x = self.inside(number)
        self.cells.x[:], self.cells.start[1], self.cells.number[0] = self.x, number, 1
        for x, y in zip(self.x, self.cells.y, strict=True):
            sites_at(self.at, x, y)
        self.work = new_work(self.d, self.species, number)

    def inside(self, count):
        weights = self.rng.gamma(0.5, size=(count, len(self.at.corners))) + 1e-9
        return weights / weights.sum(axis=1, keepdims=True) @ self.at.corners

    @property
    def wholes(self):
        """Totals of the group of each species, one composition after the other."""
        return np.array([np.bincount(self.at.group, y)[self.at.group] for y in self.cells.y])

    def reference(self, spread):
        """At some points near the middle of the cell, with some curvature that is negative."""
        points = self.x.mean(axis=0) + spread * (self.inside(5) - self.x.mean(axis=0))
        y = np.maximum(self.at.site_origin + points @ self.at.site.T, 1e-15)
        eta = y / np.array([np.bincount(self.at.group, row)[self.at.group] for row in y])
        q = self.rng.normal(size=(self.d, self.d))
        return Reference(
            points.mean(axis=0), y.mean(axis=0), eta.min(axis=0), eta.max(axis=0), points,
            np.zeros((self.d, self.d)), 0.0, np.zeros(self.d), -(q @ q.T), 10.0,
        )  # fmt: skip


def every_cell(test):
    for argument in (
        pytest.mark.parametrize("name", PHASES),
        pytest.mark.parametrize("number", NUMBERS),
    ):
        test = argument(test)
    return test


def test_phases_have_from_one_dimension_to_many():
    assert {Cell(name, 2).d for name in ("br", "ol")} == {1}
    assert Cell("chl", 2).d > 4


@every_cell
def test_extremes_are_those_of_one_vertex_after_the_other(name, number):
    cell = Cell(name, number)
    work, at, d, species = cell.work, cell.at, cell.d, cell.species
    assert look_at(at, cell.cells, 0, number, work)
    middle = work.vectors[MEAN, :d]
    assert middle == pytest.approx(cell.x.mean(axis=0), abs=1e-14)
    y, whole, groups = cell.cells.y, cell.wholes, at.group
    for row, expected in ((LEAST_Y, y.min(axis=0)), (MOST_Y, y.max(axis=0))):
        np.testing.assert_array_equal(work.sites[row, :species], expected)
    for row, expected in ((LEAST_WHOLE, whole.min(axis=0)), (TOP, whole.max(axis=0))):
        np.testing.assert_allclose(work.sites[row][groups], expected, rtol=1e-14)
    away = cell.x - middle
    root = np.tril(work.matrices[METRIC, :d, :d])
    np.testing.assert_allclose(root @ root.T, away.T @ away / number, rtol=1e-9, atol=1e-12)
    for i in range(number):
        found = [vertex(work.vertices, i, j) for j in range(d)]
        np.testing.assert_array_equal(found, away[i])
    work.vectors[X, :d] = cell.inside(1)[0]
    for direction in cell.rng.normal(size=(5, d)):
        along = (cell.x - work.vectors[X, :d]) @ direction
        found = over_cell(direction, d, work)
        assert found == pytest.approx((along.min(), along.max()), abs=1e-13)
        least, chosen = lowest_vertex(direction, d, work.vertices)
        assert chosen == (away @ direction).argmin()
        assert least == pytest.approx((away @ direction).min(), abs=1e-13)


@every_cell
@pytest.mark.parametrize("spread", [0.0, 0.05])
def test_curvatures_are_those_of_one_vertex_after_the_other(name, number, spread):
    """M(x) is the quadratic in the metric, and for each species a plane below G times w w'."""
    cell = Cell(name, number)
    work, at, d, species = cell.work, cell.at, cell.d, cell.species
    about = cell.reference(spread)
    assert look_at(at, cell.cells, 0, number, work)
    refer(at, about, work)
    set_out(at, about, d, work)
    touch_near_the_greatest(at, about, work)
    root = np.tril(work.matrices[METRIC, :d, :d])
    eta = 0.5 * (about.low + about.high)
    np.testing.assert_array_equal(work.sites[ETA, :species], eta)
    y, whole = cell.cells.y, cell.wholes
    reach = (2.0 * about.high * whole + y).max(axis=0) / 3.0
    np.testing.assert_allclose(work.sites[REACH, :species], reach, rtol=1e-14)
    totals = at.total @ root
    forms = at.site @ root - eta[:, None] * totals[at.group]
    quadratic = root.T @ about.curvature @ root
    lower = np.tril(work.matrices[BASE, :d, :d])
    np.testing.assert_allclose(lower, np.tril(quadratic), rtol=1e-9, atol=1e-12)
    touched = [values[0] + 0.25 * (values[1] - values[0]) for values in (
        (y.max(axis=0), y.min(axis=0)), (about.high * whole.max(axis=0), about.high * whole.min(axis=0)),
    )]  # fmt: skip
    planes = [plane_below(max(a, 1e-9 * b), b) for a, b in zip(*touched, strict=True)]
    half, keep = 0.5 * (about.high - about.low), work.sites[PENALTY][at.group]
    expected, found = [], np.zeros((number, d, d))
    for i in range(number):
        m = quadratic.copy()
        for s in range(species):
            g, per_y, per_whole = planes[s]
            weight = 4.0 * g + 2.0 * per_y * y[i, s] + 2.0 * per_whole * about.high[s] * whole[i, s]
            weight *= about.least_rt * at.multiplicity[s]
            sign, t = (1.0 if weight < 0.0 else -1.0), keep[s]
            m += weight * (1.0 + sign * t) * np.outer(forms[s], forms[s])
            if t > 0.0:
                total = totals[at.group[s]]
                m += weight * (1.0 / t + sign) * sign * half[s] ** 2 * np.outer(total, total)
        expected.append(m)
        at_vertices(at, about, i // LANES, d, work)
        take_lane(d, i % LANES, found[i], work.vertices)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-12 * scale)
    direction = cell.rng.normal(size=d)
    work.vectors[STEP, :d] = direction
    for lam in (0.0, scale):
        least = np.linalg.eigvalsh(expected + lam * np.outer(direction, direction))[:, 0]
        levels = [least.min() - 1e-6 * scale, *(0.5 * (a + b) for a, b in pairs(np.sort(least)))]
        for slack in levels:
            failed = first_that_fails(at, about, number - 1, slack, lam, work)
            if slack < least.min():
                assert failed == -1
            else:
                assert 0 <= failed < number
                assert least[failed] < slack


def pairs(values):
    """A few neighbours of a row of numbers that are not equal."""
    apart = np.flatnonzero(np.diff(values) > 1e-9 * np.abs(values).max())
    return [(values[i], values[i + 1]) for i in apart[:: max(1, len(apart) // 4)]]


@pytest.mark.parametrize("number", [LANES, LANES + 3])
def test_more_vertices_than_there_is_room_for_are_refused(number):
    cell = Cell("g", number)
    assert look_at(cell.at, cell.cells, 0, number, new_work(cell.d, cell.species, number))
    short = new_work(cell.d, cell.species, number - LANES)
    assert not look_at(cell.at, cell.cells, 0, number, short)

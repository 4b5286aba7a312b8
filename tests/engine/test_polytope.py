"""Vertices of the polytope of a phase, and its faces."""

import numpy as np
import pytest
from engine_calls import SOLUTIONS
from scipy.optimize import linprog
from scipy.spatial import ConvexHull

from gibbsite._inputs.database import database
from gibbsite_engine.polytope import face_basis, vertices

all_solutions = pytest.mark.parametrize(("name", "phase"), SOLUTIONS)


def model_of(name, phase):
    return next(p.model for p in database(name).phases if p.name == phase)


def hit_and_run(occupancy, rng, count):
    """Random compositions reached from inside the polytope by steps along random lines.

    Knows the inequalities only, not the vertices.
    """
    n = occupancy.shape[1]
    slack = np.append(np.zeros(n), -1.0)  # start at the point furthest from all walls
    start = linprog(
        slack,
        A_ub=np.column_stack([-occupancy, np.ones(len(occupancy))]),
        b_ub=np.zeros(len(occupancy)),
        A_eq=[[*np.ones(n), 0.0]],
        b_eq=[1.0],
        bounds=[(None, None)] * n + [(0, 1)],
    )
    p, out = start.x[:n], []
    assert start.x[n] > 0
    for _ in range(count):
        direction = rng.normal(size=n)
        direction -= direction.mean()
        y, rate = occupancy @ p, occupancy @ direction
        forward = np.min(y[rate < 0] / -rate[rate < 0])
        back = np.min(y[rate > 0] / rate[rate > 0])
        p = p + rng.uniform(-back, forward) * direction
        out.append(p)
    return np.array(out)


@all_solutions
def test_vertices_are_feasible_and_extreme(name, phase):
    occupancy = model_of(name, phase).occupancy
    corners = vertices(occupancy)
    n = occupancy.shape[1]
    np.testing.assert_allclose(corners.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    assert (corners @ occupancy.T).min() > -1e-12
    assert np.linalg.matrix_rank(corners) == n
    for corner in corners:  # n - 1 independent inequalities are equations there
        tight = occupancy[abs(occupancy @ corner) < 1e-12]
        assert np.linalg.matrix_rank(np.vstack([tight, np.ones(n)])) == n
    assert len(np.unique(corners.round(9), axis=0)) == len(corners)


@all_solutions
def test_every_feasible_composition_is_a_mixture_of_vertices(name, phase):
    occupancy = model_of(name, phase).occupancy
    corners = vertices(occupancy)
    for p in hit_and_run(occupancy, np.random.default_rng(1), 40):
        mixture = linprog(
            np.zeros(len(corners)), A_eq=np.vstack([corners.T, np.ones(len(corners))]),
            b_eq=[*p, 1.0],
        )  # fmt: skip
        assert mixture.success, p


@all_solutions
def test_lowest_of_any_linear_energy_is_at_a_vertex(name, phase):
    """The least of g.p over the inequalities, by HiGHS, is the least over the vertices."""
    occupancy = model_of(name, phase).occupancy
    corners, n = vertices(occupancy), occupancy.shape[1]
    rng = np.random.default_rng(2)
    for _ in range(10):
        g = rng.normal(size=n)
        found = linprog(
            g, A_ub=-occupancy, b_ub=np.zeros(len(occupancy)), A_eq=np.ones((1, n)), b_eq=[1.0],
            bounds=(None, None),
        )  # fmt: skip
        assert (corners @ g).min() == pytest.approx(found.fun, rel=0, abs=1e-9)


def test_vertices_of_a_square():
    """Two sites of two species each, written in three end-members: the fourth corner appears."""
    occupancy = np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0], [0, 0, 1]], dtype=float)
    corners = vertices(occupancy)
    expected = [[0, 0, 1], [0, 1, 0], [1, -1, 1], [1, 0, 0]]
    np.testing.assert_allclose(corners, expected, rtol=0, atol=1e-12)
    assert ConvexHull(corners[:, :2]).volume == pytest.approx(1.0)


COMPONENTS = database("T21-Su26").components


@all_solutions
@pytest.mark.parametrize(
    "gone", [("K2O",), ("FeO",), ("Al2O3",), ("Cr2O3", "TiO2"), ("Na2O", "MgO", "K2O")]
)
def test_face_of_absent_components(name, phase, gone):
    """The face is found whole: HiGHS can put nothing on it that the basis cannot express."""
    model = model_of(name, phase)
    absent = np.array([c in gone for c in COMPONENTS])
    basis = face_basis(model.composition, model.occupancy, absent)
    np.testing.assert_allclose(basis.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    np.testing.assert_allclose(basis @ model.composition[:, absent], 0.0, rtol=0, atol=1e-9)
    assert np.linalg.matrix_rank(basis) == len(basis) if len(basis) else True
    n = model.occupancy.shape[1]
    rng = np.random.default_rng(3)
    for _ in range(4):
        found = linprog(
            rng.normal(size=n), A_ub=-model.occupancy, b_ub=np.zeros(len(model.occupancy)),
            A_eq=np.vstack([np.ones(n), model.composition[:, absent].T]),
            b_eq=[1.0] + [0.0] * absent.sum(), bounds=(None, None),
        )  # fmt: skip
        assert found.success == (len(basis) > 0)
        if found.success:
            assert np.linalg.matrix_rank(np.vstack([basis, found.x]), tol=1e-7) == len(basis)

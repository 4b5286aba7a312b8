"""Vertices of the polytope of a phase, and its faces."""

import numpy as np
import pytest
from dry import database
from engine_calls import all_solutions
from scipy.optimize import linprog
from scipy.spatial import ConvexHull

from gibbsite_engine.polytope import coordinates, face_basis, facets, on_face, vertices


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
    for p in hit_and_run(occupancy, np.random.default_rng(1), 10):
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
    normals = np.eye(len(COMPONENTS))[absent]
    basis = face_basis(vertices(model.occupancy), model.composition, normals)
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


DATABASES = ("T21-Su26", "T21", "W24", "G25")


def generators(name):
    """Vertices of all phases of a database, in moles of its components."""
    models = [phase.model for phase in database(name).phases]
    return np.vstack([vertices(m.occupancy) @ m.composition for m in models])


@pytest.mark.parametrize("name", DATABASES)
def test_facets_bound_what_can_be_made(name):
    """No phase lies outside; each facet is held by one phase fewer than there are components."""
    made = generators(name)
    normals = facets(made)
    assert (made @ normals.T).min() > -1e-12
    for normal in normals:
        on = made[on_face(made, normal[None])]
        assert np.linalg.matrix_rank(on, tol=1e-8) == made.shape[1] - 1
    assert len(np.unique(normals.round(9), axis=0)) == len(normals)


@pytest.mark.parametrize("name", DATABASES)
def test_what_lies_inside_all_facets_can_be_made(name):
    """Bulks of oxides at random, judged by HiGHS."""
    made, rng, seen = generators(name), np.random.default_rng(6), set()
    normals = facets(made)
    for _ in range(60):
        bulk = rng.dirichlet(np.full(made.shape[1], rng.choice([0.3, 1.0])))
        found = linprog(np.zeros(len(made)), A_eq=made.T, b_eq=bulk)
        inside = (normals @ bulk).min() >= 0
        assert inside == found.success
        seen.add(inside)
    assert seen == {True, False}


def test_facets_of_a_cone_that_is_flat():
    """Enstatite, forsterite and quartz of magnesia and silica, of three components."""
    normals = facets(np.array([[1.0, 1.0, 0.0], [1.0, 2.0, 0.0], [1.0, 0.0, 0.0]]))
    expected = [[0, 0, -1], [0, 0, 1], [0, 1, 0], [1, -0.5, 0]]
    order = np.lexsort(normals.round(9).T[::-1])
    np.testing.assert_allclose(normals[order], expected, rtol=0, atol=1e-12)


def test_coordinates_of_a_facet():
    """Nepheline and leucite: alumina comes with the alkalis, silica by itself."""
    made = np.array([[2.0, 1.0, 1.0, 0.0], [4.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0]])
    kept, lift = coordinates(made)
    np.testing.assert_array_equal(kept, [True, True, True, False])
    np.testing.assert_allclose(lift[:, :3], np.eye(3), rtol=0, atol=0)
    np.testing.assert_allclose(lift[:, 3], [0, 1, -1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(made[:, kept] @ lift, made, rtol=0, atol=1e-12)

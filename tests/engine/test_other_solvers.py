"""Whole points against other solvers, which are given the problem in other forms."""

import numpy as np
import plain_model
import pytest
from dry import database
from engine_calls import (
    conditions_at,
    phase_index,
    reduced,
    reference_points,
    solve_reference,
    solve_system,
)
from scipy.optimize import minimize

from gibbsite_engine.assemble import assemble
from gibbsite_engine.factors import RT
from gibbsite_engine.polytope import vertices
from gibbsite_engine.status import CERTIFIED

pytestmark = pytest.mark.compiled
NAME = "T21-Su26"
POINTS = [57, *(pytest.param(i, marks=pytest.mark.slow) for i in (0, 103, 234, 333))]


@pytest.fixture(scope="module")
def cp():
    return pytest.importorskip("cvxpy")  # takes seconds to import, and only here it is needed


def dense_columns(point, per_phase=1500):
    """Energies and compositions of many random mixtures of every phase, by the plain formulas."""
    conditions = conditions_at(point.system, point.pressure, point.temperature)
    rng, energies, columns = np.random.default_rng(10), [], []
    for k, phase in enumerate(database(point.name).phases):
        model, n = phase.model, len(phase.endmembers)
        if n == 1:
            p = np.ones((1, 1))
        else:
            corners = vertices(model.occupancy)
            weights = rng.gamma(0.25, size=(per_phase, len(corners))) + 1e-9
            p = weights / weights.sum(axis=1, keepdims=True) @ corners
        at = (point.pressure, point.temperature, system_gas_constant(point.system))
        energies.append(plain_model.energy(model, conditions.g0[k, :n], p, *at))
        columns.append(p @ model.composition)
    return np.concatenate(energies), np.vstack(columns)


def system_gas_constant(system):
    return system.endmembers.gas_constant


def present_columns(point):
    """The same of the phases of the answer."""
    conditions = conditions_at(reduced(point.name).system, point.pressure, point.temperature)
    at = (point.pressure, point.temperature, system_gas_constant(point.system))
    for phase, p in point.models():
        standard = conditions.g0[phase_index(point.name, phase.name), : len(p)]
        yield plain_model.energy(phase.model, standard, p, *at), p @ phase.model.composition


@pytest.mark.slow
@pytest.mark.parametrize("index", POINTS)
def test_linear_programme_over_dense_columns(cp, index):
    """HiGHS makes nothing lower of 12,000 compositions, with or without those of the answer.

    Without them it comes close from above; with them it is the answer.
    """
    point = solve_reference(NAME, index)
    energies, columns = dense_columns(point)
    answer = point.answer
    amounts = cp.Variable(len(energies), nonneg=True)
    bound = cp.Problem(cp.Minimize(energies @ amounts), [columns.T @ amounts == point.bulk])
    bound.solve(solver=cp.HIGHS)
    assert answer.energy - 1e-8 < bound.value < answer.energy + 5.0
    ours, ours_columns = zip(*present_columns(point), strict=True)
    more = cp.Variable(len(ours), nonneg=True)
    balance = columns.T @ amounts + np.array(ours_columns).T @ more
    exact = cp.Problem(
        cp.Minimize(energies @ amounts + np.array(ours) @ more), [balance == point.bulk]
    )
    exact.solve(solver=cp.HIGHS)
    assert exact.value == pytest.approx(answer.energy, rel=0, abs=1e-7)


def ideal_database():
    """The database with all interaction energies left out: convex, no solvus."""
    data = database(NAME)
    models = [p.model._replace(interaction=np.zeros_like(p.model.interaction)) for p in data.phases]
    system, _ = assemble(data.endmembers, models, np.ones(len(data.components), bool))
    return system, models


def species_totals(model):
    """For each site species the row of y that its fraction is of, or -1 for all end-members.

    -T ln T of a total T (multiplicity -1) joins with y ln y of the species that make it up into
    y ln(y/T), which an exponential cone can express.
    """
    totals = np.full(len(model.multiplicity), -1)
    for row in np.flatnonzero(model.multiplicity < 0):
        for first in range(row):
            if np.allclose(model.occupancy[first:row].sum(axis=0), model.occupancy[row]):
                totals[first:row] = row
                break
        else:
            raise AssertionError("a total that no species make up")
    return totals


@pytest.mark.parametrize(
    "index", [1, *(pytest.param(i, marks=pytest.mark.slow) for i in (57, 234))]
)
def test_ideal_mixing_as_a_cone_programme(cp, index):
    """Without interactions the whole problem is one of exponential cones; Clarabel solves it."""
    data, point = database(NAME), reference_points(NAME)[index]
    bulk = np.array([point["bulk_mol"][c] for c in data.components])
    bulk /= bulk.sum()
    p, t = point["pressure_kbar"], point["temperature_C"] + 273.15
    system, models = ideal_database()
    answer = solve_system(system, bulk, p, t)
    assert answer.status == CERTIFIED
    conditions = conditions_at(system, p, t)
    standard = [conditions.g0[k, : len(m.size)] for k, m in enumerate(models)]
    # any plane will do to bring energies near zero, where the solver's tolerance is relative
    plane = np.array([point["chemical_potentials"][c] for c in data.components])
    objective, constraints, balance = 0, [], 0
    for model, g0 in zip(models, standard, strict=True):
        n = cp.Variable(len(g0))
        balance = balance + model.composition.T @ n
        objective += (
            g0 - model.composition @ plane + conditions.factors[RT] * model.log_constant
        ) @ n
        if not len(model.multiplicity):
            constraints.append(n >= 0)
            continue
        y, totals = model.occupancy @ n, species_totals(model)
        for s, m in enumerate(model.multiplicity):
            if m > 0:
                total = cp.sum(n) if totals[s] < 0 else y[totals[s]]
                above = cp.Variable()
                constraints.append(cp.rel_entr(y[s], total) <= above)
                objective += conditions.factors[RT] * m * above
    problem = cp.Problem(cp.Minimize(objective), [*constraints, balance == bulk])
    problem.solve(
        solver=cp.CLARABEL, tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9, max_iter=400
    )
    assert problem.status == cp.OPTIMAL
    assert answer.energy - plane @ bulk == pytest.approx(problem.value, rel=0, abs=1e-5)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # steps of SLSQP go outside
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize("index", POINTS)
def test_slsqp_cannot_lower_the_assemblage(index):
    """All amounts of all end-members of the phases found, moved at will at constant mass."""
    point = solve_reference(NAME, index)
    conditions = conditions_at(point.system, point.pressure, point.temperature)
    at = (point.pressure, point.temperature, system_gas_constant(point.system))
    parts = []
    for phase, p in point.models():
        k = phase_index(NAME, phase.name)
        base = conditions.g0[k, : len(p)] - phase.model.composition @ point.answer.gamma
        parts.append((phase.model, base, p))
    ends = np.cumsum([len(p) for _, _, p in parts])[:-1]
    start = np.concatenate(
        [a * p for a, (_, _, p) in zip(point.answer.amounts, parts, strict=True)]
    )
    composition = np.vstack([model.composition for model, _, _ in parts]).T

    def excess_energy(n):
        """G - Gamma.b, zero at the answer."""
        pieces = zip(parts, np.split(n, ends), strict=True)
        return sum(plain_model.energy(model, base, x, *at) for (model, base, _), x in pieces)

    def slope(n):
        pieces = zip(parts, np.split(n, ends), strict=True)
        return np.concatenate(
            [plain_model.potentials(model, base, x, *at) for (model, base, _), x in pieces]
        )

    def site_amounts(n):
        pieces = zip(parts, np.split(n, ends), strict=True)
        rows = [model.occupancy @ x if len(x) > 1 else x for (model, _, _), x in pieces]
        return np.concatenate(rows)

    sites = np.zeros((len(site_amounts(start)), len(start)))
    for i, column in enumerate(np.eye(len(start))):
        sites[:, i] = site_amounts(column)
    assert abs(excess_energy(start)) < 1e-8
    # away from the answer without change of mass, then down again
    null = np.linalg.svd(composition)[2][np.linalg.matrix_rank(composition) :]
    for seed in range(3):
        direction = null.T @ np.random.default_rng(seed).normal(size=len(null))
        rate, y = sites @ direction, sites @ start
        reach = 0.3 * np.min(y[rate < 0] / -rate[rate < 0])
        found = minimize(
            excess_energy,
            start + reach * direction,
            jac=slope,
            method="SLSQP",
            constraints=[
                {
                    "type": "eq",
                    "fun": lambda n: composition @ n - point.bulk,
                    "jac": lambda n: composition,
                },
                {"type": "ineq", "fun": lambda n: sites @ n - 1e-12, "jac": lambda n: sites},
            ],
            options={"maxiter": 200, "ftol": 1e-12},
        )
        if (sites @ found.x).min() > 0:
            lost = composition @ found.x - point.bulk  # mass it lost is worth nothing on the plane
            assert abs(lost).max() < 1e-7
            assert found.fun > -1e-7

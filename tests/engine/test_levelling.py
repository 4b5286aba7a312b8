"""The linear programme over fixed compositions, against HiGHS."""

import numpy as np
import pytest
from dry import database
from engine_calls import DATABASES, conditions_at, reduced, reference_points
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from gibbsite_engine import levelling
from gibbsite_engine._interpreted import interpreted
from gibbsite_engine.cold import level_seeds, seed_energy
from gibbsite_engine.levelling import (
    AMOUNT,
    ARTIFICIAL_COST,
    ENERGY,
    GAMMA,
    excess_component,
    level_pool,
    new_basis,
    new_pool,
    refactor,
    seed_energies,
    start,
)
from gibbsite_engine.search import new_search_work


def level(system, bulk, pressure, temperature):
    """Basis of the engine, and energies and compositions of all columns."""
    conditions = conditions_at(system, pressure, temperature)
    search, basis = new_search_work(system), new_basis(system.phases)
    seed_energies(system.seeds, conditions, 0, len(search.energies), search.energies)
    gamma = np.full(len(bulk), ARTIFICIAL_COST)
    level_seeds(system.phases, system.seeds, conditions, bulk, gamma, basis, search)
    owner = np.repeat(np.arange(len(system.seeds.start) - 1), np.diff(system.seeds.start))
    energies = np.array(
        [
            seed_energy(system.phases, system.seeds, conditions, j, k, search.energies)
            for j, k in enumerate(owner)
        ]
    )
    return basis, energies, system.seeds.composition


def bulk_of(name, point):
    moles = np.array([point["bulk_mol"].get(c, 0.0) for c in database(name).components])
    present = tuple(c for c, n in zip(database(name).components, moles, strict=True) if n == 0)
    return moles[moles > 0] / moles.sum(), present


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("name", DATABASES)
@given(index=st.integers(0, 699), pressure=st.floats(0.001, 40), temperature=st.floats(900, 2200))
@settings(max_examples=10)
def test_optimum_over_all_seeds_is_that_of_highs(name, index, pressure, temperature):
    bulk, absent = bulk_of(name, reference_points("T21-Su26")[index])
    basis, energies, columns = level(reduced(name, absent).system, bulk, pressure, temperature)
    gamma = basis.vectors[GAMMA]
    highs = linprog(energies, A_eq=columns.T, b_eq=bulk, method="highs")
    assert highs.success
    ours = basis.vectors[ENERGY] @ basis.vectors[AMOUNT]
    assert ours == pytest.approx(highs.fun, rel=0, abs=1e-7)
    # strong duality: the multipliers price the bulk, and no column below its energy
    assert gamma @ bulk == pytest.approx(ours, rel=0, abs=1e-8)
    assert (energies - columns @ gamma).min() > -1e-7
    np.testing.assert_allclose(
        basis.composition.T @ basis.vectors[AMOUNT], bulk, rtol=0, atol=1e-12
    )
    assert basis.vectors[AMOUNT].min() >= 0
    assert excess_component(basis)[1] < 1e-11


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "oxides", "excess"),
    [
        ("T21", {"MgO": 0.9, "SiO2": 0.1}, {"MgO"}),
        ("T21-Su26", {"MgO": 0.5, "FeO": 0.4, "SiO2": 0.1}, {"MgO", "FeO"}),
        ("W24", {"Na2O": 0.9, "SiO2": 0.1}, {"Na2O"}),
        ("T21-Su26", {"K2O": 0.8, "SiO2": 0.1, "Al2O3": 0.1}, {"K2O"}),
    ],
)
def test_what_no_phase_takes_up_is_named(name, oxides, excess):
    components = database(name).components
    absent = tuple(c for c in components if c not in oxides)
    present = [c for c in components if c in oxides]
    bulk = np.array([oxides[c] for c in present])
    basis, _, columns = level(reduced(name, absent).system, bulk, 3.0, 1400.0)
    component, amount = excess_component(basis)
    assert present[component] in excess
    assert amount > 0.05
    assert not linprog(np.zeros(len(columns)), A_eq=columns.T, b_eq=bulk).success


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("name", DATABASES)
def test_bulks_on_the_edge_of_what_phases_can_make(name):
    """Exactly a vertex, or a mixture of two: feasible, since every vertex is a column."""
    system = reduced(name).system
    rng, tried = np.random.default_rng(6), 0
    for k in range(len(system.phases.n_endmembers)):
        first, last = system.bounds.vertex_start[k : k + 2]
        corners = system.bounds.vertices[first:last]
        for _ in range(2):
            p = corners[rng.integers(len(corners), size=2)].mean(axis=0)
            bulk = p @ system.phases.composition[k]
            if bulk.min() < 0:
                continue
            basis, _, _ = level(system, bulk / bulk.sum(), 3.0, 1400.0)
            assert excess_component(basis)[1] < 1e-11
            tried += 1
    assert tried > 13


@pytest.mark.slow
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 9), m=st.integers(1, 60))
@settings(max_examples=20)
def test_pool_of_columns(seed, n, m):
    """Any linear programme that can be solved: objective and multipliers as HiGHS has them."""
    rng = np.random.default_rng(seed)
    columns, energies = rng.random((m, n)), -500 * rng.random(m)
    bulk = columns.T @ rng.exponential(size=m)
    bulk /= bulk.sum()
    phases = reduced("T21-Su26").system.phases
    phases = phases._replace(composition=np.zeros((1, 2, n)))
    basis, pool = new_basis(phases), new_pool(phases)
    pool.number[0], pool.energy[:m], pool.composition[:m] = m, energies, columns
    start(basis, bulk)
    level_pool(basis, bulk, pool)
    assert refactor(basis, bulk)
    highs = linprog(energies, A_eq=columns.T, b_eq=bulk, method="highs")
    assert highs.success
    ours = basis.vectors[ENERGY] @ basis.vectors[AMOUNT]
    assert excess_component(basis)[1] < 1e-9
    assert ours == pytest.approx(highs.fun, rel=1e-8, abs=1e-4)
    assert (energies - columns @ basis.vectors[GAMMA]).min() > -1e-5


def test_nothing_enters_that_does_not_lower_the_energy():
    phases = reduced("T21-Su26").system.phases._replace(composition=np.zeros((1, 2, 2)))
    basis, bulk = new_basis(phases), np.array([0.5, 0.5])
    start, enter = interpreted(levelling.start), interpreted(levelling.enter)
    start(basis, bulk)
    none = np.zeros(2)
    assert enter(basis, bulk, 0, none, np.array([1.0, 1.0]), -10.0)
    assert not enter(basis, bulk, 0, none, np.array([2.0, 2.0]), -19.0)
    assert enter(basis, bulk, 0, none, np.array([2.0, 2.0]), -21.0)
    assert basis.vectors[GAMMA] @ bulk == pytest.approx(-5.25)

"""Compositions that cover a phase: where they lie, and what their energy is."""

import numpy as np
import pytest
from dry import database
from engine_calls import DATABASES, Phase, conditions_at, phase_index, reduced
from hypothesis import given, settings
from hypothesis import strategies as st

from gibbsite_engine.levelling import price, seed_energies
from gibbsite_engine.polytope import vertices
from gibbsite_engine.seeds import clusters, cover

# Systems that differ in what is missing.
SYSTEMS = [(name, ()) for name in DATABASES]
SYSTEMS += [("T21-Su26", ("K2O",)), ("T21-Su26", ("FeO", "TiO2")), ("W24", ("Cr2O3", "Na2O"))]
all_systems = pytest.mark.parametrize(("name", "absent"), SYSTEMS)


def seeds_of(system, k):
    rows = slice(system.seeds.start[k], system.seeds.start[k + 1])
    return system.seeds.proportions[rows, : system.phases.n_endmembers[k]], rows


@all_systems
def test_seeds_are_compositions_and_hold_every_vertex(name, absent):
    system = reduced(name, absent).system
    for k, n in enumerate(system.phases.n_endmembers):
        p, rows = seeds_of(system, k)
        occupancy = system.phases.occupancy[k, : system.phases.n_species[k], :n]
        np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            system.seeds.composition[rows], p @ system.phases.composition[k, :n], atol=1e-12
        )
        if len(occupancy):
            assert (p @ occupancy.T).min() > -1e-12
            gap = abs(vertices(occupancy)[:, None, :] - p[None]).max(axis=2).min(axis=1)
            assert gap.max() < 1e-15  # worked out once, for the whole polytope
            assert (occupancy @ system.seeds.centre[k, :n]).min() > 0
    np.testing.assert_array_equal(system.seeds.transposed, system.seeds.proportions.T)


@all_systems
def test_clusters_part_the_seeds_of_each_phase(name, absent):
    seeds = reduced(name, absent).system.seeds
    np.testing.assert_array_equal(seeds.cluster_start[seeds.phase_cluster], seeds.start)
    assert (np.diff(seeds.cluster_start) > 0).all()
    for k in range(len(seeds.phase_cluster) - 1):
        members = seeds.cluster_phase[seeds.phase_cluster[k] : seeds.phase_cluster[k + 1]]
        assert (members == k).all()


def test_clusters_are_nearest_centres():
    points = np.array([[0.0], [0.02], [1.0], [0.97], [0.5]])
    label = clusters(points)
    assert label[0] == label[1]
    assert label[2] == label[3]
    assert len({label[0], label[2], label[4]}) == 3


def test_cover_is_the_same_every_time():
    corners = vertices(database("T21-Su26").phases[0].model.occupancy)
    np.testing.assert_array_equal(cover(corners), cover(corners))


@all_systems
@given(pressure=st.floats(0.001, 60), temperature=st.floats(800, 2400), seed=st.integers(0, 999))
@settings(max_examples=4)
def test_energy_of_a_seed_is_that_of_its_phase(name, absent, pressure, temperature, seed):
    """Linear in a few features of P and T: D of all seeds in one product."""
    system = reduced(name, absent).system
    conditions = conditions_at(system, pressure, temperature)
    energies, driving = np.zeros((2, len(system.seeds.proportions)))
    seed_energies(system.seeds, conditions, 0, len(energies), energies)
    rng = np.random.default_rng(seed)
    gamma = rng.normal(-900, 300, size=system.phases.composition.shape[2])
    for k in range(len(system.phases.n_endmembers)):
        phase = Phase(system, k, pressure, temperature)
        price(system.phases, system.seeds, k, phase.base(gamma), energies, driving)
        p, rows = seeds_of(system, k)
        for j in rng.integers(len(p), size=6):
            if phase.n == 1 or (phase.occupancy @ p[j]).min() > 1e-12:
                expected, _ = phase.driving_forces(p[j], gamma)
                assert driving[rows][j] == pytest.approx(expected, rel=0, abs=1e-8)


@pytest.mark.parametrize("name", DATABASES)
def test_energy_of_a_vertex_is_the_limit_from_inside(name):
    system = reduced(name).system
    conditions = conditions_at(system, 3.0, 1400.0)
    energies, driving = np.zeros((2, len(system.seeds.proportions)))
    seed_energies(system.seeds, conditions, 0, len(energies), energies)
    k = phase_index(name, "cpx")
    phase, (p, rows) = Phase(system, k, 3.0, 1400.0), seeds_of(system, k)
    price(system.phases, system.seeds, k, conditions.g0, energies, driving)
    for corner, g in zip(p, driving[rows], strict=True):
        near = corner + 1e-9 * (system.seeds.centre[k, : phase.n] - corner)
        assert g == pytest.approx(phase.potentials(near)[0], rel=0, abs=1e-4)

"""Energies of solutions: mu, G, Hessian, entropy and volume."""

import numpy as np
import plain_model
import pytest
from dry import database
from engine_calls import (
    SOLUTIONS,
    Phase,
    phase_index,
    reduced,
    reference_solutions,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gibbsite_engine.polytope import vertices

pressures = st.floats(0.001, 60)
temperatures = st.floats(800, 2400)
seeds = st.integers(0, 2**32 - 1)
all_solutions = pytest.mark.parametrize(("name", "phase"), SOLUTIONS)


def phase_at(name, phase, pressure, temperature):
    return Phase(reduced(name).system, phase_index(name, phase), pressure, temperature)


def random_proportions(phase, seed, count=4):
    rng = np.random.default_rng(seed)
    return plain_model.random_proportions(vertices(phase.occupancy), rng, count)


@pytest.mark.parametrize(("name", "phase"), [s for s in SOLUTIONS if s[0] != "T21"])
def test_reference_compositions(name, phase):
    """Another program's G and mu, wherever no site fraction is so small that it says nothing."""
    reference = reference_solutions(name)
    inside = reference[f"{phase}/sf"].min(axis=1) > 1e-5
    assert inside.sum() > 20
    for row, (p, t) in enumerate(zip(reference["P"], reference["T"], strict=True)):
        ours = phase_at(name, phase, p, t)
        for i in np.flatnonzero(inside):
            g, mu = ours.potentials(reference[f"{phase}/p"][i])
            assert g == pytest.approx(reference[f"{phase}/G"][row, i], rel=0, abs=1e-8)
            np.testing.assert_allclose(mu, reference[f"{phase}/mu"][row, i], rtol=0, atol=1e-8)


@all_solutions
@given(pressure=pressures, temperature=temperatures, seed=seeds)
@settings(max_examples=5)
def test_potentials_are_derivatives_of_the_energy(name, phase, pressure, temperature, seed):
    """mu against complex-step derivatives of G as published, and G = p.mu against G itself."""
    ours = phase_at(name, phase, pressure, temperature)
    model = database(name).phases[ours.k].model
    standard = ours.conditions.g0[ours.k, : ours.n]
    at = (pressure, temperature, ours.rt / temperature)
    for p in random_proportions(ours, seed):
        g, mu = ours.potentials(p)
        assert g == pytest.approx(plain_model.energy(model, standard, p, *at), rel=0, abs=1e-8)
        assert g == pytest.approx(p @ mu, rel=0, abs=1e-8)
        expected = plain_model.potentials(model, standard, p, *at)
        np.testing.assert_allclose(mu, expected, rtol=0, atol=1e-8)


@all_solutions
@given(pressure=pressures, temperature=temperatures, seed=seeds)
@settings(max_examples=5)
def test_hessian_is_the_derivative_of_the_potentials(name, phase, pressure, temperature, seed):
    """H is symmetric, H p = 0 (Gibbs-Duhem), and H dp is the change of mu with amounts."""
    ours = phase_at(name, phase, pressure, temperature)
    rng = np.random.default_rng(seed)
    for p in random_proportions(ours, seed):
        h = ours.hessian(p) - ours.kappa * ours.rt
        scale = abs(h).max()
        np.testing.assert_allclose(h @ p, 0.0, rtol=0, atol=1e-11 * scale)
        for _ in range(2):
            direction = rng.normal(size=ours.n)
            change = abs(ours.occupancy @ direction) / (ours.occupancy @ p)
            step = 1e-4 / change.max() * direction
            mu = []
            for sign in (-1, 1):
                amounts = p + sign * step
                mu.append(ours.potentials(amounts / amounts.sum())[1])  # mu is of degree zero
            np.testing.assert_allclose(
                h @ step, (mu[1] - mu[0]) / 2, rtol=1e-6, atol=1e-6 * scale * abs(step).max()
            )


@all_solutions
@given(pressure=pressures, temperature=temperatures, seed=seeds)
@settings(max_examples=5)
def test_gibbs_duhem_along_a_path(name, phase, pressure, temperature, seed):
    """G(b) - G(a) is the integral of mu.dp from a to b, by Gauss's rule."""
    ours = phase_at(name, phase, pressure, temperature)
    centre = vertices(ours.occupancy).mean(axis=0)  # where site fractions are not small
    start, end = 0.5 * (centre + random_proportions(ours, seed, 2))
    nodes, weights = np.polynomial.legendre.leggauss(40)
    path = [start + 0.5 * (1 + x) * (end - start) for x in nodes]
    slopes = [ours.potentials(p)[1] @ (end - start) for p in path]
    change = ours.potentials(end)[0] - ours.potentials(start)[0]
    assert change == pytest.approx(0.5 * weights @ slopes, rel=0, abs=1e-6)


@all_solutions
@given(pressure=st.floats(0.1, 60), temperature=temperatures, seed=seeds)
@settings(max_examples=4)
def test_volume_and_entropy_are_derivatives(name, phase, pressure, temperature, seed):
    ours = phase_at(name, phase, pressure, temperature)
    dp, dt = 0.02, 0.25
    for p in random_proportions(ours, seed, 2):
        volume, entropy = ours.volume_entropy(p)
        up, down = (
            phase_at(name, phase, pressure + d, temperature).potentials(p)[0] for d in (dp, -dp)
        )
        assert volume == pytest.approx((up - down) / (2 * dp), rel=1e-6)
        up, down = (
            phase_at(name, phase, pressure, temperature + d).potentials(p)[0] for d in (dt, -dt)
        )
        assert entropy == pytest.approx(-(up - down) / (2 * dt), rel=1e-5)


@all_solutions
@given(seed=seeds)
@settings(max_examples=4)
def test_ideal_part_is_convex(name, phase, seed):
    """Without its excess part the Hessian is positive definite at any composition."""
    ours = phase_at(name, phase, 1.0, 1400.0)
    for p in random_proportions(ours, seed, 6):
        assert np.linalg.eigvalsh(ours.hessian(p, weight=0.0)).min() > 0

"""The lowest driving force of one phase at given potentials."""

import numpy as np
import plain_model
import pytest
from dry import database
from engine_calls import (
    Phase,
    all_solutions,
    conditions_at,
    phase_index,
    reduced,
    reference_points,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from gibbsite_engine.polytope import vertices

seeds = st.integers(0, 2**32 - 1)


def potentials_near(name, seed):
    """P, T and potentials of a reference equilibrium, moved by a few kJ."""
    components = database(name).components
    known = [
        point
        for point in reference_points("W24" if name == "W24" else "T21-Su26")
        if len(point.get("chemical_potentials", ())) == len(components)
    ]
    point = known[seed % len(known)]
    gamma = np.array([point["chemical_potentials"][c] for c in components])
    moved = gamma + np.random.default_rng(seed).normal(0, 5, size=len(gamma))
    return point["pressure_kbar"], point["temperature_C"] + 273.15, moved


def starts(phase, seed, count):
    corners, rng = vertices(phase.occupancy), np.random.default_rng(seed)
    return plain_model.random_proportions(corners, rng, count, evenness=0.5)


@all_solutions
@given(seed=seeds)
@settings(max_examples=5)
def test_never_climbs_and_stays_inside(name, phase, seed):
    """Each step lowers D, the end is a composition, and D and mu there are what it says."""
    p, t, gamma = potentials_near(name, seed)
    ours = Phase(reduced(name).system, phase_index(name, phase), p, t)
    for start in starts(ours, seed, 3):
        before, _ = ours.driving_forces(start, gamma)
        for steps in range(1, 61):  # one step more each time, from the same start
            d, end, taken, stationary = ours.descend(start, gamma, max_steps=steps)
            assert taken <= steps
            assert d <= before + 1e-9
            before = d
            assert end.sum() == pytest.approx(1.0, rel=0, abs=1e-12)
            assert (ours.occupancy @ end).min() > 0
            if taken < steps:
                break
        found, mu = ours.driving_forces(end, gamma)
        assert d == pytest.approx(found, rel=0, abs=1e-9)
        if stationary:  # mu - C'Gamma are equal, so no direction of constant sum gains anything
            gain = (mu - d) @ np.linalg.solve(ours.hessian(end, weight=0.0), mu - d)
            assert gain < 1e-10
            assert abs(mu - d).max() < 0.5  # also of the scarcest species


@all_solutions
def test_ends_at_a_stationary_point_nearly_always(name, phase):
    """From random starts; and from the neighbourhood of the end in a few steps."""
    ends = []
    for seed in range(0, 680, 17):
        p, t, gamma = potentials_near(name, seed)
        ours = Phase(reduced(name).system, phase_index(name, phase), p, t)
        for start in starts(ours, seed, 3):
            d, end, _, stationary = ours.descend(start, gamma)
            ends.append(stationary or d > 100)  # energies so high are rounded too coarsely
            if stationary:
                near = end + 1e-3 * (start - end)
                again, _, taken, stationary = ours.descend(near, gamma)
                assert stationary
                assert taken <= 8
                assert again == pytest.approx(d, rel=0, abs=1e-6)
    assert np.mean(ends) > 0.97


@pytest.mark.parametrize(
    ("name", "phase", "seed"),
    [("T21", "spl", 1426), ("T21-Su26", "opx", 598), ("W24", "nph", 69), ("G25", "cpx", 414)],
)
def test_is_not_held_up_where_the_hessian_is_singular(name, phase, seed):
    """On a spinodal a Newton step is endless along one direction; others must not starve.

    Sixty steps end at a stationary point, from every start.
    """
    p, t, gamma = potentials_near(name, seed)
    ours = Phase(reduced(name).system, phase_index(name, phase), p, t)
    for start in starts(ours, seed, 8):
        _, _, _, stationary = ours.descend(start, gamma)
        assert stationary


def least_by_scipy(name, ours, model, p, t, gamma, start):
    """SLSQP on the plain formula in the same polytope, from the same start."""
    standard = ours.conditions.g0[ours.k, : ours.n] - model.composition @ gamma
    at = (p, t, ours.rt / t)
    found = minimize(
        lambda x: plain_model.energy(model, standard, x, *at),
        start,
        jac=lambda x: plain_model.potentials(model, standard, x, *at),
        method="SLSQP",
        constraints=[
            {"type": "eq", "fun": lambda x: x.sum() - 1, "jac": np.ones_like},
            {
                "type": "ineq",
                "fun": lambda x: model.occupancy @ x - 1e-9,
                "jac": lambda x: model.occupancy,
            },
        ],
        options={"maxiter": 300, "ftol": 1e-13},
    )
    feasible = (model.occupancy @ found.x).min() >= 0 and abs(found.x.sum() - 1) < 1e-9
    return plain_model.energy(model, standard, found.x, *at) if feasible else np.inf


@pytest.mark.compiled
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # steps of SLSQP go outside
@pytest.mark.parametrize(
    ("name", "phase"),
    [
        ("T21-Su26", "fsp"),
        ("T21-Su26", "spl"),
        ("T21-Su26", "ol"),
        ("T21-Su26", "cpx"),
        ("T21-Su26", "opx"),
        ("T21-Su26", "liq"),
        ("W24", "nph"),
        ("G25", "g"),
    ],
)
@pytest.mark.parametrize(
    "seed", [5, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (60, 234))]
)
def test_scipy_finds_nothing_lower(name, phase, seed):
    p, t, gamma = potentials_near(name, seed)
    ours = Phase(reduced(name).system, phase_index(name, phase), p, t)
    model = database(name).phases[ours.k].model
    ends = [ours.descend(start, gamma) for start in starts(ours, seed, 24)]
    lowest = min(d for d, _, _, _ in ends)
    theirs = [
        least_by_scipy(name, ours, model, p, t, gamma, start) for start in starts(ours, seed, 4)
    ]
    assert lowest <= min(theirs) + 1e-7
    assert min(theirs) < lowest + 10  # the comparison is of like with like


@all_solutions
@given(seed=seeds)
@settings(max_examples=6)
def test_giving_up_the_hopeless_loses_no_minimum(name, phase, seed):
    """What lies below the plane is found also where descents that seem hopeless are given up."""
    p, t, gamma = potentials_near(name, seed)
    ours = Phase(reduced(name).system, phase_index(name, phase), p, t)
    several = starts(ours, seed, 12)
    full = min(ours.descend(start, gamma)[0] for start in several)
    short = min(ours.descend(start, gamma, hopeless=20.0)[0] for start in several)
    assert full > 0 or short == full


def test_pure_phase_has_nothing_to_descend():
    system = reduced("T21-Su26").system
    k = phase_index("T21-Su26", "q")
    ours = Phase(system, k, 3.0, 1400.0)
    gamma = np.full(9, -900.0)
    expected = conditions_at(system, 3.0, 1400.0).g0[k, 0] + 900.0
    d, end, steps, stationary = ours.descend(np.ones(1), gamma)
    assert (d, end.tolist(), steps, stationary) == (pytest.approx(expected), [1.0], 0, True)

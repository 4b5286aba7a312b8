"""Standard and interaction energies at P and T."""

import numpy as np
import pytest
from dry import database
from engine_calls import (
    DATABASES,
    SOLUTIONS,
    conditions_at,
    phase_index,
    reduced,
    reference_solutions,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gibbsite_engine.standard import set_conditions


@pytest.mark.parametrize(("name", "phase"), [s for s in SOLUTIONS if s[0] != "T21"])
def test_standard_energies_of_the_reference(name, phase):
    reference, k = reference_solutions(name), phase_index(name, phase)
    for row, (p, t) in enumerate(zip(reference["P"], reference["T"], strict=True)):
        expected = reference[f"{phase}/gbase"][row]
        found = conditions_at(reduced(name).system, p, t).g0[k, : len(expected)]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


def test_liquids_of_t21_differ_by_published_energies_only():
    """T21 is T21-Su26 without what was added to five end-members of its liquid."""
    added = database("T21-Su26").phases[0].model.energy - database("T21").phases[0].model.energy
    assert np.count_nonzero(added.any(axis=1)) == 5
    for p, t in [(0.001, 1273.15), (3.0, 1400.0), (20.0, 1673.15)]:
        ours = [conditions_at(reduced(n).system, p, t).g0 for n in ("T21-Su26", "T21")]
        expected = added @ np.array([1.0, t, p])
        np.testing.assert_allclose((ours[0] - ours[1])[0], expected, rtol=0, atol=1e-8)
        np.testing.assert_allclose(ours[0][1:], ours[1][1:], rtol=0, atol=1e-8)


def standard_energies(system, pressure, temperature):
    return conditions_at(system, pressure, temperature).g0


@pytest.mark.parametrize("name", DATABASES)
@given(pressure=st.floats(0.1, 60), temperature=st.floats(800, 2400))
@settings(max_examples=6)
def test_entropy_and_volume_are_derivatives(name, pressure, temperature):
    system = reduced(name).system
    here = conditions_at(system, pressure, temperature)
    dt, dp = 0.5, 0.02
    up, down = (standard_energies(system, pressure, temperature + d) for d in (dt, -dt))
    np.testing.assert_allclose(here.s0, -(up - down) / (2 * dt), rtol=1e-4, atol=1e-6)
    up, down = (standard_energies(system, pressure + d, temperature) for d in (dp, -dp))
    np.testing.assert_allclose(here.v0, (up - down) / (2 * dp), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", DATABASES)
def test_conditions_are_renewed_in_place(name):
    """Nothing of the conditions before is left, whichever of P and T has moved."""
    system = reduced(name).system
    conditions = conditions_at(system, 1.0, 1500.0)
    for p, t in [(1.0, 1400.0), (9.0, 1400.0), (9.0, 1400.0), (2.0, 1300.0)]:
        set_conditions(system, p, t, conditions)
        for found, fresh in zip(conditions, conditions_at(system, p, t), strict=True):
            np.testing.assert_array_equal(found, fresh)

"""The search for a composition below the tangent plane, and when it may be left out."""

import numpy as np
import plain_model
import pytest
from dry import database
from engine_calls import Phase, all_solutions, phase_index, reduced, solve_point
from hypothesis import given, settings
from hypothesis import strategies as st

from gibbsite_engine.layout import Options
from gibbsite_engine.polytope import vertices
from gibbsite_engine.search import (
    PER_PHASE,
    distance,
    fall,
    falls_to_known,
    new_known,
    new_search_work,
    remember,
)
from gibbsite_engine.slope import falls_to
from gibbsite_engine.status import CERTIFIED

conditions = st.tuples(st.floats(0.001, 40), st.floats(900, 2200))


@all_solutions
@given(before=conditions, after=conditions, small=st.booleans(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_no_driving_force_falls_further_than_the_bound(name, phase, before, after, small, seed):
    """The bound by which a phase is skipped holds for any composition and any move."""
    system, k = reduced(name).system, phase_index(name, phase)
    if small:  # a neighbour on a grid
        after = (before[0] + 1e-2 * (after[0] - before[0]), before[1] + 5e-3 * (after[1] - 1500))
    rng = np.random.default_rng(seed)
    gamma = rng.normal(-900, 300, size=system.phases.composition.shape[2])
    moved = gamma + rng.normal(0, 0.1 if small else 20, size=len(gamma))
    then, now = Phase(system, k, *before), Phase(system, k, *after)
    work = new_search_work(system)
    known = work.known
    known.base[:], known.factors[k] = then.base(gamma), then.conditions.factors
    work.base[:] = now.base(moved)
    bound = fall(system.phases, system.bounds, now.conditions, k, work)
    corners = vertices(now.occupancy)
    p = plain_model.random_proportions(corners, rng, 40, evenness=0.3)
    falls = [then.driving_forces(x, gamma)[0] - now.driving_forces(x, moved)[0] for x in p]
    assert max(falls) <= bound + 1e-7
    if after == before:  # with P and T the same the bound is exact: a vertex attains it
        near = corners + 1e-12 * (corners.mean(axis=0) - corners)
        attained = [
            then.driving_forces(x, gamma)[0] - now.driving_forces(x, moved)[0] for x in near
        ]
        assert max(attained) == pytest.approx(bound, rel=0, abs=1e-6)


@pytest.mark.parametrize("phase", ["cpx", "fsp", "liq"])
def test_remembering(phase):
    """Near compositions are one, the lower of the two; the highest gives way when all is full."""
    system, k, options = reduced("T21-Su26").system, phase_index("T21-Su26", phase), Options()
    phases, known = system.phases, new_known(system.phases)
    n = system.phases.n_endmembers[k]
    start = system.seeds.start[k]
    a, b = system.seeds.centre[k].copy(), system.seeds.proportions[start].copy()
    near = a + 1e-3 * (b - a)
    remember(phases, known, k, a, 1.0, options)
    remember(phases, known, k, near, 2.0, options)
    assert known.number[k] == 1
    np.testing.assert_array_equal(known.proportions[k, 0], a)
    remember(phases, known, k, near, 0.5, options)
    assert (known.number[k], known.driving_force[k, 0]) == (1, 0.5)
    np.testing.assert_array_equal(known.proportions[k, 0, :n], near[:n])
    remember(phases, known, k, b, np.nan, options)
    remember(phases, known, k, b, np.inf, options)
    assert known.number[k] == 1
    rows = system.seeds.proportions[start : system.seeds.start[k + 1]].copy()
    apart = [rows[0]]
    for row in rows:
        if min(distance(phases, k, row, other) for other in apart) > 0.05:
            apart.append(row.copy())
    assert len(apart) > PER_PHASE
    energies = np.random.default_rng(7).permutation(len(apart)) - 5.0
    known.number[k] = 0
    for row, d in zip(apart, energies, strict=True):
        remember(phases, known, k, row, d, options)
    np.testing.assert_array_equal(np.sort(known.driving_force[k]), np.sort(energies)[:PER_PHASE])


def test_distance_is_the_largest_change_of_a_site_fraction():
    system = reduced("T21-Su26").system
    k = phase_index("T21-Su26", "ol")
    n = system.phases.n_endmembers[k]
    rows = system.seeds.proportions[system.seeds.start[k] :][:10].copy()
    for a in rows:
        for b in rows.copy():
            expected = abs(system.phases.occupancy[k, :, :n] @ (a - b)[:n]).max()
            before = b.copy()
            assert distance(system.phases, k, a, b) == pytest.approx(expected, abs=1e-12)
            np.testing.assert_allclose(b, before, rtol=0, atol=1e-14)


def says_it_falls(system, k, here, p, minimum):
    known = new_known(system.phases)
    known.number[k] = 1
    known.proportions[k, 0, : here.n] = minimum
    start = np.zeros_like(known.proportions[k, 0])
    start[: here.n] = p
    return falls_to_known(system.phases, here.conditions, k, known, np.inf, start, here.work)


def says_it_falls_in_parts(system, k, here, p, minimum):
    rows = np.zeros((2, system.phases.size.shape[1]))
    rows[:, : here.n] = minimum, p
    return falls_to(
        system.phases, here.conditions, k, rows[0], np.zeros(len(rows[0])), rows[1], here.work
    )


@pytest.mark.parametrize("says", [says_it_falls, says_it_falls_in_parts])
@all_solutions
@given(at=conditions, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=2)
def test_the_driving_force_falls_where_it_is_said_to(name, phase, says, at, seed):
    """All along the line to a minimum, at any conditions; and it is said of points near one."""
    system, k = reduced(name).system, phase_index(name, phase)
    here, rng = Phase(system, k, *at), np.random.default_rng(seed)
    corners = vertices(here.occupancy)
    starts = plain_model.random_proportions(corners, rng, 12, evenness=0.5)
    mu = here.potentials(starts[0])[1]
    gamma = np.linalg.lstsq(here.composition, mu)[0]
    ends = [here.descend(p, gamma) for p in starts[:4]]
    for _, minimum, _, stationary in ends:
        if not stationary:
            continue
        said = 0
        for p in [*starts, *(minimum + 1e-3 * (p - minimum) for p in starts)]:
            if says(system, k, here, p, minimum):
                fractions = np.linspace(0, 1, 13)
                line = [
                    here.driving_forces(minimum + f * (p - minimum), gamma)[0] for f in fractions
                ]
                assert np.diff(line).min() > -1e-9
                said += 1
        assert said > 0


@all_solutions
@given(at=conditions, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=4)
def test_the_driving_force_falls_to_where_it_is_said_to_that_is_no_minimum(name, phase, at, seed):
    """All along the line to any composition, at which D has a slope; and it is said of some."""
    system, k = reduced(name).system, phase_index(name, phase)
    here, rng = Phase(system, k, *at), np.random.default_rng(seed)
    corners = vertices(here.occupancy)
    gamma = np.linalg.lstsq(
        here.composition, here.potentials(plain_model.random_proportions(corners, rng, 1)[0])[1]
    )[0]
    starts = plain_model.random_proportions(corners, rng, 12, evenness=0.5)
    said = 0
    for target in 0.5 * (starts[:4] + corners.mean(axis=0)):
        slope = np.zeros((3, system.phases.size.shape[1]))
        slope[0, : here.n] = here.potentials(target)[1] - here.composition @ gamma
        slope[1, : here.n] = target
        near = [target + f * (p - target) for p in starts[4:] for f in (1e-3, -1e-3)]
        for p in [*starts[4:], *near]:
            slope[2, : here.n] = p
            if falls_to(system.phases, here.conditions, k, slope[1], slope[0], slope[2], here.work):
                fractions = np.linspace(0, 1, 13)
                line = [here.driving_forces(target + f * (p - target), gamma)[0] for f in fractions]
                assert np.diff(line).min() > -1e-9
                said += 1
    assert said > 0


@pytest.mark.compiled
@pytest.mark.parametrize("says", [says_it_falls, says_it_falls_in_parts])
def test_the_limbs_of_a_solvus_do_not_fall_to_each_other(says):
    pressure, temperature = 16.5499, 1363.15
    found = solve_point("T21-Su26", {**HIGH_TI_BASALT, "FeO": 1e-3}, pressure, temperature)
    k = phase_index("T21-Su26", "cpx")
    where = np.flatnonzero(np.array(found.answer.phases) == k)
    assert len(where) == 2
    here = Phase(found.system, k, pressure, temperature)
    one, other = (found.answer.proportions[j] for j in where)
    for a, b in ((one, other), (other, one)):
        assert not says(found.system, k, here, a, b)
        assert says(found.system, k, here, a + 0.01 * (b - a), a)


HIGH_TI_BASALT = {
    "SiO2": 0.538791,
    "Al2O3": 0.068804,
    "CaO": 0.114898,
    "MgO": 0.104997,
    "K2O": 0.000842,
    "Na2O": 0.003039,
    "TiO2": 0.046766,
    "Cr2O3": 0.000171,
}


@pytest.mark.compiled
@pytest.mark.parametrize("iron", [0.0, 1e-6, 1e-4, 1e-3])
def test_certified_means_that_no_phase_lies_lower(iron):
    """Two clinopyroxenes are stable here, of which the second is far from any other column.

    With little iron every mixed composition that holds iron lies high above the plane, so the
    prices of seeds say little about where the low minima are.
    """
    pressure, temperature = 16.5499, 1363.15
    found = solve_point("T21-Su26", {**HIGH_TI_BASALT, "FeO": iron}, pressure, temperature)
    assert found.answer.status == CERTIFIED
    rng = np.random.default_rng(8)
    for k, part in enumerate(found.system.phases.n_endmembers):
        if part == 1:
            continue
        phase = Phase(found.system, k, pressure, temperature)
        starts = plain_model.random_proportions(vertices(phase.occupancy), rng, 60, evenness=0.3)
        lowest = min(phase.descend(start, found.answer.gamma)[0] for start in starts)
        assert lowest > -1e-6, database("T21-Su26").phases[k].name

"""Seeds learnt from a sample: what is kept, how far it is trusted, and that answers stay the same."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from dry import database
from engine_calls import conditions_at, reduced

import gibbsite as gb
from gibbsite._solving.learning import systems
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.factors import RT
from gibbsite_engine.layout import Options, Points
from gibbsite_engine.minima import (
    APART,
    CAUTION,
    GREATEST_GAP,
    KEEP_BELOW,
    LEAST_GAP,
    Minima,
    Sample,
    with_minima,
)
from gibbsite_engine.results import new_results
from gibbsite_engine.status import CERTIFIED
from gibbsite_engine.sweep import Assignment, sweep

NAME = "T21-Su26"


def line(n, low=1060.0, high=1180.0):
    """A rock through its melting interval: kbar, K, moles."""
    rock = gb.bulk("high-ti-glass").array(database(NAME).components)
    return np.full(n, 3.0), np.linspace(low, high, n) + 273.15, np.tile(rock, (n, 1))


def solve(system, points, room=0):
    n = len(points[0])
    out, work = new_results(system, n), new_workspace(system, room)
    sweep(system, Options(), Points(*points), Assignment(np.arange(n)), work, out)
    assert (out.status == CERTIFIED).all()
    return out, work


@pytest.fixture(scope="module")
def sample():
    points = line(7)
    out, work = solve(reduced(NAME).system, points, room=500)
    return Sample(points[0], points[1], out.gamma, out.standard, work.minima)


def filled(minima):
    return [column[: minima.number[0]] for column in minima[1:]]


def test_a_sample_keeps_the_minima_of_every_point(sample):
    point, phase, driving_force, p = filled(sample.minima)
    phases = reduced(NAME).system.phases
    assert set(point) == set(range(7))
    assert driving_force.max() <= KEEP_BELOW
    assert driving_force.min() >= -1e-7
    assert (phases.n_endmembers[phase] > 1).all()
    for k, row in zip(phase, p, strict=True):
        assert row.sum() == pytest.approx(1.0)
        assert (phases.occupancy[k] @ row).min() >= 0.0


def test_no_room_keeps_what_there_is_room_for():
    points = line(3)
    out, work = solve(reduced(NAME).system, points, room=5)
    assert work.minima.number[0] == 5
    again, _ = solve(reduced(NAME).system, points, room=500)
    np.testing.assert_allclose(out.gamma, again.gamma, rtol=0, atol=1e-8)


def test_learnt_seeds_are_priced_like_compositions(sample):
    """Their energy from features is that of the phase, and all lie in the polytope, well apart."""
    part, plain = reduced(NAME), reduced(NAME).system
    system = with_minima(plain, list(part.phases), sample)
    seeds, phases = system.seeds, system.phases
    conditions = conditions_at(system, 3.0, 1400.0)
    assert seeds.margin.size == seeds.cluster_phase.size
    for k in np.flatnonzero(phases.n_endmembers > 1):
        first = seeds.start[k]
        general = (seeds.margin == 0.0) & (seeds.cluster_phase == k)
        last = seeds.cluster_start[np.flatnonzero(general)[0]] if general.any() else first
        y = seeds.proportions[first:last] @ phases.occupancy[k].T
        assert y.min(initial=1.0) >= 0.0
        for i in range(len(y)):
            others = np.abs(np.delete(y, i, axis=0) - y[i]).max(axis=1)
            assert others.min(initial=1.0) > APART
        p = seeds.proportions[first:last]
        rt = conditions.factors[RT]
        found = p @ conditions.g0[k] + seeds.features[:, first:last].T @ conditions.factors
        m, v = phases.multiplicity[k], phases.size[k]
        ideal = np.where(y > 0, y * np.log(np.where(y > 0, y, 1.0)), 0.0) @ m
        ideal += p @ phases.log_constant[k]
        excess = 0.5 * np.einsum("ji,ik,jk->j", p, conditions.interaction[k], p) / (p @ v)
        expected = p @ conditions.g0[k] + rt * ideal + excess
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


def test_margins_are_gaps_times_caution(sample, monkeypatch):
    part, plain = reduced(NAME), reduced(NAME).system
    margins = []
    for caution in (1.0, CAUTION):
        monkeypatch.setattr("gibbsite_engine.minima.CAUTION", caution)
        seeds = with_minima(plain, list(part.phases), sample).seeds
        margins.append(seeds.margin[seeds.margin > 0.0])
    bare, cautious = margins
    assert bare.min() >= LEAST_GAP
    assert cautious.max() <= GREATEST_GAP
    free = cautious < GREATEST_GAP
    assert free.any()
    ratio = (cautious[free] - LEAST_GAP) / CAUTION - (bare[free] - LEAST_GAP)
    np.testing.assert_allclose(ratio, 0.0, rtol=0, atol=1e-12)


def test_what_one_point_alone_found_is_trusted_least(sample):
    part, plain = reduced(NAME), reduced(NAME).system
    point, phase, driving_force, p = filled(sample.minima)
    alone = point == 0
    minima = Minima(
        np.array([alone.sum()]), point[alone], phase[alone], driving_force[alone], p[alone]
    )
    seeds = with_minima(plain, list(part.phases), sample._replace(minima=minima)).seeds
    assert (seeds.margin[seeds.margin > 0.0] == GREATEST_GAP).all()
    assert (seeds.gap == GREATEST_GAP).all()


@pytest.mark.compiled
def test_what_is_learnt_changes_no_answer():
    """Against a chain that descends from every cluster wherever it looks."""
    points = line(120)
    with ThreadPoolExecutor(2) as pool:
        some = slice(None, None, 10)
        learnt = systems(database(NAME), *(column[some] for column in points), pool)
    (system,) = learnt.values()
    found, _ = solve(system, points)
    expected, _ = solve(reduced(NAME).system, points)
    bulk = points[2]
    energies = [(out.gamma * bulk).sum(axis=1) for out in (found, expected)]
    np.testing.assert_allclose(*energies, rtol=0, atol=1e-8)
    present = [
        [sorted(k[a > 1e-7]) for k, a in zip(out.phase, out.amount, strict=True)]
        for out in (found, expected)
    ]
    assert present[0] == present[1]


@pytest.mark.compiled
def test_what_is_learnt_does_not_depend_on_threads():
    points = line(80)
    learnt = []
    for threads in (1, 3):
        with ThreadPoolExecutor(threads) as pool:
            (system,) = systems(database(NAME), *points, pool).values()
        learnt.append(system.seeds)
    for one, other in zip(*learnt, strict=True):
        np.testing.assert_array_equal(one, other)

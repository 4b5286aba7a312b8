"""What a phase's energy is a sum of: each term says the same things, or that it has no bound.

Two made-up solutions of two components: of one the configurational part is not known to be convex, for
its species of negative multiplicity is the total of no others; the other is as all others are.
"""

from functools import cache

import numpy as np
import pytest
from dry import database
from engine_calls import conditions_at
from scipy import special
from scipy.interpolate import interp1d
from scipy.spatial import ConvexHull

import gibbsite as gb
from gibbsite._proof.phase import NoChart, _chart
from gibbsite_engine.assemble import PhaseModel, assemble, features
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.factors import factors_at
from gibbsite_engine.layout import Options, Points
from gibbsite_engine.mixing import Mixing, is_convex, mixing_bounds
from gibbsite_engine.proof.chart import Chart
from gibbsite_engine.results import new_results
from gibbsite_engine.search import fall, new_search_work
from gibbsite_engine.status import CERTIFIED, NOT_CONVERGED
from gibbsite_engine.sweep import Assignment, sweep

UNKNOWN, USUAL = 0, 1
# A site of both, two of m < 0 on which the second, or the first, is half of what is there, so that they
# are the totals of nothing, and one that is always full.
OCCUPANCY = np.array(
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.5], [0.0, 0.5], [0.5, 1.0], [0.5, 0.0], [1.0, 1.0]]
)
CONVEX, LOBED = -0.5, -1.8
"""m with which s is convex all the same, and with which it has two lobes at any temperature."""
NEGATIVE = CONVEX, LOBED


def multiplicities(negative):
    return [1.0, 1.0, negative, negative, negative, negative, 10.0]


GRID = np.concatenate([np.geomspace(1e-12, 1e-3, 2000), np.linspace(1e-3, 1.0 - 1e-3, 40001)])
GRID = np.unique(np.concatenate([GRID, 1.0 - GRID]))


def model(multiplicity, interaction, standard):
    """A solution of two end-members, of one component each."""
    w = np.zeros((2, 2, 3))
    w[0, 1] = w[1, 0] = interaction
    return PhaseModel(
        composition=np.eye(2),
        atoms=np.ones(2),
        multiplicity=np.array(multiplicity),
        occupancy=OCCUPANCY[: len(multiplicity)],
        size=np.ones(2),
        log_constant=np.zeros(2),
        interaction=w,
        make=np.zeros((2, len(database("T21").endmembers.enthalpy))),
        energy=np.array(standard, float),
    )


def models(negative):
    """One with a solvus when cold, and one that is lower when hot."""
    return [
        model(multiplicities(negative), [10.0, -0.001, 0.05], np.zeros((2, 3))),
        model([1.0, 1.0], [-2.0, 0.0, 0.0], [[16.0, -0.006, 0.0], [14.0, -0.005, 0.0]]),
    ]


@cache
def made_up(negative):
    return assemble(database("T21").endmembers, models(negative), np.ones(2, bool))


def energies(negative, pressure, temperature):
    """G of both phases on the grid, from what they are said to be."""
    x, found = GRID, []
    rt = database("T21").endmembers.gas_constant * temperature
    for m in models(negative):
        y = np.array([x, 1.0 - x]).T @ m.occupancy.T
        first, second = m.energy @ [1.0, temperature, pressure]
        w = m.interaction[0, 1] @ [1.0, temperature, pressure]
        mixing = rt * special.xlogy(y, y) @ m.multiplicity
        found.append(x * first + (1.0 - x) * second + mixing + w * x * (1.0 - x))
    return np.array(found)


def lowest(negative, pressure, temperature, x):
    """The lower hull of both, at x: what can be made of any of their compositions.

    Of every twentieth point of the grid, and of all points about the two that it rests on there.
    """
    g = energies(negative, pressure, temperature).min(axis=0)
    some = np.append(np.arange(0, len(GRID) - 1, 20), len(GRID) - 1)
    below = lower_hull(some, g)
    over = np.searchsorted(GRID[below], x)
    near = below[[over - 1, over], None] + np.arange(-60, 61)
    every = np.unique(np.append(some, np.clip(near, 0, len(GRID) - 1)))
    below = lower_hull(every, g)
    return interp1d(GRID[below], g[below])(x)


def lower_hull(points, g):
    hull = ConvexHull(np.column_stack([GRID, g])[points])
    return points[np.unique(hull.simplices[hull.equations[:, 1] < 0.0])]


def cloud(count, seed=3):
    rng = np.random.default_rng(seed)
    t = np.sort(rng.uniform(500.0, 2600.0, count))
    return rng.uniform(0.001, 20.0, count), t, rng.uniform(0.02, 0.98, count)


def solve(negative, pressure, temperature, x):
    """A chain, each point after a neighbour."""
    system, n = made_up(negative)[0], len(x)
    out, work = new_results(system, n), new_workspace(system)
    points = Points(pressure, temperature, np.column_stack([x, 1.0 - x]))
    sweep(system, Options(), points, Assignment(np.arange(n)), work, out)
    return out


def test_every_term_of_the_sets_has_bounds():
    """Nothing that is skipped today is searched for want of a bound."""
    for name in ("T21", "T21-Su26", "W24", "G25", "W14", "G16", "EF21"):
        data = gb.database(name)
        assert data.reduced(np.ones(len(data.components), bool)).system.bounds.known.all()


@pytest.mark.parametrize("negative", NEGATIVE)
def test_what_is_not_known_to_be_convex_says_so(negative):
    mixing = Mixing(np.array(multiplicities(negative)), OCCUPANCY, np.zeros(2))
    assert not is_convex(mixing)
    assert mixing_bounds(mixing, np.eye(2)).mixing is None
    assert made_up(negative)[0].bounds.known.tolist() == [False, True]


@pytest.mark.parametrize("negative", NEGATIVE)
def test_features_are_of_the_whole_energy(negative):
    """Of a term without a bound, too: what seeds cost is right."""
    system, parts = made_up(negative)
    p, t = 7.0, 900.0
    gas = system.endmembers.gas_constant
    for part, expected in zip(parts, energies(negative, p, t), strict=True):
        x = np.array([GRID, 1.0 - GRID]).T
        standard = x @ part.model.energy @ [1.0, t, p]
        ours = standard + features(part, x) @ factors_at(gas, p, t)
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("negative", NEGATIVE)
@pytest.mark.parametrize("step", [(0.0, 0.0), (0.0, 1e-9), (1e-9, 0.0), (0.1, 10.0), (-0.1, -10.0)])
def test_what_has_no_bound_is_never_skipped(negative, step):
    """However little has moved; the other phase falls by what its bound allows."""
    system = made_up(negative)[0]
    work = new_search_work(system)
    then = conditions_at(system, 5.0, 900.0)
    now = conditions_at(system, 5.0 + step[0], 900.0 + step[1])
    for k in (UNKNOWN, USUAL):
        work.known.base[k], work.known.factors[k] = then.g0[k], then.factors
        work.base[k] = now.g0[k]
    assert fall(system.phases, system.bounds, now, UNKNOWN, work) == np.inf
    usual = fall(system.phases, system.bounds, now, USUAL, work)
    assert abs(usual) <= 1.0 * abs(step[0]) + 0.02 * abs(step[1])


@pytest.mark.parametrize("negative", NEGATIVE)
def test_nothing_is_proved_of_it(negative):
    system = made_up(negative)[0]
    assert isinstance(_chart(system, USUAL), Chart)
    refused = _chart(system, UNKNOWN)
    assert isinstance(refused, NoChart)
    assert "no known total" in refused.reason


@pytest.mark.slow
@pytest.mark.compiled
def test_it_is_solved_right():
    """A list over its solvus, its single field, and that of the other, against the lower hull."""
    p, t, x = cloud(80)
    out = solve(CONVEX, p, t, x)
    assert (out.status == CERTIFIED).all()
    ours = (out.gamma * np.column_stack([x, 1.0 - x])).sum(axis=1)
    expected = [lowest(CONVEX, *at) for at in zip(p, t, x, strict=True)]
    np.testing.assert_allclose(ours, expected, rtol=0, atol=2e-6)
    kinds = {tuple(sorted(out.phase[i, : out.number[i]].tolist())) for i in range(len(x))}
    assert {(UNKNOWN,), (USUAL,), (UNKNOWN, UNKNOWN), (UNKNOWN, USUAL)} <= kinds


@pytest.mark.slow
@pytest.mark.compiled
def test_where_mixing_itself_is_not_convex_no_answer_is_wrong():
    """What is certified is lowest; what cannot be solved has another status."""
    p, t, x = cloud(80)
    out = solve(LOBED, p, t, x)
    assert np.isin(out.status, (CERTIFIED, NOT_CONVERGED)).all()
    solved = np.flatnonzero(out.status == CERTIFIED)
    assert len(solved) > 0.9 * len(x)
    kinds = {tuple(sorted(out.phase[i, : out.number[i]].tolist())) for i in solved}
    assert {(UNKNOWN, UNKNOWN), (UNKNOWN, USUAL), (USUAL,)} <= kinds
    ours = (out.gamma * np.column_stack([x, 1.0 - x])).sum(axis=1)
    for i in solved:
        assert ours[i] == pytest.approx(lowest(LOBED, p[i], t[i], x[i]), rel=0, abs=2e-6)

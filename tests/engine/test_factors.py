"""What energies are linear in is told in one place: all that price, bound and prove go by it.

Of a solution of T21-Su26 each part of the energy in turn is left alone, or all of them zero; whoever
says what a composition costs must say the same of it.
"""

import numpy as np
import pytest
from dry import database
from engine_calls import Phase, conditions_at

from gibbsite._proof.phase import best_seeds
from gibbsite._solving.recheck import _Plain
from gibbsite_engine.assemble import assemble, features
from gibbsite_engine.factors import (
    BY_P,
    BY_T,
    N_FACTORS,
    ONE,
    RT,
    P,
    T,
    as_energy,
    factors_at,
    numbers,
    plain,
    plain_factors,
    set_factors,
)
from gibbsite_engine.levelling import price, seed_energies
from gibbsite_engine.proof.chart import chart, energy
from gibbsite_engine.proof.driving import TOTAL, X, Y, new_work, sites_at, value
from gibbsite_engine.search import fall, new_search_work
from gibbsite_engine.solution import potential_slopes

PRESSURE, TEMPERATURE = 7.0, 1400.0
KINDS = {"mixing": RT, "constant": ONE, "with temperature": T, "with pressure": P}
every_kind = pytest.mark.parametrize("kind", [*KINDS, "nothing"])


def only(kind, mixes=False):
    """An orthopyroxene with one part of its energy, and a reference part of the same kind."""
    data = database("T21-Su26")
    model = data.phases[data.phase_names.index("opx")].model
    keep = np.zeros(3)
    if kind not in ("mixing", "nothing"):
        keep[KINDS[kind] - ONE] = 1.0
    mixes = float(mixes or kind == "mixing")
    rises = np.linspace(1.0, 2.0, len(model.size))[:, None] * [1.0, 1e-3, 0.05]
    alone = model._replace(
        make=np.zeros_like(model.make),
        energy=rises * keep,
        interaction=model.interaction * keep,
        multiplicity=model.multiplicity * mixes,
        log_constant=model.log_constant * mixes,
    )
    kept = np.ones(len(data.components), bool)
    system, reduced = assemble(data.endmembers, [alone], kept)
    return system, reduced[0]


def some(system, part, count=6):
    """Compositions inside the polytope, one a row."""
    rng = np.random.default_rng(3)
    return rng.dirichlet(np.ones(len(part.corners)), count) @ part.corners


def costs(system, part, p):
    """Energy of a composition, as its features and its standard energies have it."""
    gas = system.endmembers.gas_constant
    standard = p @ part.model.energy @ plain_factors(PRESSURE, TEMPERATURE)
    return standard + features(part, p) @ factors_at(gas, PRESSURE, TEMPERATURE)


@every_kind
def test_all_that_price_a_composition_say_the_same(kind):
    system, part = only(kind)
    phase, p = Phase(system, 0, PRESSURE, TEMPERATURE), some(system, part)
    right = costs(system, part, p)
    assert (np.abs(right).max() > 0.1) == (kind != "nothing")  # the test sees something
    kernel = [phase.potentials(x)[0] for x in p]
    np.testing.assert_allclose(kernel, right, rtol=0, atol=1e-10)
    again = _Plain(
        part, phase.conditions.g0[0], PRESSURE, TEMPERATURE, system.endmembers.gas_constant
    )
    np.testing.assert_allclose([x @ again.potentials(x) for x in p], right, rtol=0, atol=1e-10)


@every_kind
def test_proofs_are_of_the_same_energy(kind):
    """In a chart, which there is of what mixes."""
    system, part = only(kind, mixes=True)
    conditions, p = conditions_at(system, PRESSURE, TEMPERATURE), some(system, part)
    at, none = chart(system, 0), np.zeros(system.phases.composition.shape[2])
    d, work = at.site.shape[1], new_work(at.site.shape[1], len(at.multiplicity), 1)
    of_chart = energy(at, system.phases, 0, conditions, none)
    for composition, right in zip(p, costs(system, part, p), strict=True):
        size = composition @ at.size
        x = at.coordinates @ (composition / size - at.origin)
        work.vectors[X, :d] = x
        sites_at(at, x, work.sites[Y])
        found = value(at, of_chart, work.vectors[X], work.sites[Y], work.sites[TOTAL])
        assert found * size == pytest.approx(right, abs=1e-9)


@every_kind
def test_seeds_are_priced_by_it(kind):
    system, part = only(kind)
    conditions = conditions_at(system, PRESSURE, TEMPERATURE)
    energies, driving = np.zeros((2, len(system.seeds.proportions)))
    seed_energies(system.seeds, conditions, 0, len(energies), energies)
    price(system.phases, system.seeds, 0, conditions.g0, energies, driving)
    p = system.seeds.proportions[:, : len(part.model.size)]
    np.testing.assert_allclose(driving, costs(system, part, p), rtol=0, atol=1e-10)


@every_kind
def test_proofs_begin_at_what_it_makes_the_lowest_seeds(kind):
    system, part = only(kind)
    conditions = conditions_at(system, PRESSURE, TEMPERATURE)
    reduced = type("Reduced", (), {"system": system})
    n = len(part.model.size)
    best = best_seeds(reduced, 0, conditions.g0[0, :n], conditions.factors)
    centre, p = system.seeds.centre[0, :n], system.seeds.proportions[:, :n]
    lowest = p[np.argmin(costs(system, part, p))]
    if kind != "nothing":
        np.testing.assert_allclose(best[0], lowest + 0.02 * (centre - lowest), atol=1e-12)


@every_kind
def test_slopes_are_those_of_the_energy(kind):
    """Of G and of mu, by pressure and temperature."""
    system, part = only(kind)
    phase = Phase(system, 0, PRESSURE, TEMPERATURE)
    conditions, n = phase.conditions, phase.n
    hot = Phase(system, 0, PRESSURE, TEMPERATURE + 1.0)
    deep = Phase(system, 0, PRESSURE + 1.0, TEMPERATURE)
    slope = np.zeros((n, 2))
    for p in some(system, part):
        here, y = phase.potentials(p), phase.occupancy @ p
        reference = conditions.s0, conditions.v0
        potential_slopes(system.phases, 0, conditions, reference, p, y, phase.work, slope)
        for place, moved in ((BY_T, hot), (BY_P, deep)):
            there = moved.potentials(p)
            np.testing.assert_allclose(slope[:, place], there[1] - here[1], rtol=0, atol=1e-9)
        volume, entropy = phase.volume_entropy(p)
        assert volume == pytest.approx(deep.potentials(p)[0] - here[0], abs=1e-9)
        assert -entropy == pytest.approx(hot.potentials(p)[0] - here[0], abs=1e-9)


@every_kind
@pytest.mark.parametrize("step", [(2.0, 0.0), (0.0, 50.0), (-3.0, -80.0)])
def test_bounds_hold_for_each_and_are_no_wider_than_it_is(kind, step):
    system, part = only(kind)
    then = conditions_at(system, PRESSURE, TEMPERATURE)
    now = conditions_at(system, PRESSURE + step[0], TEMPERATURE + step[1])
    work = new_search_work(system)
    work.known.base[0], work.known.factors[0] = then.g0[0], then.factors
    work.base[0] = now.g0[0]
    most = fall(system.phases, system.bounds, now, 0, work)
    p = np.vstack([some(system, part, 300), part.corners])
    moved = (now.factors - then.factors) @ features(part, p).T
    n = len(part.model.size)
    falls = -(moved + p @ (now.g0[0, :n] - then.g0[0, :n]))
    assert falls.max() <= most + 1e-12
    moves = {"mixing": T, "with temperature": T, "with pressure": P}.get(kind)
    if moves is None or now.factors[moves] == then.factors[moves]:
        assert most == pytest.approx(0.0, abs=1e-12)
    else:
        assert most <= 4.0 * np.abs(falls).max()


def test_the_order_is_the_same_for_kernels_and_arrays():
    gas, p, t = 0.008314, np.array([1.0, 20.0]), np.array([700.0, 1500.0])
    filled, many = np.zeros(N_FACTORS), factors_at(gas, p, t)
    for i in range(2):
        set_factors(gas, 1.0, p[i], t[i], filled)
        np.testing.assert_array_equal(filled, many[i])
    of, energies = np.array([3.0, 0.02, 0.5]), np.array([2.0, 5.0, -0.01, 0.3])
    assert plain(of, filled) == pytest.approx(of @ plain_factors(20.0, 1500.0), rel=1e-15)
    assert as_energy(energies, gas) @ plain_factors(20.0, 1500.0) == pytest.approx(
        energies @ filled
    )
    one = numbers(constant=3.0, per_K=0.02, per_kbar=0.5)
    assert plain(np.array(one), filled) == plain(of, filled)


def test_slopes_of_the_factors_are_what_they_change_by():
    system, _ = only("nothing")
    here = conditions_at(system, PRESSURE, TEMPERATURE)
    hot = conditions_at(system, PRESSURE, TEMPERATURE + 1.0)
    deep = conditions_at(system, PRESSURE + 1.0, TEMPERATURE)
    for place, there in ((BY_T, hot), (BY_P, deep)):
        changed = there.factors - here.factors
        np.testing.assert_allclose(here.factor_slopes[place], changed, rtol=0, atol=1e-10)

"""G, S and V of data-set end-members."""

import csv
from functools import cache

import numpy as np
import pytest
from engine_calls import REFERENCE
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from gibbsite._inputs.database import endmember_arrays
from gibbsite_datasets import load_endmembers
from gibbsite_engine.endmember import bragg_williams, endmember_energy, order
from gibbsite_engine.layout import (
    BRAGG_WILLIAMS,
    CORK,
    DISORDERED,
    EQUILIBRIUM,
    LANDAU,
    ORDERED,
    PITZER_STERNER,
)

SETS = ("ds62", "ds634", "ds636")
# Of these the reference holds nothing: fluids with other errors, and what only buffers need.
UNCOMPARED = ("H2", "NiO", "Ni", "gph", "CO2")
FLUIDS = (PITZER_STERNER, CORK)
STATES = ("equilibrium", "ordered", "disordered")


@cache
def table(data_set):
    """All end-members of a set in all states of order, and their names."""
    data = load_endmembers(data_set)
    names = [
        (name, state)
        for name, record in data.endmembers.items()
        for state in (STATES[:1] if record.transition == "none" else STATES)
    ]
    return endmember_arrays(data, names), names


def energies(data_set, pressure, temperature):
    """(n, 3) G, S, V of everything in the table."""
    arrays, names = table(data_set)
    return np.array([endmember_energy(arrays, i, pressure, temperature) for i in range(len(names))])


@pytest.mark.parametrize("data_set", SETS)
def test_reference_points(data_set):
    arrays, names = table(data_set)
    row = {key: i for i, key in enumerate(names)}
    checked = set()
    with (REFERENCE / f"endmember_gibbs_{data_set}.csv").open() as file:
        for line in csv.DictReader(file):
            key = (line["name"], line["state"])
            if line["flag"]:
                continue
            p, t = float(line["P_kbar"]), float(line["T_K"])
            g, _, _ = endmember_energy(arrays, row[key], p, t)
            assert g == pytest.approx(float(line["G_kJ"]), rel=0, abs=1e-7), line
            checked.add(key)
    assert checked == {key for key in names if key[0] not in UNCOMPARED}


@pytest.mark.parametrize(
    ("name", "state", "pressure", "temperature", "expected"),
    [
        ("fo", "equilibrium", 10.0, 1500.0, (-2452.642135, 0.3485927914, 4.529988995)),
        ("foL", "equilibrium", 10.0, 2000.0, (-2630.582046, 0.4462911307, 4.894359183)),
        ("q", "equilibrium", 5.0, 1200.0, (-994.2198949, 0.1290067396, 2.352352684)),
        ("sp", "ordered", 5.0, 1200.0, (-2490.780056, 0.2974599549, 4.059779829)),
        ("sp", "equilibrium", 5.0, 1200.0, (-2495.776683, 0.3054761589, 4.059779829)),
        ("ab", "equilibrium", 5.0, 1200.0, (-4337.92229, 0.6032158535, 10.27478852)),
        ("ilm", "disordered", 5.0, 1200.0, (-1435.040791, 0.2816812136, 3.243057169)),
    ],
)
def test_worked_numbers(name, state, pressure, temperature, expected):
    """Ten digits of G, S and V of one end-member of each kind, worked out by hand."""
    arrays, names = table("ds634")
    found = endmember_energy(arrays, names.index((name, state)), pressure, temperature)
    np.testing.assert_allclose(found, expected, rtol=2e-9)


def richardson(function, x, step):
    """Derivative by central differences at two steps, of fourth order."""
    wide = (function(x + step) - function(x - step)) / (2 * step)
    narrow = (function(x + step / 2) - function(x - step / 2)) / step
    return (4 * narrow - wide) / 3


def near_a_transition(arrays, pressure, temperature, reach):
    """Where a derivative may jump or bend sharply within `reach` K: no place for differences."""
    parameters = arrays.transition_parameters
    landau = arrays.transition == LANDAU
    critical = parameters[:, 0] + pressure * np.divide(
        parameters[:, 2], parameters[:, 1], where=landau, out=np.zeros(len(landau))
    )
    near = landau & (abs(critical - temperature) < reach)
    for i in np.flatnonzero(arrays.transition == BRAGG_WILLIAMS):
        s = [
            endmember_energy(arrays, i, pressure, t)[1]
            for t in (temperature - reach, temperature, temperature + reach)
        ]
        near[i] = abs(s[2] - 2 * s[1] + s[0]) > 1e-3 * abs(s[1])
        free = arrays._replace(state=np.full_like(arrays.state, DISORDERED))
        gain = [  # of what order there is, which ends in a bend of its own
            endmember_energy(free, i, pressure, t)[0] - endmember_energy(arrays, i, pressure, t)[0]
            for t in (temperature - reach, temperature + reach)
        ]
        near[i] |= gain[0] > 1e-9 and not gain[1] > 1e-9
    return near & (arrays.state == EQUILIBRIUM)


@pytest.mark.parametrize("data_set", SETS)
@given(pressure=st.floats(0.1, 60), temperature=st.floats(350, 2500))
@example(pressure=24.0, temperature=2396.0)  # the last order of sillimanite goes at 2398 K
@settings(max_examples=12)
def test_entropy_and_volume_are_derivatives(data_set, pressure, temperature):
    """S = -dG/dT and V = dG/dP of every end-member in every state of order."""
    arrays, names = table(data_set)
    g, s, v = energies(data_set, pressure, temperature).T
    with np.errstate(invalid="ignore"):  # inf - inf where the equation of state has no value
        dg_dt = richardson(lambda t: energies(data_set, pressure, t)[:, 0], temperature, 4.0)
        dg_dp = richardson(lambda p: energies(data_set, p, temperature)[:, 0], pressure, 0.08)
    smooth = np.isfinite(dg_dt) & ~near_a_transition(arrays, pressure, temperature, 40.0)
    smooth &= ~np.isin(arrays.equation, FLUIDS)  # see `test_fluid`, with steps of their size
    assert smooth.sum() > 0.9 * len(names)
    np.testing.assert_allclose(s[smooth], -dg_dt[smooth], rtol=2e-6, atol=1e-8)
    np.testing.assert_allclose(v[smooth], dg_dp[smooth], rtol=2e-6, atol=1e-8)
    assert (v[np.isfinite(g) & (arrays.equation != CORK)] > -1e-12).all()


def ordering_energy(arrays, i, order, pressure, temperature):
    """G (kJ/mol) of Bragg-Williams mixing at order parameter Q; Holland & Powell (1996), eq. A2."""
    dh, dv, w0, wv, n, factor = arrays.transition_parameters[i]
    f1, f2 = (factor, factor) if factor > 0 else (1.0, -factor)
    h, w, rt = dh + pressure * dv, w0 + pressure * wv, arrays.gas_constant * temperature

    def term(a, b):
        return np.where(a > 0, a * np.log(np.where(b > 0, b, 1.0)), 0.0)

    q = order
    mixing = f1 * (
        term(1 + n * q, (1 + n * q) / (n + 1)) + term(n * (1 - q), n * (1 - q) / (n + 1))
    ) + f2 * (term(n * (1 - q), (1 - q) / (n + 1)) + term(n * (n + q), (n + q) / (n + 1)))
    return (1 - q) * h + w * q * (1 - q) + rt * mixing / (n + 1)


def lowest_ordering_energy(arrays, i, pressure, temperature):
    """Least G over all Q: a dense scan, then a bounded minimisation about its lowest point."""
    scan = 1 - np.concatenate([np.geomspace(1e-12, 1e-2, 200), np.linspace(0.01, 1, 2000), [0.0]])
    g = ordering_energy(arrays, i, scan, pressure, temperature)
    centre = scan[g.argmin()]
    reach = max(0.6 * (1 - centre), 1e-12)
    found = minimize_scalar(
        lambda q: float(ordering_energy(arrays, i, np.float64(q), pressure, temperature)),
        bounds=(max(centre - reach, 0.0), min(centre + reach, 1.0)),
        options={"xatol": 1e-12},
    )
    return min(g.min(), found.fun)


# crd, hcrd, fcrd and lc have first-order transitions: near these, two orders are equally good.
FIRST_ORDER = [(0.001, t) for t in (1355, 1360, 1365, 1980, 1990, 2000, 2010)]
FIRST_ORDER += [(10.0, t) for t in (1815, 1825, 1835, 2040, 2050, 2060)]
ORDINARY = [(p, t) for p in (0.001, 5.0, 20.0, 60.0) for t in (300, 600, 1100, 1500, 2000, 2473)]


@pytest.mark.parametrize(
    "data_set",  # ten of the fourteen orderings of ds62 have the numbers of those of ds634
    [pytest.param(each, marks=pytest.mark.slow if each == "ds62" else ()) for each in SETS],
)
@pytest.mark.parametrize(("pressure", "temperature"), ORDINARY + FIRST_ORDER)
def test_order_is_the_one_of_lowest_energy(data_set, pressure, temperature):
    arrays, names = table(data_set)
    found, expected = {}, {}
    for i in np.flatnonzero(arrays.transition == BRAGG_WILLIAMS):
        if arrays.state[i] == EQUILIBRIUM:
            g, _, _ = bragg_williams(
                EQUILIBRIUM, arrays.transition_parameters[i], arrays.order_samples[i], pressure,
                temperature, arrays.gas_constant,
            )  # fmt: skip
            found[names[i][0]] = g
            expected[names[i][0]] = lowest_ordering_energy(arrays, i, pressure, temperature)
    assert len(found) > 10
    assert found == pytest.approx(expected, rel=0, abs=1e-8)


@pytest.mark.parametrize(("pressure", "temperature"), ORDINARY)
def test_order_is_the_same_wherever_it_is_looked_for_first(pressure, temperature):
    arrays, _ = table("ds634")
    for i in np.flatnonzero(arrays.transition == BRAGG_WILLIAMS):

        def found(near, i=i):
            given = arrays.transition_parameters[i], arrays.order_samples[i]
            return order(EQUILIBRIUM, *given, pressure, temperature, arrays.gas_constant, near)

        cold = found(0.0)
        for near in (0.999 * cold[0], 1.2 * cold[0], 1e-30, 1.0):
            assert found(near) == pytest.approx(cold, rel=1e-13, abs=1e-14)


@pytest.mark.parametrize("state", [ORDERED, DISORDERED])
def test_frozen_order(state):
    arrays, _ = table("ds634")
    for i in np.flatnonzero(arrays.transition == BRAGG_WILLIAMS):
        g, _, _ = bragg_williams(
            state, arrays.transition_parameters[i], arrays.order_samples[i], 5.0, 1400.0,
            arrays.gas_constant,
        )  # fmt: skip
        held = np.float64(1.0 if state == ORDERED else 0.0)
        expected = ordering_energy(arrays, i, held, 5.0, 1400.0)
        assert g == pytest.approx(expected, rel=0, abs=1e-10)


@pytest.mark.parametrize("name", ["prl", "tap", "br"])
@pytest.mark.parametrize("pressure", [0.001, 10.0, 60.0])
def test_outside_the_equation_of_state_the_energy_is_infinite(name, pressure):
    arrays, names = table("ds634")
    i = names.index((name, "equilibrium"))
    assert np.isfinite(endmember_energy(arrays, i, pressure, 1800.0)).all()
    assert endmember_energy(arrays, i, pressure, 2200.0)[0] == np.inf

"""Second derivatives of the energies of data-set end-members, against differences of S and V."""

import numpy as np
import pytest
from test_endmember import SETS, table

from gibbsite_engine.curvature import endmember_curvature
from gibbsite_engine.endmember import endmember_energy
from gibbsite_engine.layout import BRAGG_WILLIAMS, EQUILIBRIUM, LANDAU, TAIT_MELT, TAIT_SOLID

CONDITIONS = ((0.001, 800.0), (3.0, 1250.0), (20.0, 1600.0), (55.0, 1900.0))


def differences(arrays, i, p, t):
    """G_TT, G_TP twice, and G_PP from S and V nearby, with an error of fourth order."""

    def slope(x, dp, dt, step):
        f = [endmember_energy(arrays, i, p + m * dp, t + m * dt)[x] for m in (-2, -1, 1, 2)]
        return (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * step)

    # the volume of a gas is all but inverse to the pressure
    dp = 2e-4 if arrays.equation[i] in (TAIT_SOLID, TAIT_MELT) else 0.01 * p
    return (
        -slope(1, 0, 0.5, 0.5), slope(2, 0, 0.5, 0.5), -slope(1, dp, 0, dp),
        slope(2, dp, 0, dp),
    )  # fmt: skip


@pytest.mark.parametrize("data_set", SETS)
@pytest.mark.parametrize(("pressure", "temperature"), CONDITIONS)
def test_second_derivatives_are_those_of_the_energies(data_set, pressure, temperature):
    arrays, names = table(data_set)
    seen = 0
    for i, name in enumerate(names):
        tt, tp, pp = endmember_curvature(arrays, i, pressure, temperature)
        if not np.isfinite(endmember_energy(arrays, i, pressure, temperature)[0]):
            assert np.isnan(tt), name
            continue
        if arrays.transition[i] == LANDAU and _near_transition(arrays, i, pressure, temperature):
            continue
        expected = differences(arrays, i, pressure, temperature)
        assert tt == pytest.approx(expected[0], rel=1e-6), name
        assert tp == pytest.approx(expected[1], rel=1e-6, abs=1e-10), name
        assert tp == pytest.approx(expected[2], rel=2e-5, abs=1e-8), name
        assert pp == pytest.approx(expected[3], rel=1e-6, abs=1e-9), name
        seen += 1
    assert seen > 200


def _near_transition(arrays, i, pressure, temperature):
    tc, entropy, volume = arrays.transition_parameters[i, :3]
    return abs(tc + pressure * volume / entropy - temperature) < 40.0


@pytest.mark.parametrize("data_set", SETS)
@pytest.mark.parametrize("temperature", [500.0, 900.0, 1400.0, 2100.0])
def test_order_that_follows_adds_heat_capacity(data_set, temperature):
    """Against the same end-member held ordered: relaxation only ever adds to Cp and to beta."""
    arrays, names = table(data_set)
    of = {name: i for i, name in enumerate(names)}
    seen = 0
    for (name, state), i in of.items():
        if arrays.transition[i] != BRAGG_WILLIAMS or arrays.state[i] != EQUILIBRIUM:
            continue
        free = endmember_curvature(arrays, i, 8.0, temperature)
        held = endmember_curvature(arrays, of[name, "ordered"], 8.0, temperature)
        assert free[0] <= held[0] * (1 - 1e-15), (name, state)
        assert free[2] <= held[2] * (1 - 1e-15), (name, state)
        seen += free[0] < held[0] * (1 + 1e-6)
    assert seen > 3

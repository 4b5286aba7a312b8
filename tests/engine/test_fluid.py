"""Fluids: fugacities against other programs, derivatives, boiling, and the perfect gas."""

import csv
from functools import cache

import numpy as np
import pytest
from engine_calls import REFERENCE
from verification.plain_energies import FLUIDS

from gibbsite._inputs.database import endmember_arrays
from gibbsite_datasets import load_endmembers
from gibbsite_engine.endmember import endmember_energy
from gibbsite_engine.fluid import cork, pitzer_sterner

GAS = 0.0083144


@cache
def species(name):
    """The coefficients of a fluid."""
    arrays = endmember_arrays(load_endmembers("ds633"), [(name, "equilibrium")])
    return arrays.fluids[arrays.fluid[0]]


def fluid(name, pressure, temperature):
    """RT ln f, S and V."""
    return np.array(
        (cork if name == "H2" else pitzer_sterner)(species(name), pressure, temperature)
    )


def test_water_is_that_of_other_programs_from_steam_to_30_kbar():
    """224 points, 0.001-30 kbar and 300-1500 K, on the root of lowest fugacity."""
    arrays = endmember_arrays(load_endmembers("ds62"), [("H2O", "equilibrium")])
    with (REFERENCE / "water.csv").open() as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    assert len(rows) == 224
    for row in rows:
        p, t = row["P_kbar"], row["T_K"]
        g, _, v = endmember_energy(arrays, 0, p, t)
        assert g == pytest.approx(row["G_kJ"], rel=0, abs=1e-7), row
        assert fluid("H2O", p, t)[0] == pytest.approx(row["RT_ln_f_kJ"], rel=0, abs=1e-7), row
        assert v == pytest.approx(row["V_kJ_per_kbar"], rel=1e-8), row


def test_hydrogen_holds_its_fugacity():
    """Holland & Powell (1991): 96 kJ more at 5 kbar and 1200 K than the volume term alone gives."""
    arrays = endmember_arrays(load_endmembers("ds633"), [("H2", "equilibrium")])
    assert endmember_energy(arrays, 0, 5.0, 1200.0)[0] == pytest.approx(-83.34, abs=0.005)


@pytest.mark.parametrize("name", ["H2O", "CO2", "H2"])
@pytest.mark.parametrize("pressure", [0.01, 0.5, 5.0, 40.0])
@pytest.mark.parametrize("temperature", [450.0, 700.0, 1300.0, 2400.0])
def test_entropy_and_volume_are_derivatives(name, pressure, temperature):
    dt, dp = 1e-3 * temperature, 1e-3 * pressure
    _, s, v = fluid(name, pressure, temperature)

    def central(step):
        (t, p), (a, b) = (temperature, pressure), (step * dt, step * dp)
        by_t = fluid(name, p, t + a)[0] - fluid(name, p, t - a)[0]
        by_p = fluid(name, p + b, t)[0] - fluid(name, p - b, t)[0]
        return np.array([-by_t / (2.0 * a), by_p / (2.0 * b)])

    slopes = (4.0 * central(0.5) - central(1.0)) / 3.0
    np.testing.assert_allclose([s, v], slopes, rtol=2e-7)


@pytest.mark.parametrize(("name", "data_set"), [("H2O", "ds62"), ("CO2", "ds633"), ("H2", "ds633")])
@pytest.mark.parametrize("pressure", [0.001, 0.2, 4.0, 50.0])
@pytest.mark.parametrize("temperature", [400.0, 640.0, 900.0, 2200.0])
def test_fugacity_is_the_integral_of_the_volume(name, data_set, pressure, temperature):
    """By quadrature of the compressibility, or of the volume, over all roots."""
    expected = FLUIDS["cork" if name == "H2" else "pitzer_sterner"](
        load_endmembers(data_set).endmembers[name], pressure, temperature
    )
    assert fluid(name, pressure, temperature)[0] == pytest.approx(expected, rel=0, abs=1e-8)


@pytest.mark.parametrize("name", ["H2O", "CO2", "H2"])
def test_a_thin_fluid_is_a_perfect_gas(name):
    """f = P and V = RT/P."""
    g, s, v = fluid(name, 1e-6, 1500.0)
    assert g == pytest.approx(GAS * 1500.0 * np.log(1e-3), abs=1e-5)
    assert s == pytest.approx(-GAS * np.log(1e-3), abs=1e-8)
    assert v == pytest.approx(GAS * 1500.0 / 1e-6, rel=1e-6)


@pytest.mark.parametrize(("temperature", "bar"), [(373.15, 1.013), (473.15, 15.55), (573.15, 85.9)])
def test_water_boils_where_steam_and_liquid_have_one_fugacity(temperature, bar):
    """Within 3 % of the measured vapour pressure; the energy is continuous, the volume jumps."""
    pressures = 1e-3 * bar * np.linspace(0.9, 1.1, 401)
    g, _, v = np.array([fluid("H2O", p, temperature) for p in pressures]).T
    jump = int(np.argmin(np.diff(v) / v[:-1]))
    assert v[jump + 1] < 0.2 * v[jump]
    assert pressures[jump] == pytest.approx(1e-3 * bar, rel=0.03)
    rise = np.diff(g)[jump]
    assert v[jump + 1] * np.diff(pressures)[jump] <= rise <= v[jump] * np.diff(pressures)[jump]
    assert (np.diff(g) > 0.0).all()


def test_a_fluid_that_no_density_has_the_pressure_of_is_infinite():
    assert pitzer_sterner(species("H2O"), 1e5, 700.0)[0] == np.inf

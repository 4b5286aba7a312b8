"""Shear moduli against values that other programs give for the same numbers."""

import csv

import numpy as np
import pytest
from engine_calls import REFERENCE

from gibbsite_datasets import load_shear_moduli
from gibbsite_engine import shear
from gibbsite_engine._interpreted import interpreted
from gibbsite_engine.stiffness import ask_mineral, new_stiffness_work

FORMULA = {"AH16": shear.FINITE_STRAIN, "SLB22": shear.THERMAL, "CK02": shear.LINEAR}


def moduli(formula, numbers, p, t):
    """Moduli [kbar] at points, each strain looked for from that of the one before."""
    modulus, strain, out = interpreted(shear.modulus), np.nan, []
    for here in zip(p, t, strict=True):
        value, strain = modulus(formula, np.array(numbers), *here, strain, shear.DEBYE)
        out.append(value)
    return np.array(out)


def rows():
    with (REFERENCE / "shear_moduli.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("source", FORMULA)
def test_moduli_cold_and_hot(source):
    """At 1 bar, 298.15 K and at 20 kbar, 1300 K; from the USGS program, BurnMan and the table."""
    seen = 0
    for row in rows():
        if row["source"] != source:
            continue
        numbers = load_shear_moduli().of[source][row["name"]].numbers
        formula = FORMULA[source]
        if (source, row["name"]) == ("AH16", "q"):
            formula = shear.ALPHA_QUARTZ
        values = moduli(formula, numbers, np.array([0.001, 20.0]), np.array([298.15, 1300.0]))
        expected = [float(row["cold_kbar"]), float(row["hot_kbar"])]
        np.testing.assert_allclose(values, expected, rtol=0, atol=2e-3, err_msg=row["name"])
        seen += 1
    assert seen > 15


def test_alpha_quartz_ends_at_its_transition():
    numbers = load_shear_moduli().of["AH16"]["q"].numbers
    p = np.array([0.001, 10.0])
    end = interpreted(shear.quartz_transition)(p)
    assert np.isnan(moduli(shear.ALPHA_QUARTZ, numbers, p, end)).all()
    assert np.isnan(moduli(shear.ALPHA_QUARTZ, numbers, p, end + 1.0)).all()
    assert (moduli(shear.ALPHA_QUARTZ, numbers, p, end - 1.0) > 300.0).all()


@pytest.mark.parametrize("name", ["en", "fs", "mgts"])
def test_where_no_strain_has_the_pressure_there_is_no_modulus(name):
    """Their equation of state falls apart at no pressure far above where such a pyroxene melts."""
    numbers = load_shear_moduli().of["SLB22"][name].numbers
    hot, cooler = (np.full(2, t) for t in (2473.0, 1673.0))
    pressure = np.array([0.001, 20.0])
    assert np.isnan(moduli(shear.THERMAL, numbers, pressure, hot)).tolist() == [True, False]
    assert (moduli(shear.THERMAL, numbers, pressure, cooler) > 0.0).all()


def test_what_is_left_of_a_pressure_is_rounding():
    """Of strains, wherever they are looked for: bounds that close in on one are no reason to stop early."""
    k, k_p = 1280.0, 4.2
    e = 0.75 * (4.0 - k_p)
    y = (9.0 + 4.0 * e * (4.0 - 3.0 * k_p) + 5.0 * (3.0 * k_p - 5.0)) / 6.0
    strain = interpreted(shear.birch_strain)
    for p in np.linspace(0.001, 60.0, 400):
        f = strain(k, e, y, p, np.nan)
        assert strain(k, e, y, p, 0.9 * f) == pytest.approx(f, rel=1e-14, abs=1e-16)
        found = 3.0 * k * (1.0 + 2.0 * f) ** 2.5 * f * (1.0 + f * (y * f - 2.0 * e))
        assert found == pytest.approx(p, rel=1e-14, abs=1e-14 * k)
    numbers = np.array(load_shear_moduli().of["SLB22"]["hem"].numbers)
    t = np.linspace(300.0, 2000.0, 60)
    one_by_one = [moduli(shear.THERMAL, numbers, np.full(1, 9.0), each[None])[0] for each in t]
    together = moduli(shear.THERMAL, numbers, np.full(t.size, 9.0), t)
    np.testing.assert_allclose(together, one_by_one, rtol=1e-14)


def test_a_modulus_that_python_broke_off_is_not_known():
    """The compiler goes on with what Python stops at, and finds the same memory."""
    numbers = np.zeros((1, 1, shear.NUMBERS))
    numbers[0, 0, :7] = load_shear_moduli().of["AH16"]["fo"].numbers
    one = np.ones(1, np.int64)
    of = shear.Formulas(one, shear.FINITE_STRAIN * one[None], numbers, shear.DEBYE)
    work = new_stiffness_work(1)
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        interpreted(ask_mineral)(of, 0, 1.0, -1.0, work)
    assert np.isnan(work.at).all()
    assert interpreted(ask_mineral)(of, 0, 1.0, 300.0, work) > 700.0
    assert work.at.tolist() == [[1.0, 300.0]]

"""A melt that takes up a rock by its own heat."""

import numpy as np
import pytest

import gibbsite as gb
from gibbsite.errors import InputError

pytestmark = pytest.mark.compiled

BASALT = gb.bulk(
    wt={
        "SiO2": 50.4, "TiO2": 1.6, "Al2O3": 15.3, "FeO": 10.4, "MgO": 7.6, "CaO": 11.4,
        "Na2O": 2.7, "K2O": 0.2,
    }
)  # fmt: skip
GRANITE = gb.bulk(
    wt={"SiO2": 74.0, "Al2O3": 14.0, "FeO": 1.5, "MgO": 0.4, "CaO": 1.5, "Na2O": 4.6, "K2O": 4.0}
)
AT = {"pressure_kbar": 1.0, "database": "W24"}


def enthalpy(moles, temperature_C, **options):
    """Enthalpy of oxides [kJ]."""
    rock = gb.bulk(mol=dict(moles), ignore="outside")
    eq = gb.equilibrium(rock, temperature_C=temperature_C, **AT | options)
    return eq.enthalpy * sum(moles.values())


def oxides(run, values):
    return dict(zip([str(name) for name in run["component"].values], values, strict=True))


@pytest.fixture(scope="module", params=["equilibrium", "fractional"])
def run(request):
    taken = gb.Assimilation(GRANITE, per_step=0.02, temperature_C=400.0, up_to=0.2)
    return gb.path(BASALT, kind=request.param, assimilate=taken, **AT)


def test_each_row_has_the_enthalpy_of_the_last_and_of_what_was_taken_up(run):
    """Row by row, of melt that is left and of granite, each solved for alone."""
    weight = gb.database("W24").molar_masses
    bulk, granite = run.attrs["rock_mol"], run.attrs["assimilated_mol"]
    more = 0.02 * granite * (bulk @ weight) / (granite @ weight)
    brought = enthalpy(oxides(run, more), 400.0)
    melt = gb.database("W24", only=["liq"])
    t = run["temperature_C"].values
    fractional = run.attrs["process"].startswith("fractional")
    for i in (0, 4, 9):
        if fractional:
            left = run["melt_mole"].values[i] * run["melt_total_composition_mol"].values[i]
            before = enthalpy(oxides(run, left), t[i], database=melt)
        else:
            left = bulk + i * more
            before = enthalpy(oxides(run, left), t[i])
        after = enthalpy(oxides(run, left + more), t[i + 1])
        assert after == pytest.approx(before + brought, rel=1e-8)


def test_it_cools_and_crystallises_and_keeps_its_mass(run):
    assert run.sizes["step"] == 11
    assert run.attrs["end"] == "all that was to be assimilated is taken up"
    np.testing.assert_allclose(run["assimilated_mass"], 0.02 * np.arange(11), atol=1e-12)
    assert (np.diff(run["temperature_C"]) < 0.0).all()
    assert float(run["balance_residual"].max()) < 1e-9
    solids = run["solid_mass"].sum("phase").values
    assert solids[0] < 0.001
    assert solids[-1] > 0.05


def test_a_melt_that_takes_up_itself_stays_as_hot():
    taken = gb.Assimilation(BASALT, per_step=0.1, temperature_C=1250.0, up_to=0.3)
    run = gb.path(BASALT, temperature_C=1250.0, assimilate=taken, **AT)
    np.testing.assert_allclose(run["temperature_C"], 1250.0, atol=1e-5)


def test_too_much_cold_rock_freezes_it():
    taken = gb.Assimilation(GRANITE, per_step=0.25, temperature_C=200.0, up_to=5.0)
    run = gb.path(BASALT, kind="equilibrium", assimilate=taken, **AT)
    assert run.attrs["end"] == "no melt is left"
    assert float(run["assimilated_mass"][-1]) < 5.0


@pytest.mark.slow
def test_at_an_invariant_the_temperature_stays_while_melt_freezes():
    """Fayalite melts at one temperature; with cold fayalite its melt turns to crystals there."""
    rock = gb.bulk(mol={"FeO": 2.0, "SiO2": 1.0})
    melting = float(gb.melting_interval(rock, **AT).liquidus_C[0])
    taken = gb.Assimilation(rock, per_step=0.05, temperature_C=1000.0, up_to=0.8)
    run = gb.path(rock, temperature_C=melting + 5.0, kind="equilibrium", assimilate=taken, **AT)
    t, melt = run["temperature_C"].values, run["melt_fraction"].values
    both = (melt > 1e-6) & (run["solid_mass"].sum("phase").values > 1e-6)
    assert both.sum() > 3
    np.testing.assert_allclose(t[both], melting, atol=0.02)
    assert (np.diff(melt[both]) < 0.0).all()


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"per_step": 0.1, "temperature_C": 400.0}, "given together"),
        ({"per_step": 0.1, "up_to": 0.5}, "given together"),
        ({"per_C": 0.1, "temperature_C": 400.0, "up_to": 0.5}, "the rate is per_step"),
        ({"per_step": 0.6, "temperature_C": 400.0, "up_to": 0.5}, "no more than up_to"),
        ({"per_step": 0.1, "temperature_C": 4000.0, "up_to": 0.5}, "outside the accepted range"),
    ],
)
def test_a_temperature_needs_a_rate_by_the_row_and_an_end(given, complaint):
    with pytest.raises(InputError, match=complaint):
        gb.Assimilation(GRANITE, **given)


@pytest.mark.parametrize(
    ("where", "complaint"),
    [
        ({"temperature_C": [1200.0, 1000.0]}, "temperatures follow"),
        ({"temperature_C": 700.0}, "700 °C: there is no melt"),
    ],
)
def test_where_it_begins_is_one_temperature_with_melt(where, complaint):
    taken = gb.Assimilation(GRANITE, per_step=0.1, temperature_C=400.0, up_to=0.5)
    with pytest.raises(InputError, match=complaint):
        gb.path(BASALT, assimilate=taken, **where, **AT)


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("equilibrium", 0.1),
        ("fractional", 0.25),
        pytest.param("fractional", 0.1, marks=pytest.mark.slow),  # some steps end at the slow path
    ],
)
def test_a_melt_that_is_used_up_ends_the_path(kind, step):
    rock = gb.bulk(mol={"SiO2": 0.55, "MgO": 0.45})
    cold = gb.Assimilation(rock, per_step=step, temperature_C=400.0, up_to=0.8)
    run = gb.path(rock, kind=kind, assimilate=cold, **AT)
    assert run.attrs["end"] == "no melt is left"
    assert float(run.melt_fraction[-1]) == pytest.approx(0.0, abs=1e-9)
    assert (run.status == 0).all()


def test_heat_is_not_balanced_for_a_rock_that_takes_something_from_outside():
    """It grew hotter by taking up what was colder: what came with the oxygen was not counted."""
    data = gb.opened(gb.database("G25"), {"O": "QFM"})
    cold = gb.Assimilation(gb.bulk("klb-1"), per_step=0.01, up_to=0.02, temperature_C=800.0)
    where = {"pressure_kbar": 3.0, "temperature_C": 1250.0, "kind": "fractional"}
    with pytest.raises(InputError, match="no temperature follows from a balance of heat"):
        gb.path(gb.bulk("n-morb", ignore="outside"), **where, database=data, assimilate=cold)

"""Entropy, enthalpy or volume in place of temperature or pressure."""

import numpy as np
import pytest
import xarray as xr

import gibbsite as gb
from gibbsite._solving.constrained import _Search
from gibbsite.errors import InfeasibleError, InputError
from gibbsite_engine.status import INFEASIBLE, NOT_CONVERGED

pytestmark = pytest.mark.compiled

KLB1 = gb.bulk(
    mol={
        "SiO2": 0.38488, "Al2O3": 0.01776, "CaO": 0.02824, "MgO": 0.50558, "FeO": 0.05885,
        "K2O": 0.0001, "Na2O": 0.0025, "TiO2": 0.001, "Cr2O3": 0.00109,
    }
)  # fmt: skip


@pytest.mark.parametrize(("p", "t"), [(2.0, 900.0), (10.0, 1201.0), (10.0, 1500.0), (40.0, 1800.0)])
def test_what_is_found_has_what_was_given(p, t):
    there = gb.equilibrium(KLB1, pressure_kbar=p, temperature_C=t, database="W24")
    of = {"database": "W24", "pressure_kbar": p}
    for back in (
        gb.equilibrium(KLB1, entropy=there.entropy, **of),
        gb.equilibrium(KLB1, enthalpy=there.enthalpy, **of),
        gb.equilibrium(KLB1, volume=there.volume, temperature_C=t, database="W24"),
    ):
        assert back.certified
        assert back.temperature_C == pytest.approx(t, abs=1e-6)
        assert back.pressure_kbar == pytest.approx(p, abs=1e-6)
        assert back.assemblage == there.assemblage


def test_an_adiabat_of_decompression_melting_keeps_its_entropy():
    """From a potential temperature of 1350 degC, that of the solids at 1 bar, 30 kbar to 1 bar."""
    solids = gb.database("W24", exclude=["liq"])
    start = gb.equilibrium(KLB1, pressure_kbar=0.001, temperature_C=1350.0, database=solids)
    p = np.linspace(30.0, 0.001, 61)
    run = gb.equilibria(KLB1, pressure_kbar=p, entropy=start.entropy, database="W24")
    assert bool(run.gb.certified().all())
    np.testing.assert_allclose(run["entropy"].values, start.entropy, rtol=1e-9)
    melt, t = run.gb.mode("liq").values, run["temperature_C"].values
    assert melt[0] == 0.0
    assert (np.diff(melt[melt > 0.0]) > 0.0).mean() > 0.9
    assert (np.diff(t) < 0.0).all()
    relaxed = run.gb.property("adiabatic_gradient", kind="relaxed").values
    ids = run["phase_id"].values
    same = (ids[:-2] == ids[2:]).all(axis=1)
    slope = (t[2:] - t[:-2]) / (p[2:] - p[:-2])
    np.testing.assert_allclose(relaxed[1:-1][same], slope[same], rtol=0.08)
    assert t[-1] < 1350.0  # the heat of melting


def test_at_an_invariant_two_assemblages_share_the_entropy():
    """Coesite and quartz at 30 kbar: one temperature, amounts linear in the entropy."""
    rock, of = gb.bulk(mol={"SiO2": 1.0}), {"pressure_kbar": 30.0, "database": "W24"}
    below, above = (gb.equilibrium(rock, temperature_C=t, **of) for t in (939.0, 942.0))
    assert (below.assemblage, above.assemblage) == (("coe",), ("q",))
    s = np.linspace(below.entropy, above.entropy, 41)
    run = gb.equilibria(rock, entropy=s, **of)
    assert bool(run.gb.certified().all())
    np.testing.assert_allclose(run["entropy"].values, s, rtol=1e-9)
    t = run["temperature_C"].values
    coesite = run.gb.mode("coe").values
    both = (coesite > 0.0) & (coesite < 1.0)
    assert both.sum() >= 10
    assert np.ptp(t[both]) < 1e-6
    assert (np.diff(t) >= -1e-6).all()
    volume = run["volume"].values
    np.testing.assert_allclose(np.diff(volume[both], n=2), 0.0, atol=1e-8)
    assert below.volume < volume[both].min() <= volume[both].max() < above.volume
    density = run["density"].values[both]
    np.testing.assert_allclose(density * volume[both], 100.0 * 60.0843, rtol=1e-12)
    np.testing.assert_allclose(run["volume_fraction"].sum("slot").values, 1.0, rtol=1e-12)


def test_paths_of_one_enthalpy_or_volume():
    there = gb.equilibrium(KLB1, pressure_kbar=20.0, temperature_C=1450.0, database="W24")
    p = np.linspace(30.0, 10.0, 9)
    run = gb.equilibria(KLB1, pressure_kbar=p, enthalpy=there.enthalpy, database="W24")
    h = run["gibbs_energy"] + (run["temperature_C"] + 273.15) * run["entropy"]
    np.testing.assert_allclose(h.values, there.enthalpy, rtol=1e-9)
    t = np.linspace(1300.0, 1600.0, 7)
    run = gb.equilibria(KLB1, temperature_C=t, volume=there.volume, database="W24")
    np.testing.assert_allclose(run["volume"].values, there.volume, rtol=1e-9)
    assert (np.diff(run["pressure_kbar"].values) > 0.0).all()


def test_what_cannot_be_met_is_refused_or_marked():
    of = {"pressure_kbar": 10.0, "database": "W24"}
    coldest, hottest = (
        gb.equilibrium(KLB1, temperature_C=t, **of).entropy for t in (200.0, 2200.0)
    )
    told = (
        f"entropy = 0.3: this rock has {coldest:.6g} at 200 °C to {hottest:.6g} at 2200 °C, all at"
    )
    with pytest.raises(InputError, match=told):
        gb.equilibrium(KLB1, entropy=0.3, **of)
    squeezed = gb.equilibrium(KLB1, pressure_kbar=60.0, temperature_C=1300.0, database="W24").volume
    with pytest.raises(InputError, match=f"to {squeezed:.6g} at 60 kbar, all at 1300 °C"):
        gb.equilibrium(KLB1, temperature_C=1300.0, volume=1.0, database="W24")
    with pytest.raises(InputError, match=r"point 1: entropy = 0\.3"):
        gb.equilibria(KLB1, entropy=[0.13, 0.3], **of)
    found = gb.equilibria(KLB1, entropy=[0.13, 0.3], errors="status", **of)
    assert found.gb.certified().values.tolist() == [True, False]
    assert np.isnan(found["temperature_C"].values[1])
    assert np.isnan(found["mass_fraction"].values[1]).all()


@pytest.mark.parametrize(
    "conditions",
    [
        {"pressure_kbar": 1.0},
        {"pressure_kbar": 1.0, "temperature_C": 900.0, "entropy": 0.1},
        {"temperature_C": 900.0, "entropy": 0.1},
        {"pressure_kbar": 1.0, "volume": 1.6},
        {"entropy": 0.1, "volume": 1.6},
    ],
)
def test_conditions_that_make_no_point_are_refused(conditions):
    with pytest.raises(InputError, match="two conditions make a point"):
        gb.equilibrium(KLB1, database="W24", **conditions)


@pytest.mark.parametrize(
    "name",
    ["entropy", *(pytest.param(name, marks=pytest.mark.slow) for name in ("enthalpy", "volume"))],
)
def test_many_points_are_what_few_are(name):
    """Long lists move all points together; what is found is solved as a list at P and T again."""
    n = 1100
    rng = np.random.default_rng(8)
    p, t = rng.uniform(3.0, 30.0, n), rng.uniform(1050.0, 1500.0, n)
    there = gb.equilibria(KLB1, pressure_kbar=p, temperature_C=t, database="W24")
    kelvin = t + 273.15
    enthalpy = there["gibbs_energy"].values + kelvin * there["entropy"].values
    given = {
        "entropy": {"pressure_kbar": p, "entropy": there["entropy"].values},
        "enthalpy": {"pressure_kbar": p, "enthalpy": enthalpy},
        "volume": {"temperature_C": t, "volume": there["volume"].values},
    }[name]
    back = gb.equilibria(KLB1, database="W24", **given)
    assert bool(back.gb.certified().all())
    np.testing.assert_allclose(back["temperature_C"].values, t, atol=1e-5)
    np.testing.assert_allclose(back["pressure_kbar"].values, p, atol=1e-5)
    assert (back["phase_id"].values == there["phase_id"].values).all()
    np.testing.assert_allclose(back["density"].values, there["density"].values, rtol=1e-7)
    assert not (back["solved_again"].values == 2).any()
    assert float(back["mass_residual"].max()) < 1e-10
    assert float(back["lowest_driving_force"].min()) >= -1e-9


@pytest.mark.slow
def test_pieces_of_a_long_list_depend_on_no_other():
    """Nodes are used again by the next piece: rocks of two sets of components, by one thread and by three."""
    rng = np.random.default_rng(5)
    n = 9500
    components = gb.database("W24").components
    plain = KLB1.array(components) * ~np.isin(components, ("K2O", "TiO2", "Cr2O3"))
    rocks = np.where(rng.random((n, 1)) < 0.5, KLB1.array(components), plain)
    p, t = rng.uniform(1.0, 40.0, n), rng.uniform(900.0, 1700.0, n)
    there = gb.equilibria(rocks, pressure_kbar=p, temperature_C=t, database="W24")
    entropy = there["entropy"].values
    of = {"pressure_kbar": p, "entropy": entropy, "database": "W24"}
    one, three = (gb.equilibria(rocks, workers=workers, **of) for workers in (1, 3))
    assert bool(one.gb.certified().all())
    xr.testing.assert_identical(one, three)
    np.testing.assert_allclose(one["temperature_C"].values, t, atol=1e-5)
    assert not (one["solved_again"].values == 2).any()


def test_entropy_and_enthalpy_are_met_up_to_the_end_of_an_equation_of_state():
    """No step towards them may go beyond, to where there is no answer to go back from."""
    rock = KLB1.mix(gb.bulk(mol={"H2O": 1.0}), 0.02)
    t = np.array([1300.0, 1600.0, 1700.0, 1750.0, 1755.0])  # biotite of G25 ends at 1756
    given = {"pressure_kbar": 30.0, "database": "G25"}
    there = gb.equilibria(rock, temperature_C=t, **given)
    s = there["entropy"].values
    enthalpy = there["gibbs_energy"].values + (t + 273.15) * s
    for numbers in ({"entropy": s}, {"enthalpy": enthalpy}):
        back = gb.equilibria(rock, **numbers, **given)
        np.testing.assert_allclose(back["temperature_C"].values, t, atol=1e-5)


def test_newton_that_goes_to_and_fro_is_ended_by_halving():
    """Slopes that jump at fields' boundaries sent it from 2120 to 2179 degC and back, 70 times."""
    rock = gb.bulk(
        mol={
            "SiO2": 0.4951076389230088, "TiO2": 8.73763764939803e-08, "Al2O3": 0.09030611461636692,
            "Cr2O3": 0.00029575558155156274, "FeO": 0.04508476310256214, "MgO": 0.2376401345181841,
            "CaO": 0.10004092369567155, "Na2O": 0.02265291589971343, "K2O": 0.0015071934164170974,
            "O": 0.007364472870147741,
        },
        ignore="outside",
    )  # fmt: skip
    of = {"pressure_kbar": 60.0, "database": "W24"}
    found = gb.equilibrium(rock, enthalpy=-612.2602473545157, **of)
    again = gb.equilibrium(rock, temperature_C=found.temperature_C, **of)
    assert again.enthalpy == pytest.approx(-612.2602473545157, rel=1e-9)
    assert again.assemblage == found.assemblage


@pytest.mark.parametrize("failures", [1, 4, 200])
def test_where_a_trial_fails_others_are_tried_and_nothing_is_put_together(monkeypatch, failures):
    """Bounds that are far apart are no jump: both were put in one answer, 200 degrees from it."""
    there = gb.equilibrium(KLB1, pressure_kbar=10.0, temperature_C=1500.0, database="W24")
    solve, left = _Search.solve, [failures]

    def fail(search, rows, x):
        arrays, values, slopes = solve(search, rows, x)
        if search.solved_before and left[0]:
            left[0] -= 1
            arrays["status"][:], arrays["entropy"][:] = NOT_CONVERGED, np.nan
            values, slopes = np.full_like(values, np.nan), np.full_like(slopes, np.nan)
        search.solved_before = True
        return arrays, values, slopes

    monkeypatch.setattr(_Search, "solve", fail)
    monkeypatch.setattr(_Search, "solved_before", False, raising=False)
    found = gb.equilibrium(KLB1, pressure_kbar=10.0, entropy=there.entropy, database="W24")
    if failures > 100:
        assert found.status == "not_converged"
        assert np.isnan([found.temperature_C, found.entropy]).all()
    else:
        assert found.temperature_C == pytest.approx(1500.0, abs=1e-6)


def test_a_lever_keeps_the_balance_of_what_is_scarce():
    """Compositions differ on both sides by what the bounds are apart: 1e-8 of the rock was lost."""
    data = gb.database("W14")
    rock = np.array([
        0.474696015741802, 0.011165026866959787, 0.12627533012590356, 0.048327709319484435,
        0.0015507319355918332, 0.061234590381215176, 0.009861282034558256, 0.010992390743073142,
        0.0, 0.0028288035189756823, 0.2530681193324361,
    ])  # fmt: skip
    s = np.linspace(0.0885, 0.12, 127)
    run = gb.equilibria(rock, pressure_kbar=0.001, entropy=s, database=data)
    shared = np.abs(np.diff(run["temperature_C"].values)) < 1e-6
    assert shared.sum() >= 10
    made = np.einsum("ns,nsc->nc", run["mole_fraction"], run["phase_composition_mol"])
    np.testing.assert_allclose(made, run["bulk_mol"].values, atol=1e-12)
    np.testing.assert_allclose(run["entropy"].values, s, rtol=1e-9)


def test_what_a_rock_has_at_a_limit_is_met_there():
    """To the last digits: a volume at 60 kbar is what is left of larger numbers."""
    rock, data = np.array([0.32, 0.0065, 0.0236, 0.4626, 1e-5, 0.1908]), gb.database("EF21")
    for p in (0.001, 60.0):
        of = {"temperature_C": 900.0, "database": data}
        there = gb.equilibria(rock, pressure_kbar=[p, 30.0], **of)["volume"].values[0]
        for volume in (there * (1.0 - 1e-10), there, there * (1.0 + 1e-10)):
            found = gb.equilibria(rock, volume=volume, **of)
            assert found["pressure_kbar"].values == pytest.approx(p, rel=1e-6)


def test_many_points_at_a_limit_are_met_there():
    """Of 1500, 17 came so near to 200 degC that nothing was tried between, and had no answer."""
    p = np.linspace(0.001, 60.0, 1500)
    of = {"pressure_kbar": p, "database": "W24"}
    for t in (200.0, 2200.0):
        there = gb.equilibria(KLB1, temperature_C=t, **of)
        back = gb.equilibria(KLB1, entropy=there["entropy"].values, **of)
        assert bool(back.gb.certified().all())
        np.testing.assert_allclose(back["temperature_C"].values, t, atol=1e-6)


def test_named_axes_make_a_table_of_pressure_and_entropy():
    p, s = np.array([5.0, 10.0, 15.0]), np.array([0.125, 0.135])
    pressure = xr.DataArray(p, dims="pressure_kbar", coords={"pressure_kbar": p})
    entropy = xr.DataArray(s, dims="s", coords={"s": s})
    table = gb.equilibria(KLB1, pressure_kbar=pressure, entropy=entropy, database="W24")
    assert table["entropy"].dims == ("pressure_kbar", "s")
    assert table["temperature_C"].dims == ("pressure_kbar", "s")
    np.testing.assert_array_equal(table["pressure_kbar"].values, p)
    np.testing.assert_allclose(table["entropy"].values, np.tile(s, (3, 1)), rtol=1e-9)
    one = gb.equilibrium(KLB1, pressure_kbar=15.0, entropy=0.125, database="W24")
    assert float(table["temperature_C"][2, 0]) == pytest.approx(one.temperature_C, abs=1e-6)
    rows = gb.equilibria(KLB1, pressure_kbar=p[:, None], entropy=s, database="W24")
    np.testing.assert_allclose(rows["temperature_C"].values, table["temperature_C"].values)
    with pytest.raises(InputError, match="an axis named temperature_C has no place"):
        gb.equilibria(
            KLB1, pressure_kbar=pressure, entropy=entropy.rename(s="temperature_C"), database="W24"
        )


@pytest.mark.parametrize("n", [20, 1100])
def test_what_is_kept_of_given_points_is_what_they_have(n):
    """And is all that memory is needed for, as where temperatures are given."""
    entropy = np.linspace(0.11, 0.14, n)
    of = {"pressure_kbar": 10.0, "entropy": entropy, "database": "W24"}
    whole = gb.equilibria(KLB1, **of)
    kept = gb.equilibria(KLB1, keep=["density", "ol.Fo", "entropy"], **of)
    assert set(kept.data_vars) < {*whole.data_vars, "ol.Fo"}
    assert "proportions" not in kept
    for name in ("density", "entropy", "status", "temperature_C"):
        np.testing.assert_array_equal(kept[name].values, whole[name].values)
    np.testing.assert_array_equal(kept["ol.Fo"].values, whole.gb.quantity("ol.Fo").values)


def test_where_the_order_of_sanidine_ends_both_states_share_the_entropy():
    """Of first order: entropy jumps by 0.9 J/K a mole of four oxides, with the same phase on both sides."""
    rock = gb.bulk(mol={"K2O": 0.5, "Al2O3": 0.5, "SiO2": 3.0})
    at = {"pressure_kbar": 20.29, "database": gb.database("W14", only=["fsp"])}
    steps = gb.equilibria(rock, temperature_C=np.arange(480.0, 505.0, 0.1), **at)
    entropy = steps["entropy"].values
    i = int(np.argmax(np.diff(entropy)))
    assert 4e3 * (entropy[i + 1] - entropy[i]) == pytest.approx(0.95, abs=0.06)
    given = entropy[i] + np.array([0.3, 0.5, 0.7]) * (entropy[i + 1] - entropy[i])
    found = gb.equilibria(rock, entropy=given, **at)
    np.testing.assert_allclose(found["entropy"], given, rtol=1e-9)
    assert float(np.ptp(found["temperature_C"].values)) < 1e-5
    assert steps["temperature_C"][i] < found["temperature_C"][0] < steps["temperature_C"][i + 1]


@pytest.mark.parametrize("name", ["entropy", "enthalpy", "volume"])
def test_an_axis_called_as_what_is_given_has_its_numbers_for_labels(name):
    """It was a KeyError where the axis had no labels of its own."""
    one = gb.equilibrium(KLB1, pressure_kbar=10.0, temperature_C=1300.0, database="W24")
    given = getattr(one, name) * np.array([0.999, 1.0, 1.001])
    axis = xr.DataArray(given, dims=name)
    other = "temperature_C" if name == "volume" else "pressure_kbar"
    where = {other: xr.DataArray([getattr(one, other)], dims=other), name: axis, "database": "W24"}
    found = gb.equilibria(KLB1, **where)
    assert dict(found.sizes)[name] == 3
    np.testing.assert_array_equal(found[name].values, given)
    assert float(found["density"].isel({name: 1, other: 0})) == pytest.approx(one.density, rel=1e-7)
    wrong = {other: xr.DataArray([getattr(one, other)] * 3, dims=name), name: given}
    with pytest.raises(InputError, match=f"an axis named {name} has to be that of {name} itself"):
        gb.equilibria(KLB1, **where | wrong)
    with pytest.raises(InputError, match="an axis cannot be called density, as what is found is"):
        gb.equilibria(KLB1, **where | {name: axis.rename({name: "density"})})


@pytest.mark.parametrize("n", [2, 1100])
def test_a_rock_of_which_nothing_can_be_made_is_named(n):
    of = {"pressure_kbar": 10.0, "database": "W24"}
    with pytest.raises(InfeasibleError):
        gb.equilibrium(gb.bulk(mol={"K2O": 1.0}), entropy=0.13, **of)
    components = gb.database("W24").components
    rocks = np.tile(KLB1.array(components), (n, 1))
    rocks[-1] = np.eye(len(components))[components.index("K2O")]
    found = gb.equilibria(rocks, entropy=0.13, errors="status", **of)
    assert found["status"].values.tolist() == [0] * (n - 1) + [INFEASIBLE]

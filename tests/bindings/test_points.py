"""Points of any shape, labelled or not, and points that cannot be solved among others."""

import numpy as np
import pytest
import xarray as xr

import gibbsite as gb
from gibbsite._solving.points import as_points
from gibbsite.errors import InputError
from gibbsite_engine.status import STATUS_NAMES

pytestmark = pytest.mark.compiled
GLASS = gb.bulk("high-ti-glass")
IBC = gb.bulk("average-ibc")
PRESSURE = np.array([2.0, 6.0])
TEMPERATURE = np.array([1150.0, 1250.0, 1350.0])


@pytest.fixture(scope="module")
def flat():
    """The points of the grid, one after the other."""
    p, t = np.meshgrid(PRESSURE, TEMPERATURE, indexing="ij")
    return gb.equilibria(
        GLASS, pressure_kbar=p.ravel(), temperature_C=t.ravel(), database="T21-Su26"
    )


def test_arrays_of_any_shape_give_that_shape(flat):
    found = gb.equilibria(
        GLASS, pressure_kbar=PRESSURE[:, None], temperature_C=TEMPERATURE, database="T21-Su26"
    )
    assert found["gibbs_energy"].dims == ("point_0", "point_1")
    for name in ("gibbs_energy", "phase_id", "proportions", "pressure_kbar", "temperature_C"):
        np.testing.assert_array_equal(found[name].values.reshape(flat[name].shape), flat[name])
    assert found["status"].attrs["flag_meanings"] == flat["status"].attrs["flag_meanings"]
    assert found.attrs == flat.attrs
    assert found.gb.mode("liq").shape == (2, 3)


def test_axes_with_names_keep_them_and_their_labels(flat):
    p = xr.DataArray(PRESSURE, dims="depth", coords={"depth": [40.0, 120.0]})
    t = xr.DataArray(TEMPERATURE, dims="time", coords={"time": [0, 1, 2]})
    found = gb.equilibria(GLASS, pressure_kbar=p, temperature_C=t, database="T21-Su26")
    assert found["density"].dims == ("depth", "time")
    np.testing.assert_array_equal(found["density"].values.ravel(), flat["density"])
    assert found["density"].sel(depth=120.0, time=2) == flat["density"][-1]
    turned = gb.equilibria(
        GLASS, pressure_kbar=p, temperature_C=t.expand_dims(depth=p["depth"]).T, database="T21-Su26"
    )
    xr.testing.assert_equal(turned["density"].transpose("depth", "time"), found["density"])


def test_pressure_and_temperature_may_be_the_axes(flat):
    p = xr.DataArray(PRESSURE, dims="pressure_kbar")
    t = xr.DataArray(TEMPERATURE, dims="temperature_C", coords={"temperature_C": TEMPERATURE})
    found = gb.equilibria(GLASS, pressure_kbar=p, temperature_C=t, database="T21-Su26")
    assert found["density"].dims == ("pressure_kbar", "temperature_C")
    assert found["density"].sel(pressure_kbar=6.0, temperature_C=1350.0) == flat["density"][-1]
    assert found["pressure_kbar"].attrs["units"] == flat["pressure_kbar"].attrs["units"]
    with pytest.raises(InputError, match="an axis named pressure_kbar has to be that of"):
        gb.equilibria(
            GLASS,
            pressure_kbar=3.0,
            temperature_C=t.rename(temperature_C="pressure_kbar"),
            database="T21-Su26",
        )


def test_bulks_have_axes_too():
    components = list(gb.database("T21-Su26").components)
    moles = np.array([[GLASS.array(components)], [IBC.array(components)]])  # (2, 1, C)
    t = np.array([1150.0, 1250.0])
    found = gb.equilibria(moles, pressure_kbar=3.0, temperature_C=t, database="T21-Su26")
    assert found["density"].dims == ("point_0", "point_1")
    named = xr.DataArray(
        3.0 * moles[:, 0, ::-1], dims=("rock", "component"), coords={"component": components[::-1]}
    )
    again = gb.equilibria(
        named, pressure_kbar=3.0, temperature_C=xr.DataArray(t, dims="time"), database="T21-Su26"
    )
    assert again["density"].dims == ("time", "rock")
    np.testing.assert_allclose(again["density"].values.T, found["density"].values, rtol=1e-9)
    for i, rock in enumerate((GLASS, IBC)):
        alone = gb.equilibria(rock, pressure_kbar=3.0, temperature_C=t, database="T21-Su26")
        np.testing.assert_allclose(found["density"].values[i], alone["density"].values, rtol=1e-9)
    with pytest.raises(InputError, match="the component of the bulks must be"):
        gb.equilibria(
            named.isel(component=[0, 1]), pressure_kbar=3.0, temperature_C=t[0], database="T21-Su26"
        )


@pytest.fixture
def corners():
    """Points of a model that end it, between two that are good."""
    rows = np.tile(GLASS.array(gb.database("T21-Su26").components), (9, 1))
    p, t = np.full(9, 3.0), np.full(9, 1250.0)
    t[1], p[2], t[3], p[4] = 20.0, 70.0, np.nan, np.inf
    rows[5, 1], rows[6], rows[7, 0] = -1e-12, 0.0, np.nan
    return rows, p, t


def test_a_point_that_cannot_be_solved_costs_only_itself(corners):
    rows, p, t = corners
    found = gb.equilibria(
        rows, pressure_kbar=p, temperature_C=t, errors="status", database="T21-Su26"
    )
    names = [STATUS_NAMES[status] for status in found["status"].values]
    assert names == ["certified", *["bad_conditions"] * 7, "certified"]
    bad = found.isel(point=slice(1, -1))
    for name in ("gibbs_energy", "density", "amount_mol", "bulk_mol", "chemical_potential"):
        assert np.isnan(bad[name]).all()
    assert (bad["phase_id"] == -1).all()
    np.testing.assert_array_equal(found["temperature_C"], t)
    alone = gb.equilibria(GLASS, pressure_kbar=3.0, temperature_C=1250.0, database="T21-Su26")
    np.testing.assert_allclose(found["gibbs_energy"][[0, -1]], alone["gibbs_energy"][0], rtol=1e-12)
    none = gb.equilibria(
        GLASS,
        pressure_kbar=[70.0, 80.0],
        temperature_C=1200.0,
        errors="status",
        database="T21-Su26",
    )
    assert none.gb.mode("liq").isnull().all()


def test_a_rock_of_nothing_but_open_components_costs_only_itself():
    of = {
        "pressure_kbar": 5.0,
        "temperature_C": 900.0,
        "open": {"SiO2": -1000.0},
        "database": "T21",
    }
    rows = np.zeros((2, len(gb.database("T21").components)))
    rows[0, 0], rows[1, [0, 5]] = 1.0, 0.5  # silica, and enstatite
    found = gb.equilibria(rows, errors="status", **of)
    assert [STATUS_NAMES[s] for s in found["status"].values] == ["bad_conditions", "certified"]
    assert np.isnan(found["gibbs_energy"].values[0])
    with pytest.raises(InputError, match="point 0: the rock holds nothing but open components"):
        gb.equilibria(rows, **of)


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        (1, "point 1: temperature_C = 20 is outside the accepted range"),
        (2, "point 2: pressure_kbar = 70 is outside"),
        (3, "point 3: temperature_C = nan is outside"),
        (4, "point 4: pressure_kbar = inf is outside"),
        (5, "bulk 5 holds -1e-12 mol of"),
        (6, "bulk 6 is all zero"),
        (7, "bulk 7 holds nan mol of"),
    ],
)
def test_the_error_names_the_point(corners, keep, message):
    rows, p, t = corners
    for i in range(1, 8):
        if i != keep:
            rows[i], p[i], t[i] = rows[0], p[0], t[0]
    with pytest.raises(InputError, match=message):
        as_points(gb.database("T21-Su26"), rows, p, t)
    place = rf"(point_0 0, point_1 {keep}|bulk \(0, {keep}\))"
    with pytest.raises(InputError, match=f"^{place}"):
        as_points(gb.database("T21-Su26"), rows[None], p[None], t[None])


@pytest.mark.parametrize(
    ("p", "t", "message"),
    [
        ([1.0, 2.0], [1.2e3, 1.3e3, 1.4e3], "1 bulks, 2 pressures and 3 temperatures do not make"),
        (np.ones((2, 2)), np.ones(3), "1 bulks, 2 x 2 pressures and 3 temperatures"),
        (xr.DataArray([1.0, 2.0], dims="x", coords={"x": [0, 1]}),
         xr.DataArray([1.2e3, 1.3e3], dims="x", coords={"x": [0, 2]}), "the same names and labels"),
        (xr.DataArray([1.0, 2.0], dims="x"), [1.2e3, 1.3e3, 1.4e3], "do not make one list"),
        ("deep", 1200.0, "pressure_kbar = 'deep' is not a number"),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit(p, t, message):
    with pytest.raises(InputError, match=message):
        as_points(gb.database("T21-Su26"), GLASS, p, t)


def test_what_to_do_with_errors_is_one_of_two():
    with pytest.raises(InputError, match="errors = 'ignore'"):
        gb.equilibria(
            GLASS, pressure_kbar=3.0, temperature_C=1200.0, errors="ignore", database="T21-Su26"
        )


@pytest.mark.compiled
@pytest.mark.parametrize("errors", ["raise", "status"])
def test_what_is_kept_is_what_it_would_be_among_all(errors):
    where = {"pressure_kbar": 3.0, "temperature_C": np.linspace(1000.0, 1300.0, 40)}
    if errors == "status":
        where["temperature_C"][7] = 20.0
    every = gb.equilibria(GLASS, **where, database="W24", errors=errors)
    some = gb.equilibria(
        GLASS, **where, database="W24", errors=errors, keep=["density", "volume_fraction"]
    )
    assert set(some.data_vars) & set(every.data_vars) >= {"density", "volume_fraction", "phase_id"}
    assert "proportions" not in some
    for name in ("density", "volume_fraction", "phase_id", "status"):
        assert some[name].identical(every[name])
    assert some.gb.mode("liq").identical(every.gb.mode("liq"))
    taken = [
        sum(v.nbytes for v in d.variables.values() if "point" in v.dims) for d in (some, every)
    ]
    assert taken[0] < 0.15 * taken[1]


@pytest.mark.compiled
@pytest.mark.parametrize("given", [{"temperature_C": [1300.0, 1350.0]}, {"entropy": [0.14]}])
def test_quantities_that_are_kept_are_those_of_the_whole_answer(given):
    names = ["ol.Fo", "aug.vol%", "melt.wt%", "a.SiO2", "rock.Cp", "ol/liq.Kd", "cpx.Al", "S"]
    where = {"pressure_kbar": 12.0, "database": "W24"} | given
    whole = gb.equilibria(gb.bulk("klb-1"), **where)
    some = gb.equilibria(gb.bulk("klb-1"), **where, keep=["density", *names])
    for name in names:
        assert some[name].equals(whole.gb.quantity(name).rename(name)), name
    assert some["density"].equals(whole["density"])
    assert not {"proportions", "phase_composition_mol", "phase_id"} & {*some.variables}


@pytest.mark.parametrize(
    ("name", "message"),
    [("ol.Foo", "did you mean 'Fo'"), ("olv.Fo", "no phase 'olv'"), ("a.ZrX", "known are")],
)
def test_a_quantity_to_keep_must_exist(name, message):
    with pytest.raises(InputError, match=message):
        gb.equilibria(GLASS, pressure_kbar=3.0, temperature_C=1200.0, database="W24", keep=[name])


def test_a_variable_to_keep_must_exist():
    with pytest.raises(InputError, match="no variable 'densty': did you mean 'density'"):
        gb.equilibria(
            GLASS, pressure_kbar=3.0, temperature_C=1200.0, database="W24", keep=["densty"]
        )

"""A table that is as near as it says, at points that it was not made of, jumps included."""

import numpy as np
import pytest
import xarray as xr

import gibbsite as gb
from gibbsite._lookup.slopes import values_and_slopes
from gibbsite._lookup.table import KINDS, bilinear, hermite, quadratic
from gibbsite.errors import InputError

NAMES = ["rock.density", "rock.S", "rock.H", "liq.wt%", "solid.Vs"]
PRESSURE, TEMPERATURE = (8.0, 12.0), (1150.0, 1350.0)


@pytest.fixture(scope="module")
def rock():
    return gb.bulk("klb-1")


@pytest.fixture(scope="module")
def made(rock):
    return gb.table(
        rock, PRESSURE, TEMPERATURE, NAMES, 1e-3, database="W24", cells=(2, 3), depth=5, checks=150
    )


def test_hermite_takes_cubics_exactly_and_agrees_with_its_slopes():
    rng = np.random.default_rng(0)
    u, v = rng.random((2, 40))
    a = rng.normal(size=(4, 4))
    for i in range(4):
        for j in range(4):
            if not (i < 2 or j < 2) or i + j > 4:  # what Adini's rectangle holds: u^3 v and u v^3
                a[i, j] = 0.0
    f = np.polynomial.polynomial.polyval2d
    x, y = np.array([0, 1, 0, 1.0]), np.array([0, 0, 1, 1.0])
    du = np.polynomial.polynomial.polyder(a, axis=0)
    dv = np.polynomial.polynomial.polyder(a, axis=1)
    corners = np.broadcast_to(f(x, y, a), (40, 1, 4))
    slopes = np.broadcast_to(np.stack([f(x, y, du), f(x, y, dv)], axis=-1), (40, 1, 4, 2))
    np.testing.assert_allclose(hermite(corners, slopes, u, v)[:, 0], f(u, v, a), atol=1e-12)


def test_nine_nodes_take_products_of_parabolas_and_four_those_of_lines():
    rng = np.random.default_rng(1)
    u, v = rng.random((2, 20))
    a = rng.normal(size=(3, 3))
    f = np.polynomial.polynomial.polyval2d
    i, j = np.repeat([0.0, 0.5, 1.0], 3), np.tile([0.0, 0.5, 1.0], 3)
    nodes = np.broadcast_to(f(i, j, a), (20, 1, 9))
    np.testing.assert_allclose(quadratic(nodes, u, v)[:, 0], f(u, v, a), atol=1e-12)
    b = a[:2, :2]
    corners = f(np.array([0, 1, 0, 1.0]), np.array([0, 0, 1, 1.0]), b)
    corners = np.broadcast_to(corners, (20, 1, 4))
    np.testing.assert_allclose(bilinear(corners, u, v)[:, 0], f(u, v, b), atol=1e-12)


def test_slopes_are_those_of_re_solved_points(rock):
    data = gb.database("W24")
    names = ["rock.density", "rock.S", "rock.H", "liq.wt%", "ol.wt%"]
    p, t, h = np.array([10.0, 15.0, 25.0]), np.array([1400.0, 1300.0, 1550.0]), 0.01

    def at(dp, dt):
        found = gb.equilibria(
            rock, pressure_kbar=p + dp, temperature_C=t + dt, database=data, derivatives=("P", "T")
        )
        return values_and_slopes(data, found, names)

    _, slopes = at(0.0, 0.0)
    for axis, step in enumerate(((h, 0.0), (0.0, 10 * h))):
        up, down = at(*step)[0], at(-step[0], -step[1])[0]
        differences = (up - down) / (2.0 * max(step))
        np.testing.assert_allclose(slopes[..., axis], differences, rtol=2e-5, atol=1e-6)


def test_it_is_as_near_as_it_says_at_points_of_others(made, rock):
    rng = np.random.default_rng(7)
    p, t = rng.uniform(*PRESSURE, 120), rng.uniform(*TEMPERATURE, 120)
    solved = gb.equilibria(rock, pressure_kbar=p, temperature_C=t, database="W24")
    found, sharp = made(p, t), made.kind(p, t) == KINDS.index("discontinuous")
    assert made.above == 0
    assert made.checked > 150  # those all over, and those in cells
    assert made.unseen == pytest.approx(1.0 - 0.05 ** (1.0 / 150.0))
    beyond = np.zeros(len(p), bool)
    for name in NAMES:
        error = np.abs(found[name] - solved.gb.quantity(name).values)
        assert made.worst[name] <= made.tolerance[name]
        assert np.nanmax(error[~sharp]) <= made.tolerance[name], name
        beyond |= ~sharp & (error > made.worst[name])
    assert beyond.mean() <= made.unseen + 2.0 / len(p)


def test_cells_follow_field_boundaries(made):
    leaves = made.cells.child < 0
    smooth = leaves & (made.cells.kind == 0)
    others = leaves & (made.cells.kind != 0)
    assert smooth.any()
    assert others.any(), "no boundary in the range: nothing was tested"
    area = made.cells.size.prod(axis=1)
    assert area[others].mean() < area[smooth].mean()


def test_a_jump_is_marked_and_not_smoothed(rock):
    """The composition of the melt begins at the solidus: no number below, none invented across."""
    table = gb.table(
        rock, (9.5, 10.5), (1180.0, 1260.0), ["liq.SiO2"], {"liq.SiO2": 0.05}, database="W24",
        cells=(1, 2), depth=4, checks=60,
    )  # fmt: skip
    assert 0.0 < table.discontinuous < 0.5
    t = np.linspace(1180.0, 1260.0, 50)
    found = table(10.0, t)["liq.SiO2"]
    assert np.isnan(found[0])
    assert np.isfinite(found[-1])
    known = gb.equilibria(rock, pressure_kbar=10.0, temperature_C=t, database="W24")
    truth = known.gb.quantity("liq.SiO2").values
    calm = table.kind(10.0, t) != KINDS.index("discontinuous")
    assert (np.isnan(found) == np.isnan(truth))[calm].all()


@pytest.mark.slow
def test_a_quantity_without_a_value_beside_a_boundary_is_not_made_up(rock):
    """No velocity where a phase has no modulus: in cells that are trusted both have one, or neither."""
    table = gb.table(
        rock, (1.0, 9.0), (1080.0, 1240.0), ["rock.Vp"], 1e-3, database="W24", cells=(2, 2), depth=4,
        checks=60,
    )  # fmt: skip
    rng = np.random.default_rng(9)
    trusted = table.cells.kind[leaves := np.flatnonzero(table.cells.child < 0)] < 2
    beside = rng.choice(leaves[trusted], 200)
    x = table.cells.low[beside] + rng.random((200, 2)) * table.cells.size[beside]
    p, t = x.T.copy()
    solved = gb.equilibria(rock, pressure_kbar=p, temperature_C=t, database="W24")
    there = np.isfinite(solved.gb.quantity("rock.Vp").values)
    assert there.any()
    assert not there.all(), "it has a value everywhere: nothing was tested"
    np.testing.assert_array_equal(np.isfinite(table(p, t)["rock.Vp"]), there)


def test_outside_there_is_nothing(made):
    found = made([7.9, 10.0, 13.0, np.nan], [1200.0, 1100.0, 1200.0, 1200.0])
    assert all(np.isnan(values).all() for values in found.values())
    assert (made.kind([7.9, 10.0], [1200.0, 1100.0]) == -1).all()
    edges = made([8.0, 12.0], [1150.0, 1350.0])
    assert all(np.isfinite(edges[name]).all() for name in ("rock.density", "rock.S"))


def test_a_file_gives_the_same_table(made, tmp_path):
    made.save(tmp_path / "table.nc")
    again = gb.Table.load(tmp_path / "table.nc")
    rng = np.random.default_rng(3)
    p, t = rng.uniform(*PRESSURE, (4, 5)), rng.uniform(*TEMPERATURE, (4, 5))
    for name, values in made(p, t).items():
        np.testing.assert_array_equal(again(p, t)[name], values)
    assert again.worst == made.worst
    assert again.unseen == made.unseen
    assert again.units == made.units
    assert repr(again) == repr(made)
    xr.Dataset({"a": 1}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(InputError, match="no table"):
        gb.Table.load(tmp_path / "other.nc")


def test_a_grid_says_what_it_holds(made, tmp_path):
    grid = made.grid(np.linspace(*PRESSURE, 5), np.linspace(*TEMPERATURE, 6))
    assert grid["rock.density"].dims == ("pressure_kbar", "temperature_C")
    assert grid["rock.density"].attrs["units"] == "kg/m³"
    assert grid["rock.density"].attrs["worst_error"] == made.worst["rock.density"]
    grid.to_netcdf(tmp_path / "grid.nc", engine="h5netcdf")
    assert xr.open_dataset(tmp_path / "grid.nc", engine="h5netcdf")["liq.wt%"].shape == (5, 6)


def test_what_is_no_table_or_no_place_is_named(made, tmp_path):
    with pytest.raises(InputError, match="is not a number"):
        made("here", 1300.0)
    with pytest.raises(InputError, match="do not broadcast"):
        made([9.0, 9.5, 10.0], [1300.0, 1310.0])
    with pytest.raises(InputError, match="there is no file"):
        gb.Table.load(tmp_path / "nothing.nc")
    (tmp_path / "text.nc").write_text("no table")
    with pytest.raises(InputError, match=r"is no table of gibbsite\.table"):
        gb.Table.load(tmp_path / "text.nc")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"pressure_kbar": (10.0, 5.0)}, "a least and a greater"),
        ({"quantities": ()}, "name one at least"),
        ({"quantities": 5}, "is not a name or a list of names"),
        ({"tolerance": -1.0}, "positive"),
        ({"tolerance": {"rock.S": 1.0}}, "differ by rock.S, rock.density"),
        ({"quantities": ["rock.nothing"]}, "nothing"),
        ({"tolerance": "fine"}, "tolerance = 'fine' is not a number"),
        ({"tolerance": {"rock.density": "fine"}}, "tolerance of rock.density"),
        ({"pressure_kbar": (0.0, 9.0)}, "outside the accepted range"),
        ({"temperature_C": (1300.0, 2300.0)}, "outside the accepted range"),
        ({"cells": 3}, "one number along pressure"),
        ({"cells": (1.5, 2)}, "whole number, 1 or more"),
        ({"depth": 1.5}, "whole number, 0 or more"),
        ({"checks": 0}, "whole number, 1 or more"),
    ],
)
def test_what_makes_no_table_is_refused(rock, changed, words):
    given = {
        "pressure_kbar": (9.0, 10.0),
        "temperature_C": (1300.0, 1310.0),
        "quantities": ["rock.density"],
        "tolerance": 1e-3,
        "cells": (1, 1),
    } | changed
    with pytest.raises(InputError, match=words):
        gb.table(rock, database="W24", **given)

"""Files for other programs: their forms, read back as those programs read them, and what is refused."""

import re

import h5netcdf
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from drawn_section import LIQUID, SOLID, made_up, phase

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite._cli.export import FORMS
from gibbsite._export import lamem, perplex
from gibbsite._export.aspect import at_entropies
from gibbsite._export.export import FORMATS
from gibbsite._export.frames import total_iron
from gibbsite._export.grids import as_grid, largest_rectangle
from gibbsite.errors import InputError

PRESSURE, TEMPERATURE = (10.0, 20.0, 3), (1200.0, 1500.0, 4)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Melting peridotite, twelve points."""
    section = gb.Section.pressure_temperature(
        gb.bulk("klb-1"), pressure_kbar=PRESSURE, temperature_C=TEMPERATURE, database="W24"
    )
    target = tmp_path_factory.mktemp("export") / "klb1.h5"
    gb.compute(section, target, workers=1, prove=False).close()
    return target


@pytest.fixture(scope="module")
def result(path):
    with gb.open(path) as dataset:
        yield dataset.load()


@pytest.fixture
def holed(result):
    """The same, one point of a corner and one inside without an answer."""
    copy = result.copy(deep=True)
    copy["status"][0, 0] = 3
    copy["status"][1, 2] = 3
    for name in copy.data_vars:
        if copy[name].dtype.kind == "f" and "temperature_C" in copy[name].dims:
            copy[name][0, 0] = np.nan
            copy[name][1, 2] = np.nan
    copy["phase_id"][0, 0] = -1
    copy["phase_id"][1, 2] = -1
    return copy


def test_the_command_line_knows_all_forms():
    assert set(FORMS) == set(FORMATS)


# Perple_X tables


def columns_of(grid):
    """Columns as BurnMan wants them, made of what every file has: names and order are what counts."""
    names = [
        "rho,kg/m3", "alpha,1/K", "beta,1/bar", "Ks,bar", "Gs,bar", "v0,km/s", "vp,km/s",
        "vs,km/s", "s,J/K/kg", "h,J/kg", "cp,J/K/kg", "V,J/bar/mol",
    ]  # fmt: skip
    density = grid.quantity("rock.density")
    return {name: density + i for i, name in enumerate(names)}


def read_tab(text):
    """Return header and rows as Perple_X's own programs lay them out."""
    lines = text.splitlines()
    assert lines[0] == "|6.6.6"
    assert lines[1].strip()
    assert int(lines[2]) == 2
    axes = [(lines[i], float(lines[i + 1]), float(lines[i + 2]), int(lines[i + 3])) for i in (3, 7)]
    names = lines[12].split()
    assert int(lines[11]) == len(names) == len(set(names))
    rows = np.array([[float(word) for word in line.split()] for line in lines[13:]])
    return axes, names, rows


def test_a_table_of_perplex_has_its_axes_in_the_first_columns(result, tmp_path):
    grid = as_grid(result, "refuse")
    perplex.write(tmp_path / "a.tab", grid, "a title", columns_of(grid), ["ol.Fo"])
    text = (tmp_path / "a.tab").read_text()
    axes, names, rows = read_tab(text)
    assert [axis[0] for axis in axes] == ["T(K)", "P(bar)"] == names[:2]
    temperature, pressure = (least + step * np.arange(n) for _, least, step, n in axes)
    assert temperature[0] == pytest.approx(1473.15)
    assert pressure[-1] == pytest.approx(20000.0)
    np.testing.assert_allclose(rows[:, 0], np.tile(temperature, 3), rtol=1e-9)
    np.testing.assert_allclose(rows[:, 1], np.repeat(pressure, 4), rtol=1e-9)
    density = result["density"].transpose("pressure_kbar", "temperature_C").values
    np.testing.assert_allclose(rows[:, 2], density.ravel(), rtol=1e-9)
    np.testing.assert_allclose(rows[:, -1], result.gb.quantity("ol.Fo").values.ravel(), rtol=1e-9)
    assert names[2:14] == [*columns_of(grid)]


def test_what_readers_of_tables_stumble_over_is_not_there(result, tmp_path):
    """No blank line, a title even without one, no Fortran exponent, one newline at the end."""
    bare = result.assign_attrs(title="  \n ")
    gb.export(bare, tmp_path / "a.tab", to="werami", quantities=["density", "liq.wt%"])
    text = (tmp_path / "a.tab").read_text()
    assert all(line.strip() for line in text.splitlines())
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    rows = text.splitlines()[13:]
    assert "D+" not in "".join(rows)
    _, names, _ = read_tab(text)
    assert names == ["T(K)", "P(bar)", "density", "liq.wt%"]


def test_the_order_of_the_axes_of_a_result_does_not_matter(result, tmp_path):
    turned = result.transpose("temperature_C", "pressure_kbar", ...)
    for name, each in (("a", result), ("b", turned)):
        gb.export(each, tmp_path / f"{name}.tab", to="werami", quantities=["density"])
    assert (tmp_path / "a.tab").read_text() == (tmp_path / "b.tab").read_text()


def test_a_table_is_even(result, tmp_path):
    uneven = result.assign_coords(temperature_C=[1200.0, 1300.0, 1401.0, 1500.0])
    with pytest.raises(InputError, match=r"1674\.15 should be 1673\.15"):
        gb.export(uneven, tmp_path / "a.tab", to="werami", quantities=["density"])
    with pytest.raises(InputError, match="two nodes of pressure"):
        gb.export(
            result.isel(pressure_kbar=[0]), tmp_path / "a.tab", to="werami", quantities=["density"]
        )


def test_a_table_without_pressure_is_refused(tmp_path):
    other = made_up({phase("liq", LIQUID): lambda u, v: 1.0, phase("ol", SOLID): lambda u, v: u})
    with pytest.raises(InputError, match="axes of pressure and temperature; this result has"):
        gb.export(other, tmp_path / "a.in", to="lamem")


@pytest.mark.parametrize("to", ["werami", "lamem"])
def test_failed_points_of_a_grid_are_refused_or_cut(holed, tmp_path, to):
    quantities = ["density"] if to == "werami" else []
    target = tmp_path / ("a" + FORMATS[to].suffixes[0])
    with pytest.raises(InputError, match=r"2 of 12 points .* at 10 kbar and 1200 °C.*--failed cut"):
        gb.export(holed, target, to=to, quantities=quantities)
    done = gb.export(holed, target, to=to, quantities=quantities, failed="cut")
    assert (done.points, done.left_out) == (4, 8)
    assert "nan" not in target.read_text().lower()
    assert not list(tmp_path.glob("tmp*"))


def test_largest_rectangle_against_all_rectangles():
    rng = np.random.default_rng(3)
    for _ in range(20):
        good = rng.random((5, 6)) > 0.25
        rows, columns = largest_rectangle(good)
        assert good[rows, columns].all()
        areas = [
            (b - a) * (d - c)
            for a in range(5) for b in range(a + 1, 6)
            for c in range(6) for d in range(c + 1, 7)
            if good[a:b, c:d].all()
        ]  # fmt: skip
        assert good[rows, columns].size == max(areas, default=0)


def read_as_aspect(text):
    """Read a table as ASPECT's PerplexReader does: by the names of the columns, one word after the other.

    The first two columns tell the order of the loops; a word that is no number would leave this and all
    later columns of the row as they were in the row before.
    """
    lines = iter(text.splitlines())
    for _ in range(2):  # the magic word, the title
        next(lines)
    assert int(next(lines)) == 2
    axes = {}
    for _ in range(2):
        name = next(lines).strip()
        axes[name] = float(next(lines)), float(next(lines)), int(next(lines))
    assert set(axes) == {"T(K)", "P(bar)"}
    assert all(least >= 0.0 for least, _, _ in axes.values())
    count, names = int(next(lines)), next(lines).split()
    assert len(names) == count == len(set(names))
    assert set(names[:2]) == set(axes)
    n_t, n_p = axes["T(K)"][2], axes["P(bar)"][2]
    values, row = np.empty((n_t * n_p, count)), np.zeros(count)
    for k in range(n_t * n_p):
        for c, word in enumerate(next(lines).split()):
            try:
                row[c] = float(word.replace("d", "x").replace("D", "x"))
            except ValueError:
                break
        values[k] = row
    assert next(lines, None) is None
    order = "P", "T"
    fast = names[0][0]
    if fast != "T":
        order = order[::-1]
    shape = tuple({"T": n_t, "P": n_p}[axis] for axis in order)
    table = {name: values[:, c].reshape(shape) for c, name in enumerate(names)}
    return {name: each if fast == "T" else each.T for name, each in table.items()}


def test_aspect_reads_a_table_of_perplex(result, tmp_path):
    """All that it looks for is there, at the pressures and temperatures where it looks."""
    gb.export(result, tmp_path / "a.tab", to="perplex", kind="relaxed")
    found = read_as_aspect((tmp_path / "a.tab").read_text())
    assert np.isfinite(list(found.values())).all()
    ordered = result.transpose("pressure_kbar", "temperature_C", ...)
    pressure, celsius = np.meshgrid(
        ordered["pressure_kbar"], ordered["temperature_C"], indexing="ij"
    )
    wanted = {
        "T(K)": celsius + 273.15,
        "P(bar)": 1e3 * pressure,
        "rho,kg/m3": ordered["density"].values,
        "alpha,1/K": ordered.gb.quantity("rock.alpha.relaxed").values,
        "cp,J/K/kg": ordered.gb.quantity("rock.Cp.relaxed").values,
        "vp,km/s": ordered.gb.quantity("rock.Vp.critical-fraction").values,
        "vs,km/s": ordered.gb.quantity("rock.Vs.critical-fraction").values,
        "h,J/kg": ordered.gb.quantity("rock.H").values,
        "vol_fraction_ol": 0.01 * ordered.gb.quantity("ol").values,
    }
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-7, err_msg=name)
    np.testing.assert_allclose(
        found["v0,km/s"], 1e-3 * np.sqrt(1e5 * found["Ks,bar"] / found["rho,kg/m3"]), rtol=1e-7
    )


# LaMEM


def read_lamem(text):
    """Read as LaMEM does: the number of columns, 48 lines of anything, six numbers, rows."""
    lines = text.splitlines()
    assert all(len(line) < 999 for line in lines)
    number = int(lines[0])
    assert number in (3, 4, 5)  # it goes on with zeros for any other
    least_t, step_t, n_t, least_p, step_p, n_p = (float(line.split()[0]) for line in lines[49:55])
    rows = np.array([[float(w) for w in line.split()] for line in lines[55:]])
    assert rows.shape == (int(n_t) * int(n_p), number)
    return (least_t, step_t, int(n_t)), (least_p, step_p, int(n_p)), rows, lines[48]


def test_lamem(result, tmp_path):
    gb.export(result, tmp_path / "a.in", to="lamem")
    axis_t, axis_p, rows, about = read_lamem((tmp_path / "a.in").read_text())
    assert axis_t == (1473.15, 100.0, 4)
    assert axis_p == (10000.0, 5000.0, 3)
    columns = [
        each.split(",") for each in re.findall(r"\[(.*?)\]", about)
    ]  # as GeoParams reads them
    assert [(name, unit.strip()) for name, _, unit in columns] == [
        ("meltRho", "kg/m^3"), ("meltFrac", "NoUnits"), ("rockRho", "kg/m^3"), ("Temperature", "K"),
        ("Pressure", "bar"),
    ]  # fmt: skip
    assert ((rows[:, 1] >= 0.0) & (rows[:, 1] <= 1.0)).all()
    melt = result.gb.mode("liq", kind="mass").values.ravel()
    np.testing.assert_allclose(rows[:, 1], melt, atol=1e-6)
    np.testing.assert_allclose(rows[:, 3], np.tile(1473.15 + 100.0 * np.arange(4), 3), atol=1e-6)
    assert (melt == 0.0).any()
    np.testing.assert_array_equal(rows[melt == 0.0, 0], lamem.ABSENT_MELT)
    whole = 1.0 / (rows[:, 1] / rows[:, 0] + (1.0 - rows[:, 1]) / rows[:, 2])
    np.testing.assert_allclose(whole, result["density"].values.ravel(), rtol=1e-5)


def test_where_there_are_no_solids_lamem_has_their_customary_density(tmp_path):
    """Wholly molten, the fraction is one and the density of the rock that of the melt."""
    section = gb.Section.pressure_temperature(
        gb.bulk("n-morb", ignore="outside"), pressure_kbar=(1.0, 2.0, 2),
        temperature_C=(1150.0, 1350.0, 2), database="W24",
    )  # fmt: skip
    with gb.compute(section, tmp_path / "a.h5", workers=1, prove=False) as molten:
        gb.export(molten, tmp_path / "a.in", to="lamem")
        density = molten["density"].transpose("pressure_kbar", "temperature_C").values.ravel()
    _, _, rows, _ = read_lamem((tmp_path / "a.in").read_text())
    whole = rows[:, 1] == 1.0
    assert whole.any()
    assert not whole.all()
    np.testing.assert_array_equal(rows[whole, 2], lamem.ABSENT_SOLID)
    np.testing.assert_allclose(rows[whole, 0], density[whole], rtol=1e-8, atol=1e-6)


# ASPECT


def read_entropy_table(text):
    """Read as ASPECT does: comments, the number of points, a line of names, rows by position."""
    lines = text.splitlines()
    heading = next(line for line in lines if line.startswith("# POINTS:"))
    n_s, n_p = map(int, heading.split()[2:])
    rows = [line for line in lines if not line.startswith("#")]
    assert len(rows[0].split()) == 9
    return n_s, n_p, np.array([[float(word) for word in line.split()] for line in rows[1:]])


def test_an_entropy_table_may_end_at_the_limits(tmp_path):
    """A hair beyond the last temperature was asked for, and 2200 degC refused as outside of 200 to 2200."""
    section = gb.Section.pressure_temperature(
        gb.bulk("klb-1"), pressure_kbar=(0.001, 5.0, 2), temperature_C=(1600.0, 2200.0, 3),
        database="T21",
    )  # fmt: skip
    result = gb.compute(section, tmp_path / "hot.h5")
    done = gb.export(result, tmp_path / "hot.txt", to="aspect-entropy")
    _, _, rows = read_entropy_table((tmp_path / "hot.txt").read_text())
    assert done.points == len(rows) == 6
    assert rows[:, 2].max() == pytest.approx(2473.15, abs=1e-5)


def test_an_entropy_table_is_solved_at_its_entropies(result, tmp_path):
    done = gb.export(result, tmp_path / "a.txt", to="aspect-entropy")
    n_s, n_p, rows = read_entropy_table((tmp_path / "a.txt").read_text())
    assert (n_s, n_p, done.points) == (4, 3, 12)
    s, bar, kelvin = rows[:, 0].reshape(3, 4), rows[:, 1].reshape(3, 4), rows[:, 2]
    np.testing.assert_allclose(s, np.broadcast_to(s[0], (3, 4)), rtol=1e-8)
    assert np.isfinite(rows).all()  # ASPECT ends at any other
    np.testing.assert_allclose(bar, np.broadcast_to(bar[:, :1], (3, 4)), rtol=1e-8)
    assert (np.diff(s[0]) > 0.0).all()
    assert (np.diff(bar[:, 0]) > 0.0).all()
    found = gb.equilibria(
        gb.bulk("klb-1"), pressure_kbar=1e-3 * rows[:, 1], temperature_C=kelvin - 273.15,
        database="W24",
    )  # fmt: skip
    np.testing.assert_allclose(found.gb.quantity("rock.S"), rows[:, 0], rtol=1e-7)
    np.testing.assert_allclose(found.gb.quantity("density"), rows[:, 3], rtol=1e-7)
    np.testing.assert_allclose(found.gb.quantity("rock.H"), rows[:, 8], rtol=1e-7)


def test_an_entropy_table_agrees_with_an_independent_one(result):
    """Of another program of the same models: T, density, expansivity, heat capacity at 2600 J/(kg K)."""
    rows = at_entropies(as_grid(result, "refuse"), np.array([2600.0]), "critical-fraction")
    expected = np.array(
        [
            [1611.365473, 3132.882078, 3.143888171e-04, 2388.168562],
            [1646.166799, 3182.645420, 3.442911342e-04, 2486.363816],
            [1683.103037, 3233.266220, 3.157014194e-04, 2246.523384],
        ]
    )
    np.testing.assert_allclose(rows[:, 2:4], expected[:, :2], rtol=2e-6)
    np.testing.assert_allclose(rows[:, 4:6], expected[:, 2:], rtol=5e-4)


def test_properties_agree_with_an_independent_table():
    """Frozen ones of the same rock at 10 kbar and 1500 K."""
    found = gb.equilibrium(
        gb.bulk("klb-1"), pressure_kbar=10.0, temperature_C=1500.0 - 273.15, database="W24"
    )
    expected = {
        "density": 3217.846533, "rock.alpha": 4.100806760e-5, "rock.beta": 1.041101172e-2,
        "rock.S": 2461.640653, "rock.H": -1.269898024e7, "rock.Cp": 1276.594885, "ol": 60.81153119,
    }  # fmt: skip
    for name, value in expected.items():
        assert found.quantity(name) == pytest.approx(value, rel=2e-5), name


def test_the_table_of_perplex_has_the_order_of_burnman(result, tmp_path):
    gb.export(result, tmp_path / "a.tab", to="perplex", kind="relaxed")
    text = (tmp_path / "a.tab").read_text()
    _, names, rows = read_tab(text)
    assert names[2:14] == [*columns_of(as_grid(result, "refuse"))]
    assert all(name.startswith("vol_fraction_") for name in names[14:])
    np.testing.assert_allclose(rows[:, 14:].sum(axis=1), 1.0)
    assert "relaxed" in text.splitlines()[1]
    assert "critical-fraction" in text.splitlines()[1]
    of = dict(zip(names, rows.T, strict=True))
    mass = of["rho,kg/m3"] * of["V,J/bar/mol"] * 1e-5
    np.testing.assert_allclose(mass, 1e-3 * gb.bulk("klb-1").molar_mass, rtol=1e-8)
    frozen = tmp_path / "b.tab"
    gb.export(result, frozen, to="perplex")
    other = dict(zip(names, read_tab(frozen.read_text())[2].T, strict=True))
    assert (of["cp,J/K/kg"] >= other["cp,J/K/kg"]).all()
    np.testing.assert_array_equal(of["vp,km/s"], other["vp,km/s"])
    p_modulus = of["rho,kg/m3"] * (1e3 * of["vp,km/s"]) ** 2 / 1e5
    np.testing.assert_allclose(of["Ks,bar"] + 4.0 / 3.0 * of["Gs,bar"], p_modulus, rtol=1e-8)


# Tables


def test_petthermotools_columns(result):
    table = gb.frame(result, "petthermotools")
    assert len(table) == 12
    assert {"T_C", "P_bar", "mass_g", "SiO2_Liq", "FeOt_Ol", "mass_g_Ol"} <= set(table)
    masses = table[[name for name in table if name.startswith("mass_g_")]].sum(axis=1)
    np.testing.assert_allclose(masses, 100.0)
    volumes = table[[name for name in table if name.startswith("V_cm^3_")]].sum(axis=1)
    np.testing.assert_allclose(volumes, table["V_cm^3"])
    np.testing.assert_allclose(table["P_bar"].unique(), [10000.0, 15000.0, 20000.0])
    oxides = table[[f"{o}_Liq" for o in ("SiO2", "TiO2", "Al2O3", "Cr2O3", "FeOt", "MgO", "CaO",
                                         "Na2O", "K2O")]]  # fmt: skip
    there = table["mass_g_Liq"] > 0.0
    np.testing.assert_allclose(oxides[there].sum(axis=1), 100.0)
    assert oxides[~there].isna().all(axis=None)
    np.testing.assert_allclose(1000.0 * table["mass_g"] / table["V_cm^3"], table["rho_kg/m^3"])
    kelvin = table["T_C"] + 273.15
    gibbs = (table["H_J"] - kelvin * table["S_J/K"]) / 0.1
    np.testing.assert_allclose(gibbs, result.gb.quantity("rock.G").values.ravel(), rtol=1e-9)


@pytest.mark.parametrize("style", ["petthermotools", "thermobar"])
def test_rocks_are_told_apart_side_by_side(style):
    names = ["klb-1", "pyrolite-ncfmas"]
    found = gb.equilibria(
        [gb.bulk(name) for name in names], pressure_kbar=10.0, temperature_C=1300.0, database="W24"
    )
    assert gb.frame(found.assign_coords(rock=("point", names)), style)["rock"].tolist() == names


def test_feldspar_goes_by_its_composition(result):
    names = set(gb.frame(result, "petthermotools"))
    feldspar = bool((result.gb.quantity("fsp") > 0.0).any())
    assert ("SiO2_Plag" in names) == feldspar
    assert "SiO2_Fsp" not in names


def test_thermobar_has_columns_of_zeros(result, tmp_path):
    table = gb.frame(result, "thermobar")
    there = table["SiO2_Liq"].notna()
    for name in ("MnO_Liq", "P2O5_Liq", "H2O_Liq", "CO2_Liq", "MnO_Cpx"):
        values = table.loc[table[name.replace(name.split("_")[0], "SiO2")].notna(), name]
        assert (values == 0.0).all(), name
    assert there.any()
    assert "SiO2_Gt" in set(table)
    np.testing.assert_allclose(table["T_K"], table["T_C"] + 273.15)
    gb.export(result, tmp_path / "a.csv", to="thermobar")
    again = pd.read_csv(tmp_path / "a.csv")
    assert again["MnO_Liq"].dtype.kind == "f"  # of whole numbers, later sums are refused by pandas
    pd.testing.assert_frame_equal(again, table, check_dtype=False)


def test_pyrolite_has_a_row_a_phase_and_plain_oxides(result):
    table = gb.frame(result, "pyrolite")
    rock = table[table["phase"] == "rock"]
    assert len(rock) == 12
    oxides = ["SiO2", "TiO2", "Al2O3", "Cr2O3", "FeO", "Fe2O3", "MgO", "CaO", "Na2O", "K2O"]
    np.testing.assert_allclose(table[oxides].sum(axis=1), 100.0)
    assert (table["MnO"] == 0.0).all()
    minerals = table[table["phase"] != "rock"]
    np.testing.assert_allclose(minerals.groupby("point")["percent_of_mass"].sum(), 100.0)


def test_oxygen_beyond_feo_is_ferric_iron():
    """Fe2O3 is FeO twice and an O: a melt of nothing else has all its iron ferric."""
    iron = {"SiO2": np.array([0.0]), "FeO": np.array([2.0 * 71.8444]), "O": np.array([15.9994])}
    percent = {name: 100.0 * values / (2.0 * 71.8444 + 15.9994) for name, values in iron.items()}
    found = total_iron(percent)
    assert found["Fe3Fet"][0] == pytest.approx(1.0)
    assert found["FeOt"][0] == pytest.approx(100.0)


def test_oxygen_itself_has_no_oxides_and_no_warning():
    found = total_iron({"FeO": np.array([0.0]), "MgO": np.array([0.0]), "O": np.array([100.0])})
    assert np.isnan([found["MgO"][0], found["FeOt"][0], found["Fe3Fet"][0]]).all()


def test_oxygen_gas_and_hydrogen_are_no_iron_for_pyrolite():
    """Of oxygen gas 998 wt% were Fe2O3, and -898 FeO."""
    rock = gb.bulk(wt={"SiO2": 50.0, "Fe2O3": 30.0, "FeO": 0.0, "MgO": 20.0})
    found = gb.equilibria(rock, pressure_kbar=1.0, temperature_C=[900.0], database="W24")
    table = gb.frame(found, "pyrolite").set_index("phase")
    oxides = ["SiO2", "FeO", "Fe2O3", "MgO"]
    assert table.loc["O2", oxides].isna().all()
    others = table.drop(index="O2")[oxides]
    np.testing.assert_allclose(others.sum(axis=1), 100.0)
    assert (others >= 0.0).all(axis=None)
    assert table.loc["rock", "Fe2O3"] == pytest.approx(30.0)
    wet = gb.bulk("serpentinite-reduced", water=20.0)
    found = gb.equilibria(wet, pressure_kbar=2.0, temperature_C=[330.0], database="EF21")
    fluid = gb.frame(found, "pyrolite").set_index("phase").loc["fl"]
    assert float(found.gb.quantity("fl.O")[0]) < 0.0
    assert fluid[["FeO", "Fe2O3", "H2O"]].tolist() == pytest.approx([0.0, 0.0, 100.0])


def test_a_table_of_pressure_and_entropy_is_written_point_by_point():
    """Entropy is an axis there, and so has one axis alone."""
    s, p = np.array([0.125, 0.13]), np.array([5.0, 10.0, 15.0])
    found = gb.equilibria(
        gb.bulk("klb-1"), database="W24",
        pressure_kbar=xr.DataArray(p, dims="pressure_kbar", coords={"pressure_kbar": p}),
        entropy=xr.DataArray(s, dims="entropy", coords={"entropy": s}),
    )  # fmt: skip
    table = gb.frame(found, "petthermotools")
    np.testing.assert_allclose(table["P_bar"], np.repeat(1e3 * p, 2))
    mass = found["bulk_mol"].values[0, 0] @ found["molar_mass"].values  # g per mole of oxides
    np.testing.assert_allclose(table["S_J/K"] * mass / 100.0, np.tile(1e3 * s, 3), rtol=1e-9)


def test_a_table_is_of_a_result():
    with pytest.raises(InputError, match=r"'run.h5' is no result; gibbsite.open\(path\) reads one"):
        gb.frame("run.h5")


def test_what_a_result_does_not_keep_is_named():
    kept = gb.equilibria(
        gb.bulk("klb-1"), pressure_kbar=10.0, temperature_C=1300.0, database="W24",
        keep=["density", "volume_fraction"],
    )  # fmt: skip
    for style in ("long", "pyrolite"):
        with pytest.raises(InputError, match="which this result does not keep"):
            gb.frame(kept, style)


def test_magemin_has_a_row_for_the_system_and_one_a_phase(result, tmp_path):
    gb.export(result, tmp_path / "a.csv", to="magemin")
    table = pd.read_csv(tmp_path / "a.csv")
    for _, rows in table.groupby("point[#]"):
        assert rows.iloc[0]["phase"] == "system"
        for unit in ("mol%", "wt%", "vol%"):
            assert rows.iloc[1:][f"mode[{unit}]"].sum() == pytest.approx(100.0)
    minerals = table[table["phase"] == "ol"]
    cations = minerals[[name for name in table if name.endswith("[apfu]")]].sum(axis=1)
    np.testing.assert_allclose(cations, 3.0, atol=1e-9)
    # pyIntersecT takes SiO2[mol%] for cations unless those come after it.
    names = list(table)
    assert names.index("Si[apfu]") > max(names.index(n) for n in names if n.endswith("[mol%]"))
    assert table["log10(fO2)"].isna().all()


def test_magemin_has_what_its_columns_say(result):
    """Intensive numbers of the system are those of its phases together, by mass or by moles of oxides."""
    table = gb.frame(result, "magemin")
    system = table[table["phase"] == "system"].set_index("point[#]")
    phases = table[table["phase"] != "system"]
    for column, share in (
        ("Entropy[kJ/K]", "mode[mol%]"),
        ("Enthalpy[kJ/mol]", "mode[mol%]"),
        ("volume[cm3/mol]", "mode[mol%]"),
        ("heatCapacity[J/kg/K]", "mode[wt%]"),
        ("alpha[1/K]", "mode[vol%]"),
    ):
        together = (phases[column] * phases[share] / 100.0).groupby(phases["point[#]"]).sum()
        np.testing.assert_allclose(together, system[column], rtol=1e-9, err_msg=column)
    melt = (phases["phase"] == "liq").groupby(phases["point[#]"]).any()
    assert (system["Vp[km/s]"].isna() == melt).all()
    np.testing.assert_allclose(
        system["Vp_S[km/s]"], result.gb.property("vp", of="solid").values.ravel()
    )
    solid = phases[phases["phase"] == "ol"]
    p_modulus = solid["BulkMod[GPa]"] + 4.0 / 3.0 * solid["ShearMod[GPa]"]
    np.testing.assert_allclose(solid["density[kg/m3]"] * solid["Vp[km/s]"] ** 2 / 1e3, p_modulus)
    assert (phases.loc[phases["phase"] == "liq", "Vs[km/s]"] == 0.0).all()
    empty = ["meltViscosity[Pa.s]", "Vp_cor[km/s]", "Vs_cor[km/s]"]
    assert table[empty].isna().all(axis=None)
    assert phases[["aSiO2", "log10(fO2)"]].isna().all(axis=None)


def test_activities_and_fugacity_for_magemin_are_those_of_the_point():
    rock = gb.bulk(wt={"SiO2": 59.8, "TiO2": 0.9, "Al2O3": 17.2, "FeO": 6.0, "MgO": 3.2, "CaO": 1.3,
                       "Na2O": 1.9, "K2O": 3.7, "H2O": 6.0}, ferric=0.1)  # fmt: skip
    where = {"pressure_kbar": 6.0, "temperature_C": 700.0, "database": "W14"}
    point = gb.equilibrium(rock, **where)
    system = gb.frame(point.to_dataset(), "magemin").iloc[0]
    assert system["log10(fO2)"] == pytest.approx(point.log10_fO2)
    assert system["log10(dQFM)"] == pytest.approx(point.delta("QFM"))
    for oxide in ("H2O", "SiO2", "TiO2", "Al2O3", "MgO", "FeO"):
        assert system[f"a{oxide}"] == pytest.approx(point.activity(oxide)), oxide


def test_silica_is_referred_to_the_stabler_of_quartz_and_coesite_for_magemin():
    rock = gb.bulk(mol={"SiO2": 60.0, "MgO": 30.0, "FeO": 10.0})
    point = gb.equilibrium(rock, pressure_kbar=35.0, temperature_C=1000.0, database="W24")
    assert "coe" in point.assemblage
    assert gb.frame(point.to_dataset(), "magemin")["aSiO2"].iloc[0] == pytest.approx(1.0)
    assert point.activity("SiO2") < 0.99


def test_what_is_absent_or_has_no_volume_has_no_density():
    """Oxygen gas has no volume: 0 and infinity were no densities."""
    rock = gb.bulk(wt={"SiO2": 50.0, "Fe2O3": 30.0, "FeO": 0.0, "MgO": 20.0})
    found = gb.equilibria(rock, pressure_kbar=1.0, temperature_C=[900.0, 2000.0], database="W24")
    assert found.gb.quantity("O2").values.tolist() == [0.0, 0.0]
    assert (found.gb.quantity("O2.wt%").values > 0.0).any()
    table = gb.frame(found, "petthermotools")
    quartz = table["mass_g_Qtz"]
    assert (table["rho_kg/m^3_Qtz"].isna() == (quartz == 0.0)).all()
    assert table["rho_kg/m^3_O2"].isna().all()
    assert gb.frame(found, "magemin").query("phase == 'O2'")["density[kg/m3]"].isna().all()


def test_phases_of_one_name_have_columns_of_their_own():
    """G16 has two spinels, and two clinopyroxenes."""
    rock = gb.bulk("world-median-metabasite")
    found = gb.equilibria(rock, pressure_kbar=6.0, temperature_C=[700.0, 800.0], database="G16")
    names = [str(key) for key in found["phase_name"].values]
    sp, spl = names.index("sp"), names.index("spl")
    ids = found["phase_id"].values
    ids[0, 0], ids[1, 0] = sp, spl
    both = found.assign(phase_id=(found["phase_id"].dims, ids))
    table = gb.frame(both, "petthermotools")
    assert table.columns.is_unique
    assert {"SiO2_Sp", "SiO2_Sp2"} <= set(table)
    ids[0, 0], ids[1, 0] = names.index("aug"), names.index("dio")
    table = gb.frame(found.assign(phase_id=(found["phase_id"].dims, ids)), "thermobar")
    assert {"SiO2_Cpx", "SiO2_Cpx2"} <= set(table)


def test_long_and_wide(result):
    wide = gb.frame(result, "wide", quantities=["ol.Fo", "liq.SiO2"])
    assert len(wide) == 12
    np.testing.assert_allclose(wide[[n for n in wide if n.endswith(".vol%")]].sum(axis=1), 100.0)
    np.testing.assert_allclose(wide["ol.Fo"], result.gb.quantity("ol.Fo").values.ravel())
    long = gb.frame(result, "long")
    np.testing.assert_allclose(long.groupby("point")["wt%"].sum(), 100.0)
    assert len(long) == int((result["phase_id"] >= 0).sum())


@pytest.mark.parametrize(
    "style", ["wide", "long", "petthermotools", "thermobar", "pyrolite", "magemin"]
)
def test_failed_points_of_a_table_are_refused_or_left_out(holed, style):
    with pytest.raises(InputError, match=r"2 of 12 points have no answer.*leave-out"):
        gb.frame(holed, style)
    table = gb.frame(holed, style, failed="leave-out")
    key = "point" if "point" in table else "point[#]"
    assert (table[key].nunique() if key in table else len(table)) == 10


def test_a_list_and_a_path_are_tables_too():
    rock = gb.bulk("klb-1")
    listed = gb.equilibria(
        rock, pressure_kbar=[10.0, 10.0], temperature_C=[1300.0, 1500.0], database="W24"
    )
    assert list(gb.frame(listed, "long")["point"].unique()) == [0, 1]


# netCDF


def test_a_plain_file_holds_doubles_of_two_axes_alone(holed, tmp_path):
    with pytest.raises(InputError, match="leave-out"):
        gb.export(holed, tmp_path / "a.nc", to="netcdf")
    done = gb.export(
        holed, tmp_path / "a.nc", to="netcdf", quantities=["ol.Fo", "ol.Mg#"], failed="leave-out"
    )
    assert (done.points, done.left_out) == (10, 2)
    with h5netcdf.File(tmp_path / "a.nc") as file:
        for name, variable in file.variables.items():
            assert variable.dtype == np.float64, name
            assert variable.dimensions in (
                ("pressure_kbar", "temperature_C"), (name,)
            ), name  # fmt: skip
        assert file["density"].attrs["units"] == "kg m-3"
        assert not file.groups
        assert np.isnan(file["density"].attrs["_FillValue"])
        assert np.isnan(file["density"][1, 2])
        np.testing.assert_array_equal(file["ol_Mg_number"][...], file["ol_Fo"][...])
        assert file["liq_vol"][0, 1] == holed.gb.quantity("liq")[0, 1]


# What is refused, and the command


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("a.csv", {"to": "perplexx"}, "did you mean 'perplex'"),
        ("a.csv", {"to": "lamem"}, "must end in .in"),
        ("a.csv", {"to": "wide", "failed": "cut"}, "known are refuse, leave-out"),
        ("a.in", {"to": "lamem", "failed": "leave-out"}, "known are refuse, cut"),
        ("a.csv", {"to": "pyrolite", "quantities": ["ol.Fo"]}, "are fixed"),
        ("a.csv", {"to": "wide", "quantities": 5}, "is not a name or a list"),
        ("a.csv", {"to": "wide", "quantities": ["ol.Foo"]}, "did you mean 'Fo'"),
        ("a.tab", {"to": "werami"}, "name quantities"),
        ("a.tab", {"to": "perplex", "kind": "slow"}, "known are frozen"),
    ],
)
def test_what_is_refused_leaves_no_file(result, tmp_path, name, options, says):
    with pytest.raises(InputError, match=says):
        gb.export(result, tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_a_file_that_exists_is_kept(result, tmp_path):
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(InputError, match="overwrite"):
        gb.export(result, tmp_path / "a.csv", to="wide")
    assert (tmp_path / "a.csv").read_text() == "mine"
    gb.export(result, tmp_path / "a.csv", to="wide", overwrite=True)
    assert "assemblage" in (tmp_path / "a.csv").read_text()


def test_the_command(path, tmp_path):
    target = tmp_path / "a.csv"
    words = ["export", str(path), "-o", str(target), "--to", "wide", "--quantity", "ol.Fo"]
    done = CliRunner().invoke(cli, words)
    assert done.output == f"{target}: 12 points.\n"
    assert "ol.Fo" in pd.read_csv(target)
    again = CliRunner().invoke(cli, words)
    assert again.exit_code == 2
    assert "--overwrite" in again.output


def test_a_table_with_free_fluid_has_the_velocities_of_the_rest_and_says_so(tmp_path):
    axes = {"pressure_kbar": [6.0, 6.1], "temperature_C": [600.0, 601.0]}
    p, t = (xr.DataArray(values, dims=name, coords={name: values}) for name, values in axes.items())
    wt = {"SiO2": 64, "TiO2": 1, "Al2O3": 17, "FeO": 7, "MgO": 3, "CaO": 1, "Na2O": 2, "K2O": 4}
    rock = gb.bulk(wt=wt, ferric=0.1, water=6.0)
    wet = gb.equilibria(rock, pressure_kbar=p, temperature_C=t, database="W14")
    gb.export(wet, tmp_path / "wet.tab", to="perplex")
    lines = (tmp_path / "wet.tab").read_text(encoding="ascii").splitlines()
    assert "free fluid, up to 1" in lines[1]
    assert "left out of vp and vs and counted in all else" in lines[1]
    head = next(i for i, line in enumerate(lines) if line.startswith("T(K)") and "vs,km/s" in line)
    table = pd.DataFrame([line.split() for line in lines[head + 1 :]], columns=lines[head].split())
    np.testing.assert_allclose(
        table["vs,km/s"].astype(float), wet.gb.quantity("solid.Vs").values.ravel(), rtol=1e-8
    )
    assert (table["vs,km/s"].astype(float) > 3.0).all()
    density = wet.gb.quantity("rock.density").values.ravel()
    np.testing.assert_allclose(table["rho,kg/m3"].astype(float), density, rtol=1e-8)

"""Programs of petrologists and geodynamicists make of our tables what is in them.

    python -m pytest -m readers tests/readers/test_geosciences.py -rs

Each test needs the real program, and is skipped where that is missing: the extra `readers`, and
pip install --no-deps burnman, whose requirements contradict ours.
"""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

import gibbsite as gb
from gibbsite._export.grids import as_grid
from gibbsite._export.perplex import columns
from gibbsite.errors import InputError

pytestmark = [
    pytest.mark.readers,
    pytest.mark.filterwarnings("default"),
    pytest.mark.filterwarnings("ignore:::pyrolite"),
]


def computed(folder, rock, pressure, temperature):
    section = gb.Section.pressure_temperature(
        rock, pressure_kbar=pressure, temperature_C=temperature, database="W24"
    )
    return gb.compute(section, folder / f"{rock.key}.h5", workers=1, prove=False)


@pytest.fixture(scope="module")
def peridotite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("peridotite")
    with computed(folder, gb.bulk("klb-1"), (10.0, 20.0, 5), (1250.0, 1550.0, 7)) as result:
        yield result.load()


@pytest.fixture(scope="module")
def basalt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("basalt")
    rock = gb.bulk("n-morb", ignore="outside")
    with computed(folder, rock, (1.0, 9.0, 5), (1050.0, 1250.0, 9)) as result:
        yield result.load()


@pytest.fixture(scope="module")
def table(peridotite, tmp_path_factory):
    """A table with everything, and what should be in it."""
    path = tmp_path_factory.mktemp("tab") / "klb1.tab"
    gb.export(peridotite, path, to="perplex", quantities=["ol.Fo"])
    return path, columns(as_grid(peridotite, "refuse"), "frozen", "critical-fraction")


BURNMAN = {
    "density": ("rho,kg/m3", 1.0, False),
    "thermal_expansivity": ("alpha,1/K", 1.0, False),
    "isentropic_bulk_modulus_reuss": ("Ks,bar", 1e5, False),
    "shear_modulus": ("Gs,bar", 1e5, False),
    "bulk_sound_velocity": ("v0,km/s", 1e3, False),
    "p_wave_velocity": ("vp,km/s", 1e3, False),
    "shear_wave_velocity": ("vs,km/s", 1e3, False),
    "molar_entropy": ("s,J/K/kg", 1.0, True),
    "molar_enthalpy": ("h,J/kg", 1.0, True),
    "molar_heat_capacity_p": ("cp,J/K/kg", 1.0, True),
    "molar_volume": ("V,J/bar/mol", 1e-5, False),
}


def test_burnman_reads_the_table(table):
    burnman = pytest.importorskip("burnman")
    path, expected = table
    material = burnman.PerplexMaterial(str(path))
    mass = 1e-3 * gb.bulk("klb-1").molar_mass
    assert material.params["molar_mass"] == pytest.approx(mass, rel=1e-8)
    bar, kelvin = np.meshgrid(
        np.linspace(1e4, 2e4, 5), 1523.15 + 50.0 * np.arange(7), indexing="ij"
    )
    inside = (slice(None), slice(None))
    found = material.evaluate([*BURNMAN], 1e5 * bar[inside], kelvin[inside])
    for values, (name, scale, molar) in zip(found, BURNMAN.values(), strict=True):
        wanted = expected[name] * scale * (mass if molar else 1.0)
        np.testing.assert_allclose(values, wanted, rtol=1e-8, err_msg=name)


def test_pywerami_reads_the_table(table):
    pywerami = pytest.importorskip("pywerami.api")
    path, expected = table
    grid = pywerami.GridData.from_tab(str(path))
    for name, values in expected.items():
        np.testing.assert_allclose(grid.get_var(name), values, rtol=1e-8, err_msg=name)


def test_pywerami_reads_what_is_asked_for(peridotite, tmp_path):
    pywerami = pytest.importorskip("pywerami.api")
    gb.export(peridotite, tmp_path / "a.tab", to="werami", quantities=["density", "ol.Fo"])
    grid = pywerami.GridData.from_tab(str(tmp_path / "a.tab"))
    for name in ("density", "ol.Fo"):
        wanted = peridotite.gb.quantity(name).transpose("pressure_kbar", "temperature_C").values
        np.testing.assert_allclose(grid.get_var(name), wanted, rtol=1e-8)


def test_pyrolite_takes_the_table(basalt, tmp_path):
    pytest.importorskip("pyrolite")
    import pyrolite.geochem  # noqa: F401
    from pyrolite.mineral.normative import CIPW_norm

    gb.export(basalt, tmp_path / "a.csv", to="pyrolite")
    found = pd.read_csv(tmp_path / "a.csv")
    oxides = found.pyrochem.list_oxides
    assert {"SiO2", "FeO", "Fe2O3", "MnO", "P2O5", "H2O"} <= set(oxides)
    assert not {"percent_of_mass", "instance", "point"} & set(found.pyrochem.list_compositional)
    rock = found[found["phase"] == "rock"]
    total = rock.pyrochem.convert_chemistry(to=["SiO2", "FeOT"])["FeOT"]
    np.testing.assert_allclose(total, rock["FeO"], rtol=1e-6)
    norm = CIPW_norm(rock[oxides])
    assert (norm["olivine"] + norm["hypersthene"] > 5.0).all()


def test_thermobar_takes_the_table(basalt, tmp_path):
    thermobar = pytest.importorskip("Thermobar")
    gb.export(basalt, tmp_path / "a.csv", to="thermobar")
    found = pd.read_csv(tmp_path / "a.csv").dropna(
        subset=["SiO2_Liq", "SiO2_Ol", "SiO2_Cpx", "SiO2_Plag"]
    )
    assert len(found) > 2
    found = found.reset_index(drop=True)  # it takes P by label, in some equations

    def of(name):
        return found[[column for column in found if column.endswith(f"_{name}")]]

    pressure = found["P_kbar"]
    kelvin = thermobar.calculate_liq_only_temp(
        liq_comps=of("Liq"), equationT="T_Put2008_eq22_BeattDMg", P=pressure
    )
    np.testing.assert_allclose(kelvin, found["T_K"], atol=60.0)  # the error of the thermometer

    def by_augite(pressure):
        kelvin = thermobar.calculate_cpx_liq_temp(
            cpx_comps=of("Cpx"), liq_comps=of("Liq"), equationT="T_Put2008_eq33", P=pressure
        )
        return np.asarray(kelvin, dtype=float)

    def by_plagioclase(pressure):
        kelvin = thermobar.calculate_fspar_liq_temp(
            plag_comps=of("Plag"), liq_comps=of("Liq"), equationT="T_Put2008_eq23", P=pressure
        )
        return np.asarray(kelvin, dtype=float)

    for thermometer in (by_augite, by_plagioclase):
        kelvin = thermometer(pressure)
        assert np.isfinite(kelvin).all()
        np.testing.assert_array_equal(kelvin, thermometer(pressure.to_numpy()))


def test_petthermotools_takes_the_table(basalt):
    pytest.importorskip("petthermotools")
    from petthermotools.PhaseDiagrams import make_grid_variables_from_phase_diagram

    found = gb.frame(basalt, "petthermotools")
    found = found.sort_values(["T_C", "P_bar"]).reset_index(drop=True)
    names = make_grid_variables_from_phase_diagram(Results=found)
    sizes = {np.shape(each) for each in names if np.ndim(each) == 2}
    assert sizes <= {(5, 9), (9, 5)}
    assert sizes


def test_pyintersect_takes_cations_from_the_table(basalt, tmp_path):
    pytest.importorskip("pyIntersecT")
    from pyIntersecT.parsers import parse_table

    gb.export(basalt, tmp_path / "a.csv", to="magemin")
    blocks = parse_table(tmp_path / "a.csv")
    assert len(blocks) == 45
    aluminium = basalt.gb.quantity("cpx.Al")
    for block in blocks:
        pressure, temperature = block["coords"]["P[kbar]"], block["coords"]["T[°C]"]
        wanted = float(aluminium.sel(pressure_kbar=pressure, temperature_C=temperature))
        cpx = [each for each in block["phases"] if each["phase"] == "cpx"]
        if cpx:
            assert cpx[0]["Al_apfu"] == pytest.approx(wanted)


PROGRAMS = {
    "gdalinfo": lambda path: ["gdalinfo", "-stats", f"NETCDF:{path}:density"],
    "cdo": lambda path: ["cdo", "-s", "outputf,%.6f", "-fldmean", "-selname,density", str(path)],
    "ncdump": lambda path: ["ncdump", "-v", "density", str(path)],
    "gmt": lambda path: ["gmt", "grdinfo", "-L1", f"{path}?density"],
    "octave-cli": lambda path: [
        "octave-cli", "--quiet", "--eval",
        f"pkg load netcdf; printf('%.6f\\n', max(max(ncread('{path}', 'density'))))",
    ],
}  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_read_the_plain_file(peridotite, tmp_path, program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    path = tmp_path / "a.nc"
    gb.export(peridotite, path, to="netcdf", quantities=["ol.Fo", "liq.SiO2"])
    command = PROGRAMS[program](path)
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    if program == "octave-cli" and "netcdf" in done.stderr:
        pytest.skip("Octave has no netcdf")
    assert done.returncode == 0, done.stderr
    density = peridotite["density"].values
    known = {
        "gdalinfo": f"STATISTICS_MAXIMUM={density.max():.6f}"[:27],
        "ncdump": f"{density[0, 0]:.9f}"[:10],
        "octave-cli": f"{density.max():.6f}"[:10],
        "gmt": "n_columns: 7",
    }
    assert known.get(program, "") in done.stdout, done.stdout[-1500:]


# The adaptor


def test_a_rock_is_a_material_of_burnman():
    burnman = pytest.importorskip("burnman")
    from gibbsite.burnman import Rock

    rock = Rock(gb.bulk("klb-1"), "W24")
    assert isinstance(rock, burnman.Material)
    rock.set_state(1.2e9, 1623.15)
    single = gb.equilibrium(
        gb.bulk("klb-1"), pressure_kbar=12.0, temperature_C=1350.0, database="W24"
    )
    assert rock.rho == pytest.approx(single.density, rel=1e-9)
    assert rock.V * rock.rho == pytest.approx(rock.molar_mass)
    assert rock.gibbs == pytest.approx(1e3 * single.gibbs_energy, rel=1e-9)
    assert rock.H - rock.T * rock.S == pytest.approx(rock.gibbs)
    assert rock.energy + rock.P * rock.V == pytest.approx(rock.H)
    assert rock.helmholtz + rock.P * rock.V == pytest.approx(rock.gibbs)
    pressures, temperatures = np.array([[1e9, 2e9]]), np.array([[1500.0, 1600.0]])
    density, volume = rock.evaluate(["density", "V"], pressures, temperatures)
    assert density.shape == (1, 2)
    np.testing.assert_allclose(density * volume, rock.molar_mass)
    with pytest.raises(InputError, match="outside the accepted range"):
        rock.set_state(1e12, 1600.0)
    with pytest.raises(InputError, match="set_state"):
        _ = Rock(gb.bulk("klb-1"), "W24").density


def test_a_state_that_is_refused_leaves_the_one_before():
    """Its pressure was taken, and the density of the state before given for it."""
    pytest.importorskip("burnman")
    from gibbsite.burnman import Rock

    rock = Rock(gb.bulk("klb-1"), "W24")
    rock.set_state(1.2e9, 1623.15)
    density, volume = rock.density, rock.V
    for refused in (
        lambda: rock.set_state(1e12, 1600.0),
        lambda: rock.set_state_with_volume(1e-6, 1623.15),
    ):
        with pytest.raises(InputError):
            refused()
        assert (rock.pressure, rock.temperature, rock.density) == (1.2e9, 1623.15, density)
    rock.set_state_with_volume(volume, 1500.0)
    assert rock.pressure < 1.2e9
    assert pytest.approx(volume, rel=1e-9) == rock.V


def test_elasticity_of_a_material_hangs_together():
    pytest.importorskip("burnman")
    from gibbsite.burnman import Rock

    rock = Rock(gb.bulk("klb-1"), "W24")
    rock.set_state(1.5e9, 1473.15)
    assert rock.K_S > rock.K_T > 0.0
    assert rock.K_S / rock.K_T == pytest.approx(1.0 + rock.alpha * rock.gr * rock.T, rel=1e-6)
    assert rock.C_p / rock.C_v == pytest.approx(rock.K_S / rock.K_T, rel=1e-6)
    assert rock.v_phi == pytest.approx(np.sqrt(rock.K_S / rock.rho), rel=0.02)
    assert rock.v_p > rock.v_phi > rock.v_s > 0.0


@pytest.mark.parametrize("kind", ["frozen", "relaxed"])
def test_a_rock_is_compressed_by_its_own_modulus(kind):
    """BurnMan's own of a Composite is the Hill mean."""
    pytest.importorskip("burnman")
    from gibbsite.burnman import Rock

    rock = Rock(gb.bulk("klb-1"), "W24", kind=kind)
    volumes, step = [], 1e6
    for pressure in (2e9 - step, 2e9 + step, 2e9):
        rock.set_state(pressure, 1573.15)
        volumes.append(rock.V)
    less, more, here = volumes
    relaxed = 2.0 * step * here / (less - more)
    if kind == "relaxed":
        assert rock.K_T == pytest.approx(relaxed, rel=1e-5)
    else:  # compositions that may not change make it stiffer
        assert rock.K_T > relaxed

"""Units of the sides of a picture: ticks and words follow, coordinates and lines stay."""

import numpy as np
import pytest
from click.testing import CliRunner

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite._drawing.depth import DepthProfile
from gibbsite._drawing.units import units_of
from gibbsite.errors import InputError

# Dziewonski & Anderson (1981), Table II: depth [km], pressure [kbar].
PREM = ((24.4, 6.04), (220.0, 71.08), (400.0, 133.53))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("axes") / "axes.h5"
    section = gb.Section.pressure_temperature(
        gb.bulk("high-ti-glass"),
        pressure_kbar=(1.0, 21.0, 5),
        temperature_C=(1050.0, 1450.0, 6),
        database="T21-Su26",
    )
    gb.compute(section, path, prove=False).close()
    return path


@pytest.fixture
def result(file):
    with gb.open(file) as dataset:
        yield dataset


@pytest.mark.parametrize(("depth_km", "pressure_kbar"), PREM)
def test_pressure_in_the_earth_is_that_of_prem(depth_km, pressure_kbar):
    found = float(DepthProfile.of("earth").pressure_kbar(np.array(depth_km)))
    assert found == pytest.approx(pressure_kbar, rel=2.5e-3)


def test_a_uniform_moon_is_that_of_the_formula():
    """P = 2/3 pi G rho^2 (R^2 - r^2) where density and mass agree."""
    body = DepthProfile.of("moon").body
    radius, big_g = 1e3 * body.radius_km, 6.6743e-11
    density = 1e9 * body.gm_km3_s2 / big_g / (4.0 / 3.0 * np.pi * radius**3)
    depth = np.array([10.0, 100.0, 1000.0])
    r = radius - 1e3 * depth
    pressure = 2.0 / 3.0 * np.pi * big_g * density**2 * (radius**2 - r**2) / 1e8
    found = DepthProfile.of(f"moon:{density:.12g}").pressure_kbar(depth)
    np.testing.assert_allclose(found, pressure, rtol=1e-9)


@pytest.mark.parametrize("where", ["earth", "moon", "mars:3400", "earth:2800"])
def test_depth_and_pressure_are_each_others_inverse(where):
    profile = DepthProfile.of(where)
    pressure = np.linspace(0.001, 50.0, 101)
    depth = profile.depth_km(pressure)
    assert (np.diff(depth) > 0.0).all()
    np.testing.assert_allclose(profile.pressure_kbar(depth), pressure, rtol=1e-5, atol=1e-6)


def test_gravity_at_the_surface_is_that_of_the_planet():
    """Mars: 3.73 m/s2 for its mean radius; 1 m of 3400 kg/m3."""
    found = float(DepthProfile.of("mars:3400").pressure_kbar(np.array(0.001)))
    assert found * 1e8 == pytest.approx(3400.0 * 3.7279, rel=1e-4)


def ticks(axis):
    """Places of the ticks inside the view, and what they say."""
    low, high = sorted(axis.get_view_interval())
    places = [tick for tick in axis.get_majorticklocs() if low <= tick <= high]
    return np.array(places), [
        float(text) for text in axis.get_major_formatter().format_ticks(places)
    ]


def test_ticks_are_round_in_their_unit_and_lie_where_they_belong(result):
    figure = gb.plot(
        result, axes={"pressure": ["GPa", "depth:moon"], "temperature": ["K", "C"]}, exact=False
    )
    axes = figure.axes[0]
    assert axes.get_ylabel() == "Pressure (GPa)"
    assert axes.get_xlabel() == "Temperature (K)"
    assert axes.get_ylim() == (1.0, 21.0)  # kbar: the coordinates of the section stay
    places, said = ticks(axes.yaxis)
    assert len(said) >= 3
    np.testing.assert_allclose(places, 10.0 * np.array(said), rtol=1e-6)
    places, said = ticks(axes.xaxis)
    np.testing.assert_allclose(places, np.array(said) - 273.15, rtol=1e-6)
    assert all(value % 50.0 == 0.0 for value in said)
    right, top = (child for child in axes.child_axes)
    assert right.get_ylabel() == "Depth in the Moon (km)"
    places, said = ticks(right.yaxis)
    assert len(said) >= 3
    assert all(value % 10.0 == 0.0 for value in said)
    np.testing.assert_allclose(
        DepthProfile.of("moon").pressure_kbar(np.array(said)), places, rtol=1e-6
    )
    assert top.get_xlabel() == "Temperature (°C)"
    below = " ".join(text.get_text() for each in figure.axes[1:] for text in each.texts)
    told = "Depth is hydrostatic in the Moon, densities of Briaud et al. (2023)"
    assert told in " ".join(below.split())


def test_lines_and_fields_are_the_same_in_any_unit(result):
    plain, other = (
        gb.plot(result, axes=axes, title="", exact=False).axes[0]
        for axes in (None, {"temperature": "K"})
    )
    for gid in ("field", "solidus"):
        ends = [
            np.concatenate(
                [s for c in axes.collections if c.get_gid() == gid for s in c.get_segments()]
            )
            for axes in (plain, other)
        ]
        np.testing.assert_allclose(*ends, rtol=1e-6)
    named = [
        sum(text.get_gid() in ("label", "number") for text in axes.texts) for axes in (plain, other)
    ]
    assert named[0] == named[1] > 0


@pytest.mark.slow
def test_a_second_axis_leaves_room_for_its_numbers(result):
    axes = {"pressure": ["kbar", "depth:earth"]}
    figure = gb.plot(result, width_mm=88.0, axes=axes, title="", exact=False)
    figure.canvas.draw()
    inside = figure.axes[0].get_tightbbox()
    assert inside.x0 >= 0.0
    assert inside.x1 <= figure.bbox.x1 + 0.5


@pytest.mark.parametrize(
    ("axes", "complaint"),
    [
        ({"pressure": "GPA"}, "did you mean 'GPa'"),
        ({"temperature": "F"}, "temperature in 'F'"),
        ({"presure": "GPa"}, "did you mean 'pressure'"),
        (
            {"pressure": "depth:mars"},
            'no layers are tabulated for Mars; give a density in kg/m3: "depth:mars:3400"',
        ),
        ({"pressure": "depth:pluto"}, "depth in 'pluto'"),
        ({"pressure": "depth:mars:3.4"}, "a density is a number from 500 to 10000"),
        ({"pressure": ["kbar", "GPa", "K"]}, "3 are given"),
        ("GPa", "axes = 'GPa'"),
    ],
)
def test_what_is_no_unit_is_told(axes, complaint):
    with pytest.raises(InputError) as told:
        units_of(axes)
    assert complaint in str(told.value)


def test_an_axis_that_is_not_there_has_no_unit(tmp_path):
    section = gb.Section.temperature_composition(
        gb.bulk("high-ti-glass"), gb.bulk("high-ti-glass-midpoint"), pressure_kbar=3.0,
        temperature_C=(1300.0, 1500.0, 2), steps=2, database="T21-Su26",
    )  # fmt: skip
    with (
        gb.compute(section, tmp_path / "tx.h5", prove=False) as result,
        pytest.raises(InputError, match="no axis of pressure: it has temperature"),
    ):
        gb.plot(result, axes={"pressure": "GPa"})


def test_a_path_runs_along_kelvin(tmp_path):
    run = gb.path(
        gb.bulk("high-ti-glass"), pressure_kbar=1.0, temperature_C=(1250.0, 1180.0), step_C=20.0,
        database="T21-Su26",
    )  # fmt: skip
    above = gb.plot(run, axes={"temperature": "K"}).axes[0]
    assert above.get_xlabel() == "Temperature (K)"
    places, said = ticks(above.xaxis)
    np.testing.assert_allclose(places, np.array(said) - 273.15, rtol=1e-6)


@pytest.mark.slow
def test_the_command_line_takes_units(file, tmp_path):
    def run(name, axis):
        arguments = ["plot", str(file), "-o", str(tmp_path / name), "--axis", axis]
        return CliRunner().invoke(cli, arguments)

    done = run("a.png", "pressure=GPa,depth:earth")
    assert done.exit_code == 0, done.output
    for name, axis, told in (
        ("b.png", "pressure", "say pressure=GPa"),
        ("b.png", "pressure=atm", "pressure in 'atm'"),
        ("c.html", "pressure=GPa", "--axis is for pictures on paper"),
    ):
        bad = run(name, axis)
        assert bad.exit_code == 2
        assert told in bad.output


@pytest.mark.parametrize("units", [None, 1, {"GPa": 1}, ["GPa", 2]])
def test_units_that_are_no_words_are_refused(units):
    with pytest.raises(InputError, match="the axis of pressure in"):
        units_of({"pressure": units})

"""Diagrams of melts: where the points lie, what the fields are called, and what is refused."""

import numpy as np
import pytest
import shapely

import gibbsite as gb
from gibbsite._drawing.melt_plot import rock_name
from gibbsite.errors import GibbsiteError, InputError
from gibbsite_datasets import load_tas


@pytest.fixture(scope="module")
def melts():
    return gb.equilibria(
        gb.bulk("n-morb", ignore="outside"),
        pressure_kbar=1.0,
        temperature_C=np.linspace(1100.0, 1250.0, 7),
        database="W24",
    )


def drawn(figure):
    """The points of a picture, in data."""
    return np.asarray(figure.axes[0].collections[0].get_offsets())


def test_fields_of_rocks_cover_each_place_once():
    polygons = [shapely.Polygon(each.corners) for each in load_tas()]
    assert all(polygon.is_valid for polygon in polygons)
    for i, one in enumerate(polygons):
        for other in polygons[i + 1 :]:
            assert one.intersection(other).area < 1e-9


@pytest.mark.parametrize(
    ("silica", "alkalis", "name"),
    [
        (50.5, 2.9, "basalt"),
        (60.0, 5.0, "andesite"),
        (75.0, 7.0, "rhyolite"),
        (57.0, 14.0, "phonolite"),
        (43.0, 4.0, "tephrite or basanite"),
        (20.0, 3.0, ""),
    ],
)
def test_a_rock_is_called_by_its_alkalis_and_silica(silica, alkalis, name):
    assert rock_name(silica, alkalis) == name


def test_alkalis_against_silica(melts):
    points = drawn(gb.plot_melt(melts))
    silica, soda, potash = (melts.gb.quantity(f"liq.{o}").values for o in ("SiO2", "Na2O", "K2O"))
    np.testing.assert_allclose(points[:, 0], silica, rtol=1e-9)  # there is no water
    np.testing.assert_allclose(points[:, 1], soda + potash, rtol=1e-9)


def test_water_does_not_count():
    """The same melt with water lies at the same place but for what water changes in it."""
    wet = gb.equilibrium(
        gb.bulk(wt={"SiO2": 72.0, "Al2O3": 14.0, "Na2O": 4.0, "K2O": 5.0, "H2O": 5.0}),
        pressure_kbar=5.0,
        temperature_C=1100.0,
        database="G25",
    )
    assert wet.assemblage == ("liq",)
    points = drawn(gb.plot_melt(wet.to_dataset()))
    np.testing.assert_allclose(points[0], [100.0 * 72.0 / 95.0, 100.0 * 9.0 / 95.0], rtol=1e-6)


PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


@pytest.mark.parametrize(("kind", "against"), [("harker", "SiO2"), ("fenner", "MgO")])
def test_each_oxide_against_one(melts, tmp_path, kind, against):
    """A panel for each that is there, with the melt of every point."""
    figure = gb.plot_melt(melts, kind, tmp_path / "variation.png", width_mm=180.0)
    *panels, _ = figure.axes
    shown = [axes.get_ylabel().split()[0].translate(PLAIN) for axes in panels]
    assert set(shown) == {"SiO2", "TiO2", "Al2O3", "FeO", "MgO", "CaO", "Na2O", "K2O"} - {against}
    for oxide, axes in zip(shown, panels, strict=True):
        found = np.asarray(axes.collections[0].get_offsets())
        wanted = [melts.gb.quantity(f"liq.{each}").values for each in (against, oxide)]
        np.testing.assert_allclose(found, np.column_stack(wanted)[np.isfinite(wanted[0])])


@pytest.mark.slow
def test_triangles(melts, tmp_path):
    pytest.importorskip("mpltern")
    figure = gb.plot_melt(melts, ("liq.CaO", "liq.Al2O3", "liq.MgO"), tmp_path / "triangle.png")
    assert (tmp_path / "triangle.png").stat().st_size > 5000
    assert len(drawn(figure)) == int(np.isfinite(melts.gb.quantity("liq.CaO").values).sum())
    assert figure.axes[0].get_llabel() == "Al₂O₃ of melt (wt%)"
    afm = gb.plot_melt(melts, "afm")
    assert len(drawn(afm)) == 7
    axes = afm.axes[0]
    corners = axes.get_tlabel(), axes.get_llabel(), axes.get_rlabel()
    assert corners == ("FeO, all iron (wt%)", "Na₂O + K₂O (wt%)", "MgO (wt%)")


def test_what_cannot_be_meant_is_refused(melts, monkeypatch):
    with pytest.raises(InputError, match="kind = 'tass'"):
        gb.plot_melt(melts, "tass")
    with pytest.raises(InputError, match="three quantities, not 2"):
        gb.plot_melt(melts, ("liq.CaO", "liq.MgO"))
    cold = gb.equilibria(
        gb.bulk("klb-1"), pressure_kbar=10.0, temperature_C=[900.0, 950.0], database="W24"
    )
    with pytest.raises(InputError, match="no melt"):
        gb.plot_melt(cold)
    monkeypatch.setattr("gibbsite._drawing.melt_plot.find_spec", lambda name: None)
    with pytest.raises(GibbsiteError, match=r"gibbsite\[ternary\]"):
        gb.plot_melt(melts, "afm")


def test_fields_without_room_for_their_name_have_its_key(melts):
    axes = gb.plot_melt(melts, title="").axes[0]
    written = {text.get_gid(): text.get_text() for text in axes.texts}
    names = {each.key: each.name for each in load_tas()}
    assert written["Pc"] == names["Pc"]
    assert written["S1"] in ("S1", "trachy-\nbasalt")
    for key, text in written.items():
        assert text == key or text.replace("-\n", "").replace("\n", " ") == names[key]

"""Pictures: what is written where, that nothing is written over, and what is refused."""

import itertools

import matplotlib
import numpy as np
import pytest
import shapely
import xarray as xr
from drawn_figure import below, lines, overlaps, texts, unnamed
from drawn_section import AUGITE, LIQUID, PIGEONITE, SOLID, made_up, melting, phase

import gibbsite as gb
from gibbsite._drawing.fields import find_fields
from gibbsite._drawing.isopleths import find_isopleths, quantity_values
from gibbsite._drawing.labels import Wanted, broken, place_labels, upright
from gibbsite._drawing.line_labels import LONG, place_on_lines
from gibbsite._drawing.plot import plot
from gibbsite._drawing.rims import Rims
from gibbsite._drawing.style import STYLES, UNHINTED, Style
from gibbsite.errors import InputError, StoreError


def hole(u, v):
    return (abs(u - 0.8) < 0.03) & (abs(v - 0.3) < 0.03)


@pytest.fixture(scope="module")
def dataset() -> xr.Dataset:
    return melting(shape=(61, 81), failed=hole)


@pytest.fixture(scope="module")
def plain() -> xr.Dataset:
    """Melt, melt and quartz, quartz: where it does not matter what the fields are."""
    parts = {phase("liq", LIQUID): lambda u, v: u - 0.3, phase("q"): lambda u, v: 0.8 - u}
    return made_up(parts, shape=(21, 17))


# The narrower leaves less room.
@pytest.fixture(scope="module", params=[88.0, pytest.param(180.0, marks=pytest.mark.slow)])
def figure(request, dataset):
    """A picture, measured as it is written to a file."""
    with matplotlib.rc_context(UNHINTED):
        yield plot(dataset, width_mm=request.param)


def test_no_label_overlaps_a_line_or_a_label(figure):
    assert len(texts(figure, "label", "number", "isopleth")) > 10
    assert overlaps(figure) == []


def test_nothing_is_cut_off(figure):
    figure.set_dpi(200)
    renderer = figure.canvas.get_renderer()
    width, height = figure.bbox.size
    for axes in figure.axes:
        written = axes.get_tightbbox(renderer)
        assert written.x0 >= -0.5
        assert written.y0 >= -0.5
        assert written.x1 <= width + 0.5
        assert written.y1 <= height + 0.5
    rows = [text.get_window_extent(renderer) for text in figure.axes[1].texts]
    for i, one in enumerate(rows):
        assert not any(one.overlaps(other) for other in rows[:i])
    axis = figure.axes[0].xaxis.get_tightbbox(renderer)
    assert axis.y0 > max(row.y1 for row in rows)


def test_every_field_that_can_be_seen_is_named(figure, dataset):
    assert unnamed(figure, find_fields(dataset)) == []


@pytest.mark.slow
def test_wider_paper_has_room_for_more_names(dataset):
    narrow, wide = (len(texts(plot(dataset, width_mm=mm), "label")) for mm in (88.0, 180.0))
    assert wide > narrow > 3


def test_size_on_paper(figure):
    width, height = figure.get_size_inches() * 25.4
    assert width == pytest.approx(88.0, abs=0.01) or width == pytest.approx(180.0, abs=0.01)
    assert 0.5 * width < height < 2.0 * width


def test_words(dataset, figure):
    axes = figure.axes[0]
    assert axes.get_xlabel() == "x (mole fraction of oxides)"
    assert axes.get_ylabel() == "Temperature (°C)"
    assert axes.get_title(loc="left") == "Made up"
    text = " ".join(below(figure))
    n_failed = int((dataset["status"] != 0).sum())
    assert n_failed > 0
    assert f"61 x 81 points, {n_failed} failed (hatched)." in text
    assert "3 kbar." in text
    assert "Database made-up (sha256 00000000), gibbsite 0.0.0." in text
    assert "solidus" in text
    assert "melt 20, 40, 60, 80 vol%" in text


def test_rocks_are_named(plain):
    section = gb.Section.from_toml("fig4c")
    figure = plot(plain.assign_attrs(section_toml=section.to_toml()), width_mm=180.0)
    label = "x (mole fraction of oxides, average-ibc → high-ti-glass)"
    assert figure.axes[0].get_xlabel() == label
    text = " ".join(below(figure))
    assert "x = 0: Average ilmenite-bearing cumulate, stand-in: SiO2 50.21, TiO2 7.98, " in text
    assert "K2O 0.11 wt%, normalised to 100." in text
    short = plot(
        plain.assign_attrs(section_toml=section.to_toml()), width_mm=180.0, caption="short"
    )
    text = " ".join(below(short))
    assert "x = 0: Average ilmenite-bearing cumulate, stand-in. x = 1: High-Ti glass" in text


def test_what_was_left_out_of_a_rock_is_told(plain):
    rock = gb.bulk("apollo-12-12009", ignore="outside")
    section = gb.Section.temperature_composition(
        rock,
        gb.bulk("high-ti-glass"),
        pressure_kbar=3.0,
        temperature_C=(1000.0, 1300.0, 3),
        steps=3,
        database="T21-Su26",
    )
    text = " ".join(below(plot(plain.assign_attrs(section_toml=section.to_toml()))))
    assert "normalised to 100 after MnO 0.28, P2O5 0.07 wt% were left out." in text


@pytest.mark.parametrize(
    ("water", "named"),
    [
        ({"open": {"H2O": 0.8}}, "Mid-ocean-ridge basalt (model): "),
        ({}, "Mid-ocean-ridge basalt, dry (model): "),
    ],
)
def test_a_rock_that_takes_up_water_is_not_called_dry(plain, water, named):
    section = gb.Section.temperature_composition(
        gb.bulk("n-morb", ignore="outside"),
        gb.bulk("high-ti-glass"),
        pressure_kbar=3.0,
        temperature_C=(1000.0, 1300.0, 3),
        steps=3,
        database="G25",
        **water,
    )
    text = " ".join(below(plot(plain.assign_attrs(section_toml=section.to_toml()))))
    assert named in text


def test_isopleths_are_told_from_lines_in_grey(dataset):
    figure = plot(dataset, style="grey")
    dashes = {
        gid: {str(c.get_linestyle()) for c in figure.axes[0].collections if c.get_gid() == gid}
        for gid in ("isopleth", "field")
    }
    assert dashes["isopleth"]
    assert not dashes["isopleth"] & dashes["field"]


def test_leaders_do_not_cross(figure):
    leaders = [shapely.LineString(path) for path in lines(figure, "leader")]
    assert not any(a.crosses(b) for i, a in enumerate(leaders) for b in leaders[:i])


def test_a_path_has_a_picture_of_its_own(tmp_path):
    run = gb.path(
        gb.bulk("n-morb", ignore="outside"),
        pressure_kbar=1.0,
        step_C=50.0,
        largest_share=0.5,
        until_melt_fraction=0.6,
        database="W24",
    )
    figure = plot(run, tmp_path / "path.png", width_mm=120.0)
    above, below_it = figure.axes
    assert above.get_ylabel() == "wt% of the rock"
    assert {text.get_text() for text in above.get_legend().get_texts()} >= {"liq", "ol"}
    tops = np.array([each.get_paths()[0].get_extents().y1 for each in above.collections])
    assert tops.max() == pytest.approx(100.0, abs=1e-6)  # melt and solids are all of the rock
    assert below_it.get_xlabel() == "MgO of the melt (wt%)"
    with pytest.raises(InputError, match="neither isopleths nor proofs"):
        plot(run, isopleths={"liq": [10.0]})


def test_what_a_rock_takes_up_is_inside_its_picture_and_told():
    run = gb.path(
        gb.bulk("n-morb", ignore="outside"),
        pressure_kbar=1.0,
        step_C=50.0,
        largest_share=0.5,
        until_melt_fraction=0.6,
        assimilate=gb.Assimilation(gb.bulk("high-al-basalt"), per_crystallised=0.5),
        database="W24",
    )
    figure = plot(run, width_mm=120.0)
    whole = 100.0 * (1.0 + float(run.assimilated_mass.max()))
    assert figure.axes[0].get_ylim()[1] == pytest.approx(whole, abs=1e-6)
    assert whole > 105.0
    assert "Assimilated: High-alumina basalt, dry, " in figure._supxlabel.get_text()


def test_the_axes_are_in_coordinates_of_the_section(figure):
    axes = figure.axes[0]
    assert axes.get_xlim() == (0.0, 1.0)
    assert axes.get_ylim() == (1000.0, 1300.0)


def test_shades_are_darker_where_the_variance_is_higher():
    for style in ("colour", "grey"):
        red, green, blue = STYLES[style].fills(8)[:, :3].T
        luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        assert (np.diff(luminance) < 0.0).all()
        assert luminance.min() > 0.35  # black text is read on all of them


def test_failed_points_are_hatched(dataset, figure):
    hatched = [patch for patch in figure.axes[0].patches if patch.get_gid() == "failed"]
    assert len(hatched) == 1
    assert hatched[0].get_hatch()
    middle = (0.3, 1240.0)
    assert hatched[0].get_path().contains_point(middle)
    assert "none failed" in " ".join(below(plot(melting(shape=(21, 21)))))


def test_solidus_is_drawn_along_the_first_melt():
    dataset = made_up(
        {phase("liq", LIQUID): lambda u, v: u - 0.3, phase("q"): lambda u, v: 0.8 - u}
    )
    figure = plot(dataset)
    (solidus,) = lines(figure, "solidus")
    np.testing.assert_allclose(solidus[:, 1], 1090.0, atol=0.1)
    (liquidus,) = lines(figure, "liquidus")
    np.testing.assert_allclose(liquidus[:, 1], 1240.0, atol=0.1)


def test_default_isopleths_only_with_melt():
    dry = made_up({phase("q"): lambda u, v: 1.0})
    assert texts(plot(dry), "isopleth") == []
    assert "melt" not in " ".join(below(plot(dry)))


def test_no_isopleths(plain):
    figure = plot(plain, isopleths={})
    assert lines(figure, "isopleth") == []


@pytest.mark.parametrize("wanted", ["ol.Fo", ["ol.Fo"], {"ol.Fo": "80"}, {"ol.Fo": [80.0, None]}])
def test_isopleths_are_levels_by_name(plain, wanted):
    with pytest.raises(InputError, match="isopleths"):
        plot(plain, isopleths=wanted)


def test_isopleths_of_a_mode():
    ramp = made_up(
        {phase("ol", SOLID): lambda u, v: 0.2 + 0.6 * v, phase("q"): lambda u, v: 0.8 - 0.6 * v}
    )
    (line,) = find_isopleths(ramp, {"ol": [50.0]})
    np.testing.assert_allclose(shapely.get_coordinates(line.path)[:, 0], 40.0, atol=1e-6)
    figure = plot(ramp, isopleths={"ol": [50.0, 150.0]})
    assert [text.get_text() for text in texts(figure, "isopleth")] == ["50"]
    assert "olivine 50 vol%" in below(figure)


def test_isopleths_of_composition_end_where_the_phase_does():
    half = made_up(
        {phase("ol"): lambda u, v: v - 0.413, phase("q"): lambda u, v: 1.0}, shape=(21, 41)
    )
    with_magnesium(half, lambda u, v: 0.1 + 0.8 * u)
    (line,) = find_isopleths(half, {"ol.Fo": [50.0]})
    x, y = shapely.get_coordinates(line.path).T
    np.testing.assert_allclose(y, 10.0)
    assert x.min() == np.ceil(0.413 * 40)
    assert "Fo of ol 50 mol%" in below(plot(half, isopleths={"ol.Fo": [50.0]}))


def test_isopleths_of_composition_reach_the_edge_of_the_field():
    half = with_magnesium(
        made_up(
            {phase("ol"): lambda u, v: v - 0.413, phase("q"): lambda u, v: 1.0}, shape=(21, 41)
        ),
        lambda u, v: 0.1 + 0.8 * u,
    )
    (line,) = find_isopleths(half, {"ol.Fo": [50.0]}, Rims(half, find_fields(half)))
    x, y = shapely.get_coordinates(line.path).T
    np.testing.assert_allclose(y, 10.0)
    assert x.min() == pytest.approx(0.413 * 40, abs=0.01)
    assert x.max() == 40.0


def test_isopleths_of_composition_go_on_in_the_next_field():
    """As one line where the composition is smooth, and not at all along a jump."""
    two = made_up({phase("ol"): lambda u, v: 1.0, phase("q"): lambda u, v: v - 0.413})
    smooth = with_magnesium(two, lambda u, v: 0.2 + 0.5 * u + 0.1 * v)
    (line,) = find_isopleths(smooth, {"ol.Fo": [50.0]}, Rims(smooth, find_fields(smooth)))
    assert len(shapely.get_parts(line.path)) == 1
    jumping = with_magnesium(two, lambda u, v: np.where(v > 0.413, 0.8, 0.2))
    assert find_isopleths(jumping, {"ol.Fo": [50.0]}, Rims(jumping, find_fields(jumping))) == []


def with_magnesium(dataset, share):
    """Give olivine a ratio of MgO to MgO + FeO that is a function of (u, v), 0 to 1."""
    ny, nx = dataset["status"].shape
    u, v = np.meshgrid(np.linspace(0, 1, ny), np.linspace(0, 1, nx), indexing="ij")
    slot = dataset["phase_name"].values.tolist().index("ol")
    here = dataset["phase_id"].values[..., slot] == slot
    oxides = dataset["phase_composition_mol"].values
    columns = dataset["component"].values.tolist()
    magnesium = share(u, v)
    oxides[..., slot, columns.index("MgO")] = np.where(here, magnesium, 0.0)
    oxides[..., slot, columns.index("FeO")] = np.where(here, 1.0 - magnesium, 0.0)
    return dataset


def test_a_range_of_compositions_is_a_quantity():
    """Augite and pigeonite by name, whichever instance they are."""
    both = made_up(
        {
            phase("cpx", AUGITE): lambda u, v: 0.5,
            phase("cpx", PIGEONITE, 1): lambda u, v: 0.5 * (v > 0.5) + 0.0 * u,
        },
        shape=(5, 9),
    )
    augite, pigeonite = (quantity_values(both, f"{name}.Wo") for name in ("aug", "pig"))
    np.testing.assert_allclose(augite, 30.0)
    assert np.isnan(pigeonite[:, :5]).all()
    np.testing.assert_allclose(pigeonite[:, 5:], 6.0)
    np.testing.assert_allclose(quantity_values(both, "pig")[0], [0.0] * 5 + [50.0] * 4)
    with pytest.raises(InputError, match="no phase 'pl'"):
        quantity_values(both, "pl.An")


def test_a_long_part_of_an_isopleth_has_its_own_label():
    """A ridge has the same level on both sides, far from each other."""
    ridge = made_up(
        {
            phase("ol"): lambda u, v: 0.9 - 1.4 * abs(v - 0.5),
            phase("q"): lambda u, v: 1.4 * abs(v - 0.5) + 0.1,
        }
    )
    figure = plot(ridge, isopleths={"ol": [40.0]})
    labels = texts(figure, "isopleth")
    assert {text.get_text() for text in labels} == {"40"}
    middle = np.mean(figure.axes[0].get_xlim())
    assert {text.get_position()[0] > middle for text in labels} == {True, False}


def test_isopleths_of_density(dataset):
    (line,) = find_isopleths(melting(), {"density": [3200.0]})
    column, row = shapely.get_coordinates(line.path).T
    np.testing.assert_allclose(3000.0 + 500.0 * row / 60.0 - 200.0 * column / 80.0, 3200.0)


def test_two_quantities_are_told_apart(plain):
    figure = plot(plain, isopleths={"liq": [50.0], "density": [3200.0]})
    styles = {
        str(collection.get_linestyle())
        for collection in figure.axes[0].collections
        if collection.get_gid() == "isopleth"
    }
    assert len(styles) == 2
    assert len({text.get_color() for text in texts(figure, "isopleth")}) == 2


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("olv", "no phase 'olv': did you mean 'ol'"),
        ("ol.Foo", "did you mean 'Fo'"),
        ("olv.Fo", "no phase 'olv'"),
        ("mu.SiO", "did you mean 'SiO2'"),
        ("entropy", "needs entropy, which this result does not keep"),
        ("mu.SiO2", "needs chemical_potential, which this result does not keep"),
    ],
)
def test_isopleths_of_what_there_is_not(dataset, wanted, says):
    with pytest.raises(InputError, match=says):
        plot(dataset, isopleths={wanted: [1.0]})


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [
        ("png", b"\x89PNG"),
        *(
            pytest.param(*each, marks=pytest.mark.slow)
            for each in (("pdf", b"%PDF-1.4"), ("SVG", b"<?xml"))
        ),
    ],
)
def test_formats(plain, tmp_path, suffix, begins):
    path = tmp_path / f"a.{suffix}"
    plot(plain, path, dpi=100)
    assert path.read_bytes().startswith(begins)
    first = path.read_bytes()
    plot(plain, path, dpi=100)
    assert path.read_bytes() == first


def test_resolution(plain, tmp_path):
    from PIL import Image

    plot(plain, tmp_path / "a.png", width_mm=88.0, dpi=200)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size[0] == pytest.approx(88.0 / 25.4 * 200, abs=1)


@pytest.mark.parametrize("name", ["a.jpg", "a"])
def test_another_suffix_is_refused(plain, tmp_path, name):
    with pytest.raises(InputError, match=r"must end in \.png, \.pdf or \.svg"):
        plot(plain, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_cannot_be_written(plain, tmp_path):
    with pytest.raises(StoreError, match="cannot be written"):
        plot(plain, tmp_path / "no" / "a.png")


def test_a_list_in_no_order_is_refused():
    points = melting(shape=(5, 6)).stack(point=("temperature_C", "x"), create_index=False)
    with pytest.raises(InputError, match="jump about"):
        plot(points)


def test_a_row_or_a_list_is_drawn_along_what_changes():
    """Each phase fills its volume; a point without an answer is left out, and told."""
    section = melting(shape=(9, 6))
    row = section.isel(x=2)
    row["status"][3] = 2
    figure = plot(row, axes={"temperature": "K"})
    axes = figure.axes[0]
    assert axes.get_xlabel() == "Temperature (K)"
    temperature = row["temperature_C"].values
    np.testing.assert_allclose(axes.get_xlim(), temperature[[0, -1]])
    keys = [text.get_text() for text in axes.get_legend().get_texts()][::-1]
    modes = np.cumsum([row.gb.mode(key).values for key in keys], axis=0)
    np.testing.assert_allclose(modes[-1][np.arange(9) != 3], 1.0)
    for layer, whole in zip(axes.collections, modes, strict=True):
        corners = layer.get_paths()[0].vertices
        for t, share in zip(np.delete(temperature, 3), np.delete(whole, 3), strict=True):
            assert np.abs(corners - [t, 100.0 * share]).sum(axis=1).min() < 1e-9
        assert not (corners[:, 0] == temperature[3]).any()
    assert "1 failed" in figure.get_supxlabel()
    listed = row.rename(temperature_C="point").assign_coords(temperature_C=("point", temperature))
    backwards = listed.drop_vars("point").isel(point=slice(None, None, -1))
    again = plot(backwards).axes[0]
    assert again.get_xlabel() == "Temperature (°C)"
    np.testing.assert_array_equal(
        again.collections[0].get_paths()[0].vertices, axes.collections[0].get_paths()[0].vertices
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"names": "warren"}, "did you mean 'warr'"),
        ({"style": "gray"}, "did you mean 'grey'"),
        ({"width_mm": 10.0}, "width_mm = 10 is outside 60 to 2000 mm"),
        ({"width_mm": 1e9}, r"width_mm = 1e\+09 is outside 60 to 2000 mm"),
        ({"width_mm": float("nan")}, "width_mm = nan is outside 60 to 2000 mm"),
        ({"width_mm": "wide"}, "width_mm = 'wide' is not a number"),
        ({"dpi": 1e9}, r"dpi = 1e\+09 is outside 1 to 2400"),
        ({"dpi": 2400.0, "width_mm": 2000.0}, "makes 188,976 dots of 2000 mm"),
    ],
)
def test_wrong_arguments(plain, wrong, says):
    with pytest.raises(InputError, match=says):
        plot(plain, **wrong)


@pytest.mark.slow
def test_names_by_convention(dataset):
    figure = plot(dataset, names="warr")
    written = {text.get_text().replace("\n", " ") for text in texts(figure, "label")}
    assert "Liq Aug Pgt Ilm" in written


@pytest.mark.parametrize("style", ["grey", "lines", "slides", Style(colormap="viridis_r")])
def test_styles(plain, style):
    assert texts(plot(plain, style=style), "label")


def test_shades_that_are_all_white_are_not_explained(plain):
    assert "variance" in below(plot(plain))
    assert "variance" not in below(plot(plain, style="lines"))


def test_nothing_but_failed_points():
    dataset = made_up({phase("q"): lambda u, v: 1.0}, failed=lambda u, v: u > -1.0)
    assert "4941 failed" in " ".join(below(plot(dataset)))


@pytest.mark.slow
def test_from_a_file(tmp_path):
    from fake_section import TABLES, FakeSection, solve

    from gibbsite._running.compute import compute

    path = tmp_path / "a.h5"
    compute(FakeSection(n=12), path, tile_function=solve, tables=TABLES).close()
    figure = plot(path, tmp_path / "a.png", dpi=50)
    assert figure.axes[0].get_title(loc="left") == "fake"
    assert (tmp_path / "a.png").exists()


def test_broken():
    names = ("liq", "aug", "pig", "pl", "ilm")
    assert broken(names, 1) == "liq aug pig pl ilm"
    assert broken(names, 2) == "liq aug\npig pl ilm"
    assert broken(names, 5) == "liq\naug\npig\npl\nilm"


@pytest.mark.parametrize(
    ("angle", "read"), [(0, 0), (90, 90), (-90, 90), (-60, -60), (-80, 100), (180, 0), (120, -60)]
)
def test_text_is_never_on_its_head(angle, read):
    assert upright(angle) == pytest.approx(read)


def test_a_field_without_room_gets_a_leader():
    sliver = shapely.box(50.0, 0.0, 51.0, 100.0)
    wide = shapely.box(0.0, 0.0, 50.0, 100.0), shapely.box(51.0, 0.0, 100.0, 100.0)
    placed = place_labels(
        [
            Wanted(wide[0], ("liq",), True),
            Wanted(wide[1], ("q",), True),
            Wanted(sliver, ("liq", "q"), True),
        ],
        [sliver.exterior],
        [],
        lambda text, size, weight="normal": (4.0 * len(text), 6.0),
        Style(),
    )
    assert set(placed.labels) == {0, 1}
    leader = placed.numbers[2].leader
    assert sliver.covers(shapely.Point(leader.coords[-1]))
    assert not sliver.intersects(placed.numbers[2].box)


@pytest.mark.slow
def test_points_that_are_only_searched_are_dotted_on_request(plain):
    """And the caption says how many; without the wish nothing is drawn of it."""
    section = plain
    bits = np.ones((*section["status"].shape, section.sizes["phase"]), np.int8)
    bits[: len(bits) // 2, :, 0] = 0
    proved = section.assign(proof=((*section["status"].dims, "phase"), bits))
    shown = 100.0 * (len(bits) // 2) / len(bits)
    said = " ".join(below(plot(proved, proof=True))).replace("\n", " ")
    assert f"{shown:.1f} % of them searched, not proved (dotted)" in said
    assert "searched" not in " ".join(below(plot(proved)))


def test_a_label_beyond_the_frame_stays_on_the_paper():
    """An isopleth too short for its label leaves through the right edge; the margin is wide or narrow."""
    frame, short = shapely.box(0, 0, 100, 100), shapely.MultiLineString([[(95, 50), (100, 50)]])

    def placed(margin):
        page = shapely.box(-20, 0, 100 + margin, 200)
        found = place_on_lines(
            [short], ["1234.5"], [], frame, page, lambda text, size: (20.0, 6.0), 6.0
        )
        return [label.box for labels in found.values() for label in labels]

    (box,) = placed(30.0)
    assert box.bounds[0] > 100.0
    assert placed(10.0) == []


def _labels_of(path):
    frame = shapely.box(0, 0, 600, 100)
    found = place_on_lines([path], ["20"], [], frame, frame, lambda text, size: (8.0, 4.0), 6.0)
    return [label.box for labels in found.values() for label in labels]


def test_a_long_isopleth_is_labelled_again_and_again():
    """However it is merged: one that runs on through several fields is told in each of them."""
    boxes = _labels_of(shapely.MultiLineString([[(0, 50), (600, 50)]]))
    assert len(boxes) >= 3
    assert min(a.distance(b) for a, b in itertools.combinations(boxes, 2)) >= LONG


def test_each_part_of_an_isopleth_has_its_label():
    """Unless it is short, or beside the label of another."""
    apart = [[(10, 10), (50, 10)], [(200, 50), (240, 50)], [(500, 90), (540, 90)]]
    assert len(_labels_of(shapely.MultiLineString(apart))) == 3
    short = [*apart, [(300, 10), (330, 10)]]
    assert len(_labels_of(shapely.MultiLineString(short))) == 3
    beside = [*apart, [(200, 60), (240, 60)]]
    assert len(_labels_of(shapely.MultiLineString(beside))) == 3


def test_the_caption_of_a_list_tells_its_rock():
    """Where it is the same at all points."""
    rock = gb.bulk(wt={"SiO2": 60.0, "MgO": 40.0})
    line = gb.equilibria(rock, pressure_kbar=1.0, temperature_C=[900.0, 1000.0], database="W24")
    assert "SiO2 60.00, MgO 40.00 wt%" in plot(line).get_supxlabel()
    assert "SiO2" not in plot(line, caption="short").get_supxlabel()
    other = gb.bulk(wt={"SiO2": 61.0, "MgO": 39.0})
    mixed = gb.equilibria([rock, other], pressure_kbar=1.0, temperature_C=900.0, database="W24")
    assert "SiO2" not in plot(mixed).get_supxlabel()

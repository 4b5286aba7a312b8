"""Fields of diagrams made of known functions: areas, variance, outlines, and nothing lost."""

import numpy as np
import pytest
import shapely
from drawn_section import (
    ALKALI_FELDSPAR,
    AUGITE,
    LIQUID,
    PIGEONITE,
    PLAGIOCLASE,
    made_up,
    melting,
    phase,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gibbsite._drawing.boundaries import Crossings
from gibbsite._drawing.fields import FAILED, find_fields
from gibbsite._drawing.partition import partition
from gibbsite.errors import InputError


def circle(**options):
    """Melt inside a circle of radius 0.3 around the middle."""
    return made_up(
        {
            phase("liq", LIQUID): lambda u, v: 0.09 - (u - 0.5) ** 2 - (v - 0.5) ** 2,
            phase("q"): lambda u, v: 1.0,
        },
        **options,
    )


def by_phases(fields):
    return {field.phases: field for field in fields.fields}


def unit(geometry):
    """Coordinates of the axes as shares of their lengths."""
    return shapely.transform(geometry, lambda xy: (xy - [0.0, 1000.0]) / [1.0, 300.0])


def test_a_circle():
    fields = find_fields(circle())
    found = by_phases(fields)
    assert set(found) == {("liq", "q"), ("q",)}
    area = np.pi * 0.09
    assert found["liq", "q"].area_fraction == pytest.approx(area, abs=1e-3)
    assert found["q",].area_fraction == pytest.approx(1.0 - area, abs=1e-3)
    assert len(found["q",].outline.interiors) == 1
    line = unit(fields.boundary("liq"))
    radius = np.hypot(*(shapely.get_coordinates(line) - 0.5).T)
    np.testing.assert_allclose(radius, 0.3, atol=0.05 / 60)  # a twentieth of a cell


def test_variance_counts_the_components_there_are():
    found = by_phases(find_fields(circle()))
    assert found["liq", "q"].components == 9
    assert found["liq", "q"].variance == 9
    assert found["q",].variance == 10
    found = by_phases(find_fields(circle(absent=("Cr2O3", "K2O"))))
    assert found["liq", "q"].variance == 7


def test_without_the_bulk_all_components_count():
    dataset = circle(absent=("Cr2O3",)).drop_vars("bulk_mol")
    assert by_phases(find_fields(dataset))["q",].variance == 10


def test_two_instances_are_told_from_one():
    dataset = made_up(
        {
            phase("cpx", AUGITE): lambda u, v: 1.0,
            phase("cpx", PIGEONITE, 1): lambda u, v: v - 0.4,
        }
    )
    fields = find_fields(dataset)
    found = by_phases(fields)
    assert set(found) == {("cpx",), ("cpx", "cpx")}
    assert found["cpx", "cpx"].names == (
        ("aug", "pig"),
        ("augite", "pigeonite"),
        ("Aug", "Pgt"),
    )
    assert found["cpx",].names[0] == ("cpx",)
    assert found["cpx", "cpx"].variance == found["cpx",].variance - 1
    assert found["cpx",].area_fraction == pytest.approx(0.4, abs=1e-4)


def test_the_first_instance_may_be_the_one_that_runs_out():
    """The one that stays is numbered 0 on one side of the line and 1 on the other."""
    dataset = made_up(
        {
            phase("cpx", AUGITE): lambda u, v: v - 0.413,
            phase("cpx", PIGEONITE, 1): lambda u, v: 2.0 - v,
        }
    )
    found = by_phases(find_fields(dataset))
    assert found["cpx",].area_fraction == pytest.approx(0.413, abs=1e-4)


def test_a_lone_feldspar_is_named_by_its_composition():
    for composition, names in (
        (PLAGIOCLASE, ("pl", "plagioclase", "Pl")),
        (ALKALI_FELDSPAR, ("afs", "alkali feldspar", "Afs")),
    ):
        dataset = made_up({phase("fsp", composition): lambda u, v: 1.0})
        (field,) = find_fields(dataset).fields
        assert tuple(name for (name,) in field.names) == names


def test_failed_points_are_holes():
    def failed(u, v):
        return (abs(u - 0.5) < 0.09) & (abs(v - 0.25) < 0.0601)

    fields = find_fields(made_up({phase("q"): lambda u, v: 1.0}, failed=failed))
    assert fields.n_failed == 11 * 9
    (field,) = fields.fields
    assert len(field.outline.interiors) == 1
    assert field.area_fraction + unit(fields.failed).area == pytest.approx(1.0)
    assert field.area_fraction == pytest.approx(1.0 - 11 * 9 / (60 * 80), abs=2e-3)
    assert (fields.labels == FAILED).sum() == fields.n_failed
    assert fields.boundary("q").is_empty


def test_no_point_answered():
    fields = find_fields(made_up({phase("q"): lambda u, v: 1.0}, failed=lambda u, v: u > -1.0))
    assert fields.fields == ()
    assert unit(fields.failed).area == pytest.approx(1.0)


def test_fields_one_point_wide_stay():
    """A band narrower than a cell, aslant, and a field of a single point."""
    dataset = made_up(
        {
            phase("q"): lambda u, v: 1.0,
            phase("ru"): lambda u, v: 0.009 - abs(u - v),
            phase("cor"): lambda u, v: 1e-5 - (u - 0.25) ** 2 - (v - 0.75) ** 2,
        },
        shape=(81, 81),
    )
    fields = find_fields(dataset)
    found = [field.phases for field in fields.fields]
    assert sorted(found) == [("cor", "q"), ("q",), ("q",), ("ru", "q")]
    point = by_phases(fields)["cor", "q"]
    assert point.points == 1
    assert point.area_fraction > 0.0


@pytest.mark.parametrize("shape", [(31, 41), (61, 81), (121, 161)])
def test_the_fields_fill_the_diagram_once(shape):
    fields = find_fields(melting(shape=shape))
    outlines = [field.outline for field in fields.fields]
    assert all(outline.is_valid for outline in outlines)
    assert sum(field.area_fraction for field in fields.fields) == pytest.approx(1.0)
    assert shapely.union_all(outlines).area == pytest.approx(300.0)
    assert sum(field.points for field in fields.fields) == shape[0] * shape[1]


def test_every_point_is_inside_its_field():
    dataset = melting(shape=(41, 51))
    fields = find_fields(dataset)
    x, y = np.meshgrid(dataset["x"].values, dataset["temperature_C"].values)
    for i, field in enumerate(fields.fields):
        np.testing.assert_array_equal(
            shapely.intersects_xy(field.outline, x, y), fields.labels == i
        )


@settings(deadline=None, max_examples=60)
@given(
    hnp.arrays(
        np.int64,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=9),
        elements=st.integers(0, 3),
    ),
    st.randoms(use_true_random=False),
)
def test_any_labels_make_a_partition(labels, random):
    """Checkerboards, speckles, four labels around a cell: no gap, no overlap, nothing lost."""
    ny, nx = labels.shape
    rng = np.random.default_rng(random.randrange(2**32))
    across, upward = rng.random((ny, nx - 1)), rng.random((ny - 1, nx))
    sure = rng.random((ny, nx - 1)) < 0.5, rng.random((ny - 1, nx)) < 0.5
    x, y = np.arange(nx, dtype=float), np.arange(ny, dtype=float)
    parts = partition(labels, Crossings(across, upward, *sure), x, y)
    n = parts.regions.max() + 1
    assert len(parts.polygons) == n
    assert all(polygon.is_valid for polygon in parts.polygons)
    assert shapely.area(parts.polygons).sum() == pytest.approx((nx - 1) * (ny - 1))
    for region, polygon in enumerate(parts.polygons):
        inside = shapely.intersects_xy(polygon, *np.meshgrid(x, y))
        np.testing.assert_array_equal(inside, parts.regions == region)
        assert len(np.unique(labels[parts.regions == region])) == 1


def test_lines_hardly_depend_on_the_grid():
    """Against a grid four times finer, in cells: good lines, and triple points within a cell."""
    coarse, fine = (
        unit(shapely.union_all([line.path for line in find_fields(melting(shape=shape)).lines]))
        for shape in ((61, 61), (241, 241))
    )
    points = shapely.points(shapely.get_coordinates(shapely.segmentize(coarse, 0.2 / 60)))
    distance = 60.0 * shapely.distance(points, fine)
    assert np.median(distance) < 0.01
    assert np.quantile(distance, 0.9) < 0.1
    assert distance.max() < 0.8


def test_solidus_and_liquidus():
    dataset = made_up(
        {
            phase("liq", LIQUID): lambda u, v: u - 0.3,
            phase("q"): lambda u, v: 0.8 - u,
        }
    )
    fields = find_fields(dataset)
    assert fields.solidus.bounds == pytest.approx((0.0, 1090.0, 1.0, 1090.0), abs=0.1)
    assert fields.liquidus.bounds == pytest.approx((0.0, 1240.0, 1.0, 1240.0), abs=0.1)
    assert find_fields(made_up({phase("q"): lambda u, v: 1.0})).solidus.is_empty


def test_axes_may_be_any_two():
    dataset = circle(axes=("pressure_kbar", "temperature_C"), spans=((1.0, 4.0), (1000.0, 1400.0)))
    fields = find_fields(dataset)
    assert fields.axes == ("pressure_kbar", "temperature_C")
    middle = by_phases(fields)["liq", "q"].outline.centroid
    assert (middle.x, middle.y) == pytest.approx((1200.0, 2.5), abs=0.5)


def test_dimensions_in_another_order():
    dataset = melting()
    turned = dataset.transpose("slot", "component", ...)
    expected = [field.area_fraction for field in find_fields(dataset).fields]
    assert [field.area_fraction for field in find_fields(turned).fields] == expected


def test_a_list_of_points_is_refused():
    dataset = melting(shape=(5, 6)).stack(point=("temperature_C", "x"), create_index=False)
    with pytest.raises(InputError, match=r"list of 30 points; a diagram needs a grid"):
        find_fields(dataset)


def test_a_single_row_is_refused():
    dataset = melting().isel(temperature_C=slice(3, 4))
    with pytest.raises(InputError, match=r"two axes .* temperature_C \(1\) x x \(81\)"):
        find_fields(dataset)


def test_something_else_is_refused():
    with pytest.raises(InputError, match="no result of gibbsite"):
        find_fields(melting().drop_vars("phase_id"))

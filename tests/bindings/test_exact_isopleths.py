"""Isopleths in a diagram with exact lines: true at the edges of fields, and whole through thin ones."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

import gibbsite as gb
from gibbsite._drawing.bends import bend
from gibbsite._drawing.exact import fields_of
from gibbsite._drawing.isopleths import find_isopleths, round_levels
from gibbsite._drawing.mesh import Mesh
from gibbsite._drawing.rims import Rims, on_grid
from gibbsite._drawing.roots import find_roots

QUANTITY = "cpx.Mg#"
ROCK = gb.bulk(
    mol={"SiO2": 0.561994, "TiO2": 0.01724, "Al2O3": 0.08208, "Cr2O3": 0.000211, "FeO": 0.108942,
         "MgO": 0.122617, "CaO": 0.095689, "Na2O": 0.00722, "K2O": 0.004009},
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.compiled
def test_isopleths_go_on_through_fields_without_a_point_of_the_grid(tmp_path, caplog):
    """Garnet and two pyroxenes come in within a kilobar; the points are more than one apart."""
    section = gb.Section.pressure_temperature(
        ROCK, pressure_kbar=(8.0, 11.5, 4), temperature_C=(790.0, 840.0, 4), database="W24"
    )
    path = tmp_path / "a.h5"
    gb.compute(section, path, progress=False, prove=False).close()
    gb.trace(path)
    with gb.open(path) as dataset:
        fields = fields_of(dataset)
        assert min(field.points for field in fields.fields if "cpx" in field.phases) == 0
        found = find_isopleths(dataset, {QUANTITY: [64.0, 66.0, 68.0]}, Rims(dataset, fields))
        y, x = (dataset[name].values for name in fields.axes)
        other = dataset.assign_attrs(database_sha256="0" * 64)
        assert find_isopleths(other, {QUANTITY: [66.0]}, Rims(other, fields))
        assert "isopleths are drawn from its points" in caplog.text
        outlines = [on_grid(dataset, fields, field.outline) for field in fields.fields]
    edges = shapely.union_all([shapely.boundary(each) for each in outlines])
    crossed = 0
    for line in found:
        parts = shapely.get_parts(line.path)
        assert len(parts) == 1
        for column, row in shapely.get_coordinates(parts[0])[[0, -1]]:  # it ends at the frame
            assert column in (0.0, 3.0) or row in (0.0, 3.0)
        column, row = shapely.get_coordinates(shapely.intersection(line.path, edges)).T
        crossed += len(column) - 2  # those are on the frame
        answers = gb.equilibria(
            ROCK,
            pressure_kbar=np.interp(row, np.arange(len(y)), y),
            temperature_C=np.interp(column, np.arange(len(x)), x),
            database="W24",
        )
        np.testing.assert_allclose(answers.gb.quantity(QUANTITY), line.level, atol=0.06)
    assert crossed > 0


@pytest.mark.compiled
@pytest.mark.parametrize(
    "quantity", ["cpx.Mg#", *(pytest.param(q, marks=pytest.mark.slow) for q in ("liq", "density"))]
)
def test_every_place_of_an_isopleth_has_its_value(ibc, quantity):
    """On a coarse grid: all places are solved for, and where each is solved alone it is on the line."""
    dataset, fields, rims = ibc
    values = dataset.gb.quantity(quantity).values
    width = float(np.nanmax(values) - np.nanmin(values))
    found = find_isopleths(
        dataset, {quantity: round_levels(np.nanmin(values), np.nanmax(values))}, rims
    )
    assert len(found) > 2
    assert rims.unmet == 0
    # but the ends: at a jump either side may be the one that is found alone
    parts = [
        (shapely.get_coordinates(part)[1:-1], line.level)
        for line in found
        for part in shapely.get_parts(line.path)
    ]
    column, row = np.vstack([places for places, _ in parts]).T
    level = np.concatenate([np.full(len(places), at) for places, at in parts])
    temperature, x = (dataset[name].values for name in fields.axes)
    at = np.interp(column, np.arange(len(x)), x)[:, None]
    first, last = (dataset["bulk_mol"].values[0, k] for k in (0, -1))
    alone = gb.equilibria(
        first + at * (last - first),
        pressure_kbar=3.0,
        temperature_C=np.interp(row, np.arange(len(temperature)), temperature),
        database="T21-Su26",
    )
    off = np.abs(alone.gb.quantity(quantity).values - level) / width
    assert np.median(off) < 1e-9
    assert np.quantile(off, 0.9) < 1e-6
    # on an edge of a field, right to 0.001 degrees, either assemblage may be the one that is found
    assert off.max() < 2e-3


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("quantity", ["liq", "liq.MgO", "density"])
def test_between_its_places_an_isopleth_is_as_curved_as_what_it_is_of(ibc, quantity):
    """On a coarse grid no chord strays from it by more than is seen, whatever the distance of points."""
    dataset, fields, rims = ibc
    values = dataset.gb.quantity(quantity).values
    levels = round_levels(np.nanmin(values), np.nanmax(values))
    high = max(fields.labels.shape) - 1.0
    turned = 0.0
    tree = shapely.STRtree([on_grid(dataset, fields, field.outline) for field in fields.fields])
    for line in find_isopleths(dataset, {quantity: levels}, rims):
        for part in shapely.get_parts(line.path):
            at = shapely.get_coordinates(part)
            middle, ahead = 0.5 * (at[1:] + at[:-1]), np.diff(at, axis=0)
            aside = np.column_stack([-ahead[:, 1], ahead[:, 0]])
            aside *= 0.001 * high / np.hypot(*ahead.T)[:, None]
            sides = []
            for sign in (-1.0, 1.0):
                places = middle + sign * aside
                number = tree.nearest(shapely.points(places))
                sides.append(rims._at(quantity, number, places) - line.level)
            # a tenth of a per cent of the diagram to either side it is already more, or less; but at jumps
            split = np.sign(sides[0]) != np.sign(sides[1])
            told = np.isfinite(sides[0]) & np.isfinite(sides[1])
            assert split[told].mean() > 0.95
            angle = np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0]))
            turned = max(turned, float(np.ptp(angle)))
    assert turned > 0.1


def test_chords_are_bent_to_the_curve_they_stand_for():
    """Of a circle: all places are on it, in order, and the chords between them as near as asked."""
    angle = np.linspace(0.0, 1.5, 4)
    corners = np.column_stack([np.cos(angle), np.sin(angle)])
    chords = np.stack([corners[:-1], corners[1:]], axis=1)

    def off(which, places):
        value = np.sum(places**2, axis=1) - 1.0
        return np.where(which == 1, np.nan, value)

    first, unknown, last = bend(off, chords, 1e-5, 1e-9)
    np.testing.assert_array_equal(unknown, chords[1])
    for curve, chord in ((first, chords[0]), (last, chords[2])):
        np.testing.assert_allclose(curve[[0, -1]], chord)
        np.testing.assert_allclose(np.hypot(*curve.T), 1.0, atol=1e-9)
        assert (np.diff(np.arctan2(curve[:, 1], curve[:, 0])) > 0.0).all()
        assert np.hypot(*(0.5 * (curve[1:] + curve[:-1])).T).min() > 1.0 - 4e-5
        assert 4 < len(curve) < 70
    assert bend(off, chords[:0], 1e-5, 1e-9) == []


@pytest.mark.compiled
def test_a_value_that_is_nowhere_has_no_line(ibc):
    """Nothing is left to be solved for then, neither a root nor an assemblage."""
    dataset, _, rims = ibc
    assert find_isopleths(dataset, {"ol/liq.Kd": [5.0, 6.0]}, rims) == []
    assert rims._within.solve(np.zeros(0, np.int64), np.zeros((0, 2))).sizes["point"] == 0


@pytest.mark.compiled
def test_isopleths_end_at_the_frame_or_where_their_phase_does(ibc):
    """Neither kinks at edges of fields nor vertices of an outline on one line interrupt them."""
    dataset, fields, rims = ibc
    high = np.array(fields.labels.shape[::-1]) - 1.0
    for quantity, levels in {"liq": [20.0, 40.0, 60.0, 80.0], "density": [3200.0, 3300.0]}.items():
        for line in find_isopleths(dataset, {quantity: levels}, rims):
            ends = shapely.get_coordinates(shapely.boundary(line.path))
            assert len(ends) == 2 * len(shapely.get_parts(line.path))
            assert ((ends < 1e-9) | (ends > high - 1e-9)).any(axis=1).all()
    outlines = [on_grid(dataset, fields, field.outline) for field in fields.fields]
    with_olivine = shapely.union_all(
        [o for o, field in zip(outlines, fields.fields, strict=True) if "ol" in field.phases]
    )
    for line in find_isopleths(dataset, {"ol.Fo": [30.0, 35.0, 40.0, 45.0]}, rims):
        for end in shapely.get_parts(shapely.boundary(line.path)):
            assert end.distance(with_olivine.boundary) < 1e-4


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("which", ["fig4c", "morb_qfm"])
def test_assemblages_within_fields_are_those_of_the_points(which, ibc, tmp_path):
    """Solved from elsewhere in the field, all is as at the points; along a buffer potentials, too."""
    if which == "fig4c":
        dataset, fields, rims = ibc
    else:
        plan = gb.Section.from_toml(which)
        small = replace(
            plan, rows=replace(plan.rows, points=9), columns=replace(plan.columns, points=7)
        )
        path = tmp_path / "a.h5"
        gb.compute(small, path, progress=False, prove=False).close()
        gb.trace(path)
        dataset = gb.open(path)
        fields = fields_of(dataset)
        rims = Rims(dataset, fields)
    row, column = np.nonzero(fields.labels >= 0)
    places = rims._on_axes(np.column_stack([column, row]).astype(float))
    found = rims._within.solve(fields.labels[row, column], places)
    told = found["status"].values == 0
    assert told.mean() > 0.97
    for quantity in ("liq", "density", "entropy", "gibbs_energy", "rock.mu.SiO2", "liq.MgO"):
        here = found.gb.quantity(quantity).values
        stored = dataset.gb.quantity(quantity).values[row, column]
        np.testing.assert_allclose(here[told], stored[told], rtol=1e-6, atol=1e-6)
    if which != "fig4c":
        oxygen = dataset.gb.quantity("rock.mu.O").values[row, column]
        np.testing.assert_allclose(
            found.gb.quantity("rock.mu.O").values[told], oxygen[told], rtol=1e-9
        )
        dataset.close()


@pytest.mark.compiled
def test_an_assemblage_that_lacks_a_phase_is_none(ibc):
    """Above its liquidus a rock would need a negative amount of clinopyroxene."""
    _, fields, rims = ibc
    number = next(i for i, field in enumerate(fields.fields) if field.phases == ("liq", "cpx"))
    found = rims._within.solve(
        np.array([number, number]), np.array([[0.1, 1290.0], [0.55, 1299.0]])
    )
    assert found["status"].values[0] == 0
    assert found["status"].values[1] != 0


@pytest.fixture(scope="module")
def ibc(tmp_path_factory):
    """The shipped section of mixtures, 21 x 21 points, with its lines."""
    plan = gb.Section.from_toml("fig4c")
    small = replace(
        plan, rows=replace(plan.rows, points=21), columns=replace(plan.columns, points=21)
    )
    path = tmp_path_factory.mktemp("ibc") / "a.h5"
    gb.compute(small, path, progress=False, prove=False).close()
    gb.trace(path)
    with gb.open(path) as dataset:
        fields = fields_of(dataset)
        yield dataset, fields, Rims(dataset, fields)


@pytest.mark.slow
@pytest.mark.compiled
def test_isopleths_of_olivine_are_those_of_a_binary_loop(tmp_path):
    """Forsterite to fayalite: Fo is 1 - x in olivine; in the loop it tells T, and the lever rule melt."""
    section = gb.Section.temperature_composition(
        gb.bulk(mol={"MgO": 2.0, "SiO2": 1.0}),
        gb.bulk(mol={"FeO": 2.0, "SiO2": 1.0}),
        pressure_kbar=0.001,
        temperature_C=(1150.0, 1950.0, 21),
        steps=15,
        database="W24",
    )
    path = tmp_path / "a.h5"
    gb.compute(section, path, progress=False, prove=False).close()
    gb.trace(path)
    with gb.open(path) as dataset:
        fields = fields_of(dataset)
        rims = Rims(dataset, fields)
        temperature, x = (dataset[name].values for name in fields.axes)

        def at(level, quantity):
            (line,) = find_isopleths(dataset, {quantity: [level]}, rims)
            assert len(shapely.get_parts(line.path)) == 1
            places = shapely.get_coordinates(line.path)
            return [
                np.interp(places[:, k], np.arange(len(axis)), axis)
                for k, axis in enumerate((x, temperature))
            ]

        for level in (20.0, 50.0, 80.0):
            share, degrees = at(level, "ol.Fo")
            in_loop = share > 1.0 - level / 100.0 + 1e-6
            assert 3 < in_loop.sum() < len(share) - 3
            np.testing.assert_allclose(share[~in_loop], 1.0 - level / 100.0, atol=1e-8)
            assert np.ptp(share[in_loop]) > 0.1
            between = np.sort(degrees[in_loop])[1:-1]  # the others lie on the edge of the loop
            assert np.ptp(between) < 1e-5
            assert np.ptp(degrees[in_loop]) < 5e-3
        share, degrees = at(50.0, "liq.mol%")
        inside = (share > 0.2) & (share < 0.9)
        answer = gb.equilibria(
            [section.bulks[0].mix(section.bulks[1], each) for each in share[inside]],
            pressure_kbar=0.001, temperature_C=degrees[inside], database="W24",
        )  # fmt: skip
        iron = [1.0 - answer.gb.quantity(f"{phase}.Mg#").values / 100.0 for phase in ("ol", "liq")]
        assert inside.sum() > 5
        np.testing.assert_allclose(share[inside], 0.5 * (iron[0] + iron[1]), atol=1e-7)


def test_an_isopleth_goes_on_along_an_edge_at_which_its_value_jumps_over_it():
    """From below 10 to above: the edge itself bounds what is more, until one side rises over 10."""
    labels = np.repeat([[0, 0, 1, 1]], 4, axis=0)
    outlines = [shapely.box(0.0, 0.0, 1.5, 3.0), shapely.box(1.5, 0.0, 3.0, 3.0)]
    mesh = Mesh(labels, outlines)
    row, column = np.mgrid[:4, :4]
    values = np.where(labels == 0, 4.0 * row + column, 20.0 + column)
    known = [4.0 * mesh.rings[0][:, 1] + mesh.rings[0][:, 0], 20.0 + mesh.rings[1][:, 0]]
    heights = mesh.heights(values, [(), ()], known)
    (line,) = mesh.cut(heights, 10.0, jumps=True).joined()
    line = line[np.argsort(line[:, 1], kind="stable")]
    assert np.ptp(line[:, 1]) == pytest.approx(2.5, abs=0.03)
    on_edge = line[:, 1] < 2.125 - 1e-6
    np.testing.assert_allclose(line[on_edge, 0], 1.5)
    np.testing.assert_allclose((4.0 * line[:, 1] + line[:, 0])[~on_edge], 10.0)
    (short,) = mesh.cut(heights, 10.0).joined()
    assert short[:, 0].max() == pytest.approx(1.5)
    assert short[:, 1].min() == pytest.approx(2.125)


def test_roots_are_found_on_many_ways_at_once():
    """Steep, curved, or with an end that is only about known; one without values stays where it was."""
    k = np.array([0.5, 5.0, 12.0, 1.0])
    share = np.array([0.3, 0.7, 0.9, 0.25])

    def off(which, at):
        value = np.expm1(k[which] * at) - np.expm1(k[which] * share[which])
        return np.where(which == 3, np.nan, value)

    every = np.arange(4)
    ends = np.column_stack([off(every, np.zeros(4)), off(every, np.ones(4))])
    ends[1] += 0.1
    ends[3] = -1.0, 3.0
    root, met = find_roots(off, ends, 1e-9)
    assert met.tolist() == [True, True, True, False]
    np.testing.assert_allclose(root[:3], share[:3], atol=1e-9)
    assert root[3] == 0.25


def test_a_value_that_is_known_on_the_edge_is_taken_there():
    """A field between two others holds no point; its values come from what is solved on its outline."""
    labels = np.repeat([[0, 0, 1, 1]], 4, axis=0)
    outlines = [
        shapely.box(0.0, 0.0, 1.3, 3.0), shapely.box(1.6, 0.0, 3.0, 3.0),
        shapely.box(1.3, 0.0, 1.6, 3.0),
    ]  # fmt: skip
    mesh = Mesh(labels, outlines)
    kink = np.array([0.0, 1.0, 7.4, 8.4])
    known = [
        np.interp(ring[:, 0], [0.0, 1.3, 1.6, 3.0], [0.0, 1.3, 7.0, 8.4]) for ring in mesh.rings
    ]
    heights = mesh.heights(np.repeat([kink], 4, axis=0), [(1,), (1,), (1,)], known)
    for level, column in ((1.15, 1.15), (4.15, 1.45), (7.2, 1.8)):
        (line,) = mesh.contour(heights, level)
        np.testing.assert_allclose(line[:, 0], column)
        assert np.ptp(line[:, 1]) == 3.0


def test_a_thin_field_takes_the_values_of_its_neighbours():
    """No point of the grid is in it, and nothing is solved for: both sides tell what is on the edges."""
    labels = np.repeat([[0, 0, 0, 1, 1, 1]], 4, axis=0)
    outlines = [
        shapely.box(0.0, 0.0, 2.4, 3.0), shapely.box(2.6, 0.0, 5.0, 3.0),
        shapely.box(2.4, 0.0, 2.6, 3.0),
    ]  # fmt: skip
    mesh = Mesh(labels, outlines)
    values = np.add.outer(np.arange(4.0), np.arange(6.0))
    (line,) = mesh.contour(mesh.heights(values, [(1,)] * 3), 4.5)
    np.testing.assert_allclose(line.sum(axis=1), 4.5)
    assert (line[:, 0].min(), line[:, 0].max()) == (1.5, 4.5)
    without = mesh.contour(mesh.heights(values, [(1,), (1,), None]), 4.5)
    assert len(without) == 2

"""Exact lines: true, of one net, the same on any grid, stored, and asked for by name."""

import itertools
import json
import shutil
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import h5py
import netCDF4
import numpy as np
import pytest
import shapely
import xarray as xr
from click.testing import CliRunner
from consistent_lines import assert_consistent
from portable import assert_portable

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite._drawing.exact import fields_of, fields_to_draw
from gibbsite._drawing.fields import find_fields
from gibbsite._lines import trace
from gibbsite._lines.curve import Curve, Node
from gibbsite._lines.fields import Face, cut
from gibbsite._lines.plane import UNIT
from gibbsite._lines.trace import _fields_of, _sides_of
from gibbsite._store.diagram_file import read_diagram
from gibbsite.errors import InputError, StoreError

pytestmark = pytest.mark.compiled


def a_section(rows, columns):
    plan = gb.Section.from_toml("fig4c")
    return replace(
        plan,
        rows=replace(plan.rows, points=rows),
        columns=replace(plan.columns, points=columns),
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("lines") / "section.h5"
    gb.compute(a_section(21, 15), path, progress=False, prove=False).close()
    return path


@pytest.fixture(scope="module")
def diagram(path):
    return gb.trace(path)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A coarser section, traced by the command: where it matters what is done with files."""
    path = tmp_path_factory.mktemp("small") / "section.h5"
    gb.compute(a_section(7, 6), path, progress=False, prove=False).close()
    done = CliRunner().invoke(cli, ["lines", str(path), "-o", str(path.with_name("lines.geojson"))])
    assert done.exit_code == 0, done.output
    return path, read_diagram(path), done.output


@pytest.mark.slow
def test_lines_of_several_results_are_those_of_each(small, tmp_path):
    """However many processes there are, to the last bit; what fails keeps nobody else from its lines."""
    files = {n: [str(tmp_path / f"{n}-{i}.h5") for i in range(3)] for n in (1, 2)}
    for file in itertools.chain(*files.values()):
        shutil.copy(small[0], file)
    for n, names in files.items():
        missing = str(tmp_path / "missing.h5")
        done = CliRunner().invoke(cli, ["lines", *names, missing, "--workers", str(n)])
        assert done.exit_code == 1
        assert [line.split(":")[0] for line in done.stdout.splitlines()] == names
        assert "There is no file" in done.stderr
    kept = [group_of(name) for name in itertools.chain(*files.values())]
    assert kept == [group_of(small[0])] * 6


def group_of(path):
    """Every variable of the lines of a file, as bytes."""
    with h5py.File(path) as file:
        return {name: each[...].tobytes() for name, each in file["diagram"].items()}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["a.h5", "--workers", "2"], "--workers is of several"),
        (["a.h5", "b.h5", "-o", "lines.geojson"], "of one result; given are 2"),
        (["a.h5", "./a.h5"], "given twice"),
    ],
)
def test_what_several_results_cannot_have(given, says):
    done = CliRunner().invoke(cli, ["lines", *given])
    assert done.exit_code == 2
    assert says in done.stderr


def units(diagram):
    return np.array([UNIT[axis] for axis in diagram.axes])


def test_lines_explain_every_change_of_the_grid(diagram):
    assert diagram.unexplained == 0


def test_four_lines_meet_in_each_point_and_one_at_each_edge(diagram):
    ends = Counter(i for line in diagram.lines for i in line.points)
    expected = {"invariant": 4, "edge": 1}
    assert [ends[i] for i in range(len(diagram.points))] == [
        expected[point.kind] for point in diagram.points
    ]
    for i, point in enumerate(diagram.points):
        if point.kind == "invariant":
            meeting = [line for line in diagram.lines if i in line.points]
            assert {line.phase for line in meeting} == set(point.zero)
            assert Counter(point.phases) - Counter(meeting[0].without)


def test_fields_fill_the_diagram_without_overlap(diagram):
    assert sum(field.area_fraction for field in diagram.fields) == pytest.approx(1.0, abs=1e-9)
    assert all(field.outline.is_valid for field in diagram.fields)
    # Euler: for a connected net inside a frame
    inside = sum(point.kind == "invariant" for point in diagram.points)
    assert len(diagram.fields) == len(diagram.lines) - inside + 1
    assert all(field.variance == 9 - len(field.phases) + 2 for field in diagram.fields)
    assert all(len(field.compositions) == len(field.phases) for field in diagram.fields)


def test_a_line_knows_the_fields_on_its_sides(diagram):
    for line in diagram.lines:
        assert tuple(diagram.fields[i].phases for i in line.fields) == (line.left, line.right)
        for i in line.fields:
            assert diagram.fields[i].outline.boundary.distance(line.path) == 0.0


def test_points_of_the_grid_lie_in_fields_of_their_assemblage(diagram, path):
    with gb.open(path) as dataset:
        names = dataset.gb.assemblage()
        x, y = (dataset[axis].values for axis in diagram.axes)
    tree = shapely.STRtree([field.outline for field in diagram.fields])
    for i in range(0, len(y), 3):
        for j in range(1, len(x) - 1, 3):
            hits = tree.query(shapely.Point(x[j], y[i]), predicate="intersects")
            assert str(names.values[i, j]) in {"+".join(diagram.fields[k].phases) for k in hits}


def test_cold_points_beside_a_line_have_the_assemblages_of_its_sides(diagram):
    """Half of 0.01 degC or 1e-4 in x to either side, at places between vertices."""
    section = a_section(31, 21)
    rng = np.random.default_rng(3)
    for line in (diagram.lines[i] for i in rng.choice(len(diagram.lines), 12, replace=False)):
        xy = shapely.get_coordinates(line.path) / units(diagram)
        k = len(xy) // 2 - 1
        step = xy[k + 1] - xy[k]
        place = xy[k] + 0.4 * step
        to_left = np.array([-step[1], step[0]]) / np.hypot(*step)
        for sign, side in ((0.5, line.left), (-0.5, line.right)):
            x, temperature = (place + sign * to_left) * units(diagram)
            rock = gb.bulk(
                mol=dict(
                    zip(
                        section.components,
                        (1.0 - x) * section.bulks[0].array(section.components)
                        + x * section.bulks[1].array(section.components),
                        strict=True,
                    )
                )
            )
            cold = gb.equilibrium(
                rock, pressure_kbar=3.0, temperature_C=temperature, database="T21-Su26"
            )
            assert tuple(sorted(cold.assemblage)) == side


@pytest.mark.slow
def test_lines_do_not_depend_on_the_grid(diagram, tmp_path):
    with gb.compute(
        a_section(13, 10), tmp_path / "coarse.h5", progress=False, prove=False
    ) as coarse:
        other = gb.trace(coarse)
    assert {frozenset((line.left, line.right)) for line in diagram.lines} == {
        frozenset((line.left, line.right)) for line in other.lines
    }
    scale = units(diagram)
    for line in diagram.lines:
        vertices = shapely.points(shapely.get_coordinates(line.path) / scale)
        same = [
            shapely.transform(each.path, lambda xy: xy / scale)
            for each in other.lines
            if {each.left, each.right} == {line.left, line.right}
        ]
        assert shapely.distance(vertices, shapely.union_all(same)).max() < 0.5


def test_solidus_and_liquidus_by_name(diagram):
    at_one = [xy for xy in shapely.get_coordinates(diagram.line("solidus")) if xy[0] == 1.0]
    melting = gb.melting_interval(a_section(2, 2).bulks[1], pressure_kbar=3.0, database="T21-Su26")
    assert at_one[0][1] == pytest.approx(melting.solidus_C[0], abs=0.01)
    assert diagram.line("liquidus").length < diagram.line("liq").length + 1000.0
    above = shapely.get_coordinates(diagram.line("liquidus"))
    assert all(y > np.interp(x, *np.array([[0.0, 1.0], [1140.0, 1110.0]])) for x, y in above)


def test_in_and_out_are_the_two_senses_of_a_line(diagram):
    both = diagram.line("opx")
    comes, goes = diagram.line("opx", "in"), diagram.line("opx", "out")
    assert comes.length > 0.0
    assert goes.length > 0.0
    assert comes.length + goes.length == pytest.approx(both.length)
    assert diagram.line("liq", "in").length > 0.9 * diagram.line("liq").length
    assert diagram.line("g").is_empty


def test_a_wrong_name_or_side_is_refused(diagram):
    with pytest.raises(InputError, match="There is no phase 'ilms'"):
        diagram.line("ilms")
    with pytest.raises(InputError, match="neither"):
        diagram.line("ilm", "up")


def test_what_is_stored_is_what_was_traced(diagram, path):
    stored = read_diagram(path)
    assert stored.points == diagram.points
    assert [replace(line, path=None) for line in stored.lines] == [
        replace(line, path=None) for line in diagram.lines
    ]
    for ours, theirs in zip(diagram.lines, stored.lines, strict=True):
        assert ours.path.equals(theirs.path)
    for mine, other in zip(diagram.fields, stored.fields, strict=True):
        assert mine.outline.equals(other.outline)
        assert (mine.phases, mine.variance) == (other.phases, other.variance)
        np.testing.assert_array_equal(mine.compositions, other.compositions)


def test_a_file_with_lines_is_netcdf_and_the_section_in_it_unchanged(small, tmp_path):
    path, diagram, _ = small
    assert_portable(path)
    gb.compute(a_section(7, 6), tmp_path / "without.h5", progress=False, prove=False).close()
    with gb.open(path) as after, gb.open(tmp_path / "without.h5") as before:
        old, new = before.drop_vars("timing_tile"), after.drop_vars("timing_tile")
        assert new.attrs.pop("history").splitlines()[0] == old.attrs.pop("history")
        assert new.identical(old)
        assert after.gb.has_lines()
        assert not before.gb.has_lines()
        assert len(after.gb.lines()) == len(diagram.lines)
        assert len(after.gb.fields()) == len(diagram.fields)
        assert after.gb.line("solidus").equals(diagram.line("solidus"))
        with pytest.raises(InputError, match="has no lines"):
            before.gb.lines()
        with pytest.raises(InputError, match="has no lines"):
            after.isel(x=slice(0, 5)).gb.lines()
    with netCDF4.Dataset(path) as file:
        assert file["diagram"]["line_size"][:].sum() == len(file["diagram"].dimensions["vertex"])
    with xr.open_dataset(path, group="diagram", engine="h5netcdf") as group:
        assert group["vertex_x"].attrs["units"] == "1"
        assert group["vertex_y"].attrs["units"] == "degC"


@pytest.mark.slow
def test_tracing_again_replaces_the_lines(small):
    path, diagram, _ = small
    again = gb.trace(path)
    assert len(read_diagram(path).lines) == len(again.lines) == len(diagram.lines)


def test_the_command_writes_lines_and_geojson(small):
    path, stored, output = small
    out = path.with_name("lines.geojson")
    features = json.loads(out.read_text())["features"]
    kinds = Counter(feature["geometry"]["type"] for feature in features)
    assert kinds == {
        "LineString": len(stored.lines),
        "Polygon": len(stored.fields),
        "Point": len(stored.points),
    }
    assert f"{len(stored.lines)} lines" in output
    refused = CliRunner().invoke(cli, ["lines", str(path), "-o", str(out)])
    assert refused.exit_code == 2
    assert "--overwrite" in refused.output


def test_an_open_file_is_not_written(path):
    with gb.open(path), pytest.raises(StoreError, match="close it first"):
        gb.trace(path)


def test_what_is_no_section_is_refused(path):
    points = gb.equilibria(
        gb.bulk("klb-1"), pressure_kbar=[1.0], temperature_C=[1200.0, 1300.0], database="T21-Su26"
    )
    with pytest.raises(InputError, match="no section"):
        gb.trace(points)
    with gb.open(path) as dataset:
        with pytest.raises(InputError, match="a part of a section"):
            gb.trace(dataset.isel(x=slice(0, 5)))
        with pytest.raises(InputError, match="other data"):
            gb.trace(dataset.assign_attrs(database_sha256="0" * 64))


def test_a_boundary_is_followed_through_a_critical_point(tmp_path):
    """Two clinopyroxenes of KLB-1 become one near 1288 degC and 28 kbar; the line goes on."""
    section = gb.Section.pressure_temperature(
        gb.bulk("klb-1"),
        pressure_kbar=(26.0, 30.0, 5),
        temperature_C=(1270.0, 1310.0, 5),
        database="T21-Su26",
    )
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
    assert diagram.unexplained == 0
    (line,) = diagram.lines
    assert line.phase == "cpx"
    assert {diagram.points[i].kind for i in line.points} == {"edge"}
    assert len(diagram.fields) == 2


def test_polymorphs_of_silica_meet_in_triple_points(tmp_path):
    """A bulk of one component: every boundary is an exchange, every point has three of them."""
    section = gb.Section.pressure_temperature(
        gb.bulk(mol={"SiO2": 1.0}),
        pressure_kbar=(0.001, 30.0, 16),
        temperature_C=(900.0, 1900.0, 16),
        database="T21-Su26",
    )
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
    assert diagram.unexplained == 0
    ends = Counter(i for line in diagram.lines for i in line.points)
    triple = [i for i, point in enumerate(diagram.points) if point.kind == "invariant"]
    assert len(triple) == 2
    assert [ends[i] for i in triple] == [3, 3]
    assert {field.phases for field in diagram.fields} == {
        ("q",), ("trd",), ("crst",), ("coe",), ("liq",)
    }  # fmt: skip
    assert all(len(line.left) == len(line.right) == 1 for line in diagram.lines)


def test_faces_take_the_assemblage_of_the_sides_around_them():
    """Two crossing lines given as four, and a loop inside one of the quarters."""
    centre, ends = (
        np.array([5.0, 5.0]),
        np.array([[10.0, 5.0], [5.0, 10.0], [0.0, 5.0], [5.0, 0.0]]),
    )
    quarters = [(1,), (1, 2), (1, 2, 3), (1, 3)]  # counterclockwise from the upper right
    node = Node(centre, "invariant", None)

    def curve(places, left, right):
        less, more = sorted((left, right), key=len)
        return Curve(
            np.array(places), 0, less, more, less == left, (node, node), None, (None, None)
        )

    curves = [curve([centre, end], quarters[i], quarters[i - 1]) for i, end in enumerate(ends)]
    loop = [[7.0, 7.0], [8.0, 7.0], [8.0, 8.0], [7.0, 7.0]]
    curves.append(curve(loop, (1, 9), (1,)))
    faces = cut(curves, np.zeros(2), np.full(2, 10.0))
    found = {face.phases: face.outline.area for face in faces}
    assert found == pytest.approx(
        {(1,): 24.5, (1, 2): 25.0, (1, 2, 3): 25.0, (1, 3): 25.0, (1, 9): 0.5}
    )


def test_fields_are_those_of_the_lines_that_there_are_in_the_end(monkeypatch):
    """Of two sides that disagree on the field between them a line that was lost is found to go on."""
    node = Node(np.zeros(2), "edge", None)

    def curve(*places, left, right):
        less, more = sorted((left, right), key=len)
        return Curve(
            np.array(places), 0, less, more, less == left, (node, node), None, (None, None)
        )

    upright = [
        curve([3.0, 0.0], [3.0, 5.0], [3.0, 10.0], left=(1,), right=(1, 2)),
        curve([7.0, 0.0], [7.0, 5.0], [7.0, 10.0], left=(1, 3), right=(1,)),
    ]
    lost, whole = (curve([3.0, 5.0], [x, 5.0], left=(1,), right=(1, 2)) for x in (6.0, 7.0))
    network = SimpleNamespace(
        curves=[*upright, lost],
        solver=SimpleNamespace(
            sheet=SimpleNamespace(
                limits=SimpleNamespace(low=np.zeros(2), high=np.full(2, 10.0)),
            ),
            fixes_potentials=lambda phases: True,
        ),
    )
    network.grow = lambda seed: setattr(network, "curves", [*upright, whole])
    monkeypatch.setattr(trace, "find_seeds", lambda solver, start, end: ["a seed"])
    assert len(trace._faces(network)) == 4


def test_a_line_beside_several_fields_is_beside_the_largest_that_it_says():
    """Where two lines cross nearer to each other than can be seen one side of a line has several."""
    node = Node(np.zeros(2), "invariant", None)
    places = np.array([[0.0, 0.0], [10.0, 0.0]])
    line = Curve(places, 2, (1,), (1, 2), True, (node, node), None, (None, None))

    def face(area, phases, left):
        return Face(shapely.box(0.0, 0.0, area, 1.0), phases, None, frozenset([(line, left)]))

    faces = [
        face(9.0, (1, 3), True),
        face(8.0, (1,), True),
        face(7.0, (1,), True),
        face(6.0, (2, 3), False),
        face(5.0, (3,), False),
    ]
    assert _fields_of(faces) == {(line, True): 1, (line, False): 3}
    assert _sides_of(line, [faces[1], faces[3]]) == ((1,), (2, 3), True)
    assert _sides_of(line, [faces[3], faces[1]]) == ((1,), (2, 3), False)
    assert _sides_of(line, [faces[0], faces[1]]) == ((1,), (1, 2), True)  # which say nothing of it
    assert _sides_of(line, [faces[3]]) == ((1,), (1, 2), True)


def traced_lines(section, tmp_path):
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
    assert_consistent(diagram)
    return diagram


def test_a_line_goes_on_where_a_species_is_exhausted(tmp_path):
    """Of one that several end-members of amphibole share, rounding took it out of its domain."""
    rock = gb.bulk(
        mol={
            "SiO2": 0.2121, "TiO2": 4.374e-4, "Al2O3": 7.048e-3, "FeO": 0.0236, "MgO": 0.2365,
            "CaO": 0.01446, "Na2O": 1.129e-3, "K2O": 3.915e-5, "H2O": 0.5, "O": 4.671e-3,
        }
    )  # fmt: skip
    section = gb.Section.pressure_temperature(
        rock, pressure_kbar=(4.0, 12.3, 12), temperature_C=(325.0, 336.0, 12), database="G16"
    )
    diagram = traced_lines(section, tmp_path)
    quartz = diagram.line("q")
    assert len(quartz.geoms) == 1
    low, high = sorted(quartz.geoms[0].coords[k][1] for k in (0, -1))
    assert low < 4.1  # all the way from the corner of the diagram
    assert high > 12.0  # past where biotite runs out
    for share in (0.2, 0.5, 0.8):
        t, p = quartz.interpolate(share, normalized=True).coords[0]
        for dt, there in ((-0.02, True), (0.02, False)):
            point = gb.equilibrium(rock, pressure_kbar=p, temperature_C=t + dt, database="G16")
            assert ("q" in point.assemblage) == there


def test_lines_end_where_rocks_can_no_longer_be_made(tmp_path):
    """Of metapelites with ever more of a peridotite that W14, which has no olivine, cannot make."""
    pelite = {
        "SiO2": 0.5342, "TiO2": 6.864e-3, "Al2O3": 0.1199, "FeO": 0.04823, "MgO": 0.04374,
        "CaO": 0.0624, "Na2O": 0.04405, "K2O": 0.01709, "MnO": 5.374e-4, "H2O": 0.1211,
        "O": 1.849e-3,
    }  # fmt: skip
    peridotite = {
        "SiO2": 0.2984, "TiO2": 9.69e-4, "Al2O3": 0.01958, "FeO": 0.06212, "MgO": 0.5406,
        "CaO": 0.02378, "Na2O": 1.927e-3, "K2O": 8.191e-5, "MnO": 4.076e-4, "H2O": 0.04708,
        "O": 5.127e-3,
    }  # fmt: skip
    rocks = gb.bulk(mol=pelite), gb.bulk(mol=peridotite)
    section = gb.Section.temperature_composition(
        *rocks, pressure_kbar=15.326, temperature_C=(780.0, 830.0, 6), steps=7, x=(0.8, 1.0),
        database="W14",
    )  # fmt: skip
    diagram = traced_lines(section, tmp_path)
    assert len(diagram.lines) >= 4
    edge = max(point.x for point in diagram.points)
    assert sum(field.area_fraction for field in diagram.fields) == pytest.approx(1.0, abs=1e-9)
    data = gb.database("W14")
    ends = [rock.array(data.components) for rock in rocks]
    for x, made in ((edge - 1e-3, True), (edge + 1e-3, False)):
        mixed = (1.0 - x) * ends[0] + x * ends[1]
        assert (data.excess(mixed[None])[0] < 0) == made


# A basalt, mol.
BASALT = {
    "SiO2": 0.499, "TiO2": 0.012, "Al2O3": 0.097, "FeO": 0.097, "MgO": 0.078, "CaO": 0.106, "Na2O": 0.026,
    "K2O": 0.003, "O": 0.006, "H2O": 0.076,
}  # fmt: skip


@pytest.mark.parametrize(
    ("absent", "more", "x", "temperature_C"),
    [("TiO2", 0.03, 0.005, 898.9), ("CaO", 0.106, 0.0177, 897.0)],
)
def test_fields_beside_a_side_without_a_component_are_found(
    absent, more, x, temperature_C, tmp_path
):
    """Of a field between such a side and the next points of the grid nothing was said."""
    section = gb.Section.temperature_composition(
        gb.bulk(mol=BASALT | {absent: 0.0}), gb.bulk(mol=BASALT | {absent: more}),
        pressure_kbar=6.0, temperature_C=(650.0, 900.0, 9), steps=9, database="G16",
    )  # fmt: skip
    diagram = traced_lines(section, tmp_path)
    assert diagram.doubts() == ()
    ends = [bulk.array(gb.database("G16").components) for bulk in section.bulks]
    alone = gb.equilibria(
        (1.0 - x) * ends[0] + x * ends[1],
        pressure_kbar=6.0, temperature_C=temperature_C, database="G16",
    )  # fmt: skip
    ids = alone["phase_id"].values[0]
    right = sorted(alone["phase_name"].values[ids[ids >= 0]].tolist())
    point = shapely.Point(x, temperature_C)
    assert [sorted(f.phases) for f in diagram.fields if f.outline.covers(point)] == [right]


def test_two_lines_nearer_than_can_be_seen_are_both_found(tmp_path):
    """Orthopyroxene comes 0.01 degC or less before anthophyllite, whose place it takes, has gone."""
    ends = (
        {
            "SiO2": 0.3463, "Al2O3": 8.746e-3, "FeO": 0.05221, "MgO": 0.48, "H2O": 0.1088,
            "O": 3.937e-3,
        },
        {
            "SiO2": 0.3715, "Al2O3": 7.987e-3, "FeO": 0.04261, "MgO": 0.4561, "H2O": 0.1128,
            "O": 9.031e-3,
        },
    )  # fmt: skip
    section = gb.Section.temperature_composition(
        *(gb.bulk(mol=mol) for mol in ends), pressure_kbar=5.364, temperature_C=(680.0, 690.0, 4),
        steps=5, database="EF21",
    )  # fmt: skip
    (line,) = traced_lines(section, tmp_path).lines
    assert {frozenset(line.left), frozenset(line.right)} == {
        frozenset(("chl", "fl", "ol", "spi", each)) for each in ("anth", "opx")
    }


def test_lines_nearer_than_can_be_seen_have_the_fields_beside_them(tmp_path):
    """Fluid takes the place of chlorite 3 units from where antigorite runs out beside it."""
    rock = gb.bulk(
        mol={
            "SiO2": 0.4307405781930816, "Al2O3": 0.010150279184067868, "FeO": 0.05881697052752484,
            "MgO": 0.47753827241514946, "H2O": 0.018874328762907094, "O": 0.003879570917269169,
        }
    )  # fmt: skip
    section = gb.Section.pressure_temperature(
        rock, pressure_kbar=(1.1, 1.15, 4), temperature_C=(650.0, 655.0, 5), database="EF21"
    )
    assert traced_lines(section, tmp_path).line("atg").length > 0.0


@pytest.mark.slow
def test_lines_are_solved_for_where_that_can_be_done(path):
    """Not of a part, nor with other data, nor where they are not wanted."""
    with gb.open(path) as dataset:
        whole = dataset.load().copy()
    other = whole.assign_attrs(database_sha256="0" * 64)
    assert not whole.gb.has_lines()
    assert fields_to_draw(whole, None).exact
    assert not fields_to_draw(whole, False).exact
    assert not fields_to_draw(other, None).exact
    assert "not from exact lines: this result was computed" in fields_to_draw(other, None).note
    with pytest.raises(InputError, match="other data"):
        fields_to_draw(other, True)
    row = next(dim for dim in whole["status"].dims)
    part = fields_to_draw(whole.isel({row: slice(1, None)}), None)
    assert not part.exact
    assert part.note.endswith("this result is a part of a section")
    newer = whole.assign_attrs(section_toml=whole.attrs["section_toml"].replace("T21", "T99"))
    assert "this version has not" in fields_to_draw(newer, None).note


@pytest.mark.slow
def test_pictures_are_drawn_with_the_exact_lines(diagram, path):
    with gb.open(path) as dataset:
        fields = fields_of(dataset)
        names = dataset.gb.assemblage().values
        stripped = dataset.copy()  # no longer the dataset of the file
        assert not stripped.gb.has_lines()
        figure = gb.plot(stripped, isopleths={})  # solved for, unless told not to
    assert fields.solidus.symmetric_difference(diagram.line("solidus")).length == 0.0
    assert [field.outline for field in fields.fields] == [f.outline for f in diagram.fields]
    assert all(
        len(each) == len(field.phases)
        for field in fields.fields
        for each in field.names
        if len(set(field.phases)) == len(field.phases)
    )
    for i, row in enumerate(fields.labels):
        for j, label in enumerate(row):
            assert sorted(fields.fields[label].phases) == names[i, j].split("+")
    (lines,) = [c for c in figure.axes[0].collections if c.get_gid() == "field"]
    vertices = {tuple(xy) for segment in lines.get_paths() for xy in segment.vertices}
    assert {tuple(xy) for line in diagram.lines for xy in line.path.coords} <= vertices


@pytest.mark.slow
def test_eutectics_of_two_components_are_lines_of_one_temperature(tmp_path):
    """Forsterite to silica at 1 bar: each exchange ends where another phase is exchanged."""
    section = gb.Section.temperature_composition(
        gb.bulk(mol={"MgO": 2.0, "SiO2": 1.0}),
        gb.bulk(mol={"SiO2": 1.0}),
        pressure_kbar=0.001,
        temperature_C=(1400.0, 1700.0, 21),
        steps=20,
        x=(0.05, 0.95),
        database="T21-Su26",
    )
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
    level = {}
    for line in diagram.lines:
        x, temperature = shapely.get_coordinates(line.path).T
        if np.ptp(temperature) < 1e-3:
            level["+".join(line.left), "+".join(line.right)] = (temperature[0], min(x), max(x))
    found = {frozenset(sides): values for sides, values in level.items()}
    eutectic = found[frozenset(("liq+opx", "opx+trd"))], found[frozenset(("liq+trd", "opx+trd"))]
    assert eutectic[0][0] == pytest.approx(eutectic[1][0], abs=1e-6)
    assert eutectic[0][2] == pytest.approx(eutectic[1][1], abs=1e-4)
    assert eutectic[0][1] == pytest.approx(0.25, abs=1e-4)  # enstatite
    peritectic = found[frozenset(("liq+ol", "ol+opx"))], found[frozenset(("liq+ol", "liq+opx"))]
    assert peritectic[0][2] == pytest.approx(peritectic[1][1], abs=1e-4)
    assert sum(field.area_fraction for field in diagram.fields) == pytest.approx(1.0, abs=1e-9)
    assert len(found) == len(level) == 6
    monotectic = found[frozenset(("crst+liq", "liq+liq"))]
    assert eutectic[0][0] < peritectic[0][0] < monotectic[0]


@pytest.mark.slow
def test_what_coincides_is_one_line_with_what_is_there_on_both_sides(tmp_path):
    """A thermal divide: olivine runs out and rutile comes in on one line, and melt replaces either.

    In garnet, pyroxenes and ilmenite MgO + FeO + CaO + 4 (Na2O + K2O) = SiO2 + TiO2 in moles; olivine has more on the left, rutile on the right.
    """
    rocks = gb.bulk("moon-lpum", ignore="outside"), gb.bulk("apollo-17-74275", ignore="outside")
    section = gb.Section.temperature_composition(
        *rocks,
        pressure_kbar=15.0,
        temperature_C=(1000.0, 1350.0, 15),
        steps=9,
        x=(0.75, 0.83),
        database="T21",
    )

    def excess(rock):
        names = gb.database("T21").components
        moles = dict(zip(names, rock.array(names), strict=True))
        more = moles["MgO"] + moles["FeO"] + moles["CaO"] + 4.0 * (moles["Na2O"] + moles["K2O"])
        return more - moles["SiO2"] - moles["TiO2"]

    divide = excess(rocks[0]) / (excess(rocks[0]) - excess(rocks[1]))
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
        fields = fields_of(dataset, diagram)
    assert diagram.doubts() == ()
    on_it = [
        line
        for line in diagram.lines
        if np.allclose(shapely.get_coordinates(line.path)[:, 0], divide, atol=1e-6)
    ]
    parts = [tuple(sorted(shapely.get_coordinates(line.path)[:, 1][[0, -1]])) for line in on_it]
    parts.sort()
    assert len(parts) > 2
    assert all(one[1] <= other[0] + 1e-6 for one, other in itertools.pairwise(parts))
    for line in on_it:
        left, right = set(line.left), set(line.right)
        assert left - right <= {"ol", "liq"} or right - left <= {"ol", "liq"}
        assert "ol" in left ^ right or "liq" in left ^ right
    for solidus_line in (diagram.line("solidus"), fields.solidus):
        assert shapely.get_coordinates(solidus_line)[:, 1].min() > 1280.0
    for line in fields.lines:
        sides = [set(fields.fields[i].phases) for i in line.sides]
        if line.path.intersection(fields.solidus).length > 0.0:
            assert ("liq" in sides[0]) != ("liq" in sides[1])


@pytest.mark.slow
def test_a_boundary_near_a_critical_point_has_no_spur(tmp_path):
    """Two clinopyroxenes of a basaltic peridotite become one on the line at which one runs out."""
    section = gb.Section.temperature_composition(
        gb.bulk("klb-1", ignore="outside"),
        gb.bulk("n-morb", ignore="outside"),
        pressure_kbar=15.0,
        temperature_C=(1130.0, 1200.0, 8),
        steps=8,
        x=(0.36, 0.56),
        database="T21",
    )
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
    assert diagram.doubts() == ()
    assert {point.kind for point in diagram.points} <= {"edge", "invariant"}


ALUMINOUS = {
    "SiO2": 0.531969, "TiO2": 0.003534, "Al2O3": 0.258994, "Cr2O3": 0.000202, "FeO": 0.018257,
    "MgO": 0.008833, "CaO": 0.177788, "Na2O": 0.000295, "K2O": 0.000128,
}  # fmt: skip
TITANIFEROUS = {
    "SiO2": 0.300736, "TiO2": 0.204375, "Al2O3": 0.030959, "Cr2O3": 0.001509, "FeO": 0.303989,
    "MgO": 0.06945, "CaO": 0.083473, "Na2O": 0.005224, "K2O": 0.000286,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("x", [(0.3, 0.35), (0.2, 0.7)])
def test_melt_that_takes_the_place_of_feldspar_at_once_makes_one_line(tmp_path, x):
    """Melt comes in and feldspar runs out within a thousandth of a degree, for rutile and titanite.

    At x = 0.7 the wide one has two boundaries between neighbours: titanite in, coesite out.
    """
    section = gb.Section.temperature_composition(
        gb.bulk(mol=ALUMINOUS),
        gb.bulk(mol=TITANIFEROUS),
        pressure_kbar=33.7,
        temperature_C=(1220.0, 1235.0, 6),
        steps=9,
        x=x,
        database="T21",
    )
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
    assert_consistent(diagram)
    solidus = [line for line in diagram.lines if ("liq" in line.left) != ("liq" in line.right)]
    assert any({"fsp"} <= {*line.left} ^ {*line.right} for line in solidus)


# A basalt rich in iron: at 10.5 kbar its quartz, garnet and second clinopyroxene come in together.
IRON_RICH = {
    "SiO2": 42.2, "TiO2": 5.0, "Al2O3": 10.8, "FeO": 22.5, "MgO": 6.48, "CaO": 11.0,
    "Na2O": 0.26, "K2O": 0.19,
}  # fmt: skip


def test_two_boundaries_end_where_a_solvus_opens(tmp_path):
    """Quartz and garnet come in beside one clinopyroxene, a hundredth of a degree before it unmixes.

    Its limbs differ by less than 0.01 there, and a search takes them for one.
    """
    section = gb.Section.pressure_temperature(
        gb.bulk(wt=IRON_RICH),
        pressure_kbar=(10.5, 10.7, 5),
        temperature_C=(1060.0, 1068.0, 6),
        database="T21-Su26",
    )
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
    assert_consistent(diagram)
    opens = [
        point.zero
        for point in diagram.points
        if point.kind == "invariant" and "cpx" in point.zero and point.phases.count("cpx") == 2
    ]
    assert sorted(opens) == [("cpx", "g"), ("cpx", "q")]


@pytest.mark.slow
def test_a_second_spinel_seen_late_ends_the_line_where_it_came_in(tmp_path):
    """On the line of biotite a second spinel is told from the first 0.7 degC after it has come in."""
    section = gb.Section.pressure_temperature(
        gb.bulk("n-morb", ferric=0.1, water=2.0, ignore="outside"),
        pressure_kbar=(1.0, 1.1, 3),
        temperature_C=(733.0, 741.0, 5),
        database="G25",
    )
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
    assert_consistent(diagram)
    opens = [point for point in diagram.points if point.zero == ("bi", "spl")]
    assert {point.kind for point in opens} == {"invariant"}
    assert {point.phases.count("spl") for point in opens} == {2}
    assert min(np.hypot(point.x - 737.365, point.y - 1.0183) for point in opens) < 0.01


def areas(diagram):
    total = Counter()
    for field in diagram.fields:
        total["+".join(field.phases)] += field.area_fraction
    return total


def test_olivine_melts_over_a_loop_of_temperature(tmp_path):
    """Forsterite to fayalite at 1 bar: no potential of SiO2 is fixed by olivine alone."""
    section = gb.Section.temperature_composition(
        gb.bulk(mol={"MgO": 2.0, "SiO2": 1.0}),
        gb.bulk(mol={"FeO": 2.0, "SiO2": 1.0}),
        pressure_kbar=0.001,
        temperature_C=(1100.0, 1950.0, 31),
        steps=21,
        database="T21-Su26",
    )
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
        names = dataset.gb.assemblage().values[:, 1:-1]
        fields = fields_of(dataset, diagram)
    assert diagram.doubts() == ()
    assert fields.note == ""
    shares = areas(diagram)
    for phases in ("ol", "liq", "liq+ol"):
        assert shares[phases] == pytest.approx((names == phases).mean(), abs=0.03)
    assert fields.solidus.length > 0.0
    assert fields.liquidus.length > 0.0


def test_three_aluminium_silicates_meet_in_one_point(tmp_path):
    """A rock of the composition of each of its phases, which leaves a potential undetermined."""
    section = gb.Section.pressure_temperature(
        gb.bulk(mol={"Al2O3": 1.0, "SiO2": 1.0}),
        pressure_kbar=(1.0, 15.0, 12),
        temperature_C=(500.0, 1000.0, 12),
        database="T21-Su26",
    )
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
        assert gb.plot(dataset, exact=True, isopleths={}) is not None
    assert diagram.doubts() == ()
    (triple,) = [point for point in diagram.points if point.kind == "invariant"]
    assert len(diagram.lines) == len(diagram.fields) == 3
    assert {frozenset((line.left, line.right)) for line in diagram.lines} == {
        frozenset(pair) for pair in itertools.combinations([("and",), ("ky",), ("sill",)], 2)
    }
    for phase, dp, dt in (("ky", 0.02, 0.0), ("sill", 0.0, 2.0), ("and", -0.02, -1.0)):
        beside = gb.equilibrium(
            gb.bulk(mol={"Al2O3": 1.0, "SiO2": 1.0}),
            pressure_kbar=triple.y + dp,
            temperature_C=triple.x + dt,
            database="T21-Su26",
        )
        assert tuple(beside.assemblage) == (phase,)


def test_a_section_of_one_field_is_that_field(tmp_path):
    section = gb.Section.pressure_temperature(
        gb.bulk("n-morb", ignore="outside"),
        pressure_kbar=(1.0, 2.0, 3),
        temperature_C=(1500.0, 1600.0, 3),
        database="T21-Su26",
    )
    with gb.compute(section, tmp_path / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
        assert gb.plot(dataset, exact=True, isopleths={}) is not None
    assert [field.phases for field in diagram.fields] == [("liq",)]
    assert diagram.fields[0].area_fraction == pytest.approx(1.0)


def test_fields_that_disagree_with_the_points_are_drawn_from_the_points(diagram, path):
    with gb.open(path) as dataset:
        wrong = replace(diagram, others=100)
        fields, points = fields_of(dataset, wrong), find_fields(dataset)
    assert [each.outline for each in fields.fields] == [each.outline for each in points.fields]
    assert "100 points have another assemblage" in fields.note
    assert (
        fields_of(dataset, replace(diagram, others=1))
        .fields[0]
        .outline.equals(diagram.fields[0].outline)
    )


def test_a_line_lost_on_its_way_is_counted_and_drawn_no_further_than_its_fields(diagram, path):
    """The last vertices of a line are led into a field, where nothing ends it."""
    k = next(
        k
        for k, line in enumerate(diagram.lines)
        if {diagram.points[i].kind for i in line.points} == {"invariant", "edge"}
    )
    line = diagram.lines[k]
    xy = shapely.get_coordinates(line.path)
    beyond = shapely.LineString(
        [*xy, shapely.get_coordinates(diagram.fields[0].outline.representative_point())[0]]
    )
    points = list(diagram.points)
    points[line.points[1]] = replace(points[line.points[1]], kind="open")
    lines = list(diagram.lines)
    lines[k] = replace(line, path=beyond)
    lost = replace(diagram, lines=tuple(lines), points=tuple(points))
    assert lost.n_open == 1
    assert "1 ends of lines are lost" in lost.doubts()[0]
    with gb.open(path) as dataset:
        drawn = fields_of(dataset, lost)
    assert max(each.path.length for each in drawn.lines) <= max(
        each.path.length for each in diagram.lines
    )


WITH_TWO_CPX = {
    "T21": (
        {"SiO2": 46.43, "TiO2": 2.02, "Al2O3": 15.96, "Cr2O3": 0.06, "FeO": 12.68, "MgO": 9.51,
         "CaO": 11.78, "Na2O": 0.83, "K2O": 0.72}, (6.5, 11.0, 13), (1090, 1180, 13),
    ),
    "W24": (
        {"SiO2": 45.5, "TiO2": 0.52, "Al2O3": 4.5, "FeO": 10.5, "MgO": 35.75, "CaO": 3.23},
        (20.5, 24.0, 13), (1225, 1275, 13),
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param("T21", marks=pytest.mark.slow), "W24"])
def test_lines_go_on_where_two_compositions_become_one(name, tmp_path):
    """Beyond the critical point, or back from it: the sides of a wedge, here too narrow to see."""
    rock, pressure, temperature = WITH_TWO_CPX[name]
    section = gb.Section.pressure_temperature(
        gb.bulk(wt=rock), pressure_kbar=pressure, temperature_C=temperature, database=name
    )
    gb.compute(section, tmp_path / "a.h5", progress=False, prove=False).close()
    found = gb.trace(tmp_path / "a.h5")
    assert found.doubts() == ()
    for line in found.lines:
        sides = tuple(found.fields[i].phases if i >= 0 else () for i in line.fields)
        assert sides == (line.left, line.right)

"""Exact lines beside fields too narrow to see, along crests of solvi, and with repeated vertices."""

import numpy as np
import pytest
import shapely
from consistent_lines import assert_consistent

import gibbsite as gb
from gibbsite._lines.arrangement import Arrangement, Boundary
from gibbsite._lines.curve import Node, midway, on_chord
from gibbsite._lines.plane import lay_out
from gibbsite._lines.seeds import find_seeds
from gibbsite._lines.solver import PlaneSolver

pytestmark = pytest.mark.compiled

OXIDES = "SiO2", "TiO2", "Al2O3", "Cr2O3", "FeO", "MgO", "CaO", "Na2O", "K2O"
MOLES = {
    "titanium-rich": (.378784, .136004, .02775, .003756, .188689, .191896, .069462, .002688, .00097),
    "potassic": (.530852, .017421, .108194, .000221, .099102, .132416, .097896, .008956, .004944),
    "silicic": (.561994, .01724, .08208, .000211, .108942, .122617, .095689, .00722, .004009),
    "feldspathic": (.48474, .00451, .257312, .000218, .019068, .011678, .22209, .000244, .000138),
    "peridotitic": (.390299, .001314, .022731, .001319, .058511, .489681, .032952, .003032, .000161),
    "ultramafic": (.418775, .002676, .020958, .001054, .08923, .438729, .028579, 0, 0),
    "iron-rich": (.4773, .018943, .045346, .000185, .200211, .162733, .092706, .002194, .000381),
    "without aluminium": (.442086, .092366, .003762, 0, .360358, .049655, .051205, .000389, .00018),
    "without silica": (.315577, .170759, .044959, .001592, .30022, .075546, .086659, .003904, .000785),
    "iron and titanium": (.36418, .139949, .033569, .002102, .287729, .070293, .097194, .004265,
                          .000719),
}  # fmt: skip


def rock(name):
    return gb.bulk(mol=dict(zip(OXIDES, MOLES[name], strict=True)), name=name)


def traced(section, folder):
    with gb.compute(section, folder / "a.h5", progress=False, prove=False) as dataset:
        return gb.trace(dataset)


def fields_named(diagram, *names):
    return [field for field in diagram.fields if {*field.phases} >= {*names}]


@pytest.mark.slow
def test_lines_that_coincide_have_the_fields_of_all_of_them_on_their_sides(tmp_path):
    """Melt takes the place of spinel along a field with quartz half a hundredth of a degree wide."""
    section = gb.Section.temperature_composition(
        rock("titanium-rich"),
        rock("potassic"),
        pressure_kbar=9.23,
        temperature_C=(1034.0, 1040.0, 5),
        x=(0.75, 0.78),
        steps=5,
        database="G25",
    )
    diagram = traced(section, tmp_path)
    assert_consistent(diagram)
    assert fields_named(diagram, "liq", "q")


@pytest.mark.slow
def test_a_solidus_beside_a_narrow_field_with_two_feldspars_names_it(tmp_path):
    """Melt comes in with two feldspars or with orthopyroxene, 0.01 degC apart."""
    section = gb.Section.pressure_temperature(
        rock("silicic"),
        pressure_kbar=(3.2, 3.6, 5),
        temperature_C=(976.0, 984.0, 5),
        database="W24",
    )
    diagram = traced(section, tmp_path)
    assert_consistent(diagram)
    assert any(field.phases.count("fsp") == 2 for field in fields_named(diagram, "liq"))


@pytest.mark.slow
def test_the_line_of_coesite_has_one_pair_of_sides_along_a_field_that_tapers(tmp_path):
    """Coesite takes the place of quartz at once; on its side feldspar goes less than a unit away.

    The vertices crowd at the end at which that field has no width.
    """
    section = gb.Section.pressure_temperature(
        rock("feldspathic"),
        pressure_kbar=(33.2, 33.4, 5),
        temperature_C=(1280.0, 1296.0, 5),
        database="W24",
    )
    diagram = traced(section, tmp_path)
    assert_consistent(diagram)
    polymorphs = [line for line in diagram.lines if {*line.left} ^ {*line.right} == {"q", "coe"}]
    assert any({"fsp", "cpx"} <= {*line.left} for line in polymorphs)


def test_the_middle_of_a_path_is_by_its_length():
    """Vertices crowd where a step was short."""
    path = np.array([[0.0, 0.0], [0.1, 0.0], [0.2, 0.0], [0.3, 0.0], [4.0, 0.0], [10.0, 0.0]])
    place, along = on_chord(path, midway(path))
    assert place == pytest.approx([7.0, 0.0])
    assert along == pytest.approx([1.0, 0.0])


@pytest.mark.parametrize(
    ("rocks", "window", "database"),
    [
        (("peridotitic",), {"pressure_kbar": (29.9, 30.5, 5)}, "T21-Su26"),
        pytest.param(
            ("iron-rich", "iron and titanium"), {"x": (0.0, 0.1)}, "T21", marks=pytest.mark.slow
        ),
    ],
)
def test_a_second_pyroxene_leaves_at_the_crest_of_its_solvus(rocks, window, database, tmp_path):
    """Both are there in like amounts up to a degree before the crest; the line runs along it.

    The other section has a critical point on it, beyond which the other limb is the one that goes.
    """
    if "x" in window:
        section = gb.Section.temperature_composition(
            *map(rock, rocks),
            pressure_kbar=23.363,
            temperature_C=(1080.0, 1110.0, 9),
            steps=7,
            database=database,
            **window,
        )
    else:
        section = gb.Section.pressure_temperature(
            *map(rock, rocks), temperature_C=(1276.0, 1281.0, 6), database=database, **window
        )
    diagram = traced(section, tmp_path)
    assert_consistent(diagram)
    (line,) = diagram.lines
    assert line.phase == "cpx"
    assert {diagram.points[i].kind for i in line.points} == {"edge"}


def test_a_wedge_has_its_second_spinel_inside_up_to_the_tip(tmp_path):
    """Its two sides are one boundary that turns at the critical point, in the middle of its length."""
    section = gb.Section.temperature_composition(
        rock("without aluminium"),
        rock("without silica"),
        pressure_kbar=3.727,
        temperature_C=(1290.0, 1306.0, 5),
        x=(0.565, 0.59),
        steps=11,
        database="G25",
    )
    diagram = traced(section, tmp_path)
    assert_consistent(diagram)
    (wedge,) = [field for field in diagram.fields if field.phases.count("spl") == 2]
    top = shapely.get_coordinates(wedge.outline)[:, 1].max()
    assert top == pytest.approx(1301.3, abs=0.5)


@pytest.mark.slow
def test_a_phase_that_runs_out_before_a_critical_point_ends_the_line_to_it(tmp_path):
    """Quartz does, 42 units before two clinopyroxenes are one, which is extrapolated to."""
    section = gb.Section.pressure_temperature(
        gb.bulk("apollo-12-12009", ignore="outside"),
        pressure_kbar=(14.0, 17.0, 7),
        temperature_C=(1132.0, 1142.0, 5),
        database="T21",
    )
    diagram = traced(section, tmp_path)
    assert_consistent(diagram)
    for number, point in enumerate(diagram.points):
        if point.kind == "critical":
            assert all("q" not in line.left for line in diagram.lines if number in line.points)


def test_fields_between_two_lines_that_no_point_lies_in_are_found(tmp_path):
    """Between melt in and the next line, 3.6 degC above, feldspar runs out and a second pyroxene comes in."""
    section = gb.Section.pressure_temperature(
        rock("ultramafic"),
        pressure_kbar=(3.70, 3.74, 3),
        temperature_C=(1224.0, 1232.0, 2),
        database="W24",
    )
    diagram = traced(section, tmp_path)
    assert_consistent(diagram)
    assert len(diagram.fields) == 6


def test_vertices_that_repeat_say_nothing_of_sides():
    """A boundary from a point on the frame has that vertex twice, apart by rounding."""
    section = gb.Section.pressure_temperature(
        rock("feldspathic"),
        pressure_kbar=(29.053, 29.3, 5),
        temperature_C=(1450.0, 1456.0, 5),
        database="W24",
    )
    solver = PlaneSolver(lay_out(section, section.load_database()))
    seed = next(find_seeds(solver, np.zeros(2), solver.sheet.limits.high * [1.0, 0.0]))
    along = solver.along(seed)
    leg = solver.follow(seed, along if along[1] > 0.0 else -along)
    ends = (Node(leg.places[0], "edge", seed), Node(leg.places[-1], "edge", leg.last))
    beside = []
    for back in (None, 0.0, 1e-9, -1e-9):
        again = [] if back is None else leg.places[:1] + back * (leg.places[1] - leg.places[0])
        arrangement = Arrangement(solver)
        arrangement.add(
            Boundary(np.vstack([*leg.places[:1], *again, *leg.places[1:]]), (seed,), ends)
        )
        (curve,) = arrangement.curves(ends)
        assert len(curve.places) == len(leg.places)
        beside.append((curve.without, curve.beyond, curve.without_left))
    assert len(set(beside)) == 1

"""Exact lines of wet rocks where random sections had lost one, or told its sides wrongly."""

import pytest
import shapely
from consistent_lines import assert_consistent

import gibbsite as gb

pytestmark = pytest.mark.compiled


def traced(section, folder):
    with gb.compute(section, folder / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
    assert_consistent(diagram)
    return diagram


def between(*rocks, **window):
    return gb.Section.temperature_composition(*(gb.bulk(mol=mol) for mol in rocks), **window)


def test_points_nearer_than_told_apart_have_the_lines_of_both(tmp_path):
    """Rutile gives way to a second ilmenite along a field 0.02 units wide, and garnet comes in across it."""
    rock = gb.bulk(
        mol={
            "SiO2": 0.7939, "TiO2": 5.438e-3, "Al2O3": 0.07225, "FeO": 0.03497, "MgO": 0.02637,
            "CaO": 0.01699, "Na2O": 0.02491, "K2O": 0.01945, "O": 5.761e-3,
        }
    )  # fmt: skip
    section = gb.Section.pressure_temperature(
        rock, pressure_kbar=(5.4, 6.8, 6), temperature_C=(478.0, 492.0, 6), database="G16"
    )
    diagram = traced(section, tmp_path)
    changes = [
        line for line in diagram.lines if line.left.count("ilm") + line.right.count("ilm") == 3
    ]
    exchanged = [line for line in changes if ("ru" in line.left) != ("ru" in line.right)]
    assert {"g" in line.left for line in exchanged} == {True, False}  # on both sides of garnet in


def test_the_sides_of_a_wedge_are_not_taken_for_each_other(tmp_path):
    """A second amphibole comes in from either side of a wedge that all but closes in the middle."""
    first = {
        "SiO2": 0.3509, "TiO2": 3.474e-3, "Al2O3": 0.06391, "FeO": 0.02696, "MgO": 0.01938,
        "CaO": 5.2e-3, "Na2O": 9.325e-3, "K2O": 0.01424, "O": 6.56e-3, "H2O": 0.5,
    }  # fmt: skip
    second = {
        "SiO2": 0.6306, "TiO2": 5.147e-3, "Al2O3": 0.1064, "FeO": 0.03893, "MgO": 0.03445,
        "CaO": 0.05823, "Na2O": 0.04015, "K2O": 0.01516, "O": 1.083e-3, "H2O": 0.0699,
    }  # fmt: skip
    section = between(
        first, second, pressure_kbar=17.65, temperature_C=(596.0, 607.0, 6), x=(0.14, 0.42),
        steps=6, database="G16",
    )  # fmt: skip
    diagram = traced(section, tmp_path)
    wedge = max(
        (
            field
            for field in diagram.fields
            if field.phases.count("amp") == 2 and "ep" in field.phases
        ),
        key=lambda field: field.area_fraction,
    )
    x, t = wedge.outline.representative_point().coords[0]
    names = gb.database("G16").components
    ends = [rock.array(names) for rock in section.bulks]
    mixed = dict(zip(names, (1.0 - x) * ends[0] + x * ends[1], strict=True))
    point = gb.equilibrium(gb.bulk(mol=mixed), pressure_kbar=17.65, temperature_C=t, database="G16")
    assert list(point.assemblage).count("amp") == 2


def test_a_line_turns_round_the_tip_of_a_wedge_of_no_visible_width(tmp_path):
    """The rock is without melt and fluid where x is right to 1e-5; that runs up 14 degC into melt."""
    section = between(
        {
            "SiO2": 0.2507, "TiO2": 4.578e-3, "Al2O3": 0.05265, "FeO": 0.03453, "MnO": 2.717e-4,
            "MgO": 0.06759, "CaO": 0.07334, "Na2O": 9.149e-3, "K2O": 2.372e-4, "O": 6.922e-3,
            "H2O": 0.5,
        },
        {
            "SiO2": 0.4032, "TiO2": 1.171e-3, "Al2O3": 0.01726, "FeO": 0.06388, "MnO": 4.942e-4,
            "MgO": 0.4821, "CaO": 0.02934, "Na2O": 2.484e-3, "K2O": 1.317e-4,
        },
        pressure_kbar=15.497, temperature_C=(550.0, 590.0, 6), x=(0.6, 0.615), steps=6,
        database="W14",
    )  # fmt: skip
    diagram = traced(section, tmp_path)
    assert all(point.kind in ("edge", "invariant") for point in diagram.points)
    free = shapely.union_all(
        [field.outline for field in diagram.fields if not {"liq", "H2O"} & {*field.phases}]
    )
    assert free.bounds[3] < 575.0  # above, it is narrower than can be seen


def test_a_point_of_the_grid_in_a_field_too_narrow_to_see_is_explained_by_its_line(tmp_path):
    """Rutile is gone 0.003 degC after ilmenite came in; the middle of the grid is between."""
    section = between(
        {
            "SiO2": 0.6041, "TiO2": 4.389e-3, "Al2O3": 0.08352, "Cr2O3": 5.279e-4, "FeO": 0.05597,
            "MgO": 0.0359, "CaO": 0.03943, "Na2O": 0.04045, "K2O": 0.02156, "H2O": 0.1142,
        },
        {
            "SiO2": 0.5679, "TiO2": 0.01168, "Al2O3": 0.1316, "Cr2O3": 5.706e-4, "FeO": 0.08445,
            "MgO": 0.06437, "CaO": 0.01739, "Na2O": 0.02244, "K2O": 0.03353, "H2O": 0.06604,
        },
        pressure_kbar=7.846, temperature_C=(751.2054, 755.2054, 3), x=(0.59, 0.74), steps=3,
        database="G25",
    )  # fmt: skip
    with gb.compute(section, tmp_path / "b.h5", progress=False, prove=False) as dataset:
        middle = str(dataset.gb.assemblage().values[1, 1]).split("+")
    assert {"ilm", "ru"} <= {*middle}
    diagram = traced(section, tmp_path)
    assert tuple(middle) not in {field.phases for field in diagram.fields}

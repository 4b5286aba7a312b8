"""Exact lines of wet rocks where random sections had lost one, or told its sides wrongly."""

import pytest
from consistent_lines import assert_consistent

import gibbsite as gb

pytestmark = pytest.mark.compiled


def traced(section, folder):
    with gb.compute(section, folder / "a.h5", progress=False, prove=False) as dataset:
        diagram = gb.trace(dataset)
    assert_consistent(diagram)
    return diagram


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

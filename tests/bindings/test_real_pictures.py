"""The two sections of the study, as printed: every field is named, and nothing is overwritten."""

from dataclasses import replace

import matplotlib
import pytest
from drawn_figure import below, overlaps, texts, unnamed

import gibbsite as gb
from gibbsite._drawing.exact import fields_of
from gibbsite._drawing.style import UNHINTED

pytestmark = [pytest.mark.compiled, pytest.mark.slow]
ROWS, COLUMNS = 31, 25
SMALLEST_PT = 5.5


@pytest.fixture(scope="module", params=["fig4c", pytest.param("fig3a", marks=pytest.mark.slow)])
def path(request, tmp_path_factory):
    plan = gb.Section.from_toml(request.param)
    small = replace(
        plan,
        rows=replace(plan.rows, points=ROWS),
        columns=replace(plan.columns, points=COLUMNS),
    )
    path = tmp_path_factory.mktemp("real") / "out.h5"
    gb.compute(small, path, progress=False, prove=False).close()
    return path


@pytest.fixture(
    scope="module", params=[pytest.param("from points", marks=pytest.mark.slow), "solved for"]
)
def result(request, path):
    if request.param == "solved for":
        gb.trace(path)
    with gb.open(path) as dataset:
        yield dataset


@pytest.fixture(scope="module", params=[88.0, pytest.param(180.0, marks=pytest.mark.slow)])
def figure(request, result):
    with matplotlib.rc_context(UNHINTED):
        yield gb.plot(result, width_mm=request.param, exact=result.gb.has_lines())


def test_every_field_of_a_thousandth_of_the_area_is_named(figure, result):
    fields = fields_of(result)
    assert len(fields.fields) > 10
    assert unnamed(figure, fields) == []


def test_no_label_overlaps_a_line_or_another(figure):
    assert overlaps(figure) == []


def test_labels_are_large_enough_to_be_read(figure):
    sizes = [text.get_fontsize() for text in texts(figure, "label", "number", "isopleth")]
    assert min(sizes) >= SMALLEST_PT


def test_numbers_are_those_of_the_legend(figure):
    numbers = {text.get_text() for text in texts(figure, "number")}
    assert numbers == {str(n) for n in range(1, len(numbers) + 1)}
    assert numbers <= set(below(figure))


def test_a_point_is_read_from_a_file_with_and_without_lines(result):
    place = {axis: float(result[axis][3]) for axis in result["status"].dims}
    assert result.gb.at(**place).identical(result.drop_vars("timing_tile").sel(place).load())

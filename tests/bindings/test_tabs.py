"""The tabs beside the diagram, each by itself and without a browser: what their buttons do."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from bokeh.document import Document
from bokeh.events import ButtonClick

from gibbsite._viewing.diagram import PlotDiagram
from gibbsite._viewing.layers import find_layers
from gibbsite._viewing.page import INSPECT, Page
from gibbsite._viewing.result import load
from gibbsite._viewing.tab_compute import ComputeTab
from gibbsite._viewing.tab_download import DownloadTab
from gibbsite._viewing.tab_isopleths import IsoplethTab
from gibbsite._viewing.work import Work

REAL = Path(__file__).parents[1] / "data" / "section_schema_1.h5"


@pytest.fixture(scope="module")
def real():
    result = load(REAL)
    yield result
    result.dataset.close()


class AtOnce(Work):
    """Work that is done before the button comes up again; what was said is in `said`."""

    def __init__(self):
        self.said = []
        super().__init__(Document(), lambda text, failed=False: self.said.append(text), "a.h5")

    def begin(self, what, task, then):
        then(task())


def named(panel, name):
    (found,) = panel.select({"name": name})
    return found


def press(panel, name):
    button = named(panel, name)
    button._trigger_event(ButtonClick(button))


def test_isopleths_are_drawn_at_the_levels_written_and_taken_away(real):
    diagram, work = PlotDiagram(real), AtOnce()
    layers = {layer.key: layer for layer in find_layers(real)}
    tab = IsoplethTab(real, layers, diagram, work)
    named(tab.panel, "of").value = "density"
    named(tab.panel, "levels").value = "3300, 3400"
    press(tab.panel, "draw")
    assert tab.wanted["density"] == [3300.0, 3400.0]
    assert diagram.curves.data["xs"]
    named(tab.panel, "levels").value = "many"
    press(tab.panel, "draw")
    assert "'many' is not a number" in work.said[-1]
    press(tab.panel, "clear")
    assert tab.wanted == {}
    assert list(diagram.curves.data["xs"]) == []


def test_a_file_is_handed_over_and_a_profile_only_if_there_is_one(real):
    work, profiles = AtOnce(), [None]
    tab = DownloadTab(real, PlotDiagram(real), work, dict, lambda: profiles[0])
    (file,) = tab.panel.tags
    press(tab.panel, "save-csv")
    assert file.data["name"] == ["section_schema_1.csv"]
    assert bytes(file.data["bytes"][0]).startswith(b"temperature_C")
    press(tab.panel, "save-profile")
    assert "There is no profile yet" in work.said[-1]
    table = SimpleNamespace(to_csv=lambda **_: "a,b\n")
    profiles[0] = SimpleNamespace(table=table)
    press(tab.panel, "save-profile")
    assert file.data["name"] == ["section_schema_1-profile.csv"]


@pytest.mark.compiled
def test_a_point_computed_here_is_shown(real):
    work, shown = AtOnce(), []
    tab = ComputeTab(
        real, PlotDiagram(real), work, show_answer=shown.append, new_file=None, add=None
    )
    press(tab.panel, "compute-point")
    assert "is empty: click a point" in work.said[-1]
    tab.take_place({"temperature_C": 1150.0, "x": 0.5})
    press(tab.panel, "compute-point")
    assert "1150 °C, x = 0.5" in shown[0]
    assert "certified" in shown[0]


def test_a_click_shows_the_point_and_gives_its_place_to_the_tab_that_computes(real):
    page = Page(Document(), [real.name], real, lambda name: real)
    view = page.view
    view.finish()  # as the browser asks for, once the diagram is seen
    view._tap(SimpleNamespace(x=0.5, y=1150.0))
    assert "Certificate" in view.answer.text
    assert view.tabs.active == INSPECT
    (place,) = view.recompute.panel.select({"name": "temperature_C"})
    assert place.value == pytest.approx(1150.0, abs=30.0)
    view.layer_select.value = "density"
    assert set(view._isopleths_in_sight()) == {"liq"}  # the layer is still being read
    page._close()

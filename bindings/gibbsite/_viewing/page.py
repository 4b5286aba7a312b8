"""The page that a server shows: the diagram to the left, what is asked of it to the right."""

import itertools
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, Final

import numpy as np
from bokeh.document import Document
from bokeh.events import ConnectionLost, DocumentReady, DoubleTap, Tap
from bokeh.layouts import column, row
from bokeh.models import (
    ColumnDataSource,
    CustomJS,
    Div,
    InlineStyleSheet,
    RadioButtonGroup,
    Select,
    TabPanel,
    Tabs,
    TextInput,
)
from numpy.typing import NDArray

from gibbsite._drawing.isopleths import round_levels
from gibbsite._drawing.plot_text import caption
from gibbsite._quantities.grammar import parse
from gibbsite._quantities.read import keys_of
from gibbsite.errors import InputError

from . import key, region
from .answer import as_html, of_point
from .client import client
from .diagram import PlotDiagram
from .layers import FIELDS, MapLayer, find_layers, layer_values, menu
from .overlay import Track, draw_tracks
from .profile import Place, Profile, draw_modes, draw_quantity, take_profile
from .result import Result
from .tab_compute import ComputeTab
from .tab_download import DownloadTab
from .tab_isopleths import IsoplethTab
from .work import Work

PANEL_WIDTH: Final = 430
INSPECT, PROFILE, POLYGON = 0, 1, 2
NEAR_FIRST: Final = 0.02
"""Part of the diagram: a click so near to the first corner of a polygon closes it."""
ENDED: Final = (
    "<p class='bad'>gibbsite view has ended: the diagram still answers the cursor, "
    "all else needs it again.</p>"
)


class Page:
    """One window on the results: those of the file, and those computed here.

    Parameters
    ----------
    document : Document
        Of the session.
    names : list of str
        Of the results of the file, one for each rock.
    first : Result
        The one to begin with.
    fetch : callable
        Returns a result by its name.
    tracks : sequence of Track
        Paths to draw in diagrams of pressure and temperature.
    """

    def __init__(
        self,
        document: Document,
        names: list[str],
        first: Result,
        fetch: Callable[[str], Result],
        tracks: Sequence[Track] = (),
    ) -> None:
        self.document, self.tracks = document, tracks
        self.message = Div(sizing_mode="stretch_width", stylesheets=[panel_style()], name="message")
        self.work = Work(document, self.say, str(first.path))
        self._fetch = fetch
        self._made: dict[str, Result] = {}
        self._numbers = itertools.count(1)
        self._folder = tempfile.TemporaryDirectory(
            prefix="gibbsite-view-", ignore_cleanup_errors=True
        )
        self._select = Select(title="Result", options=names, value=first.name, name="result")
        self._select.on_change("value", self._choose)
        self.view = View(self, first)
        self._root = row(
            sizing_mode="stretch_both", styles={"height": "100vh", "overflow": "hidden"}
        )
        self._lay_out()
        document.add_root(self._root)
        document.on_event(DocumentReady, lambda _: self.view.start())
        document.js_on_event(
            ConnectionLost,
            CustomJS(args={"message": self.message, "text": ENDED}, code="message.text = text"),
        )
        document.on_session_destroyed(lambda _: self._close())

    def say(self, text: str, failed: bool = False) -> None:
        """Tell the user something; an empty text takes the last away."""
        kind = "bad" if failed else "dim"
        self.message.text = f"<p class='{kind}'>{escape(text)}</p>" if text else ""

    def new_file(self) -> tuple[str, Path]:
        """Return a name for a result that is about to be computed, and a place for it."""
        number = next(self._numbers)
        return f"computed here, no. {number}", Path(self._folder.name) / f"computed-{number}.h5"

    def add(self, result: Result) -> None:
        """Show a result that was computed here, and keep it in the list."""
        self._made[result.name] = result
        self._select.options = [*self._select.options, result.name]
        self._select.value = result.name

    def _choose(self, _attr: str, _old: str, new: str) -> None:
        if new in self._made:
            self._show(self._made[new])
        else:
            self.work.begin(f"Reading {new}", lambda: self._fetch(new), self._show)

    def _show(self, result: Result) -> None:
        self.view = View(self, result)
        self._lay_out()
        self.document.add_next_tick_callback(self.view.start)

    def _lay_out(self) -> None:
        view = self.view
        panel = column(
            self._select,
            row(view.layer_select, view.asked),
            view.click,
            self.message,
            view.tabs,
            width=PANEL_WIDTH,
            sizing_mode="stretch_height",
            styles={
                "overflow-y": "auto",
                "max-height": "100vh",
                "padding": "8px 12px",
                "box-sizing": "border-box",
            },
        )
        left = column(
            Div(text=f"<h1>{escape(view.result.title)}</h1>", stylesheets=[panel_style()]),
            view.diagram.figure,
            view.words,
            sizing_mode="stretch_both",
            styles={"padding": "8px 0 4px 8px", "box-sizing": "border-box"},
        )
        self._root.children = [left, panel]
        self.document.title = view.result.title or view.result.name

    def _close(self) -> None:
        self.work.end()
        for result in self._made.values():
            result.dataset.close()
        self._folder.cleanup()


class View:
    """One result on the page, and what was last asked of it."""

    def __init__(self, page: Page, result: Result) -> None:
        self.page, self.result = page, result
        self.layers = {layer.key: layer for layer in find_layers(result)}
        self.layer: MapLayer = self.layers[FIELDS]
        self.values: NDArray[np.float32] = layer_values(result, self.layer)
        self.diagram = PlotDiagram(result)
        self.point: tuple[int, int] | None = None
        self.profile: Profile | None = None
        self._start: Place | None = None
        self._add_marks()
        guarded = page.work.guarded
        self.layer_select = Select(
            title="Show",
            value=FIELDS,
            options=menu(self.layers.values()),
            width=240,
            name="layer",
        )
        self.layer_select.on_change("value", guarded(self._switch))
        self.asked = TextInput(
            title="or any quantity", placeholder="ol.Fo, solid.density", width=140, name="asked"
        )
        self.asked.on_change("value", guarded(self._ask))
        self.click = RadioButtonGroup(
            labels=["Click: a point", "ends of a profile", "corners of a polygon"],
            active=INSPECT,
            name="click",
        )
        self.click.on_change("active", self._forget_clicks)
        self._corners: list[Place] = []
        for event in (Tap, DoubleTap):  # two quick clicks are two, wherever they are
            self.diagram.figure.on_event(event, guarded(self._tap))
        hint = "<p class='dim'>Click into the diagram to see all about a point.</p>"
        self.answer = Div(
            text=hint, width=PANEL_WIDTH - 40, stylesheets=[panel_style()], name="answer"
        )
        self.profiles = column(
            Div(
                text="<p class='dim'>Choose “ends of a profile”, then click its two ends.</p>",
                stylesheets=[panel_style()],
            ),
            width=PANEL_WIDTH - 40,
        )
        text = caption(result.dataset, result.drawn, result.section)
        self.words = Div(
            text=f"<p class='dim'>{escape(text)}</p>",
            sizing_mode="stretch_width",
            stylesheets=[panel_style()],
            name="words",
        )
        self.tabs = Tabs(
            stylesheets=[InlineStyleSheet(css=client("tabs.css"))],
            tabs=[
                TabPanel(title="Point", child=column(self.answer)),
                TabPanel(title="Profile", child=self.profiles),
            ],
            name="tabs",
        )

    def start(self) -> None:
        """Hand over, once the diagram is seen, what the cursor reads; then all else."""
        guarded = self.page.work.guarded
        guarded(self.diagram.give_grids)()
        self.page.document.add_next_tick_callback(guarded(self.finish))

    def finish(self) -> None:
        """Add the tabs of what is asked for more rarely, and draw isopleths."""
        self._add_tabs()
        self.isopleths.redraw()

    def _add_tabs(self) -> None:
        page, result = self.page, self.result
        self.isopleths = IsoplethTab(result, self.layers, self.diagram, page.work)
        self.recompute = ComputeTab(
            result,
            self.diagram,
            page.work,
            show_answer=self._show_answer,
            new_file=page.new_file,
            add=page.add,
        )
        self.download = DownloadTab(
            result, self.diagram, page.work, self._isopleths_in_sight, lambda: self.profile
        )
        words = Div(
            text=key.as_html(result),
            width=PANEL_WIDTH - 40,
            stylesheets=[panel_style()],
            name="key",
        )
        self.tabs.tabs = [
            *self.tabs.tabs,
            TabPanel(title="Isopleths", child=self.isopleths.panel),
            TabPanel(title="Compute", child=self.recompute.panel),
            TabPanel(title="Download", child=self.download.panel),
            TabPanel(title="Key", child=column(words)),
        ]

    def _add_marks(self) -> None:
        self._mark = ColumnDataSource({"x": [], "y": []})
        self._line = ColumnDataSource({"x": [], "y": []})
        plot = self.diagram.figure
        draw_tracks(plot, self.result, self.page.tracks)
        self._area = ColumnDataSource({"x": [], "y": []})
        plot.patch(
            "x", "y", source=self._area, fill_color="#7a0177", fill_alpha=0.12,
            line_color="#7a0177", line_width=2,
        )  # fmt: skip
        plot.line("x", "y", source=self._line, line_color="#7a0177", line_width=2)
        plot.scatter(
            "x", "y", source=self._mark, marker="circle_cross", size=13,
            fill_color=None, line_color="#7a0177", line_width=2,
        )  # fmt: skip

    def _switch(self, _attr: str, _old: str, new: str) -> None:
        layer = self.layers[new]

        def show(values: NDArray[np.float32]) -> None:
            self.layer, self.values = layer, values
            self.diagram.show(layer, values)
            if self.profile is not None:
                self._draw_profile(*self._ends)

        self.page.work.begin(
            f"Reading {layer.title}", partial(layer_values, self.result, layer), show
        )

    def _ask(self, _attr: str, _old: str, new: str) -> None:
        """Show any quantity, and keep it in the menus."""
        if not new.strip():
            return
        meant = parse(new.strip(), keys_of(self.result.dataset))
        layer = MapLayer(meant.text, "Asked for", meant.words("full"), meant.unit)

        def show(values: NDArray[np.float32]) -> None:
            if not np.isfinite(values).any():
                raise InputError(f"{layer.title} has no value anywhere in this diagram.")
            self.layers.setdefault(layer.key, layer)
            self.layer_select.options = menu(self.layers.values())
            self.isopleths.offer(self.layers.values())
            self.layer_select.value = layer.key

        self.page.work.begin(
            f"Reading {layer.title}", partial(layer_values, self.result, layer), show
        )

    def _forget_clicks(self, _attr: str, _old: int, _new: int) -> None:
        self._start, self._corners = None, []

    def _tap(self, event: Any) -> None:
        place = (float(event.x), float(event.y))
        if self.click.active == INSPECT:
            self._inspect(place)
        elif self.click.active == POLYGON:
            self._add_corner(place)
        elif self._start is None or self._start == place:
            self._start = place
            self._mark.data = {"x": [place[0]], "y": [place[1]]}
            self._line.data = {"x": [], "y": []}
            self.page.say("Now click the other end of the profile.")
        else:
            start, self._start = self._start, None
            self.page.say("")
            self._draw_profile(start, place)
            self.tabs.active = PROFILE

    def _add_corner(self, place: Place) -> None:
        """Take a corner; one beside the first closes the polygon and tells what lies inside."""
        y, x = self.result.axes
        spans = np.array([np.ptp(x.values), np.ptp(y.values)])
        closed = len(self._corners) > 2 and bool(
            (np.abs(np.subtract(place, self._corners[0])) < NEAR_FIRST * spans).all()
        )
        if not closed:
            if self._corners[-1:] != [place]:  # the second of two quick clicks comes twice
                self._corners.append(place)
            xs, ys = zip(*self._corners, strict=True)
            self._mark.data = {"x": xs[:1], "y": ys[:1]}
            self._line.data = {"x": xs, "y": ys}
            self._area.data = {"x": [], "y": []}
            self.page.say("Click the next corner; click the first again to close the polygon.")
            return
        corners, self._corners = self._corners, []
        xs, ys = zip(*corners, strict=True)
        self._mark.data = self._line.data = {"x": [], "y": []}
        self._area.data = {"x": xs, "y": ys}
        self.page.say("")
        found = region.take_region(self.result, corners, self.layer, self.values)
        self._show_answer(region.as_html(found, self.layer))

    def _inspect(self, place: Place) -> None:
        self.point = row_, column_ = self.result.index(place[1], place[0])
        at = self.result.place(row_, column_)
        y, x = self.result.axes
        answer = of_point(self.result.dataset.gb.at(**at))
        self._mark.data = {"x": [at[x.name]], "y": [at[y.name]]}
        self._line.data = {"x": [], "y": []}
        heading = f"{y.text(at[y.name])}, {x.text(at[x.name])}"
        self._show_answer(as_html(answer, heading))
        self.recompute.take_place(at)
        self.page.say("")

    def _show_answer(self, html: str) -> None:
        self.answer.text = html
        self.tabs.active = INSPECT

    def _isopleths_in_sight(self) -> dict[str, list[float]]:
        """Return the isopleths drawn; what is shown in colours becomes isopleths as well."""
        wanted, layer = dict(self.isopleths.wanted), self.layer
        if layer.key != FIELDS and layer.has_isopleths and layer.key not in wanted:
            finite = self.values[np.isfinite(self.values)]
            if finite.size:
                wanted[layer.key] = round_levels(float(finite.min()), float(finite.max()))
        return wanted

    def _draw_profile(self, start: Place, stop: Place) -> None:
        self._ends = (start, stop)
        self.profile = take_profile(self.result, start, stop, self.layer, self.values)
        xs, ys = [start[0], stop[0]], [start[1], stop[1]]
        self._mark.data = {"x": xs, "y": ys}
        self._line.data = {"x": xs, "y": ys}
        plots = [draw_modes(self.profile), draw_quantity(self.profile, self.layer)]
        self.profiles.children = [plot for plot in plots if plot is not None]


def panel_style() -> InlineStyleSheet:
    """Return the style of texts beside the diagram."""
    return InlineStyleSheet(css=client("panel.css"))

"""The page without a file: a rock, a database and a range, and the section computed of them."""

import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from bokeh.document import Document
from bokeh.layouts import column, row
from bokeh.models import Button, Div, NumericInput, Select, TextInput

from gibbsite._inputs.composition import Bulk, bulk
from gibbsite._section.section import Section
from gibbsite.errors import InputError
from gibbsite_datasets import load_bulks, load_guides

from .overlay import Track
from .page import Page, panel_style
from .recompute import compute_section
from .result import Result
from .tab_compute import MOST_POINTS
from .work import Work

WIDTH: Final = 420
RANGES: Final = (
    ("pressure-from", "Pressure from (kbar)", 0.001),
    ("pressure-to", "to (kbar)", 20.0),
    ("temperature-from", "Temperature from (°C)", 900.0),
    ("temperature-to", "to (°C)", 1500.0),
)


class FirstPage:
    """A form, and behind it the page of what it computes.

    Parameters
    ----------
    document : Document
        Of the session.
    tracks : sequence of Track
        Paths to draw in the diagram.
    """

    def __init__(self, document: Document, tracks: Sequence[Track]) -> None:
        self._document, self._tracks = document, tracks
        self._folder = tempfile.TemporaryDirectory(
            prefix="gibbsite-view-", ignore_cleanup_errors=True
        )
        self._message = Div(stylesheets=[panel_style()], width=WIDTH, name="message")
        self._work = Work(document, self._say, "the new section")
        self._rock = Select(
            title="Rock", options=list(load_bulks()), value="klb-1", width=WIDTH, name="rock"
        )
        self._oxides = TextInput(
            title="or its own composition in wt%",
            placeholder="SiO2=49.5 MgO=9.0 FeO=8.2 ...",
            width=WIDTH,
            name="oxides",
        )
        guides = load_guides()
        self._database = Select(
            title="Database",
            options=[(name, f"{name}: {guide.suits}") for name, guide in guides.items()],
            value="W24",
            width=WIDTH,
            name="database",
        )
        self._ranges = {
            name: NumericInput(title=title, value=value, mode="float", width=WIDTH // 2, name=name)
            for name, title, value in RANGES
        }
        self._points = NumericInput(
            title="Points an axis", value=25, mode="int", width=WIDTH // 2, name="points"
        )
        button = Button(label="Compute", button_type="primary", width=WIDTH, name="compute")
        button.on_click(self._work.guarded(self._compute))
        ranges = list(self._ranges.values())
        document.add_root(
            column(
                Div(text="<h1>A new section</h1>", stylesheets=[panel_style()], width=WIDTH),
                self._rock,
                self._oxides,
                self._database,
                row(*ranges[:2]),
                row(*ranges[2:]),
                self._points,
                button,
                self._message,
                styles={"margin": "24px auto"},
            )
        )
        document.title = "gibbsite"
        document.on_session_destroyed(lambda _: self._close())

    def _say(self, text: str, failed: bool = False) -> None:
        kind = "bad" if failed else "dim"
        self._message.text = f"<p class='{kind}'>{escape(text)}</p>" if text else ""

    def _compute(self) -> None:
        points = self._points.value
        if not isinstance(points, int) or not 5 <= points <= MOST_POINTS:
            raise InputError(f"{points!r} points an axis; here it can be 5 to {MOST_POINTS}.")
        values = {name: widget.value for name, widget in self._ranges.items()}
        for name, title, _ in RANGES:
            if values[name] is None:
                raise InputError(f"“{title}” is empty.")
        section = Section.pressure_temperature(
            self._read_rock(),
            pressure_kbar=(values["pressure-from"], values["pressure-to"], points),
            temperature_C=(values["temperature-from"], values["temperature-to"], points),
            database=self._database.value,
        )
        section.load_database()  # says now what cannot be meant
        path = Path(self._folder.name) / "section.h5"
        self._work.begin(
            f"Computing {points} x {points} points and the lines between their fields",
            lambda: compute_section(section, path, section.title),
            self._show,
        )

    def _read_rock(self) -> Bulk:
        text = (self._oxides.value or "").replace(",", " ")
        if not text.strip():
            return bulk(self._rock.value, ignore="outside")
        amounts = {}
        for item in text.split():
            oxide, _, number = item.partition("=")
            try:
                amounts[oxide] = float(number)
            except ValueError:
                raise InputError(f"{item!r} should look like SiO2=45.1, without spaces.") from None
        return bulk(wt=amounts, name="my rock", ignore="outside")

    def _show(self, result: Result) -> None:
        self._document.clear()
        page = Page(self._document, [result.name], result, lambda _: result, self._tracks)
        self._document.add_next_tick_callback(page.view.start)

    def _close(self) -> None:
        self._work.end()
        self._folder.cleanup()

"""Download what is in sight."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from bokeh.layouts import column, row
from bokeh.models import Button, ColumnDataSource, CustomJS, Div

from gibbsite.errors import InputError

from .client import client
from .download import KINDS, as_csv, as_file
from .layers import FIELDS
from .tab_isopleths import round_levels

if TYPE_CHECKING:
    from .page import View

PICTURES = ("png", "svg", "pdf")
NUMBERS = ("csv", "nc")


class DownloadTab:
    """Buttons that make a file and hand it to the browser."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._file = ColumnDataSource({"name": [], "kind": [], "bytes": []})
        self._file.js_on_change("data", CustomJS(args={"file": self._file}, code=client("save.js")))
        guarded = view.page.work.guarded
        names = {"nc": "NetCDF"}

        def button(kind: str) -> Button:
            made = Button(label=names.get(kind, kind.upper()), width=90, name=f"save-{kind}")
            made.on_click(guarded(partial(self._save, kind)))
            return made

        profile = Button(label="Profile as CSV", width=140, name="save-profile")
        profile.on_click(guarded(self._save_profile))
        self.panel = column(
            Div(
                text="The part in sight, drawn as for a paper (as gibbsite plot does), "
                "with the isopleths of this page; a quantity shown in colours becomes isopleths:"
            ),
            row(*(button(kind) for kind in PICTURES)),
            Div(text="Its numbers: a table, or a file that gibbsite.open reads:"),
            row(*(button(kind) for kind in NUMBERS)),
            profile,
            Div(text="The button beside the diagram saves it as it looks on the screen."),
        )
        self.panel.tags = [self._file]  # a source that nothing draws must be held by something

    def _save(self, kind: str) -> None:
        view = self._view
        result, seen, isopleths = view.result, view.diagram.view(), self._isopleths()
        view.page.work.begin(
            f"Making {kind.upper()}",
            lambda: as_file(result, seen, kind, isopleths),
            partial(self._hand_over, f"{result.path.stem}.{kind}", KINDS[kind]),
        )

    def _save_profile(self) -> None:
        if self._view.profile is None:
            raise InputError("There is no profile yet: choose “ends of a profile” and click them.")
        name = f"{self._view.result.path.stem}-profile.csv"
        self._hand_over(name, KINDS["csv"], as_csv(self._view.profile.table))

    def _isopleths(self) -> dict[str, list[float]]:
        wanted, layer = dict(self._view.isopleths.wanted), self._view.layer
        if layer.key != FIELDS and layer.has_isopleths and layer.key not in wanted:
            finite = self._view.values[np.isfinite(self._view.values)]
            if finite.size:
                wanted[layer.key] = round_levels(float(finite.min()), float(finite.max()))
        return wanted

    def _hand_over(self, name: str, kind: str, content: bytes) -> None:
        self._file.data = {
            "name": [name],
            "kind": [kind],
            "bytes": [np.frombuffer(content, dtype=np.uint8)],
        }

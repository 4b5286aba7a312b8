"""Download what is in sight."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from bokeh.layouts import column, row
from bokeh.models import Button, ColumnDataSource, CustomJS, Div

from gibbsite.errors import InputError

from .client import client
from .diagram import PlotDiagram
from .download import KINDS, as_csv, as_file
from .profile import Profile
from .result import Result
from .work import Work

PICTURES = ("png", "svg", "pdf")
NUMBERS = ("csv", "nc")


class DownloadTab:
    """Buttons that make a file and hand it to the browser.

    Parameters
    ----------
    result : Result
        What is shown.
    diagram : PlotDiagram
        Knows what is in sight.
    work : Work
        Of the page.
    isopleths : callable
        Returns those to draw: quantity -> levels.
    profile : callable
        Returns the profile that was taken last, None if there is none.
    """

    def __init__(
        self,
        result: Result,
        diagram: PlotDiagram,
        work: Work,
        isopleths: Callable[[], Mapping[str, Sequence[float]]],
        profile: Callable[[], Profile | None],
    ) -> None:
        self._result, self._diagram, self._work = result, diagram, work
        self._isopleths, self._profile = isopleths, profile
        self._file = ColumnDataSource({"name": [], "kind": [], "bytes": []})
        self._file.js_on_change("data", CustomJS(args={"file": self._file}, code=client("save.js")))
        guarded = work.guarded
        names = {"nc": "NetCDF"}

        def button(kind: str) -> Button:
            made = Button(label=names.get(kind, kind.upper()), width=90, name=f"save-{kind}")
            made.on_click(guarded(partial(self._save, kind)))
            return made

        of_profile = Button(label="Profile as CSV", width=140, name="save-profile")
        of_profile.on_click(guarded(self._save_profile))
        self.panel = column(
            Div(
                text="The part in sight, drawn as for a paper (as gibbsite plot does), "
                "with the isopleths of this page; a quantity shown in colours becomes isopleths:"
            ),
            row(*(button(kind) for kind in PICTURES)),
            Div(text="Its numbers: a table, or a file that gibbsite.open reads:"),
            row(*(button(kind) for kind in NUMBERS)),
            of_profile,
            Div(text="The button beside the diagram saves it as it looks on the screen."),
        )
        self.panel.tags = [self._file]  # a source that nothing draws must be held by something

    def _save(self, kind: str) -> None:
        result, seen, isopleths = self._result, self._diagram.view(), self._isopleths()
        self._work.begin(
            f"Making {kind.upper()}",
            lambda: as_file(result, seen, kind, isopleths),
            partial(self._hand_over, f"{result.path.stem}.{kind}", KINDS[kind]),
        )

    def _save_profile(self) -> None:
        profile = self._profile()
        if profile is None:
            raise InputError("There is no profile yet: choose “ends of a profile” and click them.")
        name = f"{self._result.path.stem}-profile.csv"
        self._hand_over(name, KINDS["csv"], as_csv(profile.table))

    def _hand_over(self, name: str, kind: str, content: bytes) -> None:
        self._file.data = {
            "name": [name],
            "kind": [kind],
            "bytes": [np.frombuffer(content, dtype=np.uint8)],
        }

"""A figure that a notebook shows as it is, whatever it was told of matplotlib before."""

import io
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from .style import UNHINTED

SCREEN_DPI = 144.0


class Picture(Figure):
    """A figure of matplotlib that shows itself where it is the last line of a cell."""

    def _repr_png_(self) -> bytes:
        written = io.BytesIO()
        settings: Any = UNHINTED
        with matplotlib.rc_context(settings):
            self.savefig(written, dpi=SCREEN_DPI, format="png")
        return written.getvalue()

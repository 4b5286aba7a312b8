"""What is written below a diagram: the key, the numbered fields, the caption."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from .labels import Measure
from .style import Style

LINE_SPACING: Final = 1.1
ROW: Final = 1.35  # distance of rows, in heights of a text
GAP: Final = 4.0  # between blocks [pt]
MARGIN: Final = 2.0
SAMPLE: Final = 14.0  # length of a line in the key [pt]


class Ruler:
    """Measures text with the renderer that writes PNG files, under the settings in force."""

    def __init__(self) -> None:
        figure = Figure(dpi=720)  # ten dots a point
        self._renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
        self._text = figure.text(0.0, 0.0, "", linespacing=LINE_SPACING)
        self._known: dict[tuple[str, float, str], tuple[float, float]] = {}

    def __call__(self, text: str, size: float, weight: str = "normal", /) -> tuple[float, float]:
        """Return width and height [pt] of a text in a size [pt] and weight of the font."""
        key = (text, size, weight)
        if key not in self._known:
            self._text.set(text=text, fontsize=size, fontweight=weight)
            box = self._text.get_window_extent(self._renderer)
            self._known[key] = (box.width / 10.0, box.height / 10.0)
        return self._known[key]


class PicturePage:
    """A sheet in points; y counts from the lower edge of the diagram, downward negative.

    Parameters
    ----------
    figure : Figure
        The picture.
    width : float
        Of the picture [pt].
    top : float
        Where to begin [pt].
    measure : callable
        Returns width and height of a text [pt].
    style : Style
        Gives the size of the text.
    """

    def __init__(
        self, figure: Figure, width: float, top: float, measure: Measure, style: Style
    ) -> None:
        self._axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), zorder=-1)
        self._axes.axis("off")
        self._width, self._measure, self._size = width, measure, style.text_size
        self._row = ROW * measure("Xg", self._size)[1]
        self._y = top - GAP
        self._x = MARGIN

    @property
    def depth(self) -> float:
        """How far the text reaches below the diagram [pt]."""
        return MARGIN - self._y

    def close(self, height: float) -> None:
        """Fit the sheet to a picture of this height [pt]."""
        self._axes.set(xlim=(0.0, self._width), ylim=(-self.depth, height - self.depth))

    def key(
        self, fill_of: Mapping[int, Any], lines: Sequence[tuple[str, Mapping[str, Any]]]
    ) -> None:
        """Write what shades and lines mean, in as many rows as it takes.

        Shades that are all the same mean nothing.
        """
        if not lines and not _differ(fill_of):
            return
        self._begin()
        fill_of = fill_of if _differ(fill_of) else {}
        for k, (variance, color) in enumerate(fill_of.items()):
            text = str(variance)
            lead = self._measure("variance ", self._size)[0] if k == 0 else 0.0
            x = self._room(lead + 10.0 + self._measure(text, self._size)[0], gap=5.0)
            if k == 0:
                self._write(x, "variance")
            box = Rectangle(
                (x + lead, self._y - 0.35 * self._row),
                *(8.0, 0.7 * self._row),
                facecolor=color,
                edgecolor="0.15",
                linewidth=0.4,
            )
            self._axes.add_patch(box)
            self._write(x + lead + 10.0, text)
        for text, looks in lines:
            x = self._room(SAMPLE + 3.0 + self._measure(text, self._size)[0], gap=10.0)
            self._axes.add_line(Line2D([x, x + SAMPLE], [self._y, self._y], **looks))
            self._write(x + SAMPLE + 3.0, text)
        self._end()

    def numbered(self, entries: Sequence[str]) -> None:
        """Write numbers from 1 and what they stand for, in columns filled one after the other."""
        if not entries:
            return
        self._begin()
        indent = self._measure(str(len(entries)), self._size)[0] + 4.0
        width = indent + max(self._measure(entry, self._size)[0] for entry in entries) + 8.0
        n_columns = max(1, int((self._width - 2.0 * MARGIN + 8.0) / width))
        rows = -(-len(entries) // n_columns)
        for k, entry in enumerate(entries):
            column, row = divmod(k, rows)
            x, y = MARGIN + column * width, self._y - row * self._row
            self._write(x + indent - 4.0, str(k + 1), y, ha="right", fontweight="bold")
            self._write(x + indent, entry, y)
        self._y -= (rows - 1) * self._row
        self._end()

    def text(self, text: str) -> None:
        """Write a paragraph."""
        self._begin()
        for line in self._wrapped(text):
            self._write(MARGIN, line)
            self._y -= self._row
        self._y += self._row
        self._end()

    def _wrapped(self, text: str) -> list[str]:
        """Return the lines of a text; the number of letters in a line is cut until all fit."""
        width = self._width - 2.0 * MARGIN
        n = len(text)
        while n > 10:
            lines = textwrap.wrap(text, n, break_long_words=False, break_on_hyphens=False)
            longest = max(self._measure(line, self._size)[0] for line in lines)
            if longest <= width:
                return lines
            n = min(n - 1, int(n * width / longest) + 1)
        return textwrap.wrap(text, n)

    def _begin(self) -> None:
        self._x = MARGIN
        self._y -= 0.5 * self._row

    def _end(self) -> None:
        self._y -= 0.5 * self._row + GAP

    def _room(self, width: float, gap: float) -> float:
        """Return where the next item of a row begins; a new row if it would not fit."""
        if self._x > MARGIN and self._x + width > self._width - MARGIN:
            self._x = MARGIN
            self._y -= self._row
        x, self._x = self._x, self._x + width + gap
        return x

    def _write(self, x: float, text: str, y: float | None = None, **looks: Any) -> None:
        y = self._y if y is None else y
        self._axes.text(x, y, text, fontsize=self._size, va="center_baseline", **looks)


def _differ(fill_of: Mapping[int, Any]) -> bool:
    """Return whether there is more than one shade, or only one variance to be told."""
    return len(fill_of) == 1 or len({tuple(fill) for fill in fill_of.values()}) > 1

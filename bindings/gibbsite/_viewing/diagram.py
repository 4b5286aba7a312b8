"""The diagram on the page: an image of a million points, lines and names over it, and the cursor."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from bokeh.core.properties import value
from bokeh.events import MouseLeave, MouseMove
from bokeh.models import (
    BoxZoomTool,
    ColorBar,
    ColumnDataSource,
    CustomJS,
    LinearColorMapper,
    PanTool,
    Range1d,
    ResetTool,
    SaveTool,
    WheelZoomTool,
)
from bokeh.palettes import Viridis256
from bokeh.plotting import figure
from numpy.typing import NDArray

from gibbsite._drawing.isopleths import Isopleth
from gibbsite._drawing.style import STYLES
from gibbsite._inputs.names import Convention, Name

from .client import client
from .colours import as_hex
from .layers import FIELDS, MapLayer, colour_range
from .result import MODE_STEPS, Result, Side
from .rooms import choices, rooms

FAILED_COLOUR: Final = "#d55e00"
NOTHING: Final = "#dddddd"  # where a phase that has a composition is not there
STYLE: Final = STYLES["colour"]
# Viridis with white in it: lines and names are black on all of it.
WHITE: Final = 0.45
QUANTITY_PALETTE: Final = [
    as_hex([WHITE + (1.0 - WHITE) * part / 255.0 for part in bytes.fromhex(colour[1:])])
    for colour in Viridis256
]

_ALONG: Final = np.array([0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8])
"""Where on an isopleth its number may stand, the best first."""
_CLEAR: Final = 0.08
"""Part of the width of the diagram from the middle of a name, in which a number might touch it."""
_LINES_TO_WORDS: Final = 2.0
"""How much wider than high names are."""
_SMALLEST: Final = (0.02, 0.01)
"""Half-axes of a room, in parts of the diagram, below which no name is written in it unless zoomed."""


class PlotDiagram:
    """A Bokeh figure of a result, and the sources that its parts are drawn from.

    Attributes
    ----------
    figure : figure
        With the axes of the section.
    grids : ColumnDataSource
        `Result.grids`, read by the cursor; empty until `give_grids`.
    image : ColumnDataSource
        The quantity that is shown, float32 of shape (ny, nx).
    surface, colours : GlyphRenderer
        Fields as areas, and the image of a quantity: one of them is visible.
    shown : ColumnDataSource
        Its key, title and unit.
    """

    def __init__(self, result: Result, names: Convention = "gibbsite") -> None:
        self.result = result
        self._which = Name._fields.index(names)
        y, x = result.axes
        self.figure: Any = figure(
            x_range=_range(x),
            y_range=_range(y),
            x_axis_label=x.label,
            y_axis_label=y.label,
            tools=[PanTool(), BoxZoomTool(), wheel := WheelZoomTool(), ResetTool(), SaveTool()],
            active_scroll=wheel,
            sizing_mode="stretch_both",
            min_width=420,
            min_height=360,
            name="diagram",
        )
        self.figure.toolbar.logo = None
        self.figure.background_fill_color = NOTHING
        self.figure.grid.visible = False
        self.mapper = LinearColorMapper(palette=QUANTITY_PALETTE, nan_color=NOTHING)
        self.grids = ColumnDataSource({"grids": []})
        self.image = ColumnDataSource({"image": [np.zeros((1, 1), dtype=np.float32)]})
        self.shown = ColumnDataSource({"key": [FIELDS], "title": [""], "unit": [""]})
        self.colours = self.figure.image(
            "image",
            x=x.values[0] - x.step / 2,
            y=y.values[0] - y.step / 2,
            dw=np.ptp(x.values) + x.step,
            dh=np.ptp(y.values) + y.step,
            color_mapper=self.mapper,
            source=self.image,
            visible=False,
        )
        self.bar = ColorBar(color_mapper=self.mapper, width=12, visible=False, title="")
        self.figure.add_layout(self.bar, "right")
        self.surface = self._fill_fields()
        self._draw_lines()
        self.curves = ColumnDataSource({"xs": [], "ys": []}, name="isopleths")
        self.levels = ColumnDataSource({"x": [], "y": [], "text": []})
        self._prepare_isopleths()
        self._add_names()  # last: they lie over lines and isopleths
        self._follow_cursor()

    def show(self, layer: MapLayer, values: NDArray[np.float32]) -> None:
        """Show a layer."""
        looks = looks_of(layer, values)
        if not looks["fields"]:
            self.image.data = {"image": [values]}
            self.mapper.update(low=looks["low"], high=looks["high"])
            self.bar.title = looks["label"]
        self.surface.visible = looks["fields"]
        self.colours.visible = self.bar.visible = not looks["fields"]
        self.shown.data = {key: [looks[key]] for key in ("key", "title", "unit")}

    def give_grids(self) -> None:
        """Hand the page what the cursor reads."""
        self.grids.data = {"grids": list(self.result.grids)}

    def draw_isopleths(self, curves: Sequence[Isopleth]) -> None:
        """Draw isopleths in place of those that are there."""
        y, x = self.result.axes
        paths: list[NDArray[np.float64]] = []
        middles, texts = [], []
        for curve in curves:
            parts = [_from_grid(np.asarray(part.coords), x, y) for part in curve.path.geoms]
            longest = max(curve.path.geoms, key=lambda part: part.length)
            along = shapely.line_interpolate_point(longest, _ALONG, normalized=True)
            middles.append(self._clear_of_names(_from_grid(shapely.get_coordinates(along), x, y)))
            texts.append(f"{curve.level:g}")
            paths += parts
        self.curves.data = {"xs": [p[:, 0] for p in paths], "ys": [p[:, 1] for p in paths]}
        self.levels.data = {
            "x": [m[0] for m in middles],
            "y": [m[1] for m in middles],
            "text": texts,
        }

    def _clear_of_names(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the first of some places that is far from the middle of every name, or the furthest."""
        spans = np.array([np.ptp(axis.values) for axis in reversed(self.result.axes)])
        apart = np.abs(places[:, None] - self._name_places) / spans * (1.0, _LINES_TO_WORDS)
        room = apart.max(axis=2).min(axis=1, initial=np.inf)
        far = np.flatnonzero(room > _CLEAR)
        return np.asarray(places[far[0] if len(far) else room.argmax()])

    def view(self) -> tuple[slice, slice]:
        """Return the rows and columns that are in sight, at least two of each."""
        y, x = self.result.axes
        return _in_sight(y, self.figure.y_range), _in_sight(x, self.figure.x_range)

    def _fill_fields(self) -> Any:
        fields = self.result.drawn
        lowest = min((field.variance for field in fields.fields), default=0)
        highest = max((field.variance for field in fields.fields), default=0)
        fills = [as_hex(colour) for colour in STYLE.fills(highest - lowest + 1)]
        areas = [field.outline for field in fields.fields]
        colours = [fills[field.variance - lowest] for field in fields.fields]
        areas += list(fields.failed.geoms)
        colours += [FAILED_COLOUR] * len(fields.failed.geoms)
        rings = [[[np.asarray(r.coords) for r in (a.exterior, *a.interiors)]] for a in areas]
        return self.figure.multi_polygons(
            xs=[[[r[:, 0] for r in part] for part in area] for area in rings],
            ys=[[[r[:, 1] for r in part] for part in area] for area in rings],
            fill_color=colours,
            line_color=None,
        )

    def _draw_lines(self) -> None:
        fields = self.result.drawn
        thin = [line.path for line in fields.lines if min(line.sides) >= 0]
        for paths, looks in (
            (thin, {"line_color": "#262626", "line_width": 0.8}),
            (
                [fields.liquidus],
                {"line_color": "black", "line_width": 2.2, "line_dash": "6 3"},
            ),
            ([fields.solidus], {"line_color": "black", "line_width": 2.2}),
        ):
            parts = [
                np.asarray(part.coords) for part in shapely.get_parts(paths) if not part.is_empty
            ]
            if parts:
                self.figure.multi_line(
                    xs=[part[:, 0] for part in parts], ys=[part[:, 1] for part in parts], **looks
                )

    def _add_names(self) -> None:
        spans = [float(np.ptp(axis.values)) for axis in reversed(self.result.axes)]
        fields = self.result.drawn.fields
        found = [rooms(field, spans) for field in fields]
        # The browser writes a name in the first of its rooms that is large enough, if one is.
        middle, half = np.split(np.reshape(found, (-1, 4)), 2, axis=1)
        self._name_places = middle[(half / spans > _SMALLEST).all(axis=1)]
        source = ColumnDataSource(
            {
                "x": [each[0][0] for each in found],
                "y": [each[0][1] for each in found],
                "text": [""] * len(fields),
                "rooms": found,
                "choices": [choices(field.names[self._which]) for field in fields],
            },
            name="names",
        )
        self.figure.text(
            "x",
            "y",
            "text",
            source=source,
            text_font=value("sans-serif"),
            text_font_size="12px",
            text_color="black",
            text_align="center",
            text_baseline="middle",
            text_line_height=1.15,
        )
        write = CustomJS(
            args={"fig": self.figure, "labels": source, "curves": self.curves},
            code=client("labels.js"),
        )
        self.curves.js_on_change("data", write)
        for end in ("start", "end"):
            self.figure.x_range.js_on_change(end, write)
            self.figure.y_range.js_on_change(end, write)
        for size in ("inner_width", "inner_height"):
            self.figure.js_on_change(size, write)

    def _prepare_isopleths(self) -> None:
        self.figure.multi_line(
            "xs", "ys", source=self.curves, line_color=STYLE.isopleth, line_width=1.4
        )
        self.figure.text(
            "x",
            "y",
            "text",
            source=self.levels,
            text_color=STYLE.isopleth,
            text_font_size="11px",
            text_align="center",
            text_baseline="middle",
            background_fill_color="white",
            background_fill_alpha=0.8,
        )

    def _follow_cursor(self) -> None:
        result = self.result
        y, x = result.axes
        self.figure.js_on_event(
            MouseMove,
            CustomJS(
                args={
                    "grids": self.grids,
                    "image": self.image,
                    "shown": self.shown,
                    "axes": {"x": _described(x), "y": _described(y)},
                    "names": [list(field.names[self._which]) for field in result.fields.fields],
                    "variances": [field.variance for field in result.fields.fields],
                    "failures": result.failures,
                    "steps": MODE_STEPS,
                },
                code=client("hover.js"),
            ),
        )
        self.figure.js_on_event(MouseLeave, CustomJS(code="window.gibbsite.tip().hidden = true"))


def looks_of(layer: MapLayer, values: NDArray[np.float32]) -> dict[str, Any]:
    """Return how a layer is shown, by Python with a server or by JavaScript without one."""
    low, high = colour_range(values)
    return {
        "key": layer.key,
        "title": layer.title,
        "unit": layer.unit,
        "label": layer.label,
        "low": low,
        "high": high,
        "fields": layer.key == FIELDS,
    }


def _described(axis: Side) -> dict[str, Any]:
    return {
        "start": float(axis.values[0]),
        "step": axis.step,
        "n": len(axis.values),
        "decimals": axis.decimals,
        "prefix": axis.prefix,
        "unit": axis.unit,
    }


def _range(axis: Side) -> Range1d:
    low, high = float(axis.values[0]), float(axis.values[-1])
    return Range1d(low, high, bounds=(low - axis.step, high + axis.step))


def _in_sight(axis: Side, span: Any) -> slice:
    low, high = sorted((float(span.start), float(span.end)))
    first = int(np.searchsorted(axis.values, low - axis.step * 1e-6))
    last = int(np.searchsorted(axis.values, high + axis.step * 1e-6, side="right"))
    first = min(first, len(axis.values) - 2)
    return slice(first, max(last, first + 2))


def _from_grid(xy: NDArray[np.float64], x: Side, y: Side) -> NDArray[np.float64]:
    """Return places given in columns and rows in coordinates."""
    corner = np.array([x.values[0], y.values[0]])
    return np.asarray(corner + xy * np.array([x.step, y.step]))

"""The diagram itself: axes, shaded fields, lines between them, isopleths and labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import matplotlib
import numpy as np
import shapely
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from gibbsite._inputs.names import Convention, Name
from gibbsite._section.section import Section

from .fields import Fields
from .isopleths import Isopleth
from .labels import Label, Placed, Wanted, place_labels
from .line_labels import place_on_lines
from .page import LINE_SPACING, PicturePage, Ruler
from .picture import Picture
from .plot_text import SMALL_MM2, axis_labels
from .source import section_of
from .style import POINTS_PER_MM, Style
from .units import Unit, dress

RIGHT_MARGIN: Final = 10.0  # room for a label of an isopleth that leaves the diagram there [pt]
DASHES: Final = (0, (4.0, 2.0))
ISOPLETH_WIDTH: Final = 0.8
# One for each quantity, in turn.
ISOPLETH_DASHES: Final[tuple[Any, ...]] = (
    "solid",
    (0, (5.0, 1.5)),
    (0, (1.0, 1.2)),
    (0, (5.0, 1.2, 1.0, 1.2)),
)


@dataclass(frozen=True, slots=True)
class Paper:
    """The diagram on paper: points (1/72 inch) from its lower left corner, and coordinates."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    width: float
    height: float

    @property
    def frame(self) -> Any:
        """The outline of the diagram [pt]."""
        return shapely.box(0.0, 0.0, self.width, self.height)

    def to_points(self, geometry: Any) -> Any:
        """Return a geometry given in coordinates in points."""
        corner = np.array([self.x[0], self.y[0]])
        scale = np.array([self.width / np.ptp(self.x), self.height / np.ptp(self.y)])
        return shapely.transform(geometry, lambda xy: (xy - corner) * scale)

    def to_coordinates(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places given in points, shape (n, 2), in coordinates."""
        span = np.array([np.ptp(self.x) / self.width, np.ptp(self.y) / self.height])
        return np.asarray(np.array([self.x[0], self.y[0]]) + xy * span)

    def from_grid(self, geometry: Any) -> Any:
        """Return a geometry given in columns and rows in coordinates."""
        columns, rows = np.arange(len(self.x)), np.arange(len(self.y))
        return shapely.transform(
            geometry,
            lambda xy: np.stack(
                [np.interp(xy[:, 0], columns, self.x), np.interp(xy[:, 1], rows, self.y)], -1
            ),
        )


class DrawnDiagram:
    """The upper part of the picture: axes and all that is inside."""

    def __init__(
        self,
        dataset: xr.Dataset,
        fields: Fields,
        style: Style,
        width: float,
        units: Mapping[str, tuple[Unit, ...]] | None = None,
    ) -> None:
        self.fields, self.style, self.width = fields, style, width
        self.units = [(units or {}).get(name, ()) for name in fields.axes]
        self.section: Section | None = section_of(dataset)
        self.measure = Ruler()
        y, x = (np.asarray(dataset[name].values, dtype=np.float64) for name in fields.axes)
        self.figure = Picture(figsize=(width / 72.0, width / 72.0))
        self.axes: Axes = self.figure.add_axes((0.2, 0.3, 0.7, 0.6))
        self.axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
        self._dress()
        self._lay_out(x, y)
        if any(self.units):
            # How many ticks a side has, and so how wide their numbers are, follows from its length.
            size = self.paper.width / width, self.paper.height / width
            self.axes.set_position((self.left / width, 0.2, *size))
            self._lay_out(x, y)
        self._label_x()
        _, _, self.depth, self._over = self._outside()
        variances = [field.variance for field in fields.fields]
        lowest = min(variances, default=0)
        fills = style.fills(max(variances, default=0) - lowest + 1)
        self.fill_of = {variance: fills[variance - lowest] for variance in sorted(set(variances))}
        self._lines: list[Any] = []
        self._taken: list[Any] = []
        self._above = 0.0  # how far labels of isopleths stand out above [pt]

    def _lay_out(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        """Leave room for what is written beside the axes."""
        self.left, right, _, _ = self._outside()
        wide = self.width - self.left - max(right, RIGHT_MARGIN)
        # A small picture is nearly square, so that its fields have room for labels.
        self.paper = Paper(x, y, wide, 0.45 * wide + 32.0 * POINTS_PER_MM)

    def _dress(self) -> None:
        style = self.style
        self.axes.tick_params(
            labelsize=style.tick_size, labelfontfamily=style.font, width=0.6, length=2.5, pad=2.0
        )
        for spine in self.axes.spines.values():
            spine.set_linewidth(0.8)
        self.axes.xaxis.get_major_formatter().set_useOffset(False)  # type: ignore[attr-defined]
        self._name(self.axes.yaxis, self._labels(0)[0])
        self._name(self.axes.xaxis, self._labels(1)[-1])
        for axis, units in zip((self.axes.yaxis, self.axes.xaxis), self.units, strict=True):
            for unit in units[:1]:
                dress(axis, unit)
        if self.units[0][1:]:
            self._opposite(self.axes.secondary_yaxis("right").yaxis, self.units[0][1])
        if self.units[1][1:]:
            self._opposite(self.axes.secondary_xaxis("top").xaxis, self.units[1][1])

    def _name(self, axis: Axis, text: str) -> None:
        axis.set_label_text(text, fontsize=self.style.axis_size)
        axis.labelpad = 2.0

    def _labels(self, which: int, section: Section | None = None) -> tuple[str, ...]:
        """Return texts for the axis of rows (0) or columns (1), the fullest first."""
        units = self.units[which]
        return (units[0].label,) if units else axis_labels(self.fields.axes[which], section)

    def _opposite(self, axis: Axis, unit: Unit) -> None:
        """Dress the axis on the opposite side."""
        style = self.style
        axis.set_tick_params(
            labelsize=style.tick_size, labelfontfamily=style.font, width=0.6, length=2.5, pad=2.0
        )
        dress(axis, unit)
        self._name(axis, unit.label)

    def _outside(self) -> tuple[float, float, float, float]:
        """Return how far the axes write to the left, to the right, below and above [pt]."""
        renderer = FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call]
        inside, outside = self.axes.get_window_extent(), self.axes.get_tightbbox(renderer)
        assert outside is not None
        scale = 72.0 / self.figure.dpi
        return (
            (inside.x0 - outside.x0) * scale + 2.0,
            (outside.x1 - inside.x1) * scale + 2.0,
            (inside.y0 - outside.y0) * scale,
            (outside.y1 - inside.y1) * scale,
        )

    def _label_x(self) -> None:
        """Write the fullest label that is not longer than the axis."""
        for text in self._labels(1, self.section):
            if self.measure(text, self.style.axis_size)[0] <= self.paper.width:
                break
        self._name(self.axes.xaxis, text)

    def shade(self) -> None:
        """Fill the fields; hatch what has no answer."""
        for field in self.fields.fields:
            color = self.fill_of[field.variance]
            self._patch(field.outline, facecolor=color, edgecolor=color, linewidth=0.2, zorder=1)
        if not self.fields.failed.is_empty:
            self._patch(
                shapely.union_all(self.fields.failed),
                facecolor="white",
                edgecolor="0.35",
                hatch="/" * 8,
                linewidth=0.3,
                gid="failed",
                zorder=1.5,
            )

    def dot(self, points: NDArray[np.bool_]) -> None:
        """Dot the surroundings of some points of the grid."""
        if points.any():
            self.axes.contourf(
                self.paper.x, self.paper.y, points.astype(float), levels=(0.5, 1.5),
                colors="none", hatches=("." * 5,), zorder=1.6,
            )  # fmt: skip

    def _patch(self, area: Any, **looks: Any) -> None:
        rings = [
            np.asarray(ring.coords)
            for part in shapely.get_parts(area)
            for ring in (part.exterior, *part.interiors)
        ]
        codes = [
            np.r_[Outline.MOVETO, np.full(len(ring) - 2, Outline.LINETO), Outline.CLOSEPOLY]
            for ring in rings
        ]
        self.axes.add_patch(
            PathPatch(Outline(np.concatenate(rings), np.concatenate(codes)), **looks)
        )

    def draw_lines(self) -> None:
        """Draw the lines between fields, solidus and liquidus strong."""
        fields, style = self.fields, self.style
        thin = [line.path for line in fields.lines if min(line.sides) >= 0]
        self._draw(thin, "field", color="0.15", linewidth=style.line, zorder=2)
        strong: dict[str, Any] = {"color": "black", "linewidth": style.strong, "zorder": 3}
        self._draw([fields.liquidus], "liquidus", linestyle=DASHES, **strong)
        self._draw([fields.solidus], "solidus", **strong)
        self._lines += [self.paper.to_points(line.path) for line in fields.lines]

    def _draw(self, geometries: Sequence[Any], gid: str, **looks: Any) -> None:
        parts = [
            np.asarray(part.coords) for part in shapely.get_parts(geometries) if not part.is_empty
        ]
        if parts:
            lines = LineCollection(parts, capstyle="round", joinstyle="round", gid=gid, **looks)
            self.axes.add_collection(lines, autolim=False)

    def draw_isopleths(self, curves: Sequence[Isopleth]) -> None:
        """Draw isopleths, each interrupted by its label."""
        size = self.style.number_sizes[-1]
        paths = [self.paper.to_points(self.paper.from_grid(curve.path)) for curve in curves]
        labels = place_on_lines(
            paths,
            [f"{curve.level:g}" for curve in curves],
            self._lines,
            self.paper.frame,
            self._around(),
            self.measure,
            size,
        )
        quantities = list(dict.fromkeys(curve.quantity for curve in curves))
        for i, (curve, path) in enumerate(zip(curves, paths, strict=True)):
            looks = isopleth_looks(quantities.index(curve.quantity), self.style)
            for label in labels.get(i, ()):
                path = path.difference(label.box.buffer(0.8))
                self._above = max(self._above, label.box.bounds[3] - self.paper.height)
                self._write(label, "isopleth", color=looks["color"])
                self._taken.append(label.box.buffer(1.0))
            self._lines.append(path)
            drawn = shapely.transform(path, self.paper.to_coordinates)
            self._draw([drawn], "isopleth", zorder=2.5, **looks)

    def _around(self) -> Any:
        """Where labels may stand outside [pt]: not where a second axis has its numbers."""
        right = self.paper.width if self.units[0][1:] else self.width - self.left
        top = self.paper.height if self.units[1][1:] else 2.0 * self.paper.height
        return shapely.box(-self.left, 0.0, right, top)

    @property
    def small(self) -> float:
        """Share of the area below which a field gets a label only if there is room."""
        return SMALL_MM2 * POINTS_PER_MM**2 / (self.paper.width * self.paper.height)

    def label_fields(self, convention: Convention) -> tuple[list[str], list[float]]:
        """Label the fields; return the entries of the numbered ones, and the areas of the rest."""
        which = Name._fields.index(convention)
        wanted = [
            Wanted(
                self.paper.to_points(field.outline),
                field.names[which],
                field.area_fraction >= self.small,
            )
            for field in self.fields.fields
        ]
        placed = place_labels(wanted, self._lines, self._taken, self.measure, self.style)
        for label in placed.labels.values():
            self._write(label, "label")
        order = _as_read(placed)
        for number, i in enumerate(order, start=1):
            label = placed.numbers[i]
            self._write(replace(label, text=str(number)), "number", fontweight="bold")
            if label.leader is not None:
                self._lead(label)
        entries = [" ".join(wanted[i].names) for i in order]
        bare = [
            field.area_fraction
            for i, field in enumerate(self.fields.fields)
            if i not in placed.labels and i not in placed.numbers
        ]
        return entries, bare

    def _write(self, label: Label, gid: str, **looks: Any) -> None:
        x, y = self.paper.to_coordinates(np.array([[label.x, label.y]]))[0]
        self.axes.text(
            x,
            y,
            label.text,
            fontsize=label.size,
            rotation=label.angle,
            rotation_mode="anchor" if label.angle == 0.0 else "default",
            ha="center",
            va="center",
            linespacing=LINE_SPACING,
            gid=gid,
            zorder=4,
            **looks,
        )

    def _lead(self, label: Label) -> None:
        line = self.paper.to_coordinates(np.asarray(label.leader.coords))
        self._draw([shapely.LineString(line)], "leader", color="black", linewidth=0.35, zorder=4)
        self.axes.plot(*line[-1], "o", color="black", markersize=1.4, zorder=4, gid="leader")

    def close(self, page: PicturePage, title: str) -> None:
        """Set the height of the picture, and the diagram's place in it."""
        over = self._over + 2.0 if self.units[1][1:] else self._above
        above, below = over + 4.0, page.depth
        if title:
            size, pad = self.style.axis_size, over + 4.0
            self.axes.set_title(title, fontsize=size, loc="left", pad=pad)
            above = self.measure(title, size)[1] + pad + 3.0
        height = below + self.paper.height + above
        self.figure.set_size_inches(self.width / 72.0, height / 72.0)
        self.axes.set_position(
            (
                self.left / self.width,
                below / height,
                self.paper.width / self.width,
                self.paper.height / height,
            )
        )
        page.close(height)


def isopleth_looks(number: int, style: Style) -> dict[str, Any]:
    """Return how to draw the isopleths of the quantity of this number, from 0.

    Where they are not told from the lines between fields by colour, they are by dashes.
    """
    coloured = not matplotlib.colors.same_color(style.isopleths[0], "black")
    dashes = ISOPLETH_DASHES if coloured else ISOPLETH_DASHES[1:]
    return {
        "color": style.isopleths[number % len(style.isopleths)],
        "linewidth": ISOPLETH_WIDTH,
        "linestyle": dashes[number % len(dashes)],
    }


def _as_read(placed: Placed) -> list[int]:
    """Return the numbered fields from top to bottom, in bands, each from left to right."""
    return sorted(
        placed.numbers, key=lambda i: (-round(placed.numbers[i].y / 24.0), placed.numbers[i].x)
    )

"""Modes and the quantity shown along a line through the diagram."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from bokeh.models import Legend
from bokeh.plotting import figure
from numpy.typing import NDArray

from gibbsite._drawing.fields import FAILED
from gibbsite._inputs.names import Name, label_order

from .colours import phase_colour
from .layers import FIELDS, MapLayer
from .result import Result, Side

MOST: Final = 600  # more points than a profile is wide in pixels
FULL: Final = Name._fields.index("full")
Place = tuple[float, float]
"""(x, y) in coordinates of the diagram."""


@dataclass(frozen=True)
class Profile:
    """Computed points along a line; nothing is interpolated.

    Attributes
    ----------
    along : Side
        The axis on which the line runs farthest.
    rows, columns : ndarray of int, shape (n,)
        Points of the grid, each once.
    table : pandas.DataFrame
        Coordinates, the modes [vol%] of all phases on the line, the quantity shown.
    modes : tuple of (str, str)
        Column of a mode, and the key of its phase; in the order of labels.
    """

    along: Side
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    table: pd.DataFrame
    modes: tuple[tuple[str, str], ...]


def take_profile(
    result: Result, start: Place, stop: Place, layer: MapLayer, values: NDArray[np.float32]
) -> Profile:
    """Return the points nearest to a line.

    Parameters
    ----------
    result : Result
        What is shown.
    start, stop : (float, float)
        Ends of the line, x before y.
    layer, values : MapLayer, ndarray of shape (ny, nx)
        What is shown in colours.
    """
    y, x = result.axes
    first, last = (np.array(result.index(end[1], end[0])) for end in (start, stop))
    n = min(int(np.abs(last - first).max()) + 1, MOST)
    line = np.rint(np.linspace(first, last, max(n, 2))).astype(np.int64)
    line = line[np.r_[True, (np.diff(line, axis=0) != 0).any(axis=1)]]
    rows, columns = line.T
    reach = np.abs(last - first) / np.array([len(y.values), len(x.values)])
    along = (y, x)[int(reach[1] >= reach[0])]
    data: dict[str, Any] = {y.name: y.values[rows], x.name: x.values[columns]}
    modes = _modes(result, rows, columns)
    data |= {name: percent for name, (_, percent) in modes.items()}
    if layer.key != FIELDS:
        data[layer.label] = values[rows, columns]
    order = np.argsort(data[along.name], kind="stable")
    table = pd.DataFrame(data).iloc[order].reset_index(drop=True)
    named = tuple((name, key) for name, (key, _) in modes.items())
    return Profile(along, rows[order], columns[order], table, named)


def draw_modes(profile: Profile) -> Any:
    """Return a figure of the modes, one upon the other."""
    plot: Any = figure(
        height=340,
        sizing_mode="stretch_width",
        x_axis_label=profile.along.label,
        y_axis_label="vol%",
        y_range=(0, 100),
        tools="",
        toolbar_location=None,
    )
    places = profile.table[profile.along.name].to_numpy()
    below = np.zeros(len(places))
    items = []
    for number, (name, key) in enumerate(profile.modes):
        above = below + np.nan_to_num(profile.table[name].to_numpy())
        repeated = key in [other for _, other in profile.modes[:number]]
        area = plot.varea(
            places, below, above, fill_color=phase_colour(key), fill_alpha=0.55 if repeated else 1.0
        )
        plot.line(places, above, line_color="white", line_width=0.7)
        items.append((name, [area]))
        below = above
    legend = Legend(
        items=items, ncols=3, label_text_font_size="10px", spacing=0, padding=0, border_line_alpha=0
    )
    plot.add_layout(legend, "below")
    plot.x_range.range_padding = 0
    plot.xaxis.ticker.desired_num_ticks = 5
    return plot


def draw_quantity(profile: Profile, layer: MapLayer) -> Any | None:
    """Return a figure of the quantity shown; None of fields."""
    if layer.key == FIELDS:
        return None
    plot: Any = figure(
        height=200,
        sizing_mode="stretch_width",
        x_axis_label=profile.along.label,
        y_axis_label=layer.unit,
        title=layer.title,
        tools="",
        toolbar_location=None,
    )
    plot.line(
        profile.table[profile.along.name], profile.table[layer.label], line_color="#2e5e8c",
        line_width=1.5,
    )  # fmt: skip
    plot.x_range.range_padding = 0
    plot.xaxis.ticker.desired_num_ticks = 5
    return plot


def _modes(
    result: Result, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> dict[str, tuple[str, NDArray[np.float64]]]:
    """Return name -> (key, vol% at each point) of every phase on the line; NaN where it failed.

    The names are those of the fields: two clinopyroxenes are augite and pigeonite.
    """
    ids, instances, volume = (
        result.dataset[name].transpose(*result.fields.axes, "slot").values[rows, columns]
        for name in ("phase_id", "instance", "volume_fraction")
    )
    keys = [str(name) for name in result.dataset["phase_name"].values]
    labels = result.fields.labels[rows, columns]
    found: dict[tuple[tuple[int, str], str], NDArray[np.float64]] = {}
    for point, label in enumerate(labels):
        if label == FAILED:
            continue
        slots = sorted(
            np.flatnonzero(ids[point] >= 0),
            key=lambda slot: (label_order(keys[ids[point, slot]]), instances[point, slot]),
        )
        for slot, name in zip(slots, result.fields.fields[label].names[FULL], strict=True):
            which = (label_order(keys[ids[point, slot]]), name)
            column = found.setdefault(which, np.where(labels == FAILED, np.nan, 0.0))
            column[point] = 100.0 * volume[point, slot]
    return {
        name: (order[1], percent) for (order, name), percent in sorted(found.items(), key=_place)
    }


def _place(item: tuple[tuple[tuple[int, str], str], object]) -> tuple[tuple[int, str], str]:
    return item[0]

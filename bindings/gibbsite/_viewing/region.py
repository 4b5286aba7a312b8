"""What lies inside a polygon drawn in the diagram: its assemblages, modes and the quantity shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely
from numpy.typing import NDArray

from gibbsite._drawing.fields import FAILED
from gibbsite._inputs.names import label_order
from gibbsite.errors import InputError

from .layers import FIELDS, MapLayer
from .profile import Place
from .result import Result


@dataclass(frozen=True, slots=True)
class Region:
    """Points of the grid inside a polygon.

    Attributes
    ----------
    points, failed : int
        How many, and how many of them have no answer.
    share : float
        Of the area of the diagram that the polygon covers.
    assemblages : tuple of (str, float)
        Names of the phases, and the share of the points; the most frequent first.
    modes : tuple of (str, float, float, float)
        Phase, and its least, mean and greatest vol% over the points with an answer.
    quantity : tuple of float
        Least, mean, median, greatest and standard deviation of what is shown; empty of fields.
    """

    points: int
    failed: int
    share: float
    assemblages: tuple[tuple[str, float], ...]
    modes: tuple[tuple[str, float, float, float], ...]
    quantity: tuple[float, ...]


def take_region(
    result: Result, corners: Sequence[Place], layer: MapLayer, values: NDArray[np.float32]
) -> Region:
    """Return what lies inside a polygon.

    Parameters
    ----------
    result : Result
        What is shown.
    corners : sequence of (float, float)
        Of the polygon, x before y.
    layer, values : MapLayer, ndarray of shape (ny, nx)
        What is shown in colours.

    Raises
    ------
    InputError
        If it is no polygon, crosses itself, or holds no point of the grid.
    """
    if len(corners) < 3:
        raise InputError("a polygon has three corners or more.")
    polygon = shapely.Polygon(corners)
    if not polygon.is_valid:
        raise InputError("the sides of this polygon cross; draw it again.")
    y, x = result.axes
    inside = shapely.intersects_xy(polygon, *np.meshgrid(x.values, y.values))
    if not inside.any():
        raise InputError("no computed point lies inside this polygon; draw a larger one.")
    labels = result.fields.labels[inside]
    known = labels[labels != FAILED]
    texts, counts = np.unique(
        [" ".join(result.fields.fields[label].names[0]) for label in known], return_counts=True
    )
    order = np.argsort(-counts, kind="stable")
    shown = values[inside]
    finite = shown[np.isfinite(shown)].astype(np.float64)
    return Region(
        points=int(inside.sum()),
        failed=int((labels == FAILED).sum()),
        share=polygon.area / float(np.ptp(x.values) * np.ptp(y.values)),
        assemblages=tuple((str(texts[i]), counts[i] / len(labels)) for i in order),
        modes=tuple(_modes(result, inside)),
        quantity=()
        if layer.key == FIELDS or not finite.size
        else (
            float(finite.min()),
            float(finite.mean()),
            float(np.median(finite)),
            float(finite.max()),
            float(finite.std()),
        ),
    )


def _modes(result: Result, inside: NDArray[np.bool_]) -> list[tuple[str, float, float, float]]:
    keys = [str(name) for name in result.dataset["phase_name"].values]
    ids, volume = (
        result.dataset[name].transpose(*result.fields.axes, "slot").values[inside]
        for name in ("phase_id", "volume_fraction")
    )
    known = (ids >= 0).any(axis=-1)
    rows = []
    for number in np.unique(ids[ids >= 0]):
        share = 100.0 * np.where(ids == number, volume, 0.0).sum(axis=-1)[known]
        least, mean, most = (float(each) for each in (share.min(), share.mean(), share.max()))
        rows.append((keys[number], least, mean, most))
    return sorted(rows, key=lambda row: label_order(row[0]))


def as_html(region: Region, layer: MapLayer) -> str:
    """Return the statistics of a region as HTML."""
    failed = f", {region.failed} of them without an answer" if region.failed else ""
    size = f"{region.points} points{failed}, {100.0 * region.share:.3g} % of the diagram"
    parts = [f"<h2>Inside the polygon</h2><p>{size}.</p>"]
    if region.quantity:
        rows = zip(
            ("least", "mean", "median", "greatest", "standard deviation"),
            (f"{number:.6g} {layer.unit}" for number in region.quantity),
            strict=True,
        )
        parts.append(f"<h3>{escape(layer.title)}</h3>{_table(list(rows))}")
    head = "<tr><th></th><th>least</th><th>mean</th><th>greatest</th></tr>"
    modes = "".join(
        f"<tr><th>{escape(key)}</th>" + "".join(f"<td>{n:.2f}</td>" for n in numbers) + "</tr>"
        for key, *numbers in region.modes
    )
    parts.append(f"<h3>Modes (vol%)</h3><table class='numbers'>{head}{modes}</table>")
    shares = [(names, f"{100.0 * share:.1f} %") for names, share in region.assemblages]
    parts.append(f"<h3>Assemblages</h3>{_table(shares)}")
    return "".join(parts)


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
    return f"<table class='facts'>{cells}</table>"

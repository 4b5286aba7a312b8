"""The picture of a list, or of a row of a section: what a rock consists of along a line of conditions."""

from collections.abc import Mapping
from typing import Any, Final

import matplotlib
import numpy as np
import xarray as xr

from gibbsite._inputs.names import Convention, label_order
from gibbsite.errors import InputError
from gibbsite_engine.status import CERTIFIED

from .path_plot import LEAST, draw_shares, name_along
from .picture import Picture
from .plot_text import LABELS, by_weight, composition
from .style import POINTS_PER_MM, UNHINTED, Style
from .units import Unit

HEIGHT_MM: Final = 65.0
_CONDITIONS: Final = ("temperature_C", "pressure_kbar")


def is_line(dataset: xr.Dataset) -> bool:
    """Whether the points of a result lie one after the other: those of a list, or of a row of a grid."""
    return "status" in dataset and dataset["status"].squeeze().ndim == 1


def plot_profile(
    result: xr.Dataset,
    style: Style,
    width_mm: float,
    convention: Convention,
    title: str | None,
    units: Mapping[str, tuple[Unit, ...]],
    long: bool = True,
) -> Picture:
    """Draw the volumes of all phases against what changes along a line.

    Parameters
    ----------
    result : xarray.Dataset
        A list of points, or a row or column of a section.
    style, width_mm, convention, title, units
        As of `plot`; the unit of what changes is taken.
    long : bool
        Whether the caption tells the composition of the rock, if it is the same at all points.

    Raises
    ------
    InputError
        If the conditions do not go one way, or fewer than two points have an answer.
    """
    line = result.squeeze()
    dim = str(line["status"].dims[0])
    good = line.isel({dim: np.flatnonzero(line["status"].values == CERTIFIED)})
    if good.sizes[dim] < 2:
        raise InputError("fewer than two points of this line have an answer: there is no picture.")
    name = _along(good, dim)
    if name in good.variables:
        good = good.sortby(name)
    along = good[name].values  # numbers of the points, where no coordinate changes
    shares = {str(key): good.gb.mode(str(key)).values for key in good["phase_name"].values}
    shown = {key: shares[key] for key in sorted(shares, key=label_order)}
    shown = {key: share for key, share in shown.items() if share.max() >= LEAST}
    settings: Any = {"font.family": style.font, **UNHINTED}
    with matplotlib.rc_context(settings):
        inches = np.array([width_mm, HEIGHT_MM]) * POINTS_PER_MM / 72.0
        figure = Picture(figsize=tuple(inches), layout="constrained")
        axes = figure.subplots()
        draw_shares(axes, along, shown, "vol%", style, convention)
        name_along(axes, LABELS.get(name, name), units.get(name, ()), style)
        heading = str(result.attrs.get("title", "")) if title is None else title
        if heading:
            axes.set_title(heading, fontsize=style.axis_size, loc="left")
        text = _caption(line, good.sizes[dim], name)
        if long and (rock := _rock(good)):
            text = f"{rock}.\n{text}"
        figure.supxlabel(text, fontsize=style.text_size, x=0.01, ha="left", wrap=True)
    return figure


def _along(line: xr.Dataset, dim: str) -> str:
    """Return the coordinate that changes along a line, or one of several that goes one way."""
    others = [str(name) for name, each in line.coords.items() if each.dims == (dim,)]
    changing = [
        name
        for name in dict.fromkeys([*_CONDITIONS, *others])
        if name in line.coords and line[name].dims == (dim,) and line[name].dtype.kind in "if"
        if np.ptp(line[name].values) > 0.0
    ]
    if len(changing) < 2:
        return changing[0] if changing else dim
    for name in changing:
        steps = np.diff(line[name].values)
        if (steps > 0.0).all() or (steps < 0.0).all():
            return name
    raise InputError(
        "the points of this list jump about in temperature and pressure; a picture needs a grid of two "
        "axes, which compute() makes of a section, or points in order along one."
    )


def _rock(line: xr.Dataset) -> str:
    """Return the composition of the rock, empty where it is not one or not stored."""
    if not {"bulk_mol", "molar_mass"} <= {*line.variables}:
        return ""
    moles = line["bulk_mol"].transpose(..., "component").values
    same = np.allclose(moles, moles[0], rtol=0.0, atol=1e-9)
    return composition(by_weight(line, moles[0]), "") if same else ""


def _caption(line: xr.Dataset, answers: int, along: str) -> str:
    """Return what a reader must know: the other condition, the database, what failed."""
    attributes = line.attrs
    said = []
    for name, unit in zip(_CONDITIONS, ("°C", "kbar"), strict=True):
        if name in line.coords and name != along:
            values = np.unique(line[name].values)
            said.append(" to ".join(f"{each:g}" for each in values[[0, -1][: len(values)]]))
            said[-1] += f" {unit}"
    origin = f"Database {attributes.get('database')}, gibbsite {attributes.get('gibbsite_version')}"
    size = line["status"].size
    failed = f"{size - answers} failed" if answers < size else "none failed"
    sentences = [*([", ".join(said)] if said else []), origin, f"{size} points, {failed}"]
    if outside := str(attributes.get("outside_range", "")):
        sentences.append(outside[0].upper() + outside[1:])
    return ". ".join(sentences) + "."

"""Diagrams of melts: total alkali-silica, Harker, Fenner, AFM, and any triangle of quantities."""

import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import matplotlib
import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.melt import MELT
from gibbsite._quantities.grammar import parse
from gibbsite._quantities.read import keys_of
from gibbsite._store.file import open as open_result
from gibbsite._suggest import did_you_mean
from gibbsite.errors import GibbsiteError, InputError
from gibbsite_datasets import load_tas

from .picture import Picture
from .plot import check_size, checked_target, write_picture
from .plot_text import formula, printed
from .style import POINTS_PER_MM, UNHINTED, Style, as_style

Floats = NDArray[np.float64]
WATER: Final = "H2O"
VARIATION: Final = {"harker": "SiO2", "fenner": "MgO"}
"""Kind of variation diagram -> the oxide that all others are drawn against."""
KINDS: Final = ("tas", *VARIATION, "afm")
LEAST: Final = 0.1
"""Of an oxide [wt%]; what nowhere reaches it gets no panel."""
PANEL_MM: Final = 40.0
AFM: Final = (("FeO",), ("Na2O", "K2O"), ("MgO",))
"""Corners F, at the top, A and M, as these triangles are drawn; all iron as FeO."""
MAP: Final = "plasma"


def plot_melt(
    result: xr.Dataset | str | os.PathLike[str],
    kind: str | Sequence[str] = "tas",
    path: str | os.PathLike[str] | None = None,
    *,
    style: str | Style = "colour",
    width_mm: float = 88.0,
    title: str | None = None,
    dpi: float = 300.0,
) -> Picture:
    """Draw the compositions of melts, in the colours of their temperature.

    Parameters
    ----------
    result : xarray.Dataset or path
        A path, a list or a section, with compositions.
    kind : {"tas", "harker", "fenner", "afm"} or three names of quantities
        Total alkalis against silica, free of water, with the fields of volcanic rocks; each oxide against
        silica, or against magnesia; alkalis, iron and magnesia; or a triangle such as ("liq.CaO", "liq.Al2O3", "liq.MgO"). Triangles need
        the extra `ternary`.
    path : path, optional
        Where to write the picture: a .png, .pdf or .svg file, which is replaced if it exists.
    style : str or Style
        As of `plot`.
    width_mm : float
        Width on paper [mm].
    title : str, optional
        Instead of that of the result; "" for none.
    dpi : float
        Resolution of a .png file.

    Returns
    -------
    matplotlib.figure.Figure
        In a notebook it shows itself.

    Raises
    ------
    InputError
        If there is no melt, or an argument cannot be meant.
    GibbsiteError
        If mpltern is missing.
    StoreError
        If a file cannot be read or written.
    """
    target = None if path is None else checked_target(Path(path))
    check_size(width_mm, dpi)
    if isinstance(kind, str) and kind not in KINDS:
        raise InputError(f"kind = {kind!r}: {did_you_mean(kind, KINDS)}")
    if not isinstance(kind, str) and len(tuple(kind)) != 3:
        raise InputError(f"a triangle has three quantities, not {len(tuple(kind))}.")
    if isinstance(result, xr.Dataset):
        figure = _drawn(result, kind, as_style(style), width_mm, title)
    else:
        with open_result(result) as dataset:
            figure = _drawn(dataset, kind, as_style(style), width_mm, title)
    if target is not None:
        write_picture(figure, target, dpi)
    return figure


def rock_name(silica: float, alkalis: float) -> str:
    """Return what a volcanic rock is called that has so much SiO2 and Na2O + K2O [wt%, free of water].

    Empty outside all fields.
    """
    point = shapely.Point(silica, alkalis)
    return next(
        (each.name for each in load_tas() if shapely.Polygon(each.corners).covers(point)), ""
    )


def _drawn(
    dataset: xr.Dataset, kind: str | Sequence[str], style: Style, width_mm: float, title: str | None
) -> Picture:
    settings: Any = {"font.family": style.font, **UNHINTED}
    with matplotlib.rc_context(settings):
        inches = width_mm * POINTS_PER_MM / 72.0
        figure = Picture(figsize=(inches, 0.86 * inches), layout="constrained")
        if kind == "tas":
            axes, points = _draw_tas(figure, dataset, style)
        elif isinstance(kind, str) and kind in VARIATION:
            axes, points = _draw_variation(figure, dataset, VARIATION[kind], width_mm, style)
        else:
            axes, points = _draw_triangle(figure, dataset, kind, style)
        for each in np.atleast_1d(axes):
            each.tick_params(labelsize=style.tick_size)
        bar = figure.colorbar(points, ax=axes, shrink=0.75, pad=0.03)
        bar.set_label("Temperature (°C)", fontsize=style.axis_size)
        bar.ax.tick_params(labelsize=style.tick_size)
        heading = str(dataset.attrs.get("rock", dataset.attrs.get("title", "")))
        if title if title is not None else heading:
            # of the figure: as the title of one panel among many it would widen that alone
            figure.suptitle(
                heading if title is None else title, fontsize=style.axis_size, x=0.0, ha="left"
            )
        if kind == "tas":
            _shorten_names(figure, axes)
    return figure


def _shorten_names(figure: Any, axes: Any) -> None:
    """Write a name in more lines, or the key of its field, or nothing, where there is no room for it.

    What room there is, is known when all is laid out.
    """
    figure.draw_without_rendering()
    fields = {each.key: shapely.Polygon(each.corners) for each in load_tas()}
    (low, high), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    frame = shapely.box(low, bottom, high, top)
    for text in list(axes.texts):
        seen = fields[text.get_gid()].intersection(frame)
        name = text.get_text()
        for short in (name, re.sub("trachy(?=[ab])", "trachy-\n", name), text.get_gid(), ""):
            text.set_text(short)
            corners = text.get_window_extent().transformed(axes.transData.inverted())
            if seen.covers(shapely.box(*corners.extents)):
                break
        if not text.get_text():
            text.remove()


def _draw_tas(figure: Any, dataset: xr.Dataset, style: Style) -> tuple[Any, Any]:
    """Draw total alkalis against silica, and the fields of the classification."""
    axes = figure.subplots()
    melt = _oxides(dataset)
    total = sum(values for oxide, values in melt.items() if oxide != WATER)
    silica = 100.0 * melt["SiO2"] / total
    nothing = np.zeros_like(silica)
    alkalis = 100.0 * (melt.get("Na2O", nothing) + melt.get("K2O", nothing)) / total
    there = np.isfinite(silica)
    low = min(40.0, 2.0 * np.floor(silica[there].min() / 2.0 - 0.5))
    high = max(60.0, 2.0 * np.ceil(silica[there].max() / 2.0 + 0.5))
    top = max(8.0, float(np.ceil(alkalis[there].max() + 1.0)))
    frame = shapely.box(low, 0.0, high, top)
    for each in load_tas():
        polygon = shapely.Polygon(each.corners)
        axes.plot(*np.array(polygon.exterior.coords).T, color="0.45", linewidth=style.line)
        seen = polygon.intersection(frame)
        if seen.area > 0.0 and each.key != "Ba":  # basalt is two fields of one name
            middle = shapely.get_point(shapely.maximum_inscribed_circle(seen), 0)
            text = axes.text(
                middle.x, middle.y, each.name.replace(" ", "\n"), ha="center", va="center",
                color="0.35", fontsize=style.text_size,
            )  # fmt: skip
            text.set_gid(each.key)
    points = _scatter(axes, (silica, alkalis), dataset, there)
    axes.set(xlim=(low, high), ylim=(0.0, top))
    axes.set_xlabel(f"{formula('SiO2')} (wt%, free of water)", fontsize=style.axis_size)
    axes.set_ylabel(f"{formula('Na2O + K2O')} (wt%)", fontsize=style.axis_size)
    return axes, points


def _draw_variation(
    figure: Any, dataset: xr.Dataset, against: str, width_mm: float, style: Style
) -> tuple[NDArray[np.object_], Any]:
    """Draw each oxide against one, in a panel of its own."""
    melt = _oxides(dataset)
    along = melt[against]
    there = np.isfinite(along)
    shown = [name for name, each in melt.items() if name != against and np.nanmax(each) >= LEAST]
    columns = max(1, round(width_mm / PANEL_MM))
    rows = -(-len(shown) // columns)
    figure.set_figheight(rows * 0.8 * width_mm / columns * POINTS_PER_MM / 72.0)
    grid = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    for oxide, axes in zip(shown, grid, strict=False):
        points = _scatter(axes, (along, melt[oxide]), dataset, there)
        if melt[oxide][there].min() < 0.5 * melt[oxide][there].max():
            axes.set_ylim(bottom=0.0)
        axes.set_ylabel(f"{formula(oxide)} (wt%)", fontsize=style.axis_size)
    grid[0].locator_params(axis="x", nbins=5, min_n_ticks=3)
    for k, axes in enumerate(grid):
        if k >= len(shown):
            axes.remove()
        elif k >= len(shown) - columns:  # the last of its column
            axes.tick_params(labelbottom=True)
    figure.supxlabel(f"{formula(against)} (wt%)", fontsize=style.axis_size)
    return grid[: len(shown)], points


def _draw_triangle(
    figure: Any, dataset: xr.Dataset, kind: str | Sequence[str], style: Style
) -> tuple[Any, Any]:
    """Draw three quantities, normalised to 100, in a triangle."""
    if find_spec("mpltern") is None:
        raise GibbsiteError('triangles need mpltern: pip install "gibbsite[ternary]".')
    import mpltern  # noqa: F401  (gives Matplotlib its projection)

    if kind == "afm":
        melt = _oxides(dataset)
        corners = [sum(melt.get(oxide, 0.0) for oxide in group) for group in AFM]
        names = ["FeO, all iron (wt%)", f"{formula('Na2O + K2O')} (wt%)", "MgO (wt%)"]
    else:
        meant = [parse(name, keys_of(dataset)) for name in kind]
        corners = [dataset.gb.quantity(each.text).values.ravel() for each in meant]
        names = [f"{printed(each)} ({each.unit})" for each in meant]
    values = np.array([np.asarray(each, dtype=np.float64) for each in corners])
    if (values < 0.0).any():
        raise InputError("a corner of a triangle cannot be negative.")
    total = values.sum(axis=0)
    there = np.isfinite(total) & (total > 0.0)
    if not there.any():
        raise InputError("these three quantities have no value at any point.")
    axes = figure.add_subplot(projection="ternary", ternary_sum=100.0)
    points = _scatter(axes, 100.0 * values / np.where(there, total, np.nan), dataset, there)
    for side, name in zip("tlr", names, strict=True):
        getattr(axes, f"set_{side}label")(name, fontsize=style.axis_size)
    axes.grid(linewidth=style.line, color="0.85")
    return axes, points


def _scatter(axes: Any, values: Any, dataset: xr.Dataset, there: NDArray[np.bool_]) -> Any:
    temperature = dataset["temperature_C"].broadcast_like(dataset["status"]).values.ravel()
    return axes.scatter(
        *(each[there] for each in values), c=temperature[there], cmap=MAP, s=10.0, linewidths=0.0,
        zorder=3,
    )  # fmt: skip


def _oxides(dataset: xr.Dataset) -> dict[str, Floats]:
    """Return the oxides of the melt [wt%] at all points, all iron as FeO; NaN where there is none."""
    melt = {
        str(oxide): np.asarray(dataset.gb.quantity(f"{MELT}.{oxide}").values.ravel(), np.float64)
        for oxide in dataset["component"].values
        if str(oxide) != "O"  # oxygen beyond that of FeO
    }
    if not np.isfinite(melt["SiO2"]).any():
        raise InputError("there is no melt at any point.")
    return melt

"""The picture of a diagram: fields shaded by variance, lines, labels, isopleths, and a key."""

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import matplotlib
import numpy as np
import xarray as xr

from gibbsite._inputs.given import number
from gibbsite._inputs.names import Convention, check_convention
from gibbsite._quantities.grammar import parse
from gibbsite._quantities.read import keys_of
from gibbsite._showing import listed
from gibbsite._store.file import open as open_result
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError, StoreError

from .diagram import DASHES, DrawnDiagram, isopleth_looks
from .exact import fields_to_draw
from .fields import Fields
from .isopleths import (
    Isopleth,
    default_isopleths,
    find_isopleths,
    quantity_values,
    read_isopleths,
)
from .page import PicturePage
from .path_plot import is_path, plot_path
from .picture import Picture
from .plot_text import caption as write_caption
from .plot_text import printed
from .profile_plot import is_line, plot_profile
from .rims import Rims
from .style import POINTS_PER_MM, UNHINTED, Style, as_style
from .units import AxesGiven, Unit, units_of

_LOG = logging.getLogger("gibbsite")
SUFFIXES: Final = (".png", ".pdf", ".svg")
WIDTHS_MM: Final = (60.0, 2000.0)
"""Below, labels have no room; above is no paper."""
RESOLUTIONS: Final = (1.0, 2400.0)
"""Dots per inch."""
MOST_DOTS: Final = 30_000
"""Of the width: nothing shows more, and a picture as high as it is wide takes 3.6 GB then."""
MM_PER_INCH: Final = 25.4


def plot(
    result: xr.Dataset | str | os.PathLike[str],
    path: str | os.PathLike[str] | None = None,
    *,
    style: str | Style = "colour",
    width_mm: float = 180.0,
    isopleths: Mapping[str, Sequence[float]] | None = None,
    names: str = "gibbsite",
    title: str | None = None,
    dpi: float = 300.0,
    exact: bool | None = None,
    proof: bool = False,
    caption: Literal["long", "short"] = "long",
    axes: AxesGiven | None = None,
) -> Picture:
    """Draw a computed section, a path, or a list of points in order along a line.

    A path is drawn as melt and solids against temperature, and as oxides of the melt against MgO.

    Parameters
    ----------
    result : xarray.Dataset or path
        What `compute` returned or wrote.
    path : path, optional
        Where to write the picture: a .png, .pdf or .svg file, which is replaced if it exists.
    style : {"colour", "warm", "grey", "lines", "journal", "slides"} or Style
        Its looks. Shades are the darker, the higher the variance; "slides" has larger type.
    width_mm : float
        Width of the picture on paper [mm]; 88 and 180 are common in journals. Text keeps its size.
    isopleths : mapping of str to sequence of float, optional
        Quantity -> levels; by default melt at 20, 40, 60, 80 vol%; {} for none. A quantity is
        what `ds.gb.quantity` takes: "liq" [vol%], "ol.Fo", "pl.An", "cpx1.Mg#" [mol%], "cpx.Al",
        "liq.SiO2" [wt%], "density" [kg/m3], "rock.mu.SiO2" [kJ/mol].
    names : {"gibbsite", "full", "warr"}
        What to call the phases: our keys, words, or the symbols of Warr (2021).
    title : str, optional
        Instead of that of the section; "" for none.
    dpi : float
        Resolution of a .png file.
    exact : bool, optional
        Solve for the lines between fields, in memory, if the result does not hold them already (see
        `trace`); False for lines between the points of the grid. By default they are solved for where
        that can be done: of a whole section that has answers all over, if its database is as it was.
        Else the text below the picture says why not.
    proof : bool
        Dot the points whose answers are searched, not proved.
    caption : {"long", "short"}
        Whether the text below tells the compositions of the rocks, too.
    axes : mapping of str to (str or sequence of str), optional
        Units of the axes of "pressure" ("kbar", "GPa", "MPa", "bar", or a depth) and "temperature" ("C",
        "K"), or two of them, the second at the opposite side: {"pressure": ["GPa", "depth:moon"]}. A
        depth [km] is hydrostatic, in "depth:earth" and "depth:moon" with tabulated densities, in
        "depth:mars:3400" and any other body with that density [kg/m3].

    Returns
    -------
    matplotlib.figure.Figure
        Its first axes are the diagram, in coordinates of the section, kbar and degrees Celsius
        whatever the units at its sides. In a notebook it shows itself.

    Raises
    ------
    InputError
        If an argument cannot be meant, or the points of a list are in no order.
    StoreError
        If a file cannot be read or written.
    """
    target = None if path is None else checked_target(Path(path))
    check_size(width_mm, dpi)
    if caption not in ("long", "short"):
        near = did_you_mean(str(caption), ("long", "short"))
        raise InputError(f"caption = {caption!r}: {near}")
    looks, convention = as_style(style), check_convention(names)
    how = _Wanted(
        *(
            looks,
            width_mm,
            read_isopleths(isopleths),
            convention,
            title,
            exact,
            proof,
            caption == "long",
        ),
        units_of(axes),
    )
    if not isinstance(result, xr.Dataset):
        with open_result(result) as dataset:
            figure = _drawn(dataset, how)
    else:
        figure = _drawn(result, how)
    if target is not None:
        write_picture(figure, target, dpi)
    return figure


def check_size(width_mm: float, dpi: float) -> None:
    """Raise InputError for a picture too narrow for its labels, or larger than paper and screens are.

    Parameters
    ----------
    width_mm, dpi : float
        Its width [mm] and resolution [dots per inch].
    """
    for name, value, unit, (low, high) in (
        ("width_mm", width_mm, " mm", WIDTHS_MM),
        ("dpi", dpi, "", RESOLUTIONS),
    ):
        if not low <= number(name, value) <= high:
            raise InputError(f"{name} = {value:g} is outside {low:g} to {high:g}{unit}.")
    dots = width_mm / MM_PER_INCH * dpi
    if dots > MOST_DOTS:
        raise InputError(
            f"dpi = {dpi:g} makes {dots:,.0f} dots of {width_mm:g} mm; a picture has at most "
            f"{MOST_DOTS:,} along its width."
        )


def checked_target(path: Path) -> Path:
    """Return where a picture goes; InputError if that is no kind of picture."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"{path} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}; "
            f"{path.suffix or 'no suffix'} is not a kind of picture."
        )
    return path


def write_picture(figure: Picture, path: Path, dpi: float) -> None:
    """Write a picture: text of a PDF as TrueType, of an SVG as outlines; no date in either."""
    undated: dict[str, dict[str, Any]] = {
        ".pdf": {"CreationDate": None, "ModDate": None},
        ".svg": {"Date": None},
    }
    kind = path.suffix.lower()
    settings: Any = {"pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "gibbsite"}
    settings |= UNHINTED
    try:
        with matplotlib.rc_context(settings):
            figure.savefig(path, dpi=dpi, format=kind[1:], metadata=undated.get(kind))
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}.") from None


class _Wanted(NamedTuple):
    """How a picture is to be; as the arguments of `plot`."""

    style: Style
    width_mm: float
    isopleths: Mapping[str, Sequence[float]] | None
    convention: Convention
    title: str | None
    exact: bool | None
    proof: bool
    long_caption: bool
    units: Mapping[str, tuple[Unit, ...]]


def _drawn(dataset: xr.Dataset, how: _Wanted) -> Picture:
    style, convention = how.style, how.convention
    if is_path(dataset):
        if how.isopleths or how.proof:
            raise InputError("a path has neither isopleths nor proofs to draw.")
        return plot_path(
            dataset, style, how.width_mm, convention, how.title, how.units, how.long_caption
        )
    if is_line(dataset):
        if how.isopleths or how.proof:
            raise InputError("a list of points has neither isopleths nor proofs to draw.")
        return plot_profile(
            dataset, style, how.width_mm, convention, how.title, how.units, how.long_caption
        )
    _check_axes(dataset, how.units)
    fields = fields_to_draw(dataset, how.exact)
    levels = default_isopleths(dataset) if how.isopleths is None else how.isopleths
    curves = find_isopleths(dataset, levels, Rims(dataset, fields))
    if how.isopleths is not None:
        _tell_absent(dataset, how.isopleths, curves)
    heading = str(dataset.attrs.get("title", "")) if how.title is None else how.title
    settings: Any = {"font.family": style.font, "hatch.linewidth": 0.4, **UNHINTED}
    with matplotlib.rc_context(settings):
        diagram = DrawnDiagram(dataset, fields, style, how.width_mm * POINTS_PER_MM, how.units)
        diagram.shade()
        searched = dataset.gb.proof().values == "searched" if how.proof else None
        if searched is not None:
            diagram.dot(searched)
        diagram.draw_lines()
        diagram.draw_isopleths(curves)
        numbered, bare = diagram.label_fields(convention)
        page = PicturePage(diagram.figure, diagram.width, -diagram.depth, diagram.measure, style)
        page.key(diagram.fill_of, _lines_of_key(dataset, fields, curves, style, convention))
        page.numbered(numbered)
        page.text(
            write_caption(
                *(dataset, fields, diagram.section, bare, searched, diagram.small),
                how.long_caption,
                _notes(how.units),
            )
        )
        diagram.close(page, heading)
    return diagram.figure


def _tell_absent(
    dataset: xr.Dataset, wanted: Mapping[str, Sequence[float]], curves: Sequence[Isopleth]
) -> None:
    """Say which of the isopleths that were asked for are nowhere in the diagram, and what there is."""
    for quantity, levels in wanted.items():
        drawn = [each.level for each in curves if each.quantity == quantity]
        if absent := [f"{level:g}" for level in levels if level not in drawn]:
            values = quantity_values(dataset, quantity)
            low, high = np.nanmin(values, initial=np.inf), np.nanmax(values, initial=-np.inf)
            there = f"it is {low:.4g} to {high:.4g} here" if low <= high else "it has no value here"
            _LOG.warning("no isopleth of %s at %s: %s.", quantity, listed(absent), there)


def _check_axes(dataset: xr.Dataset, units: Mapping[str, tuple[Unit, ...]]) -> None:
    """Raise InputError for the unit of an axis that a diagram has not."""
    along = {"pressure_kbar": "pressure", "temperature_C": "temperature"}
    for name in units:
        if name not in dataset.dims:
            there = [word for key, word in along.items() if key in dataset.dims]
            raise InputError(
                f"this diagram has no axis of {along[name]}: it has {' and '.join(there) or 'none'}."
            )


def _notes(units: Mapping[str, tuple[Unit, ...]]) -> list[str]:
    """Return what a caption says of the units of the axes."""
    return [unit.note for of_axis in units.values() for unit in of_axis if unit.note]


def _lines_of_key(
    dataset: xr.Dataset,
    fields: Fields,
    curves: Sequence[Isopleth],
    style: Style,
    convention: Convention,
) -> list[tuple[str, dict[str, Any]]]:
    """Return what each kind of line is, and its looks."""
    lines: list[tuple[str, dict[str, Any]]] = []
    if not fields.solidus.is_empty:
        lines.append(("solidus", {"color": "black", "linewidth": style.strong}))
    if not fields.liquidus.is_empty:
        looks = {"color": "black", "linewidth": style.strong, "linestyle": DASHES}
        lines.append(("liquidus", looks))
    for k, quantity in enumerate(dict.fromkeys(curve.quantity for curve in curves)):
        levels = ", ".join(f"{each.level:g}" for each in curves if each.quantity == quantity)
        meant = parse(quantity, keys_of(dataset))
        unit = "" if meant.unit == "1" else f" {meant.unit}"
        text = f"{printed(meant, convention)} {levels}{unit}"
        lines.append((text, isopleth_looks(k, style)))
    return lines

"""The page as one file, to be sent to a colleague: hover and switch work without a server."""

import gzip
import os
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

import numpy as np
from bokeh.document import Document
from bokeh.embed import file_html
from bokeh.events import DocumentReady
from bokeh.layouts import column
from bokeh.models import CustomJS, Div, Select
from bokeh.resources import INLINE
from numpy.typing import NDArray

from gibbsite._drawing.isopleths import default_isopleths, find_isopleths, read_isopleths
from gibbsite._drawing.plot_text import caption
from gibbsite._inputs.names import Convention, check_convention
from gibbsite._quantities.grammar import parse
from gibbsite._quantities.read import keys_of
from gibbsite.errors import StoreError

from .client import client
from .diagram import PlotDiagram, looks_of
from .layers import FIELDS, MapLayer, find_layers, layer_values, menu
from .result import Result, load
from .template import TEMPLATE

TOP: Final = 0xFFFF
"""Stands for no number."""


def write_page(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    rock: str | None = None,
    *,
    isopleths: Mapping[str, Sequence[float]] | None = None,
    names: str = "gibbsite",
    title: str | None = None,
    exact: bool | None = None,
) -> None:
    """Write a result as one HTML file that needs nothing else.

    The numbers of a layer keep 16 bits between its lowest and its highest.

    Parameters
    ----------
    source : path
        A result file.
    target : path
        The page; replaced if it exists.
    rock : str, optional
        Which one, in a result of many.
    isopleths, names, title, exact
        As in `gibbsite.plot`.

    Raises
    ------
    StoreError
        If a file cannot be read or written.
    InputError
        If it is no diagram, or there is no such rock, quantity or convention.
    """
    convention = check_convention(names)
    result = load(Path(source), rock, exact=exact)
    try:
        asked = read_isopleths(isopleths)
        wanted = default_isopleths(result.dataset) if asked is None else asked
        heading = result.title if title is None else title
        text = _html(result, wanted, convention, heading)
    finally:
        result.dataset.close()
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror or error}.") from None


def pack(numbers: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return the numbers as few bytes: gzip of differences, all low bytes first."""
    flat = numbers.ravel()
    differences = np.diff(flat, prepend=np.uint16(0))  # wraps around, as its inverse does
    low, high = (differences & 0xFF).astype(np.uint8), (differences >> 8).astype(np.uint8)
    packed = gzip.compress(np.concatenate([low, high]).tobytes(), compresslevel=6, mtime=0)
    return np.frombuffer(packed, dtype=np.uint8)


def quantised(values: NDArray[np.float32]) -> tuple[NDArray[np.uint16], float, float]:
    """Return numbers, start and step, so that value = start + step * number; NaN is `TOP`."""
    finite = np.isfinite(values)
    start = float(values[finite].min()) if finite.any() else 0.0
    span = float(values[finite].max()) - start if finite.any() else 0.0
    step = span / (TOP - 1) or 1.0
    exact = (values.astype(np.float64) - start) / step
    return np.where(finite, np.rint(exact), TOP).astype(np.uint16), start, step


def _html(
    result: Result,
    isopleths: Mapping[str, Sequence[float]],
    convention: Convention,
    title: str,
) -> str:
    layers = find_layers(result)
    diagram = PlotDiagram(result, convention)
    blank = np.zeros(result.fields.labels.shape, dtype=np.float32)
    diagram.image.data = {"image": [blank]}  # JavaScript writes into it
    diagram.draw_isopleths(find_isopleths(result.dataset, isopleths, result.rims))
    chooser = Select(title="Show", value=FIELDS, options=menu(layers), width=320, name="layer")
    chooser.js_on_change(
        "value",
        CustomJS(
            args={
                "image": diagram.image,
                "shown": diagram.shown,
                "mapper": diagram.mapper,
                "bar": diagram.bar,
                "surface": diagram.surface,
                "colours": diagram.colours,
                "layers": {layer.key: _packed(result, layer) for layer in layers},
            },
            code=client("switch.js"),
        ),
    )
    fields = result.drawn
    words = escape(caption(result.dataset, fields, result.section))
    for quantity, levels in isopleths.items():
        meant = parse(quantity, keys_of(result.dataset))
        name = f"{meant.words(convention)} {', '.join(f'{x:g}' for x in levels)}"
        words += f" Isopleths: {escape(name)} {meant.unit}."
    document = Document(title=title or result.name)
    document.add_root(
        column(
            Div(text=f"<h1>{escape(title)}</h1>"),
            chooser,
            diagram.figure,
            Div(text=words, sizing_mode="stretch_width"),
            sizing_mode="stretch_both",
            css_classes=["gibbsite"],
        )
    )
    packed = [pack(grid) for grid in result.grids]
    fill = CustomJS(args={"grids": diagram.grids, "packed": packed}, code=client("open.js"))
    document.js_on_event(DocumentReady, fill)
    return str(file_html(document, INLINE, template=TEMPLATE))


def _packed(result: Result, layer: MapLayer) -> dict[str, Any]:
    values = layer_values(result, layer)
    looks = looks_of(layer, values)
    if looks["fields"]:
        return {"looks": looks}
    numbers, start, step = quantised(values)
    return {"looks": looks, "packed": pack(numbers), "start": start, "step": step}

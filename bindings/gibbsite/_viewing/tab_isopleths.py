"""Isopleths: of which quantity, at which levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from bokeh.layouts import column, row
from bokeh.models import Button, Div, Select, TextInput
from matplotlib.ticker import MaxNLocator

from gibbsite._drawing.isopleths import default_isopleths, find_isopleths
from gibbsite.errors import InputError

from .layers import layer_values, menu

if TYPE_CHECKING:
    from .page import View


class IsoplethTab:
    """What is drawn is in `wanted`: quantity -> levels."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.wanted: dict[str, list[float]] = {}
        layers = [layer for layer in view.layers.values() if layer.has_isopleths]
        self._quantity = Select(title="Of", options=menu(layers), value=layers[0].key, name="of")
        self._levels = TextInput(title="At (empty: round numbers)", name="levels")
        draw = Button(label="Draw", button_type="primary", name="draw")
        draw.on_click(view.page.work.guarded(self._draw))
        clear = Button(label="Remove all", name="clear")
        clear.on_click(view.page.work.guarded(self._clear))
        self._drawn = Div(name="drawn")
        self.panel = column(self._quantity, self._levels, row(draw, clear), self._drawn)
        self.wanted = {k: list(v) for k, v in default_isopleths(view.result.dataset).items()}
        self._redraw()

    def _draw(self) -> None:
        layer = self._view.layers[self._quantity.value]
        levels = parse_levels(self._levels.value)
        if not levels:
            values = layer_values(self._view.result, layer)
            levels = round_levels(float(np.nanmin(values)), float(np.nanmax(values)))
        self.wanted[layer.key] = levels
        self._redraw()
        self._view.page.say("")

    def _clear(self) -> None:
        self.wanted = {}
        self._redraw()

    def _redraw(self) -> None:
        result = self._view.result
        curves = find_isopleths(result.dataset, self.wanted, result.drawn)
        self._view.diagram.draw_isopleths(curves)
        layers = self._view.layers
        lines = (
            f"{layers[key].label}: {', '.join(f'{level:g}' for level in levels)}"
            for key, levels in self.wanted.items()
        )
        self._drawn.text = "<br>".join(lines)


def parse_levels(text: str) -> list[float]:
    """Return the numbers of a text such as "20 40, 60"."""
    levels = []
    for word in text.replace(",", " ").replace(";", " ").split():
        try:
            level = float(word)
        except ValueError:
            raise InputError(f"{word!r} is not a number; levels look like 20 40 60.") from None
        if not np.isfinite(level):
            raise InputError(f"{word!r} is not a finite number; levels look like 20 40 60.")
        levels.append(level)
    return sorted(set(levels))


def round_levels(low: float, high: float) -> list[float]:
    """Return about eight round numbers between two values."""
    ticks = MaxNLocator(nbins=8, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in ticks if low < tick < high]

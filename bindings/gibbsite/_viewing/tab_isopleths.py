"""Isopleths: of which quantity, at which levels."""

from collections.abc import Iterable, Mapping

import numpy as np
from bokeh.layouts import column, row
from bokeh.models import Button, Div, Select, TextInput

from gibbsite._drawing.isopleths import (
    Isopleth,
    default_isopleths,
    find_isopleths,
    parse_levels,
    round_levels,
)

from .diagram import PlotDiagram
from .layers import MapLayer, layer_values, menu
from .result import Result
from .work import Work


class IsoplethTab:
    """What is drawn is in `wanted`: quantity -> levels.

    Parameters
    ----------
    result : Result
        What is shown.
    layers : mapping
        Key -> what can be shown in colours or as isopleths.
    diagram : PlotDiagram
        Where isopleths are drawn.
    work : Work
        Of the page.
    """

    def __init__(
        self, result: Result, layers: Mapping[str, MapLayer], diagram: PlotDiagram, work: Work
    ) -> None:
        self._result, self._layers, self._diagram, self._work = result, layers, diagram, work
        self.wanted: dict[str, list[float]] = {}
        offered = [layer for layer in layers.values() if layer.has_isopleths]
        self._quantity = Select(title="Of", options=menu(offered), value=offered[0].key, name="of")
        self._at = TextInput(title="At (empty: round numbers)", name="levels")
        draw = Button(label="Draw", button_type="primary", name="draw")
        draw.on_click(work.guarded(self._draw))
        clear = Button(label="Remove all", name="clear")
        clear.on_click(work.guarded(self._clear))
        self._drawn = Div(name="drawn")
        self.panel = column(self._quantity, self._at, row(draw, clear), self._drawn)
        self.wanted = {k: list(v) for k, v in default_isopleths(result.dataset).items()}

    def offer(self, layers: Iterable[MapLayer]) -> None:
        """Offer these in the menu."""
        self._quantity.options = menu(layer for layer in layers if layer.has_isopleths)

    def _draw(self) -> None:
        layer = self._layers[self._quantity.value]
        levels = parse_levels(self._at.value)
        if not levels:
            values = layer_values(self._result, layer)
            levels = round_levels(float(np.nanmin(values)), float(np.nanmax(values)))
        self.wanted[layer.key] = levels
        self.redraw()

    def _clear(self) -> None:
        self.wanted = {}
        self.redraw()

    def redraw(self) -> None:
        """Draw what is wanted, once it is found."""
        wanted = dict(self.wanted)

        def draw(curves: list[Isopleth]) -> None:
            if wanted != self.wanted:  # something else was asked for since
                return
            self._diagram.draw_isopleths(curves)
            lines = (
                f"{self._layers[key].label}: {', '.join(f'{level:g}' for level in levels)}"
                for key, levels in wanted.items()
            )
            self._drawn.text = "<br>".join(lines)

        result = self._result
        self._work.begin(
            "Drawing isopleths", lambda: find_isopleths(result.dataset, wanted, result.rims), draw
        )

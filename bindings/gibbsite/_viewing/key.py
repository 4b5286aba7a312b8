"""The key of the diagram: what its shades, its lines and the short names of its phases mean."""

from html import escape
from typing import Any

from gibbsite._inputs.names import label_order, name_phase

from .colours import as_hex, phase_colour
from .diagram import FAILED_COLOUR, STYLE
from .result import Result


def as_html(result: Result) -> str:
    """Return the key of a result as HTML."""
    fields = result.drawn.fields
    variances = sorted({field.variance for field in fields})
    fills: Any = STYLE.fills(variances[-1] - variances[0] + 1) if variances else []
    rows = [
        (_box(as_hex(fills[variance - variances[0]])), f"variance {variance}")
        for variance in variances
    ]
    if not result.drawn.liquidus.is_empty:
        rows.append((_line("2px dashed black"), "liquidus: nothing but melt beyond it"))
    if not result.drawn.solidus.is_empty:
        rows.append((_line("2px solid black"), "solidus: no melt beyond it"))
    if result.drawn.n_failed:
        rows.append((_box(FAILED_COLOUR), "no answer"))
    rows.append((_line(f"2px solid {STYLE.isopleth}"), "isopleths"))
    phases = sorted({phase for field in fields for phase in field.phases}, key=label_order)
    named = [(_box(phase_colour(phase)), f"{phase}: {_in_words(phase)}") for phase in phases]
    return (
        f"<h3>The diagram</h3>{_table(rows)}"
        f"<h3>Phases, and their colours in profiles</h3>{_table(named)}"
    )


def _in_words(phase: str) -> str:
    symbol, full = name_phase(phase, "warr"), name_phase(phase, "full")
    return full if symbol in (phase, full) else f"{full} ({symbol})"


def _box(colour: str) -> str:
    return (
        f"<span style='display:inline-block;width:22px;height:12px;background:{colour};"
        "border:1px solid #888'></span>"
    )


def _line(border: str) -> str:
    return f"<span style='display:inline-block;width:22px;border-top:{border}'></span>"


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><td>{mark}</td><td>{escape(words)}</td></tr>" for mark, words in rows)
    return f"<table class='key'>{cells}</table>"

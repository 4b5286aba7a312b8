"""How objects look in a notebook: tables of HTML, and one line where there is only text."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from html import escape
from typing import Any

_CELL = "padding:0.15em 0.7em;text-align:"


class Pictures:
    """Draws results where a notebook shows them.

    Attributes
    ----------
    draw : callable
        From a result to its picture. The package says which: what is drawn knows nothing of drawing, which
        rests on it.
    """

    draw: Callable[[Any], Any]

    @classmethod
    def html(cls, result: Any) -> str:
        """Return the picture of a result; raises GibbsiteError where there is none."""
        png = b64encode(cls.draw(result)._repr_png_()).decode()
        return f'<img src="data:image/png;base64,{png}" style="max-width:100%">'


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Return a table; the first column is set to the left, all others to the right.

    Parameters
    ----------
    head : sequence of str
        Above the columns; empty for none.
    rows : iterable of sequence of str
        Text of the cells.
    caption : str
        Above the table, in bold.
    """
    parts = [f"<div><b>{escape(caption)}</b></div>"] if caption else []
    parts.append('<table style="font-variant-numeric:tabular-nums">')
    if head:
        parts.append(_row("th", head))
    parts += [_row("td", row) for row in rows]
    return "".join([*parts, "</table>"])


def _row(tag: str, cells: Sequence[str]) -> str:
    sides = ["left", *["right"] * (len(cells) - 1)]
    made = (
        f'<{tag} style="{_CELL}{side}">{escape(cell)}</{tag}>'
        for side, cell in zip(sides, cells, strict=True)
    )
    return f"<tr>{''.join(made)}</tr>"


def html_facts(facts: Iterable[tuple[str, str]]) -> str:
    """Return what is known of something, a line each: a word in grey and what it is."""
    rows = (
        f'<tr><td style="{_CELL}left;color:gray">{escape(name)}</td>'
        f'<td style="{_CELL}left">{escape(text)}</td></tr>'
        for name, text in facts
        if text
    )
    return f"<table>{''.join(rows)}</table>"


def html_fields(record: Any) -> str:
    """Return the fields of a dataclass that are meant to be seen, a line each."""
    shown = (each.name for each in fields(record) if each.repr)
    return html_facts((name.replace("_", " "), str(getattr(record, name))) for name in shown)


def listed(names: Iterable[str], most: int = 4) -> str:
    """Return the first of some names, and how many more there are."""
    names = list(names)
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")

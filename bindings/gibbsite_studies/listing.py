"""Tables that the report shows as they are, beside those of targets."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from .run import Run
from .shelf import Tables


class Listing(NamedTuple):
    """One table: text in every cell."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def listing(caption: str, table: pd.DataFrame, digits: int = 1) -> Listing:
    """Return a table as text.

    Parameters
    ----------
    caption : str
        What it shows, with units.
    table : DataFrame
        Cells are text, or numbers, of which those that are NaN are left empty.
    digits : int
        Of numbers, behind the point.
    """

    def text(cell: object) -> str:
        if isinstance(cell, float):
            return "" if pd.isna(cell) else f"{cell:.{digits}f}"
        return str(cell)

    rows = (tuple(text(cell) for cell in row) for row in table.astype(object).to_numpy())
    return Listing(caption, tuple(str(name) for name in table.columns), tuple(rows))


def no_listings(run: Run, tables: Tables) -> Iterator[Listing]:
    """Yield nothing: a part whose targets say it all."""
    yield from ()

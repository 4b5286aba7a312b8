"""What a part found, by the names of targets: a number, a range of numbers, or words."""

from collections.abc import Iterable
from math import isfinite, isinf, isnan
from typing import NamedTuple

import numpy as np
import pandas as pd


class Span(NamedTuple):
    """Least and largest of several numbers."""

    low: float
    high: float


Value = float | Span | str


def span(numbers: Iterable[float]) -> Span:
    """Return least and largest; NaN if there is none, or one of them is NaN."""
    array = np.asarray(list(numbers), dtype=np.float64)
    return Span(float(array.min()), float(array.max())) if len(array) else Span(np.nan, np.nan)


def of_database(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows of one database."""
    return table[table["database"] == name].reset_index(drop=True)


def format_number(number: float, unit: str) -> str:
    """Return a number with the digits that its unit deserves."""
    if isnan(number):
        return "not computed"
    if isinf(number):
        return "above the range" if number > 0.0 else "below the range"
    digits = {"1": 2, "wt%": 2, "%": 0, "x chondrite": 0}.get(unit, 1)
    return f"{number:.{digits}f}"


def format_value(value: Value | None, unit: str) -> str:
    """Return a value as text, without its unit."""
    if value is None:
        return "not computed"
    if isinstance(value, str):
        return value
    if isinstance(value, Span):
        low, high = (format_number(end, unit) for end in value)
        return low if low == high else f"{low} to {high}"
    return format_number(float(value), unit)


def is_finite(value: Value | None) -> bool:
    """Whether a value is a number, or two, and finite."""
    if value is None or isinstance(value, str):
        return False
    return all(isfinite(end) for end in value) if isinstance(value, Span) else isfinite(value)

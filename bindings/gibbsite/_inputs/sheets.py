"""Tables as they lie on a disk: text of any separator and encoding, Excel, or a DataFrame."""

import csv
import io
import re
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date, time
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Self

import pandas as pd

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .cells import is_blank
from .headers import suffixes

SEPARATORS: Final = (",", ";", "\t", "|")
ZIP: Final = b"PK\x03\x04"
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_LITERAL: Final = re.compile(r'"[^"]*"|\\.')
"""What a number format of a spreadsheet shows as it is."""
HEADER_WITHIN: Final = 20
"""How many rows of titles may stand above the header."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table before anything was made of it.

    Parameters
    ----------
    where : str
        Name of the file, or "" for a table that was not read from one.
    header : list of str
        Of each column.
    rows : list of list
        Cells, as many a row as there are columns or as the file has: text, numbers, dates or None.
    index : list of str, optional
        Names of the rows of a DataFrame.
    notes : tuple of str
        What had to be done to read it.
    """

    where: str
    header: list[str]
    rows: list[list[Any]]
    index: list[str] | None = None
    notes: tuple[str, ...] = ()


class Shown(float):
    """A number in a spreadsheet whose text is what the spreadsheet shows, such as 001 or 1.10."""

    text: str

    def __new__(cls, value: float, text: str) -> Self:
        """Make one of a number and its text."""
        shown = super().__new__(cls, value)
        shown.text = text
        return shown

    def __str__(self) -> str:
        """Return what is shown."""
        return self.text


def of_frame(frame: pd.DataFrame) -> RawTable:
    """Return the table of a DataFrame.

    Parameters
    ----------
    frame : DataFrame
        One row a rock; an index other than 0, 1, 2, ... names the rows.
    """
    cells = frame.to_numpy(dtype=object)
    missing = frame.isna().to_numpy()
    rows = [
        [None if gone else cell for cell, gone in zip(row, holes, strict=True)]
        for row, holes in zip(cells, missing, strict=True)
    ]
    plain = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    index = None if plain else ["" if pd.isna(name) else str(name) for name in frame.index]
    return RawTable("", [_header(name) for name in frame.columns], rows, index)


def _header(name: object) -> str:
    """The header of a column of a DataFrame; that of several rows is written in one."""
    parts = name if isinstance(name, tuple) else (name,)
    return " ".join(str(part) for part in parts if str(part)[:8] != "Unnamed:").strip()


def read_sheet(path: Path, name: str | None = None) -> RawTable:
    """Read a file.

    Parameters
    ----------
    path : Path
        Text with commas, semicolons, tabs or bars between the cells, or Excel (.xlsx).
    name : str, optional
        Of the sheet of an Excel file; needed only where several hold oxides.

    Raises
    ------
    InputError
        If it is no such file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error.strerror or error) from None
    if data.startswith(OLD_EXCEL):
        raise _unreadable(path, "it is an old Excel file; save it as .xlsx or as CSV")
    if data.startswith(ZIP):
        return _excel(path, name)
    if name is not None:
        raise InputError(f"{path} has no sheets: it is text; leave out sheet = {name!r}.")
    text, notes = _decoded(path, data)
    return _sheet(path, _split(path, text), notes)


def _unreadable(path: Path, reason: object) -> InputError:
    return InputError(f"{path} cannot be read as a table: {reason}.")


def _decoded(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    """Text, and a note if it is not in UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), ("read as UTF-16",)
    if b"\x00" in data:
        raise _unreadable(path, "it is no text; CSV and Excel (.xlsx) can be read")
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), ("read as Latin-1 (Windows-1252): it is not UTF-8",)
    except UnicodeDecodeError:
        return data.decode("latin-1"), ("read as Latin-1: it is not UTF-8",)


def _split(path: Path, text: str) -> list[list[Any]]:
    """Rows of cells, by the separator that finds the most oxides."""
    found, fault = [], None
    for separator in SEPARATORS:
        lines = io.StringIO(text, newline=None)
        try:
            rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True))
        except csv.Error as error:
            fault = fault or error
        else:
            found.append([row for row in rows if not all(map(is_blank, row))])
    if not found:
        raise _unreadable(path, fault)
    return max(found, key=_oxides)


def _oxides(rows: Sequence[Sequence[Any]]) -> int:
    """How many oxides the header has."""
    return _oxides_of(rows[_header_place(rows)]) if rows else 0


def _oxides_of(row: Sequence[Any]) -> int:
    return sum(isinstance(cell, str) and bool(suffixes(cell)) for cell in row)


def _header_place(rows: Sequence[Sequence[Any]]) -> int:
    """Place of the first row that names oxides, below titles; the first where none does."""
    near = range(min(len(rows), HEADER_WITHIN))
    return next((place for place in near if _oxides_of(rows[place]) > 1), 0)


def _sheet(path: Path, rows: list[list[Any]], notes: tuple[str, ...]) -> RawTable:
    """Tell the header from the rows."""
    if not rows:
        raise InputError(f"{path} holds no rocks: a header and a row for each are needed.")
    if all(len(row) == 1 for row in rows) and any(
        _oxides_of(str(row[0]).split()) > 1 for row in rows
    ):
        raise InputError(
            f"{path}: blanks are between the cells; put commas, semicolons or tabs between them, for "
            "names may have blanks in them."
        )
    place = _header_place(rows)
    if place:
        notes = (*notes, f"rows above the header not used: {place}")
    elif _oxides_of(rows[0]) < 2 < _oxides(list(zip(*rows, strict=False))):
        raise InputError(f"{path}: each rock is a column; one row a rock is needed: transpose it.")
    header = ["" if is_blank(cell) else str(cell).strip() for cell in rows[place]]
    return RawTable(path.name, header, rows[place + 1 :], None, notes)


def _excel(path: Path, name: str | None) -> RawTable:
    """Read the sheet of a workbook that holds oxides."""
    try:
        openpyxl = import_module("openpyxl")
    except ImportError:
        raise InputError(
            f"{path} is an Excel file, which needs openpyxl: pip install 'gibbsite[excel]', or "
            "save the sheet as CSV."
        ) from None
    try:
        with ExitStack() as opened:
            books = [
                opened.enter_context(
                    closing(openpyxl.load_workbook(path, read_only=True, data_only=only))
                )
                for only in (True, False)
            ]
            titles = [sheet.title for sheet in books[0].worksheets]
            tables = {
                title: _excel_rows(*(book[title] for book in books))
                for title in titles
                if name in (None, title)
            }
    except Exception as error:  # noqa: BLE001  (openpyxl raises whatever it meets)
        raise _unreadable(path, f"it is no Excel workbook ({error})") from None
    if name is not None and name not in titles:
        raise InputError(f"{path} has no sheet {name!r}: {did_you_mean(name, titles)}")
    chosen = [title for title, rows in tables.items() if _oxides(rows) > 1] or titles[:1]
    if len(chosen) > 1:
        raise InputError(f"{path} has oxides on the sheets {chosen}; say which by sheet = ....")
    notes = () if len(titles) == 1 else (f"read of the sheets of the workbook: {chosen[0]}",)
    return _sheet(path, tables[chosen[0]], notes)


def _excel_rows(values: Any, formulas: Any) -> list[list[Any]]:
    """Rows of a sheet that are not empty, as Excel shows them, all of one length."""
    for sheet in (values, formulas):
        sheet.reset_dimensions()  # what a file says of its size is often wrong
    rows = [
        [_excel_cell(cell, formula.value) for cell, formula in zip(shown, behind, strict=True)]
        for shown, behind in zip(values.iter_rows(), formulas.iter_rows(), strict=True)
    ]
    width = max(map(len, rows), default=0)
    return [row + [None] * (width - len(row)) for row in rows if not all(map(is_blank, row))]


def _excel_cell(cell: Any, formula: Any) -> Any:
    """What Excel shows in a cell."""
    value = cell.value
    if value is None:
        return None if formula is None else f"{formula} (a formula without its value)"
    if isinstance(value, bool | str | date | time):
        return value
    if "%" in _LITERAL.sub("", cell.number_format):
        return f"{100.0 * value:.15g}%"
    pattern = re.fullmatch(r"(0+)(?:\.(0+))?", cell.number_format)
    if not pattern:
        return Shown(value, f"{value:.15g}")
    decimals = len(pattern[2] or "")
    width = len(pattern[1]) + (decimals + 1 if decimals else 0)
    return Shown(value, f"{value:0{width}.{decimals}f}")

"""Which columns of a table of rocks are oxides, which hold the names, and which are lost."""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, Final

from gibbsite.errors import InputError

from .cells import is_blank, is_number
from .headers import (
    IRON,
    TOTALS,
    VOLATILE,
    Header,
    cation,
    element,
    is_usual,
    name_rank,
    read_header,
    read_unit,
    resembles,
    suffixes,
)
from .iron import FERRIC_RATIO
from .sheets import RawTable

UNNAMED: Final = ("", "Unnamed: 0")
"""Headers of a column of names that pandas has written."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a table hold.

    Parameters
    ----------
    oxides : dict of int to Header
        Place of each column that is read -> what it holds.
    names : list of str
        Of the rows, in their order; "" where there is none.
    rows : list of list
        The rows below the header and, if there is one, below the row of units.
    notes : list of str
        What is to be said of them.
    """

    oxides: dict[int, Header]
    names: list[str]
    rows: list[list[Any]]
    notes: list[str]


def choose(sheet: RawTable, suffix: str | None, ignored: Collection[str]) -> Columns:
    """Tell the columns of a table apart.

    Parameters
    ----------
    sheet : RawTable
        The table.
    suffix : str or None
        Of the columns to read; None to take the only one there is.
    ignored : collection of str
        Headers of columns not to read.

    Raises
    ------
    InputError
        If no column is an oxide, a header is there twice, or one looks like an oxide and is none.
    """
    _check_repeated(sheet)
    chosen = _suffix(sheet, ignored) if suffix is None else suffix
    headers = {
        place: header
        for place, text in enumerate(sheet.header)
        if text not in ignored and (header := read_header(text, chosen)) is not None
    }
    rows, headers, units = _units(sheet, headers)
    oxides = {place: header for place, header in headers.items() if header.unit != "mol"}
    if not oxides:
        raise InputError(_no_oxide(sheet, suffix, bool(headers)))
    names, named = _names(sheet, rows, chosen, oxides)
    filled = _filled(rows)
    oxides = {place: header for place, header in oxides.items() if place in filled}
    unread = [place for place in filled if place not in oxides and place != named]
    read = {header.quantity for header in oxides.values()}
    for place in unread:
        if place < len(sheet.header) and sheet.header[place] not in ignored:
            _check_unread(sheet.header[place], headers.get(place), read, suffix)
    notes = units + _spelling(sheet, oxides, chosen)
    if named is not None and name_rank(sheet.header[named], chosen) is None:
        notes.append(f"names are those of the column {_called(sheet, named)}")
    if unread:
        notes.append(f"columns not used: {', '.join(_called(sheet, place) for place in unread)}")
    return Columns(oxides, names, rows, notes)


def _filled(rows: list[list[Any]]) -> list[int]:
    """Places of the columns that are not empty."""
    width = max(map(len, rows))
    return [
        place
        for place in range(width)
        if any(place < len(row) and not is_blank(row[place]) for row in rows)
    ]


def _called(sheet: RawTable, place: int) -> str:
    header = sheet.header[place] if place < len(sheet.header) else ""
    return header or f"number {place + 1}, which has no header"


def _check_repeated(sheet: RawTable) -> None:
    for place, header in enumerate(sheet.header):
        if header and header in sheet.header[:place] and (suffixes(header) or resembles(header)):
            raise InputError(f"the column {header!r} is there twice.")


def _suffix(sheet: RawTable, ignored: Collection[str]) -> str:
    """Return the one suffix that a column SiO2 has, or none where no column is silica."""
    found: dict[str, str] = {}
    for header in sheet.header:
        if header not in ignored:
            for suffix, quantity in suffixes(header).items():
                if quantity == "SiO2":
                    found.setdefault(suffix, header)
                    break
    if len(found) > 1:
        raise InputError(f"oxides have the suffixes {list(found)}; say which by suffix=.")
    return next(iter(found), "")


def _units(
    sheet: RawTable, oxides: dict[int, Header]
) -> tuple[list[list[Any]], dict[int, Header], list[str]]:
    """Rows without one of units, and the columns with those."""
    if not sheet.rows:
        raise InputError("the table holds no rocks.")
    first = sheet.rows[0]
    cells = {i: first[i] for i in oxides if i < len(first) and not is_blank(first[i])}
    units = {i: read_unit(str(cell)) for i, cell in cells.items() if isinstance(cell, str)}
    if not cells or len(units) < len(cells) or not all(units.values()):
        return sheet.rows, oxides, []
    if len(sheet.rows) == 1:
        raise InputError("the table holds no rocks, only units.")
    found = dict(oxides)
    for i, unit in units.items():
        if unit is not None and oxides[i].unit not in ("", unit):
            raise InputError(f"the column {sheet.header[i]!r} is in {unit} by the row below it.")
        found[i] = replace(oxides[i], unit=unit or "")
    return sheet.rows[1:], found, ["row 1 holds units"]


def _no_oxide(sheet: RawTable, suffix: str | None, moles: bool) -> str:
    if moles:
        return "the oxides are by moles; give them by weight, or use gibbsite.bulk(mol = ...)."
    if suffix:
        return f"no column is an oxide with the suffix {suffix!r}."
    near = [(header, oxide) for header in sheet.header if (oxide := resembles(header))]
    if near:
        return _looks_like(*near[0])
    return f"no column is an oxide; there are {', '.join(filter(None, sheet.header)) or 'none'}."


def _check_unread(
    text: str, by_moles: Header | None, read: AbstractSet[str], suffix: str | None
) -> None:
    """Raise InputError for a column that holds an oxide which would be lost with it."""
    if by_moles is not None:
        if not _is_read(by_moles.quantity, read):
            raise InputError(_lost(by_moles.quantity, text, "is by moles", "give it in wt%"))
        return
    for ending, quantity in suffixes(text).items():
        if _is_read(quantity, read) or (suffix is not None and ending != suffix):
            return
        reason = f"has the suffix {ending!r}" if ending else "has no suffix"
        raise InputError(_lost(quantity, text, f"{reason}, unlike SiO2", "rename it"))
    oxide, symbol = resembles(text), element(text)
    if oxide is not None:
        raise InputError(_looks_like(text, oxide))
    if symbol is not None and symbol not in {cation(quantity) for quantity in read}:
        right = "FeOt or Fe2O3t" if symbol == "Fe" else f"an oxide of {symbol}"
        raise InputError(_lost(symbol, text, "is an element", f"give {right} in wt%"))


def _is_read(quantity: str, read: AbstractSet[str]) -> bool:
    """Whether a quantity need not be read: another column has it, or the system has no use."""
    if quantity in IRON:
        return quantity in read or not read.isdisjoint(TOTALS)
    return quantity in read or quantity == FERRIC_RATIO or cation(quantity) in VOLATILE


def _lost(what: str, header: str, reason: str, right: str) -> str:
    return (
        f"{what} would be lost: the column {header!r} {reason}; {right}, or say "
        f"ignore = [{header!r}] to leave it out."
    )


def _looks_like(header: str, oxide: str) -> str:
    rest = header.removeprefix(oxide)
    common = "" if rest == header else f" suffix = {rest!r} if all oxides have it, or"
    return (
        f"the column {header!r} is no oxide: did you mean {oxide!r}? Give it that name, or say"
        f"{common} ignore = [{header!r}] to leave it out."
    )


def _spelling(sheet: RawTable, oxides: dict[int, Header], suffix: str) -> list[str]:
    """Say how headers were understood that are not spelt as everywhere."""
    odd = [
        f"{sheet.header[place]!r} as {header.quantity}"
        for place, header in oxides.items()
        if not is_usual(sheet.header[place], suffix)
    ]
    return [f"columns read: {', '.join(odd)}"] if odd else []


def _names(
    sheet: RawTable, rows: list[list[Any]], suffix: str, oxides: Collection[int]
) -> tuple[list[str], int | None]:
    """Names of the rows, and the place of their column, if they have one."""
    ranks = [name_rank(header, suffix) for header in sheet.header]
    if any(rank is not None for rank in ranks):
        place = ranks.index(min(rank for rank in ranks if rank is not None))
    elif sheet.index is not None:
        return sheet.index[len(sheet.index) - len(rows) :], None
    elif not _first_is_names(sheet, rows, oxides):
        return [f"row {number}" for number in range(1, len(rows) + 1)], None
    else:
        place = 0
    return [_name(row, place, number) for number, row in enumerate(rows, start=1)], place


def _first_is_names(sheet: RawTable, rows: list[list[Any]], oxides: Collection[int]) -> bool:
    """Whether the first column holds a text for each row, or what pandas writes as its index."""
    if 0 in oxides or any(not row or is_blank(row[0]) for row in rows):
        return False
    header = sheet.header[0]
    if header in UNNAMED:
        return True
    words = {str(row[0]) for row in rows}
    return not (resembles(header) or any(map(is_number, words)) or len(words) < len(rows))


def _name(row: Sequence[Any], place: int, number: int) -> str:
    cell = row[place] if place < len(row) else None
    if isinstance(cell, date | time):
        raise InputError(
            f"the name in row {number} is a date, {cell}, which a spreadsheet has made of something "
            "like 12/3; write the names as text."
        )
    return "" if cell is None else str(cell).strip()

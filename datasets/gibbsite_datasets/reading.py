"""Reading a table or a TOML file against its declaration; the only code that opens files."""

import csv
import difflib
import hashlib
import io
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from .errors import TableError
from .schema import TEXT, Column, Setting, Table

SettingValue = str | float | tuple[str, ...] | tuple[float, float] | tuple[tuple[str, ...], ...]


def near(name: str, known: Iterable[str]) -> str:
    """Say what there is in place of an unknown ``name``: the nearest, or all of it."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(names) or 'none'}"


@dataclass(frozen=True, slots=True)
class Row:
    """One checked row of a table; blank cells are in neither mapping."""

    file: str
    line: int
    texts: Mapping[str, str]
    numbers: Mapping[str, float]

    def text(self, name: str) -> str:
        """Return the words of a column, empty if the cell is blank."""
        return self.texts.get(name, "")

    def number(self, name: str) -> float:
        """Return the number of a column that is filled."""
        return self.numbers[name]

    def filled(self, name: str) -> bool:
        """Tell whether the cell holds something."""
        return name in self.numbers or name in self.texts

    def error(self, reason: str) -> TableError:
        """Return an error that points at this row."""
        return TableError(self.file, self.line, reason)


def by_key(rows: Iterable[Row], column: str, what: str = "") -> dict[str, Row]:
    """Return rows by the name in one column, which must not repeat; ``what`` it names, for errors."""
    found: dict[str, Row] = {}
    for row in rows:
        key = row.text(column)
        if key in found:
            raise row.error(f"{what or column} {key!r} is there twice")
        found[key] = row
    return found


@dataclass(frozen=True, slots=True)
class Tables:
    """A folder of tables. Paths are relative to it, with forward slashes."""

    root: Traversable

    def names(self, path: str, suffix: str = "") -> tuple[str, ...]:
        """Return the sorted names in a folder: subfolders, or files that end in ``suffix``."""
        folder = self.root.joinpath(*path.split("/"))
        if not folder.is_dir():
            raise TableError(path, None, "folder is missing")
        entries = [e for e in folder.iterdir() if e.is_file() == bool(suffix)]
        return tuple(sorted(e.name for e in entries if e.name.endswith(suffix)))

    def check_name(self, path: str, name: str) -> None:
        """Raise unless the folder ``path`` has a subfolder ``name``."""
        known = self.names(path)
        if name not in known:
            raise TableError(path, None, f"no set is called {name!r}; {near(name, known)}")

    def content(self, path: str) -> str:
        """Return the text of a file, its line endings made those of Unix."""
        file = self.root.joinpath(*path.split("/"))
        if not file.is_file():
            raise TableError(path, None, "file is missing")
        try:
            text = file.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise TableError(path, None, f"not UTF-8 text ({error})") from error
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def digest(self, paths: Iterable[str], *parents: str) -> str:
        """Return the SHA-256 of files (path and normalised text) and of parent digests."""
        sha = hashlib.sha256("\n".join(parents).encode())
        for path in sorted(paths):
            text = self.content(path)
            sha.update(f"\n{path}\n{len(text)}\n{text}".encode())
        return sha.hexdigest()

    def rows(self, path: str, table: Table) -> list[Row]:
        """Return the rows of a CSV file, every cell checked against its column."""
        reader = csv.reader(io.StringIO(self.content(path)), strict=True)
        try:
            lines = [(reader.line_num, cells) for cells in reader if cells]
        except csv.Error as error:
            raise TableError(path, reader.line_num, f"not CSV ({error})") from error
        if len(lines) < 2:
            raise TableError(path, None, "needs a row of column names and a row of units")
        columns = _columns(path, table, *lines[0])
        _check_units(path, columns, *lines[1])
        return [_row(path, line, columns, cells) for line, cells in lines[2:]]

    def settings(self, path: str, declared: tuple[Setting, ...]) -> dict[str, SettingValue]:
        """Return the keys of a TOML file, every one checked against its declaration."""
        text = self.content(path)
        try:
            found = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise TableError(path, None, f"not TOML ({error})") from error
        by_name = {setting.name: setting for setting in declared}
        for key in found:
            if key not in by_name:
                raise TableError(
                    path, _line(text, key), f"unknown key {key!r}; {near(key, by_name)}"
                )
        for setting in declared:
            if setting.required and setting.name not in found:
                raise TableError(path, None, f"key {setting.name!r} ({setting.meaning}) is missing")
        return {
            key: _setting(path, _line(text, key), by_name[key], value)
            for key, value in found.items()
        }


def _columns(path: str, table: Table, line: int, header: list[str]) -> list[Column]:
    """Match a header row with the declared columns."""
    declared = {column.name: column for column in (*table.columns, *table.extras)}
    for position, name in enumerate(header):
        if name not in declared:
            raise TableError(path, line, f"unknown column {name!r}; {near(name, declared)}")
        if name in header[:position]:
            raise TableError(path, line, f"column {name!r} is there twice")
    for column in table.columns:
        if column.name not in header:
            raise TableError(path, line, f"column {column.name!r} ({column.meaning}) is missing")
    return [declared[name] for name in header]


def _check_units(path: str, columns: list[Column], line: int, units: list[str]) -> None:
    """Check that the second row repeats the declared units."""
    _check_width(path, line, columns, units)
    for column, unit in zip(columns, units, strict=True):
        if unit != column.unit:
            raise TableError(
                path, line, f"unit of {column.name!r} is {column.unit!r}, the table says {unit!r}"
            )


def _check_width(path: str, line: int, columns: list[Column], cells: list[str]) -> None:
    if len(cells) != len(columns):
        raise TableError(path, line, f"{len(cells)} cells in a table of {len(columns)} columns")


def _row(path: str, line: int, columns: list[Column], cells: list[str]) -> Row:
    """Read the cells of one row."""
    _check_width(path, line, columns, cells)
    texts: dict[str, str] = {}
    numbers: dict[str, float] = {}
    for column, cell in zip(columns, cells, strict=True):
        if not cell:
            if not column.may_be_blank:
                raise TableError(path, line, f"{column.name!r} is blank")
        elif column.unit == TEXT:
            if column.choices and cell not in column.choices:
                raise TableError(
                    path,
                    line,
                    f"{column.name!r} is {cell!r}, allowed: {', '.join(column.choices)}",
                )
            texts[column.name] = cell
        else:
            value = parse_number(cell)
            if value is None:
                raise TableError(path, line, f"{column.name!r} is not a number: {cell!r}")
            _check_range(path, line, column, value)
            numbers[column.name] = value
    return Row(path, line, texts, numbers)


def parse_number(cell: str) -> float | None:
    """Return a finite number, or None; digits may not be grouped with underscores."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def _check_range(path: str, line: int | None, declared: Column | Setting, value: float) -> None:
    if not declared.minimum <= value <= declared.maximum:
        raise TableError(
            path,
            line,
            f"{declared.name!r} is {value!r}, outside {declared.minimum:g} to {declared.maximum:g}",
        )


def _line(text: str, key: str) -> int | None:
    """Return the line of a TOML text that sets ``key``."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.partition("=")[0].strip() == key:
            return number
    return None


def _is_group(value: object) -> bool:
    """Tell whether a value is a list of two different names or more."""
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        return False
    return len(value) > 1 and len(set(value)) == len(value)


def _setting(path: str, line: int | None, declared: Setting, value: object) -> SettingValue:
    """Check the type and range of one TOML value."""
    match declared.kind, value:
        case "text", str() if value:
            return value
        case "number", bool():
            pass
        case "number", int() | float():
            _check_range(path, line, declared, float(value))
            return float(value)
        case "names", list() if all(isinstance(name, str) and name for name in value):
            if len(set(value)) != len(value):
                raise TableError(path, line, f"{declared.name!r} names something twice")
            return tuple(value)
        case "groups", list() if all(_is_group(group) for group in value):
            return tuple(tuple(group) for group in value)
        case "range", [int() | float() as low, int() | float() as high] if low < high:
            _check_range(path, line, declared, float(low))
            _check_range(path, line, declared, float(high))
            return float(low), float(high)
    raise TableError(path, line, f"{declared.name!r} must be a {declared.kind}, it is {value!r}")

"""Published results that a study is held against, one a row."""

import re

from .errors import TableError
from .models import FOLDER as MODELS
from .reading import Row, Tables, by_key, near
from .records import Target
from .schema import target_table

FOLDER = "targets"
KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def build_targets(tables: Tables, name: str) -> tuple[Target, ...]:
    """Read the targets of a study, in the order of the table."""
    files = {file.removesuffix(".csv"): file for file in tables.names(FOLDER, ".csv")}
    if name not in files:
        raise TableError(FOLDER, None, f"no targets are called {name!r}; {near(name, files)}")
    databases = tables.names(MODELS)
    rows = tables.rows(f"{FOLDER}/{files[name]}", target_table(databases))
    return tuple(_target(row, databases) for row in by_key(rows, "key").values())


def _target(row: Row, databases: tuple[str, ...]) -> Target:
    if not KEY.fullmatch(row.text("key")):
        raise row.error(f"key {row.text('key')!r} must be letters, digits and underscores")
    is_words = row.text("unit") == "words"
    numbers = {name for name in row.numbers if row.filled(name)}
    if is_words and numbers:
        raise row.error(f"words have no numbers, but {min(numbers)!r} is filled")
    if row.text("expected") and not is_words:
        raise row.error("'expected' holds words, but the unit is that of a number")
    low, high = (row.numbers.get(name) for name in ("low", "high"))
    if low is not None and high is not None and low > high:
        raise row.error("the range of agreement is upside down")
    return Target(
        key=row.text("key"),
        part=row.text("part"),
        quantity=row.text("quantity"),
        unit="" if is_words else row.text("unit"),
        published=row.text("published"),
        low=low,
        high=high,
        expected=row.text("expected"),
        checks={
            name: row.numbers[f"check {name}"]
            for name in databases
            if f"check {name}" in row.numbers
        },
        note=row.text("note"),
        why_outside=row.text("why_outside"),
    )

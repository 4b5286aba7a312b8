"""A table of rocks: CSV, one row a rock, its name and its oxides by weight."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gibbsite._inputs.composition import TOTAL_IRON, Bulk, bulk
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import load_components, outside_oxides

NAME_COLUMNS: Final = ("name", "rock", "sample")


@dataclass(frozen=True, slots=True)
class RockTable:
    """The rows of a table, in their order.

    Parameters
    ----------
    rocks : dict of str to Bulk
        Name -> rock.
    bad : dict of str to str
        Name or line -> why this row is no rock.
    """

    rocks: dict[str, Bulk]
    bad: dict[str, str]


def read_rocks(path: Path, ignore: str | Iterable[str] = ()) -> RockTable:
    """Read a table of rocks.

    Parameters
    ----------
    path : Path
        CSV with a header: a column "name" (or "rock", "sample"), the others oxides [wt%]. An empty
        cell is an oxide that is not there.
    ignore : str or iterable of str
        Oxides outside the system to leave out, or "outside" for all of them.

    Raises
    ------
    InputError
        If the table cannot be read; a bad row is no error.
    """
    ignored = ignore if isinstance(ignore, str) else tuple(ignore)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, strict=True) if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path} cannot be read as a table: {reason}.") from None
    if len(rows) < 2:
        raise InputError(f"{path} holds no rocks: a header and a row for each are needed.")
    head = [cell.strip() for cell in rows[0]]
    place = _check_header(path, head)
    table = RockTable({}, {})
    for number, row in enumerate(rows[1:], start=1):
        name = row[place].strip() if place < len(row) else ""
        label = name or f"row {number}"
        try:
            if name in table.rocks:
                label = f"row {number}"
                raise InputError(f"the name {name!r} is taken by an earlier row.")
            rock = _rock(name, head, row, place, ignored)
        except InputError as error:
            table.bad[label] = str(error)
        else:
            table.rocks[name] = replace(rock, source=f"{path.name}, row {number}")
    return table


def _check_header(path: Path, head: list[str]) -> int:
    """Return the place of the column of names; raise InputError for one that is no oxide."""
    places = [i for i, cell in enumerate(head) if cell.lower() in NAME_COLUMNS]
    if len(places) != 1:
        raise InputError(
            f"{path} needs one column of names, headed {' or '.join(NAME_COLUMNS)}, and one for "
            f"each oxide, separated by commas; its header is {', '.join(head)}."
        )
    oxides = [oxide.name for oxide in (*load_components(), *outside_oxides())]
    known = (*oxides, *TOTAL_IRON)
    for i, cell in enumerate(head):
        if i != places[0] and cell not in known:
            raise InputError(
                f"{path}: the column {cell!r} is no oxide: {did_you_mean(cell, known)}"
            )
        if cell in head[:i]:
            raise InputError(f"{path}: the column {cell!r} is there twice.")
    return places[0]


def _rock(
    name: str, head: list[str], row: list[str], place: int, ignored: str | tuple[str, ...]
) -> Bulk:
    if not name:
        raise InputError("it has no name.")
    if len(row) != len(head):
        raise InputError(f"it has {len(row)} cells, and the header {len(head)}.")
    amounts: dict[str, float] = {}
    for i, cell in enumerate(row):
        if i == place or not cell.strip():
            continue
        try:
            amounts[head[i]] = float(cell)
        except ValueError:
            raise InputError(f"{head[i]} = {cell.strip()!r} is not a number of wt%.") from None
    return bulk(wt=amounts, name=name, ignore=ignored)

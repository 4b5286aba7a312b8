"""The one reader of tables of rocks: of `gibbsite.rocks` and of the command `gibbsite batch`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final, Literal, get_args

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import known_oxides

from .cells import has_decimal_comma, is_blank, read_cell
from .columns import Columns, choose
from .composition import Bulk, bulk, oxides_to_ignore, with_assumptions
from .headers import IRON, TOTAL_AS_FERRIC, TOTALS
from .iron import FERRIC_RATIO, Iron, as_asked, ferrous_share
from .sheets import RawTable
from .water import Water, is_loss

Repeated = Literal["refuse", "number"]
LEAST_TOTAL_WT: Final = 60.0
MOST_TOTAL_WT: Final = 120.0
"""Between these an analysis in wt% sums; else oxides were lost, or are in another unit."""
NAMES_IN_A_NOTE: Final = 5


@dataclass(frozen=True, slots=True)
class TableReading:
    """How to read; see `gibbsite.rocks`."""

    suffix: str | None = None
    iron: Iron = "refuse"
    ignore: str | Iterable[str] = ()
    repeated: Repeated = "refuse"
    ferric: float | None = None
    water: Water = None


@dataclass(slots=True)
class RockRows:
    """The rows of a table, in their order.

    Attributes
    ----------
    rocks : dict of str to Bulk
        Name -> rock.
    totals_wt : dict of str to float
        Name -> sum of the oxides as given [wt%].
    counted_as_zero : dict of str to dict of str to str
        Name -> header of a column -> what its cell holds in place of a number.
    bad : dict of str to str
        Name or number of a row -> why it is no rock.
    notes : list of str
        What was made of the table.
    """

    rocks: dict[str, Bulk] = field(default_factory=dict)
    totals_wt: dict[str, float] = field(default_factory=dict)
    counted_as_zero: dict[str, dict[str, str]] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_table(sheet: RawTable, options: TableReading) -> RockRows:
    """Read the rocks of a table.

    Parameters
    ----------
    sheet : RawTable
        The table as it lies on the disk.
    options : TableReading
        How to read it.

    Raises
    ------
    InputError
        If the table cannot be read; a bad row is no error.
    """
    if options.repeated not in get_args(Repeated):
        near = did_you_mean(str(options.repeated), get_args(Repeated))
        raise InputError(f"repeated = {options.repeated!r}: {near}")
    ignored, dropped = _ignored(options.ignore, sheet.header)
    try:
        columns = choose(sheet, options.suffix, dropped)
    except InputError as error:
        raise InputError(f"{sheet.where}: {error}" if sheet.where else str(error)) from None
    table = RockRows(notes=[*sheet.notes, *columns.notes])
    names = _unique(columns.names, options.repeated, table.bad)
    for number, (name, row) in enumerate(zip(names, columns.rows, strict=True), start=1):
        if name is None:
            continue
        try:
            amounts, zeros = _amounts(sheet, columns, row)
            rock = _rock(amounts, zeros, options, ignored)
        except InputError as error:
            table.bad[name] = str(error)
            continue
        source = f"{sheet.where}, row {number}" if sheet.where else "given"
        source = with_assumptions(source, rock.assumed)
        table.rocks[name] = replace(rock, name=name, source=source)
        table.totals_wt[name] = _total(amounts)
        if zeros:
            table.counted_as_zero[name] = zeros
    table.notes += _notes(columns, table, options, sheet.header)
    return table


def _ignored(
    ignore: str | Iterable[str], header: list[str]
) -> tuple[tuple[str, ...], frozenset[str]]:
    """Oxides to leave out of each rock, and headers of columns not to read."""
    wanted = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    columns = frozenset(name for name in wanted if name in header and name not in known_oxides())
    names = tuple(name for name in wanted if name not in columns)
    oxides_to_ignore(names)
    return names, columns


def _unique(names: list[str], repeated: Repeated, bad: dict[str, str]) -> list[str | None]:
    """Names of the rows, None and an entry in `bad` for a row that has none of its own."""
    found: list[str | None] = []
    taken, first, last = set(names), dict[str, int](), dict[str, int]()
    for number, name in enumerate(names, start=1):
        if name and name not in first:
            first[name] = number
            found.append(name)
        elif name and repeated == "number":
            last[name] = next(i for i in count(last.get(name, 2)) if f"{name} ({i})" not in taken)
            found.append(f"{name} ({last[name]})")
            taken.add(f"{name} ({last[name]})")
        else:
            found.append(None)
            bad[f"row {number}"] = _no_name(name, first.get(name))
    return found


def _no_name(name: str, row: int | None) -> str:
    if row is None:
        return "it has no name."
    return (
        f"the name {name!r} is there twice: it is taken by row {row}; to number such names, say "
        'repeated = "number".'
    )


def _amounts(
    sheet: RawTable, columns: Columns, row: list[Any]
) -> tuple[dict[str, float], dict[str, str]]:
    """Amounts of a row [wt%], and the cells that hold something else and count as zero."""
    _check_length(sheet, row)
    amounts: dict[str, float] = {}
    whence: dict[str, str] = {}
    zeros: dict[str, str] = {}
    for place, header in columns.oxides.items():
        column = sheet.header[place]
        try:
            cell = read_cell(row[place] if place < len(row) else None, header)
        except InputError as error:
            raise InputError(f"{column} = {error}") from None
        if cell.remark:
            zeros[column] = cell.remark
        if cell.amount is None:
            continue
        if amounts.get(header.quantity) and cell.amount not in (0.0, amounts[header.quantity]):
            both = f"{whence[header.quantity]!r} and {column!r}"
            raise InputError(f"{header.quantity} is given in the columns {both}; keep one.")
        if not amounts.get(header.quantity):
            amounts[header.quantity], whence[header.quantity] = cell.amount, column
    return amounts, zeros


def _check_length(sheet: RawTable, row: list[Any]) -> None:
    """Raise InputError if cells are missing, or are there without a header, unless both are empty."""
    width = len(sheet.header)
    if any(sheet.header[len(row) :]) or not all(map(is_blank, row[width:])):
        hint = (
            " Decimal commas need quotes, or semicolons between cells." if len(row) > width else ""
        )
        raise InputError(f"it has {len(row)} cells, and the header {width}.{hint}")


def _rock(
    amounts: Mapping[str, float],
    zeros: Mapping[str, str],
    options: TableReading,
    ignored: tuple[str, ...],
) -> Bulk:
    oxides, assumed = as_asked(amounts, options.iron, options.ferric)
    total = _total(amounts)
    if LEAST_TOTAL_WT <= total <= MOST_TOTAL_WT:
        rock = bulk(wt=oxides, ignore=ignored, water=options.water)
        return replace(rock, assumed=(*assumed, *rock.assumed))
    cells = "".join(f"{column} = {remark}; " for column, remark in zeros.items())
    if total > MOST_TOTAL_WT:
        what = f"more than {MOST_TOTAL_WT:g}: is a column in ppm, or iron counted twice?"
    elif 0.9 < total < 1.1:
        what = f"less than {LEAST_TOTAL_WT:g}: fractions or moles are not read as wt%."
    else:
        what = f"less than {LEAST_TOTAL_WT:g}: oxides are missing from it."
    raise InputError(f"{cells}the oxides sum to {total:.4g} wt%, {what}")


def _total(amounts: Mapping[str, float]) -> float:
    """Sum of the oxides as given, iron once [wt%]."""
    iron = next((amounts[name] for name in TOTALS if amounts.get(name)), None)
    if iron is None:
        iron = sum(amounts.get(name, 0.0) for name in IRON)
    return iron + sum(v for name, v in amounts.items() if name not in (*IRON, FERRIC_RATIO))


def _notes(
    columns: Columns, table: RockRows, options: TableReading, header: Iterable[str]
) -> list[str]:
    """What was made of the cells."""
    by_cell: dict[str, list[str]] = {}
    for name, zeros in table.counted_as_zero.items():
        for column, remark in zeros.items():
            by_cell.setdefault(f"{column} = {remark}", []).append(name)
    notes = [f"{cell}, counted as 0 in {_some(names)}" for cell, names in by_cell.items()]
    if any(
        has_decimal_comma(row[i]) for row in columns.rows for i in columns.oxides if i < len(row)
    ):
        notes.append("decimal commas read")
    if any(header.quantity == TOTAL_AS_FERRIC for header in columns.oxides.values()):
        notes.append(f"all iron given as Fe2O3 counted as FeO, times {ferrous_share():.5f}")
    if options.ferric is not None:
        notes.append(f"{options.ferric:g} of all iron counted as ferric")
    elif options.iron == "ferrous":
        notes.append("all iron counted as FeO")
    if options.water is not None:
        notes.append(
            "water added in excess"
            if options.water == "excess"
            else f"water added, {options.water:g} wt%"
        )
    losses = [text for text in header if is_loss(text)]
    if losses:
        notes.append(
            f"{', '.join(losses)} is no oxide and was not read: give H2O by weight, or say water"
        )
    if table.bad:
        notes.append(f"rows that are no rocks: {_some(list(table.bad))}")
    return notes


def _some(names: list[str]) -> str:
    """A few of the names, and how many more there are."""
    more = len(names) - NAMES_IN_A_NOTE
    return ", ".join(names[:NAMES_IN_A_NOTE]) + (f" and {more} more" if more > 0 else "")

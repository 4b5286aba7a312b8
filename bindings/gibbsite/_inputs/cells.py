"""What a cell of a table of rocks says: an amount, that there is none, or that it is not known."""

import re
import unicodedata
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Final

from gibbsite.errors import InputError

from .headers import DASHES, Header

_BELOW: Final = (
    "bdl bd bld bql blod udl dl lod <dl <ld <lod <mdl <loq tr trace traces notdetected nil"
)
_ABSENT: Final = "na n/a #n/a nd n/d nm nr null none <na> missing - -- --- ..."
_NOT_MADE: Final = "notanalysed notanalyzed notdetermined notmeasured notreported"
BELOW_DETECTION: Final = frozenset(_BELOW.split())
NOT_THERE: Final = frozenset((*_ABSENT.split(), *_NOT_MADE.split()))
"""Words without blanks, without dots behind letters, in lower case."""
CODES: Final = frozenset((-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0))
"""Numbers that programs write for what is not there; -1 is Petrolog's."""
LARGEST_LIMIT_WT: Final = 0.1
"""Up to which limit of detection "<..." counts as nothing [wt%]."""
PPM: Final = 1e-4
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_COMMA: Final = re.compile(r"[+-]?\d*,\d+")
_LIMIT: Final = re.compile(r"[<≤] ?=? ?(.+)")


@dataclass(frozen=True, slots=True)
class Cell:
    """What was made of a cell.

    Parameters
    ----------
    amount : float or None
        In wt%, or as it is of a ratio; None if the cell is empty or counts as empty.
    remark : str
        Why a cell that is not empty counts as nothing, as "'tr.' is below detection"; else "".
    """

    amount: float | None
    remark: str = ""


def read_cell(value: object, header: Header) -> Cell:
    """Return what a cell says.

    Parameters
    ----------
    value : object
        Text, a number, or None.
    header : Header
        Of its column; its unit is that of the number.

    Raises
    ------
    InputError
        If it is no amount, and nothing that is known to stand for none; without name of the column.
    """
    text = _plain(value)
    if text in ("", "nan"):
        return Cell(None)
    word = re.sub(r"\s|(?<=\w)\.", "", text)
    shown = repr(str(value).strip())
    if word in BELOW_DETECTION:
        return Cell(None, f"{shown} is below detection")
    if word in NOT_THERE:
        return Cell(None, f"{shown} is not there")
    unit = header.unit or "wt%"
    scale = PPM if header.unit == "ppm" else 1.0
    limit = _LIMIT.fullmatch(text)
    if limit and (most := _number(limit[1], header)) is not None:
        if 0.0 <= most * scale <= LARGEST_LIMIT_WT:
            return Cell(None, f"{shown} is below detection")
        raise InputError(
            f"{shown} is not a number of {unit}: it may be anything up to {most * scale:g} wt%, too "
            f"much to count as nothing (at most {LARGEST_LIMIT_WT:g} wt%)."
        )
    number = float(value) if isinstance(value, float) else _number(text, header)
    if number is None:
        raise InputError(f"{shown} is not a number of {unit}.")
    if number in CODES:
        return Cell(None, f"{number:g} {unit} is negative, a code for what is not there")
    if not isfinite(number):
        raise InputError(f"{number} {unit} is not finite; leave out what is unknown.")
    if number < 0.0:
        raise InputError(f"{number:g} {unit} is negative; it must be zero or more.")
    return Cell(number * scale)


def is_blank(value: object) -> bool:
    """Whether a cell holds nothing."""
    if isinstance(value, float):
        return isnan(value)
    return value is None or _plain(value) in ("", "nan")


def is_number(value: object) -> bool:
    """Whether a cell holds a number, or stands for none."""
    try:
        read_cell(value, Header("", "wt%"))
    except InputError:
        return False
    return True


def has_decimal_comma(value: object) -> bool:
    """Whether a cell holds a number with a decimal comma."""
    return isinstance(value, str) and _COMMA.fullmatch(_plain(value)) is not None


def _plain(value: object) -> str:
    """A cell as text, in lower case and plain letters."""
    if value is None:
        return ""
    text = unicodedata.normalize("NFKC", str(value)).translate(DASHES)
    return text.strip().casefold()


def _number(text: str, header: Header) -> float | None:
    """The number that a text is, or None; with a decimal comma where it can be nothing else."""
    if _COMMA.fullmatch(text):
        if header.unit == "ppm" and re.fullmatch(r"[+-]?\d{1,3},\d{3}", text):
            return None  # the comma may be one of thousands
        text = text.replace(",", ".")
    return float(text) if _NUMBER.fullmatch(text) else None

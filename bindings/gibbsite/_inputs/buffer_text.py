"""What people write of the fugacity of oxygen: buffers with an offset, or its logarithm."""

import re
import unicodedata
from typing import Final

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import load_buffers
from gibbsite_datasets.records import Buffer

_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
"""Hyphens, dashes and the minus sign, which text processors put where a minus was typed."""
_NUMBER: Final = r"(?:\d+\.?\d*|\.\d+)"
_SIGNED: Final = rf"([+-]\s*{_NUMBER})"
_UNITS: Final = r"(?:\s*log(?:10)?[\s-]*units?)?"
_OFFSET: Final = re.compile(rf"([A-Z]+)\s*{_SIGNED}?{_UNITS}", re.IGNORECASE)
_BEFORE: Final = re.compile(rf"{_SIGNED}{_UNITS}\s*([A-Z]+)", re.IGNORECASE)
_DIFFERENCE: Final = re.compile(
    rf"(?:[\u0394\u03b4\u2206]|delta|d)[\s_-]*([A-Z]+)\s*[=:]\s*([+-]?\s*{_NUMBER}){_UNITS}",
    re.IGNORECASE,
)
_LEADING: Final = re.compile(r"(?:[\u0394\u03b4\u2206]|delta[\s_-]*|d(?=[A-Z]))", re.IGNORECASE)
_FUGACITY: Final = re.compile(
    rf"log(?:10)?[\s_]*\(?fO2\)?\s*=?\s*([+-]?\s*{_NUMBER}(?:e[+-]?\d+)?)", re.IGNORECASE
)


def plain(text: str) -> str:
    """Return a text with the minus of the keyboard for all that look like it, and no subscripts."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES).strip()


def read_fugacity(text: str) -> float | None:
    """Return log10 fO2 of "log10 fO2 = -12", "logfO2 -12" and the like; None of other text."""
    match = _FUGACITY.fullmatch(plain(text))
    return _value(match[1]) if match else None


def split_offset(text: str) -> tuple[Buffer, float]:
    """Return the buffer and the offset [log10 units] of a text such as "QFM-0.5".

    Upper and lower case, blanks, dashes for a minus, the offset before the name, "log units" after
    it and a Delta, "delta" or "d" at the beginning make no difference: "\u0394FMQ \u2212 0.5" is the same.

    Raises
    ------
    InputError
        If it is none, or the buffer is unknown.
    """
    given = plain(text)
    if match := _DIFFERENCE.fullmatch(given):
        name, offset = match[1], match[2]
    else:
        given = _LEADING.sub("", given, count=1) if _LEADING.match(given) else given
        if match := _OFFSET.fullmatch(given):
            name, offset = match[1], match[2] or "0"
        elif match := _BEFORE.fullmatch(given):
            name, offset = match[2], match[1]
        else:
            name, offset = given, "0"
    known = {name: each for each in load_buffers().values() for name in (each.name, *each.also)}
    if match is None or name.upper() not in known:
        raise InputError(
            f"{text!r} is no buffer with an offset, such as QFM-0.5: {_hint(name, known)}"
        )
    return known[name.upper()], _value(offset)


def _hint(name: str, known: dict[str, Buffer]) -> str:
    """Say what would be right: a buffer of a near name, or the sign that an offset needs."""
    begins = next((each for each in known if name.upper().startswith(each)), None)
    if begins is None:
        return did_you_mean(name, known)
    number = name[len(begins) :].strip().replace(",", ".").strip("()=: ")
    if re.fullmatch(rf"[+-]?\s*{_NUMBER}", number):
        sign = "" if number[0] in "+-" else "+"
        return f"did you mean '{begins}{sign}{number}'?"
    return f"after {begins} comes + or - and a number, if anything."


def _value(number: str) -> float:
    return float(number.replace(" ", ""))

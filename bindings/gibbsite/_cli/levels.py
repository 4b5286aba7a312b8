"""Isopleths as the command line takes them: "ol.Fo=60,70,80"."""

from collections.abc import Sequence
from math import isfinite

from gibbsite.errors import InputError

EXAMPLE = "liq=10,20 or ol.Fo=60,70,80"


def read_levels(given: Sequence[str]) -> dict[str, list[float]]:
    """Return quantity -> levels of texts such as "ol.Fo=60,70,80".

    Raises
    ------
    InputError
        With the text that cannot be meant.
    """
    wanted: dict[str, list[float]] = {}
    for text in given:
        quantity, equals, numbers = (part.strip() for part in text.partition("="))
        if not (quantity and equals and numbers):
            raise InputError(f"{text!r} in --isopleth should look like {EXAMPLE}.")
        if quantity in wanted:
            raise InputError(f"{quantity} is given twice in --isopleth; give all levels at once.")
        wanted[quantity] = [_number(text, number) for number in numbers.split(",")]
    return wanted


def _number(text: str, number: str) -> float:
    try:
        value = float(number)
    except ValueError:
        raise InputError(f"{text!r} in --isopleth: {number!r} is not a number.") from None
    if not isfinite(value):
        raise InputError(f"{text!r} in --isopleth: {number!r} is not finite.")
    return value

"""What the header of a column of a table of rocks means, however a laboratory spells it."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

from gibbsite_datasets import load_components, outside_oxides

from .iron import FERRIC_RATIO, TOTAL_IRON

TOTAL_AS_FERROUS: Final = "FeOt"
TOTAL_AS_FERRIC: Final = "Fe2O3t"
TOTALS: Final = (TOTAL_AS_FERROUS, TOTAL_AS_FERRIC)
IRON: Final = ("FeO", "Fe2O3", *TOTALS)
VOLATILE: Final = frozenset(("H", "C", "S", "F", "Cl", "O"))
"""What these make may look like anything; it lies outside the system however it is spelt."""
# An element that reads as an oxide once the case of letters is gone.
POLONIUM: Final = "po"
TRACE: Final = "Cr"
"""The one element of the system that is often given as a trace element."""
NAME_HEADERS: Final = (
    "name",
    "sample",
    "samplename",
    "sampleid",
    "sampleno",
    "samplenr",
    "samplenumber",
    "samplecode",
    "sample#",
    "specimen",
    "specimenid",
    "experiment",
    "rock",
    "label",
    "analysis",
    "rockname",
    "id",
)
"""Headers of the column of names, without blanks, dots and case; of two, the earlier is taken."""

DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_BRACKETS: Final = str.maketrans(
    "[]{}<>\u3008\u3009\u300a\u300b\u300c\u300d\u3010\u3011\u3014\u3015\u27e8\u27e9", "()" * 9
)
_SIGNS: Final = DASHES | str.maketrans("\u2217\u204e\u2211", "**\u03a3")
_MARKUP: Final = re.compile(r"</?su[bp]>|[$^\\]", re.IGNORECASE)
_PERCENT: Final = r"(?:%|percent|per cent|pct)"
_WEIGHT: Final = (
    rf"(?:(?:wt|weight|mass|m/m|m|ma|gew|w)\.?[ -]?{_PERCENT}|{_PERCENT} ?(?:wt|weight|mass|m/m)\.?"
    rf"|{_PERCENT}|wt\.?|weight|mass(?: fraction)?|g/100 ?g|質量分率|质量分数|质量百分比|重量百分比)"
)
_PPM: Final = r"(?:(?:wt\.? ?)?ppm(?: ?wt\.?|w)?|[μu]g/g|mg/kg|g/t)"
_MOLES: Final = (
    rf"(?:(?:mol|mole|molar|at|atom|atomic|cat|cation)\.?[ -]?{_PERCENT}|mol|moles|mole fraction)"
)
_UNITS: Final = {"mol": _MOLES, "ppm": _PPM, "wt%": _WEIGHT}  # the bare % is tried last
_SEPARATOR: Final = r"[\s_,;:/|.-]*"
_TOTAL: Final = "(?:t|tot|total|all|sum|ges|gesamt|\u03c3)"
_OXIDE: Final = r"(feo|fe2o3)"
_TOTAL_IRON_FORMS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_TOTAL}{_OXIDE}(?:{_TOTAL}|\*+)?",
        rf"{_OXIDE}(?:{_TOTAL}|\*+)",
        rf"{_TOTAL}?(?:fe|iron){_TOTAL}?as{_OXIDE}{_TOTAL}?",
        rf"{_OXIDE}(?:as)?{_TOTAL}(?:fe|iron)",
        rf"{_OXIDE}(?:fe|iron){_TOTAL}",
    )
)
_FERRIC_RATIO: Final = re.compile(rf"fe3\+?/?(?:fe{_TOTAL}|{_TOTAL}fe)")
_WATER: Final = re.compile(rf"h2o(?:\+|p|{_TOTAL})?")
_IRON_OF_NO_OXIDE: Final = re.compile(rf"{_TOTAL}?(?:fe|iron)(?:{_TOTAL}|\*+)?")
_FORMULA: Final = re.compile(r"([a-z]{1,2}?)(\d*)o(\d*)")


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says that stands over amounts of an oxide.

    Parameters
    ----------
    quantity : str
        An oxide, "FeOt" or "Fe2O3t" for all iron as that oxide, or "Fe3Fet".
    unit : {"", "wt%", "ppm", "mol"}
        As written; "" if it is not.
    """

    quantity: str
    unit: str


def read_header(text: str, suffix: str = "") -> Header | None:
    """Return what a header means, or None if it is not plainly one quantity.

    Parameters
    ----------
    text : str
        Such as "SIO2(WT%)", "TFe2O3" or "FeO_T_Liq [wt.%]".
    suffix : str
        What must follow the oxide, such as "_Liq".
    """
    stem, unit = _split_unit(_tidy(text))
    if suffix:
        if not stem.endswith(suffix):
            return None
        stem, inner = _split_unit(stem.removesuffix(suffix).strip())
        unit = unit or inner
    quantity = _quantity(stem)
    return None if quantity is None else Header(quantity, unit)


def suffixes(text: str) -> dict[str, str]:
    """Return every suffix "_..." that would leave a quantity, each with that quantity."""
    stem, _ = _split_unit(_tidy(text))
    cuts = [stem[match.start() :] for match in re.finditer("_", stem) if match.start()]
    found = {"": read_header(text), **{cut: read_header(text, cut) for cut in cuts}}
    return {suffix: header.quantity for suffix, header in found.items() if header is not None}


def resembles(text: str) -> str | None:
    """Return the oxide that a header looks like though it cannot be read as one, or None.

    Ratios and sums of oxides, elements, and oxides of volatiles look like none.

    Parameters
    ----------
    text : str
        A header.
    """
    stem, _ = _split_unit(_tidy(text))
    key = _squeeze(stem)
    solid = {name.casefold(): name for name in _oxides() if cation(name) not in VOLATILE}
    with_letter = key.replace("0", "o")
    zero = "H2O" if _WATER.fullmatch(with_letter) else solid.get(with_letter)
    if zero is not None:
        return zero
    inside = [name for low, name in solid.items() if _contains(stem, key, low, name)]
    if inside and not _is_derived(key):
        summed = "+" in key and set(inside) == {"FeO", "Fe2O3"}
        return TOTAL_AS_FERROUS if summed else max(inside, key=len)
    formula = _FORMULA.fullmatch(key)
    if formula and key != POLONIUM:
        symbols = {cation(name).casefold(): name for name in reversed(solid.values())}
        return symbols.get(formula[1])
    return None


def element(text: str) -> str | None:
    """Return the major element that a column is of, such as "Si" of "SI(PPM)", or None.

    Parameters
    ----------
    text : str
        A header.
    """
    stem, _ = _split_unit(_tidy(text))
    key = _squeeze(stem)
    if _IRON_OF_NO_OXIDE.fullmatch(key):
        return "Fe"
    symbols = {each.cation.casefold(): each.cation for each in load_components()}
    return symbols.get(key) if symbols.get(key) != TRACE else None


def read_unit(text: str) -> str | None:
    """Return the unit that a cell below a header holds, "wt%", "ppm" or "mol", or None.

    Parameters
    ----------
    text : str
        A cell.
    """
    inner = _tidy(text).strip("() ")
    for unit, pattern in _UNITS.items():
        if re.fullmatch(pattern, inner, re.IGNORECASE):
            return unit
    return None


def name_rank(text: str, suffix: str = "") -> int | None:
    """Return how good a column is for names, 0 the best, or None if it holds none.

    Parameters
    ----------
    text : str
        A header.
    suffix : str
        That of the oxides, which the names may have too.
    """
    key = re.sub(r"[\s._:-]", "", _tidy(text).removesuffix(suffix)).casefold()
    return NAME_HEADERS.index(key) if key in NAME_HEADERS else None


def is_usual(text: str, suffix: str) -> bool:
    """Whether a header is spelt as every program spells it, so that nothing need be said of it."""
    return text.removesuffix(suffix) in (*_oxides(), *TOTAL_IRON, FERRIC_RATIO)


def cation(quantity: str) -> str:
    """Return the element that a quantity is of.

    Parameters
    ----------
    quantity : str
        As of a `Header`.
    """
    return _cations()[quantity]


def _tidy(text: str) -> str:
    """The text in plain letters: one blank, round brackets, no subscripts or full-width forms."""
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    text = _MARKUP.sub("", text).translate(_BRACKETS)
    return " ".join(text.replace("\ufeff", "").strip("\"' \t").split())


@cache
def _unit_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    found = []
    for unit, pattern in _UNITS.items():
        for form in (
            rf"(?P<stem>.*[^\s(/_,]){_SEPARATOR}\(\s*{pattern}\s*\)",
            rf"(?P<stem>.*?[^\s(/_,]){_SEPARATOR}{pattern}",
            rf"\(?{pattern}\)?[\s_:]+(?P<stem>.+)",
        ):
            found.append((unit, re.compile(form, re.IGNORECASE)))
    return tuple(found)


def _split_unit(text: str) -> tuple[str, str]:
    """A header without its unit, and the unit."""
    for unit, pattern in _unit_patterns():
        match = pattern.fullmatch(text)
        if match:
            return _without_w(match["stem"].strip()), unit
    return _without_w(text), ""


def _without_w(text: str) -> str:
    """The oxide of "w(SiO2)", which stands for a fraction of weight."""
    match = re.fullmatch(r"[wW\u03c9]\s?\((.+)\)", text)
    return match[1] if match else text


def _squeeze(text: str) -> str:
    return re.sub(r"[\s_.,;:()\"']|-(?=.)", "", text).casefold()


def _quantity(stem: str) -> str | None:
    key = _squeeze(stem)
    by_key = {name.casefold(): name for name in _oxides() if len(name) > 1}
    if key in by_key:
        return by_key[key]
    if stem in _oxides():  # one letter: f or s in lower case is another quantity
        return stem
    for pattern in _TOTAL_IRON_FORMS:
        match = pattern.fullmatch(key)
        if match:
            return TOTAL_AS_FERROUS if match[1] == "feo" else TOTAL_AS_FERRIC
    if _FERRIC_RATIO.fullmatch(key):
        return FERRIC_RATIO
    return "H2O" if _WATER.fullmatch(key) else None


@cache
def _oxides() -> tuple[str, ...]:
    return tuple(each.name for each in (*load_components(), *outside_oxides()))


@cache
def _cations() -> dict[str, str]:
    oxides = {each.name: each.cation for each in (*load_components(), *outside_oxides())}
    return {**oxides, **dict.fromkeys((*IRON, FERRIC_RATIO), "Fe")}


def _contains(stem: str, key: str, low: str, name: str) -> bool:
    """Whether a name stands in a header; one without a number only as a word, or in its case."""
    if any(letter.isdigit() for letter in low):
        return low in key
    return (
        name in stem or re.search(rf"(?<![a-z0-9]){low}(?![a-z0-9])", stem.casefold()) is not None
    )


def _is_derived(key: str) -> bool:
    """Whether this is a sum or ratio, of more than the oxides of iron where it is a sum."""
    parts = [part for part in re.split(r"[+/]", key) if part]
    meanings = [_quantity(part) for part in parts]
    named = [
        meaning or re.fullmatch(r"[a-z]{1,2}|[\d]+", part)
        for meaning, part in zip(meanings, parts, strict=True)
    ]
    iron_alone = "/" not in key and all(meaning in IRON for meaning in meanings)
    return len(parts) > 1 and all(named) and not iron_alone

"""The published results of a study beside the computed ones: inside or outside, and why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isnan

from gibbsite_datasets import Target, load_targets

from .values import Span, Value, format_value, is_finite

TOLERANCES = {"°C": 0.5, "vol%": 1.0, "mol%": 1.0, "wt%": 0.5, "1": 0.05}
"""How far a value may be from that of an independent program, by unit."""
_ROUNDING = 1e-9
NOT_COMPUTED = "not computed"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One target with one database.

    Attributes
    ----------
    value : Value or None
        As computed; None where this study does not compute it.
    verdict : str
        "inside", "partly" (a range that reaches beyond), "outside", "not computed", or "" where
        the publication gives nothing to judge by.
    check : str
        "agrees" or "differs" from the value of an independent program, or "" where there is none.
    why : str
        What is compared, and why it is as it is.
    """

    target: Target
    value: Value | None
    verdict: str
    check: str
    why: str

    @property
    def text(self) -> str:
        """The value with as many digits as its unit deserves."""
        return format_value(self.value, self.target.unit)


def published(name: str) -> dict[str, Target]:
    """Return the targets of a study by key."""
    return {target.key: target for target in load_targets(name)}


def compare(target: Target, values: Mapping[str, Value], database: str) -> Comparison:
    """Hold the computed values of one database against a target.

    Parameters
    ----------
    target : Target
        What was published.
    values : mapping of str to Value
        All that the study computed with the database; the text of a target may quote any of it.
    database : str
        Its name.
    """
    value = values.get(target.key)
    verdict = _verdict(target, value)
    texts = [target.note, target.why_outside if verdict in ("outside", "partly") else ""]
    why = "; ".join(_quoted(text, values) for text in texts if text)
    return Comparison(target, value, verdict, _check(target, value, database), why)


def _verdict(target: Target, value: Value | None) -> str:
    if target.expected:
        if value is None or value == NOT_COMPUTED:
            return NOT_COMPUTED
        return "inside" if value == target.expected else "outside"
    if target.low is None and target.high is None:
        return "" if value is not None else NOT_COMPUTED
    if value is None or isinstance(value, str):
        return NOT_COMPUTED
    low, high = value if isinstance(value, Span) else (value, value)
    if isnan(low) or isnan(high):
        return NOT_COMPUTED
    least = -inf if target.low is None else target.low
    most = inf if target.high is None else target.high
    if least - _ROUNDING <= low and high <= most + _ROUNDING:
        return "inside"
    return "outside" if high < least or low > most else "partly"


def _check(target: Target, value: Value | None, database: str) -> str:
    if database not in target.checks:
        return ""
    if not is_finite(value) or isinstance(value, str | Span) or value is None:
        return "differs"
    near = abs(value - target.checks[database]) <= TOLERANCES.get(target.unit, 0.0)
    return "agrees" if near else "differs"


def _quoted(text: str, values: Mapping[str, Value]) -> str:
    """Put computed values in the place of ``{key}`` and ``{key:.1f}``."""

    def quote(match: re.Match[str]) -> str:
        value = values.get(match["key"])
        if value is None:
            return NOT_COMPUTED
        if isinstance(value, Span) or not is_finite(value):
            return format_value(value, "°C")
        return format(value, match["format"] or "")

    return re.sub(r"\{(?P<key>\w+)(?::(?P<format>[^}]*))?\}", quote, text)

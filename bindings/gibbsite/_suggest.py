"""Near names for a misspelt one, so that an error can say what would be right."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

_NEAR: Final = 0.6
"""Least likeness of a word and what it may have been meant for."""
MOST: Final = 30
"""Of more names than these only the first are told: nobody reads on."""


def did_you_mean(word: str, choices: Iterable[str], otherwise: str = "") -> str:
    """Return `did you mean 'x'?` for the choice nearest to a word, else the list of choices.

    Upper and lower case count as the same letter, and words joined in another order as the same name.

    Parameters
    ----------
    word : str
        What was given.
    choices : iterable of str
        What would have been accepted.
    otherwise : str
        What to say in place of the list where none is near.

    Returns
    -------
    str
        The end of a sentence, without a leading space.
    """
    word = str(word)  # whatever it was that was given
    by_lower = {choice.lower(): choice for choice in choices}
    near = max(by_lower, key=lambda choice: (_likeness(word.lower(), choice), choice), default="")
    if near and max(_likeness(word.lower(), near)) >= _NEAR:
        return f"did you mean {by_lower[near]!r}?"
    if otherwise:
        return otherwise
    known = list(by_lower.values())
    more = f", and {len(known) - MOST} more" if len(known) > MOST else ""
    return f"known are {', '.join(known[:MOST])}{more}."


def _likeness(word: str, choice: str) -> tuple[float, float]:
    """Return how alike two names are, 0 to 1: in the better order of their words, and as they are written."""
    as_written = SequenceMatcher(None, choice, word).ratio()
    return max(
        as_written, SequenceMatcher(None, _sorted(choice), _sorted(word)).ratio()
    ), as_written


def _sorted(name: str) -> str:
    """Return the words of a name, "temperature-pressure" say, in the order of the alphabet."""
    return " ".join(sorted(re.split(r"[\W_]+", name)))

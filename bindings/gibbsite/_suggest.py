"""Near names for a misspelt one, so that an error can say what would be right."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

MOST: Final = 30
"""Of more names than these only the first are told: nobody reads on."""


def did_you_mean(word: str, choices: Iterable[str], otherwise: str = "") -> str:
    """Return `did you mean 'x'?` for the choice nearest to a word, else the list of choices.

    Upper and lower case count as the same letter.

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
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    if near:
        return f"did you mean {by_lower[near[0]]!r}?"
    if otherwise:
        return otherwise
    known = list(by_lower.values())
    more = f", and {len(known) - MOST} more" if len(known) > MOST else ""
    return f"known are {', '.join(known[:MOST])}{more}."

"""What is meant by a phase that is called by its name in words, or by its symbol: "olivine" is "ol"."""

from collections.abc import Iterable

from gibbsite._suggest import did_you_mean

from .names import name_phase


def which_phase(word: str, known: Iterable[str]) -> str:
    """Return `did you mean 'ol'?` for "olivine" or "Ol", else as `did_you_mean`.

    Parameters
    ----------
    word : str
        What was given.
    known : iterable of str
        Keys of phases, and other names that would have been accepted.
    """
    keys = list(known)
    for key in keys:
        if word.lower() in {name_phase(key, "full").lower(), name_phase(key, "warr").lower()}:
            return f"did you mean {key!r}?"
    return did_you_mean(word, keys)

"""What is meant by a phase that is called by its name in words, or by its symbol: "olivine" is "ol"."""

from collections.abc import Collection, Iterable

from gibbsite._suggest import did_you_mean

from .names import RANGES, name_phase, name_range, range_phases


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


def range_hint(word: str, phases: Collection[str]) -> str:
    """Return what a range of compositions in words, or a label of an answer, is called; "" for neither.

    Parameters
    ----------
    word : str
        What was given: "plagioclase", or "Ca-opx", which tells two apart at one point alone.
    phases : collection of str
        Keys of the phases there are.
    """
    for name in RANGES:
        words = {name_range(name, "full").lower(), name_range(name, "warr").lower()}
        if word.lower() in words and range_phases(name, phases):
            return f"did you mean {name!r}?"
    for of in word.split("-") if "-" in word else ():
        for phase in (of,) if of in phases else range_phases(of, phases):
            return f"which of several is told by its number, {phase}0 or {phase}1."
    return ""

"""What phases are called in pictures and tables: our keys, full names, or Warr's symbols."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import PhaseNames, known_oxides, load_names
from gibbsite_datasets.records import Inequality, PhaseName

Convention = Literal["gibbsite", "full", "warr"]
Composition = Mapping[str, Any]
"""Oxide -> moles of it in a phase, at each of n points, or a float for one."""
Amounts = TypeVar("Amounts", float, NDArray[np.float64])


class Name(NamedTuple):
    """One name in each convention."""

    gibbsite: str
    full: str
    warr: str


@dataclass(frozen=True, slots=True)
class NameRule:
    """How to name the instances of a phase.

    Attributes
    ----------
    name : Name
        Of a lone instance, and of one whose composition is not known.
    windows : tuple of Name
        Names of ranges of composition.
    window : callable
        Returns the index of the range of each of n compositions.
    number : callable
        The same of one composition, given as numbers.
    of_lone : bool
        Whether a lone instance takes the name of its range, too.
    """

    name: Name
    windows: tuple[Name, ...] = ()
    window: Callable[[Composition], NDArray[np.int64]] | None = None
    number: Callable[[Mapping[str, float]], int] | None = None
    of_lone: bool = False


_MADE_OF: Final = {
    name: (oxide.cation, oxide.cations, oxide.oxygens) for name, oxide in known_oxides().items()
}
_CATIONS: Final = tuple(dict.fromkeys(cation for cation, _, _ in _MADE_OF.values()))


def all_cations(oxides: Mapping[str, Amounts], oxygens: float = 0.0) -> dict[str, Amounts]:
    """Return the cations of compositions.

    Parameters
    ----------
    oxides : mapping
        Oxide -> moles of it at each of n points, or of one, in any unit; O is that of ferric iron.
    oxygens : float
        Oxygens of the formula unit to count them in, hydroxyl among them; 0 for moles as given.

    Returns
    -------
    dict of str to (n,) array, or float
        Element -> cations. Fe is all iron, Fe2 and Fe3 are its parts. What is no oxide of is 0.
    """
    none = 0.0 * next(iter(oxides.values()))
    found, oxygen = dict.fromkeys(_CATIONS, none), none
    for name, moles in oxides.items():
        cation, cations, oxygens_of = _MADE_OF[name]
        found[cation] = found[cation] + cations * moles
        oxygen = oxygen + oxygens_of * moles
    ferric, iron = 2.0 * oxides.get("O", none), found["Fe"]
    ferric = min(max(ferric, 0.0), iron) if isinstance(ferric, float) else ferric.clip(0.0, iron)
    found["Fe3"], found["Fe2"] = ferric, iron - ferric
    if oxygens:
        with np.errstate(divide="ignore", invalid="ignore"):
            unit = np.divide(oxygens, oxygen)
        found = {name: n * unit for name, n in found.items()}
    return found


def _holds(each: Inequality, amounts: Mapping[str, Amounts]) -> Any:
    """Whether an inequality holds of compositions."""
    value = sum(factor * amounts[name] for name, factor in each.coefficients.items())
    return value > 0.0 if each.strict else value >= 0.0


def _window(names: PhaseNames) -> Callable[[Composition], NDArray[np.int64]]:
    """Return what tells the range of compositions of a phase."""

    def window(oxides: Composition) -> NDArray[np.int64]:
        amounts = all_cations(oxides, names.oxygens)
        amounts["1"] = np.ones_like(amounts["Fe"])
        at = np.full(amounts["Fe"].shape, len(names.ranges) - 1)
        for number in range(len(names.ranges) - 2, -1, -1):
            holds = [_holds(each, amounts) for each in names.ranges[number].where]
            at = np.where(np.all(holds, axis=0), number, at)
        return at

    return window


def _number(names: PhaseNames) -> Callable[[Mapping[str, float]], int]:
    """Return what tells the range of one composition of a phase."""

    def number(oxides: Mapping[str, float]) -> int:
        amounts = all_cations(oxides, names.oxygens) | {"1": 1.0}
        return next(
            number
            for number, of in enumerate(names.ranges)
            if all(_holds(each, amounts) for each in of.where)
        )

    return number


def _rule(names: PhaseNames) -> NameRule:
    windows = tuple(_name(each.name) for each in names.ranges)
    if not windows:
        return NameRule(_name(names.name))
    return NameRule(_name(names.name), windows, _window(names), _number(names), names.alone)


def _name(name: PhaseName) -> Name:
    return Name(name.short, name.full, name.warr)


# In the order of labels: melt, then silicates, then oxides, then silica, then fluids.
NAME_RULES: Final[Mapping[str, NameRule]] = {
    key: _rule(names) for key, names in load_names().items()
}

_PHASES_OF_RANGE: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(
        phase
        for phase, kind in NAME_RULES.items()
        if name != phase and name in (window.gibbsite for window in kind.windows)
    )
    for key, kind in NAME_RULES.items()
    for name in (window.gibbsite for window in kind.windows)
    if name != key
}
RANGES: Final[Mapping[str, str]] = {name: of[0] for name, of in _PHASES_OF_RANGE.items()}
"""Our name of a range of composition, "pig" say -> the phase it is of, the first if of several."""

_ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_LEAST_LEAD: Final = 1e-4  # of mole fractions: what is printed of them

# A lone instance takes the name of a range where this share of the points of a field lies in it.
HOLDS: Final = 0.95


def check_convention(names: str) -> Convention:
    """Return the convention of that name, or raise InputError."""
    for known in ("gibbsite", "full", "warr"):
        if names == known:
            return known
    raise InputError(f"names = {names!r}: {did_you_mean(str(names), Name._fields)}")


def range_phases(name: str, phases: Collection[str]) -> tuple[str, ...]:
    """Return the phases that a range of composition is of, of those that there are.

    Parameters
    ----------
    name : str
        Our name of the range, "pig" say.
    phases : collection of str
        Keys of the phases there are.
    """
    return tuple(phase for phase in _PHASES_OF_RANGE.get(name, ()) if phase in phases)


def in_range(name: str, oxides: Composition, phase: str | None = None) -> NDArray[np.bool_]:
    """Return which of n compositions of a phase are in a range of it; NaN is in none."""
    kind = NAME_RULES[phase or RANGES[name]]
    assert kind.window is not None
    known = np.isfinite(np.sum(list(oxides.values()), axis=0))
    number = [window.gibbsite for window in kind.windows].index(name)
    return np.asarray(known & (kind.window(oxides) == number))


def name_range(name: str, convention: Convention) -> str:
    """Return what a range of `RANGES` is called in a convention."""
    windows = NAME_RULES[RANGES[name]].windows
    return str(next(getattr(each, convention) for each in windows if each.gibbsite == name))


def label_order(phase: str) -> tuple[int, str]:
    """Return what to sort phases by in a label: melt first, silica last, others after it."""
    keys = list(NAME_RULES)
    return (keys.index(phase) if phase in NAME_RULES else len(keys), phase)


def name_phase(
    phase: str, convention: Convention = "gibbsite", composition: Composition | None = None
) -> str:
    """Return the name of a lone instance.

    Parameters
    ----------
    phase : str
        Key; one that is not known here is its own name.
    convention : {"gibbsite", "full", "warr"}
        Which names.
    composition : mapping, optional
        Oxide -> moles of it in the phase, at n points that should have one name.
    """
    return name_instances(phase, [composition], convention)[0]


def has_ranges(phase: str, lone: bool = False) -> bool:
    """Return whether an instance of a phase may be named by its composition, even a `lone` one."""
    rule = NAME_RULES.get(phase)
    return rule is not None and rule.window is not None and (rule.of_lone or not lone)


def name_instances(
    phase: str,
    compositions: Sequence[Composition | None],
    convention: Convention = "gibbsite",
) -> tuple[str, ...]:
    """Return the names of all instances of a phase that occur together.

    Two pyroxenes are "aug" and "pig". What the ranges do not tell apart is told by what each is
    richest in, "Ca-opx" and "Mg-opx", and by numbers only where compositions are not known or
    the same, "ol-I" and "ol-II". All names differ.

    Parameters
    ----------
    phase : str
        Key of the phase.
    compositions : sequence of (mapping or None)
        One for each instance, in their order: oxide -> moles of it at n points; None if unknown.
    convention : {"gibbsite", "full", "warr"}
        Which names.
    """
    return _texts(_of_ranges(phase, compositions), compositions, convention)


def name_phases(phases: Sequence[str], moles: Sequence[Mapping[str, float]]) -> list[str]:
    """Return what to call the phases of a point, those of one kind by how they differ."""
    labels = list(phases)  # our names of those that nothing is told of
    for phase in dict.fromkeys(phases):
        mine = [i for i, name in enumerate(phases) if name == phase]
        if len(mine) > 1 or has_ranges(phase, lone=True):
            names = name_instances(phase, [moles[i] for i in mine])
            for i, name in zip(mine, names, strict=True):
                labels[i] = name
    return labels


def name_everywhere(
    phase: str, compositions: Sequence[Composition | None]
) -> tuple[tuple[str, ...], ...]:
    """Return what `name_instances` does in each convention, in the order of `Name`."""
    chosen = _of_ranges(phase, compositions)
    return tuple(_texts(chosen, compositions, each) for each in get_args(Convention))


def _of_ranges(phase: str, compositions: Sequence[Composition | None]) -> list[Name]:
    """Return the name of each instance by its range of composition."""
    kind = NAME_RULES.get(phase, NameRule(Name(phase, phase, phase)))
    if len(compositions) == 1 and not kind.of_lone:
        return [kind.name]
    # One of several is told from the others by where most of it lies.
    share = HOLDS if len(compositions) == 1 else 0.5
    return [_of_range(kind, each, share) for each in compositions]


def _texts(
    chosen: Sequence[Name], compositions: Sequence[Composition | None], convention: Convention
) -> tuple[str, ...]:
    """Return names in a convention, those that are the same told apart."""
    texts = [str(getattr(name, convention)) for name in chosen]
    if len(texts) == 1:
        return tuple(texts)
    for text in [text for text, count in Counter(texts).items() if count > 1]:
        same = [i for i, other in enumerate(texts) if other == text]
        for i, told in zip(same, _told_apart([compositions[i] for i in same]), strict=True):
            texts[i] = _joined(text, told, convention)
    return tuple(texts)


def _joined(text: str, told: str, convention: Convention) -> str:
    """Return a name with what tells it apart: an element before it, or a number behind."""
    if told in _ROMAN:
        return f"{text} {told}" if convention == "full" else f"{text}-{told}"
    return f"{told}-rich {text}" if convention == "full" else f"{told}-{text}"


def _told_apart(compositions: Sequence[Composition | None]) -> Sequence[str]:
    """Return an element for each of some instances, that it is richest in; numbers where none is."""
    known = [each for each in compositions if each is not None]
    oxides = list(known[0]) if len(known) == len(compositions) else []
    if not oxides:
        return _ROMAN[: len(compositions)]
    shares = np.array([[np.mean(each[oxide]) for oxide in oxides] for each in known])
    shares /= np.where(total := shares.sum(axis=1, keepdims=True), total, 1.0)
    elements = []
    for i, mine in enumerate(shares):
        lead = mine - np.delete(shares, i, axis=0).max(axis=0)
        if not lead.max() > _LEAST_LEAD:
            return _ROMAN[: len(compositions)]
        elements.append(_cation(oxides[int(lead.argmax())]))
    return elements if len(set(elements)) == len(elements) else _ROMAN[: len(compositions)]


def _cation(oxide: str) -> str:
    """Return the element of an oxide: "Al" of "Al2O3"."""
    return oxide.rstrip("0123456789").removesuffix("O").rstrip("0123456789") or oxide


def _of_range(kind: NameRule, composition: Composition | None, share: float) -> Name:
    """Return the name of the range that holds a share of the points, or that of the phase."""
    if kind.window is None or kind.number is None or composition is None:
        return kind.name
    if isinstance(next(iter(composition.values())), float):
        return kind.windows[kind.number(composition)]
    at = kind.window(composition)
    counts = np.bincount(at, minlength=len(kind.windows))
    most = int(counts.argmax())
    return kind.windows[most] if counts[most] >= share * max(len(at), 1) else kind.name

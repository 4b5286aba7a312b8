"""What phases are called in pictures and tables: our keys, full names, or Warr's symbols."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

Convention = Literal["gibbsite", "full", "warr"]
Composition = Mapping[str, NDArray[np.float64]]
"""Oxide -> moles of it in a phase, at each of n points."""


class Name(NamedTuple):
    """One name in each convention."""

    gibbsite: str
    full: str
    warr: str


@dataclass(frozen=True, slots=True)
class Kind:
    """How to name the instances of a phase.

    Attributes
    ----------
    name : Name
        Of a lone instance, and of one whose composition is not known.
    windows : tuple of Name
        Names of ranges of composition.
    window : callable
        Returns the index of the range of each of n compositions.
    of_lone : bool
        Whether a lone instance takes the name of its range, too.
    """

    name: Name
    windows: tuple[Name, ...] = ()
    window: Callable[[Composition], NDArray[np.int64]] | None = None
    of_lone: bool = False


def _pyroxene(oxides: Composition) -> NDArray[np.int64]:
    """Return 0 (augite) or 1 (pigeonite), divided at Wo 20 (Morimoto 1988, Am. Mineral. 73)."""
    calcium = oxides["CaO"]
    return np.where(_share(calcium, calcium + oxides["MgO"] + oxides["FeO"]) >= 0.20, 0, 1)


def _feldspar(oxides: Composition) -> NDArray[np.int64]:
    """Return 0 (plagioclase), or 1 (alkali feldspar) for more than Or 10 and more Or than An."""
    calcium, potassium = oxides["CaO"], 2.0 * oxides["K2O"]
    total = calcium + potassium + 2.0 * oxides["Na2O"]
    return np.where((_share(potassium, total) > 0.10) & (potassium > calcium), 1, 0)


def _spinel(oxides: Composition) -> NDArray[np.int64]:
    """Return 0 (spinel), 1 (hercynite), 2 (chromite) or 3 (ulvospinel): what dominates."""
    aluminium, chromium = 2.0 * oxides["Al2O3"], 2.0 * oxides["Cr2O3"]
    titanium = 2.0 * oxides["TiO2"]  # an ulvospinel has one Ti where a spinel has two Al
    trivalent = np.where(chromium > aluminium, 2, np.where(oxides["FeO"] > oxides["MgO"], 1, 0))
    return np.where(titanium > aluminium + chromium, 3, trivalent)


def _share(part: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, total, out=np.zeros_like(part), where=total > 0.0)


# Symbols: Warr (2021) Mineralogical Magazine 85, 291-320. In the order of labels: melt, then
# silicates, then oxides, then silica.
KINDS: Final[Mapping[str, Kind]] = {
    "liq": Kind(Name("liq", "melt", "Liq")),
    "ol": Kind(Name("ol", "olivine", "Ol")),
    "opx": Kind(Name("opx", "orthopyroxene", "Opx")),
    "cpx": Kind(
        Name("cpx", "clinopyroxene", "Cpx"),
        (Name("aug", "augite", "Aug"), Name("pig", "pigeonite", "Pgt")),
        _pyroxene,
    ),
    "g": Kind(Name("g", "garnet", "Grt")),
    "cd": Kind(Name("cd", "cordierite", "Crd")),
    "mel": Kind(Name("mel", "melilite", "Mll")),
    "fsp": Kind(
        Name("fsp", "feldspar", "Fsp"),
        (Name("pl", "plagioclase", "Pl"), Name("afs", "alkali feldspar", "Afs")),
        _feldspar,
        of_lone=True,
    ),
    "nph": Kind(Name("nph", "nepheline", "Nph")),
    "ne": Kind(Name("ne", "nepheline", "Nph")),
    "lct": Kind(Name("lct", "leucite", "Lct")),
    "kals": Kind(Name("kals", "kalsilite", "Kls")),
    "ky": Kind(Name("ky", "kyanite", "Ky")),
    "sill": Kind(Name("sill", "sillimanite", "Sil")),
    "and": Kind(Name("and", "andalusite", "And")),
    "sph": Kind(Name("sph", "titanite", "Ttn")),
    "spl": Kind(
        Name("spl", "spinel", "Spl"),
        (
            Name("spl", "spinel", "Spl"),
            Name("herc", "hercynite", "Hc"),
            Name("chr", "chromite", "Chr"),
            Name("usp", "ulvöspinel", "Usp"),
        ),
        _spinel,
    ),
    "ilm": Kind(Name("ilm", "ilmenite", "Ilm")),
    "ru": Kind(Name("ru", "rutile", "Rt")),
    "cor": Kind(Name("cor", "corundum", "Crn")),
    "fper": Kind(Name("fper", "ferropericlase", "Fper")),
    "q": Kind(Name("q", "quartz", "Qz")),
    "trd": Kind(Name("trd", "tridymite", "Trd")),
    "crst": Kind(Name("crst", "cristobalite", "Crs")),
    "coe": Kind(Name("coe", "coesite", "Coe")),
    "stv": Kind(Name("stv", "stishovite", "Sti")),
}

RANGES: Final[Mapping[str, str]] = {
    window.gibbsite: phase
    for phase, kind in KINDS.items()
    for window in kind.windows
    if window.gibbsite not in KINDS
}
"""Our name of a range of composition, "pig" say -> the phase it is of."""

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


def in_range(name: str, oxides: Composition) -> NDArray[np.bool_]:
    """Return which of n compositions are in a range of `RANGES`; NaN is in none."""
    kind = KINDS[RANGES[name]]
    assert kind.window is not None
    known = np.isfinite(np.sum(list(oxides.values()), axis=0))
    number = [window.gibbsite for window in kind.windows].index(name)
    return np.asarray(known & (kind.window(oxides) == number))


def name_range(name: str, convention: Convention) -> str:
    """Return what a range of `RANGES` is called in a convention."""
    windows = KINDS[RANGES[name]].windows
    return str(next(getattr(each, convention) for each in windows if each.gibbsite == name))


def label_order(phase: str) -> tuple[int, str]:
    """Return what to sort phases by in a label: melt first, silica last, others after it."""
    keys = list(KINDS)
    return (keys.index(phase) if phase in KINDS else len(keys), phase)


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
    kind = KINDS.get(phase, Kind(Name(phase, phase, phase)))
    if len(compositions) == 1 and not kind.of_lone:
        chosen = [kind.name]
    else:
        # One of several is told from the others by where most of it lies.
        share = HOLDS if len(compositions) == 1 else 0.5
        chosen = [_of_range(kind, each, share) for each in compositions]
    texts = [str(getattr(name, convention)) for name in chosen]
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


def _of_range(kind: Kind, composition: Composition | None, share: float) -> Name:
    """Return the name of the range that holds a share of the points, or that of the phase."""
    if kind.window is None or composition is None:
        return kind.name
    at = kind.window(composition)
    counts = np.bincount(at, minlength=len(kind.windows))
    most = int(counts.argmax())
    return kind.windows[most] if counts[most] >= share * max(len(at), 1) else kind.name

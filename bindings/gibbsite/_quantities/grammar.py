"""How a quantity is written: `PHASE.QUANTITY`, and what its name says of its unit.

cpx             vol% of a phase; so are cpx.vol%, cpx.wt%, cpx.mol%
cpx1.SiO2       an oxide of an instance [wt%]; cpx.SiO2.mol [mol%]
aug.Wo          a ratio of cations of a range of compositions [mol%]
cpx.Al          cations per formula unit
ol.p.fo, ol.a.fo    proportion and activity of an end-member
ol/liq.Kd, cpx/liq.Kd.Na-Ca, ol/liq.D.MgO    exchange of two elements, and of one oxide by weight
melt.density, solid.Vp, rock.Cp.relaxed      properties
rock.mu.SiO2, rock.a.q    potential of an oxide, activity of what a pure phase is made of
a.SiO2, log10_fO2, delta.QFM    activity of an oxide, fugacity of oxygen, how far above a buffer
mu.Si, mu.SiO2  of white mica, where the set has it; in others mu.SiO2 is short for rock.mu.SiO2
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gibbsite._inputs.melt import MELT
from gibbsite._inputs.names import RANGES, Convention, name_phase, name_range, range_phases
from gibbsite._inputs.properties import split_instance
from gibbsite._inputs.relaxation import RELAXATIONS
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import load_buffers

from .formula import CATIONS, elements
from .physical import PHYSICAL
from .ratios import RATIOS, SYNONYMS

WHOLES: Final[Mapping[str, str]] = {
    "rock": "rock",
    "condensed": "rock without free fluid",
    "solid": "all solids",
    "melt": "all melt",
    "fluid": "all fluid",
}
"""Subject that is no phase -> what it is in words."""
AMOUNTS: Final[Mapping[str, str]] = {"vol%": "volume", "wt%": "mass", "mol%": "mole"}
PER_MOLE: Final[Mapping[str, tuple[str, str]]] = {
    "gibbs_energy": ("Gibbs energy", "kJ/mol"),
    "entropy": ("entropy", "kJ/(K mol)"),
    "volume": ("volume", "kJ/(kbar mol)"),
}
"""Variable of the whole rock -> its name in words and its unit; per mole of oxides."""
POTENTIAL: Final = "mu"
"""Of a component of the rock; also the key of white mica, which comes first where there is one."""

PROPORTION: Final = "p"
ACTIVITY: Final = "a"
FUGACITY: Final = "log10_fO2"
OFFSET: Final = "delta"
"""Of a buffer: how far above it the fugacity of oxygen lies."""

Group = Literal[
    "amount", "oxide", "ratio", "cation", "proportion", "activity", "exchange", "partition",
    "physical", "per_mole", "potential", "fugacity", "offset",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a name means.

    Attributes
    ----------
    text : str
        The name, as it was given.
    subject : str
        A phase, an instance, a range, or a key of `WHOLES`; the first of two of an exchange.
    other : str
        The second of two; "".
    group : str
        Which kind of quantity.
    what : str
        Which of that kind: an oxide, a ratio, an element, an end-member, a property.
    detail : str
        "mol" of an oxide by moles, the kind of a property; "".
    unit : str
        Of its numbers.
    """

    text: str
    subject: str
    other: str
    group: Group
    what: str
    detail: str
    unit: str

    @property
    def is_amount(self) -> bool:
        """Whether it is 0 where the phase is absent, and not without a value."""
        return self.group == "amount"

    @property
    def of_phase(self) -> bool:
        """Whether it has no value outside the fields of a phase."""
        return not self.is_amount and self.subject != "rock"

    def words(self, convention: Convention = "full") -> str:
        """Return what it is, for a key or a heading."""
        subject = _words(self.subject, convention)
        if self.group == "amount":
            full = _words(self.subject, "full")
            return full if self.what == "vol%" else f"{full} by {AMOUNTS[self.what]}"
        if self.group in ("exchange", "partition"):
            other = _words(self.other, convention)
            what = f"Kd {self.what}" if self.group == "exchange" else f"D {self.what}"
            return f"{what} of {subject} and {other}"
        said = _SAID[self.group](self)
        return said if self.subject == "rock" else f"{said} of {subject}"


_SAID: Final[Mapping[str, Callable[[Quantity], str]]] = {
    "oxide": lambda q: q.what,
    "ratio": lambda q: q.what,
    "cation": lambda q: q.what,
    "proportion": lambda q: f"proportion of {q.what}",
    "activity": lambda q: f"activity of {q.what}",
    "physical": lambda q: PHYSICAL[q.what].words + (f" ({q.detail})" if q.detail else ""),
    "per_mole": lambda q: PER_MOLE[q.what][0],
    "potential": lambda q: f"potential of {q.what}",
    "fugacity": lambda q: "log10 fO2 (bar)",
    "offset": lambda q: f"log10 fO2 - {q.what}",
}


def parse(text: str, phases: Collection[str] = ()) -> Quantity:
    """Return what a name means, as far as it can be told without an answer.

    Parameters
    ----------
    text : str
        The name.
    phases : collection of str
        Keys of the phases of the database. Where `mu` is one of them "mu.SiO2" is an oxide of it;
        else it is the potential, as it was written before there were subjects.

    Raises
    ------
    InputError
        If it cannot be meant; the text says what is near.
    """
    if not isinstance(text, str):
        raise InputError(f"{text!r} is no name of a quantity, such as ol.Fo or density.")
    subject, dot, what = text.strip().partition(".")
    _check_whole(text, subject, what, phases)
    if dot and not what:
        raise InputError(f"{text!r} breaks off; a quantity looks like ol.Fo, melt.density, liq.")
    if subject == POTENTIAL not in phases and what in (*CATIONS, "H2O"):
        subject, what = "rock", f"{POTENTIAL}.{what}"
    elif what and subject in (ACTIVITY, OFFSET, *PHYSICAL) and subject not in phases:
        subject, what = "rock", f"{subject}.{what}"
    elif not what and (subject in PER_MOLE or subject in PHYSICAL or subject == FUGACITY):
        subject, what = "rock", subject
    elif not what:
        if subject not in phases and (of := _lacks_subject(subject)):
            raise InputError(f"{text!r} of what? It is asked as {of}.{text}, say.")
        what = "vol%"
    subject, _, other = subject.partition("/")
    if not subject or ("/" in text.split(".", 1)[0] and not other):
        raise InputError(
            f"{text!r} names no phase; a quantity looks like ol.Fo, melt.density, liq."
        )
    found = _of_two(text, subject, other, what) if other else _of_one(text, subject, what)
    if found is not None:
        return found
    first = what.split(".")[0]
    known = ["D", "Kd"] if other else known_of(subject)
    raise InputError(f"{text!r}: {did_you_mean(first, known)}")


def _check_whole(text: str, subject: str, what: str, phases: Collection[str]) -> None:
    """Refuse a name that breaks off, saying what is missing."""
    own = subject in (ACTIVITY, OFFSET) and subject not in phases and not what
    name, _, detail = (subject, "", "") if own else what.partition(".")
    if detail or name not in (ACTIVITY, OFFSET, PROPORTION):
        return
    if name == OFFSET and (own or subject == "rock"):
        raise InputError(
            f"{text!r}: above which buffer? It is asked as {OFFSET}.QFM; known are "
            f"{', '.join(load_buffers())}."
        )
    if name == OFFSET:
        raise InputError(f"{text!r}: it is asked of the rock alone, as {OFFSET}.QFM.")
    if own or subject == "rock":
        raise InputError(f"{text!r}: of what? It is asked as {ACTIVITY}.SiO2, or of a pure phase.")
    if subject not in WHOLES:
        raise InputError(f"{text!r}: of which end-member? It is asked as {subject}.{name}.NAME.")


def _lacks_subject(what: str) -> str:
    """Return what a ratio or an oxide that stands alone may be of; "" for anything else."""
    ratio = RATIOS.get(SYNONYMS.get(what, what))
    if ratio is not None:
        return ratio.minerals[0] if ratio.minerals else "rock"
    return "rock" if what in (*CATIONS, "H2O") else ""


def known_of(subject: str) -> list[str]:
    """Return what can be asked of a subject, without end-members."""
    oxides = [*(oxide for oxide in CATIONS if oxide != "O"), "O", "H2O", "CO2"]
    ratios = [name for name in (*RATIOS, *SYNONYMS) if _may_have(subject, name)]
    if subject == "rock":
        potentials = (f"{POTENTIAL}.{oxide}" for oxide in (*CATIONS, "H2O"))
        offsets = (f"{OFFSET}.{buffer}" for buffer in load_buffers())
        own = [*PER_MOLE, *potentials, ACTIVITY, FUGACITY, *offsets]
    elif subject in WHOLES:
        own = [*AMOUNTS]
    else:
        own = [*AMOUNTS, *elements(), "p", "a"]
    return [*oxides, *ratios, *PHYSICAL, *own]


def _may_have(subject: str, ratio: str) -> bool:
    """Whether a ratio is asked of a subject; of phases that are not known here all are."""
    minerals = RATIOS[SYNONYMS.get(ratio, ratio)].minerals
    phase = RANGES.get(subject, re.sub(r"\d+$", "", subject))
    known = phase in WHOLES or name_phase(phase, "full") != phase
    return not minerals or phase in minerals or not known


def _of_two(text: str, subject: str, other: str, what: str) -> Quantity | None:
    name, _, detail = what.partition(".")
    if name == "D" and detail in (*CATIONS, "H2O", "CO2"):
        return Quantity(text, subject, other, "partition", detail, "", "1")
    if name == "Kd":
        pair = detail or "Fe-Mg"
        for element in (parts := pair.split("-")):
            if element not in elements():
                raise InputError(f"{text!r}: {did_you_mean(element, elements())}")
        if len(parts) == 2:
            return Quantity(text, subject, other, "exchange", pair, "", "1")
    return None


def _of_one(text: str, subject: str, what: str) -> Quantity | None:
    def found(group: Group, unit: str, name: str = what, detail: str = "") -> Quantity:
        return Quantity(text, subject, "", group, name, detail, unit)

    name, _, detail = what.partition(".")
    of_rock = subject == "rock"
    if what in AMOUNTS and not of_rock:
        return found("amount", what)
    if name in (*CATIONS, "H2O", "CO2") and detail in ("", "mol"):
        return found("oxide", "mol%" if detail else "wt%", name, detail)
    if SYNONYMS.get(what, what) in RATIOS:
        return _ratio(found, text, subject, SYNONYMS.get(what, what))
    if what in elements() and subject not in WHOLES:
        return found("cation", "per formula unit")
    if name == PROPORTION and detail and subject not in WHOLES:
        return found("proportion", "1", detail)
    if name == ACTIVITY and detail and (of_rock or subject not in WHOLES):
        return found("activity", "1", detail)
    if of_rock and name == POTENTIAL and detail:
        return found("potential", "kJ/mol", detail)
    if of_rock and what == FUGACITY:
        return found("fugacity", "1")
    if of_rock and name == OFFSET and detail:
        return found("offset", "1", _buffer(text, detail))
    if of_rock and what in PER_MOLE:
        return found("per_mole", PER_MOLE[what][1])
    if name in PHYSICAL:
        return _physical(found, text, name, detail)
    return None


def _buffer(text: str, name: str) -> str:
    known = {name: each for each in load_buffers().values() for name in (each.name, *each.also)}
    if name not in known:
        raise InputError(f"{text!r}: {did_you_mean(name, known)}")
    return known[name].name


def _ratio(found: Callable[..., Quantity], text: str, subject: str, name: str) -> Quantity:
    if not _may_have(subject, name):
        of = ", ".join(dict.fromkeys(name_phase(each, "full") for each in RATIOS[name].minerals))
        raise InputError(f"{text!r}: {name} is asked of {of} alone.")
    return found("ratio", "mol%", name)


def _physical(found: Callable[..., Quantity], text: str, name: str, detail: str) -> Quantity:
    details = PHYSICAL[name].details
    if detail and not details:
        raise InputError(f"{text!r}: {name} is of one kind only; leave {detail!r} out.")
    if detail and detail not in details:
        raise InputError(f"{text!r}: {did_you_mean(detail, details)}")
    return found(
        "physical", PHYSICAL[name].unit, name, detail or (RELAXATIONS[0] * (details == RELAXATIONS))
    )


def phases_of(subject: str, keys: Collection[str]) -> tuple[str, ...]:
    """Return the phases that a phase, an instance or a range may be: of a range all that there are."""
    if subject in RANGES and subject not in keys:
        return range_phases(subject, keys) or (RANGES[subject],)
    return (split_instance(subject, keys)[0],)


def subject_phases(meant: Quantity, keys: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the phases of which one of each row must be there for a quantity to have a value.

    There is no row for what is added up over some.
    """
    found: list[tuple[str, ...]] = []
    for subject in filter(None, (meant.subject, meant.other)):
        if subject in WHOLES:
            found += [(MELT,)] if subject == "melt" else []
        else:
            found.append(phases_of(subject, keys))
    return tuple(found)


def _words(subject: str, convention: Convention) -> str:
    if subject in WHOLES:
        return WHOLES[subject]
    return name_range(subject, convention) if subject in RANGES else name_phase(subject, convention)

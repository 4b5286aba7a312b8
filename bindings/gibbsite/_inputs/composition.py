"""What a rock is made of: oxides by weight or by moles, by name or as given, and mixtures of two."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import fsum, isfinite
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._showing import html_facts, html_table
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import known_oxides, load_bulks, load_components, set_components
from gibbsite_datasets.records import BulkRecord

from .given import names, number
from .iron import (
    FERROUS,
    IRON_FORMS,
    OXYGEN,
    Unit,
    assumed_ferric,
    check_oxygen,
    one_iron,
    too_much_oxygen,
)
from .water import WATER, Water, add_water, assumed_water, check_loss, without_ignored_water

LEAST_TOTAL: Final = 1e-50
MOST_TOTAL: Final = 1e50
"""Between these amounts may sum, in any unit: beyond, products of them are no longer numbers."""
DRY: Final = ", dry"
"""What the names of some rocks of the tables end with."""
ROUNDING: Final = 1e-15
"""Moles that were written down and read again sum to 1 within this."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """The composition of a rock, one mole of oxides of it. Made by `bulk`.

    Attributes
    ----------
    components : tuple of str
        The nine oxides of dry rocks without ferric iron, and what else the rock contains of MnO,
        H2O and O. O is oxygen beyond that of FeO: 2 FeO + O is Fe2O3.
    moles : tuple of float
        Moles of each component; they sum to 1. An absent component is exactly zero.
    key : str
        Name in the table of rocks, or "" for a composition that was given.
    name : str
        What to call it in a table or a picture.
    source : str
        Where the analysis comes from, and what was assumed beside it.
    status : str
        How far to trust it: "measured", "model", "stand-in", or "given".
    left_out : tuple of (str, float)
        Oxides outside the system that were ignored, each in wt% of what was given.
    assumed : tuple of str
        What was not given but assumed, such as a share of ferric iron.
    set_aside : tuple of (str, float)
        Of `left_out` what some model set has a component for: moles per mole of oxides. A set that
        has it takes it in again.
    leaves_out : bool
        Whether a model set may leave out what it has no component for.
    """

    components: tuple[str, ...]
    moles: tuple[float, ...]
    key: str = ""
    name: str = "given"
    source: str = "given"
    status: str = "given"
    left_out: tuple[tuple[str, float], ...] = ()
    assumed: tuple[str, ...] = ()
    set_aside: tuple[tuple[str, float], ...] = ()
    leaves_out: bool = False

    def __post_init__(self) -> None:
        """Raise InputError for what is no rock: it holds nothing, or no number."""
        if not 0.0 < sum(self.moles) < np.inf:
            raise InputError(f"the rock '{self.name}' holds {sum(self.moles):g} mol of oxides.")

    def __repr__(self) -> str:
        """Return name and composition by weight on one line."""
        there = (f"{oxide} {amount:.4g}" for oxide, amount in self.wt.items() if amount > 0.0)
        called = with_status(repr(self.name), self.status)
        return f"<Bulk {called}: {', '.join(there)} wt%>"

    def _repr_html_(self) -> str:
        rows = [
            (oxide, f"{self.wt[oxide]:.3f}", f"{100.0 * moles:.3f}")
            for oxide, moles in self.mol.items()
            if moles > 0.0
        ]
        ignored = ", ".join(f"{oxide} {share:.3g} wt%" for oxide, share in self.left_out)
        facts = [("source", self.source), ("ignored", ignored)]
        caption = with_status(self.name, self.status)
        return html_table(("", "wt%", "mol%"), rows, caption) + html_facts(facts)

    @property
    def mol(self) -> dict[str, float]:
        """Moles of each component; they sum to 1."""
        return dict(zip(self.components, self.moles, strict=True))

    @property
    def wt(self) -> dict[str, float]:
        """Weight of each component [wt%]; they sum to 100."""
        masses = _molar_masses()
        return {
            oxide: 100.0 * moles * masses[oxide] / self.molar_mass
            for oxide, moles in self.mol.items()
        }

    @property
    def left_out_wt(self) -> dict[str, float]:
        """Oxides that were ignored [wt% of what was given]."""
        return dict(self.left_out)

    @property
    def molar_mass(self) -> float:
        """Mass of one mole of oxides [g/mol]."""
        masses = _molar_masses()
        return fsum(moles * masses[oxide] for oxide, moles in self.mol.items())

    @property
    def mass_given(self) -> float:
        """Mass of what was given for one mole of oxides of it, with what was left out [g/mol]."""
        return self.molar_mass / (1.0 - fsum(share for _, share in self.left_out) / 100.0)

    @property
    def ferric_share(self) -> float:
        """Share of ferric iron in all iron, 0 to 1; NaN without iron."""
        mol = self.mol
        return 2.0 * mol.get("O", 0.0) / mol["FeO"] if mol["FeO"] else np.nan

    def within(self, components: Iterable[str]) -> "Bulk":
        """Return the rock as a system of some components has it.

        Parameters
        ----------
        components : str or iterable of str
            Those of a model set.

        Returns
        -------
        Bulk
            With what was set aside and is among them; without what is not among them, if that may
            be left out. It leaves out no more. The same object where nothing changes.

        Raises
        ------
        InputError
            If they leave out a component that the rock contains and must not lose, or all of it.
        """
        order = names("components", components)
        if not (self.leaves_out or self.set_aside or set(self.components).difference(order)):
            return self
        lacking = {oxide: n for oxide, n in self.mol.items() if n > 0.0 and oxide not in order}
        if lacking and not self.leaves_out:
            raise InputError(self._lacks(lacking, order))
        regained = {oxide: n for oxide, n in self.set_aside if oxide in order}
        if not lacking and not regained:
            open_ = self.leaves_out or self.set_aside
            return replace(self, set_aside=(), leaves_out=False) if open_ else self
        amounts = {**{c: n for c, n in self.mol.items() if c not in lacking}, **regained}
        kept = fsum(amounts.values())
        if kept == 0.0:
            raise InputError(
                f"the rock '{self.name}' holds none of the components that are asked for."
            )
        masses = _molar_masses()
        lost = {oxide: 100.0 * n * masses[oxide] / self.mass_given for oxide, n in lacking.items()}
        out = {oxide: share for oxide, share in self.left_out if oxide not in regained}
        moles = {c: amounts.get(c, 0.0) / kept for c in _ordered({*self.components, *regained})}
        return replace(
            self,
            components=tuple(moles),
            moles=tuple(moles.values()),
            left_out=tuple({**out, **lost}.items()),
            set_aside=(),
            leaves_out=False,
        )

    def without(self, components: Iterable[str]) -> "Bulk":
        """Return the rock without some components, the others again one mole.

        They are not left out: their amounts will be those that the rock takes up.

        Parameters
        ----------
        components : str or iterable of str
            Open ones, whose potentials are given.

        Raises
        ------
        InputError
            If nothing is left.
        """
        gone = frozenset(names("components", components))
        if not gone:
            return self
        kept = {oxide: n for oxide, n in self.mol.items() if oxide not in gone}
        total = fsum(kept.values())
        if total == 0.0:
            raise InputError(f"the rock '{self.name}' holds nothing but open components.")
        if total == fsum(self.moles):
            return self
        moles = {oxide: n / total for oxide, n in kept.items()}
        return replace(self, components=tuple(moles), moles=tuple(moles.values()))

    def assuming(self, other: "Bulk") -> "Bulk":
        """Return the rock with the water and ferric iron that were assumed of another one.

        What an analysis or its reader has said of water or of ferric iron stays.

        Parameters
        ----------
        other : Bulk
            Such as the rock of a section whose place this one takes.

        Returns
        -------
        Bulk
            The same object where nothing was assumed of the other, or all of it is known here.
        """
        known = {oxide for oxide, n in (*self.mol.items(), *self.set_aside) if n > 0.0}
        water, ferric = assumed_water(other.assumed), assumed_ferric(other.assumed)
        if WATER in known or assumed_water(self.assumed) is not None:
            water = None
        if OXYGEN in known or FERROUS not in known or assumed_ferric(self.assumed) is not None:
            ferric = None
        if water is None and ferric is None:
            return self
        made = _read(self.mol, "mol", frozenset(), ferric, water, False)
        fewer = made.mol[_most(self)] / self.mol[_most(self)]  # of what was there, per mole
        kept = 1.0 - fsum(share for _, share in self.left_out) / 100.0
        before, after = self.molar_mass, made.molar_mass / fewer
        shrunk = before / (before + kept * (after - before))
        return replace(
            self,
            components=made.components,
            moles=made.moles,
            name=self.name if water is None else name_with_water(self),
            source=with_assumptions(self.source, made.assumed, self.assumed),
            left_out=tuple((oxide, share * shrunk) for oxide, share in self.left_out),
            assumed=(*self.assumed, *made.assumed),
            set_aside=tuple((oxide, n * fewer) for oxide, n in self.set_aside),
        )

    def array(self, components: Iterable[str] | None = None) -> NDArray[np.float64]:
        """Return the moles in a given order of components.

        Parameters
        ----------
        components : str or iterable of str, optional
            The order wanted; by default that of `components`.

        Returns
        -------
        ndarray, shape (n_components,)
            Moles per mole of oxides.

        Raises
        ------
        InputError
            If the order leaves out a component that the rock contains and must not lose.
        """
        order = self.components if components is None else names("components", components)
        amounts = self.within(order).mol if components is not None else self.mol
        return np.array([amounts.get(oxide, 0.0) for oxide in order], dtype=np.float64)

    def _lacks(self, lacking: Mapping[str, float], order: tuple[str, ...]) -> str:
        """Say what a system lacks, which sets have it, and how to do without it."""
        wt = self.wt
        names = tuple(lacking)
        having = [each for each, known in set_components().items() if {*names} <= {*known}]
        where = (
            f"the set{'s' if len(having) > 1 else ''} {', '.join(having)}" if having else "no set"
        )
        what = f"them{'' if having else ' all'}" if len(names) > 1 else "it"
        hint = f"{where} {'have' if len(having) > 1 else 'has'} {what}"
        shares = ", ".join(f"{oxide} {wt[oxide]:.3g} wt%" for oxide in names)
        out = [f'"{oxide}"' for oxide in names if oxide not in IRON_FORMS]
        without = f"; to do without, say ignore = [{', '.join(out)}]" if out else ""
        if "O" in names:
            without += "; to count all iron as ferrous, leave out Fe2O3, O and ferric"
        return (
            f"the rock '{self.name}' contains {shares}, which is not among the "
            f"components {', '.join(order)}: {hint}{without}."
        )

    def mix(self, other: "Bulk", x: float) -> "Bulk":
        """Return the mixture (1 - x) self + x other, linear in moles of oxides.

        Both ends count as one mole of oxides, so x is a mole fraction of oxides, not a weight.

        Parameters
        ----------
        other : Bulk
            The rock at x = 1.
        x : float
            Fraction of `other`, 0 to 1.

        Returns
        -------
        Bulk
            The mixture. What it left out is what its ends did [wt% of both as given].
        """
        check_bulk(other, "the other rock")
        if not 0.0 <= number("x", x) <= 1.0:
            raise InputError(f"the mixing fraction x = {x!r} is outside 0 to 1.")
        return mixture(
            [(self, 1.0 - x), (other, x)],
            name=f"{1.0 - x:g} {self.name} + {x:g} {other.name}",
            source=" / ".join(dict.fromkeys((self.source, other.source))),
        )


def mixture(parts: Sequence[tuple[Bulk, float]], *, name: str, source: str) -> Bulk:
    """Return rocks together, linear in moles of oxides.

    Parameters
    ----------
    parts : sequence of (Bulk, float)
        Each with the moles of oxides that it gives, 1 in all.
    name, source : str
        Of the mixture.

    Returns
    -------
    Bulk
        With all that its parts had set aside, and what they left out [wt% of all as given].
    """
    rocks = [rock for rock, _ in parts]
    order = _ordered({oxide for rock in rocks for oxide in rock.components})
    moles = [[moles * rock.mol.get(oxide, 0.0) for oxide in order] for rock, moles in parts]
    aside: dict[str, float] = {}
    for rock, share in parts:
        for oxide, n in rock.set_aside:
            aside[oxide] = aside.get(oxide, 0.0) + share * n
    return Bulk(
        components=order,
        moles=tuple(np.sum(moles, axis=0).tolist()),
        name=name,
        source=source,
        status=" / ".join(dict.fromkeys(rock.status for rock in rocks)),
        left_out=_left_out_together(parts),
        assumed=tuple(dict.fromkeys(said for rock in rocks for said in rock.assumed)),
        set_aside=tuple(aside.items()),
        leaves_out=all(rock.leaves_out for rock in rocks),
    )


def _left_out_together(parts: Sequence[tuple[Bulk, float]]) -> tuple[tuple[str, float], ...]:
    """What rocks left out [wt% of all that was given], each with the moles of oxides that it gives."""
    whole = fsum(moles * rock.mass_given for rock, moles in parts)
    lost: dict[str, float] = {}
    for rock, moles in parts:
        for oxide, share in rock.left_out if moles > 0.0 else ():
            lost[oxide] = lost.get(oxide, 0.0) + share * moles * rock.mass_given / whole
    return tuple(lost.items())


def bulk(
    key: str | None = None,
    *,
    wt: Mapping[str, float] | None = None,
    mol: Mapping[str, float] | None = None,
    name: str | None = None,
    ignore: str | Iterable[str] = (),
    ferric: float | None = None,
    water: Water = None,
) -> Bulk:
    """Return the composition of a rock, by its name, by weight or by moles.

    Parameters
    ----------
    key : str, optional
        Name of a rock in the table that comes with gibbsite, such as "high-ti-glass".
    wt : mapping of str to float, optional
        Weight of each oxide [wt%]; need not sum to 100. Iron as FeO and Fe2O3, or all of it as FeOT
        or Fe2O3T. O is oxygen beyond that of FeO.
    mol : mapping of str to float, optional
        Moles of each oxide, in any amount.
    name : str, optional
        What to call a composition that is given.
    ignore : str or iterable of str
        Oxides to leave out, or "outside" for all that the model set it is used with has no component
        for.
    ferric : float, optional
        Share of ferric iron in all iron, 0 to 1, in place of what the analysis says.
    water : float or "excess", optional
        Water to add to a rock given without [wt% of the whole]; "excess": as many moles as of all
        else together, more than minerals and most melts take up.

    Returns
    -------
    Bulk
        Normalised to one mole of oxides.

    Raises
    ------
    InputError
        If a name is unknown, an amount is negative or not finite, all are zero, there is more oxygen
        than the iron can take, or the composition has oxides that no model set has a component for
        and that were not to be ignored.

    Examples
    --------
    >>> rock = bulk(wt={"SiO2": 40.0, "MgO": 60.0})
    >>> round(rock.mol["MgO"], 4)
    0.691
    """
    if sum(given is not None for given in (key, wt, mol)) != 1:
        raise InputError("give a rock in one way: by its key, by wt= or by mol=.")
    if name is not None and not isinstance(name, str):
        raise InputError(f"name = {name!r} is not text.")
    wanted = oxides_to_ignore(ignore)
    lazily = "outside" in names("ignore", ignore)
    record = _record(key) if key is not None else None
    given = record.oxides_wt if record else wt if wt is not None else mol
    read = _read(given, "mol" if mol is not None else "wt%", wanted, ferric, water, lazily)
    if record is None:
        return replace(read, name=name or "given")
    shipped = replace(read, key=record.key, name=record.name)
    wet = shipped.mol.get(WATER, 0.0) > 0.0
    return replace(
        shipped,
        name=name or (name_with_water(shipped) if wet else record.name),
        source=with_assumptions(record.source, read.assumed),
        status=record.status,
    )


def check_bulk(rock: object, name: str = "the rock") -> None:
    """Raise InputError for what is no Bulk; `name` says which rock it should be."""
    if not isinstance(rock, Bulk):
        raise InputError(
            f"{name} must be a Bulk, not {type(rock).__name__}; make one with gibbsite.bulk(...)."
        )


def as_moles(
    rows: NDArray[np.float64], components: Sequence[str], errors: str = "raise"
) -> NDArray[np.float64]:
    """Return bulks that are given as moles, each to the sum 1.

    Parameters
    ----------
    rows : ndarray, shape (..., C)
        Moles, of any sum.
    components : sequence of str
        Their names.
    errors : {"raise", "status"}
        Refuse rows that are no bulk, or make them NaN: not finite, negative, all zero, with more
        oxygen than the iron can take up, too large or small to be told from no rock.

    Raises
    ------
    InputError
        With the place of the first row that is none, and the number at fault.
    """
    known = np.isfinite(rows) & (rows >= 0.0)
    largest = np.where(known, rows, 0.0).max(axis=-1)
    sensible = (largest >= LEAST_TOTAL) & (largest <= MOST_TOTAL)
    good = known.all(axis=-1) & sensible
    good &= ~too_much_oxygen(rows, components)
    if errors == "raise" and not good.all():
        where = tuple(np.argwhere(~good)[0].tolist())
        raise InputError(_no_bulk(rows[where], components, where))
    total = np.where(good[..., None], rows, 1.0).sum(axis=-1, keepdims=True)
    shares = np.full_like(rows, np.nan)
    return np.asarray(np.divide(rows, total, out=shares, where=good[..., None]))


def _no_bulk(row: NDArray[np.float64], components: Sequence[str], where: tuple[int, ...]) -> str:
    """Say why a row of moles is no bulk."""
    place = f"bulk {where[0] if len(where) == 1 else where}"
    moles = dict(zip(components, row.tolist(), strict=True))
    for oxide, amount in moles.items():
        if not (isfinite(amount) and amount >= 0.0):
            return f"{place} holds {amount} mol of {oxide}; amounts are finite and not negative."
    if not any(moles.values()):
        return f"{place} is all zero."
    try:
        _check_total(moles, "mol")
        check_oxygen(moles, "mol")
    except InputError as error:
        return f"{place}: {error}"
    return f"{place} is none."


def oxides_to_ignore(ignore: str | Iterable[str]) -> frozenset[str]:
    """Return the names of oxides to leave out.

    Parameters
    ----------
    ignore : str or iterable of str
        Oxides, or "outside" for all beside the nine of dry rocks without ferric iron.

    Raises
    ------
    InputError
        If one is unknown, is of iron, or is a component of every model set.
    """
    outside = _outside()
    some = [oxide for oxide in _molar_masses() if oxide not in outside and not _in_every_set(oxide)]
    given = names("ignore", ignore)
    for oxide in given:
        if oxide in IRON_FORMS or (oxide in _molar_masses() and _in_every_set(oxide)):
            raise InputError(
                f"{oxide} cannot be ignored: only oxides outside the system can be "
                f"({', '.join((*some, *outside))})."
            )
        if oxide not in (*some, *outside, "outside"):
            raise InputError(
                f"the oxide to ignore, {oxide!r}, is unknown: {did_you_mean(oxide, outside)}"
            )
    named = (oxide for oxide in given if oxide != "outside")
    return frozenset((*outside, *named) if "outside" in given else named)


def _most(rock: Bulk) -> str:
    """The component that a rock has most of, beside those that may be added to it."""
    fixed = {oxide: n for oxide, n in rock.mol.items() if oxide not in (OXYGEN, WATER)}
    return max(fixed, key=lambda oxide: fixed[oxide])


@cache
def _molar_masses() -> Mapping[str, float]:
    """Molar masses of all oxides that some model set has a component for [g/mol]."""
    oxides = known_oxides()
    return MappingProxyType({name: oxides[name].molar_mass for name in _components()})


@cache
def _dry() -> tuple[str, ...]:
    """The nine oxides that every rock is written in."""
    return tuple(component.name for component in load_components())


@cache
def _components() -> tuple[str, ...]:
    """The nine, and what else some model set has a component for."""
    more = {oxide for known in set_components().values() for oxide in known}
    return (*_dry(), *(oxide for oxide in known_oxides() if oxide in more - {*_dry()}))


def _ordered(oxides: Iterable[str]) -> tuple[str, ...]:
    wanted = set(oxides)
    return tuple(oxide for oxide in _components() if oxide in wanted)


def _in_every_set(oxide: str) -> bool:
    return all(oxide in known for known in set_components().values())


@cache
def _outside() -> Mapping[str, float]:
    """Molar masses of the oxides beside the nine that may be left out [g/mol]."""
    oxides = known_oxides().values()
    outside = {each.name: each.molar_mass for each in oxides if each.name not in _dry()}
    return MappingProxyType({n: mass for n, mass in outside.items() if n not in IRON_FORMS})


def _record(key: str) -> BulkRecord:
    records = load_bulks()
    if not isinstance(key, str):
        raise InputError(
            f'{key!r} is no name of a rock; one of your own is bulk(wt={{"SiO2": 45.1, ...}}).'
        )
    if key not in records:
        own = 'gibbsite.rock_names() lists them; one of your own is bulk(wt={"SiO2": 45.1, ...}).'
        near = did_you_mean(key, records, own)
        raise InputError(f"there is no rock named {key!r}: {near}")
    return records[key]


def with_assumptions(source: str, assumed: tuple[str, ...], before: tuple[str, ...] = ()) -> str:
    """Return a source and what was assumed beside it, which the source may end with already.

    Parameters
    ----------
    source : str
        Where an analysis comes from.
    assumed, before : tuple of str
        What was assumed of the rock now, and what the source tells of.
    """
    if not assumed:
        return source
    return f"{source}{', ' if before else '; assumed: '}{', '.join(assumed)}"


def with_status(name: str, status: str) -> str:
    """Return the name of a rock with how far to trust it, unless the name says so or it was given."""
    said = status == "given" or re.search(rf"\b{re.escape(status)}\b", name)
    return name if said else f"{name} ({status})"


def in_wt(left_out: Iterable[tuple[str, float]]) -> str:
    """Return what was left out of a rock [wt%] in words."""
    return ", ".join(f"{oxide} {share:.2f}" for oxide, share in left_out)


def name_with_water(rock: Bulk) -> str:
    """Return what a rock is called that has, or takes up, water: a shipped one no longer dry."""
    return rock.name.removesuffix(DRY) if rock.key else rock.name


def _read(
    given: Mapping[str, float] | None,
    unit: Unit,
    ignored: frozenset[str],
    ferric: float | None,
    water: Water,
    lazily: bool,
) -> Bulk:
    """Return the rock that amounts make, what was ignored left out or set aside."""
    if not isinstance(given, Mapping):
        raise InputError(f"a composition is a mapping of oxides to {unit}, not {given!r}.")
    amounts, assumed = one_iron(_checked(given, unit), unit, ferric)
    if ferric and not amounts.get(FERROUS):
        raise InputError(
            f"ferric = {ferric:g} is a share of all iron, and the rock holds none; leave it out."
        )
    everything = {**_outside(), **_molar_masses()}
    moles = {
        oxide: amount / everything[oxide] if unit == "wt%" else amount
        for oxide, amount in amounts.items()
    }
    if fsum(moles.get(oxide, 0.0) for oxide in _components() if oxide not in ignored) == 0.0:
        raise InputError(
            f"the amounts of all components are zero; at least one of {', '.join(_dry())} "
            "must be more than zero."
        )
    check_oxygen(amounts, unit)
    if water is not None:
        moles, ignored = without_ignored_water(moles, ignored)
    added = add_water(moles, everything, water, ignored)
    left_out = _left_out(moles, everything, ignored)
    kept = {c: n for c, n in moles.items() if c in _molar_masses() and c not in ignored}
    total = fsum(kept.values())
    if abs(total - 1.0) < ROUNDING:
        total = 1.0  # moles that were written down and read again stay the same to the last bit
    components = _ordered({*_dry(), *(oxide for oxide, n in kept.items() if n > 0.0)})
    aside = ((oxide, moles.get(oxide, 0.0) / total) for oxide in _components() if oxide in ignored)
    said = (*assumed, *added)
    return Bulk(
        components,
        tuple(kept.get(oxide, 0.0) / total for oxide in components),
        source=with_assumptions("given", said),
        left_out=left_out,
        assumed=said,
        set_aside=tuple((oxide, n) for oxide, n in aside if n > 0.0) if lazily else (),
        leaves_out=lazily,
    )


def _checked(given: Mapping[str, float], unit: Unit) -> dict[str, float]:
    """Amounts as floats: known oxides, finite and not negative."""
    known = (*_molar_masses(), *_outside(), *IRON_FORMS)
    amounts = {}
    for oxide, value in given.items():
        check_loss(str(oxide), value)
        if oxide not in known:
            near = did_you_mean(str(oxide), (*_molar_masses(), *_outside()))
            raise InputError(f"{oxide!r} is not a known oxide: {near}")
        amount = number(str(oxide), value, unit)
        if not isfinite(amount):
            raise InputError(f"{oxide} = {amount} {unit} is not finite; leave out what is unknown.")
        if amount < 0.0:
            raise InputError(f"{oxide} = {amount:g} {unit} is negative; it must be zero or more.")
        amounts[oxide] = amount
    _check_total(amounts, unit)
    return amounts


def _check_total(amounts: Mapping[str, float], unit: Unit) -> None:
    """Raise InputError where amounts are so large or small that they cannot be told from no rock."""
    oxide, most = max(amounts.items(), key=lambda item: item[1], default=("", 0.0))
    if most > MOST_TOTAL:
        raise InputError(f"{oxide} = {most:g} {unit} is too much: at most {MOST_TOTAL:g}.")
    if 0.0 < most < LEAST_TOTAL:
        raise InputError(
            f"{oxide} = {most:g} {unit} is the largest amount, and too small: at least "
            f"{LEAST_TOTAL:g}."
        )


def _left_out(
    moles: Mapping[str, float], molar_masses: Mapping[str, float], ignored: frozenset[str]
) -> tuple[tuple[str, float], ...]:
    """Weights left out [wt% of the whole]; refused where not to be ignored."""
    weights = {oxide: amount * molar_masses[oxide] for oxide, amount in moles.items()}
    whole = fsum(weights.values())
    outside = {
        oxide: 100.0 * weight / whole
        for oxide, weight in weights.items()
        if weight > 0.0 and (oxide in ignored or oxide not in _molar_masses())
    }
    refused = {oxide: share for oxide, share in outside.items() if oxide not in ignored}
    if refused:
        shares = ", ".join(f"{oxide} {share:.3g}" for oxide, share in refused.items())
        names = ", ".join(f'"{oxide}"' for oxide in refused)
        raise InputError(
            f"{fsum(refused.values()):.3g} wt% of the composition lies outside the system "
            f'({shares}); to leave it out, say ignore = "outside" or ignore = [{names}].'
        )
    return tuple(outside.items())

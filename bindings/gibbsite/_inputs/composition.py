"""What a rock is made of: oxides by weight or by moles, by name or as given, and mixtures of two."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import fsum, isfinite
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gibbsite._showing import html_facts, html_table
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import load_bulks, load_components, outside_oxides
from gibbsite_datasets.records import BulkRecord

# Total iron as FeO goes by these names in published tables.
TOTAL_IRON = ("FeOT", "FeOt", "FeO*", "FeOtot")
# What holds ferric iron or its oxygen: never to be ignored, for the iron would go with it.
FERRIC = ("Fe2O3", "Fe2O3T", "Fe2O3t", "O")

Unit = Literal["wt%", "mol"]


@dataclass(frozen=True, slots=True)
class Bulk:
    """The composition of a rock, one mole of oxides of it. Made by `bulk`.

    Attributes
    ----------
    components : tuple of str
        Oxides of the system, in the order of the data.
    moles : tuple of float
        Moles of each component; they sum to 1. An absent component is exactly zero.
    key : str
        Name in the table of rocks, or "" for a composition that was given.
    name : str
        What to call it in a table or a picture.
    source : str
        Where the analysis comes from.
    status : str
        How far to trust it: "measured", "stand-in", "unverified", or "given".
    left_out : tuple of (str, float)
        Oxides outside the system that were ignored, each in wt% of what was given.
    """

    components: tuple[str, ...]
    moles: tuple[float, ...]
    key: str = ""
    name: str = "given"
    source: str = "given"
    status: str = "given"
    left_out: tuple[tuple[str, float], ...] = ()

    def __repr__(self) -> str:
        """Return name and composition by weight on one line."""
        there = (f"{oxide} {amount:.4g}" for oxide, amount in self.wt.items() if amount > 0.0)
        return f"<Bulk {self.name!r} ({self.status}): {', '.join(there)} wt%>"

    def _repr_html_(self) -> str:
        rows = [
            (oxide, f"{self.wt[oxide]:.3f}", f"{100.0 * moles:.3f}")
            for oxide, moles in self.mol.items()
            if moles > 0.0
        ]
        ignored = ", ".join(f"{oxide} {share:.3g} wt%" for oxide, share in self.left_out)
        facts = [("source", self.source), ("ignored", ignored)]
        caption = f"{self.name} ({self.status})"
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

    def array(self, components: Iterable[str] | None = None) -> NDArray[np.float64]:
        """Return the moles in a given order of components.

        Parameters
        ----------
        components : iterable of str, optional
            The order wanted; by default that of `components`.

        Returns
        -------
        ndarray, shape (n_components,)
            Moles per mole of oxides.

        Raises
        ------
        InputError
            If the order leaves out a component that the rock contains.
        """
        order = self.components if components is None else tuple(components)
        missing = [oxide for oxide, moles in self.mol.items() if moles > 0.0 and oxide not in order]
        if missing:
            raise InputError(
                f"the rock '{self.name}' contains {', '.join(missing)}, which is not among the "
                f"components {', '.join(order)}."
            )
        return np.array([self.mol.get(oxide, 0.0) for oxide in order], dtype=np.float64)

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
            The mixture. Of what its ends left out it keeps the larger share of each oxide.
        """
        if not 0.0 <= x <= 1.0:
            raise InputError(f"the mixing fraction x = {x!r} is outside 0 to 1.")
        there = other.array(self.components)
        left_out = self.left_out_wt
        for oxide, share in other.left_out:
            left_out[oxide] = max(share, left_out.get(oxide, 0.0))
        return Bulk(
            components=self.components,
            moles=tuple(((1.0 - x) * self.array() + x * there).tolist()),
            name=f"{1.0 - x:g} {self.name} + {x:g} {other.name}",
            source=" / ".join(dict.fromkeys((self.source, other.source))),
            status=" / ".join(dict.fromkeys((self.status, other.status))),
            left_out=tuple(left_out.items()),
        )


def bulk(
    key: str | None = None,
    *,
    wt: Mapping[str, float] | None = None,
    mol: Mapping[str, float] | None = None,
    name: str | None = None,
    ignore: str | Iterable[str] = (),
) -> Bulk:
    """Return the composition of a rock, by its name, by weight or by moles.

    Parameters
    ----------
    key : str, optional
        Name of a rock in the table that comes with gibbsite, such as "high-ti-glass".
    wt : mapping of str to float, optional
        Weight of each oxide [wt%]; need not sum to 100. Total iron is FeO (or FeOT).
    mol : mapping of str to float, optional
        Moles of each oxide, in any amount.
    name : str, optional
        What to call a composition that is given.
    ignore : str or iterable of str, optional
        Oxides outside the system to leave out, or "outside" for all of them.

    Returns
    -------
    Bulk
        Normalised to one mole of oxides.

    Raises
    ------
    InputError
        If a name is unknown, an amount is negative or not finite, all are zero, or the
        composition has oxides outside the system that were not to be ignored.

    Examples
    --------
    >>> rock = bulk(wt={"SiO2": 40.0, "MgO": 60.0})
    >>> round(rock.mol["MgO"], 4)
    0.691
    """
    if sum(given is not None for given in (key, wt, mol)) != 1:
        raise InputError("give a rock in one way: by its key, by wt= or by mol=.")
    wanted = oxides_to_ignore(ignore)
    if key is not None:
        record = _record(key)
        moles, left_out = _read(record.oxides_wt, "wt%", wanted)
        return Bulk(
            components=tuple(moles),
            moles=tuple(moles.values()),
            key=record.key,
            name=name or record.name,
            source=record.source,
            status=record.status,
            left_out=left_out,
        )
    moles, left_out = _read(wt, "wt%", wanted) if wt is not None else _read(mol, "mol", wanted)
    return Bulk(tuple(moles), tuple(moles.values()), name=name or "given", left_out=left_out)


def oxides_to_ignore(ignore: str | Iterable[str]) -> frozenset[str]:
    """Return the names of oxides to leave out; only such as lie outside the system can be.

    Parameters
    ----------
    ignore : str or iterable of str
        Oxides, or "outside" for all outside the system.

    Raises
    ------
    InputError
        If one is unknown, or of the system.
    """
    outside = _outside()
    names = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    for oxide in names:
        if oxide in _molar_masses() or oxide in FERRIC or oxide in TOTAL_IRON:
            raise InputError(
                f"{oxide} cannot be ignored: only oxides outside the system can be "
                f"({', '.join(outside)})."
            )
        if oxide not in (*outside, "outside"):
            raise InputError(
                f"the oxide to ignore, {oxide!r}, is unknown: {did_you_mean(oxide, outside)}"
            )
    return frozenset(outside if "outside" in names else names)


@cache
def _molar_masses() -> Mapping[str, float]:
    masses = {component.name: component.molar_mass for component in load_components()}
    return MappingProxyType(masses)


@cache
def _outside() -> Mapping[str, float]:
    """Molar masses of the oxides outside the system that may be left out [g/mol]."""
    outside = {each.name: each.molar_mass for each in outside_oxides() if each.name not in FERRIC}
    return MappingProxyType(outside)


def _feo_in_ferric(unit: Unit) -> float:
    """FeO with the iron of one Fe2O3, by weight or by moles."""
    if unit == "mol":
        return 2.0
    fe2o3 = next(oxide.molar_mass for oxide in outside_oxides() if oxide.name == "Fe2O3")
    return 2.0 * _molar_masses()["FeO"] / fe2o3


def _record(key: str) -> BulkRecord:
    records = load_bulks()
    if key not in records:
        raise InputError(f"there is no rock named {key!r}: {did_you_mean(key, records)}")
    return records[key]


def _read(
    given: Mapping[str, float] | None, unit: Unit, ignored: frozenset[str]
) -> tuple[dict[str, float], tuple[tuple[str, float], ...]]:
    """Moles per mole of oxides of every component, and the weights left out [wt% of the whole]."""
    if not isinstance(given, Mapping):
        raise InputError(f"a composition is a mapping of oxides to {unit}, not {given!r}.")
    masses = _molar_masses()
    amounts = _one_iron(_checked(given, unit, masses), unit)
    everything = {**_outside(), **masses}
    moles = {
        oxide: amount / everything[oxide] if unit == "wt%" else amount
        for oxide, amount in amounts.items()
    }
    left_out = _left_out(moles, everything, ignored, masses)
    total = fsum(moles.get(oxide, 0.0) for oxide in masses)
    if total == 0.0:
        raise InputError(
            f"the amounts of all components are zero; at least one of {', '.join(masses)} "
            "must be more than zero."
        )
    if abs(total - 1.0) < 1e-15:
        total = 1.0  # moles that were written down and read again stay the same to the last bit
    return {oxide: moles.get(oxide, 0.0) / total for oxide in masses}, left_out


def _checked(
    given: Mapping[str, float], unit: Unit, masses: Mapping[str, float]
) -> dict[str, float]:
    """Amounts as floats: known oxides, finite and not negative."""
    known = (*masses, *_outside(), *TOTAL_IRON, *FERRIC)
    amounts = {}
    for oxide, value in given.items():
        if oxide not in known:
            near = did_you_mean(str(oxide), (*masses, *_outside()))
            raise InputError(f"{oxide!r} is not a known oxide: {near}")
        try:
            amount = float(value)
        except (TypeError, ValueError):
            raise InputError(f"{oxide} = {value!r} is not a number of {unit}.") from None
        if not isfinite(amount):
            raise InputError(f"{oxide} = {amount} {unit} is not finite; leave out what is unknown.")
        if amount < 0.0:
            raise InputError(f"{oxide} = {amount:g} {unit} is negative; it must be zero or more.")
        amounts[oxide] = amount
    return amounts


def _one_iron(amounts: dict[str, float], unit: Unit) -> dict[str, float]:
    """All iron as FeO; ferric iron is refused with the number that would be right."""
    for oxide in FERRIC:
        amount = amounts.pop(oxide, 0.0)
        if amount == 0.0:
            continue
        if oxide == "O":
            raise InputError(
                f"O = {amount:g} {unit} is excess oxygen, but the system is free of ferric iron: "
                "leave it out and give all iron as FeO."
            )
        as_feo = amount * _feo_in_ferric(unit)
        raise InputError(
            f"{oxide} = {amount:g} {unit} is ferric iron, which the system does not have: give all "
            f"iron as FeO, here {as_feo:.4g} {unit} more of it."
        )
    given = {name: amounts.pop(name) for name in ("FeO", *TOTAL_IRON) if name in amounts}
    names = [name for name, amount in given.items() if amount != 0.0]
    if len(names) > 1:
        raise InputError(f"iron is given {len(names)} times, as {' and '.join(names)}; keep one.")
    return {**amounts, "FeO": sum(given.values())} if given else amounts


def _left_out(
    moles: Mapping[str, float],
    molar_masses: Mapping[str, float],
    ignored: frozenset[str],
    components: Iterable[str],
) -> tuple[tuple[str, float], ...]:
    """Weights outside the system [wt% of the whole]; refused where not to be ignored."""
    weights = {oxide: amount * molar_masses[oxide] for oxide, amount in moles.items()}
    whole = fsum(weights.values())
    outside = {
        oxide: 100.0 * weight / whole
        for oxide, weight in weights.items()
        if oxide not in components and weight > 0.0
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

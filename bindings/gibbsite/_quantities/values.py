"""The numbers of a quantity at every point."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.given import names
from gibbsite._inputs.iron import OXYGEN
from gibbsite._inputs.limits import to_kelvin
from gibbsite._inputs.melt import MELT
from gibbsite._inputs.names import RANGES
from gibbsite._inputs.properties import split_instance
from gibbsite._inputs.relaxation import RELAXATIONS
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .formula import CATIONS, OXYGENS, cations, per_oxide
from .grammar import AMOUNTS, WHOLES, Quantity, parse, phases_of
from .physical import PHYSICAL, conversion
from .ratios import RATIOS, needed
from .read import Array, Reader, keys_of

_CM3_PER_M3: Final = 1e6
_KJ: Final = 1e3


def quantity(dataset: xr.Dataset, text: str) -> xr.DataArray:
    """Return a quantity at every point; NaN where it has none, or the point failed.

    Parameters
    ----------
    dataset : xarray.Dataset
        A grid, a list or a path.
    text : str
        As `gibbsite._quantities.grammar` has it.

    Raises
    ------
    InputError
        If there is no such quantity, or the result does not keep what it needs.
    """
    meant = parse(text, keys_of(dataset))
    reader = Reader(dataset, text)
    values = np.asarray(_HOW[meant.group](reader, meant), dtype=np.float64)
    attrs = {"units": meant.unit, "long_name": meant.words()}
    if why := _why_nowhere(reader, meant, values):
        attrs["comment"] = why
    return reader.labelled(np.where(reader.failed, np.nan, values), text, attrs)


def _why_nowhere(reader: Reader, meant: Quantity, values: Array) -> str:
    """Say why a quantity has no value at any point that has an answer; "" where it has, or none knows."""
    if reader.failed.all() or not np.isnan(values[~reader.failed]).all():
        return ""
    if (component := _component_of(meant)) in reader.components:
        held = reader.dataset.get("bulk_mol")
        if held is not None and not held.sel(component=component).any():
            return f"no value: there is no {component} in the rock, so that nothing fixes its potential"
    for subject in filter(None, (meant.subject, meant.other)):
        if subject != "rock" and not reader.slots(subject).any():
            return f"no value: there is no {subject} at any point"
    if meant.group == "partition" and not np.nansum(
        reader.moles(meant.other, [meant.what])[meant.what]
    ):
        return f"no value: {meant.other} holds no {meant.what} at any point"
    return ""


def _component_of(meant: Quantity) -> str:
    """Return the component whose potential a quantity of the rock is made of; "" for others."""
    if meant.group in ("fugacity", "offset"):
        return OXYGEN
    return (
        meant.what if meant.subject == "rock" and meant.group in ("activity", "potential") else ""
    )


def quantities(dataset: xr.Dataset, texts: Iterable[str]) -> xr.Dataset:
    """Return some quantities side by side, named as they are asked for."""
    return xr.Dataset({text: quantity(dataset, text) for text in names("names", texts)})


def _amount(reader: Reader, meant: Quantity) -> Array:
    return np.asarray(100.0 * reader.share(AMOUNTS[meant.what], reader.slots(meant.subject)))


def _oxide(reader: Reader, meant: Quantity) -> Array:
    reader.component(meant.what)
    moles = reader.moles(meant.subject, reader.components)
    if not meant.detail:
        masses = reader.masses()
        moles = {oxide: amount * masses[oxide] for oxide, amount in moles.items()}
    return _percent(moles, meant.what)


def _percent(amounts: Mapping[str, Array], of: str) -> Array:
    whole = np.sum(list(amounts.values()), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(100.0 * amounts[of] / whole)


def _ratio(reader: Reader, meant: Quantity) -> Array:
    ratio = RATIOS[meant.what]
    for oxide in needed(ratio, reader.components):
        reader.component(oxide)
    return ratio(reader.moles(meant.subject, ratio.oxides))


def _cation(reader: Reader, meant: Quantity) -> Array:
    phase = phases_of(meant.subject, reader.keys)[0]  # all of a range have the same formula
    if phase == MELT:
        raise InputError(f"{meant.text!r}: melt has no formula unit; ask for oxides, liq.SiO2 say.")
    moles = reader.moles(meant.subject, CATIONS)
    per_oxygen = cations(moles, OXYGENS.get(phase, 1.0))
    if meant.what not in per_oxygen:
        raise InputError(f"{meant.text!r}: this database has none; {did_you_mean('', per_oxygen)}")
    values = per_oxygen[meant.what]
    if phase in OXYGENS:
        return values
    # Any other phase by the formula of its model: of a pure one that which everybody writes.
    # Amounts are of a mole of oxides that are not open, shares of all that the rock holds.
    slots = reader.slots(meant.subject)
    held = sum(reader.moles("rock", reader.components).values())
    with np.errstate(divide="ignore", invalid="ignore"):
        formulas = reader.variable("amount_mol", "slot") / reader.variable("mole_fraction", "slot")
        formulas = formulas / np.asarray(held)[..., None]
    oxygens = sum(moles[o] * per_oxide(o) for o in moles)
    whole = sum(reader.moles(meant.subject, reader.components).values())
    return np.asarray(values * oxygens / whole / reader.first(slots, formulas))


def _proportion(reader: Reader, meant: Quantity) -> Array:
    slots = reader.slots(meant.subject)
    table = reader.variable("proportions", "slot", "endmember")
    return _of_endmember(
        reader,
        meant,
        lambda phase: reader.first(slots, table[..., reader.endmembers(phase).index(meant.what)]),
    )


def _activity(reader: Reader, meant: Quantity) -> Array:
    from .activity import activity, oxide_activity  # the engine

    if meant.subject == "rock":
        return oxide_activity(reader, meant.what)
    return _of_endmember(reader, meant, lambda phase: activity(reader, phase, meant.what))


def _of_endmember(reader: Reader, meant: Quantity, of: Callable[[str], Array]) -> Array:
    """Return what an end-member has in the first instance; NaN where that is of a phase without it."""
    first = reader.first(reader.slots(meant.subject), reader.ids.astype(np.float64))
    phases = phases_of(meant.subject, reader.keys)
    names = {phase: reader.endmembers(phase) for phase in phases}
    having = [phase for phase in phases if meant.what in names[phase]]
    if not having:
        known = dict.fromkeys(name for row in names.values() for name in row)
        raise InputError(f"{meant.text!r}: {did_you_mean(meant.what, known)}")
    found = np.full(first.shape, np.nan)
    for phase in having:
        found = np.where(first == reader.keys.index(phase), of(phase), found)
    return found


def _fugacity(reader: Reader, meant: Quantity) -> Array:
    from .activity import oxygen_fugacity  # the engine

    return oxygen_fugacity(reader)


def _offset(reader: Reader, meant: Quantity) -> Array:
    from .activity import buffer_offset  # the engine

    return buffer_offset(reader, meant.what)


def _exchange(reader: Reader, meant: Quantity) -> Array:
    pairs = []
    for subject in (meant.subject, meant.other):
        moles = reader.moles(subject, CATIONS)
        of = cations(moles, 1.0)
        above, below = (of.get(each) for each in meant.what.split("-"))
        if above is None or below is None:
            raise InputError(
                f"{meant.text!r}: this database has no {meant.what.replace('-', ', ')}."
            )
        pairs.append((above, below))
    return _quotient(_quotient(*pairs[0]), _quotient(*pairs[1]))


def _partition(reader: Reader, meant: Quantity) -> Array:
    masses = reader.masses()
    reader.component(meant.what)
    shares = []
    for subject in (meant.subject, meant.other):
        moles = reader.moles(subject, reader.components)
        shares.append(_percent({o: n * masses[o] for o, n in moles.items()}, meant.what))
    return _quotient(shares[0], shares[1])


def _quotient(above: Array, below: Array) -> Array:
    """Return a ratio; NaN where there is nothing to divide by, as where a phase cannot hold an oxide."""
    nothing = np.full(np.shape(above), np.nan)
    return np.asarray(np.divide(above, below, out=nothing, where=below > 0.0))


def _physical(reader: Reader, meant: Quantity) -> Array:
    if meant.what == "density":
        return _density(reader, meant.subject)
    if meant.subject == "rock" and meant.what in _OF_ROCK:
        return _OF_ROCK[meant.what](reader)
    about = PHYSICAL[meant.what]
    if meant.detail == RELAXATIONS[-1] and meant.subject != "rock":
        raise InputError(
            f"{meant.text!r}: only the whole rock keeps its equilibrium; ask for "
            f"rock.{meant.text.partition('.')[2]}, or for {meant.subject}.{meant.what}."
        )
    subject, instance = meant.subject, None
    if subject not in WHOLES:
        subject, number = split_instance(_no_range(reader, meant), reader.keys)
        instance = number or 0  # of a phase its first, as its density and composition are
    how = {"kind": meant.detail} if about.details == RELAXATIONS else {"melt": meant.detail or None}
    found = reader.dataset.gb.property(about.property, of=subject, instance=instance, **how)
    scale = conversion(str(found.attrs["units"]), about.unit)
    return np.asarray(found.transpose(*reader.dims).values * scale)


def _no_range(reader: Reader, meant: Quantity) -> str:
    if meant.subject in RANGES and meant.subject not in reader.keys:
        raise InputError(
            f"{meant.text!r}: properties are asked of a phase or an instance, cpx1 say."
        )
    return meant.subject


def _density(reader: Reader, subject: str) -> Array:
    whole = np.asarray(reader.variable("density"), dtype=np.float64)
    if subject == "rock":
        return whole
    slots = reader.slots(subject)
    mass, volume = (reader.variable(f"{kind}_fraction", "slot") for kind in ("mass", "volume"))
    if subject in WHOLES:
        mass, volume = (np.where(slots, each, 0.0).sum(axis=-1) for each in (mass, volume))
    else:
        mass, volume = (reader.first(slots, each) for each in (mass, volume))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(volume > 0.0, whole * mass / volume, np.nan))


def _molar_mass(reader: Reader) -> Array:
    """Mass of the rock [kg per mole of oxides]."""
    masses = reader.masses()
    moles = reader.moles("rock", reader.components)
    return np.asarray(sum(amount * masses[oxide] for oxide, amount in moles.items()) / 1000.0)


def _energy(reader: Reader) -> Array:
    return np.asarray(_KJ * reader.variable("gibbs_energy") / _molar_mass(reader))


def _entropy(reader: Reader) -> Array:
    return np.asarray(_KJ * reader.variable("entropy") / _molar_mass(reader))


def _enthalpy(reader: Reader) -> Array:
    kelvin = to_kelvin(reader.condition("temperature_C"))
    return np.asarray(_energy(reader) + kelvin * _entropy(reader))


_OF_ROCK: Final[Mapping[str, Callable[[Reader], Array]]] = {
    "G": _energy,
    "S": _entropy,
    "H": _enthalpy,
    "V": lambda reader: np.asarray(_CM3_PER_M3 / _density(reader, "rock")),
}


def _per_mole(reader: Reader, meant: Quantity) -> Array:
    return reader.variable(meant.what)


def _potential(reader: Reader, meant: Quantity) -> Array:
    reader.component(meant.what)
    return reader.variable("chemical_potential", component=meant.what)


_HOW: Final[Mapping[str, Callable[[Reader, Quantity], NDArray[np.float64]]]] = {
    "amount": _amount,
    "oxide": _oxide,
    "ratio": _ratio,
    "cation": _cation,
    "proportion": _proportion,
    "activity": _activity,
    "exchange": _exchange,
    "partition": _partition,
    "physical": _physical,
    "per_mole": _per_mole,
    "potential": _potential,
    "fugacity": _fugacity,
    "offset": _offset,
}

"""Open components: the potential of one given in place of its amount, by a buffer, an activity or a number.

And the other way: what chemical potentials say of the fugacity of oxygen, of buffers and activities.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import (
    known_oxides,
    load_buffers,
    load_endmembers,
    load_models,
    load_standard_states,
)
from gibbsite_datasets.records import MakeTerm
from gibbsite_engine.energies import fill_energies
from gibbsite_engine.factors import numbers, plain_factors

from .buffer_text import plain, read_fugacity, split_offset
from .database import Database, OpenPotential, endmember_arrays
from .given import number
from .iron import OXYGEN
from .limits import PRESSURE_KBAR, TEMPERATURE_C, to_kelvin

Open = Mapping[str, str | float]
Made = tuple[tuple[float, str, str], ...]
Floats = NDArray[np.float64]
LOG_UNIT: Final = 0.019145
"""Energy of one log10 unit of an offset from a buffer, per mol O2 [kJ/(K mol)]: R ln 10 = 0.0191446
rounded as THERMOCALC and MAGEMin have it, so that their results are met; 2e-5 of the offset."""
_COVOLUME_OF_OXYGEN: Final = 3.18
"""Van der Waals' b of O2 [kJ/(kbar mol)]; CRC Handbook of Chemistry and Physics."""


@dataclass(frozen=True, slots=True)
class OpenComponent:
    """What was said of one open component.

    Attributes
    ----------
    component : str
        The component.
    words : str
        What was said of it, such as "QFM-0.5".
    potential : OpenPotential
        Its potential, kJ per mol of it.
    buffer : str
        The buffer that it is given by, or "".
    """

    component: str
    words: str
    potential: OpenPotential
    buffer: str = ""


def read_open(given: Open, data: Database) -> tuple[OpenComponent, ...]:
    """Return the potentials of open components.

    Parameters
    ----------
    given : mapping of str to (str or float)
        Component -> "QFM-0.5" (a buffer and an offset in log10 units, of O), "log10 fO2 = -12" (in
        bar, of O), an activity above 0 and up to 1, or a potential below 0 [kJ/mol].
    data : Database
        Whose components and end-members they are.

    Raises
    ------
    InputError
        If a component is none of the database, a buffer is unknown, an activity is above one,
        nothing says what an activity is referred to, or no phase could have a potential.
    """
    if not isinstance(given, Mapping):
        raise InputError(f'open = {given!r}: say {{"O": "QFM-0.5"}} or {{"H2O": 0.8}}, say.')
    for component in given:
        if component not in data.components:
            raise InputError(
                f"open: {data.name} has no component {component!r}: "
                f"{did_you_mean(str(component), data.components)}"
            )
    return tuple(_one(name, value, data) for name, value in given.items())


def opened(
    data: Database, given: Open | None, p: ArrayLike | None = None, t: ArrayLike | None = None
) -> Database:
    """Return a database open to components whose potentials are given in place of their amounts.

    {"O": "QFM-0.5"} gives a buffer and an offset in log10 units, {"H2O": 0.8} an activity,
    {"SiO2": -950.0} kJ/mol. It always holds, whatever the rock contains.

    Parameters
    ----------
    data : Database
        The database.
    given : mapping of str to (str or float), or None
        As of `read_open`; nothing is open for None.
    p, t : array_like, optional
        Of all points [kbar, degC].

    Raises
    ------
    InputError
        As of `read_open`, of `check_oxygen`, and of `check_stable` where conditions are given.
    """
    if not given:
        return data
    read = read_open(given, data)
    check_oxygen(read, data, p, t)
    if p is not None and t is not None:
        check_stable(read, data, p, t)
    return data.open({each.component: each.potential for each in read})


def _one(component: str, value: str | float, data: Database) -> OpenComponent:
    gas = data.endmembers.gas_constant
    value = plain(value) if isinstance(value, str) else value
    if isinstance(value, str) and not _is_number(value):
        if component != OXYGEN:
            raise InputError(f"open: {component} = {value!r} {_wanted(component)}")
        fugacity = read_fugacity(value)
        if fugacity is not None:
            oxygen = load_standard_states()[OXYGEN]
            slope = 0.5 * gas * log(10.0) * fugacity
            potential = OpenPotential(_make(oxygen.reaction), numbers(per_K=slope))
            return OpenComponent(component, value, potential)
        buffer, offset = split_offset(value)
        potential = OpenPotential(
            _make(buffer.reaction, 0.5), numbers(per_K=0.5 * LOG_UNIT * offset)
        )
        return OpenComponent(component, value, potential, buffer.name)
    given = number(f"open: {component}", float(value) if isinstance(value, str) else value)
    if not isfinite(given) or given == 0.0:
        raise InputError(
            f"open: {component} = {given:g}: an activity is above 0 and at most 1, a potential in "
            "kJ/mol is below 0; what is absent is left out of the rock."
        )
    if given < 0.0:
        _check_energy(component, given, data)
        return OpenComponent(
            component, f"{given:g} kJ/mol", OpenPotential((), numbers(constant=given))
        )
    if given > 1.0:
        raise InputError(f"open: {component} = {given:g}: an activity is at most 1.")
    states = load_standard_states()
    if component not in states:
        raise InputError(
            f"open: {component} = {given:g}: nothing is known that an activity of it would be "
            f"referred to; there is of {', '.join(states)}. Give its potential in kJ/mol."
        )
    state = states[component]
    energy = numbers(per_K=gas * log(given))
    words = f"activity {given:g} ({state.of})"
    return OpenComponent(component, words, OpenPotential(_make(state.reaction), energy))


def _wanted(component: str) -> str:
    """Say what may be given of a component other than oxygen."""
    state = load_standard_states().get(component)
    activity = f"its activity, above 0 and at most 1 (that of {state.of}), or " if state else ""
    return (
        f"is no number: say {activity}its potential in kJ/mol, below 0; buffers are of oxygen, "
        f"{OXYGEN!r}."
    )


def _check_energy(component: str, given: float, data: Database) -> None:
    """Raise InputError for a potential [kJ/mol] that no phase could give a component.

    Where an end-member j is stable, the sum of n mu is g_j. Oxides are stable against their elements,
    so that no mu is above zero and that of a component no less than g_j / n of some j; g_j is lowest
    where it is hottest at no pressure.
    """
    if given > -1.0:
        raise InputError(
            f"open: {component} = {given:g} is neither an activity, which is above 0 and at most 1, nor "
            "a potential in kJ/mol, of which that of every oxide is far below -1."
        )
    energy = np.zeros((1, len(data.used)))
    p, t = np.array([PRESSURE_KBAR[0]]), np.array([float(to_kelvin(TEMPERATURE_C[1]))])
    fill_energies(data.endmembers, p, t, energy)
    held = [data.data.endmembers[name].composition.get(component, 0.0) for name, _ in data.used]
    least = min(g / n for g, n in zip(energy[0], held, strict=True) if n > 0.0 and isfinite(g))
    if component != OXYGEN and given < least:  # of which `check_oxygen` knows more
        raise InputError(
            f"open: {component} = {given:g} kJ/mol: no phase holds any below {least:.4g} kJ/mol; what "
            "is absent is left out of the rock."
        )


def check_oxygen(
    given: Iterable[OpenComponent],
    data: Database,
    pressure_kbar: ArrayLike | None,
    temperature_C: ArrayLike | None,
) -> None:
    """Raise InputError where a fugacity of oxygen is one that no rock has.

    It lies between that which reduces the most stable oxide to metal, log10 fO2 = 2 dH / (RT ln 10) with
    its enthalpy of formation per oxygen (less negative by far with the entropy of oxygen), and that of
    pure oxygen at the highest accepted pressure: RT ln f = RT ln P + b P, van der Waals' without attraction.

    Parameters
    ----------
    given, data
        As of `check_stable`.
    pressure_kbar, temperature_C : array_like or None
        Of all points [kbar, degC]; without them it is refused only if no accepted ones would have it.
    """
    known = pressure_kbar is not None and temperature_C is not None
    p, t = (pressure_kbar, temperature_C) if known else np.meshgrid(PRESSURE_KBAR, TEMPERATURE_C)
    p, t = np.broadcast_arrays(np.asarray(p, float), np.asarray(t, float))
    gas = data.endmembers.gas_constant
    log_unit = gas * to_kelvin(t) * log(10.0)
    for each in (one for one in given if one.component == OXYGEN):
        here = log10_fO2(data, p, to_kelvin(t), _value(data, each.potential, p, to_kelvin(t)))
        low, high = 2.0 * _firmest_oxide(data) / log_unit, _of_pure_oxygen(t, gas) / log_unit
        wrong = ~((here >= low) & (here <= high))
        if wrong.any() if known else wrong.all():
            at = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
            raise InputError(
                f"open: {OXYGEN} = {each.words} is log10 fO2 = {here[at]:.4g} at {p[at]:g} kbar and "
                f"{t[at]:g} °C, where rocks have between {low[at]:.3g}, which leaves no oxide unreduced, "
                f"and {high[at]:.3g}, pure oxygen at {PRESSURE_KBAR[1]:g} kbar."
            )


def _firmest_oxide(data: Database) -> float:
    """Return the lowest enthalpy of formation of an oxide of the data set, per oxygen [kJ/mol]."""
    oxides = known_oxides()
    return min(
        each.H / (oxides[oxide].oxygens * amount)
        for each in data.data.endmembers.values()
        if len(each.composition) == 1
        for oxide, amount in each.composition.items()
        if oxide in oxides and oxide != OXYGEN
    )


def _of_pure_oxygen(temperature_C: Floats, gas_constant: float) -> Floats:
    """Return RT ln f of oxygen at the highest accepted pressure [kJ/mol]."""
    ideal = gas_constant * to_kelvin(temperature_C) * log(1e3 * PRESSURE_KBAR[1])
    return np.asarray(ideal + _COVOLUME_OF_OXYGEN * PRESSURE_KBAR[1])


def _value(data: Database, given: OpenPotential, p: Floats, t: Floats) -> Floats:
    """Return a potential that is given [kJ/mol], at kbar and K."""
    made = _made(data, given.make, p, t) if given.make else 0.0
    return np.asarray(made + plain_factors(p, t) @ given.energy)


def check_stable(
    given: Iterable[OpenComponent],
    data: Database,
    pressure_kbar: ArrayLike,
    temperature_C: ArrayLike,
) -> None:
    """Raise InputError where a buffer's own phases are not stable together.

    Iron and wüstite, for one, hold no fugacity of oxygen below 570 °C or so: there wüstite itself
    is less stable than iron and magnetite, and IW lies above MW.

    Parameters
    ----------
    given : iterable of OpenComponent
        What is open.
    data : Database
        Whose end-members they are.
    pressure_kbar, temperature_C : array_like
        Of all points [kbar, degC].
    """
    p, t = np.broadcast_arrays(np.asarray(pressure_kbar, float), np.asarray(temperature_C, float))
    for name in (each.buffer for each in given if each.buffer):
        buffer = load_buffers()[name]
        here = buffer_log10_fO2(name, data, p, to_kelvin(t))
        for other, sign in ((buffer.above, 1.0), (buffer.below, -1.0)):
            if not other:
                continue
            wrong = sign * (here - buffer_log10_fO2(other, data, p, to_kelvin(t))) < 0.0
            if wrong.any():
                at = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
                raise InputError(
                    f"the buffer {name} ({buffer.full}) is not stable at {p[at]:g} kbar and "
                    f"{t[at]:g} °C: it lies {'below' if sign > 0 else 'above'} {other} there; use "
                    "another buffer."
                )


def energies(data: Database, terms: Sequence[MakeTerm], p: Floats, t: Floats) -> Floats:
    """Return the Gibbs energy of a reaction of end-members [kJ], shape of `p` and `t` [kbar, K]."""
    return _made(data, _make(terms), p, t)


def _made(data: Database, terms: Made, p: Floats, t: Floats) -> Floats:
    used = [(name, state) for _, name, state in terms]
    table = endmember_arrays(load_endmembers(load_models(data.name).endmember_set), used)
    p, t = np.broadcast_arrays(np.asarray(p, np.float64), np.asarray(t, np.float64))
    out = np.zeros((p.size, len(used)))
    fill_energies(table, p.ravel(), t.ravel(), out)
    return np.asarray((out @ [coefficient for coefficient, _, _ in terms]).reshape(p.shape))


def log10_fO2(data: Database, p: ArrayLike, t: ArrayLike, potential: ArrayLike) -> Floats:
    """Return log10 of the fugacity of oxygen [bar], referred to oxygen at 1 bar at every pressure.

    (2 mu_O - G(O2, 1 bar, T)) / (R T ln 10).

    Parameters
    ----------
    data : Database
        Whose end-members are meant.
    p, t, potential : array_like
        kbar, K, and the potential of O [kJ/mol].
    """
    standard = energies(data, load_standard_states()[OXYGEN].reaction, *_pt(p, t))
    above = np.asarray(potential) - standard
    return np.asarray(2.0 * above / (data.endmembers.gas_constant * np.asarray(t) * log(10.0)))


def buffer_log10_fO2(name: str, data: Database, p: ArrayLike, t: ArrayLike) -> Floats:
    """Return log10 fO2 [bar] of a buffer, its name with an offset or without, at kbar and K."""
    buffer, offset = split_offset(name)
    pressure, kelvin = _pt(p, t)
    potential = energies(data, buffer.reaction, pressure, kelvin) + LOG_UNIT * kelvin * offset
    return log10_fO2(data, pressure, kelvin, 0.5 * potential)


def delta(name: str, data: Database, p: ArrayLike, t: ArrayLike, potential: ArrayLike) -> Floats:
    """Return how far above a buffer the fugacity of oxygen lies [log10 units].

    Parameters
    ----------
    name : str
        The buffer.
    data : Database
        Whose end-members are meant.
    p, t, potential : array_like
        kbar, K, and the potential of O [kJ/mol].
    """
    buffer, offset = split_offset(name)
    pressure, kelvin = _pt(p, t)
    above = 2.0 * np.asarray(potential) - energies(data, buffer.reaction, pressure, kelvin)
    return np.asarray(above / (LOG_UNIT * kelvin) - offset)


def component_activity(
    component: str, data: Database, p: ArrayLike, t: ArrayLike, potential: ArrayLike
) -> Floats:
    """Return the activity of a component, 1 where the phase that it is referred to is stable.

    Parameters
    ----------
    component : str
        "H2O" (water), "SiO2" (quartz), "TiO2" (rutile), "Al2O3" (corundum), ...
    data : Database
        Whose end-members are meant.
    p, t, potential : array_like
        kbar, K, and the potential of the component [kJ/mol].

    Raises
    ------
    InputError
        If nothing says what it is referred to.
    """
    states = load_standard_states()
    if component not in states:
        raise InputError(f"no activity of {component!r}: {did_you_mean(component, states)}")
    pressure, kelvin = _pt(p, t)
    above = np.asarray(potential) - energies(data, states[component].reaction, pressure, kelvin)
    return np.asarray(np.exp(above / (data.endmembers.gas_constant * kelvin)))


def _pt(p: ArrayLike, t: ArrayLike) -> tuple[Floats, Floats]:
    pressure, kelvin = np.broadcast_arrays(
        np.asarray(p, dtype=np.float64), np.asarray(t, dtype=np.float64)
    )
    return pressure, kelvin


def _make(terms: Iterable[MakeTerm], factor: float = 1.0) -> Made:
    return tuple((factor * term.coefficient, term.endmember, term.state) for term in terms)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

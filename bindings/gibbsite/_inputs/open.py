"""Open components: the potential of one given in place of its amount, by a buffer, an activity or a number.

And the other way: what chemical potentials say of the fugacity of oxygen, of buffers and activities.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import load_buffers, load_endmembers, load_models, load_standard_states
from gibbsite_datasets.records import Buffer, MakeTerm
from gibbsite_engine.energies import fill_energies
from gibbsite_engine.factors import numbers

from .database import Database, OpenPotential, endmember_arrays
from .given import number
from .iron import OXYGEN
from .limits import to_kelvin

Open = Mapping[str, str | float]
Floats = NDArray[np.float64]
LOG_UNIT: Final = 0.019145
"""Energy of one log10 unit of an offset from a buffer, per mol O2 [kJ/(K mol)]: R ln 10 = 0.0191446
rounded as THERMOCALC and MAGEMin have it, so that their results are met; 2e-5 of the offset."""
_OFFSET: Final = re.compile(r"\s*([A-Za-z]+)\s*([+-]\s*\d*\.?\d+)?\s*")
_FUGACITY: Final = re.compile(r"\s*log(?:10)?[\s_]*fO2\s*=?\s*([+-]?\d*\.?\d+)\s*", re.IGNORECASE)


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
        If a component is none of the database, a buffer is unknown, an activity is above one, or
        nothing says what an activity is referred to.
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
        As of `read_open`, and of `check_stable` where conditions are given.
    """
    if not given:
        return data
    read = read_open(given, data)
    if p is not None and t is not None:
        check_stable(read, data, p, t)
    return data.open({each.component: each.potential for each in read})


def _one(component: str, value: str | float, data: Database) -> OpenComponent:
    gas = data.endmembers.gas_constant
    if isinstance(value, str) and not _is_number(value):
        if component != OXYGEN:
            raise InputError(f"open: {component} = {value!r}: buffers are of oxygen, {OXYGEN!r}.")
        fugacity = _FUGACITY.fullmatch(value)
        if fugacity:
            oxygen = load_standard_states()[OXYGEN]
            slope = 0.5 * gas * log(10.0) * float(fugacity[1])
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


def split_offset(text: str) -> tuple[Buffer, float]:
    """Return the buffer and the offset [log10 units] of a text such as "QFM-0.5".

    Raises
    ------
    InputError
        If it is none, or the buffer is unknown.
    """
    match = _OFFSET.fullmatch(text)
    known = {name: each for each in load_buffers().values() for name in (each.name, *each.also)}
    if match is None or match[1].upper() not in known:
        name = match[1] if match else text
        raise InputError(
            f"{text!r} is no buffer with an offset, such as QFM-0.5: {did_you_mean(name, known)}"
        )
    return known[match[1].upper()], float((match[2] or "0").replace(" ", ""))


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
    used = [(term.endmember, term.state) for term in terms]
    table = endmember_arrays(load_endmembers(load_models(data.name).endmember_set), used)
    p, t = np.broadcast_arrays(np.asarray(p, np.float64), np.asarray(t, np.float64))
    out = np.zeros((p.size, len(used)))
    fill_energies(table, p.ravel(), t.ravel(), out)
    return np.asarray((out @ [term.coefficient for term in terms]).reshape(p.shape))


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


def _make(terms: Iterable[MakeTerm], factor: float = 1.0) -> tuple[tuple[float, str, str], ...]:
    return tuple((factor * term.coefficient, term.endmember, term.state) for term in terms)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

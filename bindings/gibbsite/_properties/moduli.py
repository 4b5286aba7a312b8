"""Shear moduli of phases, from those of the minerals that their end-members are made of or like.

A modulus belongs to a structure: a made end-member has that of the mineral whose structure it has.
If the terms of its make are all positive and add up to one, as 1/2 en + 1/2 fs, it has their mean;
else that of the positive term of largest volume, or what the table of structures says. Energies may
be added with any coefficients, moduli may not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple, get_args

import numpy as np

from gibbsite._inputs.database import Database
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import load_shear_moduli
from gibbsite_engine import shear
from gibbsite_engine._interpreted import brief
from gibbsite_engine.layout import TAIT_SOLID, Floats
from gibbsite_engine.shear import Formulas
from gibbsite_engine.stiffness import Stiffness, new_stiffness_work, stiffen

from .evaluate import Solved

Moduli = Literal["best", "CK02"]
SCHEMES: Final[Mapping[str, tuple[str, ...]]] = {
    "best": ("AH16", "SLB22", "CK02", "MAGEMin"),
    "CK02": ("CK02", "MAGEMin"),
}
"""Which sources are asked, one after the other. CK02 is for comparison with published work: the
moduli of makes are then added with their coefficients, as the programs behind that work do."""

_FORMULA: Final = {
    "AH16": shear.FINITE_STRAIN,
    "SLB22": shear.THERMAL,
    "CK02": shear.LINEAR,
    "MAGEMin": shear.LINEAR,
}

_FEW: Final = 8
"""Points whose moduli are not worth the compiler, however many minerals they hold."""


def check_scheme(scheme: str) -> None:
    """Raise InputError for a set of moduli that there is not."""
    if scheme not in SCHEMES:
        raise InputError(f"moduli = {scheme!r}: {did_you_mean(str(scheme), get_args(Moduli))}")


@dataclass(frozen=True, slots=True)
class PhaseModuli:
    """How the shear modulus of a phase follows from those of minerals.

    Attributes
    ----------
    minerals : tuple of str
        Data-set end-members, m of them.
    weights : (E, m) array
        For each end-member of the phase; a row of zeros where it has none.
    without : tuple of str
        End-members of the phase that have no modulus from any source.
    """

    minerals: tuple[str, ...]
    weights: Floats
    without: tuple[str, ...]


@lru_cache(maxsize=256)
def phase_moduli(data: Database, place: int, scheme: str) -> PhaseModuli | None:
    """Return how the modulus of a phase is made up; None for a melt or fluid, which has none."""
    phase, names = data.phases[place], [name for name, _ in data.used]
    make, table = phase.model.make, load_shear_moduli()
    used = np.flatnonzero(np.abs(make).max(axis=0))
    if not (data.endmembers.equation[used] == TAIT_SOLID).all():
        return None
    rows: list[dict[str, float]] = []
    without = []
    for row, name in zip(make, phase.endmembers, strict=True):
        terms = {j: float(row[j]) for j in np.flatnonzero(row)}
        shares: dict[str, float] = {}
        if scheme == "CK02":
            for j, coefficient in terms.items():
                shares[names[j]] = shares.get(names[j], 0.0) + coefficient
        elif (phase.name, name) in table.structures:
            shares = {table.structures[phase.name, name]: 1.0}
        elif min(terms.values()) > 0.0 and abs(sum(terms.values()) - 1.0) < 1e-3:
            total = sum(terms.values())
            shares = {names[j]: coefficient / total for j, coefficient in terms.items()}
        else:
            largest = max(terms, key=lambda j: terms[j] * data.endmembers.volume[j])
            shares = {names[largest]: 1.0}
        known = {table.structures.get(("", m), m) if not _has(m, scheme) else m for m in shares}
        if not all(_has(mineral, scheme) for mineral in known):
            without.append(name)
        own: dict[str, float] = {}
        for mineral, share in shares.items():
            stand_in = mineral if _has(mineral, scheme) else table.structures.get(("", mineral), "")
            own[stand_in] = own.get(stand_in, 0.0) + share
        rows.append(own if name not in without else {})
    minerals = tuple(sorted({mineral for row in rows for mineral in row}))
    weights = np.array([[row.get(mineral, 0.0) for mineral in minerals] for row in rows])
    return PhaseModuli(minerals, weights.reshape(len(rows), len(minerals)), tuple(without))


def _has(mineral: str, scheme: str) -> bool:
    of = load_shear_moduli().of
    return any(mineral in of[source] for source in SCHEMES[scheme])


def source_of(mineral: str, scheme: str) -> str:
    """Return where the modulus of a mineral is from, in words such as "CK02, as hem"."""
    of = load_shear_moduli().of
    found = next(of[source][mineral] for source in SCHEMES[scheme] if mineral in of[source])
    return found.source + (f", as {found.same_as}" if found.same_as else "")


class _Table(NamedTuple):
    """How the moduli of all phases of a database follow from those of M minerals, as arrays."""

    stiffness: Stiffness
    formulas: Formulas


@lru_cache(maxsize=64)
def _table(data: Database, scheme: str) -> _Table:
    every = [phase_moduli(data, place, scheme) for place in range(len(data.phases))]
    minerals = tuple(sorted({mineral for each in every if each for mineral in each.minerals}))
    most = max((len(each.minerals) for each in every if each), default=0)
    size = max(len(phase.endmembers) for phase in data.phases)
    number = np.full(len(every), -1)
    mineral = np.zeros((len(every), most), np.int64)
    weights, without = np.zeros((len(every), size, most)), np.zeros((len(every), size), np.bool_)
    for k, each in enumerate(every):
        if each is not None:
            rows, number[k] = each.weights.shape
            weights[k, :rows, : number[k]] = each.weights
            mineral[k, : number[k]] = [minerals.index(name) for name in each.minerals]
            names = data.phases[k].endmembers
            without[k, : len(names)] = [name in each.without for name in names]
    return _Table(Stiffness(number, mineral, weights, without), _formulas(minerals, scheme))


def _formulas(minerals: Sequence[str], scheme: str) -> Formulas:
    """Which formulas minerals have, source by source."""
    of, sources, n = load_shear_moduli().of, SCHEMES[scheme], len(minerals)
    number, formula = np.zeros(n, np.int64), np.zeros((n, len(sources)), np.int64)
    numbers = np.zeros((n, len(sources), shear.NUMBERS))
    for m, mineral in enumerate(minerals):
        for source in (each for each in sources if mineral in of[each]):
            own = of[source][mineral].numbers
            formula[m, number[m]] = formula_of(source, mineral)
            numbers[m, number[m], : len(own)] = own
            number[m] += 1
    return Formulas(number, formula, numbers, shear.DEBYE)


def formula_of(source: str, mineral: str) -> int:
    """Return which formula of `engine.shear` a source has for a mineral."""
    return shear.ALPHA_QUARTZ if (source, mineral) == ("AH16", "q") else _FORMULA[source]


def shear_moduli(data: Database, answers: Solved, scheme: str) -> Floats:
    """Return the shear moduli of all phases of n points [kbar], (n, N): means over end-members by moles.

    They are linear in the proportions, so that they do not depend on which of several dependent
    end-members a composition is written in. NaN where there is no phase, where an end-member that
    takes part has none, or where the mean is not positive; 0 for a melt or fluid.
    """
    table, n = _table(data, scheme), len(answers.phase_id)
    work, out = new_stiffness_work(len(table.formulas.number)), np.empty(answers.phase_id.shape)
    brief(stiffen, n if n > _FEW else 0)(
        answers.told, answers.pressure_kbar, answers.temperature_K, *table, work, out
    )
    return out


def sources(data: Database, place: int, scheme: str = "best") -> dict[str, str]:
    """Return for each end-member of a phase whose modulus it has, and from where."""
    phase, moduli = data.phases[place], phase_moduli(data, place, scheme)
    if moduli is None:
        return {name: "melt or fluid: 0" for name in phase.endmembers}
    out = {}
    for name, weights in zip(phase.endmembers, moduli.weights, strict=True):
        terms = [(w, m) for w, m in zip(weights.tolist(), moduli.minerals, strict=True) if w != 0.0]
        out[name] = " + ".join(f"{w:g} {m} ({source_of(m, scheme)})" for w, m in terms) or "none"
    return out

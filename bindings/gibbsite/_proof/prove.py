"""`prove`: an equilibrium, or another program's chemical potentials, put to the proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite, nan

import numpy as np

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.limits import check_pressure_kbar, check_temperature_C
from gibbsite._showing import html_table, listed
from gibbsite._solving.asked import as_database
from gibbsite._solving.coordinates import plane
from gibbsite._solving.equilibrium import Equilibrium, equilibrium
from gibbsite._solving.offered import solve_offered
from gibbsite.errors import InputError
from gibbsite_engine.layout import Conditions, Floats
from gibbsite_engine.proof.branch import PROVED, REFUTED
from gibbsite_engine.proof.chart import Chart

from .phase import (
    TOLERANCE,
    Demand,
    NoChart,
    PhaseProof,
    Verdict,
    charts,
    driving_force,
    in_words,
    judge,
    new_room,
    set_up,
)
from .rounding import product_error

# kJ per mole of formula: margins for rounding are a tenth of it.
_FINEST = 1e-8
# kJ/mol: a thousandth of a mole of closed components in a mole of formula makes the last enough.
_LOWERINGS = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
# Vertices looked at a phase: some ten seconds, reached only near critical points.
MOST_VERTICES = 2_000_000


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved of an answer.

    Attributes
    ----------
    status : str
        "proved": no phase has a composition below the plane, the answer is the global minimum
        to within `gap`. "refuted": one has. "undecided": a limit was reached.
    phases : tuple of PhaseProof
        One for each phase that can exist with the components present.
    gibbs_energy : float
        kJ per mole of oxides, of the answer.
    energy_bound : float
        kJ per mole of oxides; no assemblage whatever lies lower. -inf where it is not known.
    gap : float
        gibbs_energy - energy_bound: how far the answer can at most lie above the global minimum.
    better : Equilibrium or None
        Where refuted, the answer found with the refuting compositions; None if none was certified.
    rigorous : bool
        Whether the bounds hold with every rounding error on the safe side; else with margins.
    """

    status: str
    phases: tuple[PhaseProof, ...]
    gibbs_energy: float
    energy_bound: float
    gap: float
    better: Equilibrium | None
    rigorous: bool = False

    def __repr__(self) -> str:
        """Return the outcome on one line."""
        undone = [each.name for each in self.phases if each.status != "proved"]
        more = f", not {listed(undone)}" if undone else f", gap {self.gap:.1e} kJ/mol"
        return f"<Proof: {self.status}, {len(self.phases)} phases{more}>"

    def _repr_html_(self) -> str:
        rows = [
            (each.name, each.status, f"{each.driving_force_bound:.3g}", str(each.cells))
            for each in self.phases
        ]
        head = ("phase", "proof", "driving force ≥, kJ/mol", "cells")
        return html_table(head, rows, f"{self!r}"[1:-1])

    @property
    def proved(self) -> bool:
        """Whether the answer is proved to be the global minimum."""
        return self.status == "proved"


@dataclass(frozen=True, slots=True)
class _Claim:
    """An answer in the terms of the reduced database."""

    data: Database
    reduced: Reduced
    bulk: Bulk
    moles: Floats
    pressure_kbar: float
    temperature_C: float
    gamma: Floats
    conditions: Conditions
    present: tuple[tuple[int, float, Floats], ...]
    """Phase of the reduced database, amount, proportions."""
    energy: float


def _of_equilibrium(answer: Equilibrium, data: Database) -> _Claim:
    """Take the claim out of an answer of ours; its phases may be fewer than the database's."""
    if not answer.certified:
        raise InputError(f"this point has no answer to prove; its status is {answer.status}.")
    moles = answer.bulk.array(data.components)
    reduced = data.reduced(data.face(moles[None, :])[0])
    where = answer.pressure_kbar, answer.temperature_C
    conditions = set_up(reduced, *where)
    present = []
    for phase in answer.phases:
        place = data.phase_names.index(phase.name)
        if place not in reduced.index:
            raise InputError(f"{phase.name} is part of the answer but not of {data.name}.")
        k = reduced.index[place]
        old = np.array([phase.proportions[e] for e in data.phases[place].endmembers])
        p = reduced.phases[k].to_reduced(old)
        present.append((k, phase.amount_mol, p))
    given = np.array([answer.chemical_potentials.get(c, nan) for c in data.components])
    gamma = plane(reduced, conditions, given, [(k, p) for k, _, p in present])
    energy = float(gamma @ reduced.inside(moles))
    for k, amount, p in present:
        energy += amount * driving_force(reduced, k, conditions, gamma, p)
    return _Claim(
        data, reduced, answer.bulk, moles, *where, gamma, conditions, tuple(present), energy
    )


def _of_potentials(
    data: Database,
    bulk: Bulk | None,
    pressure_kbar: float | None,
    temperature_C: float | None,
    potentials: Mapping[str, float],
    gibbs_energy: float | None,
) -> _Claim:
    """Check and take another program's claim."""
    if not isinstance(bulk, Bulk) or pressure_kbar is None or temperature_C is None:
        raise InputError(
            "chemical potentials are judged with bulk=, pressure_kbar= and temperature_C=."
        )
    check_pressure_kbar(pressure_kbar)
    check_temperature_C(temperature_C)
    moles = bulk.array(data.components)
    face = data.face(moles[None, :])[0]
    reduced = data.reduced(face)
    held = face[: len(moles)] & ~data.is_open
    needed = (reduced.inverse[held] != 0.0).any(axis=0)
    names = [c for c, on in zip(data.components, needed, strict=True) if on]
    if missing := [c for c in names if not isfinite(potentials.get(c, nan))]:
        raise InputError(
            f"no chemical potential of {missing[0]} is given, but what the rock holds depends on it; "
            f"needed are {', '.join(names)} [kJ/mol]."
        )
    of_oxides = np.array([float(potentials[c]) if c in names else 0.0 for c in data.components])
    gamma = reduced.lift @ np.where(held, reduced.inverse @ of_oxides, 0.0)
    height = float(gamma @ reduced.inside(moles))
    return _Claim(
        data, reduced, bulk, moles, pressure_kbar, temperature_C, gamma,
        set_up(reduced, pressure_kbar, temperature_C), (),
        height if gibbs_energy is None else float(gibbs_energy),
    )  # fmt: skip


def _verdicts(claim: _Claim, demand: Demand) -> list[Verdict]:
    every = charts(claim.data, claim.reduced.key)
    room = new_room(every)
    return [
        judge(
            claim.reduced, at, k, claim.conditions, claim.gamma,
            [p for phase, _, p in claim.present if phase == k], demand, room,
        )
        for k, at in enumerate(every)
    ]  # fmt: skip


def _energy_bound(claim: _Claim, verdicts: list[Verdict], demand: Demand) -> float:
    """Gamma.b less what phases proved only to within the tolerance could gain.

    G = Gamma.b + sum n D, and n moles of a formula that holds o moles of the components need n o <= b,
    the sum of all.
    """
    if any(v.status != PROVED for v in verdicts):
        return -inf
    gain = 0.0
    every = charts(claim.data, claim.reduced.key)
    for k, (at, verdict) in enumerate(zip(every, verdicts, strict=True)):
        if verdict.bound >= 0.0:
            continue
        if isinstance(at, Chart):
            held = at.least_oxides
        else:
            held = float(claim.reduced.system.phases.composition[k, 0].sum())
        gain = max(gain, -verdict.bound / held if held > 0.0 else _lowering(claim, at, k, demand))
    moles = claim.reduced.inside(claim.moles)
    rounding = product_error(claim.gamma, moles)
    return float(claim.gamma @ moles) - gain * float(moles.sum()) - rounding


def _lowering(claim: _Claim, at: Chart | NoChart | None, k: int, demand: Demand) -> float:
    """By how much lower potentials phase k is proved to lie above the plane everywhere [kJ/mol].

    Of a phase that could be of open components alone, as a melt of water, the rock sets no limit to the
    amount: to lie no more than a tolerance below the plane does not do. inf where it is not proved.
    """
    room = new_room(charts(claim.data, claim.reduced.key))
    known = [p for phase, _, p in claim.present if phase == k]
    demand = demand._replace(tolerance=_FINEST, above=_FINEST)
    for lower in _LOWERINGS:
        gamma = claim.gamma - lower
        verdict = judge(claim.reduced, at, k, claim.conditions, gamma, known, demand, room)
        if verdict.status == PROVED and verdict.bound >= 0.0:
            return lower
    return inf


def _better(claim: _Claim, verdicts: list[Verdict]) -> Equilibrium | None:
    """Solve again with what was found below the plane; the lower of two ways to do so."""
    offered = [(k, v.proportions) for k, v in enumerate(verdicts) if v.status == REFUTED]
    width = claim.reduced.system.phases.size.shape[1]
    padded = [(k, np.pad(p, (0, width - len(p)))) for k, p in offered]
    where = claim.pressure_kbar, claim.temperature_C
    usual = equilibrium(
        claim.bulk, pressure_kbar=where[0], temperature_C=where[1], database=claim.data
    )
    if usual.certified and _covers(claim, usual, offered):
        return usual
    slow = solve_offered(claim.data, claim.bulk, *where, padded)
    found = [a for a in (usual, slow) if a is not None and a.certified]
    return min(found, key=lambda a: a.gibbs_energy, default=None)


def _covers(claim: _Claim, answer: Equilibrium, offered: list[tuple[int, Floats]]) -> bool:
    """Whether the refuting compositions no longer lie below the plane of an answer."""
    gamma = _of_equilibrium(answer, claim.data).gamma
    return all(
        driving_force(claim.reduced, k, claim.conditions, gamma, p) > -TOLERANCE for k, p in offered
    )


def prove(
    answer: Equilibrium | Mapping[str, float],
    *,
    bulk: Bulk | None = None,
    pressure_kbar: float | None = None,
    temperature_C: float | None = None,
    gibbs_energy: float | None = None,
    database: Database | str | None = None,
    tolerance: float = TOLERANCE,
    most_vertices: int = MOST_VERTICES,
    rigorous: bool = False,
) -> Proof:
    """Prove that an answer is the global minimum of the Gibbs energy, or refute it.

    Parameters
    ----------
    answer : Equilibrium or mapping
        An answer of `equilibrium`, or the chemical potentials of the oxides that any program has
        found [kJ/mol].
    bulk : Bulk
        The rock; needed with potentials only, as are pressure and temperature.
    pressure_kbar, temperature_C : float
        kbar, degC.
    gibbs_energy : float, optional
        Of the other program's assemblage [kJ per mole of oxides]; by default Gamma.b.
    database : Database or str, optional
        Whose phases are to be considered; by default those of the answer.
    tolerance : float
        kJ per mole of formula that a phase may lie below the plane; the gap takes it in.
    most_vertices : int
        Limit of effort for one phase; a phase that reaches it is undecided.
    rigorous : bool
        Whether all bounds are computed again with every rounding error on the safe side, which
        takes seconds a point. By default they have margins for rounding.

    Returns
    -------
    Proof

    Raises
    ------
    InputError
        If the answer is not certified, a potential is missing, or a number is out of range.

    Notes
    -----
    Let D_k(p) = G_k(p) - Gamma.C_k p. If D_k >= -eps_k for all compositions of all phases, then
    every assemblage of the bulk b has G >= Gamma.b - max_k eps_k/o_k, o_k being the least number
    of moles of oxides in a formula of phase k: a bound on the global minimum itself. A phase that could
    be of open components alone, o_k = 0, is proved to lie above a plane lowered by a little. "Proved"
    means in float64 arithmetic with explicit margins; see the theory pages.
    """
    if not tolerance >= _FINEST:
        raise InputError(
            f"tolerance = {tolerance:g} kJ must be {_FINEST:g} or more: the margins for rounding are 1e-9."
        )
    if isinstance(answer, Equilibrium):
        data = answer.database if database is None else as_database(database)
        claim = _of_equilibrium(answer, data)
    elif not isinstance(answer, Mapping):
        raise InputError(
            f"what is proved must be an Equilibrium, or chemical potentials by oxide, "
            f"not a {type(answer).__name__}; stored sections are proved by gibbsite prove."
        )
    else:
        claim = _of_potentials(
            as_database(database), bulk, pressure_kbar, temperature_C, answer, gibbs_energy
        )
    demand = Demand(tolerance, most_vertices, rigorous)
    verdicts = _verdicts(claim, demand)
    bound, better = _energy_bound(claim, verdicts, demand), None
    status = "proved" if bound > -inf else "undecided"
    if any(v.status == REFUTED for v in verdicts):
        status, better = "refuted", _better(claim, verdicts)
        if better is not None:
            second = _of_equilibrium(better, claim.data)
            bound = _energy_bound(second, _verdicts(second, demand), demand)
    return Proof(
        status=status,
        phases=tuple(
            in_words(claim.data, claim.reduced, k, verdict) for k, verdict in enumerate(verdicts)
        ),
        gibbs_energy=claim.energy,
        energy_bound=bound,
        gap=claim.energy - bound,
        better=better,
        rigorous=rigorous,
    )

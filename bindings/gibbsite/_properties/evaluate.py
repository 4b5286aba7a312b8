"""From the proportions and amounts of many points to the first and second derivatives of energies."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.faces import faces
from gibbsite._inputs.relaxation import RELAXATIONS, Relaxation
from gibbsite.errors import InputError
from gibbsite_engine._interpreted import brief
from gibbsite_engine.assemblages import (
    Assemblages,
    Responses,
    carry_back,
    new_assemblages,
    new_responses,
)
from gibbsite_engine.layout import Booleans, Floats, Ints
from gibbsite_engine.properties import fill_properties, new_property_work
from gibbsite_engine.response import RESPONSE_NAMES, Orders, orders
from gibbsite_engine.told import Told, bring_in

# Points that are evaluated together: a tile; fewer where a hundred derivatives of each proportion are held.
_PIECE: Final = 4096
_PIECE_OF_DERIVATIVES: Final = 512
NO_ANSWER: Final = len(RESPONSE_NAMES)
"""Status of a point that has none, after those of the engine."""


@dataclass(frozen=True, slots=True)
class Solved:
    """Answers of n points in the database's terms, N slots, E end-members at most.

    Attributes
    ----------
    pressure_kbar, temperature_K : (n,) arrays
        kbar, K.
    phase_id : (n, N) array
        -1 where there is none.
    amount_mol : (n, N) array
        Formula units per mole of oxides.
    proportions : (n, N, E) array
        1; anything where there is no phase.
    bulk_mol : (n, C) array
        Sum 1.
    """

    pressure_kbar: Floats
    temperature_K: Floats
    phase_id: Ints
    amount_mol: Floats
    proportions: Floats
    bulk_mol: Floats

    @property
    def present(self) -> Booleans:
        """Whether a slot holds a phase, (n, N)."""
        return np.asarray((self.phase_id >= 0) & (self.amount_mol > 0.0))

    @property
    def filled(self) -> "Solved":
        """The same without the last slots, which no point fills."""
        some = np.flatnonzero((self.phase_id >= 0).any(axis=0))
        slots = int(some[-1]) + 1 if some.size else 1
        if slots >= self.phase_id.shape[1]:
            return self
        return replace(
            self,
            phase_id=np.ascontiguousarray(self.phase_id[:, :slots]),
            amount_mol=np.ascontiguousarray(self.amount_mol[:, :slots]),
            proportions=np.ascontiguousarray(self.proportions[:, :slots]),
        )

    @property
    def told(self) -> Told:
        """What of them kernels read."""
        return Told(self.phase_id, self.amount_mol, self.proportions)


def as_solved(
    arrays: Mapping[str, NDArray[Any]], pressure_kbar: Floats, temperature_K: Floats
) -> Solved:
    """Take what is needed from the variables of a result, the points along the first axis."""
    names = ("phase_id", "amount_mol", "proportions", "bulk_mol")
    ids, amount, proportions, bulk = (np.asarray(arrays[name]) for name in names)
    n = len(ids)
    return Solved(
        np.broadcast_to(pressure_kbar, n).astype(float),
        np.broadcast_to(temperature_K, n).astype(float),
        ids.astype(np.int64),
        np.where(ids >= 0, amount, 0.0).astype(float, copy=False),
        np.ascontiguousarray(proportions, float),
        bulk.astype(float, copy=False),
    )


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What follows, as `assemblages.Responses` but in the database's terms.

    Attributes
    ----------
    status : (n,) array
        One of the engine's, or NO_ANSWER.
    each : (n, N, 9) array
        Per mole of formula G, S, V [kJ, kJ/K, kJ/kbar], then G_TT, G_TP, G_PP, frozen and, if asked
        for, ordered.
    relaxed : (n, 3) array
        The same of the whole at equilibrium, per mole of oxides.
    """

    status: NDArray[np.int8]
    each: Floats
    relaxed: Floats


@dataclass(frozen=True, slots=True)
class Piece:
    """Some points that share a reduced system, and what the engine finds of them."""

    reduced: Reduced
    where: Ints
    found: Responses


def evaluate(
    data: Database,
    answers: Solved,
    workers: int | None = None,
    kinds: Collection[Relaxation] = RELAXATIONS,
) -> Evaluated:
    """Return energies and their derivatives by P and T of all points, frozen and of other `kinds`."""
    n, slots = answers.phase_id.shape
    out = Evaluated(
        np.full(n, NO_ANSWER, np.int8),
        np.full((n, slots, 9 if "ordered" in kinds else 6), np.nan),
        np.full((n, 3), np.nan),
    )
    for piece in pieces(data, answers, workers=workers, kinds=kinds):
        carrying = brief(carry_back, len(piece.where))
        carrying(piece.found, piece.where, out.status, out.each, out.relaxed)
    return out


def pieces(
    data: Database,
    answers: Solved,
    *,
    workers: int | None = None,
    kinds: Collection[Relaxation] = RELAXATIONS,
    derivatives: bool = False,
    bulk: bool = False,
    enthalpies: bool = False,
) -> Iterator[Piece]:
    """Yield what the engine finds of all points that have an answer, some at a time.

    Parameters
    ----------
    workers : int, optional
        Threads; as many as there are processors if left out.
    kinds : collection of str
        Of second derivatives, beside the frozen ones.
    derivatives : bool
        Whether the derivatives of the answer are wanted too.
    bulk, enthalpies : bool
        Directions beside P and T.
    """
    solved = np.flatnonzero(answers.present.any(axis=1))
    directions = {"bulk": bulk, "enthalpies": enthalpies}
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        # who has one thread alone needs no other
        each: Callable[..., Iterator[Responses]] = map if workers == 1 else pool.map
        for face, rows in faces(data, solved, answers.bulk_mol):
            reduced = data.reduced(face).in_oxides
            # What is of temperature alone is evaluated once for all points that share it.
            rows = rows[np.lexsort((answers.pressure_kbar[rows], answers.temperature_K[rows]))]
            size = _PIECE_OF_DERIVATIVES if derivatives else _PIECE
            some = [rows[i : i + size] for i in range(0, len(rows), size)]
            maps = _maps(reduced, len(data.phases), answers.proportions.shape[2])
            known = _orders(reduced)
            wanted = {
                "ordered": "ordered" in kinds,
                "relaxed": "relaxed" in kinds,
                "derivatives": derivatives,
            }
            work = partial(_evaluate, reduced, answers, maps, known, directions, wanted)
            for where, found in zip(some, each(work, some), strict=True):
                yield Piece(reduced, where, found)


def _evaluate(
    reduced: Reduced,
    answers: Solved,
    maps: Floats,
    known: Orders,
    directions: Mapping[str, bool],
    wanted: Mapping[str, bool],
    where: Ints,
) -> Responses:
    found = new_responses(reduced.system, len(where), **wanted, **directions)
    work = new_property_work(reduced.system, known=known, **directions)
    fill = brief(fill_properties, len(where))
    fill(reduced.system, _inside(reduced, answers, maps, where), work, found)
    return found


def _inside(reduced: Reduced, answers: Solved, maps: Floats, where: Ints) -> Assemblages:
    """The assemblages of some points in the terms of their reduced system."""
    out = new_assemblages(reduced.system, len(where), answers.phase_id.shape[1])
    out.pressure[:], out.temperature[:] = answers.pressure_kbar[where], answers.temperature_K[where]
    index = np.full(len(maps), -1)
    index[list(reduced.ids)] = np.arange(len(reduced.ids))
    brief(bring_in, len(where))(answers.told, where, index, maps, out)
    return out


@lru_cache(maxsize=64)
def _orders(reduced: Reduced) -> Orders:
    return orders(reduced.system)


@lru_cache(maxsize=64)
def _maps(reduced: Reduced, phases: int, endmembers: int) -> Floats:
    """What proportions on the face are of those of the database's phases, (K, E, I)."""
    out = np.zeros((phases, endmembers, reduced.system.phases.composition.shape[1]))
    for phase in reduced.phases:
        new, old = phase.basis.shape
        chosen = np.count_nonzero(phase.basis) == new and (phase.basis.sum(axis=1) == 1.0).all()
        out[phase.place, :old, :new] = phase.basis.T if chosen else phase.to_reduced(np.eye(old))
    return out


def check_closed(data: Database) -> None:
    """Raise InputError for a rock with given potentials, which has no one set of such properties.

    Along a buffer the rock takes up or gives off the opened component, with the entropy and the volume
    that this brings: dV/dT is then not -dS/dP, and it depends on whether the potential is held or
    follows the buffer what a heat capacity is.
    """
    if data.opened:
        raise InputError(
            "relaxed properties and derivatives are those of a closed rock; this one takes up or "
            f"gives off {', '.join(name for name, _ in data.opened)}, whose potential is given, so "
            "that dV/dT is not -dS/dP: close it with what it holds (bulk_mol), or ask for the kind "
            '"frozen" or "ordered".'
        )

"""From the engine's arrays to named quantities: fractions, compositions, instances in order."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.terms import terms_of, told_by
from gibbsite_engine._interpreted import brief
from gibbsite_engine.layout import Floats, Ints, n_slots
from gibbsite_engine.naming import Named, name_answers, new_naming_work, order_slots
from gibbsite_engine.results import Results
from gibbsite_engine.status import CERTIFIED

# Variables of the phases of a point, 0 in slots that hold none.
_OF_SLOTS = (
    "amount_mol", "mole_fraction", "mass_fraction", "volume_fraction", "proportions",
    "phase_composition_mol",
)  # fmt: skip

# Variables of the whole rock that are quantities, NaN where there is no answer.
OF_ROCK = (
    "gibbs_energy", "entropy", "volume", "density", "optimality_residual", "mass_residual",
    "lowest_driving_force",
)  # fmt: skip
# What an answer cannot do without.
ALWAYS: Final = ("status", "excess_component", "solved_again")

Arrays = dict[str, NDArray[Any]]


@lru_cache(maxsize=16)
def _blank_point(database: Database) -> Arrays:
    """The variables of one point before there is an answer."""
    components = len(database.components)
    slots = n_slots(components)
    endmembers = max(len(phase.endmembers) for phase in database.phases)
    # Shape of each at a point, its type, and what it is.
    declared: dict[str, tuple[tuple[int, ...], type, float]] = {
        "status": ((), np.int8, 0),
        "answered_by": ((), np.int8, 0),
        "iterations": ((), np.int16, 0),
        "solved_again": ((), np.int8, 0),
        "excess_component": ((), np.int16, -1),
        "lowest_driving_force_phase": ((), np.int16, -1),
        "phase_id": ((slots,), np.int16, -1),
        "instance": ((slots,), np.int8, 0),
        "bulk_mol": ((components,), np.float64, 0.0),
        "chemical_potential": ((components,), np.float64, np.nan),
        **dict.fromkeys(OF_ROCK, ((), np.float64, np.nan)),
        **dict.fromkeys(_OF_SLOTS[:4], ((slots,), np.float64, 0.0)),
        "proportions": ((slots, endmembers), np.float64, 0.0),
        "phase_composition_mol": ((slots, components), np.float64, 0.0),
    }
    return {
        name: np.full((1, *shape), value, kind) for name, (shape, kind, value) in declared.items()
    }


def empty(database: Database, n: int, keep: Collection[str] | None = None) -> Arrays:
    """Return variables of n points, to be filled, and blanked where that failed.

    Parameters
    ----------
    keep : collection of str, optional
        Names of those wanted, `ALWAYS` besides; by default all.
    """
    blanks = kept(_blank_point(database), keep)
    if n == 1:
        return {name: one.copy() for name, one in blanks.items()}
    return {
        name: np.full((n, *one.shape[1:]), one.flat[0], one.dtype) for name, one in blanks.items()
    }


def kept(arrays: Arrays, keep: Collection[str] | None) -> Arrays:
    """Return the variables wanted, as `empty` has them."""
    return {
        name: values
        for name, values in arrays.items()
        if keep is None or name in keep or name in ALWAYS
    }


def clear(database: Database, where: Ints, out: Arrays) -> None:
    """Leave nothing of the answers of some points, which are to be filled anew."""
    for name, one in _blank_point(database).items():
        out[name][where] = one


def blank(out: Arrays) -> None:
    """Leave no number where a point has no answer."""
    failed = out["status"] != CERTIFIED
    if failed.any():
        for name in _OF_SLOTS:
            if name in out:
                out[name][failed] = np.nan


def slot_order(
    database: Database, phase_id: Ints, fractions: Floats
) -> tuple[Ints, NDArray[np.int8]]:
    """Return the order of the slots of n points, and the instances that they hold then.

    Parameters
    ----------
    phase_id : (n, N) array
        -1 in slots that hold nothing.
    fractions : (n, N, C) array
        Mole fractions of the oxides.
    """
    order, instance = np.zeros(phase_id.shape, np.int64), np.zeros(phase_id.shape, np.int8)
    ids = phase_id.astype(np.int64)
    brief(order_slots, len(ids))(told_by(database), ids, fractions, order, instance)
    return order, instance


def fill(
    database: Database, reduced: Reduced, results: Results, bulk: Floats, where: Ints, out: Arrays
) -> None:
    """Write the answers of one reduced database into the variables of all points.

    Parameters
    ----------
    bulk : (m, C) array
        Bulk compositions of these points, in the database's components.
    where : (m,) array of int
        Their places among all points.
    out : dict
        From `empty`.
    """
    given = naming(database, reduced, results, bulk, reduced.inside(bulk), where, out)
    brief(name_answers, len(where))(*given)


def naming(
    database: Database, reduced: Reduced, results: Results, bulk: Floats, inside: Floats,
    where: Ints, out: Arrays,
) -> tuple[Any, ...]:  # fmt: skip
    """Return what `name_answers` is given to do as `fill` does; of one thread at a time."""
    terms = terms_of(database, reduced)
    work = new_naming_work(n_slots(reduced.system.phases.composition.shape[2]), terms)
    named = Named(*(out[name] for name in Named._fields))
    return reduced.system.phases, terms, results, bulk, inside, where, work, named

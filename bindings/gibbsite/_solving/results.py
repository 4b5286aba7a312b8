"""From the engine's arrays to named quantities: fractions, compositions, instances in order."""

from collections.abc import Collection
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database, Reduced
from gibbsite_engine._interpreted import brief
from gibbsite_engine.layout import Floats, Ints, n_slots
from gibbsite_engine.naming import Named, name_answers, new_naming_work
from gibbsite_engine.results import Results
from gibbsite_engine.status import CERTIFIED

from .terms import terms_of

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


def empty(database: Database, n: int, keep: Collection[str] | None = None) -> Arrays:
    """Return variables of n points, to be filled, and blanked where that failed.

    Parameters
    ----------
    keep : collection of str, optional
        Names of those wanted, `ALWAYS` besides; by default all.
    """
    components = len(database.components)
    slots = n_slots(components)
    endmembers = max(len(phase.endmembers) for phase in database.phases)
    # Shape of each at a point, its type, and what it is before there is an answer.
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
        name: np.full((n, *shape), value, kind)
        for name, (shape, kind, value) in declared.items()
        if keep is None or name in keep or name in ALWAYS
    }


def clear(database: Database, where: Ints, out: Arrays) -> None:
    """Leave nothing of the answers of some points, which are to be filled anew."""
    for name, values in empty(database, len(where)).items():
        out[name][where] = values


def blank(out: Arrays) -> None:
    """Leave no number where a point has no answer."""
    failed = out["status"] != CERTIFIED
    if failed.any():
        for name in _OF_SLOTS:
            if name in out:
                out[name][failed] = np.nan


def slot_order(database: Database, phase_id: Ints, fractions: Floats) -> Ints:
    """Order of the slots of each point: by phase, then by composition; empty ones last.

    Instances of a phase on a solvus are numbered by falling amount of the first oxide of its order,
    of the second where that is the same, and so on: by composition alone.
    """
    orders = [phase.order for phase in database.phases]
    keys = np.zeros((1 + max(map(len, orders)), *phase_id.shape))
    keys[0] = np.where(phase_id < 0, len(database.phases), phase_id)
    for k in np.unique(phase_id[phase_id >= 0]):
        where = phase_id == k
        for row, oxide in enumerate(orders[k], start=1):
            keys[row][where] = -fractions[where][:, database.components.index(oxide)]
    return np.lexsort(keys[::-1], axis=1)  # the last key is the first one that counts


def instances(phase_id: Ints) -> NDArray[np.int8]:
    """Count each slot among those of its phase, the slots being sorted."""
    number = np.zeros(phase_id.shape, np.int8)
    for slot in range(1, phase_id.shape[1]):
        same = (phase_id[:, slot] == phase_id[:, slot - 1]) & (phase_id[:, slot] >= 0)
        number[:, slot] = np.where(same, number[:, slot - 1] + 1, 0)
    return number


def fill(
    database: Database, reduced: Reduced, results: Results, bulk: Floats, where: Ints, out: Arrays
) -> None:
    """Write the answers of one reduced system into the variables of all points.

    Parameters
    ----------
    bulk : (m, C) array
        Bulk compositions of these points, in the database's components.
    where : (m,) array of int
        Their places among all points.
    out : dict
        From `empty`.
    """
    out["status"][where] = results.status
    out["answered_by"][where] = results.answered_by
    out["iterations"][where] = results.iterations
    out["bulk_mol"][where] = np.where(database.is_open, 0.0, bulk)
    present = np.flatnonzero(reduced.present)
    excess = results.excess
    out["excess_component"][where] = np.where(excess >= 0, present[excess], -1)
    terms, inside = terms_of(database, reduced), reduced.inside(bulk)
    work = new_naming_work(results.phase.shape[1], terms)
    named = Named(*(out[name] for name in Named._fields))
    brief(name_answers, len(where))(
        reduced.system.phases, terms, results, inside, where, work, named
    )

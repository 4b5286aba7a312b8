"""From the engine's arrays to named quantities: fractions, compositions, instances in order."""

from collections.abc import Collection
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database, Reduced
from gibbsite_engine.layout import Floats, Ints, n_slots
from gibbsite_engine.results import Results
from gibbsite_engine.status import CERTIFIED

# An instance below this [mol of formula per mole of oxides] is a limit of the arithmetic, no phase.
_LEAST_AMOUNT = 1e-12

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


def _expand(
    database: Database, reduced: Reduced, results: Results, endmembers: int
) -> tuple[Ints, Floats, Floats]:
    """Phase ids, end-member proportions and oxides per mol of formula, in the database's terms."""
    n, slots = results.phase.shape
    phase_id = np.full((n, slots), -1, np.int64)
    proportions = np.zeros((n, slots, endmembers))
    oxides = np.zeros((n, slots, len(database.components)))
    for k, number in enumerate(reduced.ids):
        where = results.phase == k
        if where.any():
            p = reduced.phases[k].to_whole(results.proportions[where])
            phase_id[where] = number
            proportions[where, : p.shape[1]] = p
            oxides[where] = p @ database.phases[number].model.composition
    return phase_id, proportions, oxides


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


def _shares(part: Floats) -> Floats:
    return np.asarray(part / part.sum(axis=1, keepdims=True))


def _take_up(
    reduced: Reduced, potentials: Floats, oxides: Floats, points: Ints, out: Arrays
) -> None:
    """Write what rocks hold of the opened components, and count it in their energy.

    Parameters
    ----------
    potentials : (m, O) array
        kJ/mol.
    oxides : (m, C) array
        mol of oxide in all phases.
    points : (m,) array of int
        Their places among all points.
    """
    opened = list(reduced.opened)
    out["bulk_mol"][points[:, None], opened] = oxides[:, opened]
    inside = (oxides @ reduced.basis)[:, opened]
    out["gibbs_energy"][points] += (inside * potentials).sum(axis=1)


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
    good = results.status == CERTIFIED
    if good.any():
        some = Results(*(column[good] for column in results))
        amount, oxides = _fill_slots(database, reduced, some, where[good], out)
        _fill_plane(reduced, some, bulk[good], where[good], out)
        if database.opened:
            held = (amount[:, :, None] * oxides).sum(axis=1)
            _take_up(reduced, some.given, held, where[good], out)


def _fill_slots(
    database: Database, reduced: Reduced, some: Results, points: Ints, out: Arrays
) -> tuple[Floats, Floats]:
    """Write the phases of certified points, and what they are together.

    Returns
    -------
    (m, N), (m, N, C) arrays
        Amounts in the order of slots, and the oxides in a mole of formula of each.
    """
    used = int(some.number.max())  # slots; the others stay as they are
    some = some._replace(
        phase=some.phase[:, :used],
        amount=some.amount[:, :used],
        molar=some.molar[:, :used],
        proportions=some.proportions[:, :used],
    )
    phase_id, proportions, oxides = _expand(database, reduced, some, out["proportions"].shape[2])
    phase_id[some.amount <= _LEAST_AMOUNT] = -1
    total = oxides.sum(axis=2, keepdims=True)
    fractions = np.divide(oxides, total, out=np.zeros_like(oxides), where=total > 0)
    order = slot_order(database, phase_id, fractions)
    slots = slice(order.shape[1])
    rows = np.arange(len(points))[:, None]
    phase_id = phase_id[rows, order]
    empty_slot = phase_id < 0
    amount = np.where(empty_slot, 0.0, some.amount[rows, order])
    oxides, molar = oxides[rows, order], some.molar[rows, order]
    volume = amount * molar[:, :, 0]
    mass = amount * (oxides @ np.array(database.molar_masses))
    out["phase_id"][points, slots] = phase_id
    out["instance"][points, slots] = instances(phase_id)
    out["amount_mol"][points, slots] = amount
    out["mole_fraction"][points, slots] = _shares(amount * oxides.sum(axis=2))
    out["mass_fraction"][points, slots] = _shares(mass)
    out["volume_fraction"][points, slots] = _shares(volume)
    out["proportions"][points, slots] = np.where(
        empty_slot[:, :, None], 0.0, proportions[rows, order]
    )
    out["phase_composition_mol"][points, slots] = np.where(
        empty_slot[:, :, None], 0.0, fractions[rows, order]
    )
    out["entropy"][points] = (amount * molar[:, :, 1]).sum(axis=1)
    out["volume"][points] = volume.sum(axis=1)
    # g/mol over kJ/(kbar mol): 1 kJ/kbar is 10 cm3, so 100 times that is kg/m3
    out["density"][points] = 100.0 * mass.sum(axis=1) / volume.sum(axis=1)
    return amount, oxides


def _fill_plane(reduced: Reduced, some: Results, bulk: Floats, points: Ints, out: Arrays) -> None:
    """Write the plane of certified points: potentials, energy, and how sure it is."""
    out["chemical_potential"][points] = reduced.potentials(some.gamma, some.given)
    out["gibbs_energy"][points] = (some.gamma * reduced.inside(bulk)).sum(axis=1)
    out["optimality_residual"][points] = some.residuals[:, 0]
    out["mass_residual"][points] = some.residuals[:, 2]
    out["lowest_driving_force"][points] = some.residuals[:, 3]
    ids = np.array(reduced.ids, np.int16)
    lowest = some.lowest_phase
    out["lowest_driving_force_phase"][points] = np.where(lowest >= 0, ids[lowest], -1)

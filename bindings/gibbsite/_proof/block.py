"""Neighbouring points as the proof of many takes them, and groups of them with their control points."""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy.special import xlogy

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.limits import to_kelvin
from gibbsite_engine._interpreted import brief
from gibbsite_engine.factors import N_FACTORS, ONE, factors_at, plain_factors
from gibbsite_engine.layout import Booleans, Floats, Ints
from gibbsite_engine.proof import points as engine
from gibbsite_engine.standard import fill_standard, new_conditions

from .controls import block_diagonal, controls


class PointGroup(NamedTuple):
    """Some points of a block, with their control points."""

    laid: engine.GroupControls
    centre: int
    """The control point in the middle of those of the most frequent assemblage."""

    @property
    def size(self) -> int:
        """Number of points."""
        return len(self.laid.mine)


class Block:
    """Points of one set of components, of neighbouring rows and columns."""

    def __init__(self, points: engine.BlockPoints, rows: Ints, columns: Ints) -> None:
        self.points, self.rows, self.columns = points, rows, columns
        self._groups: dict[bytes, PointGroup] = {}
        self._parts: dict[bytes, list[Ints]] = {}

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.rows)

    def group(self, mine: Ints) -> PointGroup:
        """Lay the control points of some points; phases share them.

        Each assemblage has its own: where they meet potentials have a kink.
        """
        key = mine.tobytes()
        if key not in self._groups:
            self._groups[key] = self._laid(mine)
        return self._groups[key]

    def _laid(self, mine: Ints) -> PointGroup:
        parts, values = self.by_assemblage(mine), self.points.values
        made = [controls(self.rows[part], self.columns[part]) for part in parts]
        mine, end = np.concatenate(parts), values.shape[1]
        weights = block_diagonal([each.weights for each in made])
        fitted = np.zeros((weights.shape[1] + 1, end))
        chosen = [values[p[each.chosen]] for p, each in zip(parts, made, strict=True)]
        np.concatenate(
            [each.fit @ v for each, v in zip(made, chosen, strict=True)], out=fitted[:-1]
        )
        fitted[:-1, ONE - N_FACTORS] = 1.0  # as at all points
        laid = engine.GroupControls(mine, weights, fitted, np.zeros(end), np.zeros((4, N_FACTORS)))
        engine.measure(values, *laid)
        return PointGroup(laid, made[0].centre)

    def course(self, mine: Ints) -> Ints:
        """Return the order of some points in which each lies beside the one before."""
        rows, columns = self.rows[mine], self.columns[mine]
        return np.lexsort((np.where(rows % 2, -columns, columns), rows))

    @cached_property
    def assemblages(self) -> Ints:
        """Number of the assemblage of each point."""
        phase_id = self.points.phase_id
        base, slots = int(phase_id.max()) + 2, phase_id.shape[1]
        if base**slots < 2**63:  # one number is compared faster than many
            phase_id = (phase_id + 1) @ base ** np.arange(slots)
        if (phase_id == phase_id[0]).all():
            return np.zeros(len(self), np.int64)
        return np.unique(phase_id, axis=0, return_inverse=True)[1].ravel()

    def by_assemblage(self, mine: Ints) -> list[Ints]:
        """Return points apart by their assemblages, the most frequent first."""
        key = mine.tobytes()
        if key not in self._parts:
            count = np.bincount(which := self.assemblages[mine])
            order = np.argsort(-count, kind="stable")[: np.count_nonzero(count)]
            self._parts[key] = [mine[which == g] for g in order] if len(order) > 1 else [mine]
        return self._parts[key]

    @cached_property
    def _by_slot(self) -> Ints:
        return np.ascontiguousarray(self.points.phase_id.T)

    def by_number(self, place: int) -> list[tuple[int, Ints]]:
        """Return how often a phase is present, and the points at which it is so often."""
        number = np.count_nonzero(self._by_slot == place, axis=0)
        if (number == number[0]).all():
            return [(int(number[0]), np.arange(len(self)))]
        return [(int(n), np.flatnonzero(number == n)) for n in np.unique(number)]

    def quarters(self, mine: Ints) -> list[Ints]:
        """Return the points of the four quarters of a group, those that have any."""
        rows, columns = self.rows[mine], self.columns[mine]
        low = rows > (rows.min() + rows.max()) // 2
        left = columns > (columns.min() + columns.max()) // 2
        parts = (mine[at] for at in (low & left, low & ~left, ~low & ~left, ~low & left))
        return [part for part in parts if len(part)]


def block(
    data: Database, mask: Booleans, points: dict[str, Any], here: Ints,
    standard: tuple[Floats, Ints], places: tuple[Ints, Ints],
) -> Block:  # fmt: skip
    """Put points into the terms of the reduced database.

    Parameters
    ----------
    points : dict
        See `prove_points`.
    here : (n,) array of int
        Which of them.
    standard : (m, K, I) array, (n,) array of int
        Standard energies; which of them are those of these points.
    places : two (n,) arrays of int
        Row and column.
    """
    reduced = data.reduced(mask)
    members = reduced.system.phases.n_endmembers
    kelvin = to_kelvin(points["temperature_C"][here])
    gamma = reduced.of_oxides(points["chemical_potential"][here])
    gas, pressure = reduced.system.endmembers.gas_constant, points["pressure_kbar"][here]
    end = int(members.sum())
    values = np.empty((len(here), end + gamma.shape[1] + N_FACTORS))
    engine.gather(*standard, members, values)
    values[:, end:-N_FACTORS] = gamma
    values[:, -N_FACTORS:] = factors_at(gas, pressure, kelvin)
    phase_id = points["phase_id"][here].astype(np.int64)
    proportions = points["proportions"]
    if not np.array_equal(here, np.arange(len(proportions))):  # a copy of all takes its time
        proportions = proportions[here]
    proportions = np.ascontiguousarray(proportions, np.float64)
    return Block(engine.BlockPoints(values, phase_id, proportions), *places)


def of_one(reduced: Reduced, values: Floats) -> dict[int, Floats]:
    """Return phases of one composition -> driving force at points, (n,) kJ per mole of formula.

    Parameters
    ----------
    values : (n, L) array
        See `engine.BlockPoints`.
    """
    phases = reduced.system.phases
    chosen = np.flatnonzero(phases.n_endmembers == 1)
    first = np.cumsum(phases.n_endmembers)[chosen] - 1
    y, m = phases.occupancy[chosen, :, 0], phases.multiplicity[chosen]
    real = np.arange(y.shape[1]) < phases.n_species[chosen, None]
    entropy = phases.log_constant[chosen, 0] + np.where(real, m * xlogy(y, y), 0.0).sum(axis=1)
    q = phases.interaction[chosen, 0, 0] / phases.size[chosen, 0, None]
    content = phases.composition[chosen, 0]
    gamma, factors = values[:, -N_FACTORS - content.shape[1] : -N_FACTORS], values[:, -N_FACTORS:]
    above = values[:, first] - gamma @ content.T + factors @ np.vstack([entropy, 0.5 * q.T])
    return dict(zip(chosen.tolist(), above.T, strict=True))


def standard_energies(data: Database, mask: Booleans, points: dict[str, Any], here: Ints) -> Floats:
    """Work out the standard energies of points, (n, K, I)."""
    system = data.reduced(mask).system
    pairs = points["pressure_kbar"][here] + 1j * points["temperature_C"][here]
    unique, which = np.unique(pairs, return_inverse=True)
    scratch = new_conditions(system)
    found = np.zeros((len(unique), *scratch.g0.shape))
    p, t = np.ascontiguousarray(unique.real), to_kelvin(unique.imag)
    brief(fill_standard, len(p))(system, p, t, scratch, found)
    standard = np.asarray(found[which.ravel()])
    if "given" not in points:
        return standard
    differs = points["given"][here] - system.opened.energy
    p, t = points["pressure_kbar"][here], to_kelvin(points["temperature_C"][here])
    lower = np.einsum("nof,nf->no", differs, plain_factors(p, t))
    return np.asarray(standard - np.einsum("kio,no->nki", system.opened.amount, lower))

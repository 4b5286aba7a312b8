"""All phases of many points at once: those of one assemblage in a block of a grid together.

Which points are proved depends on the block alone, never on what was proved before.
"""

from collections.abc import Iterator
from threading import local
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from gibbsite._inputs.database import ON_FACET_BELOW, Database, Reduced
from gibbsite._inputs.limits import to_celsius, to_kelvin
from gibbsite._section.section import SectionPoints
from gibbsite._solving.results import Arrays
from gibbsite._solving.solve import Energies, Prove
from gibbsite._store.schema import PROOF_BITS
from gibbsite_engine.layout import Booleans, Floats, Ints
from gibbsite_engine.proof.branch import PROVED, Search, Stationary, new_stationary
from gibbsite_engine.proof.cells import Cells, compact, new_cells, put
from gibbsite_engine.proof.chart import Chart, Energy
from gibbsite_engine.proof.driving import X, Y
from gibbsite_engine.proof.group import Course, find_minimum, prove_group, trace_minimum
from gibbsite_engine.proof.span import Span
from gibbsite_engine.standard import fill_standard, new_conditions
from gibbsite_engine.status import CERTIFIED

from .controls import Controls, controls
from .phase import TOLERANCE, NoChart, best_seeds, charts, coordinates, new_room
from .tables import Tables, tables

_BLOCK = 32


class Partition(NamedTuple):
    """What did for some points, to begin with at others."""

    cells: dict[tuple[int, int], Cells | None]
    """(phase, references) -> cells; None where none were found."""
    minima: dict[int, Floats]
    """Absent phase -> x of its minimum."""

    @classmethod
    def none(cls) -> "Partition":
        """Nothing is known."""
        return cls({}, {})


Partitions = dict[tuple[bool, ...], Partition]
# Room for the vertices of a stack of cells.
_ROWS = 60_000
# Sets of components whose room a thread keeps.
_KEPT = 3
# Vertices that one attempt to prove a phase may look at beside those it begins with: in a block,
# and where cells are sought for many of them. So many attempts may fail.
_BUDGET, _FRESH, _GENEROUS = 4000, 12_000, 60_000
_ATTEMPTS = 2
# Cells that have more vertices are of no use elsewhere.
_LARGE = 20_000
# How cells are cut about references; see `Search`.
_PREFER, _SHARE, _LEAST_CUT = 0.3, 0.15, 0.05
# kJ per unit of size: a phase that comes nearer to the plane is followed through all points.
_NEAR = 0.02
_DESCENTS, _FOLLOWING = 60, 4
# Of the mean curvature: what bounds by a quadratic have to spare.
_ROOM = 0.05
# Fewer points are not divided any more.
_FEW = 24
# kJ per unit of size: what sums of some hundred terms may be off, and as much again.
_MARGIN = 2e-9
# What the fractions of a reference may be off, relative.
_ROUNDING = 1e-12
# Begins with the whole polytope.
_WHOLE = new_cells(0, 1, 1)


def blocks(shape: tuple[int, ...]) -> Iterator[Ints]:
    """Yield the places of neighbouring points of a grid (or list), block by block, as 2-D arrays."""
    places = np.arange(int(np.prod(shape))).reshape(-1, *shape[-2:])
    for layer in places if places.ndim == 3 else places[:, None, :]:
        for i in range(0, layer.shape[0], _BLOCK):
            for j in range(0, layer.shape[1], _BLOCK):
                yield layer[i : i + _BLOCK, j : j + _BLOCK]


class _Points(NamedTuple):
    """Points of one set of components, n of them."""

    rows: Ints
    columns: Ints
    state: Floats
    """(n, 3) RT, P, T in kJ/mol, kbar, K."""
    base: tuple[Floats, ...]
    """K of (n, I) g0 - C'Gamma, kJ/mol."""
    phase_id: Ints
    """(n, N) by rising number, -1 in empty slots."""
    proportions: Floats
    """(n, N, I_all)"""

    def some(self, chosen: Any) -> "_Points":
        """Return those chosen."""
        return _Points(
            self.rows[chosen], self.columns[chosen], self.state[chosen],
            tuple(base[chosen] for base in self.base), self.phase_id[chosen],
            self.proportions[chosen],
        )  # fmt: skip


class _Group(NamedTuple):
    """Points of one assemblage, with their control points."""

    points: _Points
    controls: Controls
    state: Floats
    """(M, 3)"""

    @classmethod
    def of(cls, points: _Points) -> "_Group":
        """Lay the control points."""
        made = controls(points.rows, points.columns)
        return cls(points, made, made.fit(points.state))


class _References(NamedTuple):
    """J compositions where a phase touches the plane, or comes close to it, at each of n points."""

    x: Floats
    """(n, J, d)"""
    y: Floats
    """(n, J, S)"""
    above: Floats
    """(n, J) how far the tangent lies above what is asked, kJ per unit of size."""

    @property
    def good(self) -> Booleans:
        """(n) where no tangent lies below."""
        return np.asarray((self.above >= 0.0).all(axis=1))


class _Energies(NamedTuple):
    """The energy of a phase at M control points, as a `Span` has it."""

    constant: Floats
    linear: Floats
    quadratic: Floats
    rt: Floats

    def at(self, q: int) -> Energy:
        """Return that of one of them."""
        return Energy(float(self.constant[q]), self.linear[q], self.quadratic[q], float(self.rt[q]))


class Scratch:
    """Room for cells that a thread uses again and again, for the phases of one set of components."""

    _of_thread = local()

    def __init__(self, every: tuple[Chart | NoChart | None, ...], rows: int = _ROWS) -> None:
        self.room, self._every, self._rows = new_room(every, rows=rows), every, rows
        self._stacks: dict[tuple[int, int], Cells] = {}

    @classmethod
    def of(cls, data: Database, key: tuple[bool, ...]) -> "Scratch":
        """Return that of this thread; only the last few are kept."""
        kept: dict[Any, Scratch] = cls._of_thread.__dict__.setdefault("kept", {})
        every = charts(data, key)
        made = kept.pop(id(every), None)
        if made is None or made._every is not every:
            made = cls(every)
        kept[id(every)] = made
        while len(kept) > _KEPT:
            del kept[next(iter(kept))]
        return made

    def stack(self, k: int, references: int, at: Chart) -> Cells:
        """Return an empty stack for the cells of a phase."""
        if (k, references) not in self._stacks:
            self._stacks[k, references] = new_cells(self._rows, *at.site.shape[::-1])
        stack = self._stacks[k, references]
        stack.number[0] = 0
        return stack


class _Phase:
    """One phase in a block, with what it keeps from group to group."""

    def __init__(
        self, reduced: Reduced, k: int, of: Tables, tolerance: float, scratch: Scratch,
        begin: Partition, generous: bool,
    ) -> None:  # fmt: skip
        self.reduced, self.k, self.of = reduced, k, of
        self.scratch, self.room = scratch, scratch.room
        self.target = -tolerance / of.at.size_range[1]
        self.begin, self.generous = begin, generous
        self.attempts = 1 if generous else _ATTEMPTS
        self.leaves: dict[tuple[int, int], Cells | None] = {}
        self.minimum = begin.minima.get(k)

    def prove(self, group: _Group) -> Booleans:
        """Return where the phase is proved not to lie below the plane, (n,)."""
        points, of = group.points, self.of
        slots = np.flatnonzero(points.phase_id[0] == of.place)
        if self.attempts <= 0 or (
            len(slots) and self.begin.cells.get((self.k, len(slots)), 0) is None
        ):
            return np.zeros(len(points.rows), bool)  # left alone hereabouts
        fitted = group.controls.fit(points.base[self.k])
        e, needed = self.energies(group, fitted), self.target + _MARGIN
        needed = needed + self.remainder(group, fitted)
        minima = new_stationary(of.at.site.shape[1], len(of.at.multiplicity))
        if len(slots):
            references = self.present(points, slots)
        else:
            self.descend(e.at(group.controls.centre), group, minima)
            references = self.close(points, needed)
        if not np.isfinite(needed).all() or not references.good.any():
            return np.zeros(len(needed), bool)
        span = self.span(group, e, needed, references)
        if self.run(span, minima):
            return references.good
        if self.leaves[self.k, len(span.x)] is None:  # left alone hereabouts
            return np.zeros(len(needed), bool)
        return self.quartered(group)

    def quartered(self, group: _Group) -> Booleans:
        """Prove the quarters of a group one by one, as long as there is budget."""
        points, out = group.points, np.zeros(len(group.points.rows), bool)
        if len(out) <= _FEW:
            return out
        low = points.rows > (points.rows.min() + points.rows.max()) // 2
        left = points.columns > (points.columns.min() + points.columns.max()) // 2
        for part in (low & left, low & ~left, ~low & ~left, ~low & left):
            if part.any() and self.attempts > 0:
                out[part] = self.prove(_Group.of(points.some(part)))
        return out

    def energies(self, group: _Group, base: Floats) -> _Energies:
        """Return the energies at the control points, of (M, I) g0 - C'Gamma there."""
        of = self.of
        rt, p, t = group.state.T
        g = base + rt[:, None] * of.log_constant
        slope = self.products(of.at.origin[None, :], group.state)
        quadratic = of.bend[0] + np.multiply.outer(t, of.bend[1]) + np.multiply.outer(p, of.bend[2])
        return _Energies(
            (g + 0.5 * slope) @ of.at.origin, (g + slope) @ of.at.basis, quadratic, rt.copy()
        )

    def products(self, z: Floats, state: Floats) -> Floats:
        """Return Q z at the P and T of each row, (n, I)."""
        q = self.of.interaction
        return np.asarray(
            z @ q[0] + state[:, 2, None] * (z @ q[1]) + state[:, 1, None] * (z @ q[2])
        )

    def remainder(self, group: _Group, base: Floats) -> Floats:
        """Return what the mean of the control points may be too high at each point, (n,)."""
        of, weights = self.of, group.controls.weights
        delta = group.points.base[self.k] - weights @ base
        state = np.abs(group.points.state - weights @ group.state)
        rest = of.extremes @ state[:, [0, 2, 1]].T
        rest = rest + state[:, 0] * float(np.abs(of.corners @ of.log_constant).max())
        return np.asarray(rest - (of.corners @ delta.T).min(axis=0))

    def present(self, points: _Points, slots: Ints) -> _References:
        """Return the compositions of the phase in the answers, in the same order at all points."""
        of = self.of
        p = points.proportions[:, slots, : len(of.to_reduced)] @ of.to_reduced
        p = p / (p @ of.at.size)[..., None]
        if len(slots) > 1:
            middle = p[len(p) // 2]
            order = (p @ (middle[-1] - middle[0])).argsort(axis=1)
            p = np.take_along_axis(p, order[..., None], axis=1)
        x, y = (p - of.at.origin) @ of.at.basis, p @ of.sites.T
        return _References(x, y, self.tangents(points, x, y))

    def tangents(self, points: _Points, x: Floats, y: Floats) -> Floats:
        """Return how far the tangents at (n, J) references lie above the target, (n, J).

        About r with fractions eta the tangent is lin.z + RT sum m y ln eta + r'Q z - r'Q r/2.
        """
        of, rt = self.of, points.state[:, 0, None]
        linear, above = points.base[self.k] + rt * of.log_constant, np.zeros(x.shape[:2])
        for j in range(x.shape[1]):
            eta = y[:, j] / (y[:, j] @ of.members @ of.members.T)
            z = of.at.origin + x[:, j] @ of.at.basis.T
            q = self.products(z, points.state)
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = rt * of.at.multiplicity * np.log(eta)
            height = of.corners @ (linear + q).T + of.at.corner_sites @ logs.T
            above[:, j] = height.min(axis=0) - 0.5 * np.einsum("ni,ni->n", q, z)
        return np.asarray(above - self.target - _MARGIN)

    def descend(self, e: Energy, group: _Group, minima: Stationary) -> None:
        """Look for the minimum of an absent phase in the middle of a group, and note it."""
        at, work = self.of.at, self.room.work
        if self.minimum is None:
            centre = group.controls.centre
            base = group.controls.fit(group.points.base[self.k])[centre]
            seed = best_seeds(self.reduced, self.k, base, group.state[centre])[0]
            self.minimum = coordinates(at, seed)
        d = len(self.minimum)
        work.vectors[X, :d] = self.minimum
        find_minimum(at, e, minima, _DESCENTS, work)
        self.minimum = work.vectors[X, :d].copy()

    def close(self, points: _Points, needed: Floats) -> _References:
        """Return the minimum of an absent phase at all points, if it comes close to the plane.

        Begins with the one that the last descent has left.
        """
        at, work, n = self.of.at, self.room.work, len(needed)
        d, species = at.site.shape[1], len(at.multiplicity)
        x, y = work.vectors[X, :d].copy(), work.sites[Y, :species].copy()
        none = _References(np.zeros((n, 0, d)), np.zeros((n, 0, species)), np.zeros((n, 0)))
        z = at.origin + at.basis @ x
        entropy = at.multiplicity @ (y * np.log(y / (y @ self.of.members @ self.of.members.T)))
        linear = points.base[self.k] + points.state[:, :1] * self.of.log_constant
        quadratic = self.products(z[None, :], points.state) @ z
        height = linear @ z + 0.5 * quadratic + points.state[:, 0] * entropy
        if (height > np.maximum(_NEAR, 3.0 * needed)).all():
            return none
        order = np.lexsort((np.where(points.rows % 2, -1, 1) * points.columns, points.rows))
        course = Course(
            order, points.base[self.k], points.state, np.zeros((n, d)), np.zeros((n, species))
        )
        room = Energy(0.0, np.zeros(d), np.zeros((d, d)), 0.0)
        trace_minimum(at, self.reduced.system.phases, self.k, course, _FOLLOWING, room, work)
        x, y = course.x[:, None], course.y[:, None]
        return _References(x, y, self.tangents(points, x, y))

    def span(self, group: _Group, e: _Energies, needed: Floats, references: _References) -> Span:
        """Put together what the kernel asks for; points whose tangents fail are not claimed."""
        of, state = self.of, group.points.state
        good = slice(None) if references.good.all() else references.good
        x, y = references.x[good], references.y[good]
        eta = y / (y @ of.members @ of.members.T)
        low, high = state.min(axis=0), state.max(axis=0)
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        curvature = of.bend[0] + middle[2] * of.bend[1] + middle[1] * of.bend[2]
        curvature = curvature - half[2] * of.slopes[0] - half[1] * of.slopes[1]
        return Span(
            *e, group.controls.centre, group.controls.weights[good], needed[good],
            float(needed[good].max()), float(low[0]), curvature, x.mean(axis=0), y.mean(axis=0),
            eta.min(axis=0) * (1.0 - _ROUNDING), eta.max(axis=0) * (1.0 + _ROUNDING),
            np.ascontiguousarray(x.swapaxes(0, 1)), references.above[good].min(axis=0),
            _spread(x),
        )  # fmt: skip

    def run(self, span: Span, minima: Stationary) -> bool:
        """Whether the cells of the last group, cut further, do for this one."""
        of, key = self.of, (self.k, len(span.x))
        if key not in self.leaves:
            self.leaves[key] = self.fresh(key)
        leaves = self.leaves[key]
        if leaves is None:
            return False
        bounds, begun = np.zeros(len(span.rt)), int(leaves.start[leaves.number[0]])
        most = _GENEROUS if self.generous else (_BUDGET + 3 * begun // 2 if begun else _FRESH)
        search = Search(
            target=span.most_needed, most_vertices=most, room=_ROOM, prefer=_PREFER,
            share=_SHARE, least_cut=_LEAST_CUT,
        )  # fmt: skip
        status, _, _ = prove_group(
            of.at, span, minima, search, self.room.cells, leaves, bounds, self.room.work
        )
        if status != PROVED:
            self.attempts -= 1
            leaves = None if self.generous else self.fresh(key)
        elif self.generous and leaves.start[leaves.number[0]] > _LARGE:
            leaves = None
        self.leaves[key] = leaves
        return bool(status == PROVED)

    def fresh(self, key: tuple[int, int]) -> Cells | None:
        """Return the cells to begin with: the whole polytope, or those of a partition."""
        species, d = self.of.at.site.shape
        made, begin = self.scratch.stack(*key, self.of.at), self.begin.cells.get(key, _WHOLE)
        if begin is None:
            return None
        for c in range(int(begin.number[0])):
            put(begin, c, made, d, species)
        return made

    def found(self, partition: Partition) -> None:
        """Add the cells that did, and where the minimum was."""
        species, d = self.of.at.site.shape
        for key, cells in self.leaves.items():
            partition.cells[key] = None if cells is None else compact(cells, d, species)
        if self.minimum is not None:
            partition.minima[self.k] = self.minimum


def prove_points(
    data: Database, points: dict[str, Any], certified: Booleans, shape: tuple[int, ...],
    tolerance: float, energies: Energies | None = None,
    begin: Partitions | None = None, found: Partitions | None = None,
) -> NDArray[np.int8]:  # fmt: skip
    """Prove the phases of all certified points of a grid, as far as neighbours can do it together.

    Parameters
    ----------
    points : dict
        Variables of a result, flat over the points, with pressure_kbar and temperature_C, and with
        `given` where potentials differ from point to point; see `gibbsite._solving.given`.
    certified : (n,) array of bool
        SectionPoints to look at.
    shape : tuple of int
        The grid.
    tolerance : float
        kJ per mole of formula that a phase may lie below the plane.
    energies : dict, optional
        Components present -> the points that have them, and their standard energies as
        `solve_grid` gives them; worked out where they are left out.
    begin : dict, optional
        Components present -> cells to begin with.
    found : dict, optional
        Filled with the cells that did, to begin with elsewhere. More effort goes into them.

    Returns
    -------
    (n, K) array of int8
        Bits of each phase; 0 where it is not proved.
    """
    out = np.zeros((len(certified), len(data.phases)), np.int8)
    place = np.zeros(len(certified), np.int64)
    for places in blocks(shape):
        flat = places.ravel()
        masks = np.isfinite(points["chemical_potential"][flat]) & ~data.is_open
        held = (points["bulk_mol"][flat] > ON_FACET_BELOW) & ~data.is_open
        # where nothing fixes a potential a plane must first be made of the phases: not cheap
        good = certified[flat] & (masks == held).all(axis=1)
        for mask in _different(masks[good]):
            chosen = good & (masks == mask).all(axis=1)
            here, key = flat[chosen], tuple(mask.tolist())
            if energies is None:
                standard = _standard(data, mask, points, here)
            else:
                place[energies[key][0]] = np.arange(len(energies[key][0]))
                standard = energies[key][1][place[here]]
            taken = _taken(data, mask, points, here, standard)
            rows, columns = (a.ravel()[chosen] for a in np.indices(places.shape))
            taken = taken._replace(rows=rows, columns=columns)
            start = begin.get(key, Partition.none()) if begin else Partition.none()
            into = None if found is None else found.setdefault(key, Partition.none())
            out[here] = _prove_block(data, key, taken, tolerance, start, into)
    return out


def prover(
    data: Database, points: SectionPoints, shape: tuple[int, ...], *,
    begin: Partitions | None = None, found: Partitions | None = None,
) -> Prove:  # fmt: skip
    """Return what `solve_grid` asks for: the proof of the points of a section; see `prove_points`."""
    where = {
        "pressure_kbar": points.pressure_kbar,
        "temperature_C": to_celsius(points.temperature_K),
    }

    def prove(arrays: Arrays, energies: Energies) -> NDArray[np.int8]:
        certified = arrays["status"] == CERTIFIED
        return prove_points(
            data, arrays | where, certified, shape, TOLERANCE, energies, begin, found
        )

    return prove


def _spread(x: Floats) -> Floats:
    """Return (J, d, d) rows that span a box about the mean of (n, J, d) points, each half of a side."""
    away = (x - x.mean(axis=0)).swapaxes(0, 1)
    axes = np.linalg.eigh(away.swapaxes(1, 2) @ away)[1]
    return np.asarray(np.abs(away @ axes).max(axis=1)[..., None] * axes.swapaxes(1, 2))


def _different(masks: Booleans) -> Booleans:
    """Return the different rows; most often there is one."""
    if len(masks) and (masks == masks[0]).all():
        return masks[:1]
    return np.unique(masks, axis=0)


def _assemblages(phase_id: Ints) -> list[Ints]:
    """Return the points of each assemblage, the most frequent first."""
    if (phase_id == phase_id[0]).all():
        return [np.arange(len(phase_id))]
    _, which, count = np.unique(phase_id, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(-count, kind="stable")
    return [np.flatnonzero(which.ravel() == g) for g in order]


def _standard(data: Database, mask: Booleans, points: dict[str, Any], here: Ints) -> Floats:
    """Work out the standard energies of points, (n, K, I)."""
    system = data.reduced(mask).system
    pairs = points["pressure_kbar"][here] + 1j * points["temperature_C"][here]
    unique, which = np.unique(pairs, return_inverse=True)
    scratch = new_conditions(system)
    found = np.zeros((len(unique), *scratch.g0.shape))
    p, t = np.ascontiguousarray(unique.real), to_kelvin(unique.imag)
    fill_standard(system, p, t, scratch, found)
    standard = np.asarray(found[which.ravel()])
    if "given" not in points:
        return standard
    differs = points["given"][here] - system.opened.energy
    p, t = points["pressure_kbar"][here], to_kelvin(points["temperature_C"][here])
    lower = np.einsum("nof,nf->no", differs, np.column_stack([np.ones_like(t), t, p]))
    return np.asarray(standard - np.einsum("kio,no->nki", system.opened.amount, lower))


def _taken(
    data: Database, mask: Booleans, points: dict[str, Any], here: Ints, standard: Floats
) -> _Points:
    """Put points into the terms of the reduced database."""
    reduced = data.reduced(mask)
    phases = reduced.system.phases
    gamma = reduced.of_oxides(points["chemical_potential"][here])
    kelvin = to_kelvin(points["temperature_C"][here])
    base = tuple(
        standard[:, k, :n] - gamma @ phases.composition[k, :n].T
        for k, n in enumerate(phases.n_endmembers)
    )
    state = np.column_stack(
        [reduced.system.endmembers.gas_constant * kelvin, points["pressure_kbar"][here], kelvin]
    )
    none = np.zeros(0, np.int64)
    return _Points(none, none, state, base, points["phase_id"][here], points["proportions"][here])


def _of_one(reduced: Reduced, k: int, state: Floats) -> Floats:
    """Return the energy of mixing of a phase of one composition, (n,) kJ per mole of formula."""
    phases = reduced.system.phases
    species = int(phases.n_species[k])
    y, m = phases.occupancy[k, :species, 0], phases.multiplicity[k, :species]
    entropy = float(phases.log_constant[k, 0] + m @ xlogy(y, y))
    q = phases.interaction[k, 0, 0] / phases.size[k, 0]
    return np.asarray(state[:, 0] * entropy + 0.5 * (q[0] + state[:, 1:] @ q[[2, 1]]))


def _prove_block(
    data: Database, key: tuple[bool, ...], points: _Points, tolerance: float,
    begin: Partition, found: Partition | None,
) -> NDArray[np.int8]:  # fmt: skip
    """Prove all phases of points of one set of components, (n, K) bits; add the cells that did."""
    reduced, n = data.reduced(np.array(key)), len(points.rows)
    bits = np.full((n, len(data.phases)), PROOF_BITS["takes_no_part"], np.int8)
    scratch = Scratch.of(data, key)
    solutions = {
        k: _Phase(reduced, k, of, tolerance, scratch, begin, found is not None)
        for k, of in enumerate(tables(data, key))
        if of is not None
    }
    for k, phase in enumerate(reduced.phases):
        bits[:, phase.place] = 0
        if points.base[k].shape[1] == 1:
            above = points.base[k][:, 0] + _of_one(reduced, k, points.state) >= -tolerance
            bits[above, phase.place] = PROOF_BITS["proved_whole"]
    for mine in _assemblages(points.phase_id):
        group = _Group.of(points.some(mine))
        for solution in solutions.values():
            proved = solution.prove(group)
            bits[mine, solution.of.place] = np.where(proved, PROOF_BITS["proved_nearby"], 0)
    if found is not None:
        for solution in solutions.values():
            solution.found(found)
    return bits

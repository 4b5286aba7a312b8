"""All phases of many points at once: those of a block of a grid at which a phase is as often present.

Which points are proved depends on the block alone, never on what was proved before.
"""

from collections.abc import Iterator
from functools import lru_cache
from threading import local
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.limits import to_celsius
from gibbsite._section.section import SectionPoints
from gibbsite._solving.results import Arrays
from gibbsite._solving.solve import Energies, Prove
from gibbsite._store.schema import PROOF_BITS
from gibbsite_engine.factors import N_FACTORS, RT
from gibbsite_engine.layout import Booleans, Floats, Ints
from gibbsite_engine.proof.branch import PROVED, ROOM_LIMIT, Search, Stationary, new_stationary
from gibbsite_engine.proof.cells import Cells, compact, new_cells, put_all, rows
from gibbsite_engine.proof.chart import Chart
from gibbsite_engine.proof.driving import X
from gibbsite_engine.proof.group import Stacks, prove_group
from gibbsite_engine.proof.points import (
    LEAST,
    Found,
    Tables,
    refer_to_present,
    settle,
    survey,
    trace_minimum,
)
from gibbsite_engine.proof.softness import softness
from gibbsite_engine.proof.span import Span
from gibbsite_engine.status import CERTIFIED

from .block import Block, PointGroup, block, of_one, standard_energies
from .phase import TOLERANCE, NoChart, best_seeds, charts, coordinates, new_room
from .tables import tables

# What is proved of a phase holds all over a block: among more points compositions range too widely.
_BLOCK = 32


def blocks(shape: tuple[int, ...]) -> Iterator[Ints]:
    """Yield the places of neighbouring points of a grid (or list), block by block, as 2-D arrays."""
    places = np.arange(int(np.prod(shape))).reshape(-1, *shape[-2:])
    for layer in places if places.ndim == 3 else places[:, None, :]:
        for i in range(0, layer.shape[0], _BLOCK):
            for j in range(0, layer.shape[1], _BLOCK):
                yield layer[i : i + _BLOCK, j : j + _BLOCK]


def with_their_blocks(chosen: Booleans, shape: tuple[int, ...]) -> Booleans:
    """Return the points that share a block with one that is chosen."""
    out = np.zeros_like(chosen)
    for places in blocks(shape):
        out[places] = chosen[places].any()
    return out


class Partition(NamedTuple):
    """What did for some points, to begin with at others."""

    cells: dict[tuple[int, int], Cells]
    """(phase, how often it is present) -> cells."""
    minima: dict[int, Floats]
    """Absent phase -> x of its minimum."""
    left_alone: set[tuple[int, int]]
    """What could not be proved of any point."""

    @classmethod
    def none(cls) -> "Partition":
        """Nothing is known."""
        return cls({}, {}, set())

    def of(self, k: int, number: int) -> Cells:
        """Return the cells of a phase so often present, or about as often; none if there are none."""
        known = [n for phase, n in self.cells if phase == k and (n > 0) == (number > 0)]
        nearest = min(known, key=lambda n: abs(n - number), default=None)
        return _WHOLE if nearest is None else self.cells[k, nearest]


Partitions = dict[tuple[bool, ...], Partition]
# Room for the vertices of a stack of cells.
_ROWS = 60_000
# Sets of components whose room a thread keeps.
_KEPT = 3
# Vertices, by point, that an attempt to prove a phase may look at where nothing is known of it; that
# those it begins with may be; that all attempts that failed may have; and that groups of few points
# may have beyond that, by point of the block.
_FRESH, _WORTH, _WASTE, _SPARE = 24, 200, 8, 4
# The same of an attempt beside those it begins with: so many, and one in so many of these; where these
# are few, so many by point. What needs more is proved sooner of fewer points, among which compositions
# range less.
_LEAST, _PART, _EASY = 300, 40, 2
# And where a phase is absent, beside the line where it appears: few tiles need that, and so many times
# what may be wasted.
_ABSENT, _WASTE_ABSENT = 6_000, 10
# Vertices of an attempt in a section of few points, of which nothing is known beforehand.
_ALONE = 24_000
# Vertices of an attempt where cells are sought for many other points.
_GENEROUS = 56_000
# How cells are cut about references; see `Search`.
_PREFER, _SHARE, _LEAST_CUT = 1.0, 0.15, 0.05
# kJ per unit of size: a phase that comes nearer to the plane is followed through all points.
_NEAR = 0.1
_DESCENTS, _FOLLOWING = 60, 4
# Of the mean curvature: what bounds by a quadratic have to spare.
_ROOM = 0.05
# Fewer points are not divided any more.
_FEW = 24
# An assemblage at so many of the points of a group is not proved more easily alone.
_NEARLY_ALL = 0.8
# What the mean of control points is too high need not be known better than so much of the depth.
_COARSE = 0.1
# kJ per unit of size: what sums of some hundred terms may be off, and as much again.
_MARGIN = 2e-9
# What is so soft is proved with few vertices or, where it has many end-members, with no effort at all.
_SOFT, _SOFT_EFFORT = 0.05, 4_000
# Begins with the whole polytope.
_WHOLE = new_cells(0, 1, 1)


class Scratch:
    """Room for cells that a thread uses again and again, for the phases of one set of components."""

    _of_thread = local()

    def __init__(self, every: tuple[Chart | NoChart | None, ...], rows: int = _ROWS) -> None:
        self.room, self._every, self._rows = new_room(every, rows=rows), every, rows
        self._stacks: dict[tuple[int, int], Cells] = {}
        self.rest = new_room(every, rows=rows).cells

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


@lru_cache
def _none(species: int, d: int) -> tuple[Floats, ...]:
    """Return no references, as a `Span` has them."""
    x, y = np.zeros((0, d)), np.zeros((0, species))
    return x, y, y, y, np.zeros((0, 1, d)), np.zeros(0), np.zeros((0, d, d))


class _Phase:
    """One phase in a block, with what it keeps from group to group."""

    def __init__(
        self, reduced: Reduced, k: int, of: Tables, tolerance: float, scratch: Scratch,
        begin: Partition, generous: bool,
    ) -> None:  # fmt: skip
        self.reduced, self.k, self.of = reduced, k, of
        self.scratch, self.room = scratch, scratch.room
        self.target = -tolerance / of.at.size_range[1] + _MARGIN
        self.begin, self.generous = begin, generous
        self.leaves: dict[int, Cells] = {}
        self.minimum = begin.minima.get(k)
        self.waste = self.spare = 0
        self.everywhere = np.zeros(0, np.int64)  # points at which the phase is so often present
        self.answers: Found | None = None  # and the references there, once they are asked for
        self.heights = np.zeros((0, 0))
        self.full = False  # a stack: cells are lost
        self.hopeless: dict[tuple[int, int], bool] = {}  # an absent phase never is

    def prove_block(self, block: Block) -> Booleans:
        """Return where the phase is proved not to lie below the plane, (n,)."""
        out = np.zeros(len(block), bool)
        waste = 2 * _GENEROUS if self.generous else _WASTE * len(block)
        self.spare = _SPARE * len(block)
        if not self.begin.cells:
            self.spare = max(self.spare, _ALONE)
        for number, mine in block.by_number(self.of.place):
            if number and (self.k, number) in self.begin.left_alone:
                continue
            self.waste = waste if number else _WASTE_ABSENT * waste
            self.everywhere, self.answers = mine, None
            proved = self.prove(block, mine, number)
            out[proved] = True
            if self.full or not len(proved):
                self.forget(number)
                self.full = False
            self.hopeless[self.k, number] = number > 0 and not len(proved)
        return out

    def prove(self, block: Block, mine: Ints, number: int, done: int = 0) -> Ints:
        """Return those of some points at which the phase, so often present, is proved.

        What cannot be proved of points together is proved of them by assemblage, then by quarters:
        the cells that are left. What needs many cells is taken by assemblage at once: compositions
        range less widely.

        Parameters
        ----------
        done : int
            Cells that are known to do for all of them.
        """
        if self.waste <= 0 or self.full or (number and not self.is_worth(len(mine), number, done)):
            return mine[:0]
        parts = block.by_assemblage(mine)
        together = len(parts[0]) > _NEARLY_ALL * len(mine)
        if together or not number or self.is_easy(len(mine), number, done):
            mine, proved, done = self.attempt(block, block.group(mine), number, done)
            if proved or not len(mine):
                return mine
            parts = block.by_assemblage(mine)
        if together:
            parts = block.quarters(mine) if len(mine) > _FEW else []
        found = [mine[:0]]
        for part in parts:
            kept = self.left(number, done)
            found.append(self.prove(block, part, number, done))
            if self.full:
                break
            if not len(found[-1]):  # cut in vain
                self.put_back(number, done, kept)
        return np.concatenate(found)

    def left(self, number: int, done: int) -> Cells:
        """Return the cells that are not known to do."""
        species, d = self.of.at.site.shape
        return compact(self.begun(number), d, species, done)

    def put_back(self, number: int, done: int, kept: Cells) -> None:
        """Let some cells be those that are not known to do."""
        species, d = self.of.at.site.shape
        leaves = self.begun(number)
        leaves.number[0] = done
        if not put_all(kept, 0, leaves, d, species):
            leaves.number[0], self.full = 0, True

    def attempt(
        self, block: Block, group: PointGroup, number: int, done: int
    ) -> tuple[Ints, bool, int]:
        """Return points of a group, whether they are proved, and how many cells do for them.

        Those that are left out cannot be proved with fewer either.
        """
        minima = new_stationary(self.of.at.site.shape[1], len(self.of.at.multiplicity))
        span, mine = self.new_span(group), group.laid.mine
        if number:
            survey(self.of, group.laid, span, minima, 0, self.room.work)
            found, kept, above = self.present(block, group, number)
        else:
            self.begin_descent(group)
            rest, lowest = survey(self.of, group.laid, span, minima, _DESCENTS, self.room.work)
            needed = self.target + rest
            if needed < _COARSE * lowest and lowest > max(_NEAR, 3.0 * needed):
                self.minimum = self.room.work.vectors[X, : self.of.at.site.shape[1]].copy()
                span.needed[:] = needed
                return mine, *self.run(span, needed, minima, np.arange(group.size), number, done)
            found, kept, above = self.near(block, group, rest, lowest)
        if kept == 0:
            return mine[:0], False, done
        span = self.with_references(span, group, found, kept, above)
        most = settle(self.of, block.points, group.laid, self.target, found, span, self.room.work)
        if not np.isfinite(most):
            return mine[:0], False, done
        which = found.kept[:kept]
        return mine[which], *self.run(span, most, minima, which, number, done)

    def begin_descent(self, group: PointGroup) -> None:
        """Put where to look for the minimum of an absent phase into the scratch."""
        centre, of = group.laid.fitted[group.centre], self.of
        if self.minimum is None:
            base = centre[of.first : of.first + len(of.log_constant)]
            base = base - centre[-N_FACTORS - len(of.contents) : -N_FACTORS] @ of.contents
            self.minimum = coordinates(
                of.at, best_seeds(self.reduced, self.k, base, centre[-N_FACTORS:])[0]
            )
        self.room.work.vectors[X, : len(self.minimum)] = self.minimum

    def new_found(self, points: int, controls: int, number: int) -> Found:
        """Return room for references."""
        (species, d), members = self.of.at.site.shape, len(self.of.log_constant)
        return Found(
            np.zeros(points, np.int64), np.zeros((number, points, d)),
            np.zeros((number, points, species)), np.zeros((number + controls + 6, members)),
            np.zeros(max(self.of.corners.shape[1], species)),
        )  # fmt: skip

    def new_span(self, group: PointGroup) -> Span:
        """Return room for what is asked at all points, without references, and what of it is known."""
        (species, d), controls = self.of.at.site.shape, group.laid.weights.shape[1]
        return Span(
            np.zeros(controls), np.zeros((controls, d)), np.zeros((controls, d, d)),
            np.zeros(controls), group.centre, group.laid.weights,
            np.zeros(group.size), 0.0, float(group.laid.factors[LEAST, RT]), np.zeros((d, d)), *_none(species, d),
        )  # fmt: skip

    def with_references(
        self, span: Span, group: PointGroup, found: Found, kept: int, above: Floats
    ) -> Span:
        """Return the same with room for references, at the points that are kept."""
        (species, d), number, weights = self.of.at.site.shape, len(above), group.laid.weights
        made: list[Floats] = [np.zeros((number, species)) for _ in range(3)]
        return span._replace(
            weights=weights[found.kept[:kept]],
            needed=np.zeros(kept), above=above, x=np.zeros((number, d)),
            y=made[0], low=made[1], high=made[2],
            references=np.zeros((number, kept, d)), spread=np.zeros((number, d, d)),
        )  # fmt: skip

    def present(self, block: Block, group: PointGroup, number: int) -> tuple[Found, int, Floats]:
        """Return the compositions of the phase in the answers, and how far tangents lie above."""
        if self.answers is None:
            self.answers = self.new_found(len(self.everywhere), 0, number)
            self.heights = np.zeros((number, len(self.everywhere)))
            total = np.zeros(len(self.of.at.multiplicity))
            refer_to_present(
                self.of, block.points, self.everywhere, self.answers, self.heights, total
            )
        places = np.searchsorted(self.everywhere, group.laid.mine)
        above = self.heights.take(places, 1) - self.target
        good = (above >= 0.0).all(axis=0)
        kept = np.flatnonzero(good)
        x, y = self.answers.x, self.answers.y
        if len(kept) < x.shape[1] or (np.diff(places) < 0).any():
            x, y = x.take(places[kept], 1), y.take(places[kept], 1)
        found = self.new_found(0, group.laid.weights.shape[1], number)
        found = found._replace(kept=kept, x=x, y=y)
        return found, len(kept), above[:, kept].min(axis=1, initial=np.inf)

    def near(
        self, block: Block, group: PointGroup, rest: float, lowest: float
    ) -> tuple[Found, int, Floats]:
        """Return the same of the minimum of an absent phase, if it comes close to the plane.

        Begins with the one that the last descent has left.
        """
        controls = group.laid.weights.shape[1]
        if not np.isfinite(rest):
            return self.new_found(0, controls, 0), 0, np.zeros(0)
        d = self.of.at.site.shape[1]
        self.minimum = self.room.work.vectors[X, :d].copy()
        if lowest - rest > max(_NEAR, 3.0 * (self.target + rest)):
            found = self.new_found(group.size, controls, 0)
            found.kept[:] = np.arange(group.size)
            return found, group.size, np.zeros(0)
        found, course = self.new_found(group.size, controls, 1), block.course(group.laid.mine)
        kept, above = trace_minimum(
            self.of, block.points, group.laid, course, _FOLLOWING, found, self.target,
            self.room.work,
        )  # fmt: skip
        return found, kept, np.array([above])

    def is_worth(self, points: int, number: int, done: int) -> bool:
        """Whether the cells that are left are not too many for so many points."""
        left = rows(self.begun(number), done)
        return self.generous or left <= max(_WORTH * points, self.spare)

    def is_easy(self, points: int, number: int, done: int) -> bool:
        """Whether so few cells do for a phase that compositions may range more widely."""
        return not self.generous and rows(self.begun(number), done) <= points

    def begun(self, number: int) -> Cells:
        """Return the cells of the last group, or those to begin with."""
        if number not in self.leaves:
            self.forget(number)
        return self.leaves[number]

    def forget(self, number: int) -> None:
        """Begin anew: with the cells of a partition, or the whole polytope."""
        self.leaves[number] = self.scratch.stack(self.k, number, self.of.at)
        self.put_back(number, 0, self.begin.of(self.k, number))

    def run(
        self, span: Span, most: float, minima: Stationary, kept: Ints, number: int, done: int
    ) -> tuple[bool, int]:
        """Return whether the cells that are left, cut further, do for some points; how many do."""
        points = len(kept)
        if not self.is_worth(points, number, done):
            return False, done
        leaves = self.begun(number)
        soft = number > 0 and not leaves.number[0]
        soft = soft and softness(self.of.at, span, self.room.work) < _SOFT
        left = rows(leaves, done)
        self.spare -= left if left > _WORTH * points else 0
        if leaves.number[0]:
            more = max(_LEAST + left // _PART, _EASY * points - left, 0 if number else _ABSENT)
        else:
            more = max(_FRESH * points, _LEAST if self.begin.cells else self.spare)
        effort = _GENEROUS if self.generous else more
        search = Search(
            target=most, most_vertices=min(effort, _SOFT_EFFORT) if soft else effort, room=_ROOM,
            prefer=_PREFER, share=_SHARE, least_cut=_LEAST_CUT,
        )  # fmt: skip
        status, done, _, lost = prove_group(
            self.of.at, span._replace(most_needed=most), minima, search,
            Stacks(self.room.cells, self.scratch.rest, leaves), done,
            np.zeros((2, len(span.rt))), self.room.work,
        )  # fmt: skip
        self.waste -= _GENEROUS // 2 if soft and status != PROVED else lost
        self.full = status == ROOM_LIMIT
        return status == PROVED, done

    def found(self, partition: Partition) -> None:
        """Add the cells that did, and where the minimum was."""
        species, d = self.of.at.site.shape
        for number, cells in self.leaves.items():
            partition.cells[self.k, number] = compact(cells, d, species)
        for key, hopeless in self.hopeless.items():  # of mended points it was of other answers
            (partition.left_alone.add if hopeless else partition.left_alone.discard)(key)
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
        face = data.face(points["bulk_mol"][flat])
        held, off = np.split(face, [len(data.components)], axis=1)
        good = certified[flat] & off.all(axis=1)
        for mask in _different(held[good]):
            # where nothing fixes a potential a plane must first be made of the phases: not cheap
            planes = data.reduced(mask).of_oxides(points["chemical_potential"][flat])
            fixed = np.isfinite(planes).all(axis=1)
            chosen = good & fixed & (held == mask).all(axis=1)
            here, key = flat[chosen], tuple(mask.tolist())
            if not len(here):
                continue
            if energies is None:
                standard = standard_energies(data, mask, points, here), np.arange(len(here))
            else:
                place[energies[key][0]] = np.arange(len(energies[key][0]))
                standard = energies[key][1], place[here]
            rows, columns = (a.ravel()[chosen] for a in np.indices(places.shape))
            taken = block(data, mask, points, here, standard, (rows, columns))
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

    def prove(arrays: Arrays, energies: Energies, only: Booleans | None = None) -> NDArray[np.int8]:
        certified = arrays["status"] == CERTIFIED
        if only is not None:
            certified &= with_their_blocks(only, shape)
        return prove_points(
            data, arrays | where, certified, shape, TOLERANCE, energies, begin, found
        )

    return prove


def _different(masks: Booleans) -> Booleans:
    """Return the different rows; most often there is one."""
    if len(masks) and (masks == masks[0]).all():
        return masks[:1]
    return np.unique(masks, axis=0)


def _prove_block(
    data: Database, key: tuple[bool, ...], block: Block, tolerance: float,
    begin: Partition, found: Partition | None,
) -> NDArray[np.int8]:  # fmt: skip
    """Prove all phases of points of one set of components, (n, K) bits; add the cells that did."""
    reduced = data.reduced(np.array(key))
    bits = np.full((len(data.phases), len(block)), PROOF_BITS["takes_no_part"], np.int8)
    scratch, alone = Scratch.of(data, key), of_one(reduced, block.points.values)
    for k, (phase, of) in enumerate(zip(reduced.phases, tables(data, key), strict=True)):
        bits[phase.place] = 0
        if of is not None:
            solution = _Phase(reduced, k, of, tolerance, scratch, begin, found is not None)
            bits[phase.place][solution.prove_block(block)] = PROOF_BITS["proved_nearby"]
            if found is not None:
                solution.found(found)
        elif k in alone:
            bits[phase.place][alone[k] >= -tolerance] = PROOF_BITS["proved_whole"]
    return bits.T

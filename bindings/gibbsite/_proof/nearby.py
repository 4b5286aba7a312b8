"""Absent phases of many points at once: one proof serves the points around it.

The driving force of a fixed composition is linear in theta = (g0 - C'Gamma, RT, P, T), so the least
of a phase is concave in theta and bounded from proved points j to another, with any weights w_j
that add up to one, by the extremes of each part over the polytope:
    D_min(there) >= sum w_j D_min(j) + min_v (base_there - sum w_j base_j).v + ...
With the weights of a bilinear interpolation the rest is of second order in the distance. Present
phases have nothing to spare; they need the full proof.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._store.schema import PROOF_BITS
from gibbsite_engine.layout import Booleans, Bounds, Conditions, Floats, Ints
from gibbsite_engine.proof.chart import Chart

from .between import Between, between
from .phase import Room, charts, cheap_bound, new_room, set_up

_BLOCK = 32
# Vertices looked at for one phase in a block, and for one proof of it: what the time goes into.
_VERTICES, _VERTICES_OF_ONE = 1500, 150
# Failed proofs after which a phase is given up in a block.
_FAILURES = 1
# Room for vertices: what one proof may look at, and what it is about to.
_ROWS = 4000


class Theta(NamedTuple):
    """What the driving force of one phase is linear in, for n points."""

    base: Floats
    """(n, I) g0 - C'Gamma, kJ/mol."""
    state: Floats
    """(n, 3) RT, P, T."""


def carried(
    bounds: Bounds, k: int, here: Theta, there: Theta, slack: Floats | None = None
) -> Floats:
    """Return how much a least driving force can have fallen, from one point to n others [kJ/mol].

    Parameters
    ----------
    k : int
        The phase.
    here : Theta
        Of one point or of n, (1, I) and (1, 3) or (n, I) and (n, 3).
    there : Theta
        Of n points.
    slack : (I,) array, optional
        How far the base there may lie from what is given.
    """
    n = here.base.shape[1]
    corners = bounds.vertices[bounds.vertex_start[k] : bounds.vertex_start[k + 1], :n]
    change = (there.base - here.base) @ corners.T
    if slack is not None:
        change = change - np.abs(corners) @ slack[:n]
    least = change.min(axis=1)
    rt, p, t = (there.state - here.state).T
    for moved, extremes in (
        (rt, bounds.entropy[k]),
        (t, bounds.excess[k, 0]),
        (p, bounds.excess[k, 1]),
    ):
        least = least + np.minimum(moved * extremes[0], moved * extremes[1])
    return np.asarray(-least)


def blocks(shape: tuple[int, ...]) -> Iterator[Ints]:
    """Yield the places of neighbouring points of a grid (or list), block by block, as 2-D arrays."""
    places = np.arange(int(np.prod(shape))).reshape(-1, *shape[-2:])
    for layer in places if places.ndim == 3 else places[:, None, :]:
        for i in range(0, layer.shape[0], _BLOCK):
            for j in range(0, layer.shape[1], _BLOCK):
                yield layer[i : i + _BLOCK, j : j + _BLOCK]


class _Block:
    """Neighbouring points of the same components: (rows, columns), some of them to be looked at."""

    def __init__(
        self, data: Database, points: dict[str, Any], places: Ints, chosen: Booleans,
        mask: Booleans,
    ) -> None:  # fmt: skip
        self.reduced = data.reduced(mask)
        self.chosen = chosen
        flat = places.ravel()
        self.p, self.t = points["pressure_kbar"][flat], points["temperature_C"][flat]
        self.ids = points["phase_id"][flat]
        # a point of other components is never looked at; any number will do
        self.gamma = np.nan_to_num(points["chemical_potential"][flat][:, mask])
        self.energies: Between = between(self.reduced, self.p, self.t)
        self._exact: dict[int, Conditions] = {}

    def theta(self, k: int) -> Theta:
        """Return theta of phase k at all points, within `slack`."""
        n = int(self.reduced.system.phases.n_endmembers[k])
        composition = self.reduced.system.phases.composition[k, :n]
        return Theta(self.energies.g0[:, k, :n] - self.gamma @ composition.T, self.energies.state)

    def slack(self, k: int) -> Floats:
        """Return how far the base of phase k may lie from its theta, (I,)."""
        return np.asarray(self.energies.slack[k])

    def at(self, i: int) -> Conditions:
        """Return everything at one point."""
        if i not in self._exact:
            self._exact[i] = set_up(self.reduced, float(self.p[i]), float(self.t[i]))
        return self._exact[i]

    def exact(self, k: int, i: int) -> Theta:
        """Return theta of phase k at one point."""
        n = int(self.reduced.system.phases.n_endmembers[k])
        here, composition = self.at(i), self.reduced.system.phases.composition[k, :n]
        return Theta((here.g0[k, :n] - composition @ self.gamma[i])[None], here.state[None])


class _Proved(NamedTuple):
    """A proof at one point."""

    bound: float
    """kJ/mol of formula."""
    theta: Theta


class _Phase:
    """One phase in a block: what is still open, and what was proved."""

    def __init__(
        self, block: _Block, at: Chart, k: int, absent: Booleans, tolerance: float, room: Room
    ) -> None:
        self.block, self.at, self.k, self.tolerance, self.room = block, at, k, tolerance, room
        self.absent, self.open = absent, absent.copy()
        self.bits = np.zeros(absent.shape, np.int8)
        self.nodes: dict[int, _Proved | None] = {}
        self.failures, self.vertices = 0, 0
        self.theta, self.slack = block.theta(k), block.slack(k)
        self.start: Floats | None = None

    def spent(self) -> bool:
        """Whether no more proofs are worth it."""
        return self.vertices >= _VERTICES or self.failures >= _FAILURES

    def prove(self, i: int) -> _Proved | None:
        """Prove the phase at point i of the block, once."""
        if i in self.nodes or self.spent():
            return self.nodes.get(i)
        block = self.block
        found = cheap_bound(
            block.reduced, self.at, self.k, block.at(i), block.gamma[i], self.start,
            self.tolerance, _VERTICES_OF_ONE, self.room,
        )  # fmt: skip
        self.start, self.vertices = found.minimum, self.vertices + found.vertices
        self.nodes[i] = None
        if found.bound < -self.tolerance:
            self.failures += 1
        else:
            self.nodes[i] = _Proved(found.bound, block.exact(self.k, i))
            self.bits.flat[i] = PROOF_BITS[
                "proved_whole" if found.cells == 1 else "proved_by_cells"
            ]
            self.open.flat[i] = False
        return self.nodes[i]

    def carry(self, proofs: list[_Proved], weights: Floats, where: Ints) -> None:
        """Mark the points to which a mean of proofs reaches; `weights` is (points, proofs)."""
        base = weights @ np.vstack([proof.theta.base for proof in proofs])
        state = weights @ np.vstack([proof.theta.state for proof in proofs])
        there = Theta(self.theta.base[where], self.theta.state[where])
        bounds = self.block.reduced.system.bounds
        fall = carried(bounds, self.k, Theta(base, state), there, self.slack)
        bound = weights @ np.array([proof.bound for proof in proofs]) - fall
        kept = where[bound >= -self.tolerance]
        self.bits.flat[kept] = PROOF_BITS["proved_nearby"]
        self.open.flat[kept] = False

    def from_the_middle(self) -> None:
        """Prove one point and carry it as far as it goes."""
        left = np.flatnonzero(self.open)
        if proof := self.prove(int(left[len(left) // 2])):
            left = np.flatnonzero(self.open)
            self.carry([proof], np.ones((len(left), 1)), left)

    def from_the_corners(self, box: tuple[int, int, int, int]) -> None:
        """Prove the corners of a box and carry their mean, weighted as in an interpolation."""
        top, bottom, left, right = box
        columns = self.open.shape[1]
        part = np.zeros_like(self.open)
        part[top : bottom + 1, left : right + 1] = True
        proofs, weights = [], []
        row, column = np.divmod(np.arange(part.size), columns)
        u = (row - top) / max(bottom - top, 1)
        w = (column - left) / max(right - left, 1)
        for a, r in enumerate((top, bottom) if bottom > top else (top,)):
            for b, c in enumerate((left, right) if right > left else (left,)):
                if self.absent[r, c] and (proof := self.prove(r * columns + c)):
                    proofs.append(proof)
                    weights.append((u if a else 1.0 - u) * (w if b else 1.0 - w))
        where = np.flatnonzero(self.open & part)
        if not proofs or not len(where):
            return
        share = np.maximum(np.stack(weights, axis=1)[where], 1e-9)
        self.carry(proofs, share / share.sum(axis=1, keepdims=True), where)

    def run(self) -> None:
        """Prove what can be proved cheaply: from the middle, then boxes, the fullest first."""
        if not self.open.any():
            return
        self.from_the_middle()
        boxes = [(0, self.open.shape[0] - 1, 0, self.open.shape[1] - 1)]
        while not self.spent():
            counts = [
                int(np.count_nonzero(self.open[t : b + 1, l : r + 1])) for t, b, l, r in boxes
            ]
            if not counts or max(counts) == 0:
                return
            box = boxes.pop(int(np.argmax(counts)))
            self.from_the_corners(box)
            boxes.extend(_quarters(box))


def _quarters(box: tuple[int, int, int, int]) -> list[tuple[int, int, int, int]]:
    """Return the parts of a box that share its middle; none of a box of neighbours."""
    top, bottom, left, right = box
    if bottom - top < 2 and right - left < 2:
        return []
    y, x = (top + bottom) // 2, (left + right) // 2
    rows = ((top, y), (y, bottom)) if bottom - top > 1 else ((top, bottom),)
    columns = ((left, x), (x, right)) if right - left > 1 else ((left, right),)
    return [(*r, *c) for r in rows for c in columns]


def _different(masks: Booleans) -> Booleans:
    """Return the different rows; most often there is one."""
    if len(masks) and (masks == masks[0]).all():
        return masks[:1]
    return np.unique(masks, axis=0)


def prove_absent(
    data: Database, points: dict[str, Any], certified: NDArray[np.bool_], shape: tuple[int, ...],
    tolerance: float,
) -> NDArray[np.int8]:  # fmt: skip
    """Prove the absent phases of all certified points of a grid, where that is cheap.

    Parameters
    ----------
    points : dict
        Variables of a result, flat over the points, with pressure_kbar and temperature_C.
    certified : (n,) array of bool
        Points to look at.
    shape : tuple of int
        The grid.

    Returns
    -------
    (n, K) array of int8
        Bits of each phase; 0 where it is present or could not be proved cheaply.
    """
    out = np.zeros((len(certified), len(data.phases)), np.int8)
    rooms: dict[tuple[bool, ...], Room] = {}
    for places in blocks(shape):
        masks = np.isfinite(points["chemical_potential"][places])
        good = certified[places]
        for mask in _different(masks[good]):
            chosen = good & (masks == mask).all(axis=-1)
            block = _Block(data, points, places, chosen, mask)
            key = tuple(mask.tolist())
            if key not in rooms:
                rooms[key] = new_room(charts(data, key), rows=_ROWS)
            out[places[chosen]] = _prove_block(data, block, key, tolerance, rooms[key])[chosen]
    return out


def _prove_block(
    data: Database, block: _Block, key: tuple[bool, ...], tolerance: float, room: Room
) -> NDArray[np.int8]:
    """Prove the absent phases of a block; (rows, columns, K) bits."""
    rows = np.full((*block.chosen.shape, len(data.phases)), PROOF_BITS["takes_no_part"], np.int8)
    for k, (phase, at) in enumerate(zip(block.reduced.phases, charts(data, key), strict=True)):
        if at is None:
            least = block.theta(k).base[:, 0] - block.slack(k)[0]
            above = (least >= -tolerance).reshape(block.chosen.shape)
            rows[..., phase.place] = np.where(above, PROOF_BITS["proved_whole"], 0)
            continue
        absent = (block.ids != phase.place).all(axis=1).reshape(block.chosen.shape)
        one = _Phase(block, at, k, absent & block.chosen, tolerance, room)
        one.run()
        rows[..., phase.place] = one.bits
    return rows

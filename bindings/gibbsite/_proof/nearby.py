"""Absent phases of many points at once: one proof serves the points around it.

The driving force of a fixed composition is linear in theta = (g0 - C'Gamma, RT, P, T), so the least
of a phase is concave in theta and bounded from one point to another by the extremes of each part
over the polytope:
    D_min(there) >= D_min(here) + min_v (base_there - base_here).v + ...
A bound proved at one point is thus proved at all points where enough of it is left. Present
phases have nothing to spare; they need the full proof.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.limits import ZERO_CELSIUS_K
from gibbsite._store.accessor import PROOF_BITS
from gibbsite_engine.layout import Bounds, Conditions, Floats, Ints
from gibbsite_engine.proof.branch import PROVED
from gibbsite_engine.proof.chart import Chart
from gibbsite_engine.standard import set_conditions

from .phase import Room, charts, judge, new_room
from .prove import set_up

_BLOCK = 32
# A proof that needs more vertices than this is left to the full proof.
_CHEAP = 400
# In a block, proofs of one phase that failed before it is given up there.
_FAILURES = 2


class Theta(NamedTuple):
    """What the driving force of one phase is linear in, for n points."""

    base: Floats
    """(n, I) g0 - C'Gamma, kJ/mol."""
    state: Floats
    """(n, 3) RT, P, T."""


def carried(bounds: Bounds, k: int, here: Theta, there: Theta) -> Floats:
    """Return how much a least driving force can have fallen, from one point to n others [kJ/mol].

    Parameters
    ----------
    k : int
        The phase.
    here : Theta
        Of one point, (1, I) and (1, 3).
    there : Theta
        Of n points.
    """
    n = here.base.shape[1]
    corners = bounds.vertices[bounds.vertex_start[k] : bounds.vertex_start[k + 1], :n]
    least = ((there.base - here.base) @ corners.T).min(axis=1)
    rt, p, t = (there.state - here.state).T
    for change, extremes in (
        (rt, bounds.entropy[k]),
        (t, bounds.excess[k, 0]),
        (p, bounds.excess[k, 1]),
    ):
        least = least + np.minimum(change * extremes[0], change * extremes[1])
    return np.asarray(-least)


def blocks(shape: tuple[int, ...]) -> Iterator[Ints]:
    """Yield the places of neighbouring points of a grid (or list), block by block."""
    places = np.arange(int(np.prod(shape))).reshape(-1, *shape[-2:])
    for layer in places if places.ndim == 3 else places[:, None, :]:
        for i in range(0, layer.shape[0], _BLOCK):
            for j in range(0, layer.shape[1], _BLOCK):
                yield layer[i : i + _BLOCK, j : j + _BLOCK].ravel()


class _Conditions:
    """Energies at the pressures and temperatures of a block, each worked out once."""

    def __init__(self, reduced: Reduced, p: Floats, t: Floats) -> None:
        self.reduced, self.p, self.t = reduced, p, t
        pairs, self.which = np.unique(np.column_stack([p, t]), axis=0, return_inverse=True)
        scratch = set_up(reduced, float(pairs[0, 0]), float(pairs[0, 1]))
        self.g0 = np.zeros((len(pairs), *scratch.g0.shape))
        self.state = np.zeros((len(pairs), 3))
        for i, (pressure, temperature) in enumerate(pairs):
            set_conditions(reduced.system, pressure, temperature + ZERO_CELSIUS_K, scratch)
            self.g0[i], self.state[i] = scratch.g0, scratch.state

    def theta(self, k: int, gamma: Floats) -> Theta:
        """Return theta of phase k at all points."""
        n = int(self.reduced.system.phases.n_endmembers[k])
        composition = self.reduced.system.phases.composition[k, :n]
        where = self.which.ravel()
        return Theta(self.g0[where, k, :n] - gamma @ composition.T, self.state[where])

    def at(self, i: int) -> Conditions:
        """Return everything at one point."""
        return set_up(self.reduced, float(self.p[i]), float(self.t[i]))


def _prove_phase(
    reduced: Reduced, at: Chart, k: int, conditions: _Conditions, gamma: Floats, absent: Ints,
    tolerance: float, room: Room,
) -> NDArray[np.int8]:  # fmt: skip
    """Prove one phase at the points where it is absent; bits of all points of the block."""
    out = np.zeros(len(gamma), np.int8)
    theta = conditions.theta(k, gamma)
    left, failures = absent, 0
    while len(left) and failures < _FAILURES:
        i = int(left[len(left) // 2])
        verdict = judge(reduced, at, k, conditions.at(i), gamma[i], [], tolerance, _CHEAP, room)
        if verdict.status != PROVED:
            failures += 1
            left = left[left != i]
            continue
        out[i] = PROOF_BITS["proved_whole" if verdict.cells == 1 else "proved_by_cells"]
        left = left[left != i]
        here = Theta(theta.base[i : i + 1], theta.state[i : i + 1])
        there = Theta(theta.base[left], theta.state[left])
        kept = verdict.bound - carried(reduced.system.bounds, k, here, there) >= -tolerance
        out[left[kept]] = PROOF_BITS["proved_nearby"]
        left = left[~kept]
    return out


def prove_absent(
    data: Database, points: dict[str, Any], certified: NDArray[np.bool_], shape: tuple[int, ...],
    tolerance: float,
) -> NDArray[np.int8]:  # fmt: skip
    """Prove the absent phases of all certified points of a grid.

    Parameters
    ----------
    points : dict
        Variables of a result, flat over the points.
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
        inside = places[certified[places]]
        masks = np.isfinite(points["chemical_potential"][inside])
        for mask in np.unique(masks, axis=0):
            chosen = inside[(masks == mask).all(axis=1)]
            _prove_block(data, points, chosen, mask, tolerance, rooms, out)
    return out


def _prove_block(
    data: Database, points: dict[str, Any], chosen: Ints, mask: NDArray[np.bool_],
    tolerance: float, rooms: dict[tuple[bool, ...], Room], out: NDArray[np.int8],
) -> None:  # fmt: skip
    """Prove the absent phases of neighbouring points of the same components."""
    reduced, key = data.reduced(mask), tuple(mask.tolist())
    every = charts(data, key)
    if key not in rooms:
        rooms[key] = new_room(every)
    conditions = _Conditions(
        reduced, points["pressure_kbar"][chosen], points["temperature_C"][chosen]
    )
    gamma = points["chemical_potential"][chosen][:, mask]
    ids = points["phase_id"][chosen]
    rows = np.full((len(chosen), len(data.phases)), PROOF_BITS["takes_no_part"], np.int8)
    for k, (phase, at) in enumerate(zip(reduced.phases, every, strict=True)):
        if at is None:
            above = conditions.theta(k, gamma).base[:, 0] >= -tolerance
            rows[:, phase.place] = np.where(above, PROOF_BITS["proved_whole"], 0)
            continue
        absent = np.flatnonzero((ids != phase.place).all(axis=1))
        rows[:, phase.place] = _prove_phase(
            reduced, at, k, conditions, gamma, absent, tolerance, rooms[key]
        )
    out[chosen] = rows

"""Absent phases of many points at once, block by block of a grid."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import ON_FACET_BELOW, Database
from gibbsite._store.schema import PROOF_BITS
from gibbsite_engine.layout import Booleans, Floats, Ints, System
from gibbsite_engine.proof.block import (
    BY_CELLS,
    LEFT_OUT,
    NEARBY,
    NONE_LEFT,
    OPEN,
    WHOLE,
    Block,
    Progress,
    begin,
    new_progress,
    next_point,
)
from gibbsite_engine.proof.chart import Chart, energy_of
from gibbsite_engine.proof.lattice import fill_base

from .between import between
from .phase import Room, best_seeds, charts, cheap_bound, coordinates, new_room

_BLOCK = 32
# Vertices looked at for one phase in a block, and for one proof of it: what the time goes into.
# A proof that needs more is the last in its block.
_VERTICES, _VERTICES_OF_ONE = 1500, 300
# Room for vertices: what one proof may look at, and what it is about to.
_ROWS = 4000
_BITS = np.zeros(5, np.int8)
_BITS[WHOLE] = PROOF_BITS["proved_whole"]
_BITS[BY_CELLS] = PROOF_BITS["proved_by_cells"]
_BITS[NEARBY] = PROOF_BITS["proved_nearby"]


def blocks(shape: tuple[int, ...]) -> Iterator[Ints]:
    """Yield the places of neighbouring points of a grid (or list), block by block, as 2-D arrays."""
    places = np.arange(int(np.prod(shape))).reshape(-1, *shape[-2:])
    for layer in places if places.ndim == 3 else places[:, None, :]:
        for i in range(0, layer.shape[0], _BLOCK):
            for j in range(0, layer.shape[1], _BLOCK):
                yield layer[i : i + _BLOCK, j : j + _BLOCK]


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
        Bits of each phase; 0 where it is a solution that is present, or not proved cheaply.
    """
    out = np.zeros((len(certified), len(data.phases)), np.int8)
    rooms: dict[tuple[bool, ...], Room] = {}
    progress = new_progress(_BLOCK * _BLOCK, max(len(p.endmembers) for p in data.phases))
    for places in blocks(shape):
        masks = np.isfinite(points["chemical_potential"][places])
        # where potentials are open a plane must first be made of the phases: not cheap
        good = certified[places] & (masks == (points["bulk_mol"][places] > ON_FACET_BELOW)).all(-1)
        for mask in _different(masks[good]):
            chosen = good & (masks == mask).all(axis=-1)
            key = tuple(mask.tolist())
            if key not in rooms:
                rooms[key] = new_room(charts(data, key), rows=_ROWS)
            bits = _prove_block(data, points, places, chosen, key, tolerance, rooms[key], progress)
            out[places[chosen]] = bits[chosen]
    return out


def _prove_block(
    data: Database, points: dict[str, Any], places: Ints, chosen: Booleans,
    key: tuple[bool, ...], tolerance: float, room: Room, progress: Progress,
) -> NDArray[np.int8]:  # fmt: skip
    """Prove the absent phases of the chosen points of a block; (rows, columns, K) bits."""
    mask, flat = np.array(key), places.ravel()
    n, reduced, ids = len(flat), data.reduced(mask), points["phase_id"][flat]
    phases, bounds = reduced.system.phases, reduced.system.bounds
    # a point of other components is never looked at; any number will do
    gamma = np.nan_to_num(points["chemical_potential"][flat][:, mask])
    energies = between(reduced, points["pressure_kbar"][flat], points["temperature_C"][flat])
    bits = np.full((n, len(data.phases)), PROOF_BITS["takes_no_part"], np.int8)
    for k, (phase, at) in enumerate(zip(reduced.phases, charts(data, key), strict=True)):
        endmembers = int(phases.n_endmembers[k])
        corners = bounds.vertices[bounds.vertex_start[k] : bounds.vertex_start[k + 1], :endmembers]
        slack = energies.slack[k, :endmembers]  # inf outside an equation of state
        looked_at = chosen.ravel() & bool(np.isfinite(slack).all())
        loss = np.abs(corners) @ np.nan_to_num(slack)
        if at is not None:
            looked_at &= (ids != phase.place).all(axis=1)
        known, base = progress.known[:n], np.zeros((n, endmembers))
        known[:] = np.where(looked_at, OPEN, LEFT_OUT)
        fill_base(phases, k, energies.knots, energies.place, energies.weight, gamma, known, base)
        if at is None:
            known[(known == OPEN) & (base[:, 0] - loss[0] >= -tolerance)] = WHOLE
        elif (first := begin(progress, *places.shape)) != NONE_LEFT:
            seed = best_seeds(reduced, k, base[first], energies.state[first])[0]
            block = Block(base, energies.state, loss, places.shape[1])
            start = coordinates(at, seed)
            _prove_phase(reduced.system, k, at, block, start, tolerance, room, progress)
        bits[:, phase.place] = _BITS[known]
    return bits.reshape(*places.shape, -1)


def _prove_phase(
    system: System, k: int, at: Chart, block: Block, start: Floats, tolerance: float, room: Room,
    progress: Progress,
) -> None:  # fmt: skip
    """Prove one phase at the points asked for, for as long as that is cheap."""
    vertices, of_block = 0, (system.bounds, k, block, tolerance)
    # where a point is proved, too, its energies may be off
    needed = float(block.loss.max()) - tolerance
    while (i := next_point(*of_block, vertices >= _VERTICES, progress)) != NONE_LEFT:
        e = energy_of(at, system.phases, k, block.base[i], block.state[i])
        found = cheap_bound(at, e, start, needed, _VERTICES_OF_ONE, room)
        start, progress.bound[i] = found.minimum, found.bound
        vertices += found.vertices
        if np.isfinite(found.bound):
            progress.known[i] = WHOLE if found.cells == 1 else BY_CELLS
        elif found.cells:
            vertices = _VERTICES

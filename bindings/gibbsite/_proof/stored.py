"""Points of a stored section put to the proof, and what was proved kept in the file."""

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._inputs.given import file_path
from gibbsite._section.section import Section
from gibbsite._solving.asked import check_workers
from gibbsite._solving.coordinates import plane
from gibbsite._solving.given import of_section, opened_to
from gibbsite._store.file import open as open_result
from gibbsite._store.head import PROGRAM
from gibbsite._store.put import check_writable, put, said_of
from gibbsite._store.schema import PROOF, PROOF_BITS
from gibbsite._store.unfinished import claimed
from gibbsite.errors import InputError
from gibbsite_engine.proof.branch import PROVED, REFUTED
from gibbsite_engine.status import CERTIFIED

from .phase import TOLERANCE, Demand, Room, Verdict, charts, judge, new_room, set_up
from .prove import MOST_VERTICES
from .together import prove_points

_NEEDED = ("chemical_potential", "bulk_mol", "proportions", "phase_id", "status")


def _database(section: Section, attributes: dict[Any, Any]) -> Database:
    """Return the database of a result; its tables must be those that made it."""
    data = section.load_database()
    if data.sha256 != attributes["database_sha256"]:
        raise InputError(
            f"the tables of {data.name} have changed since this result was computed; "
            "prove it with the version of gibbsite that made it."
        )
    return data


def _given(section: Section, data: Database) -> dict[str, NDArray[np.float64]]:
    """Return the energies of potentials that differ from point to point, if they do."""
    energies = of_section(section, data, section.points())
    return {} if energies is None else {"given": energies}


def bits(verdict: Verdict) -> int:
    """Return what was reached, as one of the bits of the variable `proof`."""
    if verdict.status == PROVED:
        return PROOF_BITS["proved_whole" if verdict.cells <= 1 else "proved_by_cells"]
    return PROOF_BITS["refuted" if verdict.status == REFUTED else "undecided"]


class _Rooms(threading.local):
    """Scratch of each thread, by the key of what is reduced."""

    def __init__(self) -> None:
        self.held: dict[Any, Room] = {}


def _prove_point(
    data: Database, point: dict[str, Any], demand: Demand, rooms: _Rooms
) -> NDArray[np.int8]:
    """Judge all phases at one certified point; (phase,) bits."""
    reduced = data.reduced(data.face(point["bulk_mol"][None, :])[0])
    every = charts(data, reduced.key)
    if "given" in point:
        reduced = replace(reduced, system=opened_to(reduced.system, point["given"]))
    if reduced.key not in rooms.held:
        rooms.held[reduced.key] = new_room(every)
    room = rooms.held[reduced.key]
    conditions = set_up(reduced, point["pressure_kbar"], point["temperature_C"])
    there = [
        [phase.to_reduced(point["proportions"][j]) for j in np.flatnonzero(point["phase_id"] == i)]
        for i, phase in zip(reduced.ids, reduced.phases, strict=True)
    ]
    found = [(k, p) for k, known in enumerate(there) for p in known]
    gamma = plane(reduced, conditions, point["chemical_potential"], found)
    out = np.full(len(data.phases), PROOF_BITS["takes_no_part"], np.int8)
    for k, phase in enumerate(reduced.phases):
        verdict = judge(reduced, every[k], k, conditions, gamma, there[k], demand, room)
        out[phase.place] = bits(verdict)
    return out


def prove_file(
    path: str | os.PathLike[str],
    *,
    every: int = 1,
    together: bool = False,
    tolerance: float = TOLERANCE,
    most_vertices: int = MOST_VERTICES,
    workers: int | None = None,
) -> dict[str, int]:
    """Prove every n-th certified point of a result file and store the variable `proof` in it.

    Parameters
    ----------
    path : path
        A finished result of the profile full or compact.
    every : int
        1 for all points; 100 for every hundredth in the order of the file.
    together : bool
        Prove all points, as far as neighbours can do it together; the rest stay "searched".
    tolerance, most_vertices
        As in `prove`.
    workers : int, optional
        Threads; by default one a processor. What is proved does not depend on it.

    Returns
    -------
    dict
        Number of points by outcome: "proved", "refuted", "undecided", "searched".

    Raises
    ------
    InputError
        If the file lacks what a proof needs or was made from other tables.
    StoreError
        If the file cannot be written, which is asked before anything is proved.
    """
    if every < 1:
        raise InputError(f"every = {every} must be 1 or more.")
    check_workers(workers)
    path = file_path("the result", path).resolve()
    with claimed(path), said_of(path):
        check_writable(path)
        data, columns, proof = _read(path)
        flat, found, rooms = proof.reshape(-1, len(data.phases)), Counter[str](), _Rooms()
        certified = columns["status"] == CERTIFIED
        if together:
            cheap = prove_points(data, columns, certified, proof.shape[:-1], tolerance)
            flat[:] = np.where(flat == 0, cheap, flat)
            found.update(outcome(row) for row in flat[certified])
            certified[:] = False
        chosen = np.flatnonzero(certified)[::every]

        def one(i: int) -> NDArray[np.int8]:
            point = {name: values[i] for name, values in columns.items()}
            return _prove_point(data, point, Demand(tolerance, most_vertices), rooms)

        with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
            for i, row in zip(chosen, pool.map(one, chosen), strict=True):
                flat[i] = row
                found[outcome(row)] += 1
        put(path, {PROOF: proof}, f"proved by {PROGRAM}")
    return dict(found)


def _read(path: Path) -> tuple[Database, dict[str, NDArray[Any]], NDArray[np.int8]]:
    """Return the database of a result, what a proof needs of its points, (n, ...), and the proof it has.

    Of the shape of its grid and the phases; zeros for a result without one.
    """
    with open_result(path) as dataset:
        if "section_toml" not in dataset.attrs:
            raise InputError(
                f"{path} is no section; answers of a path are proved one by one, with gb.prove."
            )
        if missing := [name for name in _NEEDED if name not in dataset]:
            raise InputError(
                f"{path} has no {missing[0]}; a proof needs the profile full or compact."
            )
        section = Section.from_text(str(dataset.attrs["section_toml"]))
        data = _database(section, dataset.attrs)
        grid = [d for d in dataset["phase_id"].dims if d != "slot"]
        like = dataset["status"]
        columns = {
            name: dataset[name].broadcast_like(like).transpose(*grid).values.ravel()
            for name in ("pressure_kbar", "temperature_C")
        } | _given(section, data)
        for name in _NEEDED:
            rest = [d for d in dataset[name].dims if d not in grid]
            values = dataset[name].transpose(*grid, *rest).values
            columns[name] = values.reshape(-1, *values.shape[len(grid) :])
        shape = (*(dataset.sizes[d] for d in grid), len(data.phases))
        old = dataset["proof"].values if "proof" in dataset else np.zeros(shape)
        return data, columns, np.ascontiguousarray(old, np.int8).reshape(shape)


def outcome(row: NDArray[np.int8]) -> str:
    """Return what the bits of all phases of a point say of the point."""
    for name in ("refuted", "undecided"):
        if (row & PROOF_BITS[name]).any():
            return name
    return "proved" if row.all() else "searched"

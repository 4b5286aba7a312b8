"""A solver for codes that call with arrays at every time step, and begin from the last answers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.composition import Bulk, as_moles
from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.faces import faces
from gibbsite._inputs.given import numbers, whole_number
from gibbsite._inputs.limits import PRESSURE_KBAR, TEMPERATURE_C, to_kelvin
from gibbsite._inputs.terms import terms_of
from gibbsite._showing import html_facts
from gibbsite.errors import InputError
from gibbsite_engine._interpreted import brief
from gibbsite_engine.assemblages import (
    Assemblages,
    Responses,
    new_assemblages,
    new_responses,
)
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.fallback import LonePoint, solve_slowly
from gibbsite_engine.handing import bring_nodes, hand_properties
from gibbsite_engine.lattice import covers
from gibbsite_engine.layout import Floats, Ints, Options, System, n_slots
from gibbsite_engine.naming import Terms, new_naming_work
from gibbsite_engine.nodes import Answers, Nodes, Task, new_nodes
from gibbsite_engine.ordering import along_curve
from gibbsite_engine.present import forget
from gibbsite_engine.properties import PropertyWork, fill_properties, new_property_work
from gibbsite_engine.results import Results, new_results
from gibbsite_engine.status import (
    BAD_CONDITIONS,
    CERTIFIED,
    INFEASIBLE,
    STATUS_NAMES,
    WARM,
)
from gibbsite_engine.stepping import CHAIN, solve_nodes

from .asked import as_database
from .tabulated import tabulated
from .undefined import check_makable

_FINAL: Final = (CERTIFIED, INFEASIBLE, BAD_CONDITIONS)
_VISITS: Final = 10
"""How often a node is thought to be solved."""
_ON_REQUEST: Final = ("composition_mol", "heat_capacity_J_kgK", "alpha_per_K", "beta_per_kbar")


class Solver:
    """Solves the same nodes again and again, each from its own last answer.

    Every answer is certified as everywhere: an absent phase is left unsearched only where it is known
    that it cannot have come below the plane since it was last searched all over at that node; a present
    one where cells show that its compositions are alone, or these have moved by much less than it takes
    to split, which near a spinodal is an estimate (see `engine.revisit`). Calls from
    several threads are safe: they wait for each other. For calls at the same time give each thread
    a solver of its own, or one solver several `workers`.

    Parameters
    ----------
    database : Database or str
        Phases that can form.
    workers : int
        Threads of a call. The answers do not depend on it.

    Attributes
    ----------
    components, phases, statuses : tuple of str
        What the numbers in the buffers refer to.
    groups : list of Group
        The nodes, by what their bulks can be made of.

    Raises
    ------
    InputError
        If a component of the database is open: its potential is no condition of a node.
    """

    def __init__(self, database: Database | str, *, workers: int = 1) -> None:
        self._data = as_database(database)
        if self._data.opened:
            raise InputError(
                "a solver keeps closed rocks; this database has the potential of "
                f"{', '.join(name for name, _ in self._data.opened)} given: use gb.equilibria."
            )
        workers = whole_number("workers", workers)
        self._lock, self._workers = Lock(), workers
        self._pool = ThreadPoolExecutor(workers)
        self.groups: list[Group] = []
        self._bulk, self._n = np.zeros((0, 0)), -1
        self._faces: set[bytes] = set()  # of the rocks that tasks were made of
        self.components = self._data.components
        self.phases = self._data.phase_names
        self.statuses = STATUS_NAMES

    def __reduce__(self) -> tuple[Any, ...]:
        """What another process is given: a solver that knows no node yet, and will find the same answers."""
        return partial(Solver, self._data, workers=self._workers), ()

    def __repr__(self) -> str:
        """Return the database, and how many nodes there are."""
        return f"<Solver {self._data.name}: {max(self._n, 0)} nodes>"

    def _repr_html_(self) -> str:
        return html_facts([("database", self._data.name), ("nodes", str(max(self._n, 0)))])

    @property
    def searched(self) -> int:
        """How many answers needed a search of a phase so far; the others rest on earlier ones."""
        return sum(int(task.counts[2]) for group in self.groups for task in group.tasks)

    def buffers(self, n: int, *, properties: bool = False, compositions: bool = False) -> Answers:
        """Return arrays for the answers of n nodes, to be filled by `solve`.

        Parameters
        ----------
        n : int
            Nodes.
        properties : bool
            Whether heat capacity, expansivity and compressibility at equilibrium are wanted.
        compositions : bool
            Whether the oxides of each phase are.

        Raises
        ------
        InputError
            If n is no number of nodes.
        """
        n = whole_number("n", n, 0)
        return new_answers(self._data, n, properties=properties, compositions=compositions)

    def solve(
        self,
        pressure_kbar: Floats,
        temperature_C: Floats,
        bulk: Bulk | Floats,
        out: Answers | None = None,
    ) -> Answers:
        """Solve all nodes, from their last answers where there are any.

        Parameters
        ----------
        pressure_kbar, temperature_C : (n,) arrays
            kbar, °C. A node out of range has the status "bad_conditions".
        bulk : Bulk, (C,) array or (n, C) array
            One for all nodes, or each its own; moles of `components`, of any sum.
        out : Answers, optional
            From `buffers`, filled in place; new ones if left out. The arrays of one and the same
            bulk for all nodes, or a bulk that is as it was, leave nothing else to allocate.

        Returns
        -------
        Answers
            `out`. Nodes without an answer have a status other than 0, and NaN.

        Raises
        ------
        InputError
            If the shapes do not fit, or a bulk is no bulk.
        """
        p, t = _conditions(pressure_kbar, temperature_C)
        out = self.buffers(len(p)) if out is None else out
        self._check(out, len(p))
        rows = self._rows(bulk, len(p))
        with self._lock:
            self._prepare(p, t, rows)
            self._solve(p, t, out)
        return out

    def task(self, pressure_kbar: Floats, temperature_C: Floats, bulk: Bulk | Floats) -> Task:
        """Return what `gibbsite.kernels.solve_nodes` takes, for a Numba function of one's own.

        Parameters
        ----------
        pressure_kbar, temperature_C : (n,) arrays
            About where the nodes will be: in what order they are solved first.
        bulk : Bulk or (C,) array
            One for all nodes.

        Returns
        -------
        Task
            Of one thread at a time. Nodes that its kernel cannot certify have a status other than 0;
            `solve` would try them by a slower way.

        Raises
        ------
        InputError
            If the shapes do not fit, or nodes have bulks of their own.
        InfeasibleError
            If the phases cannot make the rock; the text names the component in excess.
        """
        p, t = _conditions(pressure_kbar, temperature_C)
        rows = self._rows(bulk, len(p))
        if len(rows) > 1 and len(p) > 1:
            raise InputError("a task has one bulk for all its nodes.")
        check_makable(self._data, rows[0])
        groups = self._grouped(p, t, rows)
        self._faces.add(self._data.face(rows)[0].tobytes())
        return groups[0].tasks[0]

    def task_bulk(self, bulk: Bulk | Floats, task: Task | None = None) -> Floats:
        """Return a bulk as `solve_nodes` takes it for a task, (1, C).

        Parameters
        ----------
        task : Task, optional
            May be left out where all tasks are of rocks of the same oxides.

        Raises
        ------
        InputError
            If the task, or each that was made, is of rocks of other oxides, or it has to be said which.
        InfeasibleError
            If the phases cannot make the rock; the text names the component in excess.
        """
        rows = self._rows(bulk, 1)
        check_makable(self._data, rows[0])
        face = self._data.face(rows)[0]
        reduced = self._data.reduced(face)
        if not isinstance(task, Task | None):
            raise InputError(f"task = {task!r} is none: make one by task.")
        if task is None and face.tobytes() not in self._faces:
            raise InputError("no task has been made of a rock of these oxides: make one by task.")
        if task is None and len(self._faces) > 1:
            raise InputError(
                "tasks have been made of rocks of other oxides, too: say for which task this bulk is."
            )
        if task is not None and task.system.phases is not reduced.system.phases:
            raise InputError(
                "this task is of rocks of other oxides, or of another database: make one of this rock by "
                "task."
            )
        return reduced.inside(rows)

    def _check(self, out: Answers, n: int) -> None:
        wanted = self.buffers(0)
        if not isinstance(out, Answers):
            raise InputError(f"out is {type(out).__name__}: make it by buffers({n}).")
        for name in Answers._fields:
            mine, its = getattr(out, name), getattr(wanted, name)
            if not isinstance(mine, np.ndarray):
                raise InputError(f"out.{name} is no array: make it by buffers({n}).")
            if name in _ON_REQUEST and len(mine) == 0:
                continue
            if not (mine.flags.c_contiguous and mine.flags.writeable):
                what = "not contiguous" if mine.flags.writeable else "read-only"
                raise InputError(f"out.{name} is {what}: make it by buffers({n}).")
            if mine.shape != (n, *its.shape[1:]) or mine.dtype != its.dtype:
                raise InputError(
                    f"out.{name} is {mine.dtype} {mine.shape}, and has to be {its.dtype} "
                    f"{(n, *its.shape[1:])}: make it by buffers({n})."
                )

    def _rows(self, bulk: Bulk | Floats, n: int) -> Floats:
        """Bulks as given, (1, C) or (n, C), of sum 1."""
        if isinstance(bulk, Bulk):
            return bulk.array(self.components)[None, :]
        rows = np.atleast_2d(numbers("bulk", bulk))
        if rows.shape[1:] != (len(self.components),) or len(rows) not in (1, n):
            raise InputError(
                f"bulk of shape {np.shape(bulk)}: moles of {', '.join(self.components)}, for all "
                f"nodes or for each of {n}."
            )
        return as_moles(rows, self.components)

    def _prepare(self, p: Floats, t: Floats, rows: Floats) -> None:
        """Group the nodes by what their bulks can be made of; keep what is known where that is as before."""
        if len(p) == self._n and rows.shape == self._bulk.shape:
            if (rows == self._bulk).all():
                return
            if self._take(rows):
                self._bulk = rows
                return
        self.groups, self._bulk, self._n = self._grouped(p, t, rows), rows, len(p)

    def _take(self, rows: Floats) -> bool:
        """Give the groups new bulks; False where they do not all lie on the faces they lay on."""
        if (self._data.excess(rows) >= 0).any() or (self._data.excess(self._bulk) >= 0).any():
            return False
        if not (self._data.face(rows) == self._data.face(self._bulk)).all():
            return False
        for group in self.groups:
            group.bulk = group.reduced.inside(rows if len(rows) == 1 else rows[group.place])
        return True

    def _grouped(self, p: Floats, t: Floats, rows: Floats) -> "list[Group]":
        inside = _in_range(p, t)
        can = self._data.excess(rows) < 0
        where = np.arange(len(p)) if len(rows) == 1 else np.flatnonzero(can)
        if not can.any():
            return []
        every = np.broadcast_to(rows, (len(p), rows.shape[1]))
        chosen = np.zeros(1, np.int64) if len(rows) == 1 else where
        groups = []
        for face, some in faces(self._data, chosen, rows):
            place = where if len(rows) == 1 else some
            reduced = self._data.reduced(face)
            good = place[inside[place]]
            curve = good[along_curve(p[good], to_kelvin(t[good]), every[good])]
            order = np.concatenate([curve, place[~inside[place]]])
            bulk = reduced.inside(rows if len(rows) == 1 else rows[order])
            groups.append(Group(self._data, reduced, order, bulk, self._workers))
        return groups

    def _solve(self, p: Floats, t: Floats, out: Answers) -> None:
        for group in self.groups:
            group.solve(p, t, out, self._pool)
        if sum(len(group.place) for group in self.groups) < self._n:
            self._mark_infeasible(out)

    def _mark_infeasible(self, out: Answers) -> None:
        left = np.ones(self._n, bool)
        for group in self.groups:
            left[group.place] = False
        out.status[left] = INFEASIBLE
        for name in Answers._fields[1:]:
            if len(values := getattr(out, name)):
                values[left] = -1 if name == "phase_id" else np.nan


def new_answers(
    data: Database, n: int, *, properties: bool = False, compositions: bool = False
) -> Answers:
    """Return the arrays of `Solver.buffers`."""
    slots, components = n_slots(len(data.components)), len(data.components)
    rows, of_phases = n if properties else 0, n if compositions else 0
    return Answers(
        status=np.ones(n, np.int8),
        phase_id=np.full((n, slots), -1, np.int16),
        amount_mol=np.full((n, slots), np.nan),
        mass_fraction=np.full((n, slots), np.nan),
        volume_fraction=np.full((n, slots), np.nan),
        composition_mol=np.full((of_phases, slots, components), np.nan),
        chemical_potential_kJ_mol=np.full((n, components), np.nan),
        density_kg_m3=np.full(n, np.nan),
        entropy_J_kgK=np.full(n, np.nan),
        enthalpy_J_kg=np.full(n, np.nan),
        melt_mass_fraction=np.full(n, np.nan),
        melt_volume_fraction=np.full(n, np.nan),
        heat_capacity_J_kgK=np.full(rows, np.nan),
        alpha_per_K=np.full(rows, np.nan),
        beta_per_kbar=np.full(rows, np.nan),
    )


class Group:
    """Nodes whose bulks are made of the same: their memory, and what each thread needs."""

    def __init__(
        self,
        data: Database,
        reduced: Reduced,
        place: Ints,
        bulk: Floats,
        workers: int,
    ) -> None:
        self.reduced, self.place, self.bulk = reduced, np.ascontiguousarray(place), bulk
        self._data = data
        nodes, terms = new_nodes(reduced.system, len(place)), terms_of(data, reduced)
        self.nodes = nodes
        self.tasks = [_task(reduced.system, nodes, self.place, terms) for _ in range(workers)]
        self._found: list[_Found | None] = [None] * workers
        self._sparse = False

    def solve(self, p: Floats, t: Floats, out: Answers, pool: ThreadPoolExecutor | None) -> None:
        """Solve all nodes and fill the buffers at their places; by one thread without a pool."""
        self._tabulate(p, t)
        work = partial(self._part, p, t, out)
        if pool is None or len(self.tasks) == 1:
            failed = work(0)
        else:
            failed = sum(pool.map(work, range(len(self.tasks))))
        if failed:
            self._rescue(p, t, out)

    def begin(self, bulk: Floats) -> None:
        """Forget all nodes and where they were; they are of other rocks of the same components now."""
        self.nodes.number[:], self.bulk, self._sparse = 0, bulk, False
        self.tasks = [task._replace(system=self.reduced.system) for task in self.tasks]
        for task in self.tasks:
            # energies of the same conditions differ in their last bits by cells and without
            task.work.conditions.factors.fill(np.nan)

    def results(self, some: Ints | slice) -> Results:
        """Return the answers of some nodes as a sweep leaves them, but for what is beyond the number of phases."""
        nodes, n = self.nodes, len(self.place[some])
        return Results(
            status=nodes.status[some],
            answered_by=np.full(n, WARM, np.int8),
            neighbour=np.full(n, -1, np.int64),
            iterations=np.zeros(n, np.int16),
            residuals=nodes.residuals[some],
            lowest_phase=nodes.lowest_phase[some],
            excess=np.full(n, -1, np.int16),
            gamma=nodes.gamma[some],
            given=np.zeros((n, 0)),
            number=nodes.number[some].astype(np.int16),
            phase=nodes.phase[some],
            amount=nodes.amount[some],
            molar=nodes.molar[some],
            proportions=nodes.proportions[some],
            standard=np.zeros((n, 0, 0)),
        )

    def _tabulate(self, p: Floats, t: Floats) -> None:
        """See that the standard energies of all nodes are in cells; not again where they are few."""
        system = self.tasks[0].system
        if self._sparse or brief(covers, len(p))(system.lattice, self.place, p, t):
            return
        kbar, kelvin = p[self.place], to_kelvin(t[self.place])
        found = tabulated(self._data, system, kbar, kelvin, visits=_VISITS)
        self._sparse = found is system
        self.tasks = [task._replace(system=found) for task in self.tasks]

    def _part(self, p: Floats, t: Floats, out: Answers, number: int) -> int:
        """Solve the share of a thread: chains next to each other."""
        n, parts = len(self.place), len(self.tasks)
        first, last = (
            min(-(-n // CHAIN) * share // parts * CHAIN, n) for share in (number, number + 1)
        )
        return self._rows(number, first, last, p, t, out)

    def _rows(self, number: int, first: int, last: int, p: Floats, t: Floats, out: Answers) -> int:
        """Solve some nodes, and count those that failed."""
        task = self.tasks[number]
        failed = int(brief(solve_nodes, last - first)(task, p, t, self.bulk, first, last, out))
        if len(out.alpha_per_K):
            for start in range(first, last, CHAIN):
                self._derive(number, start, min(start + CHAIN, last), out)
        return failed

    def _derive(self, number: int, first: int, last: int, out: Answers) -> None:
        """Fill the properties of some nodes, which depend on nothing that was evaluated before."""
        task = self.tasks[number]
        found, nodes = self._found[number] or _Found.of(task.system), task.nodes
        self._found[number] = found
        brief(bring_nodes, last - first)(nodes, first, last, found.answers)
        forget(found.work.standard)
        found.properties.relaxed.fill(np.nan)
        brief(fill_properties, last - first)(
            task.system, found.answers, found.work, found.properties
        )
        hand_properties(task, first, last, found.properties.relaxed, out)

    def _rescue(self, p: Floats, t: Floats, out: Answers) -> None:
        """Try what the kernel could not certify by the slow path; what that finds is certified again."""
        task = self.tasks[0]
        (rows,) = np.nonzero(~np.isin(task.nodes.status, _FINAL))
        for row in rows.tolist():
            node = self.place[row]
            bulk = self.bulk[row if len(self.bulk) > 1 else 0]
            point = LonePoint(float(p[node]), float(to_kelvin(t[node])), bulk)
            results = new_results(task.system, 1)
            solve_slowly(task.system, Options(), point, task.work, results, 0)
            if results.status[0] != CERTIFIED:
                continue
            nodes = task.nodes
            for name in ("number", "phase", "amount", "proportions", "gamma"):
                getattr(nodes, name)[row] = getattr(results, name)[0]
            nodes.pressure[row], nodes.lowest[row] = np.nan, -np.inf
            self._rows(0, row, row + 1, p, t, out)


@dataclass(frozen=True, slots=True)
class _Found:
    """Scratch for the properties of a piece of nodes."""

    work: PropertyWork
    answers: Assemblages
    properties: Responses

    @classmethod
    def of(cls, system: System) -> "_Found":
        """What a system needs."""
        return cls(
            new_property_work(system),
            new_assemblages(system, CHAIN),
            new_responses(system, CHAIN, ordered=False),
        )


def _task(found: System, nodes: Nodes, place: Ints, terms: Terms) -> Task:
    k = len(found.phases.n_endmembers)
    slots = nodes.phase.shape[1]
    limits = np.array([PRESSURE_KBAR, [float(to_kelvin(t)) for t in TEMPERATURE_C]])
    return Task(
        found, Options(), limits, nodes, place, terms, new_workspace(found), np.zeros(k, np.bool_),
        np.zeros(k), np.zeros(k), new_naming_work(slots, terms),
        np.zeros(3, np.int64),
    )  # fmt: skip


def _in_range(p: Floats, t: Floats) -> NDArray[np.bool_]:
    (low, high), (cold, hot) = PRESSURE_KBAR, TEMPERATURE_C
    return np.asarray((p >= low) & (p <= high) & (t >= cold) & (t <= hot))


def _conditions(pressure_kbar: Any, temperature_C: Any) -> tuple[Floats, Floats]:
    p, t = _column("pressure_kbar", pressure_kbar), _column("temperature_C", temperature_C)
    if len(p) != len(t):
        raise InputError(f"{len(p)} pressures and {len(t)} temperatures: one of each a node.")
    return p, t


def _column(name: str, values: Any) -> Floats:
    """An array that a kernel takes; the very same one where it is."""
    column = np.ascontiguousarray(numbers(name, values))
    if np.ndim(values) != 1:
        raise InputError(f"{name} has {np.ndim(values)} axes: one number a node, along one.")
    return column

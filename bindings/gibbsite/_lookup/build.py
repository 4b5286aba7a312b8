"""A table refined until interpolation is as near as asked for, and held against points left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.composition import Bulk, check_bulk
from gibbsite._inputs.database import Database
from gibbsite._inputs.given import names, number, numbers, whole_number
from gibbsite._inputs.limits import check_pressure_kbar, check_temperature_C
from gibbsite._solving.asked import as_database
from gibbsite._solving.equilibrium import equilibria
from gibbsite.errors import InputError

from .slopes import values_and_slopes
from .table import (
    CORNERS,
    DISCONTINUOUS,
    FAILED,
    MIXED,
    SMOOTH,
    Array,
    CellTree,
    Table,
    bilinear,
    hermite,
)

_MARGIN: Final = 0.5
"""Of the tolerance: what the error at the nodes between the corners may be."""
_ROUNDS: Final = 6
_OF_CELLS, _WORST, _OF_WORST, _CLIMBS = 2, 50, 5, 2
"""Of the points left out one in so many is drawn by cells, small ones as often as large ones; then,
twice, so many points each in the cells of the worst one in so many."""
_DOUBT: Final = 0.05
"""How likely all points drawn all over would have missed a share of the area as large as stated."""
_U, _V = (np.repeat([0.0, 0.5, 1.0], 3), np.tile([0.0, 0.5, 1.0], 3))
Columns = TypeVar("Columns", "_Found", "_Held")
_BETWEEN: Final = (1, 3, 4, 5, 7)
"""Nodes that are no corners."""


def table(
    rock: Bulk,
    pressure_kbar: tuple[float, float],
    temperature_C: tuple[float, float],
    quantities: Sequence[str],
    tolerance: float | Mapping[str, float],
    *,
    database: Database | str | None = None,
    cells: tuple[int, int] = (8, 8),
    depth: int = 6,
    checks: int = 500,
    workers: int | None = None,
) -> Table:
    """Make a lookup of quantities by pressure and temperature, as near as asked for.

    Cells are split until interpolation is within the tolerance at points between their corners, and
    then at points left out: drawn all over, in cells large and small, and more where the first were
    worst. Those of the last round, which nothing was made of, tell the error that the table states.
    Where all nodes of a cell have the same phases it is interpolated by Hermite's polynomials with the
    exact derivatives, else linearly in quarters.

    Parameters
    ----------
    rock : Bulk
        Its composition.
    pressure_kbar, temperature_C : (float, float)
        Ranges [kbar, degC].
    quantities : str or sequence of str
        Such as "rock.density", "rock.S", "liq.wt%"; see the reference of quantities.
    tolerance : float or mapping of str to float
        Of each quantity in its unit, or one share of the largest value in the table for all.
    database : Database or str
        Phases that can form.
    cells : (int, int)
        Along pressure and temperature, to begin with.
    depth : int
        How often a cell may be halved. One that a jump runs through still then is marked as
        discontinuous, and says so.
    checks : int
        Points of a round that are left out and drawn all over; more are drawn in cells.
    workers : int, optional
        Threads; by default one a processor.

    Returns
    -------
    Table
        Called with arrays of pressures and temperatures it interpolates.

    Raises
    ------
    InputError
        If a range is empty or beyond what is accepted, there is nothing to hold, or a quantity is
        unknown.
    """
    data = as_database(database)
    check_bulk(rock)
    ranges = [
        numbers("pressure_kbar", pressure_kbar, "kbar"),
        numbers("temperature_C", temperature_C, "°C"),
    ]
    if any(each.shape != (2,) or not each[0] < each[1] for each in ranges):
        raise InputError(
            f"pressure_kbar = {pressure_kbar}, temperature_C = {temperature_C}: each is a least and a "
            "greater value."
        )
    wanted = names("quantities", quantities)
    if not wanted:
        raise InputError(f"quantities = {quantities!r}: name one at least, such as rock.density.")
    check_pressure_kbar(ranges[0])
    check_temperature_C(ranges[1])
    if not isinstance(cells, Sequence) or len(cells) != 2:
        raise InputError(f"cells = {cells!r}: one number along pressure, one along temperature.")
    along = (whole_number("cells", cells[0]), whole_number("cells", cells[1]))
    depth, checks = whole_number("depth", depth, 0), whole_number("checks", checks)
    low, high = np.array(ranges).T.copy()
    source = _Source(data, rock, wanted, workers)
    build = _Build(source, low, high, along, depth)
    build.set_tolerance(tolerance)
    build.refine(np.arange(len(build.low)))
    return build.checked(checks)


@dataclass(frozen=True)
class _Found:
    """What is known at points: n of them."""

    values: Array
    """(n, Q)"""
    slopes: Array
    """(n, Q, 2)"""
    assemblage: NDArray[np.int64]
    """(n) which phases; -1 for no answer."""

    def taken(self, rows: NDArray[np.int64]) -> "_Found":
        """Some of them."""
        return _Found(self.values[rows], self.slopes[rows], self.assemblage[rows])


@dataclass(frozen=True)
class _Held:
    """What n points told that the table was held against."""

    leaf: NDArray[np.int64]
    error: Array
    """(n, Q) 0 where neither has a value, inf where one has."""
    judged: NDArray[np.bool_]
    """(n) whether both have an answer."""


def _joined(one: Columns, other: Columns) -> Columns:
    """What is known of some points and of others, one after the other."""
    pairs = ((getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    return type(one)(*map(np.concatenate, pairs))


class _Source:
    """The rock, solved where it is asked for."""

    def __init__(
        self, data: Database, rock: Bulk, names: tuple[str, ...], workers: int | None
    ) -> None:
        self.data, self.rock, self.names, self._workers = data, rock, names, workers
        self._assemblages: dict[bytes, int] = {}
        self.units: tuple[str, ...] = ()

    def __call__(self, p: Array, t: Array) -> _Found:
        """Solve points [kbar, degC]."""
        solved = equilibria(
            self.rock, pressure_kbar=p, temperature_C=t, database=self.data, errors="status",
            workers=self._workers, derivatives=("P", "T"),
        )  # fmt: skip
        values, slopes = values_and_slopes(self.data, solved, self.names)
        if not self.units:
            self.units = tuple(
                str(solved.gb.quantity(n).attrs.get("units", "")) for n in self.names
            )
        return _Found(values, slopes, self._numbered(solved))

    def _numbered(self, solved: xr.Dataset) -> NDArray[np.int64]:
        ids, status = solved["phase_id"].values, solved["status"].values
        keys = [np.sort(row).tobytes() for row in ids]
        numbers = [self._assemblages.setdefault(key, len(self._assemblages)) for key in keys]
        return np.where(status == 0, numbers, -1)


class _Build:
    """The tree while it grows. Nodes are kept by their place on the lattice of the finest cells."""

    def __init__(
        self, source: _Source, low: Array, high: Array, cells: tuple[int, int], depth: int
    ) -> None:
        self._source, self._origin = source, low
        self._finest = 2 ** (depth + 1)  # steps of the lattice in a root cell: two in the finest
        number = np.array(cells)
        self._step = (high - low) / (number * self._finest)
        self._across = int(number[1]) * self._finest + 1
        self.roots = np.arange(number.prod()).reshape(cells)
        i, j = np.indices(cells).reshape(2, -1) * self._finest
        self.low = np.stack([i, j], axis=1)  # on the lattice
        self.width = np.full(len(i), self._finest)
        self.child = np.full(len(i), -1)
        self.kind = np.full(len(i), SMOOTH, np.int8)
        self.jumps = np.zeros(len(i), bool)  # finest cells in which a jump was seen
        self._keys = np.zeros(0, np.int64)
        self._found = _Found(np.zeros((0, 0)), np.zeros((0, 0, 2)), np.zeros(0, np.int64))
        self._tolerance = np.zeros(0)

    def _nodes(self, some: NDArray[np.int64]) -> NDArray[np.int64]:
        """Keys of the nine nodes of cells, (n, 9)."""
        half = self.width[some, None] // 2
        i = self.low[some, :1] + half * (2.0 * _U).astype(int)
        j = self.low[some, 1:] + half * (2.0 * _V).astype(int)
        return np.asarray(i * self._across + j)

    def _place(self, keys: NDArray[np.int64]) -> tuple[Array, Array]:
        p, t = (
            origin + step * where
            for origin, step, where in zip(
                self._origin, self._step, divmod(keys, self._across), strict=True
            )
        )
        return p, t

    def _at(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of nodes among those found, solving what is missing."""
        new = np.setdiff1d(keys, self._keys)
        if len(new):
            found = self._source(*self._place(new))
            all_keys = np.concatenate([self._keys, new])
            order = np.argsort(all_keys)
            self._found = found if not len(self._keys) else _joined(self._found, found)
            self._found = self._found.taken(order)
            self._keys = all_keys[order]
        return np.searchsorted(self._keys, keys)

    def set_tolerance(self, tolerance: float | Mapping[str, float]) -> None:
        """Take what is asked for; a single number is a share of the largest value of each quantity."""
        names = self._source.names
        self._at(np.unique(self._nodes(np.arange(len(self.low)))))
        if isinstance(tolerance, Mapping):
            if missing := set(names) ^ set(tolerance):
                raise InputError(
                    f"tolerance and quantities differ by {', '.join(sorted(missing))}."
                )
            wanted = np.array([number(f"tolerance of {name}", tolerance[name]) for name in names])
        else:
            with np.errstate(invalid="ignore"):
                largest = np.fmax.reduce(np.abs(self._found.values), axis=0, initial=0.0)
            wanted = number("tolerance", tolerance) * np.where(largest > 0.0, largest, 1.0)
        if not (wanted > 0.0).all():
            raise InputError(f"tolerance = {tolerance!r}: it is positive.")
        self._tolerance = wanted

    def _cells(self, some: NDArray[np.int64]) -> tuple[Array, Array, NDArray[np.int64]]:
        """Values (n, Q, 9), slopes times extent (n, Q, 4, 2) and assemblages (n, 9) of cells."""
        rows = self._at(self._nodes(some).ravel()).reshape(-1, 9)
        values = np.moveaxis(self._found.values[rows], 1, 2)
        slopes = np.moveaxis(self._found.slopes[rows[:, CORNERS]], 1, 2)
        extent = self.width[some, None] * self._step
        return values, slopes * extent[:, None, None, :], self._found.assemblage[rows]

    def refine(self, some: NDArray[np.int64]) -> None:
        """Split cells, and what they are split into, until all are near enough or the finest."""
        while len(some):
            values, slopes, phases = self._cells(some)
            same = (phases == phases[:, :1]).all(axis=1)
            good = (phases >= 0).all(axis=1)
            off = np.zeros(len(some), bool)
            for node in _BETWEEN:
                u, v = (np.full(len(some), each[node]) for each in (_U, _V))
                corners = values[..., CORNERS]
                by_slopes = hermite(corners, slopes, u, v)
                linear = bilinear(corners, u, v)
                guess = np.where(same[:, None] & np.isfinite(by_slopes), by_slopes, linear)
                off |= self._differ(guess, values[..., node], _MARGIN)
            split = (off | ~good) & (self.width[some] > 2)
            kind = np.where(same, SMOOTH, MIXED)
            self.jumps[some] = good & off & ~split
            self.kind[some] = np.where(
                good, np.where(self.jumps[some], DISCONTINUOUS, kind), FAILED
            )
            some = self.split(some[split])

    def _differ(self, guess: Array, values: Array, share: float) -> NDArray[np.bool_]:
        """Whether any quantity is off; one that has no value has to have none."""
        with np.errstate(invalid="ignore"):
            near = np.abs(guess - values) <= share * self._tolerance
        return np.asarray(~(near | (np.isnan(guess) & np.isnan(values))).all(axis=1))

    def split(self, some: NDArray[np.int64]) -> NDArray[np.int64]:
        """Split cells into four, and return these."""
        first = len(self.low) + 4 * np.arange(len(some))
        self.child[some] = first
        half = self.width[some] // 2
        quarters = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        low = self.low[some, None] + quarters * half[:, None, None]
        self.low = np.concatenate([self.low, low.reshape(-1, 2)])
        self.width = np.concatenate([self.width, np.repeat(half, 4)])
        self.child = np.concatenate([self.child, np.full(4 * len(some), -1)])
        self.kind = np.concatenate([self.kind, np.full(4 * len(some), SMOOTH, np.int8)])
        self.jumps = np.concatenate([self.jumps, np.zeros(4 * len(some), bool)])
        return np.arange(len(self.low) - 4 * len(some), len(self.low))

    def follow_jumps(self) -> None:
        """Split what lies beside a jump, and take the finest field boundaries there for one: it may run on."""
        while True:
            table = self.made()
            (sharp,) = np.nonzero((self.child < 0) & self.jumps)
            half = 0.5 * self.width[sharp, None]
            middle = self.low[sharp] + half
            sides = [middle + (half + 0.5) * way for way in ((1, 0), (-1, 0), (0, 1), (0, -1))]
            beside = np.unique(table.find(*(np.concatenate(sides) * self._step + self._origin).T))
            beside = beside[beside >= 0]
            beside = beside[self.kind[beside] == MIXED]
            coarse = beside[self.width[beside] > 2]
            if not len(coarse):
                self.kind[beside] = DISCONTINUOUS
                return
            self.refine(self.split(coarse))

    def made(self) -> Table:
        """The table as it is."""
        values, slopes, _ = self._cells(np.arange(len(self.low)))
        source = self._source
        extent = self.width[:, None] * self._step
        return Table(
            source.names, source.units, dict(zip(source.names, self._tolerance.tolist(), strict=True)),
            {}, {}, 0, 0, 1.0, source.rock.name or "a rock", source.data.name, source.data.sha256,
            CellTree(
                self._origin + self.low * self._step, extent, self.child, self.kind.copy(),
                np.ascontiguousarray(values), np.ascontiguousarray(slopes),
            ),
            self.roots,
        )  # fmt: skip

    def _held(self, table: Table, p: Array, t: Array) -> "_Held":
        """Hold the table against points that it was not made of."""
        found, leaf = self._source(p, t), table.find(p, t)
        guess = np.stack(list(table(p, t).values()), axis=1)
        with np.errstate(invalid="ignore"):
            error = np.abs(guess - found.values)
        absent = np.isnan(guess) & np.isnan(found.values)
        error = np.where(absent, 0.0, np.where(np.isnan(error), np.inf, error))
        return _Held(leaf, error, (found.assemblage >= 0) & (table.cells.kind[leaf] != FAILED))

    def _held_out(self, table: Table, checks: int, rng: np.random.Generator) -> tuple["_Held", int]:
        """Hold it against points all over, then in any cells, then in those that were worst; how many all over."""
        (leaves,) = np.nonzero(self.child < 0)

        def within(cells: NDArray[np.int64]) -> tuple[Array, Array]:
            x = table.cells.low[cells] + rng.random((len(cells), 2)) * table.cells.size[cells]
            return x[:, 0].copy(), x[:, 1].copy()

        x = rng.uniform(table.low, table.high, (checks, 2))
        everywhere = self._held(table, x[:, 0].copy(), x[:, 1].copy())
        in_cells = self._held(table, *within(rng.choice(leaves, -(-checks // _OF_CELLS))))
        held = _joined(everywhere, in_cells)
        for _ in range(_CLIMBS):
            calm = held.judged & (table.cells.kind[held.leaf] != DISCONTINUOUS)
            share = np.where(calm, (held.error / self._tolerance).max(axis=1), -1.0)
            worst = held.leaf[np.argsort(-share, kind="stable")[: -(-checks // _WORST)]]
            held = _joined(held, self._held(table, *within(np.repeat(worst, _OF_WORST))))
        return held, int(np.count_nonzero(everywhere.judged))

    def checked(self, checks: int) -> Table:
        """Hold the table against points left out; split what is off; say what the last ones told."""
        rng, names = np.random.default_rng(16), self._source.names
        for round_ in range(_ROUNDS):
            self.follow_jumps()
            table = self.made()
            held, everywhere = self._held_out(table, checks, rng)
            marked = table.cells.kind[held.leaf] == DISCONTINUOUS
            bad = held.judged & ~marked & (held.error > self._tolerance).any(axis=1)
            if not bad.any() or round_ == _ROUNDS - 1:
                break
            off = np.unique(held.leaf[bad])
            finest = off[self.width[off] <= 2]
            self.kind[finest], self.jumps[finest] = DISCONTINUOUS, True
            self.refine(self.split(off[self.width[off] > 2]))

        def worst(of: NDArray[np.bool_]) -> dict[str, float]:
            largest = np.max(held.error[of], axis=0, initial=0.0)
            return dict(zip(names, largest.tolist(), strict=True))

        return replace(
            table,
            worst=worst(held.judged & ~marked),
            worst_discontinuous=worst(held.judged & marked),
            checked=int(np.count_nonzero(held.judged)),
            above=int(np.count_nonzero(bad)),
            unseen=1.0 - _DOUBT ** (1.0 / max(everywhere, 1)),
        )

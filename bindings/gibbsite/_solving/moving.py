"""Many points whose entropy, enthalpy or volume is given, each moved from its own last answer.

A coarse table of the number tells about where each point lies; Newton's method with the exact slope of
the relaxed rock, then the secant's, does the rest, and most phases need no search again where a point moves by less and
less. What is not met in a few steps, at invariants above all, is left to a slower search.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.interpolate import PchipInterpolator

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.faces import faces
from gibbsite._inputs.limits import to_celsius, to_kelvin
from gibbsite_engine.layout import Booleans, Floats, Ints, Points
from gibbsite_engine.nodes import Answers
from gibbsite_engine.ordering import along_curve, chain_edges
from gibbsite_engine.status import CERTIFIED
from gibbsite_engine.stepping import CHAIN

from . import again
from .results import Arrays, empty, fill
from .solve import Chain, solve_points
from .solver import Group, new_answers
from .threads import threads

LEAST: Final = 1000
"""Fewer points are not worth a coarse table."""
_PIECE: Final = 4 * CHAIN
"""Points that are on their way together: the memory of their nodes is used again by others."""
_ROWS: Final = (13, 60)
"""Fewest and most values of what is known in the coarse table; of what is free 1.6 times as many."""
_FEW: Final = 33
"""Values of what is free, of three of what is known, that tell where the coarse table is to lie."""
_STEPS: Final = 6
_TELLING: Final = 1e-4
"""K or kbar: the slope over a shorter step is drowned by rounding."""
_AGAIN: Final = 1 / 512
"""How many points are solved again alone."""

# Nodes that are done with, by the reduced database that they are of and their number.
Idle = defaultdict[tuple[tuple[bool, ...], int], list[Group]]


@dataclass(frozen=True, slots=True)
class Sought:
    """What is asked of n points.

    Attributes
    ----------
    name : {"entropy", "enthalpy", "volume"}
        What is given.
    numbers : (n,) array
        The numbers, volumes with their sign turned: they rise with what is free.
    known : (n,) array
        Pressures [kbar], or temperatures [degC] where the volume is given.
    bulk : (n, C) array
        mol per mole of oxides.
    limits : (float, float)
        Of what is free, K or kbar.
    """

    name: str
    numbers: Floats
    known: Floats
    bulk: Floats
    limits: tuple[float, float]

    @property
    def hot(self) -> bool:
        """Whether the temperature is what is free."""
        return self.name != "volume"

    def of(self, some: Ints) -> "Sought":
        """What is asked of some of the points."""
        return replace(
            self, numbers=self.numbers[some], known=self.known[some], bulk=self.bulk[some]
        )

    def conditions(self, x: Floats) -> tuple[Floats, Floats]:
        """Pressures [kbar] and temperatures [degC] at some values of what is free."""
        return (self.known, to_celsius(x)) if self.hot else (x, self.known)


def find(
    data: Database,
    wanted: Sought,
    accuracy: float,
    workers: int | None,
    keep: Collection[str] | None,
) -> tuple[Booleans, Floats, Arrays]:
    """Find what is free at all points that are met in a few steps.

    Parameters
    ----------
    accuracy : float
        Of the numbers, relative.
    keep : collection of str, optional
        As of `solve_points`.

    Returns
    -------
    ((n,) array of bool, (n,) array, dict)
        Which are met, where [K or kbar], and the variables as of `solve_points`, empty of the others.
    """
    x = _guessed(data, wanted, workers)
    x = np.where(np.isnan(x), np.mean(wanted.limits), x)
    met, out = np.zeros(len(x), bool), empty(data, len(x), keep)
    idle: Idle = defaultdict(list)

    def walked(piece: tuple[Reduced, Ints]) -> None:
        reduced, place = piece
        group = _group(data, reduced, wanted.bulk[place], idle)
        walk = _Walk(data, group, wanted.of(place), x[place])
        met[place] = walk.run(accuracy)
        x[place] = walk.x
        mine = walk.arrays(met[place])
        for name in out:
            out[name][place] = mine[name]
        idle[reduced.key, len(place)].append(group)

    pieces = list(_pieces(data, wanted.bulk, *wanted.conditions(x)))
    with threads(workers, len(pieces)) as pool:
        deque(pool.map(walked, pieces), maxlen=0)
    return met, x, out


def _pieces(
    data: Database, bulk: Floats, p: Floats, temperature_C: Floats
) -> Iterator[tuple[Reduced, Ints]]:
    """Yield points that are on their way together, in the order of a curve, all that phases can make."""
    t = to_kelvin(temperature_C)
    for face, where in faces(data, np.flatnonzero(data.excess(bulk) < 0), bulk):
        curve = where[along_curve(p[where], t[where], bulk[where])]
        for first in range(0, len(curve), _PIECE):
            yield data.reduced(face), curve[first : first + _PIECE]


def _group(data: Database, reduced: Reduced, bulk: Floats, idle: Idle) -> Group:
    """Nodes of which nothing is known, one for each bulk, in memory that others have left if there is any."""
    rows = reduced.inside(bulk[:1] if (bulk == bulk[0]).all() else bulk)
    try:
        group = idle[reduced.key, len(bulk)].pop()
    except IndexError:
        return Group(data, reduced, np.arange(len(bulk)), rows, 1)
    group.begin(rows)
    return group


def _tabulated(
    data: Database, wanted: Sought, known: Floats, free: Floats, workers: int | None
) -> Floats:
    """What is given, as the mean rock has it: a row for each value of what is known."""
    k, f = (each.ravel() for each in np.meshgrid(known, free, indexing="ij"))
    p, t = (k, f) if wanted.hot else (f, to_kelvin(k))
    bulk = np.tile(wanted.bulk.mean(axis=0), (len(p), 1))
    arrays = solve_points(data, p, t, bulk, workers, keep=("gibbs_energy", "entropy", "volume"))
    value = {
        "entropy": arrays["entropy"],
        "enthalpy": arrays["gibbs_energy"] + t * arrays["entropy"],
        "volume": -arrays["volume"],
    }[wanted.name]
    return np.asarray(value.reshape(len(known), len(free)))


def _looked_up(free: Floats, row: Floats, numbers: Floats) -> Floats:
    """Where a row of a table, which rises, has some numbers; NaN where it has too few of its own."""
    free, row = free[np.isfinite(row)], row[np.isfinite(row)]
    rises = np.diff(np.maximum.accumulate(row), prepend=-np.inf) > 0.0  # not at an invariant
    free, row = free[rises], row[rises]
    if len(row) < 2:
        return np.full(len(numbers), np.nan)
    return np.asarray(PchipInterpolator(row, free)(np.clip(numbers, row[0], row[-1])))


def _reached(data: Database, wanted: Sought, workers: int | None) -> tuple[float, float]:
    """Between which values of what is free all numbers lie, with room, by few points."""
    free = np.linspace(*wanted.limits, _FEW)
    known = np.unique([wanted.known.min(), np.median(wanted.known), wanted.known.max()])
    ends = np.array([wanted.numbers.min(), wanted.numbers.max()])
    rows = _tabulated(data, wanted, known, free, workers)
    found = np.array([_looked_up(free, row, ends) for row in rows])
    if np.isnan(found).any():
        return wanted.limits
    room = free[1] - free[0]
    low, high = wanted.limits
    return max(low, float(found.min()) - room), min(high, float(found.max()) + room)


def _guessed(data: Database, wanted: Sought, workers: int | None) -> Floats:
    """Where the numbers lie by a coarse table of the mean rock, NaN where it does not tell."""
    n_known = int(np.clip(np.sqrt(len(wanted.known)) / 5.0, *_ROWS))
    known = np.linspace(wanted.known.min(), wanted.known.max(), n_known)
    free = np.linspace(*_reached(data, wanted, workers), int(1.6 * n_known))
    value = _tabulated(data, wanted, known, free, workers)
    place = (wanted.known - known[0]) / max(known[-1] - known[0], 1e-300) * (n_known - 1)
    out = np.zeros(len(place))
    for row in range(n_known):  # each point lies between two rows, or on one
        weight = 1.0 - np.abs(place - row)
        (near,) = np.nonzero(weight > 0.0)
        out[near] += weight[near] * _looked_up(free, value[row], wanted.numbers[near])
    return out


class _Walk:
    """The points on their way, one group of nodes."""

    def __init__(self, data: Database, group: Group, wanted: Sought, x: Floats) -> None:
        self._data, self._group, self._wanted, self.x = data, group, wanted, x
        self._out = new_answers(data, len(x), properties=True)
        nothing = np.zeros(0)
        self._plain = self._out._replace(
            heat_capacity_J_kgK=nothing, alpha_per_K=nothing, beta_per_kbar=nothing
        )

    def _solve(self, out: Answers) -> None:
        self._group.solve(*self._wanted.conditions(self.x), out, None)

    def run(self, accuracy: float) -> Booleans:
        """Take the steps; which points are met."""
        numbers, slope = self._wanted.numbers, np.ones(len(self.x))
        last = last_x = np.full(len(self.x), np.nan)
        for step in range(_STEPS):
            self._solve(self._plain)
            rest = self._values() - numbers
            open_ = np.isfinite(rest) & ~(np.abs(rest) <= accuracy * np.abs(numbers))
            if not open_.any() or step == _STEPS - 1:
                break
            if step == 0:
                self._solve(self._out)  # the same answers, and their slopes
                slope = self._slopes()
            else:
                slope = _secant(slope, self.x - last_x, rest - last)
            last, last_x = rest, self.x
            with np.errstate(divide="ignore", invalid="ignore"):
                moved = np.clip(self.x - rest / slope, *self._wanted.limits)
            self.x = np.where(open_ & np.isfinite(moved), moved, self.x)
        return np.asarray(np.abs(rest) <= accuracy * np.abs(numbers))

    def _sums(self) -> tuple[Floats, Floats, Floats]:
        """Energy, entropy and volume of all points per mole of oxides; NaN where there is no answer."""
        nodes = self._group.nodes
        held = np.arange(nodes.amount.shape[1]) < nodes.number[:, None]
        amount = np.where(held, nodes.amount, 0.0)
        out = np.empty((3, len(self.x)))
        out[0] = np.einsum("nc,nc->n", nodes.gamma, nodes.bulk)
        out[1] = np.einsum("ns,ns->n", amount, nodes.molar[:, :, 1])
        out[2] = np.einsum("ns,ns->n", amount, nodes.molar[:, :, 0])
        out[:, self._plain.status != CERTIFIED] = np.nan
        return out[0], out[1], out[2]

    def _values(self) -> Floats:
        """What is given, as it is where the points are."""
        energy, entropy, volume = self._sums()
        if self._wanted.name == "entropy":
            return entropy
        if self._wanted.name == "volume":
            return -volume
        return energy + self.x * entropy

    def _slopes(self) -> Floats:
        """Its derivative by what is free."""
        _, _, volume = self._sums()
        if self._wanted.name == "volume":
            return self._out.beta_per_kbar * volume
        mass = 0.01 * self._out.density_kg_m3 * volume  # g per mole of oxides
        heat = 1e-6 * self._out.heat_capacity_J_kgK * mass  # kJ/K
        return heat if self._wanted.name == "enthalpy" else heat / self.x

    def arrays(self, met: Booleans) -> Arrays:
        """The variables of the points, empty of those that are not met."""
        reduced, wanted, out = self._group.reduced, self._wanted, empty(self._data, len(met))
        some = np.flatnonzero(met)
        results, bulk = self._group.results(slice(None) if met.all() else some), wanted.bulk[some]
        fill(self._data, reduced, results, bulk, some, out)
        p, t = (each[some] for each in wanted.conditions(self.x))
        points = Points(p, to_kelvin(t), reduced.inside(bulk))
        plain = reduced.system._replace(seeds=reduced.system.cover)
        for i in again.chosen(points, _AGAIN).tolist():
            one = Points(*(column[i : i + 1] for column in points))
            alone = Chain(plain, one, np.zeros(1, np.int64), chain_edges(1)).results
            out["solved_again"][some[i]] = again.compare(points, i, results, alone)
        return out


def _secant(slope: Floats, dx: Floats, change: Floats) -> Floats:
    """Slopes over the last steps where these were long enough to tell and it rises; else as before."""
    with np.errstate(divide="ignore", invalid="ignore"):
        over = change / dx
    return np.where((np.abs(dx) > _TELLING) & (over > 0.0), over, slope)

"""Points whose entropy, enthalpy or volume is given in place of temperature or pressure.

Entropy and enthalpy rise with temperature at given pressure, and volume falls with pressure at given
temperature, for whatever is stable: each is met once. (Volume at given pressure need not be: some
rocks shrink as they are heated.) Newton's method with the exact slope of the relaxed rock, kept
between bounds that have the number between them, which are halved where its steps do not become
shorter: slopes jump at field boundaries, and it may go to and fro over one. At an isobaric invariant
the number jumps; where it lies within the jump both assemblages coexist at that one temperature, in
the proportion of a lever.
"""

from collections.abc import Collection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._inputs.limits import PRESSURE_KBAR, TEMPERATURE_C, to_celsius, to_kelvin
from gibbsite._properties.evaluate import as_solved, evaluate
from gibbsite_engine.layout import Booleans, Floats
from gibbsite_engine.status import BAD_CONDITIONS, CERTIFIED, INFEASIBLE, NOT_CONVERGED

from . import moving
from .constraint import Constraint
from .results import Arrays, blank, empty, kept, slot_order
from .solve import solve_points
from .undefined import hottest_C

_STEPS: Final = 120
_ACCURACY: Final = 1e-11
"""Of the number given, relative."""
_AT_LIMITS: Final = 1e-9
"""Likewise at a limit of what is accepted, where nothing lies beyond to make up for rounding."""
_WIDTH: Final = 2e-8
"""K or kbar/100: bounds nearer to each other that still differ hold a jump between them."""
_ELSEWHERE: Final = (0.5, 0.25, 0.75, 0.375, 0.625)
"""Between the bounds, where a point is tried next that had no answer where it was tried."""
_SAME: Final = 1e-3
"""Proportions of one phase on both sides of a jump differ by less."""


def solve_given(
    data: Database,
    given: Constraint,
    numbers: Floats,
    known: Floats,
    bulk: Floats,
    workers: int | None = None,
    keep: Collection[str] | None = None,
) -> tuple[Arrays, Floats]:
    """Solve n points of which one condition follows from another number.

    Parameters
    ----------
    numbers : (n,) array
        The entropies, enthalpies or volumes.
    known : (n,) array
        Pressures [kbar] or temperatures [degC], whichever is given.
    bulk : (n, C) array
        mol per mole of oxides.
    keep : collection of str, optional
        As of `solve_points`.

    Returns
    -------
    (dict, (n,) array)
        The variables as of `solve_points`, and the temperatures [degC] or pressures [kbar] found.
        Where none in the accepted range does, the status is BAD_CONDITIONS and the number NaN.
    """
    rising = -numbers if given.name == "volume" else numbers
    if len(numbers) < moving.LEAST or data.opened:
        all_of_it, found = _Search(data, given, rising, known, bulk, workers).run()
        return kept(all_of_it, keep), found
    low, high = _limits(data, given, bulk)
    wanted = moving.Sought(
        given.name, rising, known, bulk, (float(low.max()), float(high.min())),
    )  # fmt: skip
    met, x, arrays = moving.find(data, wanted, _ACCURACY, workers, keep)
    found, rest = to_celsius(x) if wanted.hot else x, ~met
    if rest.any():
        search = _Search(data, given, rising[rest], known[rest], bulk[rest], workers, x[rest])
        others, found[rest] = search.run()
        for name, values in arrays.items():
            values[rest] = others[name]
    return arrays, found


def _limits(data: Database, given: Constraint, bulk: Floats) -> list[Floats]:
    """The least and the greatest of what is free that is accepted, for each rock [K or kbar]."""
    low, high = TEMPERATURE_C if given.free == "temperature" else PRESSURE_KBAR
    least = np.full(len(bulk), low)
    if given.free == "temperature":
        return [to_kelvin(least), to_kelvin(hottest_C(data, bulk))]
    return [least, np.full(len(bulk), high)]


def reach(data: Database, given: Constraint, known: float, bulk: Floats) -> str:
    """Say what a rock has at both ends of the accepted range, of what is given.

    Parameters
    ----------
    known : float
        Pressure [kbar] or temperature [degC], whichever is given.
    bulk : (C,) array
        mol per mole of oxides.
    """
    search = _Search(data, given, np.zeros(2), np.full(2, known), np.tile(bulk, (2, 1)), workers=1)
    rows, ends = np.arange(2), np.array([limit[0] for limit in search.limits])
    arrays, values, _ = search.solve(rows, ends)
    if (arrays["status"] != CERTIFIED).any():
        return f"this rock has it at no {given.free} of the accepted range"
    hot = given.free == "temperature"
    first, last = values if hot else -values
    low, high = to_celsius(ends) if hot else ends
    unit, at = ("°C", "kbar") if hot else ("kbar", "°C")
    return (
        f"this rock has {first:.6g} at {low:.4g} {unit} to {last:.6g} at {high:.4g} {unit}, "
        f"all at {known:g} {at}"
    )


class _Search:
    """The bounds of all points, and the answers at them."""

    def __init__(
        self, data: Database, given: Constraint, numbers: Floats, known: Floats, bulk: Floats,
        workers: int | None, begin: Floats | None = None,
    ) -> None:  # fmt: skip
        n = len(numbers)
        self._data, self._given, self._workers = data, given, workers
        self._numbers, self._known, self._bulk = numbers, known, bulk
        self._hot = given.free == "temperature"
        self.limits = _limits(data, given, bulk)
        self._x = np.full(n, 1600.0 if self._hot else 10.0) if begin is None else begin
        self._open, self._found = np.ones(n, bool), np.full(n, np.nan)
        self._strides = np.full((n, 2), np.inf)  # how far the last two steps went
        self._failures = np.zeros(n, np.int64)
        self._answer = empty(data, n)
        self._sides = [_Side(end.copy(), empty(data, n)) for end in self.limits]

    def run(self) -> tuple[Arrays, Floats]:
        """Answers and where they are, as of `solve_given`."""
        for _ in range(_STEPS):
            if not self.step():
                break
        return self.finish()

    def step(self) -> bool:
        """Solve all points that are open once more; False where there are none."""
        (rows,) = np.nonzero(self._open)
        if not len(rows):
            return False
        x, target = self._x[rows], self._numbers[rows]
        arrays, value, slope = self.solve(rows, x)
        failed = arrays["status"] != CERTIFIED
        rest = value - target
        met = ~failed & (np.abs(rest) <= _ACCURACY * np.abs(target))
        below = rest < 0.0
        for side, these in zip(self._sides, (below, ~below), strict=True):
            side.take(rows, these & ~failed & ~met, x, value, arrays)
        with np.errstate(divide="ignore", invalid="ignore"):
            x_next, at_limit = self._next(rows, x, rest / slope, failed)
        met |= at_limit & (np.abs(rest) <= _AT_LIMITS * np.abs(target))
        stays = met | self._give_up(rows, failed, arrays["status"])
        self._strides[rows] = np.stack([self._strides[rows, 1], np.abs(x_next - x)], axis=1)
        self._x[rows] = x_next
        self._found[rows[met]] = x[met]
        for name, values in arrays.items():
            self._answer[name][rows[stays]] = values[stays]
        self._open[rows[stays | at_limit | self._closed(rows)]] = False
        return True

    def _give_up(
        self, rows: NDArray[np.int64], failed: Booleans, status: NDArray[np.int8]
    ) -> Booleans:
        """Which points have no answer here nor, as far as has been tried, elsewhere."""
        self._failures[rows[failed]] += 1
        return np.asarray(
            failed & ((status == INFEASIBLE) | (self._failures[rows] > len(_ELSEWHERE)))
        )

    def _next(
        self, rows: NDArray[np.int64], x: Floats, step: Floats, failed: Booleans
    ) -> tuple[Floats, Booleans]:
        """Where to solve next, and which points were solved at the limit that they are beyond."""
        low, high = (side.x[rows] for side in self._sides)
        newton = x - step
        inside = (newton > low) & (newton < high)  # False for NaN
        shorter = np.abs(newton - x) <= 0.5 * self._strides[rows, 0]
        below = newton <= low
        edge = np.where(below, low, high)
        solved = (side.solved[rows] for side in self._sides)
        unknown = ~inside & np.isfinite(newton) & ~np.where(below, *solved)
        share = np.where(failed, np.take(_ELSEWHERE, self._failures[rows], mode="clip"), 0.5)
        between = low + share * (high - low)
        x_next = np.where(inside & shorter, newton, np.where(unknown, edge, between))
        return x_next, unknown & (x == edge)

    def _closed(self, rows: NDArray[np.int64]) -> Booleans:
        """Whether the answers on both sides have come so near that there is a jump between them."""
        low, high = self._sides
        near = high.x[rows] - low.x[rows] <= _WIDTH * (1.0 if self._hot else 1e-2)
        return np.asarray(near & low.solved[rows] & high.solved[rows])

    def solve(self, rows: NDArray[np.int64], x: Floats) -> tuple[Arrays, Floats, Floats]:
        """Answers at x, the number there (falling ones with their sign turned), and its slope."""
        known = self._known[rows]
        p, t = (known, x) if self._hot else (x, to_kelvin(known))
        arrays = solve_points(self._data, p, t, self._bulk[rows], self._workers)
        relaxed = evaluate(self._data, as_solved(arrays, p, t), kinds={"relaxed"}).relaxed
        if self._given.name == "entropy":
            return arrays, arrays["entropy"], -relaxed[:, 0]
        if self._given.name == "enthalpy":
            return arrays, arrays["gibbs_energy"] + t * arrays["entropy"], -t * relaxed[:, 0]
        return arrays, -arrays["volume"], -relaxed[:, 2]

    def finish(self) -> tuple[Arrays, Floats]:
        """Levers where the number lies in a jump; what remains has no solution, or none that was found."""
        low, high = self._sides
        jump = np.isnan(self._found) & self._closed(np.arange(len(self._x)))
        (jumps,) = np.nonzero(jump & (self._answer["status"] == CERTIFIED))
        for i in jumps.tolist():
            share = (self._numbers[i] - low.value[i]) / (high.value[i] - low.value[i])
            mixed = _lever(self._data, low.at(i), high.at(i), share)
            if mixed is not None:
                self._found[i] = 0.5 * (low.x[i] + high.x[i])
                for name, values in mixed.items():
                    self._answer[name][i] = values
        left = np.isnan(self._found) & (self._answer["status"] == CERTIFIED)
        self._answer["status"][left & self._open] = NOT_CONVERGED
        self._answer["status"][left & ~self._open] = BAD_CONDITIONS
        blank(self._answer)
        return self._answer, to_celsius(self._found) if self._hot else self._found


class _Side:
    """The nearest answers on one side of the numbers."""

    def __init__(self, x: Floats, arrays: Arrays) -> None:
        self.x, self._arrays = x, arrays
        self.value = np.full(len(x), np.nan)

    @property
    def solved(self) -> Booleans:
        """Whether there is one, or only the limit of what is accepted."""
        return np.asarray(np.isfinite(self.value))

    def take(
        self, rows: NDArray[np.int64], these: Booleans, x: Floats, value: Floats, arrays: Arrays
    ) -> None:
        """Keep answers that are nearer."""
        self.x[rows[these]], self.value[rows[these]] = x[these], value[these]
        for name, values in arrays.items():
            self._arrays[name][rows[these]] = values[these]

    def at(self, i: int) -> Arrays:
        """The variables of point i."""
        return {name: values[i] for name, values in self._arrays.items()}


_LINEAR: Final = ("amount_mol", "mole_fraction", "mass_fraction")
_MEAN: Final = {"proportions": "amount_mol", "phase_composition_mol": "mole_fraction"}
"""What is of a phase that is on both sides, and by which of its amounts the two are averaged."""


def _lever(data: Database, low: Arrays, high: Arrays, share: float) -> Arrays | None:
    """Both assemblages of an invariant together, `share` of the second; None if there is no room."""
    out = {name: np.array(values) for name, values in low.items()}
    weights = (1.0 - share, share)
    for name in ("gibbs_energy", "entropy", "volume"):
        out[name] = np.array(weights[0] * low[name] + weights[1] * high[name])
    volumes = [
        w * side["volume"] / out["volume"] for w, side in zip(weights, (low, high), strict=True)
    ]
    factors = {name: weights for name in _LINEAR} | {"volume_fraction": tuple(volumes)}
    for name, (w, _) in factors.items():
        out[name] = w * low[name]
    for slot in np.flatnonzero(high["phase_id"] >= 0):
        same = (low["phase_id"] == high["phase_id"][slot]) & (
            np.abs(low["proportions"] - high["proportions"][slot]).max(axis=1) < _SAME
        )
        free = np.flatnonzero(same) if same.any() else np.flatnonzero(out["phase_id"] < 0)
        if not len(free):
            return None
        to = free[0]
        out["phase_id"][to] = high["phase_id"][slot]
        for name, by in _MEAN.items():
            more = weights[1] * high[by][slot]
            whole = out[by][to] + more  # no more than this where the phase is new
            part = more / whole if whole > 0.0 else 1.0
            out[name][to] = (1.0 - part) * out[name][to] + part * high[name][slot]
        for name, (_, w) in factors.items():
            out[name][to] += w * high[name][slot]
    order, instance = slot_order(data, out["phase_id"][None], out["phase_composition_mol"][None])
    for name in ("phase_id", "proportions", "phase_composition_mol", *factors):
        out[name] = out[name][order[0]]
    out["instance"] = instance[0]
    mass = low["density"] * low["volume"]
    out["density"] = np.array(mass / out["volume"])
    return out

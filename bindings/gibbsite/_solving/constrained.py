"""Points whose entropy, enthalpy or volume is given in place of temperature or pressure.

Entropy and enthalpy rise with temperature at given pressure, and volume falls with pressure at given
temperature, for whatever is stable: each is met once. (Volume at given pressure need not be: some
rocks shrink as they are heated.) Newton's method with the exact slope of the relaxed rock, kept
between bounds that have the number between them. At an isobaric invariant the number jumps; where it
lies within the jump both assemblages coexist at that one temperature, in the proportion of a lever.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._inputs.limits import PRESSURE_KBAR, TEMPERATURE_C, to_celsius, to_kelvin
from gibbsite._properties.evaluate import as_solved, evaluate
from gibbsite_engine.layout import Booleans, Floats
from gibbsite_engine.status import BAD_CONDITIONS, CERTIFIED

from . import moving
from .constraint import Constraint
from .results import Arrays, empty, slot_order
from .solve import solve_points
from .undefined import hottest_C

_STEPS: Final = 80
_ACCURACY: Final = 1e-11
"""Of the number given, relative."""
_WIDTH: Final = 2e-8
"""K or kbar/100: bounds nearer to each other that still differ hold a jump between them."""
_SAME: Final = 1e-3
"""Proportions of one phase on both sides of a jump differ by less."""


def solve_given(
    data: Database,
    given: Constraint,
    numbers: Floats,
    known: Floats,
    bulk: Floats,
    workers: int | None = None,
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

    Returns
    -------
    (dict, (n,) array)
        The variables as of `solve_points`, and the temperatures [degC] or pressures [kbar] found.
        Where none in the accepted range does, the status is BAD_CONDITIONS and the number NaN.
    """
    rising = -numbers if given.name == "volume" else numbers
    search = _Search(data, given, rising, known, bulk, workers)
    if len(numbers) >= moving.LEAST and not data.opened:
        search.begin_moving()
    for _ in range(_STEPS):
        if not search.step():
            break
    return search.finish()


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
        workers: int | None,
    ) -> None:  # fmt: skip
        n = len(numbers)
        self._data, self._given, self._workers = data, given, workers
        self._numbers, self._known, self._bulk = numbers, known, bulk
        self._hot = given.free == "temperature"
        low, high = TEMPERATURE_C if self._hot else PRESSURE_KBAR
        limits = [np.full(n, low), hottest_C(data, bulk) if self._hot else np.full(n, high)]
        self.limits = [to_kelvin(end) for end in limits] if self._hot else limits
        self._x = np.full(n, 1600.0 if self._hot else 10.0)
        self._open, self._found = np.ones(n, bool), np.full(n, np.nan)
        self._answer = empty(data, n)
        self._sides = [_Side(end.copy(), empty(data, n)) for end in self.limits]

    def begin_moving(self) -> None:
        """Meet most of many points by moving them from their own last answers."""
        wanted = moving.Sought(
            self._given.name, self._numbers, self._known, self._bulk,
            (float(self.limits[0].max()), float(self.limits[1].min())),
        )  # fmt: skip
        met, x, arrays = moving.find(self._data, wanted, _ACCURACY, self._workers)
        self._found[met], self._open[met] = x[met], False
        for name, values in arrays.items():
            self._answer[name][met] = values
        self._x[~met] = x[~met]

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
        low, high = (side.x[rows] for side in self._sides)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = x - rest / slope
        inside = (newton > low) & (newton < high)  # False for NaN
        edge = np.where(newton <= low, low, high)
        unknown = ~np.where(newton <= low, self._sides[0].solved[rows], self._sides[1].solved[rows])
        middle = np.where(unknown & np.isfinite(newton), edge, 0.5 * (low + high))
        ends = failed | met | (high - low <= _WIDTH * (1.0 if self._hot else 1e-2))
        at_limit = unknown & (x == edge) & ~inside
        ends |= at_limit
        self._x[rows] = np.where(inside, newton, middle)
        done = rows[met | failed]
        self._found[done] = np.where(failed, np.nan, x)[met | failed]
        for name, values in arrays.items():
            self._answer[name][done] = values[met | failed]
        self._open[rows[ends]] = False
        return True

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
        """Levers where the number lies in a jump; what remains has no solution."""
        low, high = self._sides
        (jumps,) = np.nonzero(np.isnan(self._found) & low.solved & high.solved)
        for i in jumps.tolist():
            share = (self._numbers[i] - low.value[i]) / (high.value[i] - low.value[i])
            mixed = _lever(self._data, low.at(i), high.at(i), share)
            if mixed is not None:
                self._found[i] = 0.5 * (low.x[i] + high.x[i])
                for name, values in mixed.items():
                    self._answer[name][i] = values
        outside = np.isnan(self._found) & (self._answer["status"] == 0)
        self._answer["status"][outside] = BAD_CONDITIONS
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
        if not same.any():
            for name in ("phase_id", "proportions", "phase_composition_mol"):
                out[name][to] = high[name][slot]
        for name, (_, w) in factors.items():
            out[name][to] += w * high[name][slot]
    order, instance = slot_order(data, out["phase_id"][None], out["phase_composition_mol"][None])
    for name in ("phase_id", "proportions", "phase_composition_mol", *factors):
        out[name] = out[name][order[0]]
    out["instance"] = instance[0]
    mass = low["density"] * low["volume"]
    out["density"] = np.array(mass / out["volume"])
    return out

"""Crystallisation, melting and metamorphism along a path."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.composition import Bulk, check_bulk
from gibbsite._inputs.database import Database
from gibbsite._inputs.given import number, numbers
from gibbsite._inputs.limits import check_temperature_C
from gibbsite._solving.asked import as_closed, as_database
from gibbsite._solving.undefined import check_makable, hottest_C, say_hottest
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .assimilation import Assimilation, Feed
from .dataset import label
from .heat import Balanced
from .line import line
from .process import Direction, Kind, Loss, Outcome, Process, counted, maker, solver, start
from .walk import TOLERANCE_C, Walk


def path(
    bulk: Bulk,
    *,
    pressure_kbar: float | Sequence[float],
    temperature_C: float | Sequence[float] | None = None,
    kind: Kind = "fractional",
    direction: Direction = "crystallisation",
    step_C: float = 2.0,
    step_kbar: float = 0.1,
    largest_share: float = 0.05,
    until_melt_fraction: float | None = None,
    loss: Mapping[str, float | tuple[float, float]] | None = None,
    assimilate: Assimilation | None = None,
    database: Database | str | None = None,
) -> xr.Dataset:
    """Crystallise, melt or metamorphose a rock along a path of pressure and temperature.

    The rows run from the liquidus to the solidus, or from the solidus to the liquidus, as far as
    the path reaches; both ends, and every place where a phase comes or goes between two rows, are
    found by bisection to 0.01 °C. A path that starts between solidus and liquidus starts with
    the equilibrium there. In a fractional process all solids (crystallisation) or all melt
    (melting) of a step are taken away before the next. In an equilibrium process each row is the
    equilibrium of the whole rock.

    Metamorphism goes the whole path, from its first point to its last, whatever is there: as a
    fractional process fluid leaves as it is released, and melt where it is much; see `loss`.

    Parameters
    ----------
    bulk : Bulk
        The rock, from `bulk`.
    pressure_kbar : float or sequence of float
        Pressure [kbar], one for all of the path, or one for each of `temperature_C`.
    temperature_C : float, sequence of float, or None
        Temperatures [degC] of the points that the path joins by straight lines, two or more; by
        default the path is isobaric over all accepted temperatures. One temperature with many
        pressures is an isothermal path.
    kind : {"fractional", "equilibrium"}
        Whether what forms is taken away.
    direction : {"crystallisation", "melting", "metamorphism"}
        Which solids form and melt is left, or which melt forms and solids are left; or all of the
        path, which temperatures are to be given for.
    step_C, step_kbar : float
        Longest step in temperature [degC] and in pressure [kbar].
    largest_share : float
        Largest share of what takes part, in moles of oxides, that crystallises or melts in a step
        where a shorter step, down to 0.01 °C, can make it less; 0 to 1.
    until_melt_fraction : float, optional
        Stop where the mass of melt per mass of rock falls to this (crystallisation) or rises to
        it (melting).
    loss : mapping of str to (float or (float, float)), optional
        What leaves in fractional metamorphism, "fluid" or "melt": the share of the volume of what
        takes part above which it does, and that which then stays, 0 if left out. {"fluid": 0} by
        default; {"fluid": 0, "melt": (0.07, 0.01)} besides drains melt each time that it exceeds
        7 vol%, but for 1 vol%. In fractional melting {"melt": 0.01} drains all melt each time that it
        exceeds 1 vol%, and {"melt": (0.01, 0.01)} what exceeds it, so that the residue keeps 1 vol%.
    assimilate : Assimilation, optional
        A rock that is taken up as the rock crystallises, and how much of it. If it has a temperature, heat
        is balanced: `temperature_C` is that of the first row, or None for the liquidus, and the others
        follow, a row for each `per_step`.
    database : Database or str
        Which one; `gibbsite.databases()` says which suits the rock. There is no default.

    Returns
    -------
    xarray.Dataset
        Along `step`: `pressure_kbar`, `temperature_C`, `status`; all variables of `equilibria` for
        what takes part in the step (`density` among them; amounts per mole of it); and, per
        mole of oxides or mass of the rock without what it holds of open components,

        - `melt_fraction`, `melt_mole`, `melt_volume`: melt that is left; in fractional melting, all
          that was taken away so far; `melt_total_composition_mol` is its composition;
        - `melt_total_composition_wt` [wt%]: the same, of pooled melts where they were taken away;
        - `melt_composition_wt` [wt%], `melt_density`, `solid_density` [kg/m3]: melt of this step,
          and solids in equilibrium with it;
        - `solid_mole`, `solid_mass`, `solid_volume`, `solid_mode`, `solid_composition_mol` by
          `phase`: all solids so far, the cumulate or the residue; `solid_mode` is the fraction of
          their volume;
        - `fluid_fraction`, `fluid_mole`, ... `fluid_density`: the same of fluid as of melt;
        - `removed_mole`, `removed_mass`, `removed_volume`, ... by `phase`: taken away in this step;
        - `active_mass`, `assimilated_mass`: what takes part in this step, and what was assimilated
          before it;
        - `balance_residual`: the largest difference of melt, solids and fluid from the rock, and what
          it assimilated, in an oxide that is not open.

        A point that failed keeps a row with its status, NaN in the rest, and the next row starts
        where the last good one ended; after three in a row the path stops. `attrs["end"]` says
        why it ended. No row is hotter than the equations of state of all phases reach that can be
        made of what takes part; where the path would begin hotter, `attrs["start"]` says why it does not.

    Raises
    ------
    InputError
        If a number is outside its range, the database has no melt (or fluid, to be lost), or the
        process does not begin on this path.
    InfeasibleError
        If the phases cannot make the rock; the text names the component in excess.

    Examples
    --------
    >>> run = path(bulk("n-morb", ignore="outside"), pressure_kbar=1.0)  # doctest: +SKIP
    >>> run["solid_mode"].isel(step=-1).to_series().nlargest(3)  # doctest: +SKIP
    """
    check_bulk(bulk)
    _check_choice("kind", kind, get_args(Kind))
    _check_choice("direction", direction, get_args(Direction))
    _check_number("step_C", step_C, TOLERANCE_C, 100.0)
    _check_number("step_kbar", step_kbar, 0.001, 10.0)
    _check_number("largest_share", largest_share, 1e-4, 1.0)
    if until_melt_fraction is not None:
        _check_number("until_melt_fraction", until_melt_fraction, 0.0, 1.0)
    if assimilate is not None:
        _check_assimilation(assimilate, direction)
    data = as_database(database)
    states = _States(data)
    if direction == "metamorphism" and temperature_C is None:
        raise InputError("metamorphism needs the temperatures of its path.")
    losses = _losses(states, kind, direction, loss)
    bulk = as_closed(data, bulk)
    moles, masses = bulk.array(data.components), np.array(data.molar_masses)
    check_makable(data, counted(data, moles)[0])
    process = Process.of(
        kind, direction, states.of("melt"), states.of("fluid"), losses, maker(data)
    )
    balanced = assimilate is not None and assimilate.balances_heat
    if balanced and data.opened:
        raise InputError(
            "a rock with given potentials takes up heat with its components from outside, so that no "
            "temperature follows from a balance of heat: give temperature_C and no temperature of the "
            "rock to assimilate, or take the database closed."
        )
    first = _first_temperature(pressure_kbar, temperature_C) if balanced else None
    feed = None if assimilate is None else Feed(assimilate, data, float(moles @ masses))
    enough = _Enough(process, moles, masses, until_melt_fraction)
    walk = Walk(
        solver(data),
        process,
        line(
            pressure_kbar,
            None if balanced else temperature_C,
            rising=direction != "crystallisation",
            degrees_per_kbar=step_C / step_kbar,
        ),
        longest=step_C,
        largest=largest_share,
        enough=enough,
        reach=_Reach(data),
        feed=feed,
    )
    state = start(data, moles)
    if not balanced:
        walk.go(state)
        return label(data, bulk, walk, assimilate)
    assert assimilate is not None
    assert feed is not None
    pressure, liquidus = walk.line.at(walk.begin(state).place if first is None else 0.0)
    rows = Balanced(data, walk.solve, process, pressure, assimilate, feed, enough)
    rows.go(state, liquidus if first is None else first)
    return label(data, bulk, rows, assimilate)


def _first_temperature(pressure_kbar: Any, temperature_C: Any) -> float | None:
    """Return where a path begins whose temperatures follow; None for the liquidus."""
    pressures = numbers("pressure_kbar", pressure_kbar).ravel()
    given = numbers("temperature_C", () if temperature_C is None else temperature_C).ravel()
    if len(pressures) != 1 or len(given) > 1:
        raise InputError(
            "where heat is balanced temperatures follow: give one pressure, and the temperature of the "
            "first row or none, to begin at the liquidus."
        )
    check_temperature_C(given)
    return float(given[0]) if len(given) else None


def _losses(
    states: "_States",
    kind: Kind,
    direction: Direction,
    loss: Mapping[str, float | tuple[float, float]] | None,
) -> tuple[Loss, ...]:
    """Return what is to leave beside what follows from the process, None for what is usual."""
    if direction != "metamorphism":
        states.check("melt")
    if loss is None:
        usual = direction == "metamorphism" and kind == "fractional"
        return states.losses({"fluid": 0.0} if usual else None)
    if kind != "fractional" or direction == "crystallisation":
        raise InputError(
            f"loss is of fractional melting and metamorphism, not of {kind} {direction}."
        )
    if direction == "melting" and "fluid" in loss:
        raise InputError("in melting only melt leaves; fluid does in metamorphism.")
    return states.losses(loss)


def _check_assimilation(given: Assimilation, direction: Direction) -> None:
    if not isinstance(given, Assimilation):
        raise InputError(
            f"assimilate = {given!r}: say gibbsite.Assimilation(rock, per_crystallised=0.3), say."
        )
    if direction != "crystallisation":
        raise InputError(f"rocks are assimilated in crystallisation, not in {direction}.")


class _States:
    """The states of matter of a database that may be lost."""

    KNOWN: Final = ("fluid", "melt")

    def __init__(self, data: Database) -> None:
        self._data = data

    def of(self, state: str) -> NDArray[np.bool_]:
        """Return which phases are in a state of matter, (n_phases,)."""
        return np.array([phase.kind == state for phase in self._data.phases])

    def check(self, state: str) -> None:
        """Raise InputError unless a phase of that state takes part."""
        if not any(
            self._data.takes_part(phase.name) for phase in self._data.phases if phase.kind == state
        ):
            raise InputError(f"the database {self._data.name} has no {state}.")

    def losses(self, given: Mapping[str, float | tuple[float, float]] | None) -> tuple[Loss, ...]:
        """Return what leaves, fluid first."""
        if given is None:
            return ()
        if not isinstance(given, Mapping) or not given:
            raise InputError(f'loss = {given!r}: say {{"fluid": 0}}, or {{"melt": (0.07, 0.01)}}.')
        for state in given:
            _check_choice("loss", state, self.KNOWN)
            self.check(state)
        return tuple(self._loss(state, given[state]) for state in self.KNOWN if state in given)

    def _loss(self, state: str, given: float | tuple[float, float]) -> Loss:
        limits = numbers(f"loss of {state}", given).ravel()
        above, left = (*limits, 0.0)[:2] if limits.size in (1, 2) else (np.nan,) * 2
        if not 0.0 <= left <= above < 1.0:
            raise InputError(
                f"loss of {state} = {given!r}: above which share of the volume, 0 to 1, it leaves, "
                "and, no more than that, which share then stays: (0.07, 0.01), say."
            )
        return Loss(self.of(state), above, left)


class _Reach:
    """Up to which temperature the phases of a database have energies."""

    def __init__(self, data: Database) -> None:
        self._data = data

    def hottest_C(self, active: NDArray[np.float64]) -> float:
        """Return it of the oxides that take part [degC]."""
        return float(hottest_C(self._data, active[None])[0])

    def words(self, active: NDArray[np.float64]) -> str:
        """Return what has no energy above it."""
        return say_hottest(self._data, active)


class _Enough:
    """Whether the mass fraction of melt has reached a limit."""

    def __init__(self, process: Process, moles: Any, masses: Any, limit: float | None) -> None:
        self._falling = process.direction == "crystallisation"
        self._masses = masses / float(moles @ masses)
        self._limit = limit

    def __call__(self, outcome: Outcome) -> bool:
        if self._limit is None:
            return False
        melt = float(outcome.melt.moles.sum(axis=0) @ self._masses)
        return melt <= self._limit if self._falling else melt >= self._limit


def _check_choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"{name} = {value!r}: {did_you_mean(str(value), known)}")


def _check_number(name: str, value: float, low: float, high: float) -> None:
    if not low <= number(name, value) <= high:
        raise InputError(f"{name} = {value!r} must be a number from {low:g} to {high:g}.")

"""Trace elements along a path, shared between its phases by partition coefficients."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.given import names
from gibbsite._inputs.melt import MELT
from gibbsite._inputs.names import NAME_RULES
from gibbsite.errors import InputError
from gibbsite_datasets import load_traits
from gibbsite_engine.status import CERTIFIED

from .partition import Coefficients, KnownCoefficients, concentrations_of, of_minerals

Array = NDArray[np.float64]
_NOWHERE: Final = (
    "no phase of a step takes up one of the elements: without melt one coefficient at least must be "
    "above 0."
)
_SAME_MASS: Final = 1e-9  # of the rock
_NEEDED: Final = ("active_mass", "removed_mass", "mass_fraction", "melt_fraction")


def trace_elements(
    run: xr.Dataset,
    concentrations: Mapping[str, float] | str,
    *,
    elements: Sequence[str] | None = None,
    partition: str | None = None,
    coefficients: Coefficients | None = None,
    assimilated: Mapping[str, float] | str | None = None,
) -> xr.Dataset:
    r"""Share trace elements between the phases of a path.

    In each step melt, minerals and fluid are in equilibrium, c = m / K with the mass m of an element in
    what takes part and its capacity K = sum of M D, D = 1 of melt. What is taken away as fast as it
    forms, solids in fractional crystallisation or melt in fractional melting, carries off a capacity R in
    a step while that of what stays goes from K0 to K1 in proportion:

        m1 = m0 exp(-R ln(K1 / K0) / (K1 - K0)),

    which is Rayleigh's law, C = C0 F^(D - 1), for crystallisation and that of Shaw (1970) for
    fractional melting. What leaves at once where it is much, and all of an equilibrium process, is in
    equilibrium with what stays.

    Parameters
    ----------
    run : xarray.Dataset
        From `path`.
    concentrations : mapping of str to float, or str
        Element -> concentration in the rock, by weight in any unit; or a reservoir that comes with
        gibbsite, such as "primitive-mantle-2013".
    elements : str or sequence of str, optional
        Only these; by default all that are given, or all of a reservoir that a coefficient is known of.
    partition : str, optional
        A set of `partition_coefficients`.
    coefficients : mapping, optional
        Mineral, as labels have it ("pl", "pig"), or phase ("fsp") -> element -> concentration in it over
        that in the melt; they go before those of the set.
    assimilated : mapping of str to float, or str, optional
        As `concentrations`, of the rock that the path assimilates.

    Returns
    -------
    xarray.Dataset
        The path and, in the unit of what was given, along `step` and `element`:

        - `melt_trace`: melt of this step; `melt_total_trace`: all melt, pooled where it was taken
          away; `fluid_total_trace`: all fluid;
        - `phase_trace` by `phase`: what is in equilibrium in this step;
        - `solid_trace` by `phase`: all solids so far; `solid_total_trace`: all of them together;
        - `trace_balance_residual`: the largest difference of all from the rock and what it
          assimilated, relative to them.

    Raises
    ------
    InputError
        If a mineral of the path has no coefficient; the message names all that have none. If rows of
        the path were left out: what a step takes away is known of that step alone.

    Examples
    --------
    >>> traced = trace_elements(  # doctest: +SKIP
    ...     run, "primitive-mantle-2013", partition="gibson-geist-2010"
    ... )
    """
    if (
        not isinstance(run, xr.Dataset)
        or any(name not in run for name in _NEEDED)
        or "step" not in run.dims
        or "process" not in run.attrs
    ):
        raise InputError("trace elements go along a path, as gibbsite.path returns it.")
    if partition is None and not coefficients:
        raise InputError("give a set of partition coefficients (partition), or coefficients.")
    known = KnownCoefficients.of(partition, coefficients or {})
    rock = concentrations_of(concentrations, known.elements)
    chosen = list(dict.fromkeys(rock if elements is None else names("elements", elements)))
    if lacking := [each for each in chosen if each not in rock]:
        raise InputError(f"no concentration, or no coefficient, is known of {', '.join(lacking)}.")
    if not chosen:
        raise InputError(f"no coefficient is known of an element of {concentrations!r}.")
    steps = _Steps.of(run, chosen, known)
    amounts = np.array([rock[element] for element in chosen])
    followed = _follow(steps, amounts, _taken_up(run, assimilated, chosen))
    return _labelled(run, chosen, followed)


@dataclass(frozen=True, slots=True)
class _Steps:
    """The certified steps of a path, by slot.

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
        Which steps of the path.
    phase : ndarray of int, shape (n, n_slots)
        Phase of each slot; -1 where there is none.
    mass, removed : ndarray, shape (n, n_slots)
        Mass of each at hand, and of that what is taken away, per mass of the rock.
    d : ndarray, shape (n, n_slots, n_elements)
        Partition coefficients; 0 where there is no phase, 1 of melt.
    assimilated : ndarray, shape (n,)
        Mass assimilated so far.
    continuous : bool
        Whether what leaves does as fast as it forms.
    phases : int
        How many the database has.
    """

    rows: NDArray[np.int64]
    phase: NDArray[np.int64]
    mass: Array
    removed: Array
    d: Array
    assimilated: Array
    continuous: bool
    phases: int

    @classmethod
    def of(cls, run: xr.Dataset, elements: list[str], known: KnownCoefficients) -> "_Steps":
        """Return the steps of a path with the coefficients of its phases."""
        rows = np.flatnonzero(run["status"].values == CERTIFIED)
        if not rows.size:
            raise InputError("no step of this path is certified.")
        good = run.isel(step=rows).transpose("step", ...)
        ids = good["phase_id"].values
        there = ids >= 0
        share = np.where(there, good["mass_fraction"].values, 0.0).clip(0.0)
        mass = share * good["active_mass"].values[:, None]
        of_phase = np.zeros((len(rows), run.sizes["phase"]))
        for slot in range(ids.shape[1]):
            np.add.at(of_phase, (np.arange(len(rows)), ids[:, slot]), mass[:, slot])
        gone = good["removed_mass"].values
        _check_whole(good, gone)
        part = np.divide(gone, of_phase, out=np.zeros_like(gone), where=of_phase > 0.0).clip(
            0.0, 1.0
        )
        removed = np.where(there, np.take_along_axis(part, ids, axis=1), 0.0) * mass
        return cls(
            rows=rows,
            phase=ids,
            mass=mass,
            removed=removed,
            d=_coefficients(good, mass, elements, known),
            assimilated=_assimilated(good),
            continuous=str(run.attrs.get("removal", "")) == "continuous",
            phases=run.sizes["phase"],
        )


def _check_whole(good: xr.Dataset, gone: Array) -> None:
    """Raise InputError unless each step begins with what the one before it left, the first with the rock.

    Components that are open come and go between the steps and do not count.
    """
    active, leaves = _closed_masses(good, gone)
    left = np.concatenate([[1.0], (active - leaves)[:-1]])
    begins = active - np.diff(_assimilated(good), prepend=0.0)
    if (lost := np.flatnonzero(np.abs(begins - left) > _SAME_MASS)).size:
        row = int(lost[0])
        raise InputError(
            f"before step {row} of the path {left[row]:.6g} of the rock's mass is there, and "
            f"{begins[row]:.6g} in it: rows were left out. Trace elements go along the whole path, as "
            "gibbsite.path returns it."
        )


def _closed_masses(good: xr.Dataset, gone: Array) -> tuple[Array, Array]:
    """Return what takes part and what leaves in each step without its open components, (n,) each."""
    active, leaves = np.asarray(good["active_mass"].values), np.nan_to_num(gone)
    if not (opened := json.loads(str(good.attrs.get("potentials", "{}")))):
        return active, leaves.sum(axis=1)
    masses = good["molar_mass"].values
    closed = masses * ~np.isin(good["component"].values, [*opened])
    moles = np.where(good["phase_id"].values >= 0, good["mole_fraction"].values, 0.0)[..., None]
    held = np.nansum(moles * good["phase_composition_mol"].values, axis=1)
    of_phase = good["removed_composition_mol"].values
    return active * _ratio(held @ closed, held @ masses), np.nansum(
        leaves * _ratio(of_phase @ closed, of_phase @ masses), axis=1
    )


def _coefficients(
    good: xr.Dataset, mass: Array, elements: list[str], known: KnownCoefficients
) -> Array:
    """Return the coefficients of all slots; of those without mass 0."""
    ids, keys = good["phase_id"].values, [str(key) for key in good["phase"].values]
    oxides = [str(name) for name in good["component"].values]
    table = np.zeros((*ids.shape, len(elements)))
    where: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for step, slot in zip(*np.nonzero(mass > 0.0), strict=True):
        key = keys[ids[step, slot]]
        if key == MELT:
            table[step, slot] = 1.0
            continue
        moles = good["phase_composition_mol"].values[step, slot]
        name = _mineral(key, dict(zip(oxides, moles[:, None], strict=True)))
        where.setdefault((name, key), []).append((step, slot))
    found = of_minerals(list(where), elements, known)
    for row, places in zip(found, where.values(), strict=True):
        table[tuple(np.transpose(places))] = row
    return table


def _mineral(key: str, composition: dict[str, Array]) -> str:
    """Return what a mineral is by its composition, as labels have it; its phase where that is all."""
    kind = NAME_RULES.get(key)
    if kind is None or kind.window is None:
        return key
    return kind.windows[int(kind.window(composition)[0])].gibbsite


def _assimilated(good: xr.Dataset) -> Array:
    if "assimilated_mass" not in good:
        return np.zeros(good.sizes["step"])
    return np.asarray(good["assimilated_mass"].values)


def _taken_up(
    run: xr.Dataset, given: Mapping[str, float] | str | None, elements: list[str]
) -> Array:
    """Return the concentrations of what a path assimilates; zeros where it assimilates nothing."""
    takes = "assimilated" in run.attrs
    if takes != (given is not None):
        what = run.attrs.get("assimilated")
        raise InputError(
            f"the path assimilates {what}: give its concentrations (assimilated)."
            if takes
            else "this path assimilates nothing; leave out assimilated."
        )
    if given is None:
        return np.zeros(len(elements))
    found = concentrations_of(given, elements)
    lacking = [element for element in elements if element not in found]
    if lacking:
        raise InputError(f"what is assimilated needs {', '.join(lacking)}, too.")
    return np.array([found[element] for element in elements])


@dataclass(slots=True)
class _Followed:
    """Trace elements step by step.

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
        Which steps of the path.
    phase : list of ndarray, shape (n_phases, n_elements)
        Concentration in each phase that is in equilibrium; NaN where there is none.
    held : list of ndarray, shape (n_phases, n_elements)
        Amount in each phase, at hand and taken away so far.
    whole : list of ndarray, shape (n_elements,)
        Amount in the rock and in what it assimilated.
    """

    rows: NDArray[np.int64]
    phase: list[Array] = field(default_factory=list)
    held: list[Array] = field(default_factory=list)
    whole: list[Array] = field(default_factory=list)


def _follow(steps: _Steps, rock: Array, assimilant: Array) -> _Followed:
    """Follow the elements from the rock through all steps."""
    found = _Followed(steps.rows)
    active, before, eaten = rock.copy(), None, 0.0
    taken = np.zeros((steps.phases, len(rock)))
    for ids, mass, removed, d, assimilated in zip(
        steps.phase, steps.mass, steps.removed, steps.d, steps.assimilated, strict=True
    ):
        more = assimilated - eaten
        eaten = assimilated
        active = active + more * assimilant
        stays = d * (mass - removed)[:, None]
        leaves = d * removed[:, None]
        # What is assimilated takes part as melt from the start of the step.
        start = None if before is None or not steps.continuous else before + more
        share, kept = _split(start, stays.sum(axis=0), leaves.sum(axis=0))
        gone, active = share * active, kept * active
        taken = taken + _by_phase(ids, _share(leaves) * gone, steps.phases)
        before = stays.sum(axis=0)
        if ((active > 0.0) & (before == 0.0)).any():
            raise InputError(_NOWHERE)
        melt = np.divide(active, before, out=np.full_like(active, np.nan), where=before > 0.0)
        at_hand = _by_phase(ids, stays * np.nan_to_num(melt), steps.phases)
        everything = _by_phase(ids, d * mass[:, None], steps.phases)
        amount = _by_phase(ids, mass[:, None], steps.phases)
        found.phase.append(_ratio(everything * melt, amount))
        found.held.append(at_hand + taken)
        found.whole.append(rock + eaten * assimilant)
    return found


def _split(start: Array | None, stays: Array, leaves: Array) -> tuple[Array, Array]:
    """Return which share of each element leaves in a step, and which stays, each to its own digits.

    Parameters
    ----------
    start, stays, leaves : ndarray, shape (n_elements,)
        Capacity of what stays, before and after the step, and of what leaves; without a start all
        leaves at once.
    """
    if start is None:
        return _ratio(leaves, stays + leaves, 0.0), _ratio(stays, stays + leaves, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = stays - start
        mean = np.where(abs(change) > 1e-9 * start, change / np.log(stays / start), stays)
        power = np.where(leaves > 0.0, leaves / mean, 0.0)
    return -np.expm1(-power), np.exp(-power)


def _by_phase(ids: NDArray[np.int64], amounts: Array, phases: int) -> Array:
    """Sum what slots hold by phase, (n_phases, n_elements)."""
    found = np.zeros((phases, amounts.shape[1]))
    np.add.at(found, ids[ids >= 0], amounts[ids >= 0])
    return found


def _share(parts: Array) -> Array:
    return _ratio(parts, parts.sum(axis=0, keepdims=True), 0.0)


def _ratio(part: Array, whole: Array, otherwise: float = np.nan) -> Array:
    part, whole = np.broadcast_arrays(part, whole)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, otherwise), where=whole > 0.0))


def _labelled(run: xr.Dataset, elements: list[str], found: _Followed) -> xr.Dataset:
    """Add what was found to the path; NaN in the rows of points that failed."""
    held, whole = np.stack(found.held), np.stack(found.whole)
    traits = load_traits()
    kinds = np.array(
        [traits[str(key)].kind if str(key) in traits else "" for key in run["phase"].values]
    )
    is_melt, is_fluid = kinds == "melt", kinds == "fluid"
    solid = ~(is_melt | is_fluid)
    good = run.isel(step=found.rows)
    solid_mass = good["solid_mass"].transpose("step", "phase").fillna(0.0).values[:, :, None]
    residual = abs(held.sum(axis=1) - whole) / np.where(whole > 0.0, whole, 1.0)
    values: dict[str, tuple[tuple[str, ...], Array, str]] = {
        "melt_trace": (
            (),
            np.stack(found.phase)[:, is_melt].squeeze(axis=1),
            "trace elements of the melt of this step",
        ),
        "melt_total_trace": (
            (),
            _ratio(held[:, is_melt].sum(axis=1), _column(good["melt_fraction"])),
            "trace elements of all melt",
        ),
        "fluid_total_trace": (
            (),
            _ratio(held[:, is_fluid].sum(axis=1), _column(good["fluid_fraction"])),
            "trace elements of all fluid",
        ),
        "solid_total_trace": (
            (),
            _ratio(held[:, solid].sum(axis=1), solid_mass.sum(axis=1)),
            "trace elements of all solids so far",
        ),
        "solid_trace": (
            ("phase",),
            np.where(solid[:, None], _ratio(held, solid_mass), np.nan),
            "trace elements of all solids so far, by mineral",
        ),
        "phase_trace": (
            ("phase",),
            np.stack(found.phase),
            "trace elements of the phases of this step",
        ),
    }
    variables: dict[str, Any] = {
        name: (("step", *dims, "element"), _spread(run, found.rows, array), {"long_name": meaning})
        for name, (dims, array, meaning) in values.items()
    }
    variables["trace_balance_residual"] = (
        "step",
        _spread(run, found.rows, residual.max(axis=1)),
        {"units": "1", "long_name": "largest relative error of the balance of a trace element"},
    )
    return run.assign(variables).assign_coords(element=elements)


def _column(values: xr.DataArray) -> Array:
    return np.asarray(values.fillna(0.0).values)[:, None]


def _spread(run: xr.Dataset, rows: NDArray[np.int64], values: Array) -> Array:
    full = np.full((run.sizes["step"], *values.shape[1:]), np.nan)
    full[rows] = values
    return full

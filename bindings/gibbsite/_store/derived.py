"""Properties that are kept with answers: the variables that hold them, and their numbers."""

from collections.abc import Sequence
from typing import Any, Final, cast

import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._inputs.limits import to_kelvin
from gibbsite._inputs.properties import (
    OF_SHEAR,
    QUANTITIES,
    VELOCITIES,
    Asked,
    part_and_instance,
    read_properties,
)
from gibbsite._inputs.relaxation import Relaxation
from gibbsite._properties.evaluate import NO_ANSWER, Solved, as_solved, check_closed
from gibbsite._properties.moduli import phase_moduli
from gibbsite._properties.quantities import Elastic, Material
from gibbsite.errors import InputError
from gibbsite_engine.response import RESPONSE_NAMES

from .schema import RELAXED_STATUS, Variable

_STATUS: Final = Variable(
    RELAXED_STATUS,
    (),
    "<i1",
    "1",
    "whether the rock has relaxed properties",
    NO_ANSWER,
    meanings=(*RESPONSE_NAMES, "no_answer"),
)


def property_variables(names: Sequence[str], data: Database) -> tuple[Variable, ...]:
    """Return the variables that hold some properties; with relaxed ones, why a point may have none.

    Raises
    ------
    InputError
        If the database has no such part or phase, or the rock is open and has no such property.
    """
    asked = read_properties(names)
    if any(each.is_relaxed for each in asked):
        check_closed(data)
    found = [_variable(each, data) for each in asked]
    return (*found, *([_STATUS] if any(each.is_relaxed for each in asked) else []))


def _variable(each: Asked, data: Database) -> Variable:
    part_and_instance(each, data.phase_names)  # refused at once, not once all is solved
    about = QUANTITIES[each.name]
    detail = f", {each.detail}" if each.detail else ""
    words = f"{about.words}, {each.of}{detail}"
    return Variable(each.variable, (), "<f8", about.units, words, comment=_why_none(each, data))


def _why_none(each: Asked, data: Database) -> str:
    """Say where a modulus or velocity has no value although the rock has the part."""
    if each.name not in OF_SHEAR:
        return ""
    of, _ = part_and_instance(each, data.phase_names)
    lacking = []
    for place, phase in enumerate(data.phases):
        known = phase_moduli(data, place, Elastic().moduli)
        if (
            data.active[place]
            and known
            and known.without
            and of in ("rock", "condensed", "solid", phase.name)
        ):
            lacking.append(f"{phase.name} ({', '.join(known.without)})")
    no_rule = each.name not in VELOCITIES or each.melt is None
    melt = "beside melt" if no_rule and of in ("rock", "condensed") else ""
    said = [*([melt] if melt else []), *(["with " + "; ".join(lacking)] if lacking else [])]
    return f"none {', or '.join(said)}" if said else ""


def answers_of(dataset: xr.Dataset) -> Solved:
    """Return the points of a result as properties are derived from.

    Raises
    ------
    InputError
        If it does not hold what that takes.
    """
    like = dataset["status"]
    flat: dict[str, NDArray[Any]] = {}
    for name in ("phase_id", "amount_mol", "proportions", "bulk_mol"):
        if name not in dataset:
            raise InputError(
                f"this result does not hold {name}, which properties are derived from; its profile "
                "leaves it out."
            )
        rest = [dim for dim in dataset[name].dims if dim not in like.dims]
        values = dataset[name].transpose(*like.dims, *rest).values
        flat[name] = values.reshape(-1, *values.shape[like.ndim :])
    p, t = (
        dataset[name].broadcast_like(like).transpose(*like.dims).values.reshape(-1)
        for name in ("pressure_kbar", "temperature_C")
    )
    return as_solved(flat, p, to_kelvin(t))


def kinds_needed(names: Sequence[str]) -> set[Relaxation]:
    """Return which of `RELAXATIONS` must be evaluated for some properties."""
    return {cast(Relaxation, each.kind) for each in read_properties(names)}


def property_arrays(
    names: Sequence[str], data: Database, material: Material
) -> dict[str, NDArray[Any]]:
    """Return the numbers of `property_variables` at n points, NaN where there are none."""
    asked, phases = read_properties(names), data.phase_names
    found: dict[str, NDArray[Any]] = {}
    for each in asked:
        of, instance = part_and_instance(each, phases)
        how = Elastic(melt=each.melt)
        found[each.variable] = material.quantity(each.name, of, each.kind, instance, how)
    if any(each.is_relaxed for each in asked):
        found[RELAXED_STATUS] = material.status
    return found

"""The steps of a path as a labelled dataset."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.composition import Bulk, in_wt
from gibbsite._inputs.database import Database
from gibbsite._inputs.guides import outside_ranges, say_outside
from gibbsite._solving.dataset import point_dataset

from .assimilation import Assimilation
from .heat import Balanced
from .process import Array, Parts
from .walk import Step, Walk

_BY_PHASE = ("step", "phase")
_BY_COMPONENT = ("step", "component")
Variables = dict[str, tuple[Any, Any, dict[str, str]]]


def label(
    data: Database, rock: Bulk, walk: Walk | Balanced, assimilated: Assimilation | None = None
) -> xr.Dataset:
    """Return the rows of a walk with names and units; those of failed points are NaN.

    Parameters
    ----------
    data : Database
        What the rows were computed with.
    rock : Bulk
        The rock.
    walk : Walk
        When it is over.
    assimilated : Assimilation, optional
        What the rock took up.
    """
    steps = walk.steps
    arrays = {
        name: np.concatenate([step.answer.arrays[name] for step in steps])
        for name in steps[0].answer.arrays
        if name != "excess_component"
    }
    pressure, temperature = np.array([walk.line.at(step.place) for step in steps]).T
    bulk, masses = rock.array(data.components), np.array(data.molar_masses)
    whole = float(bulk @ masses)
    melt, solids, fluid, removed = (
        _stack(steps, name) for name in ("melt", "solids", "fluid", "removed")
    )
    added = np.stack(
        [np.full_like(bulk, np.nan) if s.outcome is None else s.outcome.added for s in steps]
    )
    there = (melt.moles + solids.moles + fluid.moles).sum(axis=1)
    # what is open comes from outside
    residual = abs(there - bulk - added)[:, ~data.is_open].max(axis=1)
    active = np.array([s.answer.parts.moles.sum(axis=0) @ masses / whole for s in steps])
    process = walk.process
    variables: Variables = {
        **_state("melt", arrays, melt, process.is_melt, masses, whole),
        **_state("fluid", arrays, fluid, process.is_fluid, masses, whole),
        "solid_density": (
            "step",
            _density(arrays, process.is_solid),
            _about("kg m-3", "density of the solids of this step"),
        ),
        **_amounts("solid", "all solids so far", solids, masses, whole),
        **_amounts("removed", "taken away in this step", removed, masses, whole),
        "active_mass": (
            "step",
            np.where(np.isfinite(residual), active, np.nan),
            _about("1", "what takes part in this step: mass per mass of the rock"),
        ),
        "assimilated_mass": (
            "step",
            added @ masses / whole,
            _about("1", "what was assimilated before this step: mass per mass of the rock"),
        ),
        "balance_residual": (
            "step",
            residual,
            _about("mol", "largest error of the balance of an oxide, per mole of oxides of rock"),
        ),
    }
    local = point_dataset(data, arrays, pressure, temperature).rename(point="step")
    return (
        local.assign(variables)
        .assign_coords(phase=list(data.phase_names))
        .assign_attrs(
            process=f"{process.kind} {process.direction}",
            removal=process.removal,
            end=walk.end,
            **_cut(walk),
            rock=rock.name,
            rock_status=rock.status,
            rock_mol=bulk,
            **({"left_out_wt": in_wt(rock.left_out)} if rock.left_out else {}),
            **_taken_up(assimilated, data),
            **_outside(data, rock, pressure, temperature),
        )
    )


def _cut(walk: Walk | Balanced) -> dict[str, str]:
    """Return the attribute that says why the rows begin later than the line; none where they do not."""
    return {"start": walk.start} if isinstance(walk, Walk) and walk.start else {}


def _taken_up(assimilated: Assimilation | None, data: Database) -> dict[str, Any]:
    """Return attributes of the rock that was assimilated; none where none was."""
    if assimilated is None:
        return {}
    rock = assimilated.rock
    return {"assimilated": rock.name, "assimilated_mol": rock.array(data.components)}


def _outside(data: Database, rock: Bulk, pressure: Array, temperature: Array) -> dict[str, str]:
    """Return the attribute that says what the database is not for; none where all is inside."""
    outside = say_outside(data.name, outside_ranges(data.name, rock.mol, pressure, temperature))
    found = {"outside_range": outside} if outside else {}
    return found | ({"assumed": "; ".join(rock.assumed)} if rock.assumed else {})


def _stack(steps: list[Step], name: str) -> Parts:
    """Return moles (n, n_phases, n_components) and volumes (n, n_phases) of all rows."""
    nothing = Parts(
        np.full_like(steps[0].answer.parts.moles, np.nan),
        np.full_like(steps[0].answer.parts.volume, np.nan),
    )
    rows = [nothing if step.outcome is None else getattr(step.outcome, name) for step in steps]
    return Parts(np.stack([row.moles for row in rows]), np.stack([row.volume for row in rows]))


def _state(
    name: str,
    arrays: dict[str, NDArray[Any]],
    all_of_it: Parts,
    chosen: NDArray[np.bool_],
    masses: Array,
    whole: float,
) -> Variables:
    """Return how much melt, or fluid, there is, and its composition in this step and of all of it."""
    slots = np.isin(arrays["phase_id"], np.flatnonzero(chosen))
    here = np.where(slots, arrays["mole_fraction"], 0.0)[:, :, None]
    here = np.where(here > 0.0, here * arrays["phase_composition_mol"], 0.0).sum(axis=1)
    pooled = all_of_it.moles.sum(axis=1)
    return {
        f"{name}_fraction": (
            "step",
            pooled @ masses / whole,
            _about("1", f"mass of all {name} per mass of rock"),
        ),
        f"{name}_mole": ("step", pooled.sum(axis=1), _about("mol", f"all {name}, moles of oxides")),
        f"{name}_volume": (
            "step",
            all_of_it.volume.sum(axis=1) / whole,
            _about("cm3 g-1", f"volume of all {name} per mass of rock"),
        ),
        f"{name}_composition_wt": (
            _BY_COMPONENT,
            100.0 * _shares(here * masses),
            _about("percent", f"composition of the {name} of this step by weight"),
        ),
        f"{name}_total_composition_mol": (
            _BY_COMPONENT,
            _shares(pooled),
            _about("1", f"composition of all {name}, mole fractions of oxides"),
        ),
        f"{name}_total_composition_wt": (
            _BY_COMPONENT,
            100.0 * _shares(pooled * masses),
            _about("percent", f"composition of all {name} by weight"),
        ),
        f"{name}_density": (
            "step",
            _density(arrays, chosen),
            _about("kg m-3", f"density of the {name} of this step"),
        ),
    }


def _density(arrays: dict[str, NDArray[Any]], chosen: NDArray[np.bool_]) -> Array:
    """Return the density of some phases of a step together; NaN where there are none."""
    slots = np.isin(arrays["phase_id"], np.flatnonzero(chosen))
    mass = np.where(slots, arrays["mass_fraction"], 0.0).sum(axis=1)
    volume = np.where(slots, arrays["volume_fraction"], 0.0).sum(axis=1)
    return np.asarray(arrays["density"] * _ratio(mass, volume))


def _amounts(name: str, meaning: str, parts: Parts, masses: Array, whole: float) -> Variables:
    """Return moles, mass, volume, mode and composition of phases."""
    mole = parts.moles.sum(axis=2)
    return {
        f"{name}_mole": (
            _BY_PHASE,
            mole,
            _about("mol", f"{meaning}: moles of oxides per mole of oxides of the rock"),
        ),
        f"{name}_mass": (
            _BY_PHASE,
            parts.moles @ masses / whole,
            _about("1", f"{meaning}: mass per mass of the rock"),
        ),
        f"{name}_volume": (
            _BY_PHASE,
            parts.volume / whole,
            _about("cm3 g-1", f"{meaning}: volume, where it formed, per mass of the rock"),
        ),
        f"{name}_mode": (
            _BY_PHASE,
            _shares(parts.volume),
            _about("1", f"{meaning}: fraction of their volume"),
        ),
        f"{name}_composition_mol": (
            ("step", "phase", "component"),
            _shares(parts.moles),
            _about("1", f"{meaning}: mean composition, mole fractions of oxides"),
        ),
    }


def _about(units: str, long_name: str) -> dict[str, str]:
    return {"units": units, "long_name": long_name}


def _shares(part: Array) -> Array:
    """Divide by the sum along the last axis; NaN where it is zero."""
    return _ratio(part, part.sum(axis=-1, keepdims=True))


def _ratio(part: Array, whole: Array) -> Array:
    part, whole = np.broadcast_arrays(part, whole)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0.0))

"""One point, or any list of points: what a user asks for most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.database import ON_FACET_BELOW, Database
from gibbsite._inputs.database import database as load_database
from gibbsite._inputs.limits import ZERO_CELSIUS_K, check_pressure_kbar, check_temperature_C
from gibbsite._inputs.names import name_phase
from gibbsite.errors import InfeasibleError, InputError
from gibbsite_engine.status import (
    ANSWERED_BY_NAMES,
    CERTIFIED,
    INFEASIBLE,
    STATUS_MESSAGES,
    STATUS_NAMES,
)

from .dataset import point_dataset
from .memory import check_memory
from .recheck import Recheck, recheck
from .solve import solve_points


@dataclass(frozen=True, slots=True)
class PhaseInstance:
    """One phase of an answer.

    Attributes
    ----------
    name, label : str
        Key of the phase, and what to call it in a table.
    instance : int
        Its number on a solvus, by composition; 0 for a lone one.
    amount_mol : float
        Moles of its formula unit per mole of oxides.
    mole_fraction, mass_fraction, volume_fraction : float
        Its shares of the oxides' moles, of the mass and of the volume.
    proportions : mapping
        Of its end-members; they sum to 1 and may be negative where end-members are dependent.
    composition_mol, composition_wt : mapping
        Mole fractions of the oxides in it, and wt%.
    """

    name: str
    label: str
    instance: int
    amount_mol: float
    mole_fraction: float
    mass_fraction: float
    volume_fraction: float
    proportions: Mapping[str, float]
    composition_mol: Mapping[str, float]
    composition_wt: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """The stable assemblage of a rock at one pressure and temperature, and its certificate.

    Attributes
    ----------
    bulk, pressure_kbar, temperature_C, database
        What was asked.
    status, message : str
        "certified", or the name of the reason why not, and a sentence.
    phases : tuple of PhaseInstance
        Empty where the point failed; every number below is NaN then.
    gibbs_energy, entropy, volume : float
        kJ, kJ/K and kJ/kbar per mole of oxides.
    density : float
        kg/m3.
    chemical_potentials : mapping
        Of the oxides present, kJ/mol; NaN where nothing fixes one, as `message` then says.
    optimality_residual : float
        kJ/mol, largest difference of a chemical potential in a present phase from the plane.
    mass_residual : float
        mol per mole of oxides.
    lowest_driving_force, lowest_driving_force_phase : float, str
        kJ per mole of atoms, the lowest found of what is not present, and its phase.
    answered_by : str
        "cold", or "fallback" for the slow path.
    iterations : int
        Newton iterations.
    """

    bulk: Bulk
    pressure_kbar: float
    temperature_C: float
    database: Database
    status: str
    message: str
    phases: tuple[PhaseInstance, ...]
    gibbs_energy: float
    entropy: float
    volume: float
    density: float
    chemical_potentials: Mapping[str, float]
    optimality_residual: float
    mass_residual: float
    lowest_driving_force: float
    lowest_driving_force_phase: str
    answered_by: str
    iterations: int

    @property
    def certified(self) -> bool:
        """Whether the answer carries a certificate."""
        return self.status == STATUS_NAMES[CERTIFIED]

    def recheck(self) -> Recheck:
        """Judge the answer again from its own numbers, slowly and without the engine's formulas.

        Returns
        -------
        Recheck
            Residuals, and the lowest driving force that SciPy finds.

        Raises
        ------
        InputError
            If the point is not certified: there is nothing to check.
        """
        if not self.certified:
            raise InputError(f"this point has no answer to check; its status is {self.status}.")
        return recheck(self)

    @property
    def assemblage(self) -> tuple[str, ...]:
        """Keys of the phases, one for each instance."""
        return tuple(phase.name for phase in self.phases)


def as_database(data: Database | str | None) -> Database:
    """Return the database meant: itself, by its name, or the default."""
    if isinstance(data, Database):
        return data
    return load_database() if data is None else load_database(data)


def _as_points(
    data: Database, bulks: Bulk | Sequence[Bulk] | ArrayLike, p: ArrayLike, t: ArrayLike
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Bring pressures, temperatures and bulks to one length."""
    check_pressure_kbar(p)
    check_temperature_C(t)
    if isinstance(bulks, Bulk):
        rows = bulks.array(data.components)[None, :]
    else:
        rocks = [b for b in bulks if isinstance(b, Bulk)] if isinstance(bulks, Sequence) else []
        if rocks and len(rocks) == len(bulks):  # type: ignore[arg-type]
            rows = np.array([b.array(data.components) for b in rocks])
        else:
            rows = _as_moles(data, bulks)
    pressure, temperature = np.atleast_1d(np.asarray(p, float)), np.atleast_1d(np.asarray(t, float))
    if pressure.ndim > 1 or temperature.ndim > 1:
        raise InputError("pressures and temperatures must be numbers or flat lists of them.")
    sizes = {len(pressure), len(temperature), len(rows)} - {1}
    if len(sizes) > 1 or 0 in sizes:
        raise InputError(
            f"{len(rows)} bulks, {len(pressure)} pressures and {len(temperature)} temperatures "
            "do not make one list of points; give as many of each, or one for all."
        )
    n = sizes.pop() if sizes else 1
    return (
        np.ascontiguousarray(np.broadcast_to(pressure, n)),
        np.ascontiguousarray(np.broadcast_to(temperature, n)),
        np.ascontiguousarray(np.broadcast_to(rows, (n, len(data.components)))),
    )


def _as_moles(data: Database, bulks: Any) -> NDArray[np.float64]:
    """Check an array of moles of the database's components, one row a point; rows sum to 1."""
    try:
        rows = np.array(bulks, dtype=float, ndmin=2)
    except (TypeError, ValueError):
        raise InputError("the bulks are neither Bulk objects nor an array of moles.") from None
    if rows.ndim != 2 or rows.shape[1] != len(data.components):
        raise InputError(
            f"an array of bulks has one column for each of {', '.join(data.components)}; "
            f"this one has the shape {rows.shape}."
        )
    bad = ~np.isfinite(rows) | (rows < 0.0)
    if bad.any():
        i, c = np.argwhere(bad)[0]
        raise InputError(
            f"bulk {i} holds {rows[i, c]} mol of {data.components[c]}; "
            "amounts are finite and not negative."
        )
    total = rows.sum(axis=1, keepdims=True)
    if (total == 0.0).any():
        raise InputError(f"bulk {int(np.argmin(total))} is all zero.")
    return np.asarray(rows / total)


def _instances(data: Database, arrays: Mapping[str, NDArray[Any]], i: int) -> list[PhaseInstance]:
    """Name the phases of point i."""
    found = []
    ids = arrays["phase_id"][i]
    masses = np.array(data.molar_masses)
    for slot in np.flatnonzero(ids >= 0):
        phase = data.phases[ids[slot]]
        moles = arrays["phase_composition_mol"][i, slot]
        weight = moles * masses
        composition = dict(zip(data.components, moles.tolist(), strict=True))
        found.append(
            PhaseInstance(
                name=phase.name,
                label=name_phase(
                    phase.name, "gibbsite", {c: np.array([m]) for c, m in composition.items()}
                ),
                instance=int(arrays["instance"][i, slot]),
                proportions=dict(
                    zip(
                        phase.endmembers,
                        arrays["proportions"][i, slot, : len(phase.endmembers)].tolist(),
                        strict=True,
                    )
                ),
                composition_mol=composition,
                composition_wt=dict(
                    zip(data.components, (100 * weight / weight.sum()).tolist(), strict=True)
                ),
                **{
                    name: float(arrays[name][i, slot])
                    for name in ("amount_mol", "mole_fraction", "mass_fraction", "volume_fraction")
                },
            )
        )
    return found


def equilibrium(
    bulk: Bulk,
    *,
    pressure_kbar: float,
    temperature_C: float,
    database: Database | str | None = None,
) -> Equilibrium:
    """Find the stable assemblage of a rock at one pressure and temperature.

    Parameters
    ----------
    bulk : Bulk
        The rock, from `bulk`.
    pressure_kbar : float
        Pressure [kbar], 0.001 to 60.
    temperature_C : float
        Temperature [degC], 500 to 2200.
    database : Database or str, optional
        By default T21-Su26.

    Returns
    -------
    Equilibrium
        A point that could not be solved says so in its status; no number is made up.

    Raises
    ------
    InputError
        If pressure or temperature is outside the accepted range.
    InfeasibleError
        If the phases cannot make this bulk; the text names the component in excess.
    """
    if not isinstance(bulk, Bulk):
        raise InputError("the rock must be a Bulk; make one with gibbsite.bulk(...).")
    data = as_database(database)
    p, t, rows = _as_points(data, bulk, pressure_kbar, temperature_C)
    if len(p) != 1:
        raise InputError("equilibrium() takes one point; equilibria() takes many.")
    arrays = solve_points(data, p, t + ZERO_CELSIUS_K, rows, workers=1)
    return as_equilibrium(data, bulk, float(p[0]), float(t[0]), arrays)


def as_equilibrium(
    data: Database,
    bulk: Bulk,
    pressure_kbar: float,
    temperature_C: float,
    arrays: Mapping[str, NDArray[Any]],
) -> Equilibrium:
    """Put the variables of one point into words; raises InfeasibleError as `equilibrium` does."""
    status = int(arrays["status"][0])
    if status == INFEASIBLE:
        raise InfeasibleError(_infeasible(data, int(arrays["excess_component"][0])))
    lowest = int(arrays["lowest_driving_force_phase"][0])
    potentials = {
        c: float(mu)
        for c, mu, moles in zip(
            data.components, arrays["chemical_potential"][0], arrays["bulk_mol"][0], strict=True
        )
        if moles > ON_FACET_BELOW
    }
    return Equilibrium(
        bulk=bulk,
        pressure_kbar=pressure_kbar,
        temperature_C=temperature_C,
        database=data,
        status=STATUS_NAMES[status],
        message=STATUS_MESSAGES[status] + (_open(potentials) if status == CERTIFIED else ""),
        phases=tuple(_instances(data, arrays, 0)),
        chemical_potentials=potentials if status == CERTIFIED else {},
        lowest_driving_force_phase=data.phases[lowest].name if lowest >= 0 else "",
        answered_by=ANSWERED_BY_NAMES[int(arrays["answered_by"][0])],
        iterations=int(arrays["iterations"][0]),
        **{
            name: float(arrays[name][0])
            for name in (
                "gibbs_energy", "entropy", "volume", "density", "optimality_residual",
                "mass_residual", "lowest_driving_force",
            )
        },
    )  # fmt: skip


def _open(potentials: Mapping[str, float]) -> str:
    """Say which potentials have no value, and why."""
    names = [oxide for oxide, mu in potentials.items() if not np.isfinite(mu)]
    if not names:
        return ""
    return (
        f"; the bulk lies on the edge of what the phases can make, where nothing fixes the potentials "
        f"of {', '.join(names)} one by one"
    )


def _infeasible(data: Database, component: int) -> str:
    return (
        f"the phases of {data.name} cannot make this bulk: it holds more {data.components[component]} "
        "than they can take up beside the other components."
    )


def equilibria(
    bulks: Bulk | Sequence[Bulk] | ArrayLike,
    *,
    pressure_kbar: ArrayLike,
    temperature_C: ArrayLike,
    database: Database | str | None = None,
    workers: int | None = None,
) -> xr.Dataset:
    """Find the stable assemblages of any list of points, each with a rock of its own.

    Parameters
    ----------
    bulks : Bulk, sequence of Bulk, or array (n, C)
        One for all points or one for each; an array holds moles of the database's components.
    pressure_kbar : float or array (n,)
        Pressures [kbar].
    temperature_C : float or array (n,)
        Temperatures [degC].
    database : Database or str, optional
        By default T21-Su26.
    workers : int, optional
        Threads; by default one a processor. The answer does not depend on it.

    Returns
    -------
    xarray.Dataset
        Along `point`, with the variables of a result file; failed points are NaN with a status.

    Raises
    ------
    InputError
        If a number is outside its range, the lists are of different lengths, or the answer would
        not fit in memory.

    Notes
    -----
    How much memory the answer takes is logged beforehand, as INFO of the logger "gibbsite"; a
    million points take 2.2 GiB.
    """
    if workers is not None and workers < 1:
        raise InputError(f"workers = {workers} must be 1 or more.")
    data = as_database(database)
    p, t, rows = _as_points(data, bulks, pressure_kbar, temperature_C)
    check_memory(data, len(p))
    arrays = solve_points(data, p, t + ZERO_CELSIUS_K, rows, workers)
    del arrays["excess_component"]
    return point_dataset(data, arrays, p, t)

"""One point, or any list of points: what a user asks for most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.database import ON_FACET_BELOW, Database
from gibbsite._inputs.limits import check_pressure_kbar, check_temperature_C, to_kelvin
from gibbsite._inputs.names import name_phase
from gibbsite._properties.evaluate import Answers
from gibbsite._properties.quantities import Elastic, Material
from gibbsite._properties.record import Properties, point_properties
from gibbsite.errors import InfeasibleError, InputError
from gibbsite_engine.status import (
    ANSWERED_BY_NAMES,
    BAD_CONDITIONS,
    CERTIFIED,
    INFEASIBLE,
    STATUS_MESSAGES,
    STATUS_NAMES,
)

from .asked import as_database, check_workers, solve_at
from .constrained import Given, solve_given, what_is_given
from .memory import check_memory
from .recheck import Recheck, recheck

if TYPE_CHECKING:
    import xarray as xr


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
        data = self.database
        return recheck(
            data,
            self.pressure_kbar,
            to_kelvin(self.temperature_C),
            self.bulk.array(data.components),
            np.array([self.chemical_potentials.get(c, np.nan) for c in data.components]),
            [
                (
                    data.phase_names.index(phase.name),
                    phase.amount_mol,
                    [*phase.proportions.values()],
                )
                for phase in self.phases
            ],
        )

    def properties(
        self, of: str = "rock", kind: str = "frozen", *, instance: int | None = None, **elastic: Any
    ) -> Properties:
        """Return the properties of the rock or a part of it.

        Parameters
        ----------
        of : str
            "rock", "solid", "melt", "fluid", or the key of a phase.
        kind : {"frozen", "ordered", "relaxed"}
            Whether second derivatives are at held compositions, with order and speciation free, or
            at equilibrium, which only the whole rock keeps.
        instance : int, optional
            Of a phase on a solvus.
        elastic
            `average`, `moduli`, `melt`, `attenuation` as in `dataset.gb.property`.

        Returns
        -------
        Properties

        Raises
        ------
        InputError
            If the point is not certified, or there is no such part.
        """
        if not self.certified:
            raise InputError(f"this point has no properties; its status is {self.status}.")
        return point_properties(self._material(), of, kind, instance, Elastic(**elastic))

    def _material(self) -> Material:
        data, slots = self.database, max(len(self.phases), 1)
        width = max(len(phase.endmembers) for phase in data.phases)
        ids, amounts = np.full((1, slots), -1), np.zeros((1, slots))
        proportions = np.zeros((1, slots, width))
        for j, phase in enumerate(self.phases):
            ids[0, j], amounts[0, j] = data.phase_names.index(phase.name), phase.amount_mol
            proportions[0, j, : len(phase.proportions)] = [*phase.proportions.values()]
        return Material(
            data,
            Answers(
                np.array([self.pressure_kbar]),
                np.array([to_kelvin(self.temperature_C)]),
                ids,
                amounts,
                proportions,
                self.bulk.array(data.components)[None],
            ),
        )

    @property
    def enthalpy(self) -> float:
        """Enthalpy, kJ per mole of oxides."""
        return self.gibbs_energy + float(to_kelvin(self.temperature_C)) * self.entropy

    @property
    def assemblage(self) -> tuple[str, ...]:
        """Keys of the phases, one for each instance."""
        return tuple(phase.name for phase in self.phases)


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
    pressure_kbar: float | None = None,
    temperature_C: float | None = None,
    entropy: float | None = None,
    enthalpy: float | None = None,
    volume: float | None = None,
    database: Database | str | None = None,
) -> Equilibrium:
    """Find the stable assemblage of a rock at two conditions, most often pressure and temperature.

    Parameters
    ----------
    bulk : Bulk
        The rock, from `bulk`.
    pressure_kbar : float
        Pressure [kbar], 0.001 to 60.
    temperature_C : float
        Temperature [degC], 500 to 2200.
    entropy, enthalpy : float, optional
        Per mole of oxides [kJ/K, kJ], as `Equilibrium.entropy` and `.enthalpy`, in place of the
        temperature.
    volume : float, optional
        Per mole of oxides [kJ/kbar], in place of the pressure.
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
    given = what_is_given(pressure_kbar, temperature_C, entropy, enthalpy, volume)
    moles = bulk.array(data.components)[None]
    conditions = [pressure_kbar, temperature_C, *(() if given is None else given[1:])]
    if any(np.size(value) != 1 for value in conditions if value is not None):
        raise InputError("equilibrium() takes one point; equilibria() takes many.")
    if given is not None:
        return _given_point(data, bulk, given, pressure_kbar, temperature_C)
    check_pressure_kbar(pressure_kbar)  # type: ignore[arg-type]
    check_temperature_C(temperature_C)  # type: ignore[arg-type]
    p, t = (np.array(value, float).ravel() for value in (pressure_kbar, temperature_C))
    arrays = solve_at(data, p, t, moles, workers=1)
    return as_equilibrium(data, bulk, float(p[0]), float(t[0]), arrays)


def _given_point(
    data: Database, bulk: Bulk, given: tuple[Given, Any], pressure_kbar: Any, temperature_C: Any
) -> Equilibrium:
    """The one point that has a given entropy, enthalpy or volume."""
    about, number = given
    known = temperature_C if pressure_kbar is None else pressure_kbar
    (check_temperature_C if pressure_kbar is None else check_pressure_kbar)(known)
    numbers, at = (np.array(value, float).ravel() for value in (number, known))
    arrays, found = solve_given(
        data, about, numbers, at, bulk.array(data.components)[None], workers=1
    )
    if np.isnan(found[0]) and int(arrays["status"][0]) == BAD_CONDITIONS:
        raise InputError(_out_of_reach(about, float(numbers[0])))
    p, t = (found, at) if pressure_kbar is None else (at, found)
    return as_equilibrium(data, bulk, float(p[0]), float(t[0]), arrays)


def _out_of_reach(given: Given, number: float) -> str:
    return f"{given.name} = {number:g}: this rock has it at no {given.free} of the accepted range."


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
    pressure_kbar: ArrayLike | None = None,
    temperature_C: ArrayLike | None = None,
    entropy: ArrayLike | None = None,
    enthalpy: ArrayLike | None = None,
    volume: ArrayLike | None = None,
    database: Database | str | None = None,
    workers: int | None = None,
    errors: Literal["raise", "status"] = "raise",
    derivatives: Sequence[Literal["P", "T", "bulk", "H"]] = (),
) -> "xr.Dataset":
    """Find the stable assemblages of any list of points, each with a rock of its own.

    Parameters
    ----------
    bulks : Bulk, sequence of Bulk, array (..., C), or DataArray with an axis `component`
        One for all points or one for each; an array holds moles of the database's components.
    pressure_kbar : float, array or DataArray
        Pressures [kbar]. Arrays of any shapes that broadcast; DataArrays by the names of their axes.
    temperature_C : float, array or DataArray
        Temperatures [degC].
    entropy, enthalpy : float, array or DataArray, optional
        Per mole of oxides [kJ/K, kJ], in place of the temperature; one number for all points makes
        an isentropic or isenthalpic path.
    volume : float, array or DataArray, optional
        Per mole of oxides [kJ/kbar], in place of the pressure.
    database : Database or str, optional
        By default T21-Su26.
    workers : int, optional
        Threads; by default one a processor. The answer does not depend on it.
    errors : {"raise", "status"}
        What to do with a point outside the ranges, or a bulk that is none (NaN, negative, all zero):
        refuse the list, naming the point, or give that point the status "bad_conditions".
    derivatives : sequence of {"P", "T", "bulk", "H"}
        Add the exact derivatives of the answer, as `dataset.gb.derivatives` returns them.

    Returns
    -------
    xarray.Dataset
        Along `point`, or `point_0`, `point_1`, ... for arrays of more axes, or the axes of the
        DataArrays; with the variables of a result file. Failed points are NaN with a status.

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
    check_workers(workers)
    from .again import report  # xarray takes as long to import as all that one point needs
    from .dataset import point_dataset
    from .points import as_given_points, as_points

    data = as_database(database)
    given = what_is_given(pressure_kbar, temperature_C, entropy, enthalpy, volume)
    if given is None:
        points = as_points(data, bulks, pressure_kbar, temperature_C, errors)
        check_memory(data, len(points.pressure_kbar))
        p, t, good = points.pressure_kbar, points.temperature_C, points.good
        arrays = solve_at(data, p[good], t[good], points.moles[good], workers)
    else:
        about, numbers = given
        points, target = as_given_points(
            data, bulks, about, numbers, pressure_kbar, temperature_C, errors
        )
        check_memory(data, len(target))
        p, t, good = points.pressure_kbar.copy(), points.temperature_C.copy(), points.good
        hot = about.free == "temperature"
        arrays, found = solve_given(
            data, about, target[good], (p if hot else t)[good], points.moles[good], workers
        )
        (t if hot else p)[:] = np.nan
        (t if hot else p)[good] = found
        lost = np.flatnonzero(good)[np.isnan(found) & (arrays["status"] == BAD_CONDITIONS)]
        if len(lost) and errors == "raise":
            place = points.grid.place(int(lost[0]))
            raise InputError(place + _out_of_reach(about, float(target[lost[0]])))
    arrays = points.whole(data, arrays)
    del arrays["excess_component"]
    dataset = point_dataset(data, arrays, p, t)
    report(dataset)
    labelled = points.labelled(dataset)
    return labelled.merge(labelled.gb.derivatives(derivatives)) if derivatives else labelled

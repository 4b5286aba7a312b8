"""One point, or any list of points: what a user asks for most."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._inputs.balance import ON_FACET_BELOW
from gibbsite._inputs.composition import Bulk, check_bulk
from gibbsite._inputs.database import Database
from gibbsite._inputs.given import names as as_names
from gibbsite._inputs.given import number
from gibbsite._inputs.guides import outside_ranges, say_outside
from gibbsite._inputs.limits import check_pressure_kbar, check_temperature_C, to_kelvin
from gibbsite._inputs.names import name_phases
from gibbsite._inputs.open import Open, component_activity, delta, log10_fO2, opened
from gibbsite._inputs.water import FLUID_COUNTED, IN_EXCESS
from gibbsite._inputs.windows import in_words
from gibbsite._lazy import LazyModule
from gibbsite._showing import html_facts, html_table
from gibbsite.errors import InfeasibleError, InputError
from gibbsite_engine.status import (
    ANSWERED_BY_NAMES,
    BAD_CONDITIONS,
    CERTIFIED,
    INFEASIBLE,
    LEFT_OUT,
    STATUS_MESSAGES,
    STATUS_NAMES,
    UNBOUNDED,
)

from .asked import as_closed, as_database, check_workers, solve_at
from .constraint import Constraint, what_is_given
from .memory import check_memory
from .recheck import Recheck, recheck
from .results import OF_ROCK, Arrays, blank, empty
from .undefined import above_saturation, say_in_excess, without_energy

if TYPE_CHECKING:
    import xarray as xr

    from gibbsite._properties import record
    from gibbsite._properties.quantities import Material

    from .points import PointList
else:
    xr, record = LazyModule("xarray"), LazyModule("gibbsite._properties.record")

_OF_PHASE = ("instance", "amount_mol", "mole_fraction", "mass_fraction", "volume_fraction")


@dataclass(frozen=True, slots=True)
class PhaseInstance:
    """One phase of an answer.

    Attributes
    ----------
    name, label : str
        Key of the phase, and what to call it in a table; no two labels of an answer are the same.
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

    def __repr__(self) -> str:
        """Return label, mode and composition by weight on one line."""
        there = (f"{o} {amount:.4g}" for o, amount in self.composition_wt.items() if amount > 0.0)
        return f"<{self.label} {100.0 * self.volume_fraction:.4g} vol%: {', '.join(there)} wt%>"


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
    taken_up : mapping of str to float
        Of components whose potential was given: mol that the phases hold, per mole of all others.
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
    taken_up: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return conditions, outcome and modes on one line."""
        modes = ", ".join(f"{p.label} {100.0 * p.volume_fraction:.4g}" for p in self.phases)
        return f"<Equilibrium, {self._title}: {modes + ' vol%' if modes else self.message}>"

    def _repr_html_(self) -> str:
        oxides = [oxide for oxide, moles in self.bulk.mol.items() if moles > 0.0]
        rows = [
            (
                phase.label,
                *(
                    f"{100.0 * share:.2f}"
                    for share in (phase.volume_fraction, phase.mass_fraction, phase.mole_fraction)
                ),
                *(f"{phase.composition_wt.get(oxide, 0.0):.2f}" for oxide in oxides),
            )
            for phase in self.phases
        ]
        rock = ("rock", "", "", "", *(f"{self.bulk.wt[oxide]:.2f}" for oxide in oxides))
        head = ("phase", "vol%", "wt%", "mol%", *(f"{oxide} wt%" for oxide in oxides))
        facts = [
            ("outcome", self.message),
            ("assumed", "; ".join(self.bulk.assumed)),
            ("density", f"{self.density:.1f} kg/m³" if self.certified else ""),
            ("Gibbs energy", f"{self.gibbs_energy:.6f} kJ per mole of oxides" if rows else ""),
            ("optimality residual", f"{self.optimality_residual:.1e} kJ/mol" if rows else ""),
            ("mass residual", f"{self.mass_residual:.1e} mol" if rows else ""),
            (
                "lowest driving force",
                f"{self.lowest_driving_force:.3g} kJ per mole of atoms "
                f"({self.lowest_driving_force_phase})"
                if self.lowest_driving_force_phase
                else "",
            ),
            ("note", self.outside_range),
        ]
        caption = f"{self.bulk.name}, {self._title}"
        return html_table(head, [*rows, rock], caption) + html_facts(facts)

    @property
    def _title(self) -> str:
        where = f"{self.pressure_kbar:g} kbar, {self.temperature_C:g} °C"
        return f"{where}, {self.database.name}, {self.status}"

    @property
    def certified(self) -> bool:
        """Whether the answer carries a certificate."""
        return self.status == STATUS_NAMES[CERTIFIED]

    @property
    def log10_fO2(self) -> float:
        """Log10 of the fugacity of oxygen [bar], referred to oxygen at 1 bar; NaN where the rock has no O."""
        return float(log10_fO2(self.database, *self._conditions(), self._potential("O")))

    def delta(self, buffer: str) -> float:
        """Return how far the fugacity of oxygen lies above a buffer [log10 units]; NaN as `log10_fO2`.

        Parameters
        ----------
        buffer : str
            "QFM", "NNO", "IW", "HM", "MW", "CCO" or "QIF".
        """
        return float(delta(buffer, self.database, *self._conditions(), self._potential("O")))

    def activity(self, component: str) -> float:
        """Return the activity of a component; NaN where nothing fixes its potential.

        Parameters
        ----------
        component : str
            "H2O" (1 in water), "SiO2" (quartz), "TiO2" (rutile), "Al2O3" (corundum), "MgO"
            (periclase), "FeO" (wüstite) or "O" (half an O2 at 1 bar).
        """
        return float(
            component_activity(
                component, self.database, *self._conditions(), self._potential(component)
            )
        )

    def _conditions(self) -> tuple[float, float]:
        return self.pressure_kbar, to_kelvin(self.temperature_C)

    def _potential(self, component: str) -> float:
        return float(self.chemical_potentials.get(component, np.nan))

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

    def quantity(self, name: str) -> float:
        """Return a quantity by its name, "ol.Fo" say; NaN where it has none, as `why_nan` says.

        Parameters
        ----------
        name : str
            As `ds.gb.quantity` takes it; its unit is that of `ds.gb.quantity(name).attrs`. Labels of this
            answer do for its phases, too: "Ca-opx.CaO".

        Raises
        ------
        InputError
            If there is no such quantity.
        """
        return float(self.to_dataset().gb.quantity(self._by_number(name)).values[0])

    def why_nan(self, name: str) -> str:
        """Return why a quantity is NaN: no such phase, nothing that fixes it; "" where it has a value.

        Parameters and errors are those of `quantity`.
        """
        found = self.to_dataset().gb.quantity(self._by_number(name))
        if not np.isnan(found.values[0]):
            return ""
        if not self.certified:
            return f"no value: the status of the point is {self.status}"
        return str(found.attrs.get("comment", "no value is defined for this answer"))

    def _by_number(self, name: str) -> str:
        """Return the name of a quantity with instances by their numbers, which hold elsewhere, too."""
        numbers = {p.label: f"{p.name}{p.instance}" for p in self.phases if "-" in p.label}
        subject, dot, what = str(name).partition(".")
        return "/".join(numbers.get(each, each) for each in subject.split("/")) + dot + what

    def to_dataset(self) -> "xr.Dataset":
        """Return the answer as `equilibria` does, as a list of one point."""
        from .dataset import point_dataset  # xarray takes as long to import as one point takes

        where = (np.array([self.pressure_kbar]), np.array([self.temperature_C]))
        return point_dataset(self.database, _arrays(self), *where)

    def properties(
        self, of: str = "rock", kind: str = "frozen", *, instance: int | None = None, **elastic: Any
    ) -> "record.Properties":
        """Return the properties of the rock or a part of it.

        Parameters
        ----------
        of : str
            "rock", "condensed" (without free fluid), "solid", "melt", "fluid", or a phase by its key.
        kind : {"frozen", "ordered", "relaxed"}
            Whether second derivatives are at held compositions, with order and speciation free, or
            at equilibrium, which only the whole rock keeps.
        instance : int, optional
            Of a phase on a solvus.
        elastic
            `average`, `moduli`, `melt`, `attenuation`, `fluid` as in `dataset.gb.property`.

        Returns
        -------
        Properties
            Of status "absent" where the answer has no such phase.

        Raises
        ------
        InputError
            If the point is not certified, or the database has no such part.
        """
        if not self.certified:
            raise InputError(f"this point has no properties; its status is {self.status}.")
        from gibbsite._properties.quantities import Elastic
        from gibbsite._properties.record import point_properties

        return point_properties(self._material(), of, kind, instance, Elastic(**elastic))

    def _material(self) -> "Material":
        from gibbsite._properties.evaluate import Solved  # what a point alone does not wait for
        from gibbsite._properties.quantities import Material

        data, slots = self.database, max(len(self.phases), 1)
        width = max(len(phase.endmembers) for phase in data.phases)
        ids, amounts = np.full((1, slots), -1), np.zeros((1, slots))
        proportions = np.zeros((1, slots, width))
        for j, phase in enumerate(self.phases):
            ids[0, j], amounts[0, j] = data.phase_names.index(phase.name), phase.amount_mol
            proportions[0, j, : len(phase.proportions)] = [*phase.proportions.values()]
        return Material(
            data,
            Solved(
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
    def outside_range(self) -> str:
        """What of rock, pressure or temperature the database is not for; empty where all is inside."""
        found = outside_ranges(
            self.database.name, self.bulk.mol, self.pressure_kbar, self.temperature_C
        )
        return say_outside(self.database.name, found)

    @property
    def assemblage(self) -> tuple[str, ...]:
        """Keys of the phases, one for each instance."""
        return tuple(phase.name for phase in self.phases)


def _arrays(found: Equilibrium) -> Arrays:
    """Return the variables of an answer, as a list of one point; `as_equilibrium` undone."""
    data = found.database
    arrays = empty(data, 1)
    del arrays["excess_component"]
    arrays["status"][:] = STATUS_NAMES.index(found.status)
    arrays["answered_by"][:] = ANSWERED_BY_NAMES.index(found.answered_by)
    arrays["iterations"][:] = found.iterations
    arrays["bulk_mol"][0] = found.bulk.array(data.components)
    for name, moles in found.taken_up.items():
        arrays["bulk_mol"][0, data.components.index(name)] = moles
    arrays["chemical_potential"][0] = [
        found.chemical_potentials.get(oxide, np.nan) for oxide in data.components
    ]
    for name in OF_ROCK:
        arrays[name][:] = getattr(found, name)
    if found.lowest_driving_force_phase:
        lowest = data.phase_names.index(found.lowest_driving_force_phase)
        arrays["lowest_driving_force_phase"][:] = lowest
    for slot, phase in enumerate(found.phases):
        arrays["phase_id"][0, slot] = data.phase_names.index(phase.name)
        for name in _OF_PHASE:
            arrays[name][0, slot] = getattr(phase, name)
        proportions = [*phase.proportions.values()]
        arrays["proportions"][0, slot, : len(proportions)] = proportions
        arrays["phase_composition_mol"][0, slot] = [*phase.composition_mol.values()]
    blank(arrays)
    return arrays


def _instances(data: Database, arrays: Mapping[str, NDArray[Any]], i: int) -> list[PhaseInstance]:
    """Name the phases of point i."""
    held = [data.phases[k] for k in arrays["phase_id"][i].tolist() if k >= 0]  # in the first slots
    n = len(held)
    numbers = {name: arrays[name][i, :n].tolist() for name in _OF_PHASE}
    proportions = arrays["proportions"][i, :n].tolist()
    moles = arrays["phase_composition_mol"][i, :n].tolist()
    compositions = [dict(zip(data.components, each, strict=True)) for each in moles]
    labels = name_phases([phase.name for phase in held], compositions)
    return [
        PhaseInstance(
            name=phase.name,
            label=labels[slot],
            proportions=dict(zip(phase.endmembers, proportions[slot], strict=False)),
            composition_mol=compositions[slot],
            composition_wt=_by_weight(data, moles[slot]),
            **{name: values[slot] for name, values in numbers.items()},
        )
        for slot, phase in enumerate(held)
    ]


def _by_weight(data: Database, moles: Sequence[float]) -> dict[str, float]:
    """Return a composition in wt%."""
    weights = [n * molar_mass for n, molar_mass in zip(moles, data.molar_masses, strict=True)]
    per_cent = 100.0 / sum(weights)
    return {c: per_cent * w for c, w in zip(data.components, weights, strict=True)}


def equilibrium(
    bulk: Bulk,
    *,
    pressure_kbar: float | None = None,
    temperature_C: float | None = None,
    entropy: float | None = None,
    enthalpy: float | None = None,
    volume: float | None = None,
    database: Database | str | None = None,
    open: Open | None = None,
) -> Equilibrium:
    """Find the stable assemblage of a rock at two conditions, most often pressure and temperature.

    Parameters
    ----------
    bulk : Bulk
        The rock, from `bulk`.
    pressure_kbar : float
        Pressure [kbar], 0.001 to 60.
    temperature_C : float
        Temperature [degC], 200 to 2200.
    entropy, enthalpy : float, optional
        Per mole of oxides [kJ/K, kJ], as `Equilibrium.entropy` and `.enthalpy`, in place of the
        temperature.
    volume : float, optional
        Per mole of oxides [kJ/kbar], in place of the pressure.
    database : Database or str
        Which one; `gibbsite.databases()` says which suits the rock. There is no default.
    open : mapping of str to (str or float), optional
        Components whose potential is given in place of their amount, as of `opened`:
        {"O": "QFM-0.5"}, {"H2O": 0.8}, {"SiO2": -950.0}. What the rock holds of them does not count.

    Returns
    -------
    Equilibrium
        A point that could not be solved says so in its status; no number is made up.

    Raises
    ------
    InputError
        If pressure or temperature is outside the accepted range, the rock has a component that the
        database lacks, or a buffer is not stable there.
    InfeasibleError
        If the phases cannot make this bulk; the text names the component in excess.
    """
    check_bulk(bulk)
    data = as_database(database)
    given = what_is_given(pressure_kbar, temperature_C, entropy, enthalpy, volume)
    conditions = [pressure_kbar, temperature_C, *(() if given is None else given[1:])]
    if any(not isinstance(value, float) and np.size(value) != 1 for value in conditions):
        raise InputError("equilibrium() takes one point; equilibria() takes many.")
    if given is not None:
        _refuse_open(data, open)
        return _given_point(data, bulk, given, pressure_kbar, temperature_C)
    check_pressure_kbar(pressure_kbar)  # type: ignore[arg-type]
    check_temperature_C(temperature_C)  # type: ignore[arg-type]
    p, t = (np.array(value, float).ravel() for value in (pressure_kbar, temperature_C))
    data = opened(data, open, p, t)
    bulk = as_closed(data, bulk)
    arrays = solve_at(data, p, t, bulk.array(data.components)[None], workers=1)
    return as_equilibrium(data, bulk, float(p[0]), float(t[0]), arrays)


def _given_point(
    data: Database,
    bulk: Bulk,
    given: tuple[Constraint, Any],
    pressure_kbar: Any,
    temperature_C: Any,
) -> Equilibrium:
    """The one point that has a given entropy, enthalpy or volume."""
    from .constrained import reach, solve_given

    about = given[0]
    known = temperature_C if pressure_kbar is None else pressure_kbar
    (check_temperature_C if pressure_kbar is None else check_pressure_kbar)(known)
    target = number(about.name, np.ravel(given[1])[0])
    if not np.isfinite(target):
        raise InputError(f"{about.name} = {target:g} is not finite.")
    numbers, at = np.array([target]), np.array(known, float).ravel()
    moles = bulk.array(data.components)
    arrays, found = solve_given(data, about, numbers, at, moles[None], workers=1)
    if np.isnan(found[0]) and int(arrays["status"][0]) == BAD_CONDITIONS:
        raise InputError(f"{about.name} = {target:g}: {reach(data, about, float(at[0]), moles)}.")
    p, t = (found, at) if pressure_kbar is None else (at, found)
    return as_equilibrium(data, bulk, float(p[0]), float(t[0]), arrays)


def _refuse_open(data: Database, open: Open | None) -> None:
    """Entropy, enthalpy and volume rise or fall all the way in a closed rock only."""
    if open or data.opened:
        raise InputError(
            "a rock with given potentials takes its components from outside: it needs both "
            "pressure_kbar and temperature_C."
        )


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
        found = outside_ranges(data.name, bulk.mol, pressure_kbar, temperature_C)
        sentence = say_in_excess(data, int(arrays["excess_component"][0]))
        outside = say_outside(data.name, found)
        raise InfeasibleError(f"{sentence} It is {outside}." if outside else sentence)
    if status == UNBOUNDED:
        said = above_saturation(data, arrays["bulk_mol"][0], pressure_kbar, temperature_C)
        raise InputError(f"{said}. The rock would take it up without end.")
    lowest = int(arrays["lowest_driving_force_phase"][0])
    potentials = {
        c: mu
        for c, mu, moles in zip(
            data.components,
            arrays["chemical_potential"][0].tolist(),
            arrays["bulk_mol"][0].tolist(),
            strict=True,
        )
        if moles > ON_FACET_BELOW or isfinite(mu)
    }
    phases = tuple(_instances(data, arrays, 0))
    said = ""
    if status == CERTIFIED:
        said = f"{_open(potentials)}{_left_out(data)}{_saturated(bulk, data, phases)}"
    if status == LEFT_OUT:
        said = f"{_left_out(data)}: open what it is of, too"
    if status == BAD_CONDITIONS:
        said = _undefined(without_energy(data, arrays["bulk_mol"][0], pressure_kbar, temperature_C))
    return Equilibrium(
        bulk=bulk,
        pressure_kbar=pressure_kbar,
        temperature_C=temperature_C,
        database=data,
        status=STATUS_NAMES[status],
        message=STATUS_MESSAGES[status] + said + _limited(data, status),
        phases=phases,
        chemical_potentials=potentials if status == CERTIFIED else {},
        lowest_driving_force_phase=data.phases[lowest].name if lowest >= 0 else "",
        answered_by=ANSWERED_BY_NAMES[int(arrays["answered_by"][0])],
        iterations=int(arrays["iterations"][0]),
        taken_up={
            name: float(arrays["bulk_mol"][0][data.components.index(name)])
            for name, _ in data.opened
        },
        **{name: float(arrays[name][0]) for name in OF_ROCK},
    )


def _undefined(phases: Sequence[str]) -> str:
    """Name the phases whose energies are at fault, and say how to do without them."""
    if not phases:
        return ""
    names = ", ".join(f'"{name}"' for name in phases)
    return f" ({', '.join(phases)}); to do without, exclude=[{names}]"


def _limited(data: Database, status: int) -> str:
    """Say what windows of composition the answer is limited to, or may have failed at."""
    if not data.windows:
        return ""
    words = in_words(data.windows)
    if status == CERTIFIED:
        return f"; of the compositions inside the windows only: {words}"
    return f"; there is no answer where a phase wants to lie on the limit of a window ({words})"


def _left_out(data: Database) -> str:
    """Say which phases that hold more than one open component take no part, since it comes from them."""
    phases = [data.phases[k] for k in data.reservoirs]
    names = [
        phase.name
        for phase in phases
        if len(phase.endmembers) > 1 or phase.model.composition[:, ~data.is_open].any()
    ]
    if not names:
        return ""
    opened = " and ".join(name for name, _ in data.opened)
    return f"; {', '.join(names)} taking no part, for {opened} comes from outside"


def _saturated(bulk: Bulk, data: Database, phases: Sequence[PhaseInstance]) -> str:
    """Say what water in excess does to the numbers, or that the melt has taken up all of it."""
    if IN_EXCESS not in bulk.assumed:
        return ""
    fluids = [phase for phase in phases if phase.name in data.of_kind("fluid")]
    if fluids:
        volume, mass = (
            100.0 * sum(getattr(phase, f"{of}_fraction") for phase in fluids)
            for of in ("volume", "mass")
        )
        return (
            f"; {IN_EXCESS}: {FLUID_COUNTED}, {volume:.3g} vol% and {mass:.3g} wt% of it here, not in "
            "those of condensed, solid and melt"
        )
    return "; water was to be in excess, but no fluid is stable: the melt holds all of it"


def _assumed(bulks: Any) -> str:
    """Return what was assumed of rocks that are given as such, each thing once."""
    rocks = [bulks] if isinstance(bulks, Bulk) else bulks if isinstance(bulks, list | tuple) else []
    said = dict.fromkeys(s for rock in rocks if isinstance(rock, Bulk) for s in rock.assumed)
    if IN_EXCESS in said:
        said[FLUID_COUNTED] = None
    return "; ".join(said)


def _open(potentials: Mapping[str, float]) -> str:
    """Say which potentials have no value, and why."""
    names = [oxide for oxide, mu in potentials.items() if not isfinite(mu)]
    if not names:
        return ""
    return (
        f"; the bulk lies on the edge of what the phases can make, where nothing fixes the potentials "
        f"of {', '.join(names)} one by one"
    )


def _at_given(
    data: Database,
    about: Constraint,
    points: "PointList",
    target: NDArray[np.float64],
    workers: int | None,
    errors: Literal["raise", "status"],
    names: Collection[str] | None,
) -> tuple[Arrays, NDArray[np.float64], NDArray[np.float64]]:
    """Solve points of which an entropy, enthalpy or volume is given; with all pressures and temperatures."""
    from .constrained import reach, solve_given

    p, t, good = points.pressure_kbar.copy(), points.temperature_C.copy(), points.good
    free, known = (t, p) if about.free == "temperature" else (p, t)
    arrays, found = solve_given(
        data, about, target[good], known[good], points.moles[good], workers, names
    )
    free[:] = np.nan
    free[good] = found
    lost = np.flatnonzero(good)[np.isnan(found) & (arrays["status"] == BAD_CONDITIONS)]
    if len(lost) and errors == "raise":
        i = int(lost[0])
        has = reach(data, about, float(known[i]), points.moles[i])
        raise InputError(f"{points.grid.place(i)}{about.name} = {target[i]:g}: {has}.")
    return arrays, p, t


def equilibria(
    bulks: Bulk | Sequence[Bulk] | ArrayLike,
    *,
    pressure_kbar: ArrayLike | None = None,
    temperature_C: ArrayLike | None = None,
    entropy: ArrayLike | None = None,
    enthalpy: ArrayLike | None = None,
    volume: ArrayLike | None = None,
    database: Database | str | None = None,
    open: Open | None = None,
    workers: int | None = None,
    errors: Literal["raise", "status"] = "raise",
    keep: Sequence[str] | None = None,
    progress: bool = False,
    derivatives: Sequence[Literal["P", "T", "bulk", "H"]] = (),
    properties: Sequence[str] = (),
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
    database : Database or str
        Which one; `gibbsite.databases()` says which suits the rock. There is no default.
    open : mapping of str to (str or float), optional
        Components whose potential is given in place of their amount, as of `equilibrium`.
    workers : int, optional
        Threads; by default one a processor. The answer does not depend on it.
    errors : {"raise", "status"}
        What to do with a point outside the ranges, or a bulk that is none (NaN or masked, negative,
        all zero, of open components alone, with more oxygen than its iron can take up):
        refuse the list, naming the point, or give that point the status "bad_conditions".
    keep : str or sequence of str, optional
        Names of the variables and quantities to return, such as ["density", "volume_fraction",
        "ol.Fo"], to save memory; `status` and `solved_again` come besides, and `phase_id` and
        `instance` with variables of phases. By default all variables.
    progress : bool
        Show how far the work is, on a terminal or in a notebook.
    derivatives : sequence of {"P", "T", "bulk", "H"}
        Add the exact derivatives of the answer, as `dataset.gb.derivatives` returns them, whatever
        is kept of the answer itself.
    properties : str or sequence of str
        Add properties of the rock or its parts, such as ["alpha.relaxed", "solid.vs"], as
        `dataset.gb.properties` returns them, whatever is kept of the answer itself.

    Returns
    -------
    xarray.Dataset
        Along `point`, or `point_0`, `point_1`, ... for arrays of more axes, or the axes of the
        DataArrays; with the variables of a result file. Failed points are NaN with a status. Where
        some lie outside what the database is for, the attribute `outside_range` says so; `assumed` says
        what was assumed of rocks, water in excess say.

    Raises
    ------
    InputError
        If a number is outside its range, the lists are of different lengths, or the answer would
        not fit in memory.

    Notes
    -----
    How much memory the answer takes is logged beforehand, as INFO of the logger "gibbsite"; a
    million points take 2.2 GiB, or 0.2 GiB where only modes and densities are kept.
    """
    check_workers(workers)
    from gibbsite._properties.derivatives import directions
    from gibbsite._properties.evaluate import check_closed
    from gibbsite._quantities.needs import OF_DERIVATIVES
    from gibbsite._store.derived import property_variables

    from .again import report  # xarray takes as long to import as all that one point needs
    from .dataset import point_dataset, what_to_keep
    from .points import as_given_points, as_points

    data = as_database(database)
    by = as_names("derivatives", derivatives)
    directions(data, by)  # refused at once, not once all is solved
    property_variables(properties, data)
    also = OF_DERIVATIVES if by or properties else ()
    kept = None if keep is None else what_to_keep(keep, data, also)
    names = None if kept is None else kept.solved
    given = what_is_given(pressure_kbar, temperature_C, entropy, enthalpy, volume)
    if given is None:
        points = as_points(data, bulks, pressure_kbar, temperature_C, errors)
        p, t, good = points.pressure_kbar, points.temperature_C, points.good
        data = opened(data, open, p[good], t[good])
        if by:
            check_closed(data)
        property_variables(properties, data)
        points.leave_out_open(data, errors)
        check_memory(data, len(p), names)
        arrays = solve_at(data, p[good], t[good], points.moles[good], workers, progress, names)
    else:
        _refuse_open(data, open)
        about, numbers = given
        points, target = as_given_points(
            data, bulks, about, numbers, pressure_kbar, temperature_C, errors
        )
        check_memory(data, len(target), names)
        good = points.good
        arrays, p, t = _at_given(data, about, points, target, workers, errors, names)
    arrays = points.whole(data, arrays)
    del arrays["excess_component"]
    dataset = point_dataset(data, arrays, p, t)
    report(dataset)
    moles = dict(zip(data.components, points.moles[good].T, strict=True))
    if outside := say_outside(data.name, outside_ranges(data.name, moles, p[good], t[good])):
        dataset.attrs["outside_range"] = outside
    if said := _assumed(bulks):
        dataset.attrs["assumed"] = said
    labelled = points.labelled(dataset)
    whole = labelled.merge(labelled.gb.derivatives(by)) if by else labelled
    if properties:
        whole = whole.assign(labelled.gb.properties(properties).data_vars)
    return whole if kept is None else kept.of(whole)

"""Reading results by name: `dataset.gb`, on grids and on lists of points."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.phase_hint import which_phase
from gibbsite._inputs.properties import ELASTIC, OF_SHEAR, QUANTITIES, Asked, asked
from gibbsite._lazy import LazyModule
from gibbsite._quantities.values import quantities, quantity
from gibbsite._section.axes import POTENTIALS
from gibbsite._showing import Pictures
from gibbsite._suggest import did_you_mean
from gibbsite.errors import GibbsiteError, InputError
from gibbsite_engine.status import CERTIFIED

from .distinct import distinct_rows
from .point import PointReader
from .schema import PROOF_BITS, attributes

# What needs the engine is imported where it is used: to read a file one need not wait for Numba.
if TYPE_CHECKING:
    from gibbsite._inputs.database import Database
    from gibbsite._properties.evaluate import Solved
    from gibbsite._properties.quantities import Material

    from . import diagram as exact
else:
    exact = LazyModule("gibbsite._store.diagram")


@xr.register_dataset_accessor("gb")  # type: ignore[no-untyped-call]
class Reading:
    """The results of a section or a list of points, by the names of phases and coordinates.

    Where a phase is absent its amounts are 0; where the point failed, they are NaN.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset
        self._reader: PointReader | None = None
        self._read_diagram: Callable[[], exact.Diagram | None] = lambda: None
        self._diagram: exact.Diagram | None = None
        self._material: Material | None = None

    def read_points_with(self, reader: PointReader) -> None:
        """Let `at` and `block` read from the file that this dataset, as it is, was opened from."""
        self._reader = reader

    def read_diagram_with(self, reader: "Callable[[], exact.Diagram | None]") -> None:
        """Let `lines` and `fields` read from the file that this dataset was opened from."""
        self._read_diagram = reader

    def has_lines(self) -> bool:
        """Return whether the file has exact lines and fields; `gibbsite.trace` makes them."""
        if self._diagram is None:
            self._diagram = self._read_diagram()
        return self._diagram is not None

    def diagram(self) -> "exact.Diagram":
        """Return lines, points where they meet, and fields, as `gibbsite.trace` made them.

        Raises
        ------
        InputError
            If the file has none, or this dataset is a part of one.
        """
        if not self.has_lines():
            raise InputError(
                "This dataset has no lines: make them by gibbsite.trace(path), or on the command line "
                "by gibbsite lines, and open the file again."
            )
        assert self._diagram is not None
        return self._diagram

    def lines(self) -> "tuple[exact.Line, ...]":
        """Return the exact boundaries between fields; see `diagram`."""
        return self.diagram().lines

    def fields(self) -> "tuple[exact.Field, ...]":
        """Return the fields between the exact boundaries, by falling area; see `diagram`."""
        return self.diagram().fields

    def line(self, name: str, side: Literal["in", "out"] | None = None) -> Any:
        """Return where a phase comes in or runs out, as a shapely.MultiLineString.

        Parameters
        ----------
        name : str
            Key of a phase; or "solidus" or "liquidus".
        side : {"in", "out"}, optional
            Only where it comes in or runs out with rising temperature; with rising pressure in a
            section without a temperature axis.
        """
        return self.diagram().line(name, side)

    def __repr__(self) -> str:
        """Return how many points there are and how many of them have an answer."""
        good = int(self.certified().sum())
        sizes = " x ".join(str(self._dataset.sizes[name]) for name in self._grid)
        database = self._dataset.attrs.get("database", "no database named")
        return f"<gibbsite result, {sizes} points, {good} certified, {database}>"

    def _repr_html_(self) -> str:
        text = f"<div>{escape(repr(self)[1:-1])}</div>"
        try:
            return text + Pictures.html(self._dataset)
        except GibbsiteError:  # a list of points, or rocks: there is no picture of it
            return text

    def certified(self) -> xr.DataArray:
        """Return True where the answer is certified, False where it failed or was not run."""
        mask: xr.DataArray = self._dataset["status"] == CERTIFIED
        return mask.rename("certified")

    def proof(self, phase: str | None = None) -> xr.DataArray:
        """Return how far each answer is certain, as text.

        Parameters
        ----------
        phase : str, optional
            Key of a phase, to be told of it alone; of the whole answer if left out.

        Returns
        -------
        xarray.DataArray
            "proved": no composition of any phase lies below the plane; "refuted": one does;
            "undecided": the proof reached a limit; "searched": certified by a search alone, as
            answers are of which a phase is not proved; "" where the point failed.
        """
        text = np.where(self.certified().transpose(*self._grid).values, "searched", "")
        text = text.astype("<U9")
        if "proof" in self._dataset:
            bits = self._dataset["proof"].transpose(*self._grid, "phase").values
            if phase is not None:
                place = self._place(phase)
                bits = bits[..., place : place + 1]
            looked_at = (bits != 0).all(axis=-1)
            text[looked_at] = "proved"
            for name in ("undecided", "refuted"):
                text[looked_at & ((bits & PROOF_BITS[name]) != 0).any(axis=-1)] = name
        return self._on_grid(text, "proof_outcome", {"long_name": "how far the answer is certain"})

    def mode(
        self,
        phase: str,
        kind: Literal["volume", "mass", "mole"] = "volume",
        instance: int | None = None,
    ) -> xr.DataArray:
        """Return how much of a phase there is.

        Parameters
        ----------
        phase : str
            Key of the phase, "cpx" say.
        kind : {"volume", "mass", "mole"}
            Fraction of what; "mole" counts moles of oxides.
        instance : int, optional
            One instance of a phase that occurs more than once; all of them together if left out.

        Returns
        -------
        xarray.DataArray
            Fractions, on the axes of the grid or the list.
        """
        if kind not in ("volume", "mass", "mole"):
            raise InputError(f"kind = {kind!r} is not one of volume, mass, mole.")
        chosen = self._chosen(phase, instance)
        fraction = self._dataset[f"{kind}_fraction"].values
        total = np.asarray(np.where(chosen, fraction, 0.0).sum(axis=-1))
        total[self._failed()] = np.nan
        label = phase if instance is None else f"{phase} {instance}"
        attrs = {"units": "1", "long_name": f"{kind} fraction of {label}"}
        return self._on_grid(total, f"{phase}_{kind}_fraction", attrs)

    def quantity(self, name: str) -> xr.DataArray:
        """Return a quantity by its name, `PHASE.QUANTITY`, with its unit in `attrs["units"]`.

        Parameters
        ----------
        name : str
            "liq" or "liq.wt%"; "ol.Fo", "cpx1.Mg#", "aug.Wo"; "cpx.Al", "liq.SiO2"; "ol.p.fo",
            "ol.a.fo"; "ol/liq.Kd"; "melt.density", "rock.mu.SiO2". All of them are in the
            reference of names, docs/reference/quantities.md.

        Returns
        -------
        xarray.DataArray
            On the axes of the grid or the list; NaN where there is none.

        Raises
        ------
        InputError
            If there is no such quantity, or the result does not keep what it needs.
        """
        return quantity(self._dataset, name)

    def quantities(self, names: Iterable[str]) -> xr.Dataset:
        """Return some quantities side by side, named as they are asked for; see `quantity`."""
        return quantities(self._dataset, names)

    def phase(self, phase: str, instance: int = 0) -> xr.Dataset:
        """Return all there is about one instance of a phase.

        Parameters
        ----------
        phase : str
            Key of the phase.
        instance : int
            Its number; a lone instance is 0.

        Returns
        -------
        xarray.Dataset
            `present`, amounts and fractions (0 where absent), `proportions` over the phase's own
            end-members and `phase_composition_mol` (NaN where absent).
        """
        chosen = self._chosen(phase, instance)
        present, slot = np.asarray(chosen.any(axis=-1)), chosen.argmax(axis=-1)
        failed = self._failed()
        found = {"present": self._on_grid(present, "present", {})}
        for name, variable in self._dataset.data_vars.items():
            if "slot" not in variable.dims or name in ("phase_id", "instance"):
                continue
            dims, values = self._slot_last(variable)
            values = np.take_along_axis(
                values, slot[(..., *(np.newaxis,) * (values.ndim - slot.ndim))], axis=slot.ndim
            )
            values = np.squeeze(values, axis=slot.ndim)
            values[~present] = 0.0 if len(dims) == len(self._grid) + 1 else np.nan
            values[failed] = np.nan
            kept = tuple(dim for dim in dims if dim != "slot")
            found[str(name)] = xr.DataArray(values, dims=kept, attrs=variable.attrs)
        selected = xr.Dataset(found, coords=self._grid_coords(), attrs={"phase": phase})
        if "component" in self._dataset.coords:
            selected = selected.assign_coords(component=self._dataset["component"])
        if "endmember" in selected.dims:
            names = self._endmembers(phase)
            selected = selected.isel(endmember=slice(len(names)))
            selected = selected.assign_coords(endmember=names)
        return selected

    def assemblage(self) -> xr.DataArray:
        """Return the stable phases at every point as text, such as "cpx+cpx+liq"; "" if it failed."""
        ids, names = self.assemblage_id()
        table = np.array([*names, ""])  # -1 takes the last one
        return self._on_grid(table[ids.values], "assemblage", {"long_name": "stable phases"})

    def assemblage_id(self) -> tuple[xr.DataArray, tuple[str, ...]]:
        """Return the assemblages as numbers, and what they mean.

        Returns
        -------
        ids : xarray.DataArray
            Index into `names` at every point, -1 where the point failed.
        names : tuple of str
            Keys of the phases in alphabetical order, joined by "+", one for each instance.
        """
        of_point, kinds = distinct_rows(self._slots("phase_id"))
        keys = self._names
        texts = ["+".join(sorted(keys[i] for i in kind if i >= 0)) for kind in kinds]
        names = tuple(sorted({text for text in texts if text}))
        place = {text: i for i, text in enumerate(names)} | {"": -1}
        ids = np.array([place[text] for text in texts], dtype=np.int32)[of_point]
        attrs = {
            "long_name": "stable phases",
            "flag_values": np.arange(len(names), dtype=np.int32),
            "flag_meanings": " ".join(names),
        }
        return self._on_grid(ids, "assemblage_id", attrs), names

    def derivatives(self, by: Sequence[str] = ("P", "T")) -> xr.Dataset:
        """Return the exact derivatives of the answers, from their stored proportions.

        Parameters
        ----------
        by : sequence of {"P", "T", "bulk", "H"}
            Pressure [kbar], temperature [K], each component of the bulk [mol per mole of oxides, the
            others held], the standard enthalpy of each data-set end-member [kJ/mol].

        Returns
        -------
        xarray.Dataset
            On the grid with a last axis `by`: derivatives of amounts, proportions, compositions,
            potentials, entropy, volume and density; and `derivatives_status`. NaN where there are
            none: at an isobaric invariant or the crest of a solvus, or by a component that the bulk
            does not hold. At a field boundary, where they jump, they are those of the field whose
            phases the answer holds.

        Raises
        ------
        InputError
            If `by` names something else, or the tables are no longer those of the result.
        """
        from gibbsite._properties.derivatives import (
            DERIVATIVES,
            STATUS_WORDS,
            derivatives,
            directions,
        )

        data, answers = self._database(), self._answers()
        status, found = derivatives(data, answers, by)
        shape = tuple(self._dataset.sizes[dim] for dim in self._grid)
        variables = {
            name: xr.Variable(
                (*self._grid, *DERIVATIVES[name].dims, "by"),
                values.reshape(*shape, *values.shape[1:]),
                {
                    "units": DERIVATIVES[name].units,
                    "long_name": f"derivative: {DERIVATIVES[name].words}",
                },
            )
            for name, values in found.items()
        }
        words = {
            "flag_values": list(range(len(STATUS_WORDS))),
            "flag_meanings": " ".join(STATUS_WORDS),
        }
        variables["derivatives_status"] = xr.Variable(self._grid, status.reshape(shape), words)
        return xr.Dataset(
            variables,
            {
                **self._grid_coords(),
                "component": list(data.components),
                "by": list(directions(data, by)),
            },
        )

    def _database(self) -> "Database":
        """The database that the points were solved with."""
        from gibbsite._properties.recorded import recorded_database

        return recorded_database(self._dataset.attrs)

    def _answers(self) -> "Solved":
        """All points as the engine's floor of properties wants them."""
        from .derived import answers_of

        return answers_of(self._dataset)

    def _materials(self) -> "Material":
        """All points as materials, evaluated once for a dataset."""
        if self._material is None:
            from gibbsite._properties.quantities import Material

            self._material = Material(self._database(), self._answers())
        return self._material

    def at(
        self,
        *,
        pressure_kbar: float | None = None,
        temperature_C: float | None = None,
        x: float | None = None,
        potential: float | None = None,
        rock: str | None = None,
    ) -> xr.Dataset:
        """Return the computed point nearest to the given coordinates; nothing is interpolated.

        Parameters
        ----------
        pressure_kbar, temperature_C, x : float
            Pressure [kbar], temperature [degC], mixing fraction. Each axis of the grid must be
            given, and lie within half a step of it.
        potential : float
            Value along the axis of a potential: log10 fO2, offset from a buffer, or activity.
        rock : str
            Name of the rock, in a result of many.
        """
        varied = next((name for name in POTENTIALS if name in self._grid), "potential")
        asked = {
            "pressure_kbar": pressure_kbar,
            "temperature_C": temperature_C,
            "x": x,
            varied: potential,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        if unknown := [name for name in given if name not in self._dataset.coords]:
            raise InputError(f"This result has no {unknown[0]}.")
        if self._grid == ("point",):
            return self._dataset.isel(point=self._nearest_of_list(given))
        place = {} if rock is None else {"rock": self._rock(rock)}
        if missing := [dim for dim in self._grid if dim not in {*given, *place}]:
            raise InputError(f"at() needs {', '.join(missing)} too.")
        for name, value in given.items():
            values = np.atleast_1d(self._dataset[name].values)
            index = _nearest(name, values, value)
            if name in self._grid:
                place[name] = index
        return self._point(place)

    def _point(self, place: Mapping[str, int]) -> xr.Dataset:
        if self._reader is None:
            return self._dataset.isel(place)
        grid = self._grid
        values = self._reader(tuple(place[dim] for dim in grid))
        variables, coords = {}, {}
        for key, variable in self._dataset.variables.items():
            name = str(key)
            if name in values:
                dims = variable.dims[len(grid) :]
                variables[name] = xr.Variable(dims, values[name], variable.attrs, fastpath=True)
            elif name in self._dataset.coords:
                here = {dim: place[str(dim)] for dim in variable.dims if dim in place}
                coords[name] = variable.isel(here) if here else variable
        return xr.Dataset(variables, coords, self._dataset.attrs)

    def block(self, name: str, index: tuple[slice, ...]) -> NDArray[Any]:
        """Return a part of a variable, its axes in order: the grid, then as they are stored."""
        if self._reader is not None:
            return self._reader.block(name, index)
        variable = self._dataset[name].variable
        rest = [dim for dim in variable.dims if dim not in self._grid]
        return np.asarray(variable.transpose(*self._grid, *rest)[index].values)

    def _rock(self, name: str) -> int:
        if "rock" not in self._grid:
            raise InputError("This result has no axis of rocks.")
        names = [str(each) for each in self._dataset["rock"].values]
        if name not in names:
            raise InputError(f"There is no rock {name!r}: {did_you_mean(name, names)}")
        return names.index(name)

    @property
    def _grid(self) -> tuple[str, ...]:
        along = self._dataset["phase_id" if "phase_id" in self._dataset else "status"].dims
        return tuple(str(dim) for dim in along if dim != "slot")

    @property
    def _names(self) -> list[str]:
        return [str(name) for name in self._dataset["phase_name"].values]

    def _endmembers(self, phase: str) -> list[str]:
        row = self._dataset["endmember_name"].values[self._names.index(phase)]
        return [str(name) for name in row if name]

    def _slots(self, name: str) -> NDArray[Any]:
        return self._slot_last(self._dataset[name])[1]

    def _slot_last(self, variable: xr.DataArray) -> tuple[tuple[str, ...], NDArray[Any]]:
        """Return dims and values with the grid first, then slot, then the rest."""
        rest = [dim for dim in variable.dims if dim != "slot" and dim not in self._grid]
        ordered = variable.transpose(*self._grid, "slot", *rest)
        return tuple(str(dim) for dim in ordered.dims), ordered.values

    def _failed(self) -> NDArray[np.bool_]:
        return np.asarray((self._slots("phase_id") < 0).all(axis=-1))

    def _place(self, phase: str) -> int:
        names = self._names
        if phase not in names:
            raise InputError(f"There is no phase {phase!r}: {which_phase(phase, names)}")
        return names.index(phase)

    def _chosen(self, phase: str, instance: int | None) -> NDArray[np.bool_]:
        chosen: NDArray[np.bool_] = self._slots("phase_id") == self._place(phase)
        return chosen if instance is None else chosen & (self._slots("instance") == instance)

    def _on_grid(
        self, values: NDArray[Any], name: str, attrs: Mapping[str, object]
    ) -> xr.DataArray:
        return xr.DataArray(
            values, dims=self._grid, coords=self._grid_coords(), name=name, attrs=dict(attrs)
        )

    def _grid_coords(self) -> dict[str, xr.DataArray]:
        return {
            str(name): coord
            for name, coord in self._dataset.coords.items()
            if set(coord.dims) <= set(self._grid)
        }

    def _nearest_of_list(self, given: Mapping[str, float]) -> int:
        """Return the nearest point of a list, each coordinate measured by its range."""
        distance = np.zeros(self._dataset.sizes["point"])
        for name, value in given.items():
            values = np.broadcast_to(self._dataset[name].values, distance.shape)
            distance += ((values - value) / (np.ptp(values) or 1.0)) ** 2
        return int(distance.argmin())

    def properties(self, names: Sequence[str]) -> xr.Dataset:
        """Return some properties side by side, as `gibbsite.Section` and `equilibria` store them.

        Parameters
        ----------
        names : str or sequence of str
            PART.PROPERTY.DETAIL: "alpha", "alpha.relaxed", "solid.vs", "vp.clark-lesher"; see
            `property`.

        Returns
        -------
        xarray.Dataset
            Variables such as `rock_alpha_relaxed`, `solid_vs`; with relaxed ones `relaxed_status`,
            which says why a point has none: the assemblage lives at one temperature ("invariant"), or
            a phase is at the crest of its solvus ("unstable").

        Raises
        ------
        InputError
            If a name means nothing, or not with this database.
        """
        from .derived import property_arrays, property_variables

        data = self._database()
        variables = property_variables(names, data)
        found = property_arrays(names, data, self._materials())
        shape = tuple(self._dataset.sizes[dim] for dim in self._grid)
        return xr.Dataset(
            {
                each.name: (self._grid, found[each.name].reshape(shape), attributes(each, ()))
                for each in variables
            },
            self._grid_coords(),
        )

    def _stored(self, meant: Asked) -> xr.DataArray:
        """Return a property that was stored."""
        found = self._dataset[meant.variable].transpose(*self._grid)
        attrs = dict(found.attrs)
        if QUANTITIES[meant.name].second:
            attrs["kind"] = meant.kind
        if meant.name in OF_SHEAR:
            attrs |= {"average": "hill", "moduli": "best"}
        return self._on_grid(found.values.astype(np.float64), meant.name, attrs)

    # The last of the class: from here on `property` is this method, no longer Python's own.
    def property(
        self,
        name: str,
        *,
        of: str = "rock",
        kind: Literal["frozen", "ordered", "relaxed"] = "frozen",
        instance: int | None = None,
        average: str = "hill",
        moduli: str = "best",
        melt: str | None = None,
        attenuation: str | None = None,
        fluid: str = "left-out",
    ) -> xr.DataArray:
        """Return a property of the rock or a part of it, derived from the stored proportions.

        Where it was stored, as a section or list was asked to (`properties=`), that is returned.

        Parameters
        ----------
        name : str
            "gibbs_energy", "enthalpy", "entropy" [J/kg, J/(kg K)], "volume" [m3/kg], "density"
            [kg/m3]; "heat_capacity" [J/(kg K)], "alpha" [1/K], "beta" [1/kbar], "K_T", "K_S" [kbar],
            "gamma", "adiabatic_gradient" [K/kbar], "thermal_pressure" [kbar/K], which have kinds;
            "bulk_modulus", "shear_modulus" [kbar], "vp", "vs", "bulk_sound_velocity" [km/s].
        of : str
            "rock", "condensed" (without free fluid), "solid", "melt", "fluid", or a phase by its key.
        kind : {"frozen", "ordered", "relaxed"}
            Compositions held; only order and speciation within phases follow; the equilibrium is
            kept, which only the whole rock does. Velocities are frozen always.
        instance : int, optional
            Number of the phase on a solvus; all of its instances together if left out.
        average : str
            How moduli are averaged: "voigt", "reuss", "hill", "hashin-shtrikman", "...-upper",
            "...-lower".
        moduli : {"best", "CK02"}
            Sources of shear moduli; see the page on properties and velocities.
        melt : {"clark-lesher", "critical-fraction"}, optional
            What melt does to the velocities of the rock. Without a rule these are NaN where there
            is melt; those of the solids (`of="solid"`) never are.
        attenuation : {"dry", "damp", "wet"}, optional
            Lower Vs by anelasticity.
        fluid : {"left-out", "as-melt"}
            What a free fluid does to moduli and velocities of the rock: nothing, they are of the
            rock without it; or what as much melt does. All other properties of the rock count it.

        Returns
        -------
        xarray.DataArray
            On the grid; NaN where the point failed, has no such part, or the number does not exist.
            `attrs` has units, long name, kind and what is missing.

        Raises
        ------
        InputError
            If there is no such property or part, or the data tables are no longer those of the
            result.
        """
        from gibbsite._properties.quantities import Elastic

        elastic = Elastic(average, moduli, melt, attenuation, fluid)
        meant = asked(name, of if instance is None else f"{of}{instance}", kind, melt)
        if elastic == Elastic(melt=melt) and meant.variable in self._dataset:
            return self._stored(meant)
        material = self._materials()
        values = material.quantity(name, of, kind, instance, elastic)
        about = QUANTITIES[name]
        attrs = {"units": about.units, "long_name": f"{about.words}, {of}"}
        if about.second:
            attrs["kind"] = kind
        if name in OF_SHEAR:
            attrs |= {"average": average, "moduli": moduli}
            if missing := material.without_modulus(of, moduli):
                attrs["comment"] = f"no shear modulus: {'; '.join(missing)}"
        if name in ELASTIC and of == "rock" and (most := material.fluid_share().max(initial=0.0)):
            attrs["fluid"] = f"{fluid}, up to {100.0 * most:.3g} vol%"
        shape = [self._dataset.sizes[dim] for dim in self._grid]
        return self._on_grid(values.reshape(shape), name, attrs)


def _nearest(name: str, values: NDArray[np.float64], value: float) -> int:
    index = int(np.abs(values - value).argmin())
    low, high = float(values.min()), float(values.max())
    half = (high - low) / max(len(values) - 1, 1) / 2 + 1e-9 * (1.0 + abs(value))
    if not low - half <= value <= high + half:
        raise InputError(f"{name} = {value:g} is outside this result, {low:g} to {high:g}.")
    return index

"""What a quantity is made of, read from an answer: grids, lists, paths, one point."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.melt import MELT
from gibbsite._inputs.names import RANGES, in_range
from gibbsite._inputs.phase_hint import range_hint, which_phase
from gibbsite._inputs.properties import split_instance
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import known_oxides, load_traits
from gibbsite_engine.status import CERTIFIED

from .grammar import PER_MOLE, POTENTIAL, WHOLES, phases_of
from .physical import PHYSICAL

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
FLUIDS: Final = tuple(name for name, traits in load_traits().items() if traits.kind == "fluid")
"""Keys of the phases that are fluid, where a database has one."""


def keys_of(dataset: xr.Dataset) -> list[str]:
    """Return the keys of the phases of the database of an answer."""
    return [str(key) for key in dataset["phase_name"].values]


class Reader:
    """An answer by the slots of its points; what was read is kept for the next question.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `gibbsite.open`, `equilibria` or `path` return it.
    text : str
        The quantity that is asked for, for messages.
    """

    def __init__(self, dataset: xr.Dataset, text: str) -> None:
        self.dataset, self.text = dataset, text
        self.dims = tuple(str(dim) for dim in dataset["phase_id"].dims if dim != "slot")
        self.keys = keys_of(dataset)
        self.components = [str(name) for name in dataset["component"].values]
        self.ids: NDArray[np.int64] = self.variable("phase_id", "slot").astype(np.int64)
        status = dataset["status"].transpose(*self.dims).values
        self.failed: Mask = np.asarray(status != CERTIFIED)

    def variable(self, name: str, *trailing: str, **chosen: Any) -> Array:
        """Return a variable with the axes of the grid first; refused where it is not kept."""
        if name not in self.dataset:
            raise InputError(f"{self.text!r} needs {name}, which this result does not keep.")
        array = self.dataset[name].sel(chosen) if chosen else self.dataset[name]
        if not set(self.dims) <= set(array.dims):  # an entropy that is an axis has but that one
            array, _ = xr.broadcast(array, self.dataset["status"])
        return np.asarray(array.transpose(*self.dims, *trailing).values)

    def component(self, name: str) -> int:
        """Return the place of a component; refused where the database of the answer has none of it."""
        if name in self.components:
            return self.components.index(name)
        if name in known_oxides():
            database = self.dataset.attrs.get("database", "this database")
            has = ", ".join(self.components)
            raise InputError(f"{self.text!r} needs {name}; the components of {database} are {has}.")
        raise InputError(f"{self.text!r}: {did_you_mean(name, self.components)}")

    def slots(self, subject: str) -> Mask:
        """Return which slots belong to a subject, (..., slot); all instances where none is named."""
        if subject in WHOLES:
            return self._of_whole(subject)
        if subject in RANGES and subject not in self.keys:
            return self._of_range(subject)
        phase, number = split_instance(subject, self.keys)
        self._check(phase, subject)
        here = self.ids == self.keys.index(phase)
        if number is not None:
            here &= self.variable("instance", "slot") == number
        return np.asarray(here)

    def _of_range(self, subject: str) -> Mask:
        moles = self.variable("phase_composition_mol", "slot", "component")
        oxides = {name: moles[..., c] for c, name in enumerate(self.components)}
        found: Mask = np.zeros(self.ids.shape, dtype=np.bool_)
        for phase in phases_of(subject, self.keys):
            self._check(phase, subject)
            found |= (self.ids == self.keys.index(phase)) & in_range(subject, oxides, phase)
        return found

    def _of_whole(self, subject: str) -> Mask:
        there = self.ids >= 0
        melt, fluid = (
            np.isin(self.ids, [k for k, key in enumerate(self.keys) if key in names])
            for names in ((MELT,), FLUIDS)
        )
        of = {
            "rock": there,
            "condensed": there & ~fluid,
            "melt": melt,
            "fluid": fluid,
            "solid": there & ~melt & ~fluid,
        }
        return np.asarray(of[subject])

    def _check(self, phase: str, subject: str) -> None:
        if phase not in self.keys:
            alone = () if "." in self.text else (*PHYSICAL, *PER_MOLE)  # what needs no phase
            known = (*self.keys, *WHOLES, *alone)
            near = range_hint(subject, self.keys) or which_phase(subject, known)
            if subject == POTENTIAL:
                near = f"a potential is {POTENTIAL}.COMPONENT, {', '.join(self.components)}."
            raise InputError(f"{self.text!r}: there is no phase {subject!r}: {near}")

    def share(self, kind: str, slots: Mask) -> Array:
        """Return a sum of fractions over slots, by "volume", "mass" or "mole"; NaN where failed."""
        fraction = self.variable(f"{kind}_fraction", "slot")
        total = np.asarray(np.where(slots, fraction, 0.0).sum(axis=-1), dtype=np.float64)
        total[self.failed] = np.nan
        return total

    def moles(self, subject: str, oxides: Iterable[str]) -> dict[str, Array]:
        """Return moles of oxides in a subject, in a unit of its own at each point; NaN where absent.

        Of a phase without a number, or a range, the first instance counts; wholes are added up.
        """
        wanted = [oxide for oxide in oxides if oxide in self.components]
        if subject == "rock":
            found = self.variable("bulk_mol", "component", component=wanted)
        elif subject in (MELT, "melt") and "phase_composition_mol" not in self.dataset:
            found = self.variable("melt_composition_mol", "component", component=wanted)
        else:
            found = self._moles_of_slots(subject, wanted)
        found = np.where(self.failed[..., None], np.nan, found)
        return {oxide: np.asarray(found[..., k]) for k, oxide in enumerate(wanted)}

    def _moles_of_slots(self, subject: str, oxides: list[str]) -> Array:
        slots = self.slots(subject)
        table = self.variable("phase_composition_mol", "slot", "component", component=oxides)
        if subject in WHOLES:
            weight = np.where(slots, self.variable("mole_fraction", "slot"), 0.0)
            summed = np.where(slots[..., None], weight[..., None] * table, 0.0).sum(axis=-2)
            present: Mask = np.asarray(slots.any(axis=-1))
            return np.asarray(np.where(present[..., None], summed, np.nan))
        return self.first(slots, table)

    def first(self, slots: Mask, values: Array) -> Array:
        """Return values (..., slot, n) or (..., slot) of the first of the slots; NaN where none is."""
        slot = slots.argmax(axis=-1)
        extra = (1,) * (values.ndim - slot.ndim - 1)
        index = slot.reshape(*slot.shape, 1, *extra)
        taken = np.squeeze(np.take_along_axis(values, index, axis=slot.ndim), axis=slot.ndim)
        present: Mask = np.asarray(slots.any(axis=-1)) & ~self.failed
        there = present.reshape(*slot.shape, *extra)
        return np.asarray(np.where(there, taken, np.nan))

    def condition(self, name: str) -> Array:
        """Return a coordinate at every point, be it an axis, one for all or one for each."""
        if name not in self.dataset.variables:
            raise InputError(f"{self.text!r} needs {name}, which this result does not keep.")
        grid = xr.broadcast(self.dataset[name], self.dataset["status"])[0]
        return np.asarray(grid.transpose(*self.dims).values, dtype=np.float64)

    def masses(self) -> Mapping[str, float]:
        """Return the molar masses of the oxides [g/mol]."""
        if "molar_mass" not in self.dataset.variables:
            raise InputError(f"{self.text!r} needs molar_mass, which this result does not keep.")
        values = self.dataset["molar_mass"].values.tolist()
        return dict(zip(self.components, values, strict=True))

    def endmembers(self, phase: str) -> list[str]:
        """Return the names of a phase's end-members."""
        row = self.dataset["endmember_name"].values[self.keys.index(phase)]
        return [str(name) for name in row if name]

    def labelled(self, values: Array, name: str, attrs: Mapping[str, object]) -> xr.DataArray:
        """Return values on the grid with its coordinates."""
        coords = {
            str(key): coord
            for key, coord in self.dataset.coords.items()
            if set(coord.dims) <= set(self.dims)
        }
        return xr.DataArray(values, dims=self.dims, coords=coords, name=name, attrs=dict(attrs))

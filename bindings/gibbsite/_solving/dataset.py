"""A list of points as a labelled dataset, with the names and attributes of a result file."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._inputs.given import names as as_names
from gibbsite._inputs.windows import as_given
from gibbsite._quantities.grammar import parse
from gibbsite._quantities.needs import needs
from gibbsite._store import accessor as _accessor  # noqa: F401  (gives every dataset its `.gb`)
from gibbsite._store.schema import PROFILES, SCHEMA_VERSION, Tables, about_axis, attributes
from gibbsite._suggest import did_you_mean
from gibbsite._version import __version__
from gibbsite.errors import InputError
from gibbsite_engine.layout import Options

from .results import ALWAYS, empty


def tables(data: Database) -> Tables:
    """Return the names that the numbers of a result refer to, and the options of the solver."""
    return Tables(
        data.name,
        data.sha256,
        data.components,
        data.molar_masses,
        data.phase_names,
        tuple(phase.long_name for phase in data.phases),
        tuple(phase.endmembers for phase in data.phases),
        dict(Options()._asdict()),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What is returned of the answers of a list.

    Attributes
    ----------
    solved : frozenset of str
        Variables that are filled: those returned, and those that quantities are read from.
    returned : frozenset of str
        Of them those that were asked for, with what they cannot be read without.
    quantities : tuple of str
        Names of the grammar; see `gibbsite._quantities.grammar`.
    """

    solved: frozenset[str]
    returned: frozenset[str]
    quantities: tuple[str, ...]

    def of(self, dataset: xr.Dataset) -> xr.Dataset:
        """Return what was asked for, of all that was filled."""
        found = {name: dataset.gb.quantity(name) for name in self.quantities}
        left_out = {each.name for each in PROFILES["full"]} - self.returned - {*ALWAYS}
        return dataset.drop_vars(left_out, errors="ignore").assign(found)


def what_to_keep(keep: Sequence[str], data: Database, also: Collection[str] = ()) -> Kept:
    """Return what is to be returned of the answers of a list, and what to be filled for it.

    Parameters
    ----------
    keep : sequence of str
        Variables of a result, and quantities such as "ol.Fo".
    data : Database
        Whose phases quantities are of.
    also : collection of str
        Variables to be filled besides, for what is made of them.

    Raises
    ------
    InputError
        If there is no variable or quantity of a name.
    """
    keep = as_names("keep", keep)
    known = {variable.name: variable for variable in PROFILES["full"]}
    variables = [name for name in keep if name in known]
    asked = tuple(name for name in keep if name not in known)
    if asked:
        _check_quantities(asked, data, known)
    of_phases = any("slot" in known[name].dims for name in variables)
    returned = frozenset((*variables, *(("phase_id", "instance") if of_phases else ())))
    needed = (needs(parse(name, data.phase_names)) for name in asked)
    return Kept(returned.union(also, *needed), returned, asked)


def no_points(data: Database) -> xr.Dataset:
    """Return a list of no points: what cannot be asked of a database is refused by it at once."""
    arrays = empty(data, 0)
    del arrays["excess_component"]
    return point_dataset(data, arrays, np.zeros(0), np.zeros(0))


def _check_quantities(names: Sequence[str], data: Database, variables: Collection[str]) -> None:
    nothing = no_points(data)
    for name in names:
        try:
            nothing.gb.quantity(name)
        except InputError as error:
            if set(name) & set("./"):
                raise
            near = did_you_mean(name, variables)
            raise InputError(
                f"there is no variable {name!r}: {near} Nor a quantity: {error}"
            ) from None


def point_dataset(
    data: Database,
    arrays: Mapping[str, NDArray[Any]],
    pressure_kbar: NDArray[np.float64],
    temperature_C: NDArray[np.float64],
) -> xr.Dataset:
    """Label the variables of n points.

    Parameters
    ----------
    arrays : mapping of str to ndarray, shape (n, ...)
        Variables of the full profile, all or some.
    pressure_kbar, temperature_C : (n,) arrays
        Conditions [kbar, degC].

    Returns
    -------
    xarray.Dataset
        Along the dimension `point`.
    """
    names = tables(data)
    variables = {}
    for variable in PROFILES["full"]:
        if variable.name not in arrays:
            continue
        variables[variable.name] = (
            ("point", *variable.dims),
            arrays[variable.name],
            attributes(variable, names.phases),
        )
    width = names.sizes()["endmember"]
    padded = [[*row, *[""] * (width - len(row))] for row in names.endmembers]
    left_out = [
        name
        for i, (name, on) in enumerate(zip(data.phase_names, data.active, strict=True))
        if not on and i not in data.reservoirs
    ]
    potentials = {name: (each.make, each.energy) for name, each in data.opened}
    coordinates = {
        key: ("point", values, about_axis(key))
        for key, values in (("pressure_kbar", pressure_kbar), ("temperature_C", temperature_C))
    }
    return xr.Dataset(
        {
            **variables,
            "phase_name": ("phase", list(names.phases)),
            "phase_long_name": ("phase", list(names.phase_long_names)),
            "endmember_name": (("phase", "endmember"), padded),
            "molar_mass": ("component", list(names.molar_mass), {"units": "g mol-1"}),
        },
        {**coordinates, "component": list(names.components)},
        {
            "schema_version": SCHEMA_VERSION,
            "gibbsite_version": __version__,
            "database": names.database,
            "database_sha256": names.database_sha256,
        }
        | ({"phases_left_out": " ".join(left_out)} if left_out else {})
        | ({"windows": json.dumps(as_given(data.windows))} if data.windows else {})
        | ({"potentials": json.dumps(potentials)} if potentials else {}),
    )

"""Phases of which the data say nothing at some conditions."""

import numpy as np

from gibbsite._inputs.database import Database
from gibbsite._inputs.limits import to_kelvin
from gibbsite_engine.layout import Floats
from gibbsite_engine.standard import new_conditions, set_conditions


def without_energy(
    data: Database, bulk_mol: Floats, pressure_kbar: float, temperature_C: float
) -> tuple[str, ...]:
    """Return the phases with an end-member outside the domain of its equation of state.

    Parameters
    ----------
    bulk_mol : (C,) array
        Of the rock: phases that it cannot make do not count.
    """
    reduced = data.reduced(data.face(bulk_mol[None])[0])
    conditions = new_conditions(reduced.system)
    set_conditions(reduced.system, pressure_kbar, float(to_kelvin(temperature_C)), conditions)
    lacking = ~np.isfinite(conditions.g0).all(axis=1)
    return tuple(data.phases[reduced.phases[k].place].name for k in np.flatnonzero(lacking))

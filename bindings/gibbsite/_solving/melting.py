"""The temperature of the first melt, as a root of the melt's driving force."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.database import Database
from gibbsite._inputs.limits import TEMPERATURE_C, ZERO_CELSIUS_K
from gibbsite.errors import InputError
from gibbsite_engine.descent import set_base
from gibbsite_engine.equilibrium import Workspace, new_workspace
from gibbsite_engine.layout import Options
from gibbsite_engine.search import forget, lowest_of_phase, search_seeds
from gibbsite_engine.standard import set_conditions

from .equilibrium import as_database, equilibrium

_MELT = "liq"
_STEP_C = 25.0
_TOLERANCE_C = 1e-4


def solidus(
    bulk: Bulk,
    *,
    pressure_kbar: float,
    temperature_C: tuple[float, float] = (700.0, 2000.0),
    database: Database | str | None = None,
) -> float:
    """Find the temperature at which the first melt appears on heating.

    Parameters
    ----------
    bulk : Bulk
        The rock.
    pressure_kbar : float
        Pressure [kbar].
    temperature_C : (float, float)
        Range to look in [degC].
    database : Database or str, optional
        By default T21-Su26.

    Returns
    -------
    float
        Temperature [degC] where the driving force of melt against the melt-free assemblage is
        zero.

    Raises
    ------
    InputError
        If the database has no melt, or melt does not appear within the range.
    """
    data = as_database(database)
    if _MELT not in data.phase_names:
        raise InputError(f"the database {data.name} has no melt.")
    low, high = temperature_C
    if not TEMPERATURE_C[0] <= low < high <= TEMPERATURE_C[1]:
        raise InputError(f"{low:g} to {high:g} °C is no range within the accepted temperatures.")
    force = _melt_driving_force(bulk, pressure_kbar, data)
    below, above = low, low
    if force(low) <= 0.0:
        raise InputError(f"melt is stable at {low:g} °C already; start lower.")
    while force(above) > 0.0:
        if above >= high:
            raise InputError(f"no melt is stable up to {high:g} °C.")
        below, above = above, min(above + _STEP_C, high)
    return float(brentq(force, below, above, xtol=_TOLERANCE_C))


def _melt_driving_force(
    bulk: Bulk, pressure_kbar: float, data: Database
) -> Callable[[float], float]:
    """Return the driving force of melt against the stable solids, a function of temperature."""
    solids = data.restrict(exclude=[_MELT])
    present = bulk.array(data.components) > 0.0
    reduced = data.reduced(present)
    melt = data.phase_names.index(_MELT)
    k = next(i for i, phase in enumerate(reduced.phases) if phase.place == melt)
    work: Workspace = new_workspace(reduced.system)
    options = Options()

    def force(temperature_C: float) -> float:
        answer = equilibrium(
            bulk, pressure_kbar=pressure_kbar, temperature_C=temperature_C, database=solids
        )
        if not answer.certified:
            raise InputError(f"at {temperature_C:g} °C: {answer.message}.")
        system = reduced.system
        set_conditions(system, pressure_kbar, temperature_C + ZERO_CELSIUS_K, work.conditions)
        gamma = np.array(
            [answer.chemical_potentials[c] for c in np.array(data.components)[present]]
        )
        if not np.isfinite(gamma).all():
            raise InputError(
                f"at {temperature_C:g} °C the solids leave potentials open, so that melt has no driving "
                "force against them; find the solidus of such a rock with path()."
            )
        set_base(system.phases, k, work.conditions, gamma, work.search.base)
        forget(work.known)
        search_seeds(
            system.phases, system.seeds, work.conditions, k, work.known, options,
            system.seeds.margin.size, options.descent_steps, work.search, work.phase,
        )  # fmt: skip
        return float(lowest_of_phase(system.phases, work.state, work.known, k, options))

    return force

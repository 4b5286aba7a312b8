"""One point solved with compositions that somebody else has found, by the slow path."""

from collections.abc import Sequence

import numpy as np

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.database import Database
from gibbsite._inputs.limits import to_kelvin
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.fallback import LonePoint, solve_with_highs
from gibbsite_engine.layout import Floats, Options, Points
from gibbsite_engine.results import new_results

from . import results as _results
from .equilibrium import Equilibrium, as_equilibrium
from .left_out import left_out


def solve_offered(
    data: Database,
    bulk: Bulk,
    pressure_kbar: float,
    temperature_C: float,
    offered: Sequence[tuple[int, Floats]],
) -> Equilibrium | None:
    """Find the stable assemblage, given compositions that must be considered.

    Parameters
    ----------
    bulk : Bulk
        The rock.
    pressure_kbar, temperature_C : float
        kbar, degC.
    offered : sequence of (int, (I,) array)
        Phases of the reduced database and their proportions.

    Returns
    -------
    Equilibrium or None
        None where the slow path cannot certify an answer.
    """
    moles = bulk.array(data.components)
    reduced = data.reduced(data.face(moles[None, :])[0])
    found, work = new_results(reduced.system, 1), new_workspace(reduced.system)
    point = LonePoint(pressure_kbar, to_kelvin(temperature_C), reduced.inside(moles))
    if not solve_with_highs(reduced.system, Options(), point, work, found, 0, offered):
        return None
    if (without := left_out(data, reduced)) is not None:
        at = np.array([point.pressure]), np.array([point.temperature]), point.bulk[None]
        without.withhold(Points(*at), found)
    arrays = _results.empty(data, 1)
    _results.fill(data, reduced, found, moles[None, :], np.array([0]), arrays)
    return as_equilibrium(data, bulk, pressure_kbar, temperature_C, arrays)

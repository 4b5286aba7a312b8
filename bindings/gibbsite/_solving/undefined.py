"""Why some conditions have no answer: phases without an energy, potentials above saturation."""

import numpy as np

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.limits import to_kelvin
from gibbsite_engine.factors import ONE
from gibbsite_engine.layout import Conditions, Floats
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
    reduced, conditions = _at(data, bulk_mol, pressure_kbar, temperature_C)
    lacking = ~np.isfinite(conditions.g0).all(axis=1)
    return tuple(data.phases[reduced.phases[k].place].name for k in np.flatnonzero(lacking))


def limit_energies(data: Database, conditions: Conditions) -> Floats:
    """Return how far what holds open components alone lies above their potentials [kJ/mol], (L,).

    g = a + b T + c P + sum over data-set end-members - sum over open components of n mu.

    Parameters
    ----------
    data : Database
        Open to some components.
    conditions : Conditions
        Filled at pressure and temperature.
    """
    alone, plain = data.saturations, conditions.factors[ONE:]
    own = alone.energy @ plain + alone.make @ conditions.endmember_g[0]
    return np.asarray(own - alone.amount @ conditions.opened[:, 0])


def above_saturation(
    data: Database, bulk_mol: Floats, pressure_kbar: float, temperature_C: float
) -> str:
    """Return which potential that is given is above saturation, with which phase, and by how much.

    Parameters
    ----------
    bulk_mol : (C,) array
        Of the rock.
    """
    _, conditions = _at(data, bulk_mol, pressure_kbar, temperature_C)
    energies = limit_energies(data, conditions)
    m = int(np.argmin(energies / data.saturations.amount.sum(axis=1)))
    phase = data.phases[data.saturations.phase[m]].name
    held = data.saturations.amount[m]
    (several,) = np.nonzero(held > 0.0)
    names = [name for name, _ in data.opened]
    if len(several) > 1:
        together = " and ".join(names[o] for o in several)
        return f"{together} are given {-energies[m] / held.sum():.4g} kJ/mol more than {phase} has"
    (o,) = several
    given, excess = conditions.opened[o, 0], -energies[m] / held[o]
    return (
        f"{names[o]} is given {given:.6g} kJ/mol, {excess:.4g} more than {phase} has there: "
        f"{given - excess:.6g} is the most"
    )


def _at(
    data: Database, bulk_mol: Floats, pressure_kbar: float, temperature_C: float
) -> tuple[Reduced, Conditions]:
    reduced = data.reduced(data.face(bulk_mol[None])[0])
    conditions = new_conditions(reduced.system)
    set_conditions(reduced.system, pressure_kbar, float(to_kelvin(temperature_C)), conditions)
    return reduced, conditions

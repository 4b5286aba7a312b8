"""Why some conditions have no answer: phases without an energy, potentials above saturation."""

from functools import lru_cache
from typing import Final

import numpy as np

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.faces import faces
from gibbsite._inputs.limits import PRESSURE_KBAR, TEMPERATURE_C, to_kelvin
from gibbsite.errors import InfeasibleError
from gibbsite_engine.factors import ONE
from gibbsite_engine.layout import SATURATED, Conditions, Floats
from gibbsite_engine.standard import new_conditions, set_conditions

_ENDS_WITHIN_C: Final = 0.001
"""How closely the end of an equation of state is located [degC]."""


def without_energy(
    data: Database, bulk_mol: Floats, pressure_kbar: float, temperature_C: float
) -> tuple[str, ...]:
    """Return the phases with an end-member outside the domain of its equation of state.

    Parameters
    ----------
    bulk_mol : (C,) array
        Of the rock: phases that it cannot make do not count.
    """
    reduced = _reduced(data, bulk_mol)
    return tuple(data.phases[k].name for k in _lacking(reduced, pressure_kbar, temperature_C))


def hottest_C(data: Database, bulk_mol: Floats) -> Floats:
    """Return up to which accepted temperature all phases that rocks can make have an energy [degC], (n,).

    Pressure does not matter: the equation of a solid ends where its thermal pressure has undone its
    volume at the reference, that of a melt where its bulk modulus there is gone.

    Parameters
    ----------
    bulk_mol : (n, C) array
        Of the rocks; one that no phases can make has no phase that ends earlier.
    """
    hottest = np.full(len(bulk_mol), TEMPERATURE_C[1])
    for face, some in faces(data, np.flatnonzero(data.excess(bulk_mol) < 0), bulk_mol):
        hottest[some] = _hottest(data.reduced(face))
    return hottest


def say_hottest(data: Database, bulk_mol: Floats) -> str:
    """Say what has no energy above `hottest_C` of one rock (C,); nothing where all have."""
    (hottest,) = hottest_C(data, bulk_mol[None])
    if hottest >= TEMPERATURE_C[1]:
        return ""
    lacking = without_energy(data, bulk_mol, PRESSURE_KBAR[0], hottest + _ENDS_WITHIN_C)
    return f"{', '.join(lacking)} {'has' if len(lacking) == 1 else 'have'} no energy above {hottest:.2f} °C"


def say_in_excess(data: Database, component: int) -> str:
    """Say that the phases cannot make a bulk, for it holds too much of a component (`Database.excess`)."""
    return (
        f"the phases of {data.name} cannot make this bulk: it holds more {data.components[component]} "
        "than they can take up beside the other components."
    )


def check_makable(data: Database, bulk_mol: Floats) -> None:
    """Raise InfeasibleError for a rock (C,) [mol per mole of oxides] that no phases make; it names the oxide in excess."""
    component = int(data.excess(bulk_mol[None])[0])
    if component >= 0:
        raise InfeasibleError(say_in_excess(data, component))


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
    amount = np.maximum(data.saturations.amount, 0.0)  # hydrogen is water less oxygen
    m = int(np.argmin(energies / amount.sum(axis=1)))
    phase = data.phases[data.saturations.phase[m]].name
    held = amount[m]
    (several,) = np.nonzero(held)
    names = [name for name, _ in data.opened]
    if len(several) > 1:
        together = " and ".join(names[o] for o in several)
        return f"{together} are given {-energies[m] / held.sum():.4g} kJ/mol more than {phase} has"
    (o,) = several
    given, excess = conditions.opened[o, 0], -energies[m] / held[o]
    if energies[m] > SATURATED:
        return (
            f"{names[o]} is given {given:.6g} kJ/mol, all that {phase} has there, which would hold ever "
            "less of anything else"
        )
    return (
        f"{names[o]} is given {given:.6g} kJ/mol, {excess:.4g} more than {phase} has there: "
        f"{given - excess:.6g} is the most"
    )


def _at(
    data: Database, bulk_mol: Floats, pressure_kbar: float, temperature_C: float
) -> tuple[Reduced, Conditions]:
    reduced = _reduced(data, bulk_mol)
    return reduced, _conditions(reduced, pressure_kbar, temperature_C)


def _reduced(data: Database, bulk_mol: Floats) -> Reduced:
    return data.reduced(data.face(bulk_mol[None])[0])


def _conditions(reduced: Reduced, pressure_kbar: float, temperature_C: float) -> Conditions:
    conditions = new_conditions(reduced.system)
    set_conditions(reduced.system, pressure_kbar, float(to_kelvin(temperature_C)), conditions)
    return conditions


def _lacking(reduced: Reduced, pressure_kbar: float, temperature_C: float) -> list[int]:
    """Return the ids of the phases with an end-member that has no energy."""
    conditions = _conditions(reduced, pressure_kbar, temperature_C)
    (lacking,) = np.nonzero(~np.isfinite(conditions.g0).all(axis=1))
    return [reduced.ids[k] for k in lacking]


@lru_cache(maxsize=64)
def _hottest(reduced: Reduced) -> float:
    low, high = TEMPERATURE_C
    if not _lacking(reduced, PRESSURE_KBAR[0], high):
        return high
    while high - low > _ENDS_WITHIN_C:
        middle = 0.5 * (low + high)
        if _lacking(reduced, PRESSURE_KBAR[0], middle):
            high = middle
        else:
            low = middle
    return low

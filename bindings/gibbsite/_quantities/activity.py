"""Activities from the plane of chemical potentials: RT ln a = C'Gamma - G0(P, T).

At equilibrium the potential of an end-member of a phase that is present is that of its oxides, so
that no model of the solution is needed: only the standard energy of the end-member.
"""

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._inputs.iron import OXYGEN
from gibbsite._inputs.limits import to_kelvin
from gibbsite._inputs.open import component_activity, delta, log10_fO2
from gibbsite._properties.recorded import recorded_database
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import known_oxides, load_standard_states
from gibbsite_engine.endmember import endmember_energy
from gibbsite_engine.factors import plain_factors

from .read import Array, Reader


def activity(reader: Reader, phase: str, endmember: str) -> Array:
    """Return the activity of an end-member, 1 in the pure one, wherever the oxides have potentials.

    Raises
    ------
    InputError
        If the potentials are not kept.
    """
    data = recorded_database(reader.dataset.attrs)
    model = data.phases[data.phase_names.index(phase)]
    i = model.endmembers.index(endmember)
    gamma = reader.variable("chemical_potential", "component")
    made_of = model.model.composition[i]
    used = made_of != 0.0
    potential = gamma[..., used] @ made_of[used]
    pressure, kelvin = _conditions(reader)
    energy = _standard_energy(data, model.model.make[i], model.model.energy[i], pressure, kelvin)
    gas = data.endmembers.gas_constant
    return np.asarray(np.exp((potential - energy) / (gas * kelvin)))


def oxide_activity(reader: Reader, name: str) -> Array:
    """Return the activity of an oxide, or of what a pure phase is made of, in the rock.

    It is 1 where the phase is stable: an oxide's is quartz, corundum, rutile, water, ...
    """
    data = recorded_database(reader.dataset.attrs)
    pure = [phase.name for phase in data.phases if len(phase.endmembers) == 1]
    if name in pure:
        return activity(reader, name, name)
    oxides = [each for each in load_standard_states() if each in data.components]
    if name in known_oxides():
        reader.component(name)  # refused, saying what there is
        if name not in oxides:
            raise InputError(
                f"{reader.text!r}: no pure phase is known that an activity of {name} could be referred "
                f"to; there are those of {', '.join([*oxides, *pure])}."
            )
    elif name not in oxides:
        raise InputError(f"{reader.text!r}: {did_you_mean(name, [*oxides, *pure])}")
    return component_activity(name, data, *_conditions(reader), _potential(reader, name))


def oxygen_fugacity(reader: Reader) -> Array:
    """Return log10 of the fugacity of oxygen in bar."""
    data = recorded_database(reader.dataset.attrs)
    return log10_fO2(data, *_conditions(reader), _potential(reader, OXYGEN))


def buffer_offset(reader: Reader, buffer: str) -> Array:
    """Return how far above a buffer the fugacity of oxygen lies, in log10 units."""
    data = recorded_database(reader.dataset.attrs)
    return delta(buffer, data, *_conditions(reader), _potential(reader, OXYGEN))


def _conditions(reader: Reader) -> tuple[Array, Array]:
    """Pressure and temperature [kbar, K] at every point."""
    return reader.condition("pressure_kbar"), to_kelvin(reader.condition("temperature_C"))


def _potential(reader: Reader, component: str) -> Array:
    """Potential of a component [kJ/mol]; NaN where the rock has none of it."""
    place = reader.component(component)
    gamma = reader.variable("chemical_potential", "component")
    return np.asarray(gamma[..., place], dtype=np.float64)


def _standard_energy(
    data: Database,
    make: NDArray[np.float64],
    energy: NDArray[np.float64],
    pressure: Array,
    kelvin: Array,
) -> Array:
    """Standard Gibbs energy of an end-member [kJ/mol] on the grid."""
    total = plain_factors(pressure, kelvin) @ energy
    for e in np.flatnonzero(make):
        of_it = [
            endmember_energy(data.endmembers, int(e), p, t)[0]
            for p, t in zip(pressure.ravel(), kelvin.ravel(), strict=True)
        ]
        total = total + make[e] * np.reshape(of_it, kelvin.shape)
    return np.asarray(total)

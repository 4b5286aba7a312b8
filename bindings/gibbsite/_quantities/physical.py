"""Quantities of a material that come from the properties of its phases, and their units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gibbsite._inputs.properties import MELT_RULES
from gibbsite._inputs.relaxation import RELAXATIONS
from gibbsite.errors import InputError


@dataclass(frozen=True, slots=True)
class Physical:
    """One quantity.

    Attributes
    ----------
    words : str
        What it is.
    property : str
        Its name in `ds.gb.property`.
    unit : str
        A key of `UNITS`: what it is given in.
    details : tuple of str
        What may be added to its name: `RELAXATIONS` of a second derivative of the energy, `MELT_RULES` of
        velocities and moduli, which have no value where there is melt and no rule.
    """

    words: str
    property: str
    unit: str
    details: tuple[str, ...] = ()


PHYSICAL: Final[Mapping[str, Physical]] = {
    "density": Physical("density", "density", "kg/m³"),
    "G": Physical("Gibbs energy", "gibbs_energy", "J/kg"),
    "H": Physical("enthalpy", "enthalpy", "J/kg"),
    "S": Physical("entropy", "entropy", "J/(kg K)"),
    "V": Physical("specific volume", "volume", "cm³/kg"),
    "Cp": Physical("heat capacity", "heat_capacity", "J/(kg K)", RELAXATIONS),
    "alpha": Physical("thermal expansivity", "alpha", "1/K", RELAXATIONS),
    "beta": Physical("compressibility", "beta", "1/GPa", RELAXATIONS),
    "K_T": Physical("isothermal bulk modulus", "K_T", "GPa", RELAXATIONS),
    "K_S": Physical("adiabatic bulk modulus", "K_S", "GPa", RELAXATIONS),
    "K": Physical("bulk modulus of the aggregate", "bulk_modulus", "GPa"),
    "G_shear": Physical("shear modulus of the aggregate", "shear_modulus", "GPa"),
    "Vp": Physical("velocity of P waves", "vp", "km/s", MELT_RULES),
    "Vs": Physical("velocity of S waves", "vs", "km/s", MELT_RULES),
    "Vb": Physical("bulk sound velocity", "bulk_sound_velocity", "km/s"),
}

# Unit -> (what it is a unit of, how many SI units one of it is).
UNITS: Final[Mapping[str, tuple[str, float]]] = {
    "1": ("number", 1.0),
    "%": ("number", 0.01),
    "kg/m³": ("density", 1.0),
    "kg m-3": ("density", 1.0),
    "kg/m3": ("density", 1.0),
    "J/kg": ("energy per mass", 1.0),
    "J kg-1": ("energy per mass", 1.0),
    "kJ/kg": ("energy per mass", 1e3),
    "kJ kg-1": ("energy per mass", 1e3),
    "J/(kg K)": ("entropy per mass", 1.0),
    "J/kg/K": ("entropy per mass", 1.0),
    "J/K/kg": ("entropy per mass", 1.0),
    "J kg-1 K-1": ("entropy per mass", 1.0),
    "J K-1 kg-1": ("entropy per mass", 1.0),
    "kJ K-1 kg-1": ("entropy per mass", 1e3),
    "cm³/kg": ("volume per mass", 1e-6),
    "cm3/kg": ("volume per mass", 1e-6),
    "m3 kg-1": ("volume per mass", 1.0),
    "m3/kg": ("volume per mass", 1.0),
    "1/K": ("expansivity", 1.0),
    "K-1": ("expansivity", 1.0),
    "1/Pa": ("compressibility", 1.0),
    "Pa-1": ("compressibility", 1.0),
    "1/bar": ("compressibility", 1e-5),
    "1/kbar": ("compressibility", 1e-8),
    "kbar-1": ("compressibility", 1e-8),
    "1/GPa": ("compressibility", 1e-9),
    "GPa-1": ("compressibility", 1e-9),
    "Pa": ("pressure", 1.0),
    "bar": ("pressure", 1e5),
    "kbar": ("pressure", 1e8),
    "GPa": ("pressure", 1e9),
    "m/s": ("velocity", 1.0),
    "m s-1": ("velocity", 1.0),
    "km/s": ("velocity", 1e3),
    "km s-1": ("velocity", 1e3),
}


def conversion(given: str, wanted: str) -> float:
    """Return by what to multiply numbers in one unit for numbers in another.

    Raises
    ------
    InputError
        If one is unknown, or they are not units of the same thing.
    """
    for unit in (given, wanted):
        if unit not in UNITS:
            raise InputError(f"the unit {unit!r} is not one of {', '.join(UNITS)}.")
    (of, size), (other, other_size) = UNITS[given], UNITS[wanted]
    if of != other:
        raise InputError(f"{given} is a unit of {of}, {wanted} of {other}.")
    return size / other_size

"""Properties of a rock and its parts by name: units, words, and how one is asked for.

alpha, vp            of the rock, frozen
alpha.relaxed        of another kind: ordered, relaxed
solid.vs, cpx1.K_S   of a part of it, or a phase, or an instance of one
vp.clark-lesher      of the rock with its melt, by a rule
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, get_args

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .given import names as as_names
from .phase_hint import which_phase
from .relaxation import RELAXATIONS

MeltRule = Literal["clark-lesher", "critical-fraction"]
MELT_RULES: Final = get_args(MeltRule)
"""What melt does to the velocities of a rock."""
PARTS: Final = ("rock", "condensed", "solid", "melt", "fluid")
"""Of a rock: all of it, and what of it is no free fluid, and what is of one kind."""


@dataclass(frozen=True, slots=True)
class Property:
    """A quantity.

    Attributes
    ----------
    attribute : str
        Its name with the unit, an attribute of `Properties`.
    units : str
        As CF writes them.
    words : str
        What it is.
    second : bool
        Whether it is a second derivative of the energy, of which there are three kinds.
    """

    attribute: str
    units: str
    words: str
    second: bool = False


QUANTITIES: Final[Mapping[str, Property]] = {
    "gibbs_energy": Property("gibbs_energy_J_kg", "J kg-1", "Gibbs energy"),
    "enthalpy": Property("enthalpy_J_kg", "J kg-1", "enthalpy"),
    "entropy": Property("entropy_J_kgK", "J kg-1 K-1", "entropy"),
    "volume": Property("volume_m3_kg", "m3 kg-1", "volume"),
    "density": Property("density_kg_m3", "kg m-3", "density"),
    "heat_capacity": Property(
        "heat_capacity_J_kgK", "J kg-1 K-1", "heat capacity at constant pressure", True
    ),
    "alpha": Property("alpha_per_K", "K-1", "thermal expansivity", True),
    "beta": Property("beta_per_kbar", "kbar-1", "isothermal compressibility", True),
    "K_T": Property("K_T_kbar", "kbar", "isothermal bulk modulus", True),
    "K_S": Property("K_S_kbar", "kbar", "adiabatic bulk modulus", True),
    "gamma": Property("gamma", "1", "Grueneisen parameter", True),
    "adiabatic_gradient": Property(
        "adiabatic_gradient_K_kbar", "K kbar-1", "change of temperature at constant entropy", True
    ),
    "thermal_pressure": Property(
        "thermal_pressure_kbar_K", "kbar K-1", "change of pressure at constant volume", True
    ),
    "bulk_modulus": Property(
        "bulk_modulus_kbar", "kbar", "adiabatic bulk modulus of the aggregate of phases"
    ),
    "shear_modulus": Property("shear_modulus_kbar", "kbar", "shear modulus of the aggregate"),
    "vp": Property("vp_km_s", "km s-1", "velocity of P waves"),
    "vs": Property("vs_km_s", "km s-1", "velocity of S waves"),
    "bulk_sound_velocity": Property("bulk_sound_velocity_km_s", "km s-1", "bulk sound velocity"),
}
ELASTIC: Final = ("bulk_modulus", "shear_modulus", "vp", "vs", "bulk_sound_velocity")
OF_SHEAR: Final = ("shear_modulus", "vp", "vs")
"""What has no value where a phase has no shear modulus."""
VELOCITIES: Final = ("vp", "vs")
"""What rules of melt are for."""
_SYNONYMS: Final = {
    "rho": "density",
    "Cp": "heat_capacity",
    "G": "gibbs_energy",
    "H": "enthalpy",
    "V": "volume",
    "expansivity": "alpha",
}
"""Words people write for a property, too far from it in spelling to be found by likeness."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A property that is asked for by a name, `PART.PROPERTY.DETAIL`.

    Attributes
    ----------
    of : str
        One of `PARTS`, or a phase, or an instance of one, "cpx1".
    name : str
        A key of `QUANTITIES`.
    detail : str
        The kind of a second derivative; a rule of melt of a velocity; "" for none.
    """

    of: str
    name: str
    detail: str

    @property
    def text(self) -> str:
        """The shortest name of it."""
        of = "" if self.of == "rock" else f"{self.of}."
        return f"{of}{self.name}" + (f".{self.detail}" if self._told else "")

    @property
    def variable(self) -> str:
        """The name of a variable that holds it."""
        detail = f"_{self.detail.replace('-', '_')}" if self._told else ""
        return f"{self.of}_{self.name}{detail}"

    @property
    def _told(self) -> bool:
        return self.detail not in ("", RELAXATIONS[0])

    @property
    def kind(self) -> str:
        """What may follow as temperature or pressure changes; of all but second derivatives nothing."""
        return self.detail if QUANTITIES[self.name].second else RELAXATIONS[0]

    @property
    def melt(self) -> str | None:
        """The rule of melt; None for none."""
        return (self.detail or None) if self.name in VELOCITIES else None

    @property
    def is_relaxed(self) -> bool:
        """Whether it is of the rock that keeps its equilibrium."""
        return self.detail == RELAXATIONS[-1]


def asked(name: str, of: str, kind: str, melt: str | None = None) -> Asked:
    """Return what `ds.gb.property` is asked for."""
    second = name in QUANTITIES and QUANTITIES[name].second
    return Asked(of, name, kind if second else (melt or "") * (name in VELOCITIES))


def read_properties(texts: object) -> tuple[Asked, ...]:
    """Return what the names in a list mean, each once.

    Raises
    ------
    InputError
        If one names no property, or a kind or rule that it does not have; says what is near.
    """
    return tuple(dict.fromkeys(_read(text) for text in as_names("properties", texts)))


@lru_cache(maxsize=512)  # asked again for each tile
def _read(text: str) -> Asked:
    first, _, rest = text.strip().partition(".")
    of, name = ("rock", first) if first in QUANTITIES or not rest else (first, rest)
    if of == "rock" and name == first:
        detail = rest
    else:
        name, _, detail = rest.partition(".")
    if name in (*RELAXATIONS, *MELT_RULES):  # what is before it is no part, but a slip
        name = first
    if name not in QUANTITIES:
        meant = _SYNONYMS.get(name)
        near = f"did you mean {meant!r}?" if meant else did_you_mean(name, QUANTITIES)
        raise InputError(f"properties: there is no {text!r}: {near}")
    details: tuple[str, ...] = MELT_RULES if name in VELOCITIES else ()
    if QUANTITIES[name].second:
        details, detail = RELAXATIONS, detail or RELAXATIONS[0]
    if detail and not details:
        raise InputError(f"properties: {text!r}: {name} is of one kind only; leave {detail!r} out.")
    if detail and detail not in details:
        raise InputError(f"properties: {text!r}: {did_you_mean(detail, details)}")
    if detail == RELAXATIONS[-1] and of != "rock":
        raise InputError(
            f"properties: {text!r}: only the whole rock keeps its equilibrium; ask for "
            f"{name}.{detail}, or for {of}.{name}.{RELAXATIONS[1]}."
        )
    return Asked(of, name, detail)


def part_and_instance(each: Asked, phases: Sequence[str]) -> tuple[str, int | None]:
    """Return the part or phase that a property is of, and the number of an instance.

    Raises
    ------
    InputError
        If a database of these phases has no such part.
    """
    of, instance = (each.of, None) if each.of in PARTS else split_instance(each.of, phases)
    if of not in PARTS and of not in phases:
        near = which_phase(each.of, (*phases, *PARTS))
        raise InputError(f"properties: {each.text!r}: there is no phase {each.of!r}: {near}")
    return of, instance


def split_instance(subject: str, keys: Collection[str]) -> tuple[str, int | None]:
    """Return the phase and the number of "cpx1"; of "cpx" no number. The phase of "O20" is O2."""
    if subject in keys:
        return subject, None
    known = max((key for key in keys if subject.startswith(key)), key=len, default="")
    numbered = re.fullmatch(rf"({known or '.+?'})(\d+)", subject)
    return (subject, None) if numbered is None else (numbered[1], int(numbered[2]))

"""The properties of one rock or phase, as a record with units in its names."""

from collections.abc import Mapping
from dataclasses import dataclass

from gibbsite._inputs.properties import QUANTITIES
from gibbsite._showing import html_facts, html_table
from gibbsite_engine.response import RESPONSE_NAMES

from .evaluate import NO_ANSWER
from .quantities import Elastic, Material


@dataclass(frozen=True, slots=True)
class Properties:
    """Properties of a rock, or of its solids, its melt, or a phase.

    Attributes
    ----------
    of, kind : str
        What of, and whether second derivatives are frozen, ordered or relaxed.
    status : str
        "available", or why relaxed properties are not: "invariant" (the assemblage lives at one
        temperature of a pressure), "unstable" (a phase at the crest of its solvus). "absent": the
        answer has no such part, and nothing below is a number.
    gibbs_energy_J_kg, enthalpy_J_kg, entropy_J_kgK, volume_m3_kg, density_kg_m3 : float
        From the first derivatives of the energy; the same in all kinds.
    heat_capacity_J_kgK, alpha_per_K, beta_per_kbar, K_T_kbar, K_S_kbar, gamma : float
        At constant pressure; expansivity and compressibility by volume; bulk moduli at constant
        temperature and entropy; the Grueneisen parameter.
    adiabatic_gradient_K_kbar, thermal_pressure_kbar_K : float
        dT/dP at constant entropy, dP/dT at constant volume.
    bulk_modulus_kbar, shear_modulus_kbar, vp_km_s, vs_km_s, bulk_sound_velocity_km_s : float
        Of the aggregate of phases, each frozen and adiabatic. NaN where a phase has no shear
        modulus, or where there is melt and no rule for it. Those of the rock are without its free
        fluid, unless that was to count as melt.
    without_modulus : tuple of str
        Phases without a shear modulus, and the end-members at fault.
    shear_moduli : mapping
        For each end-member of a phase asked for, whose shear modulus it has, and from where.
    """

    of: str
    kind: str
    status: str
    gibbs_energy_J_kg: float
    enthalpy_J_kg: float
    entropy_J_kgK: float
    volume_m3_kg: float
    density_kg_m3: float
    heat_capacity_J_kgK: float
    alpha_per_K: float
    beta_per_kbar: float
    K_T_kbar: float
    K_S_kbar: float
    gamma: float
    adiabatic_gradient_K_kbar: float
    thermal_pressure_kbar_K: float
    bulk_modulus_kbar: float
    shear_modulus_kbar: float
    vp_km_s: float
    vs_km_s: float
    bulk_sound_velocity_km_s: float
    without_modulus: tuple[str, ...]
    shear_moduli: Mapping[str, str]

    def __repr__(self) -> str:
        """Return what of, and what is asked for most."""
        told = ("density", "heat_capacity", "alpha", "vp", "vs")
        numbers = ", ".join(
            f"{name} {getattr(self, QUANTITIES[name].attribute):.5g} {QUANTITIES[name].units}"
            for name in told
        )
        return f"<Properties of {self.of}, {self.kind}, {self.status}: {numbers}>"

    def _repr_html_(self) -> str:
        rows = [
            (about.words, f"{getattr(self, about.attribute):.6g}", about.units)
            for about in QUANTITIES.values()
        ]
        table = html_table((), rows, f"{self.of}, {self.kind}: {self.status}")
        return table + html_facts(
            [("without shear modulus", ", ".join(self.without_modulus)), *self.shear_moduli.items()]
        )


def point_properties(
    material: Material, of: str, kind: str, instance: int | None, elastic: Elastic
) -> Properties:
    """Return everything of a part of the rock at the one point that a material holds."""
    values = {
        about.attribute: float(material.quantity(name, of, kind, instance, elastic)[0])
        for name, about in QUANTITIES.items()
    }
    status = int(material.status[0])
    there = bool(material.part(of, instance).any())
    said = "no_answer" if status == NO_ANSWER else RESPONSE_NAMES[status]
    return Properties(
        of=of,
        kind=kind,
        status=said if there else "absent",
        without_modulus=tuple(material.without_modulus(of, elastic.moduli)),
        shear_moduli=material.sources(of, elastic.moduli),
        **values,
    )

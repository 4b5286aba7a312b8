"""A rock at equilibrium as a material of BurnMan: `gibbsite.burnman.Rock`.

BurnMan is not a dependency: install it beside gibbsite. Its version 2.1.0 asks for NumPy below 2 and
Numba 0.59, which gibbsite does not run with, but works with later ones:

    pip install gibbsite sympy
    pip install --no-deps burnman
"""

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.database import Database
from gibbsite._inputs.given import number
from gibbsite._inputs.limits import to_celsius
from gibbsite._inputs.properties import MELT_RULES, MeltRule
from gibbsite._inputs.relaxation import RELAXATIONS, Relaxation
from gibbsite._solving.equilibrium import equilibria
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_engine.status import CERTIFIED, STATUS_NAMES

try:
    from burnman.classes.material import Material, material_property
except ImportError as missing:
    raise ImportError(
        "gibbsite.burnman needs BurnMan: pip install sympy, then pip install --no-deps burnman "
        f"({missing})."
    ) from None

_PA_PER_KBAR: Final = 1e8
_PER_GPA: Final = 1e9
_M3_PER_KJ_KBAR: Final = 1e-5
_PER_KM: Final = 1e3


def _of_rock(quantity: str, scale: float = 1.0, words: str = "", molar: bool = False) -> Any:
    """Return a property of BurnMan that is a quantity of the rock; `{kind}` and `{melt}` are the rock's."""

    def get(rock: "Rock") -> Any:
        values = scale * rock.quantity(quantity.format(kind=rock.kind, melt=rock.melt))
        return values * rock.molar_mass if molar else values

    get.__name__ = quantity
    get.__doc__ = words
    return material_property(get)


class Rock(Material):  # type: ignore[misc]  # BurnMan has no types
    """A rock whose stable minerals and melt are found at each pressure and temperature.

    Amounts of substance are moles of oxides. Velocities are frozen: a wave passes before minerals
    exchange anything.

    Parameters
    ----------
    bulk : Bulk
        The rock, from `gibbsite.bulk`.
    database : Database or str
        As of `gibbsite.equilibrium`.
    kind : {"frozen", "ordered", "relaxed"}
        Which expansivity, heat capacity and bulk moduli; "relaxed" keeps equilibrium, so that
        they hold latent heat and the change of volume of reactions.
    melt : {"critical-fraction", "clark-lesher"}
        What melt does to velocities and the shear modulus; see `ds.gb.property`.
    name : str, optional
        By default that of the rock.
    """

    def __init__(
        self,
        bulk: Bulk,
        database: Database | str,
        kind: Relaxation = "frozen",
        melt: MeltRule = "critical-fraction",
        name: str | None = None,
    ) -> None:
        if not isinstance(bulk, Bulk):
            raise InputError("the rock must be a Bulk; make one with gibbsite.bulk(...).")
        if kind not in RELAXATIONS:
            raise InputError(f"kind = {kind!r}: {did_you_mean(str(kind), RELAXATIONS)}")
        if melt not in MELT_RULES:
            raise InputError(f"melt = {melt!r}: {did_you_mean(str(melt), MELT_RULES)}")
        self.bulk, self.database, self.kind, self.melt = bulk, database, kind, melt
        super().__init__()
        self.name = name or bulk.name

    def set_state(self, pressure: ArrayLike, temperature: ArrayLike) -> None:
        """Find the equilibrium.

        Parameters
        ----------
        pressure, temperature : float or ndarray
            Pa, K. Of arrays, properties are arrays of the same shape.

        Raises
        ------
        InputError
            If a point is out of range or has no answer; the state is then the one before.
        """
        shape = np.broadcast_shapes(np.shape(pressure), np.shape(temperature))
        p, t = (np.broadcast_to(np.asarray(x, float), shape) for x in (pressure, temperature))
        points = equilibria(
            self.bulk,
            pressure_kbar=p.ravel() / _PA_PER_KBAR,
            temperature_C=to_celsius(t.ravel()),
            database=self.database,
        )
        status = points["status"].values
        if (status != CERTIFIED).any():
            i = int(np.argmax(status != CERTIFIED))
            raise InputError(
                f"{self.name} has no answer at {p.ravel()[i]:g} Pa and {t.ravel()[i]:g} K "
                f"({STATUS_NAMES[int(status[i])]})."
            )
        super().set_state(pressure, temperature)
        self._shape, self._points = shape, points

    def set_state_with_volume(
        self, volume: float, temperature: float, pressure_guesses: object = None
    ) -> None:
        """Find the pressure at which the rock has a volume, and the equilibrium there.

        Parameters
        ----------
        volume, temperature : float
            m3 per mole of oxides, K.
        pressure_guesses
            As of BurnMan; none is needed.

        Raises
        ------
        InputError
            If the rock has it at no pressure of the accepted range.
        """
        found = equilibria(
            self.bulk,
            volume=number("volume", volume) / _M3_PER_KJ_KBAR,
            temperature_C=to_celsius(number("temperature", temperature)),
            database=self.database,
        )
        self.set_state(_PA_PER_KBAR * float(found["pressure_kbar"].values[0]), temperature)

    def evaluate(
        self,
        vars_list: list[str],
        pressures: ArrayLike,
        temperatures: ArrayLike,
        molar_fractions: None = None,
    ) -> NDArray[np.float64]:
        """Return properties at many points, which are solved as one list."""
        if molar_fractions is not None:
            raise InputError("the composition of a rock is that of its bulk; give no fractions.")
        self.set_state(pressures, temperatures)
        values = [np.broadcast_to(getattr(self, name), self._shape) for name in vars_list]
        return np.array(values)

    def quantity(self, name: str) -> Any:
        """Return a quantity at the state, in gibbsite's unit; see `ds.gb.quantity`."""
        if self._pressure is None:
            raise InputError("set_state(pressure, temperature) comes first.")
        values = self._points.gb.quantity(name).values.reshape(self._shape)
        return float(values) if not self._shape else values

    @material_property
    def molar_mass(self) -> float:
        """Mass of a mole of oxides [kg/mol]."""
        return 1e-3 * self.bulk.molar_mass

    @material_property
    def molar_volume(self) -> Any:
        """Volume of a mole of oxides [m3/mol]."""
        return self.molar_mass / self.density

    density = _of_rock("rock.density", words="Density [kg/m3].")
    molar_gibbs = _of_rock("rock.G", words="Gibbs energy [J/mol].", molar=True)
    molar_enthalpy = _of_rock("rock.H", words="Enthalpy [J/mol].", molar=True)
    molar_entropy = _of_rock("rock.S", words="Entropy [J/(mol K)].", molar=True)
    molar_heat_capacity_p = _of_rock(
        "rock.Cp.{kind}", words="Heat capacity at constant pressure [J/(mol K)].", molar=True
    )
    thermal_expansivity = _of_rock("rock.alpha.{kind}", words="Thermal expansivity [1/K].")
    isothermal_bulk_modulus_reuss = _of_rock(
        "rock.K_T.{kind}", _PER_GPA, "Isothermal bulk modulus [Pa]."
    )
    isentropic_bulk_modulus_reuss = _of_rock(
        "rock.K_S.{kind}", _PER_GPA, "Isentropic bulk modulus [Pa]."
    )
    p_wave_velocity = _of_rock("rock.Vp.{melt}", _PER_KM, "Velocity of P waves [m/s].")
    shear_wave_velocity = _of_rock("rock.Vs.{melt}", _PER_KM, "Velocity of S waves [m/s].")

    @material_property
    def shear_modulus(self) -> Any:
        """Shear modulus that goes with the velocities [Pa]."""
        return self.density * self.shear_wave_velocity**2

    @material_property
    def bulk_sound_velocity(self) -> Any:
        """Bulk sound velocity [m/s], sqrt(vp^2 - 4/3 vs^2)."""
        return np.sqrt(self.p_wave_velocity**2 - 4.0 / 3.0 * self.shear_wave_velocity**2)

    @material_property
    def molar_internal_energy(self) -> Any:
        """Internal energy [J/mol]."""
        return self.molar_enthalpy - self.pressure * self.molar_volume

    @material_property
    def molar_helmholtz(self) -> Any:
        """Helmholtz energy [J/mol]."""
        return self.molar_gibbs - self.pressure * self.molar_volume

    @material_property
    def isothermal_compressibility_reuss(self) -> Any:
        """Isothermal compressibility [1/Pa]."""
        return 1.0 / self.isothermal_bulk_modulus_reuss

    @material_property
    def isentropic_compressibility_reuss(self) -> Any:
        """Isentropic compressibility [1/Pa]."""
        return 1.0 / self.isentropic_bulk_modulus_reuss

    @material_property
    def molar_heat_capacity_v(self) -> Any:
        """Heat capacity at constant volume [J/(mol K)], Cp - alpha^2 K_T V T."""
        squared = self.thermal_expansivity**2 * self.isothermal_bulk_modulus_reuss
        return self.molar_heat_capacity_p - squared * self.molar_volume * self.temperature

    @material_property
    def grueneisen_parameter(self) -> Any:
        """Grueneisen's parameter, alpha K_T V / Cv."""
        product = self.thermal_expansivity * self.isothermal_bulk_modulus_reuss
        return product * self.molar_volume / self.molar_heat_capacity_v

    @material_property
    def isentropic_thermal_gradient(self) -> Any:
        """Gradient of temperature with pressure at constant entropy [K/Pa], alpha V T / Cp."""
        return (
            self.thermal_expansivity * self.molar_volume * self.temperature
        ) / self.molar_heat_capacity_p

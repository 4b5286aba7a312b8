r"""Depth in a body from pressure, hydrostatic, in layers of constant density.

In a layer of density rho below the radius R_i, where the pressure is P_i and the mass inside M_i,

    g(r) = G M(r) / r^2,  M(r) = M_i - 4/3 pi rho (R_i^3 - r^3),
    P(r) = P_i + rho [A (1/r - 1/R_i) + B/2 (R_i^2 - r^2)],  B = 4/3 pi G rho,  A = G M_i - B R_i^3.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.limits import PRESSURE_KBAR
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import PlanetRecord, load_planets
from gibbsite_datasets.records import Layer

Array = NDArray[np.float64]
G: Final = 6.6743e-11
"""m3 kg-1 s-2, CODATA 2018."""
PA_PER_KBAR: Final = 1e8
DENSITIES: Final = (500.0, 10000.0)
"""kg/m3, of a layer that is given."""
_PLACES: Final = 4001
_LEAST: Final = 0.1
"""Share of the radius below which it ends: there the mass inside is a small difference of large ones."""


@dataclass(frozen=True)
class DepthProfile:
    """Pressure against depth in a body.

    Attributes
    ----------
    body : PlanetRecord
        With mass and radius.
    layers : tuple of Layer
        From the surface down.
    """

    body: PlanetRecord
    layers: tuple[Layer, ...]

    @classmethod
    def of(cls, text: str) -> "DepthProfile":
        """Return the profile of a text such as "moon", or "mars:3400" with a density [kg/m3].

        Raises
        ------
        InputError
            If there is no such body, it has no profile, or the density is none.
        """
        bodies = load_planets()
        key, colon, given = text.strip().lower().partition(":")
        if key not in bodies:
            raise InputError(f"depth in {key!r}: {did_you_mean(key, bodies)}")
        body = bodies[key]
        if not colon:
            if not body.layers:
                raise InputError(
                    f"no layers are tabulated for {body.name}; give a density in kg/m3: "
                    f'"depth:{key}:3400", say.'
                )
            return cls(body, body.layers)
        try:
            density = float(given)
        except ValueError:
            density = np.nan
        if not DENSITIES[0] <= density <= DENSITIES[1]:
            raise InputError(
                f"depth:{text}: a density is a number from {DENSITIES[0]:g} to "
                f"{DENSITIES[1]:g} kg/m3."
            )
        return cls(body, (Layer(0.0, density, ""),))

    @property
    def words(self) -> str:
        """How depth follows from pressure, for a caption."""
        if len(self.layers) == 1:
            return f"hydrostatic in {self.body.name} at {self.layers[0].density:g} kg/m³ throughout"
        source = self.layers[0].source.partition(")")[0] + ")"
        return f"hydrostatic in {self.body.name}, densities of {source}"

    def pressure_kbar(self, depth_km: Array) -> Array:
        """Return the pressure at depths; NaN above the surface and near the centre."""
        radius = 1e3 * self.body.radius_km
        r = radius - 1e3 * np.asarray(depth_km, dtype=np.float64)
        found = np.full(r.shape, np.nan)
        top, pressure, gm = radius, 0.0, 1e9 * self.body.gm_km3_s2
        bottoms = [radius - 1e3 * layer.top_km for layer in self.layers[1:]] + [_LEAST * radius]
        for layer, bottom in zip(self.layers, bottoms, strict=True):
            inside = (r <= top) & (r >= bottom)
            weight = _weight(np.append(r[inside], bottom), layer.density, top, gm)
            found[inside] = (pressure + weight[:-1]) / PA_PER_KBAR
            pressure += float(weight[-1])
            gm -= _times_g(layer.density) * (top**3 - bottom**3)
            top = bottom
        return found

    @cached_property
    def _table(self) -> tuple[Array, Array]:
        """Depth [km] and pressure [kbar], both rising, as far as pressures are accepted."""
        deepest = self.body.radius_km * (1.0 - _LEAST)
        depth = np.linspace(0.0, deepest, _PLACES)
        pressure = self.pressure_kbar(depth)
        beyond = np.flatnonzero(pressure > PRESSURE_KBAR[1])
        if beyond.size:
            deepest = depth[beyond[0]]
        tops = [layer.top_km for layer in self.layers if layer.top_km < deepest]
        depth = np.unique([*np.linspace(0.0, deepest, _PLACES), *tops])
        pressure = self.pressure_kbar(depth)
        rising = np.concatenate([[True], np.diff(pressure) > 0.0])
        return depth[rising], pressure[rising]

    def depth_km(self, pressure_kbar: Array) -> Array:
        """Return the depth of pressures; NaN for what the body does not reach."""
        depth, pressure = self._table
        return np.interp(pressure_kbar, pressure, depth, left=np.nan, right=np.nan)


def _times_g(density: float) -> float:
    """B, the gravity of a uniform sphere over its radius [s-2]."""
    return 4.0 / 3.0 * np.pi * G * density


def _weight(r: Array, density: float, top: float, gm: float) -> Array:
    """Return the pressure that a layer adds at radii in it [Pa].

    Parameters
    ----------
    r : ndarray
        Radii [m].
    density : float
        Of the layer [kg/m3].
    top : float
        Its outer radius [m].
    gm : float
        Gravitational constant times the mass inside that [m3/s2].
    """
    b = _times_g(density)
    a = gm - b * top**3
    return np.asarray(density * (a * (1.0 / r - 1.0 / top) + 0.5 * b * (top**2 - r**2)))

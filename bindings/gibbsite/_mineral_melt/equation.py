"""A mineral-melt equation from a table: saturation, distribution coefficients, the mineral."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, nan

import numpy as np
from scipy.optimize import brentq

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.limits import check_pressure_kbar, to_celsius, to_kelvin
from gibbsite._showing import html_facts
from gibbsite_datasets import MineralComponent, MineralMeltRecord

from .melt import (
    Array,
    cation_fractions,
    components,
    moles_of,
    oxides,
    terms,
    weight_percent,
)

TEMPERATURES_K = (600.0, 3000.0)
"""Where a saturation is looked for."""


@dataclass(frozen=True, slots=True)
class MineralMelt:
    """Distribution coefficients of the components of one mineral, made by `mineral_melt`.

    The amount of component i in the mineral is C_i = K_i(T, P, melt) x_i; the mineral is saturated
    where the cations of its components, w_i C_i, sum to those of the mineral.

    Attributes
    ----------
    record : MineralMeltRecord
        Its tables: publication, where the coefficients were read, ranges and notes.
    """

    record: MineralMeltRecord

    def __repr__(self) -> str:
        """Return its name, mineral and publication."""
        return f"<MineralMelt {self.key}: {self.mineral}, {self.reference}>"

    def _repr_html_(self) -> str:
        return html_facts(
            [("model", self.key), ("mineral", self.mineral), ("reference", self.reference)]
        )

    @property
    def key(self) -> str:
        """Its name."""
        return self.record.key

    @property
    def mineral(self) -> str:
        """The mineral."""
        return self.record.mineral

    @property
    def reference(self) -> str:
        """Its publication."""
        return self.record.reference

    def coefficients(
        self, melt: Bulk | Mapping[str, float], *, pressure_kbar: float, temperature_C: float
    ) -> dict[str, float]:
        """Return the distribution coefficients.

        Parameters
        ----------
        melt : Bulk or mapping of str to float
            A rock, or oxides [wt%].
        pressure_kbar, temperature_C : float
            Conditions [kbar, degC].

        Returns
        -------
        dict of str to float
            Component -> K, amount in the mineral over that in the melt (cation fractions).
        """
        check_pressure_kbar(pressure_kbar)
        lines = self._lines(cation_fractions(moles_of(melt)), pressure_kbar)
        return self._k(lines, to_kelvin(temperature_C))

    def saturation_temperature(
        self, melt: Bulk | Mapping[str, float], *, pressure_kbar: float
    ) -> float:
        """Return the temperature at which the mineral begins to crystallise.

        Parameters
        ----------
        melt : Bulk or mapping of str to float
            A rock, or oxides [wt%].
        pressure_kbar : float
            Pressure [kbar].

        Returns
        -------
        float
            Temperature [degC]; NaN if the mineral is not saturated from 327 to 2727 °C.
        """
        check_pressure_kbar(pressure_kbar)
        return self.saturate(moles_of(melt), pressure_kbar)[0]

    def composition(
        self, melt: Bulk | Mapping[str, float], *, pressure_kbar: float
    ) -> dict[str, float]:
        """Return the mineral at its saturation [wt%].

        Parameters
        ----------
        melt : Bulk or mapping of str to float
            A rock, or oxides [wt%].
        pressure_kbar : float
            Pressure [kbar].

        Returns
        -------
        dict of str to float
            Oxides; NaN where the mineral is not saturated.
        """
        check_pressure_kbar(pressure_kbar)
        moles = self.saturate(moles_of(melt), pressure_kbar)[1]
        return {o.name: float(w) for o, w in zip(oxides(), weight_percent(moles), strict=True)}

    def outside(self, melt: Bulk | Mapping[str, float], *, pressure_kbar: float) -> tuple[str, ...]:
        """Return what of a melt lies outside the range of the equation, as sentences.

        Parameters
        ----------
        melt : Bulk or mapping of str to float
            A rock, or oxides [wt%].
        pressure_kbar : float
            Pressure [kbar].
        """
        moles = moles_of(melt)
        temperature = self.saturate(moles, pressure_kbar)[0]
        return self.complaints(moles, pressure_kbar, temperature)

    def saturate(self, moles: Array, pressure_kbar: float) -> tuple[float, Array]:
        """Return the saturation temperature [degC] and the oxides of the mineral [mol].

        Parameters
        ----------
        moles : ndarray, shape (n_oxides,)
            The melt, in the order of `oxides`.
        pressure_kbar : float
            Pressure [kbar].
        """
        x = cation_fractions(moles)
        amounts = components(x)
        lines = self._lines(x, pressure_kbar)
        weights = {
            c.name: amounts[c.name] * _cations(c) for c in self.record.components if c.saturates
        }

        def excess(inverse: float) -> float:
            k = self._k(lines, 1.0 / inverse)
            return sum(weight * k[name] for name, weight in weights.items()) - 1.0

        low, high = (1.0 / t for t in reversed(TEMPERATURES_K))
        if excess(low) >= 0.0 or excess(high) <= 0.0:
            return nan, np.full(len(oxides()), nan)
        kelvin = 1.0 / float(brentq(excess, low, high, xtol=1e-12, rtol=1e-13))
        k = self._k(lines, kelvin)
        return to_celsius(kelvin), self._mineral(amounts, k)

    def complaints(
        self, moles: Array, pressure_kbar: float, temperature_C: float
    ) -> tuple[str, ...]:
        """Return what lies outside the range of the equation, as sentences.

        Parameters
        ----------
        moles : ndarray, shape (n_oxides,)
            The melt.
        pressure_kbar, temperature_C : float
            Conditions [kbar, degC].
        """
        names = [oxide.name for oxide in oxides()]
        values = dict(zip(names, weight_percent(moles).tolist(), strict=True))
        values |= {"P": pressure_kbar, "T": temperature_C}
        return tuple(
            f"{self.key}: {r.quantity} = {values[r.quantity]:.5g} is outside "
            f"{r.minimum:g} to {r.maximum:g} {r.unit} ({r.source})"
            for r in self.record.ranges
            if r.quantity in values and not r.minimum <= values[r.quantity] <= r.maximum
        )

    def _lines(
        self, x: Mapping[str, float], pressure_kbar: float
    ) -> dict[str, tuple[float, float]]:
        """Component -> (a, b) of ln K = a + b / T."""
        values = terms(x, 1000.0 * pressure_kbar, self.record.network_modifiers)
        scale = log(10.0) if self.record.decimal else 1.0
        return {
            c.name: (
                scale * sum(coefficient * values[term][0] for term, coefficient in c.terms),
                scale * sum(coefficient * values[term][1] for term, coefficient in c.terms),
            )
            for c in self.record.components
            if c.terms
        }

    def _k(self, lines: Mapping[str, tuple[float, float]], kelvin: float) -> dict[str, float]:
        own = {name: exp(min(a + b / kelvin, 700.0)) for name, (a, b) in lines.items()}
        k = {}
        for c in self.record.components:
            base = own[c.name] if c.name in own else c.factor * own[c.of] if c.of else 0.0
            k[c.name] = base + c.offset
        return k

    def _mineral(self, amounts: Mapping[str, float], k: Mapping[str, float]) -> Array:
        """Oxides of the mineral; a component of which K leaves less than nothing is not there."""
        moles = dict.fromkeys((oxide.name for oxide in oxides()), 0.0)
        for c in self.record.components:
            units = max(0.0, amounts[c.name] * k[c.name]) * c.per_unit
            for oxide, n in c.formula.items():
                moles[oxide] += units * n
        return np.array(list(moles.values()))


def _cations(component: MineralComponent) -> float:
    """Cations of the mineral per unit of the component's counterpart in the melt."""
    counts = {oxide.name: oxide.cations for oxide in oxides()}
    return component.per_unit * sum(n * counts[oxide] for oxide, n in component.formula.items())

"""An answer judged again from its own numbers, slowly, by formulas that the engine does not use.

mu is built from activities in plain NumPy, the driving force of what is absent is sought by SciPy
from many starts; nothing but the tables, the proportions, the amounts and the potentials goes in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gibbsite._inputs.database import Database, Reduced
from gibbsite._showing import html_facts
from gibbsite_datasets import known_oxides
from gibbsite_engine.assemble import ReducedPhase
from gibbsite_engine.factors import plain_factors
from gibbsite_engine.layout import Conditions
from gibbsite_engine.standard import new_conditions, set_conditions

from .coordinates import plane
from .undefined import limit_energies

Vector = NDArray[np.float64]
_STARTS = 12
_INSIDE = 0.03
_ROUNDED = 1e-15
"""Of a site fraction: some times the spacing of numbers below one."""
_NONE = 1e-300


@dataclass(frozen=True, slots=True)
class Recheck:
    """What an independent evaluation finds.

    Attributes
    ----------
    optimality_residual : float
        kJ/mol, largest |mu - C'Gamma| of an end-member of a present phase, less what rounding of its
        site fractions by 1e-15 moves it: of hydrogen in an oxidised fluid, 1e-35 of it, a number next to
        one says nothing.
    energy_residual : float
        kJ per mole of oxides, sum of a p.mu less Gamma.b.
    mass_residual : float
        mol per mole of oxides, of the components that are not open.
    lowest_site_fraction : float
        Of all present phases.
    lowest_driving_force, lowest_driving_force_phase : float, str
        kJ per mole of atoms, the lowest found from many starts, and its phase.
    """

    optimality_residual: float
    energy_residual: float
    mass_residual: float
    lowest_site_fraction: float
    lowest_driving_force: float
    lowest_driving_force_phase: str

    def _repr_html_(self) -> str:
        return html_facts(
            [
                ("optimality residual", f"{self.optimality_residual:.1e} kJ/mol"),
                ("energy residual", f"{self.energy_residual:.1e} kJ per mole of oxides"),
                ("mass residual", f"{self.mass_residual:.1e} mol per mole of oxides"),
                ("lowest site fraction", f"{self.lowest_site_fraction:.3g}"),
                ("lowest driving force", f"{self.lowest_driving_force:.3g} kJ per mole of atoms"),
                ("its phase", self.lowest_driving_force_phase),
            ]
        )


class _Plain:
    """One phase at P and T, in plain NumPy."""

    def __init__(self, phase: ReducedPhase, g0: Vector, p: float, t: float, gas: float) -> None:
        self.model = phase.model
        self.g0, self.rt = g0, gas * t
        self.q = np.asarray(phase.quadratic @ plain_factors(p, t))

    def potentials(self, n: Vector) -> Vector:
        """Partial molar energies at amounts n of the end-members, homogeneous of degree zero."""
        model, total = self.model, n.sum()
        y = np.clip(model.occupancy @ n / total, _NONE, None)
        activity = model.occupancy.T @ (model.multiplicity * np.log(y)) + model.log_constant
        phi = n / (model.size @ n)
        qphi = self.q @ phi
        return np.asarray(self.g0 + self.rt * activity + qphi - 0.5 * model.size * (phi @ qphi))

    def beyond_rounding(self, n: Vector, off: Vector) -> float:
        """The most of what potentials are off by, kJ/mol, less what site fractions off by rounding do."""
        model = self.model
        y = np.clip(model.occupancy @ n / n.sum(), _NONE, None)
        less, more = (
            self.rt * (model.occupancy.T @ (np.abs(model.multiplicity) * np.log(ratio)))
            for ratio in (1.0 / np.clip(1.0 - _ROUNDED / y, _NONE, None), 1.0 + _ROUNDED / y)
        )
        return float((np.abs(off) - np.where(off > 0.0, less, more)).max())

    def lowest(self, gamma: Vector, starts: Vector) -> tuple[float, Vector]:
        """Lowest driving force found from the starts, and where."""
        from scipy.optimize import LinearConstraint, minimize  # slow to import

        levels = self.model.composition @ gamma

        def driving_force(p: Vector) -> tuple[float, Vector]:
            mu = self.potentials(p) - levels
            return float(p @ mu), mu

        best, where = np.inf, starts[0]
        inside = [
            LinearConstraint(np.ones((1, starts.shape[1])), 1.0, 1.0),
            LinearConstraint(self.model.occupancy, 1e-12, np.inf),
        ]
        for start in starts:
            if len(start) == 1:
                return driving_force(start)[0], start
            found = minimize(
                driving_force,
                start,
                jac=True,
                method="SLSQP",
                constraints=inside,
                options={"maxiter": 200, "ftol": 1e-12},
            )
            if found.fun < best and (self.model.occupancy @ found.x).min() >= -1e-9:
                best, where = float(found.fun), found.x
        return best, where


def recheck(
    data: Database,
    pressure_kbar: float,
    temperature_K: float,
    bulk: Vector,
    chemical_potential: Vector,
    phases: Sequence[tuple[int, float, ArrayLike]],
) -> Recheck:
    """Judge a certified answer again.

    Parameters
    ----------
    data : Database
        Whose phases they are.
    pressure_kbar, temperature_K : float
        Pressure [kbar] and temperature [K].
    bulk : ndarray, shape (C,)
        Moles of the components per mole of oxides.
    chemical_potential : ndarray, shape (C,)
        Of the components [kJ/mol]; NaN of those that are absent.
    phases : sequence of (int, float, array)
        Id of each present phase, its amount [mol per mole of oxides], and the proportions of its
        end-members.

    Returns
    -------
    Recheck

    Notes
    -----
    Takes a second or so: every phase is searched by SLSQP from a dozen starts.
    """
    reduced = data.reduced(data.face(bulk[None, :])[0])
    conditions = new_conditions(reduced.system)
    set_conditions(reduced.system, pressure_kbar, temperature_K, conditions)
    gas = data.endmembers.gas_constant
    plain = [
        _Plain(phase, g0[: len(phase.basis)].copy(), pressure_kbar, temperature_K, gas)
        for phase, g0 in zip(reduced.phases, conditions.g0, strict=True)
    ]
    found = []
    for number, amount, proportions in phases:
        k, old = reduced.index[number], np.asarray(proportions)
        found.append((k, amount, old, reduced.phases[k].to_reduced(old)))
    gamma = plane(reduced, conditions, chemical_potential, [(k, p) for k, _, _, p in found])
    residual, energy, lowest_site = 0.0, -float(gamma @ reduced.inside(bulk)), np.inf
    balance = bulk.copy()
    for k, amount, old, p in found:
        mu = plain[k].potentials(p)
        off = mu - plain[k].model.composition @ gamma
        residual = max(residual, plain[k].beyond_rounding(p, off))
        energy += amount * float(p @ mu)
        balance -= amount * (old @ data.phases[reduced.ids[k]].model.composition)
        if len(plain[k].model.occupancy):
            lowest_site = min(lowest_site, float((plain[k].model.occupancy @ p).min()))
    best, worst_phase = min([_search(reduced, plain, gamma, data), *_alone(data, conditions)])
    balance[data.is_open] = 0.0  # what is taken up is no part of the rock
    return Recheck(residual, energy, float(np.abs(balance).max()), lowest_site, best, worst_phase)


def _alone(data: Database, conditions: Conditions) -> list[tuple[float, str]]:
    """Driving forces of what holds open components alone, kJ per mole of atoms, and the phases."""
    alone = data.saturations
    oxides = known_oxides()
    atoms = alone.amount @ [oxides[name].atoms for name, _ in data.opened]
    names = [data.phases[k].name for k in alone.phase]
    return list(zip((limit_energies(data, conditions) / atoms).tolist(), names, strict=True))


def _search(
    reduced: Reduced, plain: list[_Plain], gamma: Vector, data: Database
) -> tuple[float, str]:
    """Lowest driving force over all phases, kJ per mole of atoms, and its phase."""
    seeds, lowest, name = reduced.system.seeds, np.inf, ""
    for k, phase in enumerate(reduced.phases):
        n = len(phase.basis)
        model = plain[k]
        points = seeds.proportions[seeds.start[k] : seeds.start[k + 1], :n]
        points = points + _INSIDE * (seeds.centre[k, :n] - points)
        levels = model.model.composition @ gamma
        prices = np.array([p @ (model.potentials(p) - levels) for p in points])
        d, where = model.lowest(gamma, points[np.argsort(prices)[:_STARTS]])
        per_atom = d / float(where @ phase.model.atoms)
        if per_atom < lowest:
            lowest, name = per_atom, data.phases[reduced.ids[k]].name
    return lowest, name

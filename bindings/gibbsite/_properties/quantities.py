"""How what can be asked of a rock or a phase follows from its energies."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database
from gibbsite._inputs.properties import ELASTIC, PARTS, QUANTITIES
from gibbsite._inputs.relaxation import RELAXATIONS, Relaxation
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_engine._interpreted import brief
from gibbsite_engine.layout import Booleans, Floats
from gibbsite_engine.told import add_up, weigh

from .aggregate import FluidRule, aggregate, attenuated, velocities, with_melt
from .evaluate import Evaluated, Solved, check_closed, evaluate
from .moduli import check_scheme, phase_moduli, shear_moduli, sources


@dataclass(frozen=True, slots=True)
class Elastic:
    """How elastic moduli and velocities are to be taken.

    Attributes
    ----------
    average : str
        See `aggregate.aggregate`.
    moduli : {"best", "CK02"}
        Which sources of shear moduli are asked.
    melt : {"clark-lesher", "critical-fraction"}, optional
        What melt does to the velocities of the rock; without a rule the rock has none where it holds
        any, and its solids alone have them.
    fluid : {"left-out", "as-melt"}
        What a free fluid does to moduli and velocities of the rock: nothing, they are those of the
        rock without it; or what as much melt would do.
    attenuation : {"dry", "damp", "wet"}, optional
        Whether Vs is lowered by anelasticity; see `aggregate.attenuated`.
    """

    average: str = "hill"
    moduli: str = "best"
    melt: str | None = None
    attenuation: str | None = None
    fluid: str = "left-out"


class Material:
    """Rocks of many points, and everything that can be asked of them and their parts.

    Parameters
    ----------
    data : Database
        What the points were solved with.
    answers : Solved
        The points.
    workers : int, optional
        Threads; as many as there are processors if left out.
    kinds : collection of str
        Which of `RELAXATIONS` can be asked for besides the frozen one.
    """

    def __init__(
        self,
        data: Database,
        answers: Solved,
        workers: int | None = None,
        kinds: Collection[Relaxation] = RELAXATIONS,
    ) -> None:
        answers = answers.filled
        self._data, self._answers = data, answers
        self._evaluated: Evaluated = evaluate(data, answers, workers, kinds)
        n, shape = len(answers.phase_id), answers.phase_id.shape
        self._mass = np.empty(shape)  # kg
        brief(weigh, n)(answers.told, _masses(data, answers.proportions.shape[2]), self._mass)
        self._each = self._evaluated.each
        volume = answers.amount_mol * np.nan_to_num(self._each[:, :, 2])
        self._volume = 1e-5 * volume  # kJ/kbar are 10 cm3
        self._present = answers.present
        self._parts: dict[tuple[str, int | None], Booleans] = {}
        self._means: dict[tuple[bytes, str, str], tuple[Floats, Floats, Floats]] = {}
        self._there: dict[tuple[str, int | None], Booleans] = {}
        self._sums: dict[tuple[str, int | None], tuple[Floats, Floats]] = {}
        self._moduli: dict[str, Floats] = {}
        self._waves: dict[tuple[str, int | None, Elastic], Mapping[str, Floats]] = {}

    @property
    def status(self) -> NDArray[np.int8]:
        """Of the response of the whole rock; see `evaluate.Evaluated`."""
        return self._evaluated.status

    def part(self, of: str, instance: int | None = None) -> Booleans:
        """Return the slots that belong to a part of the rock, (n, N).

        Parameters
        ----------
        of : str
            "rock", "condensed" (without free fluid), "solid", "melt", "fluid", or a phase by its key.
        instance : int, optional
            Of a phase on a solvus; all instances if left out.

        Raises
        ------
        InputError
            If there is no such part.
        """
        if (of, instance) not in self._parts:
            self._parts[of, instance] = self._slots(of, instance)
        return self._parts[of, instance]

    def _slots(self, of: str, instance: int | None) -> Booleans:
        ids, present = self._answers.phase_id, self._present
        if of == "rock":
            return present
        if of in PARTS:
            kinds = np.array([phase.kind for phase in self._data.phases])
            those = kinds != "fluid" if of == "condensed" else kinds == of
            return np.asarray(present & those[ids])
        if of not in self._data.phase_names:
            raise InputError(f"{of!r}: {did_you_mean(of, [*PARTS, *self._data.phase_names])}")
        these = present & (ids == self._data.phase_names.index(of))
        if instance is None:
            return np.asarray(these)
        return np.asarray(these & (np.cumsum(these, axis=1) == instance + 1))

    def quantity(
        self,
        name: str,
        of: str,
        kind: str,
        instance: int | None = None,
        elastic: Elastic | None = None,
    ) -> Floats:
        """Return a quantity of a part of the rock at all points, NaN where it has no such part.

        Parameters
        ----------
        name : str
            A key of QUANTITIES; its units are said there.
        of : str
            See `part`.
        kind : {"frozen", "ordered", "relaxed"}
            Whether compositions are held, only the order within phases follows, or the equilibrium
            is kept. The last is that of the whole rock.
        elastic : Elastic, optional
            Of moduli and velocities, which are frozen always: a wave is faster than diffusion.

        Raises
        ------
        InputError
            If there is no such quantity, part or kind.
        """  # fmt: skip
        if name not in QUANTITIES:
            raise InputError(f"{name!r}: {did_you_mean(name, QUANTITIES)}")
        if kind not in RELAXATIONS:
            raise InputError(f"kind = {kind!r}: {did_you_mean(str(kind), RELAXATIONS)}")
        if (of, instance) not in self._there:
            self._there[of, instance] = np.asarray(self.part(of, instance).any(axis=1))
        if name in ELASTIC:
            found = self._elastic(name, of, instance, elastic or Elastic())
        else:
            found = self._thermal(name, of, instance, kind)
        return np.asarray(np.where(self._there[of, instance], found, np.nan))

    def _added(self, of: str, instance: int | None) -> tuple[Floats, Floats]:
        """Mass of a part, (n), and its G, S, V, frozen and, if known, ordered second derivatives, (6 or 9, n)."""
        if (of, instance) not in self._sums:
            slots = self.part(of, instance)
            mass, out = np.empty((len(slots), 1)), np.empty((len(slots), self._each.shape[2]))
            amount = np.where(slots, self._answers.amount_mol, 0.0)
            adding = brief(add_up, len(slots))
            adding(np.where(slots, 1.0, 0.0), self._mass[:, :, None], mass)
            adding(amount, self._each, out)
            self._sums[of, instance] = mass[:, 0], np.ascontiguousarray(out.T)
        return self._sums[of, instance]

    def _thermal(self, name: str, of: str, instance: int | None, kind: str) -> Floats:
        t, (mass, sums) = self._answers.temperature_K, self._added(of, instance)
        if kind == "relaxed":
            check_closed(self._data)
            if of != "rock" and QUANTITIES[name].second:
                raise InputError(
                    f"{name} of {of}, relaxed: only the whole rock keeps its equilibrium; "
                    'ask for of="rock", or for the kind "frozen" or "ordered".'
                )
            tt, tp, pp = self._evaluated.relaxed.T
        else:
            tt, tp, pp = sums[3:6] if kind == "frozen" else sums[6:9]
        with np.errstate(divide="ignore", invalid="ignore"):
            found = _FORMULAS[name](t, mass, (sums[0], sums[1], sums[2]), (tt, tp, pp))
        # oxygen gas has no volume in any database, and nothing that is measured by it
        return np.asarray(np.where((sums[2] > 0.0) | (name in _OF_MASS), found, np.nan))

    def _elastic(self, name: str, of: str, instance: int | None, elastic: Elastic) -> Floats:
        asked = of, instance, replace(elastic, attenuation=None)
        if asked not in self._waves:
            self._waves[asked] = self._wave(*asked)
        found = self._waves[asked][name]
        if name == "vs" and elastic.attenuation is not None:
            pressure, t = self._answers.pressure_kbar, self._answers.temperature_K
            return attenuated(found, pressure, t, elastic.attenuation)
        return found

    def _wave(self, of: str, instance: int | None, elastic: Elastic) -> dict[str, Floats]:
        """The values of all of `ELASTIC`."""
        check_scheme(elastic.moduli)
        if elastic.fluid not in get_args(FluidRule):
            near = did_you_mean(str(elastic.fluid), get_args(FluidRule))
            raise InputError(f"fluid = {elastic.fluid!r}: {near}")
        slots = self.part(of, instance)
        if of == "rock" and elastic.fluid == "left-out":
            slots = self.part("condensed")
        k, mu, rho = self._mean(slots, elastic)
        soft = slots & ~self.part("solid")
        mixed = soft.any(axis=1) & (slots & ~soft).any(axis=1)
        vp, vs = velocities(k, mu, rho)
        if elastic.melt is None:
            vp, vs = (np.where(mixed, np.nan, each) for each in (vp, vs))
        else:
            share = self._share(soft, slots)
            solid = self._mean(slots & ~soft, elastic)
            liquid = self._mean(soft, elastic)
            wet = with_melt(elastic.melt, solid, (liquid[0], liquid[2]), (k, rho), share)
            vp, vs = (np.where(mixed, w, dry) for w, dry in zip(wet, (vp, vs), strict=True))
        with np.errstate(invalid="ignore"):
            sound = np.sqrt(100.0 * k / rho)
        shear = np.where(mixed, np.nan, mu)
        return dict(zip(ELASTIC, (k, shear, vp, vs, sound), strict=True))

    def _share(self, some: Booleans, of: Booleans) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            each = (np.where(part, self._volume, 0.0).sum(axis=1) for part in (some, of))
            return np.asarray(np.divide(*each))

    def _mean(self, slots: Booleans, elastic: Elastic) -> tuple[Floats, Floats, Floats]:
        """K, mu and density of some of the phases together."""
        those = slots.tobytes(), elastic.moduli, elastic.average
        if those not in self._means:
            self._means[those] = self._mean_of(slots, elastic)
        return self._means[those]

    def _mean_of(self, slots: Booleans, elastic: Elastic) -> tuple[Floats, Floats, Floats]:
        v, tt, tp, pp = (self._each[:, :, x] for x in range(2, 6))
        volume = np.where(slots, self._volume, 0.0)
        whole = volume.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            k = _k_s(v, (tt, tp, pp))
            f = volume / whole[:, None]
            rho = np.where(slots, self._mass, 0.0).sum(axis=1) / whole
        bulk, shear = aggregate(f, k, self._shear(elastic.moduli), elastic.average)
        return bulk, shear, rho

    def _shear(self, scheme: str) -> Floats:
        """Shear moduli of all phases [kbar], (n, N)."""
        if scheme not in self._moduli:
            self._moduli[scheme] = shear_moduli(self._data, self._answers, scheme)
        return self._moduli[scheme]

    def fluid_share(self) -> Floats:
        """Return the volume of free fluid per volume of rock; 0 where there is none."""
        share = self._share(self.part("fluid"), self.part("rock"))
        return np.asarray(np.nan_to_num(share))

    def sources(self, of: str, moduli: str) -> dict[str, str]:
        """Return whose shear modulus each end-member of a phase has; empty for a part of the rock."""
        if of not in self._data.phase_names:
            return {}
        return sources(self._data, self._data.phase_names.index(of), moduli)

    def without_modulus(self, of: str, moduli: str = "best") -> list[str]:
        """Return phases of a part that have no shear modulus somewhere, with the end-members at fault."""
        slots = self.part(of) & np.isnan(self._shear(moduli))
        out = []
        for place in np.unique(self._answers.phase_id[slots]).tolist():
            known = phase_moduli(self._data, place, moduli)
            names = ", ".join(known.without) if known and known.without else "not positive"
            out.append(f"{self._data.phases[place].name} ({names})")
        return out


@lru_cache(maxsize=16)
def _masses(data: Database, endmembers: int) -> Floats:
    """Mass of a mole of each end-member of each phase, (K, E) [kg]."""
    out = np.zeros((len(data.phases), endmembers))
    for place, phase in enumerate(data.phases):
        grams = phase.model.composition @ np.array(data.molar_masses)
        out[place, : len(grams)] = 1e-3 * grams
    return out


_Three = tuple[Floats, Floats, Floats]


def _k_s(volume: Floats, second: _Three) -> Floats:
    """Adiabatic bulk modulus; NaN where a negative heat capacity at constant volume would make it negative.

    Melts that are mostly sodium silicate have one in some databases.
    """
    tt, tp, pp = second
    k = np.asarray(-volume / (pp - tp * tp / tt))
    return np.where(k > 0.0, k, np.nan)


_OF_MASS: Final = ("gibbs_energy", "enthalpy", "entropy", "volume", "heat_capacity")
# Of temperature [K], mass [kg], (G, S, V) in kJ, kJ/K, kJ/kbar and (G_TT, G_TP, G_PP).
_FORMULAS: Final[Mapping[str, Callable[[Floats, Floats, _Three, _Three], Floats]]] = {
    "gibbs_energy": lambda t, m, f, s: 1e3 * f[0] / m,
    "enthalpy": lambda t, m, f, s: 1e3 * (f[0] + t * f[1]) / m,
    "entropy": lambda t, m, f, s: 1e3 * f[1] / m,
    "volume": lambda t, m, f, s: 1e-5 * f[2] / m,
    "density": lambda t, m, f, s: 1e5 * m / f[2],
    "heat_capacity": lambda t, m, f, s: -1e3 * t * s[0] / m,
    "alpha": lambda t, m, f, s: s[1] / f[2],
    "beta": lambda t, m, f, s: -s[2] / f[2],
    "K_T": lambda t, m, f, s: -f[2] / s[2],
    "K_S": lambda t, m, f, s: _k_s(f[2], s),
    "gamma": lambda t, m, f, s: -s[1] * _k_s(f[2], s) / (t * s[0]),
    "adiabatic_gradient": lambda t, m, f, s: -s[1] / s[0],
    "thermal_pressure": lambda t, m, f, s: -s[1] / s[2],
}

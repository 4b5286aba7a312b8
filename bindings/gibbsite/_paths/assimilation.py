"""A rock that is taken up along a path, so much a degree, a step, or a mass that crystallises."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.composition import Bulk, check_bulk
from gibbsite._inputs.database import Database
from gibbsite._inputs.given import number
from gibbsite._inputs.limits import check_temperature_C
from gibbsite._showing import html_fields
from gibbsite._solving.asked import as_closed
from gibbsite.errors import InputError

from .process import Outcome

_RATES: Final = ("per_crystallised", "per_C", "per_step")


@dataclass(frozen=True, slots=True)
class Assimilation:
    """A rock that a melt takes up along a path; give one of the rates.

    Masses are per mass of the rock that the path is of. Without a temperature of its own heat is not
    balanced: the temperatures are those of the path. With one, nothing comes and goes but this rock:
    each row has the enthalpy of the last one and of what was taken up since, and its temperature follows.

    Parameters
    ----------
    rock : Bulk
        What is taken up.
    per_crystallised : float
        Mass of it per mass of all that crystallises, the r of DePaolo (1981).
    per_C : float
        Mass of it for each degree of the path.
    per_step : float
        Mass of it after each row of the path.
    temperature_C : float, optional
        Its own when it is taken up [degC]; its enthalpy is that of its equilibrium there. To be given with
        `per_step` and `up_to`.
    up_to : float
        Mass of it at which the path ends.

    Raises
    ------
    InputError
        If none or several of the rates are given, one is negative, or a temperature is given without
        `per_step` and `up_to`.
    """

    rock: Bulk
    per_crystallised: float = 0.0
    per_C: float = 0.0
    per_step: float = 0.0
    temperature_C: float | None = None
    up_to: float = np.inf

    def _repr_html_(self) -> str:
        return html_fields(self)

    def __post_init__(self) -> None:
        """Check what was given."""
        check_bulk(self.rock, "the rock to assimilate")
        rates = {name: getattr(self, name) for name in _RATES}
        for name, rate in rates.items():
            if not 0.0 <= number(name, rate) < np.inf:
                raise InputError(f"{name} = {rate!r} must be a mass, 0 or more.")
        if sum(rate > 0.0 for rate in rates.values()) != 1:
            raise InputError(f"give one of {', '.join(rates)}, more than 0.")
        if (self.temperature_C is None) == (number("up_to", self.up_to) < np.inf):
            raise InputError("temperature_C and up_to are given together: heat is balanced then.")
        if self.temperature_C is not None:
            check_temperature_C(self.temperature_C)
            if not 0.0 < self.per_step <= self.up_to:
                raise InputError(
                    "where heat is balanced the rate is per_step, more than 0 and no more than up_to."
                )

    @property
    def balances_heat(self) -> bool:
        """Whether the temperatures follow from what is taken up."""
        return self.temperature_C is not None


class Feed:
    """Adds a rock to what takes part in the next step.

    Parameters
    ----------
    assimilation : Assimilation
        Which, and how much.
    data : Database
        Of the path.
    whole : float
        Mass of a mole of oxides of the rock that the path is of [g].

    Attributes
    ----------
    moles : ndarray, shape (n_components,)
        Oxides of the mass of the first rock [mol per mole of oxides of that].
    """

    def __init__(self, assimilation: Assimilation, data: Database, whole: float) -> None:
        self._given = assimilation
        self._masses = np.array(data.molar_masses)
        moles = as_closed(data, assimilation.rock).array(data.components)
        self.moles: NDArray[np.float64] = moles * (whole / float(moles @ self._masses))
        self._whole = whole

    def __call__(self, outcome: Outcome, before: Outcome | None, degrees: float) -> Outcome:
        """Return the outcome of a step with what is added after it.

        Parameters
        ----------
        outcome, before : Outcome
            Of the step and of the last one, None at the first.
        degrees : float
            From the last step to this one.
        """
        grown = 0.0 if before is None else self._solids(outcome) - self._solids(before)
        rate = self._given
        mass = rate.per_crystallised * max(grown, 0.0) + rate.per_C * degrees + rate.per_step
        more, state = mass * self.moles, outcome.state
        fed = replace(state, active=state.active + more, added=state.added + more)
        return replace(outcome, state=fed)

    def _solids(self, outcome: Outcome) -> float:
        """Mass of all solids so far, per mass of rock."""
        return float(outcome.solids.moles.sum(axis=0) @ self._masses) / self._whole

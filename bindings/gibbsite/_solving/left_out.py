"""Phases that open components leave no place for: whether one lies below the plane of an answer.

Where water is open and oxygen is not, oxygen gas takes no part, for the two could be made of nothing
(see `balance.reservoirs`). An answer below whose plane it lies is none.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.balance import ON_FACET_BELOW
from gibbsite._inputs.database import Database, Reduced
from gibbsite_engine._interpreted import brief
from gibbsite_engine.assemble import assemble
from gibbsite_engine.layout import Booleans, Floats, Points, System
from gibbsite_engine.results import Results
from gibbsite_engine.standard import fill_standard, new_conditions
from gibbsite_engine.status import CERTIFIED, LEFT_OUT

_BELOW = -1e-7
"""kJ per mole of formula, as much as Newton's method may leave of it."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Phases of one composition that take no part in a reduced database.

    Attributes
    ----------
    system : System
        Of these phases alone.
    content : (K, D) array
        mol of the components present in a mol of each.
    unknown : (K,) array of bool
        Which of them hold what has no potential in these rocks, though they hold what it is a rest of.
    """

    system: System
    content: Floats
    unknown: NDArray[np.bool_]

    def withhold(self, points: Points, results: Results) -> None:
        """Say of answers that such a phase lies below their plane, or may: they are none."""
        certified = np.flatnonzero(results.status == CERTIFIED)
        p, t = points.pressure[certified], points.temperature[certified]
        lost = certified[self.lack(p, t, results.gamma[certified])]
        results.status[lost] = LEFT_OUT
        results.gamma[lost] = np.nan

    def lack(self, pressure: Floats, temperature: Floats, gamma: Floats) -> Booleans:
        """Return whether answers lack such a phase, (n,), at kbar and K, of potentials (n, D) [kJ/mol]."""
        scratch = new_conditions(self.system)
        energy = np.zeros((len(gamma), *scratch.g0.shape))
        brief(fill_standard, len(gamma))(self.system, pressure, temperature, scratch, energy)
        above = energy[:, :, 0] - gamma @ self.content.T
        return np.asarray((self.unknown | (above < _BELOW)).any(axis=1))


@lru_cache(maxsize=64)
def left_out(database: Database, reduced: Reduced) -> LeftOut | None:
    """Return the phases that take no part in a reduced database though they are of closed components.

    Rocks without what such a phase is a rest of cannot make it: without iron no oxygen is left of any.
    """
    models = [
        phase.model
        for phase in (database.phases[k] for k in database.reservoirs)
        if len(phase.endmembers) == 1 and phase.model.composition[0, ~database.is_open].any()
    ]
    if not models:
        return None
    held = np.array([model.composition[0] for model in models]) @ reduced.basis
    holds, absent = np.abs(held) > ON_FACET_BELOW, ~reduced.present & ~database.is_open
    # what an absent component is the rest of is present: FeO, where O is what it can still take up
    rest = ((reduced.basis > ON_FACET_BELOW) & reduced.present[:, None]).any(axis=0)
    unknown = np.asarray(holds[:, absent & rest].any(axis=1))
    made = np.asarray(unknown | ~holds[:, absent].any(axis=1))
    if not made.any():
        return None
    models = [model for model, on in zip(models, made, strict=True) if on]
    system, _ = assemble(database.endmembers, models, np.ones(held.shape[1], np.bool_))
    return LeftOut(system, held[np.ix_(made, reduced.present)], unknown[made])

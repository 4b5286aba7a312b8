"""The balance of a rock that is open to some components: which phases it is of, and which components."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# mol per mole of oxides: nearer to a facet than this, a bulk cannot be told from one that lies on it.
ON_FACET_BELOW: Final = 1e-12


def reservoirs(made: Sequence[Floats], on: Sequence[bool], fluid: Sequence[bool]) -> set[int]:
    """Return the phases that are where open components come from.

    Phases of nothing else, and fluids that could be. A fluid that holds less than nothing of a closed
    component is part of the rock, which keeps the rest: of water that goes into hydrogen the oxygen.
    What is made of such a rest alone is left out instead, for open components give both.

    Parameters
    ----------
    made : sequence of (N, C) arrays
        Vertices of each phase, in mol of the components; nothing of what is open.
    on, fluid : sequence of bool
        Which phases take part, and which are fluids.
    """
    taking_part = np.flatnonzero(on).tolist()
    rest = _negative(np.vstack([made[i] for i in taking_part]))
    found = set[int]()
    for i in taking_part:
        holds = made[i] > ON_FACET_BELOW
        of_rest, could_be = not holds[:, ~rest].any(), (~holds.any(axis=1)).any()
        if not _negative(made[i]).any() and (of_rest or (fluid[i] and could_be)):
            found.add(i)
    return found


def stand_ins(made: Floats) -> dict[int, tuple[int, float] | None]:
    """Return which component says what can be taken up of one that phases hold less than nothing of.

    Where no more than `most` mol of it come with one of another, the difference of the two is nowhere
    negative: no more than half a mol of O, of oxides of iron, with one of FeO.

    Parameters
    ----------
    made : (m, C) array
        Vertices of all phases.

    Returns
    -------
    dict
        Component -> the other and most [mol/mol]; None where no other comes with all of it.
    """
    negative = _negative(made)
    found: dict[int, tuple[int, float] | None] = {}
    for c in np.flatnonzero(negative).tolist():
        holders = made[made[:, c] > ON_FACET_BELOW]
        others = np.flatnonzero(~negative & (holders > ON_FACET_BELOW).all(axis=0)).tolist()
        found[c] = None
        if others:
            most = np.max(holders[:, c] / holders[:, others[0]], initial=0.0)
            found[c] = others[0], round(float(most), 12)  # of the fullest nothing must be left
    return found


def _negative(made: Floats) -> NDArray[np.bool_]:
    """Of which components some compositions (m, C) hold less than nothing, (C,)."""
    return np.asarray(made.min(axis=0, initial=0.0) < -ON_FACET_BELOW)

"""Assemblages of given phases at many places of a diagram, as if no other phase could form.

Each is Newton's method of `boundary` with no phase at zero, from an assemblage known elsewhere. Amounts
may be a little negative: just beyond the field of an assemblage they are what it would need.
"""

from typing import NamedTuple

import numpy as np

from ._jit import inner, kernel
from .boundary import BoundaryWork, Plane, Spot, correct
from .layout import Floats, Ints, Options, System
from .newton import State, copy_state
from .results import Results, read
from .status import CERTIFIED, NOT_CONVERGED, WARM
from .sweep import write

ONE = 1e-4
"""Largest difference of a proportion between two limbs that have become one."""
LACKING = 1e-3
"""mol; an assemblage that lacks more of a phase is far from its field, and another solution of its conditions."""
BEFORE, NONE = -1, -2
"""To start from the answer at the place before; from none."""


class Starts(NamedTuple):
    """Where answers are wanted, n places, and m to start from at each."""

    places: Floats
    """(n, 2) s."""
    tries: Ints
    """(n, m) rows of what is known, tried one after the other; BEFORE or NONE in their place."""
    normal: Floats
    """(2) zeros."""


@inner
def is_whole(state: State):
    """Whether there is enough of each instance, and two of a phase differ in some proportion by more than ONE."""
    for j in range(state.number[0]):
        if state.amount[j] < -LACKING:
            return False
        for other in range(j):
            if state.phase[other] == state.phase[j]:
                widest = 0.0
                for i in range(state.proportions.shape[1]):
                    off = abs(state.proportions[j, i] - state.proportions[other, i])
                    widest = max(widest, off)
                if widest <= ONE:
                    return False
    return True


@kernel
def continue_within(
    system: System, options: Options, plane: Plane, known: Results, starts: Starts, spot: Spot,
    work: BoundaryWork, out: Results,
):  # fmt: skip
    """Solve for assemblages at n places.

    Parameters
    ----------
    known : Results
        Answers to start from.
    starts : Starts
        Where, and from which of these.
    spot : Spot
        Scratch; all its modes are FREE.
    out : Results
        Of n points. The status is NOT_CONVERGED where there is no answer, two instances of a phase
        are one, or a phase is lacking.
    """
    state = spot.state
    for i in range(starts.places.shape[0]):
        out.status[i] = NOT_CONVERGED
        for m in range(starts.tries.shape[1]):
            source = starts.tries[i, m]
            if source >= 0:
                read(known, source, state)
            elif source == BEFORE and i > 0 and out.status[i - 1] == CERTIFIED:
                read(out, i - 1, state)
            else:
                continue
            for d in range(2):
                spot.place[d] = starts.places[i, d]
            found = correct(
                system, options, plane, spot, starts.normal, 0.0, np.inf, work
            )  # fmt: skip
            if found and is_whole(state):
                copy_state(state, work.point.state)
                write(system.phases, work.point, CERTIFIED, WARM, out, i)
                break

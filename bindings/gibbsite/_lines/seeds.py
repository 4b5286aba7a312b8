"""One point of a boundary between two neighbours of different assemblage."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import numpy as np

from .curve import Phases
from .network import violations
from .solver import ONE, Place, PlaneSolver, Spot

_DEPTH: Final = 8
_TRIES: Final = 8
_BEHIND: Final = 0.05
_APART: Final = 0.05
"""Units: what lies nearer to a boundary is not looked for. Two that are nearer than can be seen are one
line in the end, with what is beyond them both on its sides: so both have to be found."""


def find_seeds(
    solver: PlaneSolver, start: Place, end: Place, depth: int = _DEPTH
) -> Iterator[Spot]:
    """Yield points of boundaries between two places.

    The assemblage of the first is continued to the second as if no other phase could form; of what
    is wrong with it there, the first that goes wrong on the way is solved for. What lies before and
    beyond it is looked at next. Where that fails the way is halved, and both halves are looked at.
    """
    first, last = solver.cold(start), solver.cold(end)
    before = beyond = 0.5 * (start + end)
    if first is not None and last is not None:
        if first.phases() == last.phases():
            return
        seed = (
            _first_event(solver, first, end)
            or _first_event(solver, last, start)
            or _merging(solver, first, last)
        )
        if seed is not None:
            yield seed
            way = _APART * (end - start) / np.hypot(*(end - start))
            before, beyond = seed.place - way, seed.place + way
    for one, other in ((start, before), (beyond, end)):
        if depth > 0 and (other - one) @ (end - start) > 0.0:
            yield from find_seeds(solver, one, other, depth - 1)


def _first_event(solver: PlaneSolver, spot: Spot, end: Place) -> Spot | None:
    """Return the first point on the way to `end` at which the amount of a phase is zero."""
    way = end - spot.place
    length = float(np.hypot(*way))
    normal = np.array([-way[1], way[0]]) / length
    goal = float(normal @ spot.place)
    solver.below_plane(spot, everywhere=True)
    after = solver.correct(Spot(end, spot.state), length)
    if after is None:
        return None
    candidates = violations(solver, spot, after)
    tried: list[tuple[int, Phases]] = []
    while candidates and len(tried) < _TRIES:
        candidate = candidates.pop(0)
        name = (candidate.zeros[-1], candidate.phases())
        if name in tried:
            continue
        tried.append(name)
        found = solver.correct(candidate, 2.0 * length, normal, goal)
        if found is None:
            continue
        share = float((found.place - spot.place) @ way) / length
        others = violations(solver, spot, found)
        if not others and -_BEHIND <= share <= length + _BEHIND:
            return found
        candidates = others + candidates
    return None


def _merging(solver: PlaneSolver, first: Spot, last: Spot) -> Spot | None:
    """Return the point between two others at which one of two limbs runs out that only one of them has.

    Near the crest of a solvus both are there in large amounts almost up to it: an assemblage with
    both, continued beyond, has the same composition twice, and one without does not tell of them.
    """
    rich, poor = (first, last) if first.number > last.number else (last, first)
    way = poor.place - rich.place
    length = float(np.hypot(*way))
    normal = np.array([-way[1], way[0]]) / length
    goal = float(normal @ rich.place)
    more = Counter(rich.phases()) - Counter(poor.phases())
    for j in range(rich.number):
        phase = int(rich.state.phase[j])
        if phase not in more or rich.phases().count(phase) == 1:
            continue
        found = solver.correct(rich.with_zeros(j), solver.sheet.extent, normal, goal)
        if found is None or solver.separation(found, j) < ONE:
            continue
        share = float((found.place - rich.place) @ way) / length
        if -_BEHIND <= share <= length + _BEHIND and not violations(solver, rich, found):
            return found
    return None

"""Steps along a line: as long as allowed, shorter where a phase comes or goes or much freezes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from gibbsite.errors import InputError
from gibbsite_engine.status import STATUS_MESSAGES

from .line import Route
from .process import Answer, Array, Outcome, PathState, Process

TOLERANCE_C: Final = 0.01
"""How closely the coming and going of phases is located, liquidus and solidus among them."""
_SCAN_C: Final = 25.0
_MOST_FAILURES: Final = 3

Solve = Callable[[Array, float, float], Answer]
Feeder = Callable[[Outcome, Outcome | None, float], Outcome]


class Reach(Protocol):
    """Up to which temperature there are energies."""

    def hottest_C(self, active: Array) -> float:
        """Return it of the oxides that take part [degC]."""

    def words(self, active: Array) -> str:
        """Return what has no energy above it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a path; without an outcome, the point failed."""

    place: float
    answer: Answer
    outcome: Outcome | None


@dataclass
class Walk:
    """A walk along a line, from the first solid (or melt) to the last melt (or solid).

    Attributes
    ----------
    solve : callable
        From oxides, pressure and temperature to an answer.
    process : Process
        What becomes of melt and solids.
    line : Route
        Where to go.
    longest : float
        Longest step [degC].
    largest : float
        Largest share of what takes part that may change its state in a step.
    enough : callable
        Whether the outcome of a step is to be the last.
    reach : Reach
        Up to which temperature there are energies: no place that is hotter is visited.
    feed : callable, optional
        From the outcome of a step, that of the last one and the degrees between them to the outcome
        with what is assimilated after it.
    steps : list of Step
        Rows so far, in the order of the line; those of failed points among them.
    end : str
        Why the walk ended.
    start : str
        Why it does not begin where the line does; "" where it may.
    """

    solve: Solve
    process: Process
    line: Route
    longest: float
    largest: float
    enough: Callable[[Outcome], bool]
    reach: Reach
    feed: Feeder | None = None
    steps: list[Step] = field(default_factory=list)
    end: str = ""
    start: str = ""
    _failures: int = 0

    def go(self, state: PathState) -> None:
        """Walk until the process or the line ends.

        Parameters
        ----------
        state : PathState
            The whole rock.

        Raises
        ------
        InputError
            If the process does not begin on this line.
        """
        last = self.begin(state)
        length = self.longest if self.process.begun(last.answer) else TOLERANCE_C
        while not self._finished(last):
            place, answer, length = self._next(last, length)
            if answer is not None:
                last = self._take(_state(last), place, answer, last)
        self.steps.sort(key=lambda step: step.place)

    def begin(self, state: PathState) -> Step:
        """Find the last place before the process begins, or the start of the line if it has."""
        start = self._start(state.active)
        low, high, end = start, start, self._end(start, state.active)
        answer = before = self._try(state, start)
        while not (answer.certified and self.process.begun(answer)):
            if high >= end:
                raise InputError(self._never(start, end))
            if answer.certified:
                low, before = high, answer
            high = min(high + _SCAN_C, end)
            answer = self._try(state, high)
        if high == start:
            if self.process.ended(answer):
                what = self.process.leaving_last
                raise InputError(
                    f"there is no {what} at {self._where(start)}, where the path starts."
                )
            self.start = self.reach.words(state.active) if start > 0.0 else ""
            return self._take(state, start, answer)
        while high - low > TOLERANCE_C:
            middle = 0.5 * (low + high)
            answer = self._try(state, middle)
            if not answer.certified:
                break
            if self.process.begun(answer):
                high = middle
            else:
                low, before = middle, answer
        self._failures = 0
        if not before.certified:
            raise InputError(f"no point before {self._where(high)} could be solved.")
        # What failed on the way to where it begins is no part of the path, as what did not is none.
        self.steps = [step for step in self.steps if step.place > low]
        return self._take(state, low, before)

    def _start(self, active: Array) -> float:
        """Return the first place where there are energies."""
        place = self.line.crosses(0.0, self.reach.hottest_C(active), to_hotter=False)
        if place > self.line.length:
            raise InputError(
                f"{self.reach.words(active)}, and the path is hotter from {self._where(0.0)} to "
                f"{self._where(self.line.length)}."
            )
        return place

    def _end(self, place: float, active: Array) -> float:
        """Return the last place, from one on, up to which there are energies."""
        hottest = self.reach.hottest_C(active)
        return min(self.line.length, self.line.crosses(place, hottest, to_hotter=True))

    def _next(self, last: Step, length: float) -> tuple[float, Answer | None, float]:
        """Return the end of the next step, its answer, and the length to try after it.

        The longest step is halved until the same phases are there as before and not too much
        changes its state; where that leaves nothing, something comes or goes within the tolerance.
        """
        state, place = _state(last), last.place
        low, high = 0.0, min(length, self._end(place, state.active) - place)
        found, answer = None, self._try(state, place + high)
        if not answer.certified:
            return place, None, high + self.longest
        while high - low > TOLERANCE_C and not self._fits(answer, last.answer):
            middle = 0.5 * (low + high)
            trial = self._try(state, place + middle)
            if not trial.certified:
                break
            if not self._fits(trial, last.answer):
                high, answer = middle, trial
                continue
            low, found = middle, trial
            enough = self.process.share(trial, last.answer) > 0.5 * self.largest
            if enough and answer.phases == last.answer.phases:
                break
        if found is None:
            return place + high, answer, self.longest
        if answer.phases != last.answer.phases:
            return place + low, found, high - low
        return place + low, found, min(2.0 * low, self.longest)

    def _fits(self, answer: Answer, last: Answer) -> bool:
        return answer.phases == last.phases and self.process.share(answer, last) <= self.largest

    def _try(self, state: PathState, place: float) -> Answer:
        """Solve at a place; a failed point becomes a row."""
        answer = self.solve(state.active, *self.line.at(place))
        if not answer.certified:
            self.steps.append(Step(place, answer, None))
            self._failures += 1
        return answer

    def _take(
        self, state: PathState, place: float, answer: Answer, last: Step | None = None
    ) -> Step:
        outcome = self.process.apply(state, answer)
        if self.feed is not None:
            before = None if last is None else last.outcome
            start = place if last is None else last.place
            degrees = abs(self.line.at(place)[1] - self.line.at(start)[1])
            outcome = self.feed(outcome, before, degrees)
        step = Step(place, answer, outcome)
        self.steps.append(step)
        self._failures = 0
        return step

    def _finished(self, last: Step) -> bool:
        """Whether the walk is over; says why."""
        assert last.outcome is not None
        active = last.outcome.state.active
        if self.process.ended(last.answer):
            self.end = f"no {self.process.leaving_last} is left"
        elif self.enough(last.outcome):
            self.end = "the melt fraction asked for is reached"
        elif max(last.place, self.steps[-1].place) >= (end := self._end(last.place, active)):
            cut = f": {self.reach.words(active)}" if end < self.line.length else ""
            self.end = f"the path ends{cut}"
        elif self._failures >= _MOST_FAILURES:
            self.end = f"stopped: {_MOST_FAILURES} points in a row failed"
        return bool(self.end)

    def _where(self, place: float) -> str:
        pressure, temperature = self.line.at(place)
        return f"{pressure:g} kbar and {temperature:g} °C"

    def _never(self, start: float, end: float) -> str:
        if self.steps:
            status = int(self.steps[-1].answer.arrays["status"][0])
            return f"at {self._where(self.steps[-1].place)}: {STATUS_MESSAGES[status]}."
        return (
            f"no {self.process.coming_first} appears between {self._where(start)} and "
            f"{self._where(end)}."
        )


def _state(step: Step) -> PathState:
    assert step.outcome is not None
    return step.outcome.state

"""The unit of the ladder, and what every rung writes down beside its times."""

import numpy as np
import problems
import pytest
from loops import evaluations, new_scratch

import gibbsite as gb
from gibbsite_engine.standard import new_conditions, set_conditions

REPEATS = 500


class Unit:
    """One evaluation of G, mu and H of every solution phase, each at the middle of its polytope."""

    def __init__(self, database):
        self.reduced = problems.dry(database)
        self.system = self.reduced.system
        self.phases = self.system.phases
        self.conditions = new_conditions(self.system)
        set_conditions(self.system, 3.0, 1400.0, self.conditions)
        self.solutions = int((self.phases.n_endmembers > 1).sum())  # they come first
        self.scratch = new_scratch(self.phases)

    def evaluate(self, first, last, repeats):
        evaluations(
            self.phases, first, last, self.conditions, self.system.seeds.centre, repeats,
            self.scratch,
        )  # fmt: skip

    def seconds(self):
        """CPU time of the unit now: it is measured next to everything that is compared with it."""
        self.evaluate(0, self.solutions, 1)
        times = [problems.timed(self.evaluate, 0, self.solutions, REPEATS)[1].cpu for _ in range(9)]
        return float(np.median(times)) / REPEATS


@pytest.fixture(scope="session")
def database():
    return gb.database("T21-Su26")


@pytest.fixture(scope="session")
def unit(database):
    return Unit(database)


@pytest.fixture
def rung(benchmark, unit):
    """Note how many calls or points are in one round, and the unit's time just before and after."""

    def note(name, *, per_round=1, **more):
        benchmark.extra_info.update(rung=name, per_round=per_round, **more)
        return benchmark

    before = unit.seconds()
    yield note
    benchmark.extra_info["unit_s"] = 0.5 * (before + unit.seconds())

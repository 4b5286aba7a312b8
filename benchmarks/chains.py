"""The chains in which a call solves its points, kept so that parts of their work can be done again."""

from contextlib import contextmanager

from gibbsite._solving import solve
from gibbsite_engine._jit import kernel
from gibbsite_engine.standard import set_conditions


@contextmanager
def kept_chains():
    """Yield a list, filled with the chains made meanwhile."""
    made = []

    class Kept(solve.Chain):
        def __init__(self, *arguments, **more):
            super().__init__(*arguments, **more)
            made.append(self)

    original, solve.Chain = solve.Chain, Kept
    try:
        yield made
    finally:
        solve.Chain = original


def longer(chains):
    """Return those of more than one point: those of one are what was solved again alone."""
    return [chain for chain in chains if len(chain.points.pressure) > 1]


@kernel
def fill_energies(system, points, conditions):
    """Fill the standard energies of all points, one after the other."""
    for i in range(points.pressure.size):
        set_conditions(system, points.pressure[i], points.temperature[i], conditions)

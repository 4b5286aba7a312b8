"""Run with NUMBA_DISABLE_JIT=1: a chain of three points of which two miss olivine at first.

Prints the phases of each point; with "alone" no neighbour may offer anything.
"""

import sys

import numpy as np
from dry import database

from gibbsite_engine import sweep as module
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.layout import Options, Points
from gibbsite_engine.ordering import chain_edges
from gibbsite_engine.results import new_results

data = database("T21-Su26")
moles = {"SiO2": 0.45, "MgO": 0.55}
bulk = np.array([moles.get(c, 0.0) for c in data.components])
reduced = data.reduced(bulk > 0)
names = [data.phase_names[phase.place] for phase in reduced.phases]
calls, solve_point = 0, module.solve_point


def miss_olivine(system, options, inside, warm, complete, w):
    """Solve a point; the second cold and the third from it, both with olivine too high to be."""
    global calls
    calls += 1
    if calls in (2, 3):
        w.conditions.g0[names.index("ol")] += 50.0
        warm = calls == 3
    return solve_point(system, options, inside, warm, complete, w)


module.solve_point = miss_olivine
out = new_results(reduced.system, 3)
edges = chain_edges(3)[: 0 if "alone" in sys.argv else None]
points = Points(np.full(3, 3.0), 1400.0 + np.arange(3.0), np.tile(bulk[bulk > 0], (3, 1)))
module.sweep(
    reduced.system,
    Options(),
    points,
    module.Assignment(np.arange(3), edges),
    new_workspace(reduced.system),
    out,
)
for row, n in zip(out.phase, out.number, strict=True):
    sys.stdout.write(" ".join(sorted(names[k] for k in row[:n])) + "\n")

"""What solving a list is made of: the floor that no order of points and nothing carried gets below.

    python benchmarks/run.py lists

Each part alone, at the answers of the list. A list can be no faster than energies, Newton's method and
search are together, even if every point began with its own answer; to leave out the search would be
to give a certificate that rests on what was learnt elsewhere.
"""

import time

import numpy as np
from against import DATABASE, points_of
from chains import fill_energies, kept_chains, longer
from verification.families import FAMILIES

import gibbsite as gb
from gibbsite_engine.layout import Options
from gibbsite_engine.standard import new_conditions
from gibbsite_engine.status import CERTIFIED
from gibbsite_engine.sweep import confirm

AWAY = 0.1  # K
POINTS, ROUNDS = 3000, 3
LISTS = {"ten families, mixed": FAMILIES, "one family": ["low-Ti mare basalt"]}


def spent_on(work):
    """Return seconds of this thread, and what the work returns."""
    began = time.thread_time()
    found = work()
    return time.thread_time() - began, found


def solved_as_chains(pressure, temperature, bulk):
    """Solve a list; return seconds, and the chains that it was solved in."""
    with kept_chains() as chains:
        seconds, _ = spent_on(
            lambda: gb.equilibria(
                bulk,
                pressure_kbar=pressure,
                temperature_C=temperature,
                database=DATABASE,
                workers=1,
            )
        )
    return seconds, longer(chains)


def energies(chain):
    """Work out the standard energies of all points."""
    fill_energies(chain.system, chain.points, new_conditions(chain.system))


def search(chain):
    """Search all phases all over at all answers."""
    asked = np.ones((len(chain.points.pressure), chain.system.phases.n_endmembers.size), np.bool_)
    route = chain.route.through(chain.results.status == CERTIFIED)
    confirm(chain.system, Options(), chain.points, route, asked, chain._work, chain.results)


def parts_of(families):
    """Return the number of points, and the least seconds a point that each part takes."""
    pressure, temperature, bulk = points_of(families, POINTS // len(families))
    n, found = len(pressure), {}
    solver = gb.Solver(DATABASE)
    solver.solve(pressure, temperature, bulk)
    for turn in range(ROUNDS + 1):  # the first loads kernels
        seconds, chains = solved_as_chains(pressure, temperature, bulk)
        away = temperature + AWAY * (turn % 2)
        spent = {
            "list": seconds,
            "energies": sum(spent_on(lambda c=chain: energies(c))[0] for chain in chains),
            "Newton": spent_on(lambda away=away: solver.solve(pressure, away, bulk))[0],
            "search": sum(spent_on(lambda c=chain: search(c))[0] for chain in chains),
        }
        for name, value in spent.items() if turn else ():
            found[name] = min(found.get(name, np.inf), value / n)
    return n, found


def measure():
    """Take both lists apart."""
    return {label: parts_of(families) for label, families in LISTS.items()}

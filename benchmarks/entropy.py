"""What a table by pressure and entropy costs beside the section by pressure and temperature it lies in.

    python benchmarks/entropy.py [--points 300] [--section klb1] [--given entropy]

The section has as many points a side, over the ranges of the file that ships. The table has the same
pressures; its entropies go from the greatest at the coldest temperature to the least at the hottest, so
that all of it lies within the section. CPU time of this process, one thread.
"""

import argparse
import sys

import numpy as np
import problems
from timing import timed

import gibbsite as gb
from gibbsite._running.tile import solve_tile


def solve_section(section):
    """Solve all tiles as `compute` does, and drop them."""
    for rows, columns in problems.tiles(section):
        solve_tile(section, rows, columns, prove=True)


def numbers(found, name):
    """What is given in place of the temperature, at points."""
    if name == "entropy":
        return found["entropy"].values
    kelvin = found["temperature_C"].values + problems.ZERO_CELSIUS_K
    return found["gibbs_energy"].values + kelvin * found["entropy"].values


def main(words: list[str] | None = None) -> None:
    """Measure both, and print them with their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--section", default="klb1")
    parser.add_argument("--given", choices=("entropy", "enthalpy"), default="entropy")
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args(words)
    section = problems.shipped_section(given.section, given.points**2)
    small = problems.shipped_section(given.section, 32**2)
    rock, data = gb.bulk("klb-1"), gb.database(section.database)
    points = small.points()
    pressures, temperatures = np.unique(points.pressure_kbar), np.unique(points.temperature_K)

    def at_edges(name, n):
        p = np.linspace(pressures[0], pressures[-1], n)
        t = temperatures[[0, -1]] - problems.ZERO_CELSIUS_K
        edges = gb.equilibria(
            rock, pressure_kbar=p[:, None], temperature_C=t[None, :], database=data, workers=1
        )
        found = numbers(edges, name)
        return p[:, None], np.linspace(found[:, 0].max(), found[:, 1].min(), n)[None, :]

    def table(p, s):
        return gb.equilibria(
            rock, pressure_kbar=p, database=data, workers=1, errors="status", **{given.given: s}
        )

    solve_section(small)
    table(*at_edges(given.given, 40))  # kernels compiled
    for _ in range(given.rounds):
        _, section_time = timed(solve_section, section)
        asked = at_edges(given.given, given.points)
        found, table_time = timed(table, *asked)
        n = given.points**2
        print(
            f"{n} points of {given.section}: P-T {1e3 * section_time.cpu / n:.4f} ms a point, "
            f"P-{given.given} {1e3 * table_time.cpu / n:.4f}, ratio "
            f"{table_time.cpu / section_time.cpu:.2f}; {int((found['status'] != 0).sum())} without an answer",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])

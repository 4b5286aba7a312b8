"""What a node costs a code that asks at every time step: a mantle of 921 x 301 nodes.

    python benchmarks/coupling.py [--columns 921] [--rows 301] [--steps 3] [--database W24]

Pressure rises from 1 bar to 60 kbar with depth; temperature is a cooled lid above an adiabat with plumes
and slabs. Each step moves every node by the standard deviation named, pressure by 20 bar a kelvin.
CPU time of one thread.
"""

import argparse
import sys
import time

import numpy as np

import gibbsite as gb


def mantle(columns: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Pressures [kbar] and temperatures [degC] of a section through the mantle, rows of nodes."""
    depth, along = np.meshgrid(np.linspace(0.0, 1.0, rows), np.linspace(0.0, 1.0, columns))
    pressure = 0.001 + 59.0 * depth
    adiabat = 1320.0 + 1.5 * pressure
    lid = np.exp(-((depth / 0.2) ** 2)) * 700.0 * (0.4 + 0.6 * along)
    convection = 90.0 * np.sin(9.0 * np.pi * along) * np.sin(np.pi * depth)
    return pressure.ravel(), np.maximum(adiabat - lid + convection, 600.0).ravel()


def main(words: list[str] | None = None) -> None:
    """Measure, and print a line a step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--columns", type=int, default=921)
    parser.add_argument("--rows", type=int, default=301)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--database", default="W24")
    parser.add_argument("--rock", default="klb-1")
    given = parser.parse_args(words)
    pressure, temperature = mantle(given.columns, given.rows)
    rock, solver = gb.bulk(given.rock), gb.Solver(given.database)
    n, rng = len(pressure), np.random.default_rng(0)
    few = slice(0, None, max(n // 300, 1))
    solver.solve(pressure[few].copy(), temperature[few].copy(), rock)  # kernels compiled
    solver, out = gb.Solver(given.database), None
    out = solver.buffers(n)
    start = time.thread_time()
    solver.solve(pressure, temperature, rock, out)
    first = time.thread_time() - start
    print(f"{n} nodes, {given.database}: first {1e3 * first / n:.4f} ms a node", end="")
    print(f", {np.count_nonzero(out.status)} without an answer", flush=True)
    for kelvin in (0.001, 0.01, 0.1, 1.0):
        for _ in range(given.steps):
            pressure += 0.02 * kelvin * rng.normal(size=n)
            np.clip(pressure, 0.001, 60.0, out=pressure)
            temperature += kelvin * rng.normal(size=n)
            before = solver.searched
            start = time.thread_time()
            solver.solve(pressure, temperature, rock, out)
            spent = time.thread_time() - start
            share = (solver.searched - before) / n
            print(
                f"moved by {kelvin:5.3f} K: {1e3 * spent / n:.4f} ms a node, {100 * share:.1f} % "
                f"searched again, {np.count_nonzero(out.status)} without an answer",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])

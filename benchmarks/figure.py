"""The picture of the solvers: error of the energy against time."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

LEAST = 1e-12
"""kJ: errors below this, rounding of a sum of a thousand kJ, are drawn here."""


def family(solver):
    """Group of a solver, which sets its colour."""
    return solver.split(",")[0]


def draw(by_solver, path):
    """Draw each outcome as a dot and each solver's medians as a mark with its name.

    Parameters
    ----------
    by_solver : dict
        Solver -> outcomes that are no failures.
    """
    figure, axes = plt.subplots(figsize=(7.5, 5.0), layout="constrained")
    colours = {name: f"C{i}" for i, name in enumerate(dict.fromkeys(map(family, by_solver)))}
    marks = iter("osDv^<>pPX*h")
    for solver, outcomes in by_solver.items():
        t = np.array([o["time"]["cpu"] for o in outcomes]) * 1e3
        error = np.maximum([o["above"] for o in outcomes], LEAST)
        colour = colours[family(solver)]
        axes.scatter(t, error, s=8, alpha=0.35, color=colour, linewidths=0)
        axes.scatter(
            np.median(t), np.median(error), s=70, marker=next(marks), color=colour,
            edgecolors="black", linewidths=0.8, label=solver, zorder=3,
        )  # fmt: skip
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("CPU time of one point (ms)")
    axes.set_ylabel("energy above the best (kJ per mole of oxides)")
    axes.grid(which="major", alpha=0.3)
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150, metadata={"Software": None})
    plt.close(figure)

"""Where each phase model is convex outright: a figure and a table.

    PYTHONPATH=benchmarks python -m verification.convexity [--pressure KBAR] [-o FILE.md] [--figure FILE.png]

For each solution of a database and each temperature: the share of random compositions at which the
Hessian of the driving force has a negative direction, and whether cells prove that it has none
anywhere. On a cell, with u the greatest y and Y_lo the least total,
    Q + RT sum_g m_g (sum_s site_s site_s'/u_s - total_g total_g'/Y_lo)
lies below every Hessian: where it is positive semi-definite, the energy is convex there.
"""

import argparse
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

import gibbsite as gb
from gibbsite._proof.phase import charts, set_up
from gibbsite_engine.proof.cells import CUT_DONE, cut, new_cells, whole
from gibbsite_engine.proof.chart import energy

TEMPERATURES_C = np.arange(500.0, 3301.0, 100.0)
COMPOSITIONS = 4000
MOST_CELLS = 1500
LEAST_TOTAL = 1e-9


def curvatures(at, e, sites):
    """Least eigenvalue of the Hessian at each composition, in the metric of the polytope."""
    root = np.linalg.cholesky(np.atleast_2d(np.cov(at.corners.T, bias=True)))
    q = root.T @ e.quadratic @ root
    site, total = at.site @ root, at.total @ root
    out = np.empty(len(sites))
    for i, y in enumerate(sites):
        whole_y = np.bincount(at.group, y)[at.group]
        w = site - (y / whole_y)[:, None] * total[at.group]
        h = q + (w * (e.rt * at.multiplicity / y)[:, None]).T @ w
        out[i] = np.linalg.eigvalsh(h)[0]
    return out


def random_sites(at, count, seed=0):
    """Species at random compositions, many of them near faces."""
    rng = np.random.default_rng(seed)
    weights = rng.gamma(rng.choice([0.1, 0.4, 2.0], size=(count, 1)), size=(count, len(at.corners)))
    weights += 1e-9
    x = weights / weights.sum(axis=1, keepdims=True) @ at.corners
    return np.maximum(at.site_origin + x @ at.site.T, 1e-9)


def proved_convex(at, e, cells):
    """Whether cells prove the driving force convex; False where too many are needed."""
    d, species = at.site.shape[1], len(at.multiplicity)
    group_m = np.array([at.multiplicity[at.group == g][0] for g in range(len(at.total))])
    whole(at, cells)
    for _ in range(MOST_CELLS):
        top = cells.number[0] - 1
        if top < 0:
            return True
        rows = slice(cells.start[top], cells.start[top + 1])
        y = np.maximum(cells.y[rows, :species], 0.0)
        totals = np.stack([y[:, at.group == g].sum(axis=1) for g in range(len(at.total))], axis=1)
        most = np.maximum(y.max(axis=0), 1e-12)
        least = np.maximum(totals.min(axis=0), LEAST_TOTAL)
        a = e.quadratic + e.rt * (
            (at.site * (at.multiplicity / most)[:, None]).T @ at.site
            - (at.total * (group_m / least)[:, None]).T @ at.total
        )
        values, vectors = np.linalg.eigh(a)
        if values[0] >= 1e-9:
            cells.number[0] = top
            continue
        along = (at.site @ vectors[:, 0]) ** 2 * at.multiplicity
        gain = along * (1.0 / np.maximum(0.5 * (most + y.min(axis=0)), 1e-9) - 1.0 / most)
        spread = np.where(np.ptp(y, axis=0) > 1e-3, gain, -1.0)
        s = int(spread.argmax())
        place = 0.5 * (most[s] + y[:, s].min()) - at.site_origin[s]
        if (
            spread[s] <= 0.0
            or cut(cells, d, species, np.ascontiguousarray(at.site[s]), place) != CUT_DONE
        ):
            return False
    return False


def scan(name, pressure_kbar):
    """Phase -> (share of compositions not convex, whether proved convex) at each temperature."""
    data = gb.database(name)
    mask = np.ones(len(data.components), bool)
    reduced = data.reduced(mask)
    found = {}
    for k, at in enumerate(charts(data, tuple(mask.tolist()))):
        if at is None:
            continue
        sites = random_sites(at, COMPOSITIONS)
        cells = new_cells(60_000, at.site.shape[1], len(at.multiplicity))
        share, proved = [], []
        for t in TEMPERATURES_C:
            conditions = set_up(reduced, pressure_kbar, float(t))
            e = energy(at, reduced.system.phases, k, conditions, np.zeros(len(data.components)))
            share.append(float((curvatures(at, e, sites) < 0.0).mean()))
            last = bool(proved and proved[-1])
            proved.append(share[-1] == 0.0 and (last or proved_convex(at, e, cells)))
        found[data.phases[reduced.phases[k].place].name] = np.array(share), np.array(proved)
    return found


def text(name, found):
    lines = [
        f"## {name}",
        "",
        "| phase | compositions not convex at 800 / 1100 / 1500 °C | found not convex up to | proved convex from |",
        "|---|---|---|---|",
    ]
    for phase, (share, proved) in found.items():
        at = [f"{100.0 * share[TEMPERATURES_C == t][0]:.2g} %" for t in (800.0, 1100.0, 1500.0)]
        last = TEMPERATURES_C[share > 0.0].max(initial=0.0)
        first = TEMPERATURES_C[proved].min(initial=np.inf)
        lines.append(
            f"| {phase} | {' / '.join(at)} | {f'{last:.0f} °C' if last else '-'} "
            f"| {f'{first:.0f} °C' if np.isfinite(first) else '-'} |"
        )
    return "\n".join(lines)


def draw(by_set, path):
    figure, axes = plt.subplots(
        1, len(by_set), figsize=(5.0 * len(by_set), 3.6), sharey=True, layout="constrained"
    )
    for panel, (name, found) in zip(np.atleast_1d(axes), by_set.items(), strict=True):
        for i, (phase, (share, proved)) in enumerate(found.items()):
            style = {"color": f"C{i % 10}", "ls": "-" if i < 10 else "--"}
            panel.plot(TEMPERATURES_C, np.where(share > 0.0, share, np.nan), label=phase, **style)
            if proved.any():
                first = TEMPERATURES_C[proved].min()
                panel.plot(first, 1.2e-4, "|", ms=12, mew=2, color=style["color"])
        panel.set(title=name, yscale="log", ylim=(1e-4, 1.0), xlabel="Temperature (°C)")
        panel.legend(fontsize="x-small", ncols=2)
    np.atleast_1d(axes)[0].set_ylabel("share of compositions not convex")
    figure.savefig(path, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pressure", type=float, default=3.0, help="kbar")
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--figure", type=Path)
    arguments = parser.parse_args()
    by_set = {name: scan(name, arguments.pressure) for name in ("T21-Su26", "W24")}
    command = " ".join(["PYTHONPATH=benchmarks python -m verification.convexity", *sys.argv[1:]])
    span = f"{TEMPERATURES_C[0]:.0f} to {TEMPERATURES_C[-1]:.0f} °C, every 100 °C"
    described = f"{COMPOSITIONS} random compositions a phase, {arguments.pressure:g} kbar, {span}"
    made = "\n\n".join(
        [
            "# Where the models are convex",
            f"Made by `{command}`: {described}.",
            *(text(name, found) for name, found in by_set.items()),
        ]
    )
    print(made)
    if arguments.output:
        arguments.output.write_text(made + "\n", encoding="utf-8")
    if arguments.figure:
        draw(by_set, arguments.figure)


if __name__ == "__main__":
    main()

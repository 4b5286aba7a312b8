"""Pictures of the part "subsolidus": modes of each rock, the pyroxene quadrilateral, olivine."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Polygon
from numpy.typing import NDArray

from .canvas import (
    AXIS_SIZE,
    MARKERS,
    PAGE_MM,
    PUBLISHED,
    TEXT_SIZE,
    colour,
    footnote,
    letter,
    looks,
    name,
    sheet,
)
from .run import Run, needed
from .shelf import Tables
from .subsolidus import AVERAGE, MODES
from .targets import published
from .values import of_database

ROOT3 = np.sqrt(3.0)


def draw(run: Run, tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure."""
    for database in run.study.databases:
        rocks = of_database(tables["rocks"], database)
        limbs = of_database(tables["pyroxenes"], database)
        yield f"fig3b-{database}", _modes(run, rocks, database)
        yield f"fig3cd-{database}", _minerals(run, rocks, limbs, database)


def _conditions(run: Run, database: str) -> str:
    plan = needed(run.study.subsolidus)
    return (
        f"Each rock {plan.below_solidus_C:g} °C below its own solidus, {1000.0 * plan.pressure_kbar:g} bar, "
        f"{database}. The rocks are stand-ins; shaded: published ranges."
    )


def _modes(run: Run, rocks: pd.DataFrame, database: str) -> Figure:
    beads = rocks[rocks["rock"] != AVERAGE].reset_index(drop=True)
    targets = published(run.study.targets)
    with looks():
        figure, axes = sheet(PAGE_MM, 82.0, 1, 2, width_ratios=(1.25, 1.0))
        stacked, ranges = axes[0]

        bottom = np.zeros(len(beads))
        for key in MODES:
            stacked.bar(range(len(beads)), beads[key], bottom=bottom, color=colour(key), width=0.8)
            bottom += beads[key].to_numpy()
        stacked.set(
            ylabel="Mode (vol%)", ylim=(0.0, 100.0), xticks=range(len(beads)),
            xticklabels=[rock.rsplit("-", 1)[-1] for rock in beads["rock"]], xlabel="Bead",
        )  # fmt: skip
        stacked.legend(
            handles=[Patch(color=colour(key), label=name(key)) for key in MODES],
            loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=5, columnspacing=0.9,
            handlelength=1.0, handletextpad=0.4,
        )  # fmt: skip
        for i, key in enumerate(MODES):
            target = targets.get(f"beads_{key}")
            if target is not None and target.low is not None and target.high is not None:
                ranges.bar(
                    i, target.high - target.low, bottom=target.low, color=PUBLISHED, width=0.8
                )
            spread = np.linspace(-0.25, 0.25, len(beads))
            ranges.plot(
                i + spread, beads[key], "o", color=colour(key), ms=4.5, mec="black", mew=0.4
            )
        ranges.set(xticks=range(len(MODES)), xticklabels=[name(key) for key in MODES])
        ranges.tick_params(axis="x", rotation=30)
        ranges.set(ylabel="Mode (vol%)", ylim=(0.0, None))
        letter(ranges, "Against the published ranges")
        footnote(figure, "Fig. 3B. " + _conditions(run, database))
    return figure


def _minerals(run: Run, rocks: pd.DataFrame, limbs: pd.DataFrame, database: str) -> Figure:
    beads = rocks[rocks["rock"] != AVERAGE]
    targets = published(run.study.targets)
    with looks():
        figure, axes = sheet(PAGE_MM, 82.0, 1, 2, width_ratios=(2.2, 1.0))
        quadrilateral(axes[0, 0])
        area = [targets.get(f"beads_{key}") for key in ("En", "Fs", "Wo")]
        if all(target is not None for target in area):
            _published_area(axes[0, 0], area)
        for rock, marker in zip(beads["rock"], MARKERS, strict=False):
            for phase, fill in (("cpx", colour("cpx")), ("opx", colour("opx"))):
                mine = limbs[(limbs["rock"] == rock) & (limbs["phase"] == phase)]
                if mine.empty:
                    continue
                x, y = place(mine["En"], mine["Fs"], mine["Wo"])
                axes[0, 0].plot(x, y, "-", color="0.6", lw=0.6, zorder=2)
                axes[0, 0].plot(x, y, marker, color=fill, ms=5, mec="black", mew=0.5, zorder=3)
        letter(axes[0, 0], "Pyroxenes: tie lines join the limbs of the solvus (mol%)")
        olivine = axes[0, 1]
        target = targets.get("beads_Fo")
        if target is not None and target.low is not None and target.high is not None:
            olivine.axhspan(target.low, target.high, color=PUBLISHED, lw=0)
        for i, (rock, marker) in enumerate(zip(beads["rock"], MARKERS, strict=False)):
            fo = beads.loc[beads["rock"] == rock, "Fo"]
            olivine.plot([i] * len(fo), fo, marker, color=colour("ol"), ms=5, mec="black", mew=0.5)
        olivine.set(
            xticks=range(len(beads)), xlabel="Bead", ylabel="Fo (mol%)", ylim=(0.0, 50.0),
            xticklabels=[rock.rsplit("-", 1)[-1] for rock in beads["rock"]],
        )  # fmt: skip
        letter(olivine, "Olivine")
        footnote(figure, "Fig. 3C, D. " + _conditions(run, database))
    return figure


def place(en: Any, fs: Any, wo: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where a pyroxene is on paper: En at the left, Fs at the right, Wo upward."""
    en, fs, wo = (np.asarray(part, dtype=np.float64) for part in (en, fs, wo))
    return fs + 0.5 * wo, 0.5 * ROOT3 * wo


def quadrilateral(axes: Axes) -> None:
    """Draw the part of the triangle En-Fs-Wo below Wo 50."""
    x, y = place([100, 0, 0, 50], [0, 100, 50, 0], [0, 0, 50, 50])
    axes.add_patch(Polygon(np.stack([x, y], -1), fill=False, lw=0.8))
    for level in (10.0, 20.0, 30.0, 40.0):
        axes.plot(*place([100 - level, 0], [0, 100 - level], [level, level]), color="0.85", lw=0.5)
        _write(axes, (100 - level, 0, level), f"{level:g} ", ha="right", va="center", color="0.4")
    for fs in (20.0, 40.0, 60.0, 80.0):
        wo = min(50.0, 100.0 - fs)
        axes.plot(*place([100 - fs, 100 - fs - wo], [fs, fs], [0, wo]), color="0.85", lw=0.5)
        _write(axes, (101 - fs, fs, -1), f"{fs:g}", ha="center", va="top", color="0.4")
    for text, corner, ha, va in (
        ("En", (100, 0, 0), "right", "top"),
        ("Fs", (0, 100, 0), "left", "top"),
        ("Di", (50, 0, 50), "right", "bottom"),
        ("Hd", (0, 50, 50), "left", "bottom"),
    ):
        _write(axes, corner, text, ha=ha, va=va, fontsize=AXIS_SIZE)
    axes.set(aspect="equal", xlim=(-6.0, 106.0), ylim=(-6.0, 50.0))
    axes.axis("off")


def _write(axes: Axes, corner: tuple[float, float, float], text: str, **text_looks: Any) -> None:
    x, y = place(*corner)
    axes.text(float(x), float(y), text, **{"fontsize": TEXT_SIZE, **text_looks})


def _published_area(axes: Axes, targets: list[Any]) -> None:
    """Shade the compositions whose En, Fs and Wo are all in the published ranges."""
    bounds = [(target.low, target.high) for target in targets]
    (en_low, en_high), (fs_low, fs_high), (wo_low, wo_high) = bounds
    fs, wo = np.meshgrid(np.linspace(0, 100, 401), np.linspace(0, 50, 201))
    en = 100.0 - fs - wo
    inside = (
        (en >= en_low) & (en <= en_high) & (fs >= fs_low) & (fs <= fs_high)
        & (wo >= wo_low) & (wo <= wo_high)
    )  # fmt: skip
    x, y = place(en, fs, wo)
    axes.contourf(x, y, inside.astype(float), levels=[0.5, 1.5], colors=[PUBLISHED], zorder=1)

"""Pictures of the part "mixing": the diagram, and melting along x with every candidate."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gibbsite import open as open_result
from gibbsite import plot

from .canvas import DATABASES, PAGE_MM, STRONG, TEXT_SIZE, footnote, letter, looks, sheet
from .mixing import section_name
from .run import Run, needed
from .shelf import Tables
from .values import of_database

Array = NDArray[np.float64]
LINES = ("solid", "dashed", "dashdot", "dotted")


def draw(run: Run, tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure."""
    plan = needed(run.study.mixing)
    first = plan.candidates[0].name
    for database in run.study.databases:
        path = run.section_file(section_name(first), database)
        yield (
            f"fig4c-{database}",
            plot(
                path,
                title=f"Fig. 4C with {database}: average cumulate ({first}) to the high-Ti glass",
                isopleths={"liq": plan.melt_isopleths},
            ),
        )
    yield "fig4c-candidates", _candidates(run, tables)
    yield "fig4c-melt", _melt(run, tables)


def _candidates(run: Run, tables: Tables) -> Figure:
    """Draw melt isopleths, solidus and liquidus of all candidates, databases side by side."""
    plan = needed(run.study.mixing)
    databases, n = run.study.databases, len(plan.candidates)
    with looks():
        figure, axes = sheet(PAGE_MM, 48.0 * n + 12.0, n, len(databases), sharex=True, sharey=True)
        filled = None
        for row, candidate in enumerate(plan.candidates):
            for column, database in enumerate(databases):
                panel = axes[row, column]
                with open_result(run.section_file(section_name(candidate.name), database)) as ds:
                    melt = 100.0 * ds.gb.mode("liq").values
                    x, t = ds["x"].values, ds["temperature_C"].values
                    _solidus(panel, ds, color="white", lw=STRONG)
                filled = panel.contourf(
                    x, t, melt, levels=np.linspace(0.0, 100.0, 11), cmap="cividis"
                )
                lines = panel.contour(
                    x, t, melt, levels=plan.melt_isopleths, colors="white", linewidths=0.7,
                    linestyles="dashed",
                )  # fmt: skip
                places = label_places(x, t, melt, plan.melt_isopleths)
                panel.clabel(lines, fontsize=TEXT_SIZE, fmt="%g", manual=places)
                curves = of_database(tables["curves"], database)
                curves = curves[curves["candidate"] == candidate.name]
                panel.set(ylim=(t[0], t[-1]), xlim=(x[0], x[-1]))
                drop = curves["solidus_C"].iloc[0] - curves["solidus_C"].iloc[-1]
                letter(panel, f"{candidate.name}, {database}: solidus lower by {drop:.0f} °C")
        for panel in axes[:, 0]:
            panel.set_ylabel("Temperature (°C)")
        for panel in axes[-1]:
            panel.set_xlabel("x (mole fraction of oxides)")
        if filled is not None:
            figure.colorbar(filled, ax=axes, label="Melt (vol%)", shrink=0.5, pad=0.01)
        footnote(
            figure,
            f"Candidates for the average cumulate (x = 0) to {plan.rock_b.bulk().name} (x = 1), "
            f"{plan.pressure_kbar:g} kbar. White: solidus, and melt isopleths (dashed, vol%).",
        )
    return figure


def _solidus(panel: Axes, section: xr.Dataset, *, label: str = "", **looks: Any) -> None:
    """Draw the exact solidus of a section."""
    for part in shapely.get_parts(shapely.line_merge(section.gb.line("solidus"))):
        panel.plot(*shapely.get_coordinates(part).T, label=label, **looks)
        label = ""


def label_places(
    x: Array, t: Array, melt: Array, levels: Sequence[float]
) -> list[tuple[float, float]]:
    """Return where to write the levels of isopleths: away from the frame, and not below each other.

    Parameters
    ----------
    x, t : ndarray
        Axes of a panel.
    melt : ndarray, shape (n_t, n_x)
        vol%.
    levels : sequence of float
        Of the isopleths [vol%]; one that keeps to the frame gets no place.
    """
    margin, places = 0.06 * (t[-1] - t[0]), []
    wanted = np.linspace(0.3, 0.7, len(levels))
    for level, at in zip(levels, wanted, strict=True):
        for column in np.argsort(abs((x - x[0]) / (x[-1] - x[0]) - at)):
            above = melt[:, column] >= level
            i = int(above.argmax())
            inside = 0.04 < (x[column] - x[0]) / (x[-1] - x[0]) < 0.96
            if inside and above[i] and t[0] + margin < t[i] < t[-1] - margin:
                places.append((float(x[column]), float(t[i])))
                break
    return places


def _melt(run: Run, tables: Tables) -> Figure:
    plan = needed(run.study.mixing)
    with looks():
        figure, axes = sheet(PAGE_MM, 92.0, 1, 2)
        left, right = axes[0]
        for database, colour in zip(run.study.databases, DATABASES, strict=False):
            melt = of_database(tables["melt"], database)
            melt = melt[melt["candidate"] == plan.candidates[0].name]
            for temperature, style in zip(plan.melt_at_C, LINES, strict=False):
                at = melt[melt["temperature_C"] == temperature]
                left.plot(
                    at["x"], at["liq"], color=colour, ls=style,
                    label=f"{database}, {temperature:g} °C",
                )  # fmt: skip
            for candidate, style in zip(plan.candidates, LINES, strict=False):
                with open_result(run.section_file(section_name(candidate.name), database)) as ds:
                    _solidus(
                        right, ds, color=colour, ls=style, label=f"{database}, {candidate.name}"
                    )
        left.set(
            xlabel="x (mole fraction of oxides)",
            ylabel="Melt (vol%)",
            ylim=(0.0, 100.0),
            xlim=(0.0, 1.0),
        )
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "ncols": 2}
        left.legend(**below)
        letter(left, f"Melt along x, {plan.candidates[0].name}")
        right.set(xlabel="x (mole fraction of oxides)", ylabel="Solidus (°C)", xlim=(0.0, 1.0))
        right.legend(**below)
        letter(right, "Solidus along x, all candidates")
        footnote(figure, f"{plan.pressure_kbar:g} kbar; both ends are stand-ins.")
    return figure

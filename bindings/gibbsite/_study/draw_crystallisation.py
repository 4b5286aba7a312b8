"""Pictures of the part "crystallisation": liquid lines of descent, cumulates, rare earths."""

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gibbsite._inputs.composition import bulk
from gibbsite_datasets import load_bulks, load_ranges

from .assemblages import shown
from .canvas import (
    DATABASES,
    PAGE_MM,
    PUBLISHED,
    colour,
    footnote,
    letter,
    looks,
    name,
    sheet,
)
from .run import Run, needed
from .shelf import Tables
from .values import of_database

OXIDES = ("SiO2", "TiO2", "Al2O3", "FeO", "CaO")
STYLES = {"lava": "solid", "glass": "dashed"}
LEAST = 0.05
"""A mineral that never reaches this is not drawn [vol%]."""
ELEMENTS = {"La": "#332288", "Eu": "#44aa99", "Lu": "#cc6677"}


def draw(run: Run, tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure."""
    yield "fig2", _descent(run, tables)
    yield "fig2-cumulates", _cumulates(run, tables)
    yield "fig2-rare-earths", _traces(run, tables)


def _descent(run: Run, tables: Tables) -> Figure:
    plan = needed(run.study.crystallisation)
    bounds = load_ranges()[plan.beads].bounds_wt
    beads = [rock.bulk().wt for rock in run.study.subsolidus.rocks] if run.study.subsolidus else []
    with looks():
        figure, axes = sheet(PAGE_MM, 125.0, 2, 3)
        for oxide, panel in zip(OXIDES, axes.ravel(), strict=False):
            (x0, x1), (y0, y1) = bounds["MgO"], bounds[oxide]
            panel.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, color=PUBLISHED, lw=0))
            _published_rocks(panel, oxide)
            for database, fill in zip(run.study.databases, DATABASES, strict=False):
                rows = of_database(tables["liquids"], database)
                rows = rows[(rows["kind"] == "fractional") & (rows["melt_fraction"] > 0.0)]
                for rock, style in STYLES.items():
                    mine = rows[rows["rock"] == rock]
                    panel.plot(
                        mine["MgO"], mine[oxide], color=fill, ls=style, label=f"{rock}, {database}"
                    )
            if beads:
                panel.plot(
                    [wt["MgO"] for wt in beads], [wt[oxide] for wt in beads], "o", ms=3.5,
                    color="#b5360b", mec="black", mew=0.4, label="beads (stand-ins)",
                )  # fmt: skip
            panel.set(xlabel="MgO (wt%)", ylabel=f"{oxide} (wt%)", xlim=(0.0, None))
        key = axes[1, 2]
        handles, labels = axes[0, 0].get_legend_handles_labels()
        key.legend(handles, labels, loc="upper left", title="Fig. 2", alignment="left")
        key.axis("off")
        footnote(
            figure,
            f"Liquids of fractional crystallisation with the minimiser, {plan.pressure_kbar:g} kbar: "
            f"{plan.lava.bulk().name} (lava) and {plan.glass.bulk().name} (glass), both unverified. "
            "Shaded: published ranges of the beads.",
        )
    return figure


def _published_rocks(panel: Axes, oxide: str) -> None:
    """Draw the lunar rocks and glasses that were measured."""
    rocks = [
        bulk(record.key, ignore="outside").wt
        for record in load_bulks().values()
        if record.key.startswith("apollo-") and record.status == "measured"
    ]
    panel.plot(
        [wt["MgO"] for wt in rocks], [wt[oxide] for wt in rocks], "s", ms=3, color="#8fa3bf",
        mec="0.3", mew=0.3, label="Apollo basalts and glasses",
    )  # fmt: skip


def _cumulates(run: Run, tables: Tables) -> Figure:
    databases = run.study.databases
    with looks():
        figure, axes = sheet(
            PAGE_MM, 68.0 * len(databases) + 8.0, len(databases), 2, sharex=True, sharey=True
        )
        for row, database in enumerate(databases):
            for column, rock in enumerate(STYLES):
                panel = axes[row, column]
                table = of_database(tables["cumulates"], database)
                table = table[(table["rock"] == rock) & (table["kind"] == "fractional")]
                _stack(panel, table.dropna())
                letter(panel, f"{rock}, {database}")
        for panel in axes[:, 0]:
            panel.set_ylabel("Cumulate (vol%)")
        for panel in axes[-1]:
            panel.set_xlabel("Solidified (wt%)")
        footnote(figure, "All solids of fractional crystallisation up to each stage.")
    return figure


def _stack(panel: Axes, table: pd.DataFrame) -> None:
    minerals = table.drop(columns=["temperature_C", "melt_fraction", "database", "rock", "kind"])
    phases = shown(str(key) for key in minerals if minerals[key].max() > LEAST)
    solid = 100.0 * (1.0 - table["melt_fraction"])
    panel.stackplot(
        solid, *(table[key] for key in phases), colors=[colour(key) for key in phases],
        labels=[name(key) for key in phases], lw=0,
    )  # fmt: skip
    panel.set(xlim=(0.0, 100.0), ylim=(0.0, 100.0))
    panel.legend(loc="lower left", frameon=True, framealpha=0.8, edgecolor="none")


def _traces(run: Run, tables: Tables) -> Figure:
    with looks():
        figure, axes = sheet(PAGE_MM, 75.0, 1, len(run.study.databases), sharey=True)
        for panel, database in zip(axes[0], run.study.databases, strict=True):
            table = of_database(tables["traces"], database)
            table = table[table["rock"] == "lava"]
            for kind, style in (("fractional", "solid"), ("equilibrium", "dashed")):
                rows = table[table["kind"] == kind]
                for element, fill in ELEMENTS.items():
                    panel.plot(
                        100.0 * rows["melt_fraction"], rows[element], color=fill, ls=style,
                        label=f"{element}, {kind}",
                    )  # fmt: skip
            panel.set(xlabel="Melt left (wt%)", xlim=(100.0, 0.0), yscale="log", ylim=(0.9, 100.0))
            panel.legend(loc="upper left")
            letter(panel, f"Liquid of the lava, {database}")
        axes[0, 0].set_ylabel("Concentration / that of the rock")
        footnote(
            figure,
            "With partition coefficients along the computed path; clinopyroxene below Wo 25 as "
            "pigeonite.",
        )
    return figure

"""Pictures of the part "crystallisation": liquid lines of descent, cumulates, rare earths."""

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gibbsite import bulk
from gibbsite_datasets import load_bulks, load_ranges

from .assemblages import CALCIC_WO
from .canvas import (
    DATABASES,
    PAGE_MM,
    PUBLISHED,
    as_drawn,
    colour,
    footnote,
    formula,
    key_of_minerals,
    letter,
    looks,
    sheet,
)
from .equations import WAY
from .plan import Crystallisation, StudyRock
from .run import Run, needed
from .shelf import Tables
from .values import of_database

OXIDES = ("SiO2", "TiO2", "Al2O3", "FeO", "CaO")
STYLES = {"lava": "solid", "glass": "dashed"}
LEAST = 0.05
"""A mineral that never reaches this is not drawn [wt%]."""
LABELS = ["temperature_C", "melt_fraction", "database", "rock", "kind"]
"""Columns of a table of cumulates that are no minerals."""
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
        figure, axes = sheet(PAGE_MM, 130.0, 2, 3)
        for oxide, panel in zip(OXIDES, axes.ravel(), strict=False):
            (x0, x1), (y0, y1) = bounds["MgO"], bounds[oxide]
            panel.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, color=PUBLISHED, lw=0))
            _published_rocks(panel, oxide)
            for way, fill in _ways(run, tables).items():
                rows = of_database(tables["liquids"], way)
                rows = rows[(rows["kind"] == "fractional") & (rows["melt_fraction"] > 0.0)]
                for rock, style in STYLES.items():
                    mine = rows[rows["rock"] == rock]
                    panel.plot(
                        mine["MgO"], mine[oxide], color=fill, ls=style, label=f"{rock}, {way}"
                    )
            if beads:
                panel.plot(
                    [wt["MgO"] for wt in beads], [wt[oxide] for wt in beads], "o", ms=3.5,
                    color="#ffb000", mec="black", mew=0.4, label="beads (stand-ins)",
                )  # fmt: skip
            panel.set(xlabel="MgO (wt%)", ylabel=f"{formula(oxide)} (wt%)", xlim=(0.0, None))
        key = axes[1, 2]
        handles, labels = axes[0, 0].get_legend_handles_labels()
        key.legend(handles, labels, loc="upper left", title="Fig. 2", alignment="left")
        key.axis("off")
        footnote(
            figure,
            f"Liquids of fractional crystallisation, {plan.pressure_kbar:g} kbar: "
            f"{_about_rock(plan.lava, 'lava')} and {_about_rock(plan.glass, 'glass')}. Shaded: "
            f"published ranges of the beads. {_about_equations(plan, tables)}",
        )
    return figure


def _ways(run: Run, tables: Tables) -> dict[str, str]:
    """Return the colour of each way to a liquid line: a database each, and equations."""
    ways = [*run.study.databases, *([WAY] if "limits" in tables else [])]
    return dict(zip(ways, DATABASES, strict=False))


def _about_rock(rock: StudyRock, what: str) -> str:
    made = rock.bulk()
    return f"{made.name} ({what}, {made.status})"


def _about_equations(plan: Crystallisation, tables: Tables) -> str:
    """Return what the reader of a line by equations must know."""
    if plan.equations is None:
        return ""
    outside = sorted(set(tables["limits"]["rock"]))
    text = (
        f"Equations: {', '.join(plan.equations.models)}, to {100 * plan.equations.until_melt_fraction:g} "
        "wt% of melt; no other mineral can form"
    )
    return f"{text}; outside their range for {' and '.join(outside)}." if outside else f"{text}."


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
    ways = list(_ways(run, tables))
    table = tables["weights"]
    table = table[table["kind"] == "fractional"]
    minerals = table.drop(columns=LABELS)
    phases = as_drawn(str(key) for key in minerals if minerals[key].max() > LEAST)
    with looks():
        figure, axes = sheet(
            PAGE_MM, 56.0 * len(ways) + 14.0, len(ways), 2, sharex=True, sharey=True
        )
        for row, way in enumerate(ways):
            for column, rock in enumerate(STYLES):
                panel = axes[row, column]
                mine = table[(table["rock"] == rock) & (table["database"] == way)]
                _stack(panel, mine[mine["melt_fraction"] < 1.0 - 1e-9], phases)
                letter(panel, f"{rock}, {way}")
        for panel in axes[:, 0]:
            panel.set_ylabel("Cumulate (wt%)")
        for panel in axes[-1]:
            panel.set_xlabel("Solidified (wt%)")
        key_of_minerals(figure, phases)
        footnote(
            figure,
            "All solids of fractional crystallisation up to each stage. "
            + _about_equations(needed(run.study.crystallisation), tables),
        )
    return figure


def _stack(panel: Axes, table: pd.DataFrame, phases: list[str]) -> None:
    solid = 100.0 * (1.0 - table["melt_fraction"])
    panel.stackplot(
        solid, *(table[key].fillna(0.0) for key in phases), colors=[colour(key) for key in phases],
        lw=0,
    )  # fmt: skip
    panel.set(xlim=(0.0, 100.0), ylim=(0.0, 100.0))


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
            f"With partition coefficients along the computed path; clinopyroxene below Wo {CALCIC_WO:g} as "
            "pigeonite.",
        )
    return figure

"""Pictures of the part "melting": the diagram, and how solidus and melt depend on the database."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure

from gibbsite import plot

from .canvas import DATABASES, PAGE_MM, PUBLISHED, footnote, letter, looks, sheet
from .canvas import name as phase_name
from .run import Run, needed
from .shelf import Tables
from .targets import published
from .values import of_database


def draw(run: Run, tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure."""
    for name in run.study.databases:
        path = run.section_file("melting", name)
        yield f"fig3a-{name}", plot(path, title=f"Fig. 3A with {name}: {_rock(run)}")
    yield "fig3a-melting", _curves(run, tables)


def _rock(run: Run) -> str:
    return needed(run.study.melting).rock.bulk().name


def _curves(run: Run, tables: Tables) -> Figure:
    plan = needed(run.study.melting)
    with looks():
        figure, axes = sheet(PAGE_MM, 75.0, 1, 2)
        left, right = axes[0]
        target = published(run.study.targets).get("solidus_range")
        if target is not None and target.low is not None and target.high is not None:
            left.axvspan(target.low, target.high, color=PUBLISHED, lw=0, label="published, ± 10 °C")
        for name, colour in zip(run.study.databases, DATABASES, strict=False):
            curves = of_database(tables["curves"], name)
            left.plot(curves["solidus_C"], curves["pressure_kbar"], color=colour, label=name)
            liquidus = curves[np.isfinite(curves["liquidus_C"])]
            left.plot(liquidus["liquidus_C"], liquidus["pressure_kbar"], "--", color=colour)
            melts = of_database(tables["melts"], name)
            right.plot(melts["temperature_C"], melts["liq"], color=colour, label=name)
        left.set(xlabel="Temperature (°C)", ylabel="Pressure (kbar)", ylim=(0.0, None))
        left.legend(loc="lower right")
        right.set(
            xlabel="Temperature (°C)", ylabel="Melt (vol%)", ylim=(0.0, 100.0),
            xlim=(plan.temperature_C.start, plan.temperature_C.stop),
        )  # fmt: skip
        right.legend(loc="lower right")
        letter(left, "Solidus (solid) and liquidus (dashed)")
        letter(right, f"Melt at {plan.melt_pressure_kbar:g} kbar")
        footnote(figure, f"{_rock(run)}. {_last_solids(run, tables)}")
    return figure


def _last_solids(run: Run, tables: Tables) -> str:
    """Say what is left of the rock where the diagram ends, with each database."""
    texts, pressure = [], needed(run.study.melting).melt_pressure_kbar
    for name in run.study.databases:
        hottest = of_database(tables["melts"], name).iloc[-1]
        there = [key for key in str(hottest["assemblage"]).split(" + ") if key != "liq"]
        solids = [f"{phase_name(key)} {hottest[key]:.1f} vol%" for key in there]
        texts.append(
            f"{name}, {hottest['temperature_C']:g} °C, {pressure:g} kbar: {' and '.join(solids) or 'nothing'} not melted."
        )
    return " ".join(texts)

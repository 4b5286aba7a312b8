"""Picture of the part "ensemble": how each quantity is distributed, and where it was published."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure

from .canvas import DATABASES, PAGE_MM, PUBLISHED, footnote, looks, name, sheet
from .ensemble import QUANTITIES, inside
from .run import Run, needed
from .shelf import Tables
from .subsolidus import LIMBS, MODES
from .targets import published
from .values import of_database

WORDS = {
    "cpx_over_ilm": "clinopyroxene / ilmenite",
    "Fo": "Fo of olivine (mol%)",
    **{key: f"{key} of clinopyroxene (mol%)" for key in LIMBS},
}


def draw(run: Run, tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure."""
    yield "fig3-ensemble", _histograms(run, tables)


def _histograms(run: Run, tables: Tables) -> Figure:
    plan, below = needed(run.study.ensemble), needed(run.study.subsolidus)
    targets = published(run.study.targets)
    judged = {each: inside(run, tables, each) for each in run.study.databases}
    with looks():
        figure, axes = sheet(PAGE_MM, 150.0, 4, 3)
        panels = axes.ravel()
        for key, panel in zip(QUANTITIES, panels, strict=False):
            target = targets.get(f"beads_{key}")
            samples = {}
            for database in run.study.databases:
                table = of_database(tables["pyroxenes" if key in LIMBS else "rocks"], database)
                if key in LIMBS:
                    table = table[table["phase"] == "cpx"]
                samples[database] = table[key].dropna().to_numpy()
            values = np.concatenate(list(samples.values()))
            if target is not None and target.low is not None and target.high is not None:
                panel.axvspan(target.low, target.high, color=PUBLISHED, lw=0)
            bins = np.linspace(values.min(), values.max(), 25).tolist() if len(values) else [0, 1]
            for (database, sample), colour in zip(samples.items(), DATABASES, strict=False):
                share = judged[database].get(key)
                text = "" if share is None else f" {100.0 * share.sum() / plan.rocks:.0f} %"
                panel.hist(
                    sample, bins=bins, histtype="step", color=colour, lw=1.0,
                    label=f"{database}{text}",
                )  # fmt: skip
            unit = " (vol%)" if key in MODES else ""
            panel.set(xlabel=WORDS.get(key, f"{name(key)}{unit}"), yticks=[])
            panel.legend(
                loc="lower left", bbox_to_anchor=(0.0, 0.98), ncols=2, handlelength=0.8,
                columnspacing=0.8, handletextpad=0.4, borderpad=0.1,
            )  # fmt: skip
        for panel in axes[:, 0]:
            panel.set_ylabel("rocks")
        for panel in panels[len(QUANTITIES) :]:
            panel.axis("off")
        footnote(
            figure,
            f"{plan.rocks} random rocks, seed {plan.seed}, each {below.below_solidus_C:g} °C below its own solidus at {1000.0 * below.pressure_kbar:g} bar. "
            "Shaded: published ranges; numbers: share of rocks inside, both clinopyroxenes of a "
            "rock counted.",
        )
    return figure

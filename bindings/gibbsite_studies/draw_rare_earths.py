"""Picture of the part "rare_earths": patterns of the mixtures, and their europium."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure

from gibbsite_datasets import RARE_EARTHS, load_traces

from .canvas import DATABASES, PAGE_MM, PUBLISHED, footnote, letter, looks, sheet
from .rare_earths import fractions_at
from .run import Run, needed
from .shelf import Tables
from .targets import published

SHOWN = (0.1, 0.2, 0.3, 0.4, 0.5)


def draw(run: Run, tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure."""
    yield "rare-earths", _patterns(run, tables)


def _patterns(run: Run, tables: Tables) -> Figure:
    plan = needed(run.study.rare_earths)
    mixtures, ends = tables["mixtures"], tables["ends"].set_index("name")
    places = np.arange(len(RARE_EARTHS))
    first = plan.kreep[0]
    with looks():
        figure, axes = sheet(PAGE_MM, 88.0, 1, 2, width_ratios=(1.4, 1.0))
        left, right = axes[0]
        left.axhspan(*plan.level, color=PUBLISHED, lw=0, label="beads, published level")
        mine = mixtures[mixtures["kreep"] == first]
        for share, grey in zip(SHOWN, np.linspace(0.75, 0.25, len(SHOWN)), strict=True):
            row = mine.iloc[(mine["fraction"] - share).abs().argmin()]
            pattern = row[list(RARE_EARTHS)].to_numpy(dtype=float)
            left.plot(places, pattern, "-", color=str(grey), lw=0.9)
            text = f"{100 * row['fraction']:.0f} %"
            left.annotate(
                f"{text} KREEP" if share == SHOWN[0] else text if share in SHOWN[::2] else "", (places[-1], pattern[-1]), fontsize=6,
                xytext=(3, 0), textcoords="offset points", va="center",
            )  # fmt: skip
        for (name, row), colour in zip(
            ends[list(RARE_EARTHS)].iterrows(), ("#44aa99", "#332288", "#aa4499"), strict=False
        ):
            text = load_traces()[str(name)].name if name in load_traces() else "cumulate (computed)"
            left.plot(places, row, "o-", ms=2.5, color=colour, label=text)
        left.set(
            yscale="log", xticks=places, xticklabels=list(RARE_EARTHS),
            ylabel="Concentration (x CI chondrite)", xlim=(-0.5, len(RARE_EARTHS) + 1.6), ylim=(0.4, 700.0),
        )  # fmt: skip
        left.legend(loc="lower left")
        letter(left, f"Cumulate with 10-50 % of {load_traces()[first].name}")
        target = published(run.study.targets).get("ree_dEu")
        if target is not None and target.low is not None and target.high is not None:
            right.axhspan(target.low, target.high, color=PUBLISHED, lw=0, label="beads, published")
        for key, colour in zip(plan.kreep, DATABASES, strict=False):
            mine = mixtures[mixtures["kreep"] == key]
            right.plot(
                100 * mine["fraction"], mine["dEu"], color=colour, label=load_traces()[key].name
            )
            low, high = (100 * share for share in fractions_at(tables, key, plan.level))
            right.axvspan(low, high, color=colour, alpha=0.15, lw=0)
        right.set(xlabel="KREEP (wt%)", ylabel="Eu anomaly", ylim=(0.15, 0.6), xlim=(0, 60))
        right.legend(loc="upper right")
        letter(right, "Eu; bands: mixtures at the beads' level")
        footnote(
            figure,
            f"Cumulate at {plan.cumulate_at:g} % solidified ({plan.sequence}), with "
            f"{100 * plan.trapped_liquid:g} % trapped liquid: a stand-in, computed with partition "
            "coefficients.",
        )
    return figure

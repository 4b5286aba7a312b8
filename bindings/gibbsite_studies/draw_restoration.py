"""Pictures of the part "restoration": magma-ocean sequences, and the restored assemblage."""

from collections.abc import Iterator

from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from gibbsite_datasets import MAGMA_OCEAN_MINERALS, load_magma_oceans

from .canvas import PAGE_MM, colour, footnote, letter, looks, name, sheet
from .restoration import PHASES, mean_and_range
from .run import Run, needed
from .shelf import Tables
from .targets import published
from .values import of_database


def draw(run: Run, tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure."""
    yield "fig4a", _sequences()
    for database in run.study.databases:
        yield f"fig4b-{database}", _restored(run, tables, database)


def _sequences() -> Figure:
    """Draw each model as a column: upward the share solidified, across it the minerals."""
    oceans = list(load_magma_oceans().values())
    with looks():
        figure, axes = sheet(PAGE_MM, 100.0)
        panel = axes[0, 0]
        seen = set()
        for place, ocean in enumerate(oceans):
            for step in ocean.steps:
                bottom = step.solid_to if step.solid_from is None else step.solid_from
                bottom = min(bottom, step.solid_to - 1.0) if step.solid_from is None else bottom
                left, total = place + 0.08, sum(step.modes_wt.values())
                for mineral in MAGMA_OCEAN_MINERALS:
                    share = 0.84 * step.modes_wt.get(mineral, 0.0) / total
                    if share:
                        seen.add(mineral)
                        block = Rectangle((left, bottom), share, step.solid_to - bottom)
                        block.set(facecolor=colour(mineral), edgecolor="white", lw=0.3)
                        panel.add_patch(block)
                    left += share
        panel.set(
            xlim=(0.0, len(oceans)), ylim=(0.0, 100.0), ylabel="Solidified (wt%)",
            xticks=[i + 0.5 for i in range(len(oceans))],
            xticklabels=[ocean.name.replace(" (", "\n(", 1) for ocean in oceans],
        )  # fmt: skip
        panel.tick_params(axis="x", length=0)
        panel.legend(
            handles=[
                Patch(color=colour(m), label=name(m)) for m in MAGMA_OCEAN_MINERALS if m in seen
            ],
            loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=9, columnspacing=0.9,
            handlelength=1.0, handletextpad=0.4,
        )  # fmt: skip
        footnote(
            figure,
            "Fig. 4A. Width of a block: wt% of the minerals of the step, as tabulated. Of Schmidt & "
            "Kraettli only the last steps are at hand.",
        )
    return figure


def _restored(run: Run, tables: Tables, database: str) -> Figure:
    plan = needed(run.study.restoration)
    summary = mean_and_range(of_database(tables["restored"], database))
    literature = tables["literature"].set_index("phase")
    target = published(run.study.targets).get("restored_ilm")
    r = summary.index.to_numpy()
    with looks():
        figure, axes = sheet(PAGE_MM, 90.0, 2, 2, sharex=True)
        for panel, phase in zip(axes.ravel(), PHASES, strict=True):
            low, high = literature.loc[phase, ["low", "high"]]
            panel.axhspan(low, high, color="0.9", lw=0, label="literature, late steps (wt%)")
            mean, least, most = (summary[phase, each] for each in ("mean", "min", "max"))
            errors = [mean - least, most - mean]
            panel.errorbar(
                r, mean, errors, fmt="o", ms=2.5, lw=0.7, color=colour(phase), ecolor="0.45",
                mec="black", mew=0.3, label="mean and range of the beads",
            )  # fmt: skip
            panel.axvspan(0.2, 0.3, color="#c9d8ea", alpha=0.5, lw=0, label="70-80 % floated")
            if phase == "ilm" and target is not None:
                text = f"published, {target.published} vol%"
                for level in (target.low, target.high):
                    if level is not None:
                        panel.axhline(level, color="0.3", lw=0.6, ls="--", label=text)
                        text = ""
            panel.set(ylim=(0.0, None), ylabel=f"{name(phase)} (vol%)")
        handles, labels = axes[0, 1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=4, handlelength=1.2)
        for panel in axes[1]:
            panel.set_xlabel("Residual anorthite (share of all)")
        letter(axes[0, 0], f"Fig. 4B with {database}: {plan.quartz:g} vol% of quartz in the whole")
        footnote(figure, "Restored from the modes of the stand-in beads, spinel left out.")
    return figure

"""Picture of the part "components": rocks in the first two, loadings, vectors of minerals."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure

from .canvas import PAGE_MM, colour, footnote, formula, letter, looks, sheet
from .run import Run
from .shelf import Tables

GROUPS = {
    "basalt": ("Olivine basalt 12009", "*", "#cc3311", 11.0),
    "bead": ("high-Ti beads (stand-ins)", "o", "#b5360b", 5.0),
    "other": ("Apollo basalts and glasses", "s", "#8fa3bf", 4.5),
}


def draw(run: Run, tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure."""
    yield "principal-components", _biplot(tables)


def _biplot(tables: Tables) -> Figure:
    scores, loadings = tables["scores"], tables["loadings"]
    shares = 100.0 * loadings["explained"]
    with looks():
        figure, axes = sheet(PAGE_MM, 88.0, 1, 2, width_ratios=(1.5, 1.0))
        left, right = axes[0]
        basalt = scores[scores["group"] == "basalt"].iloc[0]
        line = tables["line"]
        left.plot(line["PC1"], line["PC2"], "-", color=colour("ilm"), lw=0.8)
        inside = line[line["inside"] == line["of"]]
        if len(inside):
            left.plot(
                inside["PC1"], inside["PC2"], "-", color=colour("ilm"), lw=3.0, alpha=0.5,
                label="with ilmenite, inside all published ranges",
            )  # fmt: skip
        for group, (text, marker, fill, size) in GROUPS.items():
            mine = scores[scores["group"] == group]
            left.plot(
                mine["PC1"], mine["PC2"], marker, color=fill, ms=size, mec="black", mew=0.4,
                ls="none", label=text,
            )  # fmt: skip
        for mineral, fill in (("ilmenite", colour("ilm")), ("plagioclase", "#3d85b0")):
            vector = tables["vectors"].set_index("mineral").loc[mineral]
            left.annotate(
                "", xytext=(basalt["PC1"], basalt["PC2"]),
                xy=(basalt["PC1"] + vector["PC1"], basalt["PC2"] + vector["PC2"]),
                arrowprops={"arrowstyle": "-|>", "color": fill, "lw": 1.6, "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
            right_of = vector["PC1"] > 0.0
            left.annotate(  # beyond the head, below the line that goes on from it
                f"+10 % {mineral}",
                (basalt["PC1"] + vector["PC1"], basalt["PC2"] + vector["PC2"]),
                xytext=(4, -7) if right_of else (-4, 3), textcoords="offset points", color=fill,
                fontsize=6, ha="left" if right_of else "right",
            )  # fmt: skip
        left.set(xlabel=f"PC1 ({shares[0]:.0f} %)", ylabel=f"PC2 ({shares[1]:.0f} %)")
        left.axhline(0.0, color="0.85", lw=0.5, zorder=0)
        left.axvline(0.0, color="0.85", lw=0.5, zorder=0)
        left.legend(loc="best")
        letter(left, "Scores of z-scored major oxides")
        oxides = [str(column) for column in loadings if column not in ("component", "explained")]
        for oxide in oxides:
            x, y = loadings[oxide].iloc[0], loadings[oxide].iloc[1]
            right.annotate(
                "", xytext=(0, 0), xy=(x, y),
                arrowprops={"arrowstyle": "-|>", "color": "0.3", "lw": 0.9, "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
            reach = np.hypot(x, y)
            away = 1.0 + 0.11 / reach if reach > 0.0 else 1.0
            right.text(away * x, away * y, formula(oxide), ha="center", va="center")
        right.set(
            xlim=(-0.95, 0.95),
            ylim=(-0.95, 0.95),
            xlabel="PC1",
            ylabel="PC2",
            aspect="equal",
            xticks=(-0.5, 0.0, 0.5),
            yticks=(-0.5, 0.0, 0.5),
        )
        right.axhline(0.0, color="0.85", lw=0.5, zorder=0)
        right.axvline(0.0, color="0.85", lw=0.5, zorder=0)
        letter(right, "Loadings")
        footnote(
            figure,
            "The publication's analyses are not public: this shows its method on compositions that "
            "are; beads are stand-ins, and so is the basalt, for that of the landing site.",
        )
    return figure

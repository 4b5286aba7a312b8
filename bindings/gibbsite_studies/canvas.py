"""Sheets that the pictures of a study are drawn on: sizes, colours of minerals, files."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from gibbsite.errors import StoreError

# As in diagrams [pt].
FONT: Final = "DejaVu Sans"
AXIS_SIZE: Final = 8.0
TICK_SIZE: Final = 7.0
TEXT_SIZE: Final = 6.0
STRONG: Final = 1.5
MM: Final = 1.0 / 25.4
PAGE_MM: Final = 180.0
SUFFIXES: Final = (".pdf", ".png")
DPI: Final = 200.0
PUBLISHED: Final = "#e8dcc0"
"""Behind what was published."""
# Of equal prominence, told apart by eyes that confuse red and green (after P. Tol's muted scheme);
# melt first, then silicates, oxides, silica.
MINERALS: Final[dict[str, str]] = {
    "liq": "#e8743b",
    "ol": "#6a9a3b",
    "opx": "#b5a642",
    "pig": "#ddcc77",
    "cpx": "#44aa99",
    "g": "#882255",
    "fsp": "#a6cee3",
    "pl": "#a6cee3",
    "spl": "#aa4499",
    "sp": "#aa4499",
    "ilm": "#332288",
    "q": "#e3d8d0",
    "qtz": "#e3d8d0",
    "ap": "#cc6677",
}
NAMES: Final[dict[str, str]] = {
    "ol": "olivine",
    "opx": "orthopyroxene",
    "pig": "pigeonite",
    "cpx": "clinopyroxene",
    "fsp": "anorthite",
    "pl": "plagioclase",
    "ilm": "ilmenite",
    "spl": "spinel",
    "sp": "spinel",
    "q": "quartz",
    "qtz": "quartz",
    "ap": "apatite",
    "g": "garnet",
    "liq": "melt",
}
DATABASES: Final = ("#1f3b73", "#b5360b", "#4b7a2b", "#7a4b9a")
"""Of the databases of a study, in turn."""
MARKERS: Final = ("o", "s", "D", "^", "v", "<", ">", "P", "X")


@contextmanager
def looks() -> Iterator[None]:
    """Set type and lines as in the diagrams."""
    settings: Any = {
        "font.family": FONT,
        "font.size": TICK_SIZE,
        "axes.labelsize": AXIS_SIZE,
        "axes.titlesize": AXIS_SIZE,
        "axes.titlelocation": "left",
        "axes.linewidth": 0.8,
        "xtick.labelsize": TICK_SIZE,
        "ytick.labelsize": TICK_SIZE,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "legend.fontsize": TEXT_SIZE,
        "legend.frameon": False,
        "lines.linewidth": 1.1,
        "pdf.fonttype": 42,
        "text.hinting": "none",  # letters where they were measured, not at whole pixels
    }
    with matplotlib.rc_context(settings):
        yield


def sheet(
    width_mm: float, height_mm: float, rows: int = 1, columns: int = 1, **shared: Any
) -> tuple[Figure, NDArray[Any]]:
    """Return a figure and its axes, shape (rows, columns), set out so that nothing overlaps."""
    figure = Figure(figsize=(width_mm * MM, height_mm * MM), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **shared)
    return figure, np.asarray(axes)


def colour(mineral: str) -> str:
    """Return the colour of a mineral; grey for one that has none."""
    return MINERALS.get(mineral, "#999999")


def name(mineral: str) -> str:
    """Return a mineral in words."""
    return NAMES.get(mineral, mineral)


def as_drawn(minerals: Iterable[str]) -> list[str]:
    """Return minerals in the order of `MINERALS`, others after them."""
    order = {mineral: number for number, mineral in enumerate(MINERALS)}
    return sorted(minerals, key=lambda mineral: (order.get(mineral, len(order)), mineral))


def formula(oxide: str) -> str:
    """Return an oxide with its numbers set low."""
    return re.sub(r"(\d+)", r"$_{\1}$", oxide)


def key_of_minerals(figure: Figure, minerals: Iterable[str]) -> None:
    """Say above a figure what the colours of minerals are."""
    handles = [Patch(color=colour(mineral), label=name(mineral)) for mineral in minerals]
    figure.legend(
        handles=handles, loc="outside upper center", ncols=len(handles), columnspacing=0.9,
        handlelength=1.0, handletextpad=0.4,
    )  # fmt: skip


def letter(axes: Axes, text: str) -> None:
    """Write the letter or title of a panel above it."""
    axes.set_title(text, loc="left")


def footnote(figure: Figure, text: str) -> None:
    """Write below a figure what its reader must know."""
    figure.supxlabel(text, fontsize=TEXT_SIZE, x=0.01, ha="left", wrap=True)


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure as PDF and PNG; return the files."""
    undated: dict[str, dict[str, Any]] = {".pdf": {"CreationDate": None, "ModDate": None}}
    paths = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with looks():
            for path in paths:
                figure.savefig(path, dpi=DPI, metadata=undated.get(path.suffix))
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}.") from None
    return paths

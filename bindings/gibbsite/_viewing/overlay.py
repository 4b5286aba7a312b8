"""Paths drawn in the diagram: where in pressure and temperature a rock went."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._store.file import open as open_result
from gibbsite.errors import InputError

from .result import Result

COLOURS: Final = ("#b2182b", "#2166ac", "#1b7837", "#762a83")
AXES: Final = {"pressure_kbar", "temperature_C"}


@dataclass(frozen=True, slots=True)
class Track:
    """One path.

    Attributes
    ----------
    name : str
        Of its file.
    pressure_kbar, temperature_C : ndarray, shape (n,)
        kbar, degC.
    """

    name: str
    pressure_kbar: NDArray[np.float64]
    temperature_C: NDArray[np.float64]


def read_track(path: Path) -> Track:
    """Return the path of a file that `gibbsite path` wrote; InputError if it is none."""
    with open_result(path) as dataset:
        if "step" not in dataset.dims or not set(map(str, dataset.variables)) >= AXES:
            raise InputError(f"{path} is no path: write one with gibbsite path ... -o run.h5.")
        return Track(
            path.stem,
            np.asarray(dataset["pressure_kbar"].values, dtype=np.float64),
            np.asarray(dataset["temperature_C"].values, dtype=np.float64),
        )


def draw_tracks(plot: Any, result: Result, tracks: Sequence[Track]) -> None:
    """Draw paths in a figure; raises InputError where it is not of pressure and temperature."""
    if not tracks:
        return
    y, x = result.axes
    if {x.name, y.name} != AXES:
        raise InputError(
            f"{result.name} is no diagram of pressure and temperature: no path is drawn in it."
        )
    for number, track in enumerate(tracks):
        colour = COLOURS[number % len(COLOURS)]
        xs, ys = getattr(track, x.name), getattr(track, y.name)
        plot.line(xs, ys, line_color=colour, line_width=2.5, legend_label=track.name)
        plot.scatter(xs[[0, -1]], ys[[0, -1]], size=8, line_color=colour, fill_color="white")
    plot.legend.background_fill_alpha = 0.8

"""What the page knows of a result: its fields, and a few numbers at every point for the cursor."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._drawing.exact import fields_to_draw
from gibbsite._drawing.fields import FAILED, Fields, find_fields
from gibbsite._drawing.plot_text import axis_labels
from gibbsite._drawing.rims import Rims
from gibbsite._drawing.source import section_of
from gibbsite._inputs.names import label_order
from gibbsite._section.axes import POTENTIALS
from gibbsite._section.section import Section
from gibbsite._store.distinct import distinct_rows
from gibbsite._store.file import open as open_result
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_engine.status import STATUS_MESSAGES

Grid = NDArray[np.uint16]

MODE_STEPS: Final = 50_000
"""Steps of a mode from 0 to 1: 0.002 vol%."""
TOP: Final = 0xFFFF
"""A point without an answer has the number TOP - its status in place of its field."""
MOST_FIELDS: Final = 60_000
_INSTANCES: Final = 16
"""More than a phase can have."""
_LAST: Final = 0x7FFF


@dataclass(frozen=True, slots=True)
class Side:
    """One axis of the diagram.

    Attributes
    ----------
    name, label, unit : str
        Coordinate, what to write at the axis, and what to write behind a value.
    values : ndarray, shape (n,)
        Rising, equally spaced.
    """

    name: str
    label: str
    unit: str
    values: NDArray[np.float64]

    @property
    def prefix(self) -> str:
        """What to write before a value that has no unit."""
        return {"x": "x = "}.get(self.name, f"{self.label} = " if self.name in POTENTIALS else "")

    @property
    def step(self) -> float:
        """Distance between neighbours."""
        return float(np.ptp(self.values)) / (len(self.values) - 1)

    @property
    def decimals(self) -> int:
        """Digits after the point that tell neighbours apart."""
        return max(0, int(np.ceil(-np.log10(self.step) + 0.3)))

    def nearest(self, value: float) -> int:
        """Return the index of the value nearest to the given one."""
        place = round((value - float(self.values[0])) / self.step)
        return min(max(place, 0), len(self.values) - 1)

    def text(self, value: float) -> str:
        """Return a value as people read it."""
        return f"{self.prefix}{value:.{self.decimals}f}{self.unit}"


@dataclass(frozen=True)
class Result:
    """A section, as a page shows it; of one rock.

    Attributes
    ----------
    name : str
        What to call it in a list.
    dataset : xarray.Dataset
        The result, opened.
    path : Path
        Its file.
    fields : Fields
        Connected parts of equal assemblage on the grid: what the cursor and profiles name.
    drawn : Fields
        The same to be drawn, between exact lines where the file has them.
    """

    name: str
    dataset: xr.Dataset
    path: Path
    fields: Fields
    drawn: Fields

    @property
    def title(self) -> str:
        """One line for people."""
        return str(self.dataset.attrs.get("title", ""))

    @cached_property
    def section(self) -> Section | None:
        """What it was computed from, None if it does not say."""
        return section_of(self.dataset)

    @cached_property
    def rims(self) -> Rims:
        """What isopleths are drawn in."""
        return Rims(self.dataset, self.drawn)

    @cached_property
    def axes(self) -> tuple[Side, Side]:
        """The vertical and the horizontal axis."""
        units = {"temperature_C": " °C", "pressure_kbar": " kbar"}
        first, second = (
            Side(
                name,
                axis_labels(name, self.section)[0],
                units.get(name, ""),
                np.asarray(self.dataset[name].values, dtype=np.float64),
            )
            for name in self.fields.axes
        )
        return first, second

    @cached_property
    def variances(self) -> NDArray[np.float64]:
        """Variance at every point, NaN where it failed."""
        of_field = np.array([field.variance for field in self.fields.fields] + [np.nan])
        return np.asarray(of_field[self.fields.labels])

    @cached_property
    def grids(self) -> tuple[Grid, ...]:
        """What the cursor reads, each of shape (ny, nx).

        The first holds the number of the field, or `TOP` minus the status where the point failed.
        The one after it holds the volume fraction of the first phase of that field's names in
        steps of 1 / `MODE_STEPS`, the next that of the second, and so on.
        """
        self.dataset["volume_fraction"].load()  # from now on asked for again and again
        status = np.asarray(self.dataset["status"].values, dtype=np.int64)
        labels = np.where(self.fields.labels == FAILED, TOP - status, self.fields.labels)
        return (labels.astype(np.uint16), *_modes_by_rank(self.dataset))

    @cached_property
    def failures(self) -> dict[str, str]:
        """Number in the first grid -> why the point has no answer."""
        names = str(self.dataset["status"].attrs.get("flag_meanings", "")).split()
        found = np.unique(self.dataset["status"].values[self.fields.labels == FAILED])
        return {str(TOP - int(code)): _reason(int(code), names) for code in found}

    def index(self, y: float, x: float) -> tuple[int, int]:
        """Return row and column of the point nearest to a place in the diagram."""
        return self.axes[0].nearest(y), self.axes[1].nearest(x)

    def place(self, row: int, column: int) -> dict[str, float]:
        """Return the coordinates of a point by name."""
        indices = zip(self.axes, (row, column), strict=True)
        return {axis.name: float(axis.values[i]) for axis, i in indices}


def load(path: Path, rock: str | None = None, *, exact: bool | None = False) -> Result:
    """Open a file, of many rocks one of them.

    Parameters
    ----------
    path : Path
        A result file.
    rock : str, optional
        Which one, in a result of many.
    exact : bool or None
        As in `fields_to_draw`.

    Raises
    ------
    StoreError
        If there is no such file, or it is damaged, unfinished, foreign or newer than this version.
    InputError
        If it is no diagram, or the rock is not one of its rocks.
    """
    dataset = open_result(path)
    try:
        title = path.name
        if "rock" in dataset.dims:
            dataset, title = _one_rock(dataset, rock), f"{path.name}: {rock}"
        elif rock is not None:
            raise InputError(f"{path} is of one rock; leave out --rock.")
        for name in ("status", "phase_id", "instance"):
            dataset[name].load()  # these are asked for again and again
        fields = find_fields(dataset)
        if len(fields.fields) > MOST_FIELDS:
            raise InputError(f"{path} has {len(fields.fields)} fields; {MOST_FIELDS} can be shown.")
        at_points = exact is False and not dataset.gb.has_lines()
        drawn = fields if at_points else fields_to_draw(dataset, exact)
    except BaseException:
        dataset.close()
        raise
    return Result(title, dataset, path, fields, drawn)


def _one_rock(dataset: xr.Dataset, rock: str | None) -> xr.Dataset:
    names = [str(name) for name in dataset["rock"].values]
    if rock not in names:
        raise InputError(f"there is no rock {rock!r}: {did_you_mean(str(rock), names)}")
    one = dataset.sel(rock=rock).assign_attrs(title=f"{rock}: {dataset.attrs['title']}")
    one.set_close(dataset.close)
    return one


def _reason(code: int, names: list[str]) -> str:
    name = names[code] if code < len(names) else f"status {code}"
    message = STATUS_MESSAGES[code] if code < len(STATUS_MESSAGES) else ""
    return f"{name}: {message}" if message else name


def _modes_by_rank(dataset: xr.Dataset) -> list[Grid]:
    """Return the modes in the order of labels: phases by `label_order`, instances in theirs."""
    keys = [str(name) for name in dataset["phase_name"].values]
    in_order = sorted(keys, key=label_order)
    ranks = np.array([in_order.index(key) for key in keys])
    ids, instances, volumes = (
        dataset[name].transpose(..., "slot").values
        for name in ("phase_id", "instance", "volume_fraction")
    )
    of_point, kinds = distinct_rows(np.where(ids >= 0, ids * _INSTANCES + instances, -1))
    its, numbers = np.divmod(kinds, _INSTANCES)  # few: slots are put in order once for each kind
    places = np.where(kinds >= 0, ranks[its] * _INSTANCES + numbers, _LAST)
    slots = np.argsort(places, axis=-1, kind="stable")
    filled = np.sort(kinds >= 0, axis=-1)[:, ::-1]
    grids = []
    for k in range(int(filled.sum(axis=-1).max())):
        shares = np.take_along_axis(volumes, slots[of_point, k, np.newaxis], -1)[..., 0]
        modes = np.where(filled[of_point, k], np.clip(np.nan_to_num(shares), 0.0, 1.0), 0.0)
        grids.append(np.rint(modes * MODE_STEPS).astype(np.uint16))
    return grids

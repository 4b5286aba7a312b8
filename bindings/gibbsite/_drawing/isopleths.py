"""Lines of equal mode, composition or density, and where their labels go on them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import contourpy
import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .labels import PAD, Label, Measure, box_at, upright

EDGE: Final = 0.5  # pt; nearer to the edge a path is taken to leave the diagram
MELT_LEVELS: Final = (20.0, 40.0, 60.0, 80.0)

Oxides = Mapping[str, NDArray[np.float64]]


def _ratio(parts: Mapping[str, float], whole: Mapping[str, float]) -> Callable[[Oxides], Any]:
    """Return a function for 100 parts / whole, each a sum of cations counted per oxide."""

    def of(oxides: Oxides) -> Any:
        above, below = (
            sum(weight * oxides[oxide] for oxide, weight in side.items()) for side in (parts, whole)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return 100.0 * np.asarray(above) / np.asarray(below)

    return of


_MG_FE = {"MgO": 1.0, "FeO": 1.0}
_QUAD = {"MgO": 1.0, "FeO": 1.0, "CaO": 1.0}
_FELDSPAR = {"CaO": 1.0, "Na2O": 2.0, "K2O": 2.0}
QUANTITIES: Final[Mapping[str, Callable[[Oxides], Any]]] = {
    "Mg#": _ratio({"MgO": 1.0}, _MG_FE),
    "Fo": _ratio({"MgO": 1.0}, _MG_FE),
    "En": _ratio({"MgO": 1.0}, _QUAD),
    "Fs": _ratio({"FeO": 1.0}, _QUAD),
    "Wo": _ratio({"CaO": 1.0}, _QUAD),
    "An": _ratio({"CaO": 1.0}, _FELDSPAR),
    "Ab": _ratio({"Na2O": 2.0}, _FELDSPAR),
    "Or": _ratio({"K2O": 2.0}, _FELDSPAR),
}
"""Name -> its value [mol%] from the oxides of a phase. Pyroxenes by their quadrilateral."""

SCALARS: Final[Mapping[str, tuple[str, str]]] = {
    "density": ("density", "kg/m³"),
    "gibbs_energy": ("Gibbs energy", "kJ/mol"),
    "entropy": ("entropy", "kJ/(K mol)"),
    "volume": ("volume", "kJ/(kbar mol)"),
}
"""Variable of the whole rock -> its name in words and its unit; per mole of oxides."""


@dataclass(frozen=True, slots=True)
class Isopleth:
    """One line of equal value.

    Attributes
    ----------
    quantity : str
        As it was asked for.
    level : float
        The value.
    path : MultiLineString
        Column and row of the grid, as floats.
    """

    quantity: str
    level: float
    path: Any


def default_isopleths(dataset: xr.Dataset) -> dict[str, Sequence[float]]:
    """Return melt at 20, 40, 60, 80 vol%, or nothing if there is no melt."""
    if "liq" not in dataset["phase_name"].values:
        return {}
    melt = dataset.gb.mode("liq").values
    return {"liq": MELT_LEVELS} if np.nanmax(melt, initial=0.0) > 0.0 else {}


def unit_of(quantity: str) -> str:
    """Return the unit of what isopleths show."""
    if quantity in SCALARS:
        return SCALARS[quantity][1]
    if quantity.startswith("mu."):
        return "kJ/mol"
    return "mol%" if "." in quantity else "vol%"


def find_isopleths(dataset: xr.Dataset, wanted: Mapping[str, Sequence[float]]) -> list[Isopleth]:
    """Return the lines asked for.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result on a grid.
    wanted : mapping of str to sequence of float
        Quantity -> levels. A quantity is a phase, "liq" [vol%]; a composition of one, "ol.Fo",
        "fsp.An", "cpx.Wo", "cpx1.Mg#" [mol%]; one of `SCALARS`, "density" [kg/m3] say; or
        "mu.SiO2" [kJ/mol].
    """
    found = []
    for quantity, levels in wanted.items():
        values = quantity_values(dataset, quantity)
        lines = contourpy.contour_generator(z=np.ma.masked_invalid(values), name="serial")
        for level in levels:
            parts = [part for part in lines.lines(float(level)) if len(part) > 1]
            if parts:
                found.append(Isopleth(quantity, float(level), shapely.MultiLineString(parts)))
    return found


def quantity_values(dataset: xr.Dataset, quantity: str) -> NDArray[np.float64]:
    """Return a quantity at every point of the grid; NaN where it has none.

    Parameters
    ----------
    dataset : xarray.Dataset
        A result on a grid.
    quantity : str
        As in `find_isopleths`; `unit_of` tells its unit.

    Raises
    ------
    InputError
        If there is no such quantity, or the result does not keep it.
    """
    if quantity in SCALARS:
        return _as_floats(_variable(dataset, quantity, quantity).values)
    name, _, what = quantity.partition(".")
    if name == "mu" and what:
        oxides = [str(oxide) for oxide in dataset["component"].values]
        if what not in oxides:
            raise InputError(f"isopleths of {quantity!r}: {did_you_mean(what, oxides)}")
        potentials = _variable(dataset, "chemical_potential", quantity)
        return _as_floats(potentials[..., oxides.index(what)].values)
    if not what:
        return 100.0 * _as_floats(dataset.gb.mode(quantity).values)
    if what not in QUANTITIES:
        raise InputError(f"isopleths of {quantity!r}: {did_you_mean(what, QUANTITIES)}")
    _variable(dataset, "phase_composition_mol", quantity)
    keys = [str(key) for key in dataset["phase_name"].values]
    numbered = re.fullmatch(r"(.*?)(\d*)", name)
    key = name if name in keys or numbered is None else numbered[1]
    one = dataset.gb.phase(key, instance=int(name[len(key) :] or 0))["phase_composition_mol"]
    return _as_floats(
        QUANTITIES[what]({str(c): one.sel(component=c).values for c in one["component"].values})
    )


def _as_floats(values: Any) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def _variable(dataset: xr.Dataset, name: str, quantity: str) -> xr.DataArray:
    if name not in dataset:
        raise InputError(f"isopleths of {quantity!r} need {name}, which this result does not keep.")
    return dataset[name]


def place_on_lines(
    paths: Sequence[Any],
    texts: Sequence[str],
    lines: Sequence[Any],
    frame: Any,
    measure: Measure,
    size: float,
) -> dict[int, Label]:
    """Return a label for each path: where it runs straight, far from other lines.

    Where there is no such place, the label stands outside, where the path leaves the diagram
    through its upper or right edge.

    Parameters
    ----------
    paths : sequence of MultiLineString
        Isopleths [pt].
    texts : sequence of str
        What to write on each.
    lines : sequence of geometry
        Other lines, which no label may touch [pt].
    frame : Polygon
        The diagram [pt].
    measure : callable
        Returns width and height of a text [pt].
    size : float
        Of the font [pt].
    """
    placed: dict[int, Label] = {}
    for i, (path, text) in enumerate(zip(paths, texts, strict=True)):
        others = [*lines, *(other for k, other in enumerate(paths) if k != i)]
        obstacles = shapely.union_all(others + [label.box for label in placed.values()])
        label = _on_line(path, text, obstacles, frame.buffer(-PAD), measure, size)
        if label is None:
            boxes = shapely.union_all([label.box.buffer(PAD / 2) for label in placed.values()])
            label = _at_end(path, text, boxes, frame, measure, size)
        if label is not None:
            placed[i] = label
    return placed


def _at_end(
    path: Any, text: str, boxes: Any, frame: Any, measure: Measure, size: float
) -> Label | None:
    width, height = measure(text, size)
    _, _, right, top = frame.bounds
    ends = [
        point.coords[0]
        for part in shapely.get_parts(path)
        for point in shapely.get_parts(part.boundary)
    ]
    places = [(x, top + height / 2 + 2 * PAD) for x, y in ends if abs(y - top) < EDGE]
    places += [(right + width / 2 + PAD, y) for x, y in ends if abs(x - right) < EDGE]
    for x, y in places:
        for shift in (0.0, 0.3, -0.3, 0.6, -0.6):
            place = (x + shift * width, y) if y > top else (x, y + shift * height)
            box = box_at(*place, width, height)
            if not boxes.intersects(box):
                return Label(text, *place, 0.0, size, box)
    return None


def _on_line(
    path: Any, text: str, obstacles: Any, frame: Any, measure: Measure, size: float
) -> Label | None:
    width, height = measure(text, size)
    shapely.prepare(obstacles)
    best, widest = None, PAD
    for part in shapely.get_parts(path):
        for s in np.arange(width, part.length - width, 2.0):
            a, middle, b = shapely.line_interpolate_point(part, [s - width / 2, s, s + width / 2])
            chord = shapely.LineString([a, b])
            if middle.distance(chord) > 0.15 * height:
                continue
            x, y = chord.centroid.coords[0]
            angle = upright(float(np.degrees(np.arctan2(b.y - a.y, b.x - a.x))))
            box = box_at(x, y, width, height, angle)
            room = shapely.distance(box, obstacles)
            if room > widest and frame.contains(box):
                best, widest = Label(text, x, y, angle, size, box), room
    return best

"""What the diagram can show: its fields, or one quantity as colours."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gibbsite._drawing.fields import FAILED
from gibbsite._inputs.names import RANGES, label_order, range_phases
from gibbsite._quantities.grammar import PER_MOLE, Quantity, parse

from .result import Result

FIELDS: Final = "fields"
# What is asked of a phase, or of a range of its compositions.
USUAL: Final = {
    "liq": ("Mg#", "SiO2", "MgO", "density"),
    "ol": ("Fo",),
    "opx": ("Mg#", "En", "Fs", "Wo"),
    "cpx": ("Mg#", "En", "Fs", "Wo", "Jd"),
    "aug": ("Mg#", "En", "Fs", "Wo"),
    "pig": ("Mg#", "En", "Fs", "Wo"),
    "pl": ("An", "Ab", "Or"),
    "afs": ("An", "Ab", "Or"),
    "spl": ("Mg#", "Cr#"),
    "ilm": ("Mg#",),
    "g": ("Mg#", "Grs", "Alm", "Prp"),
}
_ASKED: Final = 9
"""Points in which components are looked for; they lie in different rows and columns."""
# Variable -> (name in words, unit) of the certificate's numbers.
CERTIFICATE: Final = {
    "lowest_driving_force": ("lowest driving force", "kJ per mole of atoms"),
    "optimality_residual": ("optimality residual", "log10 of kJ"),
    "mass_residual": ("mass residual", "log10 of mol"),
    "iterations": ("iterations", ""),
}


@dataclass(frozen=True, slots=True)
class MapLayer:
    """One thing the diagram can show.

    Attributes
    ----------
    key : str
        `FIELDS`, a quantity as `ds.gb.quantity` takes it, or a key of `CERTIFICATE`.
    group, title, unit : str
        Heading it stands under, its name, and what its numbers are in.
    """

    key: str
    group: str
    title: str
    unit: str

    @property
    def label(self) -> str:
        """Title and unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def has_isopleths(self) -> bool:
        """Whether lines of equal value can be drawn, on the page and by `gibbsite.plot`."""
        return self.key != FIELDS and self.key not in CERTIFICATE


def find_layers(result: Result) -> tuple[MapLayer, ...]:
    """Return what can be shown of a result, in the order of a menu."""
    return (MapLayer(FIELDS, "Diagram", "fields by variance", ""), *_quantities(result))


def layer_values(result: Result, layer: MapLayer) -> NDArray[np.float32]:
    """Return the numbers behind the colours, shape (ny, nx); NaN where there is none."""
    if layer.key == FIELDS:
        return result.variances.astype(np.float32)
    if layer.key in CERTIFICATE:
        values = np.asarray(result.dataset[layer.key].values, dtype=np.float64)
        if layer.unit.startswith("log10"):
            values = np.log10(np.maximum(values, 1e-30))
        values = np.where(np.isnan(result.variances), np.nan, values)
    else:
        values = result.dataset.gb.quantity(layer.key).values
    return values.astype(np.float32)


def colour_range(values: NDArray[np.float32]) -> tuple[float, float]:
    """Return lowest and highest of the values, a little apart if they are one."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def menu(layers: Iterable[MapLayer]) -> dict[str, list[tuple[str, str]]]:
    """Return the options of a menu: heading -> (key, label) of each."""
    options: dict[str, list[tuple[str, str]]] = {}
    for layer in layers:
        options.setdefault(layer.group, []).append((layer.key, layer.label))
    return options


def _quantities(result: Result) -> Iterator[MapLayer]:
    dataset = result.dataset
    fields = result.fields.fields
    phases = sorted({phase for field in fields for phase in field.phases}, key=label_order)
    # A phase that is two things somewhere is asked for as either, as well as as one.
    named = {name for field in fields for name in field.names[0]}
    ranges = [name for name in RANGES if range_phases(name, phases) and name in named]
    for phase in phases:
        yield _layer("Modes", parse(phase))
    if "phase_composition_mol" in dataset:
        for name in ranges:
            yield _layer("Modes", parse(name))
        for name in (*phases, *ranges):
            for what in USUAL.get(name, ()):
                yield _layer("Compositions", parse(f"{name}.{what}", phases))
    for key in ("density", *PER_MOLE):
        if key in dataset:
            yield _layer("Rock", parse(key))
    if "chemical_potential" in dataset:
        for oxide in _with_potential(result):
            yield _layer("Potentials", parse(f"rock.mu.{oxide}"))
    for key, (title, unit) in CERTIFICATE.items():
        if key in dataset:
            yield MapLayer(key, "Certificate", title, unit)


def _with_potential(result: Result) -> list[str]:
    """Return the components that have a chemical potential somewhere: asked at a few points."""
    answered = np.argwhere(result.fields.labels != FAILED)
    some = answered[np.linspace(0, len(answered) - 1, _ASKED).astype(int)] if len(answered) else []
    told = [
        np.isfinite(
            result.dataset.gb.block("chemical_potential", (slice(y, y + 1), slice(x, x + 1)))
        )
        for y, x in some
    ]
    has = np.any(told, axis=(0, 1, 2)) if told else []
    names = result.dataset["component"].values
    return [str(name) for name, is_there in zip(names, has, strict=False) if is_there]


def _layer(group: str, quantity: Quantity) -> MapLayer:
    return MapLayer(quantity.text, group, quantity.words("full"), quantity.unit)

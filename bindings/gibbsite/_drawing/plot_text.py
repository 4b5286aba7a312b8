"""The words of a picture: axis labels, what the lines are, where the numbers come from."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.composition import Bulk, in_wt, name_with_water, with_status
from gibbsite._inputs.names import Convention
from gibbsite._inputs.water import FLUID_COUNTED, IN_EXCESS, WATER
from gibbsite._quantities.grammar import Quantity
from gibbsite._section.axes import POTENTIALS
from gibbsite._section.potential import component_of, words_of
from gibbsite._section.section import Section

from .fields import Fields

# A field below this area gets a label only if there is room: 0.1 % of a picture 180 mm wide.
SMALL_MM2: Final = 15.0
LABELS: Final = {
    "temperature_C": "Temperature (°C)",
    "pressure_kbar": "Pressure (kbar)",
    "x": "x (mole fraction of oxides)",
}


# Groups of quantities that name an oxide.
_OF_OXIDES: Final = ("oxide", "activity", "potential")
_SUBSCRIPTS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def formula(oxide: str) -> str:
    """Return an oxide as it is printed, Al₂O₃."""
    return oxide.translate(_SUBSCRIPTS)


def printed(meant: Quantity, convention: Convention = "full") -> str:
    """Return the words of a quantity as they are printed, Al₂O₃ of clinopyroxene."""
    words = meant.words(convention)
    return words.replace(meant.what, formula(meant.what)) if meant.group in _OF_OXIDES else words


def axis_labels(name: str, section: Section | None) -> tuple[str, ...]:
    """Return texts for an axis, the fullest first, the shortest last."""
    short = LABELS.get(name, name)
    if section is not None and name in POTENTIALS:
        return (words_of(section.along),)
    if name != "x" or section is None:
        return (short,)
    first, second = (rock.key or rock.name for rock in section.bulks)
    both = f"{first} → {second}"
    return (f"x (mole fraction of oxides, {both})", f"x (mole fraction of oxides,\n{both})", short)


def caption(
    dataset: xr.Dataset, fields: Fields, section: Section | None, bare: Sequence[float] = (),
    searched: NDArray[np.bool_] | None = None, small: float = 0.0, long: bool = True,
    notes: Sequence[str] = (),
) -> str:  # fmt: skip
    """Return what a reader must know: rocks, conditions, database, and what is not shown.

    Parameters
    ----------
    dataset, fields, section
        What is drawn.
    bare : sequence of float
        Shares of the area of the fields without a label.
    searched : ndarray of bool, optional
        Points that are dotted because their answers are not proved; None where that is not shown.
    small : float
        Share of the area below which a field gets a label only if there is room.
    long : bool
        Whether the compositions of the rocks are told, and what of them was left out.
    notes : sequence of str
        What else is to be said, of units say.
    """
    size = " x ".join(str(n) for n in fields.labels.shape)
    origin = f"Database {dataset.attrs.get('database', 'unknown')}"
    if sha := str(dataset.attrs.get("database_sha256", "")):
        origin += f" (sha256 {sha[:8]})"
    if version := dataset.attrs.get("gibbsite_version"):
        origin += f", gibbsite {version}"
    failed = fields.n_failed
    sentences = [
        *_rocks(section, long),
        *_assumed(section),
        *_conditions(dataset, fields),
        *notes,
        origin,
        f"{size} points, {f'{failed} failed (hatched)' if failed else 'none failed'}",
    ]
    if searched is not None:
        sentences.append(f"{100.0 * searched.mean():.1f} % of them searched, not proved (dotted)")
    if outside := dataset.attrs.get("outside_range"):
        sentences.append(str(outside)[0].upper() + str(outside)[1:])
    if section is not None and (section.open or section.along):
        along = {component_of(section.along): words_of(section.along)} if section.along else {}
        given = {**dict(section.open), **along}
        sentences.append("Open to " + ", ".join(f"{name} ({v})" for name, v in given.items()))
    if section is not None and section.windows:
        limits = ", ".join(f"{name} {a:g} to {b:g} wt%" for name, (a, b) in section.windows)
        sentences.append(f"Compositions limited to {limits}")
    if fields.note:
        sentences.append(fields.note)
    if bare:
        plural = "s" if len(bare) > 1 else ""
        below = f" below {100.0 * small:.2g} % of the area" if max(bare) < small else ""
        sentences.append(f"{len(bare)} field{plural}{below} without a label")
    return ". ".join(sentences) + "."


def _rocks(section: Section | None, long: bool) -> list[str]:
    if section is None:
        return []
    takes_water = WATER in dict(section.open) or section.along == WATER
    named = [_rock(rock, long, takes_water) for rock in section.bulks]
    if len(named) == 1:
        return named
    return [f"x = {end}: {name}" for end, name in enumerate(named)]


def _assumed(section: Section | None) -> list[str]:
    """Say what was not given but assumed of the rocks, and what that does to the numbers."""
    if section is None:
        return []
    said = list(dict.fromkeys(each for rock in section.bulks for each in rock.assumed))
    if not said:
        return []
    note = f" ({FLUID_COUNTED})" if IN_EXCESS in said else ""
    return [f"Assumed: {'; '.join(said)}{note}"]


def _rock(rock: Bulk, long: bool, takes_water: bool) -> str:
    """Return the name of a rock; at length its composition, how it was normalised, what was left out."""
    called = name_with_water(rock) if takes_water else rock.name
    name = with_status(called, rock.status)
    return f"{name}: {composition(rock.wt, in_wt(rock.left_out))}" if long else name


def composition(wt: Mapping[str, float], ignored: str) -> str:
    """Return a composition as captions tell it, how it was normalised, and what was left out."""
    there = ", ".join(f"{oxide} {share:.2f}" for oxide, share in wt.items() if share > 0.0)
    after = f" after {ignored} wt% were left out" if ignored else ""
    return f"{there} wt%, normalised to 100{after}"


def by_weight(dataset: xr.Dataset, moles: NDArray[np.float64]) -> dict[str, float]:
    """Return moles of the components of a dataset, shape (C,), in wt%."""
    weights = moles * dataset["molar_mass"].values
    oxides = (str(oxide) for oxide in dataset["component"].values)
    return dict(zip(oxides, (100.0 * weights / weights.sum()).tolist(), strict=True))


def _conditions(dataset: xr.Dataset, fields: Fields) -> list[str]:
    units = {"pressure_kbar": "kbar", "temperature_C": "°C"}
    return [
        f"{float(dataset[name]):g} {unit}"
        for name, unit in units.items()
        if name in dataset.coords and name not in fields.axes and dataset[name].ndim == 0
    ]

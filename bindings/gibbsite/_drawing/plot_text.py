"""The words of a picture: axis labels, what the lines are, where the numbers come from."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.names import RANGES, Convention, name_phase, name_range
from gibbsite._section.section import Section
from gibbsite.errors import GibbsiteError

from .fields import Fields
from .isopleths import SCALARS

SMALL: Final = 0.001  # a field below this share of the area gets a label only if there is room
LABELS: Final = {
    "temperature_C": "Temperature (°C)",
    "pressure_kbar": "Pressure (kbar)",
    "x": "x (mole fraction of oxides)",
}


def section_of(dataset: xr.Dataset) -> Section | None:
    """Return the section a result was computed from, None if it does not say."""
    try:
        return Section.from_text(str(dataset.attrs["section_toml"]))
    except (KeyError, GibbsiteError):
        return None


def axis_labels(name: str, section: Section | None) -> tuple[str, ...]:
    """Return texts for an axis, the fullest first, the shortest last."""
    short = LABELS.get(name, name)
    if name != "x" or section is None:
        return (short,)
    first, second = (rock.key or rock.name for rock in section.bulks)
    both = f"{first} → {second}"
    return (f"x (mole fraction of oxides, {both})", f"x (mole fraction of oxides,\n{both})", short)


def isopleth_name(quantity: str, convention: Convention) -> str:
    """Return what the isopleths show, for the key."""
    if quantity in SCALARS:
        return SCALARS[quantity][0]
    phase, _, what = quantity.partition(".")
    if phase == "mu" and what:
        return f"potential of {what}"
    name = name_range if phase in RANGES else name_phase
    return f"{what} of {name(phase, convention)}" if what else name(phase, "full")


def caption(
    dataset: xr.Dataset, fields: Fields, section: Section | None, bare: Sequence[float] = (),
    searched: NDArray[np.bool_] | None = None,
) -> str:  # fmt: skip
    """Return what a reader must know: rocks, conditions, database, and what is not shown.

    `bare` are the shares of the area of the fields without a label; `searched` the points that are
    dotted because their answers are not proved, None where that is not shown.
    """
    size = " x ".join(str(n) for n in fields.labels.shape)
    origin = f"Database {dataset.attrs.get('database', 'unknown')}"
    if sha := str(dataset.attrs.get("database_sha256", "")):
        origin += f" (sha256 {sha[:8]})"
    if version := dataset.attrs.get("gibbsite_version"):
        origin += f", gibbsite {version}"
    failed = fields.n_failed
    sentences = [
        *_rocks(section),
        *_conditions(dataset, fields),
        origin,
        f"{size} points, {f'{failed} failed (hatched)' if failed else 'none failed'}",
    ]
    if searched is not None:
        sentences.append(f"{100.0 * searched.mean():.1f} % of them searched, not proved (dotted)")
    if outside := dataset.attrs.get("outside_range"):
        sentences.append(str(outside)[0].upper() + str(outside)[1:])
    if fields.note:
        sentences.append(fields.note)
    if bare:
        plural = "s" if len(bare) > 1 else ""
        small = f" below {100.0 * SMALL:g} % of the area" if max(bare) < SMALL else ""
        sentences.append(f"{len(bare)} field{plural}{small} without a label")
    return ". ".join(sentences) + "."


def _rocks(section: Section | None) -> list[str]:
    if section is None:
        return []
    named = [
        rock.name
        if rock.status in (*rock.name.split(), "given")
        else f"{rock.name} ({rock.status})"
        for rock in section.bulks
    ]
    if len(named) == 1:
        return named
    return [f"x = {end}: {name}" for end, name in enumerate(named)]


def _conditions(dataset: xr.Dataset, fields: Fields) -> list[str]:
    units = {"pressure_kbar": "kbar", "temperature_C": "°C"}
    return [
        f"{float(dataset[name]):g} {unit}"
        for name, unit in units.items()
        if name in dataset.coords and name not in fields.axes and dataset[name].ndim == 0
    ]

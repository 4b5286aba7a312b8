"""Liquid lines of descent: fractional crystallisation with mineral-melt equations."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr

from gibbsite._inputs.composition import Bulk
from gibbsite._inputs.given import number
from gibbsite._inputs.limits import check_pressure_kbar
from gibbsite.errors import InputError

from .melt import Array, molar_masses, moles_of, oxides, weight_percent
from .model import Model, mineral_melt

DEFAULT_MODELS = ("ford-1983-ol", "langmuir-1992-pl", "langmuir-1992-cpx")


@dataclass
class _Descent:
    """Rows of a descent so far, and what is left of the melt [mol in 100 g of the first melt]."""

    melt: Array
    solids: Array
    temperatures: list[Array] = field(default_factory=list)
    melts: list[Array] = field(default_factory=list)
    cumulates: list[Array] = field(default_factory=list)
    outside: dict[str, None] = field(default_factory=dict)


def liquid_line(
    melt: Bulk | Mapping[str, float],
    *,
    pressure_kbar: float,
    models: str | Path | Model | Sequence[str | Path | Model] = DEFAULT_MODELS,
    until_melt_fraction: float = 0.3,
    increment: float = 0.001,
) -> xr.Dataset:
    """Crystallise a melt by mineral-melt equations and take every crystal away at once.

    In each step the mineral with the highest saturation temperature crystallises by a small
    increment; minerals that are saturated together take turns. Only the minerals of the models
    given can crystallise.

    Parameters
    ----------
    melt : Bulk or mapping of str to float
        A rock, or oxides by weight [wt%], MnO, NiO and P2O5 among them.
    pressure_kbar : float
        Pressure [kbar].
    models : sequence
        Names as `mineral_melt` takes them, folders, or objects that have what `MineralMelt` has.
    until_melt_fraction : float
        Mass of melt per mass of the first melt at which to stop; between 0 and 1.
    increment : float
        Mass that crystallises in a step, per mass of the melt left; 1e-5 to 0.05.

    Returns
    -------
    xarray.Dataset
        Along `step`: `temperature_C`, `melt_fraction`, `melt_composition_wt` by `component`, and by
        `model`: `saturation_temperature_C` (NaN where there is none), `removed_mass` and
        `solid_mass` [mass per mass of the first melt], and `solid_composition_wt`, the mean of
        what has crystallised. `attrs["outside_range"]` lists where a model was used outside its
        range, `attrs["end"]` says why it ended.

    Warns
    -----
    UserWarning
        If a model was used outside its range.

    Raises
    ------
    InputError
        If a model is not there, an input is wrong, or no mineral is saturated.
    """
    check_pressure_kbar(number("pressure_kbar", pressure_kbar, "kbar"))
    for name, value, low, high in (
        ("until_melt_fraction", until_melt_fraction, 0.0, 1.0),
        ("increment", increment, 1e-5, 0.05),
    ):
        if not low <= value <= high:
            raise InputError(f"{name} = {value!r} must be a number from {low:g} to {high:g}.")
    every = (models,) if isinstance(models, str | Path | Model) else models
    chosen = [mineral_melt(m) if isinstance(m, str | Path) else m for m in every]
    _check(chosen)
    first = moles_of(melt)
    state = _Descent(first.copy(), np.zeros((len(chosen), len(first))))
    end = ""
    while not end:
        end = _step(state, chosen, pressure_kbar, until_melt_fraction, increment)
    if state.outside:
        warnings.warn(
            f"outside the range of calibration: {'; '.join(state.outside)}.", stacklevel=2
        )
    return _label(state, chosen, pressure_kbar, end)


def _check(models: Sequence[Model]) -> None:
    for model in models:
        if not isinstance(model, Model):
            raise InputError(f"{model!r} is no mineral-melt model: it lacks what MineralMelt has.")
    keys = [model.key for model in models]
    if not keys or len(set(keys)) < len(keys):
        raise InputError(f"give one or more models, each once, not {keys}.")


def _step(
    state: _Descent, models: Sequence[Model], pressure_kbar: float, until: float, increment: float
) -> str:
    """Write a row and crystallise an increment; return why there is no next step, if so."""
    answers = [model.saturate(state.melt, pressure_kbar) for model in models]
    temperatures = np.array([temperature for temperature, _ in answers])
    if np.isnan(temperatures).all() and not state.melts:
        raise InputError(
            f"none of {', '.join(model.key for model in models)} is saturated in this melt."
        )
    state.temperatures.append(temperatures)
    state.melts.append(state.melt.copy())
    state.cumulates.append(state.solids.copy())
    if np.isnan(temperatures).all():
        return "no mineral is saturated"
    k = int(np.nanargmax(temperatures))
    for complaint in models[k].complaints(state.melt, pressure_kbar, float(temperatures[k])):
        # One for each quantity, with the value that was met first.
        if complaint.split(" = ")[0] not in {text.split(" = ")[0] for text in state.outside}:
            state.outside[complaint] = None
    masses = molar_masses()
    left = float(state.melt @ masses)
    if left <= 100.0 * until * (1.0 + 1e-12):
        return "the melt fraction asked for is reached"
    mineral = answers[k][1] / float(answers[k][1] @ masses)
    crystals = mineral * min(increment * left, left - 100.0 * until)
    if (crystals > state.melt).any():
        gone = oxides()[int(np.argmax(crystals - state.melt))].name
        return f"the melt does not hold the {gone} of the next {models[k].mineral}"
    state.melt -= crystals
    state.solids[k] += crystals
    return ""


def _label(state: _Descent, models: Sequence[Model], pressure_kbar: float, end: str) -> xr.Dataset:
    """Return the rows with names and units."""
    temperatures, melts = np.array(state.temperatures), np.array(state.melts)
    cumulates, masses = np.array(state.cumulates), molar_masses()
    solid = cumulates @ masses / 100.0
    weights = cumulates * masses
    total = weights.sum(axis=2, keepdims=True)
    mean = np.divide(100.0 * weights, total, out=np.full(weights.shape, np.nan), where=total > 0)
    by_model = ("step", "model")
    saturated = ~np.isnan(temperatures).all(axis=1)
    hottest = np.full(len(temperatures), np.nan)
    hottest[saturated] = np.nanmax(temperatures[saturated], axis=1)
    return xr.Dataset(
        {
            "melt_fraction": ("step", melts @ masses / 100.0, {"units": "1"}),
            "melt_composition_wt": (
                ("step", "component"),
                np.array([weight_percent(row) for row in melts]),
                {"units": "percent"},
            ),
            "saturation_temperature_C": (by_model, temperatures, {"units": "degC"}),
            "removed_mass": (by_model, np.diff(solid, axis=0, prepend=0.0), {"units": "1"}),
            "solid_mass": (by_model, solid, {"units": "1"}),
            "solid_composition_wt": ((*by_model, "component"), mean, {"units": "percent"}),
        },
        {
            "temperature_C": ("step", hottest, {"units": "degC"}),
            "model": [model.key for model in models],
            "mineral": ("model", [model.mineral for model in models]),
            "component": [oxide.name for oxide in oxides()],
        },
        {
            "pressure_kbar": pressure_kbar,
            "references": [model.reference for model in models],
            "outside_range": list(state.outside),
            "end": end,
        },
    )

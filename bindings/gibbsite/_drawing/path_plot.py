"""The picture of a path: all phases against temperature, and oxides of the melt against MgO."""

from collections.abc import Mapping
from typing import Any, Final

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from gibbsite._inputs.composition import with_status
from gibbsite._inputs.melt import MELT
from gibbsite._inputs.names import Convention, label_order, name_phase
from gibbsite.errors import InputError
from gibbsite_engine.status import CERTIFIED

from .picture import Picture
from .plot_text import by_weight, composition, formula
from .style import POINTS_PER_MM, UNHINTED, Style
from .units import Unit, dress

HEIGHT_MM: Final = (55.0, 62.0)  # of the two parts
LEAST: Final = 1e-4  # share of the rock that a solid must reach to be drawn
LEAST_WT: Final = 0.005
"""Of an oxide of the melt; less is below any analysis."""
OXIDES: Final = ("SiO2", "TiO2", "Al2O3", "FeO", "CaO", "Na2O", "K2O")


def is_path(dataset: xr.Dataset) -> bool:
    """Whether a result is that of `gibbsite.path`."""
    return "process" in dataset.attrs and "step" in dataset.dims


def plot_path(
    run: xr.Dataset,
    style: Style,
    width_mm: float,
    convention: Convention,
    title: str | None,
    units: Mapping[str, tuple[Unit, ...]] | None = None,
    long: bool = True,
) -> Picture:
    """Draw a path: what the rock consists of at each temperature, and how its melt evolves.

    Parameters
    ----------
    run : xarray.Dataset
        From `gibbsite.path`.
    style, width_mm, convention, title, units
        As of `plot`; the unit of what the path runs along is taken.
    long : bool
        Whether the caption tells the composition of the rock.

    Raises
    ------
    InputError
        If no point of it has an answer.
    """
    good = run.isel(step=np.flatnonzero(run["status"].values == CERTIFIED))
    if good.sizes["step"] < 2:
        raise InputError("this path has fewer than two points with an answer: there is no picture.")
    settings: Any = {"font.family": style.font, **UNHINTED}
    with matplotlib.rc_context(settings):
        melts = bool(np.isfinite(good["melt_composition_wt"].values).any())
        heights = HEIGHT_MM[: 1 + melts]
        inches = np.array([width_mm, sum(heights)]) * POINTS_PER_MM / 72.0
        figure = Picture(figsize=tuple(inches), layout="constrained")
        parts = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)
        above = parts[0, 0]
        name, text = _along(good)
        draw_shares(above, good[name].values, _shares(good), "wt%", style, convention)
        name_along(above, text, (units or {}).get(name, ()), style)
        if melts:
            _draw_melt(parts[1, 0], good, style)
        heading = f"{run.attrs['rock']}, {run.attrs['process']}" if title is None else title
        if heading:
            above.set_title(heading, fontsize=style.axis_size, loc="left")
        figure.supxlabel(
            _caption(run, long), fontsize=style.text_size, x=0.01, ha="left", wrap=True
        )
    return figure


def draw_shares(
    axes: Any,
    along: NDArray[np.float64],
    shares: Mapping[str, NDArray[np.float64]],
    unit: str,
    style: Style,
    convention: Convention,
) -> None:
    """Fill the share of each phase, melt the last of them in the key, as % of the rock."""
    fills = matplotlib.colormaps["tab20"](np.arange(len(shares)) % 20)
    if MELT in shares:
        fills[list(shares).index(MELT)] = (0.78, 0.25, 0.1, 0.85)
    names = ["fluid" if key == "fluid" else name_phase(key, convention) for key in shares]
    axes.stackplot(
        along, *(100.0 * share for share in shares.values()), labels=names, colors=fills,
        edgecolor="0.15", linewidth=style.line,
    )  # fmt: skip
    whole = np.sum(list(shares.values()), axis=0)
    axes.set(xlim=(along.min(), along.max()), ylim=(0.0, 100.0 * max(1.0, float(whole.max()))))
    axes.set_ylabel(f"{unit} of the rock", fontsize=style.axis_size)
    axes.tick_params(labelsize=style.tick_size)
    axes.legend(
        loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=style.text_size, frameon=False,
        reverse=True,
    )  # fmt: skip


def name_along(axes: Any, text: str, units: tuple[Unit, ...], style: Style) -> None:
    """Write what the horizontal axis is, in the first of some units if there is one."""
    for unit in units[:1]:
        dress(axes.xaxis, unit)
        text = unit.label
    axes.set_xlabel(text, fontsize=style.axis_size)


def _shares(run: xr.Dataset) -> dict[str, NDArray[np.float64]]:
    """Return the mass of melt, fluid and all solids so far, by phase, per mass of the rock."""
    solids = run["solid_mass"].fillna(0.0)
    states = {name: run[f"{name}_fraction"].fillna(0.0).values for name in ("melt", "fluid")}
    found = {
        str(key): solids.sel(phase=key).values
        for key in sorted(map(str, run["phase"].values), key=label_order)
        if key != MELT and float(solids.sel(phase=key).max()) >= LEAST
    }
    loose = {MELT: states["melt"], "fluid": states["fluid"]}
    return {key: share for key, share in loose.items() if share.max() >= LEAST} | found


def _along(run: xr.Dataset) -> tuple[str, str]:
    """Return the coordinate that the path runs along, and what to call it."""
    if np.ptp(run["temperature_C"].values) > 0.0:
        return "temperature_C", "Temperature (°C)"
    return "pressure_kbar", "Pressure (kbar)"


def _draw_melt(axes: Any, run: xr.Dataset, style: Style) -> None:
    """Draw oxides of the melt against its MgO, as Harker diagrams do against another oxide."""
    melt = run["melt_composition_wt"]
    there = np.isfinite(melt.sel(component="MgO").values)
    magnesia = melt.sel(component="MgO").values[there]
    for k, oxide in enumerate(name for name in OXIDES if name in melt["component"].values):
        values = melt.sel(component=oxide).values[there]
        if np.nanmax(values, initial=0.0) > 0.0:
            dashes = ("solid", "dashed", "dotted", "dashdot")[k % 4]
            axes.plot(
                magnesia, values, label=formula(oxide), linestyle=dashes, linewidth=2.0 * style.line
            )
    axes.set_yscale("log")
    axes.set_ylim(bottom=max(axes.get_ylim()[0], LEAST_WT))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel("MgO of the melt (wt%)", fontsize=style.axis_size)
    axes.set_ylabel("oxide of the melt (wt%)", fontsize=style.axis_size)
    axes.tick_params(labelsize=style.tick_size)
    axes.legend(
        loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=style.text_size, frameon=False
    )


def _rock(run: xr.Dataset, long: bool) -> str:
    """Return what the path is of; at length its composition, and what was left out of it."""
    name = with_status(str(run.attrs["rock"]), str(run.attrs["rock_status"]))
    if not long:
        return name
    wt = by_weight(run, np.asarray(run.attrs["rock_mol"]))
    return f"{name}: {composition(wt, str(run.attrs.get('left_out_wt', '')))}"


def _caption(run: xr.Dataset, long: bool) -> str:
    attributes = run.attrs
    pressure = run["pressure_kbar"].values
    ends = dict.fromkeys(f"{each:g}" for each in (pressure[0], pressure[-1]))
    origin = f"Database {attributes.get('database')}, gibbsite {attributes.get('gibbsite_version')}"
    parts = [
        _rock(run, long),
        f"{' to '.join(ends)} kbar. {origin}",
        f"{run.sizes['step']} points, {attributes['end']}",
    ]
    if "assimilated" in attributes:
        mass = float(run["assimilated_mass"].max())
        parts.append(f"Assimilated: {attributes['assimilated']}, {mass:.3g} per mass of the rock")
    if assumed := str(attributes.get("assumed", "")):
        parts.append(f"Assumed: {assumed}")
    for name in ("start", "outside_range"):
        if said := str(attributes.get(name, "")):
            parts.append(said[0].upper() + said[1:])
    return ".\n".join(parts) + "."

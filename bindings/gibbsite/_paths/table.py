"""Paths as tables: CSV in and out, and what to print."""

import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from gibbsite._inputs.given import names
from gibbsite._inputs.melt import MELT
from gibbsite._inputs.names import name_phases
from gibbsite._store.dataset_file import write_dataset
from gibbsite._store.head import PROGRAM
from gibbsite.errors import InputError
from gibbsite_engine.status import CERTIFIED, STATUS_NAMES

POINTS: Final = ("pressure_kbar", "temperature_C")
# As Thermobar and PetThermoTools have them; a phase without one goes by its key.
SUFFIXES: Final = {
    "liq": "Liq",
    "ol": "Ol",
    "opx": "Opx",
    "cpx": "Cpx",
    "fsp": "Fsp",
    "spl": "Sp",
    "g": "Grt",
    "ilm": "Ilm",
}
_PRINTED_ROWS: Final = 24


def read_points(path: Path) -> tuple[list[float], list[float]]:
    """Read pressures [kbar] and temperatures [degC] of the points of a path.

    Parameters
    ----------
    path : Path
        CSV with the columns pressure_kbar and temperature_C.

    Raises
    ------
    InputError
        If the table cannot be read or a cell is no number.
    """
    try:
        cells = pd.read_csv(
            path, header=None, dtype=str, keep_default_na=False, na_values=[""],
            skipinitialspace=True, encoding="utf-8-sig",
        )  # fmt: skip
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = str(getattr(error, "strerror", None) or error).strip()
        raise InputError(f"{path} cannot be read as a table: {reason}.") from None
    header = cells.iloc[0].fillna("").str.strip().tolist()
    for name in POINTS:
        if header.count(name) != 1:
            what = "twice the" if name in header else "no"
            raise InputError(
                f"{path} has {what} column {name}; its columns are {', '.join(header)}, and should be "
                f"{' and '.join(POINTS)}, with a comma between them."
            )
    if len(cells) < 2:
        raise InputError(f"{path} holds no points: a row for each is needed below the header.")
    pressures, temperatures = (
        [
            _number(path, row, name, text)
            for row, text in enumerate(cells[header.index(name)][1:], 1)
        ]
        for name in POINTS
    )
    return pressures, temperatures


def _number(path: Path, row: int, name: str, text: object) -> float:
    """Return the number of a cell of a table of points."""
    try:
        return float(str(text) if isinstance(text, str) else "")
    except ValueError:
        said = repr(text) if isinstance(text, str) else "an empty cell"
        raise InputError(f"{path}, row {row}: {name} = {said} is no number.") from None


# Of what is in equilibrium in a step, where the phase forms at all.
_USUAL: Final = ("liq.Mg#", "ol.Fo", "fsp.An", "cpx.Mg#")


def to_frame(run: xr.Dataset, quantities: Sequence[str] = ()) -> pd.DataFrame:
    """Return a path as a table, one row a step.

    Parameters
    ----------
    run : xarray.Dataset
        From `path`.
    quantities : str or sequence of str
        Further columns, of what takes part in each step, as `ds.gb.quantity` takes them.

    Returns
    -------
    pandas.DataFrame
        `pressure_kbar`, `temperature_C`, `status`, `melt_fraction`; the melt [wt%], `SiO2_Liq` and
        so on; the same of fluid, where there is any, `fluid_fraction` and `H2O_Fl`; of melt and fluid
        that were taken away, `removed_Liq` and `removed_fl`; for every mineral, `removed_Ol` and `solid_Ol` [wt% of the rock],
        `mode_Ol` [vol% of all solids], and its mean composition in all solids [wt%], `SiO2_Ol`. Of
        pooled melts `SiO2_Pooled`; of an assimilated rock `assimilated_mass`; of trace elements
        `La_Liq`, `La_Pooled`, `La_Ol` (in all of it so far) and `La_Solid` (in all solids). Then,
        of what takes part in the step: `assemblage`, `density` [kg/m3], `liq.Mg#`, `ol.Fo`, `fsp.An`,
        `cpx.Mg#` [mol%] of the phases that form, and the quantities asked for.
    """
    masses = run["molar_mass"].values
    oxides = [str(name) for name in run["component"].values]
    columns: dict[str, Any] = {name: run[name].values for name in POINTS}
    columns["status"] = [STATUS_NAMES[flag] for flag in run["status"].values]
    columns["melt_fraction"] = run["melt_fraction"].values
    for c, oxide in enumerate(oxides):
        columns[f"{oxide}_Liq"] = run["melt_composition_wt"].values[:, c]
    if _ever(run, "fluid"):
        columns["fluid_fraction"] = run["fluid_fraction"].values
        for c, oxide in enumerate(oxides):
            columns[f"{oxide}_Fl"] = run["fluid_composition_wt"].values[:, c]
    if _pooled(run):
        for c, oxide in enumerate(oxides):
            columns[f"{oxide}_Pooled"] = run["melt_total_composition_wt"].values[:, c]
    if "assimilated" in run.attrs:
        columns["assimilated_mass"] = run["assimilated_mass"].values
    others = [str(name) for name in run["phase"].values if name not in solids(run)]
    for phase in others:
        removed = run["removed_mass"].sel(phase=phase)
        if float(removed.max()) > 0.0:
            columns[f"removed_{SUFFIXES.get(phase, phase)}"] = 100.0 * removed.values
    for phase in solids(run):
        suffix = SUFFIXES.get(phase, phase)
        one = run.sel(phase=phase)
        columns[f"removed_{suffix}"] = 100.0 * one["removed_mass"].values
        columns[f"solid_{suffix}"] = 100.0 * one["solid_mass"].values
        columns[f"mode_{suffix}"] = 100.0 * one["solid_mode"].values
        weight = one["solid_composition_mol"].values * masses
        weight = 100.0 * weight / weight.sum(axis=1, keepdims=True)
        for c, oxide in enumerate(oxides):
            columns[f"{oxide}_{suffix}"] = weight[:, c]
    columns |= _traces(run)
    columns["assemblage"] = run.gb.assemblage().values
    columns["density"] = run["density"].values
    formed = {MELT, *solids(run)}
    wanted = [name for name in _USUAL if name.split(".")[0] in formed]
    for name in (*wanted, *names("quantities", quantities)):
        columns[name] = run.gb.quantity(name).values
    return pd.DataFrame(columns)


def _pooled(run: xr.Dataset) -> bool:
    """Whether melt is taken away, so that all of it is not that of the step."""
    return bool((run["removed_mass"].sel(phase=MELT).fillna(0.0) > 0.0).any())


def _traces(run: xr.Dataset) -> dict[str, Any]:
    """Return columns of trace elements, as `trace_elements` adds them; none without."""
    if "melt_trace" not in run:
        return {}
    whole = {"Liq": "melt_trace", "Pooled": "melt_total_trace", "Solid": "solid_total_trace"}
    if not _pooled(run):
        del whole["Pooled"]
    found = {suffix: run[name] for suffix, name in whole.items()}
    found |= {SUFFIXES.get(key, key): run["solid_trace"].sel(phase=key) for key in solids(run)}
    return {
        f"{element}_{suffix}": values.sel(element=element).values
        for suffix, values in found.items()
        for element in run["element"].values
    }


def write(run: xr.Dataset, path: Path, quantities: Sequence[str] = ()) -> None:
    """Write a path as CSV, or as HDF5 that is netCDF-4; a file that is there is replaced at the end.

    Parameters
    ----------
    run : xarray.Dataset
        From `path`.
    path : Path
        Ends in .csv, or in anything else for HDF5.
    quantities : str or sequence of str
        Further columns of a CSV; see `to_frame`.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=path.suffix)
    os.close(handle)
    try:
        if path.suffix.lower() == ".csv":
            to_frame(run, quantities).to_csv(name, index=False, float_format="%.8g")
        else:
            title = f"{run.attrs['rock']}, {run.attrs['process']}"
            write_dataset(run, Path(name), title, f"computed by {PROGRAM}")
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def solids(run: xr.Dataset) -> list[str]:
    """Return the minerals that a path holds at any step."""
    there = (run["solid_mass"].fillna(0.0) > 0.0).any("step").values
    return [str(name) for name in run["phase"].values[there]]


def _ever(run: xr.Dataset, state: str) -> bool:
    """Whether there is melt, or fluid, at any step."""
    return bool((run[f"{state}_fraction"].fillna(0.0) > 0.0).any())


def failures(run: xr.Dataset) -> str:
    """Return how many points failed and why, or nothing."""
    counts = Counter(int(flag) for flag in run["status"].values if flag != CERTIFIED)
    named = ", ".join(f"{n} {STATUS_NAMES[flag]}" for flag, n in sorted(counts.items()))
    return f"{sum(counts.values())} of {run.sizes['step']} points failed ({named})" if named else ""


def summary(run: xr.Dataset) -> str:
    """Return a path as text: some of its rows, those where phases change first, and its end.

    Parameters
    ----------
    run : xarray.Dataset
        From `path`.
    """
    rows = run.isel(step=_chosen(run))
    frame = pd.DataFrame(
        {
            "°C": rows["temperature_C"].values.round(2),
            "kbar": rows["pressure_kbar"].values,
            **_states(run, rows),
            "phases": [_phases(rows.isel(step=i)) for i in range(rows.sizes["step"])],
        }
    )
    last = run.isel(step=int(np.flatnonzero(run["status"] == CERTIFIED)[-1]))
    modes = [(float(last["solid_mode"].sel(phase=name)), name) for name in solids(run)]
    shares = ", ".join(
        f"{name} {100.0 * mode:.2f}" for mode, name in sorted(modes)[::-1] if mode > 0
    )
    said = [f"\n{run.attrs[name]}" for name in ("start", "outside_range") if name in run.attrs]
    return (
        f"{frame.to_string(index=False, na_rep='-')}\n\n"
        f"{run.sizes['step']} rows; {run.attrs['end']}; largest error of the mass balance "
        f"{float(run['balance_residual'].max()):.1e} mol\n"
        f"all solids, vol%: {shares or 'none'}" + "".join(said)
    )


def _states(run: xr.Dataset, rows: xr.Dataset) -> dict[str, Any]:
    """Return columns of the fluid and the melt, as far as there is any in a path."""
    columns: dict[str, Any] = {}
    if _ever(run, "fluid"):
        columns["fluid wt%"] = (100.0 * rows["fluid_fraction"].values).round(2)
    if _ever(run, "melt"):
        columns["melt wt%"] = (100.0 * rows["melt_fraction"].values).round(2)
        weights = rows["melt_composition_wt"].values
        for c in np.flatnonzero(np.nanmax(run["melt_composition_wt"].values, axis=0) > 0.0):
            columns[str(rows["component"].values[c])] = weights[:, c].round(2)
    return columns


def _chosen(run: xr.Dataset) -> list[int]:
    """Rows to print: first, last, those with new phases, and some between them."""
    n = run.sizes["step"]
    ids = run["phase_id"].values
    changes = [i for i in range(1, n) if not np.array_equal(ids[i], ids[i - 1])]
    even = np.linspace(0, n - 1, min(n, max(2, _PRINTED_ROWS - len(changes)))).round().astype(int)
    return sorted({*even.tolist(), *changes})


def _phases(row: xr.Dataset) -> str:
    if int(row["status"]) != CERTIFIED:
        return STATUS_NAMES[int(row["status"])]
    there = row["phase_id"].values >= 0
    keys = [str(row["phase_name"].values[i]) for i in row["phase_id"].values[there]]
    oxides = [str(name) for name in row["component"].values]
    moles = row["phase_composition_mol"].values[there].tolist()
    return " ".join(name_phases(keys, [dict(zip(oxides, each, strict=True)) for each in moles]))

"""What is in sight, as a file: a picture by `gibbsite.plot`, or its numbers."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from gibbsite._inputs.names import label_order
from gibbsite._store.dataset_file import write_dataset
from gibbsite.errors import InputError

from .result import Result

Isopleths = Mapping[str, Sequence[float]]
MOST_ROWS: Final = 300_000
MOST_BYTES: Final = 500_000_000
KINDS: Final = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "nc": "application/x-netcdf",
}
"""Suffix -> media type."""


def in_sight(result: Result, view: tuple[slice, slice]) -> xr.Dataset:
    """Return the part of a result that is in sight."""
    part = result.dataset.isel(dict(zip(result.fields.axes, view, strict=True)))
    size = " x ".join(str(part.sizes[name]) for name in result.fields.axes)
    return part.assign_attrs(grid_shape=size)


def as_file(result: Result, view: tuple[slice, slice], kind: str, isopleths: Isopleths) -> bytes:
    """Return what is in sight as the content of a file.

    Parameters
    ----------
    result : Result
        What is shown.
    view : (slice, slice)
        Rows and columns in sight.
    kind : str
        A key of `KINDS`.
    isopleths : mapping
        Those in a picture: quantity -> levels.

    Raises
    ------
    InputError
        If there is more in sight than a browser takes.
    """
    part = in_sight(result, view)
    if kind == "csv":
        return as_csv(columns_of(part))
    write = _write_netcdf if kind == "nc" else partial(_draw, isopleths=isopleths)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"view.{kind}"
        write(part, path, result)
        return path.read_bytes()


def as_csv(rows: pd.DataFrame) -> bytes:
    """Return a table as CSV."""
    return rows.to_csv(index=False, float_format="%.8g").encode()


def columns_of(part: xr.Dataset) -> pd.DataFrame:
    """Return a line for each point: where, outcome, assemblage, modes [vol%], the whole rock."""
    axes = [str(dim) for dim in part["status"].dims]
    if part["status"].size > MOST_ROWS:
        raise InputError(
            f"There are {part['status'].size} points in sight; zoom in to {MOST_ROWS} or fewer, "
            "or read the file itself with gibbsite.open."
        )
    values = np.meshgrid(*(part[name].values for name in axes), indexing="ij")
    data = {name: value.ravel() for name, value in zip(axes, values, strict=True)}
    names = np.array(str(part["status"].attrs.get("flag_meanings", "")).split() or ["certified"])
    data["status"] = names[part["status"].values.ravel()]
    data["assemblage"] = part.gb.assemblage().values.ravel()
    ids = part["phase_id"].values
    keys = [str(part["phase_name"].values[i]) for i in np.unique(ids[ids >= 0])]
    for key in sorted(keys, key=label_order):
        data[f"{key}_vol_percent"] = 100.0 * part.gb.mode(key).values.ravel()
    for name in ("density", "gibbs_energy", "entropy", "volume"):
        if name in part:
            data[name] = part[name].values.ravel()
    return pd.DataFrame(data)


def _draw(part: xr.Dataset, path: Path, _result: Result, *, isopleths: Isopleths) -> None:
    from gibbsite._drawing.plot import plot  # the engine, which a page has no other use for

    plot(part, path, isopleths=isopleths)


def _write_netcdf(part: xr.Dataset, path: Path, result: Result) -> None:
    if part.nbytes > MOST_BYTES:
        raise InputError(
            f"What is in sight takes {part.nbytes / 1e6:.0f} MB; zoom in to "
            f"{MOST_BYTES / 1e6:.0f} MB or less, or copy the file itself, {result.path.name}."
        )
    made = datetime.now(UTC).strftime("%Y-%m-%d")
    cut = f"{made}: cut out of {result.path.name} by gibbsite view"
    past = part.attrs.get("history")
    write_dataset(
        part.drop_vars("timing_tile", errors="ignore"),
        path,
        result.title,
        f"{past}\n{cut}" if past else cut,
    )

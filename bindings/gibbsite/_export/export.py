"""Write a result for another program."""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
import xarray as xr

from gibbsite._inputs.given import names
from gibbsite._inputs.properties import MELT_RULES, MeltRule
from gibbsite._inputs.relaxation import RELAXATIONS, Relaxation
from gibbsite._showing import html_fields
from gibbsite._store.file import open as open_result
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError, StoreError

from . import aspect, lamem, perplex, plain_netcdf
from .frames import FRAMES, WITH_QUANTITIES
from .grids import as_grid
from .points import ResultPoints


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes
    ----------
    path : Path
        Where.
    points : int
        ResultPoints in it.
    left_out : int
        ResultPoints of the result that are not, having no answer.
    """

    path: Path
    points: int
    left_out: int

    def _repr_html_(self) -> str:
        return html_fields(self)


@dataclass(frozen=True, slots=True)
class Request:
    """How to write it; see `export`."""

    failed: str
    kind: Relaxation
    melt: str
    quantities: tuple[str, ...]


def _perplex(dataset: xr.Dataset, path: Path, request: Request) -> tuple[int, int]:
    grid = as_grid(dataset, request.failed)  # type: ignore[arg-type]  # checked there
    table = perplex.columns(grid, request.kind, request.melt) | perplex.volume_fractions(grid)
    title = (
        f"{grid.title}; alpha, beta, cp {request.kind}; vp, vs with melt by {request.melt}{grid.fluid}; "
        f"database {_database(dataset)}"
    )
    perplex.write(path, grid, title, table, request.quantities)
    return grid.dataset["status"].size, grid.left_out


def _werami(dataset: xr.Dataset, path: Path, request: Request) -> tuple[int, int]:
    if not request.quantities:
        raise InputError("such a table holds what is asked for; name quantities, ol.Fo say.")
    grid = as_grid(dataset, request.failed)  # type: ignore[arg-type]
    perplex.write(path, grid, grid.title, {}, request.quantities)
    return grid.dataset["status"].size, grid.left_out


def _lamem(dataset: xr.Dataset, path: Path, request: Request) -> tuple[int, int]:
    grid = as_grid(dataset, request.failed)  # type: ignore[arg-type]
    lamem.write(path, grid, f"{grid.title}; database {_database(dataset)}")
    return grid.dataset["status"].size, grid.left_out


def _netcdf(dataset: xr.Dataset, path: Path, request: Request) -> tuple[int, int]:
    points = ResultPoints(dataset, request.failed)  # type: ignore[arg-type]
    phases = dict.fromkeys(f"{phase}.vol%" for phase, _ in points.instances())
    wanted = tuple(dict.fromkeys((*phases, "density", *request.quantities)))
    title = str(dataset.attrs.get("title", "")) or "a section by gibbsite"
    left_out = plain_netcdf.write(path, dataset, title, wanted)
    return dataset["status"].size - left_out, left_out


def _aspect(dataset: xr.Dataset, path: Path, request: Request) -> tuple[int, int]:
    grid = as_grid(dataset, request.failed)  # type: ignore[arg-type]
    return aspect.write(path, grid, request.melt), grid.left_out


def _frame(name: str) -> Callable[[xr.Dataset, Path, Request], tuple[int, int]]:
    def write(dataset: xr.Dataset, path: Path, request: Request) -> tuple[int, int]:
        points = ResultPoints(dataset, request.failed)  # type: ignore[arg-type]
        table = _table(points, name, request.quantities)
        table.to_csv(path, index=False)  # 0.0, not 0: a column of 0 is read as whole numbers
        return int(points.good.sum()), points.left_out

    return write


@dataclass(frozen=True, slots=True)
class _Format:
    """One form of file: what it is in words, what its name ends in, what writes it."""

    words: str
    suffixes: tuple[str, ...]
    write: Callable[[xr.Dataset, Path, Request], tuple[int, int]]


_TEXT: Final = (".csv",)
FORMATS: Final[Mapping[str, _Format]] = {
    "perplex": _Format("Perple_X table for BurnMan, ASPECT, pywerami", (".tab",), _perplex),
    "werami": _Format("Perple_X table of the quantities asked for", (".tab",), _werami),
    "aspect-entropy": _Format("ASPECT's table of entropy and pressure", (".txt",), _aspect),
    "lamem": _Format("phase diagram of LaMEM and GeoParams", (".in",), _lamem),
    "magemin": _Format(
        "MAGEMin_C's CSV, a row a phase; pyIntersecT reads it", _TEXT, _frame("magemin")
    ),
    "petthermotools": _Format("PetThermoTools' columns", _TEXT, _frame("petthermotools")),
    "thermobar": _Format("Thermobar's columns, absent oxides as zeros", _TEXT, _frame("thermobar")),
    "pyrolite": _Format("pyrolite's columns, a row a phase", _TEXT, _frame("pyrolite")),
    "wide": _Format("a row a point", _TEXT, _frame("wide")),
    "long": _Format("a row a phase", _TEXT, _frame("long")),
    "netcdf": _Format("netCDF of two-dimensional doubles", (".nc",), _netcdf),
}
"""Name -> form of file."""


def export(
    result: xr.Dataset | str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    to: str,
    failed: Literal["refuse", "leave-out", "cut"] = "refuse",
    kind: Relaxation = "frozen",
    melt: MeltRule = "critical-fraction",
    quantities: Sequence[str] = (),
    overwrite: bool = False,
) -> Exported:
    """Write a result in the form that another program reads.

    Parameters
    ----------
    result : xarray.Dataset or path
        What `compute`, `equilibria` or `path` returned, or a result file.
    path : path
        The file to write.
    to : str
        "perplex", "werami", "aspect-entropy", "lamem", "netcdf": of sections; "magemin",
        "petthermotools", "thermobar", "pyrolite", "wide", "long": tables of any result.
    failed : {"refuse", "leave-out", "cut"}
        What to do with points that have no answer; none ever becomes a number. Tables and netCDF
        leave them out, the latter as its missing value; grids of pressure and temperature are cut
        to the largest rectangle without them.
    kind : {"frozen", "ordered", "relaxed"}
        Which heat capacity, expansivity and compressibility "perplex" holds; the title of the
        table says it. Frozen, as in tables of Perple_X itself, they have no latent heat.
    melt : {"critical-fraction", "clark-lesher"}
        What melt does to the velocities in "perplex" and "aspect-entropy"; the former is Perple_X's
        rule. See `ds.gb.property`. Free fluid is left out of them, and the title says so.
    quantities : str or sequence of str
        Further columns, as `ds.gb.quantity` takes them; of "perplex", "werami", "netcdf", "wide"
        and "long".
    overwrite : bool
        Whether to replace a file that exists.

    Returns
    -------
    Exported
        How many points were written, and how many left out.

    Raises
    ------
    InputError
        If the form is unknown or does not fit the result, or points failed.
    StoreError
        If the file cannot be written.
    """
    form = _checked(to, kind, melt)
    target = Path(path)
    if target.suffix.lower() not in form.suffixes:
        raise InputError(f"{target} must end in {' or '.join(form.suffixes)} for {to!r}.")
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists; say overwrite=True (--overwrite) to replace it.")
    request = Request(failed, kind, melt, names("quantities", quantities))
    if isinstance(result, xr.Dataset):
        written, left_out = _write(form, result, target, request)
    else:
        with open_result(result) as dataset:
            written, left_out = _write(form, dataset, target, request)
    return Exported(target, written, left_out)


def frame(
    result: xr.Dataset,
    style: str = "wide",
    *,
    failed: Literal["refuse", "leave-out"] = "refuse",
    quantities: Sequence[str] = (),
) -> pd.DataFrame:
    """Return a result as a table; see `export` for the styles."""
    if not isinstance(result, xr.Dataset):
        raise InputError(f"{result!r} is no result; gibbsite.open(path) reads one.")
    if style not in FRAMES:
        raise InputError(f"style = {style!r}: {did_you_mean(style, FRAMES)}")
    return _table(ResultPoints(result, failed), style, names("quantities", quantities))


def _table(points: ResultPoints, style: str, quantities: tuple[str, ...]) -> pd.DataFrame:
    if quantities and style not in WITH_QUANTITIES:
        raise InputError(
            f"the columns of {style!r} are fixed; quantities go into {' or '.join(WITH_QUANTITIES)}."
        )
    return FRAMES[style](points, quantities) if quantities else FRAMES[style](points)


def _checked(to: str, kind: str, melt: str) -> _Format:
    if to not in FORMATS:
        raise InputError(f"to = {to!r}: {did_you_mean(str(to), FORMATS)}")
    if kind not in RELAXATIONS:
        raise InputError(f"kind = {kind!r}: {did_you_mean(str(kind), RELAXATIONS)}")
    if melt not in MELT_RULES:
        raise InputError(f"melt = {melt!r}: {did_you_mean(str(melt), MELT_RULES)}")
    return FORMATS[to]


def _write(form: _Format, dataset: xr.Dataset, target: Path, request: Request) -> tuple[int, int]:
    """Write beside the target and put it in place when it is whole."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=target.suffix)
        os.close(handle)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror or error}.") from None
    try:
        with np.errstate(all="ignore"):
            counts = form.write(dataset, Path(name), request)
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)
    return counts


def _database(dataset: xr.Dataset) -> str:
    return str(dataset.attrs.get("database", "unknown"))

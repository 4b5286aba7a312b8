"""A result file before it has results: its axes, tables and attributes, and empty variables."""

from pathlib import Path
from typing import Final

import h5py
import numpy as np

from .chunks import DEFLATE_LEVEL
from .head import PROGRAM, write_attributes
from .netcdf import add_dimensions, add_variable, create_file, create_variable, span
from .schema import Layout, Variable, about_axis, attributes

TABLES: Final = ("phase_name", "phase_long_name", "endmember_name", "molar_mass", "rock_section")
LABELS: Final = {"component": "component_name", "phase": "phase_name", "rock": "rock_name"}
"""Axis -> the variable with the names along it; no axis is itself a variable of text."""


def create(path: Path, layout: Layout) -> None:
    """Write a netCDF-4 file with axes, tables and attributes, its variables still empty."""
    with create_file(path) as file:
        write_attributes(file, layout.title, f"computed by {PROGRAM}", _provenance(layout))
        grid = dict(zip(layout.dims, layout.shape, strict=True))
        tiles = dict(zip(_tile_dims(layout), layout.tiles, strict=True))
        add_dimensions(file, grid | layout.sizes() | tiles)
        _write_axes(file, layout)
        _write_tables(file, layout)
        where = (layout.dims, layout.tile, " ".join(layout.fixed))
        for variable in layout.variables:
            create_of(file, variable, *where, layout.tables.phases)
        add_variable(
            file,
            "timing_tile",
            _tile_dims(layout),
            np.full(layout.tiles, np.nan),
            {"units": "s", "long_name": "time a tile took"},
        )


def _tile_dims(layout: Layout) -> tuple[str, ...]:
    return tuple(f"tile_{dim}" for dim in layout.dims)


def _provenance(layout: Layout) -> dict[str, object]:
    about: dict[str, object] = {**layout.identity(), "section_toml": layout.toml}
    if layout.outside_range:
        about["outside_range"] = layout.outside_range
    return about


def _write_axes(file: h5py.File, layout: Layout) -> None:
    named = {text.dim for text in layout.texts}
    for name, values in layout.axes:
        if name not in named:
            add_variable(
                file,
                name,
                (name,),
                values,
                about_axis(name, layout.along) | span(min(values), max(values), "<f8"),
            )
    for name, value in layout.fixed.items():
        add_variable(file, name, (), np.float64(value), about_axis(name))


def _write_tables(file: h5py.File, layout: Layout) -> None:
    tables = layout.tables
    width = layout.sizes()["endmember"]
    endmembers = [[*names, *[""] * (width - len(names))] for names in tables.endmembers]
    for name, dims, values, long_name in (
        ("component_name", ("component",), tables.components, "oxide"),
        ("phase_name", ("phase",), tables.phases, "key of the phase"),
        ("phase_long_name", ("phase",), tables.phase_long_names, "name of the phase"),
        ("endmember_name", ("phase", "endmember"), endmembers, "name of the end-member"),
        *((text.name, (text.dim,), text.values, text.long_name) for text in layout.texts),
    ):
        add_variable(file, name, dims, values, {"long_name": long_name})
    add_variable(
        file,
        "molar_mass",
        ("component",),
        np.array(tables.molar_mass),
        {
            "units": "g mol-1",
            "long_name": "molar mass of the oxide",
            "coordinates": "component_name",
        },
    )


def create_of(
    file: h5py.File,
    variable: Variable,
    grid: tuple[str, ...],
    tile: tuple[int, ...],
    fixed: str,
    phases: tuple[str, ...],
) -> None:
    """Create a variable on the grid, without chunks as yet; `fixed` is coordinates of all points."""
    dims = (*grid, *variable.dims)
    coordinates = [*fixed.split(), *(name for dim, name in LABELS.items() if dim in dims)]
    about = attributes(variable, phases, " ".join(coordinates))
    if variable.bits is not None:
        about["_QuantizeBitRoundNumberOfSignificantBits"] = np.array([variable.bits])
    create_variable(
        file,
        variable.name,
        dims,
        variable.dtype,
        about,
        fillvalue=variable.fill,
        chunks=tile + (1,) * len(variable.dims),
        shuffle=True,
        compression="gzip",
        compression_opts=DEFLATE_LEVEL,
    )

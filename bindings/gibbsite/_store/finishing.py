"""The result file of a run, HDF5 that is netCDF-4, made from its journal in one stroke."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from gibbsite.errors import StoreError

from .beside import assembled_path
from .blank import create
from .chunks import Packing, summary
from .journal import Journal
from .netcdf import set_attributes, span
from .schema import Layout


def assemble(journal: Journal, layout: Layout, path: Path) -> None:
    """Make the result file from the tiles of a journal, in memory that does not grow with them.

    Tiles that the journal lacks are marked as not run. The file appears under its name when it is
    whole; the chunks are copied as they are, in the order of the tiles, so that the same results
    make the same file whatever the order they came in.

    Raises
    ------
    StoreError
        If it cannot be written; the journal is left as it is.
    """
    draft = assembled_path(path)
    needed, free = journal.size + 2**20, shutil.disk_usage(path.parent).free
    if free < needed:
        raise StoreError(
            f"{path} needs {needed / 1e6:.0f} MB, {free / 1e6:.0f} MB are free. All points are "
            f"kept in {journal.path}: make room and run the same command again."
        )
    try:
        packing = Packing.of(layout)
        whole = replace(layout, slots=_slots(journal, packing))
        create(draft, whole)
        _copy(journal, packing, whole, draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    except (OSError, RuntimeError) as error:  # RuntimeError is how h5py says it cannot close
        draft.unlink(missing_ok=True)
        raise StoreError(
            f"{path} cannot be written ({' '.join(str(error).split())}). All points are kept in {journal.path}: "
            "make room and run the same command again."
        ) from None


def _slots(journal: Journal, packing: Packing) -> int:
    """Return how many slots the fullest point of a run fills; one at least."""
    return (
        max((packing.slots(journal.read(tile, packing.head)) for tile in journal), default=1) or 1
    )


def _copy(journal: Journal, packing: Packing, layout: Layout, path: Path) -> None:
    """Copy the chunks of all tiles into the variables."""
    timing = np.full(layout.n_tiles, np.nan)
    least = dict.fromkeys((variable.name for variable in layout.variables), np.inf)
    greatest = {name: -value for name, value in least.items()}
    slots = layout.sizes()["slot"]
    with h5py.File(path, "r+") as file:
        datasets = {variable.name: file[variable.name].id for variable in layout.variables}
        for tile in range(layout.n_tiles):
            if tile in journal:
                record = journal.read(tile)
                timing[tile] = summary(record).seconds
            else:
                record = packing.pack(packing.blank(layout.grid(tile)), np.nan)
            corner = layout.corner(tile)
            for chunk in packing.unpack(record, slots):
                name = chunk.variable
                datasets[name].write_direct_chunk(corner + chunk.place, chunk.data)
                least[name] = min(least[name], chunk.least)  # NaN is less than nothing
                greatest[name] = max(greatest[name], chunk.greatest)
        file["timing_tile"][...] = timing.reshape(layout.tiles)
        for variable in layout.variables:
            about = span(least[variable.name], greatest[variable.name], variable.dtype)
            set_attributes(file[variable.name], about)

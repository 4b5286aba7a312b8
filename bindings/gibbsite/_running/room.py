"""How much room a result takes on the disk, told and refused before anything is worked out."""

import logging
import shutil
from pathlib import Path
from typing import Final

import numpy as np

from gibbsite._store.beside import journal_path
from gibbsite._store.schema import Layout
from gibbsite.errors import StoreError

BYTES: Final = {"full": 400.0, "compact": 280.0, "light": 6.0}
"""Profile -> what a point takes in a file, measured of tiles of 32 x 32 and 128 x 128, rounded down."""
_TWICE: Final = 2.0
"""Tiles are kept beside the file until that is whole."""
_SMALL: Final = 1e8
"""Bytes up to which the file itself is checked alone, when it is begun: its tiles tell its size."""
_GB: Final = 1e9

_LOG = logging.getLogger("gibbsite")


def check_room(path: Path, layout: Layout) -> None:
    """Say in the log how large a result will be, and refuse one that the disk cannot hold.

    Parameters
    ----------
    path : Path
        The result.
    layout : Layout
        What it will hold.

    Raises
    ------
    StoreError
        With what is needed, what is free, and what would need less.
    """
    more = float(sum(np.dtype(each.dtype).itemsize for each in layout.asked))
    needed = {name: _TWICE * layout.n_points * (each + more) for name, each in BYTES.items()}
    of_it = needed[layout.profile]
    journal = journal_path(path)
    there = journal.stat().st_size if journal.exists() else 0
    free = shutil.disk_usage(path.absolute().parent).free + there
    _LOG.info(
        "%s: %d points, about %.3g GB, twice that while it is made",
        path.name, layout.n_points, of_it / _TWICE / _GB,
    )  # fmt: skip
    if of_it <= max(free, _SMALL):
        return
    fit = [name for name, size in needed.items() if size <= free]
    fewer = f"a profile that fits is {fit[0]}; " if fit else ""
    raise StoreError(
        f"{path}: {layout.n_points:,} points need about {of_it / _GB:,.3g} GB while they are worked out "
        f"(profile {layout.profile}), and {free / _GB:,.3g} GB are free there; {fewer}"
        f"{int(free / _TWICE / (BYTES[layout.profile] + more)):,} points would fit."
    )

"""The sample of a section from which its tiles learn where to look; once a process and section."""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Lock
from typing import Final

import numpy as np

from gibbsite._section.section import Section

from .given import of_section
from .learning import Systems, systems

_POINTS_PER_SAMPLE: Final = 400
_SIDE: Final = (5, 12)  # points of the sample along an axis
_THREADS: Final = 2
_lock = Lock()


def learnt(section: Section) -> Systems:
    """Return where to look for minima in a section.

    Parameters
    ----------
    section : Section
        The section.

    Returns
    -------
    dict
        Components present -> system; see `gibbsite._solving.learning.systems`.
    """
    with _lock:  # the other threads wait for the first
        return _learn(section)


@lru_cache(maxsize=8)
def _learn(section: Section) -> Systems:
    data = section.load_database()
    side = int(np.clip(np.sqrt(section.size / _POINTS_PER_SAMPLE), *_SIDE))
    rows, columns = (np.unique(np.linspace(0, n - 1, side).astype(int)) for n in section.shape)
    grid = rows[:, None] * section.shape[1] + columns
    grid[1::2] = grid[1::2, ::-1].copy()  # to and fro, so that neighbours are near
    points = section.points(grid.ravel())
    with ThreadPoolExecutor(_THREADS) as pool:
        return systems(
            data, points.pressure_kbar, points.temperature_K, points.bulk_mol, pool,
            of_section(section, data, points),
        )  # fmt: skip

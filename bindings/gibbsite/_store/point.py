"""A point or a block of a result file, read past the layers that are made for whole arrays.

xarray and h5netcdf take a millisecond or two a variable to read one number. The datasets are the same, and
so are the numbers; only empty slots and end-members that a phase does not have are not looked for.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from .netcdf import read_text
from .schema import EMPTY


class PointReader:
    """Random access to the points of a file.

    Parameters
    ----------
    path : Path
        A result file; opened at the first reading.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: Any = None
        self._datasets: dict[str, Any] = {}
        self._widths: NDArray[np.intp] = np.empty(0, dtype=np.intp)

    def __call__(self, index: tuple[int, ...]) -> dict[str, NDArray[Any]]:
        """Return all variables at a point, by name."""
        if self._file is None:
            self._open()
        phase_id = self._datasets["phase_id"][index]
        n_phases = int(np.count_nonzero(phase_id >= 0))
        return {name: self._read(name, index, phase_id[:n_phases]) for name in self._datasets}

    def block(self, name: str, index: tuple[slice, ...]) -> NDArray[Any]:
        """Return a part of a variable."""
        if self._file is None:
            self._open()
        return np.asarray(self._datasets[name][index])

    def close(self) -> None:
        """Close the file; the next reading opens it again."""
        self._datasets = {}
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> None:
        # A chunk is hardly ever asked for twice: keeping it costs more than reading it again.
        file = self._file = h5py.File(self._path, "r", rdcc_nbytes=0)
        self._datasets = {
            name: item
            for name, item in file.items()
            if isinstance(item, h5py.Dataset) and item.chunks is not None
        }
        self._widths = (read_text(file["endmember_name"]) != "").sum(axis=1)

    def _read(self, name: str, index: tuple[int, ...], phases: NDArray[np.int16]) -> NDArray[Any]:
        dataset = self._datasets[name]
        trailing = dataset.shape[len(index) :]
        has_slots = trailing[:1] == self._datasets["phase_id"].shape[len(index) :]
        if not has_slots or not len(phases):
            return np.asarray(dataset[index])
        part: tuple[slice, ...] = (slice(len(phases)),)
        if name == "proportions":
            part += (slice(int(self._widths[phases].max())),)
        values = np.full(trailing, EMPTY[name], dtype=dataset.dtype)
        values[part] = dataset[index + part]
        return values

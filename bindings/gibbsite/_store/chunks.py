"""A tile's arrays as the compressed chunks of an HDF5 file, ready to be copied into it.

Compressing is most of the work of writing, so it is done where the tile was solved: on all threads
(zlib lets go of the interpreter lock) or all machines. A chunk holds one number (one end-member of
one slot, say) at the points of one tile, which makes neighbours in the chunk neighbours in the
diagram; it is shuffled by byte and deflated, the two filters every HDF5 has.
"""

import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.melt import MELT

from .schema import Layout, Variable

DEFLATE_LEVEL: Final = 1  # level 4: 1 % less space, a fifth more time
_SUMMARY: Final = struct.Struct("<dQQ")
_STORED: Final = struct.Struct("<BHH")  # not the last block, length, complement of length
STORED_MAX: Final = 0xFFFF
ZLIB_HEADER: Final = b"\x78\x01"
NOISE_LIMIT: Final = 1 / 64
SUMMARY_BYTES: Final = _SUMMARY.size


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a tile beside its arrays."""

    seconds: float
    points: int
    failed: int


class Chunk(NamedTuple):
    """A chunk of a tile: of which variable, where along its trailing axes, and what it holds."""

    variable: str
    place: tuple[int, ...]
    data: bytes
    least: float
    greatest: float
    """NaN if it holds no number."""


@dataclass(frozen=True, slots=True)
class Packing:
    """How the arrays of a tile become bytes; small, for it goes to every worker.

    Parameters
    ----------
    variables : tuple of (Variable, tuple of int)
        The arrays and the lengths of their axes after those of the grid.
    tile : tuple of int
        Points of a whole tile along each axis.
    melt : int
        Id of the melt, -1 if there is none.
    """

    variables: tuple[tuple[Variable, tuple[int, ...]], ...]
    tile: tuple[int, ...]
    melt: int

    @classmethod
    def of(cls, layout: Layout) -> "Packing":
        """Return the packing of the tiles of a file."""
        phases = layout.tables.phases
        return cls(
            tuple((variable, layout.trailing(variable)) for variable in layout.variables),
            layout.tile,
            phases.index(MELT) if MELT in phases else -1,
        )

    @property
    def n_chunks(self) -> int:
        """Chunks of a tile."""
        return sum(math.prod(trailing) for _, trailing in self.variables)

    def pack(self, arrays: Mapping[str, NDArray[Any]], seconds: float) -> bytes:
        """Return a tile as bytes.

        Parameters
        ----------
        arrays : Mapping
            Name -> array of shape (rows, columns, ...), by the names of the variables.
        seconds : float
            What it took to solve it [s].
        """
        status = arrays["status"]
        lengths = np.zeros(self.n_chunks, dtype="<u4")
        ranges: list[NDArray[np.float64]] = []
        chunks: list[bytes] = []
        first = 0
        for variable, trailing in self.variables:
            data = self._array(variable, trailing, arrays, status.shape)
            ranges.append(_ranges(data.reshape(status.size, -1)))
            for number, chunk in _compressed(variable, data, self.tile):
                lengths[first + number] = len(chunk)
                chunks.append(chunk)
            first += math.prod(trailing)
        summary = _SUMMARY.pack(seconds, status.size, int(np.count_nonzero(status)))
        return b"".join([summary, lengths.tobytes(), np.vstack(ranges).tobytes(), *chunks])

    def blank(self, grid: tuple[int, ...]) -> dict[str, NDArray[Any]]:
        """Return the arrays of a tile that was not run: its status says so, all numbers are NaN."""
        return {
            variable.name: np.full(grid + trailing, variable.not_run, variable.dtype)
            for variable, trailing in self.variables
        }

    def slots(self, record: bytes) -> int:
        """Return how many slots the fullest point of a tile fills; the head of the record will do."""
        first = 0
        for variable, trailing in self.variables:
            if variable.name == "phase_id":
                lengths = self._lengths(record)[first : first + math.prod(trailing)]
                return int(np.flatnonzero(lengths).max(initial=-1)) + 1
            first += math.prod(trailing)
        raise ValueError("there is no variable phase_id")

    def unpack(self, record: bytes, slots: int) -> Iterator[Chunk]:
        """Yield all chunks of the first slots of a tile.

        A chunk of empty slots alone takes no space in the record, and is made here.
        """
        lengths = self._lengths(record)
        ranges = np.frombuffer(record, "<f8", 2 * self.n_chunks, _SUMMARY.size + lengths.nbytes)
        start = self.head + ranges.nbytes
        known = zip(lengths.tolist(), ranges.reshape(-1, 2).tolist(), strict=True)
        for variable, trailing in self.variables:
            nothing = _nothing(variable.dtype, variable.empty, math.prod(self.tile))
            has_slots = variable.dims[:1] == ("slot",)
            for index in np.ndindex(*trailing):
                length, (least, greatest) = next(known)
                if not has_slots or index[0] < slots:
                    data = record[start : start + length] or nothing
                    yield Chunk(variable.name, index, data, least, greatest)
                start += length

    @property
    def head(self) -> int:
        """Bytes of a record that `slots` needs."""
        return _SUMMARY.size + 4 * self.n_chunks

    def _lengths(self, record: bytes) -> NDArray[np.uint32]:
        return np.frombuffer(record, "<u4", self.n_chunks, _SUMMARY.size)

    def _array(
        self,
        variable: Variable,
        trailing: tuple[int, ...],
        arrays: Mapping[str, NDArray[Any]],
        grid: tuple[int, ...],
    ) -> NDArray[Any]:
        if variable.name == "melt_composition_mol":
            data = _melt_composition(arrays, self.melt)
        else:
            data = arrays[variable.name]
        if data.shape != grid + trailing:
            raise ValueError(f"{variable.name} has shape {data.shape}, not {grid + trailing}")
        data = data.astype(variable.dtype, copy=False)
        return data if variable.bits is None else _round(data, variable.bits)


def summary(record: bytes) -> Summary:
    """Return what a packed tile says about itself."""
    return Summary(*_SUMMARY.unpack_from(record))


def _ranges(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return the least and the greatest finite value of each column, (n, 2), NaN where it has none."""
    ranges = np.stack([np.fmin.reduce(rows), np.fmax.reduce(rows)], axis=1).astype("<f8")
    if np.isinf(ranges).any():
        return _ranges(np.where(np.isinf(rows), np.nan, rows))
    return ranges


def _compressed(
    variable: Variable, data: NDArray[Any], tile: tuple[int, ...]
) -> Iterator[tuple[int, bytes]]:
    """Yield (number, deflated chunk) of the chunks that hold more than empty slots."""
    n_grid = len(tile)
    trailing = data.shape[n_grid:]
    block = np.full(trailing + tile, variable.empty, dtype=variable.dtype)
    grid_last = np.moveaxis(data, range(n_grid), range(-n_grid, 0))
    inside: tuple[Any, ...] = (..., *map(slice, data.shape[:n_grid]))
    block[inside] = grid_last
    rows = block.reshape(math.prod(trailing), -1)
    empty = np.full(1, variable.empty, dtype=variable.dtype)
    as_bytes = rows.view(np.uint8).reshape(*rows.shape, rows.itemsize)
    kept = np.flatnonzero((as_bytes != empty.view(np.uint8)).any(axis=(1, 2)))
    planes = np.ascontiguousarray(as_bytes[kept].transpose(0, 2, 1))
    noise = _noise_planes(planes, tile[-1])
    for number, chunk, n_noise in zip(kept.tolist(), planes, noise.tolist(), strict=True):
        yield number, _deflate(chunk.reshape(-1).data, n_noise * chunk.shape[1], DEFLATE_LEVEL)


@lru_cache(maxsize=64)
def _nothing(dtype: str, empty: float, size: int) -> bytes:
    """Return the deflated chunk of empty slots."""
    value = np.full(1, empty, dtype).view(np.uint8)
    return _deflate(np.repeat(value, size).data, 0, 9)


def _noise_planes(planes: NDArray[np.uint8], row: int) -> NDArray[np.intp]:
    """Return how many low byte planes of each chunk deflating would not shorten.

    The low bits of a computed number are as good as random: neighbours along an axis of the grid,
    1 or `row` apart, agree in one byte of 256.
    """
    noise = np.ones(planes.shape[:2], dtype=np.bool_)
    for step in {1, row}:
        same = planes[:, :, step:] == planes[:, :, :-step]
        noise &= same.sum(axis=2, dtype=np.uint32) < NOISE_LIMIT * same.shape[2]
    count: NDArray[np.intp] = np.logical_and.accumulate(noise, axis=1).sum(axis=1)
    return count


def _deflate(chunk: memoryview, n_stored: int, level: int) -> bytes:
    """Return a zlib stream whose first bytes are stored as they are.

    Any inflate reads it. On smooth made-up data packing takes a quarter less time than if deflate
    is tried on noise too, for 1.5 % more bytes.
    """
    parts: list[bytes | memoryview] = [ZLIB_HEADER]
    for start in range(0, n_stored, STORED_MAX):
        block = chunk[start : min(start + STORED_MAX, n_stored)]
        parts += [_STORED.pack(0, len(block), len(block) ^ 0xFFFF), block]
    deflater = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
    parts += [deflater.compress(chunk[n_stored:]), deflater.flush()]
    return b"".join([*parts, zlib.adler32(chunk).to_bytes(4, "big")])


def _round(data: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Round to a number of mantissa bits, ties to even; the bits cleared compress to nothing."""
    cut = 23 - bits
    whole = data.view(np.uint32)
    half = np.uint32((1 << (cut - 1)) - 1)
    rounded = whole + half + ((whole >> np.uint32(cut)) & np.uint32(1))
    rounded &= ~np.uint32((1 << cut) - 1)
    return np.where(np.isfinite(data), rounded.view(np.float32), data)


def _melt_composition(arrays: Mapping[str, NDArray[Any]], melt: int) -> NDArray[np.float32]:
    """Return the composition of all melt together (..., component), NaN where there is none."""
    weight = np.where(arrays["phase_id"] == melt, arrays["mole_fraction"], 0.0)
    composition = np.einsum(
        "...s,...sc->...c", weight, np.nan_to_num(arrays["phase_composition_mol"])
    )
    total = weight.sum(axis=-1, keepdims=True)
    out = np.full(composition.shape, np.nan, dtype=np.float32)
    np.divide(composition, total, out=out, where=total > 0.0, casting="same_kind")
    return out

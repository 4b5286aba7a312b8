"""An append-only file of finished tiles: the part of a run that survives anything.

HDF5 is not safe while it is open for writing, so no HDF5 file is open during a run. Every finished
tile is appended here with a checksum. A process may be killed at any byte: what it left behind the
last whole record fails the check and is dropped at the next opening.
"""

import json
import os
import struct
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gibbsite.errors import StoreError

from .beside import draft_path
from .schema import difference

_MAGIC: Final = b"gibbsite journal\n"
_LENGTH: Final = struct.Struct("<II")  # of the identity, and its checksum
_HEAD: Final = struct.Struct("<4sIQQ")  # mark, checksum, tile, length
_CHECKED: Final = struct.Struct("<QQ")
_MARK: Final = b"TILE"
SYNC_SECONDS: Final = 1.0  # a power cut costs at most the tiles of this time; a kill costs none


class Journal:
    """The finished tiles of one run.

    Parameters
    ----------
    path : Path
        File; begun if there is none, taken up if there is one.
    identity : Mapping
        What the results depend on; a journal of another identity is refused.

    Attributes
    ----------
    dropped : int
        Bytes of unfinished records that were cut off at opening.
    """

    def __init__(self, path: Path, identity: Mapping[str, str | int]) -> None:
        self.path = path
        self.dropped = 0
        self._places: dict[int, tuple[int, int]] = {}
        if not path.exists():
            _begin(path, identity)
        self._file = path.open("r+b", buffering=0)
        try:
            self._end = self._read_identity(identity)
            self._scan()
        except BaseException:
            self._file.close()
            raise
        self._synced = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def __contains__(self, tile: int) -> bool:
        return tile in self._places

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    @property
    def size(self) -> int:
        """Bytes of the journal."""
        return self._end

    def append(self, tile: int, record: bytes) -> None:
        """Commit a tile; raises OSError, with all earlier tiles intact, if it cannot."""
        checked = _CHECKED.pack(tile, len(record))
        head = _HEAD.pack(_MARK, zlib.crc32(record, zlib.crc32(checked)), tile, len(record))
        # Always at the end of what is known to be good, so that a failed write is overwritten.
        self._file.seek(self._end)
        rest = memoryview(head + record)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._places[tile] = (self._end + _HEAD.size, len(record))
        self._end += _HEAD.size + len(record)
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def read(self, tile: int, first: int | None = None) -> bytes:
        """Return the record of a tile, or its first bytes."""
        place, length = self._places[tile]
        self._file.seek(place)
        return self._file.read(length if first is None else first)

    def sync(self) -> None:
        """Wait until all tiles are on the disk itself."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def _read_identity(self, identity: Mapping[str, str | int]) -> int:
        found, end = _identity(self.path)
        if differs := difference(found, identity):
            raise StoreError(
                f"{self.path} holds an unfinished run of something else: {differs}. "
                "Choose another output, or remove that file."
            )
        return end

    def _scan(self) -> None:
        """Find all whole records, and cut off what is behind the last one."""
        self._file.seek(self._end)
        while len(head := self._file.read(_HEAD.size)) == _HEAD.size:
            mark, checksum, tile, length = _HEAD.unpack(head)
            if mark != _MARK or length > os.fstat(self._file.fileno()).st_size:
                break
            record = self._file.read(length)
            if zlib.crc32(record, zlib.crc32(_CHECKED.pack(tile, length))) != checksum:
                break
            self._places[tile] = (self._end + _HEAD.size, length)
            self._end += _HEAD.size + length
        self.dropped = self._file.seek(0, os.SEEK_END) - self._end
        self._file.truncate(self._end)


def _identity(path: Path) -> tuple[dict[str, object], int]:
    """Return the identity at the head of a journal, and where its records begin."""
    with path.open("rb") as file:
        head = file.read(len(_MAGIC) + _LENGTH.size)
        if head.startswith(_MAGIC) and len(head) == len(_MAGIC) + _LENGTH.size:
            length, checksum = _LENGTH.unpack(head[len(_MAGIC) :])
            text = file.read(length)
            if zlib.crc32(text) == checksum:
                return json.loads(text), len(head) + length
    raise StoreError(f"{path} is in the way: it is not the journal of an unfinished run.")


def journal_differs(path: Path, identity: Mapping[str, str | int]) -> str:
    """Return how the run a journal was begun for differs from this one; empty if it does not."""
    return difference(_identity(path)[0], identity)


def _begin(path: Path, identity: Mapping[str, str | int]) -> None:
    """Create a journal without tiles; under its name there is a whole one or none."""
    text = json.dumps(identity).encode()
    draft = draft_path(path)
    try:
        with draft.open("wb") as file:
            file.write(_MAGIC + _LENGTH.pack(len(text), zlib.crc32(text)) + text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise

"""A run that is not finished: its journal, and what is in the way of its file."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from gibbsite.errors import StoreError

from .beside import check_places, journal_path, lock_path
from .head import is_result_of
from .journal import Journal, journal_differs
from .schema import Layout


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Keep other processes from writing the same file."""
    if not path.parent.is_dir():
        raise StoreError(f"{path} cannot be written: there is no directory {path.parent}.")
    check_places(path)
    import filelock  # who only reads files has no use for it

    lock = filelock.FileLock(lock_path(path), timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        if not Path(lock.lock_file).exists():
            raise StoreError(f"{path} cannot be written: no file can be made there.") from None
        raise StoreError(f"{path} is being written by another process.") from None
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}.") from None
    try:
        yield
    finally:
        # Gone while still held: whoever waits for it finds that out and makes a new one. Windows
        # does not remove an open file; there it stays, empty and harmless.
        with contextlib.suppress(OSError):
            os.unlink(lock.lock_file)
        lock.release()


def is_finished(path: Path, layout: Layout, overwrite: bool) -> bool:
    """Raise StoreError if a file is in the way; True if it is this very run, finished.

    That is so after a run was killed between its last two steps: naming the file and removing
    the journal.
    """
    if not path.exists():
        return False
    journal = journal_path(path)
    if journal.exists() and is_result_of(path, layout):
        with Journal(journal, layout.identity()) as kept:
            if len(kept) == layout.n_tiles:
                return True
    if not overwrite:
        raise StoreError(f"{path} exists; pass overwrite=True (--overwrite) to replace it.")
    return False


def opened_journal(path: Path, layout: Layout, overwrite: bool) -> Journal:
    """Begin the journal of a run, or take up the one that was interrupted.

    With `overwrite`, an unfinished run of something else makes room.
    """
    place = journal_path(path)
    try:
        if overwrite and place.exists() and journal_differs(place, layout.identity()):
            place.unlink()
        return Journal(place, layout.identity())
    except OSError as error:
        raise StoreError(f"{place} cannot be written: {error.strerror or error}.") from None


def is_whole(path: Path, layout: Layout) -> bool:
    """Return True if there is a finished file of this very run, and no tile of it is missing."""
    return not journal_path(path).exists() and is_result_of(path, layout)

"""Files beside a result: what is written before it takes the place of the result, or its name."""

from pathlib import Path
from typing import Final

from gibbsite.errors import StoreError

_DRAFT: Final = ".new"
_JOURNAL: Final = ".partial"
_PROPERTIES: Final = ".properties"
_ASSEMBLED: Final = ".assembling"
_LOCK: Final = ".lock"
_ALL: Final = (
    *(_LOCK, _ASSEMBLED, _JOURNAL, _PROPERTIES, _DRAFT),
    *(_JOURNAL + _DRAFT, _PROPERTIES + _DRAFT),
)


def draft_path(path: Path) -> Path:
    """Return where a file is written anew before it takes the place of the old one."""
    return _beside(path, _DRAFT)


def journal_path(path: Path) -> Path:
    """Return where the finished tiles of an unfinished file are kept."""
    return _beside(path, _JOURNAL)


def properties_path(path: Path) -> Path:
    """Return where properties are kept that come to a finished file, until all are derived."""
    return _beside(path, _PROPERTIES)


def assembled_path(path: Path) -> Path:
    """Return where a file is made from its journal before it gets its name."""
    return _beside(path, _ASSEMBLED)


def lock_path(path: Path) -> Path:
    """Return the file that keeps other processes from writing the same one."""
    return _beside(path, _LOCK)


def check_places(path: Path) -> None:
    """Raise StoreError where a directory has the name of a file, or of one that is written beside it."""
    if path.is_dir():
        raise StoreError(f"{path} cannot be written: it is a directory.")
    for place in (_beside(path, ending) for ending in _ALL):
        if place.is_dir():
            raise StoreError(f"{path} cannot be written: the directory {place} is in the way.")


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)

"""Whether a file can be written, asked before the work that would be lost for it."""

import os
from pathlib import Path

from gibbsite.errors import InputError, StoreError


def check_output(path: Path, overwrite: bool) -> None:
    """Raise StoreError where nothing can be written, InputError where something is in the way."""
    if path.is_dir():
        raise StoreError(f"{path} cannot be written: it is a directory.")
    if not path.parent.is_dir():
        raise StoreError(f"{path} cannot be written: there is no directory {path.parent}.")
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists; give --overwrite to replace it.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise StoreError(f"{path} cannot be written: permission denied.")

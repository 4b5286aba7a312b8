"""The attributes of a result file: what it is, and what it comes from."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import h5py

from gibbsite._version import __version__

from .netcdf import add_variable, read_attributes, read_text, set_attributes
from .schema import Layout, difference

PROVENANCE: Final = "provenance"
"""The group whose attributes belong to those of the file, which may not have so many."""
PROGRAM: Final = f"gibbsite {__version__}"
CONVENTIONS: Final = "CF-1.11"
_AT_THE_TOP: Final = ("schema_version", "gibbsite_version", "database", "profile")


def write_attributes(
    file: h5py.File, title: str, history: str, provenance: Mapping[str, object]
) -> None:
    """Write the attributes of a file: what every reader looks for at the top, the rest in a group.

    There a text of many lines is a variable; a group without any stops Octave's `ncinfo`.
    """
    top = {key: provenance[key] for key in _AT_THE_TOP if key in provenance}
    about = {"Conventions": CONVENTIONS, "title": title, "history": history}
    set_attributes(file, about | top)
    rest = {key: value for key, value in provenance.items() if key not in about | top}
    group = file.create_group(PROVENANCE, track_order=True)
    for key, value in rest.items():
        if "\n" in str(value):
            add_variable(group, key, (), str(value), {})
        else:
            set_attributes(group, {key: value})


def file_attributes(file: h5py.File) -> dict[str, object]:
    """Return the attributes of a file, those of its provenance among them."""
    provenance: dict[str, object] = {}
    if PROVENANCE in file:
        provenance |= read_attributes(file[PROVENANCE])
        texts = (file[PROVENANCE][name] for name in file[PROVENANCE])
        provenance |= {
            Path(text.name).name: read_text(text).item() for text in texts if text.dtype.kind == "S"
        }
    hidden = ("_NCProperties",)
    return {k: v for k, v in (read_attributes(file) | provenance).items() if k not in hidden}


def is_result_of(path: Path, layout: Layout) -> bool:
    """Return True if there is a finished file of this very run."""
    with contextlib.suppress(OSError), h5py.File(path, "r") as file:
        return not difference(file_attributes(file), layout.identity())
    return False

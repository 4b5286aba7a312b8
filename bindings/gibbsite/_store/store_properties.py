"""Properties of a finished result, derived from what it holds and kept in its file.

Some points at a time; what is derived is in a journal beside the file until all is, so that whoever is stopped goes
on there, and the file is never half written.
"""

import json
import os
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.given import file_path
from gibbsite._inputs.properties import read_properties
from gibbsite._properties.quantities import Material
from gibbsite._properties.recorded import recorded_database

from .beside import properties_path
from .derived import answers_of, kinds_needed, property_arrays, property_variables
from .file import open as open_result
from .head import PROGRAM
from .journal import Journal, journal_differs
from .put import check_writable, put, said_of
from .schema import Variable, as_kept
from .unfinished import claimed

_Block = dict[str, slice]


def store_properties(
    path: str | os.PathLike[str], properties: Sequence[str], *, workers: int | None = None
) -> list[str]:
    """Derive properties at all points of a result and store them in its file.

    The same call takes up one that was interrupted. What the file holds already is left as it is.

    Parameters
    ----------
    path : path
        A finished result of the profile full or compact.
    properties : str or sequence of str
        As `Section` takes them: "alpha.relaxed", "solid.vs".
    workers : int, optional
        Threads; as many as there are processors if left out.

    Returns
    -------
    list of str
        The variables that were added.

    Raises
    ------
    InputError
        If a name means nothing, the file lacks what properties are derived from, or it was made from other
        tables.
    StoreError
        If the file cannot be written.
    """
    path = file_path("the result", path).resolve()  # beside which all that is kept lies
    with claimed(path), said_of(path):
        check_writable(path)
        with open_result(path) as dataset:
            data = recorded_database(dataset.attrs)
            profile = str(dataset.attrs.get("profile", "full"))
            asked = as_kept(property_variables(properties, data), profile)
            new = tuple(each for each in asked if each.name not in dataset)
            if not new:
                # left where work ended between the last two steps
                properties_path(path).unlink(missing_ok=True)
                return []
            names = [each.text for each in read_properties(properties)]
            with _journal(path, names) as journal:
                for number, block in enumerate(_blocks(dataset)):
                    if number not in journal:
                        answers = answers_of(dataset.isel(block))
                        material = Material(data, answers, workers, kinds_needed(names))
                        found = property_arrays(names, data, material)
                        journal.append(number, _record(new, found))
                values = _collected(dataset, new, journal)
        put(path, values, f"properties added by {PROGRAM}: {', '.join(names)}")
        properties_path(path).unlink()
    return [each.name for each in new]


def _journal(path: Path, names: list[str]) -> Journal:
    """Begin the journal, or take up that of the same properties of the same file."""
    about = path.stat()
    identity: dict[str, str | int] = {
        "gibbsite": PROGRAM,
        "bytes": about.st_size,
        "modified": str(about.st_mtime_ns),
        "properties": json.dumps(names),
    }
    place = properties_path(path)
    if place.exists() and journal_differs(place, identity):
        place.unlink()
    return Journal(place, identity)


def _blocks(dataset: xr.Dataset) -> Iterator[_Block]:
    """Yield rectangles of points: a chunk along all axes, but all of the last."""
    like = dataset["status"]
    chunks = like.encoding.get("chunksizes") or like.shape
    steps = (*chunks[:-1], like.shape[-1])
    starts = (range(0, n, step) for n, step in zip(like.shape, steps, strict=True))
    for corner in product(*starts):
        yield {
            str(dim): slice(start, start + step)
            for dim, start, step in zip(like.dims, corner, steps, strict=True)
        }


def _record(new: tuple[Variable, ...], found: dict[str, NDArray[Any]]) -> bytes:
    return b"".join(found[each.name].astype(each.dtype).tobytes() for each in new)


def _collected(
    dataset: xr.Dataset, new: tuple[Variable, ...], journal: Journal
) -> dict[Variable, NDArray[Any]]:
    """Return the numbers of all points from the records of all blocks."""
    like = dataset["status"]
    values = {each: np.empty(like.shape, each.dtype) for each in new}
    for number, block in enumerate(_blocks(dataset)):
        record, start = journal.read(number), 0
        for each, whole in values.items():
            part = whole[tuple(block.values())]
            part[...] = np.frombuffer(record, each.dtype, part.size, start).reshape(part.shape)
            start += part.nbytes
    return values

"""Variables and attributes of netCDF-4 in the forms that every reader takes.

Text is an array of characters and an attribute of fixed length, whole numbers in attributes are of
32 bits, and no group and no variable has more than `MOST_ATTRIBUTES`: beyond that HDF5 stores them
in a form that some readers do not look into.
"""

from collections.abc import Mapping
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST_ATTRIBUTES: Final = 8
"""As HDF5 counts them, with those that netCDF-4 adds: dimensions, their numbers, its own version."""


def add_variable(
    group: Any,
    name: str,
    dims: tuple[str, ...],
    values: ArrayLike,
    attributes: Mapping[str, object],
    **storage: object,
) -> Any:
    """Write an array; of text, with one more axis, `string` and the length.

    Parameters
    ----------
    group : h5netcdf.Group
        With the dimensions of the array.
    storage : Mapping
        Of h5netcdf.Group.create_variable.

    Returns
    -------
    h5netcdf.Variable
    """
    data = np.asarray(values)
    if data.dtype.kind in "OU":
        data = characters(data)
        length = data.shape[-1]
        dims = (*dims, f"string{length}")
        if dims[-1] not in group.dimensions:
            group.dimensions[dims[-1]] = length
        attributes = {**attributes, "_Encoding": "utf-8"}
    created = group.create_variable(
        name, dims, data.dtype, data=data if data.size else None, **storage
    )
    created.attrs.update(portable(attributes))
    return created


def portable(attributes: Mapping[str, object]) -> dict[str, Any]:
    """Return attributes as they are to be stored: text of fixed length, whole numbers of 32 bits."""
    return {key: _portable(value) for key, value in attributes.items()}


def leave_out(dataset: h5py.Dataset) -> None:
    """Take off a variable the attributes of netCDF-4 that do harm, or are one too many.

    `_FillValue` would have readers turn whole numbers into floating-point ones, and an outcome into
    a missing one; `_Netcdf4Coordinates` repeats what the dimensions attached to the variable say.
    """
    whole = ("_FillValue",) if dataset.dtype.kind != "f" else ()
    for name in ("_Netcdf4Coordinates", *whole):
        if name in dataset.attrs:
            del dataset.attrs[name]


def set_attributes(item: h5py.HLObject, attributes: Mapping[str, object]) -> None:
    """Set attributes of a file that was written before, never having one more than in the end."""
    for key, value in portable(attributes).items():
        if key in item.attrs:
            del item.attrs[key]
        item.attrs[key] = value


def add_history(file: h5py.File, what: str) -> None:
    """Add a line to the history of a file."""
    past = read_attributes(file).get("history")
    set_attributes(file, {"history": f"{past}\n{what}" if past else what})


def characters(texts: ArrayLike) -> NDArray[np.bytes_]:
    """Return texts (...) as single bytes of UTF-8 (..., length), as long as the longest of them."""
    encoded = np.char.encode(np.asarray(texts).astype(str), "utf-8")
    length = max(encoded.dtype.itemsize, 1)
    return np.ascontiguousarray(encoded).view("S1").reshape(*encoded.shape, length)


def read_text(dataset: h5py.Dataset) -> NDArray[np.object_]:
    """Return the texts of an array of characters, or of strings, as files of schema 1 have them."""
    values = dataset[...]
    if dataset.dtype.kind == "S":
        values = np.ascontiguousarray(values).view(f"S{values.shape[-1]}")[..., 0]
        return np.char.decode(values, "utf-8").astype(object)
    return np.asarray(dataset.asstr()[...], dtype=object)


def read_attributes(item: h5py.HLObject) -> dict[str, Any]:
    """Return attributes as Python's own strings and numbers, and arrays where they are long."""
    return {key: _plain(value) for key, value in item.attrs.items()}


def span(least: float, greatest: float, dtype: str) -> dict[str, object]:
    """Return the attribute `actual_range`; none if there is no number at all."""
    return {"actual_range": np.array([least, greatest], dtype)} if least <= greatest else {}


def _portable(value: object) -> object:
    if isinstance(value, str):
        text = value.encode() or b"\0"
        return np.array(text, dtype=h5py.string_dtype("utf-8", len(text)))
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "bif":
        raise TypeError(f"{value!r} is neither text nor numbers.")
    return (
        numbers.astype(np.int32) if numbers.dtype.kind in "bi" and numbers.itemsize > 2 else value
    )


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if isinstance(value, np.generic):
        value = value.item()
    return value.decode() if isinstance(value, bytes) else value

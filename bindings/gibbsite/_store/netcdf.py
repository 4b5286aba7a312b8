"""Variables and attributes of netCDF-4 in the forms that every reader takes.

Text is an array of characters and an attribute of fixed length, whole numbers in attributes are of
32 bits, and no group and no variable has more than `MOST_ATTRIBUTES`: beyond that HDF5 stores them
in a form that some readers do not look into.

Written with h5py alone: netCDF-4 is HDF5 whose axes are dimension scales, a dozen lines here, while
h5netcdf looks each dataset up anew for all it is asked of it, half a second a file.

Source: Unidata, NetCDF Users Guide, appendix "File Format Specifications", the netCDF-4 format.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

MOST_ATTRIBUTES: Final = 8
"""As HDF5 counts them, with those that netCDF-4 adds: dimensions, their numbers, its own version."""
NO_VARIABLE: Final = "This is a netCDF dimension but not a netCDF variable."
"""What the name of an axis without values begins with, by the specification."""


def create_file(path: Path) -> h5py.File:
    """Return a new file, open for writing, that readers know for netCDF-4.

    It has no group within it that was not made with `track_order`: in netCDF-4 variables have an order.
    """
    file = h5py.File(path, "w", track_order=True)
    libraries = f"version=2,h5py={h5py.__version__},hdf5={h5py.version.hdf5_version}"
    file.attrs["_NCProperties"] = _fixed(libraries, "ascii")
    return file


def add_dimensions(group: h5py.Group, sizes: Mapping[str, int]) -> None:
    """Make axes, to which a variable of the same name may give values before others lie along them.

    An axis without any place is one that could grow: netCDF-4 knows no other.
    """
    first = _free_number(group.file)
    for number, (name, size) in enumerate(sizes.items(), first):
        scale = group.create_dataset(
            name, (size,), ">f4", maxshape=_unlimited((size,)), track_order=True
        )
        scale.attrs["_Netcdf4Dimid"] = np.int32(number)
        scale.make_scale(f"{NO_VARIABLE}{size:10}")


def add_variable(
    group: h5py.Group,
    name: str,
    dims: tuple[str, ...],
    values: ArrayLike,
    attributes: Mapping[str, object],
    **storage: Any,
) -> h5py.Dataset:
    """Write an array; of text, with one more axis, `string` and the length.

    Parameters
    ----------
    group : h5py.Group
        With the axes of the array.
    storage : Mapping
        As of `create_variable`.
    """
    data = np.asarray(values)
    if data.dtype.kind in "OU":
        data = characters(data)
        length = data.shape[-1]
        dims = (*dims, f"string{length}")
        if dims[-1] not in group:
            add_dimensions(group, {dims[-1]: length})
        attributes = {**attributes, "_Encoding": "utf-8"}
    created = create_variable(group, name, dims, data.dtype, attributes, **storage)
    if data.size:
        created[...] = data
    return created


def create_variable(
    group: h5py.Group,
    name: str,
    dims: tuple[str, ...],
    dtype: DTypeLike,
    attributes: Mapping[str, object],
    fillvalue: Any = None,
    **storage: Any,
) -> h5py.Dataset:
    """Make a variable along axes of a group, without values as yet.

    It has no attribute that does harm, or is one too many: `_FillValue` would have readers turn whole
    numbers into floating-point ones, and an outcome into a missing one; `_Netcdf4Coordinates` repeats
    what the dimensions attached to the variable say.

    Parameters
    ----------
    fillvalue : number or None
        What HDF5 gives where nothing is stored; of floating-point numbers the missing one, too.
    storage : Mapping
        Of h5py.Group.create_dataset: chunks and filters.
    """
    scales = [group[dim] for dim in dims]
    shape = tuple(len(scale) for scale in scales)
    number = scales[0].attrs.get("_Netcdf4Dimid") if scales else None
    if name in dims:
        del group[name]
    created = group.create_dataset(
        name,
        shape,
        dtype,
        maxshape=_unlimited(shape),
        fillvalue=fillvalue,
        track_order=True,
        **storage,
    )
    if name not in dims:
        for axis, scale in enumerate(scales):
            created.dims[axis].attach_scale(scale)
    if number is not None:
        created.attrs["_Netcdf4Dimid"] = number
    if name in dims:
        created.make_scale(name)
    if fillvalue is not None and created.dtype.kind == "f":
        created.attrs["_FillValue"] = np.array([fillvalue], created.dtype)
    for key, value in portable(attributes).items():
        created.attrs[key] = value
    return created


def portable(attributes: Mapping[str, object]) -> dict[str, Any]:
    """Return attributes as they are to be stored: text of fixed length, whole numbers of 32 bits."""
    return {key: _portable(value) for key, value in attributes.items()}


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


def dimensions(dataset: h5py.Dataset) -> tuple[str, ...]:
    """Return the names of the axes of a variable."""
    if "DIMENSION_LIST" in dataset.attrs:
        along = (each[0] for each in dataset.attrs["DIMENSION_LIST"])
        names = (h5py.h5r.get_name(scale, dataset.id).decode() for scale in along)
        return tuple(name.rpartition("/")[2] for name in names)
    return (dataset.name.rpartition("/")[2],) if dataset.shape else ()


def is_variable(item: h5py.HLObject) -> bool:
    """Return True for a variable, False for a group and for an axis without values."""
    return isinstance(item, h5py.Dataset) and not _plain(item.attrs.get("NAME", "")).startswith(
        NO_VARIABLE
    )


def span(least: float, greatest: float, dtype: str) -> dict[str, object]:
    """Return the attribute `actual_range`; none if there is no number at all."""
    return {"actual_range": np.array([least, greatest], dtype)} if least <= greatest else {}


def _portable(value: object) -> object:
    if isinstance(value, str):
        return _fixed(value, "utf-8")
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "bif":
        raise TypeError(f"{value!r} is neither text nor numbers.")
    return (
        numbers.astype(np.int32) if numbers.dtype.kind in "bi" and numbers.itemsize > 2 else value
    )


def _fixed(text: str, encoding: str) -> NDArray[np.bytes_]:
    stored = text.encode(encoding) or b"\0"
    return np.array(stored, dtype=h5py.string_dtype(encoding, len(stored)))


def _unlimited(shape: tuple[int, ...]) -> tuple[int | None, ...] | None:
    return tuple(size or None for size in shape) if 0 in shape else None


def _free_number(file: h5py.File) -> int:
    """Return the first number that no axis of a file has."""
    numbers = [-1]

    def look(_: str, item: h5py.HLObject) -> None:
        if item.attrs.get("CLASS") == b"DIMENSION_SCALE":
            numbers.append(int(item.attrs.get("_Netcdf4Dimid", -1)))

    file.visititems(look)
    return max(numbers) + 1


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if isinstance(value, np.generic):
        value = value.item()
    return value.decode() if isinstance(value, bytes) else value

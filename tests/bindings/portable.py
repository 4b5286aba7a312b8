"""What a file must be for every reader of HDF5 and netCDF to make the same of it."""

import math

import h5py
import numpy as np

MOST_ATTRIBUTES = 8  # the ninth sends all of an object to a place where jsfive does not look


def assert_portable(path):
    """Everything in a file is stored in the forms that every reader takes."""
    with h5py.File(path) as file:
        _check(file, "/")
        file.visititems(lambda name, item: _check(item, name))


def _check(item, name):
    assert len(item.attrs) <= MOST_ATTRIBUTES, (name, list(item.attrs))
    for key in item.attrs:
        kind = item.attrs.get_id(key).dtype
        text = h5py.check_string_dtype(kind)
        assert text is None or text.length is not None, (name, key)
        if kind.kind in "iu" and kind.metadata is None:
            assert kind.itemsize <= 4, (name, key)
    if isinstance(item, h5py.Dataset):
        assert item.dtype.kind in "if" or item.dtype == "S1", (name, item.dtype)
        assert not (item.is_scale and item.dtype.kind == "S"), f"{name}: an axis of text"
        if item.chunks:
            chunks = math.prod(-(-n // c) for n, c in zip(item.shape, item.chunks, strict=True))
            assert item.id.get_num_chunks() == chunks, name
        if "actual_range" in item.attrs:
            values = item[...]
            found = item.attrs["actual_range"]
            assert found.dtype == item.dtype, name
            assert found.tolist() == [np.nanmin(values), np.nanmax(values)], name

"""What it means that two result files are the same."""

import h5py
import numpy as np


def assert_same(path, other):
    """All datasets but timings are the same to the bit, and all attributes, of groups too."""
    with h5py.File(path) as a, h5py.File(other) as b:
        _assert_same(a, b)


def _assert_same(a, b):
    assert sorted(a) == sorted(b)
    assert {key: str(value) for key, value in a.attrs.items()} == {
        key: str(value) for key, value in b.attrs.items()
    }
    for name in a:
        if isinstance(a[name], h5py.Group):
            _assert_same(a[name], b[name])
        elif not name.startswith("timing_"):
            assert a[name].dtype == b[name].dtype
            assert np.asarray(a[name]).tobytes() == np.asarray(b[name]).tobytes() or (
                a[name].dtype.kind == "O" and np.array_equal(a[name][...], b[name][...])
            ), name

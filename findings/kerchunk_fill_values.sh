#!/usr/bin/env bash
# kerchunk 0.2.10 reads a chunk of netCDF-4 that was never written as 0, and 0 of plain HDF5 as NaN.
#
# HDF5 keeps a fill value with each dataset, and libhdf5 and libnetcdf give it for chunks that are not there;
# netCDF's own, where none was asked for, stands for "never written" (9.97e36, -127). For a variable that netCDF
# wrote, SingleHdf5ToZarr looks at the attribute _FillValue alone, which is there only if it was asked for: zarr
# has no fill value, and makes up 0. For a dataset of plain HDF5 it hands on the fill value, 0 if nobody set
# one, and xarray takes a fill value of zarr for "missing": each 0 that was written becomes NaN.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    kerchunk==0.2.10 h5py==3.16.0 xarray==2026.9.0 zarr==3.1.6 netCDF4==1.7.4
cat >show.py <<'EOF'
import sys
from importlib.metadata import version

import h5py
import netCDF4
import numpy as np
import xarray as xr
from kerchunk.hdf import SingleHdf5ToZarr

print(*(f"{name} {version(name)}" for name in ("kerchunk", "h5py", "netCDF4", "xarray", "zarr")), sep=", ")


def by_kerchunk(path):
    references = SingleHdf5ToZarr(path).translate()
    storage = {"storage_options": {"fo": references}, "consolidated": False}
    return xr.open_dataset("reference://", engine="zarr", backend_kwargs=storage)["a"].values


with netCDF4.Dataset("a.nc", "w") as file:
    file.createDimension("x", 4)
    file.createVariable("a", "i1", ("x",), chunksizes=(2,))[:2] = [5, 6]  # one chunk of two
with netCDF4.Dataset("a.nc") as file:
    file.set_auto_mask(False)
    unwritten = file["a"][:].tolist(), by_kerchunk("a.nc").tolist()
print("never written: netCDF", unwritten[0], "kerchunk", unwritten[1])

with h5py.File("b.h5", "w") as file:
    file.create_dataset("a", data=[0.0, 1.0, 2.0, 0.0], chunks=(2,))
with h5py.File("b.h5") as file:
    zero = file["a"][...].tolist(), by_kerchunk("b.h5").tolist()
print("written zeros: h5py", zero[0], "kerchunk", zero[1])

as_found = (
    unwritten == ([5, 6, -127, -127], [5, 6, 0, 0])
    and zero[0] == [0.0, 1.0, 2.0, 0.0]
    and np.isnan(zero[1]).tolist() == [True, False, False, True]
)
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
EOF
venv/bin/python show.py

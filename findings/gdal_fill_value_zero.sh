#!/usr/bin/env bash
# GDAL 3.10.3 takes the zeros of a netCDF-4 variable for "no data" if HDF5's fill value was set to 0.
#
# The fill value of HDF5 says what a chunk that is not stored reads as; what stands for "missing" CF says by the
# attribute _FillValue, which is not there. GDAL's netCDF driver asks libnetcdf for the fill value and makes it the
# "no data" value of the band, so that a mean leaves out each measured zero. GDAL's HDF5 driver does not, and
# neither does the netCDF driver where 0 is HDF5's default: two files of the same numbers have two means.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check h5py==3.16.0 rasterio==1.4.4
cat >show.py <<'EOF'
import sys
import warnings

import h5py
import rasterio

warnings.simplefilter("ignore")
print("rasterio", rasterio.__version__, "with GDAL", rasterio.__gdal_version__)
with h5py.File("a.h5", "w") as file:
    for axis in "yx":
        file[axis] = [0.0, 1.0]
        file[axis].make_scale(axis)
    for name, storage in (("set", {"fillvalue": 0.0}), ("default", {})):
        made = file.create_dataset(name, data=[[0.0, 1.0], [0.0, 3.0]], chunks=(2, 2), **storage)
        for number, axis in enumerate("yx"):
            made.dims[number].attach_scale(file[axis])
means = []
for driver in ("NETCDF:a.h5:{}", "HDF5:a.h5://{}"):
    for name in ("set", "default"):
        with rasterio.open(driver.format(name)) as band:
            means.append(float(band.stats(indexes=1)[0].mean))
            print(driver.format(name), "no data:", band.nodata, "mean:", means[-1])
as_found = means == [2.0, 1.0, 1.0, 1.0]
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
EOF
venv/bin/python show.py
# Seen: NETCDF:a.h5:set no data: 0.0 mean: 2.0; the other three no data: None mean: 1.0

#!/usr/bin/env bash
# With h5py 3.15.1 imported first, netCDF4 1.7.4 opens no netCDF-4 file, not even its own; the other way round it does.
#
# The wheels for Linux of both bring an HDF5, under names that end in a hash of the file. Two of unlike versions live
# side by side. But where both have one version of HDF5, its high-level library, which makes the dimension scales, can
# have the same hash and so one name in both, while libhdf5 below it has two: the loader takes the first high-level
# library for both, and that asks the libhdf5 of the package imported first about what the other one has opened. "NetCDF:
# HDF error" (-101) and "Problem with HDF5 dimscales" then read as if the file were broken.
# Of h5py 3.11.0, 3.12.1, 3.13.0, 3.14.0, 3.15.0, 3.15.1, 3.16.0 with netCDF4 1.7.2, 1.7.3, 1.7.4 so it is with
# 3.11.0 and 1.7.2 (HDF5 1.14.2), and with 3.15.0 and 3.15.1 and each of 1.7.3 and 1.7.4 (1.14.6). Not with h5py 3.16.0
# (HDF5 2.0.0) or netCDF4 1.7.5.1 (2.2.0); nor are 3.14.0 and 1.7.4 concerned, both with 1.14.6, but two builds of the
# high-level library. h5netcdf, xarray's other engine, goes by h5py alone.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >try.py <<'PY'
import importlib
import re
import sys
from pathlib import Path

for name in sys.argv[1:]:
    importlib.import_module(name)
import h5py
import netCDF4

try:
    with netCDF4.Dataset("a.nc") as file:
        found = file["v"][:].tolist() == [1.0, 2.0, 3.0]
except OSError as error:
    found = False
    print("   ", error)
loaded = sorted(set(re.findall(r"libhdf5\S*-\w+\.so", Path("/proc/self/maps").read_text())))
print(f"h5py {h5py.__version__} (HDF5 {h5py.version.hdf5_version}), netCDF4 {netCDF4.__version__} "
      f"(HDF5 {netCDF4.__hdf5libversion__}), {' before '.join(sys.argv[1:])}: {'read' if found else 'not read'}")
print("   ", *loaded)
sys.exit(not found)
PY
cat >write.py <<'PY'
import netCDF4

with netCDF4.Dataset("a.nc", "w") as file:
    file.createDimension("x", 3)
    file.createVariable("v", "f8", ("x",))[:] = [1.0, 2.0, 3.0]
PY
python3 -m venv venv
changed=0
while read -r h5py netcdf expected; do
    venv/bin/pip install --quiet --disable-pip-version-check numpy==2.2.6 "h5py==$h5py" "netCDF4==$netcdf"
    venv/bin/python write.py
    venv/bin/python try.py netCDF4 h5py || changed=1
    if venv/bin/python try.py h5py netCDF4; then read=yes; else read=no; fi
    [ "$read" = "$expected" ] || changed=1
done <<'PAIRS'
3.11.0 1.7.2 no
3.14.0 1.7.4 yes
3.15.1 1.7.3 no
3.15.1 1.7.4 no
3.16.0 1.7.4 yes
PAIRS
[ "$changed" = 0 ] && echo "as found" || echo "CHANGED"
exit "$changed"

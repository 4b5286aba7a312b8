#!/usr/bin/env bash
# With h5py 3.11.0 imported first, netCDF4 1.7.2 opens no netCDF-4 file, not even its own; the other way round it does.
#
# The wheels of both bring an HDF5 1.14.2 of their own. Whichever is loaded first serves both, and the one of h5py's
# wheel lets netCDF fail with "NetCDF: HDF error" (-101), which reads as if the file were broken. netCDF4 1.7.3 brings
# HDF5 1.14.6 and opens the file in either order. h5netcdf, xarray's other engine, is not concerned.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >try.py <<'EOF2'
import importlib
import sys

for name in sys.argv[1:]:
    importlib.import_module(name)
import h5py
import netCDF4

try:
    with netCDF4.Dataset("a.nc") as file:
        found = file["v"][:].tolist() == [1.0, 2.0, 3.0]
except OSError as error:
    found = False
    print("   ", str(error).replace("'a.nc'", "a.nc"))
print(f"h5py {h5py.__version__} (HDF5 {h5py.version.hdf5_version}), netCDF4 {netCDF4.__version__} "
      f"(HDF5 {netCDF4.__hdf5libversion__}), {' before '.join(sys.argv[1:])}: {'read' if found else 'not read'}")
sys.exit(not found)
EOF2
cat >write.py <<'EOF2'
import netCDF4

with netCDF4.Dataset("a.nc", "w") as file:
    file.createDimension("x", 3)
    file.createVariable("v", "f8", ("x",))[:] = [1.0, 2.0, 3.0]
EOF2
changed=0
for netcdf in 1.7.2 1.7.3; do
    python3 -m venv "$netcdf"
    "$netcdf/bin/pip" install --quiet --disable-pip-version-check numpy==2.0.0 h5py==3.11.0 "netCDF4==$netcdf"
    "$netcdf/bin/python" write.py
    "$netcdf/bin/python" try.py netCDF4 h5py || changed=1
    if "$netcdf/bin/python" try.py h5py netCDF4; then read=yes; else read=no; fi
    [ "$netcdf $read" = "1.7.2 no" ] || [ "$netcdf $read" = "1.7.3 yes" ] || changed=1
done
[ "$changed" = 0 ] && echo "as found" || echo "CHANGED"
exit "$changed"

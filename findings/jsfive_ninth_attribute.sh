#!/usr/bin/env bash
# jsfive 0.4.2 shows the attributes of a netCDF-4 variable up to the eighth; with nine it shows none.
#
# Files in HDF5's newer form of object headers (all of netCDF-4 are) keep up to eight attributes in the header,
# more of them in a heap of their own ("dense storage"). jsfive does not read that, and says nothing: `attrs` is
# an empty object. netCDF adds up to three attributes that it hides, so that six of one's own can be too many.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check netCDF4==1.7.4
npm install --silent --no-audit --no-fund jsfive@0.4.2
cat >write.py <<'EOF'
import netCDF4

print("netCDF4-python", netCDF4.__version__, "libnetcdf", netCDF4.__netcdf4libversion__, "libhdf5", netCDF4.__hdf5libversion__)
with netCDF4.Dataset("a.nc", "w") as file:
    for number in (8, 9):
        variable = file.createVariable(f"with_{number}", "f8")  # a scalar: netCDF adds nothing
        variable[...] = 1.0
        for i in range(number):
            variable.setncattr(f"attribute_{i}", i)
with netCDF4.Dataset("a.nc") as file:
    for name, variable in file.variables.items():
        print("netCDF:", name, "has", len(variable.ncattrs()), "attributes")
EOF
cat >read.cjs <<'EOF'
const hdf5 = require("jsfive");
const bytes = require("fs").readFileSync("a.nc");
const file = new hdf5.File(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const found = [8, 9].map((n) => Object.keys(file.get(`with_${n}`).attrs).length);
console.log("jsfive", JSON.parse(require("fs").readFileSync("node_modules/jsfive/package.json")).version, "shows", found.join(" and "));
const asFound = found[0] === 8 && found[1] === 0;
console.log(asFound ? "as found" : "CHANGED");
process.exit(asFound ? 0 : 1);
EOF
venv/bin/python write.py
node read.cjs
# Seen: netCDF: with_8 has 8 attributes, with_9 has 9 attributes
#       jsfive 0.4.2 shows 8 and 0

#!/usr/bin/env bash
# BurnMan 2.1.0 takes the columns of a Perple_X table by their order, not by their names.
#
# PerplexMaterial says of its twelve columns that "the order of these names is not important". It looks for the
# names, but then gives the i-th of them that it finds the i-th name of its own list: a table with vs before vp, as
# Perple_X writes where one asks for it so, loads without a word, and the velocities are exchanged.
# The package itself asks for NumPy < 2 and Numba < 0.60, so that it is installed on its own here.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check burnman==2.1.0
cat >show.py <<'PY'
import sys

import burnman

NAMES = "rho,kg/m3 alpha,1/K beta,1/bar Ks,bar Gs,bar v0,km/s vp,km/s vs,km/s s,J/K/kg h,J/kg cp,J/K/kg V,J/bar/mol".split()
VALUES = dict(zip(NAMES, (3200, 3e-5, 1e-6, 1e6, 5e5, 5.6, 7.0, 4.0, 2500, -1e7, 1200, 1.6)))


def read(names, path):
    head = ["|6.6.6", "title", "2", "T(K)", "1500", "100", "2", "P(bar)", "10000", "5000", "2"]
    rows = [
        " ".join(map(str, (t, p, *(VALUES[name] for name in names))))
        for p in (10000, 15000) for t in (1500, 1600)
    ]
    head += [str(len(names) + 2), " ".join(("T(K)", "P(bar)", *names))]
    with open(path, "w") as file:
        file.write("\n".join(head + rows) + "\n")
    found = burnman.PerplexMaterial(path)
    found.set_state(1.2e9, 1550.0)
    return float(found.v_p), float(found.v_s)


swapped = [*NAMES]
swapped[6], swapped[7] = swapped[7], swapped[6]
in_order, exchanged = read(NAMES, "a.tab"), read(swapped, "b.tab")
print("burnman", burnman.__version__)
print("vp before vs:", in_order, "  vs before vp:", exchanged)
as_found = in_order == (7000.0, 4000.0) and exchanged == (4000.0, 7000.0)
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py
# Seen: vp before vs: (7000.0, 4000.0)   vs before vp: (4000.0, 7000.0)

#!/usr/bin/env bash
# pywerami 0.4.0 exchanges the axes of a Perple_X table if asked to, but not the data.
#
# GridData.from_tab has xvar=0 and yvar=1, numbers of the two independent variables; xvar=1, yvar=0 is what one writes
# to have pressure to the right. get_xrange, get_yrange and get_extent follow. get_var cuts the column, in which the
# first variable always runs fastest, into rows as long as the new x axis: in a square table each value stands where its
# mirror image belongs, in any other one they are in no order. It can be seen where the table has its own column T(K),
# as here. Read the table as it is, and take get_var(...).T.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pywerami==0.4.0
cat >show.py <<'PY'
import sys
from importlib.metadata import version

import numpy as np
from pywerami.api import GridData

print("pywerami", version("pywerami"))


def read(kelvins, bars, **axes):
    """Return the temperatures along both axes, and as they are in the data, of a table of so many of each."""
    head = ["|6.6.6", "title", "2", "T(K)", "1000", "100", str(kelvins), "P(bar)", "10000", "5000", str(bars), "3"]
    rows = [
        f"{1000 + 100 * t} {10000 + 5000 * p} {3000 - 10 * t + 20 * p}" for p in range(bars) for t in range(kelvins)
    ]
    with open("a.tab", "w") as file:
        file.write("\n".join([*head, "T(K) P(bar) rho,kg/m3", *rows]) + "\n")
    grid = GridData.from_tab("a.tab", **axes)
    x, y = np.meshgrid(grid.get_xrange(), grid.get_yrange())
    return (x if grid.ind[grid.xvar]["name"] == "T(K)" else y), np.asarray(grid.get_var("T(K)"))


right = {}
for kelvins, bars in ((3, 3), (4, 2)):
    for axes in ({}, {"xvar": 1, "yvar": 0}):
        along, data = read(kelvins, bars, **axes)
        right[kelvins, bars, bool(axes)] = bool((along == data).all())
        print(kelvins, "by", bars, axes, "T by the axes", along.tolist(), "by the data", data.tolist())
as_found = all(good != exchanged for (_, _, exchanged), good in right.items())
along, data = read(3, 3, xvar=1, yvar=0)
as_found = as_found and bool((along == data.T).all())
along, data = read(4, 2, xvar=1, yvar=0)
as_found = as_found and data.tolist() == [[1000.0, 1100.0], [1200.0, 1300.0]] * 2
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py
# Seen: 4 by 2 {'xvar': 1, 'yvar': 0}
#       T by the axes [[1000.0, 1000.0], [1100.0, 1100.0], [1200.0, 1200.0], [1300.0, 1300.0]]
#       by the data [[1000.0, 1100.0], [1200.0, 1300.0], [1000.0, 1100.0], [1200.0, 1300.0]]; without xvar both agree

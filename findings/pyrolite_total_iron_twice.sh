#!/usr/bin/env bash
# pyrolite 0.3.8.post1 adds total iron (FeOT) to the FeO and Fe2O3 that it is the total of.
#
# Tables of rocks, those of GEOROC and EarthChem among them, have a column of total iron beside FeO and Fe2O3.
# convert_chemistry, add_MgNo and add_ratio sum up all columns of an element, FeOT and Fe2O3T like any other, so that a
# basalt with FeO 9.0, Fe2O3 1.0 and FeOT 9.9 has 19.8 wt% FeOT and an Mg# of 43 for 61. Nothing is said. It is
# right where a sample has NaN in one or the other. Drop the totals, or the parts, before anything is converted.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyrolite==0.3.8.post1
cat >show.py <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
import pyrolite.geochem

IRON = {"FeO": 9.0, "Fe2O3": 1.0, "FeOT": 9.9}
BASALT = {"SiO2": 50.4, "Al2O3": 15.0, "MgO": 8.0, "CaO": 11.0, "Na2O": 2.5}
print("pyrolite", version("pyrolite"))


def of(*names):
    """Return FeOT, Mg# and MgO/FeOT of the basalt, of whose iron these columns are known."""
    rock = pd.DataFrame([{**BASALT, **{name: IRON[name] for name in names}}])
    total = rock.pyrochem.convert_chemistry(to=["SiO2", "MgO", "FeOT"])["FeOT"]
    magnesium = rock.copy().pyrochem.add_MgNo()["Mg#"]
    ratio = rock.copy().pyrochem.add_ratio("MgO/FeO")["MgO/FeO"]
    found = [round(float(np.ravel(each)[0]), 3) for each in (total, magnesium, ratio)]
    print(", ".join(names), "-> FeOT, Mg#, MgO/FeO:", *found)
    return found


total, parts, both = of("FeOT"), of("FeO", "Fe2O3"), of("FeO", "Fe2O3", "FeOT")
as_found = total[0] == 9.9 and parts[0] == 9.9 and both[0] == 19.8 and parts[1] - both[1] > 0.15
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py
# Seen: FeOT -> FeOT, Mg#, MgO/FeO: 9.9 0.59 0.808
#       FeO, Fe2O3 -> 9.9 0.613 0.808; FeO, Fe2O3, FeOT -> 19.8 0.43 0.404

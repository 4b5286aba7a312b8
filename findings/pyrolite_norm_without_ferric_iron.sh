#!/usr/bin/env bash
# pyrolite 0.3.8.post1 gives a rock whose Fe2O3 is 0 a norm with magnetite.
#
# CIPW_norm has "adjust_all_Fe = False: only those where singular Fe is specified". A table that says FeO = 9.9 and
# Fe2O3 = 0 specifies both, but zero counts as not given: iron is split anew by Le Maitre (1976), and 5 wt% of
# magnetite come out. A trace of Fe2O3 in place of zero, and there is none.
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

import pandas as pd

warnings.simplefilter("ignore")
import pyrolite.geochem
from pyrolite.mineral.normative import CIPW_norm

BASALT = {
    "SiO2": 51.2, "TiO2": 1.55, "Al2O3": 15.4, "FeO": 9.95, "Fe2O3": 0.0, "MgO": 7.88, "CaO": 10.97,
    "Na2O": 2.88, "K2O": 0.14, "MnO": 0.0, "P2O5": 0.0, "Cr2O3": 0.0, "NiO": 0.0, "CO2": 0.0,
}
rows = pd.DataFrame([BASALT, {**BASALT, "Fe2O3": 1e-3}])
magnetite = CIPW_norm(rows)["magnetite"].round(3).tolist()
print("magnetite [wt%] with Fe2O3 = 0:", magnetite[0], " with 0.001:", magnetite[1])
as_found = magnetite[0] > 1.0 and magnetite[1] < 0.01
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py

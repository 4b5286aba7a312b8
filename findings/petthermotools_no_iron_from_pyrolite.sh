#!/usr/bin/env bash
# PetThermoTools 1.2.3 takes a rock from pyrolite for one without iron.
#
# Its functions for MELTS and MAGEMin begin with comp_fix, which knows FeOt, FeO and Fe2O3. pyrolite's name for total
# iron is FeOT. A column whose name is not known is neither refused nor told of, FeOt that is missing is 0, and the rest
# is brought to 100: 51.2 wt% SiO2 become 56.9, and the basalt is solved without iron. Rename the column to FeOt.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check PetThermoTools==1.2.3 pyrolite==0.3.8.post1
cat >show.py <<'PY'
import sys
import warnings
from importlib.metadata import version

import pandas as pd

warnings.simplefilter("ignore")
import pyrolite.geochem
from petthermotools.GenFuncs import comp_fix

print(*(f"{name} {version(name)}" for name in ("PetThermoTools", "pyrolite")), sep=", ")
BASALT = {
    "SiO2": 50.4, "TiO2": 1.5, "Al2O3": 15.0, "FeO": 9.0, "Fe2O3": 1.0, "MgO": 8.0, "CaO": 11.0, "Na2O": 2.5,
    "K2O": 0.1,
}
others = [name for name in BASALT if not name.startswith("Fe")]
measured = pd.DataFrame([BASALT])
by_pyrolite = measured.pyrochem.convert_chemistry(to=[*others, "FeOT"])
renamed = by_pyrolite.rename(columns={"FeOT": "FeOt"})
found = {}
for model in ("MELTSv1.0.2", "Green2025"):
    for name, table in (("as measured", measured), ("by pyrolite", by_pyrolite), ("renamed", renamed)):
        used = comp_fix(Model=model, comp=table).iloc[0]
        found[model, name] = round(float(used["FeOt_Liq"]), 2)
        print(f"{model}, {name}: FeOt {used['FeOt_Liq']:.2f}, SiO2 {used['SiO2_Liq']:.2f} wt%")
as_found = all((iron == 0.0) == (name == "by pyrolite") for (_, name), iron in found.items())
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py
# Seen: both models, as measured and renamed: FeOt 10.06, SiO2 51.22 wt%; by pyrolite: FeOt 0.00, SiO2 56.95 wt%

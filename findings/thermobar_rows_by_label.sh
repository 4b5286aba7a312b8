#!/usr/bin/env bash
# Thermobar 1.0.75 gives the rows of a sorted table each other's pressure, with some of its equations.
#
# A pandas table that was sorted or filtered keeps the labels of its rows. Thermometers of liquid alone, of
# orthopyroxene and liquid, of two pyroxenes and of two feldspars take mineral, liquid and P (or T) row by row.
# Those of clinopyroxene and liquid and of plagioclase and liquid, and the hygrometers, number the rows of the minerals
# anew but not those of P and T, which pandas then brings together by label. A sorted table gets the P of other samples,
# without a warning; a filtered one besides has NaN, and more rows come out than went in. With
# reset_index(drop=True) on the table before it is taken apart, or P.to_numpy(), all are right.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check Thermobar==1.0.75 pandas==2.3.3 numpy==2.2.6
cat >show.py <<'PY'
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")
import numpy as np
import pandas as pd
import Thermobar as tb

print(*(f"{name} {version(name)}" for name in ("Thermobar", "pandas", "numpy")), sep=", ")
OXIDES = ("SiO2", "TiO2", "Al2O3", "FeOt", "MnO", "MgO", "CaO", "Na2O", "K2O", "Cr2O3")
LIQUID = (50.0, 1.5, 15.0, 9.9, 0.1, 8.0, 11.0, 2.5, 0.2, 0.0)
AUGITE = (51.0, 0.8, 3.5, 6.0, 0.1, 16.0, 20.0, 0.3, 0.0, 0.3)
ENSTATITE = (54.0, 0.2, 2.0, 10.0, 0.2, 29.0, 2.0, 0.1, 0.0, 0.4)
LABRADORITE = (52.0, 0.0, 30.0, 0.5, 0.0, 0.1, 13.0, 4.0, 0.1, 0.0)


def samples(name, composition):
    rows = pd.DataFrame([composition] * 5, columns=[f"{oxide}_{name}" for oxide in OXIDES])
    rows[f"FeOt_{name}"] *= [1.0, 1.05, 1.1, 1.15, 1.2]
    return rows


liquid, cpx = samples("Liq", LIQUID), samples("Cpx", AUGITE)
opx, plag = samples("Opx", ENSTATITE), samples("Plag", LABRADORITE)
for rest in ("P2O5", "H2O", "Fe3Fet", "NiO", "CoO", "CO2"):
    liquid[f"{rest}_Liq"] = 0.0
kbar = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0])

THERMOMETERS = {
    "liquid, eq. 15": lambda rows, p: tb.calculate_liq_only_temp(
        liq_comps=rows(liquid), equationT="T_Put2008_eq15", P=p),
    "orthopyroxene-liquid, eq. 28a": lambda rows, p: tb.calculate_opx_liq_temp(
        opx_comps=rows(opx), liq_comps=rows(liquid), equationT="T_Put2008_eq28a", P=p),
    "two pyroxenes, eq. 36": lambda rows, p: tb.calculate_cpx_opx_temp(
        cpx_comps=rows(cpx), opx_comps=rows(opx), equationT="T_Put2008_eq36", P=p),
    "clinopyroxene-liquid, eq. 33": lambda rows, p: tb.calculate_cpx_liq_temp(
        cpx_comps=rows(cpx), liq_comps=rows(liquid), equationT="T_Put2008_eq33", P=p),
    "plagioclase-liquid, eq. 23": lambda rows, p: tb.calculate_fspar_liq_temp(
        plag_comps=rows(plag), liq_comps=rows(liquid), equationT="T_Put2008_eq23", P=p),
}


def turned(table):
    return table.sort_index(ascending=False)


wrong = []
for name, kelvin in THERMOMETERS.items():
    wanted = np.ravel(kelvin(turned, turned(kbar).to_numpy()))
    found = np.ravel(kelvin(turned, turned(kbar)))
    print(f"{name}:", wanted.round(1), "K; with a Series", found.round(1))
    if not np.allclose(wanted, found):
        wrong.append(name.partition(",")[0])
as_found = wrong == ["clinopyroxene-liquid", "plagioclase-liquid"]
some = THERMOMETERS["clinopyroxene-liquid, eq. 33"](lambda table: table[1:4], kbar[1:4])
print("three of five samples:", np.ravel(some).round(1))
as_found = as_found and len(some) == 4 and np.isnan(np.ravel(some)).sum() == 2
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py
# Seen: clinopyroxene-liquid, eq. 33: [1456.7 1453.4 1450.2 1447.2 1444.2] K; with a Series [1434.1 1442.1 1450.2 1458.6 1467.1]
#       plagioclase-liquid, eq. 23: [1479.3 1475.3 1471.3 1467.3 1463.4] K; with a Series [1458. 1464.6 1471.3 1478.1 1484.9]
#       three of five samples: [nan 1444.6 1447.7 nan]; the other three thermometers twice the same

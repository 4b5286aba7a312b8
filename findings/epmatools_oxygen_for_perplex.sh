#!/usr/bin/env bash
# epmatools 0.3.2 gives Perple_X four times the ferric iron that it gives THERMOCALC and MAGEMin.
#
# TCbulk, MAGEMin and Perplexbulk write one rock for three programs. Each has an argument "oxygen", and each says of it
# "moles Fe2O3 = O". With a component O, as in THERMOCALC and MAGEMin, x of it make x of Fe2O3 (2 FeO + O), and x is
# written. Perple_X has O2, of which x / 2 make x of Fe2O3; Perplexbulk writes 2 x. A basalt with oxygen=1 has an
# Fe3+/Fe of 0.24 in two of the programs and of 0.95 in the third, and nothing is said. Give Perplexbulk a quarter.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check epmatools==0.3.2 pandas==3.0.3
cat >show.py <<'PY'
import contextlib
import io
import re
import sys
from importlib.metadata import version

import pandas as pd
from epmatools import Oxides

BASALT = {
    "SiO2": 50.5, "TiO2": 1.5, "Al2O3": 15.0, "FeO": 9.85, "MnO": 0.2, "MgO": 8.0, "CaO": 11.5, "Na2O": 2.8,
    "K2O": 0.2,
}
FERRIC_PER_OXYGEN = {"O": 2.0, "O2": 4.0}  # 2 FeO + O = Fe2O3; 4 FeO + O2 = 2 Fe2O3


def written(method, **how):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        getattr(Oxides(pd.DataFrame([BASALT])), method)(H2O=0, oxygen=1.0, **how)
    return text.getvalue()


def thermocalc():
    names, values = (line.partition("%")[0].split()[1:] for line in written("TCbulk").splitlines()[-2:])
    return dict(zip(names, values))


def magemin():
    names, values = re.findall(r"\[(.*?)\]", written("MAGEMin", db="mp"))
    return dict(zip(names.split(", "), values.split(", ")))


def perplex():
    return dict(re.findall(r"^(\w+) +1 +([\d.]+)", written("Perplexbulk"), re.MULTILINE))


print(*(f"{name} {version(name)}" for name in ("epmatools", "pandas")), sep=", ")
ferric = {}
for rock in (thermocalc, magemin, perplex):
    moles = {name: float(value) for name, value in rock().items()}
    (oxygen,) = FERRIC_PER_OXYGEN.keys() & moles.keys()
    ferric[rock.__name__] = FERRIC_PER_OXYGEN[oxygen] * moles[oxygen] / moles["FeO"]
    amounts = f"FeO {moles['FeO']:.3f}, {oxygen} {moles[oxygen]:.3f} mol"
    print(f"{rock.__name__}: {amounts}: Fe3+/Fe {ferric[rock.__name__]:.3f}")
as_found = abs(ferric["magemin"] / ferric["thermocalc"] - 1.0) < 0.01
as_found = as_found and abs(ferric["perplex"] / ferric["thermocalc"] - 4.0) < 0.1
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py
# Seen: thermocalc: FeO 8.498, O 1.000 mol: Fe3+/Fe 0.235, and magemin the same
#       perplex: FeO 8.412, O2 2.000 mol: Fe3+/Fe 0.951

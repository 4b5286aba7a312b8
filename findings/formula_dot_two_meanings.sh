#!/usr/bin/env bash
# A dot in a formula is a decimal point to one library and begins the next molecule to another; both weigh wrongly.
#
# molmass 2026.1.8 makes of AlO1.5, a component of many models of melts, AlO1 and five times nothing: 42.98 g/mol for
# 50.98. So with FeO1.5, CrO1.5 and PO2.5, the oxides of one cation. It refuses 0.5 ("count is zero"), so that one
# believes that it would tell. periodictable 2.1.0, chemparse 0.3.2 and chemicals 1.5.2 read decimals, and gypsum written
# CaSO4.2H2O, as in lists of minerals, as one of 4.2 oxygen: 157.35 for 172.17 g/mol, which molmass has right. Of the
# dot in the middle (U+00B7) molmass and periodictable complain, chemparse leaves the water away (136.14), and chemicals
# takes O4 twice (218.15). Brackets and whole numbers are safe in all four: CaSO4(H2O)2, and half of Al2O3.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    molmass==2026.1.8 periodictable==2.1.0 chemparse==0.3.2 chemicals==1.5.2
cat >show.py <<'PY'
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("error")  # there is none
import chemparse
import molmass
import periodictable
from chemicals import molecular_weight, nested_formula_parser

READERS = {
    "molmass": lambda text: molmass.Formula(text).mass,
    "periodictable": lambda text: periodictable.formula(text).mass,
    "chemparse": lambda text: molecular_weight(chemparse.parse_formula(text)),
    "chemicals": lambda text: molecular_weight(nested_formula_parser(text)),
}
GYPSUM = {"Ca": 1, "S": 1, "O": 6, "H": 4}
ATOMS = {
    "AlO1.5": {"Al": 1, "O": 1.5}, "FeO1.5": {"Fe": 1, "O": 1.5}, "CrO1.5": {"Cr": 1, "O": 1.5},
    "PO2.5": {"P": 1, "O": 2.5}, "CaSO4.2H2O": GYPSUM, "CaSO4\u00b72H2O": GYPSUM, "CaSO4(H2O)2": GYPSUM,
}
WRONG = {"AlO1.5": 42.98, "FeO1.5": 71.84, "CrO1.5": 67.99, "PO2.5": 62.97}  # of molmass
GYPSUM_WRONG = {  # None: refused
    "CaSO4.2H2O": {"periodictable": 157.35, "chemparse": 157.35, "chemicals": 157.35},
    "CaSO4\u00b72H2O": {"molmass": None, "periodictable": None, "chemparse": 136.13, "chemicals": 218.15},
}
print(*(f"{name} {version(name)}" for name in READERS), sep=", ")
as_found = True
for text, atoms in ATOMS.items():
    right = molecular_weight(atoms)
    expected = {"molmass": WRONG[text]} if text in WRONG else GYPSUM_WRONG.get(text, {})
    for name, read in READERS.items():
        try:
            mass = read(text)
        except Exception as error:  # each has its own; they are refusals, and none of ours
            mass = None
            refused = type(error).__name__
        wanted = expected.get(name, right)
        as_found = as_found and ((mass is None) if wanted is None else mass is not None and abs(mass - wanted) < 0.02)
        print(f"{ascii(text)[1:-1]} ({right:.2f}) {name}:", refused if mass is None else f"{mass:.2f}")
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py
# Seen: AlO1.5 (50.98) molmass: 42.98, the others 50.98; CaSO4.2H2O (172.17) molmass: 172.17, the others 157.35
#       CaSO4\xb72H2O (172.17) chemparse: 136.13, chemicals: 218.15; CaSO4(H2O)2 (172.17) all: 172.17

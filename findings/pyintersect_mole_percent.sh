#!/usr/bin/env bash
# pyIntersecT 0.1.3 takes the mole percent of MAGEMin's tables for cations per formula unit.
#
# parse_table keeps the columns of a CSV whose name has an "o" and "mol" in it, and files them under the element
# that the name begins with: "SiO2[mol%]" becomes Si_apfu, "mode[mol%]" M_apfu, "Enthalpy[kJ/mol]" En_apfu. A column
# "Si[apfu]" wins only if it stands further to the right; without one, isopleths are of mole percent.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyintersect==0.1.3
cat >show.py <<'PY'
import sys

from pyIntersecT.parsers import parse_table

HEAD, ROW = "P[kbar],T[°C],phase,mode[mol%]", "5,900,ol,40"


def silicon(*columns):
    names, values = zip(*columns)
    with open("a.csv", "w", encoding="utf-8") as file:
        file.write(",".join((HEAD, *names)) + "\n" + ",".join((ROW, *map(str, values))) + "\n")
    return parse_table("a.csv")[0]["phases"][0]


percent, cations = ("SiO2[mol%]", 33.3), ("Si[apfu]", 1.0)
alone, before, after = silicon(percent), silicon(cations, percent), silicon(percent, cations)
for name, found in (("mol% alone", alone), ("apfu, mol%", before), ("mol%, apfu", after)):
    print(f"{name}: Si_apfu {found['Si_apfu']}, M_apfu {found.get('M_apfu')}")
as_found = [each["Si_apfu"] for each in (alone, before, after)] == [33.3, 33.3, 1.0]
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py
# Seen: mol% alone: Si_apfu 33.3, M_apfu 40.0; apfu, mol%: 33.3; mol%, apfu: 1.0

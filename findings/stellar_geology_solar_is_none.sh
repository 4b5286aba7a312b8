#!/usr/bin/env bash
# stellar-geology 0.2.0 takes an element of which a star has as much as the sun for one of which it has nothing.
#
# Abundances of stars are in dex: [Mg/H] = 0 is as much magnesium as in the sun, 0.1 is 10**0.1 times that. The library
# takes 10**x of every number but 0, of which it makes 0: with [Mg/H] = 0.00 the star has no magnesium, its planet no
# MgO, with 0.000000001 the planet has 23 wt%. Catalogues have two decimals, and 0.00 among them. None and NaN become
# 0.0 before, so that "not measured" and "solar" are one. The rest is brought to 100, and nothing is said. Write 1e-9.
# Potassium and phosphorus are lost in any case: the sun's log abundance of both is 0.0 in its tables, for about 5.
# Exits 0 if that is so, 1 if it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check stellar-geology==0.2.0
cat >show.py <<'PY'
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("error")  # there is none
import stellar_geology

print("stellar-geology", version("stellar-geology"))
STAR = {"Fe": 0.1, "Si": -0.05, "Ca": 0.02, "Al": 0.03}
planets = {}
for magnesium in (-0.01, 0.0, 1e-9, 0.01):
    planet = stellar_geology.Planet(stellar_dex={**STAR, "Mg": magnesium}).bulk_planet
    planets[magnesium] = planet
    print(f"[Mg/H] {magnesium}:", {name: round(value, 2) for name, value in planet.items()})
by_star = stellar_geology.Star(stellar_dex={**STAR, "Mg": 0.0}).wtpt_oxides
with_potassium = stellar_geology.Planet(stellar_dex={**STAR, "Mg": -0.01, "Na": 0.1, "K": 0.1, "P": 0.1}).bulk_planet
print({name: float(f"{with_potassium[name]:.2g}") for name in ("Na2O", "K2O", "P2O5")})
as_found = planets[0.0]["MgO"] == by_star["MgO"] == 0.0 and abs(sum(planets[0.0].values()) - 100.0) < 1e-9
as_found = as_found and 22.0 < planets[-0.01]["MgO"] < planets[1e-9]["MgO"] < planets[0.01]["MgO"] < 24.0
as_found = as_found and with_potassium["Na2O"] > 1.0 and max(with_potassium[name] for name in ("K2O", "P2O5")) < 1e-4
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py
# Seen: [Mg/H] -0.01: MgO 22.51; 0.0: MgO 0.0, FeO 55.47; 1e-09: MgO 22.91, FeO 42.76; 0.01: MgO 23.32
#       {'Na2O': 1.2, 'K2O': 9.4e-07, 'P2O5': 1.4e-06}

#!/usr/bin/env bash
# BurnMan 2.1.0 gives a rock density 0 where a corner of its Perple_X table has no answer.
#
# Perple_X writes NaN where it found no assemblage, often at the cold or the hot end of a table. PerplexMaterial fills
# holes from the nodes around them; a corner has none around it, and gets 0 for every property, without a word (a
# comment in its source says so). In the cell of that corner all falls towards 0, here density from 3200 to 1400 kg/m3,
# and K_T, which is 1 / 0 there, is infinite. The molar mass is the mean of all nodes, so that it is wrong wherever one
# looks, by 11 % for one node of nine, and with it what one divides by it: cp, s and h per kg.
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
import warnings

warnings.simplefilter("ignore")  # of 1 / 0
import burnman

NAMES = "rho,kg/m3 alpha,1/K beta,1/bar Ks,bar Gs,bar v0,km/s vp,km/s vs,km/s s,J/K/kg h,J/kg cp,J/K/kg V,J/bar/mol".split()
VALUES = (3200, 3e-5, 1e-6, 1e6, 5e5, 5.6, 7.0, 4.0, 2500, -1e7, 1200, 1.6)
KELVIN, BAR = (1500, 1600, 1700), (10000, 15000, 20000)


def read(hole, path):
    """Return what is found beside the corner, and at the other end, of a rock that is the same everywhere."""
    head = ["|6.6.6", "title", "2", "T(K)", "1500", "100", "3", "P(bar)", "10000", "5000", "3"]
    head += [str(len(NAMES) + 2), " ".join(("T(K)", "P(bar)", *NAMES))]
    rows = [
        (t, p, *(["NaN"] * len(NAMES) if (t, p) == hole else VALUES)) for p in BAR for t in KELVIN
    ]
    with open(path, "w") as file:
        file.write("\n".join(head + [" ".join(map(str, row)) for row in rows]) + "\n")
    rock = burnman.PerplexMaterial(path)
    found = []
    for pascal, kelvin in ((1.125e9, 1525.0), (2e9, 1700.0)):
        rock.set_state(pascal, kelvin)
        found += [round(float(each), 4) for each in (rock.rho, rock.v_p, rock.K_T, 1e3 * rock.molar_mass)]
    return found


print("burnman", burnman.__version__)
holes = {"no hole": None, "in the middle": (1600, 15000), "on an edge": (1600, 10000), "in a corner": (1500, 10000)}
found = {}
for name, hole in holes.items():
    found[name] = read(hole, "a.tab")
    print(f"{name}: rho, vp, K_T, g/mol", *found[name][:4], "  far off:", *found[name][4:])
whole = found["no hole"]
as_found = found["in the middle"] == found["on an edge"] == whole
near, mass = found["in a corner"][0] / whole[0], found["in a corner"][7] / whole[7]
as_found = as_found and near < 0.5 and mass < 0.9
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py
# Seen: no hole: 3200.0 7000.0 1e11 51.2, the same in the middle and on an edge
#       in a corner: rho, vp, K_T, g/mol 1400.0 3062.5 inf 45.5111   far off: 3200.0 7000.0 1e11 45.5111

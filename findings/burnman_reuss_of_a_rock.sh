#!/usr/bin/env bash
# BurnMan 2.1.0: isothermal_bulk_modulus_reuss (K_T) of a Composite is not Reuss's, and not -V dP/dV.
#
# Of a mineral, K_T is the modulus by which it is compressed. A Composite has under the same name, and under beta_T, what
# its averaging scheme makes of its phases: by default the mean of Voigt's and Reuss's bounds, as for an elastic wave.
# A rock under uniform pressure is compressed by Reuss's; V of the Composite itself is. Half quartz, half forsterite at
# 2 GPa and 1000 K: 82 GPa where V yields by 70. The same holds of K_S and beta_S, and gr is made of K_T. After
# set_averaging_scheme("Reuss") they agree, but then v_p and v_s are lower bounds, too.
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

import burnman
from burnman.minerals import SLB_2011

PRESSURE, TEMPERATURE, STEP = 2e9, 1000.0, 1e6
rock = burnman.Composite([SLB_2011.quartz(), SLB_2011.forsterite()], [0.5, 0.5])


def compressed():
    """Return -V dP/dV of the rock itself."""
    volumes = []
    for pressure in (PRESSURE - STEP, PRESSURE + STEP, PRESSURE):
        rock.set_state(pressure, TEMPERATURE)
        volumes.append(float(rock.V))
    less, more, here = volumes
    return 2.0 * STEP * here / (less - more)


def of(scheme):
    rock.set_averaging_scheme(scheme)
    wanted = compressed()
    found = float(rock.isothermal_bulk_modulus_reuss)
    print(f"{scheme}: K_T {found / 1e9:.2f}, -V dP/dV {wanted / 1e9:.2f} GPa; vs {float(rock.v_s):.0f} m/s")
    return found / wanted


print("burnman", burnman.__version__)
as_found = 1.15 < of("VoigtReussHill") < 1.18 and abs(of("Reuss") - 1.0) < 1e-4
print("as found" if as_found else "CHANGED")
sys.exit(not as_found)
PY
venv/bin/python show.py
# Seen: VoigtReussHill: K_T 81.96, -V dP/dV 70.43 GPa; vs 4513 m/s
#       Reuss: K_T 70.43, -V dP/dV 70.43 GPa; vs 4422 m/s
